policy wrapping {
    net n = { 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7, 10.0.0.8, 10.0.0.11 };
    net m = { 10.0.0.1, 10.0.0.2, 10.0.0.3, 10.0.0.4, 10.0.0.5, 10.0.0.6, 10.0.0.7, 10.0.0.8, 10.0.0.111 };
    net v6 = { 2001:db8:1111:2222:3333:4444:5555:6666, 2001:db8:1111:2222:3333:4444:5555:7777, 2001:db8:1111:2222:3333:4444:5555:8888 };
    port p = not { 1, 2, 3, 5, 8, 13, 21, 34, 55, 89, 144, 233, 377, 610, 987, 1597, 2584, 4181, 6765, 10946, 17711, 28657, 46368 };

    ingress on uplink-number-one, uplink-number-two, uplink-number-three, uplink-number-four, uplink-five {
        rule long allow tcp from { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, 100.64.0.0/10, 169.254.0.0/16, 198.18.0.0/15 } to n and not m port p log owner "somebody" note "a note that is so long that it does not fit on any line of a hundred columns, and so stands alone";
        default deny;
    }

    test "a name of a test that goes on and on and on, until there is no more room on the line for it" in ingress on uplink-number-one {
        packet tcp [2001:db8:1111:2222:3333:4444:5555:6666]:40000 > [2001:db8:1111:2222:3333:4444:5555:7777]:443 syn vlan=10 expect deny by default;
    }
}
