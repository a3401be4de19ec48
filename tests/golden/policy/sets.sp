# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Sets that change at run time stay conditions: one term for each combination.
policy sets {
    net mgmt = { 10.20.0.0/16, fd00:20::/48 };
    set a : addr max 100;
    set b : net max 1_000 from "lists/b.txt";
    set c : addr max 100 timeout 1h;
    set tuples : addr . port max 10 timeout 365d;
    set clients : addr . proto . port max 10;
    set protos : addr . proto max 10;
    set lone : proto max 4;

    ingress on uplink {
        rule member deny from @a;
        rule not-member deny from not @a;
        rule without allow from mgmt and not @a and not @b;
        rule either allow from mgmt or @a;
        rule list allow from { @a, mgmt, 192.0.2.1, @b };
        rule not-list allow from not { @a, mgmt };
        rule not-literal allow from not { @a, 192.0.2.1 };
        rule not-and allow from not (mgmt and @a);
        rule both allow from @a and @b;
        rule same allow from @a and @a;
        rule never-both allow from (@a and not @a) or mgmt;
        rule product allow from (mgmt or @a) and (192.0.2.0/24 or @b);
        rule two-sides allow from { @a, @b } to { @a, @b };
        rule ports allow tcp from @a port 80 to not @b;
        rule adds rate-limit 10/s udp else reject add src to @a add dst to @c for 10m add src to @tuples;
        rule tuple deny udp from @tuples to not @clients add dst to @clients for 365d;
        rule mixed allow from { @protos, @a, mgmt };
        default deny;
    }
}
