/* The grammar of operands: literals, names, lists, maps, parentheses, and what stands behind an
 * operand (attributes, subscripts, slices).
 *
 * A name and the attributes behind it that are known statically become one PATH node: that is what
 * the scope is asked for, and what pawl_expr_refs lists. */
#include "expr/parse.h"

static struct pawl_node *constant_node(struct pawl_parser *parser, uint32_t start,
                                       struct pawl_val value)
{
    struct pawl_node *node = pawl_parser_node(parser, PAWL_NODE_CONST, start);
    if (node != NULL) {
        node->u.constant = value;
    }
    return node;
}

/* ---- names -------------------------------------------------------------------------------------
 */

static const struct pawl_local *local_find(const struct pawl_parser *parser, struct pawl_str name)
{
    uint32_t count = parser->locals == NULL ? 0 : parser->locals->visible_count;
    for (uint32_t i = count; i > 0; i--) { /* the innermost first */
        if (pawl_str_eq(parser->locals->visible[i - 1].name, name)) {
            return &parser->locals->visible[i - 1];
        }
    }
    return NULL;
}

/* The path with one more name; the old arrays stay as they are. */
static const struct pawl_node *path_extend(struct pawl_parser *parser, const struct pawl_node *path,
                                           struct pawl_str name)
{
    struct pawl_node *node = pawl_parser_node(parser, PAWL_NODE_PATH, path->start);
    uint32_t len = path->u.path.len;
    struct pawl_str *names = PAWL_ARENA_ARRAY(parser->arena, struct pawl_str, len + 1);
    uint32_t *hashes = PAWL_ARENA_ARRAY(parser->arena, uint32_t, len + 1);
    if (node == NULL || names == NULL || hashes == NULL) {
        parser->failed = true;
        return NULL;
    }
    if (len >= PAWL_EXPR_DEPTH_MAX) {
        return pawl_parser_fail(parser, "more than %u names in a row", PAWL_EXPR_DEPTH_MAX);
    }
    if (len > 0) {
        memcpy(names, path->u.path.names, len * sizeof(*names));
        memcpy(hashes, path->u.path.hashes, len * sizeof(*hashes));
    }
    names[len] = name;
    hashes[len] = pawl_str_hash(name);
    node->u.path.names = names;
    node->u.path.hashes = hashes;
    node->u.path.len = len + 1;
    node->u.path.slot = path->u.path.slot;
    node->u.path.certain = path->u.path.certain;
    return pawl_parser_finish(parser, node);
}

const struct pawl_node *pawl_parse_name(struct pawl_parser *parser, struct pawl_token name)
{
    const struct pawl_local *local = local_find(parser, name.text);
    bool is_loop = parser->locals != NULL && parser->locals->loop_depth > 0 && local == NULL &&
                   pawl_str_is(name.text, "loop");
    if (is_loop) {
        struct pawl_node *node = pawl_parser_node(parser, PAWL_NODE_LOOP, name.start);
        return node == NULL ? NULL : pawl_parser_finish(parser, node);
    }
    struct pawl_node start = {.start = name.start,
                              .u.path.slot = local != NULL ? local->slot : PAWL_SLOT_NONE,
                              .u.path.certain = local != NULL && local->certain};
    return path_extend(parser, &start, name.text);
}

static const struct pawl_node *parse_word(struct pawl_parser *parser)
{
    static const struct {
        const char *word;
        const struct pawl_val *value;
    } words[] = {{"true", &pawl_val_true},   {"True", &pawl_val_true}, {"false", &pawl_val_false},
                 {"False", &pawl_val_false}, {"none", &pawl_val_null}, {"None", &pawl_val_null}};
    struct pawl_token token = parser->token;
    pawl_parser_advance(parser);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (pawl_str_is(token.text, words[i].word)) {
            struct pawl_node *node = constant_node(parser, token.start, *words[i].value);
            return node == NULL ? NULL : pawl_parser_finish(parser, node);
        }
    }
    return pawl_parse_name(parser, token);
}

/* ---- literals ----------------------------------------------------------------------------------
 */

/* "a" "b" is "ab". */
static const struct pawl_node *parse_text(struct pawl_parser *parser)
{
    uint32_t start = parser->token.start;
    struct pawl_str whole = PAWL_STR_NONE;
    while (parser->token.kind == PAWL_TOKEN_TEXT) {
        struct pawl_str part = PAWL_STR_NONE;
        if (!pawl_literal_text(parser, parser->token, &part)) {
            return NULL;
        }
        char *joined = pawl_arena_get(parser->arena, whole.len + part.len, 1);
        if (joined == NULL) {
            parser->failed = true;
            return NULL;
        }
        if (whole.len > 0) {
            memcpy(joined, whole.ptr, whole.len);
        }
        memcpy(joined + whole.len, part.ptr, part.len);
        whole = (struct pawl_str){joined, whole.len + part.len};
        pawl_parser_advance(parser);
    }
    struct pawl_node *node = constant_node(parser, start, pawl_val_text_view(whole));
    return node == NULL ? NULL : pawl_parser_finish(parser, node);
}

static const struct pawl_node *parse_number(struct pawl_parser *parser)
{
    struct pawl_val value = {0};
    uint32_t start = parser->token.start;
    if (!pawl_literal_number(parser, parser->token, &value)) {
        return NULL;
    }
    pawl_parser_advance(parser);
    struct pawl_node *node = constant_node(parser, start, value);
    return node == NULL ? NULL : pawl_parser_finish(parser, node);
}

/* ---- lists, maps, parentheses
 * -------------------------------------------------------------------- */

static const struct pawl_node *sequence_node(struct pawl_parser *parser, enum pawl_node_op op,
                                             uint32_t start, const struct pawl_node_list *items)
{
    struct pawl_node *node = pawl_parser_node(parser, op, start);
    if (node == NULL) {
        return NULL;
    }
    node->u.chain.operands = items->items;
    node->u.chain.count = items->count;
    return pawl_parser_finish(parser, node);
}

/* What stands around a list without brackets. */
enum tuple_place { IN_BRACES, IN_PARENTHESES, IN_FOR };

static bool is_tuple_end(const struct pawl_parser *parser, enum tuple_place place)
{
    return parser->token.kind == PAWL_TOKEN_END || pawl_parser_is(parser, PAWL_TOK_PAREN_CLOSE) ||
           (place == IN_FOR && pawl_parser_is_name(parser, "recursive"));
}

/* The same node, standing where its parentheses stand. */
static const struct pawl_node *with_parentheses(struct pawl_parser *parser, uint32_t start,
                                                const struct pawl_node *inner)
{
    struct pawl_node *node = pawl_parser_node(parser, (enum pawl_node_op)inner->op, start);
    if (node == NULL) {
        return NULL;
    }
    *node = *inner;
    node->start = start;
    node->end = parser->token.start;
    while (node->end > inner->end && parser->source.ptr[node->end - 1] != ')') {
        node->end--;
    }
    return node;
}

/* Reads `a, b, c`; one expression without a comma is itself. */
static const struct pawl_node *parse_tuple(struct pawl_parser *parser, uint32_t start,
                                           enum tuple_place place)
{
    struct pawl_node_list items = {0};
    bool is_list = false;
    while (!is_tuple_end(parser, place)) {
        const struct pawl_node *item =
            place == IN_FOR ? pawl_parse_or(parser) : pawl_parse_expression(parser);
        if (!pawl_node_list_add(parser, &items, item)) {
            return NULL;
        }
        if (!pawl_parser_skip(parser, PAWL_TOK_COMMA)) {
            break;
        }
        is_list = true;
    }
    if (items.count == 0 && place != IN_PARENTHESES) {
        return pawl_parser_fail(parser, "an expression is expected here");
    }
    if (place == IN_PARENTHESES && !pawl_parser_expect(parser, PAWL_TOK_PAREN_CLOSE)) {
        return NULL;
    }
    if (items.count != 1 || is_list) {
        return sequence_node(parser, PAWL_NODE_LIST, start, &items);
    }
    return place == IN_PARENTHESES ? with_parentheses(parser, start, items.items[0])
                                   : items.items[0];
}

const struct pawl_node *pawl_parse_tuple(struct pawl_parser *parser)
{
    return parse_tuple(parser, parser->token.start, IN_BRACES);
}

const struct pawl_node *pawl_parse_iterable(struct pawl_parser *parser)
{
    return parse_tuple(parser, parser->token.start, IN_FOR);
}

static const struct pawl_node *parse_list(struct pawl_parser *parser, uint32_t start)
{
    struct pawl_node_list items = {0};
    while (!pawl_parser_is(parser, PAWL_TOK_BRACKET_CLOSE)) {
        if (!pawl_node_list_add(parser, &items, pawl_parse_expression(parser))) {
            return NULL;
        }
        if (!pawl_parser_skip(parser, PAWL_TOK_COMMA)) {
            break;
        }
    }
    if (!pawl_parser_expect(parser, PAWL_TOK_BRACKET_CLOSE)) {
        return NULL;
    }
    return sequence_node(parser, PAWL_NODE_LIST, start, &items);
}

static const struct pawl_node *parse_map(struct pawl_parser *parser, uint32_t start)
{
    struct pawl_node_list items = {0};
    while (!pawl_parser_is(parser, PAWL_TOK_BRACE_CLOSE)) {
        if (!pawl_node_list_add(parser, &items, pawl_parse_expression(parser)) ||
            !pawl_parser_expect(parser, PAWL_TOK_COLON) ||
            !pawl_node_list_add(parser, &items, pawl_parse_expression(parser))) {
            return NULL;
        }
        if (!pawl_parser_skip(parser, PAWL_TOK_COMMA)) {
            break;
        }
    }
    if (!pawl_parser_expect(parser, PAWL_TOK_BRACE_CLOSE)) {
        return NULL;
    }
    return sequence_node(parser, PAWL_NODE_MAP, start, &items);
}

const struct pawl_node *pawl_parse_primary(struct pawl_parser *parser)
{
    uint32_t start = parser->token.start;
    if (parser->failed) {
        return NULL;
    }
    if (parser->token.kind == PAWL_TOKEN_NAME) {
        return parse_word(parser);
    }
    if (parser->token.kind == PAWL_TOKEN_TEXT) {
        return parse_text(parser);
    }
    if (parser->token.kind == PAWL_TOKEN_INT || parser->token.kind == PAWL_TOKEN_FLOAT) {
        return parse_number(parser);
    }
    if (pawl_parser_skip(parser, PAWL_TOK_PAREN_OPEN)) {
        return parse_tuple(parser, start, IN_PARENTHESES);
    }
    if (pawl_parser_skip(parser, PAWL_TOK_BRACKET_OPEN)) {
        return parse_list(parser, start);
    }
    if (pawl_parser_skip(parser, PAWL_TOK_BRACE_OPEN)) {
        return parse_map(parser, start);
    }
    if (parser->token.kind == PAWL_TOKEN_END) {
        return pawl_parser_fail(parser, "the expression ends where a value is expected");
    }
    return pawl_parser_fail(parser, "a value is expected here, not '" PAWL_STR_FMT "'",
                            PAWL_STR_ARG(parser->token.text));
}

/* ---- what stands behind an operand
 * --------------------------------------------------------------- */

static const struct pawl_node *attribute_of(struct pawl_parser *parser, const struct pawl_node *of,
                                            struct pawl_str name)
{
    if (of->op == PAWL_NODE_PATH) {
        return path_extend(parser, of, name);
    }
    bool is_loop = of->op == PAWL_NODE_LOOP && of->u.attribute.name.len == 0;
    struct pawl_node *node =
        pawl_parser_node(parser, is_loop ? PAWL_NODE_LOOP : PAWL_NODE_ATTRIBUTE, of->start);
    if (node == NULL) {
        return NULL;
    }
    node->u.attribute.of = is_loop ? NULL : of;
    node->u.attribute.name = name;
    node->u.attribute.hash = pawl_str_hash(name);
    return pawl_parser_finish(parser, node);
}

static const struct pawl_node *item_of(struct pawl_parser *parser, const struct pawl_node *of,
                                       const struct pawl_node *index)
{
    if (index->op == PAWL_NODE_CONST && pawl_val_is(&index->u.constant, PAWL_VAL_TEXT)) {
        return attribute_of(parser, of, pawl_val_str(&index->u.constant));
    }
    struct pawl_node *node = pawl_parser_node(parser, PAWL_NODE_ITEM, of->start);
    if (node == NULL) {
        return NULL;
    }
    node->u.item.of = of;
    node->u.item.index = index;
    return pawl_parser_finish(parser, node);
}

/* `.name` or `.0`; the dot is behind us. */
static const struct pawl_node *parse_dot(struct pawl_parser *parser, const struct pawl_node *of)
{
    if (parser->token.kind == PAWL_TOKEN_NAME) {
        struct pawl_str name = parser->token.text;
        pawl_parser_advance(parser);
        return attribute_of(parser, of, name);
    }
    if (parser->token.kind == PAWL_TOKEN_INT) {
        const struct pawl_node *index = parse_number(parser);
        return index == NULL ? NULL : item_of(parser, of, index);
    }
    return pawl_parser_fail(parser, "a name or a number is expected behind the dot");
}

static const struct pawl_node *parse_slice(struct pawl_parser *parser, const struct pawl_node *of,
                                           const struct pawl_node *first)
{
    const struct pawl_node **bounds = PAWL_ARENA_ARRAY(parser->arena, const struct pawl_node *, 3);
    struct pawl_node *node = pawl_parser_node(parser, PAWL_NODE_SLICE, of->start);
    if (bounds == NULL || node == NULL) {
        parser->failed = true;
        return NULL;
    }
    bounds[0] = first;
    for (int i = 1; i < 3 && pawl_parser_skip(parser, PAWL_TOK_COLON); i++) {
        bool is_left_out = pawl_parser_is(parser, PAWL_TOK_COLON) ||
                           pawl_parser_is(parser, PAWL_TOK_BRACKET_CLOSE);
        bounds[i] = is_left_out ? NULL : pawl_parse_expression(parser);
        if (parser->failed) {
            return NULL;
        }
    }
    if (!pawl_parser_expect(parser, PAWL_TOK_BRACKET_CLOSE)) {
        return NULL;
    }
    node->u.slice.of = of;
    node->u.slice.bounds = bounds;
    return pawl_parser_finish(parser, node);
}

/* The bracket is behind us. */
static const struct pawl_node *parse_subscript(struct pawl_parser *parser,
                                               const struct pawl_node *of)
{
    const struct pawl_node *index = NULL;
    if (!pawl_parser_is(parser, PAWL_TOK_COLON)) {
        index = pawl_parse_expression(parser);
        if (index == NULL) {
            return NULL;
        }
    }
    if (pawl_parser_is(parser, PAWL_TOK_COLON)) {
        return parse_slice(parser, of, index);
    }
    return pawl_parser_expect(parser, PAWL_TOK_BRACKET_CLOSE) ? item_of(parser, of, index) : NULL;
}

const struct pawl_node *pawl_parse_postfix(struct pawl_parser *parser, const struct pawl_node *node)
{
    while (node != NULL && !parser->failed) {
        if (pawl_parser_skip(parser, PAWL_TOK_DOT)) {
            node = parse_dot(parser, node);
        } else if (pawl_parser_skip(parser, PAWL_TOK_BRACKET_OPEN)) {
            node = parse_subscript(parser, node);
        } else if (pawl_parser_is(parser, PAWL_TOK_PAREN_OPEN)) {
            node = pawl_parse_call(parser, node);
        } else {
            break;
        }
    }
    return parser->failed ? NULL : node;
}
