# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# For random packets: connections of all protocols, with short times.
policy connections {
    states {
        max 100_000;
        tcp opening 2s;
        tcp established 10s;
        tcp closing 3s;
        tcp closed 1s;
        udp opening 1s;
        udp established 2s;
        icmp 1s;
        other 1s;
    }
    ingress on wire {
        rule back allow state established;
        rule errors allow state related log;
        rule nothing deny state invalid;
        rule no-mail reject tcp port 1024;
        default allow;
    }
    egress on wire {
        rule odd deny udp port 53 state new;
        default allow;
    }
}
