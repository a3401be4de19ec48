/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "fields.h"

const struct field_info field_table[N_FIELDS] = {
#define FIELD(ID, WORD, TYPE, BITS, NEEDS, MEMBER, TEXT) \
	[FIELD_##ID] = { #ID, WORD, FIELD_TYPE_##TYPE, BITS, FIELD_NEEDS_##NEEDS, #MEMBER, TEXT },
#include "fields.def"
#undef FIELD
};
