/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Elements of sets: their text, their order, and which cover which. */
#ifndef SENTRY_SET_ELEMENT_H
#define SENTRY_SET_ELEMENT_H

#include "manifest.h"

#include <linux/types.h>
#include <stdbool.h>
#include <stddef.h>

#include "shared.h"

/* Numbers in host byte order; an IPv4 address is in `lo`. What the types of the set do not name is 0. */
struct set_element {
	__u64 hi;
	__u64 lo;
	__u64 lifetime_ns;  /* SENTRY_FOREVER: it stays */
	__u32 line;         /* of the text it was read from; 0: none */
	__u16 port;
	__u8 protocol;
	__u8 version;       /* 4 or 6 */
	__u8 length;        /* of the prefix; all bits but for type net */
};

struct set_elements {
	size_t n;
	struct set_element *items;
};

#define ELEMENT_TEXT 128    /* any element, with its time */
#define ELEMENT_PROBLEM 256

enum element_times {
	TIMES_REFUSED,
	TIMES_TAKEN, /* `timeout DURATION` may stand behind the element; without, the set's own timeout */
};

/* `length` bytes without the blanks around them. False with `problem`, of ELEMENT_PROBLEM bytes. */
bool element_parse(struct set_element *element, const struct manifest_set *set, const char *text, size_t length,
		   enum element_times times, char *problem);
/* `out` has ELEMENT_TEXT bytes and is returned. */
char *element_format(const struct set_element *element, const struct manifest_set *set, char *out);
/* Only the address. */
char *address_format(unsigned int version, __u64 hi, __u64 lo, char *out);
/* "tcp", or a number. */
char *protocol_format(unsigned int protocol, char *out, size_t size);
/* "9m58s", from the largest unit that it has to whole seconds; below a second "400ms". */
char *duration_format(__u64 ns, char *out, size_t size);

/* By version, address, length, port, protocol: a prefix comes right before those that it covers. */
int element_compare(const struct set_element *left, const struct set_element *right);
bool element_covers(const struct set_element *outer, const struct set_element *inner);

void elements_add(struct set_elements *elements, const struct set_element *element);
void elements_sort(struct set_elements *elements);
void elements_free(struct set_elements *elements);

/*
 * Of sorted elements: two of which one covers the other, or NULL. Of several pairs, the one whose end
 * comes first in the text.
 */
const struct set_element *elements_conflict(const struct set_elements *elements);

#endif
