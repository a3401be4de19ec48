/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "postgres_schema.h"

#include "item_columns.h"
#include "text_buffer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_SECONDS 86400

/* Who wants a lock waits no longer than this: writers stand behind it. */
#define LOCK_MS 2000

/*
 * Each brings the schema from the version before to its own. One that was released never changes: a column more is one
 * migration more. Columns stand in the order of item_columns.c only for those who read.
 */
static const char *const migrations[POSTGRES_SCHEMA_VERSION] = {
	/* 1: what policies say, and what was written by whom. */
	"CREATE TABLE events (\n"
	"  time timestamptz NOT NULL, host text NOT NULL, run bigint NOT NULL, sequence bigint NOT NULL,\n"
	"  generation bigint NOT NULL, policy text NOT NULL, block text NOT NULL, rule text NOT NULL, rule_line bigint,\n"
	"  verdict text NOT NULL, direction text NOT NULL, interface text NOT NULL, hook text NOT NULL,\n"
	"  kind text NOT NULL, detection text NOT NULL, source_ip inet, source_port integer, dest_ip inet,\n"
	"  dest_port integer, protocol text NOT NULL, tcp_flags text NOT NULL, icmp_type smallint, icmp_code smallint,\n"
	"  fragment text NOT NULL, vlan integer, community_id text NOT NULL, bytes bigint NOT NULL,\n"
	"  sampling bigint NOT NULL, frame bytea) PARTITION BY RANGE (time);\n"
	"CREATE INDEX events_time ON events USING brin (time);\n"
	"CREATE INDEX events_rule ON events (rule, time);\n"
	"CREATE INDEX events_source ON events (source_ip, time);\n"
	"CREATE TABLE flows (\n"
	"  time timestamptz NOT NULL, host text NOT NULL, run bigint NOT NULL, sequence bigint NOT NULL,\n"
	"  generation bigint NOT NULL, policy text NOT NULL, block text NOT NULL, rule text NOT NULL, rule_line bigint,\n"
	"  verdict text NOT NULL, direction text NOT NULL, interface text NOT NULL, hook text NOT NULL, source_ip inet,\n"
	"  source_port integer, dest_ip inet, dest_port integer, protocol text NOT NULL, tcp_flags text NOT NULL,\n"
	"  icmp_type smallint, icmp_code smallint, fragment text NOT NULL, vlan integer, community_id text NOT NULL,\n"
	"  packets bigint NOT NULL, bytes bigint NOT NULL, packets_total bigint NOT NULL, bytes_total bigint NOT NULL,\n"
	"  first_seen timestamptz NOT NULL, last_seen timestamptz NOT NULL, flow_end text NOT NULL)\n"
	"  PARTITION BY RANGE (time);\n"
	"CREATE INDEX flows_time ON flows USING brin (time);\n"
	"CREATE INDEX flows_rule ON flows (rule, time);\n"
	"CREATE INDEX flows_source ON flows (source_ip, time);\n"
	"CREATE TABLE rules (\n"
	"  time timestamptz NOT NULL, host text NOT NULL, run bigint NOT NULL, sequence bigint NOT NULL,\n"
	"  generation bigint NOT NULL, policy text NOT NULL, block text NOT NULL, rule text NOT NULL, rule_line bigint,\n"
	"  verdict text NOT NULL, direction text NOT NULL, interface text NOT NULL, hook text NOT NULL,\n"
	"  packets bigint NOT NULL, bytes bigint NOT NULL, packets_total bigint NOT NULL, bytes_total bigint NOT NULL)\n"
	"  PARTITION BY RANGE (time);\n"
	"CREATE INDEX rules_time ON rules USING brin (time);\n"
	"CREATE INDEX rules_rule ON rules (rule, time);\n"
	"CREATE TABLE alerts (\n"
	"  time timestamptz NOT NULL, host text NOT NULL, run bigint NOT NULL, sequence bigint NOT NULL,\n"
	"  generation bigint NOT NULL, policy text NOT NULL, block text NOT NULL, rule text NOT NULL, rule_line bigint,\n"
	"  verdict text NOT NULL, direction text NOT NULL, interface text NOT NULL, hook text NOT NULL,\n"
	"  alert text NOT NULL, subject text NOT NULL, score double precision NOT NULL, value double precision NOT NULL,\n"
	"  expected double precision NOT NULL, message text NOT NULL, source_ip inet, source_port integer, dest_ip inet,\n"
	"  dest_port integer, protocol text NOT NULL, tcp_flags text NOT NULL, icmp_type smallint, icmp_code smallint,\n"
	"  fragment text NOT NULL, vlan integer, community_id text NOT NULL) PARTITION BY RANGE (time);\n"
	"CREATE INDEX alerts_time ON alerts USING brin (time);\n"
	"CREATE TABLE lost (\n"
	"  time timestamptz NOT NULL, host text NOT NULL, run bigint NOT NULL, sequence bigint NOT NULL,\n"
	"  generation bigint NOT NULL, policy text NOT NULL, interface text NOT NULL, what text NOT NULL,\n"
	"  lost bigint NOT NULL, bytes bigint NOT NULL) PARTITION BY RANGE (time);\n"
	"CREATE INDEX lost_time ON lost USING brin (time);\n"
	"CREATE TABLE writers (host text, sink text, last_write timestamptz NOT NULL, PRIMARY KEY (host, sink));\n"
	"CREATE TABLE written (\n"
	"  host text, sink text, run bigint, first bigint, last bigint NOT NULL, at timestamptz NOT NULL,\n"
	"  PRIMARY KEY (host, sink, run, first));\n",
	/* 2: accounting by interface. */
	"CREATE TABLE traffic (\n"
	"  time timestamptz NOT NULL, host text NOT NULL, run bigint NOT NULL, sequence bigint NOT NULL,\n"
	"  generation bigint NOT NULL, direction text NOT NULL, interface text NOT NULL, hook text NOT NULL,\n"
	"  protocol text NOT NULL, verdict text NOT NULL, packets bigint NOT NULL, bytes bigint NOT NULL,\n"
	"  packets_total bigint NOT NULL, bytes_total bigint NOT NULL) PARTITION BY RANGE (time);\n"
	"CREATE INDEX traffic_time ON traffic USING brin (time);\n"
	"CREATE TABLE flags (\n"
	"  time timestamptz NOT NULL, host text NOT NULL, run bigint NOT NULL, sequence bigint NOT NULL,\n"
	"  generation bigint NOT NULL, direction text NOT NULL, interface text NOT NULL, hook text NOT NULL,\n"
	"  tcp_flags text NOT NULL, packets bigint NOT NULL, bytes bigint NOT NULL, packets_total bigint NOT NULL,\n"
	"  bytes_total bigint NOT NULL) PARTITION BY RANGE (time);\n"
	"CREATE INDEX flags_time ON flags USING brin (time);\n",
};

bool postgres_schema_name_is_plain(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789_");

	return length > 0 && length < POSTGRES_NAME_SIZE && !name[length] && !(name[0] >= '0' && name[0] <= '9');
}

/* The search path is of the transaction alone, as a pooler may give the next one to another connection. */
enum sink_result postgres_begin(struct postgres_link *link, const struct postgres_schema *schema,
				struct sink_error *error)
{
	char sql[512];

	snprintf(sql, sizeof(sql),
		 "BEGIN; SET LOCAL search_path TO %s; SET LOCAL statement_timeout TO %llu; SET LOCAL lock_timeout TO %d; "
		 "SET LOCAL idle_in_transaction_session_timeout TO %llu",
		 schema->name, (unsigned long long)schema->timeout_ms, LOCK_MS, (unsigned long long)schema->timeout_ms * 3);
	return postgres_script(link, sql, error);
}

/* Those who change tables of the same schema do so one after another, also before there is any table to lock. */
static enum sink_result begin_alone(struct postgres_link *link, const struct postgres_schema *schema,
				    struct sink_error *error)
{
	const char *const parameters[] = { schema->name };
	enum sink_result result = postgres_begin(link, schema, error);

	if (result == SINK_DONE)
		result = postgres_ask(link, NULL, "SELECT pg_advisory_xact_lock(hashtext('packet-sentry'), hashtext($1))", 1,
				      parameters, error);
	return result;
}

/* After an error a transaction is of no more use; what cannot even be rolled back is no connection any more. */
static enum sink_result end(struct postgres_link *link, enum sink_result result, struct sink_error *error)
{
	struct sink_error ignored;

	if (result == SINK_DONE)
		return postgres_script(link, "COMMIT", error);
	if (postgres_connected(link) && postgres_script(link, "ROLLBACK", &ignored) != SINK_DONE)
		postgres_disconnect(link);
	return result;
}

static enum sink_result ask_text(struct postgres_link *link, const char *sql, const char *parameter, char *text,
				 size_t size, struct sink_error *error)
{
	PGresult *rows;
	enum sink_result result = postgres_ask(link, &rows, sql, parameter ? 1 : 0, &parameter, error);

	if (result != SINK_DONE)
		return result;
	snprintf(text, size, "%s", PQntuples(rows) == 1 && PQnfields(rows) == 1 ? PQgetvalue(rows, 0, 0) : "");
	PQclear(rows);
	return SINK_DONE;
}

/* 0: there is nothing yet. */
static enum sink_result version_of(struct postgres_link *link, const struct postgres_schema *schema, long *version,
				   struct sink_error *error)
{
	char text[32], table[POSTGRES_NAME_SIZE + 32];
	enum sink_result result;

	snprintf(table, sizeof(table), "%s.schema_version", schema->name);
	*version = 0;
	result = ask_text(link, "SELECT to_regclass($1) IS NOT NULL", table, text, sizeof(text), error);
	if (result != SINK_DONE || strcmp(text, "t") != 0)
		return result;
	result = ask_text(link, "SELECT coalesce(max(version), 0) FROM schema_version", NULL, text, sizeof(text), error);
	*version = strtol(text, NULL, 10);
	return result;
}

static enum sink_result check_encoding(struct postgres_link *link, struct sink_error *error)
{
	const char *encoding = PQparameterStatus(link->connection, "server_encoding");

	if (encoding && strcmp(encoding, "UTF8") != 0)
		return sink_fail(error, SINK_REFUSED, "the database has the encoding %s; names of rules need UTF8", encoding);
	return SINK_DONE;
}

static enum sink_result first_tables(struct postgres_link *link, const struct postgres_schema *schema,
				     struct sink_error *error)
{
	char sql[256], there[8];
	enum sink_result result;

	/* CREATE … IF NOT EXISTS asks for the right to create before it looks. */
	result = ask_text(link, "SELECT to_regnamespace($1) IS NOT NULL", schema->name, there, sizeof(there), error);
	if (result == SINK_DONE && strcmp(there, "t") != 0) {
		snprintf(sql, sizeof(sql), "CREATE SCHEMA %s", schema->name);
		result = postgres_script(link, sql, error);
	}
	if (result == SINK_DONE)
		result = postgres_script(link,
					 "CREATE TABLE schema_version (version integer PRIMARY KEY, "
					 "since timestamptz NOT NULL DEFAULT now())",
					 error);
	return result;
}

static enum sink_result bring_forward(struct postgres_link *link, const struct postgres_schema *schema, long version,
				      struct sink_error *error)
{
	enum sink_result result = SINK_DONE;
	char sql[128];

	if (version == 0)
		result = first_tables(link, schema, error);
	for (; result == SINK_DONE && version < POSTGRES_SCHEMA_VERSION; version++) {
		result = postgres_script(link, migrations[version], error);
		snprintf(sql, sizeof(sql), "INSERT INTO schema_version (version) VALUES (%ld)", version + 1);
		if (result == SINK_DONE)
			result = postgres_script(link, sql, error);
	}
	return result;
}

enum sink_result postgres_schema_check(struct postgres_link *link, const struct postgres_schema *schema,
				       struct sink_error *error)
{
	enum sink_result result = check_encoding(link, error);
	long version = 0;

	if (result != SINK_DONE)
		return result;
	result = begin_alone(link, schema, error);
	if (result == SINK_DONE)
		result = version_of(link, schema, &version, error);
	if (result == SINK_DONE && version > POSTGRES_SCHEMA_VERSION)
		result = sink_fail(error, SINK_REFUSED, "the tables in schema %s are of version %ld, this sentryd knows %d",
				   schema->name, version, POSTGRES_SCHEMA_VERSION);
	if (result == SINK_DONE && version < POSTGRES_SCHEMA_VERSION && !schema->migrate)
		result = sink_fail(error, SINK_REFUSED,
				   "the tables in schema %s are of version %ld, %d is needed, and `migrate` is off",
				   schema->name, version, POSTGRES_SCHEMA_VERSION);
	if (result == SINK_DONE)
		result = bring_forward(link, schema, version, error);
	return end(link, result, error);
}

static void day_text(int64_t day, const char *format, char text[static 32])
{
	time_t seconds = (time_t)(day * DAY_SECONDS);
	struct tm utc;

	gmtime_r(&seconds, &utc);
	strftime(text, 32, format, &utc);
}

/*
 * A partition is made apart and then attached, since CREATE TABLE … PARTITION OF would wait for everyone who reads the table,
 * and all who write would wait behind it.
 */
static void add_partition(struct text_buffer *sql, const char *table, int64_t day)
{
	char name[32], from[32], to[32];

	day_text(day, "%Y%m%d", name);
	day_text(day, "%Y-%m-%d 00:00:00+00", from);
	day_text(day + 1, "%Y-%m-%d 00:00:00+00", to);
	text_print(sql,
		   "IF NOT EXISTS (SELECT FROM pg_inherits WHERE inhparent = '%s'::regclass "
		   "AND inhrelid = to_regclass('%s_%s')) THEN CREATE TABLE %s_%s (LIKE %s INCLUDING ALL); "
		   "ALTER TABLE %s ATTACH PARTITION %s_%s FOR VALUES FROM ('%s') TO ('%s'); END IF; ",
		   table, table, name, table, name, table, table, table, name, from, to);
}

enum sink_result postgres_schema_day(struct postgres_link *link, const struct postgres_schema *schema, int64_t day,
				     struct sink_error *error)
{
	struct text_buffer sql = { 0 };
	enum sink_result result = begin_alone(link, schema, error);

	text_add(&sql, "DO $$ BEGIN ");
	for (const char *const *table = item_table_names; *table; table++)
		add_partition(&sql, *table, day);
	text_add(&sql, "END $$");
	if (result == SINK_DONE)
		result = postgres_script(link, text_string(&sql), error);
	text_free(&sql);
	return end(link, result, error);
}

/* Partitions by the names that they have here: those that somebody else attached stay. */
static const char old_partitions[] =
	"SELECT c.relname FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_class p ON p.oid = i.inhparent "
	"JOIN pg_namespace n ON n.oid = p.relnamespace AND n.oid = c.relnamespace WHERE n.nspname = $1 "
	"AND c.relname ~ ('^' || p.relname || '_[0-9]{8}$') AND right(c.relname, 8) < $2 ORDER BY right(c.relname, 8)";

enum sink_result postgres_schema_drop(struct postgres_link *link, const struct postgres_schema *schema, int64_t before,
				      struct sink_error *error)
{
	char day[32], sql[POSTGRES_NAME_SIZE + 32];
	const char *const parameters[] = { schema->name, day };
	enum sink_result result;
	PGresult *rows;

	day_text(before, "%Y%m%d", day);
	result = postgres_ask(link, &rows, old_partitions, 2, parameters, error);
	for (int i = 0; result == SINK_DONE && i < PQntuples(rows); i++) {
		/* One transaction each: a reader of one table holds up that one alone. */
		result = postgres_begin(link, schema, error);
		snprintf(sql, sizeof(sql), "DROP TABLE IF EXISTS %s", PQgetvalue(rows, i, 0));
		if (result == SINK_DONE)
			result = postgres_script(link, sql, error);
		result = end(link, result, error);
	}
	PQclear(rows);
	return result;
}

enum sink_result postgres_schema_forget(struct postgres_link *link, const struct postgres_schema *schema,
					struct sink_error *error)
{
	enum sink_result result = postgres_begin(link, schema, error);

	if (result == SINK_DONE)
		result = postgres_script(link, "DELETE FROM written WHERE at < now() - interval '30 days'", error);
	return end(link, result, error);
}
