/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A veth pair by rtnetlink: there is no ip(8) here. The inner end is wire0 with 10.78.0.1, the outer one wire1. */
#include "guest.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <linux/veth.h>
#include <net/if.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#define INNER "wire0"
#define OUTER "wire1"
#define HERE 0x0a4e0001u
#define THERE 0x0a4e0002u
#define UDP_PORT 7000

static const unsigned char inner_mac[6] = { 2, 0, 0, 0, 0, 1 }, outer_mac[6] = { 2, 0, 0, 0, 0, 2 };

struct request {
	struct nlmsghdr header;
	union {
		struct ifinfomsg link;
		struct ndmsg neighbour;
	};
	char attributes[512];
};

/* --- rtnetlink ----------------------------------------------------------------- */

static void *tail(struct request *r)
{
	return (char *)r + NLMSG_ALIGN(r->header.nlmsg_len);
}

static struct rtattr *put(struct request *r, unsigned short type, const void *data, size_t size)
{
	struct rtattr *attribute = tail(r);

	attribute->rta_type = type;
	attribute->rta_len = (unsigned short)RTA_LENGTH(size);
	if (size)
		memcpy(RTA_DATA(attribute), data, size);
	r->header.nlmsg_len = NLMSG_ALIGN(r->header.nlmsg_len) + RTA_ALIGN(attribute->rta_len);
	return attribute;
}

static void put_end(struct request *r, struct rtattr *nest)
{
	nest->rta_len = (unsigned short)((char *)tail(r) - (char *)nest);
}

static int ask(struct request *r)
{
	struct {
		struct nlmsghdr header;
		struct nlmsgerr error;
		char rest[1024];
	} answer;
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE), error = -EIO;

	if (fd < 0)
		return -errno;
	r->header.nlmsg_flags |= NLM_F_REQUEST | NLM_F_ACK;
	if (send(fd, r, r->header.nlmsg_len, 0) > 0 && recv(fd, &answer, sizeof(answer), 0) > 0 &&
	    answer.header.nlmsg_type == NLMSG_ERROR)
		error = answer.error.error;
	close(fd);
	return error;
}

static int make_veth(void)
{
	struct request r = { .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.link)), .nlmsg_type = RTM_NEWLINK,
					 .nlmsg_flags = NLM_F_CREATE | NLM_F_EXCL } };
	struct rtattr *info, *data, *peer;

	put(&r, IFLA_IFNAME, INNER, sizeof(INNER));
	put(&r, IFLA_ADDRESS, inner_mac, sizeof(inner_mac));
	info = put(&r, IFLA_LINKINFO, NULL, 0);
	put(&r, IFLA_INFO_KIND, "veth", 4);
	data = put(&r, IFLA_INFO_DATA, NULL, 0);
	peer = put(&r, VETH_INFO_PEER, NULL, 0);
	memset(tail(&r), 0, sizeof(struct ifinfomsg));
	r.header.nlmsg_len += sizeof(struct ifinfomsg);
	put(&r, IFLA_IFNAME, OUTER, sizeof(OUTER));
	put(&r, IFLA_ADDRESS, outer_mac, sizeof(outer_mac));
	put_end(&r, peer);
	put_end(&r, data);
	put_end(&r, info);
	return ask(&r);
}

static int make_neighbour(void)
{
	struct request r = { .header = { .nlmsg_len = NLMSG_LENGTH(sizeof(r.neighbour)), .nlmsg_type = RTM_NEWNEIGH,
					 .nlmsg_flags = NLM_F_CREATE | NLM_F_REPLACE } };
	uint32_t address = htonl(THERE);

	r.neighbour.ndm_family = AF_INET;
	r.neighbour.ndm_ifindex = (int)if_nametoindex(INNER);
	r.neighbour.ndm_state = NUD_PERMANENT;
	put(&r, NDA_DST, &address, sizeof(address));
	put(&r, NDA_LLADDR, outer_mac, sizeof(outer_mac));
	return ask(&r);
}

static int set_address(int fd, unsigned long what, uint32_t value)
{
	struct ifreq request = { .ifr_name = INNER };
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(value) };

	memcpy(&request.ifr_addr, &address, sizeof(address));
	return ioctl(fd, what, &request) ? -errno : 0;
}

static int set_up(int fd, const char *name)
{
	struct ifreq request = { .ifr_flags = IFF_UP };

	memcpy(request.ifr_name, name, strlen(name) + 1);
	return ioctl(fd, SIOCSIFFLAGS, &request) ? -errno : 0;
}

/* Nothing but what the test sends shall be on the wire. */
static void no_ipv6(const char *name)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "/proc/sys/net/ipv6/conf/%s/disable_ipv6", name);
	file = fopen(path, "w");
	if (file) {
		fputs("1", file);
		fclose(file);
	}
}

/* --- sockets ------------------------------------------------------------------- */

static int open_raw(struct pair *pair)
{
	struct sockaddr_ll address = { .sll_family = AF_PACKET, .sll_protocol = htons(ETH_P_IP) };
	int error = 0;

	pair->outer = (int)if_nametoindex(OUTER);
	address.sll_ifindex = pair->outer;
	pair->raw = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, htons(ETH_P_IP));
	if (pair->raw < 0 || bind(pair->raw, (struct sockaddr *)&address, sizeof(address)) != 0)
		error = -errno;
	return error;
}

static int open_udp(struct pair *pair)
{
	struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(HERE), .sin_port = htons(UDP_PORT) };

	pair->udp = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	return pair->udp < 0 || bind(pair->udp, (struct sockaddr *)&address, sizeof(address)) != 0 ? -errno : 0;
}

int pair_open(struct pair *pair)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), error = make_veth();

	if (!error)
		error = set_address(fd, SIOCSIFADDR, HERE);
	if (!error)
		error = set_address(fd, SIOCSIFNETMASK, 0xffffff00);
	no_ipv6(INNER);
	no_ipv6(OUTER);
	if (!error)
		error = set_up(fd, "lo");
	if (!error)
		error = set_up(fd, OUTER);
	if (!error)
		error = set_up(fd, INNER);
	if (!error)
		error = make_neighbour();
	if (!error)
		error = open_raw(pair);
	if (!error)
		error = open_udp(pair);
	close(fd);
	return error;
}

/* Datagrams that wait, or come within a tenth of a second of the one before. */
static int count(int fd, unsigned short source)
{
	struct pollfd ready = { .fd = fd, .events = POLLIN };
	unsigned char data[2048];
	int n = 0;

	while (poll(&ready, 1, 100) > 0) {
		ssize_t size = recv(fd, data, sizeof(data), 0);

		/* The packet socket also sees others; ours end in one port. */
		if (!source || (size >= 38 && data[23] == IPPROTO_UDP && data[34] == source >> 8 &&
				data[35] == (source & 255)))
			n++;
	}
	return n;
}

static uint16_t checksum(const unsigned char *data, size_t size)
{
	uint32_t sum = 0;

	for (size_t i = 0; i < size; i += 2)
		sum += (uint32_t)data[i] << 8 | data[i + 1];
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static void put16(unsigned char *at, unsigned int value)
{
	at[0] = (unsigned char)(value >> 8);
	at[1] = (unsigned char)value;
}

/* By source port: all go to the one socket. */
static size_t frame(unsigned char out[64], unsigned short port)
{
	const uint32_t source = htonl(THERE), destination = htonl(HERE);

	memset(out, 0, 64);
	memcpy(out, inner_mac, 6);
	memcpy(out + 6, outer_mac, 6);
	put16(out + 12, ETH_P_IP);
	out[14] = 0x45;
	put16(out + 16, 20 + 8 + 18);
	out[22] = 64;
	out[23] = IPPROTO_UDP;
	memcpy(out + 26, &source, 4);
	memcpy(out + 30, &destination, 4);
	put16(out + 24, checksum(out + 14, 20));
	put16(out + 34, port);
	put16(out + 36, UDP_PORT);
	put16(out + 38, 8 + 18);
	return 60;
}

int pair_in(const struct pair *pair, unsigned short port, int n)
{
	unsigned char bytes[64];
	size_t size = frame(bytes, port);

	for (int i = 0; i < n; i++)
		if (send(pair->raw, bytes, size, 0) < 0)
			return -errno;
	return count(pair->udp, 0);
}

int pair_out(const struct pair *pair, unsigned short port, int n)
{
	struct sockaddr_in to = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(THERE), .sin_port = htons(port) };

	while (recv(pair->raw, &(char){ 0 }, 1, MSG_DONTWAIT) > 0)
		;
	for (int i = 0; i < n; i++)
		/* What a policy denies on its way out may be an error here, at once. */
		if (sendto(pair->udp, "hello", 5, 0, (struct sockaddr *)&to, sizeof(to)) < 0 && errno != EPERM &&
		    errno != ENOBUFS)
			return -errno;
	return count(pair->raw, UDP_PORT);
}
