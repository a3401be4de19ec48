/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* What a policy has a name for is called by it, also in results: "not martians", "clients and not revoked". */
#include "packetset_session.h"

#include <string.h>

void packetset_remember(const struct dimension *dimension, const struct rangeset *set)
{
	struct session *session = &packetset_session;
	enum field_type type = field_table[dimension->field].type;
	struct known_name *known;

	for (size_t i = 0; i < session->n_names; i++) {
		known = &session->names[i];
		if (known->set == set)
			return;
		if (known->type != type || strcmp(known->set->name, set->name))
			continue;
		if (!rangeset_equal(known->set, set))
			known->ambiguous = true;
		return;
	}
	known = arena_push(&session->arena, &session->names, &session->n_names, &session->names_room, sizeof(*known));
	known->type = type;
	known->set = set;
}

/* One set, and what has been said of it so far. */
struct naming {
	struct arena *arena;
	enum field_type type;
	const struct rangeset *set;
	const struct rangeset *base; /* what is said is within this named set; NULL: not said */
	const struct rangeset *rest; /* what has still to be taken away */
	const char *text;
	size_t words;
};

/* The next name that can be said of the type; NULL after the last. */
static const struct rangeset *next_name(const struct naming *naming, size_t *at)
{
	const struct session *session = &packetset_session;

	while (*at < session->n_names) {
		const struct known_name *known = &session->names[(*at)++];

		if (known->type == naming->type && !known->ambiguous)
			return known->set;
	}
	return NULL;
}

static void say(struct naming *naming, const char *negation, const char *what)
{
	naming->text = arena_printf(naming->arena, "%s%s%s%s", naming->text ? naming->text : "",
				    naming->text ? " and " : "", negation, what);
	naming->words++;
}

/* The narrowest name that holds the whole set. */
static void find_base(struct naming *naming)
{
	const struct rangeset *name;
	size_t at = 0;

	while ((name = next_name(naming, &at)))
		if (rangeset_is_within(naming->set, name) &&
		    (!naming->base || rangeset_is_within(name, naming->base)))
			naming->base = name;
}

/* Names of what lies outside of the set, each of which makes the rest simpler. */
static void take_away_names(struct naming *naming)
{
	const struct rangeset *name, *rest;
	size_t at = 0;

	while (naming->rest->n && (name = next_name(naming, &at))) {
		if (rangeset_meets(name, naming->set))
			continue;
		rest = rangeset_minus(naming->arena, naming->rest, name);
		if (rest->n >= naming->rest->n)
			continue;
		naming->rest = rest;
		say(naming, "not ", name->name);
	}
}

static void take_away_ranges(struct naming *naming)
{
	char text[ADDRESS_TEXT];

	for (size_t i = 0; i < naming->rest->n; i++)
		say(naming, "not ",
		    address_range_format(packetset_session.space->family, naming->rest->ranges[i], text));
}

/* Ports have no `and`: only one name, or what is not it. */
static bool is_sayable(const struct naming *naming)
{
	return naming->type == FIELD_TYPE_ADDR || (!naming->base && naming->words == 1 && !naming->rest->n);
}

const struct rangeset *packetset_named(struct arena *arena, size_t dimension, const struct rangeset *set)
{
	const struct space *space = packetset_session.space;
	const struct rangeset *all = space_full(arena, space, dimension), *name;
	struct naming naming = {
		.arena = arena, .type = field_table[space->dimensions[dimension].field].type, .set = set,
	};
	size_t at = 0, plain;

	while ((name = next_name(&naming, &at)))
		if (rangeset_equal(name, set))
			return name;
	naming.rest = rangeset_minus(arena, all, set);
	plain = naming.rest->n < set->n ? naming.rest->n : set->n;
	if (naming.type == FIELD_TYPE_ADDR)
		find_base(&naming);
	if (naming.base) {
		naming.rest = rangeset_minus(arena, naming.base, set);
		say(&naming, "", naming.base->name);
	}
	take_away_names(&naming);
	if (!naming.words || naming.words + naming.rest->n > plain || !is_sayable(&naming))
		return set;
	take_away_ranges(&naming);
	return rangeset_named(arena, set, naming.text);
}
