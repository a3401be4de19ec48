/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "classify.h"

#include "json_out.h"

#include <inttypes.h>
#include <math.h>

static double seconds_of(const struct compile *compile)
{
	double sum = 0;

	for (size_t i = 0; i < compile->n_phases; i++)
		sum += compile->phases[i].seconds;
	return sum;
}

static const char *strategy_word(const struct program_block *block)
{
	return block->strategy == STRATEGY_LADDER ? "ladder" : "classifier";
}

/* How the compiler meant it to be. */
static const char *plan_of(const struct program_block *block)
{
	return block->classifier ? block->classifier->plan : STRAIGHT_TESTS;
}

static uint64_t table_bytes(const struct program_block *block)
{
	return block->classifier ? block->classifier->bytes : 0;
}

static void print_row(const struct measurement *m, const char *what, const struct timed *timed)
{
	const struct batches *batches = &timed->batches;

	printf("%-8s %8.1f %8.1f %8.1f", what, batches_median(batches, m->rounds), batches_least(batches, m->rounds),
	       batches_most(batches, m->rounds));
	printf(" %8.2f %8.1f", batches_ratio(batches, &m->floor->batches, m->rounds),
	       batches_difference(batches, &m->nothing->batches, m->rounds));
	printf(" %8.1f %8.2f", batches_median(&timed->after, m->rounds), batches_ratio(&timed->after, &m->floor->after, m->rounds));
	printf(" %9" PRIu64 " %9" PRIu64 " %11.3f %9.1f\n", timed->insns, timed->verified, timed->load_seconds,
	       (double)timed->map_bytes / 1024);
}

void measurement_print(const struct measurement *m)
{
	uint32_t distinct = traffic_distinct(m->traffic);

	printf("%s, block %s: %zu rules, %s\n", m->policy_path, m->block->block->name, m->block->n_rules,
	       strategy_word(m->block));
	printf("%s: predicted %.1f ns over the floor", plan_of(m->block), m->block->ns);
	printf(", measured %.1f; %" PRIu64 " bytes of tables\n", batches_difference(&m->policy->batches, &m->floor->batches, m->rounds),
	       table_bytes(m->block));
	printf("%s: %u packets, decided by %u rules; %u words of 8 bytes differ from byte %u on\n", m->capture_path,
	       m->traffic->n, m->deciders, m->traffic->copy_words, m->traffic->copy_at);
	if (distinct < TRAFFIC_FEW)
		printf("only %u of them differ: few packets are learned by heart, and cost less than traffic does\n", distinct);
	if (m->rejected)
		printf("left out: %u packets that would be answered\n", m->rejected);
	if (m->compared)
		printf("%u of them as expected\n", m->compared);
	if (m->stateful)
		puts("the policy keeps tables: verdicts were compared in a run of their own, with the model's tables");
	printf("\n%-8s %8s %8s %8s %8s %8s %8s %8s %9s %9s %11s %9s\n", "", "ns", "least", "most", "ratio", "net ns", "after",
	       "ratio", "insns", "verified", "load s", "maps KiB");
	print_row(m, "driver", m->nothing);
	print_row(m, "floor", m->floor);
	print_row(m, "policy", m->policy);
	if (m->linear)
		print_row(m, "linear", m->linear);
	if (m->linear)
		printf("\nlinear: %u entries for IPv4, %u for IPv6, over %u of the packets\n", m->linear_rules->n4,
		       m->linear_rules->n6, m->linear->n);
	if (m->why_not_linear)
		printf("\nno linear program: %s\n", m->why_not_linear);
	printf("\ncompile s %.3f:", seconds_of(m->compile));
	for (size_t i = 0; i < m->compile->n_phases; i++)
		printf(" %s %.3f", m->compile->phases[i].name, m->compile->phases[i].seconds);
	printf("\nobject %.1f KiB\n\n", (double)m->object_bytes / 1024);
	printf("Medians of %u batches of whole passes; ns with the driver's, net without them; ratio of ns to the floor's.\n"
	       "After: of 10 ms just after another program's, the ratio to the floor's after others.\n", m->rounds);
}

/* Without digits that mean nothing. */
static json_t *rounded(double value)
{
	return json_real(round(value * 1e4) / 1e4);
}

static json_t *timed_object(const struct measurement *m, const struct timed *timed)
{
	const struct batches *batches = &timed->batches;
	json_t *object = json_object();

	json_object_set_new(object, "ns", rounded(batches_median(batches, m->rounds)));
	json_object_set_new(object, "min", rounded(batches_least(batches, m->rounds)));
	json_object_set_new(object, "max", rounded(batches_most(batches, m->rounds)));
	json_object_set_new(object, "ratio", rounded(batches_ratio(batches, &m->floor->batches, m->rounds)));
	json_object_set_new(object, "net_ns", rounded(batches_difference(batches, &m->nothing->batches, m->rounds)));
	json_object_set_new(object, "after_ns", rounded(batches_median(&timed->after, m->rounds)));
	json_object_set_new(object, "after_ratio", rounded(batches_ratio(&timed->after, &m->floor->after, m->rounds)));
	json_object_set_new(object, "insns", json_integer((json_int_t)timed->insns));
	json_object_set_new(object, "verified", json_integer((json_int_t)timed->verified));
	json_object_set_new(object, "load_seconds", rounded(timed->load_seconds));
	json_object_set_new(object, "map_bytes", json_integer((json_int_t)timed->map_bytes));
	return object;
}

void measurement_print_json(const struct measurement *m)
{
	json_t *document = json_document("packet-sentry/bench-classify/v1"), *phases = json_object(), *linear = NULL;

	json_set_text(document, "policy", m->policy_path);
	json_set_text(document, "capture", m->capture_path);
	json_set_text(document, "block", m->block->block->name);
	json_set_text(document, "hook", hook_names[m->block->block->hook]);
	json_set_text(document, "strategy", strategy_word(m->block));
	json_set_text(document, "plan", plan_of(m->block));
	json_object_set_new(document, "predicted_ns", rounded(m->block->ns));
	json_object_set_new(document, "over_floor_ns", rounded(batches_difference(&m->policy->batches, &m->floor->batches, m->rounds)));
	json_object_set_new(document, "table_bytes", json_integer((json_int_t)table_bytes(m->block)));
	json_object_set_new(document, "rules", json_integer((json_int_t)m->block->n_rules));
	json_object_set_new(document, "packets", json_integer(m->traffic->n));
	json_object_set_new(document, "distinct", json_integer(traffic_distinct(m->traffic)));
	json_object_set_new(document, "packets_answered", json_integer(m->rejected));
	json_object_set_new(document, "packets_expected", json_integer(m->compared));
	json_object_set_new(document, "rules_deciding", json_integer(m->deciders));
	json_object_set_new(document, "stateful", json_boolean(m->stateful));
	json_object_set_new(document, "rounds", json_integer(m->rounds));
	json_object_set_new(document, "floor_ns", rounded(batches_median(&m->floor->batches, m->rounds)));
	json_object_set_new(document, "policy_ns", rounded(batches_median(&m->policy->batches, m->rounds)));
	json_object_set_new(document, "ratio", rounded(batches_ratio(&m->policy->batches, &m->floor->batches, m->rounds)));
	json_object_set_new(document, "verified_insns", json_integer((json_int_t)m->policy->verified));
	/* With a wrong verdict there is no figure. */
	json_object_set_new(document, "wrong", json_integer(0));
	json_object_set_new(document, "driver", timed_object(m, m->nothing));
	json_object_set_new(document, "floor", timed_object(m, m->floor));
	json_object_set_new(document, "measured", timed_object(m, m->policy));
	if (m->linear) {
		linear = timed_object(m, m->linear);
		json_object_set_new(linear, "entries4", json_integer(m->linear_rules->n4));
		json_object_set_new(linear, "entries6", json_integer(m->linear_rules->n6));
		json_object_set_new(linear, "packets", json_integer(m->linear->n));
		json_object_set_new(document, "linear", linear);
	}
	json_set_text(document, "no_linear", m->why_not_linear);
	for (size_t i = 0; i < m->compile->n_phases; i++)
		json_object_set_new(phases, m->compile->phases[i].name, rounded(m->compile->phases[i].seconds));
	json_object_set_new(document, "compile_seconds", rounded(seconds_of(m->compile)));
	json_object_set_new(document, "phases", phases);
	json_object_set_new(document, "object_bytes", json_integer((json_int_t)m->object_bytes));
	json_print(document);
}
