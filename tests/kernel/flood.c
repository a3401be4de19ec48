/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * flood INTERFACE RATE SECONDS SOURCES CPU…: UDP to 10.77.0.1 port 9 past the stack, RATE packets a second in
 * all (0: as fast as it goes, and then SECONDS is the number of packets for each source), from one thread on each
 * CPU, from SOURCES addresses in turn, from 10.128.0.0 on. Prints how many were sent, and in how many nanoseconds.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define FIRST_SOURCE 0x0a800000u /* 10.128.0.0 */
#define FRAME 60
#define BATCH 32

struct sender {
	pthread_t thread;
	int interface, cpu;
	uint64_t rate, packets;        /* 0: until the end */
	uint64_t begin, end;           /* CLOCK_MONOTONIC, ns */
	uint32_t source, sources;      /* the first of its own, how many */
	uint64_t sent, finished;
};

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

/* Ethernet, IPv4, UDP with 18 bytes; the UDP checksum is left out, which IPv4 allows. */
static void make_frame(uint8_t frame[FRAME], uint32_t source)
{
	static const uint8_t head[] = {
		2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0,
		0x45, 0, 0, 46, 0, 0, 0, 0, 64, 17, 0, 0, 0, 0, 0, 0, 10, 77, 0, 1,
		0x27, 0x10, 0, 9, 0, 26, 0, 0,
	};
	uint32_t sum = 0;

	memset(frame, 0, FRAME);
	memcpy(frame, head, sizeof(head));
	source = htonl(source);
	memcpy(frame + 26, &source, 4);
	for (int i = 14; i < 34; i += 2)
		sum += (uint32_t)(frame[i] << 8 | frame[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	frame[24] = (uint8_t)(~sum >> 8);
	frame[25] = (uint8_t)~sum;
}

static void *run(void *argument)
{
	struct sockaddr_ll to = { .sll_family = AF_PACKET, .sll_halen = 6 };
	struct sender *sender = argument;
	uint8_t frames[BATCH][FRAME];
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec parts[BATCH];
	int fd = socket(AF_PACKET, SOCK_RAW, 0);
	uint32_t next = 0;
	cpu_set_t cpus;

	CPU_ZERO(&cpus);
	CPU_SET(sender->cpu, &cpus);
	pthread_setaffinity_np(pthread_self(), sizeof(cpus), &cpus);
	to.sll_ifindex = sender->interface;
	for (int i = 0; i < BATCH; i++) {
		parts[i] = (struct iovec){ frames[i], FRAME };
		messages[i].msg_hdr = (struct msghdr){ .msg_name = &to, .msg_namelen = sizeof(to), .msg_iov = &parts[i],
						       .msg_iovlen = 1 };
	}
	while (now() < sender->begin)
		;
	while (sender->packets ? sender->sent < sender->packets : now() < sender->end) {
		uint64_t due = BATCH;
		int n;

		if (sender->rate)
			due = (now() - sender->begin) * sender->rate / 1000000000 - sender->sent;
		else if (sender->packets - sender->sent < due)
			due = sender->packets - sender->sent;
		if (!due)
			continue;
		if (due > BATCH)
			due = BATCH;
		for (uint64_t i = 0; i < due; i++)
			make_frame(frames[i], FIRST_SOURCE + sender->source + (next + (uint32_t)i) % sender->sources);
		n = sendmmsg(fd, messages, (unsigned)due, 0);
		if (n < 0 && errno != ENOBUFS && errno != EAGAIN && errno != EINTR) {
			perror("sendmmsg");
			exit(1);
		}
		if (n > 0) {
			next = (next + (uint32_t)n) % sender->sources;
			sender->sent += (uint64_t)n;
		}
	}
	sender->finished = now();
	close(fd);
	return NULL;
}

int main(int argc, char **argv)
{
	struct sender senders[16] = { 0 };
	uint64_t rate, seconds, sent = 0, last = 0, begin = now() + 50000000;
	uint32_t sources;
	int n = argc - 5;

	if (n < 1 || n > 16)
		return 2;
	rate = strtoull(argv[2], NULL, 10);
	seconds = strtoull(argv[3], NULL, 10);
	sources = (uint32_t)strtoul(argv[4], NULL, 10);
	for (int i = 0; i < n; i++) {
		struct sender *sender = &senders[i];

		sender->interface = (int)if_nametoindex(argv[1]);
		sender->cpu = atoi(argv[5 + i]);
		sender->rate = rate / (uint64_t)n;
		sender->begin = begin;
		sender->end = begin + seconds * 1000000000;
		/* With one source all send from it, with many each has its part. */
		sender->sources = sources > 1 ? sources / (uint32_t)n : 1;
		sender->source = sources > 1 ? (uint32_t)i * sender->sources : 0;
		sender->packets = rate ? 0 : seconds * sender->sources;
		if (pthread_create(&sender->thread, NULL, run, sender))
			return 1;
	}
	for (int i = 0; i < n; i++) {
		pthread_join(senders[i].thread, NULL);
		sent += senders[i].sent;
		if (senders[i].finished > last)
			last = senders[i].finished;
	}
	printf("%llu %llu\n", (unsigned long long)sent, (unsigned long long)(last - begin));
	return 0;
}
