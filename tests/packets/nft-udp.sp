# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The nftables matches of UDP ports that the language can say. The note of each rule names what it stands for;
# docs/nftables-catalogue.md lists them all. Every rule has a test: packets on its boundaries, which it decides, and
# packets just outside, which go past it. So that no rule hides another they are spread over blocks, which also
# exercises both hooks.

policy nft-udp {
    owner "tests";

    ingress on lane-1 {
        rule udp-sport-80 allow udp from any port 80 note "udp sport 80";
        rule udp-sport-50-70 allow udp from any port 50-70 note "udp sport 50-70";
        rule udp-dport-954 allow udp port 954 note "udp dport 954";
        rule udp-dport-1234 allow udp port 1234 note "udp dport 1234";
        rule meta-protocol-ip-udp-dport-67 allow ip4 udp port 67
                note "meta protocol ip udp dport 67";
        default deny;
    }

    egress on lane-2 {
        rule udp-sport-not-60 allow udp from any port not 60 note "udp sport != 60";
        rule udp-dport-not-60 allow udp port not 60 note "udp dport != 60";
        default deny;
    }

    ingress on lane-3 {
        rule udp-sport-not-50-60 allow udp from any port not 50-60 note "udp sport != 50-60";
        rule udp-dport-not-50-60 allow udp port not 50-60 note "udp dport != 50-60";
        rule udp-dport-53 allow udp port 53 note "udp dport 53";
        default deny;
    }

    egress on lane-4 {
        rule udp-sport-49-50-both allow udp from any port { 49, 50 } note "udp sport { 49, 50 }";
        rule udp-dport-80 allow udp port 80 note "udp dport 80";
        rule udp-dport-70-75 allow udp port 70-75 note "udp dport 70-75";
        rule meta-protocol-ip6-udp-dport-67 allow ip6 udp port 67
                note "meta protocol ip6 udp dport 67";
        default deny;
    }

    ingress on lane-5 {
        rule udp-sport-not-50-60-both allow udp from any port not { 50, 60 }
                note "udp sport != { 50, 60 }";
        rule udp-dport-not-50-60-both allow udp port not { 50, 60 } note "udp dport != { 50, 60 }";
        default deny;
    }

    egress on lane-6 {
        rule udp-dport-49-50-both allow udp port { 49, 50 } note "udp dport { 49, 50 }";
        default deny;
    }

    test "udp sport 80" in ingress on lane-1 {
        packet udp 192.0.2.1:80 > 198.51.100.1:9 expect allow by udp-sport-80;
        packet udp [2001:db8::1]:80 > [2001:db8::2]:9 expect allow by udp-sport-80;
        packet udp 192.0.2.1:80 > 198.51.100.1:9 frag=first expect allow by udp-sport-80;
        packet udp 192.0.2.1:79 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:81 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1:80 > 198.51.100.1:9 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:80 expect deny by default;
    }

    test "udp sport != 60" in egress on lane-2 {
        packet udp 192.0.2.1:59 > 198.51.100.1:60 expect allow by udp-sport-not-60;
        packet udp 192.0.2.1:61 > 198.51.100.1:60 expect allow by udp-sport-not-60;
        packet udp [2001:db8::1]:59 > [2001:db8::2]:60 expect allow by udp-sport-not-60;
        packet udp 192.0.2.1:59 > 198.51.100.1:60 frag=first expect allow by udp-sport-not-60;
        packet udp 192.0.2.1:60 > 198.51.100.1:60 expect deny by default;
        packet tcp 192.0.2.1:59 > 198.51.100.1:60 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp [2001:db8::1]:60 > [2001:db8::2]:60 expect deny by default;
    }

    test "udp sport 50-70" in ingress on lane-1 {
        packet udp 192.0.2.1:50 > 198.51.100.1:9 expect allow by udp-sport-50-70;
        packet udp 192.0.2.1:70 > 198.51.100.1:9 expect allow by udp-sport-50-70;
        packet udp [2001:db8::1]:50 > [2001:db8::2]:9 expect allow by udp-sport-50-70;
        packet udp 192.0.2.1:50 > 198.51.100.1:9 frag=first expect allow by udp-sport-50-70;
        packet udp 192.0.2.1:49 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:71 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1:50 > 198.51.100.1:9 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:50 expect deny by default;
    }

    test "udp sport != 50-60" in ingress on lane-3 {
        packet udp 192.0.2.1:49 > 198.51.100.1:50 expect allow by udp-sport-not-50-60;
        packet udp 192.0.2.1:61 > 198.51.100.1:50 expect allow by udp-sport-not-50-60;
        packet udp [2001:db8::1]:49 > [2001:db8::2]:50 expect allow by udp-sport-not-50-60;
        packet udp 192.0.2.1:49 > 198.51.100.1:50 frag=first expect allow by udp-sport-not-50-60;
        packet udp 192.0.2.1:50 > 198.51.100.1:50 expect deny by default;
        packet udp 192.0.2.1:60 > 198.51.100.1:50 expect deny by default;
        packet tcp 192.0.2.1:49 > 198.51.100.1:50 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp [2001:db8::1]:50 > [2001:db8::2]:50 expect deny by default;
    }

    test "udp sport { 49, 50 }" in egress on lane-4 {
        packet udp 192.0.2.1:49 > 198.51.100.1:9 expect allow by udp-sport-49-50-both;
        packet udp 192.0.2.1:50 > 198.51.100.1:9 expect allow by udp-sport-49-50-both;
        packet udp [2001:db8::1]:49 > [2001:db8::2]:9 expect allow by udp-sport-49-50-both;
        packet udp 192.0.2.1:49 > 198.51.100.1:9 frag=first expect allow by udp-sport-49-50-both;
        packet udp 192.0.2.1:48 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:51 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1:49 > 198.51.100.1:9 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:49 expect deny by default;
    }

    test "udp sport != { 50, 60 }" in ingress on lane-5 {
        packet udp 192.0.2.1:49 > 198.51.100.1:50 expect allow by udp-sport-not-50-60-both;
        packet udp 192.0.2.1:51 > 198.51.100.1:50 expect allow by udp-sport-not-50-60-both;
        packet udp 192.0.2.1:59 > 198.51.100.1:50 expect allow by udp-sport-not-50-60-both;
        packet udp 192.0.2.1:61 > 198.51.100.1:50 expect allow by udp-sport-not-50-60-both;
        packet udp [2001:db8::1]:49 > [2001:db8::2]:50 expect allow by udp-sport-not-50-60-both;
        packet udp 192.0.2.1:49 > 198.51.100.1:50 frag=first
                expect allow by udp-sport-not-50-60-both;
        packet udp 192.0.2.1:50 > 198.51.100.1:50 expect deny by default;
        packet udp 192.0.2.1:60 > 198.51.100.1:50 expect deny by default;
        packet tcp 192.0.2.1:49 > 198.51.100.1:50 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp [2001:db8::1]:50 > [2001:db8::2]:50 expect deny by default;
    }

    test "udp dport 80" in egress on lane-4 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:80 expect allow by udp-dport-80;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:80 expect allow by udp-dport-80;
        packet udp 192.0.2.1:40000 > 198.51.100.1:80 frag=first expect allow by udp-dport-80;
        packet udp 192.0.2.1:40000 > 198.51.100.1:79 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:81 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:80 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp 192.0.2.1:80 > 198.51.100.1:9 expect deny by default;
    }

    test "udp dport != 60" in egress on lane-2 {
        packet udp 192.0.2.1:60 > 198.51.100.1:59 expect allow by udp-dport-not-60;
        packet udp 192.0.2.1:60 > 198.51.100.1:61 expect allow by udp-dport-not-60;
        packet udp [2001:db8::1]:60 > [2001:db8::2]:59 expect allow by udp-dport-not-60;
        packet udp 192.0.2.1:60 > 198.51.100.1:59 frag=first expect allow by udp-dport-not-60;
        packet udp 192.0.2.1:60 > 198.51.100.1:60 expect deny by default;
        packet tcp 192.0.2.1:60 > 198.51.100.1:59 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp [2001:db8::1]:60 > [2001:db8::2]:60 expect deny by default;
    }

    test "udp dport 70-75" in egress on lane-4 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:70 expect allow by udp-dport-70-75;
        packet udp 192.0.2.1:40000 > 198.51.100.1:75 expect allow by udp-dport-70-75;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:70 expect allow by udp-dport-70-75;
        packet udp 192.0.2.1:40000 > 198.51.100.1:70 frag=first expect allow by udp-dport-70-75;
        packet udp 192.0.2.1:40000 > 198.51.100.1:69 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:76 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:70 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp 192.0.2.1:70 > 198.51.100.1:9 expect deny by default;
    }

    test "udp dport != 50-60" in ingress on lane-3 {
        packet udp 192.0.2.1:50 > 198.51.100.1:49 expect allow by udp-dport-not-50-60;
        packet udp 192.0.2.1:50 > 198.51.100.1:61 expect allow by udp-dport-not-50-60;
        packet udp [2001:db8::1]:50 > [2001:db8::2]:49 expect allow by udp-dport-not-50-60;
        packet udp 192.0.2.1:50 > 198.51.100.1:49 frag=first expect allow by udp-dport-not-50-60;
        packet udp 192.0.2.1:50 > 198.51.100.1:50 expect deny by default;
        packet udp 192.0.2.1:50 > 198.51.100.1:60 expect deny by default;
        packet tcp 192.0.2.1:50 > 198.51.100.1:49 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp [2001:db8::1]:50 > [2001:db8::2]:50 expect deny by default;
    }

    test "udp dport { 49, 50 }" in egress on lane-6 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:49 expect allow by udp-dport-49-50-both;
        packet udp 192.0.2.1:40000 > 198.51.100.1:50 expect allow by udp-dport-49-50-both;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:49 expect allow by udp-dport-49-50-both;
        packet udp 192.0.2.1:40000 > 198.51.100.1:49 frag=first
                expect allow by udp-dport-49-50-both;
        packet udp 192.0.2.1:40000 > 198.51.100.1:48 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:51 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:49 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp 192.0.2.1:49 > 198.51.100.1:9 expect deny by default;
    }

    test "udp dport != { 50, 60 }" in ingress on lane-5 {
        packet udp 192.0.2.1:50 > 198.51.100.1:49 expect allow by udp-dport-not-50-60-both;
        packet udp 192.0.2.1:50 > 198.51.100.1:51 expect allow by udp-dport-not-50-60-both;
        packet udp 192.0.2.1:50 > 198.51.100.1:59 expect allow by udp-dport-not-50-60-both;
        packet udp 192.0.2.1:50 > 198.51.100.1:61 expect allow by udp-dport-not-50-60-both;
        packet udp [2001:db8::1]:50 > [2001:db8::2]:49 expect allow by udp-dport-not-50-60-both;
        packet udp 192.0.2.1:50 > 198.51.100.1:49 frag=first
                expect allow by udp-dport-not-50-60-both;
        packet udp 192.0.2.1:50 > 198.51.100.1:50 expect deny by default;
        packet udp 192.0.2.1:50 > 198.51.100.1:60 expect deny by default;
        packet tcp 192.0.2.1:50 > 198.51.100.1:49 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp [2001:db8::1]:50 > [2001:db8::2]:50 expect deny by default;
    }

    test "udp dport 53" in ingress on lane-3 {
        packet udp 192.0.2.1:50 > 198.51.100.1:53 expect allow by udp-dport-53;
        packet udp [2001:db8::1]:50 > [2001:db8::2]:53 expect allow by udp-dport-53;
        packet udp 192.0.2.1:50 > 198.51.100.1:53 frag=first expect allow by udp-dport-53;
        packet udp 192.0.2.1:50 > 198.51.100.1:52 expect deny by default;
        packet udp 192.0.2.1:50 > 198.51.100.1:54 expect deny by default;
        packet tcp 192.0.2.1:50 > 198.51.100.1:53 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp 192.0.2.1:53 > 198.51.100.1:50 expect deny by default;
    }

    test "udp dport 954" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:954 expect allow by udp-dport-954;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:954 expect allow by udp-dport-954;
        packet udp 192.0.2.1:40000 > 198.51.100.1:954 frag=first expect allow by udp-dport-954;
        packet udp 192.0.2.1:40000 > 198.51.100.1:953 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:955 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:954 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp 192.0.2.1:954 > 198.51.100.1:9 expect deny by default;
    }

    test "udp dport 1234" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:1234 expect allow by udp-dport-1234;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:1234 expect allow by udp-dport-1234;
        packet udp 192.0.2.1:40000 > 198.51.100.1:1234 frag=first expect allow by udp-dport-1234;
        packet udp 192.0.2.1:40000 > 198.51.100.1:1233 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:1235 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:1234 syn expect deny by default;
        packet udp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet udp 192.0.2.1:1234 > 198.51.100.1:9 expect deny by default;
    }

    test "meta protocol ip udp dport 67" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:67 expect allow by meta-protocol-ip-udp-dport-67;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:67 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:66 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:68 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:67 syn expect deny by default;
    }

    test "meta protocol ip6 udp dport 67" in egress on lane-4 {
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:67
                expect allow by meta-protocol-ip6-udp-dport-67;
        packet udp 192.0.2.1:40000 > 198.51.100.1:67 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:66 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:68 expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:67 syn expect deny by default;
    }
}
