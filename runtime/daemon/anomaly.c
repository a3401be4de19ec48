/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "anomaly_parts.h"

#include "anomaly_state.h"
#include "memory.h"

#include <sodium.h>
#include <stdlib.h>

/* What is learned is worth this to a restart. */
#define SAVE_NS (600 * SECOND_NS)
/* After a pause of so many intervals counts are of no one interval. */
#define LONGEST_INTERVALS 3

struct anomaly *anomaly_new(const struct anomaly_settings *settings, int64_t now_ns, alerts_emit emit, void *context)
{
	struct anomaly *anomaly = allocate(1, sizeof(*anomaly));

	*anomaly = (struct anomaly){
		.settings = *settings, .emit = emit, .context = context, .started_ns = now_ns, .saved_ns = now_ns,
		.rate = baseline_rate((double)settings->half_life_ns / (double)settings->interval_ns),
	};
	randombytes_buf(anomaly->seed, sizeof(anomaly->seed));
	anomaly_load(anomaly);
	for (enum host_end end = 0; end < N_HOST_ENDS; end++) {
		if (!anomaly->hosts[end] && anomaly_capacity(settings, end))
			anomaly->hosts[end] = hosts_new(anomaly_capacity(settings, end), anomaly->seed);
	}
	return anomaly;
}

void anomaly_free(struct anomaly *anomaly)
{
	if (!anomaly)
		return;
	anomaly_save(anomaly);
	anomaly_free_rates(anomaly);
	for (enum host_end end = 0; end < N_HOST_ENDS; end++)
		hosts_free(anomaly->hosts[end]);
	free(anomaly);
}

void anomaly_alert(struct anomaly *anomaly, struct item *item, int64_t now_ns, const struct deviation *deviation)
{
	char detail[256];

	snprintf(detail, sizeof(detail), "%.*s: %.4g %s where %.4g are usual, %.1f standard deviations above it", 128,
		 item->text[TEXT_SUBJECT], deviation->value, deviation->unit, deviation->expected, deviation->score);
	item->time_ns = now_ns;
	item->text[TEXT_NAME] = deviation->name;
	item->text[TEXT_DETAIL] = detail;
	item->score = deviation->score;
	item->value = deviation->value;
	item->expected = deviation->expected;
	anomaly->emit(anomaly->context, item);
}

void anomaly_tick(struct anomaly *anomaly, int64_t now_ns, const struct telemetry *telemetry)
{
	int64_t interval_ns = anomaly->settings.interval_ns, elapsed_ns = now_ns - anomaly->last_ns;

	/* The clock may be set, also back. */
	if (elapsed_ns >= 0 && elapsed_ns < interval_ns)
		return;
	if (anomaly->last_ns == 0 || elapsed_ns < 0 || elapsed_ns > LONGEST_INTERVALS * interval_ns)
		elapsed_ns = 0;
	anomaly->last_ns = now_ns;
	anomaly_tick_rates(anomaly, now_ns, elapsed_ns, telemetry);
	anomaly_tick_hosts(anomaly, now_ns, elapsed_ns);
	if (now_ns - anomaly->saved_ns >= SAVE_NS || now_ns < anomaly->saved_ns) {
		anomaly->saved_ns = now_ns;
		anomaly_save(anomaly);
	}
}

const struct score *anomaly_scores(const struct anomaly *anomaly, size_t *n)
{
	*n = anomaly->n_scores;
	return anomaly->scores;
}
