# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What belongs to which IP version.
policy families {
    net both = { 192.0.2.0/24, 2001:db8::/32 };
    net four = 198.51.100.0/24;

    ingress on uplink {
        rule any-both allow from any to any;
        rule any4 allow from 0.0.0.0/0;
        rule any6 allow from ::/0;
        rule literal4 allow from 10.0.0.1;
        rule literal6 allow to 2001:db8::1;
        rule list-both allow from { 10.0.0.1, 2001:db8::1 };
        rule name4 allow from four;
        # A negated literal still speaks of its own version only, a negated name of both.
        rule not-literal allow from not 10.0.0.0/8;
        rule not-list allow from not { 10.0.0.0/8, 192.168.0.0/16 };
        rule not-name allow from not four;
        rule not-both allow from not both;
        rule not-not allow from not not 10.0.0.0/8;
        rule without allow from both and not 192.0.2.128/25;
        rule either allow from four or 2001:db8:5::/48;
        rule crossed allow from both to four;
        rule icmp allow icmp;
        rule icmp-list allow proto { icmp, tcp };
        rule icmp-not allow proto not icmp;
        rule icmp4 allow icmp4;
        rule icmp6 allow icmp6;
        rule echo allow icmp echo-request;
        rule echo4 allow icmp4 echo-request;
        rule types allow icmp { echo-reply, destination-unreachable, time-exceeded };
        rule not-echo allow icmp not echo-request;
        rule number allow icmp 3 code 4;
        rule only6 allow icmp packet-too-big;
        rule discovery allow icmp6 { nd-neighbor-solicit, nd-neighbor-advert };
        rule pf-words allow icmp { echoreq, timex };
        rule code allow icmp destination-unreachable code port-unreachable;
        rule code4 allow icmp destination-unreachable code frag-needed;
        rule code-not allow icmp4 destination-unreachable code not { 0, 1 };
        rule narrowed allow icmp echo-request from 10.0.0.0/8;
        default deny;
    }
}
