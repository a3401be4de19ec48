/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What can be said of a policy without running it: refusals, fmt, the same bytes again, proofs, tables. */
#include "run.h"

#include "parse.h"
#include "prove.h"
#include "verify.h"

#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROOF_SECONDS 3
#define TABLES_SECONDS 10
#define REGIONS 60000u
#define WITNESSES 20000u
/* Objects are built a second time for so many policies only: clang is most of what a policy costs. */
#define OBJECTS_EVERY 16u

struct policy *run_compile(struct compile *compile, struct doc *doc, bool mutated)
{
	struct source_text *given = ARENA_ARRAY(&compile->arena, struct source_text, DOC_FILES);
	size_t n = 0;

	for (unsigned file = 0; file < DOC_FILES; file++) {
		struct text text;

		if (!doc->files[file])
			continue;
		text = doc_print(doc, file, mutated);
		given[n++] = (struct source_text){ doc_file_names[file],
						   arena_strndup(&compile->arena, text.data, text.size), text.size };
		free(text.data);
	}
	compile->sources.given = given;
	compile->sources.n_given = n;
	compile->diags.limit = 0;
	return compile_policy(compile, doc_file_names[DOC_POLICY], NULL);
}

static unsigned file_of(const struct source *source)
{
	for (unsigned file = 0; file < DOC_FILES; file++)
		if (!strcmp(source->name, doc_file_names[file]))
			return file;
	return DOC_POLICY;
}

/* False if an error is nowhere, so that nobody could mend it. */
static bool drop_refused(struct run *run, const struct compile *compile)
{
	for (const struct diag *diag = compile->diags.first; diag; diag = diag->next) {
		struct piece *piece;

		if (diag->severity != SEVERITY_ERROR)
			continue;
		piece = diag->span.source ? doc_statement_at(run->doc, file_of(diag->span.source), diag->span.begin) :
					    NULL;
		/* Shrinking leaves nothing that could be named, and that is not the failure that is looked for. */
		if (!piece && run->options->only != FAILURE_NONE &&
		    (diag->code == CODE_NO_POLICY || diag->code == CODE_NO_BLOCK))
			return false;
		if (!piece)
			return run_failed(run, FAILURE_NAMELESS, "%s: %s", code_table[diag->code].text, diag->message);
		if (!run->doc->dropped[piece->id])
			run->outcome->counts.dropped[diag->code]++;
		run->doc->dropped[piece->id] = 1;
	}
	return true;
}

bool run_accept(struct run *run)
{
	for (unsigned attempt = 0; attempt < 50; attempt++) {
		run->policy = run_compile(run->compile, run->doc, false);
		if (run->policy)
			return true;
		/* While shrinking, what is refused is no candidate. */
		if (run->options->only != FAILURE_NONE && run->options->only != FAILURE_NAMELESS)
			return false;
		if (!drop_refused(run, run->compile))
			return false;
		compile_fini(run->compile);
		compile_init(run->compile);
	}
	return run_failed(run, FAILURE_NAMELESS,
			  "after 50 rounds without what was refused there is still something refused");
}

static char *format_text(struct compile *compile, const char *name, const char *text, size_t length, size_t *size)
{
	struct parse parse = { &compile->arena, &compile->sources, &compile->diags };
	struct source *source = source_from_text(&compile->sources, name, text, length);
	struct ast_file *file = parse_source(&parse, source);
	char *formatted = NULL;
	FILE *out;

	if (!file || diags_have_errors(&compile->diags))
		return NULL;
	out = open_memstream(&formatted, size);
	if (!out)
		abort();
	ast_format(file, out);
	fclose(out);
	return formatted;
}

/* Of the policy's own file; the others are taken as they are. */
static char *format_twice(struct run *run, const struct compile *compile, size_t *size)
{
	const struct source_text *given = &compile->sources.given[0];
	struct compile first, second;
	char *once, *twice = NULL;
	size_t twice_size = 0;

	compile_init(&first);
	compile_init(&second);
	once = format_text(&first, given->path, given->text, given->size, size);
	if (once)
		twice = format_text(&second, given->path, once, *size, &twice_size);
	if (!once || !twice) {
		run_failed(run, FAILURE_FORMAT, "fmt does not read %s", once ? "what it wrote" : "what check accepts");
	} else if (*size != twice_size || memcmp(once, twice, twice_size)) {
		run_failed(run, FAILURE_FORMAT, "fmt changes what it wrote");
		free(once);
		once = NULL;
	}
	if (!twice) {
		free(once);
		once = NULL;
	}
	free(twice);
	compile_fini(&first);
	compile_fini(&second);
	return once;
}

static char *dump(const struct policy *policy, size_t *size)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, size);

	if (!out)
		abort();
	policy_dump(policy, out);
	fclose(out);
	return text;
}

static bool same_meaning(struct run *run, const struct policy *again)
{
	size_t size, other_size;
	char *text = dump(run->policy, &size), *other = dump(again, &other_size);
	bool same = size == other_size && !memcmp(text, other, size);

	free(text);
	free(other);
	return same || run_failed(run, FAILURE_FORMAT, "what fmt wrote has another meaning");
}

/* Lines of the C end where those of the policy do, so that a debugger finds them: of another layout all else is the
 * same. */
static bool same_words(struct bytes a, struct bytes b)
{
	size_t i = 0, j = 0;

	for (;;) {
		while (i < a.size && strchr(" \t\n", a.data[i]))
			i++;
		while (j < b.size && strchr(" \t\n", b.data[j]))
			j++;
		if (i == a.size || j == b.size)
			return i == a.size && j == b.size;
		if (a.data[i++] != b.data[j++])
			return false;
	}
}

static bool same_program(struct run *run, struct compile *other, const struct program *again, bool layout)
{
	struct bytes c, c_again;
	bool same;

	if (!again || !run->program)
		return !again == !run->program ||
		       run_failed(run, FAILURE_BYTES, "refused the one time, accepted the other");
	run->compile->no_line = other->no_line = layout;
	c = compile_c(run->compile, run->program);
	c_again = compile_c(other, again);
	run->compile->no_line = other->no_line = false;
	same = layout ? same_words(c, c_again) : c.size == c_again.size && !memcmp(c.data, c_again.data, c.size);
	if (!same)
		return run_failed(run, FAILURE_BYTES, "the C is not the same %s",
				  layout ? "of another layout" : "the second time");
	for (size_t i = 0; i < again->n_blocks; i++) {
		const struct classifier *a = run->program->blocks[i].classifier, *b = again->blocks[i].classifier;

		if (!a != !b || (a && (a->bytes != b->bytes || memcmp(a->data, b->data, a->bytes))))
			return run_failed(run, FAILURE_BYTES, "the tables are not the same %s",
					  layout ? "of another layout" : "the second time");
	}
	return true;
}

/* The very text once more. */
static bool same_again(struct run *run)
{
	struct compile compile;
	struct policy *policy;
	bool same;

	compile_init(&compile);
	policy = run_compile(&compile, run->doc, false);
	same = same_program(run, &compile, policy ? compile_program(&compile, policy) : NULL, false);
	compile_fini(&compile);
	return same;
}

/* Of both byte orders, the policy's own text twice. */
static bool same_object(struct run *run)
{
	enum target target = run->options->seed / OBJECTS_EVERY % 2 ? TARGET_BPFEB : TARGET_BPFEL;
	struct bytes objects[2] = { { 0 } };
	struct compile compiles[2];
	bool good = true, refused = false;

	for (unsigned i = 0; i < 2; i++) {
		const struct program *program;
		struct policy *policy;

		compile_init(&compiles[i]);
		policy = run_compile(&compiles[i], run->doc, false);
		program = policy ? compile_program(&compiles[i], policy) : NULL;
		if (good && !refused &&
		    (!program ||
		     !compile_object(&compiles[i], program, compile_c(&compiles[i], program), target, &objects[i]))) {
			refused = diags_have_errors(&compiles[i].diags);
			if (!refused)
				good = run_failed(run, FAILURE_BUILD, "%s", compiles[i].error);
		}
	}
	if (good && !refused &&
	    (objects[0].size != objects[1].size || memcmp(objects[0].data, objects[1].data, objects[0].size)))
		good = run_failed(run, FAILURE_BYTES, "the object is not the same the second time");
	for (unsigned i = 0; i < 2; i++) {
		free(objects[i].data);
		compile_fini(&compiles[i]);
	}
	return good;
}

/* Proofs are asked of the formatted policy, for errors would be in the way of the other's compilation. */
static bool prove(struct run *run, struct compile *compile, const struct policy *policy)
{
	struct counts *counts = &run->outcome->counts;
	struct effort effort;

	effort_init(&effort, PROOF_SECONDS, 0);
	prove_policy(&compile->arena, &compile->diags, policy, &effort);
	counts->proved++;
	counts->undecided_proofs += effort.spent;
	for (const struct diag *diag = compile->diags.first; diag; diag = diag->next) {
		/* The budget was counted where it was met first. */
		if (diag->severity != SEVERITY_ERROR || diag->code == CODE_BUDGET)
			continue;
		counts->refused[diag->code] = 1;
		if (!diag->rule && !diag->span.source)
			return run_failed(run, FAILURE_NAMELESS, "%s: %s", code_table[diag->code].text, diag->message);
	}
	return true;
}

/* The budget: which block or tables, how much, and the limit. */
static bool named_budget(struct run *run)
{
	for (const struct diag *diag = run->compile->diags.first; diag; diag = diag->next) {
		if (diag->severity != SEVERITY_ERROR)
			continue;
		run->outcome->counts.refused[diag->code] = 1;
		if (diag->code != CODE_BUDGET || !strstr(diag->message, "limit is") || !diag->span.source)
			return run_failed(run, FAILURE_NAMELESS, "%s: %s", code_table[diag->code].text, diag->message);
	}
	return true;
}

bool run_text(struct run *run, struct compile *formatted, const struct policy **again)
{
	struct source_text *given;
	const struct program *program;
	size_t size = 0;
	char *text;

	if (!run->program && !named_budget(run))
		return false;
	text = format_twice(run, run->compile, &size);
	if (!text)
		return !run_wants(run, FAILURE_FORMAT);
	given = ARENA_ARRAY(&formatted->arena, struct source_text, DOC_FILES);
	memcpy(given, run->compile->sources.given, run->compile->sources.n_given * sizeof(*given));
	given[0].text = arena_strndup(&formatted->arena, text, size);
	given[0].size = size;
	free(text);
	formatted->sources.given = given;
	formatted->sources.n_given = run->compile->sources.n_given;
	*again = compile_policy(formatted, given[0].path, NULL);
	if (!*again)
		return run_failed(run, FAILURE_FORMAT, "what fmt wrote is refused: %s",
				  formatted->diags.first ? formatted->diags.first->message : "");
	if (run_wants(run, FAILURE_FORMAT) && !same_meaning(run, *again))
		return false;
	if (run_wants(run, FAILURE_BYTES)) {
		program = compile_program(formatted, *again);
		if (!same_program(run, formatted, program, true) || !same_again(run))
			return false;
		if (program && run->options->seed % OBJECTS_EVERY == 0 && !same_object(run))
			return false;
	}
	return !run_wants(run, FAILURE_NAMELESS) || prove(run, formatted, *again);
}

static bool verify_blocks(struct run *run)
{
	struct verify verify = { .arena = &run->compile->arena, .policy = run->policy };

	verify_options_init(&verify.options);
	verify.options.regions = REGIONS;
	verify.options.witnesses = WITNESSES;
	verify.options.frames = 0;
	verify.options.seed = run->options->seed;
	for (size_t i = 0; i < run->program->n_blocks; i++) {
		struct verify_block result = { 0 };

		if (run->program->blocks[i].strategy != STRATEGY_CLASSES)
			continue;
		verify_tables(&verify, &run->program->blocks[i], &result);
		run->outcome->counts.looked_up++;
		run->outcome->counts.regions += result.checked;
		if (result.differences)
			return run_failed(run, FAILURE_TABLES, "block %s: %s is for %s, the tables say %s",
					  result.block->name, verify.differences[0].packet,
					  verify.differences[0].right.name, verify.differences[0].got.name);
	}
	return true;
}

/* In a process with a time of its own: to walk all of deep trees over IPv6 can take for ever, and says nothing of the
 * rest. */
bool run_tables(struct run *run)
{
	int status;
	pid_t pid = fork();

	if (pid < 0)
		abort();
	if (!pid) {
		struct itimerval limit = { .it_value = { .tv_sec = TABLES_SECONDS } };

		setitimer(ITIMER_PROF, &limit, NULL);
		verify_blocks(run);
		_exit(0);
	}
	while (waitpid(pid, &status, 0) < 0)
		;
	if (WIFSIGNALED(status) && WTERMSIG(status) == SIGPROF)
		run->outcome->counts.tables_undecided++;
	else if (status)
		return run_failed(run, FAILURE_CRASH, "looking tables up ends with status %d", status);
	return run->outcome->failure == FAILURE_NONE;
}
