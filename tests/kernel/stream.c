/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * stream INTERFACE SOURCE-MAC DEST-MAC SOURCE-IP DEST-IP CPU: UDP past the stack as fast as it goes, to ports 1001 and
 * 1002 in turn, until SIGTERM. Then prints how many frames the interface took.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_packet.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define FRAME 60
#define BATCH 64

static volatile sig_atomic_t ended;

static void end(int signal)
{
	ended = 1;
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = (uint8_t)(value >> 8);
	at[1] = (uint8_t)value;
}

static void make_frame(uint8_t *frame, char **argv, uint16_t port)
{
	uint32_t sum = 0;

	memset(frame, 0, FRAME);
	memcpy(frame, ether_aton(argv[3]), 6);
	memcpy(frame + 6, ether_aton(argv[2]), 6);
	put16(frame + 12, ETHERTYPE_IP);
	frame[14] = 0x45;
	put16(frame + 16, FRAME - 14);
	frame[22] = 64;
	frame[23] = IPPROTO_UDP;
	inet_pton(AF_INET, argv[4], frame + 26);
	inet_pton(AF_INET, argv[5], frame + 30);
	for (int i = 14; i < 34; i += 2)
		sum += (uint32_t)(frame[i] << 8 | frame[i + 1]);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	put16(frame + 24, (uint16_t)~sum);
	put16(frame + 34, 5000);
	put16(frame + 36, port);
	put16(frame + 38, FRAME - 34);
}

int main(int argc, char **argv)
{
	static uint8_t frames[BATCH][FRAME];
	struct mmsghdr messages[BATCH] = { 0 };
	struct iovec vectors[BATCH];
	struct sockaddr_ll address = { .sll_family = AF_PACKET };
	unsigned long long sent = 0;
	int fd, one = 1;
	cpu_set_t cpus;

	if (argc != 7)
		return 2;
	CPU_ZERO(&cpus);
	CPU_SET(atoi(argv[6]), &cpus);
	sched_setaffinity(0, sizeof(cpus), &cpus);
	signal(SIGTERM, end);
	fd = socket(AF_PACKET, SOCK_RAW, 0);
	address.sll_ifindex = (int)if_nametoindex(argv[1]);
	if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
	    setsockopt(fd, SOL_PACKET, PACKET_QDISC_BYPASS, &one, sizeof(one)) != 0) {
		perror(argv[1]);
		return 1;
	}
	for (int i = 0; i < BATCH; i++) {
		make_frame(frames[i], argv, i % 2 ? 1002 : 1001);
		vectors[i] = (struct iovec){ frames[i], FRAME };
		messages[i].msg_hdr.msg_iov = &vectors[i];
		messages[i].msg_hdr.msg_iovlen = 1;
	}
	while (!ended) {
		int n = sendmmsg(fd, messages, BATCH, 0);

		if (n > 0)
			sent += (unsigned)n;
		else if (errno != ENOBUFS && errno != EINTR)
			break;
	}
	printf("%llu\n", sent);
	return 0;
}
