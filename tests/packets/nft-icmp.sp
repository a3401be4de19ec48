# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The nftables matches of ICMP for IPv4 that the language can say. The note of each rule names what it stands for;
# docs/nftables-catalogue.md lists them all. Every rule has a test: packets on its boundaries, which it decides, and
# packets just outside, which go past it. So that no rule hides another they are spread over blocks, which also
# exercises both hooks.

policy nft-icmp {
    owner "tests";

    ingress on lane-1 {
        rule icmp-type-echo-reply allow icmp4 echo-reply note "icmp type echo-reply";
        rule icmp-type-destination-unreachable allow icmp4 destination-unreachable
                note "icmp type destination-unreachable";
        rule icmp-type-source-quench allow icmp4 source-quench note "icmp type source-quench";
        rule icmp-type-redirect allow icmp4 redirect note "icmp type redirect";
        rule icmp-type-echo-request allow icmp4 echo-request
                note "icmp type echo-request; ip protocol icmp icmp type echo-request; meta l4proto icmp icmp type echo-request; meta l4proto 1 icmp type echo-request";
        rule icmp-type-router-advertisement allow icmp4 router-advertisement
                note "icmp type router-advertisement";
        rule icmp-type-router-solicitation allow icmp4 router-solicitation
                note "icmp type router-solicitation";
        rule icmp-type-time-exceeded allow icmp4 time-exceeded note "icmp type time-exceeded";
        rule icmp-type-parameter-problem allow icmp4 parameter-problem
                note "icmp type parameter-problem";
        rule icmp-type-timestamp-request allow icmp4 timestamp-request
                note "icmp type timestamp-request";
        rule icmp-type-timestamp-reply allow icmp4 timestamp-reply note "icmp type timestamp-reply";
        rule icmp-type-info-request allow icmp4 info-request note "icmp type info-request";
        rule icmp-type-info-reply allow icmp4 info-reply note "icmp type info-reply";
        rule icmp-type-address-mask-request allow icmp4 address-mask-request
                note "icmp type address-mask-request";
        rule icmp-type-address-mask-reply allow icmp4 address-mask-reply
                note "icmp type address-mask-reply";
        default deny;
    }

    egress on lane-2 {
        rule icmp-type-list-of-15 allow icmp4 { echo-reply, destination-unreachable, source-quench,
                redirect, echo-request, time-exceeded, parameter-problem, timestamp-request,
                timestamp-reply, info-request, info-reply, address-mask-request, address-mask-reply,
                router-advertisement, router-solicitation }
                note "icmp type { echo-reply, destination-unreachable, source-quench, redirect, echo-request, time-exceeded, parameter-problem, timestamp-request, timestamp-reply, info-request, info-reply, address-mask-request, address-mask-reply, router-advertisement, router-solicitation }";
        default deny;
    }

    ingress on lane-3 {
        rule icmp-type-not-set-from-echo-reply allow icmp4 not { echo-reply,
                destination-unreachable, source-quench }
                note "icmp type != { echo-reply, destination-unreachable, source-quench }";
        default deny;
    }

    egress on lane-4 {
        rule icmp-code-111 allow icmp4 0-255 code 111 note "icmp code 111";
        rule icmp-code-33-55 allow icmp4 0-255 code 33-55 note "icmp code 33-55";
        rule icmp-code-1-icmp-type-2 allow icmp4 2 code 1 note "icmp code 1 icmp type 2";
        default deny;
    }

    ingress on lane-5 {
        rule icmp-code-not-111 allow icmp4 0-255 code not 111 note "icmp code != 111";
        default deny;
    }

    egress on lane-6 {
        rule icmp-code-not-33-55 allow icmp4 0-255 code not 33-55 note "icmp code != 33-55";
        default deny;
    }

    ingress on lane-7 {
        rule icmp-code-2-4-54-33-56 allow icmp4 0-255 code { 2, 4, 54, 33, 56 }
                note "icmp code { 2, 4, 54, 33, 56 }; icmp code { prot-unreachable, frag-needed, 33, 54, 56 }";
        default deny;
    }

    egress on lane-8 {
        rule icmp-code-not-prot-unreachable-frag-needed-33-54-56 allow icmp4 0-255 code not { 2, 4,
                33, 54, 56 } note "icmp code != { prot-unreachable, frag-needed, 33, 54, 56 }";
        default deny;
    }

    test "icmp type echo-reply" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 echo-reply expect allow by icmp-type-echo-reply;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-reply code=1 expect allow by icmp-type-echo-reply;
        packet icmp 192.0.2.1 > 198.51.100.1 1 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 0 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type destination-unreachable" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable
                expect allow by icmp-type-destination-unreachable;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=1
                expect allow by icmp-type-destination-unreachable;
        packet icmp 192.0.2.1 > 198.51.100.1 2 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 time-exceeded expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type source-quench" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 source-quench expect allow by icmp-type-source-quench;
        packet icmp 192.0.2.1 > 198.51.100.1 source-quench code=1
                expect allow by icmp-type-source-quench;
        packet icmp6 2001:db8::1 > 2001:db8::2 parameter-problem expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type redirect" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 redirect expect allow by icmp-type-redirect;
        packet icmp 192.0.2.1 > 198.51.100.1 redirect code=1 expect allow by icmp-type-redirect;
        packet icmp 192.0.2.1 > 198.51.100.1 6 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 5 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type echo-request" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 echo-request expect allow by icmp-type-echo-request;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-request code=1
                expect allow by icmp-type-echo-request;
        packet icmp 192.0.2.1 > 198.51.100.1 7 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 8 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type router-advertisement" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 router-advertisement
                expect allow by icmp-type-router-advertisement;
        packet icmp 192.0.2.1 > 198.51.100.1 router-advertisement code=1
                expect allow by icmp-type-router-advertisement;
        packet icmp6 2001:db8::1 > 2001:db8::2 9 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type router-solicitation" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 router-solicitation
                expect allow by icmp-type-router-solicitation;
        packet icmp 192.0.2.1 > 198.51.100.1 router-solicitation code=1
                expect allow by icmp-type-router-solicitation;
        packet icmp6 2001:db8::1 > 2001:db8::2 10 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type time-exceeded" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 time-exceeded expect allow by icmp-type-time-exceeded;
        packet icmp 192.0.2.1 > 198.51.100.1 time-exceeded code=1
                expect allow by icmp-type-time-exceeded;
        packet icmp6 2001:db8::1 > 2001:db8::2 11 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type parameter-problem" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 parameter-problem
                expect allow by icmp-type-parameter-problem;
        packet icmp 192.0.2.1 > 198.51.100.1 parameter-problem code=1
                expect allow by icmp-type-parameter-problem;
        packet icmp6 2001:db8::1 > 2001:db8::2 12 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type timestamp-request" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 timestamp-request
                expect allow by icmp-type-timestamp-request;
        packet icmp 192.0.2.1 > 198.51.100.1 timestamp-request code=1
                expect allow by icmp-type-timestamp-request;
        packet icmp6 2001:db8::1 > 2001:db8::2 13 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type timestamp-reply" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 timestamp-reply
                expect allow by icmp-type-timestamp-reply;
        packet icmp 192.0.2.1 > 198.51.100.1 timestamp-reply code=1
                expect allow by icmp-type-timestamp-reply;
        packet icmp6 2001:db8::1 > 2001:db8::2 14 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type info-request" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 info-request expect allow by icmp-type-info-request;
        packet icmp 192.0.2.1 > 198.51.100.1 info-request code=1
                expect allow by icmp-type-info-request;
        packet icmp6 2001:db8::1 > 2001:db8::2 15 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type info-reply" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 info-reply expect allow by icmp-type-info-reply;
        packet icmp 192.0.2.1 > 198.51.100.1 info-reply code=1 expect allow by icmp-type-info-reply;
        packet icmp6 2001:db8::1 > 2001:db8::2 16 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type address-mask-request" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 address-mask-request
                expect allow by icmp-type-address-mask-request;
        packet icmp 192.0.2.1 > 198.51.100.1 address-mask-request code=1
                expect allow by icmp-type-address-mask-request;
        packet icmp6 2001:db8::1 > 2001:db8::2 17 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp type address-mask-reply" in ingress on lane-1 {
        packet icmp 192.0.2.1 > 198.51.100.1 address-mask-reply
                expect allow by icmp-type-address-mask-reply;
        packet icmp 192.0.2.1 > 198.51.100.1 address-mask-reply code=1
                expect allow by icmp-type-address-mask-reply;
        packet icmp 192.0.2.1 > 198.51.100.1 19 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 18 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp-type-list-of-15" in egress on lane-2 {
        packet icmp 192.0.2.1 > 198.51.100.1 echo-reply expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable
                expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 source-quench expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 redirect expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 time-exceeded expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 parameter-problem expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 timestamp-request expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 timestamp-reply expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 info-request expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 info-reply expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 address-mask-request
                expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 address-mask-reply
                expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 router-advertisement
                expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 router-solicitation
                expect allow by icmp-type-list-of-15;
        packet icmp 192.0.2.1 > 198.51.100.1 1 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 2 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 6 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 7 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 19 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 0 expect deny by default;
    }

    test "icmp type != { echo-reply, destination-unreachable, source-quench }"
            in ingress on lane-3 {
        packet icmp 192.0.2.1 > 198.51.100.1 1 expect allow by icmp-type-not-set-from-echo-reply;
        packet icmp 192.0.2.1 > 198.51.100.1 2 expect allow by icmp-type-not-set-from-echo-reply;
        packet icmp 192.0.2.1 > 198.51.100.1 redirect
                expect allow by icmp-type-not-set-from-echo-reply;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-reply expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 source-quench expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 destination-unreachable expect deny by default;
    }

    test "icmp code 111" in egress on lane-4 {
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=111
                expect allow by icmp-code-111;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-reply code=111 expect allow by icmp-code-111;
        packet icmp 192.0.2.1 > 198.51.100.1 255 code=111 expect allow by icmp-code-111;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=110
                expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=112
                expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request code=111 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp code != 111" in ingress on lane-5 {
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=110
                expect allow by icmp-code-not-111;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=112
                expect allow by icmp-code-not-111;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-reply code=110 expect allow by icmp-code-not-111;
        packet icmp 192.0.2.1 > 198.51.100.1 255 code=110 expect allow by icmp-code-not-111;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=111
                expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request code=110 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp code 33-55" in egress on lane-4 {
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=33
                expect allow by icmp-code-33-55;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=55
                expect allow by icmp-code-33-55;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-reply code=33 expect allow by icmp-code-33-55;
        packet icmp 192.0.2.1 > 198.51.100.1 255 code=33 expect allow by icmp-code-33-55;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=32 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=56 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request code=33 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp code != 33-55" in egress on lane-6 {
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=32
                expect allow by icmp-code-not-33-55;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=56
                expect allow by icmp-code-not-33-55;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-reply code=32 expect allow by icmp-code-not-33-55;
        packet icmp 192.0.2.1 > 198.51.100.1 255 code=32 expect allow by icmp-code-not-33-55;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=33 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=55 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request code=32 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp code { 2, 4, 54, 33, 56 }" in ingress on lane-7 {
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=2
                expect allow by icmp-code-2-4-54-33-56;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=4
                expect allow by icmp-code-2-4-54-33-56;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=54
                expect allow by icmp-code-2-4-54-33-56;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=33
                expect allow by icmp-code-2-4-54-33-56;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=56
                expect allow by icmp-code-2-4-54-33-56;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-reply code=2
                expect allow by icmp-code-2-4-54-33-56;
        packet icmp 192.0.2.1 > 198.51.100.1 255 code=2 expect allow by icmp-code-2-4-54-33-56;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=1 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=3 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=5 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=53 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=55 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=32 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=34 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=57 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request code=2 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp code != { prot-unreachable, frag-needed, 33, 54, 56 }" in egress on lane-8 {
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=1
                expect allow by icmp-code-not-prot-unreachable-frag-needed-33-54-56;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=3
                expect allow by icmp-code-not-prot-unreachable-frag-needed-33-54-56;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=5
                expect allow by icmp-code-not-prot-unreachable-frag-needed-33-54-56;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=32
                expect allow by icmp-code-not-prot-unreachable-frag-needed-33-54-56;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=34
                expect allow by icmp-code-not-prot-unreachable-frag-needed-33-54-56;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=53
                expect allow by icmp-code-not-prot-unreachable-frag-needed-33-54-56;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=55
                expect allow by icmp-code-not-prot-unreachable-frag-needed-33-54-56;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=57
                expect allow by icmp-code-not-prot-unreachable-frag-needed-33-54-56;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-reply code=1
                expect allow by icmp-code-not-prot-unreachable-frag-needed-33-54-56;
        packet icmp 192.0.2.1 > 198.51.100.1 255 code=1
                expect allow by icmp-code-not-prot-unreachable-frag-needed-33-54-56;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=2 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=4 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=33 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=54 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=56 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request code=1 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 frag=later expect deny by default;
    }

    test "icmp code 1 icmp type 2" in egress on lane-4 {
        packet icmp 192.0.2.1 > 198.51.100.1 2 code=1 expect allow by icmp-code-1-icmp-type-2;
        packet icmp 192.0.2.1 > 198.51.100.1 2 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 2 code=2 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 1 code=1 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 destination-unreachable code=1 expect deny by default;
        packet icmp 192.0.2.1 > 198.51.100.1 1 code=2 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 packet-too-big code=1 expect deny by default;
    }
}
