/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "dispatcher.h"

#include "fit.h"

#include <errno.h>
#include <string.h>

struct bpf_object *dispatcher_open(struct failure *why)
{
	LIBBPF_OPTS(bpf_object_open_opts, options, .object_name = "sentry");
	struct bpf_object *object = bpf_object__open_mem(dispatcher_image, dispatcher_image_size, &options);
	struct bpf_program *program;

	if (!object) {
		failure_set(why, EXIT_ENVIRONMENT, "the dispatcher cannot be opened: %s", strerror(errno));
		return NULL;
	}
	bpf_object__for_each_program(program, object)
		bpf_program__set_autoload(program, false);
	return object;
}

void dispatcher_want(struct bpf_object *object, const char *program)
{
	bpf_program__set_autoload(bpf_object__find_program_by_name(object, program), true);
}

bool dispatcher_load(struct bpf_object *object, struct failure *why)
{
	int error;

	/* An array of programs takes only such as agree in this, and what calls them must too. */
	programs_fit(object);
	error = bpf_object__load(object);
	return !error || failure_set(why, EXIT_ENVIRONMENT, "the kernel refused the dispatcher: %s", strerror(-error));
}

int dispatcher_program(const struct bpf_object *object, const char *program)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, program));
}
