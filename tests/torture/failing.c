/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * To be preloaded: one call of a program fails, from main() on. What the program starts
 * does not inherit it, as long as it does not hand on LD_PRELOAD.
 *
 *	FAIL_CALL=memory|write|fsync|rename|fchmod|open|close
 *	FAIL_AT=N          the Nth such call, counted from 1; beyond the last one: none
 *	FAIL_ON=1          and all after it
 *	FAIL_ERRNO=N       with this error; for memory always ENOMEM
 *	FAIL_COUNT=FILE    how many there were is written there at the end
 *	FAIL_NOT_FROM=A:B  memory that libraries with these words in their names ask for does not count
 */
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The allocator beneath, by the names that do not need looking up, which would allocate. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *old, size_t size);
void *__libc_memalign(size_t alignment, size_t size);

int __libc_start_main(int (*start)(int, char **, char **), int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*loader_fini)(void), void *stack_end);

static atomic_long calls;
static long fail_at = -1;
static bool fail_on;
static int fail_errno = ENOMEM;
static char fail_call[16], count_file[4096], not_from[256];
static int (*program_main)(int, char **, char **);

static bool is_spared(const void *caller)
{
	Dl_info info;
	const char *word = not_from;

	if (!*word || !dladdr(caller, &info) || !info.dli_fname)
		return false;
	for (; *word; word += strlen(word) + 1)
		if (strstr(info.dli_fname, word))
			return true;
	return false;
}

static bool fails(const char *call, const void *caller)
{
	long n;

	if (fail_at < 0 || strcmp(call, fail_call) || is_spared(caller))
		return false;
	n = ++calls;
	if (fail_on ? n < fail_at : n != fail_at)
		return false;
	errno = fail_errno;
	return true;
}

static void write_count(void)
{
	char text[32];
	long n = calls;
	int fd;

	fail_at = -1;
	if (!*count_file)
		return;
	fd = open(count_file, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
	if (fd >= 0) {
		snprintf(text, sizeof(text), "%ld\n", n);
		if (write(fd, text, strlen(text)) < 0)
			_exit(99);
		close(fd);
	}
}

static void copy(char *to, size_t room, const char *variable)
{
	const char *value = getenv(variable);

	snprintf(to, room, "%s", value ? value : "");
}

static int counted_main(int argc, char **argv, char **environment)
{
	const char *at = getenv("FAIL_AT"), *on = getenv("FAIL_ON"), *error = getenv("FAIL_ERRNO");

	copy(fail_call, sizeof(fail_call), "FAIL_CALL");
	copy(count_file, sizeof(count_file), "FAIL_COUNT");
	copy(not_from, sizeof(not_from) - 1, "FAIL_NOT_FROM");
	for (char *colon = strchr(not_from, ':'); colon; colon = strchr(colon + 1, ':'))
		*colon = '\0';
	fail_on = on && *on == '1';
	if (error && strcmp(fail_call, "memory"))
		fail_errno = atoi(error);
	atexit(write_count);
	if (at)
		fail_at = atol(at);
	return program_main(argc, argv, environment);
}

int __libc_start_main(int (*start)(int, char **, char **), int argc, char **argv, void (*init)(void),
		      void (*fini)(void), void (*loader_fini)(void), void *stack_end)
{
	__typeof__(&__libc_start_main) real;

	program_main = start;
	*(void **)&real = dlsym(RTLD_NEXT, "__libc_start_main");
	return real(counted_main, argc, argv, init, fini, loader_fini, stack_end);
}

#define CALLER __builtin_return_address(0)

/* --- memory -------------------------------------------------------------------- */

void *malloc(size_t size)
{
	return fails("memory", CALLER) ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
	return fails("memory", CALLER) ? NULL : __libc_calloc(n, size);
}

void *realloc(void *old, size_t size)
{
	return fails("memory", CALLER) ? NULL : __libc_realloc(old, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
	return fails("memory", CALLER) ? NULL : __libc_memalign(alignment, size);
}

int posix_memalign(void **memory, size_t alignment, size_t size)
{
	if (fails("memory", CALLER))
		return ENOMEM;
	*memory = __libc_memalign(alignment, size);
	return *memory ? 0 : ENOMEM;
}

/* --- files --------------------------------------------------------------------- */

ssize_t write(int fd, const void *data, size_t size)
{
	return fails("write", CALLER) ? -1 : syscall(SYS_write, fd, data, size);
}

int fsync(int fd)
{
	return fails("fsync", CALLER) ? -1 : (int)syscall(SYS_fsync, fd);
}

int rename(const char *from, const char *to)
{
	return fails("rename", CALLER) ? -1 : (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int fchmod(int fd, mode_t mode)
{
	return fails("fchmod", CALLER) ? -1 : (int)syscall(SYS_fchmod, fd, mode);
}

/* The descriptor is gone even so, as the kernel has it. */
int close(int fd)
{
	bool failed = fails("close", CALLER);
	int result = (int)syscall(SYS_close, fd);

	if (failed)
		errno = fail_errno;
	return failed ? -1 : result;
}

int open(const char *path, int flags, ...)
{
	mode_t mode = 0;
	va_list args;

	va_start(args, flags);
	if (flags & (O_CREAT | O_TMPFILE))
		mode = va_arg(args, mode_t);
	va_end(args);
	return fails("open", CALLER) ? -1 : (int)syscall(SYS_openat, AT_FDCWD, path, flags, mode);
}
