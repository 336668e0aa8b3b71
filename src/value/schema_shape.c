/* What the value of a keyword must look like, and where the subschemas are in it. One case per
 * shape of the table; the checks here are those that a person should hear about when the schema is
 * compiled, in place of a run over the meta-schema. */
#include "value/schema_compiler.h"

#include "base/panic.h"
#include "value/number.h"

const char *const pawl_schema_type_names[SCHEMA_TYPE_COUNT] = {
    [SCHEMA_TYPE_NULL] = "null",       [SCHEMA_TYPE_BOOLEAN] = "boolean",
    [SCHEMA_TYPE_INTEGER] = "integer", [SCHEMA_TYPE_NUMBER] = "number",
    [SCHEMA_TYPE_STRING] = "string",   [SCHEMA_TYPE_ARRAY] = "array",
    [SCHEMA_TYPE_OBJECT] = "object",
};

static bool is_schema(const struct pawl_val *v)
{
    return pawl_val_is(v, PAWL_VAL_MAP) || pawl_val_is(v, PAWL_VAL_BOOL);
}

static bool is_positive(const struct pawl_val *v)
{
    return pawl_val_is_number(v) && pawl_val_cmp(v, &(struct pawl_val){.kind = PAWL_VAL_INT}) > 0;
}

static bool is_count(const struct pawl_val *v)
{
    return pawl_val_is_number(v) && pawl_val_is_integral(v) &&
           pawl_val_cmp(v, &(struct pawl_val){.kind = PAWL_VAL_INT}) >= 0;
}

/* XML's NCName, of ASCII. */
static bool is_anchor(const struct pawl_val *v)
{
    struct pawl_str name = pawl_val_str(v);
    for (size_t i = 0; i < name.len; i++) {
        char lower = (char)(name.ptr[i] | 0x20);
        bool letter = (lower >= 'a' && lower <= 'z') || name.ptr[i] == '_';
        bool later =
            (name.ptr[i] >= '0' && name.ptr[i] <= '9') || name.ptr[i] == '-' || name.ptr[i] == '.';
        if (!letter && !(later && i > 0)) {
            return false;
        }
    }
    return pawl_val_is(v, PAWL_VAL_TEXT) && name.len > 0;
}

static bool is_type(const struct pawl_val *v)
{
    for (int i = 0; i < SCHEMA_TYPE_COUNT; i++) {
        if (pawl_val_is_text(v, pawl_schema_type_names[i])) {
            return true;
        }
    }
    return false;
}

static bool is_text(const struct pawl_val *v)
{
    return pawl_val_is(v, PAWL_VAL_TEXT);
}

static bool is_list_of(const struct pawl_val *v, bool (*is)(const struct pawl_val *v))
{
    for (uint32_t i = 0; i < pawl_val_count(v); i++) {
        if (!is(pawl_val_at(v, i))) {
            return false;
        }
    }
    return pawl_val_is(v, PAWL_VAL_LIST);
}

static bool is_map_of(const struct pawl_val *v, bool (*is)(const struct pawl_val *v))
{
    for (uint32_t i = 0; i < pawl_val_count(v); i++) {
        if (!is(pawl_val_at(v, i))) {
            return false;
        }
    }
    return pawl_val_is(v, PAWL_VAL_MAP);
}

static bool is_names(const struct pawl_val *v)
{
    return is_list_of(v, is_text);
}

static bool is_types(const struct pawl_val *v)
{
    return is_type(v) || (pawl_val_count(v) > 0 && is_list_of(v, is_type));
}

static bool is_dependency(const struct pawl_val *v)
{
    return is_schema(v) || is_names(v);
}

static bool is_anything(const struct pawl_val *v)
{
    return v != NULL;
}

static bool is_bool(const struct pawl_val *v)
{
    return pawl_val_is(v, PAWL_VAL_BOOL);
}

static bool is_list(const struct pawl_val *v)
{
    return pawl_val_is(v, PAWL_VAL_LIST);
}

static bool is_map(const struct pawl_val *v)
{
    return pawl_val_is(v, PAWL_VAL_MAP);
}

static bool is_names_map(const struct pawl_val *v)
{
    return is_map_of(v, is_names);
}

static bool is_dependencies(const struct pawl_val *v)
{
    return is_map_of(v, is_dependency);
}

static bool is_schema_list(const struct pawl_val *v)
{
    return pawl_val_count(v) > 0 && is_list_of(v, is_schema);
}

static bool is_schema_map(const struct pawl_val *v)
{
    return is_map_of(v, is_schema);
}

static bool is_schema_or_list(const struct pawl_val *v)
{
    return is_schema(v) || is_list_of(v, is_schema);
}

bool pawl_schema_shape_check(enum schema_shape shape, const struct pawl_val *value,
                             const char **ret_what)
{
    static const struct {
        bool (*is)(const struct pawl_val *v);
        const char *what;
    } shapes[] = {
        [SCHEMA_SHAPE_ANYTHING] = {is_anything, "must be a value"},
        [SCHEMA_SHAPE_TEXT] = {is_text, "must be a string"},
        [SCHEMA_SHAPE_ANCHOR] = {is_anchor, "must be a name of letters, digits, '-', '_' and '.'"},
        [SCHEMA_SHAPE_BOOL] = {is_bool, "must be true or false"},
        [SCHEMA_SHAPE_NUMBER] = {pawl_val_is_number, "must be a number"},
        [SCHEMA_SHAPE_POSITIVE] = {is_positive, "must be a number greater than 0"},
        [SCHEMA_SHAPE_COUNT] = {is_count, "must be a whole number that is not negative"},
        [SCHEMA_SHAPE_LIST] = {is_list, "must be an array"},
        [SCHEMA_SHAPE_MAP] = {is_map, "must be an object"},
        [SCHEMA_SHAPE_TYPES] = {is_types, "must be a type (null, boolean, integer, number, string, "
                                          "array, object) or an array of types"},
        [SCHEMA_SHAPE_NAMES] = {is_names, "must be an array of strings"},
        [SCHEMA_SHAPE_NAMES_MAP] = {is_names_map, "must be an object of arrays of strings"},
        [SCHEMA_SHAPE_DEPENDENCIES] = {is_dependencies,
                                       "must be an object of schemas and arrays of strings"},
        [SCHEMA_SHAPE_SCHEMA_ONE] = {is_schema, "must be a schema (an object, true or false)"},
        [SCHEMA_SHAPE_SCHEMA_LIST] = {is_schema_list,
                                      "must be an array of schemas with one at least"},
        [SCHEMA_SHAPE_SCHEMA_MAP] = {is_schema_map, "must be an object of schemas"},
        [SCHEMA_SHAPE_SCHEMA_ONE_OR_LIST] = {is_schema_or_list,
                                             "must be a schema or an array of schemas"},
    };
    PAWL_ASSERT((size_t)shape < sizeof(shapes) / sizeof(shapes[0]));
    *ret_what = shapes[shape].what;
    return shapes[shape].is(value);
}

static bool has_schemas(enum schema_shape shape)
{
    return shape == SCHEMA_SHAPE_SCHEMA_ONE || shape == SCHEMA_SHAPE_SCHEMA_LIST ||
           shape == SCHEMA_SHAPE_SCHEMA_MAP || shape == SCHEMA_SHAPE_SCHEMA_ONE_OR_LIST ||
           shape == SCHEMA_SHAPE_DEPENDENCIES;
}

enum pawl_rc pawl_schema_shape_each(struct schema_compiler *compiler, struct schema_node *node,
                                    enum schema_shape shape, struct pawl_str keyword,
                                    const struct pawl_val *value, schema_place_fn *fn)
{
    struct schema_place place = {.keyword = keyword, .source = value};
    bool one = shape == SCHEMA_SHAPE_SCHEMA_ONE || shape == SCHEMA_SHAPE_SCHEMA_ONE_OR_LIST;
    if (!has_schemas(shape)) {
        return PAWL_OK;
    }
    if (one && is_schema(value)) {
        return fn(compiler, node, &place);
    }
    if (shape == SCHEMA_SHAPE_SCHEMA_ONE) {
        return PAWL_OK; /* wrong, and refused when its node is compiled */
    }
    bool map = pawl_val_is(value, PAWL_VAL_MAP);
    place.step = map ? SCHEMA_STEP_KEY : SCHEMA_STEP_INDEX;
    for (uint32_t i = 0; i < pawl_val_count(value); i++) {
        place.source = pawl_val_at(value, i);
        place.index = i;
        place.key = map ? pawl_val_key(value, i) : PAWL_STR_NONE;
        enum pawl_rc rc = is_schema(place.source) ? fn(compiler, node, &place) : PAWL_OK;
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    return PAWL_OK;
}
