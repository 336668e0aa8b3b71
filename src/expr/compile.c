/* Compiling one expression, and evaluating it: the front of the folder for conditions.
 *
 * A condition is written bare or inside one pair of braces; anything else around the braces would
 * be a text that is always true (semantics D17), so it is refused. */
#include "base/utf8.h"
#include "expr/run.h"
#include "expr/template.h"

/* The origin in the arena: it outlives the caller's. NULL: memory. */
static const struct pawl_expr_origin *keep_origin(struct pawl_arena *arena,
                                                  const struct pawl_expr_origin *origin)
{
    struct pawl_expr_origin *kept = PAWL_ARENA_NEW(arena, struct pawl_expr_origin);
    if (kept != NULL && origin != NULL) {
        *kept = *origin;
        kept->pointer = pawl_arena_str(arena, origin->pointer);
    }
    return arena->failed ? NULL : kept;
}

bool pawl_source_take(struct pawl_parser *parser, struct pawl_arena *arena, struct pawl_str source,
                      const struct pawl_expr_origin *origin, struct pawl_diags *diags)
{
    const struct pawl_expr_origin *kept = keep_origin(arena, origin);
    pawl_parser_init(parser, arena, PAWL_STR(""), kept, diags);
    if (source.len > PAWL_EXPR_SOURCE_MAX) {
        parser->failed = true;
        (void)pawl_parser_report(parser, PAWL_DIAG_EXPR_LIMIT, 0, 0,
                                 "a template holds at most %u bytes", PAWL_EXPR_SOURCE_MAX);
        return false;
    }
    struct pawl_str copy = pawl_arena_str(arena, source);
    if (copy.ptr == NULL || kept == NULL) {
        parser->failed = true;
        return false;
    }
    parser->source = copy;
    if (pawl_utf8_check(copy) != SIZE_MAX) {
        (void)pawl_parser_fail(parser, "the text is not valid UTF-8");
        return false;
    }
    return true;
}

/* ---- compiling ---------------------------------------------------------------------------------
 */

static const struct pawl_node *not_one(struct pawl_parser *parser)
{
    parser->failed = true;
    struct pawl_diag *diag = pawl_parser_report(
        parser, PAWL_DIAG_EXPR_NOT_ONE, 0, (uint32_t)parser->source.len,
        "this is text with expressions in it, not one expression; as a condition it would always "
        "be true");
    pawl_diag_hint(parser->diags, diag,
                   "write it all inside one pair of braces, or without braces");
    return NULL;
}

/* `{{ … }}` from `at` on, and nothing behind it. */
static const struct pawl_node *parse_braces(struct pawl_parser *parser, uint32_t at)
{
    char sign = at + 2 < parser->source.len ? parser->source.ptr[at + 2] : '\0';
    pawl_parser_start(parser, at + 2 + (sign == '-' || sign == '+'), PAWL_LEX_VARIABLE);
    const struct pawl_node *node = pawl_parse_tuple(parser);
    if (node == NULL || parser->failed) {
        return NULL;
    }
    if (parser->token.kind != PAWL_TOKEN_END || !parser->lexer.closed) {
        return pawl_parser_fail(parser, "'}}' is expected here");
    }
    struct pawl_str rest = pawl_str_sub(parser->source, parser->lexer.at, SIZE_MAX);
    return pawl_str_is_space(rest) ? node : not_one(parser);
}

static const struct pawl_node *parse_bare(struct pawl_parser *parser)
{
    if (pawl_str_find(parser->source, PAWL_STR("{{")) != SIZE_MAX) {
        return not_one(parser);
    }
    pawl_parser_start(parser, 0, PAWL_LEX_BARE);
    const struct pawl_node *node = pawl_parse_tuple(parser);
    if (node != NULL && !parser->failed && parser->token.kind != PAWL_TOKEN_END) {
        return pawl_parser_fail(parser, "the expression should end before '" PAWL_STR_FMT "'",
                                PAWL_STR_ARG(parser->token.text));
    }
    return node;
}

/* The offset of the first character that is no white space. */
static uint32_t first_character(struct pawl_str text)
{
    size_t at = 0;
    while (at < text.len) {
        size_t next = at;
        if (!pawl_lex_is_space(pawl_utf8_next(text, &next))) {
            break;
        }
        at = next;
    }
    return (uint32_t)at;
}

static struct pawl_expr *compile_source(struct pawl_parser *parser)
{
    struct pawl_expr *expr = PAWL_ARENA_NEW(parser->arena, struct pawl_expr);
    if (expr == NULL) {
        parser->failed = true;
        return NULL;
    }
    uint32_t at = first_character(parser->source);
    bool braces = pawl_str_starts(pawl_str_sub(parser->source, at, SIZE_MAX), PAWL_STR("{{"));
    const struct pawl_node *root = braces ? parse_braces(parser, at) : parse_bare(parser);
    struct pawl_ref_list refs = {0};
    if (root == NULL || parser->failed || parser->finding_count > 0 ||
        !pawl_refs_collect(parser, root, false, &refs)) {
        return NULL;
    }
    *expr = (struct pawl_expr){.source = parser->source,
                               .origin = *parser->origin,
                               .root = root,
                               .refs = refs.items,
                               .ref_count = refs.count};
    return expr;
}

enum pawl_rc pawl_expr_compile(struct pawl_arena *arena, struct pawl_str source,
                               const struct pawl_expr_origin *origin, struct pawl_diags *diags,
                               const struct pawl_expr **ret_expr)
{
    struct pawl_parser parser;
    struct pawl_expr *expr = NULL;
    if (pawl_source_take(&parser, arena, source, origin, diags)) {
        expr = compile_source(&parser);
    }
    if (parser.finding_count > 0) {
        return PAWL_EINVALID;
    }
    if (expr == NULL) {
        return PAWL_ENOMEM;
    }
    *ret_expr = expr;
    return PAWL_OK;
}

const struct pawl_expr_ref *pawl_expr_refs(const struct pawl_expr *expr, uint32_t *ret_count)
{
    *ret_count = expr->ref_count;
    return expr->refs;
}

/* ---- evaluating --------------------------------------------------------------------------------
 */

static enum pawl_rc map_scope_get(void *ctx, struct pawl_arena *arena, const struct pawl_str *path,
                                  uint32_t len, uint32_t *ret_used, const struct pawl_val **ret_val)
{
    (void)arena;
    PAWL_ASSERT(len >= 1);
    *ret_used = 1;
    *ret_val = pawl_val_get(ctx, path[0]);
    return PAWL_OK;
}

struct pawl_scope pawl_scope_of_map(const struct pawl_val *map)
{
    return (struct pawl_scope){.ctx = (void *)(uintptr_t)map, .get = map_scope_get};
}

void pawl_eval_init(struct pawl_eval *eval, struct pawl_arena *arena,
                    const struct pawl_scope *scope, pawl_ms now)
{
    *eval = (struct pawl_eval){.arena = arena,
                               .scope = scope,
                               .now = now,
                               .fuel = PAWL_EXPR_FUEL_MAX,
                               .output_max = PAWL_EXPR_OUTPUT_MAX,
                               .memory_max = PAWL_EXPR_MEMORY_MAX};
}

/* A value of the stack in the arena, without the marks that mean something here only. */
static enum pawl_rc keep(struct pawl_expr_run *run, struct pawl_val val,
                         const struct pawl_val **ret_val)
{
    struct pawl_val *kept = PAWL_ARENA_NEW(run->arena, struct pawl_val);
    if (kept == NULL) {
        return pawl_expr_no_memory(run);
    }
    val.flags &= (uint8_t) ~(PAWL_VAL_LENIENT | PAWL_VAL_ABSENT);
    *kept = val;
    *ret_val = kept;
    return PAWL_OK;
}

enum pawl_rc pawl_expr_eval(const struct pawl_expr *expr, struct pawl_eval *eval,
                            const struct pawl_val **ret_val, struct pawl_err *err)
{
    struct pawl_expr_run run;
    struct pawl_val val = {0};
    pawl_expr_run_init(&run, eval, err);
    pawl_expr_enter(&run, expr);
    enum pawl_rc rc = pawl_expr_node(&run, expr->root, &val);
    return pawl_expr_run_end(&run, rc != PAWL_OK ? rc : keep(&run, val, ret_val));
}

/* D17: a text is no truth. */
static enum pawl_rc truth_of(struct pawl_expr_run *run, const struct pawl_val *val, bool *ret_truth)
{
    if (val->kind == PAWL_VAL_TEXT) {
        return pawl_expr_fail(run, "not_boolean",
                              "a condition cannot be text; compare it with something");
    }
    return pawl_expr_truth(run, val, ret_truth);
}

enum pawl_rc pawl_expr_eval_bool(const struct pawl_expr *expr, struct pawl_eval *eval,
                                 bool *ret_truth, struct pawl_err *err)
{
    struct pawl_expr_run run;
    struct pawl_val val = {0};
    pawl_expr_run_init(&run, eval, err);
    pawl_expr_enter(&run, expr);
    enum pawl_rc rc = pawl_expr_node(&run, expr->root, &val);
    run.at = rc == PAWL_OK ? expr->root : run.at;
    return pawl_expr_run_end(&run, rc == PAWL_OK ? truth_of(&run, &val, ret_truth) : rc);
}
