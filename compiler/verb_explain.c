/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc explain: one packet, the rule that decides it, and why the others before it did not. */
#include "sentryc.h"

#include "block_choice.h"
#include "explain_words.h"
#include "json_out.h"
#include "parse.h"

#include <string.h>

static const struct option options[] = {
	{ "block", required_argument, NULL, OPTION_FIRST },
	{ "output", required_argument, NULL, 'o' },
	COMMON_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

/* Everything there is to say. */
struct explanation {
	struct arena *arena;
	const struct policy *policy;
	const struct block *block;
	const char *packet_text;
	struct model_packet packet;
	struct decision decision;
	const char *rule; /* or pseudo-rule that decides */
	struct span span; /* of that */
	struct model_step *steps;
	size_t n_steps;
};

static const char *place_text(struct arena *arena, struct span span)
{
	if (!span.source)
		return "";
	return arena_printf(arena, "%s:%u", span.source->name, source_position(span.source, span.begin).line);
}

static void explain(struct explanation *e, const struct packet_spec *spec)
{
	const struct block *block = e->block;
	struct frame frame = frame_build(e->arena, spec);
	uint32_t slot;

	e->packet_text = packet_spec_text(e->arena, spec);
	e->steps = ARENA_ARRAY(e->arena, struct model_step, block->n_rules);
	model_parse(&frame, &e->packet);
	model_decide(e->policy, block, &frame, &e->decision, e->steps, block->n_rules, &e->n_steps);
	slot = e->decision.slot - block->first_id;
	if (slot >= SLOT_RULES) {
		e->rule = block->rules[slot - SLOT_RULES]->name;
		e->span = block->rules[slot - SLOT_RULES]->name_span;
	} else {
		e->rule = slot_names[slot];
		e->span = slot == SLOT_DEFAULT ? block->default_span : block->span;
	}
}

/*
 * "@bogons", "the connection's state", "its rate": what this step would have to
 * know to be sure of the verdict. NULL if it is sure; a rule that never decides
 * leaves the verdict alone whatever it hangs on.
 */
static const char *depends_on(struct arena *arena, const struct model_step *step)
{
	if (step->rule->action == ACTION_SAMPLE)
		return NULL;
	if (step->hangs_on)
		return step->hangs_on->kind == PRED_STATE ? "the connection's state" :
							    arena_printf(arena, "@%s", step->hangs_on->set->name);
	if (step->matched && step->rule->action == ACTION_RATE_LIMIT)
		return "its rate";
	return NULL;
}

/* A rate-limit's modifiers act when it exceeds, and the model lets none exceed. */
static bool modifiers_act(const struct model_step *step)
{
	return step->matched && step->rule->action != ACTION_RATE_LIMIT;
}

static uint32_t sampling(const struct rule *rule)
{
	return rule->action == ACTION_SAMPLE ? rule->sample : rule->log_sample;
}

static void print_modifiers(const struct explanation *e)
{
	for (size_t i = 0; i < e->n_steps; i++) {
		const struct rule *rule = e->steps[i].rule;

		if (!modifiers_act(&e->steps[i]))
			continue;
		if (rule->log)
			printf("log      by %s (%s)\n", rule->name, place_text(e->arena, rule->name_span));
		if (rule->detect)
			printf("detect   %s by %s (%s)\n", rule->detect, rule->name,
			       place_text(e->arena, rule->name_span));
		if (sampling(rule))
			printf("sample   1/%u by %s (%s)\n", sampling(rule), rule->name,
			       place_text(e->arena, rule->name_span));
	}
}

static void print_text(const struct explanation *e)
{
	int places = 0, names = 0;

	printf("packet   %s\nread as  %s\nverdict  %s by %s", e->packet_text, explain_packet(e->arena, &e->packet),
	       verdict_names[e->decision.verdict], e->rule);
	if (e->span.source)
		printf(" (%s)", place_text(e->arena, e->span));
	putchar('\n');
	for (size_t i = 0; i < e->n_steps; i++) {
		const struct model_step *step = &e->steps[i];
		const char *on = depends_on(e->arena, step);

		if (!on)
			continue;
		if (step->matched)
			printf("unless   it exceeds the rate of %s: then %s\n", step->rule->name,
			       verdict_names[step->rule->verdict]);
		else
			printf("unless   %s matches, which hangs on %s: then %s\n", step->rule->name, on,
			       step->rule->action == ACTION_RATE_LIMIT ? "its rate may decide" :
									 verdict_names[step->rule->verdict]);
	}
	print_modifiers(e);

	if (e->packet.class != MODEL_IP) {
		printf("\nno rule of %s is tried: %s\n", e->block->name,
		       e->packet.class == MODEL_NON_IP ? "the block's `non-ip` decides what is not IP" :
							 "the block's `malformed` decides what cannot be read");
		return;
	}
	printf("\n%zu of %zu rules tried in %s:\n", e->n_steps, e->block->n_rules, e->block->name);
	for (size_t i = 0; i < e->n_steps; i++) {
		int place = (int)strlen(place_text(e->arena, e->steps[i].rule->name_span));
		int name = (int)strlen(e->steps[i].rule->name);

		places = place > places ? place : places;
		names = name > names ? name : names;
	}
	for (size_t i = 0; i < e->n_steps; i++)
		printf("  %-*s  %-*s  %s\n", places, place_text(e->arena, e->steps[i].rule->name_span), names,
		       e->steps[i].rule->name, explain_step(e->arena, &e->packet, &e->steps[i]));
}

static json_t *fields_json(const struct explanation *e)
{
	static const char *const fragments[] = { "no", "first", "later" };
	json_t *object = json_object();

	if (e->packet.class == MODEL_IP)
		json_object_set_new(object, "ip", json_integer(e->packet.family == FAMILY_V4 ? 4 : 6));
	for (unsigned field = 0; field < N_FIELDS; field++) {
		const char *key = field_table[field].member;

		if (!e->packet.has[field])
			continue;
		switch (field) {
		case FIELD_PROTO:
		case FIELD_SRC:
		case FIELD_DST:
		case FIELD_FLAGS:
			json_set_text(object, key, explain_value(e->arena, &e->packet, (enum field)field));
			break;
		case FIELD_FRAGMENT:
			json_set_text(object, key, fragments[(unsigned)e->packet.value[field] % 3]);
			break;
		default:
			json_object_set_new(object, key, json_integer((json_int_t)e->packet.value[field]));
		}
	}
	return object;
}

static json_t *steps_json(const struct explanation *e)
{
	static const char *const actions[] = {
		[ACTION_ALLOW] = "allow",           [ACTION_DENY] = "deny",     [ACTION_REJECT] = "reject",
		[ACTION_RATE_LIMIT] = "rate-limit", [ACTION_SAMPLE] = "sample",
	};
	json_t *array = json_array();

	for (size_t i = 0; i < e->n_steps; i++) {
		const struct model_step *step = &e->steps[i];
		json_t *object = json_object();

		json_set_text(object, "rule", step->rule->name);
		json_set_place(object, step->rule->name_span);
		json_set_text(object, "action", actions[step->rule->action]);
		json_object_set_new(object, "matched", step->hangs_on ? json_null() : json_boolean(step->matched));
		json_set_text(object, "reason", explain_step(e->arena, &e->packet, step));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *depends_json(const struct explanation *e)
{
	json_t *array = json_array();

	for (size_t i = 0; i < e->n_steps; i++) {
		const struct model_step *step = &e->steps[i];
		const char *on = depends_on(e->arena, step);
		json_t *object;

		if (!on)
			continue;
		object = json_object();
		json_set_text(object, "rule", step->rule->name);
		json_set_text(object, "on", on);
		json_set_text(object, "verdict", verdict_names[step->rule->verdict]);
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *modifiers_json(const struct explanation *e)
{
	json_t *array = json_array();

	for (size_t i = 0; i < e->n_steps; i++) {
		const struct rule *rule = e->steps[i].rule;
		json_t *object;

		if (!modifiers_act(&e->steps[i]) || !(rule->log || sampling(rule)))
			continue;
		object = json_object();
		json_set_text(object, "rule", rule->name);
		json_object_set_new(object, "log", json_boolean(rule->log));
		json_set_text(object, "detect", rule->detect);
		if (sampling(rule))
			json_object_set_new(object, "sampling", json_integer(sampling(rule)));
		json_array_append_new(array, object);
	}
	return array;
}

static void print_json(const struct explanation *e)
{
	static const char *const classes[] = {
		[MODEL_IP] = "ip",
		[MODEL_NON_IP] = "non-ip",
		[MODEL_MALFORMED] = "malformed",
	};
	json_t *document = json_document("packet-sentry/explain/v1");

	json_set_text(document, "policy", e->policy->name);
	json_set_text(document, "block", e->block->name);
	json_set_text(document, "packet", e->packet_text);
	json_set_text(document, "class", classes[e->packet.class]);
	json_set_text(document, "malformed", e->packet.class == MODEL_MALFORMED ? e->packet.why : NULL);
	json_object_set_new(document, "fields", fields_json(e));
	json_set_text(document, "verdict", verdict_names[e->decision.verdict]);
	json_set_text(document, "rule", e->rule);
	json_set_place(document, e->span);
	json_object_set_new(document, "depends", depends_json(e));
	json_object_set_new(document, "modifiers", modifiers_json(e));
	json_object_set_new(document, "steps", steps_json(e));
	json_print(document);
}

/* The packet of the command line, which has no other syntax than those of tests. */
static bool read_packet(struct compile *compile, const char *text, struct packet_spec *spec)
{
	struct parse parse = { &compile->arena, &compile->sources, &compile->diags };
	struct resolve resolve = {
		.arena = &compile->arena, .sources = &compile->sources, .diags = &compile->diags,
	};
	struct source *source = source_from_text(&compile->sources, "packet", text, strlen(text));
	struct ast_packet *packet = parse_packet(&parse, source);
	const char *canonical;

	return packet && resolve_packet(&resolve, packet, spec, &canonical) && !diags_have_errors(&compile->diags);
}

static int explain_file(const struct verb *verb, struct compile *compile, const char *path, const char *packet_text,
			const char *block_name, bool json)
{
	struct explanation explanation = { .arena = &compile->arena };
	struct packet_spec spec;

	explanation.policy = compile_policy(compile, path, NULL);
	if (!explanation.policy)
		return stage_failed(compile);
	if (!read_packet(compile, packet_text, &spec))
		return stage_failed(compile);
	print_diags(compile);
	explanation.block = block_choose(verb, explanation.policy, block_name);
	if (!explanation.block)
		return EXIT_USAGE;
	explain(&explanation, &spec);
	if (json)
		print_json(&explanation);
	else
		print_text(&explanation);
	return finish_stdout(EXIT_GOOD);
}

static int explain_main(const struct verb *verb, int argc, char **argv)
{
	static const char *const outputs[] = { "text", "json", NULL };
	const char *block = NULL;
	struct compile compile;
	int output = 0, option, code;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (common_option(verb, option, &code)) {
			if (code >= 0)
				return code;
			continue;
		}
		if (option == OPTION_FIRST) {
			block = optarg;
			continue;
		}
		output = word_index(outputs, optarg);
		if (output < 0)
			return usage_error(verb, "-o is text or json, not '%s'", optarg);
	}
	if (argc - optind != 2)
		return usage_error(verb, "a policy file and one packet in quotes are needed");
	compile_init(&compile);
	code = explain_file(verb, &compile, argv[optind], argv[optind + 1], block, output == 1);
	compile_fini(&compile);
	return code;
}

const struct verb verb_explain = {
	.name = "explain",
	.synopsis = "FILE PACKET [--block NAME] [-o text|json]",
	.summary = "says which rule decides a packet, and why no other does",
	.help = "  PACKET                     as in tests: 'tcp 192.0.2.1:40000 > 198.51.100.7:22 syn'\n"
		"  --block=NAME               which block, where the policy has several: ingress, egress, …\n"
		"  -o, --output=text|json\n",
	.main = explain_main,
};
