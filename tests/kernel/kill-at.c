/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* kill-at N COMMAND…: kills a command, by SIGKILL, as it enters its Nth system call. Exits as it does; 137 if killed. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	long left, stops = 0;
	int status;
	pid_t child;

	if (argc < 3)
		return 2;
	left = strtol(argv[1], NULL, 10);
	child = fork();
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(argv[2], argv + 2);
		_exit(127);
	}
	/* The first stop is the exec; from there each call stops twice, as it begins and as it ends. */
	while (waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
		if (WSTOPSIG(status) != SIGTRAP && stops) {
			ptrace(PTRACE_SYSCALL, child, NULL, (void *)(long)WSTOPSIG(status));
			continue;
		}
		if (stops++ % 2 == 1 && --left == 0) {
			kill(child, SIGKILL);
			waitpid(child, &status, 0);
			break;
		}
		ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	}
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
