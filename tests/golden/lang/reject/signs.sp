# Signs that are missing or too many.
policy edge {
    owner "x"
    net a = { 10.0.0.1, };
    net b = { , 10.0.0.1 };
    net c = { 10.0.0.1 10.0.0.2 };
    net d = { };
    net e 10.0.0.1;
    net f = 10.0.0.1,;
    set s addr;
    set t : addr .;
    ingress up { default deny; }
    ingress on up
        rule a allow
        rule b allow tcp;
        default deny
    }
    ingress on up {
        rule c allow tcp to port;
        rule d allow from (a or b;
        rule e allow from a or;
        rule f allow state new,;
        rule g allow from a b;
        rule h rate-limit 10 per src;
        rule i sample 100;
        rule j allow add src @s;
        default deny;
    };
    strict strict;
}
}
net z = 10.0.0.1
