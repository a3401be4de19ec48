/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Objects as sentry-apply tries them: its checks, its load, its run of their tests; and packets with known answers. */
#include "guest.h"

#include "object.h"
#include "selftest.h"
#include "trial.h"

#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Differences that are described, of each object. */
#define SHOWN 5

static const char *const verdict_words[] = { "allow", "deny", "reject", "?" };

struct counts {
	size_t tests, packets, different;
	unsigned int most_verified;
};

/* A line of expect.c's. */
struct expected {
	size_t block;
	unsigned int slot, verdict, logged;
	uint64_t time_ns;
	struct trial_frame frame;
	unsigned char data[TRIAL_FRAME_MAX];
};

static bool parse_line(char *line, struct expected *e)
{
	int used = 0;

	if (sscanf(line, "%zu %u %u %u %" SCNu64 " %u %n", &e->block, &e->slot, &e->verdict, &e->logged, &e->time_ns,
		   &e->frame.wire_size, &used) != 6)
		return false;
	e->frame.data = e->data;
	e->frame.size = 0;
	for (const char *hex = line + used; hex[0] && hex[1] && e->frame.size < TRIAL_FRAME_MAX; hex += 2) {
		unsigned int byte;

		if (sscanf(hex, "%2x", &byte) != 1)
			return false;
		e->data[e->frame.size++] = (unsigned char)byte;
	}
	return e->frame.size > 0;
}

static void differ(const char *name, const struct manifest *manifest, const struct expected *e,
		   const struct sentry_trace *got, const char *hex)
{
	report("differ", "%s block %s: expected %s by %s%s, got %s by %s%s: %s", name, manifest->blocks[e->block].name,
	       verdict_words[e->verdict & 3], manifest->rules[e->slot].name, e->logged ? " log" : "",
	       verdict_words[got->verdict & 3], got->slot < manifest->n_rules ? manifest->rules[got->slot].name : "?",
	       got->logged ? " log" : "", hex);
}

static bool judge(const char *name, struct trial *trial, char *line, struct counts *counts, struct failure *why)
{
	const struct manifest *manifest = trial->manifest;
	static struct expected e;
	struct sentry_trace got;

	if (!parse_line(line, &e) || e.block >= manifest->n_blocks || e.slot >= manifest->n_rules)
		return failure_set(why, EXIT_ENVIRONMENT, "a line of packets is none: %.60s", line);
	trial->time_ns = e.time_ns + 86400000000000u;
	if (!trial_run(trial, &manifest->blocks[e.block], &e.frame, &got, why))
		return false;
	counts->packets++;
	if (got.verdict == e.verdict && got.slot == e.slot && got.logged == e.logged)
		return true;
	if (counts->different++ < SHOWN)
		differ(name, manifest, &e, &got, strrchr(line, ' ') + 1);
	return true;
}

static void count_verified(const struct bpf_object *bpf, struct counts *counts)
{
	struct bpf_program *program;

	bpf_object__for_each_program(program, bpf) {
		struct bpf_prog_info info = { 0 };
		__u32 size = sizeof(info);
		int fd = bpf_program__fd(program);

		if (fd >= 0 && bpf_obj_get_info_by_fd(fd, &info, &size) == 0 && info.verified_insns > counts->most_verified)
			counts->most_verified = info.verified_insns;
	}
}

static bool run_packets(const char *name, const char *path, const struct object *object, struct counts *counts,
			struct failure *why)
{
	FILE *file = fopen(path, "r");
	struct trial trial;
	size_t room = 0;
	char *line = NULL;
	bool good;

	if (!file)
		return failure_set(why, EXIT_ENVIRONMENT, "%s: %s", path, strerror(errno));
	good = trial_open(&trial, &object->manifest, object->file, object->image_size, why);
	if (good) {
		count_verified(trial.bpf, counts);
		good = trial_reset(&trial, why);
		while (good && getline(&line, &room, file) > 0) {
			line[strcspn(line, "\n")] = '\0';
			good = judge(name, &trial, line, counts, why);
		}
		trial_close(&trial);
	}
	free(line);
	fclose(file);
	return good;
}

static bool run_object(const char *name, const char *path, const char *packets, struct counts *counts,
		       struct failure *why)
{
	struct failure ignored = { 0 };
	struct selftest_report tests = { 0 };
	struct object object;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	bool good;

	if (fd < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "%s", strerror(errno));
	good = object_open(&object, fd, path, NULL, why);
	close(fd);
	if (!good)
		return false;
	good = run_packets(name, packets, &object, counts, why);
	/* What the kernel has against it, sentry-apply says. */
	if (!good && !counts->packets && !object_load(&object, 1, false, &ignored))
		*why = ignored;
	good = good && selftest_run(&object, &tests, why);
	if (*tests.first)
		report("differ", "%s %s", name, tests.first);
	counts->tests = tests.tests;
	counts->packets += tests.packets;
	counts->different += tests.failed;
	object_close(&object);
	return good;
}

static int is_object(const struct dirent *entry)
{
	size_t length = strlen(entry->d_name);

	return length > 2 && !strcmp(entry->d_name + length - 2, ".o");
}

void objects_run(const char *directory)
{
	struct dirent **names;
	int n = scandir(directory, &names, is_object, alphasort);

	for (int i = 0; i < n; i++) {
		int length = (int)strlen(names[i]->d_name) - 2;
		struct counts counts = { 0 };
		struct failure why = { 0 };
		char path[512], packets[512], name[256];

		snprintf(name, sizeof(name), "%.*s", length, names[i]->d_name);
		snprintf(path, sizeof(path), "%s/%s.o", directory, name);
		snprintf(packets, sizeof(packets), "%s/%s.packets", directory, name);
		if (!run_object(name, path, packets, &counts, &why))
			report("refused", "%s %s", name, why.text);
		report("object", "%s %zu %zu %zu %u", name, counts.tests, counts.packets, counts.different,
		       counts.most_verified);
	}
}
