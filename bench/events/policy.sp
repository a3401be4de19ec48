# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Every packet is a record: what sentryd is measured with.
policy events {
    interface up = "psv0";
    ingress on up via tc {
        rule dns allow udp port 53 sample 1/1;
        default deny;
    }
}
