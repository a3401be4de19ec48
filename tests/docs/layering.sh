#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Who may include whom. The -I of the build enforces it for names; this also sees paths that climb.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0
if grep -nE '#include "\.\./|#include "[a-z-]+/' lang/*.[chly] compiler/*.[ch] runtime/*.[ch] runtime/daemon/*.[ch] bpf-templates/*.h; then
	echo "not ok: an include climbs out of its directory"
	failed=1
fi
if grep -nE '#include <' bpf-templates/*.h | grep -v -E 'native\.h|native_abi\.h'; then
	echo "not ok: a template includes something of the host"
	failed=1
fi
wc -l lang/*.[chly] compiler/*.[ch] runtime/*.[ch] runtime/daemon/*.[ch] bpf-templates/*.h tests/unit/*.c | awk '$1 > 800 && $2 != "total" { print "not ok: " $2 " has " $1 " lines"; bad = 1 } END { exit bad }' || failed=1
exit $failed
