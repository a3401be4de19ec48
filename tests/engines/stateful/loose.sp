# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# For random packets: a policy that sees one direction, takes connections up in their middle.
policy loose {
    states {
        max 100_000;
        loose;
    }
    ingress on wire {
        rule nothing deny state invalid;
        rule going allow tcp state established;
        rule fresh allow tcp state new;
        rule errors allow state related;
        default deny;
    }
}
