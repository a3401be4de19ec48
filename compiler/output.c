/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* How every verb talks to its user: messages, result files, exit codes. */
#include "sentryc.h"

#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* -1: as the terminal and NO_COLOR say. The one setting that all verbs share. */
static int colour_choice = -1;

static bool colour_wanted(void)
{
	const char *no_color = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (colour_choice >= 0)
		return colour_choice;
	if (no_color && *no_color)
		return false;
	return isatty(STDERR_FILENO) && !(terminal && !strcmp(terminal, "dumb"));
}

int usage_error(const struct verb *verb, const char *format, ...)
{
	va_list args;

	fputs("sentryc: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	if (verb)
		fprintf(stderr, "\nusage: sentryc %s %s\n", verb->name, verb->synopsis);
	else
		fputs("\n`sentryc --help` lists the commands\n", stderr);
	return EXIT_USAGE;
}

static void print_message(const char *format, va_list args)
{
	fputs("sentryc: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
}

int environment_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(format, args);
	va_end(args);
	return EXIT_ENVIRONMENT;
}

int object_error(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	print_message(format, args);
	va_end(args);
	return EXIT_POLICY;
}

static int print_help(const struct verb *verb)
{
	printf("usage: sentryc %s %s\n\n%s\n\n%s", verb->name, verb->synopsis, verb->summary, verb->help);
	fputs("  --color=auto|always|never  colour of messages\n"
	      "  --help                     this text\n", stdout);
	return finish_stdout(EXIT_GOOD);
}

bool common_option(const struct verb *verb, int option, int *code)
{
	*code = -1;
	switch (option) {
	case OPTION_HELP:
		*code = print_help(verb);
		return true;
	case OPTION_COLOR:
		if (!strcmp(optarg, "always"))
			colour_choice = 1;
		else if (!strcmp(optarg, "never"))
			colour_choice = 0;
		else if (!strcmp(optarg, "auto"))
			colour_choice = -1;
		else
			*code = usage_error(verb, "--color is auto, always or never, not '%s'", optarg);
		return true;
	case '?':
	case ':':
		/* getopt_long has said what is wrong. */
		fprintf(stderr, "usage: sentryc %s %s\n", verb->name, verb->synopsis);
		*code = EXIT_USAGE;
		return true;
	default:
		return false;
	}
}

void print_diags(struct compile *compile)
{
	diags_sort(&compile->diags);
	diags_print(&compile->diags, stderr, colour_wanted());
}

int stage_failed(struct compile *compile)
{
	const struct diag *diag;
	bool policy_at_fault = false;

	print_diags(compile);
	if (compile->error[0])
		return environment_error("%s", compile->error);
	/* A policy that is not there is no fault of the policy. */
	for (diag = compile->diags.first; diag; diag = diag->next)
		if (diag->severity == SEVERITY_ERROR && !(diag->code == CODE_UNREADABLE_FILE && !diag->span.source))
			policy_at_fault = true;
	return policy_at_fault ? EXIT_POLICY : EXIT_ENVIRONMENT;
}

int word_index(const char *const *words, const char *word)
{
	for (int i = 0; words[i]; i++)
		if (!strcmp(words[i], word))
			return i;
	return -1;
}

/* A device or a pipe cannot be replaced by a rename, and must not be. */
static bool is_replaced(const char *path)
{
	struct stat status;

	return strcmp(path, "-") && (stat(path, &status) || S_ISREG(status.st_mode));
}

static bool write_through(const char *path, const void *data, size_t size)
{
	struct stat status;
	bool good;
	int fd;

	if (!strcmp(path, "-")) {
		fwrite(data, 1, size, stdout);
		return finish_stdout(EXIT_GOOD) == EXIT_GOOD;
	}
	if (!stat(path, &status) && S_ISDIR(status.st_mode)) {
		environment_error("cannot write %s: it is a directory", path);
		return false;
	}
	fd = open(path, O_WRONLY | O_CLOEXEC);
	good = fd >= 0 && write_all(fd, data, size);
	if (fd >= 0 && close(fd))
		good = false;
	if (!good)
		environment_error("cannot write %s: %s", path, strerror(errno));
	return good;
}

/* The file appears whole or not at all. */
static bool replace_file(const char *path, const void *data, size_t size)
{
	struct stat status;
	char *temporary = NULL, *target;
	bool good, exists;
	mode_t mask;
	int fd, error;

	/* What a link leads to is replaced, not the link. */
	target = realpath(path, NULL);
	if (!target && errno == ENOMEM) {
		environment_error("out of memory");
		return false;
	}
	exists = target && !stat(target, &status);
	if (asprintf(&temporary, "%s.XXXXXX", target ? target : path) < 0) {
		free(target);
		environment_error("out of memory");
		return false;
	}
	fd = mkstemp(temporary);
	if (fd < 0) {
		environment_error("cannot write %s: %s", path, strerror(errno));
		free(temporary);
		free(target);
		return false;
	}
	mask = umask(0);
	umask(mask);
	good = !fchmod(fd, exists ? status.st_mode & 07777 : 0666 & ~mask) && write_all(fd, data, size) && !fsync(fd);
	error = errno;
	if (close(fd) && good) {
		error = errno;
		good = false;
	}
	if (good && rename(temporary, target ? target : path)) {
		error = errno;
		good = false;
	}
	if (!good) {
		environment_error("cannot write %s: %s", path, strerror(error));
		unlink(temporary);
	}
	free(temporary);
	free(target);
	return good;
}

bool write_file(const char *path, const void *data, size_t size)
{
	sigset_t old;
	bool good;

	/* A device or a pipe may keep its writer waiting for ever: there nothing is left behind. */
	if (!is_replaced(path))
		return write_through(path, data, size);
	signals_hold(&old);
	good = replace_file(path, data, size);
	signals_release(&old);
	return good;
}

struct bytes read_whole(const char *path)
{
	FILE *file = strcmp(path, "-") ? fopen(path, "rbe") : stdin;
	struct bytes bytes = { 0 };
	size_t room = 0, n;

	if (!file) {
		environment_error("cannot read %s: %m", path);
		return bytes;
	}
	do {
		if (bytes.size == room) {
			char *larger = realloc(bytes.data, room = room ? 2 * room : 65536);

			if (!larger) {
				environment_error("cannot read %s: %m", path);
				goto fail;
			}
			bytes.data = larger;
		}
		n = fread(bytes.data + bytes.size, 1, room - bytes.size, file);
		bytes.size += n;
	} while (n);
	if (ferror(file)) {
		environment_error("cannot read %s: %m", path);
		goto fail;
	}
	if (file != stdin)
		fclose(file);
	return bytes;
fail:
	if (file != stdin)
		fclose(file);
	free(bytes.data);
	return (struct bytes){ 0 };
}

int finish_stdout(int code)
{
	if (!fflush(stdout) && !ferror(stdout))
		return code;
	return environment_error("cannot write the result: %s", strerror(errno));
}
