# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# All that is counted beside the rules, with all that a packet may meet before: verdicts are what they are without.
policy account {
    interface wire = "eth0";
    set seen : addr max 100 timeout 5s;
    account {
        traffic;
        flows max 1024;
    }

    ingress on wire {
        rule known allow state established;
        rule web allow tcp port { 80, 443 } flags syn/syn,ack log;
        rule scan deny tcp flags fin,syn/fin,syn add src to @seen;
        rule again deny from @seen;
        rule dns rate-limit 1/m burst 2 per src udp port 53 else reject;
        rule dns-ok allow udp port 53;
        rule tagged deny vlan 7 udp;
        rule ping allow icmp echo-request;
        rule tunnel allow proto { gre, esp, ah };
        rule watch sample 1/2 udp port 1000-2000;
        rule rest reject udp port 1000-2000;
        default deny;
    }
    egress on wire {
        rule answers allow state established;
        rule out allow tcp to any port 443;
        rule mail reject tcp port 25;
        default deny;
    }

    test "rules decide, in both versions" in ingress {
        packet tcp 192.0.2.1:4000 > 192.0.2.2:80 syn expect allow by web;
        packet tcp [2001:db8::1]:4000 > [2001:db8::2]:443 syn expect allow by web;
        packet tcp 192.0.2.3:4000 > 192.0.2.2:9 syn,fin expect deny by scan;
        packet udp 192.0.2.3:4000 > 192.0.2.2:53 expect deny by again;
        packet udp 192.0.2.4:4000 > 192.0.2.2:53 expect allow by dns-ok;
        packet udp 192.0.2.4:4000 > 192.0.2.2:53 expect allow by dns-ok;
        packet udp 192.0.2.4:4000 > 192.0.2.2:53 expect reject by dns;
        packet udp 192.0.2.5:4000 > 192.0.2.2:90 vlan=7 expect deny by tagged;
        packet icmp 192.0.2.5 > 192.0.2.2 type=echo-request expect allow by ping;
        packet icmp6 2001:db8::1 > 2001:db8::2 type=echo-request expect allow by ping;
        packet gre 192.0.2.5 > 192.0.2.2 expect allow by tunnel;
        packet udp 192.0.2.5:4000 > 192.0.2.2:1500 expect reject by rest;
        packet arp expect allow;
        packet tcp 192.0.2.5:4000 > 192.0.2.2:81 syn expect deny by default;
    }
    test "on the way out" in egress {
        packet tcp 192.0.2.2:4000 > 192.0.2.1:443 syn expect allow by out;
        packet tcp [2001:db8::2]:4000 > [2001:db8::1]:25 syn expect reject by mail;
        packet udp 192.0.2.2:4000 > 192.0.2.1:53 expect deny by default;
    }
}
