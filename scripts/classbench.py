#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""ClassBench filter sets as a policy: allow and deny alternate by line, the default is deny.

usage: classbench.py [--flip N] [--first N] [--rules N] [--ip6] FILE[.xz]…   (- is standard input)

--flip N changes the verdict of the N-th rule, counted from 1: an edit to be diffed.
--first N takes the first N rules only. --rules N takes copies of the sets until
there are N rules, each copy with other first octets.
--ip6 translates to IPv6: a.b.c.d/n is 2001:db8:aabb:ccdd::/(32+n), and a host has
an interface identifier that is made from its IPv4 address.
Ports of a line whose protocol has none (or any) apply to tcp, udp and sctp, as in
the language; where both port ranges are full they are left out. The column of TCP
flags is not used, as in the literature. Of several sets or copies, what is open on
both sides comes once, last: else nothing behind it would ever decide.
"""
import argparse
import lzma
import re
import sys

LINE = re.compile(r"@(\S+)\s+(\S+)\s+(\d+) : (\d+)\s+(\d+) : (\d+)\s+0x([0-9a-fA-F]+)/0x([0-9a-fA-F]+)")
WORDS = {1: "icmp4", 6: "tcp", 17: "udp", 47: "gre", 50: "esp", 132: "sctp"}
WORDS6 = {**WORDS, 1: "icmp6", 58: "icmp6"}
MASK64 = (1 << 64) - 1
WIDE = 8


def parse_network(text, copy=0):
    """(number, length), the host bits cleared: sets are not always clean."""
    address, length = text.split("/")
    length = int(length)
    number = 0
    for byte in address.split("."):
        number = number << 8 | int(byte)
    return (number ^ copy << 24) & ~((1 << 32 - length) - 1), length


def interface_identifier(number):
    """As in bench/draw.c."""
    number = (number ^ number >> 30) * 0xbf58476d1ce4e5b9 & MASK64
    number = (number ^ number >> 27) * 0x94d049bb133111eb & MASK64
    return number ^ number >> 31


def network6(number, length):
    """2001:db8::/32 holds all of IPv4."""
    low = interface_identifier(number) if length == 32 else 0
    value = 0x20010db8 << 96 | number << 64 | low
    text = ":".join(f"{value >> shift & 0xffff:x}" for shift in range(112, -16, -16))
    return text if length == 32 else f"{text}/{32 + length}"


def network(number, length, ip6):
    if length == 0:
        return None
    if ip6:
        return network6(number, length)
    dotted = ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))
    return dotted if length == 32 else f"{dotted}/{length}"


def ports(low, high):
    if (low, high) == (0, 65535):
        return ""
    return f" port {low}" if low == high else f" port {low}-{high}"


def rule(number, entry, arguments):
    source, destination = network(*entry[0], arguments.ip6), network(*entry[1], arguments.ip6)
    match = entry[2]
    source_ports = ports(int(match[3]), int(match[4]))
    destination_ports = ports(int(match[5]), int(match[6]))
    protocol, mask = int(match[7], 16), int(match[8], 16)
    allow = (number % 2 == 1) != (number == arguments.flip)
    words = [f"        rule r{number}", "allow" if allow else "deny", "ip6" if arguments.ip6 else "ip4"]
    if mask:
        if protocol not in (6, 17, 132):
            source_ports = destination_ports = ""
        words.append((WORDS6 if arguments.ip6 else WORDS).get(protocol, f"proto {protocol}"))
    if source or source_ports:
        words.append(f"from {source or 'any'}{source_ports}")
    if destination or destination_ports:
        words.append(f"to {destination or 'any'}{destination_ports}")
    text = " ".join(words) + ";"
    return text.replace(" ip4 icmp4", " icmp4").replace(" ip6 icmp6", " icmp6")


def read_set(path):
    if path == "-":
        text = sys.stdin.read()
    elif path.endswith(".xz"):
        text = lzma.open(path, "rt").read()
    else:
        text = open(path, encoding="ascii").read()
    matches = [match for match in map(LINE.match, text.splitlines()) if match]
    if not matches:
        sys.exit(f"classbench.py: {path} holds no ClassBench rule")
    return matches


def entries(matches, copy):
    return [(parse_network(match[1], copy), parse_network(match[2], copy), match) for match in matches]


def is_wide(entry):
    return entry[0][1] < WIDE and entry[1][1] < WIDE


def collect(arguments):
    sets = [read_set(path) for path in arguments.file]
    if len(sets) == 1 and not arguments.rules:
        return entries(sets[0], 0)
    rules, wide, copy = [], {}, 0
    while not copy or len(rules) < arguments.rules - len(wide):
        if copy > 255:
            sys.exit(f"classbench.py: 256 copies have {len(rules)} rules")
        for matches in sets:
            for entry in entries(matches, copy):
                if is_wide(entry):
                    wide.setdefault(entry[2].group(0), entry)
                else:
                    rules.append(entry)
        copy += 1
    if arguments.rules:
        rules = rules[: max(arguments.rules - len(wide), 0)]
    return rules + list(wide.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--flip", type=int, default=0, metavar="N")
    parser.add_argument("--first", type=int, default=0, metavar="N")
    parser.add_argument("--rules", type=int, default=0, metavar="N")
    parser.add_argument("--ip6", action="store_true")
    parser.add_argument("file", nargs="+")
    arguments = parser.parse_args()
    rules = collect(arguments)
    if arguments.first:
        rules = rules[: arguments.first]
    print("policy classbench {\n    # Not written by hand: what is found in it is counted, not mended.")
    print("    lint dead-rule warning;\n    ingress on eth0 {")
    for number, entry in enumerate(rules, 1):
        print(rule(number, entry, arguments))
    print("        default deny;\n    }\n}")


if __name__ == "__main__":
    main()
