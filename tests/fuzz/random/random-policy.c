/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * random-policy: policies from seeds, each held against all that the compiler promises (run.h). What fails is made
 * small and written to a directory. Exit 0: nothing failed, 1: something did.
 */
#include "generate.h"
#include "run.h"
#include "shrink.h"

#include "capture.h"
#include "libclang.h"

#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

/* Failures that are made small; more of them are counted, and stop the run. */
#define FAILURES_MAX 10u
/* Frames that are kept of captures. */
#define CAPTURED_MAX 20000u

struct request {
	struct generate_options generate;
	uint64_t count, seconds;
	unsigned shrink_seconds;
	const char *output;
	bool print, verbose;
	const char *write;        /* a directory, or NULL */
	struct run_options run;
};

static volatile sig_atomic_t stopped;
static struct counts total;
static uint64_t failures[N_FAILURES], n_failures;

static void read_capture(struct captured *captured, const char *path)
{
	char error[512];
	struct capture *capture = capture_open(path, error, sizeof(error));
	struct frame frame;

	/* Of another link type, or damaged on purpose: others test what is said of it. */
	if (!capture)
		return;
	while (captured->n < CAPTURED_MAX && capture_next(capture, &frame) == CAPTURE_PACKET) {
		uint8_t *data = frame.size < 14 ? NULL : malloc(frame.size);

		if (!data)
			continue;
		if (captured->n == captured->room) {
			captured->room = captured->room * 2 + 64;
			captured->frames = realloc(captured->frames, captured->room * sizeof(frame));
			if (!captured->frames)
				abort();
		}
		memcpy(data, frame.data, frame.size);
		frame.data = data;
		captured->frames[captured->n++] = frame;
	}
	capture_close(capture);
}

static void add_counts(const struct counts *counts)
{
	const uint64_t *from = (const uint64_t *)counts;
	uint64_t *to = (uint64_t *)&total;
	struct counts before = total;

	/* All members but the last four, which are maxima, are sums. */
	for (size_t i = 0; i < offsetof(struct counts, verified) / sizeof(uint64_t); i++)
		to[i] += from[i];
	if (counts->verified > before.verified) {
		total.verified = counts->verified;
		total.verified_seed = counts->verified_seed;
		total.verified_limit = counts->verified_limit;
	}
	if (counts->underestimate > before.underestimate) {
		total.underestimate = counts->underestimate;
		total.underestimate_seed = counts->underestimate_seed;
	}
}

static void print_codes(const char *what, const uint64_t counts[N_CODES])
{
	bool any = false;

	for (unsigned code = 0; code < N_CODES; code++)
		if (counts[code]) {
			printf("%s%s %llu", any ? ", " : what, code_table[code].text, (unsigned long long)counts[code]);
			any = true;
		}
	if (any)
		printf("\n");
}

static unsigned long long of(uint64_t number)
{
	return number;
}

static void print_total(const struct request *request, double seconds)
{
	printf("# %llu policies with %llu rules in %.0f s (%.1f a second), %llu loaded; %llu packets, %llu decisions "
	       "in %s engines\n",
	       of(total.policies), of(total.rules), seconds, (double)total.policies / seconds, of(total.loaded),
	       of(total.packets), of(total.decisions), request->run.kernel ? "three" : "two");
	printf("# %llu blocks by tables, %llu regions and witnesses looked up, %llu policies not to the end; %llu "
	       "policies proved, %llu of "
	       "them not to the end\n",
	       of(total.looked_up), of(total.regions), of(total.tables_undecided), of(total.proved),
	       of(total.undecided_proofs));
	printf("# %llu comparisons with a changed policy, %llu with changed verdicts, %llu undecided; %llu samples, "
	       "%llu with changed "
	       "verdicts; %llu packets of diff replayed\n",
	       of(total.diffs), of(total.diffs_changed), of(total.diffs_undecided), of(total.samples),
	       of(total.samples_changed), of(total.witnesses));
	print_codes("# statements refused and left out, by code: ", total.dropped);
	print_codes("# policies refused, by code: ", total.refused);
	if (total.full_tables)
		printf("# %llu policies with tables of few entries: only loaded in the kernel, run in the others\n",
		       of(total.full_tables));
	if (total.verified)
		printf("# most instructions for the verifier: %llu (seed %llu, limit %llu); at most %.2f times the "
		       "estimate (seed %llu)\n",
		       of(total.verified), of(total.verified_seed), of(total.verified_limit), total.underestimate,
		       of(total.underestimate_seed));
	printf("# %llu failures\n", of(n_failures));
	for (unsigned failure = 1; failure < N_FAILURES; failure++)
		if (failures[failure])
			printf("not ok: %s: %llu\n", failure_names[failure], of(failures[failure]));
}

static void tell_failure(const struct request *request, struct doc *doc, struct outcome *outcome)
{
	char directory[4096];
	unsigned tries = 0;

	printf("not ok: seed %llu: %s: %s\n", of(request->run.seed), failure_names[outcome->failure], outcome->detail);
	fflush(stdout);
	snprintf(directory, sizeof(directory), "%s/random-%llu", request->output, of(request->run.seed));
	/* As it was, first: shrinking may be interrupted. */
	report_write(doc, &request->run, outcome, directory);
	if (request->shrink_seconds)
		tries = shrink(doc, &request->run, outcome, request->shrink_seconds);
	report_write(doc, &request->run, outcome, directory);
	printf("    after %u attempts to make it smaller: %s\n    %s/policy.sp, packets.pcap, report.txt\n", tries,
	       outcome->detail, directory);
}

/* What it includes and reads stands before it, as comments. */
static void print_policy(struct doc *doc)
{
	for (unsigned file = DOC_FILES; file-- > 0;) {
		struct text text;

		if (!doc->files[file])
			continue;
		text = doc_print(doc, file, false);
		if (file == DOC_POLICY)
			fwrite(text.data, 1, text.size, stdout);
		else
			printf("# %s\n", doc_file_names[file]);
		for (char *line = strtok(text.data, "\n"); line && file != DOC_POLICY; line = strtok(NULL, "\n"))
			printf("#     %s\n", line);
		free(text.data);
	}
}

/* What of it the resolver takes, without tests: who loads it runs those, and they need not hold. */
static void write_policy(const struct request *request, struct doc *doc, struct outcome *outcome)
{
	struct compile compile;
	struct run run = { .doc = doc, .options = &request->run, .outcome = outcome, .compile = &compile };

	for (size_t i = 0; i < doc->n; i++)
		doc->dropped[i] |= doc->pieces[i]->tag == PIECE_TEST;
	compile_init(&compile);
	if (run_accept(&run)) {
		report_policy(doc, false, request->write);
	} else {
		fprintf(stderr, "random-policy: nothing is left of seed %llu\n", of(request->run.seed));
		n_failures++;
	}
	compile_fini(&compile);
}

/* A seed's policy is the same whatever else a run does. */
static void run_seed(const struct request *request, struct outcome *outcome)
{
	struct generate_options generate = { request->run.seed, request->generate.rules };
	struct doc doc;

	doc_init(&doc);
	generate_policy(&doc, &generate);
	if (request->print) {
		print_policy(&doc);
		doc_fini(&doc);
		return;
	}
	if (request->write) {
		write_policy(request, &doc, outcome);
		doc_fini(&doc);
		return;
	}
	outcome->has_sample = false;
	outcome->n_events = 0;
	if (run_in_child(&doc, &request->run, outcome)) {
		failures[outcome->failure]++;
		n_failures++;
		tell_failure(request, &doc, outcome);
	}
	add_counts(&outcome->counts);
	if (request->verbose)
		printf("%llu: %llu rules, %llu packets, %llu verified\n", of(request->run.seed),
		       of(outcome->counts.rules), of(outcome->counts.packets), of(outcome->counts.verified));
	doc_fini(&doc);
}

/* What was found until then is told. */
static void stop(int signal)
{
	stopped = 1;
}

static void usage(FILE *out)
{
	fputs("usage: random-policy [OPTION]... [CAPTURE]...\n"
	      "  --seed N         the first (1); each next policy takes the next\n"
	      "  --count N        so many policies (100)\n"
	      "  --seconds N      begin none after so long\n"
	      "  --rules N        each policy has so many rules\n"
	      "  --packets N      for each policy (1500)\n"
	      "  --print          the policy of the seed, and no more\n"
	      "  --write DIR      the policy of the seed, without statements that are refused, with the files it names\n"
	      "  --no-kernel      model and native engine only\n"
	      "  --output DIR     where failing cases are written (.)\n"
	      "  --shrink N       seconds to make one smaller (240); 0: not at all\n"
	      "  --timeout N      seconds of the processor that a policy may take (60)\n"
	      "  --sabotage WHAT  native, kernel or diff is given something else than the others, and must be found "
	      "out\n"
	      "  --verbose        a line for each policy\n",
	      out);
}

static bool read_options(int argc, char **argv, struct request *request)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "count", required_argument, NULL, 'c' },
		{ "seconds", required_argument, NULL, 't' },
		{ "rules", required_argument, NULL, 'r' },
		{ "packets", required_argument, NULL, 'n' },
		{ "print", no_argument, NULL, 'p' },
		{ "write", required_argument, NULL, 'w' },
		{ "no-kernel", no_argument, NULL, 'k' },
		{ "output", required_argument, NULL, 'o' },
		{ "shrink", required_argument, NULL, 'm' },
		{ "timeout", required_argument, NULL, 'l' },
		{ "sabotage", required_argument, NULL, 'b' },
		{ "verbose", no_argument, NULL, 'v' },
		{ NULL, 0, NULL, 0 },
	};
	int option;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		uint64_t number = optarg ? strtoull(optarg, NULL, 10) : 0;

		switch (option) {
		case 's':
			request->run.seed = number;
			break;
		case 'c':
			request->count = number;
			break;
		case 't':
			request->seconds = number;
			break;
		case 'r':
			request->generate.rules = number;
			break;
		case 'n':
			request->run.packets = (unsigned)number;
			break;
		case 'p':
			request->print = true;
			break;
		case 'w':
			request->write = optarg;
			break;
		case 'k':
			request->run.kernel = false;
			break;
		case 'o':
			request->output = optarg;
			break;
		case 'm':
			request->shrink_seconds = (unsigned)number;
			break;
		case 'l':
			request->run.seconds = (unsigned)number;
			break;
		case 'b':
			request->run.sabotage = optarg;
			break;
		case 'v':
			request->verbose = true;
			break;
		default:
			return false;
		}
	}
	return true;
}

int main(int argc, char **argv)
{
	struct request request = { .count = 100,
				   .shrink_seconds = 240,
				   .output = ".",
				   .run = { .kernel = true, .seed = 1, .packets = 1500, .seconds = 60 } };
	struct captured captured = { 0 };
	struct timespec begin, now;
	struct outcome *outcome;
	struct libclang clang;
	double seconds = 0;

	if (!read_options(argc, argv, &request)) {
		usage(stderr);
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (int i = optind; i < argc; i++)
		read_capture(&captured, argv[i]);
	request.run.captured = &captured;
	outcome = mmap(NULL, sizeof(*outcome), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	/* Loaded here, children have it. */
	if (outcome == MAP_FAILED || !libclang_open(&clang)) {
		fprintf(stderr, "random-policy: no memory, or no libclang\n");
		return 2;
	}
	clock_gettime(CLOCK_MONOTONIC, &begin);
	if (request.print || request.write)
		request.count = 1;
	signal(SIGINT, stop);
	signal(SIGTERM, stop);
	for (uint64_t i = 0; i < request.count && n_failures < FAILURES_MAX && !stopped; i++, request.run.seed++) {
		if (request.seconds && seconds >= (double)request.seconds)
			break;
		run_seed(&request, outcome);
		clock_gettime(CLOCK_MONOTONIC, &now);
		seconds = (double)(now.tv_sec - begin.tv_sec) + (double)(now.tv_nsec - begin.tv_nsec) / 1e9;
	}
	if (!request.print && !request.write)
		print_total(&request, seconds);
	return n_failures ? 1 : 0;
}
