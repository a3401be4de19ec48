/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What verify found, for people and for programs. */
#include "verify.h"

#include "json_out.h"
#include "source.h"

#include <inttypes.h>

/* 1234567 -> "1,234,567" */
static const char *grouped(struct arena *arena, uint64_t number)
{
	if (number < 1000)
		return arena_printf(arena, "%" PRIu64, number);
	return arena_printf(arena, "%s,%03" PRIu64, grouped(arena, number / 1000), number % 1000);
}

static void print_block(const struct verify *verify, const struct verify_block *result, FILE *out)
{
	const struct block *block = result->block;

	fprintf(out, "%s: %zu rule%s, ", block->name, block->n_rules, block->n_rules == 1 ? "" : "s");
	if (!result->looked_up)
		fputs("asked one after another", out);
	else if (result->by_regions)
		fprintf(out, "looked up: all %s regions", grouped(verify->arena, result->checked));
	else
		fprintf(out, "looked up: %s witness packets", grouped(verify->arena, result->checked));
	if (result->frames)
		fprintf(out, "; %s frames", grouped(verify->arena, result->frames));
	if (result->differences)
		fprintf(out, "; %s decided otherwise\n", grouped(verify->arena, result->differences));
	else
		fputs(result->looked_up || result->frames ? "; all as the rules say\n" : "; nothing to verify\n", out);
}

/* "allow by ssh (edge.sp:12)" */
static const char *answer_words(struct arena *arena, const struct verify_answer *answer)
{
	const char *words = arena_printf(arena, "%s by %s", verdict_names[answer->verdict], answer->name);
	struct span span = answer->rule ? answer->rule->name_span : (struct span){ 0 };

	if (!span.source)
		return words;
	return arena_printf(arena, "%s (%s:%u)", words, span.source->name, source_position(span.source, span.begin).line);
}

void verify_print_text(const struct verify *verify, const char *path, FILE *out)
{
	struct arena *arena = verify->arena;

	for (size_t i = 0; i < verify->n_blocks; i++)
		print_block(verify, &verify->blocks[i], out);
	for (size_t i = 0; i < verify->n_differences; i++) {
		const struct verify_difference *difference = &verify->differences[i];

		fprintf(out, "\n%s: %s%s%s\n", difference->block->name, difference->packet, difference->when ? ", with " : "",
			difference->when ? difference->when : "");
		fprintf(out, "    the rules say %s\n", answer_words(arena, &difference->right));
		fprintf(out, "    %s: %s\n", difference->by, answer_words(arena, &difference->got));
	}
	if (verify->different > verify->n_differences)
		fprintf(out, "\n… and %s more\n", grouped(arena, verify->different - verify->n_differences));
	if (verify->lacking)
		fprintf(out, "engine kernel was not asked: %s\n", verify->lacking);
	if (verify->different)
		fprintf(out, "%s: what was compiled does not decide as the policy says; please report it\n", path);
}

static json_t *answer_json(const struct verify_answer *answer)
{
	json_t *object = json_object();

	json_set_text(object, "verdict", verdict_names[answer->verdict]);
	json_set_text(object, answer->rule ? "rule" : "decided_by", answer->name);
	if (answer->rule)
		json_set_place(object, answer->rule->name_span);
	return object;
}

static json_t *block_json(const struct verify_block *result)
{
	json_t *object = json_object();
	const char *how = !result->looked_up ? "ladder" : result->by_regions ? "regions" : "witnesses";

	json_set_text(object, "name", result->block->name);
	json_object_set_new(object, "rules", json_integer((json_int_t)result->block->n_rules));
	json_set_text(object, "how", how);
	json_object_set_new(object, "checked", json_integer((json_int_t)(result->looked_up ? result->checked : 0)));
	json_object_set_new(object, "frames", json_integer((json_int_t)result->frames));
	json_object_set_new(object, "differences", json_integer((json_int_t)result->differences));
	return object;
}

void verify_print_json(const struct verify *verify, const char *path)
{
	json_t *document = json_document("packet-sentry/verify/v1"), *array = json_array();

	json_set_text(document, "file", path);
	json_set_text(document, "policy", verify->policy->name);
	json_object_set_new(document, "good", json_boolean(!verify->different));
	for (enum engine_kind kind = 0; kind < N_ENGINES && verify->options.frames; kind++)
		if (verify->options.engines[kind] && !(kind == ENGINE_KERNEL && verify->lacking))
			json_array_append_new(array, json_string(engine_names[kind]));
	json_object_set_new(document, "engines", array);
	json_set_text(document, "lacking", verify->lacking);
	array = json_array();
	for (size_t i = 0; i < verify->n_blocks; i++)
		json_array_append_new(array, block_json(&verify->blocks[i]));
	json_object_set_new(document, "blocks", array);
	json_object_set_new(document, "different", json_integer((json_int_t)verify->different));
	array = json_array();
	for (size_t i = 0; i < verify->n_differences; i++) {
		const struct verify_difference *difference = &verify->differences[i];
		json_t *object = json_object();

		json_set_text(object, "block", difference->block->name);
		json_set_text(object, "by", difference->by);
		json_set_text(object, "packet", difference->packet);
		json_set_text(object, "when", difference->when);
		json_object_set_new(object, "right", answer_json(&difference->right));
		json_object_set_new(object, "got", answer_json(&difference->got));
		json_array_append_new(array, object);
	}
	json_object_set_new(document, "differences", array);
	json_print(document);
}
