/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What an object says about itself: section sentry.manifest, schema packet-sentry/manifest/v1. */
#ifndef SENTRY_RUNTIME_MANIFEST_H
#define SENTRY_RUNTIME_MANIFEST_H

#include "failure.h"
#include "hook.h"

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

struct manifest_role {
	const char *role;
	const char *device; /* the interface it stands for unless --bind says another */
};

struct manifest_block {
	const char *name;
	const char *program;
	enum direction direction;
	bool xdp;           /* else tc */
	bool any;           /* all bound interfaces */
	size_t n_roles;
	struct manifest_role *roles;
	bool reads_vlan;    /* some rule asks for the tag; false also if the object does not say */
};

/* A rule or pseudo-rule (malformed, non-ip, default); its index in `rules` is its slot. */
struct manifest_rule {
	const char *name;
	const char *block;
	const char *action;  /* allow, deny, reject, sample, … */
	const char *verdict; /* what it decides; "" if it does not */
	const char *text;    /* as in the policy; "" for pseudo-rules without a line of their own */
	const char *file;
	long long line;      /* 0: none */
};

/* Strings belong to `json`. */
struct manifest {
	json_t *json;
	const char *policy;
	const char *owner;       /* "" if none */
	const char *source_hash;
	const char *layout_hash;
	size_t n_blocks;
	struct manifest_block *blocks;
	size_t n_rules;
	struct manifest_rule *rules;
};

/* The text of a section. On failure *manifest is empty and needs no free. */
bool manifest_parse(struct manifest *manifest, const char *text, size_t size, struct failure *why);
/* Takes its own reference on `json`. */
bool manifest_read(struct manifest *manifest, json_t *json, struct failure *why);
void manifest_free(struct manifest *manifest);

const struct manifest_block *manifest_block(const struct manifest *manifest, const char *name);

#endif
