# What binds tighter: not, and, or. Parentheses stay only where they are needed.
policy boolean {
    net a = 10.0.0.0/8;
    net b = 10.1.0.0/16;
    net c = 10.1.1.0/24;
    net e = a and not (b or c);
    set s : addr max 10;

    ingress on up {
        rule r1 allow from a and not b or c;
        rule r2 allow from (a and (not b)) or c;
        rule r3 allow from a and (not b or c);
        rule r4 allow from not (a or b);
        rule r5 allow from not not a;
        rule r6 allow from a or b or c;
        rule r7 allow from a or (b or c);
        rule r8 allow from a and (b and c);
        rule r9 allow from ((((a))));
        rule r10 allow from { a, b } and not { 10.1.1.1, c };
        rule r11 allow from a and not @s to not a port not 22;
        default deny;
    }
}
