/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "hooks.h"

#include "clsact.h"
#include "memory.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static struct held *add(struct hooks *hooks)
{
	hooks->items = grow(hooks->items, hooks->n, sizeof(*hooks->items));
	hooks->items[hooks->n] = (struct held){ 0 };
	return &hooks->items[hooks->n++];
}

static bool read_links(struct hooks *hooks, const struct site *site, struct failure *why)
{
	DIR *stream = opendir(site->links.text);
	struct dirent *entry;
	bool ok = true;

	if (!stream)
		return errno == ENOENT || failure_set(why, EXIT_ENVIRONMENT, "cannot read %s: %s", site->links.text,
					       strerror(errno));
	while (ok && (entry = readdir(stream))) {
		struct link link;
		struct path pin;
		struct held *held;
		int error;

		if (entry->d_name[0] == '.')
			continue;
		error = path_format(&pin, "%s/%s", site->links.text, entry->d_name) ? link_read(&pin, &link) : -errno;
		if (error == -ENOENT) /* removed since */
			continue;
		if (error) {
			ok = failure_set(why, EXIT_ENVIRONMENT, "cannot read %s: %s", pin.text,
				  error == -EINVAL ? "not a link of ours" : strerror(-error));
			continue;
		}
		held = add(hooks);
		held->hook = link.hook;
		held->program = link.program;
		held->pin = pin;
	}
	closedir(stream);
	return ok;
}

static bool find_program(const struct generation *generations, size_t n, __u32 program, struct path *pin)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < generations[i].record.n; j++) {
			if (generation_program_path(&generations[i], &generations[i].record.items[j], pin) &&
			    program_pinned_id(pin) == program)
				return true;
		}
	}
	pin->text[0] = '\0';
	return false;
}

/* A filter is known by place and program: somebody else's at the same place is not ours. */
static void read_filters(struct hooks *hooks, const struct generation *generations, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		for (size_t j = 0; j < generations[i].record.n; j++) {
			const struct hook *hook = &generations[i].record.items[j].hook;
			struct held held = { .hook = *hook };

			if (hook->means == MEANS_CLSACT && !hooks_find(hooks, hook) &&
			    clsact_query(hook, &held.program) == 0 && held.program &&
			    find_program(generations, n, held.program, &held.program_pin))
				*add(hooks) = held;
		}
	}
}

bool hooks_read(struct hooks *hooks, const struct site *site, struct failure *why)
{
	struct generation *generations;
	struct generation_id *ids;
	size_t n_ids, n = 0;

	*hooks = (struct hooks){ 0 };
	if (!read_links(hooks, site, why) || !site_generations(site, &ids, &n_ids, why)) {
		hooks_free(hooks);
		return false;
	}
	generations = allocate(n_ids, sizeof(*generations));
	for (size_t i = 0; i < n_ids; i++) {
		struct failure ignored;

		/* One that is half made or half removed has nothing attached. */
		if (generation_open(&generations[n], site, ids[i], &ignored))
			n++;
	}
	for (size_t i = 0; i < hooks->n; i++)
		find_program(generations, n, hooks->items[i].program, &hooks->items[i].program_pin);
	read_filters(hooks, generations, n);
	for (size_t i = 0; i < n; i++)
		generation_close(&generations[i]);
	free(generations);
	free(ids);
	return true;
}

void hooks_free(struct hooks *hooks)
{
	free(hooks->items);
	*hooks = (struct hooks){ 0 };
}

const struct held *hooks_find(const struct hooks *hooks, const struct hook *hook)
{
	for (size_t i = 0; i < hooks->n; i++) {
		if (hook->ifindex && hook_equal(&hooks->items[i].hook, hook))
			return &hooks->items[i];
	}
	return NULL;
}

static bool plan_wants(const struct attachment *items, size_t n, const struct hook *hook)
{
	for (size_t i = 0; i < n; i++) {
		if (hook_equal(&items[i].hook, hook))
			return true;
	}
	return false;
}

size_t hooks_changes(const struct hooks *hooks, const struct plan *plan)
{
	size_t changes = plan->n;

	for (size_t i = 0; i < hooks->n; i++) {
		/* A link whose interface is gone holds nothing that a packet could meet. */
		if (hooks->items[i].hook.ifindex && !plan_wants(plan->items, plan->n, &hooks->items[i].hook))
			changes++;
	}
	return changes;
}

static bool foreign(const struct attachment *item, enum xdp_mode mode, __u32 program, struct failure *why)
{
	char name[64];

	program_describe(program, name, sizeof(name));
	if (item->hook.means == MEANS_CLSACT)
		return failure_set(why, EXIT_ENVIRONMENT,
				   "interface %s: the tc %s filter of our priority and handle carries a program that "
				   "is not ours: %s; it is left alone. Remove it (tc filter del) or use --tc tcx",
				   item->interface, direction_words[item->hook.direction], name);
	return failure_set(
		why, EXIT_ENVIRONMENT,
		"interface %s: carries an XDP program that is not ours: %s, %s; it is left alone. Detach it with the "
		"tool that attached it (or: ip link set dev %s xdp off), or bind the policy to another interface",
		item->interface, name, xdp_mode_words[mode], item->interface);
}

static bool check_foreign(const struct attachment *item, struct failure *why)
{
	enum xdp_mode mode = XDP_MODE_NONE;
	__u32 program = 0;

	if (item->hook.means == MEANS_XDP)
		xdp_query(item->hook.ifindex, &mode, &program);
	else if (item->hook.means == MEANS_CLSACT)
		clsact_query(&item->hook, &program);
	return !program || foreign(item, mode, program, why);
}

bool hooks_check_foreign(const struct hooks *hooks, const struct plan *plan, struct failure *why)
{
	for (size_t i = 0; i < plan->n; i++) {
		if (!hooks_find(hooks, &plan->items[i].hook) && !check_foreign(&plan->items[i], why))
			return false;
	}
	return true;
}

struct convergence {
	const struct site *site;
	const struct generation *wanted;
	struct hooks hooks; /* as they were at the beginning */
	struct outcome *outcomes;
	struct failure *why;
	bool best_effort;
};

static bool failed(struct convergence *job, const struct attachment *item, const char *action, int error)
{
	char name[IF_NAMESIZE];

	/* On the way back, an interface that is gone misses nothing. */
	if (job->best_effort && !if_indextoname(item->hook.ifindex, name))
		return true;
	/* The error of somebody else's program is worth its name. */
	if ((error == -EBUSY || error == -EEXIST) && !check_foreign(item, job->why))
		return false;
	return failure_set(job->why, EXIT_ENVIRONMENT, "interface %s: cannot %s the %s program on %s: %s",
			   item->interface, action, means_words[item->hook.means],
			   direction_words[item->hook.direction],
			   error == -ENODEV || error == -ENOLINK ? "the interface is gone" : strerror(-error));
}

static bool create_one(struct convergence *job, const struct attachment *item, int program, struct outcome *outcome)
{
	struct path pin;
	int error;

	if (item->hook.means == MEANS_CLSACT)
		error = clsact_attach(&item->hook, program, false);
	else if (!site_link_path(job->site, &item->hook, &pin))
		error = -errno;
	else
		error = link_create(&item->hook, program, &pin, &outcome->mode, &outcome->native_error);
	outcome->created = true;
	return !error || failed(job, item, "attach", error);
}

static bool move_one(struct convergence *job, const struct attachment *item, int program, const struct held *held)
{
	int error, old;

	if (held->program == program_id(program))
		return true;
	if (item->hook.means == MEANS_CLSACT) {
		error = clsact_attach(&item->hook, program, true);
	} else {
		/* By id is for CAP_SYS_ADMIN only. */
		old = held->program_pin.text[0] ? bpf_obj_get(held->program_pin.text)
						: bpf_prog_get_fd_by_id(held->program);
		if (old < 0)
			return failed(job, item, "open the former", -errno);
		error = link_move(&held->pin, program, old);
		close(old);
	}
	return !error || failed(job, item, "replace", error);
}

enum pass {
	PASS_CREATE,
	PASS_MOVE_TC,
	PASS_MOVE_XDP,
	N_PASSES,
};

static bool put_one(struct convergence *job, size_t index, enum pass pass)
{
	const struct attachment *item = &job->wanted->record.items[index];
	const struct held *held = hooks_find(&job->hooks, &item->hook);
	enum pass due = !held ? PASS_CREATE : item->hook.means == MEANS_XDP ? PASS_MOVE_XDP : PASS_MOVE_TC;
	struct outcome unused, *outcome = job->outcomes ? &job->outcomes[index] : &unused;
	bool ok;
	int fd;

	if (due != pass)
		return true;
	fd = generation_program(job->wanted, item);
	if (fd < 0)
		return failed(job, item, "open", -errno);
	*outcome = (struct outcome){ 0 };
	if (held) {
		__u32 program;

		if (pass == PASS_MOVE_XDP)
			xdp_query(item->hook.ifindex, &outcome->mode, &program);
		ok = move_one(job, item, fd, held);
	} else {
		ok = create_one(job, item, fd, outcome);
	}
	close(fd);
	return ok;
}

static bool remove_one(struct convergence *job, const struct held *held)
{
	int error = held->pin.text[0] ? link_remove(&held->pin) : clsact_detach(&held->hook);

	if (!error || error == -ENOENT)
		return true;
	return failure_set(job->why, EXIT_ENVIRONMENT, "cannot detach the %s program of interface number %u: %s",
		    means_words[held->hook.means], held->hook.ifindex, strerror(-error));
}

static bool converge(struct convergence *job)
{
	const struct attachment *items = job->wanted ? job->wanted->record.items : NULL;
	size_t n = job->wanted ? job->wanted->record.n : 0;
	bool ok = true;

	/* A pin whose interface is gone stands in the way of a new interface of the same number. */
	for (size_t i = 0; i < job->hooks.n && (ok || job->best_effort); i++) {
		if (!job->hooks.items[i].hook.ifindex)
			ok = remove_one(job, &job->hooks.items[i]) && ok;
	}
	for (enum pass pass = 0; pass < N_PASSES; pass++) {
		for (size_t i = 0; i < n && (ok || job->best_effort); i++)
			ok = put_one(job, i, pass) && ok;
	}
	for (size_t i = 0; i < job->hooks.n && (ok || job->best_effort); i++) {
		const struct hook *hook = &job->hooks.items[i].hook;

		if (hook->ifindex && !plan_wants(items, n, hook))
			ok = remove_one(job, &job->hooks.items[i]) && ok;
	}
	return ok;
}

bool hooks_converge(const struct site *site, const struct generation *wanted, bool best_effort,
		    struct outcome *outcomes, struct failure *why)
{
	struct convergence job = {
		.site = site, .wanted = wanted, .outcomes = outcomes, .why = why, .best_effort = best_effort,
	};
	bool ok = hooks_read(&job.hooks, site, why) && converge(&job);

	hooks_free(&job.hooks);
	return ok;
}
