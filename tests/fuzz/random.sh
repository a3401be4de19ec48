#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Random policies, held against all that is promised of any: COUNT of them from SEED on, or for SECONDS_MAX seconds. First,
# that the test would find something: one engine, and then diff, are given another policy than the others. What fails is
# left in the build directory, made small, and its place is printed.
set -u
build=${BUILD:-build}
here=$(cd "$(dirname "$0")/.." && pwd)
seed=${SEED:-1}
out=$build/tests/fuzz
random=$build/tests/fuzz/random-policy
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
failed=0

clang=${PACKET_SENTRY_CLANG:-$(command -v clang || command -v clang-14)}
if [ -z "$clang" ]; then
	echo "no clang here"
	exit 77
fi
options=()
if [ "$(id -u)" != 0 ]; then
	options+=(--no-kernel)
	echo "# without root: model and native engine only"
fi

# Of a policy's time clang takes most. For the native engine it need not optimise, and its version is known; the object that
# goes to the kernel is built as ever.
version=$("$clang" --version | head -n 1)
cat >"$tmp/clang" <<END
#!/bin/sh
case \$1 in
--version) echo '$version' ;;
-DSENTRY_NATIVE) exec $clang "\$@" -O0 ;;
*) exec $clang "\$@" ;;
esac
END
chmod +x "$tmp/clang"
export PACKET_SENTRY_CLANG=$tmp/clang TMPDIR=$tmp

mapfile -d '' captures < <(find "$here/packets/captures" "$here/../examples" -name '*.pcap*' -print0 | sort -z)
if [ -n "${CORPUS:-}" ]; then
	mapfile -d '' more < <(find "$CORPUS" \( -name '*.pcap' -o -name '*.pcapng' -o -name '*.cap' \) -print0 | sort -z)
	captures+=("${more[@]}")
fi

# found WHAT FAILURE RULES: by one of the first policies, of which at most so many rules are left.
found() {
	local log="" rules seed dir=$tmp/sabotage

	mkdir -p "$dir"
	for seed in $(seq 1 20); do
		log=$("$random" --seed "$seed" --count 1 --rules 6 --sabotage "$1" --no-kernel --output "$dir" 2>&1) || break
	done
	dir=$dir/random-$seed
	rules=$(grep -c '^\s*rule ' "$dir/policy.sp" 2>/dev/null)
	if ! grep -q "^not ok: $2: 1" <<<"$log" || [ "${rules:-99}" -gt "$3" ] || [ ! -s "$dir/packets.pcap" ]; then
		echo "not ok: sabotage of $1 is not found, or not made small: ${rules:-no} rules"
		tail -n 5 <<<"$log"
		failed=1
	fi
	# The same policy is good in earnest: what was found was the sabotage.
	if ! "$build/tests/engines/compare" "$dir/policy.sp" "$dir/packets.pcap" >"$tmp/log" 2>&1; then
		echo "not ok: what sabotage of $1 left does not pass without it"
		tail -n 5 "$tmp/log"
		failed=1
	fi
	rm -rf "$tmp/sabotage"
}
[ "$(id -u)" = 0 ] || export NO_KERNEL=1
found native disagreement 1
found diff "difference missed" 2

# Same seed, same policy.
"$random" --seed 7 --print >"$tmp/a" && "$random" --seed 7 --print >"$tmp/b"
cmp "$tmp/a" "$tmp/b" || failed=1

if [ -n "${SECONDS_MAX:-}" ]; then
	options+=(--seconds "$SECONDS_MAX" --count "${COUNT:-100000000}")
else
	options+=(--count "${COUNT:-30}")
fi
"$random" --seed "$seed" "${options[@]}" --output "$out" "${captures[@]}" || failed=1
exit $failed
