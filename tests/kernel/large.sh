#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Policies near what kernels take of one function and of one program: what is accepted is loaded, and decides as the rules
# say; what is not is refused before any kernel sees it.
. "$(dirname "$0")/common.bash"

# write NAME: the policy that the rest of the input makes, with tests of some of its rules
write() {
	PYTHONDONTWRITEBYTECODE=1 python3 - >"$tmp/$1.sp"
}

# loads NAME PATTERN: the kernel takes it, and gives the verdicts of its tests. PATTERN: of the report.
loads() {
	check "$1: compiles" "$build/sentryc" compile --report "$tmp/$1.sp" -o "$tmp/$1.o"
	grep -Eq -- "$2" "$tmp/out" && ok "$1: as meant" || { not_ok "$1: as meant: $2"; head -n 20 "$tmp/out"; }
	expect "$1: loads" 0 "^ +program ingress_uplink: [0-9]+ instructions verified" apply --dry-run "$tmp/$1.o"
	expect "$1: decides" 0 "^[1-9][0-9]* tests?.* 0 failed|^ok|passed" "$build/sentryc" test --engine kernel "$tmp/$1.sp"
}

# Ranges of IPv6 that end anywhere, tested one after another: one function of them would be jumped through farther than a jump reaches.
write ranges <<'END'
import ipaddress, random
r = random.Random(43)
def ranges():
    out = []
    for i in range(8):
        low = (0x20010db8 << 96) + (r.randrange(1024) << 80) + r.getrandbits(79)
        out.append((low, low + r.getrandbits(70)))
    return sorted(out)
def text(of):
    return "{ " + ", ".join(f"{ipaddress.ip_address(a)}-{ipaddress.ip_address(b)}" for a, b in of) + " }"
print("policy ranges { lint dead-rule off; lint crossing-rules off; lint redundant-rule off;")
print("interface uplink = \"eth0\"; ingress on uplink {")
tests = []
for i in range(43):
    a, b = ranges(), ranges()
    print(f"rule r{i} deny tcp from {text(a)} to {text(b)} state new;")
    x, y = r.choice(a), r.choice(b)
    tests.append(f"packet tcp [{ipaddress.ip_address(x[0])}]:1 > [{ipaddress.ip_address(y[1])}]:2 syn expect deny by r{i};")
print("default allow; }")
print("test \"each\" in ingress { " + "\n".join(tests) + " } }")
END
loads ranges 'strategy +straight tests'

# The same of branches: one function of these rules has more than the verifier keeps.
write numbers <<'END'
import random
r = random.Random(86)
print("policy numbers { lint dead-rule off; lint crossing-rules off; lint redundant-rule off; set s : addr max 1000 timeout 1h;")
print("interface uplink = \"eth0\"; ingress on uplink {")
tests = []
def numbers(low, high):
    return sorted(r.sample(range(low, high, 2), 16))
def text(of):
    return "{ " + ", ".join(map(str, of)) + " }"
for i in range(86):
    sport, dport, length, ttl = numbers(1, 65535), numbers(1, 65535), numbers(61, 65535), numbers(1, 255)
    print(f"rule r{i} sample 1/1 tcp from not @s port {text(sport)} to any port {text(dport)} length {text(length)} ttl {text(ttl)};")
    tests.append(f"packet tcp 192.0.2.1:{sport[3]} > 192.0.2.2:{dport[9]} syn ttl={ttl[5]} expect allow;")
print("default allow; }")
print("test \"each\" in ingress { " + "\n".join(tests) + " } }")
END
loads numbers 'strategy +straight tests'

# Rules that are looked up and write records: each is a case of one switch.
write logged <<'END'
print("policy logged { interface uplink = \"eth0\"; ingress on uplink {")
for i in range(1500):
    print(f"rule r{i} {('deny', 'allow')[i % 3 == 1]} tcp to 10.{i // 750}.{i // 10 % 250}.{i % 10} {('log', '')[i % 5 == 2]};")
print("default deny; }")
print("test \"some\" in ingress {")
for i in range(0, 1500, 71):
    print(f"packet tcp 192.0.2.1:1 > 10.{i // 750}.{i // 10 % 250}.{i % 10}:80 syn expect {('deny', 'allow')[i % 3 == 1]} by r{i};")
print("} }")
END
loads logged '1500 looked up'

finish
