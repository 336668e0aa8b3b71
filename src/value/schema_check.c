/* Checking an instance: the driver. Applies a schema's keywords in their order, keeps count of
 * steps and depth, and of what was evaluated. The verdicts of the keywords are in
 * schema_check_{scalar,list,map,logic}.c.
 *
 * The recursion follows schemas, not the instance alone, so it has a limit of its own
 * (PAWL_SCHEMA_DEPTH_MAX); every application costs a step. Where a verdict cannot be reached,
 * check->rc says why and everything returns false until the top. */
#include "value/schema_check.h"

#include "base/panic.h"

bool pawl_schema_check_none(struct schema_check *check, const struct schema_keyword *keyword,
                            const struct schema_frame *frame)
{
    PAWL_UNREACHABLE(); /* such keywords are left out when the schema is compiled */
}

bool pawl_schema_fail(struct schema_check *check, enum pawl_rc rc)
{
    PAWL_ASSERT(rc != PAWL_OK);
    check->rc = rc;
    return false;
}

bool pawl_schema_pay(struct schema_check *check, uint64_t steps)
{
    if (steps > check->fuel) {
        check->fuel = 0;
        return pawl_schema_fail(check, PAWL_EFUEL);
    }
    check->fuel -= steps;
    return true;
}

/* ---- sets -------------------------------------------------------------------------------------
 */

enum { WORD_BITS = 64 };

static size_t words_of(uint32_t count)
{
    return ((size_t)count + WORD_BITS - 1) / WORD_BITS;
}

bool pawl_schema_set_init(struct schema_check *check, struct schema_set *set,
                          const struct pawl_val *instance)
{
    *set = (struct schema_set){.count = pawl_val_count(instance)};
    if (set->count <= WORD_BITS) {
        return true;
    }
    if (check->scratch.chunk == NULL && pawl_arena_get(&check->scratch, 1, 1) == NULL) {
        return pawl_schema_fail(check, PAWL_ENOMEM); /* keeps one chunk for all sets to come */
    }
    set->mark = pawl_arena_mark(&check->scratch);
    set->more = PAWL_ARENA_ARRAY(&check->scratch, uint64_t, words_of(set->count));
    if (set->more == NULL) {
        return pawl_schema_fail(check, PAWL_ENOMEM);
    }
    return pawl_schema_pay(check, words_of(set->count));
}

void pawl_schema_set_fini(struct schema_check *check, struct schema_set *set)
{
    if (set->more != NULL) {
        pawl_arena_rewind(&check->scratch, set->mark);
    }
}

static uint64_t *set_words(struct schema_set *set)
{
    return set->more != NULL ? set->more : &set->word;
}

void pawl_schema_set_add(struct schema_set *set, uint32_t index)
{
    if (set != NULL) {
        PAWL_ASSERT(index < set->count);
        set_words(set)[index / WORD_BITS] |= UINT64_C(1) << (index % WORD_BITS);
    }
}

void pawl_schema_set_fill(struct schema_set *set, uint32_t count)
{
    if (set == NULL || count == 0) {
        return;
    }
    PAWL_ASSERT(count <= set->count);
    uint64_t *words = set_words(set);
    memset(words, 0xFF, count / WORD_BITS * sizeof(uint64_t));
    if (count % WORD_BITS != 0) {
        words[count / WORD_BITS] |= (UINT64_C(1) << (count % WORD_BITS)) - 1;
    }
}

bool pawl_schema_set_has(const struct schema_set *set, uint32_t index)
{
    const uint64_t *words = set->more != NULL ? set->more : &set->word;
    PAWL_ASSERT(index < set->count);
    return (words[index / WORD_BITS] >> (index % WORD_BITS) & 1) != 0;
}

void pawl_schema_set_merge(struct schema_set *set, const struct schema_set *from)
{
    if (set == NULL) {
        return;
    }
    PAWL_ASSERT(set->count == from->count);
    uint64_t *words = set_words(set);
    const uint64_t *others = from->more != NULL ? from->more : &from->word;
    for (size_t i = 0; i < words_of(set->count); i++) {
        words[i] |= others[i];
    }
}

/* ---- annotations ------------------------------------------------------------------------------
 */

static void take_note(struct schema_check *check, const struct schema_frame *frame)
{
    struct schema_notes *notes = check->notes;
    const struct pawl_val *value = pawl_val_get(frame->node->source, notes->name);
    if (value == NULL) {
        return;
    }
    if (notes->count == notes->cap) {
        uint32_t cap = notes->cap == 0 ? 16 : notes->cap * 2;
        struct schema_note *grown =
            pawl_arena_grow(&notes->arena, notes->items, notes->cap * sizeof(*notes->items),
                            cap * sizeof(*notes->items), _Alignof(struct schema_note));
        if (grown == NULL) {
            (void)pawl_schema_fail(check, PAWL_ENOMEM);
            return;
        }
        notes->items = grown;
        notes->cap = cap;
    }
    struct pawl_str pointer = pawl_schema_instance_pointer(&notes->arena, frame);
    if (pointer.ptr == NULL) {
        (void)pawl_schema_fail(check, PAWL_ENOMEM);
        return;
    }
    notes->items[notes->count++] = (struct schema_note){pointer, value};
}

/* ---- applying a schema ------------------------------------------------------------------------
 */

static bool apply_keywords(struct schema_check *check, const struct schema_frame *frame)
{
    const struct schema_node *node = frame->node;
    unsigned kind = 1u << frame->instance->kind;
    bool valid = true;
    for (uint32_t i = 0; i < node->keyword_count; i++) {
        const struct schema_keyword *keyword = &node->keywords[i];
        if ((keyword->info->kinds & kind) == 0) {
            continue;
        }
        if (!keyword->info->check(check, keyword, frame)) {
            valid = false;
            if (!pawl_schema_goes_on(check, valid)) {
                return false;
            }
        }
    }
    return valid && check->rc == PAWL_OK;
}

/* A node with unevaluated…: it sees what its own keywords evaluated, not what its neighbours did.
 */
static bool apply_with_set(struct schema_check *check, struct schema_frame *frame)
{
    struct schema_set own;
    struct schema_set *outer = frame->evaluated;
    if (!pawl_schema_set_init(check, &own, frame->instance)) {
        pawl_schema_set_fini(check, &own);
        return false;
    }
    frame->evaluated = &own;
    bool valid = apply_keywords(check, frame);
    if (valid) {
        pawl_schema_set_merge(outer, &own);
    }
    frame->evaluated = outer;
    pawl_schema_set_fini(check, &own);
    return valid;
}

bool pawl_schema_apply(struct schema_check *check, struct schema_frame *frame)
{
    const struct schema_node *node = frame->node;
    PAWL_ASSERT(frame->instance != NULL);
    if (check->rc != PAWL_OK || !pawl_schema_pay(check, 1 + node->keyword_count)) {
        return false;
    }
    if (check->notes != NULL) {
        take_note(check, frame);
    }
    if (node->verdict == SCHEMA_VERDICT_TRUE) {
        return check->rc == PAWL_OK;
    }
    if (node->verdict == SCHEMA_VERDICT_FALSE) {
        return pawl_schema_report(check, frame, NULL, "is not allowed here");
    }
    if (check->depth == PAWL_SCHEMA_DEPTH_MAX) {
        return pawl_schema_fail(check, PAWL_ELIMIT);
    }
    check->depth++;
    check->sensitive += node->sensitive;
    bool valid = node->unevaluated ? apply_with_set(check, frame) : apply_keywords(check, frame);
    check->sensitive -= node->sensitive;
    check->depth--;
    return valid;
}

bool pawl_schema_apply_here(struct schema_check *check, const struct schema_frame *frame,
                            const struct schema_keyword *keyword, const struct schema_node *node,
                            struct schema_set *evaluated)
{
    struct schema_frame here = {
        .up = frame,
        .node = node,
        .via = keyword,
        .instance = frame->instance,
        .evaluated = evaluated,
    };
    return pawl_schema_apply(check, &here);
}

bool pawl_schema_apply_part(struct schema_check *check, const struct schema_frame *frame,
                            const struct schema_keyword *keyword, const struct schema_node *node,
                            enum schema_move move, uint32_t index)
{
    struct pawl_val name;
    struct schema_frame part = {
        .up = frame,
        .node = node,
        .via = keyword,
        .instance = pawl_val_at(frame->instance, index),
        .index = index,
        .move = (uint8_t)move,
    };
    if (move == SCHEMA_MOVE_NAME) {
        name = pawl_val_text_view(pawl_val_key(frame->instance, index));
        pawl_val_mark(&name, pawl_val_whole_marks(frame->instance));
        part.instance = &name;
    }
    return pawl_schema_apply(check, &part);
}

bool pawl_schema_try_here(struct schema_check *check, const struct schema_frame *frame,
                          const struct schema_keyword *keyword, const struct schema_node *node,
                          struct schema_set *evaluated)
{
    struct pawl_schema_errors *errors = check->errors;
    struct schema_trial *trial = check->trial;
    uint32_t noted = check->notes != NULL ? check->notes->count : 0;
    check->errors = NULL;
    check->trial = NULL;
    bool valid = pawl_schema_apply_here(check, frame, keyword, node, evaluated);
    if (!valid && check->notes != NULL && !check->notes->failed_too) {
        check->notes->count = noted;
    }
    check->errors = errors;
    check->trial = trial;
    return valid;
}

/* ---- the whole --------------------------------------------------------------------------------
 */

void pawl_schema_check_init(struct schema_check *check, const struct pawl_schema *schema,
                            uint64_t fuel)
{
    *check = (struct schema_check){
        .schema = schema,
        .fuel = fuel == 0 ? PAWL_SCHEMA_FUEL_MAX : fuel,
    };
    pawl_arena_init(&check->scratch, schema->alloc, PAWL_SCHEMA_MEMORY_MAX);
    pawl_regex_run_init(&check->regex_run, schema->alloc);
}

void pawl_schema_check_fini(struct schema_check *check)
{
    PAWL_ASSERT(check->depth == 0);
    PAWL_ASSERT(check->sensitive == 0);
    pawl_regex_run_fini(&check->regex_run);
    pawl_arena_fini(&check->scratch);
}

enum pawl_rc pawl_schema_check(const struct pawl_schema *schema, const struct pawl_val *instance,
                               uint64_t fuel, struct pawl_schema_errors *errors)
{
    struct schema_check check;
    PAWL_ASSERT(schema != NULL);
    PAWL_ASSERT(!pawl_val_is(instance, PAWL_VAL_UNDEFINED));
    pawl_schema_check_init(&check, schema, fuel);
    check.errors = errors;
    struct schema_frame root = {.node = schema->root, .instance = instance};
    bool valid = pawl_schema_apply(&check, &root);
    enum pawl_rc rc = check.rc != PAWL_OK ? check.rc : valid ? PAWL_OK : PAWL_EINVALID;
    pawl_schema_check_fini(&check);
    return rc;
}

bool pawl_schema_has_sensitive(const struct pawl_schema *schema)
{
    return schema->sensitive;
}

enum pawl_rc pawl_schema_annotations(const struct pawl_schema *schema,
                                     const struct pawl_val *instance, struct pawl_str annotation,
                                     pawl_schema_annotation_fn *fn, void *ctx)
{
    struct schema_check check;
    struct schema_notes notes = {.name = annotation};
    PAWL_ASSERT(schema != NULL);
    PAWL_ASSERT(!pawl_val_is(instance, PAWL_VAL_UNDEFINED));
    pawl_schema_check_init(&check, schema, 0);
    pawl_arena_init(&notes.arena, schema->alloc, PAWL_SCHEMA_MEMORY_MAX);
    check.notes = &notes;
    struct schema_frame root = {.node = schema->root, .instance = instance};
    if (!pawl_schema_apply(&check, &root) && check.rc == PAWL_OK) {
        notes.failed_too = true; /* none of what was meant may match: the places are wanted still */
        notes.count = 0;
        check.fuel = PAWL_SCHEMA_FUEL_MAX;
        (void)pawl_schema_apply(&check, &root);
    }
    for (uint32_t i = 0; i < notes.count && check.rc == PAWL_OK; i++) {
        fn(ctx, notes.items[i].pointer, notes.items[i].value);
    }
    enum pawl_rc rc = check.rc;
    pawl_arena_fini(&notes.arena);
    pawl_schema_check_fini(&check);
    return rc;
}
