/* Compiling a schema: the driver. Indexes the root document, then compiles every node that is
 * wanted: all of the root document, so that a mistake anywhere in it is found, and what references
 * reach in others. At the end, subschemas that would be applied to the same value for ever are
 * refused. Called once per schema; the result never changes. */
#include "value/schema_compiler.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/panic.h"

const struct schema_keyword_info pawl_schema_keywords[SCHEMA_KEYWORD_COUNT] = {
#define PAWL_X(id_, name_, drafts_, vocabulary_, shape_, kinds_, compile_, check_)                 \
    [SCHEMA_KEYWORD_##id_] = {                                                                     \
        .id = SCHEMA_KEYWORD_##id_,                                                                \
        .name = name_,                                                                             \
        .name_len = sizeof(name_) - 1,                                                             \
        .drafts = SCHEMA_##drafts_,                                                                \
        .vocabulary = SCHEMA_##vocabulary_,                                                        \
        .kinds = SCHEMA_##kinds_,                                                                  \
        .shape = SCHEMA_SHAPE_##shape_,                                                            \
        .compile = pawl_schema_compile_##compile_,                                                 \
        .check = pawl_schema_check_##check_,                                                       \
    },
#include "value/schema_keywords.def"
#undef PAWL_X
};

/* ---- errors -----------------------------------------------------------------------------------
 */

enum { PLACE_DEPTH_MAX = 24 }; /* nodes named in an error's place; the innermost are shown */

/* The node's place as a JSON pointer behind the URI of its document, as much as fits. */
static void format_place(char *out, size_t room, const struct schema_node *node)
{
    const struct schema_node *path[PLACE_DEPTH_MAX];
    size_t count = 0, len = 0;
    const struct schema_node *at = node;
    for (; at->parent != NULL && count < PLACE_DEPTH_MAX; at = at->parent) {
        path[count++] = at;
    }
    while (at->parent != NULL) {
        at = at->parent;
    }
    int wrote = snprintf(out, room, PAWL_STR_FMT "#", PAWL_STR_ARG(at->resource->uri));
    PAWL_ASSERT(wrote >= 0);
    len = (size_t)wrote;
    while (count > 0 && len < room) {
        const struct schema_node *step = path[--count];
        const char *slash = step->step == SCHEMA_STEP_POINTER ? "" : "/";
        wrote =
            snprintf(out + len, room - len, "%s" PAWL_STR_FMT, slash, PAWL_STR_ARG(step->keyword));
        len += (size_t)wrote;
        if (len < room && step->step == SCHEMA_STEP_INDEX) {
            len += (size_t)snprintf(out + len, room - len, "/%u", (unsigned)step->index);
        } else if (len < room && step->step == SCHEMA_STEP_KEY) {
            len +=
                (size_t)snprintf(out + len, room - len, "/" PAWL_STR_FMT, PAWL_STR_ARG(step->key));
        }
    }
}

enum pawl_rc pawl_schema_refuse(struct schema_compiler *compiler, const struct schema_node *node,
                                enum pawl_rc rc, const char *format, ...)
{
    char place[200], what[180];
    va_list args;
    va_start(args, format);
    int wrote = vsnprintf(what, sizeof(what), format, args);
    va_end(args);
    PAWL_ASSERT(wrote >= 0);
    format_place(place, sizeof(place), node);
    return pawl_err_set(compiler->err, rc, "at %s: %s", place, what);
}

enum pawl_rc pawl_schema_short_of_memory(struct schema_compiler *compiler)
{
    return pawl_err_set(compiler->err, PAWL_ENOMEM, "%s", pawl_rc_text(PAWL_ENOMEM));
}

/* ---- one node ---------------------------------------------------------------------------------
 */

static enum schema_keyword_id find_keyword(struct pawl_str name, unsigned draft)
{
    for (int i = 0; i < SCHEMA_KEYWORD_COUNT; i++) {
        const struct schema_keyword_info *info = &pawl_schema_keywords[i];
        if (info->name_len == name.len && (info->drafts & draft) != 0 &&
            memcmp(info->name, name.ptr, name.len) == 0) {
            return info->id;
        }
    }
    return SCHEMA_KEYWORD_COUNT;
}

void pawl_schema_keyword_values(const struct schema_node *node,
                                const struct pawl_val *ret_values[SCHEMA_KEYWORD_COUNT])
{
    memset(ret_values, 0, SCHEMA_KEYWORD_COUNT * sizeof(*ret_values));
    for (uint32_t i = 0; i < pawl_val_count(node->source); i++) {
        enum schema_keyword_id id =
            find_keyword(pawl_val_key(node->source, i), node->resource->draft);
        if (id != SCHEMA_KEYWORD_COUNT) {
            ret_values[id] = pawl_val_at(node->source, i);
        }
    }
}

/* Draft 7 has no vocabularies. */
static bool applies(const struct schema_keyword_info *info, const struct schema_node *node)
{
    const struct schema_resource *resource = node->resource;
    return resource->draft == SCHEMA_D7 || (info->vocabulary & resource->vocabularies) != 0;
}

static enum pawl_rc compile_keyword(struct schema_compiler *compiler, struct schema_node *node,
                                    const struct schema_keyword_info *info,
                                    const struct pawl_val *value)
{
    const char *what;
    struct schema_keyword *keyword = &node->keywords[node->keyword_count];
    if (!pawl_schema_shape_check(info->shape, value, &what)) {
        return pawl_schema_refuse(compiler, node, PAWL_EINVALID, "'%s' %s", info->name, what);
    }
    *keyword = (struct schema_keyword){.info = info, .value = value};
    if (info->check == pawl_schema_check_none) {
        keyword->info = NULL;
    }
    enum pawl_rc rc = info->compile(compiler, node, keyword);
    if (rc == PAWL_OK && keyword->info != NULL) {
        node->keyword_count++;
    }
    return rc;
}

/* In draft 7 a $ref hides what stands beside it. */
static bool is_alone(const struct schema_node *node)
{
    return node->resource->draft == SCHEMA_D7 &&
           pawl_val_is(PAWL_VAL_GET(node->source, "$ref"), PAWL_VAL_TEXT);
}

static enum pawl_rc compile_node(struct schema_compiler *compiler, struct schema_node *node)
{
    if (pawl_val_is(node->source, PAWL_VAL_BOOL)) {
        node->verdict = node->source->u.boolean ? SCHEMA_VERDICT_TRUE : SCHEMA_VERDICT_FALSE;
        return PAWL_OK;
    }
    const struct pawl_val *values[SCHEMA_KEYWORD_COUNT];
    bool alone = is_alone(node);
    node->sensitive = pawl_val_get_bool(node->source, "sensitive", false);
    compiler->schema->sensitive = compiler->schema->sensitive || node->sensitive;
    node->keywords =
        PAWL_ARENA_ARRAY(compiler->arena, struct schema_keyword, pawl_val_count(node->source) + 1);
    if (node->keywords == NULL) {
        return pawl_schema_short_of_memory(compiler);
    }
    pawl_schema_keyword_values(node, values);
    for (int i = 0; i < SCHEMA_KEYWORD_COUNT; i++) {
        const struct schema_keyword_info *info = &pawl_schema_keywords[i];
        bool hidden = alone && info->id != SCHEMA_KEYWORD_REF;
        if (values[i] == NULL || hidden || !applies(info, node)) {
            continue;
        }
        enum pawl_rc rc = compile_keyword(compiler, node, info, values[i]);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    bool empty = node->keyword_count == 0 && !node->sensitive;
    node->verdict = empty ? SCHEMA_VERDICT_TRUE : SCHEMA_VERDICT_BY_KEYWORDS;
    return PAWL_OK;
}

/* ---- circles ----------------------------------------------------------------------------------
 */

/* How many subschemas a keyword applies to the instance itself; some may be NULL. */
static uint32_t in_place_count(const struct schema_keyword *keyword)
{
    enum schema_keyword_id id = keyword->info->id;
    if (id == SCHEMA_KEYWORD_ALL_OF || id == SCHEMA_KEYWORD_ANY_OF || id == SCHEMA_KEYWORD_ONE_OF) {
        return keyword->u.nodes->count;
    }
    if (id == SCHEMA_KEYWORD_DEPENDENT_SCHEMAS || id == SCHEMA_KEYWORD_DEPENDENCIES) {
        return keyword->u.dependencies->count;
    }
    return id == SCHEMA_KEYWORD_REF || id == SCHEMA_KEYWORD_NOT ? 1
           : id == SCHEMA_KEYWORD_IF                            ? 3
                                                                : 0;
}

static struct schema_node *in_place_item(const struct schema_keyword *keyword, uint32_t item)
{
    enum schema_keyword_id id = keyword->info->id;
    if (id == SCHEMA_KEYWORD_REF || id == SCHEMA_KEYWORD_NOT) {
        return keyword->u.node;
    }
    if (id == SCHEMA_KEYWORD_IF) {
        const struct schema_if *condition = keyword->u.condition;
        return item == 0 ? condition->test : item == 1 ? condition->then : condition->otherwise;
    }
    bool dependent = id == SCHEMA_KEYWORD_DEPENDENT_SCHEMAS || id == SCHEMA_KEYWORD_DEPENDENCIES;
    return dependent ? keyword->u.dependencies->items[item].node : keyword->u.nodes->items[item];
}

struct schema_node *pawl_schema_in_place_next(const struct schema_node *node,
                                              struct schema_place_cursor *cursor)
{
    for (; cursor->keyword < node->keyword_count; cursor->keyword++, cursor->item = 0) {
        const struct schema_keyword *keyword = &node->keywords[cursor->keyword];
        uint32_t count = in_place_count(keyword);
        while (cursor->item < count) {
            struct schema_node *found = in_place_item(keyword, cursor->item++);
            if (found != NULL) {
                return found;
            }
        }
    }
    return NULL;
}

/* A depth-first walk over in-place subschemas with a stack of its own; a node that is met again
 * while it is on the stack is part of a circle. */
struct walk_step {
    struct schema_node *node;
    struct schema_place_cursor cursor;
};
enum walk_mark { WALK_NEW, WALK_OPEN, WALK_DONE };

static uint32_t position_of(const struct schema_compiler *compiler, const struct schema_node *node)
{
    const struct pawl_val *source = node->source;
    return pawl_map_find(&compiler->nodes_by_source,
                         (struct pawl_str){(const char *)&source, sizeof(source)});
}

static enum pawl_rc refuse_circles_from(struct schema_compiler *compiler, struct schema_node *start,
                                        uint8_t *marks, struct walk_step *stack)
{
    uint32_t depth = 0;
    stack[depth++] = (struct walk_step){.node = start};
    marks[position_of(compiler, start)] = WALK_OPEN;
    while (depth > 0) {
        struct walk_step *top = &stack[depth - 1];
        struct schema_node *next = pawl_schema_in_place_next(top->node, &top->cursor);
        if (next == NULL) {
            marks[position_of(compiler, top->node)] = WALK_DONE;
            depth--;
            continue;
        }
        uint32_t at = position_of(compiler, next);
        if (marks[at] == WALK_OPEN) {
            return pawl_schema_refuse(compiler, top->node, PAWL_EINVALID,
                                      "the references go round in a circle");
        }
        if (marks[at] == WALK_NEW) {
            marks[at] = WALK_OPEN;
            stack[depth++] = (struct walk_step){.node = next};
        }
    }
    return PAWL_OK;
}

static enum pawl_rc refuse_circles(struct schema_compiler *compiler)
{
    struct pawl_arena scratch; /* not kept with the schema */
    enum pawl_rc rc = PAWL_OK;
    pawl_arena_init(&scratch, compiler->arena->alloc, PAWL_SCHEMA_MEMORY_MAX);
    uint8_t *marks = PAWL_ARENA_ARRAY(&scratch, uint8_t, compiler->node_count);
    struct walk_step *stack = PAWL_ARENA_ARRAY(&scratch, struct walk_step, compiler->node_count);
    if (marks == NULL || stack == NULL) {
        rc = pawl_schema_short_of_memory(compiler);
    }
    for (uint32_t i = 0; i < compiler->queue_count && rc == PAWL_OK; i++) {
        if (marks[position_of(compiler, compiler->queue[i])] == WALK_NEW) {
            rc = refuse_circles_from(compiler, compiler->queue[i], marks, stack);
        }
    }
    pawl_arena_fini(&scratch);
    return rc;
}

/* ---- the whole --------------------------------------------------------------------------------
 */

static enum pawl_rc compile_root(struct schema_compiler *compiler, const struct pawl_val *source)
{
    const struct pawl_schema_options *options = compiler->options;
    uint8_t draft = options->draft == PAWL_SCHEMA_DRAFT_7 ? SCHEMA_D7 : SCHEMA_D20;
    if (!pawl_val_is(source, PAWL_VAL_MAP) && !pawl_val_is(source, PAWL_VAL_BOOL)) {
        return pawl_err_set(compiler->err, PAWL_EINVALID,
                            "at #: a schema must be an object, true or false");
    }
    enum pawl_rc rc = pawl_schema_add_document(compiler, options->base_uri, source, draft,
                                               &compiler->schema->root);
    uint32_t own = compiler->node_count;
    for (uint32_t i = 0; i < own && rc == PAWL_OK; i++) {
        rc = pawl_schema_want(compiler, compiler->nodes[i]);
    }
    for (uint32_t i = 0; i < compiler->queue_count && rc == PAWL_OK; i++) {
        rc = compile_node(compiler, compiler->queue[i]);
    }
    return rc == PAWL_OK ? refuse_circles(compiler) : rc;
}

enum pawl_rc pawl_schema_compile(struct pawl_arena *arena, const struct pawl_val *schema,
                                 const struct pawl_schema_options *options,
                                 struct pawl_schema **ret_schema, struct pawl_err *err)
{
    static const struct pawl_schema_options usual = {.assert_format = true};
    struct schema_compiler compiler = {
        .arena = arena,
        .options = options != NULL ? options : &usual,
        .schema = PAWL_ARENA_NEW(arena, struct pawl_schema),
        .err = err,
    };
    PAWL_ASSERT(schema != NULL);
    if (compiler.schema == NULL) {
        return pawl_schema_short_of_memory(&compiler);
    }
    compiler.schema->alloc = arena->alloc;
    pawl_map_init(&compiler.nodes_by_source, arena);
    pawl_map_init(&compiler.resources_by_uri, arena);
    pawl_map_init(&compiler.nodes_by_anchor, arena);
    enum pawl_rc rc = compile_root(&compiler, schema);
    if (rc != PAWL_OK) {
        pawl_schema_fini(compiler.schema);
        return rc;
    }
    *ret_schema = compiler.schema;
    return PAWL_OK;
}

void pawl_schema_fini(struct pawl_schema *schema)
{
    if (schema == NULL) {
        return;
    }
    for (struct schema_regex *at = schema->regexes; at != NULL; at = at->next) {
        pawl_regex_free(at->regex);
    }
    schema->regexes = NULL; /* legal twice */
}
