/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentry-apply: puts compiled policies in force. Options and verbs; apply.c, confirm.c, status.c and others do the work. */
#include "apply.h"
#include "confirm.h"
#include "duration.h"
#include "failure.h"
#include "history_verb.h"
#include "memory.h"
#include "netns.h"
#include "printable.h"
#include "probe.h"
#include "reattach.h"
#include "set_verbs.h"
#include "status.h"

#include <bpf/libbpf.h>
#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
	"usage: sentry-apply [options] --atomic OBJECT...\n"
	"       sentry-apply --status | --history | --rollback [N] | --confirm-now | --reattach | --remove\n"
	"       sentry-apply --set NAME=FILE | --set-add NAME=ELEMENT[,ELEMENT] | --set-del ... | --set-list NAME\n"
	"\n"
	"Puts policies compiled by sentryc (or a policy.sp, compiled first) in force: all of them, on every\n"
	"hook and interface, at one instant or not at all.\n"
	"\n"
	"  --bind ROLE=IFACE[,IFACE]  the interfaces that a role of the policy stands for\n"
	"  --message TEXT             why; shown by --status and --history\n"
	"  --confirm TIME             go back after TIME (60s, 10m) unless --confirm-now comes before\n"
	"  --probe tcp://HOST:PORT    must answer before it is confirmed; alone: go back if it does not\n"
	"  --dry-run                  say what would change and what that means, change nothing\n"
	"  --atomic                   taken for clarity: every change is\n"
	"  --tc auto|tcx|clsact       how programs come to the tc hook (default: auto)\n"
	"  --account LIST             of a policy (.sp): count traffic, flows or both, too, as sentryc compile does\n"
	"  --require-signature KEYS   refuse an object that no key of this file has signed\n"
	"  --netns NAME|PATH          work in another network namespace\n"
	"  --bpffs DIR                where the kernel's objects are pinned (default: " BPFFS_DEFAULT ")\n"
	"  --state-dir DIR            where the history is kept (default: " STATE_DIR_DEFAULT ")\n"
	"  --set NAME=FILE            what set NAME holds: with an object, from its start; alone, from now on\n"
	"  --set-add, --set-del NAME=ELEMENT   put elements in, take them out; NAME=-: one a line on standard input\n"
	"  --set-list NAME            the elements of a set\n"
	"  --status, --history        what is in force; what was\n"
	"  --rollback [N]             back to generation N, or to the one before\n"
	"  --confirm-now              what waits to be confirmed stays\n"
	"  --reattach                 interfaces that were gone and are back get their policy again\n"
	"  --remove                   detach everything, leave nothing behind\n"
	"  -o text|json               for --status, --history and --set-list\n"
	"  -v, --verbose              time of each phase, and the verifier's whole log; twice: what libbpf does\n"
	"  --help, --version\n"
	"\n"
	"Exit codes: 0 good, 1 the policy is at fault, 2 wrong usage, 3 the environment is at fault,\n"
	"4 failed, and the old policy is still in force, 5 rolled back.\n";

enum option_code {
	OPTION_ACCOUNT = 1000,
	OPTION_ATOMIC,
	OPTION_BIND,
	OPTION_BPFFS,
	OPTION_COLOR,
	OPTION_CONFIRM,
	OPTION_CONFIRM_NOW,
	OPTION_DRY_RUN,
	OPTION_HELP,
	OPTION_HISTORY,
	OPTION_MESSAGE,
	OPTION_NETNS,
	OPTION_PROBE,
	OPTION_REATTACH,
	OPTION_REMOVE,
	OPTION_REQUIRE_SIGNATURE,
	OPTION_ROLLBACK,
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
	{ "account", required_argument, NULL, OPTION_ACCOUNT },
	{ "atomic", no_argument, NULL, OPTION_ATOMIC },
	{ "bind", required_argument, NULL, OPTION_BIND },
	{ "bpffs", required_argument, NULL, OPTION_BPFFS },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "confirm", required_argument, NULL, OPTION_CONFIRM },
	{ "confirm-now", no_argument, NULL, OPTION_CONFIRM_NOW },
	{ "dry-run", no_argument, NULL, OPTION_DRY_RUN },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "history", no_argument, NULL, OPTION_HISTORY },
	{ "message", required_argument, NULL, OPTION_MESSAGE },
	{ "netns", required_argument, NULL, OPTION_NETNS },
	{ "output", required_argument, NULL, 'o' },
	{ "probe", required_argument, NULL, OPTION_PROBE },
	{ "reattach", no_argument, NULL, OPTION_REATTACH },
	{ "remove", no_argument, NULL, OPTION_REMOVE },
	{ "require-signature", required_argument, NULL, OPTION_REQUIRE_SIGNATURE },
	{ "rollback", optional_argument, NULL, OPTION_ROLLBACK },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "set-add", required_argument, NULL, OPTION_SET_ADD },
	{ "set-del", required_argument, NULL, OPTION_SET_DEL },
	{ "set-list", required_argument, NULL, OPTION_SET_LIST },
	{ "state-dir", required_argument, NULL, OPTION_STATE_DIR },
	{ "status", no_argument, NULL, OPTION_STATUS },
	{ "tc", required_argument, NULL, OPTION_TC },
	{ "verbose", no_argument, NULL, 'v' },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

static int usage(const char *text)
{
	say("%s\ntry: sentry-apply --help", text);
	return EXIT_USAGE;
}

static int print_warnings(enum libbpf_print_level level, const char *format, va_list args)
{
	return level == LIBBPF_DEBUG ? 0 : vfprintf(stderr, format, args);
}

static int print_all(enum libbpf_print_level level, const char *format, va_list args)
{
	return vfprintf(stderr, format, args);
}

enum verb {
	VERB_APPLY,
	VERB_STATUS,
	VERB_REMOVE,
	VERB_HISTORY,
	VERB_ROLLBACK,
	VERB_CONFIRM_NOW,
	VERB_REATTACH,
	VERB_SET_ADD,
	VERB_SET_DEL,
	VERB_SET_LIST,
};

/* For messages, indexed by the enum. */
static const char *const verb_words[] = {
	"--set alone", "--status", "--remove", "--history", "--rollback", "--confirm-now", "--reattach", "--set-add",
	"--set-del", "--set-list",
};

/* What is ignored would be believed to be done. An apply has them all but -o. */
static const struct owner {
	int option;
	const char *name;
	const char *with;
	unsigned int verbs; /* a bit each, those with an object aside */
	bool looks;         /* is not for an object */
} owners[] = {
	{ OPTION_ACCOUNT, "--account", "a policy", 0, false },
	{ OPTION_BIND, "--bind", "an object", 0, false },
	{ OPTION_CONFIRM, "--confirm", "an object", 0, false },
	/* Who asks what would happen does not want it to. */
	{ OPTION_DRY_RUN, "--dry-run", "an object", 0, false },
	{ OPTION_MESSAGE, "--message", "an object or --rollback", 1U << VERB_ROLLBACK, false },
	{ OPTION_PROBE, "--probe", "an object or --confirm-now", 1U << VERB_CONFIRM_NOW, false },
	{ OPTION_REQUIRE_SIGNATURE, "--require-signature", "an object or --rollback", 1U << VERB_ROLLBACK, false },
	{ OPTION_TC, "--tc", "an object", 0, false },
	{ 'o', "-o", "--status, --history or --set-list",
	  1U << VERB_STATUS | 1U << VERB_HISTORY | 1U << VERB_SET_LIST, true },
};

#define N_OWNERS (sizeof(owners) / sizeof(owners[0]))

struct command {
	struct apply apply;
	bool given[N_OWNERS];
	enum verb verb;
	struct set_arguments changes; /* of --set-add and --set-del */
	const char *listed;           /* of --set-list */
	const char *generation;       /* of --rollback; NULL: the one before */
	bool json;
	bool debug; /* -v twice */
	bool done; /* --help, --version */
};

static int set_verb(struct command *command, enum verb verb)
{
	if (command->verb != VERB_APPLY && command->verb != verb)
		return usage("two verbs do not go together: --status, --history, --rollback, --confirm-now, --reattach, "
			     "--remove, --set-add, --set-del, --set-list");
	command->verb = verb;
	return EXIT_GOOD;
}

static int add_probe(struct apply *apply, const char *probe)
{
	struct failure why = { 0 };

	if (!probe_check(probe, &why))
		return usage(why.text);
	/* Room for this one and for the end. */
	apply->probes = grow(apply->probes, apply->n_probes, sizeof(*apply->probes));
	apply->probes = grow(apply->probes, apply->n_probes + 1, sizeof(*apply->probes));
	apply->probes[apply->n_probes++] = probe;
	apply->probes[apply->n_probes] = NULL;
	return EXIT_GOOD;
}

static int parse_option(struct command *command, int option)
{
	static const char *const formats[] = { "text", "json", NULL };
	static const char *const colors[] = { "auto", "always", "never", NULL };
	struct failure why = { 0 };
	int word;

	for (size_t i = 0; i < N_OWNERS; i++)
		command->given[i] |= owners[i].option == option;
	switch (option) {
	case OPTION_ACCOUNT:
		command->apply.account = optarg;
		return EXIT_GOOD;
	case OPTION_ATOMIC:
		return EXIT_GOOD;
	case OPTION_BIND:
		return bindings_add(&command->apply.bindings, optarg, &why) ? EXIT_GOOD : usage(why.text);
	case OPTION_BPFFS:
		command->apply.bpffs = optarg;
		return EXIT_GOOD;
	case OPTION_COLOR: /* nothing here is coloured */
		return word_index(colors, optarg) >= 0 ? EXIT_GOOD : usage("--color takes auto, always or never");
	case OPTION_CONFIRM:
		return duration_parse(optarg, &command->apply.confirm_ns)
			       ? EXIT_GOOD : usage("--confirm takes a time, such as 60s or 10m");
	case OPTION_CONFIRM_NOW:
		return set_verb(command, VERB_CONFIRM_NOW);
	case OPTION_DRY_RUN:
		command->apply.dry_run = true;
		return EXIT_GOOD;
	case OPTION_HELP:
		fputs(help, stdout);
		command->done = true;
		return EXIT_GOOD;
	case OPTION_HISTORY:
		return set_verb(command, VERB_HISTORY);
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
	case OPTION_PROBE:
		return add_probe(&command->apply, optarg);
	case OPTION_REATTACH:
		return set_verb(command, VERB_REATTACH);
	case OPTION_REMOVE:
		return set_verb(command, VERB_REMOVE);
	case OPTION_REQUIRE_SIGNATURE:
		command->apply.key_file = optarg;
		return EXIT_GOOD;
	case OPTION_ROLLBACK:
		command->generation = optarg;
		return set_verb(command, VERB_ROLLBACK);
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
	case OPTION_STATE_DIR:
		command->apply.state_dir = optarg;
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
		command->debug = command->apply.verbose;
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
	struct history history;
	struct failure ignored;
	bool known, ok = (!command->apply.netns || netns_enter(command->apply.netns, &why)) &&
		  site_init(&site, command->apply.bpffs, &why);

	if (ok)
		hint = site_hint(&site);
	if (hint)
		say("%s", hint);
	known = ok && history_init(&history, command->apply.state_dir, &ignored);
	ok = ok && status_print(&site, known ? &history : NULL, command->json, &why);
	return ok ? EXIT_GOOD : say_failure(&why);
}

static int rollback(struct command *command, int n_files, char **files)
{
	const char *text = command->generation ? command->generation : n_files == 1 ? files[0] : NULL;
	unsigned long number = 0;
	char *end;

	if (n_files > 1 || (n_files && command->generation))
		return usage("--rollback takes one generation");
	if (text) {
		number = strtoul(text, &end, 10);
		if (*text < '1' || *text > '9' || *end || number >= UINT_MAX)
			return usage("--rollback takes the number of a generation; --history shows them");
	}
	return roll_back(&command->apply, (unsigned int)number);
}

static int put_in_force(struct command *command, int n_files, char **files)
{
	struct apply *apply = &command->apply;
	int code, inputs = 0;

	apply->n_files = (size_t)n_files;
	apply->files = allocate((size_t)n_files, sizeof(*apply->files));
	for (int i = 0; i < n_files; i++) {
		apply->files[i].path = files[i];
		inputs += strcmp(files[i], "-") == 0;
	}
	code = inputs > 1 ? usage("standard input can be one object only") : apply_policy(apply);
	free(apply->files);
	return code;
}

static int check_owners(const struct command *command, bool applies)
{
	for (size_t i = 0; i < N_OWNERS; i++) {
		const struct owner *owner = &owners[i];
		bool good = applies ? !owner->looks : owner->verbs >> command->verb & 1;
		char text[256];

		if (!command->given[i] || good)
			continue;
		snprintf(text, sizeof(text), "%s goes with %s, not with %s", owner->name, owner->with,
			 applies ? "an object" : verb_words[command->verb]);
		return usage(text);
	}
	return EXIT_GOOD;
}

static int run(struct command *command, int n_files, char **files)
{
	bool applies = command->verb == VERB_APPLY && n_files > 0;
	int code;

	if (command->verb != VERB_APPLY && command->verb != VERB_ROLLBACK && n_files)
		return usage("only an apply takes files, and --rollback a number");
	if (command->verb != VERB_APPLY && command->apply.sets.n)
		return usage("--set goes with an object, or stands alone");
	if (command->verb == VERB_APPLY && !n_files && !command->apply.sets.n)
		return usage("which object?");
	code = check_owners(command, applies);
	if (code != EXIT_GOOD)
		return code;
	switch (command->verb) {
	case VERB_STATUS:
		return status(command);
	case VERB_HISTORY:
		return history_print(&command->apply, command->json);
	case VERB_REMOVE:
		return apply_remove(&command->apply);
	case VERB_ROLLBACK:
		return rollback(command, n_files, files);
	case VERB_CONFIRM_NOW:
		return confirm_now(&command->apply);
	case VERB_REATTACH:
		return reattach(&command->apply);
	case VERB_SET_ADD:
		return sets_add(&command->apply, &command->changes);
	case VERB_SET_DEL:
		return sets_remove(&command->apply, &command->changes);
	case VERB_SET_LIST:
		return set_list(&command->apply, command->listed, command->json);
	case VERB_APPLY:
		break;
	}
	if (n_files == 0)
		return sets_replace(&command->apply);
	return put_in_force(command, n_files, files);
}

int main(int argc, char **argv)
{
	struct command command = { .apply = { .bpffs = BPFFS_DEFAULT, .state_dir = STATE_DIR_DEFAULT } };
	const char *state_dir = getenv("PACKET_SENTRY_STATE_DIR");
	int option, code = EXIT_GOOD;

	memory_init();
	if (state_dir && *state_dir)
		command.apply.state_dir = state_dir;
	/* A reader that went away is a failed write, not an end in the middle of a change. */
	signal(SIGPIPE, SIG_IGN);
	while (code == EXIT_GOOD && !command.done && (option = getopt_long(argc, argv, "o:v", options, NULL)) != -1)
		code = parse_option(&command, option);
	libbpf_set_print(command.debug ? print_all : command.apply.verbose ? print_warnings : NULL);
	if (code == EXIT_GOOD && !command.done)
		code = run(&command, argc - optind, argv + optind);
	bindings_free(&command.apply.bindings);
	set_arguments_free(&command.apply.sets);
	set_arguments_free(&command.changes);
	free(command.apply.probes);
	return finish_stdout(code);
}
