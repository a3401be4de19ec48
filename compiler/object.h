/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Built objects as bytes: what is in them, and our own sections put in. Knows ELF, and nothing of policies. */
#ifndef SENTRY_OBJECT_H
#define SENTRY_OBJECT_H

#include "compile.h"

struct added_section {
	const char *name;
	struct bytes bytes; /* empty: not added */
};

/*
 * A copy without DWARF and what only a linker wants, with these sections in place of those of our own
 * that it had; malloc'd. BTF stays. False if it is no BPF object.
 */
bool object_finish(struct bytes object, const struct added_section *added, size_t n_added, struct bytes *finished);

/* The bytes of a section, inside `object`. False if there is none of the name, or no ELF at all. */
bool object_section(struct bytes object, const char *name, struct bytes *section);

/* The bytes of a variable with a name of its own, inside `object`, a BPF object or a library of this machine. */
bool object_variable(struct bytes object, const char *name, struct bytes *variable);

bool object_is_bpf(struct bytes object);

/* Does it begin as ELF does? Then no verb takes it for a policy. */
bool object_is_file(const char *path);

/* The whole file, in arena memory. False with the reason in `error`. */
bool object_read_file(struct arena *arena, const char *path, struct bytes *bytes, char *error, size_t room);

struct object_function {
	const char *name;
	bool entry; /* a program; else a function that programs call */
	uint64_t insns;
	size_t section, begin;  /* where it is: the section's number, and its first instruction there */
	/* With all that it calls: */
	const bool *calls;      /* by number of function, itself too */
	uint32_t stack;         /* bytes, at most, each frame rounded up as verifiers do */
	uint32_t frames;
	uint32_t maps;
	uint64_t longest;       /* instructions of the longest of them */
	uint64_t branches;      /* most that one of them has */
	uint32_t functions;     /* how many they are */
};

struct object_map {
	const char *name;
	const char *type;   /* "percpu_array" */
	uint32_t key_size;
	uint32_t value_size;
	uint32_t max_entries;
	const char *layout; /* the struct that is its value, or NULL */
};

struct object_info {
	size_t n_functions;
	struct object_function *functions;
	size_t n_maps;
	struct object_map *maps;
};

/* In order of the object's symbols and of its BTF; arena memory. */
bool object_read(struct arena *arena, struct bytes object, struct object_info *info);

#endif
