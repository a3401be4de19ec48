/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "history.h"

#include "memory.h"
#include "netns.h"
#include "whole_file.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SCHEMA "packet-sentry/history-entry/v1"
#define ENTRY "entry.json"
#define TAKEN_BACK "taken-back"
#define AGAIN "again"

bool history_init(struct history *history, const char *state_dir, struct failure *why)
{
	char name[128];

	if (!netns_state_name(name, sizeof(name), why))
		return false;
	return path_format(&history->dir, "%s/%s", state_dir, name) ||
	       failure_set(why, EXIT_USAGE, "--state-dir %s: %s", state_dir, strerror(errno));
}

static int compare(const void *left, const void *right)
{
	unsigned int a = *(const unsigned int *)left, b = *(const unsigned int *)right;

	return a < b ? -1 : a > b;
}

/* Directories called PREFIX and a number. */
static size_t list(const struct history *history, const char *prefix, unsigned int **numbers)
{
	DIR *stream = opendir(history->dir.text);
	size_t n = 0, length = strlen(prefix);
	struct dirent *entry;

	*numbers = NULL;
	while (stream && (entry = readdir(stream))) {
		unsigned long number;
		char *end;

		if (strncmp(entry->d_name, prefix, length) != 0 || entry->d_name[length] < '1' ||
		    entry->d_name[length] > '9')
			continue;
		number = strtoul(entry->d_name + length, &end, 10);
		if (*end || number >= UINT_MAX)
			continue;
		*numbers = grow(*numbers, n, sizeof(**numbers));
		(*numbers)[n++] = (unsigned int)number;
	}
	if (stream)
		closedir(stream);
	if (n)
		qsort(*numbers, n, sizeof(**numbers), compare);
	return n;
}

/* What cannot be read for want of memory or descriptors is not a history without entries. */
static void must_be_absent(const char *path)
{
	if (errno != ENOMEM && errno != EMFILE && errno != ENFILE)
		return;
	say("cannot read %s: %s", path, strerror(errno));
	exit(EXIT_ENVIRONMENT);
}

size_t history_list(const struct history *history, unsigned int **numbers)
{
	size_t n;

	errno = 0;
	n = list(history, "", numbers);
	if (!n)
		must_be_absent(history->dir.text);
	return n;
}

unsigned int history_last(const struct history *history)
{
	unsigned int *numbers, last;
	size_t n = history_list(history, &numbers);

	last = n ? numbers[n - 1] : 0;
	free(numbers);
	return last;
}

static bool failed(const struct path *path, struct failure *why)
{
	return failure_set(why, EXIT_ENVIRONMENT, "%s: %s", path->text, strerror(errno));
}

/* All directories on the way. */
static bool make_directories(const struct path *path, struct failure *why)
{
	struct path part = *path;

	for (char *slash = part.text + 1; (slash = strchr(slash, '/')); slash++) {
		*slash = '\0';
		if (mkdir(part.text, 0755) != 0 && errno != EEXIST)
			return failed(&part, why);
		*slash = '/';
	}
	/* Objects tell what a firewall does, and who may apply what need not be everybody's to know. */
	return mkdir(path->text, 0700) == 0 || errno == EEXIST || failed(path, why);
}

static bool write_file(const struct path *path, const void *data, size_t size, struct failure *why)
{
	int fd = open(path->text, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
	bool ok = fd >= 0 && whole_file_write(fd, data, size) && fsync(fd) == 0;

	if (!ok)
		failed(path, why);
	if (fd >= 0)
		close(fd);
	return ok;
}

static void remove_directory(const struct path *directory)
{
	DIR *stream = opendir(directory->text);
	struct dirent *entry;

	while (stream && (entry = readdir(stream))) {
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(stream), entry->d_name, 0);
	}
	if (stream)
		closedir(stream);
	rmdir(directory->text);
}

/* The absolute name, so that lists beside it are found from anywhere. */
static char *absolute(const struct apply_file *file)
{
	char *full = realpath(file->home ? file->home : file->path, NULL);

	return full ? full : copy_text(file->path, strlen(file->path));
}

static json_t *entry_json(const struct record_head *head, const struct apply *apply, const struct object *objects,
			  size_t n)
{
	json_t *parts = json_array(), *bindings = json_array(), *probes = json_array();

	for (size_t i = 0; i < n; i++) {
		const struct manifest *manifest = &objects[i].manifest;
		char *file = absolute(&apply->files[i]);

		json_array_append_new(parts, json_pack("{s:s, s:s, s:s}", "policy", manifest->policy, "source_hash",
						       manifest->source_hash, "file", file));
		free(file);
	}
	for (size_t i = 0; i < apply->bindings.n; i++)
		json_array_append_new(bindings, json_pack("{s:s, s:s}", "role", apply->bindings.items[i].role,
							  "interface", apply->bindings.items[i].interface));
	for (size_t i = 0; i < apply->n_probes; i++)
		json_array_append_new(probes, json_string(apply->probes[i]));
	return json_pack("{s:s, s:I, s:I, s:s, s:s, s:s, s:s, s:o, s:o, s:o}", "schema", SCHEMA, "generation",
			 (json_int_t)head->generation, "replaces", (json_int_t)head->replaces, "applied_at",
			 head->applied_at, "who", head->who, "message", head->message ? head->message : "", "tc",
			 tc_words[apply->tc], "policies", parts, "bindings", bindings, "probes", probes);
}

static bool write_entry(const struct path *directory, json_t *json, struct failure *why)
{
	char *text = json ? json_dumps(json, JSON_INDENT(2)) : NULL;
	struct path path;
	bool ok = text && path_format(&path, "%s/" ENTRY, directory->text) &&
		  write_file(&path, text, strlen(text), why);

	if (!text)
		failure_set(why, EXIT_USAGE, "a name in it is not UTF-8 text");
	free(text);
	json_decref(json);
	return ok;
}

/* Of network namespaces that an earlier boot had: none of them can come again. */
static void forget_boots(const struct history *history)
{
	const char *own = strrchr(history->dir.text, '/') + 1, *boot = strrchr(own, '-');
	struct path parent, path;
	struct dirent *entry;
	DIR *stream;

	if (strncmp(own, "net-", 4) != 0 || !boot ||
	    !path_format(&parent, "%.*s", (int)(own - 1 - history->dir.text), history->dir.text))
		return;
	stream = opendir(parent.text);
	while (stream && (entry = readdir(stream))) {
		const char *other = strrchr(entry->d_name, '-');
		struct history old;
		unsigned int *numbers;

		if (strncmp(entry->d_name, "net-", 4) != 0 || !other || strcmp(other, boot) == 0 ||
		    !path_format(&old.dir, "%s/%s", parent.text, entry->d_name))
			continue;
		for (size_t n = history_list(&old, &numbers); n > 0; n--) {
			if (path_format(&path, "%s/%u", old.dir.text, numbers[n - 1]))
				remove_directory(&path);
			if (n == 1)
				free(numbers);
		}
		rmdir(old.dir.text);
	}
	if (stream)
		closedir(stream);
}

bool history_write(const struct history *history, const struct record_head *head, const struct apply *apply,
		   const struct object *objects, size_t n, struct failure *why)
{
	struct path directory, path;
	bool ok;

	if (!path_format(&directory, "%s/new-%u", history->dir.text, head->generation))
		return failed(&history->dir, why);
	remove_directory(&directory);
	if (!make_directories(&history->dir, why))
		return false;
	forget_boots(history);
	ok = mkdir(directory.text, 0700) == 0 || failed(&directory, why);
	for (size_t i = 0; ok && i < n; i++)
		ok = path_format(&path, "%s/%zu.bpf.o", directory.text, i) &&
		     write_file(&path, objects[i].file, objects[i].file_size, why);
	ok = ok && write_entry(&directory, entry_json(head, apply, objects, n), why);
	if (!ok)
		remove_directory(&directory);
	return ok;
}

static bool entry_path(const struct history *history, const char *prefix, unsigned int generation, struct path *path)
{
	return path_format(path, "%s/%s%u", history->dir.text, prefix, generation);
}

static bool finish(const struct history *history, unsigned int generation, struct failure *why)
{
	struct path from, to;

	return entry_path(history, "new-", generation, &from) && entry_path(history, "", generation, &to) &&
	       (rename(from.text, to.text) == 0 || failed(&to, why));
}

void history_sweep(const struct history *history, unsigned int in_force)
{
	struct failure why;
	unsigned int *numbers;
	struct path path;
	size_t n = list(history, "new-", &numbers);

	for (size_t i = 0; i < n; i++) {
		if (numbers[i] == in_force && !finish(history, in_force, &why))
			say("warning: this generation will not be in the history: %s", why.text);
		else if (numbers[i] != in_force && entry_path(history, "new-", numbers[i], &path))
			remove_directory(&path);
	}
	free(numbers);
	n = list(history, "", &numbers);
	for (size_t i = 0; n > HISTORY_KEPT && i < n - HISTORY_KEPT; i++) {
		if (numbers[i] != in_force && entry_path(history, "", numbers[i], &path))
			remove_directory(&path);
	}
	free(numbers);
}

void history_mark(const struct history *history, unsigned int generation, const char *reason)
{
	struct failure ignored;
	struct path path;

	if (path_format(&path, "%s/%u/" TAKEN_BACK, history->dir.text, generation))
		write_file(&path, reason, strlen(reason), &ignored);
}

void history_again(const struct history *history, unsigned int generation, const char *time)
{
	struct path directory, path;
	struct failure ignored;

	if (!generation || !entry_path(history, "", generation, &directory))
		return;
	if (path_format(&path, "%s/" TAKEN_BACK, directory.text))
		unlink(path.text);
	if (path_format(&path, "%s/" AGAIN, directory.text))
		write_file(&path, time, strlen(time), &ignored);
}

/* A file of one line in an entry's directory. */
static bool read_line(const struct path *directory, const char *name, char *text, size_t size)
{
	struct path path;
	FILE *file;
	bool ok;

	if (!path_format(&path, "%s/%s", directory->text, name))
		return false;
	file = fopen(path.text, "re");
	if (!file) {
		must_be_absent(path.text);
		return false;
	}
	ok = fgets(text, (int)size, file) != NULL;
	fclose(file);
	return ok;
}

bool history_since(const struct history *history, unsigned int generation, char *time, size_t size)
{
	struct path directory;

	return entry_path(history, "", generation, &directory) && read_line(&directory, AGAIN, time, size);
}

json_t *history_read(const struct history *history, unsigned int generation)
{
	struct path directory, path;
	json_error_t error;
	char text[256];
	json_t *entry;

	if (!entry_path(history, "", generation, &directory) || !path_format(&path, "%s/" ENTRY, directory.text))
		return NULL;
	errno = 0;
	entry = json_load_file(path.text, 0, &error);
	if (!entry) {
		must_be_absent(path.text);
		return NULL;
	}
	if (read_line(&directory, TAKEN_BACK, text, sizeof(text)))
		json_object_set_new(entry, "taken_back", json_string(text));
	if (read_line(&directory, AGAIN, text, sizeof(text)))
		json_object_set_new(entry, "again_at", json_string(text));
	return entry;
}

bool history_object(const struct history *history, unsigned int generation, size_t part, struct path *path)
{
	return path_format(path, "%s/%u/%zu.bpf.o", history->dir.text, generation, part);
}
