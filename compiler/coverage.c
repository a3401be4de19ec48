/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "coverage.h"

#include "cover.h"
#include "rulebook.h"
#include "test_steps.h"
#include "witness.h"

#include <string.h>

/* Cut off inside the TCP header. */
#define MALFORMED_PACKET "tcp 203.0.113.5:40000 > 192.0.2.10:80 syn truncate=44"

/* A packet of a test, and which slot the model says decides it. */
struct judged {
	struct model_packet packet;
	uint32_t slot;
};

struct finder {
	struct arena *arena;
	const struct policy *policy;
	struct effort *effort;
	struct coverage *coverage;
	struct block_coverage *found;
	size_t room;
	const struct rulebook *book;
	size_t *meeting;
	const struct cube **covers;
	struct judged *judged; /* of the block */
	size_t n_judged;
};

static struct packet_class *add_class(struct finder *finder, uint32_t slot, enum verdict verdict, const char *packet)
{
	struct block_coverage *found = finder->found;
	struct packet_class *class = arena_push(finder->arena, &found->classes, &found->n_classes, &finder->room,
						sizeof(*class));
	const struct block *block;
	const struct rule *rule;

	*class = (struct packet_class){ .slot = slot, .verdict = verdict, .packet = packet };
	class->name = policy_slot_name(finder->policy, slot, &block, &rule);
	return class;
}

/* What a packet of a test meets: a new connection, in no set, over no rate. */
static bool narrow_to_tests(struct arena *arena, const struct space *space, const struct cube *cube, struct cube *out)
{
	*out = cube_any(arena, space);
	for (size_t d = 0; d < space->n; d++) {
		out->sets[d] = cube->sets[d];
		if (space->dimensions[d].kind != DIMENSION_FIELD &&
		    !cube_narrow(arena, space, out, d, rangeset_single(arena, 0, 0)))
			return false;
	}
	return true;
}

static size_t earlier_covers(struct finder *finder, const struct cube *cube, size_t before)
{
	size_t n_meeting = rulebook_meeting(finder->book, cube, 0, before, finder->meeting), n = 0;

	for (size_t i = 0; i < n_meeting; i++) {
		const struct entry *entry = &finder->book->entries[finder->meeting[i]];

		for (size_t j = 0; entry->deciding && j < entry->n_cubes; j++)
			finder->covers[n++] = &entry->deciding[j];
	}
	return n;
}

/* Where packets of the block at hand are kept, of one test after another. */
struct judging {
	struct finder *finder;
	const struct test *test;
	size_t room;
};

/* Those of other blocks are judged for what they leave behind. */
static void judged(void *context, size_t packet, const struct frame *frame, const struct decision *decision)
{
	struct judging *judging = context;
	struct finder *finder = judging->finder;
	struct judged *judged;

	if (judging->test->packets[packet].block != finder->found->block)
		return;
	judged = arena_push(finder->arena, &finder->judged, &finder->n_judged, &judging->room, sizeof(*judged));
	model_parse(frame, &judged->packet);
	judged->slot = decision->slot;
}

static bool judge_tests(struct finder *finder)
{
	struct engine *engine = model_open(finder->policy);
	struct judging judging = { .finder = finder };
	bool good = engine != NULL;

	finder->judged = NULL;
	finder->n_judged = 0;
	for (size_t i = 0; i < finder->policy->n_tests && good; i++) {
		judging.test = &finder->policy->tests[i];
		good = !test_steps_run(finder->arena, finder->policy, engine, judging.test,
				       &(struct test_watcher){ &judging, judged });
	}
	engine_close(engine);
	return good;
}

/*
 * The packet as a point. Fields that it does not have may be anything: conditions on them come with others. What
 * the host knew of it, it knew when the slot was chosen: that suits the cube.
 */
static void point_of(const struct space *space, const struct model_packet *packet, const struct cube *cube, u128 *point)
{
	for (size_t d = 0; d < space->n; d++) {
		const struct dimension *dimension = &space->dimensions[d];

		point[d] = 0;
		if (dimension->kind != DIMENSION_FIELD) {
			point[d] = cube && cube->sets[d] ? cube->sets[d]->ranges[0].lo : 0;
			continue;
		}
		if (packet->has[dimension->field])
			point[d] = packet->value[dimension->field];
		else if (dimension->field == FIELD_VLAN)
			point[d] = VLAN_NONE;
	}
}

/* Does a test send a packet that the slot decides, and that is in the cube if there is one? */
static bool is_reached(const struct finder *finder, uint32_t slot, const struct cube *cube)
{
	const struct space *space = finder->book->space;
	struct arena arena;
	bool reached = false;
	u128 *point;

	arena_init(&arena);
	point = ARENA_ARRAY(&arena, u128, space->n);
	for (size_t i = 0; i < finder->n_judged && !reached; i++) {
		const struct judged *judged = &finder->judged[i];

		if (judged->slot != slot)
			continue;
		if (cube && (judged->packet.class != MODEL_IP || judged->packet.family != space->family))
			continue;
		point_of(space, &judged->packet, cube, point);
		reached = !cube || cube_holds(space, cube, point);
	}
	arena_fini(&arena);
	return reached;
}

/* Whether the packet, first of a test, is decided by the slot: of a connection, it may be what no first packet is. */
static bool comes_first(struct finder *finder, const struct packet_spec *spec, uint32_t slot)
{
	const struct block *block = finder->found->block;
	struct engine_runt runt = { block->malformed, block->first_id + SLOT_MALFORMED };
	struct engine *engine;
	struct decision decision = { .slot = UINT32_MAX };
	struct frame frame;

	if (!finder->policy->states.used)
		return true;
	engine = model_open(finder->policy);
	if (engine) {
		frame = frame_build(finder->arena, spec);
		engine_judge(engine, policy_block_index(finder->policy, block), &runt, &frame, &decision);
	}
	engine_close(engine);
	return decision.slot == slot;
}

/* The class of what a cube holds and no rule before `before` decides, if there is any. */
static void find_class(struct finder *finder, const struct cube *cube, size_t before, uint32_t slot, enum verdict verdict)
{
	const struct space *space = finder->book->space;
	size_t n = earlier_covers(finder, cube, before);
	enum cover_answer answer = COVER_ALL;
	struct packet_class *class;
	struct decision decision;
	struct witness witness;
	struct cube plain, hole;

	if (narrow_to_tests(finder->arena, space, cube, &plain))
		answer = cover_search(finder->arena, space, &plain, finder->covers, n, finder->effort, &hole, NULL);
	if (answer == COVER_HOLE) {
		witness_choose(finder->arena, space, &hole, &witness);
		witness_replay(finder->policy, finder->found->block, &witness, &decision);
		if (decision.slot != slot)
			finder->coverage->broken = arena_printf(finder->arena, "the prover and the model disagree about %s",
								witness.text);
		class = add_class(finder, slot, verdict, comes_first(finder, &witness.spec, slot) ? witness.text : NULL);
		class->reached = is_reached(finder, slot, cube);
		return;
	}
	if (answer == COVER_ALL)
		answer = cover_search(finder->arena, space, cube, finder->covers, n, finder->effort, &hole, NULL);
	if (answer == COVER_HOLE)
		add_class(finder, slot, verdict, NULL)->reached = is_reached(finder, slot, cube);
	else if (answer == COVER_UNDECIDED)
		finder->coverage->undecided = true;
}

static void find_family(struct finder *finder, enum family family)
{
	const struct block *block = finder->found->block;
	const struct space *space = space_build(finder->arena, &finder->policy, 1, family);
	size_t n_cubes = 0;
	struct cube all;

	finder->book = rulebook_build(finder->arena, space, block);
	for (size_t i = 0; i < block->n_rules; i++)
		n_cubes += finder->book->entries[i].n_cubes;
	finder->meeting = ARENA_ARRAY(finder->arena, size_t, block->n_rules);
	finder->covers = ARENA_ARRAY(finder->arena, const struct cube *, n_cubes);
	for (size_t i = 0; i < block->n_rules; i++) {
		const struct entry *entry = &finder->book->entries[i];

		for (size_t j = 0; entry->deciding && j < entry->n_cubes; j++)
			find_class(finder, &entry->deciding[j], i, entry->rule->id, entry->rule->verdict);
	}
	all = cube_any(finder->arena, space);
	find_class(finder, &all, block->n_rules, block->first_id + SLOT_DEFAULT, block->default_verdict);
}

bool class_counts(const struct packet_class *class)
{
	return class->packet || class->reached;
}

static void count(struct block_coverage *found)
{
	for (size_t i = 0; i < found->n_classes;) {
		struct packet_class *first = &found->classes[i];
		bool testable = false, reached = false;

		for (size_t j = i; j < found->n_classes && found->classes[j].slot == first->slot; j++)
			testable = testable || class_counts(&found->classes[j]);
		first->stands_for_rule = !testable;
		for (; i < found->n_classes && found->classes[i].slot == first->slot; i++) {
			found->n_testable += class_counts(&found->classes[i]);
			found->n_reached += found->classes[i].reached;
			reached = reached || found->classes[i].reached;
		}
		if (first->slot >= found->block->first_id + SLOT_RULES) {
			found->n_rules++;
			found->n_rules_reached += reached;
		}
	}
}

/* Slot by slot, IPv4 first: found IP version by IP version. */
static void sort_classes(struct arena *arena, struct block_coverage *found)
{
	struct packet_class *sorted = ARENA_ARRAY(arena, struct packet_class, found->n_classes);
	size_t n_slots = SLOT_RULES + found->block->n_rules, n = 0;
	size_t *first = ARENA_ARRAY(arena, size_t, n_slots + 1);

	for (size_t i = 0; i < found->n_classes; i++)
		first[found->classes[i].slot - found->block->first_id + 1]++;
	for (size_t slot = 0; slot < n_slots; slot++)
		first[slot + 1] += first[slot];
	for (; n < found->n_classes; n++)
		sorted[first[found->classes[n].slot - found->block->first_id]++] = found->classes[n];
	found->classes = sorted;
}

static const char *where(struct arena *arena, const struct block *block)
{
	const char *direction = block->direction == DIRECTION_INGRESS ? "ingress" : "egress";

	/* Where there is one block of the direction, its name is the direction. */
	if (!strcmp(block->name, direction))
		return direction;
	return arena_printf(arena, "%s on %s", direction, block->any ? "any" : block->interfaces[0]->role);
}

static void find_block(struct finder *finder, const struct block *block)
{
	struct block_coverage *found = finder->found;
	uint32_t malformed = block->first_id + SLOT_MALFORMED, non_ip = block->first_id + SLOT_NON_IP;

	found->block = block;
	found->where = where(finder->arena, block);
	finder->room = 0;
	if (!judge_tests(finder))
		finder->coverage->broken = "out of memory";
	for (unsigned family = 0; family < N_FAMILIES; family++)
		find_family(finder, (enum family)family);
	add_class(finder, malformed, block->malformed, MALFORMED_PACKET)->reached = is_reached(finder, malformed, NULL);
	add_class(finder, non_ip, block->non_ip, "arp")->reached = is_reached(finder, non_ip, NULL);
	sort_classes(finder->arena, found);
	count(found);
}

void coverage_find(struct arena *arena, const struct policy *policy, struct effort *effort, struct coverage *coverage)
{
	struct finder finder = { .arena = arena, .policy = policy, .effort = effort, .coverage = coverage };

	*coverage = (struct coverage){ .n_blocks = policy->n_blocks };
	coverage->blocks = ARENA_ARRAY(arena, struct block_coverage, policy->n_blocks);
	for (size_t i = 0; i < policy->n_blocks; i++) {
		finder.found = &coverage->blocks[i];
		find_block(&finder, policy->blocks[i]);
		coverage->n_testable += finder.found->n_testable;
		coverage->n_reached += finder.found->n_reached;
	}
}

unsigned coverage_percent(const struct coverage *coverage)
{
	return coverage->n_testable ? (unsigned)(coverage->n_reached * 100 / coverage->n_testable) : 100;
}
