#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Prints a policy of N rules in mixed style: both families, prefixes, ports, flags, lists. The same N gives the same text.
set -eu
n=${1:?usage: ladder.sh RULES}
awk -v n="$n" 'BEGIN {
	srand(42)
	print "# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause"
	printf "policy ladder-%d {\n    net inside = { 10.0.0.0/8, fd00::/8 };\n\n    ingress on wire {\n", n
	for (i = 0; i < n; i++) {
		a = int(rand() * 223) + 1; b = int(rand() * 256); c = int(rand() * 256); p = 1 + int(rand() * 65000)
		v = i % 2 ? "allow" : "deny"
		kind = i % 5
		if (kind == 0)
			m = sprintf("tcp from %d.%d.0.0/16 to inside port %d", a, b, p)
		else if (kind == 1)
			m = sprintf("udp from %d.%d.%d.0/24 port %d-%d", a, b, c, p, p + 500)
		else if (kind == 2)
			m = sprintf("tcp from 2001:%x:%x::/48 port { %d, %d, %d } flags syn/syn,ack", b + 4096, c, p, p % 1000 + 1, p % 7000 + 1001)
		else if (kind == 3)
			m = sprintf("from %d.%d.%d.%d to inside", a, b, c, int(rand() * 256))
		else
			m = sprintf("udp from inside to { %d.%d.0.0/16, 2001:%x::/32 } port %d", a, b, b + 4096, p)
		printf "        rule r%d %s %s;\n", i, v, m
	}
	print "        default deny;\n    }\n}"
}'
