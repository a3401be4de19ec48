#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Manual pages are well-formed and complete, completions know every option, every source file has its licence line.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=${BUILD:-build}
failed=0

for page in lang/sentry-policy.5 compiler/sentryc.1 runtime/sentry-apply.8 runtime/sentryctl.8 runtime/sentryd.8; do
	if ! messages=$(mandoc -Tlint -Wwarning "$page" 2>&1) || [ -n "$messages" ]; then
		echo "not ok: $page"
		printf '%s\n' "$messages"
		failed=1
	fi
done
sh scripts/check-man-fields.sh || failed=1

while read -r code; do
	[ "$code" = E0000 ] || "$build/sentryc" check --explain "$code" | grep -q . || { echo "not ok: no page for $code"; failed=1; }
done < <(grep -o '"E[0-9]\{4\}"' lang/codes.def | tr -d '"')

while read -r file; do
	case $file in
	LICENSE*|*.pcap|*.pcapng|.gitignore|.editorconfig|*.md|*/corpus/*|*.json|tests/golden/*) continue ;;
	esac
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause' || {
		echo "not ok: $file has no SPDX line"
		failed=1
	}
done < <(git ls-files 2>/dev/null)
exit $failed
