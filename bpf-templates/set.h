/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Sets that change at run time. A question is a set and an end of the packet; the generated code numbers
 * them, SENTRY_QUESTIONS in all, and has one function per set, which answers all questions to that set
 * from one version of it, when the first is asked. So no packet sees half of one version and half of
 * the next, and what a rule adds is seen by the packets that come after.
 */
#ifndef SENTRY_SET_H
#define SENTRY_SET_H

#include "set_table.h"

#include "clock.h"
#include "flow.h"
#include "packet.h"
#include "tables.h"

/* What of an end is part of an element. */
enum {
	END_ADDRESS = 1,
	END_PORT = 2,
	END_PROTO = 4,
};

#ifdef SENTRY_QUESTIONS

static __always_inline void set_answer(struct packet *pkt, __u32 question, bool member)
{
	__u32 bit = 1u << question % 32;

	pkt->answers[question / 32].asked |= bit;
	if (member)
		pkt->answers[question / 32].member |= bit;
}

/* Whether the packet has the answer to `question`, which function `ask` gives. */
#define match_member(pkt, ask, question)                                                                \
	({                                                                                              \
		if (!(read_once((pkt)->answers[(question) / 32].asked) & 1u << (question) % 32))        \
			ask((struct packet *)(pkt));                                                    \
		!!(read_once((pkt)->answers[(question) / 32].member) & 1u << (question) % 32);          \
	})

/* The same once that has been asked. */
#define match_known_member(pkt, question) (!!(read_once((pkt)->answers[(question) / 32].member) & 1u << (question) % 32))

/* --- tables -------------------------------------------------------------------- */

#ifdef SENTRY_WITH_SET_TABLES

/*
 * The lengths are gone through by bpf_loop (Linux 5.17), whose body the verifier walks once, not once
 * for each of up to 96 lengths.
 */
struct table_search {
	SET_TABLE_VERSION *version;
	const struct sentry_set_bucket *head;
	const struct sentry_set_bucket *more; /* IPv6 */
	__u64 hi;
	__u64 lo;    /* IPv4: the address */
	__u32 found;
	__u32 least; /* IPv4: no shorter prefixes than this are of interest */
};

/*
 * The highest bit is on where the number is not 0. All entries of a bucket are compared so, without a branch: a branch
 * by what is in memory would have to wait for it, and the probes of other lengths behind it. As it is, the processor
 * fetches the buckets of several lengths at the same time.
 */
static __always_inline __u64 nonzero(__u64 number)
{
	number |= -number;
	opaque(number);
	return number;
}

static __always_inline bool table_probe4(const struct table_search *search, __u32 length)
{
	const struct sentry_set_head4 *head = &search->head->head4;
	__u32 bits = length ? (__u32)search->lo >> (32 - length) << (32 - length) : 0;
	__u64 wanted = SET_TABLE_WORD4(bits, length);
	__u32 at = (__u32)set_table_hash4(bits, length);

	unrolled
	for (__u32 reach = 0; reach < SET_TABLE_REACH; reach++) {
		const struct sentry_set_bucket *bucket =
			set_bucket(search->version, head->first + ((at + reach) & head->mask));

		__u64 differs = ~0ull;

		if (!bucket)
			return false;
		unrolled
		for (int i = 0; i < SET_TABLE_ENTRIES4; i++)
			differs &= nonzero(read_once(bucket->words[i]) ^ wanted);
		if (!(differs >> 63))
			return true;
		if (read_once(bucket->words[SET_TABLE_ENTRIES4 - 1]) == SET_TABLE_EMPTY)
			return false;
	}
	return false;
}

static __noinline __attribute__((unused)) long table_step4(__u32 index, void *context)
{
	struct table_search *search = context;
	__u64 at = index;
	__u32 length;

	/* The limit must be asked of the very number that is then used. */
	opaque(at);
	if (at >= SET_TABLE_LENGTHS4)
		return 1;
	length = search->head->head4.lengths[at] & 63;
	if (length < search->least)
		return 0;
	search->found = table_probe4(search, length);
	return search->found;
}

static __always_inline bool table_probe6(const struct table_search *search, __u32 length)
{
	const struct sentry_set_head6 *head = &search->head->head6;
	__u64 hi = search->hi, lo = search->lo;
	__u32 at;

	if (length <= 64) {
		hi = length ? hi >> (64 - length) << (64 - length) : 0;
		lo = 0;
	} else if (length < 128) {
		lo = lo >> (128 - length) << (128 - length);
	}
	at = (__u32)set_table_hash6(hi, lo, length);
	unrolled
	for (__u32 reach = 0; reach < SET_TABLE_REACH; reach++) {
		const struct sentry_set_bucket *bucket =
			set_bucket(search->version, head->first + ((at + reach) & head->mask));

		__u64 differs = ~0ull;

		if (!bucket)
			return false;
		unrolled
		for (int i = 0; i < SET_TABLE_ENTRIES6; i++)
			differs &= nonzero((read_once(bucket->entries[i].tag) ^ (SET_TABLE_USED + length)) |
					   (read_once(bucket->entries[i].hi) ^ hi) | (read_once(bucket->entries[i].lo) ^ lo));
		if (!(differs >> 63))
			return true;
		if (read_once(bucket->entries[SET_TABLE_ENTRIES6 - 1].tag) == SET_TABLE_EMPTY)
			return false;
	}
	return false;
}

static __noinline __attribute__((unused)) long table_step6(__u32 index, void *context)
{
	struct table_search *search = context;
	const __u8 *lengths = search->head->head6.lengths;
	__u64 at = index;

	if (at >= sizeof(search->head->head6.lengths)) {
		lengths = search->more->lengths6;
		at -= sizeof(search->head->head6.lengths);
	}
	opaque(at);
	if (at >= sizeof(search->head->head6.lengths))
		return 1;
	search->found = table_probe6(search, lengths[at] & 255);
	return search->found;
}

static __noinline __attribute__((unused)) bool table_has4(SET_TABLE_VERSION *version, __u32 address)
{
	struct table_search search = { .version = version, .head = set_bucket(version, 0), .lo = address };

	if (!search.head)
		return false;
	if (search.head->head4.cover) {
		const struct sentry_set_bucket *cover = set_bucket(version, search.head->head4.cover + (address >> 16));
		__u64 bits;

		if (!cover)
			return false;
		bits = read_once(cover->words[set_table_cover_word(address)]) >> set_table_cover_shift(address);
		if (bits & SET_TABLE_COVERED)
			return true;
		if (!(bits & SET_TABLE_PARTLY))
			return false;
		search.least = 25;
	}
	bpf_loop(search.head->head4.n, table_step4, &search, 0);
	return search.found;
}

static __noinline __attribute__((unused)) bool table_has6(SET_TABLE_VERSION *version, __u64 hi, __u64 lo)
{
	struct table_search search = {
		.version = version,
		.head = set_bucket(version, 1),
		.more = set_bucket(version, 2),
		.hi = hi,
		.lo = lo,
	};

	if (!search.head || !search.more)
		return false;
	bpf_loop(search.head->head6.n, table_step6, &search, 0);
	return search.found;
}

static __always_inline bool set_table_has(SET_TABLE_VERSION *version, const struct packet *pkt, bool source,
					  __u32 parts)
{
	const union packet_address *address = source ? &pkt->src : &pkt->dst;

	if (!version)
		return false;
	if (pkt->version == 4)
		return table_has4(version, address->v4);
	return table_has6(version, address->v6.hi, address->v6.lo);
}

#endif
#endif

/* --- hash tables --------------------------------------------------------------- */

#if defined(SENTRY_QUESTIONS) || defined(SENTRY_WITH_ADDS)

/* False if the packet does not have all that is asked for. */
static __always_inline bool end_key(struct sentry_end_key *key, const struct packet *pkt, bool source, __u32 parts)
{
	__u32 port = source ? pkt->sport : pkt->dport;

	if (parts & END_ADDRESS) {
		struct ip6 address = address_number(pkt->version, source ? &pkt->src : &pkt->dst);

		key->hi = address.hi;
		key->lo = address.lo;
	}
	if (parts & END_PORT) {
		if (port >= PACKET_NO_PORT)
			return false;
		key->port = (__u16)port;
	}
	if (parts & END_PROTO)
		key->protocol = pkt->proto;
	key->ip_version = pkt->version;
	return true;
}

#endif
#ifdef SENTRY_WITH_SET_HASHES

static __always_inline bool set_hash_has(SET_HASH_VERSION *version, struct packet *pkt, bool source, __u32 parts)
{
	struct sentry_end_key key = {};
	const struct sentry_element *element;

	if (!version || !end_key(&key, pkt, source, parts))
		return false;
	element = map_find(version, &key);
	return element && clock_tick(pkt) < read_once(element->expires_ns);
}

#endif

#ifdef SENTRY_WITH_ADDS

/* An end of the packet becomes an element for `timeout` ns, 0: for ever. */
static __always_inline void set_hash_add(SET_HASH_VERSION *version, struct packet *pkt, bool source, __u32 parts, __u64 timeout,
					 __u32 table)
{
	struct sentry_end_key key = {};
	struct sentry_element *element, fresh;

	if (!version || !end_key(&key, pkt, source, parts))
		return;
	fresh.expires_ns = timeout ? clock_tick(pkt) + timeout : SENTRY_FOREVER;
	element = map_find(version, &key);
	if (element) {
		if (read_once(element->expires_ns) < fresh.expires_ns)
			*(volatile __u64 *)&element->expires_ns = fresh.expires_ns;
		return;
	}
	if (map_put(version, &key, &fresh, BPF_ANY))
		table_failed(table);
	else
		table_inserted(table);
}

#endif
#endif
