/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What is usual for one series, and the table of hosts. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "series.h"

#include "anomaly_parts.h"

#include <stdio.h>

#define HOUR_S 3600
#define DAY_S (24 * HOUR_S)

/* The first observations weigh alike: mean and variance are the plain ones. */
static void first_ones(void **state)
{
	static const double seen[] = { 2, 4, 4, 4, 5, 5, 7, 9 };
	struct baseline baseline = { 0 };

	for (size_t i = 0; i < 8; i++)
		baseline_learn(&baseline, seen[i], 1000, 0.01, 0, false);
	assert_float_equal(baseline_expected(&baseline, 1000), 5, 1e-9);
	assert_float_equal(baseline.variance, 4, 1e-9);
}

/* Then an observation of one half-life ago weighs half of one of now. */
static void half_life(void **state)
{
	struct baseline baseline = { 0 };

	for (size_t i = 0; i < 100000; i++)
		baseline_learn(&baseline, 0, 1000, baseline_rate(100), 0, false);
	for (size_t i = 0; i < 100; i++)
		baseline_learn(&baseline, 1, 1000, baseline_rate(100), 0, false);
	assert_float_equal(baseline_expected(&baseline, 1000), 0.5, 1e-6);
}

/* Noise is measured as what it is; the clip at three standard deviations takes hardly any of it away. */
static void noise(void **state)
{
	struct world world = { .state = 7 };
	struct baseline baseline = { 0 };
	unsigned int above = 0;

	for (size_t i = 0; i < 50000; i++) {
		double observed = 5 + 0.4 * world_normal(&world), deviation = sqrt(baseline.variance);

		above += i > 2000 && observed > baseline_expected(&baseline, 1000) + 3 * deviation;
		baseline_learn(&baseline, observed, 1000, baseline_rate(1000), i > 1000 ? deviation : 0, false);
	}
	assert_float_equal(baseline_expected(&baseline, 1000), 5, 0.05);
	assert_float_equal(sqrt(baseline.variance), 0.4, 0.03);
	assert_in_range(above, 30, 130); /* 65 expected */
}

static double daily(int64_t time_s)
{
	return 5 + sin(6.283185307179586 * (double)(time_s % DAY_S) / DAY_S);
}

/* From the second day on the hours are known: what is expected follows them without lag and without jumps. */
static void seasons(void **state)
{
	struct baseline baseline = { 0 };
	double before = 0, worst = 0, jump = 0, lag = 0;

	for (int64_t time_s = 0; time_s < 4 * DAY_S; time_s += 10) {
		double expected = baseline_expected(&baseline, time_s);

		if (time_s > HOUR_S && time_s < DAY_S)
			lag = fmax(lag, fabs(expected - daily(time_s)));
		if (time_s > 2 * DAY_S)
			worst = fmax(worst, fabs(expected - daily(time_s)));
		if (time_s > HOUR_S)
			jump = fmax(jump, fabs(expected - before));
		baseline_learn(&baseline, daily(time_s), time_s, baseline_rate(180), 0, false);
		before = baseline_expected(&baseline, time_s);
	}
	print_message("# a day that swings by a factor of 7: off by %.2f on the first day, %.3f from the third\n", lag,
		      worst);
	assert_in_range((uint64_t)(lag * 1000), 100, 250);
	assert_in_range((uint64_t)(worst * 1000), 0, 60);
	assert_in_range((uint64_t)(jump * 1000), 0, 5);
}

/* A change that stays is usual in the end, but not at once. */
static void lasting_change(void **state)
{
	struct baseline baseline = { 0 };
	double deviation;
	size_t n = 0;

	for (size_t i = 0; i < 1000; i++)
		baseline_learn(&baseline, 5, 1000, baseline_rate(180), 0, false);
	for (deviation = 0.15; baseline_expected(&baseline, 1000) + 4 * deviation < 5 + log(10); n++)
		baseline_learn(&baseline, 5 + log(10), 1000, baseline_rate(180), deviation, true);
	print_message("# ten times as much is usual again after %.1f h\n", (double)n / 360);
	assert_in_range(n, 360, 3600);
	assert_float_equal(baseline.variance, 0, 1e-9);
}

static void alarms(void **state)
{
	struct baseline baseline = { 0 };

	/* Below three quarters of the threshold: never. */
	for (size_t i = 0; i < 1000; i++)
		assert_false(baseline_alarm(&baseline, 2.99, 4));
	/* The threshold: at the third. Once. */
	assert_false(baseline_alarm(&baseline, 4, 4));
	assert_false(baseline_alarm(&baseline, 4, 4));
	assert_true(baseline_alarm(&baseline, 4, 4));
	assert_false(baseline_alarm(&baseline, 400, 4));
	/* It is over soon after its reason. */
	assert_true(baseline_alarmed(&baseline, 4));
	baseline_alarm(&baseline, 0, 4);
	baseline_alarm(&baseline, 0, 4);
	assert_false(baseline_alarmed(&baseline, 4));
	assert_true(baseline_alarm(&baseline, 6, 4));
}

/* Counts vary by their root, whatever was learned. */
static void least_deviation(void **state)
{
	assert_float_equal(baseline_deviation(0, baseline_of_count(10000), 0), 0.01, 1e-5);
	assert_float_equal(baseline_deviation(0, 0, 0.5), 0.5, 1e-9);
	assert_float_equal(baseline_deviation(4, 1, 0.5), 2, 1e-9);
	assert_float_equal(baseline_to_count(baseline_of_count(17)), 17, 1e-9);
}

static struct host *add(struct hosts *hosts, uint32_t address, double weight)
{
	uint8_t bytes[16] = { 0 };

	memcpy(bytes, &address, sizeof(address));
	return hosts_add(hosts, bytes, 4, weight);
}

/* Whoever has more than 1/capacity of all weight is there, and its weight is never told too small. */
static void heavy_ones_stay(void **state)
{
	static const uint8_t seed[16] = { 1 };
	struct world world = { .state = 3 };
	struct hosts *hosts = hosts_new(100, seed);
	double true_weights[5] = { 0 }, all = 0;

	for (size_t i = 0; i < 200000; i++) {
		uint64_t pick = world_bits(&world) % 100;

		/* A fifth each of four hundredths, and a flood of addresses that are never seen again. */
		if (pick < 20) {
			add(hosts, (uint32_t)pick / 4, 1);
			true_weights[pick / 4]++;
		} else {
			add(hosts, 1000 + (uint32_t)world_bits(&world) % 1000000000, 1);
		}
		all++;
	}
	assert_int_equal(hosts_count(hosts), 100);
	for (uint32_t i = 0; i < 5; i++) {
		double weight = add(hosts, i, 0)->weight;

		assert_true(true_weights[i] > all / 100);
		assert_true(weight >= true_weights[i] && weight <= true_weights[i] + all / 100);
	}
	hosts_free(hosts);
}

/* The same address of another IP version is another. */
static void addresses(void **state)
{
	static const uint8_t seed[16] = { 1 };
	struct hosts *hosts = hosts_new(2, seed);
	uint8_t zero[16] = { 0 };

	hosts_add(hosts, zero, 4, 1)->packets = 7;
	assert_int_equal(hosts_add(hosts, zero, 6, 1)->packets, 0);
	assert_int_equal(hosts_add(hosts, zero, 4, 1)->packets, 7);
	/* The lighter one makes room, and gives its weight. */
	zero[0] = 1;
	assert_float_equal(hosts_add(hosts, zero, 4, 5)->weight, 6, 1e-9);
	assert_int_equal(hosts_add(hosts, zero, 4, 0)->packets, 0);
	zero[0] = 0;
	assert_int_equal(hosts_add(hosts, zero, 4, 0)->packets, 7);
	hosts_free(hosts);
}

/* Linear counting with 512 bits. */
static void different_values(void **state)
{
	static const uint8_t seed[16] = { 9 };
	struct hosts *hosts = hosts_new(1, seed);
	struct host_bits bits = { { 0 } };

	for (uint32_t i = 0; i < 1000; i++) {
		double count = host_bits_count(&bits);

		if (i == 1 || i == 10)
			assert_float_equal(count, i, 0.5);
		if (i >= 100)
			assert_true(fabs(count - i) < 0.15 * i);
		host_bit(hosts, &bits, &i, sizeof(i));
		host_bit(hosts, &bits, &i, sizeof(i));
	}
	memset(&bits, 0xff, sizeof(bits));
	assert_float_equal(host_bits_count(&bits), 3549, 1);
	hosts_free(hosts);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(first_ones),      cmocka_unit_test(half_life),	     cmocka_unit_test(noise),
		cmocka_unit_test(seasons),	   cmocka_unit_test(lasting_change), cmocka_unit_test(alarms),
		cmocka_unit_test(least_deviation), cmocka_unit_test(heavy_ones_stay), cmocka_unit_test(addresses),
		cmocka_unit_test(different_values),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
