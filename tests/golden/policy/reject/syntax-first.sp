# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What a syntax error hid is not reported missing as well.
policy syntax-first {
    net lost = 10.0.0.0/8 oops;
    net mgmt = 10.20.0.0/16;

    ingress on any {
        rule gone allow tcp frm mgmt;
        rule a allow from lost;
        rule b allow from mgnt;
        default dny;
    }
    test "t" in ingress {
        packet tcp 10.0.0.1:1 > 10.0.0.2:2 expect allow by gone;
    }
    test "u" in egress { packet arp expect allow; }
}
