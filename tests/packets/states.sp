# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Connections: every timeout to the millisecond, every kind of key, what an ICMP error quotes, both directions of both
# IP versions. TCP's transitions have a test of their own, tests/engines/transitions.sh.
policy states {
    states {
        max 1000;
        tcp opening 1s;
        tcp established 2s;
        tcp closing 3s;
        tcp closed 4s;
        udp opening 5s;
        udp established 6s;
        icmp 7s;
        other 8s;
    }

    ingress on wire {
        rule established  allow  state established;
        rule related      allow  state related;
        rule invalid      deny   state invalid  count;
        rule shut         deny   port 9;
        rule new          allow  state new;
        default deny;
    }

    egress on wire {
        rule no-such      deny   state invalid, related;
        default allow;
    }

    test "UDP: from question to answer, and how long each is remembered" in ingress {
        packet udp 10.0.0.1:4000 > 10.0.0.2:53 in egress expect allow by default;
        wait 4999ms;
        packet udp 10.0.0.2:53 > 10.0.0.1:4000 expect allow by established;
        wait 5999ms;
        packet udp 10.0.0.1:4000 > 10.0.0.2:53 in egress expect allow by default;
        wait 5999ms;
        packet udp 10.0.0.2:53 > 10.0.0.1:4000 expect allow by established;
        wait 6s;
        packet udp 10.0.0.2:53 > 10.0.0.1:4000 expect allow by new;
    }
    test "UDP: no answer in time" in ingress {
        packet udp [fd00::1]:4000 > [fd00::2]:53 in egress expect allow by default;
        wait 5s;
        packet udp [fd00::2]:53 > [fd00::1]:4000 expect allow by new;
    }
    test "UDP: asking again is new until an answer comes" in ingress {
        packet udp [fd00::2]:4000 > [fd00::1]:53 expect allow by new;
        packet udp [fd00::2]:4000 > [fd00::1]:53 expect allow by new;
        packet udp [fd00::1]:53 > [fd00::2]:4000 in egress expect allow by default;
        packet udp [fd00::2]:4000 > [fd00::1]:53 expect allow by established;
    }
    test "the timeouts of TCP" in ingress {
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 syn expect allow by new;
        wait 999ms;
        packet tcp 10.0.0.1:22 > 10.0.0.2:4000 syn,ack in egress expect allow by default;
        wait 999ms;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 ack expect allow by established;
        wait 1999ms;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 ack,fin expect allow by established;
        wait 2999ms;
        packet tcp 10.0.0.1:22 > 10.0.0.2:4000 ack,fin in egress expect allow by default;
        wait 2999ms;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 ack expect allow by established;
        wait 3999ms;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 ack expect allow by established;
        wait 4s;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 ack expect deny by invalid;
    }
    test "each of them is over in time" in ingress {
        packet tcp 10.0.0.2:4001 > 10.0.0.1:22 syn expect allow by new;
        wait 1s;
        packet tcp 10.0.0.1:22 > 10.0.0.2:4001 syn,ack in egress expect deny by no-such;
        packet tcp 10.0.0.2:4002 > 10.0.0.1:22 syn expect allow by new;
        packet tcp 10.0.0.1:22 > 10.0.0.2:4002 syn,ack in egress expect allow by default;
        packet tcp 10.0.0.2:4002 > 10.0.0.1:22 ack expect allow by established;
        wait 2s;
        packet tcp 10.0.0.2:4002 > 10.0.0.1:22 ack expect deny by invalid;
    }
    test "a half-closed connection goes on" in ingress {
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 syn expect allow by new;
        packet tcp 10.0.0.1:22 > 10.0.0.2:4000 syn,ack in egress expect allow by default;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 ack,fin expect allow by established;
        wait 2500ms;
        packet tcp 10.0.0.1:22 > 10.0.0.2:4000 ack,psh in egress expect allow by default;
        wait 2500ms;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 ack expect allow by established;
        wait 3s;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 ack expect deny by invalid;
    }
    test "after a reset, the same ends may begin anew, from either side" in ingress {
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 syn expect allow by new;
        packet tcp 10.0.0.1:22 > 10.0.0.2:4000 rst,ack in egress expect allow by default;
        packet tcp 10.0.0.1:22 > 10.0.0.2:4000 syn in egress expect allow by default;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 syn,ack expect allow by established;
    }
    test "flags that no sane sender sets" in ingress {
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 none expect deny by invalid;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 fin expect deny by invalid;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 fin,psh,urg expect deny by invalid;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 syn,fin expect deny by invalid;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 syn,rst expect deny by invalid;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 all expect deny by invalid;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:22 syn,urg expect allow by new;
        packet tcp 10.0.0.2:4001 > 10.0.0.1:22 syn,ece,cwr expect allow by new;
    }
    test "what was denied has begun nothing" in ingress {
        packet udp 10.0.0.2:4000 > 10.0.0.1:9 expect deny by shut;
        packet udp 10.0.0.1:9 > 10.0.0.2:4000 in egress expect allow by default;
        packet udp 10.0.0.2:4000 > 10.0.0.1:9 expect allow by established;
    }
    test "a VLAN is a world of its own" in ingress {
        packet udp 10.0.0.1:4000 > 10.0.0.2:53 vlan=10 in egress expect allow by default;
        packet udp 10.0.0.2:53 > 10.0.0.1:4000 expect allow by new;
        packet udp 10.0.0.2:53 > 10.0.0.1:4000 vlan=11 expect allow by new;
        packet udp 10.0.0.2:53 > 10.0.0.1:4000 vlan=10 expect allow by established;
    }
    test "a priority is no VLAN: who is asked with one may answer without, and the other way round" in ingress {
        packet udp 10.0.0.1:4000 > 10.0.0.2:53 vlan=0 in egress expect allow by default;
        packet udp 10.0.0.2:53 > 10.0.0.1:4000 expect allow by established;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:80 syn expect allow by new;
        packet tcp 10.0.0.1:80 > 10.0.0.2:4000 syn,ack vlan=0 in egress expect allow by default;
        packet tcp 10.0.0.2:4000 > 10.0.0.1:80 ack vlan=0 expect allow by established;
        packet icmp 10.0.0.1 > 10.0.0.2 echo-request id=7 vlan=0 in egress expect allow by default;
        packet icmp 10.0.0.2 > 10.0.0.1 echo-reply id=7 vlan=3 expect deny by invalid;
        packet icmp 10.0.0.2 > 10.0.0.1 echo-reply id=7 expect allow by established;
    }
    test "ping" in ingress {
        packet icmp 10.0.0.1 > 10.0.0.2 echo-request id=7 in egress expect allow by default;
        packet icmp 10.0.0.2 > 10.0.0.1 echo-reply id=8 expect deny by invalid;
        packet icmp 10.0.0.2 > 10.0.0.1 echo-reply id=7 expect allow by established;
        wait 6999ms;
        packet icmp 10.0.0.2 > 10.0.0.1 echo-reply id=7 expect allow by established;
        wait 7s;
        packet icmp 10.0.0.2 > 10.0.0.1 echo-reply id=7 expect deny by invalid;
    }
    test "whoever is pinged may ping, but that is another matter" in ingress {
        packet icmp [fd00::1] > [fd00::2] echo-request id=7 in egress expect allow by default;
        packet icmp [fd00::2] > [fd00::1] echo-request id=7 expect allow by new;
        packet icmp [fd00::1] > [fd00::2] echo-reply id=7 in egress expect allow by default;
        packet icmp [fd00::2] > [fd00::1] echo-request id=7 expect allow by established;
        packet icmp [fd00::2] > [fd00::1] echo-reply id=7 expect allow by established;
    }
    test "an identifier that looks like the other end of a request" in ingress {
        packet icmp 10.0.0.1 > 10.0.0.2 echo-request id=2048 in egress expect allow by default;
        packet icmp 10.0.0.2 > 10.0.0.1 echo-request id=2048 expect allow by new;
        packet icmp 10.0.0.2 > 10.0.0.1 echo-reply id=2048 expect allow by established;
    }
    test "of several queries each has its own reply" in ingress {
        packet icmp 10.0.0.1 > 10.0.0.2 timestamp-request id=1 in egress expect allow by default;
        packet icmp 10.0.0.2 > 10.0.0.1 echo-reply id=1 expect deny by invalid;
        packet icmp 10.0.0.2 > 10.0.0.1 timestamp-reply id=1 expect allow by established;
    }
    test "errors about a connection, and about none" in ingress {
        packet udp 10.0.0.1:4000 > 10.0.0.2:53 in egress expect allow by default;
        packet icmp 10.9.9.9 > 10.0.0.1 time-exceeded quoting udp 10.0.0.1:4000 > 10.0.0.2:53 expect allow by related;
        packet icmp 10.0.0.2 > 10.0.0.1 destination-unreachable quoting udp 10.0.0.1:4000 > 10.0.0.2:53
               expect allow by related;
        packet icmp 10.0.0.2 > 10.0.0.1 destination-unreachable quoting udp 10.0.0.1:4001 > 10.0.0.2:53
               expect deny by invalid;
        packet icmp 10.0.0.2 > 10.0.0.1 destination-unreachable quoting tcp 10.0.0.1:4000 > 10.0.0.2:53 syn
               expect deny by invalid;
        packet icmp 10.0.0.2 > 10.0.0.1 destination-unreachable expect deny by invalid;
        packet icmp 10.0.0.2 > 10.0.0.1 redirect quoting udp 10.0.0.1:4000 > 10.0.0.2:53 expect deny by invalid;
        # It goes to whom sent the packet, and to nobody else.
        packet icmp 10.0.0.1 > 10.0.0.2 destination-unreachable quoting udp 10.0.0.1:4000 > 10.0.0.2:53
               expect deny by invalid;
        packet icmp 10.0.0.1 > 10.0.0.2 destination-unreachable quoting udp 10.0.0.2:53 > 10.0.0.1:4000
               in egress expect deny by no-such;
    }
    test "errors leave connections as they are" in ingress {
        packet udp [fd00::1]:4000 > [fd00::2]:53 in egress expect allow by default;
        wait 4s;
        packet icmp [fd00::9] > [fd00::1] packet-too-big quoting udp [fd00::1]:4000 > [fd00::2]:53 expect allow by related;
        wait 1s;
        packet udp [fd00::2]:53 > [fd00::1]:4000 expect allow by new;
    }
    test "errors about a ping" in ingress {
        packet icmp [fd00::1] > [fd00::2] echo-request id=3 in egress expect allow by default;
        packet icmp [fd00::9] > [fd00::1] time-exceeded quoting icmp [fd00::1] > [fd00::2] echo-request id=3
               expect allow by related;
        packet icmp [fd00::9] > [fd00::1] time-exceeded quoting icmp [fd00::1] > [fd00::2] echo-request id=4
               expect deny by invalid;
    }
    test "neighbours are found without a connection" in ingress {
        packet icmp6 [fe80::1] > [ff02::1] neighbor-solicitation expect allow by new;
        packet icmp6 [fe80::2] > [fe80::1] neighbor-advertisement expect allow by new;
        packet icmp6 [fe80::2] > [fe80::1] neighbor-advertisement expect allow by new;
    }
    test "protocols without ports" in ingress {
        packet gre 10.0.0.1 > 10.0.0.2 in egress expect allow by default;
        wait 7999ms;
        packet gre 10.0.0.2 > 10.0.0.1 expect allow by established;
        packet esp 10.0.0.2 > 10.0.0.1 expect allow by new;
        wait 8s;
        packet gre 10.0.0.2 > 10.0.0.1 expect allow by new;
    }
    test "SCTP goes by its ports" in ingress {
        packet sctp 10.0.0.1:5000 > 10.0.0.2:6000 in egress expect allow by default;
        packet sctp 10.0.0.2:6000 > 10.0.0.1:5000 expect allow by established;
        packet sctp 10.0.0.2:6000 > 10.0.0.1:5001 expect allow by new;
    }
    test "a later fragment belongs to nothing" in ingress {
        packet udp 10.0.0.1:4000 > 10.0.0.2:53 in egress expect allow by default;
        packet udp 10.0.0.2:53 > 10.0.0.1:4000 frag=first expect allow by established;
        packet udp 10.0.0.2 > 10.0.0.1 frag=later expect deny by invalid;
    }
    test "a busy connection is not written to with every packet, but does not end early by more than a sixteenth" in ingress {
        packet udp 10.0.0.1:4000 > 10.0.0.2:53 in egress expect allow by default;
        packet udp 10.0.0.2:53 > 10.0.0.1:4000 expect allow by established;
        wait 375ms;
        packet udp 10.0.0.2:53 > 10.0.0.1:4000 expect allow by established;
        wait 5625ms;
        packet udp 10.0.0.2:53 > 10.0.0.1:4000 expect allow by new;
        packet udp 10.0.0.1:4000 > 10.0.0.2:53 in egress expect allow by default;
        wait 376ms;
        packet udp 10.0.0.2:53 > 10.0.0.1:4000 expect allow by established;
        wait 5999ms;
        packet udp 10.0.0.2:53 > 10.0.0.1:4000 expect allow by established;
    }
    test "who cannot be answered is still somebody" in ingress {
        packet tcp 10.0.0.1:22 > 10.0.0.1:22 syn expect allow by new;
        packet udp 10.0.0.1:22 > 10.0.0.1:22 expect allow by new;
        packet udp 10.0.0.1:22 > 10.0.0.1:22 expect allow by new;
    }
}
