#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Every option of every `--help` is in the manual page of its program.
set -u
build=${BUILD:-build}
cd "$(dirname "$0")/../.." || exit 1
failed=0 count=0

for page in compiler/sentryc.1 runtime/sentry-apply.8 runtime/sentryctl.8 runtime/sentryd.8; do
	program=${page##*/}
	program=${program%.*}
	text=$(mandoc -T ascii "$page" | sed "s/.\x08//g")
	for verb in '' $("$build/$program" --help | sed -nE 's/^  ([a-z]+)( .*)?$/\1/p'); do
		# shellcheck disable=SC2086
		for option in $("$build/$program" $verb --help | grep -oE -- '(^|[^a-z-])--[a-z][a-z-]+' | sed 's/^[^-]//' | sort -u); do
			case $option in
			--help | --version) continue ;;
			esac
			count=$((count + 1))
			if ! grep -qE -- "(^|[^a-z-])$option([^a-z-]|\$)" <<<"$text"; then
				echo "not ok: $page does not have $option${verb:+ of $program $verb}"
				failed=1
			fi
		done
	done
done
echo "# $count options"
[ "$count" -gt 40 ] || failed=1
exit $failed
