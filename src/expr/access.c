/* Parts of values: members, items, slices, and what can be gone over.
 *
 * Jinja2's rule is kept: a part that does not exist is undefined, never an error by itself. Texts
 * are sequences of code points. Members of maps are found by the hash that the compiler computed.
 */
#include "base/utf8.h"
#include "expr/run.h"

enum { SCAN_MAX = 8 };

const struct pawl_val *pawl_member_find(const struct pawl_val *map, struct pawl_str name,
                                        uint32_t hash)
{
    if (!pawl_val_is(map, PAWL_VAL_MAP)) {
        return NULL;
    }
    if (map->len > SCAN_MAX) {
        return pawl_val_get(map, name);
    }
    for (uint32_t i = 0; i < map->len; i++) {
        const struct pawl_member *member = &map->u.members[i];
        if (member->key_hash == hash && member->key_len == name.len &&
            (name.len == 0 || memcmp(member->key, name.ptr, name.len) == 0)) {
            return &member->val;
        }
    }
    return NULL;
}

/* No such part; the marks say whether asking told something secret. */
static struct pawl_val nothing_of(const struct pawl_val *of)
{
    struct pawl_val val = {.kind = PAWL_VAL_UNDEFINED};
    pawl_val_mark(&val, pawl_val_whole_marks(of));
    return val;
}

void pawl_expr_attribute(struct pawl_expr_run *run, const struct pawl_val *of, struct pawl_str name,
                         uint32_t hash, struct pawl_val *ret)
{
    (void)run;
    const struct pawl_val *member = pawl_member_find(of, name, hash);
    *ret = member == NULL ? nothing_of(of) : pawl_val_part(of, member);
}

/* ---- characters --------------------------------------------------------------------------------
 */

/* Offset of the code point number `index` (or the end). */
static size_t offset_of(struct pawl_str text, uint32_t index)
{
    size_t at = 0;
    while (index > 0 && at < text.len) {
        at++;
        while (at < text.len && ((unsigned char)text.ptr[at] & 0xc0) == 0x80) {
            at++;
        }
        index--;
    }
    return at;
}

static struct pawl_str char_at(struct pawl_str text, size_t at)
{
    size_t next = at;
    (void)pawl_utf8_next(text, &next); /* the text is valid */
    return pawl_str_sub(text, at, next - at);
}

static bool is_ascii(struct pawl_str text)
{
    return pawl_utf8_count(text) == text.len;
}

/* ---- items -------------------------------------------------------------------------------------
 */

static bool index_of(const struct pawl_val *index, uint32_t count, uint32_t *ret_index)
{
    int64_t at = index->kind == PAWL_VAL_BOOL ? index->u.boolean : index->u.integer;
    at += at < 0 ? (int64_t)count : 0;
    *ret_index = (uint32_t)at;
    return at >= 0 && at < (int64_t)count;
}

enum pawl_rc pawl_expr_item(struct pawl_expr_run *run, const struct pawl_val *of,
                            const struct pawl_val *index, struct pawl_val *ret)
{
    bool is_integer = index->kind == PAWL_VAL_INT || index->kind == PAWL_VAL_BOOL;
    uint32_t at = 0;
    *ret = nothing_of(of);
    if (of->kind == PAWL_VAL_MAP && index->kind == PAWL_VAL_TEXT) {
        struct pawl_str name = pawl_val_str(index);
        pawl_expr_attribute(run, of, name, pawl_str_hash(name), ret);
    } else if (of->kind == PAWL_VAL_LIST && is_integer && index_of(index, of->len, &at)) {
        *ret = pawl_val_part(of, &of->u.items[at]);
    } else if (of->kind == PAWL_VAL_TEXT && is_integer) {
        struct pawl_str text = pawl_val_str(of);
        enum pawl_rc rc = pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_BYTE);
        if (rc != PAWL_OK) {
            return rc;
        }
        if (index_of(index, (uint32_t)pawl_utf8_count(text), &at)) {
            *ret = pawl_val_text_view(char_at(text, offset_of(text, at)));
            pawl_val_mark(ret, pawl_val_marks(of));
        }
    }
    pawl_val_mark(ret, pawl_val_marks(index));
    return PAWL_OK;
}

/* ---- slices ------------------------------------------------------------------------------------
 */

struct range {
    int64_t start, stop, step;
};

/* A bound of a slice within [low, high]; negative ones count from the end. */
static enum pawl_rc read_bound(struct pawl_expr_run *run, const struct pawl_val *val, int64_t count,
                               int64_t low, int64_t high, int64_t *io_bound)
{
    if (val->kind == PAWL_VAL_NULL) {
        return PAWL_OK;
    }
    if (val->kind != PAWL_VAL_INT && val->kind != PAWL_VAL_BOOL) {
        return pawl_expr_wrong_kind(run, "the bounds of a slice must be whole numbers", val);
    }
    int64_t bound = val->kind == PAWL_VAL_INT ? val->u.integer : val->u.boolean;
    bound += bound < 0 ? count : 0;
    *io_bound = bound < low ? low : bound > high ? high : bound;
    return PAWL_OK;
}

static enum pawl_rc read_range(struct pawl_expr_run *run, const struct pawl_val bounds[3],
                               int64_t count, struct range *ret)
{
    ret->step = 1;
    if (bounds[2].kind == PAWL_VAL_INT || bounds[2].kind == PAWL_VAL_BOOL) {
        ret->step = bounds[2].kind == PAWL_VAL_INT ? bounds[2].u.integer : bounds[2].u.boolean;
    } else if (bounds[2].kind != PAWL_VAL_NULL) {
        return pawl_expr_wrong_kind(run, "the bounds of a slice must be whole numbers", &bounds[2]);
    }
    if (ret->step == 0) {
        return pawl_expr_fail(run, "value", "the step of a slice cannot be 0");
    }
    bool forward = ret->step > 0;
    int64_t low = forward ? 0 : -1, high = forward ? count : count - 1;
    ret->start = forward ? low : high;
    ret->stop = forward ? high : low;
    enum pawl_rc rc = read_bound(run, &bounds[0], count, low, high, &ret->start);
    return rc != PAWL_OK ? rc : read_bound(run, &bounds[1], count, low, high, &ret->stop);
}

static uint32_t range_count(const struct range *range)
{
    int64_t span = range->step > 0 ? range->stop - range->start : range->start - range->stop;
    uint64_t step = range->step > 0 ? (uint64_t)range->step : 0 - (uint64_t)range->step;
    return span <= 0 ? 0 : (uint32_t)(((uint64_t)span + step - 1) / step);
}

/* Items at start, start + step, …; the offset is computed without overflow as it stays in range. */
static enum pawl_rc slice_list(struct pawl_expr_run *run, const struct pawl_val *of,
                               const struct range *range, struct pawl_val *ret)
{
    uint32_t count = range_count(range);
    struct pawl_list_builder list;
    enum pawl_rc rc = pawl_expr_charge(run, count);
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < count; i++) {
        struct pawl_val item =
            pawl_val_part(of, &of->u.items[range->start + (int64_t)i * range->step]);
        pawl_list_add(&list, &item);
    }
    return pawl_expr_list_end(run, &list, ret);
}

static enum pawl_rc items_of_text(struct pawl_expr_run *run, struct pawl_str text,
                                  struct pawl_items *ret_items);

static enum pawl_rc slice_text(struct pawl_expr_run *run, struct pawl_str text,
                               const struct range *range, struct pawl_val *ret)
{
    struct pawl_text_out out;
    uint32_t count = range_count(range);
    enum pawl_rc rc = pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_LETTER);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (range->step == 1) {
        size_t start = offset_of(text, (uint32_t)range->start);
        size_t end = offset_of(text, (uint32_t)(range->start + count));
        *ret = pawl_val_text_view(pawl_str_sub(text, start, end - start));
        return PAWL_OK;
    }
    struct pawl_items characters = {0};
    bool ascii = is_ascii(text);
    rc = ascii ? PAWL_OK : items_of_text(run, text, &characters); /* else each look would count */
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_out_begin(&out, run);
    for (uint32_t i = 0; i < count && out.rc == PAWL_OK; i++) {
        uint32_t at = (uint32_t)(range->start + (int64_t)i * range->step);
        pawl_out_put(&out, ascii ? char_at(text, at) : pawl_val_str(&characters.items[at]));
    }
    return pawl_out_end(&out, ret);
}

enum pawl_rc pawl_expr_slice(struct pawl_expr_run *run, const struct pawl_val *of,
                             const struct pawl_val bounds[3], struct pawl_val *ret)
{
    if (of->kind != PAWL_VAL_TEXT && of->kind != PAWL_VAL_LIST) {
        return pawl_expr_wrong_kind(run, "only texts and lists can be sliced", of);
    }
    bool is_text = of->kind == PAWL_VAL_TEXT;
    struct range range = {0};
    int64_t count = is_text ? (int64_t)pawl_utf8_count(pawl_val_str(of)) : (int64_t)of->len;
    enum pawl_rc rc = read_range(run, bounds, count, &range);
    if (rc == PAWL_OK) {
        rc = is_text ? slice_text(run, pawl_val_str(of), &range, ret)
                     : slice_list(run, of, &range, ret);
    }
    if (rc == PAWL_OK) {
        unsigned marks = pawl_val_marks(&bounds[0]) | pawl_val_marks(&bounds[1]) |
                         pawl_val_marks(&bounds[2]);
        marks |= is_text ? pawl_val_marks(of) : pawl_val_whole_marks(of);
        pawl_val_mark(ret, marks);
    }
    return rc;
}

/* ---- going over --------------------------------------------------------------------------------
 */

static enum pawl_rc items_of_text(struct pawl_expr_run *run, struct pawl_str text,
                                  struct pawl_items *ret_items)
{
    uint32_t count = (uint32_t)pawl_utf8_count(text);
    struct pawl_val *items = PAWL_ARENA_ARRAY(run->arena, struct pawl_val, count);
    if (items == NULL) {
        return pawl_expr_no_memory(run);
    }
    size_t at = 0;
    for (uint32_t i = 0; i < count; i++) {
        struct pawl_str character = char_at(text, at);
        items[i] = pawl_val_text_view(character);
        at += character.len;
    }
    *ret_items = (struct pawl_items){items, count};
    return PAWL_OK;
}

enum pawl_rc pawl_expr_items(struct pawl_expr_run *run, const struct pawl_val *of,
                             struct pawl_items *ret_items)
{
    if (of->kind == PAWL_VAL_LIST) {
        *ret_items = (struct pawl_items){of->u.items, of->len};
        return pawl_expr_charge(run, of->len);
    }
    if (of->kind == PAWL_VAL_TEXT) {
        enum pawl_rc rc = pawl_expr_charge(run, of->len);
        return rc != PAWL_OK ? rc : items_of_text(run, pawl_val_str(of), ret_items);
    }
    if (of->kind == PAWL_VAL_MAP) {
        struct pawl_val *keys = PAWL_ARENA_ARRAY(run->arena, struct pawl_val, of->len);
        if (keys == NULL) {
            return pawl_expr_no_memory(run);
        }
        for (uint32_t i = 0; i < of->len; i++) {
            keys[i] = pawl_val_text_view(pawl_val_key(of, i));
        }
        *ret_items = (struct pawl_items){keys, of->len};
        return pawl_expr_charge(run, of->len);
    }
    bool lenient = of->kind == PAWL_VAL_UNDEFINED && (of->flags & PAWL_VAL_LENIENT) != 0;
    if (lenient) {
        *ret_items = (struct pawl_items){0};
        return PAWL_OK;
    }
    return pawl_expr_wrong_kind(run, "a list, a text or a map is wanted here", of);
}
