/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Any text as the record of a generation, which is pinned in the kernel and read by whoever comes next. */
#include "fuzz.h"
#include "record.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct failure why = { 0 };
	struct record record;

	if (!record_parse(&record, (const char *)data, size, &why)) {
		require(why.code == EXIT_ENVIRONMENT && why.text[0] && !record.root && !record.n_parts && !record.n);
		return 0;
	}
	require(record.n_parts && record.n && record.applied_at && record.who && record.message && record.policies);
	for (size_t i = 0; i < record.n_parts; i++)
		require(record.list[i] == &record.parts[i] && record.parts[i].policy);
	for (size_t i = 0; i < record.n; i++) {
		const struct attachment *item = &record.items[i];

		require(item->part < record.n_parts && item->block && item->program && item->hook.ifindex);
		require(memchr(item->interface, 0, sizeof(item->interface)));
	}
	for (size_t i = 0; i < record.n_probes; i++)
		require(record.probes[i]);
	record_free(&record);
	return 0;
}
