#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What an apply needs fails in the middle of it: any call, memory, the bpf file system, the interface; and signals come
# there. Every time the old policy or the new one is in force, whole, the message says which and what to do, and the
# next apply goes on.
. "$(dirname "$0")/common.bash"

if nm "$build/sentry-apply" 2>/dev/null | grep -q __asan_init; then
	echo "# sanitized build: it does not survive such calls"
	exit 77
fi
${CC:-gcc} -O1 -o "$tmp/at-call" "$here/at-call.c" || exit 1
policy one 9 7
policy two 19 17

# at N ACTION ARGUMENTS…: as `apply`, with something at the Nth call.
at() {
	"$tmp/at-call" "$1" "$2" "$build/sentry-apply" --bpffs "$bpffs/ps" --state-dir "$tmp/state" --netns "$near" "${@:3}"
}

states() {
	apply --status -o json 2>/dev/null | json '" ".join(a["state"] for a in d["attachments"])'
}

in_force() {
	apply --status -o json 2>/dev/null | json 'd["generation"]'
}

# --- each call that changes something fails -----------------------------------

if [ "$(uname -m)" = x86_64 ]; then
	step=${FAULT_STEP:-7}
	for error in 12 28 22; do # ENOMEM, ENOSPC, EINVAL: what a kernel without a feature says
		apply "$tmp/one.o" >/dev/null
		faults=0 wrong=0 refused=0 n=1
		while :; do
			before=$(in_force)
			at "$n" "fail:$error" "$tmp/two.o" >"$tmp/out" 2>&1
			code=$?
			[ "$code" != 99 ] || break
			faults=$((faults + 1))
			after=$(in_force)
			case $code in
			3 | 4)
				refused=$((refused + 1))
				{ [ "$after" = "$before" ] && grep -q '^sentry-apply: ' "$tmp/out"; } ||
					grep -q "^sentry-apply: generation $after is in force; its report could not" "$tmp/out"
				;;
			0)
				[ "$after" -gt "$before" ]
				;;
			127 | 139) # the dynamic loader's: the program has not begun
				[ "$after" = "$before" ]
				;;
			*)
				false
				;;
			esac && [ "$(states)" = "attached attached" ] || {
				not_ok "call $n fails with error $error: exit $code, generation $before, then $after"
				sed 's/^/  | /' "$tmp/out"
				wrong=1
			}
			if ! apply "$tmp/one.o" >"$tmp/out" 2>&1 || [ -n "$(find "$bpffs" -name 'staged-*')" ] ||
				[ "$(find "$bpffs" -name 'gen-*' | wc -l)" -gt 3 ]; then
				not_ok "the apply after call $n failed with error $error"
				sed 's/^/  | /' "$tmp/out"
				wrong=1
			fi
			n=$((n + step))
		done
		[ "$wrong" = 0 ] && ok "error $error at $faults calls, $refused times refused"
		check "some were refused" test "$refused" -gt 5
	done
	forget >/dev/null
	same "nothing is left of them" "" "$(leftovers)"
else
	echo "# calls are made to fail on x86-64 only"
fi

# --- memory -------------------------------------------------------------------

apply "$tmp/one.o" >/dev/null
for limit in 8000000 16000000 24000000; do
	bash -c "ulimit -v $((limit / 1000)); exec '$build/sentry-apply' --bpffs '$bpffs/ps' --state-dir '$tmp/state' \
		--netns '$near' '$tmp/two.o'" >"$tmp/out" 2>&1
	code=$?
	case $code in
	0) ok "$limit bytes of address space are enough" ;;
	3 | 4 | 127) check "$limit bytes of address space: a message, and the old policy" test -s "$tmp/out" -a "$(in_force)" = 1 ;;
	*) not_ok "$limit bytes of address space: exit $code" && sed 's/^/  | /' "$tmp/out" ;;
	esac
	apply --rollback >/dev/null 2>&1
done
forget >/dev/null

group=$(awk -F: '$2 == "memory" || $2 == "" { print $3; exit }' /proc/self/cgroup)
cgroup=
for base in /sys/fs/cgroup/memory /sys/fs/cgroup/unified /sys/fs/cgroup; do
	if mkdir "$base$group/psrt-$$" 2>/dev/null; then
		cgroup=$base$group/psrt-$$
		break
	fi
done
limit_file=
for name in memory.max memory.limit_in_bytes; do
	[ -n "$cgroup" ] && [ -e "$cgroup/$name" ] && limit_file=$cgroup/$name
done
if [ -n "$limit_file" ]; then
	cat >"$tmp/large.sp" <<-'END'
		policy edge {
		    interface uplink = "eth0";
		    states { max 1000000; }
		    ingress on uplink { rule known allow state established; default allow; }
		    egress on uplink { default allow; }
		}
	END
	"$build/sentryc" compile "$tmp/large.sp" -o "$tmp/large.o" || exit 1
	apply "$tmp/one.o" >/dev/null
	echo 30000000 >"$limit_file"
	bash -c "echo \$\$ >'$cgroup/cgroup.procs'; exec '$build/sentry-apply' --bpffs '$bpffs/ps' --state-dir '$tmp/state' \
		--netns '$near' '$tmp/large.o'" >"$tmp/out" 2>&1
	code=$?
	if [ "$code" = 4 ] || [ "$code" = 137 ]; then
		ok "a memory cgroup without room: exit $code"
	else
		not_ok "a memory cgroup without room: exit $code"
		sed 's/^/  | /' "$tmp/out"
	fi
	same "the old policy is in force" "1 attached attached" "$(in_force) $(states)"
	expect "and the next apply goes on" 0 "in force as generation" apply "$tmp/two.o"
	rmdir "$cgroup"
	forget >/dev/null
else
	[ -z "$cgroup" ] || rmdir "$cgroup"
	echo "# no memory cgroup can be made here"
fi

# --- the bpf file system, the disk ----------------------------------------------

apply "$tmp/one.o" >/dev/null
mount -o remount,ro "$bpffs"
expect "a bpf file system that is read-only: the message names what cannot be opened" 3 \
	"^sentry-apply: $bpffs/ps/.*: Read-only file system" apply "$tmp/two.o"
mount -o remount,rw "$bpffs"
same "the old policy is in force" "1 attached attached" "$(in_force) $(states)"
mkdir "$tmp/full"
mount -t tmpfs -o size=4k,nr_inodes=4 tmpfs "$tmp/full"
expect "a disk without room: the policy is in force, the history is not kept" 0 \
	"warning: this generation will not be in the history: .*No space left|in force as generation" \
	apply --state-dir "$tmp/full/state" "$tmp/two.o"
umount "$tmp/full"
forget >/dev/null

# --- the interface goes ---------------------------------------------------------

ip -n "$near" link add eth1 type veth peer name eth1 netns "$far"
ip -n "$near" link set eth1 up
gone=0 wrong=0
for n in $(seq 20 37 700); do
	ip -n "$near" link show eth1 >/dev/null 2>&1 || {
		ip -n "$near" link add eth1 type veth peer name eth1 netns "$far"
		ip -n "$near" link set eth1 up
	}
	apply "$tmp/one.o" >/dev/null
	before=$(in_force)
	at "$n" "run:ip -n $near link del eth1" --bind uplink=eth0,eth1 "$tmp/two.o" >"$tmp/out" 2>&1
	code=$?
	[ "$code" != 99 ] || break
	gone=$((gone + 1))
	case $code in
	3 | 4) [ "$(in_force)" = "$before" ] && [ "$(states)" = "attached attached" ] ;;
	0) [ "$(in_force)" -gt "$before" ] ;;
	*) false ;;
	esac || {
		not_ok "the interface goes at call $n: exit $code"
		sed 's/^/  | /' "$tmp/out"
		wrong=1
	}
done
[ "$wrong" = 0 ] && ok "the interface goes in the middle of $gone applies"
ip -n "$near" link del eth1 2>/dev/null
forget >/dev/null
ip -n "$near" link set eth0 down
expect "an interface that is down" 0 "in force" apply "$tmp/one.o"
ip -n "$near" link set eth0 up
ip -n "$near" address add 10.77.0.1/24 dev eth0 2>/dev/null
forget >/dev/null

# --- what the verifier refuses ----------------------------------------------------

# The first instruction of the XDP program becomes an exit, with nothing in r0.
llvm-objcopy --dump-section "xdp=$tmp/xdp" "$tmp/two.o" "$tmp/refused.o" &&
	printf '\225\0\0\0\0\0\0\0' | dd of="$tmp/xdp" conv=notrunc status=none &&
	llvm-objcopy --update-section "xdp=$tmp/xdp" "$tmp/two.o" "$tmp/refused.o" || not_ok "edit"
apply "$tmp/one.o" >/dev/null
expect "a program that the verifier refuses" 4 "the kernel refused program '[a-z_]+'" apply "$tmp/refused.o"
same "the old policy is in force" "1 attached attached" "$(in_force) $(states)"
forget >/dev/null

# --- signals ----------------------------------------------------------------------

for signal in INT:2:130 QUIT:3:131 HUP:1:129 TERM:15:143; do
	IFS=: read -r name number code <<<"$signal"
	apply "$tmp/one.o" >/dev/null
	at 400 "signal:$number" "$tmp/two.o" >/dev/null 2>&1
	same "SIG$name in the middle: it ends" "$code" $?
	same "but not before all is done" "attached attached False" \
		"$(states) $(apply --status -o json | json 'd["interrupted"]')"
done
forget >/dev/null
same "nothing is left" "" "$(leftovers)"
finish
