/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "yaml_tree.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <yaml.h>

#define MOST_DEPTH 16
#define MOST_KEYS 1000 /* of one map: each is compared with all */

struct loader {
	yaml_parser_t parser;
	struct yaml_problem *problem;
	unsigned int depth;
};

static bool fail(struct loader *loader, const yaml_mark_t *mark, const char *text)
{
	*loader->problem = (struct yaml_problem){ (unsigned int)mark->line + 1, (unsigned int)mark->column + 1, "" };
	snprintf(loader->problem->text, sizeof(loader->problem->text), "%s", text);
	return false;
}

static bool next_event(struct loader *loader, yaml_event_t *event)
{
	const yaml_parser_t *parser = &loader->parser;

	if (yaml_parser_parse(&loader->parser, event))
		return true;
	/* Of bytes that are no text, the reader knows only how far in the file they are. */
	if (parser->error == YAML_READER_ERROR) {
		*loader->problem = (struct yaml_problem){ 0 };
		snprintf(loader->problem->text, sizeof(loader->problem->text), "%s, at byte %zu", parser->problem,
			 parser->problem_offset + 1);
		return false;
	}
	return fail(loader, parser->problem ? &parser->problem_mark : &parser->mark,
		    parser->problem ? parser->problem : "cannot be read");
}

static struct yaml_node *add_child(struct yaml_node *parent)
{
	parent->children = grow(parent->children, parent->n, sizeof(*parent->children));
	parent->children[parent->n] = (struct yaml_node){ 0 };
	return &parent->children[parent->n++];
}

static bool load_node(struct loader *loader, const yaml_event_t *event, struct yaml_node *node);

static bool load_list(struct loader *loader, struct yaml_node *node)
{
	bool ok;

	for (;;) {
		yaml_event_t event;

		if (!next_event(loader, &event))
			return false;
		if (event.type == YAML_SEQUENCE_END_EVENT) {
			yaml_event_delete(&event);
			return true;
		}
		ok = load_node(loader, &event, add_child(node));
		yaml_event_delete(&event);
		if (!ok)
			return false;
	}
}

static bool load_key(struct loader *loader, const yaml_event_t *event, struct yaml_node *map, struct yaml_node **value)
{
	const char *key = (const char *)event->data.scalar.value;

	if (event->type != YAML_SCALAR_EVENT)
		return fail(loader, &event->start_mark, "a key must be a word");
	for (size_t i = 0; i < map->n; i++) {
		if (strcmp(map->children[i].key, key) == 0)
			return fail(loader, &event->start_mark, "this key was there already");
	}
	if (map->n == MOST_KEYS)
		return fail(loader, &event->start_mark, "too many keys");
	*value = add_child(map);
	(*value)->key = copy_text(key, strlen(key));
	(*value)->key_line = (unsigned int)event->start_mark.line + 1;
	(*value)->key_column = (unsigned int)event->start_mark.column + 1;
	return true;
}

static bool load_map(struct loader *loader, struct yaml_node *node)
{
	for (;;) {
		struct yaml_node *value = NULL;
		yaml_event_t event;
		bool ok;

		if (!next_event(loader, &event))
			return false;
		if (event.type == YAML_MAPPING_END_EVENT) {
			yaml_event_delete(&event);
			return true;
		}
		ok = load_key(loader, &event, node, &value);
		yaml_event_delete(&event);
		if (!ok || !next_event(loader, &event))
			return false;
		ok = load_node(loader, &event, value);
		yaml_event_delete(&event);
		if (!ok)
			return false;
	}
}

static bool load_node(struct loader *loader, const yaml_event_t *event, struct yaml_node *node)
{
	const char *text;
	bool ok;

	node->line = (unsigned int)event->start_mark.line + 1;
	node->column = (unsigned int)event->start_mark.column + 1;
	switch (event->type) {
	case YAML_SCALAR_EVENT:
		text = (const char *)event->data.scalar.value;
		if (strlen(text) != event->data.scalar.length)
			return fail(loader, &event->start_mark, "a NUL character in a text");
		node->type = YAML_TEXT;
		node->quoted = event->data.scalar.style != YAML_PLAIN_SCALAR_STYLE;
		node->text = copy_text(text, strlen(text));
		return true;
	case YAML_SEQUENCE_START_EVENT:
	case YAML_MAPPING_START_EVENT:
		if (++loader->depth > MOST_DEPTH)
			return fail(loader, &event->start_mark, "nested too deep");
		node->type = event->type == YAML_SEQUENCE_START_EVENT ? YAML_LIST : YAML_MAP;
		ok = node->type == YAML_LIST ? load_list(loader, node) : load_map(loader, node);
		loader->depth--;
		return ok;
	case YAML_ALIAS_EVENT:
		return fail(loader, &event->start_mark, "aliases (*name) are not read");
	default:
		return fail(loader, &event->start_mark, "a value is missing");
	}
}

/* Its first node; the end of the stream leaves an empty map. */
static bool load_document(struct loader *loader, struct yaml_node *root)
{
	yaml_event_t event;
	bool ok = true, done = false;

	root->type = YAML_MAP;
	while (ok && !done) {
		if (!next_event(loader, &event))
			return false;
		switch (event.type) {
		case YAML_STREAM_START_EVENT:
		case YAML_DOCUMENT_START_EVENT:
			break;
		case YAML_STREAM_END_EVENT:
		case YAML_DOCUMENT_END_EVENT:
			done = true;
			break;
		default:
			ok = load_node(loader, &event, root);
		}
		yaml_event_delete(&event);
	}
	if (!ok)
		return false;
	if (root->type == YAML_TEXT && !*root->text) {
		free(root->text);
		root->text = NULL;
		root->type = YAML_MAP;
	}
	return true;
}

static bool at_end(struct loader *loader)
{
	yaml_event_t event;
	bool more;

	if (!next_event(loader, &event))
		return false;
	more = event.type == YAML_DOCUMENT_START_EVENT;
	if (more)
		fail(loader, &event.start_mark, "a second document");
	yaml_event_delete(&event);
	return !more;
}

struct yaml_node *yaml_tree_load(FILE *file, struct yaml_problem *problem)
{
	struct loader loader = { .problem = problem };
	struct yaml_node *root = allocate(1, sizeof(*root));
	bool ok;

	*problem = (struct yaml_problem){ 0 };
	if (!yaml_parser_initialize(&loader.parser)) {
		snprintf(problem->text, sizeof(problem->text), "out of memory");
		free(root);
		return NULL;
	}
	yaml_parser_set_input_file(&loader.parser, file);
	ok = load_document(&loader, root) && (loader.parser.stream_end_produced || at_end(&loader));
	yaml_parser_delete(&loader.parser);
	if (ok)
		return root;
	yaml_tree_free(root);
	return NULL;
}

static void free_content(struct yaml_node *node)
{
	for (size_t i = 0; i < node->n; i++)
		free_content(&node->children[i]);
	free(node->children);
	free(node->key);
	free(node->text);
}

void yaml_tree_free(struct yaml_node *node)
{
	if (!node)
		return;
	free_content(node);
	free(node);
}
