# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy actions {
    owner "netops";
    strict;
    budget { insns 20_000; memory 1mbyte; }
    lint dead-rule warning;
    lint crossing-rules off;
    set s : addr max 10;

    ingress on uplink {
        rule one allow from 10.0.0.1 log sample 1/10 count owner "me" ticket "T-1" note "n" expires 2030-01-31;
        rule two deny from 10.0.0.0/8 overrides one lint-off dead-rule "known" lint-off redundant-rule "also";
        rule three reject tcp;
        rule four sample 1/4294967295 udp;
        rule five rate-limit 30/m;
        rule six rate-limit 1/h per src/24/64, dst, port else allow;
        rule seven rate-limit 10mbit/s per flow;
        rule eight rate-limit 1mbyte/s burst 64kbyte per src;
        rule nine rate-limit 30/m per src icmp else reject detect ping-flood;
        rule ten sample 1/1 sctp detect deny log;
        default deny;
    }
}
