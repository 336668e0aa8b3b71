/* The parser's ground: moving over tokens, reporting findings with their place, making nodes.
 *
 * Nodes are finished bottom up: when all operands of one are constants, it is evaluated at once and
 * replaced by its value (with little fuel, so that a huge constant stays an expression), and an
 * error of that evaluation is a finding. Called by the grammar files; never looks at values. */
#include "expr/parse.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/utf8.h"
#include "expr/fold.h"

void pawl_parser_init(struct pawl_parser *parser, struct pawl_arena *arena, struct pawl_str source,
                      const struct pawl_expr_origin *origin, struct pawl_diags *diags)
{
    PAWL_ASSERT(source.len <= PAWL_EXPR_SOURCE_MAX);
    *parser =
        (struct pawl_parser){.arena = arena, .source = source, .origin = origin, .diags = diags};
}

void pawl_parser_start(struct pawl_parser *parser, uint32_t at, enum pawl_lexer_mode mode)
{
    pawl_lexer_init(&parser->lexer, parser->source, at, mode);
    parser->token = (struct pawl_token){.kind = PAWL_TOKEN_NAME, .start = at, .end = at};
    pawl_parser_advance(parser);
}

void pawl_parser_advance(struct pawl_parser *parser)
{
    if (parser->token.kind == PAWL_TOKEN_END) {
        return;
    }
    parser->token = pawl_lexer_next(&parser->lexer);
    if (parser->token.kind == PAWL_TOKEN_BAD) {
        (void)pawl_parser_fail(parser, "%s", parser->lexer.error);
    }
}

struct pawl_token pawl_parser_peek(const struct pawl_parser *parser)
{
    struct pawl_lexer ahead = parser->lexer;
    return parser->token.kind == PAWL_TOKEN_END ? parser->token : pawl_lexer_next(&ahead);
}

bool pawl_parser_is(const struct pawl_parser *parser, enum pawl_operator_token operator_)
{
    return parser->token.kind == PAWL_TOKEN_OPERATOR && parser->token.operator_ == operator_;
}

bool pawl_parser_is_name(const struct pawl_parser *parser, const char *name)
{
    return parser->token.kind == PAWL_TOKEN_NAME && pawl_str_is(parser->token.text, name);
}

bool pawl_parser_skip(struct pawl_parser *parser, enum pawl_operator_token operator_)
{
    bool is = pawl_parser_is(parser, operator_);
    if (is) {
        pawl_parser_advance(parser);
    }
    return is;
}

bool pawl_parser_skip_name(struct pawl_parser *parser, const char *name)
{
    bool is = pawl_parser_is_name(parser, name);
    if (is) {
        pawl_parser_advance(parser);
    }
    return is;
}

bool pawl_parser_expect(struct pawl_parser *parser, enum pawl_operator_token operator_)
{
    if (parser->failed) {
        return false;
    }
    if (!pawl_parser_skip(parser, operator_)) {
        (void)pawl_parser_fail(parser, "'%s' is expected here",
                               pawl_token_operator_text(operator_));
        return false;
    }
    return !parser->failed;
}

/* ---- findings ----------------------------------------------------------------------------------
 */

struct pawl_place pawl_origin_place(const struct pawl_expr_origin *origin, struct pawl_str source,
                                    uint32_t start, uint32_t end)
{
    PAWL_ASSERT(start <= end && end <= source.len);
    if (origin == NULL || origin->place.line == 0) {
        return (struct pawl_place){0};
    }
    struct pawl_place place = origin->place;
    if (origin->exact) {
        place.column += (uint32_t)pawl_utf8_count(pawl_str_sub(source, 0, start));
        place.length = (uint32_t)pawl_utf8_count(pawl_str_sub(source, start, end - start));
    }
    return place;
}

PAWL_PRINTF(4, 0)
static struct pawl_diag *report(struct pawl_parser *parser, enum pawl_diag_code code,
                                struct pawl_place place, const char *format, va_list args)
{
    char message[400];
    int len = vsnprintf(message, sizeof(message), format, args);
    if (len >= (int)sizeof(message)) { /* cut, at a character's border */
        size_t end = sizeof(message) - 1;
        while (end > 0 && ((unsigned char)message[end - 1] & 0xc0) == 0x80) {
            end--;
        }
        message[end > 0 ? end - 1 : 0] = '\0';
    }
    parser->finding_count++;
    struct pawl_str pointer = parser->origin != NULL ? parser->origin->pointer : PAWL_STR_NONE;
    return pawl_diag_add(parser->diags, code, place, pointer, "%s", message);
}

struct pawl_diag *pawl_parser_report(struct pawl_parser *parser, enum pawl_diag_code code,
                                     uint32_t start, uint32_t end, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    struct pawl_diag *diag = report(
        parser, code, pawl_origin_place(parser->origin, parser->source, start, end), format, args);
    va_end(args);
    return diag;
}

/* What authors write who think of another language. */
static void hint_habit(struct pawl_parser *parser, struct pawl_diag *diag)
{
    static const struct {
        char first;
        const char *hint;
    } habits[] = {
        {'&', "write 'and'"},
        {'|', "write 'or'; one '|' stands before a filter's name"},
        {'!', "write 'not', or '!=' between two values"},
        {'?', "write 'a if condition else b'"},
        {'=', "compare with '=='"},
        {'$', "names are written without '$'"},
    };
    for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++) {
        if (parser->token.text.len > 0 && parser->token.text.ptr[0] == habits[i].first) {
            pawl_diag_hint(parser->diags, diag, "%s", habits[i].hint);
        }
    }
}

void *pawl_parser_fail(struct pawl_parser *parser, const char *format, ...)
{
    if (parser->failed) {
        return NULL; /* the first one says it */
    }
    parser->failed = true;
    va_list args;
    va_start(args, format);
    struct pawl_diag *diag = report(
        parser, PAWL_DIAG_EXPR_SYNTAX,
        pawl_origin_place(parser->origin, parser->source, parser->token.start, parser->token.end),
        format, args);
    va_end(args);
    hint_habit(parser, diag);
    return NULL;
}

bool pawl_parser_enter(struct pawl_parser *parser)
{
    if (parser->depth >= PAWL_EXPR_DEPTH_MAX) {
        parser->failed = true;
        (void)pawl_parser_report(parser, PAWL_DIAG_EXPR_LIMIT, parser->token.start,
                                 parser->token.end, "the expression nests deeper than %u levels",
                                 PAWL_EXPR_DEPTH_MAX);
        return false;
    }
    parser->depth++;
    return true;
}

void pawl_parser_leave(struct pawl_parser *parser)
{
    PAWL_ASSERT(parser->depth > 0);
    parser->depth--;
}

/* ---- nodes -------------------------------------------------------------------------------------
 */

struct pawl_node *pawl_parser_node(struct pawl_parser *parser, enum pawl_node_op op, uint32_t start)
{
    struct pawl_node *node = PAWL_ARENA_NEW(parser->arena, struct pawl_node);
    if (node == NULL) {
        parser->failed = true;
        return NULL;
    }
    node->op = (uint8_t)op;
    node->start = start;
    node->end = start;
    node->kinds = PAWL_KINDS_ANY;
    return node;
}

const struct pawl_node *pawl_parser_finish(struct pawl_parser *parser, struct pawl_node *node)
{
    if (node->end <= node->start) { /* the caller may know better */
        uint32_t last = parser->token.start;
        struct pawl_str text = pawl_str_sub(parser->source, node->start, last - node->start);
        while (text.len > 0 && (unsigned char)text.ptr[text.len - 1] < 0x80 &&
               pawl_lex_is_space((unsigned char)text.ptr[text.len - 1])) {
            text.len--;
        }
        node->end = node->start + (uint32_t)text.len;
    }
    PAWL_ASSERT(node->start <= node->end);
    pawl_fold_depth(node);
    if (node->depth > PAWL_EXPR_DEPTH_MAX) {
        parser->failed = true;
        (void)pawl_parser_report(parser, PAWL_DIAG_EXPR_LIMIT, node->start, node->end,
                                 "the expression nests deeper than %u levels", PAWL_EXPR_DEPTH_MAX);
        return NULL;
    }
    return pawl_fold(parser, node);
}

bool pawl_node_list_add(struct pawl_parser *parser, struct pawl_node_list *list,
                        const struct pawl_node *node)
{
    if (node == NULL) {
        return false;
    }
    if (list->count == list->cap) {
        uint32_t cap = list->cap == 0 ? 4 : list->cap * 2;
        size_t item = sizeof(const struct pawl_node *);
        void *items = pawl_arena_grow(parser->arena, (void *)list->items, list->cap * item,
                                      cap * item, _Alignof(const struct pawl_node *));
        if (items == NULL) {
            parser->failed = true;
            return false;
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = node;
    return true;
}
