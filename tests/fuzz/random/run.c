/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "run.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

const char *const failure_names[N_FAILURES] = {
	[FAILURE_NONE] = "none",
	[FAILURE_NAMELESS] = "refused without a name",
	[FAILURE_FORMAT] = "format",
	[FAILURE_BYTES] = "other bytes",
	[FAILURE_TABLES] = "tables",
	[FAILURE_BUILD] = "not built",
	[FAILURE_LOAD] = "not loaded",
	[FAILURE_DISAGREEMENT] = "disagreement",
	[FAILURE_DIFF_SELF] = "differs from itself",
	[FAILURE_DIFF_MISSED] = "difference missed",
	[FAILURE_DIFF_WRONG] = "difference not there",
	[FAILURE_CRASH] = "crash",
	[FAILURE_TIMEOUT] = "timeout",
};

bool run_failed(struct run *run, enum failure failure, const char *format, ...)
{
	va_list args;

	run->outcome->failure = failure;
	va_start(args, format);
	vsnprintf(run->outcome->detail, sizeof(run->outcome->detail), format, args);
	va_end(args);
	return false;
}

static void run_accepted(struct run *run)
{
	struct compile formatted;
	const struct policy *again = NULL;
	bool good;

	compile_init(&formatted);
	run->program = compile_program(run->compile, run->policy);
	good = run_text(run, &formatted, &again);
	if (good && again &&
	    (run_wants(run, FAILURE_DIFF_SELF) || run_wants(run, FAILURE_DIFF_MISSED) ||
	     run_wants(run, FAILURE_DIFF_WRONG)))
		good = run_diff(run, again);
	if (good && run->program && run_wants(run, FAILURE_TABLES))
		good = run_tables(run);
	if (good && run->program &&
	    (run_wants(run, FAILURE_BUILD) || run_wants(run, FAILURE_LOAD) || run_wants(run, FAILURE_DISAGREEMENT)))
		run_engines(run);
	compile_fini(&formatted);
}

void run_policy(struct doc *doc, const struct run_options *options, struct outcome *outcome)
{
	struct compile compile;
	struct run run = { .doc = doc,
			   .options = options,
			   .outcome = outcome,
			   .rng = { options->seed ^ 0x7061636b6574 },
			   .compile = &compile };

	compile_init(&compile);
	if (run_accept(&run)) {
		outcome->counts.policies = 1;
		for (size_t i = 0; i < run.policy->n_blocks; i++)
			outcome->counts.rules += run.policy->blocks[i]->n_rules;
		run_accepted(&run);
	}
	compile_fini(&compile);
}

/* Of the processor: others may need it, too. Of the clock much more, for what stands still. */
static void limit_time(unsigned seconds)
{
	struct itimerval limit = { .it_value = { .tv_sec = seconds } };

	setitimer(ITIMER_PROF, &limit, NULL);
	alarm(seconds * 20);
}

bool run_in_child(struct doc *doc, const struct run_options *options, struct outcome *outcome)
{
	int status;
	pid_t pid;

	outcome->failure = FAILURE_NONE;
	memset(&outcome->counts, 0, sizeof(outcome->counts));
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("random-policy: fork");
		exit(2);
	}
	if (!pid) {
		/* Who stops the test lets the policy at hand be judged, and does not make a failure of it. */
		signal(SIGINT, SIG_IGN);
		signal(SIGTERM, SIG_IGN);
		limit_time(options->seconds);
		run_policy(doc, options, outcome);
		fflush(NULL);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	if (WIFSIGNALED(status) && (WTERMSIG(status) == SIGALRM || WTERMSIG(status) == SIGPROF)) {
		outcome->failure = FAILURE_TIMEOUT;
		snprintf(outcome->detail, sizeof(outcome->detail), "it takes longer than %u seconds of the processor",
			 options->seconds);
	} else if (WIFSIGNALED(status) || WEXITSTATUS(status)) {
		outcome->failure = FAILURE_CRASH;
		snprintf(outcome->detail, sizeof(outcome->detail),
			 WIFSIGNALED(status) ? "ended by signal %d" : "exit %d",
			 WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	}
	return outcome->failure != FAILURE_NONE && (options->only == FAILURE_NONE || options->only == outcome->failure);
}
