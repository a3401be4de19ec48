/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "apply_report.h"

#include "interfaces.h"
#include "map_walk.h"
#include "printable.h"
#include "tags.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>
#include <string.h>

void report_attachment(const struct attachment *item, const struct outcome *outcome)
{
	struct printable interface;

	printf("  %-15s %-7s %s", printable(&interface, item->interface), direction_words[item->hook.direction],
	       means_words[item->hook.means]);
	if (outcome && outcome->mode != XDP_MODE_NONE)
		printf(" (%s)", xdp_mode_words[outcome->mode]);
	printf("  %s%s\n", item->program, outcome ? outcome->created ? ", new" : ", replaced" : "");
	if (outcome && outcome->native_error)
		say("interface %s: its driver does not run XDP programs as it is set up (%s); generic mode is used, which "
		    "is slower",
		    item->interface, strerror(outcome->native_error));
}

static void warn_ahead(const struct attachment *item, const struct hooks *hooks, __u32 ours)
{
	__u32 ids[TCX_MAX];
	size_t n = hooks_ahead(hooks, &item->hook, ours, ids, TCX_MAX);

	for (size_t i = 0; i < n; i++) {
		char name[64];

		program_describe(ids[i], name, sizeof(name));
		say("warning: interface %s: program %s, which is not ours, runs on %s before the policy; what it "
		    "decides, the policy never sees",
		    item->interface, name, direction_words[item->hook.direction]);
	}
}

static bool rejects(const struct manifest *manifest, const struct manifest_block *block)
{
	for (size_t i = 0; i < manifest->n_rules; i++) {
		const struct manifest_rule *rule = &manifest->rules[i];

		if (strcmp(rule->block, block->name) == 0 && strcmp(rule->verdict, "reject") == 0)
			return true;
	}
	return false;
}

/*
 * Connections, flows and answers go by the tag as rules on `vlan` do. But most interfaces hold tags beside the frame, and most
 * never see one: who does not ask for tags is warned only where there are VLANs.
 */
static void warn_tags(const struct manifest *manifest, const struct attachment *item)
{
	const struct manifest_block *block = manifest_block(manifest, item->block);
	bool state = manifest->states.map, flows = manifest->account.flows, answers;
	struct tags tags;
	char what[96];

	if (item->hook.means != MEANS_XDP || !block)
		return;
	answers = rejects(manifest, block);
	if (!block->reads_vlan && !state && !flows && !answers)
		return;
	tags_look(&tags, item->hook.ifindex, item->interface);
	if (!tags.cause || (!block->reads_vlan && !tags.used))
		return;
	snprintf(what, sizeof(what), "%s%s%s%s", block->reads_vlan ? ", rules on `vlan`" : "", state ? ", connections" : "",
		 flows ? ", flows" : "", answers ? ", answers of `reject`" : "");
	say("warning: interface %s: %s, so that %s miss them in XDP: %s, or say `via tc` in the policy", item->interface,
	    tags.cause, what + 2, tags.remedy);
}

void report_warnings(const struct attachment *item, const struct manifest *manifest, const struct hooks *hooks)
{
	const struct held *held = hooks_find(hooks, &item->hook);

	/* A link that is there keeps its place; a new one goes before all others. */
	if (held)
		warn_ahead(item, hooks, held->program);
	warn_tags(manifest, item);
}

void report_sets(const struct manifest *manifest, const struct set_begin *begins)
{
	for (size_t i = 0; i < manifest->n_sets; i++) {
		const struct set_begin *begin = &begins[i];
		struct printable name, from;

		printf("  set %-11s %zu element%s", printable(&name, manifest->sets[i].name), begin->elements,
		       begin->elements == 1 ? "" : "s");
		if (begin->from)
			printf(" from %s", printable(&from, begin->from));
		puts(begin->carried ? ", as before" : "");
	}
}

static bool has(const struct attachment *items, size_t n, const struct hook *hook)
{
	for (size_t i = 0; i < n; i++) {
		if (hook_equal(&items[i].hook, hook))
			return true;
	}
	return false;
}

void report_removed(const struct generation *old, const struct attachment *items, size_t n, const char *word)
{
	for (size_t i = 0; old && i < old->record.n; i++) {
		const struct attachment *item = &old->record.items[i];
		struct printable text;
		char name[IF_NAMESIZE];

		if (!has(items, n, &item->hook))
			printf("  %-15s %-7s %s  %s\n",
			       printable(&text, interface_present(item->hook.ifindex, item->interface, name)),
			       direction_words[item->hook.direction], means_words[item->hook.means], word);
	}
}

static unsigned int verified(const struct bpf_program *program)
{
	struct bpf_prog_info info = { 0 };
	__u32 size = sizeof(info);

	return bpf_obj_get_info_by_fd(bpf_program__fd(program), &info, &size) == 0 ? info.verified_insns : 0;
}

void report_cost(const struct object *object)
{
	struct bpf_program *program;
	unsigned long long bytes = 0;
	struct bpf_map *map;
	struct printable text;

	bpf_object__for_each_map(map, object->bpf)
		bytes += bpf_map__fd(map) >= 0 ? map_memory(bpf_map__fd(map)) : 0;
	printf("  memory of %s: %llu KiB in maps, without what sets hold\n",
	       printable(&text, object->manifest.policy), (bytes + 1023) / 1024);
	bpf_object__for_each_program(program, object->bpf) {
		if (bpf_program__autoload(program) && bpf_program__fd(program) >= 0)
			printf("  program %s: %u instructions verified\n", bpf_program__name(program),
			       verified(program));
	}
}
