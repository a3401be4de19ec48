# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# What becomes of packets that no generation can judge. The word is a name elsewhere.
policy p {
    on-failure   # said once
        allow  ;
    net on-failure = { 10.0.0.1, 10.0.0.2 };
    ingress on on-failure { rule on-failure allow from on-failure; default allow; }
}
