/* The sealed form of marked values, made and opened; see sensitive.h.
 *
 * A marked scalar is sealed by itself, so that a reader still sees which members there are; what is
 * marked as a whole, and a long list of marked items, is sealed as one. What is sealed is the
 * value's JSON. */
#include "base/limits.h"
#include "core/sensitive.h"
#include "value/json.h"

enum {
    SEALED_ALONE_MAX = 16, /* items of a list that are sealed one by one */
    SEALED_STEP = 32,      /* bytes: what is sealed is as long as a multiple of it */
};

/* ---- the form ---------------------------------------------------------------------------- */

static bool is_token(struct pawl_str text)
{
    if (!pawl_str_starts(text, PAWL_STR("1."))) {
        return false;
    }
    for (size_t i = 2; i < text.len; i++) {
        char c = text.ptr[i];
        bool good = (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
                    c == '-' || c == '_' || c == '.';
        if (!good) {
            return false;
        }
    }
    return true;
}

struct pawl_str pawl_seal_token(const struct pawl_val *val)
{
    bool form = pawl_val_is(val, PAWL_VAL_MAP) && val->len == 1 &&
                pawl_str_is(pawl_val_key(val, 0), PAWL_SEALED_KEY) &&
                pawl_val_is(pawl_val_at(val, 0), PAWL_VAL_TEXT);
    struct pawl_str text = form ? pawl_val_str(pawl_val_at(val, 0)) : PAWL_STR_NONE;
    return form && is_token(text) ? text : PAWL_STR_NONE;
}

/* A map of one member whose key could be taken for ours, or for an escaped one. */
static bool is_seal_like(const struct pawl_val *val)
{
    return val->kind == PAWL_VAL_MAP && val->len == 1 &&
           pawl_seal_like_key(val->u.members[0].key, val->u.members[0].key_len);
}

/* ---- walking: what has nothing to change is kept as it is -------------------------------- */

enum direction { SEAL, OPEN, REVEAL };

struct walk {
    enum direction direction;
    const struct pawl_facts *facts;
    struct pawl_arena *arena;
    struct pawl_err *err;
    bool shut;
};

static const struct pawl_val *walk(struct walk *w, const struct pawl_val *val);

/* The key that a member has on the other side. */
static struct pawl_str key_across(const struct walk *w, const struct pawl_val *map, uint32_t i)
{
    struct pawl_str key = pawl_val_key(map, i);
    if (!is_seal_like(map)) {
        return key;
    }
    if (w->direction == SEAL) {
        return pawl_arena_printf(w->arena, "$" PAWL_STR_FMT, PAWL_STR_ARG(key));
    }
    bool escaped = key.len > sizeof(PAWL_SEALED_KEY) - 1;
    return escaped ? pawl_str_sub(key, 1, SIZE_MAX) : key; /* of 0.1, when it is not */
}

static const struct pawl_val *walk_parts(struct walk *w, const struct pawl_val *val)
{
    PAWL_ASSERT(val->depth <= PAWL_VALUE_DEPTH_MAX); /* bounds the recursion */
    if (val->kind == PAWL_VAL_LIST) {
        struct pawl_list_builder list;
        pawl_list_begin(&list, w->arena);
        for (uint32_t i = 0; i < val->len; i++) {
            pawl_list_add(&list, walk(w, &val->u.items[i]));
        }
        return pawl_list_end(&list);
    }
    struct pawl_map_builder map;
    pawl_map_begin(&map, w->arena);
    for (uint32_t i = 0; i < val->len; i++) {
        pawl_map_add(&map, key_across(w, val, i), walk(w, pawl_val_at(val, i)));
    }
    return pawl_map_end(&map);
}

static bool long_and_all_marked(const struct pawl_val *val)
{
    bool all = val->kind == PAWL_VAL_LIST && val->len > SEALED_ALONE_MAX;
    for (uint32_t i = 0; all && i < val->len; i++) {
        all = pawl_val_sensitive(&val->u.items[i]);
    }
    return all;
}

/* Blanks behind JSON mean nothing to its reader, and the size no longer tells true from false or
 * how long a name is. */
static struct pawl_str padded(struct pawl_arena *arena, struct pawl_str json)
{
    size_t len = (json.len + SEALED_STEP - 1) / SEALED_STEP * SEALED_STEP;
    char *text = json.ptr == NULL ? NULL : pawl_arena_get(arena, len, 1);
    if (text == NULL) {
        return PAWL_STR_NONE;
    }
    memcpy(text, json.ptr, json.len);
    memset(text + json.len, ' ', len - json.len);
    return (struct pawl_str){text, len};
}

static const struct pawl_val *seal_one(struct walk *w, const struct pawl_val *val)
{
    struct pawl_str token = PAWL_STR_NONE;
    struct pawl_str text = padded(w->arena, pawl_json_text(w->arena, val, PAWL_JSON_COMPACT));
    if (text.ptr == NULL) {
        return NULL;
    }
    if (w->facts->seal == NULL || !w->facts->seal(w->facts->ctx, w->arena, text, &token)) {
        if (!w->arena->failed) {
            (void)pawl_err_set(w->err, PAWL_EIO,
                               "a sensitive value cannot be sealed: this engine has no key");
        }
        return NULL;
    }
    PAWL_ASSERT(is_token(token));
    struct pawl_map_builder map;
    pawl_map_begin(&map, w->arena);
    pawl_map_add_str(&map, PAWL_SEALED_KEY, token);
    return pawl_map_end(&map);
}

static const struct pawl_val *open_one(struct walk *w, struct pawl_str token)
{
    struct pawl_str text = PAWL_STR_NONE;
    const struct pawl_val *val = NULL;
    bool opened = w->facts != NULL && w->facts->unseal != NULL &&
                  w->facts->unseal(w->facts->ctx, w->arena, token, &text);
    opened = opened && pawl_json_parse(w->arena, text, PAWL_JSON_COPY, &pawl_json_limits_stored,
                                       &val, NULL) == PAWL_OK;
    struct pawl_val *marked = PAWL_ARENA_NEW(w->arena, struct pawl_val);
    if (marked == NULL || w->arena->failed) {
        return NULL;
    }
    w->shut = w->shut || !opened;
    *marked = opened ? *val : pawl_val_text_view(PAWL_STR(PAWL_MASK));
    pawl_val_mark(marked, PAWL_VAL_SENSITIVE);
    return marked;
}

static bool is_container(const struct pawl_val *val)
{
    return val->kind == PAWL_VAL_LIST || val->kind == PAWL_VAL_MAP;
}

/* Marked, and not only for some of its parts. */
static bool is_marked_whole(const struct pawl_val *val)
{
    bool whole = (pawl_val_whole_marks(val) & PAWL_VAL_SENSITIVE) != 0;
    return pawl_val_sensitive(val) && (whole || !is_container(val));
}

static const struct pawl_val *walk(struct walk *w, const struct pawl_val *val)
{
    if (!pawl_val_sensitive(val) && (val->flags & PAWL_VAL_SEAL_LIKE) == 0) {
        return val;
    }
    bool whole = is_marked_whole(val);
    struct pawl_str token = w->direction == SEAL ? PAWL_STR_NONE : pawl_seal_token(val);
    if (w->direction == SEAL && (whole || long_and_all_marked(val))) {
        return seal_one(w, val);
    }
    if (w->direction == OPEN && token.ptr != NULL) {
        return open_one(w, token);
    }
    if (w->direction == REVEAL && (token.ptr != NULL || whole)) {
        return pawl_val_text(w->arena, PAWL_STR(PAWL_MASK));
    }
    return is_container(val) ? walk_parts(w, val) : val;
}

/* ---- the three ways ---------------------------------------------------------------------- */

const struct pawl_val *pawl_seal(const struct pawl_facts *facts, struct pawl_arena *arena,
                                 const struct pawl_val *val, struct pawl_err *err)
{
    struct walk w = {.direction = SEAL, .facts = facts, .arena = arena, .err = err};
    return walk(&w, val);
}

const struct pawl_val *pawl_seal_open(const struct pawl_facts *facts, struct pawl_arena *arena,
                                      const struct pawl_val *val, bool *ret_shut)
{
    struct walk w = {.direction = OPEN, .facts = facts, .arena = arena};
    const struct pawl_val *opened = walk(&w, val);
    *ret_shut = w.shut;
    return opened;
}

const struct pawl_val *pawl_reveal(struct pawl_arena *arena, const struct pawl_val *val)
{
    struct walk w = {.direction = REVEAL, .arena = arena};
    return walk(&w, val);
}

bool pawl_reveal_changes(struct pawl_str json)
{
    static const char form[] = "sealed\":";
    return json.len > 0 && memmem(json.ptr, json.len, form, sizeof(form) - 1) != NULL;
}

struct pawl_str pawl_reveal_text(struct pawl_arena *arena, struct pawl_str json)
{
    const struct pawl_val *val = NULL;
    if (!pawl_reveal_changes(json)) {
        return json;
    }
    if (pawl_json_parse(arena, json, PAWL_JSON_COPY, &pawl_json_limits_stored, &val, NULL) !=
        PAWL_OK) {
        return PAWL_STR_NONE;
    }
    val = pawl_reveal(arena, val);
    return val == NULL ? PAWL_STR_NONE : pawl_json_text(arena, val, PAWL_JSON_COMPACT);
}
