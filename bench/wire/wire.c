/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * wire PROGRAMS TRACE NEAR FAR DEVICE RECEIVER-CPU SENDER-CPU MILLISECONDS
 *
 * How many packets a second one processor takes in on DEVICE of the network namespace NEAR, through whatever filter is
 * there, from its peer of the same name in FAR. Both namespaces are files below /run/netns. First each packet of TRACE
 * is sent once, slowly enough that none is lost before the filter, and what comes through is counted. Then packets are
 * sent faster than they can be taken in: all work of the receiver is done by the thread of its NAPI, on a processor of
 * its own, and the figure is packets per second of that thread's processor time. Prints one JSON object.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <error.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <linux/if_link.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <linux/types.h>
#include "wire.h"

enum {
	SLOW_WINDOW = 192,     /* less than the ring of a veth holds */
	SETTLE_US = 20000,
	SAMPLE_TRIES = 1000,
	SAMPLE_NS_MAX = 200000,
	WARM_UP_MS = 50,
	PACKETS_MIN = 8192,    /* counters advance by up to 64 packets at a time */

	/* Newer than the headers of Debian 12. */
	PROG_TYPE_NETFILTER = 32,
	ATTACH_NETFILTER = 45,
	PF_IPV4 = 2,
	PRE_ROUTING = 0,
	BEHIND_RAW = -150,     /* whose priority is -300 */
};

/* What generates: the thread, and the frame that it begins with. */
struct sender {
	pthread_t thread;
	int program, cpu;
	char device[IF_NAMESIZE];
	const char *netns;
};

struct sample {
	uint64_t wall, cpu;    /* ns */
	uint32_t received;     /* wraps */
	struct wire_passed passed;
};

#define FLOOD_NS_MAX 5000000000u
#define STUCK_NS 3000000000u

static const uint8_t ethernet[WIRE_ETHERNET] = { 2, 0, 0, 0, 0, 1, 2, 0, 0, 0, 0, 2, 8, 0 };

static uint64_t clock_ns(clockid_t clock)
{
	struct timespec time;

	if (clock_gettime(clock, &time))
		error(3, errno, "the processor time of the receiver");
	return (uint64_t)time.tv_sec * 1000000000 + (uint64_t)time.tv_nsec;
}

static void sleep_us(uint64_t us)
{
	struct timespec time = { (time_t)(us / 1000000), (long)(us % 1000000) * 1000 };

	nanosleep(&time, NULL);
}

static void enter(const char *netns)
{
	char path[128];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET))
		error(3, errno, "%s", path);
	close(fd);
}

/* Other work on the machine gets what they leave: one that waits for its turn would let the other wait, too. */
static void run_on(pid_t thread, int cpu)
{
	cpu_set_t cpus;

	if (setpriority(PRIO_PROCESS, (id_t)thread, -20))
		error(3, errno, "priority");
	CPU_ZERO(&cpus);
	CPU_SET((size_t)cpu, &cpus);
	if (sched_setaffinity(thread, sizeof(cpus), &cpus))
		error(3, errno, "CPU %d", cpu);
}

static struct bpf_object *load(const char *path)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *sink;

	if (!object)
		error(3, errno, "%s", path);
	sink = bpf_object__find_program_by_name(object, "sink");
	bpf_program__set_type(sink, (enum bpf_prog_type)PROG_TYPE_NETFILTER);
	bpf_program__set_expected_attach_type(sink, (enum bpf_attach_type)ATTACH_NETFILTER);
	if (bpf_object__load(object))
		error(3, errno, "%s does not load; needed are Linux 6.4 and root", path);
	return object;
}

static int program(const struct bpf_object *object, const char *name)
{
	return bpf_program__fd(bpf_object__find_program_by_name(object, name));
}

static void *map(const struct bpf_object *object, const char *name, size_t size)
{
	int fd = bpf_object__find_map_fd_by_name(object, name);
	void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	if (memory == MAP_FAILED)
		error(3, errno, "map %s", name);
	return memory;
}

static void read_trace(const char *path, struct wire_headers *headers)
{
	FILE *file = fopen(path, "rb");

	if (!file || fread(headers, sizeof(*headers), WIRE_TRACE_MAX, file) != WIRE_TRACE_MAX)
		error(3, errno, "%s does not hold %d packets", path, WIRE_TRACE_MAX);
	fclose(file);
}

/* Behind every hook that a filter of the comparison uses, in front of routing. libbpf 1.1 has no call for it. */
static void attach_sink(int fd)
{
	uint32_t attr[16] = { (uint32_t)fd, 0, ATTACH_NETFILTER, 0, PF_IPV4, PRE_ROUTING, (uint32_t)BEHIND_RAW, 0 };

	if (syscall(SYS_bpf, BPF_LINK_CREATE, attr, sizeof(attr)) < 0)
		error(3, errno, "the sink behind the filter");
}

/* Without any XDP program a veth takes no live frames. */
static void attach_pass(int fd, int interface)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .flags = XDP_FLAGS_DRV_MODE);
	uint32_t id = 0;

	if (bpf_xdp_query_id(interface, 0, &id))
		error(3, errno, "the XDP program of the receiver");
	if (!id && bpf_link_create(fd, interface, BPF_XDP, &options) < 0)
		error(3, errno, "an XDP program that passes everything");
}

/*
 * From now on a thread of its own polls the device, and does all that comes of it. This can be asked for only when
 * there is something to poll, that is, with an XDP program. The file is of the namespace in which sysfs is mounted.
 */
static void make_threaded(const char *device)
{
	char path[64];
	int fd;

	if (unshare(CLONE_NEWNS) || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) ||
	    mount("sysfs", "/sys", "sysfs", 0, NULL))
		error(3, errno, "/sys of the receiver");
	snprintf(path, sizeof(path), "/sys/class/net/%s/threaded", device);
	fd = open(path, O_WRONLY);
	if (fd < 0 || write(fd, "1", 1) != 1)
		error(3, errno, "%s", path);
	close(fd);
}

/* The kernel names it napi/DEVICE-ID. */
static pid_t napi_thread(const char *device)
{
	DIR *processes = opendir("/proc");
	struct dirent *entry;
	char start[32];
	pid_t pid = 0;

	snprintf(start, sizeof(start), "napi/%s-", device);
	while (processes && !pid && (entry = readdir(processes))) {
		char path[300], name[64] = "";
		FILE *file;

		snprintf(path, sizeof(path), "/proc/%s/comm", entry->d_name);
		file = atoi(entry->d_name) ? fopen(path, "r") : NULL;
		if (!file)
			continue;
		if (fgets(name, sizeof(name), file) && !strncmp(name, start, strlen(start)))
			pid = atoi(entry->d_name);
		fclose(file);
	}
	if (processes)
		closedir(processes);
	if (!pid)
		error(3, 0, "no thread %s*: is %s up?", start, device);
	return pid;
}

/* All that the device has polled from its ring, also what XDP drops. */
static uint32_t received(const char *device)
{
	struct ifaddrs *all, *one;
	uint32_t packets = 0;

	if (getifaddrs(&all))
		error(3, errno, "the counters of %s", device);
	for (one = all; one; one = one->ifa_next)
		if (one->ifa_addr && one->ifa_addr->sa_family == AF_PACKET && one->ifa_data &&
		    !strcmp(one->ifa_name, device))
			packets = ((const struct rtnl_link_stats *)one->ifa_data)->rx_packets;
	freeifaddrs(all);
	return packets;
}

/* Taken again if something came in between: then the parts of it would not belong together. */
static struct sample sample(clockid_t clock, const char *device, const volatile struct wire_passed *passed)
{
	struct sample sample;

	for (int i = 0; i < SAMPLE_TRIES; i++) {
		sample.wall = clock_ns(CLOCK_MONOTONIC);
		sample.received = received(device);
		sample.passed = *passed;
		sample.cpu = clock_ns(clock);
		if (clock_ns(CLOCK_MONOTONIC) - sample.wall < SAMPLE_NS_MAX)
			return sample;
		sleep_us(1000);
	}
	error(4, 0, "the machine is too busy for a sample of all counters at once");
	return sample;
}

/* Live frames until a signal comes. One test run for all: each takes a grace period of RCU to end. */
static void *send_frames(void *argument)
{
	struct sender *sender = argument;
	struct xdp_md context = { .data_end = WIRE_FRAME };
	uint8_t frame[WIRE_FRAME] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame), .ctx_in = &context,
		    .ctx_size_in = sizeof(context), .repeat = INT32_MAX, .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	int result;

	memcpy(frame, ethernet, sizeof(ethernet));
	enter(sender->netns);
	run_on(0, sender->cpu);
	context.ingress_ifindex = if_nametoindex(sender->device);
	result = bpf_prog_test_run_opts(sender->program, &options);
	if (result != -EINTR)
		error(3, -result, "live frames");
	return NULL;
}

/* Every packet of the trace once, none lost: the ring never gets more than it holds. */
static void trickle(const char *device, volatile struct wire_turn *turn)
{
	uint32_t begin = received(device), got = 0;
	uint64_t last = clock_ns(CLOCK_MONOTONIC);

	while (got < WIRE_TRACE_MAX) {
		uint32_t now = received(device) - begin;

		if (now != got)
			last = clock_ns(CLOCK_MONOTONIC);
		else if (clock_ns(CLOCK_MONOTONIC) - last > STUCK_NS)
			error(4, 0, "%llu packets sent slowly, %u received", turn->next, now);
		got = now;
		turn->limit = got + SLOW_WINDOW < WIRE_TRACE_MAX ? got + SLOW_WINDOW : WIRE_TRACE_MAX;
		sleep_us(10);
	}
	sleep_us(SETTLE_US);
	if (received(device) - begin != WIRE_TRACE_MAX)
		error(4, 0, "%d packets sent slowly, %u received", WIRE_TRACE_MAX, received(device) - begin);
}

static void interrupted(int signal)
{
}

int main(int argc, char **argv)
{
	struct sigaction wake = { .sa_handler = interrupted };
	volatile struct wire_turn *turn;
	struct wire_passed *passed, slow;
	struct sender sender = { 0 };
	struct bpf_object *object;
	struct sample a, b;
	clockid_t clock;
	pid_t receiver;

	if (argc != 9)
		error(2, 0, "usage: wire PROGRAMS TRACE NEAR FAR DEVICE RECEIVER-CPU SENDER-CPU MILLISECONDS");
	libbpf_set_print(NULL);
	sigaction(SIGUSR1, &wake, NULL);
	object = load(argv[1]);
	read_trace(argv[2], map(object, "trace", WIRE_TRACE_MAX * sizeof(struct wire_headers)));
	passed = map(object, "passed", sizeof(*passed));
	turn = map(object, "turns", sizeof(*turn));
	sender.program = program(object, "send");
	sender.netns = argv[4];
	sender.cpu = atoi(argv[7]);
	snprintf(sender.device, sizeof(sender.device), "%s", argv[5]);

	enter(argv[3]);
	attach_sink(program(object, "sink"));
	attach_pass(program(object, "pass"), (int)if_nametoindex(sender.device));
	make_threaded(sender.device);
	receiver = napi_thread(sender.device);
	run_on(receiver, atoi(argv[6]));
	if (clock_getcpuclockid(receiver, &clock))
		error(3, errno, "the processor time of the receiver");

	if (pthread_create(&sender.thread, NULL, send_frames, &sender))
		error(3, errno, "a thread");
	trickle(sender.device, turn);
	slow = *(volatile struct wire_passed *)passed;
	turn->limit = UINT64_MAX;
	sleep_us(WARM_UP_MS * 1000);
	a = sample(clock, sender.device, passed);
	do {
		sleep_us(strtoull(argv[8], NULL, 10) * 1000);
		b = sample(clock, sender.device, passed);
	} while (b.received - a.received < PACKETS_MIN && b.wall - a.wall < FLOOD_NS_MAX);
	pthread_kill(sender.thread, SIGUSR1);
	pthread_join(sender.thread, NULL);
	printf("{\"rightly\":%llu,\"wrongly\":%llu,\"foreign\":%llu,\"packets\":%u,\"passed\":%llu,"
	       "\"passed_wrongly\":%llu,\"cpu_ns\":%llu,\"wall_ns\":%llu}\n",
	       slow.rightly, slow.wrongly, slow.foreign, b.received - a.received, b.passed.rightly - a.passed.rightly,
	       b.passed.wrongly - a.passed.wrongly, (unsigned long long)(b.cpu - a.cpu),
	       (unsigned long long)(b.wall - a.wall));
	return 0;
}
