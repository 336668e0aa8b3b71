/* A set of needles over texts and values. */
#include "value/redact.h"

#include <stdio.h>

#include "value/redact_impl.h"

bool pawl_redact_empty(const struct pawl_redact *set)
{
    return set == NULL || (set->count == 0 && !set->full);
}

/* ---- texts ----------------------------------------------------------------------------------- */

/* What is known so far of a text's masked form. */
struct masked {
    char *bytes; /* NULL until something is found */
    size_t len;
    size_t copied; /* of the text: before it everything is written or hidden */
    bool no_memory;
};

static void put(struct masked *masked, struct pawl_str text)
{
    if (masked->bytes != NULL && text.len > 0) {
        memcpy(masked->bytes + masked->len, text.ptr, text.len);
        masked->len += text.len;
    }
}

/* Two masks have a byte of the text between them, so the result is at most twice as long. */
static void begin_mask(struct redact_scan *scan, struct pawl_arena *arena, struct masked *masked,
                       size_t start)
{
    if (masked->bytes == NULL) {
        masked->bytes = pawl_arena_get(arena, scan->text.len * 2 + sizeof(PAWL_REDACT_MASK), 1);
        masked->no_memory = masked->bytes == NULL;
    }
    put(masked, pawl_str_sub(scan->text, masked->copied, start - masked->copied));
    put(masked, PAWL_STR(PAWL_REDACT_MASK));
}

/* Matches that touch become one mask, and one may begin inside another. */
static struct masked mask(struct redact_scan *scan, struct pawl_arena *arena)
{
    struct masked masked = {0};
    bool found = false;
    for (size_t at = 0; at < scan->text.len && scan->steps_left > 0; at++) {
        if (at > 0 && !scan->set->begins[(uint8_t)scan->text.ptr[at]]) {
            continue;
        }
        size_t start = at, end = pawl_redact_match(scan, at, &start);
        if (end == SIZE_MAX || end <= masked.copied) {
            continue;
        }
        if (!found || start > masked.copied) {
            begin_mask(scan, arena, &masked, start);
        }
        found = true;
        masked.copied = end;
    }
    put(&masked, pawl_str_sub(scan->text, masked.copied, SIZE_MAX));
    return masked;
}

struct pawl_str pawl_redact_text(const struct pawl_redact *set, struct pawl_arena *arena,
                                 struct pawl_str text, unsigned how)
{
    if (pawl_redact_empty(set) || text.len == 0) {
        return text;
    }
    struct redact_scan scan = {.set = set,
                               .text = text,
                               .how = how,
                               .steps_left = PAWL_REDACT_STEPS_MIN +
                                             (uint64_t)text.len * PAWL_REDACT_STEPS_PER_BYTE};
    struct masked masked = set->full ? (struct masked){0} : mask(&scan, arena);
    if (set->full || masked.no_memory || scan.steps_left == 0) {
        return PAWL_STR(PAWL_REDACT_MASK); /* what was not searched is not shown */
    }
    return masked.bytes == NULL ? text : (struct pawl_str){masked.bytes, masked.len};
}

/* ---- values ---------------------------------------------------------------------------------- */

struct pawl_str pawl_redact_digits(const struct pawl_val *val, char digits[24])
{
    if (!pawl_val_is(val, PAWL_VAL_INT)) {
        return pawl_val_str(val);
    }
    int len = snprintf(digits, 24, "%lld", (long long)val->u.integer);
    PAWL_ASSERT(len > 0 && len < 24);
    return (struct pawl_str){digits, (size_t)len};
}

/* Whether a number is a needle, or is long enough to hold one. */
static bool number_found(const struct pawl_redact *set, struct pawl_str digits)
{
    struct redact_scan scan = {.set = set,
                               .text = digits,
                               .how = PAWL_REDACT_LONG_ONLY,
                               .steps_left = PAWL_REDACT_STEPS_MIN};
    for (size_t at = 0; at < digits.len; at++) {
        size_t start = at, end = pawl_redact_match(&scan, at, &start);
        bool whole = end == digits.len && (at == 0 || (at == 1 && digits.ptr[0] == '-'));
        if (end != SIZE_MAX && (whole || end - at >= PAWL_REDACT_NUMBER_PART_MIN)) {
            return true;
        }
    }
    return set->full || scan.steps_left == 0;
}

static const struct pawl_val *redact_tree(const struct pawl_redact *set, struct pawl_arena *arena,
                                          const struct pawl_val *val);

/* What a number or text becomes in which something was found. */
static const struct pawl_val *found(const struct pawl_redact *set, struct pawl_arena *arena,
                                    const struct pawl_val *val, struct pawl_str shown)
{
    if (set->marks == 0) {
        return pawl_val_text(arena, shown);
    }
    struct pawl_val *marked = PAWL_ARENA_NEW(arena, struct pawl_val);
    if (marked != NULL) {
        *marked = *val;
        pawl_val_mark(marked, set->marks);
    }
    return marked;
}

static const struct pawl_val *redact_list(const struct pawl_redact *set, struct pawl_arena *arena,
                                          const struct pawl_val *val)
{
    struct pawl_list_builder list;
    bool changed = false;
    pawl_list_begin(&list, arena);
    for (uint32_t i = 0; i < val->len; i++) {
        const struct pawl_val *item = redact_tree(set, arena, pawl_val_at(val, i));
        changed = changed || item != pawl_val_at(val, i);
        pawl_list_add(&list, item);
    }
    const struct pawl_val *made = pawl_list_end(&list);
    return made != NULL && !changed ? val : made;
}

/* A key of its own: keys that are masked must not push each other out. */
static struct pawl_str key_of_its_own(struct pawl_arena *arena, const struct pawl_val *map,
                                      struct pawl_str key, uint32_t *io_number)
{
    struct pawl_str own = key;
    (*io_number)++;
    if (*io_number > 1) {
        own = pawl_arena_printf(arena, PAWL_STR_FMT "%u", PAWL_STR_ARG(key), *io_number);
    }
    while (own.ptr != NULL && pawl_val_get(map, own) != NULL) {
        (*io_number)++;
        own = pawl_arena_printf(arena, PAWL_STR_FMT "%u", PAWL_STR_ARG(key), *io_number);
    }
    return own;
}

static const struct pawl_val *redact_map(const struct pawl_redact *set, struct pawl_arena *arena,
                                         const struct pawl_val *val)
{
    struct pawl_map_builder map;
    bool changed = false;
    uint32_t number = 0;
    pawl_map_begin(&map, arena);
    for (uint32_t i = 0; i < val->len; i++) {
        const struct pawl_val *member = redact_tree(set, arena, pawl_val_at(val, i));
        struct pawl_str key = pawl_val_key(val, i);
        struct pawl_str shown = pawl_redact_text(set, arena, key, PAWL_REDACT_LONG_ONLY);
        if (shown.ptr != key.ptr) {
            shown = key_of_its_own(arena, val, shown, &number);
        }
        changed = changed || shown.ptr != key.ptr || member != pawl_val_at(val, i);
        pawl_map_add(&map, shown, member);
    }
    const struct pawl_val *made = pawl_map_end(&map);
    return made != NULL && !changed ? val : made;
}

/* Recursion is bounded by PAWL_VALUE_DEPTH_MAX, which every builder keeps. */
static const struct pawl_val *redact_tree(const struct pawl_redact *set, struct pawl_arena *arena,
                                          const struct pawl_val *val)
{
    char digits[24];
    if (pawl_val_is(val, PAWL_VAL_LIST)) {
        return redact_list(set, arena, val);
    }
    if (pawl_val_is(val, PAWL_VAL_MAP)) {
        return redact_map(set, arena, val);
    }
    if (pawl_val_is_number(val)) {
        return number_found(set, pawl_redact_digits(val, digits))
                   ? found(set, arena, val, PAWL_STR(PAWL_REDACT_MASK))
                   : val;
    }
    struct pawl_str text = pawl_val_str(val);
    unsigned how = text.len >= PAWL_REDACT_CUT_FROM ? PAWL_REDACT_CUT : PAWL_REDACT_WHOLE;
    struct pawl_str shown = pawl_redact_text(set, arena, text, how);
    return shown.ptr == text.ptr ? val : found(set, arena, val, shown);
}

const struct pawl_val *pawl_redact_val(const struct pawl_redact *set, struct pawl_arena *arena,
                                       const struct pawl_val *val)
{
    if (pawl_redact_empty(set) || val == NULL) {
        return val;
    }
    const struct pawl_val *shown = redact_tree(set, arena, val);
    return arena->failed ? NULL : shown;
}
