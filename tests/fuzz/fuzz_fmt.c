/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Any text as a policy, with a file that it may read lists from: behind a byte of 0,
 * under the name "list". What resolves is printed in canonical layout and resolved
 * again: that must be the same policy, and printed the same text.
 */
#include "compile.h"
#include "fuzz.h"
#include "parse.h"

#include <string.h>

struct result {
	bool good;
	char *text, *policy;
	size_t text_size, policy_size;
};

static struct result run(const char *text, size_t size, const struct source_text *list)
{
	struct source_text given[] = { { "policy.sp", text, size }, *list };
	struct result result = { 0 };
	struct compile compile;
	const struct policy *policy;
	struct ast_file *tree;
	FILE *out;

	compile_init(&compile);
	/* No text can have a file of this machine read. */
	compile.sources.given = given;
	compile.sources.n_given = 2;
	policy = compile_policy(&compile, "policy.sp", &tree);
	result.good = policy != NULL;
	if (!policy)
		require(diags_have_errors(&compile.diags));
	out = open_memstream(&result.text, &result.text_size);
	if (tree && policy)
		ast_format(tree, out);
	diags_sort(&compile.diags);
	if (!policy)
		diags_print(&compile.diags, out, true);
	fclose(out);
	out = open_memstream(&result.policy, &result.policy_size);
	if (policy)
		policy_dump(policy, out);
	fclose(out);
	compile_fini(&compile);
	return result;
}

static void result_free(struct result *result)
{
	free(result->text);
	free(result->policy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const uint8_t *end = size ? memchr(data, 0, size) : NULL;
	size_t text_size = end ? (size_t)(end - data) : size;
	struct source_text list = { "list", end ? (const char *)end + 1 : "", end ? size - text_size - 1 : 0 };
	struct result first = run((const char *)data, text_size, &list);

	if (first.good) {
		struct result second = run(first.text, first.text_size, &list);

		if (!second.good || strcmp(first.text, second.text) || strcmp(first.policy, second.policy)) {
			fprintf(stderr, "--- first\n%s%s--- second\n%s%s", first.text, first.policy, second.text,
				second.policy);
			abort();
		}
		result_free(&second);
	}
	result_free(&first);
	return 0;
}
