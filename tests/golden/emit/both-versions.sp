# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What a rule asks of both IP versions is asked once.

policy both-versions {
    net mgmt = { 10.20.0.0/16, fd00:20::/48 };
    net self = { 192.0.2.10, 2001:db8::10 };
    net only4 = { 198.51.100.0/24, 203.0.113.5-203.0.113.9 };

    ingress on uplink {
        rule ssh allow tcp from mgmt to self port 22;
        rule pings allow icmp echo-request to self;
        rule any-udp deny udp;
        rule four allow tcp from only4;
        rule not-mgmt deny from not mgmt to self;
        rule v6 allow ip6;
        rule everything deny proto { 0-255 };
        default deny;
    }
}
