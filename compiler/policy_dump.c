/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The resolved policy as an indented listing. What it shows is what was understood,
 * not what was written: compare it with the text to see what a name or a list became.
 */
#include "policy.h"

#include "frame.h"
#include "words.h"

#include <inttypes.h>

/* A blocklist is not a listing. */
#define RANGES_SHOWN 24

static void dump_number(FILE *out, enum field field, enum family family, uint64_t number)
{
	const char *word = NULL;

	switch (field_table[field].type) {
	case FIELD_TYPE_PROTO:
		word = words_proto_name((uint8_t)number);
		break;
	case FIELD_TYPE_ICMP_TYPE:
		word = words_icmp_type_name(family, (uint8_t)number);
		break;
	case FIELD_TYPE_FRAGMENT:
		word = number == 1 ? "first" : number == 2 ? "later" : "whole";
		break;
	default:
		break;
	}
	if (word)
		fputs(word, out);
	else
		fprintf(out, "%" PRIu64, number);
}

static void dump_range(FILE *out, enum field field, enum family family, struct range range)
{
	char text[ADDRESS_TEXT];

	if (field_table[field].type == FIELD_TYPE_ADDR) {
		fputs(address_range_format(family, range, text), out);
		return;
	}
	if (range.lo != range.hi) {
		fprintf(out, "%" PRIu64 "-%" PRIu64, (uint64_t)range.lo, (uint64_t)range.hi);
		return;
	}
	dump_number(out, field, family, (uint64_t)range.lo);
}

static void dump_ranges(FILE *out, enum field field, enum family family, const struct rangeset *set)
{
	size_t shown = set->n > RANGES_SHOWN ? RANGES_SHOWN : set->n;

	if (set->n != 1)
		fputs("{ ", out);
	for (size_t i = 0; i < shown; i++) {
		if (i)
			fputs(", ", out);
		dump_range(out, field, family, set->ranges[i]);
	}
	if (shown < set->n)
		fprintf(out, ", and %zu more", set->n - shown);
	if (set->n != 1)
		fputs(" }", out);
}

static void dump_flags(FILE *out, uint32_t flags)
{
	const char *separator = "";

	if (!flags)
		fputs("none", out);
	for (unsigned bit = 0; bit < AST_TCP_FLAGS; bit++) {
		if (!(flags & 1u << bit))
			continue;
		fprintf(out, "%s%s", separator, ast_tcp_flag_names[bit]);
		separator = ",";
	}
}

static void dump_pred(FILE *out, enum family family, const struct pred *pred)
{
	const char *separator = " ";

	if (pred->kind == PRED_STATE) {
		fputs("state", out);
		for (unsigned state = 0; state < N_STATES; state++) {
			if (!(pred->states & 1u << state))
				continue;
			fprintf(out, "%s%s", separator, state_names[state]);
			separator = ",";
		}
		return;
	}
	fprintf(out, "%s ", field_table[pred->field].word);
	switch (pred->kind) {
	case PRED_RANGES:
		if (pred->ranges->name)
			fprintf(out, "%s = ", pred->ranges->name);
		dump_ranges(out, pred->field, family, pred->ranges);
		break;
	case PRED_BITS:
		dump_flags(out, pred->bits);
		fputc('/', out);
		dump_flags(out, pred->mask);
		break;
	case PRED_MEMBER:
		fprintf(out, "%s@%s", pred->negated ? "not " : "", pred->set->name);
		break;
	case PRED_STATE:
		break;
	}
}

static const char *family_name(enum family family)
{
	return family == FAMILY_V4 ? "IPv4" : "IPv6";
}

static void dump_terms(FILE *out, size_t n, const struct term *terms)
{
	for (size_t i = 0; i < n; i++) {
		fprintf(out, "            %s", family_name(terms[i].family));
		for (size_t k = 0; k < terms[i].n; k++) {
			fputs(k ? ", " : ": ", out);
			dump_pred(out, terms[i].family, &terms[i].preds[k]);
		}
		fputc('\n', out);
	}
}

static void dump_rate(FILE *out, const struct rate *rate)
{
	static const char *const units[] = {
		[AST_RATE_PACKETS] = "packets",
		[AST_RATE_BITS] = "bits",
		[AST_RATE_BYTES] = "bytes",
	};
	static const char *const keys[] = {
		[AST_KEY_SRC] = "src",
		[AST_KEY_DST] = "dst",
		[AST_KEY_FLOW] = "flow",
		[AST_KEY_PORT] = "port",
	};
	static const char *const distinct[] = {
		[DISTINCT_PORT] = "port",
		[DISTINCT_SRC] = "src",
		[DISTINCT_DST] = "dst",
	};

	fprintf(out, "            rate %" PRIu64 " %s in %" PRIu64 " ns", rate->amount,
		rate->distinct ? "values" : units[rate->unit], rate->period_ns);
	if (!rate->distinct)
		fprintf(out, ", burst %" PRIu64 " %s", rate->burst,
			rate->unit == AST_RATE_PACKETS ? "packets" : "bytes");
	if (rate->distinct)
		fprintf(out, ", distinct %s", distinct[rate->distinct]);
	for (const struct ast_key *key = rate->keys; key; key = key->next) {
		fprintf(out, "%s%s", key == rate->keys ? ", per " : " and ", keys[key->kind]);
		if (key->has_prefix4)
			fprintf(out, "/%u", key->prefix4);
		if (key->has_prefix6)
			fprintf(out, "/%u", key->prefix6);
	}
	if (rate->keys)
		fprintf(out, ", max %" PRIu64, rate->max);
	fputc('\n', out);
}

static void dump_action(FILE *out, const struct rule *rule)
{
	if (rule->action == ACTION_RATE_LIMIT) {
		dump_rate(out, &rule->rate);
		fprintf(out, "            else %s\n", verdict_names[rule->verdict]);
	}
	if (rule->action == ACTION_SAMPLE)
		fprintf(out, "            sample %s1/%" PRIu32 "\n", rule->sample_flow ? "flow " : "", rule->sample);
	if (rule->log)
		fputs("            log\n", out);
	if (rule->detect)
		fprintf(out, "            detect %s\n", rule->detect);
	if (rule->log_sample)
		fprintf(out, "            with sample %s1/%" PRIu32 "\n", rule->log_sample_flow ? "flow " : "",
			rule->log_sample);
	for (const struct add *add = rule->adds; add; add = add->next) {
		fprintf(out, "            add %s to @%s", add->source ? "src" : "dst", add->set->name);
		if (add->timeout_ns)
			fprintf(out, " for %" PRIu64 " ns", add->timeout_ns);
		fputc('\n', out);
	}
}

static void dump_metadata(FILE *out, const struct rule *rule)
{
	if (rule->owner)
		fprintf(out, "            owner \"%s\"\n", rule->owner);
	if (rule->ticket)
		fprintf(out, "            ticket \"%s\"\n", rule->ticket);
	if (rule->note)
		fprintf(out, "            note \"%s\"\n", rule->note);
	if (rule->has_expires)
		fprintf(out, "            expires day %" PRId64 "\n", rule->expires);
	for (size_t i = 0; i < rule->n_overrides; i++)
		fprintf(out, "            overrides %s\n", rule->overrides[i]);
	for (const struct lint_off *off = rule->lint_offs; off; off = off->next)
		fprintf(out, "            lint-off %s \"%s\"\n", code_table[off->code].lint, off->reason);
}

static void dump_block(FILE *out, const struct block *block)
{
	fprintf(out, "    block %s: %s on", block->name, block->direction == DIRECTION_INGRESS ? "ingress" : "egress");
	if (block->any)
		fputs(" any", out);
	for (size_t i = 0; i < block->n_interfaces; i++)
		fprintf(out, "%s%s", i ? ", " : " ", block->interfaces[i]->role);
	fprintf(out, " via %s\n", hook_names[block->hook]);
	fprintf(out, "        %" PRIu32 " malformed: %s\n", block->first_id + SLOT_MALFORMED,
		verdict_names[block->malformed]);
	fprintf(out, "        %" PRIu32 " non-ip: %s\n", block->first_id + SLOT_NON_IP, verdict_names[block->non_ip]);
	fprintf(out, "        %" PRIu32 " default: %s\n", block->first_id + SLOT_DEFAULT,
		verdict_names[block->default_verdict]);
	for (size_t i = 0; i < block->n_rules; i++) {
		const struct rule *rule = block->rules[i];

		fprintf(out, "        %" PRIu32 " %s: %s\n", rule->id, rule->name, rule->text);
		dump_terms(out, rule->n_terms, rule->terms);
		dump_action(out, rule);
		dump_metadata(out, rule);
	}
}

static void dump_set(FILE *out, const struct set *set)
{
	static const char *const types[] = {
		[AST_SET_ADDR] = "addr",
		[AST_SET_NET] = "net",
		[AST_SET_PORT] = "port",
		[AST_SET_PROTO] = "proto",
	};

	fprintf(out, "    set %s:", set->name);
	for (unsigned i = 0; i < set->n_types; i++)
		fprintf(out, "%s%s", i ? " . " : " ", types[set->types[i]]);
	fprintf(out, ", max %" PRIu64, set->max);
	if (set->timeout_ns)
		fprintf(out, ", timeout %" PRIu64 " ns", set->timeout_ns);
	if (set->from)
		fprintf(out, ", from \"%s\"", set->from);
	fputc('\n', out);
}

static void dump_names(FILE *out, const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_interfaces; i++)
		fprintf(out, "    interface %s: \"%s\"\n", policy->interfaces[i].role, policy->interfaces[i].device);
	for (size_t i = 0; i < policy->n_nets; i++) {
		fprintf(out, "    net %s\n", policy->nets[i]->name);
		for (unsigned f = 0; f < N_FAMILIES; f++) {
			if (!policy->nets[i]->ranges[f]->n)
				continue;
			fprintf(out, "        %s: ", family_name(f));
			dump_ranges(out, FIELD_SRC, f, policy->nets[i]->ranges[f]);
			fputc('\n', out);
		}
	}
	for (size_t i = 0; i < policy->n_sets; i++)
		dump_set(out, policy->sets[i]);
}

static void dump_assertion(FILE *out, const struct assertion *assertion)
{
	fprintf(out, "    assert %s: %s in %s%s\n", assertion->name, verdict_names[assertion->verdict],
		assertion->block->name, assertion->under_limits ? " under limits" : "");
	dump_terms(out, assertion->n_terms, assertion->terms);
}

static void dump_packet(FILE *out, struct arena *arena, const struct test *test, const struct test_packet *packet)
{
	fprintf(out, "        %s: ", packet_spec_text(arena, &packet->spec));
	if (packet->block != test->block)
		fprintf(out, "in %s ", packet->block->name);
	fputs(verdict_names[packet->expect], out);
	if (packet->by)
		fprintf(out, " by %" PRIu32 " %s", packet->by_id, packet->by);
	fputc('\n', out);
}

static void dump_added(FILE *out, const struct test_step *step)
{
	const struct set_element *element = &step->element;
	char text[ADDRESS_TEXT];

	fprintf(out, "        add %s/%u", address_format(element->family, element->address, text), element->prefix);
	for (unsigned i = 0; i < step->set->n_types; i++) {
		if (step->set->types[i] == AST_SET_PORT)
			fprintf(out, " port %u", element->port);
		else if (step->set->types[i] == AST_SET_PROTO)
			fprintf(out, " proto %u", element->proto);
	}
	fprintf(out, " to @%s", step->set->name);
	if (step->timeout_ns)
		fprintf(out, " for %" PRIu64 " ns", step->timeout_ns);
	fputc('\n', out);
}

static void dump_test(FILE *out, struct arena *arena, const struct test *test)
{
	fprintf(out, "    test \"%s\" in %s\n", test->name, test->block->name);
	for (size_t i = 0; i < test->n_steps; i++) {
		const struct test_step *step = &test->steps[i];

		switch (step->kind) {
		case TEST_PACKET:
			dump_packet(out, arena, test, &test->packets[step->packet]);
			break;
		case TEST_WAIT:
			fprintf(out, "        wait %" PRIu64 " ns\n", step->wait_ns);
			break;
		case TEST_ADD:
			dump_added(out, step);
			break;
		}
	}
}

/* Where they matter: asked for, or written. */
static void dump_states(FILE *out, const struct states *states)
{
	if (!states->used && !states->span.source)
		return;
	fprintf(out, "    states%s: max %" PRIu64 "%s\n", states->used ? "" : " (unused)", states->max,
		states->loose ? ", loose" : "");
	for (unsigned i = 0; i < N_STATE_TIMEOUTS; i++)
		fprintf(out, "        %s %" PRIu64 " ns\n", state_timeout_words[i], states->timeout_ns[i]);
}

static void dump_account(FILE *out, const struct account *account)
{
	if (account->traffic)
		fputs("    account traffic\n", out);
	if (account->flows)
		fprintf(out, "    account flows, %" PRIu64 " for each CPU\n", account->flows);
}

void policy_dump(const struct policy *policy, FILE *out)
{
	struct arena arena;

	arena_init(&arena);
	fprintf(out, "policy %s\n", policy->name);
	if (policy->owner)
		fprintf(out, "    owner \"%s\"\n", policy->owner);
	if (policy->strict)
		fputs("    strict\n", out);
	if (policy->budget.insns)
		fprintf(out, "    budget insns %" PRIu64 "\n", policy->budget.insns);
	if (policy->budget.memory)
		fprintf(out, "    budget memory %" PRIu64 " bytes\n", policy->budget.memory);
	if (policy->seed)
		fprintf(out, "    seed %" PRIu64 "\n", policy->seed);
	if (policy->on_failure_allow)
		fputs("    on-failure allow\n", out);
	dump_states(out, &policy->states);
	dump_account(out, &policy->account);
	dump_names(out, policy);
	for (size_t i = 0; i < policy->n_blocks; i++)
		dump_block(out, policy->blocks[i]);
	for (size_t i = 0; i < policy->n_asserts; i++)
		dump_assertion(out, &policy->asserts[i]);
	for (size_t i = 0; i < policy->n_tests; i++)
		dump_test(out, &arena, &policy->tests[i]);
	arena_fini(&arena);
}
