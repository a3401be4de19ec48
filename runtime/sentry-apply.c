/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentry-apply: puts a compiled policy in force. Options and verbs; apply.c and status.c do the work. */
#include "apply.h"
#include "failure.h"
#include "netns.h"
#include "printable.h"
#include "set_verbs.h"
#include "status.h"

#include <bpf/libbpf.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

static const char help[] =
	"usage: sentry-apply [options] OBJECT\n"
	"       sentry-apply --status [-o text|json]\n"
	"       sentry-apply --remove\n"
	"       sentry-apply --set NAME=FILE | --set-add NAME=ELEMENT[,ELEMENT] | --set-del ... | --set-list NAME\n"
	"\n"
	"Puts a policy compiled by sentryc (or a policy.sp, compiled first) in force.\n"
	"\n"
	"  --bind ROLE=IFACE[,IFACE]  the interfaces that a role of the policy stands for\n"
	"  --netns NAME|PATH          work in another network namespace\n"
	"  --message TEXT             why; shown by --status\n"
	"  --dry-run                  say what would be attached where, change nothing\n"
	"  --atomic                   refuse a change that takes more than one step\n"
	"  --tc auto|tcx|clsact       how programs come to the tc hook (default: auto)\n"
	"  --require-signature KEYS   refuse an object that no key of this file has signed\n"
	"  --bpffs DIR                where the state is pinned (default: " BPFFS_DEFAULT ")\n"
	"  --set NAME=FILE            what set NAME holds: with an object, from its start; alone, from now on\n"
	"  --set-add NAME=ELEMENT     put elements into a set; NAME=-: one a line on standard input\n"
	"  --set-del NAME=ELEMENT     take elements out of a set, likewise\n"
	"  --set-list NAME            the elements of a set; -o json for programs\n"
	"  --status                   what is in force; -o json for programs\n"
	"  --remove                   detach everything, leave nothing behind\n"
	"  -v, --verbose              show what libbpf and the verifier say\n"
	"  --help, --version\n"
	"\n"
	"Exit codes: 0 good, 1 the policy is at fault, 2 wrong usage, 3 the environment is at fault,\n"
	"4 failed; the old policy is still in force unless it says otherwise.\n";

enum option_code {
	OPTION_ATOMIC = 1000,
	OPTION_BIND,
	OPTION_BPFFS,
	OPTION_COLOR,
	OPTION_DRY_RUN,
	OPTION_HELP,
	OPTION_LATER,
	OPTION_MESSAGE,
	OPTION_NETNS,
	OPTION_REMOVE,
	OPTION_REQUIRE_SIGNATURE,
	OPTION_SET,
	OPTION_SET_ADD,
	OPTION_SET_DEL,
	OPTION_SET_LIST,
	OPTION_STATE_DIR,
	OPTION_STATUS,
	OPTION_TC,
	OPTION_VERSION,
};

static const struct option options[] = {
	{ "atomic", no_argument, NULL, OPTION_ATOMIC },
	{ "bind", required_argument, NULL, OPTION_BIND },
	{ "bpffs", required_argument, NULL, OPTION_BPFFS },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "message", required_argument, NULL, OPTION_MESSAGE },
	{ "netns", required_argument, NULL, OPTION_NETNS },
	{ "output", required_argument, NULL, 'o' },
	{ "remove", no_argument, NULL, OPTION_REMOVE },
	{ "require-signature", required_argument, NULL, OPTION_REQUIRE_SIGNATURE },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "set-add", required_argument, NULL, OPTION_SET_ADD },
	{ "set-del", required_argument, NULL, OPTION_SET_DEL },
	{ "set-list", required_argument, NULL, OPTION_SET_LIST },
	{ "state-dir", required_argument, NULL, OPTION_STATE_DIR },
	{ "status", no_argument, NULL, OPTION_STATUS },
	{ "tc", required_argument, NULL, OPTION_TC },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	/* Of the whole design, but not of this release. */
	{ "confirm", optional_argument, NULL, OPTION_LATER },
	{ "confirm-now", no_argument, NULL, OPTION_LATER },
	{ "history", no_argument, NULL, OPTION_LATER },
	{ "probe", optional_argument, NULL, OPTION_LATER },
	{ "rollback", optional_argument, NULL, OPTION_LATER },
	{ NULL, 0, NULL, 0 },
};

static int usage(const char *text)
{
	say("%s\ntry: sentry-apply --help", text);
	return EXIT_USAGE;
}

static int print_verbose(enum libbpf_print_level level, const char *format, va_list args)
{
	return vfprintf(stderr, format, args);
}

enum verb {
	VERB_APPLY,
	VERB_STATUS,
	VERB_REMOVE,
	VERB_SET_ADD,
	VERB_SET_DEL,
	VERB_SET_LIST,
};

struct command {
	struct apply apply;
	enum verb verb;
	struct set_arguments changes; /* of --set-add and --set-del */
	const char *listed;           /* of --set-list */
	bool json;
	bool done; /* --help, --version */
};

static int set_verb(struct command *command, enum verb verb)
{
	if (command->verb != VERB_APPLY && command->verb != verb)
		return usage("--status, --remove, --set-add, --set-del and --set-list do not go together");
	command->verb = verb;
	return EXIT_GOOD;
}

static int parse_option(struct command *command, int option, int index)
{
	static const char *const formats[] = { "text", "json", NULL };
	static const char *const tc_words[] = { "auto", "tcx", "clsact", NULL };
	static const char *const colors[] = { "auto", "always", "never", NULL };
	struct failure why = { 0 };
	int word;

	switch (option) {
	case OPTION_ATOMIC:
		command->apply.atomic = true;
		return EXIT_GOOD;
	case OPTION_BIND:
		return bindings_add(&command->apply.bindings, optarg, &why) ? EXIT_GOOD : usage(why.text);
	case OPTION_BPFFS:
		command->apply.bpffs = optarg;
		return EXIT_GOOD;
	case OPTION_COLOR: /* nothing here is coloured */
		return word_index(colors, optarg) >= 0 ? EXIT_GOOD : usage("--color takes auto, always or never");
	case OPTION_DRY_RUN:
		command->apply.dry_run = true;
		return EXIT_GOOD;
	case OPTION_HELP:
		fputs(help, stdout);
		command->done = true;
		return EXIT_GOOD;
	case OPTION_LATER:
		say("--%s is not in this release", options[index].name);
		return EXIT_USAGE;
	case OPTION_MESSAGE:
		command->apply.message = optarg;
		return has_control(optarg) ? usage("--message: a control character, which a terminal would obey")
					   : EXIT_GOOD;
	case OPTION_NETNS:
		command->apply.netns = optarg;
		return EXIT_GOOD;
	case 'o':
		word = word_index(formats, optarg);
		command->json = word == 1;
		return word >= 0 ? EXIT_GOOD : usage("-o takes text or json");
	case OPTION_REMOVE:
		return set_verb(command, VERB_REMOVE);
	case OPTION_REQUIRE_SIGNATURE:
		command->apply.key_file = optarg;
		return EXIT_GOOD;
	case OPTION_SET:
		return set_arguments_add(&command->apply.sets, optarg) ? EXIT_GOOD : usage("--set takes NAME=FILE");
	case OPTION_SET_ADD:
	case OPTION_SET_DEL:
		if (!set_arguments_add(&command->changes, optarg))
			return usage("--set-add and --set-del take NAME=ELEMENT[,ELEMENT...] or NAME=-");
		return set_verb(command, option == OPTION_SET_ADD ? VERB_SET_ADD : VERB_SET_DEL);
	case OPTION_SET_LIST:
		if (command->listed)
			return usage("--set-list: one set at a time");
		command->listed = optarg;
		return set_verb(command, VERB_SET_LIST);
	case OPTION_STATE_DIR: /* taken so that scripts need no change; this release keeps nothing on disk */
		return EXIT_GOOD;
	case OPTION_STATUS:
		return set_verb(command, VERB_STATUS);
	case OPTION_TC:
		word = word_index(tc_words, optarg);
		command->apply.tc = word < 0 ? TC_AUTO : (enum tc_choice)word;
		return word >= 0 ? EXIT_GOOD : usage("--tc takes auto, tcx or clsact");
	case OPTION_VERSION:
		puts("sentry-apply " SENTRY_VERSION);
		command->done = true;
		return EXIT_GOOD;
	case 'v':
		command->apply.verbose = true;
		return EXIT_GOOD;
	default: /* getopt has said what is wrong */
		fputs("try: sentry-apply --help\n", stderr);
		return EXIT_USAGE;
	}
}

static int status(const struct command *command)
{
	struct failure why = { 0 };
	const char *hint = NULL;
	struct site site = { .lock = -1 };
	bool ok = (!command->apply.netns || netns_enter(command->apply.netns, &why)) &&
		  site_init(&site, command->apply.bpffs, &why);

	if (ok)
		hint = site_hint(&site);
	if (hint)
		say("%s", hint);
	ok = ok && status_print(&site, command->json, &why);
	return ok ? EXIT_GOOD : say_failure(&why);
}

static int run(struct command *command, int n_files, char **files)
{
	if (command->verb != VERB_APPLY && n_files)
		return usage("--status, --remove, --set-add, --set-del and --set-list take no file");
	if (command->verb != VERB_APPLY && command->apply.sets.n)
		return usage("--set goes with an object, or stands alone");
	switch (command->verb) {
	case VERB_STATUS:
		return status(command);
	case VERB_REMOVE:
		return apply_remove(&command->apply);
	case VERB_SET_ADD:
		return sets_add(&command->apply, &command->changes);
	case VERB_SET_DEL:
		return sets_remove(&command->apply, &command->changes);
	case VERB_SET_LIST:
		return set_list(&command->apply, command->listed, command->json);
	default:
		break;
	}
	if (n_files == 0 && command->apply.sets.n && !command->apply.dry_run)
		return sets_replace(&command->apply);
	if (n_files == 0)
		return usage("which object?");
	if (n_files > 1)
		return usage("several objects at once are not in this release");
	command->apply.file = files[0];
	return apply_policy(&command->apply);
}

int main(int argc, char **argv)
{
	struct command command = { .apply = { .bpffs = BPFFS_DEFAULT } };
	int option, index = 0, code = EXIT_GOOD;

	/* A reader that went away is a failed write, not an end in the middle of a change. */
	signal(SIGPIPE, SIG_IGN);
	while (code == EXIT_GOOD && !command.done && (option = getopt_long(argc, argv, "o:v", options, &index)) != -1)
		code = parse_option(&command, option, index);
	libbpf_set_print(command.apply.verbose ? print_verbose : NULL);
	if (code == EXIT_GOOD && !command.done)
		code = run(&command, argc - optind, argv + optind);
	bindings_free(&command.apply.bindings);
	set_arguments_free(&command.apply.sets);
	set_arguments_free(&command.changes);
	return finish_stdout(code);
}
