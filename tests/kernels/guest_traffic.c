/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What tests/kernels/traffic.plan says, on a veth pair. Its lines:
 *
 *	in PORT N EXPECTED    N datagrams from PORT of the neighbour: how many arrive here
 *	out PORT N EXPECTED   N datagrams to PORT of the neighbour: how many leave
 *	run CODE COMMAND...   a program with that exit code
 *	says REGEX            what the last one printed
 *	wait MILLISECONDS
 *	[tcx], [no-tcx], [jit], [no-jit] before any of them: only on a kernel that has it, or has not
 */
#include "guest.h"

#include "attach.h"
#include "fit.h"

#include <errno.h>
#include <regex.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define WORDS_MAX 32

struct traffic {
	struct pair pair;
	bool tcx, jit;
	char output[8192];    /* of the last program */
	size_t steps, failed;
};

static void step(struct traffic *t, const char *line, bool good, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

static void step(struct traffic *t, const char *line, bool good, const char *format, ...)
{
	char text[8600];
	va_list args;

	t->steps++;
	if (good)
		return;
	t->failed++;
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	report("bad-step", "%s", line);
	report("bad-step", "   %s", text);
}

/* Runs it to its end, with what it prints in t->output. Negative: it was killed, or could not be run. */
static int run(struct traffic *t, char **words)
{
	size_t used = 0;
	int pipes[2], status;
	ssize_t got;
	pid_t child;

	t->output[0] = '\0';
	if (pipe(pipes) != 0 || (child = fork()) < 0)
		return -errno;
	if (child == 0) {
		dup2(pipes[1], 1);
		dup2(pipes[1], 2);
		close(pipes[0]);
		close(pipes[1]);
		execv(words[0], words);
		_exit(127);
	}
	close(pipes[1]);
	while (used < sizeof(t->output) - 1 && (got = read(pipes[0], t->output + used, sizeof(t->output) - 1 - used)) > 0)
		used += (size_t)got;
	t->output[used] = '\0';
	close(pipes[0]);
	if (waitpid(child, &status, 0) != child)
		return -errno;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

static void run_step(struct traffic *t, const char *line, char **words, size_t n)
{
	char path[128];
	int code;

	if (n < 3) {
		step(t, line, false, "no command");
		return;
	}
	snprintf(path, sizeof(path), "/bin/%s", words[2]);
	words[2] = path;
	code = run(t, words + 2);
	step(t, line, code == atoi(words[1]), "exit code %d\n%s", code, t->output);
}

static void says_step(struct traffic *t, const char *line)
{
	regex_t regex;
	bool good = false;

	if (regcomp(&regex, strstr(line, "says ") + 5, REG_EXTENDED | REG_NOSUB | REG_NEWLINE) == 0) {
		good = regexec(&regex, t->output, 0, NULL, 0) == 0;
		regfree(&regex);
	}
	step(t, line, good, "it said:\n%.1000s", t->output);
}

static void traffic_step(struct traffic *t, const char *line, char **words, size_t n)
{
	int (*send)(const struct pair *, unsigned short, int) = strcmp(words[0], "in") ? pair_out : pair_in;
	int passed = n == 4 ? send(&t->pair, (unsigned short)atoi(words[1]), atoi(words[2])) : -EINVAL;

	step(t, line, n == 4 && passed == atoi(words[3]), "%d passed", passed);
}

/* Of a word in brackets: whether it is about this kernel. */
static bool holds(const struct traffic *t, const char *word)
{
	return !strcmp(word, t->tcx ? "[tcx]" : "[no-tcx]") || !strcmp(word, t->jit ? "[jit]" : "[no-jit]");
}

static void one_line(struct traffic *t, const char *line)
{
	char copy[1024], *words[WORDS_MAX + 1], *rest, *word;
	size_t n = 0;

	snprintf(copy, sizeof(copy), "%s", line);
	for (word = strtok_r(copy, " \t", &rest); word && n < WORDS_MAX; word = strtok_r(NULL, " \t", &rest)) {
		if (n == 0 && *word == '[') {
			if (!holds(t, word))
				return;
			continue;
		}
		words[n++] = word;
	}
	words[n] = NULL;
	if (n == 0 || *words[0] == '#')
		return;
	if (!strcmp(words[0], "in") || !strcmp(words[0], "out"))
		traffic_step(t, line, words, n);
	else if (!strcmp(words[0], "run"))
		run_step(t, line, words, n);
	else if (!strcmp(words[0], "says"))
		says_step(t, line);
	else if (!strcmp(words[0], "wait") && n == 2)
		usleep((useconds_t)atoi(words[1]) * 1000);
	else
		step(t, line, false, "no such step");
}

void traffic_run(const char *directory)
{
	static struct traffic t;
	char path[512], line[1024];
	int error = pair_open(&t.pair);
	FILE *plan;

	if (error) {
		report("broken", "no veth pair: %s", strerror(-error));
		return;
	}
	t.tcx = tcx_supported();
	t.jit = kernel_has_jit();
	snprintf(path, sizeof(path), "%s/plan", directory);
	plan = fopen(path, "r");
	if (!plan) {
		report("broken", "%s: %s", path, strerror(errno));
		return;
	}
	while (fgets(line, sizeof(line), plan)) {
		line[strcspn(line, "\n")] = '\0';
		one_line(&t, line);
	}
	fclose(plan);
	report("traffic", "%zu %zu", t.steps, t.failed);
}
