# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The nftables matches of VLAN tags that the language can say. The note of each rule names what it stands for;
# docs/nftables-catalogue.md lists them all. Every rule has a test: packets on its boundaries, which it decides, and
# packets just outside, which go past it. So that no rule hides another they are spread over blocks, which also
# exercises both hooks.

policy nft-vlan {
    owner "tests";

    ingress on lane-1 {
        rule vlan-id-4094 allow vlan 4094 note "vlan id 4094; ether type vlan vlan id 4094";
        rule vlan-id-0 allow vlan 0 note "vlan id 0; ether type vlan vlan id 0";
        rule vlan-id-2 allow vlan 2 note "vlan id 2; ether type vlan vlan id 2";
        default deny;
    }

    egress on lane-2 {
        rule vlan-id-1 allow vlan 1 note "vlan id 1";
        rule vlan-id-4094-tcp-dport-22 allow vlan 4094 tcp port 22 note "vlan id 4094 tcp dport 22";
        default deny;
    }

    ingress on lane-3 {
        rule vlan-id-1-2-4-100-4095 allow vlan { 1, 2, 4, 100, 4095 }
                note "vlan id { 1, 2, 4, 100, 4095 }";
        default deny;
    }

    egress on lane-4 {
        rule vlan-id-not-100 allow vlan not 100 note "vlan id != 100";
        default deny;
    }

    ingress on lane-5 {
        rule vlan-id-1-100 allow vlan 1-100 note "vlan id 1-100";
        default deny;
    }

    egress on lane-6 {
        rule vlan-id-1-ip-saddr-10-0-0-1 allow vlan 1 from 10.0.0.1
                note "vlan id 1 ip saddr 10.0.0.1";
        rule vlan-id-1-ip-saddr-10-0-0-0-23-udp-dport-53 allow vlan 1 udp from 10.0.0.0/23
                to any port 53
                note "vlan id 1 ip saddr 10.0.0.0/23 udp dport 53; ether type vlan vlan id 1 ip saddr 10.0.0.0/23 udp dport 53";
        rule ether-type-vlan-ip-protocol-1 allow vlan 0-4095 ip4 proto icmp
                note "ether type vlan ip protocol 1";
        default deny;
    }

    ingress on lane-7 {
        rule vlan-id-1-ip-saddr-10-0-0-0-23 allow vlan 1 from 10.0.0.0/23
                note "vlan id 1 ip saddr 10.0.0.0/23";
        rule ether-type-8021ad-vlan-id-1-ip-protocol-6 allow vlan 1 ip4 tcp
                note "ether type 8021ad vlan id 1 ip protocol 6";
        default deny;
    }

    egress on lane-8 {
        rule ether-type-vlan allow vlan 0-4095 note "ether type vlan; ether type 8021q";
        default deny;
    }

    test "vlan id 4094" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=4094 expect allow by vlan-id-4094;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 vlan=4094 expect allow by vlan-id-4094;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=4094.7 expect allow by vlan-id-4094;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=4093 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=4095 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=4093.4094 expect deny by default;
    }

    test "vlan id 0" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=0 expect allow by vlan-id-0;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 vlan=0 expect allow by vlan-id-0;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=0.7 expect allow by vlan-id-0;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=1 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=1.0 expect deny by default;
    }

    test "vlan id 1" in egress on lane-2 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=1 expect allow by vlan-id-1;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 vlan=1 expect allow by vlan-id-1;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=1.7 expect allow by vlan-id-1;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=0 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=2 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=0.1 expect deny by default;
    }

    test "vlan id 2" in ingress on lane-1 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=2 expect allow by vlan-id-2;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 vlan=2 expect allow by vlan-id-2;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=2.7 expect allow by vlan-id-2;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=1 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=3 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=1.2 expect deny by default;
    }

    test "vlan id { 1, 2, 4, 100, 4095 }" in ingress on lane-3 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=1 expect allow by vlan-id-1-2-4-100-4095;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=2 expect allow by vlan-id-1-2-4-100-4095;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=4 expect allow by vlan-id-1-2-4-100-4095;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=100 expect allow by vlan-id-1-2-4-100-4095;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=4095
                expect allow by vlan-id-1-2-4-100-4095;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 vlan=1
                expect allow by vlan-id-1-2-4-100-4095;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=1.7 expect allow by vlan-id-1-2-4-100-4095;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=0 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=3 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=5 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=99 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=101 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=4094 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=0.1 expect deny by default;
    }

    test "vlan id != 100" in egress on lane-4 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=99 expect allow by vlan-id-not-100;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=101 expect allow by vlan-id-not-100;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=0 expect allow by vlan-id-not-100;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=4095 expect allow by vlan-id-not-100;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 vlan=99 expect allow by vlan-id-not-100;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=99.7 expect allow by vlan-id-not-100;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=100 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=100.99 expect deny by default;
    }

    test "vlan id 1-100" in ingress on lane-5 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=1 expect allow by vlan-id-1-100;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=100 expect allow by vlan-id-1-100;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 vlan=1 expect allow by vlan-id-1-100;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=1.7 expect allow by vlan-id-1-100;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=0 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=101 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=0.1 expect deny by default;
    }

    test "vlan id 4094 tcp dport 22" in egress on lane-2 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn vlan=4094
                expect allow by vlan-id-4094-tcp-dport-22;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:22 syn vlan=4094
                expect allow by vlan-id-4094-tcp-dport-22;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn vlan=4094.1
                expect allow by vlan-id-4094-tcp-dport-22;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn vlan=4093 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn vlan=4095 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:21 syn vlan=4094 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:23 syn vlan=4094 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:22 vlan=4094 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:22 syn expect deny by default;
    }

    test "vlan id 1 ip saddr 10.0.0.1" in egress on lane-6 {
        packet udp 10.0.0.1:40000 > 198.51.100.1:9 vlan=1
                expect allow by vlan-id-1-ip-saddr-10-0-0-1;
        packet udp 10.0.0.0:40000 > 198.51.100.1:9 vlan=1 expect deny by default;
        packet udp 10.0.0.2:40000 > 198.51.100.1:9 vlan=1 expect deny by default;
        packet udp 10.0.0.1:40000 > 198.51.100.1:9 vlan=0 expect deny by default;
        packet udp 10.0.0.1:40000 > 198.51.100.1:9 vlan=2 expect deny by default;
        packet udp 10.0.0.1:40000 > 198.51.100.1:9 expect deny by default;
        packet udp [2001:db8::1]:40000 > [2001:db8::2]:9 vlan=1 expect deny by default;
    }

    test "vlan id 1 ip saddr 10.0.0.0/23" in ingress on lane-7 {
        packet udp 10.0.0.0:40000 > 198.51.100.1:9 vlan=1
                expect allow by vlan-id-1-ip-saddr-10-0-0-0-23;
        packet udp 10.0.1.255:40000 > 198.51.100.1:9 vlan=1
                expect allow by vlan-id-1-ip-saddr-10-0-0-0-23;
        packet udp 9.255.255.255:40000 > 198.51.100.1:9 vlan=1 expect deny by default;
        packet udp 10.0.2.0:40000 > 198.51.100.1:9 vlan=1 expect deny by default;
        packet udp 10.0.0.0:40000 > 198.51.100.1:9 vlan=2 expect deny by default;
        packet udp 10.0.0.0:40000 > 198.51.100.1:9 expect deny by default;
    }

    test "vlan id 1 ip saddr 10.0.0.0/23 udp dport 53" in egress on lane-6 {
        packet udp 10.0.0.0:40000 > 198.51.100.1:53 vlan=1
                expect allow by vlan-id-1-ip-saddr-10-0-0-0-23-udp-dport-53;
        packet udp 10.0.1.255:40000 > 198.51.100.1:53 vlan=1
                expect allow by vlan-id-1-ip-saddr-10-0-0-0-23-udp-dport-53;
        packet udp 10.0.2.0:40000 > 198.51.100.1:53 vlan=1 expect deny by default;
        packet udp 10.0.0.0:40000 > 198.51.100.1:52 vlan=1 expect deny by default;
        packet udp 10.0.0.0:40000 > 198.51.100.1:54 vlan=1 expect deny by default;
        packet tcp 10.0.0.0:40000 > 198.51.100.1:53 syn vlan=1 expect deny by default;
        packet udp 10.0.0.0:40000 > 198.51.100.1:53 vlan=2 expect deny by default;
        packet udp 10.0.0.0:40000 > 198.51.100.1:53 expect deny by default;
    }

    test "ether type vlan ip protocol 1" in egress on lane-6 {
        packet icmp 192.0.2.1 > 198.51.100.1 echo-request vlan=0
                expect allow by ether-type-vlan-ip-protocol-1;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-request vlan=4095
                expect allow by ether-type-vlan-ip-protocol-1;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-request vlan=1.2
                expect allow by ether-type-vlan-ip-protocol-1;
        packet icmp 192.0.2.1 > 198.51.100.1 echo-request expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=1 expect deny by default;
        packet icmp6 2001:db8::1 > 2001:db8::2 echo-request vlan=1 expect deny by default;
    }

    test "ether type 8021ad vlan id 1 ip protocol 6" in ingress on lane-7 {
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn vlan=1
                expect allow by ether-type-8021ad-vlan-id-1-ip-protocol-6;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn vlan=1.2
                expect allow by ether-type-8021ad-vlan-id-1-ip-protocol-6;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn vlan=2 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn vlan=2.1 expect deny by default;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=1 expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn vlan=1 expect deny by default;
        packet tcp 192.0.2.1:40000 > 198.51.100.1:9 syn expect deny by default;
    }

    test "ether type vlan" in egress on lane-8 {
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=0 expect allow by ether-type-vlan;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 vlan=4095 expect allow by ether-type-vlan;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn vlan=1 expect allow by ether-type-vlan;
        packet udp 192.0.2.1:40000 > 198.51.100.1:9 expect deny by default;
        packet tcp [2001:db8::1]:40000 > [2001:db8::2]:9 syn expect deny by default;
    }
}
