# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The nftables matches of SCTP ports that the language can say. The note of each rule names what it stands for;
# docs/nftables-catalogue.md lists them all. Every rule has a test: packets on its boundaries, which it decides, and
# packets just outside, which go past it. So that no rule hides another they are spread over blocks, which also
# exercises both hooks.

policy nft-sctp {
    owner "tests";

    ingress on lane-1 {
        rule sctp-sport-23 allow sctp from any port 23 note "sctp sport 23";
        rule sctp-dport-not-23 allow sctp port not 23 note "sctp dport != 23";
        default deny;
    }

    egress on lane-2 {
        rule sctp-sport-not-23 allow sctp from any port not 23 note "sctp sport != 23";
        rule sctp-dport-23 allow sctp port 23 note "sctp dport 23";
        default deny;
    }

    ingress on lane-3 {
        rule sctp-sport-23-44 allow sctp from any port 23-44 note "sctp sport 23-44";
        rule sctp-dport-not-23-44 allow sctp port not 23-44 note "sctp dport != 23-44";
        default deny;
    }

    egress on lane-4 {
        rule sctp-sport-not-23-44 allow sctp from any port not 23-44 note "sctp sport != 23-44";
        rule sctp-dport-23-44 allow sctp port 23-44 note "sctp dport 23-44";
        default deny;
    }

    ingress on lane-5 {
        rule sctp-sport-23-24-25 allow sctp from any port { 23, 24, 25 }
                note "sctp sport { 23, 24, 25 }";
        rule sctp-dport-not-23-24-25 allow sctp port not { 23, 24, 25 }
                note "sctp dport != { 23, 24, 25 }";
        default deny;
    }

    egress on lane-6 {
        rule sctp-sport-not-23-24-25 allow sctp from any port not { 23, 24, 25 }
                note "sctp sport != { 23, 24, 25 }";
        rule sctp-dport-23-24-25 allow sctp port { 23, 24, 25 } note "sctp dport { 23, 24, 25 }";
        default deny;
    }

    ingress on lane-7 {
        rule sctp-sport-23-44-set allow sctp from any port 23-44 note "sctp sport { 23-44 }";
        rule sctp-dport-not-23-44-set allow sctp port not 23-44 note "sctp dport != { 23-44 }";
        default deny;
    }

    egress on lane-8 {
        rule sctp-sport-not-23-44-set allow sctp from any port not 23-44
                note "sctp sport != { 23-44 }";
        rule sctp-dport-23-44-set allow sctp port 23-44 note "sctp dport { 23-44 }";
        default deny;
    }

    test "sctp sport 23" in ingress on lane-1 {
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 expect allow by sctp-sport-23;
        packet sctp [2001:db8::1]:23 > [2001:db8::2]:23 expect allow by sctp-sport-23;
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 frag=first expect allow by sctp-sport-23;
        packet sctp 192.0.2.1:22 > 198.51.100.1:23 expect deny by default;
        packet sctp 192.0.2.1:24 > 198.51.100.1:23 expect deny by default;
        packet tcp 192.0.2.1:23 > 198.51.100.1:23 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:23 expect deny by default;
    }

    test "sctp sport != 23" in egress on lane-2 {
        packet sctp 192.0.2.1:22 > 198.51.100.1:9 expect allow by sctp-sport-not-23;
        packet sctp 192.0.2.1:24 > 198.51.100.1:9 expect allow by sctp-sport-not-23;
        packet sctp [2001:db8::1]:22 > [2001:db8::2]:9 expect allow by sctp-sport-not-23;
        packet sctp 192.0.2.1:22 > 198.51.100.1:9 frag=first expect allow by sctp-sport-not-23;
        packet sctp 192.0.2.1:23 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1:22 > 198.51.100.1:9 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp [2001:db8::1]:23 > [2001:db8::2]:9 expect deny by default;
    }

    test "sctp sport 23-44" in ingress on lane-3 {
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 expect allow by sctp-sport-23-44;
        packet sctp 192.0.2.1:44 > 198.51.100.1:23 expect allow by sctp-sport-23-44;
        packet sctp [2001:db8::1]:23 > [2001:db8::2]:23 expect allow by sctp-sport-23-44;
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 frag=first expect allow by sctp-sport-23-44;
        packet sctp 192.0.2.1:22 > 198.51.100.1:23 expect deny by default;
        packet sctp 192.0.2.1:45 > 198.51.100.1:23 expect deny by default;
        packet tcp 192.0.2.1:23 > 198.51.100.1:23 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:23 expect deny by default;
    }

    test "sctp sport != 23-44" in egress on lane-4 {
        packet sctp 192.0.2.1:22 > 198.51.100.1:9 expect allow by sctp-sport-not-23-44;
        packet sctp 192.0.2.1:45 > 198.51.100.1:9 expect allow by sctp-sport-not-23-44;
        packet sctp [2001:db8::1]:22 > [2001:db8::2]:9 expect allow by sctp-sport-not-23-44;
        packet sctp 192.0.2.1:22 > 198.51.100.1:9 frag=first expect allow by sctp-sport-not-23-44;
        packet sctp 192.0.2.1:23 > 198.51.100.1:9 expect deny by default;
        packet sctp 192.0.2.1:44 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1:22 > 198.51.100.1:9 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp [2001:db8::1]:23 > [2001:db8::2]:9 expect deny by default;
    }

    test "sctp sport { 23, 24, 25 }" in ingress on lane-5 {
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 expect allow by sctp-sport-23-24-25;
        packet sctp 192.0.2.1:24 > 198.51.100.1:23 expect allow by sctp-sport-23-24-25;
        packet sctp 192.0.2.1:25 > 198.51.100.1:23 expect allow by sctp-sport-23-24-25;
        packet sctp [2001:db8::1]:23 > [2001:db8::2]:23 expect allow by sctp-sport-23-24-25;
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 frag=first expect allow by sctp-sport-23-24-25;
        packet sctp 192.0.2.1:22 > 198.51.100.1:23 expect deny by default;
        packet sctp 192.0.2.1:26 > 198.51.100.1:23 expect deny by default;
        packet tcp 192.0.2.1:23 > 198.51.100.1:23 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:23 expect deny by default;
    }

    test "sctp sport != { 23, 24, 25 }" in egress on lane-6 {
        packet sctp 192.0.2.1:22 > 198.51.100.1:9 expect allow by sctp-sport-not-23-24-25;
        packet sctp 192.0.2.1:26 > 198.51.100.1:9 expect allow by sctp-sport-not-23-24-25;
        packet sctp [2001:db8::1]:22 > [2001:db8::2]:9 expect allow by sctp-sport-not-23-24-25;
        packet sctp 192.0.2.1:22 > 198.51.100.1:9 frag=first
                expect allow by sctp-sport-not-23-24-25;
        packet sctp 192.0.2.1:23 > 198.51.100.1:9 expect deny by default;
        packet sctp 192.0.2.1:24 > 198.51.100.1:9 expect deny by default;
        packet sctp 192.0.2.1:25 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1:22 > 198.51.100.1:9 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp [2001:db8::1]:23 > [2001:db8::2]:9 expect deny by default;
    }

    test "sctp sport { 23-44 }" in ingress on lane-7 {
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 expect allow by sctp-sport-23-44-set;
        packet sctp 192.0.2.1:44 > 198.51.100.1:23 expect allow by sctp-sport-23-44-set;
        packet sctp [2001:db8::1]:23 > [2001:db8::2]:23 expect allow by sctp-sport-23-44-set;
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 frag=first expect allow by sctp-sport-23-44-set;
        packet sctp 192.0.2.1:22 > 198.51.100.1:23 expect deny by default;
        packet sctp 192.0.2.1:45 > 198.51.100.1:23 expect deny by default;
        packet tcp 192.0.2.1:23 > 198.51.100.1:23 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:23 expect deny by default;
    }

    test "sctp sport != { 23-44 }" in egress on lane-8 {
        packet sctp 192.0.2.1:22 > 198.51.100.1:9 expect allow by sctp-sport-not-23-44-set;
        packet sctp 192.0.2.1:45 > 198.51.100.1:9 expect allow by sctp-sport-not-23-44-set;
        packet sctp [2001:db8::1]:22 > [2001:db8::2]:9 expect allow by sctp-sport-not-23-44-set;
        packet sctp 192.0.2.1:22 > 198.51.100.1:9 frag=first
                expect allow by sctp-sport-not-23-44-set;
        packet sctp 192.0.2.1:23 > 198.51.100.1:9 expect deny by default;
        packet sctp 192.0.2.1:44 > 198.51.100.1:9 expect deny by default;
        packet tcp 192.0.2.1:22 > 198.51.100.1:9 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp [2001:db8::1]:23 > [2001:db8::2]:9 expect deny by default;
    }

    test "sctp dport 23" in egress on lane-2 {
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 expect allow by sctp-dport-23;
        packet sctp [2001:db8::1]:23 > [2001:db8::2]:23 expect allow by sctp-dport-23;
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 frag=first expect allow by sctp-dport-23;
        packet sctp 192.0.2.1:23 > 198.51.100.1:22 expect deny by default;
        packet sctp 192.0.2.1:23 > 198.51.100.1:24 expect deny by default;
        packet tcp 192.0.2.1:23 > 198.51.100.1:23 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp 192.0.2.1:23 > 198.51.100.1:9 expect deny by default;
    }

    test "sctp dport != 23" in ingress on lane-1 {
        packet sctp 192.0.2.1:40000 > 198.51.100.1:22 expect allow by sctp-dport-not-23;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:24 expect allow by sctp-dport-not-23;
        packet sctp [2001:db8::1]:40000 > [2001:db8::2]:22 expect allow by sctp-dport-not-23;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:22 frag=first expect allow by sctp-dport-not-23;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:23 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp [2001:db8::1]:40000 > [2001:db8::2]:23 expect deny by default;
    }

    test "sctp dport 23-44" in egress on lane-4 {
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 expect allow by sctp-dport-23-44;
        packet sctp 192.0.2.1:23 > 198.51.100.1:44 expect allow by sctp-dport-23-44;
        packet sctp [2001:db8::1]:23 > [2001:db8::2]:23 expect allow by sctp-dport-23-44;
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 frag=first expect allow by sctp-dport-23-44;
        packet sctp 192.0.2.1:23 > 198.51.100.1:22 expect deny by default;
        packet sctp 192.0.2.1:23 > 198.51.100.1:45 expect deny by default;
        packet tcp 192.0.2.1:23 > 198.51.100.1:23 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp 192.0.2.1:23 > 198.51.100.1:9 expect deny by default;
    }

    test "sctp dport != 23-44" in ingress on lane-3 {
        packet sctp 192.0.2.1:40000 > 198.51.100.1:22 expect allow by sctp-dport-not-23-44;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:45 expect allow by sctp-dport-not-23-44;
        packet sctp [2001:db8::1]:40000 > [2001:db8::2]:22 expect allow by sctp-dport-not-23-44;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:22 frag=first
                expect allow by sctp-dport-not-23-44;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:23 expect deny by default;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:44 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp [2001:db8::1]:40000 > [2001:db8::2]:23 expect deny by default;
    }

    test "sctp dport { 23, 24, 25 }" in egress on lane-6 {
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 expect allow by sctp-dport-23-24-25;
        packet sctp 192.0.2.1:23 > 198.51.100.1:24 expect allow by sctp-dport-23-24-25;
        packet sctp 192.0.2.1:23 > 198.51.100.1:25 expect allow by sctp-dport-23-24-25;
        packet sctp [2001:db8::1]:23 > [2001:db8::2]:23 expect allow by sctp-dport-23-24-25;
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 frag=first expect allow by sctp-dport-23-24-25;
        packet sctp 192.0.2.1:23 > 198.51.100.1:22 expect deny by default;
        packet sctp 192.0.2.1:23 > 198.51.100.1:26 expect deny by default;
        packet tcp 192.0.2.1:23 > 198.51.100.1:23 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp 192.0.2.1:23 > 198.51.100.1:9 expect deny by default;
    }

    test "sctp dport != { 23, 24, 25 }" in ingress on lane-5 {
        packet sctp 192.0.2.1:40000 > 198.51.100.1:22 expect allow by sctp-dport-not-23-24-25;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:26 expect allow by sctp-dport-not-23-24-25;
        packet sctp [2001:db8::1]:40000 > [2001:db8::2]:22 expect allow by sctp-dport-not-23-24-25;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:22 frag=first
                expect allow by sctp-dport-not-23-24-25;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:23 expect deny by default;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:24 expect deny by default;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:25 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp [2001:db8::1]:40000 > [2001:db8::2]:23 expect deny by default;
    }

    test "sctp dport { 23-44 }" in egress on lane-8 {
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 expect allow by sctp-dport-23-44-set;
        packet sctp 192.0.2.1:23 > 198.51.100.1:44 expect allow by sctp-dport-23-44-set;
        packet sctp [2001:db8::1]:23 > [2001:db8::2]:23 expect allow by sctp-dport-23-44-set;
        packet sctp 192.0.2.1:23 > 198.51.100.1:23 frag=first expect allow by sctp-dport-23-44-set;
        packet sctp 192.0.2.1:23 > 198.51.100.1:22 expect deny by default;
        packet sctp 192.0.2.1:23 > 198.51.100.1:45 expect deny by default;
        packet tcp 192.0.2.1:23 > 198.51.100.1:23 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp 192.0.2.1:23 > 198.51.100.1:9 expect deny by default;
    }

    test "sctp dport != { 23-44 }" in ingress on lane-7 {
        packet sctp 192.0.2.1:40000 > 198.51.100.1:22 expect allow by sctp-dport-not-23-44-set;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:45 expect allow by sctp-dport-not-23-44-set;
        packet sctp [2001:db8::1]:40000 > [2001:db8::2]:22 expect allow by sctp-dport-not-23-44-set;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:22 frag=first
                expect allow by sctp-dport-not-23-44-set;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:23 expect deny by default;
        packet sctp 192.0.2.1:40000 > 198.51.100.1:44 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect deny by default;
        packet sctp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
        packet sctp [2001:db8::1]:40000 > [2001:db8::2]:23 expect deny by default;
    }
}
