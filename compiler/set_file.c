/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* All lines are read and compared with each other before the first element goes to the engine. */
#include "set_file.h"

#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* After so many bad lines it is not a list of elements. */
#define BAD_LINES_MAX 20

struct line {
	struct set_element element;
	uint32_t begin, end; /* in the text */
};

struct reader {
	struct compile *compile;
	const struct set *set;
	const struct source *source;
	struct line *lines;
	size_t n, room;
	unsigned bad;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static struct span span_of(const struct reader *reader, uint32_t begin, uint32_t end)
{
	return (struct span){ .source = reader->source, .begin = begin, .end = end };
}

static struct diag *bad(struct reader *reader, enum code code, uint32_t begin, uint32_t end, const char *what)
{
	reader->bad++;
	return diag_report(&reader->compile->diags, code, span_of(reader, begin, end), "'%.*s' %s",
			   (int)(end - begin < 80 ? end - begin : 80), reader->source->text + begin, what);
}

/* Decimal without sign or leading zeros; what is none is over any limit. */
static uint32_t parse_number(const char *text, uint32_t length)
{
	uint32_t number = 0;

	if (!length || length > 5 || (text[0] == '0' && length > 1))
		return UINT32_MAX;
	for (uint32_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return UINT32_MAX;
		number = number * 10 + (uint32_t)(text[i] - '0');
	}
	return number;
}

static bool read_address(struct reader *reader, bool prefixes, uint32_t begin, uint32_t end, struct set_element *element)
{
	const char *text = reader->source->text;
	const char *slash = memchr(text + begin, '/', end - begin);
	uint32_t stop = slash ? (uint32_t)(slash - text) : end;
	char shown[ADDRESS_TEXT];
	struct diag *diag;
	uint32_t length;
	u128 host;

	if (!address_parse(text + begin, stop - begin, &element->family, &element->address)) {
		bad(reader, CODE_BAD_LIST_LINE, begin, end, prefixes ? "is no address or prefix" : "is no address");
		return false;
	}
	element->prefix = family_bits(element->family);
	if (!slash)
		return true;
	length = parse_number(slash + 1, end - stop - 1);
	if (length > element->prefix) {
		bad(reader, CODE_OUT_OF_RANGE, begin, end, "has a prefix length that is out of range");
		return false;
	}
	if (!prefixes && length < element->prefix) {
		diag = bad(reader, CODE_BAD_LIST_LINE, begin, end, "is a prefix, and the set holds single addresses");
		diag_help(&reader->compile->diags, diag, "declare the set as 'net' to put prefixes in it");
		return false;
	}
	host = u128_ones(element->prefix - length);
	if (element->address & host) {
		diag = bad(reader, CODE_HOST_BITS, begin, end, "has bits set beyond the prefix length");
		diag_help(&reader->compile->diags, diag, "write '%s/%u' for the network",
			  address_format(element->family, element->address & ~host, shown), length);
		return false;
	}
	element->prefix = length;
	return true;
}

static bool read_part(struct reader *reader, enum ast_set_type type, uint32_t begin, uint32_t end,
		      struct set_element *element)
{
	const char *text = reader->source->text + begin;
	uint32_t number = parse_number(text, end - begin);
	char word[64] = "";

	if (end - begin < sizeof(word))
		memcpy(word, text, end - begin);
	switch (type) {
	case AST_SET_PORT:
		if (number <= UINT16_MAX)
			element->port = (uint16_t)number;
		else if (!words_port(word, &element->port))
			break;
		return true;
	case AST_SET_PROTO:
		if (number <= UINT8_MAX)
			element->proto = (uint8_t)number;
		else if (!words_proto(word, &element->proto))
			break;
		return true;
	default:
		return read_address(reader, type == AST_SET_NET, begin, end, element);
	}
	bad(reader, CODE_BAD_LIST_LINE, begin, end, type == AST_SET_PORT ? "is no port" : "is no protocol");
	return false;
}

/* Between blanks, one part for each type of the set. */
static void read_line(struct reader *reader, uint32_t begin, uint32_t end)
{
	const char *text = reader->source->text;
	struct line line = { .begin = begin, .end = end };
	unsigned n_parts = 0;

	for (uint32_t at = begin; at < end;) {
		uint32_t from = at;

		while (at < end && !is_blank(text[at]))
			at++;
		if (n_parts < reader->set->n_types &&
		    !read_part(reader, reader->set->types[n_parts], from, at, &line.element))
			return;
		n_parts++;
		while (at < end && is_blank(text[at]))
			at++;
	}
	if (n_parts != reader->set->n_types) {
		bad(reader, CODE_BAD_LIST_LINE, begin, end,
		    n_parts < reader->set->n_types ? "has fewer parts than the set's type" :
						     "has more parts than the set's type");
		return;
	}
	*(struct line *)arena_push(&reader->compile->arena, &reader->lines, &reader->n, &reader->room, sizeof(line)) = line;
}

static void read_lines(struct reader *reader)
{
	const char *text = reader->source->text;
	uint32_t size = reader->source->size;

	/* A byte order mark at the beginning means nothing. */
	for (uint32_t at = size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0; at < size; at++) {
		uint32_t begin = at, end;

		while (at < size && text[at] != '\n' && text[at] != '#' && text[at] != ';')
			at++;
		end = at;
		while (at < size && text[at] != '\n')
			at++;
		while (begin < end && is_blank(text[begin]))
			begin++;
		while (end > begin && is_blank(text[end - 1]))
			end--;
		if (begin == end)
			continue;
		if (reader->bad == BAD_LINES_MAX) {
			diag_report(&reader->compile->diags, CODE_BAD_LIST_LINE, span_of(reader, begin, end),
				    "%d bad lines: the rest of '%s' is not read", BAD_LINES_MAX, reader->source->name);
			return;
		}
		read_line(reader, begin, end);
	}
}

#define COMPARE(a, b) (((a) > (b)) - ((a) < (b)))

/* By address, the wider prefix first: what covers others comes right before the first of them. */
static int compare_lines(const void *left, const void *right)
{
	const struct line *a = left, *b = right;
	const struct set_element *x = &a->element, *y = &b->element;

	if (x->family != y->family)
		return COMPARE(x->family, y->family);
	if (x->address != y->address)
		return COMPARE(x->address, y->address);
	if (x->prefix != y->prefix)
		return COMPARE(x->prefix, y->prefix);
	if (x->port != y->port)
		return COMPARE(x->port, y->port);
	if (x->proto != y->proto)
		return COMPARE(x->proto, y->proto);
	return COMPARE(a->begin, b->begin);
}

/* Of neighbours in that order. Parts besides the address make others of the same prefix. */
static bool overlap(const struct set *set, const struct set_element *wide, const struct set_element *narrow)
{
	if (wide->family != narrow->family || wide->port != narrow->port || wide->proto != narrow->proto)
		return false;
	if (set->n_types > 1 && wide->prefix != narrow->prefix)
		return false;
	return wide->prefix <= narrow->prefix &&
	       !((wide->address ^ narrow->address) & ~u128_ones(family_bits(wide->family) - wide->prefix));
}

static void check_lines(struct reader *reader)
{
	struct diags *diags = &reader->compile->diags;
	struct line *sorted = ARENA_ARRAY(&reader->compile->arena, struct line, reader->n + 1);
	const struct line *last = NULL;

	if (reader->n > reader->set->max) {
		const struct line *first = &reader->lines[reader->set->max];

		diag_report(diags, CODE_OUT_OF_RANGE, span_of(reader, first->begin, first->end),
			    "%zu elements, and set '%s' has room for %llu", reader->n, reader->set->name,
			    (unsigned long long)reader->set->max);
		reader->bad++;
	}
	if (reader->n)
		memcpy(sorted, reader->lines, reader->n * sizeof(*sorted));
	qsort(sorted, reader->n, sizeof(*sorted), compare_lines);
	for (size_t i = 0; i < reader->n && reader->bad < BAD_LINES_MAX; i++) {
		const struct line *line = &sorted[i];
		struct diag *diag;

		if (!last || !overlap(reader->set, &last->element, &line->element)) {
			last = line;
			continue;
		}
		diag = bad(reader, CODE_BAD_LIST_LINE, line->begin, line->end,
			   last->element.prefix == line->element.prefix ? "is in the set already" :
									  "lies in a prefix that is in the set already");
		diag_note(diags, diag, span_of(reader, last->begin, last->end), "here");
	}
}

bool set_file_load(struct compile *compile, struct engine *engine, const struct set *set, const char *path)
{
	struct reader reader = { .compile = compile, .set = set };
	struct source *source;

	switch (source_load(&compile->sources, path, path, &source)) {
	case SOURCE_OK:
		break;
	case SOURCE_UNREADABLE:
		snprintf(compile->error, sizeof(compile->error), "%s: %s", path, strerror(errno));
		return false;
	case SOURCE_TOO_BIG:
		snprintf(compile->error, sizeof(compile->error), "%s: larger than %u MiB", path, SOURCE_MAX >> 20);
		return false;
	}
	reader.source = source;
	read_lines(&reader);
	if (!reader.bad)
		check_lines(&reader);
	if (reader.bad)
		return false;
	if (reader.n && !engine->ops->add) {
		snprintf(compile->error, sizeof(compile->error), "this engine cannot add to sets");
		return false;
	}
	for (size_t i = 0; i < reader.n; i++)
		if (engine->ops->add(engine, set->id, &reader.lines[i].element, 0)) {
			snprintf(compile->error, sizeof(compile->error), "%s: %s", path, engine->error);
			return false;
		}
	return true;
}
