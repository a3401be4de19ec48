/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What is said when the kernel refuses a part of an object. */
#include "refusal.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void a_map_has_a_size(void **state)
{
	struct failure why = { 0 };

	(void)state;
	assert_false(refusal_of_map("set", "bad", 1000000, 40000000, ENOMEM, &why));
	assert_int_equal(why.code, EXIT_ENVIRONMENT);
	assert_string_equal(why.text, "the kernel refused set 'bad' of 1000000 entries, 40000000 bytes: Cannot allocate "
				      "memory; a smaller max in the policy needs less");
	refusal_of_map("map", "sentry_states", 4294967295U, 1ULL << 36, E2BIG, &why);
	assert_string_equal(why.text, "the kernel refused map 'sentry_states' of 4294967295 entries, 68719476736 bytes: more "
				      "than it takes in one map; a smaller max in the policy needs less");
	refusal_of_map("map", "events", 4096, 4096, EPERM, &why);
	assert_string_equal(why.text,
			    "the kernel refused map 'events' of 4096 entries, 4096 bytes: Operation not permitted");
}

static void a_program_is_too_large(void **state)
{
	struct failure why = { 0 };

	(void)state;
	assert_false(refusal_of_program("in", "0: R1=ctx\nBPF program is too large. Processed 1000001 insn\n\n", E2BIG, &why));
	assert_int_equal(why.code, EXIT_ENVIRONMENT);
	assert_string_equal(why.text, "program 'in' is too large for this kernel's verifier: BPF program is too large. "
				      "Processed 1000001 insn");
	/* Its log had no room: that is no disk that is full. */
	refusal_of_program("in", "", ENOSPC, &why);
	assert_string_equal(why.text, "program 'in' is too large for this kernel's verifier");
	refusal_of_program("in", "\n", E2BIG, &why);
	assert_string_equal(why.text, "program 'in' is too large for this kernel's verifier");
	refusal_of_program("in", "invalid access\n", EACCES, &why);
	assert_string_equal(why.text, "the kernel refused program 'in': Permission denied");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_map_has_a_size),
		cmocka_unit_test(a_program_is_too_large),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
