# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# For random packets: sets of all types and kinds, asked about both ends, added to by rules.
policy sets {
    set nets : net max 100;
    set hosts : addr max 100;
    set guests : addr max 100 timeout 5s;
    set penalty : addr max 100_000 timeout 2s;
    set ends : addr . port max 100;
    set services : addr . port . proto max 100 timeout 1m;
    set seen : addr . proto max 100_000 timeout 500ms;
    ingress on wire {
        rule penalty deny from @penalty;
        rule flood rate-limit 2/s burst 3 per src tcp flags syn/syn,ack else deny
                add src to @penalty add dst to @seen for 1s;
        rule within allow from @nets to @nets;
        rule services allow to @services;
        rule ends reject from @ends;
        rule guests allow from @guests and not @hosts add src to @seen;
        rule hosts allow from @hosts or @nets to not @hosts;
        rule again deny to @seen log;
        rule outside allow udp from not @nets add src to @penalty for 100ms;
        default deny;
    }
}
