/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Readers of a socket: whoever reads has everything, whoever does not is cut off, and nobody waits long for another one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "duration.h"
#include "sink.h"

#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ITEMS 40000 /* of a batch: some megabytes, more than a socket holds */

struct fixture {
	char directory[32], path[64];
	struct config_document document;
	const struct sink_kind *kind;
	void *sink;
	struct block *blocks[ITEMS];
	size_t n_blocks;
	struct item_filter filter;
	struct batch batch;
};

static int begin(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char text[128], config_path[32];
	int file = memfd_create("config", MFD_CLOEXEC);
	struct config_map map;
	struct item item;

	*state = fixture;
	strcpy(fixture->directory, "/tmp/socket-XXXXXX");
	assert_non_null(mkdtemp(fixture->directory));
	snprintf(fixture->path, sizeof(fixture->path), "%s/s", fixture->directory);
	snprintf(text, sizeof(text), "path: %s\n", fixture->path);
	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	lseek(file, 0, SEEK_SET);
	snprintf(config_path, sizeof(config_path), "/proc/self/fd/%d", file);
	assert_true(config_load(&fixture->document, config_path, stderr));
	close(file);
	config_begin(&map, &fixture->document, fixture->document.root);
	fixture->kind = sink_kind("socket");
	fixture->sink = fixture->kind->create(&map);
	config_end(&map);
	assert_int_equal(fixture->document.errors, 0);
	item_clear(&item, ITEM_EVENT);
	item.text[TEXT_RULE] = "a rule with a long name, so that a line has some length, too";
	for (size_t i = 0; i < ITEMS; i++) {
		if (fixture->n_blocks && block_add(fixture->blocks[fixture->n_blocks - 1], &item))
			continue;
		fixture->blocks[fixture->n_blocks++] = block_new();
		assert_true(block_add(fixture->blocks[fixture->n_blocks - 1], &item));
	}
	fixture->filter.kinds[ITEM_EVENT] = true;
	fixture->batch = (struct batch){ .filter = &fixture->filter, .n_blocks = fixture->n_blocks, .blocks = fixture->blocks };
	fixture->kind->idle(fixture->sink);
	return 0;
}

static int end(void **state)
{
	struct fixture *fixture = *state;

	fixture->kind->destroy(fixture->sink);
	for (size_t i = 0; i < fixture->n_blocks; i++)
		block_free(fixture->blocks[i]);
	config_free(&fixture->document);
	rmdir(fixture->directory);
	free(fixture);
	return 0;
}

struct client {
	int fd;
	unsigned int pause_ms; /* after each read */
	pthread_t thread;
	atomic_bool stop;      /* when nothing has come for a while */
	uint64_t bytes, lines;
	uint64_t last_ns;      /* when something came */
	bool cut_off;
};

static void *take(void *context)
{
	struct client *client = context;
	struct pollfd readable = { .fd = client->fd, .events = POLLIN };
	static _Thread_local char room[16384];

	while (!client->cut_off && (poll(&readable, 1, 200) > 0 || !client->stop)) {
		ssize_t n;

		if (!(readable.revents & (POLLIN | POLLHUP)))
			continue;
		n = read(client->fd, room, sizeof(room));
		client->cut_off = n <= 0;
		for (ssize_t i = 0; i < n; i++)
			client->lines += room[i] == '\n';
		if (n > 0) {
			client->bytes += (uint64_t)n;
			client->last_ns = monotonic_ns();
		}
		if (client->pause_ms)
			usleep(client->pause_ms * 1000);
	}
	return NULL;
}

static void join(const struct fixture *fixture, struct client *client, unsigned int pause_ms)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	*client = (struct client){ .fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0), .pause_ms = pause_ms };
	strcpy(address.sun_path, fixture->path);
	assert_int_equal(connect(client->fd, (struct sockaddr *)&address, sizeof(address)), 0);
	assert_int_equal(pthread_create(&client->thread, NULL, take, client), 0);
}

static void leave(struct client *client)
{
	client->stop = true;
	pthread_join(client->thread, NULL);
	close(client->fd);
}

static void slow_readers(void **state)
{
	struct fixture *fixture = *state;
	struct client slow[4], fast;
	struct sink_error error;
	uint64_t start;

	/* 160 kB a second each: there is always some room again, and a batch would take a quarter of a minute. */
	for (size_t i = 0; i < 4; i++)
		join(fixture, &slow[i], 100);
	join(fixture, &fast, 0);
	start = monotonic_ns();
	assert_int_equal(fixture->kind->write(fixture->sink, &fixture->batch, &error), SINK_DONE);
	assert_in_range((monotonic_ns() - start) / 1000000, 0, 4000);
	/* They are not there any more for the next one. */
	start = monotonic_ns();
	assert_int_equal(fixture->kind->write(fixture->sink, &fixture->batch, &error), SINK_DONE);
	assert_in_range((monotonic_ns() - start) / 1000000, 0, 1500);
	leave(&fast);
	assert_int_equal(fast.lines, 2 * ITEMS);
	assert_false(fast.cut_off);
	for (size_t i = 0; i < 4; i++) {
		leave(&slow[i]);
		assert_true(slow[i].cut_off);
		assert_in_range(slow[i].bytes, 1, fast.bytes / 2 - 1);
	}
}

/* The others have the first batch long before the one who does not read is given up. */
static void one_who_does_not_read(void **state)
{
	struct fixture *fixture = *state;
	struct client stopped, fast;
	struct sink_error error;
	uint64_t start;

	join(fixture, &stopped, 60000);
	join(fixture, &fast, 0);
	start = monotonic_ns();
	assert_int_equal(fixture->kind->write(fixture->sink, &fixture->batch, &error), SINK_DONE);
	leave(&fast);
	assert_int_equal(fast.lines, ITEMS);
	assert_true(fast.bytes > 4000000);
	assert_in_range((fast.last_ns - start) / 1000000, 0, 1500);
	pthread_cancel(stopped.thread);
	leave(&stopped);
}

static void put_file(const char *path)
{
	FILE *file = fopen(path, "we");

	assert_non_null(file);
	fputs("mine", file);
	fclose(file);
}

static void is_mine(const char *path)
{
	char text[8] = "";
	FILE *file = fopen(path, "re");

	assert_non_null(file);
	assert_int_equal(fread(text, 1, sizeof(text), file), 4);
	assert_string_equal(text, "mine");
	fclose(file);
}

/* What somebody has at that path stays, before and behind us. */
static void not_our_file(void **state)
{
	struct fixture *fixture = *state;
	struct sink_error error;
	struct config_map map;
	void *other;

	/* Ours is taken away, and a file put in its place. */
	assert_int_equal(unlink(fixture->path), 0);
	put_file(fixture->path);
	config_begin(&map, &fixture->document, fixture->document.root);
	other = fixture->kind->create(&map);
	config_end(&map);
	assert_int_equal(fixture->kind->write(other, &fixture->batch, &error), SINK_RETRY);
	assert_non_null(strstr(error.text, "no socket"));
	fixture->kind->destroy(other);
	is_mine(fixture->path);
	fixture->kind->destroy(fixture->sink);
	is_mine(fixture->path);
	unlink(fixture->path);
	/* One that nobody listens at is of somebody who was killed. */
	config_begin(&map, &fixture->document, fixture->document.root);
	fixture->sink = fixture->kind->create(&map);
	config_end(&map);
	for (int i = 0; i < 2; i++) {
		int dead = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
		struct sockaddr_un address = { .sun_family = AF_UNIX };

		strcpy(address.sun_path, fixture->path);
		if (!i)
			assert_int_equal(bind(dead, (struct sockaddr *)&address, sizeof(address)), 0);
		close(dead);
		assert_int_equal(fixture->kind->write(fixture->sink, &fixture->batch, &error), SINK_DONE);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(slow_readers, begin, end),
		cmocka_unit_test_setup_teardown(not_our_file, begin, end),
		cmocka_unit_test_setup_teardown(one_who_does_not_read, begin, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
