#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The detectors of examples/ on captures. detection.tsv has a line for each capture and policy that blocks some of it:
# how much, from which packet on, and by which rule. Everything else must pass all of them whole: that is the rule by
# which ordinary captures are chosen, so that none is left out for failing. UPDATE=1 rewrites the figures of the table.
set -u
sentryc=${SENTRYC:-build/sentryc}
here=$(dirname "$0")
table=$here/detection.tsv
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0 checked=0 clean=0 clean_packets=0 large=0 twice=0 refused=0 absent=0
engines="model native kernel"

bad() { echo "not ok: $*"; failed=1; }

if [ "$(id -u)" != 0 ]; then
	engines="model native"
	echo "# without root: model and native engine only"
fi

policy_file() { # NAME
	case $1 in detection-*) echo "$here/$1.sp" ;; *) echo "$here/../../examples/$1.sp" ;; esac
}

# What the kernel engine runs, compiled once.
object() { # NAME
	[ -e "$tmp/$1.o" ] || "$sentryc" compile "$(policy_file "$1")" -o "$tmp/$1.o" 2>"$tmp/error" || bad "$1: $(cat "$tmp/error")"
	echo "$tmp/$1.o"
}

# Packets, blocked, number, second and rule of the first one blocked. What is malformed is no detector's doing.
judge() { # ENGINE POLICY CAPTURE
	local subject=(--engine "$1" "$(policy_file "$2")")
	[ "$1" != kernel ] || subject=("$(object "$2")")
	"$sentryc" replay --block ingress --per-packet -o json "${subject[@]}" "$3" 2>"$tmp/error" |
		python3 "$here/detection_sum.py"
	return "${PIPESTATUS[0]}"
}

# Packets and blocked alone, for the many captures of which nothing should be.
count() { # ENGINE POLICY CAPTURE
	local subject=(--engine "$1" "$(policy_file "$2")")
	[ "$1" != kernel ] || subject=("$(object "$2")")
	"$sentryc" replay --block ingress "${subject[@]}" "$3" 2>"$tmp/error" |
		awk '/ packets? through / { n = $1 } $1 == "deny" || $1 == "reject" { blocked += $2 }
		     $1 == "malformed" { blocked -= $2 } END { print n "\t" blocked + 0 }'
	return "${PIPESTATUS[0]}"
}

# made/KIND is written here, corpus/PATH is a file of CORPUS.
capture() { # NAME; in $file
	case $1 in
	made/*)
		file=$tmp/${1#made/}.pcap
		[ -e "$file" ] || python3 "$here/detection_traffic.py" "${1#made/}" >"$file" ;;
	*)
		file=${CORPUS:-}/06-pcap/${1#corpus/}
		[ -n "${CORPUS:-}" ] && [ -e "$file" ] || return 1
		case $file in *.xz) xz -dc "$file" >"$tmp/capture"; file=$tmp/capture ;;
		*.gz) gzip -dc "$file" >"$tmp/capture"; file=$tmp/capture ;;
		esac ;;
	esac
}

# Those of the table.
declare -A known
while IFS=$'\t' read -r kind name policy expected; do
	if [[ $kind == \#* || $kind == kind ]]; then
		printf '%s\n' "$kind${name:+	$name	$policy	$expected}" >>"$tmp/table"
		continue
	fi
	known["$name $policy"]=1
	if ! capture "$name"; then
		absent=$((absent + 1))
		continue
	fi
	for engine in $engines; do
		got=$(judge "$engine" "$policy" "$file") || bad "$name: $(cat "$tmp/error")"
		[ -n "${UPDATE:-}" ] || [ "$got" = "$expected" ] ||
			bad "$name, $policy, engine $engine: '$got' and not '$expected' (packets, blocked, first, at, rule)"
		[ "$(cut -f2 <<<"$got")" != 0 ] || bad "$name, $policy, engine $engine: nothing is blocked"
		checked=$((checked + 1))
	done
	printf '%s\t%s\t%s\t%s\n' "$kind" "$name" "$policy" "$got" >>"$tmp/table"
done <"$table"
[ -z "${UPDATE:-}" ] || [ "$absent" != 0 ] || cp "$tmp/table" "$table"

# All others. The native engine would be compiled for each capture and policy: captures.sh has it agree with the others.
quiet() { # NAME FILE
	local policy got engine packets=0
	for policy in detect-scan detect-flood detect-amplification detect-bruteforce; do
		for engine in $engines; do
			[ "$engine" = model ] || [ "$packets" -ge 100 ] || continue
			[ -z "${known["$1 $policy"]:-}" ] || continue
			if ! got=$(count "$engine" "$policy" "$2"); then
				grep -q 'only Ethernet is read' "$tmp/error" && refused=$((refused + 1)) && return
				bad "$1, $policy, engine $engine: $(cat "$tmp/error")"
				return
			fi
			packets=${got%%	*}
			[ "${got#*	}" = 0 ] || bad "$1, $policy, engine $engine: blocked though ordinary: $got"
		done
	done
	[[ " ${!known[*]} " != *" $1 "* ]] || return
	clean=$((clean + 1)) clean_packets=$((clean_packets + packets)) large=$((large + (packets >= 100)))
}

for kind in $(python3 "$here/detection_traffic.py" --kinds); do
	capture "made/$kind"
	quiet "made/$kind" "$file"
done
if [ -n "${CORPUS:-}" ]; then
	declare -A seen
	while IFS= read -r -d '' path; do
		name=corpus/${path#"$CORPUS/06-pcap/"}
		sum=$(sha256sum <"$path")
		[ -z "${seen[$sum]:-}" ] || { twice=$((twice + 1)); continue; }
		seen[$sum]=1
		capture "$name" && quiet "$name" "$file"
	done < <(find "$CORPUS/06-pcap" \( -name '*.pcap' -o -name '*.pcapng' -o -name '*.pcap*.xz' -o -name '*.pcap*.gz' \) \
		-print0 | sort -z)
else
	echo "# no CORPUS: $absent lines of the table left out, and all ordinary captures but the made-up ones"
fi
echo "# $checked verdicts on lines of the table in engines $engines; $clean other captures ($clean_packets" \
	"packets; $large with 100 or more) of which nothing is blocked; left out:" \
	"$refused that are not Ethernet, $twice that are there twice"
[ -z "${CORPUS:-}" ] || [ "$clean" -ge 40 ] || bad "only $clean ordinary captures"
exit $failed
