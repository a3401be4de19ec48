# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# An internet-facing web host: ssh for the management networks, a web site for
# everybody, and little else. `make demo` runs this policy.
#
# It keeps no connection state, so answers to the host's own connections are
# let in by what they look like: a TCP segment with ACK set, from a port that
# the host talks to. A stranger can send such segments, too; without a
# connection they belong to, the host answers with a reset and no more.

policy edge-web {
    owner "netops";

    interface uplink = "eth0";  # sentry-apply --bind uplink=ens5 takes another

    net mgmt = { 10.20.0.0/16, fd00:20::/48 };
    net self = { 192.0.2.10, 2001:db8::10 };
    net own-sources = { self, fe80::/10, ::/128 };  # the last two for neighbour discovery
    net resolvers = { 10.0.0.53, fd00::53 };
    net martians = file "lists/martians.txt";

    port web = { 80, 443, 8080 };
    port outside = { 80, 443 };  # what the host itself connects to: packages, certificates

    ingress on uplink {
        # IPv6 does not work without neighbour discovery. Hop limit 255 proves
        # that no router forwarded it (RFC 4861).
        rule neighbours allow icmp6 { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert }
                ttl 255;

        # Management and resolvers have private addresses, so they come before
        # the martians, which are all private addresses.
        rule ssh allow tcp from mgmt to self port 22 log;
        rule resolver-answers allow udp from resolvers port 53 to self;
        rule martians deny from martians;

        # Flags that no real TCP sends: scanners do.
        rule null-scan deny tcp flags none/all;
        rule xmas-scan deny tcp flags fin,psh,urg/fin,psh,urg;
        rule syn-fin deny tcp flags fin,syn/fin,syn;

        # A web host gets no fragments in normal life; TCP finds the path's MTU.
        rule fragments deny fragment count;

        rule web allow tcp to self port web sample 1/100;
        rule ping allow icmp echo-request to self;

        # Path MTU discovery and traceroute need these; answers to our own pings.
        rule unreachable allow icmp destination-unreachable to self;
        rule too-big allow icmp6 packet-too-big to self;
        rule expired allow icmp time-exceeded to self;
        rule pong allow icmp echo-reply to self;

        # Answers to the host's own connections.
        rule answers allow tcp from any port outside to self port 1024-65535 flags ack/ack;

        # Somebody outside tries the management port: worth a line in the log.
        rule ssh-knock deny tcp to self port 22 log;
        default deny;
    }

    egress on uplink {
        rule own-address deny from not own-sources log;
        rule no-smtp deny tcp port 25 log;
        default allow;
    }

    # Proved for every packet, not only for those of the tests.
    assert site-is-open allow in ingress tcp from not martians to self port { 80, 443 }
            flags syn/fin,syn,psh,urg;
    assert management-reaches-ssh allow in ingress tcp from mgmt to self port 22;
    assert ssh-is-closed deny in ingress tcp from not mgmt to any port 22 flags syn/syn,ack;
    assert no-forged-sources deny in ingress udp from martians and not resolvers;
    assert no-mail-leaves deny in egress tcp port 25;

    test "management can log in, nobody else" in ingress {
        packet tcp 10.20.1.9:40000 > 192.0.2.10:22 syn expect allow by ssh;
        packet tcp [fd00:20::9]:40000 > [2001:db8::10]:22 syn expect allow by ssh;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:22 syn expect deny by ssh-knock;
        packet tcp [2001:db8:ffff::5]:40000 > [2001:db8::10]:22 syn expect deny by ssh-knock;
        packet tcp 10.20.1.9:40000 > 192.0.2.11:22 syn expect deny by martians;
        packet tcp 10.21.1.9:40000 > 192.0.2.10:22 syn expect deny by martians;
    }

    test "the site is open, other ports are not" in ingress {
        packet tcp 203.0.113.5:40000 > 192.0.2.10:80 syn expect allow by web;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 ack,psh expect allow by web;
        packet tcp [2001:db8:ffff::5]:40000 > [2001:db8::10]:443 syn expect allow by web;
        packet tcp [2001:db8:ffff::5]:40000 > [2001:db8::10]:443 syn ext=hop,dest
                expect allow by web;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:80 syn options=8 expect allow by web;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:80 syn vlan=10 expect allow by web;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:8081 syn expect deny by default;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:3306 syn expect deny by default;
        packet udp 203.0.113.5:40000 > 192.0.2.10:443 expect deny by default;
        packet tcp 203.0.113.5:40000 > 192.0.2.11:80 syn expect deny by default;
    }

    test "answers come in, openings do not" in ingress {
        packet tcp 203.0.113.80:443 > 192.0.2.10:50000 syn,ack expect allow by answers;
        packet tcp 203.0.113.80:443 > 192.0.2.10:50000 syn expect deny by default;
        packet tcp 203.0.113.80:443 > 192.0.2.10:1023 ack expect deny by default;
        packet udp 10.0.0.53:53 > 192.0.2.10:33333 expect allow by resolver-answers;
        packet udp 203.0.113.53:53 > 192.0.2.10:33333 expect deny by default;
        packet icmp4 203.0.113.1 > 192.0.2.10 destination-unreachable code=4
                expect allow by unreachable;
        packet icmp6 2001:db8:ffff::1 > 2001:db8::10 packet-too-big expect allow by too-big;
        packet icmp 203.0.113.5 > 192.0.2.10 echo-request expect allow by ping;
        packet icmp 2001:db8:ffff::5 > 2001:db8::10 echo-request expect allow by ping;
        packet icmp6 fe80::1 > 2001:db8::10 nd-neighbor-solicit ttl=255 expect allow by neighbours;
        packet icmp6 fe80::1 > 2001:db8::10 nd-neighbor-solicit ttl=64 expect deny by default;
    }

    test "what no honest sender sends" in ingress {
        packet tcp 192.168.1.1:40000 > 192.0.2.10:80 syn expect deny by martians;
        packet tcp [fd00:99::1]:40000 > [2001:db8::10]:80 syn expect deny by martians;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:80 none expect deny by null-scan;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:80 fin,psh,urg expect deny by xmas-scan;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:80 syn,fin expect deny by syn-fin;
        packet udp 203.0.113.5 > 192.0.2.10 frag=later expect deny by fragments;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:80 ack frag=first expect allow by web;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:80 syn truncate=40 expect deny by malformed;
        packet tcp [2001:db8:ffff::5]:40000 > [2001:db8::10]:80 syn truncate=60
                expect deny by malformed;
        packet arp expect allow by non-ip;
    }

    test "the host does not send mail or under another name" in egress {
        packet tcp 192.0.2.10:50000 > 203.0.113.25:25 syn expect deny by no-smtp;
        packet tcp [2001:db8::10]:50000 > [2001:db8:ffff::25]:25 syn expect deny by no-smtp;
        packet tcp 192.0.2.10:50000 > 203.0.113.25:443 syn expect allow by default;
        packet tcp 192.0.2.10:80 > 203.0.113.5:40000 syn,ack expect allow by default;
        packet udp 192.0.2.99:40000 > 203.0.113.5:53 expect deny by own-address;
        packet icmp6 fe80::10 > ff02::1 nd-neighbor-advert ttl=255 expect allow by default;
    }
}
