#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# exact-policy.sh RULES HOOK [more]: prints a policy most of whose rules ask for one address or prefix and one number of each
# field, of many values each: they are looked up as tuples. `more`: and others among them, that are looked up otherwise.
rules=$1 hook=$2 more=${3:-}

echo 'policy exact {'
echo '    lint dead-rule off;'
echo "    ingress on wire via $hook {"
for ((i = 0; i < rules; i++)); do
	# Numbers that come in no order, and some twice.
	n=$((i * 7919 % 4001)) m=$((i * 104729 % 3989)) verdict=allow
	[ $((i % 3)) = 0 ] || verdict=deny
	host=10.$((n % 7)).$((n % 251)).$((m % 256)) peer=192.0.$((m % 4)).$((n % 256))
	case $((i % 8)) in
	0 | 1) rule="tcp from $host to $peer port $((m + 1))" ;;
	2) rule="udp from $host port $((n + 1)) to $peer port $((m + 1))" ;;
	3) rule="from 10.$((n % 7)).$((n % 251)).0/24 to $peer proto $((m % 256))" ;;
	4) rule="tcp from 2001:db8:$((n % 50))::$m to 2001:db8:ff::$((n % 256)) port $((m + 1))" ;;
	5) rule="udp from 2001:db8:$((n % 50))::/48 to 2001:db8:ff:$((m % 10))::/72 port $((n + 1))" ;;
	6) rule="from 2001:db8:$((m % 60))::$n dscp $((m % 64)) vlan $((n % 4000 + 1))" ;;
	7) rule="from any to $peer ttl $((n % 256))" ;;
	esac
	if [ -n "$more" ] && [ $((i % 11)) = 0 ]; then
		rule="tcp from 10.$((n % 7)).0.0/16 to 192.0.0.0/22 port $((m + 1))-$((m + 20))"
		[ $((i % 2)) = 0 ] || rule="udp to 2001:db8:ff::/48 port { $((n + 1)), $((m + 2)) }"
	fi
	echo "        rule r$i $verdict $rule;"
done
echo '        default deny;'
echo '    }'
echo '}'
