# Numbers, addresses, dates, rates, strings that are none.
policy edge {
    net a = { 10.0.0.300, 010.0.0.1, 10.0.0, 1:2:3, 2001:db8::g, fe80::1%eth0, 10.0.0.0/33, ::/129, 10.0.0.x };
    port b = { 0x50, 80_, 1__0, 99999999999999999999, 5x };
    set c : addr max 10 max 20 timeout 10m timeout 5m from "a" from "b";
    set d : addr . addr . addr . addr . addr;
    budget { memory 5mbit; insns 5kbyte; }
    ingress on up {
        rule a allow expires 2027-02-29;
        rule b allow expires 27-1-1;
        rule c allow expires 1969-01-01;
        rule d rate-limit 10/fortnight;
        rule e rate-limit 10/s burst 1mbyte per src/33;
        rule f rate-limit 10mbit/s burst 1mbit per src/24/129 burst 5;
        rule g sample 5/100;
        rule h sample 1/0;
        rule i allow note "tab	inside";
        rule j allow note "back\slash";
        rule k allow note "no end;
        rule l allow port 80-;
        rule m allow add src to @c for 5y;
        rule n allow add src to @c for 999999999d;
        rule o allow icmp code 0;
        rule p deny icmp6 code 1 ttl 255;
        default deny;
    }
    assert q deny in ingress icmp4 code 1;
}
