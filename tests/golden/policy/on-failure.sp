# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy open {
    owner "netops";
    on-failure allow;
    ingress on uplink { default deny; }
}
