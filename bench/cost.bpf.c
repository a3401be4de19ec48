/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What `sentry-bench cost` runs: pairs of programs that differ in one thing only, done many times over, so that the
 * difference of their times is what that thing takes.
 */
#define SENTRY_SLOTS 4
#include "sentry.h"

#include "cost_shared.h"

enum {
	/* For the verifier; how far reads go in fact is the setting's. */
	TABLE_MASK = COST_TABLE_BYTES / 4 - 1,
};

/* As a classifier's tables are: one value of an array, read directly. */
__u32 table[COST_TABLE_BYTES / 4] __attribute__((aligned(64)));

MAP_ARRAY(settings, struct cost_settings, 1, 0);

/* The next number that none foresees: of a linear congruence by Knuth, the upper half. */
static __always_inline __u64 next_number(struct cost_settings *setting)
{
	setting->state = setting->state * 6364136223846793005ull + 1442695040888963407ull;
	return setting->state >> 32;
}

/* The places of one packet's reads. Opaque, so that each program makes them in the same way. */
static __always_inline __u32 place_of(__u64 number, __u32 i)
{
	__u64 place = number * (0x9e3779b97f4a7c15ull + 2 * i) >> 32;

	opaque(place);
	return (__u32)place;
}

#define PROGRAM(NAME, ...)                                                     \
	SEC("xdp")                                                             \
	int NAME(struct xdp_md *ctx)                                           \
	{                                                                      \
		struct cost_settings *setting = map_at(&settings, 0);          \
		__u64 number, sum = 0;                                         \
		                                                               \
		if (!setting)                                                  \
			return XDP_ABORTED;                                    \
		number = next_number(setting);                                 \
		__VA_ARGS__                                                    \
		setting->sum = sum;                                            \
		return XDP_PASS;                                               \
	}

/* --- reads ----------------------------------------------------------------------- */

#define PLACES(PLACE, ADD)                                                     \
	unrolled                                                               \
	for (__u32 i = 0; i < COST_READS; i++) {                               \
		__u32 place = (PLACE) & setting->mask & TABLE_MASK;            \
		                                                               \
		opaque(place);                                                 \
		place &= TABLE_MASK;                                           \
		sum += (ADD);                                                  \
	}

PROGRAM(places, PLACES(place_of(number, i), place))
PROGRAM(reads, PLACES(place_of(number, i), *(volatile __u32 *)&table[place]))
/* Each place depends on what was read before it; the table is all 0. */
PROGRAM(chain_of_places, PLACES(place_of(number, i) + (__u32)sum, place))
PROGRAM(chain_of_reads, PLACES(place_of(number, i) + (__u32)sum, *(volatile __u32 *)&table[place]))

/* --- instructions ---------------------------------------------------------------- */

/* Four sums in turns, as independent of each other as a look-up's steps are. */
#define ADD_TO(SUM) __asm__ volatile("%0 += %1" : "+r"(SUM) : "r"(number))

PROGRAM(bare, { sum = number; })
PROGRAM(instructions, {
	__u64 second = 0;
	__u64 third = 0;
	__u64 fourth = 0;

	unrolled
	for (__u32 i = 0; i < COST_INSNS / 4; i++) {
		ADD_TO(sum);
		ADD_TO(second);
		ADD_TO(third);
		ADD_TO(fourth);
	}
	sum += second + third + fourth;
})

/* --- rules ----------------------------------------------------------------------- */

/* Half of the rules fail at their first test, half at their second: no packet matches any. */
PROGRAM(rules, {
	struct cost_packet pkt = { (__u32)number | 1, (__u16)number | 1, 6 };
	volatile struct cost_packet *fields = &pkt;

	unrolled
	for (__u32 i = 0; i < COST_RULES; i++)
		if (fields->proto == (i & 1 ? 6 : 17) && fields->address == 2 * i)
			sum += i + 1;
})

/* --- calls ----------------------------------------------------------------------- */

static __noinline __u64 called(__u64 number)
{
	opaque(number);
	return number + 1;
}

PROGRAM(in_line, {
	unrolled
	for (__u32 i = 0; i < COST_CALLS; i++) {
		opaque(number);
		number++;
	}
	sum = number;
})
PROGRAM(calls, {
	unrolled
	for (__u32 i = 0; i < COST_CALLS; i++)
		number = called(number);
	sum = number;
})

SENTRY_LICENSE;
