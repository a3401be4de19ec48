# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Both ends of reflection and amplification: answers to questions that nobody
# here has asked, and our own servers abused to answer forged questions.

policy detect-amplification {
    owner "netops";

    interface uplink = "eth0";

    # chargen, quotd, DNS, TFTP, portmapper, NTP, NetBIOS, SNMP, CLDAP, RIP, SSDP, memcached.
    port reflectors = { 17, 19, 53, 69, 111, 123, 137, 161, 389, 520, 1900, 11211 };
    net servers = { 192.0.2.53, 2001:db8::53 };
    port served = { 53, 123 };  # what we answer for others

    states {
        max 500_000;
        udp opening 10s;
    }

    ingress on uplink {
        # NTP questions have 48 bytes at least; shorter ones ask for monlist and such.
        rule ntp-control4 deny ip4 udp port 123 length 28-75 detect amplifier-abuse sample 1/100;
        rule ntp-control6 deny ip6 udp port 123 length 48-95 detect amplifier-abuse sample 1/100;

        # Asked by us: an answer, up to what a resolver needs.
        rule asked-volume rate-limit 20mbit/s burst 2mbyte per dst udp from any port reflectors
                state established;
        rule asked allow udp from any port reflectors state established;

        # Our servers abused: questions of one network, as the answers go to one victim.
        rule questions rate-limit 50/s burst 100 per src/24/56 udp to servers port served state new
                detect amplifier-abuse;

        # Not asked. NTP peers and broadcasts speak from these ports, too, so a few may.
        rule unasked-size rate-limit 5/s burst 10 per dst udp from any port reflectors
                to any port not served length 512-65535 detect amplification sample 1/100;
        rule unasked rate-limit 10/s burst 20 per dst udp from any port reflectors
                detect amplification sample 1/100;

        # What is left of large answers, and what hosts say about answers not asked for.
        rule fragments rate-limit 50/s burst 100 per dst fragment detect amplification;
        rule backscatter rate-limit 20/s burst 50 per dst icmp destination-unreachable state invalid
                detect backscatter;
        default allow;
    }
    egress on uplink {
        # What our servers send to one victim at most.
        rule answers rate-limit 2mbit/s burst 200kbyte per dst udp from any port served
                detect amplifier-abuse;
        default allow;
    }

    assert no-monlist deny in ingress ip4 udp port 123 length 36;
    assert answers-come-back allow in ingress udp from any port 53 to any port 1024-65535
            state established under limits;
    assert tcp-is-not-meant allow in ingress tcp under limits;

    test "an answer needs a question" in ingress {
        packet udp 192.0.2.10:5000 > 203.0.113.53:53 in egress expect allow by default;
        packet udp 203.0.113.53:53 > 192.0.2.10:5000 length=1200 expect allow by asked;
        packet udp 203.0.113.54:53 > 192.0.2.10:5000 length=100 expect allow by default;
        packet udp [2001:db8::10]:5000 > [2001:db8:f::35]:53 in egress expect allow by default;
        packet udp [2001:db8:f::35]:53 > [2001:db8::10]:5000 expect allow by asked;
    }
    test "ten large answers without a question at once, not more" in ingress {
        packet udp 203.0.113.1:123 > 192.0.2.10:5000 length=468 expect allow by default;
        packet udp 203.0.113.1:53 > 192.0.2.10:5000 length=1400 expect allow by default;
        packet udp 203.0.113.2:53 > 192.0.2.10:5000 length=1400 expect allow by default;
        packet udp 203.0.113.3:53 > 192.0.2.10:5000 length=1400 expect allow by default;
        packet udp 203.0.113.4:161 > 192.0.2.10:5000 length=1400 expect allow by default;
        packet udp 203.0.113.5:389 > 192.0.2.10:5000 length=1400 expect allow by default;
        packet udp 203.0.113.6:1900 > 192.0.2.10:5000 length=1400 expect allow by default;
        packet udp 203.0.113.7:19 > 192.0.2.10:5000 length=1400 expect allow by default;
        packet udp 203.0.113.8:53 > 192.0.2.10:5000 length=1400 expect allow by default;
        packet udp 203.0.113.9:53 > 192.0.2.10:5000 length=1400 expect allow by default;
        packet udp 203.0.113.10:53 > 192.0.2.10:5000 length=1400 expect allow by default;
        packet udp 203.0.113.11:53 > 192.0.2.10:5000 length=1400 expect deny by unasked-size;
        packet udp 203.0.113.11:53 > 192.0.2.11:5000 length=1400 expect allow by default;
        wait 200ms;
        packet udp 203.0.113.11:53 > 192.0.2.10:5000 length=1400 expect allow by default;
    }
    test "questions to us" in ingress {
        packet udp 203.0.113.9:5000 > 192.0.2.53:123 length=36 expect deny by ntp-control4;
        packet udp [2001:db8:f::9]:5000 > [2001:db8::53]:123 length=56 expect deny by ntp-control6;
        packet udp 203.0.113.9:123 > 192.0.2.53:123 length=76 vlan=10 expect allow by default;
        packet udp 203.0.113.9 > 192.0.2.53 frag=later expect allow by default;
        packet udp 203.0.113.9:5000 > 192.0.2.53:53 truncate=30 expect deny by malformed;
        packet arp expect allow by non-ip;
    }
}
