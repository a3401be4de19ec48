/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "capture.h"

#include <errno.h>
#include <inttypes.h>
#include <pcap/pcap.h>
#include <stdlib.h>
#include <string.h>

struct capture {
	pcap_t *pcap;
	const char *name;
	uint64_t count;
	char error[512];
};

static void close_stream(FILE *stream)
{
	if (stream != stdin)
		fclose(stream);
}

struct capture *capture_open_stream(FILE *stream, const char *name, char *error, size_t room)
{
	char reason[PCAP_ERRBUF_SIZE] = "";
	const char *description;
	struct capture *capture;
	pcap_t *pcap;
	int link;

	pcap = pcap_fopen_offline_with_tstamp_precision(stream, PCAP_TSTAMP_PRECISION_NANO, reason);
	if (!pcap) {
		snprintf(error, room, "cannot read %s: %s", name, reason);
		close_stream(stream);
		return NULL;
	}
	link = pcap_datalink(pcap);
	if (link != DLT_EN10MB) {
		description = pcap_datalink_val_to_description_or_dlt(link);
		snprintf(error, room, "cannot replay %s: its link type is %d (%s), and only Ethernet is read", name,
			 link, description);
		pcap_close(pcap);
		return NULL;
	}
	capture = calloc(1, sizeof(*capture));
	if (!capture) {
		snprintf(error, room, "out of memory");
		pcap_close(pcap);
		return NULL;
	}
	capture->pcap = pcap;
	capture->name = name;
	return capture;
}

struct capture *capture_open(const char *path, char *error, size_t room)
{
	FILE *stream;

	if (!strcmp(path, "-"))
		return capture_open_stream(stdin, "standard input", error, room);
	stream = fopen(path, "rbe");
	if (!stream) {
		snprintf(error, room, "cannot read %s: %s", path, strerror(errno));
		return NULL;
	}
	return capture_open_stream(stream, path, error, room);
}

void capture_close(struct capture *capture)
{
	if (!capture)
		return;
	pcap_close(capture->pcap);
	free(capture);
}

/* 0, "unknown", for what no clock of a capturing host would show. */
static uint64_t time_ns(const struct timeval *time)
{
	const uint64_t second = 1000000000;
	int64_t seconds = time->tv_sec;

	/* pcap's 32 bits have no sign, and last until 2106; libpcap gives them one, which is gone in 2038. */
	if (seconds < 0 && seconds >= INT32_MIN)
		seconds += (int64_t)1 << 32;
	/* With the precision we asked for, tv_usec holds nanoseconds. */
	if (seconds < 0 || time->tv_usec < 0 || (uint64_t)time->tv_usec >= second)
		return 0;
	if ((uint64_t)seconds >= UINT64_MAX / second)
		return 0;
	return (uint64_t)seconds * second + (uint64_t)time->tv_usec;
}

enum capture_status capture_next(struct capture *capture, struct frame *frame)
{
	struct pcap_pkthdr *header;
	const u_char *data;

	memset(frame, 0, sizeof(*frame));
	switch (pcap_next_ex(capture->pcap, &header, &data)) {
	case 1:
		break;
	case PCAP_ERROR_BREAK:
		return CAPTURE_END;
	default:
		snprintf(capture->error, sizeof(capture->error), "%s is damaged at packet %" PRIu64 ": %s",
			 capture->name, capture->count + 1, pcap_geterr(capture->pcap));
		return CAPTURE_DAMAGED;
	}
	capture->count++;
	frame->data = data;
	frame->size = header->caplen < FRAME_MAX ? header->caplen : FRAME_MAX;
	/* A broken writer's length is not less than what it wrote. */
	frame->wire_size = header->len > header->caplen ? header->len : header->caplen;
	frame->time_ns = time_ns(&header->ts);
	return CAPTURE_PACKET;
}

uint64_t capture_count(const struct capture *capture)
{
	return capture->count;
}

const char *capture_error(const struct capture *capture)
{
	return capture->error;
}
