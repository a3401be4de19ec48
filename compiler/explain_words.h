/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A packet and what a rule found in it, as a person would say it. All texts are arena memory. */
#ifndef SENTRY_EXPLAIN_WORDS_H
#define SENTRY_EXPLAIN_WORDS_H

#include "engine.h"

/* "22", "10.0.0.1", "syn,ack", "echo-request", "a later fragment" */
char *explain_value(struct arena *arena, const struct model_packet *packet, enum field field);

/*
 * Why the rule of a step did not match: "to port is 22, the rule wants 80 or
 * 443"; or what it hangs on: "if 203.0.113.5 is in @bogons".
 */
char *explain_step(struct arena *arena, const struct model_packet *packet, const struct model_step *step);

/* "IPv4, tcp, from 10.0.0.1 port 5, to 10.0.0.2 port 22, flags syn, ttl 64, 40 bytes" */
char *explain_packet(struct arena *arena, const struct model_packet *packet);

#endif
