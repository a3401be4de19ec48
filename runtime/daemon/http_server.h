/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A small HTTP server: GET and HEAD of a few pages that are made when they are asked for. It has no thread; whoever owns the
 * loop waits for http_server_fd() and calls http_server_run(), and calls it once a second besides.
 *
 * A client can take one of HTTP_CONNECTIONS connections, HTTP_CONNECTIONS_EACH for an address, and has the time-out from
 * the connection, or its last answer, to the end of the next answer: whoever is slower is cut off, by whatever he stalls.
 */
#ifndef SENTRY_DAEMON_HTTP_SERVER_H
#define SENTRY_DAEMON_HTTP_SERVER_H

#include "config.h"
#include "failure.h"
#include "text_buffer.h"

#define HTTP_CONNECTIONS 32
#define HTTP_CONNECTIONS_EACH 16
#define HTTP_TIMEOUT_MS 30000

/* What a page says. */
struct http_reply {
	unsigned int status;
	const char *content_type; /* lives on */
	struct text_buffer body;
};

struct http_page {
	const char *path;
	void (*answer)(void *context, const char *accept, struct http_reply *reply); /* `accept` may be NULL */
};

struct http_listen {
	const char *address; /* "127.0.0.1:9477", "[::1]:9477"; NULL: there is no server */
	uint64_t timeout_ms; /* 0: HTTP_TIMEOUT_MS */
};

/* Reads the keys `listen` and `timeout`. */
void http_listen_read(struct http_listen *listen, struct config_map *map);
/* Splits ADDRESS:PORT; false: it is not that. `host` needs room for HTTP_HOST_SIZE. */
#define HTTP_HOST_SIZE 64
bool http_listen_parse(const char *address, char *host, unsigned int *port);

struct http_server;

/* Pages end with a path of NULL and live as long as the server. NULL: it cannot listen. */
struct http_server *http_server_new(const struct http_listen *listen, const struct http_page *pages, void *context,
				    struct failure *why);
void http_server_free(struct http_server *server);
int http_server_fd(const struct http_server *server);
void http_server_run(struct http_server *server);
/* Where it listens, if the port was 0. */
unsigned int http_server_port(const struct http_server *server);

#endif
