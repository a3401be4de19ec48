# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# A host with IPv6 and nothing else. ICMPv6 is filtered as RFC 4890 section 4.4
# says for the traffic of a host: what IPv6 needs to work is let in under the
# conditions that the standards set, the rest is named and refused.
#
# It keeps no connection state; answers to its own connections are let in by
# the ACK flag and the source port.

policy ipv6-only {
    owner "platform";

    interface net0 = "eth0";

    net self = { 2001:db8:6::10, fe80::/10 };
    net admins = 2001:db8:6:ad::/64;
    net bogons = { ::1/128, ::ffff:0.0.0.0/96, 100::/64, 2001:2::/48, fec0::/10, ff00::/8 };
    net dns64 = { 2001:db8:6::53, 2001:db8:6::54 };

    ingress on net0 {
        # There is no IPv4 here, and so no ARP: both are misconfigured or hostile.
        non-ip deny;
        rule no-ipv4 deny ip4 sample 1/10;
        rule bogons deny from bogons;

        # RFC 4890 4.4.1, must not be dropped: errors and echo.
        rule unreachable allow icmp6 destination-unreachable;
        rule too-big allow icmp6 packet-too-big;
        rule expired allow icmp6 time-exceeded;
        rule bad-header allow icmp6 parameter-problem;
        rule ping allow icmp6 echo-request;
        rule pong allow icmp6 echo-reply;

        # Neighbour and router discovery, inverse discovery (141, 142) and
        # certification paths (148, 149): from this link only, which hop limit 255 proves.
        rule neighbours allow icmp6 { nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert }
                ttl 255;
        rule inverse-discovery allow icmp6 { 141, 142 } ttl 255;
        rule send allow icmp6 { 148, 149 } ttl 255;

        # Multicast listener discovery: link-local sources, hop limit 1.
        rule listeners allow icmp6 { 130-132, 143 } from fe80::/10 ttl 1;
        rule multicast-routers allow icmp6 { 151-153 } from fe80::/10 ttl 1;

        # RFC 4890 4.4.3 and 4.4.4: not for a host, or dangerous. The default would deny
        # them as well; with names of their own the counters tell them apart.
        rule redirects deny icmp6 nd-redirect note "the router is fixed: nobody may redirect us";
        rule renumbering deny icmp6 138;
        rule node-information deny icmp6 { 139, 140 };
        rule experiments deny icmp6 { 100, 101, 127, 200, 201, 255 };
        rule other-icmp deny icmp6 sample 1/10;

        rule dhcp allow udp from fe80::/10 port 547 to self port 546;
        rule dns-answers allow udp from dns64 port 53 to self port 1024-65535;
        rule ssh allow tcp from admins to self port 22 log;
        rule web allow tcp to self port { 80, 443 };
        rule answers allow tcp from any port { 80, 443 } to self port 1024-65535 flags ack/ack;

        # Strangers get an answer, so that a wrong address is noticed at once (RFC 4890 has
        # nothing against it, and an IPv6 network cannot be scanned for silence anyway).
        default reject;
    }

    egress on net0 {
        non-ip deny;
        rule no-ipv4-out deny ip4 count;
        rule no-router deny icmp6 { nd-router-advert, nd-redirect } log;  # this host is no router
        rule own-address allow from self or ::/128;
        default deny;
    }

    # Proved for every packet, not only for those of the tests.
    assert no-ipv4-at-all deny in ingress ip4;
    assert path-mtu-discovery-works allow in ingress icmp6 packet-too-big from not bogons;
    assert nobody-redirects-us deny in ingress icmp6 nd-redirect;
    assert discovery-stays-on-the-link deny in ingress icmp6 nd-router-advert ttl 0-254;
    assert we-are-no-router deny in egress icmp6 nd-router-advert;

    test "RFC 4890: what must work" in ingress {
        packet icmp6 2001:db8:9::1 > 2001:db8:6::10 destination-unreachable
                expect allow by unreachable;
        packet icmp6 2001:db8:9::1 > 2001:db8:6::10 packet-too-big expect allow by too-big;
        packet icmp6 2001:db8:9::1 > 2001:db8:6::10 time-exceeded expect allow by expired;
        packet icmp6 2001:db8:9::1 > 2001:db8:6::10 parameter-problem expect allow by bad-header;
        packet icmp6 2001:db8:9::1 > 2001:db8:6::10 echo-request expect allow by ping;
        packet icmp6 2001:db8:9::1 > 2001:db8:6::10 echo-reply expect allow by pong;
        packet icmp6 fe80::1 > ff02::1 nd-router-advert ttl=255 expect allow by neighbours;
        packet icmp6 fe80::1 > ff02::1:ff00:10 nd-neighbor-solicit ttl=255
                expect allow by neighbours;
        packet icmp6 fe80::1 > ff02::1 130 ttl=1 ext=hop expect allow by listeners;
        packet icmp6 fe80::1 > ff02::6a 151 ttl=1 ext=hop expect allow by multicast-routers;
        packet icmp6 fe80::1 > fe80::10 148 ttl=255 expect allow by send;
    }

    test "RFC 4890: what must not" in ingress {
        packet icmp6 2001:db8:9::1 > 2001:db8:6::10 nd-router-advert ttl=254
                expect deny by other-icmp;
        packet icmp6 2001:db8:9::1 > 2001:db8:6::10 nd-neighbor-advert ttl=64
                expect deny by other-icmp;
        packet icmp6 fe80::1 > 2001:db8:6::10 nd-redirect ttl=255 expect deny by redirects;
        packet icmp6 fe80::1 > ff02::1 138 ttl=255 expect deny by renumbering;
        packet icmp6 2001:db8:9::1 > 2001:db8:6::10 139 expect deny by node-information;
        packet icmp6 2001:db8:9::1 > 2001:db8:6::10 200 expect deny by experiments;
        packet icmp6 2001:db8:9::1 > ff02::1 130 ttl=1 expect deny by other-icmp;
        packet icmp6 fe80::1 > ff02::1 130 ttl=64 expect deny by other-icmp;
        packet icmp6 2001:db8:9::1 > 2001:db8:6::10 frag=later expect deny by other-icmp;
        packet icmp6 2001:db8:9::1 > 2001:db8:6::10 echo-request truncate=56
                expect deny by malformed;
    }

    test "services, and the other protocol" in ingress {
        packet tcp [2001:db8:6:ad::7]:40000 > [2001:db8:6::10]:22 syn expect allow by ssh;
        packet tcp [2001:db8:9::7]:40000 > [2001:db8:6::10]:22 syn expect reject by default;
        packet tcp [2001:db8:9::7]:40000 > [2001:db8:6::10]:443 syn expect allow by web;
        packet tcp [2001:db8:9::7]:40000 > [2001:db8:6::10]:443 syn ext=hop,routing,dest
                expect allow by web;
        packet tcp [2001:db8:9::7]:40000 > [2001:db8:6::10]:443 syn ext=auth expect allow by web;
        packet tcp [2001:db8:9::7]:443 > [2001:db8:6::10]:40000 syn,ack expect allow by answers;
        packet tcp [2001:db8:9::7]:443 > [2001:db8:6::10]:40000 syn expect reject by default;
        packet udp [2001:db8:6::53]:53 > [2001:db8:6::10]:40000 expect allow by dns-answers;
        packet udp [fe80::1]:547 > [fe80::10]:546 expect allow by dhcp;
        packet udp [100::7]:40000 > [2001:db8:6::10]:443 expect deny by bogons;
        packet tcp 192.0.2.7:40000 > 192.0.2.10:443 syn expect deny by no-ipv4;
        packet udp 192.0.2.7 > 192.0.2.10 frag=later expect deny by no-ipv4;
        packet tcp [2001:db8:9::7]:40000 > [2001:db8:6::10]:443 syn vlan=6 expect allow by web;
        packet arp expect deny by non-ip;
    }

    test "the host behaves" in egress {
        packet tcp [2001:db8:6::10]:443 > [2001:db8:9::7]:40000 syn,ack expect allow by own-address;
        packet icmp6 :: > ff02::1:ff00:10 nd-neighbor-solicit ttl=255 expect allow by own-address;
        packet icmp6 fe80::10 > ff02::1 nd-router-advert ttl=255 expect deny by no-router;
        packet udp [2001:db8:7::1]:40000 > [2001:db8:9::7]:53 expect deny by default;
        packet tcp 192.0.2.10:40000 > 192.0.2.7:443 syn expect deny by no-ipv4-out;
        packet arp expect deny by non-ip;
    }
}
