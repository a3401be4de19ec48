#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Writes blocklist.txt: a blocklist of a realistic size without naming anybody.

Every prefix is taken from ranges that nobody on the internet uses: 198.18.0.0/15
and 2001:2::/48 (benchmarks), 240.0.0.0/4 (reserved), 2001:db8:8000::/33
(documentation). The choice is pseudo-random with a fixed seed, so the file is
the same each time.
"""
import ipaddress
import random

HEAD = """\
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# SYNTHETIC: no address here belongs to anybody. Made by make-blocklist.py from
# benchmark, documentation and reserved ranges, to have the size and the mix of
# prefix lengths of a real blocklist. Put your own list in its place.
"""

V4 = [("198.18.0.0/15", 1500, (24, 32)), ("240.0.0.0/4", 2500, (20, 32))]
V6 = [("2001:2::/48", 300, (64, 128)), ("2001:db8:8000::/33", 700, (40, 64))]


def draw(rng, base, count, lengths):
    base = ipaddress.ip_network(base)
    chosen = set()
    while len(chosen) < count:
        length = rng.randint(*lengths)
        offset = rng.getrandbits(length - base.prefixlen) << (base.max_prefixlen - length)
        chosen.add(ipaddress.ip_network((int(base.network_address) + offset, length)))
    return chosen


def main():
    rng = random.Random(2026)
    print(HEAD, end="")
    for family in (V4, V6):
        nets = set()
        for base, count, lengths in family:
            nets |= draw(rng, base, count, lengths)
        for net in ipaddress.collapse_addresses(nets):
            print(net.network_address if net.prefixlen == net.max_prefixlen else net)


if __name__ == "__main__":
    main()
