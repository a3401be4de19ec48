/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A file as a kill may have left it: what is appended is on lines of its own. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sink.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/file.h>
#include <unistd.h>

/* Its content, and a NUL. */
static char *content(const char *path, size_t *size)
{
	int file = open(path, O_RDONLY | O_CLOEXEC);
	struct stat stat;
	char *text;

	assert_int_equal(fstat(file, &stat), 0);
	*size = (size_t)stat.st_size;
	text = calloc(1, *size + 1);
	assert_int_equal(read(file, text, *size), *size);
	close(file);
	return text;
}

/* Two batches of one item, by a sink that opens the file. */
static void append(const char *path)
{
	struct config_document document;
	const struct sink_kind *kind = sink_kind("file");
	struct item_filter filter = { .kinds[ITEM_EVENT] = true };
	struct block *block = block_new();
	struct batch batch = { .filter = &filter, .n_blocks = 1, .blocks = &block };
	int file = memfd_create("config", MFD_CLOEXEC);
	char config_path[32];
	struct config_map map;
	struct sink_error error;
	struct item item;
	void *sink;

	dprintf(file, "path: %s\n", path);
	lseek(file, 0, SEEK_SET);
	snprintf(config_path, sizeof(config_path), "/proc/self/fd/%d", file);
	assert_true(config_load(&document, config_path, stderr));
	close(file);
	config_begin(&map, &document, document.root);
	sink = kind->create(&map);
	config_end(&map);
	assert_int_equal(document.errors, 0);
	item_clear(&item, ITEM_EVENT);
	assert_true(block_add(block, &item));
	for (int i = 0; i < 2; i++)
		assert_int_equal(kind->write(sink, &batch, &error), SINK_DONE);
	kind->destroy(sink);
	block_free(block);
	config_free(&document);
}

/* Of `before`, `kept` must be there, then `between`, then two lines. */
static void check(const char *before, size_t size, size_t kept, const char *between)
{
	char path[] = "/tmp/lines-XXXXXX";
	int file = mkstemp(path);
	char *after, *at;
	size_t n;

	assert_int_equal(write(file, before, size), size);
	append(path);
	after = content(path, &n);
	assert_true(n > kept + strlen(between));
	assert_memory_equal(after, before, kept);
	at = after + kept;
	assert_memory_equal(at, between, strlen(between));
	at += strlen(between);
	for (int i = 0; i < 2; i++) {
		assert_int_equal(*at, '{');
		at = strchr(at, '\n');
		assert_non_null(at);
		assert_int_equal(at[-1], '}');
		at++;
	}
	assert_int_equal(*at, '\0');
	free(after);
	close(file);
	unlink(path);
}

static void whole_lines(void **state)
{
	check("", 0, 0, "");
	check("\n", 1, 1, "");
	check("{}\n{}\n", 6, 6, "");
}

static void half_a_line(void **state)
{
	size_t size = 3 << 20;
	char *much = malloc(size);

	check("{}\n{\"a\":", 8, 3, "");
	check("{}\n\n{", 5, 4, "");
	memset(much, 'x', size);
	/* On either side of where pieces of what is read may end, and at the very beginning. */
	for (size_t back = 4094; back <= 4098; back++) {
		much[size - back] = '\n';
		check(much, size, size - back + 1, "");
		much[size - back] = 'x';
	}
	much[0] = '\n';
	check(much, 10000, 1, "");
	much[0] = 'x';
	/* None, or not near: that is nothing of ours, and stays. */
	check(much, 10000, 10000, "\n");
	much[size - (1 << 20) - 1] = '\n';
	check(much, size, size, "\n");
	much[size - (1 << 20)] = '\n';
	check(much, size, size - (1 << 20) + 1, "");
	free(much);
}

/* Another sink that has it open may be about to finish that line. */
static void not_alone(void **state)
{
	char path[] = "/tmp/lines-XXXXXX";
	int file = mkstemp(path);
	char *after;
	size_t n;

	assert_int_equal(write(file, "{}\n{", 4), 4);
	assert_int_equal(flock(file, LOCK_SH), 0);
	append(path);
	after = content(path, &n);
	assert_memory_equal(after, "{}\n{{", 5);
	free(after);
	close(file);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = { cmocka_unit_test(whole_lines), cmocka_unit_test(half_a_line),
					    cmocka_unit_test(not_alone) };

	return cmocka_run_group_tests(tests, NULL, NULL);
}
