/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#include "words.h"

struct row {
	const char *text;
	unsigned number;
	unsigned kind; /* tells tables apart: words of one are unique */
};

enum { PORT, PROTO, DSCP, TYPE4, TYPE6, CODE };

#define TYPE_KIND(FAMILY) (FAMILY_##FAMILY == FAMILY_V4 ? TYPE4 : TYPE6)

static const struct row rows[] = {
#define PORT_WORD(WORD, NUMBER) { WORD, NUMBER, PORT },
#define PROTO_WORD(WORD, NUMBER) { WORD, NUMBER, PROTO },
#define DSCP_WORD(WORD, NUMBER) { WORD, NUMBER, DSCP },
#define ICMP_WORD(FAMILY, WORD, NUMBER) { WORD, NUMBER, TYPE_KIND(FAMILY) },
#define ICMP_CODE_WORD(FAMILY, TYPE, WORD, NUMBER) { WORD, NUMBER, CODE + TYPE_KIND(FAMILY) * 256 + TYPE },
#include "words.def"
};

#define N_ROWS (sizeof(rows) / sizeof(rows[0]))

static void words_are_unique_and_spelled_as_names(void **state)
{
	for (size_t i = 0; i < N_ROWS; i++) {
		const char *at = rows[i].text;

		assert_true(*at >= 'a' && *at <= 'z');
		for (; *at; at++)
			assert_true((*at >= 'a' && *at <= 'z') || (*at >= '0' && *at <= '9') || *at == '-');
		assert_true(rows[i].number <= (rows[i].kind == PORT ? 65535u : rows[i].kind == DSCP ? 63u : 255u));
		for (size_t k = 0; k < i; k++)
			if (rows[k].kind == rows[i].kind && !strcmp(rows[k].text, rows[i].text))
				fail_msg("'%s' is there twice", rows[i].text);
	}
}

/* A number's name is a word for that number. */
static void names_and_numbers_agree(void **state)
{
	for (unsigned number = 0; number < 256; number++) {
		const char *name = words_proto_name((uint8_t)number);
		uint8_t back;

		if (name) {
			assert_true(words_proto(name, &back));
			assert_int_equal(back, number);
		}
		name = number < 64 ? words_dscp_name((uint8_t)number) : NULL;
		if (name) {
			assert_true(words_dscp(name, &back));
			assert_int_equal(back, number);
		}
		for (unsigned f = 0; f < N_FAMILIES; f++) {
			name = words_icmp_type_name(f, (uint8_t)number);
			if (name) {
				assert_true(words_icmp_type(f, name, &back));
				assert_int_equal(back, number);
			}
			for (unsigned code = 0; code < 256; code++) {
				name = words_icmp_code_name(f, (uint8_t)number, (uint8_t)code);
				if (name) {
					assert_true(words_icmp_code(f, (uint8_t)number, name, &back));
					assert_int_equal(back, code);
				}
			}
		}
	}
}

/* From the registries, looked up by hand. */
static void known_numbers(void **state)
{
	static const struct {
		const char *word;
		unsigned port;
	} ports[] = {
		{ "ssh", 22 }, { "smtp", 25 }, { "domain", 53 }, { "http", 80 }, { "ntp", 123 }, { "snmp", 161 },
		{ "bgp", 179 }, { "ldap", 389 }, { "https", 443 }, { "syslog", 514 }, { "submission", 587 },
		{ "imaps", 993 }, { "nfs", 2049 }, { "mysql", 3306 }, { "postgresql", 5432 }, { "mdns", 5353 },
	};
	uint16_t port;
	uint8_t number;

	for (size_t i = 0; i < sizeof(ports) / sizeof(ports[0]); i++) {
		assert_true(words_port(ports[i].word, &port));
		assert_int_equal(port, ports[i].port);
	}
	assert_false(words_port("no-such-port", &port));
	assert_true(words_proto("sctp", &number) && number == 132);
	assert_string_equal(words_proto_name(58), "icmp6");
	assert_null(words_proto_name(254));
	assert_true(words_dscp("af41", &number) && number == 34);
	assert_true(words_dscp("ef", &number) && number == 46);
	for (unsigned class = 1; class <= 4; class++) {
		for (unsigned drop = 1; drop <= 3; drop++) {
			char word[] = { 'a', 'f', (char)('0' + class), (char)('0' + drop), 0 };

			assert_true(words_dscp(word, &number));
			assert_int_equal(number, class * 8 + drop * 2);
		}
	}
	assert_true(words_icmp_type(FAMILY_V4, "echo-request", &number) && number == 8);
	assert_true(words_icmp_type(FAMILY_V6, "echo-request", &number) && number == 128);
	assert_true(words_icmp_type(FAMILY_V6, "nd-neighbor-solicit", &number) && number == 135);
	assert_false(words_icmp_type(FAMILY_V4, "packet-too-big", &number));
	assert_true(words_icmp_code(FAMILY_V4, 3, "port-unreachable", &number) && number == 3);
	assert_true(words_icmp_code(FAMILY_V6, 1, "port-unreachable", &number) && number == 4);
	assert_false(words_icmp_code(FAMILY_V4, 11, "port-unreachable", &number));
	assert_string_equal(words_icmp_type_name(FAMILY_V4, 8), "echo-request");
}

static void offers_lead_to_the_near_word(void **state)
{
	struct spell spell;

	spell_init(&spell, "htpps");
	words_offer_ports(&spell);
	assert_string_equal(spell_best(&spell), "https");
	spell_init(&spell, "packet-to-big");
	words_offer_icmp_types(&spell, FAMILY_V4);
	assert_null(spell_best(&spell));
	words_offer_icmp_types(&spell, FAMILY_V6);
	assert_string_equal(spell_best(&spell), "packet-too-big");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_are_unique_and_spelled_as_names),
		cmocka_unit_test(names_and_numbers_agree),
		cmocka_unit_test(known_numbers),
		cmocka_unit_test(offers_lead_to_the_near_word),
	};

	return cmocka_run_group_tests_name("words", tests, NULL, NULL);
}
