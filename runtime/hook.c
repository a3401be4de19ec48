/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "hook.h"

#include <stddef.h>

const char *const direction_words[] = { "ingress", "egress", NULL };
const char *const means_words[] = { "xdp", "tcx", "clsact", NULL };
const char *const xdp_mode_words[] = { "none", "native", "generic", NULL };
