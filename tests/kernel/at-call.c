/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * at-call N ACTION COMMAND…: something happens to a command as it enters its Nth system call.
 *
 *	kill        it is killed, by SIGKILL; exits with 137
 *	signal:S    it gets signal S
 *	fail:E      the call does not happen, and returns error number E; only calls that change something are counted (bpf,
 *	            mkdir, rename, unlink, open, mmap, socket, write)
 *	run:TEXT    the shell runs TEXT while it waits
 *
 * Exits as the command does; with 99 if it ended before its Nth call.
 */
#define _GNU_SOURCE
#include <elf.h>
#include <errno.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

struct action {
	enum { KILL, SIGNAL, FAIL, RUN } kind;
	int number;
	const char *text;
};

static bool parse(struct action *action, const char *text)
{
	if (strcmp(text, "kill") == 0)
		*action = (struct action){ .kind = KILL };
	else if (strncmp(text, "signal:", 7) == 0)
		*action = (struct action){ .kind = SIGNAL, .number = atoi(text + 7) };
	else if (strncmp(text, "fail:", 5) == 0)
		*action = (struct action){ .kind = FAIL, .number = atoi(text + 5) };
	else if (strncmp(text, "run:", 4) == 0)
		*action = (struct action){ .kind = RUN, .text = text + 4 };
	else
		return false;
	return true;
}

#ifdef __x86_64__
static void registers(pid_t child, int request, struct user_regs_struct *all)
{
	struct iovec place = { all, sizeof(*all) };

	ptrace(request, child, (void *)NT_PRSTATUS, &place);
}

static bool counts(pid_t child)
{
	static const long calls[] = { SYS_bpf, SYS_mkdir, SYS_rename, SYS_unlink, SYS_unlinkat, SYS_openat, SYS_mmap,
				      SYS_socket, SYS_write };
	struct user_regs_struct all;

	registers(child, PTRACE_GETREGSET, &all);
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++) {
		if ((long)all.orig_rax == calls[i])
			return true;
	}
	return false;
}

/* The call becomes one that there is not; at its end, its error is ours. */
static void fail(pid_t child, int error)
{
	struct user_regs_struct all;
	int status;

	registers(child, PTRACE_GETREGSET, &all);
	all.orig_rax = (unsigned long long)-1;
	registers(child, PTRACE_SETREGSET, &all);
	ptrace(PTRACE_SYSCALL, child, NULL, NULL);
	waitpid(child, &status, 0);
	registers(child, PTRACE_GETREGSET, &all);
	all.rax = (unsigned long long)-error;
	registers(child, PTRACE_SETREGSET, &all);
}
#else
static bool counts(pid_t child)
{
	return false;
}

static void fail(pid_t child, int error)
{
}
#endif

static void act(pid_t child, const struct action *action)
{
	switch (action->kind) {
	case KILL:
	case SIGNAL:
		kill(child, action->kind == KILL ? SIGKILL : action->number);
		break;
	case FAIL:
		fail(child, action->number);
		break;
	case RUN:
		if (system(action->text) == -1)
			perror(action->text);
		break;
	}
}

int main(int argc, char **argv)
{
	bool entering = false, done = false;
	struct action action;
	long left;
	int status;
	pid_t child;

	if (argc < 4 || !parse(&action, argv[2]))
		return 2;
	left = strtol(argv[1], NULL, 10);
	child = fork();
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execv(argv[3], argv + 3);
		_exit(127);
	}
	waitpid(child, &status, 0);
	ptrace(PTRACE_SETOPTIONS, child, NULL, (void *)PTRACE_O_TRACESYSGOOD);
	/* From the exec on, each call stops twice, as it begins and as it ends. */
	while (WIFSTOPPED(status)) {
		long signal = WSTOPSIG(status) == (SIGTRAP | 0x80) || WSTOPSIG(status) == SIGTRAP ? 0 : WSTOPSIG(status);

		if (WSTOPSIG(status) == (SIGTRAP | 0x80)) {
			entering = !entering;
			if (entering && !done && (action.kind != FAIL || counts(child)) && --left == 0) {
				done = true;
				act(child, &action);
				/* Of a call that failed the end has been seen. */
				if (action.kind == FAIL)
					entering = false;
			}
		}
		ptrace(PTRACE_SYSCALL, child, NULL, (void *)signal);
		if (waitpid(child, &status, 0) != child)
			break;
	}
	if (!done && WIFEXITED(status))
		return 99;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}
