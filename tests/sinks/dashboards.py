# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""dashboards.py DIRECTORY PROMETHEUS-PORT METRICS-FILE SCHEMA [PANELS]: the dashboards of Grafana, held against Grafana's schema
("": not), and each of their queries against a Prometheus that has scraped METRICS-FILE's server. PANELS: an expression for
titles of those that may have no answer. Prints how many; then what is wrong."""
import json
import pathlib
import re
import sys
import urllib.parse
import urllib.request

directory, port, metrics = pathlib.Path(sys.argv[1]), sys.argv[2], pathlib.Path(sys.argv[3]).read_text(encoding="utf-8")
schema, may_be_empty = sys.argv[4], re.compile(sys.argv[5] if len(sys.argv) > 5 else "(?!)")
wrong, panels, queries, used, uids = [], 0, 0, set(), {}
families = set(re.findall(r"^# TYPE (\S+) ", metrics, re.M))
WINDOWS = {"$__rate_interval": "10s", "$__range": "10s", "$__interval": "5s", "$instance": ".*"}


def bad(text):
    wrong.append(text)


def ask(path, **arguments):
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(arguments)}") as answer:
        return json.load(answer)["data"]


def run(where, expression, legend):
    global queries
    queries += 1
    for name, value in WINDOWS.items():
        expression = expression.replace(name, value)
    used.update(re.findall(r"\b(?:packet_sentry|process)_\w+", expression))
    try:
        result = ask("query", query=expression)["result"]
    except OSError as error:
        return bad(f"{where}: {expression}: {error.read().decode() if hasattr(error, 'read') else error}")
    if not result and may_be_empty.search(where):
        return None
    if not result:
        return bad(f"{where}: no answer: {expression}")
    for label in re.findall(r"{{(\w+)}}", legend):
        if not any(label in one["metric"] for one in result):
            bad(f"{where}: the legend names {label}, which no answer has")
    for one in result:
        if one["value"][1] == "NaN":
            bad(f"{where}: not a number: {expression}")
    return None


def overlaps(one, other):
    return (one["x"] < other["x"] + other["w"] and other["x"] < one["x"] + one["w"] and one["y"] < other["y"] + other["h"] and
            other["y"] < one["y"] + one["h"])


def check(path):
    global panels
    model = json.loads(path.read_text(encoding="utf-8"))
    if validator:
        for error in validator.iter_errors(model):
            bad(f"{path.name}: {'/'.join(map(str, error.path))}: {error.message[:200]}")
    if uids.setdefault(model["uid"], path) != path or not 8 <= len(model["uid"]) <= 40:
        bad(f"{path.name}: uid {model['uid']}")
    if len({panel["id"] for panel in model["panels"]}) != len(model["panels"]):
        bad(f"{path.name}: an id twice")
    for i, panel in enumerate(model["panels"]):
        where = f"{path.name}: {panel['title']}"
        panels += 1
        if panel["gridPos"]["x"] + panel["gridPos"]["w"] > 24 or any(overlaps(panel["gridPos"], other["gridPos"])
                                                                     for other in model["panels"][:i]):
            bad(f"{where}: place")
        if not panel["targets"] or len({target["refId"] for target in panel["targets"]}) != len(panel["targets"]):
            bad(f"{where}: targets")
        for target in panel["targets"]:
            if '$instance"' not in target["expr"]:
                bad(f"{where}: not of the chosen host: {target['expr']}")
            run(where, target["expr"], target["legendFormat"])
    for variable in model["templating"]["list"]:
        if variable["type"] == "query":
            name, label = re.fullmatch(r"label_values\((\w+), (\w+)\)", variable["query"]).groups()
            if not ask(f"label/{label}/values", **{"match[]": name}):
                bad(f"{path.name}: variable {variable['name']} has no values")
    for annotation in model["annotations"]["list"]:
        used.update(re.findall(r"\bpacket_sentry_\w+", annotation["expr"]))
        expression = annotation["expr"]
        for name, value in WINDOWS.items():
            expression = expression.replace(name, value)
        ask("query", query=expression)  # swaps are rare: it may be empty


validator = None
if schema:
    import jsonschema

    validator = jsonschema.Draft7Validator(json.loads(pathlib.Path(schema).read_text(encoding="utf-8")))
paths = sorted(directory.glob("*.json"))
for one in paths:
    check(one)
if unknown := used - families:
    bad(f"not in /metrics: {', '.join(sorted(unknown))}")
if unused := families - used:
    bad(f"in no dashboard: {', '.join(sorted(unused))}")
print(f"{len(paths)} dashboards, {panels} panels, {queries} queries answered, {len(families)} families")
for text in wrong:
    print("not ok:", text)
sys.exit(bool(wrong))
