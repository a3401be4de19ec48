/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "http_server.h"

#include "duration.h"
#include "memory.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

struct connection {
	struct MHD_Connection *connection; /* NULL: a free place */
	uint64_t since_ms;
};

struct http_server {
	struct MHD_Daemon *daemon;
	const struct http_page *pages;
	void *context;
	int fd;
	uint64_t timeout_ms;
	struct connection connections[HTTP_CONNECTIONS];
};

bool http_listen_parse(const char *address, char *host, unsigned int *port)
{
	const char *colon = strrchr(address, ':'), *end = colon;
	char *rest;
	unsigned long number;

	if (!colon || colon[1] < '0' || colon[1] > '9')
		return false;
	number = strtoul(colon + 1, &rest, 10);
	if (*rest || number > 65535)
		return false;
	if (*address == '[') {
		address++;
		end--;
		if (end <= address || *end != ']')
			return false;
	} else if (memchr(address, ':', (size_t)(colon - address))) {
		return false;
	}
	if (end == address || end - address >= HTTP_HOST_SIZE)
		return false;
	memcpy(host, address, (size_t)(end - address));
	host[end - address] = '\0';
	*port = (unsigned int)number;
	return true;
}

static bool numeric_address(const char *host, unsigned int port, struct sockaddr_storage *address, socklen_t *size)
{
	struct addrinfo hints = { .ai_flags = AI_NUMERICHOST, .ai_socktype = SOCK_STREAM }, *found;

	if (getaddrinfo(host, NULL, &hints, &found))
		return false;
	memcpy(address, found->ai_addr, found->ai_addrlen);
	*size = found->ai_addrlen;
	freeaddrinfo(found);
	if (address->ss_family == AF_INET6)
		((struct sockaddr_in6 *)address)->sin6_port = htons((uint16_t)port);
	else
		((struct sockaddr_in *)address)->sin_port = htons((uint16_t)port);
	return true;
}

void http_listen_read(struct http_listen *listen, struct config_map *map)
{
	struct sockaddr_storage address;
	char host[HTTP_HOST_SIZE];
	socklen_t size;
	unsigned int port;

	listen->address = config_text(map, "listen", NULL);
	listen->timeout_ms = config_duration(map, "timeout", HTTP_TIMEOUT_MS, 100, 3600000);
	if (listen->address &&
	    (!http_listen_parse(listen->address, host, &port) || !numeric_address(host, port, &address, &size)))
		config_error(map, "listen", "'%s' is not an address and a port, as 127.0.0.1:9477 or [::1]:9477", listen->address);
}

static int open_socket(const char *text, struct failure *why)
{
	struct sockaddr_storage address;
	char host[HTTP_HOST_SIZE];
	socklen_t size;
	unsigned int port;
	int fd, on = 1;

	if (!http_listen_parse(text, host, &port) || !numeric_address(host, port, &address, &size)) {
		failure_set(why, EXIT_USAGE, "cannot listen on '%s': not an address and a port", text);
		return -1;
	}
	fd = socket(address.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) ||
	    (address.ss_family == AF_INET6 && setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &on, sizeof(on))) ||
	    bind(fd, (struct sockaddr *)&address, size) || listen(fd, HTTP_CONNECTIONS)) {
		failure_set(why, EXIT_ENVIRONMENT, "cannot listen on %s: %s", text, strerror(errno));
		if (fd >= 0)
			close(fd);
		return -1;
	}
	return fd;
}

static enum MHD_Result refuse(struct MHD_Connection *connection, unsigned int status)
{
	static char missing[] = "not found\n", wrong[] = "only GET and HEAD\n";
	char *text = status == MHD_HTTP_NOT_FOUND ? missing : wrong;
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/plain; charset=utf-8");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result answer(void *context, struct MHD_Connection *connection, const char *url, const char *method,
			      const char *version, const char *upload, size_t *upload_size, void **state)
{
	const struct http_server *server = context;
	const struct http_page *page = server->pages;
	struct http_reply reply = { .status = MHD_HTTP_OK, .content_type = "text/plain; charset=utf-8" };
	struct MHD_Response *response;
	enum MHD_Result result;

	while (page->path && strcmp(page->path, url))
		page++;
	if (!page->path)
		return refuse(connection, MHD_HTTP_NOT_FOUND);
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return refuse(connection, MHD_HTTP_METHOD_NOT_ALLOWED);
	/* Called once more when the request is read to its end: who is answered before that does not keep his connection. */
	if (!*state) {
		*state = context;
		return MHD_YES;
	}
	page->answer(server->context, MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT), &reply);
	response = MHD_create_response_from_buffer(reply.body.size, reply.body.data, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		text_free(&reply.body);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, reply.content_type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	result = MHD_queue_response(connection, reply.status, response);
	MHD_destroy_response(response);
	return result;
}

static struct connection *place_of(struct http_server *server, const struct MHD_Connection *connection)
{
	for (size_t i = 0; i < HTTP_CONNECTIONS; i++) {
		if (server->connections[i].connection == connection)
			return &server->connections[i];
	}
	return NULL;
}

static void connection_changed(void *context, struct MHD_Connection *connection, void **socket_context,
			       enum MHD_ConnectionNotificationCode code)
{
	struct connection *place = place_of(context, code == MHD_CONNECTION_NOTIFY_STARTED ? NULL : connection);

	if (place)
		*place = (struct connection){ code == MHD_CONNECTION_NOTIFY_STARTED ? connection : NULL, monotonic_ms() };
}

static void request_completed(void *context, struct MHD_Connection *connection, void **state,
			      enum MHD_RequestTerminationCode code)
{
	struct connection *place = place_of(context, connection);

	if (place)
		place->since_ms = monotonic_ms();
}

struct http_server *http_server_new(const struct http_listen *listen, const struct http_page *pages, void *context,
				    struct failure *why)
{
	int fd = open_socket(listen->address, why);
	struct http_server *server;

	if (fd < 0)
		return NULL;
	server = allocate(1, sizeof(*server));
	server->pages = pages;
	server->context = context;
	server->fd = fd;
	server->timeout_ms = listen->timeout_ms ? listen->timeout_ms : HTTP_TIMEOUT_MS;
	server->daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, server, MHD_OPTION_LISTEN_SOCKET, fd,
					  MHD_OPTION_CONNECTION_LIMIT, (unsigned int)HTTP_CONNECTIONS,
					  MHD_OPTION_PER_IP_CONNECTION_LIMIT, (unsigned int)HTTP_CONNECTIONS_EACH,
					  MHD_OPTION_CONNECTION_TIMEOUT, (unsigned int)(server->timeout_ms / 1000 + 1),
					  MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)16384,
					  MHD_OPTION_NOTIFY_CONNECTION, connection_changed, server,
					  MHD_OPTION_NOTIFY_COMPLETED, request_completed, server, MHD_OPTION_END);
	if (!server->daemon) {
		failure_set(why, EXIT_ENVIRONMENT, "cannot serve HTTP on %s", listen->address);
		close(fd);
		free(server);
		return NULL;
	}
	return server;
}

void http_server_free(struct http_server *server)
{
	if (!server)
		return;
	MHD_stop_daemon(server->daemon); /* closes the socket */
	free(server);
}

int http_server_fd(const struct http_server *server)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(server->daemon, MHD_DAEMON_INFO_EPOLL_FD);

	return info ? info->epoll_fd : -1;
}

unsigned int http_server_port(const struct http_server *server)
{
	/* An address of IPv4 is shorter, and has its port at the same place. */
	struct sockaddr_in6 address = { 0 };
	socklen_t size = sizeof(address);

	return getsockname(server->fd, (struct sockaddr *)&address, &size) ? 0 : ntohs(address.sin6_port);
}

/* libmicrohttpd's time-out begins anew with each byte. One who is shut down looks to it like one who hung up. */
static void cut_off_slow(struct http_server *server)
{
	uint64_t now = monotonic_ms();

	for (size_t i = 0; i < HTTP_CONNECTIONS; i++) {
		struct connection *place = &server->connections[i];
		const union MHD_ConnectionInfo *info;

		if (!place->connection || now - place->since_ms <= server->timeout_ms)
			continue;
		info = MHD_get_connection_info(place->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		if (info)
			shutdown(info->connect_fd, SHUT_RDWR);
	}
}

/* A call handles one round of events; there may be more than one round's worth, and the descriptor will not say so again. */
void http_server_run(struct http_server *server)
{
	MHD_UNSIGNED_LONG_LONG wait = 0;

	cut_off_slow(server);
	for (int i = 0; i < 8; i++) {
		if (MHD_run(server->daemon) != MHD_YES || MHD_get_timeout(server->daemon, &wait) != MHD_YES || wait)
			return;
	}
}
