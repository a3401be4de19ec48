#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# sentryc verify and compile --verify: what is compiled decides as the policy says, whatever the policy; what the answer
# looks like. That a difference is found is for tests/unit/test_verify.c, which damages tables.
set -u
here=$(cd "$(dirname "$0")/../.." && pwd)
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
failed=0 count=0 regions=0 witnesses=0

bad() {
	echo "not ok: $*"
	failed=1
}

# expect CODE PATTERN COMMAND…
expect() {
	local want=$1 pattern=$2 code
	shift 2
	count=$((count + 1))
	"$@" >out 2>err
	code=$?
	[ "$code" = "$want" ] || bad "$* exited with $code, not $want: $(head -c 600 out err)"
	grep -Eq -- "$pattern" out err || bad "$* does not say '$pattern': $(head -c 600 out err)"
	regions=$((regions + $(grep -c ' regions;' out))) witnesses=$((witnesses + $(grep -c ' witness packets;' out)))
}

# Options.
expect 2 'no policy file given' "$sentryc" verify
expect 2 'one policy file at a time' "$sentryc" verify a.sp b.sp
expect 2 "model, native and kernel, not 'model,some'" "$sentryc" verify --engine model,some a.sp
expect 2 "model, native and kernel, not ''" "$sentryc" verify --engine= a.sp
expect 2 'witnesses is a number' "$sentryc" verify --witnesses none a.sp
expect 2 'max-regions is a number' "$sentryc" verify --max-regions 0 a.sp
expect 2 'seed is a number' "$sentryc" verify --seed -1 a.sp
expect 2 'text or json' "$sentryc" verify -o xml a.sp
expect 2 'are for policies' "$sentryc" verify --key a.pub --seed 1 a.o
expect 3 'not-there.sp' "$sentryc" verify not-there.sp
printf 'policy p { ingress on any { rule a allow tpc; } }\n' >wrong.sp
expect 1 'wrong.sp:1' "$sentryc" verify wrong.sp

# Every policy there is. Those whose tables are small by regions, which is a proof.
engines=model
if command -v clang >/dev/null || command -v clang-14 >/dev/null; then
	engines=model,native
else
	echo "# no clang here: model engine only"
fi
for policy in "$here"/examples/*.sp "$here"/tests/golden/emit/*.sp "$here"/tests/packets/*.sp; do
	expect 0 'all as the rules say|nothing to verify' "$sentryc" verify --engine "$engines" "$policy"
done
if [ "$(id -u)" = 0 ]; then
	# Says why where there is no BPF.
	expect 0 'all as the rules say' "$sentryc" verify "$here/examples/ddos-scrub.sp"
	grep 'was not asked' out | sed 's/^/# /'
	lacking=$(grep -c 'was not asked' out)
	# Which key makes room in a small table is the kernel's choice, and no finding.
	cat >small.sp <<'END'
policy small {
    ingress on any {
        rule few rate-limit 3/s per src max 4 udp from 10.0.0.0/24 else allow;
        rule others rate-limit 3/s per src max 4 udp from { 10.0.1.1, 10.0.1.3, 10.0.1.5, 10.0.1.7, 10.0.1.9, 10.0.1.11 } else allow;
        default reject;
    }
}
END
	[ "$lacking" != 0 ] || expect 0 'not asked: it loaded the program' "$sentryc" verify small.sp
	# Frames of functions that call each other are added up: with much on the stack of each, nothing is left.
	for crowd in '150 xdp reject state' '150 tc reject state' '150 xdp deny state flows' '300 tc reject state set flows' '300 xdp reject set'; do
		# shellcheck disable=SC2086
		"$here"/tests/kernels/crowded-policy.sh $crowd >crowded.sp
		[ "$lacking" != 0 ] || expect 0 'all as the rules say' \
			"$sentryc" verify --engine kernel --max-regions 1000 --witnesses 2000 crowded.sp
	done
	# Leaves that have numbers of rows: only of many keys in many prefixes, so it takes thousands of rules.
	"$here"/bench/styles.py 109 9000 >shared.sp
	expect 0 'shared rows' "$sentryc" compile --report -o shared.o shared.sp
	[ "$lacking" != 0 ] || expect 0 'all as the rules say' \
		"$sentryc" verify --engine native,kernel --max-regions 1000 --witnesses 100000 shared.sp
	# What is looked up as tuples, alone, and beside the other ways.
	for exact in '1500 tc' '1500 xdp more' '4000 tc more'; do
		# shellcheck disable=SC2086
		"$here"/tests/kernels/exact-policy.sh $exact >exact.sp
		count=$((count + 1))
		"$sentryc" compile --report exact.sp -o exact.o 2>&1 | grep -q '^  strategy    tuples' || bad "$exact: not as tuples"
		[ "$lacking" != 0 ] || expect 0 'all as the rules say' "$sentryc" verify --engine kernel --witnesses 20000 exact.sp
		expect 0 'all as the rules say' "$sentryc" verify --engine model,native --witnesses 20000 exact.sp
	done
	# A program that every kernel refuses is a finding, not a kernel that lacks something.
	python3 - >refused.sp <<'END'
print("policy refused { lint budget warning;")
for i in range(64):
    print(f"set s{i} : addr max 100;")
print("ingress on any { rule all allow from", " ".join(f"@s{i};" if i == 0 else f"rule r{i} allow from @s{i};" for i in range(64)))
print("default deny; } }")
END
	expect 1 'needs 67 maps, and kernels give a program 64' "$sentryc" verify --max-regions 1000 --witnesses 1000 refused.sp
else
	echo "# without root: the kernel engine was not asked"
fi

# Policies that nobody wrote, both ways.
for seed in 1 2 3 4 5 6; do
	python3 "$here/bench/styles.py" $seed $((seed * 20)) >random.sp
	expect 0 'all as the rules say|nothing to verify' "$sentryc" verify --engine "$engines" random.sp
	expect 0 'all as the rules say|nothing to verify' "$sentryc" verify --engine model --max-regions 1 --witnesses 20000 random.sp
done
python3 "$here/bench/styles.py" 7 600 >random.sp
expect 0 '600 rules, looked up: .*all as the rules say' "$sentryc" verify --engine "$engines" --witnesses 60000 random.sp

# Other packets find as little.
expect 0 'witness packets; all as' "$sentryc" verify --engine model --witnesses 50000 --seed 7 random.sp

# The filter sets.
sets=${CORPUS:+$CORPUS/01-classbench/neurocuts}
if [ -n "$sets" ] && [ -d "$sets" ]; then
	for name in acl1_1k fw1_1k ipc1_1k; do
		"$here/scripts/classbench.py" "$sets/$name.rules.xz" >set.sp || bad "$name cannot be read"
		expect 0 'looked up: .*all as the rules say' "$sentryc" verify --engine model --witnesses 50000 set.sp
	done
else
	echo "# no filter sets: set CORPUS to the directory that holds 01-classbench"
fi

# JSON says the same.
cat >few.sp <<'END'
policy few {
    ingress on any {
        rule first allow tcp from 10.0.0.0/8 to any port 22;
        default deny;
    }
}
END
expect 0 '"schema": "packet-sentry/verify/v1"' "$sentryc" verify --engine model -o json random.sp
python3 - <<'END' || bad "the JSON of verify"
import json
result = json.load(open("out"))
assert result["good"] is True and result["different"] == 0 and result["differences"] == [], result
assert result["engines"] == ["model"], result
block, = result["blocks"]
assert block["how"] in ("regions", "witnesses") and block["checked"] > 10000 and block["differences"] == 0, block
assert block["rules"] == 600 and block["frames"] == 0, block
END
expect 0 '"how": "ladder"' "$sentryc" verify --engine model -o json few.sp

# Ranges that lie within each other: hundreds of predicates hold for each address, and pairs of them are not to be counted.
python3 - >nested.sp <<'END'
print("policy nested { lint dead-rule off; lint redundant-rule off; lint crossing-rules off; ingress on up {")
for i in range(750):
    print(f"rule to{i} allow to 255.255.{255 - i // 250}.{255 - i % 250}-255.255.255.255;")
    print(f"rule from{i} deny from 0.0.0.0-0.0.{i // 250}.{i % 250};")
print("default deny; } }")
END
expect 0 'all [0-9,]+ regions; all as the rules say' "$sentryc" verify --engine model nested.sp
expect 0 ' witness packets; all as the rules say' "$sentryc" verify --engine model --max-regions 1000 --witnesses 20000 nested.sp

# Lengths beyond their table share its last number: a rule that tells them apart is asked on its own, the others are looked up.
{
	echo 'policy lengths { ingress on up {'
	for i in $(seq 1 38); do
		echo "rule r$i allow tcp from 10.0.0.$i to any port $((i * 3)) length $i-$((1000 + i));"
	done
	echo 'rule big deny udp length 100-200000; default deny; } }'
} >lengths.sp
expect 0 'all [0-9,]+ regions; all as the rules say' "$sentryc" verify --engine model lengths.sp
[ "$engines" = model ] || expect 0 '38 looked up, 1 asked' "$sentryc" compile --report lengths.sp -o lengths.o

# compile --verify.
if [ "$engines" = model,native ]; then
	expect 0 '^ingress: 600 rules, looked up: ' "$sentryc" compile --verify random.sp -o with.o
	expect 0 '' "$sentryc" compile random.sp -o without.o
	cmp with.o without.o || bad "--verify makes other bytes"
	expect 0 '^ingress: 1 rule, asked one after another' sh -c '"$1" compile --verify few.sp -o - >few.o' x "$sentryc"
	grep -q '^ingress: 1 rule' err || bad "words are mixed with the object"
fi

[ $regions -ge 10 ] || bad "only $regions blocks were looked up by regions"
[ $witnesses -ge 5 ] || bad "only $witnesses blocks were looked up by witnesses"
echo "# $count checks, $regions blocks by all regions, $witnesses by witnesses"
exit $failed
