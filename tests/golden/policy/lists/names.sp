# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
net office = { 10.1.0.0/16, 2001:db8:1::/48 };
port admin = { 22, 8443 };
interface lab = "eth7";
