# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""The lines of `sentryc replay --per-packet -o json`: packets, blocked; number, second and rule of the first blocked."""
import datetime
import json
import sys

packets = blocked = 0
begin = first = None
for line in sys.stdin:
    packet = json.loads(line)
    at = datetime.datetime.fromisoformat(packet["ts"].replace("Z", "+00:00")[:32])
    begin = begin or at
    packets += 1
    if packet["verdict"] == "allow" or packet["rule"] == "malformed":
        continue
    blocked += 1
    first = first or (str(packet["n"]), f"{(at - begin).total_seconds():.3f}", packet["rule"])
print(packets, blocked, *(first or ("-", "-", "-")), sep="\t")
