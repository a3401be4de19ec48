/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "map_walk.h"

#include "memory.h"
#include "path.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#define BATCH 4096
#define MAX_BATCH (1u << 24)

bool map_info(int fd, struct bpf_map_info *info)
{
	__u32 length = sizeof(*info);

	*info = (struct bpf_map_info){ 0 };
	return bpf_obj_get_info_by_fd(fd, info, &length) == 0;
}

struct batch {
	char *keys;
	char *values;
	__u32 room;
};

static void make_room(struct batch *batch, const struct bpf_map_info *info, __u32 room)
{
	free(batch->keys);
	free(batch->values);
	batch->keys = allocate(room, info->key_size);
	batch->values = allocate(room, info->value_size);
	batch->room = room;
}

bool map_walk(int fd, void (*visit)(void *context, const void *key, const void *value), void *context)
{
	__u64 position[8] = { 0 }, next[8] = { 0 }; /* the kernel wants room for a key or a number of a bucket */
	struct batch batch = { 0 };
	struct bpf_map_info info;
	bool begun = false;
	int error = 0;

	if (!map_info(fd, &info))
		return false;
	if (info.key_size > sizeof(position)) {
		errno = EINVAL;
		return false;
	}
	make_room(&batch, &info, BATCH);
	while (!error) {
		__u32 n = batch.room;

		error = 0;
		if (bpf_map_lookup_batch(fd, begun ? position : NULL, next, batch.keys, batch.values, &n, NULL) != 0)
			error = errno;
		/* One bucket has more than there is room for. */
		if (error == ENOSPC && batch.room < MAX_BATCH) {
			make_room(&batch, &info, batch.room * 4);
			error = 0;
			continue;
		}
		if (error && error != ENOENT)
			break;
		for (size_t i = 0; i < n; i++)
			visit(context, batch.keys + i * info.key_size, batch.values + i * info.value_size);
		for (size_t i = 0; i < sizeof(next) / sizeof(next[0]); i++)
			position[i] = next[i];
		begun = true;
	}
	free(batch.keys);
	free(batch.values);
	errno = error;
	return error == ENOENT;
}

__u64 map_memory(int fd)
{
	unsigned long long bytes = 0;
	struct path path;
	char line[256];
	FILE *file;

	if (!path_format(&path, "/proc/self/fdinfo/%d", fd))
		return 0;
	file = fopen(path.text, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file) && sscanf(line, "memlock: %llu", &bytes) != 1)
		continue;
	fclose(file);
	return bytes;
}
