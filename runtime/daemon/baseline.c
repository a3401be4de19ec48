/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "baseline.h"

#include <math.h>

#define HOUR_S 3600
#define MOST_DAYS 7      /* of a mean of days, a new one weighs at least a seventh */
#define MOST_LEVEL 100.0 /* ln(1 + x) of anything */

double baseline_of_count(double count)
{
	return log1p(count);
}

double baseline_to_count(double observed)
{
	return expm1(observed);
}

static double mean_of_hours(const struct baseline *baseline)
{
	double sum = 0;
	unsigned int n = 0;

	for (unsigned int i = 0; i < BASELINE_HOURS; i++) {
		if (baseline->days[i]) {
			sum += (double)baseline->hours[i];
			n++;
		}
	}
	return n ? sum / n : 0;
}

/* An hour that was never seen is as its neighbour. */
static double hour_or(const struct baseline *baseline, int64_t hour, double otherwise)
{
	int64_t i = (hour % BASELINE_HOURS + BASELINE_HOURS) % BASELINE_HOURS;

	return baseline->days[i] ? (double)baseline->hours[i] : otherwise;
}

double baseline_season(const struct baseline *baseline, int64_t time_s)
{
	int64_t hour = time_s / HOUR_S;
	double mean, here, there, along;

	/* Before a day is over, most hours are unknown, and what is known of the others is the level, mostly. */
	if (baseline->n == 0 || baseline->hour - baseline->first_hour < BASELINE_HOURS)
		return 0;
	mean = mean_of_hours(baseline);
	along = (double)(time_s % HOUR_S) / HOUR_S - 0.5;
	here = hour_or(baseline, hour, mean);
	there = hour_or(baseline, along < 0 ? hour - 1 : hour + 1, here);
	return here + (there - here) * fabs(along) - mean;
}

double baseline_expected(const struct baseline *baseline, int64_t time_s)
{
	return baseline->level + baseline_season(baseline, time_s);
}

/* A Poisson count of mean m has the variance m, and its logarithm, by the delta method, m / (1 + m)². */
double baseline_deviation(double variance, double expected, double floor)
{
	double count = expected > 0 ? expm1(expected) : 0;
	double least = floor * floor + count / ((1 + count) * (1 + count));

	return sqrt(variance > least ? variance : least);
}

/* The level takes over what the season loses, so that what is expected does not jump. */
static void end_hour(struct baseline *baseline, int64_t time_s)
{
	int64_t i = (baseline->hour % BASELINE_HOURS + BASELINE_HOURS) % BASELINE_HOURS;
	double before = baseline_season(baseline, time_s), mean, weight;

	if (baseline->hour_n > 0) {
		mean = baseline->hour_sum / baseline->hour_n;
		if (baseline->days[i] < MOST_DAYS)
			baseline->days[i]++;
		weight = 1.0 / baseline->days[i];
		baseline->hours[i] += (float)((mean - (double)baseline->hours[i]) * weight);
	}
	baseline->hour = time_s / HOUR_S;
	baseline->hour_sum = 0;
	baseline->hour_n = 0;
	baseline->level += before - baseline_season(baseline, time_s);
}

void baseline_learn(struct baseline *baseline, double observed, int64_t time_s, double rate, double deviation,
		    bool anomalous)
{
	double diff, weight, edge = BASELINE_EDGE * deviation;

	if (baseline->n == 0)
		baseline->first_hour = baseline->hour = time_s / HOUR_S;
	else if (time_s / HOUR_S != baseline->hour)
		end_hour(baseline, time_s);
	diff = observed - baseline_expected(baseline, time_s);
	if (deviation > 0)
		diff = fmin(fmax(diff, -edge), edge);
	baseline->hour_sum += baseline_expected(baseline, time_s) + diff;
	baseline->hour_n++;
	if (baseline->n < UINT32_MAX)
		baseline->n++;
	/* The first ones weigh alike: their plain mean. */
	weight = fmax(rate, 1.0 / baseline->n);
	baseline->level += weight * diff;
	if (!anomalous)
		baseline->variance = (1 - weight) * (baseline->variance + weight * diff * diff);
}

bool baseline_alarmed(const struct baseline *baseline, double threshold)
{
	return baseline->alarm >= BASELINE_SLACK * threshold;
}

bool baseline_alarm(struct baseline *baseline, double score, double threshold)
{
	bool before = baseline_alarmed(baseline, threshold);
	double sum = baseline->alarm + score - BASELINE_SLACK * threshold;

	/* Not without bound, so that the alarm ends a few observations after its reason. */
	baseline->alarm = fmin(fmax(sum, 0), 2 * BASELINE_SLACK * threshold);
	return !before && baseline_alarmed(baseline, threshold);
}

double baseline_rate(double per_half_life)
{
	return per_half_life > 1 ? 1 - exp2(-1 / per_half_life) : 0.5;
}

static bool within(double number, double least, double most)
{
	return isfinite(number) && number >= least && number <= most;
}

bool baseline_is_sound(const struct baseline *baseline)
{
	for (unsigned int i = 0; i < BASELINE_HOURS; i++) {
		if (baseline->days[i] > MOST_DAYS || !within((double)baseline->hours[i], -MOST_LEVEL, MOST_LEVEL))
			return false;
	}
	return within(baseline->level, -MOST_LEVEL, MOST_LEVEL) &&
	       within(baseline->variance, 0, MOST_LEVEL * MOST_LEVEL) &&
	       within(baseline->hour_sum, -MOST_LEVEL * UINT32_MAX, MOST_LEVEL * UINT32_MAX) &&
	       within(baseline->alarm, 0, MOST_LEVEL) && baseline->first_hour >= 0 &&
	       baseline->hour >= baseline->first_hour && baseline->hour < INT64_MAX / HOUR_S;
}
