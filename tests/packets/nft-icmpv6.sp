# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The nftables matches of ICMPv6 that the language can say. The note of each rule names what it stands for;
# docs/nftables-catalogue.md lists them all. Every rule has a test: packets on its boundaries, which it decides, and
# packets just outside, which go past it. So that no rule hides another they are spread over blocks, which also
# exercises both hooks.

policy nft-icmpv6 {
    owner "tests";

    ingress on lane-1 {
        rule icmpv6-type-destination-unreachable allow icmp6 destination-unreachable
                note "icmpv6 type destination-unreachable";
        rule icmpv6-type-packet-too-big allow icmp6 packet-too-big
                note "icmpv6 type packet-too-big";
        rule icmpv6-type-time-exceeded allow icmp6 time-exceeded note "icmpv6 type time-exceeded";
        rule icmpv6-type-parameter-problem allow icmp6 parameter-problem
                note "icmpv6 type parameter-problem";
        rule icmpv6-type-echo-request allow icmp6 echo-request
                note "icmpv6 type echo-request; ip6 nexthdr icmpv6 icmpv6 type echo-request";
        rule icmpv6-type-echo-reply allow icmp6 echo-reply note "icmpv6 type echo-reply";
        rule icmpv6-type-mld-listener-query allow icmp6 mld-listener-query
                note "icmpv6 type mld-listener-query";
        rule icmpv6-type-mld-listener-report allow icmp6 mld-listener-report
                note "icmpv6 type mld-listener-report";
        rule icmpv6-type-mld-listener-done allow icmp6 mld-listener-done
                note "icmpv6 type mld-listener-done; icmpv6 type mld-listener-reduction";
        rule icmpv6-type-nd-router-solicit allow icmp6 nd-router-solicit
                note "icmpv6 type nd-router-solicit";
        rule icmpv6-type-nd-router-advert allow icmp6 nd-router-advert
                note "icmpv6 type nd-router-advert; meta l4proto ipv6-icmp icmpv6 type nd-router-advert; meta l4proto 58 icmpv6 type nd-router-advert";
        rule icmpv6-type-nd-neighbor-solicit allow icmp6 nd-neighbor-solicit
                note "icmpv6 type nd-neighbor-solicit";
        rule icmpv6-type-nd-neighbor-advert allow icmp6 nd-neighbor-advert
                note "icmpv6 type nd-neighbor-advert";
        rule icmpv6-type-nd-redirect allow icmp6 nd-redirect note "icmpv6 type nd-redirect";
        rule icmpv6-type-router-renumbering allow icmp6 router-renumbering
                note "icmpv6 type router-renumbering";
        rule icmpv6-type-ind-neighbor-solicit allow icmp6 ind-neighbor-solicit
                note "icmpv6 type ind-neighbor-solicit";
        rule icmpv6-type-ind-neighbor-advert allow icmp6 ind-neighbor-advert
                note "icmpv6 type ind-neighbor-advert";
        rule icmpv6-type-mld2-listener-report allow icmp6 mld2-listener-report
                note "icmpv6 type mld2-listener-report";
        default deny;
    }

    egress on lane-2 {
        rule icmpv6-type-set-from-destination-unreachable allow icmp6 { destination-unreachable,
                time-exceeded, nd-router-solicit }
                note "icmpv6 type { destination-unreachable, time-exceeded, nd-router-solicit }";
        default deny;
    }

    ingress on lane-3 {
        rule icmpv6-type-set-from-router-renumbering allow icmp6 { router-renumbering,
                mld-listener-done, time-exceeded, nd-router-solicit }
                note "icmpv6 type { router-renumbering, mld-listener-done, time-exceeded, nd-router-solicit }";
        rule icmpv6-code-4 allow icmp6 0-255 code 4
                note "icmpv6 code 4; icmpv6 code port-unreachable";
        default deny;
    }

    egress on lane-4 {
        rule icmpv6-type-set-from-mld-listener-query allow icmp6 { mld-listener-query,
                time-exceeded, nd-router-advert }
                note "icmpv6 type { mld-listener-query, time-exceeded, nd-router-advert }";
        rule icmpv6-code-3-66 allow icmp6 0-255 code 3-66 note "icmpv6 code 3-66";
        default deny;
    }

    ingress on lane-5 {
        rule icmpv6-type-not-set-from-mld-listener-query allow icmp6 not { mld-listener-query,
                time-exceeded, nd-router-advert }
                note "icmpv6 type != { mld-listener-query, time-exceeded, nd-router-advert }";
        default deny;
    }

    egress on lane-6 {
        rule icmpv6-code-5-6-7 allow icmp6 0-255 code { 5, 6, 7 }
                note "icmpv6 code { 5, 6, 7 }; icmpv6 code { policy-fail, reject-route, 7 }";
        rule icmpv6-type-parameter-problem-icmpv6-code-no-route allow icmp6 parameter-problem code 0
                note "icmpv6 type parameter-problem icmpv6 code no-route";
        default deny;
    }

    ingress on lane-7 {
        rule icmpv6-code-not-policy-fail-reject-route-7 allow icmp6 0-255 code not { 5, 6, 7 }
                note "icmpv6 code != { policy-fail, reject-route, 7 }";
        default deny;
    }

    test "icmpv6 type destination-unreachable" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable
                expect allow by icmpv6-type-destination-unreachable;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=1
                expect allow by icmpv6-type-destination-unreachable;
        packet icmp6 2001:db8::1 > 2001:db8::2 0 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 1 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type packet-too-big" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 packet-too-big
                expect allow by icmpv6-type-packet-too-big;
        packet icmp6 2001:db8::1 > 2001:db8::2 packet-too-big code=1
                expect allow by icmpv6-type-packet-too-big;
        packet icmp 192.0.2.1 > 198.51.100.1 2 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type time-exceeded" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 time-exceeded
                expect allow by icmpv6-type-time-exceeded;
        packet icmp6 2001:db8::1 > 2001:db8::2 time-exceeded code=1
                expect allow by icmpv6-type-time-exceeded;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type parameter-problem" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 parameter-problem
                expect allow by icmpv6-type-parameter-problem;
        packet icmp6 2001:db8::1 > 2001:db8::2 parameter-problem code=1
                expect allow by icmpv6-type-parameter-problem;
        packet icmp6 2001:db8::1 > 2001:db8::2 5 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 source-quench expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type echo-request" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request
                expect allow by icmpv6-type-echo-request;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request code=1
                expect allow by icmpv6-type-echo-request;
        packet icmp6 2001:db8::1 > 2001:db8::2 127 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 128 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type echo-reply" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-reply expect allow by icmpv6-type-echo-reply;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-reply code=1
                expect allow by icmpv6-type-echo-reply;
        packet icmp 192.0.2.1 > 198.51.100.1 129 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type mld-listener-query" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 mld-listener-query
                expect allow by icmpv6-type-mld-listener-query;
        packet icmp6 2001:db8::1 > 2001:db8::2 mld-listener-query code=1
                expect allow by icmpv6-type-mld-listener-query;
        packet icmp 192.0.2.1 > 198.51.100.1 130 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type mld-listener-report" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 mld-listener-report
                expect allow by icmpv6-type-mld-listener-report;
        packet icmp6 2001:db8::1 > 2001:db8::2 mld-listener-report code=1
                expect allow by icmpv6-type-mld-listener-report;
        packet icmp 192.0.2.1 > 198.51.100.1 131 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type mld-listener-done" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 mld-listener-done
                expect allow by icmpv6-type-mld-listener-done;
        packet icmp6 2001:db8::1 > 2001:db8::2 mld-listener-done code=1
                expect allow by icmpv6-type-mld-listener-done;
        packet icmp 192.0.2.1 > 198.51.100.1 132 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type nd-router-solicit" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-router-solicit
                expect allow by icmpv6-type-nd-router-solicit;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-router-solicit code=1
                expect allow by icmpv6-type-nd-router-solicit;
        packet icmp 192.0.2.1 > 198.51.100.1 133 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type nd-router-advert" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-router-advert
                expect allow by icmpv6-type-nd-router-advert;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-router-advert code=1
                expect allow by icmpv6-type-nd-router-advert;
        packet icmp 192.0.2.1 > 198.51.100.1 134 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type nd-neighbor-solicit" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-neighbor-solicit
                expect allow by icmpv6-type-nd-neighbor-solicit;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-neighbor-solicit code=1
                expect allow by icmpv6-type-nd-neighbor-solicit;
        packet icmp 192.0.2.1 > 198.51.100.1 135 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type nd-neighbor-advert" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-neighbor-advert
                expect allow by icmpv6-type-nd-neighbor-advert;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-neighbor-advert code=1
                expect allow by icmpv6-type-nd-neighbor-advert;
        packet icmp 192.0.2.1 > 198.51.100.1 136 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type nd-redirect" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-redirect expect allow by icmpv6-type-nd-redirect;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-redirect code=1
                expect allow by icmpv6-type-nd-redirect;
        packet icmp 192.0.2.1 > 198.51.100.1 137 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type router-renumbering" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 router-renumbering
                expect allow by icmpv6-type-router-renumbering;
        packet icmp6 2001:db8::1 > 2001:db8::2 router-renumbering code=1
                expect allow by icmpv6-type-router-renumbering;
        packet icmp6 2001:db8::1 > 2001:db8::2 139 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 138 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type ind-neighbor-solicit" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 ind-neighbor-solicit
                expect allow by icmpv6-type-ind-neighbor-solicit;
        packet icmp6 2001:db8::1 > 2001:db8::2 ind-neighbor-solicit code=1
                expect allow by icmpv6-type-ind-neighbor-solicit;
        packet icmp6 2001:db8::1 > 2001:db8::2 140 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 141 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type ind-neighbor-advert" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 ind-neighbor-advert
                expect allow by icmpv6-type-ind-neighbor-advert;
        packet icmp6 2001:db8::1 > 2001:db8::2 ind-neighbor-advert code=1
                expect allow by icmpv6-type-ind-neighbor-advert;
        packet icmp 192.0.2.1 > 198.51.100.1 142 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type mld2-listener-report" in ingress on lane-1 {
        packet icmp6 2001:db8::1 > 2001:db8::2 mld2-listener-report
                expect allow by icmpv6-type-mld2-listener-report;
        packet icmp6 2001:db8::1 > 2001:db8::2 mld2-listener-report code=1
                expect allow by icmpv6-type-mld2-listener-report;
        packet icmp6 2001:db8::1 > 2001:db8::2 144 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 143 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type { destination-unreachable, time-exceeded, nd-router-solicit }"
            in egress on lane-2 {
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable
                expect allow by icmpv6-type-set-from-destination-unreachable;
        packet icmp6 2001:db8::1 > 2001:db8::2 time-exceeded
                expect allow by icmpv6-type-set-from-destination-unreachable;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-router-solicit
                expect allow by icmpv6-type-set-from-destination-unreachable;
        packet icmp6 2001:db8::1 > 2001:db8::2 0 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 packet-too-big expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 parameter-problem expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 mld-listener-done expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-router-advert expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 1 expect deny by default;
    }

    test "icmpv6 type { router-renumbering, mld-listener-done, time-exceeded, nd-router-solicit }"
            in ingress on lane-3 {
        packet icmp6 2001:db8::1 > 2001:db8::2 router-renumbering
                expect allow by icmpv6-type-set-from-router-renumbering;
        packet icmp6 2001:db8::1 > 2001:db8::2 mld-listener-done
                expect allow by icmpv6-type-set-from-router-renumbering;
        packet icmp6 2001:db8::1 > 2001:db8::2 time-exceeded
                expect allow by icmpv6-type-set-from-router-renumbering;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-router-solicit
                expect allow by icmpv6-type-set-from-router-renumbering;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-redirect expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 139 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 mld-listener-report expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 packet-too-big expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 parameter-problem expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-router-advert expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 138 expect deny by default;
    }

    test "icmpv6 type { mld-listener-query, time-exceeded, nd-router-advert }" in egress on lane-4 {
        packet icmp6 2001:db8::1 > 2001:db8::2 mld-listener-query
                expect allow by icmpv6-type-set-from-mld-listener-query;
        packet icmp6 2001:db8::1 > 2001:db8::2 time-exceeded
                expect allow by icmpv6-type-set-from-mld-listener-query;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-router-advert
                expect allow by icmpv6-type-set-from-mld-listener-query;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-reply expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 mld-listener-report expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 packet-too-big expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 parameter-problem expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-router-solicit expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-neighbor-solicit expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 130 expect deny by default;
    }

    test "icmpv6 type != { mld-listener-query, time-exceeded, nd-router-advert }"
            in ingress on lane-5 {
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-reply
                expect allow by icmpv6-type-not-set-from-mld-listener-query;
        packet icmp6 2001:db8::1 > 2001:db8::2 mld-listener-report
                expect allow by icmpv6-type-not-set-from-mld-listener-query;
        packet icmp6 2001:db8::1 > 2001:db8::2 packet-too-big
                expect allow by icmpv6-type-not-set-from-mld-listener-query;
        packet icmp6 2001:db8::1 > 2001:db8::2 parameter-problem
                expect allow by icmpv6-type-not-set-from-mld-listener-query;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-router-solicit
                expect allow by icmpv6-type-not-set-from-mld-listener-query;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-neighbor-solicit
                expect allow by icmpv6-type-not-set-from-mld-listener-query;
        packet icmp6 2001:db8::1 > 2001:db8::2 mld-listener-query expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 time-exceeded expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 nd-router-advert expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 129 expect deny by default;
    }

    test "icmpv6 code 4" in ingress on lane-3 {
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=4
                expect allow by icmpv6-code-4;
        packet icmp6 2001:db8::1 > 2001:db8::2 0 code=4 expect allow by icmpv6-code-4;
        packet icmp6 2001:db8::1 > 2001:db8::2 255 code=4 expect allow by icmpv6-code-4;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=3
                expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=5
                expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-request code=4 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 code 3-66" in egress on lane-4 {
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=3
                expect allow by icmpv6-code-3-66;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=66
                expect allow by icmpv6-code-3-66;
        packet icmp6 2001:db8::1 > 2001:db8::2 0 code=3 expect allow by icmpv6-code-3-66;
        packet icmp6 2001:db8::1 > 2001:db8::2 255 code=3 expect allow by icmpv6-code-3-66;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=2
                expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=67
                expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-request code=3 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 code { 5, 6, 7 }" in egress on lane-6 {
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=5
                expect allow by icmpv6-code-5-6-7;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=6
                expect allow by icmpv6-code-5-6-7;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=7
                expect allow by icmpv6-code-5-6-7;
        packet icmp6 2001:db8::1 > 2001:db8::2 0 code=5 expect allow by icmpv6-code-5-6-7;
        packet icmp6 2001:db8::1 > 2001:db8::2 255 code=5 expect allow by icmpv6-code-5-6-7;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=4
                expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=8
                expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-request code=5 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 code != { policy-fail, reject-route, 7 }" in ingress on lane-7 {
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=4
                expect allow by icmpv6-code-not-policy-fail-reject-route-7;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=8
                expect allow by icmpv6-code-not-policy-fail-reject-route-7;
        packet icmp6 2001:db8::1 > 2001:db8::2 0 code=4
                expect allow by icmpv6-code-not-policy-fail-reject-route-7;
        packet icmp6 2001:db8::1 > 2001:db8::2 255 code=4
                expect allow by icmpv6-code-not-policy-fail-reject-route-7;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=5
                expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=6
                expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable code=7
                expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-request code=4 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 frag=later expect deny by default;
    }

    test "icmpv6 type parameter-problem icmpv6 code no-route" in egress on lane-6 {
        packet icmp6 2001:db8::1 > 2001:db8::2 parameter-problem
                expect allow by icmpv6-type-parameter-problem-icmpv6-code-no-route;
        packet icmp6 2001:db8::1 > 2001:db8::2 parameter-problem code=1 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 time-exceeded expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 5 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 source-quench expect deny by default;
    }
}
