#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Makes lines of results of sentry-bench's, and one Markdown table of them beside their bounds.

usage: classify-table.py --add NAME KIND CODE POLICY RESULT ERRORS
       classify-table.py LINES
"""
import json
import sys

import svg_plot

MIB = 1 << 20
LINEAR = ((100000, 500), (10000, 80), (1000, 10))
# Names are round: "10k" stands for sets of 8,775 to 9,774 rules.
ROUND = 0.8


def at_least(rules, size):
    return rules >= size * ROUND


def bound(kind, rules):
    """Of the cost over the floor."""
    if kind == "example":
        return 1.5
    if rules <= 1:
        return 1.15
    if at_least(rules, 40000):
        return 8
    if at_least(rules, 10000):
        return 4 if kind == "acl" else 6
    return 2.5 if rules > 100 else 1.8


def bound_random(rules):
    """That of the next larger class."""
    return bound("any", next((size for size in (100, 1000, 10000) if rules <= size), 40000) * 10)


def add(name, kind, code, policy, result, errors):
    line = {"name": name, "kind": kind}
    if code == "0":
        line.update(json.load(open(result, encoding="utf-8")))
    else:
        with open(policy, encoding="utf-8") as file:
            line["rules"] = sum(text.lstrip().startswith("rule ") for text in file)
        with open(errors, encoding="utf-8", errors="replace") as file:
            first = next((text.strip() for text in file if text.strip()), f"exit {code}")
        line["error"] = first.replace(policy, "policy.sp")
        line["wrong"] = code == "1"
    for path in ("policy", "capture"):
        line.pop(path, None)
    print(json.dumps(line))


def rounds_of(lines):
    """What was measured several times is told once: the median round, and the least and the most of all."""
    rounds = {}
    for line in lines:
        rounds.setdefault(line["name"], []).append(line)
    told = []
    for same in rounds.values():
        failed = next((line for line in same if "error" in line), None)
        if failed or len(same) == 1:
            told.append(failed or same[0])
            continue
        same.sort(key=lambda line: line["ratio"])
        median = dict(same[len(same) // 2])
        median["ratios"] = same[0]["ratio"], same[-1]["ratio"]
        if all("linear" in line for line in same):
            times = sorted(times_linear(line) for line in same)
            median["times_linear"] = times[0], times[-1]
        told.append(median)
    return told


def times_linear(line):
    return line["linear"]["ns"] / line["policy_ns"]


def spread(values, form):
    return f" ({values[0]:{form}}–{values[1]:{form}})" if values else ""


def judge(line, by_name):
    """What a line is over, in words."""
    rules, over = line["rules"], []
    limit = bound_random(rules) if line["kind"] == "random" else bound(line["kind"], rules)
    if line["ratio"] > limit:
        over.append("cost")
    other = by_name.get(line["name"].removesuffix(", IPv6"))
    # By the ratios: the two were not measured at the same time.
    if line["name"].endswith(", IPv6") and other and "ratio" in other and line["ratio"] > 1.5 * other["ratio"]:
        over.append(f"{line['ratio'] / other['ratio']:.2f}x IPv4")
    if line["measured"]["map_bytes"] > 64 * MIB:
        over.append("memory")
    if line["measured"]["verified"] > 100000:
        over.append("verified")
    # Up to 10,000 rules in 2 s, up to 100,000 in 10 s.
    if line["compile_seconds"] > (2 if rules <= 10000 else 10):
        over.append("compile")
    if line["measured"]["load_seconds"] > 0.5:
        over.append("load")
    wanted = next((times for size, times in LINEAR if at_least(rules, size)), 0)
    if "linear" in line and times_linear(line) < wanted:
        over.append(f"linear < {wanted}x")
    return limit, over


def row(line, by_name):
    if "error" in line:
        said = "WRONG" if line["wrong"] else "none: " + line["error"][:60]
        return [line["name"], f"{line['rules']:,}", *[""] * 6, said, *[""] * 6]
    limit, over = judge(line, by_name)
    measured, floor = line["measured"], line["floor"]
    walk = f"{times_linear(line):.0f}x" + spread(line.get("times_linear"), ".0f") if "linear" in line else ""
    return [line["name"], f"{line['rules']:,}", f"{line['policy_ns']:.1f}", f"{floor['ns']:.1f}",
            f"{line['ratio']:.2f}" + spread(line.get("ratios"), ".2f"),
            f"{measured['after_ratio']:.2f}", f"{measured['net_ns'] / floor['net_ns']:.2f}" if floor["net_ns"] > 0 else "", f"{limit:g}",
            "OVER: " + ", ".join(over) if over else "ok", walk,
            f"{measured['map_bytes'] / MIB:.2f}", f"{measured['insns']:,}", f"{measured['verified']:,}",
            f"{line['compile_seconds']:.2f}", f"{measured['load_seconds']:.3f}"]


def print_table(lines):
    by_name = {line["name"]: line for line in lines}
    print("| set | rules | ns | floor | ratio | after others | net ratio | bound | | linear | MiB | insns | verified | compile s |"
          " load s |")
    print("|---|--:|--:|--:|--:|--:|--:|--:|---|--:|--:|--:|--:|--:|--:|")
    for line in lines:
        if line["kind"] != "random" or "error" in line or judge(line, by_name)[1]:
            print("| " + " | ".join(map(str, row(line, by_name))) + " |")
    print()
    cliff = [line for line in lines if line["kind"] == "random"]
    good = [line for line in cliff if "error" not in line]
    under = [line for line in good if not judge(line, by_name)[1]]
    if cliff:
        print(f"Random policies: {len(cliff)}, measured {len(good)}, within all bounds {len(under)};"
              " the others are in the table.")
    if good:
        worst = max(good, key=lambda line: line["ratio"] / bound_random(line["rules"]))
        print(f"Nearest to its bound, or farthest over: {worst['name']}, {worst['rules']:,} rules,"
              f" ratio {worst['ratio']:.2f}.")
    print("ns of one packet by BPF_PROG_TEST_RUN, medians of passes over all packets; ratio to the floor, which parses"
          " the 5-tuple and decides;\nboth with what the test run and the driver cost, the net ratio without. after"
          " others: the ratio of the first 10 ms after other programs. linear: how many times as long a walk takes.\n"
          "In brackets, of what was measured in several rounds: the least and the most. The row is of the round whose ratio is the median.")


def plot(lines, path):
    """Sets and random policies as points: what differs between them is more than what they have in common."""
    def points(which, six=None):
        return [(line["rules"], which(line)) for line in lines
                if "error" not in line and line["kind"] not in ("example", "random")
                and (six is None or line["name"].endswith(", IPv6") == six)]

    walks = [line for line in lines if "linear" in line]
    random = [(line["rules"], line["policy_ns"]) for line in lines if line["kind"] == "random" and "error" not in line]
    svg_plot.draw(path, [
        ("looked up, IPv4", "points pt 7", points(lambda line: line["policy_ns"], False)),
        ("looked up, IPv6", "points pt 5", points(lambda line: line["policy_ns"], True)),
        ("random policies", "points pt 2", random),
        ("the floor", "points pt 1 lc rgb \"#000000\"", points(lambda line: line["floor_ns"])),
        ("a walk, IPv4", "points pt 6", [(line["rules"], line["linear"]["ns"]) for line in walks if not line["name"].endswith("IPv6")]),
        ("a walk, IPv6", "points pt 4", [(line["rules"], line["linear"]["ns"]) for line in walks if line["name"].endswith("IPv6")]),
    ], "ns for a packet", 10)


def main():
    if len(sys.argv) == 8 and sys.argv[1] == "--add":
        add(*sys.argv[2:])
    elif len(sys.argv) == 2:
        with open(sys.argv[1], encoding="utf-8") as file:
            lines = rounds_of([json.loads(line) for line in file])
        print_table(lines)
        plot(lines, sys.argv[1].removesuffix(".json") + ".svg")
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main()
