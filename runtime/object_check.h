/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What an object may have in it. Not a proof that it does what its policy says, which is
 * what a signature is for: that the file is whole, that libbpf can be trusted with it,
 * and that it asks of the kernel nothing that an object of sentryc does not.
 */
#ifndef SENTRY_OBJECT_CHECK_H
#define SENTRY_OBJECT_CHECK_H

#include "elf_section.h"
#include "failure.h"
#include "manifest.h"

#include <bpf/libbpf.h>
#include <stdbool.h>

/* More than any policy comes to that a host can hold. */
#define OBJECT_MAX_MAPS 4096
#define OBJECT_MAX_MEMORY (64ull << 30) /* bytes of all maps together, their sets full */

#define OBJECT_LICENSE "Dual BSD/GPL"

/* Before libbpf sees it: sections, license, symbols, instructions, types. */
bool object_check_image(const struct elf_sections *sections, struct failure *why);

/* That it was made for structs as this program knows them. */
bool object_check_layout(const struct manifest *manifest, struct failure *why);

/* As libbpf sees it: maps and programs, and that the manifest says of them what is so. */
bool object_check_contents(const struct manifest *manifest, struct bpf_object *bpf, struct failure *why);

/* What a map comes to at most: of a set, what it may hold. */
__u32 object_map_entries(const struct manifest *manifest, const struct bpf_map *map);
__u64 object_map_bytes(const struct manifest *manifest, struct bpf_map *map);

#endif
