/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A configuration in YAML, read with a place for each word, so that what is wrong can be shown. Whoever reads a mapping
 * asks for its keys one by one; what nobody asked for is an unknown key.
 *
 * Strings belong to the document and live as long as it.
 */
#ifndef SENTRY_DAEMON_CONFIG_H
#define SENTRY_DAEMON_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct yaml_node;
struct kept;

struct config_document {
	const char *path;       /* as given */
	struct yaml_node *root; /* NULL: empty */
	unsigned int errors;    /* said */
	FILE *messages;         /* where they are said */
	struct kept *kept;      /* memory of config_allocate() */
};

/* "FILE:LINE:COLUMN: error: …" to `messages`. False: it could not be read or is not YAML; that was said. */
bool config_load(struct config_document *document, const char *path, FILE *messages);
void config_free(struct config_document *document);

/* A mapping that is being read. */
struct config_map {
	struct config_document *document;
	struct yaml_node *node; /* NULL: it was left out; every key has its default */
	const char **known;     /* asked for */
	size_t n_known;
};

/* Each key may be asked for once. A value of the wrong type is said and leaves the default. */
void config_begin(struct config_map *map, struct config_document *document, struct yaml_node *node);
/* Says which keys are not known, with the nearest that is. */
void config_end(struct config_map *map);
/* Ends it without that: which keys there are is not known. */
void config_abandon(struct config_map *map);

const char *config_text(struct config_map *map, const char *key, const char *otherwise);
/* Must be there and not empty; "" after an error was said. */
const char *config_needed(struct config_map *map, const char *key);
/* A text, or the first line of the file that KEY-file names, so that a secret need not stand in the configuration. */
const char *config_secret(struct config_map *map, const char *key);
bool config_bool(struct config_map *map, const char *key, bool otherwise);
uint64_t config_number(struct config_map *map, const char *key, uint64_t otherwise, uint64_t least, uint64_t most);
double config_decimal(struct config_map *map, const char *key, double otherwise, double least, double most);
/* "10MB", "1GiB", a number of bytes: kB, MB, GB are powers of 1000, KiB, MiB, GiB of 1024. */
uint64_t config_bytes(struct config_map *map, const char *key, uint64_t otherwise, uint64_t least, uint64_t most);
/* "500ms", "10s", "5m", "1h", "7d" in milliseconds. */
uint64_t config_duration(struct config_map *map, const char *key, uint64_t otherwise, uint64_t least, uint64_t most);
/* One of NULL-terminated words: its index. */
int config_choice(struct config_map *map, const char *key, const char *const *words, int otherwise);
/* A list of texts, or one text for a list of one; NULL-terminated, belongs to the document; NULL if left out. */
const char **config_texts(struct config_map *map, const char *key);
/* The same, of which each must be one of NULL-terminated words: of another the nearest is said. */
const char **config_choices(struct config_map *map, const char *key, const char *const *words);
/* A mapping of text to text, as pairs: name, value, …, NULL; NULL if left out. */
const char **config_pairs(struct config_map *map, const char *key);
/* A mapping below; of a key left out all is default. End it, too. */
void config_sub(struct config_map *map, const char *key, struct config_map *sub);
/* The entries of a list of mappings, one by one: false at its end. `at` begins at 0. Of other entries it says that they are wrong. */
bool config_each(struct config_map *map, const char *key, size_t *at, struct config_map *entry);
bool config_has(const struct config_map *map, const char *key);

/* At a key's value, or at the mapping if it has no such key. */
void __attribute__((format(printf, 3, 4)))
config_error(struct config_map *map, const char *key, const char *format, ...);

/* Memory that lives as long as the document. */
void *config_allocate(struct config_document *document, size_t size);

#endif
