/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryctl: looks at the policy in force. Changes nothing, but for taking events out of their buffer. */
#include "ctl.h"
#include "memory.h"
#include "netns.h"

#include <bpf/libbpf.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct command {
	const char *name;
	const char *synopsis;
	const char *summary;
	bool (*run)(const struct ctl *ctl, struct failure *why); /* NULL: not in this release */
};

static const struct command commands[] = {
	{ "rules", "", "packets and bytes of each rule", ctl_rules },
	{ "events", " [--follow] [--rule RULE] [--verdict VERDICT]", "records of rules that log or sample",
	  ctl_events },
	{ "stats", "", "packets and bytes per interface and verdict; with `account { traffic; }` by protocol and TCP flags, too", ctl_stats },
	{ "sets", "", "elements and memory of each set", ctl_sets },
	{ "states", " [--list]", "connections, by protocol and stage", ctl_states },
	{ "limits", "", "keys of each rate-limit, the busiest first", ctl_limits },
	{ "flows", " [-n N]", "flows, those with most bytes first", ctl_flows },
	{ "top", NULL, NULL, NULL },
	{ NULL, NULL, NULL, NULL },
};

enum option_code {
	OPTION_BPFFS = 1000,
	OPTION_COLOR,
	OPTION_FOLLOW,
	OPTION_HELP,
	OPTION_LIST,
	OPTION_NETNS,
	OPTION_RULE,
	OPTION_VERDICT,
	OPTION_VERSION,
};

static const struct option options[] = {
	{ "bpffs", required_argument, NULL, OPTION_BPFFS },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "follow", no_argument, NULL, OPTION_FOLLOW },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "list", no_argument, NULL, OPTION_LIST },
	{ "most", required_argument, NULL, 'n' },
	{ "netns", required_argument, NULL, OPTION_NETNS },
	{ "output", required_argument, NULL, 'o' },
	{ "rule", required_argument, NULL, OPTION_RULE },
	{ "verdict", required_argument, NULL, OPTION_VERDICT },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

static void print_help(void)
{
	puts("usage: sentryctl COMMAND [options]\n\nShows what the policy in force does.\n");
	for (const struct command *command = commands; command->name; command++) {
		if (command->run)
			printf("  %s%s\n        %s\n", command->name, command->synopsis, command->summary);
	}
	puts("\n"
	     "  -o text|json       events: JSON Lines unless told otherwise; all else: text\n"
	     "  --netns NAME|PATH  look into another network namespace\n"
	     "  --bpffs DIR        where the state is pinned (default: " BPFFS_DEFAULT ")\n"
	     "  --follow           go on with what comes, also over changes of policy, until interrupted\n"
	     "  --list             each connection\n"
	     "  -n, --most N       flows: so many of them; 20 as text unless told otherwise, 0 for all\n"
	     "  --help, --version\n"
	     "\n"
	     "Exit codes: 0 good, 2 wrong usage, 3 the environment is at fault (no policy in force, no privilege).");
}

static int usage(const char *text)
{
	say("%s\ntry: sentryctl --help", text);
	return EXIT_USAGE;
}

struct arguments {
	const struct command *command;
	const char *netns;
	const char *bpffs;
	struct ctl ctl;
	bool done; /* --help, --version */
};

static int parse_option(struct arguments *arguments, int option)
{
	static const char *const formats[] = { "text", "json", NULL };
	static const char *const verdicts[] = { "allow", "deny", "reject", NULL };
	static const char *const colors[] = { "auto", "always", "never", NULL };
	struct ctl *ctl = &arguments->ctl;
	char *end;
	int word;

	switch (option) {
	case OPTION_BPFFS:
		arguments->bpffs = optarg;
		return EXIT_GOOD;
	case OPTION_COLOR: /* nothing here is coloured */
		return word_index(colors, optarg) >= 0 ? EXIT_GOOD : usage("--color takes auto, always or never");
	case OPTION_FOLLOW:
		ctl->follow = true;
		return EXIT_GOOD;
	case OPTION_HELP:
		print_help();
		arguments->done = true;
		return EXIT_GOOD;
	case OPTION_LIST:
		ctl->list = true;
		return EXIT_GOOD;
	case 'n':
		ctl->has_most = true;
		ctl->most = strtoul(optarg, &end, 10);
		return *optarg >= '0' && *optarg <= '9' && !*end ? EXIT_GOOD : usage("-n takes a number");
	case OPTION_NETNS:
		arguments->netns = optarg;
		return EXIT_GOOD;
	case 'o':
		word = word_index(formats, optarg);
		ctl->format = word == 1 ? CTL_JSON : CTL_TEXT;
		if (word < 0 && strcmp(optarg, "pcapng") == 0)
			return usage("-o pcapng is not in this release");
		return word >= 0 ? EXIT_GOOD : usage("-o takes text or json");
	case OPTION_RULE:
		ctl->rule = optarg;
		return EXIT_GOOD;
	case OPTION_VERDICT:
		ctl->verdict = optarg;
		return word_index(verdicts, optarg) >= 0 ? EXIT_GOOD : usage("--verdict takes allow, deny or reject");
	case OPTION_VERSION:
		puts("sentryctl " SENTRY_VERSION);
		arguments->done = true;
		return EXIT_GOOD;
	default: /* getopt has said what is wrong */
		fputs("try: sentryctl --help\n", stderr);
		return EXIT_USAGE;
	}
}

static int find_command(struct arguments *arguments, int argc, char **argv)
{
	const struct command *command = commands;

	if (argc == 0)
		return usage("which command?");
	if (argc > 1)
		return usage("one command at a time, and it takes options only");
	while (command->name && strcmp(command->name, argv[0]) != 0)
		command++;
	if (!command->name) {
		say("no command '%s'", argv[0]);
		return usage("commands: rules, events, stats, sets, states, limits, flows");
	}
	if (!command->run) {
		say("%s is not in this release", command->name);
		return EXIT_USAGE;
	}
	if (command->run != ctl_events && (arguments->ctl.follow || arguments->ctl.rule || arguments->ctl.verdict))
		return usage("--follow, --rule and --verdict are for `sentryctl events`");
	if (command->run != ctl_states && arguments->ctl.list)
		return usage("--list is for `sentryctl states`; a set is listed by sentry-apply --set-list NAME");
	if (command->run != ctl_flows && arguments->ctl.has_most)
		return usage("-n is for `sentryctl flows`");
	arguments->command = command;
	return EXIT_GOOD;
}

static int run(struct arguments *arguments)
{
	struct failure why = { 0 };
	struct site *site = &arguments->ctl.site;
	const char *hint;

	if ((arguments->netns && !netns_enter(arguments->netns, &why)) || !site_init(site, arguments->bpffs, &why))
		return say_failure(&why);
	hint = site_hint(site);
	if (hint)
		say("%s", hint);
	return arguments->command->run(&arguments->ctl, &why) ? EXIT_GOOD : say_failure(&why);
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .bpffs = BPFFS_DEFAULT };
	int option, code = EXIT_GOOD;

	memory_init();
	/* A reader that went away is a failed write, told like any other. */
	signal(SIGPIPE, SIG_IGN);
	while (code == EXIT_GOOD && !arguments.done && (option = getopt_long(argc, argv, "n:o:", options, NULL)) != -1)
		code = parse_option(&arguments, option);
	libbpf_set_print(NULL);
	if (code == EXIT_GOOD && !arguments.done)
		code = find_command(&arguments, argc - optind, argv + optind);
	if (code == EXIT_GOOD && !arguments.done)
		code = run(&arguments);
	return finish_stdout(code);
}
