# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# A scrubbing front: attacked prefixes are routed through this machine, which
# throws away what cannot be wanted and passes the rest on. It must be cheap
# per packet, so everything is decided at XDP, before the kernel has spent
# anything on the packet, and the order is: what attacks consist of first.
#
# It keeps no connection state and sees one direction only.

policy ddos-scrub {
    owner "noc";

    interface dirty = "eth0";

    net protected = { 192.0.2.0/24, 2001:db8:c0::/48 };
    net web-farm = { 192.0.2.64/26, 2001:db8:c0:64::/64 };
    net dns-servers = { 192.0.2.53, 2001:db8:c0:53::53 };
    net game-servers = 192.0.2.128/27;
    net martians = file "lists/martians.txt";
    net blocklist = file "lists/blocklist.txt";  # some thousand prefixes, compiled in

    # Services that answer a small question with a large answer, misused to
    # flood a victim whose address the question forged: qotd chargen tftp
    # portmap ntp netbios snmp cldap rip mssql ssdp ws-discovery coap
    # memcached and friends.
    port amplifiers = {
        17, 19, 69, 111, 123, 137, 161, 389, 520, 1434, 1900, 3283, 3702, 5093, 5353, 5683, 10001,
        11211, 27015, 37810
    };

    ingress on dirty via xdp {
        rule not-for-us deny to not protected;
        rule blocklist deny from blocklist sample 1/1000;
        rule martians deny from martians sample 1/10_000;

        # Reflection. Answers from DNS are a special case: they are wanted by
        # machines that ask, and no machine here asks.
        rule amplified deny udp from any port amplifiers sample 1/1000;
        rule dns-amplified deny udp from any port 53 sample 1/1000;

        # Flood tools like fragments: they cost the victim memory. UDP services
        # here have short messages, TCP does not fragment.
        rule fragments deny fragment sample 1/1000;
        rule first-fragments deny fragment first sample 1/1000;

        # TCP that is none.
        rule null-flags deny tcp flags none/all;
        rule syn-fin deny tcp flags fin,syn/fin,syn;
        rule syn-rst deny tcp flags syn,rst/syn,rst;
        rule fin-alone deny tcp flags fin/fin,ack;
        rule urgent deny tcp flags urg/urg;
        rule port-zero deny port 0;
        rule from-port-zero deny from any port 0;

        # A SYN that carries data, or one that is too short to come from a
        # system in use today (it would carry options).
        rule fat-syn deny ip4 tcp flags syn/syn,ack length 101-65535 sample 1/1000;
        rule thin-syn deny ip4 tcp flags syn/syn,ack length 40 sample 1/1000;

        # What the protected machines offer.
        rule web allow tcp to web-farm port { 80, 443 };
        rule quic allow udp to web-farm port 443 length 1228-1500;  # a QUIC client's first packet is padded
        rule quic-short allow udp to web-farm port 443 length 29-1227;
        rule dns allow udp to dns-servers port 53 length 45-600;
        rule dns-tcp allow tcp to dns-servers port 53;
        rule games allow udp to game-servers port 7000-7099 dscp { 0, 46 };
        rule too-big allow icmp4 destination-unreachable code 4 to protected;
        rule too-big6 allow icmp6 packet-too-big to protected;
        rule ping allow icmp echo-request to protected length 28-128;

        # One packet in a thousand of all other UDP, to see the next kind of attack.
        rule watch-udp sample 1/1000 udp;
        non-ip allow;
        malformed deny;
        default deny;
    }

    # Proved for every packet, not only for those of the tests.
    assert nothing-from-the-blocklist deny in ingress from blocklist;
    assert only-for-us deny in ingress to not protected;
    assert no-reflection deny in ingress udp from any port amplifiers;
    assert no-fragments deny in ingress fragment;
    assert no-scans deny in ingress tcp flags none/all;
    assert only-web-at-the-farm deny in ingress tcp to web-farm port not { 53, 80, 443 };

    test "the services work" in ingress {
        packet tcp 203.0.113.5:40000 > 192.0.2.70:443 syn length=60 expect allow by web;
        packet tcp [2001:db8:1::5]:40000 > [2001:db8:c0:64::1]:443 syn expect allow by web;
        packet tcp 203.0.113.5:40000 > 192.0.2.70:443 ack,psh length=1500 expect allow by web;
        packet udp 203.0.113.5:40000 > 192.0.2.70:443 length=1280 expect allow by quic;
        packet udp 203.0.113.5:40000 > 192.0.2.70:443 length=80 expect allow by quic-short;
        packet udp 203.0.113.5:40000 > 192.0.2.53:53 length=70 expect allow by dns;
        packet udp [2001:db8:1::5]:40000 > [2001:db8:c0:53::53]:53 length=90 expect allow by dns;
        packet udp 203.0.113.5:40000 > 192.0.2.130:7042 dscp=46 expect allow by games;
        packet icmp 203.0.113.5 > 192.0.2.70 echo-request expect allow by ping;
        packet icmp4 203.0.113.1 > 192.0.2.70 destination-unreachable code=4
                expect allow by too-big;
        packet arp expect allow by non-ip;
    }

    test "lists" in ingress {
        packet tcp 198.18.0.59:40000 > 192.0.2.70:443 syn expect deny by blocklist;
        packet tcp [2001:db8:fed8:1000::1]:40000 > [2001:db8:c0:64::1]:443 syn
                expect deny by blocklist;
        packet tcp [2001:db8:ff00::1]:40000 > [2001:db8:c0:64::1]:443 syn expect deny by blocklist;
        packet tcp [2001:db8:7ed8:1000::1]:40000 > [2001:db8:c0:64::1]:443 syn expect allow by web;
        packet tcp 10.0.0.1:40000 > 192.0.2.70:443 syn expect deny by martians;
        packet tcp 203.0.113.5:40000 > 198.51.100.1:443 syn expect deny by not-for-us;
    }

    test "floods" in ingress {
        packet udp 203.0.113.5:11211 > 192.0.2.70:443 length=1400 expect deny by amplified;
        packet udp 203.0.113.5:123 > 192.0.2.70:80 length=468 expect deny by amplified;
        packet udp 203.0.113.5:53 > 192.0.2.70:40000 length=1500 expect deny by dns-amplified;
        packet udp [2001:db8:1::5]:53 > [2001:db8:c0:64::1]:40000 expect deny by dns-amplified;
        packet udp 203.0.113.5 > 192.0.2.70 frag=later expect deny by fragments;
        packet udp 203.0.113.5:40000 > 192.0.2.70:443 frag=first expect deny by first-fragments;
        packet udp 2001:db8:1::5 > 2001:db8:c0:64::1 frag=later expect deny by fragments;
        packet tcp 203.0.113.5:40000 > 192.0.2.70:443 none expect deny by null-flags;
        packet tcp 203.0.113.5:40000 > 192.0.2.70:443 syn,fin expect deny by syn-fin;
        packet tcp 203.0.113.5:40000 > 192.0.2.70:443 syn,rst expect deny by syn-rst;
        packet tcp 203.0.113.5:40000 > 192.0.2.70:443 fin expect deny by fin-alone;
        packet tcp 203.0.113.5:40000 > 192.0.2.70:443 ack,urg expect deny by urgent;
        packet tcp 203.0.113.5:40000 > 192.0.2.70:443 syn length=40 expect deny by thin-syn;
        packet tcp 203.0.113.5:40000 > 192.0.2.70:443 syn length=1000 expect deny by fat-syn;
        packet tcp 203.0.113.5:40000 > 192.0.2.70:0 syn length=60 expect deny by port-zero;
        packet udp 203.0.113.5:0 > 192.0.2.70:443 expect deny by from-port-zero;
        packet udp 203.0.113.5:40000 > 192.0.2.70:9999 expect deny by default;
        packet udp 203.0.113.5:40000 > 192.0.2.130:7042 dscp=10 expect deny by default;
        packet icmp 203.0.113.5 > 192.0.2.70 echo-request length=1000 expect deny by default;
        packet gre 203.0.113.5 > 192.0.2.70 expect deny by default;
        packet udp 203.0.113.5:40000 > 192.0.2.70:443 vlan=100.200 length=80
                expect allow by quic-short;
        packet udp 203.0.113.5:40000 > 192.0.2.70:443 truncate=20 expect deny by malformed;
    }
}
