/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Sources and destinations. One with a past of its own is unusual if it is so for itself and for hosts altogether:
 * what is new for it but common among others is nothing to tell. One without a past is held against the others alone,
 * and then one observation must be enough: its next ones are no more independent of it than a person's second step of
 * the first.
 */
#include "anomaly_parts.h"

#include <math.h>
#include <string.h>

/* Hosts change by more than rules do: less than a factor of 1.6 is as before. */
#define FLOOR 0.5
/* Observations without which a host has no past, and all hosts together have none. */
#define ENOUGH_INTERVALS 30
#define ENOUGH_WINDOWS 3
#define ENOUGH_HOSTS 100
/* What hosts are like changes more slowly than what one does. */
#define POPULATION_HALF_LIVES 24
#define WINDOWS_HALF_LIFE 24
/* Weights of an hour ago are worth this. */
#define FADE 0.9

static const struct {
	const char *names[N_HOST_ENDS];
	const char *units[N_HOST_ENDS];
	bool windowed;
} metrics[N_HOST_METRICS] = {
	[HOST_PACKETS] = { { "source-packets", "destination-packets" }, { "packets/s", "packets/s" }, false },
	[HOST_BYTES] = { { "source-bytes", "destination-bytes" }, { "bytes/s", "bytes/s" }, false },
	[HOST_PEERS] = { { "source-peers", "destination-peers" },
			 { "destinations in an hour", "sources in an hour" },
			 true },
	[HOST_PORTS] = { { "source-ports", "destination-ports" }, { "ports in an hour", "ports in an hour" }, true },
};

/* Sums over the hosts of one tick. */
struct batch_sums {
	double sum, squares;
	uint64_t n;
};

struct tick {
	struct anomaly *anomaly;
	enum host_end end;
	int64_t now_ns;
	int64_t window_s; /* the middle of the hour that is counted */
	double scale;     /* an interval in what has elapsed */
	struct batch_sums sums[N_HOST_METRICS];
};

/* How one observation of a host looks. */
struct judgement {
	double observed, expected, deviation, score;
	bool quiet; /* there is no past yet */
	bool own;   /* of the host's own */
};

void anomaly_flow(struct anomaly *anomaly, const struct item *flow)
{
	const struct item_ends *ends = &flow->ends;
	double weight = 1 + log2(1 + (double)flow->packets);
	bool has_ports = item_has_ports(ends);
	uint8_t port[3] = { ends->protocol, (uint8_t)(ends->dest_port >> 8), (uint8_t)ends->dest_port };

	if (ends->ip_version != 4 && ends->ip_version != 6)
		return;
	for (enum host_end end = 0; end < N_HOST_ENDS; end++) {
		const uint8_t *self = end == HOST_SOURCE ? ends->source : ends->dest;
		const uint8_t *peer = end == HOST_SOURCE ? ends->dest : ends->source;
		struct hosts *hosts = anomaly->hosts[end];
		struct host *host;

		if (!hosts)
			continue;
		host = hosts_add(hosts, self, ends->ip_version, weight);
		host->packets += flow->packets;
		host->bytes += flow->bytes;
		host_bit(hosts, &host->peers, peer, sizeof(ends->dest));
		if (has_ports)
			host_bit(hosts, &host->ports, port, sizeof(port));
	}
}

/* When an observation is of. */
static int64_t time_of(const struct tick *tick, enum host_metric metric)
{
	return metrics[metric].windowed ? tick->window_s : tick->now_ns / SECOND_NS;
}

static bool has_past(const struct tick *tick, const struct population *population, bool windowed)
{
	return tick->now_ns - tick->anomaly->started_ns >= tick->anomaly->settings.warm_up_ns &&
	       population->observations >= ENOUGH_HOSTS && (!windowed || population->batches >= ENOUGH_WINDOWS);
}

static struct judgement judge(const struct tick *tick, const struct host *host, enum host_metric metric, double count)
{
	const struct population *population = &tick->anomaly->populations[tick->end][metric];
	const struct baseline *baseline = &host->metrics[metric];
	uint32_t enough = metrics[metric].windowed ? ENOUGH_WINDOWS : ENOUGH_INTERVALS;
	struct judgement judgement = {
		.observed = baseline_of_count(count),
		.expected = population->level,
		.deviation = baseline_deviation(population->variance, population->level, FLOOR),
		.quiet = !has_past(tick, population, metrics[metric].windowed),
	};
	double expected, deviation, score;

	if (judgement.quiet)
		return judgement;
	judgement.score = (judgement.observed - judgement.expected) / judgement.deviation;
	if (baseline->n < enough)
		return judgement;
	expected = baseline_expected(baseline, time_of(tick, metric));
	deviation = baseline_deviation(baseline->variance, expected, FLOOR);
	score = (judgement.observed - expected) / deviation;
	/* For learning its own measure counts, whichever of the two says less. */
	judgement.own = true;
	judgement.deviation = deviation;
	if (score < judgement.score) {
		judgement.score = score;
		judgement.expected = expected;
	}
	return judgement;
}

static void sum_up(struct tick *tick, enum host_metric metric, const struct judgement *judgement)
{
	const struct population *population = &tick->anomaly->populations[tick->end][metric];
	struct batch_sums *sums = &tick->sums[metric];
	double edge, observed = judgement->observed;

	if (!judgement->quiet) {
		edge = BASELINE_EDGE * baseline_deviation(population->variance, population->level, FLOOR);
		observed = fmin(fmax(observed, population->level - edge), population->level + edge);
	}
	sums->sum += observed;
	sums->squares += observed * observed;
	sums->n++;
}

static void learn(struct tick *tick, struct host *host, enum host_metric metric, const struct judgement *judgement)
{
	struct baseline *baseline = &host->metrics[metric];
	double rate = metrics[metric].windowed ? baseline_rate(WINDOWS_HALF_LIFE) : tick->anomaly->rate;

	/* It begins as the others are. */
	if (baseline->n == 0 && !judgement->quiet)
		baseline->level = tick->anomaly->populations[tick->end][metric].level;
	baseline_learn(baseline, judgement->observed, time_of(tick, metric), rate,
		       judgement->quiet ? 0 : judgement->deviation,
		       judgement->score > tick->anomaly->settings.threshold);
	sum_up(tick, metric, judgement);
}

/* True when the alarm begins. */
static bool alarm(const struct tick *tick, struct baseline *baseline, const struct judgement *judgement)
{
	double threshold = tick->anomaly->settings.threshold;
	bool before = baseline_alarmed(baseline, threshold);

	if (!judgement->own)
		baseline->alarm = 0;
	baseline_alarm(baseline, judgement->score, threshold);
	return !before && baseline_alarmed(baseline, threshold);
}

/* Of the metrics that raised the alarm at once, the one that is furthest off. */
static void alert(struct tick *tick, struct host *host, enum host_metric metric, const struct judgement *judgement)
{
	double per = metrics[metric].windowed ? 1 : (double)tick->anomaly->settings.interval_ns / SECOND_NS;
	struct deviation deviation = {
		.name = metrics[metric].names[tick->end],
		.unit = metrics[metric].units[tick->end],
		.value = baseline_to_count(judgement->observed) / per,
		.expected = baseline_to_count(judgement->expected) / per,
		.score = judgement->score,
	};
	char text[ITEM_ADDRESS_SIZE];
	struct item item;

	if (!anomaly_may_alert(tick->anomaly, tick->now_ns, host->alerted_ns))
		return;
	host->alerted_ns = tick->now_ns;
	item_clear(&item, ITEM_ALERT);
	item.ends.ip_version = host->ip_version;
	item.ends.vlan = ITEM_NO_VLAN;
	memcpy(tick->end == HOST_SOURCE ? item.ends.source : item.ends.dest, host->address, sizeof(host->address));
	item.text[TEXT_SUBJECT] = item_address(&item.ends, host->address, text);
	item.ends.ip_version = 0; /* of the other end nothing is known */
	anomaly_alert(tick->anomaly, &item, tick->now_ns, &deviation);
}

static double distinct(const struct host *host, enum host_metric metric)
{
	return host_bits_count(metric == HOST_PEERS ? &host->peers : &host->ports);
}

/*
 * An hour is long, and one is enough. The number of different ones only grows until it is over: it is judged as if it
 * ended now, and told once. An alarm that goes on in the next hour is the same.
 */
static bool alarm_of_window(const struct tick *tick, struct host *host, enum host_metric metric,
			    const struct judgement *judgement, bool over)
{
	bool alarmed = judgement->score >= tick->anomaly->settings.threshold;
	uint8_t bit = (uint8_t)(1U << metric);
	bool begins = alarmed && !(host->told & bit);

	if (begins)
		host->told |= bit;
	else if (over && !alarmed)
		host->told &= (uint8_t)~bit;
	return begins;
}

static void rest(const struct tick *tick, struct host *host)
{
	for (enum host_metric metric = 0; metric < N_HOST_METRICS; metric++) {
		if (!metrics[metric].windowed)
			baseline_alarm(&host->metrics[metric], 0, tick->anomaly->settings.threshold);
	}
}

static void tick_host(struct tick *tick, struct host *host, bool hour_is_over)
{
	double counts[N_HOST_METRICS] = {
		[HOST_PACKETS] = (double)host->packets * tick->scale,
		[HOST_BYTES] = (double)host->bytes * tick->scale,
		[HOST_PEERS] = distinct(host, HOST_PEERS),
		[HOST_PORTS] = distinct(host, HOST_PORTS),
	};
	struct judgement worst = { 0 }, judgement;
	enum host_metric which = N_HOST_METRICS;

	for (enum host_metric metric = 0; metric < N_HOST_METRICS; metric++) {
		bool windowed = metrics[metric].windowed, begins;

		if (counts[metric] <= 0) {
			if (!windowed)
				baseline_alarm(&host->metrics[metric], 0, tick->anomaly->settings.threshold);
			else if (hour_is_over)
				host->told &= (uint8_t)~(1U << metric);
			continue;
		}
		judgement = judge(tick, host, metric, counts[metric]);
		begins = windowed ? alarm_of_window(tick, host, metric, &judgement, hour_is_over) :
				    alarm(tick, &host->metrics[metric], &judgement);
		if (begins && judgement.score > worst.score) {
			worst = judgement;
			which = metric;
		}
		if (!windowed || hour_is_over)
			learn(tick, host, metric, &judgement);
	}
	if (which != N_HOST_METRICS)
		alert(tick, host, which, &worst);
	host->packets = host->bytes = 0;
	if (hour_is_over) {
		memset(&host->peers, 0, sizeof(host->peers));
		memset(&host->ports, 0, sizeof(host->ports));
	}
}

/* Batches weigh alike, however many hosts they are of: at night hosts are not otherwise. */
static void learn_population(struct tick *tick, enum host_metric metric)
{
	struct population *population = &tick->anomaly->populations[tick->end][metric];
	const struct batch_sums *sums = &tick->sums[metric];
	double rate = metrics[metric].windowed ? baseline_rate(WINDOWS_HALF_LIFE) :
						 tick->anomaly->rate / POPULATION_HALF_LIVES;
	double mean, variance, diff, weight;

	if (sums->n == 0)
		return;
	mean = sums->sum / (double)sums->n;
	variance = fmax(sums->squares / (double)sums->n - mean * mean, 0);
	population->batches++;
	population->observations += sums->n;
	weight = fmax(rate, 1.0 / (double)population->batches);
	diff = mean - population->level;
	population->level += weight * diff;
	population->variance = (1 - weight) * (population->variance + weight * diff * diff) + weight * variance;
}

void anomaly_tick_hosts(struct anomaly *anomaly, int64_t now_ns, int64_t elapsed_ns)
{
	bool hour_is_over = anomaly->window && now_ns / HOUR_NS != anomaly->window;

	if (!anomaly->window)
		anomaly->window = now_ns / HOUR_NS;
	for (enum host_end end = 0; end < N_HOST_ENDS; end++) {
		struct hosts *hosts = anomaly->hosts[end];
		struct tick tick = {
			.anomaly = anomaly, .end = end, .now_ns = now_ns,
			.window_s = anomaly->window * (HOUR_NS / SECOND_NS) + HOUR_NS / SECOND_NS / 2,
			.scale = elapsed_ns > 0 ? (double)anomaly->settings.interval_ns / (double)elapsed_ns : 0,
		};

		if (!hosts)
			continue;
		for (size_t i = 0; i < hosts_count(hosts); i++) {
			struct host *host = hosts_at(hosts, i);

			if (host->packets || hour_is_over)
				tick_host(&tick, host, hour_is_over);
			else
				rest(&tick, host);
		}
		for (enum host_metric metric = 0; metric < N_HOST_METRICS; metric++) {
			if (!metrics[metric].windowed || hour_is_over)
				learn_population(&tick, metric);
		}
		if (hour_is_over)
			hosts_fade(hosts, FADE);
	}
	anomaly->window = now_ns / HOUR_NS;
}
