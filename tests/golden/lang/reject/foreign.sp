# Words and signs of other packet filters.
table inet filter { }
define lan = 10.0.0.0/8;
include "a.sp", "b.sp";
policy edge {
    set s : addr, port max 1000;
    account { flows, traffic; }
    input on up { }
    forward on up { }
    chain input { }
    ingress on up {
        rule a01 drop tcp;
        rule a02 accept tcp;
        rule a03 pass tcp;
        rule a04 block tcp;
        rule a05 log;
        rule a06 jump b;
        rule a07 limit 10/s;
        rule allow tcp;
        allow tcp port 22;
        deny tcp;
        drop all;
        rule a08 allow tcp dport 22;
        rule a09 allow tcp sport 22;
        rule a10 allow tcp src 10.0.0.0/8;
        rule a11 allow tcp daddr 10.0.0.0/8;
        rule a12 allow ip from any to any;
        rule a13 allow inet6;
        rule a14 allow ct state new;
        rule a15 allow quick tcp;
        rule a16 allow all;
        rule a17 allow tcp counter;
        rule a18 allow iifname eth0;
        rule a19 allow in on eth0;
        rule a20 allow comment "x";
        rule a21 allow tcp from 10.0.0.0/8, 192.0.2.0/24;
        rule a22 allow tcp port 80, 443;
        rule a23 allow tcp port 80:90;
        rule a24 allow tcp port > 1023;
        rule a25 allow tcp port = 22;
        rule a26 allow from <abusers>;
        rule a27 allow from 10.0.0.0/255.0.0.0;
        rule a28 allow from 10.0.0.0/255.0.255.0;
        rule a29 allow tcp && from 10.0.0.0/8;
        rule a30 allow from !10.0.0.0/8;
        rule a31 allow from $lan;
        rule a32 allow to *;
        rule a33 allow note 'x';
        rule a34 allow from 10.0.0.1 || 10.0.0.2;
        rule a35 allow to 10.0.0.1:80;
        rule a36 allow from 10.0.0.0/0.0.0.255;
        rule a37 allow from { 10.0.0.1 } port 1, 2;
        policy deny;
        default log;
        default drop;
        // comment
        default deny;
    }
}
