/* The grammar of messages: text, {{ … }}, {% if %}, {% for %}, {% set %}.
 *
 * One parser goes through the whole text: the scanner finds the delimiters, the statement functions
 * read the tags. Scopes are Jinja2's: the bodies of `for` and of `set` are scopes, `if` is none. */
#include "expr/message.h"
#include "expr/scan.h"

/* The message being read. */
struct reader {
    struct pawl_parser *parser;
    struct pawl_scanner scanner;
    struct pawl_ref_list refs;
    uint32_t scope_start;     /* the first visible name of the innermost scope */
    uint32_t *slot_outer;     /* PAWL_LOCALS_MAX of them */
    uint32_t branch_depth;    /* {% if %} and {% for %} around this place */
    uint32_t uncertain_depth; /* {% if %} around it within the scope */
};

struct statement_list {
    struct pawl_statement *items;
    uint32_t count, cap;
};

static bool read_body(struct reader *reader, const char *const *ends, struct pawl_body *ret_body);

/* ---- helpers -----------------------------------------------------------------------------------
 */

static bool statement_add(struct reader *reader, struct statement_list *list,
                          const struct pawl_statement *statement)
{
    struct pawl_parser *parser = reader->parser;
    if (list->count == list->cap) {
        uint32_t cap = list->cap == 0 ? 4 : list->cap * 2;
        void *items = pawl_arena_grow(parser->arena, list->items, list->cap * sizeof(*list->items),
                                      cap * sizeof(*list->items), _Alignof(struct pawl_statement));
        if (items == NULL) {
            parser->failed = true;
            return false;
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = *statement;
    return true;
}

/* Notes what the expression reads; passes it on. */
static const struct pawl_node *noted(struct reader *reader, const struct pawl_node *node)
{
    bool good = node != NULL && !reader->parser->failed &&
                (reader->parser->finding_count > 0 ||
                 pawl_refs_collect(reader->parser, node, reader->branch_depth > 0, &reader->refs));
    return good ? node : NULL;
}

/* The closing delimiter of a tag. */
static bool end_tag(struct reader *reader)
{
    struct pawl_parser *parser = reader->parser;
    if (!parser->failed && (parser->token.kind != PAWL_TOKEN_END || !parser->lexer.closed)) {
        (void)pawl_parser_fail(parser, "'%s' is expected here",
                               parser->lexer.mode == PAWL_LEX_BLOCK ? "%}" : "}}");
    }
    if (parser->failed) {
        return false;
    }
    pawl_scanner_resume(&reader->scanner);
    return true;
}

/* ---- names -------------------------------------------------------------------------------------
 */

static uint32_t outer_slot(const struct pawl_locals *locals, struct pawl_str name)
{
    for (uint32_t i = locals->visible_count; i > 0; i--) {
        if (pawl_str_eq(locals->visible[i - 1].name, name)) {
            return locals->visible[i - 1].slot;
        }
    }
    return PAWL_SLOT_NONE;
}

/* The slot of a name set at this place. False: reported. */
static bool declare(struct reader *reader, struct pawl_str name, uint32_t *ret_slot)
{
    struct pawl_locals *locals = reader->parser->locals;
    bool certain = reader->uncertain_depth == 0;
    for (uint32_t i = reader->scope_start; i < locals->visible_count; i++) {
        if (pawl_str_eq(locals->visible[i].name, name)) {
            locals->visible[i].certain = locals->visible[i].certain || certain;
            *ret_slot = locals->visible[i].slot;
            return true;
        }
    }
    if (locals->slot_count >= PAWL_LOCALS_MAX) {
        (void)pawl_parser_fail(reader->parser, "a message sets at most %d names", PAWL_LOCALS_MAX);
        return false;
    }
    uint32_t slot = locals->slot_count++;
    reader->slot_outer[slot] = outer_slot(locals, name);
    locals->visible[locals->visible_count++] =
        (struct pawl_local){.name = name, .slot = slot, .certain = certain};
    *ret_slot = slot;
    return true;
}

enum { TARGETS_MAX = 16 };

/* Names read from a tag, not yet declared. */
struct target_names {
    struct pawl_str names[TARGETS_MAX];
    uint32_t count;
    bool unpacks;
};

static bool is_reserved(struct pawl_str name)
{
    static const char *const words[] = {"true", "True", "false", "False", "none", "None", "not",
                                        "and",  "or",   "if",    "else",  "in",   "is",   "loop"};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (pawl_str_is(name, words[i])) {
            return true;
        }
    }
    return false;
}

/* `a` or `a, b` or `(a, b)`. */
static bool read_targets(struct reader *reader, struct target_names *targets)
{
    struct pawl_parser *parser = reader->parser;
    bool parentheses = pawl_parser_skip(parser, PAWL_TOK_PAREN_OPEN);
    targets->unpacks = false;
    targets->count = 0;
    do {
        bool is_name = parser->token.kind == PAWL_TOKEN_NAME && !is_reserved(parser->token.text);
        if (!is_name || targets->count == TARGETS_MAX) {
            (void)pawl_parser_fail(parser, "a name to set is expected here");
            return false;
        }
        targets->names[targets->count++] = parser->token.text;
        pawl_parser_advance(parser);
        if (!pawl_parser_is(parser, PAWL_TOK_COMMA)) {
            break;
        }
        targets->unpacks = true;
        pawl_parser_advance(parser);
    } while (!pawl_parser_is_name(parser, "in") && !pawl_parser_is(parser, PAWL_TOK_ASSIGN) &&
             !pawl_parser_is(parser, PAWL_TOK_PAREN_CLOSE));
    return !parentheses || pawl_parser_expect(parser, PAWL_TOK_PAREN_CLOSE);
}

static bool declare_targets(struct reader *reader, const struct target_names *names,
                            struct pawl_targets *ret_targets)
{
    uint32_t *slots = PAWL_ARENA_ARRAY(reader->parser->arena, uint32_t, names->count);
    if (slots == NULL) {
        reader->parser->failed = true;
        return false;
    }
    for (uint32_t i = 0; i < names->count; i++) {
        if (!declare(reader, names->names[i], &slots[i])) {
            return false;
        }
    }
    *ret_targets = (struct pawl_targets){slots, names->count, names->unpacks};
    return true;
}

/* ---- if ----------------------------------------------------------------------------------------
 */

enum { BRANCHES_MAX = 2048 };

static bool branch_add(struct reader *reader, struct pawl_branch **io_branches, uint32_t *io_count,
                       struct pawl_branch branch)
{
    struct pawl_parser *parser = reader->parser;
    size_t size = sizeof(struct pawl_branch);
    if (*io_count == BRANCHES_MAX) {
        (void)pawl_parser_fail(parser, "an if has at most %d branches", BRANCHES_MAX);
        return false;
    }
    struct pawl_branch *grown =
        pawl_arena_get(parser->arena, (*io_count + 1) * size, _Alignof(struct pawl_branch));
    if (grown == NULL) {
        parser->failed = true;
        return false;
    }
    if (*io_count > 0) {
        memcpy(grown, *io_branches, *io_count * size);
    }
    grown[(*io_count)++] = branch;
    *io_branches = grown;
    return true;
}

/* `if` is behind us. */
static bool read_if(struct reader *reader, struct pawl_statement *ret)
{
    static const char *const ends[] = {"elif", "else", "endif", NULL};
    static const char *const last_ends[] = {"endif", NULL};
    struct pawl_parser *parser = reader->parser;
    struct pawl_branch *branches = NULL;
    uint32_t count = 0;
    bool is_else = false;
    bool more = true;
    while (more) {
        struct pawl_branch branch = {0};
        if (!is_else) {
            branch.test = noted(reader, pawl_parse_iterable(parser)); /* no inline if here */
        }
        if ((!is_else && branch.test == NULL) || !end_tag(reader)) {
            return false;
        }
        reader->branch_depth++;
        reader->uncertain_depth++;
        bool good = read_body(reader, is_else ? last_ends : ends, &branch.body);
        reader->branch_depth--;
        reader->uncertain_depth--;
        if (!good || !branch_add(reader, &branches, &count, branch)) {
            return false;
        }
        is_else = pawl_parser_is_name(parser, "else");
        more = is_else || pawl_parser_is_name(parser, "elif");
        pawl_parser_advance(parser);
    }
    ret->op = PAWL_STATEMENT_IF;
    ret->u.if_.branches = branches;
    ret->u.if_.count = count;
    return end_tag(reader);
}

/* ---- for ---------------------------------------------------------------------------------------
 */

/* A scope: names set in it are forgotten at its end. */
struct scope {
    uint32_t visible, start, uncertain, first_slot;
};

static struct scope scope_enter(struct reader *reader)
{
    struct pawl_locals *locals = reader->parser->locals;
    struct scope scope = {locals->visible_count, reader->scope_start, reader->uncertain_depth,
                          locals->slot_count};
    reader->scope_start = locals->visible_count;
    reader->uncertain_depth = 0;
    return scope;
}

static void scope_leave(struct reader *reader, const struct scope *scope)
{
    reader->parser->locals->visible_count = scope->visible;
    reader->scope_start = scope->start;
    reader->uncertain_depth = scope->uncertain;
}

/* The body of a for, in a scope of its own. */
static bool read_for_body(struct reader *reader, const struct target_names *names,
                          struct pawl_for *for_)
{
    static const char *const ends[] = {"else", "endfor", NULL};
    struct pawl_parser *parser = reader->parser;
    struct pawl_locals *locals = parser->locals;
    struct scope scope = scope_enter(reader);
    for_->first_slot = scope.first_slot;
    bool good = declare_targets(reader, names, &for_->targets);
    if (good && pawl_parser_skip_name(parser, "if")) {
        for_->filter = noted(reader, pawl_parse_expression(parser));
        good = for_->filter != NULL;
    }
    for_->recursive = good && pawl_parser_skip_name(parser, "recursive");
    locals->loop_depth++;
    reader->branch_depth++;
    good = good && end_tag(reader) && read_body(reader, ends, &for_->body);
    reader->branch_depth--;
    locals->loop_depth--;
    for_->end_slot = locals->slot_count;
    scope_leave(reader, &scope);
    return good;
}

/* `for` is behind us. */
static bool read_for(struct reader *reader, struct pawl_statement *ret)
{
    static const char *const last_ends[] = {"endfor", NULL};
    struct pawl_parser *parser = reader->parser;
    struct pawl_for *for_ = &ret->u.for_;
    struct target_names names;
    ret->op = PAWL_STATEMENT_FOR;
    *for_ = (struct pawl_for){0};
    if (!read_targets(reader, &names)) {
        return false;
    }
    if (!pawl_parser_skip_name(parser, "in")) {
        (void)pawl_parser_fail(parser, "'in' is expected here");
        return false;
    }
    for_->iterable = noted(reader, pawl_parse_iterable(parser));
    if (for_->iterable == NULL || !read_for_body(reader, &names, for_)) {
        return false;
    }
    if (pawl_parser_skip_name(parser, "else")) {
        reader->branch_depth++;
        reader->uncertain_depth++;
        bool good = end_tag(reader) && read_body(reader, last_ends, &for_->otherwise);
        reader->branch_depth--;
        reader->uncertain_depth--;
        if (!good) {
            return false;
        }
    }
    pawl_parser_advance(parser); /* endfor */
    return end_tag(reader);
}

/* ---- set ---------------------------------------------------------------------------------------
 */

enum { SET_FILTERS_MAX = 16 };

/* The filters behind `{% set name | a | b %}`: read over a value that stands for the body's text.
 */
static bool read_set_filters(struct reader *reader, struct pawl_set *set)
{
    struct pawl_parser *parser = reader->parser;
    const struct pawl_node_call **filters =
        PAWL_ARENA_ARRAY(parser->arena, const struct pawl_node_call *, SET_FILTERS_MAX);
    struct pawl_node *body = pawl_parser_node(parser, PAWL_NODE_LOOP, parser->token.start);
    if (filters == NULL || body == NULL) {
        parser->failed = true;
        return false;
    }
    set->filters = filters;
    while (pawl_parser_skip(parser, PAWL_TOK_PIPE)) {
        if (set->filter_count == SET_FILTERS_MAX) {
            (void)pawl_parser_fail(parser, "at most %d filters can stand here", SET_FILTERS_MAX);
            return false;
        }
        const struct pawl_node *call =
            noted(reader, pawl_parse_filter(parser, body, parser->token.start));
        if (call == NULL) {
            return false;
        }
        if (call->op == PAWL_NODE_CALL) { /* else: unknown, and reported */
            filters[set->filter_count++] = &call->u.call;
        }
    }
    return true;
}

/* `set` is behind us. */
static bool read_set(struct reader *reader, struct pawl_statement *ret)
{
    static const char *const ends[] = {"endset", NULL};
    struct pawl_parser *parser = reader->parser;
    struct pawl_set *set = &ret->u.set;
    struct target_names names;
    ret->op = PAWL_STATEMENT_SET;
    *set = (struct pawl_set){0};
    if (!read_targets(reader, &names)) {
        return false;
    }
    if (pawl_parser_skip(parser, PAWL_TOK_ASSIGN)) {
        set->value = noted(reader, pawl_parse_tuple(parser));
        return set->value != NULL && declare_targets(reader, &names, &set->targets) &&
               end_tag(reader);
    }
    if (names.count != 1) {
        (void)pawl_parser_fail(parser, "'=' is expected here");
        return false;
    }
    if (!read_set_filters(reader, set) || !end_tag(reader)) {
        return false;
    }
    struct scope scope = scope_enter(reader);
    bool good = read_body(reader, ends, &set->body);
    set->first_slot = scope.first_slot;
    set->end_slot = parser->locals->slot_count;
    scope_leave(reader, &scope);
    if (!good || !declare_targets(reader, &names, &set->targets)) {
        return false;
    }
    pawl_parser_advance(parser); /* endset */
    return end_tag(reader);
}

/* ---- bodies ------------------------------------------------------------------------------------
 */

static bool is_end(const struct pawl_parser *parser, const char *const *ends)
{
    for (; *ends != NULL; ends++) {
        if (pawl_parser_is_name(parser, *ends)) {
            return true;
        }
    }
    return false;
}

static bool refuse_tag(struct reader *reader)
{
    struct pawl_parser *parser = reader->parser;
    if (parser->failed) {
        return false;
    }
    parser->failed = true;
    struct pawl_diag *diag = pawl_parser_report(
        parser, PAWL_DIAG_EXPR_STATEMENT, parser->token.start, parser->token.end,
        "'" PAWL_STR_FMT "' is no statement here", PAWL_STR_ARG(parser->token.text));
    pawl_diag_hint(parser->diags, diag,
                   "messages know if/elif/else/endif, for/else/endfor and set/endset");
    return false;
}

/* The tag that opens at the scanner's place; *ret_end: it ends the body. */
static bool read_tag(struct reader *reader, const char *const *ends, struct pawl_statement *ret,
                     bool *ret_end)
{
    static const struct {
        const char *word;
        bool (*read)(struct reader *reader, struct pawl_statement *ret);
    } statements[] = {{"if", read_if}, {"for", read_for}, {"set", read_set}};
    struct pawl_parser *parser = reader->parser;
    pawl_parser_start(parser, reader->scanner.at, PAWL_LEX_BLOCK);
    *ret_end = !parser->failed && is_end(parser, ends);
    if (*ret_end) {
        return true;
    }
    for (size_t i = 0; i < sizeof(statements) / sizeof(statements[0]); i++) {
        if (pawl_parser_skip_name(parser, statements[i].word)) {
            return statements[i].read(reader, ret);
        }
    }
    return refuse_tag(reader);
}

static bool read_output(struct reader *reader, struct pawl_statement *ret)
{
    pawl_parser_start(reader->parser, reader->scanner.at, PAWL_LEX_VARIABLE);
    ret->op = PAWL_STATEMENT_OUTPUT;
    ret->u.output = noted(reader, pawl_parse_tuple(reader->parser));
    return ret->u.output != NULL && end_tag(reader);
}

static bool missing_end(struct reader *reader, const char *const *ends)
{
    if (ends[0] == NULL) {
        return true;
    }
    while (ends[1] != NULL) { /* the last one ends it in any case */
        ends++;
    }
    struct pawl_parser *parser = reader->parser;
    uint32_t end = (uint32_t)parser->source.len;
    parser->failed = true;
    (void)pawl_parser_report(parser, PAWL_DIAG_EXPR_SYNTAX, end, end,
                             "the message ends before '{%% %s %%}'", ends[0]);
    return false;
}

/* Reads statements up to a tag of `ends` (the parser then stands on its word) or, when there are
 * none, to the end of the text. */
static bool read_statements(struct reader *reader, const char *const *ends,
                            struct pawl_body *ret_body)
{
    struct statement_list list = {0};
    enum pawl_scan_next next = PAWL_SCAN_TEXT;
    bool ended = false;
    while (!ended && next != PAWL_SCAN_END) {
        struct pawl_statement statement = {.op = PAWL_STATEMENT_TEXT};
        if (!pawl_scanner_next(&reader->scanner, &statement.u.text, &next) ||
            (statement.u.text.len > 0 && !statement_add(reader, &list, &statement))) {
            return false;
        }
        if (next == PAWL_SCAN_VARIABLE) {
            if (!read_output(reader, &statement) || !statement_add(reader, &list, &statement)) {
                return false;
            }
        } else if (next == PAWL_SCAN_BLOCK) {
            if (!read_tag(reader, ends, &statement, &ended) ||
                (!ended && !statement_add(reader, &list, &statement))) {
                return false;
            }
        }
    }
    *ret_body = (struct pawl_body){list.items, list.count};
    return ended || missing_end(reader, ends);
}

static bool read_body(struct reader *reader, const char *const *ends, struct pawl_body *ret_body)
{
    if (!pawl_parser_enter(reader->parser)) {
        return false;
    }
    bool good = read_statements(reader, ends, ret_body);
    pawl_parser_leave(reader->parser);
    return good;
}

/* ---- the front ---------------------------------------------------------------------------------
 */

static struct pawl_template *read_message(struct pawl_parser *parser)
{
    static const char *const no_ends[] = {NULL};
    struct pawl_locals locals = {
        .visible = PAWL_ARENA_ARRAY(parser->arena, struct pawl_local, PAWL_LOCALS_MAX)};
    struct reader reader = {
        .parser = parser, .slot_outer = PAWL_ARENA_ARRAY(parser->arena, uint32_t, PAWL_LOCALS_MAX)};
    struct pawl_template *template_ = PAWL_ARENA_NEW(parser->arena, struct pawl_template);
    struct pawl_body *body = PAWL_ARENA_NEW(parser->arena, struct pawl_body);
    if (locals.visible == NULL || reader.slot_outer == NULL || template_ == NULL || body == NULL) {
        parser->failed = true;
        return NULL;
    }
    parser->locals = &locals;
    pawl_scanner_init(&reader.scanner, parser);
    bool good = read_body(&reader, no_ends, body) && !parser->failed;
    parser->locals = NULL;
    if (!good) {
        return NULL;
    }
    template_->body = body;
    template_->source = parser->source;
    template_->origin = *parser->origin;
    template_->slot_count = locals.slot_count;
    template_->slot_outer = reader.slot_outer;
    template_->refs = reader.refs.items;
    template_->ref_count = reader.refs.count;
    return template_;
}

enum pawl_rc pawl_message_compile(struct pawl_arena *arena, struct pawl_str source,
                                  const struct pawl_expr_origin *origin, struct pawl_diags *diags,
                                  const struct pawl_template **ret_template)
{
    struct pawl_parser parser;
    struct pawl_template *template_ = NULL;
    if (pawl_source_take(&parser, arena, source, origin, diags)) {
        template_ = read_message(&parser);
    }
    if (parser.finding_count > 0) {
        return PAWL_EINVALID;
    }
    if (template_ == NULL) {
        return PAWL_ENOMEM;
    }
    *ret_template = template_;
    return PAWL_OK;
}
