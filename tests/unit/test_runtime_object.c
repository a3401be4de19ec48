/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What object_open refuses: objects that clang made of other sources, and one of sentryc's with bytes changed.
 * Everything goes the way of a real apply, up to the kernel.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <linux/bpf.h>
#include <linux/types.h>

#include "elf_section.h"
#include "object.h"
#include "object_check.h"
#include "shared.h"

#include <elf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define N_MUTATIONS 4000

/* Everything that brings maps with it, in few rules. */
static const char policy[] =
	"policy p {\n"
	"  set abusers : addr max 100 timeout 1m;\n"
	"  set nets : net max 100;\n"
	"  ingress on uplink {\n"
	"    rule known allow state established;\n"
	"    rule bad deny from @abusers log;\n"
	"    rule worse deny from @nets;\n"
	"    rule slow rate-limit 2/s per src tcp port 22 else deny add src to @abusers;\n"
	"    rule ssh allow tcp port 22;\n"
	"    default deny;\n"
	"  }\n"
	"  egress on uplink { rule mail reject tcp port 25; default allow; }\n"
	"}\n";

static const char foreign[] =
	"#define SEC(name) __attribute__((section(name), used))\n"
	"#define NUMBER(name, number) int (*name)[number]\n"
	"struct flow { char key[40]; };\n"
	"typedef int map_value[4];\n"
	"struct {\n"
	"	NUMBER(type, 6);\n"
	"	NUMBER(max_entries, 1);\n"
	"	NUMBER(key_size, 4);\n"
	"	NUMBER(value_size, 1024);\n"
	"	EXTRA\n"
	"} counters SEC(\".maps\");\n"
	"char _license[] SEC(\"license\") = LICENSE;\n"
	"static long (*const probe_read)(void *, unsigned, const void *) = (void *)4;\n"
	"extern long bpf_kfunc(void *) __attribute__((section(\".ksyms\")));\n"
	"extern int CONFIG_HZ __attribute__((section(\".kconfig\")));\n"
	"DATA\n"
	"SEC(SECTION) int prog(void *ctx) { long to[2] = { 0 }; BODY; return to[0]; }\n";

struct fixture {
	char directory[32];
	char *object;
	size_t size;
};

static struct fixture fixture;

static char *slurp(const char *path, size_t *size)
{
	FILE *file = fopen(path, "re");
	char *data = malloc(1 << 20);

	assert_non_null(file);
	*size = fread(data, 1, 1 << 20, file);
	fclose(file);
	/* Exactly as large as it is: a sanitizer then sees what is read behind it. */
	return realloc(data, *size);
}

static void write_text(const char *name, const char *text)
{
	char path[64];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", fixture.directory, name);
	file = fopen(path, "we");
	assert_non_null(file);
	assert_true(fputs(text, file) >= 0 && fclose(file) == 0);
}

static int print_nothing(enum libbpf_print_level level, const char *format, va_list args)
{
	return 0;
}

static int setup(void **state)
{
	char program[512], command[1024], path[64];
	ssize_t length = readlink("/proc/self/exe", program, sizeof(program) - 1);

	libbpf_set_print(print_nothing);
	assert_true(length > 0);
	program[length] = '\0';
	for (int i = 0; i < 3; i++) /* tests/unit/test_runtime_object */
		*strrchr(program, '/') = '\0';
	strcpy(fixture.directory, "/tmp/test-object-XXXXXX");
	assert_non_null(mkdtemp(fixture.directory));
	write_text("p.sp", policy);
	write_text("foreign.c", foreign);
	snprintf(path, sizeof(path), "%s/p.o", fixture.directory);
	snprintf(command, sizeof(command), "%s/sentryc compile %s/p.sp -o %s", program, fixture.directory, path);
	if (system("clang --version >/dev/null 2>&1") != 0)
		return 0;
	assert_int_equal(system(command), 0);
	fixture.object = slurp(path, &fixture.size);
	return 0;
}

static int teardown(void **state)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", fixture.directory);
	free(fixture.object);
	return system(command);
}

static void need_clang(void)
{
	if (!fixture.object)
		skip();
}

static bool open_bytes(struct object *object, const char *data, size_t size, struct failure *why)
{
	int fd = memfd_create("object", MFD_CLOEXEC);
	bool ok;

	*why = (struct failure){ 0 };
	assert_true(fd >= 0 && write(fd, data, size) == (ssize_t)size && lseek(fd, 0, SEEK_SET) == 0);
	ok = object_open(object, fd, "it", NULL, why);
	close(fd);
	return ok;
}

static void the_object_itself_is_taken(void **state)
{
	struct failure why;
	struct object object;

	need_clang();
	if (!open_bytes(&object, fixture.object, fixture.size, &why))
		fail_msg("%s", why.text);
	assert_int_equal(object.file_size, fixture.size);
	assert_int_equal(object.image_size, fixture.size);
	assert_memory_equal(object.file, fixture.object, fixture.size);
	object_close(&object);
}

/* --- one thing changed ---------------------------------------------------- */

static const struct elf_section *section_of(struct elf_sections *sections, const char *data, const char *name)
{
	struct failure why;
	const struct elf_section *section;

	assert_true(elf_sections_read(sections, data, fixture.size, &why));
	section = elf_section(sections, name);
	assert_non_null(section);
	return section;
}

static void refused(const char *data, const char *pattern)
{
	struct object object;
	struct failure why;

	assert_false(open_bytes(&object, data, fixture.size, &why));
	if (!strstr(why.text, pattern))
		fail_msg("'%s' instead of '%s'", why.text, pattern);
	assert_int_equal(why.code, EXIT_ENVIRONMENT);
}

/* The first instruction of a code, and of an operand unless that is -1. */
static struct bpf_insn *find_insn(char *data, int code, int imm)
{
	struct elf_sections sections;
	const struct elf_section *section = section_of(&sections, data, "xdp");
	struct bpf_insn *insn = (struct bpf_insn *)section->data;
	size_t n = section->size / sizeof(*insn);

	elf_sections_free(&sections);
	for (size_t i = 0; i < n; i++) {
		if (insn[i].code == code && (imm < 0 || insn[i].imm == imm))
			return &insn[i];
		if (insn[i].code == (BPF_LD | BPF_IMM | BPF_DW))
			i++;
	}
	fail_msg("no instruction of code %d", code);
	return NULL;
}

static void instructions_are_checked(void **state)
{
	char *data;
	struct bpf_insn *insn;

	need_clang();
	data = malloc(fixture.size);
#define CHANGED(CODE, IMM, CHANGE, PATTERN)               \
	memcpy(data, fixture.object, fixture.size);       \
	insn = find_insn(data, CODE, IMM);                \
	CHANGE;                                           \
	refused(data, PATTERN)
	CHANGED(BPF_JMP | BPF_CALL, BPF_FUNC_map_lookup_elem, insn->imm = BPF_FUNC_probe_read,
		"calls helper bpf_probe_read (4)");
	CHANGED(BPF_JMP | BPF_CALL, BPF_FUNC_map_lookup_elem, insn->imm = 100000, "helper of unknown name (100000)");
	CHANGED(BPF_JMP | BPF_CALL, BPF_FUNC_map_lookup_elem, insn->imm = -1, "of unknown name (-1)");
	CHANGED(BPF_JMP | BPF_CALL, BPF_FUNC_map_lookup_elem, insn->src_reg = BPF_PSEUDO_KFUNC_CALL,
		"function of the kernel");
	CHANGED(BPF_JMP | BPF_CALL, BPF_FUNC_map_lookup_elem, insn->src_reg = 3, "call of unknown kind");
	CHANGED(BPF_JMP | BPF_CALL, BPF_FUNC_map_lookup_elem, insn->code = BPF_JMP | BPF_CALL | BPF_X,
		"call of unknown kind");
	CHANGED(BPF_LD | BPF_IMM | BPF_DW, -1, insn->src_reg = BPF_PSEUDO_MAP_FD, "only a loader may write");
	CHANGED(BPF_LD | BPF_IMM | BPF_DW, -1, insn->src_reg = BPF_PSEUDO_BTF_ID, "only a loader may write");
	CHANGED(BPF_LD | BPF_IMM | BPF_DW, -1, insn[1].code = BPF_JMP | BPF_EXIT, "half of an instruction");
	CHANGED(BPF_LD | BPF_IMM | BPF_DW, 0, insn->code = BPF_ALU64 | BPF_MOV, "a relocation where no address is");
	CHANGED(BPF_JMP | BPF_EXIT, -1, insn->code = BPF_LD | BPF_ABS, "load of unknown kind");
#undef CHANGED
	free(data);
}

/* CHANGE of the bytes at `at`, which are those of a section. */
static void change_section(const char *name, size_t offset, unsigned char value, const char *pattern)
{
	char *data = malloc(fixture.size);
	struct elf_sections sections;
	const struct elf_section *section;

	memcpy(data, fixture.object, fixture.size);
	section = section_of(&sections, data, name);
	assert_true(offset < section->size);
	((char *)section->data)[offset] = (char)value;
	elf_sections_free(&sections);
	refused(data, pattern);
	free(data);
}

static void other_sections_are_checked(void **state)
{
	const size_t second = 1 * sizeof(Elf64_Sym);

	need_clang();
	change_section("license", 0, 'G', "license in the object is not 'Dual BSD/GPL'");
	change_section(".symtab", second + offsetof(Elf64_Sym, st_name) + 3, 0x7f, "'.symtab' is damaged");
	change_section(".symtab", 2 * second + offsetof(Elf64_Sym, st_value) + 7, 0xff, "lies outside of its section");
	change_section(".symtab", 2 * second + offsetof(Elf64_Sym, st_size) + 7, 0xff, "lies outside of its section");
	change_section(".relxdp", offsetof(Elf64_Rel, r_info), 2, "relocation of a kind");
	change_section(".relxdp", offsetof(Elf64_Rel, r_offset) + 7, 1, "relocation of a kind");
	change_section(".relxdp", offsetof(Elf64_Rel, r_info) + 7, 1, "relocation of a kind");
	change_section(".rel.BTF.ext", offsetof(Elf64_Rel, r_info), 1, "relocation of a kind");
	change_section(".BTF", 0, 0, "type information is damaged");
	change_section(".BTF", 24 + 3, 0x7f, "type information is damaged");
	change_section(".BTF.ext", 0, 0, "type information is damaged");
	change_section(".BTF.ext", 28, 4, "relocations by type");
	change_section("sentry.manifest", 0, '[', "manifest");
}

/* --- other sources -------------------------------------------------------- */

/* Compiles the foreign program with these words in place of its own; then the checks. */
static void compile_foreign(const char *words, char **data, size_t *size)
{
	char command[1024], path[64];

	snprintf(path, sizeof(path), "%s/foreign.o", fixture.directory);
	snprintf(command, sizeof(command),
		 "clang -target bpf -O2 -g -fno-addrsig -c %s/foreign.c -o %s '-DLICENSE=\"Dual BSD/GPL\"' "
		 "-DSECTION='\"xdp\"' -DEXTRA= -DDATA= -DBODY= %s && llvm-strip -g %s",
		 fixture.directory, path, words, path);
	assert_int_equal(system(command), 0);
	*data = slurp(path, size);
}

static void image_refused(const char *words, const char *pattern)
{
	struct failure why = { 0 };
	struct elf_sections sections;
	size_t size;
	char *data;
	bool ok;

	compile_foreign(words, &data, &size);
	ok = elf_sections_read(&sections, data, size, &why) && object_check_image(&sections, &why);
	if (ok == (*pattern != '\0') || !strstr(why.text, pattern))
		fail_msg("%s: '%s' instead of '%s'", words, why.text, pattern);
	elf_sections_free(&sections);
	free(data);
}

static void foreign_objects_are_refused_by_name(void **state)
{
	need_clang();
	image_refused("", "");
	image_refused("-UBODY -DBODY='probe_read(to,8,ctx)'", "section 'xdp', instruction ");
	image_refused("-UBODY -DBODY='probe_read(to,8,ctx)'", "calls helper bpf_probe_read (4)");
	image_refused("-UBODY -DBODY='to[0]=bpf_kfunc(ctx)'", "symbol 'bpf_kfunc' is not in the object");
	image_refused("-UBODY -DBODY='to[0]=CONFIG_HZ'", "symbol 'CONFIG_HZ' is not in the object");
	image_refused("-USECTION -DSECTION='\"kprobe/x\"'", "section 'kprobe/x', which objects of sentryc do not have");
	image_refused("-USECTION -DSECTION='\"xdp.frags\"'", "section 'xdp.frags', which");
	image_refused("-ULICENSE -DLICENSE='\"GPL\"'", "license in the object is not");
	image_refused("-UDATA -DDATA='int variable;'", "section '.bss', which");
	image_refused("-UDATA -DDATA='int variable=1;'", "section '.data', which");
	image_refused("-UDATA -DDATA='char note[4] SEC(\"version\")={1};'", "section 'version', which");
	image_refused("-UDATA -DDATA='int prog(void*);void *ops SEC(\".struct_ops\")=(void*)prog;'", "section '.");
}

static void contents_refused(const char *words, const struct manifest *manifest, const char *pattern)
{
	struct failure why = { 0 };
	struct bpf_object *bpf;
	size_t size;
	char *data;
	bool ok;

	compile_foreign(words, &data, &size);
	bpf = bpf_object__open_mem(data, size, NULL);
	assert_non_null(bpf);
	ok = object_check_contents(manifest, bpf, &why);
	if (ok == (*pattern != '\0') || !strstr(why.text, pattern))
		fail_msg("%s: '%s' instead of '%s'", words, why.text, pattern);
	bpf_object__close(bpf);
	free(data);
}

static void foreign_maps_are_refused_by_name(void **state)
{
	static const char limits[] =
		"-UDATA -DDATA='struct { NUMBER(type, 2); NUMBER(max_entries, 1); NUMBER(key_size, 4); "
		"NUMBER(value_size, 16); } other SEC(\".maps\");'";
	struct manifest manifest = { .n_rules = 64 };
	char words[512];
	struct manifest_set set = { .map = "big", .max = 0xffffffff, .structure = SET_STRUCTURE_HASH,
				    .count = NO_COUNT };

	need_clang();
	contents_refused("", &manifest, "");
	contents_refused(limits, &manifest, "map 'other' is of a kind that this program does not know");
	contents_refused("-UEXTRA -DEXTRA='NUMBER(pinning, 1);'", &manifest, "map 'counters' asks for what");
	contents_refused("-UEXTRA -DEXTRA='NUMBER(map_flags, 128);'", &manifest, "map 'counters' asks for what");
	contents_refused("-UEXTRA -DEXTRA='NUMBER(numa_node, 1);'", &manifest, "map 'counters' asks for what");

	manifest.n_rules = 65;
	contents_refused("", &manifest, "1 entries for 65 rules");

	manifest = (struct manifest){ .n_rules = 64, .n_sets = 1, .sets = &set };
	snprintf(words, sizeof(words),
		 "-UDATA -DDATA='struct version { NUMBER(type, 1); NUMBER(max_entries, 9); NUMBER(key_size, %zu); "
		 "NUMBER(value_size, %zu); }; struct { NUMBER(type, 12); NUMBER(max_entries, 1); "
		 "NUMBER(key_size, 4); NUMBER(value_size, 4); struct version *values[]; } big SEC(\".maps\");'",
		 sizeof(struct sentry_end_key), sizeof(struct sentry_element));
	contents_refused(words, &manifest, "its maps come to more than 64 GiB");
	set.max = 1000;
	contents_refused(words, &manifest, "");
}

/* --- any bytes ------------------------------------------------------------ */

static uint64_t next(uint64_t *random)
{
	*random ^= *random << 13;
	*random ^= *random >> 7;
	*random ^= *random << 17;
	return *random;
}

/* A place in a section that comes up as often as any other, however small it is; or in the headers. */
static size_t choose(const struct elf_sections *sections, uint64_t *random)
{
	size_t number = next(random) % (sections->n + 2);
	const struct elf_section *section = number < sections->n ? &sections->items[number] : NULL;
	size_t tables = sections->n * sizeof(Elf64_Shdr);

	if (number == sections->n)
		return next(random) % sizeof(Elf64_Ehdr);
	if (!section || !section->size)
		return fixture.size - 1 - next(random) % tables; /* the headers of sections are at the end */
	/* Often its beginning: that is where headers are. */
	return (size_t)(section->data - fixture.object) +
	       next(random) % (next(random) % 2 || section->size < 64 ? section->size : 64);
}

static void mutate(char *data, const struct elf_sections *sections, uint64_t *random)
{
	size_t at = choose(sections, random);
	static const uint32_t numbers[] = { 0, 1, 2, 4, 8, 0x7fffffff, 0x80000000, 0xffffffff };

	switch (next(random) % 4) {
	case 0:
		data[at] ^= (char)(1 << next(random) % 8);
		break;
	case 1:
		data[at] = (char)next(random);
		break;
	case 2:
		data[at] = (char)(data[at] + (next(random) % 2 ? 1 : -1));
		break;
	default:
		at &= ~(size_t)3;
		if (at + sizeof(numbers[0]) <= fixture.size)
			memcpy(data + at, &numbers[next(random) % 8], sizeof(numbers[0]));
	}
}

static void any_bytes_are_survived(void **state)
{
	uint64_t random = 0x9e3779b97f4a7c15;
	struct elf_sections sections;
	size_t n_taken = 0;
	struct object object;
	struct failure why;
	char *data;

	need_clang();
	assert_true(elf_sections_read(&sections, fixture.object, fixture.size, &why));
	data = malloc(fixture.size);
	for (int i = 0; i < N_MUTATIONS; i++) {
		memcpy(data, fixture.object, fixture.size);
		for (uint64_t n = 1 + next(&random) % 3; n; n--)
			mutate(data, &sections, &random);
		if (open_bytes(&object, data, fixture.size, &why)) {
			n_taken++;
			object_close(&object);
		} else {
			assert_int_equal(why.code, EXIT_ENVIRONMENT);
			assert_true(strlen(why.text) > strlen("it: "));
		}
	}
	for (int i = 0; i < N_MUTATIONS / 10; i++) {
		size_t size = i < 200 ? (size_t)i : next(&random) % fixture.size;

		assert_false(open_bytes(&object, fixture.object, size, &why));
	}
	/* Texts and instructions may be others; most of what is changed, though, is found. */
	print_message("# %zu of %d taken\n", n_taken, N_MUTATIONS);
	assert_true(n_taken > 0 && n_taken < N_MUTATIONS / 2);
	elf_sections_free(&sections);
	free(data);
}

/* libbpf trusts the numbers in these: each word of them in turn, and the small ones are other types. */
static void every_word_of_some_sections_is_survived(void **state)
{
	static const char *const names[] = { ".BTF", ".symtab", ".relxdp", ".maps" };
	static const uint32_t numbers[] = { 0, 2, 20, 0xffffffff };
	struct elf_sections sections;
	struct object object;
	struct failure why;
	char *data;

	need_clang();
	data = malloc(fixture.size);
	memcpy(data, fixture.object, fixture.size);
	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const struct elf_section *section = section_of(&sections, data, names[i]);
		char *words = (char *)section->data;
		size_t size = section->size;

		elf_sections_free(&sections);
		for (size_t at = 0; at + 4 <= size && at < 3072; at += 4) {
			uint32_t before;

			memcpy(&before, words + at, sizeof(before));
			for (size_t n = 0; n < sizeof(numbers) / sizeof(numbers[0]); n++) {
				memcpy(words + at, &numbers[n], sizeof(numbers[n]));
				if (open_bytes(&object, data, fixture.size, &why))
					object_close(&object);
			}
			memcpy(words + at, &before, sizeof(before));
		}
	}
	assert_memory_equal(data, fixture.object, fixture.size);
	free(data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_object_itself_is_taken), cmocka_unit_test(instructions_are_checked),
		cmocka_unit_test(other_sections_are_checked), cmocka_unit_test(foreign_objects_are_refused_by_name),
		cmocka_unit_test(foreign_maps_are_refused_by_name), cmocka_unit_test(any_bytes_are_survived),
		cmocka_unit_test(every_word_of_some_sections_is_survived),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
