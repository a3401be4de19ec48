/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Packets of rules and interfaces. */
#include "anomaly_parts.h"

#include "memory.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#define N_HEADS 4096
#define NOBODY UINT32_MAX
/* A rate that changes by less than some 16 % is as before. */
#define FLOOR 0.15
/* Of fewer observations the variance says nothing: then it is taken to be this. */
#define ENOUGH 30
#define UNKNOWN_VARIANCE 1.0

static uint32_t *head_of(const struct anomaly *anomaly, bool is_rule, const char *policy, const char *block,
			 const char *name)
{
	const char *const parts[] = { is_rule ? "r" : "i", policy, block, name };
	uint64_t hash = 0;

	for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
		uint8_t bytes[crypto_shorthash_BYTES];
		uint64_t part;

		crypto_shorthash(bytes, (const uint8_t *)parts[i], strlen(parts[i]), anomaly->seed);
		memcpy(&part, bytes, sizeof(part));
		hash = hash * 31 + part;
	}
	return &anomaly->rate_heads[hash % N_HEADS];
}

static void name_rate(struct rate *rate, bool is_rule, const char *policy, const char *block, const char *name)
{
	rate->is_rule = is_rule;
	rate->policy = copy_text(policy, strlen(policy));
	rate->block = copy_text(block, strlen(block));
	rate->name = copy_text(name, strlen(name));
}

static void forget_rate(struct rate *rate)
{
	free(rate->policy);
	free(rate->block);
	free(rate->name);
	*rate = (struct rate){ 0 };
}

/* The one that was not seen for the longest time; none if all are there. */
static uint32_t oldest(const struct anomaly *anomaly, int64_t now_ns)
{
	uint32_t found = NOBODY;

	for (uint32_t i = 0; i < anomaly->n_rates; i++) {
		if (!anomaly->rates[i].seen && anomaly->rates[i].seen_ns < now_ns &&
		    (found == NOBODY || anomaly->rates[i].seen_ns < anomaly->rates[found].seen_ns))
			found = i;
	}
	return found;
}

static void unchain(struct anomaly *anomaly, uint32_t number)
{
	const struct rate *rate = &anomaly->rates[number];
	uint32_t *at = head_of(anomaly, rate->is_rule, rate->policy, rate->block, rate->name);

	while (*at != number)
		at = &anomaly->rate_next[*at];
	*at = anomaly->rate_next[number];
}

struct rate *anomaly_rate(struct anomaly *anomaly, bool is_rule, const char *policy, const char *block,
			  const char *name, int64_t now_ns)
{
	uint32_t *head, number;
	struct rate *rate;

	if (!anomaly->rates) {
		anomaly->rates = allocate(MOST_RATES, sizeof(*anomaly->rates));
		anomaly->rate_next = allocate(MOST_RATES, sizeof(*anomaly->rate_next));
		anomaly->rate_heads = allocate(N_HEADS, sizeof(*anomaly->rate_heads));
		memset(anomaly->rate_heads, 0xff, N_HEADS * sizeof(*anomaly->rate_heads));
	}
	head = head_of(anomaly, is_rule, policy, block, name);
	for (number = *head; number != NOBODY; number = anomaly->rate_next[number]) {
		rate = &anomaly->rates[number];
		if (rate->is_rule == is_rule && strcmp(rate->name, name) == 0 && strcmp(rate->block, block) == 0 &&
		    strcmp(rate->policy, policy) == 0)
			return rate;
	}
	if (anomaly->n_rates < MOST_RATES) {
		number = (uint32_t)anomaly->n_rates++;
	} else {
		number = oldest(anomaly, now_ns);
		if (number == NOBODY)
			return NULL;
		unchain(anomaly, number);
		forget_rate(&anomaly->rates[number]);
	}
	rate = &anomaly->rates[number];
	name_rate(rate, is_rule, policy, block, name);
	rate->since_ns = now_ns;
	anomaly->rate_next[number] = *head;
	*head = number;
	return rate;
}

void anomaly_free_rates(struct anomaly *anomaly)
{
	for (size_t i = 0; i < anomaly->n_rates; i++)
		forget_rate(&anomaly->rates[i]);
	free(anomaly->rates);
	free(anomaly->rate_next);
	free(anomaly->rate_heads);
	free(anomaly->scores);
}

static void alert(struct anomaly *anomaly, struct rate *rate, int64_t now_ns, double packets, double expected)
{
	double seconds = (double)anomaly->settings.interval_ns / SECOND_NS;
	struct deviation deviation = {
		.name = rate->is_rule ? "rule-rate" : "interface-rate",
		.unit = "packets/s",
		.value = packets / seconds,
		.expected = expected / seconds,
		.score = rate->score,
	};
	struct item item;

	if (!anomaly_may_alert(anomaly, now_ns, rate->alerted_ns))
		return;
	rate->alerted_ns = now_ns;
	item_clear(&item, ITEM_ALERT);
	item.text[TEXT_SUBJECT] = rate->name;
	item.text[TEXT_POLICY] = rate->policy;
	item.text[TEXT_BLOCK] = rate->block;
	item.text[rate->is_rule ? TEXT_RULE : TEXT_INTERFACE] = rate->name;
	anomaly_alert(anomaly, &item, now_ns, &deviation);
}

/* Intervals without a packet say nothing of how many come when some come, and so are not learned from. */
static void observe(struct anomaly *anomaly, struct rate *rate, int64_t now_ns, double packets)
{
	const struct anomaly_settings *settings = &anomaly->settings;
	bool quiet = now_ns - rate->since_ns < settings->warm_up_ns, anomalous;
	struct baseline *baseline = &rate->baseline;
	double observed = baseline_of_count(packets), expected, variance = baseline->variance, deviation;
	int64_t time_s = now_ns / SECOND_NS;

	if (packets <= 0) {
		rate->score = 0;
		baseline_alarm(baseline, 0, settings->threshold);
		return;
	}
	expected = baseline->n ? baseline_expected(baseline, time_s) : 0;
	if (baseline->n < ENOUGH && variance < UNKNOWN_VARIANCE)
		variance = UNKNOWN_VARIANCE;
	deviation = baseline_deviation(variance, expected, FLOOR);
	rate->score = quiet ? 0 : (observed - expected) / deviation;
	anomalous = rate->score > settings->threshold;
	if (!quiet && baseline_alarm(baseline, rate->score, settings->threshold))
		alert(anomaly, rate, now_ns, packets, baseline_to_count(expected));
	baseline_learn(baseline, observed, time_s, anomaly->rate, quiet ? 0 : deviation, anomalous);
}

static void read_counters(struct anomaly *anomaly, int64_t now_ns, const struct telemetry *telemetry)
{
	for (size_t i = 0; i < telemetry->n_counters; i++) {
		const struct tracked_counter *counter = &telemetry->counters[i];
		struct rate *rate = NULL;

		if (counter->kind == ITEM_RULE && anomaly->settings.rules)
			rate = anomaly_rate(anomaly, true, counter->text[TEXT_POLICY], counter->text[TEXT_BLOCK],
					    counter->text[TEXT_RULE], now_ns);
		else if (counter->kind == ITEM_TRAFFIC && anomaly->settings.interfaces)
			rate = anomaly_rate(anomaly, false, "", "", counter->text[TEXT_INTERFACE], now_ns);
		if (!rate)
			continue;
		rate->packets = (rate->seen ? rate->packets : 0) + counter->packets;
		rate->seen = true;
		rate->seen_ns = now_ns;
	}
}

static void note_scores(struct anomaly *anomaly)
{
	if (!anomaly->scores)
		anomaly->scores = allocate(MOST_RATES, sizeof(*anomaly->scores));
	anomaly->n_scores = 0;
	for (size_t i = 0; i < anomaly->n_rates; i++) {
		const struct rate *rate = &anomaly->rates[i];

		if (rate->seen)
			anomaly->scores[anomaly->n_scores++] = (struct score){
				.kind = rate->is_rule ? "rule" : "interface",
				.policy = rate->policy, .name = rate->name, .score = rate->score,
			};
	}
}

void anomaly_tick_rates(struct anomaly *anomaly, int64_t now_ns, int64_t elapsed_ns, const struct telemetry *telemetry)
{
	for (size_t i = 0; i < anomaly->n_rates; i++)
		anomaly->rates[i].seen = false;
	read_counters(anomaly, now_ns, telemetry);
	for (size_t i = 0; i < anomaly->n_rates; i++) {
		struct rate *rate = &anomaly->rates[i];
		uint64_t last = rate->last;
		bool known = rate->counted && elapsed_ns > 0 && rate->packets >= last;
		double intervals = (double)elapsed_ns / (double)anomaly->settings.interval_ns;

		rate->counted = rate->seen;
		if (!rate->seen)
			continue;
		rate->last = rate->packets;
		if (known)
			observe(anomaly, rate, now_ns, (double)(rate->packets - last) / intervals);
	}
	note_scores(anomaly);
}
