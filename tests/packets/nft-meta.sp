# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The nftables matches of the protocol and the IP version that the language can say. The note of each rule names what it stands for;
# docs/nftables-catalogue.md lists them all. Every rule has a test: packets on its boundaries, which it decides, and
# packets just outside, which go past it. So that no rule hides another they are spread over blocks, which also
# exercises both hooks.

policy nft-meta {
    owner "tests";

    ingress on lane-1 {
        rule meta-nfproto-ipv4 allow ip4 note "meta nfproto ipv4; meta protocol ip; ether type ip";
        default deny;
    }

    egress on lane-2 {
        rule meta-nfproto-ipv6 allow ip6 note "meta nfproto ipv6; ether type ip6; ip6 version 6";
        rule meta-length-22 allow length 22 note "meta length 22";
        rule meta-length-33-45 allow length 33-45 note "meta length 33-45";
        default deny;
    }

    ingress on lane-3 {
        rule meta-nfproto-ipv4-ip-saddr-1-2-3-4 allow ip4 from 1.2.3.4
                note "meta nfproto ipv4 ip saddr 1.2.3.4";
        rule meta-nfproto-ipv6-meta-l4proto-tcp allow ip6 tcp
                note "meta nfproto ipv6 meta l4proto tcp";
        rule meta-l4proto-22 allow proto 22 note "meta l4proto 22";
        rule meta-l4proto-33-45 allow proto 33-45 note "meta l4proto 33-45";
        rule meta-length-1000 allow length 1000 note "meta length 1000";
        rule meta-length-list-of-4 allow length { 33, 55, 67, 88 }
                note "meta length { 33, 55, 67, 88 }";
        default deny;
    }

    egress on lane-4 {
        rule meta-l4proto-not-233 allow proto not 233 note "meta l4proto != 233";
        default deny;
    }

    ingress on lane-5 {
        rule meta-l4proto-not-33-45 allow proto not 33-45 note "meta l4proto != 33-45";
        default deny;
    }

    egress on lane-6 {
        rule meta-l4proto-33-55-67-88 allow proto { 33, 55, 67, 88 }
                note "meta l4proto { 33, 55, 67, 88 }";
        rule meta-l4proto-tcp allow tcp note "meta l4proto tcp; meta l4proto 6";
        rule meta-length-not-233 allow length not 233 note "meta length != 233";
        default deny;
    }

    ingress on lane-7 {
        rule meta-l4proto-not-33-55-67-88 allow proto not { 33, 55, 67, 88 }
                note "meta l4proto != { 33, 55, 67, 88 }";
        default deny;
    }

    egress on lane-8 {
        rule meta-l4proto-33-55-66-88 allow proto { 33-55, 66-88 }
                note "meta l4proto { 33-55, 66-88 }";
        rule meta-l4proto-17 allow udp note "meta l4proto 17";
        rule meta-length-33-55-67-88 allow length { 33-55, 67-88 }
                note "meta length { 33-55, 67-88 }";
        default deny;
    }

    ingress on lane-9 {
        rule meta-l4proto-not-33-55-66-88 allow proto not { 33-55, 66-88 }
                note "meta l4proto != { 33-55, 66-88 }";
        default deny;
    }

    egress on lane-10 {
        rule meta-l4proto-tcp-udp allow proto { tcp, udp }
                note "meta l4proto { tcp, udp }; meta l4proto { 6, 17 }";
        rule meta-length-33-55-56-88-100-120 allow length { 33-55, 56-88, 100-120 }
                note "meta length { 33-55, 56-88, 100-120 }";
        default deny;
    }

    ingress on lane-11 {
        rule meta-nfproto-ipv4-ipv6 allow
                note "meta nfproto { ipv4, ipv6 }; meta nfproto != { ipv4, ipv6 }";
        default deny;
        non-ip deny;
    }

    egress on lane-12 {
        rule meta-protocol-not-ip allow ip6 note "meta protocol != ip";
        default deny;
        non-ip allow;
    }

    ingress on lane-13 {
        rule meta-length-not-33-45 allow length not 33-45 note "meta length != 33-45";
        default deny;
    }

    egress on lane-14 {
        rule meta-length-not-list-of-4 allow length not { 33, 55, 67, 88 }
                note "meta length != { 33, 55, 67, 88 }";
        default deny;
    }

    ingress on lane-15 {
        rule meta-length-33-55-66-88 allow length { 33-55, 66-88 }
                note "meta length { 33-55, 66-88 }";
        default deny;
    }

    egress on lane-16 {
        rule meta-length-not-33-55-66-88 allow length not { 33-55, 66-88 }
                note "meta length != { 33-55, 66-88 }";
        default deny;
    }

    test "meta nfproto ipv4" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect allow by meta-nfproto-ipv4;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect allow by meta-nfproto-ipv4;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-request expect allow by meta-nfproto-ipv4;
        packet proto 255 192.0.2.1 > 198.51.100.1 expect allow by meta-nfproto-ipv4;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=5 expect allow by meta-nfproto-ipv4;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn expect deny by default;
    }

    test "meta nfproto ipv6" in egress on lane-2 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect allow by meta-nfproto-ipv6;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn expect allow by meta-nfproto-ipv6;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request expect allow by meta-nfproto-ipv6;
        packet proto 255 2001:db8::1 > 2001:db8::2 expect allow by meta-nfproto-ipv6;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 vlan=5 expect allow by meta-nfproto-ipv6;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=46 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn length=46 expect deny by default;
    }

    test "meta nfproto ipv4 ip saddr 1.2.3.4" in ingress on lane-3 {
        packet udp 1.2.3.4:40000 > 198.51.100.1:9
                expect allow by meta-nfproto-ipv4-ip-saddr-1-2-3-4;
        packet udp 1.2.3.3:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 1.2.3.5:40000 > 198.51.100.1:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "meta nfproto ipv6 meta l4proto tcp" in ingress on lane-3 {
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn
                expect allow by meta-nfproto-ipv6-meta-l4proto-tcp;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn ext=hop
                expect allow by meta-nfproto-ipv6-meta-l4proto-tcp;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
        packet proto 5 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 7 2001:db8::1 > 2001:db8::2 expect deny by default;
    }

    test "meta l4proto 22" in ingress on lane-3 {
        packet proto 22 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-22;
        packet proto 22 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-22;
        packet proto 21 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 21 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 23 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 23 2001:db8::1 > 2001:db8::2 expect deny by default;
    }

    test "meta l4proto != 233" in egress on lane-4 {
        packet proto 232 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-233;
        packet proto 232 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-233;
        packet proto 234 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-233;
        packet proto 234 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-233;
        packet proto 233 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 233 2001:db8::1 > 2001:db8::2 expect deny by default;
    }

    test "meta l4proto 33-45" in ingress on lane-3 {
        packet proto 33 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-33-45;
        packet proto 33 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-33-45;
        packet proto 45 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-33-45;
        packet proto 45 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-33-45;
        packet proto 32 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 32 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 46 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 46 2001:db8::1 > 2001:db8::2 expect deny by default;
    }

    test "meta l4proto != 33-45" in ingress on lane-5 {
        packet proto 32 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-45;
        packet proto 32 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-45;
        packet proto 46 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-45;
        packet proto 46 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-45;
        packet proto 33 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 33 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 45 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 45 2001:db8::1 > 2001:db8::2 expect deny by default;
    }

    test "meta l4proto { 33, 55, 67, 88 }" in egress on lane-6 {
        packet proto 33 192.0.2.1 > 198.51.100.1 length=233
                expect allow by meta-l4proto-33-55-67-88;
        packet proto 33 2001:db8::1 > 2001:db8::2 length=233
                expect allow by meta-l4proto-33-55-67-88;
        packet proto 55 192.0.2.1 > 198.51.100.1 length=233
                expect allow by meta-l4proto-33-55-67-88;
        packet proto 55 2001:db8::1 > 2001:db8::2 length=233
                expect allow by meta-l4proto-33-55-67-88;
        packet proto 67 192.0.2.1 > 198.51.100.1 length=233
                expect allow by meta-l4proto-33-55-67-88;
        packet proto 67 2001:db8::1 > 2001:db8::2 length=233
                expect allow by meta-l4proto-33-55-67-88;
        packet proto 88 192.0.2.1 > 198.51.100.1 length=233
                expect allow by meta-l4proto-33-55-67-88;
        packet proto 88 2001:db8::1 > 2001:db8::2 length=233
                expect allow by meta-l4proto-33-55-67-88;
        packet proto 32 192.0.2.1 > 198.51.100.1 length=233 expect deny by default;
        packet proto 32 2001:db8::1 > 2001:db8::2 length=233 expect deny by default;
        packet proto 34 192.0.2.1 > 198.51.100.1 length=233 expect deny by default;
        packet proto 34 2001:db8::1 > 2001:db8::2 length=233 expect deny by default;
        packet proto 54 192.0.2.1 > 198.51.100.1 length=233 expect deny by default;
        packet proto 54 2001:db8::1 > 2001:db8::2 length=233 expect deny by default;
        packet proto 56 192.0.2.1 > 198.51.100.1 length=233 expect deny by default;
        packet proto 56 2001:db8::1 > 2001:db8::2 length=233 expect deny by default;
        packet proto 66 192.0.2.1 > 198.51.100.1 length=233 expect deny by default;
        packet proto 66 2001:db8::1 > 2001:db8::2 length=233 expect deny by default;
        packet proto 68 192.0.2.1 > 198.51.100.1 length=233 expect deny by default;
        packet proto 68 2001:db8::1 > 2001:db8::2 length=233 expect deny by default;
        packet proto 87 192.0.2.1 > 198.51.100.1 length=233 expect deny by default;
        packet proto 87 2001:db8::1 > 2001:db8::2 length=233 expect deny by default;
        packet proto 89 192.0.2.1 > 198.51.100.1 length=233 expect deny by default;
        packet proto 89 2001:db8::1 > 2001:db8::2 length=233 expect deny by default;
    }

    test "meta l4proto != { 33, 55, 67, 88 }" in ingress on lane-7 {
        packet proto 32 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 32 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 34 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 34 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 54 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 54 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 56 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 56 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 66 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 66 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 68 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 68 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 87 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 87 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 89 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 89 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-55-67-88;
        packet proto 33 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 33 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 55 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 55 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 67 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 67 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 88 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 88 2001:db8::1 > 2001:db8::2 expect deny by default;
    }

    test "meta l4proto { 33-55, 66-88 }" in egress on lane-8 {
        packet proto 33 192.0.2.1 > 198.51.100.1 length=56 expect allow by meta-l4proto-33-55-66-88;
        packet proto 33 2001:db8::1 > 2001:db8::2 length=56
                expect allow by meta-l4proto-33-55-66-88;
        packet proto 55 192.0.2.1 > 198.51.100.1 length=56 expect allow by meta-l4proto-33-55-66-88;
        packet proto 55 2001:db8::1 > 2001:db8::2 length=56
                expect allow by meta-l4proto-33-55-66-88;
        packet proto 66 192.0.2.1 > 198.51.100.1 length=56 expect allow by meta-l4proto-33-55-66-88;
        packet proto 66 2001:db8::1 > 2001:db8::2 length=56
                expect allow by meta-l4proto-33-55-66-88;
        packet proto 88 192.0.2.1 > 198.51.100.1 length=56 expect allow by meta-l4proto-33-55-66-88;
        packet proto 88 2001:db8::1 > 2001:db8::2 length=56
                expect allow by meta-l4proto-33-55-66-88;
        packet proto 32 192.0.2.1 > 198.51.100.1 length=56 expect deny by default;
        packet proto 32 2001:db8::1 > 2001:db8::2 length=56 expect deny by default;
        packet proto 56 192.0.2.1 > 198.51.100.1 length=56 expect deny by default;
        packet proto 56 2001:db8::1 > 2001:db8::2 length=56 expect deny by default;
        packet proto 65 192.0.2.1 > 198.51.100.1 length=56 expect deny by default;
        packet proto 65 2001:db8::1 > 2001:db8::2 length=56 expect deny by default;
        packet proto 89 192.0.2.1 > 198.51.100.1 length=56 expect deny by default;
        packet proto 89 2001:db8::1 > 2001:db8::2 length=56 expect deny by default;
    }

    test "meta l4proto != { 33-55, 66-88 }" in ingress on lane-9 {
        packet proto 32 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-55-66-88;
        packet proto 32 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-55-66-88;
        packet proto 56 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-55-66-88;
        packet proto 56 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-55-66-88;
        packet proto 65 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-55-66-88;
        packet proto 65 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-55-66-88;
        packet proto 89 192.0.2.1 > 198.51.100.1 expect allow by meta-l4proto-not-33-55-66-88;
        packet proto 89 2001:db8::1 > 2001:db8::2 expect allow by meta-l4proto-not-33-55-66-88;
        packet proto 33 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 33 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 55 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 55 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 66 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 66 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 88 192.0.2.1 > 198.51.100.1 expect deny by default;
        packet proto 88 2001:db8::1 > 2001:db8::2 expect deny by default;
    }

    test "meta l4proto tcp" in egress on lane-6 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn length=233 expect allow by meta-l4proto-tcp;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn length=233
                expect allow by meta-l4proto-tcp;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later length=233 expect allow by meta-l4proto-tcp;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn ext=dest,routing length=233
                expect allow by meta-l4proto-tcp;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=233 expect deny by default;
        packet proto 5 192.0.2.1 > 198.51.100.1 length=233 expect deny by default;
        packet proto 7 192.0.2.1 > 198.51.100.1 length=233 expect deny by default;
        packet proto 5 2001:db8::1 > 2001:db8::2 length=233 expect deny by default;
        packet proto 7 2001:db8::1 > 2001:db8::2 length=233 expect deny by default;
    }

    test "meta l4proto 17" in egress on lane-8 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=56 expect allow by meta-l4proto-17;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect allow by meta-l4proto-17;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later length=56 expect allow by meta-l4proto-17;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn length=56 expect deny by default;
        packet proto 16 192.0.2.1 > 198.51.100.1 length=56 expect deny by default;
        packet proto 18 192.0.2.1 > 198.51.100.1 length=56 expect deny by default;
        packet proto 16 2001:db8::1 > 2001:db8::2 length=56 expect deny by default;
        packet proto 18 2001:db8::1 > 2001:db8::2 length=56 expect deny by default;
    }

    test "meta l4proto { tcp, udp }" in egress on lane-10 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn length=89
                expect allow by meta-l4proto-tcp-udp;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=89 expect allow by meta-l4proto-tcp-udp;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn length=89
                expect allow by meta-l4proto-tcp-udp;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=89
                expect allow by meta-l4proto-tcp-udp;
        packet proto 5 192.0.2.1 > 198.51.100.1 length=89 expect deny by default;
        packet proto 7 192.0.2.1 > 198.51.100.1 length=89 expect deny by default;
        packet proto 16 192.0.2.1 > 198.51.100.1 length=89 expect deny by default;
        packet proto 18 192.0.2.1 > 198.51.100.1 length=89 expect deny by default;
        packet proto 18 2001:db8::1 > 2001:db8::2 length=89 expect deny by default;
    }

    test "meta nfproto { ipv4, ipv6 }" in ingress on lane-11 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect allow by meta-nfproto-ipv4-ipv6;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect allow by meta-nfproto-ipv4-ipv6;
        packet proto 0 192.0.2.1 > 198.51.100.1 expect allow by meta-nfproto-ipv4-ipv6;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect allow by meta-nfproto-ipv4-ipv6;
        packet arp expect deny by non-ip;
        packet arp vlan=3 expect deny by non-ip;
    }

    test "meta protocol != ip" in egress on lane-12 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect allow by meta-protocol-not-ip;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn expect allow by meta-protocol-not-ip;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect deny by default;
        packet arp expect allow by non-ip;
    }

    test "meta length 1000" in ingress on lane-3 {
        packet proto 253 192.0.2.1 > 198.51.100.1 length=1000 expect allow by meta-length-1000;
        packet proto 253 2001:db8::1 > 2001:db8::2 length=1000 expect allow by meta-length-1000;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=999 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=1001 expect deny by default;
    }

    test "meta length 22" in egress on lane-2 {
        packet proto 253 192.0.2.1 > 198.51.100.1 length=22 expect allow by meta-length-22;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=21 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=23 expect deny by default;
    }

    test "meta length != 233" in egress on lane-6 {
        packet proto 253 192.0.2.1 > 198.51.100.1 length=232 expect allow by meta-length-not-233;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=234 expect allow by meta-length-not-233;
        packet proto 253 2001:db8::1 > 2001:db8::2 length=232 expect allow by meta-length-not-233;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=233 expect deny by default;
    }

    test "meta length 33-45" in egress on lane-2 {
        packet proto 253 192.0.2.1 > 198.51.100.1 length=33 expect allow by meta-length-33-45;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=45 expect allow by meta-length-33-45;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=32 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=46 expect deny by default;
    }

    test "meta length != 33-45" in ingress on lane-13 {
        packet proto 253 192.0.2.1 > 198.51.100.1 length=32 expect allow by meta-length-not-33-45;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=46 expect allow by meta-length-not-33-45;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=33 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=45 expect deny by default;
    }

    test "meta length { 33, 55, 67, 88 }" in ingress on lane-3 {
        packet proto 253 192.0.2.1 > 198.51.100.1 length=33 expect allow by meta-length-list-of-4;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=55 expect allow by meta-length-list-of-4;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=67 expect allow by meta-length-list-of-4;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=88 expect allow by meta-length-list-of-4;
        packet proto 253 2001:db8::1 > 2001:db8::2 length=67 expect allow by meta-length-list-of-4;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=32 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=34 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=54 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=56 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=66 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=68 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=87 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=89 expect deny by default;
    }

    test "meta length { 33-55, 67-88 }" in egress on lane-8 {
        packet proto 253 192.0.2.1 > 198.51.100.1 length=33 expect allow by meta-length-33-55-67-88;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=55 expect allow by meta-length-33-55-67-88;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=67 expect allow by meta-length-33-55-67-88;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=88 expect allow by meta-length-33-55-67-88;
        packet proto 253 2001:db8::1 > 2001:db8::2 length=67
                expect allow by meta-length-33-55-67-88;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=32 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=56 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=66 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=89 expect deny by default;
    }

    test "meta length { 33-55, 56-88, 100-120 }" in egress on lane-10 {
        packet proto 253 192.0.2.1 > 198.51.100.1 length=33
                expect allow by meta-length-33-55-56-88-100-120;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=55
                expect allow by meta-length-33-55-56-88-100-120;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=56
                expect allow by meta-length-33-55-56-88-100-120;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=88
                expect allow by meta-length-33-55-56-88-100-120;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=100
                expect allow by meta-length-33-55-56-88-100-120;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=120
                expect allow by meta-length-33-55-56-88-100-120;
        packet proto 253 2001:db8::1 > 2001:db8::2 length=88
                expect allow by meta-length-33-55-56-88-100-120;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=32 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=89 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=99 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=121 expect deny by default;
    }

    test "meta length != { 33, 55, 67, 88 }" in egress on lane-14 {
        packet proto 253 192.0.2.1 > 198.51.100.1 length=32
                expect allow by meta-length-not-list-of-4;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=34
                expect allow by meta-length-not-list-of-4;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=54
                expect allow by meta-length-not-list-of-4;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=56
                expect allow by meta-length-not-list-of-4;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=66
                expect allow by meta-length-not-list-of-4;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=68
                expect allow by meta-length-not-list-of-4;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=87
                expect allow by meta-length-not-list-of-4;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=89
                expect allow by meta-length-not-list-of-4;
        packet proto 253 2001:db8::1 > 2001:db8::2 length=66
                expect allow by meta-length-not-list-of-4;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=33 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=55 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=67 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=88 expect deny by default;
    }

    test "meta length { 33-55, 66-88 }" in ingress on lane-15 {
        packet proto 253 192.0.2.1 > 198.51.100.1 length=33 expect allow by meta-length-33-55-66-88;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=55 expect allow by meta-length-33-55-66-88;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=66 expect allow by meta-length-33-55-66-88;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=88 expect allow by meta-length-33-55-66-88;
        packet proto 253 2001:db8::1 > 2001:db8::2 length=66
                expect allow by meta-length-33-55-66-88;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=32 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=56 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=65 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=89 expect deny by default;
    }

    test "meta length != { 33-55, 66-88 }" in egress on lane-16 {
        packet proto 253 192.0.2.1 > 198.51.100.1 length=32
                expect allow by meta-length-not-33-55-66-88;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=56
                expect allow by meta-length-not-33-55-66-88;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=65
                expect allow by meta-length-not-33-55-66-88;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=89
                expect allow by meta-length-not-33-55-66-88;
        packet proto 253 2001:db8::1 > 2001:db8::2 length=65
                expect allow by meta-length-not-33-55-66-88;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=33 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=55 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=66 expect deny by default;
        packet proto 253 192.0.2.1 > 198.51.100.1 length=88 expect deny by default;
    }
}
