#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Nonsense that nft refuses is refused here as well, with the right code at the right line: values out of range, ranges
# that run backwards, addresses that are none, words that do not exist, clauses that contradict each other.
set -u
sentryc=$(realpath "${SENTRYC:-build/sentryc}")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
cd "$tmp" || exit 1
failed=0 count=0

# refused CODE WHAT: the policy p.sp is refused with CODE, and with nothing else, at line 4.
refused() {
	local code=$1 what=$2 exit
	count=$((count + 1))
	timeout 60 "$sentryc" check --color=never p.sp >out 2>err </dev/null
	exit=$?
	if [ "$exit" != 1 ] || ! grep -Eq "^p\.sp:4:.*$code" err; then
		echo "not ok: '$what' exits with $exit and does not say $code at line 4:"
		head -c 800 err
		failed=1
	elif grep -Eo 'E0[0-9]{3}' err | grep -qv "$code"; then
		echo "not ok: '$what' says more than $code:"
		head -c 800 err
		failed=1
	fi
}

# CODE, the clauses of a rule, and after '#' what nft refuses.
while IFS='|' read -r code clauses _; do
	code=${code// /} clauses=$(sed 's/^ *//; s/ *$//' <<<"$clauses")
	[ -n "$code" ] || continue
	cat >p.sp <<-POLICY
	policy p {
	    net four = { 192.168.3.4, 10.2.1.1 }; net six = dead::beef; port web = 80;
	    ingress on a {
	        rule r allow $clauses;
	        default deny;
	    }
	}
	POLICY
	refused "$code" "$clauses"
done <<'TABLE'
E0301 | proto 256                                       | ip protocol 256
E0301 | ip4 proto { 6, 256 }                            | ip protocol { tcp, 256 }
E0301 | tcp port 65536                                  | tcp dport 65536
E0301 | tcp port 12341111                               | redirect to :12341111
E0301 | tcp port { 22, 65536 }                          | tcp dport { 22, 65536 }
E0301 | tcp port 1-65536                                | tcp dport 1-65536
E0301 | udp from any port 65536                         | udp sport 65536
E0301 | sctp port not 65536                             | sctp dport != 65536
E0301 | ttl 256                                         | ip ttl 256
E0301 | ip6 ttl 250-256                                 | ip6 hoplimit 250-256
E0301 | dscp 64                                         | ip dscp 0x40
E0301 | ip6 dscp not { 0, 64 }                          | ip6 dscp != { cs0, 0x40 }
E0301 | vlan 4096                                       | vlan id 4096
E0301 | vlan { 1, 2, 4, 100, 4096 }                     | vlan id { 1, 2, 4, 100, 4096 }
E0301 | icmp4 256                                       | icmp type 256
E0301 | icmp6 256                                       | icmpv6 type 256
E0301 | icmp4 3 code 256                                | icmp code 256
E0109 | from 10.0.0.0/33                                | ip saddr 10.0.0.0/33
E0109 | from 2001:db8::/129                             | ip6 saddr 2001:db8::/129
E0302 | tcp port 45-33                                  | tcp dport 45-33
E0302 | udp from any port 70-50                         | udp sport 70-50
E0302 | ttl 55-33                                       | ip ttl 55-33
E0302 | length 435-333                                  | ip length 435-333
E0302 | vlan 2-1                                        | vlan id 2-1
E0302 | to 192.168.0.250-192.168.0.1                    | ip daddr 192.168.0.250-192.168.0.1
E0302 | to fe00::200-fe00::1                            | ip6 daddr fe00::200-fe00::1
E0303 | from 10.0.0.1/8                                 | ip saddr 10.0.0.1/8, which nft widens in silence
E0303 | from 2001:db8::1/64                             | ip6 saddr 2001:db8::1/64, which nft widens in silence
E0109 | from 256.1.1.1                                  | ip saddr 256.1.1.1
E0109 | from 1.2.3                                      | ip saddr 1.2.3, which nft completes in silence
E0109 | from 1.2.3.4.5                                  | ip saddr 1.2.3.4.5
E0109 | from 1234:1234:1234:1234:1234:1234:1234:1234:1234 | ip6 saddr, nine groups
E0109 | from 1234:1234:1234:1234:1234:1234:/96          | an element 1234:1234:1234:1234:1234:1234:/96
E0109 | from 1234::1234::1234                           | ip6 saddr 1234::1234::1234
E0109 | from 12345::                                    | ip6 saddr 12345::
E0201 | dscp cs8                                        | ip dscp cs8
E0201 | proto foobar                                    | ip protocol foobar
E0201 | tcp port nosuchservice                          | tcp dport nosuchservice
E0201 | icmp4 echo-rply                                 | icmp type echo-rply
E0201 | icmp6 router-solicitations                      | icmpv6 type router-solicitations
E0304 | icmp4 packet-too-big                            | icmp type packet-too-big, which is ICMPv6's
E0201 | icmp4 3 code no-route                           | icmp code no-route, which is ICMPv6's
E0201 | state foobar                                    | ct state foobar
E0201 | from @set33                                     | ip6 saddr @set33, which nobody declared
E0201 | ip4 from not @set33                             | ip6 saddr != @set33
E0201 | from nowhere                                    | ip saddr $nowhere
E0113 | tcp flags ecn                                   | the word is ece
E0113 | tcp flags syn/syn,akc                           | tcp flags syn / syn,akc
E0308 | tcp flags syn/ack                               | no packet: tcp flags & ack == syn
E0308 | tcp flags syn,fin/syn                           | no packet: tcp flags & syn == syn,fin
E0101 | tcp from 22                                     | ip saddr 22 is 0.0.0.22 in nft
E0201 | tcp port four                                   | tcp dport @set1, a set of addresses
E0201 | from web                                        | ip saddr @ports, a set of services
E0304 | from 10.0.0.1-2001:db8::1                       | ip saddr 10.0.0.1-2001:db8::1
E0305 | ip6 from 192.168.3.4                            | ip6 saddr 192.168.3.4
E0305 | ip4 to dead::beef                               | ct reply ip daddr dead::beef
E0305 | ip4 from six                                    | ip saddr @set2, a set of IPv6 addresses
E0305 | ip6 to four                                     | ip6 daddr @set1, a set of IPv4 addresses
E0305 | from 10.1.2.3 to dead::beef                     | ip6 daddr dead::beef dnat to 10.1.2.3
E0305 | icmp4 ip6                                       | icmp in an ip6 table's rule on ip6 saddr
E0305 | icmp4 echo-request port 22                      | icmp type echo-request tcp dport 22
E0305 | udp flags syn                                   | udp dport 53 tcp flags syn
E0305 | fragment port 53                                | a later fragment has no ports
E0305 | tcp fragment flags syn                          | a later fragment has no flags
E0107 | tcp port set { 1, 2, 3 }                        | tcp dport set {1, 2, 3}
E0107 | udp port set { 1, 2, 3 }                        | udp dport set {1, 2, 3}
E0107 | from set { 192.19.1.2, 191.1.22.1 }             | ip saddr set {192.19.1.2, 191.1.22.1}
E0101 | icmp4 2 code not 1 mtu 5                        | icmp code != 1 icmp type 2 icmp mtu 5
E0101 | tcp flags (fin,syn,rst,ack) not syn             | tcp flags & (fin | syn | rst | ack) ! syn
E0107 | tcp flags not syn                               | flags are negated by a rule before
E0101 | from { 1234::, ::aaaa ::bbbb }                  | a list without its comma
E0101 | tcp port {}                                     | tcp dport {}
E0101 | tcp port 33-                                    | tcp dport 33-
E0101 | tcp port -1                                     | tcp dport -1
E0307 | tcp port 80 port 443                            | tcp dport 80 tcp dport 443, which no packet meets
E0307 | tcp udp                                         | meta l4proto tcp meta l4proto udp
TABLE

[ "$failed" = 0 ] && echo "# $count kinds of nonsense refused"
exit "$failed"
