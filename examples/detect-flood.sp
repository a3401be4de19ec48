# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Holds floods of SYN, of stray SYN+ACK and RST, ICMP and UDP off a network.
# A source that floods by itself is blocked; a flood from many sources, which
# are mostly forged, is only thinned out, since blocking forged sources would
# fill the set with strangers.

policy detect-flood {
    owner "netops";

    interface uplink = "eth0";

    net trusted = { 10.20.0.0/16, fd00:20::/48 };

    set flooders : addr max 200_000 timeout 1m;

    states {
        max 1_000_000;
        tcp opening 10s;  # half-open connections of a flood make room soon
        udp opening 10s;
    }

    ingress on uplink {
        rule trusted allow from trusted;
        rule flooder deny from @flooders sample 1/1000;

        # By source: what a client never does.
        rule syn-source rate-limit 100/s burst 200 per src tcp flags syn/fin,syn,rst,ack else deny
                detect syn-flood add src to @flooders;
        rule ping-source rate-limit 20/s burst 50 per src icmp echo-request else deny
                detect ping-flood add src to @flooders;

        # By target: as much as a host can take. SYN cookies do the rest there.
        rule syn-target rate-limit 500/s burst 1000 per dst tcp flags syn/fin,syn,rst,ack
                detect syn-flood;
        rule ping-target rate-limit 200/s burst 400 per dst icmp echo-request detect ping-flood;
        rule udp-target rate-limit 2000/s burst 4000 per dst udp state new detect udp-flood;

        # Answers to a forged SYN (reflection) and to forged packets (backscatter).
        rule synack-target rate-limit 20/s burst 50 per dst tcp flags syn,ack/fin,syn,rst,ack
                state invalid detect reflection;
        rule rst-target rate-limit 20/s burst 50 per dst tcp flags rst/fin,syn,rst state invalid
                detect backscatter;
        rule icmp-target rate-limit 20/s burst 50 per dst icmp { destination-unreachable,
                time-exceeded } state invalid detect backscatter;

        # Fragments, which cost the host memory. First ones have ports, the others none.
        rule first-target rate-limit 200/s burst 400 per dst fragment first state new
                detect fragment-flood;
        rule fragment-target rate-limit 400/s burst 800 per dst fragment detect fragment-flood;

        # In total: what the line and the connection table can take.
        rule syn-total rate-limit 5000/s burst 10_000 tcp flags syn/fin,syn,rst,ack
                detect syn-flood;
        default allow;
    }
    egress on uplink {
        default allow;  # questions go by here: the state of connections needs to see them
    }

    assert trusted-stay allow in ingress from trusted;
    assert flooders-stay-out deny in ingress from not trusted and @flooders;
    assert established-pass allow in ingress tcp from not @flooders flags ack/syn,ack
            state established;
    assert quiet-ones-pass allow in ingress from not @flooders under limits;

    test "a blocked source comes back after a minute" in ingress {
        add 203.0.113.5 to @flooders for 1m;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 syn expect deny by flooder;
        packet udp 203.0.113.5 > 192.0.2.10 frag=later expect deny by flooder;
        wait 1m;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 syn expect allow by default;
        packet tcp [2001:db8:f::5]:40000 > [2001:db8::10]:443 syn expect allow by default;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 syn vlan=10 expect allow by default;
        packet tcp 203.0.113.5:40000 > 192.0.2.10:443 syn truncate=40 expect deny by malformed;
        packet arp expect allow by non-ip;
    }
    test "a connection in both directions" in ingress {
        packet tcp 192.0.2.10:50000 > 203.0.113.5:443 syn in egress expect allow by default;
        packet tcp 203.0.113.5:443 > 192.0.2.10:50000 syn,ack expect allow by default;
        packet tcp 192.0.2.10:50000 > 203.0.113.5:443 ack in egress expect allow by default;
        packet tcp 203.0.113.5:443 > 192.0.2.10:50000 rst expect allow by default;
    }
}
