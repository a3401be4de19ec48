/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "diff.h"

#include "ip_proto.h"
#include "source.h"
#include "witness.h"

#include <stdarg.h>
#include <string.h>

/* Cut in the middle of its Ethernet payload: no IP header of it can be read. */
#define TRUNCATED_SIZE 20u

void diff_add_change(struct diff *diff, const struct change *change)
{
	struct change *added = ARENA_NEW(diff->arena, struct change);

	*added = *change;
	*diff->last_change = added;
	diff->last_change = &added->next;
}

void diff_add_block(struct diff *diff, const char *block, const char *kind, const char *message)
{
	struct block_change *added = ARENA_NEW(diff->arena, struct block_change);

	*added = (struct block_change){ .block = block, .kind = kind, .message = message };
	*diff->last_block = added;
	diff->last_block = &added->next;
}

void diff_add_effect(struct diff *diff, const char *kind, const char *rule, const char *format, ...)
{
	struct effect *added = ARENA_NEW(diff->arena, struct effect);
	va_list args;

	added->kind = kind;
	added->rule = rule;
	va_start(args, format);
	added->message = arena_vprintf(diff->arena, format, args);
	va_end(args);
	*diff->last_effect = added;
	diff->last_effect = &added->next;
}

bool diff_equivalent(const struct diff *diff)
{
	return !diff->changes && !diff->blocks && !diff->undecided && !diff->broken;
}

struct decider rule_decider(const struct rule *rule)
{
	return (struct decider){ rule->name, rule->name_span };
}

const char *decider_text(struct arena *arena, const struct decider *decider)
{
	const struct source *source = decider->span.source;

	if (!source)
		return decider->name;
	return arena_printf(arena, "%s (%s:%u)", decider->name, source->name,
			    source_position(source, decider->span.begin).line);
}

const struct rule *rule_by_name(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->n_blocks; i++)
		for (size_t j = 0; j < policy->blocks[i]->n_rules; j++)
			if (!strcmp(policy->blocks[i]->rules[j]->name, name))
				return policy->blocks[i]->rules[j];
	return NULL;
}

bool rates_equal(const struct rate *a, const struct rate *b)
{
	const struct ast_key *x = a->keys, *y = b->keys;

	if (a->unit != b->unit || a->amount != b->amount || a->period_ns != b->period_ns || a->burst != b->burst ||
	    a->distinct != b->distinct || a->max != b->max)
		return false;
	for (; x && y; x = x->next, y = y->next)
		if (x->kind != y->kind || x->has_prefix4 != y->has_prefix4 || x->has_prefix6 != y->has_prefix6 ||
		    x->prefix4 != y->prefix4 || x->prefix6 != y->prefix6)
			return false;
	return !x && !y;
}

/* Packets that no rule is asked about: `text` stands for all of them. */
static void compare_class(struct diff *diff, const struct block *old, const struct block *new, unsigned slot)
{
	static const char *const regions[] = { [SLOT_MALFORMED] = "malformed", [SLOT_NON_IP] = "non-ip" };
	bool malformed = slot == SLOT_MALFORMED;
	struct change change = {
		.block = old->name,
		.from = malformed ? old->malformed : old->non_ip,
		.to = malformed ? new->malformed : new->non_ip,
		.old = { slot_names[slot], old->span },
		.new = { slot_names[slot], new->span },
		.n_regions = 1,
		.regions = ARENA_ARRAY(diff->arena, const char *, 1),
	};
	struct witness witness = { .spec = { .arp = true } };
	struct decision from, to;

	if (change.from == change.to)
		return;
	if (malformed)
		witness.spec = (struct packet_spec){ .family = FAMILY_V4, .proto = PROTO_TCP, .src = 0xc0000201, .dst = 0xc6336401,
			.has_ports = true, .sport = 40000, .dport = 443, .tcp_flags = 2, .ttl = 64,
			.truncate = TRUNCATED_SIZE };
	witness.text = packet_spec_text(diff->arena, &witness.spec);
	witness_replay(diff->old, old, &witness, &from);
	witness_replay(diff->new, new, &witness, &to);
	if (from.slot != old->first_id + slot || to.slot != new->first_id + slot)
		diff->broken = arena_printf(diff->arena, "the model does not call '%s' %s", witness.text, slot_names[slot]);
	change.regions[0] = regions[slot];
	change.witness = witness.text;
	diff_add_change(diff, &change);
}

static const char *interfaces_text(struct arena *arena, const struct block *block)
{
	const char *text = block->any ? "any" : "";

	for (size_t i = 0; i < block->n_interfaces; i++) {
		const struct interface *interface = block->interfaces[i];
		const char *comma = *text ? ", " : "";

		if (!strcmp(interface->role, interface->device))
			text = arena_printf(arena, "%s%s%s", text, comma, interface->role);
		else
			text = arena_printf(arena, "%s%s%s = \"%s\"", text, comma, interface->role, interface->device);
	}
	return text;
}

static bool has_interfaces(const struct block *block, const struct block *of)
{
	for (size_t i = 0; i < of->n_interfaces; i++) {
		size_t j;

		for (j = 0; j < block->n_interfaces; j++)
			if (!strcmp(of->interfaces[i]->role, block->interfaces[j]->role) &&
			    !strcmp(of->interfaces[i]->device, block->interfaces[j]->device))
				break;
		if (j == block->n_interfaces)
			return false;
	}
	return true;
}

static bool same_interfaces(const struct block *a, const struct block *b)
{
	return a->any == b->any && has_interfaces(a, b) && has_interfaces(b, a);
}

static void compare_place(struct diff *diff, const struct block *old, const struct block *new)
{
	if (!same_interfaces(old, new))
		diff_add_block(diff, old->name, "interfaces",
			       arena_printf(diff->arena, "block %s is on %s, was on %s", old->name,
					    interfaces_text(diff->arena, new), interfaces_text(diff->arena, old)));
	if (old->hook != new->hook)
		diff_add_block(diff, old->name, "hook",
			       arena_printf(diff->arena, "block %s is at the %s hook, was at %s", old->name,
					    hook_names[new->hook], hook_names[old->hook]));
}

/*
 * By name; then, as names of blocks depend on how many there are of a direction, by
 * direction and interfaces. partners[i] is that of OLD's block i, or NULL.
 */
static const struct block **pair_blocks(struct diff *diff)
{
	const struct block **partners = ARENA_ARRAY(diff->arena, const struct block *, diff->old->n_blocks);
	bool *taken = ARENA_ARRAY(diff->arena, bool, diff->new->n_blocks);

	for (int by_place = 0; by_place < 2; by_place++)
		for (size_t i = 0; i < diff->old->n_blocks; i++)
			for (size_t j = 0; j < diff->new->n_blocks && !partners[i]; j++) {
				const struct block *old = diff->old->blocks[i], *new = diff->new->blocks[j];

				if (taken[j] || old->direction != new->direction)
					continue;
				if (by_place ? !same_interfaces(old, new) : strcmp(old->name, new->name) != 0)
					continue;
				taken[j] = true;
				partners[i] = new;
			}
	for (size_t j = 0; j < diff->new->n_blocks; j++) {
		const struct block *new = diff->new->blocks[j];

		if (!taken[j])
			diff_add_block(diff, new->name, "added",
				       arena_printf(diff->arena, "block %s is new: %s on %s, %zu rule%s, default %s", new->name,
						    new->direction == DIRECTION_INGRESS ? "ingress" : "egress",
						    interfaces_text(diff->arena, new), new->n_rules,
						    new->n_rules == 1 ? "" : "s", verdict_names[new->default_verdict]));
	}
	return partners;
}

static void report_removed(struct diff *diff, const struct block *old)
{
	diff_add_block(diff, old->name, "removed",
		       arena_printf(diff->arena, "block %s is gone: %s on %s, %zu rule%s, default %s", old->name,
				    old->direction == DIRECTION_INGRESS ? "ingress" : "egress",
				    interfaces_text(diff->arena, old), old->n_rules, old->n_rules == 1 ? "" : "s",
				    verdict_names[old->default_verdict]));
}

static void build_books(struct block_pair *pair)
{
	const struct policy *policies[] = { pair->old_policy, pair->new_policy };
	struct arena *arena = pair->diff->arena;

	for (unsigned family = 0; family < N_FAMILIES; family++) {
		pair->spaces[family] = space_build(arena, policies, 2, (enum family)family);
		pair->old_books[family] = rulebook_build(arena, pair->spaces[family], pair->old);
		pair->new_books[family] = rulebook_build(arena, pair->spaces[family], pair->new_read);
	}
}

void diff_policies(struct diff *diff)
{
	const struct block **partners;

	diff->last_change = &diff->changes;
	diff->last_block = &diff->blocks;
	diff->last_effect = &diff->effects;
	partners = pair_blocks(diff);
	for (size_t i = 0; i < diff->old->n_blocks && !diff->broken; i++) {
		const struct block *old = diff->old->blocks[i], *new = partners[i];
		struct block_pair pair = { .diff = diff, .old = old, .new = new, .old_policy = diff->old };

		if (!new) {
			report_removed(diff, old);
			continue;
		}
		compare_place(diff, old, new);
		compare_class(diff, old, new, SLOT_NON_IP);
		compare_class(diff, old, new, SLOT_MALFORMED);
		diff_read_names(&pair);
		build_books(&pair);
		for (unsigned family = 0; family < N_FAMILIES && !diff->broken; family++)
			diff_cross(&pair, (enum family)family);
		diff_block_effects(&pair);
	}
	diff_policy_effects(diff);
}
