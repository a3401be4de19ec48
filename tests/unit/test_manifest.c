/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "handmade.h"

#include <linux/types.h>
#include "shared.h"

#include "clang.h"
#include "manifest.h"
#include "object.h"
#include "process.h"

#include <bpf/btf.h>
#include <errno.h>
#include <jansson.h>
#include <linux/bpf.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

/* As the kernel has it in .BTF.ext; libbpf keeps its own to itself. */
struct btf_ext_header {
	uint16_t magic;
	uint8_t version;
	uint8_t flags;
	uint32_t hdr_len;
	uint32_t func_info_off;
	uint32_t func_info_len;
	uint32_t line_info_off;
	uint32_t line_info_len;
};

struct btf_ext_info_sec {
	uint32_t sec_name_off;
	uint32_t num_info;
	uint8_t data[];
};

static const char policy_text[] = "policy edge {\n"
				  "    rule ssh allow tcp port 22;\n"
				  "    rule watch sample 1/10;\n"
				  "}\n";

static int setup(void **state)
{
	struct handmade *h = test_calloc(1, sizeof(*h));
	struct block *block;
	struct rule *rule;
	struct term *term;

	handmade_open(h, policy_text);
	h->policy->owner = "netops";
	block = handmade_block(h, DIRECTION_INGRESS, HOOK_XDP, "uplink");
	rule = handmade_rule(h, block, "ssh", VERDICT_REJECT);
	rule->log = true;
	rule->detect = "ssh-knock";
	rule->ticket = "NET-1";
	rule->has_expires = true;
	rule->expires = 21183;
	term = handmade_term(h, rule, FAMILY_V4);
	handmade_range(h, term, FIELD_PROTO, 6, 6);
	handmade_range(h, term, FIELD_DPORT, 22, 22);
	rule = handmade_rule(h, block, "watch", VERDICT_ALLOW);
	rule->action = ACTION_SAMPLE;
	rule->sample = 10;
	handmade_ranges(handmade_term(h, rule, FAMILY_V4), FIELD_SRC, handmade_many(h, 1, 20, NULL));
	handmade_block(h, DIRECTION_EGRESS, HOOK_TC, "uplink")->any = true;
	*state = h;
	return 0;
}

static int teardown(void **state)
{
	struct handmade *h = *state;

	handmade_close(h);
	test_free(h);
	return 0;
}

/* Skips the test where there is no clang. */
static struct bytes build(struct handmade *h, enum target target)
{
	struct program *program = compile_program(&h->compile, h->policy);
	struct bytes c = compile_c(&h->compile, program), object = { 0 };

	if (!compile_object(&h->compile, program, c, target, &object)) {
		if (strstr(h->compile.error, "there is no"))
			skip();
		diags_print(&h->compile.diags, stderr, false);
		fail_msg("%s", h->compile.error);
	}
	return object;
}

static json_t *manifest_of(struct bytes object)
{
	struct bytes section;
	json_t *manifest;

	assert_true(object_section(object, SENTRY_MANIFEST_SECTION, &section));
	manifest = json_loadb(section.data, section.size, JSON_REJECT_DUPLICATES, NULL);
	assert_non_null(manifest);
	return manifest;
}

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "(none)";
}

static json_int_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

static const json_t *named(const json_t *array, const char *key, const char *value)
{
	size_t i;
	json_t *item;

	json_array_foreach(array, i, item)
		if (!strcmp(text(item, key), value))
			return item;
	fail_msg("nothing has the %s %s", key, value);
	return NULL;
}

static void test_manifest_tells_what_the_policy_is(void **state)
{
	struct bytes object = build(*state, TARGET_BPFEL);
	json_t *manifest = manifest_of(object);
	const json_t *rules = json_object_get(manifest, "rules"), *rule, *block, *fields;

	assert_string_equal(json_object_iter_key(json_object_iter(manifest)), "schema");
	assert_string_equal(text(manifest, "schema"), "packet-sentry/manifest/v1");
	assert_string_equal(text(manifest, "policy"), "edge");
	assert_string_equal(text(manifest, "target"), "bpfel");
	assert_string_equal(text(manifest, "on_failure"), "deny");
	assert_memory_equal(text(manifest, "compiler"), "clang ", 6);
	assert_int_equal(strlen(text(manifest, "source_hash")), 64);
	assert_int_equal(strlen(text(manifest, "layout_hash")), 16);

	assert_int_equal(json_array_size(rules), 8);
	for (size_t i = 0; i < 8; i++)
		assert_int_equal(number(json_array_get(rules, i), "slot"), i);
	rule = named(rules, "name", "ssh");
	assert_string_equal(text(rule, "action"), "reject");
	assert_string_equal(text(rule, "detect"), "ssh-knock");
	assert_string_equal(text(rule, "verdict"), "reject");
	assert_string_equal(text(rule, "expires"), "2027-12-31");
	assert_string_equal(text(rule, "owner"), "netops");
	assert_string_equal(text(rule, "ticket"), "NET-1");
	assert_true(json_is_true(json_object_get(rule, "log")));
	assert_string_equal(text(rule, "file"), "edge.sp");
	assert_int_equal(number(rule, "line"), 2);
	assert_int_equal(number(rule, "column"), 10);
	rule = named(rules, "name", "watch");
	assert_int_equal(number(rule, "sample"), 10);
	assert_string_equal(text(rule, "verdict"), "(none)");

	block = named(json_object_get(manifest, "blocks"), "name", "ingress");
	fields = json_object_get(block, "fields");
	assert_int_equal(json_array_size(fields), 3);
	assert_string_equal(json_string_value(json_array_get(fields, 0)), "proto");
	assert_string_equal(json_string_value(json_array_get(fields, 1)), "from");
	assert_string_equal(json_string_value(json_array_get(fields, 2)), "port");
	block = named(json_object_get(manifest, "blocks"), "name", "egress");
	assert_true(json_is_array(json_object_get(block, "fields")));
	assert_int_equal(json_array_size(json_object_get(block, "fields")), 0);
	assert_true(json_is_true(json_object_get(block, "any")));
	assert_string_equal(text(block, "program"), "egress_any");
	assert_int_equal(number(block, "first_slot"), 5);
	assert_int_equal(number(block, "slots"), 3);
	json_decref(manifest);
	free(object.data);
}

static void test_manifest_tells_maps_and_budget(void **state)
{
	struct bytes object = build(*state, TARGET_BPFEL);
	json_t *manifest = manifest_of(object);
	const json_t *maps = json_object_get(manifest, "maps"), *map, *budget, *program;

	map = named(maps, "name", "counters");
	assert_string_equal(text(map, "type"), "percpu_array");
	assert_int_equal(number(map, "key_size"), 4);
	assert_int_equal(number(map, "value_size"), sizeof(struct sentry_counters));
	assert_int_equal(number(map, "max_entries"), 1);
	assert_string_equal(text(map, "layout"), "sentry_counters");
	assert_string_equal(text(named(maps, "name", "events"), "type"), "ringbuf");
	assert_string_equal(text(named(maps, "name", "answers"), "type"), "percpu_array");
	assert_true(number(named(maps, "name", ".rodata"), "value_size") >= 160);

	budget = json_object_get(manifest, "budget");
	assert_int_equal(number(budget, "table_bytes"), 160);
	assert_int_equal(number(budget, "insns_limit"), 100000);
	program = named(json_object_get(budget, "programs"), "program", "ingress_uplink");
	assert_in_range(number(program, "insns"), 200, 10000);
	assert_in_range(number(program, "verified_estimate"), number(program, "insns"), 100000);
	json_decref(manifest);
	free(object.data);
}

static void test_big_endian_is_the_same_in_the_other_order(void **state)
{
	struct bytes little = build(*state, TARGET_BPFEL), big = build(*state, TARGET_BPFEB);
	json_t *one = manifest_of(little), *other = manifest_of(big);

	assert_int_equal(little.data[5], 1);
	assert_int_equal(big.data[5], 2);
	assert_string_equal(text(other, "target"), "bpfeb");
	assert_string_equal(text(one, "layout_hash"), text(other, "layout_hash"));
	assert_true(json_equal(json_object_get(one, "maps"), json_object_get(other, "maps")));
	json_decref(one);
	json_decref(other);
	free(little.data);
	free(big.data);
}

static void test_objects_hold_no_dwarf_but_btf(void **state)
{
	struct bytes object = build(*state, TARGET_BPFEL), section;

	assert_true(object_is_bpf(object));
	assert_true(object_section(object, ".BTF", &section));
	assert_non_null(memmem(section.data, section.size, "rule ssh allow tcp port 22;", 27));
	assert_true(object_section(object, ".BTF.ext", &section));
	assert_false(object_section(object, ".debug_info", &section));
	assert_false(object_section(object, ".debug_line", &section));
	assert_null(memmem(object.data, object.size, "sentryc.", 8));
	free(object.data);
}

/* The verifier's log says "; SOURCE @ FILE:LINE" from these. */
static void test_lines_of_the_verifiers_log_are_the_policys(void **state)
{
	struct bytes object = build(*state, TARGET_BPFEL), section;
	const struct btf_ext_header *header;
	const struct btf_ext_info_sec *lines;
	const char *at, *end;
	unsigned found = 0;
	uint32_t size;
	struct btf *btf;

	assert_true(object_section(object, ".BTF", &section));
	btf = btf__new(section.data, (__u32)section.size);
	assert_non_null(btf);
	assert_true(object_section(object, ".BTF.ext", &section));
	header = (const void *)section.data;
	at = section.data + header->hdr_len + header->line_info_off;
	end = at + header->line_info_len;
	memcpy(&size, at, sizeof(size));
	for (at += sizeof(size); at < end; at += sizeof(*lines) + lines->num_info * size) {
		lines = (const void *)at;
		for (uint32_t i = 0; i < lines->num_info; i++) {
			const struct bpf_line_info *line = (const void *)(lines->data + i * size);
			const char *file = btf__str_by_offset(btf, line->file_name_off);

			assert_true(*file != '/');
			/* clang puts the directory before it, which is "." everywhere. */
			if (strcmp(file, "./edge.sp") || line->line_col >> 10 != 2)
				continue;
			assert_string_equal(btf__str_by_offset(btf, line->line_off), "    rule ssh allow tcp port 22;");
			found++;
		}
	}
	assert_in_range(found, 2, 100);
	btf__free(btf);
	free(object.data);
}

static void test_same_input_same_bytes(void **state)
{
	char directory[] = "/tmp/sentry-test.XXXXXX", before[4096];
	struct bytes first = build(*state, TARGET_BPFEL), second;

	assert_non_null(mkdtemp(directory));
	assert_non_null(getcwd(before, sizeof(before)));
	assert_int_equal(chdir(directory), 0);
	setenv("TMPDIR", directory, 1);
	setenv("CPATH", directory, 1);
	setenv("LC_ALL", "de_DE.UTF-8", 1);
	setenv("SOURCE_DATE_EPOCH", "1", 1);
	second = build(*state, TARGET_BPFEL);
	unsetenv("SOURCE_DATE_EPOCH");
	unsetenv("LC_ALL");
	unsetenv("CPATH");
	unsetenv("TMPDIR");
	assert_int_equal(chdir(before), 0);
	/* Nothing may be left in it. */
	assert_int_equal(rmdir(directory), 0);
	assert_int_equal(first.size, second.size);
	assert_memory_equal(first.data, second.data, first.size);
	free(first.data);
	free(second.data);
}

static void test_a_changed_source_changes_the_hash(void **state)
{
	struct handmade *h = *state;
	const char *before = manifest_source_hash(&h->compile.arena, h->source, &h->compile.sources);
	const char *after;

	assert_string_equal(before, manifest_source_hash(&h->compile.arena, h->source, &h->compile.sources));
	source_from_text(&h->compile.sources, "nets.sp", "", 0);
	after = manifest_source_hash(&h->compile.arena, h->source, &h->compile.sources);
	assert_string_not_equal(before, after);
}

static void test_what_is_no_object_is_refused(void **state)
{
	static char elf[64] = "\177ELF\2\1\1";
	struct bytes inputs[] = { { NULL, 0 }, { (char *)"x", 1 }, { elf, sizeof(elf) }, { (char *)policy_text, 40 } };
	struct bytes out;
	struct object_info info;
	struct handmade *h = *state;

	for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
		assert_false(object_is_bpf(inputs[i]));
		assert_false(object_section(inputs[i], ".BTF", &out));
		assert_false(object_read(&h->compile.arena, inputs[i], &info));
		assert_false(object_finish(inputs[i], NULL, 0, &out));
	}
}

/* Every prefix of an object, and an object with any of its first bytes wrong: refused or read, never a crash. */
static void test_broken_objects_do_no_harm(void **state)
{
	struct handmade *h = *state;
	struct bytes object = build(h, TARGET_BPFEL), part = object, out = { 0 };
	struct object_info info;

	for (size_t size = 0; size < object.size; size += 1 + size / 16) {
		part.data = malloc(size + 1);
		part.size = size;
		memcpy(part.data, object.data, size);
		object_section(part, SENTRY_MANIFEST_SECTION, &out);
		object_read(&h->compile.arena, part, &info);
		if (object_finish(part, NULL, 0, &out))
			free(out.data);
		free(part.data);
	}
	part.data = malloc(object.size);
	part.size = object.size;
	for (size_t at = 0; at < 64; at++) {
		memcpy(part.data, object.data, object.size);
		part.data[at] ^= 0x55;
		object_read(&h->compile.arena, part, &info);
		if (object_finish(part, NULL, 0, &out))
			free(out.data);
	}
	free(part.data);
	free(object.data);
}

/* Each word of the type information wrong in turn: a name that is nowhere, a type that is none. */
static void test_broken_types_do_no_harm(void **state)
{
	static const uint32_t wrong[] = { 0, 1, 0x7fffff00, UINT32_MAX };
	struct handmade *h = *state;
	struct bytes object = build(h, TARGET_BPFEL), types;
	struct object_info info;

	assert_true(object_section(object, ".BTF", &types));
	for (size_t at = 24; at + 4 <= types.size; at += 4)
		for (size_t i = 0; i < 4; i++) {
			uint32_t right;

			memcpy(&right, types.data + at, 4);
			memcpy(types.data + at, &wrong[i], 4);
			object_read(&h->compile.arena, object, &info);
			memcpy(types.data + at, &right, 4);
		}
	free(object.data);
}

/* A section that wants to begin at a multiple of 32 GiB is not given that many zeros. */
static void test_wide_alignment_is_refused(void **state)
{
	struct handmade *h = *state;
	struct bytes object = build(h, TARGET_BPFEL), out = { 0 };
	uint64_t table, wide = 1ull << 35;

	assert_true(object_finish(object, NULL, 0, &out));
	free(out.data);
	/* e_shoff, and sh_addralign of section 2. */
	memcpy(&table, object.data + 40, sizeof(table));
	memcpy(object.data + table + 2 * 64 + 48, &wide, sizeof(wide));
	assert_false(object_finish(object, NULL, 0, &out));
	free(object.data);
}

/* Each section empty in turn, and one of relocations: there is nothing to copy, and nowhere to copy it from. */
static void test_empty_sections_do_no_harm(void **state)
{
	struct handmade *h = *state;
	struct bytes object = build(h, TARGET_BPFEL), out = { 0 };
	const uint32_t relocations = 9;
	uint64_t table;
	uint16_t n;

	memcpy(&table, object.data + 40, sizeof(table));
	memcpy(&n, object.data + 60, sizeof(n));
	assert_true(n > 4);
	for (uint16_t i = 1; i < n; i++) {
		char *header = (char *)object.data + table + i * 64u, right[64];

		memcpy(right, header, sizeof(right));
		memset(header + 32, 0, 8);
		for (int again = 0; again < 2; again++) {
			if (object_finish(object, NULL, 0, &out))
				free(out.data);
			memcpy(header + 4, &relocations, sizeof(relocations));
		}
		memcpy(header, right, sizeof(right));
	}
	assert_true(object_finish(object, NULL, 0, &out));
	free(out.data);
	free(object.data);
}

static void test_no_place_for_temporary_files(void **state)
{
	struct handmade *h = *state;
	struct program *program = compile_program(&h->compile, h->policy);
	struct bytes c = compile_c(&h->compile, program), object;

	setenv("TMPDIR", "/nonexistent", 1);
	assert_false(clang_build(&h->compile, "edge.bpf.c", c, TARGET_BPFEL, &object));
	unsetenv("TMPDIR");
	assert_non_null(strstr(h->compile.error, "No such file"));
}

static void test_no_clang(void **state)
{
	struct handmade *h = *state;
	struct program *program = compile_program(&h->compile, h->policy);
	struct bytes c = compile_c(&h->compile, program), object;

	setenv("PACKET_SENTRY_CLANG", "no-such-clang", 1);
	assert_false(clang_build(&h->compile, "edge.bpf.c", c, TARGET_BPFEL, &object));
	assert_non_null(strstr(h->compile.error, "no clang"));
	setenv("PACKET_SENTRY_CLANG", "false", 1);
	assert_false(clang_build(&h->compile, "edge.bpf.c", c, TARGET_BPFEL, &object));
	unsetenv("PACKET_SENTRY_CLANG");
	assert_non_null(strstr(h->compile.error, "status 1"));
}

/* A child that would run for long, a signal that comes meanwhile: the directory goes, then we. */
static void test_a_signal_leaves_nothing_behind(void **state)
{
	char directory[] = "/tmp/sentry-test.XXXXXX";
	int status;
	pid_t pid;

	assert_non_null(mkdtemp(directory));
	pid = fork();
	assert_true(pid >= 0);
	if (!pid) {
		const char *argv[] = { "sh", "-c", "kill -TERM $PPID; exec sleep 20", NULL };
		struct process_result result;
		struct workdir workdir;

		setenv("TMPDIR", directory, 1);
		if (workdir_open(&workdir) && workdir_write(&workdir, "a/b/c", "x", 1)) {
			workdir_run(&workdir, argv, &result);
			workdir_close(&workdir);
		}
		_exit(1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFSIGNALED(status));
	assert_int_equal(WTERMSIG(status), SIGTERM);
	assert_int_equal(rmdir(directory), 0);
}

static void test_the_childs_words_and_files(void **state)
{
	const char *argv[] = { "sh", "-c", "cat in/put > out; echo said; echo wrong >&2; echo $LC_ALL; exit 3", NULL };
	struct process_result result;
	struct workdir workdir;
	char *data, *other;
	size_t size;

	assert_true(workdir_open(&workdir));
	assert_true(workdir_write(&workdir, "in/put", "content", 7));
	assert_true(workdir_run(&workdir, argv, &result));
	assert_true(WIFEXITED(result.status));
	assert_int_equal(WEXITSTATUS(result.status), 3);
	assert_string_equal(result.output, "said\nwrong\nC\n");
	assert_true(workdir_read(&workdir, "out", &data, &size));
	assert_int_equal(size, 7);
	assert_memory_equal(data, "content", 7);
	assert_false(workdir_read(&workdir, "nothing", &other, &size));
	free(data);
	free(result.output);
	workdir_close(&workdir);
}

int main(void)
{
#define TEST(NAME) cmocka_unit_test_setup_teardown(NAME, setup, teardown)
	const struct CMUnitTest tests[] = {
		TEST(test_manifest_tells_what_the_policy_is),
		TEST(test_manifest_tells_maps_and_budget),
		TEST(test_big_endian_is_the_same_in_the_other_order),
		TEST(test_objects_hold_no_dwarf_but_btf),
		TEST(test_lines_of_the_verifiers_log_are_the_policys),
		TEST(test_same_input_same_bytes),
		TEST(test_a_changed_source_changes_the_hash),
		TEST(test_what_is_no_object_is_refused),
		TEST(test_broken_objects_do_no_harm),
		TEST(test_broken_types_do_no_harm),
		TEST(test_wide_alignment_is_refused),
		TEST(test_empty_sections_do_no_harm),
		TEST(test_no_place_for_temporary_files),
		TEST(test_no_clang),
		TEST(test_a_signal_leaves_nothing_behind),
		TEST(test_the_childs_words_and_files),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
