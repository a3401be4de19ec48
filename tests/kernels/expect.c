/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * expect N SEED POLICY [CAPTURE…]: packets for a policy, and what the model says about each, for a machine that has
 * neither the policy nor the model. Half of them come from the rules: one that a rule matches, with fields of another
 * or a neighbouring value. The others are those of the captures, most of them damaged. POLICY may be an object. A line
 * for each:
 *
 *	BLOCK SLOT VERDICT LOGGED TIME WIRE HEX
 *
 * BLOCK is the number of the block in the manifest, TIME in nanoseconds since the first packet, and never backwards:
 * tables begin empty, and what one packet leaves there the next ones meet.
 */
#include "capture.h"
#include "compile.h"
#include "engine.h"
#include "ip_proto.h"
#include "rulebook.h"
#include "witness.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define CUBES_MAX 256u
#define CORPUS_MAX 4096u

struct packets {
	struct arena arena;
	const struct policy *policy;
	uint64_t random;
	size_t n_specs, n_corpus;
	struct packet_spec specs[CUBES_MAX];
	struct frame corpus[CORPUS_MAX];
	unsigned long seen[N_VERDICTS];
};

static uint64_t draw(struct packets *p, uint64_t below)
{
	/* xorshift64*: Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled", 2016 */
	p->random ^= p->random >> 12;
	p->random ^= p->random << 25;
	p->random ^= p->random >> 27;
	return (p->random * 2685821657736338717ull >> 16) % below;
}

/* --- from the rules ------------------------------------------------------------ */

static void add_witness(struct packets *p, const struct space *space, const struct cube *cube)
{
	size_t at = p->n_specs < CUBES_MAX ? p->n_specs : draw(p, CUBES_MAX);
	struct witness witness;

	witness_choose(&p->arena, space, cube, &witness);
	p->specs[at] = witness.spec;
	p->n_specs += p->n_specs < CUBES_MAX;
}

static void find_witnesses(struct packets *p)
{
	for (unsigned family = 0; family < N_FAMILIES; family++) {
		const struct space *space = space_build(&p->arena, &p->policy, 1, family);
		struct cube any = cube_any(&p->arena, space);

		add_witness(p, space, &any);
		for (size_t b = 0; b < p->policy->n_blocks; b++) {
			const struct rulebook *book = rulebook_build(&p->arena, space, p->policy->blocks[b]);
			/* Of large policies, rules from all over. */
			size_t step = book->n / CUBES_MAX + 1;

			for (size_t i = draw(p, step); i < book->n; i += step)
				if (book->entries[i].n_cubes)
					add_witness(p, space, &book->entries[i].cubes[draw(p, book->entries[i].n_cubes)]);
		}
	}
}

static void neighbour(struct packets *p, struct packet_spec *spec)
{
	unsigned bits = spec->family == FAMILY_V4 ? 32 : 128;

	switch (draw(p, 10)) {
	case 0:
		spec->src ^= (u128)1 << draw(p, bits);
		break;
	case 1:
		spec->dst ^= (u128)1 << draw(p, bits);
		break;
	case 2:
		spec->sport = (uint16_t)(spec->sport + (draw(p, 2) ? 1 : -1));
		break;
	case 3:
		spec->dport = (uint16_t)(spec->dport + (draw(p, 2) ? 1 : -1));
		break;
	case 4:
		spec->tcp_flags ^= 1u << draw(p, 8);
		break;
	case 5:
		spec->ttl = (uint8_t)(spec->ttl + (draw(p, 2) ? 1 : -1));
		break;
	case 6:
		spec->dscp = (spec->dscp + 1) & 63;
		break;
	case 7:
		spec->icmp_type = (uint8_t)(spec->icmp_type + (draw(p, 2) ? 1 : -1));
		break;
	case 8:
		spec->n_vlans = 1;
		spec->vlans[0] = (spec->vlans[0] + 1) & 0xfff;
		break;
	default:
		spec->length = 60 + (uint32_t)draw(p, 1400);
	}
}

static struct frame from_rules(struct packets *p)
{
	struct packet_spec spec = p->specs[draw(p, p->n_specs)], other = p->specs[draw(p, p->n_specs)];
	bool same = spec.family == other.family;

	/* A third is what a rule matches, the rest is close to it or between two. */
	switch (draw(p, 6)) {
	case 0:
		if (same)
			spec.src = other.src;
		break;
	case 1:
		if (same)
			spec.dst = other.dst;
		break;
	case 2:
		if (spec.has_ports && other.has_ports) {
			spec.sport = other.sport;
			spec.dport = other.dport;
		}
		break;
	case 3:
		neighbour(p, &spec);
		break;
	default:
		break;
	}
	/* An answer to a packet that may have come before: connections have two directions. */
	if (draw(p, 8) == 0) {
		u128 address = spec.src;
		uint16_t port = spec.sport;

		spec.src = spec.dst;
		spec.dst = address;
		spec.sport = spec.dport;
		spec.dport = port;
		if (spec.proto == PROTO_TCP)
			spec.tcp_flags |= 0x10;
	}
	return frame_build(&p->arena, &spec);
}

/* --- from captures ------------------------------------------------------------- */

static void read_capture(struct packets *p, const char *path)
{
	char error[512];
	struct capture *capture = capture_open(path, error, sizeof(error));
	struct frame frame;

	/* Some are there to be refused, for another link type. */
	while (capture && capture_next(capture, &frame) == CAPTURE_PACKET && p->n_corpus < CORPUS_MAX) {
		uint8_t *copy = arena_alloc(&p->arena, frame.size + 1);

		memcpy(copy, frame.data, frame.size);
		frame.data = copy;
		p->corpus[p->n_corpus++] = frame;
	}
	capture_close(capture);
}

static struct frame from_captures(struct packets *p)
{
	struct frame frame = p->corpus[draw(p, p->n_corpus)];
	uint32_t reach = frame.size < 90 ? frame.size : 90;
	uint8_t *copy = arena_alloc(&p->arena, frame.size + 1);
	uint64_t how = draw(p, 4);

	memcpy(copy, frame.data, frame.size);
	frame.data = copy;
	if (how == 0 && frame.size > 15) {
		frame.size = 15 + (uint32_t)draw(p, frame.size - 15);
		if (draw(p, 2))
			frame.wire_size = frame.size;
	}
	for (unsigned n = how == 1 ? 1 + (unsigned)draw(p, 3) : 0; n && reach > 12; n--)
		copy[12 + draw(p, reach - 12)] = (uint8_t)draw(p, 256);
	return frame;
}

/* --- judged -------------------------------------------------------------------- */

static bool judge(struct packets *p, struct engine *model, const struct frame *frame)
{
	struct decision decision = { 0 };
	size_t block = draw(p, p->policy->n_blocks);

	if (engine_run(model, block, frame, &decision)) {
		fprintf(stderr, "expect: model: %s\n", model->error);
		return false;
	}
	p->seen[decision.verdict]++;
	printf("%zu %u %u %u %" PRIu64 " %u ", block, decision.slot, decision.verdict, decision.log,
	       model->time_ns - ENGINE_TIME_BEGIN, frame->wire_size);
	for (uint32_t i = 0; i < frame->size; i++)
		printf("%02x", frame->data[i]);
	putchar('\n');
	return true;
}

static bool judge_all(struct packets *p, unsigned long n)
{
	struct engine *model = model_open(p->policy);
	bool good = model != NULL;

	if (good)
		model->time_ns = ENGINE_TIME_BEGIN;
	for (unsigned long i = 0; good && i < n; i++) {
		struct frame frame = p->n_corpus && draw(p, 2) ? from_captures(p) : from_rules(p);

		if (frame.size <= 14)
			continue;
		good = judge(p, model, &frame);
		/* Mostly at once; now and then long enough for something to be forgotten. */
		model->time_ns += draw(p, 50) ? draw(p, 20000000) : draw(p, 100000000000);
	}
	engine_close(model);
	return good;
}

int main(int argc, char **argv)
{
	static struct packets packets;
	struct compile compile;
	bool good;

	if (argc < 4) {
		fprintf(stderr, "usage: expect N SEED POLICY [CAPTURE…]\n");
		return 2;
	}
	compile_init(&compile);
	arena_init(&packets.arena);
	packets.random = strtoull(argv[2], NULL, 10) * 2654435761u + 88172645463325252u;
	packets.policy = compile_policy(&compile, argv[3], NULL);
	if (!packets.policy) {
		diags_print(&compile.diags, stderr, false);
		return 1;
	}
	find_witnesses(&packets);
	for (int i = 4; i < argc; i++)
		read_capture(&packets, argv[i]);
	good = judge_all(&packets, strtoul(argv[1], NULL, 10)) && fflush(stdout) == 0;
	fprintf(stderr, "allow %lu, deny %lu, reject %lu\n", packets.seen[VERDICT_ALLOW], packets.seen[VERDICT_DENY],
		packets.seen[VERDICT_REJECT]);
	arena_fini(&packets.arena);
	compile_fini(&compile);
	return good ? 0 : 1;
}
