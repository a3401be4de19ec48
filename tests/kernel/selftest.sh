#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The tests that objects carry, run by the runtime in this kernel: all that there are pass, a wrong expectation is told
# with its place, and whatever is damaged is refused.
. "$(dirname "$0")/common.bash"

${CC:-gcc} -std=gnu11 -D_GNU_SOURCE -O1 -I"$here/../../runtime" -I"$build/shared" -o "$tmp/run" "$here/selftest-run.c" \
	"$build/libruntime.a" -lbpf -ljansson -lsodium || exit 1

# As many tests and packets as the policy has, none left out.
tests=0 packets=0
for policy in "$here"/../../examples/*.sp "$here"/../packets/*.sp "$here"/../engines/stateful/*.sp; do
	"$build/sentryc" compile "$policy" -o "$tmp/one.o" 2>/dev/null || { not_ok "${policy##*/} compiles"; continue; }
	n=$(grep -c '^ *test "' "$policy")
	p=$(grep -cE '^ *packet ' "$policy")
	expect "${policy##*/}" 0 "^$n tests, $p packets, 0 failed$" "$tmp/run" "$tmp/one.o"
	tests=$((tests + n)) packets=$((packets + p))
done
echo "# $tests tests, $packets packets"
[ "$packets" -gt 3000 ] || not_ok "only $packets packets"

# wrong NAME EXPECTATION…: a policy of both hooks, whose tests expect what stands there.
wrong() {
	cat >"$tmp/wrong.sp" <<-END
		policy wrong {
		    set met : addr . port max 10 timeout 5s;
		    ingress on wire {
		        rule dns allow udp port 53;
		        rule met allow from @met;
		        rule much rate-limit 8kbit/s burst 8000 udp port 60;
		        rule few allow udp port 60;
		        default deny;
		    }
		    egress on wire {
		        rule mail reject tcp port 25;
		        default allow;
		    }
		    test "in" in ingress {
		        packet udp 1.2.3.4:5 > 5.6.7.8:53 expect $2;
		        add 1.2.3.4 port 5 to @met;
		        wait $3;
		        packet udp 1.2.3.4:5 > 5.6.7.8:54 expect $4;
		    }
		    test "out" in egress {
		        packet gre 1.2.3.4 > 5.6.7.8 truncate=40 expect $5;
		    }
		    test "long" in ingress {
		        packet udp 1.2.3.4:5 > 5.6.7.8:60 length=4900 expect allow by few;
		        packet udp 1.2.3.4:5 > 5.6.7.8:60 length=4900 expect deny by much;
		    }
		}
	END
	"$build/sentryc" compile "$tmp/wrong.sp" -o "$tmp/$1.o" || exit 1
}
malformed="deny by malformed"
wrong right "allow by dns" 4s "allow by met" "$malformed"
expect "all as expected" 0 '^3 tests, 5 packets, 0 failed$' "$tmp/run" "$tmp/right.o"
wrong late "allow by dns" 5s "allow by met" "$malformed"
expect "an element is gone to the nanosecond" 1 \
	'^wrong.sp:18: error: test "in": udp 1.2.3.4:5 > 5.6.7.8:54: expected allow by met, got deny by default \(wrong.sp:8\)$' \
	"$tmp/run" "$tmp/late.o"
wrong almost "allow by dns" 4999ms "allow by met" "$malformed"
expect "and not before" 0 ' 0 failed$' "$tmp/run" "$tmp/almost.o"
wrong verdict "deny" 1s "allow by met" "$malformed"
expect "a wrong verdict" 1 '^wrong.sp:15: error: test "in": .*: expected deny, got allow by dns \(wrong.sp:4\)$' \
	"$tmp/run" "$tmp/verdict.o"
expect "the other tests were run" 1 '^3 tests, 5 packets, 1 failed$' "$tmp/run" "$tmp/verdict.o"
wrong rule "allow by met" 1s "allow by met" "$malformed"
expect "the right verdict by a wrong rule" 1 'expected allow by met, got allow by dns' "$tmp/run" "$tmp/rule.o"
wrong both "deny by default" 1s "deny" "reject by mail"
expect "several: the first is told, and how many" 1 \
	'^wrong.sp:15: error: .*got allow by dns \(wrong.sp:4\) \(2 of 3 tests fail in this kernel\)$' "$tmp/run" "$tmp/both.o"
expect "the others are in the report" 1 '^wrong.sp:21: error: test "out": .*truncate=40: expected reject by mail, got deny' \
	"$tmp/run" "$tmp/both.o"

# An object without tests, as those of older compilers; one that is damaged.
cut() { # NAME SED-EXPRESSION
	sed "$2" "$tmp/right.o" >"$tmp/$1.o"
	cmp -s "$tmp/right.o" "$tmp/$1.o" && not_ok "$1.o is no other object"
}
llvm-objcopy --remove-section sentry.tests "$tmp/right.o" "$tmp/old.o" || not_ok "old.o"
expect "an object without tests" 0 '^0 tests, 0 packets, 0 failed$' "$tmp/run" "$tmp/old.o"
cut future 's/packet-sentry\/tests\/v1/packet-sentry\/tests\/v9/'
expect "tests of a later compiler" 3 "are 'packet-sentry/tests/v9', this program knows" "$tmp/run" "$tmp/future.o"
cut json 's/"steps":\[/"steps":{/'
expect "no JSON" 3 'tests in the object are damaged' "$tmp/run" "$tmp/json.o"
cut steps 's/"steps":\[/"stops":[/'
expect "no steps" 3 'damaged: a test has no name, or no steps' "$tmp/run" "$tmp/steps.o"
cut step 's/"wait_ns"/"wait_ms"/'
expect "an unknown step" 3 'damaged: a step is none' "$tmp/run" "$tmp/step.o"
cut hex 's/"packet":"02/"packet":"0x/'
expect "a packet that is no frame" 3 'damaged: a packet is no frame' "$tmp/run" "$tmp/hex.o"
cut set 's/"add":"met"/"add":"mat"/'
expect "a set that is not there" 3 'damaged: an element is for a set' "$tmp/run" "$tmp/set.o"
cut element 's/"element":"1\.2\.3\.4/"element":"1.2.3.x/'
expect "an element that is none" 3 'damaged: .*expected an address' "$tmp/run" "$tmp/element.o"
cut block 's/"block":"egress","program"/"block":"agress","program"/'
expect "a block that is not there" 3 'damaged: a packet is for a block' "$tmp/run" "$tmp/block.o"
cut verdict 's/"expect":{"verdict":"allow/"expect":{"verdict":"allaw/'
expect "a verdict that is none" 3 'damaged: a packet has no verdict' "$tmp/run" "$tmp/verdict.o"
check "without privilege: a message" bash -c 'out=$(setpriv --bounding-set -all "$0" "$1" 2>&1);
	[ $? = 3 ] && [[ $out == *"not permitted"* ]] || { echo "$out"; false; }' "$tmp/run" "$tmp/right.o"

finish
