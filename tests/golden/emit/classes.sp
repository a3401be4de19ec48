# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Rules that are looked up, among them one that logs; and such that are asked before what was found.

policy classes {
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
        rule inline deny from eight;
        rule one-table deny from nine;
        rule same-table deny tcp to nine port seventeen;
        rule both deny from nine or six;
        rule seen sample 1/100 tcp;
        rule ports allow udp port sixteen log;
        rule more-ports allow udp from any port seventeen;
        rule often rate-limit 10/s per src icmp;
        rule lengths allow length { 40, 42, 44, 46, 48, 50, 52, 54, 56, 58, 60, 62, 64, 66, 68, 70,
                72 };
        rule ssh allow tcp from 192.0.2.0/24 to any port 22;
        rule web allow tcp to 198.51.100.0/24 port { 80, 443, 8080 };
        rule dns deny udp port { 53, 123, 161 };
        rule mail allow tcp from 192.0.2.0/24 port { 25, 465, 587 };
        rule rest deny tcp from any port sixteen;
        rule old deny proto { 2, 4, 41, 47 };
        default allow;
    }
}
