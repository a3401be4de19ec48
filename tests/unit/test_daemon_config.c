/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* The configuration as a tree and as values: units, ranges, places of errors, words that were meant. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "config.h"
#include "settings.h"
#include "yaml_tree.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct given {
	int file;
	char path[32];
	char *said;
	size_t said_size;
	FILE *messages;
	struct config_document document;
	struct config_map root;
};

static void begin(struct given *given, const char *text)
{
	*given = (struct given){ .file = memfd_create("config", MFD_CLOEXEC) };
	assert_int_equal(write(given->file, text, strlen(text)), strlen(text));
	lseek(given->file, 0, SEEK_SET);
	snprintf(given->path, sizeof(given->path), "/proc/self/fd/%d", given->file);
	given->messages = open_memstream(&given->said, &given->said_size);
	assert_true(config_load(&given->document, given->path, given->messages));
	given->document.path = "c";
	config_begin(&given->root, &given->document, given->document.root);
}

/* All that was said, which must be this. */
static void end(struct given *given, const char *said)
{
	config_end(&given->root);
	fclose(given->messages);
	assert_string_equal(given->said, said);
	free(given->said);
	config_free(&given->document);
	close(given->file);
}

static void units(void **state)
{
	static const struct {
		const char *text;
		uint64_t bytes;
	} sizes[] = {
		{ "0", 0 }, { "7", 7 }, { "7B", 7 }, { "1kB", 1000 }, { "2 MB", 2000000 }, { "3GB", 3000000000 },
		{ "1KiB", 1024 }, { "16MiB", 16 << 20 }, { "4GiB", 4ULL << 30 }, { "17179869183GiB", 17179869183ULL << 30 },
	};
	static const struct {
		const char *text;
		uint64_t ms;
	} spans[] = {
		{ "0ms", 0 }, { "500ms", 500 }, { "10s", 10000 }, { "5m", 300000 }, { "1h", 3600000 }, { "7d", 604800000 },
		{ "1 s", 1000 },
	};
	struct given given;
	char text[64];

	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		snprintf(text, sizeof(text), "a: %s\n", sizes[i].text);
		begin(&given, text);
		assert_int_equal(config_bytes(&given.root, "a", 5, 0, UINT64_MAX), sizes[i].bytes);
		end(&given, "");
	}
	for (size_t i = 0; i < sizeof(spans) / sizeof(spans[0]); i++) {
		snprintf(text, sizeof(text), "a: %s\n", spans[i].text);
		begin(&given, text);
		assert_int_equal(config_duration(&given.root, "a", 5, 0, UINT64_MAX), spans[i].ms);
		end(&given, "");
	}
}

static void wrong_units(void **state)
{
	static const char *const texts[] = { "x", "1 k", "1kb", "1mib", "1.5MB", "-1", "+1", "0x10", "1MB2", "MB", "' 1'", "''",
					     "99999999999999999999", "1TB" };
	struct given given;
	char text[64], said[128];

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		const char *shown = texts[i];

		snprintf(text, sizeof(text), "a: %s\n", shown);
		if (*shown == '\'')
			shown = i == 11 ? "" : " 1";
		begin(&given, text);
		assert_int_equal(config_bytes(&given.root, "a", 5, 0, UINT64_MAX), 5);
		snprintf(said, sizeof(said), "c:1:4: error: a: a size such as 16MiB is wanted, not '%s'\n", shown);
		end(&given, said);
	}
	/* Too many to count are as many as can be. */
	begin(&given, "a: 18446744073709551615GiB\n");
	assert_int_equal(config_bytes(&given.root, "a", 5, 0, 1000), 5);
	end(&given, "c:1:4: error: a: 18446744073709551615GiB is not in the range 0 to 1kB\n");
}

static void values(void **state)
{
	static const char *const words[] = { "udp", "tcp", NULL };
	struct given given;
	const char **list;

	begin(&given, "t: text\nq: ''\nb: true\nn: 12\nd: -1.5e1\nc: tcp\nl: [a, b]\no: one\ne: []\np: {x: 1, 'y z': ''}\n");
	assert_string_equal(config_text(&given.root, "t", NULL), "text");
	assert_string_equal(config_text(&given.root, "q", NULL), "");
	assert_string_equal(config_text(&given.root, "absent", "else"), "else");
	assert_true(config_bool(&given.root, "b", false));
	assert_true(config_bool(&given.root, "absent2", true));
	assert_int_equal(config_number(&given.root, "n", 0, 12, 12), 12);
	assert_true(config_decimal(&given.root, "d", 0, -15, -15) == -15);
	assert_int_equal(config_choice(&given.root, "c", words, 0), 1);
	list = config_texts(&given.root, "l");
	assert_string_equal(list[0], "a");
	assert_string_equal(list[1], "b");
	assert_null(list[2]);
	list = config_texts(&given.root, "o");
	assert_string_equal(list[0], "one");
	assert_null(list[1]);
	assert_null(config_texts(&given.root, "e")[0]);
	assert_null(config_texts(&given.root, "absent3"));
	list = config_pairs(&given.root, "p");
	assert_string_equal(list[2], "y z");
	assert_string_equal(list[3], "");
	assert_null(list[4]);
	assert_true(config_has(&given.root, "p"));
	assert_false(config_has(&given.root, "absent"));
	end(&given, "");
}

static void wrong_values(void **state)
{
	static const char *const words[] = { "udp", "tcp", NULL };
	struct given given;

	begin(&given, "t: [a]\nb: yes\nn: 13\nd: inf\nc: sctp\nl: [[a]]\np: [x]\nm:\n");
	assert_string_equal(config_text(&given.root, "t", "else"), "else");
	assert_false(config_bool(&given.root, "b", false));
	assert_int_equal(config_number(&given.root, "n", 5, 0, 12), 5);
	assert_true(config_decimal(&given.root, "d", 2, 0, 9) == 2);
	assert_int_equal(config_choice(&given.root, "c", words, 1), 1);
	assert_null(config_texts(&given.root, "l"));
	assert_null(config_pairs(&given.root, "p"));
	assert_string_equal(config_needed(&given.root, "m"), "");
	assert_string_equal(config_needed(&given.root, "nowhere"), "");
	assert_int_equal(given.document.errors, 9);
	end(&given, "c:1:4: error: t: a text is wanted\n"
		    "c:2:4: error: b: true or false is wanted\n"
		    "c:3:4: error: n: 13 is not in the range 0 to 12\n"
		    "c:4:4: error: d: a number from 0 to 9 is wanted, not 'inf'\n"
		    "c:5:4: error: c: 'sctp' is none of: udp, tcp\n"
		    "c:6:5: error: l: a text or a list of texts is wanted\n"
		    "c:7:4: error: p: names with values are wanted\n"
		    "c:8:3: error: m: a text is wanted\n"
		    "c:1:1: error: 'nowhere' is missing\n");
}

static void maps_and_lists(void **state)
{
	struct config_map sub, entry;
	struct given given;
	size_t at = 0, n = 0;

	begin(&given, "m: {x: 1, y: 2}\nl:\n  - a: 1\n  - 5\n  - a: 2\n    b: 3\ns: 4\nempty: # x: 1\nnone:\n");
	config_sub(&given.root, "m", &sub);
	assert_int_equal(config_number(&sub, "x", 0, 0, 9), 1);
	config_end(&sub);
	config_sub(&given.root, "absent", &sub);
	assert_int_equal(config_number(&sub, "x", 7, 0, 9), 7);
	config_end(&sub);
	config_sub(&given.root, "s", &sub);
	assert_int_equal(config_number(&sub, "x", 7, 0, 9), 7);
	config_end(&sub);
	/* With nothing below it: it is there, all is as if not said. */
	config_sub(&given.root, "empty", &sub);
	assert_non_null(sub.node);
	assert_int_equal(config_number(&sub, "x", 7, 0, 9), 7);
	config_end(&sub);
	assert_false(config_each(&given.root, "none", &at, &entry));
	while (config_each(&given.root, "l", &at, &entry)) {
		assert_int_equal(config_number(&entry, "a", 0, 0, 9), ++n);
		config_end(&entry);
	}
	assert_int_equal(n, 2);
	at = 0;
	assert_false(config_each(&given.root, "absent2", &at, &entry));
	end(&given, "c:1:11: error: unknown key 'y'; did you mean 'x'?\n"
		    "c:7:4: error: keys with values are wanted here\n"
		    "c:4:5: error: keys with values are wanted here\n"
		    "c:6:5: error: unknown key 'b'; did you mean 'a'?\n");
}

static void secrets(void **state)
{
	char path[] = "/tmp/secret-XXXXXX", text[256];
	int file = mkstemp(path);
	struct given given;

	assert_int_equal(write(file, "s3cret with space\r\nmore\n", 24), 24);
	snprintf(text, sizeof(text), "a-file: %s\nb: plain\nc-file: /nowhere\nd: x\nd-file: %s\n", path, path);
	begin(&given, text);
	assert_string_equal(config_secret(&given.root, "a"), "s3cret with space");
	assert_string_equal(config_secret(&given.root, "b"), "plain");
	assert_null(config_secret(&given.root, "absent"));
	config_secret(&given.root, "c");
	config_secret(&given.root, "d");
	assert_int_equal(given.document.errors, 2);
	end(&given, "c:3:9: error: cannot read /nowhere\nc:5:9: error: d and d-file: one of both\n");
	close(file);
	unlink(path);
}

static void meant(void **state)
{
	struct given given;

	begin(&given, "intervall: 1\nxyz: 1\nTIMEOUT: 1\ntime-out: 1\nt: 1\n");
	config_text(&given.root, "interval", NULL);
	config_text(&given.root, "timeout", NULL);
	end(&given, "c:1:1: error: unknown key 'intervall'; did you mean 'interval'?\n"
		    "c:2:1: error: unknown key 'xyz'\n"
		    "c:3:1: error: unknown key 'TIMEOUT'\n"
		    "c:4:1: error: unknown key 'time-out'; did you mean 'timeout'?\n"
		    "c:5:1: error: unknown key 't'\n");
}

static void choices(void **state)
{
	static const char *const words[] = { "source_ip", "bytes", NULL };
	struct given given;
	const char **list;

	begin(&given, "a: [bytes, source_ip]\nb: bytes\nc: [bytes, source_pi, something]\nd: [[bytes]]\n");
	list = config_choices(&given.root, "a", words);
	assert_string_equal(list[0], "bytes");
	assert_string_equal(list[1], "source_ip");
	assert_null(list[2]);
	assert_string_equal(config_choices(&given.root, "b", words)[0], "bytes");
	config_choices(&given.root, "c", words);
	assert_null(config_choices(&given.root, "d", words));
	assert_null(config_choices(&given.root, "e", words));
	end(&given, "c:3:12: error: c: there is no 'source_pi'; did you mean 'source_ip'?\n"
		    "c:3:23: error: c: there is no 'something'\n"
		    "c:4:5: error: d: a text or a list of texts is wanted\n");
}

/* What a sink that is not described in the same words is changed by. */
static void sinks_compared(void **state)
{
	static const char *const texts[] = {
		"sinks: [{type: stdout}]\n", "sinks:\n  - type: 'stdout'\n", "sinks: [{type: stdout, name: stdout}]\n",
		"sinks: [{type: stdout, fields: [rule, bytes]}]\n", "sinks: [{type: stdout, fields: [bytes, rule]}]\n",
		"state-directory: /elsewhere\nsinks: [{type: stdout}]\n", "interval: 5s\nsinks: [{type: stdout}]\n",
	};
	static const bool equal[] = { true, true, false, false, false, false, true };
	struct settings *settings[7];

	for (size_t i = 0; i < 7; i++) {
		int file = memfd_create("config", MFD_CLOEXEC);
		char path[32];

		assert_int_equal(write(file, texts[i], strlen(texts[i])), strlen(texts[i]));
		lseek(file, 0, SEEK_SET);
		snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
		settings[i] = settings_load(path, stderr);
		assert_non_null(settings[i]);
		assert_int_equal(settings[i]->n_sinks, 1);
		assert_int_equal(sink_settings_equal(&settings[0]->sinks[0], &settings[i]->sinks[0]), equal[i]);
		close(file);
	}
	for (size_t i = 0; i < 7; i++)
		settings_free(settings[i]);
}

/* The file has the same name, and another secret: after a rotation, the sink is another one. */
static void secrets_compared(void **state)
{
	static const char *const kinds[] = {
		"{type: influx, url: 'http://h', token-file: %s}", "{type: influx, url: 'http://h', user: u, password-file: %s}",
		"{type: postgres, password-file: %s}",
	};
	static const char *const secrets[] = { "one\n", "one\nbut the first line alone counts\n", "two\n", "one\n" };
	static const bool equal[] = { true, true, false, true };

	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++) {
		char secret_path[] = "/tmp/secret-XXXXXX", path[] = "/tmp/config-XXXXXX";
		int secret = mkstemp(secret_path), file = mkstemp(path);
		struct settings *settings[4];

		dprintf(file, "sinks:\n  - ");
		dprintf(file, kinds[kind], secret_path);
		for (size_t i = 0; i < 4; i++) {
			assert_int_equal(ftruncate(secret, 0), 0);
			assert_int_equal(pwrite(secret, secrets[i], strlen(secrets[i]), 0), strlen(secrets[i]));
			settings[i] = settings_load(path, stderr);
			assert_non_null(settings[i]);
			assert_int_equal(sink_settings_equal(&settings[0]->sinks[0], &settings[i]->sinks[0]), equal[i]);
		}
		for (size_t i = 0; i < 4; i++)
			settings_free(settings[i]);
		close(secret);
		close(file);
		unlink(secret_path);
		unlink(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(units), cmocka_unit_test(wrong_units), cmocka_unit_test(values),
		cmocka_unit_test(wrong_values), cmocka_unit_test(maps_and_lists), cmocka_unit_test(secrets),
		cmocka_unit_test(meant), cmocka_unit_test(choices), cmocka_unit_test(sinks_compared), cmocka_unit_test(secrets_compared),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
