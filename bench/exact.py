#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A policy of rules from one host to a port of another, as lists of who may talk to whom are: no two have a host in common.

usage: exact.py RULES [--ip6]

The same arguments give the same text.
"""
import ipaddress
import random
import sys


def main():
    if len(sys.argv) not in (2, 3) or not sys.argv[1].isdigit() or sys.argv[2:] not in ([], ["--ip6"]):
        sys.exit("usage: exact.py RULES [--ip6]")
    drawn = random.Random(int(sys.argv[1]))

    def host():
        if sys.argv[2:]:
            return ipaddress.IPv6Address(0x20010db8 << 96 | drawn.getrandbits(96))
        return ipaddress.IPv4Address(drawn.randrange(1 << 24, 224 << 24))

    print("policy exact {\n    ingress on wire via xdp {")
    for number in range(int(sys.argv[1])):
        verdict, protocol = drawn.choice(("allow", "deny")), drawn.choice(("tcp", "udp"))
        print(f"        rule r{number} {verdict} {protocol} from {host()} to {host()} port {drawn.randrange(1, 65536)};")
    print("        default deny;\n    }\n}")


main()
