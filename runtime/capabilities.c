/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "capabilities.h"

#include <inttypes.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

/* From /proc rather than capget(2): one line, and the same for every version of that call. */
static uint64_t capabilities_effective(void)
{
	uint64_t effective = 0;
	char line[256];
	FILE *file = fopen("/proc/self/status", "re");

	if (!file)
		return 0;
	while (fgets(line, sizeof(line), file)) {
		if (sscanf(line, "CapEff: %" SCNx64, &effective) == 1)
			break;
	}
	fclose(file);
	return effective;
}

bool capabilities_check(struct failure *why)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} wanted[] = { { CAP_BPF, "CAP_BPF" }, { CAP_NET_ADMIN, "CAP_NET_ADMIN" }, { CAP_PERFMON, "CAP_PERFMON" } };
	uint64_t effective = capabilities_effective();
	char missing[128] = "";

	for (size_t i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++) {
		/* CAP_SYS_ADMIN includes CAP_BPF and CAP_PERFMON, as in the kernel. */
		if (effective & 1ULL << wanted[i].bit ||
		    (wanted[i].bit != CAP_NET_ADMIN && effective & 1ULL << CAP_SYS_ADMIN))
			continue;
		if (missing[0])
			strcat(missing, ", ");
		strcat(missing, wanted[i].name);
	}
	if (missing[0])
		return failure_set(why, EXIT_ENVIRONMENT, "not privileged: missing %s (run as root)", missing);
	return true;
}
