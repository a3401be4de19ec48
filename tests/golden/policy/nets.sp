# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Declarations: in any order, of each other, from files; one set of ranges at the end.
include "lists/names.sp";
policy nets {
    net later-used = { outer, 10.0.0.0/9 };
    net outer = { inner, 10.128.0.0/9 };
    net inner = 192.0.2.0-192.0.2.127;
    net alias = inner;
    net martians = file "lists/martians.txt";
    net martians-again = file "lists/martians.txt";
    net public = not martians;
    net guests = office and not 10.1.128.0/17;
    net merged = { 10.0.0.0/24, 10.0.1.0/24, 10.0.0.7, 10.0.1.255-10.0.2.3, 10.0.2.4/30 };
    net top = { 255.255.255.255, 255.255.255.254, ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff,
                ffff:ffff:ffff:ffff:ffff:ffff:ffff:fffe };
    net unused = 203.0.113.0/24;
    port unused-port = 1;
    service unused-service = tcp/1;
    group unused-group = label app=web;
    # A declared name comes before IANA's.
    port ssh = { 22, 2222 };

    ingress on uplink, lab {
        rule a allow tcp from martians to alias port ssh;
        rule b allow from { martians, 10.0.0.0/8 };
        rule c allow from { alias };
        rule d allow tcp port admin from public;
        default deny;
    }
}
