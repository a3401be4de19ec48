/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* --bind, and which program goes on which interface. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "plan.h"

#include <stdio.h>
#include <string.h>

static void bind_is_parsed(void **state)
{
	struct bindings bindings = { 0 };
	struct failure why = { 0 };

	assert_true(bindings_add(&bindings, "uplink=eth0", &why));
	assert_true(bindings_add(&bindings, "lan=eth1,eth2.100", &why));
	assert_true(bindings_add(&bindings, "uplink=a=b", &why));
	assert_int_equal(bindings.n, 4);
	assert_string_equal(bindings.items[0].role, "uplink");
	assert_string_equal(bindings.items[0].interface, "eth0");
	assert_string_equal(bindings.items[2].role, "lan");
	assert_string_equal(bindings.items[2].interface, "eth2.100");
	assert_string_equal(bindings.items[3].interface, "a=b");
	bindings_free(&bindings);
}

static void bad_bind_is_wrong_usage(void **state)
{
	static const char *const arguments[] = {
		"", "=", "uplink", "uplink=", "=eth0", "uplink=,eth0", "uplink=eth0,", "uplink=eth0,,eth1",
		"uplink=interface-name-16",
	};

	for (size_t i = 0; i < sizeof(arguments) / sizeof(arguments[0]); i++) {
		struct bindings bindings = { 0 };
		struct failure why = { 0 };

		assert_false(bindings_add(&bindings, arguments[i], &why));
		assert_int_equal(why.code, EXIT_USAGE);
		assert_non_null(strstr(why.text, arguments[i]));
		bindings_free(&bindings);
	}
}

static struct manifest_role uplink[] = { { "uplink", "eth0" } };
static struct manifest_role lan[] = { { "lan", "eth1" } };
static struct manifest_role both[] = { { "uplink", "eth0" }, { "lan", "eth1" } };

static struct interface there[] = {
	{ "lo", 1, true, true, NULL, false },           { "eth0", 2, true, false, NULL, false },
	{ "eth1", 3, true, false, NULL, false },        { "down0", 4, false, false, NULL, false },
	{ "tun0", 5, true, false, "a tunnel", false },  { "ifb0", 6, true, false, NULL, true },
};
static const struct interfaces interfaces = { 6, there };

/* The plan as text, or the failure's. With several policies, a program has its part before it. */
static const char *plan_parts(const struct manifest *const *parts, size_t n, const char *const *binds, enum means tc,
			      int *code)
{
	static char text[4096];
	struct bindings bindings = { 0 };
	struct failure why = { 0 };
	struct plan plan;

	for (; binds && *binds; binds++)
		assert_true(bindings_add(&bindings, *binds, &why));
	text[0] = '\0';
	if (!plan_make(&plan, parts, n, &bindings, &interfaces, tc, &why)) {
		assert_int_equal(plan.n, 0);
		snprintf(text, sizeof(text), "%s", why.text);
	}
	*code = why.code;
	for (size_t i = 0; i < plan.n; i++) {
		size_t used = strlen(text);

		snprintf(text + used, sizeof(text) - used, "%s %s %s ", plan.items[i].interface,
			 direction_words[plan.items[i].hook.direction], means_words[plan.items[i].hook.means]);
		used = strlen(text);
		if (n > 1)
			snprintf(text + used, sizeof(text) - used, "%zu:", plan.items[i].part);
		used = strlen(text);
		snprintf(text + used, sizeof(text) - used, "%s;", plan.items[i].program);
	}
	plan_free(&plan);
	bindings_free(&bindings);
	return text;
}

static const char *plan_text(const struct manifest *manifest, const char *const *binds, enum means tc, int *code)
{
	return plan_parts(&manifest, 1, binds, tc, code);
}

#define BINDS(...) ((const char *const[]){ __VA_ARGS__, NULL })

static void roles(void **state)
{
	struct manifest_block blocks[] = {
		{ "egress", "out", DIRECTION_EGRESS, false, false, 1, uplink, false },
		{ "ingress", "in", DIRECTION_INGRESS, true, false, 2, both, false },
	};
	const struct manifest manifest = { .policy = "p", .n_blocks = 2, .blocks = blocks };
	int code;

	assert_string_equal(plan_text(&manifest, NULL, MEANS_TCX, &code),
			    "eth0 ingress xdp in;eth1 ingress xdp in;eth0 egress tcx out;");
	assert_string_equal(plan_text(&manifest, BINDS("uplink=down0"), MEANS_CLSACT, &code),
			    "eth1 ingress xdp in;down0 ingress xdp in;down0 egress clsact out;");
	/* The same interface twice is one attachment. */
	assert_string_equal(plan_text(&manifest, BINDS("uplink=eth0,eth0", "lan=eth0"), MEANS_TCX, &code),
			    "eth0 ingress xdp in;eth0 egress tcx out;");
	assert_int_equal(code, 0);

	assert_non_null(strstr(plan_text(&manifest, BINDS("lan=wlan0"), MEANS_TCX, &code),
			       "role lan: no interface 'wlan0' here; there are: lo, eth0, eth1, down0, tun0"));
	assert_int_equal(code, EXIT_ENVIRONMENT);
	assert_non_null(strstr(plan_text(&manifest, BINDS("wan=eth0"), MEANS_TCX, &code),
			       "policy p has no role 'wan'; it has: uplink, lan"));
	assert_int_equal(code, EXIT_USAGE);
}

static void two_blocks_one_hook(void **state)
{
	struct manifest_block blocks[] = {
		{ "ingress-uplink", "in", DIRECTION_INGRESS, true, false, 1, uplink, false },
		{ "ingress-lan", "in_lan", DIRECTION_INGRESS, true, false, 1, lan, false },
		{ "ingress-tc", "in_tc", DIRECTION_INGRESS, false, false, 1, lan, false },
	};
	const struct manifest manifest = { .policy = "p", .n_blocks = 3, .blocks = blocks };
	int code;

	assert_string_equal(plan_text(&manifest, NULL, MEANS_TCX, &code),
			    "eth0 ingress xdp in;eth1 ingress xdp in_lan;eth1 ingress tcx in_tc;");
	assert_non_null(strstr(plan_text(&manifest, BINDS("lan=eth0"), MEANS_TCX, &code),
			       "blocks 'ingress-uplink' and 'ingress-lan' both want"));
	assert_int_equal(code, EXIT_ENVIRONMENT);
}

static void any_interface(void **state)
{
	struct manifest_block alone[] = { { "ingress", "in", DIRECTION_INGRESS, true, true, 0, NULL, false } };
	struct manifest_block beside[] = {
		{ "ingress", "in", DIRECTION_INGRESS, true, true, 0, NULL, false },
		{ "egress", "out", DIRECTION_EGRESS, false, false, 1, uplink, false },
	};
	struct manifest_block twice[] = {
		{ "ingress", "in", DIRECTION_INGRESS, true, true, 0, NULL, false },
		{ "ingress-2", "in2", DIRECTION_INGRESS, true, true, 0, NULL, false },
	};
	struct manifest manifest = { .policy = "p", .n_blocks = 1, .blocks = alone };
	const struct manifest *const parts[] = { &manifest };
	const struct interfaces loopback = { 1, there };
	const struct bindings none = { 0 };
	struct failure why = { 0 };
	struct plan plan;
	int code;

	assert_string_equal(plan_text(&manifest, NULL, MEANS_TCX, &code), "eth0 ingress xdp in;eth1 ingress xdp in;");
	assert_string_equal(plan_text(&manifest, BINDS("any=lo,down0"), MEANS_TCX, &code),
			    "lo ingress xdp in;down0 ingress xdp in;");
	/* Not even here is a role taken that nobody knows. */
	assert_non_null(strstr(plan_text(&manifest, BINDS("uplnik=eth0"), MEANS_TCX, &code),
			       "policy p has no role 'uplnik'; it has: any (for the blocks on any interface)"));
	assert_int_equal(code, EXIT_USAGE);

	/* The interfaces of all roles, unless `any` has its own. */
	manifest = (struct manifest){ .policy = "p", .n_blocks = 2, .blocks = beside };
	assert_string_equal(plan_text(&manifest, NULL, MEANS_TCX, &code), "eth0 ingress xdp in;eth0 egress tcx out;");
	assert_string_equal(plan_text(&manifest, BINDS("any=eth1", "uplink=down0"), MEANS_TCX, &code),
			    "eth1 ingress xdp in;down0 egress tcx out;");
	assert_non_null(strstr(plan_text(&manifest, BINDS("uplnik=eth0"), MEANS_TCX, &code),
			       "it has: uplink, any (for the blocks on any interface)"));

	manifest = (struct manifest){ .policy = "p", .n_blocks = 2, .blocks = twice };
	assert_non_null(strstr(plan_text(&manifest, NULL, MEANS_TCX, &code), "both want"));
	assert_int_equal(code, EXIT_ENVIRONMENT);

	manifest = (struct manifest){ .policy = "p", .n_blocks = 1, .blocks = alone };
	assert_false(plan_make(&plan, parts, 1, &none, &loopback, MEANS_TCX, &why));
	assert_int_equal(why.code, EXIT_ENVIRONMENT);
}

static void without_ethernet_header(void **state)
{
	struct manifest_block named[] = { { "ingress", "in", DIRECTION_INGRESS, false, false, 1, uplink, false } };
	struct manifest_block any[] = { { "ingress", "in", DIRECTION_INGRESS, false, true, 0, NULL, false } };
	struct manifest manifest = { .policy = "p", .n_blocks = 1, .blocks = named };
	const struct manifest *const parts[] = { &manifest };
	const struct interfaces tunnel = { 1, &there[4] };
	const struct bindings none = { 0 };
	struct failure why = { 0 };
	struct plan plan;
	int code;

	assert_non_null(strstr(plan_text(&manifest, BINDS("uplink=tun0"), MEANS_TCX, &code),
			       "interface tun0 is a tunnel: its packets have no Ethernet header"));
	assert_int_equal(code, EXIT_ENVIRONMENT);

	manifest.blocks = any;
	assert_non_null(strstr(plan_text(&manifest, BINDS("any=tun0"), MEANS_TCX, &code), "interface tun0 is a tunnel"));
	assert_int_equal(code, EXIT_ENVIRONMENT);
	assert_false(plan_make(&plan, parts, 1, &none, &tunnel, MEANS_TCX, &why));
	assert_int_equal(why.code, EXIT_ENVIRONMENT);
}

/* What is redirected to it from a tunnel has no Ethernet header; who names it knows what comes there. */
static void collected_from_others(void **state)
{
	struct manifest_block named[] = { { "egress", "out", DIRECTION_EGRESS, false, false, 1, uplink, false } };
	struct manifest_block any[] = { { "egress", "out", DIRECTION_EGRESS, false, true, 0, NULL, false } };
	struct manifest manifest = { .policy = "p", .n_blocks = 1, .blocks = any };
	const struct manifest *const parts[] = { &manifest };
	const struct interfaces ifb = { 1, &there[5] };
	const struct bindings none = { 0 };
	struct failure why = { 0 };
	struct plan plan;
	int code;

	assert_string_equal(plan_text(&manifest, NULL, MEANS_TCX, &code), "eth0 egress tcx out;eth1 egress tcx out;");
	assert_string_equal(plan_text(&manifest, BINDS("any=ifb0"), MEANS_TCX, &code), "ifb0 egress tcx out;");
	assert_false(plan_make(&plan, parts, 1, &none, &ifb, MEANS_TCX, &why));
	assert_non_null(strstr(why.text, "loopback and ifb are not counted"));
	manifest.blocks = named;
	assert_string_equal(plan_text(&manifest, BINDS("uplink=ifb0"), MEANS_TCX, &code), "ifb0 egress tcx out;");
}

/* Several objects are one generation: each gets its interfaces, and --bind is about the roles of all. */
static void two_policies(void **state)
{
	struct manifest_block edge_blocks[] = {
		{ "egress", "out", DIRECTION_EGRESS, false, false, 1, uplink, false },
		{ "ingress", "in", DIRECTION_INGRESS, true, false, 1, uplink, false },
	};
	struct manifest_block mgmt_blocks[] = {
		{ "ingress", "in", DIRECTION_INGRESS, true, false, 1, lan, false },
	};
	const struct manifest edge = { .policy = "edge", .n_blocks = 2, .blocks = edge_blocks };
	const struct manifest mgmt = { .policy = "mgmt", .n_blocks = 1, .blocks = mgmt_blocks };
	const struct manifest *const parts[] = { &edge, &mgmt };
	int code;

	/* In the order of a packet's way, not of the policies. */
	assert_string_equal(plan_parts(parts, 2, NULL, MEANS_TCX, &code),
			    "eth0 ingress xdp 0:in;eth1 ingress xdp 1:in;eth0 egress tcx 0:out;");
	assert_string_equal(plan_parts(parts, 2, BINDS("lan=down0", "uplink=eth1"), MEANS_CLSACT, &code),
			    "eth1 ingress xdp 0:in;down0 ingress xdp 1:in;eth1 egress clsact 0:out;");
	assert_int_equal(code, 0);

	/* A role is unknown only if no policy has it. */
	assert_non_null(strstr(plan_parts(parts, 2, BINDS("wan=eth0"), MEANS_TCX, &code),
			       "--bind wan=eth0: policy edge, mgmt has no role 'wan'; it has: uplink, lan"));
	assert_int_equal(code, EXIT_USAGE);
}

static void role_of_two_policies(void **state)
{
	struct manifest_block in[] = { { "ingress", "in", DIRECTION_INGRESS, true, false, 1, uplink, false } };
	struct manifest_block out[] = { { "egress", "out", DIRECTION_EGRESS, false, false, 1, uplink, false } };
	struct manifest_block any[] = { { "ingress", "any", DIRECTION_INGRESS, false, true, 0, NULL, false } };
	const struct manifest first = { .policy = "first", .n_blocks = 1, .blocks = in };
	const struct manifest second = { .policy = "second", .n_blocks = 1, .blocks = out };
	const struct manifest third = { .policy = "third", .n_blocks = 1, .blocks = any };
	const struct manifest *const parts[] = { &first, &second, &third };
	int code;

	/* The interface is that of both; `any` of one is not the roles of another. */
	assert_string_equal(plan_parts(parts, 3, BINDS("uplink=eth1"), MEANS_TCX, &code),
			    "eth1 ingress xdp 0:in;eth0 ingress tcx 2:any;eth1 ingress tcx 2:any;"
			    "eth1 egress tcx 1:out;");
	assert_string_equal(plan_parts(parts, 3, BINDS("any=down0"), MEANS_TCX, &code),
			    "eth0 ingress xdp 0:in;down0 ingress tcx 2:any;eth0 egress tcx 1:out;");
	assert_int_equal(code, 0);
}

static void two_policies_one_hook(void **state)
{
	struct manifest_block edge_blocks[] = {
		{ "ingress", "in", DIRECTION_INGRESS, true, false, 1, uplink, false },
	};
	struct manifest_block mgmt_blocks[] = {
		{ "ingress", "in", DIRECTION_INGRESS, true, false, 1, lan, false },
	};
	struct manifest_block tc_blocks[] = {
		{ "ingress", "in", DIRECTION_INGRESS, false, false, 1, lan, false },
	};
	const struct manifest edge = { .policy = "edge", .n_blocks = 1, .blocks = edge_blocks };
	const struct manifest mgmt = { .policy = "mgmt", .n_blocks = 1, .blocks = mgmt_blocks };
	const struct manifest tc = { .policy = "tc", .n_blocks = 1, .blocks = tc_blocks };
	const struct manifest *const parts[] = { &edge, &mgmt }, *const apart[] = { &edge, &tc };
	int code;

	assert_non_null(strstr(plan_parts(parts, 2, BINDS("lan=eth0"), MEANS_TCX, &code),
			       "interface eth0: policies edge and mgmt both want its ingress xdp hook"));
	assert_int_equal(code, EXIT_ENVIRONMENT);
	/* Two hooks of one interface are none too many. */
	assert_string_equal(plan_parts(apart, 2, BINDS("lan=eth0"), MEANS_TCX, &code),
			    "eth0 ingress xdp 0:in;eth0 ingress tcx 1:in;");
	assert_int_equal(code, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bind_is_parsed),
		cmocka_unit_test(bad_bind_is_wrong_usage),
		cmocka_unit_test(roles),
		cmocka_unit_test(two_blocks_one_hook),
		cmocka_unit_test(any_interface),
		cmocka_unit_test(without_ethernet_header),
		cmocka_unit_test(collected_from_others),
		cmocka_unit_test(two_policies),
		cmocka_unit_test(role_of_two_policies),
		cmocka_unit_test(two_policies_one_hook),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
