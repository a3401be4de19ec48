policy packets {
    ingress on up {
        default deny;
    }

    test "every way to write a packet" in ingress {
        packet tcp 10.0.0.1:1024 > 10.0.0.2:22 syn expect deny;
        packet tcp 10.0.0.1:1024 > 10.0.0.2:ssh syn,ack,ece expect deny by default;
        packet tcp [2001:db8::1]:1024 > [2001:DB8::2]:https none expect deny;
        packet udp 10.0.0.1:53 > 10.0.0.2:53 ttl=3 dscp=46 length=1_000 expect deny;
        packet icmp 10.0.0.1 > 10.0.0.2 echo-request expect deny;
        packet icmp fd00::1 > fd00::2 echo-request expect deny;
        packet icmp4 10.0.0.1 > 10.0.0.2 3 code=1 expect deny;
        packet icmp6 fe80::1 > ff02::1 135 expect deny;
        packet sctp 10.0.0.1:1 > 10.0.0.2:2 expect deny;
        packet gre 10.0.0.1 > 10.0.0.2 expect deny;
        packet esp [fd00::1] > fd00::2 expect deny;
        packet proto 89 10.0.0.1 > 224.0.0.5 expect deny;
        packet udp 10.0.0.1:1 > 10.0.0.2:2 vlan=10.20 frag=first expect deny;
        packet udp fd00::1 > fd00::2 frag=later ext=hop, dest expect deny;
        packet arp expect allow by non-ip;
        packet arp vlan=7 expect allow;
    }
}
