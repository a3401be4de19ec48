/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "http_client.h"

#include "duration.h"
#include "memory.h"

#include <curl/curl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#define ZLIB_CONST /* what is compressed is only read */
#include <zlib.h>

#define ANSWER_MOST (64 * 1024)
#define CONNECT_MS 5000

struct http_client {
	const struct http_settings *settings;
	CURL *curl;
	struct curl_slist *headers; /* but for the content's */
	char *answer;
	size_t answer_size;
	long status;
	uint64_t moved, unsent, moved_ms; /* bytes of a request and its answer, and when there were last more, or fewer to go */
	bool silent;
	curl_socket_t socket; /* of the last connection */
	unsigned char *packed;
	size_t packed_room;
	char message[CURL_ERROR_SIZE];
};

/* What libcurl would say of each request. */
static void check_url(struct config_map *map, const char *url)
{
	CURLU *parts;
	CURLUcode code;

	if (strncmp(url, "http://", 7) != 0 && strncmp(url, "https://", 8) != 0) {
		config_error(map, "url", "url: it must begin with http:// or https://");
		return;
	}
	parts = curl_url();
	if (!parts)
		return;
	code = curl_url_set(parts, CURLUPART_URL, url, 0);
	if (code != CURLUE_OK)
		config_error(map, "url", "url: '%s' is none: %s", url, curl_url_strerror(code));
	curl_url_cleanup(parts);
}

void http_settings_read(struct http_settings *settings, struct config_map *map, const char *default_url)
{
	*settings = (struct http_settings){
		.url = default_url ? config_text(map, "url", default_url) : config_needed(map, "url"),
		.user = config_text(map, "user", NULL),
		.password = config_secret(map, "password"),
		.token = config_secret(map, "token"),
		.ca_file = config_text(map, "ca-file", NULL),
		.headers = config_pairs(map, "headers"),
		.timeout_ms = config_duration(map, "timeout", 10000, 100, 600000),
		.compress = config_bool(map, "compress", false),
	};
	if (*settings->url)
		check_url(map, settings->url);
}

static size_t take(char *data, size_t size, size_t n, void *context)
{
	struct http_client *client = context;
	size_t room = ANSWER_MOST - client->answer_size, bytes = size * n;

	memcpy(client->answer + client->answer_size, data, bytes < room ? bytes : room);
	client->answer_size += bytes < room ? bytes : room;
	client->answer[client->answer_size] = '\0';
	return bytes;
}

/* CURLINFO_ACTIVESOCKET says nothing while a request is on its way. */
static int note_socket(void *context, curl_socket_t socket, curlsocktype purpose)
{
	((struct http_client *)context)->socket = socket;
	return CURL_SOCKOPT_OK;
}

/*
 * Ends a request that waits while sentryd has to end, or for a server that is silent. libcurl's own low-speed limit takes
 * one for silent to whom the kernel still sends what libcurl has long handed to it.
 */
static int progress(void *context, curl_off_t down_all, curl_off_t down, curl_off_t up_all, curl_off_t up)
{
	struct http_client *client = context;
	uint64_t moved = (uint64_t)(down + up), unsent, now = monotonic_ms();

	unsent = sink_unsent(client->socket);
	if (moved != client->moved || unsent < client->unsent)
		client->moved_ms = now;
	client->moved = moved;
	client->unsent = unsent;
	client->silent = now - client->moved_ms >= client->settings->timeout_ms;
	return client->silent || sink_stopping();
}

static void append(struct http_client *client, const char *name, const char *value)
{
	char *line = allocate(1, strlen(name) + strlen(value) + 3);

	sprintf(line, "%s: %s", name, value);
	client->headers = curl_slist_append(client->headers, line);
	free(line);
}

static pthread_once_t once = PTHREAD_ONCE_INIT;

static void init_curl(void)
{
	curl_global_init(CURL_GLOBAL_DEFAULT);
}

struct http_client *http_client_new(const struct http_settings *settings)
{
	struct http_client *client = allocate(1, sizeof(*client));

	pthread_once(&once, init_curl);
	client->settings = settings;
	client->socket = CURL_SOCKET_BAD;
	client->answer = allocate(1, ANSWER_MOST + 1);
	client->curl = curl_easy_init();
	if (!client->curl) {
		http_client_free(client);
		return NULL;
	}
	/* Else a server that says 100-continue late costs a second for each larger request. */
	append(client, "Expect", "");
	for (const char *const *header = settings->headers; header && *header; header += 2)
		append(client, header[0], header[1]);
	if (settings->compress)
		append(client, "Content-Encoding", "gzip");
	if (settings->token) {
		char *bearer = allocate(1, strlen(settings->token) + 8);

		sprintf(bearer, "Bearer %s", settings->token);
		append(client, "Authorization", bearer);
		free(bearer);
	}
	return client;
}

void http_client_free(struct http_client *client)
{
	if (!client)
		return;
	curl_slist_free_all(client->headers);
	curl_easy_cleanup(client->curl);
	free(client->packed);
	free(client->answer);
	free(client);
}

static bool pack(struct http_client *client, const void *body, size_t size, size_t *packed_size)
{
	z_stream stream = { .next_in = body, .avail_in = (uInt)size };
	size_t room;
	int end;

	/* 15 + 16: the largest window, and a gzip header. */
	if (deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
		return false;
	room = deflateBound(&stream, (uLong)size);
	if (room > client->packed_room) {
		free(client->packed);
		client->packed = allocate(1, room);
		client->packed_room = room;
	}
	stream.next_out = client->packed;
	stream.avail_out = (uInt)client->packed_room;
	end = deflate(&stream, Z_FINISH);
	*packed_size = stream.total_out;
	deflateEnd(&stream);
	return end == Z_STREAM_END;
}

/* Also who may not: he is let in once the secret is right, on either side. */
static bool may_pass(long status)
{
	return status >= 500 || status == 401 || status == 403 || status == 408 || status == 429;
}

static enum sink_result judge(struct http_client *client, CURLcode code, const char *url, struct sink_error *error)
{
	char quoted[200];

	if (code == CURLE_ABORTED_BY_CALLBACK && client->silent)
		return sink_fail(error, SINK_RETRY, "%s: no answer within %llu ms", url,
				 (unsigned long long)client->settings->timeout_ms);
	if (code != CURLE_OK)
		return sink_fail(error, SINK_RETRY, "%s: %s", url,
				 *client->message ? client->message : curl_easy_strerror(code));
	curl_easy_getinfo(client->curl, CURLINFO_RESPONSE_CODE, &client->status);
	if (client->status >= 200 && client->status < 300)
		return SINK_DONE;
	snprintf(quoted, sizeof(quoted), "%s", client->answer);
	quoted[strcspn(quoted, "\r\n")] = '\0';
	return sink_fail(error, may_pass(client->status) ? SINK_RETRY : SINK_REFUSED, "%s: HTTP status %ld: %s", url,
			 client->status, quoted);
}

static enum sink_result request(struct http_client *client, const char *suffix, const char *content_type, const void *body,
				size_t size, struct sink_error *error)
{
	const struct http_settings *settings = client->settings;
	struct curl_slist content = { 0 }, *headers = client->headers;
	char *url = allocate(1, strlen(settings->url) + strlen(suffix) + 1), *type = NULL;
	enum sink_result result;
	CURL *curl = client->curl;

	sprintf(url, "%s%s", settings->url, suffix);
	client->answer_size = 0;
	client->answer[0] = '\0';
	client->message[0] = '\0';
	client->status = 0;
	client->moved = client->unsent = 0;
	client->moved_ms = monotonic_ms();
	client->silent = false;
	curl_easy_reset(curl);
	curl_easy_setopt(curl, CURLOPT_URL, url);
	curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)sink_time_for(settings->timeout_ms, size));
	curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
			 settings->timeout_ms < CONNECT_MS ? (long)settings->timeout_ms : (long)CONNECT_MS);
	curl_easy_setopt(curl, CURLOPT_ERRORBUFFER, client->message);
	curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, take);
	curl_easy_setopt(curl, CURLOPT_WRITEDATA, client);
	curl_easy_setopt(curl, CURLOPT_XFERINFOFUNCTION, progress);
	curl_easy_setopt(curl, CURLOPT_XFERINFODATA, client);
	curl_easy_setopt(curl, CURLOPT_SOCKOPTFUNCTION, note_socket);
	curl_easy_setopt(curl, CURLOPT_SOCKOPTDATA, client);
	curl_easy_setopt(curl, CURLOPT_NOPROGRESS, 0L);
	curl_easy_setopt(curl, CURLOPT_USERAGENT, "packet-sentry/" SENTRY_VERSION);
	curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "http,https");
	if (settings->ca_file)
		curl_easy_setopt(curl, CURLOPT_CAINFO, settings->ca_file);
	if (settings->user) {
		curl_easy_setopt(curl, CURLOPT_USERNAME, settings->user);
		curl_easy_setopt(curl, CURLOPT_PASSWORD, settings->password ? settings->password : "");
	}
	if (content_type) {
		type = allocate(1, strlen(content_type) + sizeof("Content-Type: "));
		sprintf(type, "Content-Type: %s", content_type);
		content = (struct curl_slist){ .data = type, .next = client->headers };
		headers = &content;
		curl_easy_setopt(curl, CURLOPT_POST, 1L);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDS, body);
		curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
	}
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers);
	result = judge(client, curl_easy_perform(curl), url, error);
	/* What libcurl keeps must not point to what goes now. */
	curl_easy_setopt(curl, CURLOPT_HTTPHEADER, NULL);
	free(type);
	free(url);
	return result;
}

enum sink_result http_client_post(struct http_client *client, const char *suffix, const char *content_type, const void *body,
				  size_t size, struct sink_error *error)
{
	if (client->settings->compress) {
		if (!pack(client, body, size, &size))
			return sink_fail(error, SINK_RETRY, "%s: the body cannot be compressed", client->settings->url);
		body = client->packed;
	}
	return request(client, suffix, content_type, body, size, error);
}

enum sink_result http_client_get(struct http_client *client, const char *suffix, struct sink_error *error)
{
	return request(client, suffix, NULL, NULL, 0, error);
}

const char *http_client_answer(const struct http_client *client)
{
	return client->answer;
}

long http_client_status(const struct http_client *client)
{
	return client->status;
}
