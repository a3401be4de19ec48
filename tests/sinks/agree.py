# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""What a capture is and what each part of the telemetry says it was, as JSON of one shape, for live-agree.sh and live-chaos.sh.

    expected COUNT REPLAY BLOCK [COUNT REPLAY BLOCK]...   of account.py count, of sentryc replay -o json
    rules FILE | past FILE | stats FILE | flows FILE      of sentryctl, -o json
    metrics FILE | file FILE... | sqlite FILE             of /metrics, the sink `file`, the sink `sqlite`
    tables FILE                                           of a store: lines "TABLE KEY DIRECTION NAME PACKETS BYTES"
    hold NAME EXPECTED FOUND WHAT...                      compares; prints what differs

A document is {WHAT: {"DIRECTION NAME": [packets, bytes]}}. WHAT: rules and protocols, TCP flags (packets only), of counters;
flow_rules and flow_protocols, of flows; event_rules of logged and sampled packets.
"""
import collections, json, re, sqlite3, sys

WORDS = {1: "ICMP", 2: "IGMP", 6: "TCP", 17: "UDP", 47: "GRE", 50: "ESP", 51: "AH", 58: "ICMPv6", 132: "SCTP"}
KINDS = {"rule": "rules", "traffic": "protocols", "flags": "flags"}


class Document(collections.defaultdict):
    def __init__(self):
        super().__init__(lambda: collections.defaultdict(lambda: [0, 0]))

    def add(self, what, direction, name, packets, size=0):
        row = self[what][f"{direction} {name}"]
        row[0] += int(packets)
        row[1] += int(size)


def load(path):
    with open(path, encoding="utf-8") as f:
        return json.load(f)


def expected(arguments):
    document = Document()
    for count, replay, direction in zip(*[iter(arguments)] * 3):
        # A count or replay that is in force N times over is given as N,FILE.
        times, count = count.split(",")
        count, rules = load(count), load(replay)["rules"]
        times = int(times)
        for name, row in count["protocols"].items():
            document.add("protocols", direction, name, times * row[0], times * row[1])
        for name, packets in count["tcp_flags"].items():
            document.add("flags", direction, name.upper() if name != "none" else name, times * packets)
        for flow, row in count["flows"].items():
            number = json.loads(flow)[4]
            document.add("flow_protocols", direction, WORDS.get(number, number), times * row[0], times * row[1])
        for name, row in rules.items():
            if not row["packets"]:
                continue
            row = [times * row["packets"], times * row["bytes"]]
            document.add("rules", direction, name, *row)
            if name not in ("non-ip", "malformed"):
                document.add("flow_rules", direction, name, *row)
            if name in ("ssh", "ping", "out-udp"):
                document.add("event_rules", direction, name, *row)
            if name == "dns":  # and before it the rule that samples the same packets, and does not decide
                document.add("event_rules", direction, "watch", *row)
                document.add("rules", direction, "watch", *row)
    return document


def ctl_rules(path):
    document = Document()
    for block in load(path)["blocks"]:
        for rule in block["rules"]:
            if rule["packets"]:
                document.add("rules", block["direction"], rule["name"], rule["packets"], rule["bytes"])
    return document


def ctl_stats(path):
    document, stats = Document(), load(path)
    for row in stats["protocols"]:
        document.add("protocols", row["direction"], row["protocol"], row["packets"], row["bytes"])
    for row in stats["tcp_flags"]:
        flags = row["flags"]
        document.add("flags", row["direction"], flags.upper() if flags != "none" else flags, row["packets"])
    return document


def add_flow(document, item):
    document.add("flow_rules", item["direction"], item["rule"], item["packets"], item["bytes"])
    document.add("flow_protocols", item["direction"], item["protocol"], item["packets"], item["bytes"])


def ctl_flows(path):
    document = Document()
    with open(path, encoding="utf-8") as f:
        for line in f:
            add_flow(document, json.loads(line))
    return document


def metrics(path):
    document = Document()
    pattern = re.compile(r"packet_sentry_(rule|traffic|tcp_flags)_(packets|bytes)_total{(.*)} (\d+)$")
    with open(path, encoding="utf-8") as f:
        for found in filter(None, map(pattern.match, f)):
            kind, unit, labels, value = found.groups()
            labels = dict(re.findall(r'(\w+)="([^"]*)"', labels))
            name = labels["rule" if kind == "rule" else "protocol" if kind == "traffic" else "flags"]
            what = {"rule": "rules", "traffic": "protocols", "tcp_flags": "flags"}[kind]
            both = (int(value), 0) if unit == "packets" else (0, int(value))
            document.add(what, labels["direction"], name, *both)
    return document


def files(paths):
    document = Document()
    for path in paths:
        with open(path, encoding="utf-8") as f:
            for line in f:
                item = json.loads(line)
                kind = item["kind"]
                if kind == "flow":
                    add_flow(document, item)
                elif kind in KINDS:
                    name = item["rule" if kind == "rule" else "protocol" if kind == "traffic" else "tcp_flags"]
                    document.add(KINDS[kind], item["direction"], name, item["packets"], item.get("bytes", 0))
                elif kind in ("log", "sample", "limit", "detect"):
                    document.add("event_rules", item["direction"], item["rule"], 1, item["bytes"])
    return document


def sqlite(path):
    document = Document()
    db = sqlite3.connect(f"file:{path}?mode=ro", uri=True)
    for kind, name, packets, size in db.execute(
            "SELECT kind, direction || ' ' || CASE kind WHEN 'rule' THEN rule ELSE name END, sum(packets), sum(bytes)"
            " FROM counters JOIN origins ON origins.id = origin WHERE step = 1 GROUP BY 1, 2"):
        document.add(KINDS[kind], *name.split(" ", 1), packets, size)
    for what, key in ("flow_rules", "rule"), ("flow_protocols", "protocol"):
        for direction, name, packets, size in db.execute(
                f"SELECT direction, {key}, sum(packets), sum(bytes) FROM flows JOIN origins ON origins.id = origin GROUP BY 1, 2"):
            document.add(what, direction, WORDS.get(name, name), packets, size)
    for direction, rule, packets, size in db.execute(
            "SELECT direction, rule, count(*), sum(bytes) FROM events JOIN origins ON origins.id = origin GROUP BY 1, 2"):
        document.add("event_rules", direction, rule, packets, size)
    return document


def tables(path):
    document = Document()
    with open(path, encoding="utf-8") as f:
        for line in f:
            what, direction, name, packets, size = line.rstrip("\n").split("\t")
            document.add(what, direction, name, packets, size)
    return document


def hold(name, expected_path, found_path, *whats):
    wanted, found, bad, said = load(expected_path), load(found_path), 0, []
    for what in whats:
        left = {key: row for key, row in wanted.get(what, {}).items() if any(row)}
        right = {key: row for key, row in found.get(what, {}).items() if any(row)}
        differ = {key: (left.get(key), right.get(key)) for key in {*left, *right} if left.get(key) != right.get(key)}
        if differ or not left:
            bad = 1
            print(f"not ok: {name}: {what}: (expected, found)", dict(sorted(differ.items())[:6]))
        said.append(f"{sum(row[0] for row in right.values())} by {what.replace('_', ' ')}")
    if not bad:
        print(f"# {name}: as captured: packets " + ", ".join(said))
    sys.exit(bad)


def main(verb, *rest):
    if verb == "hold":
        hold(*rest)
    one = {"rules": ctl_rules, "past": ctl_rules, "stats": ctl_stats, "flows": ctl_flows, "metrics": metrics, "sqlite": sqlite,
           "tables": tables}
    document = expected(rest) if verb == "expected" else files(rest) if verb == "file" else one[verb](rest[0])
    print(json.dumps(document))


main(*sys.argv[1:])
