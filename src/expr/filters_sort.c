/* Filters that order and compare items: sort, unique, min, max, groupby, dictsort.
 *
 * Sorting is a stable merge sort whose comparisons cost fuel. Texts are compared without case
 * unless case_sensitive is given, as in Jinja2. */
#include "expr/filters.h"

/* One item with what it is compared by. */
struct ranked {
    struct pawl_val key;
    struct pawl_val item;
    uint32_t at; /* where it stood; unique */
};

/* A list being sorted. */
struct ranking {
    struct pawl_expr_run *run;
    struct ranked *items;
    struct ranked *spare;
    uint32_t count;
    bool descending;
    bool equal_first; /* equal keys need no order (Python compares lists of keys so) */
    bool any_kind;    /* keys of kinds that have no order with each other stand apart; unique */
};

/* A key for comparing: texts in lower case. */
static enum pawl_rc fold_case(struct pawl_expr_run *run, bool case_sensitive,
                              struct pawl_val *io_key)
{
    if (case_sensitive || io_key->kind != PAWL_VAL_TEXT) {
        return PAWL_OK;
    }
    struct pawl_str lower = PAWL_STR_NONE;
    enum pawl_rc rc = pawl_text_lower(run, pawl_val_str(io_key), &lower);
    if (rc == PAWL_OK) {
        *io_key = pawl_val_text_view(lower);
    }
    return rc;
}

static enum pawl_rc key_of(struct pawl_expr_run *run, const struct pawl_attribute *attribute,
                           bool case_sensitive, const struct pawl_val *item, struct pawl_val *ret)
{
    enum pawl_rc rc = pawl_attribute_get(run, attribute, item, ret);
    if (rc != PAWL_OK) {
        return rc;
    }
    return ret->kind == PAWL_VAL_UNDEFINED ? pawl_expr_undefined(run, ret)
                                           : fold_case(run, case_sensitive, ret);
}

static enum pawl_rc ranking_init(struct pawl_expr_run *run, uint32_t count, struct ranking *ranking)
{
    *ranking = (struct ranking){.run = run, .count = count};
    ranking->items = PAWL_ARENA_ARRAY(run->arena, struct ranked, count);
    ranking->spare = PAWL_ARENA_ARRAY(run->arena, struct ranked, count);
    return ranking->items == NULL || ranking->spare == NULL ? pawl_expr_no_memory(run) : PAWL_OK;
}

/* Numbers, texts, none: each kind behind the other. */
static int rank_of(const struct pawl_val *key)
{
    return pawl_val_is_numeric(key) ? 0 : key->kind == PAWL_VAL_TEXT ? 1 : 2;
}

static enum pawl_rc order_of(const struct ranking *ranking, const struct pawl_val *b,
                             const struct pawl_val *a, int *ret_order)
{
    int apart = rank_of(b) - rank_of(a);
    if (ranking->any_kind && (apart != 0 || rank_of(a) == 2)) {
        *ret_order = apart;
        return pawl_expr_charge_steps(ranking->run, PAWL_STEPS_LETTER);
    }
    return pawl_expr_order(ranking->run, b, a, ret_order);
}

/* Does b belong before a (which stands before it now)? */
static enum pawl_rc is_before(const struct ranking *ranking, const struct ranked *b,
                              const struct ranked *a, bool *ret_before)
{
    int order = 0;
    bool equal = false;
    enum pawl_rc rc = PAWL_OK;
    if (ranking->equal_first) {
        rc = pawl_expr_equal(ranking->run, &a->key, &b->key, &equal);
    }
    if (rc == PAWL_OK && !equal) {
        rc = order_of(ranking, &b->key, &a->key, &order);
    }
    *ret_before = ranking->descending ? order > 0 : order < 0;
    return rc;
}

/* Merges items[start, middle) and items[middle, end) into spare. */
static enum pawl_rc merge(struct ranking *ranking, uint32_t start, uint32_t middle, uint32_t end)
{
    uint32_t left = start, right = middle;
    for (uint32_t at = start; at < end; at++) {
        bool take_right = left >= middle;
        if (left < middle && right < end) {
            enum pawl_rc rc =
                is_before(ranking, &ranking->items[right], &ranking->items[left], &take_right);
            if (rc != PAWL_OK) {
                return rc;
            }
        }
        ranking->spare[at] = ranking->items[take_right ? right++ : left++];
    }
    return PAWL_OK;
}

static enum pawl_rc ranking_sort(struct ranking *ranking)
{
    for (uint64_t width = 1; width < ranking->count; width *= 2) {
        for (uint64_t start = 0; start < ranking->count; start += 2 * width) {
            uint64_t middle = start + width, end = start + 2 * width;
            middle = middle < ranking->count ? middle : ranking->count;
            end = end < ranking->count ? end : ranking->count;
            enum pawl_rc rc = merge(ranking, (uint32_t)start, (uint32_t)middle, (uint32_t)end);
            if (rc != PAWL_OK) {
                return rc;
            }
        }
        struct ranked *sorted = ranking->spare;
        ranking->spare = ranking->items;
        ranking->items = sorted;
    }
    return PAWL_OK;
}

static enum pawl_rc ranking_list(const struct ranking *ranking, struct pawl_val *ret)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, ranking->run->arena);
    for (uint32_t i = 0; i < ranking->count; i++) {
        pawl_list_add(&list, &ranking->items[i].item);
    }
    return pawl_expr_list_end(ranking->run, &list, ret);
}

/* ---- sort --------------------------------------------------------------------------------------
 */

/* The key of sort: one part of the item, or a list of several ("age,name"). */
static enum pawl_rc sort_key(struct pawl_expr_run *run, const struct pawl_val *names,
                             bool case_sensitive, const struct pawl_val *item, struct pawl_val *ret)
{
    struct pawl_str attributes = pawl_val_str(names);
    struct pawl_list_builder list;
    bool more = true;
    pawl_list_begin(&list, run->arena);
    while (more) {
        struct pawl_attribute attribute = {.count = 0};
        struct pawl_val key = {0};
        size_t comma = pawl_str_find(attributes, PAWL_STR(","));
        more = comma != SIZE_MAX;
        enum pawl_rc rc = pawl_attribute_parse(run, pawl_str_sub(attributes, 0, comma),
                                               pawl_val_marks(names), &attribute);
        rc = rc != PAWL_OK ? rc : key_of(run, &attribute, case_sensitive, item, &key);
        if (rc != PAWL_OK) {
            return rc;
        }
        pawl_list_add(&list, &key);
        attributes = more ? pawl_str_sub(attributes, comma + 1, SIZE_MAX) : attributes;
    }
    return pawl_expr_list_end(run, &list, ret);
}

enum pawl_rc pawl_filter_sort(struct pawl_expr_run *run, const struct pawl_invocation *in,
                              struct pawl_val *ret)
{
    const struct pawl_val *attributes = &in->args[3];
    bool several = pawl_arg_given(attributes) && attributes->kind == PAWL_VAL_TEXT &&
                   pawl_str_find(pawl_val_str(attributes), PAWL_STR(",")) != SIZE_MAX;
    bool descending = false, case_sensitive = false;
    struct pawl_items items = {0};
    struct pawl_attribute attribute = {.count = 0};
    struct ranking ranking;
    enum pawl_rc rc = pawl_expr_items(run, &in->args[0], &items);
    rc = rc != PAWL_OK ? rc : pawl_arg_bool(run, in, 1, &descending);
    rc = rc != PAWL_OK ? rc : pawl_arg_bool(run, in, 2, &case_sensitive);
    rc = rc != PAWL_OK || several ? rc : pawl_attribute_read(run, in, 3, &attribute);
    rc = rc != PAWL_OK ? rc : ranking_init(run, items.count, &ranking);
    for (uint32_t i = 0; i < items.count && rc == PAWL_OK; i++) {
        ranking.items[i].item = items.items[i];
        rc = several
                 ? sort_key(run, attributes, case_sensitive, &items.items[i], &ranking.items[i].key)
                 : key_of(run, &attribute, case_sensitive, &items.items[i], &ranking.items[i].key);
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    ranking.descending = descending;
    ranking.equal_first = true;
    rc = ranking_sort(&ranking);
    return rc != PAWL_OK ? rc : ranking_list(&ranking, ret);
}

/* ---- min and max
 * --------------------------------------------------------------------------------- */

static enum pawl_rc extreme(struct pawl_expr_run *run, const struct pawl_invocation *in, bool max,
                            struct pawl_val *ret)
{
    bool case_sensitive = false;
    struct pawl_items items = {0};
    struct pawl_attribute attribute = {.count = 0};
    struct pawl_val best = {0};
    enum pawl_rc rc = pawl_expr_items(run, &in->args[0], &items);
    rc = rc != PAWL_OK ? rc : pawl_arg_bool(run, in, 1, &case_sensitive);
    rc = rc != PAWL_OK ? rc : pawl_attribute_read(run, in, 2, &attribute);
    *ret =
        pawl_filter_nothing(max ? "the largest item of nothing" : "the smallest item of nothing");
    for (uint32_t i = 0; i < items.count && rc == PAWL_OK; i++) {
        struct pawl_val key = {0};
        int order = 1;
        rc = key_of(run, &attribute, case_sensitive, &items.items[i], &key);
        if (rc == PAWL_OK && i > 0) {
            rc = max ? pawl_expr_order(run, &key, &best, &order)
                     : pawl_expr_order(run, &best, &key, &order);
        }
        if (rc == PAWL_OK && order > 0) { /* the first one of equals stays */
            best = key;
            *ret = items.items[i];
        }
    }
    return rc;
}

enum pawl_rc pawl_filter_min(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    return extreme(run, in, false, ret);
}

enum pawl_rc pawl_filter_max(struct pawl_expr_run *run, const struct pawl_invocation *in,
                             struct pawl_val *ret)
{
    return extreme(run, in, true, ret);
}

/* ---- unique
 * -------------------------------------------------------------------------------------- */

/* Of each run of equal keys the item that came first, all in the order in which they came. */
static enum pawl_rc first_of_equals(const struct ranking *ranking, const struct pawl_items *items,
                                    struct pawl_val *ret)
{
    struct pawl_expr_run *run = ranking->run;
    struct pawl_list_builder list;
    bool *first = PAWL_ARENA_ARRAY(run->arena, bool, items->count);
    enum pawl_rc rc = first == NULL ? pawl_expr_no_memory(run) : PAWL_OK;
    for (uint32_t i = 0; i < ranking->count && rc == PAWL_OK; i++) {
        int order = 1;
        if (i > 0) {
            rc = order_of(ranking, &ranking->items[i].key, &ranking->items[i - 1].key, &order);
        }
        first[ranking->items[i].at] = order != 0; /* the sort is stable */
    }
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < items->count && rc == PAWL_OK; i++) {
        if (first[i]) {
            pawl_list_add(&list, &items->items[i]);
        }
    }
    return rc != PAWL_OK ? rc : pawl_expr_list_end(run, &list, ret);
}

/* Equal keys are found side by side after sorting: a table by hash would be as slow as the keys
 * that somebody chooses to meet in it. */
enum pawl_rc pawl_filter_unique(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    bool case_sensitive = false;
    struct pawl_items items = {0};
    struct pawl_attribute attribute = {.count = 0};
    struct ranking ranking;
    enum pawl_rc rc = pawl_expr_items(run, &in->args[0], &items);
    rc = rc != PAWL_OK ? rc : pawl_arg_bool(run, in, 1, &case_sensitive);
    rc = rc != PAWL_OK ? rc : pawl_attribute_read(run, in, 2, &attribute);
    rc = rc != PAWL_OK ? rc : ranking_init(run, items.count, &ranking);
    for (uint32_t i = 0; i < items.count && rc == PAWL_OK; i++) {
        struct pawl_val *key = &ranking.items[i].key;
        ranking.items[i].at = i;
        rc = key_of(run, &attribute, case_sensitive, &items.items[i], key);
        if (rc == PAWL_OK && (key->kind == PAWL_VAL_LIST || key->kind == PAWL_VAL_MAP)) {
            return pawl_expr_wrong_kind(run, "unique wants texts, numbers, booleans or none", key);
        }
    }
    ranking.any_kind = true;
    rc = rc != PAWL_OK ? rc : ranking_sort(&ranking);
    return rc != PAWL_OK ? rc : first_of_equals(&ranking, &items, ret);
}

/* ---- groups ------------------------------------------------------------------------------------
 */

static enum pawl_rc pair(struct pawl_expr_run *run, const struct pawl_val *first,
                         const struct pawl_val *second, struct pawl_val *ret)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, run->arena);
    pawl_list_add(&list, first);
    pawl_list_add(&list, second);
    return pawl_expr_list_end(run, &list, ret);
}

/* The group that starts at `start`; *ret_end is behind it. */
static enum pawl_rc take_group(const struct ranking *ranking, uint32_t start, uint32_t *ret_end,
                               struct pawl_val *ret)
{
    struct pawl_list_builder list;
    uint32_t end = start;
    bool equal = true;
    pawl_list_begin(&list, ranking->run->arena);
    while (equal) {
        pawl_list_add(&list, &ranking->items[end++].item);
        equal = end < ranking->count;
        if (equal) {
            enum pawl_rc rc = pawl_expr_equal(ranking->run, &ranking->items[start].key,
                                              &ranking->items[end].key, &equal);
            if (rc != PAWL_OK) {
                return rc;
            }
        }
    }
    *ret_end = end;
    return pawl_expr_list_end(ranking->run, &list, ret);
}

/* The attribute of an item, or the default. */
static enum pawl_rc group_key(struct pawl_expr_run *run, const struct pawl_attribute *attribute,
                              const struct pawl_val *otherwise, const struct pawl_val *item,
                              struct pawl_val *ret)
{
    enum pawl_rc rc = pawl_attribute_get(run, attribute, item, ret);
    if (rc != PAWL_OK || ret->kind != PAWL_VAL_UNDEFINED) {
        return rc;
    }
    if (!pawl_arg_given(otherwise)) {
        return pawl_expr_undefined(run, ret);
    }
    *ret = *otherwise;
    return PAWL_OK;
}

static enum pawl_rc groups(struct ranking *ranking, const struct pawl_attribute *attribute,
                           const struct pawl_val *otherwise, struct pawl_val *ret)
{
    struct pawl_list_builder list;
    struct pawl_expr_run *run = ranking->run;
    pawl_list_begin(&list, run->arena);
    for (uint32_t i = 0; i < ranking->count;) {
        struct pawl_val members = {0}, key = {0}, group = {0};
        const struct pawl_val *first = &ranking->items[i].item;
        enum pawl_rc rc = take_group(ranking, i, &i, &members);
        rc = rc != PAWL_OK ? rc : group_key(run, attribute, otherwise, first, &key);
        rc = rc != PAWL_OK ? rc : pair(run, &key, &members, &group);
        if (rc != PAWL_OK) {
            return rc;
        }
        pawl_list_add(&list, &group);
    }
    return pawl_expr_list_end(run, &list, ret);
}

enum pawl_rc pawl_filter_groupby(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                 struct pawl_val *ret)
{
    bool case_sensitive = false;
    struct pawl_items items = {0};
    struct pawl_attribute attribute = {.count = 0};
    struct ranking ranking;
    enum pawl_rc rc = pawl_expr_items(run, &in->args[0], &items);
    rc = rc != PAWL_OK ? rc : pawl_attribute_read(run, in, 1, &attribute);
    rc = rc != PAWL_OK ? rc : pawl_arg_bool(run, in, 3, &case_sensitive);
    rc = rc != PAWL_OK ? rc : ranking_init(run, items.count, &ranking);
    for (uint32_t i = 0; i < items.count && rc == PAWL_OK; i++) {
        struct ranked *item = &ranking.items[i];
        item->item = items.items[i];
        rc = group_key(run, &attribute, &in->args[2], &items.items[i], &item->key);
        rc = rc != PAWL_OK ? rc : fold_case(run, case_sensitive, &item->key);
    }
    rc = rc != PAWL_OK ? rc : ranking_sort(&ranking);
    return rc != PAWL_OK ? rc : groups(&ranking, &attribute, &in->args[2], ret);
}

enum pawl_rc pawl_filter_dictsort(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                  struct pawl_val *ret)
{
    const struct pawl_val *map = &in->args[0];
    bool case_sensitive = false, descending = false;
    struct pawl_str by = PAWL_STR("key");
    struct ranking ranking;
    enum pawl_rc rc = pawl_arg_bool(run, in, 1, &case_sensitive);
    rc = rc != PAWL_OK ? rc : pawl_arg_text(run, in, 2, &by);
    rc = rc != PAWL_OK ? rc : pawl_arg_bool(run, in, 3, &descending);
    rc = rc != PAWL_OK ? rc : pawl_expr_charge(run, 2 * (uint64_t)map->len);
    rc = rc != PAWL_OK ? rc : ranking_init(run, map->len, &ranking);
    if (rc == PAWL_OK && !pawl_str_is(by, "key") && !pawl_str_is(by, "value")) {
        return pawl_expr_fail(run, "value", "dictsort: by must be 'key' or 'value'");
    }
    for (uint32_t i = 0; i < map->len && rc == PAWL_OK; i++) {
        struct pawl_val key = pawl_val_text_view(pawl_val_key(map, i));
        struct ranked *item = &ranking.items[i];
        rc = pair(run, &key, pawl_val_at(map, i), &item->item);
        item->key = pawl_str_is(by, "key") ? key : *pawl_val_at(map, i);
        rc = rc != PAWL_OK ? rc : fold_case(run, case_sensitive, &item->key);
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    ranking.descending = descending;
    rc = ranking_sort(&ranking);
    return rc != PAWL_OK ? rc : ranking_list(&ranking, ret);
}
