/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The loop: descriptors, timers, and handlers that take each other and themselves out. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "loop.h"

#include <fcntl.h>
#include <time.h>
#include <unistd.h>

struct party {
	struct loop *loop;
	struct loop_source *source, *other;
	int pipe[2];
	unsigned int called, most;
	char last;
};

static void set_up_party(struct party *party, struct loop *loop, void (*handler)(void *context))
{
	*party = (struct party){ .loop = loop };
	assert_int_equal(pipe2(party->pipe, O_CLOEXEC | O_NONBLOCK), 0);
	party->source = loop_add(loop, party->pipe[0], handler, party);
}

static void close_party(struct party *party)
{
	close(party->pipe[0]);
	close(party->pipe[1]);
}

static void read_and_stop(void *context)
{
	struct party *party = context;

	assert_int_equal(read(party->pipe[0], &party->last, 1), 1);
	if (++party->called == party->most)
		loop_stop(party->loop);
}

static void readable(void **state)
{
	struct loop *loop = loop_new();
	struct party party;

	set_up_party(&party, loop, read_and_stop);
	party.most = 3;
	/* Level-triggered: what is left is told of again. */
	assert_int_equal(write(party.pipe[1], "abcd", 4), 4);
	loop_run(loop);
	assert_int_equal(party.called, 3);
	assert_int_equal(party.last, 'c');
	loop_free(loop);
	close_party(&party);
}

static void remove_both(void *context)
{
	struct party *party = context;

	party->called++;
	loop_remove(party->other);
	loop_remove(party->source);
	loop_remove(party->source);
	loop_remove(NULL);
}

static void stop(void *context)
{
	struct party *party = context;

	loop_stop(party->loop);
}

/* Both are readable at once: whoever is called first takes out the other, who is not called any more. */
static void removed_in_a_handler(void **state)
{
	struct loop *loop = loop_new();
	struct party one, two, end = { .loop = loop };

	set_up_party(&one, loop, remove_both);
	set_up_party(&two, loop, remove_both);
	one.other = two.source;
	two.other = one.source;
	assert_int_equal(write(one.pipe[1], "x", 1), 1);
	assert_int_equal(write(two.pipe[1], "x", 1), 1);
	loop_timer(loop, 30, stop, &end);
	loop_run(loop);
	assert_int_equal(one.called + two.called, 1);
	loop_free(loop);
	close_party(&one);
	close_party(&two);
}

static void add_another(void *context)
{
	struct party *party = context;

	if (party->called++ < 100) {
		loop_remove(party->source);
		party->source = loop_timer(party->loop, 1, add_another, party);
	} else {
		loop_stop(party->loop);
	}
}

static void timers_made_in_handlers(void **state)
{
	struct loop *loop = loop_new();
	struct party party = { .loop = loop };

	party.source = loop_timer(loop, 1, add_another, &party);
	loop_run(loop);
	assert_int_equal(party.called, 101);
	loop_free(loop);
}

static void count(void *context)
{
	struct party *party = context;

	if (++party->called == party->most)
		loop_stop(party->loop);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static void linger(void *context)
{
	struct party *party = context;

	if (party->called++ == 0)
		usleep(100000);
	else
		loop_stop(party->loop);
}

static void timers(void **state)
{
	struct loop *loop = loop_new();
	struct party party = { .loop = loop, .most = 5 };
	double begin = now();

	loop_timer(loop, 20, count, &party);
	loop_run(loop);
	assert_int_equal(party.called, 5);
	assert_true(now() - begin >= 0.099);
	loop_free(loop);

	/* What was missed is not made up for: five turns are one. */
	loop = loop_new();
	party = (struct party){ .loop = loop };
	begin = now();
	loop_timer(loop, 20, linger, &party);
	loop_run(loop);
	assert_int_equal(party.called, 2);
	assert_true(now() - begin >= 0.119);
	loop_free(loop);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(readable), cmocka_unit_test(removed_in_a_handler), cmocka_unit_test(timers_made_in_handlers),
		cmocka_unit_test(timers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
