# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Captures for account.sh: made, sent, and counted by a reading of frames that shares nothing with the product.

    make FILE PACKETS           a mixture of protocols
    random FILE PACKETS         as many flows as packets, near enough: one UDP datagram each
    merge FILE CAPTURE...       Ethernet captures, one behind the other
    send FILE INTERFACE [TIMES [PER_SECOND]]
    count FILE                  JSON: by protocol, by TCP flags, by flow
"""
import errno, json, random, socket, struct, sys, time

NAMES = {6: "tcp", 17: "udp", 1: "icmp", 58: "icmp6", 2: "igmp", 132: "sctp", 47: "gre", 50: "esp", 51: "ah", 4: "ipip",
         41: "ip6ip", 89: "ospf", 112: "vrrp"}
FLAGS = ["fin", "syn", "rst", "psh", "ack", "urg"]
EXTENSIONS = {0, 43, 44, 51, 60, 135, 139, 140}
LINK = bytes.fromhex("020000000001020000000002")


def write(path, frames):
    with open(path, "wb") as f:
        f.write(struct.pack("<IHHiIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, 1))
        for frame in frames:
            f.write(struct.pack("<IIII", 0, 0, len(frame), len(frame)) + frame)


def read(path):
    with open(path, "rb") as f:
        data = f.read()
    order = {0xA1B2C3D4: "<", 0xA1B23C4D: "<"}.get(struct.unpack("<I", data[:4])[0], ">")
    if struct.unpack(order + "I", data[:4])[0] not in (0xA1B2C3D4, 0xA1B23C4D):
        return []
    if struct.unpack(order + "I", data[20:24])[0] != 1:
        return []
    frames, at = [], 24
    while at + 16 <= len(data):
        kept, size = struct.unpack(order + "II", data[at + 8:at + 16])
        if kept == size and 14 <= size <= 1514:
            frames.append(data[at + 16:at + 16 + size])
        at += 16 + kept
    return frames


def ip4(proto, src, dst, rest, fragment=0):
    return struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(rest), 0, fragment, 64, proto, 0) + src + dst + rest


def ip6(proto, src, dst, rest):
    return struct.pack("!IHBB", 6 << 28, len(rest), proto, 64) + src + dst + rest


def mixture(draw, n):
    for _ in range(n):
        six, proto = draw.random() < 0.3, draw.choice([6] * 8 + [17] * 6 + [1, 58, 2, 132, 47, 50, 4, 41, 89, 112, 99, 253])
        ports = struct.pack("!HH", draw.choice([1024, 2000, 53]), draw.choice([22, 53, 80, 443, 5000]))
        rest = {6: ports + bytes(8) + bytes([0x50, draw.randrange(64)]) + bytes(6), 17: ports + struct.pack("!HH", 18, 0) + bytes(10),
                1: bytes([draw.choice([0, 8, 3]), draw.randrange(4)]) + bytes(20),
                58: bytes([draw.choice([128, 129, 1]), draw.randrange(4)]) + bytes(20)}.get(proto, ports + bytes(draw.randrange(20, 60)))
        if six:
            src, dst = (bytes.fromhex("fd00") + bytes(13) + bytes([draw.randrange(3)]) for _ in range(2))
            kind, packet = 0x86DD, ip6(proto, src, dst, rest)
        else:
            src, dst = (bytes([10, 9, 0, draw.randrange(3)]) for _ in range(2))
            later = draw.random() < 0.05
            kind, packet = 0x0800, ip4(proto, src, dst, rest, 100 if later else 0)
        if draw.random() < 0.04:
            kind, packet = 0x88B5, bytes(30)
        elif draw.random() < 0.02 and not six:
            packet = b"\x41" + packet[1:]
        tag = struct.pack("!HH", 0x8100, draw.choice([5, 6])) if draw.random() < 0.1 else b""
        yield LINK + tag + struct.pack("!H", kind) + packet


def flood(draw, n):
    for _ in range(n):
        src, dst = draw.getrandbits(32).to_bytes(4, "big"), draw.getrandbits(32).to_bytes(4, "big")
        rest = struct.pack("!HHHH", draw.randrange(1, 65536), draw.randrange(1, 65536), 8, 0)
        yield LINK + b"\x08\x00" + ip4(17, src, dst, rest)


def classify(frame):
    """Protocol by name, TCP flags or None, and what makes its flow, or None."""
    at, tags = 12, []
    while frame[at:at + 2] in (b"\x81\x00", b"\x88\xa8"):
        tags.append(struct.unpack("!H", frame[at + 2:at + 4])[0] & 0xFFF)
        at += 4
    kind, at = frame[at:at + 2], at + 2
    if kind == b"\x08\x00":
        if frame[at] != 0x45 and frame[at] >> 4 == 4 and frame[at] & 15 < 5:
            return "malformed", None, None
        size, fragment, proto = (frame[at] & 15) * 4, struct.unpack("!H", frame[at + 6:at + 8])[0] & 0x1FFF, frame[at + 9]
        src, dst, at = frame[at + 12:at + 16], frame[at + 16:at + 20], at + size
    elif kind == b"\x86\xdd":
        proto, fragment, src, dst, at = frame[at + 6], 0, frame[at + 8:at + 24], frame[at + 24:at + 40], at + 40
        while proto in EXTENSIONS and not fragment:
            if proto == 44:
                fragment = struct.unpack("!H", frame[at + 2:at + 4])[0] >> 3
            size = 8 if proto == 44 else (frame[at + 1] + 2) * 4 if proto == 51 else (frame[at + 1] + 1) * 8
            proto, at = frame[at], at + size
    else:
        return "non-ip", None, None
    ports, flags = (0, 0), None
    if proto == 6 and (fragment == 1 or not fragment and frame[at + 12] >> 4 < 5):
        return "malformed", None, None  # RFC 1858: a fragment that overwrites the flags
    if proto in (6, 17, 132) and not fragment:
        ports = struct.unpack("!HH", frame[at:at + 4])
        flags = frame[at + 13] & 63 if proto == 6 else None
    elif proto == (1 if len(src) == 4 else 58) and not fragment:
        ports = (0, frame[at] * 256 + frame[at + 1])
    return NAMES.get(proto, "other"), flags, (src.hex(), dst.hex(), *ports, proto, tags[0] if tags else None)


def count(frames):
    by_class, by_flags, by_flow = {}, {}, {}
    for frame in frames:
        try:
            name, flags, flow = classify(frame)
        except (IndexError, struct.error):  # a header that is cut off
            name, flags, flow = "malformed", None, None
        row = by_class.setdefault(name, [0, 0])
        row[0], row[1] = row[0] + 1, row[1] + len(frame)
        if flags is not None:
            words = ",".join(word for i, word in enumerate(FLAGS) if flags >> i & 1) or "none"
            by_flags[words] = by_flags.get(words, 0) + 1
        if flow:
            row = by_flow.setdefault(json.dumps(flow), [0, 0])
            row[0], row[1] = row[0] + 1, row[1] + len(frame)
    return {"protocols": by_class, "tcp_flags": by_flags, "flows": by_flow, "packets": len(frames),
            "bytes": sum(map(len, frames))}


def send(frames, interface, times, per_second):
    raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    raw.bind((interface, 0))
    begin, sent = time.monotonic(), 0
    for _ in range(times):
        for frame in frames:
            try:
                raw.send(frame)
            except OSError as error:
                if error.errno != errno.ENOBUFS:  # a policy on the way out denied it, and says so
                    raise
            sent += 1
            if sent % 64 == 0:
                time.sleep(max(0, begin + sent / per_second - time.monotonic()))
    print(sent)


def main(verb, path, *rest):
    draw = random.Random(1)
    if verb == "make":
        write(path, mixture(draw, int(rest[0])))
    elif verb == "random":
        write(path, flood(draw, int(rest[0])))
    elif verb == "merge":
        write(path, [frame for capture in rest for frame in read(capture)])
    elif verb == "send":
        send(read(path), rest[0], int(rest[1]) if rest[1:] else 1, int(rest[2]) if rest[2:] else 50000)
    else:
        print(json.dumps(count(read(path))))


main(*sys.argv[1:])
