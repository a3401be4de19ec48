/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The history: what is written is read, once; what goes, and when; files that are none of ours. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "memory.h"
#include "past_keep.h"
#include "past_query.h"
#include "past_write.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define S 1000000000ll
#define BEGIN (1769767200 * S) /* 2026-01-30T10:00:00Z, the beginning of an hour */
#define DAY_MS (86400ull * 1000)

static char directory[64], path[128];
static sqlite3 *db;
static struct past_writer *writer;
static struct failure why;

static int set_up(void **state)
{
	strcpy(directory, "/tmp/past-XXXXXX");
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/history.db", directory);
	why = (struct failure){ 0 };
	return 0;
}

static void close_all(void)
{
	past_writer_free(writer);
	writer = NULL;
	sqlite3_close(db);
	db = NULL;
}

static int tear_down(void **state)
{
	char command[128];

	close_all();
	snprintf(command, sizeof(command), "rm -r %s", directory);
	return system(command);
}

static void open_all(void)
{
	assert_int_equal(past_open_write(&db, path, &why), PAST_READY);
	writer = past_writer_new(db, &why);
	assert_non_null(writer);
}

static struct item event(int64_t time_ns, const char *rule, uint8_t last_byte)
{
	struct item item;

	item_clear(&item, ITEM_EVENT);
	item.time_ns = time_ns;
	item.sequence_high = 7;
	item.text[TEXT_POLICY] = "edge";
	item.text[TEXT_RULE] = rule;
	item.text[TEXT_VERDICT] = "deny";
	item.text[TEXT_DIRECTION] = "ingress";
	item.text[TEXT_INTERFACE] = "eth0";
	item.text[TEXT_NAME] = "log";
	item.ends = (struct item_ends){ .source = { 10, 1, 2, last_byte }, .dest = { 192, 0, 2, 1 }, .source_port = 40000,
					.dest_port = 22, .vlan = ITEM_NO_VLAN, .ip_version = 4, .protocol = 6, .tcp_flags = 2 };
	item.packets = 1;
	item.bytes = 60;
	item.sampling = 1;
	item.generation = 3;
	item.line = 12;
	return item;
}

static struct item rule(int64_t time_ns, const char *name, uint64_t packets, uint64_t bytes)
{
	struct item item = event(time_ns, name, 0);

	item.kind = ITEM_RULE;
	item.text[TEXT_BLOCK] = "ingress";
	item.text[TEXT_INTERFACE] = item.text[TEXT_NAME] = "";
	item.packets = packets;
	item.bytes = bytes;
	return item;
}

static struct item flow(int64_t time_ns, uint8_t last_byte, uint64_t packets, uint8_t flags)
{
	struct item item = event(time_ns, "web", last_byte);

	item.kind = ITEM_FLOW;
	item.text[TEXT_NAME] = "";
	item.packets = packets;
	item.bytes = packets * 100;
	item.ends.tcp_flags = flags;
	item.first_ns = time_ns - 5 * S;
	item.last_ns = time_ns;
	return item;
}

/* One transaction with pieces of one item each, numbered from `first`. */
static void write_items(struct item *items, size_t n, uint64_t first)
{
	assert_true(past_begin(writer, &why));
	for (size_t i = 0; i < n; i++) {
		enum past_piece piece;

		items[i].sequence = first + i;
		piece = past_piece(writer, items[i].sequence_high, first + i, first + i, items[i].time_ns, &why);
		assert_int_not_equal(piece, PAST_PIECE_FAILED);
		if (piece == PAST_PIECE_NEW)
			assert_true(past_write(writer, &items[i], &why));
	}
	assert_true(past_commit(writer, &why));
}

static struct past_question question(void)
{
	return (struct past_question){ .filter = packet_filter_all, .since_ns = 0, .until_ns = INT64_MAX / 2 };
}

/* Answers, kept. */
struct answers {
	size_t n;
	struct item items[16];
	char names[16][64];
};

static bool keep(void *context, const struct item *item)
{
	struct answers *answers = context;

	assert_true(answers->n < 16);
	snprintf(answers->names[answers->n], sizeof(answers->names[0]), "%s", item->text[TEXT_RULE]);
	answers->items[answers->n] = *item;
	answers->items[answers->n].text[TEXT_RULE] = answers->names[answers->n];
	answers->n++;
	return true;
}

static long long count(const char *sql)
{
	return past_number(db, sql);
}

static void events_come_back(void **state)
{
	uint8_t frame[ITEM_FRAME_BYTES];
	struct item items[5] = { event(BEGIN, "ssh", 1), event(BEGIN, "ssh", 2), event(BEGIN + 1, "dns", 3), event(BEGIN - S, "arp", 4),
				 event(BEGIN + S, "v6", 5) };
	struct past_question asked = question();
	struct answers answers = { 0 };
	const struct past_reader reader = { &answers, keep };
	const struct item *item;

	open_all();
	memset(frame, 0xfe, sizeof(frame));
	items[1].frame = frame;
	items[1].captured = sizeof(frame);
	items[1].sampling = 10;
	items[1].bytes = UINT32_MAX;
	items[2].ends.vlan = 0;
	items[2].ends.protocol = 17;
	items[2].ends.fragment = 2;
	memset(&items[3].ends, 0, sizeof(items[3].ends));
	items[3].ends.vlan = 4094;
	items[4].ends.ip_version = 6;
	memset(items[4].ends.source, 0xff, 16);
	write_items(items, 5, 1);
	assert_true(past_events(db, &asked, &reader, &why));
	assert_int_equal(answers.n, 5);
	assert_string_equal(answers.names[0], "arp");
	assert_int_equal(answers.items[0].ends.ip_version, 0);
	assert_int_equal(answers.items[0].ends.vlan, 4094);
	item = &answers.items[1];
	assert_int_equal(item->time_ns, BEGIN);
	assert_memory_equal(&item->ends, &items[0].ends, sizeof(item->ends));
	assert_int_equal(item->bytes, 60);
	assert_int_equal(item->captured, 0);
	assert_int_equal(item->generation, 3);
	assert_int_equal(item->line, 12);
	assert_int_equal(answers.items[2].captured, ITEM_FRAME_BYTES);
	assert_int_equal(answers.items[2].bytes, UINT32_MAX);
	assert_int_equal(answers.items[2].sampling, 10);
	assert_memory_equal(&answers.items[3].ends, &items[2].ends, sizeof(items[2].ends));
	assert_memory_equal(&answers.items[4].ends, &items[4].ends, sizeof(items[4].ends));

	/* The last two, in order. */
	answers.n = 0;
	asked.limit = 2;
	assert_true(past_events(db, &asked, &reader, &why));
	assert_int_equal(answers.n, 2);
	assert_string_equal(answers.names[0], "dns");
	assert_string_equal(answers.names[1], "v6");
}

static size_t found(const struct past_question *asked)
{
	struct answers answers = { 0 };
	const struct past_reader reader = { &answers, keep };

	assert_true(past_events(db, asked, &reader, &why));
	/* The filter of what comes from the kernel says the same. */
	for (size_t i = 0; i < answers.n; i++) {
		assert_true(answers.items[i].time_ns >= asked->since_ns && answers.items[i].time_ns < asked->until_ns);
	}
	return answers.n;
}

static void filters(void **state)
{
	struct item items[4] = { event(BEGIN, "ssh", 1), event(BEGIN + 1, "ssh", 129), event(BEGIN + 2, "dns", 3), event(BEGIN + 3, "arp", 4) };
	struct past_question asked;
	static const struct {
		const char *source, *dest, *protocol;
		int port;
		size_t n;
	} cases[] = {
		{ NULL, NULL, NULL, ANY_NUMBER, 4 },
		{ "10.1.2.0/25", NULL, NULL, ANY_NUMBER, 1 },
		{ "10.1.2.0/24", NULL, NULL, ANY_NUMBER, 2 },
		{ "10.0.0.0/8", "192.0.2.1", NULL, ANY_NUMBER, 2 },
		{ "0.0.0.0/0", NULL, NULL, ANY_NUMBER, 2 },
		{ "::/0", NULL, NULL, ANY_NUMBER, 1 },
		{ "a01::/16", NULL, NULL, ANY_NUMBER, 1 },
		{ "10.1.2.129", NULL, NULL, ANY_NUMBER, 1 },
		{ "10.1.2.130", NULL, NULL, ANY_NUMBER, 0 },
		{ NULL, "192.0.2.2", NULL, ANY_NUMBER, 0 },
		{ NULL, NULL, "tcp", ANY_NUMBER, 2 },
		{ NULL, NULL, "17", ANY_NUMBER, 1 },
		{ NULL, NULL, "0", ANY_NUMBER, 0 },
		{ NULL, NULL, NULL, 22, 3 },
		{ NULL, NULL, NULL, 40000, 3 },
		{ NULL, NULL, "udp", 53, 0 },
		{ NULL, NULL, NULL, 0, 0 },
	};

	open_all();
	items[2].ends.protocol = 17;
	items[2].ends.ip_version = 6;
	items[2].text[TEXT_VERDICT] = "allow";
	memset(&items[3].ends, 0, sizeof(items[3].ends));
	items[3].text[TEXT_INTERFACE] = "eth1";
	write_items(items, 4, 1);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		size_t live = 0;

		asked = question();
		assert_true(!cases[i].source || packet_filter_prefix(cases[i].source, &asked.filter.source));
		assert_true(!cases[i].dest || packet_filter_prefix(cases[i].dest, &asked.filter.dest));
		assert_true(!cases[i].protocol || packet_filter_protocol(cases[i].protocol, &asked.filter.protocol));
		asked.filter.port = cases[i].port;
		for (size_t j = 0; j < 4; j++)
			live += packet_filter_takes(&asked.filter, &items[j]);
		if (found(&asked) != cases[i].n || live != cases[i].n)
			fail_msg("case %zu: %zu in the history, %zu by the filter, not %zu", i, found(&asked), live, cases[i].n);
	}
	asked = question();
	asked.filter.rule = "ssh";
	assert_int_equal(found(&asked), 2);
	asked.filter.verdict = "allow";
	assert_int_equal(found(&asked), 0);
	asked.filter.rule = NULL;
	assert_int_equal(found(&asked), 1);
	asked = question();
	asked.filter.interface = "eth1";
	assert_int_equal(found(&asked), 1);
	asked = question();
	asked.since_ns = BEGIN + 1;
	asked.until_ns = BEGIN + 3;
	assert_int_equal(found(&asked), 2);
}

static void prefixes(void **state)
{
	static const char *const refused[] = { "", "10.0.0.1/8", "10.0.0.0/33", "::1/64", "2001:db8::/129", "10.0.0.0/", "10.0.0/8", "x",
					       "10.0.0.0/-1", "10.0.0.0/8x", "fe80::1%eth0" };
	struct address_prefix prefix;
	int number;

	for (size_t i = 0; i < sizeof(refused) / sizeof(refused[0]); i++) {
		if (packet_filter_prefix(refused[i], &prefix))
			fail_msg("'%s' is taken", refused[i]);
	}
	assert_true(packet_filter_protocol("ICMPv6", &number));
	assert_int_equal(number, 58);
	assert_false(packet_filter_protocol("256", &number));
	assert_false(packet_filter_protocol("", &number));
	assert_false(packet_filter_port("65536", &number));
	assert_false(packet_filter_port("-1", &number));
}

static void twice_is_once(void **state)
{
	struct item items[3] = { event(BEGIN, "ssh", 1), rule(BEGIN, "ssh", 10, 600), flow(BEGIN, 1, 5, 2) };
	struct item later[3] = { rule(BEGIN + 2 * S, "ssh", 1, 60), rule(BEGIN + 2 * S, "web", 2, 120), event(BEGIN + 2 * S, "ssh", 1) };

	open_all();
	write_items(items, 3, 1);
	write_items(items, 3, 1);
	/* Out of order: the later first, and both again, also after a restart. */
	write_items(later, 3, 10);
	write_items(items, 3, 4);
	write_items(items, 3, 7);
	close_all();
	open_all();
	write_items(items, 3, 7);
	write_items(later, 3, 10);
	write_items(items, 3, 4);
	write_items(items, 3, 1);
	assert_int_equal(count("SELECT sum(packets) FROM counters"), 3 * 10 + 3);
	assert_int_equal(count("SELECT count(*) FROM events"), 4);
	/* All these pieces follow one another. */
	assert_int_equal(count("SELECT count(*) FROM pieces WHERE run = 7"), 2);
	/* Another run of sentryd has the same numbers. */
	items[0].sequence_high = items[1].sequence_high = items[2].sequence_high = 8;
	write_items(items, 3, 1);
	assert_int_equal(count("SELECT count(*) FROM events"), 5);
	assert_int_equal(count("SELECT sum(packets) FROM counters"), 3 * 10 + 3 + 10);
}

static void undone_is_not_there(void **state)
{
	struct item items[2] = { event(BEGIN, "ssh", 1), rule(BEGIN, "ssh", 10, 600) };

	open_all();
	assert_true(past_begin(writer, &why));
	assert_int_equal(past_piece(writer, 7, 1, 2, BEGIN, &why), PAST_PIECE_NEW);
	assert_true(past_write(writer, &items[0], &why));
	assert_true(past_write(writer, &items[1], &why));
	past_rollback(writer);
	assert_int_equal(count("SELECT count(*) FROM origins"), 0);
	/* Names that were new then are new again. */
	write_items(items, 2, 1);
	assert_int_equal(count("SELECT count(*) FROM events t JOIN origins o ON o.id = t.origin WHERE o.rule = 'ssh'"), 1);
	assert_int_equal(count("SELECT sum(packets) FROM counters c JOIN origins o ON o.id = c.origin WHERE o.kind = 'rule'"), 10);
}

static void no_room(void **state)
{
	struct item item = event(BEGIN, "ssh", 1);
	uint8_t frame[ITEM_FRAME_BYTES] = { 0 };
	bool ok = true;
	long long before;

	open_all();
	write_items(&item, 1, 1);
	item.frame = frame;
	item.captured = sizeof(frame);
	assert_true(past_run(db, "PRAGMA max_page_count = 40", &why));
	assert_true(past_begin(writer, &why));
	for (int i = 0; ok && i < 10000; i++) {
		item.sequence = (uint64_t)i + 2;
		ok = past_piece(writer, 7, item.sequence, item.sequence, BEGIN, &why) == PAST_PIECE_NEW && past_write(writer, &item, &why);
	}
	assert_false(ok);
	assert_non_null(strstr(why.text, "full"));
	assert_false(past_is_damage(sqlite3_errcode(db)));
	past_rollback(writer);
	before = count("SELECT count(*) FROM events");
	assert_int_equal(before, 1);
	assert_true(past_run(db, "PRAGMA max_page_count = 1000000", &why));
	item.sequence_high = 9;
	write_items(&item, 1, 1);
	assert_int_equal(count("SELECT count(*) FROM events"), 2);
	assert_int_equal(count("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
}

static void rules_within_a_time(void **state)
{
	struct item items[6] = { rule(BEGIN - 3600 * S, "ssh", 100, 6000), rule(BEGIN + 10 * S, "ssh", 1, 60), rule(BEGIN + 20 * S, "ssh", 2, 120),
				 rule(BEGIN + 20 * S, "idle", 0, 0), rule(BEGIN + 20 * S, "default", 7, 700), rule(BEGIN + 30 * S, "ssh", 4, 240) };
	struct past_question asked = question();
	struct answers answers = { 0 };
	const struct past_reader reader = { &answers, keep };

	open_all();
	items[4].line = 0;
	items[3].line = 20;
	write_items(items, 6, 1);
	asked.since_ns = BEGIN + 15 * S;
	asked.until_ns = BEGIN + 30 * S;
	assert_true(past_rules(db, &asked, &reader, &why));
	assert_int_equal(answers.n, 3);
	assert_string_equal(answers.names[0], "ssh");
	assert_int_equal(answers.items[0].packets, 2);
	assert_int_equal(answers.items[0].bytes, 120);
	assert_int_equal(answers.items[0].line, 12);
	assert_string_equal(answers.names[1], "idle");
	assert_int_equal(answers.items[1].packets, 0);
	assert_string_equal(answers.names[2], "default");
	assert_int_equal(answers.items[2].packets, 7);
	/* From within a second: it counts as a whole. */
	answers.n = 0;
	asked.since_ns = BEGIN + 20 * S + 1;
	assert_true(past_rules(db, &asked, &reader, &why));
	assert_int_equal(answers.items[0].packets, 2);
	answers.n = 0;
	asked.since_ns = 0;
	asked.until_ns = BEGIN * 2;
	assert_true(past_rules(db, &asked, &reader, &why));
	assert_int_equal(answers.items[0].packets, 107);
}

/* Tidies until there is nothing left to do; how many steps that took. */
static int tidy_all(const struct past_keep *rules_of, int64_t now_ns)
{
	enum past_tidied tidied;
	int n = 0;

	while ((tidied = past_tidy(db, rules_of, now_ns, &why)) == PAST_TIDY_MORE && n < 1000000)
		n++;
	if (tidied == PAST_TIDY_FAILED)
		fail_msg("%s", why.text);
	return n;
}

static void counters_become_coarser(void **state)
{
	const struct past_keep keep_these = { .events_ms = DAY_MS, .flows_ms = DAY_MS, .alerts_ms = DAY_MS, .seconds_ms = 3600 * 1000,
					      .minutes_ms = DAY_MS, .hours_ms = 10 * DAY_MS, .max_bytes = 1 << 30 };
	struct past_question asked = question();
	struct answers answers = { 0 };
	const struct past_reader reader = { &answers, keep };
	uint64_t sequence = 1;
	struct item late;

	open_all();
	/* Two rules, for three hours, each second. */
	for (int second = 0; second < 3 * 3600; second++) {
		struct item items[2] = { rule(BEGIN + second * S, "ssh", 1, 60), rule(BEGIN + second * S, "web", 2, 3000) };

		write_items(items, 2, sequence);
		sequence += 2;
	}
	assert_int_equal(count("SELECT count(*) FROM counters WHERE step = 1"), 2 * 3 * 3600);
	assert_int_equal(tidy_all(&keep_these, BEGIN + 3 * 3600 * S), 120);
	assert_int_equal(count("SELECT count(*) FROM counters WHERE step = 1"), 2 * 3600);
	assert_int_equal(count("SELECT count(*) FROM counters WHERE step = 60"), 2 * 120);
	assert_int_equal(count("SELECT min(packets) || max(packets) FROM counters WHERE step = 60"), 60120);
	assert_int_equal(count("SELECT sum(packets) FROM counters"), 3 * 3 * 3600);
	/* What comes late is counted, too. */
	late = rule(BEGIN + 61 * S, "ssh", 1000, 60000);
	write_items(&late, 1, sequence++);
	assert_int_equal(tidy_all(&keep_these, BEGIN + 3 * 3600 * S), 1);
	assert_int_equal(count("SELECT max(packets) FROM counters WHERE step = 60"), 1060);
	/* After a day, hours. */
	tidy_all(&keep_these, BEGIN + 3 * 86400 * S);
	assert_int_equal(count("SELECT count(*) FROM counters WHERE step <> 3600"), 0);
	assert_int_equal(count("SELECT count(*) FROM counters"), 2 * 3);
	assert_int_equal(count("SELECT sum(packets) FROM counters"), 3 * 3 * 3600 + 1000);
	asked.since_ns = BEGIN + 3600 * S;
	asked.until_ns = BEGIN + 2 * 3600 * S;
	assert_true(past_rules(db, &asked, &reader, &why));
	assert_int_equal(answers.n, 2);
	assert_int_equal(answers.items[0].packets, 3600);
	tidy_all(&keep_these, BEGIN + 11 * 86400 * S);
	assert_int_equal(count("SELECT count(*) FROM counters"), 0);
}

static void too_old_and_too_much(void **state)
{
	struct past_keep keep_these = past_keep_default;
	uint8_t frame[ITEM_FRAME_BYTES] = { 0 };
	long long oldest;

	open_all();
	assert_true(past_begin(writer, &why));
	assert_int_equal(past_piece(writer, 7, 1, 40000, BEGIN, &why), PAST_PIECE_NEW);
	for (int i = 0; i < 20000; i++) {
		struct item one = event(BEGIN + i * S, "ssh", 1), two = flow(BEGIN + i * S, 1, 3, 2);

		one.frame = frame;
		one.captured = sizeof(frame);
		one.sequence = (uint64_t)(2 * i + 1);
		two.sequence = one.sequence + 1;
		assert_true(past_write(writer, &one, &why));
		assert_true(past_write(writer, &two, &why));
	}
	assert_true(past_commit(writer, &why));
	assert_true(tidy_all(&keep_these, BEGIN + 20000 * S) == 0);
	/* Flows of the last 10,000 s, events of the last 5,000. */
	keep_these.flows_ms = 10000 * 1000;
	keep_these.events_ms = 5000 * 1000;
	tidy_all(&keep_these, BEGIN + 20000 * S);
	assert_int_equal(count("SELECT count(*) FROM flows"), 10000);
	assert_int_equal(count("SELECT count(*) FROM events"), 5000);
	assert_int_equal(count("SELECT min(time) FROM events"), BEGIN + 15000 * S);
	/* The oldest of both go, until the rest fits; nothing goes that need not. */
	keep_these.max_bytes = 1 << 20;
	tidy_all(&keep_these, BEGIN + 20000 * S);
	assert_true(past_bytes(db) <= 1 << 20);
	assert_true(past_bytes(db) >= 400000);
	oldest = count("SELECT min(time) FROM flows");
	assert_true(oldest > BEGIN + 10000 * S);
	assert_true(count("SELECT min(time) FROM events") >= BEGIN + 15000 * S);
	assert_int_equal(count("SELECT max(time) FROM events"), BEGIN + 19999 * S);
	assert_int_equal(count("SELECT max(time) FROM flows"), BEGIN + 19999 * S);
	assert_int_equal(count("SELECT count(*) FROM pragma_integrity_check WHERE integrity_check = 'ok'"), 1);
}

static void flows_and_talkers(void **state)
{
	struct item items[6] = { flow(BEGIN, 1, 5, 2), flow(BEGIN + 60 * S, 1, 10, 0x10), flow(BEGIN + 60 * S, 2, 100, 0x12),
				 flow(BEGIN + 120 * S, 1, 7, 0x11), flow(BEGIN + 120 * S, 2, 1, 4), flow(BEGIN + 120 * S, 3, 1, 4) };
	struct past_question asked = question();
	struct answers answers = { 0 };
	const struct past_reader reader = { &answers, keep };
	enum past_basis basis;

	open_all();
	assert_true(past_talkers(db, &asked, false, &reader, &basis, &why));
	assert_int_equal(basis, PAST_BASIS_NONE);
	items[5].ends.source_port = 1;
	items[4].ends.dest[3] = 9;
	write_items(items, 6, 1);
	assert_true(past_flows(db, &asked, &reader, &why));
	assert_int_equal(answers.n, 4);
	assert_int_equal(answers.items[0].packets, 100);
	assert_int_equal(answers.items[1].packets, 22);
	assert_int_equal(answers.items[1].bytes, 2200);
	assert_int_equal(answers.items[1].ends.tcp_flags, 0x13);
	assert_int_equal(answers.items[1].first_ns, BEGIN - 5 * S);
	assert_int_equal(answers.items[1].last_ns, BEGIN + 120 * S);
	answers.n = 0;
	asked.limit = 2;
	asked.since_ns = BEGIN + 1;
	assert_true(past_talkers(db, &asked, false, &reader, &basis, &why));
	assert_int_equal(basis, PAST_BASIS_FLOWS);
	assert_int_equal(answers.n, 2);
	assert_int_equal(answers.items[0].packets, 101);
	assert_int_equal(answers.items[0].ends.source[3], 2);
	assert_int_equal(answers.items[1].packets, 17);
	answers.n = 0;
	assert_true(past_talkers(db, &asked, true, &reader, &basis, &why));
	assert_int_equal(answers.items[0].packets, 118);
	answers.n = 0;
	assert_true(past_protocols(db, &asked, &reader, &basis, &why));
	assert_int_equal(basis, PAST_BASIS_FLOWS);
	assert_int_equal(answers.items[0].packets, 119);
}

static void versions(void **state)
{
	const char *const two[] = { "CREATE TABLE a (x); INSERT INTO a VALUES (1)", "ALTER TABLE a ADD COLUMN y; UPDATE a SET y = x + 1" };
	const char *const wrong[] = { two[0], two[1], "CREATE TABLE b (x)", "CREATE TABLE a (x)" };
	struct stat status;
	sqlite3 *other;

	/* From nothing, from the first, and not at all if one step fails. */
	assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
	assert_true(past_migrate(db, two, 1, &why));
	assert_int_equal(count("PRAGMA user_version"), 1);
	assert_true(past_migrate(db, two, 2, &why));
	assert_true(past_migrate(db, two, 2, &why));
	assert_int_equal(count("SELECT y FROM a"), 2);
	assert_false(past_migrate(db, wrong, 4, &why));
	assert_int_equal(count("PRAGMA user_version"), 2);
	assert_int_equal(count("SELECT count(*) FROM sqlite_master WHERE name = 'b'"), 0);
	close_all();
	/* That was another program's. */
	assert_int_equal(past_open_write(&db, path, &why), PAST_FOREIGN);
	assert_null(db);
	assert_int_equal(past_open_read(&db, path, &why), PAST_FOREIGN);
	unlink(path);
	assert_int_equal(past_open_read(&db, path, &why), PAST_MISSING);
	open_all();
	assert_int_equal(past_open_read(&other, path, &why), PAST_READY);
	assert_false(past_run(other, "DELETE FROM events", &why));
	sqlite3_close(other);
	assert_true(past_run(db, "PRAGMA user_version = 99", &why));
	close_all();
	assert_int_equal(past_open_write(&db, path, &why), PAST_NEWER);
	assert_non_null(strstr(why.text, "version 99"));
	assert_int_equal(stat(path, &status), 0);
}

static void damaged(void **state)
{
	char aside[160];
	struct item item = event(BEGIN, "ssh", 1);
	FILE *file;

	open_all();
	write_items(&item, 1, 1);
	close_all();
	/* The first page, but for its header. */
	file = fopen(path, "r+");
	fseek(file, 100, SEEK_SET);
	for (int i = 0; i < 4000; i++)
		fputc(i, file);
	fclose(file);
	assert_int_equal(past_open_write(&db, path, &why), PAST_DAMAGED);
	assert_true(past_set_aside(path, &why));
	snprintf(aside, sizeof(aside), "%s.damaged", path);
	assert_int_equal(access(aside, F_OK), 0);
	assert_int_not_equal(access(path, F_OK), 0);
	file = fopen(path, "w");
	for (int i = 0; i < 1000; i++)
		fputs("no database\n", file);
	fclose(file);
	assert_int_equal(past_open_read(&db, path, &why), PAST_DAMAGED);
	assert_int_equal(past_open_write(&db, path, &why), PAST_DAMAGED);
	assert_true(past_set_aside(path, &why));
	open_all();
	write_items(&item, 1, 1);
	assert_int_equal(count("SELECT count(*) FROM events"), 1);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(events_come_back), TEST(filters), TEST(prefixes), TEST(twice_is_once), TEST(undone_is_not_there), TEST(no_room),
		TEST(rules_within_a_time), TEST(counters_become_coarser), TEST(too_old_and_too_much), TEST(flows_and_talkers),
		TEST(versions), TEST(damaged),
	};

	memory_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
