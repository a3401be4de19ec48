/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The packets of a measurement. All are made the same size, for a test run is given one frame and the driver
 * overwrites only the part in which packets differ: a longer frame than the IP packet in it is padding to every
 * parser. What the programs are timed over is exactly what the reference judges.
 */
#ifndef BENCH_TRAFFIC_H
#define BENCH_TRAFFIC_H

#include "frame.h"

#define TRAFFIC_PACKETS 65536u
/* Of each packet; what lies behind is the first packet's. The driver's largest copy. */
#define TRAFFIC_HEAD 96u

struct traffic {
	uint32_t n;
	uint32_t frame_size;
	uint8_t (*heads)[TRAFFIC_HEAD];
	uint8_t frame[FRAME_MAX];        /* the first packet; zeros behind its end */
	uint32_t copy_at, copy_words;    /* the bytes that differ, in words of eight */
	uint32_t cut;                    /* packets of which more than a head was captured */
};

/* Reads at most TRAFFIC_PACKETS. False, and a message. */
bool traffic_read(struct traffic *traffic, const char *path);
void traffic_free(struct traffic *traffic);

/* The i-th packet as it is run, in `room`, which must last as long as the frame is used. */
struct frame traffic_frame(const struct traffic *traffic, uint32_t i, uint8_t room[FRAME_MAX]);

/* Leaves only the packets for which keep[i]; their numbers change. */
void traffic_keep(struct traffic *traffic, const bool *keep);

/* How many different packets there are; few are learned by heart by the caches and the branch predictor. */
uint32_t traffic_distinct(const struct traffic *traffic);
#define TRAFFIC_FEW 1000u

/* Finds copy_at and copy_words, once the packets are settled. */
void traffic_find_region(struct traffic *traffic);

#endif
