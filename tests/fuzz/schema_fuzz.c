/* A schema and an instance: two JSON texts with a zero byte between them or, when the first byte is
 * odd, both drawn from a grammar by the bytes that follow, so that most inputs compile.
 *
 * Whatever they are: a check ends; the verdict is the same with and without errors, and with less
 * fuel it is the same or none; errors point at places that are there; defaults are filled in once
 * and for all; the walks over annotations agree with the instance. */
#include "fuzz.h"

#include "base/buf.h"
#include "value/json.h"
#include "value/schema.h"

enum { MEMORY_MAX = 16 << 20, FUEL = 200000, DEPTH_MAX = 6 };

/* ---- drawing texts ----------------------------------------------------------------------------
 */

struct source {
    const uint8_t *data;
    size_t size, at;
};

static unsigned draw(struct source *source, unsigned below)
{
    return source->at < source->size ? source->data[source->at++] % below : 0;
}

static const char *draw_of(struct source *source, const char *const *words, unsigned count)
{
    return words[draw(source, count)];
}

#define DRAW_OF(source, words) draw_of((source), (words), sizeof(words) / sizeof((words)[0]))

static const char *const keys[] = {"a", "b", "ab", "x/y", "~", "\\u0000", "$ref", ""};
static const char *const scalars[] = {"null",
                                      "true",
                                      "0",
                                      "1",
                                      "-1",
                                      "1.0",
                                      "0.5",
                                      "1e2",
                                      "3",
                                      "1e400",
                                      "\"a\"",
                                      "\"ab\"",
                                      "\"\"",
                                      "\"1\"",
                                      "\"2024-02-29\"",
                                      "12345678901234567890.5"};
static const char *const patterns[] = {"^a", "b$", "^(a|b)*$", "[^x]", "\\\\d", "(a*)*c", ""};
static const char *const refs[] = {
    "#",     "#/$defs/a",      "#/$defs/b", "#anchor",
    "other", "#/properties/a", "#/items",   "https://json-schema.org/draft/2020-12/schema"};
static const char *const types[] = {"null",   "boolean", "integer", "number",
                                    "string", "array",   "object"};
static const char *const bounds[] = {"minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum"};
static const char *const counts[] = {"minLength",   "maxLength",     "minItems",
                                     "maxItems",    "minProperties", "maxProperties",
                                     "minContains", "maxContains"};
static const char *const ones[] = {
    "items", "contains", "additionalProperties", "propertyNames",        "not", "if",
    "then",  "else",     "unevaluatedItems",     "unevaluatedProperties"};
static const char *const lists[] = {"allOf", "anyOf", "oneOf", "prefixItems"};
static const char *const maps[] = {"properties", "$defs", "dependentSchemas", "patternProperties"};
static const char *const formats[] = {"date-time", "date", "time", "duration", "email", "hostname",
                                      "ipv4",      "ipv6", "uri",  "uuid",     "regex"};

static void put_value(struct source *source, struct pawl_buf *out, unsigned depth)
{
    unsigned kind = draw(source, 8);
    if (kind < 5 || depth == 0) {
        pawl_buf_put_cstr(out, DRAW_OF(source, scalars));
        return;
    }
    unsigned count = draw(source, 4);
    pawl_buf_put_cstr(out, kind < 7 ? "{" : "[");
    for (unsigned i = 0; i < count; i++) {
        pawl_buf_put_cstr(out, i == 0 ? "" : ",");
        if (kind < 7) { /* the number keeps keys apart */
            pawl_buf_printf(out, "\"%s%s\":", DRAW_OF(source, keys),
                            i == 0   ? ""
                            : i == 1 ? "1"
                            : i == 2 ? "2"
                                     : "3");
        }
        put_value(source, out, depth - 1);
    }
    pawl_buf_put_cstr(out, kind < 7 ? "}" : "]");
}

static void put_schema(struct source *source, struct pawl_buf *out, unsigned depth);

static void put_schemas(struct source *source, struct pawl_buf *out, unsigned depth, bool map)
{
    unsigned count = 1 + draw(source, 3);
    for (unsigned i = 0; i < count; i++) {
        pawl_buf_put_cstr(out, i == 0 ? "" : ",");
        if (map) {
            static const char *const suffixes[] = {"", "1", "2"};
            pawl_buf_printf(out, "\"%s%s\":", DRAW_OF(source, keys), suffixes[i]);
        }
        put_schema(source, out, depth - 1);
    }
}

/* One keyword; those that lead further only while depth allows. */
static void put_keyword(struct source *source, struct pawl_buf *out, unsigned depth)
{
    switch (draw(source, depth == 0 ? 10 : 15)) {
    case 0:
        pawl_buf_printf(out, "\"type\":\"%s\"", DRAW_OF(source, types));
        break;
    case 1:
        pawl_buf_printf(out, "\"type\":[\"%s\",\"integer\"]", DRAW_OF(source, types));
        break;
    case 2:
        pawl_buf_printf(out, "\"%s\":%u.5", DRAW_OF(source, bounds), draw(source, 4));
        break;
    case 3:
        pawl_buf_printf(out, "\"%s\":%u", DRAW_OF(source, counts), draw(source, 4));
        break;
    case 4:
        pawl_buf_printf(out, "\"pattern\":\"%s\"", DRAW_OF(source, patterns));
        break;
    case 5:
        pawl_buf_printf(out, "\"$ref\":\"%s\"", DRAW_OF(source, refs));
        break;
    case 6:
        pawl_buf_put_cstr(out, draw(source, 2) == 0 ? "\"const\":" : "\"default\":");
        put_value(source, out, 2);
        break;
    case 7:
        pawl_buf_printf(out, "\"format\":\"%s\"", DRAW_OF(source, formats));
        break;
    case 8:
        pawl_buf_printf(out, "\"required\":[\"%s\"],\"uniqueItems\":true", DRAW_OF(source, keys));
        break;
    case 9:
        pawl_buf_printf(out, "\"multipleOf\":%s,\"sensitive\":true",
                        draw(source, 2) == 0 ? "0.01" : "123456789012345678901");
        break;
    case 10:
    case 11:
        pawl_buf_printf(out, "\"%s\":", DRAW_OF(source, ones));
        put_schema(source, out, depth - 1);
        break;
    case 12:
        pawl_buf_printf(out, "\"%s\":[", DRAW_OF(source, lists));
        put_schemas(source, out, depth, false);
        pawl_buf_put_cstr(out, "]");
        break;
    default:
        pawl_buf_printf(out, "\"%s\":{", DRAW_OF(source, maps));
        put_schemas(source, out, depth, true);
        pawl_buf_put_cstr(out, "}");
        break;
    }
}

static void put_schema(struct source *source, struct pawl_buf *out, unsigned depth)
{
    unsigned count = draw(source, 5);
    if (count == 0) {
        pawl_buf_put_cstr(out, draw(source, 4) == 0 ? "false" : "true");
        return;
    }
    pawl_buf_put_cstr(out, "{");
    for (unsigned i = 0; i + 1 < count; i++) {
        pawl_buf_put_cstr(out, i == 0 ? "" : ",");
        put_keyword(source, out, depth);
    }
    pawl_buf_put_cstr(out, "}");
}

/* ---- properties -------------------------------------------------------------------------------
 */

static void check_place(void *ctx, struct pawl_str pointer, const struct pawl_val *annotation)
{
    FUZZ_HOLDS(pawl_val_pointer(ctx, pointer) != NULL);
    FUZZ_HOLDS(annotation != NULL);
}

static void check_verdicts(struct pawl_arena *arena, const struct pawl_schema *schema,
                           const struct pawl_val *v)
{
    struct pawl_schema_errors errors;
    pawl_schema_errors_init(&errors, arena, 10);
    enum pawl_rc verdict = pawl_schema_check(schema, v, FUEL, NULL);
    enum pawl_rc loud = pawl_schema_check(schema, v, FUEL, &errors);
    FUZZ_HOLDS(verdict == PAWL_OK || verdict == PAWL_EINVALID || verdict == PAWL_EFUEL ||
               verdict == PAWL_ELIMIT);
    FUZZ_HOLDS(loud == verdict || loud == PAWL_EFUEL || loud == PAWL_ELIMIT ||
               verdict == PAWL_EFUEL);
    if (loud == PAWL_EINVALID || loud == PAWL_OK) {
        FUZZ_HOLDS((loud == PAWL_EINVALID) == (errors.count > 0));
    }
    for (uint32_t i = 0; i < errors.count; i++) {
        FUZZ_HOLDS(pawl_val_pointer(v, errors.items[i].instance_pointer) != NULL);
        FUZZ_HOLDS(errors.items[i].message.len > 0);
    }
    enum pawl_rc little = pawl_schema_check(schema, v, 40, NULL);
    FUZZ_HOLDS(little == verdict || little == PAWL_EFUEL);
}

static void check_walks(struct pawl_arena *arena, const struct pawl_schema *schema,
                        const struct pawl_val *v)
{
    enum pawl_rc rc = pawl_schema_annotations(schema, v, PAWL_STR("sensitive"), check_place,
                                              (void *)(uintptr_t)v);
    FUZZ_HOLDS(rc == PAWL_OK || rc == PAWL_EFUEL || rc == PAWL_ELIMIT || rc == PAWL_ENOMEM);
    const struct pawl_val *filled = pawl_schema_fill_defaults(arena, schema, v);
    if (filled != NULL) {
        const struct pawl_val *again = pawl_schema_fill_defaults(arena, schema, filled);
        FUZZ_HOLDS(filled == v || pawl_val_kind(filled) == pawl_val_kind(v));
        FUZZ_HOLDS(again == NULL || pawl_val_kind(again) == pawl_val_kind(v));
    }
}

static bool parse(struct pawl_arena *arena, struct pawl_str text, const struct pawl_val **ret)
{
    return pawl_json_parse(arena, text, PAWL_JSON_COPY, NULL, ret, NULL) == PAWL_OK;
}

static void run(struct pawl_str schema_text, struct pawl_str instance_text)
{
    struct pawl_arena arena;
    const struct pawl_val *source, *instance;
    struct pawl_schema *schema = NULL;
    struct pawl_err err = {0};
    pawl_arena_init(&arena, NULL, MEMORY_MAX);
    if (parse(&arena, schema_text, &source) && parse(&arena, instance_text, &instance)) {
        enum pawl_rc rc = pawl_schema_compile(&arena, source, NULL, &schema, &err);
        FUZZ_HOLDS(rc == PAWL_OK || err.msg[0] != '\0');
        FUZZ_HOLDS(rc == PAWL_OK || rc == PAWL_EINVALID || rc == PAWL_ELIMIT || rc == PAWL_ENOMEM);
        if (rc == PAWL_OK) {
            check_verdicts(&arena, schema, instance);
            check_walks(&arena, schema, instance);
        }
        pawl_schema_fini(schema);
    }
    pawl_arena_fini(&arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0) {
        return 0;
    }
    if (data[0] % 2 == 0) {
        struct pawl_str whole = {(const char *)data + 1, size - 1};
        const char *zero = memchr(whole.ptr, 0, whole.len);
        size_t length = zero == NULL ? whole.len : (size_t)(zero - whole.ptr);
        run(pawl_str_sub(whole, 0, length), pawl_str_sub(whole, length + 1, SIZE_MAX));
        return 0;
    }
    struct source source = {data + 1, size - 1, 0};
    struct pawl_buf schema, instance;
    pawl_buf_init(&schema, NULL, 1 << 20);
    pawl_buf_init(&instance, NULL, 1 << 20);
    put_value(&source, &instance, 3);
    put_schema(&source, &schema, DEPTH_MAX);
    if (schema.rc == PAWL_OK && instance.rc == PAWL_OK) {
        run(pawl_buf_str(&schema), pawl_buf_str(&instance));
    }
    pawl_buf_fini(&schema);
    pawl_buf_fini(&instance);
    return 0;
}
