/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * List files: one address, prefix or range a line. Blocklists have half a million
 * lines, so a line costs a parse and nothing else; sorting and merging come once,
 * at the end.
 */
#include "resolver.h"

#include <errno.h>
#include <string.h>

/* After so many bad lines it is not a list of addresses. */
#define BAD_LINES_MAX 20

struct line_reader {
	struct resolver *r;
	const struct source *source;
	struct range_bag bags[N_FAMILIES];
	unsigned bad;
};

/* Half-open offsets into the source's text. */
struct piece {
	uint32_t begin, end;
};

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\f' || c == '\v';
}

static struct span piece_span(const struct line_reader *reader, struct piece piece)
{
	return (struct span){ .source = reader->source, .begin = piece.begin, .end = piece.end };
}

static struct diag *bad_line(struct line_reader *reader, enum code code, struct piece piece, const char *what)
{
	reader->bad++;
	return diag_report(reader->r->diags, code, piece_span(reader, piece), "'%s' %s",
			   span_words(reader->r->arena, piece_span(reader, piece)), what);
}

static struct piece trim(const char *text, struct piece piece)
{
	while (piece.begin < piece.end && is_blank(text[piece.begin]))
		piece.begin++;
	while (piece.end > piece.begin && is_blank(text[piece.end - 1]))
		piece.end--;
	return piece;
}

static bool parse_address(const struct line_reader *reader, struct piece piece, enum family *family, u128 *value)
{
	return address_parse(reader->source->text + piece.begin, piece.end - piece.begin, family, value);
}

static void read_range(struct line_reader *reader, struct piece piece, uint32_t dash)
{
	const char *text = reader->source->text;
	struct piece left = trim(text, (struct piece){ piece.begin, dash });
	struct piece right = trim(text, (struct piece){ dash + 1, piece.end });
	enum family family, other;
	u128 lo, hi;

	if (!parse_address(reader, left, &family, &lo) || !parse_address(reader, right, &other, &hi) || family != other)
		bad_line(reader, CODE_BAD_LIST_LINE, piece, "is no range of addresses");
	else if (lo > hi)
		bad_line(reader, CODE_REVERSED_RANGE, piece, "ends before it begins");
	else
		range_bag_add(reader->r->arena, &reader->bags[family], lo, hi);
}

/* Decimal, without sign or leading zeros; anything that is none or too long is over any prefix length. */
static unsigned parse_prefix_length(const char *text, uint32_t begin, uint32_t end)
{
	unsigned length = 0;

	if (begin == end || end - begin > 3 || (text[begin] == '0' && end - begin > 1))
		return 1000;
	for (; begin < end; begin++) {
		if (text[begin] < '0' || text[begin] > '9')
			return 1000;
		length = length * 10 + (unsigned)(text[begin] - '0');
	}
	return length;
}

static void read_prefix(struct line_reader *reader, struct piece piece, uint32_t slash)
{
	char given[ADDRESS_TEXT], network[ADDRESS_TEXT];
	struct diag *diag;
	enum family family;
	unsigned length;
	u128 value, host;

	if (!parse_address(reader, (struct piece){ piece.begin, slash }, &family, &value)) {
		bad_line(reader, CODE_BAD_LIST_LINE, piece, "is no prefix");
		return;
	}
	length = parse_prefix_length(reader->source->text, slash + 1, piece.end);
	if (length > family_bits(family)) {
		bad_line(reader, CODE_OUT_OF_RANGE, piece, family == FAMILY_V4 ? "has no prefix length of 0 to 32"
									       : "has no prefix length of 0 to 128");
		return;
	}
	host = u128_ones(family_bits(family) - length);
	if (value & host) {
		diag = bad_line(reader, CODE_HOST_BITS, piece, "has bits set beyond the prefix length");
		diag_help(reader->r->diags, diag, "write '%s/%u' for the network or '%s' for the one address",
			  address_format(family, value & ~host, network), length, address_format(family, value, given));
		return;
	}
	range_bag_add(reader->r->arena, &reader->bags[family], value, value | host);
}

/* A line without its comment and the blanks around. */
static void read_entry(struct line_reader *reader, struct piece piece)
{
	const char *text = reader->source->text;
	enum family family;
	u128 value;

	for (uint32_t i = piece.begin; i < piece.end; i++) {
		if (text[i] == '/') {
			read_prefix(reader, piece, i);
			return;
		}
		if (text[i] == '-') {
			read_range(reader, piece, i);
			return;
		}
	}
	if (!parse_address(reader, piece, &family, &value))
		bad_line(reader, CODE_BAD_LIST_LINE, piece, "is no address, prefix or range");
	else
		range_bag_add(reader->r->arena, &reader->bags[family], value, value);
}

/* True if every line was good. */
static bool read_lines(struct line_reader *reader)
{
	const char *text = reader->source->text;
	uint32_t size = reader->source->size;

	/* A byte order mark at the beginning means nothing. */
	for (uint32_t at = size >= 3 && !memcmp(text, "\xef\xbb\xbf", 3) ? 3 : 0; at < size; at++) {
		struct piece piece = { .begin = at };

		while (at < size && text[at] != '\n' && text[at] != '#' && text[at] != ';')
			at++;
		piece.end = at;
		while (at < size && text[at] != '\n')
			at++;
		piece = trim(text, piece);
		if (piece.begin == piece.end)
			continue;
		if (reader->bad == BAD_LINES_MAX) {
			diag_report(reader->r->diags, CODE_BAD_LIST_LINE, piece_span(reader, piece),
				    "%d bad lines: the rest of '%s' is not read", BAD_LINES_MAX, reader->source->name);
			break;
		}
		read_entry(reader, piece);
	}
	return !reader->bad;
}

/* The list's path, relative to the file that speaks of it: once as it is opened, once as messages show it. */
static const char *beside(struct arena *arena, const char *file, const char *list)
{
	const char *slash = file ? strrchr(file, '/') : NULL;

	/* "-" would be standard input. */
	if (!slash || list[0] == '/')
		return strcmp(list, "-") ? list : "./-";
	return arena_printf(arena, "%.*s/%s", (int)(slash - file), file, list);
}

static struct source *open_list(struct resolver *r, const struct ast_expr *string)
{
	const struct source *from = string->span.source;
	const char *path = beside(r->arena, from ? from->path : NULL, string->text);
	const char *name = beside(r->arena, from ? from->name : NULL, string->text);
	struct source *source = NULL;

	/* Several nets may be made of one file. */
	for (source = r->sources->first; source; source = source->next)
		if (source->path && !strcmp(source->path, path))
			return source;
	switch (source_load(r->sources, path, name, &source)) {
	case SOURCE_OK:
		return source;
	case SOURCE_UNREADABLE:
		diag_report(r->diags, CODE_UNREADABLE_FILE, string->span, "cannot read list '%s': %s", name,
			    strerror(errno));
		return NULL;
	case SOURCE_TOO_BIG:
		diag_report(r->diags, CODE_UNREADABLE_FILE, string->span, "list '%s' is larger than %u MiB", name,
			    SOURCE_MAX >> 20);
		return NULL;
	}
	return NULL;
}

bool resolve_list(struct resolver *r, const struct ast_expr *string, struct valueset *out)
{
	struct source *source = open_list(r, string);
	struct line_reader reader = { .r = r, .source = source };
	struct valueset *values = NULL;
	struct list_file *list;

	if (!source)
		return false;
	for (size_t i = 0; i < r->n_lists; i++) {
		if (r->lists[i].source != source)
			continue;
		if (r->lists[i].values)
			*out = *r->lists[i].values;
		return r->lists[i].values;
	}
	if (read_lines(&reader)) {
		values = ARENA_NEW(r->arena, struct valueset);
		/* A file speaks of both IP versions, whatever it holds today. */
		values->families = IN_BOTH;
		for (unsigned f = 0; f < N_FAMILIES; f++)
			values->ranges[f] = rangeset_from_bag(r->arena, &reader.bags[f]);
		*out = *values;
	}
	list = arena_push(r->arena, &r->lists, &r->n_lists, &r->lists_room, sizeof(*list));
	list->source = source;
	list->values = values;
	return values;
}
