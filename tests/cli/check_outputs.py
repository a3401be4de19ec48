# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
"""Reads the forms of `sentryc check` back, as their readers would, and compares them with the JSON.

check_outputs.py FORM JSON-OUTPUT FORM-OUTPUT FILE...
"""
import html
import json
import re
import sys
import urllib.parse

failures = []


def check(good, *what):
    if not good:
        failures.append(" ".join(map(str, what)))


def load(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def notes(finding, with_places):
    for note in finding["related"]:
        if "line" not in note:
            yield f"note: {note['message']}"
        elif with_places:
            yield f"note: {note['file']}:{note['line']}: {note['message']}"


def long_text(finding, with_places=True):
    lines = [finding["message"]]
    if "witness" in finding:
        when = f" (when {finding['when']})" if "when" in finding else ""
        lines.append(f"packet: {finding['witness']}{when}")
    if "help" in finding:
        lines.append(f"help: {finding['help']}")
    return "\n".join(lines + list(notes(finding, with_places)))


def read_json(document):
    check(list(document)[0] == "schema" and document["schema"] == "packet-sentry/check/v1", "schema")
    for finding in document["findings"]:
        check(re.fullmatch(r"E\d{4}", finding["code"]), finding)
        check(finding["severity"] in ("error", "warning", "note"), finding)
        if finding["code"] == "E0405":
            check("witness" in finding, "a failed assertion without a packet:", finding)


# SARIF ---------------------------------------------------------------------

# Which class of the object model (Debian's python3-sarif-python-om, made from the schema of the standard) is where.
SARIF_TYPES = {
    "SarifLog.runs": "Run",
    "Run.tool": "Tool",
    "Run.invocations": "Invocation",
    "Run.results": "Result",
    "Tool.driver": "ToolComponent",
    "ToolComponent.rules": "ReportingDescriptor",
    "ReportingDescriptor.shortDescription": "MultiformatMessageString",
    "ReportingDescriptor.fullDescription": "MultiformatMessageString",
    "ReportingDescriptor.help": "MultiformatMessageString",
    "ReportingDescriptor.defaultConfiguration": "ReportingConfiguration",
    "Result.message": "Message",
    "Result.locations": "Location",
    "Result.relatedLocations": "Location",
    "Location.physicalLocation": "PhysicalLocation",
    "Location.message": "Message",
    "PhysicalLocation.artifactLocation": "ArtifactLocation",
    "PhysicalLocation.region": "Region",
}
SARIF_ARRAYS = {"runs", "invocations", "results", "rules", "locations", "relatedLocations"}
SARIF_BAGS = {"properties", "partialFingerprints"}
SARIF_WORDS = {
    "SarifLog.version": {"2.1.0"},
    "Run.columnKind": {"utf16CodeUnits", "unicodeCodePoints"},
    "Result.level": {"none", "note", "warning", "error"},
    "ReportingConfiguration.level": {"none", "note", "warning", "error"},
}
SARIF_LEAST = {"ruleIndex": 0, "id": 0, "startLine": 1, "startColumn": 1, "endLine": 1, "endColumn": 1}


def walk_sarif(value, name):
    """Every property is known to the class, and every required one is there."""
    import attr
    import sarif_om

    if not isinstance(value, dict):
        check(False, name, "is no object:", value)
        return
    fields = {f.metadata["schema_property_name"]: f for f in attr.fields(getattr(sarif_om, name))}
    for field in fields.values():
        key = field.metadata["schema_property_name"]
        check(field.default is not attr.NOTHING or key in value, name, "has no", key)
    for key, item in value.items():
        place = f"{name}.{key}"
        check(key in fields, "SARIF knows no", place)
        if place in SARIF_TYPES:
            check(isinstance(item, list) == (key in SARIF_ARRAYS), place, "is a list or is not")
            for element in item if isinstance(item, list) else [item]:
                walk_sarif(element, SARIF_TYPES[place])
        elif key in SARIF_BAGS:
            check(isinstance(item, dict), place)
            check(key == "properties" or all(isinstance(v, str) for v in item.values()), place, "of strings")
        elif isinstance(item, bool):
            check(key == "executionSuccessful", place)
        elif isinstance(item, int):
            is_index = key in SARIF_LEAST and not (name == "ReportingDescriptor" and key == "id")
            check(is_index and item >= SARIF_LEAST[key], place, item)
        else:
            check(isinstance(item, str) and item, place, "is no text:", item)
            check(item in SARIF_WORDS.get(place, {item}), place, item)


def byte_column(path, line, column):
    """The column in bytes of a column in characters."""
    with open(path, encoding="utf-8", newline="\n") as file:
        text = (file.read().split("\n") + [""])[line - 1]
    return len(text[: column - 1].encode()) + 1


def same_region(location, place):
    region = location["region"]
    path = urllib.parse.unquote(location["artifactLocation"]["uri"])
    check(re.fullmatch(r"[A-Za-z0-9._~/%-]+", location["artifactLocation"]["uri"]), location)
    check(path == place["file"], path, "is not", place["file"])
    check(region["startLine"] == place["line"], location, place)
    check((region["startLine"], region["startColumn"]) <= (region["endLine"], region["endColumn"]), region)
    if "column" in place:
        check(byte_column(path, region["startLine"], region["startColumn"]) == place["column"], region, place)
        check(region["endLine"] == place["end_line"], region, place)
        check(byte_column(path, region["endLine"], region["endColumn"]) == place["end_column"], region, place)


def read_sarif(document, path):
    log = load(path)
    check(log.pop("$schema").endswith("sarif-2.1.0.json"), "$schema")
    walk_sarif(log, "SarifLog")
    run = log["runs"][0]
    rules, results = run["tool"]["driver"]["rules"], run["results"]
    findings = document["findings"]
    check(len(log["runs"]) == 1 and len(results) == len(findings), "number of results")
    check(sorted(r["id"] for r in rules) == sorted({f["code"] for f in findings}), "rules")
    prints = [r["partialFingerprints"]["packetSentry/v1"] for r in results]
    check(len(set(prints)) == len(prints), "two findings with one fingerprint")
    for finding, result in zip(findings, results):
        check(result["ruleId"] == finding["code"] == rules[result["ruleIndex"]]["id"], result)
        check(result["level"] == finding["severity"], result)
        check(result["message"]["text"] == long_text(finding, with_places=False), result)
        check(result.get("properties", {}).get("witness") == finding.get("witness"), result)
        check(len(result["locations"]) == ("line" in finding), result)
        for location in result["locations"]:
            same_region(location["physicalLocation"], finding)
        placed = [n for n in finding["related"] if "line" in n]
        check(len(placed) == len(result["relatedLocations"]), result)
        for note, location in zip(placed, result["relatedLocations"]):
            same_region(location["physicalLocation"], note)
            check(location["message"]["text"] == note["message"], location)


def fingerprints(path):
    results = load(path)["runs"][0]["results"]
    return [r["partialFingerprints"]["packetSentry/v1"] for r in results]


# GitHub --------------------------------------------------------------------


def unescape(text):
    """As the runner does."""
    for code, char in (("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")):
        text = text.replace(code, char)
    return text


def read_github(document, path):
    with open(path, encoding="utf-8") as file:
        lines = [line for line in file.read().split("\n") if line]
    if document.get("omitted"):
        check(re.fullmatch(rf"::error file=[^,]+::and {document['omitted']} more errors?", lines.pop()), "omitted")
    check(len(lines) == len(document["findings"]), "number of annotations")
    for line, finding in zip(lines, document["findings"]):
        match = re.fullmatch(r"::(error|warning|notice) ([^:]*)::(.*)", line)
        if not match:
            check(False, "no annotation:", line)
            continue
        command, listed, message = match.groups()
        properties = dict(item.split("=", 1) for item in listed.split(","))
        properties = {key: unescape(value) for key, value in properties.items()}
        check(command == {"note": "notice"}.get(finding["severity"], finding["severity"]), line)
        check(properties.pop("title").startswith(finding["code"] + " "), line)
        check(unescape(message) == long_text(finding), repr(unescape(message)), repr(long_text(finding)))
        wanted = {}
        if "line" in finding:
            wanted = {"file": finding["file"], "line": finding["line"], "endLine": finding["end_line"]}
            if finding["line"] == finding["end_line"]:
                wanted.update(col=finding["column"], endColumn=finding["end_column"])
        check(properties == {key: str(value) for key, value in wanted.items()}, line)


# JUnit ---------------------------------------------------------------------


def junit_tree(path):
    """What the schemas of JUnit readers have in common."""
    import xml.etree.ElementTree as ElementTree

    allowed = {
        "testsuites": ({"name", "tests", "failures", "errors"}, {"testsuite"}),
        "testsuite": ({"name", "tests", "failures", "errors", "skipped"}, {"testcase", "system-out"}),
        "testcase": ({"name", "classname"}, {"failure", "error", "skipped"}),
        "failure": ({"message", "type"}, set()),
        "error": ({"message", "type"}, set()),
        "skipped": ({"message", "type"}, set()),
        "system-out": (set(), set()),
    }
    for element in ElementTree.parse(path).getroot().iter():
        attributes, children = allowed.get(element.tag, (set(), set()))
        check(element.tag in allowed and set(element.attrib) <= attributes, element.tag, element.attrib)
        check({child.tag for child in element} <= children, element.tag, list(element))


def read_junit(document, path, files):
    import junitparser

    junit_tree(path)
    suites = list(junitparser.JUnitXml.fromfile(path))
    check([suite.name for suite in suites] == files, [suite.name for suite in suites], files)
    whole = ""
    for suite in suites:
        cases = list(suite)
        kinds = [type(result).__name__ for case in cases for result in case.result]
        check(cases, "a suite without a case:", suite.name)
        check(suite.tests == len(cases), suite.name, "tests")
        check((suite.failures, suite.errors, suite.skipped) ==
              (kinds.count("Failure"), kinds.count("Error"), kinds.count("Skipped")), suite.name, kinds)
        whole += suite._elem.findtext("system-out") or ""
        for case in cases:
            whole += "".join(f"\n{result.text}" for result in case.result)
    for finding in document["findings"]:
        place = f"{finding['file']}:{finding['line']}:{finding['column']}: " if "line" in finding else ""
        text = f"{place}{finding['severity']}[{finding['code']}]: {long_text(finding)}"
        check(text in whole, "not in the JUnit report:", text)
    failing = sum(suite.failures + suite.errors for suite in suites)
    errors = sum(f["severity"] == "error" for f in document["findings"])
    check(failing == errors + bool(document.get("omitted")), "failures", failing, errors)


# Markdown ------------------------------------------------------------------


def plain(cell):
    cell = cell.replace("<br>", "\n").replace("<span>", "").replace("</span>", "")
    check("<" not in cell, "HTML in", cell)
    return html.unescape(re.sub(r"\\([\\`*_\[\]~|$])", r"\1", cell))


def read_markdown(document, path, files):
    with open(path, encoding="utf-8") as file:
        text = file.read()
    lines = text.split("\n")
    check(re.fullmatch(r"### sentryc check: (passed|failed)", lines[0]), lines[0])
    check([plain(line).split("**: ")[0][2:] for line in lines if line.startswith("**")] == files, "headings")
    rows = [re.split(r"(?<!\\)\|", line)[1:-1] for line in lines if line.startswith("| ")]
    rows = [[plain(cell.strip()) for cell in row] for row in rows if row[0].strip() != "severity"]
    check(len(rows) == len(document["findings"]), "number of rows")
    for row, finding in zip(rows, document["findings"]):
        place = f"{finding['file']}:{finding['line']}" if "line" in finding else ""
        check(len(row) == 4 and row[0] == finding["severity"], row)
        check(row[1].startswith(finding["code"]) and row[2] == place and row[3] == finding["message"], row, finding)
    check(not re.search(r"@(?!</span>)\w", re.sub(r"<pre>.*?</pre>", "", text, flags=re.S)), "somebody is called")
    details = re.findall(r"<details><summary>[^\n]*?</summary><pre>(.*?)</pre></details>\n\n", text, re.S)
    wanted = [long_text(f)[len(f["message"]) + 1:] for f in document["findings"] if long_text(f) != f["message"]]
    check([html.unescape(d) for d in details] == wanted, "details", details, wanted)


def main():
    form, *paths = sys.argv[1:]
    if form == "same-fingerprints":
        check(fingerprints(paths[0]) == fingerprints(paths[1]) != [], "fingerprints have changed")
    elif form == "other-fingerprints":
        old, new = set(fingerprints(paths[0])), set(fingerprints(paths[1]))
        check(old & new and old - new and new - old, "fingerprints know nothing of names")
    elif form == "severities":
        found = {finding["severity"] for finding in load(paths[0])["findings"]}
        check(found >= set(paths[1:]), "only", found)
    else:
        document = load(paths[0])
        if form == "json":
            read_json(document)
        elif form in ("sarif", "github"):
            {"sarif": read_sarif, "github": read_github}[form](document, paths[1])
        else:
            {"junit": read_junit, "markdown": read_markdown}[form](document, paths[1], paths[2:])
    for failure in failures[:10]:
        print(f"not ok: {form}: {failure}")
    return bool(failures)


sys.exit(main())
