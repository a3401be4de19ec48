/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * An object loaded a second time, to be asked what it would do: attached to nothing, with maps of its own, and with
 * a clock that the caller sets. What is in force is not touched.
 */
#ifndef SENTRY_RUNTIME_TRIAL_H
#define SENTRY_RUNTIME_TRIAL_H

#include "failure.h"
#include "manifest.h"
#include "set_element.h"

#include <bpf/libbpf.h>
#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared.h"

/* BPF_PROG_TEST_RUN takes no longer frames for every hook. */
#define TRIAL_FRAME_MAX 3072

/* What lies in the slot of a set. */
struct trial_set {
	int map;                     /* of a hash table; else -1 */
	struct set_elements elements; /* of a table: they become one before the next packet */
	bool changed;
};

struct trial {
	const struct manifest *manifest; /* the caller's */
	struct bpf_object *bpf;
	struct sentry_trace *trace;      /* the map itself, in our memory */
	struct trial_set *sets;          /* as in the manifest */
	__u64 time_ns;                   /* when the next packet comes; never backwards between two trial_reset */
};

struct trial_frame {
	const unsigned char *data;
	__u32 size;      /* at most TRIAL_FRAME_MAX */
	__u32 wire_size; /* on the wire; at least `size` */
};

/* `image` is the object that the manifest is of. On failure nothing is left to close. */
bool trial_open(struct trial *trial, const struct manifest *manifest, const void *image, size_t size,
		struct failure *why);
void trial_close(struct trial *trial);

/* No connection, no element, no rate counted, and the clock at its beginning. */
bool trial_reset(struct trial *trial, struct failure *why);

/* `set` is one of the manifest's. */
bool trial_add(struct trial *trial, const struct manifest_set *set, const struct set_element *element,
	       struct failure *why);

/* What the program of the block decided: slot and verdict, both of this object. */
bool trial_run(struct trial *trial, const struct manifest_block *block, const struct trial_frame *frame,
	       struct sentry_trace *decision, struct failure *why);

#endif
