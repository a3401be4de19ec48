/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Views of the history. */
#include "top_collect.h"

#include "memory.h"
#include "time_point.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define RECENT_S 300
#define MOST 10000 /* rows that are looked at */

struct filling {
	struct top_table *table;
	enum top_page page;
	double seconds; /* that the sums are of */
};

static bool put_row(void *context, const struct item *item)
{
	struct filling *filling = context;
	char address[ITEM_ADDRESS_SIZE], group[512];
	struct top_row *row;

	if (filling->page == TOP_RULES) {
		snprintf(group, sizeof(group), "%s/%s", item->text[TEXT_POLICY], item->text[TEXT_BLOCK]);
		row = top_row_add(filling->table, item->text[TEXT_RULE], group, item->text[TEXT_VERDICT]);
	} else if (filling->page == TOP_PROTOCOLS) {
		row = top_row_add(filling->table, item->text[TEXT_NAME], "", "");
	} else {
		row = top_row_add(filling->table, item_address(&item->ends, item->ends.source, address), "", "");
	}
	row->packets = item->packets;
	row->bytes = item->bytes;
	if (filling->seconds > 0) {
		row->packet_rate = (double)item->packets / filling->seconds;
		row->byte_rate = (double)item->bytes / filling->seconds;
	}
	return filling->table->n < MOST;
}

static bool fill(struct top_view *view, enum top_page page, sqlite3 *db, const struct past_question *question, double seconds,
		 struct failure *why)
{
	struct filling filling = { &view->tables[page], page, seconds };
	const struct past_reader reader = { &filling, put_row };
	enum past_basis basis = PAST_BASIS_NONE;
	bool ok;

	if (page == TOP_PROTOCOLS)
		ok = past_protocols(db, question, &reader, &basis, why);
	else
		ok = past_talkers(db, question, page == TOP_DESTS, &reader, &basis, why);
	filling.table->basis = basis == PAST_BASIS_NONE ? "" : past_basis_words[basis];
	if (basis == PAST_BASIS_EVENTS)
		snprintf(filling.table->note, sizeof(filling.table->note), "only packets of rules that log or sample: the policy has no flows");
	return ok;
}

bool top_collect_past(struct top_view *view, sqlite3 *db, const struct past_question *question, int64_t now_ns,
		      struct failure *why)
{
	int64_t until = question->until_ns < now_ns ? question->until_ns : now_ns;
	double seconds = question->since_ns ? (double)(until - question->since_ns) / 1e9 : 0;
	struct filling rules = { &view->tables[TOP_RULES], TOP_RULES, seconds };

	*view = (struct top_view){ .policy = copy_text("", 0), .time_ns = until,
				   .interval_ns = question->since_ns ? (uint64_t)(until - question->since_ns) : 0 };
	for (size_t i = 0; i < N_TOP_PAGES; i++)
		view->tables[i].basis = "";
	/* What was counted of a rule is not known by address. */
	if (packet_filter_wants_packets(&question->filter))
		snprintf(view->tables[TOP_RULES].note, sizeof(view->tables[0].note), "counters know neither addresses nor ports");
	else
		view->tables[TOP_RULES].basis = "counters";
	snprintf(view->tables[TOP_STATES].note, sizeof(view->tables[0].note), "connections are not kept");
	return (!*view->tables[TOP_RULES].basis || past_rules(db, question, &(struct past_reader){ &rules, put_row }, why)) &&
	       fill(view, TOP_SOURCES, db, question, seconds, why) && fill(view, TOP_DESTS, db, question, seconds, why) &&
	       fill(view, TOP_PROTOCOLS, db, question, seconds, why);
}

void top_collect_recent(struct top_view *view, const char *db_path)
{
	static const enum top_page pages[] = { TOP_SOURCES, TOP_DESTS, TOP_PROTOCOLS };
	struct past_question question = { .filter = packet_filter_all, .since_ns = time_point_now() - RECENT_S * 1000000000LL,
					  .until_ns = INT64_MAX, .limit = MOST };
	struct failure why = { 0 };
	sqlite3 *db = NULL;

	for (size_t i = 0; i < 3; i++) {
		struct top_table *table = &view->tables[pages[i]];

		if (*table->basis)
			continue;
		if (!db && (access(db_path, R_OK) != 0 || past_open_read(&db, db_path, &why) != PAST_READY))
			db = NULL;
		if (db && fill(view, pages[i], db, &question, RECENT_S, &why) && *table->basis) {
			snprintf(table->note, sizeof(table->note), "of the last %d minutes, from the history (%s)", RECENT_S / 60,
				 table->basis);
			table->basis = "history";
		} else {
			snprintf(table->note, sizeof(table->note), "nothing is kept: `account { %s; }` in the policy, or --account, lets it",
				 pages[i] == TOP_PROTOCOLS ? "traffic" : "flows");
		}
	}
	sqlite3_close(db);
}
