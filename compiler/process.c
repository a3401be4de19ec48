/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define OUTPUT_MAX 65536

/* The directory that there is, for there is one at a time; "" if none. */
static char workdir_left[PATH_MAX];

static void remove_left(void);

/* Those of the signals that end a program which nobody chose to ignore (nohup, a shell's background job). */
static void choose_signals(sigset_t *set)
{
	static const int ending[] = { SIGINT, SIGTERM, SIGHUP, SIGQUIT };
	struct sigaction action;

	sigemptyset(set);
	for (size_t i = 0; i < sizeof(ending) / sizeof(ending[0]); i++)
		if (!sigaction(ending[i], NULL, &action) && action.sa_handler != SIG_IGN)
			sigaddset(set, ending[i]);
	sigaddset(set, SIGCHLD);
}

void signals_hold(sigset_t *old)
{
	sigset_t ending;

	choose_signals(&ending);
	sigdelset(&ending, SIGCHLD);
	sigprocmask(SIG_BLOCK, &ending, old);
}

void signals_release(const sigset_t *old)
{
	sigprocmask(SIG_SETMASK, old, NULL);
}

bool workdir_open(struct workdir *workdir)
{
	const char *parent = getenv("TMPDIR");
	struct sigaction action = { .sa_handler = SIG_DFL };
	static bool registered;
	int error;

	memset(workdir, 0, sizeof(*workdir));
	if (!registered && atexit(remove_left)) {
		errno = ENOMEM;
		return false;
	}
	registered = true;
	if (asprintf(&workdir->path, "%s/sentryc.XXXXXX", parent && *parent ? parent : "/tmp") < 0) {
		errno = ENOMEM;
		return false;
	}
	choose_signals(&workdir->waited);
	sigprocmask(SIG_BLOCK, &workdir->waited, &workdir->old_mask);
	/* A parent may have left SIGCHLD ignored, and then there would be nothing to wait for. */
	sigaction(SIGCHLD, &action, &workdir->old_child);
	remove_left();
	if (mkdtemp(workdir->path)) {
		snprintf(workdir_left, sizeof(workdir_left), "%s", workdir->path);
		return true;
	}
	error = errno;
	workdir_close(workdir);
	errno = error;
	return false;
}

/*
 * Removes what is in a directory, up to the first thing that is not removed like a file: whose name, if there is one,
 * goes behind `path`, of PATH_MAX bytes. False if the directory cannot be read.
 */
static bool remove_files(char *path)
{
	union {
		struct dirent64 entry;
		char bytes[4096];
	} buffer;
	int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	size_t length = strlen(path);
	bool removed = true, stopped = false;

	/* What is emptied while it is read may show less than there is: hence again, until nothing more goes. */
	while (fd >= 0 && removed && !stopped) {
		ssize_t size;

		removed = false;
		lseek(fd, 0, SEEK_SET);
		while (!stopped && (size = getdents64(fd, &buffer, sizeof(buffer))) > 0) {
			const struct dirent64 *entry;

			for (ssize_t at = 0; at < size && !stopped; at += entry->d_reclen) {
				entry = (const struct dirent64 *)(buffer.bytes + at);
				if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
					continue;
				if (unlinkat(fd, entry->d_name, 0))
					stopped = true;
				else
					removed = true;
				if (stopped)
					snprintf(path + length, PATH_MAX - length, "/%s", entry->d_name);
			}
		}
	}
	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/*
 * With all that is in it, without a byte of memory and with one descriptor: it is for want of these, too, that all
 * goes away. Links are removed, not followed.
 */
static bool remove_tree(char *path)
{
	size_t length = strlen(path);

	while (remove_files(path)) {
		if (!path[length])
			return !rmdir(path);
		if (!remove_tree(path))
			break;
		path[length] = '\0';
	}
	path[length] = '\0';
	return false;
}

/* The process ends in the middle, out of memory. */
static void remove_left(void)
{
	if (*workdir_left)
		remove_tree(workdir_left);
}

void workdir_close(struct workdir *workdir)
{
	/* What does not go now is tried again before the next one is made, and at the end. */
	if (*workdir_left && remove_tree(workdir_left))
		*workdir_left = '\0';
	free(workdir->path);
	workdir->path = NULL;
	sigaction(SIGCHLD, &workdir->old_child, NULL);
	sigprocmask(SIG_SETMASK, &workdir->old_mask, NULL);
	if (workdir->signal)
		raise(workdir->signal);
}

/* Makes the directories that lead to `path`, from its byte `from` on. */
static bool make_parents(char *path, size_t from)
{
	for (char *slash = strchr(path + from, '/'); slash; slash = strchr(slash + 1, '/')) {
		*slash = '\0';
		if (mkdir(path, 0700) && errno != EEXIST)
			return false;
		*slash = '/';
	}
	return true;
}

bool write_all(int fd, const void *data, size_t size)
{
	const char *rest = data;

	while (size) {
		ssize_t n = write(fd, rest, size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0) {
			/* Nothing was written, and nobody says why: going on might never end. */
			if (!n)
				errno = EIO;
			return false;
		}
		rest += n;
		size -= (size_t)n;
	}
	return true;
}

bool workdir_write(const struct workdir *workdir, const char *name, const void *data, size_t size)
{
	char *path;
	bool good = false;
	int fd;

	if (asprintf(&path, "%s/%s", workdir->path, name) < 0) {
		errno = ENOMEM;
		return false;
	}
	if (make_parents(path, strlen(workdir->path) + 1)) {
		fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		if (fd >= 0) {
			good = write_all(fd, data, size);
			if (close(fd))
				good = false;
		}
	}
	free(path);
	return good;
}

/* From the descriptor's beginning, at most `limit` bytes, with a NUL after them. */
static bool read_all(int fd, size_t limit, char **data, size_t *size)
{
	struct stat status;
	size_t want;

	if (fstat(fd, &status))
		return false;
	want = (size_t)status.st_size < limit ? (size_t)status.st_size : limit;
	*data = malloc(want + 1);
	if (!*data)
		return false;
	*size = 0;
	while (*size < want) {
		ssize_t n = pread(fd, *data + *size, want - *size, (off_t)*size);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		*size += (size_t)n;
	}
	(*data)[*size] = '\0';
	if (*size == want)
		return true;
	free(*data);
	*data = NULL;
	return false;
}

bool workdir_read(const struct workdir *workdir, const char *name, char **data, size_t *size)
{
	char *path;
	bool good;
	int fd;

	if (asprintf(&path, "%s/%s", workdir->path, name) < 0) {
		errno = ENOMEM;
		return false;
	}
	fd = open(path, O_RDONLY | O_CLOEXEC);
	free(path);
	if (fd < 0)
		return false;
	good = read_all(fd, SIZE_MAX, data, size);
	close(fd);
	return good;
}

static void free_environment(char **environment)
{
	for (char **variable = environment; variable && *variable; variable++)
		free(*variable);
	free(environment);
}

static bool add_variable(char **environment, size_t *n, const char *name, const char *value)
{
	if (asprintf(&environment[*n], "%s=%s", name, value) < 0) {
		environment[*n] = NULL;
		return false;
	}
	(*n)++;
	return true;
}

/*
 * Nothing of the caller's environment that could change what a compiler makes:
 * no include paths, no locale, and its temporary files in our directory.
 */
static char **child_environment(const struct workdir *workdir)
{
	static const char *const kept[] = { "PATH", "HOME", "LD_LIBRARY_PATH", "ASAN_OPTIONS" };
	char **environment = calloc(sizeof(kept) / sizeof(kept[0]) + 3, sizeof(*environment));
	size_t n = 0;

	if (!environment)
		return NULL;
	for (size_t i = 0; i < sizeof(kept) / sizeof(kept[0]); i++)
		if (getenv(kept[i]) && !add_variable(environment, &n, kept[i], getenv(kept[i])))
			goto fail;
	if (add_variable(environment, &n, "TMPDIR", workdir->path) && add_variable(environment, &n, "LC_ALL", "C"))
		return environment;
fail:
	free_environment(environment);
	return NULL;
}

static int spawn(const struct workdir *workdir, const char *const *argv, int output, pid_t *pid)
{
	char **environment = child_environment(workdir);
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t all;
	int error = ENOMEM;

	if (!environment)
		return error;
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	posix_spawnattr_setsigmask(&attributes, &workdir->old_mask);
	sigemptyset(&all);
	sigaddset(&all, SIGPIPE);
	posix_spawnattr_setsigdefault(&attributes, &all);
	/* Each asks for memory: without one of them it would run elsewhere, or write where our results go. */
	error = posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	if (!error)
		error = posix_spawn_file_actions_adddup2(&actions, output, STDERR_FILENO);
	if (!error)
		error = posix_spawn_file_actions_addchdir_np(&actions, workdir->path);
	if (!error)
		error = posix_spawnp(pid, argv[0], &actions, &attributes, (char *const *)argv, environment);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	free_environment(environment);
	return error;
}

/* Until the child is gone; a signal meant to end us ends it first. */
static void wait_for(struct workdir *workdir, pid_t pid, int *status)
{
	while (waitpid(pid, status, WNOHANG) == 0) {
		int signal = sigwaitinfo(&workdir->waited, NULL);

		if (signal > 0 && signal != SIGCHLD) {
			workdir->signal = signal;
			kill(pid, SIGTERM);
		}
	}
}

bool workdir_run(struct workdir *workdir, const char *const *argv, struct process_result *result)
{
	int output = memfd_create("output", MFD_CLOEXEC);
	size_t size;
	pid_t pid;
	int error;

	memset(result, 0, sizeof(*result));
	if (output < 0)
		return false;
	error = spawn(workdir, argv, output, &pid);
	if (!error) {
		wait_for(workdir, pid, &result->status);
		if (workdir->signal)
			error = EINTR;
		else if (!read_all(output, OUTPUT_MAX, &result->output, &size))
			error = errno ? errno : EIO;
	}
	close(output);
	errno = error;
	return !error;
}
