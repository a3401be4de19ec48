/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Any text as the configuration of sentryd: it is taken without a word, or refused with a place for everything that is wrong. */
#include "fuzz.h"
#include "settings.h"

#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fuzz_file file = fuzz_file(data, size);
	struct settings *settings;
	char *said = NULL;
	size_t n = 0, lines = 0;
	FILE *messages;

	/* What a `…-file` names is opened, and might be anything of this machine. */
	if (memmem(data, size, "-file", 5)) {
		close(file.fd);
		return 0;
	}
	messages = open_memstream(&said, &n);
	require(messages);
	settings = settings_load(file.path, messages);
	fclose(messages);
	require(!settings == (n > 0));
	for (size_t i = 0; i < n; i++)
		lines += said[i] == '\n';
	require(n == 0 || (said[n - 1] == '\n' && strncmp(said, file.path, strlen(file.path)) == 0));
	require(n == 0 || lines >= 1);
	if (settings) {
		require(settings->bpffs && settings->state_directory && settings->run_directory && settings->interval_ms);
		for (size_t i = 0; i < settings->n_sinks; i++) {
			const struct sink_settings *sink = &settings->sinks[i];

			require(sink->worker.kind && sink->worker.sink && sink->worker.name && *sink->worker.name);
			require(sink_settings_equal(sink, sink));
			for (size_t j = 0; j < i; j++)
				require(strcmp(settings->sinks[j].worker.name, sink->worker.name) != 0);
		}
		settings_free(settings);
	}
	free(said);
	close(file.fd);
	return 0;
}
