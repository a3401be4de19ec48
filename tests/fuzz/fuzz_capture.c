/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Any bytes as a capture file: each byte of each frame is read, and so are the messages. */
#include "capture.h"
#include "fuzz.h"

#include <string.h>

static void touch(const volatile uint8_t *byte)
{
	(void)*byte;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char error[256] = "";
	struct capture *capture;
	enum capture_status status;
	struct frame frame;
	FILE *stream;

	if (!size)
		return 0;
	stream = fmemopen((void *)data, size, "rb");
	if (!stream)
		return 0;
	capture = capture_open_stream(stream, "input", error, sizeof(error));
	if (!capture) {
		require(strstr(error, "input"));
		return 0;
	}
	while ((status = capture_next(capture, &frame)) == CAPTURE_PACKET) {
		require(frame.size <= FRAME_MAX && frame.size <= frame.wire_size);
		for (uint32_t i = 0; i < frame.size; i++)
			touch(frame.data + i);
	}
	require(status == CAPTURE_END || strstr(capture_error(capture), "damaged"));
	capture_close(capture);
	return 0;
}
