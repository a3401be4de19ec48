# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy impossible {
    net four = 10.0.0.0/8;
    net six = fd00::/8;
    net nothing = file "lists/empty.txt";
    set s : addr max 1;

    ingress on any {
        rule a allow ip6 from 10.0.0.1;
        rule b allow from 10.0.0.1 ip6;
        rule c allow from four to six;
        rule d allow udp flags syn;
        rule e allow flags syn udp;
        rule f allow icmp port 22;
        rule g allow gre from port 22;
        rule h allow icmp4 from fd00::1;
        rule i allow from four and 192.168.0.0/16;
        rule j allow from nothing;
        rule k allow from not any;
        rule l allow fragment tcp port 80;
        rule m allow fragment icmp echo-request;
        rule n allow from @s and not @s;
        rule o allow tcp port not 0-65535;
        rule p allow state not { new, established, related, invalid };
        rule q allow ip4 icmp packet-too-big;
        rule r allow from port 53 flags syn udp;
        default deny;
    }
}
