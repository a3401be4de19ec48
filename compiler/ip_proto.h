/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Numbers of IP protocols that the compiler itself knows. The reference parser (model_parse.c) has its own, on purpose. */
#ifndef SENTRY_IP_PROTO_H
#define SENTRY_IP_PROTO_H

enum ip_proto {
	PROTO_HOP_BY_HOP = 0,
	PROTO_ICMP = 1,
	PROTO_TCP = 6,
	PROTO_UDP = 17,
	PROTO_ROUTING = 43,
	PROTO_FRAGMENT = 44,
	PROTO_GRE = 47,
	PROTO_ESP = 50,
	PROTO_AH = 51,
	PROTO_ICMPV6 = 58,
	PROTO_DESTINATION = 60,
	PROTO_SCTP = 132,
	PROTO_MOBILITY = 135,
	PROTO_HIP = 139,
	PROTO_SHIM6 = 140,
};

#endif
