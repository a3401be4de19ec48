/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* For grammar.y alone: what its productions stand for where nothing was written. */
#ifndef SENTRY_GRAMMAR_EMPTY_H
#define SENTRY_GRAMMAR_EMPTY_H

#include "build.h"

/* Nothing at all lies at the end of what came before. */
#define YYLLOC_DEFAULT(current, rhs, n)                                      \
	do {                                                                 \
		(current) = (n) ? YYRHSLOC(rhs, 1) : YYRHSLOC(rhs, 0);       \
		(current).end = YYRHSLOC(rhs, n).end;                        \
		if (!(n))                                                    \
			(current).begin = (current).end;                     \
	} while (0)

/* What an empty production or an optional part that was not written stands for. */
static const struct ast_name no_name;
static const struct endpoint no_endpoint;
static const struct pieces no_text;
static const struct packet_key_list no_keys;
static const struct node_list no_nodes;
static const struct clause_list no_clauses;
static const struct expr_list no_items;
static const struct key_list no_rate_keys;
static const struct name_list no_names;
static const struct ast_set no_set;
static const struct ast_where no_where;

#endif
