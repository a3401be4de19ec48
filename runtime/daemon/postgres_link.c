/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "postgres_link.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* How often a call that waits looks whether sentryd has to end. */
#define LOOK_MS 100
#define CHUNK (256 * 1024)

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void wait_anew(struct postgres_link *link)
{
	link->give_up_at = now_ms() + (int64_t)link->timeout_ms;
}

static void begin(struct postgres_link *link)
{
	wait_anew(link);
	link->state[0] = '\0';
}

/*
 * Until the socket has something to read, or room to write if that is asked for. False: not in time, which begins anew as
 * long as something goes out.
 */
static bool wait_socket(struct postgres_link *link, bool write)
{
	struct pollfd poll_fd = { .fd = PQsocket(link->connection), .events = POLLIN };

	if (poll_fd.fd < 0)
		return true; /* libpq will say so */
	if (write)
		poll_fd.events |= POLLOUT;
	while (!sink_stopping()) {
		uint64_t unsent = sink_unsent(poll_fd.fd);
		int64_t left;

		if (unsent < link->unsent)
			wait_anew(link);
		link->unsent = unsent;
		left = link->give_up_at - now_ms();
		if (left <= 0)
			return false;
		if (poll(&poll_fd, 1, (int)(left < LOOK_MS ? left : LOOK_MS)) > 0)
			return true;
	}
	return false;
}

/* The first line, which has the message; those below quote the statement. */
static enum sink_result fail_with(struct sink_error *error, enum sink_result result, const char *message)
{
	int length = (int)strcspn(message, "\n");

	return sink_fail(error, result, "%.*s", length, message);
}

static enum sink_result broken(struct postgres_link *link, struct sink_error *error)
{
	return fail_with(error, SINK_RETRY, PQerrorMessage(link->connection));
}

static enum sink_result late(struct postgres_link *link, struct sink_error *error)
{
	return sink_fail(error, SINK_RETRY, "no answer within %llu ms", (unsigned long long)link->timeout_ms);
}

/*
 * What may be otherwise next time: a lost connection, the wrong moment, no room, a lock, a standby that becomes the
 * primary. All else stays as it is, however often it is tried.
 */
static bool may_pass(const char *state)
{
	static const char *const passing[] = { "08", "40", "53", "55", "57", "58", "XX", "25006", "25P", NULL };

	for (const char *const *class = passing; *class; class++) {
		if (strncmp(state, *class, strlen(*class)) == 0)
			return true;
	}
	return !*state;
}

static enum sink_result judge(struct postgres_link *link, const PGresult *result, struct sink_error *error)
{
	const char *state = PQresultErrorField(result, PG_DIAG_SQLSTATE);
	const char *text = PQresultErrorField(result, PG_DIAG_MESSAGE_PRIMARY);

	strncpy(link->state, state ? state : "", sizeof(link->state) - 1);
	if (!text)
		return fail_with(error, may_pass(link->state) ? SINK_RETRY : SINK_REFUSED, PQresultErrorMessage(result));
	return sink_fail(error, may_pass(link->state) ? SINK_RETRY : SINK_REFUSED, "%.*s (SQLSTATE %s)",
			 (int)strcspn(text, "\n"), text, link->state);
}

bool postgres_connected(const struct postgres_link *link)
{
	return link->connection && PQstatus(link->connection) == CONNECTION_OK;
}

void postgres_disconnect(struct postgres_link *link)
{
	PQfinish(link->connection);
	link->connection = NULL;
}

static void ignore_notice(void *context, const PGresult *result)
{
}

enum sink_result postgres_connect(struct postgres_link *link, struct sink_error *error)
{
	/* Those before `dbname` give way to the connection string, those behind it do not. */
	const char *const keywords[] = { "fallback_application_name", "keepalives_idle", "keepalives_interval",
					 "keepalives_count", "tcp_user_timeout", "dbname", "client_encoding",
					 link->password ? "password" : NULL, NULL };
	const char *const values[] = { "sentryd", "30", "10", "3", "30000", link->conninfo, "UTF8", link->password, NULL };
	PostgresPollingStatusType next = PGRES_POLLING_WRITING;
	enum sink_result result = SINK_DONE;

	postgres_disconnect(link);
	begin(link);
	link->connection = PQconnectStartParams(keywords, values, 1);
	if (!link->connection)
		return sink_fail(error, SINK_RETRY, "no memory for a connection");
	PQsetNoticeReceiver(link->connection, ignore_notice, NULL);
	if (PQstatus(link->connection) == CONNECTION_BAD)
		result = broken(link, error);
	while (result == SINK_DONE && next != PGRES_POLLING_OK) {
		if (!wait_socket(link, next == PGRES_POLLING_WRITING))
			result = late(link, error);
		else if ((next = PQconnectPoll(link->connection)) == PGRES_POLLING_FAILED)
			result = broken(link, error);
	}
	if (result == SINK_DONE && PQsetnonblocking(link->connection, 1) != 0)
		result = broken(link, error);
	if (result != SINK_DONE)
		postgres_disconnect(link);
	return result;
}

/* All that was said goes out. What comes in meanwhile is taken, or both sides would wait for each other. */
static enum sink_result flush(struct postgres_link *link, struct sink_error *error)
{
	for (;;) {
		int left = PQflush(link->connection);

		if (left == 0)
			return SINK_DONE;
		if (left < 0)
			return broken(link, error);
		if (!wait_socket(link, true))
			return late(link, error);
		if (!PQconsumeInput(link->connection))
			return broken(link, error);
	}
}

static enum sink_result next_result(struct postgres_link *link, PGresult **result, struct sink_error *error)
{
	*result = NULL;
	while (PQisBusy(link->connection)) {
		if (!wait_socket(link, false))
			return late(link, error);
		if (!PQconsumeInput(link->connection))
			return broken(link, error);
	}
	*result = PQgetResult(link->connection);
	return SINK_DONE;
}

/* What was asked is answered to its end; the first error counts, the last rows are kept. */
static enum sink_result finish(struct postgres_link *link, PGresult **rows, struct sink_error *error)
{
	enum sink_result outcome = SINK_DONE;
	PGresult *result;

	for (;;) {
		if (next_result(link, &result, error) != SINK_DONE)
			return SINK_RETRY;
		if (!result)
			return outcome;
		switch (PQresultStatus(result)) {
		case PGRES_TUPLES_OK:
			if (rows) {
				PQclear(*rows);
				*rows = result;
				continue;
			}
			break;
		case PGRES_COMMAND_OK:
			break;
		case PGRES_COPY_IN:
			/* Only if a COPY was asked for where none should be. */
			PQclear(result);
			return sink_fail(error, SINK_REFUSED, "the server waits for data");
		default:
			if (outcome == SINK_DONE)
				outcome = judge(link, result, error);
		}
		PQclear(result);
		if (PQstatus(link->connection) != CONNECTION_OK)
			return outcome == SINK_DONE ? broken(link, error) : outcome;
	}
}

enum sink_result postgres_script(struct postgres_link *link, const char *sql, struct sink_error *error)
{
	begin(link);
	if (!PQsendQuery(link->connection, sql))
		return broken(link, error);
	if (flush(link, error) != SINK_DONE)
		return SINK_RETRY;
	return finish(link, NULL, error);
}

enum sink_result postgres_ask(struct postgres_link *link, PGresult **rows, const char *sql, int n,
			      const char *const *parameters, struct sink_error *error)
{
	enum sink_result result;

	if (rows)
		*rows = NULL;
	begin(link);
	if (!PQsendQueryParams(link->connection, sql, n, NULL, parameters, NULL, NULL, 0))
		return broken(link, error);
	result = flush(link, error);
	if (result == SINK_DONE)
		result = finish(link, rows, error);
	if (result != SINK_DONE && rows) {
		PQclear(*rows);
		*rows = NULL;
	} else if (rows && !*rows) {
		result = sink_fail(error, SINK_REFUSED, "the server answered without rows");
	}
	return result;
}

/* Each piece that goes out begins the time anew: a slow link is no silent one. */
static enum sink_result send_data(struct postgres_link *link, const char *data, size_t size, struct sink_error *error)
{
	while (size) {
		size_t piece = size < CHUNK ? size : CHUNK;
		int sent = PQputCopyData(link->connection, data, (int)piece);

		if (sent < 0)
			return broken(link, error);
		if (sent > 0) {
			data += piece;
			size -= piece;
		}
		begin(link);
		if (flush(link, error) != SINK_DONE)
			return SINK_RETRY;
	}
	return SINK_DONE;
}

enum sink_result postgres_copy(struct postgres_link *link, const char *sql, const char *data, size_t size,
			       struct sink_error *error)
{
	struct sink_error ignored;
	PGresult *result;
	bool copying;
	int ended;

	begin(link);
	if (!PQsendQuery(link->connection, sql))
		return broken(link, error);
	if (flush(link, error) != SINK_DONE || next_result(link, &result, error) != SINK_DONE)
		return SINK_RETRY;
	copying = PQresultStatus(result) == PGRES_COPY_IN;
	if (!copying) {
		enum sink_result outcome = judge(link, result, error);

		PQclear(result);
		if (finish(link, NULL, &ignored) != SINK_DONE)
			postgres_disconnect(link);
		return outcome;
	}
	PQclear(result);
	if (send_data(link, data, size, error) != SINK_DONE)
		return SINK_RETRY;
	while ((ended = PQputCopyEnd(link->connection, NULL)) == 0) {
		if (!wait_socket(link, true))
			return late(link, error);
	}
	if (ended < 0)
		return broken(link, error);
	if (flush(link, error) != SINK_DONE)
		return SINK_RETRY;
	return finish(link, NULL, error);
}
