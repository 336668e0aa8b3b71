/* An evaluated config against its action's schema; see the header. */
#include "plan/config_check.h"

#include "base/limits.h"
#include "value/json.h"
#include "value/schema.h"

struct pawl_config_schema {
    const struct pawl_val *source;
    struct pawl_schema *schema;
    bool for_people;
    bool writes; /* has a field whose values are written as JSON */
};

/* ---- values written as JSON ------------------------------------------------------------------ */

static bool is_written(const struct pawl_val *schema, const struct pawl_val *val)
{
    struct pawl_str how = pawl_val_get_str(schema, "x-values", PAWL_STR_NONE);
    bool scalar = pawl_val_is_number(val) || pawl_val_is(val, PAWL_VAL_BOOL);
    bool nested = pawl_val_is(val, PAWL_VAL_LIST) || pawl_val_is(val, PAWL_VAL_MAP);
    return pawl_str_is(how, "json") ? scalar || nested : pawl_str_is(how, "scalar") && scalar;
}

static const struct pawl_val *write_text(struct pawl_arena *arena, const struct pawl_val *val)
{
    struct pawl_val *text = PAWL_ARENA_NEW(arena, struct pawl_val);
    struct pawl_str json = pawl_json_text(arena, val, PAWL_JSON_COMPACT);
    if (text == NULL || json.ptr == NULL) {
        return NULL;
    }
    *text = pawl_val_text_view(json);
    text->flags = (uint8_t)(text->flags | pawl_val_marks(val));
    return text;
}

static const struct pawl_val *schema_of_key(const struct pawl_val *schema, struct pawl_str key)
{
    const struct pawl_val *own = pawl_val_get(PAWL_VAL_GET(schema, "properties"), key);
    return own != NULL ? own : PAWL_VAL_GET(schema, "additionalProperties");
}

/* A copy that carries the marks as a whole, as the value did that it was made of. */
static const struct pawl_val *marked(struct pawl_arena *arena, const struct pawl_val *made,
                                     unsigned marks)
{
    struct pawl_val *copy = made == NULL ? NULL : PAWL_ARENA_NEW(arena, struct pawl_val);
    if (copy != NULL) {
        *copy = *made;
        pawl_val_mark(copy, marks);
    }
    return copy;
}

/* The value itself when nothing of it is written. Recursion follows the schema, whose depth is that
 * of a text that was read. */
static const struct pawl_val *write_values(struct pawl_arena *arena, const struct pawl_val *schema,
                                           const struct pawl_val *val)
{
    bool map = pawl_val_is(val, PAWL_VAL_MAP), changed = false;
    if (!pawl_val_is(schema, PAWL_VAL_MAP)) {
        return val;
    }
    if (is_written(schema, val)) {
        return write_text(arena, val);
    }
    for (uint32_t i = 0; i < pawl_val_count(val) && !changed; i++) {
        const struct pawl_val *part =
            map ? schema_of_key(schema, pawl_val_key(val, i)) : PAWL_VAL_GET(schema, "items");
        changed = write_values(arena, part, pawl_val_at(val, i)) != pawl_val_at(val, i);
    }
    if (!changed) {
        return val;
    }
    struct pawl_map_builder members;
    struct pawl_list_builder items;
    pawl_map_begin(&members, arena);
    pawl_list_begin(&items, arena);
    for (uint32_t i = 0; i < pawl_val_count(val); i++) {
        if (map) {
            const struct pawl_val *part = schema_of_key(schema, pawl_val_key(val, i));
            pawl_map_add(&members, pawl_val_key(val, i),
                         write_values(arena, part, pawl_val_at(val, i)));
        } else {
            pawl_list_add(&items,
                          write_values(arena, PAWL_VAL_GET(schema, "items"), pawl_val_at(val, i)));
        }
    }
    return marked(arena, map ? pawl_map_end(&members) : pawl_list_end(&items),
                  pawl_val_whole_marks(val));
}

/* ---- the check ------------------------------------------------------------------------------- */

enum pawl_rc pawl_config_schema_compile(struct pawl_arena *arena, struct pawl_str text,
                                        struct pawl_config_schema **ret_schema,
                                        struct pawl_err *err)
{
    struct pawl_config_schema *made = PAWL_ARENA_NEW(arena, struct pawl_config_schema);
    if (made == NULL) {
        return pawl_err_set(err, PAWL_ENOMEM, "out of memory for a schema");
    }
    enum pawl_rc rc = pawl_json_parse(arena, text, PAWL_JSON_COPY, NULL, &made->source, err);
    if (rc == PAWL_OK) {
        rc = pawl_schema_compile(arena, made->source, NULL, &made->schema, err);
    }
    made->writes = pawl_str_find(text, PAWL_STR("\"x-values\"")) != SIZE_MAX;
    made->for_people = rc == PAWL_OK && pawl_val_get_bool(made->source, "x-for-people", false);
    *ret_schema = rc == PAWL_OK ? made : NULL;
    return rc;
}

bool pawl_config_schema_for_people(const struct pawl_config_schema *schema)
{
    return schema->for_people;
}

void pawl_config_schema_fini(struct pawl_config_schema *schema)
{
    if (schema != NULL) {
        pawl_schema_fini(schema->schema);
    }
}

/* /headers/X-A is config.headers.X-A; /command/1 is config.command[1]. A key that was computed from
 * a secret is config.headers.***. */
static struct pawl_str path_of(struct pawl_arena *arena, struct pawl_str pointer,
                               const struct pawl_val *config)
{
    struct pawl_str path = PAWL_STR("config");
    const struct pawl_val *at = config;
    for (size_t from = 0; from < pointer.len;) {
        struct pawl_str rest = pawl_str_sub(pointer, from + 1, SIZE_MAX);
        size_t len = pawl_str_find(rest, PAWL_STR("/"));
        struct pawl_str token = pawl_str_sub(rest, 0, len);
        bool list = pawl_val_is(at, PAWL_VAL_LIST);
        bool hidden = !list && at != NULL && pawl_val_whole_marks(at) != 0;
        at = pawl_val_pointer(at, pawl_str_sub(pointer, from, token.len + 1));
        struct pawl_str shown = hidden ? PAWL_STR("***") : token;
        path = pawl_arena_printf(arena, PAWL_STR_FMT "%s" PAWL_STR_FMT "%s", PAWL_STR_ARG(path),
                                 list ? "[" : ".", PAWL_STR_ARG(shown), list ? "]" : "");
        from += token.len + 1;
    }
    return path;
}

static struct pawl_str message_of(struct pawl_arena *arena, const struct pawl_schema_errors *errors,
                                  const struct pawl_val *config)
{
    if (errors->count == 0) {
        return PAWL_STR("config is not as the action needs it");
    }
    const struct pawl_schema_error *first = &errors->items[0];
    struct pawl_str path = path_of(arena, first->instance_pointer, config);
    uint32_t more = errors->count + errors->dropped - 1;
    struct pawl_str others =
        more == 0 ? PAWL_STR("") : pawl_arena_printf(arena, " (and %u more)", more);
    return pawl_arena_printf(arena, PAWL_STR_FMT " " PAWL_STR_FMT "%s" PAWL_STR_FMT PAWL_STR_FMT,
                             PAWL_STR_ARG(path), PAWL_STR_ARG(first->message),
                             first->hint.len > 0 ? "; " : "", PAWL_STR_ARG(first->hint),
                             PAWL_STR_ARG(others));
}

enum pawl_rc pawl_config_check(const struct pawl_config_schema *schema, struct pawl_arena *arena,
                               const struct pawl_val *config, const struct pawl_val **ret_config,
                               struct pawl_str *ret_message)
{
    const struct pawl_val *written =
        schema->writes ? write_values(arena, schema->source, config) : config;
    if (written == NULL) {
        return PAWL_ENOMEM;
    }
    *ret_config = written;
    if (pawl_schema_check(schema->schema, written, 0, NULL) == PAWL_OK) {
        return PAWL_OK;
    }
    struct pawl_schema_errors errors;
    pawl_schema_errors_init(&errors, arena, 1);
    enum pawl_rc rc = pawl_schema_check(schema->schema, written, 0, &errors);
    if (rc == PAWL_EINVALID) {
        *ret_message = message_of(arena, &errors, written);
    } else if (rc == PAWL_EFUEL || rc == PAWL_ELIMIT) {
        *ret_message = PAWL_STR("config is too large to be checked");
    }
    return rc == PAWL_OK || rc == PAWL_ENOMEM || arena->failed ? PAWL_ENOMEM : PAWL_EINVALID;
}
