/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "apply.h"

#include "attach.h"
#include "capabilities.h"
#include "carry.h"
#include "compile_policy.h"
#include "generation.h"
#include "hooks.h"
#include "memory.h"
#include "netns.h"
#include "object.h"
#include "plan.h"
#include "printable.h"
#include "signature.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Everything that one apply holds; zeroed parts are not held. */
struct job {
	const struct apply *apply;
	struct object object;
	struct set_source *sources; /* one per set of the object */
	struct set_begin *begins;
	struct interfaces interfaces;
	struct plan plan;
	struct site site;
	struct hooks hooks;
	struct generation old;
	bool has_old;
	bool mixed; /* remains of an interrupted change could not be undone */
	unsigned int number; /* of the generation to come */
	struct failure why;
};

static bool open_file(struct job *job)
{
	const char *file = job->apply->file;
	const char *keys = job->apply->key_file ? job->apply->key_file : signature_trusted_keys();
	bool ok;
	int fd;

	if (keys && is_policy(file))
		return failure_set(&job->why, EXIT_ENVIRONMENT,
				   "%s: a policy is not signed, and %s asks for a signature: compile it, sign the object "
				   "with sentryc sign, and apply that",
				   file, keys);
	if (is_policy(file)) {
		fd = compile_policy(file, &job->why);
	} else {
		fd = strcmp(file, "-") == 0 ? dup(STDIN_FILENO) : open(file, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			failure_set(&job->why, EXIT_ENVIRONMENT, "%s: %s", file, strerror(errno));
	}
	if (fd < 0)
		return false;
	ok = object_open(&job->object, fd, file, keys, &job->why);
	close(fd);
	if (!ok)
		return false;
	job->begins = allocate(job->object.manifest.n_sets, sizeof(*job->begins));
	return set_sources_read(&job->sources, &job->object.manifest, &job->apply->sets, file, &job->why);
}

static const struct generation *old_of(const struct job *job)
{
	return job->has_old ? &job->old : NULL;
}

static bool load(struct job *job)
{
	return object_load(&job->object, job->number, job->apply->verbose, &job->why);
}

static bool make_plan(struct job *job)
{
	enum means tc = job->apply->tc == TC_CLSACT ? MEANS_CLSACT : MEANS_TCX;

	if (job->apply->tc == TC_AUTO && !tcx_supported())
		tc = MEANS_CLSACT;
	return interfaces_read(&job->interfaces, &job->why) &&
	       plan_make(&job->plan, &job->object.manifest, &job->apply->bindings, &job->interfaces, tc, &job->why);
}

/* What is in force now, and what the new generation will be called. */
static bool look(struct job *job)
{
	struct generation_id *ids;
	enum presence presence = generation_current(&job->old, &job->site, &job->why);
	size_t n;

	if (presence == PRESENCE_FAILED || !site_generations(&job->site, &ids, &n, &job->why))
		return false;
	job->has_old = presence == PRESENCE_FOUND;
	job->number = n ? ids[n - 1].number + 1 : 1;
	free(ids);
	return hooks_read(&job->hooks, &job->site, &job->why);
}

static bool check_atomic(struct job *job)
{
	size_t changes = hooks_changes(&job->hooks, &job->plan);

	if (!job->apply->atomic || changes <= 1)
		return true;
	return failure_set(&job->why, EXIT_ENVIRONMENT,
			   "--atomic: this policy changes %zu hooks, and this release changes them one after another; "
			   "without --atomic it is applied that way",
			   changes);
}

static void print_attachment(const struct attachment *item, const struct outcome *outcome)
{
	struct printable interface;

	printf("  %-15s %-7s %s", printable(&interface, item->interface), direction_words[item->hook.direction],
	       means_words[item->hook.means]);
	if (outcome && outcome->mode != XDP_MODE_NONE)
		printf(" (%s)", xdp_mode_words[outcome->mode]);
	printf("  %s%s\n", item->program, outcome ? outcome->created ? ", new" : ", replaced" : "");
}

static void warn_ahead(const struct attachment *item, __u32 ours)
{
	__u32 ids[TCX_MAX];
	size_t n = tcx_ahead(&item->hook, ours, ids, TCX_MAX);

	for (size_t i = 0; i < n; i++) {
		char name[64];

		program_describe(ids[i], name, sizeof(name));
		say("warning: interface %s: program %s, which is not ours, runs on %s before the policy; what it "
		    "decides, the policy never sees",
		    item->interface, name, direction_words[item->hook.direction]);
	}
}

static void warn_tags(const struct manifest *manifest, const struct attachment *item)
{
	const struct manifest_block *block = manifest_block(manifest, item->block);

	if (item->hook.means == MEANS_XDP && block && block->reads_vlan && interface_takes_tags(item->interface))
		say("warning: interface %s: its driver takes VLAN tags out of the frames, so that rules on `vlan` do "
		    "not see them in XDP: ethtool -K %s rxvlan off, or say `via tc` in the policy",
		    item->interface, item->interface);
}

static void print_sets(const struct job *job)
{
	for (size_t i = 0; i < job->object.manifest.n_sets; i++) {
		const struct set_begin *begin = &job->begins[i];
		struct printable name, from;

		printf("  set %-11s %zu element%s", printable(&name, job->object.manifest.sets[i].name),
		       begin->elements, begin->elements == 1 ? "" : "s");
		if (begin->from)
			printf(" from %s", printable(&from, begin->from));
		puts(begin->carried ? ", as before" : "");
	}
}

static void report(const struct job *job, const struct generation *staged, const struct outcome *outcomes)
{
	size_t changes = hooks_changes(&job->hooks, &job->plan);
	struct printable text;

	printf("policy %s is in force as generation %u", printable(&text, staged->record.manifest.policy),
	       staged->record.generation);
	if (changes > 1)
		printf(" (%zu hooks, one after another)", changes);
	putchar('\n');
	for (size_t i = 0; i < staged->record.n; i++) {
		const struct attachment *item = &staged->record.items[i];

		print_attachment(item, &outcomes[i]);
		if (outcomes[i].native_error)
			say("interface %s: its driver does not run XDP programs as it is set up (%s); generic mode is "
			    "used, which is slower",
			    item->interface, strerror(outcomes[i].native_error));
		warn_ahead(item, generation_program_id(staged, item));
		warn_tags(&staged->record.manifest, item);
	}
	print_sets(job);
	for (size_t i = 0; i < job->hooks.n; i++) {
		const struct hook *hook = &job->hooks.items[i].hook;
		char name[IF_NAMESIZE];

		if (hook->ifindex && !generation_attachment(staged, hook))
			printf("  %-15s %-7s %s  removed\n",
			       printable(&text, interface_present(hook->ifindex, "(gone)", name)),
			       direction_words[hook->direction], means_words[hook->means]);
	}
}

/* While hooks change, only a kill may interrupt: the rest waits, and then takes effect. */
static void hold_signals(sigset_t *before)
{
	sigset_t held;

	sigemptyset(&held);
	sigaddset(&held, SIGINT);
	sigaddset(&held, SIGTERM);
	sigaddset(&held, SIGHUP);
	sigaddset(&held, SIGQUIT);
	sigaddset(&held, SIGTSTP);
	sigprocmask(SIG_BLOCK, &held, before);
}

static bool put_in_force(struct job *job)
{
	struct outcome *outcomes = allocate(job->plan.n, sizeof(*outcomes));
	struct generation staged;
	sigset_t before;
	bool ok;

	hold_signals(&before);
	ok = carry_contents(&job->object, job->sources, old_of(job), job->begins, &job->why) &&
	     generation_stage(&job->site, &job->object, &job->plan, job->number, job->apply->message, &staged,
			      &job->why);
	if (ok) {
		ok = generation_commit(&job->site, &staged, old_of(job), outcomes, &job->why);
		if (ok) {
			/* As long as the old pins are there to compare with. */
			carry_report(&job->object, job->begins, old_of(job));
			generation_collect(&job->site, &staged);
			report(job, &staged, outcomes);
		}
		generation_close(&staged);
	}
	sigprocmask(SIG_SETMASK, &before, NULL);
	free(outcomes);
	return ok;
}

static bool dry_run(struct job *job)
{
	struct failure unprivileged;
	struct printable text;

	if (!capabilities_check(&unprivileged)) {
		say("%s: what is in force and whether the kernel takes the programs was not checked",
		    unprivileged.text);
	} else if (!site_init(&job->site, job->apply->bpffs, &job->why) || !look(job) || !check_atomic(job) ||
		   !hooks_check_foreign(&job->hooks, &job->plan, &job->why) ||
		   !load(job)) {
		return false;
	}
	printf("policy %s would be applied%s\n", printable(&text, job->object.manifest.policy),
	       job->has_old ? ", replacing the one in force" : "");
	for (size_t i = 0; i < job->plan.n; i++) {
		const struct attachment *item = &job->plan.items[i];
		const struct held *held = hooks_find(&job->hooks, &item->hook);

		print_attachment(item, NULL);
		/* A link that is there keeps its place; a new one goes before all others. */
		if (held)
			warn_ahead(item, held->program);
		warn_tags(&job->object.manifest, item);
	}
	return true;
}

static bool recover(struct job *job)
{
	bool ok, whole;
	sigset_t before;

	hold_signals(&before);
	ok = generation_recover(&job->site, &whole, &job->why);
	job->mixed = !whole;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return ok;
}

/* Appends a line to the failure. False, for the caller to return. */
static bool append(struct failure *why, const char *line)
{
	size_t used = strlen(why->text);

	why->code = EXIT_APPLY_FAILED;
	snprintf(why->text + used, sizeof(why->text) - used, "\n%s: %s", program_invocation_short_name, line);
	return false;
}

static bool still_mixed(struct job *job)
{
	return append(&job->why, "what an earlier sentry-apply left is still attached in part");
}

static bool still_old(struct job *job)
{
	char line[512];

	snprintf(line, sizeof(line), "policy %.400s, generation %u, is still in force", job->old.record.manifest.policy,
		 job->old.record.generation);
	return append(&job->why, line);
}

static bool apply_now(struct job *job)
{
	struct site *site = &job->site;

	if (!site_init(site, job->apply->bpffs, &job->why) || !site_prepare(site, &job->why) || !recover(job))
		return false;
	if (!look(job) || !check_atomic(job))
		return job->mixed ? still_mixed(job) : false;
	if (hooks_check_foreign(&job->hooks, &job->plan, &job->why) &&
	    carry_maps(&job->object, old_of(job), &job->why) && load(job) && put_in_force(job))
		return true;
	/* Of all that may fail from here on, the policy that is in force notices nothing. */
	if (job->mixed)
		return still_mixed(job);
	return job->has_old && job->why.code == EXIT_ENVIRONMENT ? still_old(job) : false;
}

int apply_policy(const struct apply *apply)
{
	struct job job = { .apply = apply, .site.lock = -1 };
	bool ok = (apply->dry_run || capabilities_check(&job.why)) && open_file(&job) &&
		  (!apply->netns || netns_enter(apply->netns, &job.why)) && make_plan(&job) &&
		  (apply->dry_run ? dry_run(&job) : apply_now(&job));

	/* A refused first apply leaves no empty directories. */
	if (!ok && job.site.lock >= 0)
		site_prune(&job.site);
	hooks_free(&job.hooks);
	if (job.has_old)
		generation_close(&job.old);
	site_close(&job.site);
	plan_free(&job.plan);
	interfaces_free(&job.interfaces);
	set_sources_free(job.sources, job.object.manifest.n_sets);
	free(job.begins);
	object_close(&job.object);
	return ok ? EXIT_GOOD : say_failure(&job.why);
}

static bool remove_all(const struct site *site, struct failure *why)
{
	struct generation old;
	struct failure unreadable = { 0 };
	struct printable text;
	struct hooks hooks;
	bool has_old = generation_current(&old, site, &unreadable) == PRESENCE_FOUND;
	bool ok = hooks_read(&hooks, site, why);

	if (ok && !has_old && !hooks.n)
		puts("no policy is in force");
	if (has_old)
		printf("policy %s, generation %u, removed\n", printable(&text, old.record.manifest.policy),
		       old.record.generation);
	ok = ok && hooks_converge(site, NULL, true, NULL, why);
	for (size_t i = 0; ok && i < hooks.n; i++) {
		const struct hook *hook = &hooks.items[i].hook;
		char name[IF_NAMESIZE];

		printf("  %-15s %-7s %s\n", printable(&text, interface_present(hook->ifindex, "(gone)", name)),
		       direction_words[hook->direction], means_words[hook->means]);
	}
	/* What is still attached must stay known: the pins of the generations go only when all hooks are free. */
	if (ok)
		generation_collect(site, NULL);
	hooks_free(&hooks);
	if (has_old)
		generation_close(&old);
	return ok;
}

int apply_remove(const struct apply *apply)
{
	struct failure why = { 0 };
	struct site site = { .lock = -1 };
	bool ok = capabilities_check(&why) && (!apply->netns || netns_enter(apply->netns, &why)) &&
		  site_init(&site, apply->bpffs, &why);

	if (ok && site_lock(&site, &why)) {
		sigset_t before;

		hold_signals(&before);
		ok = remove_all(&site, &why);
		site_prune(&site);
		sigprocmask(SIG_SETMASK, &before, NULL);
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
