/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "privileges.h"

#include "failure.h"

#include <errno.h>
#include <string.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/resource.h>

static void keep_one(cap_t kept, cap_t had, cap_value_t value)
{
	cap_flag_value_t has = CAP_CLEAR;

	if (cap_get_flag(had, value, CAP_PERMITTED, &has) != 0 || has == CAP_CLEAR)
		return;
	cap_set_flag(kept, CAP_PERMITTED, 1, &value, CAP_SET);
	cap_set_flag(kept, CAP_EFFECTIVE, 1, &value, CAP_SET);
}

void privileges_drop(const char *const *keep)
{
	cap_t had = cap_get_proc(), kept = cap_init();
	cap_value_t value;

	if (had && kept) {
		keep_one(kept, had, CAP_IS_SUPPORTED(CAP_BPF) ? CAP_BPF : CAP_SYS_ADMIN);
		for (; keep && *keep; keep++) {
			if (cap_from_name(*keep, &value) == 0)
				keep_one(kept, had, value);
		}
	}
	if (!had || !kept || cap_set_proc(kept) != 0)
		say("privileges cannot be given up: %s", strerror(errno));
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0)
		say("privileges can be had again: %s", strerror(errno));
	cap_free(had);
	cap_free(kept);
}

#define URGENT (-10)

void privileges_go_first(void)
{
	if (getpriority(PRIO_PROCESS, 0) > URGENT)
		setpriority(PRIO_PROCESS, 0, URGENT);
}
