#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""A random policy of mixed style: prefixes, hosts, address ranges, lists, port lists, flags, icmp, vlan, both families.

usage: styles.py SEED [RULES]

Without RULES a number between 1 and 20,000, each magnitude as likely as any other.
How much there is of each kind is the seed's choice, too: some policies are all
hosts, others all port lists. The same arguments give the same text.
"""
import math
import random
import sys

KINDS = ("host", "prefix", "range", "ports", "flags", "icmp", "vlan", "lists", "wide")
MOST = 20000


class Style:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.weights = [self.random.random() ** 3 + 0.01 for _ in KINDS]
        self.share6 = self.random.choice((0, 0.2, 0.5, 1))
        # Real networks are few, and rules are about what is in them.
        pool = self.random.choice((4, 40, 400))
        self.nets4 = [self.random.randrange(1 << 24, 224 << 24) & 0xffff0000 for _ in range(pool)]
        self.nets6 = [0x20010db8 << 96 | self.random.randrange(1 << 16) << 80 for _ in range(pool)]

    def address4(self):
        return self.random.choice(self.nets4) | self.random.randrange(1 << 16)

    def address6(self):
        return self.random.choice(self.nets6) | self.random.randrange(1 << 24) << 56 | self.random.randrange(1 << 16)

    def one(self, six, length=None):
        """An address, or a prefix of that many bits in IPv4's count."""
        if six:
            value, bits = self.address6(), 128
            length = 128 if length is None else 32 + length
        else:
            value, bits = self.address4(), 32
            length = 32 if length is None else length
        value &= ~((1 << bits - length) - 1)
        return text(value, six) + ("" if length == bits else f"/{length}")

    def span(self, six):
        low = self.address6() if six else self.address4()
        high = low | 0xffff if six else low | 0xff
        return text(low, six) if low == high else f"{text(low, six)}-{text(high, six)}"

    def listed(self, six):
        items = sorted({self.one(six, self.random.choice((None, 24, 28))) for _ in range(self.random.randrange(2, 9))})
        return "{ " + ", ".join(items) + " }"

    def port(self):
        return self.random.choice((22, 25, 53, 80, 123, 443, 993, 3306, 5432, 8080, self.random.randrange(1024, 65536)))

    def port_words(self):
        kind = self.random.randrange(4)
        if kind == 0:
            low = self.port()
            high = min(low + self.random.choice((1, 9, 99, 1000)), 65535)
            return f"port {low}-{high}" if low < high else f"port {low}"
        if kind == 1:
            ports = sorted({self.port() for _ in range(self.random.randrange(2, 7))})
            return "port { " + ", ".join(map(str, ports)) + " }"
        return f"port {self.port()}"

    def ends(self, six, wanted):
        words = []
        for word in ("from", "to"):
            if self.random.random() < 0.65 or word == wanted:
                words.append(f"{word} {self.end(six)}")
        return words or [f"to {self.end(six)}"]

    def end(self, six):
        kinds = ("host", "prefix", "range", "lists")
        kind = self.random.choices(kinds, [self.weights[KINDS.index(k)] for k in kinds])[0]
        if kind == "host":
            return self.one(six)
        if kind == "prefix":
            return self.one(six, self.random.choice((8, 12, 16, 20, 22, 24, 24, 24, 26, 28, 30)))
        return self.span(six) if kind == "range" else self.listed(six)

    def rule(self):
        kind = self.random.choices(KINDS, self.weights)[0]
        six = self.random.random() < self.share6
        if kind == "icmp":
            word = "icmp6" if six else "icmp4"
            return [f"{word} {self.random.choice(('echo-request', 'echo-reply'))}"] + self.ends(six, "from")
        if kind == "vlan":
            return [f"vlan {self.random.randrange(1, 4095)}"] + self.ends(six, "to")
        if kind == "wide":
            return [self.random.choice(("tcp", "udp")), f"to any {self.port_words()}"]
        words = []
        if kind in ("ports", "flags") or self.random.random() < 0.7:
            words = [self.random.choice(("tcp", "tcp", "udp"))]
        if kind == "flags":
            words = ["tcp"]
        words += self.ends(six, "to")
        with_ports = words[0] in ("tcp", "udp") and words[-1].startswith("to")
        if with_ports and (kind == "ports" or self.random.random() < 0.6):
            words.append(self.port_words())
        if kind == "flags":
            words.append("flags " + self.random.choice(("syn/syn,ack", "ack/ack", "rst/rst", "fin/fin,ack")))
        return words


def text(value, six):
    if six:
        return ":".join(f"{value >> shift & 0xffff:x}" for shift in range(112, -16, -16))
    return ".".join(str(value >> shift & 255) for shift in (24, 16, 8, 0))


def main():
    if len(sys.argv) not in (2, 3):
        sys.exit("usage: styles.py SEED [RULES]")
    style = Style(int(sys.argv[1]))
    drawn = int(round(math.exp(style.random.uniform(0, math.log(MOST)))))
    rules = int(sys.argv[2]) if len(sys.argv) == 3 else drawn
    print("policy styles {\n    lint dead-rule warning;\n    ingress on wire via xdp {")
    for number in range(1, rules + 1):
        verdict = style.random.choice(("allow", "deny"))
        print(f"        rule r{number} {verdict} {' '.join(style.rule())};")
    print("        default deny;\n    }\n}")


if __name__ == "__main__":
    main()
