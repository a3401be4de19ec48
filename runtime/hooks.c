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

/* An interface that went to another network namespace took its XDP program along, and the link with it. */
static bool is_elsewhere(const struct link *link)
{
	enum xdp_mode mode;
	__u32 program;

	return link->hook.means == MEANS_XDP && link->hook.ifindex &&
	       (xdp_query(link->hook.ifindex, &mode, &program) != 0 || program != link->program);
}

static bool read_link(struct held *held, struct failure *why)
{
	struct link link;
	int error = link_read(&held->pin, &link);

	if (!error) {
		/* The name is what it was made for; the kernel knows whether that is still there. */
		held->hook.ifindex = is_elsewhere(&link) ? 0 : link.hook.ifindex;
		held->program = link.program;
		return true;
	}
	if (error == -ENOENT) /* removed since */
		return false;
	return failure_set(why, EXIT_ENVIRONMENT, "cannot read %s: %s", held->pin.text,
			   error == -EINVAL ? "not a link of ours" : strerror(-error));
}

/* The pin is the dispatcher itself; it is attached if the filter at our place has it. */
static bool read_filter(struct held *held)
{
	__u32 program = program_pinned_id(&held->pin);

	if (!program)
		return false;
	if (clsact_query(&held->hook, &held->program) != 0 || held->program != program)
		held->hook.ifindex = 0;
	held->program = program;
	return true;
}

static bool read_pin(struct hooks *hooks, const struct site *site, const char *name, struct failure *why)
{
	struct held held = { 0 };
	bool there;

	if (!path_format(&held.pin, "%s/%s", site->links.text, name))
		return failure_set(why, EXIT_ENVIRONMENT, "%s: %s", site->links.text, strerror(errno));
	if (!site_link_name(name, &held.hook, &held.number, &held.made_qdisc) || held.number >= SENTRY_HOOKS_MAX)
		return failure_set(why, EXIT_ENVIRONMENT, "%s is not a pin of ours", held.pin.text);
	why->code = 0;
	there = held.hook.means == MEANS_CLSACT ? read_filter(&held) : read_link(&held, why);
	if (!there)
		return !why->code;
	hooks->items = grow(hooks->items, hooks->n, sizeof(*hooks->items));
	hooks->items[hooks->n++] = held;
	return true;
}

bool hooks_read(struct hooks *hooks, const struct site *site, struct failure *why)
{
	DIR *stream = opendir(site->links.text);
	struct dirent *entry;
	bool ok = true;

	*hooks = (struct hooks){ 0 };
	if (!stream)
		return errno == ENOENT || failure_set(why, EXIT_ENVIRONMENT, "cannot read %s: %s", site->links.text,
						      strerror(errno));
	while (ok && (entry = readdir(stream)))
		ok = entry->d_name[0] == '.' || read_pin(hooks, site, entry->d_name, why);
	closedir(stream);
	if (!ok)
		hooks_free(hooks);
	return ok;
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

/* What a link holds, nothing but the link gives back. */
static bool foreign_xdp(const struct attachment *item, enum xdp_mode mode, __u32 program, struct failure *why)
{
	char name[64], bare[PROGRAM_NAME_SIZE], detach[64] = "it is held by a link: see bpftool link";

	program_describe(program, name, sizeof(name));
	program_name(program, bare);
	if (strcmp(bare, DISPATCHER_XDP) == 0)
		return failure_set(why, EXIT_ENVIRONMENT,
				   "interface %s: carries an XDP program of Packet Sentry, below another --bpffs: %s, %s; it "
				   "is left alone. Give that --bpffs, or take it away there (sentry-apply --bpffs DIR "
				   "--remove), bind the policy to another interface, or say `via tc` in the policy",
				   item->interface, name, xdp_mode_words[mode]);
	if (!xdp_is_linked(item->hook.ifindex, program))
		snprintf(detach, sizeof(detach), "or: ip link set dev %s xdp off", item->interface);
	return failure_set(why, EXIT_ENVIRONMENT,
			   "interface %s: carries an XDP program that is not ours: %s, %s; it is left alone. Detach it with "
			   "the tool that attached it (%s), bind the policy to another interface, or say `via tc` in the "
			   "policy",
			   item->interface, name, xdp_mode_words[mode], detach);
}

static bool foreign(const struct attachment *item, enum xdp_mode mode, __u32 program, struct failure *why)
{
	char name[64];

	if (item->hook.means == MEANS_XDP)
		return foreign_xdp(item, mode, program, why);
	program_describe(program, name, sizeof(name));
	return failure_set(why, EXIT_ENVIRONMENT,
			   "interface %s: the tc %s filter of our priority and handle carries a program that "
			   "is not ours: %s; it is left alone. Remove it (tc filter del) or use --tc tcx",
			   item->interface, direction_words[item->hook.direction], name);
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

static bool cannot_attach(const struct attachment *item, int error, struct failure *why)
{
	/* Of somebody else's program the name is worth more than the error. */
	if ((error == -EBUSY || error == -EEXIST) && !check_foreign(item, why))
		return false;
	return failure_set(why, EXIT_ENVIRONMENT, "interface %s: cannot attach the %s program on %s: %s", item->interface,
			   means_words[item->hook.means], direction_words[item->hook.direction],
			   error == -ENODEV || error == -ENOLINK || error == -ENXIO ? "the interface is gone"
										    : strerror(-error));
}

static bool number_taken(const struct hooks *hooks, unsigned int number)
{
	for (size_t i = 0; i < hooks->n; i++) {
		if (hooks->items[i].number == number)
			return true;
	}
	return false;
}

static bool free_number(const struct hooks *hooks, unsigned int *number, struct failure *why)
{
	*number = 0;
	while (number_taken(hooks, *number))
		++*number;
	return *number < SENTRY_HOOKS_MAX ||
	       failure_set(why, EXIT_ENVIRONMENT, "more than %d hooks in one network namespace", SENTRY_HOOKS_MAX);
}

/* If one of our filters there came with the qdisc, the qdisc is ours, and goes with the last of them. */
static bool qdisc_is_ours(const struct hooks *hooks, unsigned int ifindex)
{
	for (size_t i = 0; i < hooks->n; i++) {
		if (hooks->items[i].hook.means == MEANS_CLSACT && hooks->items[i].hook.ifindex == ifindex &&
		    hooks->items[i].made_qdisc)
			return true;
	}
	return false;
}

/* The pin first, and as if the qdisc were made here: after a kill that is what is taken away, if it is unused. */
static int attach_filter(const struct site *site, const struct hooks *hooks, struct held *held, int program)
{
	struct path without;
	bool made;
	int error;

	held->made_qdisc = true;
	if (!site_link_path(site, &held->hook, held->number, true, &held->pin) ||
	    bpf_obj_pin(program, held->pin.text) != 0)
		return -errno;
	error = clsact_prepare(held->hook.ifindex, &made);
	if (!error && !made && !qdisc_is_ours(hooks, held->hook.ifindex)) {
		held->made_qdisc = false;
		if (site_link_path(site, &held->hook, held->number, false, &without) &&
		    rename(held->pin.text, without.text) == 0)
			held->pin = without;
		else
			error = -errno;
	}
	if (!error)
		error = clsact_attach(&held->hook, program, false);
	if (error) {
		unlink(held->pin.text);
		if (held->made_qdisc)
			clsact_release(held->hook.ifindex);
	}
	return error;
}

static bool fill_pass(struct gate *gate, const struct held *held, struct failure *why)
{
	for (unsigned int slot = 0; slot < SENTRY_GATE_SLOTS; slot++) {
		if (!gate_set_pass(gate, held->hook.means, held->number, slot, why))
			return false;
	}
	return true;
}

static bool stamps(const struct hook *hook)
{
	return hook->means != MEANS_XDP && hook->direction == DIRECTION_INGRESS;
}

bool hooks_add(struct hooks *hooks, struct gate *gate, const struct site *site, const struct attachment *item,
	       struct outcome *outcome, struct failure *why)
{
	struct held held = { .hook = item->hook };
	int program, error;

	*outcome = (struct outcome){ .created = true };
	if (!free_number(hooks, &held.number, why) || !fill_pass(gate, &held, why))
		return false;
	program = gate_dispatcher(gate, &item->hook, held.number, why);
	if (program < 0)
		return false;
	held.program = program_id(program);
	if (item->hook.means == MEANS_CLSACT)
		error = attach_filter(site, hooks, &held, program);
	else if (!site_link_path(site, &item->hook, held.number, false, &held.pin))
		error = -errno;
	else
		error = link_create(&item->hook, program, &held.pin, &outcome->mode, &outcome->native_error);
	close(program);
	if (error)
		return cannot_attach(item, error, why);
	hooks->items = grow(hooks->items, hooks->n, sizeof(*hooks->items));
	hooks->items[hooks->n++] = held;
	return !stamps(&held.hook) || gate_set_stamper(gate, held.hook.ifindex, true, why);
}

bool hooks_remove(struct gate *gate, const struct held *held, struct failure *why)
{
	struct hook named;
	unsigned int number;
	bool made;
	int error = 0;

	/* Without a gate (all of it is being removed) nobody reads who stamps. */
	if (gate && held->hook.ifindex && stamps(&held->hook) &&
	    !gate_set_stamper(gate, held->hook.ifindex, false, why))
		return false;
	if (held->hook.means != MEANS_CLSACT) {
		error = link_remove(&held->pin);
	} else {
		if (held->hook.ifindex)
			error = clsact_detach(&held->hook);
		if (error == -ENOENT || error == -EINVAL || error == -ENODEV)
			error = 0;
		if (!error && unlink(held->pin.text) != 0 && errno != ENOENT)
			error = -errno;
		if (!error && held->made_qdisc &&
		    site_link_name(strrchr(held->pin.text, '/') + 1, &named, &number, &made))
			clsact_release(named.ifindex);
	}
	return !error || error == -ENOENT ||
	       failure_set(why, EXIT_ENVIRONMENT, "cannot detach the %s program of interface number %u: %s",
			   means_words[held->hook.means], held->hook.ifindex, strerror(-error));
}

bool hooks_sweep(struct gate *gate, const struct site *site, struct failure *why)
{
	struct hooks hooks;
	bool ok = hooks_read(&hooks, site, why);

	for (size_t i = 0; ok && i < hooks.n; i++)
		ok = hooks.items[i].hook.ifindex || hooks_remove(gate, &hooks.items[i], why);
	hooks_free(&hooks);
	return ok;
}

static bool is_ours(const struct hooks *hooks, __u32 program)
{
	for (size_t i = 0; i < hooks->n; i++) {
		if (hooks->items[i].program == program)
			return true;
	}
	return false;
}

size_t hooks_ahead(const struct hooks *hooks, const struct hook *hook, __u32 ours, __u32 *ids, size_t room)
{
	size_t n = tcx_ahead(hook, ours, ids, room), others = 0;

	for (size_t i = 0; i < n; i++) {
		if (!is_ours(hooks, ids[i]))
			ids[others++] = ids[i];
	}
	return others;
}

bool hooks_need_stamp(const struct hooks *hooks)
{
	bool xdp = false, ingress = false, egress = false;

	for (size_t i = 0; i < hooks->n; i++) {
		const struct hook *hook = &hooks->items[i].hook;

		xdp |= hook->means == MEANS_XDP;
		ingress |= hook->means != MEANS_XDP && hook->direction == DIRECTION_INGRESS;
		egress |= hook->direction == DIRECTION_EGRESS;
	}
	return xdp + ingress + egress > 1;
}
