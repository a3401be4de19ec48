# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Every clause that looks at a packet, in each of its forms.
policy clauses {
    net self = { 192.0.2.10, 2001:db8::10 };
    port web = { 80, 443, 8080-8090 };
    port all-web = { web, 8443, http };

    ingress on any {
        rule everything sample 1/10;
        rule p-tcp allow tcp;
        rule p-number allow proto 89;
        rule p-word allow proto ospf;
        rule p-list allow proto { tcp, udp, 47, 50-51 };
        rule p-not allow proto not tcp;
        rule p-not-list allow proto not { tcp, udp };
        rule p-all allow proto 0-255;
        rule f-address allow from 192.0.2.1;
        rule f-prefix allow from 192.0.2.0/24;
        rule f-range allow from 192.0.2.5-192.0.2.9;
        rule f-port allow from port 53;
        rule f-both allow udp from 192.0.2.0/24 port { ntp, domain } to self port 1024-65535;
        rule t-name allow to self;
        rule port-implied allow port 22;
        rule port-word allow tcp port https;
        rule port-name allow tcp port web;
        rule port-nested allow tcp port all-web;
        rule port-not allow tcp port not { 22, 80 };
        rule port-any allow port 0-65535;
        rule port-lists allow proto { tcp, gre } port 80;
        rule flags-set allow flags syn;
        rule flags-mask allow tcp flags syn/syn,ack;
        rule flags-none allow tcp flags none;
        rule flags-none-of allow tcp flags none/fin,rst;
        rule flags-all allow tcp flags all;
        rule flags-all-of allow tcp flags syn,ack/all;
        rule vlan-one allow vlan 10;
        rule vlan-list allow vlan { 10-19, 30 };
        rule vlan-not allow vlan not 10;
        rule vlan-any allow vlan 0-4095;
        rule dscp-word allow dscp ef;
        rule dscp-list allow dscp { cs1, af11, 46, 60-63 };
        rule ttl allow ttl 255;
        rule ttl-not allow ttl not 1-254;
        rule ttl-any allow ttl 0-255;
        rule length allow length 1500-4294967295;
        rule later allow fragment;
        rule first allow tcp fragment first port 80;
        rule v4 allow ip4;
        rule v6 allow ip6 udp;
        default deny;
    }
}
