# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy terms {
    set a : addr max 1;
    set b : addr max 1;
    set c : addr max 1;
    set d : addr max 1;
    set e : addr max 1;
    set f : addr max 1;
    set g : addr max 1;
    set h : addr max 1;

    ingress on any {
        rule thirty-two allow from { @a, @b, @c, @d } to { @a, @b, @c, @d, @e, @f, @g, @h };
        rule thirty-six allow from { @a, @b, @c, @d, @e, @f } to { @a, @b, @c, @d, @e, @f };
        rule contradiction allow from { @a, @b } and { @c, @d } and not { @a, @b, @c };
        rule wide allow from (@a or @b or @c or @d) and (@e or @f or @g or @h) and
                             (not @a or not @b or not @c or not @d) and (not @e or not @f or not @g);
        default deny;
    }
}
