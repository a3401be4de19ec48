/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Any text as a file of elements, as `sentryc replay --set` reads it, for each kind
 * of set that the language has. What is taken must be in the set afterwards: the
 * number of elements says whether lines are lost.
 */
#include "compile.h"
#include "fuzz.h"
#include "set_file.h"

#include <string.h>

static const char policy_text[] =
	"policy p {\n"
	"    interface up = \"eth0\";\n"
	"    set addresses : addr max 8;\n"
	"    set nets : net max 8;\n"
	"    set pairs : addr . port max 8;\n"
	"    set triples : addr . port . proto max 8;\n"
	"    ingress on up {\n"
	"        rule a allow from @addresses;\n"
	"        rule b allow from @nets;\n"
	"        rule c allow tcp from @pairs;\n"
	"        rule d allow tcp from @triples;\n"
	"        default deny;\n"
	"    }\n"
	"}\n";

struct counter {
	struct engine engine;
	uint64_t added;
};

static int count_add(struct engine *engine, size_t set, const struct set_element *element, uint64_t timeout_ns)
{
	const struct set *into = engine->policy->sets[set];

	require(!timeout_ns && element->prefix <= (element->family == FAMILY_V4 ? 32u : 128u));
	require(!(element->address & u128_ones((element->family == FAMILY_V4 ? 32 : 128) - element->prefix)));
	require(++((struct counter *)engine)->added <= into->max);
	return 0;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct engine_ops ops = { .add = count_add };
	struct source_text given[] = {
		{ "policy.sp", policy_text, strlen(policy_text) },
		{ "list", (const char *)data, size },
	};
	const struct policy *policy;
	struct compile compile;

	compile_init(&compile);
	compile.sources.given = given;
	compile.sources.n_given = 2;
	policy = compile_policy(&compile, "policy.sp", NULL);
	require(policy && policy->n_sets == 4);
	for (size_t i = 0; i < policy->n_sets; i++) {
		struct counter counter = { .engine = { .ops = &ops, .policy = policy } };
		size_t before = compile.diags.count[SEVERITY_ERROR];
		bool good = set_file_load(&compile, &counter.engine, policy->sets[i], "list");

		require(good || !counter.added);
		require(good || *compile.error || compile.diags.count[SEVERITY_ERROR] > before);
	}
	compile_fini(&compile);
	return 0;
}
