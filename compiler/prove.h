/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What can be said about all packets at once: rules that never decide, rules that
 * can go, rules that cross, assertions. Findings go to `diags`, each with a witness that the
 * model was asked about.
 */
#ifndef SENTRY_PROVE_H
#define SENTRY_PROVE_H

#include "diag.h"
#include "effort.h"
#include "policy.h"

/* What the effort does not suffice for is reported as CODE_INCONCLUSIVE. */
void prove_policy(struct arena *arena, struct diags *diags, const struct policy *policy, struct effort *effort);

/* Reports about a rule, by its `lint-off` at most as a note. */
struct diag *report_rule(struct diags *diags, const struct rule *rule, enum code code, const char *format, ...)
	__attribute__((format(printf, 4, 5)));

#endif
