# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy unknown-names {
    interface uplink = "eth0";
    net mgmt = { 10.20.0.0/16, maintenence };
    net maintenance = 10.30.0.0/16;
    port web = { 80, htpps };
    service dns = { udp/53, tcp/53 };
    set bogons : net max 10;
    group servers = label app=web;

    ingress on uplink {
        rule a allow from mgnt;
        rule b allow from dns;
        rule c allow from bogons;
        rule d allow service mgmt;
        rule e allow from @bogus;
        rule f allow from @mgmt;
        rule g allow tcp port mgmt;
        rule h allow icmp echo-requets;
        rule i allow state establishd;
        rule j allow dscp eff;
        rule k allow proto { tcp, ospff };
        rule l allow icmp4 packet-too-big;
        rule m allow icmp6 destination-unreachable code frag-needed;
        rule n allow from group server;
        rule o allow from group servers;
        rule p allow service dnss;
        rule q allow tcp add src to @bogonss;
        rule r allow vlan mgmt;
        rule s allow from servers;
        default deny;
    }
    test "x" in ingress on uplnk {
        packet tcp 10.0.0.1:1 > 10.0.0.2:htttp expect deny;
    }
    lint dead-rul off;
    lint dead-rule warnin;
}
