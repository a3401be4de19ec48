#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What bench/wire.sh measured, as tables, as JSON lines and as plots.

usage: wire_report.py RAW DIRECTORY

RAW has the lines that wire.c prints, each with the policy, the number of rules and the tool. A tool that once let the
wrong packets through has no figure, and the exit code is 1.
"""
import json
import statistics
import sys

import svg_plot

PACKETS = 1 << 15
TOOLS = {  # in the order of the columns
    "none": "no filter",
    "xdp": "Packet Sentry, XDP",
    "tc": "Packet Sentry, tc",
    "nft-linear": "nftables, one rule each",
    "nft-set": "nftables, interval set",
    "nft-hash": "nftables, hash sets",
    "iptables-legacy": "iptables-legacy",
    "iptables-nft": "iptables-nft",
    "ipset": "ipset",
    "xdp-filter": "xdp-filter",
}
# At 1,000 rules: ours in XDP, that many times the packets of the other.
BOUNDS = (("nft-linear", 15), ("iptables-legacy", 8), ("nft-set", 1), ("nft-hash", 1))


def wrong(run):
    """What is wrong with a run, or None. Without a filter, everything passes."""
    if "error" in run:
        return run["error"]
    half = PACKETS // 2
    expected = (half, half if run["tool"] == "none" else 0)
    if run["foreign"]:
        return f"{run['foreign']} foreign packets"
    if (run["rightly"], run["wrongly"]) != expected:
        return f"of {half} packets to allow {run['rightly']} passed, of {half} to drop {run['wrongly']}"
    if run["tool"] != "none" and run["passed_wrongly"]:
        return f"{run['passed_wrongly']} packets to drop passed under load"
    if abs(run["passed"] - run["packets"] / 2) > run["packets"] / 50 + 128:
        return f"under load, {run['passed']} of {run['packets']} packets passed"
    return None


def figures(runs):
    """(policy, rules, tool) -> figures; and whether all were right."""
    groups, right = {}, True
    for run in runs:
        groups.setdefault((run["policy"], run["rules"], run["tool"]), []).append(run)
    results = {}
    for key, group in groups.items():
        faults = [fault for fault in map(wrong, group) if fault]
        if faults:
            print(f"{key[2]} at {key[0]} {key[1]} is wrong, and has no figure: {faults[0]}")
            right = False
            continue
        pps = sorted(run["packets"] * 1e9 / run["cpu_ns"] for run in group)
        results[key] = {
            "pps": statistics.median(pps), "pps_min": pps[0], "pps_max": pps[-1],
            "ns": 1e9 / statistics.median(pps), "runs": len(group),
            "busy": min(1.0, statistics.median(run["cpu_ns"] / run["wall_ns"] for run in group)),
        }
    return results, right


def number(value):
    return f"{value / 1e6:.2f}" if value >= 1e5 else f"{value / 1e6:.4f}"


def cell(result):
    if not result:
        return "–"
    return f"{number(result['pps'])} ({number(result['pps_min'])}–{number(result['pps_max'])})"


def table(results, policy, title):
    sizes = sorted({rules for kind, rules, _ in results if kind == policy})
    if not sizes:
        return
    print(f"\n{title}\n\n| | " + " | ".join(f"{size:,}" for size in sizes) + " |\n|---|" + "---|" * len(sizes))
    for tool, name in TOOLS.items():
        row = [results.get((policy, size, tool)) for size in sizes]
        if any(row):
            print(f"| {name} | " + " | ".join(map(cell, row)) + " |")


def bounds(results):
    ours = results.get(("allow", 1000, "xdp"))
    for tool, least in BOUNDS:
        other = results.get(("allow", 1000, tool))
        if ours and other:
            ratio = ours["pps"] / other["pps"]
            print(f"At 1,000 rules: {ratio:.1f} x the packets of {TOOLS[tool]}; at least {least} are wanted: "
                  f"{'ok' if ratio >= least else 'MISSED'}")


def idle(results):
    """Where the sender was not fast enough for the receiver, or had to share its processor."""
    for (policy, rules, tool), result in results.items():
        if result["busy"] < 0.9:
            print(f"The receiver was busy for only {result['busy']:.0%} of the time: {TOOLS[tool]}, {policy} {rules}")


def plot(results, directory):
    curves = []
    for tool, name in TOOLS.items():
        style = "lw 3" if tool in ("xdp", "tc") else "dt 2" if tool == "none" else "lw 1"
        curves.append((name, f"linespoints {style}", [(rules, result["ns"]) for (kind, rules, which), result in results.items()
                                                      if kind == "allow" and which == tool]))
    svg_plot.draw(f"{directory}/wire.svg", curves, "ns of one processor for a packet", 100)


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with open(sys.argv[1], encoding="ascii") as file:
        results, right = figures([json.loads(line) for line in file if line.strip()])
    with open(f"{sys.argv[2]}/wire.json", "w", encoding="ascii") as file:
        for (policy, rules, tool), result in results.items():
            file.write(json.dumps({"schema": "packet-sentry/bench-wire/v1", "policy": policy, "rules": rules,
                                   "tool": tool, **result}) + "\n")
    table(results, "allow", "Million packets per second of one processor, by number of rules: median (min–max)")
    table(results, "block", "The same, with a list of addresses that are dropped")
    print()
    bounds(results)
    idle(results)
    plot(results, sys.argv[2])
    sys.exit(0 if right else 1)


if __name__ == "__main__":
    main()
