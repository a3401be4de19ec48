# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The last rule shows the frame to its sample, and nothing ever comes so far: the function of the rules then has no use for
# the context that it is given, and has to be given it even so.
policy unreached-sample {
    lint dead-rule off;
    lint redundant-rule off;

    ingress on lan {
        rule first allow tcp port 1;
        rule second allow tcp port 2;
        rule third allow tcp port 3;
        rule fourth allow tcp port 4;
        rule fifth allow tcp port 5;
        rule sixth allow tcp port 6;
        rule seventh allow tcp port 7;
        rule all reject;
        rule eighth allow tcp port 8;
        rule unreached deny udp sample 1/2;
        default deny;
    }

    test "it loads" in ingress {
        packet tcp 10.0.0.1:1 > 10.0.0.2:7 syn expect allow by seventh;
        packet udp 10.0.0.1:1 > 10.0.0.2:7 expect reject by all;
    }
}
