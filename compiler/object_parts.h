/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the files that read objects share. */
#ifndef SENTRY_OBJECT_PARTS_H
#define SENTRY_OBJECT_PARTS_H

#include "object.h"

#include <gelf.h>
#include <libelf.h>

/* More maps than these are not told apart. */
#define OBJECT_MAPS_COUNTED 4096u

/* object.c: is it the section of maps? */
bool object_is_maps(Elf *elf, Elf_Scn *section);

/* object_calls.c: of functions whose names and places are known, what they come to with all that they call. */
bool object_read_calls(struct arena *arena, Elf *elf, Elf_Scn *symbols, struct object_info *info);

#endif
