# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy blocks {
    interface wan = "eth0";

    ingress on wan {
        default deny;
        rule a allow tcp port 22;
        non-ip deny;
        malformed allow;
    }
    ingress on lan, dmz {
        rule b reject;
        default allow;
    }
    ingress on guests via tc {
        default reject;
    }
    egress on any via tc {
        rule c allow;
        default deny;
    }

    assert inside allow in ingress on dmz;
    test "wan" in ingress on wan {
        packet tcp 10.0.0.1:1 > 10.0.0.2:22 syn expect allow by a;
    }
    test "dmz" in ingress on dmz {
        packet tcp 10.0.0.1:1 > 10.0.0.2:22 syn expect reject by b;
        packet arp expect allow by non-ip;
    }
    test "out" in egress on lan {
        packet udp [fd00::1]:1 > [fd00::2]:22 expect deny by default;
        packet udp [fd00::1]:1 > [fd00::2]:22 truncate=20 expect deny by malformed;
    }
}
