/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Detections told once a source and cooldown; the configuration; what was learned, over a restart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "series.h"

#include "alerts.h"
#include "anomaly_parts.h"
#include "anomaly_state.h"

#include <stdio.h>
#include <unistd.h>

#define START_S 1700000000LL
#define MOST_TOLD 512

struct told {
	char name[80], subject[64], detail[256], rule[80];
	uint64_t packets, bytes;
	int64_t time_ns;
};

struct hearing {
	size_t n;
	struct told told[MOST_TOLD];
};

static const struct telemetry nothing = { 0 };

static void hear(void *context, const struct item *item)
{
	struct hearing *hearing = context;
	struct told *told = &hearing->told[hearing->n];

	assert_true(hearing->n < MOST_TOLD);
	assert_int_equal(item->kind, ITEM_ALERT);
	hearing->n++;
	*told = (struct told){ .packets = item->packets, .bytes = item->bytes, .time_ns = item->time_ns };
	snprintf(told->name, sizeof(told->name), "%s", item->text[TEXT_NAME]);
	snprintf(told->subject, sizeof(told->subject), "%s", item->text[TEXT_SUBJECT]);
	snprintf(told->detail, sizeof(told->detail), "%s", item->text[TEXT_DETAIL]);
	snprintf(told->rule, sizeof(told->rule), "%s", item->text[TEXT_RULE]);
}

static struct item record(const char *kind, const char *detection, uint32_t source, int64_t time_s)
{
	struct item item;

	item_clear(&item, ITEM_EVENT);
	item.time_ns = time_s * SECOND_NS;
	item.text[TEXT_NAME] = kind;
	item.text[TEXT_SUBJECT] = detection;
	item.text[TEXT_RULE] = "ports";
	item.packets = 1;
	item.bytes = 60;
	item.ends.ip_version = 4;
	source = htonl(source);
	memcpy(item.ends.source, &source, sizeof(source));
	return item;
}

static void detect(struct alerts *alerts, const char *detection, uint32_t source, int64_t time_s)
{
	struct item item = record("detect", detection, source, time_s);

	alerts_item(alerts, &item);
}

static struct alerts *begin(struct hearing *hearing, size_t sources)
{
	struct alerts_settings settings = { .cooldown_ns = 60 * SECOND_NS, .sources = sources };

	hearing->n = 0;
	return alerts_new(&settings, START_S * SECOND_NS, hear, hearing);
}

static void tick(struct alerts *alerts, int64_t time_s)
{
	alerts_tick(alerts, time_s * SECOND_NS, &nothing);
}

/* The first at once, what follows with its number when the cooldown is over, and then it is forgotten. */
static void once_a_cooldown(void **state)
{
	static struct hearing hearing;
	struct alerts *alerts = begin(&hearing, 64);

	detect(alerts, "scan", 0xcb007105, START_S);
	assert_int_equal(hearing.n, 1);
	assert_string_equal(hearing.told[0].name, "scan");
	assert_string_equal(hearing.told[0].subject, "203.0.113.5");
	assert_string_equal(hearing.told[0].detail, "scan from 203.0.113.5, by rule ports");
	assert_int_equal(hearing.told[0].packets, 1);
	for (int64_t i = 0; i < 1000; i++)
		detect(alerts, "scan", 0xcb007105, START_S + i / 20);
	tick(alerts, START_S + 59);
	assert_int_equal(hearing.n, 1);
	tick(alerts, START_S + 60);
	assert_int_equal(hearing.n, 2);
	assert_int_equal(hearing.told[1].packets, 1000);
	assert_int_equal(hearing.told[1].bytes, 60000);
	assert_string_equal(hearing.told[1].detail, "scan from 203.0.113.5 goes on, by rule ports: 1000 more packets");
	/* Nothing came: it is over, and what comes is new. */
	tick(alerts, START_S + 120);
	assert_int_equal(hearing.n, 2);
	detect(alerts, "scan", 0xcb007105, START_S + 121);
	assert_int_equal(hearing.n, 3);
	assert_int_equal(hearing.told[2].packets, 1);
	/* What is counted and not told is told at the end. */
	detect(alerts, "scan", 0xcb007105, START_S + 122);
	alerts_free(alerts);
	assert_int_equal(hearing.n, 4);
	assert_int_equal(hearing.told[3].packets, 1);
}

static void by_detection_and_source(void **state)
{
	static struct hearing hearing;
	struct alerts *alerts = begin(&hearing, 64);
	struct item log = record("log", "", 1, START_S), limit = record("limit", "", 1, START_S);

	alerts_item(alerts, &log);
	alerts_item(alerts, &limit);
	assert_int_equal(hearing.n, 0);
	detect(alerts, "scan", 1, START_S);
	detect(alerts, "scan", 2, START_S);
	detect(alerts, "flood", 1, START_S);
	detect(alerts, "flood", 1, START_S + 1);
	assert_int_equal(hearing.n, 3);
	alerts_free(alerts);
	assert_int_equal(hearing.n, 4);
}

/* Forged sources: so many are told one by one, all others together; no packet is left out. */
static void forged_sources(void **state)
{
	static struct hearing hearing;
	struct alerts *alerts = begin(&hearing, 5);
	uint64_t packets = 0;

	for (uint32_t i = 0; i < 100000; i++)
		detect(alerts, "flood", i, START_S);
	assert_int_equal(hearing.n, 6);
	assert_string_equal(hearing.told[5].subject, "other sources");
	for (int64_t i = 1; i <= 5; i++)
		tick(alerts, START_S + 60 * i);
	assert_int_equal(hearing.n, 7);
	alerts_free(alerts);
	for (size_t i = 0; i < hearing.n; i++)
		packets += hearing.told[i].packets;
	assert_int_equal(packets, 100000);
}

/* Names come from the policy, and objects from anywhere. */
static void many_names(void **state)
{
	static struct hearing hearing;
	struct alerts *alerts = begin(&hearing, 5);
	char name[300];

	for (int i = 0; i < 1000; i++) {
		snprintf(name, sizeof(name), "%d-%0200d", i, 0);
		detect(alerts, name, 1, START_S);
	}
	assert_int_equal(hearing.n, 256);
	assert_int_equal(strlen(hearing.told[0].name), 79);
	alerts_free(alerts);
}

/* A clock that is set back does not silence anything for longer than a cooldown. */
static void clock_is_set(void **state)
{
	static struct hearing hearing;
	struct alerts *alerts = begin(&hearing, 5);

	detect(alerts, "scan", 1, START_S);
	detect(alerts, "scan", 1, START_S);
	tick(alerts, START_S - 86400);
	assert_int_equal(hearing.n, 2);
	tick(alerts, START_S - 86400 + 60);
	detect(alerts, "scan", 1, START_S - 86300);
	assert_int_equal(hearing.n, 3);
	alerts_free(alerts);
}

static unsigned int configure(struct alerts_settings *settings, const char *text, char *said, size_t size)
{
	char path[] = "/tmp/test-alerts-XXXXXX";
	int file = mkstemp(path);
	struct config_document document;
	struct config_map map, alerts;
	FILE *messages = fmemopen(said, size, "w");
	unsigned int errors;

	assert_int_equal(write(file, text, strlen(text)), strlen(text));
	close(file);
	config_load(&document, path, messages);
	config_begin(&map, &document, document.root);
	config_sub(&map, "alerts", &alerts);
	alerts_configure(settings, &alerts);
	config_end(&alerts);
	config_end(&map);
	settings->anomaly.state = NULL;
	errors = document.errors;
	config_free(&document);
	fclose(messages);
	unlink(path);
	return errors;
}

static void configuration(void **state)
{
	static const char all[] = "alerts:\n"
				  "  detections: {cooldown: 5m, sources: 10}\n"
				  "  anomalies:\n"
				  "    threshold: 5.5\n"
				  "    interval: 20s\n"
				  "    warm-up: 2h\n"
				  "    half-life: 1h\n"
				  "    cooldown: 1h\n"
				  "    sources: 0\n"
				  "    destinations: 50\n"
				  "    rules: false\n"
				  "    interfaces: false\n"
				  "    state: /var/lib/x\n";
	static const char wrong[] = "alerts: {anomalies: {half-life: 5s, treshold: 4}}\n";
	struct alerts_settings settings;
	char said[4096];

	/* Nothing said: detections are told, deviations not. */
	assert_int_equal(configure(&settings, "other: 1\n", said, sizeof(said)), 1);
	assert_false(settings.anomalies);
	assert_int_equal(settings.cooldown_ns, 60 * SECOND_NS);
	assert_int_equal(settings.sources, 64);
	assert_int_equal(configure(&settings, "alerts: {anomalies: {}}\n", said, sizeof(said)), 0);
	assert_true(settings.anomalies);
	assert_float_equal(settings.anomaly.threshold, 4, 0);
	assert_int_equal(settings.anomaly.sources, 1000);
	assert_int_equal(configure(&settings, all, said, sizeof(said)), 0);
	assert_int_equal(settings.cooldown_ns, 300 * SECOND_NS);
	assert_int_equal(settings.sources, 10);
	assert_float_equal(settings.anomaly.threshold, 5.5, 0);
	assert_int_equal(settings.anomaly.interval_ns, 20 * SECOND_NS);
	assert_int_equal(settings.anomaly.warm_up_ns, 2 * HOUR_NS);
	assert_int_equal(settings.anomaly.half_life_ns, HOUR_NS);
	assert_int_equal(settings.anomaly.cooldown_ns, HOUR_NS);
	assert_int_equal(settings.anomaly.sources, 0);
	assert_int_equal(settings.anomaly.destinations, 50);
	assert_false(settings.anomaly.rules || settings.anomaly.interfaces);
	assert_int_equal(configure(&settings, wrong, said, sizeof(said)), 2);
	assert_non_null(strstr(said, "must not be less than the interval"));
	assert_non_null(strstr(said, "threshold"));
}

/* A file that ends in nothing, so that a test leaves none. */
struct learning {
	char path[64];
	struct anomaly_settings settings;
	struct hearing hearing;
	struct world world;
	struct anomaly *anomaly;
};

static void learn(struct learning *learning)
{
	*learning = (struct learning){ .settings = ANOMALY_DEFAULTS };
	snprintf(learning->path, sizeof(learning->path), "/tmp/test-alerts-%d", getpid());
	learning->settings.state = learning->path;
	unlink(learning->path);
	world_begin(&learning->world, 5);
	learning->anomaly = anomaly_new(&learning->settings, world_now(&learning->world), hear, &learning->hearing);
	for (int ticks = 0; ticks < 6 * 360; ticks++)
		world_tick(&learning->world, learning->anomaly, WORLD_QUIET);
}

static void restart(struct learning *learning)
{
	anomaly_free(learning->anomaly);
	learning->anomaly = anomaly_new(&learning->settings, world_now(&learning->world), hear, &learning->hearing);
}

static void forget(struct learning *learning)
{
	anomaly_free(learning->anomaly);
	world_end(&learning->world);
	unlink(learning->path);
}

/* `what` of the made-up world does not belong, and comes now. */
static void attack(struct learning *learning, unsigned int what, int ticks)
{
	/* Of the first tick after a restart nobody knows how long it was. */
	world_tick(&learning->world, learning->anomaly, WORLD_QUIET);
	learning->world.at_once = true;
	while (ticks-- > 0)
		world_tick(&learning->world, learning->anomaly, what);
	learning->world.at_once = false;
}

/* What was learned is not lost: the attack after the restart is told, and nothing else. */
static void restarts(void **state)
{
	static struct learning learning;

	learn(&learning);
	restart(&learning);
	assert_int_equal(learning.hearing.n, 0);
	attack(&learning, WORLD_BURST, 20);
	assert_int_equal(learning.hearing.n, 1);
	assert_string_equal(learning.hearing.told[0].subject, "ssh");
	/* Not a second time, for the cooldown goes on as well. */
	restart(&learning);
	attack(&learning, WORLD_BURST, 20);
	assert_int_equal(learning.hearing.n, 1);
	/* Of hosts as well. */
	attack(&learning, WORLD_HEAVY_SOURCE, 20);
	assert_int_equal(learning.hearing.n, 2);
	assert_string_equal(learning.hearing.told[1].subject, WORLD_HEAVY);
	forget(&learning);
}

/* Without a past nothing is told. */
static void no_past(void **state)
{
	static struct learning learning;

	learn(&learning);
	anomaly_free(learning.anomaly);
	unlink(learning.path);
	learning.anomaly = anomaly_new(&learning.settings, world_now(&learning.world), hear, &learning.hearing);
	attack(&learning, WORLD_BURST, 20);
	attack(&learning, WORLD_HEAVY_SOURCE, 20);
	assert_int_equal(learning.hearing.n, 0);
	forget(&learning);
}

static size_t read_state(const char *path, char **data)
{
	FILE *file = fopen(path, "rb");
	size_t size;

	assert_non_null(file);
	*data = malloc(1 << 24);
	size = fread(*data, 1, 1 << 24, file);
	fclose(file);
	return size;
}

static void write_state(const char *path, const char *data, size_t size)
{
	FILE *file = fopen(path, "wb");

	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
}

/* Whatever became of the file: it is not used, and learning begins anew. */
static void damaged_files(void **state)
{
	static struct learning learning;
	size_t size, n_scores;
	char *data;

	learn(&learning);
	anomaly_save(learning.anomaly);
	size = read_state(learning.path, &data);
	assert_true(size > 100000);
	for (int i = 0; i < 20; i++) {
		size_t at = (size_t)(world_uniform(&learning.world) * (double)size);
		struct anomaly *anomaly;
		bool cut = i % 2;

		data[at] ^= 4;
		write_state(learning.path, data, cut ? at : size);
		data[at] ^= 4;
		anomaly = anomaly_new(&learning.settings, world_now(&learning.world), hear, &learning.hearing);
		assert_int_equal(anomaly->n_rates, 0);
		assert_int_equal(hosts_count(anomaly->hosts[HOST_SOURCE]), 0);
		assert_int_equal(anomaly->started_ns, world_now(&learning.world));
		anomaly_free(anomaly);
	}
	/* The state of a larger table fits a smaller one as far as it goes; one that is not wanted is left out. */
	write_state(learning.path, data, size);
	anomaly_free(learning.anomaly);
	write_state(learning.path, data, size);
	learning.settings.sources = 10;
	learning.settings.destinations = 0;
	learning.anomaly = anomaly_new(&learning.settings, world_now(&learning.world), hear, &learning.hearing);
	assert_int_equal(hosts_count(learning.anomaly->hosts[HOST_SOURCE]), 10);
	assert_null(learning.anomaly->hosts[HOST_DEST]);
	assert_int_equal(learning.anomaly->n_rates, WORLD_RULES);
	world_tick(&learning.world, learning.anomaly, WORLD_QUIET);
	anomaly_scores(learning.anomaly, &n_scores);
	assert_int_equal(n_scores, WORLD_RULES);
	free(data);
	forget(&learning);
}

/* A place that cannot be written is said, and nothing else goes wrong. */
static void no_place(void **state)
{
	struct anomaly_settings settings = ANOMALY_DEFAULTS;
	struct hearing hearing = { 0 };
	struct anomaly *anomaly;

	settings.state = "/nowhere/at/all";
	anomaly = anomaly_new(&settings, START_S * SECOND_NS, hear, &hearing);
	assert_false(anomaly_save(anomaly));
	assert_false(anomaly_save(anomaly));
	anomaly_free(anomaly);
}

/* More rules than are watched; those that are gone make room. */
static void many_rules(void **state)
{
	struct anomaly_settings settings = ANOMALY_DEFAULTS;
	static struct hearing hearing;
	struct anomaly *anomaly = anomaly_new(&settings, START_S * SECOND_NS, hear, &hearing);
	struct tracked_counter *counters = calloc(MOST_RATES + 10, sizeof(*counters));
	struct telemetry telemetry = { .n_counters = MOST_RATES + 10, .counters = counters };
	char (*names)[16] = calloc(MOST_RATES + 10, sizeof(*names)), nothing_said[] = "";
	size_t n_scores;

	for (size_t i = 0; i < MOST_RATES + 10; i++) {
		counters[i].kind = ITEM_RULE;
		for (size_t j = 0; j < N_ITEM_TEXTS; j++)
			counters[i].text[j] = nothing_said;
		snprintf(names[i], sizeof(names[i]), "r%zu", i);
		counters[i].text[TEXT_RULE] = names[i];
	}
	anomaly_tick(anomaly, START_S * SECOND_NS, &telemetry);
	anomaly_scores(anomaly, &n_scores);
	assert_int_equal(n_scores, MOST_RATES);
	telemetry.counters += 10;
	telemetry.n_counters -= 10;
	anomaly_tick(anomaly, (START_S + 10) * SECOND_NS, &telemetry);
	anomaly_tick(anomaly, (START_S + 20) * SECOND_NS, &telemetry);
	anomaly_scores(anomaly, &n_scores);
	assert_int_equal(n_scores, MOST_RATES);
	anomaly_free(anomaly);
	free(counters);
	free(names);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(once_a_cooldown), cmocka_unit_test(by_detection_and_source),
		cmocka_unit_test(forged_sources),  cmocka_unit_test(many_names),
		cmocka_unit_test(clock_is_set),	   cmocka_unit_test(configuration),
		cmocka_unit_test(restarts),	   cmocka_unit_test(no_past),
		cmocka_unit_test(damaged_files),   cmocka_unit_test(no_place),
		cmocka_unit_test(many_rules),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
