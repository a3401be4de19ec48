/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Coverage of tests as text and JSON. */
#include "coverage.h"

#include "json_out.h"

#include <stdio.h>

/* The classes of one verdict: how many count, and how many a test reaches. */
static void count_verdict(const struct block_coverage *block, enum verdict verdict, size_t *testable, size_t *reached)
{
	*testable = *reached = 0;
	for (size_t i = 0; i < block->n_classes; i++) {
		if (block->classes[i].verdict != verdict || !class_counts(&block->classes[i]))
			continue;
		++*testable;
		*reached += block->classes[i].reached;
	}
}

/* A packet that can be pasted reaches it, and no test does. */
static bool is_gap(const struct packet_class *class)
{
	return class->packet && !class->reached;
}

/* What no line that can be pasted reaches. */
static void print_rules(const struct block_coverage *block)
{
	bool any = false;

	for (size_t i = 0; i < block->n_classes; i++) {
		if (!block->classes[i].stands_for_rule)
			continue;
		printf("%s%s", any ? ", " : "  no test reaches these rules, and no packet to begin with was found: ", block->classes[i].name);
		any = true;
	}
	if (any)
		puts("\n    what asks a set wants an `add` before, a connection its first packet, a rate the packets that use it up");
}

static void print_gaps(const struct block_coverage *block)
{
	size_t n = 0;

	for (size_t i = 0; i < block->n_classes; i++)
		n += is_gap(&block->classes[i]);
	if (!n)
		return;
	printf("  no test reaches these; to be pasted into the policy:\n"
	       "    test \"not yet reached in %s\" in %s {\n",
	       block->where, block->where);
	for (size_t i = 0; i < block->n_classes; i++)
		if (is_gap(&block->classes[i]))
			printf("        packet %s expect %s by %s;\n", block->classes[i].packet,
			       verdict_names[block->classes[i].verdict], block->classes[i].name);
	puts("    }");
}

/* Classes that do not count, but for rules that are named. */
static size_t count_untestable(const struct block_coverage *block)
{
	uint32_t named = UINT32_MAX;
	size_t n = 0;

	for (size_t i = 0; i < block->n_classes; i++) {
		if (block->classes[i].stands_for_rule)
			named = block->classes[i].slot;
		n += !class_counts(&block->classes[i]) && block->classes[i].slot != named;
	}
	return n;
}

static void print_block(const struct block_coverage *block)
{
	size_t testable, reached, untestable = count_untestable(block);

	printf("%s: %zu of %zu rules reached\n", block->block->name, block->n_rules_reached, block->n_rules);
	for (unsigned verdict = 0; verdict < N_VERDICTS; verdict++) {
		count_verdict(block, (enum verdict)verdict, &testable, &reached);
		if (testable)
			printf("  %-6s  %zu of %zu classes of packets (%zu %%)\n", verdict_names[verdict], reached, testable,
			       reached * 100 / testable);
	}
	if (untestable)
		printf("  %zu more class%s on connections, sets or rates, and count%s where a test reaches %s\n", untestable,
		       untestable == 1 ? " depends" : "es depend", untestable == 1 ? "s" : "", untestable == 1 ? "it" : "them");
	print_rules(block);
	print_gaps(block);
}

void coverage_print(const struct coverage *coverage)
{
	for (size_t i = 0; i < coverage->n_blocks; i++)
		print_block(&coverage->blocks[i]);
	printf("coverage: %zu of %zu classes of packets, %u %%%s\n", coverage->n_reached, coverage->n_testable,
	       coverage_percent(coverage), coverage->undecided ? "; inconclusive: some were not decided" : "");
}

static json_t *block_json(const struct block_coverage *block)
{
	json_t *object = json_object(), *verdicts = json_object(), *gaps = json_array();
	size_t testable, reached;

	json_set_text(object, "block", block->block->name);
	json_object_set_new(object, "rules", json_integer((json_int_t)block->n_rules));
	json_object_set_new(object, "rules_reached", json_integer((json_int_t)block->n_rules_reached));
	for (unsigned verdict = 0; verdict < N_VERDICTS; verdict++) {
		json_t *counts = json_object();

		count_verdict(block, (enum verdict)verdict, &testable, &reached);
		json_object_set_new(counts, "classes", json_integer((json_int_t)testable));
		json_object_set_new(counts, "reached", json_integer((json_int_t)reached));
		json_object_set_new(verdicts, verdict_names[verdict], counts);
	}
	json_object_set_new(object, "verdicts", verdicts);
	json_object_set_new(object, "untestable", json_integer((json_int_t)count_untestable(block)));
	for (size_t i = 0; i < block->n_classes; i++) {
		const struct packet_class *class = &block->classes[i];
		json_t *gap;

		if (!is_gap(class) && !class->stands_for_rule)
			continue;
		gap = json_object();
		json_set_text(gap, "rule", class->name);
		json_set_text(gap, "packet", class->packet);
		json_set_text(gap, "expect", verdict_names[class->verdict]);
		json_array_append_new(gaps, gap);
	}
	json_object_set_new(object, "gaps", gaps);
	return object;
}

json_t *coverage_json(const struct coverage *coverage)
{
	json_t *object = json_object(), *blocks = json_array();

	json_object_set_new(object, "classes", json_integer((json_int_t)coverage->n_testable));
	json_object_set_new(object, "reached", json_integer((json_int_t)coverage->n_reached));
	json_object_set_new(object, "percent", json_integer(coverage_percent(coverage)));
	json_object_set_new(object, "conclusive", json_boolean(!coverage->undecided));
	for (size_t i = 0; i < coverage->n_blocks; i++)
		json_array_append_new(blocks, block_json(&coverage->blocks[i]));
	json_object_set_new(object, "blocks", blocks);
	return object;
}
