/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Captured packets, one after another: pcap and pcapng files with Ethernet
 * frames, read through libpcap. Frames longer than FRAME_MAX are cut to it; the
 * length on the wire is kept.
 */
#ifndef SENTRY_CAPTURE_H
#define SENTRY_CAPTURE_H

#include "frame.h"

#include <stdio.h>

struct capture;

enum capture_status {
	CAPTURE_PACKET,
	CAPTURE_END,
	CAPTURE_DAMAGED, /* capture_error says where; what was read before stands */
};

/* "-" is standard input. NULL with a message in `error`. */
struct capture *capture_open(const char *path, char *error, size_t room);
/* The same from a stream, which is the capture's from now on, also after an error. `name` is for messages. */
struct capture *capture_open_stream(FILE *stream, const char *name, char *error, size_t room);
void capture_close(struct capture *capture);

/* The frame's data lasts until the next call. */
enum capture_status capture_next(struct capture *capture, struct frame *frame);

/* How many packets capture_next has given. */
uint64_t capture_count(const struct capture *capture);
const char *capture_error(const struct capture *capture);

#endif
