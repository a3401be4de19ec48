#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What the look-up's blocks and the hooks' finish say without a branch clang compiles without one: it knows a minimum for
# what it is, and a branch on what packets differ in costs each of them a wrong guess.
set -u
cd "$(dirname "$0")/../.." || exit 1
clang=${PACKET_SENTRY_CLANG:-clang}
objdump=$(command -v llvm-objdump || command -v llvm-objdump-14) || {
	echo "needs llvm-objdump, of the package llvm"
	exit 77
}
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

# jumps TARGET EXPRESSION: how many conditional jumps the expression over in[0] to in[4] has.
jumps() {
	cat >"$tmp/one.c" <<-END
		#define SENTRY_SLOTS 4
		#define SENTRY_WITH_CLASSES
		#include "sentry.h"
		CLASS_TABLES(tables, 64);
		SEC("xdp") __u64 probe(const __u64 *in)
		{
			struct ip6 address = { in[0], in[1] };
			return $2 + class_u32(tables, 8, 0xf, in[4]) + address.hi;
		}
	END
	"$clang" -target "$1" -mcpu=v3 -O2 -g -I bpf-templates -c "$tmp/one.c" -o "$tmp/one.o" || return
	"$objdump" -d --no-show-raw-insn --section=xdp "$tmp/one.o" >"$tmp/listing" || return
	grep -q exit "$tmp/listing" || return
	grep -c '	if ' "$tmp/listing"
}

for target in bpfel bpfeb; do
	for expression in 'class_least((__u32)in[0], (__u32)in[1])' 'class_if_zero(in[0] ^ in[1])' 'class_is_zero(in[0])' \
		'class_number(in[0], in[1], 36)' 'class_packed(in[0], in[1] & 255, 1000, (__u32)in[2])' \
		'class_in_row(in[0], in[1] & 255)' 'class_of_row(in[0], in[1] & 255, 1000, (__u32)in[2])' \
		'class_beyond(in[0], in[1] & 255, 1000, 2)' 'class_fenced((__u32)in[0], 64, in[1] >> 8)' \
		'class_bits(in[2], address)' 'class_reached4(in[0] >> 31, in[1], 5)' 'class_reached(class_fold(in[0], in[1]), in[2], 5)' \
		'class_count(class_shared(in[0], in[1]), in[2], 8)' 'class_trie(tables, 0, 0xf, (__u32)in[0], (__u32)in[1])' \
		'decision_or((__u32)in[0], 9)' 'XDP_DROP + (XDP_PASS - XDP_DROP) * verdict_allows(in[0] & 3)'; do
		n=$(jumps "$target" "$expression")
		[ "$n" = 0 ] && continue
		echo "not ok: $target: '${n:-no program}' jumps in $expression"
		failed=1
	done
	# That a branch would be seen.
	n=$(jumps "$target" '(in[0] < in[1] ? in[2] * 3 : in[3] ^ 5)')
	[ "$n" = 1 ] || {
		echo "not ok: $target: '${n:-no program}' jumps where there is one"
		failed=1
	}
done
exit $failed
