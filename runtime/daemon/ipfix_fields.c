/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "ipfix_fields.h"

#include "ipfix_message.h"

#define WHERE { IE_ingressInterface, 4 }, { IE_egressInterface, 4 }, { IE_flowDirection, 1 }, { IE_vlanId, 2 }
#define ENDS_IPV4 { IE_sourceIPv4Address, 4 }, { IE_destinationIPv4Address, 4 }
#define ENDS_IPV6 { IE_sourceIPv6Address, 16 }, { IE_destinationIPv6Address, 16 }
#define TRANSPORT \
	{ IE_sourceTransportPort, 2 }, { IE_destinationTransportPort, 2 }, { IE_protocolIdentifier, 1 }, { IE_ipVersion, 1 }, \
	{ IE_tcpControlBits, 2 }
#define COUNTS { IE_packetDeltaCount, 8 }, { IE_octetDeltaCount, 8 }, { IE_layer2OctetDeltaCount, 8 }
#define TIMES { IE_flowStartMilliseconds, 8 }, { IE_flowEndMilliseconds, 8 }, { IE_flowEndReason, 1 }
#define DECIDED { IE_firewallEvent, 1 }, { IE_forwardingStatus, 1 }, { IE_selectorName, IPFIX_VARIABLE }
#define SAMPLED \
	{ IE_observationTimeNanoseconds, 8 }, { IE_samplingProbability, 8 }, { IE_dataLinkFrameSize, 2 }, \
	{ IE_dataLinkFrameSection, IPFIX_VARIABLE }

static const struct ipfix_field flow_ipv4[] = {
	TIMES, ENDS_IPV4, TRANSPORT, { IE_icmpTypeCodeIPv4, 2 }, WHERE, COUNTS, DECIDED, { 0, 0 },
};
static const struct ipfix_field flow_ipv6[] = {
	TIMES, ENDS_IPV6, TRANSPORT, { IE_icmpTypeCodeIPv6, 2 }, WHERE, COUNTS, DECIDED, { 0, 0 },
};
/* Packet reports of RFC 5476. They have no delta counts: a packet is in the counts of its flow. */
static const struct ipfix_field packet_ipv4[] = {
	ENDS_IPV4, TRANSPORT, { IE_icmpTypeCodeIPv4, 2 }, WHERE, DECIDED, SAMPLED, { 0, 0 },
};
static const struct ipfix_field packet_ipv6[] = {
	ENDS_IPV6, TRANSPORT, { IE_icmpTypeCodeIPv6, 2 }, WHERE, DECIDED, SAMPLED, { 0, 0 },
};
static const struct ipfix_field packet_other[] = { WHERE, DECIDED, SAMPLED, { 0, 0 } };
static const struct ipfix_field options_interface[] = { { IE_ingressInterface, 4 }, { IE_interfaceName, IPFIX_VARIABLE }, { 0, 0 } };
static const struct ipfix_field options_element[] = {
	{ IE_privateEnterpriseNumber, 4 },    { IE_informationElementId, 2 },
	{ IE_informationElementDataType, 1 }, { IE_informationElementSemantics, 1 },
	{ IE_informationElementName, IPFIX_VARIABLE }, { 0, 0 },
};

const struct ipfix_template ipfix_templates[] = {
	{ IPFIX_FLOW_IPV4, 0, flow_ipv4 },
	{ IPFIX_FLOW_IPV6, 0, flow_ipv6 },
	{ IPFIX_PACKET_IPV4, 0, packet_ipv4 },
	{ IPFIX_PACKET_IPV6, 0, packet_ipv6 },
	{ IPFIX_PACKET_OTHER, 0, packet_other },
	{ IPFIX_OPTIONS_INTERFACE, 1, options_interface },
	{ IPFIX_OPTIONS_ELEMENT, 2, options_element },
	{ 0, 0, NULL },
};

const struct ipfix_template *ipfix_template(uint16_t id)
{
	return &ipfix_templates[id - IPFIX_FLOW_IPV4];
}

const struct ipfix_field ipfix_own_fields[] = {
	{ IPFIX_OWN_POLICY, IPFIX_VARIABLE },  { IPFIX_OWN_BLOCK, IPFIX_VARIABLE }, { IPFIX_OWN_RULE, IPFIX_VARIABLE },
	{ IPFIX_OWN_VERDICT, IPFIX_VARIABLE }, { IPFIX_OWN_RECORD, 12 },	    { 0, 0 },
};

/* Data types of RFC 5610: 0 octetArray, 13 string. Semantics: 0 default, 4 identifier. */
const struct ipfix_own_type ipfix_own_types[] = {
	{ 13, 0, "packetSentryPolicy" },  { 13, 0, "packetSentryBlock" },  { 13, 0, "packetSentryRule" },
	{ 13, 0, "packetSentryVerdict" }, { 0, 4, "packetSentryRecord" },
};
