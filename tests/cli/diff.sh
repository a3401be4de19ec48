#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryc diff: spellings that mean the same are equivalent, and what is not is told with counts that were reckoned by hand.
set -u
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
failed=0
check() { # TEXT COMMAND…
	local text=$1
	shift
	"$@" || { echo "not ok: $text"; sed 's/^/    /' out err 2>/dev/null | head -20; failed=1; }
}
# policy FILE RULES [DEFAULT] [DECLARATIONS]: one ingress block.
policy() {
	printf 'policy p {\n%s\ningress on a {\n%s\ndefault %s;\n}\n}\n' "${4:-}" "$2" "${3:-deny}" > "$1"
}
# get FILE EXPRESSION: of the JSON document `d`, in Python; lists one element a line, true and false as in JSON.
get() {
	python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
value = eval(sys.argv[2])
print("\n".join(map(str, value)) if isinstance(value, list) else json.dumps(value) if isinstance(value, bool) else value)' "$@"
}
diff_() { # OPTIONS…: old.sp with new.sp
	timeout 60 "$sentryc" diff old.sp new.sp "$@" > out 2> err
}
says() { # REGEX
	grep -Eq -- "$1" out
}
# equivalent TEXT: and nothing else differs either.
equivalent() {
	diff_ --exit-code
	check "$1: equivalent" test $? = 0
	check "$1: and says so" test "$(cat out)" = 'old.sp and new.sp are equivalent: every packet gets the same verdict'
	timeout 60 "$sentryc" diff new.sp old.sp --exit-code > out 2> err
	check "$1: the other way round" test $? = 0
}
# effect TEXT REGEX: no verdict changes, but something.
effect() {
	diff_ --exit-code
	check "$1: a difference" test $? = 1
	check "$1: of no verdict" says 'are equivalent'
	check "$1: told" says "$2"
	diff_
	check "$1: without --exit-code" test $? = 0
}
# changed TEXT FROM TO PACKETS FAMILY: there is exactly one change of verdict, of so many packets.
changed() {
	diff_ -o json --exit-code
	check "$1: exit code" test $? = 1
	check "$1: from, to, packets, IP version" test "$(get out '["{from} {to} {packets} {family}".format(**c) for c in d["changes"]]')" = "$2 $3 $4 $5"
	check "$1: neither equivalent nor in doubt" test "$(get out '[d["equivalent"], d["conclusive"]] == [False, True]')" = true
	# The witness is one: ask the model of both versions.
	for side in old:from new:to; do
		"$sentryc" explain "${side%:*}.sp" "$(get out 'd["changes"][0]["witness"]')" -o json > explained 2> err
		check "$1: the witness in ${side%:*}.sp" test "$(get explained 'd["verdict"]')" = "$(get out "d['changes'][0]['${side#*:}']")"
	done
}

# The same in other words.
policy old.sp 'rule web allow tcp port { 80, 443 };'
cp old.sp new.sp
equivalent 'the same file'
policy new.sp 'rule web allow tcp port 80; rule web-tls allow tcp port 443;'
equivalent 'a list, and a rule for each'
policy new.sp 'rule web-tls allow tcp port 443; rule web allow tcp port 80;'
equivalent 'in another order'
policy new.sp 'rule web allow tcp port web;' deny 'port web = { 443, 80 };'
equivalent 'a name, and what it stands for'
policy old.sp 'rule one allow from 10.0.0.0/9; rule two deny to 10.9.9.9; rule three allow from 10.128.0.0/9;'
policy new.sp 'rule one allow from { 10.0.0.0/9, 10.128.0.0/9 } and not 10.128.0.0/9; rule two deny to 10.9.9.9; rule three allow from 10.0.0.0/8;'
equivalent 'halves and wholes'
policy old.sp 'rule low deny tcp port 0-99; rule all allow tcp;'
policy new.sp 'rule high allow tcp port 100-65535; rule late allow tcp fragment; rule low deny tcp port 0-99;'
equivalent 'a rule and its complement'
policy old.sp 'rule mgmt allow from mgmt;' deny 'net mgmt = { 10.0.0.0/8, fd00::/8 };'
policy new.sp 'rule mgmt allow from { fd00::/8, 10.0.0.0/8 };'
equivalent 'a net, and literals'
policy old.sp 'rule a allow tcp port 22; rule b deny tcp port 22;'
policy new.sp 'rule a allow tcp port 22;'
equivalent 'a rule that never decides'
policy old.sp 'rule a allow state established; rule b allow from @s;' deny 'set s : addr max 10;'
policy new.sp 'rule b allow from @s; rule a allow state established;' deny 'set s : addr max 10;'
equivalent 'sets and state'

# Verdicts. Whole packets and first fragments have ports: twice as many.
policy new.sp 'rule no-ssh deny tcp from 10.0.0.0/30 to 10.0.1.1 port 22;' reject
policy old.sp 'rule ssh allow tcp from 10.0.0.0/30 to 10.0.1.1 port 22;' reject
changed 'a verdict' allow deny 8 ip4
check 'rules and lines' test "$(get out '"{old_rule} {old_line} {new_rule} {new_line}".format(**d["changes"][0])')" = 'ssh 4 no-ssh 4'
check 'the region' test "$(get out 'd["changes"][0]["region"]')" = 'tcp from 10.0.0.0/30 to 10.0.1.1 port 22'
policy new.sp 'rule ssh allow tcp from 10.0.0.0/31 to 10.0.1.1 port 22;' reject
changed 'a narrower net' allow reject 4 ip4
check 'the region is what is left out' test "$(get out 'd["changes"][0]["region"]')" = 'tcp from 10.0.0.2/31 to 10.0.1.1 port 22'
check 'the default decides now' test "$(get out 'd["changes"][0]["new_rule"]')" = default
policy new.sp 'rule ssh allow tcp from 10.0.0.0/30 to 10.0.1.1 port { 22, 2222-2223 };' reject
changed 'more ports' reject allow 16 ip4
policy old.sp 'rule web allow tcp from { 10.0.0.1, fd00::1 } to { 10.0.0.2, fd00::2 } port 80;'
policy new.sp 'rule web allow tcp from 10.0.0.1 to 10.0.0.2 port 80;'
changed 'IPv6 only' allow deny 2 ip6
policy old.sp 'rule v allow tcp from 10.0.0.1 to 10.0.0.2 port 80 vlan 10;'
policy new.sp 'rule v allow tcp from 10.0.0.1 to 10.0.0.2 port 80 vlan 10-12;'
changed 'a VLAN' deny allow 4 ip4
policy old.sp 'rule i allow icmp4 echo-request from 10.0.0.1 to 10.0.0.2;'
policy new.sp 'rule i allow icmp4 { echo-request, echo-reply } from 10.0.0.1 to 10.0.0.2;'
diff_
if [ -s err ]; then policy new.sp 'rule i allow icmp4 echo-request from 10.0.0.1 to 10.0.0.2; rule j allow icmp4 echo-reply from 10.0.0.1 to 10.0.0.2;'; fi
# 256 codes of one type, in whole packets and first fragments, if nobody asks for the code: one.
changed 'ICMP' deny allow 2 ip4
policy old.sp 'rule f allow tcp from 10.0.0.1 to 10.0.0.2 port 80 flags syn/syn,ack;'
policy new.sp 'rule f allow tcp from 10.0.0.1 to 10.0.0.2 port 80 flags syn/syn,ack,fin,rst;'
# Of 8 flags one is set and one is not, and fin or rst is set: 64 - 16, twice.
changed 'flags' allow deny 96 ip4
policy old.sp 'rule f allow from 10.0.0.1 to 10.0.0.2 fragment;'
policy new.sp 'rule f deny from 10.0.0.1 to 10.0.0.2 fragment;'
changed 'fragments of every protocol' allow deny 256 ip4
policy old.sp 'rule f allow tcp from 10.0.0.1 to 10.0.0.2 port 80;'
policy new.sp 'rule f allow tcp from 10.0.0.1 to 10.0.0.2 port 80;' reject
diff_ -o json
check 'another default changes both IP versions' test "$(get out '",".join("{from} {to} {family}".format(**c) for c in d["changes"])')" = 'deny reject ip4,deny reject ip6'
policy old.sp 'rule a allow from 10.0.0.1 to 10.0.0.2; rule b deny to 10.0.0.2; rule c allow tcp to 10.0.0.3 port 1;'
policy new.sp 'rule b deny to 10.0.0.2; rule a allow from 10.0.0.1 to 10.0.0.2; rule c allow tcp to 10.0.0.3 port 1;'
diff_ -o json
check 'order that matters' test "$(get out '["{from} {to} {old_rule} {new_rule}".format(**c) for c in d["changes"]]')" = 'allow deny a b'

# What hangs on the host.
policy old.sp 'rule s deny from @bad; rule t allow tcp from 10.0.0.1 to 10.0.0.2 port 80;' reject 'set bad : addr max 10;'
policy new.sp 'rule t allow tcp from 10.0.0.1 to 10.0.0.2 port 80; rule s deny from @bad;' reject 'set bad : addr max 10;'
diff_ -o json
check 'a set: verdict' test "$(get out '["{from} {to} {packets}".format(**c) for c in d["changes"]]')" = 'deny allow 2'
check 'a set: when' grep -q '@bad' <(get out '[c.get("when") for c in d["changes"]]')
policy old.sp 'rule e allow tcp from 10.0.0.1 to 10.0.0.2 port 80 state established;'
policy new.sp 'rule e allow tcp from 10.0.0.1 to 10.0.0.2 port 80 state established,related;'
diff_ -o json
check 'state: when' grep -q 'related' <(get out '[c.get("when") for c in d["changes"]]')
policy old.sp 'rule l rate-limit 10/s tcp from 10.0.0.1 to 10.0.0.2 port 80; rule a allow tcp port 80;'
policy new.sp 'rule l rate-limit 10/s tcp from 10.0.0.1 to 10.0.0.2 port 80 else reject; rule a allow tcp port 80;'
diff_ -o json
check 'what exceeds a rate' test "$(get out '["{from} {to} {packets}".format(**c) for c in d["changes"]]')" = 'deny reject 2'
check 'a rate: when' grep -q "rate of 'l'" <(get out '[c.get("when") for c in d["changes"]]')

# Blocks, and what is no IP.
policy old.sp 'rule a allow tcp port 80;'
printf 'policy p {\ningress on a {\nrule a allow tcp port 80;\ndefault deny;\n}\negress on b { rule b deny tcp port 25; default allow; }\n}\n' > new.sp
diff_ --exit-code
check 'a new block: exit code' test $? = 1
check 'a new block: told' says 'block egress is new: egress on b, 1 rule, default allow'
timeout 60 "$sentryc" diff new.sp old.sp > out 2> err
check 'a removed block' says 'block egress is gone'
check 'is not equivalent' test "$("$sentryc" diff new.sp old.sp -o json > out; get out 'd["equivalent"]')" = false
sed 's/on a/on b/' old.sp > new.sp
diff_
check 'other interfaces' says 'block ingress is on b, was on a'
sed 's/on a/on a via tc/' old.sp > new.sp
diff_
check 'another hook' says 'block ingress is at the tc hook, was at xdp'
printf 'policy p { ingress on a { rule a allow tcp port 80; default deny; non-ip deny; malformed allow; } }\n' > new.sp
diff_ -o json --exit-code
check 'non-ip and malformed' test "$(get out '",".join("{from} {to} {region}".format(**c) for c in d["changes"])')" = 'allow deny non-ip,deny allow malformed'
for i in 0 1; do
	witness=$(get out "d['changes'][$i]['witness']")
	check "$witness in old.sp" test "$("$sentryc" explain old.sp "$witness" -o json > explained; get explained 'd["verdict"]')" = "$(get out "d['changes'][$i]['from']")"
	check "$witness in new.sp" test "$("$sentryc" explain new.sp "$witness" -o json > explained; get explained 'd["verdict"]')" = "$(get out "d['changes'][$i]['to']")"
done
# Names of blocks depend on how many there are of a direction.
printf 'policy p { ingress on a { rule a allow tcp port 80; default deny; } ingress on c { default deny; } }\n' > new.sp
diff_
check 'a second ingress block is the only news' test "$(grep -c . out)" = 3
check 'and it is told' says 'block ingress-c is new'

# What changes besides verdicts.
policy old.sp 'rule a allow tcp port 80;'
policy new.sp 'rule a allow tcp port 80 log;'
effect 'log' 'rule a \(new.sp:4\) now logs'
cp new.sp logs.sp
policy new.sp 'rule a allow tcp port 80 detect knock;'
effect 'a detection' 'rule a \(new.sp:4\) now detects knock'
check 'which is a record' says 'rule a \(new.sp:4\) now logs'
cp new.sp old.sp
policy new.sp 'rule a allow tcp port 80 detect scan;'
effect 'another detection' 'rule a \(new.sp:4\) detects scan, was knock'
check 'and as many records' test "$(grep -c 'logs' out)" = 0
cp logs.sp new.sp
effect 'no detection' 'rule a \(new.sp:4\) no longer detects knock'
policy old.sp 'rule a allow tcp port 80;'
policy new.sp 'rule a allow tcp port 80; rule w sample 1/10 udp detect scan;'
effect 'a rule that detects' 'rule w \(new.sp:4\) is new: it detects scan'
policy new.sp 'rule b allow tcp port 80;'
effect 'another name' 'rule a \(old.sp:4\) is now called b \(new.sp:4\)'
policy new.sp 'rule a allow tcp port 80 sample 1/100;'
effect 'sample' 'now samples 1/100'
policy new.sp 'rule a allow tcp port 80; rule w sample 1/10 udp;'
effect 'a sample rule' 'rule w \(new.sp:4\) is new: it samples 1/10'
cp new.sp old.sp
policy new.sp 'rule a allow tcp port 80; rule w sample 1/10 udp port 53;'
effect 'a sample of other packets' "rule w .* samples other packets: 'sample 1/10 udp port 53', was 'sample 1/10 udp'"
policy old.sp 'rule l rate-limit 10/s per src tcp port 80; rule a allow tcp port 80;'
policy new.sp 'rule l rate-limit 20/s per src tcp port 80; rule a allow tcp port 80;'
effect 'another rate' 'rule l .*: rate-limit 20/s burst 20 per src, was rate-limit 10/s burst 10 per src'
policy new.sp 'rule m rate-limit 10/s per src tcp port 80; rule a allow tcp port 80;'
effect 'a rate-limit of another name' 'is now called m .*buckets'
policy old.sp 'rule l rate-limit 10/m distinct port per src tcp; rule a allow tcp port 80;'
policy new.sp 'rule l rate-limit 10/m distinct dst per src tcp; rule a allow tcp port 80;'
effect 'other values counted' 'rate-limit 10/m distinct dst per src, was rate-limit 10/m distinct port per src'
policy new.sp 'rule l rate-limit 10/m distinct port per src max 9 tcp; rule a allow tcp port 80;'
effect 'room for fewer keys' 'distinct port per src max 9, was'
policy old.sp 'rule w sample 1/10 udp; rule a allow tcp port 80;' allow
policy new.sp 'rule w sample flow 1/10 udp; rule a allow tcp port 80;' allow 'seed 5;'
effect 'flows instead of packets' 'samples 1/10 of its flows, was 1/10 of its packets'
effect 'another seed' 'seed 5, was 0'
policy old.sp 'rule a allow state established;' allow 'states { udp opening 5s; }'
policy new.sp 'rule a allow state established;' allow 'states { max 10; loose; udp opening 6s; }'
effect 'timeouts' 'connections: udp opening 6s, was 5s'
effect 'loose' 'taken up in their middle'
effect 'room for fewer connections' 'room for 10, was 131072'
policy old.sp 'rule a allow tcp port 80;'
policy new.sp 'rule a allow tcp port 80;' deny 'on-failure allow;'
effect 'fail-open' 'no generation can judge is now let through: `on-failure allow`, was dropped'
policy old.sp 'rule a allow tcp port 80;' deny 'on-failure deny;'
effect 'fail-open instead of fail-closed' 'is now let through'
policy new.sp 'rule a allow tcp port 80;'
equivalent 'fail-closed, said or not'
policy old.sp 'rule a allow tcp port 80;' deny 'on-failure allow;'
effect 'fail-closed again' 'is now dropped: `on-failure deny`, was let through'
policy old.sp 'rule a deny from @bad;' allow 'set bad : addr max 10;'
policy new.sp 'rule a deny from @bad;' allow 'set bad : addr max 20 timeout 5m;'
effect 'a set' 'set bad is addr max 20 timeout 5m, was addr max 10'
policy old.sp 'rule a allow tcp port 80 log; rule b allow tcp port 80-81;'
policy new.sp 'rule b allow tcp port 80-81; rule a allow tcp port 80 log;'
effect 'packets that get to a rule that does not log' 'b .*, which does not log, decides packets that a .*, which logs, decided: tcp .*:80'

# When the effort is spent, nothing is called equivalent.
policy old.sp 'rule a allow tcp port 80; rule b deny tcp from 10.0.0.0/8 port 81; rule c allow udp;'
policy new.sp 'rule b deny tcp from 10.0.0.0/9 port 81; rule a allow tcp port 80-90; rule c allow udp;'
diff_ --max-nodes 1 --strict
check 'given up: exit code' test $? = 1
check 'given up: said' says '^inconclusive'
check 'given up: not equivalent' test "$(grep -c equivalent out)" = 0
check 'given up: yet a packet' says 'packet: tcp'
check 'given up: so it may be more' says '^old.sp -> new.sp: at least [0-9]+ changes? of verdict'
diff_ --max-nodes 1 -o markdown
check 'given up: more in markdown too' says '^\*\*at least [0-9]+ changes? of verdict'
diff_
check 'not given up: no more than that' says '^old.sp -> new.sp: [0-9]+ changes? of verdict'
diff_ --max-nodes 1
check 'given up: without --strict' test $? = 0
diff_ --max-nodes 1 -o json
check 'given up: JSON' test "$(get out '[d["equivalent"], d["conclusive"]] == [False, False]')" = true

# Many regions.
policy old.sp 'rule a allow udp;'
policy new.sp 'rule a allow udp from not { 10.1.0.0/16, 10.3.0.0/16 } to not { 10.2.0.0/16, 10.4.0.0/16 } port not { 1, 3, 5 };'
diff_ --max-regions 1
check 'no more regions than wanted' says 'and more'
check 'which is one' test "$(grep -c '^      udp' out)" = 1

# Markdown: nothing in a name has a meaning.
odd='a|b`c.sp'
cp old.sp "$odd"
timeout 60 "$sentryc" diff "$odd" new.sp -o markdown > out 2> err
check 'markdown' test $? = 0
check 'a table' says '^\| From \| To \| Packets \| Old rule \| New rule \| Example \|$'
check 'odd names are escaped in it' grep -qF '`` a (a\|b`c.sp:4) ``' out
check 'each row has six columns' test "$(sed 's/\\|//g' out | grep '^|' | awk -F'|' '{ print NF }' | sort -u)" = 8
check 'regions can be unfolded' says '<details>'
policy new.sp 'rule a allow udp;'
timeout 60 "$sentryc" diff old.sp new.sp -o markdown > out 2> err
check 'nothing changes' says '\*\*Equivalent\*\*'

# Usage and broken policies.
"$sentryc" diff old.sp > out 2> err
check 'one file' test $? = 2
"$sentryc" diff - - < old.sp > out 2> err
check 'standard input twice' test $? = 2
"$sentryc" diff - new.sp < old.sp > out 2> err
check 'standard input once' test $? = 0
"$sentryc" diff old.sp new.sp --timeout -5 > out 2> err
check 'a timeout that is none' test $? = 2
echo 'policy' > broken.sp
"$sentryc" diff old.sp broken.sp > out 2> err
check 'a policy that is none' test $? = 1 -a ! -s out
"$sentryc" diff broken.sp old.sp > out 2> err
check 'or was none' test $? = 1 -a ! -s out
"$sentryc" diff old.sp missing.sp > out 2> err
check 'a file that is not there' test $? != 0 -a ! -s out

exit $failed
