/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Questions to the history. All answers are items; what they point to is valid during the call. */
#ifndef SENTRY_PAST_QUERY_H
#define SENTRY_PAST_QUERY_H

#include "item.h"
#include "packet_filter.h"
#include "past_db.h"

struct past_question {
	struct packet_filter filter;
	int64_t since_ns, until_ns; /* from one, and before the other */
	uint64_t limit;             /* 0: all */
};

struct past_reader {
	void *context;
	bool (*take)(void *context, const struct item *item); /* false ends it, which is no failure */
};

/* In the order of time; with a limit, the last. */
bool past_events(sqlite3 *db, const struct past_question *question, const struct past_reader *reader, struct failure *why);
/* How many records were lost, by policy, generation and what they were. */
bool past_lost(sqlite3 *db, const struct past_question *question, const struct past_reader *reader, struct failure *why);
bool past_alerts(sqlite3 *db, const struct past_question *question, const struct past_reader *reader, struct failure *why);
/* What was told of a flow within the time, as one item; those with most bytes first. */
bool past_flows(sqlite3 *db, const struct past_question *question, const struct past_reader *reader, struct failure *why);
/*
 * By policy, block and rule; also those that met nothing. Steps of counters that overlap with the time count as a whole.
 */
bool past_rules(sqlite3 *db, const struct past_question *question, const struct past_reader *reader, struct failure *why);

/* What the next two are made of: what there is of a host depends on its policies. */
enum past_basis {
	PAST_BASIS_NONE,
	PAST_BASIS_TRAFFIC, /* counters of interfaces */
	PAST_BASIS_FLOWS,
	PAST_BASIS_EVENTS,  /* only the packets of rules that log or sample */
};

extern const char *const past_basis_words[];

/* Sums by one end, in the item's source; those with most bytes first. `first` and `last` are seen. */
bool past_talkers(sqlite3 *db, const struct past_question *question, bool dest, const struct past_reader *reader,
		  enum past_basis *basis, struct failure *why);
/* Sums by protocol, in TEXT_NAME. */
bool past_protocols(sqlite3 *db, const struct past_question *question, const struct past_reader *reader,
		    enum past_basis *basis, struct failure *why);

#endif
