/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc check: everything that can be said about a policy without running it. */
#include "sentryc.h"

#include "expiry.h"
#include "json_out.h"
#include "supported.h"

static const struct option options[] = {
	{ "output", required_argument, NULL, 'o' },
	{ "deny-warnings", no_argument, NULL, OPTION_FIRST },
	{ "explain", required_argument, NULL, OPTION_FIRST + 1 },
	{ "date", required_argument, NULL, OPTION_FIRST + 2 },
	COMMON_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

static const char *const severity_words[] = { "off", "note", "warning", "error" };

static int explain_code(const struct verb *verb, const char *text)
{
	enum code code = code_find(text);

	if (code == N_CODES)
		return usage_error(verb, "no message has the code '%s'", text);
	printf("%s: %s (%s)\n\n%s", code_table[code].text, code_table[code].title,
	       severity_words[code_table[code].severity], code_table[code].page);
	if (code_table[code].lint)
		printf("\nIts severity is changed by `lint %s error|warning|note|off;` in the policy.\n",
		       code_table[code].lint);
	return finish_stdout(EXIT_GOOD);
}

static void set_span(json_t *object, struct span span)
{
	struct position begin, end;

	json_set_place(object, span);
	if (!span.source)
		return;
	begin = source_position(span.source, span.begin);
	end = source_position(span.source, span.end);
	json_object_set_new(object, "column", json_integer(begin.column));
	json_object_set_new(object, "end_line", json_integer(end.line));
	json_object_set_new(object, "end_column", json_integer(end.column));
}

static json_t *finding(const struct diag *diag)
{
	json_t *object = json_object();
	json_t *related = json_array();

	json_set_text(object, "code", code_table[diag->code].text);
	json_set_text(object, "severity", severity_words[diag->severity]);
	json_set_text(object, "message", diag->message);
	set_span(object, diag->span);
	json_set_text(object, "rule", diag->rule);
	for (const struct diag_note *note = diag->notes; note; note = note->next) {
		json_t *item = json_object();

		json_set_text(item, "rule", note->rule);
		json_set_place(item, note->span);
		json_set_text(item, "message", note->text);
		json_array_append_new(related, item);
	}
	json_object_set_new(object, "related", related);
	json_set_text(object, "witness", diag->witness);
	json_set_text(object, "help", diag->help);
	return object;
}

static void add_findings(json_t *findings, struct diags *diags)
{
	diags_sort(diags);
	for (const struct diag *diag = diags->first; diag; diag = diag->next)
		json_array_append_new(findings, finding(diag));
}

/*
 * What this release checks but cannot run yet is no error of the policy: it is
 * said, as a note, and `compile` refuses it.
 */
static bool note_unsupported(struct compile *compile, const struct policy *policy)
{
	struct diag *last = compile->diags.last;
	struct diag *diag;

	if (policy_is_supported(&compile->diags, policy))
		return false;
	for (diag = last ? last->next : compile->diags.first; diag; diag = diag->next)
		diag_lower(&compile->diags, diag, SEVERITY_NOTE);
	return true;
}

/* Nobody shall take silence for a proof. */
static void warn_unproved(struct compile *compile, const struct policy *policy)
{
	for (size_t i = 0; i < policy->n_asserts; i++)
		diag_report(&compile->diags, CODE_UNPROVED, policy->asserts[i].span,
			    "assert '%s' is read, but this release does not prove it", policy->asserts[i].name);
	if (policy->strict)
		diag_report(&compile->diags, CODE_UNPROVED, policy->span,
			    "the policy says `strict`, but this release does not look for crossing rules");
}

static void print_good(const char *path, const struct policy *policy)
{
	size_t rules = policy->n_slots - policy->n_blocks * SLOT_RULES;

	printf("%s: policy %s: %zu block%s, %zu rule%s, no errors\n", path, policy->name, policy->n_blocks,
	       policy->n_blocks == 1 ? "" : "s", rules, rules == 1 ? "" : "s");
}

/* One file; its findings go to `findings` if that is wanted, else to stderr. */
static int check_file(const char *path, bool deny_warnings, int64_t today, json_t *findings)
{
	struct compile compile;
	struct policy *policy;
	int code = EXIT_GOOD;

	compile_init(&compile);
	policy = compile_policy(&compile, path, NULL);
	if (policy) {
		warn_unproved(&compile, policy);
		expiry_check(&compile.diags, policy, today);
		/* Lowering knows the budget. */
		if (!note_unsupported(&compile, policy))
			compile_program(&compile, policy);
		if (diags_have_errors(&compile.diags))
			policy = NULL;
	}
	if (findings)
		add_findings(findings, &compile.diags);
	if (!policy) {
		if (findings) {
			bool unreadable = compile.diags.first && compile.diags.first->code == CODE_UNREADABLE_FILE &&
					  !compile.diags.first->span.source;

			code = unreadable ? EXIT_ENVIRONMENT : EXIT_POLICY;
		} else {
			code = stage_failed(&compile);
		}
	} else {
		if (!findings)
			print_diags(&compile);
		if (deny_warnings && compile.diags.count[SEVERITY_WARNING])
			code = EXIT_POLICY;
		if (!findings && code == EXIT_GOOD)
			print_good(path, policy);
	}
	compile_fini(&compile);
	return code;
}

static int check_main(const struct verb *verb, int argc, char **argv)
{
	static const char *const outputs[] = { "text", "json", NULL };
	bool deny_warnings = false;
	int output = 0, code, option, worst = EXIT_GOOD;
	int64_t today = expiry_today();
	json_t *findings = NULL;

	while ((option = getopt_long(argc, argv, "o:", options, NULL)) != -1) {
		if (common_option(verb, option, &code)) {
			if (code >= 0)
				return code;
			continue;
		}
		switch (option) {
		case 'o':
			output = word_index(outputs, optarg);
			if (output < 0)
				return usage_error(verb, "-o is text or json, not '%s'", optarg);
			break;
		case OPTION_FIRST:
			deny_warnings = true;
			break;
		case OPTION_FIRST + 1:
			return explain_code(verb, optarg);
		default:
			if (!expiry_parse(optarg, &today))
				return usage_error(verb, "--date is a day such as 2027-12-31, not '%s'", optarg);
			break;
		}
	}
	if (optind == argc)
		return usage_error(verb, "no policy file given");
	if (output == 1)
		findings = json_array();
	for (int i = optind; i < argc; i++) {
		code = check_file(argv[i], deny_warnings, today, findings);
		if (code > worst)
			worst = code;
	}
	if (findings) {
		json_t *document = json_document("packet-sentry/check/v1");

		json_object_set_new(document, "findings", findings);
		json_print(document);
	}
	return finish_stdout(worst);
}

const struct verb verb_check = {
	.name = "check",
	.synopsis = "FILE… [-o text|json] [--deny-warnings] [--date YYYY-MM-DD]",
	.summary = "reads policies and reports every error in them",
	.help = "  -o, --output=text|json     findings as messages with the source line, or as JSON\n"
		"  --deny-warnings            exit with 1 for warnings too\n"
		"  --date YYYY-MM-DD          the day to judge `expires` by (default: SOURCE_DATE_EPOCH, else today)\n"
		"  --explain CODE             what a code such as E0301 means, and the cure\n",
	.main = check_main,
};
