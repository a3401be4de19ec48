/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "libclang.h"

#include <dlfcn.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[] = {
	"libclang-14.so.1",
	"libclang-14.so.13",
	"libclang.so.1",
	"/usr/lib/llvm-14/lib/libclang.so.1",
	"libclang.so.13",
	"/usr/lib/llvm-15/lib/libclang.so.1",
	"/usr/lib/llvm-16/lib/libclang.so.1",
	"/usr/lib/llvm-17/lib/libclang.so.1",
	"/usr/lib/llvm-18/lib/libclang.so.1",
	"/usr/lib/llvm-19/lib/libclang.so.1",
	"libclang.so",
};

static bool find_function(void *handle, const char *name, void *slot)
{
	void *function = dlsym(handle, name);

	/* POSIX lets a function pointer live in a void *, ISO C does not: hence the copy. */
	memcpy(slot, &function, sizeof(function));
	return function;
}

bool libclang_open(struct libclang *clang)
{
	bool whole = true;

	memset(clang, 0, sizeof(*clang));
	/* Its own way out of a crash asks for memory, and where there is none it crashes again, until the stack has ended. */
	setenv("LIBCLANG_DISABLE_CRASH_RECOVERY", "1", 1);
	for (size_t i = 0; !clang->handle && i < sizeof(names) / sizeof(names[0]); i++)
		clang->handle = dlopen(names[i], RTLD_LAZY | RTLD_LOCAL);
	if (!clang->handle)
		return false;
#define LIBCLANG_FIND(NAME) whole &= find_function(clang->handle, "clang_" #NAME, &clang->NAME);
	LIBCLANG_FUNCTIONS(LIBCLANG_FIND)
#undef LIBCLANG_FIND
	return whole;
}
