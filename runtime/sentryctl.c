/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryctl: looks at the policy in force. Changes nothing, but for taking events out of their buffer. */
#include "ctl.h"
#include "duration.h"
#include "memory.h"
#include "netns.h"
#include "past_db.h"
#include "time_point.h"
#include "verdict.h"

#include <bpf/libbpf.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Options that not every command takes. */
enum takes {
	TAKES_FOLLOW = 1,
	TAKES_LIST = 2,
	TAKES_RULE = 4,     /* --rule, --verdict */
	TAKES_PACKETS = 8,  /* --source, --dest, --protocol, --port */
	TAKES_PAST = 16,    /* --since, --until, --db */
	TAKES_LIMIT = 32,
	TAKES_SCHEMA = 64,
	TAKES_SORT = 128,
	TAKES_INTERVAL = 256, /* --interval, --count */
	TAKES_PCAPNG = 512,
	TAKES_INTERFACE = 1024,
};

struct command {
	const char *name;
	const char *synopsis;
	const char *summary;
	unsigned int takes;                                       /* enum takes */
	bool (*run)(const struct ctl *ctl, struct failure *why);
	bool (*run_past)(const struct ctl *ctl, struct failure *why); /* NULL: run does both */
	unsigned int past_only;                                   /* of `takes`: only of what is in the history */
};

static const struct command commands[] = {
	{ "rules", " [--since TIME [--rule RULE]]", "packets and bytes of each rule", TAKES_RULE | TAKES_PAST, ctl_rules,
	  ctl_past_rules, TAKES_RULE },
	{ "events", " [--follow | --since TIME [-n N]] [FILTER] [--schema ecs|ocsf]", "records of rules that log or sample",
	  TAKES_FOLLOW | TAKES_RULE | TAKES_INTERFACE | TAKES_PACKETS | TAKES_PAST | TAKES_LIMIT | TAKES_SCHEMA | TAKES_PCAPNG, ctl_events,
	  ctl_past_events, TAKES_LIMIT },
	{ "flows", " [--since TIME] [FILTER] [-n N]", "who talks to whom, most bytes first (account { flows; })",
	  TAKES_RULE | TAKES_INTERFACE | TAKES_PACKETS | TAKES_PAST | TAKES_LIMIT, ctl_flows, ctl_past_flows, 0 },
	{ "alerts", " --since TIME [-n N]", "what sentryd found worth telling",
	  TAKES_RULE | TAKES_INTERFACE | TAKES_PAST | TAKES_LIMIT, NULL,
	  ctl_past_alerts, 0 },
	{ "top", " [--interval TIME] [--count N] [--sort bytes|packets|name] [-n N] [--since TIME [FILTER]]",
	  "rules, talkers, protocols and connections, the busiest first: on a terminal live, else once",
	  TAKES_RULE | TAKES_INTERFACE | TAKES_PACKETS | TAKES_PAST | TAKES_LIMIT | TAKES_SORT | TAKES_INTERVAL, ctl_top,
	  ctl_past_top, TAKES_RULE | TAKES_INTERFACE | TAKES_PACKETS },
	{ "stats", "", "packets and bytes per interface and verdict; with account { traffic; } more", 0, ctl_stats, NULL, 0 },
	{ "sets", "", "elements and memory of each set", 0, ctl_sets, NULL, 0 },
	{ "states", " [--list [--source PREFIX] [--dest PREFIX] [--protocol NAME] [--port N] [-n N]]",
	  "connections, by protocol and stage", TAKES_LIST | TAKES_PACKETS | TAKES_LIMIT, ctl_states, NULL, 0 },
	{ "limits", "", "keys of each rate-limit, the busiest first", 0, ctl_limits, NULL, 0 },
	{ NULL, NULL, NULL, 0, NULL, NULL, 0 },
};

enum option_code {
	OPTION_BPFFS = 1000,
	OPTION_COLOR,
	OPTION_COUNT,
	OPTION_DB,
	OPTION_DEST,
	OPTION_FOLLOW,
	OPTION_HELP,
	OPTION_INTERFACE,
	OPTION_INTERVAL,
	OPTION_LIST,
	OPTION_NETNS,
	OPTION_PORT,
	OPTION_PROTOCOL,
	OPTION_RULE,
	OPTION_SCHEMA,
	OPTION_SINCE,
	OPTION_SORT,
	OPTION_SOURCE,
	OPTION_UNTIL,
	OPTION_VERDICT,
	OPTION_VERSION,
};

static const struct option options[] = {
	{ "bpffs", required_argument, NULL, OPTION_BPFFS },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "count", required_argument, NULL, OPTION_COUNT },
	{ "db", required_argument, NULL, OPTION_DB },
	{ "dest", required_argument, NULL, OPTION_DEST },
	{ "follow", no_argument, NULL, OPTION_FOLLOW },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "interface", required_argument, NULL, OPTION_INTERFACE },
	{ "interval", required_argument, NULL, OPTION_INTERVAL },
	{ "list", no_argument, NULL, OPTION_LIST },
	{ "most", required_argument, NULL, 'n' },
	{ "netns", required_argument, NULL, OPTION_NETNS },
	{ "output", required_argument, NULL, 'o' },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "protocol", required_argument, NULL, OPTION_PROTOCOL },
	{ "rule", required_argument, NULL, OPTION_RULE },
	{ "schema", required_argument, NULL, OPTION_SCHEMA },
	{ "since", required_argument, NULL, OPTION_SINCE },
	{ "sort", required_argument, NULL, OPTION_SORT },
	{ "source", required_argument, NULL, OPTION_SOURCE },
	{ "until", required_argument, NULL, OPTION_UNTIL },
	{ "verdict", required_argument, NULL, OPTION_VERDICT },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

const char *const ctl_sort_words[] = { "", "bytes", "packets", "name", NULL };

static void print_help(void)
{
	puts("usage: sentryctl COMMAND [options]\n\nShows what the policy in force does, and what sentryd has kept of it.\n");
	for (const struct command *command = commands; command->name; command++)
		printf("  %s%s\n        %s\n", command->name, command->synopsis, command->summary);
	puts("\n"
	     "  -o text|json       events: JSON Lines unless told otherwise, or pcapng of samples; all else: text\n"
	     "  --netns NAME|PATH  look into another network namespace\n"
	     "  --bpffs DIR        where the state is pinned (default: " BPFFS_DEFAULT ")\n"
	     "  --follow           go on with what comes, also over changes of policy, until interrupted\n"
	     "  --list             each connection\n"
	     "  --since TIME       from the history: 2h ago, 2026-01-30T10:00:00Z; --until TIME as well\n"
	     "  --db FILE          the history (default: " PAST_DB_DEFAULT ")\n"
	     "  -n, --most N       so many, 0 for all: of flows those with most bytes, 20 as text unless told otherwise;\n"
	     "                     of events and alerts the last\n"
	     "  --interval TIME, --count N  so often, so many times: without a terminal or with -o\n"
	     "  --sort bytes|packets|name   of what was counted so far; else by the rate\n"
	     "  --schema native|ecs|ocsf  the Elastic Common Schema, or OCSF\n"
	     "  FILTER             --rule RULE, --verdict allow|deny|reject, --source PREFIX, --dest PREFIX, --protocol NAME,\n"
	     "                     --port NUMBER, --interface NAME: all that are given must hold\n"
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
	const char *since, *until;
	struct ctl ctl;
	unsigned int used; /* enum takes, of the options that were given */
	bool done;         /* --help, --version */
};

/* Options that are asked of packets. */
static int parse_filter(struct arguments *arguments, int option)
{
	struct packet_filter *filter = &arguments->ctl.filter;

	switch (option) {
	case OPTION_RULE:
		arguments->used |= TAKES_RULE;
		filter->rule = optarg;
		return EXIT_GOOD;
	case OPTION_INTERFACE:
		arguments->used |= TAKES_INTERFACE;
		filter->interface = optarg;
		return EXIT_GOOD;
	case OPTION_VERDICT:
		arguments->used |= TAKES_RULE;
		filter->verdict = optarg;
		return word_index(verdict_words, optarg) >= 0 ? EXIT_GOOD : usage("--verdict takes allow, deny or reject");
	case OPTION_SOURCE:
	case OPTION_DEST:
		arguments->used |= TAKES_PACKETS;
		if (packet_filter_prefix(optarg, option == OPTION_SOURCE ? &filter->source : &filter->dest))
			return EXIT_GOOD;
		say("'%s' is no address, and no prefix such as 192.0.2.0/24", optarg);
		return EXIT_USAGE;
	case OPTION_PROTOCOL:
		arguments->used |= TAKES_PACKETS;
		return packet_filter_protocol(optarg, &filter->protocol)
			? EXIT_GOOD : usage("--protocol takes a name, such as tcp or icmpv6, or a number to 255");
	default:
		arguments->used |= TAKES_PACKETS;
		return packet_filter_port(optarg, &filter->port) ? EXIT_GOOD : usage("--port takes a number to 65535");
	}
}

static int parse_output(struct arguments *arguments)
{
	static const char *const formats[] = { "", "text", "json", "pcapng", NULL };
	int word = word_index(formats, optarg);

	if (word <= CTL_DEFAULT)
		return usage("-o takes text, json, and of events pcapng");
	arguments->ctl.format = (enum ctl_format)word;
	if (word == CTL_PCAPNG)
		arguments->used |= TAKES_PCAPNG;
	return EXIT_GOOD;
}

static int parse_option(struct arguments *arguments, int option)
{
	static const char *const colors[] = { "auto", "always", "never", NULL };
	struct ctl *ctl = &arguments->ctl;
	__u64 interval;
	char *end;
	int word;

	switch (option) {
	case OPTION_BPFFS:
		arguments->bpffs = optarg;
		return EXIT_GOOD;
	case OPTION_COLOR: /* nothing here is coloured */
		return word_index(colors, optarg) >= 0 ? EXIT_GOOD : usage("--color takes auto, always or never");
	case OPTION_DB:
		arguments->used |= TAKES_PAST;
		ctl->db = optarg;
		return EXIT_GOOD;
	case OPTION_FOLLOW:
		arguments->used |= TAKES_FOLLOW;
		ctl->follow = true;
		return EXIT_GOOD;
	case OPTION_HELP:
		print_help();
		arguments->done = true;
		return EXIT_GOOD;
	case OPTION_INTERVAL:
		arguments->used |= TAKES_INTERVAL;
		if (!duration_parse(optarg, &interval) || interval < 100000000 || interval > 3600000000000)
			return usage("--interval takes a time from 100ms to 1h");
		ctl->interval_ms = interval / 1000000;
		return EXIT_GOOD;
	case OPTION_COUNT:
		arguments->used |= TAKES_INTERVAL;
		ctl->count = strtoul(optarg, &end, 10);
		return *optarg >= '0' && *optarg <= '9' && !*end && ctl->count ? EXIT_GOOD : usage("--count takes a number from 1");
	case OPTION_SORT:
		arguments->used |= TAKES_SORT;
		word = word_index(ctl_sort_words, optarg);
		ctl->sort = word > 0 ? (enum ctl_sort)word : CTL_SORT_DEFAULT;
		return word > 0 ? EXIT_GOOD : usage("--sort takes bytes, packets or name");
	case OPTION_LIST:
		arguments->used |= TAKES_LIST;
		ctl->list = true;
		return EXIT_GOOD;
	case OPTION_NETNS:
		arguments->netns = optarg;
		return EXIT_GOOD;
	case OPTION_SCHEMA:
		arguments->used |= TAKES_SCHEMA;
		word = word_index(item_schema_words, optarg);
		ctl->schema = word > 0 ? (enum item_schema)word : SCHEMA_NATIVE;
		return word >= 0 ? EXIT_GOOD : usage("--schema takes native, ecs or ocsf");
	case OPTION_SINCE:
		arguments->used |= TAKES_PAST;
		arguments->since = optarg;
		return EXIT_GOOD;
	case OPTION_UNTIL:
		arguments->used |= TAKES_PAST;
		arguments->until = optarg;
		return EXIT_GOOD;
	case OPTION_VERSION:
		puts("sentryctl " SENTRY_VERSION);
		arguments->done = true;
		return EXIT_GOOD;
	case 'n':
		arguments->used |= TAKES_LIMIT;
		ctl->has_most = true;
		ctl->most = strtoul(optarg, &end, 10);
		return *optarg >= '0' && *optarg <= '9' && !*end ? EXIT_GOOD : usage("-n takes a number");
	case 'o':
		return parse_output(arguments);
	case '?': /* getopt has said what is wrong */
		fputs("try: sentryctl --help\n", stderr);
		return EXIT_USAGE;
	default:
		return parse_filter(arguments, option);
	}
}

static int find_command(struct arguments *arguments, int argc, char **argv)
{
	static const struct {
		enum takes takes;
		const char *text;
	} wrong[] = {
		{ TAKES_FOLLOW, "--follow is for `sentryctl events`" },
		{ TAKES_LIST, "--list is for `sentryctl states`; a set is listed by sentry-apply --set-list NAME" },
		{ TAKES_RULE, "--rule and --verdict are for events, flows, alerts, rules and top" },
		{ TAKES_INTERFACE, "--interface is for events, flows, alerts and top; rules are counted for all interfaces together" },
		{ TAKES_PACKETS, "--source, --dest, --protocol and --port are for events, flows, top and states" },
		{ TAKES_PAST, "--since, --until and --db are for events, flows, alerts, rules and top" },
		{ TAKES_LIMIT, "-n is for events, flows, alerts, top and states" },
		{ TAKES_SORT, "--sort is for `sentryctl top`" },
		{ TAKES_INTERVAL, "--interval and --count are for `sentryctl top`" },
		{ TAKES_SCHEMA, "--schema is for `sentryctl events`" },
		{ TAKES_PCAPNG, "-o pcapng is for `sentryctl events`" },
	};
	const struct command *command = commands;

	if (argc == 0)
		return usage("which command?");
	if (argc > 1)
		return usage("one command at a time, and it takes options only");
	while (command->name && strcmp(command->name, argv[0]) != 0)
		command++;
	if (!command->name) {
		say("no command '%s'", argv[0]);
		return usage("commands: rules, events, flows, alerts, top, stats, sets, states, limits");
	}
	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		if (arguments->used & ~command->takes & wrong[i].takes)
			return usage(wrong[i].text);
	}
	if (command->run == ctl_states && (arguments->used & ~(unsigned int)TAKES_LIST) && !arguments->ctl.list)
		return usage("connections are counted as a whole; --list shows those that are asked for");
	arguments->command = command;
	return EXIT_GOOD;
}

/* The time that is asked for, if it is about the past. */
static int find_time(struct arguments *arguments)
{
	struct ctl *ctl = &arguments->ctl;
	int64_t now = time_point_now();

	ctl->past = arguments->used & TAKES_PAST;
	ctl->until_ns = INT64_MAX;
	/* The history is also where `top` looks for what the kernel does not have. */
	if (arguments->command->run == ctl_top)
		ctl->past = arguments->since || arguments->until;
	if (ctl->past && (arguments->used & TAKES_INTERVAL))
		return usage("--interval and --count are about what comes");
	if (ctl->past && ctl->follow)
		return usage("--follow is about what comes, --since, --until and --db are about what was");
	if (!ctl->past && !arguments->command->run)
		return usage("since when? --since 1h");
	if (!ctl->past && (arguments->used & arguments->command->past_only)) {
		say("`sentryctl %s` takes that together with --since", arguments->command->name);
		return usage("what is in the kernel is shown as a whole");
	}
	if (arguments->since && !time_point_parse(arguments->since, now, &ctl->since_ns))
		return usage("--since takes 90s, 10m, 2h or 7d, or a time such as 2026-01-30T10:00:00Z");
	if (arguments->until && !time_point_parse(arguments->until, now, &ctl->until_ns))
		return usage("--until takes 90s, 10m, 2h or 7d, or a time such as 2026-01-30T10:00:00Z");
	if (ctl->since_ns >= ctl->until_ns)
		return usage("--since must be before --until");
	return EXIT_GOOD;
}

static int run(struct arguments *arguments)
{
	struct failure why = { 0 };
	struct site *site = &arguments->ctl.site;
	const struct command *command = arguments->command;
	const char *hint;

	/* The history asks neither for a policy nor for a privilege. */
	if (arguments->ctl.past)
		return (command->run_past ? command->run_past : command->run)(&arguments->ctl, &why) ? EXIT_GOOD : say_failure(&why);
	if ((arguments->netns && !netns_enter(arguments->netns, &why)) || !site_init(site, arguments->bpffs, &why))
		return say_failure(&why);
	hint = site_hint(site);
	if (hint)
		say("%s", hint);
	return command->run(&arguments->ctl, &why) ? EXIT_GOOD : say_failure(&why);
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .bpffs = BPFFS_DEFAULT, .ctl = { .db = PAST_DB_DEFAULT, .filter = packet_filter_all } };
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
		code = find_time(&arguments);
	if (code == EXIT_GOOD && !arguments.done)
		code = run(&arguments);
	return finish_stdout(code);
}
