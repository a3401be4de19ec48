/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Messages of IPFIX (RFC 7011). Elements are IANA's; a rule is the selector of its packets, and "policy/block/rule" the
 * selectorName. Under an enterprise number of the user's (none is registered for Packet Sentry) the parts come on their own,
 * too, described by RFC 5610.
 */
#ifndef SENTRY_DAEMON_IPFIX_MESSAGE_H
#define SENTRY_DAEMON_IPFIX_MESSAGE_H

#include "item.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The elements below the user's enterprise number. */
enum ipfix_own {
	IPFIX_OWN_POLICY = 1, /* string */
	IPFIX_OWN_BLOCK,      /* string */
	IPFIX_OWN_RULE,       /* string */
	IPFIX_OWN_VERDICT,    /* string */
	IPFIX_OWN_RECORD,     /* octetArray, 12 bytes: which record of which run; the same twice is one that was sent twice */
};

/* A message has room for one record at least, whatever the length of its names. */
#define IPFIX_LEAST 1232
#define IPFIX_MOST 65535

struct ipfix_settings {
	uint32_t domain;      /* observationDomainId */
	uint32_t enterprise;  /* 0: none */
	bool frames;          /* octetDeltaCount counts frames, as packet_sentry does, not IP packets */
	size_t size;          /* at most, of a message */
};

/* Interfaces by number, which are in records, and by name. */
#define IPFIX_INTERFACES 64
#define IPFIX_NAME 32
struct ipfix_interfaces {
	size_t n;
	struct ipfix_interface {
		char name[IPFIX_NAME];
		uint32_t index; /* 0: it is gone, or in another network namespace */
	} known[IPFIX_INTERFACES];
};

struct ipfix_message {
	const struct ipfix_settings *settings;
	struct ipfix_interfaces interfaces;
	uint8_t *data;
	size_t size;
	size_t set;            /* where the last set begins; 0: none */
	uint16_t set_template; /* what is in it */
	uint32_t records;      /* of data: flows, packets, options */
	size_t items;          /* that are written when it is */
};

void ipfix_message_init(struct ipfix_message *message, const struct ipfix_settings *settings);
void ipfix_message_fini(struct ipfix_message *message);
void ipfix_message_begin(struct ipfix_message *message);
bool ipfix_message_empty(const struct ipfix_message *message);
/* Templates, and what the options say. Into an empty message. */
void ipfix_message_templates(struct ipfix_message *message);
/* False: it has no room for it; `message` is as before. A flow that is not of IP takes none: there is no such flow. */
bool ipfix_message_add(struct ipfix_message *message, const struct item *item);
/* Writes the header; `sequence` counts the data records before it. */
void ipfix_message_end(struct ipfix_message *message, uint32_t time, uint32_t sequence);

#endif
