/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Asking sentryc. Its messages go to a file, so that they can be shown when something is wrong. */
#include "oracle.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

const char *sentryc_path, *work_dir;

static void show_messages(const char *path)
{
	FILE *file = fopen(path, "r");
	char line[512];

	while (file && fgets(line, sizeof(line), file))
		fprintf(stderr, "  | %s", line);
	if (file)
		fclose(file);
}

static pid_t start(const char *const *arguments, const char *messages, int *output)
{
	posix_spawn_file_actions_t actions;
	int fds[2], failed;
	pid_t pid;

	if (pipe2(fds, O_CLOEXEC) < 0)
		return -1;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, fds[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, messages, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	failed = posix_spawn(&pid, sentryc_path, &actions, NULL, (char *const *)arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(fds[1]);
	*output = fds[0];
	return failed ? -1 : pid;
}

json_t *sentryc_json(const char *const *arguments, int *code)
{
	char messages[4096];
	json_error_t error;
	json_t *document;
	int output, status;
	FILE *stream;
	pid_t pid;

	snprintf(messages, sizeof(messages), "%s/messages", work_dir);
	pid = start(arguments, messages, &output);
	if (pid < 0) {
		fprintf(stderr, "oracle: cannot start %s\n", sentryc_path);
		return NULL;
	}
	stream = fdopen(output, "r");
	document = json_loadf(stream, 0, &error);
	/* What is left must be read too, or a pipe that closes early is what sentryc dies of. */
	while (fgetc(stream) != EOF)
		;
	fclose(stream);
	waitpid(pid, &status, 0);
	*code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;
	if (document && (*code == 0 || *code == 1))
		return document;
	fprintf(stderr, "oracle: sentryc %s: exit code %d, %s\n", arguments[1], *code,
		document ? "with JSON" : "without JSON that can be read");
	show_messages(messages);
	json_decref(document);
	return NULL;
}
