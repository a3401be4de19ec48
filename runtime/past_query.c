/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "past_query.h"

#include <stdio.h>
#include <string.h>

const char *const past_basis_words[] = { "none", "traffic", "flows", "events", NULL };

#define ORIGIN "o.policy, o.block, o.rule, o.verdict, o.direction, o.interface, o.hook, o.name, o.subject"
#define ENDS "t.protocol, t.source, t.dest, t.source_port, t.dest_port, t.vlan, t.tcp_flags, t.icmp_type, t.icmp_code, t.fragment"
#define N_ENDS 10

/* Rows of `t` that are asked for. Each question takes what it names; what is not asked is NULL. */
#define OF_ORIGIN "(:rule IS NULL OR o.rule = :rule) AND (:verdict IS NULL OR o.verdict = :verdict)" \
	" AND (:interface IS NULL OR o.interface = :interface)"
#define OF_TIME "t.time >= :since AND t.time < :until"
#define OF_ENDS "(:protocol IS NULL OR t.protocol = :protocol) AND (:port IS NULL OR" \
	" (t.protocol IN (6, 17, 132) AND t.fragment <> 2 AND (t.source_port = :port OR t.dest_port = :port)))" \
	" AND (:source_low IS NULL OR (t.source BETWEEN :source_low AND :source_high AND length(t.source) = length(:source_low)))" \
	" AND (:dest_low IS NULL OR (t.dest BETWEEN :dest_low AND :dest_high AND length(t.dest) = length(:dest_low)))"
#define WHERE " WHERE " OF_TIME " AND " OF_ORIGIN " AND " OF_ENDS

/* Counters of all lengths, as rows of (origin, packets, bytes). */
#define STEPS "WITH c(origin, packets, bytes) AS (" \
	"SELECT origin, packets, bytes FROM counters WHERE step = 1 AND time > :since_s - 1 AND time < :until_s UNION ALL " \
	"SELECT origin, packets, bytes FROM counters WHERE step = 60 AND time > :since_s - 60 AND time < :until_s UNION ALL " \
	"SELECT origin, packets, bytes FROM counters WHERE step = 3600 AND time > :since_s - 3600 AND time < :until_s) "

static bool fail(sqlite3 *db, struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "the history cannot be read: %s", sqlite3_errmsg(db));
}

static void bind_number(sqlite3_stmt *statement, const char *name, int64_t number)
{
	int at = sqlite3_bind_parameter_index(statement, name);

	if (at)
		sqlite3_bind_int64(statement, at, number);
}

static void bind_text(sqlite3_stmt *statement, const char *name, const char *text)
{
	int at = sqlite3_bind_parameter_index(statement, name);

	if (at && text)
		sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

static void bind_prefix(sqlite3_stmt *statement, const char *low, const char *high, const struct address_prefix *prefix)
{
	int at = sqlite3_bind_parameter_index(statement, low);

	if (!at || !prefix->size)
		return;
	sqlite3_bind_blob(statement, at, prefix->low, (int)prefix->size, SQLITE_STATIC);
	at = sqlite3_bind_parameter_index(statement, high);
	sqlite3_bind_blob(statement, at, prefix->high, (int)prefix->size, SQLITE_STATIC);
}

static void bind_question(sqlite3_stmt *statement, const struct past_question *question)
{
	const struct packet_filter *filter = &question->filter;

	bind_number(statement, ":since", question->since_ns);
	bind_number(statement, ":until", question->until_ns);
	bind_number(statement, ":since_s", question->since_ns / 1000000000);
	/* The second that has begun is part of it. */
	bind_number(statement, ":until_s", question->until_ns / 1000000000 + (question->until_ns % 1000000000 != 0));
	bind_number(statement, ":limit", question->limit ? (int64_t)question->limit : -1);
	bind_text(statement, ":rule", filter->rule);
	bind_text(statement, ":verdict", filter->verdict);
	bind_text(statement, ":interface", filter->interface);
	if (filter->protocol != ANY_NUMBER)
		bind_number(statement, ":protocol", filter->protocol);
	if (filter->port != ANY_NUMBER)
		bind_number(statement, ":port", filter->port);
	bind_prefix(statement, ":source_low", ":source_high", &filter->source);
	bind_prefix(statement, ":dest_low", ":dest_high", &filter->dest);
}

static const char *text_at(sqlite3_stmt *row, int *at)
{
	const unsigned char *text = sqlite3_column_text(row, (*at)++);

	return text ? (const char *)text : "";
}

static int64_t number_at(sqlite3_stmt *row, int *at)
{
	return sqlite3_column_int64(row, (*at)++);
}

/* An address of a database that others may have written to. */
static uint8_t address_at(sqlite3_stmt *row, int *at, uint8_t *address)
{
	const void *bytes = sqlite3_column_blob(row, *at);
	int size = sqlite3_column_bytes(row, (*at)++);

	if (!bytes || (size != 4 && size != 16))
		return 0;
	memcpy(address, bytes, (size_t)size);
	return size == 4 ? 4 : 6;
}

/* The columns ORIGIN. */
static void read_origin(sqlite3_stmt *row, int *at, struct item *item)
{
	for (size_t i = TEXT_POLICY; i <= TEXT_SUBJECT; i++)
		item->text[i] = text_at(row, at);
}

/* The columns ENDS. */
static void read_ends(sqlite3_stmt *row, int *at, struct item_ends *ends)
{
	ends->protocol = (uint8_t)number_at(row, at);
	ends->ip_version = address_at(row, at, ends->source);
	if (address_at(row, at, ends->dest) != ends->ip_version)
		ends->ip_version = 0;
	ends->source_port = (uint16_t)number_at(row, at);
	ends->dest_port = (uint16_t)number_at(row, at);
	ends->vlan = sqlite3_column_type(row, *at) == SQLITE_NULL ? ITEM_NO_VLAN : (uint16_t)sqlite3_column_int(row, *at);
	(*at)++;
	ends->tcp_flags = (uint8_t)number_at(row, at);
	ends->icmp_type = (uint8_t)number_at(row, at);
	ends->icmp_code = (uint8_t)number_at(row, at);
	ends->fragment = (uint8_t)number_at(row, at);
}

/* Runs a question; `read` makes an item of each row. *n, if not NULL, is how many there were. */
static bool ask(sqlite3 *db, const char *sql, const struct past_question *question,
		void (*read)(sqlite3_stmt *row, struct item *item), const struct past_reader *reader, size_t *n, struct failure *why)
{
	sqlite3_stmt *statement;
	struct item item;
	int result;

	if (n)
		*n = 0;
	if (sqlite3_prepare_v2(db, sql, -1, &statement, NULL) != SQLITE_OK)
		return fail(db, why);
	bind_question(statement, question);
	while ((result = sqlite3_step(statement)) == SQLITE_ROW) {
		read(statement, &item);
		if (n)
			(*n)++;
		if (!reader->take(reader->context, &item)) {
			result = SQLITE_DONE;
			break;
		}
	}
	if (result != SQLITE_DONE)
		fail(db, why);
	sqlite3_finalize(statement);
	return result == SQLITE_DONE;
}

static void read_event(sqlite3_stmt *row, struct item *item)
{
	int at = 0, size;

	item_clear(item, ITEM_EVENT);
	item->time_ns = number_at(row, &at);
	item->generation = (uint32_t)number_at(row, &at);
	item->line = (uint32_t)number_at(row, &at);
	item->bytes = (uint64_t)number_at(row, &at);
	item->packets = 1;
	item->sampling = (uint32_t)number_at(row, &at);
	item->frame = sqlite3_column_blob(row, at);
	size = sqlite3_column_bytes(row, at++);
	item->captured = size > ITEM_FRAME_BYTES ? ITEM_FRAME_BYTES : (uint32_t)size;
	read_origin(row, &at, item);
	read_ends(row, &at, &item->ends);
}

#define EVENTS "SELECT t.time, t.generation, t.line, t.bytes, t.sampling, t.frame, " ORIGIN ", " ENDS ", t.sequence, t.run" \
	" FROM events t JOIN origins o ON o.id = t.origin" WHERE

bool past_events(sqlite3 *db, const struct past_question *question, const struct past_reader *reader, struct failure *why)
{
	return ask(db, question->limit
		   ? "SELECT * FROM (" EVENTS " ORDER BY t.time DESC, t.sequence DESC, t.run DESC LIMIT :limit) ORDER BY time, sequence, run"
		   : EVENTS " ORDER BY t.time, t.sequence, t.run", question, read_event, reader, NULL, why);
}

static void read_lost(sqlite3_stmt *row, struct item *item)
{
	int at = 0;

	item_clear(item, ITEM_LOST);
	item->time_ns = number_at(row, &at);
	item->generation = (uint32_t)number_at(row, &at);
	item->packets = (uint64_t)number_at(row, &at);
	read_origin(row, &at, item);
}

bool past_lost(sqlite3 *db, const struct past_question *question, const struct past_reader *reader, struct failure *why)
{
	return ask(db, "SELECT max(t.time), t.generation, sum(t.packets), " ORIGIN " FROM lost t JOIN origins o ON o.id = t.origin"
		   " WHERE " OF_TIME " GROUP BY o.policy, o.name, t.generation ORDER BY 1", question, read_lost, reader, NULL, why);
}

static void read_alert(sqlite3_stmt *row, struct item *item)
{
	int at = 0;

	item_clear(item, ITEM_ALERT);
	item->time_ns = number_at(row, &at);
	item->generation = (uint32_t)number_at(row, &at);
	item->line = (uint32_t)number_at(row, &at);
	item->packets = (uint64_t)number_at(row, &at);
	item->bytes = (uint64_t)number_at(row, &at);
	item->score = sqlite3_column_double(row, at++);
	item->value = sqlite3_column_double(row, at++);
	item->expected = sqlite3_column_double(row, at++);
	read_origin(row, &at, item);
	item->text[TEXT_SUBJECT] = text_at(row, &at);
	item->text[TEXT_DETAIL] = text_at(row, &at);
}

bool past_alerts(sqlite3 *db, const struct past_question *question, const struct past_reader *reader, struct failure *why)
{
	return ask(db, "SELECT * FROM (SELECT t.time, t.generation, t.line, t.packets, t.bytes, t.score, t.value, t.expected, " ORIGIN
		   ", t.subject, t.detail, t.sequence, t.run FROM alerts t JOIN origins o ON o.id = t.origin WHERE " OF_TIME " AND "
		   OF_ORIGIN " ORDER BY t.time DESC, t.sequence DESC, t.run DESC LIMIT :limit) ORDER BY time, sequence, run",
		   question, read_alert, reader, NULL, why);
}

/* An aggregate that SQLite does not have: all flags that were seen. */
static void or_step(sqlite3_context *context, int n, sqlite3_value **values)
{
	sqlite3_int64 *sum = sqlite3_aggregate_context(context, sizeof(*sum));

	if (sum && n == 1)
		*sum |= sqlite3_value_int64(values[0]);
}

static void or_final(sqlite3_context *context)
{
	sqlite3_int64 *sum = sqlite3_aggregate_context(context, sizeof(*sum));

	sqlite3_result_int64(context, sum ? *sum : 0);
}

static void read_flow(sqlite3_stmt *row, struct item *item)
{
	int at = 0;

	item_clear(item, ITEM_FLOW);
	item->first_ns = number_at(row, &at);
	item->last_ns = number_at(row, &at);
	item->time_ns = item->last_ns;
	item->generation = (uint32_t)number_at(row, &at);
	item->line = (uint32_t)number_at(row, &at);
	item->packets = item->packets_total = (uint64_t)number_at(row, &at);
	item->bytes = item->bytes_total = (uint64_t)number_at(row, &at);
	item->end = FLOW_END_ACTIVE;
	read_origin(row, &at, item);
	read_ends(row, &at, &item->ends);
	item->ends.tcp_flags = (uint8_t)number_at(row, &at);
}

bool past_flows(sqlite3 *db, const struct past_question *question, const struct past_reader *reader, struct failure *why)
{
	if (sqlite3_create_function(db, "bit_or", 1, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, NULL, or_step, or_final) != SQLITE_OK)
		return fail(db, why);
	return ask(db, "SELECT min(t.first), max(t.last), max(t.generation), max(t.line), sum(t.packets), sum(t.bytes) AS size, " ORIGIN
		   ", " ENDS ", bit_or(t.tcp_flags) FROM flows t JOIN origins o ON o.id = t.origin" WHERE
		   " GROUP BY t.source, t.dest, t.protocol, t.source_port, t.dest_port, t.vlan, t.icmp_type, t.icmp_code, o.interface,"
		   " o.direction, o.policy, o.block, o.rule, o.verdict"
		   " ORDER BY size DESC, sum(t.packets) DESC, t.source, t.dest, t.source_port, t.dest_port LIMIT :limit",
		   question, read_flow, reader, NULL, why);
}

static void read_rule(sqlite3_stmt *row, struct item *item)
{
	int at = 0;

	item_clear(item, ITEM_RULE);
	item->generation = (uint32_t)number_at(row, &at);
	item->line = (uint32_t)number_at(row, &at);
	item->packets = (uint64_t)number_at(row, &at);
	item->bytes = (uint64_t)number_at(row, &at);
	read_origin(row, &at, item);
}

bool past_rules(sqlite3 *db, const struct past_question *question, const struct past_reader *reader, struct failure *why)
{
	return ask(db, STEPS "SELECT max(o.generation), o.line, sum(c.packets), sum(c.bytes), " ORIGIN " FROM c JOIN origins o"
		   " ON o.id = c.origin WHERE o.kind = 'rule' AND " OF_ORIGIN
		   " GROUP BY o.policy, o.block, o.rule, o.verdict, o.direction"
		   " ORDER BY o.policy, o.block, o.rule IN ('default', 'non-ip', 'malformed'), o.line, o.rule LIMIT :limit",
		   question, read_rule, reader, NULL, why);
}

static void read_talker(sqlite3_stmt *row, struct item *item)
{
	int at = 0;

	item_clear(item, ITEM_FLOW);
	item->ends.ip_version = address_at(row, &at, item->ends.source);
	item->packets = (uint64_t)number_at(row, &at);
	item->bytes = (uint64_t)number_at(row, &at);
	item->first_ns = number_at(row, &at);
	item->last_ns = number_at(row, &at);
}

static void read_protocol(sqlite3_stmt *row, struct item *item)
{
	static char number[ITEM_WORDS_SIZE];
	int at = 0;

	item_clear(item, ITEM_TRAFFIC);
	if (sqlite3_column_type(row, 0) == SQLITE_INTEGER)
		item_protocol((uint8_t)sqlite3_column_int(row, at++), number);
	else
		snprintf(number, sizeof(number), "%s", text_at(row, &at));
	item->text[TEXT_NAME] = *number ? number : "non-ip";
	item->packets = (uint64_t)number_at(row, &at);
	item->bytes = (uint64_t)number_at(row, &at);
}

/* The first of several questions that has an answer. */
static bool ask_first(sqlite3 *db, const char *const *sql, const enum past_basis *bases, size_t n,
		      const struct past_question *question, void (*read)(sqlite3_stmt *row, struct item *item),
		      const struct past_reader *reader, enum past_basis *basis, struct failure *why)
{
	for (size_t i = 0; i < n; i++) {
		size_t rows;

		if (!ask(db, sql[i], question, read, reader, &rows, why))
			return false;
		if (rows) {
			*basis = bases[i];
			return true;
		}
	}
	*basis = PAST_BASIS_NONE;
	return true;
}

#define TALKERS(end, first, last, table, packets) \
	"SELECT t." end ", sum(" packets "), sum(t.bytes) AS size, min(t." first "), max(t." last ") FROM " table " t JOIN origins o" \
	" ON o.id = t.origin" WHERE " AND t." end " IS NOT NULL GROUP BY t." end " ORDER BY size DESC, t." end " LIMIT :limit"

bool past_talkers(sqlite3 *db, const struct past_question *question, bool dest, const struct past_reader *reader,
		  enum past_basis *basis, struct failure *why)
{
	static const char *const by_source[] = { TALKERS("source", "first", "last", "flows", "t.packets"),
						 TALKERS("source", "time", "time", "events", "1") };
	static const char *const by_dest[] = { TALKERS("dest", "first", "last", "flows", "t.packets"),
					       TALKERS("dest", "time", "time", "events", "1") };
	static const enum past_basis bases[] = { PAST_BASIS_FLOWS, PAST_BASIS_EVENTS };

	return ask_first(db, dest ? by_dest : by_source, bases, 2, question, read_talker, reader, basis, why);
}

bool past_protocols(sqlite3 *db, const struct past_question *question, const struct past_reader *reader,
		    enum past_basis *basis, struct failure *why)
{
	static const char *const sql[] = {
		STEPS "SELECT o.name, sum(c.packets), sum(c.bytes) AS size FROM c JOIN origins o ON o.id = c.origin"
		" WHERE o.kind = 'traffic' AND " OF_ORIGIN " GROUP BY o.name HAVING sum(c.packets) > 0 ORDER BY size DESC, o.name"
		" LIMIT :limit",
		"SELECT t.protocol, sum(t.packets), sum(t.bytes) AS size FROM flows t JOIN origins o ON o.id = t.origin" WHERE
		" GROUP BY t.protocol ORDER BY size DESC, t.protocol LIMIT :limit",
		"SELECT t.protocol, count(*), sum(t.bytes) AS size FROM events t JOIN origins o ON o.id = t.origin" WHERE
		" GROUP BY t.protocol ORDER BY size DESC, t.protocol LIMIT :limit",
	};
	static const enum past_basis bases[] = { PAST_BASIS_TRAFFIC, PAST_BASIS_FLOWS, PAST_BASIS_EVENTS };
	/* Counters know neither rules nor ends; with a sample of several a packet would count twice. */
	size_t from = question->filter.rule || packet_filter_wants_packets(&question->filter) ? 1 : 0;

	return ask_first(db, sql + from, bases + from, 3 - from, question, read_protocol, reader, basis, why);
}
