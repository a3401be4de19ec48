/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Any text as elements of a set, as a file (`sentry-apply --set`) and by hand, with
 * times (`--set-add`), for each kind of set. What is taken, written as the program
 * writes it and read again, must be the same.
 */
#include "fuzz.h"
#include "set_file.h"

#include <string.h>

static const struct manifest_set sets[] = {
	{ .name = "addresses", .n_types = 1, .types = { SET_TYPE_ADDR }, .max = 8 },
	{ .name = "nets", .n_types = 1, .types = { SET_TYPE_NET }, .max = 8 },
	{ .name = "pairs", .n_types = 2, .types = { SET_TYPE_ADDR, SET_TYPE_PORT }, .max = 8, .timeout_ns = 1000000000 },
	{ .name = "triples", .n_types = 3, .types = { SET_TYPE_PROTO, SET_TYPE_PORT, SET_TYPE_ADDR }, .max = 8 },
};

static void read_again(const struct set_element *element, const struct manifest_set *set)
{
	char text[ELEMENT_TEXT], problem[ELEMENT_PROBLEM];
	struct set_element timeless = *element, second;

	timeless.lifetime_ns = SENTRY_FOREVER;
	element_format(&timeless, set, text);
	if (!element_parse(&second, set, text, strlen(text), TIMES_REFUSED, problem)) {
		fprintf(stderr, "%s: %s\n", text, problem);
		abort();
	}
	require(element_compare(element, &second) == 0);
}

static void read_set(const struct manifest_set *set, const char *text, size_t size, enum element_times times)
{
	struct set_elements elements = { 0 };
	struct failure why = { 0 };

	if (set_text_parse(&elements, set, text, size, "it", times, &why)) {
		for (size_t i = 0; i < elements.n; i++)
			read_again(&elements.items[i], set);
		if (elements_check(&elements, set, "it", &why))
			for (size_t i = 1; i < elements.n; i++)
				require(element_compare(&elements.items[i - 1], &elements.items[i]) < 0 &&
					!element_covers(&elements.items[i - 1], &elements.items[i]));
		else
			require(why.code == EXIT_POLICY && why.text[0]);
	} else {
		require(why.code == EXIT_POLICY && !strncmp(why.text, "it:", 3));
	}
	elements_free(&elements);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	for (size_t i = 0; i < sizeof(sets) / sizeof(sets[0]); i++) {
		struct fuzz_file file = fuzz_file(data, size);
		struct set_elements elements;
		struct failure why = { 0 };

		read_set(&sets[i], (const char *)data, size, TIMES_REFUSED);
		read_set(&sets[i], (const char *)data, size, TIMES_TAKEN);
		if (set_file_read(&elements, &sets[i], file.path, &why)) {
			require(elements.n <= sets[i].max);
			elements_free(&elements);
		} else {
			require(why.code == EXIT_POLICY && why.text[0]);
		}
		close(file.fd);
	}
	return 0;
}
