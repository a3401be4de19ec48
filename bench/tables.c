/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * tables DIRECTORY [START]: what a packet costs that is looked up in a table, over a policy that decides the same without
 * one, beside the bare helper of the kernel over a program that only makes the key. DIRECTORY holds the objects that
 * tables.sh makes; JSON lines go to its tables.lines, the table to stdout. No figure without the right verdict
 * for every packet: then a line on stderr, and exit 1. START: only the rows that begin so.
 */
#include "elements.h"

#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TABLE_MAX 131072u /* of states and limits, as in the language */
#define RING_BYTES (4u << 20)
#define HOUR_NS 3600000000000ull
#define ANY UINT32_MAX
#define SYN 2
#define ACK 16

/* Slots of the policies: each has one rule. */
#define BY_DEFAULT 2
#define BY_RULE 3

struct bench {
	const char *directory;
	const char *start;
	FILE *lines;
	bool failed;
};

/* What comes of a packet, for the policy and for the bare program. */
struct outcome {
	uint32_t verdict;
	uint32_t slot;
	uint32_t bare;
};

struct flow_case {
	const char *what;
	const char *policy;   /* NULL: only the helper */
	const char *map;      /* of the policy */
	const char *helper;   /* in words */
	const char *bare;     /* program of helpers.bpf.c */
	const char *bare_map; /* NULL: it has none */
	uint32_t n;           /* packets that differ */
	bool misses;
	bool clears;          /* the tables before each batch */
	bool behind;          /* who reads the records */
	uint8_t tcp_flags;
	uint64_t value;       /* in the table before it begins, of n others or of these; 0: none are */
	struct outcome outcome;
};

static bool wanted(const struct bench *bench, const char *what)
{
	return !*bench->start || (what && !strncmp(what, bench->start, strlen(bench->start)));
}

/* --- results --------------------------------------------------------------------- */

static void print_row(struct bench *bench, const char *what, const char *helper, double ns, double bare)
{
	printf("| %s | ", what ? what : "");
	if (what)
		printf("%.0f", ns);
	printf(" | %s | %.*f |\n", helper, bare < 10 ? 1 : 0, bare);
	fflush(stdout);
	if (what)
		fprintf(bench->lines, "{\"what\":\"%s\",\"ns\":%.1f,\"helper\":\"%s\",\"helper_ns\":%.1f}\n", what, ns, helper,
			bare);
	else
		fprintf(bench->lines, "{\"helper\":\"%s\",\"helper_ns\":%.1f}\n", helper, bare);
}

static void row(struct bench *bench, struct target *targets, bool bare_only, const char *what, const char *helper,
		uint32_t most)
{
	struct target *list[MEASURE_TARGETS] = { &targets[0], &targets[1], &targets[2], &targets[3] };
	double difference[2] = { 0 };

	if (measure(list, bare_only ? 2 : MEASURE_TARGETS, most, difference)) {
		print_row(bench, bare_only ? NULL : what, helper, difference[1], difference[0]);
		return;
	}
	printf("| %s | failed | %s | failed |\n", what ? what : "", helper);
	bench->failed = true;
}

/* --- flows: states, limits, records ------------------------------------------------ */

/* Hits, then misses; the order in which they come is not that in which they lie in a table. */
static uint32_t flow_address(uint32_t i, uint32_t n, bool misses)
{
	return (misses ? 0x0a800000 : 0x0a000000) + (i * 0x9e3779b1u & (n - 1));
}

static bool flow_probes(struct probes *probes, uint32_t n)
{
	if (!probes_make(probes, n, false))
		return false;
	for (uint32_t i = 0; i < 2 * n; i++)
		elements_bytes(probes->address[i], flow_address(i % n, n, i >= n), false);
	return true;
}

static bool is_flow_map(const char *map)
{
	return !strcmp(map, "states") || !strcmp(map, "lru_flow");
}

/* `n` keys of the packets that hit, all with the same value. */
static bool flow_fill(const struct target *target, const char *map, uint32_t n, uint64_t value)
{
	struct sentry_flow_key *flows = calloc(n, sizeof(*flows));
	struct sentry_end_key *ends = calloc(n, sizeof(*ends));
	uint64_t *values = calloc(n, sizeof(*values));
	bool good = flows && ends && values;

	for (uint32_t i = 0; good && i < n; i++) {
		flows[i] = (struct sentry_flow_key){
			.low_lo = 0x0a000000 + i, .high_lo = 0xc000020a, .low_port = 40000, .high_port = 443,
			.vlan = SENTRY_NO_VLAN, .protocol = 6, .ip_version = 4,
		};
		ends[i] = (struct sentry_end_key){ .lo = 0x0a000000 + i, .ip_version = 4 };
		values[i] = value;
	}
	good = good && map_fill(target_map(target, map), is_flow_map(map) ? (void *)flows : ends, values, n);
	free(flows);
	free(ends);
	free(values);
	return good;
}

static void clear(struct target *target)
{
	static const char *const maps[] = { "states", "lru_flow", "limit_only", "lru_end" };
	struct sentry_flow_key keys[512];
	uint64_t values[512];
	uint32_t n, batch;
	int fd = -1;

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]) && fd < 0; i++)
		fd = target_map(target, maps[i]);
	for (bool more = false, done = false; !done; more = true) {
		n = 512;
		done = bpf_map_lookup_and_delete_batch(fd, more ? &batch : NULL, &batch, keys, values, &n, NULL);
	}
}

static void flow_case(struct bench *bench, const struct flow_case *one)
{
	struct target_setup setups[MEASURE_TARGETS] = {
		{ .name = one->bare, .bare = true, .map = one->bare_map, .entries = TABLE_MAX },
		{ .name = one->bare_map && !is_flow_map(one->bare_map) ? "floor_end4" : "floor_flow", .bare = true },
		{ .name = one->policy },
		{ .name = "b-floor" },
	};
	struct target targets[MEASURE_TARGETS] = { 0 };
	uint32_t n_targets = one->policy ? MEASURE_TARGETS : 2, first = one->misses ? one->n : 0;
	uint32_t open = 0, most = one->clears ? one->n : ANY;
	struct probes probes;
	bool good = true;

	if (one->bare_map && !strcmp(one->bare_map, "events")) {
		setups[0].entries = RING_BYTES;
		most = RING_BYTES / 256; /* the larger records fit, if nobody takes any */
	}
	if (!flow_probes(&probes, one->n))
		exit(1);
	for (; good && open < n_targets; open += good) {
		setups[open].directory = bench->directory;
		setups[open].tcp_flags = one->tcp_flags;
		good = target_open(&targets[open], &setups[open], &probes);
	}
	if (good && one->value)
		good = (!one->bare_map || flow_fill(&targets[0], one->bare_map, one->n, one->value)) &&
		       (!one->map || flow_fill(&targets[2], one->map, one->n, one->value));
	if (one->clears)
		targets[0].prepare = targets[2].prepare = clear;
	targets[0].behind = targets[2].behind = one->behind;
	good = good && target_aim(&targets[0], first, one->n, 0, one->outcome.bare, 0) &&
	       target_aim(&targets[1], first, one->n, 0, XDP_PASS, 0);
	if (good && one->policy)
		good = target_aim(&targets[2], first, one->n, 0, one->outcome.verdict, one->outcome.slot) &&
		       target_aim(&targets[3], first, one->n, 0, XDP_PASS, BY_DEFAULT);
	if (good)
		row(bench, targets, !one->policy, one->what, one->helper, most);
	else
		bench->failed = true;
	while (open)
		target_close(&targets[--open]);
	probes_free(&probes);
}

static void flows(struct bench *bench)
{
	const uint64_t established = UINT64_MAX / 2 << 8 | SENTRY_STATE_REPLIED << 4 | SENTRY_STAGE_ESTABLISHED;
	const struct flow_case cases[] = {
		{ NULL, NULL, NULL, "bpf_ktime_get_ns", "clock_fine", NULL, 1, .outcome = { 0, 0, XDP_DROP } },
		{ NULL, NULL, NULL, "bpf_ktime_get_coarse_ns", "clock_coarse", NULL, 1, .outcome = { 0, 0, XDP_DROP } },
		{ "state: established, 1 flow", "b-established", "states", "LRU look-up, hit", "lru_flow_find", "lru_flow",
		  1, false, false, false, ACK, established, { XDP_PASS, BY_RULE, XDP_DROP } },
		{ "state: established, 65,536 flows", "b-established", "states", "LRU look-up, hit", "lru_flow_find",
		  "lru_flow", 65536, false, false, false, ACK, established, { XDP_PASS, BY_RULE, XDP_DROP } },
		{ "state: established and denied, 65,536 flows", "b-asked", "states", "LRU look-up, hit", "lru_flow_find",
		  "lru_flow", 65536, false, false, false, ACK, established, { XDP_DROP, BY_RULE, XDP_DROP } },
		{ "state: new and denied, beside 65,536 flows", "b-refused", "states", "LRU look-up, miss", "lru_flow_find",
		  "lru_flow", 65536, true, false, false, SYN, established, { XDP_DROP, BY_RULE, XDP_PASS } },
		{ "state: new, inserted, room", "b-new", "states", "LRU insert, room", "lru_flow_put", "lru_flow", 65536,
		  true, true, false, SYN, 0, { XDP_PASS, BY_RULE, XDP_DROP } },
		{ "state: new, inserted, full", "b-new", "states", "LRU insert, evicts", "lru_flow_put", "lru_flow",
		  PROBES_MAX, true, false, false, SYN, 0, { XDP_PASS, BY_RULE, XDP_DROP } },
		{ "rate: within, 1 key", "b-rate", "limit_only", "LRU look-up, hit", "lru_end_find", "lru_end", 1, false,
		  false, false, ACK, 1, { XDP_PASS, BY_DEFAULT, XDP_DROP } },
		{ "rate: within, 65,536 keys", "b-rate", "limit_only", "LRU look-up, hit", "lru_end_find", "lru_end", 65536,
		  false, false, false, ACK, 1, { XDP_PASS, BY_DEFAULT, XDP_DROP } },
		{ "rate: exceeded, 65,536 keys", "b-rate", "limit_only", "LRU look-up, hit", "lru_end_find", "lru_end",
		  65536, false, false, false, ACK, UINT64_MAX / 2, { XDP_DROP, BY_RULE, XDP_DROP } },
		{ "rate: new key, full", "b-rate", "limit_only", "LRU insert, evicts", "lru_end_put", "lru_end", PROBES_MAX,
		  true, false, false, ACK, 0, { XDP_PASS, BY_DEFAULT, XDP_DROP } },
		{ "sample 1/1,000,000", "b-sample", NULL, "bpf_get_prandom_u32", "draw", NULL, 1, false, false, false, ACK, 0,
		  { XDP_PASS, BY_DEFAULT, XDP_DROP } },
		{ "sample 1/1, reader behind", "b-sampled", NULL, "record of 216 bytes", "record_sample", "events", 1, false,
		  false, true, ACK, 0, { XDP_PASS, BY_DEFAULT, XDP_DROP } },
		{ "log, reader behind", "b-log", NULL, "record of 80 bytes", "record_log", "events", 1, false, false, true,
		  ACK, 0, { XDP_PASS, BY_RULE, XDP_DROP } },
		{ "log, reader keeps up", "b-log", NULL, "record of 80 bytes", "record_log", "events", 1, false, false,
		  false, ACK, 0, { XDP_PASS, BY_RULE, XDP_DROP } },
		{ "log, reader keeps up", "b-log", NULL, "record of 80 bytes, no wake-up", "record_quiet", "events", 1, false,
		  false, false, ACK, 0, { XDP_PASS, BY_RULE, XDP_DROP } },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		if (wanted(bench, cases[i].what))
			flow_case(bench, &cases[i]);
}

/* --- sets -------------------------------------------------------------------------- */

enum set_kind {
	SET_NET,
	SET_ADDR,
	SET_EXPIRING,
};

static const char *const set_words[] = { "set of net", "set of addr", "set of addr with timeout" };
static const char *const set_policies[] = { "b-net", "b-addr", "b-expiring" };

/* Hits and misses of one set, beside a helper over a map with the same elements. */
static void set_pair(struct bench *bench, const struct elements *elements, const struct probes *probes,
		     enum set_kind kind, const char *helper, const char *bare, const char *bare_map)
{
	const bool nested = !strcmp(bare_map, "nested");
	const struct target_setup setups[MEASURE_TARGETS] = {
		{ bench->directory, bare, true, nested ? NULL : bare_map, elements->n, ACK },
		{ bench->directory, elements->v6 ? "floor_end6" : "floor_end4", true, NULL, 0, ACK },
		{ bench->directory, set_policies[kind], false, NULL, 0, ACK },
		{ bench->directory, "b-floor-src", false, NULL, 0, ACK },
	};
	struct target targets[MEASURE_TARGETS] = { 0 };
	uint32_t open = 0, shift = 0;
	char what[128];
	bool good = true;

	for (; good && open < MEASURE_TARGETS; open += good)
		good = target_open(&targets[open], &setups[open], probes);
	if (good && kind == SET_EXPIRING)
		good = elements_hash(elements, &targets[2], "set_s", true);
	else if (good)
		good = elements_table(elements, &targets[2], "set_s", &shift);
	if (good && nested)
		good = elements_table(elements, &targets[0], bare_map, &shift);
	else if (good && !strcmp(bare_map, "hash"))
		good = elements_hash(elements, &targets[0], bare_map, false);
	else if (good)
		good = elements_lpm(elements, &targets[0], bare_map);

	for (int misses = 0; good && misses < 2; misses++) {
		uint32_t first = misses ? probes->n : 0;
		bool drops = !misses || nested;

		snprintf(what, sizeof(what), "%s, IPv%d, %u: %s", set_words[kind], elements->v6 ? 6 : 4, elements->n,
			 misses ? "miss" : "hit");
		good = target_aim(&targets[0], first, probes->n, shift, drops ? XDP_DROP : XDP_PASS, 0) &&
		       target_aim(&targets[1], first, probes->n, 0, XDP_PASS, 0) &&
		       target_aim(&targets[2], first, probes->n, 0, misses ? XDP_PASS : XDP_DROP,
				  misses ? BY_DEFAULT : BY_RULE) &&
		       target_aim(&targets[3], first, probes->n, 0, XDP_PASS, BY_DEFAULT);
		if (good && wanted(bench, what))
			row(bench, targets, false, what, helper, ANY);
	}
	bench->failed |= !good;
	while (open)
		target_close(&targets[--open]);
}

static void sets(struct bench *bench, bool v6, uint32_t n, bool single)
{
	struct elements elements;
	struct probes probes;

	if (*bench->start && strncmp(bench->start, "set", 3))
		return;
	if (!elements_make(&elements, n, v6, single) || !elements_probes(&elements, &probes))
		exit(1);
	if (single) {
		set_pair(bench, &elements, &probes, SET_ADDR, "array in array of maps", v6 ? "nested_find6" : "nested_find4",
			 "nested");
		set_pair(bench, &elements, &probes, SET_EXPIRING, "hash look-up", v6 ? "hash_find6" : "hash_find4", "hash");
	} else {
		set_pair(bench, &elements, &probes, SET_NET, "LPM trie look-up", v6 ? "lpm_find6" : "lpm_find4",
			 v6 ? "lpm6" : "lpm4");
	}
	probes_free(&probes);
	elements_free(&elements);
}

int main(int argc, char **argv)
{
	static const uint32_t sizes[] = { 1000, 100000, 1000000 };
	struct bench bench = { .directory = argc > 1 ? argv[1] : "", .start = argc > 2 ? argv[2] : "" };
	char path[4096];

	snprintf(path, sizeof(path), "%s/tables.lines", bench.directory);
	bench.lines = argc == 2 || argc == 3 ? fopen(path, "we") : NULL;
	if (!bench.lines) {
		fprintf(stderr, "usage: %s DIRECTORY [START]\n", argv[0]);
		return 2;
	}
	libbpf_set_print(NULL);
	printf("| table | ns over the floor | helper of the kernel | ns |\n|---|--:|---|--:|\n");
	flows(&bench);
	for (int v6 = 0; v6 < 2; v6++)
		for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
			sets(&bench, v6, sizes[i], false);
			sets(&bench, v6, sizes[i], true);
		}
	fclose(bench.lines);
	return bench.failed;
}
