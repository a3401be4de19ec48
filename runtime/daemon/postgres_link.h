/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A connection to PostgreSQL that never waits longer than it may: libpq's own calls for connecting, asking and copying
 * wait as long as the other side likes, so all is done without blocking, and the waiting here.
 */
#ifndef SENTRY_DAEMON_POSTGRES_LINK_H
#define SENTRY_DAEMON_POSTGRES_LINK_H

#include "sink.h"

#include <libpq-fe.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct postgres_link {
	const char *conninfo; /* of the configuration, as its password */
	const char *password; /* NULL: as libpq finds it */
	uint64_t timeout_ms;  /* without an answer */
	PGconn *connection;   /* NULL: none */
	int64_t give_up_at;   /* of the call that waits; CLOCK_MONOTONIC, ms */
	uint64_t unsent;      /* bytes, when that was looked at last */
	char state[6];        /* SQLSTATE of the last error; "" if it has none */
};

/* Is there a connection that works, as far as is known? */
bool postgres_connected(const struct postgres_link *link);
enum sink_result postgres_connect(struct postgres_link *link, struct sink_error *error);
void postgres_disconnect(struct postgres_link *link);

/* One or several statements without parameters; what they answer is not looked at. */
enum sink_result postgres_script(struct postgres_link *link, const char *sql, struct sink_error *error);

/* One statement with text parameters $1, $2…; its rows in `*rows`, to be cleared by PQclear(), unless `rows` is NULL. */
enum sink_result postgres_ask(struct postgres_link *link, PGresult **rows, const char *sql, int n,
			      const char *const *parameters, struct sink_error *error);

/* COPY … FROM STDIN with its data. */
enum sink_result postgres_copy(struct postgres_link *link, const char *sql, const char *data, size_t size,
			       struct sink_error *error);

#endif
