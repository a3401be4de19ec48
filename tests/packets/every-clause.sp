# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Every stateless clause and modifier at least once, in both directions: captures are replayed through it in all engines.

policy every-clause {
    owner "tests";
    on-failure deny;

    interface lan = "eth0";

    net private = { 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16, fc00::/7 };
    net local = { fe80::/10, 169.254.0.0/16, 127.0.0.0/8, ::1 };
    net servers = { 192.168.1.1-192.168.1.99, 10.1.1.0/24, 2001:db8::/32 };
    net outside = { not private };
    net listed = file "lists/listed.txt";
    port web = { 80, 443, 8000-8090 };
    service names = { udp/53, tcp/53, udp/5353 };
    service pings = { icmp/echo-request, icmp/echo-reply };

    ingress on lan {
        rule listed deny from listed;
        rule watch-all sample 1/7 proto { 0-255 };
        rule second-parts deny fragment log;
        rule first-parts allow fragment first udp;
        rule tagged allow vlan 1-99 tcp port web;
        rule tagged-rest deny vlan not { 1-99, 200 } ip4;
        rule null-scan deny tcp flags none/all detect null-scan;
        rule xmas deny tcp flags fin,psh,urg/fin,psh,urg;
        rule syn-fin reject tcp flags syn,fin/syn,fin;
        rule new-web allow tcp from outside to any port web flags syn/syn,ack;
        rule more-web allow tcp port web flags ack log sample 1/100;
        rule web-replies allow tcp from any port web;
        rule ssh allow tcp from private and not 10.9.0.0/16 to servers port ssh note "management";
        rule names allow service names count;
        rule names-back allow udp from any port 53 to any port 1024-65535;
        rule pings allow service pings;
        rule unreachable allow icmp4 destination-unreachable code 4;
        rule big allow icmp6 packet-too-big;
        rule discovery allow icmp6 { 133-137 } ttl 255;
        rule other-icmp4 deny icmp4 length 1000-65535;
        rule other-icmp6 reject icmp6 from not local;
        rule expedited allow udp dscp ef;
        rule marked deny dscp not { 0, 8-15 } ip6;
        rule dying deny ttl 0-1;
        rule sctp allow sctp port 36412 owner "core" ticket "T-1";
        rule tunnels deny gre;
        rule ipsec allow esp from local or servers;
        rule odd allow proto { 2, 103, 88 };
        rule any-port reject port 0;
        rule low allow ip6 udp from { fe80::/10, ff00::/8 } length 40-400;
        rule range allow ip4 from 1.0.0.0-9.255.255.255 to not { 224.0.0.0/4, 255.255.255.255 } expires 2099-12-31;
        default deny;
        non-ip allow;
        malformed deny;
    }

    egress on lan {
        rule out-names allow service names;
        rule out-mail reject tcp port { smtp, 465, 587 } log;
        rule out-fragments allow fragment;
        rule out-syn allow tcp flags syn/syn,ack from private;
        rule out-syn6 deny tcp flags syn/syn,ack ip6;
        rule out-tagged deny vlan 200;
        rule out-pings allow icmp;
        rule out-short deny length 0-40;
        default allow;
        non-ip deny;
        malformed allow;
    }
}
