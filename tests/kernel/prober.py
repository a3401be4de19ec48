# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""prober.py FROM TO ADDRESS PORT: sends a datagram each 2 ms from network namespace FROM to ADDRESS in namespace TO, and
writes when they begin and cease to arrive: "open T" or "shut T", T in ns of the monotonic clock: when the first
datagram that arrived was sent, or the first that did not."""

import ctypes
import socket
import sys
import time

STEP = 2_000_000
LOST = 40_000_000  # so long a silence is a verdict, and no delay


def enter(namespace):
    libc = ctypes.CDLL(None, use_errno=True)
    with open("/run/netns/" + namespace, "rb") as file:
        if libc.setns(file.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")


def main():
    source, target, address, port = sys.argv[1:]
    enter(target)
    inward = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    inward.bind((address, int(port)))
    inward.setblocking(False)
    enter(source)
    outward = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    is_open, last = None, 0
    due = begin = time.monotonic_ns()
    while True:
        outward.sendto(str(time.monotonic_ns()).encode(), (address, int(port)))
        due = max(due + STEP, time.monotonic_ns())
        time.sleep(max(0, due - time.monotonic_ns()) / 1e9)
        try:
            while True:
                sent = int(inward.recv(64))
                if not is_open:
                    print("open", sent, flush=True)
                is_open, last = True, sent
        except BlockingIOError:
            pass
        if is_open is not False and time.monotonic_ns() - max(last, begin) > LOST:
            print("shut", (last or begin) + STEP, flush=True)
            is_open = False


main()
