/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * metrics-server [LISTEN [TIMEOUT-MS [RULES]]]: the pages of sentryd over a state that is made up: two policies, a growing
 * count of everything, and a change of generation ten seconds after the start. Prints its port; ends when stdin does. A line
 * on stdin: "stop" keeps the counts as they are, "totals" prints them as the test expects them, "idle" has no policy,
 * "failing" lets all sinks fail, "gone" takes both back.
 */
#include "http_pages.h"
#include "memory.h"

#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define N_PLAIN_RULES 6

static const char *const rules[N_PLAIN_RULES][4] = { /* block, name, verdict, direction */
	{ "in", "ssh", "allow", "ingress" },	     { "in", "web", "allow", "ingress" },
	{ "in", "default", "deny", "ingress" },	     { "in", "ssh-guess", "deny", "ingress" },
	{ "out", "new", "allow", "egress" },	     { "out", "default", "deny", "egress" },
};
static const char *const protocols[] = { "tcp", "udp", "icmp", "icmp6", "other" };
static const char *const flags[] = { "SYN", "SYN,ACK", "ACK", "FIN,ACK", "RST", "none", "FIN,PSH,URG" };
static const char *const interfaces[] = { "eth0", "eth1" };
static const char *const directions[] = { "ingress", "egress" };
static const char *const verdicts[] = { "allow", "deny", "reject" };

struct rates {
	struct telemetry telemetry;
	struct http_state state;
	uint64_t *rate; /* packets a second by counter */
	uint64_t started_ms, stopped_ms;
	struct sink_state sinks[2];
	struct sink_state *sink_list[2];
};

static uint64_t clock_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static char *text(const char *value)
{
	return copy_text(value, strlen(value));
}

static struct tracked_counter *counter(struct rates *rates, enum item_kind kind)
{
	struct telemetry *telemetry = &rates->telemetry;
	struct tracked_counter *added;

	telemetry->counters = grow(telemetry->counters, telemetry->n_counters, sizeof(*telemetry->counters));
	rates->rate = grow(rates->rate, telemetry->n_counters, sizeof(*rates->rate));
	rates->rate[telemetry->n_counters] = 10 + telemetry->n_counters % 97;
	added = &telemetry->counters[telemetry->n_counters++];
	memset(added, 0, sizeof(*added));
	added->kind = kind;
	added->present = true;
	return added;
}

static void make_counters(struct rates *rates, size_t n_rules)
{
	for (size_t i = 0; i < n_rules; i++) {
		struct tracked_counter *rule = counter(rates, ITEM_RULE);
		char name[32];

		snprintf(name, sizeof(name), "rule-%zu", i);
		rule->text[TEXT_POLICY] = text("edge");
		rule->text[TEXT_BLOCK] = text(i < N_PLAIN_RULES ? rules[i][0] : "in");
		rule->text[TEXT_RULE] = text(i < N_PLAIN_RULES ? rules[i][1] : name);
		rule->text[TEXT_VERDICT] = text(i < N_PLAIN_RULES ? rules[i][2] : "allow");
		rule->text[TEXT_DIRECTION] = text(i < N_PLAIN_RULES ? rules[i][3] : "ingress");
	}
	/* One whose names need care; it is there twice, as a rule is that moved in its source. */
	for (size_t i = 0; i < 2; i++) {
		struct tracked_counter *odd = counter(rates, ITEM_RULE);

		odd->text[TEXT_POLICY] = text("odd \"name\"\\ \n\xc3\xa9 \xff");
		odd->text[TEXT_RULE] = text("again");
		odd->line = (uint32_t)i;
	}
	for (size_t i = 0; i < 2; i++) {
		for (size_t d = 0; d < 2; d++) {
			for (size_t p = 0; p < sizeof(protocols) / sizeof(protocols[0]); p++) {
				for (size_t v = 0; v < 3; v++) {
					struct tracked_counter *traffic = counter(rates, ITEM_TRAFFIC);

					traffic->text[TEXT_INTERFACE] = text(interfaces[i]);
					traffic->text[TEXT_DIRECTION] = text(directions[d]);
					traffic->text[TEXT_NAME] = text(protocols[p]);
					traffic->text[TEXT_VERDICT] = text(verdicts[v]);
				}
			}
			for (size_t f = 0; f < sizeof(flags) / sizeof(flags[0]); f++) {
				struct tracked_counter *pattern = counter(rates, ITEM_FLAGS);

				pattern->text[TEXT_INTERFACE] = text(interfaces[i]);
				pattern->text[TEXT_DIRECTION] = text(directions[d]);
				pattern->text[TEXT_NAME] = text(flags[f]);
			}
		}
	}
}

static void make_rest(struct rates *rates)
{
	static struct table_use tables[] = { { "set", NULL, NULL, 120, 65536, 3 }, { "states", NULL, NULL, 900, 1000, 0 } };
	static struct score scores[2];
	struct telemetry *telemetry = &rates->telemetry;
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	telemetry->started_ns = (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
	telemetry->applied_ns = telemetry->started_ns;
	telemetry->in_force = true;
	telemetry->generation = 41;
	telemetry->policies = text("edge, odd");
	telemetry->source_hash = text("4f1c0ffee");
	tables[0].policy = tables[1].policy = text("edge");
	tables[0].name = text("abusers");
	tables[1].name = text("states");
	telemetry->tables = tables;
	telemetry->n_tables = 2;
	scores[0] = (struct score){ text("rule"), text("edge"), text("ssh"), 1.25 };
	scores[1] = (struct score){ text("interface"), text(""), text("eth0"), -0.5 };
	telemetry->scores = scores;
	telemetry->n_scores = 2;
	rates->sinks[0].name = rates->sinks[0].type = "file";
	rates->sinks[1].name = "warehouse";
	rates->sinks[1].type = "postgres";
	rates->sink_list[0] = &rates->sinks[0];
	rates->sink_list[1] = &rates->sinks[1];
	telemetry->sinks = rates->sink_list;
	telemetry->n_sinks = 2;
}

static void advance(struct rates *rates)
{
	struct telemetry *telemetry = &rates->telemetry;
	uint64_t elapsed = (rates->stopped_ms ? rates->stopped_ms : clock_ms()) - rates->started_ms;

	for (size_t i = 0; i < telemetry->n_counters; i++) {
		telemetry->counters[i].packets = rates->rate[i] * elapsed / 1000;
		telemetry->counters[i].bytes = telemetry->counters[i].packets * (64 + i);
	}
	if (elapsed > 10000 && !telemetry->swaps) {
		telemetry->swaps = 1;
		telemetry->generation = 42;
	}
	telemetry->last_read_ns = (int64_t)clock_ms() * 1000000;
	telemetry->events_read = elapsed * 3;
	telemetry->events_lost = elapsed / 100;
	telemetry->flow_records_lost = elapsed / 200;
	telemetry->flow_packets_lost = elapsed / 50;
	telemetry->flow_bytes_lost = elapsed * 2;
	telemetry->flows_active = 1234;
	telemetry->alerts = elapsed / 1000;
	for (size_t i = 0; i < 8; i++)
		telemetry->states[i] = 10 * i;
	for (size_t i = 0; i < 2; i++) {
		struct sink_stats *stats = &rates->sinks[i].stats;

		atomic_store(&stats->accepted, elapsed * 3);
		atomic_store(&stats->written, elapsed * 3 - elapsed / 10 - elapsed / 100);
		atomic_store(&stats->dropped, elapsed / 100);
		atomic_store(&stats->queued, elapsed / 10);
		atomic_store(&stats->retries, elapsed / 500);
	}
}

static void print_totals(const struct rates *rates)
{
	for (int kind = ITEM_RULE; kind <= ITEM_FLAGS; kind++) {
		uint64_t packets = 0, bytes = 0;

		for (size_t i = 0; i < rates->telemetry.n_counters; i++) {
			const struct tracked_counter *counter = &rates->telemetry.counters[i];

			packets += (int)counter->kind == kind ? counter->packets : 0;
			bytes += (int)counter->kind == kind ? counter->bytes : 0;
		}
		printf("%llu %llu\n", (unsigned long long)packets, (unsigned long long)bytes);
	}
	fflush(stdout);
}

static bool command(struct rates *rates)
{
	char line[64];
	bool idle, failing;

	if (!fgets(line, sizeof(line), stdin))
		return false;
	if (!strcmp(line, "stop\n"))
		rates->stopped_ms = clock_ms();
	if (!strcmp(line, "totals\n")) {
		advance(rates);
		print_totals(rates);
		return true;
	}
	idle = !strcmp(line, "idle\n");
	failing = !strcmp(line, "failing\n");
	rates->telemetry.in_force = !idle;
	atomic_store(&rates->sinks[0].stats.failing, failing);
	atomic_store(&rates->sinks[1].stats.failing, failing);
	puts("done");
	fflush(stdout);
	return true;
}

int main(int argc, char **argv)
{
	static struct rates rates;
	struct http_listen listen = { .address = argc > 1 ? argv[1] : "127.0.0.1:0",
				      .timeout_ms = argc > 2 ? strtoul(argv[2], NULL, 10) : 0 };
	struct pollfd waits[2] = { { .fd = STDIN_FILENO, .events = POLLIN }, { .events = POLLIN } };
	struct failure why = { 0 };
	struct http_server *server;

	memory_init();
	setvbuf(stdin, NULL, _IONBF, 0);
	make_counters(&rates, argc > 3 ? strtoul(argv[3], NULL, 10) : N_PLAIN_RULES);
	make_rest(&rates);
	rates.started_ms = clock_ms();
	rates.state = (struct http_state){ .telemetry = &rates.telemetry, .max_rules = 1000, .stale_ns = 30000000000 };
	server = http_server_new(&listen, http_pages, &rates.state, &why);
	if (!server) {
		fprintf(stderr, "%s\n", why.text);
		return why.code;
	}
	printf("%u\n", http_server_port(server));
	fflush(stdout);
	waits[1].fd = http_server_fd(server);
	for (;;) {
		if (poll(waits, 2, 100) < 0)
			break;
		if (waits[0].revents && !command(&rates))
			break;
		advance(&rates);
		http_server_run(server);
	}
	http_server_free(server);
	return 0;
}
