#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Privileges, mounts, and memory checks.
. "$(dirname "$0")/common.bash"

policy one 9 7
policy two 19 17
in_near() {
	nsenter --net="/run/netns/$near" "$@"
}

expect "without privileges it says what is missing" 3 "missing CAP_BPF, CAP_NET_ADMIN" \
	in_near setpriv --bounding-set=-bpf,-net_admin,-sys_admin "$build/sentry-apply" --bpffs "$bpffs/ps" "$tmp/one.o"
expect "without one of them" 3 "missing CAP_NET_ADMIN " \
	in_near setpriv --bounding-set=-net_admin "$build/sentry-apply" --bpffs "$bpffs/ps" "$tmp/one.o"
expect "a dry run needs none" 0 "would be applied" \
	in_near setpriv --bounding-set=-bpf,-net_admin,-sys_admin "$build/sentry-apply" --bpffs "$bpffs/ps" --dry-run "$tmp/one.o"
few="setpriv --bounding-set=-all,+bpf,+net_admin,+perfmon"
expect "the few are enough" 0 "generation 1" in_near $few "$build/sentry-apply" --bpffs "$bpffs/ps" "$tmp/one.o"
expect "and to replace" 0 "generation 2" in_near $few "$build/sentry-apply" --bpffs "$bpffs/ps" "$tmp/two.o"
expect "and to look" 0 "bad-in" in_near $few "$build/sentryctl" rules --bpffs "$bpffs/ps"
expect "and to remove" 0 "generation 2, removed" in_near $few "$build/sentry-apply" --bpffs "$bpffs/ps" --remove

# A process namespace of its own makes the mount namespace the init's own: there mounting is in order.
mkdir "$tmp/none"
expect "a missing bpf file system is mounted, and said" 0 "mounted a bpf file system on $tmp/none" \
	unshare --mount --pid --fork --mount-proc "$build/sentry-apply" --bpffs "$tmp/none" --netns "$near" "$tmp/one.o"
expect "but not where it would vanish" 3 "use --netns NAME" \
	unshare --mount "$build/sentry-apply" --bpffs "$tmp/none" --netns "$near" "$tmp/one.o"
expect "and readers get a hint" 0 "use --netns NAME" \
	unshare --mount "$build/sentry-apply" --bpffs "$tmp/none" --netns "$near" --status
mkdir "$tmp/full" && touch "$tmp/full/file"
expect "nothing is mounted over files" 3 "not empty" \
	unshare --mount --pid --fork --mount-proc "$build/sentry-apply" --bpffs "$tmp/full" --netns "$near" "$tmp/one.o"
same "nothing is left" "" "$(leftovers)"

# ASan has its own idea of the address space: only the plain build goes under valgrind.
if nm "$build/sentry-apply" 2>/dev/null | grep -q __asan_init; then
	echo "# sanitized build: no valgrind"
	finish
fi
memory="valgrind --quiet --error-exitcode=99 --leak-check=full --errors-for-leak-kinds=definite,indirect,possible
	--suppressions=$here/valgrind.supp"
place="--bpffs $bpffs/ps --netns $near"
expect "valgrind: apply" 0 "in force as generation" $memory "$build/sentry-apply" $place "$tmp/one.o"
udp "$far" 10.77.0.1 9 3
expect "valgrind: replace" 0 "in force as generation" $memory "$build/sentry-apply" $place --tc clsact "$tmp/two.o"
udp "$far" 10.77.0.1 19 3
expect "valgrind: status" 0 "generation" $memory "$build/sentry-apply" $place --status -o json
expect "valgrind: dry run" 0 "would be applied" $memory "$build/sentry-apply" $place --dry-run "$tmp/one.o"
expect "valgrind: refused" 3 "no interface" $memory "$build/sentry-apply" $place --bind uplink=eth9 "$tmp/one.o"
expect "valgrind: rules" 0 "bad-in" $memory "$build/sentryctl" rules $place
expect "valgrind: rules as JSON" 0 "bad-in" $memory "$build/sentryctl" rules -o json $place
expect "valgrind: stats" 0 "deny" $memory "$build/sentryctl" stats $place
expect "valgrind: events" 0 "community_id" $memory "$build/sentryctl" events $place
udp "$far" 10.77.0.1 19 3
expect "valgrind: follow" 0 "bad-in" timeout --preserve-status -s INT 3 $memory "$build/sentryctl" events --follow -o text $place
expect "valgrind: remove" 0 "removed" $memory "$build/sentry-apply" $place --remove
same "nothing is left" "" "$(leftovers)"
finish
