/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryd: tells files, databases and people what the policy in force does. Filtering does not depend on it. */
#include "daemon.h"
#include "failure.h"
#include "memory.h"
#include "settings.h"

#include <bpf/libbpf.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

enum option_code {
	OPTION_CHECK = 1000,
	OPTION_CONFIG,
	OPTION_HELP,
	OPTION_NETNS,
	OPTION_VERSION,
};

static const struct option options[] = {
	{ "check-config", no_argument, NULL, OPTION_CHECK },
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "netns", required_argument, NULL, OPTION_NETNS },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

static void print_help(void)
{
	puts("usage: sentryd [options]\n\n"
	     "Reads what the policy in force counts and records, and hands it to the sinks of its configuration.\n\n"
	     "  --config FILE      the configuration (default: " SETTINGS_DEFAULT ", if it is there)\n"
	     "  --check-config     says what is wrong with it, and ends\n"
	     "  --netns NAME|PATH  watches the policy of another network namespace\n"
	     "  --help, --version\n\n"
	     "SIGHUP: the configuration is read again. SIGTERM: what waits is written, and it ends.\n\n"
	     "Exit codes: 0 good, 2 wrong usage or configuration, 3 the environment is at fault.");
}

struct arguments {
	const char *config;
	const char *netns;
	bool check;
};

/* EXIT_GOOD and `done`, or an exit code. */
static int parse(struct arguments *arguments, int argc, char **argv, bool *done)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case OPTION_CHECK:
			arguments->check = true;
			break;
		case OPTION_CONFIG:
			arguments->config = optarg;
			break;
		case OPTION_NETNS:
			arguments->netns = optarg;
			break;
		case OPTION_HELP:
			print_help();
			*done = true;
			return EXIT_GOOD;
		case OPTION_VERSION:
			puts("sentryd " SENTRY_VERSION);
			*done = true;
			return EXIT_GOOD;
		default: /* getopt has said what is wrong */
			fputs("try: sentryd --help\n", stderr);
			return EXIT_USAGE;
		}
	}
	if (optind == argc)
		return EXIT_GOOD;
	say("'%s'? It takes options only\ntry: sentryd --help", argv[optind]);
	return EXIT_USAGE;
}

static int run(const struct arguments *arguments)
{
	struct settings *settings = settings_load(arguments->config, stderr);
	struct failure why = { 0 };

	if (!settings)
		return EXIT_USAGE;
	if (arguments->check) {
		settings_free(settings);
		return EXIT_GOOD;
	}
	return daemon_run(settings, arguments->config, arguments->netns, &why) ? EXIT_GOOD : say_failure(&why);
}

int main(int argc, char **argv)
{
	struct arguments arguments = { 0 };
	bool done = false;
	int code;

	memory_init();
	/* A reader or a server that went away is a failed write, told like any other. */
	signal(SIGPIPE, SIG_IGN);
	libbpf_set_print(NULL);
	code = parse(&arguments, argc, argv, &done);
	if (code == EXIT_GOOD && !done)
		code = run(&arguments);
	return finish_stdout(code);
}
