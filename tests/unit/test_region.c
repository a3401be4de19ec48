/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Cubes in words. What is all language is also read back, and must mean the same cube. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "parse.h"
#include "region.h"

#include <string.h>

/* A policy that asks for everything there is, and then has one more rule. */
static const char declarations[] =
	"policy p {\n"
	"net mgmt = { 10.20.0.0/16, fd00:20::/48 };\n"
	"port web = { 80, 443, 8080-8090 };\n"
	"set bogons : net max 100;\n"
	"set friends : net max 100;\n"
	"ingress on any {\n"
	"rule fields deny tcp from @bogons port 1 to @bogons port 2 flags syn state new vlan 1 dscp 1 ttl 1 length 1000;\n"
	"rule friends deny from @friends;\n"
	"rule pings deny icmp 8 code 0;\n"
	"rule flood rate-limit 10/s udp else deny;\n";
static const char ending[] = "; default deny; } }";

struct world {
	struct arena arena;
	struct sources sources;
	struct diags diags;
	const struct policy *policy;
	const struct space *space;
};

static void world_open(struct world *w, enum family family, const char *match)
{
	struct parse parse = { &w->arena, &w->sources, &w->diags };
	struct resolve resolve = { .arena = &w->arena, .sources = &w->sources, .diags = &w->diags };
	const char *text;

	memset(w, 0, sizeof(*w));
	arena_init(&w->arena);
	sources_init(&w->sources, &w->arena);
	diags_init(&w->diags, &w->arena);
	text = arena_printf(&w->arena, "%srule tested deny %s%s", declarations, match, ending);
	w->policy = resolve_policy(&resolve, parse_source(&parse, source_from_text(&w->sources, "test.sp", text,
										   strlen(text))));
	if (w->diags.first)
		fail_msg("'%s': %s", match, w->diags.first->message);
	w->space = space_build(&w->arena, &w->policy, 1, family);
}

static void world_close(struct world *w)
{
	arena_fini(&w->arena);
}

/* Of the last rule, which must have exactly one for the family. */
static struct cube the_cube(struct world *w)
{
	const struct block *block = w->policy->blocks[0];
	const struct rule *rule = block->rules[block->n_rules - 1];
	struct cube cube = { NULL }, found = { NULL };
	unsigned n = 0;

	for (size_t i = 0; i < rule->n_terms; i++)
		if (cube_from_term(&w->arena, w->space, &rule->terms[i], &cube)) {
			found = cube;
			n++;
		}
	if (n != 1)
		fail_msg("%u terms: %s", n, rule->text);
	return found;
}

static void check(enum family family, const char *match, const char *expected)
{
	struct world w, again;
	struct cube cube, back;
	const char *text;

	world_open(&w, family, match);
	cube = the_cube(&w);
	text = region_text(&w.arena, w.space, &cube);
	assert_string_equal(text, expected);
	if (!strchr(text, '(') && !strstr(text, "…")) {
		world_open(&again, family, text);
		back = the_cube(&again);
		if (!cube_equal(w.space, &cube, &back))
			fail_msg("'%s' is not what it was", text);
		/* And of no other version. */
		again.space = space_build(&again.arena, &again.policy, 1, family == FAMILY_V4 ? FAMILY_V6 : FAMILY_V4);
		for (size_t i = 0; i < again.policy->blocks[0]->rules[4]->n_terms; i++)
			assert_int_equal(again.policy->blocks[0]->rules[4]->terms[i].family, family);
		world_close(&again);
	}
	world_close(&w);
}

static void addresses(void **state)
{
	check(FAMILY_V4, "", "ip4");
	check(FAMILY_V6, "ip6", "ip6");
	check(FAMILY_V4, "from 10.0.0.0/8", "from 10.0.0.0/8");
	check(FAMILY_V4, "from not 10.0.0.0/8", "from not 10.0.0.0/8");
	check(FAMILY_V6, "from fd00::/8 to 2001:db8::1-2001:db8::7", "from fd00::/8 to 2001:db8::1-2001:db8::7");
	check(FAMILY_V4, "to { 192.0.2.1, 192.0.2.9 }", "to { 192.0.2.1, 192.0.2.9 }");
	check(FAMILY_V4, "from 10.0.0.0/8 and not 10.20.0.0/16", "from 10.0.0.0/8 and not 10.20.0.0/16");
	check(FAMILY_V4, "to { 10.0.0.1, 10.0.0.3, 10.0.0.5, 10.0.0.7, 10.0.0.9, 10.0.0.11 }",
	      "to { 10.0.0.1, 10.0.0.3, 10.0.0.5, 10.0.0.7, … and 2 more }");
}

static void names_and_sets(void **state)
{
	check(FAMILY_V4, "from mgmt", "ip4 from mgmt");
	check(FAMILY_V6, "from mgmt and not @bogons", "ip6 from mgmt and not @bogons");
	check(FAMILY_V4, "from @friends and not @bogons to @bogons", "ip4 from not @bogons and @friends to @bogons");
	check(FAMILY_V4, "tcp port web", "ip4 tcp port web");
}

static void ports_and_protocols(void **state)
{
	check(FAMILY_V4, "tcp from 10.0.0.0/8 and not @bogons to 192.0.2.10 port 22 state new",
	      "tcp from 10.0.0.0/8 and not @bogons to 192.0.2.10 port 22 state new");
	check(FAMILY_V4, "port 53", "ip4 port 53");
	check(FAMILY_V6, "port not 53", "ip6 port not 53");
	check(FAMILY_V4, "port not { 80, 443 }", "ip4 port not { 80, 443 }");
	check(FAMILY_V4, "port 1024-65535", "ip4 port 1024-65535");
	check(FAMILY_V4, "tcp from 10.0.0.1 to any port 22", "tcp from 10.0.0.1 to any port 22");
	check(FAMILY_V4, "udp from any port 53", "ip4 udp from port 53");
	check(FAMILY_V4, "udp from any port 53 to any port 53", "ip4 udp from port 53 to any port 53");
	check(FAMILY_V6, "udp from fd00::1 port 53 to fd00::2 port 53", "udp from fd00::1 port 53 to fd00::2 port 53");
	check(FAMILY_V4, "proto { tcp, udp } port 53", "ip4 proto { tcp, udp } port 53");
	check(FAMILY_V4, "proto not tcp", "ip4 proto not tcp");
	check(FAMILY_V4, "proto ospf", "ip4 proto ospf");
	check(FAMILY_V4, "proto 200", "ip4 proto 200");
	check(FAMILY_V6, "proto 1", "ip6 proto 1");
	check(FAMILY_V4, "proto 58", "ip4 proto 58");
	check(FAMILY_V4, "proto { tcp, icmp }", "ip4 proto { icmp4, tcp }");
	check(FAMILY_V6, "proto not icmp6", "ip6 proto not icmp6");
	check(FAMILY_V4, "gre", "ip4 gre");
}

static void icmp(void **state)
{
	check(FAMILY_V4, "icmp", "icmp4");
	check(FAMILY_V6, "icmp echo-request", "icmp6 echo-request");
	check(FAMILY_V4, "icmp4 { echo-request, echo-reply }", "icmp4 { echo-reply, echo-request }");
	check(FAMILY_V4, "icmp4 not echo-request from 10.0.0.1", "icmp4 not echo-request from 10.0.0.1");
	check(FAMILY_V4, "icmp4 destination-unreachable code port-unreachable",
	      "icmp4 destination-unreachable code port-unreachable");
	check(FAMILY_V4, "icmp4 0-255 code 3", "icmp4 0-255 code 3");
}

static void other_fields(void **state)
{
	check(FAMILY_V4, "tcp flags syn/syn,ack", "ip4 tcp flags syn/syn,ack");
	check(FAMILY_V4, "tcp flags syn", "ip4 tcp flags syn");
	check(FAMILY_V4, "tcp flags none", "ip4 tcp flags none/all");
	check(FAMILY_V4, "state new, established", "ip4 state new,established");
	check(FAMILY_V4, "state new, established, related", "ip4 state not invalid");
	check(FAMILY_V4, "tcp fragment", "ip4 tcp fragment");
	check(FAMILY_V4, "tcp fragment first port 22", "ip4 tcp port 22 fragment first");
	check(FAMILY_V4, "vlan 10", "ip4 vlan 10");
	check(FAMILY_V4, "vlan not 10", "ip4 vlan not 10");
	check(FAMILY_V4, "vlan 0-4095", "ip4 vlan 0-4095");
	check(FAMILY_V4, "dscp ef", "ip4 dscp ef");
	check(FAMILY_V4, "ttl 0-1 length 1000-65535", "ip4 ttl 0-1 length 1000-65535");
	check(FAMILY_V6, "length not 1000", "ip6 length not 1000");
}

/* A cube of everything, but for one dimension. */
static void check_one(enum dimension_kind kind, enum field field, const char *name, const struct rangeset *set,
		      const char *expected)
{
	struct world w;
	struct cube cube;
	int d;

	world_open(&w, FAMILY_V4, "");
	d = space_find(w.space, kind, field, name);
	assert_true(d >= 0);
	cube = cube_any(&w.arena, w.space);
	cube.sets[d] = set;
	assert_string_equal(region_text(&w.arena, w.space, &cube), expected);
	world_close(&w);
}

static void what_the_language_cannot_say(void **state)
{
	struct range_bag bag = { 0 };
	struct arena arena;

	arena_init(&arena);
	check_one(DIMENSION_LIMIT, 0, "flood", rangeset_single(&arena, 1, 1), "ip4 (over the rate of 'flood')");
	check_one(DIMENSION_LIMIT, 0, "flood", rangeset_single(&arena, 0, 0), "ip4 (within the rate of 'flood')");
	check_one(DIMENSION_FIELD, FIELD_VLAN, NULL, rangeset_single(&arena, VLAN_NONE, VLAN_NONE), "ip4 (untagged)");
	range_bag_add(&arena, &bag, 0, 9);
	range_bag_add(&arena, &bag, 11, VLAN_NONE);
	check_one(DIMENSION_FIELD, FIELD_VLAN, NULL, rangeset_from_bag(&arena, &bag), "ip4 (untagged or vlan not 10)");
	check_one(DIMENSION_FIELD, FIELD_FRAGMENT, NULL, rangeset_single(&arena, 0, 0), "ip4 (not a fragment)");
	check_one(DIMENSION_FIELD, FIELD_FRAGMENT, NULL, rangeset_single(&arena, 0, 1), "ip4 (not a later fragment)");
	/* None of syn and ack, or both, or only ack. */
	for (unsigned value = 0; value < 256; value++)
		if ((value & 0x12) != 2)
			range_bag_add(&arena, &bag, value, value);
	check_one(DIMENSION_FIELD, FIELD_FLAGS, NULL, rangeset_from_bag(&arena, &bag),
		  "ip4 (flags other than syn/syn,ack)");
	range_bag_add(&arena, &bag, 2, 2);
	range_bag_add(&arena, &bag, 16, 16);
	range_bag_add(&arena, &bag, 17, 17);
	check_one(DIMENSION_FIELD, FIELD_FLAGS, NULL, rangeset_from_bag(&arena, &bag),
		  "ip4 (flags exactly syn or ack or fin,ack)");
	arena_fini(&arena);
}

static void counts(void **state)
{
	struct arena arena;

	arena_init(&arena);
	assert_string_equal(region_count_text(&arena, "0"), "0");
	assert_string_equal(region_count_text(&arena, "999"), "999");
	assert_string_equal(region_count_text(&arena, "64230"), "64,230");
	assert_string_equal(region_count_text(&arena, "123456789012345"), "123,456,789,012,345");
	assert_string_equal(region_count_text(&arena, "1180591620717411303424"), "1.18e21");
	assert_string_equal(region_count_text(&arena, "1099511627776000"), "1.10e15");
	assert_string_equal(region_count_text(&arena, "9996000000000000"), "1.00e16");
	arena_fini(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses),
		cmocka_unit_test(names_and_sets),
		cmocka_unit_test(ports_and_protocols),
		cmocka_unit_test(icmp),
		cmocka_unit_test(other_fields),
		cmocka_unit_test(what_the_language_cannot_say),
		cmocka_unit_test(counts),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
