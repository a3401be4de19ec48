/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The words that stand for numbers: IANA port and protocol names, ICMP and ICMPv6
 * types and codes, DSCP classes. The tables are words.def; the host's /etc/services
 * is never asked. Where two words mean one number the first in the table is its name.
 */
#ifndef SENTRY_WORDS_H
#define SENTRY_WORDS_H

#include "address.h"
#include "spell.h"

#include <stdbool.h>
#include <stdint.h>

/* Word to number; false if there is no such word. */
bool words_port(const char *word, uint16_t *port);
bool words_proto(const char *word, uint8_t *proto);
bool words_dscp(const char *word, uint8_t *dscp);
bool words_icmp_type(enum family family, const char *word, uint8_t *type);
/* A code's word belongs to one type: "port-unreachable" is 3 of IPv4's and 4 of IPv6's destination-unreachable. */
bool words_icmp_code(enum family family, uint8_t type, const char *word, uint8_t *code);

/* Number to word; NULL if it has none. */
const char *words_proto_name(uint8_t proto);
const char *words_dscp_name(uint8_t dscp);
const char *words_icmp_type_name(enum family family, uint8_t type);
const char *words_icmp_code_name(enum family family, uint8_t type, uint8_t code);

/* For "did you mean": offer all words of a table. */
void words_offer_ports(struct spell *spell);
void words_offer_protos(struct spell *spell);
void words_offer_dscp(struct spell *spell);
void words_offer_icmp_types(struct spell *spell, enum family family);
void words_offer_icmp_codes(struct spell *spell, enum family family);

#endif
