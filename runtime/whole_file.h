/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Files that are written as a whole. */
#ifndef SENTRY_WHOLE_FILE_H
#define SENTRY_WHOLE_FILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/uio.h>

/* Writes all bytes, over interruptions and short writes. False: errno says why, and some may have been written. */
bool whole_file_write(int file, const void *data, size_t size);

/*
 * Makes the file at `path` consist of the `n` parts, one behind the other, for its owner alone. They are written to a new one, PATH.new,
 * which takes its place in one step: who reads finds the old one or the new one. It is not waited for until that is on the
 * disk, so after a crash of the machine the reader has to find damage himself. False: errno says why, the old one is as it was, and
 * the new one is gone.
 */
bool whole_file_replace(const char *path, const struct iovec *parts, size_t n);

#endif
