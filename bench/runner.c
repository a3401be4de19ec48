/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "runner.h"

#include "reference.h"
#include "sentry-bench.h"

#include <linux/types.h>

#include "shared.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* A batch lasts about this long: long against the system call, short against what else the machine does. */
#define BATCH_NS 10e6

/* A pass over all packets is not waited for that takes longer. */
#define PASS_NS 50e6

/* Passes before the ones that are timed: after so many the caches hold what they will of large tables. */
#define WARM_PASSES 8
#define WARM 65536u

enum {
	ALLOWED_XDP = 2,
	DROPPED_XDP = 1,
	DROPPED_TC = 2,
};

#define ALLOWED_TC UINT32_MAX

/* --- running --------------------------------------------------------------------- */

/* Of this thread alone: other work of the machine does not count. */
static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static bool run(const struct timed *timed, const struct rig *rig, uint32_t repeat, uint32_t *returned, double *ns)
{
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = rig->traffic->frame, .data_size_in = rig->traffic->frame_size,
		    .repeat = (int)repeat);
	double begin;
	int error;

	/* A run that was stopped and goes on (^Z, fg) ends with EINTR, and is no measurement. */
	do {
		begin = now();
		error = bpf_prog_test_run_opts(timed->drive, &options);
	} while (error == -EINTR);
	*ns = (now() - begin) * 1e9 / repeat;
	*returned = options.retval;
	if (!error)
		return true;
	errno = -error;
	return bench_failed(timed->name, "BPF_PROG_TEST_RUN");
}

static uint32_t return_code(const struct rig *rig, enum verdict verdict)
{
	if (rig->tc)
		return verdict == VERDICT_ALLOW ? ALLOWED_TC : DROPPED_TC;
	return verdict == VERDICT_ALLOW ? ALLOWED_XDP : DROPPED_XDP;
}

/* That each slot has counted the packets that it should; they are those of all runs since the program was loaded. */
static bool counts_are_right(const struct timed *timed, const struct rig *rig, const struct expectation *expected)
{
	int cpus = libbpf_num_possible_cpus(), fd = bpf_object__find_map_fd_by_name(timed->object, "counters");
	uint32_t n_slots = SLOT_RULES + (uint32_t)expected->block->n_rules, first = expected->block->first_id;
	struct sentry_counters *counters = calloc((size_t)cpus, sizeof(*counters));
	uint64_t *wanted = calloc(n_slots, sizeof(*wanted));
	bool good = counters && wanted;

	for (uint32_t i = 0; good && i < rig->traffic->n; i++)
		wanted[expected->slots[i] - first]++;
	for (uint32_t slot = 0; good && slot < n_slots; slot++) {
		uint32_t number = first + slot, key = number / SENTRY_COUNTERS;
		uint64_t counted = 0;

		/* Who samples counts what it sees, and decides nothing. */
		if (slot >= SLOT_RULES && expected->block->rules[slot - SLOT_RULES]->action == ACTION_SAMPLE)
			continue;
		if (bpf_map_lookup_elem(fd, &key, counters)) {
			good = bench_failed(timed->name, "counters");
			break;
		}
		for (int cpu = 0; cpu < cpus; cpu++)
			counted += counters[cpu].slots[number % SENTRY_COUNTERS].packets;
		if (counted != wanted[slot])
			good = bench_error("slot %u counted %llu packets instead of %llu", number, (unsigned long long)counted,
					   (unsigned long long)wanted[slot]);
	}
	free(counters);
	free(wanted);
	return good;
}

bool timed_check_policy(struct timed *timed, const struct rig *rig, const struct expectation *expected)
{
	uint32_t returned;
	double ns;

	for (uint32_t i = 0; i < timed->n; i++) {
		uint32_t wanted = return_code(rig, reference_verdict(expected->block, expected->slots[i]));

		if (!run(timed, rig, 1, &returned, &ns))
			return false;
		if (returned != wanted && !expected->verdicts_only)
			return bench_error("packet %u: the timed program returned %d instead of %d", i, (int)returned, (int)wanted);
	}
	return expected->verdicts_only || counts_are_right(timed, rig, expected);
}

bool timed_check_linear(struct timed *timed, const struct rig *rig, const struct expectation *expected)
{
	int wheels = bpf_object__find_map_fd_by_name(timed->driver, "wheels");
	uint32_t first_rule = expected->block->first_id + SLOT_RULES, returned, zero = 0;
	double ns;

	for (uint32_t i = 0; i < timed->n; i++) {
		uint32_t slot = expected->slots[i], wheel[6], wanted = slot < first_rule ? NO_RULE : slot - first_rule;

		if (!run(timed, rig, 1, &returned, &ns) || bpf_map_lookup_elem(wheels, &zero, wheel))
			return false;
		/* It has no word for what is no IP packet. */
		if (slot < expected->block->first_id + SLOT_DEFAULT)
			continue;
		if (wheel[4] != wanted || returned != return_code(rig, reference_verdict(expected->block, slot)))
			return bench_error("packet %u: the linear program came to rule %d instead of %d", i, (int)wheel[4],
					   (int)wanted);
	}
	return true;
}

/* --- timing ---------------------------------------------------------------------- */

/* How many packets make a batch; 0 after an error. */
static uint32_t batch_size(const struct timed *timed, const struct rig *rig)
{
	uint32_t returned, n = 64;
	double ns, again;

	/* More and more: one packet may take nanoseconds, or a tenth of a millisecond. */
	do {
		if (!run(timed, rig, n, &returned, &ns))
			return 0;
		/* Again where that was long enough: an interruption would make all batches too short. */
		again = ns;
		if (ns * n >= BATCH_NS / 4 && !run(timed, rig, n, &returned, &again))
			return 0;
		ns = again < ns ? again : ns;
		n *= 4;
	} while (n < WARM && ns * n < BATCH_NS);
	return ns < 1 ? (uint32_t)BATCH_NS : BATCH_NS / ns < 16 ? 16 : (uint32_t)(BATCH_NS / ns);
}

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, unsigned n)
{
	qsort(values, n, sizeof(values[0]), compare_doubles);
	return n % 2 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

double batches_median(const struct batches *batches, unsigned rounds)
{
	double values[ROUNDS_MAX];

	memcpy(values, batches->ns, rounds * sizeof(values[0]));
	return median(values, rounds);
}

double batches_ratio(const struct batches *batches, const struct batches *other, unsigned rounds)
{
	double values[ROUNDS_MAX];

	for (unsigned i = 0; i < rounds; i++)
		values[i] = batches->ns[i] / other->ns[i];
	return median(values, rounds);
}

double batches_difference(const struct batches *batches, const struct batches *other, unsigned rounds)
{
	double values[ROUNDS_MAX];

	for (unsigned i = 0; i < rounds; i++)
		values[i] = batches->ns[i] - other->ns[i];
	return median(values, rounds);
}

double batches_least(const struct batches *batches, unsigned rounds)
{
	double least = batches->ns[0];

	for (unsigned i = 1; i < rounds; i++)
		least = batches->ns[i] < least ? batches->ns[i] : least;
	return least;
}

double batches_most(const struct batches *batches, unsigned rounds)
{
	double most = batches->ns[0];

	for (unsigned i = 1; i < rounds; i++)
		most = batches->ns[i] > most ? batches->ns[i] : most;
	return most;
}

/* To the first CPU that this thread may use; what it was allowed before comes back in `allowed`. */
static void keep_to_one_cpu(cpu_set_t *allowed)
{
	cpu_set_t one;
	unsigned int cpu = 0;

	CPU_ZERO(&one);
	CPU_ZERO(allowed);
	if (sched_getaffinity(0, sizeof(*allowed), allowed))
		return;
	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, allowed))
		cpu++;
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* A program's turn. `batch` is how many packets take about ten milliseconds. */
static bool take_turn(struct timed *timed, const struct rig *rig, uint32_t batch, bool passes, unsigned round)
{
	uint32_t n = timed->n, returned;
	double ns;

	if (!run(timed, rig, batch, &returned, &ns))
		return false;
	timed->batches.ns[round] = timed->after.ns[round] = ns;
	if (!passes || ns * n > PASS_NS)
		return true;
	return run(timed, rig, WARM_PASSES * n, &returned, &ns) &&
	       run(timed, rig, (batch + n - 1) / n * n, &returned, &timed->batches.ns[round]);
}

static bool measure(const struct rig *rig, struct timed *programs[], size_t n, bool passes, unsigned rounds)
{
	uint32_t batch[8];
	cpu_set_t allowed;
	bool good = true;

	keep_to_one_cpu(&allowed);
	for (size_t i = 0; good && i < n; i++) {
		batch[i] = batch_size(programs[i], rig);
		good = batch[i] > 0;
	}
	for (unsigned round = 0; good && round < rounds; round++)
		for (size_t i = 0; good && i < n; i++)
			good = take_turn(programs[i], rig, batch[i], passes, round);
	if (CPU_COUNT(&allowed))
		sched_setaffinity(0, sizeof(allowed), &allowed);
	return good;
}

bool rig_measure(const struct rig *rig, struct timed *programs[], size_t n, unsigned rounds)
{
	return measure(rig, programs, n, false, rounds);
}

bool rig_measure_passes(const struct rig *rig, struct timed *programs[], size_t n, unsigned rounds)
{
	return measure(rig, programs, n, true, rounds);
}
