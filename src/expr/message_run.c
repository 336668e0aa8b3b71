/* Making a message's text: statements in sequence, loops with their variables, names in slots.
 *
 * Marks: what a condition or the list of a loop carried, what is set and the whole text carry from
 * then on (the text tells which way was taken). Each turn of a loop costs a step; recursion by
 * loop() nests at most RECURSION_MAX deep. */
#include "expr/message.h"
#include "expr/run.h"

enum { RECURSION_MAX = 20 };

struct pawl_loop {
    const struct pawl_for *for_;
    struct pawl_items items;
    uint32_t index;
    uint32_t depth; /* of recursion; 0: the loop itself */
    unsigned marks;
    struct pawl_loop *outer;
};

static enum pawl_rc run_body(struct pawl_expr_run *run, const struct pawl_body *body,
                             struct pawl_text_out *out);

/* ---- names -------------------------------------------------------------------------------------
 */

static void slots_clear(struct pawl_expr_run *run, uint32_t first, uint32_t end)
{
    for (uint32_t i = first; i < end; i++) {
        run->slots[i] = (struct pawl_val){.kind = PAWL_VAL_UNDEFINED, .flags = PAWL_VAL_ABSENT};
    }
}

static enum pawl_rc bind(struct pawl_expr_run *run, const struct pawl_targets *targets,
                         const struct pawl_val *val)
{
    if (!targets->unpacks) {
        run->slots[targets->slots[0]] = *val;
        return PAWL_OK;
    }
    struct pawl_items items = {0};
    enum pawl_rc rc = pawl_expr_items(run, val, &items);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (items.count != targets->count) {
        return pawl_expr_fail(run, "value", "%u values cannot be taken apart into %u names",
                              items.count, targets->count);
    }
    for (uint32_t i = 0; i < items.count; i++) {
        run->slots[targets->slots[i]] = pawl_val_part(val, &items.items[i]);
    }
    return PAWL_OK;
}

/* ---- loops -------------------------------------------------------------------------------------
 */

static struct pawl_val number_of(uint32_t number)
{
    return pawl_val_int_view(number);
}

/* One attribute of the loop variable; false: there is none. */
static bool loop_attribute(const struct pawl_loop *loop, struct pawl_str name, struct pawl_val *ret)
{
    uint32_t index = loop->index, count = loop->items.count;
    const struct {
        const char *name;
        struct pawl_val val;
    } attributes[] = {
        {"index", number_of(index + 1)},
        {"index0", number_of(index)},
        {"first", pawl_val_of_bool(index == 0)},
        {"last", pawl_val_of_bool(index + 1 == count)},
        {"length", number_of(count)},
        {"revindex", number_of(count - index)},
        {"revindex0", number_of(count - index - 1)},
        {"depth", number_of(loop->depth + 1)},
        {"depth0", number_of(loop->depth)},
    };
    for (size_t i = 0; i < sizeof(attributes) / sizeof(attributes[0]); i++) {
        if (pawl_str_is(name, attributes[i].name)) {
            *ret = attributes[i].val;
            return true;
        }
    }
    if (pawl_str_is(name, "previtem") && index > 0) {
        *ret = loop->items.items[index - 1];
        return true;
    }
    if (pawl_str_is(name, "nextitem") && index + 1 < count) {
        *ret = loop->items.items[index + 1];
        return true;
    }
    return false;
}

/* The loop variable as a map. */
static enum pawl_rc loop_map(struct pawl_expr_run *run, const struct pawl_loop *loop,
                             struct pawl_val *ret)
{
    static const char *const names[] = {"index",  "index0",   "first",     "last",
                                        "length", "revindex", "revindex0", "depth",
                                        "depth0", "previtem", "nextitem"};
    struct pawl_map_builder map;
    pawl_map_begin(&map, run->arena);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct pawl_val val = {0};
        struct pawl_str name = pawl_str_from(names[i]);
        if (loop_attribute(loop, name, &val)) {
            pawl_map_add(&map, name, &val);
        }
    }
    return pawl_expr_map_end(run, &map, ret);
}

static enum pawl_rc run_loop(struct pawl_expr_run *run, struct pawl_loop *loop,
                             struct pawl_text_out *out);

/* `loop(items)`: the body of the innermost recursive loop again, over other items; gives its text.
 */
static enum pawl_rc loop_again(struct pawl_expr_run *run, const struct pawl_node *node,
                               struct pawl_val *ret)
{
    struct pawl_loop *outer = run->loop;
    while (outer != NULL && !outer->for_->recursive) {
        outer = outer->outer;
    }
    struct pawl_val of = {0};
    enum pawl_rc rc = pawl_expr_defined(run, node->u.attribute.of, &of);
    run->at = node;
    if (rc != PAWL_OK) {
        return rc;
    }
    if (outer == NULL) {
        return pawl_expr_fail(run, "type", "loop() needs a loop that is marked as recursive");
    }
    const struct pawl_for *for_ = outer->for_;
    uint32_t count = for_->end_slot - for_->first_slot;
    struct pawl_val *saved = PAWL_ARENA_ARRAY(run->arena, struct pawl_val, count);
    if (saved == NULL) {
        return pawl_expr_no_memory(run);
    }
    memcpy(saved, run->slots + for_->first_slot, count * sizeof(*saved));
    struct pawl_loop loop = {.for_ = for_,
                             .depth = outer->depth + 1,
                             .outer = run->loop,
                             .marks = pawl_val_marks(&of)};
    struct pawl_text_out out;
    pawl_out_begin(&out, run);
    rc = pawl_expr_items(run, &of, &loop.items);
    rc = rc != PAWL_OK ? rc : run_loop(run, &loop, &out);
    memcpy(run->slots + for_->first_slot, saved, count * sizeof(*saved));
    return rc != PAWL_OK ? rc : pawl_out_end(&out, ret);
}

enum pawl_rc pawl_expr_loop_attribute(struct pawl_expr_run *run, const struct pawl_node *node,
                                      struct pawl_val *ret)
{
    const struct pawl_loop *loop = run->loop;
    PAWL_ASSERT(loop != NULL);
    if (node->u.attribute.of != NULL) {
        return loop_again(run, node, ret);
    }
    if (node->u.attribute.name.len == 0) {
        return loop_map(run, loop, ret);
    }
    if (!loop_attribute(loop, node->u.attribute.name, ret)) {
        *ret = (struct pawl_val){.kind = PAWL_VAL_UNDEFINED,
                                 .len = node->end - node->start,
                                 .u.text = run->source.ptr + node->start};
    }
    pawl_val_mark(ret, loop->marks);
    return PAWL_OK;
}

/* The items for which the filter holds. */
static enum pawl_rc filter_items(struct pawl_expr_run *run, struct pawl_loop *loop)
{
    const struct pawl_for *for_ = loop->for_;
    struct pawl_val *kept = PAWL_ARENA_ARRAY(run->arena, struct pawl_val, loop->items.count);
    uint32_t count = 0;
    if (kept == NULL) {
        return pawl_expr_no_memory(run);
    }
    for (uint32_t i = 0; i < loop->items.count; i++) {
        struct pawl_val test = {0};
        bool truth = false;
        slots_clear(run, for_->first_slot, for_->end_slot);
        enum pawl_rc rc = bind(run, &for_->targets, &loop->items.items[i]);
        rc = rc != PAWL_OK ? rc : pawl_expr_node(run, for_->filter, &test);
        rc = rc != PAWL_OK ? rc : pawl_expr_truth(run, &test, &truth);
        if (rc != PAWL_OK) {
            return rc;
        }
        loop->marks |= pawl_val_marks(&test);
        if (truth) {
            kept[count++] = loop->items.items[i];
        }
    }
    loop->items = (struct pawl_items){kept, count};
    return PAWL_OK;
}

/* Goes over loop->items; run->loop is `loop` meanwhile. */
static enum pawl_rc run_loop(struct pawl_expr_run *run, struct pawl_loop *loop,
                             struct pawl_text_out *out)
{
    const struct pawl_for *for_ = loop->for_;
    if (loop->depth > RECURSION_MAX) {
        return pawl_expr_fail(run, "limit", "loop() nests more than %d deep", RECURSION_MAX);
    }
    enum pawl_rc rc = for_->filter != NULL ? filter_items(run, loop) : PAWL_OK;
    run->control_marks |= loop->marks;
    if (rc == PAWL_OK && loop->items.count == 0) {
        slots_clear(run, for_->first_slot, for_->end_slot);
        return run_body(run, &for_->otherwise, out);
    }
    run->loop = loop;
    for (loop->index = 0; loop->index < loop->items.count && rc == PAWL_OK; loop->index++) {
        struct pawl_val item = loop->items.items[loop->index];
        pawl_val_mark(&item, loop->marks);
        slots_clear(run, for_->first_slot, for_->end_slot);
        rc = pawl_expr_charge(run, 1);
        rc = rc != PAWL_OK ? rc : bind(run, &for_->targets, &item);
        rc = rc != PAWL_OK ? rc : run_body(run, &for_->body, out);
    }
    run->loop = loop->outer;
    return rc;
}

static enum pawl_rc run_for(struct pawl_expr_run *run, const struct pawl_for *for_,
                            struct pawl_text_out *out)
{
    struct pawl_val of = {0};
    struct pawl_loop loop = {.for_ = for_, .outer = run->loop};
    enum pawl_rc rc = pawl_expr_node(run, for_->iterable, &of);
    run->at = for_->iterable;
    rc = rc != PAWL_OK ? rc : pawl_expr_items(run, &of, &loop.items);
    if (rc != PAWL_OK) {
        return rc;
    }
    loop.marks = pawl_val_marks(&of);
    return run_loop(run, &loop, out);
}

/* ---- if and set --------------------------------------------------------------------------------
 */

static enum pawl_rc run_if(struct pawl_expr_run *run, const struct pawl_branch *branches,
                           uint32_t count, struct pawl_text_out *out)
{
    for (uint32_t i = 0; i < count; i++) {
        bool truth = branches[i].test == NULL;
        if (!truth) {
            struct pawl_val test = {0};
            enum pawl_rc rc = pawl_expr_node(run, branches[i].test, &test);
            run->at = branches[i].test;
            rc = rc != PAWL_OK ? rc : pawl_expr_truth(run, &test, &truth);
            if (rc != PAWL_OK) {
                return rc;
            }
            run->control_marks |= pawl_val_marks(&test);
        }
        if (truth) {
            return run_body(run, &branches[i].body, out);
        }
    }
    return PAWL_OK;
}

/* The body's text through the filters. */
static enum pawl_rc set_text(struct pawl_expr_run *run, const struct pawl_set *set,
                             struct pawl_val *ret)
{
    struct pawl_text_out out;
    pawl_out_begin(&out, run);
    slots_clear(run, set->first_slot, set->end_slot);
    enum pawl_rc rc = run_body(run, &set->body, &out);
    rc = rc != PAWL_OK ? rc : pawl_out_end(&out, ret);
    for (uint32_t i = 0; i < set->filter_count && rc == PAWL_OK; i++) {
        struct pawl_val input = *ret;
        rc = pawl_expr_call(run, set->filters[i], &input, ret);
    }
    return rc;
}

static enum pawl_rc run_set(struct pawl_expr_run *run, const struct pawl_set *set)
{
    struct pawl_val val = {0};
    enum pawl_rc rc =
        set->value != NULL ? pawl_expr_node(run, set->value, &val) : set_text(run, set, &val);
    if (rc != PAWL_OK) {
        return rc;
    }
    run->at = set->value;
    pawl_val_mark(&val, run->control_marks);
    return bind(run, &set->targets, &val);
}

/* ---- bodies ------------------------------------------------------------------------------------
 */

static enum pawl_rc run_output(struct pawl_expr_run *run, const struct pawl_node *node,
                               struct pawl_text_out *out)
{
    struct pawl_val val = {0};
    enum pawl_rc rc = pawl_expr_node(run, node, &val);
    if (rc != PAWL_OK) {
        return rc;
    }
    run->at = node;
    pawl_out_val(out, &val);
    return out->rc;
}

static enum pawl_rc run_statement(struct pawl_expr_run *run, const struct pawl_statement *statement,
                                  struct pawl_text_out *out)
{
    switch (statement->op) {
    case PAWL_STATEMENT_TEXT:
        pawl_out_put(out, statement->u.text);
        return out->rc;
    case PAWL_STATEMENT_OUTPUT:
        return run_output(run, statement->u.output, out);
    case PAWL_STATEMENT_IF:
        return run_if(run, statement->u.if_.branches, statement->u.if_.count, out);
    case PAWL_STATEMENT_FOR:
        return run_for(run, &statement->u.for_, out);
    case PAWL_STATEMENT_SET:
        return run_set(run, &statement->u.set);
    }
    PAWL_UNREACHABLE();
}

/* Recursion: the parser bounded how statements nest, loop() comes on top of it. */
static enum pawl_rc run_body(struct pawl_expr_run *run, const struct pawl_body *body,
                             struct pawl_text_out *out)
{
    enum pawl_rc rc = PAWL_OK;
    if (run->body_depth >= PAWL_EXPR_DEPTH_MAX) {
        return pawl_expr_fail(run, "limit", "statements nest more than %u deep",
                              PAWL_EXPR_DEPTH_MAX);
    }
    run->body_depth++;
    for (uint32_t i = 0; i < body->count && rc == PAWL_OK; i++) {
        rc = pawl_expr_charge(run, 1);
        rc = rc != PAWL_OK ? rc : run_statement(run, &body->items[i], out);
    }
    run->body_depth--;
    out->marks |= run->control_marks;
    return rc;
}

enum pawl_rc pawl_message_run(struct pawl_expr_run *run, const struct pawl_template *template_,
                              struct pawl_val *ret)
{
    struct pawl_text_out out;
    run->source = template_->source;
    run->origin = &template_->origin;
    run->slot_outer = template_->slot_outer;
    run->slots = PAWL_ARENA_ARRAY(run->arena, struct pawl_val, template_->slot_count);
    if (run->slots == NULL) {
        return pawl_expr_no_memory(run);
    }
    slots_clear(run, 0, template_->slot_count);
    pawl_out_begin(&out, run);
    out.shown = run->eval->masked;
    enum pawl_rc rc = run_body(run, template_->body, &out);
    return rc != PAWL_OK ? rc : pawl_out_end(&out, ret);
}
