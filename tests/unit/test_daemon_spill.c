/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What waits on disk: order, limits, what a kill leaves at every place, what is damaged, who has it open. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "spill.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#define MUCH (1ULL << 40)

static char directory[64];

static void remove_all(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf '%s'", directory);
	assert_int_equal(system(command), 0);
}

static int fresh_directory(void **state)
{
	snprintf(directory, sizeof(directory), "/tmp/spill-XXXXXX");
	assert_non_null(mkdtemp(directory));
	strcat(directory, "/deep/er");
	return 0;
}

static int remove_directory(void **state)
{
	directory[strlen(directory) - strlen("/deep/er")] = '\0';
	remove_all();
	return 0;
}

/* Of one item, which is numbered, and so many bytes besides. */
static struct block *numbered(uint64_t n, size_t bytes)
{
	struct block *block = block_new();
	char *text = malloc(bytes + 1);
	struct item item;

	memset(text, 'x', bytes);
	text[bytes] = '\0';
	item_clear(&item, ITEM_EVENT);
	item.sequence = n;
	item.text[TEXT_DETAIL] = text;
	assert_true(block_add(block, &item));
	free(text);
	return block;
}

static uint64_t number_of(struct block *block)
{
	struct batch batch = { .n_blocks = 1, .blocks = &block };
	struct batch_cursor cursor;
	struct item item;

	batch_begin(&cursor, &batch);
	assert_true(batch_next(&cursor, &item));
	return item.sequence;
}

static void add(struct spill *spill, uint64_t n, size_t bytes)
{
	struct block *block = numbered(n, bytes);
	uint64_t dropped;

	assert_true(spill_add(spill, block, 1, &dropped));
	assert_int_equal(dropped, 0);
	block_free(block);
}

static struct spill_mark mark; /* of the last that was taken */

static size_t take_some(struct spill *spill, struct spill_entry *entries, size_t most, uint64_t items, uint64_t *lost)
{
	size_t n = spill_take(spill, entries, most, items, lost);

	if (n)
		mark = entries[n - 1].mark;
	return n;
}

/* Takes one, which must be this. */
static void take(struct spill *spill, uint64_t n)
{
	struct spill_entry entry;
	uint64_t lost;

	assert_int_equal(take_some(spill, &entry, 1, UINT64_MAX, &lost), 1);
	assert_int_equal(lost, 0);
	assert_int_equal(entry.wanted, 1);
	assert_int_equal(number_of(entry.block), n);
	block_free(entry.block);
}

static struct spill *reopen(uint64_t wanted)
{
	uint64_t waiting;
	struct spill *spill = spill_open(directory, MUCH, &waiting);

	assert_non_null(spill);
	assert_int_equal(waiting, wanted);
	return spill;
}

static size_t n_files(char name[256])
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	size_t n = 0;

	while ((entry = readdir(dir))) {
		if (entry->d_name[0] == '.')
			continue;
		if (name)
			snprintf(name, 256, "%s", entry->d_name);
		n++;
	}
	closedir(dir);
	return n;
}

static void in_order(void **state)
{
	struct spill *spill = reopen(0);
	uint64_t taken = 0;

	assert_true(spill_empty(spill));
	/* 1,200 of 20 kB are several files. While they are taken others come, and it is opened again and again. */
	for (uint64_t n = 0; n < 1200; n++) {
		add(spill, n, 20000);
		if (n % 3 == 2) {
			take(spill, taken++);
			spill_taken(spill, mark);
		}
		if (n % 400 == 399) {
			spill_close(spill);
			spill = reopen(n + 1 - taken);
		}
	}
	assert_true(n_files(NULL) >= 2);
	while (taken < 1200) {
		assert_false(spill_empty(spill));
		take(spill, taken++);
		spill_taken(spill, mark);
	}
	assert_true(spill_empty(spill));
	assert_int_equal(n_files(NULL), 0);
	spill_close(spill);
}

/* What was taken and not done with comes again, all of it. */
static void not_done_with(void **state)
{
	struct spill *spill = reopen(0);
	struct spill_entry entries[4];
	uint64_t lost;

	for (uint64_t n = 0; n < 10; n++)
		add(spill, n, 100);
	take(spill, 0);
	spill_taken(spill, mark);
	assert_int_equal(take_some(spill, entries, 4, UINT64_MAX, &lost), 4);
	for (uint64_t n = 0; n < 4; n++) {
		assert_int_equal(number_of(entries[n].block), n + 1);
		block_free(entries[n].block);
	}
	spill_close(spill);
	spill = reopen(9);
	for (uint64_t n = 1; n < 10; n++) {
		take(spill, n);
		spill_taken(spill, mark);
	}
	assert_true(spill_empty(spill));
	spill_close(spill);
}

/* Of four that are out, two are done with; the others come again. */
static void partly_done_with(void **state)
{
	struct spill *spill = reopen(0);
	struct spill_entry entries[4];
	uint64_t lost;

	for (uint64_t n = 0; n < 5; n++)
		add(spill, n, 100);
	assert_int_equal(take_some(spill, entries, 4, UINT64_MAX, &lost), 4);
	for (uint64_t n = 0; n < 4; n++)
		block_free(entries[n].block);
	spill_taken(spill, entries[0].mark);
	spill_taken(spill, entries[1].mark);
	spill_taken(spill, entries[0].mark);
	assert_true(spill_give_back(spill));
	spill_taken(spill, entries[3].mark);
	spill_close(spill);
	spill = reopen(3);
	for (uint64_t n = 2; n < 5; n++) {
		take(spill, n);
		spill_taken(spill, mark);
	}
	assert_true(spill_empty(spill));
	spill_close(spill);
}

/* What is given back comes again, and is counted when it has to go; what has gone cannot be given back. */
static void given_back(void **state)
{
	uint64_t waiting, dropped, all_dropped = 0;
	struct spill *spill = spill_open(directory, 9 << 20, &waiting);

	assert_false(spill_give_back(spill));
	add(spill, 0, 50000);
	add(spill, 1, 50000);
	take(spill, 0);
	assert_true(spill_give_back(spill));
	assert_false(spill_give_back(spill));
	take(spill, 0);
	spill_taken(spill, mark);
	take(spill, 1);
	assert_true(spill_give_back(spill));
	for (unsigned int turn = 0; turn < 2; turn++) {
		for (uint64_t n = 0; n < 200; n++) {
			struct block *block = numbered(n, 50000);

			assert_true(spill_add(spill, block, 1, &dropped));
			all_dropped += dropped;
			block_free(block);
		}
		if (turn == 0) {
			struct spill_entry entry;

			assert_int_equal(take_some(spill, &entry, 1, UINT64_MAX, &dropped), 1);
			block_free(entry.block);
		}
	}
	assert_false(spill_give_back(spill));
	spill_close(spill);
	spill = spill_open(directory, 9 << 20, &waiting);
	assert_int_equal(waiting + all_dropped + 1, 401);
	spill_close(spill);
}

/* No more than the items that are asked for, but one block at least. */
static void so_many_items(void **state)
{
	struct spill *spill = reopen(0);
	struct spill_entry entries[8];
	uint64_t lost, next = 0;

	for (uint64_t n = 0; n < 8; n++)
		add(spill, n, 10);
	for (uint64_t items = 0; items < 4; items++) {
		size_t n = take_some(spill, entries, 8, items + !items, &lost);

		assert_int_equal(n, items + !items);
		for (size_t i = 0; i < n; i++) {
			assert_int_equal(number_of(entries[i].block), next++);
			block_free(entries[i].block);
		}
		spill_taken(spill, mark);
	}
	spill_close(spill);
	spill_close(reopen(8 - next));
}

static uint64_t bytes_there(void)
{
	DIR *dir = opendir(directory);
	const struct dirent *entry;
	uint64_t bytes = 0;
	struct stat stat;

	while ((entry = readdir(dir))) {
		if (entry->d_name[0] != '.' && fstatat(dirfd(dir), entry->d_name, &stat, 0) == 0)
			bytes += (uint64_t)stat.st_size;
	}
	closedir(dir);
	return bytes;
}

static void oldest_go(void **state)
{
	uint64_t waiting, dropped, all_dropped = 0, most = 20 << 20, next, got = 0;
	struct spill *spill = spill_open(directory, most, &waiting);
	struct spill_entry entry;

	for (uint64_t n = 0; n < 2000; n++) {
		struct block *block = numbered(n, 50000);

		assert_true(spill_add(spill, block, 1, &dropped));
		all_dropped += dropped;
		block_free(block);
		assert_true(bytes_there() <= most);
	}
	assert_true(all_dropped > 1500);
	/* Those that are there are the newest, without a gap. */
	for (next = all_dropped; take_some(spill, &entry, 1, UINT64_MAX, &dropped) == 1; next++, got++) {
		assert_int_equal(number_of(entry.block), next);
		block_free(entry.block);
		spill_taken(spill, mark);
	}
	assert_int_equal(next, 2000);
	assert_int_equal(got + all_dropped, 2000);
	spill_close(spill);
}

/* The file that entries were taken from goes for newer ones: who has them counts them, nobody twice. */
static void goes_while_it_is_read(void **state)
{
	uint64_t waiting, dropped, all_dropped = 0, lost, first = 0;
	struct spill *spill = spill_open(directory, 9 << 20, &waiting);
	struct spill_entry entries[10];
	uint64_t seen = 0;

	for (uint64_t n = 0; n < 300; n++) {
		struct block *block = numbered(n, 50000);

		assert_true(spill_add(spill, block, 1, &dropped));
		all_dropped += dropped;
		block_free(block);
		if (n == 100) {
			assert_int_equal(take_some(spill, entries, 10, UINT64_MAX, &lost), 10);
			for (size_t i = 0; i < 10; i++)
				block_free(entries[i].block);
		}
	}
	assert_true(all_dropped > 100);
	spill_taken(spill, mark);
	while (take_some(spill, entries, 1, UINT64_MAX, &lost) == 1) {
		assert_int_equal(lost, 0);
		if (!seen++)
			first = number_of(entries[0].block);
		block_free(entries[0].block);
		spill_taken(spill, mark);
	}
	assert_int_equal(first + seen, 300);
	assert_int_equal(seen + all_dropped + 10, 300);
	spill_close(spill);
}

/* Copies its one file, cut or changed, and takes what there is: some of what was put in, in order, nothing else. */
static void read_damaged(const char *data, size_t size, uint64_t n)
{
	char path[512];
	struct spill *spill;
	struct spill_entry entry;
	uint64_t waiting, lost, all_lost = 0, got = 0, last = 0;
	FILE *file;

	snprintf(path, sizeof(path), "%s/0000000000000001.spill", directory);
	file = fopen(path, "w");
	assert_int_equal(fwrite(data, 1, size, file), size);
	fclose(file);
	spill = spill_open(directory, MUCH, &waiting);
	assert_non_null(spill);
	while (take_some(spill, &entry, 1, UINT64_MAX, &lost) == 1) {
		uint64_t number = number_of(entry.block);

		assert_true(number > last && number <= n);
		last = number;
		got += entry.wanted;
		all_lost += lost;
		block_free(entry.block);
		spill_taken(spill, mark);
	}
	all_lost += lost;
	/* What was said to wait is what came and what was lost. */
	assert_int_equal(got + all_lost, waiting);
	assert_true(spill_empty(spill));
	spill_close(spill);
	assert_int_equal(n_files(NULL), 0);
}

static void damaged(void **state)
{
	struct spill *spill = reopen(0);
	char name[256], path[512];
	struct stat stat;
	char *data, *copy;
	int file;

	for (uint64_t n = 1; n <= 3; n++)
		add(spill, n, 10);
	take(spill, 1);
	spill_taken(spill, mark);
	spill_close(spill);
	assert_int_equal(n_files(name), 1);
	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = open(path, O_RDONLY);
	assert_int_equal(fstat(file, &stat), 0);
	data = malloc((size_t)stat.st_size);
	copy = malloc((size_t)stat.st_size);
	assert_int_equal(read(file, data, (size_t)stat.st_size), stat.st_size);
	close(file);
	for (size_t i = 0; i < (size_t)stat.st_size; i++) {
		read_damaged(data, i, 3);
		for (unsigned int way = 0; way < 3; way++) {
			memcpy(copy, data, (size_t)stat.st_size);
			copy[i] = (char)(way == 0 ? copy[i] ^ 1 : way == 1 ? copy[i] ^ 0x80 : 0xff);
			read_damaged(copy, (size_t)stat.st_size, 3);
		}
	}
	free(data);
	free(copy);
}

/* Files of others stay, and do no harm. */
static void others(void **state)
{
	struct spill *spill = reopen(0);
	char path[512];
	int file;

	for (size_t i = 0; i < 3; i++) {
		static const char *const names[] = { "notes.txt", "1.spill", "0000000000000001.spill.old" };

		snprintf(path, sizeof(path), "%s/%s", directory, names[i]);
		file = open(path, O_WRONLY | O_CREAT, 0600);
		assert_int_equal(write(file, "x", 1), 1);
		close(file);
	}
	add(spill, 1, 10);
	spill_close(spill);
	spill = reopen(1);
	take(spill, 1);
	spill_taken(spill, mark);
	spill_close(spill);
	assert_int_equal(n_files(NULL), 3);
}

static void one_at_a_time(void **state)
{
	struct spill *spill = reopen(0);
	uint64_t waiting;

	errno = 0;
	assert_null(spill_open(directory, MUCH, &waiting));
	assert_int_equal(errno, EBUSY);
	spill_close(spill);
	spill_close(reopen(0));
	assert_null(spill_open("/dev/null/x", MUCH, &waiting));
	assert_int_equal(errno, ENOTDIR);
}

/* A process that is killed at any moment: what it had said to be there is there, in order, each once. */
static void killed(void **state)
{
	uint64_t *shared = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	volatile uint64_t *added = shared, *done = shared + 1;

	for (unsigned int turn = 0; turn < 40; turn++) {
		uint64_t waiting;
		struct spill *spill;
		pid_t child = fork();

		assert_true(child >= 0);
		if (child == 0) {
			spill = spill_open(directory, MUCH, &waiting);
			for (;;) {
				struct spill_entry entry;
				struct block *block = numbered(*added + 1, *added * 7919 % 30000);
				uint64_t dropped, lost;

				if (!spill_add(spill, block, 1, &dropped) || dropped)
					_exit(1);
				++*added;
				block_free(block);
				if (*added % 2 && take_some(spill, &entry, 1, UINT64_MAX, &lost) == 1) {
					if (number_of(entry.block) < *done + 1)
						_exit(2);
					block_free(entry.block);
					spill_taken(spill, mark);
					++*done;
				}
			}
		}
		usleep(3000 + turn * 700);
		kill(child, SIGKILL);
		assert_int_equal(waitpid(child, (int[]){ 0 }, 0), child);
		/* One more may be there, or done with, than it came to say. */
		spill = spill_open(directory, MUCH, &waiting);
		assert_non_null(spill);
		assert_true(waiting + *done + 1 >= *added && waiting + *done <= *added + 1);
		*added = *done + waiting;
		if (waiting) {
			struct spill_entry entry;
			uint64_t lost, first;

			assert_int_equal(take_some(spill, &entry, 1, UINT64_MAX, &lost), 1);
			first = number_of(entry.block);
			assert_true(first == *done + 1 || first == *done + 2);
			*done = first - 1;
			*added = *done + waiting;
			block_free(entry.block);
		}
		spill_close(spill);
	}
	assert_true(*added > 100);
	munmap(shared, 4096);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(in_order, fresh_directory, remove_directory),
		cmocka_unit_test_setup_teardown(not_done_with, fresh_directory, remove_directory),
		cmocka_unit_test_setup_teardown(partly_done_with, fresh_directory, remove_directory),
		cmocka_unit_test_setup_teardown(given_back, fresh_directory, remove_directory),
		cmocka_unit_test_setup_teardown(so_many_items, fresh_directory, remove_directory),
		cmocka_unit_test_setup_teardown(oldest_go, fresh_directory, remove_directory),
		cmocka_unit_test_setup_teardown(goes_while_it_is_read, fresh_directory, remove_directory),
		cmocka_unit_test_setup_teardown(damaged, fresh_directory, remove_directory),
		cmocka_unit_test_setup_teardown(others, fresh_directory, remove_directory),
		cmocka_unit_test_setup_teardown(one_at_a_time, fresh_directory, remove_directory),
		cmocka_unit_test_setup_teardown(killed, fresh_directory, remove_directory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
