# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The nftables matches of TCP ports and flags that the language can say. The note of each rule names what it stands for;
# docs/nftables-catalogue.md lists them all. Every rule has a test: packets on its boundaries, which it decides, and
# packets just outside, which go past it. So that no rule hides another they are spread over blocks, which also
# exercises both hooks.

policy nft-tcp {
    owner "tests";

    ingress on lane-1 {
        rule tcp-dport-22 allow tcp port 22 note "tcp dport 22";
        rule tcp-dport-33-45 allow tcp port 33-45 note "tcp dport 33-45";
        rule tcp-sport-8080 allow tcp from any port 8080 note "tcp sport 8080";
        rule tcp-dport-80-90 allow tcp port 80-90
                note "tcp dport 80-90; iifname eth0 tcp dport 80-90";
        rule tcp-dport-39128 allow tcp port 39128 note "tcp dport 39128";
        rule tcp-dport-9128 allow tcp port 9128 note "tcp dport 9128";
        rule tcp-dport-list-of-14 allow tcp port { 1, 2, 3, 4, 5, 6, 7, 8, 101, 202, 303, 1001,
                2002, 3003 }
                note "tcp dport { 1, 2, 3, 4, 5, 6, 7, 8, 101, 202, 303, 1001, 2002, 3003 }";
        rule tcp-dport-443 allow tcp port 443 note "tcp dport 443; iifname eth0 tcp dport 443";
        rule tcp-dport-vmap-25 allow tcp port 25 note "tcp dport vmap { 25:accept, 28:drop }";
        rule tcp-dport-vmap-28 deny tcp port 28 note "tcp dport vmap { 25:accept, 28:drop }";
        rule tcp-sport-vmap-25 allow tcp from any port 25
                note "tcp sport vmap { 25:accept, 28:drop }";
        rule tcp-sport-vmap-28 deny tcp from any port 28
                note "tcp sport vmap { 25:accept, 28:drop }";
        rule tcp-flags-cwr allow tcp flags cwr note "tcp flags cwr";
        default deny;
    }

    egress on lane-2 {
        rule tcp-dport-not-233 allow tcp port not 233 note "tcp dport != 233";
        rule tcp-sport-not-233 allow tcp from any port not 233 note "tcp sport != 233";
        rule tcp-flags-fin-syn-fin-syn allow tcp flags fin,syn/fin,syn
                note "tcp flags fin,syn / fin,syn";
        default deny;
    }

    ingress on lane-3 {
        rule tcp-dport-not-33-45 allow tcp port not 33-45 note "tcp dport != 33-45";
        rule tcp-sport-33-45 allow tcp from any port 33-45 note "tcp sport 33-45";
        rule tcp-flags-no-syn allow tcp flags none/syn
                note "tcp flags & syn == 0; tcp flags ! syn; tcp flags & syn != syn";
        default deny;
    }

    egress on lane-4 {
        rule tcp-dport-33-55-67-88 allow tcp port { 33, 55, 67, 88 }
                note "tcp dport { 33, 55, 67, 88 }";
        rule tcp-dport-telnet-http-https allow tcp port { telnet, http, https }
                note "tcp dport { telnet, http, https }";
        rule tcp-sport-22 allow tcp from any port 22 note "tcp sport 22";
        rule tcp-flags-none-of-syn-ack allow tcp flags none/syn,ack
                note "tcp flags & (syn | ack) == 0; tcp flags ! syn,ack";
        default deny;
    }

    ingress on lane-5 {
        rule tcp-dport-not-33-55-67-88 allow tcp port not { 33, 55, 67, 88 }
                note "tcp dport != { 33, 55, 67, 88 }";
        rule tcp-sport-not-33-45 allow tcp from any port not 33-45 note "tcp sport != 33-45";
        rule tcp-flags-answer allow tcp flags syn,ack/fin,syn,rst,ack
                note "tcp flags & (fin | syn | rst | ack) == (syn | ack); tcp flags syn,ack / fin,syn,rst,ack";
        rule tcp-flags-every allow tcp flags all
                note "tcp flags & (fin | syn | rst | psh | ack | urg | ecn | cwr) == fin | syn | rst | psh | ack | urg | ecn | cwr; tcp flags == 0xff";
        default deny;
    }

    egress on lane-6 {
        rule tcp-dport-22-53-80-110 allow tcp port { 22, 53, 80, 110 }
                note "tcp dport { 22, 53, 80, 110 }";
        rule tcp-sport-33-55-67-88 allow tcp from any port { 33, 55, 67, 88 }
                note "tcp sport { 33, 55, 67, 88 }";
        rule tcp-flags-syn-and-ack allow tcp flags syn,ack
                note "tcp flags & (syn | ack) == (syn | ack); tcp flags syn,ack / syn,ack";
        default deny;
    }

    ingress on lane-7 {
        rule tcp-dport-not-22-53-80-110 allow tcp port not { 22, 53, 80, 110 }
                note "tcp dport != { 22, 53, 80, 110 }";
        rule tcp-sport-not-33-55-67-88 allow tcp from any port not { 33, 55, 67, 88 }
                note "tcp sport != { 33, 55, 67, 88 }";
        rule tcp-flags-masked-set-fin allow tcp flags fin/fin,syn,rst,psh,ack,urg
                note "tcp flags & (fin | syn | rst | psh | ack | urg) == { fin, ack, psh | ack, fin | psh | ack }";
        rule tcp-flags-masked-set-ack allow tcp flags ack/fin,syn,rst,psh,ack,urg
                note "tcp flags & (fin | syn | rst | psh | ack | urg) == { fin, ack, psh | ack, fin | psh | ack }";
        rule tcp-flags-masked-set-psh-ack allow tcp flags psh,ack/fin,syn,rst,psh,ack,urg
                note "tcp flags & (fin | syn | rst | psh | ack | urg) == { fin, ack, psh | ack, fin | psh | ack }";
        rule tcp-flags-masked-set-fin-psh-ack allow tcp flags fin,psh,ack/fin,syn,rst,psh,ack,urg
                note "tcp flags & (fin | syn | rst | psh | ack | urg) == { fin, ack, psh | ack, fin | psh | ack }";
        default deny;
    }

    egress on lane-8 {
        rule tcp-dport-not-80-90 allow tcp port not 80-90
                note "tcp dport != 80-90; iifname eth0 tcp dport != 80-90";
        default deny;
    }

    ingress on lane-9 {
        rule tcp-dport-80-90-23 allow tcp port { 80, 90, 23 }
                note "tcp dport { 80, 90, 23 }; iifname eth0 tcp dport { 80, 90, 23 }";
        default deny;
    }

    egress on lane-10 {
        rule tcp-dport-not-80-90-23 allow tcp port not { 80, 90, 23 }
                note "tcp dport != { 80, 90, 23 }; iifname eth0 tcp dport != { 80, 90, 23 }";
        default deny;
    }

    ingress on lane-11 {
        rule tcp-dport-not-23-34 allow tcp port not 23-34
                note "tcp dport != 23-34; iifname eth0 tcp dport != 23-34";
        default deny;
    }

    egress on lane-12 {
        rule tcp-dport-80 allow tcp port 80 note "tcp dport 80; iifname foo tcp dport 80";
        rule tcp-dport-vmap-22 allow tcp port 22 note "tcp dport vmap { 22 : accept, 23 : drop }";
        rule tcp-dport-vmap-23 deny tcp port 23 count
                note "tcp dport vmap { 22 : accept, 23 : drop }";
        default deny;
    }

    ingress on lane-13 {
        rule tcp-sport-1024-tcp-dport-22 allow tcp from any port 1024 to any port 22
                note "tcp sport 1024 tcp dport 22";
        rule ip6-tcp-dport-22 allow ip6 tcp port 22 note "meta nfproto ipv6 tcp dport 22";
        default deny;
    }

    egress on lane-14 {
        rule ip4-tcp-dport-22 allow ip4 tcp port 22
                note "ip protocol tcp tcp dport 22; ether type ip tcp dport 22; meta nfproto ipv4 tcp dport 22";
        default deny;
    }

    ingress on lane-15 {
        rule ip-protocol-tcp-ip-saddr-1-2-3-4-tcp-dport-22 allow tcp from 1.2.3.4 to any port 22
                note "ip protocol tcp ip saddr 1.2.3.4 tcp dport 22";
        default deny;
    }

    egress on lane-16 {
        rule tcp-flags-only-fin allow tcp flags fin/all
                note "tcp flags { fin, syn, rst, psh, ack, urg, ecn, cwr }";
        rule tcp-flags-only-syn allow tcp flags syn/all
                note "tcp flags { fin, syn, rst, psh, ack, urg, ecn, cwr }";
        rule tcp-flags-only-rst allow tcp flags rst/all
                note "tcp flags { fin, syn, rst, psh, ack, urg, ecn, cwr }";
        rule tcp-flags-only-psh allow tcp flags psh/all
                note "tcp flags { fin, syn, rst, psh, ack, urg, ecn, cwr }";
        rule tcp-flags-only-ack allow tcp flags ack/all
                note "tcp flags { fin, syn, rst, psh, ack, urg, ecn, cwr }";
        rule tcp-flags-only-urg allow tcp flags urg/all
                note "tcp flags { fin, syn, rst, psh, ack, urg, ecn, cwr }";
        rule tcp-flags-only-ece allow tcp flags ece/all
                note "tcp flags { fin, syn, rst, psh, ack, urg, ecn, cwr }";
        rule tcp-flags-only-cwr allow tcp flags cwr/all
                note "tcp flags { fin, syn, rst, psh, ack, urg, ecn, cwr }";
        default deny;
    }

    ingress on lane-17 {
        rule tcp-flags-not-only-but-fin deny tcp flags fin/all
                note "tcp flags != { fin, urg, ecn, cwr }";
        rule tcp-flags-not-only-but-urg deny tcp flags urg/all
                note "tcp flags != { fin, urg, ecn, cwr }";
        rule tcp-flags-not-only-but-ece deny tcp flags ece/all
                note "tcp flags != { fin, urg, ecn, cwr }";
        rule tcp-flags-not-only-but-cwr deny tcp flags cwr/all
                note "tcp flags != { fin, urg, ecn, cwr }";
        rule tcp-flags-not-only allow tcp note "tcp flags != { fin, urg, ecn, cwr }";
        default deny;
    }

    egress on lane-18 {
        rule tcp-flags-not-cwr-but deny tcp flags cwr/all note "tcp flags != cwr";
        rule tcp-flags-not-cwr allow tcp note "tcp flags != cwr";
        default deny;
    }

    ingress on lane-19 {
        rule tcp-flags-just-syn allow tcp flags syn/all note "tcp flags == syn";
        default deny;
    }

    egress on lane-20 {
        rule tcp-flags-not-syn-of-fin-syn-but deny tcp flags syn/fin,syn
                note "tcp flags != syn / fin,syn";
        rule tcp-flags-not-syn-of-fin-syn allow tcp note "tcp flags != syn / fin,syn";
        default deny;
    }

    ingress on lane-21 {
        rule tcp-flags-syn allow tcp flags syn
                note "tcp flags & syn != 0; tcp flags syn; tcp flags & syn == syn";
        default deny;
    }

    egress on lane-22 {
        rule tcp-flags-any-of-syn allow tcp flags syn
                note "tcp flags & (syn | ack) != 0; tcp flags syn,ack";
        rule tcp-flags-any-of-ack allow tcp flags ack
                note "tcp flags & (syn | ack) != 0; tcp flags syn,ack";
        default deny;
    }

    ingress on lane-23 {
        rule tcp-flags-opening allow tcp flags syn/fin,syn,rst,ack
                note "tcp flags & (fin | syn | rst | ack) syn; tcp flags & (fin | syn | rst | ack) == syn; tcp flags syn / fin,syn,rst,ack";
        default deny;
    }

    egress on lane-24 {
        rule tcp-flags-not-opening-but deny tcp flags syn/fin,syn,rst,ack
                note "tcp flags & (fin | syn | rst | ack) != syn; tcp flags != syn / fin,syn,rst,ack";
        rule tcp-flags-not-opening allow tcp
                note "tcp flags & (fin | syn | rst | ack) != syn; tcp flags != syn / fin,syn,rst,ack";
        default deny;
    }

    ingress on lane-25 {
        rule tcp-flags-not-answer-but deny tcp flags syn,ack/fin,syn,rst,ack
                note "tcp flags & (fin | syn | rst | ack) != (syn | ack); tcp flags != syn,ack / fin,syn,rst,ack";
        rule tcp-flags-not-answer allow tcp
                note "tcp flags & (fin | syn | rst | ack) != (syn | ack); tcp flags != syn,ack / fin,syn,rst,ack";
        default deny;
    }

    egress on lane-26 {
        rule tcp-flags-exactly-syn allow tcp flags syn/all note "tcp flags { syn, syn | ack }";
        rule tcp-flags-exactly-syn-ack allow tcp flags syn,ack/all
                note "tcp flags { syn, syn | ack }";
        default deny;
    }

    ingress on lane-27 {
        rule tcp-flags-none-of-fin-rst allow tcp flags none/fin,rst note "tcp flags ! fin,rst";
        default deny;
    }

    test "tcp dport 22" in ingress on lane-1 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect allow by tcp-dport-22;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:22 syn expect allow by tcp-dport-22;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn frag=first expect allow by tcp-dport-22;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:21 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:23 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:22 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:22 > 198.51.100.1:9 syn expect deny by default;
    }

    test "tcp dport != 233" in egress on lane-2 {
        packet tcp 192.0.2.1:233 > 198.51.100.1:232 syn expect allow by tcp-dport-not-233;
        packet tcp 192.0.2.1:233 > 198.51.100.1:234 syn expect allow by tcp-dport-not-233;
        packet tcp [2001:db8::1]:233 > [2001:db8::2]:232 syn expect allow by tcp-dport-not-233;
        packet tcp 192.0.2.1:233 > 198.51.100.1:232 syn frag=first
                expect allow by tcp-dport-not-233;
        packet tcp 192.0.2.1:233 > 198.51.100.1:233 syn expect deny by default;
        packet udp 192.0.2.1:233 > 198.51.100.1:232 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp [2001:db8::1]:233 > [2001:db8::2]:233 syn expect deny by default;
    }

    test "tcp dport 33-45" in ingress on lane-1 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:33 syn expect allow by tcp-dport-33-45;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:45 syn expect allow by tcp-dport-33-45;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:33 syn expect allow by tcp-dport-33-45;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:33 syn frag=first expect allow by tcp-dport-33-45;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:32 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:46 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:33 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:9 syn expect deny by default;
    }

    test "tcp dport != 33-45" in ingress on lane-3 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:32 syn expect allow by tcp-dport-not-33-45;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:46 syn expect allow by tcp-dport-not-33-45;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:32 syn expect allow by tcp-dport-not-33-45;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:32 syn frag=first
                expect allow by tcp-dport-not-33-45;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:33 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:45 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:32 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:33 syn expect deny by default;
    }

    test "tcp dport { 33, 55, 67, 88 }" in egress on lane-4 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:33 syn expect allow by tcp-dport-33-55-67-88;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:55 syn expect allow by tcp-dport-33-55-67-88;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:67 syn expect allow by tcp-dport-33-55-67-88;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:88 syn expect allow by tcp-dport-33-55-67-88;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:33 syn expect allow by tcp-dport-33-55-67-88;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:33 syn frag=first
                expect allow by tcp-dport-33-55-67-88;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:32 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:34 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:54 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:56 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:66 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:68 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:87 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:89 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:33 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:9 syn expect deny by default;
    }

    test "tcp dport != { 33, 55, 67, 88 }" in ingress on lane-5 {
        packet tcp 192.0.2.1:33 > 198.51.100.1:32 syn expect allow by tcp-dport-not-33-55-67-88;
        packet tcp 192.0.2.1:33 > 198.51.100.1:34 syn expect allow by tcp-dport-not-33-55-67-88;
        packet tcp 192.0.2.1:33 > 198.51.100.1:54 syn expect allow by tcp-dport-not-33-55-67-88;
        packet tcp 192.0.2.1:33 > 198.51.100.1:56 syn expect allow by tcp-dport-not-33-55-67-88;
        packet tcp 192.0.2.1:33 > 198.51.100.1:66 syn expect allow by tcp-dport-not-33-55-67-88;
        packet tcp 192.0.2.1:33 > 198.51.100.1:68 syn expect allow by tcp-dport-not-33-55-67-88;
        packet tcp 192.0.2.1:33 > 198.51.100.1:87 syn expect allow by tcp-dport-not-33-55-67-88;
        packet tcp 192.0.2.1:33 > 198.51.100.1:89 syn expect allow by tcp-dport-not-33-55-67-88;
        packet tcp [2001:db8::1]:33 > [2001:db8::2]:32 syn
                expect allow by tcp-dport-not-33-55-67-88;
        packet tcp 192.0.2.1:33 > 198.51.100.1:32 syn frag=first
                expect allow by tcp-dport-not-33-55-67-88;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 syn expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:55 syn expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:67 syn expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:88 syn expect deny by default;
        packet udp 192.0.2.1:33 > 198.51.100.1:32 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp [2001:db8::1]:33 > [2001:db8::2]:33 syn expect deny by default;
    }

    test "tcp dport { telnet, http, https }" in egress on lane-4 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:23 syn
                expect allow by tcp-dport-telnet-http-https;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:80 syn
                expect allow by tcp-dport-telnet-http-https;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:443 syn
                expect allow by tcp-dport-telnet-http-https;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:23 syn
                expect allow by tcp-dport-telnet-http-https;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:23 syn frag=first
                expect allow by tcp-dport-telnet-http-https;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:24 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:79 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:81 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:442 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:444 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:23 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:23 > 198.51.100.1:9 syn expect deny by default;
    }

    test "tcp dport { 22, 53, 80, 110 }" in egress on lane-6 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect allow by tcp-dport-22-53-80-110;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:53 syn expect allow by tcp-dport-22-53-80-110;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:80 syn expect allow by tcp-dport-22-53-80-110;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:110 syn expect allow by tcp-dport-22-53-80-110;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:22 syn
                expect allow by tcp-dport-22-53-80-110;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn frag=first
                expect allow by tcp-dport-22-53-80-110;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:21 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:23 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:52 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:54 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:79 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:81 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:109 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:111 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:22 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:22 > 198.51.100.1:9 syn expect deny by default;
    }

    test "tcp dport != { 22, 53, 80, 110 }" in ingress on lane-7 {
        packet tcp 192.0.2.1:33 > 198.51.100.1:21 syn expect allow by tcp-dport-not-22-53-80-110;
        packet tcp 192.0.2.1:33 > 198.51.100.1:23 syn expect allow by tcp-dport-not-22-53-80-110;
        packet tcp 192.0.2.1:33 > 198.51.100.1:52 syn expect allow by tcp-dport-not-22-53-80-110;
        packet tcp 192.0.2.1:33 > 198.51.100.1:54 syn expect allow by tcp-dport-not-22-53-80-110;
        packet tcp 192.0.2.1:33 > 198.51.100.1:79 syn expect allow by tcp-dport-not-22-53-80-110;
        packet tcp 192.0.2.1:33 > 198.51.100.1:81 syn expect allow by tcp-dport-not-22-53-80-110;
        packet tcp 192.0.2.1:33 > 198.51.100.1:109 syn expect allow by tcp-dport-not-22-53-80-110;
        packet tcp 192.0.2.1:33 > 198.51.100.1:111 syn expect allow by tcp-dport-not-22-53-80-110;
        packet tcp [2001:db8::1]:33 > [2001:db8::2]:21 syn
                expect allow by tcp-dport-not-22-53-80-110;
        packet tcp 192.0.2.1:33 > 198.51.100.1:21 syn frag=first
                expect allow by tcp-dport-not-22-53-80-110;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 syn expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:53 syn expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:80 syn expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:110 syn expect deny by default;
        packet udp 192.0.2.1:33 > 198.51.100.1:21 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp [2001:db8::1]:33 > [2001:db8::2]:22 syn expect deny by default;
    }

    test "tcp sport 22" in egress on lane-4 {
        packet tcp 192.0.2.1:22 > 198.51.100.1:9 syn expect allow by tcp-sport-22;
        packet tcp [2001:db8::1]:22 > [2001:db8::2]:9 syn expect allow by tcp-sport-22;
        packet tcp 192.0.2.1:22 > 198.51.100.1:9 syn frag=first expect allow by tcp-sport-22;
        packet tcp 192.0.2.1:21 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:23 > 198.51.100.1:9 syn expect deny by default;
        packet udp 192.0.2.1:22 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect deny by default;
    }

    test "tcp sport != 233" in egress on lane-2 {
        packet tcp 192.0.2.1:232 > 198.51.100.1:233 syn expect allow by tcp-sport-not-233;
        packet tcp 192.0.2.1:234 > 198.51.100.1:233 syn expect allow by tcp-sport-not-233;
        packet tcp [2001:db8::1]:232 > [2001:db8::2]:233 syn expect allow by tcp-sport-not-233;
        packet tcp 192.0.2.1:232 > 198.51.100.1:233 syn frag=first
                expect allow by tcp-sport-not-233;
        packet tcp 192.0.2.1:233 > 198.51.100.1:233 syn expect deny by default;
        packet udp 192.0.2.1:232 > 198.51.100.1:233 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp [2001:db8::1]:233 > [2001:db8::2]:233 syn expect deny by default;
    }

    test "tcp sport 33-45" in ingress on lane-3 {
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 syn expect allow by tcp-sport-33-45;
        packet tcp 192.0.2.1:45 > 198.51.100.1:33 syn expect allow by tcp-sport-33-45;
        packet tcp [2001:db8::1]:33 > [2001:db8::2]:33 syn expect allow by tcp-sport-33-45;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 syn frag=first expect allow by tcp-sport-33-45;
        packet tcp 192.0.2.1:32 > 198.51.100.1:33 syn expect deny by default;
        packet tcp 192.0.2.1:46 > 198.51.100.1:33 syn expect deny by default;
        packet udp 192.0.2.1:33 > 198.51.100.1:33 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:33 syn expect deny by default;
    }

    test "tcp sport != 33-45" in ingress on lane-5 {
        packet tcp 192.0.2.1:32 > 198.51.100.1:33 syn expect allow by tcp-sport-not-33-45;
        packet tcp 192.0.2.1:46 > 198.51.100.1:33 syn expect allow by tcp-sport-not-33-45;
        packet tcp [2001:db8::1]:32 > [2001:db8::2]:33 syn expect allow by tcp-sport-not-33-45;
        packet tcp 192.0.2.1:32 > 198.51.100.1:33 syn frag=first
                expect allow by tcp-sport-not-33-45;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 syn expect deny by default;
        packet tcp 192.0.2.1:45 > 198.51.100.1:33 syn expect deny by default;
        packet udp 192.0.2.1:32 > 198.51.100.1:33 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp [2001:db8::1]:33 > [2001:db8::2]:33 syn expect deny by default;
    }

    test "tcp sport { 33, 55, 67, 88 }" in egress on lane-6 {
        packet tcp 192.0.2.1:33 > 198.51.100.1:9 syn expect allow by tcp-sport-33-55-67-88;
        packet tcp 192.0.2.1:55 > 198.51.100.1:9 syn expect allow by tcp-sport-33-55-67-88;
        packet tcp 192.0.2.1:67 > 198.51.100.1:9 syn expect allow by tcp-sport-33-55-67-88;
        packet tcp 192.0.2.1:88 > 198.51.100.1:9 syn expect allow by tcp-sport-33-55-67-88;
        packet tcp [2001:db8::1]:33 > [2001:db8::2]:9 syn expect allow by tcp-sport-33-55-67-88;
        packet tcp 192.0.2.1:33 > 198.51.100.1:9 syn frag=first
                expect allow by tcp-sport-33-55-67-88;
        packet tcp 192.0.2.1:32 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:34 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:54 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:56 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:66 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:68 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:87 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:89 > 198.51.100.1:9 syn expect deny by default;
        packet udp 192.0.2.1:33 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:33 syn expect deny by default;
    }

    test "tcp sport != { 33, 55, 67, 88 }" in ingress on lane-7 {
        packet tcp 192.0.2.1:32 > 198.51.100.1:22 syn expect allow by tcp-sport-not-33-55-67-88;
        packet tcp 192.0.2.1:34 > 198.51.100.1:22 syn expect allow by tcp-sport-not-33-55-67-88;
        packet tcp 192.0.2.1:54 > 198.51.100.1:22 syn expect allow by tcp-sport-not-33-55-67-88;
        packet tcp 192.0.2.1:56 > 198.51.100.1:22 syn expect allow by tcp-sport-not-33-55-67-88;
        packet tcp 192.0.2.1:66 > 198.51.100.1:22 syn expect allow by tcp-sport-not-33-55-67-88;
        packet tcp 192.0.2.1:68 > 198.51.100.1:22 syn expect allow by tcp-sport-not-33-55-67-88;
        packet tcp 192.0.2.1:87 > 198.51.100.1:22 syn expect allow by tcp-sport-not-33-55-67-88;
        packet tcp 192.0.2.1:89 > 198.51.100.1:22 syn expect allow by tcp-sport-not-33-55-67-88;
        packet tcp [2001:db8::1]:32 > [2001:db8::2]:22 syn
                expect allow by tcp-sport-not-33-55-67-88;
        packet tcp 192.0.2.1:32 > 198.51.100.1:22 syn frag=first
                expect allow by tcp-sport-not-33-55-67-88;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 syn expect deny by default;
        packet tcp 192.0.2.1:55 > 198.51.100.1:22 syn expect deny by default;
        packet tcp 192.0.2.1:67 > 198.51.100.1:22 syn expect deny by default;
        packet tcp 192.0.2.1:88 > 198.51.100.1:22 syn expect deny by default;
        packet udp 192.0.2.1:32 > 198.51.100.1:22 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp [2001:db8::1]:33 > [2001:db8::2]:22 syn expect deny by default;
    }

    test "tcp sport 8080" in ingress on lane-1 {
        packet tcp 192.0.2.1:8080 > 198.51.100.1:9 syn expect allow by tcp-sport-8080;
        packet tcp [2001:db8::1]:8080 > [2001:db8::2]:9 syn expect allow by tcp-sport-8080;
        packet tcp 192.0.2.1:8080 > 198.51.100.1:9 syn frag=first expect allow by tcp-sport-8080;
        packet tcp 192.0.2.1:8079 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:8081 > 198.51.100.1:9 syn expect deny by default;
        packet udp 192.0.2.1:8080 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:8080 syn expect deny by default;
    }

    test "tcp dport 80-90" in ingress on lane-1 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:80 syn expect allow by tcp-dport-80-90;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:90 syn expect allow by tcp-dport-80-90;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:80 syn expect allow by tcp-dport-80-90;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:80 syn frag=first expect allow by tcp-dport-80-90;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:79 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:91 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:80 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:80 > 198.51.100.1:9 syn expect deny by default;
    }

    test "tcp dport != 80-90" in egress on lane-8 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:79 syn expect allow by tcp-dport-not-80-90;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:91 syn expect allow by tcp-dport-not-80-90;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:79 syn expect allow by tcp-dport-not-80-90;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:79 syn frag=first
                expect allow by tcp-dport-not-80-90;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:80 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:90 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:79 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:80 syn expect deny by default;
    }

    test "tcp dport { 80, 90, 23 }" in ingress on lane-9 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:80 syn expect allow by tcp-dport-80-90-23;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:90 syn expect allow by tcp-dport-80-90-23;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:23 syn expect allow by tcp-dport-80-90-23;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:80 syn expect allow by tcp-dport-80-90-23;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:80 syn frag=first
                expect allow by tcp-dport-80-90-23;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:79 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:81 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:89 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:91 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:24 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:80 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:80 > 198.51.100.1:9 syn expect deny by default;
    }

    test "tcp dport != { 80, 90, 23 }" in egress on lane-10 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:79 syn expect allow by tcp-dport-not-80-90-23;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:81 syn expect allow by tcp-dport-not-80-90-23;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:89 syn expect allow by tcp-dport-not-80-90-23;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:91 syn expect allow by tcp-dport-not-80-90-23;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect allow by tcp-dport-not-80-90-23;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:24 syn expect allow by tcp-dport-not-80-90-23;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:79 syn
                expect allow by tcp-dport-not-80-90-23;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:79 syn frag=first
                expect allow by tcp-dport-not-80-90-23;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:80 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:90 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:23 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:79 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:80 syn expect deny by default;
    }

    test "tcp dport != 23-34" in ingress on lane-11 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect allow by tcp-dport-not-23-34;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:35 syn expect allow by tcp-dport-not-23-34;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:22 syn expect allow by tcp-dport-not-23-34;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn frag=first
                expect allow by tcp-dport-not-23-34;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:23 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:34 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:22 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:23 syn expect deny by default;
    }

    test "tcp dport 39128" in ingress on lane-1 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:39128 syn expect allow by tcp-dport-39128;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:39128 syn expect allow by tcp-dport-39128;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:39128 syn frag=first
                expect allow by tcp-dport-39128;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:39127 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:39129 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:39128 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:39128 > 198.51.100.1:9 syn expect deny by default;
    }

    test "tcp dport 9128" in ingress on lane-1 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9128 syn expect allow by tcp-dport-9128;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9128 syn expect allow by tcp-dport-9128;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9128 syn frag=first
                expect allow by tcp-dport-9128;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9127 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9129 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9128 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:9128 > 198.51.100.1:9 syn expect deny by default;
    }

    test "tcp dport { 1, 2, 3, 4, 5, 6, 7, 8, 101, 202, 303, 1001, 2002, 3003 }"
            in ingress on lane-1 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:1 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:2 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:3 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:4 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:5 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:6 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:7 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:8 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:101 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:202 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:303 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:1001 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:2002 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:3003 syn expect allow by tcp-dport-list-of-14;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:1 syn expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:1 syn frag=first
                expect allow by tcp-dport-list-of-14;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:0 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:100 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:102 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:201 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:203 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:302 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:304 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:1000 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:1002 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:2001 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:2003 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:3002 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:3004 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:1 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:1 > 198.51.100.1:9 syn expect deny by default;
    }

    test "tcp dport 443" in ingress on lane-1 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:443 syn expect allow by tcp-dport-443;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:443 syn expect allow by tcp-dport-443;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:443 syn frag=first expect allow by tcp-dport-443;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:442 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:444 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:443 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:443 > 198.51.100.1:9 syn expect deny by default;
    }

    test "tcp dport 80" in egress on lane-12 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:80 syn expect allow by tcp-dport-80;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:80 syn expect allow by tcp-dport-80;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:80 syn frag=first expect allow by tcp-dport-80;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:79 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:81 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:80 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:80 > 198.51.100.1:9 syn expect deny by default;
    }

    test "tcp dport vmap { 22 : accept, 23 : drop }" in egress on lane-12 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect allow by tcp-dport-vmap-22;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:23 syn expect deny by tcp-dport-vmap-23;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:21 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:24 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:22 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:23 expect deny by default;
    }

    test "tcp dport vmap { 25:accept, 28:drop }" in ingress on lane-1 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:25 syn expect allow by tcp-dport-vmap-25;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:28 syn expect deny by tcp-dport-vmap-28;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:24 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:26 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:27 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:29 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:25 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:28 expect deny by default;
    }

    test "tcp sport vmap { 25:accept, 28:drop }" in ingress on lane-1 {
        packet tcp 192.0.2.1:25 > 198.51.100.1:9 syn expect allow by tcp-sport-vmap-25;
        packet tcp 192.0.2.1:28 > 198.51.100.1:9 syn expect deny by tcp-sport-vmap-28;
        packet tcp 192.0.2.1:24 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:26 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:27 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:29 > 198.51.100.1:9 syn expect deny by default;
        packet udp 192.0.2.1:25 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:28 > 198.51.100.1:9 expect deny by default;
    }

    test "tcp sport 1024 tcp dport 22" in ingress on lane-13 {
        packet tcp 192.0.2.1:1024 > 198.51.100.1:22 syn expect allow by tcp-sport-1024-tcp-dport-22;
        packet tcp [2001:db8::1]:1024 > [2001:db8::2]:22 syn
                expect allow by tcp-sport-1024-tcp-dport-22;
        packet tcp 192.0.2.1:1023 > 198.51.100.1:22 syn expect deny by default;
        packet tcp 192.0.2.1:1025 > 198.51.100.1:22 syn expect deny by default;
        packet tcp 192.0.2.1:1024 > 198.51.100.1:21 syn expect deny by default;
        packet tcp 192.0.2.1:1024 > 198.51.100.1:23 syn expect deny by default;
        packet tcp 192.0.2.1:22 > 198.51.100.1:1024 syn expect deny by default;
        packet udp 192.0.2.1:1024 > 198.51.100.1:22 expect deny by default;
    }

    test "ip protocol tcp tcp dport 22" in egress on lane-14 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect allow by ip4-tcp-dport-22;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn vlan=7 expect allow by ip4-tcp-dport-22;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:22 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:21 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:23 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:22 expect deny by default;
    }

    test "meta nfproto ipv6 tcp dport 22" in ingress on lane-13 {
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:22 syn expect allow by ip6-tcp-dport-22;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:22 syn ext=hop
                expect allow by ip6-tcp-dport-22;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:21 syn expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:23 syn expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:22 expect deny by default;
    }

    test "ip protocol tcp ip saddr 1.2.3.4 tcp dport 22" in ingress on lane-15 {
        packet tcp 1.2.3.4:40000 > 198.51.100.1:22 syn
                expect allow by ip-protocol-tcp-ip-saddr-1-2-3-4-tcp-dport-22;
        packet tcp 1.2.3.3:40000 > 198.51.100.1:22 syn expect deny by default;
        packet tcp 1.2.3.5:40000 > 198.51.100.1:22 syn expect deny by default;
        packet tcp 1.2.3.4:40000 > 198.51.100.1:21 syn expect deny by default;
        packet tcp 1.2.3.4:40000 > 198.51.100.1:23 syn expect deny by default;
        packet udp 1.2.3.4:40000 > 198.51.100.1:22 expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:22 syn expect deny by default;
    }

    test "tcp flags { fin, syn, rst, psh, ack, urg, ecn, cwr }" in egress on lane-16 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin expect allow by tcp-flags-only-fin;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by tcp-flags-only-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 rst expect allow by tcp-flags-only-rst;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 psh expect allow by tcp-flags-only-psh;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack expect allow by tcp-flags-only-ack;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 urg expect allow by tcp-flags-only-urg;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ece expect allow by tcp-flags-only-ece;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 cwr expect allow by tcp-flags-only-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 all expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,rst expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,psh expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,urg expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,ece expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,cwr expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,rst expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,psh expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,urg expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ece expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,cwr expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 rst,psh expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 rst,ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 rst,urg expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 rst,ece expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 rst,cwr expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 psh,ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 psh,urg expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 psh,ece expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 psh,cwr expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack,urg expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack,ece expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack,cwr expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 urg,ece expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 urg,cwr expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ece,cwr expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "tcp flags != { fin, urg, ecn, cwr }" in ingress on lane-17 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,ack expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 psh,urg expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 all expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,rst expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,psh expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,urg expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,ece expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,cwr expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,urg expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 rst,urg expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack,urg expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 urg,ece expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 urg,cwr expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ece expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 rst,ece expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 psh,ece expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack,ece expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ece,cwr expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,cwr expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 rst,cwr expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 psh,cwr expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack,cwr expect allow by tcp-flags-not-only;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 none expect allow by tcp-flags-not-only;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin expect deny by tcp-flags-not-only-but-fin;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 urg expect deny by tcp-flags-not-only-but-urg;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ece expect deny by tcp-flags-not-only-but-ece;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 cwr expect deny by tcp-flags-not-only-but-cwr;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "tcp flags cwr" in ingress on lane-1 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 cwr expect allow by tcp-flags-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack,cwr expect allow by tcp-flags-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 all expect allow by tcp-flags-cwr;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 cwr expect allow by tcp-flags-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn,rst,psh,ack,urg,ece
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "tcp flags != cwr" in egress on lane-18 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect allow by tcp-flags-not-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by tcp-flags-not-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack,cwr expect allow by tcp-flags-not-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 all expect allow by tcp-flags-not-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn,rst,psh,ack,urg,ece
                expect allow by tcp-flags-not-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,cwr expect allow by tcp-flags-not-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,cwr expect allow by tcp-flags-not-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 rst,cwr expect allow by tcp-flags-not-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 psh,cwr expect allow by tcp-flags-not-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 urg,cwr expect allow by tcp-flags-not-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ece,cwr expect allow by tcp-flags-not-cwr;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 none expect allow by tcp-flags-not-cwr;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 cwr expect deny by tcp-flags-not-cwr-but;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "tcp flags == syn" in ingress on lane-19 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by tcp-flags-just-syn;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn expect allow by tcp-flags-just-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ece expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,cwr expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,rst expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,psh expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,urg expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "tcp flags fin,syn / fin,syn" in egress on lane-2 {
        packet tcp 192.0.2.1:233 > 198.51.100.1:233 fin,syn
                expect allow by tcp-flags-fin-syn-fin-syn;
        packet tcp 192.0.2.1:233 > 198.51.100.1:233 fin,syn,ack
                expect allow by tcp-flags-fin-syn-fin-syn;
        packet tcp 192.0.2.1:233 > 198.51.100.1:233 all expect allow by tcp-flags-fin-syn-fin-syn;
        packet tcp [2001:db8::1]:233 > [2001:db8::2]:233 fin,syn
                expect allow by tcp-flags-fin-syn-fin-syn;
        packet tcp 192.0.2.1:233 > 198.51.100.1:233 fin expect deny by default;
        packet tcp 192.0.2.1:233 > 198.51.100.1:233 syn expect deny by default;
        packet tcp 192.0.2.1:233 > 198.51.100.1:233 none expect deny by default;
        packet tcp 192.0.2.1:233 > 198.51.100.1:233 ack expect deny by default;
        packet tcp 192.0.2.1:233 > 198.51.100.1:233 syn,rst,psh,ack,urg,ece,cwr
                expect deny by default;
        packet tcp 192.0.2.1:233 > 198.51.100.1:233 fin,rst,psh,ack,urg,ece,cwr
                expect deny by default;
        packet udp 192.0.2.1:233 > 198.51.100.1:233 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "tcp flags != syn / fin,syn" in egress on lane-20 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none
                expect allow by tcp-flags-not-syn-of-fin-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin
                expect allow by tcp-flags-not-syn-of-fin-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn
                expect allow by tcp-flags-not-syn-of-fin-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack
                expect allow by tcp-flags-not-syn-of-fin-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 all
                expect allow by tcp-flags-not-syn-of-fin-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 rst,psh,ack,urg,ece,cwr
                expect allow by tcp-flags-not-syn-of-fin-syn;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 none
                expect allow by tcp-flags-not-syn-of-fin-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn
                expect deny by tcp-flags-not-syn-of-fin-syn-but;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack
                expect deny by tcp-flags-not-syn-of-fin-syn-but;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,rst,psh,ack,urg,ece,cwr
                expect deny by tcp-flags-not-syn-of-fin-syn-but;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "tcp flags & syn != 0" in ingress on lane-21 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by tcp-flags-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack expect allow by tcp-flags-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 all expect allow by tcp-flags-syn;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn expect allow by tcp-flags-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,rst,psh,ack,urg,ece,cwr
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "tcp flags & syn == 0" in ingress on lane-3 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:33 none expect allow by tcp-flags-no-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:33 ack expect allow by tcp-flags-no-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:33 fin,rst,psh,ack,urg,ece,cwr
                expect allow by tcp-flags-no-syn;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:33 none expect allow by tcp-flags-no-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:33 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:33 syn,ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:33 all expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:33 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "tcp flags & (syn | ack) != 0" in egress on lane-22 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by tcp-flags-any-of-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack expect allow by tcp-flags-any-of-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 all expect allow by tcp-flags-any-of-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack expect allow by tcp-flags-any-of-ack;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 psh,ack expect allow by tcp-flags-any-of-ack;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 rst expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,rst,psh,urg,ece,cwr expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "tcp flags & (syn | ack) == 0" in egress on lane-4 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect allow by tcp-flags-none-of-syn-ack;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin expect allow by tcp-flags-none-of-syn-ack;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,rst,psh,urg,ece,cwr
                expect allow by tcp-flags-none-of-syn-ack;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 none
                expect allow by tcp-flags-none-of-syn-ack;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn,rst,psh,urg,ece,cwr
                expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,rst,psh,ack,urg,ece,cwr
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "tcp flags & (fin | syn | rst | ack) syn" in ingress on lane-23 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by tcp-flags-opening;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,psh expect allow by tcp-flags-opening;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,urg,ece,cwr
                expect allow by tcp-flags-opening;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,psh,urg,ece,cwr
                expect allow by tcp-flags-opening;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn expect allow by tcp-flags-opening;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,rst expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn,psh,urg,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 psh,urg,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,rst,psh,urg,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,psh,ack,urg,ece,cwr expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "tcp flags & (fin | syn | rst | ack) != syn" in egress on lane-24 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect allow by tcp-flags-not-opening;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack expect allow by tcp-flags-not-opening;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn expect allow by tcp-flags-not-opening;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,rst expect allow by tcp-flags-not-opening;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack expect allow by tcp-flags-not-opening;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn,psh,urg,ece,cwr
                expect allow by tcp-flags-not-opening;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 psh,urg,ece,cwr
                expect allow by tcp-flags-not-opening;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,rst,psh,urg,ece,cwr
                expect allow by tcp-flags-not-opening;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,psh,ack,urg,ece,cwr
                expect allow by tcp-flags-not-opening;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 none expect allow by tcp-flags-not-opening;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect deny by tcp-flags-not-opening-but;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,psh
                expect deny by tcp-flags-not-opening-but;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,psh,urg,ece,cwr
                expect deny by tcp-flags-not-opening-but;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "tcp flags & (fin | syn | rst | ack) == (syn | ack)" in ingress on lane-5 {
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 syn,ack expect allow by tcp-flags-answer;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 syn,ack,ece expect allow by tcp-flags-answer;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 syn,psh,ack,urg,ece,cwr
                expect allow by tcp-flags-answer;
        packet tcp [2001:db8::1]:33 > [2001:db8::2]:33 syn,ack expect allow by tcp-flags-answer;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 syn expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 ack expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 fin,syn,ack expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 syn,rst,ack expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 none expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 fin,syn,psh,ack,urg,ece,cwr
                expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 psh,ack,urg,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 syn,rst,psh,ack,urg,ece,cwr
                expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 syn,psh,urg,ece,cwr expect deny by default;
        packet udp 192.0.2.1:33 > 198.51.100.1:33 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "tcp flags & (fin | syn | rst | ack) != (syn | ack)" in ingress on lane-25 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect allow by tcp-flags-not-answer;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by tcp-flags-not-answer;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack expect allow by tcp-flags-not-answer;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn,ack
                expect allow by tcp-flags-not-answer;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,rst,ack
                expect allow by tcp-flags-not-answer;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn,psh,ack,urg,ece,cwr
                expect allow by tcp-flags-not-answer;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 psh,ack,urg,ece,cwr
                expect allow by tcp-flags-not-answer;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,rst,psh,ack,urg,ece,cwr
                expect allow by tcp-flags-not-answer;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,psh,urg,ece,cwr
                expect allow by tcp-flags-not-answer;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 none expect allow by tcp-flags-not-answer;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack expect deny by tcp-flags-not-answer-but;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack,ece
                expect deny by tcp-flags-not-answer-but;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,psh,ack,urg,ece,cwr
                expect deny by tcp-flags-not-answer-but;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "tcp flags & (syn | ack) == (syn | ack)" in egress on lane-6 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack expect allow by tcp-flags-syn-and-ack;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn,ack
                expect allow by tcp-flags-syn-and-ack;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 all expect allow by tcp-flags-syn-and-ack;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn,ack
                expect allow by tcp-flags-syn-and-ack;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,rst,psh,ack,urg,ece,cwr
                expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn,rst,psh,urg,ece,cwr
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "tcp-flags-every" in ingress on lane-5 {
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 all expect allow by tcp-flags-every;
        packet tcp [2001:db8::1]:33 > [2001:db8::2]:33 all expect allow by tcp-flags-every;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 none expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 syn,rst,psh,ack,urg,ece,cwr
                expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 fin,rst,psh,ack,urg,ece,cwr
                expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 fin,syn,psh,ack,urg,ece,cwr
                expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 fin,syn,rst,ack,urg,ece,cwr
                expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 fin,syn,rst,psh,urg,ece,cwr
                expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 fin,syn,rst,psh,ack,ece,cwr
                expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 fin,syn,rst,psh,ack,urg,cwr
                expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:33 fin,syn,rst,psh,ack,urg,ece
                expect deny by default;
        packet udp 192.0.2.1:33 > 198.51.100.1:33 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "tcp flags { syn, syn | ack }" in egress on lane-26 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by tcp-flags-exactly-syn;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack
                expect allow by tcp-flags-exactly-syn-ack;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ece expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,psh,ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,rst expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,psh expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,urg expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,cwr expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn,ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,rst,ack expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack,urg expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack,ece expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,ack,cwr expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "tcp-flags-masked-set" in ingress on lane-7 {
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin expect allow by tcp-flags-masked-set-fin;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,ece expect allow by tcp-flags-masked-set-fin;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,ece,cwr
                expect allow by tcp-flags-masked-set-fin;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 ack expect allow by tcp-flags-masked-set-ack;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 ack,cwr expect allow by tcp-flags-masked-set-ack;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 ack,ece,cwr
                expect allow by tcp-flags-masked-set-ack;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 psh,ack
                expect allow by tcp-flags-masked-set-psh-ack;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 psh,ack,ece,cwr
                expect allow by tcp-flags-masked-set-psh-ack;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,psh,ack
                expect allow by tcp-flags-masked-set-fin-psh-ack;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,psh,ack,ece,cwr
                expect allow by tcp-flags-masked-set-fin-psh-ack;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 none expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 syn expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,ack expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,psh expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 syn,ack expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 rst,ack expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 ack,urg expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,syn expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,rst expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,urg expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,syn,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,rst,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,psh,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,ack,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,urg,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 syn,ack,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 rst,ack,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 ack,urg,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 syn,psh,ack expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 rst,psh,ack expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 psh expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 psh,ack,urg expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 syn,psh,ack,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 rst,psh,ack,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 psh,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 psh,ack,urg,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,syn,psh,ack expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,rst,psh,ack expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,psh,ack,urg expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,syn,psh,ack,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,rst,psh,ack,ece,cwr expect deny by default;
        packet tcp 192.0.2.1:33 > 198.51.100.1:22 fin,psh,ack,urg,ece,cwr expect deny by default;
        packet udp 192.0.2.1:33 > 198.51.100.1:22 expect deny by default;
    }

    test "tcp flags ! fin,rst" in ingress on lane-27 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 none expect allow by tcp-flags-none-of-fin-rst;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by tcp-flags-none-of-fin-rst;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,psh,ack,urg,ece,cwr
                expect allow by tcp-flags-none-of-fin-rst;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 none
                expect allow by tcp-flags-none-of-fin-rst;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 rst expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,rst expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 fin,syn,psh,ack,urg,ece,cwr
                expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn,rst,psh,ack,urg,ece,cwr
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }
}
