/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "policy.h"

#include <string.h>

const char *const verdict_names[N_VERDICTS] = {
	[VERDICT_ALLOW] = "allow",
	[VERDICT_DENY] = "deny",
	[VERDICT_REJECT] = "reject",
};

const char *const state_names[N_STATES] = {
	[STATE_NEW] = "new",
	[STATE_ESTABLISHED] = "established",
	[STATE_RELATED] = "related",
	[STATE_INVALID] = "invalid",
};

const char *const hook_names[N_HOOKS] = {
	[HOOK_XDP] = "xdp",
	[HOOK_TC] = "tc",
};

const char *const state_timeout_words[N_STATE_TIMEOUTS] = {
	[TIMEOUT_TCP_OPENING] = "tcp opening",
	[TIMEOUT_TCP_ESTABLISHED] = "tcp established",
	[TIMEOUT_TCP_CLOSING] = "tcp closing",
	[TIMEOUT_TCP_CLOSED] = "tcp closed",
	[TIMEOUT_UDP_OPENING] = "udp opening",
	[TIMEOUT_UDP_ESTABLISHED] = "udp established",
	[TIMEOUT_ICMP] = "icmp",
	[TIMEOUT_OTHER] = "other",
};

const char *const slot_names[SLOT_RULES] = {
	[SLOT_MALFORMED] = "malformed",
	[SLOT_NON_IP] = "non-ip",
	[SLOT_DEFAULT] = "default",
};

/* The only block of a direction, or NULL. */
static const struct block *only_block(const struct policy *policy, enum direction direction)
{
	const struct block *only = NULL;

	for (size_t i = 0; i < policy->n_blocks; i++) {
		if (policy->blocks[i]->direction != direction)
			continue;
		if (only)
			return NULL;
		only = policy->blocks[i];
	}
	return only;
}

size_t policy_block_index(const struct policy *policy, const struct block *block)
{
	size_t i = 0;

	while (policy->blocks[i] != block)
		i++;
	return i;
}

const struct block *policy_block(const struct policy *policy, const char *name)
{
	for (size_t i = 0; i < policy->n_blocks; i++)
		if (!strcmp(policy->blocks[i]->name, name))
			return policy->blocks[i];
	if (!strcmp(name, "ingress"))
		return only_block(policy, DIRECTION_INGRESS);
	if (!strcmp(name, "egress"))
		return only_block(policy, DIRECTION_EGRESS);
	return NULL;
}

const char *policy_slot_name(const struct policy *policy, uint32_t id, const struct block **block,
			     const struct rule **rule)
{
	for (size_t i = 0; i < policy->n_blocks; i++) {
		const struct block *candidate = policy->blocks[i];
		uint32_t offset = id - candidate->first_id;

		if (id < candidate->first_id || offset >= SLOT_RULES + candidate->n_rules)
			continue;
		if (block)
			*block = candidate;
		if (rule)
			*rule = offset < SLOT_RULES ? NULL : candidate->rules[offset - SLOT_RULES];
		return offset < SLOT_RULES ? slot_names[offset] : candidate->rules[offset - SLOT_RULES]->name;
	}
	return NULL;
}
