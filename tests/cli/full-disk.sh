#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# A disk that is full, and one that may only be read: results there are whole or as they were, the exit code is 3, and
# nothing is left behind, neither beside the result nor where temporary files go.
set -u
if [ "${1:-}" != inside ]; then
	# File systems of our own, in a name space of our own: with the user's own root where that is allowed.
	for flags in -m -rm; do
		if unshare $flags sh -c 'mount -t tmpfs -o size=64k none /mnt' 2> /dev/null; then
			exec unshare $flags "$0" inside
		fi
	done
	echo "needs a mount name space, which unshare is not given here"
	exit 77
fi

sentryc=$(realpath "${SENTRYC:-build/sentryc}")
tmp=$(mktemp -d)
trap 'umount "$tmp/full" "$tmp/ro" 2> /dev/null; rm -rf "$tmp"' EXIT
failed=0
not_ok() { echo "not ok: $*"; failed=1; }

mkdir "$tmp/full" "$tmp/ro" "$tmp/TMP"
mount -t tmpfs -o size=96k none "$tmp/full" || { not_ok 'mount'; exit 1; }
cat > "$tmp/edge.sp" <<'EOF'
policy edge { interface up = "eth0";
    ingress on up { rule ssh allow tcp port 22; default deny; } }
EOF
for at in full ro; do
	cp "$tmp/edge.sp" "$tmp/$at/"
	echo old > "$tmp/$at/edge.o"
done
mount --bind "$tmp/ro" "$tmp/ro" && mount -o remount,ro,bind "$tmp/ro" || { not_ok 'mount --bind'; exit 1; }
dd if=/dev/zero of="$tmp/full/rest" bs=4096 count=100 2> /dev/null

state() { (cd "$tmp/$1" && find . -type f ! -name rest -exec cksum {} + | sort); }

# refuses AT ARGUMENTS…: exits with 3 and a message, and AT is as it was.
refuses() {
	local at=$1 before code
	shift
	before=$(state "$at")
	"$sentryc" "$@" > "$tmp/out" 2> "$tmp/err" < /dev/null
	code=$?
	[ $code = 3 ] || { not_ok "$at: sentryc $*: exit $code"; sed 's/^/  | /' "$tmp/err"; }
	grep -q '^sentryc: ' "$tmp/err" || not_ok "$at: sentryc $*: no message"
	[ "$before" = "$(state "$at")" ] || { not_ok "$at: sentryc $*: changed"; diff <(echo "$before") <(state "$at"); }
	[ -z "$(ls -A "$tmp/TMP")" ] || { not_ok "$at: sentryc $*: left $(ls -A "$tmp/TMP")"; rm -rf "$tmp/TMP"/*; }
}

export TMPDIR=$tmp/TMP
for at in full ro; do
	refuses $at fmt "$tmp/$at/edge.sp"
	refuses $at sign --generate "$tmp/$at/key"
	if command -v clang > /dev/null; then
		refuses $at compile "$tmp/edge.sp" -o "$tmp/$at/edge.o"
		refuses $at compile "$tmp/edge.sp" -o "$tmp/$at/new.o"
		TMPDIR=$tmp/$at refuses $at compile "$tmp/edge.sp" -o "$tmp/other.o"
		[ ! -e "$tmp/other.o" ] || { not_ok "$at: an object without room to build it"; rm -f "$tmp/other.o"; }
		TMPDIR=$tmp/$at refuses $at test "$tmp/edge.sp" --engine native
	fi
done
command -v clang > /dev/null || echo "# without clang nothing was compiled"
exit $failed
