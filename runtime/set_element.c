/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "set_element.h"

#include "memory.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct word {
	const char *text;
	size_t length;
};

static const struct {
	const char *name;
	unsigned int number;
} protocols[] = {
	{ "icmp", 1 }, { "tcp", 6 }, { "udp", 17 }, { "gre", 47 }, { "esp", 50 }, { "icmpv6", 58 }, { "sctp", 132 },
};

static const struct {
	const char *name;
	__u64 ns;
} units[] = {
	{ "d", 86400000000000 }, { "h", 3600000000000 }, { "m", 60000000000 }, { "s", 1000000000 }, { "ms", 1000000 },
};

#define N_UNITS (sizeof(units) / sizeof(units[0]))

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

static bool word_is(const struct word *word, const char *text)
{
	return strlen(text) == word->length && memcmp(word->text, text, word->length) == 0;
}

static bool next_word(const char **text, const char *end, struct word *word)
{
	while (*text < end && is_blank(**text))
		(*text)++;
	word->text = *text;
	while (*text < end && !is_blank(**text))
		(*text)++;
	word->length = (size_t)(*text - word->text);
	return word->length > 0;
}

static bool fail(char *problem, const struct word *word, const char *expected)
{
	snprintf(problem, ELEMENT_PROBLEM, "'%.*s': expected %s", word->length > 60 ? 60 : (int)word->length,
		 word->text, expected);
	return false;
}

/* Decimal digits alone. */
static bool parse_number(const char *text, size_t length, __u64 max, __u64 *number)
{
	*number = 0;
	if (length == 0 || length > 18)
		return false;
	for (size_t i = 0; i < length; i++) {
		if (text[i] < '0' || text[i] > '9')
			return false;
		*number = *number * 10 + (unsigned int)(text[i] - '0');
	}
	return *number <= max;
}

static bool parse_ipv4(const char *text, size_t length, __u64 *address)
{
	__u64 value = 0;
	unsigned int part = 0, digits = 0, dots = 0;

	for (size_t i = 0; i < length; i++) {
		unsigned int digit = (unsigned int)(unsigned char)text[i] - '0';

		if (text[i] == '.') {
			if (!digits || ++dots > 3)
				return false;
			value = value << 8 | part;
			part = digits = 0;
		} else if (digit > 9 || (digits && !part) || (part = part * 10 + digit) > 255) {
			return false;
		} else {
			digits++;
		}
	}
	*address = value << 8 | part;
	return dots == 3 && digits;
}

static __u64 big_endian(const unsigned char *bytes)
{
	__u64 value = 0;

	for (int i = 0; i < 8; i++)
		value = value << 8 | bytes[i];
	return value;
}

static bool parse_address(struct set_element *element, const char *text, size_t length)
{
	char copy[INET6_ADDRSTRLEN];
	unsigned char bytes[16];

	element->version = 4;
	element->length = 32;
	if (parse_ipv4(text, length, &element->lo))
		return true;
	element->version = 6;
	element->length = 128;
	if (length >= sizeof(copy))
		return false;
	memcpy(copy, text, length);
	copy[length] = '\0';
	if (strlen(copy) != length || inet_pton(AF_INET6, copy, bytes) != 1)
		return false;
	element->hi = big_endian(bytes);
	element->lo = big_endian(bytes + 8);
	return true;
}

/* The bits of a prefix of 0 to 64 bits. */
static __u64 mask(unsigned int length)
{
	return length ? ~0ull << (64 - length) : 0;
}

static void cut(const struct set_element *element, unsigned int length, __u64 *hi, __u64 *lo)
{
	unsigned int bits = element->version == 4 ? length + 96 : length;

	*hi = element->hi & mask(bits > 64 ? 64 : bits);
	*lo = element->lo & mask(bits > 64 ? bits - 64 : 0);
}

static bool parse_prefix(struct set_element *element, const struct word *word, char *problem)
{
	const char *slash = memchr(word->text, '/', word->length);
	size_t length = slash ? (size_t)(slash - word->text) : word->length;
	__u64 bits, hi, lo;

	if (!parse_address(element, word->text, length))
		return fail(problem, word, "an address or ADDRESS/LENGTH");
	if (!slash)
		return true;
	if (!parse_number(slash + 1, word->length - length - 1, element->length, &bits))
		return fail(problem, word, element->version == 4 ? "a length of 0 to 32" : "a length of 0 to 128");
	cut(element, (unsigned int)bits, &hi, &lo);
	if (hi != element->hi || lo != element->lo) {
		char text[ELEMENT_TEXT];

		address_format(element->version, hi, lo, text);
		snprintf(problem, ELEMENT_PROBLEM,
			 "'%.*s' has bits behind its length: %s/%u is the prefix that it lies in", (int)word->length,
			 word->text, text, (unsigned int)bits);
		return false;
	}
	element->length = (__u8)bits;
	return true;
}

static bool parse_protocol(struct set_element *element, const struct word *word, char *problem)
{
	__u64 number;

	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (word_is(word, protocols[i].name)) {
			element->protocol = (__u8)protocols[i].number;
			return true;
		}
	}
	if (!parse_number(word->text, word->length, 255, &number))
		return fail(problem, word, "a protocol: tcp, udp, sctp, icmp, icmpv6, gre, esp or 0 to 255");
	element->protocol = (__u8)number;
	return true;
}

static bool parse_part(struct set_element *element, enum set_type type, const struct word *word, char *problem)
{
	__u64 number;

	switch (type) {
	case SET_TYPE_ADDR:
		if (parse_address(element, word->text, word->length))
			return true;
		return fail(problem, word,
			    memchr(word->text, '/', word->length)
				    ? "an address: only a set of type net has prefixes" : "an address");
	case SET_TYPE_NET:
		return parse_prefix(element, word, problem);
	case SET_TYPE_PORT:
		if (!parse_number(word->text, word->length, 65535, &number))
			return fail(problem, word, "a port, 0 to 65535");
		element->port = (__u16)number;
		return true;
	default:
		return parse_protocol(element, word, problem);
	}
}

/* "1h30m": numbers with units. */
static bool parse_duration(const struct word *word, __u64 *ns)
{
	const char *at = word->text, *end = word->text + word->length;

	*ns = 0;
	while (at < end) {
		size_t digits = 0, letters, unit = 0;
		__u64 number;

		while (at + digits < end && at[digits] >= '0' && at[digits] <= '9')
			digits++;
		if (!parse_number(at, digits, 100000000, &number))
			return false;
		at += digits;
		for (letters = 0; at + letters < end && at[letters] >= 'a' && at[letters] <= 'z';)
			letters++;
		while (unit < N_UNITS &&
		       (strlen(units[unit].name) != letters || memcmp(units[unit].name, at, letters) != 0))
			unit++;
		if (unit == N_UNITS || number > 36500 * units[0].ns / units[unit].ns)
			return false;
		*ns += number * units[unit].ns;
		at += letters;
	}
	return *ns > 0;
}

static void expected_parts(const struct manifest_set *set, char *problem)
{
	size_t used = (size_t)snprintf(problem, ELEMENT_PROBLEM, "an element of set '%.100s' is:", set->name);

	for (size_t i = 0; i < set->n_types; i++)
		used += (size_t)snprintf(problem + used, ELEMENT_PROBLEM - used, " %s", set_type_words[set->types[i]]);
}

bool element_parse(struct set_element *element, const struct manifest_set *set, const char *text, size_t length,
		   enum element_times times, char *problem)
{
	const char *end = text + length;
	struct word word;

	*element = (struct set_element){ .lifetime_ns = SENTRY_FOREVER };
	for (size_t i = 0; i < set->n_types; i++) {
		if (!next_word(&text, end, &word)) {
			expected_parts(set, problem);
			return false;
		}
		if (!parse_part(element, set->types[i], &word, problem))
			return false;
	}
	if (times == TIMES_TAKEN && set->timeout_ns)
		element->lifetime_ns = set->timeout_ns;
	if (!next_word(&text, end, &word))
		return true;
	if (!word_is(&word, "timeout")) {
		expected_parts(set, problem);
		return false;
	}
	if (times == TIMES_REFUSED)
		return fail(problem, &word,
			    "an element without a time: those of a file stay, and --set-add gives times");
	if (set->structure == SET_STRUCTURE_TABLE) {
		snprintf(problem, ELEMENT_PROBLEM,
			 "the elements of set '%.100s' have no times: its declaration says none", set->name);
		return false;
	}
	if (!next_word(&text, end, &word) || (!word_is(&word, "never") && !parse_duration(&word, &element->lifetime_ns)))
		return fail(problem, &word, "a time such as 10m, 1h30m or 500ms, or never");
	if (word_is(&word, "never"))
		element->lifetime_ns = SENTRY_FOREVER;
	return !next_word(&text, end, &word) || fail(problem, &word, "nothing more");
}

char *address_format(unsigned int version, __u64 hi, __u64 lo, char *out)
{
	unsigned char bytes[16];

	if (version == 4) {
		snprintf(out, ELEMENT_TEXT, "%u.%u.%u.%u", (unsigned int)(lo >> 24 & 255),
			 (unsigned int)(lo >> 16 & 255), (unsigned int)(lo >> 8 & 255), (unsigned int)(lo & 255));
		return out;
	}
	for (unsigned int i = 0; i < 8; i++) {
		bytes[i] = (unsigned char)(hi >> (56 - 8 * i));
		bytes[8 + i] = (unsigned char)(lo >> (56 - 8 * i));
	}
	inet_ntop(AF_INET6, bytes, out, ELEMENT_TEXT);
	return out;
}

char *protocol_format(unsigned int protocol, char *out, size_t size)
{
	for (size_t i = 0; i < sizeof(protocols) / sizeof(protocols[0]); i++) {
		if (protocols[i].number == protocol) {
			snprintf(out, size, "%s", protocols[i].name);
			return out;
		}
	}
	snprintf(out, size, "%u", protocol);
	return out;
}

char *duration_format(__u64 ns, char *out, size_t size)
{
	size_t used = 0;

	if (ns < 1000000000) {
		snprintf(out, size, "%llums", (unsigned long long)((ns + 999999) / 1000000));
		return out;
	}
	for (size_t i = 0; i < N_UNITS - 1 && used < size; i++) {
		if (ns >= units[i].ns)
			used += (size_t)snprintf(out + used, size - used, "%llu%s",
						 (unsigned long long)(ns / units[i].ns), units[i].name);
		ns %= units[i].ns;
	}
	return out;
}

char *element_format(const struct set_element *element, const struct manifest_set *set, char *out)
{
	size_t used = 0;

	for (size_t i = 0; i < set->n_types; i++) {
		char text[ELEMENT_TEXT];

		switch (set->types[i]) {
		case SET_TYPE_PORT:
			snprintf(text, sizeof(text), "%u", element->port);
			break;
		case SET_TYPE_PROTO:
			protocol_format(element->protocol, text, sizeof(text));
			break;
		default:
			address_format(element->version, element->hi, element->lo, text);
			break;
		}
		used += (size_t)snprintf(out + used, ELEMENT_TEXT - used, "%s%s", i ? " " : "", text);
	}
	if (element->length != (element->version == 4 ? 32 : 128))
		snprintf(out + used, ELEMENT_TEXT - used, "/%u", element->length);
	return out;
}

int element_compare(const struct set_element *left, const struct set_element *right)
{
	if (left->version != right->version)
		return left->version < right->version ? -1 : 1;
	if (left->hi != right->hi)
		return left->hi < right->hi ? -1 : 1;
	if (left->lo != right->lo)
		return left->lo < right->lo ? -1 : 1;
	if (left->length != right->length)
		return left->length < right->length ? -1 : 1;
	if (left->port != right->port)
		return left->port < right->port ? -1 : 1;
	return (int)left->protocol - (int)right->protocol;
}

bool element_covers(const struct set_element *outer, const struct set_element *inner)
{
	__u64 hi, lo;

	if (outer->version != inner->version || outer->length > inner->length || outer->port != inner->port ||
	    outer->protocol != inner->protocol)
		return false;
	cut(inner, outer->length, &hi, &lo);
	return hi == outer->hi && lo == outer->lo;
}

void elements_add(struct set_elements *elements, const struct set_element *element)
{
	elements->items = grow(elements->items, elements->n, sizeof(*elements->items));
	elements->items[elements->n++] = *element;
}

static int compare_elements(const void *left, const void *right)
{
	int order = element_compare(left, right);
	const struct set_element *a = left, *b = right;

	if (order)
		return order;
	return a->line < b->line ? -1 : a->line > b->line;
}

void elements_sort(struct set_elements *elements)
{
	size_t i = 1;

	/* Lists are mostly kept in order. */
	while (i < elements->n && compare_elements(&elements->items[i - 1], &elements->items[i]) <= 0)
		i++;
	if (i < elements->n)
		qsort(elements->items, elements->n, sizeof(*elements->items), compare_elements);
}

void elements_free(struct set_elements *elements)
{
	free(elements->items);
	*elements = (struct set_elements){ 0 };
}

static __u32 later_line(const struct set_element *pair)
{
	return pair[0].line > pair[1].line ? pair[0].line : pair[1].line;
}

/*
 * What lies between a prefix and one that it covers begins inside the prefix, and so is covered, too: the first
 * that is covered stands right behind.
 */
const struct set_element *elements_conflict(const struct set_elements *elements)
{
	const struct set_element *found = NULL;

	for (size_t i = 1; i < elements->n; i++) {
		const struct set_element *pair = &elements->items[i - 1];

		if (element_covers(&pair[0], &pair[1]) && (!found || later_line(pair) < later_line(found)))
			found = pair;
	}
	return found;
}
