/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryctl top: what is busiest, on a terminal, or as text and JSON. */
#include "ctl.h"
#include "ctl_past.h"
#include "json.h"
#include "time_point.h"
#include "top_collect.h"
#include "top_screen.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <sys/signalfd.h>
#include <poll.h>
#include <unistd.h>

#define INTERVAL_MS 1000
#define SCREEN_INTERVAL_MS 2000
#define ROWS 10

static size_t rows_of(const struct ctl *ctl)
{
	return !ctl->has_most ? ROWS : ctl->most ? ctl->most : SIZE_MAX;
}

static enum top_sort sort_of(const struct ctl *ctl)
{
	static const enum top_sort sorts[] = { TOP_BY_BYTE_RATE, TOP_BY_BYTES, TOP_BY_PACKETS, TOP_BY_NAME };

	return sorts[ctl->sort];
}

static void print_view(const struct ctl *ctl, struct top_view *view, bool one)
{
	for (size_t page = 0; page < N_TOP_PAGES; page++)
		top_sort(&view->tables[page], (enum top_page)page, sort_of(ctl));
	if (ctl->format != CTL_JSON)
		top_text(view, rows_of(ctl), stdout);
	else if (one)
		json_print(top_json(view, rows_of(ctl)));
	else
		json_print_line(top_json(view, rows_of(ctl)));
}

/* False: one of the signals that end has come. */
static bool wait_for(int signals, uint64_t ms)
{
	struct pollfd polled = { .fd = signals, .events = POLLIN };

	return poll(&polled, 1, (int)ms) <= 0;
}

static int open_signals(void)
{
	sigset_t ends;

	sigemptyset(&ends);
	sigaddset(&ends, SIGINT);
	sigaddset(&ends, SIGTERM);
	sigprocmask(SIG_BLOCK, &ends, NULL);
	return signalfd(-1, &ends, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Rates are of an interval: the first look is for the second. */
static bool print_views(const struct ctl *ctl, struct top_collector *collector, struct failure *why)
{
	uint64_t interval = ctl->interval_ms ? ctl->interval_ms : INTERVAL_MS;
	uint64_t count = ctl->count ? ctl->count : ctl->interval_ms ? UINT64_MAX : 1;
	struct top_view *view = top_collect(collector, why);
	int signals = open_signals();
	bool ok = view;

	if (ok && !*view->policy)
		ok = failure_set(why, EXIT_ENVIRONMENT, "no policy is in force");
	for (uint64_t i = 0; ok && i < count && wait_for(signals, interval); i++) {
		view = top_collect(collector, why);
		ok = view;
		if (!ok)
			break;
		if (i && ctl->format != CTL_JSON)
			putchar('\n');
		print_view(ctl, view, count == 1);
		if (fflush(stdout) != 0)
			break;
	}
	close(signals);
	return ok;
}

bool ctl_top(const struct ctl *ctl, struct failure *why)
{
	struct top_collector *collector = top_collector_new(&ctl->site, ctl->db);
	bool ok;

	if (ctl->format == CTL_DEFAULT && !ctl->count && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO))
		ok = top_screen(collector, ctl->interval_ms ? ctl->interval_ms : SCREEN_INTERVAL_MS, sort_of(ctl), why);
	else
		ok = print_views(ctl, collector, why);
	top_collector_free(collector);
	return ok;
}

bool ctl_past_top(const struct ctl *ctl, struct failure *why)
{
	struct past_question question;
	struct top_view view;
	sqlite3 *db = past_open(ctl, &question, why);
	bool ok;

	if (!db)
		return false;
	question.limit = 0;
	ok = top_collect_past(&view, db, &question, time_point_now(), why);
	if (ok)
		print_view(ctl, &view, true);
	top_view_free(&view);
	sqlite3_close(db);
	return ok;
}
