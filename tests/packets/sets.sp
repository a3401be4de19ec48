# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Sets that change at run time: every type and way of keeping, both ends, both IP versions, times, and rules that add.
policy sets {
    set nets     : net  max 100;
    set hosts    : addr max 100;
    set timed    : addr max 100  timeout 10s;
    set penalty  : addr max 100  timeout 1m;
    set met      : addr max 100;
    set doors    : addr . port max 100;
    set clients  : addr . port . proto max 100  timeout 5s;
    set talkers  : addr . proto max 100;

    ingress on wire {
        rule penalty  deny   from @penalty;
        rule flood    rate-limit 2/h burst 2 per src  tcp port 9  else deny add src to @penalty for 30s add dst to @met;
        rule trap     deny   tcp port 23  add src to @penalty;
        rule met      reject to @met;
        rule inside   allow  from @nets to @nets  log;
        rule nets     allow  from @nets or @hosts to not @nets;
        rule timed    allow  to @timed;
        rule doors    allow  to @doors;
        rule clients  reject from @clients;
        rule talkers  allow  from @talkers and not @hosts;
        rule knock    sample 1/1  udp port 7000  add src to @talkers;
        rule ok       allow  tcp port 9;
        default deny;
    }

    test "prefixes, of both ends" in ingress {
        add 10.0.0.0/8 to @nets;
        add 192.0.2.128/25 to @nets;
        add fd00::/16 to @nets;
        add 203.0.113.7/32 to @nets;
        packet udp 10.255.255.255:1 > 192.0.2.128:1 expect allow by inside;
        packet udp 10.0.0.0:1 > 192.0.2.127:1 expect allow by nets;
        packet udp 11.0.0.0:1 > 192.0.2.128:1 expect deny by default;
        packet udp 9.255.255.255:1 > 192.0.2.128:1 expect deny by default;
        packet udp 203.0.113.7:1 > 203.0.113.8:1 expect allow by nets;
        packet udp 203.0.113.6:1 > 203.0.113.8:1 expect deny by default;
        packet udp [fd00:ffff::1]:1 > [fd01::1]:1 expect allow by nets;
        packet udp [fd00::1]:1 > [fd00:2::1]:1 expect allow by inside;
        packet udp [fd01::1]:1 > [fd00::1]:1 expect deny by default;
    }
    test "the whole of a version, and one address of 128 bits" in ingress {
        add 0.0.0.0/0 to @nets;
        add 2001:db8::1/128 to @nets;
        packet udp 255.255.255.255:1 > 0.0.0.0:1 expect allow by inside;
        packet udp [2001:db8::1]:1 > [2001:db8::2]:1 expect allow by nets;
        packet udp [2001:db8::2]:1 > [2001:db8::1]:1 expect deny by default;
    }
    test "many lengths" in ingress {
        add 1.0.0.0/9 to @nets;
        add 2.0.0.0/10 to @nets;
        add 3.0.0.0/11 to @nets;
        add 4.0.0.0/31 to @nets;
        add 2001::/33 to @nets;
        add 2002::/64 to @nets;
        add 2003::/65 to @nets;
        add 2004::/127 to @nets;
        packet udp 1.127.0.1:1 > 9.9.9.9:1 expect allow by nets;
        packet udp 1.128.0.1:1 > 9.9.9.9:1 expect deny by default;
        packet udp 2.63.0.1:1 > 9.9.9.9:1 expect allow by nets;
        packet udp 2.64.0.1:1 > 9.9.9.9:1 expect deny by default;
        packet udp 3.31.0.1:1 > 9.9.9.9:1 expect allow by nets;
        packet udp 4.0.0.1:1 > 9.9.9.9:1 expect allow by nets;
        packet udp 4.0.0.2:1 > 9.9.9.9:1 expect deny by default;
        packet udp [2001:0:7fff::1]:1 > [9::9]:1 expect allow by nets;
        packet udp [2001:0:8000::1]:1 > [9::9]:1 expect deny by default;
        packet udp [2002::ffff:0:0:1]:1 > [9::9]:1 expect allow by nets;
        packet udp [2002:0:0:1::1]:1 > [9::9]:1 expect deny by default;
        packet udp [2003::7fff:0:0:1]:1 > [9::9]:1 expect allow by nets;
        packet udp [2003::8000:0:0:1]:1 > [9::9]:1 expect deny by default;
        packet udp [2004::1]:1 > [9::9]:1 expect allow by nets;
        packet udp [2004::2]:1 > [9::9]:1 expect deny by default;
    }
    test "what is in none, and the next test does not know of this one" in ingress {
        packet udp 10.0.0.1:1 > 192.0.2.128:1 expect deny by default;
        add 10.0.0.1 to @hosts;
        packet udp 10.0.0.1:1 > 192.0.2.128:1 expect allow by nets;
    }
    test "for ten seconds, or as long as is said" in ingress {
        add 10.0.0.1 to @timed;
        add fd00::1 to @timed for 3s;
        packet udp 10.0.0.9:1 > 10.0.0.1:1 expect allow by timed;
        packet udp [fd00::9]:1 > [fd00::1]:1 expect allow by timed;
        wait 2999ms;
        packet udp [fd00::9]:1 > [fd00::1]:1 expect allow by timed;
        wait 1ms;
        packet udp [fd00::9]:1 > [fd00::1]:1 expect deny by default;
        wait 6999ms;
        packet udp 10.0.0.9:1 > 10.0.0.1:1 expect allow by timed;
        wait 1ms;
        packet udp 10.0.0.9:1 > 10.0.0.1:1 expect deny by default;
    }
    test "a time is prolonged, never shortened" in ingress {
        add 10.0.0.1 to @timed for 8s;
        add 10.0.0.1 to @timed for 2s;
        wait 5s;
        packet udp 10.0.0.9:1 > 10.0.0.1:1 expect allow by timed;
        add 10.0.0.1 to @timed for 9s;
        wait 8s;
        packet udp 10.0.0.9:1 > 10.0.0.1:1 expect allow by timed;
        wait 1s;
        packet udp 10.0.0.9:1 > 10.0.0.1:1 expect deny by default;
    }
    test "who exceeds is blocked for half a minute; where to, is remembered" in ingress {
        packet tcp 10.0.0.1:4000 > 10.0.0.2:9 syn expect allow by ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:9 syn expect allow by ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:9 syn expect deny by flood;
        packet tcp 10.0.0.1:4000 > 10.0.0.3:9 syn expect deny by penalty;
        packet udp 10.0.0.8:4000 > 10.0.0.2:9 expect reject by met;
        wait 29999ms;
        packet udp 10.0.0.1:4000 > 10.0.0.3:1 expect deny by penalty;
        wait 1ms;
        packet udp 10.0.0.1:4000 > 10.0.0.3:1 expect deny by default;
    }
    test "the set's own time, where the rule says none" in ingress {
        packet tcp [fd00::1]:4000 > [fd00::2]:23 syn expect deny by trap;
        packet tcp [fd00::1]:4000 > [fd00::2]:9 syn expect deny by penalty;
        wait 1m;
        packet tcp [fd00::1]:4000 > [fd00::2]:9 syn expect allow by ok;
    }
    test "address and port" in ingress {
        add 10.0.0.1 port 80 to @doors;
        packet tcp 10.0.0.9:4000 > 10.0.0.1:80 syn expect allow by doors;
        packet udp 10.0.0.9:4000 > 10.0.0.1:80 expect allow by doors;
        packet tcp 10.0.0.9:4000 > 10.0.0.1:81 syn expect deny by default;
        packet tcp 10.0.0.1:80 > 10.0.0.9:81 syn expect deny by default;
        packet icmp 10.0.0.9 > 10.0.0.1 echo-request expect deny by default;
        packet udp 10.0.0.9 > 10.0.0.1 frag=later expect deny by default;
    }
    test "address, port and protocol, of the other end" in ingress {
        add fd00::1 port 53 proto udp to @clients;
        packet udp [fd00::1]:53 > [fd00::2]:4000 expect reject by clients;
        packet tcp [fd00::1]:53 > [fd00::2]:4000 ack expect deny by default;
        packet udp [fd00::2]:4000 > [fd00::1]:53 expect deny by default;
        wait 5s;
        packet udp [fd00::1]:53 > [fd00::2]:4000 expect deny by default;
    }
    test "a rule that only looks may add, too, and the packet itself does not see it" in ingress {
        packet udp 10.0.0.1:4000 > 10.0.0.2:7000 expect deny by default;
        packet udp 10.0.0.1:4000 > 10.0.0.2:1 expect allow by talkers;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:1 syn expect deny by default;
        wait 1d;
        packet udp 10.0.0.1:4000 > 10.0.0.2:1 expect allow by talkers;
        add 10.0.0.1 to @hosts;
        packet udp 10.0.0.1:4000 > 10.0.0.2:1 expect allow by nets;
    }
}
