/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "spill.h"

#include "memory.h"
#include "path.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#define SEGMENT_BYTES (8u << 20)
#define SEGMENT_MAGIC 0x53504c4c00000001ULL
#define ENTRY_MOST (2u * BLOCK_BYTES)

/* At the beginning of a file. Where the reader is changes when a batch is done with. */
struct segment_head {
	uint64_t magic;
	uint64_t done; /* bytes from the beginning of the file */
};

/* Before each block. */
struct entry_head {
	uint32_t size;
	uint32_t wanted;
	uint32_t crc; /* CRC-32 of the block's bytes: what a crash left half written is not read */
	uint32_t reserved;
};

struct segment {
	uint64_t number;
	uint64_t size;   /* of the file */
	uint64_t done;   /* read and done with */
	uint64_t taken;  /* read */
	uint64_t wanted; /* items not done with */
};

struct spill {
	pthread_mutex_t lock;
	int directory;
	uint64_t most, bytes;
	size_t n;
	atomic_size_t used;       /* as n, for those who cannot wait */
	struct segment *segments; /* the oldest first; the last is written */
	int write, read;          /* files of the last and the first; -1: not open */
	uint64_t taken, done;     /* items ever taken, and done with: the rest is out */
};

static void segment_name(uint64_t number, char name[32])
{
	snprintf(name, 32, "%016" PRIx64 ".spill", number);
}

static int open_segment(const struct spill *spill, uint64_t number, int flags)
{
	char name[32];

	segment_name(number, name);
	return openat(spill->directory, name, flags | O_CLOEXEC, 0600);
}

/* Sums up what is in a file. False: it is none of ours. */
static bool scan(const struct spill *spill, struct segment *segment)
{
	struct segment_head head;
	struct entry_head entry;
	struct stat stat;
	int file = open_segment(spill, segment->number, O_RDONLY);
	uint64_t at;
	bool ok;

	if (file < 0)
		return false;
	ok = fstat(file, &stat) == 0 && pread(file, &head, sizeof(head), 0) == sizeof(head) &&
	     head.magic == SEGMENT_MAGIC && head.done >= sizeof(head);
	if (ok) {
		segment->size = (uint64_t)stat.st_size;
		segment->done = segment->taken = head.done;
		for (at = head.done; pread(file, &entry, sizeof(entry), (off_t)at) == sizeof(entry) &&
				     entry.size <= ENTRY_MOST && at + sizeof(entry) + entry.size <= segment->size;
		     at += sizeof(entry) + entry.size)
			segment->wanted += entry.wanted;
		/* A tail that is not whole was being written when the machine stopped. */
		segment->size = at;
	}
	close(file);
	return ok;
}

static int by_number(const void *a, const void *b)
{
	const struct segment *x = a, *y = b;

	return (x->number > y->number) - (x->number < y->number);
}

static void find_segments(struct spill *spill, uint64_t *waiting)
{
	int again = dup(spill->directory);
	DIR *directory = again >= 0 ? fdopendir(again) : NULL;
	const struct dirent *entry;

	while (directory && (entry = readdir(directory))) {
		struct segment segment = { 0 };
		char name[32];

		if (sscanf(entry->d_name, "%16" SCNx64 ".spill", &segment.number) != 1)
			continue;
		segment_name(segment.number, name);
		if (strcmp(name, entry->d_name) != 0)
			continue;
		if (!scan(spill, &segment) || segment.size <= segment.done) {
			unlinkat(spill->directory, name, 0);
			continue;
		}
		spill->segments = grow(spill->segments, spill->n, sizeof(*spill->segments));
		spill->segments[spill->n++] = segment;
		spill->bytes += segment.size;
		*waiting += segment.wanted;
	}
	if (directory)
		closedir(directory);
	else if (again >= 0)
		close(again);
	if (spill->n)
		qsort(spill->segments, spill->n, sizeof(*spill->segments), by_number);
}

static int make_directory(const char *path)
{
	char copy[4096];

	if (snprintf(copy, sizeof(copy), "%s", path) >= (int)sizeof(copy)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	for (char *at = copy + 1; *at; at++) {
		if (*at != '/')
			continue;
		*at = '\0';
		if (mkdir(copy, 0755) != 0 && errno != EEXIST)
			return -1;
		*at = '/';
	}
	return mkdir(copy, 0700) == 0 || errno == EEXIST ? 0 : -1;
}

struct spill *spill_open(const char *directory, uint64_t most, uint64_t *waiting)
{
	struct spill *spill;
	int fd;

	*waiting = 0;
	if (make_directory(directory) != 0)
		return NULL;
	fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return NULL;
	/* Another process must not take what waits here, nor put it among its own. */
	if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
		close(fd);
		errno = EBUSY;
		return NULL;
	}
	spill = allocate(1, sizeof(*spill));
	pthread_mutex_init(&spill->lock, NULL);
	spill->directory = fd;
	spill->most = most;
	spill->write = spill->read = -1;
	find_segments(spill, waiting);
	atomic_store(&spill->used, spill->n);
	return spill;
}

static void close_file(int *file)
{
	if (*file >= 0)
		close(*file);
	*file = -1;
}

void spill_close(struct spill *spill)
{
	if (!spill)
		return;
	close_file(&spill->write);
	close_file(&spill->read);
	close(spill->directory);
	free(spill->segments);
	pthread_mutex_destroy(&spill->lock);
	free(spill);
}

static void remove_first(struct spill *spill)
{
	char name[32];

	close_file(&spill->read);
	if (spill->n == 1)
		close_file(&spill->write);
	segment_name(spill->segments[0].number, name);
	unlinkat(spill->directory, name, 0);
	spill->bytes -= spill->segments[0].size;
	memmove(spill->segments, spill->segments + 1, --spill->n * sizeof(*spill->segments));
	atomic_store(&spill->used, spill->n);
}

static bool begin_segment(struct spill *spill)
{
	struct segment_head head = { SEGMENT_MAGIC, sizeof(head) };
	struct segment segment = {
		.number = spill->n ? spill->segments[spill->n - 1].number + 1 : 1,
		.size = sizeof(head), .done = sizeof(head), .taken = sizeof(head),
	};
	char name[32];

	close_file(&spill->write);
	spill->write = open_segment(spill, segment.number, O_RDWR | O_CREAT | O_EXCL);
	if (spill->write < 0)
		return false;
	if (pwrite(spill->write, &head, sizeof(head), 0) != sizeof(head)) {
		close_file(&spill->write);
		segment_name(segment.number, name);
		unlinkat(spill->directory, name, 0);
		return false;
	}
	spill->segments = grow(spill->segments, spill->n, sizeof(*spill->segments));
	spill->segments[spill->n++] = segment;
	atomic_store(&spill->used, spill->n);
	spill->bytes += segment.size;
	return true;
}

static bool append(struct spill *spill, const struct block *block, uint32_t wanted)
{
	struct segment *last = &spill->segments[spill->n - 1];
	size_t size = block_bytes(block);
	struct entry_head head = {
		.size = (uint32_t)size, .wanted = wanted,
		.crc = (uint32_t)crc32(0, block_data(block), (uInt)size),
	};
	off_t at = (off_t)last->size;
	ssize_t done = pwrite(spill->write, &head, sizeof(head), at);

	if (done == sizeof(head))
		done = pwrite(spill->write, block_data(block), size, at + (off_t)sizeof(head));
	if (done != (ssize_t)size) {
		int why = done < 0 ? errno : ENOSPC; /* a part: there was no room for all */

		/* What fitted is behind the end of what is known, and goes. */
		if (ftruncate(spill->write, at) != 0)
			close_file(&spill->write);
		errno = why;
		return false;
	}
	last->size += sizeof(head) + size;
	last->wanted += wanted;
	spill->bytes += sizeof(head) + size;
	return true;
}

bool spill_add(struct spill *spill, const struct block *block, uint32_t wanted, uint64_t *dropped)
{
	bool ok;

	*dropped = 0;
	pthread_mutex_lock(&spill->lock);
	while (spill->n && spill->bytes + block_bytes(block) > spill->most) {
		/* Entries of it that are out are counted by who has them. */
		*dropped += spill->segments[0].wanted - (spill->taken - spill->done);
		spill->done = spill->taken;
		remove_first(spill);
	}
	ok = spill->write >= 0 && spill->n && spill->segments[spill->n - 1].size < SEGMENT_BYTES;
	ok = (ok || begin_segment(spill)) && append(spill, block, wanted);
	/* A file without an entry: nothing waits. */
	if (!ok && spill->n == 1 && spill->segments[0].size <= sizeof(struct segment_head)) {
		int why = errno;

		remove_first(spill);
		errno = why;
	}
	pthread_mutex_unlock(&spill->lock);
	return ok;
}

static struct block *read_entry(struct spill *spill, struct segment *segment, uint32_t *wanted)
{
	struct entry_head head;
	struct block *block = NULL;
	char *data;

	if (pread(spill->read, &head, sizeof(head), (off_t)segment->taken) != sizeof(head) || head.size > ENTRY_MOST) {
		segment->taken = segment->size; /* nothing behind this can be found */
		*wanted = 0;
		return NULL;
	}
	data = allocate(1, head.size);
	if (pread(spill->read, data, head.size, (off_t)(segment->taken + sizeof(head))) == (ssize_t)head.size &&
	    (uint32_t)crc32(0, (void *)data, head.size) == head.crc)
		block = block_restore(data, head.size);
	free(data);
	segment->taken += sizeof(head) + head.size;
	*wanted = head.wanted;
	return block;
}

/* Never from two files: they are done with one by one. */
size_t spill_take(struct spill *spill, struct spill_entry *entries, size_t most, uint64_t items, uint64_t *lost)
{
	uint64_t found = 0;
	size_t n = 0;

	*lost = 0;
	pthread_mutex_lock(&spill->lock);
	while (spill->n && n == 0) {
		struct segment *first = &spill->segments[0];

		if (spill->read < 0)
			spill->read = open_segment(spill, first->number, O_RDWR);
		while (n < most && found < items && spill->read >= 0 && first->taken < first->size) {
			uint32_t wanted;
			struct block *block = read_entry(spill, first, &wanted);

			if (block) {
				spill->taken += wanted;
				found += wanted;
				entries[n++] = (struct spill_entry){ block, wanted, { first->taken, spill->taken } };
			} else {
				first->wanted -= wanted; /* once, also if those before it are given back */
				*lost += wanted;
			}
		}
		if (n) {
			entries[n - 1].mark.at = first->taken; /* what is lost behind it is done with, too */
			break;
		}
		*lost += first->wanted - (spill->taken - spill->done); /* the file is gone, or its end is damaged */
		spill->done = spill->taken;
		remove_first(spill);
	}
	pthread_mutex_unlock(&spill->lock);
	return n;
}

void spill_taken(struct spill *spill, struct spill_mark mark)
{
	struct segment *first;

	pthread_mutex_lock(&spill->lock);
	/* If it had to go for newer ones meanwhile, there is nothing to note. */
	if (spill->n && mark.taken > spill->done) {
		first = &spill->segments[0];
		first->done = mark.at;
		first->wanted -= mark.taken - spill->done;
		spill->done = mark.taken;
		if (first->done >= first->size)
			remove_first(spill);
		else if (pwrite(spill->read, &first->done, sizeof(first->done), offsetof(struct segment_head, done)) < 0)
			close_file(&spill->read);
	}
	pthread_mutex_unlock(&spill->lock);
}

bool spill_give_back(struct spill *spill)
{
	bool there;

	pthread_mutex_lock(&spill->lock);
	there = spill->n && spill->taken > spill->done;
	if (there) {
		spill->segments[0].taken = spill->segments[0].done;
		spill->done = spill->taken;
	}
	pthread_mutex_unlock(&spill->lock);
	return there;
}

bool spill_empty(struct spill *spill)
{
	return atomic_load(&spill->used) == 0;
}
