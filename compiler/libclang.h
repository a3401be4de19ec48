/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * libclang, loaded when it is first needed: most of what sentryc does needs no
 * clang, and must start fast and work where there is none.
 */
#ifndef SENTRY_LIBCLANG_H
#define SENTRY_LIBCLANG_H

#include <clang-c/Index.h>
#include <stdbool.h>

#define LIBCLANG_FUNCTIONS(X) \
	X(createIndex) \
	X(disposeIndex) \
	X(parseTranslationUnit2) \
	X(disposeTranslationUnit) \
	X(getNumDiagnostics) \
	X(getDiagnostic) \
	X(disposeDiagnostic) \
	X(getDiagnosticSeverity) \
	X(getDiagnosticSpelling) \
	X(getDiagnosticLocation) \
	X(getPresumedLocation) \
	X(getCString) \
	X(disposeString) \
	X(getTranslationUnitCursor) \
	X(visitChildren) \
	X(getCursorKind) \
	X(getCursorSpelling) \
	X(getCursorLocation) \
	X(getCursorType) \
	X(isCursorDefinition) \
	X(Type_getSizeOf) \
	X(Cursor_getOffsetOfField)

struct libclang {
	void *handle;
#define LIBCLANG_MEMBER(NAME) __typeof__(clang_##NAME) *NAME;
	LIBCLANG_FUNCTIONS(LIBCLANG_MEMBER)
#undef LIBCLANG_MEMBER
};

/* False if there is no libclang here, or one that lacks a function. It stays loaded. */
bool libclang_open(struct libclang *clang);

#endif
