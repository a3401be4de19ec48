# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What the stateful half adds: connections, rates, samples, sets, steps of tests.
policy stateful {
    seed 18446744073709551615;
    states { # how connections age
        max 1000000; loose;
        # timeouts, in any order
        udp established 3m; tcp opening 60s; other 600s; icmp 30000ms;

        tcp established 1h; tcp closing 5m; tcp closed 10s; udp opening 1500ms;
    }
    set scanners : addr max 1000 timeout 10m;
    set clients : addr . port . proto max 1000;
    set nets : net max 10;
    # Words of this half are names elsewhere.
    net states = 10.0.0.0/8; net seed = 10.0.0.1; net distinct = states; net wait = seed;
    net quoting = { wait, distinct }; net loose = quoting;

    ingress on states, wait {
        rule related allow state established, related;
        rule scan rate-limit 20/m max 50000 per src/24 distinct port tcp flags syn/syn,ack else deny add src to @scanners;
        rule hosts rate-limit 20/h per src distinct dst icmp;
        rule spread rate-limit 256/s distinct src per dst, port max 1;
        rule burst rate-limit 10/s per src burst 20 max 10;
        rule flows sample flow 1/1000 udp sample flow 1/10;
        rule wait allow from { states, quoting,
            wait } to quoting;
        rule in allow from @clients;
        default deny;
    }
    egress on states { default deny; }

    test "steps" in ingress on wait {
        packet icmp 192.0.2.1 > 10.0.0.5 echo-request id=77 expect deny;
        wait 500ms; wait 0s;
        wait 60s; # a minute
        add 192.0.2.1 to @scanners for 90s;
        add 192.0.2.0/24 to @nets;
        add 2001:db8::1 port domain proto udp to @clients for 1h;
        add 192.0.2.1 port 53 proto 17 to @clients;
        packet tcp 10.0.0.5:4000 > 192.0.2.9:53 syn ttl=5 in egress expect deny by default;
        packet tcp 10.0.0.5:4000 > 192.0.2.9:53 in egress on states expect deny;
        packet icmp 192.0.2.1 > 10.0.0.5 unreach code=3 quoting udp 10.0.0.5:4000 > 192.0.2.9:53 ttl=1 in ingress on wait expect deny;
        packet icmp 2001:db8::1 > fd00::5 type=time-exceeded quoting tcp [fd00::5]:4000 > [fd00::6]:53 syn,ack expect deny;
        packet icmp 192.0.2.1 > 10.0.0.5 11 quoting icmp 10.0.0.5 > 192.0.2.9 expect deny;
    }
}
