/* Templates that are value trees: compiled once, then filled in.
 *
 * A part of the tree without expressions is one constant and is shared by all results. A string
 * that is one single {{ … }} (after one trailing line break is dropped) gives the value itself, any
 * other string with {{ becomes text. Recursion follows the tree, whose depth is bounded where it
 * was built and checked again here. */
#include "expr/template.h"

#include <stdio.h>

#include "base/buf.h"
#include "expr/run.h"
#include "expr/scan.h"

/* One compilation of a tree. */
struct tree_compiler {
    struct pawl_arena *arena;
    pawl_expr_origin_fn *origin_of;
    void *ctx;
    struct pawl_diags *diags;
    struct pawl_ref_list refs;
    uint32_t finding_count;
    bool failed;
    uint32_t depth;
};

static bool compile_tree(struct tree_compiler *compiler, const struct pawl_val *val,
                         struct pawl_str pointer, struct pawl_tree *ret);

/* ---- strings -----------------------------------------------------------------------------------
 */

/* The parts of a text being read. */
struct part_list {
    struct pawl_text_part *items;
    uint32_t count, cap;
};

static bool part_add(struct pawl_parser *parser, struct part_list *list, struct pawl_text_part part)
{
    if (list->count == list->cap) {
        uint32_t cap = list->cap == 0 ? 4 : list->cap * 2;
        void *items = pawl_arena_grow(parser->arena, list->items, list->cap * sizeof(*list->items),
                                      cap * sizeof(*list->items), _Alignof(struct pawl_text_part));
        if (items == NULL) {
            parser->failed = true;
            return false;
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = part;
    return true;
}

static bool refuse_statement(struct pawl_parser *parser, uint32_t at)
{
    parser->failed = true;
    struct pawl_diag *diag =
        pawl_parser_report(parser, PAWL_DIAG_EXPR_STATEMENT, at, at + 2,
                           "statements ({%% … %%}) are allowed in the bodies of messages only");
    pawl_diag_hint(parser->diags, diag, "use an inline if: {{ a if condition else b }}");
    return false;
}

/* Reads text and expressions to the end. A syntax error ends the text; the others go on. */
static bool read_parts(struct pawl_parser *parser, struct part_list *list)
{
    struct pawl_scanner scanner;
    pawl_scanner_init(&scanner, parser);
    for (;;) {
        struct pawl_text_part part = {0};
        enum pawl_scan_next next = PAWL_SCAN_END;
        if (!pawl_scanner_next(&scanner, &part.text, &next) ||
            (part.text.len > 0 && !part_add(parser, list, part))) {
            return false;
        }
        if (next == PAWL_SCAN_END) {
            return true;
        }
        if (next == PAWL_SCAN_BLOCK) {
            return refuse_statement(parser, scanner.at - 2);
        }
        if (next == PAWL_SCAN_TEXT) {
            continue;
        }
        pawl_parser_start(parser, scanner.at, PAWL_LEX_VARIABLE);
        part = (struct pawl_text_part){.node = pawl_parse_tuple(parser)};
        if (part.node == NULL || parser->failed) {
            return false;
        }
        if (parser->token.kind != PAWL_TOKEN_END || !parser->lexer.closed) {
            (void)pawl_parser_fail(parser, "'}}' is expected here");
            return false;
        }
        if (!part_add(parser, list, part)) {
            return false;
        }
        pawl_scanner_resume(&scanner);
    }
}

static bool collect_refs(struct tree_compiler *compiler, struct pawl_parser *parser,
                         const struct part_list *parts)
{
    for (uint32_t i = 0; i < parts->count; i++) {
        if (parts->items[i].node != NULL &&
            !pawl_refs_collect(parser, parts->items[i].node, false, &compiler->refs)) {
            return false;
        }
    }
    return true;
}

static struct pawl_expr_origin origin_at(struct tree_compiler *compiler, struct pawl_str pointer)
{
    if (compiler->origin_of != NULL) {
        return compiler->origin_of(compiler->ctx, pointer);
    }
    return (struct pawl_expr_origin){.pointer = pointer};
}

static bool compile_parts(struct tree_compiler *compiler, struct pawl_parser *parser,
                          struct pawl_tree *ret)
{
    struct part_list parts = {0};
    bool good = read_parts(parser, &parts) && parser->finding_count == 0 &&
                collect_refs(compiler, parser, &parts);
    compiler->finding_count += parser->finding_count;
    compiler->failed = compiler->failed || (parser->failed && parser->finding_count == 0);
    if (!good) {
        return !compiler->failed;
    }
    bool is_single = parts.count == 1 && parts.items[0].node != NULL;
    ret->op = is_single ? PAWL_TREE_EXPR : PAWL_TREE_TEXT;
    ret->count = parts.count;
    ret->source = parser->source;
    ret->origin = *parser->origin;
    if (is_single) {
        ret->u.node = parts.items[0].node;
    } else {
        ret->u.parts = parts.items;
    }
    return true;
}

/* Does a text without {{ look like one of Jinja2's statements? */
static bool looks_like_statement(struct pawl_str text)
{
    static const char *const words[] = {"if", "for", "set", "elif", "else", "endif", "endfor"};
    size_t at = pawl_str_find(text, PAWL_STR("{%"));
    if (at == SIZE_MAX) {
        return false;
    }
    struct pawl_str rest = pawl_str_sub(text, at + 2, SIZE_MAX);
    rest = rest.len > 0 && rest.ptr[0] == '-' ? pawl_str_sub(rest, 1, SIZE_MAX) : rest;
    rest = pawl_str_trim(rest);
    struct pawl_str word = pawl_str_sub(rest, 0, pawl_lex_name_length(rest));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (pawl_str_is(word, words[i])) {
            return pawl_str_find(rest, PAWL_STR("%}")) != SIZE_MAX;
        }
    }
    return false;
}

static bool compile_text(struct tree_compiler *compiler, const struct pawl_val *val,
                         struct pawl_str pointer, struct pawl_tree *ret)
{
    struct pawl_str text = pawl_val_str(val);
    bool has_expression = pawl_str_find(text, PAWL_STR("{{")) != SIZE_MAX;
    if (!has_expression && !looks_like_statement(text)) {
        return true; /* the caller keeps it as a constant */
    }
    struct pawl_parser parser;
    struct pawl_expr_origin origin = origin_at(compiler, pointer);
    if (!pawl_source_take(&parser, compiler->arena, text, &origin, compiler->diags)) {
        compiler->finding_count += parser.finding_count;
        compiler->failed = compiler->failed || parser.finding_count == 0;
        return !compiler->failed;
    }
    return compile_parts(compiler, &parser, ret);
}

/* ---- lists and maps
 * ------------------------------------------------------------------------------ */

/* pointer + "/" + the token, escaped as RFC 6901 has it. */
static struct pawl_str pointer_to(struct tree_compiler *compiler, struct pawl_str pointer,
                                  struct pawl_str token)
{
    size_t most = pointer.len + 1 + 2 * token.len;
    char *text = pawl_arena_get(compiler->arena, most, 1);
    if (text == NULL) {
        compiler->failed = true;
        return PAWL_STR_NONE;
    }
    size_t len = pointer.len;
    if (len > 0) {
        memcpy(text, pointer.ptr, len);
    }
    text[len++] = '/';
    for (size_t i = 0; i < token.len; i++) {
        char c = token.ptr[i];
        bool escaped = c == '~' || c == '/';
        text[len++] = escaped ? '~' : c;
        if (escaped) {
            text[len++] = c == '~' ? '0' : '1';
        }
    }
    PAWL_ASSERT(len <= most);
    return (struct pawl_str){text, len};
}

static struct pawl_str item_pointer(struct tree_compiler *compiler, const struct pawl_val *val,
                                    uint32_t i, struct pawl_str pointer)
{
    char digits[16];
    if (val->kind == PAWL_VAL_MAP) {
        return pointer_to(compiler, pointer, pawl_val_key(val, i));
    }
    (void)snprintf(digits, sizeof(digits), "%u", i); /* ten digits fit */
    return pointer_to(compiler, pointer, pawl_str_from(digits));
}

/* Keys are never templates. */
static void check_key(struct tree_compiler *compiler, struct pawl_str key, struct pawl_str pointer)
{
    if (pawl_str_find(key, PAWL_STR("{{")) == SIZE_MAX) {
        return;
    }
    struct pawl_expr_origin origin = origin_at(compiler, pointer);
    struct pawl_diag *diag = pawl_diag_add(compiler->diags, PAWL_DIAG_EXPR_IN_KEY, origin.place,
                                           origin.pointer, "a key cannot hold an expression");
    pawl_diag_hint(compiler->diags, diag,
                   "build the map with an expression, e.g. "
                   "{{ {name: value} }}");
    compiler->finding_count++;
}

/* A constant outlives the document that it was written in. */
static void keep_constant(struct tree_compiler *compiler, struct pawl_tree *tree)
{
    if (tree->op == PAWL_TREE_CONST) {
        const struct pawl_val *copy = pawl_val_copy(compiler->arena, &tree->u.constant);
        compiler->failed = compiler->failed || copy == NULL;
        tree->u.constant = copy != NULL ? *copy : pawl_val_null;
    }
}

static bool compile_items(struct tree_compiler *compiler, const struct pawl_val *val,
                          struct pawl_str pointer, struct pawl_tree *ret)
{
    struct pawl_tree *items = PAWL_ARENA_ARRAY(compiler->arena, struct pawl_tree, val->len);
    struct pawl_str *keys = PAWL_ARENA_ARRAY(compiler->arena, struct pawl_str, val->len);
    bool constant = true;
    if (items == NULL || keys == NULL) {
        compiler->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < val->len; i++) {
        struct pawl_str below = item_pointer(compiler, val, i, pointer);
        if (compiler->failed || !compile_tree(compiler, pawl_val_at(val, i), below, &items[i])) {
            return false;
        }
        if (val->kind == PAWL_VAL_MAP) {
            keys[i] = pawl_arena_str(compiler->arena, pawl_val_key(val, i));
            check_key(compiler, keys[i], below);
        }
        constant = constant && items[i].op == PAWL_TREE_CONST;
    }
    if (!constant) {
        for (uint32_t i = 0; i < val->len; i++) {
            keep_constant(compiler, &items[i]);
        }
        ret->op = val->kind == PAWL_VAL_MAP ? PAWL_TREE_MAP : PAWL_TREE_LIST;
        ret->count = val->len;
        ret->u.items = items;
        ret->keys = keys;
    }
    return true;
}

static bool compile_tree(struct tree_compiler *compiler, const struct pawl_val *val,
                         struct pawl_str pointer, struct pawl_tree *ret)
{
    bool good = true;
    *ret = (struct pawl_tree){.op = PAWL_TREE_CONST};
    if (compiler->depth >= PAWL_VALUE_DEPTH_MAX) {
        (void)pawl_diag_add(compiler->diags, PAWL_DIAG_EXPR_LIMIT, (struct pawl_place){0}, pointer,
                            "the value nests deeper than %u levels", PAWL_VALUE_DEPTH_MAX);
        compiler->finding_count++;
        return true;
    }
    compiler->depth++;
    if (val->kind == PAWL_VAL_TEXT) {
        good = compile_text(compiler, val, pointer, ret);
    } else if (val->kind == PAWL_VAL_LIST || val->kind == PAWL_VAL_MAP) {
        good = compile_items(compiler, val, pointer, ret);
    }
    compiler->depth--;
    if (good && ret->op == PAWL_TREE_CONST) {
        ret->u.constant = *val; /* copied by whoever keeps it */
    }
    return good && !compiler->failed;
}

enum pawl_rc pawl_template_compile(struct pawl_arena *arena, const struct pawl_val *tree,
                                   struct pawl_str pointer, pawl_expr_origin_fn *origin_of,
                                   void *ctx, struct pawl_diags *diags,
                                   const struct pawl_template **ret_template)
{
    struct tree_compiler compiler = {
        .arena = arena, .origin_of = origin_of, .ctx = ctx, .diags = diags};
    struct pawl_template *template_ = PAWL_ARENA_NEW(arena, struct pawl_template);
    if (template_ == NULL || !compile_tree(&compiler, tree, pointer, &template_->tree)) {
        return PAWL_ENOMEM;
    }
    keep_constant(&compiler, &template_->tree);
    if (compiler.failed) {
        return PAWL_ENOMEM;
    }
    if (compiler.finding_count > 0) {
        return PAWL_EINVALID;
    }
    template_->refs = compiler.refs.items;
    template_->ref_count = compiler.refs.count;
    *ret_template = template_;
    return PAWL_OK;
}

const struct pawl_expr_ref *pawl_template_refs(const struct pawl_template *template_,
                                               uint32_t *ret_count)
{
    *ret_count = template_->ref_count;
    return template_->refs;
}

const struct pawl_val *pawl_template_constant(const struct pawl_template *template_)
{
    bool constant = template_->body == NULL && template_->tree.op == PAWL_TREE_CONST;
    return constant ? &template_->tree.u.constant : NULL;
}

/* ---- filling in --------------------------------------------------------------------------------
 */

static void run_enter(struct pawl_expr_run *run, const struct pawl_tree *tree)
{
    run->source = tree->source;
    run->origin = &tree->origin;
    run->output_left = run->eval->output_max;
}

static void tell_marked(struct pawl_expr_run *run, const struct pawl_val *val)
{
    if (pawl_val_marks(val) != 0 && run->eval->marked != NULL) {
        pawl_expr_others_begin(run);
        run->eval->marked(run->eval->marked_ctx, val);
        pawl_expr_others_end(run);
    }
}

static enum pawl_rc run_single(struct pawl_expr_run *run, const struct pawl_tree *tree,
                               struct pawl_val *ret)
{
    run_enter(run, tree);
    enum pawl_rc rc = pawl_expr_node(run, tree->u.node, ret);
    if (rc != PAWL_OK || ret->kind != PAWL_VAL_UNDEFINED) {
        if (rc == PAWL_OK) {
            tell_marked(run, ret);
        }
        return rc;
    }
    run->at = tree->u.node;
    if ((ret->flags & PAWL_VAL_LENIENT) == 0) {
        return pawl_expr_undefined(run, ret);
    }
    unsigned marks = pawl_val_marks(ret); /* an `if` without else: none */
    *ret = pawl_val_null;
    pawl_val_mark(ret, marks);
    return PAWL_OK;
}

static enum pawl_rc run_text(struct pawl_expr_run *run, const struct pawl_tree *tree,
                             struct pawl_val *ret)
{
    struct pawl_text_out out;
    run_enter(run, tree);
    pawl_out_begin(&out, run);
    out.shown = run->eval->masked;
    for (uint32_t i = 0; i < tree->count; i++) {
        const struct pawl_text_part *part = &tree->u.parts[i];
        if (part->node == NULL) {
            pawl_out_put(&out, part->text);
            continue;
        }
        struct pawl_val val = {0};
        enum pawl_rc rc = pawl_expr_node(run, part->node, &val);
        if (rc != PAWL_OK) {
            return rc;
        }
        run->at = part->node;
        tell_marked(run, &val);
        pawl_out_val(&out, &val);
    }
    return pawl_out_end(&out, ret);
}

static enum pawl_rc run_tree(struct pawl_expr_run *run, const struct pawl_tree *tree,
                             struct pawl_val *ret);

static enum pawl_rc run_list(struct pawl_expr_run *run, const struct pawl_tree *tree,
                             struct pawl_val *ret)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < tree->count; i++) {
        struct pawl_val val = {0};
        enum pawl_rc rc = run_tree(run, &tree->u.items[i], &val);
        if (rc != PAWL_OK) {
            return rc;
        }
        pawl_list_add(&list, &val);
    }
    return pawl_expr_list_end(run, &list, ret);
}

static enum pawl_rc run_map(struct pawl_expr_run *run, const struct pawl_tree *tree,
                            struct pawl_val *ret)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, run->arena);
    for (uint32_t i = 0; i < tree->count; i++) {
        struct pawl_val val = {0};
        enum pawl_rc rc = run_tree(run, &tree->u.items[i], &val);
        if (rc != PAWL_OK) {
            return rc;
        }
        pawl_map_add(&map, tree->keys[i], &val);
    }
    return pawl_expr_map_end(run, &map, ret);
}

static enum pawl_rc run_tree(struct pawl_expr_run *run, const struct pawl_tree *tree,
                             struct pawl_val *ret)
{
    switch (tree->op) {
    case PAWL_TREE_CONST:
        *ret = tree->u.constant;
        return PAWL_OK;
    case PAWL_TREE_EXPR:
        return run_single(run, tree, ret);
    case PAWL_TREE_TEXT:
        return run_text(run, tree, ret);
    case PAWL_TREE_LIST:
        return run_list(run, tree, ret);
    case PAWL_TREE_MAP:
        return run_map(run, tree, ret);
    }
    PAWL_UNREACHABLE();
}

static enum pawl_rc template_keep(struct pawl_expr_run *run, const struct pawl_val *val,
                                  const struct pawl_val **ret_val)
{
    struct pawl_val *kept = PAWL_ARENA_NEW(run->arena, struct pawl_val);
    if (kept == NULL) {
        return pawl_expr_no_memory(run);
    }
    *kept = *val;
    *ret_val = run->eval->masked ? pawl_val_masked(run->arena, kept, PAWL_VAL_MARKS) : kept;
    return *ret_val == NULL ? pawl_expr_no_memory(run) : PAWL_OK;
}

enum pawl_rc pawl_template_eval(const struct pawl_template *template_, struct pawl_eval *eval,
                                const struct pawl_val **ret_val, struct pawl_err *err)
{
    struct pawl_expr_run run;
    struct pawl_val val = {0};
    const struct pawl_val *constant = pawl_template_constant(template_);
    if (constant != NULL) {
        *ret_val = constant;
        return PAWL_OK;
    }
    pawl_expr_run_init(&run, eval, err);
    enum pawl_rc rc = template_->body != NULL ? pawl_message_run(&run, template_, &val)
                                              : run_tree(&run, &template_->tree, &val);
    return pawl_expr_run_end(&run, rc == PAWL_OK ? template_keep(&run, &val, ret_val) : rc);
}
