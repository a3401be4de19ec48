# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# A router between a LAN with public addresses and its uplink. It protects the
# LAN from the internet and the internet from the LAN: sources that cannot be
# true are stopped in both directions (BCP 38).
#
# It keeps no connection state. What comes back to the LAN is known by what it
# looks like: TCP with ACK set to a high port, UDP from the ports of the
# services that the LAN uses. Hosts that must be safe from forged answers need
# a stateful filter as well.

policy router-lan-uplink {
    owner "office-it";

    interface lan = "eth1";
    interface uplink = "eth0";

    net office = { 198.51.100.0/24, 2001:db8:100::/48 };
    net router = { 198.51.100.1, 2001:db8:100::1, 192.0.2.2, 2001:db8:0:ffff::2 };
    net mail-server = { 198.51.100.25, 2001:db8:100::25 };
    net admins = { 198.51.100.240/28, 2001:db8:100:f0::/64 };
    net link-local = fe80::/10;
    net lan-sources = { office, link-local };
    net martians = file "lists/martians.txt";

    port high = 1024-65535;
    port mail = { 25, 465, 587, 993 };
    port windows = { 135, 137-139, 445 };
    port answering = { 53, 123, 443 };  # DNS, NTP, QUIC

    ingress on lan {
        rule lan-neighbours allow icmp6 { nd-router-solicit, nd-neighbor-solicit,
                nd-neighbor-advert } ttl 255;
        rule dhcp allow udp from any port 68 to any port 67;
        rule dhcp6 allow udp from link-local port 546 to any port 547;

        # Only the office lives here. Anything else is a forged source or a
        # machine with a wrong address.
        rule not-ours deny from not lan-sources log;

        # The router itself: administrators may log in, everybody may ping it.
        rule router-ssh allow tcp from admins to router port 22 log;
        rule router-ping allow icmp echo-request to router;
        rule router-other reject to router;

        # Never to the internet: file sharing, and mail but from the mail server.
        rule file-sharing reject to any port windows;
        rule mail allow tcp from mail-server port high to any port 25;
        rule spam-bot reject tcp to any port 25 log;
        rule to-martians reject to martians;
        default allow;
    }

    ingress on uplink {
        rule uplink-neighbours allow icmp6 { nd-router-advert, nd-neighbor-solicit,
                nd-neighbor-advert } ttl 255;

        # Our own addresses do not come from outside.
        rule forged deny from office sample 1/100;
        rule martians deny from martians;

        # Without these connections hang: a sender must learn that its packets
        # are too big, and hosts must learn that a destination is gone.
        rule too-big allow icmp4 destination-unreachable code 4 to office count;
        rule too-big6 allow icmp6 packet-too-big to office;
        rule unreachable allow icmp destination-unreachable to office;
        rule expired allow icmp time-exceeded to office;
        rule bad-header allow icmp6 parameter-problem to office;
        rule pong allow icmp echo-reply to office;
        rule ping allow icmp echo-request to office;

        # The router's own uplink address is for routing only.
        rule router deny to router log;

        rule mail-in allow tcp to mail-server port mail;
        rule answers allow tcp from any to office port high flags ack/ack;
        rule udp-answers allow udp from any port answering to office port high;
        rule pieces allow udp to office fragment;
        rule vpn-out allow esp to office;
        default deny;
    }

    egress on uplink {
        rule neighbours-out allow icmp6 { nd-router-solicit, nd-neighbor-solicit,
                nd-neighbor-advert } ttl 255;

        # The last check on what leaves (BCP 38): also for what the router sends itself.
        rule ours allow from { 198.51.100.0/24, 2001:db8:100::/48, 192.0.2.2, 2001:db8:0:ffff::2 };
        default deny;
    }

    # Proved for every packet, not only for those of the tests.
    assert no-spoofing-out deny in ingress on lan tcp from not lan-sources;
    assert no-spoofing-in deny in ingress on uplink tcp from office;
    assert office-is-not-open deny in ingress on uplink tcp to office and not mail-server
            flags syn/syn,ack;
    assert mail-comes-in allow in ingress on uplink tcp from not martians and not office
            to mail-server port mail;
    assert router-is-closed reject in ingress on lan tcp from office and not admins to router;
    assert only-our-sources-leave deny in egress on uplink tcp from not { office, 192.0.2.2,
            2001:db8:0:ffff::2 };

    test "the office works" in ingress on lan {
        packet tcp 198.51.100.50:40000 > 203.0.113.80:443 syn expect allow by default;
        packet tcp [2001:db8:100::50]:40000 > [2001:db8:ffff::80]:443 syn expect allow by default;
        packet udp 198.51.100.50:40000 > 203.0.113.53:53 expect allow by default;
        packet udp 0.0.0.0:68 > 255.255.255.255:67 expect allow by dhcp;
        packet udp [fe80::50]:546 > [ff02::1:2]:547 expect allow by dhcp6;
        packet icmp6 fe80::50 > ff02::2 nd-router-solicit ttl=255 expect allow by lan-neighbours;
        packet icmp 198.51.100.50 > 198.51.100.1 echo-request expect allow by router-ping;
        packet tcp 198.51.100.241:40000 > 198.51.100.1:22 syn expect allow by router-ssh;
        packet tcp [2001:db8:100:f0::1]:40000 > [2001:db8:100::1]:22 syn expect allow by router-ssh;
        packet tcp 198.51.100.25:40000 > 203.0.113.25:25 syn expect allow by mail;
        packet arp expect allow by non-ip;
    }

    test "and does no harm" in ingress on lan {
        packet tcp 203.0.113.9:40000 > 203.0.113.80:443 syn expect deny by not-ours;
        packet udp [2001:db8:200::1]:40000 > [2001:db8:ffff::80]:53 expect deny by not-ours;
        packet tcp 198.51.100.50:40000 > 203.0.113.25:25 syn expect reject by spam-bot;
        packet tcp 198.51.100.50:40000 > 203.0.113.80:445 syn expect reject by file-sharing;
        packet udp [2001:db8:100::50]:40000 > [2001:db8:ffff::80]:138 expect reject by file-sharing;
        packet tcp 198.51.100.50:40000 > 10.0.0.1:80 syn expect reject by to-martians;
        packet tcp 198.51.100.50:40000 > 198.51.100.1:22 syn expect reject by router-other;
        packet udp 198.51.100.50:40000 > 198.51.100.1:161 expect reject by router-other;
        packet icmp6 fe80::50 > ff02::2 nd-router-solicit ttl=64 expect reject by to-martians;
        packet tcp 198.51.100.50:40000 > 203.0.113.80:443 syn truncate=30 expect deny by malformed;
    }

    test "what comes back" in ingress on uplink {
        packet tcp 203.0.113.80:443 > 198.51.100.50:40000 syn,ack expect allow by answers;
        packet tcp [2001:db8:ffff::80]:443 > [2001:db8:100::50]:40000 ack ext=dest
                expect allow by answers;
        packet udp 203.0.113.53:53 > 198.51.100.50:40000 expect allow by udp-answers;
        packet udp 203.0.113.53:53 > 198.51.100.50:40000 frag=first expect allow by udp-answers;
        packet udp 203.0.113.53 > 198.51.100.50 frag=later expect allow by pieces;
        packet icmp4 203.0.113.1 > 198.51.100.50 destination-unreachable code=4
                expect allow by too-big;
        packet icmp4 203.0.113.1 > 198.51.100.50 destination-unreachable code=1
                expect allow by unreachable;
        packet icmp6 2001:db8:ffff::1 > 2001:db8:100::50 packet-too-big expect allow by too-big6;
        packet icmp 203.0.113.80 > 198.51.100.50 echo-reply expect allow by pong;
        packet tcp 203.0.113.9:40000 > 198.51.100.25:25 syn expect allow by mail-in;
        packet esp 203.0.113.9 > 198.51.100.50 expect allow by vpn-out;
    }

    test "what stays outside" in ingress on uplink {
        packet tcp 203.0.113.9:40000 > 198.51.100.50:40001 syn expect deny by default;
        packet tcp 203.0.113.9:40000 > 198.51.100.50:22 ack expect deny by default;
        packet tcp 198.51.100.9:40000 > 198.51.100.25:25 syn expect deny by forged;
        packet tcp [2001:db8:100::9]:40000 > [2001:db8:100::25]:25 syn expect deny by forged;
        packet tcp 192.168.0.9:40000 > 198.51.100.25:25 syn expect deny by martians;
        packet tcp 203.0.113.9:40000 > 192.0.2.2:22 syn expect deny by router;
        packet udp 203.0.113.9:40000 > 198.51.100.50:53 expect deny by default;
        packet udp 203.0.113.9:1900 > 198.51.100.50:40000 expect deny by default;
        packet tcp 203.0.113.9 > 198.51.100.50 frag=later expect deny by default;
        packet tcp 203.0.113.9:40000 > 198.51.100.25:25 syn vlan=7 expect allow by mail-in;
        packet udp 203.0.113.53:53 > 198.51.100.50:40000 truncate=38 expect deny by malformed;
    }

    test "nothing leaves under a foreign name" in egress on uplink {
        packet tcp 198.51.100.50:40000 > 203.0.113.80:443 syn expect allow by ours;
        packet icmp4 192.0.2.2 > 203.0.113.80 time-exceeded expect allow by ours;
        packet udp 203.0.113.77:40000 > 203.0.113.80:53 expect deny by default;
        packet udp [2001:db8:200::1]:40000 > [2001:db8:ffff::80]:53 expect deny by default;
        packet icmp6 fe80::2 > ff02::2 nd-router-solicit ttl=255 expect allow by neighbours-out;
    }
}
