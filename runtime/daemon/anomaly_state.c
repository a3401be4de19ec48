/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "anomaly_state.h"

#include "anomaly_parts.h"
#include "failure.h"
#include "whole_file.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MAGIC 0x50534e4f4d000001ULL
#define MOST_BYTES (1ULL << 30)
#define MOST_NAME 4096

struct state_head {
	uint64_t magic;
	uint32_t host_size, rate_size; /* a structure that has changed has another size */
	uint64_t size;                 /* of what follows */
	uint8_t hash[16];              /* of that */
};

struct state_body {
	int64_t started_ns, window;
	uint8_t seed[16];
	struct population populations[N_HOST_ENDS][N_HOST_METRICS];
	uint64_t n_rates, n_hosts[N_HOST_ENDS];
};

/* Before its three names. */
struct state_rate {
	uint32_t is_rule, policy, block, name; /* bytes of the names */
	int64_t since_ns, seen_ns, alerted_ns;
	struct baseline baseline;
};

static void hash_of(const void *data, size_t size, uint8_t hash[16])
{
	crypto_generichash(hash, 16, data, size, NULL, 0);
}

static void put_body(const struct anomaly *anomaly, FILE *out)
{
	struct state_body body = {
		.started_ns = anomaly->started_ns, .window = anomaly->window, .n_rates = anomaly->n_rates,
	};

	memcpy(body.seed, anomaly->seed, sizeof(body.seed));
	memcpy(body.populations, anomaly->populations, sizeof(body.populations));
	for (enum host_end end = 0; end < N_HOST_ENDS; end++)
		body.n_hosts[end] = anomaly->hosts[end] ? hosts_count(anomaly->hosts[end]) : 0;
	fwrite(&body, sizeof(body), 1, out);
	for (size_t i = 0; i < anomaly->n_rates; i++) {
		const struct rate *rate = &anomaly->rates[i];
		struct state_rate head = {
			.is_rule = rate->is_rule, .policy = (uint32_t)strlen(rate->policy),
			.block = (uint32_t)strlen(rate->block), .name = (uint32_t)strlen(rate->name),
			.since_ns = rate->since_ns, .seen_ns = rate->seen_ns, .alerted_ns = rate->alerted_ns,
			.baseline = rate->baseline,
		};

		fwrite(&head, sizeof(head), 1, out);
		fprintf(out, "%s%s%s", rate->policy, rate->block, rate->name);
	}
	for (enum host_end end = 0; end < N_HOST_ENDS; end++) {
		for (size_t i = 0; i < body.n_hosts[end]; i++)
			fwrite(hosts_at(anomaly->hosts[end], i), sizeof(struct host), 1, out);
	}
}

bool anomaly_save(struct anomaly *anomaly)
{
	struct state_head head = {
		.magic = MAGIC, .host_size = sizeof(struct host), .rate_size = sizeof(struct state_rate),
	};
	const char *path = anomaly->settings.state;
	char *body = NULL;
	size_t size = 0;
	FILE *out;
	bool ok;

	if (!path)
		return true;
	out = open_memstream(&body, &size);
	if (!out)
		return false;
	put_body(anomaly, out);
	ok = fclose(out) == 0;
	if (ok) {
		head.size = size;
		hash_of(body, size, head.hash);
		/* Not to the disk at once: who reads events would wait for it. One that a crash of the machine has damaged is known by its hash. */
		ok = whole_file_replace(path, (struct iovec[]){ { &head, sizeof(head) }, { body, size } }, 2);
	}
	if (!ok && !anomaly->save_failed)
		say("%s: what is usual cannot be kept: %s", path, strerror(errno));
	anomaly->save_failed = !ok;
	free(body);
	return ok;
}

/* What is left of the bytes; takes from their beginning. */
struct bytes {
	const char *at;
	size_t left;
};

static bool take(struct bytes *bytes, void *to, size_t size)
{
	if (bytes->left < size)
		return false;
	memcpy(to, bytes->at, size);
	bytes->at += size;
	bytes->left -= size;
	return true;
}

static bool take_name(struct bytes *bytes, char name[MOST_NAME], uint32_t size)
{
	if (size >= MOST_NAME || !take(bytes, name, size))
		return false;
	name[size] = '\0';
	return strlen(name) == size;
}

static int64_t no_later(int64_t time_ns, int64_t now_ns)
{
	return time_ns < 0 ? 0 : time_ns < now_ns ? time_ns : now_ns;
}

static bool take_rate(struct anomaly *anomaly, struct bytes *bytes, int64_t now_ns)
{
	char policy[MOST_NAME], block[MOST_NAME], name[MOST_NAME];
	struct state_rate head;
	struct rate *rate;

	if (!take(bytes, &head, sizeof(head)) || !take_name(bytes, policy, head.policy) ||
	    !take_name(bytes, block, head.block) || !take_name(bytes, name, head.name) || head.is_rule > 1 ||
	    !baseline_is_sound(&head.baseline))
		return false;
	rate = anomaly_rate(anomaly, head.is_rule, policy, block, name, now_ns);
	if (!rate)
		return false;
	rate->since_ns = no_later(head.since_ns, now_ns);
	rate->seen_ns = no_later(head.seen_ns, now_ns);
	rate->alerted_ns = no_later(head.alerted_ns, now_ns);
	rate->baseline = head.baseline;
	return true;
}

static bool take_hosts(struct anomaly *anomaly, enum host_end end, uint64_t n, struct bytes *bytes, int64_t now_ns)
{
	size_t capacity = anomaly_capacity(&anomaly->settings, end);
	struct host host;

	if (capacity)
		anomaly->hosts[end] = hosts_new(capacity, anomaly->seed);
	for (uint64_t i = 0; i < n; i++) {
		if (!take(bytes, &host, sizeof(host)) || (host.ip_version != 4 && host.ip_version != 6) ||
		    !isfinite(host.weight) || host.weight < 0)
			return false;
		for (enum host_metric metric = 0; metric < N_HOST_METRICS; metric++) {
			if (!baseline_is_sound(&host.metrics[metric]))
				return false;
		}
		host.alerted_ns = no_later(host.alerted_ns, now_ns);
		host.packets = host.bytes = 0;
		/* A smaller table than before has no room for some. */
		if (anomaly->hosts[end])
			hosts_restore(anomaly->hosts[end], &host);
	}
	return true;
}

static bool is_sound(const struct population *population)
{
	return isfinite(population->level) && isfinite(population->variance) && population->variance >= 0;
}

static bool take_body(struct anomaly *anomaly, struct bytes bytes, int64_t now_ns)
{
	struct state_body body;

	if (!take(&bytes, &body, sizeof(body)) || body.n_rates > MOST_RATES || body.window < 0 ||
	    body.window > INT64_MAX / HOUR_NS)
		return false;
	for (enum host_end end = 0; end < N_HOST_ENDS; end++) {
		for (enum host_metric metric = 0; metric < N_HOST_METRICS; metric++) {
			if (!is_sound(&body.populations[end][metric]))
				return false;
		}
	}
	anomaly->started_ns = no_later(body.started_ns, now_ns);
	anomaly->window = body.window;
	memcpy(anomaly->seed, body.seed, sizeof(anomaly->seed));
	memcpy(anomaly->populations, body.populations, sizeof(anomaly->populations));
	for (uint64_t i = 0; i < body.n_rates; i++) {
		if (!take_rate(anomaly, &bytes, now_ns))
			return false;
	}
	for (enum host_end end = 0; end < N_HOST_ENDS; end++) {
		if (!take_hosts(anomaly, end, body.n_hosts[end], &bytes, now_ns))
			return false;
	}
	return bytes.left == 0;
}

static bool whole(const struct bytes *file, const char *path)
{
	struct state_head head;
	uint8_t hash[16];

	if (file->left < sizeof(head)) {
		say("%s: not whole: what is usual is learned anew", path);
		return false;
	}
	memcpy(&head, file->at, sizeof(head));
	if (head.magic != MAGIC || head.host_size != sizeof(struct host) ||
	    head.rate_size != sizeof(struct state_rate)) {
		say("%s: of another version: what is usual is learned anew", path);
		return false;
	}
	hash_of(file->at + sizeof(head), file->left - sizeof(head), hash);
	if (head.size != file->left - sizeof(head) || memcmp(hash, head.hash, sizeof(hash)) != 0) {
		say("%s: damaged: what is usual is learned anew", path);
		return false;
	}
	return true;
}

static void forget(struct anomaly *anomaly, int64_t now_ns)
{
	anomaly_free_rates(anomaly);
	anomaly->n_rates = anomaly->n_scores = 0;
	anomaly->rates = NULL;
	anomaly->rate_heads = anomaly->rate_next = NULL;
	anomaly->scores = NULL;
	for (enum host_end end = 0; end < N_HOST_ENDS; end++) {
		hosts_free(anomaly->hosts[end]);
		anomaly->hosts[end] = NULL;
	}
	memset(anomaly->populations, 0, sizeof(anomaly->populations));
	anomaly->started_ns = now_ns;
	anomaly->window = 0;
}

/* All of a file; NULL with errno, or none if it is too large. */
static char *read_file(const char *path, size_t *size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
	struct stat status;
	char *data = NULL;

	*size = 0;
	if (file < 0)
		return NULL;
	errno = EINVAL;
	if (fstat(file, &status) == 0 && S_ISREG(status.st_mode) && status.st_size < (off_t)MOST_BYTES)
		data = malloc((size_t)status.st_size + 1);
	while (data && *size < (size_t)status.st_size) {
		ssize_t n = read(file, data + *size, (size_t)status.st_size - *size);

		if (n == 0 || (n < 0 && errno != EINTR))
			break;
		*size += n > 0 ? (size_t)n : 0;
	}
	close(file);
	return data;
}

void anomaly_load(struct anomaly *anomaly)
{
	const char *path = anomaly->settings.state;
	int64_t now_ns = anomaly->started_ns;
	struct bytes file;
	char *data;

	if (!path)
		return;
	data = read_file(path, &file.left);
	if (!data) {
		if (errno != ENOENT)
			say("%s: what is usual is learned anew: %s", path, strerror(errno));
		return;
	}
	file.at = data;
	if (whole(&file, path)) {
		file.at += sizeof(struct state_head);
		file.left -= sizeof(struct state_head);
		if (!take_body(anomaly, file, now_ns)) {
			say("%s: not as it was written: what is usual is learned anew", path);
			forget(anomaly, now_ns);
		}
	}
	free(data);
}
