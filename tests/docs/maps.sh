#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# docs/architecture.md has a line for every file and no line too many; README.md has every package.
set -u
cd "$(dirname "$0")/../.." || exit 1
failed=0

bad() { echo "not ok: $*"; failed=1; }

# The files of a section; "x.[ch]" is two.
mapped() { # DIRECTORY
	awk -v head="### $1/" '/^### / { on = index($0, head) == 1 } on' docs/architecture.md |
		sed -nE 's/^\| `([^`]*)` \| .*/\1/p' | sed -E 's/^(.*)\.\[ch\]$/\1.c\n\1.h/' | sort
}

for directory in lang compiler bpf-templates runtime scripts; do
	there=$(cd $directory && find . -type f ! -name '.*' ! -path '*/__pycache__/*' | sed 's|^\./||' | sort)
	if ! difference=$(diff <(mapped $directory) <(printf '%s\n' "$there")); then
		bad "docs/architecture.md and $directory/ differ (< only in the map, > only there):"
		grep '^[<>]' <<<"$difference"
	fi
done
while read -r place; do
	[ -e "$place" ] || bad "docs/architecture.md names $place, which is not there"
done < <(sed -n '/^### The rest/,$p' docs/architecture.md | sed -nE 's/^\| `([^`]*)` \| .*/\1/p')

while read -r package; do
	grep -qE "(^|[ |,])$package([ ,|]|\$)" README.md || bad "README.md does not name the package $package"
done < <(sed -E '/^#|^$/d; s/[[:space:]].*//' scripts/packages.txt)
exit $failed
