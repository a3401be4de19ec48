#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# A policy whose rules are looked up in tables: applied, met by packets, exchanged for one with other tables, taken
# back, and with tables that are spoiled.
. "$(dirname "$0")/common.bash"

# looked_up NAME SHIFT: ports 1000 to 1079, each with a rule, by turns allowed and denied; SHIFT says which.
looked_up() {
	{
		echo 'policy edge { interface uplink = "eth0"; ingress on uplink {'
		for port in $(seq 1000 1079); do
			verdict=$(((port + $2) % 2))
			echo "rule p$port ${verdicts[verdict]} udp from 10.77.0.0/24 to 10.77.0.1 port $port;"
		done
		echo 'rule rest deny udp to 10.77.0.1 port 2000-2999; default allow; }'
		echo 'test "each port as its rule says" in ingress {'
		for port in 1000 1041 1079; do
			verdict=$(((port + $2) % 2))
			echo "packet udp 10.77.0.2:5 > 10.77.0.1:$port expect ${verdicts[verdict]} by p$port;"
		done
		echo 'packet udp 10.77.1.2:5 > 10.77.0.1:1000 expect allow by default; } }'
	} >"$tmp/$1.sp"
	"$build/sentryc" compile "$tmp/$1.sp" -o "$tmp/$1.o" || exit 1
	same "rules of $1 are looked up" 1 "$(llvm-readelf -S "$tmp/$1.o" | grep -c ' \.rodata\.classes ')"
}
verdicts=(allow deny)
looked_up even 0
looked_up odd 1

# arrives PORT: does a datagram to it reach a socket?
cat >"$tmp/arrives.py" <<'END'
import ctypes, os, socket, sys
libc = ctypes.CDLL(None, use_errno=True)
def enter(name):
    with open("/run/netns/" + name) as f:
        if libc.setns(f.fileno(), 0x40000000):
            raise OSError(ctypes.get_errno(), "setns")
enter(sys.argv[1])
receiver = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
receiver.bind(("10.77.0.1", int(sys.argv[3])))
receiver.settimeout(0.5)
enter(sys.argv[2])
socket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"x", ("10.77.0.1", int(sys.argv[3])))
try:
    receiver.recv(10)
    print("yes")
except socket.timeout:
    print("no")
END
arrives() {
	python3 "$tmp/arrives.py" "$near" "$far" "$1"
}
all_arrive() {
	local answers=
	for port in "$@"; do
		answers="$answers $(arrives "$port")"
	done
	echo $answers
}

# The first datagram also finds out who the neighbour is.
same "without a policy all arrive" "yes yes yes yes yes" "$(all_arrive 1000 1001 1078 1079 2500)"
expect "dry run" 0 "eth0 +ingress xdp" apply --dry-run "$tmp/even.o"
expect "applied" 0 "generation 1" apply "$tmp/even.o"
same "each rule decides" "yes no yes no no" "$(all_arrive 1000 1001 1078 1079 2500)"
udp "$far" 10.77.0.1 1040 3
# shellcheck disable=SC2046,SC2005 # counts of several lines as one
same "each counts by its own name" "1 1 1 1 1 3 0" \
	"$(echo $(for rule in p1000 p1001 p1078 p1079 rest p1040 p1050; do packets $rule; done))"

expect "other tables" 0 "generation 2" apply "$tmp/odd.o"
same "each rule decides the other way" "no yes no yes no" "$(all_arrive 1000 1001 1078 1079 2500)"
# shellcheck disable=SC2046,SC2005
same "and counts on" "2 2 2 2 2 3" "$(echo $(for rule in p1000 p1001 p1078 p1079 rest p1040; do packets $rule; done))"
expect "taken back" 0 "" apply --rollback
same "the first tables decide again" "yes no yes no no" "$(all_arrive 1000 1001 1078 1079 2500)"

# spoiled NAME BYTE: odd.o, all its tables that byte. What is in tables can lead to no read beyond them, and no crash.
spoiled() {
	llvm-objcopy --dump-section .rodata.classes="$tmp/classes" "$tmp/odd.o" "$tmp/$1.o" &&
		size=$(stat -c %s "$tmp/classes") &&
		head -c "$size" /dev/zero | tr '\0' "$2" >"$tmp/classes" &&
		llvm-objcopy --update-section .rodata.classes="$tmp/classes" "$tmp/odd.o" "$tmp/$1.o" || not_ok "spoil $1"
}
spoiled zeros '\0'
expect "tables of zeros fail the policy's tests" 1 "each port as its rule says" apply "$tmp/zeros.o"
spoiled ones '\377'
expect "tables of ones fail the policy's tests" 1 "each port as its rule says" apply "$tmp/ones.o"
spoiled some '\177'
expect "tables with answers that are none" 4 "came to no decision in a test run" apply "$tmp/some.o"
same "and the old ones decide" "yes no" "$(all_arrive 1000 1001)"

"$build/sentryc" compile "$tmp/odd.sp" --target bpfeb -o "$tmp/big.o" || not_ok "compiled for the other byte order"
expect "an object of the other byte order" 3 "" apply "$tmp/big.o"

expect "removed" 0 "" apply --remove
same "nothing is left" "" "$(leftovers)"
same "and all arrive" "yes yes yes" "$(all_arrive 1000 1001 2500)"
finish
