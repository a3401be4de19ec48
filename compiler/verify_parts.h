/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the files of verify share. */
#ifndef SENTRY_VERIFY_PARTS_H
#define SENTRY_VERIFY_PARTS_H

#include "classifier.h"
#include "interval.h"
#include "verify.h"
#include "verify_reference.h"

/* An address of each sort: the same rules hold, and the tables give the same class. */
struct end_point {
	u128 address;
	uint32_t signature, class, tuple_sort;
};

struct end_points {
	size_t n, room;
	size_t n_slots;
	uint32_t *slots;              /* hash table: number + 1 */
	struct end_point *points;
};

/* So often tables of connections and the like begin anew: what one packet leaves there is for some others to meet. */
#define VERIFY_RESET_EVERY 1000u

/* Of the numbers that an end's look-up gives, which the groups cannot tell apart. */
struct end_rows {
	size_t n;                     /* 0: none */
	uint32_t *same_as;            /* by number */
};

/* The same of an ask's values. */
struct value_points {
	size_t n;
	uint32_t *values;
	uint64_t **open;              /* of each: the conditions that it leaves open, as bits */
};

/* Frames for the engines, made from points as they come by. */
struct frame_sample {
	uint64_t step, next;          /* the number of the next point that is taken, and how far apart they are */
	uint64_t seen, room;
	size_t n;
	struct frame *frames;
	const char **texts;
};

struct verify_run {
	struct verify *verify;
	struct verify_block *result;
	const struct block *block;
	const struct classifier *classifier; /* NULL: nothing is looked up */
	struct reference reference;
	uint64_t random;
	size_t *source_of;            /* by ask: the classifier's source + 1 */
	uint32_t *values;             /* by source, of the point at hand */
	uint32_t *scratch;            /* by ask */
	struct end_rows rows[N_FAMILIES][2];
	struct end_points ends[N_FAMILIES][2];
	struct intervals tuple_ends[N_FAMILIES][2]; /* starts and classes of what the tables of tuples tell apart; n 0: nothing */
	struct value_points *asks;
	bool unwalked;                /* some way through a table was not gone to its end */
	struct frame_sample sample;
};

/* verify_points.c */
void verify_find_points(struct verify_run *run);

/* verify_tuples.c: of an end; of an address; and of a source which of the values below `n` some slot has, a byte each. */
void verify_tuple_ends(struct verify_run *run, enum family family, unsigned which, struct intervals *ends);
uint32_t verify_tuple_sort(const struct intervals *ends, u128 address);
void verify_tuple_values(const struct classifier *classifier, size_t source, uint8_t *there, uint32_t n);

/* verify_regions.c. False where there are too many regions: nothing was looked up. */
bool verify_regions(struct verify_run *run);

/* verify_witnesses.c: about so many packets. */
void verify_witnesses(struct verify_run *run, uint64_t wanted);

/* verify_packet.c: the point as a packet. True if the packet is exactly that point. */
bool verify_packet(const struct verify_run *run, const struct reference_point *point, struct packet_spec *spec);
/* The point in words. */
const char *verify_packet_text(const struct verify_run *run, const struct reference_point *point, const char **when);

/* verify_engines.c */
void verify_sample(struct verify_run *run, const struct reference_point *point);
bool verify_engines(struct verify_run *run, struct engine *const engines[N_ENGINES], const char **why);

/* verify.c: what the tables say, and whether it is right. `first` as of reference_first. */
uint32_t verify_look_up(struct verify_run *run, const struct reference_point *point);
void verify_compare(struct verify_run *run, const struct reference_point *point, size_t first);
void verify_differ(struct verify_run *run, const struct verify_difference *difference);
uint64_t verify_random(struct verify_run *run);

#endif
