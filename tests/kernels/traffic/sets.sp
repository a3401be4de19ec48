# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Sets of prefixes and of addresses, which change while traffic flows.
policy wire {
    interface wire = "wire0";

    set homes : net max 100;
    set banned : addr max 100;

    ingress on wire via xdp {
        rule banned deny udp from @banned to any port 7000;
        rule homes deny udp from @homes to any port 7000;
        rule others allow udp to any port 7000;
        default deny;
    }

    test "prefixes" in ingress {
        packet udp 10.78.0.2:1001 > 10.78.0.1:7000 expect allow by others;
        add 10.78.0.0/24 to @homes;
        packet udp 10.78.0.2:1001 > 10.78.0.1:7000 expect deny by homes;
        packet udp 10.78.1.2:1001 > 10.78.0.1:7000 expect allow by others;
    }
}
