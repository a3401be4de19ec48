/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Hands made items to the sinks of a configuration, as sentryd does, and waits until nothing waits any more.
 *
 *	driver CONFIG [--items N] [--rate N] [--seed S] [--wait SECONDS] [--state DIR] [--begin-file FILE] [--until FILE]
 *	driver --expect [--items N] [--seed S]
 *
 * Of N items, in turns, 4 of 8 are events, 1 a flow, 1 a counter of a rule, 1 of traffic or flags, 1 an alert or a loss. The
 * result is JSON: of each sink what became of them; of --expect how many of each kind, and packets and bytes by rule and protocol.
 * --rate: items a second (else as fast as they are taken). --begin-file: is made when the first items are out. --until: ends
 * as soon as there is something in that file, at the latest after --wait.
 */
#include "memory.h"
#include "worker.h"

#include <arpa/inet.h>
#include <getopt.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#define MOST_SINKS 16
#define FIRST_TIME 1769767200000000000LL /* 2026-01-30T10:00:00Z */

static const char *const rules[] = { "ssh", "web", "default", "syn-flood", "it's \"quoted\" \\ and; drop" };
static const char *const verdicts[] = { "allow", "allow", "deny", "deny", "reject" };
static const uint8_t protocols[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_SCTP, IPPROTO_GRE };
#define N_RULES 5

/* Of Vigna's splitmix64: https://prng.di.unimi.it/splitmix64.c. From the number of an item alone. */
static uint64_t mixed(uint64_t seed, uint64_t n)
{
	uint64_t z = seed * 0x2545f4914f6cdd1dULL + n * 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static void make_ends(struct item *item, uint64_t random)
{
	struct item_ends *ends = &item->ends;
	uint64_t more = random * 0x9e3779b97f4a7c15ULL;

	ends->ip_version = random & 1 ? 4 : 6;
	ends->protocol = protocols[random >> 8 & 255 ? random % 5 : 0];
	if (ends->ip_version == 6 && ends->protocol == IPPROTO_ICMP)
		ends->protocol = IPPROTO_ICMPV6;
	if (ends->ip_version == 4) {
		memcpy(ends->source, (const uint8_t[]){ 192, 0, 2, (uint8_t)(random >> 16) }, 4);
		memcpy(ends->dest, (const uint8_t[]){ 198, 51, 100, (uint8_t)(random >> 24) }, 4);
	} else {
		inet_pton(AF_INET6, "2001:db8::", ends->source);
		inet_pton(AF_INET6, "2001:db8:1::", ends->dest);
		memcpy(ends->source + 8, &random, 8);
		memcpy(ends->dest + 8, &more, 8);
	}
	if (item_has_ports(ends)) {
		ends->source_port = (uint16_t)(random >> 32);
		ends->dest_port = (uint16_t)(random >> 48);
	}
	if (ends->protocol == IPPROTO_TCP)
		ends->tcp_flags = (uint8_t)(more & 63);
	if (item_has_icmp(ends))
		ends->icmp_type = ends->ip_version == 4 ? 8 : 128;
	if (more % 16 == 0)
		ends->vlan = (uint16_t)(more >> 8 & 0xfff);
}

static const char *traffic_name(uint64_t random)
{
	static const char *const names[] = { "TCP", "UDP", "ICMP", "ICMPv6", "other" };

	return names[random % 5];
}

static uint8_t frame[ITEM_FRAME_BYTES];

static void make_item(struct item *item, uint64_t seed, uint64_t n)
{
	uint64_t random = mixed(seed, n);
	size_t rule = random % N_RULES;
	unsigned int turn = (unsigned int)(n % 8);

	item_clear(item, turn < 4 ? ITEM_EVENT : turn == 4 ? ITEM_FLOW : turn == 5 ? ITEM_RULE : turn == 6
			   ? (n % 16 < 8 ? ITEM_TRAFFIC : ITEM_FLAGS) : (n % 16 < 8 ? ITEM_ALERT : ITEM_LOST));
	item->generation = 7;
	item->line = 10 + (uint32_t)rule;
	item->sequence_high = (uint32_t)seed;
	item->sequence = n + 1;
	item->time_ns = FIRST_TIME + (int64_t)n * 100000;
	item->text[TEXT_POLICY] = "edge-web";
	item->packets = item->kind == ITEM_EVENT ? 1 : 1 + random % 1000;
	item->bytes = item->packets * (60 + random % 1400);
	item->text[TEXT_INTERFACE] = random & 2 ? "eth0" : "eth1";
	item->text[TEXT_DIRECTION] = "ingress";
	if (item->kind != ITEM_LOST && item->kind != ITEM_TRAFFIC && item->kind != ITEM_FLAGS) {
		item->text[TEXT_BLOCK] = "ingress";
		item->text[TEXT_RULE] = rules[rule];
		item->text[TEXT_HOOK] = "xdp";
	}
	if (item->kind != ITEM_LOST)
		item->text[TEXT_VERDICT] = verdicts[rule];
	if (item->kind == ITEM_EVENT || item->kind == ITEM_FLOW)
		make_ends(item, random);
	switch (item->kind) {
	case ITEM_EVENT:
		item->text[TEXT_NAME] = turn == 3 ? "sample" : turn == 2 ? "detect" : turn == 1 ? "limit" : "log";
		item->text[TEXT_SUBJECT] = turn == 2 ? "portscan" : "";
		if (turn == 3) {
			item->sampling = 1000;
			item->frame = frame;
			item->captured = (uint32_t)(random % (ITEM_FRAME_BYTES + 1));
		}
		break;
	case ITEM_FLOW:
		item->packets_total = item->packets * 3;
		item->bytes_total = item->bytes * 3;
		item->first_ns = item->time_ns - 5000000000LL;
		item->last_ns = item->time_ns - 1000000LL;
		item->end = (enum flow_end)(random % 5);
		break;
	case ITEM_ALERT:
		item->text[TEXT_NAME] = "portscan";
		item->text[TEXT_SUBJECT] = "192.0.2.9";
		item->text[TEXT_DETAIL] = "192.0.2.9 asked for 400 ports; a \"line\"\nwith a break, a tab\tand \xc3\xa9";
		item->score = (double)(random % 100) / 8;
		item->value = (double)(random % 1000);
		item->expected = 12.5;
		break;
	case ITEM_LOST:
		item->text[TEXT_NAME] = "events";
		break;
	default:
		item->text[TEXT_NAME] = item->kind == ITEM_TRAFFIC ? traffic_name(random) : item->kind == ITEM_FLAGS ? "SYN,ACK" : "";
		item->packets_total = n + item->packets;
		item->bytes_total = n + item->bytes;
	}
}

static void add_sum(json_t *sums, const char *key, const struct item *item)
{
	json_t *sum = json_object_get(sums, key);

	if (!sum) {
		sum = json_pack("{s:i,s:i,s:i}", "items", 0, "packets", 0, "bytes", 0);
		json_object_set_new(sums, key, sum);
	}
	json_integer_set(json_object_get(sum, "items"), json_integer_value(json_object_get(sum, "items")) + 1);
	json_integer_set(json_object_get(sum, "packets"),
			 json_integer_value(json_object_get(sum, "packets")) + (json_int_t)item->packets);
	json_integer_set(json_object_get(sum, "bytes"),
			 json_integer_value(json_object_get(sum, "bytes")) + (json_int_t)item->bytes);
}

static int expect(uint64_t seed, uint64_t items)
{
	json_t *root = json_object();
	struct item item;

	for (int kind = 0; kind < N_ITEM_KINDS; kind++)
		json_object_set_new(root, item_kind_words[kind],
				    json_pack("{s:i,s:o,s:o}", "items", 0, "rules", json_object(), "protocols", json_object()));
	for (uint64_t n = 0; n < items; n++) {
		char words[ITEM_WORDS_SIZE];
		json_t *kind, *count;

		make_item(&item, seed, n);
		kind = json_object_get(root, item_kind_words[item.kind]);
		count = json_object_get(kind, "items");
		json_integer_set(count, json_integer_value(count) + 1);
		if (*item.text[TEXT_RULE])
			add_sum(json_object_get(kind, "rules"), item.text[TEXT_RULE], &item);
		item_protocol(item.ends.protocol, words);
		if (item.ends.ip_version)
			add_sum(json_object_get(kind, "protocols"), words, &item);
		else if (item.kind == ITEM_TRAFFIC)
			add_sum(json_object_get(kind, "protocols"), item.text[TEXT_NAME], &item);
	}
	json_dumpf(root, stdout, JSON_INDENT(1) | JSON_SORT_KEYS);
	putchar('\n');
	json_decref(root);
	return 0;
}

static uint64_t now_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

struct driver {
	struct worker *workers[MOST_SINKS];
	size_t n;
};

static void hand_over(struct driver *driver, struct block **block)
{
	if (block_items(*block)) {
		for (size_t i = 0; i < driver->n; i++)
			worker_push(driver->workers[i], *block);
		block_free(*block);
		*block = block_new();
	}
}

static bool all_idle(const struct driver *driver)
{
	for (size_t i = 0; i < driver->n; i++) {
		if (!worker_idle(driver->workers[i]))
			return false;
	}
	return true;
}

static void feed(struct driver *driver, uint64_t seed, uint64_t items, uint64_t rate, uint64_t wait, const char *begin_file)
{
	struct block *block = block_new();
	uint64_t begin = now_ns();
	struct item item;

	for (uint64_t n = 0; n < items; n++) {
		make_item(&item, seed, n);
		if (!block_add(block, &item)) {
			hand_over(driver, &block);
			block_add(block, &item);
		}
		while (rate && now_ns() < begin + n * 1000000000 / rate) {
			hand_over(driver, &block);
			usleep(20000);
		}
		/* Without a rate as fast as the slowest takes it: nothing need be dropped. */
		while (!rate && n % 32768 == 0 && !all_idle(driver) && now_ns() < begin + wait * 1000000000)
			usleep(1000);
		if (n == 1000 && begin_file)
			fclose(fopen(begin_file, "w"));
	}
	hand_over(driver, &block);
	block_free(block);
}

static bool has_content(const char *file)
{
	struct stat info;

	return file && !stat(file, &info) && info.st_size > 0;
}

static void report(const struct driver *driver)
{
	json_t *root = json_object();

	for (size_t i = 0; i < driver->n; i++) {
		const struct sink_state *state = worker_state(driver->workers[i]);
		const struct sink_stats *stats = &state->stats;

		json_object_set_new(root, state->name,
				    json_pack("{s:I,s:I,s:I,s:I,s:I,s:I,s:I}", "accepted", (json_int_t)stats->accepted, "written",
					      (json_int_t)stats->written, "dropped", (json_int_t)stats->dropped, "refused",
					      (json_int_t)stats->refused, "queued", (json_int_t)stats->queued, "spilled",
					      (json_int_t)stats->spilled, "retries", (json_int_t)stats->retries));
	}
	json_dumpf(root, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(root);
}

static bool start(struct driver *driver, struct config_document *document, const char *path, const char *state)
{
	struct worker_settings settings[MOST_SINKS];
	struct config_map root, map;
	size_t at = 0;

	if (!config_load(document, path, stderr))
		return false;
	config_begin(&root, document, document->root);
	while (driver->n < MOST_SINKS && config_each(&root, "sinks", &at, &map))
		driver->n += worker_settings_read(&settings[driver->n], &map, state);
	config_end(&root);
	if (document->errors)
		return false;
	for (size_t i = 0; i < driver->n; i++)
		driver->workers[i] = worker_start(&settings[i], NULL);
	return true;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "begin-file", required_argument, NULL, 'b' }, { "expect", no_argument, NULL, 'e' },
		{ "items", required_argument, NULL, 'n' },	{ "rate", required_argument, NULL, 'r' },
		{ "seed", required_argument, NULL, 's' },	{ "state", required_argument, NULL, 'd' },
		{ "until", required_argument, NULL, 'u' },	{ "wait", required_argument, NULL, 'w' },
		{ NULL, 0, NULL, 0 },
	};
	uint64_t items = 8000, rate = 0, seed = 1, wait = 30, until;
	const char *state = NULL, *begin_file = NULL, *until_file = NULL;
	struct config_document document = { 0 };
	struct driver driver = { .n = 0 };
	bool only_expect = false;
	int option;

	memory_init();
	for (size_t i = 0; i < sizeof(frame); i++)
		frame[i] = (uint8_t)i;
	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case 'b': begin_file = optarg; break;
		case 'u': until_file = optarg; break;
		case 'd': state = optarg; break;
		case 'e': only_expect = true; break;
		case 'n': items = strtoull(optarg, NULL, 10); break;
		case 'r': rate = strtoull(optarg, NULL, 10); break;
		case 's': seed = strtoull(optarg, NULL, 10); break;
		case 'w': wait = strtoull(optarg, NULL, 10); break;
		default: return 2;
		}
	}
	if (only_expect)
		return expect(seed, items);
	if (optind + 1 != argc) {
		fputs("usage: driver CONFIG [--items N] …\n", stderr);
		return 2;
	}
	if (!start(&driver, &document, argv[optind], state)) {
		config_free(&document);
		return 2;
	}
	feed(&driver, seed, items, rate, wait, begin_file);
	for (until = now_ns() + wait * 1000000000; !all_idle(&driver) && now_ns() < until && !has_content(until_file);)
		usleep(10000);
	for (size_t i = 0; i < driver.n; i++)
		worker_stop(driver.workers[i], 0);
	for (size_t i = 0; i < driver.n; i++) {
		while (!worker_ended(driver.workers[i]))
			usleep(1000);
	}
	report(&driver);
	for (size_t i = 0; i < driver.n; i++)
		worker_free(driver.workers[i]);
	config_free(&document);
	return 0;
}
