# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""loki_sums.py ACCEPTED EXPECTED: what Loki would keep of what its receiver has accepted (of entries that are equal in stream,
time and line: one), held against what the driver says it sent, packets and bytes by rule and protocol."""
import json
import sys

expected = json.load(open(sys.argv[2], encoding="utf-8"))
entries, streams, double, cut, wrong, sums = set(), set(), 0, 0, [], {}
for text in open(sys.argv[1], encoding="utf-8"):
    try:
        request = json.loads(text)
    except ValueError:  # whoever wrote it was killed, and has not answered
        cut += 1
        continue
    for stream in request["streams"]:
        key = json.dumps(stream["stream"], sort_keys=True)
        streams.add(key)
        for time, line in stream["values"]:
            double += (key, time, line) in entries
            entries.add((key, time, line))
for key, _, line in entries:
    labels, value = json.loads(key), json.loads(line)
    kind = labels["kind"]
    if labels["job"] != "packet-sentry" or labels.get("verdict", "") != value.get("verdict", "") or labels.get("policy") != value.get("policy"):
        wrong.append(f"labels {labels} of {value}")
    one = sums.setdefault(kind, {"items": 0, "rules": {}, "protocols": {}})
    one["items"] += 1
    if kind not in ("event", "flow"):
        continue
    for by, name in (("rules", value["rule"]), ("protocols", value["protocol"])):
        count = one[by].setdefault(name, {"items": 0, "packets": 0, "bytes": 0})
        count["items"] += 1
        count["packets"] += value.get("packets", 1)
        count["bytes"] += value["bytes"]
for kind in ("event", "flow", "alert", "lost"):
    wanted = expected[kind] if kind in ("event", "flow") else {"items": expected[kind]["items"], "rules": {}, "protocols": {}}
    if sums.get(kind) != wanted:
        wrong.append(f"{kind}: {sums.get(kind)}, not {wanted}")
if cut > 1:
    wrong.append(f"{cut} requests are cut off")
print(f"{len(entries)} entries in {len(streams)} streams, {double} came twice and are known by stream, time and line")
for text in wrong[:10]:
    print("not ok:", text)
sys.exit(bool(wrong))
