/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Finding the manifest in an object, also in one that is forged or cut short. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "elf_section.h"

#include <elf.h>
#include <stdlib.h>
#include <string.h>

static const char strings[] = "\0.shstrtab\0sentry.manifest";
static const char content[] = "{\"schema\":1}";

struct image {
	Elf64_Ehdr elf;
	char strings[sizeof(strings)];
	char content[sizeof(content) - 1];
	Elf64_Shdr sections[3];
} __attribute__((packed));

static struct image make_image(void)
{
	const union {
		uint16_t word;
		uint8_t first;
	} order = { .word = 1 };
	struct image image = {
		.elf = {
			.e_ident = { 0x7f, 'E', 'L', 'F', ELFCLASS64, order.first ? ELFDATA2LSB : ELFDATA2MSB,
				     EV_CURRENT },
			.e_type = ET_REL, .e_machine = 247, .e_shoff = offsetof(struct image, sections),
			.e_shentsize = sizeof(Elf64_Shdr), .e_shnum = 3, .e_shstrndx = 1,
		},
		.sections = {
			{ 0 },
			{ .sh_name = 1, .sh_type = SHT_STRTAB, .sh_offset = offsetof(struct image, strings),
			  .sh_size = sizeof(strings) },
			{ .sh_name = 11, .sh_type = SHT_PROGBITS, .sh_offset = offsetof(struct image, content),
			  .sh_size = sizeof(content) - 1 },
		},
	};

	memcpy(image.strings, strings, sizeof(strings));
	memcpy(image.content, content, sizeof(content) - 1);
	return image;
}

static bool find(const struct image *image, size_t size, struct failure *why)
{
	/* Exactly as large as said, so that a sanitizer sees every byte read beyond. */
	char *exact = malloc(size + !size);
	const struct elf_section *section = NULL;
	struct elf_sections sections;
	bool ok = false;

	memcpy(exact, image, size);
	if (elf_sections_read(&sections, exact, size, why))
		section = elf_section(&sections, "sentry.manifest");
	if (section && section->data) {
		assert_true(section->data >= exact && section->size <= size &&
			    (size_t)(section->data - exact) <= size - section->size);
		ok = section->size == sizeof(content) - 1 && memcmp(section->data, content, section->size) == 0;
	}
	elf_sections_free(&sections);
	free(exact);
	return ok;
}

static void found(void **state)
{
	struct image image = make_image();
	struct failure why = { 0 };

	assert_true(find(&image, sizeof(image), &why));
}

static void cut_short(void **state)
{
	struct image image = make_image();

	for (size_t size = 0; size < sizeof(image); size++) {
		struct failure why = { 0 };

		assert_false(find(&image, size, &why));
		assert_int_equal(why.code, EXIT_ENVIRONMENT);
	}
}

/* Each byte in turn set to values that make offsets and sizes huge, small or negative. */
static void forged(void **state)
{
	static const unsigned char values[] = { 0x00, 0x01, 0x7f, 0x80, 0xff };

	for (size_t at = 0; at < sizeof(struct image); at++) {
		for (size_t i = 0; i < sizeof(values); i++) {
			struct image image = make_image();
			struct failure why = { 0 };

			((unsigned char *)&image)[at] = values[i];
			find(&image, sizeof(image), &why);
		}
	}
}

static void says_what_is_wrong(void **state)
{
	struct image image = make_image();
	struct failure why = { 0 };

	image.elf.e_ident[EI_DATA] = image.elf.e_ident[EI_DATA] == ELFDATA2LSB ? ELFDATA2MSB : ELFDATA2LSB;
	assert_false(find(&image, sizeof(image), &why));
	assert_non_null(strstr(why.text, "compile it with --target"));

	image = make_image();
	image.elf.e_machine = EM_X86_64;
	assert_false(find(&image, sizeof(image), &why));
	assert_non_null(strstr(why.text, "not a BPF object"));

	image = make_image();
	image.elf.e_type = ET_EXEC;
	assert_false(find(&image, sizeof(image), &why));
	assert_non_null(strstr(why.text, "not a BPF object"));

	image = make_image();
	image.sections[2].sh_size = sizeof(image);
	assert_false(find(&image, sizeof(image), &why));
	assert_non_null(strstr(why.text, "cut short or damaged"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(found), cmocka_unit_test(cut_short), cmocka_unit_test(forged),
		cmocka_unit_test(says_what_is_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
