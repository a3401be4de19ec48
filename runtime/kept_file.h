/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A file of one size that is mapped into memory: what is stored in it outlives a kill, not the next start of the machine. It begins with a head
 * that says what the rest is, its first members a magic word and boot_identity(): another head than is wanted, and nothing in the file is of use.
 * The head is written last, so that a file that was killed half begun is begun anew once more.
 */
#ifndef SENTRY_KEPT_FILE_H
#define SENTRY_KEPT_FILE_H

#include <stdbool.h>
#include <stddef.h>

struct kept_file {
	void *memory; /* NULL: not open */
	size_t bytes;
	int fd; /* -1, unless it is locked */
};

/*
 * `path` may be NULL: memory that nobody else sees, all 0. Else the file is made if there is none (0600; symbolic links are not followed), and
 * is all 0 if it was of another size. `alone` locks it. False with errno, EWOULDBLOCK if somebody else has it locked; there
 * is nothing to close then. Its blocks are taken at once: a full disk is an error here, not a signal where something is stored.
 */
bool kept_file_open(struct kept_file *file, const char *path, size_t bytes, bool alone);
/* Also of one that is all 0. */
void kept_file_close(struct kept_file *file);

/* Are these the first bytes? If not, all is 0 afterwards, for the caller to fill before kept_file_begun(). */
bool kept_file_holds(struct kept_file *file, const void *head, size_t head_bytes);
void kept_file_begun(struct kept_file *file, const void *head, size_t head_bytes);

#endif
