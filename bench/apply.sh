#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# How long an apply takes, by phase: a policy of two hooks, and one of 10,000 rules (10 interfaces, 1,000 each) with a set
# of 500,000 addresses. Each replaces itself; the last of three. Needs root.
set -u
build=$(realpath "${BUILD:-build}")
if [ "$(id -u)" != 0 ]; then
	echo "applies are measured as root only"
	exit 0
fi
tmp=$(mktemp -d /tmp/psbench-XXXXXX)
ns=psbench-$$
export PACKET_SENTRY_STATE_DIR=$tmp/state
cleanup() {
	ip netns del "$ns" 2>/dev/null
	umount "$tmp/bpf" 2>/dev/null
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 130' INT TERM
ip netns add "$ns" || exit 1
for i in 0 1 2 3 4 5 6 7 8 9; do
	ip -n "$ns" link add "v$i" type veth peer name "p$i" && ip -n "$ns" link set "v$i" up || exit 1
done
mkdir "$tmp/bpf"
mount -t bpf bpf "$tmp/bpf" || exit 1

apply() {
	"$build/sentry-apply" --bpffs "$tmp/bpf/ps" --netns "$ns" "$@"
}

cat >"$tmp/small.sp" <<-END
	policy small {
	    interface i = "v0";
	    ingress on i { rule bad deny udp port 9; default allow; }
	    egress on i { default allow; }
	}
END
python3 - "$tmp" <<'END'
import random, sys
random.seed(1)
directory = sys.argv[1]
lines = ["policy large {"] + [f'    interface i{i} = "v{i}";' for i in range(10)]
lines.append('    set blocked : addr max 600_000 from "blocked.txt";')
for i in range(10):
    lines.append(f"    ingress on i{i} {{")
    lines.append(f"        rule bad{i} deny from @blocked;")
    for r in range(999):
        net = f"10.{random.randrange(256)}.{random.randrange(256)}.0/24"
        lines.append(f"        rule r{i}-{r} {'deny' if r % 2 else 'allow'} tcp from {net} port {1000 + r};")
    lines += ["        default deny;", "    }"]
open(directory + "/large.sp", "w").write("\n".join(lines + ["}", ""]))
blocked = random.sample(range(0x0b000000, 0xdf000000), 500000)
open(directory + "/blocked.txt", "w").write("".join("%d.%d.%d.%d\n" % tuple(a >> s & 255 for s in (24, 16, 8, 0)) for a in blocked))
END

for policy in small large; do
	"$build/sentryc" compile "$tmp/$policy.sp" -o "$tmp/$policy.o" || exit 1
	for _ in 1 2 3; do
		apply -v "$tmp/$policy.o" >"$tmp/out" 2>&1 || { cat "$tmp/out"; exit 1; }
	done
	echo "An apply by phase, policy $policy:"
	sed -n 's/^sentry-apply: *\([0-9.]* ms  \)/  \1/p' "$tmp/out"
	apply --remove >/dev/null
done
