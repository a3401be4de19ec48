/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "pcapng.h"

#include "memory.h"

#include <stdlib.h>
#include <string.h>

#define SECTION_HEADER 0x0a0d0d0aU
#define BYTE_ORDER_MAGIC 0x1a2b3c4dU
#define INTERFACE_DESCRIPTION 1u
#define ENHANCED_PACKET 6u

#define LINKTYPE_ETHERNET 1

enum option {
	OPTION_END = 0,
	OPTION_COMMENT = 1,
	OPTION_SECTION_APPLICATION = 4,
	OPTION_INTERFACE_NAME = 2,
	OPTION_INTERFACE_RESOLUTION = 9,
	OPTION_PACKET_FLAGS = 2,
};

struct pcapng {
	FILE *out;
	uint32_t snapshot_length;
	size_t n;
	char **interfaces;
	/* The block that is made: its length stands at both of its ends, so it is written when it is whole. */
	uint8_t *data;
	size_t size, room;
};

static void put(struct pcapng *file, const void *bytes, size_t size)
{
	while (file->size + size + 4 > file->room) {
		size_t room = file->room ? 2 * file->room : 512;
		uint8_t *data = allocate(1, room);

		if (file->size)
			memcpy(data, file->data, file->size);
		free(file->data);
		file->data = data;
		file->room = room;
	}
	if (size)
		memcpy(file->data + file->size, bytes, size);
	file->size += size;
}

static void put32(struct pcapng *file, uint32_t number)
{
	put(file, &number, sizeof(number));
}

static void put16(struct pcapng *file, uint16_t number)
{
	put(file, &number, sizeof(number));
}

/* Zeros to the next multiple of 4. */
static void pad(struct pcapng *file)
{
	static const uint8_t zeros[4];

	put(file, zeros, -file->size & 3);
}

static void put_option(struct pcapng *file, enum option code, const void *bytes, size_t size)
{
	if (size > UINT16_MAX)
		size = UINT16_MAX;
	put16(file, (uint16_t)code);
	put16(file, (uint16_t)size);
	put(file, bytes, size);
	pad(file);
}

static void put_text(struct pcapng *file, enum option code, const char *text)
{
	if (text && *text)
		put_option(file, code, text, strlen(text));
}

static void block_begin(struct pcapng *file, uint32_t type)
{
	file->size = 0;
	put32(file, type);
	put32(file, 0);
}

static void block_end(struct pcapng *file)
{
	uint32_t length;

	put_option(file, OPTION_END, NULL, 0);
	length = (uint32_t)file->size + 4;
	put32(file, length);
	memcpy(file->data + 4, &length, sizeof(length));
	fwrite(file->data, 1, file->size, file->out);
}

struct pcapng *pcapng_begin(FILE *out, uint32_t snapshot_length)
{
	struct pcapng *file = allocate(1, sizeof(*file));

	*file = (struct pcapng){ .out = out, .snapshot_length = snapshot_length };
	block_begin(file, SECTION_HEADER);
	put32(file, BYTE_ORDER_MAGIC);
	put16(file, 1);
	put16(file, 0);
	put32(file, UINT32_MAX); /* the section's length, in two halves: not known */
	put32(file, UINT32_MAX);
	put_text(file, OPTION_SECTION_APPLICATION, "Packet Sentry " SENTRY_VERSION);
	block_end(file);
	return file;
}

static uint32_t interface_number(struct pcapng *file, const char *name)
{
	const uint8_t nanoseconds = 9;

	for (size_t i = 0; i < file->n; i++) {
		if (strcmp(file->interfaces[i], name) == 0)
			return (uint32_t)i;
	}
	file->interfaces = grow(file->interfaces, file->n, sizeof(*file->interfaces));
	file->interfaces[file->n] = copy_text(name, strlen(name));
	block_begin(file, INTERFACE_DESCRIPTION);
	put16(file, LINKTYPE_ETHERNET);
	put16(file, 0);
	put32(file, file->snapshot_length);
	put_text(file, OPTION_INTERFACE_NAME, name);
	put_option(file, OPTION_INTERFACE_RESOLUTION, &nanoseconds, 1);
	block_end(file);
	return (uint32_t)file->n++;
}

void pcapng_write(struct pcapng *file, const struct pcapng_packet *packet)
{
	uint32_t interface = interface_number(file, packet->interface), flags = packet->direction;
	uint64_t time = (uint64_t)packet->time_ns;

	block_begin(file, ENHANCED_PACKET);
	put32(file, interface);
	put32(file, (uint32_t)(time >> 32));
	put32(file, (uint32_t)time);
	put32(file, packet->captured);
	put32(file, packet->length);
	put(file, packet->frame, packet->captured);
	pad(file);
	if (packet->direction != PCAPNG_UNKNOWN)
		put_option(file, OPTION_PACKET_FLAGS, &flags, sizeof(flags));
	put_text(file, OPTION_COMMENT, packet->comment);
	block_end(file);
}

void pcapng_end(struct pcapng *file)
{
	if (!file)
		return;
	for (size_t i = 0; i < file->n; i++)
		free(file->interfaces[i]);
	free(file->interfaces);
	free(file->data);
	free(file);
}
