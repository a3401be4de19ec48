/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Rules past their date, or soon to be. The one question that depends on the day it
 * is asked: only `check` asks it, and takes the day from its caller.
 * Days are counted from 1970-01-01, UTC.
 */
#ifndef SENTRY_EXPIRY_H
#define SENTRY_EXPIRY_H

#include "diag.h"
#include "policy.h"

#include <stdbool.h>
#include <stdint.h>

/* Rules that expire within so many days get a warning. */
#define EXPIRY_SOON 30

/* A rule is good on the day that it names, and past on the next. */
void expiry_check(struct diags *diags, const struct policy *policy, int64_t today);

/* The day of SOURCE_DATE_EPOCH if the environment has it, else of the clock. */
int64_t expiry_today(void);

/* "2027-12-31"; false if it is no day. */
bool expiry_parse(const char *text, int64_t *day);

#endif
