/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "config.h"

#include "memory.h"
#include "yaml_tree.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define LONGEST_WORD 40
#define SECRET_MOST 4096

/* Memory of the document: a list, freed with it. */
struct kept {
	struct kept *next;
	max_align_t memory[];
};

static void __attribute__((format(printf, 4, 0)))
say_at(struct config_document *document, unsigned int line, unsigned int column, const char *format, va_list arguments)
{
	document->errors++;
	fprintf(document->messages, "%s:", document->path);
	if (line)
		fprintf(document->messages, "%u:%u:", line, column);
	fputs(" error: ", document->messages);
	vfprintf(document->messages, format, arguments);
	fputc('\n', document->messages);
}

static void __attribute__((format(printf, 4, 5)))
error_at(struct config_document *document, unsigned int line, unsigned int column, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	say_at(document, line, column, format, arguments);
	va_end(arguments);
}

bool config_load(struct config_document *document, const char *path, FILE *messages)
{
	struct yaml_problem problem;
	FILE *file = strcmp(path, "-") == 0 ? stdin : fopen(path, "re");
	struct stat stat;

	*document = (struct config_document){ .path = path, .messages = messages };
	if (!file) {
		error_at(document, 0, 0, "cannot open it: %s", strerror(errno));
		return false;
	}
	if (fstat(fileno(file), &stat) == 0 && S_ISDIR(stat.st_mode)) {
		error_at(document, 0, 0, "it is a directory");
		if (file != stdin)
			fclose(file);
		return false;
	}
	document->root = yaml_tree_load(file, &problem);
	if (!document->root)
		error_at(document, problem.line, problem.column, "%s", problem.text);
	if (file != stdin)
		fclose(file);
	return document->root;
}

void config_free(struct config_document *document)
{
	struct kept *next;

	yaml_tree_free(document->root);
	for (struct kept *kept = document->kept; kept; kept = next) {
		next = kept->next;
		free(kept);
	}
	document->root = NULL;
	document->kept = NULL;
}

void *config_allocate(struct config_document *document, size_t size)
{
	struct kept *kept = allocate(1, sizeof(*kept) + size);

	kept->next = document->kept;
	document->kept = kept;
	return kept->memory;
}

/* `anomalies:` with all that could stand below it left out, or a comment. */
static bool is_empty(const struct yaml_node *node)
{
	return node->type == YAML_TEXT && !node->quoted && !*node->text;
}

void config_begin(struct config_map *map, struct config_document *document, struct yaml_node *node)
{
	*map = (struct config_map){ .document = document, .node = node };
	if (node && node->type != YAML_MAP && !is_empty(node)) {
		error_at(document, node->line, node->column, "keys with values are wanted here");
		map->node = NULL;
	}
	for (size_t i = 0; map->node && i < map->node->n; i++)
		map->node->children[i].asked = false;
}

static struct yaml_node *find(const struct config_map *map, const char *key)
{
	for (size_t i = 0; map->node && i < map->node->n; i++) {
		if (strcmp(map->node->children[i].key, key) == 0)
			return &map->node->children[i];
	}
	return NULL;
}

/* Every key that was asked for, whether there or not: what an unknown one is compared with. */
static struct yaml_node *ask(struct config_map *map, const char *key)
{
	struct yaml_node *node = find(map, key);

	map->known = grow(map->known, map->n_known, sizeof(*map->known));
	map->known[map->n_known++] = key;
	if (node)
		node->asked = true;
	return node;
}

/* Levenshtein's distance: V. I. Levenshtein, Soviet Physics Doklady 10 (1966) 707. */
static size_t distance(const char *a, const char *b)
{
	size_t row[LONGEST_WORD + 1], length = strlen(b);

	if (length > LONGEST_WORD)
		return SIZE_MAX;
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 0; a[i]; i++) {
		size_t diagonal = row[0];

		row[0] = i + 1;
		for (size_t j = 0; j < length; j++) {
			size_t change = diagonal + (a[i] != b[j]);

			diagonal = row[j + 1];
			row[j + 1] = change;
			if (row[j] + 1 < row[j + 1])
				row[j + 1] = row[j] + 1;
			if (diagonal + 1 < row[j + 1])
				row[j + 1] = diagonal + 1;
		}
	}
	return row[length];
}

/* Of the n words the one that was meant, NULL if none is near. */
static const char *nearest(const char *word, const char *const *words, size_t n)
{
	const char *best = NULL;
	size_t least = strlen(word) / 3 + 2;

	for (size_t i = 0; i < n; i++) {
		size_t d = distance(word, words[i]);

		if (d < least) {
			least = d;
			best = words[i];
		}
	}
	return best;
}

void config_end(struct config_map *map)
{
	for (size_t i = 0; map->node && i < map->node->n; i++) {
		const struct yaml_node *node = &map->node->children[i];
		const char *meant = nearest(node->key, map->known, map->n_known);

		if (node->asked)
			continue;
		if (meant)
			error_at(map->document, node->key_line, node->key_column, "unknown key '%s'; did you mean '%s'?",
				 node->key, meant);
		else
			error_at(map->document, node->key_line, node->key_column, "unknown key '%s'", node->key);
	}
	config_abandon(map);
}

void config_abandon(struct config_map *map)
{
	free(map->known);
	map->known = NULL;
	map->n_known = 0;
}

void config_error(struct config_map *map, const char *key, const char *format, ...)
{
	const struct yaml_node *node = key ? find(map, key) : NULL;
	va_list arguments;

	if (!node)
		node = map->node;
	va_start(arguments, format);
	say_at(map->document, node ? node->line : 0, node ? node->column : 0, format, arguments);
	va_end(arguments);
}

bool config_has(const struct config_map *map, const char *key)
{
	return find(map, key);
}

/* The text of a key; NULL if left out, or of another type, which is said. */
static const struct yaml_node *ask_text(struct config_map *map, const char *key, const char *wanted)
{
	const struct yaml_node *node = ask(map, key);

	if (!node || (node->type == YAML_TEXT && (*node->text || node->quoted)))
		return node;
	error_at(map->document, node->line, node->column, "%s: %s is wanted", key, wanted);
	return NULL;
}

const char *config_text(struct config_map *map, const char *key, const char *otherwise)
{
	const struct yaml_node *node = ask_text(map, key, "a text");

	return node ? node->text : otherwise;
}

const char *config_needed(struct config_map *map, const char *key)
{
	unsigned int errors = map->document->errors;
	const char *text = config_text(map, key, "");

	if (!*text && map->document->errors == errors)
		config_error(map, key, "'%s' is missing", key);
	return text;
}

const char *config_secret(struct config_map *map, const char *key)
{
	const char *text = config_text(map, key, NULL), *path;
	size_t size = strlen(key) + sizeof("-file");
	/* As long as the document: unknown keys are compared with it. */
	char *file_key = config_allocate(map->document, size), *kept;
	char line[SECRET_MOST];
	FILE *file;

	snprintf(file_key, size, "%s-file", key);
	path = config_text(map, file_key, NULL);
	if (text && path)
		config_error(map, file_key, "%s and %s: one of both", key, file_key);
	if (!path)
		return text;
	file = fopen(path, "re");
	if (!file || !fgets(line, sizeof(line), file)) {
		config_error(map, file_key, "cannot read %s", path);
		line[0] = '\0';
	}
	if (file)
		fclose(file);
	line[strcspn(line, "\r\n")] = '\0';
	kept = config_allocate(map->document, strlen(line) + 1);
	strcpy(kept, line);
	/* With another secret in the same file, it is another configuration. */
	find(map, file_key)->secret = kept;
	return kept;
}

bool config_bool(struct config_map *map, const char *key, bool otherwise)
{
	const struct yaml_node *node = ask_text(map, key, "true or false");

	if (!node)
		return otherwise;
	if (strcmp(node->text, "true") == 0)
		return true;
	if (strcmp(node->text, "false") != 0)
		error_at(map->document, node->line, node->column, "%s: true or false is wanted", key);
	return false;
}

struct unit {
	const char *name;
	uint64_t factor;
};

#define QUANTITY 32

/* In the last of the units that leaves a whole number. */
static const char *quantity(uint64_t number, const struct unit *units, char text[static QUANTITY])
{
	const struct unit *best = units;

	for (; units->name; units++) {
		if (number % units->factor == 0 && number / units->factor > 0)
			best = units;
	}
	snprintf(text, QUANTITY, "%" PRIu64 "%s", number / best->factor, best->name);
	return text;
}

static uint64_t in_range(struct config_map *map, const struct yaml_node *node, const char *key, const struct unit *units,
			 uint64_t number, uint64_t otherwise, uint64_t least, uint64_t most)
{
	char from[QUANTITY], to[QUANTITY];

	if (number >= least && number <= most)
		return number;
	error_at(map->document, node->line, node->column, "%s: %s is not in the range %s to %s", key, node->text,
		 quantity(least, units, from), quantity(most, units, to));
	return otherwise;
}

/* A number, and what is behind it. */
static bool leading_number(const char *text, uint64_t *number, const char **rest)
{
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	*rest = end;
	return text[0] >= '0' && text[0] <= '9' && !errno;
}

uint64_t config_number(struct config_map *map, const char *key, uint64_t otherwise, uint64_t least, uint64_t most)
{
	static const struct unit none[] = { { "", 1 }, { NULL, 0 } };
	const struct yaml_node *node = ask_text(map, key, "a number");
	const char *rest;
	uint64_t number;

	if (!node)
		return otherwise;
	if (leading_number(node->text, &number, &rest) && !*rest)
		return in_range(map, node, key, none, number, otherwise, least, most);
	error_at(map->document, node->line, node->column, "%s: a whole number is wanted, not '%s'", key, node->text);
	return otherwise;
}

double config_decimal(struct config_map *map, const char *key, double otherwise, double least, double most)
{
	const struct yaml_node *node = ask_text(map, key, "a number");
	char *end = NULL;
	double number;

	if (!node)
		return otherwise;
	number = strtod(node->text, &end);
	if (end != node->text && !*end && isfinite(number) && number >= least && number <= most)
		return number;
	error_at(map->document, node->line, node->column, "%s: a number from %g to %g is wanted, not '%s'", key, least, most,
		 node->text);
	return otherwise;
}

static uint64_t with_unit(struct config_map *map, const char *key, const struct unit *units, const char *wanted,
			  uint64_t otherwise, uint64_t least, uint64_t most)
{
	const struct yaml_node *node = ask_text(map, key, wanted);
	const char *rest;
	uint64_t number;

	if (!node)
		return otherwise;
	if (leading_number(node->text, &number, &rest)) {
		while (*rest == ' ')
			rest++;
		for (const struct unit *unit = units; unit->name; unit++) {
			if (strcmp(unit->name, rest) != 0)
				continue;
			return in_range(map, node, key, units,
					number > UINT64_MAX / unit->factor ? UINT64_MAX : number * unit->factor, otherwise,
					least, most);
		}
	}
	error_at(map->document, node->line, node->column, "%s: %s is wanted, not '%s'", key, wanted, node->text);
	return otherwise;
}

uint64_t config_bytes(struct config_map *map, const char *key, uint64_t otherwise, uint64_t least, uint64_t most)
{
	static const struct unit units[] = {
		{ "", 1 },	   { "B", 1 },	    { "kB", 1000 },	 { "MB", 1000000 },   { "GB", 1000000000 },
		{ "KiB", 1 << 10 }, { "MiB", 1 << 20 }, { "GiB", 1 << 30 }, { NULL, 0 },
	};

	return with_unit(map, key, units, "a size such as 16MiB", otherwise, least, most);
}

uint64_t config_duration(struct config_map *map, const char *key, uint64_t otherwise, uint64_t least, uint64_t most)
{
	static const struct unit units[] = {
		{ "ms", 1 }, { "s", 1000 }, { "m", 60000 }, { "h", 3600000 }, { "d", 86400000 }, { NULL, 0 },
	};

	return with_unit(map, key, units, "a time such as 500ms, 10s, 5m, 1h or 7d", otherwise, least, most);
}

int config_choice(struct config_map *map, const char *key, const char *const *words, int otherwise)
{
	const struct yaml_node *node = ask_text(map, key, "a word");
	char list[256] = "";
	size_t used = 0;

	if (!node)
		return otherwise;
	for (int i = 0; words[i]; i++) {
		if (strcmp(words[i], node->text) == 0)
			return i;
		if (used < sizeof(list))
			used += (size_t)snprintf(list + used, sizeof(list) - used, "%s%s", i ? ", " : "", words[i]);
	}
	error_at(map->document, node->line, node->column, "%s: '%s' is none of: %s", key, node->text, list);
	return otherwise;
}

static bool is_one_of(const char *word, const char *const *words, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (strcmp(word, words[i]) == 0)
			return true;
	return false;
}

/* A text that is none of the words is said, and taken: there will be no run with it. */
static const char *list_text(struct config_map *map, const char *key, const struct yaml_node *item, const char *const *words)
{
	const char *meant;
	size_t n = 0;

	if (item->type != YAML_TEXT) {
		error_at(map->document, item->line, item->column, "%s: a text or a list of texts is wanted", key);
		return NULL;
	}
	while (words && words[n])
		n++;
	if (!words || is_one_of(item->text, words, n))
		return item->text;
	meant = nearest(item->text, words, n);
	if (meant)
		error_at(map->document, item->line, item->column, "%s: there is no '%s'; did you mean '%s'?", key, item->text, meant);
	else
		error_at(map->document, item->line, item->column, "%s: there is no '%s'", key, item->text);
	return item->text;
}

const char **config_choices(struct config_map *map, const char *key, const char *const *words)
{
	const struct yaml_node *node = ask(map, key), *items = node;
	const char **texts;
	size_t n = 1;

	if (!node)
		return NULL;
	if (node->type == YAML_LIST) {
		items = node->children;
		n = node->n;
	}
	texts = config_allocate(map->document, (n + 1) * sizeof(*texts));
	for (size_t i = 0; i < n; i++) {
		texts[i] = list_text(map, key, &items[i], words);
		if (!texts[i])
			return NULL;
	}
	return texts;
}

const char **config_texts(struct config_map *map, const char *key)
{
	return config_choices(map, key, NULL);
}

const char **config_pairs(struct config_map *map, const char *key)
{
	const struct yaml_node *node = ask(map, key);
	const char **texts;

	if (!node)
		return NULL;
	if (node->type != YAML_MAP) {
		error_at(map->document, node->line, node->column, "%s: names with values are wanted", key);
		return NULL;
	}
	texts = config_allocate(map->document, (2 * node->n + 1) * sizeof(*texts));
	for (size_t i = 0; i < node->n; i++) {
		if (node->children[i].type != YAML_TEXT) {
			error_at(map->document, node->children[i].line, node->children[i].column, "%s: a text is wanted",
				 node->children[i].key);
			return NULL;
		}
		texts[2 * i] = node->children[i].key;
		texts[2 * i + 1] = node->children[i].text;
	}
	return texts;
}

void config_sub(struct config_map *map, const char *key, struct config_map *sub)
{
	config_begin(sub, map->document, ask(map, key));
}

bool config_each(struct config_map *map, const char *key, size_t *at, struct config_map *entry)
{
	struct yaml_node *node = *at == 0 ? ask(map, key) : find(map, key);

	if (!node)
		return false;
	if (node->type != YAML_LIST && !is_empty(node)) {
		error_at(map->document, node->line, node->column, "%s: a list is wanted (lines that begin with '- ')", key);
		return false;
	}
	while (*at < node->n) {
		config_begin(entry, map->document, &node->children[(*at)++]);
		if (entry->node)
			return true;
	}
	return false;
}
