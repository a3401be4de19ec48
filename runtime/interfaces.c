/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "interfaces.h"

#include "link_info.h"
#include "memory.h"

#include <errno.h>
#include <linux/sockios.h>
#include <net/if_arp.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#ifndef ARPHRD_CAN
#define ARPHRD_CAN 280
#endif
#ifndef ARPHRD_RAWIP
#define ARPHRD_RAWIP 519
#endif
#ifndef ARPHRD_IP6GRE
#define ARPHRD_IP6GRE 823
#endif
#ifndef ARPHRD_NETLINK
#define ARPHRD_NETLINK 824
#endif
#ifndef ARPHRD_NONE
#define ARPHRD_NONE 0xFFFE
#endif

/* What else than Ethernet there is, by the kernel's number for the header. NULL: Ethernet. */
static const char *kind_of(unsigned short hardware)
{
	static const struct {
		unsigned short hardware;
		const char *kind;
	} kinds[] = {
		{ ARPHRD_NONE, "a tunnel without link header, such as tun or wireguard" },
		{ ARPHRD_PPP, "ppp" },
		{ ARPHRD_TUNNEL, "an ipip tunnel" },
		{ ARPHRD_TUNNEL6, "an ip6tnl tunnel" },
		{ ARPHRD_SIT, "a sit tunnel" },
		{ ARPHRD_IPGRE, "a gre tunnel" },
		{ ARPHRD_IP6GRE, "an ip6gre tunnel" },
		{ ARPHRD_RAWIP, "raw IP" },
		{ ARPHRD_INFINIBAND, "infiniband" },
		{ ARPHRD_CAN, "a CAN bus" },
		{ ARPHRD_NETLINK, "a netlink monitor" },
	};

	if (hardware == ARPHRD_ETHER || hardware == ARPHRD_LOOPBACK)
		return NULL;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (kinds[i].hardware == hardware)
			return kinds[i].kind;
	}
	return "of another kind";
}

static void read_one(struct interfaces *interfaces, const struct link_infos *infos, int fd,
		     const struct if_nameindex *entry)
{
	const struct link_info *info = link_infos_find(infos, entry->if_index);
	struct ifreq flags = { 0 }, hardware = { 0 };
	struct interface *item;

	strncpy(flags.ifr_name, entry->if_name, sizeof(flags.ifr_name) - 1);
	strncpy(hardware.ifr_name, entry->if_name, sizeof(hardware.ifr_name) - 1);
	/* Gone since it was listed. */
	if (ioctl(fd, SIOCGIFFLAGS, &flags) != 0 || ioctl(fd, SIOCGIFHWADDR, &hardware) != 0)
		return;
	interfaces->items = grow(interfaces->items, interfaces->n, sizeof(*interfaces->items));
	item = &interfaces->items[interfaces->n++];
	*item = (struct interface){
		.index = entry->if_index,
		.up = flags.ifr_flags & IFF_UP,
		.loopback = flags.ifr_flags & IFF_LOOPBACK,
		.ifb = info && strcmp(info->kind, "ifb") == 0,
		.kind = kind_of(hardware.ifr_hwaddr.sa_family),
	};
	strncpy(item->name, entry->if_name, sizeof(item->name) - 1);
}

bool interfaces_read(struct interfaces *interfaces, struct failure *why)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct if_nameindex *list = fd < 0 ? NULL : if_nameindex();
	struct link_infos infos = { 0 };
	bool ok = list && link_infos_read(&infos);

	*interfaces = (struct interfaces){ 0 };
	if (!ok)
		failure_set(why, EXIT_ENVIRONMENT, "cannot list the interfaces: %s", strerror(errno));
	for (const struct if_nameindex *entry = list; ok && entry->if_index; entry++)
		read_one(interfaces, &infos, fd, entry);
	link_infos_free(&infos);
	if (list)
		if_freenameindex(list);
	if (fd >= 0)
		close(fd);
	return ok;
}

void interfaces_free(struct interfaces *interfaces)
{
	free(interfaces->items);
	*interfaces = (struct interfaces){ 0 };
}

const struct interface *interfaces_find(const struct interfaces *interfaces, const char *name)
{
	for (size_t i = 0; i < interfaces->n; i++) {
		if (strcmp(interfaces->items[i].name, name) == 0)
			return &interfaces->items[i];
	}
	return NULL;
}

const struct interface *interfaces_numbered(const struct interfaces *interfaces, unsigned int index)
{
	for (size_t i = 0; i < interfaces->n; i++) {
		if (interfaces->items[i].index == index)
			return &interfaces->items[i];
	}
	return NULL;
}

bool interface_check(const struct interface *interface, struct failure *why)
{
	return !interface->kind ||
	       failure_set(why, EXIT_ENVIRONMENT,
			   "interface %s is %s: its packets have no Ethernet header, and a policy would take each for "
			   "non-ip; bind the policy to an interface that has one",
			   interface->name, interface->kind);
}

static int watched = -1; /* a socket of the namespace whose names are asked for; -1: the present one */

bool interfaces_watch(void)
{
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return false;
	if (watched >= 0)
		close(watched);
	watched = fd;
	return true;
}

bool interface_name(unsigned int index, char name[static IF_NAMESIZE])
{
	struct ifreq request = { .ifr_ifindex = (int)index };

	if (watched < 0)
		return if_indextoname(index, name);
	if (ioctl(watched, SIOCGIFNAME, &request) != 0)
		return false;
	memcpy(name, request.ifr_name, IF_NAMESIZE);
	name[IF_NAMESIZE - 1] = '\0';
	return true;
}

const char *interface_present(unsigned int index, const char *former, char name[static IF_NAMESIZE])
{
	if (!interface_name(index, name)) {
		name[0] = '\0';
		strncat(name, former, IF_NAMESIZE - 1);
	}
	return name;
}

bool bindings_add(struct bindings *bindings, const char *argument, struct failure *why)
{
	const char *equals = strchr(argument, '='), *name;

	if (!equals || equals == argument || !equals[1])
		return failure_set(why, EXIT_USAGE, "--bind %s: expected ROLE=INTERFACE, such as uplink=eth0",
				   argument);
	name = equals + 1;
	for (;;) {
		size_t length = strcspn(name, ",");
		struct binding *item;

		if (length == 0)
			return failure_set(why, EXIT_USAGE, "--bind %s: an interface name is empty", argument);
		if (length >= IF_NAMESIZE)
			return failure_set(why, EXIT_USAGE,
					   "--bind %s: interface name '%.*s' is longer than %d characters", argument,
					   (int)length, name, IF_NAMESIZE - 1);
		bindings->items = grow(bindings->items, bindings->n, sizeof(*bindings->items));
		item = &bindings->items[bindings->n++];
		*item = (struct binding){ .role = copy_text(argument, (size_t)(equals - argument)) };
		memcpy(item->interface, name, length);
		if (!name[length])
			return true;
		name += length + 1;
	}
}

void bindings_free(struct bindings *bindings)
{
	for (size_t i = 0; i < bindings->n; i++)
		free(bindings->items[i].role);
	free(bindings->items);
	*bindings = (struct bindings){ 0 };
}
