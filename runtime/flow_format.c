/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "flow_format.h"

#include "event_format.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <string.h>

#define LATER_FRAGMENT 2

/* Of what item_json() says of a flow; not how it ended, and what was told before, which is another's to know. */
const char *const flow_fields[] = {
	"schema", "policy", "generation", "block", "rule", "rule_line", "verdict", "direction", "interface", "hook", "source_ip",
	"source_port", "dest_ip", "dest_port", "protocol", "tcp_flags", "icmp_type", "icmp_code", "fragment", "vlan", "packets",
	"bytes", "first_seen", "last_seen", "community_id", NULL,
};

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
	item->text[TEXT_NAME] = item->text[TEXT_SUBJECT] = "";
	item->first_ns = (int64_t)view->flow->first_ns + view->clock_offset;
	item->last_ns = item->time_ns = (int64_t)view->flow->last_ns + view->clock_offset;
	item->packets = item->packets_total = view->flow->packets;
	item->bytes = item->bytes_total = view->flow->bytes;
}

void flow_text_head(FILE *out)
{
	fprintf(out, "%15s %12s  %-8s %-16s %-7s %-10s %s\n", "bytes", "packets", "verdict", "rule", "", "interface", "flow");
}
