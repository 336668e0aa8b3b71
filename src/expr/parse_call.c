/* The grammar of calls: filters behind `|`, tests behind `is`, functions and methods before `(`.
 *
 * Only what the tables list can be called. An unknown name is reported with the nearest known one
 * and parsing goes on with the input in the call's place. */
#include "expr/parse.h"

static const char *const class_words[] = {[PAWL_ENTRY_FILTER] = "filter",
                                          [PAWL_ENTRY_TEST] = "test",
                                          [PAWL_ENTRY_FUNCTION] = "function",
                                          [PAWL_ENTRY_METHOD] = "method"};
static const enum pawl_diag_code class_codes[] = {
    [PAWL_ENTRY_FILTER] = PAWL_DIAG_EXPR_UNKNOWN_FILTER,
    [PAWL_ENTRY_TEST] = PAWL_DIAG_EXPR_UNKNOWN_TEST,
    [PAWL_ENTRY_FUNCTION] = PAWL_DIAG_EXPR_UNKNOWN_FUNCTION,
    [PAWL_ENTRY_METHOD] = PAWL_DIAG_EXPR_UNKNOWN_FUNCTION,
};

/* What other languages call it, and what it is called here. */
static const struct {
    const char *name, *ours;
} synonyms[] = {{"len", "length"},      {"size", "length"},     {"str", "string"},
                {"json", "tojson"},     {"to_json", "tojson"},  {"strip", "trim"},
                {"lowercase", "lower"}, {"uppercase", "upper"}, {"strftime", "date"},
                {"currency", "money"},  {"number", "int"}};

static struct pawl_str our_name(struct pawl_str name)
{
    for (size_t i = 0; i < sizeof(synonyms) / sizeof(synonyms[0]); i++) {
        if (pawl_str_is(name, synonyms[i].name)) {
            return pawl_str_from(synonyms[i].ours);
        }
    }
    return name;
}

/* Says how a name of another class is written. False: no other class has it. */
static bool hint_other_class(struct pawl_parser *parser, struct pawl_diag *diag,
                             struct pawl_str name)
{
    struct pawl_str ours = our_name(name);
    if (pawl_entry_find(PAWL_ENTRY_FILTER, ours) != NULL) {
        pawl_diag_hint(parser->diags, diag, "there is a filter: write 'value | " PAWL_STR_FMT "'",
                       PAWL_STR_ARG(ours));
    } else if (pawl_entry_find(PAWL_ENTRY_METHOD, ours) != NULL) {
        pawl_diag_hint(parser->diags, diag, "there is a method: write 'value." PAWL_STR_FMT "(…)'",
                       PAWL_STR_ARG(ours));
    } else if (pawl_entry_find(PAWL_ENTRY_FUNCTION, ours) != NULL) {
        pawl_diag_hint(parser->diags, diag, "there is a function: write '" PAWL_STR_FMT "(…)'",
                       PAWL_STR_ARG(ours));
    } else if (pawl_entry_find(PAWL_ENTRY_TEST, ours) != NULL) {
        pawl_diag_hint(parser->diags, diag, "there is a test: write 'value is " PAWL_STR_FMT "'",
                       PAWL_STR_ARG(ours));
    } else {
        return false;
    }
    return true;
}

static void report_unknown(struct pawl_parser *parser, enum pawl_entry_class class_,
                           struct pawl_str name, uint32_t start, uint32_t end)
{
    struct pawl_diag *diag =
        pawl_parser_report(parser, class_codes[class_], start, end, "unknown %s '" PAWL_STR_FMT "'",
                           class_words[class_], PAWL_STR_ARG(name));
    if (hint_other_class(parser, diag, name)) {
        return;
    }
    struct pawl_str near = pawl_entry_suggest(class_, name);
    if (near.len > 0) {
        pawl_diag_hint(parser->diags, diag, "did you mean '" PAWL_STR_FMT "'?", PAWL_STR_ARG(near));
    } else if (class_ == PAWL_ENTRY_FUNCTION || class_ == PAWL_ENTRY_METHOD) {
        pawl_diag_hint(parser->diags, diag,
                       "only the functions listed in docs/expressions.md can be called");
    }
}

/* ---- arguments ---------------------------------------------------------------------------------
 */

static bool arguments_name(struct pawl_parser *parser, struct pawl_arguments *arguments)
{
    uint32_t count = arguments->named.count;
    if (count == arguments->names_cap) {
        uint32_t cap = count == 0 ? 4 : count * 2;
        struct pawl_str *names = PAWL_ARENA_ARRAY(parser->arena, struct pawl_str, cap);
        uint32_t *starts = PAWL_ARENA_ARRAY(parser->arena, uint32_t, cap);
        if (names == NULL || starts == NULL) {
            parser->failed = true;
            return false;
        }
        if (count > 0) {
            memcpy(names, arguments->names, count * sizeof(*names));
            memcpy(starts, arguments->name_starts, count * sizeof(*starts));
        }
        arguments->names = names;
        arguments->name_starts = starts;
        arguments->names_cap = cap;
    }
    arguments->names[count] = parser->token.text;
    arguments->name_starts[count] = parser->token.start;
    return true;
}

/* `name=value`, or a value in its turn. */
static bool parse_argument(struct pawl_parser *parser, struct pawl_arguments *arguments)
{
    struct pawl_token ahead = pawl_parser_peek(parser);
    bool is_named = parser->token.kind == PAWL_TOKEN_NAME && ahead.kind == PAWL_TOKEN_OPERATOR &&
                    ahead.operator_ == PAWL_TOK_ASSIGN;
    if (pawl_parser_is(parser, PAWL_TOK_MULTIPLY) || pawl_parser_is(parser, PAWL_TOK_POWER)) {
        (void)pawl_parser_fail(parser, "arguments cannot be spread with * or **");
        return false;
    }
    if (is_named) {
        if (!arguments_name(parser, arguments)) {
            return false;
        }
        pawl_parser_advance(parser);
        pawl_parser_advance(parser);
        return pawl_node_list_add(parser, &arguments->named, pawl_parse_expression(parser));
    }
    if (arguments->named.count > 0) {
        (void)pawl_parser_fail(parser, "a value without a name must stand before the named ones");
        return false;
    }
    return pawl_node_list_add(parser, &arguments->positional, pawl_parse_expression(parser));
}

/* The parser stands on the opening parenthesis. */
static bool parse_arguments(struct pawl_parser *parser, struct pawl_arguments *arguments)
{
    arguments->start = parser->token.start;
    if (!pawl_parser_expect(parser, PAWL_TOK_PAREN_OPEN)) {
        return false;
    }
    while (!pawl_parser_is(parser, PAWL_TOK_PAREN_CLOSE)) {
        if (!parse_argument(parser, arguments)) {
            return false;
        }
        if (!pawl_parser_skip(parser, PAWL_TOK_COMMA)) {
            break;
        }
    }
    arguments->end = parser->token.end;
    return pawl_parser_expect(parser, PAWL_TOK_PAREN_CLOSE);
}

/* A name that may hold dots. */
static bool parse_dotted_name(struct pawl_parser *parser, struct pawl_str *ret_name,
                              uint32_t *ret_start)
{
    uint32_t start = parser->token.start;
    uint32_t end = parser->token.end;
    if (parser->token.kind != PAWL_TOKEN_NAME) {
        (void)pawl_parser_fail(parser, "a name is expected here");
        return false;
    }
    pawl_parser_advance(parser);
    while (pawl_parser_skip(parser, PAWL_TOK_DOT)) {
        end = parser->token.end;
        if (parser->token.kind != PAWL_TOKEN_NAME) {
            (void)pawl_parser_fail(parser, "a name is expected behind the dot");
            return false;
        }
        pawl_parser_advance(parser);
    }
    *ret_start = start;
    *ret_name = pawl_str_sub(parser->source, start, end - start);
    return !parser->failed;
}

/* ---- the node of a call
 * -------------------------------------------------------------------------- */

static const struct pawl_node *call_node(struct pawl_parser *parser, const struct pawl_entry *entry,
                                         const struct pawl_node *input, uint32_t start,
                                         struct pawl_arguments *arguments)
{
    struct pawl_node *node = pawl_parser_node(parser, PAWL_NODE_CALL, start);
    if (node == NULL) {
        return NULL;
    }
    if (!pawl_bind_call(parser, entry, input, arguments, &node->u.call)) {
        return parser->failed ? NULL : input != NULL ? input : node;
    }
    return pawl_parser_finish(parser, node);
}

const struct pawl_node *pawl_parse_filter(struct pawl_parser *parser, const struct pawl_node *input,
                                          uint32_t start)
{
    struct pawl_arguments arguments = {.start = parser->token.start, .end = parser->token.end};
    struct pawl_str name = PAWL_STR_NONE;
    uint32_t name_start = 0;
    if (!parse_dotted_name(parser, &name, &name_start)) {
        return NULL;
    }
    if (pawl_parser_is(parser, PAWL_TOK_PAREN_OPEN) && !parse_arguments(parser, &arguments)) {
        return NULL;
    }
    const struct pawl_entry *entry = pawl_entry_find(PAWL_ENTRY_FILTER, name);
    if (entry == NULL) {
        report_unknown(parser, PAWL_ENTRY_FILTER, name, name_start,
                       name_start + (uint32_t)name.len);
        return input;
    }
    return call_node(parser, entry, input, start, &arguments);
}

/* Does the current token begin an argument written without parentheses (`is divisibleby 3`)? */
static bool is_bare_argument(const struct pawl_parser *parser)
{
    bool is_word = pawl_parser_is_name(parser, "else") || pawl_parser_is_name(parser, "or") ||
                   pawl_parser_is_name(parser, "and");
    bool opens = pawl_parser_is(parser, PAWL_TOK_BRACKET_OPEN) ||
                 pawl_parser_is(parser, PAWL_TOK_BRACE_OPEN);
    enum pawl_token_kind kind = parser->token.kind;
    bool is_operand = kind == PAWL_TOKEN_NAME || kind == PAWL_TOKEN_TEXT ||
                      kind == PAWL_TOKEN_INT || kind == PAWL_TOKEN_FLOAT;
    return opens || (is_operand && !is_word);
}

static bool parse_test_arguments(struct pawl_parser *parser, struct pawl_arguments *arguments)
{
    if (pawl_parser_is(parser, PAWL_TOK_PAREN_OPEN)) {
        return parse_arguments(parser, arguments);
    }
    if (!is_bare_argument(parser)) {
        return true;
    }
    if (pawl_parser_is_name(parser, "is")) {
        (void)pawl_parser_fail(parser, "two tests cannot follow each other; join them with `and`");
        return false;
    }
    const struct pawl_node *argument = pawl_parse_primary(parser);
    argument = argument == NULL ? NULL : pawl_parse_postfix(parser, argument);
    return pawl_node_list_add(parser, &arguments->positional, argument);
}

static const struct pawl_node *negated(struct pawl_parser *parser, const struct pawl_node *test)
{
    struct pawl_node *node = pawl_parser_node(parser, PAWL_NODE_NOT, test->start);
    struct pawl_node_list operands = {0};
    if (node == NULL || !pawl_node_list_add(parser, &operands, test)) {
        return NULL;
    }
    node->u.chain.operands = operands.items;
    node->u.chain.count = 1;
    return pawl_parser_finish(parser, node);
}

/* `is` is behind us. */
static const struct pawl_node *parse_test(struct pawl_parser *parser, const struct pawl_node *input)
{
    bool negates = pawl_parser_skip_name(parser, "not");
    struct pawl_arguments arguments = {.start = parser->token.start, .end = parser->token.end};
    struct pawl_str name = PAWL_STR_NONE;
    uint32_t name_start = 0;
    if (!parse_dotted_name(parser, &name, &name_start) ||
        !parse_test_arguments(parser, &arguments)) {
        return NULL;
    }
    const struct pawl_entry *entry = pawl_entry_find(PAWL_ENTRY_TEST, name);
    if (entry == NULL) {
        report_unknown(parser, PAWL_ENTRY_TEST, name, name_start, name_start + (uint32_t)name.len);
        return input;
    }
    const struct pawl_node *test = call_node(parser, entry, input, input->start, &arguments);
    return test == NULL || !negates ? test : negated(parser, test);
}

const struct pawl_node *pawl_parse_filters(struct pawl_parser *parser, const struct pawl_node *node)
{
    while (node != NULL && !parser->failed) {
        if (pawl_parser_skip(parser, PAWL_TOK_PIPE)) {
            node = pawl_parse_filter(parser, node, node->start);
        } else if (pawl_parser_skip_name(parser, "is")) {
            node = parse_test(parser, node);
        } else if (pawl_parser_is(parser, PAWL_TOK_PAREN_OPEN)) {
            node = pawl_parse_call(parser, node);
        } else {
            break;
        }
    }
    return parser->failed ? NULL : node;
}

/* ---- functions and methods
 * ------------------------------------------------------------------------ */

/* `loop.cycle(a, b)` is `[a, b][loop.index0 % 2]`. */
static const struct pawl_node *cycle_node(struct pawl_parser *parser, uint32_t start,
                                          const struct pawl_arguments *arguments)
{
    if (arguments->positional.count == 0 || arguments->named.count > 0) {
        return pawl_parser_fail(parser, "loop.cycle() wants the values to go through");
    }
    struct pawl_node *list = pawl_parser_node(parser, PAWL_NODE_LIST, start);
    struct pawl_node *index = pawl_parser_node(parser, PAWL_NODE_LOOP, start);
    struct pawl_node *count = pawl_parser_node(parser, PAWL_NODE_CONST, start);
    struct pawl_node *modulo = pawl_parser_node(parser, PAWL_NODE_ARITHMETIC, start);
    struct pawl_node *item = pawl_parser_node(parser, PAWL_NODE_ITEM, start);
    uint8_t *operators = pawl_arena_zero(parser->arena, 1, 1);
    struct pawl_node_list operands = {0};
    if (item == NULL || operators == NULL || parser->failed) {
        return NULL;
    }
    list->u.chain.operands = arguments->positional.items;
    list->u.chain.count = arguments->positional.count;
    index->u.attribute.name = PAWL_STR("index0");
    index->u.attribute.hash = pawl_str_hash(PAWL_STR("index0"));
    count->u.constant = pawl_val_int_view(arguments->positional.count);
    operators[0] = PAWL_OPERATOR_MODULO;
    if (!pawl_node_list_add(parser, &operands, pawl_parser_finish(parser, index)) ||
        !pawl_node_list_add(parser, &operands, pawl_parser_finish(parser, count))) {
        return NULL;
    }
    modulo->u.chain.operands = operands.items;
    modulo->u.chain.operators = operators;
    modulo->u.chain.count = 2;
    item->u.item.of = pawl_parser_finish(parser, list);
    item->u.item.index = pawl_parser_finish(parser, modulo);
    return item->u.item.of == NULL || item->u.item.index == NULL ? NULL
                                                                 : pawl_parser_finish(parser, item);
}

/* `loop(items)`, the recursion of {% for … recursive %}. */
static const struct pawl_node *loop_again_node(struct pawl_parser *parser, uint32_t start,
                                               const struct pawl_arguments *arguments)
{
    if (arguments->positional.count != 1 || arguments->named.count > 0) {
        return pawl_parser_fail(parser, "loop() wants the items to go over");
    }
    struct pawl_node *node = pawl_parser_node(parser, PAWL_NODE_LOOP, start);
    if (node == NULL) {
        return NULL;
    }
    node->u.attribute.of = arguments->positional.items[0];
    return pawl_parser_finish(parser, node);
}

/* Splits `a.b.name` into `a.b` and the method's name; false: it is no method call. */
static bool split_method(struct pawl_parser *parser, const struct pawl_node *callee,
                         const struct pawl_node **ret_of, struct pawl_str *ret_name)
{
    if (callee->op == PAWL_NODE_ATTRIBUTE) {
        *ret_of = callee->u.attribute.of;
        *ret_name = callee->u.attribute.name;
        return true;
    }
    if (callee->op != PAWL_NODE_PATH || callee->u.path.len < 2) {
        return false;
    }
    struct pawl_node *shorter = pawl_parser_node(parser, PAWL_NODE_PATH, callee->start);
    if (shorter == NULL) {
        return false;
    }
    *shorter = *callee;
    shorter->u.path.len--;
    *ret_of = shorter;
    *ret_name = callee->u.path.names[shorter->u.path.len];
    return true;
}

const struct pawl_node *pawl_parse_call(struct pawl_parser *parser, const struct pawl_node *callee)
{
    struct pawl_arguments arguments = {0};
    if (!parse_arguments(parser, &arguments)) {
        return NULL;
    }
    bool is_loop = callee->op == PAWL_NODE_LOOP;
    if (is_loop && pawl_str_is(callee->u.attribute.name, "cycle")) {
        return cycle_node(parser, callee->start, &arguments);
    }
    if (is_loop && callee->u.attribute.name.len == 0) {
        return loop_again_node(parser, callee->start, &arguments);
    }
    const struct pawl_node *input = NULL;
    struct pawl_str name = PAWL_STR_NONE;
    enum pawl_entry_class class_ = PAWL_ENTRY_FUNCTION;
    if (callee->op == PAWL_NODE_PATH && callee->u.path.len == 1) {
        name = callee->u.path.names[0];
    } else if (split_method(parser, callee, &input, &name)) {
        class_ = PAWL_ENTRY_METHOD;
    } else {
        return parser->failed ? NULL
                              : pawl_parser_fail(parser, "this value cannot be called; only "
                                                         "functions and methods by their name can");
    }
    const struct pawl_entry *entry = pawl_entry_find(class_, name);
    if (entry == NULL) {
        report_unknown(parser, class_, name, callee->start, arguments.start);
        return callee;
    }
    return call_node(parser, entry, input, callee->start, &arguments);
}
