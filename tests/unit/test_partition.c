/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A block taken apart: which rule decides what, and what is left for the default. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "parse.h"
#include "partition.h"
#include "region.h"

#include <string.h>

static const char policy_text[] =
	"policy p {\n"
	"net mgmt = 10.20.0.0/16;\n"
	"ingress on any {\n"
	"rule flood rate-limit 10/s tcp from mgmt port 9 else reject;\n"
	"rule watch sample 1/10 tcp;\n"
	"rule ssh allow tcp from mgmt to any port 22;\n"
	"rule again deny tcp from mgmt to any port 22;\n"
	"rule rest deny tcp port 20-29;\n"
	"default allow; } }";

struct fixture {
	struct arena arena;
	struct sources sources;
	struct diags diags;
	const struct policy *policy;
	const struct space *space;
	struct effort effort;
};

static struct partition take_apart(struct fixture *f, uint64_t max_nodes, struct cube *within)
{
	struct parse parse = { &f->arena, &f->sources, &f->diags };
	struct resolve resolve = { .arena = &f->arena, .sources = &f->sources, .diags = &f->diags };
	struct cubes cubes = { .n = 1, .cubes = within };
	struct source *source;

	arena_init(&f->arena);
	sources_init(&f->sources, &f->arena);
	diags_init(&f->diags, &f->arena);
	source = source_from_text(&f->sources, "test.sp", policy_text, strlen(policy_text));
	f->policy = resolve_policy(&resolve, parse_source(&parse, source));
	assert_null(f->diags.first);
	f->space = space_build(&f->arena, &f->policy, 1, FAMILY_V4);
	effort_init(&f->effort, 0, max_nodes);
	assert_true(packetset_open(f->space, &f->effort));
	*within = cube_any(&f->arena, f->space);
	within->sets[space_find(f->space, DIMENSION_FIELD, FIELD_PROTO, NULL)] = rangeset_single(&f->arena, 6, 6);
	return partition_build(&f->arena, rulebook_build(&f->arena, f->space, f->policy->blocks[0]), &cubes, 0);
}

static void give_back(struct fixture *f)
{
	packetset_close();
	arena_fini(&f->arena);
}

static void assert_part(struct fixture *f, const struct part *part, const char *name, enum verdict verdict,
			const char *region)
{
	struct cubes cubes;
	bool more;

	if (name)
		assert_string_equal(part->rule->name, name);
	else
		assert_null(part->rule);
	assert_int_equal(part->verdict, verdict);
	cubes = packetset_regions(&f->arena, part->set, 1, &more);
	assert_string_equal(region_text(&f->arena, f->space, &cubes.cubes[0]), region);
}

static void each_packet_is_in_one_part(void **state)
{
	struct fixture f = { .policy = NULL };
	packetset sum = packetset_none();
	struct partition partition;
	struct cube within;

	partition = take_apart(&f, 0, &within);
	assert_true(packetset_decided());
	/* A sample decides nothing, and `again` is left nothing. */
	assert_int_equal(partition.n, 4);
	assert_part(&f, &partition.parts[0], "flood", VERDICT_REJECT,
		    "ip4 tcp from mgmt port 9 (over the rate of 'flood')");
	assert_part(&f, &partition.parts[1], "ssh", VERDICT_ALLOW, "ip4 tcp from mgmt port not 9 to any port 22");
	assert_part(&f, &partition.parts[2], "rest", VERDICT_DENY, "ip4 tcp from not mgmt to any port 20-29");
	assert_null(partition.parts[3].rule);
	assert_int_equal(partition.parts[3].verdict, VERDICT_ALLOW);
	for (size_t i = 0; i < partition.n; i++) {
		assert_true(packetset_empty(packetset_and(sum, partition.parts[i].set)));
		sum = packetset_or(sum, partition.parts[i].set);
	}
	assert_int_equal(sum, packetset_cube(&within));
	give_back(&f);
}

static void too_little_effort_is_no_answer(void **state)
{
	struct fixture f = { .policy = NULL };
	struct cube within;

	take_apart(&f, 20, &within);
	assert_false(packetset_decided());
	give_back(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_packet_is_in_one_part),
		cmocka_unit_test(too_little_effort_is_no_answer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
