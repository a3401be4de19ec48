/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * stateful [--seed N] [--steps N] [--no-kernel] POLICY…: random packets of few hosts, ports and flags, with time going by
 * between them and elements added to sets, through a policy in all engines. So few that connections open, close
 * and are taken up again, that limits are met and that sets are full; the decision must be the same each time. The same
 * seed gives the same packets.
 */
#include "compile.h"
#include "engine.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>

struct totals {
	unsigned long steps, decisions, disagreements;
	unsigned long verdicts[N_VERDICTS];
	unsigned long *slots; /* how often the model chose each */
};

static uint64_t next_random(uint64_t *state)
{
	/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016 */
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * 2685821657736338717ull;
}

static unsigned pick(uint64_t *random, unsigned n)
{
	return (unsigned)((next_random(random) >> 33) % n);
}

/* 192.0.2.1 to .3 and 10.0.0.1 to .3; 2001:db8::1 to ::3 and fd00::1 to ::3. */
static u128 address(uint64_t *random, enum family family)
{
	unsigned host = 1 + pick(random, 3);
	bool inside = pick(random, 2);

	if (family == FAMILY_V4)
		return (inside ? 0x0a000000u : 0xc0000200u) + host;
	return ((u128)(inside ? 0xfd00000000000000u : 0x20010db800000000u) << 64) + host;
}

static void fill_transport(uint64_t *random, struct packet_spec *spec)
{
	static const uint8_t flags[] = { 2, 2, 2, 18, 18, 16, 16, 16, 24, 17, 17, 4, 20, 0, 41, 3, 1, 48, 50, 194 };
	static const uint16_t ports[] = { 22, 53, 80, 1024, 40000, 40001 };
	static const uint8_t types4[] = { 8, 8, 0, 0, 3, 11, 4, 5, 12, 13, 14, 9 };
	static const uint8_t types6[] = { 128, 128, 129, 129, 1, 2, 3, 4, 135, 136, 133 };
	static const uint8_t protos[] = { 6, 6, 6, 6, 17, 17, 1, 1, 132, 47, 50, 89 };

	spec->proto = protos[pick(random, sizeof(protos))];
	if (spec->proto == 1 && spec->family == FAMILY_V6)
		spec->proto = 58;
	spec->has_ports = spec->proto == 6 || spec->proto == 17 || spec->proto == 132;
	if (spec->has_ports) {
		spec->sport = ports[pick(random, 6)];
		spec->dport = ports[pick(random, 6)];
	}
	if (spec->proto == 6)
		spec->tcp_flags = flags[pick(random, sizeof(flags))];
	if (spec->proto == 1)
		spec->icmp_type = types4[pick(random, sizeof(types4))];
	if (spec->proto == 58)
		spec->icmp_type = types6[pick(random, sizeof(types6))];
	spec->icmp_id = (uint16_t)(pick(random, 3) ? 7 : 2048);
}

static bool is_error(const struct packet_spec *spec)
{
	if (spec->family == FAMILY_V6)
		return spec->proto == 58 && spec->icmp_type >= 1 && spec->icmp_type <= 4;
	return spec->proto == 1 && (spec->icmp_type == 3 || spec->icmp_type == 4 || spec->icmp_type == 11 ||
				    spec->icmp_type == 12 || spec->icmp_type == 5);
}

/* Mostly of the last conversation, turned round or not: else nothing would ever be established. */
static void fill(uint64_t *random, struct packet_spec *spec, const struct packet_spec *last, struct packet_spec *quoted)
{
	memset(spec, 0, sizeof(*spec));
	spec->family = pick(random, 2) ? FAMILY_V4 : FAMILY_V6;
	spec->ttl = 64;
	spec->src = address(random, spec->family);
	spec->dst = address(random, spec->family);
	fill_transport(random, spec);
	if (last->proto && pick(random, 4)) {
		struct packet_spec fresh = *spec;
		bool turned = pick(random, 2);

		*spec = *last;
		spec->quoted = NULL;
		spec->src = turned ? last->dst : last->src;
		spec->dst = turned ? last->src : last->dst;
		spec->sport = turned ? last->dport : last->sport;
		spec->dport = turned ? last->sport : last->dport;
		if (fresh.proto == last->proto)
			spec->tcp_flags = fresh.tcp_flags;
		if (fresh.proto == last->proto && !spec->has_ports)
			spec->icmp_type = fresh.icmp_type;
		else if (last->proto == 6)
			spec->tcp_flags = (uint8_t[]){ 2, 18, 16, 17, 24, 4 }[pick(random, 6)];
	}
	if (!pick(random, 12)) {
		spec->vlans[0] = 10;
		spec->n_vlans = 1;
	}
	spec->fragment = pick(random, 16) ? 0 : (uint8_t)(1 + pick(random, 2));
	spec->length = 0;
	/* What an error quotes: the last packet, or one like it. */
	if (last->proto && !pick(random, 6)) {
		*quoted = *last;
		quoted->quoted = NULL;
		if (!pick(random, 4))
			quoted->sport ^= 1;
		spec->family = last->family;
		spec->has_ports = false;
		spec->proto = spec->family == FAMILY_V4 ? 1 : 58;
		spec->icmp_type = spec->family == FAMILY_V4 ? 3 : 1;
		spec->tcp_flags = 0;
		spec->src = pick(random, 2) ? last->dst : address(random, spec->family);
		spec->dst = pick(random, 8) ? last->src : last->dst;
		spec->fragment = 0;
	}
	if (is_error(spec) && last->proto && last->family == spec->family && last->proto != spec->proto)
		spec->quoted = quoted;
}

static void wait(uint64_t *random, uint64_t *time)
{
	static const uint64_t pauses[] = { 0, 0, 0, 1, 1000, 999999, 1000000, 20000000, 500000000, 1000000000, 2000000000,
					   10000000000, 61000000000, 400000000000, 90000000000000 };

	*time += pauses[pick(random, pick(random, 4) ? 8 : 15)];
}

/* Samples by packet are each engine's own draw; those of flows are not. */
static bool samples_flows_only(const struct policy *policy)
{
	for (size_t b = 0; b < policy->n_blocks; b++)
		for (size_t r = 0; r < policy->blocks[b]->n_rules; r++) {
			const struct rule *rule = policy->blocks[b]->rules[r];

			if ((rule->action == ACTION_SAMPLE && !rule->sample_flow) || (rule->log_sample && !rule->log_sample_flow))
				return false;
		}
	return true;
}

static bool same(const struct policy *policy, const struct decision *a, const struct decision *b)
{
	return a->verdict == b->verdict && a->slot == b->slot && a->log == b->log &&
	       (a->sampled == b->sampled || !samples_flows_only(policy));
}

static bool step(struct arena *arena, struct engine *const engines[N_ENGINES], const struct policy *policy,
		 const struct packet_spec *spec, size_t block, struct totals *totals)
{
	struct frame frame = frame_build(arena, spec);
	struct decision decisions[N_ENGINES];

	memset(decisions, 0, sizeof(decisions));
	for (int e = 0; e < N_ENGINES; e++)
		if (engines[e] && engine_run(engines[e], block, &frame, &decisions[e])) {
			printf("%s: %s\n", engine_names[e], engines[e]->error);
			return false;
		}
	totals->decisions++;
	totals->verdicts[decisions[0].verdict]++;
	totals->slots[decisions[0].slot]++;
	for (int e = 1; e < N_ENGINES; e++) {
		if (!engines[e] || same(policy, &decisions[0], &decisions[e]))
			continue;
		printf("step %lu, block %s, at %llu: model says %s by %s, %s says %s by %s\n    %s\n", totals->steps,
		       policy->blocks[block]->name, (unsigned long long)engines[0]->time_ns,
		       verdict_names[decisions[0].verdict], policy_slot_name(policy, decisions[0].slot, NULL, NULL),
		       engine_names[e], verdict_names[decisions[e].verdict],
		       policy_slot_name(policy, decisions[e].slot, NULL, NULL), packet_spec_text(arena, spec));
		totals->disagreements++;
	}
	return !totals->disagreements;
}

static bool add(uint64_t *random, struct engine *const engines[N_ENGINES], const struct policy *policy)
{
	size_t index = pick(random, (unsigned)policy->n_sets);
	const struct set *set = policy->sets[index];
	struct set_element element = { .family = pick(random, 2) ? FAMILY_V4 : FAMILY_V6 };
	/* In sets without a timeout elements stay for ever: they may be kept as tables, which know no time. */
	uint64_t timeout = !set->timeout_ns ? 0 : pick(random, 2) ? set->timeout_ns : pick(random, 2) ? 3000000000u : 0;

	element.address = address(random, element.family);
	element.prefix = family_bits(element.family);
	if (set->types[0] == AST_SET_NET) {
		/* Of the inside and the outside, so that none lies within another. */
		element.prefix = element.family == FAMILY_V4 ? 31 : 127;
		element.address &= ~(u128)1;
	}
	for (unsigned i = 1; i < set->n_types; i++) {
		if (set->types[i] == AST_SET_PORT)
			element.port = pick(random, 2) ? 53 : 80;
		else
			element.proto = pick(random, 2) ? 6 : 17;
	}
	for (int e = 0; e < N_ENGINES; e++)
		if (engines[e] && engines[e]->ops->add(engines[e], index, &element, timeout) && !strstr(engines[e]->error, "full")) {
			printf("%s: %s\n", engine_names[e], engines[e]->error);
			return false;
		}
	return true;
}

static bool run(struct engine *const engines[N_ENGINES], const struct policy *policy, uint64_t seed, unsigned long steps,
		struct totals *totals)
{
	struct packet_spec last = { .proto = 0 }, spec, quoted;
	uint64_t time = ENGINE_TIME_BEGIN, random = seed * 0x9e3779b97f4a7c15ull + 1;
	struct arena arena;

	for (unsigned long i = 0; i < steps; i++) {
		bool good;

		for (int e = 0; e < N_ENGINES; e++) {
			if (!engines[e])
				continue;
			engines[e]->time_ns = time;
			if (i % 5000 == 0 && engines[e]->ops->reset(engines[e]))
				return false;
		}
		if (policy->n_sets && !pick(&random, 50) && !add(&random, engines, policy))
			return false;
		totals->steps = i;
		fill(&random, &spec, &last, &quoted);
		arena_init(&arena);
		good = step(&arena, engines, policy, &spec, pick(&random, (unsigned)policy->n_blocks), totals);
		arena_fini(&arena);
		if (!good)
			return false;
		if (!spec.quoted && !spec.fragment)
			last = spec;
		wait(&random, &time);
	}
	return true;
}

static bool run_policy(const char *path, uint64_t seed, unsigned long steps, bool with_kernel)
{
	struct engine *engines[N_ENGINES] = { NULL };
	struct totals totals = { .slots = NULL };
	struct compile compile;
	const struct policy *policy;
	bool good = true;

	compile_init(&compile);
	policy = compile_policy(&compile, path, NULL);
	for (int e = 0; policy && good && e < (with_kernel ? N_ENGINES : ENGINE_KERNEL); e++) {
		engines[e] = engine_open(&compile, (enum engine_kind)e, policy);
		good = engines[e];
	}
	if (!policy || !good) {
		printf("%s: %s\n", path, compile.error);
		diags_print(&compile.diags, stdout, false);
		compile_fini(&compile);
		return false;
	}
	totals.slots = calloc(policy->n_slots, sizeof(*totals.slots));
	good = run(engines, policy, seed, steps, &totals);
	printf("# %s: %lu packets: %lu allowed, %lu denied, %lu rejected; %lu disagreements\n", policy->name,
	       totals.decisions, totals.verdicts[VERDICT_ALLOW], totals.verdicts[VERDICT_DENY],
	       totals.verdicts[VERDICT_REJECT], totals.disagreements);
	/* A rule that these packets never meet is not tested: the policy is to be mended. */
	for (size_t b = 0; good && b < policy->n_blocks; b++)
		for (size_t r = 0; r < policy->blocks[b]->n_rules; r++) {
			const struct rule *rule = policy->blocks[b]->rules[r];

			if (rule->action == ACTION_SAMPLE || totals.slots[rule->id])
				continue;
			printf("not ok: %s: rule '%s' never decided\n", path, rule->name);
			good = false;
		}
	for (int e = 0; e < N_ENGINES; e++)
		engine_close(engines[e]);
	free(totals.slots);
	compile_fini(&compile);
	return good;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 'r' }, { "steps", required_argument, NULL, 's' },
		{ "no-kernel", no_argument, NULL, 'k' }, { NULL, 0, NULL, 0 },
	};
	unsigned long steps = 20000;
	bool with_kernel = true, good = true;
	uint64_t seed = 1;
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (option == 'r')
			seed = strtoull(optarg, NULL, 10);
		else if (option == 's')
			steps = strtoul(optarg, NULL, 10);
		else if (option == 'k')
			with_kernel = false;
		else
			return 2;
	}
	for (; optind < argc; optind++)
		good = run_policy(argv[optind], seed, steps, with_kernel) && good;
	return !good;
}
