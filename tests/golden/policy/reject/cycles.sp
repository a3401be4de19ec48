# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy cycles {
    net a = { b, 10.0.0.1 };
    net b = { c };
    net c = { 10.0.0.2, a };
    net self = self;
    net uses-bad = { a, 10.0.0.3 };
    port p = { q };
    port q = { 1, p };

    ingress on any {
        rule r allow from a;
        rule s allow tcp port p;
        default deny;
    }
}
