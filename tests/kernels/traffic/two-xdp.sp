# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Lets port 1002 pass, both ways; its twin the other one.
policy wire {
    interface wire = "wire0";

    ingress on wire via xdp {
        rule swap allow udp from any port 1002 to any port 7000 log;
        rule slow rate-limit 1/h burst 3 per src udp from any port 1003 to any port 7000 else deny;
        rule rest allow udp from any port 1003 to any port 7000;
        rule answer allow udp from any port 53 to any port 7000 state established;
        default deny;
    }

    egress on wire {
        rule swap-out allow udp port 1002;
        rule ask allow udp port 53 state new;
        default deny;
    }

    test "who may come in" in ingress {
        packet udp 10.78.0.2:1002 > 10.78.0.1:7000 expect allow by swap;
        packet udp 10.78.0.2:1004 > 10.78.0.1:7000 expect deny by default;
    }
}
