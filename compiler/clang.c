/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* clang as a process: the real build, in a directory of its own. */
#include "clang.h"

#include "clang_args.h"
#include "object.h"
#include "process.h"
#include "source_name.h"
#include "templates.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#define OBJECT_NAME "policy.o"

static const char *const programs[] = {
	"clang", "clang-14", "clang-15", "clang-16", "clang-17", "clang-18", "clang-19", "clang-20", "clang-21", NULL,
};

size_t clang_args(enum target target, const char **args, size_t n)
{
	if (target == TARGET_NATIVE) {
		args[n++] = "-DSENTRY_NATIVE";
		args[n++] = "-fPIC";
	} else {
		args[n++] = target == TARGET_BPFEB ? "--target=bpfeb" : "--target=bpfel";
		args[n++] = "-mcpu=v3";
		/* The source of what the verifier's log shows; DWARF goes again, BTF stays. */
		args[n++] = "-g";
	}
	args[n++] = "-O2";
	args[n++] = "-std=gnu11";
	args[n++] = "-nostdinc";
	args[n++] = "-Wall";
	args[n++] = "-Werror";
	/* No path of this machine, no name of a directory that differs from run to run. */
	args[n++] = "-fdebug-compilation-dir=.";
	return n;
}

/* Runs the first clang there is. False with errno set: ENOENT if there is none. */
static bool run_clang(struct workdir *workdir, const char **argv, struct process_result *result)
{
	const char *chosen = getenv("PACKET_SENTRY_CLANG");

	if (chosen && *chosen) {
		argv[0] = chosen;
		return workdir_run(workdir, argv, result);
	}
	for (size_t i = 0; programs[i]; i++) {
		argv[0] = programs[i];
		if (workdir_run(workdir, argv, result))
			return true;
		/* A directory of PATH that may not be searched hides nothing that could be run. */
		if (errno == EACCES)
			errno = ENOENT;
		if (errno != ENOENT)
			return false;
	}
	return false;
}

const char *clang_version(struct compile *compile)
{
	const char *argv[] = { NULL, "--version", NULL };
	struct process_result result = { 0 };
	const char *version = NULL;
	struct workdir workdir;

	if (!workdir_open(&workdir))
		return NULL;
	/* "Debian clang version 14.0.6": who packaged it makes no difference. */
	if (run_clang(&workdir, argv, &result) && !result.status) {
		const char *number = strstr(result.output, "clang version ");

		if (number)
			version = arena_printf(&compile->arena, "clang %.*s",
					       (int)strcspn(number + 14, " \n-~+"), number + 14);
	}
	free(result.output);
	workdir_close(&workdir);
	return version;
}

static bool build_error(struct compile *compile, const char *what)
{
	snprintf(compile->error, sizeof(compile->error), "%s: %s", what, strerror(errno));
	return false;
}

/* Templates, generated file, and the policy's files: clang copies their lines into the object's BTF. */
static bool write_inputs(struct compile *compile, struct workdir *workdir, const char *file_name, struct bytes c)
{
	const struct source *main = compile->sources.first;

	for (const struct source *source = main; source; source = source->next) {
		const char *name = source_short_name(&compile->arena, main, source);

		if (source_find_short(&compile->arena, main, name) != source)
			continue;
		/* Outside of the policy's directory a file may have had the name that is a directory within it. */
		if (!workdir_write(workdir, name, source->text, source->size) && errno != ENOTDIR && errno != EISDIR)
			return build_error(compile, "cannot write temporary files");
	}
	/* Last, so that no policy can be named so as to take their place. */
	for (size_t i = 0; i < n_template_files; i++) {
		char *name = arena_printf(&compile->arena, CLANG_TEMPLATES "/%s", template_files[i].name);

		if (!workdir_write(workdir, name, template_files[i].text, template_files[i].size))
			return build_error(compile, "cannot write temporary files");
	}
	if (!workdir_write(workdir, file_name, c.data, c.size))
		return build_error(compile, "cannot write temporary files");
	return true;
}

/* Its first words: after them come a request to report it elsewhere, and a stack. */
static int words_worth_showing(const char *output)
{
	const char *rest = strstr(output, "PLEASE submit");
	size_t length = rest ? (size_t)(rest - output) : strlen(output);

	while (length && output[length - 1] == '\n')
		length--;
	return length > 800 ? 800 : (int)length;
}

static bool clang_failed(struct compile *compile, const struct process_result *result)
{
	/* The policy is not at fault: it passed the check before. */
	if (WIFSIGNALED(result->status))
		snprintf(compile->error, sizeof(compile->error), "clang was ended by signal %d (%s)",
			 WTERMSIG(result->status), strsignal(WTERMSIG(result->status)));
	else
		snprintf(compile->error, sizeof(compile->error), "clang failed with status %d:\n%.*s",
			 WEXITSTATUS(result->status), words_worth_showing(result->output), result->output);
	return false;
}

static bool run_build(struct compile *compile, struct workdir *workdir, const char *file_name, enum target target)
{
	const char *argv[CLANG_ARGS_MAX + 8];
	struct process_result result = { 0 };
	bool good = false;
	size_t n = clang_args(target, argv, 1);

	argv[n++] = "-I" CLANG_TEMPLATES;
	if (target == TARGET_NATIVE) {
		argv[n++] = "-shared";
		argv[n++] = "-nostdlib";
	} else {
		argv[n++] = "-c";
	}
	argv[n++] = file_name;
	argv[n++] = "-o";
	argv[n++] = OBJECT_NAME;
	argv[n] = NULL;

	if (run_clang(workdir, argv, &result))
		good = result.status ? clang_failed(compile, &result) : true;
	else if (errno == ENOENT && argv[0] == getenv("PACKET_SENTRY_CLANG"))
		snprintf(compile->error, sizeof(compile->error), "there is no clang '%s', which PACKET_SENTRY_CLANG names",
			 argv[0]);
	else if (errno == ENOENT)
		snprintf(compile->error, sizeof(compile->error),
			 "there is no clang on PATH (Debian: clang-14; PACKET_SENTRY_CLANG names another)");
	else
		build_error(compile, arena_printf(&compile->arena, "cannot run %s", argv[0]));
	free(result.output);
	return good;
}

bool clang_build(struct compile *compile, const char *file_name, struct bytes c, enum target target,
		 struct bytes *object)
{
	struct bytes built = { 0 };
	struct workdir workdir;
	bool good = false;

	if (!workdir_open(&workdir))
		return build_error(compile, "cannot make a temporary directory");
	if (write_inputs(compile, &workdir, file_name, c) && run_build(compile, &workdir, file_name, target)) {
		good = workdir_read(&workdir, OBJECT_NAME, &built.data, &built.size);
		if (!good)
			build_error(compile, "cannot read what clang built");
	}
	workdir_close(&workdir);
	if (!good)
		return false;

	if (target == TARGET_NATIVE) {
		*object = built;
		return true;
	}
	good = object_finish(built, NULL, 0, object);
	if (!good)
		snprintf(compile->error, sizeof(compile->error), "clang built what is no BPF object");
	free(built.data);
	return good;
}
