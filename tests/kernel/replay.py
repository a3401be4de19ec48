# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""replay.py INTERFACES SECONDS FILE: sends the frames of a capture, as far apart as they were, by each of the interfaces.

What comes later than SECONDS after the first is left out, and so is what no interface takes for its size. The capture is
pcap of Ethernet, as `tcpdump -w` writes it. Prints how many frames were sent, and how many were too long.
"""
import socket
import struct
import sys
import time

MAGICS = {b"\xd4\xc3\xb2\xa1": ("<", 1e-6), b"\x4d\x3c\xb2\xa1": ("<", 1e-9),
          b"\xa1\xb2\xc3\xd4": (">", 1e-6), b"\xa1\xb2\x3c\x4d": (">", 1e-9)}
EMSGSIZE = 90


def packets(path):
    with open(path, "rb") as capture:
        data = capture.read()
    order, unit = MAGICS[data[:4]]
    if struct.unpack_from(order + "I", data, 20)[0] & 0xFFFF != 1:
        sys.exit(f"{path}: not Ethernet")
    at = 24
    while at + 16 <= len(data):
        seconds, fraction, size, _ = struct.unpack_from(order + "IIII", data, at)
        yield seconds + fraction * unit, data[at + 16:at + 16 + size]
        at += 16 + size


def main(interfaces, most, path):
    outs = []
    for interface in interfaces.split(","):
        outs.append(socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0))
        outs[-1].bind((interface, 0))
    begin = zero = None
    sent = long = 0
    for at, frame in packets(path):
        zero = at if zero is None else zero
        begin = begin or time.monotonic()
        if at - zero > float(most):
            break
        wait = at - zero - (time.monotonic() - begin)
        if wait > 0:
            time.sleep(wait)
        try:
            for out in outs:
                out.send(frame)
            sent += 1
        except OSError as error:
            if error.errno != EMSGSIZE:
                raise
            long += 1
    print(sent, long)


main(*sys.argv[1:])
