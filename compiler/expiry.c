/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "expiry.h"

#include "prove.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define DAY_SECONDS 86400

static void check_rule(struct diags *diags, const struct rule *rule, int64_t today)
{
	struct diag *diag;

	if (!rule->has_expires || rule->expires - today > EXPIRY_SOON)
		return;
	if (rule->expires < today)
		diag = report_rule(diags, rule, CODE_EXPIRED_RULE, "rule '%s' expired %" PRId64 " day%s ago",
				   rule->name, today - rule->expires, today - rule->expires == 1 ? "" : "s");
	else
		diag = report_rule(diags, rule, CODE_EXPIRING_RULE, "rule '%s' expires in %" PRId64 " day%s",
				   rule->name, rule->expires - today, rule->expires - today == 1 ? "" : "s");
	if (rule->ticket)
		diag_note(diags, diag, (struct span){ 0 }, "its ticket is %s", rule->ticket);
	diag_help(diags, diag, "remove the rule, or renew its date");
}

void expiry_check(struct diags *diags, const struct policy *policy, int64_t today)
{
	for (size_t b = 0; b < policy->n_blocks; b++)
		for (size_t i = 0; i < policy->blocks[b]->n_rules; i++)
			check_rule(diags, policy->blocks[b]->rules[i], today);
}

int64_t expiry_today(void)
{
	/* reproducible-builds.org: seconds since 1970, decimal. */
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	char *end;
	long long seconds;

	if (epoch && *epoch) {
		errno = 0;
		seconds = strtoll(epoch, &end, 10);
		if (!*end && !errno && seconds >= 0)
			return seconds / DAY_SECONDS;
	}
	return time(NULL) / DAY_SECONDS;
}

bool expiry_parse(const char *text, int64_t *day)
{
	struct tm tm = { 0 }, again;
	const char *end = strptime(text, "%Y-%m-%d", &tm);
	time_t seconds;

	if (!end || *end || strlen(text) != strlen("2027-12-31"))
		return false;
	again = tm;
	seconds = timegm(&again);
	/* timegm makes the 3rd of March of the 31st of February. */
	if (again.tm_mday != tm.tm_mday || again.tm_mon != tm.tm_mon)
		return false;
	*day = seconds / DAY_SECONDS - (seconds % DAY_SECONDS < 0);
	return true;
}
