/* Findings with their places, and the small things that every stage of the compiler needs. */
#include <stdarg.h>
#include <stdio.h>

#include "lang/compile.h"

enum { MESSAGE_MAX = 512 };

/* What was cut ends at a character's border. */
static struct pawl_str message_of(char message[MESSAGE_MAX], const char *format, va_list args)
    __attribute__((format(printf, 2, 0)));
static struct pawl_str message_of(char message[MESSAGE_MAX], const char *format, va_list args)
{
    int wanted = vsnprintf(message, MESSAGE_MAX, format, args);
    size_t len = wanted < 0 ? 0 : (size_t)wanted;
    if (len >= MESSAGE_MAX) {
        len = MESSAGE_MAX - 1;
        while (len > 0 && ((unsigned char)message[len] & 0xC0u) == 0x80u) {
            len--;
        }
    }
    return (struct pawl_str){message, len};
}

/* One mistake in `defaults` is met by every step, but told once. */
static struct pawl_diag *add(struct pawl_lang *lang, enum pawl_diag_code code,
                             struct pawl_place place, struct pawl_str pointer,
                             struct pawl_str message)
{
    for (uint32_t i = 0; i < lang->diags->count; i++) {
        struct pawl_diag *diag = &lang->diags->items[i];
        if (diag->code == code && diag->place.line == place.line &&
            diag->place.column == place.column && pawl_str_eq(diag->message, message)) {
            return diag;
        }
    }
    return pawl_diag_add(lang->diags, code, place, pointer, PAWL_STR_FMT, PAWL_STR_ARG(message));
}

struct pawl_diag *pawl_lang_find_at(struct pawl_lang *lang, enum pawl_diag_code code,
                                    struct pawl_place place, struct pawl_str pointer,
                                    const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    struct pawl_str text = message_of(message, format, args);
    va_end(args);
    return add(lang, code, place, pointer, text);
}

struct pawl_diag *pawl_lang_find(struct pawl_lang *lang, enum pawl_diag_code code,
                                 struct pawl_str pointer, const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    struct pawl_str text = message_of(message, format, args);
    va_end(args);
    return add(lang, code, pawl_yaml_place(lang->places, pointer), pointer, text);
}

struct pawl_diag *pawl_lang_find_key(struct pawl_lang *lang, enum pawl_diag_code code,
                                     struct pawl_str pointer, const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    struct pawl_str text = message_of(message, format, args);
    va_end(args);
    return add(lang, code, pawl_yaml_key_place(lang->places, pointer), pointer, text);
}

void pawl_lang_hint(struct pawl_lang *lang, struct pawl_diag *diag, const char *format, ...)
{
    char message[MESSAGE_MAX];
    va_list args;
    va_start(args, format);
    struct pawl_str text = message_of(message, format, args);
    va_end(args);
    pawl_diag_hint(lang->diags, diag, PAWL_STR_FMT, PAWL_STR_ARG(text));
}

bool pawl_lang_hint_near(struct pawl_lang *lang, struct pawl_diag *diag, struct pawl_str word,
                         const struct pawl_str *candidates, uint32_t count)
{
    if (diag == NULL) { /* past the most that are shown: nobody reads it */
        return false;
    }
    struct pawl_str near = pawl_str_suggest(word, candidates, count);
    if (near.len > 0) {
        pawl_lang_hint(lang, diag, "did you mean '" PAWL_STR_FMT "'?", PAWL_STR_ARG(near));
    }
    return near.len > 0;
}

struct pawl_str pawl_lang_pointer(struct pawl_lang *lang, struct pawl_str pointer,
                                  struct pawl_str key)
{
    size_t escapes = 0;
    for (size_t i = 0; i < key.len; i++) {
        escapes += key.ptr[i] == '~' || key.ptr[i] == '/';
    }
    size_t len = pointer.len + 1 + key.len + escapes;
    char *text = PAWL_LANG_ARRAY(lang, char, len);
    if (text == NULL) {
        return PAWL_STR("");
    }
    memcpy(text, pointer.len > 0 ? pointer.ptr : "", pointer.len);
    size_t at = pointer.len;
    text[at++] = '/';
    for (size_t i = 0; i < key.len; i++) {
        bool escape = key.ptr[i] == '~' || key.ptr[i] == '/';
        if (escape) {
            text[at++] = '~';
        }
        text[at++] = !escape ? key.ptr[i] : key.ptr[i] == '~' ? '0' : '1';
    }
    PAWL_ASSERT(at == len);
    return (struct pawl_str){text, len};
}

struct pawl_str pawl_lang_pointer_at(struct pawl_lang *lang, struct pawl_str pointer,
                                     uint32_t index)
{
    char digits[16];
    int wrote = snprintf(digits, sizeof(digits), "%u", index);
    return pawl_lang_pointer(lang, pointer, (struct pawl_str){digits, (size_t)wrote});
}

void *pawl_lang_array(struct pawl_lang *lang, size_t count, size_t size, size_t align)
{
    void *items = pawl_arena_array(lang->arena, count, size, align);
    lang->no_memory |= items == NULL;
    return items;
}

void pawl_lang_list_add(struct pawl_lang *lang, struct pawl_lang_list *list, uint32_t step)
{
    if (list->count == list->cap) {
        uint32_t cap = list->cap == 0 ? 4 : list->cap * 2;
        uint32_t *items = pawl_arena_grow(lang->arena, list->items, list->cap * sizeof(uint32_t),
                                          cap * sizeof(uint32_t), _Alignof(uint32_t));
        if (items == NULL) {
            lang->no_memory = true;
            return;
        }
        list->items = items;
        list->cap = cap;
    }
    list->items[list->count++] = step;
}

bool pawl_lang_list_has(const struct pawl_lang_list *list, uint32_t step)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i] == step) {
            return true;
        }
    }
    return false;
}

bool pawl_lang_has_template(struct pawl_str text)
{
    return pawl_str_find(text, PAWL_STR("{{")) != SIZE_MAX;
}

uint32_t pawl_lang_step_find(const struct pawl_lang *lang, struct pawl_str id)
{
    char spelled[PAWL_ID_SIZE_MAX];
    if (id.len == 0 || id.len > sizeof(spelled)) {
        return PAWL_STEP_NONE;
    }
    for (size_t i = 0; i < id.len; i++) {
        spelled[i] = id.ptr[i] == '-' ? '_' : id.ptr[i];
    }
    uint32_t step = pawl_map_find(&lang->ids, (struct pawl_str){spelled, id.len});
    return step == PAWL_MAP_NONE ? PAWL_STEP_NONE : step;
}

uint32_t pawl_lang_step_resolve(struct pawl_lang *lang, const struct pawl_val *names, uint32_t i,
                                struct pawl_str pointer, const char *what)
{
    const struct pawl_val *name = pawl_lang_item(names, i);
    if (!pawl_val_is(name, PAWL_VAL_TEXT)) {
        return PAWL_STEP_NONE; /* the schema says so */
    }
    struct pawl_str id = pawl_val_str(name);
    uint32_t step = pawl_lang_step_find(lang, id);
    if (step != PAWL_STEP_NONE || lang->diags->dropped > 0) {
        return step;
    }
    struct pawl_diag *diag = pawl_lang_find(
        lang, PAWL_DIAG_UNKNOWN_STEP, pawl_lang_item_pointer(lang, names, pointer, i),
        "%s names '" PAWL_STR_FMT "', which is no step of this workflow", what,
        PAWL_STR_ARG(pawl_str_sub(id, 0, 128)));
    if (pawl_lang_has_template(id)) {
        pawl_lang_hint(lang, diag,
                       "steps are named as they are written; templates cannot name them");
    } else {
        pawl_lang_hint_step(lang, diag, id);
    }
    return PAWL_STEP_NONE;
}

void pawl_lang_hint_step(struct pawl_lang *lang, struct pawl_diag *diag, struct pawl_str id)
{
    char list[300];
    size_t len = 0;
    if (diag == NULL) {
        return;
    }
    struct pawl_str *ids = PAWL_LANG_ARRAY(lang, struct pawl_str, lang->step_count + 1u);
    for (uint32_t i = 0; ids != NULL && i < lang->step_count; i++) {
        ids[i] = lang->steps[i].id;
    }
    if (ids == NULL || pawl_lang_hint_near(lang, diag, id, ids, lang->step_count)) {
        return;
    }
    for (uint32_t i = 0; i < lang->step_count; i++) {
        if (len + ids[i].len + 4 > sizeof(list)) {
            return; /* many steps: a list would not help */
        }
        if (ids[i].len > 0) {
            len += (size_t)snprintf(list + len, sizeof(list) - len, "%s" PAWL_STR_FMT,
                                    len > 0 ? ", " : "", PAWL_STR_ARG(ids[i]));
        }
    }
    pawl_lang_hint(lang, diag, "the steps are: %.*s", (int)len, list);
}

bool pawl_lang_is_upstream(const struct pawl_lang *lang, uint32_t of, uint32_t step)
{
    PAWL_ASSERT(lang->acyclic);
    PAWL_ASSERT(of < lang->step_count && step < lang->step_count);
    const uint64_t *row = &lang->upstream[(size_t)of * lang->upstream_words];
    return (row[step / 64] >> (step % 64) & 1u) != 0;
}

const struct pawl_val *pawl_lang_setting(const struct pawl_lang *lang,
                                         const struct pawl_lang_step *step, const char *key)
{
    const struct pawl_val *own = pawl_val_get(step->doc, pawl_str_from(key));
    if (own != NULL || !pawl_lang_kind_is(step, PAWL_STEP_KIND_EFFECT)) {
        return own;
    }
    return pawl_val_get(PAWL_VAL_GET(lang->document, "defaults"), pawl_str_from(key));
}

uint32_t pawl_lang_items(const struct pawl_val *one_or_list)
{
    return pawl_val_is(one_or_list, PAWL_VAL_LIST) ? one_or_list->len : one_or_list != NULL;
}

const struct pawl_val *pawl_lang_item(const struct pawl_val *one_or_list, uint32_t i)
{
    return pawl_val_is(one_or_list, PAWL_VAL_LIST) ? pawl_val_at(one_or_list, i) : one_or_list;
}

struct pawl_str pawl_lang_item_pointer(struct pawl_lang *lang, const struct pawl_val *one_or_list,
                                       struct pawl_str pointer, uint32_t i)
{
    return pawl_val_is(one_or_list, PAWL_VAL_LIST) ? pawl_lang_pointer_at(lang, pointer, i)
                                                   : pointer;
}
