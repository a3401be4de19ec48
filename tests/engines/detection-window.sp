# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# The rule of a labelled case, in this language: "flags:S,12; detection_filter:track by_src, count 100,
# seconds 1", whose capture has 100 packets let in and 100 dropped. A bucket refills while a window does not;
# at one packet in a second the hundred of a burst are as good as exact.

policy detection-window {
    set flooders : addr max 1000 timeout 1s;

    ingress on uplink {
        rule flooder deny from @flooders tcp flags syn/fin,syn,rst,psh,ack,urg;
        rule syn-flood rate-limit 1/s burst 100 per src tcp flags syn/fin,syn,rst,psh,ack,urg
                else deny add src to @flooders;
        default allow;
    }
}
