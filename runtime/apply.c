/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "apply.h"

#include "apply_report.h"
#include "capabilities.h"
#include "carry.h"
#include "commit.h"
#include "compile_policy.h"
#include "confirm.h"
#include "fit.h"
#include "duration.h"
#include "history.h"
#include "meaning.h"
#include "memory.h"
#include "netns.h"
#include "object.h"
#include "phases.h"
#include "plan.h"
#include "printable.h"
#include "probe.h"
#include "quiet.h"
#include "selftest.h"
#include "set_parts.h"
#include "signature.h"
#include "stage.h"
#include "who.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

const char *const tc_words[] = { "auto", "tcx", "clsact", NULL };

/* Everything that one apply holds; zeroed parts are not held. */
struct job {
	const struct apply *apply;
	size_t n;                       /* objects, and of each of the next */
	struct object *objects;
	const struct manifest **manifests;
	struct set_source **sources;    /* one per set of the object */
	struct set_begin **begins;
	struct before *befores;
	struct interfaces interfaces;
	struct plan plan;
	struct site site;
	struct site_state state;
	struct history history;
	struct generation old;
	bool has_old;
	unsigned int number;            /* of the generation to come */
	__u64 deadline;                 /* at which it goes back by itself; 0: it does not */
	size_t tests;                   /* of the policies, that have passed in this kernel */
	struct phases phases;
	struct failure why;
};

static const struct generation *old_of(const struct job *job)
{
	return job->has_old ? &job->old : NULL;
}

static bool open_file(struct job *job, size_t index)
{
	const char *file = job->apply->files[index].path;
	const char *keys = job->apply->key_file ? job->apply->key_file : signature_trusted_keys();
	bool ok;
	int fd;

	if (keys && is_policy(file))
		return failure_set(&job->why, EXIT_ENVIRONMENT,
				   "%s: a policy is not signed, and %s asks for a signature: compile it, sign the object "
				   "with sentryc sign, and apply that",
				   file, keys);
	if (job->apply->account && !is_policy(file))
		return failure_set(&job->why, EXIT_USAGE, "%s: --account is for policies; an object counts what it was made for",
				   file);
	if (is_policy(file)) {
		fd = compile_policy(file, job->apply->account, &job->why);
	} else {
		fd = strcmp(file, "-") == 0 ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			failure_set(&job->why, EXIT_ENVIRONMENT, "%s: %s", file, strerror(errno));
	}
	if (fd < 0)
		return false;
	ok = object_open(&job->objects[index], fd, file, keys, &job->why);
	close(fd);
	return ok;
}

/* What carries over is found by the policy's name. */
static bool check_names(struct job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (strcmp(job->manifests[i]->policy, job->manifests[j]->policy) == 0)
				return failure_set(&job->why, EXIT_POLICY, "%s and %s: both are policy %s",
						   job->apply->files[j].path, job->apply->files[i].path,
						   job->manifests[i]->policy);
		}
	}
	return true;
}

static bool open_files(struct job *job)
{
	const struct apply *apply = job->apply;

	phases_begin(&job->phases);
	job->n = apply->n_files;
	job->objects = allocate(job->n, sizeof(*job->objects));
	job->manifests = allocate(job->n, sizeof(*job->manifests));
	job->sources = allocate(job->n, sizeof(*job->sources));
	job->begins = allocate(job->n, sizeof(*job->begins));
	job->befores = allocate(job->n, sizeof(*job->befores));
	for (size_t i = 0; i < job->n; i++) {
		if (!open_file(job, i))
			return false;
		job->manifests[i] = &job->objects[i].manifest;
		job->begins[i] = allocate(job->manifests[i]->n_sets, sizeof(**job->begins));
		job->sources[i] = allocate(job->manifests[i]->n_sets, sizeof(**job->sources));
	}
	if (!check_names(job))
		return false;
	phases_end(&job->phases, "objects read and checked");
	if (!set_arguments_read(job->sources, job->manifests, job->n, &apply->sets, &job->why))
		return false;
	for (size_t i = 0; i < job->n; i++) {
		const char *home = apply->files[i].home ? apply->files[i].home : apply->files[i].path;

		if (!set_sources_read(job->sources[i], job->manifests[i], home, &job->why))
			return false;
	}
	phases_end(&job->phases, "lists read");
	return true;
}

static bool make_plan(struct job *job)
{
	enum means tc = job->apply->tc == TC_CLSACT ? MEANS_CLSACT : MEANS_TCX;

	/* Interpreted, a dispatcher and the policy behind it have overrun the stack of a kernel under traffic. */
	if (!kernel_has_jit())
		return failure_set(&job->why, EXIT_ENVIRONMENT, "a policy needs " NEEDS_JIT);
	if (tc == MEANS_TCX && !tcx_supported()) {
		if (job->apply->tc == TC_TCX)
			return failure_set(&job->why, EXIT_ENVIRONMENT,
					   "this kernel has no TCX (Linux 6.6 and later have): --tc auto or clsact");
		tc = MEANS_CLSACT;
	}
	return interfaces_read(&job->interfaces, &job->why) &&
	       plan_make(&job->plan, job->manifests, job->n, &job->apply->bindings, &job->interfaces, tc, &job->why);
}

static unsigned int number_in_force(const struct site *site)
{
	struct sentry_gate state;
	struct failure ignored;

	return gate_read(site, &state, &ignored) == GATE_FOUND ? SENTRY_GENERATION_OF(state.in_force) : 0;
}

/* What is in force now, and what the new generation will be called. */
static bool look(struct job *job)
{
	struct failure unreadable = { 0 };
	enum presence presence = generation_current(&job->old, &job->site, &unreadable);
	struct generation_id *ids;
	size_t n;

	/* Nothing goes on from it then, but it can be replaced. */
	if (presence == PRESENCE_FAILED)
		say("warning: %s", unreadable.text);
	if (!site_generations(&job->site, &ids, &n, &job->why))
		return false;
	job->has_old = presence == PRESENCE_FOUND;
	job->number = n ? ids[n - 1].number : 0;
	if (number_in_force(&job->site) > job->number)
		job->number = number_in_force(&job->site);
	if (history_last(&job->history) > job->number)
		job->number = history_last(&job->history);
	job->number++;
	free(ids);
	for (size_t i = 0; i < job->n; i++)
		job->befores[i] = carry_from(old_of(job), job->manifests[i], job->n);
	return true;
}

/* Everything that can be found out before anything is made. */
static bool load(struct job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		if (!carry_maps(&job->objects[i], &job->befores[i], &job->why) ||
		    !object_load(&job->objects[i], job->number, job->apply->verbose, &job->why))
			return false;
	}
	phases_end(&job->phases, "loaded and verified");
	for (size_t i = 0; i < job->n; i++) {
		struct selftest_report report;

		if (!selftest_run(&job->objects[i], &report, &job->why))
			return false;
		job->tests += report.tests;
	}
	phases_end(&job->phases, "tests run in this kernel");
	return true;
}

static void say_losses(const struct job *job)
{
	for (size_t i = 0; i < job->n; i++) {
		char **losses = carry_losses(&job->objects[i], job->sources[i], &job->befores[i]);

		for (size_t j = 0; losses[j]; j++)
			say("%s", losses[j]);
		carry_losses_free(losses);
	}
	for (size_t i = 0; job->has_old && i < job->old.record.n_parts; i++) {
		bool goes_on = false;

		for (size_t j = 0; j < job->n; j++)
			goes_on |= job->befores[j].manifest == &job->old.record.parts[i];
		if (!goes_on)
			say("policy %s is not among what is applied: it ends, with its sets, connections and limits",
			    job->old.record.parts[i].policy);
	}
}

static bool stage(struct job *job, struct generation *staged)
{
	char now[32], *who = who_applies();
	time_t seconds = time(NULL);
	struct tm utc;
	const struct record_head head = {
		.generation = job->number, .replaces = job->has_old ? job->old.id.number : 0, .applied_at = now,
		.who = who, .message = job->apply->message, .probes = job->apply->probes,
	};
	struct failure why = { 0 };
	bool ok;

	gmtime_r(&seconds, &utc);
	strftime(now, sizeof(now), "%Y-%m-%dT%H:%M:%SZ", &utc);
	ok = stage_begin(&job->site, job->objects, job->n, job->number, staged, &job->why);
	phases_end(&job->phases, "pinned");
	for (size_t i = 0; ok && i < job->n; i++)
		ok = carry_contents(&job->objects[i], staged, i, job->sources[i], &job->befores[i], job->begins[i],
				    &job->why);
	phases_end(&job->phases, "sets filled");
	ok = ok && stage_end(&job->site, job->objects, job->n, &job->plan, &head, staged, &job->why);
	/* A disk that is full keeps nobody from closing a port. */
	if (ok && !history_write(&job->history, &head, job->apply, job->objects, job->n, &why))
		say("warning: this generation will not be in the history: %s", why.text);
	phases_end(&job->phases, "history written");
	free(who);
	return ok;
}

static void say_in_force(const struct job *job, const struct generation *staged)
{
	struct printable text;

	printf("polic%s %s %s in force as generation %u\n", job->n > 1 ? "ies" : "y",
	       printable(&text, staged->record.policies), job->n > 1 ? "are" : "is", staged->record.generation);
}

static void report(const struct job *job, const struct generation *staged, const struct outcome *outcomes)
{
	say_in_force(job, staged);
	for (size_t i = 0; i < staged->record.n; i++) {
		const struct attachment *item = &staged->record.items[i];

		report_attachment(item, &outcomes[i]);
		report_warnings(item, &staged->record.parts[item->part], &job->state.hooks);
	}
	for (size_t i = 0; i < job->n; i++)
		report_sets(job->manifests[i], job->begins[i]);
	report_removed(old_of(job), staged->record.items, staged->record.n, "removed");
}

/* From the first pin to the last word, only a kill may interrupt: the rest waits, and then takes effect. */
static bool put_in_force(struct job *job)
{
	const struct apply *apply = job->apply;
	struct outcome *outcomes = allocate(job->plan.n, sizeof(*outcomes));
	__u64 window = apply->confirm_ns ? apply->confirm_ns : apply->n_probes ? PROBE_NS : 0;
	struct generation staged = { 0 };
	bool ok = stage(job, &staged) && commit_prepare(&job->state, &staged, outcomes, &job->why);

	phases_end(&job->phases, "hooks and slots prepared");
	if (ok) {
		job->deadline = window ? monotonic_ns() + window : 0;
		ok = commit_switch(&job->state, &staged, job->deadline, &job->why);
		phases_end(&job->phases, "commit");
	}
	if (ok) {
		done_set("generation %u is in force", job->number);
		commit_settle(&job->state, &staged);
		for (size_t i = 0; i < job->n; i++)
			carry_copies(&job->objects[i], &job->befores[i]);
		history_sweep(&job->history, job->number);
		phases_end(&job->phases, "settled and collected");
		report(job, &staged, outcomes);
	} else {
		commit_abandon(&job->state, &staged);
		history_sweep(&job->history, job->has_old ? job->old.id.number : 0);
	}
	generation_close(&staged);
	free(outcomes);
	return ok;
}

static bool check_privilege(struct job *job)
{
	struct failure unprivileged;

	if (capabilities_check(&unprivileged))
		return true;
	say("%s: what is in force and whether the kernel takes the programs was not checked", unprivileged.text);
	return false;
}

static bool dry_run(struct job *job)
{
	bool privileged = check_privilege(job);
	struct hooks hooks = { 0 };
	struct printable text;
	char gains[1024];
	bool ok = true;

	if (privileged)
		ok = site_init(&job->site, job->apply->bpffs, &job->why) && look(job) &&
		     hooks_read(&hooks, &job->site, &job->why) &&
		     hooks_check_foreign(&hooks, &job->plan, &job->why) && load(job);
	for (size_t i = 0; ok && i < job->n; i++) {
		printf("policy %s would be applied%s\n", printable(&text, job->manifests[i]->policy),
		       job->befores[i].manifest ? ", replacing the one in force" : "");
		for (size_t j = 0; j < job->plan.n; j++) {
			const struct attachment *item = &job->plan.items[j];

			if (item->part != i)
				continue;
			report_attachment(item, NULL);
			report_warnings(item, job->manifests[i], &hooks);
		}
		if (privileged)
			report_cost(&job->objects[i]);
		carry_gains(&job->objects[i], job->sources[i], &job->befores[i], gains, sizeof(gains));
		if (*gains)
			printf("  goes on: %s\n", printable(&text, gains));
	}
	if (ok && privileged && job->tests)
		printf("%zu test%s in this kernel\n", job->tests, job->tests == 1 ? " passes" : "s pass");
	if (ok) {
		report_removed(old_of(job), job->plan.items, job->plan.n, "would be removed");
		say_losses(job);
		for (size_t i = 0; i < job->n; i++)
			meaning_print(&job->history, &job->befores[i], &job->objects[i]);
	}
	hooks_free(&hooks);
	return ok;
}

/* Says that the policy before is as it was. False, for the caller to return. */
static bool still_old(struct job *job)
{
	size_t used = strlen(job->why.text);

	job->why.code = EXIT_APPLY_FAILED;
	snprintf(job->why.text + used, sizeof(job->why.text) - used, "\n%s: policy %.400s, generation %u, is still in force",
		 program_invocation_short_name, job->old.record.policies, job->old.record.generation);
	return false;
}

static bool apply_locked(struct job *job)
{
	sigset_t before;
	bool ok;

	quiet_begin(&before);
	ok = state_open(&job->state, &job->site, &job->why) && commit_recover(&job->state, &job->why) &&
	     confirm_say_expired(&job->state, &job->history, &job->why) && look(job);
	phases_end(&job->phases, "what is in force looked at");
	if (ok) {
		history_sweep(&job->history, job->has_old ? job->old.id.number : 0);
		ok = confirm_none_pending(&job->state, &job->why) &&
		     hooks_check_foreign(&job->state.hooks, &job->plan, &job->why) && load(job);
	}
	if (ok) {
		say_losses(job);
		ok = put_in_force(job);
	}
	quiet_end(&before);
	if (ok)
		return !job->deadline || confirm_begin(&job->state, &job->history, job->apply, job->number,
						       job->deadline, &job->why);
	/* Of all that may fail, the policy that is in force notices nothing. */
	return job->has_old && job->why.code == EXIT_ENVIRONMENT ? still_old(job) : false;
}

static bool apply_now(struct job *job)
{
	return site_init(&job->site, job->apply->bpffs, &job->why) && site_prepare(&job->site, &job->why) &&
	       apply_locked(job);
}

static void job_free(struct job *job)
{
	if (job->has_old)
		generation_close(&job->old);
	if (job->state.gate.bpf)
		state_close(&job->state);
	site_close(&job->site);
	plan_free(&job->plan);
	interfaces_free(&job->interfaces);
	for (size_t i = 0; i < job->n; i++) {
		if (job->sources[i])
			set_sources_free(job->sources[i], job->objects[i].manifest.n_sets);
		free(job->begins[i]);
		object_close(&job->objects[i]);
	}
	free(job->objects);
	free(job->manifests);
	free(job->sources);
	free(job->begins);
	free(job->befores);
}

int apply_policy(const struct apply *apply)
{
	struct job job = { .apply = apply, .site.lock = -1 };
	bool ok = (apply->dry_run || capabilities_check(&job.why)) && open_files(&job) &&
		  (!apply->netns || netns_enter(apply->netns, &job.why)) &&
		  history_init(&job.history, apply->state_dir, &job.why) && make_plan(&job) &&
		  (apply->dry_run ? dry_run(&job) : apply_now(&job));

	/* A refused first apply leaves nothing. */
	if (!ok && job.site.lock >= 0 && !job.has_old && job.state.gate.bpf && job.why.code != EXIT_ROLLED_BACK)
		commit_prune(&job.state);
	if (!ok && job.site.lock >= 0)
		site_prune(&job.site);
	if (ok && apply->verbose)
		phases_say(&job.phases);
	job_free(&job);
	return ok ? EXIT_GOOD : say_failure(&job.why);
}

static bool remove_all(struct site *site, const struct history *history, struct failure *why)
{
	struct failure unreadable = { 0 };
	struct site_state state;
	struct generation old;
	struct printable text;
	bool has_old = generation_current(&old, site, &unreadable) == PRESENCE_FOUND;
	bool ok = state_open_present(&state, site, why);
	size_t n = ok ? state.hooks.n : 0;

	if (ok && !has_old && !n)
		puts("no policy is in force");
	ok = ok && commit_remove(&state, why);
	if (ok)
		done_set("what was in force here is removed");
	if (ok && has_old)
		printf("policy %s, generation %u, removed\n", printable(&text, old.record.policies),
		       old.record.generation);
	for (size_t i = 0; ok && i < n; i++) {
		const struct hook *hook = &state.hooks.items[i].hook;
		char name[IF_NAMESIZE];

		printf("  %-15s %-7s %s\n", printable(&text, interface_present(hook->ifindex, "(gone)", name)),
		       direction_words[hook->direction], means_words[hook->means]);
	}
	state_close(&state);
	if (has_old)
		generation_close(&old);
	return ok;
}

int apply_remove(const struct apply *apply)
{
	struct failure why = { 0 };
	struct site site = { .lock = -1 };
	struct history history;
	bool ok = capabilities_check(&why) && (!apply->netns || netns_enter(apply->netns, &why)) &&
		  history_init(&history, apply->state_dir, &why) && site_init(&site, apply->bpffs, &why);

	if (ok && site_lock(&site, &why)) {
		sigset_t before;

		quiet_begin(&before);
		ok = remove_all(&site, &history, &why);
		site_prune(&site);
		quiet_end(&before);
	} else if (ok && !why.code) {
		const char *hint = site_hint(&site);

		puts("no policy is in force");
		if (hint)
			say("%s", hint);
	} else {
		ok = false;
	}
	site_close(&site);
	return ok ? EXIT_GOOD : say_failure(&why);
}
