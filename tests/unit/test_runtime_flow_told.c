/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What was told of flows: kept in a file; where there is no room for one, only in memory; not where somebody else has it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "flow_told.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char directory[64], path[80];

static int begin(void **state)
{
	snprintf(directory, sizeof(directory), "/tmp/told-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/flows", directory);
	return 0;
}

static int end(void **state)
{
	unlink(path);
	return rmdir(directory);
}

static void poll_once(struct flow_file *file, __u64 packets)
{
	flow_file_begin(file)->told[2].packets = packets;
	flow_file_commit(file);
}

static void kept(void **state)
{
	struct failure why;
	struct flow_file file;

	assert_true(flow_file_open(&file, path, 5, 4, 100, &why));
	assert_int_equal(flow_file_last(&file)->position, 100);
	poll_once(&file, 7);
	/* Killed in the middle of the next. */
	flow_file_begin(&file)->told[2].packets = 8;
	flow_file_close(&file);
	assert_true(flow_file_open(&file, path, 5, 4, 200, &why));
	assert_int_equal(flow_file_sequence(&file), 1);
	assert_int_equal(flow_file_last(&file)->told[2].packets, 7);
	flow_file_close(&file);
	/* Of another map. */
	assert_true(flow_file_open(&file, path, 6, 4, 200, &why));
	assert_int_equal(flow_file_sequence(&file), 0);
	assert_int_equal(flow_file_last(&file)->position, 200);
	flow_file_close(&file);
}

static void somebody_else(void **state)
{
	struct failure why;
	struct flow_file file, other;

	assert_true(flow_file_open(&file, path, 5, 4, 0, &why));
	assert_false(flow_file_open(&other, path, 5, 4, 0, &why));
	assert_non_null(strstr(why.text, "somebody else"));
	flow_file_close(&other);
	flow_file_close(&file);
}

static void no_room(void **state)
{
	struct failure why;
	struct flow_file file;

	/* That a policy is applied must not cost the flows of its generation. */
	assert_true(flow_file_open(&file, "/dev/full/flows", 5, 4, 300, &why));
	assert_int_equal(flow_file_last(&file)->position, 300);
	poll_once(&file, 9);
	assert_int_equal(flow_file_last(&file)->told[2].packets, 9);
	flow_file_close(&file);
	assert_true(flow_file_open(&file, NULL, 5, 4, 0, &why));
	flow_file_close(&file);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(kept, begin, end),
		cmocka_unit_test_setup_teardown(somebody_else, begin, end),
		cmocka_unit_test_setup_teardown(no_room, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
