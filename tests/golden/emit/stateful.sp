# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What is kept between packets: connections, sets of every kind, limits with every kind of key, samples by flow.
policy stateful {
    states { max 1000; loose; tcp established 1h; }
    seed 7;
    set blocked : net max 100_000 from "lists/blocked.txt";
    set abusers : addr max 1000 timeout 10m;
    set clients : addr . port . proto max 100 timeout 1m;
    ingress on uplink {
        rule blocked   deny        from @blocked or @abusers;
        rule back      allow       state established, related;
        rule syns      rate-limit  200/s burst 400 per src/24  tcp flags syn/syn,ack  else deny add src to @abusers;
        rule scans     rate-limit  20/m distinct dst per src, port max 5000  tcp  else reject log;
        rule bytes     rate-limit  10mbit/s per flow  udp;
        rule pair      rate-limit  5/s per src, dst  icmp;
        rule total     rate-limit  1000/s  sctp;
        rule known     allow       from @clients to not @blocked state new;
        rule watch     sample flow 1/1000  udp  add dst to @abusers for 5s;
        default deny;
    }
}
