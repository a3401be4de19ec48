# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Hooks, directions, several blocks of one direction. What one block needs the others need not.

policy blocks {
    interface uplink = "eth0";
    interface lan = "eth1";

    ingress on uplink {
        rule a allow tcp;
        default deny;
    }

    ingress on lan, guest via tc {
        rule b allow udp;
        default reject;
    }

    egress on any {
        rule c allow vlan 5 log;
        default allow;
    }
}
