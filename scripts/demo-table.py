#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The tables of scripts/demo.sh.

demo-table.py live STEPS                what the counters say of each step
demo-table.py steps STEPS CAPTURE       the steps as ranges of packets of the capture
demo-table.py replay STEPS JSONL [JSONL]  what a replay says of each range; with two, what differs
demo-table.py events JSONL              log records, a few of each rule

STEPS of the first two has lines LABEL SEEN START END with tabs, and beside it
are the counters as STEPS.N.before and STEPS.N.after.
"""
import collections
import json
import signal
import struct
import sys

# Address resolution goes on all the time, whatever the client tries.
BACKGROUND = {"non-ip", "neighbours"}


def lines(path):
    with open(path, encoding="utf-8") as file:
        return [line.rstrip("\n") for line in file]


def table(head, rows):
    rows = [head] + [["-" * len(word) for word in head]] + rows
    widths = [max(len(row[i]) for row in rows) for i in range(len(head))]
    for row in rows:
        print("  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip())


def decided(counts):
    """[(direction, verdict, rule, packets)] as one cell: the rules that met the packets, most first."""
    counts = [entry for entry in counts if entry[3] and entry[2] not in BACKGROUND]
    counts.sort(key=lambda entry: (-entry[3], entry[2]))
    return ", ".join("%s by %s (%d)" % (verdict, rule, packets) for _, verdict, rule, packets in counts) or "-"


def counters(path):
    with open(path, encoding="utf-8") as file:
        document = json.load(file)
    return {
        (block["name"], rule["name"]): (block["direction"], rule.get("verdict", rule["action"]), rule["packets"])
        for block in document["blocks"]
        for rule in block["rules"]
    }


def live(path):
    rows = []
    for n, line in enumerate(lines(path)):
        label, seen = line.split("\t")[:2]
        before, after = counters(f"{path}.{n}.before"), counters(f"{path}.{n}.after")
        moved = []
        for key, (direction, verdict, packets) in after.items():
            moved.append((direction, verdict, key[1], packets - before.get(key, (None, None, 0))[2]))
        ingress = [entry for entry in moved if entry[0] == "ingress"]
        # What the host sends is let out by default; a rule with a name there is worth a word.
        egress = [entry for entry in moved if entry[0] == "egress" and entry[2] != "default"]
        rows.append([label, seen, decided(egress + ingress)])
    table(["what was tried", "what its user saw", "what the policy did (packets)"], rows)


def times(path):
    with open(path, "rb") as file:
        data = file.read()
    (magic,) = struct.unpack_from("<I", data)
    assert magic == 0xA1B2C3D4, "not a little-endian pcap file with microseconds"
    at, result = 24, []
    while at < len(data):
        seconds, micros, size, _ = struct.unpack_from("<IIII", data, at)
        result.append(seconds + micros / 1e6)
        at += 16 + size
    return result


def steps(path, capture):
    stamps = times(capture)
    print("# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause")
    print("# first and last packet, what was tried, what its user saw")
    for line in lines(path):
        label, seen, start, end = line.split("\t")
        mine = [n for n, stamp in enumerate(stamps, 1) if float(start) <= stamp < float(end)]
        if mine:
            print("%d\t%d\t%s\t%s" % (mine[0], mine[-1], label, seen))


def judged(path):
    return [json.loads(line) for line in lines(path)]


def summary(packets):
    counts = collections.Counter((packet["verdict"], packet["rule"]) for packet in packets)
    return decided([("ingress", verdict, rule, n) for (verdict, rule), n in counts.items()])


def replay(path, before, after=None):
    old = judged(before)
    new = judged(after) if after else None
    rows = []
    for line in lines(path):
        if line.startswith("#"):
            continue
        first, last, label, seen = line.split("\t")
        span = slice(int(first) - 1, int(last))
        row = [label, seen, summary(old[span])]
        if not new:
            rows.append(row)
        elif summary(new[span]) != row[2]:
            rows.append([label, row[2], summary(new[span])])
    if new:
        table(["what was tried", "before (packets)", "after (packets)"], rows)
    else:
        table(["what was tried", "what its user saw when recorded", "what the policy does (packets)"], rows)


def events(path):
    records = [json.loads(line) for line in lines(path)]
    shown, rows = collections.Counter(), []
    for record in records:
        shown[record["rule"]] += 1
        if shown[record["rule"]] > 2:
            continue
        source, dest = record["source_ip"], record["dest_ip"]
        if "source_port" in record:
            source, dest = f"{source} port {record['source_port']}", f"{dest} port {record['dest_port']}"
        rows.append([
            record["timestamp"][11:23], record["rule"], record["verdict"], record["direction"],
            f"{record['protocol']} {source} > {dest}", record.get("tcp_flags", ""),
        ])
    for rule, count in sorted(shown.items()):
        if count > 2:
            rows.append(["", rule, f"and {count - 2} more", "", "", ""])
    table(["time (UTC)", "rule", "verdict", "direction", "packet", "flags"], rows)
    if records:
        print("\n  One of them as it comes:\n  " + json.dumps(records[0], separators=(",", ":")))


if __name__ == "__main__":
    signal.signal(signal.SIGPIPE, signal.SIG_DFL)
    {"live": live, "steps": steps, "replay": replay, "events": events}[sys.argv[1]](*sys.argv[2:])
