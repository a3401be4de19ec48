#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryc query: regions, numbers that were worked out by hand, errors that point into the query.
set -u
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work" || exit 1
failed=0
complain() {
	echo "not ok: $*"
	failed=1
}

cat > edge.sp <<'SP'
policy edge {
    interface lan = "eth0";
    interface wan = "eth1";
    net mgmt = { 10.0.0.0/30, 2001:db8::/126 };
    net self = { 192.0.2.10, 2001:db8::10 };
    port web = { 80, 443 };
    set bad : addr max 10;
    ingress on lan {
        rule bad deny from @bad;
        rule ssh allow tcp from mgmt to self port 22 log;
        rule flood rate-limit 10/s per src tcp to self port web else reject;
        rule web allow tcp to self port web;
        default deny;
    }
    ingress on wan {
        rule dns allow udp from 203.0.113.0/31 port 53 to 192.0.2.10 port 40000-40001;
        default deny;
    }
}
SP

# ask CODE QUERY [OPTION…]: the answers as JSON, in answers.json
ask() {
	local code=$1 query=$2
	shift 2
	"$sentryc" query edge.sp "$query" -o json "$@" > answers.json 2>errors
	[ $? = "$code" ] || complain "$query: exit code, $(cat errors)"
}

# expect QUERY PYTHON: about `answers` and `document`
expect() {
	python3 - "$2" <<'PY' || complain "$1: $2: $(cat answers.json)"
import json, sys
document = json.load(open("answers.json"))
answers = document["answers"]
assert document["schema"] == "packet-sentry/query/v1"
sys.exit(not eval(sys.argv[1]))
PY
}

# 2 sources x 2 ports x (whole, first fragment)
ask 0 'allow udp' --block ingress-wan
expect udp 'len(answers) == 1 and answers[0]["packets"] == "8" and answers[0]["rule"] == "dns" and answers[0]["family"] == "ip4"'
expect udp 'answers[0]["witness"].startswith("udp 203.0.113.") and "203.0.113.0/31" in answers[0]["regions"][0]'

# 4 sources x 65536 source ports x (whole, first fragment); no rule looks at source ports of IPv6
ask 0 'allow tcp port 22' --block ingress-lan
expect ssh '[(a["rule"], a["family"], a["packets"]) for a in answers] == [("ssh", "ip4", str(4 * 65536 * 2)), ("ssh", "ip6", str(4 * 2))]'
expect ssh 'all("@bad" in r and "mgmt" in r for a in answers for r in a["regions"])'

# A rate can turn any packet of web away; conforming ones are let in.
ask 0 'reject tcp to self port 80 ip4' --block ingress-lan
expect flood 'len(answers) == 1 and answers[0]["rule"] == "flood" and "flood" in answers[0]["when"]'
ask 0 'reject tcp to self port 80 under limits' --block ingress-lan
expect 'under limits' 'answers == []'
ask 0 'allow tcp to self port web under limits' --block ingress-lan
expect web '{a["rule"] for a in answers} == {"web"} and all("when" not in a for a in answers)'

# All blocks, and what a person reads.
ask 0 'allow port 22'
expect 'all blocks' '{a["block"] for a in answers} == {"ingress-lan"}'
"$sentryc" query edge.sp 'allow tcp to self port 22' > text || complain text
grep -q '^ingress-lan: allow by ssh (edge.sp:10), ip4: 524,288 packets$' text || complain "text: $(cat text)"
grep -q '^    packet: tcp 10.0.0.1:40000 > 192.0.2.10:22 syn$' text || complain "witness: $(cat text)"
grep -q '^ingress-wan: no such packet gets allow$' text || complain "a block without an answer: $(cat text)"

# Nobody sends to himself where he could send to another.
cat > loops.sp <<'SP'
policy loops {
    net self = 203.0.113.5;
    net web = 192.0.2.10;
    net pair = { 10.0.0.1, 10.0.0.9 };
    ingress on lan {
        rule source allow tcp from self to any;
        rule target allow tcp from any to self;
        rule server allow tcp from web to any;
        rule scattered allow udp from pair to pair;
        rule one-way allow icmp from 10.0.0.1 to pair;
        rule one allow sctp from self to self;
        default deny;
    }
}
SP
"$sentryc" query loops.sp allow > text || complain 'loops: exit code'
witnesses=$(sed -n 's/^    packet: \([a-z]*\) \([0-9.]*\)[:0-9]* > \([0-9.]*\).*/\1 \2 \3/p' text)
[ "$(wc -l <<< "$witnesses")" = 6 ] || complain "witnesses of all rules: $(cat text)"
[ "$(awk '$2 == $3 { print $1 }' <<< "$witnesses")" = sctp ] || complain "from an address to itself: $witnesses"

# Wrong queries point at the word.
ask 1 'allow tcp from mgnt'
grep -q "query:1:16: error\[E0201\]" errors && grep -q "did you mean 'mgmt'" errors || complain "unknown name: $(cat errors)"
ask 1 'allow tcp from mgmt log'
grep -q 'query:1:' errors || complain "a modifier: $(cat errors)"
ask 1 'permit tcp'
grep -q 'query:1:1' errors || complain "an unknown verdict: $(cat errors)"
ask 2 ''
grep -q 'the query is empty' errors || complain "an empty query: $(cat errors)"
"$sentryc" query 'allow tcp' edge.sp >/dev/null 2>errors
{ [ $? = 2 ] && grep -q 'comes first' errors; } || complain 'query and policy in the wrong order'

# A packet that cannot be is not one that the policy treats otherwise.
ask 0 'deny length 65576'
expect 'impossible' 'document["possible"] is False and not document["answers"]'
ask 1 'allow tcp port 22; rule x allow'
ask 2 'allow tcp' --block nowhere
ask 2 'allow tcp' --max-regions 0
"$sentryc" query edge.sp >/dev/null 2>&1
[ $? = 2 ] || complain 'no query'
"$sentryc" query missing.sp 'allow tcp' >/dev/null 2>&1
[ $? = 3 ] || complain 'no such file'

# What is not decided is not answered.
ask 0 'allow tcp' --max-nodes 1
expect 'no effort' 'document["conclusive"] is False and "ingress-lan (ip4)" in document["undecided"]'
ask 1 'allow tcp' --max-nodes 1 --strict
ask 0 'allow tcp' --strict
expect 'effort enough' 'document["conclusive"] is True and "undecided" not in document'
"$sentryc" query edge.sp 'allow tcp' --max-nodes 1 --block ingress-wan > text || complain 'no effort: exit code'
grep -q '^inconclusive: the effort was spent on ingress-wan (ip4), .*may get allow' text || complain "which block: $(cat text)"
[ "$(wc -l < text)" = 1 ] || complain "what was not decided is answered: $(cat text)"
exit $failed
