/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Which elements are in which record of IPFIX. Names and numbers are those of IANA's registry. */
#ifndef SENTRY_DAEMON_IPFIX_FIELDS_H
#define SENTRY_DAEMON_IPFIX_FIELDS_H

#include <stddef.h>
#include <stdint.h>

enum ipfix_element {
	IE_octetDeltaCount = 1,
	IE_packetDeltaCount = 2,
	IE_protocolIdentifier = 4,
	IE_tcpControlBits = 6,
	IE_sourceTransportPort = 7,
	IE_sourceIPv4Address = 8,
	IE_ingressInterface = 10,
	IE_destinationTransportPort = 11,
	IE_destinationIPv4Address = 12,
	IE_egressInterface = 14,
	IE_sourceIPv6Address = 27,
	IE_destinationIPv6Address = 28,
	IE_icmpTypeCodeIPv4 = 32,
	IE_vlanId = 58,
	IE_ipVersion = 60,
	IE_flowDirection = 61,
	IE_interfaceName = 82,
	IE_forwardingStatus = 89,
	IE_flowEndReason = 136,
	IE_icmpTypeCodeIPv6 = 139,
	IE_flowStartMilliseconds = 152,
	IE_flowEndMilliseconds = 153,
	IE_firewallEvent = 233,
	IE_informationElementId = 303,
	IE_samplingProbability = 311,
	IE_dataLinkFrameSize = 312,
	IE_dataLinkFrameSection = 315,
	IE_observationTimeNanoseconds = 325,
	IE_selectorName = 335,
	IE_informationElementDataType = 339,
	IE_informationElementName = 341,
	IE_informationElementSemantics = 344,
	IE_privateEnterpriseNumber = 346,
	IE_layer2OctetDeltaCount = 352,
};

#define IPFIX_VARIABLE 0xffff
#define IPFIX_TEXT_MOST 127     /* bytes of a name; what is longer is cut */
#define IPFIX_SELECTOR_MOST 254 /* 255 would be an escape */

struct ipfix_field {
	uint16_t element; /* 0: the last was before */
	uint16_t size;
};

enum ipfix_template_id {
	IPFIX_FLOW_IPV4 = 256,
	IPFIX_FLOW_IPV6,
	IPFIX_PACKET_IPV4,
	IPFIX_PACKET_IPV6,
	IPFIX_PACKET_OTHER,
	IPFIX_OPTIONS_INTERFACE,
	IPFIX_OPTIONS_ELEMENT,
};

struct ipfix_template {
	uint16_t id;     /* 0: the last was before */
	uint16_t scopes; /* fields that are scopes; 0: no options */
	const struct ipfix_field *fields;
};

extern const struct ipfix_template ipfix_templates[];
const struct ipfix_template *ipfix_template(uint16_t id);

/* Elements of enum ipfix_own, which records end with, and what RFC 5610 says of them. */
extern const struct ipfix_field ipfix_own_fields[];
extern const struct ipfix_own_type {
	uint8_t type, semantics;
	const char *name;
} ipfix_own_types[];

#endif
