# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
net a = 10.0.0.0/8;
policy inner { ingress on any { default deny; } }
