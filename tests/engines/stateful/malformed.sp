# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# malformed.pcap: GRE that ends before its header does, which is let in here, and an ICMP error that quotes it. What is
# malformed begins no connection, though its addresses could be read.
policy not-a-packet {
    states { max 100; }
    ingress on wire {
        rule known deny state established, related;
        default allow;
        malformed allow;
    }
}
