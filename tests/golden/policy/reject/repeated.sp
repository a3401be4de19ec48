# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy repeated {
    service s = tcp/1;

    ingress on any {
        rule a allow tcp udp port 53;
        rule b allow port 80 port 443;
        rule c allow from 10.0.0.1 from 10.0.0.2;
        rule d allow to 10.0.0.1 port 80 port 443;
        rule e allow ip4 ip6;
        rule f allow tcp icmp echo-request;
        rule g allow vlan 1 vlan 2;
        rule h allow service s service s;
        rule i allow fragment fragment first;
        rule j allow flags syn flags ack;
        default deny;
    }
}
