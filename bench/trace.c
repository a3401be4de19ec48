/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentry-bench trace: a capture of different headers for a policy, always the same for the same policy and seed. */
#include "draw.h"
#include "sentry-bench.h"
#include "traffic.h"

#include <errno.h>
#include <getopt.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

/* A header that was there before is drawn anew so often. */
#define TRIES 32
#define SEEN (TRAFFIC_PACKETS * 4)

enum {
	OPTION_BLOCK = 1000,
	OPTION_PACKETS,
	OPTION_SEED,
	OPTION_FROM,
	OPTION_IP6,
	OPTION_HELP,
};

static const struct option options[] = {
	{ "block", required_argument, NULL, OPTION_BLOCK },
	{ "packets", required_argument, NULL, OPTION_PACKETS },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "from", required_argument, NULL, OPTION_FROM },
	{ "ip6", no_argument, NULL, OPTION_IP6 },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

struct arguments {
	const char *policy, *out, *block, *from;
	unsigned long packets, seed;
	bool ip6;
};

struct writer_state {
	pcap_dumper_t *dumper;
	uint64_t *seen; /* hashes of headers; 0: free */
	uint32_t n, repeated;
};

/* True if the header was there before; notes it. */
static bool seen_before(struct writer_state *state, const struct frame *frame)
{
	uint64_t hash = 0xcbf29ce484222325;
	size_t at;

	for (uint32_t i = 0; i < frame->size && i < TRAFFIC_HEAD; i++)
		hash = (hash ^ frame->data[i]) * 0x100000001b3;
	hash |= 1;
	for (at = hash >> 20 & (SEEN - 1); state->seen[at]; at = (at + 1) & (SEEN - 1))
		if (state->seen[at] == hash)
			return true;
	state->seen[at] = hash;
	return false;
}

static void write_packet(struct writer_state *state, const struct frame *frame)
{
	struct pcap_pkthdr header = { .caplen = frame->size, .len = frame->wire_size };

	header.ts.tv_sec = 1700000000;
	header.ts.tv_usec = (int)state->n++;
	pcap_dump((u_char *)state->dumper, &header, frame->data);
}

static void write_drawn(struct writer_state *state, struct draw *draw, uint32_t packets)
{
	while (state->n < packets) {
		struct arena arena;
		struct frame frame;
		unsigned tries = 0;

		arena_init(&arena);
		do
			frame = draw_packet(draw, &arena, tries > TRIES / 2);
		while (seen_before(state, &frame) && ++tries < TRIES);
		state->repeated += tries == TRIES;
		write_packet(state, &frame);
		arena_fini(&arena);
	}
}

/* Lines of a ClassBench trace: source, destination, both ports, protocol, and more that does not matter. */
static bool write_classbench(struct writer_state *state, struct draw *draw, const struct arguments *arguments)
{
	FILE *file = strcmp(arguments->from, "-") ? fopen(arguments->from, "re") : stdin;
	unsigned values[5];
	char line[256];

	if (!file)
		return bench_error("cannot read %s: %s", arguments->from, strerror(errno));
	while (state->n < arguments->packets && fgets(line, sizeof(line), file)) {
		struct arena arena;
		struct frame frame;

		if (sscanf(line, "%u %u %u %u %u", &values[0], &values[1], &values[2], &values[3], &values[4]) != 5)
			continue;
		arena_init(&arena);
		frame = draw_classbench(draw, &arena, values, arguments->ip6);
		write_packet(state, &frame);
		arena_fini(&arena);
	}
	if (file != stdin)
		fclose(file);
	return state->n || bench_error("%s holds no line of a ClassBench trace", arguments->from);
}

static int write_trace(const struct block *block, const struct arguments *arguments)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, FRAME_MAX);
	struct writer_state state = { .seen = calloc(SEEN, sizeof(uint64_t)) };
	struct draw *draw = draw_new(block, arguments->seed);
	int code = BENCH_ENVIRONMENT;

	if (!pcap || !state.seen || !draw) {
		bench_error("out of memory");
		goto out;
	}
	state.dumper = pcap_dump_open(pcap, arguments->out);
	if (!state.dumper) {
		bench_error("%s", pcap_geterr(pcap));
		goto out;
	}
	if (arguments->from)
		code = write_classbench(&state, draw, arguments) ? BENCH_GOOD : BENCH_ENVIRONMENT;
	else
		code = BENCH_GOOD, write_drawn(&state, draw, (uint32_t)arguments->packets);
	if (pcap_dump_flush(state.dumper)) {
		bench_error("%s cannot be written", arguments->out);
		code = BENCH_ENVIRONMENT;
	}
	pcap_dump_close(state.dumper);
	if (state.repeated)
		fprintf(stderr, "sentry-bench: %u of %u headers occur more than once\n", state.repeated, state.n);
out:
	draw_free(draw);
	free(state.seen);
	if (pcap)
		pcap_close(pcap);
	return code;
}

static int parse_arguments(const struct bench_verb *verb, int argc, char **argv, struct arguments *arguments)
{
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (option) {
		case OPTION_BLOCK:
			arguments->block = optarg;
			break;
		case OPTION_PACKETS:
			if (!bench_number("--packets", optarg, 1, TRAFFIC_PACKETS, &arguments->packets))
				return BENCH_USAGE;
			break;
		case OPTION_SEED:
			if (!bench_number("--seed", optarg, 1, UINT32_MAX, &arguments->seed))
				return BENCH_USAGE;
			break;
		case OPTION_FROM:
			arguments->from = optarg;
			break;
		case OPTION_IP6:
			arguments->ip6 = true;
			break;
		case OPTION_HELP:
			bench_help(verb);
			exit(BENCH_GOOD);
		default:
			return bench_usage(verb, "wrong usage");
		}
	}
	if (argc - optind != 2)
		return bench_usage(verb, "a policy and a file to write are wanted");
	if (arguments->ip6 && !arguments->from)
		return bench_usage(verb, "--ip6 is for --from: other packets are of the policy's own families");
	arguments->policy = argv[optind];
	arguments->out = argv[optind + 1];
	return BENCH_GOOD;
}

static int trace_main(const struct bench_verb *verb, int argc, char **argv)
{
	struct arguments arguments = { .packets = TRAFFIC_PACKETS, .seed = 1 };
	int code = parse_arguments(verb, argc, argv, &arguments);
	const struct block *block;
	struct compile *compile;
	struct policy *policy;

	if (code)
		return code;
	compile = malloc(sizeof(*compile));
	if (!compile)
		return BENCH_ENVIRONMENT;
	compile_init(compile);
	policy = compile_policy(compile, arguments.policy, NULL);
	if (!policy) {
		code = bench_stage_failed(compile);
	} else {
		block = bench_block(policy, arguments.block);
		code = block ? write_trace(block, &arguments) : BENCH_USAGE;
	}
	compile_fini(compile);
	free(compile);
	return code;
}

const struct bench_verb bench_trace = {
	.name = "trace",
	.synopsis = "POLICY OUT.pcap [--block NAME] [--packets N] [--seed N] [--from TRACE [--ip6]]",
	.help = "Writes a capture of different headers for a policy. Of four packets one is made to match a rule,\n"
		"where some rules are much more frequent than others (Zipf), one to match any rule, and two take\n"
		"each field from another rule, half of the addresses of one of them at random. The same arguments\n"
		"give the same bytes. TCP, UDP and SCTP have ports, other protocols have not. Checksums behind\n"
		"the IP header are 0.\n\n"
		"  --packets N    at most 65,536, which is what is written unless told otherwise\n"
		"  --seed N       other packets\n"
		"  --from TRACE   a ClassBench trace instead (- is standard input)\n"
		"  --ip6          with --from: in IPv6, as scripts/classbench.py --ip6 translates rules\n",
	.main = trace_main,
};
