#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Every fuzzer for FUZZ_SECONDS, or those that are named, from the small corpora beside this script and from the goldens
# and captures of the other tests. A finding is left in the build directory, whose file name is printed; make it a golden
# or a unit test. With CORPUS_OUT=DIR what covers something new is kept in DIR/NAME.
set -u
build=${BUILD:-build}
seconds=${FUZZ_SECONDS:-1}
here=$(cd "$(dirname "$0")/.." && pwd)
programs=$build/fuzz/tests/fuzz
failed=0
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT

# Small enough that a mutation hits something. Without clang there are none, and the fuzzers start from their corpora.
mkdir "$scratch/objects"
for policy in "$here/golden/emit/both-versions.sp" "$here/golden/emit/tables.sp"; do
	"$build/sentryc" compile "$policy" -o "$scratch/objects/$(basename "$policy" .sp).o" 2>/dev/null
done

mkdir "$scratch/yaml"
cp "$here/../deploy/sentryd.yaml" "$scratch/yaml/"

declare -A seeds=(
	[parse]="$here/golden/lang/accept $here/golden/lang/reject $here/golden/policy"
	[fmt]="$here/golden/policy $here/golden/emit"
	[frame]="$here/packets/captures"
	[capture]="$here/packets/captures"
	[object]="$scratch/objects"
	[inspect]="$scratch/objects"
	[config]="$scratch/yaml"
)
declare -A lengths=([object]=131072 [inspect]=131072 [manifest]=16384 [record]=32768)

names=("$@")
if [ $# -eq 0 ]; then
	for program in "$here"/fuzz/fuzz_*.c; do
		name=${program##*/fuzz_}
		names+=("${name%.c}")
	done
fi
for name in "${names[@]}"; do
	options=(-max_total_time="$seconds" -timeout="${FUZZ_TIMEOUT:-120}" -rss_limit_mb=4096 -max_len="${lengths[$name]:-4096}"
		 -print_final_stats=1 -artifact_prefix="$programs/")
	[ -f "$here/fuzz/$name.dict" ] && options+=(-dict="$here/fuzz/$name.dict")
	# A policy's words are the same wherever it is read.
	[ "$name" = fmt ] && options+=(-dict="$here/fuzz/parse.dict")
	corpora=("${CORPUS_OUT:-$scratch}/$name")
	mkdir -p "${corpora[0]}"
	[ -d "$here/fuzz/corpus/$name" ] && corpora+=("$here/fuzz/corpus/$name")
	# shellcheck disable=SC2206
	corpora+=(${seeds[$name]:-})
	if out=$("$programs/fuzz_$name" "${options[@]}" "${corpora[@]}" 2>&1); then
		printf '# fuzz_%s: %s, no finding\n' "$name" "$(awk '
			/^#/ { for (i = 1; i < NF; i++) if ($i == "cov:") cov = $(i + 1) }
			/^Done / { runs = $2; time = $5 }
			END { printf "%s runs in %s s, %s places reached", runs, time, cov }' <<<"$out")"
	else
		echo "not ok: fuzz_$name"
		tail -n 40 <<<"$out"
		failed=1
	fi
done
exit $failed
