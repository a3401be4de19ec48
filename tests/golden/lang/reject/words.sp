# Misspelt words.
polcy edge { }
policy edge {
    owner "x";
    ingres on up { default deny; }
    ingress on up {
        ruel a allow;
        rule b alow;
        rule c allow tpc;
        rule d allow tcp form 10.0.0.0/8 too any;
        rule e allow tcp flags sin/syn,akc;
        rule f allow quux;
        rule g allow tcp to any prot 22;
        default reejct;
    }
    test "t" in ingres { }
    test "t" in ingress {
        packt tcp 10.0.0.1:1 > 10.0.0.2:2 syn expect allow;
        packet tcp 10.0.0.1:1 > 10.0.0.2:2 syn expct allow;
        packet tcp 10.0.0.1:1 > 10.0.0.2:2 syn expect alow;
        packet tcp 10.0.0.1:1 > 10.0.0.2:2 syn expect allow bye ssh;
    }
    lint dead-rule warnign;
    budget { insn 5; }
}
