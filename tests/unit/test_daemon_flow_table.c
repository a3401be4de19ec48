/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Flows: put together, told of at the right time, over restarts and kills, and from a file that is damaged anywhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "flow_table.h"
#include "item_json.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SECOND 1000000000LL
#define MOST_TOLD 100000

struct told {
	uint64_t packets, bytes, packets_total;
	enum flow_end end;
	uint16_t port;
	uint8_t tcp_flags;
	char rule[32], verdict[16];
	int64_t length_ns; /* from the first to the last packet */
};

static struct told told[MOST_TOLD];
static size_t n_told;
static char path[64];
static const struct flow_settings usual = { .active_ns = 60 * SECOND, .idle_ns = 15 * SECOND, .most = 1024 };

static void tell(void *context, struct item *item)
{
	struct told *at = &told[n_told++ % MOST_TOLD];
	struct text_buffer text = { 0 };

	assert_int_equal(item->kind, ITEM_FLOW);
	item_json(&text, item, NULL);
	text_free(&text);
	*at = (struct told){
		.packets = item->packets, .bytes = item->bytes, .packets_total = item->packets_total, .end = item->end,
		.port = item->ends.source_port, .tcp_flags = item->ends.tcp_flags, .length_ns = item->last_ns - item->first_ns,
	};
	snprintf(at->rule, sizeof(at->rule), "%s", item->text[TEXT_RULE]);
	snprintf(at->verdict, sizeof(at->verdict), "%s", item->text[TEXT_VERDICT]);
}

static int begin(void **state)
{
	n_told = 0;
	snprintf(path, sizeof(path), "/tmp/flows-XXXXXX");
	close(mkstemp(path));
	return unlink(path);
}

static int end(void **state)
{
	unlink(path);
	return 0;
}

static struct flow_table *open_table(const struct flow_settings *settings)
{
	struct flow_table *table = flow_table_open(path, settings, tell, NULL);

	assert_non_null(table);
	return table;
}

static struct flow_key key_of(uint16_t port, uint8_t protocol, uint32_t name)
{
	struct flow_key key;

	memset(&key, 0, sizeof(key));
	key.ends.ip_version = 4;
	key.ends.protocol = protocol;
	key.ends.source_port = port;
	key.ends.vlan = ITEM_NO_VLAN;
	key.name = name;
	return key;
}

static void add_flags(struct flow_table *table, uint16_t port, uint32_t name, int64_t at_ns, uint8_t flags)
{
	struct flow_key key = key_of(port, IPPROTO_TCP, name);
	struct flow_change change = {
		.packets = 1, .bytes = 100, .first_ns = at_ns, .last_ns = at_ns, .tcp_flags = flags, .generation = 3,
	};

	flow_table_add(table, &key, &change);
}

static void add(struct flow_table *table, uint16_t port, uint32_t name, int64_t at_ns)
{
	add_flags(table, port, name, at_ns, 0x10);
}

static uint32_t named(struct flow_table *table, const char *rule, uint8_t verdict)
{
	struct flow_name name = { .policy = "edge", .block = "ingress", .line = 5, .verdict = verdict };

	snprintf(name.rule, sizeof(name.rule), "%s", rule);
	return flow_table_name(table, &name);
}

static void put_together(void **state)
{
	struct flow_table *table = open_table(&usual);
	uint32_t ssh = named(table, "ssh", 0), web = named(table, "web", 1);

	assert_true(ssh && web && ssh != web);
	assert_int_equal(named(table, "ssh", 0), ssh);
	assert_int_not_equal(named(table, "ssh", 1), ssh);
	/* One flow, told by several and not in order; the same ends by another rule are another. */
	add_flags(table, 1, ssh, 20 * SECOND, 2);
	add_flags(table, 1, ssh, 10 * SECOND, 0x10);
	add_flags(table, 1, ssh, 15 * SECOND, 8);
	add(table, 1, web, 20 * SECOND);
	assert_int_equal(flow_table_size(table), 2);
	flow_table_tick(table, 34 * SECOND);
	assert_int_equal(n_told, 0);
	flow_table_tick(table, 35 * SECOND);
	assert_int_equal(n_told, 2);
	assert_int_equal(flow_table_size(table), 0);
	for (size_t i = 0; i < 2; i++) {
		bool is_ssh = strcmp(told[i].rule, "ssh") == 0;

		assert_int_equal(told[i].packets, is_ssh ? 3 : 1);
		assert_int_equal(told[i].bytes, is_ssh ? 300 : 100);
		assert_int_equal(told[i].end, FLOW_END_IDLE);
		assert_int_equal(told[i].tcp_flags, is_ssh ? 0x1a : 0x10);
		assert_string_equal(told[i].verdict, is_ssh ? "allow" : "deny");
		assert_int_equal(told[i].length_ns, is_ssh ? 10 * SECOND : 0);
	}
	flow_table_close(table, true);
	assert_int_equal(n_told, 2);
}

static void active(void **state)
{
	struct flow_table *table = open_table(&usual);
	uint32_t name = named(table, "ssh", 0);
	uint64_t sum = 0;

	for (int64_t second = 1; second <= 200; second++) {
		add(table, 7, name, second * SECOND);
		flow_table_tick(table, second * SECOND);
	}
	assert_int_equal(n_told, 3); /* at 61, 121 and 181 */
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(told[i].end, FLOW_END_ACTIVE);
		sum += told[i].packets;
		assert_int_equal(told[i].packets_total, sum);
	}
	assert_int_equal(told[0].packets, 61);
	flow_table_tick(table, 300 * SECOND);
	assert_int_equal(n_told, 4);
	assert_int_equal(told[3].end, FLOW_END_IDLE);
	assert_int_equal(sum + told[3].packets, 200);
	flow_table_close(table, true);
}

/* After a FIN or RST two seconds of nothing are enough; of other protocols these bits are no flags. */
static void closed(void **state)
{
	struct flow_table *table = open_table(&usual);
	struct flow_key udp = key_of(9, IPPROTO_UDP, 0);
	struct flow_change change = { .packets = 1, .bytes = 1, .first_ns = SECOND, .last_ns = SECOND, .tcp_flags = 5 };

	add_flags(table, 1, 0, SECOND, 0x11);
	add_flags(table, 2, 0, SECOND, 0x04);
	add_flags(table, 3, 0, SECOND, 0x12);
	flow_table_add(table, &udp, &change);
	flow_table_tick(table, 3 * SECOND - 1);
	assert_int_equal(n_told, 0);
	flow_table_tick(table, 3 * SECOND);
	assert_int_equal(n_told, 2);
	assert_int_equal(told[0].end, FLOW_END_CLOSED);
	assert_int_equal(told[1].end, FLOW_END_CLOSED);
	/* A packet that comes late belongs to another flow of the same ends. */
	add_flags(table, 1, 0, 4 * SECOND, 0x10);
	flow_table_close(table, true);
	assert_int_equal(n_told, 5);
	for (size_t i = 2; i < 5; i++)
		assert_int_equal(told[i].end, FLOW_END_FORCED);
}

static void pressed(void **state)
{
	struct flow_table *table = open_table(&usual);
	uint64_t packets = 0;

	for (unsigned int i = 0; i < 5000; i++) {
		add(table, (uint16_t)i, 0, (int64_t)i * 1000);
		/* The first is always seen again, so it stays. */
		add(table, 0, 0, (int64_t)i * 1000 + 1);
	}
	assert_int_equal(flow_table_size(table), 1024);
	assert_int_equal(flow_table_pressed(table), 5000 - 1024);
	assert_int_equal(n_told, 5000 - 1024);
	for (size_t i = 0; i < n_told; i++) {
		assert_int_equal(told[i].end, FLOW_END_PRESSED);
		assert_int_equal(told[i].port, i + 1);
	}
	flow_table_close(table, true);
	for (size_t i = 0; i < n_told; i++)
		packets += told[i].packets;
	assert_int_equal(packets, 10000);
}

/* Closed without telling, as a kill does. All of it is still known, and times go on. */
static void over_a_restart(void **state)
{
	struct flow_table *table = open_table(&usual);
	uint32_t name = named(table, "ssh", 0);
	size_t first;
	uint64_t sum[101] = { 0 };

	for (uint16_t port = 1; port <= 100; port++) {
		for (unsigned int i = 0; i < port; i++)
			add(table, port, name, port * SECOND / 10);
	}
	flow_table_tick(table, 12 * SECOND);
	assert_int_equal(n_told, 0);
	for (unsigned int turn = 0; turn < 10; turn++) {
		flow_table_close(table, false);
		table = open_table(&usual);
		assert_int_equal(flow_table_size(table), 100);
		assert_int_equal(named(table, "ssh", 0), name);
		add(table, 50, name, 11 * SECOND);
	}
	assert_int_equal(n_told, 0);
	/* Those of which nothing came for long end now, and those alone. */
	flow_table_tick(table, 20 * SECOND);
	assert_int_equal(n_told, 49);
	for (size_t i = 0; i < n_told; i++)
		assert_true(told[i].port <= 50 && told[i].port != 50 && told[i].end == FLOW_END_IDLE);
	/* What was told of is not told again. */
	flow_table_close(table, false);
	table = open_table(&usual);
	first = n_told;
	flow_table_close(table, true);
	assert_int_equal(n_told, first + 51);
	for (size_t i = 0; i < n_told; i++) {
		sum[told[i].port] += told[i].packets;
		assert_string_equal(told[i].rule, "ssh");
	}
	for (uint16_t port = 1; port <= 100; port++)
		assert_int_equal(sum[port], port == 50 ? 60 : port);
	table = open_table(&usual);
	assert_int_equal(flow_table_size(table), 0);
	flow_table_close(table, false);
}

/* The oldest make room, and the longest untold are told of first, also if the order had to be found again. */
static void order_over_a_restart(void **state)
{
	struct flow_table *table = open_table(&usual);

	/* Cells are taken in one order, seen in another. */
	for (uint16_t port = 1; port <= 1024; port++)
		add(table, port, 0, SECOND);
	for (uint16_t port = 1; port <= 1024; port++)
		add(table, (uint16_t)(port * 389 % 1024 + 1), 0, 2 * SECOND + port * 1000);
	flow_table_close(table, false);
	table = open_table(&usual);
	for (uint16_t port = 2001; port <= 2100; port++)
		add(table, port, 0, 4 * SECOND);
	assert_int_equal(n_told, 100);
	for (size_t i = 0; i < n_told; i++)
		assert_int_equal(told[i].port, (i + 1) * 389 % 1024 + 1);
	flow_table_close(table, false);

	/* Told of at different times: each keeps its own active timeout. */
	assert_int_equal(unlink(path), 0);
	n_told = 0;
	table = open_table(&usual);
	for (uint16_t port = 1; port <= 30; port++)
		add(table, port, 0, (31 - port) * SECOND);
	flow_table_close(table, false);
	table = open_table(&usual);
	for (uint16_t port = 1; port <= 30; port++)
		add(table, port, 0, 70 * SECOND);
	flow_table_tick(table, 75 * SECOND);
	assert_int_equal(n_told, 15);
	for (size_t i = 0; i < n_told; i++)
		assert_true(told[i].port > 15 && told[i].end == FLOW_END_ACTIVE);
	flow_table_close(table, false);
}

static void other_files(void **state)
{
	struct flow_settings more = { .active_ns = 60 * SECOND, .idle_ns = 15 * SECOND, .most = 2048 };
	struct flow_table *table = open_table(&usual);
	char target[80];

	add(table, 1, 0, SECOND);
	flow_table_close(table, false);
	/* Another size, and back: begun anew each time. */
	table = open_table(&more);
	assert_int_equal(flow_table_size(table), 0);
	add(table, 1, 0, SECOND);
	flow_table_close(table, false);
	table = open_table(&usual);
	assert_int_equal(flow_table_size(table), 0);
	flow_table_close(table, false);
	/* In memory alone. */
	table = flow_table_open(NULL, &usual, tell, NULL);
	add(table, 1, 0, SECOND);
	assert_int_equal(flow_table_size(table), 1);
	flow_table_close(table, true);
	assert_int_equal(n_told, 1);
	flow_table_close(NULL, true);
	/* No link of others is followed. */
	snprintf(target, sizeof(target), "%s.target", path);
	assert_int_equal(rename(path, target), 0);
	assert_int_equal(symlink(target, path), 0);
	assert_null(flow_table_open(path, &usual, tell, NULL));
	unlink(target);
	assert_null(flow_table_open("/nowhere/at/all", &usual, tell, NULL));
}

static void names_run_out(void **state)
{
	struct flow_table *table = open_table(&usual);
	char rule[32];
	uint32_t number = 0;

	for (unsigned int i = 0; i < 20000; i++) {
		snprintf(rule, sizeof(rule), "rule-%u", i);
		number = named(table, rule, 1);
		assert_int_equal(number, i + 1 < 16384 ? i + 1 : 0);
	}
	assert_int_equal(named(table, "rule-5000", 1), 5001);
	add(table, 1, number, SECOND);
	flow_table_close(table, false);
	table = open_table(&usual);
	assert_int_equal(named(table, "rule-16000", 1), 16001);
	flow_table_close(table, true);
	assert_int_equal(n_told, 1);
	assert_string_equal(told[0].rule, "");
}

/* Uses all that a file says, whatever it says: the sanitizers judge. */
static void use(void)
{
	struct flow_table *table = open_table(&usual);
	size_t n = flow_table_size(table);

	assert_true(n <= usual.most);
	named(table, "another", 2);
	add(table, 1, 1, 100 * SECOND);
	flow_table_tick(table, 100 * SECOND);
	flow_table_close(table, true);
	for (size_t i = 0; i < n_told; i++)
		assert_true(told[i].packets <= told[i].packets_total);
	n_told = 0;
}

static void damaged(void **state)
{
	struct flow_table *table = open_table(&usual);
	struct stat stat;
	char *data;
	int file;
	uint64_t random = 1;

	for (uint16_t port = 1; port <= 20; port++)
		add(table, port, named(table, port % 2 ? "odd" : "even", 1), port * SECOND);
	flow_table_tick(table, 10 * SECOND);
	flow_table_close(table, false);
	file = open(path, O_RDWR);
	assert_int_equal(fstat(file, &stat), 0);
	data = malloc((size_t)stat.st_size);
	assert_int_equal(pread(file, data, (size_t)stat.st_size, 0), stat.st_size);
	/* Where there is something: head, names, cells; and some of where there is nothing. */
	for (off_t at = 0; at < stat.st_size; at++) {
		bool something = false;

		for (off_t i = at < 16 ? 0 : at - 16; i < at + 16 && i < stat.st_size; i++)
			something |= data[i] != 0;
		random = random * 6364136223846793005u + 1442695040888963407u;
		if ((!something || random >> 32 & 15) && random >> 40 & 0xffff)
			continue;
		assert_int_equal(pwrite(file, data, (size_t)stat.st_size, 0), stat.st_size);
		assert_int_equal(pwrite(file, random >> 33 & 1 ? "\xff\xff\xff\xff\xff\xff\xff\xff" : "\x7f\x01\x80", random >> 33 & 1 ? 8 : 1,
					at), random >> 33 & 1 ? 8 : 1);
		assert_int_equal(ftruncate(file, stat.st_size), 0);
		use();
	}
	/* All of it. */
	memset(data + 72, 0xff, (size_t)stat.st_size - 72);
	assert_int_equal(pwrite(file, data, (size_t)stat.st_size, 0), stat.st_size);
	use();
	/* All names are there, and none of them ends. */
	memcpy(data + 64, &(uint32_t){ 16384 }, 4);
	assert_int_equal(pwrite(file, data, (size_t)stat.st_size, 0), stat.st_size);
	use();
	for (off_t size = stat.st_size - 1; size > 0; size = size * 2 / 3) {
		assert_int_equal(pwrite(file, data, (size_t)stat.st_size, 0), stat.st_size);
		assert_int_equal(ftruncate(file, size), 0);
		use();
	}
	close(file);
	free(data);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
	const struct CMUnitTest tests[] = {
		TEST(put_together), TEST(active), TEST(closed), TEST(pressed), TEST(over_a_restart), TEST(order_over_a_restart),
		TEST(other_files), TEST(names_run_out), TEST(damaged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
