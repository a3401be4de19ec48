#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Prints a policy whose cells are laid out by the patterns of their rows: a rule for each of 4,000 ranges of hosts, which are no
# prefixes and so no tuples, to one of 15 nets, and of some to two.
printf 'policy hosts {\n    ingress on wire via xdp {\n'
for ((i = 0; i < 4300; i++)); do
	printf '        rule h%d allow tcp from 10.7.%d.%d-10.7.%d.%d to 192.0.%d.0/24 port %d;\n' $i $((i % 4000 / 80)) $((i % 80 * 3)) \
		$((i % 4000 / 80)) $((i % 80 * 3 + 2)) $((i / 7 % 15)) \
		$((i / 3 % 60 + 1))
done
printf '        default deny;\n    }\n}\n'
