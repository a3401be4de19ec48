/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The words that dispatchers and runtime share: what is put into them comes out again, laid out as the kernel wants it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <limits.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stdlib.h>

#include "dispatch.h"

static const __u32 generations[] = {
	1, 2, 0x1ffe, 0x1fff, 0x2000, 0x2001, 0x8000, 0xffff, 0x10000, 0x7fffffff, 0x80000000, UINT_MAX - 1, UINT_MAX,
};

#define N (sizeof(generations) / sizeof(generations[0]))

static void in_force(void **state)
{
	for (size_t i = 0; i < N; i++) {
		for (__u32 slot = 0; slot < SENTRY_GATE_SLOTS; slot++) {
			__u64 word = SENTRY_IN_FORCE(generations[i], slot);

			assert_int_equal(SENTRY_GENERATION_OF(word), generations[i]);
			assert_int_equal(SENTRY_SLOT_OF(word), slot);
			/* That is how no policy looks. */
			assert_int_not_equal(word, 0);
		}
	}
	assert_int_equal(SENTRY_GENERATION_OF(0ULL), 0);
}

/* skb->tc_index has 16 bits: the slot whole, of the generation what has room. */
static void index_of_tc(void **state)
{
	for (size_t i = 0; i < N; i++) {
		for (__u32 slot = 0; slot < SENTRY_GATE_SLOTS; slot++) {
			__u32 index = SENTRY_INDEX(generations[i], slot);

			assert_in_range(index, SENTRY_INDEX_VALID, 0xffff);
			assert_int_equal(SENTRY_INDEX_SLOT(index), slot);
			assert_int_equal(SENTRY_INDEX_GENERATION(index), generations[i] & 0x1fff);
		}
	}
	/* What nobody has stamped is not valid. */
	assert_int_equal(0 & SENTRY_INDEX_VALID, 0);
	/* Two generations that may be on packets at the same time differ, over the wrap also. */
	for (__u32 g = 0x1ff0; g < 0x2010; g++) {
		for (__u32 later = 1; later < SENTRY_GATE_SLOTS; later++)
			assert_int_not_equal(SENTRY_INDEX_GENERATION(SENTRY_INDEX(g, 0)),
					     SENTRY_INDEX_GENERATION(SENTRY_INDEX(g + later, 0)));
	}
}

/* No two hooks share an entry, and all are within the arrays. */
static void programs(void **state)
{
	bool *taken = calloc(SENTRY_PROGRAMS_MAX, sizeof(*taken));

	for (__u32 hook = 0; hook < SENTRY_HOOKS_MAX; hook++) {
		for (__u32 slot = 0; slot < SENTRY_GATE_SLOTS; slot++) {
			__u32 index = SENTRY_PROGRAM_INDEX(hook, slot);

			assert_in_range(index, 0, SENTRY_PROGRAMS_MAX - 1);
			assert_false(taken[index]);
			taken[index] = true;
		}
	}
	free(taken);
}

static void layout(void **state)
{
	/* One store of 64 bits puts a generation in force. */
	assert_int_equal(offsetof(struct sentry_gate, in_force) % sizeof(__u64), 0);
	assert_int_equal(sizeof(struct sentry_gate) % sizeof(__u64), 0);
	/* A bit for each slot. */
	assert_true(SENTRY_GATE_SLOTS <= 8 * sizeof(((struct sentry_gate *)0)->fail_open));
	/* data_meta grows by words, to 32 bytes. */
	assert_int_equal(sizeof(struct sentry_stamp) % 4, 0);
	assert_true(sizeof(struct sentry_stamp) <= 32);
	/* struct bpf_timer comes first, and has 16 bytes. */
	assert_int_equal(offsetof(struct sentry_deadman, timer), 0);
	assert_int_equal(offsetof(struct sentry_deadman, deadline_ns), 16);
	assert_int_equal(SENTRY_STAMPERS_MAX % 64, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(in_force),
		cmocka_unit_test(index_of_tc),
		cmocka_unit_test(programs),
		cmocka_unit_test(layout),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
