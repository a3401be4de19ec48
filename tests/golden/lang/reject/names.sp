# Names that are none.
net Mgmt = 10.0.0.1;
net my_net = 10.0.0.1;
net port = 10.0.0.1;
net 9lives = 10.0.0.1;
net a-name-that-is-so-long-that-nobody-would-ever-want-to-type-it-twice-in-a-policy = 10.0.0.1;
Policy edge {
    ingress on any-word-but {
        rule SSH allow TCP from Mgmt;
        rule from allow from from;
        rule to allow to log;
        default deny;
    }
}
