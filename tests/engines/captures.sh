#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Every capture at hand through all engines: those shipped with the tests and, if CORPUS names a directory, all below it.
set -eu
build=${BUILD:-build}
here=$(dirname "$0")/..
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

if [ "$(id -u)" != 0 ]; then
	export NO_KERNEL=1
	echo "# without root: model and native engine only"
fi
mapfile -d '' files < <(find "$here/packets/captures" "$here/engines/stateful" "$here/../examples" -name '*.pcap*' -print0)
if [ -n "${CORPUS:-}" ]; then
	while IFS= read -r -d '' file; do
		flat=$tmp/$(tr '/ ' '__' <<<"${file#"$CORPUS/06-pcap/"}")
		case $file in
		*.xz) xz -dc "$file" > "${flat%.xz}"; files+=("${flat%.xz}") ;;
		*.gz) gzip -dc "$file" > "${flat%.gz}"; files+=("${flat%.gz}") ;;
		*) files+=("$file") ;;
		esac
	done < <(find "$CORPUS/06-pcap" \( -name '*.pcap' -o -name '*.pcapng' -o -name '*.cap' -o -name '*.pcap.xz' \
		-o -name '*.pcapng.xz' -o -name '*.pcap.gz' \) -print0 | sort -z)
else
	echo "# no CORPUS: only the captures that come with the project"
fi
"$build/tests/engines/compare" "$here/packets/every-clause.sp" "${files[@]}"

# Damaged packets: a sample of small captures, many mutations each.
mapfile -d '' small < <(printf '%s\0' "${files[@]}" | xargs -0 -I{} find {} -size -24k -print0)
"$build/tests/engines/compare" --mutate "${MUTATIONS:-8}" "$here/packets/every-clause.sp" "${small[@]}"

# Policies that remember: connections, limits and sets as the captures' own time goes by.
for policy in "$here"/engines/stateful/*.sp; do
	"$build/tests/engines/compare" "$policy" "${files[@]}"
	"$build/tests/engines/compare" --mutate 2 "$policy" "${small[@]}"
done
