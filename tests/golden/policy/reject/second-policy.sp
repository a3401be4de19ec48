# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
include "lists/holds-a-policy.sp";
policy one { ingress on any { default deny; } }
policy two { ingress on any { default deny; } }
