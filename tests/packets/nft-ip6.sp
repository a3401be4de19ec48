# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The nftables matches of the IPv6 header that the language can say. The note of each rule names what it stands for;
# docs/nftables-catalogue.md lists them all. Every rule has a test: packets on its boundaries, which it decides, and
# packets just outside, which go past it. So that no rule hides another they are spread over blocks, which also
# exercises both hooks. Addresses are written as nftables' tests spell them, in all the ways that RFC 4291 allows;
# `sentryc fmt` would write each in its one canonical way.

policy nft-ip6 {
    owner "tests";

    net set2 = {
        1234:1234:0:1234:1234:1234:1234:1234, 1234::1234:1234:1234,
        1234:1234:1234:1234:1234:0:1234:1234, 1234:1234::123, 1234:1234::1234:1234:1234,
        1234:1234:1234::1234
    };
    net timed2 = { dead::beef };

    ingress on lane-1 {
        rule ip6-dscp-cs1 allow ip6 dscp cs1 note "ip6 dscp cs1";
        rule ip6-dscp-0x38 allow ip6 dscp 56 note "ip6 dscp 0x38";
        rule ip6-dscp-vmap-0x04-accept-0x3f-continue allow ip6 dscp 4
                note "ip6 dscp vmap { 0x04 : accept, 0x3f : continue }";
        rule ip6-length-22 allow ip6 length 62 note "ip6 length 22";
        rule ip6-length-33-45 allow ip6 length 73-85 note "ip6 length 33-45";
        rule ip6-nexthdr-not-nine allow ip6 proto not { esp, ah, ipcomp, udp, udplite, tcp, dccp,
                sctp, icmp6 }
                note "ip6 nexthdr != { esp, ah, comp, udp, udplite, tcp, dccp, sctp, icmpv6 }";
        rule ip6-hoplimit-1 allow ip6 ttl 1 note "ip6 hoplimit 1";
        rule ip6-hoplimit-33-45 allow ip6 ttl 33-45 note "ip6 hoplimit 33-45";
        rule ip6-saddr-g-g-g-g-g-g-g-g allow from 1234:1234:1234:1234:1234:1234:1234:1234
                note "ip6 saddr 1234:1234:1234:1234:1234:1234:1234:1234; ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:1234:1234 : accept }";
        rule ip6-saddr-zero-g-g-g-g-g-g-g allow from ::1234:1234:1234:1234:1234:1234:1234
                note "ip6 saddr ::1234:1234:1234:1234:1234:1234:1234; ip6 saddr vmap { ::1234:1234:1234:1234:1234:1234:1234 : accept }";
        rule ip6-saddr-g-zero-g-g-g-g-g-g allow from 1234::1234:1234:1234:1234:1234:1234
                note "ip6 saddr 1234::1234:1234:1234:1234:1234:1234; ip6 saddr vmap { 1234::1234:1234:1234:1234:1234:1234 : accept }";
        rule ip6-saddr-g-g-zero-g-g-g-g-g allow from 1234:1234::1234:1234:1234:1234:1234
                note "ip6 saddr 1234:1234::1234:1234:1234:1234:1234; ip6 saddr vmap { 1234:1234::1234:1234:1234:1234:1234 : accept }";
        rule ip6-saddr-g-g-g-zero-g-g-g-g allow from 1234:1234:1234::1234:1234:1234:1234
                note "ip6 saddr 1234:1234:1234::1234:1234:1234:1234; ip6 saddr vmap { 1234:1234:1234::1234:1234:1234:1234 : accept }";
        rule ip6-saddr-g-g-g-g-zero-g-g-g allow from 1234:1234:1234:1234::1234:1234:1234
                note "ip6 saddr 1234:1234:1234:1234::1234:1234:1234; ip6 saddr vmap { 1234:1234:1234:1234::1234:1234:1234 : accept }";
        rule ip6-saddr-g-g-g-g-g-zero-g-g allow from 1234:1234:1234:1234:1234::1234:1234
                note "ip6 saddr 1234:1234:1234:1234:1234::1234:1234; ip6 saddr vmap { 1234:1234:1234:1234:1234::1234:1234 : accept }";
        rule ip6-saddr-g-g-g-g-g-g-zero-g allow from 1234:1234:1234:1234:1234:1234::1234
                note "ip6 saddr 1234:1234:1234:1234:1234:1234::1234; ip6 saddr vmap { 1234:1234:1234:1234:1234:1234::1234 : accept }";
        rule ip6-saddr-g-g-g-g-g-g-g-zero allow from 1234:1234:1234:1234:1234:1234:1234::
                note "ip6 saddr 1234:1234:1234:1234:1234:1234:1234::; ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:1234:: : accept }";
        rule ip6-saddr-zero-g-g-g-g-g-g allow from ::1234:1234:1234:1234:1234:1234
                note "ip6 saddr ::1234:1234:1234:1234:1234:1234; ip6 saddr vmap { ::1234:1234:1234:1234:1234:1234 : accept }";
        rule ip6-saddr-g-zero-g-g-g-g-g allow from 1234::1234:1234:1234:1234:1234
                note "ip6 saddr 1234::1234:1234:1234:1234:1234; ip6 saddr vmap { 1234::1234:1234:1234:1234:1234 : accept }";
        rule ip6-saddr-g-g-zero-g-g-g-g allow from 1234:1234::1234:1234:1234:1234
                note "ip6 saddr 1234:1234::1234:1234:1234:1234; ip6 saddr vmap { 1234:1234::1234:1234:1234:1234 : accept }";
        rule ip6-saddr-g-g-g-zero-g-g-g allow from 1234:1234:1234::1234:1234:1234
                note "ip6 saddr 1234:1234:1234::1234:1234:1234; ip6 saddr vmap { 1234:1234:1234::1234:1234:1234 : accept }";
        rule ip6-saddr-g-g-g-g-zero-g-g allow from 1234:1234:1234:1234::1234:1234
                note "ip6 saddr 1234:1234:1234:1234::1234:1234; ip6 saddr vmap { 1234:1234:1234:1234::1234:1234 : accept }";
        rule ip6-saddr-g-g-g-g-g-zero-g allow from 1234:1234:1234:1234:1234::1234
                note "ip6 saddr 1234:1234:1234:1234:1234::1234; ip6 saddr vmap { 1234:1234:1234:1234:1234::1234 : accept }";
        rule ip6-saddr-g-g-g-g-g-g-zero allow from 1234:1234:1234:1234:1234:1234::
                note "ip6 saddr 1234:1234:1234:1234:1234:1234::; ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:: : accept }";
        rule ip6-saddr-zero-g-g-g-g-g allow from ::1234:1234:1234:1234:1234
                note "ip6 saddr ::1234:1234:1234:1234:1234; ip6 saddr vmap { ::1234:1234:1234:1234:1234 : accept }";
        rule ip6-saddr-g-zero-g-g-g-g allow from 1234::1234:1234:1234:1234
                note "ip6 saddr 1234::1234:1234:1234:1234; ip6 saddr vmap { 1234::1234:1234:1234:1234 : accept }";
        rule ip6-saddr-g-g-zero-g-g-g allow from 1234:1234::1234:1234:1234
                note "ip6 saddr 1234:1234::1234:1234:1234; ip6 saddr vmap { 1234:1234::1234:1234:1234 : accept }";
        rule ip6-saddr-g-g-g-zero-g-g allow from 1234:1234:1234::1234:1234
                note "ip6 saddr 1234:1234:1234::1234:1234; ip6 saddr vmap { 1234:1234:1234::1234:1234 : accept }";
        rule ip6-saddr-g-g-g-g-zero-g allow from 1234:1234:1234:1234::1234
                note "ip6 saddr 1234:1234:1234:1234::1234; ip6 saddr vmap { 1234:1234:1234:1234::1234 : accept }";
        rule ip6-saddr-g-g-g-g-g-zero allow from 1234:1234:1234:1234:1234::
                note "ip6 saddr 1234:1234:1234:1234:1234::; ip6 saddr vmap { 1234:1234:1234:1234:1234:: : accept }";
        rule ip6-saddr-zero-g-g-g-g allow from ::1234:1234:1234:1234
                note "ip6 saddr ::1234:1234:1234:1234; ip6 saddr vmap { ::1234:1234:1234:1234 : accept }";
        rule ip6-saddr-g-zero-g-g-g allow from 1234::1234:1234:1234
                note "ip6 saddr 1234::1234:1234:1234; ip6 saddr vmap { 1234::1234:1234:1234 : accept }";
        rule ip6-saddr-g-g-zero-g-g allow from 1234:1234::1234:1234
                note "ip6 saddr 1234:1234::1234:1234; ip6 saddr vmap { 1234:1234::1234:1234 : accept }";
        rule ip6-saddr-g-g-g-zero-g allow from 1234:1234:1234::1234
                note "ip6 saddr 1234:1234:1234::1234; ip6 saddr vmap { 1234:1234:1234::1234 : accept }";
        rule ip6-saddr-g-g-g-g-zero allow from 1234:1234:1234:1234::
                note "ip6 saddr 1234:1234:1234:1234::; ip6 saddr vmap { 1234:1234:1234:1234:: : accept }";
        rule ip6-saddr-zero-g-g-g allow from ::1234:1234:1234
                note "ip6 saddr ::1234:1234:1234; ip6 saddr vmap { ::1234:1234:1234 : accept }";
        rule ip6-saddr-g-zero-g-g allow from 1234::1234:1234
                note "ip6 saddr 1234::1234:1234; ip6 saddr vmap { 1234::1234:1234 : accept }";
        rule ip6-saddr-g-g-zero-g allow from 1234:1234::1234
                note "ip6 saddr 1234:1234::1234; ip6 saddr vmap { 1234:1234::1234 : accept }";
        rule ip6-saddr-g-g-g-zero allow from 1234:1234:1234::
                note "ip6 saddr 1234:1234:1234::; ip6 saddr vmap { 1234:1234:1234:: : accept }";
        rule ip6-saddr-zero-g-g allow from ::1234:1234
                note "ip6 saddr ::1234:1234; ip6 saddr vmap { ::1234:1234 : accept }";
        rule ip6-saddr-g-zero-g allow from 1234::1234
                note "ip6 saddr 1234::1234; ip6 saddr vmap { 1234::1234 : accept }";
        rule ip6-saddr-g-g-zero allow from 1234:1234::
                note "ip6 saddr 1234:1234::; ip6 saddr vmap { 1234:1234:: : accept }";
        rule ip6-saddr-zero-g allow from ::1234
                note "ip6 saddr ::1234; ip6 saddr vmap { ::1234 : accept }";
        rule ip6-saddr-g-zero allow from 1234::
                note "ip6 saddr 1234::; ip6 saddr vmap { 1234:: : accept }";
        rule ip6-saddr-vmap-abcd-3 allow from abcd::3 note "ip6 saddr vmap { abcd::3 : accept }";
        rule ip6-saddr-vmap-aaaa-accept allow from 1234:1234:1234:1234:1234:1234:aaaa::
                note "ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:aaaa:: : accept, ::aaaa : drop }";
        rule ip6-saddr-vmap-aaaa-drop deny from ::aaaa
                note "ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:aaaa:: : accept, ::aaaa : drop }";
        rule ip6-saddr-zero-1-ip6-daddr-zero-2 allow from ::1 to ::2
                note "ip6 saddr ::1 ip6 daddr ::2";
        rule ip6-saddr-fe00-zero-cafe allow from fe00::cafe note "ip6 saddr fe00::cafe";
        rule ip6-daddr-fe00-zero-cafe-udp-dport-9998 allow udp to fe00::cafe port 9998
                note "ip6 daddr fe00::cafe udp dport 9998";
        rule ip6-daddr-fe00-zero-1-fe00-zero-200-udp-dport-53 allow udp to fe00::1-fe00::200 port 53
                note "ip6 daddr fe00::1-fe00::200 udp dport 53";
        default deny;
    }

    egress on lane-2 {
        rule ip6-dscp-not-cs1 allow ip6 dscp not cs1 note "ip6 dscp != cs1";
        default deny;
    }

    ingress on lane-3 {
        rule ip6-dscp-not-0x20 allow ip6 dscp not 32 note "ip6 dscp != 0x20";
        rule ip6-length-not-233 allow ip6 length not 273 note "ip6 length != 233";
        rule ip6-nexthdr-esp allow ip6 esp note "ip6 nexthdr esp";
        rule ip6-nexthdr-set-33-44 allow ip6 proto { 33-44 } note "ip6 nexthdr { 33-44 }";
        rule ip6-hoplimit-not-233 allow ip6 ttl not 233 note "ip6 hoplimit != 233";
        rule ip6-saddr-g-g-0-g-g-g-g-g allow from 1234:1234:0:1234:1234:1234:1234:1234
                note "ip6 saddr 1234:1234:0:1234:1234:1234:1234:1234";
        rule ip6-saddr-g-g-g-g-0-g-g-g allow from 1234:1234:1234:1234:0:1234:1234:1234
                note "ip6 saddr 1234:1234:1234:1234:0:1234:1234:1234";
        rule ip6-saddr-g-g-g-g-g-g-0-g allow from 1234:1234:1234:1234:1234:1234:0:1234
                note "ip6 saddr 1234:1234:1234:1234:1234:1234:0:1234";
        rule ip6-saddr-low-64 allow from ::/64
                note "ip6 saddr ::/64; ip6 saddr vmap { ::/64 : accept }";
        default deny;
    }

    egress on lane-4 {
        rule ip6-dscp-classes allow ip6 dscp { cs0, cs1, cs2, cs3, cs4, cs5, cs6, cs7, af11, af12,
                af13, af21, af22, af23, af31, af32, af33, af41, af42, af43, ef }
                note "ip6 dscp { cs0, cs1, cs2, cs3, cs4, cs5, cs6, cs7, af11, af12, af13, af21, af22, af23, af31, af32, af33, af41, af42, af43, ef }";
        default deny;
    }

    ingress on lane-5 {
        rule ip6-length-not-33-45 allow ip6 length not 73-85 note "ip6 length != 33-45";
        rule ip6-nexthdr-33-44 allow ip6 proto 33-44 note "ip6 nexthdr 33-44";
        rule ip6-nexthdr-tcp allow ip6 tcp note "ip6 nexthdr tcp; ip6 nexthdr 6";
        rule ip6-hoplimit-not-33-45 allow ip6 ttl not 33-45 note "ip6 hoplimit != 33-45";
        rule ip6-saddr-vmap-bbbb-accept allow from 1234:1234:1234:1234:1234:1234:aaaa::
                note "ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:aaaa:::accept, ::bbbb : drop }";
        rule ip6-saddr-vmap-bbbb-drop deny from ::bbbb
                note "ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:aaaa:::accept, ::bbbb : drop }";
        rule ip6-daddr-not-two allow ip6 to not { 0:1234:1234:1234:1234:1234:1234:1234,
                1234:1234:0:1234:1234:1234:1234:1234 }
                note "ip6 daddr != { ::1234:1234:1234:1234:1234:1234:1234, 1234:1234::1234:1234:1234:1234:1234 }";
        rule ip6-saddr-set allow from set2 note "ip6 saddr @set2";
        default deny;
    }

    egress on lane-6 {
        rule ip6-length-33-55-67-88 allow ip6 length { 73, 95, 107, 128 }
                note "ip6 length { 33, 55, 67, 88 }";
        rule ip6-hoplimit-33-55-67-88 allow ip6 ttl { 33, 55, 67, 88 }
                note "ip6 hoplimit { 33, 55, 67, 88 }";
        rule ip6-saddr-vmap-cccc-accept allow from 1234:1234:1234:1234:1234:1234:aaaa::
                note "ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:aaaa:::accept, ::cccc : drop }";
        rule ip6-saddr-vmap-cccc-drop deny from ::cccc
                note "ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:aaaa:::accept, ::cccc : drop }";
        rule ip6-daddr-not-range allow ip6
                to not 0:1234:1234:1234:1234:1234:1234:1234-1234:1234:0:1234:1234:1234:1234:1234
                note "ip6 daddr != ::1234:1234:1234:1234:1234:1234:1234-1234:1234::1234:1234:1234:1234:1234";
        default deny;
    }

    ingress on lane-7 {
        rule ip6-length-not-33-55-67-88 allow ip6 length not { 73, 95, 107, 128 }
                note "ip6 length != { 33, 55, 67, 88 }";
        rule ip6-hoplimit-not-33-55-67-88 allow ip6 ttl not { 33, 55, 67, 88 }
                note "ip6 hoplimit != { 33, 55, 67, 88 }";
        rule ip6-saddr-vmap-dddd-accept allow from 1234:1234:1234:1234:1234:1234:aaaa::
                note "ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:aaaa:::accept, ::dddd: drop }";
        rule ip6-saddr-vmap-dddd-drop deny from ::dddd
                note "ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:aaaa:::accept, ::dddd: drop }";
        rule ip6-daddr-not-set allow ip6 to not timed2 note "ip6 daddr != @set2";
        default deny;
    }

    egress on lane-8 {
        rule ip6-length-33-55-set allow ip6 length 73-95 note "ip6 length { 33-55 }";
        rule ip6-hoplimit-33-55-set allow ip6 ttl 33-55 note "ip6 hoplimit { 33-55 }";
        rule ip6-saddr-not-set allow ip6 from not set2 note "ip6 saddr != @set2";
        default deny;
    }

    ingress on lane-9 {
        rule ip6-length-not-33-55-set allow ip6 length not 73-95 note "ip6 length != { 33-55 }";
        rule ip6-hoplimit-not-33-55-set allow ip6 ttl not 33-55 note "ip6 hoplimit != { 33-55 }";
        default deny;
    }

    egress on lane-10 {
        rule ip6-nexthdr-seven allow ip6 proto { udp, ah, ipcomp, udplite, tcp, dccp, sctp }
                note "ip6 nexthdr { udp, ah, comp, udplite, tcp, dccp, sctp }";
        default deny;
    }

    ingress on lane-11 {
        rule ip6-nexthdr-nine allow ip6 proto { esp, ah, ipcomp, udp, udplite, tcp, dccp, sctp,
                icmp6 } note "ip6 nexthdr { esp, ah, comp, udp, udplite, tcp, dccp, sctp, icmpv6 }";
        default deny;
    }

    egress on lane-12 {
        rule ip6-nexthdr-not-esp allow ip6 proto not esp note "ip6 nexthdr != esp";
        default deny;
    }

    ingress on lane-13 {
        rule ip6-nexthdr-not-set-33-44 allow ip6 proto not { 33-44 }
                note "ip6 nexthdr != { 33-44 }";
        default deny;
    }

    egress on lane-14 {
        rule ip6-nexthdr-not-33-44 allow ip6 proto not 33-44 note "ip6 nexthdr != 33-44";
        default deny;
    }

    test "ip6 dscp cs1" in ingress on lane-1 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=8 expect allow by ip6-dscp-cs1;
        packet udp 2001:db8::1 > 2001:db8::2 dscp=8 frag=later expect allow by ip6-dscp-cs1;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=7 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=8 expect deny by default;
    }

    test "ip6 dscp != cs1" in egress on lane-2 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=7 expect allow by ip6-dscp-not-cs1;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=9 expect allow by ip6-dscp-not-cs1;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=63 expect allow by ip6-dscp-not-cs1;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=8 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=9 expect deny by default;
    }

    test "ip6 dscp 0x38" in ingress on lane-1 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=56 expect allow by ip6-dscp-0x38;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=55 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=57 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=56 expect deny by default;
    }

    test "ip6 dscp != 0x20" in ingress on lane-3 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=233 dscp=31 length=273
                expect allow by ip6-dscp-not-0x20;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=233 dscp=33 length=273
                expect allow by ip6-dscp-not-0x20;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=233 dscp=32 length=273
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=233 dscp=31 length=273
                expect deny by default;
    }

    test "ip6-dscp-classes" in egress on lane-4 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=8 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=16 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=24 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=32 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=40 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=48 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=56 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=10 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=12 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=14 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=18 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=20 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=22 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=26 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=28 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=30 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=34 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=36 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=38 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=46 expect allow by ip6-dscp-classes;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=1 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=2 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=3 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=4 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=5 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=6 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=7 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=11 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=13 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=15 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=17 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=19 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=21 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=23 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=25 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=27 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=29 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=31 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=33 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=35 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=37 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=39 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=41 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=42 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=43 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=44 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=45 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=47 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=49 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=50 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=51 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=52 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=53 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=54 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=55 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=57 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=58 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=59 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=60 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=61 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=62 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=63 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=8 expect deny by default;
    }

    test "ip6 dscp vmap { 0x04 : accept, 0x3f : continue }" in ingress on lane-1 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=4
                expect allow by ip6-dscp-vmap-0x04-accept-0x3f-continue;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=63 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=3 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 dscp=5 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 dscp=4 expect deny by default;
    }

    test "ip6 length 22" in ingress on lane-1 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=62 expect allow by ip6-length-22;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=61 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=63 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=62 expect deny by default;
    }

    test "ip6 length != 233" in ingress on lane-3 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=233 dscp=32 length=272
                expect allow by ip6-length-not-233;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=233 dscp=32 length=274
                expect allow by ip6-length-not-233;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=233 dscp=32 length=273
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=233 dscp=32 length=272
                expect deny by default;
    }

    test "ip6 length 33-45" in ingress on lane-1 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=73 expect allow by ip6-length-33-45;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=85 expect allow by ip6-length-33-45;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=72 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 length=86 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=73 expect deny by default;
    }

    test "ip6 length != 33-45" in ingress on lane-5 {
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33 length=72
                expect allow by ip6-length-not-33-45;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33 length=86
                expect allow by ip6-length-not-33-45;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33 length=73
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33 length=85
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=33 length=72 expect deny by default;
    }

    test "ip6 length { 33, 55, 67, 88 }" in egress on lane-6 {
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 length=73
                expect allow by ip6-length-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 length=95
                expect allow by ip6-length-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 length=107
                expect allow by ip6-length-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 length=128
                expect allow by ip6-length-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 length=72
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 length=74
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 length=94
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 length=96
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 length=106
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 length=108
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 length=127
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 length=129
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=73 expect deny by default;
    }

    test "ip6 length != { 33, 55, 67, 88 }" in ingress on lane-7 {
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=72
                expect allow by ip6-length-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=74
                expect allow by ip6-length-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=94
                expect allow by ip6-length-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=96
                expect allow by ip6-length-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=106
                expect allow by ip6-length-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=108
                expect allow by ip6-length-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=127
                expect allow by ip6-length-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=129
                expect allow by ip6-length-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=73 expect deny by default;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=95 expect deny by default;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=107 expect deny by default;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=128 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=33 length=72 expect deny by default;
    }

    test "ip6 length { 33-55 }" in egress on lane-8 {
        packet udp [1234:1234:0:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9 length=73
                expect allow by ip6-length-33-55-set;
        packet udp [1234:1234:0:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9 length=95
                expect allow by ip6-length-33-55-set;
        packet udp [1234:1234:0:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9 length=72
                expect deny by default;
        packet udp [1234:1234:0:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9 length=96
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 length=73 expect deny by default;
    }

    test "ip6 length != { 33-55 }" in ingress on lane-9 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=33 length=72
                expect allow by ip6-length-not-33-55-set;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=33 length=96
                expect allow by ip6-length-not-33-55-set;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=33 length=73 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=33 length=95 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=33 length=72 expect deny by default;
    }

    test "ip6 nexthdr { udp, ah, comp, udplite, tcp, dccp, sctp }" in egress on lane-10 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect allow by ip6-nexthdr-seven;
        packet proto 108 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-seven;
        packet proto 136 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-seven;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn expect allow by ip6-nexthdr-seven;
        packet proto 33 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-seven;
        packet sctp [2001:db8::1]:40000 > [2001:db8::2]:9 expect allow by ip6-nexthdr-seven;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn ext=hop,dest
                expect allow by ip6-nexthdr-seven;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ext=auth expect allow by ip6-nexthdr-seven;
        packet proto 16 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 18 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet esp 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 52 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 107 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 109 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 137 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 5 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 7 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 32 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 34 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 131 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 133 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 nexthdr { esp, ah, comp, udp, udplite, tcp, dccp, sctp, icmpv6 }"
            in ingress on lane-11 {
        packet esp 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-nine;
        packet proto 108 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-nine;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect allow by ip6-nexthdr-nine;
        packet proto 136 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-nine;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn expect allow by ip6-nexthdr-nine;
        packet proto 33 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-nine;
        packet sctp [2001:db8::1]:40000 > [2001:db8::2]:9 expect allow by ip6-nexthdr-nine;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request expect allow by ip6-nexthdr-nine;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request ext=routing
                expect allow by ip6-nexthdr-nine;
        packet proto 49 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 52 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 107 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 109 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 16 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 18 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 137 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 5 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 7 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 32 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 34 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 131 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 133 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 57 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 59 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 nexthdr != { esp, ah, comp, udp, udplite, tcp, dccp, sctp, icmpv6 }"
            in ingress on lane-1 {
        packet proto 49 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 52 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 107 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 109 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 16 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 18 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 137 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 5 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 7 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 32 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 34 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 131 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 133 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 57 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet proto 59 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-nine;
        packet esp 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 108 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
        packet proto 136 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn expect deny by default;
        packet proto 33 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet sctp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn ext=hop expect deny by default;
        packet proto 2 192.0.2.1 > 198.51.100.1 expect deny by default;
    }

    test "ip6 nexthdr esp" in ingress on lane-3 {
        packet esp 2001:db8::1 > 2001:db8::2 ttl=233 dscp=32 length=273
                expect allow by ip6-nexthdr-esp;
        packet esp 2001:db8::1 > 2001:db8::2 ttl=233 dscp=32 ext=dest length=273
                expect allow by ip6-nexthdr-esp;
        packet esp 2001:db8::1 > 2001:db8::2 ttl=233 dscp=32 frag=later length=273
                expect allow by ip6-nexthdr-esp;
        packet proto 49 2001:db8::1 > 2001:db8::2 ttl=233 dscp=32 length=273 expect deny by default;
        packet proto 52 2001:db8::1 > 2001:db8::2 ttl=233 dscp=32 length=273 expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn ttl=233 dscp=32 length=273
                expect deny by default;
        packet esp 192.0.2.1 > 198.51.100.1 ttl=233 dscp=32 length=273 expect deny by default;
    }

    test "ip6 nexthdr != esp" in egress on lane-12 {
        packet proto 49 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-esp;
        packet proto 52 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-esp;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect allow by ip6-nexthdr-not-esp;
        packet esp 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet esp 2001:db8::1 > 2001:db8::2 ext=dest expect deny by default;
        packet proto 49 192.0.2.1 > 198.51.100.1 expect deny by default;
    }

    test "ip6 nexthdr { 33-44 }" in ingress on lane-3 {
        packet proto 33 2001:db8::1 > 2001:db8::2 ttl=233 dscp=32 length=273
                expect allow by ip6-nexthdr-set-33-44;
        packet proto 42 2001:db8::1 > 2001:db8::2 ttl=233 dscp=32 length=273
                expect allow by ip6-nexthdr-set-33-44;
        packet proto 32 2001:db8::1 > 2001:db8::2 ttl=233 dscp=32 length=273 expect deny by default;
        packet proto 45 2001:db8::1 > 2001:db8::2 ttl=233 dscp=32 length=273 expect deny by default;
        packet proto 33 192.0.2.1 > 198.51.100.1 ttl=233 dscp=32 length=273 expect deny by default;
    }

    test "ip6 nexthdr != { 33-44 }" in ingress on lane-13 {
        packet proto 32 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-set-33-44;
        packet proto 45 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-set-33-44;
        packet proto 33 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 42 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 45 192.0.2.1 > 198.51.100.1 expect deny by default;
    }

    test "ip6 nexthdr 33-44" in ingress on lane-5 {
        packet proto 33 2001:db8::1 > 0:1234:1234:1234:1234:1234:1234:1234 ttl=33 length=73
                expect allow by ip6-nexthdr-33-44;
        packet proto 42 2001:db8::1 > 0:1234:1234:1234:1234:1234:1234:1234 ttl=33 length=73
                expect allow by ip6-nexthdr-33-44;
        packet proto 33 2001:db8::1 > 0:1234:1234:1234:1234:1234:1234:1234 ttl=33 ext=hop length=73
                expect allow by ip6-nexthdr-33-44;
        packet proto 32 2001:db8::1 > 0:1234:1234:1234:1234:1234:1234:1234 ttl=33 length=73
                expect deny by default;
        packet proto 45 2001:db8::1 > 0:1234:1234:1234:1234:1234:1234:1234 ttl=33 length=73
                expect deny by default;
        packet proto 33 192.0.2.1 > 198.51.100.1 ttl=33 length=73 expect deny by default;
    }

    test "ip6 nexthdr != 33-44" in egress on lane-14 {
        packet proto 32 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-33-44;
        packet proto 45 2001:db8::1 > 2001:db8::2 expect allow by ip6-nexthdr-not-33-44;
        packet proto 33 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 42 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 45 192.0.2.1 > 198.51.100.1 expect deny by default;
    }

    test "ip6 nexthdr tcp" in ingress on lane-5 {
        packet tcp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 syn ttl=33
                length=73 expect allow by ip6-nexthdr-tcp;
        packet tcp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 syn ttl=33
                ext=hop,routing,dest expect allow by ip6-nexthdr-tcp;
        packet tcp 2001:db8::1 > 0:1234:1234:1234:1234:1234:1234:1234 ttl=33 frag=later length=73
                expect allow by ip6-nexthdr-tcp;
        packet proto 5 2001:db8::1 > 0:1234:1234:1234:1234:1234:1234:1234 ttl=33 length=73
                expect deny by default;
        packet proto 7 2001:db8::1 > 0:1234:1234:1234:1234:1234:1234:1234 ttl=33 length=73
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33 length=73
                expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn ttl=33 length=73 expect deny by default;
    }

    test "ip6 hoplimit 1" in ingress on lane-1 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=1 expect allow by ip6-hoplimit-1;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=0 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=2 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=1 expect deny by default;
    }

    test "ip6 hoplimit != 233" in ingress on lane-3 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=232 dscp=32 length=273
                expect allow by ip6-hoplimit-not-233;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=234 dscp=32 length=273
                expect allow by ip6-hoplimit-not-233;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=233 dscp=32 length=273
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=232 dscp=32 length=273
                expect deny by default;
    }

    test "ip6 hoplimit 33-45" in ingress on lane-1 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=33 expect allow by ip6-hoplimit-33-45;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=45 expect allow by ip6-hoplimit-33-45;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=32 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=46 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=33 expect deny by default;
    }

    test "ip6 hoplimit != 33-45" in ingress on lane-5 {
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=32 length=73
                expect allow by ip6-hoplimit-not-33-45;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=46 length=73
                expect allow by ip6-hoplimit-not-33-45;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33 length=73
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=45 length=73
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=32 length=73 expect deny by default;
    }

    test "ip6 hoplimit { 33, 55, 67, 88 }" in egress on lane-6 {
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33
                expect allow by ip6-hoplimit-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=55
                expect allow by ip6-hoplimit-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=67
                expect allow by ip6-hoplimit-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=88
                expect allow by ip6-hoplimit-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=32
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=34
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=54
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=56
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=66
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=68
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=87
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=89
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=33 expect deny by default;
    }

    test "ip6 hoplimit != { 33, 55, 67, 88 }" in ingress on lane-7 {
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=32 length=73
                expect allow by ip6-hoplimit-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=34 length=73
                expect allow by ip6-hoplimit-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=54 length=73
                expect allow by ip6-hoplimit-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=56 length=73
                expect allow by ip6-hoplimit-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=66 length=73
                expect allow by ip6-hoplimit-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=68 length=73
                expect allow by ip6-hoplimit-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=87 length=73
                expect allow by ip6-hoplimit-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=89 length=73
                expect allow by ip6-hoplimit-not-33-55-67-88;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=73 expect deny by default;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=55 length=73 expect deny by default;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=67 length=73 expect deny by default;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=88 length=73 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=32 length=73 expect deny by default;
    }

    test "ip6 hoplimit { 33-55 }" in egress on lane-8 {
        packet udp [1234:1234:0:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9 ttl=33
                expect allow by ip6-hoplimit-33-55-set;
        packet udp [1234:1234:0:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9 ttl=55
                expect allow by ip6-hoplimit-33-55-set;
        packet udp [1234:1234:0:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9 ttl=32
                expect deny by default;
        packet udp [1234:1234:0:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9 ttl=56
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=33 expect deny by default;
    }

    test "ip6 hoplimit != { 33-55 }" in ingress on lane-9 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=32 length=73
                expect allow by ip6-hoplimit-not-33-55-set;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=56 length=73
                expect allow by ip6-hoplimit-not-33-55-set;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=33 length=73 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ttl=55 length=73 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=32 length=73 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234:1234:1234:1234:1234:1234" in ingress on lane-1 {
        packet udp [1234:1234:1234:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-g-g-g-g-g;
        packet udp [1234:1234:1234:1234:1234:1234:1234:1233]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234:1234:1234:1234:1234:1234:1235]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:1234:1234:1234:1234:1234]:9
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr ::1234:1234:1234:1234:1234:1234:1234" in ingress on lane-1 {
        packet udp [0:1234:1234:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-zero-g-g-g-g-g-g-g;
        packet udp [0:1234:1234:1234:1234:1234:1234:1233]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [0:1234:1234:1234:1234:1234:1234:1235]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234::1234:1234:1234:1234:1234:1234" in ingress on lane-1 {
        packet udp [1234:0:1234:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-zero-g-g-g-g-g-g;
        packet udp [1234:0:1234:1234:1234:1234:1234:1233]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:0:1234:1234:1234:1234:1234:1235]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:0:1234:1234:1234:1234:1234:1234]:9
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234::1234:1234:1234:1234:1234" in ingress on lane-1 {
        packet udp [1234:1234:0:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-zero-g-g-g-g-g;
        packet udp [1234:1234:0:1234:1234:1234:1234:1233]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234:0:1234:1234:1234:1234:1235]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:0:1234:1234:1234:1234:1234]:9
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234::1234:1234:1234:1234" in ingress on lane-1 {
        packet udp [1234:1234:1234:0:1234:1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-zero-g-g-g-g;
        packet udp [1234:1234:1234:0:1234:1234:1234:1233]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234:1234:0:1234:1234:1234:1235]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:0:1234:1234:1234:1234]:9
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234:1234::1234:1234:1234" in ingress on lane-1 {
        packet udp [1234:1234:1234:1234:0:1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-g-zero-g-g-g;
        packet udp [1234:1234:1234:1234:0:1234:1234:1233]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234:1234:1234:0:1234:1234:1235]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:1234:0:1234:1234:1234]:9
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234:1234:1234::1234:1234" in ingress on lane-1 {
        packet udp [1234:1234:1234:1234:1234:0:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-g-g-zero-g-g;
        packet udp [1234:1234:1234:1234:1234:0:1234:1233]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234:1234:1234:1234:0:1234:1235]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:1234:1234:0:1234:1234]:9
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234:1234:1234:1234::1234" in ingress on lane-1 {
        packet udp [1234:1234:1234:1234:1234:1234:0:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-g-g-g-zero-g;
        packet udp [1234:1234:1234:1234:1234:1234:0:1233]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234:1234:1234:1234:1234:0:1235]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:1234:1234:1234:0:1234]:9
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234:1234:1234:1234:1234::" in ingress on lane-1 {
        packet udp [1234:1234:1234:1234:1234:1234:1234:0]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-g-g-g-g-zero;
        packet udp [1234:1234:1234:1234:1234:1234:1233:ffff]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234:1234:1234:1234:1234:1234:1]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:1234:1234:1234:1234:0]:9
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr ::1234:1234:1234:1234:1234:1234" in ingress on lane-1 {
        packet udp [::1234:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-zero-g-g-g-g-g-g;
        packet udp [::1234:1234:1234:1234:1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [::1234:1234:1234:1234:1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [::1234:1234:1234:1234:1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234::1234:1234:1234:1234:1234" in ingress on lane-1 {
        packet udp [1234::1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-zero-g-g-g-g-g;
        packet udp [1234::1234:1234:1234:1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234::1234:1234:1234:1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234::1234:1234:1234:1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234::1234:1234:1234:1234" in ingress on lane-1 {
        packet udp [1234:1234::1234:1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-zero-g-g-g-g;
        packet udp [1234:1234::1234:1234:1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234:1234::1234:1234:1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234::1234:1234:1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234::1234:1234:1234" in ingress on lane-1 {
        packet udp [1234:1234:1234::1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-zero-g-g-g;
        packet udp [1234:1234:1234::1234:1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234:1234:1234::1234:1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234::1234:1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234:1234::1234:1234" in ingress on lane-1 {
        packet udp [1234:1234:1234:1234::1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-g-zero-g-g;
        packet udp [1234:1234:1234:1234::1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234:1234:1234:1234::1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:1234::1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234:1234:1234::1234" in ingress on lane-1 {
        packet udp [1234:1234:1234:1234:1234::1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-g-g-zero-g;
        packet udp [1234:1234:1234:1234:1234::1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234:1234:1234:1234:1234::1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:1234:1234::1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234:1234:1234:1234::" in ingress on lane-1 {
        packet udp [1234:1234:1234:1234:1234:1234::]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-g-g-g-zero;
        packet udp [1234:1234:1234:1234:1234:1233:ffff:ffff]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234:1234:1234:1234:1234:0:1]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:1234:1234:1234::]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr ::1234:1234:1234:1234:1234" in ingress on lane-1 {
        packet udp [::1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-zero-g-g-g-g-g;
        packet udp [::1234:1234:1234:1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [::1234:1234:1234:1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [::1234:1234:1234:1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234::1234:1234:1234:1234" in ingress on lane-1 {
        packet udp [1234::1234:1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-zero-g-g-g-g;
        packet udp [1234::1234:1234:1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234::1234:1234:1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234::1234:1234:1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234::1234:1234:1234" in ingress on lane-1 {
        packet udp [1234:1234::1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-zero-g-g-g;
        packet udp [1234:1234::1234:1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234:1234::1234:1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234::1234:1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234::1234:1234" in ingress on lane-1 {
        packet udp [1234:1234:1234::1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-zero-g-g;
        packet udp [1234:1234:1234::1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234:1234:1234::1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234::1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234:1234::1234" in ingress on lane-1 {
        packet udp [1234:1234:1234:1234::1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-g-zero-g;
        packet udp [1234:1234:1234:1234::1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234:1234:1234:1234::1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:1234::1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234:1234:1234::" in ingress on lane-1 {
        packet udp [1234:1234:1234:1234:1234::]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-g-g-zero;
        packet udp [1234:1234:1234:1234:1233:ffff:ffff:ffff]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234:1234:1234:1234::1]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:1234:1234::]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr ::1234:1234:1234:1234" in ingress on lane-1 {
        packet udp [::1234:1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-zero-g-g-g-g;
        packet udp [::1234:1234:1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [::1234:1234:1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [::1234:1234:1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234::1234:1234:1234" in ingress on lane-1 {
        packet udp [1234::1234:1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-zero-g-g-g;
        packet udp [1234::1234:1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234::1234:1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234::1234:1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234::1234:1234" in ingress on lane-1 {
        packet udp [1234:1234::1234:1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-zero-g-g;
        packet udp [1234:1234::1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234:1234::1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234::1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234::1234" in ingress on lane-1 {
        packet udp [1234:1234:1234::1234]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-zero-g;
        packet udp [1234:1234:1234::1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234:1234:1234::1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234::1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234:1234::" in ingress on lane-1 {
        packet udp [1234:1234:1234:1234::]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-g-g-g-g-zero;
        packet udp [1234:1234:1234:1233:ffff:ffff:ffff:ffff]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234:1234:1234::1]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:1234::]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr ::1234:1234:1234" in ingress on lane-1 {
        packet udp [::1234:1234:1234]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-zero-g-g-g;
        packet udp [::1234:1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [::1234:1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [::1234:1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234::1234:1234" in ingress on lane-1 {
        packet udp [1234::1234:1234]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-g-zero-g-g;
        packet udp [1234::1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234::1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234::1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234::1234" in ingress on lane-1 {
        packet udp [1234:1234::1234]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-g-g-zero-g;
        packet udp [1234:1234::1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234:1234::1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234::1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234::" in ingress on lane-1 {
        packet udp [1234:1234:1234::]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-g-g-g-zero;
        packet udp [1234:1234:1233:ffff:ffff:ffff:ffff:ffff]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234:1234::1]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234::]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr ::1234:1234" in ingress on lane-1 {
        packet udp [::1234:1234]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-zero-g-g;
        packet udp [::1234:1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [::1234:1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [::1234:1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234::1234" in ingress on lane-1 {
        packet udp [1234::1234]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-g-zero-g;
        packet udp [1234::1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234::1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234::1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234::" in ingress on lane-1 {
        packet udp [1234:1234::]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-g-g-zero;
        packet udp [1234:1233:ffff:ffff:ffff:ffff:ffff:ffff]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234::1]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234::]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr ::1234" in ingress on lane-1 {
        packet udp [::1234]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-zero-g;
        packet udp [::1233]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [::1235]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [::1234]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234::" in ingress on lane-1 {
        packet udp [1234::]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-g-zero;
        packet udp [1233:ffff:ffff:ffff:ffff:ffff:ffff:ffff]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234::1]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234::]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr 1234:1234:0:1234:1234:1234:1234:1234" in ingress on lane-3 {
        packet udp [1234:1234:0:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9 ttl=233 dscp=32
                length=273 expect allow by ip6-saddr-g-g-0-g-g-g-g-g;
        packet udp [1234:1234:0:1234:1234:1234:1234:1233]:40000 > [2001:db8::2]:9 ttl=233 dscp=32
                length=273 expect deny by default;
        packet udp [1234:1234:0:1234:1234:1234:1234:1235]:40000 > [2001:db8::2]:9 ttl=233 dscp=32
                length=273 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:0:1234:1234:1234:1234:1234]:9 ttl=233 dscp=32
                length=273 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=233 dscp=32 length=273
                expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234:1234:0:1234:1234:1234" in ingress on lane-3 {
        packet udp [1234:1234:1234:1234:0:1234:1234:1234]:40000 > [2001:db8::2]:9 ttl=233 dscp=32
                length=273 expect allow by ip6-saddr-g-g-g-g-0-g-g-g;
        packet udp [1234:1234:1234:1234:0:1234:1234:1233]:40000 > [2001:db8::2]:9 ttl=233 dscp=32
                length=273 expect deny by default;
        packet udp [1234:1234:1234:1234:0:1234:1234:1235]:40000 > [2001:db8::2]:9 ttl=233 dscp=32
                length=273 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:1234:0:1234:1234:1234]:9 ttl=233 dscp=32
                length=273 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=233 dscp=32 length=273
                expect deny by default;
    }

    test "ip6 saddr 1234:1234:1234:1234:1234:1234:0:1234" in ingress on lane-3 {
        packet udp [1234:1234:1234:1234:1234:1234:0:1234]:40000 > [2001:db8::2]:9 ttl=233 dscp=32
                length=273 expect allow by ip6-saddr-g-g-g-g-g-g-0-g;
        packet udp [1234:1234:1234:1234:1234:1234:0:1233]:40000 > [2001:db8::2]:9 ttl=233 dscp=32
                length=273 expect deny by default;
        packet udp [1234:1234:1234:1234:1234:1234:0:1235]:40000 > [2001:db8::2]:9 ttl=233 dscp=32
                length=273 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:1234:1234:1234:1234:0:1234]:9 ttl=233 dscp=32
                length=273 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=233 dscp=32 length=273
                expect deny by default;
    }

    test "ip6 saddr ::/64" in ingress on lane-3 {
        packet udp [::]:40000 > [2001:db8::2]:9 ttl=233 dscp=32 length=273
                expect allow by ip6-saddr-low-64;
        packet udp [::ffff:ffff:ffff:ffff]:40000 > [2001:db8::2]:9 ttl=233 dscp=32 length=273
                expect allow by ip6-saddr-low-64;
        packet udp [0:0:0:1::]:40000 > [2001:db8::2]:9 ttl=233 dscp=32 length=273
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [::]:9 ttl=233 dscp=32 length=273 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=233 dscp=32 length=273
                expect deny by default;
    }

    test "ip6 saddr vmap { abcd::3 : accept }" in ingress on lane-1 {
        packet udp [abcd::3]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-vmap-abcd-3;
        packet udp [abcd::2]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [abcd::4]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [abcd::3]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:aaaa:: : accept, ::aaaa : drop }"
            in ingress on lane-1 {
        packet udp [1234:1234:1234:1234:1234:1234:aaaa:0]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-vmap-aaaa-accept;
        packet udp [::aaaa]:40000 > [2001:db8::2]:9 expect deny by ip6-saddr-vmap-aaaa-drop;
        packet udp [1234:1234:1234:1234:1234:1234:aaa9:ffff]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234:1234:1234:1234:1234:aaaa:1]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [::aaa9]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [::aaab]:40000 > [2001:db8::2]:9 expect deny by default;
    }

    test "ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:aaaa:::accept, ::bbbb : drop }"
            in ingress on lane-5 {
        packet udp [1234:1234:1234:1234:1234:1234:aaaa:0]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                ttl=33 length=73 expect allow by ip6-saddr-vmap-bbbb-accept;
        packet udp [::bbbb]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33 length=73
                expect deny by ip6-saddr-vmap-bbbb-drop;
        packet udp [1234:1234:1234:1234:1234:1234:aaa9:ffff]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                ttl=33 length=73 expect deny by default;
        packet udp [1234:1234:1234:1234:1234:1234:aaaa:1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                ttl=33 length=73 expect deny by default;
        packet udp [::bbba]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33 length=73
                expect deny by default;
        packet udp [::bbbc]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33 length=73
                expect deny by default;
    }

    test "ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:aaaa:::accept, ::cccc : drop }"
            in egress on lane-6 {
        packet udp [1234:1234:1234:1234:1234:1234:aaaa:0]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                expect allow by ip6-saddr-vmap-cccc-accept;
        packet udp [::cccc]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                expect deny by ip6-saddr-vmap-cccc-drop;
        packet udp [1234:1234:1234:1234:1234:1234:aaa9:ffff]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                expect deny by default;
        packet udp [1234:1234:1234:1234:1234:1234:aaaa:1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                expect deny by default;
        packet udp [::cccb]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 expect deny by default;
        packet udp [::cccd]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 expect deny by default;
    }

    test "ip6 saddr vmap { 1234:1234:1234:1234:1234:1234:aaaa:::accept, ::dddd: drop }"
            in ingress on lane-7 {
        packet udp [1234:1234:1234:1234:1234:1234:aaaa:0]:40000 > [dead::beef]:9 ttl=33 length=73
                expect allow by ip6-saddr-vmap-dddd-accept;
        packet udp [::dddd]:40000 > [dead::beef]:9 ttl=33 length=73
                expect deny by ip6-saddr-vmap-dddd-drop;
        packet udp [1234:1234:1234:1234:1234:1234:aaa9:ffff]:40000 > [dead::beef]:9 ttl=33 length=73
                expect deny by default;
        packet udp [1234:1234:1234:1234:1234:1234:aaaa:1]:40000 > [dead::beef]:9 ttl=33 length=73
                expect deny by default;
        packet udp [::dddc]:40000 > [dead::beef]:9 ttl=33 length=73 expect deny by default;
        packet udp [::ddde]:40000 > [dead::beef]:9 ttl=33 length=73 expect deny by default;
    }

    test "ip6 saddr ::1 ip6 daddr ::2" in ingress on lane-1 {
        packet udp [::1]:40000 > [::2]:9 expect allow by ip6-saddr-zero-1-ip6-daddr-zero-2;
        packet udp [::]:40000 > [::2]:9 expect deny by default;
        packet udp [::2]:40000 > [::2]:9 expect deny by default;
        packet udp [::1]:40000 > [::1]:9 expect deny by default;
        packet udp [::1]:40000 > [::3]:9 expect deny by default;
        packet udp [::2]:40000 > [::1]:9 expect deny by default;
    }

    test "ip6 daddr != { ::1234:1234:1234:1234:1234:1234:1234, 1234:1234::1234:1234:1234:1234:1234 }"
            in ingress on lane-5 {
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1233]:9 ttl=33 length=73
                expect allow by ip6-daddr-not-two;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1235]:9 ttl=33 length=73
                expect allow by ip6-daddr-not-two;
        packet udp [2001:db8::1]:40000 > [1234:1234:0:1234:1234:1234:1234:1233]:9 ttl=33 length=73
                expect allow by ip6-daddr-not-two;
        packet udp [2001:db8::1]:40000 > [1234:1234:0:1234:1234:1234:1234:1235]:9 ttl=33 length=73
                expect allow by ip6-daddr-not-two;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33 length=73
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:0:1234:1234:1234:1234:1234]:9 ttl=33 length=73
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=33 length=73 expect deny by default;
    }

    test "ip6 daddr != ::1234:1234:1234:1234:1234:1234:1234-1234:1234::1234:1234:1234:1234:1234"
            in egress on lane-6 {
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1233]:9
                expect allow by ip6-daddr-not-range;
        packet udp [2001:db8::1]:40000 > [1234:1234:0:1234:1234:1234:1234:1235]:9
                expect allow by ip6-daddr-not-range;
        packet udp [2001:db8::1]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:0:1234:1234:1234:1234:1234]:9
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 saddr @set2" in ingress on lane-5 {
        packet udp [1234:1234:0:1234:1234:1234:1234:1234]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                ttl=33 length=73 expect allow by ip6-saddr-set;
        packet udp [1234::1234:1234:1234]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33
                length=73 expect allow by ip6-saddr-set;
        packet udp [1234:1234:1234:1234:1234:0:1234:1234]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                ttl=33 length=73 expect allow by ip6-saddr-set;
        packet udp [1234:1234::123]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33
                length=73 expect allow by ip6-saddr-set;
        packet udp [1234:1234::1234:1234:1234]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                ttl=33 length=73 expect allow by ip6-saddr-set;
        packet udp [1234:1234:1234::1234]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33
                length=73 expect allow by ip6-saddr-set;
        packet udp [1234:1234:0:1234:1234:1234:1234:1233]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                ttl=33 length=73 expect deny by default;
        packet udp [1234:1234:0:1234:1234:1234:1234:1235]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                ttl=33 length=73 expect deny by default;
        packet udp [1234::1234:1234:1233]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33
                length=73 expect deny by default;
        packet udp [1234::1234:1234:1235]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33
                length=73 expect deny by default;
        packet udp [1234:1234:1234:1234:1234:0:1234:1233]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                ttl=33 length=73 expect deny by default;
        packet udp [1234:1234:1234:1234:1234:0:1234:1235]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                ttl=33 length=73 expect deny by default;
        packet udp [1234:1234::122]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33
                length=73 expect deny by default;
        packet udp [1234:1234::124]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33
                length=73 expect deny by default;
        packet udp [1234:1234::1234:1234:1233]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                ttl=33 length=73 expect deny by default;
        packet udp [1234:1234::1234:1234:1235]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9
                ttl=33 length=73 expect deny by default;
        packet udp [1234:1234:1234::1233]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33
                length=73 expect deny by default;
        packet udp [1234:1234:1234::1235]:40000 > [0:1234:1234:1234:1234:1234:1234:1234]:9 ttl=33
                length=73 expect deny by default;
        packet udp [2001:db8::1]:40000 > [1234:1234:0:1234:1234:1234:1234:1234]:9 ttl=33 length=73
                expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=33 length=73 expect deny by default;
    }

    test "ip6 saddr != @set2" in egress on lane-8 {
        packet udp [1234:1234:0:1234:1234:1234:1234:1233]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-not-set;
        packet udp [1234:1234:0:1234:1234:1234:1234:1235]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-not-set;
        packet udp [1234::1234:1234:1233]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-not-set;
        packet udp [1234::1234:1234:1235]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-not-set;
        packet udp [1234:1234:1234:1234:1234:0:1234:1233]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-not-set;
        packet udp [1234:1234:1234:1234:1234:0:1234:1235]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-not-set;
        packet udp [1234:1234::122]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-not-set;
        packet udp [1234:1234::124]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-not-set;
        packet udp [1234:1234::1234:1234:1233]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-not-set;
        packet udp [1234:1234::1234:1234:1235]:40000 > [2001:db8::2]:9
                expect allow by ip6-saddr-not-set;
        packet udp [1234:1234:1234::1233]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-not-set;
        packet udp [1234:1234:1234::1235]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-not-set;
        packet udp [1234:1234:0:1234:1234:1234:1234:1234]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234::1234:1234:1234]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234:1234:1234:1234:1234:0:1234:1234]:40000 > [2001:db8::2]:9
                expect deny by default;
        packet udp [1234:1234::123]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234:1234::1234:1234:1234]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [1234:1234:1234::1234]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 daddr != @set2" in ingress on lane-7 {
        packet udp [2001:db8::1]:40000 > [dead::beee]:9 ttl=33 length=73
                expect allow by ip6-daddr-not-set;
        packet udp [2001:db8::1]:40000 > [dead::bef0]:9 ttl=33 length=73
                expect allow by ip6-daddr-not-set;
        packet udp [2001:db8::1]:40000 > [dead::beef]:9 ttl=33 length=73 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 ttl=33 length=73 expect deny by default;
    }

    test "ip6 saddr fe00::cafe" in ingress on lane-1 {
        packet udp [fe00::cafe]:40000 > [2001:db8::2]:9 expect allow by ip6-saddr-fe00-zero-cafe;
        packet udp [fe00::cafd]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [fe00::caff]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [fe00::cafe]:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "ip6 daddr fe00::cafe udp dport 9998" in ingress on lane-1 {
        packet udp [2001:db8::1]:40000 > [fe00::cafe]:9998
                expect allow by ip6-daddr-fe00-zero-cafe-udp-dport-9998;
        packet udp [2001:db8::1]:40000 > [fe00::caff]:9998 expect deny by default;
        packet udp [2001:db8::1]:40000 > [fe00::cafd]:9998 expect deny by default;
        packet udp [2001:db8::1]:40000 > [fe00::cafe]:9997 expect deny by default;
        packet udp [2001:db8::1]:40000 > [fe00::cafe]:9999 expect deny by default;
        packet tcp [2001:db8::1]:40000 > [fe00::cafe]:9998 syn expect deny by default;
    }

    test "ip6 daddr fe00::1-fe00::200 udp dport 53" in ingress on lane-1 {
        packet udp [2001:db8::1]:40000 > [fe00::1]:53
                expect allow by ip6-daddr-fe00-zero-1-fe00-zero-200-udp-dport-53;
        packet udp [2001:db8::1]:40000 > [fe00::200]:53
                expect allow by ip6-daddr-fe00-zero-1-fe00-zero-200-udp-dport-53;
        packet udp [2001:db8::1]:40000 > [fe00::]:53 expect deny by default;
        packet udp [2001:db8::1]:40000 > [fe00::201]:53 expect deny by default;
        packet udp [2001:db8::1]:40000 > [fe00::1]:52 expect deny by default;
        packet udp [2001:db8::1]:40000 > [fe00::1]:54 expect deny by default;
        packet tcp [2001:db8::1]:40000 > [fe00::1]:53 syn expect deny by default;
    }
}
