/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "tags.h"

#include "link_info.h"
#include "memory.h"

#include <linux/ethtool.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool ask(int fd, const char *name, void *question)
{
	struct ifreq request = { .ifr_data = question };

	strncpy(request.ifr_name, name, sizeof(request.ifr_name) - 1);
	return ioctl(fd, SIOCETHTOOL, &request) == 0;
}

static __u32 feature_count(int fd, const char *name)
{
	struct {
		struct ethtool_sset_info head;
		__u32 count;
	} sets = { .head = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES } };

	return ask(fd, name, &sets) && sets.head.sset_mask ? sets.count : 0;
}

/* Features have numbers of this kernel, and names for all time. */
static bool is_on(int fd, const char *name, const char *feature)
{
	__u32 n = feature_count(fd, name), blocks = (n + 31) / 32;
	struct ethtool_gstrings *strings = allocate(1, sizeof(*strings) + (size_t)n * ETH_GSTRING_LEN);
	struct ethtool_gfeatures *features =
		allocate(1, sizeof(*features) + blocks * sizeof(features->features[0]));
	bool on = false;

	strings->cmd = ETHTOOL_GSTRINGS;
	strings->string_set = ETH_SS_FEATURES;
	strings->len = n;
	features->cmd = ETHTOOL_GFEATURES;
	features->size = blocks;
	if (n && ask(fd, name, strings) && ask(fd, name, features)) {
		for (__u32 i = 0; i < n && i < strings->len; i++) {
			const char *text = (const char *)strings->data + (size_t)i * ETH_GSTRING_LEN;

			if (strncmp(text, feature, ETH_GSTRING_LEN) == 0)
				on = features->features[i / 32].active >> i % 32 & 1;
		}
	}
	free(strings);
	free(features);
	return on;
}

/* The command that turns off what is on of two offloads; false: neither is. */
static bool turn_off(struct tags *tags, int fd, const char *name, const char *const features[2], const char *plain)
{
	bool first = is_on(fd, name, features[0]), second = is_on(fd, name, features[1]);

	snprintf(tags->remedy, sizeof(tags->remedy), "ethtool -K %s%s%s%s%s%s%s", name, first ? " " : "",
		 first ? plain : "", first ? " off" : "", second ? " " : "", second ? features[1] : "",
		 second ? " off" : "");
	return first || second;
}

/* What comes out of a veth is as it was put in at the other end, whatever this end is set to. */
static void look_at_veth(struct tags *tags, int fd, const struct link_info *info)
{
	static const char *const features[2] = { "tx-vlan-hw-insert", "tx-vlan-stag-hw-insert" };
	char peer[IF_NAMESIZE];

	if (info->elsewhere || !if_indextoname(info->lower, peer))
		snprintf(tags->remedy, sizeof(tags->remedy),
			 "ethtool -K INTERFACE txvlan off tx-vlan-stag-hw-insert off at its far end");
	else if (!turn_off(tags, fd, peer, features, "txvlan"))
		return;
	tags->cause = "the far end of the veth puts VLAN tags beside the frames";
}

static void look(struct tags *tags, int fd, const char *name, const struct link_info *info)
{
	static const char *const features[2] = { "rx-vlan-hw-parse", "rx-vlan-stag-hw-parse" };

	if (info && strcmp(info->kind, "veth") == 0)
		look_at_veth(tags, fd, info);
	else if (turn_off(tags, fd, name, features, "rxvlan"))
		tags->cause = "its driver takes VLAN tags out of the frames";
}

void tags_look(struct tags *tags, unsigned int ifindex, const char *name)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct link_infos infos;

	*tags = (struct tags){ 0 };
	if (fd < 0)
		return;
	if (link_infos_read(&infos)) {
		look(tags, fd, name, link_infos_find(&infos, ifindex));
		for (size_t i = 0; i < infos.n; i++) {
			const struct link_info *info = &infos.items[i];

			tags->used |= strcmp(info->kind, "vlan") == 0 && !info->elsewhere && info->lower == ifindex;
		}
		link_infos_free(&infos);
	}
	close(fd);
}
