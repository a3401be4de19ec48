# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# A recursive DNS resolver for an organisation: answers its own clients, asks
# the whole internet, and must never answer strangers (an open resolver is an
# amplifier for somebody else's attack).
#
# It keeps no connection state. Answers to the resolver's questions are known
# by their source port 53. Anybody can send such a packet, so the resolver
# itself must check what it asked (random source port, random id, DNSSEC): that
# is its job with any stateless filter.

policy dns-resolver {
    owner "dns-team";

    interface lan = "eth0";

    net clients = { 198.51.100.0/24, 203.0.113.0/25, 2001:db8:100::/40 };
    net strangers = { 203.0.113.66, 2001:db8:100:bad::/64 };  # clients that lost the right to ask
    net self = { 192.0.2.53, 2001:db8:53::53 };
    net admins = { 198.51.100.16/28, 2001:db8:100:16::/64 };
    net monitors = { 198.51.100.5, 2001:db8:100::5 };
    net martians = file "lists/martians.txt";

    service dns = { udp/53, tcp/53 };
    service dns-tls = { tcp/853 };
    port high = 1024-65535;

    ingress on lan {
        rule neighbours allow icmp6 { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert }
                ttl 255;
        rule martians deny from martians;
        rule revoked deny from strangers sample 1/100 ticket "DNS-311"
                note "tunnel over DNS, see the incident report";

        # A question fits into a few hundred bytes. What is larger is an attempt
        # at something else.
        rule huge-question deny udp from clients to self port 53 length 1025-65535 log;
        rule questions allow service dns from clients to self;
        rule private-questions allow service dns-tls from clients to self;

        # Answers from the authoritative servers of the world, TCP ones only
        # within a connection that we opened (an opening has no ACK).
        rule answers allow udp from any port 53 to self port high;
        rule tcp-answers allow tcp from any port 53 to self port high flags ack/ack;

        # Large answers arrive in pieces, and only the first piece has ports.
        rule answer-pieces allow udp to self fragment;

        rule time allow udp from any port 123 to self port 123 length 76;  # NTP, no extensions
        rule ssh allow tcp from admins to self port 22 log;
        rule metrics allow tcp from monitors to self port 9153;
        rule ping allow icmp echo-request from clients to self;
        rule unreachable allow icmp destination-unreachable to self;
        rule too-big allow icmp6 packet-too-big to self;
        rule expired allow icmp time-exceeded to self;

        # Strangers who use us as a resolver: one record in a thousand tells how many.
        rule open-resolver-probe deny service dns to self sample 1/1000;
        default deny;
    }

    egress on lan {
        rule out-neighbours allow icmp6 { nd-neighbor-solicit, nd-neighbor-advert,
                nd-router-solicit } ttl 255;
        rule out-answers allow udp from self port 53 to clients;
        rule out-tcp-answers allow tcp from self port { 53, 853 } to clients flags ack/ack;
        rule out-questions allow service dns from self;
        rule out-time allow udp from self port 123 to any port 123;
        rule out-ssh allow tcp from self port 22 to admins flags ack/ack;
        rule out-metrics allow tcp from self port 9153 to monitors flags ack/ack;
        rule out-icmp allow icmp from self;

        # The resolver has no other business on the net. If it tries, we want to know.
        default reject;
    }

    # Proved for every packet, not only for those of the tests.
    assert clients-are-answered allow in ingress udp from { 198.51.100.0/24, 2001:db8:100::/48 }
            and not strangers and not martians to self port 53 length 0-1024;
    assert no-open-resolver deny in ingress service dns from not clients to self port 53;
    assert revoked-is-revoked deny in ingress tcp from strangers;
    assert nothing-else-leaves reject in egress tcp from not self;

    test "clients are answered" in ingress {
        packet udp 198.51.100.77:40000 > 192.0.2.53:53 expect allow by questions;
        packet tcp 198.51.100.77:40000 > 192.0.2.53:53 syn expect allow by questions;
        packet udp [2001:db8:100:1::7]:40000 > [2001:db8:53::53]:53 expect allow by questions;
        packet udp [2001:db8:100:1::7]:40000 > [2001:db8:53::53]:53 ext=dest
                expect allow by questions;
        packet tcp [2001:db8:100:1::7]:40000 > [2001:db8:53::53]:853 syn
                expect allow by private-questions;
        packet udp 198.51.100.77:40000 > 192.0.2.53:853 expect deny by default;
        packet udp 198.51.100.77:40000 > 192.0.2.53:53 length=1025 expect deny by huge-question;
        packet udp 198.51.100.77:40000 > 192.0.2.53:53 length=1024 expect allow by questions;
        packet icmp 198.51.100.77 > 192.0.2.53 echo-request expect allow by ping;
        packet udp 198.51.100.77:40000 > 192.0.2.53:53 vlan=20 expect allow by questions;
    }

    test "strangers are not" in ingress {
        packet udp 203.0.113.200:40000 > 192.0.2.53:53 expect deny by open-resolver-probe;
        packet tcp [2001:db8:ffff::1]:40000 > [2001:db8:53::53]:53 syn
                expect deny by open-resolver-probe;
        packet udp 203.0.113.66:40000 > 192.0.2.53:53 expect deny by revoked;
        packet udp [2001:db8:100:bad::1]:40000 > [2001:db8:53::53]:53 expect deny by revoked;
        packet udp 10.1.1.1:40000 > 192.0.2.53:53 expect deny by martians;
        packet tcp 203.0.113.200:40000 > 192.0.2.53:22 syn expect deny by default;
        packet icmp 203.0.113.200 > 192.0.2.53 echo-request expect deny by default;
        packet tcp 198.51.100.17:40000 > 192.0.2.53:22 syn expect allow by ssh;
        packet tcp 198.51.100.77:40000 > 192.0.2.53:22 syn expect deny by default;
    }

    test "the world's answers come in" in ingress {
        packet udp 203.0.113.200:53 > 192.0.2.53:33333 expect allow by answers;
        packet udp 203.0.113.200:53 > 192.0.2.53:33333 frag=first expect allow by answers;
        packet udp 203.0.113.200 > 192.0.2.53 frag=later expect allow by answer-pieces;
        packet udp 2001:db8:ffff::1 > 2001:db8:53::53 frag=later expect allow by answer-pieces;
        packet tcp 203.0.113.200 > 192.0.2.53 frag=later expect deny by default;
        packet tcp 203.0.113.200:53 > 192.0.2.53:33333 syn,ack expect allow by tcp-answers;
        packet tcp 203.0.113.200:53 > 192.0.2.53:33333 syn expect deny by default;
        packet udp 203.0.113.123:123 > 192.0.2.53:123 length=76 expect allow by time;
        packet udp 203.0.113.123:123 > 192.0.2.53:123 length=468 expect deny by default;
        packet udp 203.0.113.200:53 > 192.0.2.53:33333 truncate=36 expect deny by malformed;
        packet arp expect allow by non-ip;
    }

    test "the resolver speaks DNS and little else" in egress {
        packet udp 192.0.2.53:53 > 198.51.100.77:40000 expect allow by out-answers;
        packet tcp 192.0.2.53:853 > 198.51.100.77:40000 syn,ack expect allow by out-tcp-answers;
        packet udp 192.0.2.53:33333 > 203.0.113.200:53 expect allow by out-questions;
        packet udp [2001:db8:53::53]:33333 > [2001:db8:ffff::1]:53 expect allow by out-questions;
        packet tcp 192.0.2.53:33333 > 203.0.113.200:443 syn expect reject by default;
        packet udp 192.0.2.53:53 > 203.0.113.200:40000 expect reject by default;
        packet tcp 192.0.2.53:22 > 198.51.100.17:40000 syn,ack expect allow by out-ssh;
    }
}
