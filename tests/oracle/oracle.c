/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* oracle: makes policies from seeds and compares. On the first disagreement it says which, as small as it can be made. */
#include "oracle.h"

#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BATCH = 16 }; /* policies that one sentryc is asked about: starting it is what costs */

const char *const flip_names[N_FLIPS] = { "none", "dead", "redundant", "assert", "cross", "count", "equivalent" };

struct pair {
	uint64_t seed;
	struct policy old, new;
};

struct settings {
	uint64_t seed;
	unsigned long count;
	int version;         /* 0: both */
	const char *kind;    /* NULL: all in turn */
	bool check, diff, print, self_test;
};

static void make_pair(const struct settings *settings, uint64_t seed, struct pair *pair)
{
	struct random random = { seed * 0x2545f4914f6cdd1d + 1 };
	const char *kind = settings->kind;
	struct features features;
	unsigned n = 0;

	while (kind_names[n])
		n++;
	if (!kind)
		kind = kind_names[seed % n];
	memset(pair, 0, sizeof(*pair));
	pair->seed = seed;
	features = features_choose(&random, kind, settings->version);
	generate_policy(&random, &features, &pair->old);
	pair->new = pair->old;
	mutate_policy(&random, &features, &pair->new);
}

static void write_file(struct policy *policy, const char *name)
{
	FILE *out = fopen(name, "w");

	if (!out || (write_policy(policy, out), fclose(out))) {
		perror(name);
		exit(3);
	}
}

static bool has_errors(const json_t *findings)
{
	for (size_t i = 0; i < json_array_size(findings); i++) {
		const char *severity =
			json_string_value(json_object_get(json_array_get(findings, i), "severity"));

		if (severity && !strcmp(severity, "error"))
			return true;
	}
	return false;
}

/* Returns the number of the first that disagrees, or n. */
static size_t check_batch(struct pair *pairs, size_t n, enum flip flip, struct tally *tally, struct verdict_text *why)
{
	const char *arguments[BATCH + 5] = { "sentryc", "check", "-o", "json" };
	char names[BATCH][32];
	const json_t *findings;
	json_t *document;
	size_t i;
	int code;

	for (i = 0; i < n; i++) {
		snprintf(names[i], sizeof(names[i]), "p%zu.sp", i);
		write_file(&pairs[i].old, names[i]);
		arguments[4 + i] = names[i];
	}
	document = sentryc_json(arguments, &code);
	snprintf(why->text, sizeof(why->text), "sentryc did not answer");
	if (!document) {
		/* Which of them is it? */
		for (i = 0; n > 1 && i < n; i++)
			if (!check_batch(&pairs[i], 1, flip, tally, why))
				return i;
		return 0;
	}
	findings = json_object_get(document, "findings");
	for (i = 0; i < n; i++)
		if (!compare_check(&pairs[i].old, names[i], findings, flip, tally, why))
			break;
	if (i == n && code != has_errors(findings)) {
		snprintf(why->text, sizeof(why->text), "the exit code is %d", code);
		i = 0;
	}
	json_decref(document);
	return i;
}

static bool diff_pair(struct pair *pair, enum flip flip, struct tally *tally, struct verdict_text *why)
{
	static const char *const arguments[] = { "sentryc", "diff", "old.sp", "new.sp", "-o", "json", NULL };
	json_t *document;
	bool agree;
	int code;

	write_file(&pair->old, "old.sp");
	write_file(&pair->new, "new.sp");
	document = sentryc_json(arguments, &code);
	snprintf(why->text, sizeof(why->text), "sentryc did not answer");
	if (!document)
		return false;
	agree = compare_diff(&pair->old, &pair->new, document, flip, tally, why);
	json_decref(document);
	return agree;
}

/* Making a disagreement small */

static bool disagrees(struct pair *pair, bool diff)
{
	struct verdict_text why;
	struct tally tally = { 0 };

	return diff ? !diff_pair(pair, FLIP_NONE, &tally, &why) : !check_batch(pair, 1, FLIP_NONE, &tally, &why);
}

static void drop_id(struct policy *policy, unsigned id)
{
	for (unsigned b = 0; b < policy->n_blocks; b++) {
		struct block *block = &policy->blocks[b];

		for (unsigned i = 0; i < block->n; i++)
			if (block->rules[i].id == id) {
				memmove(&block->rules[i], &block->rules[i + 1],
					(block->n - i - 1) * sizeof(block->rules[0]));
				block->n--;
				return;
			}
	}
}

static void drop_assert(struct policy *policy, unsigned at)
{
	memmove(&policy->asserts[at], &policy->asserts[at + 1],
		(policy->n_asserts - at - 1) * sizeof(policy->asserts[0]));
	policy->n_asserts--;
}

static bool try_smaller(struct pair *pair, const struct pair *smaller, bool diff)
{
	struct pair trial = *smaller;

	if (!disagrees(&trial, diff))
		return false;
	*pair = trial;
	return true;
}

static void shrink(struct pair *pair, bool diff)
{
	bool shrunk = true;

	while (shrunk) {
		shrunk = false;
		for (unsigned id = 0; id < pair->new.next_id; id++) {
			struct pair smaller = *pair;

			drop_id(&smaller.old, id);
			drop_id(&smaller.new, id);
			if (memcmp(&smaller, pair, sizeof(smaller)))
				shrunk |= try_smaller(pair, &smaller, diff);
		}
		for (unsigned i = pair->old.n_asserts; i-- > 0;) {
			struct pair smaller = *pair;

			drop_assert(&smaller.old, i);
			drop_assert(&smaller.new, i);
			shrunk |= try_smaller(pair, &smaller, diff);
		}
	}
}

static void report(struct pair *pair, bool diff)
{
	struct verdict_text why = { "" };
	struct tally tally = { 0 };

	printf("seed %llu: %s disagrees; made small:\n", (unsigned long long)pair->seed, diff ? "diff" : "check");
	shrink(pair, diff);
	if (diff)
		diff_pair(pair, FLIP_NONE, &tally, &why);
	else
		check_batch(pair, 1, FLIP_NONE, &tally, &why);
	write_policy(&pair->old, stdout);
	if (diff) {
		printf("becomes\n");
		write_policy(&pair->new, stdout);
	}
	printf("differs: %s\n", why.text);
}

static bool run_batch(struct pair *pairs, size_t n, const struct settings *settings, struct tally *tally)
{
	struct verdict_text why;
	size_t bad = n;

	if (settings->check)
		bad = check_batch(pairs, n, FLIP_NONE, tally, &why);
	if (bad < n) {
		printf("differs: %s\n", why.text);
		report(&pairs[bad], false);
		return false;
	}
	for (size_t i = 0; settings->diff && i < n; i++)
		if (!diff_pair(&pairs[i], FLIP_NONE, tally, &why)) {
			printf("differs: %s\n", why.text);
			report(&pairs[i], true);
			return false;
		}
	return true;
}

static int run(const struct settings *settings)
{
	struct pair *pairs = calloc(BATCH, sizeof(*pairs));
	struct tally tally = { 0 };
	bool agree = true;

	for (unsigned long done = 0; pairs && agree && done < settings->count;) {
		size_t n = 0;

		for (; n < BATCH && done < settings->count; n++, done++)
			make_pair(settings, settings->seed + done, &pairs[n]);
		agree = run_batch(pairs, n, settings, &tally);
	}
	free(pairs);
	printf("# %lu policies, %.0f combinations of values: %lu dead, %lu redundant, %lu crossing; %lu assertions, %lu failed, "
	       "%lu about nothing\n", tally.policies, tally.points, tally.dead, tally.redundant, tally.crossing,
	       tally.asserts, tally.failed, tally.empty);
	printf("# %lu pairs, %lu changes counted, %lu pairs equivalent; %lu witnesses read\n", tally.pairs, tally.changes,
	       tally.equivalent, tally.witnesses);
	return agree ? 0 : 1;
}

/* An oracle that agrees with everything is worth nothing: a wrong answer of each kind must be noticed. */
static bool asked(struct pair *pair, enum flip flip, bool diff)
{
	struct verdict_text why;
	struct tally tally = { 0 };

	return diff ? diff_pair(pair, flip, &tally, &why) : check_batch(pair, 1, flip, &tally, &why) == 1;
}

static int self_test(const struct settings *settings)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	int code = 0;

	for (enum flip flip = FLIP_DEAD; pair && flip < N_FLIPS; flip++) {
		bool diff = flip == FLIP_COUNT || flip == FLIP_EQUIVALENT, noticed = false;

		if (diff ? !settings->diff : !settings->check)
			continue;
		for (unsigned long i = 0; i < 10 && !noticed; i++) {
			make_pair(settings, settings->seed + i, pair);
			noticed = asked(pair, FLIP_NONE, diff) && !asked(pair, flip, diff);
		}
		if (!noticed) {
			printf("a wrong answer is not noticed: %s\n", flip_names[flip]);
			code = 1;
		}
	}
	free(pair);
	return code;
}

static void remove_files(char *dir)
{
	char name[16];

	for (unsigned i = 0; i < BATCH; i++) {
		snprintf(name, sizeof(name), "p%u.sp", i);
		unlink(name);
	}
	unlink("old.sp");
	unlink("new.sp");
	unlink("messages");
	if (chdir("/") == 0)
		rmdir(dir);
}

static int print_pair(const struct settings *settings)
{
	struct pair *pair = calloc(1, sizeof(*pair));

	make_pair(settings, settings->seed, pair);
	write_policy(&pair->old, stdout);
	printf("# becomes\n");
	write_policy(&pair->new, stdout);
	free(pair);
	return 0;
}

static int usage(void)
{
	fputs("usage: SENTRYC=PATH oracle [--seed S] [--count N] [--family 4|6] [--kind KIND] [--only check|diff]\n"
	      "              [--print] [--self-test]\nKinds:", stderr);
	for (const char *const *kind = kind_names; *kind; kind++)
		fprintf(stderr, " %s", *kind);
	fputs("\n", stderr);
	return 2;
}

static bool known_kind(const char *kind)
{
	for (const char *const *known = kind_names; *known; known++)
		if (!strcmp(*known, kind))
			return true;
	return false;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' }, { "count", required_argument, NULL, 'n' },
		{ "family", required_argument, NULL, 'f' }, { "kind", required_argument, NULL, 'k' },
		{ "only", required_argument, NULL, 'o' }, { "print", no_argument, NULL, 'p' },
		{ "self-test", no_argument, NULL, 't' }, { NULL, 0, NULL, 0 },
	};
	struct settings settings = { .seed = 1, .count = 100, .check = true, .diff = true };
	const char *parent = getenv("TMPDIR");
	static char dir[4096];
	int option, code;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1)
		switch (option) {
		case 's': settings.seed = strtoull(optarg, NULL, 10); break;
		case 'n': settings.count = strtoul(optarg, NULL, 10); break;
		case 'f': settings.version = atoi(optarg); break;
		case 'k':
			if (!known_kind(optarg))
				return usage();
			settings.kind = optarg;
			break;
		case 'o': *(strcmp(optarg, "check") ? &settings.check : &settings.diff) = false; break;
		case 'p': settings.print = true; break;
		case 't': settings.self_test = true; break;
		default: return usage();
		}
	if (settings.print)
		return print_pair(&settings);
	sentryc_path = realpath(getenv("SENTRYC") ? getenv("SENTRYC") : "build/sentryc", NULL);
	snprintf(dir, sizeof(dir), "%s/oracle.XXXXXX", parent && *parent ? parent : "/tmp");
	if (!sentryc_path || !mkdtemp(dir) || chdir(dir) < 0) {
		perror(sentryc_path ? dir : "SENTRYC");
		return 3;
	}
	work_dir = dir;
	code = settings.self_test ? self_test(&settings) : run(&settings);
	remove_files(dir);
	free((char *)sentryc_path);
	return code;
}
