# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy values {
    net host-bits = { 10.0.0.1/8, 2001:db8::1/32 };
    net too-long = { 10.0.0.0/33, 2001:db8::/129 };
    net reversed = 10.0.0.9-10.0.0.1;
    net mixed = 10.0.0.1-2001:db8::1;
    net listed = { 10.0.0.0/8, not 10.1.0.0/16 };
    set no-max : addr;
    set zero : addr max 0;
    set huge : addr max 9_999_999_999;
    set ports : port max 10;
    service gre-port = gre/80;

    ingress on any {
        rule port allow tcp port 65536;
        rule ports allow tcp port 1024-80;
        rule vlan allow vlan 4096;
        rule dscp allow dscp 64;
        rule ttl allow ttl 256;
        rule proto allow proto 256;
        rule type allow icmp 256;
        rule length allow length 4294967296;
        rule flags allow tcp flags syn,fin/syn;
        rule mask allow tcp flags none/none;
        rule set allow tcp from @ports;
        rule rate rate-limit 0/s;
        rule burst rate-limit 1/s burst 0;
        rule keys rate-limit 1/s per src, src;
        rule key rate-limit 1/s per src/56;
        rule key6 rate-limit 1/s per src/24/129;
        rule sampled sample 1/0;
        rule sampled-too allow sample 1/4294967296;
        rule not-limit allow else deny;
        rule twice allow log log detect a detect b owner "a" owner "b";
        rule later allow overrides latest;
        rule latest allow lint-off dead-rul "x";
        default deny;
    }
    budget { insns 350_001; memory 0; }
}
