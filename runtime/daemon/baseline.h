/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What is usual for one series of observations, and how far one is from it.
 *
 * Observations are logarithms, ln(1 + x) of a count x, so that noise and the hours of the day multiply in x. Of them
 * there is
 * - an exponentially weighted mean and variance, by the increments of West (Updating mean and variance estimates,
 *   CACM 22, 1979) in the form of Finch (Incremental calculation of weighted mean and variance, Cambridge, 2009);
 * - an additive season of 24 hours of UTC, as in Winters (Forecasting sales by exponentially weighted moving
 *   averages, Management Science 6, 1960), but as the mean of whole hours over days, with straight lines between the
 *   middles of hours;
 * - of the deviations a sum of what is above three quarters of the threshold, which raises the alarm at three
 *   quarters of it (Page, Continuous inspection schemes, Biometrika 41, 1954): three in a row that deviate by the
 *   threshold do it, or one by one and a half times as much; what deviates by less than three quarters never does.
 * What is far off teaches no more than an observation at the edge would (Huber, Robust estimation of a location
 * parameter, Annals of Mathematical Statistics 35, 1964): an attack does not become usual at once.
 */
#ifndef SENTRY_DAEMON_BASELINE_H
#define SENTRY_DAEMON_BASELINE_H

#include <stdbool.h>
#include <stdint.h>

#define BASELINE_HOURS 24
/* So many standard deviations off, and it counts as no further. */
#define BASELINE_EDGE 3.0
#define BASELINE_SLACK 0.75

/* All zero: nothing was seen. Lies in the state file as it is: no pointers. */
struct baseline {
	int64_t first_hour;          /* hours since 1970 */
	int64_t hour;                /* that `hour_sum` is of */
	uint32_t n;                  /* observations */
	uint32_t hour_n;
	double hour_sum;
	double level, variance;      /* without the season */
	double alarm;                /* Page's sum */
	float hours[BASELINE_HOURS]; /* means of the hours of the day */
	uint8_t days[BASELINE_HOURS]; /* how many days they are of; stays at its greatest */
	uint32_t reserved;
};

double baseline_of_count(double count);   /* ln(1 + count) */
double baseline_to_count(double observed);

/* What the hour of the day adds; 0 in the first day. */
double baseline_season(const struct baseline *baseline, int64_t time_s);
double baseline_expected(const struct baseline *baseline, int64_t time_s);

/*
 * Standard deviation, but not less than `floor`, and not less than a count that is `expected` varies by chance
 * (Poisson).
 */
double baseline_deviation(double variance, double expected, double floor);

/*
 * `rate`: weight of a new observation, after the first few. `deviation`: as it was judged by; 0: unknown yet,
 * everything is believed. An observation that is `anomalous` moves the level a little and the variance not at all.
 */
void baseline_learn(struct baseline *baseline, double observed, int64_t time_s, double rate, double deviation,
		    bool anomalous);

bool baseline_alarmed(const struct baseline *baseline, double threshold);
/* Puts a score to the sum; true at the observation with which the alarm begins. A score of 0 is rest. */
bool baseline_alarm(struct baseline *baseline, double score, double threshold);

/* The weight of one observation, if `per_half_life` of them are to weigh as much as all before. */
double baseline_rate(double per_half_life);

/* Are these numbers that this code may have written? */
bool baseline_is_sound(const struct baseline *baseline);

#endif
