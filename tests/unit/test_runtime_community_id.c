/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* SHA-1 against RFC 3174, community_id against the baseline that is published with its specification. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "community_id.h"
#include "sha1.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void check_sha1(const char *message, size_t size, const char *expected)
{
	uint8_t digest[SHA1_SIZE];
	char text[2 * SHA1_SIZE + 1];

	sha1(message, size, digest);
	for (size_t i = 0; i < SHA1_SIZE; i++)
		snprintf(text + 2 * i, 3, "%02x", digest[i]);
	assert_string_equal(text, expected);
}

static void sha1_known_digests(void **state)
{
	char *million = malloc(1000000);

	check_sha1("", 0, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
	check_sha1("abc", 3, "a9993e364706816aba3e25717850c26c9cd0d89d");
	check_sha1("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56,
		   "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
	memset(million, 'a', 1000000);
	check_sha1(million, 1000000, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
	/* Lengths around the place of the length field. */
	check_sha1(million, 55, "c1c8bbdc22796e28c0e15163d20899b65621d65a");
	check_sha1(million, 64, "0098ba824b5c16427bd7a1122a5a442a25ec644d");
	free(million);
}

struct vector {
	uint8_t protocol;
	const char *source, *dest;
	uint16_t source_port, dest_port;
	const char *id;
};

/* baseline_deflt.json; its ICMP rows name the answering type as port, here it is the message's own code. */
static const struct vector vectors[] = {
	{ 58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 135, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=" },
	{ 58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 136, 0, "1:dGHyGvjMfljg6Bppwm3bg0LO8TY=" },
	{ 58, "fe80::260:97ff:fe07:69ea", "fe80::200:86ff:fe05:80da", 135, 0, "1:zavyT/cezQr1fmImYCwYnMXbgck=" },
	{ 58, "fe80::200:86ff:fe05:80da", "fe80::260:97ff:fe07:69ea", 136, 0, "1:zavyT/cezQr1fmImYCwYnMXbgck=" },
	{ 58, "3ffe:501:1800:2345::2", "3ffe:507:0:1:200:86ff:fe05:80da", 3, 0, "1:2ObVBgIn28oZvibYZhZMBgh7WdQ=" },
	{ 58, "3ffe:501:410:0:2c0:dfff:fe47:33e", "3ffe:507:0:1:200:86ff:fe05:80da", 1, 4,
	  "1:hLZd0XGWojozrvxqE0dWB1iM6R0=" },
	{ 58, "3ffe:507:0:1:200:86ff:fe05:80da", "3ffe:501:0:1001::2", 128, 0, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=" },
	{ 58, "3ffe:501:0:1001::2", "3ffe:507:0:1:200:86ff:fe05:80da", 129, 0, "1:+TW+HtLHvV1xnGhV1lv7XoJrqQg=" },
	{ 58, "fe80::200:86ff:fe05:80da", "ff02::2", 133, 0, "1:hO+sN4H+MG5MY/8hIrXPqc4ZQz0=" },
	{ 58, "fe80::260:97ff:fe07:69ea", "ff02::1", 134, 0, "1:pkvHqCL88/tg1k4cPigmZXUtL00=" },
	{ 1, "192.168.0.89", "192.168.0.1", 8, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
	{ 1, "192.168.0.1", "192.168.0.89", 0, 0, "1:X0snYXpgwiv9TZtqg64sgzUn6Dk=" },
	{ 1, "10.0.0.1", "10.0.0.2", 11, 0, "1:YHxtAirCG//0OzkcVAukqKQN9xM=" },
	{ 6, "2001:470:e5bf:dead:4957:2174:e82c:4887", "2607:f8b0:400c:c03::1a", 63943, 25,
	  "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
	{ 6, "2607:f8b0:400c:c03::1a", "2001:470:e5bf:dead:4957:2174:e82c:4887", 25, 63943,
	  "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4=" },
	{ 132, "192.168.170.8", "192.168.170.56", 7, 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=" },
	{ 132, "192.168.170.56", "192.168.170.8", 7, 7, "1:MP2EtRCAUIZvTw6MxJHLV7N7JDs=" },
	{ 6, "128.232.110.120", "66.35.250.204", 34855, 80, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ 6, "66.35.250.204", "128.232.110.120", 80, 34855, "1:LQU9qZlK+B5F3KDmev6m5PMibrg=" },
	{ 17, "192.168.1.52", "8.8.8.8", 54585, 53, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
	{ 17, "8.8.8.8", "192.168.1.52", 53, 54585, "1:d/FP5EW3wiY1vCndhwleRRKHowQ=" },
	{ 46, "10.1.12.1", "10.1.12.2", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=" },
	{ 46, "10.1.12.2", "10.1.12.1", 0, 0, "1:KHlLkgoJW7ifUTyTSgyVfkFHzKw=" },
};

static struct flow flow_of(const struct vector *vector)
{
	struct flow flow = {
		.ip_version = strchr(vector->source, ':') ? 6 : 4,
		.protocol = vector->protocol,
		.source_port = vector->source_port,
		.dest_port = vector->dest_port,
	};
	int family = flow.ip_version == 6 ? AF_INET6 : AF_INET;

	assert_int_equal(inet_pton(family, vector->source, flow.source), 1);
	assert_int_equal(inet_pton(family, vector->dest, flow.dest), 1);
	return flow;
}

static void published_baseline(void **state)
{
	for (size_t i = 0; i < sizeof(vectors) / sizeof(vectors[0]); i++) {
		struct flow flow = flow_of(&vectors[i]);
		char text[COMMUNITY_ID_SIZE];

		community_id(&flow, 0, text);
		assert_string_equal(text, vectors[i].id);
	}
}

/* From baseline_seed1.json. */
static void a_seed_changes_it(void **state)
{
	struct flow flow = flow_of(&vectors[17]);
	char text[COMMUNITY_ID_SIZE];

	community_id(&flow, 1, text);
	assert_string_equal(text, "1:3V71V58M3Ksw/yuFALMcW0LAHvc=");
}

/* Ports of a protocol without ports do not count, whatever is in the fields. */
static void no_ports_no_difference(void **state)
{
	struct flow flow = flow_of(&vectors[21]);
	char text[COMMUNITY_ID_SIZE];

	flow.source_port = 1;
	flow.dest_port = 2;
	community_id(&flow, 0, text);
	assert_string_equal(text, vectors[21].id);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sha1_known_digests),
		cmocka_unit_test(published_baseline),
		cmocka_unit_test(a_seed_changes_it),
		cmocka_unit_test(no_ports_no_difference),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
