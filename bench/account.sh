#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What `account { traffic; flows; }` costs a packet beside the rules and their counters: for an XDP and a tc block, few and
# many flows. Needs root. FLOWS=N measures with another cache than that of 32,768 entries for each CPU.
set -u
build=$(realpath "${BUILD:-build}")
out=$build/bench/account
mkdir -p "$out"
if [ "$(id -u)" != 0 ]; then
	echo "(accounting is not measured: that needs root)"
	exit 0
fi
cat > "$out/policy.sp" << 'END'
policy account {
    interface uplink = "eth0";
    ingress on uplink {
        rule ssh allow tcp from 10.0.0.0/8 to any port 22;
        rule web allow tcp to any port { 80, 443 };
        default deny;
    }
    egress on uplink {
        rule dns allow udp to any port 53;
        default deny;
    }
}
END

# measure TITLE BLOCK FLOWS [OPTION…]: packets of so many flows.
measure() {
	local title=$1 block=$2 flows=$3
	shift 3
	"$build/sentry-bench" trace "$out/policy.sp" "$out/trace.pcap" --block "$block" --packets "$flows" 2> /dev/null || exit 1
	echo "$title"
	"$build/sentry-bench" account "$out/policy.sp" "$out/trace.pcap" --block "$block" --flows "${FLOWS:-32768}" "$@" || exit 1
	echo
}
measure "XDP, 100 flows" ingress 100
measure "XDP, 4,000 flows, one after another" ingress 4000
measure "XDP, 20,000 flows, as 1/n" ingress 20000 --zipf
measure "XDP, 20,000 flows, one after another" ingress 20000
measure "tc, 20,000 flows, as 1/n" egress 20000 --zipf
