# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# Said twice; and in a policy that denies, fail-open is worth a note.
policy twice {
    on-failure allow;
    ingress on uplink { default deny; }
    on-failure deny;
}
