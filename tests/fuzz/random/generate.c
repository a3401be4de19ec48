/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* A whole policy: declarations, blocks, and what stands beside them. */
#include "generate.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static struct piece *add_statement(struct generator *g, struct piece *parent, const char *open)
{
	struct piece *piece = doc_add(g->doc, parent, open, "", ";\n");

	piece->tag = PIECE_STATEMENT;
	return piece;
}

static struct piece *add_text(struct generator *g, struct piece *parent, const char *text)
{
	struct piece *piece = doc_add(g->doc, parent, text, "", ";\n");

	piece->tag = PIECE_STATEMENT;
	return piece;
}

static unsigned log_uniform(struct generator *g, unsigned least, unsigned most)
{
	double t = (double)(rng_next(&g->rng) >> 11) / 9007199254740992.0;

	return (unsigned)(least * exp(t * log((double)(most + 1) / least)));
}

/* Most policies are small, for those find most in a given time; but all sizes come. */
static unsigned choose_size(struct generator *g)
{
	unsigned kind = below(g, 1000);

	return kind < 940 ? log_uniform(g, 1, 60) :
	       kind < 990 ? log_uniform(g, 60, 600) :
	       kind < 998 ? log_uniform(g, 600, 4000) :
			    log_uniform(g, 4000, 20000);
}

static void choose_style(struct generator *g)
{
	static const unsigned often[] = { 0, 0, 0, 10, 40 };
	unsigned versions = below(g, 6);

	g->may[FAMILY_V4] = versions != 0;
	g->may[FAMILY_V6] = versions != 1;
	/* Many rules of all sorts are what tables cannot hold, and the budget refuses. */
	g->simple = g->wanted > 600 ? chance(g, 80) ? 90 : 60 :
		    g->wanted > 60  ? chance(g, 60) ? 90 :
				      chance(g, 50) ? 60 :
						      10 :
		    chance(g, 20)   ? 60 :
				      10;
	g->sets_used = g->wanted > 60 ? often[below(g, 4)] / 5 : often[below(g, 5)];
	g->states_used = often[below(g, 5)];
	g->limits = g->wanted > 60 ? often[below(g, 4)] / 5 : often[below(g, 5)];
	g->samples = often[below(g, 5)] / 2;
	g->modifiers = often[below(g, 5)];
	g->negation = below(g, 2) ? 20 : 3;
	g->exact = g->wanted > 60 && chance(g, 20) ? 50 + below(g, 51) : 0;
	/* Of thousands of rules hardly any policy would be accepted that is not of addresses, protocols and ports
	 * alone. */
	if (g->wanted > 2000 && chance(g, 75)) {
		g->simple = 95;
		g->sets_used = g->states_used = g->limits = g->samples = g->negation = 0;
	}
}

static void add_names(struct generator *g, struct piece *parent)
{
	struct arena *arena = &g->doc->arena;
	unsigned nets = below(g, 6), ports = below(g, 6), services = below(g, 3);
	static const char *const protos[] = { "tcp", "udp", "sctp" };
	static const char *const plain[] = { "icmp/echo-request", "icmp", "esp", "gre", "icmp6/128", "icmp4/0-255" };

	/* Each may name those before it. */
	while (g->n_nets < nets) {
		struct piece *net = add_statement(g, parent, arena_printf(arena, "net n%u = ", g->n_nets));

		add_address_list(g, net, 3, 2 + below(g, chance(g, 5) ? 200 : 6));
		if (g->n_nets && chance(g, 30))
			doc_leaf(g->doc, net, arena_printf(arena, " or n%u", g->n_nets - 1));
		g->n_nets++;
	}
	while (g->n_ports < ports) {
		add_port_list(g, add_statement(g, parent, arena_printf(arena, "port p%u = ", g->n_ports)),
			      1 + below(g, 6));
		g->n_ports++;
	}
	while (g->n_services < services) {
		struct piece *service =
			add_statement(g, parent, arena_printf(arena, "service v%u = ", g->n_services++));
		bool one = chance(g, 20);
		struct piece *list = one ? service : doc_add(g->doc, service, "{ ", ", ", " }");

		for (unsigned i = 0; i <= (one ? 0 : below(g, 4)); i++) {
			unsigned port = g->ports[below(g, 8)];
			const char *last = port < 65535 && chance(g, 30) ? arena_printf(arena, "-%u", port + 1 + below(g, 65535 - port)) : "";

			doc_leaf(g->doc, list,
				 chance(g, 30) ? plain[below(g, 6)] : arena_printf(arena, "%s/%u%s", protos[below(g, 3)], port, last));
		}
	}
}

static void add_sets(struct generator *g, struct piece *parent)
{
	static const char *const types[] = { "addr", "net", "addr . port", "addr . proto", "addr . port . proto" };
	static const unsigned n_types[] = { 1, 1, 2, 2, 3 };
	static const char *const timeouts[] = { " timeout 3s", " timeout 3s", " timeout 1ms", " timeout 365d", " timeout 90m" };
	unsigned n = g->sets_used ? 1 + below(g, chance(g, 10) ? NAMED_MAX : 5) : 0;

	while (g->n_sets < n) {
		unsigned type = below(g, 5);

		g->sets[g->n_sets] = (struct named_set){ n_types[type], type == 1, type == 2 || type == 4, type >= 3 };
		add_text(g, parent,
			 arena_printf(&g->doc->arena, "set s%u : %s max %u%s%s", g->n_sets++, types[type],
				      chance(g, 97) ? 5000 + below(g, 5000) : 1 + below(g, 4),
				      type != 1 && chance(g, 50) ? timeouts[below(g, 5)] : "",
				      type < 2 && g->doc->files[DOC_LIST] && chance(g, 30) ? " from \"list.txt\"" : ""));
	}
}

static void add_head(struct generator *g, struct piece *policy)
{
	static const char *const states[] = { "loose",   "tcp opening 500ms", "tcp established 1h", "udp opening 1ms",
					      "icmp 2s", "other 365d",        "tcp closed 1s" };

	if (chance(g, 30))
		add_text(g, policy, "\towner \"tests\"");
	if (chance(g, 20))
		add_text(g, policy, arena_printf(&g->doc->arena, "\tseed %llu", (unsigned long long)rng_next(&g->rng)));
	if (chance(g, 20))
		add_text(g, policy, chance(g, 50) ? "\ton-failure allow" : "\ton-failure deny");
	/* Random rules cover one another, and proofs are about all policies: with few exceptions that is no error here.
	 */
	if (chance(g, 90))
		add_text(g, policy, "\tlint dead-rule note");
	for (unsigned i = 0; i < 3 && chance(g, 20); i++) {
		static const char *const codes[] = { "redundant-rule", "crossing-rules", "expiring-rule" };
		static const char *const levels[] = { "off", "note", "warning" };

		add_text(g, policy, arena_printf(&g->doc->arena, "\tlint %s %s", codes[i], levels[below(g, 3)]));
	}
	if (chance(g, 5))
		add_text(g, policy, "\tstrict");
	if (chance(g, 10)) {
		static const unsigned insns[] = { 5000, 20000, 200000, 350000 };

		add_text(g, policy,
			 arena_printf(&g->doc->arena, "\tbudget { insns %u; memory %s; }", insns[below(g, 4)],
				      chance(g, 70) ? "16mbyte" : "1kbyte"))
			->close = "\n";
	}
	if (chance(g, 10))
		add_text(g, policy, "\tgroup web = label app=web and not (tier = \"x y\" or a.b/c=1)");
	/* Small tables, for connections come by the hundred here; rarely so small that they are full. */
	if (g->states_used) {
		struct piece *body =
			doc_add(g->doc, policy, arena_printf(&g->doc->arena, "\tstates { max %u; ", 5000), "", "}\n");

		body->tag = PIECE_STATEMENT;
		for (size_t i = 0; i < sizeof(states) / sizeof(states[0]); i++)
			if (chance(g, 15))
				doc_leaf(g->doc, body, arena_printf(&g->doc->arena, "%s; ", states[i]));
	}
}

/* By the seed itself, so that nothing else that is drawn depends on it. */
static void add_account(struct generator *g, struct piece *policy, uint64_t seed)
{
	static const char *const accounts[] = { "traffic;", "flows max 1_024;", "traffic; flows;" };

	if (seed % 8 < 3)
		add_text(g, policy, arena_printf(&g->doc->arena, "\taccount { %s }", accounts[seed % 8]))->close = "\n";
}

static void add_block(struct generator *g, struct piece *policy, const char *head, uint64_t rules)
{
	static const char *const verdicts[] = { "allow", "deny", "reject" };
	struct piece *block = doc_add(g->doc, policy, head, "", "\t}\n");

	block->tag = PIECE_STATEMENT;
	g->block_first = g->n_rules;
	for (uint64_t i = 0; i < rules; i++) {
		if (chance(g, 3))
			doc_leaf(g->doc, block,
				 chance(g, 50) ? "# caf\xc3\xa9: \"rule\" { ; }\n" : "\n\n\t# a comment\n\n");
		add_rule(g, block);
	}
	doc_leaf(g->doc, block, arena_printf(&g->doc->arena, "\t\tdefault %s;\n", verdicts[below(g, 3)]));
	if (chance(g, 30))
		add_text(g, block, arena_printf(&g->doc->arena, "\t\tnon-ip %s", verdicts[below(g, 2)]));
	if (chance(g, 30))
		add_text(g, block, arena_printf(&g->doc->arena, "\t\tmalformed %s", verdicts[below(g, 2)]));
}

/* Blocks of a policy that has several. */
#define MOST_BLOCKS 12

static unsigned add_blocks(struct generator *g, struct piece *policy)
{
	static const char *const one_ingress[] = { "on any", "on up", "on up, eth9 via xdp", "on any via tc",
						   "on up via tc" };
	unsigned shapes = below(g, 10), n = 1, block = 0;
	const char *heads[MOST_BLOCKS];

	if (shapes < 5) {
		heads[0] = arena_printf(&g->doc->arena, "\tingress %s {\n", one_ingress[below(g, 5)]);
	} else if (shapes < 6) {
		heads[0] = "\tegress on up {\n";
	} else if (shapes < 8) {
		heads[0] = arena_printf(&g->doc->arena, "\tingress %s {\n", one_ingress[below(g, 5)]);
		heads[n++] = "\tegress on any {\n";
	} else {
		heads[0] = "\tingress on up via tc {\n";
		heads[n++] = "\tingress on eth9 {\n";
		heads[n++] = "\tegress on up via tc {\n";
		if (shapes == 9)
			heads[n++] = "\tegress on eth9 {\n";
		/* And for many interfaces more, some for several. */
		for (unsigned i = 0; chance(g, 60) && n < MOST_BLOCKS; i++)
			heads[n++] = arena_printf(&g->doc->arena, "\t%s on if%u%s%s {\n", i % 2 ? "egress" : "ingress", i,
						  chance(g, 40) ? arena_printf(&g->doc->arena, ", vlan%u, wg%u", i, i) : "",
						  chance(g, 30) ? " via tc" : "");
	}
	for (; block < n; block++)
		add_block(g, policy, heads[block], (g->wanted + n - 1 - block) / n);
	return shapes;
}

/* Not always true ones: an assertion that does not hold has to be refused. */
static void add_proofs(struct generator *g, struct piece *policy, unsigned shapes)
{
	static const char *const verdicts[] = { "allow", "deny", "reject" };
	const char *where = shapes < 5 ? "ingress" : shapes < 6 ? "egress" : shapes < 8 ? "ingress" : "ingress on up";

	for (unsigned i = 0; i < 2 && chance(g, 6); i++) {
		struct piece *assert = add_statement(
			g, policy,
			arena_printf(&g->doc->arena, "\tassert a%u %s in %s", i, verdicts[below(g, 3)], where));

		add_matches(g, assert);
		if (chance(g, 30))
			doc_leaf(g->doc, assert, " under limits");
	}
	if (chance(g, 10)) {
		static const char *const packets[] = {
			"packet tcp 10.0.0.1:1 > 10.0.0.2:65535 syn vlan=7 expect deny",
			"wait 100ms",
			"packet icmp 10.0.0.1 > 10.0.0.2 unreach quoting udp 10.0.0.2:4000 > 10.0.0.9:53 expect allow "
			"by default",
			"packet udp [::1]:0 > [ff02::1]:53 ttl=0 frag=first expect reject",
			"packet proto 255 ::1 > ::2 frag=later expect allow",
			"packet arp expect allow by non-ip",
			"packet tcp 10.0.0.1:1 > 10.0.0.2:22 in egress expect allow",
			"packet icmp6 fe80::1 > ff02::1 135 expect allow",
		};
		struct piece *test = doc_add(
			g->doc, policy,
			arena_printf(&g->doc->arena, "\ttest \"some \\\"packets\\\"\" in %s {\n", where), "", "\t}\n");

		test->tag = PIECE_TEST;
		for (size_t i = 0; i < sizeof(packets) / sizeof(packets[0]); i++)
			add_text(g, test, packets[i]);
		for (unsigned set = 0; set < g->n_sets; set++)
			add_text(g, test, arena_printf(&g->doc->arena, "add %s%s%s%s to @s%u%s", address_text_plain(g, below(g, N_FAMILIES)),
						       g->sets[set].is_net ? "/8" : "", g->sets[set].has_port ? " port 53" : "",
						       g->sets[set].has_proto ? " proto udp" : "", set,
						       chance(g, 20) ? " for 20ms" : ""));
	}
}

void generate_policy(struct doc *doc, const struct generate_options *options)
{
	struct generator g = { .doc = doc, .rng = { options->seed * 0x9e3779b97f4a7c15 + 1 } };
	struct piece *file, *policy, *names;
	unsigned shapes;

	g.wanted = choose_size(&g);
	if (options->rules)
		g.wanted = options->rules;
	choose_style(&g);
	generate_bases(&g);
	file = doc->files[DOC_POLICY] = doc_add(doc, NULL, "", "", "");
	names = file;
	if (chance(&g, 10)) {
		names = doc->files[DOC_INCLUDED] = doc_add(doc, NULL, "# Names only.\n", "", "");
		add_text(&g, file, "include \"included.sp\"");
	}
	add_names(&g, names);
	policy = doc_add(doc, file, chance(&g, 50) ? "policy p {\n" : "# Random.\npolicy p\n{\n\n", "", "}\n");
	if (chance(&g, 10)) {
		doc->files[DOC_LIST] = doc_add(doc, NULL, "# addresses\n", "\n", "\n");
		for (unsigned i = log_uniform(&g, 1, 3000); i; i--)
			doc_leaf(doc, doc->files[DOC_LIST], address_text(&g, below(&g, N_FAMILIES)));
		add_text(&g, policy, arena_printf(&doc->arena, "\tnet n%u = file \"list.txt\"", g.n_nets++));
	}
	if (chance(&g, 50))
		add_text(&g, policy, "\tinterface up = \"eth0\"");
	add_sets(&g, policy);
	add_head(&g, policy);
	add_account(&g, policy, options->seed);
	shapes = add_blocks(&g, policy);
	add_proofs(&g, policy, shapes);
}
