# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""ipfix_sums.py RECORDS EXPECTED LOST DOUBLE [frame]: what a collector has written, held against what the driver says it sent:
each record once, packets and bytes by rule and protocol. LOST and DOUBLE: how many records may be missing or twice. Those
that are missing must be one stretch: what a collector that was killed had not read."""
import json
import sys

PROTOCOLS = {1: "ICMP", 6: "TCP", 17: "UDP", 47: "GRE", 58: "ICMPv6", 132: "SCTP"}
records_file, expected_file, may_lose, may_double = sys.argv[1:5]
frames = "frame" in sys.argv[5:]
expected = json.load(open(expected_file, encoding="utf-8"))["flow"]
seen, double, connections, cut, gaps, templates, wrong = {}, 0, 0, 0, 0, 0, []

for text in open(records_file, encoding="utf-8"):
    line = json.loads(text)
    connections += "connection" in line
    cut += "cut" in line
    gaps += line.get("gap", 0)
    templates += "templates" in line
    if "error" in line:
        wrong.append(line["error"])
    record = line.get("record")
    if record is None or line["template"] not in (256, 257):
        continue
    double += record["packetSentryRecord"] in seen
    seen[record["packetSentryRecord"]] = record

sums = {"rules": {}, "protocols": {}}
for record in seen.values():
    packets, layer2 = record["packetDeltaCount"], record["layer2OctetDeltaCount"]
    if record["octetDeltaCount"] != (layer2 if frames else layer2 - packets * (18 if record["vlanId"] else 14)):
        wrong.append(f"octets: {record}")
    if record["ipVersion"] != (4 if "sourceIPv4Address" in record else 6):
        wrong.append(f"version: {record}")
    if record["flowEndMilliseconds"] - record["flowStartMilliseconds"] not in (4999, 5000):
        wrong.append(f"times: {record}")
    names = f"{record['packetSentryPolicy']}/{record['packetSentryBlock']}/{record['packetSentryRule']}"
    if record["selectorName"] != names:
        wrong.append(f"{record['selectorName']} is not {names}")
    verdict = {"allow": (64, (2, 5)), "deny": (130, (3,)), "reject": (129, (3,))}[record["packetSentryVerdict"]]
    if record["forwardingStatus"] != verdict[0] or record["firewallEvent"] not in verdict[1]:
        wrong.append(f"verdict: {record}")
    for kind, key in (("rules", record["packetSentryRule"]), ("protocols", PROTOCOLS[record["protocolIdentifier"]])):
        one = sums[kind].setdefault(key, {"items": 0, "packets": 0, "bytes": 0})
        one["items"] += 1
        one["packets"] += packets
        one["bytes"] += layer2
lost = expected["items"] - len(seen)
# A flow is each eighth item; records have the numbers of items.
numbers = sorted(int(key[8:], 16) for key in seen)
stretches = sum(after - before != 8 for before, after in zip(numbers, numbers[1:]))
if stretches > (lost > 0) or numbers[0] != 5:
    wrong.append(f"{lost} are missing at {stretches} places")
if lost == 0 and sums != {"rules": expected["rules"], "protocols": expected["protocols"]}:
    wrong.append(f"sums: {sums}, not {expected}")
if not 0 <= lost <= int(may_lose) or double > int(may_double):
    wrong.append(f"{lost} lost, {double} twice, of {expected['items']}")
print(f"{len(seen)} of {expected['items']} flows, {double} twice, {gaps} missing by their numbers, {connections} connections, "
      f"{cut} cut off, {templates} templates")
for text in wrong[:10]:
    print("not ok:", text)
sys.exit(bool(wrong))
