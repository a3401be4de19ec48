/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The changes of `sentryc diff` against what was counted out, packet for packet. */
#include "oracle.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

enum { MAX_CHANGES = 1024 };

struct change {
	unsigned block;
	int version;
	enum verdict from, to;
	const struct rule *old, *new;
	struct big packets, found;
	size_t last;    /* 1 + the class that was counted last: each is counted once, whatever the world */
	bool reported;
};

struct comparison {
	struct policy *old, *new;
	struct subject subject;
	struct change changes[MAX_CHANGES];
	size_t n;
	enum flip flip;
	struct tally *tally;
	struct verdict_text *why;
};

static const char *const verdict_words[N_VERDICTS] = { "allow", "deny", "reject" };
static const char *const version_words[N_VERSIONS] = { "ip4", "ip6" };

static bool differs(struct comparison *comparison, const char *format, ...) __attribute__((format(printf, 2, 3)));

static bool differs(struct comparison *comparison, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(comparison->why->text, sizeof(comparison->why->text), format, args);
	va_end(args);
	return false;
}

static void count_change(struct comparison *comparison, const struct change *change, size_t class,
			 struct big weight)
{
	struct change *known = comparison->changes, *end = known + comparison->n;

	for (; known < end; known++)
		if (known->block == change->block && known->version == change->version && known->old == change->old &&
		    known->new == change->new)
			break;
	if (known == end) {
		if (comparison->n++ == MAX_CHANGES)
			abort();
		*known = *change;
	}
	if (known->last == class)
		return;
	known->last = class;
	known->packets = big_add(known->packets, weight);
}

static void count_world(struct comparison *comparison, int version, size_t class, uint64_t matches,
			uint64_t exceeded, struct big weight)
{
	for (unsigned b = 0; b < comparison->old->n_blocks; b++) {
		struct trace old = block_walk(&comparison->old->blocks[b], matches, exceeded, NULL);
		struct trace new = block_walk(&comparison->new->blocks[b], matches, exceeded, NULL);
		struct change change = {
			.block = b, .version = version, .from = old.verdict, .to = new.verdict, .old = old.rule,
			.new = new.rule,
		};

		if (old.verdict != new.verdict)
			count_change(comparison, &change, class, weight);
	}
}

static void count_all(struct comparison *comparison)
{
	subject_init(&comparison->subject);
	subject_add(&comparison->subject, comparison->old);
	subject_add(&comparison->subject, comparison->new);
	for (int version = 0; version < N_VERSIONS; version++) {
		struct classes classes;

		classes_build(&comparison->subject, version, &classes);
		comparison->tally->points += classes.points;
		for (size_t i = 0; i < classes.n; i++) {
			struct world world = { 0 };

			do {
				uint64_t matches = class_matches(&comparison->subject, &classes.list[i], &world);
				uint64_t exceeded = 0;

				do
					count_world(comparison, version, i + 1, matches, exceeded, classes.list[i].weight);
				while (limits_next(&comparison->subject, &exceeded));
			} while (world_next(&comparison->subject, &world));
		}
		classes_free(&classes);
	}
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static struct change *find_change(struct comparison *comparison, const json_t *reported)
{
	for (size_t i = 0; i < comparison->n; i++) {
		struct change *change = &comparison->changes[i];
		const char *block = comparison->old->blocks[change->block].egress ? "egress" : "ingress";
		char text[16];

		if (!strcmp(block, text_of(reported, "block")) &&
		    !strcmp(version_words[change->version], text_of(reported, "family")) &&
		    !strcmp(verdict_words[change->from], text_of(reported, "from")) &&
		    !strcmp(verdict_words[change->to], text_of(reported, "to")) &&
		    !strcmp(rule_name(change->old, text), text_of(reported, "old_rule")) &&
		    !strcmp(rule_name(change->new, text), text_of(reported, "new_rule")))
			return change;
	}
	return NULL;
}

static uint64_t packet_matches(const struct policy *policy, const struct packet *packet, const struct world *world)
{
	uint64_t matches = 0;

	for (unsigned b = 0; b < policy->n_blocks; b++)
		for (unsigned i = 0; i < policy->blocks[b].n; i++)
			matches |= (uint64_t)match_holds(policy, &policy->blocks[b].rules[i].match, packet, world)
				   << policy->blocks[b].rules[i].bit;
	return matches;
}

static bool check_witness(struct comparison *comparison, const struct change *change, const json_t *reported)
{
	const char *witness = text_of(reported, "witness");
	const char *when = json_string_value(json_object_get(reported, "when"));
	struct packet packet;
	struct world world;
	struct trace old, new;
	uint64_t matches;

	if (!witness_read(comparison->old, witness, when, &packet, &world) || !packet_possible(&packet))
		return differs(comparison, "witness '%s' when '%s' cannot be read, or is no packet", witness, when);
	comparison->tally->witnesses++;
	matches = packet_matches(comparison->old, &packet, &world) | packet_matches(comparison->new, &packet, &world);
	old = block_walk(&comparison->old->blocks[change->block], matches, world.exceeded, NULL);
	new = block_walk(&comparison->new->blocks[change->block], matches, world.exceeded, NULL);
	if (packet.version != change->version || old.rule != change->old || new.rule != change->new)
		return differs(comparison, "witness '%s' when '%s' is not of its change", witness, when);
	return true;
}

static bool check_change(struct comparison *comparison, const json_t *reported)
{
	struct change *change = find_change(comparison, reported);
	struct big packets;

	if (!change)
		return differs(comparison, "no packet of %s %s goes from %s (%s) to %s (%s)", text_of(reported, "block"),
			       text_of(reported, "family"), text_of(reported, "from"), text_of(reported, "old_rule"),
			       text_of(reported, "to"), text_of(reported, "new_rule"));
	if (!big_parse(text_of(reported, "packets"), &packets))
		return differs(comparison, "no count of packets: '%s'", text_of(reported, "packets"));
	change->found = big_add(change->found, packets);
	change->reported = true;
	return check_witness(comparison, change, reported);
}

static bool check_counts(struct comparison *comparison)
{
	for (size_t i = 0; i < comparison->n; i++) {
		struct change *change = &comparison->changes[i];
		char expected[160], found[160], old[16], new[16];

		big_text(change->packets, expected);
		big_text(change->found, found);
		if (!change->reported || !big_equal(change->packets, change->found))
			return differs(comparison, "%s %s: %s packets go from %s (%s) to %s (%s), but sentryc says %s",
				       comparison->old->blocks[change->block].egress ? "egress" : "ingress",
				       version_words[change->version], expected, verdict_words[change->from],
				       rule_name(change->old, old), verdict_words[change->to],
				       rule_name(change->new, new), change->reported ? found : "nothing of it");
	}
	return true;
}

static bool check_document(struct comparison *comparison, const json_t *document)
{
	const json_t *changes = json_object_get(document, "changes");
	bool equivalent = (comparison->n == 0) != (comparison->flip == FLIP_EQUIVALENT);

	comparison->tally->changes += comparison->n;
	comparison->tally->equivalent += equivalent;
	if (!json_is_boolean(json_object_get(document, "equivalent")) || !json_is_array(changes))
		return differs(comparison, "the document has no `equivalent`, or no `changes`");
	if (json_is_true(json_object_get(document, "equivalent")) != equivalent)
		return differs(comparison, "the policies are %sequivalent", equivalent ? "" : "not ");
	for (size_t i = 0; i < json_array_size(changes); i++)
		if (!check_change(comparison, json_array_get(changes, i)))
			return false;
	return check_counts(comparison);
}

bool compare_diff(struct policy *old, struct policy *new, const json_t *document, enum flip flip, struct tally *tally,
		  struct verdict_text *why)
{
	struct comparison *comparison = calloc(1, sizeof(*comparison));
	bool agree;

	if (!comparison)
		abort();
	*comparison = (struct comparison){ .old = old, .new = new, .flip = flip, .tally = tally, .why = why };
	count_all(comparison);
	if (flip == FLIP_COUNT && comparison->n)
		comparison->changes[0].packets = big_add(comparison->changes[0].packets, big_from(1));
	tally->pairs++;
	agree = check_document(comparison, document);
	free(comparison);
	return agree;
}
