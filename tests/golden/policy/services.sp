# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Ports of one protocol are joined, then protocols with the same ports.
policy services {
    service dns = { udp/53, tcp/53 };
    service web = { tcp/80, tcp/443, tcp/8080-8090 };
    service mixed = { tcp/80, gre, udp/53, sctp/80, icmp/echo-request, esp };
    service whole = { tcp/80, tcp };
    service messages = { icmp/echo-request, icmp/echo-reply, icmp6/packet-too-big };
    service ping4 = icmp4/echo-request;
    port alt = { 8000, 8001 };
    service named = { tcp/alt, tcp/http };

    egress on uplink {
        rule dns allow service dns to 10.0.0.53;
        rule dns-tcp allow tcp service dns;
        rule web allow service web;
        rule mixed allow service mixed;
        rule whole allow service whole;
        rule messages allow service messages;
        rule ping4 allow service ping4;
        rule named allow service named;
        rule later deny service mixed fragment;
        default allow;
    }
}
