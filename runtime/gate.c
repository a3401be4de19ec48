/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "gate.h"

#include "constant.h"
#include "dispatcher.h"
#include "fit.h"
#include "map_walk.h"
#include "memory.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <unistd.h>

#define GATE "gate"

/* In the order of pinning. */
static const char *const map_names[] = { "deadman", "misses", "stampers", "xdp_programs", "tc_programs", GATE, NULL };

static int open_pin(const struct site *site, const char *name)
{
	struct path path;

	return site_pin_path(site, name, &path) ? bpf_obj_get(path.text) : -1;
}

/* For readers: works on a file system that is read-only, too. */
static int open_pin_to_read(const struct site *site, const char *name)
{
	LIBBPF_OPTS(bpf_obj_get_opts, options, .file_flags = BPF_F_RDONLY);
	struct path path;

	return site_pin_path(site, name, &path) ? bpf_obj_get_opts(path.text, &options) : -1;
}

static bool read_value(const struct site *site, const char *name, __u32 key, void *value)
{
	int map = open_pin_to_read(site, name);
	bool ok = map >= 0 && bpf_map_lookup_elem(map, &key, value) == 0;

	if (map >= 0)
		close(map);
	return ok;
}

static bool check_version(const struct site *site, const struct sentry_gate *state, struct failure *why)
{
	return state->version == SENTRY_GATE_VERSION ||
	       failure_set(why, EXIT_ENVIRONMENT,
			   "%s/" GATE " was made by another version of this program; that version's sentry-apply --remove "
			   "takes it away",
			   site->home.text);
}

enum gate_presence gate_read(const struct site *site, struct sentry_gate *state, struct failure *why)
{
	struct bpf_map_info info;
	int map = open_pin_to_read(site, GATE);
	__u32 zero = 0;
	bool ok;

	*state = (struct sentry_gate){ 0 };
	if (map < 0 && (errno == ENOENT || errno == ENOTDIR))
		return GATE_NONE;
	ok = map >= 0 && map_info(map, &info) && info.value_size == sizeof(*state) &&
	     bpf_map_lookup_elem(map, &zero, state) == 0;
	if (!ok)
		failure_set(why, EXIT_ENVIRONMENT, "cannot read %s/" GATE ": %s", site->home.text, strerror(errno));
	if (map >= 0)
		close(map);
	return ok && check_version(site, state, why) ? GATE_FOUND : GATE_FAILED;
}

bool gate_read_deadman(const struct site *site, struct sentry_deadman *deadman)
{
	*deadman = (struct sentry_deadman){ 0 };
	return read_value(site, "deadman", 0, deadman);
}

bool gate_read_misses(const struct site *site, struct sentry_misses *misses)
{
	int cpus = libbpf_num_possible_cpus();
	struct sentry_misses *values;
	bool ok;

	*misses = (struct sentry_misses){ 0 };
	if (cpus <= 0)
		return false;
	values = allocate((size_t)cpus, sizeof(*values));
	ok = read_value(site, "misses", 0, values);
	for (int cpu = 0; ok && cpu < cpus; cpu++) {
		misses->late += values[cpu].late;
		misses->empty += values[cpu].empty;
		misses->unstamped += values[cpu].unstamped;
	}
	free(values);
	return ok;
}

__u32 gate_read_program(const struct site *site, enum means means, unsigned int number, unsigned int slot)
{
	__u32 id = 0;

	/* The kernel answers with the id of the program. */
	return read_value(site, means == MEANS_XDP ? "xdp_programs" : "tc_programs",
			  SENTRY_PROGRAM_INDEX(number, slot), &id) ? id : 0;
}

static int map_of(const struct gate *gate, const char *name)
{
	return bpf_object__find_map_fd_by_name(gate->bpf, name);
}

/* Maps that are there already are taken, whichever they are. */
static bool reuse(struct gate *gate, const struct site *site, struct failure *why)
{
	for (const char *const *name = map_names; *name; name++) {
		int map = open_pin(site, *name);
		bool ok = map >= 0 &&
			  bpf_map__reuse_fd(bpf_object__find_map_by_name(gate->bpf, *name), map) == 0;

		if (!ok)
			failure_set(why, EXIT_ENVIRONMENT, "%s/%s: %s%s", site->home.text, *name, strerror(errno),
				    errno == ENOENT ? "; somebody else removed the pin: sentry-apply --remove, and apply again"
						    : "");
		if (map >= 0)
			close(map);
		if (!ok)
			return false;
	}
	return true;
}

static bool pin_maps(struct gate *gate, const struct site *site, struct failure *why)
{
	for (const char *const *name = map_names; *name; name++) {
		struct path path;

		if (!site_pin_path(site, *name, &path) || (unlink(path.text) != 0 && errno != ENOENT) ||
		    bpf_obj_pin(map_of(gate, *name), path.text) != 0)
			return failure_set(why, EXIT_ENVIRONMENT, "cannot pin %s: %s", path.text, strerror(errno));
	}
	return true;
}

static bool make_grace(struct gate *gate, struct failure *why)
{
	LIBBPF_OPTS(bpf_map_create_opts, options);

	gate->inner = bpf_map_create(BPF_MAP_TYPE_ARRAY, "grace_inner", sizeof(__u32), sizeof(__u32), 1, NULL);
	options.inner_map_fd = (__u32)gate->inner;
	gate->outer = gate->inner < 0 ? -1 : bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "grace_outer", sizeof(__u32),
							    sizeof(__u32), 1, &options);
	return gate->outer >= 0 ||
	       failure_set(why, EXIT_ENVIRONMENT, "no memory for maps of the dispatcher: %s", strerror(errno));
}

static bool load(struct gate *gate, struct failure *why)
{
	static const char *const programs[] = { "sentry_xdp_pass", "sentry_xdp_vacant", "sentry_tc_pass",
						"sentry_tc_vacant", NULL };
	bool timers = kernel_has_jit();

	for (const char *const *program = programs; *program; program++)
		dispatcher_want(gate->bpf, *program);
	if (timers) {
		dispatcher_want(gate->bpf, "sentry_arm");
		dispatcher_want(gate->bpf, "sentry_disarm");
	}
	if (!dispatcher_load(gate->bpf, why))
		return false;
	gate->xdp_pass = dispatcher_program(gate->bpf, "sentry_xdp_pass");
	gate->xdp_vacant = dispatcher_program(gate->bpf, "sentry_xdp_vacant");
	gate->tc_pass = dispatcher_program(gate->bpf, "sentry_tc_pass");
	gate->tc_vacant = dispatcher_program(gate->bpf, "sentry_tc_vacant");
	gate->arm = timers ? dispatcher_program(gate->bpf, "sentry_arm") : -1;
	gate->disarm = timers ? dispatcher_program(gate->bpf, "sentry_disarm") : -1;
	gate->deadman = map_of(gate, "deadman");
	gate->stampers = map_of(gate, "stampers");
	gate->xdp_programs = map_of(gate, "xdp_programs");
	gate->tc_programs = map_of(gate, "tc_programs");
	return true;
}

static bool map_state(struct gate *gate, struct failure *why)
{
	void *state = mmap(NULL, sizeof(*gate->state), PROT_READ | PROT_WRITE, MAP_SHARED, map_of(gate, GATE), 0);

	if (state == MAP_FAILED)
		return failure_set(why, EXIT_ENVIRONMENT, "cannot map the gate: %s", strerror(errno));
	gate->state = state;
	return true;
}

bool gate_open(struct gate *gate, const struct site *site, struct failure *why)
{
	enum gate_presence presence;
	struct sentry_gate state;

	*gate = (struct gate){ .outer = -1, .inner = -1 };
	presence = gate_read(site, &state, why);
	if (presence == GATE_FAILED)
		return false;
	gate->bpf = dispatcher_open(why);
	if (gate->bpf && (presence == GATE_NONE || reuse(gate, site, why)) && load(gate, why) && map_state(gate, why) &&
	    make_grace(gate, why)) {
		if (presence == GATE_FOUND)
			return true;
		gate->state->version = SENTRY_GATE_VERSION;
		if (getrandom(&gate->state->tag, sizeof(gate->state->tag), 0) != sizeof(gate->state->tag))
			gate->state->tag = (__u32)getpid();
		if (pin_maps(gate, site, why))
			return true;
		gate_remove(site);
	}
	gate_close(gate);
	return false;
}

void gate_close(struct gate *gate)
{
	if (gate->state)
		munmap(gate->state, sizeof(*gate->state));
	if (gate->bpf) {
		bpf_object__close(gate->bpf);
		if (gate->outer >= 0)
			close(gate->outer);
		if (gate->inner >= 0)
			close(gate->inner);
	}
	*gate = (struct gate){ .outer = -1, .inner = -1 };
}

void gate_remove(const struct site *site)
{
	size_t n = sizeof(map_names) / sizeof(map_names[0]) - 1;

	/* The gate first: what is left of the rest is then known to be nothing. */
	while (n > 0) {
		struct path path;

		if (site_pin_path(site, map_names[--n], &path))
			unlink(path.text);
	}
}

__u64 gate_in_force(const struct gate *gate)
{
	return __atomic_load_n(&gate->state->in_force, __ATOMIC_SEQ_CST);
}

bool gate_switch(struct gate *gate, __u64 from, __u64 to)
{
	return __atomic_compare_exchange_n(&gate->state->in_force, &from, to, false, __ATOMIC_SEQ_CST,
					   __ATOMIC_SEQ_CST);
}

unsigned int gate_slot(const struct gate *gate, unsigned int generation)
{
	unsigned int slot = 0;

	while (slot < SENTRY_GATE_SLOTS && gate->state->slots[slot] != generation)
		slot++;
	return slot;
}

void gate_set_slot(struct gate *gate, unsigned int slot, unsigned int generation, bool fail_open)
{
	__u32 bit = 1U << slot;

	if (fail_open)
		__atomic_or_fetch(&gate->state->fail_open, bit, __ATOMIC_SEQ_CST);
	else
		__atomic_and_fetch(&gate->state->fail_open, ~bit, __ATOMIC_SEQ_CST);
	__atomic_store_n(&gate->state->slots[slot], generation, __ATOMIC_SEQ_CST);
}

bool gate_grace(struct gate *gate, struct failure *why)
{
	__u32 zero = 0;

	return bpf_map_update_elem(gate->outer, &zero, &gate->inner, BPF_ANY) == 0 ||
	       failure_set(why, EXIT_ENVIRONMENT, "cannot wait for the CPUs: %s", strerror(errno));
}

bool gate_set_program(struct gate *gate, enum means means, unsigned int number, unsigned int slot, int program,
		      struct failure *why)
{
	__u32 index = SENTRY_PROGRAM_INDEX(number, slot);
	int map = means == MEANS_XDP ? gate->xdp_programs : gate->tc_programs;

	return bpf_map_update_elem(map, &index, &program, BPF_ANY) == 0 ||
	       failure_set(why, EXIT_ENVIRONMENT, "cannot put a program into its slot: %s", strerror(errno));
}

bool gate_set_pass(struct gate *gate, enum means means, unsigned int number, unsigned int slot, struct failure *why)
{
	return gate_set_program(gate, means, number, slot, means == MEANS_XDP ? gate->xdp_pass : gate->tc_pass, why);
}

bool gate_set_vacant(struct gate *gate, enum means means, unsigned int number, unsigned int slot,
		     struct failure *why)
{
	return gate_set_program(gate, means, number, slot, means == MEANS_XDP ? gate->xdp_vacant : gate->tc_vacant,
				why);
}

bool gate_set_stamper(struct gate *gate, unsigned int ifindex, bool stamps, struct failure *why)
{
	__u32 index = ifindex / 64;
	__u64 bits, bit = 1ULL << (ifindex & 63);

	/* Beyond, packets are stamped in vain, and egress goes by what is in force. */
	if (ifindex >= SENTRY_STAMPERS_MAX)
		return true;
	if (bpf_map_lookup_elem(gate->stampers, &index, &bits) == 0) {
		bits = stamps ? bits | bit : bits & ~bit;
		if (bpf_map_update_elem(gate->stampers, &index, &bits, BPF_ANY) == 0)
			return true;
	}
	return failure_set(why, EXIT_ENVIRONMENT, "cannot note the interface: %s", strerror(errno));
}

static const char *dispatcher_name(const struct hook *hook)
{
	if (hook->means == MEANS_XDP)
		return DISPATCHER_XDP;
	return hook->direction == DIRECTION_INGRESS ? "sentry_tc_ingress" : "sentry_tc_egress";
}

int gate_dispatcher(const struct gate *gate, const struct hook *hook, unsigned int number, struct failure *why)
{
	struct bpf_object *bpf = dispatcher_open(why);
	const char *name = dispatcher_name(hook);
	bool ok = bpf != NULL;
	int program = -1;

	for (const char *const *map = map_names; ok && *map; map++)
		ok = bpf_map__reuse_fd(bpf_object__find_map_by_name(bpf, *map), map_of(gate, *map)) == 0 ||
		     failure_set(why, EXIT_ENVIRONMENT, "map '%s' cannot be shared: %s", *map, strerror(errno));
	if (ok && !constant_set(bpf, "hook", number))
		ok = failure_set(why, EXIT_ENVIRONMENT, "the dispatcher was built without its constant");
	if (ok) {
		dispatcher_want(bpf, name);
		ok = dispatcher_load(bpf, why);
	}
	if (ok) {
		program = dup(dispatcher_program(bpf, name));
		if (program < 0)
			failure_set(why, EXIT_ENVIRONMENT, "%s", strerror(errno));
	}
	bpf_object__close(bpf);
	return program;
}

static bool run(int program, struct failure *why)
{
	unsigned char frame[64] = { 0 };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = sizeof(frame), .repeat = 1);
	int error = bpf_prog_test_run_opts(program, &options);

	if (error)
		return failure_set(why, EXIT_ENVIRONMENT, "the timer's program cannot be run: %s", strerror(errno));
	if ((int)options.retval < 0)
		return failure_set(why, EXIT_ENVIRONMENT, "the timer cannot be set: %s",
				   strerror(-(int)options.retval));
	return true;
}

bool gate_deadman(const struct gate *gate, struct sentry_deadman *deadman, struct failure *why)
{
	__u32 zero = 0;

	return bpf_map_lookup_elem(gate->deadman, &zero, deadman) == 0 ||
	       failure_set(why, EXIT_ENVIRONMENT, "cannot read the timer: %s", strerror(errno));
}

static bool put_deadman(struct gate *gate, const struct sentry_deadman *deadman, struct failure *why)
{
	__u32 zero = 0;

	/* The kernel leaves the timer itself out of it, and frees one that was there. */
	return bpf_map_update_elem(gate->deadman, &zero, deadman, BPF_ANY) == 0 ||
	       failure_set(why, EXIT_ENVIRONMENT, "cannot set the timer: %s", strerror(errno));
}

bool gate_arm(struct gate *gate, __u64 deadline_ns, __u64 expected, __u64 back, struct failure *why)
{
	const struct sentry_deadman deadman = { .deadline_ns = deadline_ns, .expected = expected, .back = back };

	if (gate->arm < 0)
		return failure_set(why, EXIT_ENVIRONMENT,
				   "nothing would go back by itself: the timer for --confirm and --probe needs " NEEDS_JIT);
	return put_deadman(gate, &deadman, why) && run(gate->arm, why);
}

bool gate_disarm(struct gate *gate, struct sentry_deadman *deadman, struct failure *why)
{
	/* Waits for one that is just firing. Where there are no timers, none is. */
	return (gate->disarm < 0 || run(gate->disarm, why)) && gate_deadman(gate, deadman, why);
}

bool gate_forget_deadman(struct gate *gate, struct failure *why)
{
	const struct sentry_deadman none = { .deadline_ns = 0 };

	return put_deadman(gate, &none, why);
}
