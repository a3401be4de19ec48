/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The headers of bpf-templates/, as they were when this program was built. Generated: build/templates.c. */
#ifndef SENTRY_TEMPLATES_H
#define SENTRY_TEMPLATES_H

#include <stddef.h>

struct template_file {
	const char *name; /* "packet.h" */
	const char *text;
	size_t size;
};

extern const struct template_file template_files[];
extern const size_t n_template_files;

#endif
