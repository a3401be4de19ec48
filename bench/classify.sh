#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What finding the rule costs a packet, from 1 rule to 100,000: a Markdown table, build/bench/classify.json, a
# line for each measurement, and classify.svg, where there is gnuplot. Needs root, and for the filter sets of ClassBench CORPUS, the directory that holds
# 01-classbench. ONLY=START measures only what begins so; CLIFF=N so many random policies instead of 200, 0 none;
# ROUNDS=N the sets of 40,000 rules and more so many times instead of three, minutes apart: their tables lie in a
# cache that a virtual machine shares, and the table has the median round. It exits 1 for wrong verdicts, and for
# nothing else: whether figures are good is for the reader.
set -u
build=$(realpath "${BUILD:-build}")
here=$(realpath "$(dirname "$0")")
out=$build/bench/classify
lines=$build/bench/classify.json
mkdir -p "$out"
if [ "$(id -u)" != 0 ]; then
	echo "(classification is not measured: that needs root)"
	exit 0
fi
: > "$lines"
wrong=0

# measure NAME POLICY TRACE KIND [OPTION…]: one line more; TRACE and POLICY are files.
measure() {
	local name=$1 policy=$2 trace=$3 kind=$4 code
	shift 4
	"$build/sentry-bench" classify "$policy" "$trace" -o json "$@" > "$out/result" 2> "$out/errors"
	code=$?
	if [ $code = 1 ]; then
		wrong=1
		echo "WRONG VERDICTS: $name" >&2
		head -n 12 "$out/errors" >&2
	fi
	python3 "$here/classify-table.py" --add "$name" "$kind" "$code" "$policy" "$out/result" "$out/errors" >> "$lines"
}

# set_of NAME KIND OPTIONS…: a set of ClassBench by scripts/classbench.py, in both families.
set_of() {
	local name=$1 kind=$2 family
	shift 2
	case $name in "${ONLY:-}"*) ;; *) return ;; esac
	for family in '' --ip6; do
		"$here/../scripts/classbench.py" $family "$@" > "$out/policy.sp" || exit 1
		"$build/sentry-bench" trace "$out/policy.sp" "$out/trace.pcap" 2> /dev/null || exit 1
		measure "$name${family:+, IPv6}" "$out/policy.sp" "$out/trace.pcap" "$kind" --linear
	done
}

# trace_of SET KIND: a set with the trace that it came with. Ports of protocols that have none are no part of the
# language: of such packets the reference alone speaks.
trace_of() {
	local files=$CORPUS/01-classbench/cutsplit
	case "$1, own trace" in "${ONLY:-}"*) ;; *) return ;; esac
	xz -dc "$files/$1_trace.xz" > "$out/trace" && xz -dc "$files/$1.expected.xz" > "$out/matches" || exit 1
	paste "$out/trace" "$out/matches" | awk '{ print $5 == 6 || $5 == 17 || $5 == 132 ? $NF : "-" }' > "$out/expected"
	"$here/../scripts/classbench.py" "$files/$1.xz" > "$out/policy.sp" || exit 1
	"$build/sentry-bench" trace "$out/policy.sp" "$out/trace.pcap" --from "$out/trace" || exit 1
	measure "$1, own trace" "$out/policy.sp" "$out/trace.pcap" "$2" --linear --expected "$out/expected"
}

corpus() {
	local sets=$CORPUS/01-classbench name
	for name in acl1 acl3 fw1 fw4 ipc1; do
		set_of "$name 1" one --first 1 "$sets/neurocuts/${name}_1k.rules.xz"
		set_of "$name 100" "${name%[0-9]}" --first 100 "$sets/neurocuts/${name}_1k.rules.xz"
		set_of "$name 1k" "${name%[0-9]}" "$sets/neurocuts/${name}_1k.rules.xz"
		set_of "$name 10k" "${name%[0-9]}" "$sets/neurocuts/${name}_10k.rules.xz"
	done
	trace_of acl_1k acl
	trace_of fw_10k fw
	set_of "ipc1 20k" ipc "$sets/ipc1_20k.rules.xz"
}

large() {
	local sets=$CORPUS/01-classbench name
	set_of "gen2 40k" mixed "$sets/pcl-gen2-40k.rules.xz"
	for name in 40000 100000; do
		set_of "acl ${name%000}k" acl --rules "$name" "$sets"/neurocuts/acl[13]_10k.rules.xz
		set_of "fw ${name%000}k" fw --rules "$name" "$sets"/neurocuts/fw[14]_10k.rules.xz
		set_of "ipc ${name%000}k" ipc --rules "$name" "$sets/ipc1_20k.rules.xz" "$sets/neurocuts/ipc1_10k.rules.xz"
	done
	set_of "all sets" mixed "$sets/pcl-gen2-40k.rules.xz" "$sets/ipc1_20k.rules.xz" "$sets"/neurocuts/*_10k.rules.xz
}

# exact NAME: rules that have no host in common.
exact() {
	local name=$1 family
	case "exact $name" in "${ONLY:-}"*) ;; *) return ;; esac
	for family in '' --ip6; do
		"$here/exact.py" "${name%k}000" $family > "$out/policy.sp" || exit 1
		"$build/sentry-bench" trace "$out/policy.sp" "$out/trace.pcap" 2> /dev/null || exit 1
		measure "exact $name${family:+, IPv6}" "$out/policy.sp" "$out/trace.pcap" exact --linear
	done
}

examples() {
	local file
	for file in "$here"/../examples/*.sp; do
		case "example $(basename "$file" .sp)" in "${ONLY:-}"*) ;; *) continue ;; esac
		# Beside the example, so that it finds its lists.
		"$build/sentryc" fmt - < "$file" | "$here/stateless.py" "$(dirname "$file")" > "$out/policy.sp" || exit 1
		"$build/sentry-bench" trace "$out/policy.sp" "$out/trace.pcap" 2> "$out/errors" || {
			echo "(left out: $(basename "$file"): $(head -n 1 "$out/errors"))"
			continue
		}
		measure "example $(basename "$file" .sp)" "$out/policy.sp" "$out/trace.pcap" example
	done
}

cliff() {
	local seed
	for ((seed = 1; seed <= ${CLIFF:-200}; seed++)); do
		case "random $seed" in "${ONLY:-}"*) ;; *) continue ;; esac
		"$here/styles.py" "$seed" > "$out/policy.sp"
		"$build/sentry-bench" trace "$out/policy.sp" "$out/trace.pcap" --packets 16384 2> /dev/null || exit 1
		measure "random $seed" "$out/policy.sp" "$out/trace.pcap" random
	done
}

have=
if [ -d "${CORPUS:-}/01-classbench" ]; then
	have=yes
	corpus
else
	echo "(no filter sets of ClassBench: set CORPUS to the directory that holds 01-classbench)"
fi
exact 1k
exact 10k
for ((round = 1; round <= ${ROUNDS:-3}; round++)); do
	[ ! "$have" ] || large
	exact 100k
done
examples
cliff
rm -rf "$out"
"$here/classify-table.py" "$lines"
exit $wrong
