/* The YAML reader on any bytes: it ends, every value has a place, and what it accepts is a value
 * that JSON writes and both readers read back as the same. */
#include "base/limits.h"
#include "base/utf8.h"
#include "fuzz.h"
#include "lang/yaml.h"
#include "value/json.h"

/* Every value of the document by its pointer. */
static void walk(struct pawl_arena *arena, const struct pawl_yaml_places *places,
                 const struct pawl_val *v, struct pawl_str pointer)
{
    struct pawl_place place = pawl_yaml_place(places, pointer);
    FUZZ_HOLDS(place.line > 0 && place.column > 0);
    (void)pawl_yaml_exact(places, pointer);
    for (uint32_t i = 0; i < pawl_val_count(v) && i < 50; i++) {
        struct pawl_str inside = PAWL_STR_NONE;
        if (pawl_val_is(v, PAWL_VAL_LIST)) {
            inside = pawl_arena_printf(arena, PAWL_STR_FMT "/%u", PAWL_STR_ARG(pointer), i);
        } else {
            struct pawl_str key = pawl_val_key(v, i);
            bool plain =
                memchr(key.ptr, '/', key.len) == NULL && memchr(key.ptr, '~', key.len) == NULL;
            if (!plain || key.len > 200 || memchr(key.ptr, '\0', key.len) != NULL) {
                continue;
            }
            inside = pawl_arena_printf(arena, PAWL_STR_FMT "/" PAWL_STR_FMT, PAWL_STR_ARG(pointer),
                                       PAWL_STR_ARG(key));
            FUZZ_HOLDS(pawl_yaml_key_place(places, inside).line > 0);
        }
        if (inside.len < 2000) {
            walk(arena, places, pawl_val_at(v, i), inside);
        }
    }
}

static bool has_long_key(const struct pawl_val *v)
{
    for (uint32_t i = 0; i < pawl_val_count(v); i++) {
        bool is_long = pawl_val_is(v, PAWL_VAL_MAP) && pawl_val_key(v, i).len > 150;
        if (is_long || has_long_key(pawl_val_at(v, i))) {
            return true;
        }
    }
    return false;
}

/* JSON is YAML, but for keys of more than 1,024 characters, texts past the limit on size (aliases
 * make them), and characters above U+FFFFF beside control characters. */
static bool is_plain(const struct pawl_val *v, struct pawl_str json)
{
    return json.len <= PAWL_DOCUMENT_SIZE_MAX && memchr(json.ptr, 0xF4, json.len) == NULL &&
           pawl_str_find(json, PAWL_STR("\\U0010")) == SIZE_MAX && !has_long_key(v);
}

static void check_accepted(struct pawl_arena *arena, const struct pawl_val *v)
{
    struct pawl_str json = pawl_json_text(arena, v, PAWL_JSON_COMPACT);
    const struct pawl_val *again = NULL;
    struct pawl_json_limits limits = pawl_json_limits_stored;
    FUZZ_HOLDS(json.ptr != NULL);
    FUZZ_HOLDS(pawl_json_parse(arena, json, PAWL_JSON_COPY, &limits, &again, NULL) == PAWL_OK);
    FUZZ_HOLDS(pawl_val_eq(v, again));
    const struct pawl_yaml_places *places;
    struct pawl_diags diags;
    pawl_diags_init(&diags, arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc = pawl_yaml_parse(arena, json, &diags, &again, &places);
    FUZZ_HOLDS(rc == PAWL_OK || !is_plain(v, json));
    FUZZ_HOLDS(rc != PAWL_OK || pawl_val_eq(v, again));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pawl_arena arena;
    struct pawl_diags diags;
    struct pawl_str text = {(const char *)data, size};
    const struct pawl_val *v = NULL;
    const struct pawl_yaml_places *places = NULL;
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    pawl_diags_init(&diags, &arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc = pawl_yaml_parse(&arena, text, &diags, &v, &places);
    FUZZ_HOLDS((rc == PAWL_OK) == (v != NULL) && (rc == PAWL_OK) == (diags.count == 0));
    for (uint32_t i = 0; i < diags.count; i++) {
        FUZZ_HOLDS(diags.items[i].place.line > 0 && diags.items[i].message.len > 0);
    }
    if (rc == PAWL_OK) {
        check_accepted(&arena, v);
        walk(&arena, places, v, PAWL_STR(""));
    }
    pawl_arena_fini(&arena);
    return 0;
}
