/* The grammar of operators, from the loosest to the tightest, as Jinja2 binds them:
 *
 *   a if b else c  <  or  <  and  <  not  <  comparisons, in  <  + -  <  ~  <  * / // %  <  **
 *   <  unary - +  <  .name [i] (…)  <  | filter, is test
 *
 * Two of its habits are worth a warning: `**` groups to the left, and a filter behind a signed
 * number belongs to the signed number (-1|abs is 1). */
#include "expr/parse.h"

static const struct {
    enum pawl_operator_token token;
    enum pawl_node_operator operator_;
    uint8_t level;
} binary_operators[] = {
    {PAWL_TOK_ADD, PAWL_OPERATOR_ADD, 0},
    {PAWL_TOK_SUBTRACT, PAWL_OPERATOR_SUBTRACT, 0},
    {PAWL_TOK_MULTIPLY, PAWL_OPERATOR_MULTIPLY, 2},
    {PAWL_TOK_DIVIDE, PAWL_OPERATOR_DIVIDE, 2},
    {PAWL_TOK_FLOOR_DIVIDE, PAWL_OPERATOR_FLOOR_DIVIDE, 2},
    {PAWL_TOK_MODULO, PAWL_OPERATOR_MODULO, 2},
    {PAWL_TOK_POWER, PAWL_OPERATOR_POWER, 3},
    {PAWL_TOK_EQ, PAWL_OPERATOR_EQ, 9},
    {PAWL_TOK_NE, PAWL_OPERATOR_NE, 9},
    {PAWL_TOK_LT, PAWL_OPERATOR_LT, 9},
    {PAWL_TOK_LE, PAWL_OPERATOR_LE, 9},
    {PAWL_TOK_GT, PAWL_OPERATOR_GT, 9},
    {PAWL_TOK_GE, PAWL_OPERATOR_GE, 9},
};
enum { LEVEL_CONCAT = 1, LEVEL_POWER = 3, LEVEL_COMPARE = 9 };

/* Operands and the operators between them, being read. */
struct chain {
    struct pawl_node_list operands;
    uint8_t *operators;
    uint32_t cap;
};

static bool chain_add(struct pawl_parser *parser, struct chain *chain, uint8_t operator_,
                      const struct pawl_node *operand)
{
    uint32_t at = chain->operands.count;
    PAWL_ASSERT(at >= 1);
    if (at > chain->cap) {
        uint32_t cap = chain->cap == 0 ? 8 : chain->cap * 2;
        uint8_t *operators = pawl_arena_grow(parser->arena, chain->operators, chain->cap, cap, 1);
        if (operators == NULL) {
            parser->failed = true;
            return false;
        }
        chain->operators = operators;
        chain->cap = cap;
    }
    chain->operators[at - 1] = operator_;
    return pawl_node_list_add(parser, &chain->operands, operand);
}

/* The chain as one node; a chain of one operand is that operand. */
static const struct pawl_node *chain_end(struct pawl_parser *parser, const struct chain *chain,
                                         enum pawl_node_op op)
{
    PAWL_ASSERT(chain->operands.count >= 1);
    if (chain->operands.count == 1) {
        return chain->operands.items[0];
    }
    struct pawl_node *node = pawl_parser_node(parser, op, chain->operands.items[0]->start);
    if (node == NULL) {
        return NULL;
    }
    node->u.chain.operands = chain->operands.items;
    node->u.chain.operators = chain->operators;
    node->u.chain.count = chain->operands.count;
    return pawl_parser_finish(parser, node);
}

/* Is the current token an operator of that level? */
static bool is_operator(const struct pawl_parser *parser, uint8_t level, uint8_t *ret_operator)
{
    if (parser->token.kind != PAWL_TOKEN_OPERATOR) {
        return false;
    }
    if (level == LEVEL_CONCAT) {
        *ret_operator = 0;
        return parser->token.operator_ == PAWL_TOK_TILDE;
    }
    for (size_t i = 0; i < sizeof(binary_operators) / sizeof(binary_operators[0]); i++) {
        if (binary_operators[i].token == parser->token.operator_ &&
            binary_operators[i].level == level) {
            *ret_operator = (uint8_t)binary_operators[i].operator_;
            return true;
        }
    }
    return false;
}

static const struct pawl_node *parse_level(struct pawl_parser *parser, uint8_t level)
{
    if (level > LEVEL_POWER) {
        return pawl_parse_unary(parser, true);
    }
    struct chain chain = {0};
    uint8_t operator_ = 0;
    if (!pawl_node_list_add(parser, &chain.operands, parse_level(parser, level + 1))) {
        return NULL;
    }
    while (is_operator(parser, level, &operator_)) {
        pawl_parser_advance(parser);
        const struct pawl_node *operand = parse_level(parser, level + 1);
        if (operand == NULL || !chain_add(parser, &chain, operator_, operand)) {
            return NULL;
        }
    }
    return chain_end(parser, &chain,
                     level == LEVEL_CONCAT ? PAWL_NODE_CONCAT : PAWL_NODE_ARITHMETIC);
}

/* Goes past a comparison operator, `in` or `not in`. */
static bool skip_comparison(struct pawl_parser *parser, uint8_t *ret_operator)
{
    if (is_operator(parser, LEVEL_COMPARE, ret_operator)) {
        pawl_parser_advance(parser);
        return true;
    }
    if (pawl_parser_skip_name(parser, "in")) {
        *ret_operator = PAWL_OPERATOR_IN;
        return true;
    }
    if (pawl_parser_is_name(parser, "not")) {
        struct pawl_token ahead = pawl_parser_peek(parser);
        if (ahead.kind == PAWL_TOKEN_NAME && pawl_str_is(ahead.text, "in")) {
            pawl_parser_advance(parser);
            pawl_parser_advance(parser);
            *ret_operator = PAWL_OPERATOR_NOT_IN;
            return true;
        }
    }
    return false;
}

static const struct pawl_node *parse_comparison(struct pawl_parser *parser)
{
    struct chain chain = {0};
    uint8_t operator_ = 0;
    if (!pawl_node_list_add(parser, &chain.operands, parse_level(parser, 0))) {
        return NULL;
    }
    while (skip_comparison(parser, &operator_)) {
        const struct pawl_node *operand = parse_level(parser, 0);
        if (operand == NULL || !chain_add(parser, &chain, operator_, operand)) {
            return NULL;
        }
    }
    return chain_end(parser, &chain, PAWL_NODE_COMPARE);
}

static const struct pawl_node *parse_sign(struct pawl_parser *parser, enum pawl_node_op op,
                                          uint32_t start, const struct pawl_node *operand)
{
    struct pawl_node *node = operand == NULL ? NULL : pawl_parser_node(parser, op, start);
    struct pawl_node_list operands = {0};
    if (node == NULL || !pawl_node_list_add(parser, &operands, operand)) {
        return NULL;
    }
    node->u.chain.operands = operands.items;
    node->u.chain.count = 1;
    return pawl_parser_finish(parser, node);
}

static const struct pawl_node *parse_not(struct pawl_parser *parser)
{
    uint32_t start = parser->token.start;
    if (!pawl_parser_is_name(parser, "not")) {
        return parse_comparison(parser);
    }
    if (!pawl_parser_enter(parser)) {
        return NULL;
    }
    pawl_parser_advance(parser);
    const struct pawl_node *node = parse_sign(parser, PAWL_NODE_NOT, start, parse_not(parser));
    pawl_parser_leave(parser);
    return node;
}

static const struct pawl_node *parse_and(struct pawl_parser *parser)
{
    struct chain chain = {0};
    do {
        if (!pawl_node_list_add(parser, &chain.operands, parse_not(parser))) {
            return NULL;
        }
    } while (pawl_parser_skip_name(parser, "and"));
    return chain_end(parser, &chain, PAWL_NODE_AND);
}

const struct pawl_node *pawl_parse_or(struct pawl_parser *parser)
{
    struct chain chain = {0};
    do {
        if (!pawl_node_list_add(parser, &chain.operands, parse_and(parser))) {
            return NULL;
        }
    } while (pawl_parser_skip_name(parser, "or"));
    return chain_end(parser, &chain, PAWL_NODE_OR);
}

/* `then if test else otherwise`, `then` already read. */
static const struct pawl_node *parse_condition(struct pawl_parser *parser,
                                               const struct pawl_node *then)
{
    struct pawl_node *node = pawl_parser_node(parser, PAWL_NODE_CONDITION, then->start);
    if (node == NULL) {
        return NULL;
    }
    node->u.condition.then = then;
    node->u.condition.test = pawl_parse_or(parser);
    if (node->u.condition.test == NULL) {
        return NULL;
    }
    if (pawl_parser_skip_name(parser, "else")) {
        node->u.condition.otherwise = pawl_parse_expression(parser);
        if (node->u.condition.otherwise == NULL) {
            return NULL;
        }
    }
    return pawl_parser_finish(parser, node);
}

const struct pawl_node *pawl_parse_expression(struct pawl_parser *parser)
{
    if (!pawl_parser_enter(parser)) {
        return NULL;
    }
    const struct pawl_node *node = pawl_parse_or(parser);
    while (node != NULL && pawl_parser_skip_name(parser, "if")) {
        node = parse_condition(parser, node);
    }
    pawl_parser_leave(parser);
    return parser->failed ? NULL : node;
}

const struct pawl_node *pawl_parse_unary(struct pawl_parser *parser, bool with_filters)
{
    uint32_t start = parser->token.start;
    bool negates = pawl_parser_is(parser, PAWL_TOK_SUBTRACT);
    const struct pawl_node *node = NULL;
    if (negates || pawl_parser_is(parser, PAWL_TOK_ADD)) {
        if (!pawl_parser_enter(parser)) {
            return NULL;
        }
        pawl_parser_advance(parser);
        node = pawl_parse_unary(parser, false);
        node = parse_sign(parser, negates ? PAWL_NODE_NEGATE : PAWL_NODE_PLUS, start, node);
        pawl_parser_leave(parser);
    } else {
        node = pawl_parse_primary(parser);
    }
    node = node == NULL ? NULL : pawl_parse_postfix(parser, node);
    return node == NULL || !with_filters ? node : pawl_parse_filters(parser, node);
}
