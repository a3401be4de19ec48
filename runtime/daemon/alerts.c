/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "alerts.h"

#include "memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MILLISECOND_NS 1000000LL
#define DETECTION_COOLDOWN_NS (60000 * MILLISECOND_NS)
/* Names of detections come from the policy: more than so many at a time are not told apart. */
#define MOST_DETECTIONS 256
/* Names are 64 bytes at most; what an object of others says is cut. */
#define NAME_SIZE 80

/* What one source did of what one detection finds, until its cooldown is over. */
struct sighting {
	char policy[NAME_SIZE], block[NAME_SIZE], rule[NAME_SIZE], interface[NAME_SIZE];
	char verdict[16], direction[16];
	uint32_t generation, line;
	struct item_ends ends;   /* of the first packet; without an IP version: of many sources */
	int64_t begin_ns;        /* of the cooldown */
	uint64_t packets, bytes; /* not told yet */
};

struct detection {
	char name[NAME_SIZE];
	size_t n;
	struct sighting *sightings;
	bool has_others;
	struct sighting others; /* sources for which there is no room */
};

struct alerts {
	struct alerts_settings settings;
	alerts_emit emit;
	void *context;
	struct anomaly *anomaly; /* NULL: off */
	int64_t last_ns;         /* tick */
	size_t n;
	struct detection detections[MOST_DETECTIONS];
};

#define SECOND_MS 1000ULL
#define HOUR_MS (3600 * SECOND_MS)
#define DAY_MS (24 * HOUR_MS)

static int64_t duration(struct config_map *map, const char *key, int64_t otherwise_ns, uint64_t least_ms,
			uint64_t most_ms)
{
	return (int64_t)config_duration(map, key, (uint64_t)(otherwise_ns / MILLISECOND_NS), least_ms, most_ms) *
	       MILLISECOND_NS;
}

static void configure_anomalies(struct anomaly_settings *settings, struct config_map *map)
{
	*settings = (struct anomaly_settings)ANOMALY_DEFAULTS;
	settings->threshold = config_decimal(map, "threshold", settings->threshold, 1, 50);
	settings->interval_ns = duration(map, "interval", settings->interval_ns, SECOND_MS, 600 * SECOND_MS);
	settings->warm_up_ns = duration(map, "warm-up", settings->warm_up_ns, 0, 30 * DAY_MS);
	settings->half_life_ns = duration(map, "half-life", settings->half_life_ns, SECOND_MS, 30 * DAY_MS);
	settings->cooldown_ns = duration(map, "cooldown", settings->cooldown_ns, 0, 7 * DAY_MS);
	settings->sources = config_number(map, "sources", settings->sources, 0, 1000000);
	settings->destinations = config_number(map, "destinations", settings->destinations, 0, 1000000);
	settings->rules = config_bool(map, "rules", settings->rules);
	settings->interfaces = config_bool(map, "interfaces", settings->interfaces);
	settings->state = config_text(map, "state", NULL);
	if (settings->half_life_ns < settings->interval_ns)
		config_error(map, "half-life", "half-life: must not be less than the interval");
}

void alerts_configure(struct alerts_settings *settings, struct config_map *map)
{
	struct config_map detections, anomalies;

	*settings = (struct alerts_settings){ .anomalies = config_has(map, "anomalies") };
	config_sub(map, "detections", &detections);
	settings->cooldown_ns = duration(&detections, "cooldown", DETECTION_COOLDOWN_NS, SECOND_MS, DAY_MS);
	settings->sources = config_number(&detections, "sources", 64, 1, 1024);
	config_end(&detections);
	config_sub(map, "anomalies", &anomalies);
	configure_anomalies(&settings->anomaly, &anomalies);
	config_end(&anomalies);
}

struct alerts *alerts_new(const struct alerts_settings *settings, int64_t now_ns, alerts_emit emit, void *context)
{
	struct alerts *alerts = allocate(1, sizeof(*alerts));

	alerts->settings = *settings;
	alerts->emit = emit;
	alerts->context = context;
	if (settings->anomalies)
		alerts->anomaly = anomaly_new(&settings->anomaly, now_ns, emit, context);
	return alerts;
}

static void begin(struct sighting *sighting, const struct item *item)
{
	*sighting = (struct sighting){
		.generation = item->generation, .line = item->line, .ends = item->ends, .begin_ns = item->time_ns,
	};
	snprintf(sighting->policy, sizeof(sighting->policy), "%s", item->text[TEXT_POLICY]);
	snprintf(sighting->block, sizeof(sighting->block), "%s", item->text[TEXT_BLOCK]);
	snprintf(sighting->rule, sizeof(sighting->rule), "%s", item->text[TEXT_RULE]);
	snprintf(sighting->interface, sizeof(sighting->interface), "%s", item->text[TEXT_INTERFACE]);
	snprintf(sighting->verdict, sizeof(sighting->verdict), "%s", item->text[TEXT_VERDICT]);
	snprintf(sighting->direction, sizeof(sighting->direction), "%s", item->text[TEXT_DIRECTION]);
}

static void tell(struct alerts *alerts, const struct detection *detection, struct sighting *sighting, int64_t now_ns,
		 bool first)
{
	char source[ITEM_ADDRESS_SIZE], detail[512];
	struct item item;

	item_clear(&item, ITEM_ALERT);
	item.time_ns = now_ns;
	item.generation = sighting->generation;
	item.line = sighting->line;
	item.ends = sighting->ends;
	item.packets = sighting->packets;
	item.bytes = sighting->bytes;
	item.value = (double)sighting->packets;
	item.text[TEXT_POLICY] = sighting->policy;
	item.text[TEXT_BLOCK] = sighting->block;
	item.text[TEXT_RULE] = sighting->rule;
	item.text[TEXT_VERDICT] = sighting->verdict;
	item.text[TEXT_DIRECTION] = sighting->direction;
	item.text[TEXT_INTERFACE] = sighting->interface;
	item.text[TEXT_NAME] = detection->name;
	item.text[TEXT_SUBJECT] =
		item.ends.ip_version ? item_address(&item.ends, item.ends.source, source) : "other sources";
	if (first)
		snprintf(detail, sizeof(detail), "%s from %s, by rule %s", detection->name, item.text[TEXT_SUBJECT],
			 sighting->rule);
	else
		snprintf(detail, sizeof(detail), "%s from %s goes on, by rule %s: %" PRIu64 " more packets",
			 detection->name, item.text[TEXT_SUBJECT], sighting->rule, sighting->packets);
	item.text[TEXT_DETAIL] = detail;
	sighting->packets = sighting->bytes = 0;
	alerts->emit(alerts->context, &item);
}

static struct detection *find_detection(struct alerts *alerts, const char *name)
{
	struct detection *detection;

	for (size_t i = 0; i < alerts->n; i++) {
		if (strncmp(alerts->detections[i].name, name, NAME_SIZE - 1) == 0)
			return &alerts->detections[i];
	}
	if (alerts->n == MOST_DETECTIONS)
		return NULL;
	detection = &alerts->detections[alerts->n++];
	*detection = (struct detection){ .n = 0 };
	snprintf(detection->name, sizeof(detection->name), "%s", name);
	return detection;
}

static bool same_source(const struct item_ends *one, const struct item_ends *other)
{
	return one->ip_version == other->ip_version && memcmp(one->source, other->source, sizeof(one->source)) == 0;
}

static struct sighting *find_sighting(struct detection *detection, const struct item *item)
{
	for (size_t i = 0; i < detection->n; i++) {
		if (same_source(&detection->sightings[i].ends, &item->ends))
			return &detection->sightings[i];
	}
	return NULL;
}

/* Forged sources are as many as their sender likes. */
static struct sighting *add_sighting(struct alerts *alerts, struct detection *detection, const struct item *item,
				     bool *first)
{
	struct sighting *sighting;

	*first = true;
	if (detection->n < alerts->settings.sources && item->ends.ip_version) {
		detection->sightings = grow(detection->sightings, detection->n, sizeof(*detection->sightings));
		sighting = &detection->sightings[detection->n++];
		begin(sighting, item);
		return sighting;
	}
	sighting = &detection->others;
	*first = !detection->has_others;
	if (*first)
		begin(sighting, item);
	sighting->ends = (struct item_ends){ .vlan = ITEM_NO_VLAN };
	detection->has_others = true;
	return sighting;
}

/*
 * The first packet is told at once, what follows is counted until the cooldown is over: a key that goes on exceeding
 * its rate writes a record for each packet.
 */
static void sight(struct alerts *alerts, const struct item *item)
{
	struct detection *detection = find_detection(alerts, item->text[TEXT_SUBJECT]);
	struct sighting *sighting;
	bool first = false;

	if (!detection)
		return;
	sighting = find_sighting(detection, item);
	if (!sighting)
		sighting = add_sighting(alerts, detection, item, &first);
	sighting->packets += item->packets;
	sighting->bytes += item->bytes;
	if (first)
		tell(alerts, detection, sighting, item->time_ns, true);
}

void alerts_item(struct alerts *alerts, const struct item *item)
{
	if (item->kind == ITEM_EVENT && strcmp(item->text[TEXT_NAME], "detect") == 0)
		sight(alerts, item);
	else if (item->kind == ITEM_FLOW && alerts->anomaly)
		anomaly_flow(alerts->anomaly, item);
}

/* False: nothing came in its cooldown, or there shall be no other. */
static bool goes_on(struct alerts *alerts, const struct detection *detection, struct sighting *sighting, int64_t now_ns,
		    bool end)
{
	int64_t age_ns = now_ns - sighting->begin_ns;

	/* The clock may have been set back. */
	if (!end && age_ns >= 0 && age_ns < alerts->settings.cooldown_ns)
		return true;
	sighting->begin_ns = now_ns;
	if (sighting->packets == 0)
		return false;
	tell(alerts, detection, sighting, now_ns, false);
	return !end;
}

static void tick_detection(struct alerts *alerts, struct detection *detection, int64_t now_ns, bool end)
{
	size_t kept = 0;

	for (size_t i = 0; i < detection->n; i++) {
		if (goes_on(alerts, detection, &detection->sightings[i], now_ns, end))
			detection->sightings[kept++] = detection->sightings[i];
	}
	if (kept == 0) {
		free(detection->sightings);
		detection->sightings = NULL;
	}
	detection->n = kept;
	if (detection->has_others)
		detection->has_others = goes_on(alerts, detection, &detection->others, now_ns, end);
}

static void tick_detections(struct alerts *alerts, int64_t now_ns, bool end)
{
	size_t kept = 0;

	for (size_t i = 0; i < alerts->n; i++) {
		struct detection *detection = &alerts->detections[i];

		tick_detection(alerts, detection, now_ns, end);
		if (detection->n > 0 || detection->has_others)
			alerts->detections[kept++] = *detection;
	}
	alerts->n = kept;
}

void alerts_tick(struct alerts *alerts, int64_t now_ns, const struct telemetry *telemetry)
{
	alerts->last_ns = now_ns;
	tick_detections(alerts, now_ns, false);
	if (alerts->anomaly)
		anomaly_tick(alerts->anomaly, now_ns, telemetry);
}

void alerts_free(struct alerts *alerts)
{
	if (!alerts)
		return;
	tick_detections(alerts, alerts->last_ns, true);
	anomaly_free(alerts->anomaly);
	free(alerts);
}

const struct score *alerts_scores(const struct alerts *alerts, size_t *n)
{
	*n = 0;
	return alerts->anomaly ? anomaly_scores(alerts->anomaly, n) : NULL;
}
