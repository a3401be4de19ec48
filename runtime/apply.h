/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The verbs of sentry-apply that change what is in force. All return an exit code, having said what they did. */
#ifndef SENTRY_APPLY_H
#define SENTRY_APPLY_H

#include "interfaces.h"
#include "pin.h"
#include "set_source.h"

#include <linux/types.h>
#include <stdbool.h>

#define STATE_DIR_DEFAULT "/var/lib/packet-sentry"

/* How long probes have, where nobody says otherwise. */
#define PROBE_NS (30 * 1000000000ULL)

enum tc_choice {
	TC_AUTO,
	TC_TCX,
	TC_CLSACT,
};

extern const char *const tc_words[]; /* NULL-terminated, indexed by the enum */

/* An object, a policy (.sp) or "-". */
struct apply_file {
	const char *path;
	const char *home; /* the file that names of lists are beside; NULL: `path` */
};

struct apply {
	size_t n_files;
	struct apply_file *files;
	const char *netns;      /* NULL: the present one */
	const char *bpffs;
	const char *state_dir;
	const char *message;    /* NULL: none */
	const char *key_file;   /* keys that may have signed the objects; NULL: TRUSTED_KEYS of signature.h, if it is there */
	const char *account;    /* counted beside what the policies say; NULL: nothing */
	struct bindings bindings;
	struct set_arguments sets; /* NAME=FILE */
	enum tc_choice tc;
	__u64 confirm_ns;       /* goes back by itself after that time; 0: never */
	size_t n_probes;
	const char **probes;    /* tcp://HOST:PORT, as checked by probe_check; NULL-terminated */
	bool dry_run;
	bool verbose;
};

int apply_policy(const struct apply *apply);
int apply_remove(const struct apply *apply);

#endif
