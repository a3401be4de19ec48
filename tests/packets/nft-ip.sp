# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The nftables matches of the IPv4 header that the language can say. The note of each rule names what it stands for;
# docs/nftables-catalogue.md lists them all. Every rule has a test: packets on its boundaries, which it decides, and
# packets just outside, which go past it. So that no rule hides another they are spread over blocks, which also
# exercises both hooks.

policy nft-ip {
    owner "tests";

    net set1 = { 192.168.3.4-192.168.3.6, 192.168.3.8-192.168.3.11 };
    net timed1 = { 192.168.3.4, 10.2.1.1 };

    ingress on lane-1 {
        rule ip-dscp-cs1 allow ip4 dscp cs1 note "ip dscp cs1";
        rule ip-dscp-0x38 allow ip4 dscp 56 note "ip dscp 0x38";
        rule ip-length-232 allow ip4 length 232 note "ip length 232";
        rule ip-length-333-435 allow ip4 length 333-435 note "ip length 333-435";
        rule ip-ttl-0 allow ip4 ttl 0 note "ip ttl 0";
        rule ip-ttl-233 allow ip4 ttl 233 note "ip ttl 233";
        rule ip-ttl-33-55 allow ip4 ttl 33-55 note "ip ttl 33-55";
        rule ip-protocol-tcp allow ip4 tcp note "ip protocol tcp; ip protocol 6";
        rule ip-protocol-255 allow ip4 proto 255 note "ip protocol 255";
        rule ip-saddr-192-168-2-0-24 allow from 192.168.2.0/24 note "ip saddr 192.168.2.0/24";
        rule ip-saddr-192-168-3-1-ip-daddr-192-168-3-100 allow from 192.168.3.1 to 192.168.3.100
                note "ip saddr 192.168.3.1 ip daddr 192.168.3.100";
        rule ip-saddr-1-1-1-1 allow from 1.1.1.1 note "ip saddr 1.1.1.1";
        rule ip-daddr-192-168-0-1-192-168-0-250 allow to 192.168.0.1-192.168.0.250
                note "ip daddr 192.168.0.1-192.168.0.250";
        rule ip-daddr-10-0-0-0-10-255-255-255 allow to 10.0.0.0-10.255.255.255
                note "ip daddr 10.0.0.0-10.255.255.255";
        rule ip-daddr-172-16-0-0-172-31-255-255 allow to 172.16.0.0-172.31.255.255
                note "ip daddr 172.16.0.0-172.31.255.255";
        rule ip-daddr-192-168-1-2-192-168-1-55 allow to 192.168.1.2-192.168.1.55
                note "ip daddr 192.168.1.2-192.168.1.55";
        rule ip-daddr-192-168-5-1-192-168-5-2-192-168-5-3 allow to { 192.168.5.1, 192.168.5.2,
                192.168.5.3 } note "ip daddr { 192.168.5.1, 192.168.5.2, 192.168.5.3 }";
        rule ip-saddr-and-0xffff0000-is-0xffff0000 allow from 255.255.0.0/16
                note "ip saddr & 0xffff0000 == 0xffff0000; ip saddr 255.255.0.0/16";
        rule ip-saddr-daddr-vmap allow from 192.168.5.1-192.168.5.128 to 192.168.6.1-192.168.6.128
                note "ip saddr . ip daddr vmap { 192.168.5.1-192.168.5.128 . 192.168.6.1-192.168.6.128 : accept }";
        rule ip-saddr-set allow from set1 note "ip saddr @set1; ip saddr @set2";
        rule ip-saddr-1-2-3-4 allow from 1.2.3.4 note "ip saddr 1.2.3.4";
        default deny;
    }

    egress on lane-2 {
        rule ip-dscp-not-cs1 allow ip4 dscp not cs1 note "ip dscp != cs1";
        default deny;
    }

    ingress on lane-3 {
        rule ip-dscp-not-0x20 allow ip4 dscp not 32 note "ip dscp != 0x20";
        rule ip-length-not-233 allow ip4 length not 233 note "ip length != 233";
        rule ip-ttl-not-45-50 allow ip4 ttl not 45-50 note "ip ttl != 45-50";
        rule ip-protocol-not-nine allow ip4 proto not { icmp, esp, ah, ipcomp, udp, udplite, tcp,
                dccp, sctp }
                note "ip protocol != { icmp, esp, ah, comp, udp, udplite, tcp, dccp, sctp }";
        rule ip-saddr-not-192-168-2-0-24 allow ip4 from not 192.168.2.0/24
                note "ip saddr != 192.168.2.0/24";
        rule ip-daddr-not-192-168-0-1-192-168-0-250 allow ip4 to not 192.168.0.1-192.168.0.250
                note "ip daddr != 192.168.0.1-192.168.0.250";
        rule iifname-protocol-port-eth0 allow ip4 tcp port 22
                note "iifname . ip protocol . th dport vmap { eth0 . tcp . 22 : accept, eth1 . udp . 67 : drop }";
        rule iifname-protocol-port-eth1 deny ip4 udp port 67 count
                note "iifname . ip protocol . th dport vmap { eth0 . tcp . 22 : accept, eth1 . udp . 67 : drop }";
        default deny;
    }

    egress on lane-4 {
        rule ip-dscp-classes allow ip4 dscp { cs0, cs1, cs2, cs3, cs4, cs5, cs6, cs7, af11, af12,
                af13, af21, af22, af23, af31, af32, af33, af41, af42, af43, ef }
                note "ip dscp { cs0, cs1, cs2, cs3, cs4, cs5, cs6, cs7, af11, af12, af13, af21, af22, af23, af31, af32, af33, af41, af42, af43, ef }";
        default deny;
    }

    ingress on lane-5 {
        rule ip-dscp-values allow ip4 dscp { 8, 16, 24, 32, 40, 48, 56, 0, 10, 12, 14, 18, 20, 22,
                26, 28, 30, 34, 36, 38, 46 }
                note "ip dscp { 0x08, 0x10, 0x18, 0x20, 0x28, 0x30, 0x38, 0x00, 0x0a, 0x0c, 0x0e, 0x12, 0x14, 0x16, 0x1a, 0x1c, 0x1e, 0x22, 0x24, 0x26, 0x2e }";
        default deny;
    }

    egress on lane-6 {
        rule ip-dscp-not-cs0-cs3 allow ip4 dscp not { cs0, cs3 } note "ip dscp != { cs0, cs3 }";
        rule ip-length-not-333-453 allow ip4 length not 333-453 note "ip length != 333-453";
        rule ip-ttl-43-53-45 allow ip4 ttl { 43, 53, 45 } note "ip ttl { 43, 53, 45 }";
        rule ip-saddr-not-1-1-1-1 allow ip4 from not 1.1.1.1 note "ip saddr != 1.1.1.1";
        rule ip-daddr-not-192-168-1-2-192-168-1-55 allow ip4 to not 192.168.1.2-192.168.1.55
                note "ip daddr != 192.168.1.2-192.168.1.55";
        default deny;
    }

    ingress on lane-7 {
        rule ip-dscp-vmap-cs1-continue-cs4-accept allow ip4 dscp cs4
                note "ip dscp vmap { cs1 : continue, cs4 : accept }";
        rule ip-length-333-553-673-838 allow ip4 length { 333, 553, 673, 838 }
                note "ip length { 333, 553, 673, 838 }";
        rule ip-ttl-not-43-53-45 allow ip4 ttl not { 43, 53, 45 } note "ip ttl != { 43, 53, 45 }";
        rule ip-daddr-192-168-3-1-192-168-4-250 allow to 192.168.3.1-192.168.4.250
                note "ip daddr 192.168.3.1-192.168.4.250";
        rule ip-saddr-not-192-168-1-3-192-168-33-55 allow ip4 from not 192.168.1.3-192.168.33.55
                note "ip saddr != 192.168.1.3-192.168.33.55";
        rule ip-daddr-172-16-0-1-udp-dport-9998 allow udp to 172.16.0.1 port 9998
                note "ip daddr 172.16.0.1 udp dport 9998";
        rule ip-daddr-10-0-0-0-10-2-3-4-udp-dport-53 allow udp to 10.0.0.0-10.2.3.4 port 53
                note "ip daddr 10.0.0.0-10.2.3.4 udp dport 53";
        default deny;
    }

    egress on lane-8 {
        rule ip-length-not-333-553-673-838 allow ip4 length not { 333, 553, 673, 838 }
                note "ip length != { 333, 553, 673, 838 }";
        rule ip-daddr-not-192-168-5-1-192-168-5-2-192-168-5-3 allow ip4 to not { 192.168.5.1,
                192.168.5.2, 192.168.5.3 }
                note "ip daddr != { 192.168.5.1, 192.168.5.2, 192.168.5.3 }";
        rule ip-saddr-not-set allow ip4 from not set1 note "ip saddr != @set1; ip saddr != @set2";
        default deny;
    }

    ingress on lane-9 {
        rule ip-protocol-not-tcp allow ip4 proto not tcp note "ip protocol != tcp";
        default deny;
    }

    egress on lane-10 {
        rule ip-protocol-nine allow ip4 proto { icmp, esp, ah, ipcomp, udp, udplite, tcp, dccp,
                sctp } note "ip protocol { icmp, esp, ah, comp, udp, udplite, tcp, dccp, sctp }";
        default deny;
    }

    ingress on lane-11 {
        rule ip-protocol-tcp-udp allow ip4 proto { tcp, udp } note "ip protocol { tcp, udp }";
        default deny;
    }

    egress on lane-12 {
        rule ip-saddr-192-168-1-3-192-168-33-55 allow from 192.168.1.3-192.168.33.55
                note "ip saddr 192.168.1.3-192.168.33.55";
        rule ip-daddr-192-168-0-1 allow to 192.168.0.1 note "ip daddr 192.168.0.1";
        rule ip-saddr-ip-daddr-192-0-2-1-10-0-0-1-10-0-0-2 allow from 192.0.2.1 to 10.0.0.1-10.0.0.2
                note "ip saddr . ip daddr { 192.0.2.1 . 10.0.0.1-10.0.0.2 }";
        rule ip-saddr-nested-addresses allow from { { 1.1.1.0, 3.3.3.0 }, 2.2.2.0 }
                note "ip saddr { { 1.1.1.0, 3.3.3.0 }, 2.2.2.0 }";
        rule ip-saddr-daddr-dport-set allow tcp from 10.0.0.0/8
                to 192.168.1.3-192.168.1.9 port 1024-65535
                note "ip saddr . ip daddr . tcp dport @set3";
        rule ip-daddr-dport-ten allow tcp to 10.0.0.0/8 port 10-23
                note "ip daddr . tcp dport { 10.0.0.0/8 . 10-23, 192.168.1.1-192.168.3.8 . 80-443 }";
        rule ip-daddr-dport-lan allow tcp to 192.168.1.1-192.168.3.8 port 80-443
                note "ip daddr . tcp dport { 10.0.0.0/8 . 10-23, 192.168.1.1-192.168.3.8 . 80-443 }";
        default deny;
    }

    ingress on lane-13 {
        rule ip-daddr-192-168-0-2 allow to 192.168.0.2 note "ip daddr 192.168.0.2";
        rule ip-saddr-nested-prefixes allow from { { 1.1.1.0/24, 3.3.3.0/24 }, 2.2.2.0/24 }
                note "ip saddr { { 1.1.1.0/24, 3.3.3.0/24 }, 2.2.2.0/24 }";
        default deny;
    }

    test "ip dscp cs1" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=8 expect allow by ip-dscp-cs1;
        packet udp 192.0.2.1 > 198.51.100.1 dscp=8 frag=later expect allow by ip-dscp-cs1;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=7 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=8 expect deny by default;
    }

    test "ip dscp != cs1" in egress on lane-2 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=7 expect allow by ip-dscp-not-cs1;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=9 expect allow by ip-dscp-not-cs1;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=63 expect allow by ip-dscp-not-cs1;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=8 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=9 expect deny by default;
    }

    test "ip dscp 0x38" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=56 expect allow by ip-dscp-0x38;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=55 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=57 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=56 expect deny by default;
    }

    test "ip dscp != 0x20" in ingress on lane-3 {
        packet udp 192.168.2.0:40000 > 192.168.0.1:9 ttl=45 dscp=31 length=233
                expect allow by ip-dscp-not-0x20;
        packet udp 192.168.2.0:40000 > 192.168.0.1:9 ttl=45 dscp=33 length=233
                expect allow by ip-dscp-not-0x20;
        packet udp 192.168.2.0:40000 > 192.168.0.1:9 ttl=45 dscp=32 length=233
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=45 dscp=31 length=233
                expect deny by default;
    }

    test "ip-dscp-classes" in egress on lane-4 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=8 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=16 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=24 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=32 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=40 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=48 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=56 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=10 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=12 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=14 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=18 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=20 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=22 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=26 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=28 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=30 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=34 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=36 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=38 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=46 expect allow by ip-dscp-classes;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=1 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=2 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=3 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=4 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=5 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=6 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=7 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=11 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=13 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=15 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=17 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=19 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=21 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=23 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=25 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=27 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=29 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=31 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=33 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=35 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=37 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=39 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=41 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=42 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=43 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=44 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=45 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=47 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=49 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=50 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=51 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=52 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=53 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=54 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=55 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=57 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=58 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=59 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=60 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=61 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=62 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=63 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=8 expect deny by default;
    }

    test "ip-dscp-values" in ingress on lane-5 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=8 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=16 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=24 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=32 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=40 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=48 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=56 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=10 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=12 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=14 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=18 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=20 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=22 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=26 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=28 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=30 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=34 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=36 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=38 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=46 expect allow by ip-dscp-values;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=1 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=7 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=11 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=33 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=45 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=47 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=49 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=63 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=8 expect deny by default;
    }

    test "ip dscp != { cs0, cs3 }" in egress on lane-6 {
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 dscp=1 length=333
                expect allow by ip-dscp-not-cs0-cs3;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 dscp=23 length=333
                expect allow by ip-dscp-not-cs0-cs3;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 dscp=25 length=333
                expect allow by ip-dscp-not-cs0-cs3;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 dscp=63 length=333
                expect allow by ip-dscp-not-cs0-cs3;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 length=333 expect deny by default;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 dscp=24 length=333 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=1 length=333 expect deny by default;
    }

    test "ip dscp vmap { cs1 : continue, cs4 : accept }" in ingress on lane-7 {
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 dscp=32
                expect allow by ip-dscp-vmap-cs1-continue-cs4-accept;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 dscp=8 expect deny by default;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 dscp=31 expect deny by default;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 dscp=33 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=43 dscp=32 expect deny by default;
    }

    test "ip length 232" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=232 expect allow by ip-length-232;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=231 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=233 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=232 expect deny by default;
    }

    test "ip length != 233" in ingress on lane-3 {
        packet udp 192.168.2.0:40000 > 192.168.0.1:9 ttl=45 dscp=32 length=232
                expect allow by ip-length-not-233;
        packet udp 192.168.2.0:40000 > 192.168.0.1:9 ttl=45 dscp=32 length=234
                expect allow by ip-length-not-233;
        packet udp 192.168.2.0:40000 > 192.168.0.1:9 ttl=45 dscp=32 length=233
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=45 dscp=32 length=500
                expect deny by default;
    }

    test "ip length 333-435" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=333 expect allow by ip-length-333-435;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=435 expect allow by ip-length-333-435;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=332 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=436 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=333 expect deny by default;
    }

    test "ip length != 333-453" in egress on lane-6 {
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 length=332 expect allow by ip-length-not-333-453;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 length=454 expect allow by ip-length-not-333-453;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 length=333 expect deny by default;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 length=453 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=500 expect deny by default;
    }

    test "ip length { 333, 553, 673, 838 }" in ingress on lane-7 {
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 length=333
                expect allow by ip-length-333-553-673-838;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 length=553
                expect allow by ip-length-333-553-673-838;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 length=673
                expect allow by ip-length-333-553-673-838;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 length=838
                expect allow by ip-length-333-553-673-838;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 length=332 expect deny by default;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 length=334 expect deny by default;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 length=552 expect deny by default;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 length=554 expect deny by default;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 length=672 expect deny by default;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 length=674 expect deny by default;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 length=837 expect deny by default;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 length=839 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=43 length=333 expect deny by default;
    }

    test "ip length != { 333, 553, 673, 838 }" in egress on lane-8 {
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=332
                expect allow by ip-length-not-333-553-673-838;
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=334
                expect allow by ip-length-not-333-553-673-838;
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=552
                expect allow by ip-length-not-333-553-673-838;
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=554
                expect allow by ip-length-not-333-553-673-838;
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=672
                expect allow by ip-length-not-333-553-673-838;
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=674
                expect allow by ip-length-not-333-553-673-838;
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=837
                expect allow by ip-length-not-333-553-673-838;
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=839
                expect allow by ip-length-not-333-553-673-838;
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=333 expect deny by default;
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=553 expect deny by default;
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=673 expect deny by default;
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=838 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=500 expect deny by default;
    }

    test "ip ttl 0" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=0 expect allow by ip-ttl-0;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=1 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=0 expect deny by default;
    }

    test "ip ttl 233" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=233 expect allow by ip-ttl-233;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=232 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=234 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=233 expect deny by default;
    }

    test "ip ttl 33-55" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=33 expect allow by ip-ttl-33-55;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=55 expect allow by ip-ttl-33-55;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=32 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=56 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=33 expect deny by default;
    }

    test "ip ttl != 45-50" in ingress on lane-3 {
        packet udp 192.168.2.0:40000 > 192.168.0.1:9 ttl=44 dscp=32 length=233
                expect allow by ip-ttl-not-45-50;
        packet udp 192.168.2.0:40000 > 192.168.0.1:9 ttl=51 dscp=32 length=233
                expect allow by ip-ttl-not-45-50;
        packet udp 192.168.2.0:40000 > 192.168.0.1:9 ttl=45 dscp=32 length=233
                expect deny by default;
        packet udp 192.168.2.0:40000 > 192.168.0.1:9 ttl=50 dscp=32 length=233
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=44 dscp=32 length=233
                expect deny by default;
    }

    test "ip ttl { 43, 53, 45 }" in egress on lane-6 {
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 ttl=43 length=333 expect allow by ip-ttl-43-53-45;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 ttl=53 length=333 expect allow by ip-ttl-43-53-45;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 ttl=45 length=333 expect allow by ip-ttl-43-53-45;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 ttl=42 length=333 expect deny by default;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 ttl=44 length=333 expect deny by default;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 ttl=52 length=333 expect deny by default;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 ttl=54 length=333 expect deny by default;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 ttl=46 length=333 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=43 length=333 expect deny by default;
    }

    test "ip ttl != { 43, 53, 45 }" in ingress on lane-7 {
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=42 expect allow by ip-ttl-not-43-53-45;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=44 expect allow by ip-ttl-not-43-53-45;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=52 expect allow by ip-ttl-not-43-53-45;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=54 expect allow by ip-ttl-not-43-53-45;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=46 expect allow by ip-ttl-not-43-53-45;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 expect deny by default;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=53 expect deny by default;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=45 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=44 expect deny by default;
    }

    test "ip protocol tcp" in ingress on lane-1 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by ip-protocol-tcp;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect allow by ip-protocol-tcp;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:443 ack expect allow by ip-protocol-tcp;
        packet proto 5 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 7 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn expect deny by default;
    }

    test "ip protocol != tcp" in ingress on lane-9 {
        packet proto 5 192.0.2.1 > 198.51.100.1 expect allow by ip-protocol-not-tcp;
        packet proto 7 192.0.2.1 > 198.51.100.1 expect allow by ip-protocol-not-tcp;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect allow by ip-protocol-not-tcp;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-request expect allow by ip-protocol-not-tcp;
        packet proto 0 192.0.2.1 > 198.51.100.1 expect allow by ip-protocol-not-tcp;
        packet proto 255 192.0.2.1 > 198.51.100.1 expect allow by ip-protocol-not-tcp;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip protocol { icmp, esp, ah, comp, udp, udplite, tcp, dccp, sctp }" in egress on lane-10 {
        packet icmp 192.0.2.1 > 198.51.100.1 echo-request expect allow by ip-protocol-nine;
        packet esp 192.0.2.1 > 198.51.100.1 expect allow by ip-protocol-nine;
        packet proto 51 192.0.2.1 > 198.51.100.1 expect allow by ip-protocol-nine;
        packet proto 108 192.0.2.1 > 198.51.100.1 expect allow by ip-protocol-nine;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect allow by ip-protocol-nine;
        packet proto 136 192.0.2.1 > 198.51.100.1 expect allow by ip-protocol-nine;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by ip-protocol-nine;
        packet proto 33 192.0.2.1 > 198.51.100.1 expect allow by ip-protocol-nine;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:9 expect allow by ip-protocol-nine;
        packet proto 0 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 2 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 49 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 52 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 107 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 109 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 16 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 18 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 135 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 137 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 5 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 7 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 32 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 34 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 131 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 133 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip protocol != { icmp, esp, ah, comp, udp, udplite, tcp, dccp, sctp }"
            in ingress on lane-3 {
        packet proto 0 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 2 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 49 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 52 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 107 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 109 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 16 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 18 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 135 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 137 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 5 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 7 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 32 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 34 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 131 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet proto 133 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233
                expect allow by ip-protocol-not-nine;
        packet icmp 192.168.2.0 > 192.168.0.1 echo-request ttl=45 dscp=32 length=233
                expect deny by default;
        packet esp 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233 expect deny by default;
        packet proto 51 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233 expect deny by default;
        packet proto 108 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233 expect deny by default;
        packet udp 192.168.2.0:40000 > 192.168.0.1:9 ttl=45 dscp=32 length=233
                expect deny by default;
        packet proto 136 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233 expect deny by default;
        packet tcp 192.168.2.0:40000 > 192.168.0.1:9 syn ttl=45 dscp=32 length=233
                expect deny by default;
        packet proto 33 192.168.2.0 > 192.168.0.1 ttl=45 dscp=32 length=233 expect deny by default;
        packet sctp 192.168.2.0:40000 > 192.168.0.1:9 ttl=45 dscp=32 length=233
                expect deny by default;
        packet proto 2 2001:db8::1 > 2001:db8::2 ttl=45 dscp=32 length=233 expect deny by default;
    }

    test "ip protocol 255" in ingress on lane-1 {
        packet proto 255 192.0.2.1 > 198.51.100.1 expect allow by ip-protocol-255;
        packet proto 254 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 0 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 255 2001:db8::1 > 2001:db8::2 expect deny by default;
    }

    test "ip protocol { tcp, udp }" in ingress on lane-11 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by ip-protocol-tcp-udp;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect allow by ip-protocol-tcp-udp;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect allow by ip-protocol-tcp-udp;
        packet proto 5 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 7 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 16 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 18 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip saddr 192.168.2.0/24" in ingress on lane-1 {
        packet udp 192.168.2.0:40000 > 198.51.100.1:9 expect allow by ip-saddr-192-168-2-0-24;
        packet udp 192.168.2.255:40000 > 198.51.100.1:9 expect allow by ip-saddr-192-168-2-0-24;
        packet udp 192.168.1.255:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.168.3.0:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 192.168.2.0:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip saddr != 192.168.2.0/24" in ingress on lane-3 {
        packet udp 192.168.1.255:40000 > 192.168.0.1:9 ttl=45 dscp=32 length=233
                expect allow by ip-saddr-not-192-168-2-0-24;
        packet udp 192.168.3.0:40000 > 192.168.0.1:9 ttl=45 dscp=32 length=233
                expect allow by ip-saddr-not-192-168-2-0-24;
        packet udp 192.168.2.0:40000 > 192.168.0.1:9 ttl=45 dscp=32 length=233
                expect deny by default;
        packet udp 192.168.2.255:40000 > 192.168.0.1:9 ttl=45 dscp=32 length=233
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=45 dscp=32 length=233
                expect deny by default;
    }

    test "ip saddr 192.168.3.1 ip daddr 192.168.3.100" in ingress on lane-1 {
        packet udp 192.168.3.1:40000 > 192.168.3.100:9
                expect allow by ip-saddr-192-168-3-1-ip-daddr-192-168-3-100;
        packet udp 192.168.3.0:40000 > 192.168.3.100:9 expect deny by default;
        packet udp 192.168.3.2:40000 > 192.168.3.100:9 expect deny by default;
        packet udp 192.168.3.1:40000 > 192.168.3.99:9 expect deny by default;
        packet udp 192.168.3.1:40000 > 192.168.3.101:9 expect deny by default;
        packet udp 192.168.3.100:40000 > 192.168.3.1:9 expect deny by default;
    }

    test "ip saddr != 1.1.1.1" in egress on lane-6 {
        packet udp 1.1.1.0:40000 > 192.168.1.2:9 length=333 expect allow by ip-saddr-not-1-1-1-1;
        packet udp 1.1.1.2:40000 > 192.168.1.2:9 length=333 expect allow by ip-saddr-not-1-1-1-1;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 length=333 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=333 expect deny by default;
    }

    test "ip saddr 1.1.1.1" in ingress on lane-1 {
        packet udp 1.1.1.1:40000 > 198.51.100.1:9 expect allow by ip-saddr-1-1-1-1;
        packet udp 1.1.1.0:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 1.1.1.2:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 1.1.1.1:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip daddr 192.168.0.1-192.168.0.250" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 192.168.0.1:9
                expect allow by ip-daddr-192-168-0-1-192-168-0-250;
        packet udp 192.0.2.1:40000 > 192.168.0.250:9
                expect allow by ip-daddr-192-168-0-1-192-168-0-250;
        packet udp 192.0.2.1:40000 > 192.168.0.0:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 192.168.0.251:9 expect deny by default;
        packet udp 192.168.0.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip daddr 10.0.0.0-10.255.255.255" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 10.0.0.0:9 expect allow by ip-daddr-10-0-0-0-10-255-255-255;
        packet udp 192.0.2.1:40000 > 10.255.255.255:9
                expect allow by ip-daddr-10-0-0-0-10-255-255-255;
        packet udp 192.0.2.1:40000 > 9.255.255.255:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 11.0.0.0:9 expect deny by default;
        packet udp 10.0.0.0:40000 > 198.51.100.1:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip daddr 172.16.0.0-172.31.255.255" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 172.16.0.0:9
                expect allow by ip-daddr-172-16-0-0-172-31-255-255;
        packet udp 192.0.2.1:40000 > 172.31.255.255:9
                expect allow by ip-daddr-172-16-0-0-172-31-255-255;
        packet udp 192.0.2.1:40000 > 172.15.255.255:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 172.32.0.0:9 expect deny by default;
        packet udp 172.16.0.0:40000 > 198.51.100.1:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip daddr 192.168.3.1-192.168.4.250" in ingress on lane-7 {
        packet udp 192.168.1.3:40000 > 192.168.3.1:9 ttl=43
                expect allow by ip-daddr-192-168-3-1-192-168-4-250;
        packet udp 192.168.1.3:40000 > 192.168.4.250:9 ttl=43
                expect allow by ip-daddr-192-168-3-1-192-168-4-250;
        packet udp 192.168.1.3:40000 > 192.168.3.0:9 ttl=43 expect deny by default;
        packet udp 192.168.1.3:40000 > 192.168.4.251:9 ttl=43 expect deny by default;
        packet udp 192.168.3.1:40000 > 198.51.100.1:9 ttl=43 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=43 expect deny by default;
    }

    test "ip daddr 192.168.1.2-192.168.1.55" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 192.168.1.2:9
                expect allow by ip-daddr-192-168-1-2-192-168-1-55;
        packet udp 192.0.2.1:40000 > 192.168.1.55:9
                expect allow by ip-daddr-192-168-1-2-192-168-1-55;
        packet udp 192.0.2.1:40000 > 192.168.1.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 192.168.1.56:9 expect deny by default;
        packet udp 192.168.1.2:40000 > 198.51.100.1:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip daddr != 192.168.0.1-192.168.0.250" in ingress on lane-3 {
        packet udp 192.168.2.0:40000 > 192.168.0.0:9 ttl=45 dscp=32 length=233
                expect allow by ip-daddr-not-192-168-0-1-192-168-0-250;
        packet udp 192.168.2.0:40000 > 192.168.0.251:9 ttl=45 dscp=32 length=233
                expect allow by ip-daddr-not-192-168-0-1-192-168-0-250;
        packet udp 192.168.2.0:40000 > 192.168.0.1:9 ttl=45 dscp=32 length=233
                expect deny by default;
        packet udp 192.168.2.0:40000 > 192.168.0.250:9 ttl=45 dscp=32 length=233
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=45 dscp=32 length=233
                expect deny by default;
    }

    test "ip daddr != 192.168.1.2-192.168.1.55" in egress on lane-6 {
        packet udp 1.1.1.1:40000 > 192.168.1.1:9 length=333
                expect allow by ip-daddr-not-192-168-1-2-192-168-1-55;
        packet udp 1.1.1.1:40000 > 192.168.1.56:9 length=333
                expect allow by ip-daddr-not-192-168-1-2-192-168-1-55;
        packet udp 1.1.1.1:40000 > 192.168.1.2:9 length=333 expect deny by default;
        packet udp 1.1.1.1:40000 > 192.168.1.55:9 length=333 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=333 expect deny by default;
    }

    test "ip daddr { 192.168.5.1, 192.168.5.2, 192.168.5.3 }" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 192.168.5.1:9
                expect allow by ip-daddr-192-168-5-1-192-168-5-2-192-168-5-3;
        packet udp 192.0.2.1:40000 > 192.168.5.2:9
                expect allow by ip-daddr-192-168-5-1-192-168-5-2-192-168-5-3;
        packet udp 192.0.2.1:40000 > 192.168.5.3:9
                expect allow by ip-daddr-192-168-5-1-192-168-5-2-192-168-5-3;
        packet udp 192.0.2.1:40000 > 192.168.5.0:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 192.168.5.4:9 expect deny by default;
        packet udp 192.168.5.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip daddr != { 192.168.5.1, 192.168.5.2, 192.168.5.3 }" in egress on lane-8 {
        packet udp 192.168.3.4:40000 > 192.168.5.0:9 length=333
                expect allow by ip-daddr-not-192-168-5-1-192-168-5-2-192-168-5-3;
        packet udp 192.168.3.4:40000 > 192.168.5.4:9 length=333
                expect allow by ip-daddr-not-192-168-5-1-192-168-5-2-192-168-5-3;
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=333 expect deny by default;
        packet udp 192.168.3.4:40000 > 192.168.5.2:9 length=333 expect deny by default;
        packet udp 192.168.3.4:40000 > 192.168.5.3:9 length=333 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=333 expect deny by default;
    }

    test "ip saddr 192.168.1.3-192.168.33.55" in egress on lane-12 {
        packet udp 192.168.1.3:40000 > 198.51.100.1:9
                expect allow by ip-saddr-192-168-1-3-192-168-33-55;
        packet udp 192.168.33.55:40000 > 198.51.100.1:9
                expect allow by ip-saddr-192-168-1-3-192-168-33-55;
        packet udp 192.168.1.2:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.168.33.56:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 192.168.1.3:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip saddr != 192.168.1.3-192.168.33.55" in ingress on lane-7 {
        packet udp 192.168.1.2:40000 > 198.51.100.1:9 ttl=43
                expect allow by ip-saddr-not-192-168-1-3-192-168-33-55;
        packet udp 192.168.33.56:40000 > 198.51.100.1:9 ttl=43
                expect allow by ip-saddr-not-192-168-1-3-192-168-33-55;
        packet udp 192.168.1.3:40000 > 198.51.100.1:9 ttl=43 expect deny by default;
        packet udp 192.168.33.55:40000 > 198.51.100.1:9 ttl=43 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=43 expect deny by default;
    }

    test "ip daddr 192.168.0.1" in egress on lane-12 {
        packet udp 192.0.2.1:40000 > 192.168.0.1:9 expect allow by ip-daddr-192-168-0-1;
        packet udp 192.0.2.1:40000 > 192.168.0.0:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 192.168.0.2:9 expect deny by default;
        packet udp 192.168.0.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip daddr 192.168.0.2" in ingress on lane-13 {
        packet udp 192.0.2.1:40000 > 192.168.0.2:9 expect allow by ip-daddr-192-168-0-2;
        packet udp 192.0.2.1:40000 > 192.168.0.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 192.168.0.3:9 expect deny by default;
        packet udp 192.168.0.2:40000 > 198.51.100.1:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip saddr & 0xffff0000 == 0xffff0000" in ingress on lane-1 {
        packet udp 255.255.0.0:40000 > 198.51.100.1:9
                expect allow by ip-saddr-and-0xffff0000-is-0xffff0000;
        packet udp 255.255.255.255:40000 > 198.51.100.1:9
                expect allow by ip-saddr-and-0xffff0000-is-0xffff0000;
        packet udp 255.254.255.255:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 255.255.0.0:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip saddr . ip daddr { 192.0.2.1 . 10.0.0.1-10.0.0.2 }" in egress on lane-12 {
        packet udp 192.0.2.1:40000 > 10.0.0.1:9
                expect allow by ip-saddr-ip-daddr-192-0-2-1-10-0-0-1-10-0-0-2;
        packet udp 192.0.2.1:40000 > 10.0.0.2:9
                expect allow by ip-saddr-ip-daddr-192-0-2-1-10-0-0-1-10-0-0-2;
        packet udp 192.0.2.1:40000 > 10.0.0.0:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 10.0.0.3:9 expect deny by default;
        packet udp 192.0.2.0:40000 > 10.0.0.1:9 expect deny by default;
        packet udp 192.0.2.2:40000 > 10.0.0.2:9 expect deny by default;
    }

    test "ip-saddr-daddr-vmap" in ingress on lane-1 {
        packet udp 192.168.5.1:40000 > 192.168.6.1:9 expect allow by ip-saddr-daddr-vmap;
        packet udp 192.168.5.128:40000 > 192.168.6.128:9 expect allow by ip-saddr-daddr-vmap;
        packet udp 192.168.5.1:40000 > 192.168.6.128:9 expect allow by ip-saddr-daddr-vmap;
        packet udp 192.168.5.0:40000 > 192.168.6.1:9 expect deny by default;
        packet udp 192.168.5.129:40000 > 192.168.6.1:9 expect deny by default;
        packet udp 192.168.5.1:40000 > 192.168.6.0:9 expect deny by default;
        packet udp 192.168.5.1:40000 > 192.168.6.129:9 expect deny by default;
    }

    test "ip saddr { { 1.1.1.0, 3.3.3.0 }, 2.2.2.0 }" in egress on lane-12 {
        packet udp 1.1.1.0:40000 > 198.51.100.1:9 expect allow by ip-saddr-nested-addresses;
        packet udp 2.2.2.0:40000 > 198.51.100.1:9 expect allow by ip-saddr-nested-addresses;
        packet udp 3.3.3.0:40000 > 198.51.100.1:9 expect allow by ip-saddr-nested-addresses;
        packet udp 1.1.0.255:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 1.1.1.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 2.2.1.255:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 2.2.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 3.3.2.255:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 3.3.3.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 1.1.1.0:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip saddr { { 1.1.1.0/24, 3.3.3.0/24 }, 2.2.2.0/24 }" in ingress on lane-13 {
        packet udp 1.1.1.0:40000 > 198.51.100.1:9 expect allow by ip-saddr-nested-prefixes;
        packet udp 1.1.1.255:40000 > 198.51.100.1:9 expect allow by ip-saddr-nested-prefixes;
        packet udp 2.2.2.0:40000 > 198.51.100.1:9 expect allow by ip-saddr-nested-prefixes;
        packet udp 2.2.2.255:40000 > 198.51.100.1:9 expect allow by ip-saddr-nested-prefixes;
        packet udp 3.3.3.0:40000 > 198.51.100.1:9 expect allow by ip-saddr-nested-prefixes;
        packet udp 3.3.3.255:40000 > 198.51.100.1:9 expect allow by ip-saddr-nested-prefixes;
        packet udp 1.1.0.255:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 1.1.2.0:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 2.2.1.255:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 2.2.3.0:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 3.3.2.255:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 3.3.4.0:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 1.1.1.0:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip saddr @set1" in ingress on lane-1 {
        packet udp 192.168.3.4:40000 > 198.51.100.1:9 expect allow by ip-saddr-set;
        packet udp 192.168.3.6:40000 > 198.51.100.1:9 expect allow by ip-saddr-set;
        packet udp 192.168.3.8:40000 > 198.51.100.1:9 expect allow by ip-saddr-set;
        packet udp 192.168.3.11:40000 > 198.51.100.1:9 expect allow by ip-saddr-set;
        packet udp 192.168.3.3:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.168.3.7:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.168.3.12:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 192.168.3.4:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip saddr != @set1" in egress on lane-8 {
        packet udp 192.168.3.3:40000 > 192.168.5.1:9 length=333 expect allow by ip-saddr-not-set;
        packet udp 192.168.3.7:40000 > 192.168.5.1:9 length=333 expect allow by ip-saddr-not-set;
        packet udp 192.168.3.12:40000 > 192.168.5.1:9 length=333 expect allow by ip-saddr-not-set;
        packet udp 192.168.3.4:40000 > 192.168.5.1:9 length=333 expect deny by default;
        packet udp 192.168.3.6:40000 > 192.168.5.1:9 length=333 expect deny by default;
        packet udp 192.168.3.8:40000 > 192.168.5.1:9 length=333 expect deny by default;
        packet udp 192.168.3.11:40000 > 192.168.5.1:9 length=333 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=333 expect deny by default;
    }

    test "ip saddr 1.2.3.4" in ingress on lane-1 {
        packet udp 1.2.3.4:40000 > 198.51.100.1:9 expect allow by ip-saddr-1-2-3-4;
        packet udp 1.2.3.3:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 1.2.3.5:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 1.2.3.4:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip saddr . ip daddr . tcp dport @set3" in egress on lane-12 {
        packet tcp 10.0.0.0:40000 > 192.168.1.3:1024 syn expect allow by ip-saddr-daddr-dport-set;
        packet tcp 10.255.255.255:40000 > 192.168.1.9:65535 syn
                expect allow by ip-saddr-daddr-dport-set;
        packet tcp 9.255.255.255:40000 > 192.168.1.3:1024 syn expect deny by default;
        packet tcp 11.0.0.0:40000 > 192.168.1.3:1024 syn expect deny by default;
        packet tcp 10.0.0.0:40000 > 192.168.1.2:1024 syn expect deny by default;
        packet tcp 10.0.0.0:40000 > 192.168.1.10:1024 syn expect deny by default;
        packet tcp 10.0.0.0:40000 > 192.168.1.3:1023 syn expect deny by default;
        packet udp 10.0.0.0:40000 > 192.168.1.3:1024 expect deny by default;
    }

    test "ip daddr . tcp dport { 10.0.0.0/8 . 10-23, 192.168.1.1-192.168.3.8 . 80-443 }"
            in egress on lane-12 {
        packet tcp 192.0.2.1:40000 > 10.0.0.0:10 syn expect allow by ip-daddr-dport-ten;
        packet tcp 192.0.2.1:40000 > 10.255.255.255:23 syn expect allow by ip-daddr-dport-ten;
        packet tcp 192.0.2.1:40000 > 192.168.1.1:80 syn expect allow by ip-daddr-dport-lan;
        packet tcp 192.0.2.1:40000 > 192.168.3.8:443 syn expect allow by ip-daddr-dport-lan;
        packet tcp 192.0.2.1:40000 > 9.255.255.255:10 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 11.0.0.0:23 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 10.0.0.0:9 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 10.0.0.0:24 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 10.0.0.0:80 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 192.168.1.0:80 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 192.168.3.9:443 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 192.168.1.1:79 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 192.168.1.1:444 syn expect deny by default;
        packet tcp 192.0.2.1:40000 > 192.168.1.1:23 syn expect deny by default;
        packet udp 192.0.2.1:40000 > 10.0.0.0:10 expect deny by default;
        packet udp 192.0.2.1:40000 > 192.168.1.1:80 expect deny by default;
    }

    test "iifname . ip protocol . th dport vmap { eth0 . tcp . 22 : accept, eth1 . udp . 67 : drop }"
            in ingress on lane-3 {
        packet tcp 192.168.2.0:40000 > 192.168.0.1:22 syn ttl=45 dscp=32 length=233
                expect allow by iifname-protocol-port-eth0;
        packet udp 192.168.2.0:40000 > 192.168.0.1:67 ttl=45 dscp=32 length=233
                expect deny by iifname-protocol-port-eth1;
        packet tcp 192.168.2.0:40000 > 192.168.0.1:21 syn ttl=45 dscp=32 length=233
                expect deny by default;
        packet tcp 192.168.2.0:40000 > 192.168.0.1:23 syn ttl=45 dscp=32 length=233
                expect deny by default;
        packet tcp 192.168.2.0:40000 > 192.168.0.1:67 syn ttl=45 dscp=32 length=233
                expect deny by default;
        packet udp 192.168.2.0:40000 > 192.168.0.1:22 ttl=45 dscp=32 length=233
                expect deny by default;
        packet udp 192.168.2.0:40000 > 192.168.0.1:66 ttl=45 dscp=32 length=233
                expect deny by default;
        packet udp 192.168.2.0:40000 > 192.168.0.1:68 ttl=45 dscp=32 length=233
                expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:22 syn ttl=45 dscp=32 length=233
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:67 ttl=45 dscp=32 length=233
                expect deny by default;
    }

    test "ip daddr 172.16.0.1 udp dport 9998" in ingress on lane-7 {
        packet udp 192.168.1.3:40000 > 172.16.0.1:9998 ttl=43
                expect allow by ip-daddr-172-16-0-1-udp-dport-9998;
        packet udp 192.168.1.3:40000 > 172.16.0.0:9998 ttl=43 expect deny by default;
        packet udp 192.168.1.3:40000 > 172.16.0.2:9998 ttl=43 expect deny by default;
        packet udp 192.168.1.3:40000 > 172.16.0.1:9997 ttl=43 expect deny by default;
        packet udp 192.168.1.3:40000 > 172.16.0.1:9999 ttl=43 expect deny by default;
        packet tcp 192.168.1.3:40000 > 172.16.0.1:9998 syn ttl=43 expect deny by default;
    }

    test "ip daddr 10.0.0.0-10.2.3.4 udp dport 53" in ingress on lane-7 {
        packet udp 192.168.1.3:40000 > 10.0.0.0:53 ttl=43
                expect allow by ip-daddr-10-0-0-0-10-2-3-4-udp-dport-53;
        packet udp 192.168.1.3:40000 > 10.2.3.4:53 ttl=43
                expect allow by ip-daddr-10-0-0-0-10-2-3-4-udp-dport-53;
        packet udp 192.168.1.3:40000 > 9.255.255.255:53 ttl=43 expect deny by default;
        packet udp 192.168.1.3:40000 > 10.2.3.5:53 ttl=43 expect deny by default;
        packet udp 192.168.1.3:40000 > 10.0.0.0:52 ttl=43 expect deny by default;
        packet udp 192.168.1.3:40000 > 10.0.0.0:54 ttl=43 expect deny by default;
        packet tcp 192.168.1.3:40000 > 10.0.0.0:53 syn ttl=43 expect deny by default;
    }
}
