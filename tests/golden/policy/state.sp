# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy stateful {
    seed 99;
    states { max 67108864; loose; tcp opening 1ms; tcp established 365d; udp established 1m; icmp 1500ms; }
    set one : addr max 10 timeout 10m;
    set prefixes : net max 10;
    set pairs : addr . port max 10;
    set protos : addr . proto max 10;
    set triples : addr . port . proto max 10;

    ingress on uplink {
        rule scan rate-limit 256/m distinct port per src max 67108864 tcp flags syn/syn,ack else deny add src to @one for 365d;
        rule hosts rate-limit 20/h distinct dst per src else reject;
        rule spread rate-limit 1/s distinct src per src/24, port;
        rule six rate-limit 5/s distinct src per dst/32/128;
        rule fast rate-limit 16000000000/s;
        rule big rate-limit 1/h burst 80063;
        rule bits rate-limit 7bit/h per src;
        rule bucket rate-limit 10gbyte/s burst 1gbyte per src, dst max 5;
        rule sampled sample flow 1/1000 tcp;
        rule known allow state established sample flow 1/2;
        default deny;
    }
    ingress on lan { rule lan allow state not new; default deny; }
    egress on uplink { rule out allow; default deny; }

    test "steps" in ingress on uplink {
        wait 1ms;
        add 192.0.2.1 to @one;
        add 2001:db8::1 to @one for 365d;
        packet tcp 10.0.0.5:4000 > 192.0.2.9:53 in egress expect allow by out;
        add 192.0.2.0/24 to @prefixes;
        add 192.0.2.1 to @prefixes;
        add 192.0.2.1 port domain to @pairs;
        add 2001:db8::1 proto icmp to @protos;
        add 192.0.2.1 proto icmp to @protos for 1h;
        wait 364d;
        add 192.0.2.1 port 65535 proto 255 to @triples;
        packet icmp 192.0.2.1 > 10.0.0.5 unreach code=3 quoting udp 10.0.0.5:4000 > 192.0.2.9:53 in ingress on lan expect deny by default;
        packet icmp fd00::1 > fd00::5 id=65535 expect deny;
        packet icmp fd00::1 > fd00::5 packet-too-big quoting tcp [fd00::5]:1 > [fd00::9]:2 ack length=1500 expect deny;
    }
}
