/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "arena.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

static bool is_zero(const unsigned char *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (bytes[i])
			return false;
	return true;
}

static void test_memory_is_zeroed_aligned_and_apart(void **state)
{
	struct arena arena;
	unsigned char *all[2000];

	arena_init(&arena);
	for (size_t i = 0; i < 2000; i++) {
		size_t size = i * 7 % 513;

		all[i] = arena_alloc(&arena, size);
		assert_int_equal((uintptr_t)all[i] % _Alignof(max_align_t), 0);
		assert_true(is_zero(all[i], size));
		memset(all[i], (int)(i & 0xff), size);
	}
	/* Nothing written later may have touched what came before. */
	for (size_t i = 0; i < 2000; i++)
		for (size_t at = 0; at < i * 7 % 513; at++)
			assert_int_equal(all[i][at], i & 0xff);
	arena_fini(&arena);
}

static void test_allocations_of_nothing_differ(void **state)
{
	struct arena arena;

	arena_init(&arena);
	assert_ptr_not_equal(arena_alloc(&arena, 0), arena_alloc(&arena, 0));
	arena_fini(&arena);
}

static void test_big_blocks_do_not_waste_the_current_chunk(void **state)
{
	struct arena arena;
	unsigned char *before, *big, *after;

	arena_init(&arena);
	before = arena_alloc(&arena, 16);
	big = arena_alloc(&arena, 1 << 20);
	after = arena_alloc(&arena, 16);
	assert_ptr_equal(after, before + 16);
	assert_true(is_zero(big, 1 << 20));
	arena_fini(&arena);
}

static void test_first_block_may_be_big(void **state)
{
	struct arena arena;
	unsigned char *big;

	arena_init(&arena);
	big = arena_alloc(&arena, 1 << 20);
	memset(big, 1, 1 << 20);
	assert_true(is_zero(arena_alloc(&arena, 100), 100));
	arena_fini(&arena);
}

static void test_text(void **state)
{
	struct arena arena;

	arena_init(&arena);
	assert_string_equal(arena_strdup(&arena, "policy"), "policy");
	assert_string_equal(arena_strndup(&arena, "policy", 3), "pol");
	assert_string_equal(arena_strndup(&arena, NULL, 0), "");
	assert_string_equal(arena_printf(&arena, "%s-%d", "rule", 7), "rule-7");
	arena_fini(&arena);
}

static void test_push_grows_and_keeps(void **state)
{
	struct arena arena;
	uint32_t *numbers = NULL;
	size_t count = 0, room = 0;

	arena_init(&arena);
	for (uint32_t i = 0; i < 1000; i++) {
		uint32_t *slot = arena_push(&arena, &numbers, &count, &room, sizeof(*numbers));

		assert_int_equal(*slot, 0);
		assert_ptr_equal(slot, &numbers[i]);
		*slot = i;
	}
	assert_int_equal(count, 1000);
	assert_true(room >= count);
	for (uint32_t i = 0; i < 1000; i++)
		assert_int_equal(numbers[i], i);
	arena_fini(&arena);
}

/* What cannot be had ends the process with 3, and never hands out too little. */
static void exits_with_3(void (*allocate)(struct arena *))
{
	struct arena arena;
	pid_t child;
	int status;

	child = fork();
	if (!child) {
		close(STDERR_FILENO);
		arena_init(&arena);
		allocate(&arena);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 3);
}

static void allocate_overflowing_array(struct arena *arena)
{
	arena_array(arena, SIZE_MAX / 4, 5);
}

static void allocate_overflowing_size(struct arena *arena)
{
	arena_alloc(arena, SIZE_MAX - 4);
}

static void test_overflow_is_out_of_memory(void **state)
{
	exits_with_3(allocate_overflowing_array);
	exits_with_3(allocate_overflowing_size);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_memory_is_zeroed_aligned_and_apart),
		cmocka_unit_test(test_allocations_of_nothing_differ),
		cmocka_unit_test(test_big_blocks_do_not_waste_the_current_chunk),
		cmocka_unit_test(test_first_block_may_be_big),
		cmocka_unit_test(test_text),
		cmocka_unit_test(test_push_grows_and_keeps),
		cmocka_unit_test(test_overflow_is_out_of_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
