/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The first and only process of an emulated machine: it loads the objects that came with it, runs packets through
 * them, has sentry-apply put policies in force on a veth pair with traffic, and powers off. What it finds it says on
 * the console, one line each: an @, then words with blanks between them, of which the first says what it is about.
 */
#ifndef KERNELS_GUEST_H
#define KERNELS_GUEST_H

#include <stdbool.h>
#include <stddef.h>

/* `text` may have several lines: each becomes one of its own, with `what` before it. */
void report(const char *what, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* guest_features.c: what this kernel has of what a policy can use. */
void features_report(void);

/* guest_objects.c: all objects in a directory. NAME.o may have packets in NAME.packets, from tests/kernels/expect.c. */
void objects_run(const char *directory);

/* guest_traffic.c: policies in force, swapped, gone back from. */
void traffic_run(const char *directory);

/* guest_link.c: a veth pair, both ends up; one has the address, the other is for raw frames. 0 or negative errno. */
struct pair {
	int raw;              /* packet socket on the outer end */
	int outer;            /* its number */
	int udp;              /* socket on the inner end's address */
};

int pair_open(struct pair *pair);
/* Sends datagrams from outside to `port`, and counts those that arrive at the socket. Negative errno if one cannot. */
int pair_in(const struct pair *pair, unsigned short port, int n);
/* Sends datagrams from the socket to a neighbour's `port`, and counts those that come out. */
int pair_out(const struct pair *pair, unsigned short port, int n);

#endif
