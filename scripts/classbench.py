#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A ClassBench filter set as a policy: allow and deny alternate by line, the default is deny.

usage: classbench.py [--flip N] FILE[.xz]   (- is standard input)

--flip N changes the verdict of the N-th rule, counted from 1: an edit to be diffed.
Ports of a line whose protocol has none (or any) apply to tcp, udp and sctp, as in
the language; where both port ranges are full they are left out. The column of TCP
flags is not used, as in the literature.
"""
import argparse
import lzma
import re
import sys

LINE = re.compile(r"@(\S+)\s+(\S+)\s+(\d+) : (\d+)\s+(\d+) : (\d+)\s+0x([0-9a-fA-F]+)/0x([0-9a-fA-F]+)")
WORDS = {1: "icmp4", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 132: "sctp"}


def network(text):
    """The address with its host bits cleared: sets are not always clean."""
    address, length = text.split("/")
    length = int(length)
    number = 0
    for byte in address.split("."):
        number = number << 8 | int(byte)
    number &= ~((1 << 32 - length) - 1)
    dotted = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
    return None if length == 0 else dotted if length == 32 else f"{dotted}/{length}"


def ports(low, high):
    if (low, high) == (0, 65535):
        return ""
    return f" port {low}" if low == high else f" port {low}-{high}"


def rule(number, match, flip):
    source, destination = network(match[1]), network(match[2])
    source_ports = ports(int(match[3]), int(match[4]))
    destination_ports = ports(int(match[5]), int(match[6]))
    protocol, mask = int(match[7], 16), int(match[8], 16)
    allow = (number % 2 == 1) != (number == flip)
    words = [f"        rule r{number}", "allow" if allow else "deny", "ip4"]
    if mask:
        if protocol not in (6, 17, 132):
            source_ports = destination_ports = ""
        words.append(WORDS.get(protocol, f"proto {protocol}"))
    if source or source_ports:
        words.append(f"from {source or 'any'}{source_ports}")
    if destination or destination_ports:
        words.append(f"to {destination or 'any'}{destination_ports}")
    text = " ".join(words) + ";"
    return text.replace(" ip4 icmp4", " icmp4")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flip", type=int, default=0, metavar="N")
    parser.add_argument("file")
    arguments = parser.parse_args()
    if arguments.file == "-":
        text = sys.stdin.read()
    elif arguments.file.endswith(".xz"):
        text = lzma.open(arguments.file, "rt").read()
    else:
        text = open(arguments.file, encoding="ascii").read()
    rules = [match for match in map(LINE.match, text.splitlines()) if match]
    if not rules:
        sys.exit(f"classbench.py: {arguments.file} holds no ClassBench rule")
    print("policy classbench {\n    # Not written by hand: what is found in it is counted, not mended.")
    print("    lint dead-rule warning;\n    ingress on eth0 {")
    for number, match in enumerate(rules, 1):
        print(rule(number, match, arguments.flip))
    print("        default deny;\n    }\n}")


if __name__ == "__main__":
    main()
