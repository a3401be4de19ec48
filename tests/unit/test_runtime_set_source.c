/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Which set --set means, in one policy and in several, and where its elements come from. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "set_source.h"

#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define ADDR(set) \
	{ .name = set, .n_types = 1, .types = { SET_TYPE_ADDR }, .structure = SET_STRUCTURE_HASH, .max = 4 }

static struct manifest_set edge_sets[] = { ADDR("abusers"), ADDR("bogons") };
static struct manifest_set mgmt_sets[] = { ADDR("admins"), ADDR("abusers") };
static const struct manifest edge = { .policy = "edge", .n_sets = 2, .sets = edge_sets };
static const struct manifest mgmt = { .policy = "mgmt", .n_sets = 2, .sets = mgmt_sets };
static const struct manifest bare = { .policy = "bare" };
static const struct manifest *const both[] = { &edge, &mgmt };

static void arguments(void **state)
{
	static const char *const bad[] = { "", "=", "bogons", "bogons=", "=file" };
	struct set_arguments arguments = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_false(set_arguments_add(&arguments, bad[i]));
	assert_int_equal(arguments.n, 0);
	assert_true(set_arguments_add(&arguments, "bogons=a=b"));
	assert_true(set_arguments_add(&arguments, "edge/abusers=-"));
	assert_int_equal(arguments.n, 2);
	assert_int_equal(arguments.items[0].name_length, 6);
	assert_string_equal(arguments.items[0].value, "a=b");
	assert_int_equal(arguments.items[1].name_length, strlen("edge/abusers"));
	assert_string_equal(arguments.items[1].value, "-");
	set_arguments_free(&arguments);
	assert_int_equal(arguments.n, 0);
}

/* The argument ends where the text does, so that reading beyond it is seen. */
static const struct manifest_set *named(const struct manifest *const *parts, size_t n, const char *name, size_t *part,
					struct failure *why)
{
	struct set_argument argument = { .name_length = strlen(name), .value = "x" };
	const struct manifest_set *found;
	char *exact = allocate(1, strlen(name));

	memcpy(exact, name, strlen(name));
	argument.text = exact;
	*why = (struct failure){ 0 };
	*part = 99;
	found = set_named(parts, n, &argument, part, why);
	free(exact);
	return found;
}

static void found(void **state)
{
	static const struct {
		size_t n;
		const char *name;
		size_t part;
		const struct manifest_set *set;
	} cases[] = {
		{ 1, "abusers", 0, &edge_sets[0] },      { 1, "bogons", 0, &edge_sets[1] },
		{ 1, "edge/abusers", 0, &edge_sets[0] }, { 2, "bogons", 0, &edge_sets[1] },
		{ 2, "admins", 1, &mgmt_sets[0] },       { 2, "mgmt/admins", 1, &mgmt_sets[0] },
		{ 2, "edge/abusers", 0, &edge_sets[0] }, { 2, "mgmt/abusers", 1, &mgmt_sets[1] },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct failure why;
		size_t part;

		assert_ptr_equal(named(both, cases[i].n, cases[i].name, &part, &why), cases[i].set);
		assert_int_equal(part, cases[i].part);
		assert_int_equal(why.code, 0);
	}
}

static void not_found(void **state)
{
	static const char *const names[] = {
		"abuser", "abusers2", "edge", "edge/", "edge/abuser", "edge/admins", "mgmt/bogons", "edg/abusers",
		"edge2/abusers", "edge.abusers", "/abusers", "mgmt/edge/abusers", "Bogons",
	};
	const struct manifest *const none[] = { &bare };
	struct failure why;
	size_t part;

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char says[128];

		if (named(both, 2, names[i], &part, &why))
			fail_msg("'%s' is taken for a set", names[i]);
		assert_int_equal(why.code, EXIT_USAGE);
		snprintf(says, sizeof(says),
			 "policy edge, mgmt has no set '%s'; its sets: abusers, bogons, admins, abusers", names[i]);
		assert_string_equal(why.text, says);
	}
	assert_null(named(none, 1, "bogons", &part, &why));
	assert_string_equal(why.text, "policy bare has no set 'bogons', and no other");
}

static void ambiguous(void **state)
{
	struct failure why;
	size_t part;

	assert_null(named(both, 2, "abusers", &part, &why));
	assert_int_equal(why.code, EXIT_USAGE);
	assert_string_equal(why.text,
			    "policies edge and mgmt both have a set 'abusers': say edge/abusers or mgmt/abusers");
}

struct sources {
	struct set_source *parts[2];
};

static void sources_make(struct sources *sources)
{
	for (size_t i = 0; i < 2; i++)
		sources->parts[i] = allocate(both[i]->n_sets, sizeof(*sources->parts[i]));
}

static void sources_drop(struct sources *sources)
{
	for (size_t i = 0; i < 2; i++)
		set_sources_free(sources->parts[i], both[i]->n_sets);
}

/* "edge/abusers=FILE" and so on; the file has one address. */
static bool read_arguments(struct sources *sources, const char *first, const char *second, struct failure *why)
{
	char path[] = "/tmp/psrt-source-XXXXXX", text[2][128];
	struct set_arguments arguments = { 0 };
	int fd = mkstemp(path);
	bool ok;

	assert_true(fd >= 0);
	assert_int_equal(write(fd, "192.0.2.1\n", 10), 10);
	close(fd);
	snprintf(text[0], sizeof(text[0]), "%s=%s", first, path);
	snprintf(text[1], sizeof(text[1]), "%s=%s", second, path);
	assert_true(set_arguments_add(&arguments, text[0]) && set_arguments_add(&arguments, text[1]));
	sources_make(sources);
	*why = (struct failure){ 0 };
	ok = set_arguments_read(sources->parts, both, 2, &arguments, why);
	set_arguments_free(&arguments);
	unlink(path);
	return ok;
}

static void each_to_its_policy(void **state)
{
	struct sources sources;
	struct failure why;

	assert_true(read_arguments(&sources, "mgmt/abusers", "bogons", &why));
	assert_false(sources.parts[0][0].given);
	assert_true(sources.parts[0][1].given);
	assert_false(sources.parts[1][0].given);
	assert_true(sources.parts[1][1].given);
	assert_int_equal(sources.parts[1][1].elements.n, 1);
	sources_drop(&sources);
}

static void given_twice(void **state)
{
	struct sources sources;
	struct failure why;

	assert_false(read_arguments(&sources, "bogons", "edge/bogons", &why));
	assert_int_equal(why.code, EXIT_USAGE);
	assert_non_null(strstr(why.text, "--set bogons: given twice"));
	sources_drop(&sources);

	assert_true(read_arguments(&sources, "edge/abusers", "mgmt/abusers", &why));
	sources_drop(&sources);
}

/* A list that is not there is named where it was looked for: beside the object. */
static void list_that_is_missing(void **state)
{
	struct manifest_set sets[] = { ADDR("abusers") };
	const struct manifest manifest = { .policy = "edge", .n_sets = 1, .sets = sets };
	struct set_source *sources = allocate(1, sizeof(*sources));
	struct failure why = { 0 };

	sets[0].from = "no-such-list.txt";
	assert_false(set_sources_read(sources, &manifest, "/nowhere/edge.bpf.o", &why));
	assert_int_equal(why.code, EXIT_ENVIRONMENT);
	assert_non_null(strstr(why.text, "/nowhere/no-such-list.txt: "));
	assert_non_null(strstr(why.text, "--set abusers=FILE"));

	/* What the command line gives needs no list. */
	sources[0].given = true;
	assert_true(set_sources_read(sources, &manifest, "/nowhere/edge.bpf.o", &why));
	set_sources_free(sources, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(arguments),	      cmocka_unit_test(found),
		cmocka_unit_test(not_found),	      cmocka_unit_test(ambiguous),
		cmocka_unit_test(each_to_its_policy), cmocka_unit_test(given_twice),
		cmocka_unit_test(list_that_is_missing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
