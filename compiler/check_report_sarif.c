/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Findings as SARIF 2.1.0, which code scanning services read. */
#include "check_report.h"

#include "json_out.h"
#include "sha256.h"
#include "utf8.h"

#include <ctype.h>
#include <string.h>

#define SCHEMA "https://json.schemastore.org/sarif-2.1.0.json"

struct seen {
	const char *key;
	struct seen *next;
};

struct sarif {
	struct arena *arena;
	json_t *rules;
	int rule_index[N_CODES]; /* -1: not used yet */
	struct seen *seen;
};

/* "error", "warning", "note", and SARIF's word for off. */
static const char *level(enum severity severity)
{
	return severity == SEVERITY_OFF ? "none" : severity_words[severity];
}

static json_t *message(struct arena *arena, const char *text)
{
	json_t *object = json_object();

	json_set_text(object, "text", check_printable(arena, text));
	return object;
}

/* RFC 3986: everything but unreserved characters and '/', also ':', which would end a scheme. */
static const char *path_uri(struct arena *arena, const char *path)
{
	size_t length, n = 0;
	char *uri;

	while (!strncmp(path, "./", 2))
		path += 2;
	length = strlen(path);
	uri = arena_array(arena, length + 3, 3);
	if (*path == '/') {
		strcpy(uri, "file://");
		n = strlen(uri);
	}
	for (; *path; path++) {
		unsigned char byte = (unsigned char)*path;

		if (byte < 0x80 && (isalnum(byte) || strchr("-._~/", byte)))
			uri[n++] = (char)byte;
		else
			n += (size_t)sprintf(uri + n, "%%%02X", byte);
	}
	uri[n] = '\0';
	return uri;
}

/* Ours count bytes, these characters. */
static json_int_t column_of(const struct source *source, struct position position)
{
	size_t length;
	const char *line = source_line(source, position.line, &length);
	json_int_t column = 1;

	for (size_t i = 0; i < length && i + 1 < position.column; column++) {
		size_t bytes = utf8_length(line + i, length - i);

		i += bytes ? bytes : 1;
	}
	return column;
}

static json_t *physical_location(struct arena *arena, struct span span)
{
	struct position begin = source_position(span.source, span.begin), end = source_position(span.source, span.end);
	json_t *location = json_object(), *artifact = json_object(), *region = json_object();

	json_set_text(artifact, "uri", path_uri(arena, span.source->name));
	json_object_set_new(location, "artifactLocation", artifact);
	json_object_set_new(region, "startLine", json_integer(begin.line));
	json_object_set_new(region, "startColumn", json_integer(column_of(span.source, begin)));
	json_object_set_new(region, "endLine", json_integer(end.line));
	json_object_set_new(region, "endColumn", json_integer(column_of(span.source, end)));
	json_object_set_new(location, "region", region);
	return location;
}

static int rule_index(struct sarif *sarif, enum code code)
{
	const struct code_info *info = &code_table[code];
	json_t *rule, *configuration;

	if (sarif->rule_index[code] >= 0)
		return sarif->rule_index[code];
	rule = json_object();
	configuration = json_object();
	json_set_text(rule, "id", info->text);
	json_set_text(rule, "name", info->lint ? info->lint : info->title);
	json_object_set_new(rule, "shortDescription", message(sarif->arena, info->title));
	json_object_set_new(rule, "fullDescription", message(sarif->arena, info->page));
	json_object_set_new(rule, "help", message(sarif->arena, info->page));
	json_set_text(configuration, "level", level(info->severity));
	json_object_set_new(rule, "defaultConfiguration", configuration);
	sarif->rule_index[code] = (int)json_array_size(sarif->rules);
	json_array_append_new(sarif->rules, rule);
	return sarif->rule_index[code];
}

/* A message without its numbers: the kind of it, and the names (in quotes) that it is about. */
static const char *message_kind(struct arena *arena, const char *text)
{
	char *kind = arena_strdup(arena, text), *to = kind;
	bool quoted = false;

	for (; *text; text++) {
		if (*text == '\'')
			quoted = !quoted;
		if (quoted || !isdigit((unsigned char)*text))
			*to++ = *text;
	}
	*to = '\0';
	return kind;
}

/*
 * The finding's identity over changes of the policy: no line numbers, no packet (which
 * one is chosen may change), no days left. The n-th finding of the same identity says so.
 */
static const char *fingerprint(struct sarif *sarif, const struct check_file *file, const struct diag *diag)
{
	char *digits = arena_alloc(sarif->arena, SHA256_TEXT);
	struct seen *seen;
	unsigned ordinal = 1;
	const char *key;

	key = arena_printf(sarif->arena, "%s\n%s\n%s\n%s", file->name ? file->name : "", code_table[diag->code].text,
			   diag->rule ? diag->rule : "", message_kind(sarif->arena, diag->message));
	for (const struct diag_note *note = diag->notes; note; note = note->next)
		if (note->rule)
			key = arena_printf(sarif->arena, "%s\n%s", key, note->rule);
	for (seen = sarif->seen; seen; seen = seen->next)
		ordinal += !strcmp(seen->key, key);
	seen = ARENA_NEW(sarif->arena, struct seen);
	*seen = (struct seen){ .key = key, .next = sarif->seen };
	sarif->seen = seen;
	key = arena_printf(sarif->arena, "%s\n%u", key, ordinal);
	sha256_text(key, strlen(key), digits);
	return digits;
}

static json_t *related_locations(struct sarif *sarif, const struct diag *diag)
{
	json_t *related = json_array();
	json_int_t id = 1;

	for (const struct diag_note *note = diag->notes; note; note = note->next) {
		json_t *location;

		if (!note->span.source)
			continue;
		location = json_object();
		json_object_set_new(location, "id", json_integer(id++));
		json_object_set_new(location, "physicalLocation", physical_location(sarif->arena, note->span));
		json_object_set_new(location, "message", message(sarif->arena, note->text));
		json_array_append_new(related, location);
	}
	return related;
}

static json_t *properties(struct arena *arena, const struct diag *diag)
{
	json_t *object = json_object();

	json_set_text(object, "rule", check_printable(arena, diag->rule));
	json_set_text(object, "witness", check_printable(arena, diag->witness));
	json_set_text(object, "when", check_printable(arena, diag->when));
	return object;
}

static json_t *result(struct sarif *sarif, const struct check_file *file, const struct diag *diag)
{
	json_t *object = json_object(), *locations = json_array(), *fingerprints = json_object();
	json_t *more;

	json_set_text(object, "ruleId", code_table[diag->code].text);
	json_object_set_new(object, "ruleIndex", json_integer(rule_index(sarif, diag->code)));
	json_set_text(object, "level", level(diag->severity));
	json_object_set_new(object, "message", message(sarif->arena, check_text(sarif->arena, diag)));
	if (diag->span.source) {
		json_t *location = json_object();

		json_object_set_new(location, "physicalLocation", physical_location(sarif->arena, diag->span));
		json_array_append_new(locations, location);
	}
	json_object_set_new(object, "locations", locations);
	json_object_set_new(object, "relatedLocations", related_locations(sarif, diag));
	json_set_text(fingerprints, "packetSentry/v1", fingerprint(sarif, file, diag));
	json_object_set_new(object, "partialFingerprints", fingerprints);
	more = properties(sarif->arena, diag);
	if (json_object_size(more))
		json_object_set_new(object, "properties", more);
	else
		json_decref(more);
	return object;
}

static json_t *tool(struct sarif *sarif)
{
	json_t *object = json_object(), *driver = json_object();

	json_set_text(driver, "name", "sentryc");
	json_set_text(driver, "version", SENTRY_VERSION);
	json_object_set_new(driver, "rules", sarif->rules);
	json_object_set_new(object, "driver", driver);
	return object;
}

/* Errors over the limit are counted where a reader of the log looks for trouble with the tool. */
static json_t *invocation(const struct check_report *report)
{
	json_t *object = json_object();
	bool successful = true;
	size_t omitted = 0;

	for (size_t i = 0; i < report->n_files; i++) {
		omitted += check_omitted(&report->files[i]);
		/* 3: a file could not be read. A policy at fault is a result, not a failure of the tool. */
		successful = successful && report->files[i].code <= 1;
	}
	json_object_set_new(object, "executionSuccessful", json_boolean(successful));
	if (omitted) {
		json_t *bag = json_object();

		json_object_set_new(bag, "omittedErrors", json_integer((json_int_t)omitted));
		json_object_set_new(object, "properties", bag);
	}
	return object;
}

void check_report_sarif(struct check_report *report)
{
	struct sarif sarif = { .arena = &report->arena, .rules = json_array() };
	json_t *document = json_object(), *runs = json_array(), *run = json_object();
	json_t *results = json_array(), *invocations = json_array();

	memset(sarif.rule_index, -1, sizeof(sarif.rule_index));
	for (size_t i = 0; i < report->n_files; i++) {
		const struct check_file *file = &report->files[i];
		const struct diag *diag = file->compile.diags.first;

		while ((diag = check_shown(diag))) {
			json_array_append_new(results, result(&sarif, file, diag));
			diag = diag->next;
		}
	}
	json_set_text(document, "$schema", SCHEMA);
	json_set_text(document, "version", "2.1.0");
	json_object_set_new(run, "tool", tool(&sarif));
	json_array_append_new(invocations, invocation(report));
	json_object_set_new(run, "invocations", invocations);
	json_set_text(run, "columnKind", "unicodeCodePoints");
	json_object_set_new(run, "results", results);
	json_array_append_new(runs, run);
	json_object_set_new(document, "runs", runs);
	json_print(document);
}
