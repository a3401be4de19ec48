/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "metrics.h"

#include "memory.h"
#include "metrics_counters.h"
#include "metrics_family.h"
#include "metrics_process.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

const char *const metrics_content_types[] = {
	[METRICS_TEXT] = "text/plain; version=0.0.4; charset=utf-8",
	[METRICS_OPENMETRICS] = "application/openmetrics-text; version=1.0.0; charset=utf-8",
};

#define LABELS(...) ((const char *const[]){ __VA_ARGS__, NULL })
#define NS_PER_S 1e9

static void count(struct family *family, const char *name, const char *unit, const char *help, uint64_t value)
{
	family_begin(family, FAMILY_COUNTER, name, unit, help);
	family_count(family, NULL, value);
}

static void gauge(struct family *family, const char *name, const char *unit, const char *help, double value)
{
	family_begin(family, FAMILY_GAUGE, name, unit, help);
	family_value(family, NULL, value);
}

static void write_policy(struct family *family, const struct telemetry *telemetry)
{
	char generation[32];
	struct text_buffer number = { 0 };

	family_begin(family, FAMILY_INFO, "packet_sentry_build", "", "The version of sentryd.");
	family_count(family, LABELS("version", SENTRY_VERSION), 1);
	gauge(family, "packet_sentry_policy_in_force", "", "1 if a policy decides packets.", telemetry->in_force);
	if (telemetry->in_force) {
		text_unsigned(&number, telemetry->generation);
		strncpy(generation, text_string(&number), sizeof(generation) - 1);
		generation[sizeof(generation) - 1] = '\0';
		text_free(&number);
		family_begin(family, FAMILY_INFO, "packet_sentry_policy", "", "Which policies are in force.");
		family_count(family, LABELS("policies", telemetry->policies ? telemetry->policies : "", "hash",
					    telemetry->source_hash ? telemetry->source_hash : "", "generation", generation), 1);
		gauge(family, "packet_sentry_generation", "", "The number of the generation in force.", telemetry->generation);
		if (telemetry->applied_ns)
			gauge(family, "packet_sentry_policy_applied_timestamp_seconds", "seconds", "When it came into force.",
			      (double)telemetry->applied_ns / NS_PER_S);
	}
	count(family, "packet_sentry_generation_changes", "", "Changes of generation that sentryd has seen.", telemetry->swaps);
	count(family, "packet_sentry_reloads", "", "Reloads of sentryd's configuration.", telemetry->reloads);
	count(family, "packet_sentry_reload_failures", "", "Reloads that left the old configuration, or its address, in force.",
	      telemetry->reload_failures);
}

static void write_tables(struct family *family, const struct telemetry *telemetry)
{
	static const struct {
		enum family_type type;
		const char *name, *help;
		size_t member;
	} columns[] = {
		{ FAMILY_GAUGE, "packet_sentry_table_entries", "Entries of a table in the kernel.",
		  offsetof(struct table_use, entries) },
		{ FAMILY_GAUGE, "packet_sentry_table_capacity", "Entries that it has room for.",
		  offsetof(struct table_use, capacity) },
		{ FAMILY_COUNTER, "packet_sentry_table_failed", "Entries that found no room.",
		  offsetof(struct table_use, failed) },
	};

	for (size_t c = 0; c < sizeof(columns) / sizeof(columns[0]); c++) {
		family_begin(family, columns[c].type, columns[c].name, "", columns[c].help);
		for (size_t i = 0; i < telemetry->n_tables; i++) {
			const struct table_use *table = &telemetry->tables[i];
			uint64_t value;

			memcpy(&value, (const char *)table + columns[c].member, sizeof(value));
			family_count(family, LABELS("kind", table->kind, "policy", table->policy ? table->policy : "", "table",
						    table->name ? table->name : ""), value);
		}
	}
}

static void write_connections(struct family *family, const struct telemetry *telemetry)
{
	static const char *const stages[] = { "none", "opening", "syn2", "synack", "established", "fin1", "fin2", "closed" };

	_Static_assert(sizeof(stages) / sizeof(stages[0]) == sizeof(telemetry->states) / sizeof(telemetry->states[0]),
		       "a word for each stage");
	family_begin(family, FAMILY_GAUGE, "packet_sentry_connections", "", "Tracked connections by stage.");
	for (size_t i = 0; i < sizeof(stages) / sizeof(stages[0]); i++)
		family_count(family, LABELS("stage", stages[i]), telemetry->states[i]);
}

static void write_events(struct family *family, const struct telemetry *telemetry)
{
	count(family, "packet_sentry_events_read", "", "Records of packets taken from the ring buffers.", telemetry->events_read);
	count(family, "packet_sentry_events_lost", "", "Records of packets that found no room in the ring buffers.",
	      telemetry->events_lost);
	gauge(family, "packet_sentry_flows", "", "Flows that sentryd follows.", (double)telemetry->flows_active);
	count(family, "packet_sentry_flows_forced", "", "Flows that were ended early for want of room.",
	      telemetry->flows_forced);
	count(family, "packet_sentry_flow_records_lost", "", "Records of flows that were lost on the way to sentryd.",
	      telemetry->flow_records_lost);
	count(family, "packet_sentry_flow_lost_packets", "packets", "Packets of these.", telemetry->flow_packets_lost);
	count(family, "packet_sentry_flow_lost_bytes", "bytes", "Bytes of these.", telemetry->flow_bytes_lost);
	count(family, "packet_sentry_alerts", "", "Alerts that were raised.", telemetry->alerts);
	family_begin(family, FAMILY_GAUGE, "packet_sentry_anomaly_score", "",
		     "How far from usual, in standard deviations.");
	for (size_t i = 0; i < telemetry->n_scores; i++) {
		const struct score *score = &telemetry->scores[i];

		family_value(family, LABELS("kind", score->kind, "policy", score->policy ? score->policy : "", "name",
					    score->name ? score->name : ""), score->score);
	}
	if (telemetry->last_read_ns) {
		struct timespec now;

		clock_gettime(CLOCK_MONOTONIC, &now);
		gauge(family, "packet_sentry_read_age_seconds", "seconds", "Time since the counters were read.",
		      (double)now.tv_sec - (double)telemetry->last_read_ns / NS_PER_S + (double)now.tv_nsec / NS_PER_S);
	}
}

/* The numbers of one sink, of one moment. */
struct sink_numbers {
	uint64_t accepted, written, dropped, refused, queued, spilled, retries, failing;
};

static struct sink_numbers numbers_of(const struct sink_state *sink)
{
	const struct sink_stats *stats = &sink->stats;
	struct sink_numbers numbers;

	if (sink->lock)
		pthread_mutex_lock(sink->lock);
	numbers = (struct sink_numbers){
		.accepted = atomic_load(&stats->accepted), .written = atomic_load(&stats->written),
		.dropped = atomic_load(&stats->dropped), .refused = atomic_load(&stats->refused),
		.queued = atomic_load(&stats->queued), .spilled = atomic_load(&stats->spilled),
		.retries = atomic_load(&stats->retries), .failing = atomic_load(&stats->failing),
	};
	if (sink->lock)
		pthread_mutex_unlock(sink->lock);
	return numbers;
}

static void write_sinks(struct family *family, const struct telemetry *telemetry)
{
	struct sink_numbers *numbers = allocate(telemetry->n_sinks, sizeof(*numbers));

	for (size_t i = 0; i < telemetry->n_sinks; i++)
		numbers[i] = numbers_of(telemetry->sinks[i]);
	family_begin(family, FAMILY_COUNTER, "packet_sentry_sink_accepted_items", "items", "Items handed to a sink.");
	for (size_t i = 0; i < telemetry->n_sinks; i++) {
		const struct sink_state *sink = telemetry->sinks[i];

		family_count(family, LABELS("sink", sink->name, "type", sink->type), numbers[i].accepted);
	}
	family_begin(family, FAMILY_COUNTER, "packet_sentry_sink_items", "items", "What became of them.");
	for (size_t i = 0; i < telemetry->n_sinks; i++) {
		const struct sink_state *sink = telemetry->sinks[i];

		family_count(family, LABELS("sink", sink->name, "type", sink->type, "result", "written"),
			     numbers[i].written);
		family_count(family, LABELS("sink", sink->name, "type", sink->type, "result", "dropped"),
			     numbers[i].dropped);
		family_count(family, LABELS("sink", sink->name, "type", sink->type, "result", "refused"),
			     numbers[i].refused);
	}
	family_begin(family, FAMILY_GAUGE, "packet_sentry_sink_queue_items", "items", "Items that wait for a sink.");
	for (size_t i = 0; i < telemetry->n_sinks; i++) {
		const struct sink_state *sink = telemetry->sinks[i];

		family_count(family, LABELS("sink", sink->name, "type", sink->type, "place", "memory"),
			     numbers[i].queued);
		family_count(family, LABELS("sink", sink->name, "type", sink->type, "place", "disk"),
			     numbers[i].spilled);
	}
	family_begin(family, FAMILY_COUNTER, "packet_sentry_sink_retries", "", "Attempts that were repeated.");
	for (size_t i = 0; i < telemetry->n_sinks; i++) {
		const struct sink_state *sink = telemetry->sinks[i];

		family_count(family, LABELS("sink", sink->name, "type", sink->type), numbers[i].retries);
	}
	family_begin(family, FAMILY_GAUGE, "packet_sentry_sink_failing", "", "1 if the last attempt failed.");
	for (size_t i = 0; i < telemetry->n_sinks; i++) {
		const struct sink_state *sink = telemetry->sinks[i];

		family_count(family, LABELS("sink", sink->name, "type", sink->type), numbers[i].failing);
	}
	free(numbers);
}

void metrics_write(struct text_buffer *buffer, const struct telemetry *telemetry, size_t max_rules, enum metrics_format format)
{
	struct family family = { .buffer = buffer, .format = format };

	write_policy(&family, telemetry);
	metrics_write_counters(&family, telemetry, max_rules);
	write_tables(&family, telemetry);
	write_connections(&family, telemetry);
	write_events(&family, telemetry);
	write_sinks(&family, telemetry);
	metrics_write_process(&family, telemetry->started_ns);
	family_end(buffer, format);
}

/*
 * "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5":
 * what is named with a version that we speak and not with q=0 is taken; a client that prefers the other gets it, too, and
 * understands it.
 */
enum metrics_format metrics_accepted(const char *accept)
{
	static const char type[] = "application/openmetrics-text";
	const char *at = accept ? strcasestr(accept, type) : NULL;

	for (; at; at = strcasestr(at + 1, type)) {
		size_t length = strcspn(at, ",");
		char *range = strndup(at, length);
		bool version, refused;

		if (!range)
			return METRICS_TEXT;
		version = !strcasestr(range, "version=") || strstr(range, "version=1.0.0");
		refused = strstr(range, "q=0") && strspn(strstr(range, "q=0") + 2, "0.") == strlen(strstr(range, "q=0") + 2);
		free(range);
		if (version && !refused)
			return METRICS_OPENMETRICS;
	}
	return METRICS_TEXT;
}
