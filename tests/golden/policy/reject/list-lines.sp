# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
policy list-lines {
    net bad = file "lists/bad.txt";
    net worse = file "lists/worse.txt";
    net missing = file "lists/missing.txt";
    ingress on any { rule a allow from bad; default deny; }
}
