/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Preloaded into sentry-apply: calls of libbpf that fail, or meet a signal.
 *
 *	FAULT_UPDATE=N   bpf_link_update fails from the Nth call on
 *	FAULT_DETACH=1   bpf_tc_detach fails
 *	FAULT_SIGNAL=N   each bpf_link_update sends signal N to the process first
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

static long setting(const char *name)
{
	const char *text = getenv(name);

	return text ? strtol(text, NULL, 10) : 0;
}

int bpf_link_update(int link, int program, const struct bpf_link_update_opts *options)
{
	static long calls;
	int (*real)(int, int, const struct bpf_link_update_opts *) = dlsym(RTLD_NEXT, "bpf_link_update");
	long first = setting("FAULT_UPDATE");

	if (setting("FAULT_SIGNAL"))
		kill(getpid(), (int)setting("FAULT_SIGNAL"));
	if (first && ++calls >= first) {
		errno = EPERM;
		return -EPERM;
	}
	return real(link, program, options);
}

int bpf_tc_detach(const struct bpf_tc_hook *hook, const struct bpf_tc_opts *options)
{
	int (*real)(const struct bpf_tc_hook *, const struct bpf_tc_opts *) = dlsym(RTLD_NEXT, "bpf_tc_detach");

	return setting("FAULT_DETACH") ? -EPERM : real(hook, options);
}
