policy p {
    ingress on up { default deny; }
    test "packets" in ingress {
        packet 10.0.0.1 > 10.0.0.2 expect deny;
        packet tcp 10.0.0.1:1 10.0.0.2:2 expect deny;
        packet tcp 10.0.0.1:1 > mgmt:2 expect deny;
        packet tcp 10.0.0.1:1 > fd00::1:2:3:4:5:6:7:8:9 expect deny;
        packet tcp [fd00::1:1 > [fd00::2]:2 expect deny;
        packet tcp 10.0.0.1:1 > 10.0.0.2:2 syn ack expect deny;
        packet tcp 10.0.0.1:1 > 10.0.0.2:2 ttl 5 expect deny;
        packet tcp 10.0.0.1:1 > 10.0.0.2:2 ttl= expect deny;
        packet tcp 10.0.0.1:1 > 10.0.0.2:2;
        packet tcp 10.0.0.1:1 > 10.0.0.2:2 expect rate-limit;
        packet arp 10.0.0.1 > 10.0.0.2 expect allow;
        packet proto tcp 10.0.0.1 > 10.0.0.2 expect allow;
    }
}
