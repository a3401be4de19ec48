# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The nftables matches of fragments that the language can say. The note of each rule names what it stands for;
# docs/nftables-catalogue.md lists them all. Every rule has a test: packets on its boundaries, which it decides, and
# packets just outside, which go past it. So that no rule hides another they are spread over blocks, which also
# exercises both hooks.

policy nft-fragments {
    owner "tests";

    ingress on lane-1 {
        rule ip-frag-off allow ip4 fragment note "ip frag-off & 0x1fff != 0";
        default deny;
    }

    egress on lane-2 {
        rule exthdr-frag allow ip6 fragment note "exthdr frag exists; exthdr frag 1";
        rule exthdr-frag-first allow ip6 fragment first note "exthdr frag exists; exthdr frag 1";
        default deny;
    }

    ingress on lane-3 {
        rule frag-nexthdr-tcp allow ip6 fragment proto tcp note "frag nexthdr tcp";
        rule frag-nexthdr-tcp-first allow ip6 fragment first proto tcp note "frag nexthdr tcp";
        default deny;
    }

    egress on lane-4 {
        rule frag-nexthdr-not-icmp allow ip6 fragment proto not 1 note "frag nexthdr != icmp";
        rule frag-nexthdr-not-icmp-first allow ip6 fragment first proto not 1
                note "frag nexthdr != icmp";
        default deny;
    }

    ingress on lane-5 {
        rule frag-nexthdr-eight allow ip6 fragment proto { esp, ah, ipcomp, udp, udplite, tcp, dccp,
                sctp } note "frag nexthdr { esp, ah, comp, udp, udplite, tcp, dccp, sctp }";
        rule frag-nexthdr-eight-first allow ip6 fragment first proto { esp, ah, ipcomp, udp,
                udplite, tcp, dccp, sctp }
                note "frag nexthdr { esp, ah, comp, udp, udplite, tcp, dccp, sctp }";
        default deny;
    }

    egress on lane-6 {
        rule frag-nexthdr-not-eight allow ip6 fragment proto not { esp, ah, ipcomp, udp, udplite,
                tcp, dccp, sctp }
                note "frag nexthdr != { esp, ah, comp, udp, udplite, tcp, dccp, sctp }";
        rule frag-nexthdr-not-eight-first allow ip6 fragment first proto not { esp, ah, ipcomp, udp,
                udplite, tcp, dccp, sctp }
                note "frag nexthdr != { esp, ah, comp, udp, udplite, tcp, dccp, sctp }";
        default deny;
    }

    ingress on lane-7 {
        rule frag-nexthdr-esp allow ip6 fragment proto esp note "frag nexthdr esp";
        rule frag-nexthdr-esp-first allow ip6 fragment first proto esp note "frag nexthdr esp";
        default deny;
    }

    test "ip frag-off & 0x1fff != 0" in ingress on lane-1 {
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect allow by ip-frag-off;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect allow by ip-frag-off;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect allow by ip-frag-off;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 frag=first expect deny by default;
        packet udp 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "exthdr frag exists" in egress on lane-2 {
        packet udp 2001:db8::1 > 2001:db8::2 frag=later expect allow by exthdr-frag;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 frag=first
                expect allow by exthdr-frag-first;
        packet tcp 2001:db8::1 > 2001:db8::2 frag=later expect allow by exthdr-frag;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn frag=first
                expect allow by exthdr-frag-first;
        packet udp 2001:db8::1 > 2001:db8::2 frag=later ext=hop expect allow by exthdr-frag;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 ext=dest expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 frag=first expect deny by default;
    }

    test "frag nexthdr tcp" in ingress on lane-3 {
        packet tcp 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-tcp;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn frag=first
                expect allow by frag-nexthdr-tcp-first;
        packet proto 5 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 5 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 7 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 7 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn expect deny by default;
        packet tcp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn frag=first expect deny by default;
    }

    test "frag nexthdr != icmp" in egress on lane-4 {
        packet proto 2 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-not-icmp;
        packet proto 2 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-not-icmp-first;
        packet tcp 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-not-icmp;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn frag=first
                expect allow by frag-nexthdr-not-icmp-first;
        packet udp 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-not-icmp;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 frag=first
                expect allow by frag-nexthdr-not-icmp-first;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-not-icmp;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request frag=first
                expect allow by frag-nexthdr-not-icmp-first;
        packet proto 1 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 1 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 2 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 2 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet proto 2 192.0.2.1 > 198.51.100.1 frag=first expect deny by default;
    }

    test "frag nexthdr { esp, ah, comp, udp, udplite, tcp, dccp, sctp }" in ingress on lane-5 {
        packet esp 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-eight;
        packet esp 2001:db8::1 > 2001:db8::2 frag=first expect allow by frag-nexthdr-eight-first;
        packet proto 108 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-eight;
        packet proto 108 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-eight-first;
        packet udp 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-eight;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 frag=first
                expect allow by frag-nexthdr-eight-first;
        packet proto 136 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-eight;
        packet proto 136 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-eight-first;
        packet tcp 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-eight;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn frag=first
                expect allow by frag-nexthdr-eight-first;
        packet proto 33 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-eight;
        packet proto 33 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-eight-first;
        packet sctp 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-eight;
        packet sctp [2001:db8::1]:40000 > [2001:db8::2]:9 frag=first
                expect allow by frag-nexthdr-eight-first;
        packet proto 49 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 49 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 52 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 52 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 107 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 107 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 109 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 109 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 16 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 16 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 18 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 18 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 137 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 137 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 5 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 5 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 7 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 7 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 32 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 32 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 34 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 34 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 131 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 131 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 133 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 133 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet esp 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet esp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet esp 192.0.2.1 > 198.51.100.1 frag=first expect deny by default;
    }

    test "frag nexthdr != { esp, ah, comp, udp, udplite, tcp, dccp, sctp }" in egress on lane-6 {
        packet proto 49 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-not-eight;
        packet proto 49 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-not-eight-first;
        packet proto 52 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-not-eight;
        packet proto 52 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-not-eight-first;
        packet proto 107 2001:db8::1 > 2001:db8::2 frag=later
                expect allow by frag-nexthdr-not-eight;
        packet proto 107 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-not-eight-first;
        packet proto 109 2001:db8::1 > 2001:db8::2 frag=later
                expect allow by frag-nexthdr-not-eight;
        packet proto 109 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-not-eight-first;
        packet proto 16 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-not-eight;
        packet proto 16 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-not-eight-first;
        packet proto 18 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-not-eight;
        packet proto 18 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-not-eight-first;
        packet proto 5 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-not-eight;
        packet proto 5 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-not-eight-first;
        packet proto 7 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-not-eight;
        packet proto 7 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-not-eight-first;
        packet proto 32 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-not-eight;
        packet proto 32 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-not-eight-first;
        packet proto 34 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-not-eight;
        packet proto 34 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-not-eight-first;
        packet proto 131 2001:db8::1 > 2001:db8::2 frag=later
                expect allow by frag-nexthdr-not-eight;
        packet proto 131 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-not-eight-first;
        packet proto 133 2001:db8::1 > 2001:db8::2 frag=later
                expect allow by frag-nexthdr-not-eight;
        packet proto 133 2001:db8::1 > 2001:db8::2 frag=first
                expect allow by frag-nexthdr-not-eight-first;
        packet esp 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet esp 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 108 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 108 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 frag=first expect deny by default;
        packet udp 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 136 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 136 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn frag=first expect deny by default;
        packet tcp 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 33 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 33 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet sctp [2001:db8::1]:40000 > [2001:db8::2]:9 frag=first expect deny by default;
        packet sctp 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 49 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet proto 49 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet proto 49 192.0.2.1 > 198.51.100.1 frag=first expect deny by default;
    }

    test "frag nexthdr esp" in ingress on lane-7 {
        packet esp 2001:db8::1 > 2001:db8::2 frag=later expect allow by frag-nexthdr-esp;
        packet esp 2001:db8::1 > 2001:db8::2 frag=first expect allow by frag-nexthdr-esp-first;
        packet proto 49 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 49 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet proto 52 2001:db8::1 > 2001:db8::2 frag=first expect deny by default;
        packet proto 52 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn frag=first expect deny by default;
        packet tcp 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
        packet esp 2001:db8::1 > 2001:db8::2 expect deny by default;
        packet esp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet esp 192.0.2.1 > 198.51.100.1 frag=first expect deny by default;
    }
}
