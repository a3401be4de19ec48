/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* HTTP requests of sinks, by libcurl. Each sink has a client of its own, which keeps its connection. */
#ifndef SENTRY_DAEMON_HTTP_CLIENT_H
#define SENTRY_DAEMON_HTTP_CLIENT_H

#include "sink.h"

#include <stddef.h>

struct http_client;

/* How a sink reaches its server. Strings belong to the configuration. */
struct http_settings {
	const char *url;
	const char *user, *password; /* basic authentication; NULL: none */
	const char *token;    /* Authorization: Bearer …; NULL: none */
	const char *ca_file;  /* NULL: those of the system */
	const char **headers; /* name, value, …, NULL; may be NULL */
	uint64_t timeout_ms;
	bool compress;        /* gzip the body */
};

/* Reads url, user, password or password-file, token or token-file, ca-file, headers, timeout, compress. */
void http_settings_read(struct http_settings *settings, struct config_map *map, const char *default_url);

struct http_client *http_client_new(const struct http_settings *settings);
void http_client_free(struct http_client *client);

/*
 * POST to the settings' URL with `suffix` appended as it is ("" for none; a path, a query string). 2xx: SINK_DONE. No connection,
 * time-out, 401, 403, 408, 429, 5xx: SINK_RETRY. Else SINK_REFUSED. `error` quotes the beginning of the answer. The answer's text (at most 64 KiB) is in
 * http_client_answer() until the next request.
 */
enum sink_result http_client_post(struct http_client *client, const char *suffix, const char *content_type, const void *body,
				  size_t size, struct sink_error *error);
/* GET likewise. */
enum sink_result http_client_get(struct http_client *client, const char *suffix, struct sink_error *error);
const char *http_client_answer(const struct http_client *client);
long http_client_status(const struct http_client *client);

#endif
