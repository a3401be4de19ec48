/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The generated C, read by libclang before anything is built: what is wrong with
 * it is said at the policy's line, and the structs that kernel and user space share
 * are measured as the target lays them out.
 */
#include "clang.h"

#include "breakdown.h"
#include "clang_args.h"
#include "libclang.h"
#include "sha256.h"
#include "source_name.h"
#include "templates.h"

#include <stdlib.h>
#include <string.h>

/* A directory that exists nowhere: nothing on this host can be taken for one of our files. */
#define NOWHERE "/packet-sentry-in-memory/"

struct check {
	struct compile *compile;
	struct libclang clang;
	const char *file_name;
	FILE *layout;
	bool failed;
};

/* The text of a line, without the blanks around it. */
static struct span line_span(const struct source *source, uint32_t line)
{
	struct span span = { .source = source };
	const char *text;
	size_t length;

	if (!line || line > source->n_lines)
		return span;
	text = source_line(source, line, &length);
	span.begin = (uint32_t)(text - source->text);
	span.end = span.begin + (uint32_t)length;
	while (span.begin < span.end && (source->text[span.begin] == ' ' || source->text[span.begin] == '\t'))
		span.begin++;
	return span;
}

static void report(struct check *check, CXDiagnostic diagnostic)
{
	const struct libclang *clang = &check->clang;
	struct diags *diags = &check->compile->diags;
	enum CXDiagnosticSeverity severity = clang->getDiagnosticSeverity(diagnostic);
	CXString name, message;
	unsigned line, column;
	const char *file;
	const struct source *source;

	/* The build has -Werror. */
	if (severity < CXDiagnostic_Warning)
		return;
	check->failed = true;
	clang->getPresumedLocation(clang->getDiagnosticLocation(diagnostic), &name, &line, &column);
	message = clang->getDiagnosticSpelling(diagnostic);
	file = clang->getCString(name) ? clang->getCString(name) : "";
	source = source_find_short(&check->compile->arena, check->compile->sources.first, file);
	if (source) {
		struct diag *diag = diag_report(diags, CODE_GENERATED_C, line_span(source, line),
						"the C made from this line is not right: %s", clang->getCString(message));

		diag_help(diags, diag, "this is a fault of sentryc, not of the policy: please report it");
	} else {
		if (!strncmp(file, NOWHERE, strlen(NOWHERE)))
			file += strlen(NOWHERE);
		diag_report(diags, CODE_GENERATED_C, (struct span){ 0 }, "the generated C is not right: %s:%u:%u: %s",
			    *file ? file : check->file_name, line, column, clang->getCString(message));
	}
	clang->disposeString(message);
	clang->disposeString(name);
}

static enum CXChildVisitResult visit_field(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct check *check = data;
	const struct libclang *clang = &check->clang;

	if (clang->getCursorKind(cursor) == CXCursor_FieldDecl) {
		CXString name = clang->getCursorSpelling(cursor);

		fprintf(check->layout, "\t%s %lld %lld\n", clang->getCString(name),
			clang->Cursor_getOffsetOfField(cursor) / 8, clang->Type_getSizeOf(clang->getCursorType(cursor)));
		clang->disposeString(name);
	}
	return CXChildVisit_Continue;
}

static enum CXChildVisitResult visit_struct(CXCursor cursor, CXCursor parent, CXClientData data)
{
	struct check *check = data;
	const struct libclang *clang = &check->clang;
	static const char shared[] = CLANG_TEMPLATES "/shared.h";
	CXString file, name;
	unsigned line, column;
	const char *path;

	if (clang->getCursorKind(cursor) != CXCursor_StructDecl || !clang->isCursorDefinition(cursor))
		return CXChildVisit_Continue;
	clang->getPresumedLocation(clang->getCursorLocation(cursor), &file, &line, &column);
	path = clang->getCString(file) ? clang->getCString(file) : "";
	if (strlen(path) >= strlen(shared) && !strcmp(path + strlen(path) - strlen(shared), shared)) {
		name = clang->getCursorSpelling(cursor);
		fprintf(check->layout, "%s %lld\n", clang->getCString(name),
			clang->Type_getSizeOf(clang->getCursorType(cursor)));
		clang->disposeString(name);
		clang->visitChildren(cursor, visit_field, check);
	}
	clang->disposeString(file);
	return CXChildVisit_Continue;
}

static void hash_layouts(struct check *check, CXTranslationUnit unit, char layout_hash[17])
{
	char digest[SHA256_TEXT];
	char *text = NULL;
	size_t size = 0;

	check->layout = open_memstream(&text, &size);
	if (!check->layout)
		out_of_memory();
	check->clang.visitChildren(check->clang.getTranslationUnitCursor(unit), visit_struct, check);
	if (ferror(check->layout) || fclose(check->layout) || !text)
		out_of_memory();
	sha256_text(text, size, digest);
	memcpy(layout_hash, digest, 16);
	layout_hash[16] = '\0';
	if (!size) {
		snprintf(check->compile->error, sizeof(check->compile->error),
			 "libclang found no structs in " CLANG_TEMPLATES "/shared.h");
		check->failed = true;
	}
	free(text);
}

static bool check_c(struct compile *compile, const char *file_name, struct bytes c, enum target target, char layout_hash[17])
{
	struct check check = { .compile = compile, .file_name = file_name };
	struct arena *arena = &compile->arena;
	const char *args[CLANG_ARGS_MAX + 1];
	struct CXUnsavedFile *files = ARENA_ARRAY(arena, struct CXUnsavedFile, n_template_files + 1);
	const char *path = arena_printf(arena, NOWHERE "%s", file_name);
	CXTranslationUnit unit = NULL;
	enum CXErrorCode code;
	CXIndex index;
	size_t n;

	if (!libclang_open(&check.clang)) {
		snprintf(compile->error, sizeof(compile->error),
			 "there is no libclang here, which checks the generated C (Debian: libclang1-14)");
		return false;
	}
	n = clang_args(target, args, 0);
	args[n++] = "-I" NOWHERE CLANG_TEMPLATES;
	for (size_t i = 0; i < n_template_files; i++)
		files[i] = (struct CXUnsavedFile){
			.Filename = arena_printf(arena, NOWHERE CLANG_TEMPLATES "/%s", template_files[i].name),
			.Contents = template_files[i].text,
			.Length = template_files[i].size,
		};
	files[n_template_files] = (struct CXUnsavedFile){ .Filename = path, .Contents = c.data, .Length = c.size };

	index = check.clang.createIndex(0, 0);
	code = check.clang.parseTranslationUnit2(index, path, args, (int)n, files, (unsigned)n_template_files + 1,
						 CXTranslationUnit_None, &unit);
	if (code != CXError_Success) {
		snprintf(compile->error, sizeof(compile->error), "libclang could not read the generated C (error %d)",
			 (int)code);
		check.failed = true;
	} else {
		for (unsigned i = 0; i < check.clang.getNumDiagnostics(unit); i++) {
			CXDiagnostic diagnostic = check.clang.getDiagnostic(unit, i);

			report(&check, diagnostic);
			check.clang.disposeDiagnostic(diagnostic);
		}
		if (!check.failed)
			hash_layouts(&check, unit, layout_hash);
		check.clang.disposeTranslationUnit(unit);
	}
	check.clang.disposeIndex(index);
	return !check.failed;
}

bool clang_check(struct compile *compile, const char *file_name, struct bytes c, enum target target, char layout_hash[17])
{
	struct breakdown breakdown;
	bool good;

	/* Also while it is loaded. */
	breakdown_guard(&breakdown, "libclang, which checks the generated C,");
	good = check_c(compile, file_name, c, target, layout_hash);
	breakdown_unguard(&breakdown);
	return good;
}
