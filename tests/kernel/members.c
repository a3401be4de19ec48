/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * members PROGRAM MEMBERS OTHERS [SECONDS]: gives the pinned XDP program a UDP packet from each address of two files,
 * one IPv4 address a line: those of the first it must drop, those of the second let pass. Over and over for SECONDS,
 * or once. Prints how many were asked, and each wrong answer up to ten.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <linux/bpf.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define FRAME 60

static uint32_t *read_addresses(const char *path, size_t *n)
{
	FILE *file = fopen(path, "re");
	uint32_t *addresses = NULL;
	size_t room = 0;
	char line[64];

	*n = 0;
	if (!file) {
		perror(path);
		exit(2);
	}
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, " \t\r\n#/")] = '\0';
		if (*n == room)
			addresses = realloc(addresses, (room = room ? 2 * room : 4096) * sizeof(*addresses));
		if (inet_pton(AF_INET, line, &addresses[*n]) == 1)
			++*n;
	}
	fclose(file);
	return addresses;
}

static unsigned long ask(int program, const uint32_t *addresses, size_t n, uint32_t expected, unsigned long *asked)
{
	static const uint8_t head[] = {
		2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0, 0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 10, 77, 0, 1,
		0x27, 0x10, 0, 9, 0, 26, 0, 0,
	};
	uint8_t frame[FRAME] = { 0 };
	unsigned long wrong = 0;

	memcpy(frame, head, sizeof(head));
	for (size_t i = 0; i < n; i++) {
		LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = FRAME, .repeat = 1);
		char text[INET_ADDRSTRLEN];

		memcpy(frame + 26, &addresses[i], 4);
		if (bpf_prog_test_run_opts(program, &options)) {
			perror("test run");
			exit(2);
		}
		++*asked;
		if (options.retval == expected)
			continue;
		if (wrong++ < 10)
			printf("wrong: %s\n", inet_ntop(AF_INET, &addresses[i], text, sizeof(text)));
	}
	return wrong;
}

int main(int argc, char **argv)
{
	size_t n_members, n_others;
	unsigned long asked = 0, wrong = 0;
	uint32_t *members, *others;
	time_t end;
	int program;

	if (argc < 4)
		return 2;
	program = bpf_obj_get(argv[1]);
	if (program < 0) {
		perror(argv[1]);
		return 2;
	}
	members = read_addresses(argv[2], &n_members);
	others = read_addresses(argv[3], &n_others);
	end = time(NULL) + (argc > 4 ? atoi(argv[4]) : 0);
	do {
		wrong += ask(program, members, n_members, XDP_DROP, &asked);
		wrong += ask(program, others, n_others, XDP_PASS, &asked);
	} while (time(NULL) < end && !wrong);
	printf("%lu asked, %lu wrong\n", asked, wrong);
	free(members);
	free(others);
	return wrong != 0;
}
