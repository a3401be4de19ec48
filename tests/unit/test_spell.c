/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
#include "spell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The nearest of `words` (NULL at the end), or "-". */
static const char *nearest(const char *word, const char *const *words)
{
	struct spell spell;

	spell_init(&spell, word);
	for (; *words; words++)
		spell_offer(&spell, *words);
	return spell_best(&spell) ? spell_best(&spell) : "-";
}

#define NEAREST(word, ...) nearest(word, (const char *const[]){ __VA_ARGS__, NULL })

static void test_one_edit(void **state)
{
	assert_string_equal(NEAREST("alow", "deny", "allow", "log"), "allow");    /* missing */
	assert_string_equal(NEAREST("alllow", "deny", "allow", "log"), "allow");  /* too many */
	assert_string_equal(NEAREST("allaw", "deny", "allow", "log"), "allow");   /* wrong */
	assert_string_equal(NEAREST("allwo", "deny", "allow", "log"), "allow");   /* swapped */
	assert_string_equal(NEAREST("form", "for", "from"), "for");              /* the first of equals */
}

static void test_a_third_of_the_word_may_differ(void **state)
{
	assert_string_equal(NEAREST("estabished", "established"), "established");
	assert_string_equal(NEAREST("estblshed", "established"), "established");
	assert_string_equal(NEAREST("etbled", "established"), "-");
	assert_string_equal(NEAREST("abcdef", "abcdxy"), "abcdxy");
	assert_string_equal(NEAREST("abcde", "abcxy"), "-");
}

static void test_short_words(void **state)
{
	assert_string_equal(NEAREST("tp", "to"), "to");
	assert_string_equal(NEAREST("x", "y"), "-");
	assert_string_equal(NEAREST("x", "tc", "in", "to"), "-");
	assert_string_equal(NEAREST("", "to", ""), "-");
}

static void test_nearer_wins_whatever_the_order(void **state)
{
	assert_string_equal(NEAREST("destinaton", "destinations", "destination"), "destination");
	assert_string_equal(NEAREST("destinaton", "destination", "destinations"), "destination");
}

static void test_exact_word(void **state)
{
	assert_string_equal(NEAREST("allow", "allaw", "allow"), "allow");
}

static void test_a_place_is_edited_once(void **state)
{
	struct spell spell;

	/* ca -> ac -> abc is two edits of one place for the restricted distance, three in all. */
	spell_init(&spell, "caxxxxxxx");
	spell_offer(&spell, "abcxxxxxxx");
	assert_string_equal(spell_best(&spell), "abcxxxxxxx");
	assert_int_equal(spell.distance, 3);
}

static void test_huge_words_are_nobody(void **state)
{
	char word[5000];

	memset(word, 'a', sizeof(word) - 1);
	word[sizeof(word) - 1] = '\0';
	assert_string_equal(NEAREST(word, "allow"), "-");
	assert_string_equal(NEAREST("allow", word), "-");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_one_edit),
		cmocka_unit_test(test_a_third_of_the_word_may_differ),
		cmocka_unit_test(test_short_words),
		cmocka_unit_test(test_nearer_wins_whatever_the_order),
		cmocka_unit_test(test_exact_word),
		cmocka_unit_test(test_a_place_is_edited_once),
		cmocka_unit_test(test_huge_words_are_nobody),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
