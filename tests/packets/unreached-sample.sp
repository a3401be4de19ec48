# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# So many rules that they are a function of their own. One shows the frame to its sample, and nothing ever comes so far: the
# function then has no use for the context that it is given, and has to be given it even so. Found by random policies.
policy unreached-sample {
    lint dead-rule off;
    lint redundant-rule off;

    ingress on lan {
        rule port deny to any port 54705;
        rule ip4 allow ip4;
        rule again reject ip4;
        rule high deny from c780:4471:5a23:1a10:6d69:b84:40a9:a5b7 port 53-65535;
        rule all allow;
        rule unreached reject sample 1/2;
        rule one allow;
        rule two allow;
        rule three allow;
        rule more-1 allow;
        rule more-2 allow;
        rule more-3 allow;
        rule more-4 allow;
        rule more-5 allow;
        rule more-6 allow;
        rule more-7 allow;
        rule more-8 allow;
        rule more-9 allow;
        rule more-10 allow;
        rule more-11 allow;
        rule more-12 allow;
        rule more-13 allow;
        rule more-14 allow;
        rule more-15 allow;
        rule more-16 allow;
        rule more-17 allow;
        rule more-18 allow;
        default allow;
    }

    test "it loads" in ingress {
        packet tcp 10.0.0.1:1 > 10.0.0.2:7 syn expect allow by ip4;
        packet udp [fd00::1]:1 > [fd00::2]:7 expect allow by all;
    }
}
