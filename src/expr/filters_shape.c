/* Filters that give lists another shape or one value: batch, slice, items, sum. */
#include "expr/filters.h"

enum { PARTS_MAX = 100000 };

/* A list of items[start, end) and `fill` more times `filler`. */
static enum pawl_rc part_of(struct pawl_expr_run *run, const struct pawl_items *items,
                            uint32_t start, uint32_t end, uint32_t fill,
                            const struct pawl_val *filler, struct pawl_val *ret)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = start; i < end; i++) {
        pawl_list_add(&list, &items->items[i]);
    }
    for (uint32_t i = 0; i < fill; i++) {
        pawl_list_add(&list, filler);
    }
    return pawl_expr_list_end(run, &list, ret);
}

static bool has_filler(const struct pawl_val *filler)
{
    return pawl_arg_given(filler) && filler->kind != PAWL_VAL_NULL;
}

/* A count between 1 and PARTS_MAX. */
static enum pawl_rc read_count(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               uint32_t *ret_count)
{
    int64_t count = 0;
    enum pawl_rc rc = pawl_arg_int(run, in, 1, &count);
    if (rc == PAWL_OK && (count < 1 || count > PARTS_MAX)) {
        return pawl_expr_fail(run, "value", "%s: the number must be 1 to %d", in->call->entry->name,
                              PARTS_MAX);
    }
    *ret_count = (uint32_t)count;
    return rc;
}

enum pawl_rc pawl_filter_batch(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    struct pawl_items items = {0};
    struct pawl_list_builder list;
    uint32_t size = 1;
    enum pawl_rc rc = pawl_expr_items(run, &in->args[0], &items);
    rc = rc != PAWL_OK ? rc : read_count(run, in, &size);
    pawl_list_begin(&list, run->arena);
    for (uint32_t start = 0; start < items.count && rc == PAWL_OK; start += size) {
        struct pawl_val part = {0};
        uint32_t end = items.count - start < size ? items.count : start + size;
        uint32_t fill = has_filler(&in->args[2]) ? start + size - end : 0;
        rc = pawl_expr_charge(run, fill);
        rc = rc != PAWL_OK ? rc : part_of(run, &items, start, end, fill, &in->args[2], &part);
        pawl_list_add(&list, &part);
    }
    return rc != PAWL_OK ? rc : pawl_expr_list_end(run, &list, ret);
}

enum pawl_rc pawl_filter_slice(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    struct pawl_items items = {0};
    struct pawl_list_builder list;
    uint32_t slices = 1, start = 0;
    enum pawl_rc rc = pawl_expr_items(run, &in->args[0], &items);
    rc = rc != PAWL_OK ? rc : read_count(run, in, &slices);
    rc = rc != PAWL_OK ? rc : pawl_expr_charge(run, slices);
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < slices && rc == PAWL_OK; i++) {
        struct pawl_val part = {0};
        bool longer = i < items.count % slices;
        uint32_t end = start + items.count / slices + longer;
        uint32_t fill = has_filler(&in->args[2]) && !longer;
        rc = part_of(run, &items, start, end, fill, &in->args[2], &part);
        pawl_list_add(&list, &part);
        start = end;
    }
    return rc != PAWL_OK ? rc : pawl_expr_list_end(run, &list, ret);
}

/* ---- maps --------------------------------------------------------------------------------------
 */

enum pawl_rc pawl_filter_items(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_val *ret)
{
    const struct pawl_val *map = &in->args[0];
    struct pawl_list_builder list;
    enum pawl_rc rc = pawl_expr_charge(run, map->kind == PAWL_VAL_MAP ? map->len : 0);
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < pawl_val_count(map) && rc == PAWL_OK; i++) {
        struct pawl_list_builder entry;
        struct pawl_val key = pawl_val_text_view(pawl_val_key(map, i)), member = {0};
        pawl_list_begin(&entry, run->arena);
        pawl_list_add(&entry, &key);
        pawl_list_add(&entry, pawl_val_at(map, i));
        rc = pawl_expr_list_end(run, &entry, &member);
        pawl_list_add(&list, &member);
    }
    return rc != PAWL_OK ? rc : pawl_expr_list_end(run, &list, ret);
}

/* ---- sum ---------------------------------------------------------------------------------------
 */

/* Lists are added up in one list: two by two would copy the first ones again and again. */
static enum pawl_rc sum_lists(struct pawl_expr_run *run, const struct pawl_val *start,
                              const struct pawl_items *items,
                              const struct pawl_attribute *attribute, struct pawl_val *ret)
{
    struct pawl_list_builder list;
    enum pawl_rc rc = pawl_expr_charge(run, start->len);
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < start->len && rc == PAWL_OK; i++) {
        struct pawl_val item = pawl_val_part(start, &start->u.items[i]);
        pawl_list_add(&list, &item);
    }
    for (uint32_t i = 0; i < items->count && rc == PAWL_OK; i++) {
        struct pawl_val part = {0};
        rc = pawl_attribute_get(run, attribute, &items->items[i], &part);
        if (rc == PAWL_OK && part.kind != PAWL_VAL_LIST) {
            return pawl_expr_wrong_kind(run, "sum: to a list only lists can be added", &part);
        }
        rc = rc != PAWL_OK ? rc : pawl_expr_charge(run, 1 + part.len);
        for (uint32_t k = 0; k < part.len && rc == PAWL_OK; k++) {
            struct pawl_val item = pawl_val_part(&part, &part.u.items[k]);
            pawl_list_add(&list, &item);
        }
    }
    return rc != PAWL_OK ? rc : pawl_expr_list_end(run, &list, ret);
}

enum pawl_rc pawl_filter_sum(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    struct pawl_items items = {0};
    struct pawl_attribute attribute = {.count = 0};
    struct pawl_val sum = pawl_arg_given(&in->args[2]) ? in->args[2] : pawl_val_int_view(0);
    enum pawl_rc rc = pawl_expr_items(run, &in->args[0], &items);
    rc = rc != PAWL_OK ? rc : pawl_attribute_read(run, in, 1, &attribute);
    if (rc == PAWL_OK && (sum.kind == PAWL_VAL_TEXT || sum.kind == PAWL_VAL_UNDEFINED)) {
        return pawl_expr_wrong_kind(run, "sum: start must be a number or a list", &sum);
    }
    if (rc == PAWL_OK && sum.kind == PAWL_VAL_LIST) {
        return sum_lists(run, &in->args[2], &items, &attribute, ret);
    }
    for (uint32_t i = 0; i < items.count && rc == PAWL_OK; i++) {
        struct pawl_val part = {0}, left = sum;
        rc = pawl_attribute_get(run, &attribute, &items.items[i], &part);
        if (rc == PAWL_OK && part.kind == PAWL_VAL_UNDEFINED) {
            return pawl_expr_undefined(run, &part);
        }
        rc = rc != PAWL_OK ? rc : pawl_expr_arithmetic(run, PAWL_OPERATOR_ADD, &left, &part, &sum);
    }
    *ret = sum;
    return rc;
}
