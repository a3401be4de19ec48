/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/* Policies as text, one statement a line: findings are told apart by their lines. */
#include "oracle.h"

#include <arpa/inet.h>

static const char *const verdict_words[N_VERDICTS] = { "allow", "deny", "reject" };

struct writer {
	FILE *out;
	unsigned line;
};

static void end_line(struct writer *writer)
{
	fputc('\n', writer->out);
	writer->line++;
}

static void put_address(FILE *out, int version, u128 address)
{
	uint8_t bytes[16];
	char text[INET6_ADDRSTRLEN];
	int n = version == V4 ? 4 : 16;

	for (int i = 0; i < n; i++)
		bytes[i] = (uint8_t)(address >> 8 * (n - 1 - i));
	fputs(inet_ntop(version == V4 ? AF_INET : AF_INET6, bytes, text, sizeof(text)), out);
}

static void put_literals(FILE *out, const struct literal *literals, unsigned n)
{
	if (n > 1)
		fputs("{ ", out);
	for (unsigned i = 0; i < n; i++) {
		const struct literal *literal = &literals[i];

		if (i)
			fputs(", ", out);
		put_address(out, literal->version, literal->range.lo);
		if (literal->prefix >= 0) {
			fprintf(out, "/%d", literal->prefix);
		} else if (literal->range.hi != literal->range.lo) {
			fputc('-', out);
			put_address(out, literal->version, literal->range.hi);
		}
	}
	if (n > 1)
		fputs(" }", out);
}

static void put_values(FILE *out, const struct values *values)
{
	bool list = values->n > 1;

	fputs(values->negated ? " not " : " ", out);
	fputs(list ? "{ " : "", out);
	for (unsigned i = 0; i < values->n; i++) {
		fprintf(out, "%s%u", i ? ", " : "", (unsigned)values->ranges[i].lo);
		if (values->ranges[i].hi != values->ranges[i].lo)
			fprintf(out, "-%u", (unsigned)values->ranges[i].hi);
	}
	fputs(list ? " }" : "", out);
}

/* `short_port`: `port 22` alone is the destination's; behind `from ADDRESS` it would be the source's. */
static void put_side(FILE *out, int side, const struct address *address, const struct values *ports, bool short_port)
{
	static const char *const words[N_SIDES] = { "from", "to" }, *const nets[N_SIDES] = { "src", "dst" };

	if (address->form == ADDR_ANY) {
		if (ports->used) {
			fputs(side == SRC ? " from any port" : short_port ? " port" : " to any port", out);
			put_values(out, ports);
		}
		return;
	}
	fprintf(out, " %s ", words[side]);
	switch (address->form) {
	case ADDR_NOT_LIT: fputs("not ", out); /* fallthrough */
	case ADDR_LIT:
	case ADDR_LIT_AND_SET:
	case ADDR_LIT_AND_NOT_SET:
	case ADDR_LIT_OR_SET:
	case ADDR_LIT_OR_NOT_SET: put_literals(out, address->literals, address->n); break;
	case ADDR_NET: fprintf(out, "%s%u", nets[side], address->net); break;
	case ADDR_NOT_NET: fprintf(out, "not %s%u", nets[side], address->net); break;
	case ADDR_NET_AND_NOT_LIT:
		fprintf(out, "%s%u and not ", nets[side], address->net);
		put_literals(out, address->literals, address->n);
		break;
	case ADDR_SET: fprintf(out, "@s%u", address->set); break;
	case ADDR_NOT_SET: fprintf(out, "not @s%u", address->set); break;
	default: break;
	}
	switch (address->form) {
	case ADDR_LIT_AND_SET: fprintf(out, " and @s%u", address->set); break;
	case ADDR_LIT_AND_NOT_SET: fprintf(out, " and not @s%u", address->set); break;
	case ADDR_LIT_OR_SET: fprintf(out, " or @s%u", address->set); break;
	case ADDR_LIT_OR_NOT_SET: fprintf(out, " or not @s%u", address->set); break;
	default: break;
	}
	if (ports->used) {
		fputs(" port", out);
		put_values(out, ports);
	}
}

static void put_proto(FILE *out, const struct values *values)
{
	static const struct {
		unsigned number;
		const char *word;
	} words[] = { { 6, "tcp" }, { 17, "udp" }, { 132, "sctp" }, { 47, "gre" }, { 50, "esp" } };

	for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
		if (values->n == 1 && !values->negated && values->ranges[0].lo == words[i].number &&
		    values->ranges[0].hi == words[i].number) {
			fprintf(out, " %s", words[i].word);
			return;
		}
	fputs(" proto", out);
	put_values(out, values);
}

static void put_flag_list(FILE *out, unsigned flags)
{
	static const char *const words[] = { "fin", "syn", "rst", "psh", "ack", "urg", "ece", "cwr" };
	const char *comma = "";

	if (!flags)
		fputs("none", out);
	for (unsigned i = 0; i < 8; i++)
		if (flags & 1u << i) {
			fprintf(out, "%s%s", comma, words[i]);
			comma = ",";
		}
}

static void put_states(FILE *out, unsigned states)
{
	static const char *const words[N_STATES] = { "new", "established", "related", "invalid" };
	const char *comma = "";

	fputs(" state ", out);
	/* Three of four are easier said as `not` the fourth, which is one more form to read. */
	if (__builtin_popcount(states) == 3) {
		fputs("not ", out);
		states ^= 15;
	}
	for (unsigned i = 0; i < N_STATES; i++)
		if (states & 1u << i) {
			fprintf(out, "%s%s", comma, words[i]);
			comma = ",";
		}
}

static void put_icmp(FILE *out, const struct match *match)
{
	static const char *const protos[] = { "", "icmp", "icmp4", "icmp6" };
	static const char *const words[] = { "", " echo-request", " echo-reply" };

	fprintf(out, " %s%s", protos[match->icmp], words[match->icmp_word]);
	if (match->values[F_TYPE].used)
		put_values(out, &match->values[F_TYPE]);
	if (match->values[F_CODE].used) {
		fputs(" code", out);
		put_values(out, &match->values[F_CODE]);
	}
}

static void put_match(FILE *out, const struct match *match)
{
	static const struct {
		enum field field;
		const char *word;
	} numbers[] = { { F_VLAN, "vlan" }, { F_LENGTH, "length" }, { F_TTL, "ttl" }, { F_DSCP, "dscp" } };

	if (match->ip)
		fprintf(out, " ip%d", match->ip);
	if (match->icmp)
		put_icmp(out, match);
	if (match->values[F_PROTO].used)
		put_proto(out, &match->values[F_PROTO]);
	put_side(out, SRC, &match->side[SRC], &match->values[F_SPORT], false);
	put_side(out, DST, &match->side[DST], &match->values[F_DPORT],
		 match->side[SRC].form == ADDR_ANY || match->values[F_SPORT].used);
	if (match->has_flags) {
		fputs(" flags ", out);
		put_flag_list(out, match->flags_set);
		fputc('/', out);
		put_flag_list(out, match->flags_mask);
	}
	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		if (match->values[numbers[i].field].used) {
			fprintf(out, " %s", numbers[i].word);
			put_values(out, &match->values[numbers[i].field]);
		}
	if (match->fragment >= 0)
		fputs(match->fragment == FIRST ? " fragment first" : " fragment", out);
	if (match->states)
		put_states(out, match->states);
}

/* Only an earlier rule can be overridden. */
static void put_overrides(FILE *out, const struct block *block, const struct rule *rule)
{
	for (const struct rule *earlier = block->rules; earlier < rule; earlier++)
		if (rule->overrides & 1ull << earlier->id) {
			fprintf(out, " overrides r%u", earlier->id);
		}
}

static void put_rule(FILE *out, const struct block *block, const struct rule *rule)
{
	fprintf(out, "        rule r%u ", rule->id);
	/* The rate tells which limit it is, also where rules are compared by what they do. */
	if (rule->action == RATE_LIMIT)
		fprintf(out, "rate-limit %u/s per src", 10 + rule->id);
	else if (rule->action == SAMPLE)
		fputs("sample 1/100", out);
	else
		fputs(verdict_words[rule->verdict], out);
	put_match(out, &rule->match);
	if (rule->action == RATE_LIMIT && rule->verdict != DENY)
		fprintf(out, " else %s", verdict_words[rule->verdict]);
	if (rule->log)
		fputs(" log", out);
	if (rule->log_sample)
		fputs(" sample 1/7", out);
	if (rule->count)
		fputs(" count", out);
	if (rule->add)
		fprintf(out, " add src to @s%u", rule->add_set);
	put_overrides(out, block, rule);
	fputc(';', out);
}

const char *rule_name(const struct rule *rule, char text[16])
{
	if (!rule)
		return "default";
	snprintf(text, 16, "r%u", rule->id);
	return text;
}

static void put_block(struct writer *writer, struct block *block)
{
	fprintf(writer->out, "    %s on any {", block->egress ? "egress" : "ingress");
	end_line(writer);
	for (unsigned i = 0; i < block->n; i++) {
		block->rules[i].line = writer->line;
		put_rule(writer->out, block, &block->rules[i]);
		end_line(writer);
	}
	fprintf(writer->out, "        default %s;", verdict_words[block->fallback]);
	end_line(writer);
	fputs("    }", writer->out);
	end_line(writer);
}

void write_policy(struct policy *policy, FILE *out)
{
	struct writer writer = { .out = out, .line = 1 };

	fprintf(out, "policy p {");
	end_line(&writer);
	if (policy->strict) {
		fputs("    strict;", out);
		end_line(&writer);
	}
	for (int side = 0; side < N_SIDES; side++)
		for (unsigned i = 0; i < N_NETS; i++) {
			fprintf(out, "    net %s%u = ", side == SRC ? "src" : "dst", i);
			put_literals(out, policy->nets[side][i].literals, policy->nets[side][i].n);
			fputc(';', out);
			end_line(&writer);
		}
	for (unsigned i = 0; i < N_SETS; i++) {
		fprintf(out, "    set s%u : addr max 100;", i);
		end_line(&writer);
	}
	for (unsigned b = 0; b < policy->n_blocks; b++)
		put_block(&writer, &policy->blocks[b]);
	for (unsigned i = 0; i < policy->n_asserts; i++) {
		struct assertion *assertion = &policy->asserts[i];

		assertion->line = writer.line;
		fprintf(out, "    assert a%u %s in %s", assertion->id, verdict_words[assertion->verdict],
			policy->blocks[assertion->block].egress ? "egress" : "ingress");
		put_match(out, &assertion->match);
		fputs(assertion->under_limits ? " under limits;" : ";", out);
		end_line(&writer);
	}
	fputs("}\n", out);
}
