/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "item_text.h"

#include "event_format.h"
#include "printable.h"

#include <netinet/in.h>
#include <string.h>

_Static_assert(ITEM_TIME_SIZE >= TIMESTAMP_SIZE, "a time does not fit");

const char *item_time(int64_t time_ns, char text[ITEM_TIME_SIZE])
{
	event_timestamp(time_ns, text);
	return text;
}

const char *item_end(const struct item_ends *ends, bool dest, char text[ITEM_END_SIZE])
{
	char address[ITEM_ADDRESS_SIZE];

	if (!ends->ip_version)
		return "-";
	item_address(ends, dest ? ends->dest : ends->source, address);
	if (!item_has_ports(ends))
		snprintf(text, ITEM_END_SIZE, "%s", address);
	else
		snprintf(text, ITEM_END_SIZE, ends->ip_version == 4 ? "%s:%u" : "[%s]:%u", address,
			 dest ? ends->dest_port : ends->source_port);
	return text;
}

static const char *text_or(const struct item *item, enum item_text which, const char *otherwise, struct printable *room)
{
	return printable(room, *item->text[which] ? item->text[which] : otherwise);
}

/* Who talked to whom, and how. */
static void print_ends(const struct item_ends *ends, FILE *out)
{
	char words[ITEM_WORDS_SIZE], source[ITEM_END_SIZE], dest[ITEM_END_SIZE];

	if (ends->ip_version) {
		item_protocol(ends->protocol, words);
		fprintf(out, "%s %s > %s", words, item_end(ends, false, source), item_end(ends, true, dest));
	} else {
		fputs("non-ip", out);
	}
	if (ends->ip_version && ends->protocol == IPPROTO_TCP && item_has_transport(ends)) {
		item_tcp_flags(ends->tcp_flags, words);
		fprintf(out, " %s", words);
	}
	if (ends->ip_version && item_has_icmp(ends))
		fprintf(out, " type %u code %u", ends->icmp_type, ends->icmp_code);
	if (ends->fragment)
		fprintf(out, " fragment %s", ends->fragment == 1 ? "first" : "later");
	if (ends->vlan != ITEM_NO_VLAN)
		fprintf(out, " vlan %u", ends->vlan);
}

void item_text(const struct item *item, FILE *out)
{
	struct printable kind, verdict, rule, direction, interface, subject;
	char text[ITEM_TIME_SIZE];

	fprintf(out, "%s %-6s %-6s %s  %s %s  ", item_time(item->time_ns, text), text_or(item, TEXT_NAME, "?", &kind),
		text_or(item, TEXT_VERDICT, "-", &verdict), text_or(item, TEXT_RULE, "?", &rule),
		text_or(item, TEXT_DIRECTION, "?", &direction), text_or(item, TEXT_INTERFACE, "?", &interface));
	print_ends(&item->ends, out);
	fprintf(out, " %llu bytes", (unsigned long long)item->bytes);
	if (strcmp(item->text[TEXT_NAME], "sample") == 0)
		fprintf(out, " 1/%u", item->sampling);
	if (*item->text[TEXT_SUBJECT])
		fprintf(out, " %s", text_or(item, TEXT_SUBJECT, "", &subject));
	fputc('\n', out);
}

void item_flow_text(const struct item *item, FILE *out)
{
	struct printable verdict, rule, direction, interface;

	fprintf(out, "%15llu %12llu  %-8s %-16s %-7s %-10s ", (unsigned long long)item->bytes, (unsigned long long)item->packets,
		text_or(item, TEXT_VERDICT, "-", &verdict), text_or(item, TEXT_RULE, "-", &rule),
		text_or(item, TEXT_DIRECTION, "-", &direction), text_or(item, TEXT_INTERFACE, "-", &interface));
	print_ends(&item->ends, out);
	fputc('\n', out);
}

const char *short_number(double number, char text[16])
{
	static const char units[] = " kMGTPE";
	size_t unit = 0;

	/* 999.95 would be printed as 1000.0. */
	while (number >= (unit ? 999.95 : 9999.5) && unit + 2 < sizeof(units)) {
		number /= 1000;
		unit++;
	}
	if (unit)
		snprintf(text, 16, "%.1f%c", number, units[unit]);
	else
		snprintf(text, 16, number > 0 && number < 9.95 && number != (double)(long long)number ? "%.1f" : "%.0f", number);
	return text;
}
