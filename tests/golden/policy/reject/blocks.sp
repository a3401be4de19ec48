# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy blocks {
    interface bad-name = "a very long interface name";
    ingress on a, b { default deny; }
    ingress on b { default deny; }
    ingress on a, b via tc { default deny; }
    egress on a via xdp { default deny; }
    egress on any {
        rule default allow;
        rule malformed allow;
        non-ip reject;
        malformed reject;
    }
    assert one allow in ingress;
    assert two allow in ingress on c;
    test "three" in ingress on b { packet arp expect allow; }
}
