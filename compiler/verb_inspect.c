/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc inspect: what an object says about itself. Reads the manifest alone, no policy. */
#include "sentryc.h"

#include <linux/types.h>
#include "shared.h"

#include "json_out.h"
#include "manifest.h"
#include "object.h"
#include "signing.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	COMMON_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "";
}

static int64_t number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

/* What is counted beside the rules, if anything is. */
static void print_account(const json_t *account)
{
	bool traffic = json_is_true(json_object_get(account, "traffic"));
	int64_t flows = number(account, "flows");

	if (!account)
		return;
	printf("counts    %s%s", traffic ? "traffic" : "", traffic && flows ? ", " : "");
	if (flows)
		printf("flows, %" PRId64 " for each CPU", flows);
	putchar('\n');
}

static void print_head(const json_t *manifest, const char *key_id)
{
	size_t i;
	json_t *source;

	printf("policy    %s\n", text(manifest, "policy"));
	if (*text(manifest, "owner"))
		printf("owner     %s\n", text(manifest, "owner"));
	/* Objects of older releases do not say. */
	if (*text(manifest, "on_failure"))
		printf("failure   %s\n", text(manifest, "on_failure"));
	printf("built by  sentryc %s, %s\n", text(manifest, "sentryc"), text(manifest, "compiler"));
	printf("target    %s\n", text(manifest, "target"));
	printf("source    %s\n", text(manifest, "source_hash"));
	printf("layout    %s\n", text(manifest, "layout_hash"));
	if (key_id)
		printf("signed by key %s (not checked)\n", key_id);
	fputs("files    ", stdout);
	json_array_foreach(json_object_get(manifest, "sources"), i, source)
		printf(" %s", json_string_value(source) ? json_string_value(source) : "");
	putchar('\n');
	/* Objects of older releases have neither. */
	if (json_is_true(json_object_get(manifest, "sources_kept")))
		printf("sources   %zu file%s, with their text\n", i, i == 1 ? "" : "s");
	else
		puts("sources   not in the object");
	printf("tests     %" PRId64 "\n", number(manifest, "tests"));
	print_account(json_object_get(manifest, "account"));
}

static void print_interfaces(const json_t *block)
{
	size_t i;
	json_t *interface;

	if (json_is_true(json_object_get(block, "any"))) {
		fputs("any interface", stdout);
		return;
	}
	json_array_foreach(json_object_get(block, "interfaces"), i, interface) {
		const char *role = text(interface, "role"), *device = text(interface, "device");

		printf("%s%s", i ? ", " : "", role);
		if (strcmp(role, device))
			printf(" (%s)", device);
	}
}

static void print_rules(const json_t *rules, const char *block)
{
	size_t i;
	json_t *rule;

	json_array_foreach(rules, i, rule) {
		if (strcmp(text(rule, "block"), block))
			continue;
		printf("  %4" PRId64 "  %-20s  %s:%" PRId64 "  %s\n", number(rule, "slot"), text(rule, "name"),
		       text(rule, "file"), number(rule, "line"), text(rule, "text"));
	}
}

static void print_fields(const json_t *block)
{
	const json_t *fields = json_object_get(block, "fields");
	size_t i;
	json_t *field;

	if (!json_array_size(fields))
		return;
	fputs("  reads ", stdout);
	json_array_foreach(fields, i, field)
		printf("%s%s", i ? ", " : "", json_string_value(field) ? json_string_value(field) : "");
	putchar('\n');
}

static void print_blocks(const json_t *manifest)
{
	size_t i;
	json_t *block;

	json_array_foreach(json_object_get(manifest, "blocks"), i, block) {
		printf("\n%s via %s on ", text(block, "name"), text(block, "hook"));
		print_interfaces(block);
		printf(", program %s\n", text(block, "program"));
		print_fields(block);
		print_rules(json_object_get(manifest, "rules"), text(block, "name"));
	}
}

static void print_maps(const json_t *manifest)
{
	size_t i;
	json_t *map;

	fputs("\nmaps\n", stdout);
	json_array_foreach(json_object_get(manifest, "maps"), i, map)
		printf("  %-16s  %-13s  key %" PRId64 ", value %" PRId64 ", entries %" PRId64 "%s%s\n", text(map, "name"),
		       text(map, "type"), number(map, "key_size"), number(map, "value_size"),
		       number(map, "max_entries"), *text(map, "layout") ? "  struct " : "", text(map, "layout"));
}

static void print_budget(const json_t *manifest)
{
	const json_t *budget = json_object_get(manifest, "budget");
	size_t i;
	json_t *program;

	fputs("\nbudget\n", stdout);
	json_array_foreach(json_object_get(budget, "programs"), i, program)
		printf("  %-16s  %" PRId64 " instructions, about %" PRId64 " for the verifier, of %" PRId64 "\n",
		       text(program, "program"), number(program, "insns"), number(program, "verified_estimate"),
		       number(budget, "insns_limit"));
	printf("  %-16s  %" PRId64 " bytes of %" PRId64 "\n", "tables", number(budget, "table_bytes"),
	       number(budget, "memory_limit"));
}

/* The manifest, and who is said to have signed the object. */
static void print_json(json_t *manifest, const char *key_id)
{
	json_object_set_new(manifest, "signature", key_id ? json_pack("{ss}", "key", key_id) : json_null());
	json_print_line(manifest);
}

static int inspect(const char *path, bool json)
{
	struct bytes object = read_whole(path), section;
	struct signature_trailer trailer;
	char key_id[KEY_ID_TEXT];
	bool has_signature;
	json_t *manifest = NULL;
	json_error_t error;
	int code = EXIT_GOOD;

	if (!object.data)
		return EXIT_ENVIRONMENT;
	has_signature = signature_split(&object, &trailer);
	if (has_signature)
		key_id_text(trailer.key_id, key_id);
	if (!object_is_bpf(object))
		code = environment_error("%s is no BPF object", path);
	else if (!object_section(object, SENTRY_MANIFEST_SECTION, &section))
		code = environment_error("%s was not made by sentryc: it has no manifest", path);
	else if (!(manifest = json_loadb(section.data, section.size, 0, &error)))
		code = environment_error("%s has a broken manifest: %s", path, error.text);
	else if (strcmp(text(manifest, "schema"), MANIFEST_SCHEMA))
		code = environment_error("%s has a manifest of another release: %s", path, text(manifest, "schema"));
	if (code == EXIT_GOOD && json) {
		print_json(manifest, has_signature ? key_id : NULL);
	} else if (code == EXIT_GOOD) {
		print_head(manifest, has_signature ? key_id : NULL);
		print_blocks(manifest);
		print_maps(manifest);
		print_budget(manifest);
	}
	json_decref(manifest);
	free(object.data);
	return finish_stdout(code);
}

static int inspect_main(const struct verb *verb, int argc, char **argv)
{
	static const char *const outputs[] = { "text", "json", NULL };
	int option, code, output = 0;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (common_option(verb, option, &code)) {
			if (code >= 0)
				return code;
			continue;
		}
		output = word_index(outputs, optarg);
		if (output < 0)
			return usage_error(verb, "-o is text or json, not '%s'", optarg);
	}
	if (optind + 1 != argc)
		return usage_error(verb, optind == argc ? "no object given" : "one object at a time");
	return inspect(argv[optind], output == 1);
}

const struct verb verb_inspect = {
	.name = "inspect",
	.synopsis = "OBJ [-o text|json]",
	.summary = "shows what an object says about itself: policy, rules, maps, budget, signature",
	.help = "  -o, --output=text|json     for people, or the manifest with the signature\n",
	.main = inspect_main,
};
