/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "section_sources.h"

#include "json_out.h"
#include "object.h"
#include "source_name.h"

#include <linux/types.h>

#include "shared.h"

#include <jansson.h>
#include <sodium/utils.h>
#include <stdlib.h>
#include <string.h>

#define BASE64 sodium_base64_VARIANT_ORIGINAL

bool sources_are_kept(const struct sources *sources)
{
	size_t size = 0;

	for (const struct source *source = sources->first; source; source = source->next)
		size += source->size;
	return size <= SOURCES_KEPT_MAX;
}

/* --- building ---------------------------------------------------------------- */

/* JSON knows UTF-8 alone, and jansson no NUL. */
static void set_text(struct arena *arena, json_t *object, const struct source *source)
{
	json_t *text = memchr(source->text, '\0', source->size) ? NULL : json_stringn(source->text, source->size);
	size_t room = sodium_base64_ENCODED_LEN(source->size, BASE64);
	char *encoded;

	if (!text) {
		encoded = arena_alloc(arena, room);
		sodium_bin2base64(encoded, room, (const unsigned char *)source->text, source->size, BASE64);
		text = json_string(encoded);
		json_object_set_new(object, "encoding", json_string("base64"));
	}
	json_object_set_new(object, "text", text);
}

/*
 * What the policy calls a file is a path from the directory of the main one. Only where the short name is no such path,
 * for a file from elsewhere, is it said apart.
 */
static json_t *file_object(struct arena *arena, const struct source *main, const struct source *source)
{
	const char *name = source_short_name(arena, main, source), *path = source->path ? source->path : name;
	const char *slash = main->path ? strrchr(main->path, '/') : NULL;
	json_t *object = json_object();

	json_set_text(object, "name", name);
	if (slash && !strncmp(path, main->path, (size_t)(slash + 1 - main->path)))
		path += slash + 1 - main->path;
	if (source != main && strcmp(path, name))
		json_set_text(object, "path", path);
	set_text(arena, object, source);
	return object;
}

struct bytes section_sources_build(struct arena *arena, const struct sources *sources)
{
	json_t *document, *files;
	struct bytes bytes = { 0 };

	if (!sources->first || !sources_are_kept(sources))
		return bytes;
	document = json_document(SOURCES_SCHEMA);
	files = json_array();
	for (const struct source *source = sources->first; source; source = source->next)
		json_array_append_new(files, file_object(arena, sources->first, source));
	json_object_set_new(document, "files", files);
	bytes.data = json_line(arena, document, &bytes.size);
	return bytes;
}

/* --- reading ----------------------------------------------------------------- */

static bool decode(struct arena *arena, const char *text, size_t size, struct source_text *given)
{
	unsigned char *bytes = arena_alloc(arena, size + 1);

	if (sodium_base642bin(bytes, size, text, size, NULL, &given->size, NULL, BASE64))
		return false;
	given->text = (const char *)bytes;
	return true;
}

static bool read_file(struct arena *arena, const json_t *file, struct source_text *given)
{
	const char *name = json_string_value(json_object_get(file, "name"));
	const char *path = json_string_value(json_object_get(file, "path"));
	const char *encoding = json_string_value(json_object_get(file, "encoding"));
	const json_t *text = json_object_get(file, "text");
	size_t size = json_string_length(text);

	if (!name || !json_is_string(text) || size > SOURCE_MAX || (encoding && strcmp(encoding, "base64")))
		return false;
	given->path = arena_strdup(arena, path ? path : name);
	if (encoding)
		return decode(arena, json_string_value(text), size, given);
	given->text = arena_strndup(arena, json_string_value(text), size);
	given->size = size;
	return true;
}

static bool read_files(struct compile *compile, const json_t *document)
{
	const char *schema = json_string_value(json_object_get(document, "schema"));
	const json_t *files = json_object_get(document, "files");
	size_t n = json_array_size(files);
	struct source_text *given = ARENA_ARRAY(&compile->arena, struct source_text, n);

	if (!n || !schema || strcmp(schema, SOURCES_SCHEMA))
		return false;
	for (size_t i = 0; i < n; i++)
		if (!read_file(&compile->arena, json_array_get(files, i), &given[i]))
			return false;
	compile->sources.given = given;
	compile->sources.n_given = n;
	return true;
}

/* Of no file: to the verbs, an object without sources is a policy that cannot be read. */
static const char *unreadable(struct compile *compile, const char *message)
{
	diag_report(&compile->diags, CODE_UNREADABLE_FILE, (struct span){ 0 }, "%s", message);
	return NULL;
}

const char *section_sources_read(struct compile *compile, const char *path)
{
	struct arena *arena = &compile->arena;
	struct bytes object, section;
	char why[512];
	json_t *document;
	bool good;

	if (!object_read_file(arena, path, &object, why, sizeof(why)))
		return unreadable(compile, why);
	if (!object_section(object, SENTRY_MANIFEST_SECTION, &section))
		return unreadable(compile, arena_printf(arena, "'%s' was not made by sentryc: it has no manifest", path));
	if (!object_section(object, SENTRY_SOURCES_SECTION, &section))
		return unreadable(compile, arena_printf(arena, "'%s' does not hold the policy that it was made of: older "
							"objects do not, nor those of more than %u MiB of text",
							path, SOURCES_KEPT_MAX >> 20));
	document = json_loadb(section.data, section.size, JSON_REJECT_DUPLICATES, NULL);
	good = read_files(compile, document);
	json_decref(document);
	if (!good)
		return unreadable(compile, arena_printf(arena, "the sources in '%s' are damaged", path));
	return compile->sources.given[0].path;
}
