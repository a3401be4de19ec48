# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy stateful {
    states {
        mx 1000;
        losse;
        tcp openning 1m;
        sctp opening 1m;
        max 10s;
        loose 1;
        tcp closed 5;
        icmp;
        max;
        quite something 1m;
    }
    stats { loose; }
    states;
    states { max }
    seed;
    seed 1s;
    states {
        udp opening 1m
        other 5m;
    }

    ingress on any {
        rule a rate-limit 1/s distinct port distinct src per src;
        rule b rate-limit 1/s max 5 max 6 per src;
        rule c rate-limit 1/s distinct flow per src;
        rule d rate-limit 1/s distict port per src;
        rule e sample flow 2/3;
        rule f sample flows 1/3;
        rule g allow add src to @s for 0s;
        default deny;
    }

    test "steps" in ingress {
        wait;
        wait 5;
        wiat 5s;
        add 192.0.2.1 port to @s;
        add 192.0.2.1 @s;
        add 192.0.2.300 to @s;
        add mgmt to @s;
        add 192.0.2.1/33 to @s;
        add 192.0.2.1/24 to @s for 0s;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 in expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 in uplink expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 in ingress on expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 quoting expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 quoting=1 expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 qoting udp 10.0.0.1:1 > 10.0.0.2:2 expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 in ingress quoting udp 10.0.0.1:1 > 10.0.0.2:2 expect deny;
    }
    states { loose; }
}
