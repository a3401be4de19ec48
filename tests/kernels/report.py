#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What emulated machines said (tests/kernels/guest.h), judged, or as the table of docs/kernels.md.

usage: report.py judge KERNEL LOG OBJECTS   fails unless that many objects and the traffic came out as they must
       report.py table DIRECTORY KERNEL...  of DIRECTORY/KERNEL.log
"""
import sys

# What kernels may refuse, and how the runtime has to say it; anything else that is refused is a bug.
ALLOWED = {"jit": "needs a kernel that compiles BPF programs", "btf": "needs a kernel with type information"}
# What a policy cannot do without, wherever it is compiled for.
NEEDED = ("bpf_loop", "ring-buffer", "ktime_get_coarse_ns")


class Machine:
    """One log, read."""

    def __init__(self, path):
        self.release = self.steps = self.times = None
        self.bad_steps = 0
        self.features, self.objects, self.refused, self.problems = {}, {}, {}, []
        with open(path, encoding="utf-8", errors="replace") as log:
            for line in log:
                # What the kernel itself says may stand in front.
                at = line.find("@ ")
                if at >= 0 and (at == 0 or line.startswith("[")):
                    self.read(line[at + 2:].rstrip("\n"))

    def read(self, line):
        what, _, rest = line.partition(" ")
        words = rest.split()
        if what == "kernel":
            self.release = words[0]
        elif what == "feature":
            self.features[words[0]] = words[1] == "yes"
        elif what == "object":
            self.objects[words[0]] = [int(word) for word in words[1:]]
        elif what == "refused":
            self.refused[words[0]] = rest.partition(" ")[2]
        elif what == "traffic":
            self.steps, self.bad_steps = int(words[0]), int(words[1])
        elif what == "end":
            self.times = [float(word) for word in words]
        elif what in ("differ", "bad-step", "broken"):
            self.problems.append(f"{what}: {rest}")

    def stated(self, name):
        """Whether the object is refused for want of what this kernel has not, in the words for that."""
        return any(not self.features.get(feature) and text in self.refused[name] for feature, text in ALLOWED.items())

    def sums(self):
        judged = [counts for name, counts in self.objects.items() if name not in self.refused]
        return {
            "objects": len(self.objects),
            "loaded": len(judged),
            "stated": sum(self.stated(name) for name in self.refused),
            "tests": sum(counts[0] for counts in judged),
            "packets": sum(counts[1] for counts in judged),
            "different": sum(counts[2] for counts in self.objects.values()),
            "verified": max((counts[3] for counts in judged), default=0),
        }


def judge(kernel, path, expected):
    machine = Machine(path)
    sums = machine.sums()
    problems = machine.problems[:40]
    problems += [f"refused: {name}: {text}" for name, text in machine.refused.items() if not machine.stated(name)]
    if sums["objects"] != expected:
        problems.append(f"{sums['objects']} of {expected} objects came to be tried")
    if not sums["packets"] or sums["different"]:
        problems.append(f"{sums['different']} of {sums['packets']} packets and tests otherwise than expected")
    if machine.steps is None or machine.bad_steps or not machine.steps:
        problems.append(f"traffic: {machine.bad_steps} of {machine.steps} steps otherwise than planned")
    if not machine.times:
        problems.append("the machine did not come to its end")
    problems += [f"feature {name} is not there" for name in NEEDED if not machine.features.get(name)]
    for problem in problems:
        print(f"{kernel}: {problem}")
    refused = f", {sums['stated']} refused for want of what this kernel has not" if sums["stated"] else ""
    times = machine.times or [0, 0, 0]
    print(f"# {machine.release}: {sums['loaded']} of {sums['objects']} objects loaded{refused}, "
          f"{sums['packets']} packets, {sums['different']} different, {machine.steps} steps of traffic, "
          f"{times[-1]:.0f} s")
    return not problems


def word(there):
    return "yes" if there else "no"


def table(directory, kernels):
    machines = [(kernel, Machine(f"{directory}/{kernel}.log")) for kernel in kernels]
    print("| kernel | architecture | objects loaded | refused, said why | tests | packets | verdicts that differ "
          "| most instructions verified | steps of traffic, failed |")
    print("|---|---|---|---|---|---|---|---|---|")
    for kernel, machine in machines:
        s = machine.sums()
        print(f"| {machine.release} | {kernel.split('-')[1]} | {s['loaded']} of {s['objects']} | {s['stated']} "
              f"| {s['tests']} | {s['packets']:,} | {s['different']} | {s['verified']:,} "
              f"| {machine.steps}, {machine.bad_steps} |")
    print()
    print("| what the kernel has | " + " | ".join(kernel.replace("-", " ") for kernel, _ in machines) + " |")
    print("|---|" + "---|" * len(machines))
    names = list(dict.fromkeys(name for _, machine in machines for name in machine.features))
    for name in names:
        print(f"| {name} | " + " | ".join(word(machine.features.get(name)) for _, machine in machines) + " |")


def main(arguments):
    if len(arguments) == 4 and arguments[0] == "judge":
        return 0 if judge(arguments[1], arguments[2], int(arguments[3])) else 1
    if len(arguments) > 2 and arguments[0] == "table":
        table(arguments[1], arguments[2:])
        return 0
    print(__doc__.split("\n\n")[1], file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
