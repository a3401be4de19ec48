# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Who opens too many connections to a login is guessing passwords, and is out
# for ten minutes. Connections are counted, for what is said in them is
# encrypted; a person needs one or two a minute.

policy detect-bruteforce {
    owner "netops";

    interface uplink = "eth0";

    net trusted = { 10.20.0.0/16, fd00:20::/48 };  # scripts and jump hosts log in often

    port shells = { 21-23, 3389, 5900 };  # ftp, ssh, telnet, rdp, vnc
    port mailboxes = { 110, 143, 465, 587, 993, 995 };  # programs log in there, and often
    port logins = { shells, mailboxes };

    set guessers : addr max 100_000 timeout 10m;

    ingress on uplink {
        rule trusted allow from trusted;
        rule guesser deny from @guessers to any port logins sample 1/100;

        # One address: ten at once, then one in six seconds.
        rule guesses rate-limit 10/m burst 10 per src tcp port shells flags syn/fin,syn,rst,ack
                else deny detect password-guessing add src to @guessers;

        rule mail-guesses rate-limit 60/m burst 60 per src tcp port mailboxes
                flags syn/fin,syn,rst,ack else deny detect password-guessing add src to @guessers;

        # The neighbours of a network, taking turns; not blocked, for others live there.
        rule network-guesses rate-limit 120/m burst 120 per src/24/56 tcp port logins
                flags syn/fin,syn,rst,ack detect password-guessing;

        # All the world against one login.
        rule all-guesses rate-limit 300/m burst 300 per dst, port tcp port logins
                flags syn/fin,syn,rst,ack detect password-guessing;
        default allow;
    }

    assert trusted-stay allow in ingress from trusted;
    assert guessers-stay-out deny in ingress tcp from not trusted and @guessers to any port 22;
    assert guessers-may-read allow in ingress tcp from @guessers to any port { 80, 443 };
    assert others-log-in allow in ingress tcp from not @guessers to any port logins under limits;

    test "the eleventh connection in a minute is one too many" in ingress {
        packet tcp 203.0.113.5:40001 > 192.0.2.10:22 syn expect allow by default;
        packet tcp 203.0.113.5:40002 > 192.0.2.10:22 syn expect allow by default;
        packet tcp 203.0.113.5:40003 > 192.0.2.10:22 syn expect allow by default;
        packet tcp 203.0.113.5:40004 > 192.0.2.10:22 syn expect allow by default;
        packet tcp 203.0.113.5:40005 > 192.0.2.10:22 syn expect allow by default;
        packet tcp 203.0.113.5:40006 > 192.0.2.10:22 syn expect allow by default;
        packet tcp 203.0.113.5:40007 > 192.0.2.10:3389 syn expect allow by default;
        packet tcp 203.0.113.5:40008 > 192.0.2.10:22 syn expect allow by default;
        packet tcp 203.0.113.5:40009 > 192.0.2.10:22 syn expect allow by default;
        packet tcp 203.0.113.5:40010 > 192.0.2.10:22 syn expect allow by default;
        packet tcp 203.0.113.5:40011 > 192.0.2.10:22 syn expect deny by guesses;
        packet tcp 203.0.113.5:40001 > 192.0.2.10:22 ack expect deny by guesser;
        packet tcp 203.0.113.5:40012 > 192.0.2.10:443 syn expect allow by default;
        packet tcp 203.0.113.6:40001 > 192.0.2.10:22 syn expect allow by default;
        packet tcp 10.20.1.9:40001 > 192.0.2.10:22 syn expect allow by trusted;
        wait 9m;
        packet tcp 203.0.113.5:40013 > 192.0.2.10:22 syn expect deny by guesser;
        wait 1m;
        packet tcp 203.0.113.5:40014 > 192.0.2.10:22 syn expect allow by default;
    }
    test "one connection in six seconds is no guessing" in ingress {
        packet tcp [2001:db8:f::5]:40001 > [2001:db8::10]:22 syn expect allow by default;
        wait 6s;
        packet tcp [2001:db8:f::5]:40002 > [2001:db8::10]:22 syn expect allow by default;
        packet tcp [2001:db8:f::5]:40001 > [2001:db8::10]:22 ack expect allow by default;
    }
    test "by hand, and what is no login" in ingress {
        add 2001:db8:f::7 to @guessers;
        packet tcp [2001:db8:f::7]:40001 > [2001:db8::10]:22 syn expect deny by guesser;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:22 syn vlan=10 expect allow by default;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:22 syn truncate=40 expect deny by malformed;
        packet udp 203.0.113.5 > 192.0.2.10 frag=later expect allow by default;
        packet arp expect allow by non-ip;
    }
}
