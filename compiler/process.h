/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Running another program in a private directory that is gone afterwards, also
 * when a signal ends us meanwhile; and writing to a descriptor.
 */
#ifndef SENTRY_PROCESS_H
#define SENTRY_PROCESS_H

#include <signal.h>
#include <stdbool.h>
#include <stddef.h>

/* All of it, however many calls that takes. False with errno set. */
bool write_all(int fd, const void *data, size_t size);

/* While a file is made that must not be left half done. A signal that is to end us takes its course after that. */
void signals_hold(sigset_t *old);
void signals_release(const sigset_t *old);

struct workdir {
	char *path;
	sigset_t waited;     /* signals held back while the directory exists, and SIGCHLD */
	sigset_t old_mask;
	struct sigaction old_child;
	int signal;          /* the one that asked us to end, or 0 */
};

/* Makes the directory below $TMPDIR or /tmp. False with errno set; then there is nothing to close. */
bool workdir_open(struct workdir *workdir);
/* Removes it with all that is in it. A signal that was held back then takes its course. */
void workdir_close(struct workdir *workdir);

/* Relative names only; missing directories on the way are made. False with errno set. */
bool workdir_write(const struct workdir *workdir, const char *name, const void *data, size_t size);
/* The whole file, malloc'd. False with errno set. */
bool workdir_read(const struct workdir *workdir, const char *name, char **data, size_t *size);

struct process_result {
	int status;          /* as of waitpid */
	char *output;        /* stdout and stderr, malloc'd, NUL-terminated, cut at 64 KiB */
};

/*
 * Runs argv[0], found on PATH, in the directory, with a small fixed environment.
 * False with errno set if it cannot be started, EINTR if a signal ended it and wants
 * to end us.
 */
bool workdir_run(struct workdir *workdir, const char *const *argv, struct process_result *result);

#endif
