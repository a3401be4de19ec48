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

# What no first packet reaches counts, a rule at a time, and is named.
cat > "$work/before.sp" <<'SP'
policy before {
    set bad : addr max 100;
    ingress on eth0 {
        rule bad deny from @bad;
        rule known allow state established;
        rule ssh rate-limit 2/s per src tcp port 22;
        rule web allow tcp port 443;
        default deny;
    }
    egress on eth0 { default allow; }
    test "web" in ingress {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:443 syn expect allow by web;
        packet tcp 198.51.100.1:443 > 192.0.2.1:40000 syn,ack in egress expect allow;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:443 ack expect allow by known;
    }
}
SP
"$sentryc" test --coverage "$work/before.sp" > "$work/report" || complain 'before.sp'
grep -q '^ingress: 2 of 4 rules reached$' "$work/report" || complain "rules: $(cat "$work/report")"
grep -q 'no packet to begin with was found: bad, ssh$' "$work/report" || complain "what needs something before: $(cat "$work/report")"
"$sentryc" test --coverage -o json "$work/before.sp" > "$work/before.json"
python3 - "$work/before.json" <<'PY' || complain 'what needs something before, as JSON'
import json, sys
block = json.load(open(sys.argv[1]))["policies"][0]["coverage"]["blocks"][0]
assert (block["rules"], block["rules_reached"]) == (4, 2), block
assert [gap["rule"] for gap in block["gaps"] if "packet" not in gap] == ["bad", "ssh"], block
PY
sed -i '/packet tcp .* ack/a add 203.0.113.9 to @bad; packet tcp 203.0.113.9:1 > 198.51.100.1:443 syn expect deny by bad;' "$work/before.sp"
"$sentryc" test --coverage "$work/before.sp" > "$work/report" || complain 'before.sp with an element'
grep -q '^ingress: 3 of 4 rules reached$' "$work/report" || complain "rules, with an element: $(cat "$work/report")"
echo "# $proposed packets proposed, all of them good"
exit $failed
