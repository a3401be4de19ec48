# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# A host on the internet, with connection state: what it began may be answered,
# what others begin is named here. Sources that knock too often are shut out for
# a while, by the rules themselves; a list of bogons can be replaced at any time.
#
#     sentry-apply examples/host-stateful.sp
#     sentry-apply --set-add abusers=203.0.113.9
#     sentryctl states

policy host-stateful {
    owner "netops";

    interface uplink = "eth0";

    net mgmt = { 10.20.0.0/16, fd00:20::/48 };
    net self = { 192.0.2.10, 2001:db8::10 };
    port web = { 80, 443 };

    states {
        max 200_000;
        tcp established 2h;
    }

    set bogons : net max 5000 from "lists/bogons.txt";
    set abusers : addr max 100_000 timeout 10m;

    ingress on uplink {
        rule neighbours allow icmp6 { nd-neighbor-solicit, nd-neighbor-advert, nd-router-advert }
                ttl 255;
        rule bogons deny from @bogons;
        rule abusers deny from @abusers sample 1/1000;

        # 50 attempts in a burst are a busy browser; more than 20 a second for
        # long are not.
        rule syn-flood rate-limit 20/s burst 50 per src tcp flags syn/syn,ack else deny
                add src to @abusers;
        rule established allow state established,related;

        # No connection, no SYN: scanners, and what came too late.
        rule invalid deny state invalid count;
        rule ssh-guess rate-limit 5/m burst 10 per src tcp to self port 22 else deny log
                add src to @abusers for 1h;
        rule ssh allow tcp from mgmt to self port 22 log;
        rule web allow tcp to self port web;
        rule ping-flood rate-limit 10/s per src icmp echo-request to self;
        rule ping allow icmp echo-request to self;
        default deny;
    }

    egress on uplink {
        # Nothing leaves that the host has no business with: mail goes through
        # the relay.
        rule relay allow tcp to 192.0.2.25 port 25;
        rule no-mail reject tcp port 25 log;
        default allow;
    }

    assert management-gets-in allow in ingress tcp from mgmt and not @bogons and not @abusers
            to self port 22 flags syn/syn,ack state new under limits;
    assert no-strangers-at-ssh deny in ingress tcp from not mgmt to self port 22 state new;
    assert shut-out-is-shut-out deny in ingress tcp from @abusers;
    assert no-mail-out reject in egress tcp to not 192.0.2.25 port 25;

    test "a connection that the host begins" in ingress {
        packet tcp 192.0.2.10:40000 > 198.51.100.7:443 syn in egress expect allow by default;
        packet tcp 198.51.100.7:443 > 192.0.2.10:40000 syn,ack expect allow by established;
        packet tcp 192.0.2.10:40000 > 198.51.100.7:443 ack in egress expect allow by default;
        packet tcp 198.51.100.7:443 > 192.0.2.10:40000 ack,psh expect allow by established;
        packet tcp 198.51.100.8:443 > 192.0.2.10:40000 ack,psh expect deny by invalid;
        wait 2h;
        packet tcp 198.51.100.7:443 > 192.0.2.10:40000 ack,psh expect deny by invalid;
    }
    test "an answer from the resolver, and an error about a question" in ingress {
        packet udp [2001:db8::10]:5000 > [2001:db8:5::53]:53 in egress expect allow by default;
        packet udp [2001:db8:5::53]:53 > [2001:db8::10]:5000 expect allow by established;
        packet udp [2001:db8:5::54]:53 > [2001:db8::10]:5000 expect deny by default;
        packet icmp 2001:db8:9::1 > 2001:db8::10 destination-unreachable
                quoting udp [2001:db8::10]:5000 > [2001:db8:5::53]:53 expect allow by established;
    }
    test "who may come in" in ingress {
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 syn expect allow by web;
        packet tcp 10.20.1.9:40000 > 192.0.2.10:22 syn expect allow by ssh;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:22 syn expect deny by default;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 ack expect deny by invalid;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 syn vlan=7 expect allow by web;
        packet udp 203.0.113.5 > 192.0.2.10 frag=later expect deny by invalid;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 syn truncate=44 expect deny by malformed;
        packet icmp6 fe80::1 > fe80::2 nd-neighbor-solicit ttl=255 expect allow by neighbours;
        packet arp expect allow by non-ip;
    }
    test "bogons, from the list or by hand" in ingress {
        packet tcp 127.0.0.1:40000 > 192.0.2.10:443 syn expect allow by web;
        add 127.0.0.0/8 to @bogons;
        packet tcp 127.0.0.1:40000 > 192.0.2.10:443 syn expect deny by bogons;
    }
    test "guessing passwords" in ingress {
        packet tcp 203.0.113.5:40000 > 192.0.2.10:22 syn expect deny by default;
        packet tcp 203.0.113.5:40001 > 192.0.2.10:22 syn expect deny by default;
        packet tcp 203.0.113.5:40002 > 192.0.2.10:22 syn expect deny by default;
        packet tcp 203.0.113.5:40003 > 192.0.2.10:22 syn expect deny by default;
        packet tcp 203.0.113.5:40004 > 192.0.2.10:22 syn expect deny by default;
        packet tcp 203.0.113.5:40005 > 192.0.2.10:22 syn expect deny by default;
        packet tcp 203.0.113.5:40006 > 192.0.2.10:22 syn expect deny by default;
        packet tcp 203.0.113.5:40007 > 192.0.2.10:22 syn expect deny by default;
        packet tcp 203.0.113.5:40008 > 192.0.2.10:22 syn expect deny by default;
        packet tcp 203.0.113.5:40009 > 192.0.2.10:22 syn expect deny by default;
        packet tcp 203.0.113.5:40010 > 192.0.2.10:22 syn expect deny by ssh-guess;
        packet tcp 203.0.113.5:40011 > 192.0.2.10:443 syn expect deny by abusers;
        wait 1h;
        packet tcp 203.0.113.5:40012 > 192.0.2.10:443 syn expect allow by web;
    }
    test "mail" in egress {
        packet tcp 192.0.2.10:40000 > 192.0.2.25:25 syn expect allow by relay;
        packet tcp 192.0.2.10:40000 > 203.0.113.25:25 syn expect reject by no-mail;
    }
}
