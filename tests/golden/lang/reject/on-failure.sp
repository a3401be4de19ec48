# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
on-failure deny;
policy p {
    on-failure reject;
    on-failure open;
    on-failure alow;
    on-falure deny;
    on-failure;
    ingress on a { on-failure deny; default deny; }
    on-failure allow
}
