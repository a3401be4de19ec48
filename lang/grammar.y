/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The grammar of policies: text to constructors of build.h, nothing else. Meaning
 * is the resolver's business. Names of tokens are those that messages show.
 */
%code requires {
#include "build.h"
}

%code {
static void grammar_error(const struct span *span, struct parser *parser, const char *message);

#include "grammar_empty.h"
}

%define api.prefix {grammar_}
%define api.pure full
%define api.location.type {struct span}
%define api.token.prefix {TOK_}
%define parse.error custom
%define parse.lac full
%expect 0
%locations
%param { struct parser *parser }
%initial-action { @$ = (struct span){ .source = parser->source }; }

%union {
	struct ast_name name;
	uint64_t number;
	bool flag;
	struct quantity quantity;
	struct verdict verdict;
	struct flag_set flags;
	struct endpoint endpoint;
	struct pieces pieces;
	struct ast_where where;
	struct ast_rate rate;
	struct ast_set set;
	struct ast_expr *expr;
	struct ast_key *key;
	struct ast_clause *clause;
	struct ast_node *node;
	struct ast_packet *packet;
	struct expr_list exprs;
	struct key_list keys;
	struct clause_list clauses;
	struct node_list nodes;
	struct name_list names;
	struct packet_key_list packet_keys;
	enum ast_set_type set_type;
	enum ast_distinct distinct;
}

%token END 0 "the end of the text"
%token START_FILE START_PACKET START_QUERY
%token SYNC "the end of a broken statement"
%token BAD "something that cannot be read"

%token <name> IDENT "a name"
%token <name> STRING "a string in quotes"
%token <name> ADDRESS "an address"
%token <number> NUMBER "a number"
%token <number> DURATION "a time such as 10s"
%token <quantity> QUANTITY "an amount such as 10mbit"
%token <number> DATE "a date such as 2027-12-31"

%token <name>
	ACCOUNT "account" ADD "add" ADDR "addr" ALLOW "allow" AND "and" ANY "any" ARP "arp" ASSERT "assert"
	BUDGET "budget" BURST "burst" BY "by" CODE "code" COUNT "count" DEFAULT "default" DENY "deny" DETECT "detect"
	DISTINCT "distinct" DSCP "dscp" DST "dst" EGRESS "egress" ELSE "else" ESP "esp" EXPECT "expect" EXPIRES "expires"
	FILE "file" FIRST "first" FLAGS "flags" FLOW "flow" FOR "for" FRAGMENT "fragment" FROM "from" GRE "gre"
	GROUP "group" ICMP "icmp" ICMP4 "icmp4" ICMP6 "icmp6" IN "in" INCLUDE "include" INGRESS "ingress" INSNS "insns"
	INTERFACE "interface" IP4 "ip4" IP6 "ip6" LABEL "label" LENGTH "length" LIMITS "limits" LINT "lint"
	LINT_OFF "lint-off" LOG "log" MALFORMED "malformed" MAX "max" MEMORY "memory" NET "net" NON_IP "non-ip" NOT "not"
	NOTE "note" ON "on" ON_FAILURE "on-failure" OR "or" OVERRIDES "overrides" OWNER "owner" PACKET "packet" PER "per"
	POLICY "policy" PORT "port" PROTO "proto" QUOTING "quoting" RATE_LIMIT "rate-limit" REJECT "reject" RULE "rule"
	SAMPLE "sample" SCTP "sctp" SEED "seed" SERVICE "service" SET "set" SRC "src" STATE "state" STATES "states"
	STRICT "strict" TC "tc" TCP "tcp" TEST "test" TICKET "ticket" TIMEOUT "timeout" TO "to" TTL "ttl" UDP "udp"
	UNDER "under" VIA "via" VLAN "vlan" WAIT "wait" XDP "xdp"

/* `from mgmt port 22`: the port belongs to the `from`. */
%precedence NO_PORT
%precedence PORT

%type <name> ident plain_ident word key_word label_word any_name plain_protocol icmp_protocol protocol severity via
%type <name> hook on by item_words packet_protocol packet_key add_proto
%type <flag> direction limits of_flows
%type <number> ratio for bytes
%type <quantity> amount
%type <verdict> verdict allow_or_deny action
%type <flags> flags
%type <endpoint> endpoint packet_endpoint
%type <pieces> labels label_and label_not label label_key label_value packet_words flag_words packet_value packet_text
%type <where> where packet_where
%type <rate> rate
%type <set> set_types set
%type <set_type> set_type
%type <distinct> distinct
%type <expr> net_value addresses addresses_and addresses_not address values value service_value service_element
%type <expr> states proto_values proto_value packet_port add_address add_port
%type <exprs> address_list value_list service_list state_list proto_list
%type <key> key
%type <keys> keys
%type <clause> clause match modifier metadata
%type <clauses> clauses matches
%type <node> statement policy policy_statement declaration block block_statement budget_statement test_statement
%type <node> item
%type <nodes> policy_body block_body budget_body items test_body
%type <names> interfaces roles
%type <packet> packet plain_packet
%type <packet_keys> packet_keys

%%

start
	: START_FILE file
	| START_PACKET packet                     { parser->packet = $packet; }
	| START_QUERY verdict matches limits      { parser->query = build_query(parser, $verdict, $matches, $limits, @$); }
	;

file
	: %empty
	| file statement                          { build_top(parser, $statement); }
	| file error SYNC                         { yyerrok; }
	;

statement
	: INCLUDE STRING ';'                      { $$ = build_text(parser, AST_INCLUDE, $STRING, @$); }
	| policy
	| declaration
	;

policy
	: POLICY ident '{' policy_body '}'        { $$ = build_policy(parser, $ident, $policy_body, @3, @$); }
	;

policy_body
	: %empty                                  { $$ = no_nodes; }
	| policy_body policy_statement            { $$ = build_nodes(parser, $1, $2); }
	| policy_body error SYNC                  { $$ = $1; yyerrok; }
	;

policy_statement
	: declaration
	| block
	| OWNER STRING ';'                        { $$ = build_text(parser, AST_OWNER, $STRING, @$); }
	| STRICT ';'                              { $$ = build_node(parser, AST_STRICT, @$); }
	| LINT any_name severity ';'              { $$ = build_lint(parser, $any_name, $severity, @$); }
	| BUDGET '{' budget_body '}'              { $$ = build_body(parser, AST_BUDGET, $budget_body, @2, @$); }
	| STATES '{' items '}'                    { $$ = build_item_body(parser, AST_STATES, $items, @2, @$); }
	| ACCOUNT '{' items '}'                   { $$ = build_item_body(parser, AST_ACCOUNT, $items, @2, @$); }
	| SEED NUMBER ';'                         { $$ = build_number_node(parser, AST_SEED, $NUMBER, @$); }
	| ON_FAILURE allow_or_deny ';'            { $$ = build_verdict(parser, AST_ON_FAILURE, $allow_or_deny, @$); }
	| ASSERT any_name verdict where matches limits ';'
		{ $$ = build_assert(parser, $any_name, $verdict, $where, $matches, $limits, @$); }
	| TEST STRING where '{' test_body '}'     { $$ = build_test(parser, $STRING, $where, $test_body, @4, @$); }
	;

severity
	: IDENT
	| NOTE
	;

budget_body
	: %empty                                  { $$ = no_nodes; }
	| budget_body budget_statement            { $$ = build_nodes(parser, $1, $2); }
	| budget_body error SYNC                  { $$ = $1; yyerrok; }
	;

budget_statement
	: INSNS NUMBER ';'                        { $$ = build_budget_item(parser, $INSNS, $NUMBER, @$); }
	| MEMORY bytes ';'                        { $$ = build_budget_item(parser, $MEMORY, $bytes, @$); }
	;

items
	: %empty                                  { $$ = no_nodes; }
	| items item                              { $$ = build_nodes(parser, $1, $2); }
	| items error SYNC                        { $$ = $1; yyerrok; }
	;

/* Which words there are, and what each takes, is the constructor's business: it knows the nearest. */
item
	: item_words ';'                          { $$ = build_item(parser, $1, AST_ITEM_WORD, 0, @$); }
	| item_words NUMBER ';'                   { $$ = build_item(parser, $1, AST_ITEM_NUMBER, $2, @$); }
	| item_words DURATION ';'                 { $$ = build_item(parser, $1, AST_ITEM_DURATION, $2, @$); }
	;

item_words
	: ident
	| protocol
	| ident ident                             { $$ = build_words(parser, $1, $2); }
	| protocol ident                          { $$ = build_words(parser, $1, $2); }
	;

bytes
	: amount                                  { $$ = build_bytes(parser, $amount); }
	;

amount
	: NUMBER                                  { $$ = (struct quantity){ .amount = $NUMBER, .span = @NUMBER }; }
	| QUANTITY
	;

/* Names that are compiled in, and sets. */

declaration
	: INTERFACE ident '=' STRING ';'          { $$ = build_named_text(parser, AST_INTERFACE, $ident, $STRING, @$); }
	| NET ident '=' net_value ';'             { $$ = build_named(parser, AST_NET, $ident, $net_value, @$); }
	| PORT ident '=' values ';'               { $$ = build_named(parser, AST_PORT, $ident, $values, @$); }
	| SERVICE ident '=' service_value ';'     { $$ = build_named(parser, AST_SERVICE, $ident, $service_value, @$); }
	| GROUP ident '=' LABEL labels ';'        { $$ = build_group(parser, $ident, $labels, @$); }
	| SET ident ':' set ';'                   { $$ = build_set(parser, $ident, $set, @$); }
	;

net_value
	: addresses
	| FILE STRING                             { $$ = build_leaf(parser, AST_EXPR_STRING, $STRING.text, @$); }
	;

service_value
	: service_element
	| '{' service_list comma '}'              { $$ = build_list(parser, $service_list, @$); }
	;

service_list
	: service_element                         { $$ = build_items(no_items, $1); }
	| service_list ',' service_element        { $$ = build_items($1, $3); }
	;

service_element
	: protocol                                { $$ = build_service(parser, $protocol, NULL, @$); }
	| protocol '/' value                      { $$ = build_service(parser, $protocol, $value, @$); }
	;

set
	: set_types
	| set MAX NUMBER                          { $$ = build_set_max(parser, $1, $NUMBER, @2); }
	| set TIMEOUT DURATION                    { $$ = build_set_timeout(parser, $1, $DURATION, @2); }
	| set FROM STRING                         { $$ = build_set_from(parser, $1, $STRING, @2); }
	;

set_types
	: set_type                                { $$ = build_set_type(parser, no_set, $1, @1); }
	| set_types '.' set_type                  { $$ = build_set_type(parser, $1, $3, @3); }
	;

set_type
	: ADDR                                    { $$ = AST_SET_ADDR; }
	| NET                                     { $$ = AST_SET_NET; }
	| PORT                                    { $$ = AST_SET_PORT; }
	| PROTO                                   { $$ = AST_SET_PROTO; }
	;

/* Label expressions are kept as text: they get their meaning with inventories. */

labels
	: label_and
	| labels OR label_and                     { $$ = build_join(build_piece(parser, $1, " or ", @2), $3); }
	;

label_and
	: label_not
	| label_and AND label_not                 { $$ = build_join(build_piece(parser, $1, " and ", @2), $3); }
	;

label_not
	: label
	| NOT label_not                           { $$ = build_join(build_piece(parser, no_text, "not ", @1), $2); }
	;

label
	: label_key '=' label_value               { $$ = build_join(build_piece(parser, $1, "=", @2), $3); }
	| '(' labels ')'
		{
			$$ = build_join(build_piece(parser, no_text, "(", @1), $2);
			$$ = build_piece(parser, $$, ")", @3);
		}
	;

label_key
	: label_word                              { $$ = build_piece(parser, no_text, $1.text, @1); }
	| label_key '.' label_word                { $$ = build_piece(parser, build_piece(parser, $1, ".", @2), $3.text, @3); }
	| label_key '/' label_word                { $$ = build_piece(parser, build_piece(parser, $1, "/", @2), $3.text, @3); }
	;

label_word
	: key_word
	| IN
	;

label_value
	: any_name                                { $$ = build_piece(parser, no_text, $1.text, @1); }
	| NUMBER                                  { $$ = build_piece(parser, no_text, build_decimal(parser, $1), @1); }
	| STRING
		{ $$ = build_piece(parser, no_text, build_quoted(parser, $1.text), @1); }
	;

/* Blocks and rules. */

block
	: direction ON interfaces via '{' block_body '}'
		{ $$ = build_block(parser, build_where($1, no_name, @1), &$interfaces, $via, $block_body, @5, @$); }
	;

direction
	: INGRESS                                 { $$ = false; }
	| EGRESS                                  { $$ = true; }
	;

interfaces
	: ANY                                     { $$ = no_names; }
	| roles
	;

roles
	: ident                                   { $$ = build_names(parser, no_names, $1); }
	| roles ',' ident                         { $$ = build_names(parser, $1, $3); }
	;

via
	: %empty                                  { $$ = no_name; }
	| VIA hook                                { $$ = $hook; }
	;

hook
	: XDP
	| TC
	;

block_body
	: %empty                                  { $$ = no_nodes; }
	| block_body block_statement              { $$ = build_nodes(parser, $1, $2); }
	| block_body error SYNC                   { $$ = $1; yyerrok; }
	;

block_statement
	: RULE any_name action clauses ';'        { $$ = build_rule(parser, $any_name, $action, $clauses, @$); }
	| DEFAULT verdict ';'                     { $$ = build_verdict(parser, AST_DEFAULT, $verdict, @$); }
	| NON_IP verdict ';'                      { $$ = build_verdict(parser, AST_NON_IP, $verdict, @$); }
	| MALFORMED verdict ';'                   { $$ = build_verdict(parser, AST_MALFORMED, $verdict, @$); }
	;

verdict
	: allow_or_deny
	| REJECT                                  { $$ = (struct verdict){ .kind = AST_REJECT, .span = @1 }; }
	;

allow_or_deny
	: ALLOW                                   { $$ = (struct verdict){ .kind = AST_ALLOW, .span = @1 }; }
	| DENY                                    { $$ = (struct verdict){ .kind = AST_DENY, .span = @1 }; }
	;

action
	: verdict
	| RATE_LIMIT rate                         { $$ = (struct verdict){ .kind = AST_RATE_LIMIT, .span = @1, .rate = $rate }; }
	| SAMPLE of_flows ratio
		{ $$ = (struct verdict){ .kind = AST_SAMPLE, .span = @1, .sample = $ratio, .sample_flow = $of_flows }; }
	;

rate
	: amount '/' ident                        { $$ = build_rate(parser, $amount, $ident, @$); }
	| rate BURST amount                       { $$ = build_burst(parser, $1, $amount, @2); }
	| rate PER keys                           { $$ = build_per(parser, $1, $keys, @2); }
	| rate DISTINCT distinct                  { $$ = build_distinct(parser, $1, $distinct, span_join(@2, @3)); }
	| rate MAX NUMBER                         { $$ = build_rate_max(parser, $1, $NUMBER, span_join(@2, @3)); }
	;

distinct
	: PORT                                    { $$ = AST_DISTINCT_PORT; }
	| SRC                                     { $$ = AST_DISTINCT_SRC; }
	| DST                                     { $$ = AST_DISTINCT_DST; }
	;

keys
	: key                                     { $$ = build_keys(no_rate_keys, $1); }
	| keys ',' key                            { $$ = build_keys($1, $3); }
	;

key
	: SRC                                     { $$ = build_key(parser, AST_KEY_SRC, @$); }
	| DST                                     { $$ = build_key(parser, AST_KEY_DST, @$); }
	| SRC '/' NUMBER                          { $$ = build_key_prefix(parser, build_key(parser, AST_KEY_SRC, @$), $3, @3); }
	| DST '/' NUMBER                          { $$ = build_key_prefix(parser, build_key(parser, AST_KEY_DST, @$), $3, @3); }
	| SRC '/' NUMBER[v4] '/' NUMBER[v6]
		{
			$$ = build_key_prefix(parser, build_key(parser, AST_KEY_SRC, @$), $v4, @v4);
			$$ = build_key_prefix6(parser, $$, $v6, @v6);
		}
	| DST '/' NUMBER[v4] '/' NUMBER[v6]
		{
			$$ = build_key_prefix(parser, build_key(parser, AST_KEY_DST, @$), $v4, @v4);
			$$ = build_key_prefix6(parser, $$, $v6, @v6);
		}
	| FLOW                                    { $$ = build_key(parser, AST_KEY_FLOW, @$); }
	| PORT                                    { $$ = build_key(parser, AST_KEY_PORT, @$); }
	;

of_flows
	: %empty                                  { $$ = false; }
	| FLOW                                    { $$ = true; }
	;

ratio
	: NUMBER '/' NUMBER                       { $$ = build_ratio(parser, $1, $3, @$); }
	;

clauses
	: %empty                                  { $$ = no_clauses; }
	| clauses clause                          { $$ = build_clauses($1, $2); }
	;

clause
	: match
	| modifier
	| metadata
	;

matches
	: %empty                                  { $$ = no_clauses; }
	| matches match                           { $$ = build_clauses($1, $2); }
	;

match
	: plain_protocol                          { $$ = build_clause_text(parser, AST_CLAUSE_PROTO, $1, @$); }
	| PROTO proto_values                      { $$ = build_clause_value(parser, AST_CLAUSE_PROTO, $2, @$); }
	| icmp_protocol                           { $$ = build_icmp(parser, $1, NULL, NULL, @$); }
	| icmp_protocol values                    { $$ = build_icmp(parser, $1, $2, NULL, @$); }
	| icmp_protocol values CODE values        { $$ = build_icmp(parser, $1, $2, $4, @$); }
	| SERVICE ident                           { $$ = build_clause_text(parser, AST_CLAUSE_SERVICE, $ident, @$); }
	| FROM endpoint                           { $$ = build_endpoint(parser, AST_CLAUSE_FROM, $endpoint, @$); }
	| TO endpoint                             { $$ = build_endpoint(parser, AST_CLAUSE_TO, $endpoint, @$); }
	| PORT values                             { $$ = build_clause_value(parser, AST_CLAUSE_PORT, $values, @$); }
	| FLAGS flags                             { $$ = build_flags_clause(parser, $flags, NULL, @$); }
	| FLAGS flags '/' flags[mask]             { $$ = build_flags_clause(parser, $2, &$mask, @$); }
	| STATE states                            { $$ = build_clause_value(parser, AST_CLAUSE_STATE, $states, @$); }
	| VLAN values                             { $$ = build_clause_value(parser, AST_CLAUSE_VLAN, $values, @$); }
	| DSCP values                             { $$ = build_clause_value(parser, AST_CLAUSE_DSCP, $values, @$); }
	| TTL values                              { $$ = build_clause_value(parser, AST_CLAUSE_TTL, $values, @$); }
	| LENGTH values                           { $$ = build_clause_value(parser, AST_CLAUSE_LENGTH, $values, @$); }
	| FRAGMENT                                { $$ = build_clause(parser, AST_CLAUSE_FRAGMENT, @$); }
	| FRAGMENT FIRST                          { $$ = build_clause(parser, AST_CLAUSE_FRAGMENT, @$); $$->first = true; }
	| IP4                                     { $$ = build_clause_number(parser, AST_CLAUSE_IP, 4, @$); }
	| IP6                                     { $$ = build_clause_number(parser, AST_CLAUSE_IP, 6, @$); }
	;

modifier
	: ELSE verdict                            { $$ = build_clause(parser, AST_CLAUSE_ELSE, @$); $$->verdict = $verdict.kind; }
	| LOG                                     { $$ = build_clause(parser, AST_CLAUSE_LOG, @$); }
	| DETECT any_name                         { $$ = build_clause_text(parser, AST_CLAUSE_DETECT, $any_name, @$); }
	| COUNT                                   { $$ = build_clause(parser, AST_CLAUSE_COUNT, @$); }
	| SAMPLE of_flows ratio
		{ $$ = build_clause_number(parser, AST_CLAUSE_SAMPLE, $ratio, @$); $$->first = $of_flows; }
	| ADD SRC TO '@' ident for                { $$ = build_add(parser, true, $ident, $for, @$); }
	| ADD DST TO '@' ident for                { $$ = build_add(parser, false, $ident, $for, @$); }
	;

for
	: %empty                                  { $$ = 0; }
	| FOR DURATION                            { $$ = build_for(parser, $DURATION, @2); }
	;

metadata
	: OWNER STRING                            { $$ = build_clause_text(parser, AST_CLAUSE_OWNER, $STRING, @$); }
	| TICKET STRING                           { $$ = build_clause_text(parser, AST_CLAUSE_TICKET, $STRING, @$); }
	| NOTE STRING                             { $$ = build_clause_text(parser, AST_CLAUSE_NOTE, $STRING, @$); }
	| EXPIRES DATE                            { $$ = build_clause_number(parser, AST_CLAUSE_EXPIRES, $DATE, @$); }
	| OVERRIDES any_name                      { $$ = build_clause_text(parser, AST_CLAUSE_OVERRIDES, $any_name, @$); }
	| LINT_OFF any_name STRING                { $$ = build_lint_off(parser, $any_name, $STRING, @$); }
	;

/* Operands. */

endpoint
	: addresses %prec NO_PORT                 { $$ = (struct endpoint){ .address = $1 }; }
	| addresses PORT values                   { $$ = (struct endpoint){ .address = $1, .port = $3 }; }
	| PORT values                             { $$ = (struct endpoint){ .port = $2 }; }
	;

addresses
	: addresses_and
	| addresses OR addresses_and              { $$ = build_binary(parser, AST_EXPR_OR, $1, $3); }
	;

addresses_and
	: addresses_not
	| addresses_and AND addresses_not         { $$ = build_binary(parser, AST_EXPR_AND, $1, $3); }
	;

addresses_not
	: address
	| NOT addresses_not                       { $$ = build_not(parser, $2, @$); }
	;

address
	: ANY                                     { $$ = build_leaf(parser, AST_EXPR_ANY, NULL, @$); }
	| ident                                   { $$ = build_leaf(parser, AST_EXPR_NAME, $1.text, @$); }
	| '@' ident                               { $$ = build_leaf(parser, AST_EXPR_SET, $2.text, @$); }
	| GROUP ident                             { $$ = build_leaf(parser, AST_EXPR_GROUP, $2.text, @$); }
	| ADDRESS                                 { $$ = build_address(parser, $1); }
	| ADDRESS '/' NUMBER                      { $$ = build_prefix(parser, $1, $3, @$); }
	| ADDRESS '-' ADDRESS
		{ $$ = build_range(parser, build_address(parser, $1), build_address(parser, $3), @$); }
	| '{' address_list comma '}'              { $$ = build_list(parser, $address_list, @$); }
	| '(' addresses ')'                       { $$ = $addresses; }
	;

address_list
	: addresses_not                           { $$ = build_items(no_items, $1); }
	| address_list ',' addresses_not          { $$ = build_items($1, $3); }
	;

values
	: value
	| '{' value_list comma '}'                { $$ = build_list(parser, $value_list, @$); }
	| NOT value                               { $$ = build_not(parser, $2, @$); }
	| NOT '{' value_list comma '}'
		{ $$ = build_not(parser, build_list(parser, $value_list, span_join(@2, @5)), @$); }
	;

value_list
	: value                                   { $$ = build_items(no_items, $1); }
	| value_list ',' value                    { $$ = build_items($1, $3); }
	;

value
	: NUMBER                                  { $$ = build_number(parser, $1, @$); }
	| NUMBER '-' NUMBER
		{ $$ = build_range(parser, build_number(parser, $1, @1), build_number(parser, $3, @3), @$); }
	| ident                                   { $$ = build_leaf(parser, AST_EXPR_NAME, $1.text, @$); }
	;

proto_values
	: proto_value
	| '{' proto_list comma '}'                { $$ = build_list(parser, $proto_list, @$); }
	| NOT proto_value                         { $$ = build_not(parser, $2, @$); }
	| NOT '{' proto_list comma '}'
		{ $$ = build_not(parser, build_list(parser, $proto_list, span_join(@2, @5)), @$); }
	;

proto_list
	: proto_value                             { $$ = build_items(no_items, $1); }
	| proto_list ',' proto_value              { $$ = build_items($1, $3); }
	;

proto_value
	: value
	| protocol                                { $$ = build_leaf(parser, AST_EXPR_NAME, $1.text, @$); }
	;

states
	: state_list                              { $$ = build_states(parser, $1, @$); }
	| NOT state_list                          { $$ = build_not(parser, build_states(parser, $2, @2), @$); }
	| '{' state_list comma '}'                { $$ = build_states(parser, $2, @$); }
	| NOT '{' state_list comma '}'            { $$ = build_not(parser, build_states(parser, $3, span_join(@2, @5)), @$); }
	;

state_list
	: ident
		{ $$ = build_items(no_items, build_leaf(parser, AST_EXPR_NAME, $1.text, @1)); }
	| state_list ',' ident                    { $$ = build_items($1, build_leaf(parser, AST_EXPR_NAME, $3.text, @3)); }
	;

flags
	: ident                                   { $$ = build_flags(parser, (struct flag_set){ .span = @1 }, $1); }
	| flags ',' ident                         { $$ = build_flags(parser, $1, $3); }
	;

comma
	: %empty
	| ','
	;

/* Assertions, tests, packets. */

where
	: IN direction on                         { $$ = build_where($direction, $on, @$); }
	;

on
	: %empty                                  { $$ = no_name; }
	| ON ident                                { $$ = $ident; }
	;

limits
	: %empty                                  { $$ = false; }
	| UNDER LIMITS                            { $$ = true; }
	;

test_body
	: %empty                                  { $$ = no_nodes; }
	| test_body test_statement                { $$ = build_nodes(parser, $1, $2); }
	| test_body error SYNC                    { $$ = $1; yyerrok; }
	;

test_statement
	: PACKET packet packet_where EXPECT verdict by ';'
		{ $$ = build_expect(parser, $packet, $packet_where, $verdict, $by, @$); }
	| WAIT DURATION ';'                       { $$ = build_number_node(parser, AST_WAIT, $DURATION, @$); }
	| ADD add_address add_port add_proto TO '@' ident for ';'
		{ $$ = build_add_step(parser, &(struct ast_add){ $2, $3, $4, $ident, $for, @for }, @$); }
	;

packet_where
	: %empty                                  { $$ = no_where; }
	| where
	;

add_address
	: ADDRESS                                 { $$ = build_address(parser, $1); }
	| ADDRESS '/' NUMBER                      { $$ = build_prefix(parser, $1, $3, @$); }
	;

add_port
	: %empty                                  { $$ = NULL; }
	| PORT packet_port                        { $$ = $packet_port; }
	;

add_proto
	: %empty                                  { $$ = no_name; }
	| PROTO protocol                          { $$ = $protocol; }
	| PROTO ident                             { $$ = $ident; }
	| PROTO NUMBER                            { $$ = build_proto_number(parser, $NUMBER, @2); }
	;

by
	: %empty                                  { $$ = no_name; }
	| BY any_name                             { $$ = $any_name; }
	;

packet
	: plain_packet
	| plain_packet QUOTING packet             { $$ = build_quoting(parser, $1, $3, @$); }
	;

plain_packet
	: packet_protocol packet_endpoint[from] '>' packet_endpoint[to]
		{ $$ = build_packet(parser, $1, $from, $to, no_text, no_keys, @$); }
	| packet_protocol packet_endpoint[from] '>' packet_endpoint[to] packet_words
		{ $$ = build_packet(parser, $1, $from, $to, $packet_words, no_keys, @$); }
	| packet_protocol packet_endpoint[from] '>' packet_endpoint[to] packet_keys
		{ $$ = build_packet(parser, $1, $from, $to, no_text, $packet_keys, @$); }
	| packet_protocol packet_endpoint[from] '>' packet_endpoint[to] packet_words packet_keys
		{ $$ = build_packet(parser, $1, $from, $to, $packet_words, $packet_keys, @$); }
	| ARP
		{ $$ = build_packet(parser, $1, no_endpoint, no_endpoint, no_text, no_keys, @$); }
	| ARP packet_keys
		{ $$ = build_packet(parser, $1, no_endpoint, no_endpoint, no_text, $packet_keys, @$); }
	;

packet_protocol
	: protocol
	| PROTO NUMBER                            { $$ = build_proto_number(parser, $NUMBER, @$); }
	;

packet_endpoint
	: ADDRESS                                 { $$ = (struct endpoint){ build_address(parser, $1), NULL }; }
	| ADDRESS ':' packet_port                 { $$ = (struct endpoint){ build_address(parser, $1), $3 }; }
	| '[' ADDRESS ']'                         { $$ = (struct endpoint){ build_address(parser, $2), NULL }; }
	| '[' ADDRESS ']' ':' packet_port         { $$ = (struct endpoint){ build_address(parser, $2), $5 }; }
	;

packet_port
	: NUMBER                                  { $$ = build_number(parser, $1, @$); }
	| ident                                   { $$ = build_leaf(parser, AST_EXPR_NAME, $1.text, @$); }
	;

packet_words
	: flag_words
	| NUMBER                                  { $$ = build_piece(parser, no_text, build_decimal(parser, $1), @1); }
	;

flag_words
	: plain_ident                             { $$ = build_piece(parser, no_text, $1.text, @1); }
	| flag_words ',' ident                    { $$ = build_piece(parser, build_piece(parser, $1, ",", @2), $3.text, @3); }
	;

packet_keys
	: packet_key '=' packet_value             { $$ = build_packet_key(parser, no_keys, $1, $3); }
	| packet_keys packet_key '=' packet_value { $$ = build_packet_key(parser, $1, $2, $4); }
	;

packet_key
	: plain_ident
	| word
	;

packet_value
	: packet_text
	| packet_value ',' packet_text            { $$ = build_join(build_piece(parser, $1, ",", @2), $3); }
	;

packet_text
	: any_name                                { $$ = build_piece(parser, no_text, $1.text, @1); }
	| ADDRESS                                 { $$ = build_piece(parser, no_text, $1.text, @1); }
	| NUMBER                                  { $$ = build_piece(parser, no_text, build_decimal(parser, $1), @1); }
	;

/* Words. */

plain_protocol
	: TCP | UDP | SCTP | GRE | ESP
	;

icmp_protocol
	: ICMP | ICMP4 | ICMP6
	;

protocol
	: plain_protocol
	| icmp_protocol
	;

/* A name that can be used wherever a declared thing is meant. */
ident
	: plain_ident
	| QUOTING
	;

/* Behind the addresses of a packet `quoting` is neither flag nor key. */
plain_ident
	: IDENT
	| ACCOUNT | ADDR | ARP | BURST | DISTINCT | DST | FILE | FIRST | FLOW | INSNS | LABEL | LIMITS | MAX | MEMORY | ON_FAILURE | SEED
	| SRC | STATES | TC | TIMEOUT | WAIT | XDP
	;

/* Where nothing but a name can stand, all words are good: names of rules and assertions. */
any_name
	: key_word
	| AND | EXPECT | IN | NOT | OR
	;

key_word
	: ident
	| word
	;

word
	: plain_protocol
	| icmp_protocol
	| ADD | ALLOW | ANY | ASSERT | BUDGET | BY | CODE | COUNT | DEFAULT | DENY | DETECT | DSCP | EGRESS | ELSE | EXPIRES | FLAGS
	| FOR | FRAGMENT | FROM | GROUP | INCLUDE | INGRESS | INTERFACE | IP4 | IP6 | LENGTH | LINT | LINT_OFF | LOG
	| MALFORMED | NET | NON_IP | NOTE | ON | OVERRIDES | OWNER | PACKET | PER | POLICY | PORT | PROTO | RATE_LIMIT
	| REJECT | RULE | SAMPLE | SERVICE | SET | STATE | STRICT | TEST | TICKET | TO | TTL | UNDER | VIA | VLAN
	;

%%

static int token_of(yysymbol_kind_t kind)
{
	for (int token = 0; token <= YYMAXUTOK; token++)
		if (YYTRANSLATE(token) == kind)
			return token;
	return TOK_BAD;
}

static int yyreport_syntax_error(const yypcontext_t *context, struct parser *parser)
{
	yysymbol_kind_t kinds[EXPECTED_MAX];
	struct expected expected[EXPECTED_MAX];
	int n = 0;

	/* To find what could stand here takes time: not for a message that nobody will see. */
	if (syntax_wants_report(parser))
		n = yypcontext_expected_tokens(context, kinds, EXPECTED_MAX);
	if (n < 0)
		return n;
	for (int i = 0; i < n; i++)
		expected[i] = (struct expected){ .token = token_of(kinds[i]), .name = yysymbol_name(kinds[i]) };
	syntax_report(parser, expected, (unsigned)n);
	return 0;
}

/* All that is left for this door: the parser's stack is full. */
static void grammar_error(const struct span *span, struct parser *parser, const char *message)
{
	if (!parser->quiet && !parser->gave_up)
		diag_report(parser->diags, CODE_TOO_DEEP, *span, "this is nested too deeply");
	parser->gave_up = true;
}
