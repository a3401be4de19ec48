/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "plan.h"

#include "memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct planner {
	struct plan *plan;
	const struct manifest *const *parts; /* of all objects */
	size_t n_parts;
	size_t part;                         /* being planned */
	const struct bindings *bindings;
	const struct interfaces *interfaces;
	enum means tc;
	struct failure *why;
	bool left_out; /* a block on any interface leaves out some whose packets may have no Ethernet header */
};

/* As a role of --bind: the interfaces of the blocks on any interface. A keyword, so no role is called so. */
#define ANY "any"

static bool has_role(const struct manifest *manifest, const char *role)
{
	for (size_t i = 0; i < manifest->n_blocks; i++) {
		const struct manifest_block *block = &manifest->blocks[i];

		for (size_t j = 0; j < block->n_roles; j++) {
			if (strcmp(block->roles[j].role, role) == 0)
				return true;
		}
	}
	return false;
}

static bool has_any(const struct manifest *manifest)
{
	for (size_t i = 0; i < manifest->n_blocks; i++) {
		if (manifest->blocks[i].any)
			return true;
	}
	return false;
}

/* Whether no earlier block has the role that is the `j`th of block `i`. */
static bool first_use(const struct manifest *manifest, size_t i, size_t j)
{
	const struct manifest before = { .n_blocks = i, .blocks = manifest->blocks };

	return !has_role(&before, manifest->blocks[i].roles[j].role);
}

static void append(char *list, size_t size, const char *word)
{
	size_t used = strlen(list);

	snprintf(list + used, size - used, "%s%s", used ? ", " : "", word);
}

static void append_roles(const struct manifest *manifest, char *roles, size_t size)
{
	for (size_t i = 0; i < manifest->n_blocks; i++) {
		for (size_t j = 0; j < manifest->blocks[i].n_roles; j++) {
			if (first_use(manifest, i, j))
				append(roles, size, manifest->blocks[i].roles[j].role);
		}
	}
}

static bool some_part_has(const struct planner *planner, const char *role)
{
	for (size_t i = 0; i < planner->n_parts; i++) {
		if (has_role(planner->parts[i], role) || (strcmp(role, ANY) == 0 && has_any(planner->parts[i])))
			return true;
	}
	return false;
}

/* A role of --bind that nothing in the policies uses is a slip of the pen. */
static bool check_bindings(const struct planner *planner)
{
	char roles[512] = "", policies[256] = "";

	for (size_t i = 0; i < planner->n_parts; i++) {
		append(policies, sizeof(policies), planner->parts[i]->policy);
		append_roles(planner->parts[i], roles, sizeof(roles));
	}
	if (some_part_has(planner, ANY))
		append(roles, sizeof(roles), ANY " (for the blocks on any interface)");
	for (size_t i = 0; i < planner->bindings->n; i++) {
		const struct binding *binding = &planner->bindings->items[i];

		if (!some_part_has(planner, binding->role))
			return failure_set(planner->why, EXIT_USAGE, "--bind %s=%s: policy %s has no role '%s'; it has: %s",
					   binding->role, binding->interface, policies, binding->role, roles);
	}
	return true;
}

static bool no_interface(const struct planner *planner, const char *role, const char *name, bool bound)
{
	char there[512] = "";

	for (size_t i = 0; i < planner->interfaces->n; i++)
		append(there, sizeof(there), planner->interfaces->items[i].name);
	return failure_set(planner->why, EXIT_ENVIRONMENT, "role %s: no interface '%s' here; there are: %s%s%s%s", role,
			   name, there[0] ? there : "none", bound ? "" : " (choose one with --bind ", bound ? "" : role,
			   bound ? "" : "=INTERFACE)");
}

static enum means block_means(const struct planner *planner, const struct manifest_block *block)
{
	return block->xdp ? MEANS_XDP : planner->tc;
}

static const struct attachment *planned(const struct plan *plan, const struct hook *hook)
{
	for (size_t i = 0; i < plan->n; i++) {
		if (hook_equal(&plan->items[i].hook, hook))
			return &plan->items[i];
	}
	return NULL;
}

static bool add(struct planner *planner, const struct manifest_block *block, const struct interface *interface)
{
	struct plan *plan = planner->plan;
	struct attachment *item;
	struct hook hook = {
		.means = block_means(planner, block),
		.direction = block->direction,
		.ifindex = interface->index,
	};
	const struct attachment *other = planned(plan, &hook);

	if (!interface_check(interface, planner->why))
		return false;
	if (other && other->part == planner->part && other->block == block->name)
		return true;
	if (other && other->part != planner->part)
		return failure_set(planner->why, EXIT_ENVIRONMENT,
				   "interface %s: policies %s and %s both want its %s %s hook; one generation has one "
				   "program there: make one policy of them, or bind them to different interfaces",
				   interface->name, planner->parts[other->part]->policy,
				   planner->parts[planner->part]->policy, direction_words[hook.direction],
				   block->xdp ? "xdp" : "tc");
	if (other)
		return failure_set(planner->why, EXIT_ENVIRONMENT,
				   "interface %s: blocks '%s' and '%s' both want its %s %s hook; bind their roles to "
				   "different interfaces",
				   interface->name, other->block, block->name, direction_words[hook.direction],
				   block->xdp ? "xdp" : "tc");
	plan->items = grow(plan->items, plan->n, sizeof(*plan->items));
	item = &plan->items[plan->n++];
	*item = (struct attachment){ .hook = hook, .part = planner->part, .program = block->program,
				     .block = block->name };
	memcpy(item->interface, interface->name, sizeof(item->interface));
	return true;
}

static bool add_named(struct planner *planner, const struct manifest_block *block, const char *role, const char *name,
		      bool bound)
{
	const struct interface *interface = interfaces_find(planner->interfaces, name);

	return interface ? add(planner, block, interface) : no_interface(planner, role, name, bound);
}

/* What --bind gives a role; *n: how many. */
static bool add_bound(struct planner *planner, const struct manifest_block *block, const char *role, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < planner->bindings->n; i++) {
		const struct binding *binding = &planner->bindings->items[i];

		if (strcmp(binding->role, role) != 0)
			continue;
		++*n;
		if (!add_named(planner, block, role, binding->interface, true))
			return false;
	}
	return true;
}

static bool add_role(struct planner *planner, const struct manifest_block *block, const struct manifest_role *role)
{
	size_t bound;

	return add_bound(planner, block, role->role, &bound) &&
	       (bound || add_named(planner, block, role->role, role->device, false));
}

static bool is_candidate(const struct interface *interface)
{
	return interface->up && !interface->loopback;
}

/* What `any` interface means here: what is bound to it, else the roles of the policy, else all that are up. */
static bool add_any(struct planner *planner, const struct manifest_block *block)
{
	const struct manifest *manifest = planner->parts[planner->part];
	size_t bound;

	if (!add_bound(planner, block, ANY, &bound))
		return false;
	if (bound)
		return true;
	for (size_t i = 0; i < manifest->n_blocks; i++) {
		for (size_t j = 0; j < manifest->blocks[i].n_roles; j++) {
			bound++;
			if (!add_role(planner, block, &manifest->blocks[i].roles[j]))
				return false;
		}
	}
	for (size_t i = 0; !bound && i < planner->interfaces->n; i++) {
		const struct interface *interface = &planner->interfaces->items[i];

		if (!is_candidate(interface))
			continue;
		if (interface->kind || interface->ifb)
			planner->left_out = true;
		else if (!add(planner, block, interface))
			return false;
	}
	return true;
}

/* Once, not for each block. */
static void say_left_out(const struct planner *planner)
{
	for (size_t i = 0; planner->left_out && i < planner->interfaces->n; i++) {
		const struct interface *interface = &planner->interfaces->items[i];

		if (is_candidate(interface) && interface->kind)
			say("warning: interface %s is left without a policy: it is %s, without an Ethernet header",
			    interface->name, interface->kind);
		else if (is_candidate(interface) && interface->ifb)
			say("warning: interface %s is left without a policy: it is an ifb, and what is redirected to it "
			    "from a tunnel has no Ethernet header; filter where the packets come from, or name it in the "
			    "policy if all of them have one",
			    interface->name);
	}
}

/* The kernel runs XDP, tc ingress, tc egress: lists are in that order, so that reports read like a packet's way. */
static int compare(const void *left, const void *right)
{
	const struct attachment *a = left, *b = right;

	if (a->hook.direction != b->hook.direction)
		return (int)a->hook.direction - (int)b->hook.direction;
	if (a->hook.means != b->hook.means)
		return (int)a->hook.means - (int)b->hook.means;
	return a->hook.ifindex < b->hook.ifindex ? -1 : a->hook.ifindex > b->hook.ifindex;
}

static bool plan_part(struct planner *planner)
{
	const struct manifest *manifest = planner->parts[planner->part];
	size_t before = planner->plan->n;

	for (size_t i = 0; i < manifest->n_blocks; i++) {
		const struct manifest_block *block = &manifest->blocks[i];

		for (size_t j = 0; !block->any && j < block->n_roles; j++) {
			if (!add_role(planner, block, &block->roles[j]))
				return false;
		}
	}
	for (size_t i = 0; i < manifest->n_blocks; i++) {
		if (manifest->blocks[i].any && !add_any(planner, &manifest->blocks[i]))
			return false;
	}
	return planner->plan->n > before ||
	       failure_set(planner->why, EXIT_ENVIRONMENT,
			   "policy %s is for any interface, but no Ethernet interface is up here (loopback and ifb "
			   "are not counted)",
			   manifest->policy);
}

static bool plan_fill(struct planner *planner)
{
	if (!check_bindings(planner))
		return false;
	for (planner->part = 0; planner->part < planner->n_parts; planner->part++) {
		if (!plan_part(planner))
			return false;
	}
	say_left_out(planner);
	qsort(planner->plan->items, planner->plan->n, sizeof(*planner->plan->items), compare);
	return true;
}

bool plan_make(struct plan *plan, const struct manifest *const *parts, size_t n_parts, const struct bindings *bindings,
	       const struct interfaces *interfaces, enum means tc, struct failure *why)
{
	struct planner planner = { .plan = plan, .parts = parts, .n_parts = n_parts, .bindings = bindings,
				   .interfaces = interfaces, .tc = tc, .why = why };

	*plan = (struct plan){ 0 };
	if (plan_fill(&planner))
		return true;
	plan_free(plan);
	return false;
}

void plan_free(struct plan *plan)
{
	free(plan->items);
	*plan = (struct plan){ 0 };
}
