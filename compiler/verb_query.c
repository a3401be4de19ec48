/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc query: which packets get a verdict. */
#include "sentryc.h"

#include "block_choice.h"
#include "effort_option.h"
#include "json_out.h"
#include "parse.h"
#include "query.h"
#include "region.h"

#include <string.h>
#include <unistd.h>

#define REGIONS 8u

enum {
	OPTION_BLOCK = OPTION_FIRST,
	OPTION_MAX_REGIONS,
	OPTION_TIMEOUT,
	OPTION_MAX_NODES,
	OPTION_STRICT,
};

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "block", required_argument, NULL, OPTION_BLOCK },
	{ "max-regions", required_argument, NULL, OPTION_MAX_REGIONS },
	{ "timeout", required_argument, NULL, OPTION_TIMEOUT },
	{ "max-nodes", required_argument, NULL, OPTION_MAX_NODES },
	{ "strict", no_argument, NULL, OPTION_STRICT },
	COMMON_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

struct query_options {
	const char *path, *text, *block;
	bool json, strict;
	double seconds;
	uint64_t max_regions, max_nodes;
};

static const char *rule_name(const struct answer *answer)
{
	return answer->rule ? answer->rule->name : slot_names[SLOT_DEFAULT];
}

static struct span rule_span(const struct answer *answer)
{
	return answer->rule ? answer->rule->name_span : answer->block->default_span;
}

static void print_answer(const struct query *query, const struct answer *answer)
{
	struct span span = rule_span(answer);

	printf("%s: %s by %s (%s:%u), %s: %s packet%s\n", answer->block->name, verdict_names[query->policy->query->verdict],
	       rule_name(answer), span.source->name, source_position(span.source, span.begin).line, answer->family,
	       region_count_text(query->arena, answer->count), strcmp(answer->count, "1") ? "s" : "");
	for (size_t i = 0; i < answer->n_regions; i++)
		printf("    %s\n", answer->regions[i]);
	if (answer->more_regions)
		puts("    ... and more");
	printf("    packet: %s", answer->witness);
	if (answer->when)
		printf(" (when %s)", answer->when);
	putchar('\n');
}

/* Also the blocks that have no answer are told of: silence would leave one guessing. */
static void print_text(const struct query *query)
{
	const struct policy *policy = query->policy;

	if (!query->possible && !query->undecided) {
		puts("there is no packet that matches this");
		return;
	}
	if (query->undecided)
		printf("inconclusive: the effort was spent on %s, where more packets may get %s;"
		       " see --timeout and --max-nodes\n", query->undecided, verdict_names[policy->query->verdict]);
	for (size_t i = 0; i < policy->n_blocks; i++) {
		bool any = false;

		if (query->block && policy->blocks[i] != query->block)
			continue;
		for (size_t j = 0; j < query->n_answers; j++)
			if (query->answers[j].block == policy->blocks[i]) {
				print_answer(query, &query->answers[j]);
				any = true;
			}
		if (!any && !query->open[i])
			printf("%s: no such packet gets %s\n", policy->blocks[i]->name,
			       verdict_names[policy->query->verdict]);
	}
}

static json_t *answer_json(const struct query *query, const struct answer *answer)
{
	json_t *object = json_object(), *regions = json_array();
	struct span span = rule_span(answer);

	json_set_text(object, "block", answer->block->name);
	json_set_text(object, "verdict", verdict_names[query->policy->query->verdict]);
	json_set_text(object, "rule", rule_name(answer));
	json_set_place(object, span);
	json_set_text(object, "family", answer->family);
	json_set_text(object, "packets", answer->count);
	for (size_t i = 0; i < answer->n_regions; i++)
		json_array_append_new(regions, json_string(answer->regions[i]));
	json_object_set_new(object, "regions", regions);
	json_object_set_new(object, "more_regions", json_boolean(answer->more_regions));
	json_set_text(object, "witness", answer->witness);
	json_set_text(object, "when", answer->when);
	return object;
}

static void print_json(const struct query *query, const char *text)
{
	json_t *document = json_document("packet-sentry/query/v1"), *answers = json_array();

	json_set_text(document, "policy", query->policy->name);
	json_set_text(document, "query", text);
	json_object_set_new(document, "conclusive", json_boolean(!query->undecided));
	json_set_text(document, "undecided", query->undecided);
	json_object_set_new(document, "possible", json_boolean(query->possible));
	for (size_t i = 0; i < query->n_answers; i++)
		json_array_append_new(answers, answer_json(query, &query->answers[i]));
	json_object_set_new(document, "answers", answers);
	json_print(document);
}

static int ask(const struct verb *verb, struct compile *compile, const struct query_options *chosen)
{
	struct parse parse = { &compile->arena, &compile->sources, &compile->diags };
	struct query query = { .arena = &compile->arena, .max_regions = chosen->max_regions };
	struct source *source = source_from_text(&compile->sources, "query", chosen->text, strlen(chosen->text));
	struct effort effort;

	compile->query = parse_query(&parse, source);
	if (!compile->query)
		return stage_failed(compile);
	query.policy = compile_policy(compile, chosen->path, NULL);
	if (!query.policy)
		return stage_failed(compile);
	print_diags(compile);
	if (chosen->block) {
		query.block = block_choose(verb, query.policy, chosen->block);
		if (!query.block)
			return EXIT_USAGE;
	}
	effort_init(&effort, chosen->seconds, chosen->max_nodes);
	query.effort = &effort;
	query_ask(&query);
	if (query.broken)
		return environment_error("internal error, please report it: %s", query.broken);
	if (chosen->json)
		print_json(&query, chosen->text);
	else
		print_text(&query);
	return finish_stdout(query.undecided && chosen->strict ? EXIT_POLICY : EXIT_GOOD);
}

/* What a bad value should have been; NULL if it is good. */
static const char *take_option(int option, struct query_options *chosen)
{
	static const char *const outputs[] = { "text", "json", NULL };
	int output;

	switch (option) {
	case OPTION_BLOCK:
		chosen->block = optarg;
		return NULL;
	case OPTION_STRICT:
		chosen->strict = true;
		return NULL;
	case OPTION_MAX_REGIONS:
		return effort_read_count(optarg, &chosen->max_regions) ? NULL : "--max-regions is a number from 1 on";
	case OPTION_TIMEOUT:
		return effort_read_seconds(optarg, &chosen->seconds) ? NULL
								     : "--timeout is seconds or a time such as 500ms or 2m";
	case OPTION_MAX_NODES:
		return effort_read_count(optarg, &chosen->max_nodes) ? NULL : "--max-nodes is a number from 1 on";
	default:
		output = word_index(outputs, optarg);
		chosen->json = output == 1;
		return output >= 0 ? NULL : "-o is text or json";
	}
}

static int query_main(const struct verb *verb, int argc, char **argv)
{
	struct query_options chosen = { .max_regions = REGIONS, .seconds = EFFORT_SECONDS };
	struct compile compile;
	const char *is;
	int option, code;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (common_option(verb, option, &code)) {
			if (code >= 0)
				return code;
			continue;
		}
		is = take_option(option, &chosen);
		if (is)
			return usage_error(verb, "%s, not '%s'", is, optarg);
	}
	if (argc - optind != 2)
		return usage_error(verb, "a policy file and one query in quotes are needed: 'allow tcp to any port 22'");
	chosen.path = argv[optind];
	chosen.text = argv[optind + 1];
	if (!chosen.text[strspn(chosen.text, " \t\n")])
		return usage_error(verb, "the query is empty: it is a verdict and a match, 'allow tcp to any port 22'");
	if (!access(chosen.text, F_OK) && strcmp(chosen.path, "-") && access(chosen.path, F_OK))
		return usage_error(verb, "the policy file comes first, and then the query");
	compile_init(&compile);
	code = ask(verb, &compile, &chosen);
	compile_fini(&compile);
	return code;
}

const struct verb verb_query = {
	.name = "query",
	.synopsis = "FILE 'VERDICT MATCH' [--block NAME] [-o text|json] …",
	.summary = "says which packets get a verdict, and from which rule",
	.help = "  VERDICT MATCH              as in rules: 'allow tcp from not mgmt to any port 22'; `under limits` at\n"
		"                             the end: with no rate exceeded\n"
		"  --block=NAME               only this block: ingress, egress, …\n"
		"  -o, --output=text|json\n"
		"  --max-regions=N            show so many regions of each rule (8)\n"
		"  --timeout=TIME             give up after so long: seconds, or 500ms, 2m (60; 0: never)\n"
		"  --max-nodes=N              … or after so many steps and nodes (100000000)\n"
		"  --strict                   exit with 1 if the question was not decided everywhere\n",
	.main = query_main,
};
