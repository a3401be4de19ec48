# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy packets {
    ingress on any {
        rule ssh allow tcp port 22;
        rule watch sample 1/10;
        default deny;
    }
    egress on any {
        rule out allow;
        default deny;
    }
    test "bad" in ingress {
        packet tcp 10.0.0.1 > 10.0.0.2 expect deny;
        packet tcp 10.0.0.1:1 > 10.0.0.2 syn expect deny;
        packet tcp 10.0.0.1:1 > fd00::1 expect deny;
        packet tcp 10.0.0.1:1 > 10.0.0.2:65536 expect deny;
        packet tcp 10.0.0.1:1 > 10.0.0.2:2 sin expect deny;
        packet icmp 10.0.0.1:1 > 10.0.0.2:2 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 packet-too-big expect deny;
        packet icmp6 10.0.0.1 > 10.0.0.2 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 echo-reply type=8 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 frag=later type=8 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 frag=later code=8 expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 frag=later expect deny;
        packet tcp 10.0.0.1 > 10.0.0.2 syn frag=later expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 syn expect deny;
        packet gre 10.0.0.1 > 10.0.0.2 code=1 expect deny;
        packet proto 256 10.0.0.1 > 10.0.0.2 expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 vlna=1 expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 colour=blue expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 vlan=4096 ttl=256 dscp=64 length=19 frag=middle options=6 truncate=1 expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 vlan=1.2.3.4 ext=hop options=44 length=65536 expect deny;
        packet udp [fd00::1]:1 > [fd00::2]:2 options=4 ext=hop,hopp length=39 expect deny;
        packet udp [fd00::1]:1 > [fd00::2]:2 ext=hop,hop,hop,hop,hop,hop,hop,hop,hop expect deny;
        packet arp ttl=5 expect allow;
    }
    test "by" in ingress {
        packet tcp 10.0.0.1:1 > 10.0.0.2:22 expect allow by shh;
        packet tcp 10.0.0.1:1 > 10.0.0.2:22 expect allow by out;
        packet tcp 10.0.0.1:1 > 10.0.0.2:22 expect allow by watch;
        packet tcp 10.0.0.1:1 > 10.0.0.2:22 expect allow by non-pi;
    }
}
