/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc: everything about a policy that needs no kernel and no root. */
#include "sentryc.h"

#include "spell.h"

#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct verb *const verbs[] = {
	&verb_check, &verb_test, &verb_compile, &verb_diff, &verb_query, &verb_explain, &verb_replay, &verb_fmt, &verb_inspect,
	&verb_sign, &verb_verify,
};

#define N_VERBS (sizeof(verbs) / sizeof(verbs[0]))

static int print_overview(void)
{
	puts("usage: sentryc COMMAND [OPTIONS] [ARGUMENTS]\n\n"
	     "Proves, tests and compiles packet policies.\n");
	for (size_t i = 0; i < N_VERBS; i++)
		printf("  %-8s  %s\n", verbs[i]->name, verbs[i]->summary);
	puts("\n`sentryc COMMAND --help` tells more, sentryc(1) and sentry-policy(5) everything.\n"
	     "Exit: 0 good, 1 the policy is at fault, 2 wrong usage, 3 the environment is at fault.");
	return finish_stdout(EXIT_GOOD);
}

/*
 * A descriptor that is closed would be given to the next file opened, which is then taken for standard output.
 * For reading only: whoever closed standard output is told that results could not be written.
 */
static bool open_standard_streams(void)
{
	int fd;

	do
		fd = open("/dev/null", O_RDONLY);
	while (fd >= 0 && fd <= STDERR_FILENO);
	return fd >= 0 && !close(fd);
}

/* jansson leaves out what it finds no memory for, and nobody would notice. */
static void *json_memory(size_t size)
{
	void *memory = malloc(size);

	if (!memory)
		out_of_memory();
	return memory;
}

int main(int argc, char **argv)
{
	struct spell spell;
	const char *near;

	json_set_alloc_funcs(json_memory, free);
	if (!open_standard_streams())
		return environment_error("cannot open /dev/null: %s", strerror(errno));

	/* A reader that went away is an error of writing, to be reported as one. */
	signal(SIGPIPE, SIG_IGN);

	if (argc < 2) {
		usage_error(NULL, "no command given");
		return EXIT_USAGE;
	}
	if (!strcmp(argv[1], "--help") || !strcmp(argv[1], "-h") || !strcmp(argv[1], "help"))
		return print_overview();
	if (!strcmp(argv[1], "--version")) {
		puts("sentryc " SENTRY_VERSION);
		return finish_stdout(EXIT_GOOD);
	}

	spell_init(&spell, argv[1]);
	for (size_t i = 0; i < N_VERBS; i++) {
		if (!strcmp(argv[1], verbs[i]->name)) {
			/* What getopt calls the program in its messages. */
			argv[1] = (char[]){ "sentryc" };
			return verbs[i]->main(verbs[i], argc - 1, argv + 1);
		}
		spell_offer(&spell, verbs[i]->name);
	}
	near = spell_best(&spell);
	if (near)
		return usage_error(NULL, "there is no command '%s'; did you mean '%s'?", argv[1], near);
	return usage_error(NULL, "there is no command '%s'", argv[1]);
}
