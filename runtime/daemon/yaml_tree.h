/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A YAML document as a tree that knows where everything stood. */
#ifndef SENTRY_DAEMON_YAML_TREE_H
#define SENTRY_DAEMON_YAML_TREE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum yaml_type {
	YAML_TEXT,
	YAML_LIST,
	YAML_MAP,
};

struct yaml_node {
	enum yaml_type type;
	unsigned int line, column; /* from 1; of a pair's value: the value's */
	bool quoted;
	bool asked;                /* of a pair's key: somebody wanted it */
	char *key;                 /* of a value in a map; else NULL */
	unsigned int key_line, key_column;
	char *text;                /* YAML_TEXT; "" for nothing */
	const char *secret;        /* what was read from the file that `text` names; belongs to who has read it; NULL: nothing */
	size_t n;
	struct yaml_node *children; /* of lists and maps */
};

struct yaml_problem {
	unsigned int line, column; /* 0: no place */
	char text[256];
};

/* The one document of a file; NULL with a problem. A file without one is an empty map. Aliases are refused. */
struct yaml_node *yaml_tree_load(FILE *file, struct yaml_problem *problem);
void yaml_tree_free(struct yaml_node *node);

#endif
