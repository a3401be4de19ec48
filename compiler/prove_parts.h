/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What the files of the prover share: prove.c and prove_*.c. */
#ifndef SENTRY_PROVE_PARTS_H
#define SENTRY_PROVE_PARTS_H

#include "cover.h"
#include "diag.h"
#include "prove.h"
#include "rulebook.h"
#include "witness.h"

struct prover {
	struct arena *arena;
	struct diags *diags;
	const struct policy *policy;
	struct effort *effort;
	const struct space *spaces[N_FAMILIES];
	size_t undecided; /* questions about rules; assertions are told one by one */
};

/* One block, in both IP versions. */
struct view {
	const struct block *block;
	const struct rulebook *books[N_FAMILIES];
	bool *dead;      /* by rule: never decides, so it is nobody's cover */
	size_t *meeting, *later; /* room for block->n_rules numbers each */
	const struct cube **covers; /* room for all cubes of the block and a few more */
	size_t *owners;  /* of each cover, the rule */
	bool *used;
	u128 *point; /* room for a packet of either IP version */
};

/* Is a finding about the rule an error over the limit, of which nothing is shown? */
bool is_only_counted(const struct prover *prover, const struct rule *rule, enum code code);
/* A note that names another rule. */
void note_rule(struct prover *prover, struct diag *diag, const struct rule *rule, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* The packet, and what must hold for it. */
void set_witness(struct diag *diag, const struct witness *witness);
/* Says which limit was reached, if one was. */
void report_undecided(struct prover *prover, struct diag *diag);
/* "'a'", "'a' and 'b'", "'a', 'b' and 7 more"; arena memory. */
const char *rule_list(struct prover *prover, const struct view *view, const size_t *rules, size_t n);

/* Adds the deciding cubes of a rule to view->covers; returns the new number of covers. */
size_t add_covers(struct view *view, enum family family, size_t rule, size_t n);
/* Of those rules before `to` that meet the cube and are not in `skip`. */
size_t collect_covers(struct view *view, enum family family, const struct cube *cube, size_t to, const bool *skip);

/* Do the rules before `to` that are not in `skip` decide all of a cube? */
struct cover_question {
	struct prover *prover;
	struct view *view;
	enum family family;
	size_t to;
	const bool *skip; /* by rule */
	bool *needed;     /* by rule: those that an answer COVER_ALL relies on are added; may be NULL */
	bool is_needed;   /* … some were */
};

/* Uses the view's room. */
enum cover_answer ask_cover(struct cover_question *question, const struct cube *cube);

/* The first rule in [from, to) and not in `skip` that alone decides all that `rule` matches; SIZE_MAX: none. */
size_t find_alone(const struct view *view, size_t rule, size_t from, size_t to, const bool *skip);

/* allow, deny, reject */
static inline bool rule_decides(const struct rule *rule)
{
	return rule->action == ACTION_ALLOW || rule->action == ACTION_DENY || rule->action == ACTION_REJECT;
}

void prove_dead(struct prover *prover, struct view *view);
void prove_redundant(struct prover *prover, struct view *view);
void prove_crossing(struct prover *prover, struct view *view);
void prove_assertion(struct prover *prover, struct view *view, const struct assertion *assertion);

#endif
