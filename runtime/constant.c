/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "constant.h"

#include <bpf/btf.h>
#include <string.h>

/* Address and size of a load-time constant before loading; NULL if the object has none of that name. */
static void *constant(const struct bpf_object *object, const char *name, size_t *size)
{
	const struct btf *btf = bpf_object__btf(object);
	__s32 section_id = btf ? btf__find_by_name_kind(btf, ".rodata", BTF_KIND_DATASEC) : -1;
	const struct btf_type *section;
	const struct btf_var_secinfo *variable;
	struct bpf_map *map;

	if (section_id < 0)
		return NULL;
	section = btf__type_by_id(btf, (__u32)section_id);
	variable = btf_var_secinfos(section);
	bpf_object__for_each_map(map, object) {
		const char *map_name = bpf_map__name(map), *end = strrchr(map_name, '.');
		size_t map_size = 0;
		char *data;

		/* "sentry.rodata"; `.rodata.str1.1` and the like hold no constants of ours. */
		if (!bpf_map__is_internal(map) || !end || strcmp(end, ".rodata") != 0)
			continue;
		data = (char *)bpf_map__initial_value(map, &map_size);
		for (int i = 0; data && i < btf_vlen(section); i++, variable++) {
			const struct btf_type *type = btf__type_by_id(btf, variable->type);

			if (strcmp(btf__name_by_offset(btf, type->name_off), name) != 0)
				continue;
			*size = variable->size;
			return variable->offset <= map_size && variable->size <= map_size - variable->offset
				       ? data + variable->offset : NULL;
		}
	}
	return NULL;
}

bool constant_set(struct bpf_object *object, const char *name, __u32 value)
{
	size_t size = 0;
	void *data = constant(object, name, &size);

	if (!data || size != sizeof(value))
		return false;
	memcpy(data, &value, sizeof(value));
	return true;
}
