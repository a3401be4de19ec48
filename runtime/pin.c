/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "pin.h"

#include "memory.h"
#include "failure.h"
#include "netns.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#ifndef BPF_FS_MAGIC
#define BPF_FS_MAGIC 0xcafe4a11
#endif

#define BPFFS_MOUNT "/sys/fs/bpf"

bool site_init(struct site *site, const char *dir, struct failure *why)
{
	char identity[64];
	size_t length = strlen(dir);

	*site = (struct site){ .lock = -1 };
	while (length > 1 && dir[length - 1] == '/')
		length--;
	if (dir[0] != '/' || length > PATH_MAX / 2)
		return failure_set(why, EXIT_USAGE, "--bpffs %s: expected an absolute path", dir);
	if (!netns_identity(identity, sizeof(identity), why))
		return false;
	path_format(&site->root, "%.*s", (int)length, dir);
	path_format(&site->home, "%.*s/%s", (int)length, dir, identity);
	path_format(&site->links, "%.*s/%s/links", (int)length, dir, identity);
	return true;
}

static bool exists(const char *path)
{
	return access(path, F_OK) == 0;
}

/* The nearest directory upward that exists. */
static void nearest(struct path *path)
{
	while (!exists(path->text)) {
		char *slash = strrchr(path->text, '/');

		slash[slash == path->text] = '\0';
	}
}

static bool on_bpffs(const struct path *dir)
{
	struct path path = *dir;
	struct statfs info;

	nearest(&path);
	return statfs(path.text, &info) == 0 && (unsigned long)info.f_type == BPF_FS_MAGIC;
}

static bool mount_namespace(pid_t process, ino_t *inode)
{
	struct path path;
	struct stat info;

	if (!path_format(&path, "/proc/%d/ns/mnt", process) || stat(path.text, &info) != 0)
		return false;
	*inode = info.st_ino;
	return true;
}

/* 0 if it has none, or none that can be seen. */
static pid_t parent_of(pid_t process)
{
	struct path path;
	char line[256];
	int parent = 0;
	FILE *file;

	if (!path_format(&path, "/proc/%d/status", process))
		return 0;
	file = fopen(path.text, "re");
	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file) && sscanf(line, "PPid: %d", &parent) != 1)
		continue;
	fclose(file);
	return parent;
}

/*
 * In a mount namespace that a command got for itself (`ip netns exec`), a file system
 * mounted by us would vanish with the command, and all pins with it. Some process that
 * we descend from then has another; which of them may be looked at depends on privilege.
 */
static bool own_mount_namespace(void)
{
	ino_t mine, other;

	if (!mount_namespace(getpid(), &mine))
		return false;
	for (pid_t process = parent_of(getpid()); process > 0; process = parent_of(process)) {
		if (mount_namespace(process, &other) && other != mine)
			return true;
	}
	return false;
}

const char *site_hint(const struct site *site)
{
	if (on_bpffs(&site->root) || !own_mount_namespace())
		return NULL;
	return "no bpf file system is visible here; instead of `ip netns exec NAME`, use --netns NAME";
}

static bool is_empty(const char *path)
{
	struct dirent **names;
	int n = scandir(path, &names, NULL, NULL);

	for (int i = 0; i < n; i++)
		free(names[i]);
	if (n >= 0)
		free(names);
	return n == 2; /* . and .. */
}

/* DIR below the usual place: that is mounted, as everybody does. Elsewhere DIR itself, if that hides nothing. */
static bool mount_bpffs(const struct site *site, struct failure *why)
{
	const char *target = site->root.text;
	size_t length = strlen(BPFFS_MOUNT);

	if (own_mount_namespace())
		return failure_set(why, EXIT_ENVIRONMENT,
				   "no bpf file system at %s, and one mounted in this process's own mount namespace "
				   "would vanish with it; instead of `ip netns exec NAME`, use --netns NAME",
				   target);
	if (strncmp(target, BPFFS_MOUNT, length) == 0 && (target[length] == '/' || !target[length]))
		target = BPFFS_MOUNT;
	else if (mkdir(target, 0700) != 0 && errno != EEXIST)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot make %s: %s", target, strerror(errno));
	else if (!is_empty(target))
		return failure_set(why, EXIT_ENVIRONMENT,
				   "%s is not on a bpf file system and not empty: choose another --bpffs", target);
	if (mount("bpf", target, "bpf", MS_NOSUID | MS_NODEV | MS_NOEXEC | MS_RELATIME, "mode=0700") != 0)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot mount a bpf file system on %s: %s", target,
				   strerror(errno));
	say("mounted a bpf file system on %s", target);
	return true;
}

static bool make_directory(const char *path, struct failure *why)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return true;
	return failure_set(why, EXIT_ENVIRONMENT, "cannot make %s: %s", path, strerror(errno));
}

/* A reader that looks whether somebody works holds the lock for an instant: that is not worth a word. */
static bool try_lock(int fd)
{
	for (int attempt = 0; attempt < 5; attempt++) {
		if (flock(fd, LOCK_EX | LOCK_NB) == 0)
			return true;
		usleep(1000);
	}
	return false;
}

/* A lock on the directory itself: it needs no file, which bpffs could not hold. */
bool site_lock(struct site *site, struct failure *why)
{
	bool told = false;

	for (;;) {
		struct stat mine, present;
		int fd = open(site->root.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

		if (fd < 0 && errno == ENOENT) {
			why->code = 0;
			return false;
		}
		if (fd < 0)
			return failure_set(why, EXIT_ENVIRONMENT, "cannot open %s: %s", site->root.text,
					   strerror(errno));
		if (!told && !try_lock(fd)) {
			say("another sentry-apply is at work; waiting for it");
			told = true;
		}
		if (flock(fd, LOCK_EX) != 0) {
			close(fd);
			return failure_set(why, EXIT_ENVIRONMENT, "cannot lock %s: %s", site->root.text,
					   strerror(errno));
		}
		/* Who had the lock may have removed the directory, and somebody made a new one. */
		if (fstat(fd, &mine) == 0 && stat(site->root.text, &present) == 0 && mine.st_ino == present.st_ino &&
		    mine.st_dev == present.st_dev) {
			site->lock = fd;
			return true;
		}
		close(fd);
	}
}

bool site_is_locked(const struct site *site)
{
	int fd = open(site->root.text, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool locked = fd >= 0 && flock(fd, LOCK_SH | LOCK_NB) != 0;

	if (fd >= 0)
		close(fd);
	return locked;
}

bool site_prepare(struct site *site, struct failure *why)
{
	if (!on_bpffs(&site->root) && !mount_bpffs(site, why))
		return false;
	do {
		if (!make_directory(site->root.text, why))
			return false;
		why->code = 0;
	} while (!site_lock(site, why) && why->code == 0);
	return site->lock >= 0 && make_directory(site->home.text, why) && make_directory(site->links.text, why);
}

void site_close(struct site *site)
{
	if (site->lock >= 0)
		close(site->lock);
	site->lock = -1;
}

void site_prune(const struct site *site)
{
	rmdir(site->links.text);
	rmdir(site->home.text);
	rmdir(site->root.text);
}

static int generation_name(const struct dirent *entry)
{
	return strncmp(entry->d_name, "gen-", 4) == 0 || strncmp(entry->d_name, "staged-", 7) == 0;
}

static int compare_ids(const void *left, const void *right)
{
	const struct generation_id *a = left, *b = right;

	if (a->number != b->number)
		return a->number < b->number ? -1 : 1;
	return (int)a->staged - (int)b->staged;
}

bool site_generations(const struct site *site, struct generation_id **ids, size_t *n, struct failure *why)
{
	struct dirent **names;
	int found = scandir(site->home.text, &names, generation_name, NULL);

	*ids = NULL;
	*n = 0;
	if (found < 0 && (errno == ENOENT || errno == ENOTDIR))
		return true;
	if (found < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot read %s: %s", site->home.text, strerror(errno));
	*ids = allocate((size_t)found, sizeof(**ids));
	for (int i = 0; i < found; i++) {
		bool staged = names[i]->d_name[0] == 's';
		const char *digits = strchr(names[i]->d_name, '-') + 1;
		char *end;
		unsigned long number = strtoul(digits, &end, 10);

		if (number > 0 && number < UINT_MAX && !*end)
			(*ids)[(*n)++] = (struct generation_id){ .number = (unsigned int)number, .staged = staged };
		free(names[i]);
	}
	free(names);
	qsort(*ids, *n, sizeof(**ids), compare_ids);
	return true;
}

bool site_generation_path(const struct site *site, struct generation_id id, struct path *path)
{
	return path_format(path, "%s/%s-%u", site->home.text, id.staged ? "staged" : "gen", id.number);
}

/* By number, not by name: names change, and may hold dots, which bpffs does not take. */
bool site_link_path(const struct site *site, const struct hook *hook, unsigned int number, bool made,
		    struct path *path)
{
	if (hook->means == MEANS_XDP)
		return path_format(path, "%s/xdp-%u-%u", site->links.text, hook->ifindex, number);
	return path_format(path, "%s/%s-%s-%u-%u%s", site->links.text, means_words[hook->means],
			   direction_words[hook->direction], hook->ifindex, number, made ? "-made" : "");
}

bool site_link_name(const char *name, struct hook *hook, unsigned int *number, bool *made)
{
	char means[16], direction[16];
	int way, how, n;

	*hook = (struct hook){ MEANS_XDP, DIRECTION_INGRESS, 0 };
	*made = false;
	if (sscanf(name, "xdp-%u-%u%n", &hook->ifindex, number, &n) == 2)
		return !name[n];
	if (sscanf(name, "%15[a-z]-%15[a-z]-%u-%u%n", means, direction, &hook->ifindex, number, &n) != 4)
		return false;
	how = word_index(means_words, means);
	way = word_index(direction_words, direction);
	if (how < 0 || how == MEANS_XDP || way < 0)
		return false;
	hook->means = (enum means)how;
	hook->direction = (enum direction)way;
	*made = strcmp(name + n, "-made") == 0;
	return *made || !name[n];
}

bool site_pin_path(const struct site *site, const char *name, struct path *path)
{
	return path_format(path, "%s/%s", site->home.text, name);
}

static int remove_pins(const struct path *directory, void (*before)(const char *path))
{
	DIR *stream = opendir(directory->text);
	struct dirent *entry;
	int error = 0;

	if (!stream)
		return errno == ENOENT ? 0 : -errno;
	while ((entry = readdir(stream))) {
		struct path path;
		struct stat info;

		if (entry->d_name[0] == '.' || !path_format(&path, "%s/%s", directory->text, entry->d_name) ||
		    lstat(path.text, &info) != 0)
			continue;
		if (S_ISDIR(info.st_mode)) {
			error = remove_pins(&path, before);
			continue;
		}
		if (before)
			before(path.text);
		if (unlink(path.text) != 0 && errno != ENOENT)
			error = -errno;
	}
	closedir(stream);
	if (rmdir(directory->text) != 0 && errno != ENOENT && !error)
		error = -errno;
	return error;
}

int pin_remove_directory(const struct path *directory, void (*before)(const char *path))
{
	struct path record;

	if (!path_format(&record, "%s/manifest", directory->text))
		return -errno;
	if (unlink(record.text) != 0 && errno != ENOENT)
		return -errno;
	return remove_pins(directory, before);
}
