#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What `test --coverage` proposes is right: pasted into the policy, every packet of it passes and nothing is left to reach.
set -u
cd "$(dirname "$0")/../.." || exit 1
sentryc=${SENTRYC:-build/sentryc}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
failed=0
complain() {
	echo "not ok: $*"
	failed=1
}

mkdir "$work/lists"
cp examples/lists/* tests/packets/lists/* "$work/lists/"
proposed=0
for example in examples/*.sp tests/packets/every-clause.sp; do
	name=$(basename "$example")
	"$sentryc" test --coverage "$example" > "$work/report" 2>"$work/errors" || complain "$name: $(cat "$work/errors")"
	# The proposals are the lines indented as statements of a policy.
	grep -E '^    (test |    packet |})' "$work/report" > "$work/proposals"
	proposed=$((proposed + $(grep -c ' packet ' "$work/proposals")))
	python3 - "$example" "$work/proposals" "$work/$name" <<'PY'
import sys
text, proposals = (open(path, encoding="utf-8").read() for path in sys.argv[1:3])
at = text.rstrip().rfind("}")
open(sys.argv[3], "w", encoding="utf-8").write(text[:at] + proposals + text[at:])
PY
	"$sentryc" test --min 100 "$work/$name" > "$work/report" 2>&1 || complain "$name with the proposals: $(grep -v '^ok' "$work/report")"
	grep -q 'pasted' "$work/report" && complain "$name: there are proposals left"
done
[ "$proposed" -gt 20 ] || complain "only $proposed packets were proposed"

cat > "$work/half.sp" <<'SP'
policy half {
    ingress on eth0 {
        rule ssh allow tcp from 192.0.2.0/24 to any port 22;
        rule shadow deny tcp from 192.0.2.0/25 to any port 22;
        default deny;
    }
    test "one" in ingress {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect allow by ssh;
    }
}
SP
# ssh; default in both IP versions, malformed, non-ip: 1 of 5. The dead rule is no class.
"$sentryc" test --coverage -o json "$work/half.sp" > "$work/half.json" || complain "--coverage alone changes the exit code"
python3 - "$work/half.json" <<'PY' || complain 'coverage as JSON'
import json, sys
coverage = json.load(open(sys.argv[1]))["policies"][0]["coverage"]
assert (coverage["classes"], coverage["reached"], coverage["percent"]) == (5, 1, 20), coverage
block = coverage["blocks"][0]
assert (block["rules"], block["rules_reached"]) == (1, 1), block
assert block["verdicts"]["allow"] == {"classes": 2, "reached": 1}, block
assert [gap["rule"] for gap in block["gaps"]] == ["malformed", "non-ip", "default", "default"], block
PY
"$sentryc" test --min 20 "$work/half.sp" >/dev/null 2>&1 || complain '--min 20 of 20'
"$sentryc" test --min 21 "$work/half.sp" >/dev/null 2>"$work/errors"
[ $? = 1 ] || complain '--min 21 of 20'
grep -q '20 %' "$work/errors" || complain "--min says how much it is: $(cat "$work/errors")"
for bad in 0 101 -1 many; do
	"$sentryc" test --min="$bad" "$work/half.sp" >/dev/null 2>&1
	[ $? = 2 ] || complain "--min=$bad"
done
echo "# $proposed packets proposed, all of them good"
exit $failed
