/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "daemon.h"

#include "counter_feed.h"
#include "event_marks.h"
#include "events.h"
#include "fan_out.h"
#include "flow_feed.h"
#include "http_server.h"
#include "interfaces.h"
#include "loop.h"
#include "memory.h"
#include "netns.h"
#include "outbox.h"
#include "privileges.h"
#include "table_feed.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <systemd/sd-daemon.h>
#include <time.h>
#include <unistd.h>

#define LOOK_MS 25  /* events are looked for, and changes of generation */
#define TICK_MS 100 /* what was read goes to the sinks */
/* Of the time, no more goes into reading counters and tables than one part in so many: of large policies they are read less often. */
#define DUTY 50

/* Something that is read each so often. */
struct turn {
	int64_t next_ns;
	bool failing;    /* said */
};

struct daemon {
	const char *path;
	struct settings *settings;
	struct site site;
	struct telemetry telemetry;
	struct loop *loop;
	struct outbox *outbox;
	struct fan_out *fan_out;
	struct event_feed *events;
	struct event_sink event_sink;
	struct event_resumption resumption;
	struct event_marks *marks;
	struct counter_feed *counters;
	struct flow_feed *flows; /* NULL: not any more */
	struct http_server *http; /* NULL: none */
	const struct http_listen *listen; /* where that is; NULL: none. After a reload that failed, not what the settings say */
	struct http_state http_state;
	struct loop_source *http_source;
	struct turn event_turn, counter_turn, table_turn;
	char *counter_file;
	int lock;        /* of the run directory; -1: none */
	int signals;
	uint64_t watchdog_us;
};

static int64_t now_of(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* Trouble that lasts is told once, and that it is over. */
static void judge(struct turn *turn, bool ok, const char *what, const struct failure *why)
{
	if (!ok && !turn->failing)
		say("%s: %s", what, why->text);
	if (ok && turn->failing)
		say("%s: they can be read again", what);
	turn->failing = !ok;
}

static void take_event(void *context, const struct event_view *view)
{
	struct daemon *daemon = context;
	struct item item;

	event_item(view, &item);
	daemon->telemetry.events_read++;
	outbox_add(daemon->outbox, &item);
}

static void take_lost(void *context, const struct event_loss *loss)
{
	struct daemon *daemon = context;
	struct item item;

	daemon->telemetry.events_lost += loss->lost;
	item_clear(&item, ITEM_LOST);
	item.generation = loss->record->generation;
	item.text[TEXT_POLICY] = loss->record->parts[loss->part].policy;
	item.text[TEXT_NAME] = "events";
	item.packets = loss->lost;
	outbox_add(daemon->outbox, &item);
	if (loss->identity)
		event_marks_add_lost(daemon->marks, loss->identity, loss->part, loss->lost);
}

static __u64 lost_before(void *context, __u32 identity, size_t part)
{
	const struct daemon *daemon = context;

	return event_marks_lost(daemon->marks, identity, part);
}

/* What a record says in ISO 8601, UTC. */
static int64_t time_of(const char *text)
{
	struct tm tm = { 0 };

	return strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) ? (int64_t)timegm(&tm) * 1000000000 : 0;
}

static void set_text(char **text, const char *value)
{
	free(*text);
	*text = copy_text(value, strlen(value));
}

static void policy_changed(struct daemon *daemon, const struct record *record)
{
	struct telemetry *telemetry = &daemon->telemetry;

	telemetry->swaps += telemetry->generation != 0;
	telemetry->in_force = true;
	telemetry->generation = record->generation;
	set_text(&telemetry->policies, record->policies);
	set_text(&telemetry->source_hash, record->n_parts ? record->parts[0].source_hash : "");
	telemetry->applied_ns = time_of(record->applied_at);
	daemon->counter_turn.next_ns = 0;
	daemon->table_turn.next_ns = 0;
	event_marks_set_generation(daemon->marks, record->generation);
}

static void generation_began(void *context, const struct generation *generation, bool in_force)
{
	struct daemon *daemon = context;

	if (in_force)
		policy_changed(daemon, &generation->record);
	if (daemon->flows)
		flow_feed_begin(daemon->flows, generation);
}

static void generation_ended(void *context, const struct generation *generation)
{
	struct daemon *daemon = context;

	if (daemon->telemetry.generation == generation->record.generation)
		daemon->telemetry.in_force = false;
	if (daemon->flows)
		flow_feed_end(daemon->flows, generation);
}

static void read_events(void *context)
{
	struct daemon *daemon = context;
	struct failure why = { 0 };

	judge(&daemon->event_turn, event_feed_read(daemon->events, &why), "events", &why);
}

static bool is_due(const struct turn *turn)
{
	return now_of(CLOCK_MONOTONIC) >= turn->next_ns;
}

static void next_turn(struct turn *turn, int64_t begin_ns, uint64_t interval_ms)
{
	int64_t interval = (int64_t)interval_ms * 1000000, taken = now_of(CLOCK_MONOTONIC) - begin_ns;

	turn->next_ns = begin_ns + (taken * DUTY > interval ? taken * DUTY : interval);
}

static void read_counters(struct daemon *daemon)
{
	int64_t begin = now_of(CLOCK_MONOTONIC);
	struct failure why = { 0 };

	judge(&daemon->counter_turn, counter_feed_read(daemon->counters, &why), "counters", &why);
	flow_feed_read(daemon->flows);
	outbox_tick(daemon->outbox);
	next_turn(&daemon->counter_turn, begin, daemon->settings->interval_ms);
}

static void read_tables(struct daemon *daemon)
{
	int64_t begin = now_of(CLOCK_MONOTONIC);
	struct failure why = { 0 };

	judge(&daemon->table_turn, table_feed_read(&daemon->site, &daemon->telemetry, &why), "tables", &why);
	next_turn(&daemon->table_turn, begin, daemon->settings->tables_ms);
}

static void tick(void *context)
{
	struct daemon *daemon = context;

	if (is_due(&daemon->counter_turn))
		read_counters(daemon);
	if (is_due(&daemon->table_turn))
		read_tables(daemon);
	outbox_flush(daemon->outbox);
	fan_out_tick(daemon->fan_out);
	if (daemon->http)
		http_server_run(daemon->http);
}

static void watchdog(void *context)
{
	sd_notify(0, "WATCHDOG=1");
}

static void run_http(void *context)
{
	struct daemon *daemon = context;

	http_server_run(daemon->http);
}

static void close_http(struct daemon *daemon)
{
	loop_remove(daemon->http_source);
	daemon->http_source = NULL;
	if (daemon->http)
		http_server_free(daemon->http);
	daemon->http = NULL;
	daemon->listen = NULL;
}

static bool same_text(const char *a, const char *b)
{
	return !a == !b && (!a || strcmp(a, b) == 0);
}

/* In place of the one that is there, which stays if this one cannot be. */
static bool open_http(struct daemon *daemon, const struct http_listen *listen, struct failure *why)
{
	struct http_server *server = NULL;

	if (listen->address) {
		server = http_server_new(listen, http_pages, &daemon->http_state, why);
		if (!server)
			return false;
	}
	close_http(daemon);
	if (!server)
		return true;
	daemon->http = server;
	daemon->listen = listen;
	daemon->http_source = loop_add(daemon->loop, http_server_fd(server), run_http, daemon);
	return true;
}

static bool same_port(const struct http_listen *a, const struct http_listen *b)
{
	char host[HTTP_HOST_SIZE];
	unsigned int left, right;

	return http_listen_parse(a->address, host, &left) && http_listen_parse(b->address, host, &right) && left == right;
}

static bool move_http(struct daemon *daemon, const struct http_listen *listen, struct failure *why)
{
	const struct http_listen *old = daemon->listen;
	struct failure again = { 0 };

	if (same_text(old ? old->address : NULL, listen->address) && (!old || old->timeout_ms == listen->timeout_ms))
		return true;
	if (open_http(daemon, listen, why))
		return true;
	if (!old || !same_port(old, listen))
		return false;
	/* From 127.0.0.1:9477 to 0.0.0.0:9477, we are in our own way. */
	close_http(daemon);
	if (open_http(daemon, listen, why))
		return true;
	if (!open_http(daemon, old, &again))
		say("%s", again.text);
	return false;
}

/* What a reload does not change, since files are open there and privileges are gone. */
static void warn_of_fixed(const struct settings *now, const struct settings *fresh)
{
	if (!same_text(now->bpffs, fresh->bpffs) || !same_text(now->state_directory, fresh->state_directory) ||
	    !same_text(now->run_directory, fresh->run_directory) ||
	    now->flows.active_ns != fresh->flows.active_ns || now->flows.idle_ns != fresh->flows.idle_ns ||
	    now->flows.most != fresh->flows.most)
		say("bpffs, state-directory, run-directory and flows change when sentryd is started again");
}

static void reload(struct daemon *daemon)
{
	struct settings *old = daemon->settings, *fresh;
	struct failure why = { 0 };
	bool readable;

	sd_notifyf(0, "RELOADING=1\nMONOTONIC_USEC=%lld", (long long)(now_of(CLOCK_MONOTONIC) / 1000));
	/* What came by standard input was read to its end. */
	readable = !daemon->path || strcmp(daemon->path, "-") != 0;
	fresh = readable ? settings_load(daemon->path, stderr) : NULL;
	if (!fresh) {
		daemon->telemetry.reload_failures++;
		say("the configuration %s; the one before stays in force", readable ? "is wrong" : "came by standard input");
		sd_notify(0, "READY=1");
		return;
	}
	warn_of_fixed(old, fresh);
	fresh->older = old;
	daemon->settings = fresh;
	daemon->telemetry.reloads++;
	fan_out_configure(daemon->fan_out, fresh);
	outbox_set_alerts(daemon->outbox, &fresh->alerts);
	/* Not compared with the settings before: what failed then is tried again. */
	if (!move_http(daemon, &fresh->listen, &why)) {
		daemon->telemetry.reload_failures++;
		say("%s; %s", why.text, daemon->http ? "the address before is kept" : "nothing is served");
	}
	daemon->http_state.max_rules = fresh->http.max_rules;
	daemon->http_state.stale_ns = fresh->http.stale_ns;
	say("the configuration was read again: %zu sinks", fresh->n_sinks);
	sd_notify(0, "READY=1");
}

static void take_signal(void *context)
{
	struct daemon *daemon = context;
	struct signalfd_siginfo signal;

	while (read(daemon->signals, &signal, sizeof(signal)) == sizeof(signal)) {
		if (signal.ssi_signo == SIGHUP)
			reload(daemon);
		else
			loop_stop(daemon->loop);
	}
}

/* Before any thread is started: they are to have the signals blocked. */
static int open_signals(void)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigprocmask(SIG_BLOCK, &set, NULL);
	return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* Two of us would take flows out of one table, each the other's. False: another one is there. */
static bool lock_run_directory(struct daemon *daemon, struct failure *why)
{
	const char *path = daemon->settings->run_directory;

	/* Directories of /run go with a reboot. */
	if (mkdir(path, 0755) == 0 || errno == EEXIST)
		daemon->lock = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (daemon->lock < 0) {
		say("%s: %s; after a restart, counters and flows are told of again", path, strerror(errno));
		return true;
	}
	return flock(daemon->lock, LOCK_EX | LOCK_NB) == 0 ||
	       failure_set(why, EXIT_ENVIRONMENT, "%s: another sentryd is at work there (run-directory)", path);
}

static void set_up_feeds(struct daemon *daemon)
{
	const char *directory = daemon->lock >= 0 ? daemon->settings->run_directory : NULL;
	char *marks = directory ? format_text("%s/events", directory) : NULL;

	daemon->counter_file = directory ? format_text("%s/counters", directory) : NULL;
	daemon->marks = event_marks_open(marks);
	free(marks);
	daemon->resumption = (struct event_resumption){ .generation = event_marks_generation(daemon->marks), .lost = lost_before };
	daemon->counters = counter_feed_new(&daemon->site, &daemon->telemetry, daemon->outbox, daemon->counter_file);
	daemon->flows = flow_feed_new(directory, &daemon->settings->flows, &daemon->telemetry, daemon->outbox);
	daemon->event_sink = (struct event_sink){
		.context = daemon, .event = take_event, .lost = take_lost, .begun = generation_began, .ended = generation_ended,
		.resumption = &daemon->resumption,
	};
}

/* The policy is found in its namespace; servers are found in ours. */
static bool find_site(struct daemon *daemon, const char *netns, struct failure *why)
{
	int here = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);
	bool ok;

	if (here < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "/proc/thread-self/ns/net: %s", strerror(errno));
	ok = (!netns || netns_enter(netns, why)) && site_init(&daemon->site, daemon->settings->bpffs, why);
	/* Else it would look as if there were no policy. */
	if (ok && access(daemon->site.home.text, X_OK) != 0 && errno == EACCES)
		ok = failure_set(why, EXIT_ENVIRONMENT, "cannot look into %s: %s; that needs root, or what deploy/systemd/ gives sentryd",
				 daemon->site.home.text, strerror(errno));
	if (ok && !interfaces_watch())
		ok = failure_set(why, EXIT_ENVIRONMENT, "the names of interfaces cannot be asked for: %s", strerror(errno));
	if (netns && setns(here, CLONE_NEWNET) != 0 && ok)
		ok = failure_set(why, EXIT_ENVIRONMENT, "cannot return from network namespace %s: %s", netns, strerror(errno));
	close(here);
	return ok;
}

static bool set_up(struct daemon *daemon, const char *netns, struct failure *why)
{
	if (!find_site(daemon, netns, why))
		return false;
	daemon->telemetry.started_ns = now_of(CLOCK_REALTIME);
	daemon->loop = loop_new();
	daemon->fan_out = fan_out_new(&daemon->telemetry);
	daemon->outbox = outbox_new(&daemon->telemetry, fan_out_deliver, daemon->fan_out);
	daemon->http_state = daemon->settings->http;
	daemon->http_state.telemetry = &daemon->telemetry;
	if (!open_http(daemon, &daemon->settings->listen, why))
		return false;
	/* The rest needs no more than what is kept. */
	privileges_go_first();
	privileges_drop(daemon->settings->keep_capabilities);
	if (!lock_run_directory(daemon, why))
		return false;
	/* Whoever cannot write there says so. */
	mkdir(daemon->settings->state_directory, 0750);
	outbox_set_alerts(daemon->outbox, &daemon->settings->alerts);
	set_up_feeds(daemon);
	daemon->events = event_feed_open(&daemon->site, &daemon->event_sink, why);
	if (!daemon->events)
		return false;
	fan_out_configure(daemon->fan_out, daemon->settings);
	loop_add(daemon->loop, daemon->signals, take_signal, daemon);
	loop_add(daemon->loop, event_feed_fd(daemon->events), read_events, daemon);
	loop_timer(daemon->loop, LOOK_MS, read_events, daemon);
	loop_timer(daemon->loop, TICK_MS, tick, daemon);
	if (sd_watchdog_enabled(0, &daemon->watchdog_us) > 0)
		loop_timer(daemon->loop, daemon->watchdog_us / 2000, watchdog, daemon);
	return true;
}

static void tear_down(struct daemon *daemon)
{
	if (daemon->events) {
		read_events(daemon);
		tick(daemon);
		read_counters(daemon);
	}
	/* Before the events: for those, the generation in force ends now, and its flows do not. */
	if (daemon->flows)
		flow_feed_free(daemon->flows);
	daemon->flows = NULL;
	event_feed_close(daemon->events);
	if (daemon->outbox)
		outbox_free(daemon->outbox);
	if (daemon->fan_out)
		fan_out_free(daemon->fan_out);
	close_http(daemon);
	if (daemon->counters)
		counter_feed_free(daemon->counters);
	table_feed_clear(&daemon->telemetry);
	free(daemon->telemetry.policies);
	free(daemon->telemetry.source_hash);
	if (daemon->marks)
		event_marks_close(daemon->marks);
	free(daemon->counter_file);
	if (daemon->loop)
		loop_free(daemon->loop);
	if (daemon->lock >= 0)
		close(daemon->lock);
	close(daemon->signals);
	settings_free(daemon->settings);
}

bool daemon_run(struct settings *settings, const char *path, const char *netns, struct failure *why)
{
	struct daemon *daemon = allocate(1, sizeof(*daemon));
	bool ok;

	daemon->settings = settings;
	daemon->path = path;
	daemon->lock = -1;
	daemon->signals = open_signals();
	ok = set_up(daemon, netns, why);
	if (ok) {
		read_events(daemon);
		if (!daemon->event_turn.failing)
			flow_feed_settle(daemon->flows);
		tick(daemon);
		if (!daemon->telemetry.in_force)
			say("no policy is in force; one that comes is watched");
		sd_notify(0, "READY=1");
		loop_run(daemon->loop);
		sd_notify(0, "STOPPING=1");
	}
	tear_down(daemon);
	free(daemon);
	return ok;
}
