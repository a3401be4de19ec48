/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A failing case as files: what others can run again. */
#include "shrink.h"

#include <pcap/pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static FILE *create(const char *directory, const char *name)
{
	char path[4096];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	if (!file) {
		perror(path);
		exit(2);
	}
	return file;
}

static void write_frame(pcap_dumper_t *dumper, uint64_t time_ns, const uint8_t *data, uint32_t size, uint32_t wire_size)
{
	struct pcap_pkthdr header = { .caplen = size, .len = wire_size };

	header.ts.tv_sec = (time_t)(time_ns / 1000000000);
	header.ts.tv_usec = (suseconds_t)(time_ns % 1000000000);
	pcap_dump((u_char *)dumper, &header, data);
}

static void write_packets(const struct outcome *outcome, const char *directory)
{
	pcap_t *pcap = pcap_open_dead_with_tstamp_precision(DLT_EN10MB, FRAME_MAX, PCAP_TSTAMP_PRECISION_NANO);
	pcap_dumper_t *dumper = pcap ? pcap_dump_fopen(pcap, create(directory, "packets.pcap")) : NULL;

	if (!dumper) {
		fprintf(stderr, "random-policy: the packets cannot be written\n");
		exit(2);
	}
	for (size_t i = 0; i < outcome->n_events && outcome->failure == FAILURE_DISAGREEMENT; i++) {
		const struct event *event = &outcome->events[i];

		if (event->kind == EVENT_PACKET)
			write_frame(dumper, event->time_ns, outcome->frames + event->offset, event->size,
				    event->wire_size);
	}
	if (outcome->failure == FAILURE_DIFF_MISSED)
		write_frame(dumper, ENGINE_TIME_BEGIN, outcome->sample.frame, outcome->sample.size,
			    outcome->sample.wire_size);
	pcap_dump_close(dumper);
	pcap_close(pcap);
}

static void describe_event(FILE *out, const struct event *event, unsigned *packet)
{
	char text[ADDRESS_TEXT];

	fprintf(out, "%12.6f s  ", (double)(event->time_ns - ENGINE_TIME_BEGIN) / 1e9);
	if (event->kind == EVENT_PACKET)
		fprintf(out, "packet %u of packets.pcap, %u bytes of %u\n", ++*packet, event->size, event->wire_size);
	else
		fprintf(out, "add %s/%u port %u proto %u to @%s for %.3f s\n",
			address_format(event->element.family, event->element.address, text), event->element.prefix,
			event->element.port, event->element.proto, event->set, (double)event->timeout_ns / 1e9);
}

static void write_words(const struct run_options *options, const struct outcome *outcome, const char *directory)
{
	FILE *out = create(directory, "report.txt");
	const struct sample *sample = &outcome->sample;
	unsigned packet = 0;

	fprintf(out, "seed %llu: %s\n%s\n", (unsigned long long)options->seed, failure_names[outcome->failure],
		outcome->detail);
	for (size_t i = 0; i < outcome->n_events && outcome->failure == FAILURE_DISAGREEMENT; i++)
		describe_event(out, &outcome->events[i], &packet);
	if (outcome->failure == FAILURE_DIFF_MISSED) {
		fprintf(out, "packet 1 of packets.pcap, block %zu, state %s", sample->block,
			state_names[sample->state]);
		for (size_t i = 0; i < sample->n_members; i++)
			fprintf(out, ", %s in @%s", field_table[sample->members[i].field].word, sample->members[i].set);
		for (size_t i = 0; i < sample->n_exceeded; i++)
			fprintf(out, ", over the rate of %s", sample->exceeded[i]);
		fprintf(out, "\n");
	}
	fclose(out);
}

void report_policy(struct doc *doc, bool changed, const char *directory)
{
	if (mkdir(directory, 0777) && access(directory, 7)) {
		perror(directory);
		exit(2);
	}
	for (unsigned file = 0; file < DOC_FILES; file++)
		for (unsigned mutated = 0; mutated < 2 && doc->files[file]; mutated++) {
			struct text text;
			FILE *out;

			if (mutated && (file != DOC_POLICY || !changed))
				continue;
			text = doc_print(doc, file, mutated);
			out = create(directory, mutated ? "changed.sp" : doc_file_names[file]);
			fwrite(text.data, 1, text.size, out);
			fclose(out);
			free(text.data);
		}
}

void report_write(struct doc *doc, const struct run_options *options, const struct outcome *outcome,
		  const char *directory)
{
	report_policy(doc, outcome->failure >= FAILURE_DIFF_SELF && outcome->failure <= FAILURE_DIFF_WRONG, directory);
	write_packets(outcome, directory);
	write_words(options, outcome, directory);
}
