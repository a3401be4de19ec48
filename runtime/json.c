/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "json.h"

#include <stdio.h>

void json_print(json_t *json)
{
	json_dumpf(json, stdout, JSON_INDENT(2));
	putchar('\n');
	json_decref(json);
}
