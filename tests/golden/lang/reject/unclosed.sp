policy edge {
    net a = 10.0.0.1;
    ingress on up {
        rule a allow tcp from { a, a ;
        rule b allow;
        default deny;
    }

    test "the brace of this is missing" in ingress {
        packet arp expect allow;

    strict;
}
