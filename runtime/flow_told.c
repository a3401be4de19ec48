/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "flow_told.h"

#include "boot.h"

#include <errno.h>
#include <string.h>

#define MAGIC "sentry flows 1"
#define HEAD_BYTES 128

struct flow_head {
	char magic[16];
	char boot[BOOT_TEXT];
	__u32 map_id;
	__u32 cell;     /* bytes of one struct flow_told */
	__u64 n;
	__u64 sequence;
};

static size_t copy_bytes(size_t n)
{
	return (sizeof(struct flow_copy) + n * sizeof(struct flow_told) + 63) / 64 * 64;
}

static struct flow_copy *copy_number(const struct flow_file *file, __u64 number)
{
	return (struct flow_copy *)((char *)file->kept.memory + HEAD_BYTES + (number % 2) * copy_bytes(file->n));
}

_Static_assert(sizeof(struct flow_head) <= HEAD_BYTES, "the copies begin behind the head");

static void head_of(struct flow_head *head, __u32 map_id, size_t n)
{
	*head = (struct flow_head){ .magic = MAGIC, .map_id = map_id, .cell = sizeof(struct flow_told), .n = n };
	boot_identity(head->boot);
}

bool flow_file_open(struct flow_file *file, const char *path, __u32 map_id, size_t n, __u64 position, struct failure *why)
{
	size_t head = offsetof(struct flow_head, sequence), bytes = HEAD_BYTES + 2 * copy_bytes(n);
	struct flow_head wanted;

	*file = (struct flow_file){ .n = n };
	if (!kept_file_open(&file->kept, path, bytes, path)) {
		if (errno == EWOULDBLOCK)
			return failure_set(why, EXIT_ENVIRONMENT, "somebody else is reading these flows: %s is locked", path);
		/* Better told of twice after a restart than never. */
		if (path)
			say("%s: %s; after a restart, flows of this generation are told of again", path, strerror(errno));
		if (!path || !kept_file_open(&file->kept, NULL, bytes, false))
			return failure_set(why, EXIT_ENVIRONMENT, "no memory for what was told of flows: %s", strerror(errno));
	}
	file->head = file->kept.memory;
	head_of(&wanted, map_id, n);
	if (!kept_file_holds(&file->kept, &wanted, head)) {
		copy_number(file, 0)->position = position;
		kept_file_begun(&file->kept, &wanted, head);
	}
	return true;
}

void flow_file_close(struct flow_file *file)
{
	kept_file_close(&file->kept);
	file->head = NULL;
}

__u64 flow_file_sequence(const struct flow_file *file)
{
	return file->head->sequence;
}

const struct flow_copy *flow_file_last(const struct flow_file *file)
{
	return copy_number(file, file->head->sequence);
}

struct flow_copy *flow_file_begin(struct flow_file *file)
{
	struct flow_copy *work = copy_number(file, file->head->sequence + 1);

	memcpy(work, flow_file_last(file), copy_bytes(file->n));
	return work;
}

void flow_file_commit(struct flow_file *file)
{
	__atomic_store_n(&file->head->sequence, file->head->sequence + 1, __ATOMIC_RELEASE);
}
