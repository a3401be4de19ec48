/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "btf_check.h"

#include "memory.h"

#include <linux/btf.h>
#include <stdlib.h>
#include <string.h>

#define MAGIC 0xeb9f
/* typedef of const of volatile …: more than any compiler makes of ours. */
#define MAX_DEPTH 32
/* linux/btf.h has no structs for .BTF.ext. */
#define EXT_HEADER 32

struct types {
	const char *strings;
	size_t strings_size;
	const struct btf_type **items; /* by number; 0 is void, and NULL */
	size_t n;
};

static bool broken(struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "the object's type information is damaged");
}

/* What follows the fixed part of a type, in bytes. */
static bool tail_size(const struct btf_type *type, size_t *size)
{
	size_t n = BTF_INFO_VLEN(type->info);

	*size = 0;
	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_PTR:
	case BTF_KIND_FWD:
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_FUNC:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPE_TAG:
		return true;
	case BTF_KIND_INT:
		*size = sizeof(__u32);
		return true;
	case BTF_KIND_ARRAY:
		*size = sizeof(struct btf_array);
		return true;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		*size = n * sizeof(struct btf_member);
		return true;
	case BTF_KIND_ENUM:
		*size = n * sizeof(struct btf_enum);
		return true;
	case BTF_KIND_ENUM64:
		*size = n * sizeof(struct btf_enum64);
		return true;
	case BTF_KIND_FUNC_PROTO:
		*size = n * sizeof(struct btf_param);
		return true;
	case BTF_KIND_VAR:
		*size = sizeof(struct btf_var);
		return true;
	case BTF_KIND_DATASEC:
		*size = n * sizeof(struct btf_var_secinfo);
		return true;
	case BTF_KIND_DECL_TAG:
		*size = sizeof(struct btf_decl_tag);
		return true;
	default:
		return false;
	}
}

static bool collect(struct types *types, const char *data, size_t size)
{
	types->items = grow(types->items, 0, sizeof(*types->items));
	types->items[0] = NULL;
	types->n = 1;
	for (size_t at = 0; at < size;) {
		const struct btf_type *type = (const struct btf_type *)(data + at);
		size_t tail;

		if (size - at < sizeof(*type) || !tail_size(type, &tail) || size - at - sizeof(*type) < tail)
			return false;
		types->items = grow(types->items, types->n, sizeof(*types->items));
		types->items[types->n++] = type;
		at += sizeof(*type) + tail;
	}
	return true;
}

static bool is_modifier(const struct btf_type *type)
{
	switch (type ? BTF_INFO_KIND(type->info) : BTF_KIND_UNKN) {
	case BTF_KIND_TYPEDEF:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_CONST:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return true;
	default:
		return false;
	}
}

/* A type that is there, and that typedefs and qualifiers do not lead around in a ring. */
static bool is_type(const struct types *types, __u32 id)
{
	for (int depth = 0; depth < MAX_DEPTH; depth++) {
		if (id >= types->n)
			return false;
		if (!is_modifier(types->items[id]))
			return true;
		id = types->items[id]->type;
	}
	return false;
}

static bool is_kind(const struct types *types, __u32 id, unsigned int kind)
{
	return id && id < types->n && BTF_INFO_KIND(types->items[id]->info) == kind;
}

static bool is_name(const struct types *types, __u32 offset)
{
	return offset < types->strings_size;
}

static bool check_members(const struct types *types, const struct btf_type *type)
{
	const struct btf_member *member = (const struct btf_member *)(type + 1);

	for (size_t i = 0; i < BTF_INFO_VLEN(type->info); i++, member++) {
		if (!is_name(types, member->name_off) || !member->type || !is_type(types, member->type))
			return false;
	}
	return true;
}

static bool check_parameters(const struct types *types, const struct btf_type *type)
{
	const struct btf_param *parameter = (const struct btf_param *)(type + 1);

	for (size_t i = 0; i < BTF_INFO_VLEN(type->info); i++, parameter++) {
		if (!is_name(types, parameter->name_off) || !is_type(types, parameter->type))
			return false;
	}
	return is_type(types, type->type);
}

static bool check_variables(const struct types *types, const struct btf_type *type)
{
	const struct btf_var_secinfo *variable = (const struct btf_var_secinfo *)(type + 1);

	for (size_t i = 0; i < BTF_INFO_VLEN(type->info); i++, variable++) {
		if (!is_kind(types, variable->type, BTF_KIND_VAR) && !is_kind(types, variable->type, BTF_KIND_FUNC))
			return false;
	}
	return true;
}

/* The names of 32-bit and of 64-bit constants stand at the same place, in structs of other sizes. */
static bool check_constants(const struct types *types, const struct btf_type *type, size_t size)
{
	const char *constant = (const char *)(type + 1);

	for (size_t i = 0; i < BTF_INFO_VLEN(type->info); i++, constant += size) {
		if (!is_name(types, *(const __u32 *)constant))
			return false;
	}
	return true;
}

static bool check_array(const struct types *types, const struct btf_type *type)
{
	const struct btf_array *array = (const struct btf_array *)(type + 1);

	return array->type && is_type(types, array->type) && is_type(types, array->index_type);
}

static bool check_type(const struct types *types, const struct btf_type *type)
{
	if (!is_name(types, type->name_off))
		return false;
	switch (BTF_INFO_KIND(type->info)) {
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
		return check_members(types, type);
	case BTF_KIND_FUNC_PROTO:
		return check_parameters(types, type);
	case BTF_KIND_DATASEC:
		return check_variables(types, type);
	case BTF_KIND_ENUM:
		return check_constants(types, type, sizeof(struct btf_enum));
	case BTF_KIND_ENUM64:
		return check_constants(types, type, sizeof(struct btf_enum64));
	case BTF_KIND_ARRAY:
		return check_array(types, type);
	case BTF_KIND_FUNC:
		return is_kind(types, type->type, BTF_KIND_FUNC_PROTO);
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_FWD:
		return true;
	default: /* pointers, modifiers, variables, tags: one other type */
		return is_type(types, type->type);
	}
}

static bool check_image(const char *data, size_t size)
{
	const struct btf_header *header = (const struct btf_header *)data;
	struct types types = { 0 };
	bool ok;

	/* As compilers write it: types behind the header, strings behind the types, nothing else. */
	if (size < sizeof(*header) || header->magic != MAGIC || header->version != BTF_VERSION || header->flags ||
	    header->hdr_len != sizeof(*header) || header->type_off || header->type_len % sizeof(__u32) ||
	    header->str_off != header->type_len || size - sizeof(*header) < header->str_off ||
	    size - sizeof(*header) - header->str_off != header->str_len)
		return false;
	types.strings = data + sizeof(*header) + header->str_off;
	types.strings_size = header->str_len;
	if (!types.strings_size || types.strings[0] || types.strings[types.strings_size - 1])
		return false;
	ok = collect(&types, data + sizeof(*header), header->type_len);
	for (size_t i = 1; ok && i < types.n; i++)
		ok = check_type(&types, types.items[i]);
	free(types.items);
	return ok;
}

bool btf_check(const char *data, size_t size, struct failure *why)
{
	char *aligned = allocate(size, 1);
	bool ok;

	memcpy(aligned, data, size);
	ok = check_image(aligned, size);
	free(aligned);
	return ok || broken(why);
}

bool btf_ext_check(const char *data, size_t size, struct failure *why)
{
	struct {
		__u16 magic;
		__u8 version;
		__u8 flags;
		__u32 header;
		struct {
			__u32 offset;
			__u32 size;
		} functions, lines, relocations;
	} ext;
	size_t left;

	_Static_assert(sizeof(ext) == EXT_HEADER, "the header of .BTF.ext");
	if (size < sizeof(ext))
		return broken(why);
	memcpy(&ext, data, sizeof(ext));
	left = size - sizeof(ext);
	if (ext.magic != MAGIC || ext.version != BTF_VERSION || ext.flags || ext.header != sizeof(ext) ||
	    ext.functions.offset > left || ext.functions.size > left - ext.functions.offset ||
	    ext.lines.offset > left || ext.lines.size > left - ext.lines.offset)
		return broken(why);
	if (ext.relocations.size)
		return failure_set(why, EXIT_ENVIRONMENT, "relocations by type, which sentryc does not make");
	return true;
}
