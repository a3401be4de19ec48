/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A comparison as a comment on a pull request. What comes from a policy is in code spans, where nothing has a meaning. */
#include "diff_report.h"

#include "region.h"

#include <string.h>

/* A fence must be longer than any run of backticks inside. */
static size_t longest_run(const char *text)
{
	size_t longest = 0, run = 0;

	for (; *text; text++) {
		run = *text == '`' ? run + 1 : 0;
		longest = run > longest ? run : longest;
	}
	return longest;
}

static void print_fence(size_t n)
{
	while (n--)
		putchar('`');
}

/* In a table even code ends at a `|` that is not escaped. */
static void print_code(const char *text, bool in_table)
{
	size_t fence = longest_run(text) + 1;

	print_fence(fence);
	if (fence > 1)
		putchar(' ');
	for (; *text; text++) {
		if ((unsigned char)*text < ' ')
			putchar(' ');
		else if (*text == '|' && in_table)
			fputs("\\|", stdout);
		else
			putchar(*text);
	}
	if (fence > 1)
		putchar(' ');
	print_fence(fence);
}

static void print_row(const struct diff *diff, const struct change *change)
{
	printf("| %s | %s | ", verdict_names[change->from], verdict_names[change->to]);
	if (change->count)
		printf("%s %s", region_count_text(diff->arena, change->count), change->family);
	else
		fputs(change->family ? change->family : change->regions[0], stdout);
	fputs(" | ", stdout);
	print_code(decider_text(diff->arena, &change->old), true);
	fputs(" | ", stdout);
	print_code(decider_text(diff->arena, &change->new), true);
	fputs(" | ", stdout);
	print_code(change->witness, true);
	if (change->when) {
		fputs(" when ", stdout);
		print_code(change->when, true);
	}
	puts(" |");
}

static bool of_block(const struct change *change, const char *block)
{
	return change && !strcmp(change->block, block);
}

static void print_regions(const struct change *change, const char *block)
{
	puts("\n<details><summary>Which packets</summary>\n");
	for (; of_block(change, block); change = change->next) {
		printf("- %s → %s, ", verdict_names[change->from], verdict_names[change->to]);
		print_code(change->old.name, false);
		fputs(" → ", stdout);
		print_code(change->new.name, false);
		putchar('\n');
		for (size_t i = 0; i < change->n_regions; i++) {
			fputs("  - ", stdout);
			print_code(change->regions[i], false);
			putchar('\n');
		}
		if (change->more_regions)
			puts("  - and more");
		if (!change->n_regions)
			puts("  - not known: the comparison is inconclusive");
	}
	puts("\n</details>");
}

/* The changes of the block that the first is of; returns the first of the next. */
static const struct change *print_block(const struct diff *diff, const struct change *changes)
{
	const char *block = changes->block;
	const struct change *change;

	fputs("\n#### ", stdout);
	print_code(block, false);
	puts("\n\n| From | To | Packets | Old rule | New rule | Example |\n| --- | --- | ---: | --- | --- | --- |");
	for (change = changes; of_block(change, block); change = change->next)
		print_row(diff, change);
	print_regions(changes, block);
	return change;
}

void diff_print_markdown(const struct diff *diff, const char *old, const char *new)
{
	const struct change *change = diff->changes;

	fputs("### ", stdout);
	print_code(old, false);
	fputs(" → ", stdout);
	print_code(new, false);
	puts("\n");
	if (diff_equivalent(diff))
		puts("**Equivalent**: every packet gets the same verdict.");
	else
		printf("**%s**\n", diff_summary(diff));
	if (diff->undecided)
		printf("\n**Inconclusive**: the effort was spent on %s, where other packets may change too.\n",
		       diff->undecided);
	while (change)
		change = print_block(diff, change);
	if (diff->blocks)
		puts("\n#### Blocks\n");
	for (const struct block_change *block = diff->blocks; block; block = block->next) {
		fputs("- ", stdout);
		print_code(block->message, false);
		putchar('\n');
	}
	if (diff->effects)
		puts("\n#### Besides verdicts\n");
	for (const struct effect *effect = diff->effects; effect; effect = effect->next) {
		printf("- %s: ", effect->kind);
		print_code(effect->message, false);
		putchar('\n');
	}
}
