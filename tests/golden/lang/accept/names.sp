# Words of the language as names of rules and assertions, and where a word means something in one place only.
policy first {
    interface tc = "eth1";
    net file = 10.0.0.1;
    net max = file;
    port timeout = 1;
    set flow : addr max 1;

    ingress on tc via tc {
        rule allow allow from file;
        rule deny deny from { max, file } to any port timeout;
        rule tcp allow tcp from @flow fragment first;
        rule rule allow overrides allow;
        rule and allow;
        rule expect allow overrides rule;
        rule a1-b2-- allow;
        default deny;
    }

    assert from allow in ingress on tc;

    test "names" in ingress on tc {
        packet tcp 10.0.0.1:1 > 10.0.0.2:2 syn expect allow by allow;
        packet udp 1.1.1.1:1 > 2.2.2.2:2 expect allow by rule;
        packet arp expect allow by non-ip;
    }
}
