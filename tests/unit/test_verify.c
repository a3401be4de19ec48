/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The check of what was compiled: tables that are right are found right, and of tables that are damaged in one byte
 * every one that decides some packet otherwise is found out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "compile.h"
#include "side.h"
#include "verify.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PACKETS 3000u /* that say whether it mattered */

/* Of the layouts of lists, behind those of cells. */
#define LIST_BIT(layout) (1u << N_CELL_LAYOUTS << (layout))

static uint64_t random_state = 1;

/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016 */
static uint64_t next_random(void)
{
	random_state ^= random_state >> 12;
	random_state ^= random_state << 25;
	random_state ^= random_state >> 27;
	return random_state * 2685821657736338717ull;
}

static uint64_t below(uint64_t n)
{
	return (next_random() >> 11) % n;
}

struct subject {
	struct compile compile;
	const struct program *program;
	const struct program_block *block;
	struct classifier *classifier;
	uint8_t *intact;
	struct class_packet *packets;
	uint32_t *right;
};

static uint32_t *value_of(const struct subject *s, enum field field, uint32_t *values)
{
	for (size_t i = 0; i < s->classifier->n_sources; i++)
		if (s->classifier->sources[i].kind == SOURCE_FIELD && s->classifier->sources[i].field == field)
			return &values[i];
	return NULL;
}

/* Tables may say what they like of what is no packet: each field is there if protocol and fragment have it. */
static void make_possible(const struct subject *s, enum family family, uint32_t *values)
{
	uint32_t *asked = value_of(s, FIELD_PROTO, values), proto;

	if (asked && *asked > 255)
		*asked = 6;
	proto = asked ? *asked : below(2) ? 6 : 17;
	asked = value_of(s, FIELD_FRAGMENT, values);
	if (asked)
		*asked %= 3;
	for (enum field field = FIELD_SPORT; field < N_FIELDS; field++) {
		uint32_t *value = value_of(s, field, values);
		bool there = field_table[field].needs == FIELD_NEEDS_PORTS ? proto == 6 || proto == 17 || proto == 132 :
			     field_table[field].needs == FIELD_NEEDS_TCP ? proto == 6 : proto == (family == FAMILY_V4 ? 1 : 58);

		if (value && (!there || (asked && *asked == 2)))
			*value = CLASSIFY_ABSENT;
		else if (value)
			*value &= (uint32_t)u128_ones(field_table[field].bits);
	}
	asked = value_of(s, FIELD_VLAN, values);
	if (asked && *asked != CLASSIFY_ABSENT)
		*asked &= 0xfff;
}

static void random_packets(struct subject *s)
{
	const struct block *block = s->block->block;
	struct arena *arena = &s->compile.arena;

	s->packets = ARENA_ARRAY(arena, struct class_packet, PACKETS);
	s->right = ARENA_ARRAY(arena, uint32_t, PACKETS);
	for (size_t i = 0; i < PACKETS; i++) {
		uint32_t *values = ARENA_ARRAY(arena, uint32_t, s->classifier->n_sources + 1);
		const struct rule *rule = block->rules[below(block->n_rules)];
		const struct term *term = &rule->terms[below(rule->n_terms)];
		u128 mask = u128_ones(family_bits(term->family));
		struct class_packet *packet = &s->packets[i];

		*packet = (struct class_packet){ .family = term->family, .values = values };
		packet->src = ((u128)next_random() << 64 | next_random()) & mask;
		packet->dst = ((u128)next_random() << 64 | next_random()) & mask;
		for (size_t k = 0; k < s->classifier->n_sources; k++)
			values[k] = below(8) ? (uint32_t)below(below(2) ? 256 : 65536) : CLASSIFY_ABSENT;
		for (size_t k = 0; k < term->n; k++) {
			const struct pred *pred = &term->preds[k];
			const struct range *range;
			u128 value;

			if (pred->kind != PRED_RANGES || !below(8))
				continue;
			range = &pred->ranges->ranges[below(pred->ranges->n)];
			value = below(3) ? range->lo + below(300) % (range->hi - range->lo + 1 ? range->hi - range->lo + 1 : 300) :
					   range->hi;
			if (pred->field == FIELD_SRC)
				packet->src = value;
			else if (pred->field == FIELD_DST)
				packet->dst = value;
			for (size_t source = 0; source < s->classifier->n_sources; source++)
				if (s->classifier->sources[source].field == pred->field)
					values[source] = (uint32_t)value;
		}
		make_possible(s, packet->family, values);
		s->right[i] = classify_lookup(s->classifier, packet);
	}
}

static void subject_open(struct subject *s, const char *rules)
{
	char path[] = "/tmp/packet-sentry-verify-XXXXXX";
	int fd = mkstemp(path);
	const struct policy *policy;

	assert_true(fd >= 0);
	dprintf(fd, "policy p {\ningress on any {\n%sdefault deny;\n}\n}\n", rules);
	close(fd);
	compile_init(&s->compile);
	policy = compile_policy(&s->compile, path, NULL);
	unlink(path);
	if (!policy)
		diags_print(&s->compile.diags, stderr, false);
	assert_non_null(policy);
	s->program = compile_program(&s->compile, policy);
	assert_non_null(s->program);
	s->block = &s->program->blocks[0];
	assert_int_equal(s->block->strategy, STRATEGY_CLASSES);
	s->classifier = (struct classifier *)s->block->classifier;
	s->intact = ARENA_ARRAY(&s->compile.arena, uint8_t, s->classifier->bytes);
	memcpy(s->intact, s->classifier->data, s->classifier->bytes);
	random_packets(s);
}

static struct verify_block check(struct subject *s, uint64_t regions)
{
	struct verify verify = { .policy = s->program->policy };
	struct verify_block result = { 0 };
	struct arena arena;

	arena_init(&arena);
	verify.arena = &arena;
	verify_options_init(&verify.options);
	verify.options.regions = regions;
	verify.options.witnesses = 60000;
	verify_tables(&verify, s->block, &result);
	assert_true(!result.differences == !verify.different);
	for (size_t i = 0; i < verify.n_differences; i++) {
		assert_non_null(verify.differences[i].packet);
		assert_string_equal(verify.differences[i].by, "tables");
	}
	arena_fini(&arena);
	return result;
}

/* Some packet is decided otherwise than before. */
static bool matters(const struct subject *s)
{
	for (size_t i = 0; i < PACKETS; i++)
		if (classify_lookup(s->classifier, &s->packets[i]) != s->right[i])
			return true;
	return false;
}

struct tally {
	unsigned damaged, mattered, found;
};

static void damage(struct subject *s, uint64_t at, struct tally *tally, const char *what)
{
	bool mattered, found;

	s->classifier->data[at] ^= (uint8_t)(below(2) ? 1u << below(8) : 1 + below(255));
	mattered = matters(s);
	found = check(s, VERIFY_REGIONS).differences;
	tally->damaged++;
	tally->mattered += mattered;
	tally->found += found;
	if (mattered && !found)
		fail_msg("%s: byte %llu decides packets otherwise, and nothing was found", what, (unsigned long long)at);
	s->classifier->data[at] = s->intact[at];
}

/* So many bytes of each table; which layouts there are, as bits. */
static unsigned damage_all(struct subject *s, unsigned places)
{
	struct verify_block result = check(s, VERIFY_REGIONS);
	unsigned layouts = 0;

	assert_int_equal(result.differences, 0);
	assert_true(result.by_regions);
	assert_true(result.checked > 0);
	for (size_t r = 0; r < s->classifier->n_regions; r++) {
		const struct class_region *region = &s->classifier->regions[r];
		uint64_t size = (uint64_t)region->n * region->width, n = size < places ? size : places;
		struct tally tally = { 0 };

		for (uint64_t i = 0; i < n; i++)
			damage(s, region->offset + (n == size ? i : below(size)), &tally, region->what);
		print_message("%-32s %7u bytes damaged, %4u seen by chance, %4u found\n", region->what, tally.damaged,
			      tally.mattered, tally.found);
	}
	for (unsigned f = 0; f < N_FAMILIES; f++)
		for (size_t g = 0; s->classifier->sides[f] && g < s->classifier->sides[f]->n_groups; g++) {
			const struct class_group *group = &s->classifier->sides[f]->groups[g];

			layouts |= 1u << group->cells | LIST_BIT(group->lists);
		}
	return layouts;
}

/* Of every kind of clause some, nine times over: fewer are not worth a table. */
static char *mixed_rules(struct arena *arena)
{
	char *rules = arena_strdup(arena, "");

	for (unsigned i = 0; i < 9; i++)
		rules = arena_printf(arena,
			"%srule a%u allow tcp from 10.%u.0.0/16 to 192.0.2.0/24 port 2%u;\n"
			"rule b%u deny tcp from { 10.1.%u.0/24, 10.2.3.%u } to any port 1000-200%u;\n"
			"rule c%u allow udp from 2001:db8:%u::/48 to 2001:db8:1::/48 port 53;\n"
			"rule d%u deny from 2001:db8:1:%u::/64;\n"
			"rule e%u allow tcp to { 192.0.2.%u, 2001:db8:1::%u } port { 80, 443 };\n"
			"rule f%u deny ip4 from 10.%u.0.0/15 proto 47;\n"
			"rule g%u deny tcp to 192.0.2.%u flags syn/syn,ack;\n"
			"rule h%u deny udp to 192.0.2.%u vlan 7;\n"
			"rule i%u deny udp from 0.0.0.0-10.255.255.%u to 255.255.255.%u-255.255.255.255;\n",
			rules, i, i, i, i, i, i, i, i, i, i, i, i, i, i, i, 2 * i, i, i, i, i, i, i, i);
	return rules;
}

static void test_mixed_rules(void **state)
{
	struct subject s;
	struct arena arena;

	arena_init(&arena);
	subject_open(&s, mixed_rules(&arena));
	damage_all(&s, 12);
	compile_fini(&s.compile);
	arena_fini(&arena);
}

static void test_nested_prefixes(void **state)
{
	struct subject s;
	struct arena arena;
	char *rules;

	arena_init(&arena);
	rules = arena_strdup(&arena, "");
	for (unsigned i = 0; i < 150; i++) {
		enum family family = i % 4 ? FAMILY_V4 : FAMILY_V6;
		unsigned bits = family_bits(family), length = bits / 4 + (unsigned)below(3 * bits / 4 + 1);
		u128 rest = u128_ones(bits - length), low, random = (u128)next_random() << 64 | next_random();
		char text[ADDRESS_TEXT], other[ADDRESS_TEXT];

		low = family == FAMILY_V4 ? 10u << 24 | (random & 0x3fffff) : (u128)0x20010db8 << 96 | (random & u128_ones(96));
		low &= ~rest;
		address_range_format(family, (struct range){ low, low | rest }, text);
		low = family == FAMILY_V4 ? 0xc0000200 + below(256) : ((u128)0x20010db8 << 96) + below(64);
		address_format(family, low, other);
		rules = arena_printf(&arena, "%srule r%u %s %s from %s to %s port %u;\n", rules, i, i % 3 ? "allow" : "deny",
				     below(2) ? "tcp" : "udp", text, other, i % 5 ? 80 : 1 + (unsigned)below(4));
	}
	subject_open(&s, rules);
	damage_all(&s, 12);
	compile_fini(&s.compile);
	arena_fini(&arena);
}

/* Hosts of two lists, enough of them for a tree whose last level is one of bytes. */
static void test_compact_tree(void **state)
{
	const struct class_keys *keys;
	struct subject s;
	char *rules;
	size_t size;
	FILE *out = open_memstream(&rules, &size);

	for (unsigned list = 0; list < 2; list++) {
		fprintf(out, "rule of-list-%u %s from {", list, list ? "deny" : "allow");
		for (unsigned i = 0; i < 7000; i++) {
			unsigned host = i % 5 ? 1 + (unsigned)below(65535) : 0;

			fprintf(out, "%s 2001:db8:%x:%x::%x/%u", i ? "," : "", (unsigned)below(64), (unsigned)below(65536), host,
				host ? 128 : 64);
		}
		fprintf(out, " };\n");
	}
	/* All keys lie in here, and outside is another class. */
	fprintf(out, "rule of-none deny from 2001:db8::/42;\n");
	fclose(out);
	subject_open(&s, rules);
	keys = &s.classifier->sides[FAMILY_V6]->ends[0].keys;
	assert_true(keys->compact);
	assert_true(keys->fence.length > 0);
	damage_all(&s, 24);
	compile_fini(&s.compile);
	free(rules);
}

/* Ranges whose ends are anywhere: searched for. */
static void test_search(void **state)
{
	struct subject s;
	struct arena arena;
	char *rules;

	arena_init(&arena);
	rules = arena_strdup(&arena, "");
	for (unsigned i = 0; i < 60; i++) {
		u128 ends[4];
		char text[4][ADDRESS_TEXT];

		for (unsigned k = 0; k < 4; k++) {
			ends[k] = (u128)0x20010db8 << 96 | (u128)(next_random() & 0xffffffff) << 64 | next_random();
			if (k % 2 && ends[k] < ends[k - 1])
				ends[k] += (u128)1 << 96;
			address_format(FAMILY_V6, ends[k], text[k]);
		}
		rules = arena_printf(&arena, "%srule r%u %s from %s-%s to %s-%s;\n", rules, i, i % 2 ? "allow" : "deny", text[0], text[1],
				     text[2], text[3]);
	}
	subject_open(&s, rules);
	assert_int_equal(s.classifier->sides[FAMILY_V6]->ends[0].by, END_SEARCH);
	damage_all(&s, 40);
	compile_fini(&s.compile);
	arena_fini(&arena);
}

/*
 * From three hosts each, lest these be tuples, to others, of TCP if there are ports: what cells and lists look like depends on
 * how many of each there are.
 */
static unsigned damage_hosts(unsigned n, unsigned sources, unsigned destinations, unsigned ports)
{
	struct subject s;
	struct arena arena;
	unsigned layouts;
	char *rules;

	arena_init(&arena);
	rules = arena_strdup(&arena, "");
	for (unsigned i = 0; i < n; i++)
		rules = arena_printf(&arena, "%srule r%u allow %s from 10.7.%u.%u-10.7.%u.%u to 192.0.%u.%u %s;\n", rules, i,
				     ports ? "tcp" : "", i % sources / 80, i % sources % 80 * 3, i % sources / 80, i % sources % 80 * 3 + 2,
				     i / 7 % destinations / 100, i / 7 % destinations % 100,
				     ports ? arena_printf(&arena, "port %u", 1 + i / 3 % ports) : "");
	subject_open(&s, rules);
	layouts = damage_all(&s, 4);
	compile_fini(&s.compile);
	arena_fini(&arena);
	return layouts;
}

static void test_every_layout(void **state)
{
	unsigned layouts = damage_hosts(100, 30, 20, 2) | damage_hosts(900, 90, 80, 60) | damage_hosts(1200, 400, 170, 1) |
			   damage_hosts(1000, 250, 250, 60) | damage_hosts(900, 300, 170, 0) |
			   damage_hosts(4000, 4000, 16, 1) | damage_hosts(4300, 4000, 15, 60);

	print_message("layouts %#x\n", layouts);
	assert_true(layouts & 1u << CELLS_DENSE);
	assert_true(layouts & 1u << CELLS_HASH);
	assert_true(layouts & 1u << CELLS_PATTERNS);
	assert_true(layouts & LIST_BIT(LISTS_ONE));
	assert_true(layouts & LIST_BIT(LISTS_DIRECT));
	assert_true(layouts & LIST_BIT(LISTS_SHAPED));
	assert_true(layouts & LIST_BIT(LISTS_PACKED));
}

/* Hosts and networks of either IP version, each with numbers of its own: by tuples, alone and beside others. */
static void test_tuples(void **state)
{
	for (unsigned others = 0; others < 2; others++) {
		struct subject s;
		struct arena arena;
		char *rules;

		arena_init(&arena);
		rules = arena_strdup(&arena, others ? "rule few allow udp from 10.0.0.0/9 to 192.0.2.0-192.0.2.66;\n" : "");
		for (unsigned i = 0; i < 80; i++)
			rules = arena_printf(&arena,
				"%srule a%u allow tcp from 10.%u.%u.%u to 192.0.2.%u port %u;\n"
				"rule b%u deny tcp from 2001:db8:%u::/48 to 2001:db8:ff::%u port %u;\n",
				rules, i, i * 7 % 251, i, i * 5 % 256, i, i * 613 + 1, i, i, i * 3, i * 411 + 1);
		subject_open(&s, rules);
		assert_int_equal(s.classifier->tuples.n, 2);
		assert_true(!s.classifier->sides[FAMILY_V4] == !others);
		damage_all(&s, 6);
		compile_fini(&s.compile);
		arena_fini(&arena);
	}
}

/* Where regions are too many, witnesses find what many packets meet. */
static void test_witnesses(void **state)
{
	struct verify_block result;
	unsigned found = 0, mattered = 0;
	struct subject s;
	struct arena arena;

	arena_init(&arena);
	subject_open(&s, mixed_rules(&arena));
	result = check(&s, 1);
	assert_false(result.by_regions);
	assert_int_equal(result.differences, 0);
	assert_true(result.checked >= 60000);
	for (size_t r = 0; r < s.classifier->n_regions; r++)
		for (unsigned i = 0; i < 4; i++) {
			const struct class_region *region = &s.classifier->regions[r];
			uint64_t at = region->offset + below((uint64_t)region->n * region->width);
			bool known;

			s.classifier->data[at] ^= 1;
			known = matters(&s);
			mattered += known;
			found += known && check(&s, 1).differences;
			s.classifier->data[at] = s.intact[at];
		}
	print_message("%u of %u found\n", found, mattered);
	assert_true(mattered > 5);
	/* Witnesses are no proof: what one of thousands of packets meets may be none of theirs. */
	assert_true(10 * found >= 9 * mattered);
	compile_fini(&s.compile);
	arena_fini(&arena);
}

/* What one test damages does not hang on those before it. */
static int begin_anew(void **state)
{
	random_state = 1;
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_mixed_rules, begin_anew),
		cmocka_unit_test_setup(test_compact_tree, begin_anew),
		cmocka_unit_test_setup(test_nested_prefixes, begin_anew),
		cmocka_unit_test_setup(test_every_layout, begin_anew),
		cmocka_unit_test_setup(test_search, begin_anew),
		cmocka_unit_test_setup(test_tuples, begin_anew),
		cmocka_unit_test_setup(test_witnesses, begin_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
