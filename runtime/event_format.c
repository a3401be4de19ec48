/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "event_format.h"

#include "community_id.h"
#include "printable.h"

#include <arpa/inet.h>
#include <inttypes.h>
#include <netinet/in.h>
#include <string.h>
#include <time.h>

#define NANOSECONDS 1000000000LL

enum fragment {
	FRAGMENT_WHOLE,
	FRAGMENT_FIRST,
	FRAGMENT_LATER,
};

/* A log record is the head of a sample. */
bool event_read(struct event_view *view, struct sentry_sample *sample, const void *data, size_t size)
{
	*sample = (struct sentry_sample){ .captured = 0 };
	if (size < sizeof(sample->event))
		return false;
	memcpy(sample, data, size < sizeof(*sample) ? size : sizeof(*sample));
	view->event = &sample->event;
	view->frame = sample->data;
	view->captured = sample->captured < sizeof(sample->data) ? sample->captured : sizeof(sample->data);
	return true;
}

int64_t event_clock_offset(void)
{
	struct timespec real, monotonic;

	clock_gettime(CLOCK_MONOTONIC, &monotonic);
	clock_gettime(CLOCK_REALTIME, &real);
	return (real.tv_sec - monotonic.tv_sec) * NANOSECONDS + real.tv_nsec - monotonic.tv_nsec;
}

void event_timestamp(int64_t nanoseconds, char text[static TIMESTAMP_SIZE])
{
	int64_t fraction = nanoseconds % NANOSECONDS;
	time_t seconds = (time_t)(nanoseconds / NANOSECONDS);
	struct tm utc;
	size_t length;

	if (fraction < 0) {
		fraction += NANOSECONDS;
		seconds--;
	}
	gmtime_r(&seconds, &utc);
	length = strftime(text, TIMESTAMP_SIZE, "%Y-%m-%dT%H:%M:%S", &utc);
	snprintf(text + length, TIMESTAMP_SIZE - length, ".%09" PRId64 "Z", fraction);
}

const struct manifest_rule *event_rule(const struct event_view *view)
{
	const struct manifest *manifest = &view->record->parts[view->part];

	return view->event->slot < manifest->n_rules ? &manifest->rules[view->event->slot] : NULL;
}

static void protocol_name(uint8_t protocol, char *text, size_t size)
{
	static const struct {
		uint8_t number;
		const char *name;
	} names[] = {
		{ IPPROTO_ICMP, "ICMP" }, { IPPROTO_IGMP, "IGMP" },	{ IPPROTO_TCP, "TCP" },
		{ IPPROTO_UDP, "UDP" },	  { IPPROTO_GRE, "GRE" },	{ IPPROTO_ESP, "ESP" },
		{ IPPROTO_AH, "AH" },	  { IPPROTO_ICMPV6, "ICMPv6" }, { IPPROTO_SCTP, "SCTP" },
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (names[i].number == protocol) {
			snprintf(text, size, "%s", names[i].name);
			return;
		}
	}
	snprintf(text, size, "%u", protocol);
}

static void flag_names(uint8_t flags, char *text, size_t size)
{
	static const char *const names[] = { "FIN", "SYN", "RST", "PSH", "ACK", "URG", "ECE", "CWR" };
	size_t used = 0;

	text[0] = '\0';
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (flags & 1U << i)
			used += (size_t)snprintf(text + used, size - used, "%s%s", used ? "," : "", names[i]);
	}
}

static bool has_transport(const struct sentry_event *event)
{
	return event->fragment != FRAGMENT_LATER;
}

static bool has_ports(const struct sentry_event *event)
{
	return has_transport(event) && (event->protocol == IPPROTO_TCP || event->protocol == IPPROTO_UDP ||
					event->protocol == IPPROTO_SCTP);
}

static bool has_icmp(const struct sentry_event *event)
{
	return has_transport(event) && event->protocol == (event->ip_version == 4 ? IPPROTO_ICMP : IPPROTO_ICMPV6);
}

static const char *address(const struct sentry_event *event, const __u8 *bytes, char text[static INET6_ADDRSTRLEN])
{
	return inet_ntop(event->ip_version == 4 ? AF_INET : AF_INET6, bytes, text, INET6_ADDRSTRLEN);
}

/* A later fragment does not know its flow's ports, so the identifier would be another flow's. */
static bool flow_of(const struct sentry_event *event, struct flow *flow)
{
	if (!has_transport(event) || (event->ip_version != 4 && event->ip_version != 6))
		return false;
	*flow = (struct flow){ .ip_version = event->ip_version, .protocol = event->protocol };
	memcpy(flow->source, event->source, sizeof(flow->source));
	memcpy(flow->dest, event->dest, sizeof(flow->dest));
	if (has_ports(event)) {
		flow->source_port = ntohs(event->source_port);
		flow->dest_port = ntohs(event->dest_port);
	} else if (has_icmp(event)) {
		flow->source_port = event->icmp_type;
		flow->dest_port = event->icmp_code;
	}
	return true;
}

static const char *hook_word(const struct event_view *view, const struct manifest_rule *rule)
{
	for (size_t i = 0; rule && i < view->record->n; i++) {
		const struct attachment *item = &view->record->items[i];

		if (item->part == view->part && item->hook.ifindex == view->event->ifindex &&
		    strcmp(item->block, rule->block) == 0)
			return means_words[item->hook.means];
	}
	return NULL;
}

static const char *direction_word(const struct event_view *view, const struct manifest_rule *rule)
{
	const struct manifest_block *block = rule ? manifest_block(&view->record->parts[view->part], rule->block) : NULL;

	return block ? direction_words[block->direction] : NULL;
}

/* The kernel knows only records and samples; what a record means is for the rule to say. */
const char *event_kind(const struct event_view *view)
{
	const struct manifest_rule *rule = event_rule(view);

	if (view->event->kind == SENTRY_EVENT_SAMPLE)
		return "sample";
	if (*event_detection(view))
		return "detect";
	return rule && strcmp(rule->action, "rate-limit") == 0 ? "limit" : "log";
}

const char *event_detection(const struct event_view *view)
{
	const struct manifest_rule *rule = event_rule(view);

	return rule && rule->detect && view->event->kind != SENTRY_EVENT_SAMPLE ? rule->detect : "";
}

static void set_text(json_t *json, const char *key, const char *text)
{
	if (text && *text)
		json_object_set_new(json, key, json_string(text));
}

static void set_number(json_t *json, const char *key, json_int_t number)
{
	json_object_set_new(json, key, json_integer(number));
}

static void set_headers(json_t *json, const struct sentry_event *event)
{
	char source[INET6_ADDRSTRLEN], dest[INET6_ADDRSTRLEN], words[64];

	set_text(json, "source_ip", address(event, event->source, source));
	if (has_ports(event))
		set_number(json, "source_port", ntohs(event->source_port));
	set_text(json, "dest_ip", address(event, event->dest, dest));
	if (has_ports(event))
		set_number(json, "dest_port", ntohs(event->dest_port));
	protocol_name(event->protocol, words, sizeof(words));
	set_text(json, "protocol", words);
	if (event->protocol == IPPROTO_TCP && has_transport(event)) {
		flag_names(event->tcp_flags, words, sizeof(words));
		json_object_set_new(json, "tcp_flags", json_string(words));
	}
	if (has_icmp(event)) {
		set_number(json, "icmp_type", event->icmp_type);
		set_number(json, "icmp_code", event->icmp_code);
	}
	if (event->fragment != FRAGMENT_WHOLE)
		set_text(json, "fragment", event->fragment == FRAGMENT_FIRST ? "first" : "later");
}

/* The frame's first bytes as digits: enough to see what it was, and easy to turn into a packet again. */
static void set_frame(json_t *json, const struct event_view *view)
{
	static const char digits[] = "0123456789abcdef";
	char text[2 * SENTRY_SAMPLE_BYTES + 1];

	for (__u32 i = 0; i < view->captured; i++) {
		text[2 * i] = digits[view->frame[i] >> 4];
		text[2 * i + 1] = digits[view->frame[i] & 15];
	}
	text[2 * view->captured] = '\0';
	set_text(json, "frame", text);
}

/* Whatever a record says: numbers without a sign may overflow. */
static int64_t event_time(const struct event_view *view)
{
	return (int64_t)(view->event->time_ns + (uint64_t)view->clock_offset);
}

json_t *event_json(const struct event_view *view)
{
	const struct sentry_event *event = view->event;
	const struct manifest_rule *rule = event_rule(view);
	json_t *json = json_object();
	char text[TIMESTAMP_SIZE];
	struct flow flow;

	event_timestamp(event_time(view), text);
	set_text(json, "schema", EVENT_SCHEMA);
	set_text(json, "timestamp", text);
	set_text(json, "kind", event_kind(view));
	set_text(json, "detection", event_detection(view));
	set_text(json, "policy", view->record->parts[view->part].policy);
	set_number(json, "generation", view->record->generation);
	if (rule) {
		set_text(json, "rule", rule->name);
		if (rule->line > 0)
			set_number(json, "rule_line", rule->line);
		set_text(json, "verdict", rule->verdict);
	}
	set_text(json, "direction", direction_word(view, rule));
	set_text(json, "interface", view->interface);
	set_text(json, "hook", hook_word(view, rule));
	set_headers(json, event);
	set_number(json, "bytes", event->bytes);
	if (event->vlan != SENTRY_NO_VLAN)
		set_number(json, "vlan", event->vlan);
	if (event->kind == SENTRY_EVENT_SAMPLE) {
		set_number(json, "sampling", event->sampling);
		set_frame(json, view);
	}
	if (flow_of(event, &flow)) {
		char id[COMMUNITY_ID_SIZE];

		community_id(&flow, 0, id);
		set_text(json, "community_id", id);
	}
	return json;
}

static void print_end(const struct sentry_event *event, const __u8 *bytes, __u16 port, FILE *out)
{
	char text[INET6_ADDRSTRLEN];

	address(event, bytes, text);
	if (!has_ports(event))
		fputs(text, out);
	else
		fprintf(out, event->ip_version == 4 ? "%s:%u" : "[%s]:%u", text, ntohs(port));
}

void event_text(const struct event_view *view, FILE *out)
{
	const struct sentry_event *event = view->event;
	const struct manifest_rule *rule = event_rule(view);
	const char *direction = direction_word(view, rule);
	struct printable verdict, name, interface, detection;
	char text[64];

	event_timestamp(event_time(view), text);
	fprintf(out, "%s %-6s %-6s %s  %s %s  ", text, event_kind(view),
		printable(&verdict, rule && *rule->verdict ? rule->verdict : "-"),
		printable(&name, rule ? rule->name : "?"), direction ? direction : "?",
		printable(&interface, view->interface ? view->interface : "?"));
	protocol_name(event->protocol, text, sizeof(text));
	fprintf(out, "%s ", text);
	print_end(event, event->source, event->source_port, out);
	fputs(" > ", out);
	print_end(event, event->dest, event->dest_port, out);
	if (event->protocol == IPPROTO_TCP && has_transport(event)) {
		flag_names(event->tcp_flags, text, sizeof(text));
		fprintf(out, " %s", text[0] ? text : "none");
	}
	if (has_icmp(event))
		fprintf(out, " type %u code %u", event->icmp_type, event->icmp_code);
	if (event->fragment != FRAGMENT_WHOLE)
		fprintf(out, " fragment %s", event->fragment == FRAGMENT_FIRST ? "first" : "later");
	if (event->vlan != SENTRY_NO_VLAN)
		fprintf(out, " vlan %u", event->vlan);
	fprintf(out, " %u bytes", event->bytes);
	if (event->kind == SENTRY_EVENT_SAMPLE)
		fprintf(out, " 1/%u", event->sampling);
	if (*event_detection(view))
		fprintf(out, " %s", printable(&detection, event_detection(view)));
	fputc('\n', out);
}
