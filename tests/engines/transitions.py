#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""transitions.py STATE.MD [loose]: a policy with a test for every two packets after every way into every stage of a TCP
connection, for both IP versions: what the table in docs/state.md says must be what the engines do. Reads the table
from the text, so that the manual cannot say anything else.
"""
import re, sys

KINDS = ["SYN", "SYN+ACK", "ACK", "FIN+ACK", "RST"]
FLAGS = {"SYN": "syn", "SYN+ACK": "syn,ack", "ACK": "ack", "FIN+ACK": "fin,ack", "RST": "rst"}
# How to come into each stage, from nothing: packets of the originator (o) and the responder (r).
WAYS = {
    "none": [[]],
    "OPENING": [["o SYN"], ["o SYN", "r ACK"]],
    "SYN2": [["o SYN", "r SYN"]],
    "SYNACK": [["o SYN", "r SYN+ACK"], ["o SYN", "r SYN", "o SYN+ACK"]],
    "ESTABLISHED": [["o SYN", "r SYN+ACK", "o ACK"]],
    "FIN1": [["o SYN", "r SYN+ACK", "o ACK", "o FIN+ACK"], ["o SYN", "r SYN+ACK", "o ACK", "r FIN+ACK"]],
    "FIN2": [["o SYN", "r SYN+ACK", "o ACK", "o FIN+ACK", "r FIN+ACK"]],
    "CLOSED": [["o SYN", "r RST"], ["o SYN", "r SYN+ACK", "o ACK", "o FIN+ACK", "r FIN+ACK", "o ACK"]],
}
STAGES = list(WAYS)


def read_table(path):
    """{stage: {"o SYN": cell text}}"""
    lines = open(path).read().split("\n")
    head = next(i for i, line in enumerate(lines) if line.startswith("| entry | SYN o |"))
    columns = [" ".join(reversed(name.strip().rsplit(" ", 1))) for name in lines[head].strip("| ").split("|")[1:]]
    table = {}
    for line in lines[head + 2:]:
        if not line.startswith("|"):
            break
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        table[cells[0].split()[0]] = dict(zip(columns, cells[1:]))
    assert list(table) == STAGES, list(table)
    return table


class Connection:
    def __init__(self, table, loose):
        self.table, self.loose = table, loose
        self.stage, self.seen, self.first_fin, self.turned = "none", False, None, False

    def take(self, packet):
        """The packet's state. `packet` is by who really sent it: after a new beginning the originator may be the other."""
        who, kind = packet.split(" ", 1)
        role = {"o": "r", "r": "o"}[who] if self.turned else who
        cell = self.table[self.stage][role + " " + kind]
        if cell.startswith("-"):
            if not (self.loose and ("(a)" in cell or "(b)" in cell)):
                return "invalid"
            cell = "ESTABLISHED"
        begins = cell.startswith("new") or self.stage == "none"
        if begins:
            self.seen, self.first_fin, self.turned, role = False, None, who == "r", "o"
        stage = re.search(r"[A-Z][A-Z0-9]+", cell).group()
        if stage == "FIN1" and "FIN2" in cell:
            stage = "FIN2" if re.search("if (.) sent", cell).group(1) == self.first_fin else "FIN1"
        if stage == "FIN1" and self.stage != "FIN1":
            self.first_fin = role
        self.stage = stage
        self.seen = self.seen or role == "r"
        return "established" if self.seen else "new"


def packet_text(packet, family):
    who, kind = packet.split(" ", 1)
    # The originator is the lower end in IPv4, the higher in IPv6.
    ends = (("10.0.0.1:4000", "10.0.0.2:80"), ("[2001:db8::2]:4000", "[2001:db8::1]:80"))[family]
    src, dst = ends if who == "o" else ends[::-1]
    return f"tcp {src} > {dst} {FLAGS[kind]}"


def main():
    table, loose = read_table(sys.argv[1]), "loose" in sys.argv[2:]
    packets = [who + " " + kind for kind in KINDS for who in "or"]
    n = 0
    print("# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause")
    print("policy transitions {")
    print("    states { max 64; %s}" % ("loose; " if loose else ""))
    print("""    ingress on wire {
        rule invalid      deny   state invalid;
        rule related      allow  state related;
        rule established  allow  state established;
        rule new          allow  state new;
        default deny;
    }""")
    for family in 0, 1:
        for stage in STAGES:
            for way in WAYS[stage]:
                for first in packets:
                    for second in packets:
                        connection = Connection(table, loose)
                        lines = []
                        for packet in way + [first, second]:
                            if packet is first and len(lines) == len(way):
                                assert connection.stage == stage, (way, stage, connection.stage)
                            state = connection.take(packet)
                            verdict = "deny" if state == "invalid" else "allow"
                            lines.append(f"        packet {packet_text(packet, family)} expect {verdict} by {state};")
                        n += 1
                        name = f"IPv{6 if family else 4}, {n}: {stage}, {first}, {second}"
                        print('    test "%s" in ingress {\n%s\n    }' % (name, "\n".join(lines)))
    print("}")


main()
