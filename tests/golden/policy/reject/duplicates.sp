# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy duplicates {
    owner "a";
    owner "b";
    strict;
    strict;
    budget { insns 1; memory 1; insns 2; }
    lint dead-rule off;
    lint dead-rule note;
    net a = 10.0.0.1;
    net a = 10.0.0.2;
    port a = 1;
    port a = 2;
    service a = tcp/1;
    service a = tcp/2;
    set a : addr max 1;
    set a : addr max 2;
    group a = label x=y;
    group a = label x=z;
    interface a = "eth0";
    interface a = "eth1";

    ingress on a {
        rule r allow;
        rule r allow;
        default deny;
        non-ip deny;
        non-ip allow;
        default allow;
        malformed deny;
        malformed deny;
    }
    egress on a, a {
        rule r allow;
        default deny;
    }
    assert x allow in ingress;
    assert x allow in egress;
    test "t" in ingress { packet arp expect deny; }
    test "t" in egress { packet arp vlan=1 vlan=2 expect deny; }
}
