/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "trial.h"

#include "constant.h"
#include "fit.h"
#include "maps.h"
#include "memory.h"
#include "refusal.h"
#include "set_map.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Far enough from 0 for everything that may have happened before. */
#define TIME_BEGIN 86400000000000u

/* Tables for millions of connections need no room for them to judge the packets of a test. */
#define ENTRIES_MAX 65536u

#define ETHERNET_HEADER 14
/* For tc, the kernel refuses to test-run a frame without a whole IPv4 or IPv6 header. */
#define TC_MIN (ETHERNET_HEADER + 40)

static size_t page_size(void)
{
	return (size_t)sysconf(_SC_PAGESIZE);
}

static bool failed(const char *name, struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "map '%s' of the test run: %s", name, strerror(errno));
}

static int map_fd(const struct trial *trial, const char *name)
{
	return bpf_object__find_map_fd_by_name(trial->bpf, name);
}

/* --- loading ----------------------------------------------------------------- */

static void choose_programs(struct trial *trial)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, trial->bpf)
		bpf_program__set_autoload(program, false);
	for (size_t i = 0; i < trial->manifest->n_blocks; i++) {
		program = bpf_object__find_program_by_name(trial->bpf, trial->manifest->blocks[i].program);
		if (program)
			bpf_program__set_autoload(program, true);
	}
}

static void shrink(struct bpf_map *map, __u32 entries)
{
	if (map && bpf_map__max_entries(map) > entries)
		bpf_map__set_max_entries(map, entries);
}

static void shrink_maps(struct trial *trial)
{
	const struct manifest *manifest = trial->manifest;

	/* Nobody reads the records here. */
	shrink(bpf_object__find_map_by_name(trial->bpf, MAP_EVENTS), (__u32)page_size());
	shrink(bpf_object__find_map_by_name(trial->bpf, MAP_FLOW_ENDS), (__u32)page_size());
	shrink(bpf_object__find_map_by_name(trial->bpf, MAP_FLOW_CACHE), 1);
	if (manifest->states.map)
		shrink(bpf_object__find_map_by_name(trial->bpf, manifest->states.map), ENTRIES_MAX);
	for (size_t i = 0; i < manifest->n_limits; i++)
		shrink(bpf_object__find_map_by_name(trial->bpf, manifest->limits[i].map), ENTRIES_MAX);
}

static bool load(struct trial *trial, struct failure *why)
{
	struct refusal refusal;
	int error;

	choose_programs(trial);
	shrink_maps(trial);
	programs_fit(trial->bpf);
	if (!constant_set(trial->bpf, "sentry_trace_on", 1))
		return failure_set(why, EXIT_ENVIRONMENT, "the object has no constant 'sentry_trace_on'");
	refusal_load(&refusal, trial->bpf);
	error = refusal.error;
	/* Tracing is more to verify: what is refused here may be loaded to be put in force. */
	if (error == E2BIG && !kernel_has_types())
		return failure_set(why, EXIT_ENVIRONMENT, "the object is too much work for this kernel's verifier, for a test run; it needs "
				   NEEDS_TYPES);
	return !error || failure_set(why, EXIT_ENVIRONMENT, "the kernel refuses %s%s%sthe object for a test run: %s",
				     *refusal.map ? "map '" : *refusal.program ? "program '" : "",
				     *refusal.map ? refusal.map : refusal.program,
				     *refusal.map || *refusal.program ? "' of " : "",
				     !*refusal.map && (error == E2BIG || error == ENOSPC) ? "too large for its verifier"
											   : strerror(error));
}

static bool map_trace(struct trial *trial, struct failure *why)
{
	struct bpf_map *map = bpf_object__find_map_by_name(trial->bpf, "sentry_trace");
	void *memory;

	if (!map || bpf_map__value_size(map) != sizeof(*trial->trace))
		return failure_set(why, EXIT_ENVIRONMENT, "the object has no map 'sentry_trace' for a test run");
	memory = mmap(NULL, page_size(), PROT_READ | PROT_WRITE, MAP_SHARED, bpf_map__fd(map), 0);
	if (memory == MAP_FAILED)
		return failed("sentry_trace", why);
	trial->trace = memory;
	return true;
}

static bool put_set(const struct trial *trial, const struct manifest_set *set, int inner, struct failure *why)
{
	const struct set_slot slot = { .map = map_fd(trial, set->map) };

	return set_map_put(&slot, inner, why);
}

/* An empty hash table in each slot that is for one: rules that add need something to add to. */
static bool make_sets(struct trial *trial, struct failure *why)
{
	const struct set_elements none = { 0 };

	for (size_t i = 0; i < trial->manifest->n_sets; i++) {
		struct manifest_set set = trial->manifest->sets[i];

		if (set.structure == SET_STRUCTURE_TABLE)
			continue;
		set.max = set.max < ENTRIES_MAX ? set.max : ENTRIES_MAX;
		trial->sets[i].map = set_map_build(&set, &none, why);
		if (trial->sets[i].map < 0 || !put_set(trial, &set, trial->sets[i].map, why))
			return false;
	}
	return true;
}

bool trial_open(struct trial *trial, const struct manifest *manifest, const void *image, size_t size,
		struct failure *why)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "sentry_test");

	*trial = (struct trial){ .manifest = manifest, .time_ns = TIME_BEGIN };
	trial->sets = allocate(manifest->n_sets, sizeof(*trial->sets));
	for (size_t i = 0; i < manifest->n_sets; i++)
		trial->sets[i].map = -1;
	trial->bpf = bpf_object__open_mem(image, size, &options);
	if (!trial->bpf)
		failure_set(why, EXIT_ENVIRONMENT, "the object cannot be read for a test run: %s", strerror(errno));
	else if (load(trial, why) && map_trace(trial, why) && make_sets(trial, why))
		return true;
	trial_close(trial);
	return false;
}

void trial_close(struct trial *trial)
{
	for (size_t i = 0; trial->sets && i < trial->manifest->n_sets; i++) {
		elements_free(&trial->sets[i].elements);
		if (trial->sets[i].map >= 0)
			close(trial->sets[i].map);
	}
	free(trial->sets);
	if (trial->trace)
		munmap(trial->trace, page_size());
	bpf_object__close(trial->bpf);
	*trial = (struct trial){ 0 };
}

/* --- what is kept between packets ---------------------------------------------- */

static bool clear_hash(const char *name, int map, struct failure *why)
{
	unsigned char key[sizeof(struct sentry_flow_key) + sizeof(struct sentry_end_key)];

	while (bpf_map_get_next_key(map, NULL, key) == 0) {
		if (bpf_map_delete_elem(map, key) != 0)
			return failed(name, why);
	}
	return errno == ENOENT || failed(name, why);
}

static bool clear_limit(struct trial *trial, const struct manifest_limit *limit, struct failure *why)
{
	const struct bpf_map *map = bpf_object__find_map_by_name(trial->bpf, limit->map);
	void *zeros;
	__u32 key = 0;
	bool ok;

	if (*limit->keys)
		return clear_hash(limit->map, bpf_map__fd(map), why);
	zeros = allocate(1, bpf_map__value_size(map));
	ok = bpf_map_update_elem(bpf_map__fd(map), &key, zeros, BPF_ANY) == 0 || failed(limit->map, why);
	free(zeros);
	return ok;
}

bool trial_reset(struct trial *trial, struct failure *why)
{
	const struct manifest *manifest = trial->manifest;
	bool ok = true;

	trial->time_ns = TIME_BEGIN;
	if (manifest->states.map)
		ok = clear_hash(manifest->states.map, map_fd(trial, manifest->states.map), why);
	for (size_t i = 0; ok && i < manifest->n_limits; i++)
		ok = clear_limit(trial, &manifest->limits[i], why);
	for (size_t i = 0; ok && i < manifest->n_sets; i++) {
		struct trial_set *set = &trial->sets[i];

		set->changed |= set->elements.n > 0;
		elements_free(&set->elements);
		if (set->map >= 0)
			ok = clear_hash(manifest->sets[i].map, set->map, why);
	}
	return ok;
}

static bool has(const struct set_elements *elements, const struct set_element *element)
{
	for (size_t i = 0; i < elements->n; i++) {
		if (element_compare(&elements->items[i], element) == 0)
			return true;
	}
	return false;
}

bool trial_add(struct trial *trial, const struct manifest_set *set, const struct set_element *element,
	       struct failure *why)
{
	struct trial_set *content = &trial->sets[set - trial->manifest->sets];
	struct sentry_element value = { SENTRY_FOREVER }, present;
	struct sentry_end_key key = { .hi = element->hi, .lo = element->lo, .port = element->port,
				      .protocol = element->protocol, .ip_version = element->version };

	if (set->structure == SET_STRUCTURE_TABLE) {
		if (!has(&content->elements, element)) {
			elements_add(&content->elements, element);
			content->changed = true;
		}
		return true;
	}
	if (element->lifetime_ns != SENTRY_FOREVER)
		value.expires_ns = trial->time_ns + element->lifetime_ns;
	/* Never to an earlier time: see docs/state.md. */
	if (bpf_map_lookup_elem(content->map, &key, &present) == 0 && present.expires_ns >= value.expires_ns)
		return true;
	return bpf_map_update_elem(content->map, &key, &value, BPF_ANY) == 0 || failed(set->map, why);
}

/* Tables get the elements that were added since. */
static bool update_tables(struct trial *trial, struct failure *why)
{
	for (size_t i = 0; i < trial->manifest->n_sets; i++) {
		const struct manifest_set *set = &trial->manifest->sets[i];
		struct trial_set *content = &trial->sets[i];
		bool ok;
		int map;

		if (!content->changed)
			continue;
		elements_sort(&content->elements);
		map = set_map_build(set, &content->elements, why);
		if (map < 0)
			return false;
		ok = put_set(trial, set, map, why);
		close(map);
		if (!ok)
			return false;
		content->changed = false;
	}
	return true;
}

/* --- running ----------------------------------------------------------------- */

/*
 * The frame as the kernel will take it, in `padded` where it is too short. tc programs cut it back to `trace->size`
 * first. What is less than an Ethernet header is not even then allowed: it is as malformed as IPv4 announced and not
 * there, and so that is run.
 */
static void give_frame(struct bpf_test_run_opts *options, const struct trial_frame *frame, bool tc,
		       unsigned char padded[TC_MIN], struct sentry_trace *trace)
{
	__u32 size = frame->size;

	options->data_in = frame->data;
	options->data_size_in = size;
	if (size >= (tc ? TC_MIN : ETHERNET_HEADER))
		return;
	memset(padded, 0, TC_MIN);
	if (size < ETHERNET_HEADER) {
		padded[12] = 0x08;
		size = ETHERNET_HEADER;
	} else {
		memcpy(padded, frame->data, size);
	}
	options->data_in = padded;
	options->data_size_in = tc ? TC_MIN : size;
	trace->size = size;
}

bool trial_run(struct trial *trial, const struct manifest_block *block, const struct trial_frame *frame,
	       struct sentry_trace *decision, struct failure *why)
{
	struct bpf_program *program = bpf_object__find_program_by_name(trial->bpf, block->program);
	LIBBPF_OPTS(bpf_test_run_opts, options, .repeat = 1);
	unsigned char padded[TC_MIN];
	int error;

	if (!update_tables(trial, why))
		return false;
	*trial->trace = (struct sentry_trace){ .time_ns = trial->time_ns, .wire_size = frame->wire_size };
	give_frame(&options, frame, !block->xdp, padded, trial->trace);
	error = -bpf_prog_test_run_opts(bpf_program__fd(program), &options);
	if (error)
		return failure_set(why, EXIT_ENVIRONMENT, "the kernel does not test-run program '%s': %s",
				   block->program, strerror(error));
	*decision = *trial->trace;
	if (!decision->decided || decision->slot >= trial->manifest->n_rules)
		return failure_set(why, EXIT_ENVIRONMENT, "program '%s' came to no decision in a test run",
				   block->program);
	return true;
}
