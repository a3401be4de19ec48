policy actions {
    owner "netops \"core\" \\ team";
    strict;
    budget {
        insns 100000;
        memory 64mbyte;
    }
    lint dead-rule warning;
    lint redundant-rule off;
    lint crossing-rules note;
    set bad : addr max 1000 timeout 90s;

    ingress on a, b via tc {
        rule r1 rate-limit 200/s;
        rule r2 rate-limit 20_000/m burst 40000;
        rule r3 rate-limit 1/h per src;
        rule r4 rate-limit 10mbit/s burst 1500000 per dst;
        rule r5 rate-limit 1500kbyte/s per flow;
        rule r6 rate-limit 1500byte/s burst 64kbyte per src/24;
        rule r7 rate-limit 10/s per src/24/64, port burst 5;
        rule r8 rate-limit 10/s per src, dst/16 tcp port 22 else reject;
        rule r9 sample 1/1_000_000 udp;
        rule r10 allow log;
        rule r11 allow sample 1/100 log count;
        rule r12 deny add src to @bad for 500ms add dst to @bad for 3600s add src to @bad for 48h;
        rule r13 allow note "why" owner "me" expires 2027-12-31 ticket "A-1" tcp;
        rule r14 allow overrides r10 lint-off dead-rule "an example";
        rule r15 deny log to 10.0.0.1 count port 22;
        rule r16 deny to 10.0.0.1 log from 10.0.0.2 sample 1/1 port 23;
        rule r17 rate-limit 5/m log add src to @bad detect port-scan else reject;
        rule r18 deny count detect flood icmp;
        default deny;
    }

    egress on any {
        default allow;
    }
}
