/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The reader of manifests on good and bad ones, and the record that carries one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "manifest.h"
#include "record.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK "{'name':'ingress','direction':'ingress','hook':'xdp','program':'in_uplink'," \
	      "'interfaces':[{'role':'uplink','device':'eth0'},{'role':'lan'}],'any':false,'first_slot':0,'slots':4}"
#define RULES "{'slot':1,'name':'non-ip','block':'ingress','action':'allow','verdict':'allow'}," \
	      "{'slot':0,'name':'malformed','block':'ingress','action':'deny','verdict':'deny'}," \
	      "{'slot':2,'name':'watch','block':'ingress','action':'sample','detect':'knock','file':'a.sp','line':7}"
#define TOP(blocks, rules) "{'schema':'packet-sentry/manifest/v1','policy':'edge','owner':null,'target':'bpfel'," \
			   "'source_hash':'aa','layout_hash':'bb','blocks':[" blocks "],'rules':[" rules "]}"

/* JSON written with ' for ", so that the tests can be read. */
static char *quoted(const char *text)
{
	char *json = strdup(text);

	for (char *c = json; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return json;
}

static bool parse(struct manifest *manifest, const char *text, struct failure *why)
{
	char *json = quoted(text);
	bool ok = manifest_parse(manifest, json, strlen(json), why);

	free(json);
	return ok;
}

static void good(void **state)
{
	struct manifest manifest;
	struct failure why = { 0 };

	assert_true(parse(&manifest, TOP(BLOCK, RULES), &why));
	assert_string_equal(manifest.policy, "edge");
	assert_string_equal(manifest.owner, "");
	assert_string_equal(manifest.layout_hash, "bb");
	assert_int_equal(manifest.n_blocks, 1);
	assert_true(manifest.blocks[0].xdp);
	assert_int_equal(manifest.blocks[0].direction, DIRECTION_INGRESS);
	assert_int_equal(manifest.blocks[0].n_roles, 2);
	assert_string_equal(manifest.blocks[0].roles[0].device, "eth0");
	/* A role that was never declared stands for the interface of its name. */
	assert_string_equal(manifest.blocks[0].roles[1].device, "lan");
	/* By slot, not by place in the list. */
	assert_int_equal(manifest.n_rules, 3);
	assert_string_equal(manifest.rules[0].name, "malformed");
	assert_string_equal(manifest.rules[2].name, "watch");
	assert_string_equal(manifest.rules[2].detect, "knock");
	assert_string_equal(manifest.rules[1].detect, "");
	assert_string_equal(manifest.rules[2].verdict, "");
	assert_int_equal(manifest.rules[2].line, 7);
	assert_ptr_equal(manifest_block(&manifest, "ingress"), &manifest.blocks[0]);
	assert_null(manifest_block(&manifest, "egress"));
	assert_false(manifest.blocks[0].reads_vlan); /* it does not say */
	manifest_free(&manifest);
}

/* Whatever is not said, or not understood, is deny. */
static void on_failure(void **state)
{
	static const struct {
		const char *text;
		bool allow;
	} cases[] = {
		{ "'on_failure':'allow',", true },
		{ "'on_failure':'deny',", false },
		{ "'on_failure':'open',", false },
		{ "'on_failure':1,", false },
		{ "", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct manifest manifest;
		struct failure why = { 0 };
		char text[2000];

		snprintf(text, sizeof(text), "{%s%s", cases[i].text, TOP(BLOCK, RULES) + 1);
		assert_true(parse(&manifest, text, &why));
		assert_int_equal(manifest.on_failure_allow, cases[i].allow);
		manifest_free(&manifest);
	}
}

static void fields(void **state)
{
	static const struct {
		const char *text;
		bool reads_vlan;
	} cases[] = {
		{ "['proto','vlan']", true }, { "['proto','vlan_pcp']", false }, { "[]", false }, { "'vlan'", false },
		{ "[5,null]", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct manifest manifest;
		struct failure why = { 0 };
		char text[1024];

		snprintf(text, sizeof(text),
			 TOP("{'name':'ingress','direction':'ingress','hook':'xdp','program':'p','any':true,'fields':%s}",
			     RULES), cases[i].text);
		assert_true(parse(&manifest, text, &why));
		assert_int_equal(manifest.blocks[0].reads_vlan, cases[i].reads_vlan);
		manifest_free(&manifest);
	}
}

#define SET(rest) "{'name':'s','map':'set_s','max':9," rest "}"
#define LIMIT(rest) "{'rule':'r','map':'limit_r','max':9,'count':2," rest "}"
#define WITH(tables) "{'schema':'packet-sentry/manifest/v1','policy':'edge','blocks':[" BLOCK "],'rules':[" RULES "]," \
		     tables "}"

static void tables(void **state)
{
	struct manifest manifest;
	struct failure why = { 0 };

	assert_true(parse(&manifest, WITH("'sets':[" SET("'types':['net'],'structure':'table','from':'a.txt'") ","
					  "{'name':'t','map':'set_t','max':5,'types':['addr','port'],'structure':'lru','count':3}"
					  "],'states':{'map':'states','max':7,'count':0},'account':{'traffic':true,'flows':2048},"
					  "'limits':[" LIMIT("'kind':'rate','keys':''") "]"), &why));
	assert_int_equal(manifest.n_sets, 2);
	assert_string_equal(manifest_set(&manifest, "s")->from, "a.txt");
	assert_int_equal(manifest_set(&manifest, "s")->count, NO_COUNT);
	assert_int_equal(manifest_set(&manifest, "t")->structure, SET_STRUCTURE_LRU);
	assert_int_equal(manifest_set(&manifest, "t")->types[1], SET_TYPE_PORT);
	assert_null(manifest_set(&manifest, "u"));
	assert_int_equal(manifest.states.max, 7);
	assert_true(manifest.account.traffic);
	assert_int_equal(manifest.account.flows, 2048);
	/* Without keys there is one bucket, whatever `max` says. */
	assert_int_equal(manifest_limit(&manifest, "limit_r")->max, 1);
	assert_int_equal(manifest_n_counts(&manifest), 4);
	manifest_free(&manifest);
}

static void bad(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "", "not JSON" },
		{ WITH("'sets':[5]"), "has no name" },
		{ WITH("'sets':[{'name':'s','map':'counters','max':9,'types':['net'],'structure':'table'}]"), "no map of its own" },
		{ WITH("'sets':[{'name':'s','map':'set_/../x','max':9,'types':['net'],'structure':'table'}]"), "no map of its own" },
		{ WITH("'sets':[" SET("'types':[],'structure':'table'") "]"), "types" },
		{ WITH("'sets':[" SET("'types':['port'],'structure':'hash'") "]"), "types" },
		{ WITH("'sets':[" SET("'types':['addr','addr'],'structure':'hash'") "]"), "types" },
		{ WITH("'sets':[" SET("'types':['net','port'],'structure':'hash'") "]"), "types" },
		{ WITH("'sets':[" SET("'types':['net'],'structure':'hash'") "]"), "cannot hold" },
		{ WITH("'sets':[" SET("'types':['addr','port'],'structure':'table'") "]"), "cannot hold" },
		{ WITH("'sets':[" SET("'types':['addr'],'structure':'trie'") "]"), "structure" },
		{ WITH("'sets':[{'name':'s','map':'set_s','max':0,'types':['addr'],'structure':'lru'}]"), "out of range" },
		{ WITH("'sets':[" SET("'types':['addr'],'structure':'lru','count':-2") "]"), "out of range" },
		{ WITH("'sets':[" SET("'types':['addr'],'structure':'lru'") "," SET("'types':['addr'],'structure':'lru'") "]"), "twice" },
		{ WITH("'states':{'map':'counters','max':9}"), "another name" },
		{ WITH("'states':{'map':'states','max':-1}"), "out of range" },
		{ WITH("'account':{'flows':-1024}"), "out of range" },
		{ WITH("'account':{'flows':1000}"), "out of range" },
		{ WITH("'account':{'flows':2097152}"), "out of range" },
		{ WITH("'limits':[" LIMIT("'kind':'guess','keys':''") "]"), "kind" },
		{ WITH("'limits':[{'rule':'r','map':'states','kind':'rate','keys':''}]"), "no map of its own" },
		{ WITH("'limits':[" LIMIT("'kind':'rate','keys':'flow'") "," LIMIT("'kind':'rate','keys':'flow'") "]"), "map of another" },
		{ "{", "not JSON" },
		{ "[]", "schema" },
		{ "{'schema':'packet-sentry/manifest/v2','policy':'edge'}", "packet-sentry/manifest/v2" },
		{ "{'schema':'packet-sentry/manifest/v1'}", "has no name" },
		{ TOP("", RULES), "no block" },
		{ TOP(BLOCK, ""), "no rule" },
		{ TOP(BLOCK "," BLOCK, RULES), "twice" },
		{ TOP("5", RULES), "no name" },
		{ TOP("{'name':'a','direction':'up','hook':'xdp','program':'p','any':true}", RULES), "direction" },
		{ TOP("{'name':'a','direction':'ingress','hook':'lsm','program':'p','any':true}", RULES), "hook" },
		{ TOP("{'name':'a','direction':'egress','hook':'xdp','program':'p','any':true}", RULES),
		  "XDP on egress" },
		{ TOP("{'name':'a','direction':'ingress','hook':'xdp','any':true}", RULES), "program" },
		{ TOP("{'name':'a','direction':'ingress','hook':'xdp','program':'../x','any':true}", RULES),
		  "program" },
		{ TOP("{'name':'a','direction':'ingress','hook':'xdp','program':'','any':true}", RULES), "program" },
		{ TOP("{'name':'a','direction':'ingress','hook':'xdp','program':'p'}", RULES), "no interface" },
		{ TOP("{'name':'a','direction':'ingress','hook':'xdp','program':'p','interfaces':[{}]}", RULES),
		  "without a role" },
		{ TOP(BLOCK, "{'slot':1,'name':'a','block':'ingress'}"), "slot in range" },
		{ TOP(BLOCK, "{'slot':-1,'name':'a','block':'ingress'}"), "slot in range" },
		{ TOP(BLOCK, "{'slot':'0','name':'a','block':'ingress'}"), "slot in range" },
		{ TOP(BLOCK, "{'name':'a','block':'ingress'}"), "slot in range" },
		{ TOP(BLOCK, "{'slot':0,'name':'a','block':'ingress'},{'slot':0,'name':'b','block':'ingress'}"),
		  "slot of another" },
		{ TOP(BLOCK, "{'slot':0,'name':'a','block':'elsewhere'}"), "not there" },
		{ TOP(BLOCK, "{'slot':0,'block':'ingress'}"), "no name" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct manifest manifest;
		struct failure why = { 0 };

		assert_false(parse(&manifest, cases[i].text, &why));
		assert_int_equal(why.code, EXIT_ENVIRONMENT);
		if (!strstr(why.text, cases[i].says))
			fail_msg("case %zu says '%s', not '%s'", i, why.text, cases[i].says);
		assert_null(manifest.json);
	}
}

/* Whatever is cut off, it is refused and nothing is read beyond the end. */
static void cut_short(void **state)
{
	const char *text =
		"{\"schema\":\"packet-sentry/manifest/v1\",\"policy\":\"edge\",\"blocks\":[{\"name\":\"ingress\"}]}";

	for (size_t size = 0; size <= strlen(text); size++) {
		char *exact = malloc(size + !size);
		struct manifest manifest;
		struct failure why;

		memcpy(exact, text, size);
		assert_false(manifest_parse(&manifest, exact, size, &why));
		free(exact);
	}
}

static void record_round_trip(void **state)
{
	struct attachment items[] = {
		{ { MEANS_XDP, DIRECTION_INGRESS, 2 }, "eth0.100", 0, "in_uplink", "ingress" },
		{ { MEANS_CLSACT, DIRECTION_EGRESS, 7 }, "wan", 0, "out_uplink", "egress" },
	};
	struct plan plan = { .n = 2, .items = items };
	struct record_head head = { .generation = 12, .applied_at = "2026-01-30T10:00:00Z",
				    .message = "t\xc3\xa4st \"quoted\"" };
	struct manifest manifest;
	const struct manifest *parts[] = { &manifest };
	struct record record;
	struct failure why = { 0 };
	char *text;

	assert_true(parse(&manifest, TOP(BLOCK, RULES), &why));
	text = record_text(&head, &plan, parts, 1);
	assert_non_null(text);
	assert_true(record_parse(&record, text, strlen(text), &why));
	assert_int_equal(record.generation, 12);
	assert_int_equal(record.replaces, 0);
	assert_string_equal(record.applied_at, "2026-01-30T10:00:00Z");
	assert_string_equal(record.who, "");
	assert_string_equal(record.message, "t\xc3\xa4st \"quoted\"");
	assert_string_equal(record.policies, "edge");
	assert_int_equal(record.n_parts, 1);
	assert_string_equal(record.parts[0].policy, "edge");
	assert_int_equal(record.n_probes, 0);
	assert_int_equal(record.n, 2);
	assert_true(hook_equal(&record.items[0].hook, &items[0].hook));
	assert_string_equal(record.items[0].interface, "eth0.100");
	assert_int_equal(record.items[0].part, 0);
	assert_true(hook_equal(&record.items[1].hook, &items[1].hook));
	assert_string_equal(record.items[1].program, "out_uplink");
	record_free(&record);
	free(text);

	head.message = "\xff";
	assert_null(record_text(&head, &plan, parts, 1));
	head.message = NULL;
	strcpy(items[1].interface, "\xff");
	assert_null(record_text(&head, &plan, parts, 1));
	manifest_free(&manifest);
}

#define MGMT "{'schema':'packet-sentry/manifest/v1','policy':'mgmt','owner':'ops','source_hash':'cc'," \
	     "'layout_hash':'bb','blocks':[" BLOCK "],'rules':[" RULES "]}"

/* Two objects that are one generation, on hooks of both. */
static void record_of_two_parts(void **state)
{
	static const char *const probes[] = { "tcp://192.0.2.1:22", "tcp://[2001:db8::1]:443", NULL };
	struct attachment items[] = {
		{ { MEANS_XDP, DIRECTION_INGRESS, 2 }, "eth0", 0, "in_uplink", "ingress" },
		{ { MEANS_XDP, DIRECTION_INGRESS, 3 }, "eth1", 1, "in_uplink", "ingress" },
	};
	struct plan plan = { .n = 2, .items = items };
	const struct record_head head = { .generation = 4, .replaces = 3, .applied_at = "2026-01-30T10:00:00Z",
					  .who = "ada (sudo)", .message = "two", .probes = probes };
	struct manifest manifests[2];
	const struct manifest *parts[] = { &manifests[0], &manifests[1], &manifests[0] };
	struct record record;
	struct failure why = { 0 };
	char *text;

	assert_true(parse(&manifests[0], TOP(BLOCK, RULES), &why) && parse(&manifests[1], MGMT, &why));
	text = record_text(&head, &plan, parts, 2);
	assert_non_null(text);
	assert_true(record_parse(&record, text, strlen(text), &why));
	free(text);
	assert_int_equal(record.replaces, 3);
	assert_string_equal(record.who, "ada (sudo)");
	assert_string_equal(record.policies, "edge and mgmt");
	assert_int_equal(record.n_parts, 2);
	assert_string_equal(record.parts[0].source_hash, "aa");
	assert_string_equal(record.parts[1].source_hash, "cc");
	assert_string_equal(record.parts[1].owner, "ops");
	assert_ptr_equal(record.list[0], &record.parts[0]);
	assert_ptr_equal(record.list[1], &record.parts[1]);
	assert_int_equal(record.items[0].part, 0);
	assert_int_equal(record.items[1].part, 1);
	assert_string_equal(record.items[1].interface, "eth1");
	assert_int_equal(record.n_probes, 2);
	assert_string_equal(record.probes[0], probes[0]);
	assert_string_equal(record.probes[1], probes[1]);
	record_free(&record);

	text = record_text(&head, &plan, parts, 3);
	assert_non_null(strstr(text, "\"edge, mgmt and edge\""));
	free(text);

	/* A part that is not there. */
	items[1].part = 2;
	text = record_text(&head, &plan, parts, 2);
	assert_false(record_parse(&record, text, strlen(text), &why));
	assert_int_equal(why.code, EXIT_ENVIRONMENT);
	assert_non_null(strstr(why.text, "damaged"));
	free(text);
	manifest_free(&manifests[0]);
	manifest_free(&manifests[1]);
}

#define RECORD(version, manifests, attachments) \
	"{'schema':'packet-sentry/generation/" version "','generation':1,'applied_at':'x','who':'','message':''," \
	"'policies':'mgmt','manifests':[" manifests "],'attachments':[" attachments "]}"
#define AT(hook, part) "{'interface':'eth0','ifindex':1,'hook':" hook ",'direction':'ingress','block':'b'," \
		       "'program':'p','part':" part "}"

static bool read_record(struct record *record, const char *text, struct failure *why)
{
	char *json = quoted(text);
	bool ok = record_parse(record, json, strlen(json), why);

	free(json);
	return ok;
}

static void record_of_another_version(void **state)
{
	static const struct {
		const char *text;
		const char *says;
	} cases[] = {
		{ "", "not JSON" },
		{ "5", "not JSON" },
		{ "{}", "another version" },
		{ RECORD("v9", MGMT, AT("'xdp'", "0")), "another version" },
		{ RECORD("v1", MGMT, AT("'xdp'", "0")), "another version" },
		{ RECORD("v2", "", AT("'xdp'", "0")), "damaged" },
		{ RECORD("v2", "5", AT("'xdp'", "0")), "manifest" },
		{ RECORD("v2", MGMT, ""), "damaged" },
		{ RECORD("v2", MGMT, "5"), "damaged" },
		{ RECORD("v2", MGMT, AT("'nosuch'", "0")), "damaged" },
		{ RECORD("v2", MGMT, AT("'xdp'", "1")), "damaged" },
		{ RECORD("v2", MGMT, AT("'xdp'", "-1")), "damaged" },
	};
	struct failure why = { 0 };
	struct record record;

	/* What the others are spoiled from. */
	assert_true(read_record(&record, RECORD("v2", MGMT, AT("'xdp'", "0")), &why));
	record_free(&record);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		why = (struct failure){ 0 };
		assert_false(read_record(&record, cases[i].text, &why));
		assert_int_equal(why.code, EXIT_ENVIRONMENT);
		if (!strstr(why.text, cases[i].says))
			fail_msg("case %zu says '%s', not '%s'", i, why.text, cases[i].says);
		assert_null(record.root);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good), cmocka_unit_test(tables),
		cmocka_unit_test(on_failure),
		cmocka_unit_test(fields),
		cmocka_unit_test(bad),
		cmocka_unit_test(cut_short),
		cmocka_unit_test(record_round_trip),
		cmocka_unit_test(record_of_two_parts),
		cmocka_unit_test(record_of_another_version),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
