#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The units of deploy/systemd/: systemd finds nothing wrong with them, and what they may do stays as little as it is. The
# example of a configuration is one.
set -u
build=$(realpath "${BUILD:-build}")
cd "$(dirname "$0")/../.." || exit 1
command -v systemd-analyze >/dev/null || { echo "systemd-analyze is missing: make deps-sinks"; exit 77; }
dir=$(mktemp -d) failed=0 levels=
trap 'rm -rf "$dir"' EXIT

bad() { echo "not ok: $*"; failed=1; }

check() { # UNIT MOST, in tenths of what systemd-analyze says
	local level

	sed "s|/usr/local/sbin|$build|" "deploy/systemd/$1.service" >"$dir/$1.service"
	systemd-analyze verify --man=no "$dir/$1.service" >"$dir/said" 2>&1 && [ ! -s "$dir/said" ] || bad "$1: $(cat "$dir/said")"
	systemd-analyze security --offline=true --no-pager --threshold="$2" "$dir/$1.service" >"$dir/said" 2>&1 ||
		bad "$1: $(tail -n 2 "$dir/said")"
	level=$(sed -nE 's/.*exposure level for .*: ([0-9.]+).*/\1/p' "$dir/said")
	levels="$levels $1 $level"
	[ -n "$level" ] || bad "$1: no level"
	# The programs are where make install puts them.
	grep -oE '/usr/local/sbin/[a-z-]+' "deploy/systemd/$1.service" | sort -u | while read -r program; do
		[ -x "$build/${program##*/}" ] || echo "not ok: $1 starts $program"
	done >"$dir/programs"
	[ ! -s "$dir/programs" ] || bad "$(cat "$dir/programs")"
}

check packet-sentry 31
# ProtectKernelTunables has /sys/fs/bpf in its list of what is read-only, and no other option takes it out again.
if grep -q '^ProtectKernelTunables=yes' deploy/systemd/packet-sentry.service ||
	! grep -q '^ReadWritePaths=.*/sys/fs/bpf' deploy/systemd/packet-sentry.service; then
	bad "packet-sentry: nothing can be pinned in /sys/fs/bpf"
fi
check sentryd 19
"$build/sentryd" --config deploy/sentryd.yaml --check-config >"$dir/said" 2>&1 || bad "deploy/sentryd.yaml: $(cat "$dir/said")"
# What is said there as a comment is right, too, but for files with secrets, which are not here.
sed -E 's/^  # (- [a-z]|  [a-z-]+:)/  \1/; /^ +(password|token|ca)-file:/d' deploy/sentryd.yaml >"$dir/all.yaml"
[ "$(grep -c 'type: ' "$dir/all.yaml")" -gt 5 ] || bad "no comments"
"$build/sentryd" --config "$dir/all.yaml" --check-config >"$dir/said" 2>&1 || bad "deploy/sentryd.yaml, with what is a comment: $(cat "$dir/said")"
[ $failed = 0 ] && echo "# systemd-analyze security:$levels"
exit $failed
