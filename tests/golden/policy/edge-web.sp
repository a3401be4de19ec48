# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
include "lists/names.sp";                       # names only; relative to this file

policy edge-web {
    owner "netops";

    interface uplink = "eth0";                # a role; `sentry-apply --bind uplink=ens5` overrides it

    net     mgmt  = { 10.20.0.0/16, fd00:20::/48 };
    net     self  = { 192.0.2.10, 2001:db8::10 };
    net     martians = file "lists/martians.txt";   # compiled in; one address or prefix a line, # comments
    port    web   = { 80, 443, 8080-8090 };
    service dns   = { udp/53, tcp/53 };

    set bogons  : net  max 5000    from "lists/bogons.txt";   # content changes at run time
    set abusers : addr max 200000  timeout 10m;

    ingress on uplink {
        rule bogons       deny        from @bogons;
        rule abusers      deny        from @abusers                         sample 1/1000;
        rule syn-flood    rate-limit  200/s burst 400 per src  tcp flags syn/syn,ack
                                      else deny add src to @abusers;
        rule established  allow       state established,related;
        rule ssh          allow       tcp from mgmt to self port 22         log;
        rule web          allow       tcp to self port web;
        rule vendor       allow       tcp from 198.51.100.7 to self port 8443
                                      expires 2027-12-31 ticket "NET-5120";
        rule ping         rate-limit  10/s per src  icmp echo-request to self;
        rule ping-ok      allow       icmp echo-request to self;
        rule watch-udp    sample      1/1000  udp;
        default deny;
    }

    egress on uplink {
        rule resolvers    allow       service dns to 10.0.0.53;
        rule no-smtp      deny        tcp port 25                           log;
        default allow;
    }

    assert ssh-stays-open   allow  in ingress  tcp from mgmt and not @bogons and not @abusers
                                               to self port 22 flags syn/syn,ack  under limits;
    assert no-db            deny   in ingress  tcp from not mgmt to any port 5432 state new;

    test "management can log in" in ingress {
        packet tcp 10.20.1.9:40000 > 192.0.2.10:22 syn       expect allow by ssh;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:22 syn     expect deny by default;
    }
}
