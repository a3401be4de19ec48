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

static bool run(const char *program, const char *policy, int output, struct failure *why)
{
	char *const argv[] = { (char *)program, (char *)"compile", (char *)"-o", (char *)"-", (char *)"--",
			       (char *)policy, NULL };
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t ignored_here;
	int error, status;
	pid_t child;

	posix_spawn_file_actions_init(&actions);
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
	while (waitpid(child, &status, 0) < 0) {
		if (errno != EINTR)
			return failure_set(why, EXIT_ENVIRONMENT, "%s: %s", program, strerror(errno));
	}
	if (WIFSIGNALED(status))
		return failure_set(why, EXIT_ENVIRONMENT, "%s was ended by signal %d", program, WTERMSIG(status));
	if (WEXITSTATUS(status) != 0)
		return failure_set(why, WEXITSTATUS(status), "nothing applied: %s was not compiled", policy);
	return true;
}

int compile_policy(const char *path, struct failure *why)
{
	int fd = memfd_create("policy.bpf.o", MFD_CLOEXEC);
	struct path program;

	if (fd < 0) {
		failure_set(why, EXIT_ENVIRONMENT, "no memory for the object: %s", strerror(errno));
		return -1;
	}
	find_sentryc(&program);
	if (run(program.text, path, fd, why) && lseek(fd, 0, SEEK_SET) == 0)
		return fd;
	close(fd);
	return -1;
}
