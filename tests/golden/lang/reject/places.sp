# Statements that stand in the wrong place.
rule a allow;
default deny;
policy one {
    include "x.sp";
    rule a allow;
    packet arp expect allow;
    policy two { strict; }
    ingress on up {
        net a = 10.0.0.1;
        ingress on down { default deny; }
        assert a allow in ingress;
        default deny log;
        rule b allow tcp else;
    }
    assert b allow in ingress tcp log;
    assert c rate-limit in ingress;
    group g = app=web;
    group h = label app;
    group i = label app=web and;
    interface x;
    interface y = eth0;
}
test "outside" in ingress { }
