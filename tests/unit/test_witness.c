/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Witnesses: the frame made from one has the values that were chosen, its text reads back, its world does what it says. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "cover.h"
#include "parse.h"
#include "witness.h"

#include <string.h>

/* Asks for all fields, in both IP versions. */
static const char policy_text[] =
	"policy p {\n"
	"set bogons : addr max 100;\n"
	"ingress on any {\n"
	"rule fields deny tcp from 192.0.2.0/24 port 1 port 2 flags syn vlan 1 dscp 1 ttl 1 length 1000 fragment first;\n"
	"rule fields6 deny tcp from 2001:db8::/32 port 1 port 2 flags syn vlan 1 dscp 1 ttl 1 length 1000 fragment first;\n"
	"rule pings deny icmp 8 code 0;\n"
	"rule bogon deny from @bogons state established;\n"
	"rule flood rate-limit 10/s udp else reject;\n"
	"rule friend allow from not @bogons state new;\n"
	"default deny; } }";

struct fixture {
	struct arena arena;
	struct sources sources;
	struct diags diags;
	const struct policy *policy;
};

static void fixture_open(struct fixture *f)
{
	struct parse parse = { &f->arena, &f->sources, &f->diags };
	struct resolve resolve = { .arena = &f->arena, .sources = &f->sources, .diags = &f->diags };
	struct source *source;

	memset(f, 0, sizeof(*f));
	arena_init(&f->arena);
	sources_init(&f->sources, &f->arena);
	diags_init(&f->diags, &f->arena);
	source = source_from_text(&f->sources, "test.sp", policy_text, strlen(policy_text));
	f->policy = resolve_policy(&resolve, parse_source(&parse, source));
	if (f->diags.first)
		fail_msg("%s", f->diags.first->message);
}

static void fixture_close(struct fixture *f)
{
	arena_fini(&f->arena);
}

static uint32_t next_random(uint32_t *state)
{
	*state = *state * 1664525u + 1013904223u;
	return *state >> 8;
}

static u128 random_value(uint32_t *state, u128 max)
{
	u128 value = 0;

	for (unsigned i = 0; i < 6; i++)
		value = value << 24 | next_random(state);
	return max == ~(u128)0 ? value : value % (max + 1);
}

/* Ends of the range are likelier than what lies between. */
static u128 nasty_value(uint32_t *state, u128 max)
{
	switch (next_random(state) % 4) {
	case 0:
		return 0;
	case 1:
		return max;
	default:
		return random_value(state, max);
	}
}

static struct cube random_cube(struct arena *arena, const struct space *space, uint32_t *state)
{
	struct cube cube = cube_any(arena, space);

	for (size_t d = 0; d < space->n; d++) {
		u128 max = space->dimensions[d].max, lo, hi;

		if (next_random(state) % 2)
			continue;
		lo = nasty_value(state, max);
		hi = nasty_value(state, max);
		cube_narrow(arena, space, &cube, d, rangeset_single(arena, lo < hi ? lo : hi, lo < hi ? hi : lo));
	}
	return cube;
}

static bool value_of(const struct dimension *dimension, const struct model_packet *packet, const struct world *world,
		     u128 *value)
{
	*value = 0;
	switch (dimension->kind) {
	case DIMENSION_FIELD:
		*value = packet->value[dimension->field];
		if (dimension->field == FIELD_VLAN && !packet->has[FIELD_VLAN])
			*value = VLAN_NONE;
		else if (!packet->has[dimension->field])
			return false;
		return true;
	case DIMENSION_STATE:
		*value = world->state;
		return true;
	case DIMENSION_MEMBER:
		for (size_t i = 0; i < world->n_members; i++)
			if (world->members[i].field == dimension->field && !strcmp(world->members[i].set, dimension->name))
				*value = 1;
		return true;
	default:
		for (size_t i = 0; i < world->n_exceeded; i++)
			if (!strcmp(world->exceeded[i], dimension->name))
				*value = 1;
		return true;
	}
}

static void assert_reads_back(struct fixture *f, const struct witness *witness)
{
	struct parse parse = { &f->arena, &f->sources, &f->diags };
	struct resolve resolve = { .arena = &f->arena, .sources = &f->sources, .diags = &f->diags };
	struct source *source = source_from_text(&f->sources, "packet", witness->text, strlen(witness->text));
	struct ast_packet *packet = parse_packet(&parse, source);
	struct packet_spec spec = { 0 };
	const char *canonical;

	if (!packet || !resolve_packet(&resolve, packet, &spec, &canonical))
		fail_msg("'%s' does not read back: %s", witness->text, f->diags.last ? f->diags.last->message : "");
	if (memcmp(&spec, &witness->spec, sizeof(spec)))
		fail_msg("'%s' reads back as another packet, '%s'", witness->text, packet_spec_text(&f->arena, &spec));
}

static void frames_have_the_values(enum family family)
{
	uint32_t state = 11 + family;
	unsigned tried = 0;

	for (unsigned round = 0; round < 1500; round++) {
		const struct policy *policy;
		const struct space *space;
		struct model_packet packet;
		struct witness witness;
		struct cube cube, hole;
		struct effort effort;
		struct fixture f;
		struct frame frame;

		fixture_open(&f);
		policy = f.policy;
		space = space_build(&f.arena, &policy, 1, family);
		effort_init(&effort, 0, 0);
		cube = random_cube(&f.arena, space, &state);
		if (cover_search(&f.arena, space, &cube, NULL, 0, &effort, &hole, NULL) == COVER_HOLE) {
			tried++;
			witness_choose(&f.arena, space, &hole, &witness);
			frame = frame_build(&f.arena, &witness.spec);
			model_parse(&frame, &packet);
			if (packet.class != MODEL_IP || packet.family != family)
				fail_msg("'%s' is no good packet: %s", witness.text, packet.why ? packet.why : "");
			for (size_t d = 0; d < space->n; d++) {
				u128 value;

				if (value_of(&space->dimensions[d], &packet, &witness.world, &value) && hole.sets[d] &&
				    !rangeset_contains(hole.sets[d], value))
					fail_msg("'%s' (%s): dimension %zu is out of the cube", witness.text,
						 witness.when ? witness.when : "", d);
			}
			assert_reads_back(&f, &witness);
		}
		fixture_close(&f);
	}
	assert_true(tried > 500);
}

static void ipv4(void **test_state)
{
	frames_have_the_values(FAMILY_V4);
}

static void ipv6(void **test_state)
{
	frames_have_the_values(FAMILY_V6);
}

/* Which rule decides a plain packet in a world. */
static const char *decider(const struct fixture *f, const struct packet_spec *spec, const struct world *world)
{
	const struct block *block = f->policy->blocks[0];
	struct witness witness = { .spec = *spec, .world = *world };
	struct decision decision;
	const struct rule *rule;

	witness_replay(f->policy, block, &witness, &decision);
	return policy_slot_name(f->policy, decision.slot, &block, &rule);
}

static void worlds_decide(void **test_state)
{
	static const struct world_member from = { "bogons", FIELD_SRC }, to = { "bogons", FIELD_DST };
	static const char *const flood[] = { "flood" };
	struct packet_spec udp = {
		.proto = 17, .src = 0x0a000001, .dst = 0x0a000002, .has_ports = true, .sport = 5, .dport = 53, .ttl = 64,
	};
	struct fixture f;

	fixture_open(&f);
	assert_string_equal(decider(&f, &udp, &(struct world){ 0 }), "friend");
	assert_string_equal(decider(&f, &udp, &(struct world){ .n_exceeded = 1, .exceeded = flood }), "flood");
	assert_string_equal(decider(&f, &udp, &(struct world){ .n_members = 1, .members = &from }), "default");
	assert_string_equal(decider(&f, &udp, &(struct world){ .n_members = 1, .members = &to }), "friend");
	assert_string_equal(
		decider(&f, &udp, &(struct world){ .n_members = 1, .members = &from, .state = STATE_ESTABLISHED }), "bogon");
	assert_string_equal(decider(&f, &udp, &(struct world){ .state = STATE_ESTABLISHED }), "default");
	/* A rate is for what the rule matches. */
	udp.proto = 6;
	assert_string_equal(decider(&f, &udp, &(struct world){ .n_exceeded = 1, .exceeded = flood }), "friend");
	fixture_close(&f);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(ipv4),
		cmocka_unit_test(ipv6),
		cmocka_unit_test(worlds_decide),
	};

	return cmocka_run_group_tests_name("witness", tests, NULL, NULL);
}
