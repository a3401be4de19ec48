# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Every clause once, and the names that need care: C keywords, names of other rules' parts.

policy clauses {
    service dns = { udp/53, tcp/53 };
    service mixed = { tcp/80, udp/443, icmp/echo-request, esp };

    ingress on uplink {
        rule int allow service dns;
        rule default-case allow service mixed;
        rule ingress-default deny vlan 100-200;
        rule flags deny tcp flags syn,fin/syn,fin;
        rule null deny tcp flags none/all;
        rule types allow icmp4 destination-unreachable code 4;
        rule marked allow dscp { ef, 8-10 } ttl 2-255;
        rule big deny length 1501-65535;
        rule parts deny fragment;
        rule first deny fragment first udp;
        rule tunnels allow gre;
        rule ranges allow sctp from 10.0.0.5-10.0.0.9 port 1024-65535 to any port { 36412, 38412 };
        rule comment allow esp note "*/ what */ now";
        default deny;
    }
}
