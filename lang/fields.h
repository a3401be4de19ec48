/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The packet fields of fields.def as an enumeration and a table. */
#ifndef SENTRY_FIELDS_H
#define SENTRY_FIELDS_H

enum field {
#define FIELD(ID, WORD, TYPE, BITS, NEEDS, MEMBER, TEXT) FIELD_##ID,
#include "fields.def"
#undef FIELD
	N_FIELDS
};

enum field_type {
	FIELD_TYPE_NUMBER,
	FIELD_TYPE_ADDR,
	FIELD_TYPE_PORT,
	FIELD_TYPE_PROTO,
	FIELD_TYPE_FLAGS,
	FIELD_TYPE_ICMP_TYPE,
	FIELD_TYPE_ICMP_CODE,
	FIELD_TYPE_FRAGMENT,
};

enum field_needs {
	FIELD_NEEDS_LINK,
	FIELD_NEEDS_NET,
	FIELD_NEEDS_PORTS,
	FIELD_NEEDS_TCP,
	FIELD_NEEDS_ICMP,
};

struct field_info {
	const char *id;     /* "DPORT" */
	const char *word;   /* "port" */
	enum field_type type;
	unsigned bits;
	enum field_needs needs;
	const char *member; /* "dport" */
	const char *text;
};

extern const struct field_info field_table[N_FIELDS];

#endif
