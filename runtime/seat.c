/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "seat.h"

#include "capabilities.h"
#include "netns.h"

bool seat_open(struct seat *seat, const struct apply *apply, struct failure *why)
{
	struct sentry_gate gate;

	*seat = (struct seat){ .site.lock = -1 };
	if (!capabilities_check(why) || (apply->netns && !netns_enter(apply->netns, why)) ||
	    !history_init(&seat->history, apply->state_dir, why) || !site_init(&seat->site, apply->bpffs, why))
		return false;
	if (!site_lock(&seat->site, why)) {
		seat->nothing = !why->code;
		return seat->nothing ? failure_set(why, EXIT_ENVIRONMENT, "no policy is in force") : false;
	}
	switch (gate_read(&seat->site, &gate, why)) {
	case GATE_FAILED:
		return false;
	case GATE_NONE:
		seat->nothing = true;
		return failure_set(why, EXIT_ENVIRONMENT, "no policy is in force");
	case GATE_FOUND:
		break;
	}
	if (!state_open(&seat->state, &seat->site, why) || !commit_recover(&seat->state, why))
		return false;
	switch (generation_current(&seat->generation, &seat->site, why)) {
	case PRESENCE_FAILED:
		return false;
	case PRESENCE_NONE:
		return true;
	default:
		seat->found = true;
		return true;
	}
}

void seat_close(struct seat *seat)
{
	if (seat->found)
		generation_close(&seat->generation);
	if (seat->state.gate.bpf)
		state_close(&seat->state);
	site_close(&seat->site);
}
