# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# For random packets: rates by every kind of key and unit, different ports and addresses, samples of flows.
policy limits {
    seed 12345678901234;
    ingress on wire {
        rule watch sample flow 1/3 udp;
        rule ports rate-limit 2/h distinct port per src tcp flags syn/syn,ack;
        rule hosts rate-limit 1/m distinct dst per src, port udp else reject;
        rule sources rate-limit 2/m distinct src per dst icmp;
        rule nets rate-limit 3/s burst 4 per src/24/64 tcp;
        rule pairs rate-limit 1/s per src, dst udp;
        rule flows rate-limit 2/m per flow proto 47;
        rule services rate-limit 5/s per port tcp;
        rule by-dst rate-limit 800bit/s burst 300byte per dst/31/127 sctp else reject;
        rule bytes rate-limit 1kbyte/m burst 500byte per src proto 50;
        rule total rate-limit 7/s burst 9 icmp;
        rule third rate-limit 3/s burst 3 tcp else deny log;
        default allow;
    }
}
