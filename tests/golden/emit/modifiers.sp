# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What a rule does besides deciding, and clauses on lines of their own.

policy modifiers {
    owner "netops";

    ingress on uplink {
        rule logged allow tcp port 22 log;
        rule sampled deny udp sample 1/100;
        rule watched sample 1/1000 tcp;
        rule watched-too sample 1/10 udp log;
        rule counted reject tcp port 25 count;
        rule long
            allow tcp
            from { 10.0.0.0/8, 192.168.0.0/16 }
            to { 192.0.2.1, 192.0.2.2 }
            port { 80, 443 }
            log sample 1/5;
        default reject;
        non-ip deny;
        malformed allow;
    }
}
