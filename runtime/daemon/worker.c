/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "worker.h"

#include "duration.h"
#include "failure.h"
#include "memory.h"
#include "spill.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <time.h>

#define BATCH_BLOCKS 256
#define FIRST_WAIT_MS 200   /* before a batch is tried again; doubles */
#define LONGEST_WAIT_MS 30000
#define IDLE_MS 1000
#define TRIES_WHOLE 3       /* of a batch, before a part of it is tried */
#define MOST_PATIENCE 64    /* parts that are taken, before larger ones are tried */
#define HURRY_MS 2000       /* after the grace, for a write that has begun */
#define SAY_MS 60000        /* the same trouble is told so often */

struct queued {
	struct block *block;
	uint32_t wanted;
	struct spill_mark mark; /* if it is from disk */
};

/* First in, first out. */
struct queue {
	struct queued *items;
	size_t begin, n, room;
	uint64_t bytes;
};

struct worker {
	struct worker_settings settings;
	struct sink_state state;
	struct worker *before;
	pthread_t thread, spiller;
	bool has_spiller;
	bool spilling;           /* the spiller has one, which is in no queue */
	bool disk_full;          /* and it waits for room */
	pthread_mutex_t lock;
	pthread_cond_t changed;  /* something to write, or the end */
	pthread_cond_t over;     /* something to put on disk, or the end */
	struct queue ready;      /* for the thread */
	struct queue excess;     /* on its way to disk: newer than what is there */
	struct spill *spill;
	bool stopping;
	atomic_bool stop_now;    /* the grace is over */
	atomic_uint_fast64_t give_up_ms; /* when it is over for a write that does not end; 0: not yet known */
	atomic_bool ended;
	uint64_t deadline_ms;
	uint64_t said_ms;        /* when trouble was last told */
	struct queued batch[BATCH_BLOCKS];
	size_t n_batch;
	bool batch_spilled;      /* it came from disk */
	/*
	 * A batch may be more than the other side, or the way there, can take at a time; what it can take nobody tells. So
	 * many of its blocks are tried: fewer when that fails again and again, more when it is taken.
	 */
	size_t n_part;
	unsigned int tries;      /* of this part */
	unsigned int taken;      /* parts of this size */
	unsigned int patience;   /* so many must be, before there is more to it */
	bool grown;              /* and whether a part of this size was taken is not known */
};

static _Thread_local struct worker *current;

bool sink_stopping(void)
{
	uint64_t give_up_ms = current ? atomic_load(&current->give_up_ms) : 0;

	return current && (atomic_load_explicit(&current->stop_now, memory_order_relaxed) ||
			   (give_up_ms && monotonic_ms() >= give_up_ms));
}

static void queue_grow(struct queue *queue)
{
	size_t room = queue->room ? 2 * queue->room : 64;
	struct queued *items = allocate(room, sizeof(*items));

	for (size_t i = 0; i < queue->n; i++)
		items[i] = queue->items[(queue->begin + i) % queue->room];
	free(queue->items);
	queue->items = items;
	queue->room = room;
	queue->begin = 0;
}

static void queue_add(struct queue *queue, struct queued item)
{
	if (queue->n == queue->room)
		queue_grow(queue);
	queue->items[(queue->begin + queue->n++) % queue->room] = item;
	queue->bytes += block_bytes(item.block);
}

static void queue_put_back(struct queue *queue, struct queued item)
{
	if (queue->n == queue->room)
		queue_grow(queue);
	queue->begin = (queue->begin + queue->room - 1) % queue->room;
	queue->items[queue->begin] = item;
	queue->n++;
	queue->bytes += block_bytes(item.block);
}

static struct queued queue_take(struct queue *queue)
{
	struct queued item = queue->items[queue->begin];

	queue->begin = (queue->begin + 1) % queue->room;
	queue->n--;
	queue->bytes -= block_bytes(item.block);
	return item;
}

static void drop(struct worker *worker, struct queued item)
{
	atomic_fetch_sub(&worker->state.stats.queued, item.wanted);
	atomic_fetch_add(&worker->state.stats.dropped, item.wanted);
	block_free(item.block);
}

static uint32_t count_wanted(const struct worker *worker, struct block *block)
{
	struct block *const blocks[] = { block };
	struct batch batch = { .filter = &worker->settings.filter, .n_blocks = 1, .blocks = blocks };
	struct batch_cursor cursor;
	struct item item;
	uint32_t n = 0;

	batch_begin(&cursor, &batch);
	while (batch_next(&cursor, &item))
		n++;
	return n;
}

void worker_push(struct worker *worker, struct block *block)
{
	struct queued item = { .block = block, .wanted = count_wanted(worker, block) };
	uint64_t most = worker->settings.memory;

	if (!item.wanted)
		return;
	block_share(block);
	pthread_mutex_lock(&worker->lock);
	atomic_fetch_add(&worker->state.stats.accepted, item.wanted);
	atomic_fetch_add(&worker->state.stats.queued, item.wanted);
	if (!worker->spill) {
		queue_add(&worker->ready, item);
		while (worker->ready.n > 1 && worker->ready.bytes > most)
			drop(worker, queue_take(&worker->ready));
		pthread_cond_signal(&worker->changed);
	} else if (worker->settings.durable || worker->excess.n || worker->spilling || !spill_empty(worker->spill) ||
		   worker->ready.bytes + block_bytes(block) > most) {
		queue_add(&worker->excess, item);
		/* The disk does not keep up, or stands still. */
		while (worker->excess.n > 1 && worker->excess.bytes > most)
			drop(worker, queue_take(&worker->excess));
		pthread_cond_signal(&worker->over);
	} else {
		queue_add(&worker->ready, item);
		pthread_cond_signal(&worker->changed);
	}
	pthread_mutex_unlock(&worker->lock);
}

static void wait_ms(struct worker *worker, pthread_cond_t *condition, uint64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += (time_t)(ms / 1000);
	until.tv_nsec += (long)(ms % 1000) * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_cond_timedwait(condition, &worker->lock, &until);
}

/* With the lock, which is given up meanwhile. False, with errno: the disk takes nothing, and who asked still has it. */
static bool spill_one(struct worker *worker, struct queued item)
{
	struct sink_stats *stats = &worker->state.stats;
	uint64_t dropped;
	bool ok;

	pthread_mutex_unlock(&worker->lock);
	ok = spill_add(worker->spill, item.block, item.wanted, &dropped);
	pthread_mutex_lock(&worker->lock);
	atomic_fetch_sub(&stats->spilled, dropped);
	atomic_fetch_add(&stats->dropped, dropped);
	if (!ok)
		return false;
	atomic_fetch_sub(&stats->queued, item.wanted);
	atomic_fetch_add(&stats->spilled, item.wanted);
	block_free(item.block);
	return true;
}

static void trouble(struct worker *worker, const char *text)
{
	uint64_t now = monotonic_ms();

	if (worker->said_ms && now - worker->said_ms < SAY_MS)
		return;
	worker->said_ms = now;
	say("sink %s: %s", worker->settings.name, text);
}

/* At the end, where else could it be? */
static void spill_or_drop(struct worker *worker, struct queued item)
{
	if (!worker->spill || !spill_one(worker, item))
		drop(worker, item);
}

/* What is next for the disk, which does not take it: it goes by, unless older ones wait there. False: it has to wait itself. */
static bool pass_disk_by(struct worker *worker, struct queued item)
{
	if (!spill_empty(worker->spill) ||
	    (worker->ready.n && worker->ready.bytes + block_bytes(item.block) > worker->settings.memory))
		return false;
	queue_add(&worker->ready, item);
	pthread_cond_signal(&worker->changed);
	return true;
}

/* The thread of the loop, which empties the ring buffers, goes first (privileges.h); of Linux, priorities are each thread's own. */
static void yield_to_the_loop(void)
{
	setpriority(PRIO_PROCESS, 0, 0);
}

static void say_disk_full(struct worker *worker, int why)
{
	char text[200];

	snprintf(text, sizeof(text), "nothing more can be kept on disk%s: %s",
		 worker->settings.durable ? ", and what comes is not durable" : "", strerror(why));
	trouble(worker, text);
}

static void *spiller_main(void *context)
{
	struct worker *worker = context;

	prctl(PR_SET_NAME, "sentryd-spill");
	yield_to_the_loop();
	pthread_mutex_lock(&worker->lock);
	while (!worker->stopping) {
		struct queued item;

		if (!worker->excess.n) {
			wait_ms(worker, &worker->over, IDLE_MS);
			continue;
		}
		item = queue_take(&worker->excess);
		/* Before it is on disk: the thread must not find the disk empty and pass it by. */
		if (!worker->settings.durable && worker->ready.n == 0 && pass_disk_by(worker, item))
			continue;
		worker->spilling = true;
		if (!spill_one(worker, item)) {
			say_disk_full(worker, errno);
			if (!pass_disk_by(worker, item)) {
				/* There may be room when more was written; too much is for worker_push() to drop. */
				queue_put_back(&worker->excess, item);
				worker->spilling = false;
				worker->disk_full = true;
				pthread_cond_signal(&worker->changed);
				if (!worker->stopping)
					wait_ms(worker, &worker->over, IDLE_MS);
				worker->disk_full = false;
				continue;
			}
		}
		worker->spilling = false;
		pthread_cond_signal(&worker->changed);
	}
	pthread_mutex_unlock(&worker->lock);
	return NULL;
}

static uint64_t count_batch(const struct worker *worker, size_t n)
{
	uint64_t wanted = 0;

	for (size_t i = 0; i < n; i++)
		wanted += worker->batch[i].wanted;
	return wanted;
}

/* With the lock, given up meanwhile: who pushes does not wait for the disk. */
static void take_from_disk(struct worker *worker)
{
	struct spill_entry entries[BATCH_BLOCKS];
	struct sink_stats *stats = &worker->state.stats;
	uint64_t lost, wanted = 0;
	size_t n;

	pthread_mutex_unlock(&worker->lock);
	n = spill_take(worker->spill, entries, BATCH_BLOCKS, worker->settings.batch_items, &lost);
	pthread_mutex_lock(&worker->lock);
	for (size_t i = 0; i < n; i++) {
		worker->batch[worker->n_batch++] = (struct queued){ entries[i].block, entries[i].wanted, entries[i].mark };
		wanted += entries[i].wanted;
	}
	worker->batch_spilled = n > 0;
	atomic_fetch_sub(&stats->spilled, lost + wanted);
	atomic_fetch_add(&stats->dropped, lost);
	atomic_fetch_add(&stats->queued, wanted);
}

static uint64_t patience_ms(const struct worker *worker)
{
	return worker->settings.batch_delay_ms < IDLE_MS ? worker->settings.batch_delay_ms : IDLE_MS;
}

/* Of what is on disk, to be taken now? If all goes there, it is not there for being late, and a batch may wait for more. */
static bool is_enough(const struct worker *worker, uint64_t waited)
{
	return !worker->settings.durable || worker->stopping || worker->disk_full || waited >= patience_ms(worker) ||
	       atomic_load(&worker->state.stats.spilled) >= worker->settings.batch_items;
}

static uint64_t until_next(const struct worker *worker, uint64_t waited)
{
	if (worker->n_batch)
		return worker->settings.batch_delay_ms - waited;
	return (worker->spill && !spill_empty(worker->spill) ? patience_ms(worker) : IDLE_MS) - waited;
}

/* With the lock. A batch is complete when it has so many items, or its first has waited so long. */
static bool gather(struct worker *worker)
{
	uint64_t begin = monotonic_ms();

	worker->batch_spilled = false;
	while (count_batch(worker, worker->n_batch) < worker->settings.batch_items && worker->n_batch < BATCH_BLOCKS) {
		uint64_t waited = monotonic_ms() - begin;

		if (worker->ready.n) {
			worker->batch[worker->n_batch++] = queue_take(&worker->ready);
			continue;
		}
		/* Newer than what was in memory: a batch is from the one or from the other. */
		if (worker->spill && !worker->n_batch && !spill_empty(worker->spill) && is_enough(worker, waited)) {
			take_from_disk(worker);
			if (worker->n_batch)
				break;
			continue;
		}
		if (worker->stopping || (!worker->n_batch && waited >= IDLE_MS) ||
		    (worker->n_batch && waited >= worker->settings.batch_delay_ms))
			break;
		wait_ms(worker, &worker->changed, until_next(worker, waited));
		if (worker->n_batch == 0 && worker->ready.n)
			begin = monotonic_ms();
	}
	return worker->n_batch;
}

static enum sink_result write_part(struct worker *worker, size_t n, struct sink_error *error)
{
	struct block *blocks[BATCH_BLOCKS];
	struct batch batch = { .filter = &worker->settings.filter, .n_blocks = n, .blocks = blocks };

	for (size_t i = 0; i < n; i++)
		blocks[i] = worker->batch[i].block;
	return worker->settings.kind->write(worker->settings.sink, &batch, error);
}

static void part_done(struct worker *worker, size_t n, uint64_t refused)
{
	uint64_t wanted = count_batch(worker, n);

	if (refused > wanted)
		refused = wanted;
	atomic_fetch_add(&worker->state.stats.written, wanted - refused);
	atomic_fetch_add(&worker->state.stats.refused, refused);
	atomic_fetch_sub(&worker->state.stats.queued, wanted);
	for (size_t i = 0; i < n; i++)
		block_free(worker->batch[i].block);
	worker->n_batch -= n;
	memmove(worker->batch, worker->batch + n, worker->n_batch * sizeof(*worker->batch));
	worker->tries = 0;
}

static void smaller_parts(struct worker *worker, size_t n)
{
	worker->tries++;
	if (n == 1 || !worker->settings.kind->divisible || (worker->tries < TRIES_WHOLE && !worker->grown))
		return;
	if (worker->grown)
		worker->patience = worker->patience < MOST_PATIENCE ? worker->patience * 4 : MOST_PATIENCE;
	worker->n_part = n / 2;
	worker->taken = 0;
	worker->grown = false;
}

static void larger_parts(struct worker *worker)
{
	worker->grown = false;
	if (worker->n_part == BATCH_BLOCKS) {
		worker->patience = 1;
	} else if (++worker->taken >= worker->patience) {
		worker->n_part = worker->n_part < BATCH_BLOCKS / 2 ? worker->n_part * 2 : BATCH_BLOCKS;
		worker->taken = 0;
		worker->grown = true;
	}
}

/* With the lock, given up meanwhile. The time to wait before it is tried again; 0: done with. */
static uint64_t try_batch(struct worker *worker, uint64_t waited)
{
	size_t n = worker->n_batch < worker->n_part ? worker->n_batch : worker->n_part;
	struct sink_stats *stats = &worker->state.stats;
	struct sink_error error = { .refused = 0 };
	enum sink_result result;

	pthread_mutex_unlock(&worker->lock);
	result = write_part(worker, n, &error);
	if (result != SINK_RETRY && worker->batch_spilled)
		spill_taken(worker->spill, worker->batch[n - 1].mark);
	pthread_mutex_lock(&worker->lock);
	switch (result) {
	case SINK_DONE:
		if (error.refused)
			trouble(worker, error.text);
		else if (atomic_exchange(&stats->failing, false) && worker->said_ms) {
			say("sink %s: goes on", worker->settings.name);
			worker->said_ms = 0;
		}
		larger_parts(worker);
		part_done(worker, n, error.refused);
		return 0;
	case SINK_REFUSED:
		trouble(worker, error.text);
		atomic_store(&stats->failing, true);
		part_done(worker, n, UINT64_MAX);
		return 0;
	case SINK_RETRY:
		break;
	}
	smaller_parts(worker, n);
	atomic_store(&stats->failing, true);
	atomic_fetch_add(&stats->retries, 1);
	if (!sink_stopping())
		trouble(worker, error.text);
	return waited ? waited * 2 < LONGEST_WAIT_MS ? waited * 2 : LONGEST_WAIT_MS : FIRST_WAIT_MS;
}

/* The batch cannot be written now: back to where it came from, which is disk. */
static void put_away(struct worker *worker)
{
	struct sink_stats *stats = &worker->state.stats;
	/* If its file had to go for newer ones, so has the batch, which is the oldest. */
	bool on_disk = worker->batch_spilled && spill_give_back(worker->spill);

	for (size_t i = 0; i < worker->n_batch; i++) {
		struct queued item = worker->batch[i];

		if (on_disk) {
			atomic_fetch_sub(&stats->queued, item.wanted);
			atomic_fetch_add(&stats->spilled, item.wanted);
			block_free(item.block);
		} else if (!worker->batch_spilled) {
			spill_or_drop(worker, item);
		} else {
			drop(worker, item);
		}
	}
	worker->n_batch = 0;
}

static void wait_again(struct worker *worker, uint64_t ms)
{
	/* A fifth more or less, so that many hosts do not come back at the same moment. */
	uint64_t until = monotonic_ms() + ms - ms / 5 + (uint64_t)random() % (ms * 2 / 5 + 1), now;

	while ((now = monotonic_ms()) < until && !(worker->stopping && now >= worker->deadline_ms))
		wait_ms(worker, &worker->changed, until - now < 200 ? until - now : 200);
}

/* With the lock, given up meanwhile. Then nobody else puts anything on disk, which could have to make room there. */
static void end_spiller(struct worker *worker)
{
	if (!worker->has_spiller)
		return;
	pthread_cond_broadcast(&worker->over);
	pthread_mutex_unlock(&worker->lock);
	pthread_join(worker->spiller, NULL);
	pthread_mutex_lock(&worker->lock);
	worker->has_spiller = false;
}

/* At the end, what everything goes through is emptied, too; else it is what the other side was too slow for, and waits. */
static bool has_more(struct worker *worker)
{
	if (!worker->stopping || worker->ready.n || worker->n_batch)
		return true;
	if (!worker->settings.durable || !worker->spill)
		return false;
	end_spiller(worker);
	while (worker->excess.n) {
		struct queued item = queue_take(&worker->excess);

		if (!spill_one(worker, item) && !pass_disk_by(worker, item)) {
			queue_put_back(&worker->excess, item);
			break;
		}
	}
	return worker->ready.n || worker->excess.n || !spill_empty(worker->spill);
}

static void work(struct worker *worker)
{
	uint64_t waited = 0;

	while (has_more(worker)) {
		if (worker->stopping && monotonic_ms() >= worker->deadline_ms)
			break;
		if (!worker->n_batch && !gather(worker)) {
			if (worker->settings.kind->idle && !worker->stopping) {
				pthread_mutex_unlock(&worker->lock);
				worker->settings.kind->idle(worker->settings.sink);
				pthread_mutex_lock(&worker->lock);
			}
			continue;
		}
		waited = try_batch(worker, waited);
		if (waited)
			wait_again(worker, waited);
		else if (worker->excess.n)
			pthread_cond_signal(&worker->over);
	}
	end_spiller(worker);
	put_away(worker);
	while (worker->ready.n || worker->excess.n)
		spill_or_drop(worker, queue_take(worker->ready.n ? &worker->ready : &worker->excess));
}

static void release(struct worker *worker)
{
	pthread_cond_destroy(&worker->changed);
	pthread_cond_destroy(&worker->over);
	pthread_mutex_destroy(&worker->lock);
	free(worker->ready.items);
	free(worker->excess.items);
	free(worker);
}

/* Meanwhile worker_stop() can reach it. */
static void wait_for_before(struct worker *worker)
{
	struct worker *before = worker->before;

	if (!before)
		return;
	pthread_join(before->thread, NULL);
	pthread_mutex_lock(&worker->lock);
	worker->before = NULL;
	pthread_mutex_unlock(&worker->lock);
	release(before);
}

static void *worker_main(void *context)
{
	struct worker *worker = context;
	uint64_t waiting = 0;

	current = worker;
	prctl(PR_SET_NAME, "sentryd-sink");
	yield_to_the_loop();
	wait_for_before(worker);
	if (worker->settings.spill_directory && worker->settings.disk) {
		struct spill *spill = spill_open(worker->settings.spill_directory, worker->settings.disk, &waiting);

		if (!spill)
			say("sink %s: nothing can wait on disk: %s: %s", worker->settings.name,
			    worker->settings.spill_directory, strerror(errno));
		pthread_mutex_lock(&worker->lock);
		worker->spill = spill;
		/* Handed to a predecessor; now this one answers for it. */
		atomic_fetch_add(&worker->state.stats.accepted, waiting);
		atomic_fetch_add(&worker->state.stats.spilled, waiting);
	} else {
		pthread_mutex_lock(&worker->lock);
	}
	if (worker->spill)
		worker->has_spiller = pthread_create(&worker->spiller, NULL, spiller_main, worker) == 0;
	work(worker);
	pthread_mutex_unlock(&worker->lock);
	worker->settings.kind->destroy(worker->settings.sink);
	spill_close(worker->spill);
	atomic_store(&worker->ended, true);
	return NULL;
}

struct worker *worker_start(const struct worker_settings *settings, struct worker *before)
{
	struct worker *worker = allocate(1, sizeof(*worker));
	pthread_condattr_t monotonic;

	worker->settings = *settings;
	worker->before = before;
	worker->n_part = BATCH_BLOCKS;
	worker->patience = 1;
	worker->state.name = settings->name;
	worker->state.type = settings->kind->name;
	worker->state.lock = &worker->lock;
	pthread_mutex_init(&worker->lock, NULL);
	pthread_condattr_init(&monotonic);
	pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
	pthread_cond_init(&worker->changed, &monotonic);
	pthread_cond_init(&worker->over, &monotonic);
	pthread_condattr_destroy(&monotonic);
	if (pthread_create(&worker->thread, NULL, worker_main, worker) != 0) {
		say("no thread for sink %s: %s", settings->name, strerror(errno));
		exit(EXIT_ENVIRONMENT);
	}
	return worker;
}

void worker_stop(struct worker *worker, uint64_t grace_ms)
{
	pthread_mutex_lock(&worker->lock);
	worker->stopping = true;
	worker->deadline_ms = monotonic_ms() + grace_ms;
	/* Who comes after it waits for it, however slow its server is. */
	atomic_store(&worker->give_up_ms, worker->deadline_ms + HURRY_MS);
	if (!grace_ms) {
		atomic_store(&worker->stop_now, true);
		if (worker->before)
			worker_stop(worker->before, 0);
	}
	pthread_cond_broadcast(&worker->changed);
	pthread_cond_broadcast(&worker->over);
	pthread_mutex_unlock(&worker->lock);
}

bool worker_ended(const struct worker *worker)
{
	return atomic_load(&worker->ended);
}

void worker_free(struct worker *worker)
{
	if (!worker)
		return;
	pthread_join(worker->thread, NULL);
	release(worker);
}

struct sink_state *worker_state(struct worker *worker)
{
	return &worker->state;
}

bool worker_idle(struct worker *worker)
{
	return atomic_load(&worker->state.stats.queued) == 0 && atomic_load(&worker->state.stats.spilled) == 0;
}
