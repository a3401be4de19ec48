/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * flow-follow BPFFS STATE OUT MS PAUSE: follows the flows of all generations that there are, as a collector would, until it is
 * terminated, or killed. Each poll that counts is one line of OUT, appended by one write: generation, number of the poll, packets and
 * bytes of flows, packets and bytes lost, then packets:bytes of each slot that has some. A number that is there twice was
 * told of twice, because the reader was killed before it counted (in the PAUSE, in ms, that is
 * made there): the last holds. What was told is in files STATE.NUMBER.
 */
#include "flow_reader.h"
#include "memory.h"

#include <bpf/libbpf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READERS 256
#define SLOTS 64

struct follower {
	__u32 generation;
	struct flow_reader *reader;
	int out;
	__u64 packets, bytes;
	struct sentry_flow_loss lost;
	__u64 slots[SLOTS][2];
};

static struct follower followers[READERS];
static size_t n_followers;
static useconds_t pause_us;
static volatile sig_atomic_t ended;

static void end(int number)
{
	ended = number;
}

static void take(void *context, const struct flow_delta *delta)
{
	struct follower *follower = context;

	follower->packets += delta->packets;
	follower->bytes += delta->bytes;
	if (delta->flow->slot < SLOTS) {
		follower->slots[delta->flow->slot][0] += delta->packets;
		follower->slots[delta->flow->slot][1] += delta->bytes;
	}
}

static void lose(void *context, const struct sentry_flow_loss *loss)
{
	struct follower *follower = context;

	follower->lost.packets += loss->packets;
	follower->lost.bytes += loss->bytes;
}

static bool keep(void *context, __u64 sequence)
{
	struct follower *follower = context;
	char line[8192];
	int length = snprintf(line, sizeof(line), "%u %llu %llu %llu %llu %llu", follower->generation,
			      (unsigned long long)sequence, (unsigned long long)follower->packets,
			      (unsigned long long)follower->bytes, (unsigned long long)follower->lost.packets,
			      (unsigned long long)follower->lost.bytes);

	for (size_t i = 0; i < SLOTS; i++) {
		if (follower->slots[i][0] || follower->slots[i][1])
			length += snprintf(line + length, sizeof(line) - (size_t)length, " %zu:%llu:%llu", i,
					   (unsigned long long)follower->slots[i][0],
					   (unsigned long long)follower->slots[i][1]);
	}
	line[length++] = '\n';
	if (write(follower->out, line, (size_t)length) != length)
		return false;
	usleep(pause_us);
	return true;
}

static bool known(__u32 generation)
{
	for (size_t i = 0; i < n_followers; i++) {
		if (followers[i].generation == generation)
			return true;
	}
	return false;
}

/* Readers of generations that are new. One that is gone again meanwhile had its packets before. */
static void open_new(const struct site *site, const char *state, int out)
{
	struct generation_id *ids;
	struct failure why = { 0 };
	size_t n;

	if (!site_generations(site, &ids, &n, &why))
		return;
	for (size_t i = 0; i < n && n_followers < READERS; i++) {
		struct follower *follower = &followers[n_followers];
		struct generation generation;
		struct path path;

		if (ids[i].staged || known(ids[i].number) || !generation_open(&generation, site, ids[i], &why))
			continue;
		path_format(&path, "%s.%u", state, ids[i].number);
		*follower = (struct follower){ .generation = ids[i].number, .out = out };
		follower->reader = flow_reader_open(&generation, 0, path.text, &why);
		if (follower->reader)
			n_followers++;
		else
			say_failure(&why);
		generation_close(&generation);
	}
	free(ids);
}

int main(int argc, char **argv)
{
	struct failure why = { 0 };
	struct site site;
	bool last = false;
	int out;

	if (argc != 6)
		return EXIT_USAGE;
	pause_us = (useconds_t)atoi(argv[5]) * 1000;
	memory_init();
	libbpf_set_print(NULL);
	signal(SIGTERM, end);
	out = open(argv[3], O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
	if (out < 0 || !site_init(&site, argv[1], &why))
		return say_failure(&why);
	while (!last) {
		last = ended;
		open_new(&site, argv[2], out);
		for (size_t i = 0; i < n_followers; i++) {
			struct flow_sink sink = { &followers[i], take, lose, keep };
			struct follower fresh = { .generation = followers[i].generation, .reader = followers[i].reader, .out = out };

			followers[i] = fresh;
			if (!flow_reader_poll(followers[i].reader, &sink, &why))
				return say_failure(&why);
		}
		if (!last)
			usleep((useconds_t)atoi(argv[4]) * 1000);
	}
	for (size_t i = 0; i < n_followers; i++)
		flow_reader_close(followers[i].reader);
	return 0;
}
