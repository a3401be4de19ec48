#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Debian's kernels 6.1 and 6.12 for amd64, arm64 and s390x, emulated: every policy of the examples and tests and COUNT
# random ones are loaded there, judge their own tests and PACKETS packets each as the model does, and sentry-apply puts
# policies in force on a veth pair (tests/kernels/traffic/plan). COUNT=500 for the long run; KERNELS="6.12-s390x ..."
# for some; TABLE=docs/kernels.md writes that page. Downloads are kept in KERNELS_CACHE. No root is needed. RULES=N is the
# most rules of a random policy, 200 unless said; ONLY=random leaves out what people wrote. SLICE=N gives 6.1-s390x, a
# kernel that is slow at it, every Nth object, 10 unless said.
set -u
cd "$(dirname "$0")/../.." || exit 1
build=$(realpath "${BUILD:-build}")
sentryc=$build/sentryc
cache=${KERNELS_CACHE:-$build/kernels}
count=${COUNT:-12} packets=${PACKETS:-200} rules=${RULES:-200} every=${SLICE:-10}
kernels=${KERNELS:-6.1-s390x 6.12-s390x 6.1-arm64 6.12-arm64 6.1-amd64 6.12-amd64}
archs=$(tr ' ' '\n' <<<"$kernels" | sed 's/.*-//' | sort -u | tr '\n' ' ')
here=tests/kernels
failed=0

skip() {
	echo "$*"
	exit 77
}

tools="cpio xz dpkg-deb apt-get"
case $archs in *amd64*) tools+=" qemu-system-x86_64" ;; esac
case $archs in *arm64*) tools+=" qemu-system-aarch64 aarch64-linux-gnu-gcc" ;; esac
case $archs in *s390x*) tools+=" qemu-system-s390x s390x-linux-gnu-gcc" ;; esac
for tool in $tools; do
	command -v "$tool" >/dev/null || skip "needs $tool: make deps-kernels"
done
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
trap 'exit 130' INT TERM

# shellcheck disable=SC2086 # a list
"$here/fetch.sh" "$cache" $archs >"$tmp/fetch" 2>&1
case $? in
0) ;;
77) skip "$(tail -n 1 "$tmp/fetch")" ;;
*)
	cat "$tmp/fetch"
	exit 1
	;;
esac
for arch in $archs; do
	make -s -j2 -f "$here/guest.mk" ARCH="$arch" OUT="$build" LIBS="$cache/libs-$arch" TO="$build/guest-$arch" \
		>"$tmp/make" 2>&1 || { cat "$tmp/make"; exit 1; }
done

# --- objects and packets -------------------------------------------------------
# Every policy is compiled for both byte orders; the packets are the same.
targets=
case $archs in *64*) targets+=" bpfel" ;; esac
case $archs in *s390x*) targets+=" bpfeb" ;; esac
mkdir "$tmp/random" "$tmp/none"
for target in $targets; do
	mkdir "$tmp/$target" "$tmp/$target-slice" "$tmp/traffic-$target"
done
for ((seed = 1; seed <= count; seed++)); do
	"$build/tests/fuzz/random-policy" --write "$tmp/random/$seed" --seed "$seed" --rules $((1 + seed * 7919 % rules)) &&
		mv "$tmp/random/$seed/policy.sp" "$tmp/random/$seed/random-$seed.sp" || exit 1
done

# shellcheck disable=SC2317 # xargs calls it
# prepare POLICY: NAME.o for each target, and NAME.packets. A policy that sentryc refuses is named, and is not loaded.
prepare() {
	local policy=$1 name
	name=$(basename "$policy" .sp)
	for target in $targets; do
		"$sentryc" compile "$policy" --target "$target" -o "$tmp/$target/$name.o" >"$tmp/none/$name.err" 2>&1
		case $? in
		0) ;;
		1)
			echo "$name: $(grep -m 1 error "$tmp/none/$name.err")" >>"$tmp/refused-$target"
			return 0
			;;
		*)
			echo "$name, not compiled" >>"$tmp/no-packets"
			cat "$tmp/none/$name.err"
			return 1
			;;
		esac
	done
	"$build/tests/kernels/expect" "$packets" 1 "$policy" tests/packets/captures/*.pcap* >"$tmp/$name.packets" \
		2>"$tmp/none/$name.err" || { echo "$name" >>"$tmp/no-packets"; cat "$tmp/none/$name.err"; return 1; }
	for target in $targets; do
		ln "$tmp/$name.packets" "$tmp/$target/$name.packets"
	done
}
export -f prepare
export tmp targets sentryc build packets
"$here/hosts-policy.sh" >"$tmp/random/hosts.sp"
# Frames that verifiers round up by different amounts.
"$here/crowded-policy.sh" 150 xdp reject state >"$tmp/random/crowded-xdp.sp"
"$here/crowded-policy.sh" 150 tc reject state set >"$tmp/random/crowded-tc.sp"
"$here/crowded-policy.sh" 1000 tc reject >"$tmp/random/crowded-many.sp"
"$here/exact-policy.sh" 1000 xdp more >"$tmp/random/exact.sp"
bench/styles.py 109 9000 >"$tmp/random/shared-rows.sp"
written=(examples/*.sp tests/packets/*.sp tests/golden/emit/*.sp "$tmp"/random/*.sp)
[ "${ONLY:-}" != random ] || written=()
printf '%s\n' "${written[@]}" "$tmp"/random/*/random-*.sp |
	xargs -P "$(nproc)" -I{} bash -c 'prepare {}' || {
	echo "cannot prepare all policies: $(cat "$tmp/no-packets")"
	exit 1
}
for policy in "$here"/traffic/*.sp; do
	for target in $targets; do
		"$sentryc" compile "$policy" --target "$target" -o "$tmp/traffic-$target/$(basename "$policy" .sp).o" \
			>"$tmp/out" 2>&1 || { cat "$tmp/out"; exit 1; }
		cp "$here/traffic/plan" "$tmp/traffic-$target/"
	done
done
# A kernel without type information verifies functions with each call, twenty times the work, by an emulated processor:
# of the objects every tenth by size, the largest left out.
for target in $targets; do
	number=0
	while read -r _ object; do
		[ $((number++ % every)) != $(((every - 1) / 2)) ] || ln "$object" "${object%.o}.packets" "$tmp/$target-slice/"
	done < <(find "$tmp/$target" -name '*.o' -printf '%s %p\n' | sort -n)
done
# What of them a kernel is given: "" or "-slice".
share() {
	[ "$1" = 6.1-s390x ] && echo -slice
}

# --- machines ------------------------------------------------------------------
# shellcheck disable=SC2317 # the same
# machine KERNEL: SERIES-ARCH. Leaves its log.
machine() {
	local kernel=$1 arch=${1#*-} target=bpfel slice
	[ "$arch" = s390x ] && target=bpfeb
	slice=$(share "$kernel")
	BOOT_SECONDS=${BOOT_SECONDS:-$((600 + count * 10))} \
		tests/kernels/boot.sh "$cache/$kernel" "$arch" "$build/guest-$arch" "$tmp/$target$slice" \
		"$tmp/traffic-$target" "$tmp/$kernel.log" >"$tmp/$kernel.out" 2>&1
}
export -f machine share
export cache count
tr ' ' '\n' <<<"$kernels" | xargs -P "$(nproc)" -I{} bash -c 'machine {}'

for kernel in $kernels; do
	target=bpfel
	[ "${kernel#*-}" = s390x ] && target=bpfeb
	objects=$tmp/$target$(share "$kernel")
	cat "$tmp/$kernel.out"
	python3 "$here/report.py" judge "$kernel" "$tmp/$kernel.log" "$(find "$objects" -name '*.o' | wc -l)" || {
		failed=1
		# What a kernel said before it died is nowhere else.
		cp "$tmp/$kernel.log" "$build/kernel-$kernel.log"
		echo "$build/kernel-$kernel.log has all that the machine said"
		grep -m 1 -A 45 -E 'BUG:|Oops|general protection|kernel BUG|Corrupt' "$tmp/$kernel.log"
	}
done
# shellcheck disable=SC2086 # a list
[ -z "${TABLE:-}" ] || { cat "$here/page.md"; python3 "$here/report.py" table "$tmp" $kernels; } >"$TABLE"
[ ! -e "$tmp/refused-bpfel" ] || sed 's/^/# refused by sentryc: /' "$tmp/refused-bpfel" | sort -u
exit $failed
