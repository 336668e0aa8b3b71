/* Methods of texts and maps, as Python has them, where no filter does the same. */
#include "base/utf8.h"
#include "expr/filters.h"
#include "expr/lex.h"

/* ---- maps --------------------------------------------------------------------------------------
 */

enum pawl_rc pawl_method_values(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    const struct pawl_val *map = &in->args[0];
    struct pawl_list_builder list;
    enum pawl_rc rc = pawl_expr_charge(run, map->len);
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < map->len; i++) {
        pawl_list_add(&list, pawl_val_at(map, i));
    }
    return rc != PAWL_OK ? rc : pawl_expr_list_end(run, &list, ret);
}

enum pawl_rc pawl_method_get(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    struct pawl_str key = PAWL_STR_NONE;
    enum pawl_rc rc = pawl_arg_text(run, in, 1, &key);
    if (rc != PAWL_OK) {
        return rc;
    }
    const struct pawl_val *member = pawl_val_get(&in->args[0], key);
    *ret = member != NULL ? *member : pawl_arg_given(&in->args[2]) ? in->args[2] : pawl_val_null;
    return PAWL_OK;
}

/* ---- texts -------------------------------------------------------------------------------------
 */

/* The input without white space, or the characters of argument 1, at one end. */
static enum pawl_rc strip(struct pawl_expr_run *run, const struct pawl_invocation *in, bool left,
                          struct pawl_val *ret)
{
    struct pawl_str chars = PAWL_STR_NONE, text = pawl_val_str(&in->args[0]);
    enum pawl_rc rc = PAWL_OK;
    if (in->args[1].kind != PAWL_VAL_NULL) {
        rc = pawl_arg_text(run, in, 1, &chars);
        chars.ptr = pawl_arg_given(&in->args[1]) && chars.ptr == NULL ? "" : chars.ptr;
    }
    rc = rc != PAWL_OK ? rc : pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_LETTER);
    return rc != PAWL_OK ? rc : pawl_text_trim_chars(run, text, chars, left, !left, ret);
}

enum pawl_rc pawl_method_lstrip(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    return strip(run, in, true, ret);
}

enum pawl_rc pawl_method_rstrip(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    return strip(run, in, false, ret);
}

enum pawl_rc pawl_method_startswith(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                    struct pawl_val *ret)
{
    struct pawl_str prefix = PAWL_STR_NONE;
    enum pawl_rc rc = pawl_arg_text(run, in, 1, &prefix);
    rc = rc != PAWL_OK ? rc : pawl_expr_charge_bytes(run, prefix.len, PAWL_STEPS_FIND);
    *ret = pawl_val_of_bool(pawl_str_starts(pawl_val_str(&in->args[0]), prefix));
    return rc;
}

enum pawl_rc pawl_method_endswith(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                  struct pawl_val *ret)
{
    struct pawl_str suffix = PAWL_STR_NONE;
    enum pawl_rc rc = pawl_arg_text(run, in, 1, &suffix);
    rc = rc != PAWL_OK ? rc : pawl_expr_charge_bytes(run, suffix.len, PAWL_STEPS_FIND);
    *ret = pawl_val_of_bool(pawl_str_ends(pawl_val_str(&in->args[0]), suffix));
    return rc;
}

enum pawl_rc pawl_method_find(struct pawl_expr_run *run, const struct pawl_invocation *in,
                              struct pawl_val *ret)
{
    struct pawl_str text = pawl_val_str(&in->args[0]), piece = PAWL_STR_NONE;
    enum pawl_rc rc = pawl_arg_text(run, in, 1, &piece);
    rc = rc != PAWL_OK ? rc : pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_BYTE);
    if (rc == PAWL_OK) {
        size_t at = pawl_str_find(text, piece);
        bool found = at != SIZE_MAX;
        *ret = pawl_val_int_view(found ? (int64_t)pawl_utf8_count(pawl_str_sub(text, 0, at)) : -1);
    }
    return rc;
}

enum pawl_rc pawl_method_count(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    struct pawl_str text = pawl_val_str(&in->args[0]), piece = PAWL_STR_NONE;
    int64_t count = 0;
    enum pawl_rc rc = pawl_arg_text(run, in, 1, &piece);
    rc = rc != PAWL_OK ? rc : pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_LETTER);
    if (rc == PAWL_OK && piece.len == 0) {
        count = (int64_t)pawl_utf8_count(text) + 1;
        text = PAWL_STR("");
    }
    while (rc == PAWL_OK && text.len > 0) {
        size_t at = pawl_str_find(text, piece);
        if (at == SIZE_MAX) {
            break;
        }
        count++;
        text = pawl_str_sub(text, at + piece.len, SIZE_MAX);
    }
    *ret = pawl_val_int_view(count);
    return rc;
}

enum pawl_rc pawl_method_isdigit(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                 struct pawl_val *ret)
{
    struct pawl_str text = pawl_val_str(&in->args[0]);
    bool good = text.len > 0;
    for (size_t i = 0; i < text.len && good; i++) {
        good = text.ptr[i] >= '0' && text.ptr[i] <= '9';
    }
    *ret = pawl_val_of_bool(good);
    return pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_BYTE);
}

enum pawl_rc pawl_method_join(struct pawl_expr_run *run, const struct pawl_invocation *in,
                              struct pawl_val *ret)
{
    struct pawl_items items = {0};
    struct pawl_text_out out;
    enum pawl_rc rc = pawl_expr_items(run, &in->args[1], &items);
    pawl_out_begin(&out, run);
    for (uint32_t i = 0; i < items.count && rc == PAWL_OK; i++) {
        if (items.items[i].kind != PAWL_VAL_TEXT) {
            return pawl_expr_wrong_kind(run, "join: the items must be text", &items.items[i]);
        }
        pawl_out_put(&out, i > 0 ? pawl_val_str(&in->args[0]) : PAWL_STR(""));
        pawl_out_val(&out, &items.items[i]);
    }
    return rc != PAWL_OK ? rc : pawl_out_end(&out, ret);
}

/* ---- split -------------------------------------------------------------------------------------
 */

/* The piece up to the next separator at *io_at, which moves behind it; SIZE_MAX: no more. */
static struct pawl_str next_piece(struct pawl_str text, struct pawl_str separator, bool last,
                                  size_t *io_at)
{
    struct pawl_str rest = pawl_str_sub(text, *io_at, SIZE_MAX);
    size_t end = last ? SIZE_MAX : pawl_str_find(rest, separator);
    *io_at = end == SIZE_MAX ? SIZE_MAX : *io_at + end + separator.len;
    return pawl_str_sub(rest, 0, end);
}

/* The same for runs of white space. */
static struct pawl_str next_word(struct pawl_str text, bool last, size_t *io_at)
{
    size_t start = *io_at;
    if (last) {
        *io_at = SIZE_MAX;
        return pawl_text_trim(pawl_str_sub(text, start, SIZE_MAX), true, false);
    }
    size_t at = start, end = start;
    while (at < text.len && !pawl_lex_is_space(pawl_utf8_next(text, &at))) {
        end = at;
    }
    struct pawl_str rest =
        pawl_text_trim(pawl_str_sub(text, end, SIZE_MAX), true, false);
    *io_at = rest.len == 0 ? SIZE_MAX : (size_t)(rest.ptr - text.ptr);
    return pawl_str_sub(text, start, end - start);
}

/* An empty separator: words. */
static enum pawl_rc split_arguments(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                    struct pawl_str *ret_separator, int64_t *ret_most)
{
    bool words = !pawl_arg_given(&in->args[1]) || in->args[1].kind == PAWL_VAL_NULL;
    enum pawl_rc rc = words ? PAWL_OK : pawl_arg_text(run, in, 1, ret_separator);
    rc = rc != PAWL_OK ? rc : pawl_arg_int(run, in, 2, ret_most);
    if (rc == PAWL_OK && !words && ret_separator->len == 0) {
        return pawl_expr_fail(run, "value", "split: the separator is empty");
    }
    return rc;
}

enum pawl_rc pawl_method_split(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    struct pawl_str text = pawl_val_str(&in->args[0]), separator = PAWL_STR_NONE;
    int64_t most = -1;
    struct pawl_list_builder list;
    enum pawl_rc rc = split_arguments(run, in, &separator, &most);
    bool words = separator.len == 0;
    rc = rc != PAWL_OK ? rc : pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_LETTER);
    text = words ? pawl_text_trim(text, true, false) : text;
    pawl_list_begin(&list, run->arena);
    for (size_t at = words && text.len == 0 ? SIZE_MAX : 0; at != SIZE_MAX && rc == PAWL_OK;) {
        bool last = most >= 0 && list.count >= (uint64_t)most;
        struct pawl_str piece =
            words ? next_word(text, last, &at) : next_piece(text, separator, last, &at);
        struct pawl_val val = pawl_val_text_view(piece);
        pawl_list_add(&list, &val);
        rc = rc != PAWL_OK ? rc : pawl_expr_charge(run, 1);
    }
    return rc != PAWL_OK ? rc : pawl_expr_list_end(run, &list, ret);
}
