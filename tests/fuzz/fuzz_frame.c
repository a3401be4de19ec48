/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Any bytes as a frame. The first two bytes of the input are what the wire had
 * more than the capture. What the model says of a frame must hang together.
 */
#include "engine.h"
#include "fuzz.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model_packet packet;
	struct frame frame;

	if (size < 2)
		return 0;
	frame = (struct frame){ .data = data + 2, .size = (uint32_t)(size - 2) };
	if (frame.size > FRAME_MAX)
		frame.size = FRAME_MAX;
	frame.wire_size = frame.size + ((uint32_t)data[0] << 8 | data[1]) * 2;
	model_parse(&frame, &packet);

	switch (packet.class) {
	case MODEL_MALFORMED:
		require(packet.why && *packet.why);
		break;
	case MODEL_NON_IP:
		require(!packet.has[FIELD_PROTO] && frame.size >= 14);
		break;
	case MODEL_IP:
		require(packet.has[FIELD_PROTO] && packet.has[FIELD_SRC] && packet.has[FIELD_DST]);
		require(packet.has[FIELD_LENGTH] && packet.has[FIELD_FRAGMENT]);
		require(packet.value[FIELD_LENGTH] + 14 <= frame.wire_size);
		require(packet.has[FIELD_SPORT] == packet.has[FIELD_DPORT]);
		require(!(packet.has[FIELD_SPORT] && packet.has[FIELD_ICMP_TYPE]));
		require(!packet.has[FIELD_FLAGS] || packet.value[FIELD_PROTO] == 6);
		require(packet.value[FIELD_FRAGMENT] != 2 || !packet.has[FIELD_SPORT]);
		for (unsigned field = 0; field < N_FIELDS; field++)
			if (packet.has[field] && field != FIELD_SRC && field != FIELD_DST)
				require(packet.value[field] >> field_table[field].bits == 0);
		break;
	}
	return 0;
}
