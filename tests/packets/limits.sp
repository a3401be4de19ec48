# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Rates to the packet, by every unit and key, limits of different values, and samples: what conforms goes on to the rule
# behind its limit.
policy limits {
    ingress on wire {
        rule ssh        rate-limit 2/s burst 3  tcp port 22;
        rule ssh-ok     allow tcp port 22;
        rule slow       rate-limit 1/h burst 2  tcp port 23  else reject;
        rule slow-ok    allow tcp port 23;
        rule third      rate-limit 3/s burst 1  tcp port 24;
        rule third-ok   allow tcp port 24;
        rule smooth     rate-limit 4/s  tcp port 25;
        rule smooth-ok  allow tcp port 25;
        rule src        rate-limit 1/m burst 1 per src  udp port 1;
        rule src-ok     allow udp port 1;
        rule dst        rate-limit 1/m burst 1 per dst  udp port 2;
        rule dst-ok     allow udp port 2;
        rule net        rate-limit 1/m burst 1 per src/24  udp port 3;
        rule net-ok     allow udp port 3;
        rule nets       rate-limit 1/m burst 1 per src/16/64  udp port 4;
        rule nets-ok    allow udp port 4;
        rule flow       rate-limit 1/m burst 1 per flow  udp port { 5, 6000 };
        rule flow-ok    allow udp port { 5, 6000 };
        rule port       rate-limit 1/m burst 1 per port  udp port 10-19;
        rule port-ok    allow udp port 10-19;
        rule both       rate-limit 1/m burst 1 per src, port  udp port 20-29;
        rule both-ok    allow udp port 20-29;
        rule pair       rate-limit 1/m burst 1 per src, dst  udp port 30;
        rule pair-ok    allow udp port 30;
        rule bytes      rate-limit 1kbyte/s burst 2000  udp port 40;
        rule bytes-ok   allow udp port 40;
        rule bits       rate-limit 8kbit/s burst 2000  udp port 41;
        rule bits-ok    allow udp port 41;
        rule ports      rate-limit 3/m distinct port per src  tcp port 100-200;
        rule ports-ok   allow tcp port 100-200;
        rule hosts      rate-limit 2/m distinct dst per src, port  tcp port 300;
        rule hosts-ok   allow tcp port 300;
        rule crowd      rate-limit 2/m distinct src per dst  tcp port 400;
        rule crowd-ok   allow tcp port 400;
        default deny;
    }

    test "a burst, and then one each half second" in ingress {
        packet tcp 10.0.0.1:4000 > 10.0.0.2:22 syn expect allow by ssh-ok;
        packet tcp 10.0.0.3:4000 > 10.0.0.2:22 syn expect allow by ssh-ok;
        packet tcp [fd00::1]:4000 > [fd00::2]:22 syn expect allow by ssh-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:22 syn expect deny by ssh;
        wait 499ms;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:22 syn expect deny by ssh;
        wait 1ms;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:22 syn expect allow by ssh-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:22 syn expect deny by ssh;
        wait 1s;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:22 syn expect allow by ssh-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:22 syn expect allow by ssh-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:22 syn expect deny by ssh;
    }
    test "what is not used is saved, up to the burst" in ingress {
        packet tcp 10.0.0.1:4000 > 10.0.0.2:22 syn expect allow by ssh-ok;
        wait 1h;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:22 syn expect allow by ssh-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:22 syn expect allow by ssh-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:22 syn expect allow by ssh-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:22 syn expect deny by ssh;
    }
    test "what exceeds costs nothing" in ingress {
        packet tcp 10.0.0.1:4000 > 10.0.0.2:23 syn expect allow by slow-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:23 syn expect allow by slow-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:23 syn expect reject by slow;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:23 syn expect reject by slow;
        wait 1h;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:23 syn expect allow by slow-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:23 syn expect reject by slow;
    }
    test "a rate that does not divide a second" in ingress {
        packet tcp 10.0.0.1:4000 > 10.0.0.2:24 syn expect allow by third-ok;
        wait 333ms;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:24 syn expect deny by third;
        wait 1ms;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:24 syn expect allow by third-ok;
    }
    test "without a burst, what comes in a second" in ingress {
        packet tcp 10.0.0.1:4000 > 10.0.0.2:25 syn expect allow by smooth-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:25 syn expect allow by smooth-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:25 syn expect allow by smooth-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:25 syn expect allow by smooth-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:25 syn expect deny by smooth;
    }
    test "each source, each destination" in ingress {
        packet udp 10.0.0.1:4000 > 10.0.0.2:1 expect allow by src-ok;
        packet udp 10.0.0.1:4000 > 10.0.0.3:1 expect deny by src;
        packet udp 10.0.0.4:4000 > 10.0.0.2:1 expect allow by src-ok;
        packet udp [fd00::1]:4000 > [fd00::2]:1 expect allow by src-ok;
        packet udp [::a00:1]:4000 > [fd00::2]:1 expect allow by src-ok;
        packet udp [fd00::1]:4001 > [fd00::2]:1 expect deny by src;
        packet udp 10.0.0.1:4000 > 10.0.0.2:2 expect allow by dst-ok;
        packet udp 10.0.0.9:4000 > 10.0.0.2:2 expect deny by dst;
        packet udp 10.0.0.9:4000 > 10.0.0.3:2 expect allow by dst-ok;
    }
    test "networks" in ingress {
        packet udp 10.0.0.1:4000 > 10.0.0.2:3 expect allow by net-ok;
        packet udp 10.0.0.255:4000 > 10.0.0.2:3 expect deny by net;
        packet udp 10.0.1.1:4000 > 10.0.0.2:3 expect allow by net-ok;
        packet udp [fd00::1]:4000 > [fd00::2]:3 expect allow by net-ok;
        packet udp [fd00:0:0:ff::1]:4000 > [fd00::2]:3 expect deny by net;
        packet udp [fd00:0:0:100::1]:4000 > [fd00::2]:3 expect allow by net-ok;
        packet udp 10.0.0.1:4000 > 10.0.0.2:4 expect allow by nets-ok;
        packet udp 10.0.255.1:4000 > 10.0.0.2:4 expect deny by nets;
        packet udp 10.1.0.1:4000 > 10.0.0.2:4 expect allow by nets-ok;
        packet udp [fd00::1]:4000 > [fd00::2]:4 expect allow by nets-ok;
        packet udp [fd00::ffff:0:0:1]:4000 > [fd00::2]:4 expect deny by nets;
        packet udp [fd00:0:0:1::1]:4000 > [fd00::2]:4 expect allow by nets-ok;
    }
    test "a flow is both directions" in ingress {
        packet udp 10.0.0.1:6000 > 10.0.0.2:5 expect allow by flow-ok;
        packet udp 10.0.0.2:5 > 10.0.0.1:6000 expect deny by flow;
        packet udp 10.0.0.1:6001 > 10.0.0.2:5 expect allow by flow-ok;
    }
    test "ports, alone and with the source; pairs" in ingress {
        packet udp 10.0.0.1:4000 > 10.0.0.2:10 expect allow by port-ok;
        packet udp 10.0.0.3:4000 > 10.0.0.4:10 expect deny by port;
        packet udp 10.0.0.1:4000 > 10.0.0.2:11 expect allow by port-ok;
        packet udp 10.0.0.1:4000 > 10.0.0.2:20 expect allow by both-ok;
        packet udp 10.0.0.1:4000 > 10.0.0.2:21 expect allow by both-ok;
        packet udp 10.0.0.3:4000 > 10.0.0.2:20 expect allow by both-ok;
        packet udp 10.0.0.1:4001 > 10.0.0.9:20 expect deny by both;
        packet udp 10.0.0.1:4000 > 10.0.0.2:30 expect allow by pair-ok;
        packet udp 10.0.0.2:4000 > 10.0.0.1:30 expect allow by pair-ok;
        packet udp 10.0.0.1:4001 > 10.0.0.2:30 expect deny by pair;
    }
    test "bytes of the IP packet" in ingress {
        packet udp 10.0.0.1:4000 > 10.0.0.2:40 length=1500 expect allow by bytes-ok;
        packet udp 10.0.0.1:4000 > 10.0.0.2:40 length=501 expect deny by bytes;
        packet udp 10.0.0.1:4000 > 10.0.0.2:40 length=500 expect allow by bytes-ok;
        wait 99ms;
        packet udp 10.0.0.1:4000 > 10.0.0.2:40 length=100 expect deny by bytes;
        wait 1ms;
        packet udp 10.0.0.1:4000 > 10.0.0.2:40 length=100 expect allow by bytes-ok;
        packet udp 10.0.0.1:4000 > 10.0.0.2:40 length=2001 expect deny by bytes;
        wait 1h;
        packet udp 10.0.0.1:4000 > 10.0.0.2:40 length=2001 expect deny by bytes;
        packet udp 10.0.0.1:4000 > 10.0.0.2:40 length=2000 expect allow by bytes-ok;
    }
    test "bits are eighths of bytes" in ingress {
        packet udp 10.0.0.1:4000 > 10.0.0.2:41 length=2000 expect allow by bits-ok;
        wait 999ms;
        packet udp 10.0.0.1:4000 > 10.0.0.2:41 length=1000 expect deny by bits;
        wait 1ms;
        packet udp 10.0.0.1:4000 > 10.0.0.2:41 length=1000 expect allow by bits-ok;
    }
    test "different ports: the fourth is one too many, those seen before are not" in ingress {
        packet tcp 10.0.0.1:4000 > 10.0.0.2:100 syn expect allow by ports-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:101 syn expect allow by ports-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:100 syn expect allow by ports-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.3:102 syn expect allow by ports-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:103 syn expect deny by ports;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:104 syn expect deny by ports;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:102 syn expect allow by ports-ok;
        packet tcp 10.0.0.9:4000 > 10.0.0.2:104 syn expect allow by ports-ok;
        wait 59999ms;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:104 syn expect deny by ports;
        wait 1ms;
        packet tcp 10.0.0.1:4000 > 10.0.0.2:104 syn expect allow by ports-ok;
    }
    test "different hosts, different guests" in ingress {
        packet tcp 10.0.0.1:4000 > 10.0.0.2:300 syn expect allow by hosts-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.3:300 syn expect allow by hosts-ok;
        packet tcp 10.0.0.1:4000 > 10.0.0.4:300 syn expect deny by hosts;
        packet tcp [fd00::1]:4000 > [fd00::2]:400 syn expect allow by crowd-ok;
        packet tcp [fd00::3]:4000 > [fd00::2]:400 syn expect allow by crowd-ok;
        packet tcp [fd00::4]:4000 > [fd00::2]:400 syn expect deny by crowd;
        packet tcp [fd00::4]:4000 > [fd00::5]:400 syn expect allow by crowd-ok;
    }
}
