#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Who reads only a report of `sentryc test` sees what failed beside the packets of a test, too.
set -u
cd "$(dirname "$0")/../.." || exit 1
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
complain() {
	echo "not ok: $*"
	cat out
	failed=1
}

# reported CODE FAILURES COMMAND…: the exit code, and in each form that many failures.
reported() {
	local code=$1 failures=$2 form got
	shift 2
	for form in junit tap json; do
		"$sentryc" test -o $form "$@" >out 2>err
		got=$?
		[ $got = "$code" ] || complain "$*: exit code $got, not $code"
		python3 - $form "$failures" <<'PY' || complain "$*: as $form"
import json, re, sys
import xml.etree.ElementTree as xml
form, wanted = sys.argv[1], int(sys.argv[2])
text = open("out", encoding="utf-8").read()
if form == "junit":
    root = xml.fromstring(text)
    assert int(root.get("failures")) == wanted == len(root.findall(".//failure")), root.attrib
    assert int(root.get("tests")) == len(root.findall(".//testcase")), root.attrib
    assert all(failure.get("message") for failure in root.findall(".//failure"))
elif form == "tap":
    assert len(re.findall("^not ok", text, re.M)) == wanted
    numbers = [int(n) for n in re.findall(r"^(?:not )?ok (\d+) - ", text, re.M)]
    plan = int(re.search(r"^1\.\.(\d+)$", text, re.M)[1])
    assert numbers == list(range(1, plan + 1)), numbers
else:
    document = json.loads(text)
    failures = [failure for policy in document["policies"] for failure in policy["failures"]]
    assert document["failed"] + len(failures) == wanted, document
    assert document["other_failures"] == len(failures), document
    assert all(set(failure) == {"name", "message"} for failure in failures), failures
PY
	done
}

echo 'policy plain { ingress on eth0 { rule ssh allow tcp port 22; default deny; } }' >plain.sp
echo 'policy good { ingress on eth0 { rule ssh allow tcp port 22; default deny; }
	test "ssh" in ingress { packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect allow by ssh; } }' >good.sp
sed 's/expect allow by ssh/expect deny/; s/policy good/policy wrong/' good.sp >wrong.sp
echo 'policy bad { ingress on eth0 { rule ssh allow tcp prt 22; default deny; } }' >bad.sp

reported 0 0 good.sp plain.sp
reported 1 1 wrong.sp good.sp
reported 1 1 --fail-on-empty plain.sp good.sp
reported 1 1 --min 90 good.sp
reported 1 2 --min 90 --fail-on-empty plain.sp
reported 1 1 bad.sp
reported 1 2 bad.sp wrong.sp good.sp
reported 3 2 bad.sp nosuch.sp
reported 3 1 nosuch.sp good.sp
grep -q 'cannot read' out || complain 'a file that is not there: no reason'
"$sentryc" test -o junit good.sp bad.sp >out 2>err
grep -q 'bad.sp:1: error\[E0102\]: unknown word' out || complain 'a policy at fault: no place'
# There is nothing to report of nothing.
"$sentryc" test -o json nosuch.sp >out 2>err
[ ! -s out ] || complain 'a report without a policy'
exit $failed
