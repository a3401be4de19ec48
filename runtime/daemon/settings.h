/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The configuration of sentryd: sentryd.yaml, checked as a whole before anything of it is used. */
#ifndef SENTRY_DAEMON_SETTINGS_H
#define SENTRY_DAEMON_SETTINGS_H

#include "alerts.h"
#include "config.h"
#include "flow_table.h"
#include "http_pages.h"
#include "worker.h"

#define SETTINGS_DEFAULT "/etc/packet-sentry/sentryd.yaml"

struct sink_settings {
	struct worker_settings worker;
	const struct yaml_node *node; /* where it stands; NULL: nowhere, it is there by default */
	bool started;                 /* a worker has its sink, and destroys it */
};

struct settings {
	struct settings *older;       /* texts of these may still be in use */
	struct config_document document;
	const char *bpffs;
	const char *state_directory;  /* what waits on disk */
	const char *run_directory;    /* what must survive a restart of sentryd, but not of the machine */
	uint64_t interval_ms;         /* of counters and flows */
	uint64_t tables_ms;           /* of sets, connections, limits: these are walked */
	struct flow_settings flows;
	struct alerts_settings alerts;
	struct http_listen listen;
	struct http_state http;
	const char **keep_capabilities; /* beside those that sentryd needs; NULL: none */
	size_t n_sinks;
	struct sink_settings *sinks;
};

/* `path` NULL: the default file, if there is one, else all defaults. NULL: what is wrong was said. */
struct settings *settings_load(const char *path, FILE *messages);
/* Also those that are older. Sinks that were not started are destroyed. */
void settings_free(struct settings *settings);

/* Whether two sinks are configured in the same words, and files of secrets had the same in them. */
bool sink_settings_equal(const struct sink_settings *a, const struct sink_settings *b);

#endif
