/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Any bytes to the parser. What parses without error is printed in canonical
 * layout, parsed and printed again: the tree and the text must be the same.
 *
 *	clang -fsanitize=fuzzer,address,undefined … -o fuzz_parse && ./fuzz_parse -dict=tests/fuzz/parse.dict CORPUS
 *
 * Text that begins with '!' is read as one packet, the rest as a file.
 */
#include "parse.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct result {
	bool good;
	char *tree;
	char *text;
	size_t tree_size, text_size;
};

static struct result run_file(const char *text, size_t size)
{
	struct result result = { 0 };
	struct sources sources;
	struct ast_file *file;
	struct arena arena;
	struct diags diags;
	struct parse parse = { &arena, &sources, &diags };
	FILE *out;

	arena_init(&arena);
	sources_init(&sources, &arena);
	diags_init(&diags, &arena);
	file = parse_source(&parse, source_from_text(&sources, "fuzz", text, size));
	result.good = !diags_have_errors(&diags);

	/* The tree of a file with errors must be whole too. */
	out = open_memstream(&result.tree, &result.tree_size);
	ast_dump(file, out);
	fclose(out);
	out = open_memstream(&result.text, &result.text_size);
	diags_sort(&diags);
	if (result.good)
		ast_format(file, out);
	else
		diags_print(&diags, out, false);
	fclose(out);
	arena_fini(&arena);
	return result;
}

static void check_file(const char *text, size_t size)
{
	struct result first = run_file(text, size);

	if (first.good) {
		struct result second = run_file(first.text, first.text_size);

		if (!second.good || first.tree_size != second.tree_size || first.text_size != second.text_size ||
		    memcmp(first.tree, second.tree, first.tree_size) || memcmp(first.text, second.text, first.text_size)) {
			fprintf(stderr, "--- first\n%s--- second\n%s", first.text, second.text);
			abort();
		}
		free(second.tree);
		free(second.text);
	}
	free(first.tree);
	free(first.text);
}

/* The canonical text of a packet, or NULL; in the arena. */
static char *run_packet(struct arena *arena, const char *text, size_t size)
{
	struct sources sources;
	struct diags diags;
	struct parse parse = { arena, &sources, &diags };
	struct ast_packet *packet;

	sources_init(&sources, arena);
	diags_init(&diags, arena);
	packet = parse_packet(&parse, source_from_text(&sources, "fuzz", text, size));
	return packet ? ast_packet_text(arena, packet) : NULL;
}

static void check_packet(const char *text, size_t size)
{
	struct arena arena;
	char *first, *second;

	arena_init(&arena);
	first = run_packet(&arena, text, size);
	if (first) {
		second = run_packet(&arena, first, strlen(first));
		if (!second || strcmp(first, second)) {
			fprintf(stderr, "first:  %s\nsecond: %s\n", first, second ? second : "-");
			abort();
		}
	}
	arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (size && data[0] == '!')
		check_packet((const char *)data + 1, size - 1);
	else
		check_file((const char *)data, size);
	return 0;
}
