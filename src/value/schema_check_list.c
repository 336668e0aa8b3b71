/* The keywords about lists. */
#include "value/schema_check.h"

static bool report_count(struct schema_check *check, const struct schema_keyword *keyword,
                         const struct schema_frame *frame, const char *what)
{
    uint64_t wanted = keyword->u.count;
    return pawl_schema_report(check, frame, keyword, "must have %s %llu %s, but has %u", what,
                              (unsigned long long)wanted, wanted == 1 ? "item" : "items",
                              (unsigned)frame->instance->len);
}

bool pawl_schema_check_min_items(struct schema_check *check, const struct schema_keyword *keyword,
                                 const struct schema_frame *frame)
{
    return frame->instance->len >= keyword->u.count ||
           report_count(check, keyword, frame, "at least");
}

bool pawl_schema_check_max_items(struct schema_check *check, const struct schema_keyword *keyword,
                                 const struct schema_frame *frame)
{
    return frame->instance->len <= keyword->u.count ||
           report_count(check, keyword, frame, "at most");
}

/* ---- uniqueItems ------------------------------------------------------------------------------
 */

struct seen {
    uint32_t hash;
    uint32_t item; /* position + 1; 0: free */
};

/* The first pair of equal items, by a table of hashes; false: there is none, or check->rc is set.
 */
static bool find_equal(struct schema_check *check, const struct pawl_val *list, uint32_t *ret_first,
                       uint32_t *ret_second)
{
    size_t cap = 8;
    while (cap < (size_t)list->len * 2) {
        cap *= 2;
    }
    struct seen *seen = PAWL_ARENA_ARRAY(&check->scratch, struct seen, cap);
    if (seen == NULL) {
        return pawl_schema_fail(check, PAWL_ENOMEM);
    }
    for (uint32_t i = 0; i < list->len; i++) {
        const struct pawl_val *item = pawl_val_at(list, i);
        uint64_t weight = 0;
        uint32_t hash = pawl_schema_hash(item, &weight);
        size_t at = hash & (cap - 1);
        for (; seen[at].item != 0; at = (at + 1) & (cap - 1)) {
            bool alike = seen[at].hash == hash;
            if (!pawl_schema_pay(check, alike ? weight : 1)) {
                return false;
            }
            if (alike && pawl_val_eq(item, pawl_val_at(list, seen[at].item - 1))) {
                *ret_first = seen[at].item - 1;
                *ret_second = i;
                return true;
            }
        }
        seen[at] = (struct seen){hash, i + 1};
        if (!pawl_schema_pay(check, weight)) {
            return false;
        }
    }
    return false;
}

bool pawl_schema_check_unique_items(struct schema_check *check,
                                    const struct schema_keyword *keyword,
                                    const struct schema_frame *frame)
{
    uint32_t first = 0, second = 0;
    if (!keyword->value->u.boolean || frame->instance->len < 2) {
        return true;
    }
    struct pawl_arena_mark mark = pawl_arena_mark(&check->scratch);
    bool found = find_equal(check, frame->instance, &first, &second);
    pawl_arena_rewind(&check->scratch, mark);
    if (check->rc != PAWL_OK) {
        return false;
    }
    return !found || pawl_schema_report(check, frame, keyword,
                                        "must not hold the same value twice, but items %u and %u "
                                        "are equal",
                                        (unsigned)first, (unsigned)second);
}

/* ---- items ------------------------------------------------------------------------------------
 */

static bool check_prefix(struct schema_check *check, const struct schema_keyword *keyword,
                         const struct schema_frame *frame)
{
    const struct schema_nodes *nodes = keyword->u.nodes;
    uint32_t count = frame->instance->len < nodes->count ? frame->instance->len : nodes->count;
    bool valid = true;
    for (uint32_t i = 0; i < count && pawl_schema_goes_on(check, valid); i++) {
        valid &=
            pawl_schema_apply_part(check, frame, keyword, nodes->items[i], SCHEMA_MOVE_ITEM, i);
    }
    pawl_schema_set_fill(frame->evaluated, count);
    return valid;
}

bool pawl_schema_check_prefix_items(struct schema_check *check,
                                    const struct schema_keyword *keyword,
                                    const struct schema_frame *frame)
{
    return check_prefix(check, keyword, frame);
}

/* Items that the schema `false` refuses get one error, not one each. */
static bool refuse_items(struct schema_check *check, const struct schema_keyword *keyword,
                         const struct schema_frame *frame, uint32_t allowed)
{
    return pawl_schema_report(check, frame, keyword, "must have at most %u %s, but has %u",
                              (unsigned)allowed, allowed == 1 ? "item" : "items",
                              (unsigned)frame->instance->len);
}

static bool check_rest(struct schema_check *check, const struct schema_keyword *keyword,
                       const struct schema_frame *frame, uint32_t from)
{
    const struct schema_node *node = keyword->u.node;
    uint32_t count = frame->instance->len;
    bool valid = true;
    if (from < count && node->verdict == SCHEMA_VERDICT_FALSE) {
        return refuse_items(check, keyword, frame, from);
    }
    for (uint32_t i = from; i < count && pawl_schema_goes_on(check, valid); i++) {
        valid &= pawl_schema_apply_part(check, frame, keyword, node, SCHEMA_MOVE_ITEM, i);
    }
    pawl_schema_set_fill(frame->evaluated, count);
    return valid;
}

/* items of 2020-12 and additionalItems of draft 7: what the list of schemas leaves. */
bool pawl_schema_check_items(struct schema_check *check, const struct schema_keyword *keyword,
                             const struct schema_frame *frame)
{
    return check_rest(check, keyword, frame, frame->node->prefix_count);
}

bool pawl_schema_check_items_old(struct schema_check *check, const struct schema_keyword *keyword,
                                 const struct schema_frame *frame)
{
    return pawl_val_is(keyword->value, PAWL_VAL_LIST) ? check_prefix(check, keyword, frame)
                                                      : check_rest(check, keyword, frame, 0);
}

bool pawl_schema_check_unevaluated_items(struct schema_check *check,
                                         const struct schema_keyword *keyword,
                                         const struct schema_frame *frame)
{
    const struct schema_node *node = keyword->u.node;
    uint32_t count = frame->instance->len;
    bool valid = true;
    for (uint32_t i = 0; i < count && pawl_schema_goes_on(check, valid); i++) {
        if (pawl_schema_set_has(frame->evaluated, i)) {
            continue;
        }
        valid &= pawl_schema_apply_part(check, frame, keyword, node, SCHEMA_MOVE_ITEM, i);
    }
    pawl_schema_set_fill(frame->evaluated, count);
    return valid;
}

/* ---- contains ---------------------------------------------------------------------------------
 */

/* Whether the item matches; its errors are nobody's. */
static bool try_item(struct schema_check *check, const struct schema_keyword *keyword,
                     const struct schema_frame *frame, uint32_t index)
{
    struct pawl_schema_errors *errors = check->errors;
    struct schema_trial *trial = check->trial;
    uint32_t noted = check->notes != NULL ? check->notes->count : 0;
    check->errors = NULL;
    check->trial = NULL;
    bool valid = pawl_schema_apply_part(check, frame, keyword, keyword->u.contains->node,
                                        SCHEMA_MOVE_ITEM, index);
    if (!valid && check->notes != NULL) {
        check->notes->count = noted;
    }
    check->errors = errors;
    check->trial = trial;
    return valid;
}

static bool report_contained(struct schema_check *check, const struct schema_frame *frame,
                             const struct schema_keyword *keyword, uint64_t bound, uint64_t found)
{
    return pawl_schema_report(check, frame, keyword,
                              "must contain at %s %llu %s of a kind, but has %llu",
                              found < bound ? "least" : "most", (unsigned long long)bound,
                              bound == 1 ? "item" : "items", (unsigned long long)found);
}

bool pawl_schema_check_contains(struct schema_check *check, const struct schema_keyword *keyword,
                                const struct schema_frame *frame)
{
    const struct schema_contains *contains = keyword->u.contains;
    bool every = frame->evaluated != NULL || check->notes != NULL || contains->most != UINT64_MAX;
    uint64_t found = 0;
    for (uint32_t i = 0; i < frame->instance->len && check->rc == PAWL_OK; i++) {
        if (found >= contains->least && !every) {
            break;
        }
        if (try_item(check, keyword, frame, i)) {
            found++;
            pawl_schema_set_add(frame->evaluated, i);
        }
    }
    if (check->rc != PAWL_OK) {
        return false;
    }
    if (found < contains->least) {
        return contains->least == 1
                   ? pawl_schema_report(check, frame, keyword,
                                        "has no item of the kind that it must contain")
                   : report_contained(check, frame, keyword, contains->least, found);
    }
    return found <= contains->most ||
           report_contained(check, frame, keyword, contains->most, found);
}
