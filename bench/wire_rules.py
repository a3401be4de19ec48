#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""One policy in the form of every tool that bench/wire.sh compares, and packets for it.

usage: wire_rules.py allow N DIRECTORY    N rules "allow tcp from A/len to B port P", no two alike; the rest is dropped
       wire_rules.py block N DIRECTORY    N addresses that are dropped; the rest is allowed

Writes into DIRECTORY: policy-xdp.sp and policy-tc.sp, linear.nft, set.nft, hash.nft, iptables (for iptables-restore),
ipset, ipset.iptables and blocked.txt, and trace: the packets that wire.c sends, half of which must pass. The same
arguments give the same bytes.

The expert's forms: nftables looks up source prefix, destination and port in one set of concatenations with
intervals (set.nft), or in a hash for each prefix length (hash.nft). ipset has no type for a network, an
address and a port with the port last and networks first; hash:ip,port,net (destination, its port, source network,
declared dst,dst,src) says the same with one look-up a prefix length.
"""
import random
import struct
import sys

PACKETS = 1 << 15
ALLOW, DENY = 46, 47  # lengths by IP: wire.h
DEVICE = "wire0"
LENGTHS = (16, 20, 24, 24, 24, 28, 32, 32)


def dotted(number):
    return ".".join(str(number >> shift & 255) for shift in (24, 16, 8, 0))


def prefix(number, length):
    return dotted(number) if length == 32 else f"{dotted(number)}/{length}"


def mask(length):
    return 0xffffffff << 32 - length & 0xffffffff


def packet(source, destination, port, random_port, length):
    """IPv4 and TCP (a segment with ACK), without options."""
    head = struct.pack(">BBHHHBBHII", 0x45, 0, length, 0, 0x4000, 64, 6, 0, source, destination)
    total = sum(struct.unpack(">10H", head))
    while total >> 16:
        total = (total & 0xffff) + (total >> 16)
    head = head[:10] + struct.pack(">H", ~total & 0xffff) + head[12:]
    return head + struct.pack(">HHIIBBHHH", random_port, port, 1, 1, 0x50, 0x10, 1024, 0, 0)


class Rules:
    """Rules (source, length, destination, port), no two alike. Sources are from 11.0.0.0 to 126.255.255.255."""

    def __init__(self, n, chance):
        self.rules, seen = [], set()
        servers = [0xc6120000 | chance.randrange(1 << 16) for _ in range(max(1, n // 8))]
        while len(self.rules) < n:
            length = chance.choice(LENGTHS)
            rule = (chance.randrange(0x0b000000, 0x7f000000) & mask(length), length, chance.choice(servers),
                    chance.randrange(1, 10000))
            if rule not in seen:
                seen.add(rule)
                self.rules.append(rule)
        self.index = {}
        for source, length, destination, port in self.rules:
            self.index.setdefault((destination, port), []).append((source, length))

    def allows(self, source, destination, port):
        return any(source & mask(length) == base for base, length in self.index.get((destination, port), ()))


def allow_packets(rules, chance):
    """Half are within a rule, each rule in turn; half are such a packet with its source, server or port changed."""
    packets = []
    while len(packets) < PACKETS:
        source, length, destination, port = rules.rules[len(packets) // 2 % len(rules.rules)]
        source |= chance.getrandbits(32) & ~mask(length)
        wanted = len(packets) % 2 == 0
        if not wanted:
            kind = chance.randrange(3)
            if kind == 0:
                source = chance.randrange(0x0b000000, 0x7f000000)
            elif kind == 1:
                destination = 0xc6120000 | chance.randrange(1 << 16)
            else:
                port = chance.randrange(1, 10000)
        if rules.allows(source, destination, port) == wanted:
            packets.append(packet(source, destination, port, chance.randrange(1024, 65536), ALLOW if wanted else DENY))
    return packets


def write(directory, name, lines):
    with open(f"{directory}/{name}", "w", encoding="ascii") as file:
        file.write("\n".join(lines) + "\n")


def sp(directory, declarations, rules, default):
    for hook in ("xdp", "tc"):
        write(directory, f"policy-{hook}.sp", ["policy wire {", f'    interface wire = "{DEVICE}";'] + declarations +
              [f"    ingress on wire via {hook} {{"] + rules + [f"        default {default};", "    }", "}"])


def nft(directory, name, sets, rules, policy):
    """In the ingress hook of the device: the earliest there is."""
    write(directory, name, ["table netdev wire {"] + sets + ["    chain ingress {",
          f'        type filter hook ingress device "{DEVICE}" priority 0; policy {policy};'] + rules + ["    }", "}"])


def allow(n, directory, chance):
    rules = Rules(n, chance)
    sp(directory, [], [f"        rule r{i} allow tcp from {prefix(s, l)} to {dotted(d)} port {p};"
                       for i, (s, l, d, p) in enumerate(rules.rules)], "deny")
    nft(directory, "linear.nft", [],
        [f"        ip saddr {prefix(s, l)} ip daddr {dotted(d)} tcp dport {p} accept" for s, l, d, p in rules.rules],
        "drop")
    elements = ",\n".join(f"            {prefix(s, l)} . {dotted(d)} . {p}" for s, l, d, p in rules.rules)
    nft(directory, "set.nft", ["    set allowed {", "        type ipv4_addr . ipv4_addr . inet_service",
                               "        flags interval", "        elements = {", elements, "        }", "    }"],
        ["        ip protocol tcp ip saddr . ip daddr . tcp dport @allowed accept"], "drop")
    lengths = sorted({l for _, l, _, _ in rules.rules}, reverse=True)
    exact, verdicts = [], []
    for length in lengths:
        elements = ",\n".join(f"            {dotted(s)} . {dotted(d)} . {p}"
                              for s, l, d, p in rules.rules if l == length)
        exact += [f"    set by{length} {{", "        type ipv4_addr . ipv4_addr . inet_service", "        elements = {",
                  elements, "        }", "    }"]
        verdicts.append(f"        ip protocol tcp ip saddr & {dotted(mask(length))} . ip daddr . tcp dport @by{length} "
                        "accept")
    nft(directory, "hash.nft", exact, verdicts, "drop")
    head = ["*raw", ":PREROUTING DROP [0:0]", ":OUTPUT ACCEPT [0:0]"]
    write(directory, "iptables", head + [f"-A PREROUTING -s {prefix(s, l)} -d {dotted(d)} -p tcp --dport {p} -j ACCEPT"
                                         for s, l, d, p in rules.rules] + ["COMMIT"])
    size = f"hashsize {max(64, n)} maxelem {max(64, n)}"
    write(directory, "ipset", [f"create allowed hash:ip,port,net {size}"] +
          [f"add allowed {dotted(d)},tcp:{p},{prefix(s, l)}" for s, l, d, p in rules.rules])
    write(directory, "ipset.iptables",
          head + ["-A PREROUTING -m set --match-set allowed dst,dst,src -j ACCEPT", "COMMIT"])
    return allow_packets(rules, chance)


def block(n, directory, chance):
    blocked = sorted(chance.sample(range(0x0b000000, 0x7f000000), n))
    inside = set(blocked)
    texts = [dotted(address) for address in blocked]
    write(directory, "blocked.txt", texts)
    sp(directory, ['    net blocked = file "blocked.txt";'], ["        rule listed deny from blocked;"], "allow")
    elements = ",\n".join(f"            {text}" for text in texts)
    nft(directory, "set.nft",
        ["    set blocked {", "        type ipv4_addr", "        elements = {", elements, "        }", "    }"],
        ["        ip saddr @blocked drop"], "accept")
    write(directory, "ipset", [f"create blocked hash:ip hashsize {max(64, n)} maxelem {max(64, n)}"] +
          [f"add blocked {text}" for text in texts])
    write(directory, "ipset.iptables", ["*raw", ":PREROUTING ACCEPT [0:0]", ":OUTPUT ACCEPT [0:0]",
                                        "-A PREROUTING -m set --match-set blocked src -j DROP", "COMMIT"])
    packets = []
    while len(packets) < PACKETS:
        wanted = len(packets) % 2 == 0
        source = chance.randrange(0x0b000000, 0x7f000000) if wanted else blocked[len(packets) // 2 % n]
        if wanted and source in inside:
            continue
        packets.append(packet(source, 0xc6120001, 443, chance.randrange(1024, 65536), ALLOW if wanted else DENY))
    return packets


def main():
    if len(sys.argv) != 4 or sys.argv[1] not in ("allow", "block"):
        sys.exit(__doc__)
    kind, n, directory = sys.argv[1], int(sys.argv[2]), sys.argv[3]
    chance = random.Random(f"{kind} {n}")
    packets = (allow if kind == "allow" else block)(n, directory, chance)
    with open(f"{directory}/trace", "wb") as file:
        file.write(b"".join(packets))


if __name__ == "__main__":
    main()
