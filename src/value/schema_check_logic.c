/* The keywords that combine schemas, and the references. */
#include "value/schema_check.h"

#include "base/panic.h"

bool pawl_schema_check_ref(struct schema_check *check, const struct schema_keyword *keyword,
                           const struct schema_frame *frame)
{
    return pawl_schema_apply_here(check, frame, keyword, keyword->u.node, frame->evaluated);
}

static const struct schema_node *find_dynamic(const struct schema_resource *resource,
                                              struct pawl_str name)
{
    for (const struct schema_anchor *a = resource->dynamic_anchors; a != NULL; a = a->next) {
        if (pawl_str_eq(a->name, name)) {
            return a->node;
        }
    }
    return NULL;
}

/* The outermost resource of the dynamic scope that has the anchor decides (core, 8.2.3.2). */
bool pawl_schema_check_dynamic_ref(struct schema_check *check, const struct schema_keyword *keyword,
                                   const struct schema_frame *frame)
{
    const struct schema_dynamic *dynamic = keyword->u.dynamic;
    const struct schema_node *target = dynamic->node;
    const struct schema_resource *last = NULL;
    for (const struct schema_frame *at = frame; dynamic->anchor.len > 0 && at != NULL;
         at = at->up) {
        const struct schema_resource *resource = at->node->resource;
        const struct schema_node *found =
            resource == last ? NULL : find_dynamic(resource, dynamic->anchor);
        target = found != NULL ? found : target;
        last = resource;
    }
    return pawl_schema_pay(check, check->depth / 8) &&
           pawl_schema_apply_here(check, frame, keyword, target, frame->evaluated);
}

bool pawl_schema_check_all_of(struct schema_check *check, const struct schema_keyword *keyword,
                              const struct schema_frame *frame)
{
    bool valid = true;
    for (uint32_t i = 0; i < keyword->u.nodes->count && pawl_schema_goes_on(check, valid); i++) {
        valid &= pawl_schema_apply_here(check, frame, keyword, keyword->u.nodes->items[i],
                                        frame->evaluated);
    }
    return valid;
}

/* ---- alternatives -----------------------------------------------------------------------------
 */

/* One alternative, quietly; what it evaluated counts only if it holds. */
static bool try_alternative(struct schema_check *check, const struct schema_keyword *keyword,
                            const struct schema_frame *frame, const struct schema_node *node)
{
    struct schema_set own;
    if (frame->evaluated == NULL) {
        return pawl_schema_try_here(check, frame, keyword, node, NULL);
    }
    bool valid = pawl_schema_set_init(check, &own, frame->instance) &&
                 pawl_schema_try_here(check, frame, keyword, node, &own);
    if (valid) {
        pawl_schema_set_merge(frame->evaluated, &own);
    }
    pawl_schema_set_fini(check, &own);
    return valid;
}

/* How far the alternative is from valid; with wants_text also what is wrong first. */
static void measure(struct schema_check *check, const struct schema_keyword *keyword,
                    const struct schema_frame *frame, const struct schema_node *node,
                    struct schema_trial *trial)
{
    struct schema_notes *notes = check->notes;
    PAWL_ASSERT(check->trial == NULL);
    trial->base = frame;
    check->notes = NULL;
    check->trial = trial;
    (void)pawl_schema_apply_here(check, frame, keyword, node, NULL); /* the trial has the verdict */
    check->trial = NULL;
    check->notes = notes;
}

/* None of the alternatives holds: reports that, with the nearest one as a hint. Trials don't nest:
 * inside one, alternatives are only counted. */
static bool report_none(struct schema_check *check, const struct schema_keyword *keyword,
                        const struct schema_frame *frame)
{
    enum { TRIALS_MAX = 64 };
    const struct schema_nodes *nodes = keyword->u.nodes;
    struct schema_trial best = {.score = UINT64_MAX};
    uint32_t nearest = 0;
    if (nodes->count == 1) {
        (void)pawl_schema_report(check, frame, keyword, "does not match its only alternative");
    } else {
        (void)pawl_schema_report(check, frame, keyword, "matches none of the %u alternatives",
                                 (unsigned)nodes->count);
    }
    /* which members the right alternative would have known nobody can say: none is called unknown
     */
    pawl_schema_set_fill(frame->evaluated, pawl_val_count(frame->instance));
    if (!pawl_schema_wants_text(check) || check->trial != NULL) {
        return false;
    }
    for (uint32_t i = 0; i < nodes->count && i < TRIALS_MAX && check->rc == PAWL_OK; i++) {
        struct schema_trial trial = {0};
        measure(check, keyword, frame, nodes->items[i], &trial);
        if (trial.score < best.score) {
            best = trial;
            nearest = i;
        }
    }
    best = (struct schema_trial){.wants_text = true};
    measure(check, keyword, frame, nodes->items[nearest], &best);
    if (check->rc == PAWL_OK && best.message.ptr != NULL) {
        const char *it = best.pointer.len == 0 ? "it" : "";
        pawl_schema_hint(check, "alternative %u comes nearest: %s" PAWL_STR_FMT " " PAWL_STR_FMT,
                         (unsigned)nearest + 1, it, PAWL_STR_ARG(best.pointer),
                         PAWL_STR_ARG(best.message));
    }
    return false;
}

bool pawl_schema_check_any_of(struct schema_check *check, const struct schema_keyword *keyword,
                              const struct schema_frame *frame)
{
    bool every = frame->evaluated != NULL || check->notes != NULL;
    bool valid = false;
    for (uint32_t i = 0; i < keyword->u.nodes->count && (every || !valid); i++) {
        valid |= try_alternative(check, keyword, frame, keyword->u.nodes->items[i]);
    }
    if (check->rc != PAWL_OK) {
        return false;
    }
    return valid || report_none(check, keyword, frame);
}

bool pawl_schema_check_one_of(struct schema_check *check, const struct schema_keyword *keyword,
                              const struct schema_frame *frame)
{
    uint32_t first = UINT32_MAX, second = UINT32_MAX;
    for (uint32_t i = 0; i < keyword->u.nodes->count && second == UINT32_MAX; i++) {
        if (try_alternative(check, keyword, frame, keyword->u.nodes->items[i])) {
            second = first == UINT32_MAX ? UINT32_MAX : i;
            first = first == UINT32_MAX ? i : first;
        }
    }
    if (check->rc != PAWL_OK) {
        return false;
    }
    if (first == UINT32_MAX) {
        return report_none(check, keyword, frame);
    }
    return second == UINT32_MAX ||
           pawl_schema_report(check, frame, keyword,
                              "must match exactly one alternative, but matches %u and %u",
                              (unsigned)first + 1, (unsigned)second + 1);
}

bool pawl_schema_check_not(struct schema_check *check, const struct schema_keyword *keyword,
                           const struct schema_frame *frame)
{
    uint32_t noted = check->notes != NULL ? check->notes->count : 0;
    bool matches = pawl_schema_try_here(check, frame, keyword, keyword->u.node, NULL);
    if (check->notes != NULL) {
        check->notes->count = noted;
    }
    if (check->rc != PAWL_OK) {
        return false;
    }
    return !matches || pawl_schema_report(check, frame, keyword, "is what 'not' rules out");
}

bool pawl_schema_check_if(struct schema_check *check, const struct schema_keyword *keyword,
                          const struct schema_frame *frame)
{
    const struct schema_if *condition = keyword->u.condition;
    bool known = condition->then != NULL || condition->otherwise != NULL;
    if (!known && frame->evaluated == NULL && check->notes == NULL) {
        return true;
    }
    bool holds = try_alternative(check, keyword, frame, condition->test);
    const struct schema_node *next = holds ? condition->then : condition->otherwise;
    if (check->rc != PAWL_OK) {
        return false;
    }
    return next == NULL || pawl_schema_apply_here(check, frame, keyword, next, frame->evaluated);
}
