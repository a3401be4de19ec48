# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy stateful {
    seed 1;
    seed 2;
    states { max 0; loose; loose; tcp opening 0s; tcp closed 366d; icmp 5s; icmp 6s; }
    states { max 5; }
    set prefixes : net max 10 timeout 1h;
    set plain : net max 10;
    set old : addr max 10 timeout 366d;
    set one : addr max 10;
    set pairs : addr . port max 10;
    set triples : addr . proto . port max 10;
    set lone : port max 10;
    set back : port . addr max 10;
    set twice : addr . port . port max 10;
    set nets : net . port max 10;
    set two : addr . addr max 10;
    set wide : addr . net max 10;

    ingress on any {
        rule adds-net allow add src to @plain;
        rule adds-port allow add src to @lone;
        rule adds-long allow add src to @one for 366d;
        rule silent deny from @back;
        rule d1 rate-limit 20mbit/s distinct port per src;
        rule d2 rate-limit 257/s distinct port per src;
        rule d3 rate-limit 20/s distinct port per src burst 5;
        rule d4 rate-limit 20/s distinct port;
        rule d5 rate-limit 20/s distinct src per src;
        rule d6 rate-limit 20/s distinct dst per src, dst/32/128;
        rule d7 rate-limit 20/s distinct port per port;
        rule d8 rate-limit 20/s distinct port per flow;
        rule d9 rate-limit 20/s distinct src max 5;
        rule m1 rate-limit 20/s max 5;
        rule m2 rate-limit 20/s per src max 0;
        rule m3 rate-limit 20/s per src max 67108865;
        rule fast rate-limit 16000000001/s;
        rule burst rate-limit 1/h burst 80064;
        rule bytes rate-limit 1byte/h burst 80064;
        rule slow rate-limit 6bit/h;
        default deny;
    }

    test "steps" in ingress {
        wait 365d;
        wait 1ms;
        add 192.0.2.1 to @noe;
        add 192.0.2.0/24 to @one;
        add 192.0.2.1/24 to @plain;
        add 192.0.2.1 to @plain for 1h;
        add 192.0.2.1 to @one for 366d;
        add 192.0.2.1 port 5 to @one;
        add 192.0.2.1 to @pairs;
        add 192.0.2.1 proto tcp to @pairs;
        add 192.0.2.1 port 65536 to @pairs;
        add 192.0.2.1 port domian to @pairs;
        add 192.0.2.1 port 5 proto 256 to @triples;
        add 192.0.2.1 port 5 proto tpc to @triples;
        add 192.0.2.1 port 5 to @lone;
        add 192.0.2.1 to @back;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 in egress expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 id=5 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 id=65536 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 unreach id=5 expect deny;
        packet icmp fd00::1 > fd00::2 130 id=5 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 frag=later id=5 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 quoting udp 10.0.0.1:1 > 10.0.0.2:2 expect deny;
        packet icmp fd00::1 > fd00::2 128 quoting udp 10.0.0.1:1 > 10.0.0.2:2 expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 quoting udp 10.0.0.1:1 > 10.0.0.2:2 expect deny;
        packet arp quoting udp 10.0.0.1:1 > 10.0.0.2:2 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 unreach quoting arp expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 unreach quoting udp [fd00::1]:1 > [fd00::2]:2 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 unreach quoting udp 10.0.0.1:1 > 10.0.0.2:2 vlan=5 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 unreach quoting udp 10.0.0.1:1 > 10.0.0.2:2 truncate=20 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 unreach quoting udp 10.0.0.1:1 > 10.0.0.2 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 frag=later quoting udp 10.0.0.1:1 > 10.0.0.2:2 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 unreach quoting icmp 10.0.0.2 > 10.0.0.1 unreach
            quoting udp 10.0.0.1:1 > 10.0.0.2:2 expect deny;
    }
}
