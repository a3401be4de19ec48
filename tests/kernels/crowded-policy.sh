#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# crowded-policy.sh RULES HOOK VERDICT [state] [set] [flows]: prints a policy whose rules ask so many fields of so many different values that they
# are looked up by bit vectors. With answers to senders, connections and sets it needs nearly all of the stack that a program has.
rules=$1 hook=$2 verdict=$3
more=" ${*:4} "
has() { [[ $more == *" $1 "* ]]; }

echo 'policy crowded {'
echo '    lint dead-rule off;'
has set && echo '    set hosts : addr max 5000;'
has flows && echo '    account { flows; traffic; }'
echo "    ingress on wire via $hook {"
for ((i = 0; i < rules; i++)); do
	proto=tcp
	case $((i % 8)) in
	1 | 7) proto=udp ;;
	2 | 5) proto= ;;
	3) proto=sctp ;;
	4) proto=icmp ;;
	esac
	rule="from 10.$((i % 250)).$((i / 250)).1"
	case $proto in tcp | udp | sctp) rule="$rule port not $((i * 5 + 2)) port $((i * 7 + 1))" ;; esac
	[ $((i % 8)) != 0 ] || rule="$rule flags syn/syn,ack"
	[ $((i % 3)) != 0 ] || rule="$rule vlan $((i * 37 % 4094 + 1))"
	[ $((i / 2 % 3)) != 0 ] || rule="$rule dscp not $((i * 37 % 64))"
	[ $((i / 4 % 3)) != 0 ] || rule="$rule ttl $((i * 37 % 256))"
	[ $((i / 8 % 3)) != 0 ] || rule="$rule length not $((i * 37 % 60000))"
	if has state && [ $((i % 3)) = 0 ]; then
		states=(new established 'not invalid' 'related,invalid')
		rule="$rule state ${states[i / 3 % 4]}"
	fi
	if has set && [ $((i % 5)) = 0 ]; then
		rule="$rule to @hosts"
	elif [ $((i % 4)) != 0 ]; then
		rule="$rule to 10.0.$((i % 200)).0/24"
	fi
	verdicts=(allow "$verdict" deny)
	echo "        rule r$i ${verdicts[i % 3]} $proto $rule;"
done
echo "        default $verdict;"
echo '    }'
echo '}'
