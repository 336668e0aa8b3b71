/* The attribute argument of list filters. */
#include "expr/filters.h"

static bool all_digits(struct pawl_str text)
{
    for (size_t i = 0; i < text.len; i++) {
        if (text.ptr[i] < '0' || text.ptr[i] > '9') {
            return false;
        }
    }
    return text.len > 0 && text.len <= 9;
}

static struct pawl_val part_of(struct pawl_str text, unsigned marks)
{
    struct pawl_val part = pawl_val_text_view(text);
    if (all_digits(text)) {
        int64_t index = 0;
        for (size_t i = 0; i < text.len; i++) {
            index = index * 10 + (text.ptr[i] - '0');
        }
        part = pawl_val_int_view(index);
    }
    pawl_val_mark(&part, marks);
    return part;
}

/* What is told of a part that is not there: its name, unless that was computed from a secret. */
static struct pawl_str shown(const struct pawl_val *part)
{
    bool is_name = part->kind == PAWL_VAL_TEXT && pawl_val_marks(part) == 0;
    return is_name ? pawl_val_str(part) : PAWL_STR("an item");
}

enum pawl_rc pawl_attribute_parse(struct pawl_expr_run *run, struct pawl_str text, unsigned marks,
                                  struct pawl_attribute *ret)
{
    bool more = true;
    ret->count = 0;
    while (more) {
        if (ret->count == PAWL_ATTRIBUTE_PARTS_MAX) {
            return pawl_expr_fail(run, "value", "an attribute has at most %d parts",
                                  PAWL_ATTRIBUTE_PARTS_MAX);
        }
        size_t dot = pawl_str_find(text, PAWL_STR("."));
        more = dot != SIZE_MAX;
        ret->parts[ret->count++] = part_of(pawl_str_sub(text, 0, dot), marks);
        text = more ? pawl_str_sub(text, dot + 1, SIZE_MAX) : text;
    }
    return PAWL_OK;
}

enum pawl_rc pawl_attribute_read(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                 uint32_t i, struct pawl_attribute *ret)
{
    const struct pawl_val *arg = &in->args[i];
    ret->count = 0;
    if (!pawl_arg_given(arg) || arg->kind == PAWL_VAL_NULL) {
        return PAWL_OK;
    }
    if (arg->kind == PAWL_VAL_INT) {
        ret->parts[0] = *arg;
        ret->count = 1;
        return PAWL_OK;
    }
    struct pawl_str text = PAWL_STR_NONE;
    enum pawl_rc rc = pawl_arg_text(run, in, i, &text);
    return rc != PAWL_OK ? rc : pawl_attribute_parse(run, text, pawl_val_marks(arg), ret);
}

enum pawl_rc pawl_attribute_get(struct pawl_expr_run *run, const struct pawl_attribute *attribute,
                                const struct pawl_val *item, struct pawl_val *ret)
{
    struct pawl_val val = *item;
    for (uint32_t i = 0; i < attribute->count; i++) {
        struct pawl_val of = val;
        const struct pawl_val *part = &attribute->parts[i];
        if (of.kind == PAWL_VAL_UNDEFINED) {
            return pawl_expr_undefined(run, &of);
        }
        enum pawl_rc rc = pawl_expr_item(run, &of, part, &val);
        if (rc != PAWL_OK) {
            return rc;
        }
        if (val.kind == PAWL_VAL_UNDEFINED) {
            struct pawl_str what = shown(part);
            val.u.text = what.ptr;
            val.len = (uint32_t)what.len;
        }
    }
    *ret = val;
    return PAWL_OK;
}
