/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "compile_policy.h"

#include "path.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

bool is_policy(const char *path)
{
	size_t length = strlen(path);

	return length > 3 && strcmp(path + length - 3, ".sp") == 0;
}

static void find_sentryc(struct path *path)
{
	ssize_t length = readlink("/proc/self/exe", path->text, sizeof(path->text) - 1);
	char *slash;

	if (length > 0) {
		path->text[length] = '\0';
		slash = strrchr(path->text, '/');
		if (slash && (size_t)(slash - path->text) + sizeof("/sentryc") <= sizeof(path->text)) {
			memcpy(slash, "/sentryc", sizeof("/sentryc"));
			if (access(path->text, X_OK) == 0)
				return;
		}
	}
	path_format(path, "sentryc");
}

static bool spawn(const char *program, char *const *argv, const char *directory, int output, int *status, struct failure *why)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t ignored_here;
	pid_t child;
	int error;

	posix_spawn_file_actions_init(&actions);
	if (directory)
		posix_spawn_file_actions_addchdir_np(&actions, directory);
	if (output != STDOUT_FILENO)
		posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	sigemptyset(&ignored_here);
	sigaddset(&ignored_here, SIGPIPE);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigdefault(&attributes, &ignored_here);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
	error = posix_spawnp(&child, program, &actions, &attributes, argv, environ);
	posix_spawnattr_destroy(&attributes);
	posix_spawn_file_actions_destroy(&actions);
	if (error)
		return failure_set(why, EXIT_ENVIRONMENT,
				   "cannot run %s: %s (a policy needs it; a compiled object does not)", program,
				   strerror(error));
	while (waitpid(child, status, 0) < 0) {
		if (errno != EINTR)
			return failure_set(why, EXIT_ENVIRONMENT, "%s: %s", program, strerror(errno));
	}
	return !WIFSIGNALED(*status) ||
	       failure_set(why, EXIT_ENVIRONMENT, "%s was ended by signal %d", program, WTERMSIG(*status));
}

#define MAX_ARGUMENTS 8

int sentryc_run(const char *const *arguments, const char *directory, int output, struct failure *why)
{
	char *argv[MAX_ARGUMENTS + 2];
	struct path program;
	size_t n = 1;
	int status;

	find_sentryc(&program);
	argv[0] = program.text;
	for (size_t i = 0; i < MAX_ARGUMENTS && arguments[i]; i++)
		argv[n++] = (char *)arguments[i];
	argv[n] = NULL;
	return spawn(program.text, argv, directory, output, &status, why) ? WEXITSTATUS(status) : -1;
}

int compile_policy(const char *path, const char *account, struct failure *why)
{
	const char *const plain[] = { "compile", "-o", "-", "--", path, NULL };
	const char *const more[] = { "compile", "-o", "-", "--account", account, "--", path, NULL };
	const char *const *arguments = account ? more : plain;
	int fd = memfd_create("policy.bpf.o", MFD_CLOEXEC), code;

	if (fd < 0) {
		failure_set(why, EXIT_ENVIRONMENT, "no memory for the object: %s", strerror(errno));
		return -1;
	}
	code = sentryc_run(arguments, NULL, fd, why);
	if (code == 0 && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	if (code > 0)
		failure_set(why, code, "nothing applied: %s was not compiled", path);
	close(fd);
	return -1;
}
