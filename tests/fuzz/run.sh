#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Every fuzzer for FUZZ_SECONDS, from seeds that are the goldens and the captures of the other tests. A finding is left
# in the build directory, whose file name is printed; make it a golden or a unit test.
set -u
build=${BUILD:-build}
seconds=${FUZZ_SECONDS:-3}
here=$(cd "$(dirname "$0")/.." && pwd)
failed=0
objects=$(mktemp -d)
trap 'rm -rf "$objects"' EXIT

# Small enough that a mutation hits something. Without clang there are none, and the fuzzer starts from nothing.
for policy in "$here/golden/emit/both-versions.sp" "$here/golden/emit/tables.sp"; do
	"$build/sentryc" compile "$policy" -o "$objects/$(basename "$policy" .sp).o" 2>/dev/null
done

declare -A seeds=(
	[fuzz_parse]="$here/golden/lang/accept $here/golden/lang/reject $here/golden/policy"
	[fuzz_frame]="$here/packets/captures"
	[fuzz_capture]="$here/packets/captures"
	[fuzz_object]="$objects"
)
declare -A lengths=([fuzz_object]=131072)
for fuzzer in "${!seeds[@]}"; do
	options=(-max_total_time="$seconds" -timeout=10 -rss_limit_mb=4096 -max_len="${lengths[$fuzzer]:-4096}" -artifact_prefix="$build/tests/fuzz/")
	[ -f "$here/fuzz/${fuzzer#fuzz_}.dict" ] && options+=(-dict="$here/fuzz/${fuzzer#fuzz_}.dict")
	corpus=$(mktemp -d)
	# shellcheck disable=SC2086
	if out=$("$build/tests/fuzz/$fuzzer" "${options[@]}" "$corpus" ${seeds[$fuzzer]} 2>&1); then
		echo "# $fuzzer: $(sed -n 's/^Done \([0-9]*\) runs in \([0-9]*\).*/\1 runs in \2 s/p' <<<"$out"), no finding"
	else
		echo "not ok: $fuzzer"
		tail -n 40 <<<"$out"
		failed=1
	fi
	rm -rf "$corpus"
done
exit $failed
