# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy packets {
    ingress on any { default deny; }

    test "tcp" in ingress {
        packet tcp 10.0.0.1:1 > 10.0.0.2:22 expect deny;
        packet tcp 10.0.0.1:1 > 10.0.0.2:22 none expect deny;
        packet tcp 10.0.0.1:1 > 10.0.0.2:22 all expect deny;
        packet tcp 10.0.0.1:1 > 10.0.0.2:https syn,ack ttl=1 dscp=ef expect deny;
        packet tcp [2001:db8::1]:1 > [2001:db8::2]:22 fin expect deny;
        packet tcp 10.0.0.1 > 10.0.0.2 frag=later expect deny;
        packet tcp 10.0.0.1:5 > 10.0.0.2:6 ack frag=first expect deny;
        packet proto 6 10.0.0.1:5 > 10.0.0.2:6 ack expect deny;
    }
    test "others" in ingress {
        packet udp 10.0.0.1:0 > 10.0.0.2:65535 vlan=0 expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 vlan=10.20 expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 vlan=10.20.4095 expect deny by malformed;
        packet sctp 10.0.0.1:1 > 10.0.0.2:2 length=1500 options=40 expect deny;
        packet gre 10.0.0.1 > 10.0.0.2 expect deny;
        packet esp fd00::1 > fd00::2 ext=hop,routing,dest,auth expect deny;
        packet proto 89 10.0.0.1 > 10.0.0.2 dscp=63 expect deny;
        packet proto 58 10.0.0.1 > 10.0.0.2 expect deny;
        packet arp expect allow by non-ip;
        packet arp vlan=5 truncate=30 expect allow by non-ip;
    }
    test "icmp" in ingress {
        packet icmp 10.0.0.1 > 10.0.0.2 expect deny;
        packet icmp fd00::1 > fd00::2 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 echo-reply expect deny;
        packet icmp4 10.0.0.1 > 10.0.0.2 destination-unreachable code=port-unreachable expect deny;
        packet icmp6 fd00::1 > fd00::2 destination-unreachable code=port-unreachable expect deny;
        packet icmp6 fd00::1 > fd00::2 code=2 type=packet-too-big expect deny;
        packet icmp fd00::1 > fd00::2 135 ttl=255 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 frag=later expect deny;
    }
}
