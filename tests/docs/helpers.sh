#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Programs may call the helpers that bpf-templates/kernel.h declares, and the runtime takes objects that call these and
# no others: the two lists are one.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

declared=$(sed -nE 's/^static .*\(\*const bpf_([a-z0-9_]+)\)\(.*/\1/p' bpf-templates/kernel.h | sort)
allowed=$(sed -n '/^static const unsigned int helpers/,/^};/p' runtime/object_code.c | grep -oE 'BPF_FUNC_[a-z0-9_]+' |
	sed 's/^BPF_FUNC_//' | sort)
if ! diff <(echo "$declared") <(echo "$allowed"); then
	echo "not ok: < only in bpf-templates/kernel.h, > only in runtime/object_code.c"
	failed=1
fi
count=$(wc -l <<<"$declared")
echo "# $count helpers"
[ "$count" -gt 10 ] || failed=1
exit $failed
