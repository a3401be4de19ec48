/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "refusal.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* libbpf tells a name only in what it prints, and gives a callback no place for its own. */
static struct refusal *listener;
static libbpf_print_fn_t print_before;

static void take_name(char *name, size_t size, va_list args)
{
	va_list copy;

	va_copy(copy, args);
	snprintf(name, size, "%s", va_arg(copy, const char *));
	va_end(copy);
}

__attribute__((format(printf, 2, 0))) static int listen_to(enum libbpf_print_level level, const char *format, va_list args)
{
	if (strstr(format, "map '%s': failed to create"))
		take_name(listener->map, sizeof(listener->map), args);
	else if (strstr(format, "prog '%s': BPF program load failed"))
		take_name(listener->program, sizeof(listener->program), args);
	return print_before ? print_before(level, format, args) : 0;
}

void refusal_load(struct refusal *refusal, struct bpf_object *bpf)
{
	*refusal = (struct refusal){ 0 };
	listener = refusal;
	print_before = libbpf_set_print(listen_to);
	refusal->error = -bpf_object__load(bpf);
	libbpf_set_print(print_before);
}

bool refusal_of_map(const char *what, const char *name, __u32 entries, __u64 bytes, int error, struct failure *why)
{
	bool room = error == ENOMEM || error == E2BIG;

	return failure_set(why, EXIT_ENVIRONMENT, "the kernel refused %s '%s' of %u entries, %llu bytes: %s%s", what, name,
			   entries, (unsigned long long)bytes,
			   error == E2BIG ? "more than it takes in one map" : strerror(error),
			   room ? "; a smaller max in the policy needs less" : "");
}

/* Without the line's end. */
static int last_line(const char *log, const char **line)
{
	size_t length = strlen(log), begin;

	while (length && log[length - 1] == '\n')
		length--;
	begin = length;
	while (begin && log[begin - 1] != '\n')
		begin--;
	*line = log + begin;
	return (int)(length - begin);
}

bool refusal_of_program(const char *name, const char *log, int error, struct failure *why)
{
	const char *line;
	int length = last_line(log, &line);

	/* ENOSPC: it stopped for want of room for its log. */
	if (error == E2BIG || error == ENOSPC)
		return failure_set(why, EXIT_ENVIRONMENT, "program '%s' is too large for this kernel's verifier%s%.*s", name,
				   length ? ": " : "", length, line);
	return failure_set(why, EXIT_ENVIRONMENT, "the kernel refused program '%s': %s", name, strerror(error));
}
