# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""otlp_sums.py ACCEPTED EXPECTED: what a receiver of OTLP has accepted, held against what the driver says it sent: each record
and point (several times is once: they say which they are), packets and bytes by rule and protocol."""
import json
import sys

FIRST_TIME = 1769767200000000000  # of the driver's first item; the next is 100 µs later
expected = json.load(open(sys.argv[2], encoding="utf-8"))
records, points, double, requests, cut, wrong = {}, {}, 0, 0, 0, []

for text in open(sys.argv[1], encoding="utf-8"):
    try:
        request = json.loads(text)
    except ValueError:  # whoever wrote it was killed, and has not answered
        cut += 1
        continue
    requests += 1
    for one in request["kept"]:
        if request["path"] == "/v1/logs":
            key, seen = one["attributes"]["packet_sentry.record"], records
        else:
            key, seen = (one["metric"], json.dumps(one["attributes"], sort_keys=True), one["time"]), points
        double += key in seen
        seen[key] = one


def check(what, found, wanted):
    if found != wanted:
        wrong.append(f"{what}: {found}, not {wanted}")


def add(sums, key, packets, octets):
    one = sums.setdefault(key, {"items": 0, "packets": 0, "bytes": 0})
    one["items"] += 1
    one["packets"] += packets
    one["bytes"] += octets


for kind in ("event", "flow", "alert", "lost"):
    of_kind = [one for one in records.values() if one["event"] == f"packet_sentry.{kind}"]
    check(f"{kind}s", len(of_kind), expected[kind]["items"])
    if kind not in ("event", "flow"):
        continue
    rules, protocols = {}, {}
    for one in of_kind:
        attributes = one["attributes"]
        counts = attributes["packet_sentry.packets"], attributes["packet_sentry.bytes"]
        add(rules, attributes["packet_sentry.rule"], *counts)
        add(protocols, attributes["network.transport"], *counts)
        check("direction", attributes["network.io.direction"], "receive")
        if f"{attributes['packet_sentry.verdict']} " not in one["body"] or attributes["packet_sentry.rule"] not in one["body"]:
            wrong.append(f"body: {one['body']}")
    check(f"{kind}s by rule", rules, expected[kind]["rules"])
    check(f"{kind}s by protocol", protocols, {name.lower(): one for name, one in expected[kind]["protocols"].items()})
for one in records.values():
    severity = 17 if one["event"].endswith("lost") else 13 if one["event"].endswith("alert") or \
        one["attributes"].get("packet_sentry.kind") == "detect" else 9
    check("severity", one["severity"], severity)
    check("trace", (one["trace"], one["span"]), ("5b8efff798038103d269b633813fc60c", "eee19b7ec3c1b174"))
    check("resource", one["resource"].get("deployment.environment"), "test \"one\"")

sums = {}
for one in points.values():
    index = (one["time"] - FIRST_TIME) // 100000
    name = one["metric"]
    kind = {"packet_sentry.rule": "rule", "packet_sentry.traffic": "traffic", "packet_sentry.tcp.flags": "flags"}[name.rpartition(".")[0]]
    for by in {"rule": ("packet_sentry.rule",), "traffic": ("packet_sentry.protocol",), "flags": ()}[kind] + ("all",):
        key = kind, name.rpartition(".")[2], by, one["attributes"].get(by, "")
        sums[key] = sums.get(key, 0) + one["value"] - index
for kind, by, words in (("rule", "packet_sentry.rule", "rules"), ("traffic", "packet_sentry.protocol", "protocols")):
    for unit in ("packets", "bytes"):
        check(f"{unit} of {kind}", {key[3]: n for key, n in sums.items() if key[:3] == (kind, unit, by)},
              {name: one[unit] for name, one in expected[kind][words].items()})
check("points", len(points), 2 * expected["rule"]["items"] + 2 * expected["traffic"]["items"] + expected["flags"]["items"])
if cut > 1:
    wrong.append(f"{cut} requests are cut off")
print(f"{len(records)} records, {len(points)} points in {requests} requests, {double} came twice and say so")
for text in wrong[:10]:
    print("not ok:", text)
sys.exit(bool(wrong))
