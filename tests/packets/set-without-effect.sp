# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# A set that a rule names although all addresses are beside it: nothing is asked.
policy set-without-effect {
    set known : net max 5315;

    ingress on up {
        rule all-web allow ip6 tcp from ({ ::/0 } or @known) and any port 80;
        default deny;
    }

    test "in no set, and allowed" in ingress {
        packet tcp [2001:db8::1]:80 > [2001:db8::2]:1024 syn expect allow by all-web;
        packet tcp 192.0.2.1:80 > 192.0.2.2:1024 syn expect deny by default;
    }
}
