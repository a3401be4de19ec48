/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryctl events, flows, rules and alerts of a time that has gone: from the history that sentryd keeps. */
#include "ctl_events.h"
#include "ctl_past.h"
#include "flow_format.h"
#include "item_text.h"
#include "json.h"
#include "past_query.h"
#include "printable.h"

#include <jansson.h>
#include <stdio.h>
#include <string.h>

/* As text; JSON is for programs, and has all unless told otherwise. */
#define FLOWS_SHOWN 20
#define RULES_SCHEMA "packet-sentry/rules/v1"

sqlite3 *past_open(const struct ctl *ctl, struct past_question *question, struct failure *why)
{
	sqlite3 *db;

	*question = (struct past_question){ .filter = ctl->filter, .since_ns = ctl->since_ns, .until_ns = ctl->until_ns,
					    .limit = ctl->has_most ? ctl->most : 0 };
	return past_open_read(&db, ctl->db, why) == PAST_READY ? db : NULL;
}

/* Somebody who reads the first lines, and goes, ends it: finish_stdout() says so. */
static bool still_read(void)
{
	return !ferror(stdout);
}

static bool put_event(void *context, const struct item *item)
{
	event_writer_put(context, item);
	return still_read();
}

static bool put_lost(void *context, const struct item *item)
{
	event_writer_lost(context, *item->text[TEXT_NAME] ? item->text[TEXT_NAME] : "records", item->text[TEXT_POLICY],
			  item->generation, item->packets);
	return true;
}

bool ctl_past_events(const struct ctl *ctl, struct failure *why)
{
	struct event_writer writer;
	struct past_question question;
	sqlite3 *db = past_open(ctl, &question, why);
	bool ok;

	if (!db)
		return false;
	event_writer_begin(&writer, ctl);
	ok = past_events(db, &question, &(struct past_reader){ &writer, put_event }, why) &&
	     past_lost(db, &question, &(struct past_reader){ &writer, put_lost }, why);
	event_writer_end(&writer);
	sqlite3_close(db);
	return ok;
}

static bool put_flow(void *context, const struct item *item)
{
	struct event_writer *writer = context;

	if (writer->ctl->format == CTL_JSON)
		event_writer_put(writer, item);
	else
		item_flow_text(item, stdout);
	return still_read();
}

bool ctl_past_flows(const struct ctl *ctl, struct failure *why)
{
	struct event_writer writer;
	struct past_question question;
	sqlite3 *db = past_open(ctl, &question, why);
	bool ok;

	if (!db)
		return false;
	if (!ctl->has_most && ctl->format != CTL_JSON)
		question.limit = FLOWS_SHOWN;
	event_writer_begin(&writer, ctl);
	writer.format.fields = flow_fields;
	if (ctl->format != CTL_JSON)
		flow_text_head(stdout);
	ok = past_flows(db, &question, &(struct past_reader){ &writer, put_flow }, why);
	event_writer_end(&writer);
	sqlite3_close(db);
	return ok;
}

static bool put_alert(void *context, const struct item *item)
{
	struct event_writer *writer = context;
	char time[ITEM_TIME_SIZE];
	struct printable name, detail;

	if (writer->ctl->format == CTL_JSON)
		event_writer_put(writer, item);
	else
		printf("%s %s  %s\n", item_time(item->time_ns, time), printable(&name, item->text[TEXT_NAME]),
		       printable(&detail, item->text[TEXT_DETAIL]));
	return still_read();
}

bool ctl_past_alerts(const struct ctl *ctl, struct failure *why)
{
	struct event_writer writer;
	struct past_question question;
	sqlite3 *db = past_open(ctl, &question, why);
	bool ok;

	if (!db)
		return false;
	event_writer_begin(&writer, ctl);
	ok = past_alerts(db, &question, &(struct past_reader){ &writer, put_alert }, why);
	event_writer_end(&writer);
	sqlite3_close(db);
	return ok;
}

/* Blocks in the making: rules come sorted by them. */
struct rules {
	json_t *blocks;
	json_t *rules; /* of the last block */
};

static bool is_new_block(const struct rules *rules, const struct item *item)
{
	const json_t *last = json_array_get(rules->blocks, json_array_size(rules->blocks) - 1);

	return !last || strcmp(json_string_value(json_object_get(last, "policy")), item->text[TEXT_POLICY]) != 0 ||
	       strcmp(json_string_value(json_object_get(last, "name")), item->text[TEXT_BLOCK]) != 0;
}

static bool put_rule(void *context, const struct item *item)
{
	struct rules *rules = context;
	json_t *rule = json_pack("{s:s}", "name", item->text[TEXT_RULE]);

	if (is_new_block(rules, item)) {
		rules->rules = json_array();
		json_array_append_new(rules->blocks, json_pack("{s:s, s:s, s:s, s:o}", "policy", item->text[TEXT_POLICY], "name",
							       item->text[TEXT_BLOCK], "direction", item->text[TEXT_DIRECTION], "rules",
							       rules->rules));
	}
	if (*item->text[TEXT_VERDICT])
		json_object_set_new(rule, "verdict", json_string(item->text[TEXT_VERDICT]));
	if (item->line)
		json_object_set_new(rule, "line", json_integer(item->line));
	json_object_set_new(rule, "packets", json_integer((json_int_t)item->packets));
	json_object_set_new(rule, "bytes", json_integer((json_int_t)item->bytes));
	json_array_append_new(rules->rules, rule);
	return true;
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "-";
}

static void print_rules(const json_t *blocks)
{
	for (size_t i = 0; i < json_array_size(blocks); i++) {
		const json_t *block = json_array_get(blocks, i), *rules = json_object_get(block, "rules");
		struct printable policy, name;

		printf("%spolicy %s, block %s, %s\n%12s %15s  %-7s %s\n", i ? "\n" : "", printable(&policy, text_of(block, "policy")),
		       printable(&name, text_of(block, "name")), text_of(block, "direction"), "packets", "bytes", "verdict", "rule");
		for (size_t j = 0; j < json_array_size(rules); j++) {
			const json_t *rule = json_array_get(rules, j);

			printf("%12lld %15lld  %-7s %s", (long long)json_integer_value(json_object_get(rule, "packets")),
			       (long long)json_integer_value(json_object_get(rule, "bytes")), text_of(rule, "verdict"),
			       printable(&name, text_of(rule, "name")));
			if (json_object_get(rule, "line"))
				printf(" (line %lld)", (long long)json_integer_value(json_object_get(rule, "line")));
			putchar('\n');
		}
	}
}

void past_set_times(json_t *document, const struct ctl *ctl)
{
	char time[ITEM_TIME_SIZE];

	if (ctl->since_ns)
		json_object_set_new(document, "since", json_string(item_time(ctl->since_ns, time)));
	if (ctl->until_ns != INT64_MAX)
		json_object_set_new(document, "until", json_string(item_time(ctl->until_ns, time)));
}

bool ctl_past_rules(const struct ctl *ctl, struct failure *why)
{
	struct rules rules = { .blocks = json_array() };
	struct past_question question;
	sqlite3 *db = past_open(ctl, &question, why);
	bool ok = db && past_rules(db, &question, &(struct past_reader){ &rules, put_rule }, why);

	if (ok && ctl->format == CTL_JSON) {
		json_t *document = json_pack("{s:s}", "schema", RULES_SCHEMA);

		past_set_times(document, ctl);
		json_object_set(document, "blocks", rules.blocks);
		json_print(document);
	} else if (ok) {
		print_rules(rules.blocks);
	}
	json_decref(rules.blocks);
	sqlite3_close(db);
	return ok;
}
