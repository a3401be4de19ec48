/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "carry_back.h"

#include "carry.h"
#include "map_walk.h"

#include <bpf/bpf.h>
#include <string.h>
#include <unistd.h>

struct copying {
	int to;
	__u64 flags;
};

static void copy_entry(void *context, const void *key, const void *value)
{
	const struct copying *copying = context;

	bpf_map_update_elem(copying->to, key, value, copying->flags);
}

/* Two maps, and what is in the one can be in the other. */
static bool can_copy(int from, int to)
{
	struct bpf_map_info old, new;

	return map_info(from, &old) && map_info(to, &new) && old.id != new.id && old.type == BPF_MAP_TYPE_LRU_HASH &&
	       new.type == BPF_MAP_TYPE_LRU_HASH && old.key_size == new.key_size && old.value_size == new.value_size;
}

static void copy_map(const struct before *from, const struct generation *to, size_t part, const char *name,
		     __u64 flags)
{
	struct copying copying = { generation_map(to, part, name), flags };
	int fd = generation_map(from->generation, from->part, name);

	if (fd >= 0 && copying.to >= 0 && can_copy(fd, copying.to))
		map_walk(fd, copy_entry, &copying);
	if (fd >= 0)
		close(fd);
	if (copying.to >= 0)
		close(copying.to);
}

static void copy_part(const struct before *from, const struct generation *to, size_t part, __u64 flags)
{
	const struct manifest *manifest = &to->record.parts[part];

	if (manifest->states.map && from->manifest->states.map &&
	    strcmp(manifest->states.map, from->manifest->states.map) == 0)
		copy_map(from, to, part, manifest->states.map, flags);
	for (size_t i = 0; i < manifest->n_limits; i++) {
		const struct manifest_limit *limit = &manifest->limits[i];

		if (carry_same_limit(manifest_limit(from->manifest, limit->map), limit))
			copy_map(from, to, part, limit->map, flags);
	}
}

static void copy_parts(const struct generation *from, const struct generation *to, __u64 flags)
{
	for (size_t i = 0; i < to->record.n_parts; i++) {
		const struct before before = carry_from(from, &to->record.parts[i], to->record.n_parts);

		if (before.manifest)
			copy_part(&before, to, i, flags);
	}
}

void carry_back(const struct site *site, unsigned int from, unsigned int to, __u64 flags)
{
	struct generation given_up, earlier;
	struct failure ignored;

	if (!generation_open(&given_up, site, (struct generation_id){ .number = from }, &ignored))
		return;
	if (generation_open(&earlier, site, (struct generation_id){ .number = to }, &ignored)) {
		copy_parts(&given_up, &earlier, flags);
		generation_close(&earlier);
	}
	generation_close(&given_up);
}
