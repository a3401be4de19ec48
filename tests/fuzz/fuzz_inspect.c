/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Any bytes as an object given to sentryc: what `inspect`, `replay`, `diff` and `sign`
 * read of it without the kernel, and what the end of a build makes of it.
 */
#include "fuzz.h"
#include "object.h"
#include "replay.h"
#include "section_sources.h"

#include <string.h>

static void read_sources(const char *path)
{
	struct compile compile;

	compile_init(&compile);
	if (!section_sources_read(&compile, path))
		require(diags_have_errors(&compile.diags));
	else
		require(compile.sources.n_given && compile.sources.given[0].path);
	compile_fini(&compile);
}

static void read_blocks(struct arena *arena, const char *path)
{
	struct replay_object object;
	char error[512] = "";

	if (!replay_object_read(arena, path, &object, error, sizeof(error))) {
		require(*error);
		return;
	}
	require(object.policy && object.n_blocks);
	for (size_t i = 0; i < object.n_blocks; i++)
		require(object.blocks[i].name && replay_object_block(&object, object.blocks[i].name));
}

static void finish(struct bytes object)
{
	const struct added_section added = { "sentry.manifest", { "{}", 2 } };
	struct bytes finished, section;

	if (!object_finish(object, &added, 1, &finished))
		return;
	require(object_is_bpf(finished) && object_section(finished, added.name, &section));
	require(section.size == 2 && !memcmp(section.data, "{}", 2));
	free(finished.data);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_file file = fuzz_file(data, size);
	struct bytes object, part;
	struct object_info info;
	struct arena arena;
	char error[512] = "";

	arena_init(&arena);
	if (!object_read_file(&arena, file.path, &object, error, sizeof(error))) {
		require(*error);
	} else {
		require(object.size == size && !memcmp(object.data, data, size));
		if (object_section(object, "sentry.manifest", &part))
			require(part.data >= object.data && part.data + part.size <= object.data + object.size);
		if (object_variable(object, "sentry_generation", &part))
			require(part.data >= object.data && part.data + part.size <= object.data + object.size);
		if (object_read(&arena, object, &info))
			for (size_t i = 0; i < info.n_functions; i++)
				require(info.functions[i].name);
		if (object_is_bpf(object))
			finish(object);
	}
	read_blocks(&arena, file.path);
	read_sources(file.path);
	arena_fini(&arena);
	close(file.fd);
	return 0;
}
