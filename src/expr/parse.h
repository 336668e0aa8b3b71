/* The parser's state, shared by its files: parse.c (tokens, findings, nodes), parse_operators.c,
 * parse_primary.c, parse_call.c, literal.c, and parse_message.c (statements).
 *
 * Parsing functions return NULL after a finding or when memory is short; `failed` is then set and
 * parsing of this text ends. Mistakes that leave the structure clear (an unknown filter, a wrong
 * argument) are reported and parsing goes on, so that one run tells all of them. */
#ifndef PAWL_EXPR_PARSE_H
#define PAWL_EXPR_PARSE_H

#include "expr/entry.h"
#include "expr/lex.h"

/* A name bound by {% for %} or {% set %} and visible at this place of a message. */
struct pawl_local {
    struct pawl_str name;
    uint32_t slot;
    bool certain; /* bound whenever this place is reached */
};

enum { PAWL_LOCALS_MAX = 256 }; /* names visible at one place of a message */

struct pawl_locals {
    struct pawl_local *visible; /* PAWL_LOCALS_MAX of them */
    uint32_t visible_count;
    uint32_t slot_count;
    uint32_t loop_depth; /* {% for %} around this place */
};

struct pawl_parser {
    struct pawl_arena *arena;
    struct pawl_str source;
    const struct pawl_expr_origin *origin;
    struct pawl_diags *diags;
    struct pawl_lexer lexer;
    struct pawl_token token;    /* the current one */
    struct pawl_locals *locals; /* NULL outside messages */
    uint32_t depth;             /* of the recursion */
    uint32_t finding_count;
    bool failed;
};

void pawl_parser_init(struct pawl_parser *parser, struct pawl_arena *arena, struct pawl_str source,
                      const struct pawl_expr_origin *origin, struct pawl_diags *diags);
/* Stands on the first token behind `at`. */
void pawl_parser_start(struct pawl_parser *parser, uint32_t at, enum pawl_lexer_mode mode);
void pawl_parser_advance(struct pawl_parser *parser);
/* The token behind the current one. */
struct pawl_token pawl_parser_peek(const struct pawl_parser *parser);

bool pawl_parser_is(const struct pawl_parser *parser, enum pawl_operator_token operator_);
bool pawl_parser_is_name(const struct pawl_parser *parser, const char *name);
/* Goes past the token when it is that one. */
bool pawl_parser_skip(struct pawl_parser *parser, enum pawl_operator_token operator_);
bool pawl_parser_skip_name(struct pawl_parser *parser, const char *name);
/* Goes past it, or reports what was expected (false). */
bool pawl_parser_expect(struct pawl_parser *parser, enum pawl_operator_token operator_);

/* Reports a finding about source[start, end). Returns it for a hint; NULL when dropped. */
struct pawl_diag *pawl_parser_report(struct pawl_parser *parser, enum pawl_diag_code code,
                                     uint32_t start, uint32_t end, const char *format, ...)
    PAWL_PRINTF(5, 6);
/* Reports E_EXPR_SYNTAX at the current token and ends parsing. Returns NULL. */
void *pawl_parser_fail(struct pawl_parser *parser, const char *format, ...) PAWL_PRINTF(2, 3);
/* Where an offset of the source stands in the document. */
struct pawl_place pawl_origin_place(const struct pawl_expr_origin *origin, struct pawl_str source,
                                    uint32_t start, uint32_t end);

/* One level of recursion; false (reported) past PAWL_EXPR_DEPTH_MAX. Leave only after a true. */
bool pawl_parser_enter(struct pawl_parser *parser);
void pawl_parser_leave(struct pawl_parser *parser);

/* A new node from `start` to the end of the last token read. NULL: memory. */
struct pawl_node *pawl_parser_node(struct pawl_parser *parser, enum pawl_node_op op,
                                   uint32_t start);
/* Gives the node its depth and kinds, and replaces it by its value when it is constant. */
const struct pawl_node *pawl_parser_finish(struct pawl_parser *parser, struct pawl_node *node);

/* A growing list of nodes in the arena. */
struct pawl_node_list {
    const struct pawl_node **items;
    uint32_t count, cap;
};
bool pawl_node_list_add(struct pawl_parser *parser, struct pawl_node_list *list,
                        const struct pawl_node *node);

/* ---- grammar -----------------------------------------------------------------------------------
 */

const struct pawl_node *pawl_parse_expression(struct pawl_parser *parser);
/* Without a conditional at its top. */
const struct pawl_node *pawl_parse_or(struct pawl_parser *parser);
/* Expressions with commas between them make a list. */
const struct pawl_node *pawl_parse_tuple(struct pawl_parser *parser);
/* What {% for %} goes over: ends in front of `if` and `recursive`. */
const struct pawl_node *pawl_parse_iterable(struct pawl_parser *parser);
const struct pawl_node *pawl_parse_unary(struct pawl_parser *parser, bool with_filters);
const struct pawl_node *pawl_parse_primary(struct pawl_parser *parser);
const struct pawl_node *pawl_parse_postfix(struct pawl_parser *parser,
                                           const struct pawl_node *node);
const struct pawl_node *pawl_parse_name(struct pawl_parser *parser, struct pawl_token name);
const struct pawl_node *pawl_parse_filters(struct pawl_parser *parser,
                                           const struct pawl_node *node);
/* The parser stands on the filter's name. */
const struct pawl_node *pawl_parse_filter(struct pawl_parser *parser, const struct pawl_node *input,
                                          uint32_t start);
/* `callee(…)`: the parser stands on the parenthesis. */
const struct pawl_node *pawl_parse_call(struct pawl_parser *parser, const struct pawl_node *callee);

/* ---- literals ----------------------------------------------------------------------------------
 */

/* The text of a quoted token, escapes undone. False: reported. */
bool pawl_literal_text(struct pawl_parser *parser, struct pawl_token token,
                       struct pawl_str *ret_text);
bool pawl_literal_number(struct pawl_parser *parser, struct pawl_token token,
                         struct pawl_val *ret_number);

/* ---- calls -------------------------------------------------------------------------------------
 */

/* The written arguments of a call. */
struct pawl_arguments {
    struct pawl_node_list positional;
    struct pawl_node_list named;
    struct pawl_str *names; /* of `named` */
    uint32_t *name_starts;  /* where they stand */
    uint32_t names_cap;
    uint32_t start, end;
};
/* Matches arguments to the entry's signature; reports what is wrong with them (false). input: NULL
 * for functions. */
bool pawl_bind_call(struct pawl_parser *parser, const struct pawl_entry *entry,
                    const struct pawl_node *input, const struct pawl_arguments *arguments,
                    struct pawl_node_call *ret_call);

#endif
