#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""detection_traffic.py KIND | --kinds: a capture of made-up traffic on standard output, the same each time.

For what no capture at hand has: each attack, and beside it what looks like it and is none ("calm-").
Checksums are left at zero, for no detector reads them.
"""
import ipaddress
import struct
import sys

FIN, SYN, RST, PSH, ACK, URG = 1, 2, 4, 8, 16, 32
HERE, THERE = "192.0.2.10", "203.0.113.5"
SERVER = "192.0.2.53"


def ip4(proto, src, dst, payload, length=0):
    payload = payload.ljust(length - 20, b"x")
    head = struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, proto, 0)
    addresses = ipaddress.ip_address(src).packed + ipaddress.ip_address(dst).packed
    return bytes(12) + b"\x08\x00" + head + addresses + payload


def tcp(src, sport, dst, dport, flags):
    return ip4(6, src, dst, struct.pack(">HHIIBBHHH", sport, dport, 1, 1, 0x50, flags, 1024, 0, 0))


def udp(src, sport, dst, dport, length=100):
    return ip4(17, src, dst, struct.pack(">HHHH", sport, dport, length - 20, 0), length)


def ping(src, dst, i):
    return ip4(1, src, dst, struct.pack(">BBHHH", 8, 0, 0, 1, i & 0xffff))


def host(i):
    return str(ipaddress.ip_address("198.18.0.0") + i)


def every(step, frames):
    """Frames `step` seconds apart."""
    return [(i * step, frame) for i, frame in enumerate(frames)]


def flag_scan(flags):
    return every(0.01, [tcp(THERE, 40000, HERE, port, flags) for port in range(1, 201)])


def asked(port, n, step, size, servers):
    """A question and its answer 10 ms later, n times."""
    frames = []
    for i in range(n):
        server = host(i % servers)
        frames += [(i * step, udp(HERE, 20000 + i % 30000, server, port, 76)),
                   (i * step + 0.01, udp(server, port, HERE, 20000 + i % 30000, size))]
    return sorted(frames)


def session(i, begin, client, server, port):
    a, b = (client, 30000 + i, server, port), (server, port, client, 30000 + i)
    frames = [tcp(*a, SYN), tcp(*b, SYN | ACK), tcp(*a, ACK), tcp(*a, PSH | ACK), tcp(*b, ACK), tcp(*b, FIN | ACK),
              tcp(*a, FIN | ACK), tcp(*b, ACK)]
    return [(begin + k * 0.02, frame) for k, frame in enumerate(frames)]


def sessions(n, step, where):
    return sorted(frame for i in range(n) for frame in session(i, i * step, *where(i)))


KINDS = {
    "syn-ports": lambda: flag_scan(SYN),
    "null": lambda: flag_scan(0),
    "fin": lambda: flag_scan(FIN),
    "xmas": lambda: flag_scan(FIN | PSH | URG),
    "ack": lambda: flag_scan(ACK),
    "maimon": lambda: flag_scan(FIN | ACK),
    "udp-ports": lambda: every(0.01, [udp(THERE, 40000, HERE, port, 28) for port in range(1, 201)]),
    "slow-ports": lambda: every(10, [tcp(THERE, 40000, HERE, port, SYN) for port in range(1, 201)]),
    "sweep": lambda: every(0.01, [tcp(THERE, 40000, host(i), 445, SYN) for i in range(254)]),
    "udp-sweep": lambda: every(0.01, [udp(THERE, 40000, host(i), 161, 60) for i in range(254)]),
    "ping-sweep": lambda: every(0.01, [ping(THERE, host(i), i) for i in range(254)]),
    "fast": lambda: every(0.005, [tcp(THERE, 1024 + i, HERE, (22, 80, 443, 3306)[i % 4], SYN) for i in range(1000)]),
    "pings": lambda: every(0.001, [ping(THERE, HERE, i) for i in range(5000)]),
    "pings-many": lambda: every(0.001, [ping(host(i), HERE, i) for i in range(5000)]),
    "syn-many": lambda: every(0.0002, [tcp(host(i), 1024, HERE, 443, SYN) for i in range(20000)]),
    "dns-unasked": lambda: every(0.001, [udp(host(i % 300), 53, HERE, 4444, 1400) for i in range(5000)]),
    "ntp-unasked": lambda: every(0.001, [udp(host(i % 300), 123, HERE, 4444, 468) for i in range(5000)]),
    "dns-abused": lambda: every(0.002, [udp(THERE, 4444, SERVER, 53, 68) for i in range(2000)]),
    "ntp-monlist": lambda: every(0.01, [udp(THERE, 4444, SERVER, 123, 36) for i in range(200)]),
    "guessing": lambda: every(1.5, [tcp(THERE, 30000 + i, HERE, 22, SYN) for i in range(120)]),
    "guessing-many": lambda: every(0.05, [tcp(host(300 * i), 30000, HERE, 22, SYN) for i in range(1200)]),
    # A page with much from elsewhere: 40 hosts in 20 s.
    "calm-browser": lambda: sessions(120, 0.17, lambda i: (HERE, host(i % 40), 443)),
    # A proxy's or a NAT's users: 50 connections a second to one site for 20 s.
    "calm-nat": lambda: sessions(1000, 0.02, lambda i: (THERE, HERE, 443)),
    "calm-server": lambda: sessions(3000, 0.01, lambda i: (host(i % 1000), HERE, 443)),
    "calm-mail": lambda: sessions(120, 1, lambda i: (THERE, HERE, (25, 80, 110, 143, 443, 465, 587, 993)[i % 8])),
    "calm-ssh": lambda: sessions(30, 7, lambda i: (THERE, HERE, 22)),
    "calm-ftp": lambda: sessions(50, 1.5, lambda i: (THERE, HERE, 21 if not i else 50000 + 97 * i)),
    "calm-resolver": lambda: asked(53, 4000, 0.005, 400, 300),
    "calm-questions": lambda: every(0.01, [udp(host(256 * (i % 20)), 4444, SERVER, 53, 68) for i in range(2000)]),
    "calm-ntp": lambda: asked(123, 200, 0.5, 76, 4),
    "calm-traceroute": lambda: every(0.05, [udp(THERE, 40000, HERE, 33434 + i, 60) for i in range(90)]),
    "calm-ping": lambda: every(1, [ping(THERE, HERE, i) for i in range(120)]),
}


def main():
    if sys.argv[1:] == ["--kinds"]:
        print(*KINDS)
        return
    if len(sys.argv) != 2 or sys.argv[1] not in KINDS:
        sys.exit("usage: detection_traffic.py " + " | ".join(KINDS))
    out = sys.stdout.buffer
    out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 1))
    for at, frame in KINDS[sys.argv[1]]():
        micros = round(at * 1_000_000)
        out.write(struct.pack("<IIII", 1_700_000_000 + micros // 1_000_000, micros % 1_000_000, len(frame), len(frame)))
        out.write(frame)


main()
