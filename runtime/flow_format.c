/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "flow_format.h"

#include "event_format.h"
#include "printable.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define LATER_FRAGMENT 2

static bool has_ports(const struct sentry_flow *flow)
{
	return (flow->protocol == IPPROTO_TCP || flow->protocol == IPPROTO_UDP || flow->protocol == IPPROTO_SCTP) &&
	       (flow->source_port || flow->dest_port);
}

static bool has_icmp(const struct sentry_flow *flow)
{
	return flow->protocol == (flow->ip_version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

/* As a record of one of its packets would be. Fragments behind the first have no ports, and no flow has none else. */
static void event_of(const struct sentry_flow *flow, struct sentry_event *event)
{
	bool icmp = has_icmp(flow);

	*event = (struct sentry_event){
		.time_ns = flow->first_ns, .slot = flow->slot, .ifindex = flow->ifindex, .source_port = flow->source_port,
		.dest_port = icmp ? 0 : flow->dest_port, .vlan = flow->vlan, .kind = SENTRY_EVENT_LOG,
		.verdict = flow->verdict, .ip_version = flow->ip_version, .protocol = flow->protocol,
		.tcp_flags = flow->tcp_flags, .fragment = icmp || has_ports(flow) ? 0 : LATER_FRAGMENT,
	};
	memcpy(event->source, flow->source, sizeof(event->source));
	memcpy(event->dest, flow->dest, sizeof(event->dest));
	if (icmp) {
		event->icmp_type = (__u8)(ntohs(flow->dest_port) >> 8);
		event->icmp_code = (__u8)ntohs(flow->dest_port);
	}
	/* Of protocols that have no ports the addresses are all there is. */
	if (flow->protocol != IPPROTO_TCP && flow->protocol != IPPROTO_UDP && flow->protocol != IPPROTO_SCTP)
		event->fragment = 0;
}

void flow_item(const struct flow_view *view, struct item *item)
{
	struct sentry_event event;
	const struct event_view shown = {
		.event = &event, .record = view->record, .part = view->part, .interface = view->interface,
		.clock_offset = view->clock_offset,
	};

	event_of(view->flow, &event);
	event_item(&shown, item);
	item->kind = ITEM_FLOW;
	item->text[TEXT_NAME] = "";
	item->first_ns = (int64_t)view->flow->first_ns + view->clock_offset;
	item->last_ns = item->time_ns = (int64_t)view->flow->last_ns + view->clock_offset;
	item->packets = item->packets_total = view->flow->packets;
	item->bytes = item->bytes_total = view->flow->bytes;
}

json_t *flow_json(const struct flow_view *view)
{
	struct sentry_event event;
	const struct event_view shown = {
		.event = &event, .record = view->record, .part = view->part, .interface = view->interface,
		.clock_offset = view->clock_offset,
	};
	char text[TIMESTAMP_SIZE];
	json_t *json;

	event_of(view->flow, &event);
	json = event_json(&shown);
	json_object_del(json, "kind");
	json_object_del(json, "timestamp");
	json_object_del(json, "fragment");
	json_object_set_new(json, "schema", json_string(FLOW_SCHEMA));
	event_timestamp((int64_t)view->flow->first_ns + view->clock_offset, text);
	json_object_set_new(json, "first", json_string(text));
	event_timestamp((int64_t)view->flow->last_ns + view->clock_offset, text);
	json_object_set_new(json, "last", json_string(text));
	json_object_set_new(json, "packets", json_integer((json_int_t)view->flow->packets));
	json_object_set_new(json, "bytes", json_integer((json_int_t)view->flow->bytes));
	return json;
}

void flow_text_head(FILE *out)
{
	fprintf(out, "%15s %12s  %-8s %-16s %-7s %-10s %s\n", "bytes", "packets", "verdict", "rule", "", "interface", "flow");
}

static void print_end(const json_t *json, const char *address, const char *port, FILE *out)
{
	const char *text = json_string_value(json_object_get(json, address));
	const json_t *number = json_object_get(json, port);

	if (!number)
		fputs(text ? text : "?", out);
	else
		fprintf(out, text && strchr(text, ':') ? "[%s]:%lld" : "%s:%lld", text ? text : "?",
			(long long)json_integer_value(number));
}

static const char *word(struct printable *room, const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));

	return printable(room, text ? text : "?");
}

void flow_text(const struct flow_view *view, FILE *out)
{
	json_t *json = flow_json(view);
	struct printable text;

	fprintf(out, "%15llu %12llu  ", (unsigned long long)view->flow->bytes, (unsigned long long)view->flow->packets);
	fprintf(out, "%-8s ", word(&text, json, "verdict"));
	fprintf(out, "%-16s ", word(&text, json, "rule"));
	fprintf(out, "%-7s ", word(&text, json, "direction"));
	fprintf(out, "%-10s ", word(&text, json, "interface"));
	fprintf(out, "%s ", word(&text, json, "protocol"));
	print_end(json, "source_ip", "source_port", out);
	fputs(" > ", out);
	print_end(json, "dest_ip", "dest_port", out);
	if (json_object_get(json, "tcp_flags"))
		fprintf(out, " %s", word(&text, json, "tcp_flags"));
	if (json_object_get(json, "icmp_type"))
		fprintf(out, " type %lld code %lld", (long long)json_integer_value(json_object_get(json, "icmp_type")),
			(long long)json_integer_value(json_object_get(json, "icmp_code")));
	if (view->flow->vlan != SENTRY_NO_VLAN)
		fprintf(out, " vlan %u", view->flow->vlan);
	fputc('\n', out);
	json_decref(json);
}
