/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A sink at work, with a sink that does what it is told: takes, hangs, fails, refuses. Whatever happens, each item is
 * written, refused, dropped, or still waits, and is counted so; those that were written were written once, in order.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "worker.h"

#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#define MOST 200000

/* What the sink shall do, and what it has seen. */
struct script {
	pthread_mutex_t lock;
	enum sink_result result;
	int fail_first;      /* so many times SINK_RETRY, before `result` */
	uint64_t refused;    /* of each batch */
	uint64_t most_items; /* SINK_RETRY for more of them; 0: as many as there are */
	atomic_bool hang;    /* until the worker has to end, or this is false again */
	atomic_uint writes, idles, destroyed;
	atomic_uint_fast64_t n;
	uint64_t seen[MOST]; /* numbers of the items that were written */
	double times[64];    /* when it was called */
};

static struct script *script;
static char state_directory[64];

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

static enum sink_result play(void *sink, const struct batch *batch, struct sink_error *error)
{
	struct script *of = sink;
	enum sink_result result;
	struct batch_cursor cursor;
	struct item item;

	pthread_mutex_lock(&of->lock);
	if (of->writes < 64)
		of->times[of->writes] = now();
	of->writes++;
	result = of->fail_first > 0 && of->fail_first-- > 0 ? SINK_RETRY : of->result;
	batch_begin(&cursor, batch);
	for (uint64_t n = 0; of->most_items && batch_next(&cursor, &item);) {
		if (++n > of->most_items)
			result = SINK_RETRY;
	}
	pthread_mutex_unlock(&of->lock);
	while (of->hang && !sink_stopping())
		usleep(1000);
	if (of->hang)
		return sink_fail(error, SINK_RETRY, "hung");
	if (result == SINK_RETRY || result == SINK_REFUSED)
		return sink_fail(error, result, "as told");
	pthread_mutex_lock(&of->lock);
	error->refused = of->refused;
	if (of->refused)
		snprintf(error->text, sizeof(error->text), "some");
	batch_begin(&cursor, batch);
	while (batch_next(&cursor, &item)) {
		if (of->n < MOST)
			of->seen[of->n] = item.sequence;
		of->n++;
	}
	pthread_mutex_unlock(&of->lock);
	return SINK_DONE;
}

static void idle(void *sink)
{
	((struct script *)sink)->idles++;
}

static void destroy(void *sink)
{
	((struct script *)sink)->destroyed++;
}

static const struct sink_kind kind = { .name = "script", .write = play, .idle = idle, .destroy = destroy, .divisible = true };

static int begin(void **state)
{
	script = calloc(1, sizeof(*script));
	pthread_mutex_init(&script->lock, NULL);
	snprintf(state_directory, sizeof(state_directory), "/tmp/worker-XXXXXX");
	assert_non_null(mkdtemp(state_directory));
	return 0;
}

static int end(void **state)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", state_directory);
	pthread_mutex_destroy(&script->lock);
	free(script);
	return system(command);
}

static struct worker_settings settings_with(uint64_t memory, uint64_t disk)
{
	return (struct worker_settings){
		.kind = &kind, .sink = script, .name = "s", .memory = memory, .disk = disk, .batch_items = 1000,
		.batch_delay_ms = 1, .spill_directory = disk ? state_directory : NULL,
	};
}

/* Blocks of so many items each, numbered from `first`; each item has a kilobyte. */
static void push(struct worker *worker, uint64_t first, unsigned int blocks, unsigned int each)
{
	static char text[1001];

	memset(text, 'x', 1000);
	for (unsigned int i = 0; i < blocks; i++) {
		struct block *block = block_new();

		for (unsigned int j = 0; j < each; j++) {
			struct item item;

			item_clear(&item, ITEM_EVENT);
			item.sequence = first++;
			item.text[TEXT_DETAIL] = text;
			assert_true(block_add(block, &item));
		}
		worker_push(worker, block);
		block_free(block);
	}
}

static uint64_t stat_of(struct worker *worker, size_t member)
{
	return atomic_load((atomic_uint_fast64_t *)((char *)&worker_state(worker)->stats + member));
}
#define STAT(worker, name) stat_of(worker, offsetof(struct sink_stats, name))

static void balanced(struct worker *worker, uint64_t pushed)
{
	assert_int_equal(STAT(worker, accepted), pushed);
	assert_int_equal(STAT(worker, written) + STAT(worker, dropped) + STAT(worker, refused) + STAT(worker, queued) +
			 STAT(worker, spilled), pushed);
}

static bool wait_idle(struct worker *worker, double seconds)
{
	double until = now() + seconds;

	while (!worker_idle(worker) && now() < until)
		usleep(1000);
	return worker_idle(worker);
}

static void wait_end(struct worker *worker)
{
	while (!worker_ended(worker))
		usleep(1000);
}

/* Those that came, from `first` on, without a gap. */
static void seen_from(uint64_t first, uint64_t n)
{
	assert_int_equal(script->n, n);
	for (uint64_t i = 0; i < n; i++)
		assert_int_equal(script->seen[i], first + i);
}

static void takes(void **state)
{
	struct worker_settings settings = settings_with(64 << 20, 0);
	struct worker *worker = worker_start(&settings, NULL);

	push(worker, 1, 200, 20);
	assert_true(wait_idle(worker, 20));
	balanced(worker, 4000);
	assert_int_equal(STAT(worker, written), 4000);
	assert_int_equal(STAT(worker, retries), 0);
	seen_from(1, 4000);
	worker_stop(worker, 5000);
	worker_free(worker);
	assert_int_equal(script->destroyed, 1);
}

/* What its filter does not want is not counted, nor is a block without anything that it wants kept. */
static void filtered(void **state)
{
	struct worker_settings settings = settings_with(64 << 20, 0);
	struct worker *worker;

	settings.filter.kinds[ITEM_FLOW] = true;
	worker = worker_start(&settings, NULL);
	push(worker, 1, 10, 20);
	assert_true(wait_idle(worker, 20));
	balanced(worker, 0);
	assert_int_equal(script->writes, 0);
	worker_stop(worker, 0);
	worker_free(worker);
}

static void tries_again(void **state)
{
	struct worker_settings settings = settings_with(64 << 20, 0);
	struct worker *worker;

	script->fail_first = 4;
	worker = worker_start(&settings, NULL);
	push(worker, 1, 1, 20);
	assert_true(wait_idle(worker, 20));
	balanced(worker, 20);
	assert_int_equal(STAT(worker, retries), 4);
	assert_int_equal(script->writes, 5);
	assert_false(atomic_load(&worker_state(worker)->stats.failing));
	/* 200, 400, 800, 1600 ms, each a fifth more or less. */
	for (unsigned int i = 0; i < 4; i++)
		assert_true(script->times[i + 1] - script->times[i] >= 0.159 * (1 << i));
	assert_true(script->times[4] - script->times[3] > 2 * (script->times[1] - script->times[0]));
	/* The next trouble begins with a short wait again. */
	pthread_mutex_lock(&script->lock);
	script->fail_first = 1;
	pthread_mutex_unlock(&script->lock);
	push(worker, 21, 1, 20);
	assert_true(wait_idle(worker, 20));
	assert_true(script->times[6] - script->times[5] < 1.2);
	seen_from(1, 40);
	worker_stop(worker, 5000);
	worker_free(worker);
}

/* What is too much at a time goes in parts, from memory and from disk; when more is taken again, there are fewer. */
static void too_much_at_a_time(void **state)
{
	for (unsigned int durable = 0; durable < 2; durable++) {
		struct worker_settings settings = settings_with(16 << 20, 64 << 20);
		struct worker *worker;
		uint64_t writes;

		settings.durable = durable;
		script->most_items = 100;
		script->writes = 0;
		script->n = 0;
		worker = worker_start(&settings, NULL);
		push(worker, 1, 100, 20);
		assert_true(wait_idle(worker, 60));
		balanced(worker, 2000);
		assert_int_equal(STAT(worker, written), 2000);
		seen_from(1, 2000);
		assert_true(STAT(worker, retries) >= 3 && STAT(worker, retries) <= 20);
		pthread_mutex_lock(&script->lock);
		script->most_items = 0;
		script->fail_first = 0;
		pthread_mutex_unlock(&script->lock);
		for (unsigned int i = 0; i < 15; i++)
			push(worker, 2001 + i * 1000, 50, 20);
		assert_true(wait_idle(worker, 20));
		writes = script->writes;
		push(worker, 17001, 50, 20);
		assert_true(wait_idle(worker, 20));
		assert_true(script->writes - writes <= 50);
		balanced(worker, 18000);
		assert_int_equal(STAT(worker, written), 18000);
		worker_stop(worker, 5000);
		worker_free(worker);
	}
}

/* A sink that goes on where it was must get the same again. */
static void same_again(void **state)
{
	struct worker_settings settings = settings_with(16 << 20, 0);
	struct sink_kind whole = kind;
	struct worker *worker;

	whole.divisible = false;
	settings.kind = &whole;
	settings.batch_delay_ms = 300;
	script->fail_first = 4;
	script->most_items = 1000;
	worker = worker_start(&settings, NULL);
	push(worker, 1, 50, 20);
	assert_true(wait_idle(worker, 20));
	assert_int_equal(script->writes, 5);
	seen_from(1, 1000);
	worker_stop(worker, 5000);
	worker_free(worker);
}

/* A part was written, and then it ends: the rest is on disk, and nothing twice. */
static void stopped_between_parts(void **state)
{
	struct worker_settings settings = settings_with(16 << 20, 64 << 20);
	struct worker *worker;
	uint64_t written;

	settings.durable = true;
	script->result = SINK_RETRY;
	worker = worker_start(&settings, NULL);
	usleep(50000);
	push(worker, 1, 50, 20);
	while (STAT(worker, retries) < 4)
		usleep(1000);
	pthread_mutex_lock(&script->lock);
	script->result = SINK_DONE;
	script->most_items = 300;
	pthread_mutex_unlock(&script->lock);
	while (!script->n)
		usleep(100);
	pthread_mutex_lock(&script->lock);
	script->result = SINK_RETRY;
	pthread_mutex_unlock(&script->lock);
	worker_stop(worker, 0);
	wait_end(worker);
	written = STAT(worker, written);
	assert_true(written > 0);
	balanced(worker, 1000);
	assert_int_equal(STAT(worker, spilled), 1000 - written);
	worker_free(worker);
	script->result = SINK_DONE;
	script->most_items = 0;
	worker = worker_start(&settings, NULL);
	for (unsigned int i = 0; i < 10000 && script->n < 1000; i++)
		usleep(1000);
	assert_true(wait_idle(worker, 5));
	seen_from(1, 1000);
	worker_stop(worker, 5000);
	worker_free(worker);
}

static void refuses(void **state)
{
	struct worker_settings settings = settings_with(64 << 20, 0);
	struct worker *worker;

	script->result = SINK_REFUSED;
	worker = worker_start(&settings, NULL);
	push(worker, 1, 10, 20);
	assert_true(wait_idle(worker, 20));
	balanced(worker, 200);
	assert_int_equal(STAT(worker, refused), 200);
	assert_true(atomic_load(&worker_state(worker)->stats.failing));
	pthread_mutex_lock(&script->lock);
	script->result = SINK_DONE;
	script->refused = 3;
	script->writes = 0;
	pthread_mutex_unlock(&script->lock);
	push(worker, 201, 10, 20);
	assert_true(wait_idle(worker, 20));
	balanced(worker, 400);
	assert_int_equal(STAT(worker, refused), 200 + 3 * script->writes);
	/* More than there are cannot be. */
	pthread_mutex_lock(&script->lock);
	script->refused = 1000000;
	pthread_mutex_unlock(&script->lock);
	push(worker, 401, 1, 20);
	assert_true(wait_idle(worker, 20));
	balanced(worker, 420);
	worker_stop(worker, 5000);
	worker_free(worker);
}

/* A batch takes what there was; of what comes while it hangs, memory keeps the newest. */
static void drops_the_oldest(void **state)
{
	struct worker_settings settings = settings_with(1 << 20, 0);
	struct worker *worker;
	uint64_t dropped;

	script->hang = true;
	worker = worker_start(&settings, NULL);
	push(worker, 1, 1, 20);
	while (!script->writes)
		usleep(1000);
	push(worker, 21, 2000, 20);
	balanced(worker, 40020);
	dropped = STAT(worker, dropped);
	assert_true(dropped > 30000 && dropped < 40000);
	script->hang = false;
	assert_true(wait_idle(worker, 20));
	balanced(worker, 40020);
	assert_int_equal(STAT(worker, dropped), dropped);
	assert_int_equal(STAT(worker, written), 40020 - dropped);
	/* The first batch, and then the newest without a gap. */
	assert_int_equal(script->seen[0], 1);
	assert_int_equal(script->seen[script->n - 1], 40020);
	for (uint64_t i = 21; i < script->n; i++)
		assert_int_equal(script->seen[i], script->seen[i - 1] + 1);
	worker_stop(worker, 5000);
	worker_free(worker);
}

static void waits_on_disk(void **state)
{
	struct worker_settings settings = settings_with(1 << 20, 256 << 20);
	struct worker *worker;

	script->hang = true;
	worker = worker_start(&settings, NULL);
	push(worker, 1, 1, 20);
	while (!script->writes)
		usleep(1000);
	/* Not faster than the disk takes it: what is on its way there has no more room than memory. */
	for (unsigned int i = 0; i < 200; i++) {
		push(worker, 21 + i * 200, 10, 20);
		while (STAT(worker, queued) > 1200)
			usleep(1000);
	}
	balanced(worker, 40020);
	assert_true(STAT(worker, spilled) > 10000);
	script->hang = false;
	assert_true(wait_idle(worker, 60));
	balanced(worker, 40020);
	if (STAT(worker, dropped) == 0)
		seen_from(1, 40020);
	assert_int_equal(STAT(worker, dropped), 0);
	worker_stop(worker, 5000);
	worker_free(worker);
}

static void disk_is_bounded(void **state)
{
	struct worker_settings settings = settings_with(1 << 20, 10 << 20);
	struct worker *worker;

	script->hang = true;
	worker = worker_start(&settings, NULL);
	for (unsigned int i = 0; i < 40; i++) {
		push(worker, 1 + i * 1000, 50, 20);
		usleep(5000);
	}
	balanced(worker, 40000);
	assert_true(STAT(worker, dropped) > 20000);
	script->hang = false;
	assert_true(wait_idle(worker, 60));
	balanced(worker, 40000);
	assert_int_equal(script->n, STAT(worker, written));
	for (uint64_t i = 1; i < script->n; i++)
		assert_true(script->seen[i] > script->seen[i - 1]);
	assert_int_equal(script->seen[script->n - 1], 40000);
	worker_stop(worker, 5000);
	worker_free(worker);
}

/* By the disk, all of it: what the sink does not have yet is there, whatever happens to the process. */
static void durable(void **state)
{
	struct worker_settings settings = settings_with(64 << 20, 256 << 20);
	struct worker *worker;

	settings.durable = true;
	script->hang = true;
	worker = worker_start(&settings, NULL);
	push(worker, 1, 100, 20);
	for (unsigned int i = 0; STAT(worker, queued) + STAT(worker, spilled) < 2000 && i < 5000; i++)
		usleep(1000);
	balanced(worker, 2000);
	script->hang = false;
	assert_true(wait_idle(worker, 20));
	balanced(worker, 2000);
	seen_from(1, 2000);
	worker_stop(worker, 5000);
	worker_free(worker);
}

/* No file can have more, as if the disk were full. */
static void limit_files(rlim_t most)
{
	struct rlimit limit;

	signal(SIGXFSZ, SIG_IGN);
	getrlimit(RLIMIT_FSIZE, &limit);
	limit.rlim_cur = most < limit.rlim_max ? most : limit.rlim_max;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

static void seen_in_order(void)
{
	for (uint64_t i = 1; i < script->n; i++)
		assert_true(script->seen[i] > script->seen[i - 1]);
}

/* A disk that is full is no reason to lose what the other side would take: nothing at all fits there, or one block. */
static void durable_without_room(void **state)
{
	for (unsigned int blocks = 0; blocks < 2; blocks++) {
		struct worker_settings settings = settings_with(4 << 20, 256 << 20);
		struct worker *worker;

		settings.durable = true;
		script->n = 0;
		limit_files(20000 + blocks * 20000);
		worker = worker_start(&settings, NULL);
		usleep(50000);
		push(worker, 1, 100, 20);
		limit_files(20000 + blocks * 20000);
		assert_true(wait_idle(worker, 20));
		push(worker, 2001, 100, 20);
		worker_stop(worker, 5000);
		wait_end(worker);
		limit_files(RLIM_INFINITY);
		balanced(worker, 4000);
		seen_from(1, 4000);
		worker_free(worker);
	}
}

/* It keeps as much as memory may have, twice, and goes on with the disk when there is room again. */
static void full_disk_while_it_hangs(void **state)
{
	struct worker_settings settings = settings_with(1 << 20, 256 << 20);
	struct worker *worker;
	uint64_t dropped;

	script->hang = true;
	limit_files(20000);
	worker = worker_start(&settings, NULL);
	push(worker, 1, 1, 20);
	while (!script->writes)
		usleep(1000);
	for (unsigned int i = 0; i < 40; i++) {
		push(worker, 21 + i * 200, 10, 20);
		usleep(5000);
	}
	balanced(worker, 8020);
	dropped = STAT(worker, dropped);
	assert_true(dropped > 5000 && dropped < 7000);
	limit_files(RLIM_INFINITY);
	for (unsigned int i = 0; i < 40; i++) {
		push(worker, 8021 + i * 200, 10, 20);
		usleep(5000);
	}
	assert_true(STAT(worker, spilled) > 7000);
	script->hang = false;
	assert_true(wait_idle(worker, 20));
	balanced(worker, 16020);
	assert_true(STAT(worker, dropped) < dropped + 1000);
	assert_int_equal(script->n + STAT(worker, dropped), 16020);
	seen_in_order();
	worker_stop(worker, 5000);
	worker_free(worker);
}

/* And at the end there is nowhere else. */
static void stopped_with_a_full_disk(void **state)
{
	struct worker_settings settings = settings_with(64 << 20, 256 << 20);
	struct worker *worker;

	settings.durable = true;
	script->hang = true;
	limit_files(20000);
	worker = worker_start(&settings, NULL);
	push(worker, 1, 100, 20);
	usleep(100000);
	worker_stop(worker, 0);
	wait_end(worker);
	limit_files(RLIM_INFINITY);
	balanced(worker, 2000);
	assert_int_equal(STAT(worker, dropped), 2000);
	worker_free(worker);
}

/* It ends in time; what waits is on disk, and the next one writes it, each item once. */
static void stopped_while_it_hangs(void **state)
{
	struct worker_settings settings = settings_with(64 << 20, 256 << 20);
	struct worker *worker;
	double began;

	script->hang = true;
	worker = worker_start(&settings, NULL);
	push(worker, 1, 500, 20);
	usleep(200000);
	began = now();
	worker_stop(worker, 300);
	while (now() < began + 0.4)
		usleep(10000);
	worker_stop(worker, 0);
	wait_end(worker);
	assert_true(now() - began < 5);
	balanced(worker, 10000);
	assert_int_equal(STAT(worker, spilled), 10000);
	assert_int_equal(STAT(worker, dropped), 0);
	worker_free(worker);
	assert_int_equal(script->destroyed, 1);

	script->hang = false;
	worker = worker_start(&settings, NULL);
	while (script->n < 10000 && now() < began + 30)
		usleep(1000);
	assert_true(wait_idle(worker, 5));
	assert_int_equal(script->n, 10000);
	assert_int_equal(STAT(worker, written), 10000);
	worker_stop(worker, 5000);
	worker_free(worker);
}

/* The file that its batch came from goes for newer ones, and then it ends: what it says to be on disk is there. */
static void stopped_without_its_file(void **state)
{
	struct worker_settings settings = settings_with(1 << 20, 9 << 20);
	uint64_t pushed = 2000, waiting, said;
	struct worker *worker;

	script->result = SINK_RETRY;
	worker = worker_start(&settings, NULL);
	push(worker, 1, 25, 20);
	usleep(200000);
	worker_stop(worker, 0);
	wait_end(worker);
	waiting = STAT(worker, spilled);
	assert_true(waiting > 0);
	worker_free(worker);

	script->writes = 0;
	worker = worker_start(&settings, NULL);
	while (!script->writes)
		usleep(1000);
	for (unsigned int i = 0; i < 20; i++, pushed += 1000) {
		push(worker, pushed, 50, 20);
		usleep(10000);
	}
	assert_true(STAT(worker, dropped) > 0);
	worker_stop(worker, 0);
	wait_end(worker);
	balanced(worker, waiting + pushed - 2000);
	assert_int_equal(STAT(worker, queued), 0);
	said = STAT(worker, spilled);
	worker_free(worker);

	script->result = SINK_DONE;
	worker = worker_start(&settings, NULL);
	for (unsigned int i = 0; i < 30000 && script->n < said; i++)
		usleep(1000);
	assert_true(wait_idle(worker, 5));
	balanced(worker, said);
	assert_int_equal(script->n, said);
	assert_true(script->seen[0] > 500);
	worker_stop(worker, 1000);
	worker_free(worker);
}

/* Without a disk, what cannot be written in time is dropped and counted. */
static void stopped_without_a_disk(void **state)
{
	struct worker_settings settings = settings_with(64 << 20, 0);
	struct worker *worker;
	double began;

	script->hang = true;
	worker = worker_start(&settings, NULL);
	push(worker, 1, 100, 20);
	usleep(50000);
	began = now();
	worker_stop(worker, 0);
	wait_end(worker);
	assert_true(now() - began < 5);
	balanced(worker, 2000);
	assert_int_equal(STAT(worker, dropped), 2000);
	worker_free(worker);
}

/* What there is time for is written before the end. */
static void stopped_while_it_works(void **state)
{
	struct worker_settings settings = settings_with(64 << 20, 0);
	struct worker *worker = worker_start(&settings, NULL);

	push(worker, 1, 1000, 20);
	worker_stop(worker, 20000);
	wait_end(worker);
	balanced(worker, 20000);
	assert_int_equal(STAT(worker, written), 20000);
	seen_from(1, 20000);
	worker_free(worker);
}

/* The second begins when the first has ended, and has what the first could not write; nothing is lost on the way. */
static void handed_over(void **state)
{
	struct worker_settings settings = settings_with(64 << 20, 256 << 20);
	struct worker *first, *second;
	bool *there;

	script->hang = true;
	first = worker_start(&settings, NULL);
	push(first, 1, 500, 20);
	usleep(100000);
	worker_stop(first, 200);
	second = worker_start(&settings, first);
	push(second, 10001, 40, 20);
	usleep(300000);
	worker_stop(first, 0);
	usleep(100000);
	script->hang = false;
	for (unsigned int i = 0; script->n < 10800 && i < 30000; i++)
		usleep(1000);
	assert_true(wait_idle(second, 5));
	assert_int_equal(script->n, 10800);
	there = calloc(10801, sizeof(*there));
	for (uint64_t i = 0; i < script->n; i++) {
		assert_false(there[script->seen[i]]);
		there[script->seen[i]] = true;
	}
	free(there);
	assert_int_equal(script->destroyed, 1);
	worker_stop(second, 5000);
	worker_free(second);
	assert_int_equal(script->destroyed, 2);
}

/* A write that does not end is given up some time after the grace: the next one waits for it. */
static void given_up(void **state)
{
	struct worker_settings settings = settings_with(64 << 20, 256 << 20);
	struct worker *worker;
	double began;

	script->hang = true;
	worker = worker_start(&settings, NULL);
	push(worker, 1, 1, 20);
	while (!script->writes)
		usleep(1000);
	began = now();
	worker_stop(worker, 100);
	while (!worker_ended(worker) && now() - began < 10)
		usleep(1000);
	assert_true(now() - began < 6);
	assert_int_equal(STAT(worker, spilled), 20);
	worker_stop(worker, 0);
	worker_free(worker);
}

static void idles(void **state)
{
	struct worker_settings settings = settings_with(64 << 20, 0);
	struct worker *worker = worker_start(&settings, NULL);

	usleep(2500000);
	worker_stop(worker, 0);
	worker_free(worker);
	assert_true(script->idles >= 1 && script->idles <= 3);
}

/* The disk takes nothing: what does not fit into memory is dropped, and everything goes on. */
static void without_a_directory(void **state)
{
	struct worker_settings settings = settings_with(1 << 20, 256 << 20);
	struct worker *worker;

	settings.spill_directory = "/dev/null/spill";
	script->hang = true;
	worker = worker_start(&settings, NULL);
	push(worker, 1, 500, 20);
	usleep(100000);
	push(worker, 10001, 500, 20);
	balanced(worker, 20000);
	assert_true(STAT(worker, dropped) > 10000);
	script->hang = false;
	assert_true(wait_idle(worker, 20));
	balanced(worker, 20000);
	worker_stop(worker, 1000);
	worker_free(worker);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(takes), TEST(filtered), TEST(tries_again), TEST(too_much_at_a_time),
		TEST(same_again), TEST(stopped_between_parts), TEST(refuses), TEST(drops_the_oldest), TEST(waits_on_disk),
		TEST(disk_is_bounded), TEST(durable), TEST(durable_without_room), TEST(full_disk_while_it_hangs),
		TEST(stopped_with_a_full_disk), TEST(stopped_while_it_hangs), TEST(stopped_without_its_file),
		TEST(stopped_without_a_disk), TEST(stopped_while_it_works), TEST(handed_over), TEST(given_up),
		TEST(idles), TEST(without_a_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
