/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Rules: an action, what matches, what else is done and said. */
#include "generate.h"

#include <stdio.h>
#include <string.h>

enum transport {
	TRANSPORT_ANY,
	TRANSPORT_PORTS, /* sctp, udp, or a list of what has ports */
	TRANSPORT_TCP,
	TRANSPORT_ICMP,
	TRANSPORT_OTHER,
};

static struct piece *add_clause(struct generator *g, struct piece *rule, const char *text)
{
	/* Space is space, wherever lines end. */
	static const char *const spaces[] = { " ", " ", " ", " ", "  ", "\n\t\t", "\t" };
	const char *space = spaces[below(g, sizeof(spaces) / sizeof(spaces[0]))];

	return doc_add(g->doc, rule, arena_printf(&g->doc->arena, "%s%s", space, text), "", "");
}

/* `kind`: 0 of either IP version, where only some words are of both; 1 of IPv4, 2 of IPv6. */
static void add_message(struct generator *g, struct piece *clause, unsigned kind)
{
	static const char *const of_both[] = { "echo-request", "echo-reply", "redirect", "time-exceeded", "unreach" };
	static const struct word_list both = { 5, of_both };
	const char *type;

	doc_leaf(g->doc, clause, " ");
	if (kind && chance(g, 15)) {
		doc_leaf(g->doc, clause, icmp_code_words(g, kind - 1));
		return;
	}
	if (kind && chance(g, 25)) {
		type = icmp_type_word(g, kind - 1);
		doc_leaf(g->doc, clause, chance(g, 30) ? arena_printf(&g->doc->arena, "{ %s, %s }", type, icmp_type_word(g, kind - 1)) : type);
	} else {
		add_numbers(g, clause, 255, &both);
	}
	if (chance(g, 40)) {
		doc_leaf(g->doc, clause, " code ");
		add_numbers(g, clause, 255, NULL);
	}
}

static enum transport add_protocol(struct generator *g, struct piece *rule, unsigned *families)
{
	static const char *const with_ports[] = { "udp", "udp", "sctp", "proto { tcp, udp }", "proto { 17, 132 }" };
	static const char *const others[] = { "gre",
					      "esp",
					      "proto 255",
					      "proto 0",
					      "proto not { tcp, udp }",
					      "proto { 88-90, 2 }",
					      "proto 41",
					      "proto { 6, 17, 47, 50 }",
					      "proto not 0-254" };
	static const char *const icmp[] = { "icmp", "icmp4", "icmp6" };
	unsigned kind;
	struct piece *clause;

	switch (below(g, 9)) {
	case 0:
	case 1:
		if (chance(g, 10)) {
			add_numbers(g, add_clause(g, rule, "proto "), 255, &proto_words);
			return TRANSPORT_OTHER;
		}
		add_clause(g, rule, "tcp");
		return TRANSPORT_TCP;
	case 2:
	case 3:
		add_clause(g, rule, with_ports[below(g, 5)]);
		return TRANSPORT_PORTS;
	case 4:
		kind = *families == 1 ? below(g, 2) : *families == 2 ? 2 * below(g, 2) : below(g, 3);
		clause = add_clause(g, rule, icmp[kind]);
		if (kind)
			*families = kind;
		if (chance(g, 70))
			add_message(g, clause, kind);
		return TRANSPORT_ICMP;
	case 5:
		add_clause(g, rule, others[below(g, sizeof(others) / sizeof(others[0]))]);
		return TRANSPORT_OTHER;
	case 6:
		/* Which ports it names is the service's business: no more are said. */
		if (g->n_services) {
			add_clause(g, rule, arena_printf(&g->doc->arena, "service v%u", below(g, g->n_services)));
			return TRANSPORT_OTHER;
		}
		/* fallthrough */
	default:
		return TRANSPORT_ANY;
	}
}

static void add_endpoints(struct generator *g, struct piece *rule, unsigned families, bool ports)
{
	static const char *const words[] = { "from ", "to " };
	bool port_said = false;

	for (unsigned end = 0; end < 2; end++) {
		bool address = chance(g, 45), port = ports && chance(g, end ? 20 : 25);
		struct piece *clause;

		if (!address && !port)
			continue;
		clause = add_clause(g, rule, words[end]);
		/* `from port 53` is `from any port 53`. */
		if (address && chance(g, 95))
			add_addresses(g, clause, families);
		else if (!port || chance(g, 70))
			doc_leaf(g->doc, clause, "any ");
		if (port) {
			doc_leaf(g->doc, clause, " port ");
			add_ports(g, clause);
			port_said |= end == 1;
		}
	}
	if (ports && !port_said && chance(g, 50))
		add_ports(g, add_clause(g, rule, "port "));
}

static void add_flags(struct generator *g, struct piece *rule)
{
	static const char *const flags[] = { "syn",
					     "ack",
					     "none",
					     "all",
					     "syn/syn,ack",
					     "none/all",
					     "fin,psh,urg/all",
					     "syn,fin/syn,fin",
					     "rst/rst,ack",
					     "ece,cwr/ece,cwr,syn",
					     "none/syn",
					     "all/all" };

	add_clause(g, rule,
		   arena_printf(&g->doc->arena, "flags %s", flags[below(g, sizeof(flags) / sizeof(flags[0]))]));
}

static void add_state(struct generator *g, struct piece *rule)
{
	static const char *const states[] = { "new",
					      "established",
					      "related",
					      "invalid",
					      "established,related",
					      "not invalid",
					      "{ new, invalid }",
					      "not established, related" };

	add_clause(g, rule,
		   arena_printf(&g->doc->arena, "state %s", states[below(g, sizeof(states) / sizeof(states[0]))]));
}

static void add_exact(struct generator *g, struct piece *rule)
{
	static const char *const protos[] = { "tcp", "udp", "sctp" };
	enum family family = !g->may[FAMILY_V6] || (g->may[FAMILY_V4] && chance(g, 50)) ? FAMILY_V4 : FAMILY_V6;
	struct piece *clause = add_clause(g, rule, protos[below(g, 3)]);

	doc_leaf(g->doc, clause, arena_printf(&g->doc->arena, " from %s to %s port %u", host_text(g, family), host_text(g, family), below(g, 65536)));
}

/* Without ports of their own for services and fragments, and within one IP version where it is said. */
void add_matches(struct generator *g, struct piece *rule)
{
	unsigned families = g->may[FAMILY_V4] | (unsigned)g->may[FAMILY_V6] << 1;
	enum transport transport;
	bool ports, later = chance(g, 4);

	if (chance(g, 25)) {
		unsigned family = families == 3 ? below(g, N_FAMILIES) : families - 1;

		families = 1u << family;
		add_clause(g, rule, family == FAMILY_V4 ? "ip4" : "ip6");
	} else if (families == 3 && chance(g, 50)) {
		families = 1u << below(g, N_FAMILIES);
	}
	transport = chance(g, 70) ? add_protocol(g, rule, &families) : TRANSPORT_ANY;
	ports = !later && transport < TRANSPORT_ICMP;
	add_endpoints(g, rule, families, ports);
	if (!later && (transport == TRANSPORT_TCP || transport == TRANSPORT_ANY) &&
	    chance(g, transport == TRANSPORT_TCP ? 35 : 4))
		add_flags(g, rule);
	if (chance(g, g->states_used))
		add_state(g, rule);
	if (later && transport != TRANSPORT_ICMP)
		add_clause(g, rule, "fragment");
	else if (chance(g, 4))
		add_clause(g, rule, "fragment first");
	if (g->simple > 50)
		return;
	if (chance(g, 8))
		add_numbers(g, add_clause(g, rule, "vlan "), 4095, NULL);
	if (chance(g, 8))
		add_numbers(g, add_clause(g, rule, "dscp "), 63, &dscp_words);
	if (chance(g, 8))
		add_numbers(g, add_clause(g, rule, "ttl "), 255, NULL);
	if (chance(g, 8))
		add_numbers(g, add_clause(g, rule, "length "), chance(g, 50) ? 1500 : 65535, NULL);
}

static const char *ratio(struct generator *g)
{
	static const char *const ratios[] = { "1/1", "1/2", "1/7", "1/1_000", "1/4294967295" };

	return ratios[below(g, 5)];
}

static void add_modifiers(struct generator *g, struct piece *rule)
{
	static const char *const lifetimes[] = { "", "", "", "", " for 700ms", " for 1ms", " for 30d", " for 1h" };
	static const char *const codes[] = { "dead-rule", "dead-rule", "redundant-rule", "crossing-rules", "expired-rule", "expiring-rule" };
	struct arena *arena = &g->doc->arena;

	if (chance(g, g->modifiers))
		add_clause(g, rule, "log");
	if (chance(g, g->modifiers / 2))
		add_clause(g, rule, "count");
	if (chance(g, g->samples))
		add_clause(g, rule, arena_printf(arena, "sample %s%s", chance(g, 60) ? "flow " : "", ratio(g)));
	for (unsigned i = 0; i < 2 && g->n_sets && chance(g, g->sets_used); i++) {
		unsigned set = below(g, g->n_sets);

		if (!g->sets[set].is_net)
			add_clause(g, rule,
				   arena_printf(arena, "add %s to @s%u%s", chance(g, 60) ? "src" : "dst", set,
						lifetimes[below(g, sizeof(lifetimes) / sizeof(lifetimes[0]))]));
	}
	if (!chance(g, g->modifiers))
		return;
	if (chance(g, 30))
		add_clause(g, rule, "owner \"team; a } of # people\"");
	if (chance(g, 30))
		add_clause(g, rule, "ticket \"T-1\"");
	if (chance(g, 30))
		add_clause(g, rule, "note \"caf\xc3\xa9 \\\"quoted\\\" \\\\\"");
	if (chance(g, 20))
		add_clause(g, rule, arena_printf(arena, "expires %u-%02u-%02u", chance(g, 30) ? 1970 + below(g, 100) : 2500 + below(g, 500),
						 1 + below(g, 12), 1 + below(g, 28)));
	if (chance(g, 20))
		add_clause(g, rule, "detect else");
	if (chance(g, 20))
		add_clause(g, rule, arena_printf(arena, "lint-off %s \"as it comes\"", codes[below(g, 6)]));
	if (chance(g, 20) && g->n_rules > g->block_first)
		add_clause(g, rule,
			   arena_printf(arena, "overrides r%llu",
					(unsigned long long)(g->block_first +
							     below(g, (unsigned)(g->n_rules - g->block_first)))));
}

/* Words of the language, of C, of what is generated; each is the name of one rule at most. */
static const char *rule_name(struct generator *g)
{
	static const char *const odd[] = { "int",
					   "log",
					   "not",
					   "in",
					   "main",
					   "if",
					   "and",
					   "count",
					   "packet",
					   "expect",
					   "ingress",
					   "s0",
					   "decided",
					   "port",
					   "rule",
					   "p",
					   "ctx",
					   "tcp",
					   "r1-2",
					   "r-1-2",
					   "limits",
					   "any-of",
					   "a-name-that-is-as-long-as-names-may-be-and-then-not-any-longer-x" };

	if (g->n_odd < sizeof(odd) / sizeof(odd[0]) && chance(g, 5))
		return odd[g->n_odd++];
	return arena_printf(&g->doc->arena, "r%llu", (unsigned long long)g->n_rules);
}

void add_rule(struct generator *g, struct piece *block)
{
	static const char *const verdicts[] = { "allow", "allow", "deny", "deny", "reject" };
	struct arena *arena = &g->doc->arena;
	struct piece *rule = doc_add(g->doc, block, arena_printf(arena, "\t\trule %s", rule_name(g)), "", ";\n");
	bool limit = false;

	rule->tag = PIECE_RULE;
	if (chance(g, g->limits)) {
		limit = true;
		doc_leaf(g->doc, rule, arena_printf(arena, " rate-limit %s", generate_rate(g)));
	} else if (chance(g, g->samples / 2)) {
		doc_leaf(g->doc, rule, arena_printf(arena, " sample %s%s", chance(g, 70) ? "flow " : "", ratio(g)));
	} else {
		doc_leaf(g->doc, rule, " ");
		doc_leaf_tagged(g->doc, rule, PIECE_ACTION, verdicts[below(g, 5)]);
	}
	if (chance(g, g->exact))
		add_exact(g, rule);
	else
		add_matches(g, rule);
	add_modifiers(g, rule);
	if (limit && chance(g, 50))
		add_clause(g, rule, arena_printf(arena, "else %s", verdicts[below(g, 5)]));
	g->n_rules++;
}
