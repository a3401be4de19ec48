/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "sink.h"

#include <linux/sockios.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>

#define SLOWEST 5 /* bytes a millisecond */

extern const struct sink_kind sink_clickhouse, sink_file, sink_influx, sink_ipfix, sink_loki, sink_otlp, sink_postgres;
extern const struct sink_kind sink_socket, sink_sqlite, sink_stdout;

const struct sink_kind *const sink_kinds[] = {
	&sink_clickhouse,
	&sink_file,
	&sink_influx,
	&sink_ipfix,
	&sink_loki,
	&sink_otlp,
	&sink_postgres,
	&sink_socket,
	&sink_sqlite,
	&sink_stdout,
	NULL,
};

const struct sink_kind *sink_kind(const char *name)
{
	for (const struct sink_kind *const *kind = sink_kinds; *kind; kind++) {
		if (strcmp((*kind)->name, name) == 0)
			return *kind;
	}
	return NULL;
}

uint64_t sink_unsent(int socket)
{
	int unsent;

	return ioctl(socket, SIOCOUTQ, &unsent) == 0 && unsent > 0 ? (uint64_t)unsent : 0;
}

uint64_t sink_time_for(uint64_t timeout_ms, uint64_t bytes)
{
	return timeout_ms + bytes / SLOWEST;
}

enum sink_result sink_fail(struct sink_error *error, enum sink_result result, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(error->text, sizeof(error->text), format, arguments);
	va_end(arguments);
	return result;
}

void item_format_read(struct item_format *format, struct config_map *map)
{
	format->schema = (enum item_schema)config_choice(map, "schema", item_schema_words, SCHEMA_NATIVE);
	format->fields = (const char *const *)config_choices(map, "fields", item_fields);
	if (format->fields && format->schema != SCHEMA_NATIVE)
		config_error(map, "fields", "fields: only of the native schema");
}
