# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Over eight ranges of addresses or sixteen of numbers make a table, shared by all who use the same set. Rules that only
# sample are not looked up: those that are have no tables of their own.

policy tables {
    net eight = {
        10.0.0.0/24, 10.0.2.0/24, 10.0.4.0/24, 10.0.6.0/24, 10.0.8.0/24, 10.0.10.0/24, 10.0.12.0/24,
        10.0.14.0/24
    };
    net nine = {
        10.0.0.0/24, 10.0.2.0/24, 10.0.4.0/24, 10.0.6.0/24, 10.0.8.0/24, 10.0.10.0/24, 10.0.12.0/24,
        10.0.14.0/24, 10.0.16.1
    };
    net six = {
        2001:db8:1::/48, 2001:db8:3::/48, 2001:db8:5::/48, 2001:db8:7::/48, 2001:db8:9::/48,
        2001:db8:b::/48, 2001:db8:d::/48, 2001:db8:f::/48, 2001:db8:11::1-2001:db8:11::9
    };
    port sixteen = { 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31 };
    port seventeen = { 1, 3, 5, 7, 9, 11, 13, 15, 17, 19, 21, 23, 25, 27, 29, 31, 33-40 };

    ingress on uplink {
        rule inline sample 1/8 from eight;
        rule one-table sample 1/8 from nine;
        rule same-table sample 1/8 tcp to nine port seventeen;
        rule both sample 1/8 from nine or six;
        rule ports sample 1/8 udp port sixteen;
        rule more-ports sample 1/8 udp from any port seventeen;
        rule lengths sample 1/8 length { 40, 42, 44, 46, 48, 50, 52, 54, 56, 58, 60, 62, 64, 66, 68,
                70, 72 };
        default allow;
    }
}
