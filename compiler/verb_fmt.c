/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* sentryc fmt: the one canonical layout. */
#include "sentryc.h"

#include "parse.h"

#include <stdlib.h>
#include <string.h>

static const struct option options[] = {
	{ "check", no_argument, NULL, OPTION_FIRST },
	COMMON_OPTIONS,
	{ NULL, 0, NULL, 0 },
};

/* Formats one file in place ("-": to stdout); with `check` only says whether it would change. */
static int format_file(const char *path, bool check)
{
	struct compile compile;
	struct parse parse;
	struct source *source;
	struct ast_file *file;
	char *text = NULL;
	size_t size = 0;
	FILE *out;
	int code = EXIT_GOOD;

	compile_init(&compile);
	parse = (struct parse){ &compile.arena, &compile.sources, &compile.diags };
	switch (source_load(&compile.sources, path, path, &source)) {
	case SOURCE_OK:
		break;
	case SOURCE_TOO_BIG:
		fprintf(stderr, "sentryc: '%s' is bigger than %u MiB\n", path, SOURCE_MAX >> 20);
		code = EXIT_POLICY;
		goto out;
	case SOURCE_UNREADABLE:
		code = environment_error("cannot read %s: %m", path);
		goto out;
	}
	file = parse_source(&parse, source);
	if (!file || diags_have_errors(&compile.diags)) {
		code = stage_failed(&compile);
		goto out;
	}

	out = open_memstream(&text, &size);
	if (!out)
		out_of_memory();
	ast_format(file, out);
	if (ferror(out) || fclose(out) || !text)
		out_of_memory();

	if (size == source->size && !memcmp(text, source->text, size)) {
		if (!strcmp(path, "-") && !check)
			fwrite(text, 1, size, stdout);
	} else if (check) {
		printf("%s: not in canonical layout; `sentryc fmt` rewrites it\n", path);
		code = EXIT_POLICY;
	} else if (!write_file(path, text, size)) {
		code = EXIT_ENVIRONMENT;
	}
out:
	free(text);
	compile_fini(&compile);
	return code;
}

static int fmt_main(const struct verb *verb, int argc, char **argv)
{
	bool check = false;
	int option, code, worst = EXIT_GOOD;

	while ((option = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (common_option(verb, option, &code)) {
			if (code >= 0)
				return code;
			continue;
		}
		check = true;
	}
	if (optind == argc)
		return usage_error(verb, "no policy file given");
	for (int i = optind; i < argc; i++) {
		code = format_file(argv[i], check);
		if (code > worst)
			worst = code;
	}
	return finish_stdout(worst);
}

const struct verb verb_fmt = {
	.name = "fmt",
	.synopsis = "FILE… [--check]",
	.summary = "rewrites policies in the canonical layout, comments kept",
	.help = "  FILE                       rewritten in place; - reads stdin and writes stdout\n"
		"  --check                    change nothing, exit with 1 if a file would change\n",
	.main = fmt_main,
};
