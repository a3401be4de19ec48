/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The names of pinned links: what is written is read back, and nothing else is taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "pin.h"

#include <string.h>

static const struct site site = { .links = { "/bpf/net-1/links" }, .home = { "/bpf/net-1" }, .lock = -1 };

static void round_trip(void **state)
{
	static const struct {
		struct hook hook;
		unsigned int number;
		bool made;
		const char *name;
	} cases[] = {
		{ { MEANS_XDP, DIRECTION_INGRESS, 2 }, 0, false, "xdp-2-0" },
		{ { MEANS_XDP, DIRECTION_INGRESS, 2147483647 }, 1023, false, "xdp-2147483647-1023" },
		{ { MEANS_TCX, DIRECTION_INGRESS, 2 }, 1, false, "tcx-ingress-2-1" },
		{ { MEANS_TCX, DIRECTION_EGRESS, 12 }, 10, false, "tcx-egress-12-10" },
		{ { MEANS_CLSACT, DIRECTION_EGRESS, 7 }, 3, false, "clsact-egress-7-3" },
		{ { MEANS_CLSACT, DIRECTION_INGRESS, 7 }, 4, true, "clsact-ingress-7-4-made" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		unsigned int number;
		struct hook hook;
		struct path path;
		bool made;

		assert_true(site_link_path(&site, &cases[i].hook, cases[i].number, cases[i].made, &path));
		assert_string_equal(strrchr(path.text, '/') + 1, cases[i].name);
		assert_memory_equal(path.text, site.links.text, strlen(site.links.text));
		assert_true(site_link_name(cases[i].name, &hook, &number, &made));
		assert_true(hook_equal(&hook, &cases[i].hook));
		assert_int_equal(number, cases[i].number);
		assert_int_equal(made, cases[i].made);
	}
}

static void refused(void **state)
{
	static const char *const names[] = {
		"", "xdp", "xdp-", "xdp-2", "xdp-2-", "xdp-eth0-1", "xdp-2-0x", "xdp-2-0-made", "xdp-2-0-1",
		"xdp-ingress-2-0", "xdp-egress-2-0", "tcx-2-1", "tcx-ingress-2", "tcx-ingress-2-", "tcx-sideways-2-1",
		"tc-ingress-2-1", "lsm-ingress-2-1", "TCX-ingress-2-1", "tcx-ingress-2-1-", "tcx-ingress-2-1-mad",
		"tcx-ingress-2-1-made-made", "tcx-ingress-2-1 ", "clsact-egress-7-3made",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		unsigned int number;
		struct hook hook;
		bool made;

		if (site_link_name(names[i], &hook, &number, &made))
			fail_msg("'%s' is taken for a link", names[i]);
	}
}

static void too_long(void **state)
{
	const struct hook hook = { MEANS_CLSACT, DIRECTION_EGRESS, 1 };
	struct site deep = site;
	struct path path;

	memset(deep.links.text, 'a', sizeof(deep.links.text) - 1);
	deep.links.text[sizeof(deep.links.text) - 1] = '\0';
	assert_false(site_link_path(&deep, &hook, 0, true, &path));
	memset(deep.home.text, 'a', sizeof(deep.home.text) - 1);
	deep.home.text[sizeof(deep.home.text) - 1] = '\0';
	assert_false(site_pin_path(&deep, "gate", &path));
	assert_false(site_generation_path(&deep, (struct generation_id){ 1, false }, &path));
}

static void other_pins(void **state)
{
	struct path path;

	assert_true(site_pin_path(&site, "gate", &path));
	assert_string_equal(path.text, "/bpf/net-1/gate");
	assert_true(site_generation_path(&site, (struct generation_id){ 12, false }, &path));
	assert_string_equal(path.text, "/bpf/net-1/gen-12");
	assert_true(site_generation_path(&site, (struct generation_id){ 13, true }, &path));
	assert_string_equal(path.text, "/bpf/net-1/staged-13");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(round_trip),
		cmocka_unit_test(refused),
		cmocka_unit_test(too_long),
		cmocka_unit_test(other_pins),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
