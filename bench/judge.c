/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "judge.h"

#include "engine.h"
#include "reference.h"
#include "sentry-bench.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

/* Of wrong packets, so many are shown. */
#define SHOWN 8
/* Between two packets, for who keeps tables. */
#define GAP_NS 1000

static bool judge_all(struct judgement *judgement, const struct policy *policy, const struct block *block,
		      const struct traffic *traffic)
{
	struct reference *reference = judgement->stateful ? NULL : reference_new(block);
	struct engine *model = judgement->stateful ? model_open(policy) : NULL;
	size_t index = policy_block_index(policy, block);
	uint8_t room[FRAME_MAX];
	struct decision decision;
	bool good = reference || model;

	for (uint32_t i = 0; good && i < traffic->n; i++) {
		struct frame frame = traffic_frame(traffic, i, room);

		if (reference) {
			judgement->slots[i] = reference_judge(reference, &frame);
			continue;
		}
		model->time_ns = ENGINE_TIME_BEGIN + (uint64_t)i * GAP_NS;
		good = !engine_run(model, index, &frame, &decision);
		judgement->slots[i] = decision.slot;
	}
	reference_free(reference);
	engine_close(model);
	return good || bench_error("out of memory");
}

static bool take_out_rejected(struct judgement *judgement, const struct block *block, struct traffic *traffic)
{
	bool *keep = calloc(traffic->n, 1);
	uint32_t n = 0, all = traffic->n;

	if (!keep)
		return bench_error("out of memory");
	for (uint32_t i = 0; i < all; i++) {
		keep[i] = reference_verdict(block, judgement->slots[i]) != VERDICT_REJECT;
		if (keep[i])
			judgement->slots[n++] = judgement->slots[i];
	}
	traffic_keep(traffic, keep);
	free(keep);
	judgement->rejected = all - n;
	return n || bench_error("all packets would be rejected");
}

/* Lines are of packets before any was taken out. */
static int compare_expected(struct judgement *judgement, const struct block *block, const struct traffic *traffic,
			    const char *path)
{
	FILE *file = fopen(path, "re");
	uint32_t wrong = 0;
	char line[64];

	if (!file) {
		bench_error("cannot read %s: %s", path, strerror(errno));
		return BENCH_ENVIRONMENT;
	}
	for (uint32_t i = 0; i < traffic->n && fgets(line, sizeof(line), file); i++) {
		uint32_t first = block->first_id + SLOT_RULES, slot;
		char *end;
		unsigned long rule = strtoul(line, &end, 10);

		if (end == line || *line == '-')
			continue;
		slot = rule < block->n_rules ? first + (uint32_t)rule : block->first_id + SLOT_DEFAULT;
		judgement->compared++;
		if (slot != judgement->slots[i] && wrong++ < SHOWN)
			bench_error("packet %u: expected rule %lu, the reference says slot %u (rule %d)", i, rule,
				    judgement->slots[i], (int)(judgement->slots[i] - first));
	}
	fclose(file);
	if (!wrong && judgement->compared)
		return BENCH_GOOD;
	if (wrong)
		bench_error("%u of %u packets are not as expected", wrong, judgement->compared);
	else
		bench_error("%s says nothing of any packet", path);
	return BENCH_WRONG;
}

int judge(struct judgement *judgement, const struct policy *policy, const struct block *block, struct traffic *traffic,
	  const char *expected)
{
	int code = BENCH_GOOD;

	judgement->stateful = reference_needs_model(policy);
	judgement->slots = calloc(traffic->n, sizeof(judgement->slots[0]));
	if (!judgement->slots) {
		bench_error("out of memory");
		return BENCH_ENVIRONMENT;
	}
	if (!judge_all(judgement, policy, block, traffic))
		return BENCH_ENVIRONMENT;
	if (expected)
		code = compare_expected(judgement, block, traffic, expected);
	if (!code && !take_out_rejected(judgement, block, traffic))
		code = BENCH_ENVIRONMENT;
	/* What was taken out is missing in the tables. */
	if (!code && judgement->stateful && !judge_all(judgement, policy, block, traffic))
		code = BENCH_ENVIRONMENT;
	return code;
}

void judgement_free(struct judgement *judgement)
{
	free(judgement->slots);
}

/* --- the kernel ------------------------------------------------------------------ */

/* The kernel engine opens objects by name; -1 and a message. */
static int object_file(struct bytes object)
{
	int fd = memfd_create("object", MFD_CLOEXEC);

	if (fd >= 0 && write(fd, object.data, object.size) == (ssize_t)object.size)
		return fd;
	bench_error("memfd: %s", strerror(errno));
	if (fd >= 0)
		close(fd);
	return -1;
}

static const char *slot_word(const struct policy *policy, uint32_t slot)
{
	const char *name = policy_slot_name(policy, slot, NULL, NULL);

	return name ? name : "a slot that there is not";
}

static int compare_kernel(struct engine *kernel, const struct judgement *judgement, const struct policy *policy,
			  const struct block *block, const struct traffic *traffic)
{
	size_t index = policy_block_index(policy, block);
	struct decision decision;
	uint8_t room[FRAME_MAX];
	uint32_t wrong = 0;

	for (uint32_t i = 0; i < traffic->n; i++) {
		struct frame frame = traffic_frame(traffic, i, room);
		enum verdict verdict = reference_verdict(block, judgement->slots[i]);

		kernel->time_ns = ENGINE_TIME_BEGIN + (uint64_t)i * GAP_NS;
		if (engine_run(kernel, index, &frame, &decision)) {
			bench_error("%s", kernel->error);
			return BENCH_ENVIRONMENT;
		}
		if (decision.slot == judgement->slots[i] && decision.verdict == verdict)
			continue;
		if (wrong++ < SHOWN)
			bench_error("packet %u: %s by %s, the reference says %s by %s", i, verdict_names[decision.verdict],
				    slot_word(policy, decision.slot), verdict_names[verdict],
				    slot_word(policy, judgement->slots[i]));
	}
	if (!wrong)
		return BENCH_GOOD;
	bench_error("%u of %u packets are judged wrongly", wrong, traffic->n);
	return BENCH_WRONG;
}

int judge_kernel(const struct judgement *judgement, const struct policy *policy, const struct block *block,
		 const struct traffic *traffic, struct bytes object)
{
	struct engine *kernel;
	struct compile *compile;
	int fd = object_file(object), code = BENCH_ENVIRONMENT;
	char path[64];

	if (fd < 0)
		return code;
	compile = malloc(sizeof(*compile));
	if (!compile) {
		close(fd);
		return code;
	}
	compile_init(compile);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	kernel = kernel_open_object(compile, path);
	if (kernel)
		code = compare_kernel(kernel, judgement, policy, block, traffic);
	else
		bench_stage_failed(compile);
	engine_close(kernel);
	compile_fini(compile);
	free(compile);
	close(fd);
	return code;
}
