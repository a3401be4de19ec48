/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Flows to a collector of IPFIX, by UDP or TCP. The protocol has no acknowledgement: a message counts as written when the
 * kernel has sent it and no ICMP error came back (UDP), or when the collector's kernel has acknowledged it (TCP).
 *
 * A batch that comes again is taken up where it was left: what was written is not sent twice.
 */
#include "sink.h"

#include "duration.h"
#include "ipfix_message.h"
#include "memory.h"

#include <errno.h>
#include <linux/sockios.h>
#include <netdb.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define PATIENCE_MS 10000
#define UDP_SIZE 1400 /* with its headers below 1,500 bytes, of IPv6 and a tag, too */
#define UDP_SIZE_MOST 1452
#define TCP_SIZE 8192
#define BURST 32      /* messages that a collector's buffer takes at once */

struct ipfix_sink {
	const char *host, *service;
	bool tcp;
	uint64_t templates_ms; /* how often they are sent again, by UDP */
	uint64_t rate;         /* messages a second, by UDP; 0: as many as there are */
	struct ipfix_settings settings;
	struct ipfix_message message;
	int fd;                /* -1: not connected */
	uint32_t sequence;
	uint64_t templates_at; /* 0: they are due now */
	bool pending;          /* the message is complete, but not, or not wholly, sent */
	size_t sent;           /* bytes of it that are, by TCP */
	uint64_t budget, budget_at; /* of messages, in thousandths */
	/* The batch at work, by its first item, and how far it has come. */
	uint64_t batch;
	uint32_t batch_high;
	size_t items;          /* sent */
	size_t items_acknowledged;
};

static void *ipfix_create(struct config_map *map)
{
	static const char *const transports[] = { "udp", "tcp", NULL };
	static const char *const octets[] = { "ip", "frame", NULL };
	struct ipfix_sink *sink = allocate(1, sizeof(*sink));
	char *service = config_allocate(map->document, 8);
	uint64_t port;

	sink->fd = -1;
	sink->host = config_needed(map, "host");
	port = config_number(map, "port", 4739, 1, 65535);
	for (uint64_t digit = 10000, at = 0; digit; digit /= 10) {
		if (port >= digit)
			service[at++] = (char)('0' + port / digit % 10);
	}
	sink->service = service;
	sink->tcp = config_choice(map, "transport", transports, 0);
	sink->settings.domain = (uint32_t)config_number(map, "domain", 1, 0, UINT32_MAX);
	sink->settings.enterprise = (uint32_t)config_number(map, "enterprise", 0, 0, UINT32_MAX);
	sink->settings.frames = config_choice(map, "octets", octets, 0);
	sink->settings.size = config_bytes(map, "message-size", sink->tcp ? TCP_SIZE : UDP_SIZE, IPFIX_LEAST,
					   sink->tcp ? IPFIX_MOST : UDP_SIZE_MOST);
	sink->templates_ms = config_duration(map, "templates", 60000, 1000, 3600000);
	sink->rate = config_number(map, "rate", 4000, 0, 1000000);
	ipfix_message_init(&sink->message, &sink->settings);
	return sink;
}

static void disconnect(struct ipfix_sink *sink)
{
	if (sink->fd >= 0)
		close(sink->fd);
	sink->fd = -1;
	sink->pending = false;
	sink->sent = 0;
	sink->items = sink->items_acknowledged;
	ipfix_message_begin(&sink->message);
}

static void ipfix_destroy(void *context)
{
	struct ipfix_sink *sink = context;

	disconnect(sink);
	ipfix_message_fini(&sink->message);
	free(sink);
}

/* False: not within the time, or the sink has to end. */
static bool wait_for(const struct ipfix_sink *sink, short events, uint64_t until)
{
	struct pollfd wait = { .fd = sink->fd, .events = events };

	while (monotonic_ms() < until && !sink_stopping()) {
		if (poll(&wait, 1, 100) > 0)
			return true;
	}
	return false;
}

static int socket_error(const struct ipfix_sink *sink)
{
	socklen_t size = sizeof(int);
	int code = 0;

	return getsockopt(sink->fd, SOL_SOCKET, SO_ERROR, &code, &size) ? errno : code;
}

static bool connect_to(struct ipfix_sink *sink, struct sink_error *error)
{
	struct addrinfo hints = { .ai_socktype = sink->tcp ? SOCK_STREAM : SOCK_DGRAM }, *found;
	int code = getaddrinfo(sink->host, sink->service, &hints, &found);

	if (code) {
		sink_fail(error, SINK_RETRY, "%s: %s", sink->host, gai_strerror(code));
		return false;
	}
	for (const struct addrinfo *address = found; address && sink->fd < 0; address = address->ai_next) {
		sink->fd = socket(address->ai_family, address->ai_socktype | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		code = sink->fd < 0 || connect(sink->fd, address->ai_addr, address->ai_addrlen) ? errno : 0;
		if (code == EINPROGRESS)
			code = wait_for(sink, POLLOUT, monotonic_ms() + PATIENCE_MS) ? socket_error(sink) : ETIMEDOUT;
		if (code)
			disconnect(sink);
	}
	freeaddrinfo(found);
	if (sink->fd < 0) {
		sink_fail(error, SINK_RETRY, "%s port %s: %s", sink->host, sink->service, strerror(code));
		return false;
	}
	if (sink->tcp)
		sink->sequence = 0;
	sink->templates_at = 0;
	return true;
}

/* A collector that closed, or that died: the next message would go nowhere, and nobody would say so. */
static bool hung_up(const struct ipfix_sink *sink)
{
	char byte;
	ssize_t n = recv(sink->fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT);

	if (n == 0)
		errno = ECONNRESET;
	return n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR);
}

static void note_acknowledged(struct ipfix_sink *sink)
{
	int unacknowledged = 1;

	if (!ioctl(sink->fd, SIOCOUTQ, &unacknowledged) && !unacknowledged)
		sink->items_acknowledged = sink->items;
}

/* A collector reads at its own speed, and what its buffer has no room for is lost unseen. */
static void keep_pace(struct ipfix_sink *sink)
{
	while (sink->rate && !sink_stopping()) {
		uint64_t now = monotonic_ms();

		sink->budget += (now - sink->budget_at) * sink->rate;
		sink->budget_at = now;
		if (sink->budget > BURST * 1000)
			sink->budget = BURST * 1000;
		if (sink->budget >= 1000) {
			sink->budget -= 1000;
			return;
		}
		poll(NULL, 0, 1);
	}
}

static bool lost_connection(struct ipfix_sink *sink, int code, struct sink_error *error)
{
	disconnect(sink);
	sink_fail(error, SINK_RETRY, "%s port %s: %s", sink->host, sink->service, strerror(code));
	return false;
}

static bool send_datagram(struct ipfix_sink *sink, struct sink_error *error)
{
	ssize_t n;
	int code;

	keep_pace(sink);
	while ((n = send(sink->fd, sink->message.data, sink->message.size, MSG_NOSIGNAL)) < 0 && errno == EAGAIN) {
		if (!wait_for(sink, POLLOUT, monotonic_ms() + PATIENCE_MS))
			return lost_connection(sink, ETIMEDOUT, error);
	}
	/* From a host of its own the ICMP error comes before send() returns, else some messages later. */
	code = n < 0 ? errno : socket_error(sink);
	return code ? lost_connection(sink, code, error) : true;
}

static bool send_stream(struct ipfix_sink *sink, struct sink_error *error)
{
	uint64_t until = monotonic_ms() + PATIENCE_MS;

	note_acknowledged(sink);
	while (sink->sent < sink->message.size) {
		ssize_t n = hung_up(sink) ? -1 : send(sink->fd, sink->message.data + sink->sent, sink->message.size - sink->sent,
						      MSG_NOSIGNAL);

		if (n >= 0)
			sink->sent += (size_t)n;
		else if (errno != EAGAIN && errno != EINTR)
			return lost_connection(sink, errno, error);
		else if (!wait_for(sink, POLLOUT, until))
			return sink_fail(error, SINK_RETRY, "%s port %s does not read", sink->host, sink->service), false;
	}
	return true;
}

/* The message, if there is anything in it. */
static bool flush(struct ipfix_sink *sink, struct sink_error *error)
{
	if (!ipfix_message_empty(&sink->message)) {
		if (!sink->pending)
			ipfix_message_end(&sink->message, (uint32_t)time(NULL), sink->sequence);
		sink->pending = true;
		if (!(sink->tcp ? send_stream(sink, error) : send_datagram(sink, error)))
			return false;
	}
	sink->pending = false;
	sink->sent = 0;
	sink->sequence += sink->message.records;
	sink->items += sink->message.items;
	if (!sink->tcp)
		sink->items_acknowledged = sink->items;
	ipfix_message_begin(&sink->message);
	return true;
}

/* By TCP once, by UDP again and again. */
static bool send_templates(struct ipfix_sink *sink, struct sink_error *error)
{
	uint64_t now = monotonic_ms();

	if (sink->templates_at && (sink->tcp || now - sink->templates_at < sink->templates_ms))
		return true;
	if (!flush(sink, error))
		return false;
	ipfix_message_templates(&sink->message);
	if (!flush(sink, error))
		return false;
	sink->templates_at = now;
	return true;
}

static bool all_acknowledged(struct ipfix_sink *sink, struct sink_error *error)
{
	uint64_t until = monotonic_ms() + PATIENCE_MS;

	for (;;) {
		note_acknowledged(sink);
		if (sink->items_acknowledged == sink->items)
			return true;
		if (hung_up(sink))
			return lost_connection(sink, errno, error);
		if (monotonic_ms() > until || sink_stopping())
			return sink_fail(error, SINK_RETRY, "%s port %s does not read", sink->host, sink->service), false;
		poll(NULL, 0, 2);
	}
}

/* Where to go on. */
static size_t begin_batch(struct ipfix_sink *sink, const struct batch *batch)
{
	struct batch_cursor cursor;
	struct item first = { 0 };

	batch_begin(&cursor, batch);
	batch_next(&cursor, &first);
	if (first.sequence != sink->batch || first.sequence_high != sink->batch_high) {
		sink->batch = first.sequence;
		sink->batch_high = first.sequence_high;
		sink->items = sink->items_acknowledged = 0;
	}
	return sink->items + (sink->pending ? sink->message.items : 0);
}

static enum sink_result ipfix_write(void *context, const struct batch *batch, struct sink_error *error)
{
	struct ipfix_sink *sink = context;
	struct batch_cursor cursor;
	struct item item;
	size_t skip;

	if (sink->fd >= 0 && sink->tcp && hung_up(sink))
		disconnect(sink);
	skip = begin_batch(sink, batch);
	if (sink->fd < 0 && !connect_to(sink, error))
		return SINK_RETRY;
	/* A message of which a part is sent goes on; another in its place would be garbage to the collector. */
	if ((sink->pending && !flush(sink, error)) || !send_templates(sink, error))
		return SINK_RETRY;
	batch_begin(&cursor, batch);
	while (batch_next(&cursor, &item)) {
		if (skip) {
			skip--;
			continue;
		}
		if (ipfix_message_add(&sink->message, &item))
			continue;
		if (!flush(sink, error) || !send_templates(sink, error))
			return SINK_RETRY;
		if (!ipfix_message_add(&sink->message, &item))
			return sink_fail(error, SINK_REFUSED, "a record does not fit into a message");
	}
	return flush(sink, error) && (!sink->tcp || all_acknowledged(sink, error)) ? SINK_DONE : SINK_RETRY;
}

static void ipfix_idle(void *context)
{
	struct ipfix_sink *sink = context;
	struct sink_error error;

	if (sink->fd >= 0 && !sink->tcp)
		send_templates(sink, &error);
}

const struct sink_kind sink_ipfix = {
	.name = "ipfix",
	.create = ipfix_create,
	.write = ipfix_write,
	.idle = ipfix_idle,
	.destroy = ipfix_destroy,
	.takes = 1 << ITEM_FLOW,
	.can_take = 1 << ITEM_FLOW | 1 << ITEM_EVENT,
};
