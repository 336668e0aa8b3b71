/* The context of a decision: refusing, emitting, effects, the queue; see decide.h. */
#include <stdarg.h>
#include <stdio.h>

#include "core/decide.h"

void pawl_refuse(struct pawl_decision *d, enum pawl_rc rc, const char *format, ...)
{
    PAWL_ASSERT(rc != PAWL_OK);
    PAWL_ASSERT(d->event_count == 0); /* C2 */
    if (d->rc != PAWL_OK) {
        return;
    }
    char text[sizeof(d->err->msg)];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(text, sizeof(text), format, args); /* cut is fine */
    va_end(args);
    d->rc = pawl_err_set(d->err, rc, "%s", text);
}

/* "'/amount' must be at least 1"; of the whole map: "the map needs 'amount'". Returns where the
 * text ends by then. */
static size_t put_finding(char *text, size_t size, size_t len, const struct pawl_schema_error *e)
{
    bool whole = e->instance_pointer.len == 0;
    int n = snprintf(text + len, size - len, "%s%s%.*s%s%.*s", len == 0 ? "" : "; ",
                     whole ? "the map" : "'", PAWL_STR_ARG(e->instance_pointer), whole ? " " : "' ",
                     PAWL_STR_ARG(e->message));
    return n > 0 ? len + (size_t)n : len;
}

static const struct pawl_val *finding_value(struct pawl_arena *arena,
                                            const struct pawl_schema_error *e)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "pointer", e->instance_pointer);
    pawl_map_add_str(&map, "keyword", e->keyword);
    pawl_map_add_str(&map, "message", e->message);
    if (e->hint.len > 0) {
        pawl_map_add_str(&map, "hint", e->hint);
    }
    return pawl_map_end(&map);
}

/* The checker shows no marked value, but it names keys: inside a sensitive map those are its
 * content. Then the rule is told of the map. */
static void hide_keys(struct pawl_arena *arena, const struct pawl_val *instance,
                      struct pawl_schema_error *io_error)
{
    struct pawl_str pointer = io_error->instance_pointer;
    for (size_t end = 0; end <= pointer.len; end++) {
        if (end > 0 && end < pointer.len && pointer.ptr[end] != '/') {
            continue;
        }
        struct pawl_str to_here = pawl_str_sub(pointer, 0, end);
        const struct pawl_val *at = pawl_val_pointer(instance, to_here);
        bool container = pawl_val_is(at, PAWL_VAL_MAP) || pawl_val_is(at, PAWL_VAL_LIST);
        if (container && (pawl_val_whole_marks(at) & PAWL_VAL_SENSITIVE) != 0) {
            io_error->instance_pointer = to_here;
            io_error->message = pawl_arena_printf(
                arena, "does not fit its schema (" PAWL_STR_FMT "); it is sensitive and not shown",
                PAWL_STR_ARG(io_error->keyword));
            io_error->hint = PAWL_STR_NONE;
            return;
        }
    }
}

void pawl_refuse_invalid(struct pawl_decision *d, const char *what,
                         const struct pawl_val *instance, struct pawl_schema_errors *errors)
{
    enum { SENTENCE_MAX = 4 };
    char text[sizeof(d->err->msg)] = "";
    size_t len = 0;
    struct pawl_list_builder list;
    pawl_list_begin(&list, d->arena);
    for (uint32_t i = 0; i < errors->count; i++) {
        if (pawl_val_sensitive(instance)) {
            hide_keys(d->arena, instance, &errors->items[i]);
        }
        if (i < SENTENCE_MAX && len < sizeof(text)) {
            len = put_finding(text, sizeof(text), len, &errors->items[i]);
        }
        pawl_list_add(&list, finding_value(d->arena, &errors->items[i]));
    }
    d->findings = pawl_list_end(&list);
    pawl_refuse(d, PAWL_EINVALID, "%s not valid: %s", what, text);
}

struct pawl_event pawl_event_of(const struct pawl_decision *d, enum pawl_event_kind kind,
                                uint32_t step)
{
    return (struct pawl_event){
        .kind = kind, .at = d->command->now, .step = step, .target = PAWL_STEP_NONE};
}

/* ---- sealed values ----------------------------------------------------------------------- */

struct pawl_opened {
    struct pawl_opened *next;
    const struct pawl_val *sealed, *open;
    bool shut;
};

/* Remembered by address: an expression may read a large value again and again. open NULL: not
 * opened yet. NULL: no memory. */
static struct pawl_opened *opened_of(struct pawl_decision *d, const struct pawl_val *val)
{
    struct pawl_opened *at = d->opened;
    while (at != NULL && at->sealed != val) {
        at = at->next;
    }
    if (at == NULL) {
        at = PAWL_ARENA_NEW(d->arena, struct pawl_opened);
        if (at != NULL) {
            *at = (struct pawl_opened){.next = d->opened, .sealed = val};
            d->opened = at;
        }
    }
    return at;
}

const struct pawl_val *pawl_decision_open(struct pawl_decision *d, const struct pawl_val *val)
{
    if (val == NULL || (val->flags & PAWL_VAL_SEAL_LIKE) == 0) {
        return val;
    }
    struct pawl_opened *at = opened_of(d, val);
    if (at == NULL) {
        return NULL;
    }
    if (at->open == NULL) {
        at->open = pawl_seal_open(d->facts, d->arena, val, &at->shut);
    }
    d->shut = d->shut || at->shut;
    return at->open;
}

void pawl_decision_opened(const struct pawl_decision *d, struct pawl_list_builder *list)
{
    for (const struct pawl_opened *at = d->opened; at != NULL; at = at->next) {
        pawl_list_add(list, at->open);
    }
}

/* Inputs that 0.1 stored are there in the clear: what is made of them from now on is sealed. */
const struct pawl_val *pawl_decision_inputs(struct pawl_decision *d)
{
    const struct pawl_val *inputs = pawl_run_inputs(d->run);
    if (inputs == NULL || (inputs->flags & PAWL_VAL_SEAL_LIKE) != 0) {
        return pawl_decision_open(d, inputs);
    }
    if (d->plan->inputs == NULL || !pawl_schema_has_sensitive(d->plan->inputs)) {
        return inputs;
    }
    struct pawl_opened *at = opened_of(d, inputs);
    if (at == NULL) {
        return NULL;
    }
    if (at->open == NULL) {
        at->open = pawl_sensitive_mark(d->arena, d->plan->inputs, inputs);
    }
    return at->open;
}

void pawl_refuse_if_shut(struct pawl_decision *d)
{
    if (d->shut) {
        pawl_refuse(d, PAWL_EINVALID,
                    "the run's sensitive inputs cannot be opened: they were sealed with another "
                    "key; start the server with the right --seal-key");
    }
}

static void event_seal(struct pawl_decision *d, struct pawl_event *event)
{
    const struct pawl_val **values[] = {&event->data, &event->labels, &event->errors};
    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i++) {
        const struct pawl_val *given = *values[i];
        if (given == NULL) {
            continue;
        }
        *values[i] = pawl_seal(d->facts, d->arena, given, d->err);
        if (*values[i] == NULL) {
            d->rc = d->arena->failed ? PAWL_ENOMEM : PAWL_EIO;
        }
    }
}

void pawl_emit(struct pawl_decision *d, const struct pawl_event *event)
{
    struct pawl_event sealed = *event;
    if (pawl_decision_on(d)) {
        event_seal(d, &sealed);
    }
    if (!pawl_decision_on(d)) {
        return;
    }
    if (d->event_count == d->event_cap) {
        uint32_t cap = d->event_cap == 0 ? 8 : d->event_cap * 2;
        struct pawl_event *events =
            pawl_arena_grow(d->arena, d->events, d->event_cap * sizeof(*events),
                            cap * sizeof(*events), _Alignof(struct pawl_event));
        if (events == NULL) {
            d->rc = PAWL_ENOMEM;
            return;
        }
        d->events = events;
        d->event_cap = cap;
    }
    struct pawl_event *kept = &d->events[d->event_count];
    *kept = sealed;
    kept->record = d->command->event;
    kept->index = d->command->event_index + d->event_count;
    d->event_count++;
    d->transitions++;
    pawl_core_apply(d->plan, d->run, kept);
}

void pawl_effect_put(struct pawl_decision *d, const struct pawl_effect *effect)
{
    if (!pawl_decision_on(d)) {
        return;
    }
    if (d->effect_count == d->effect_cap) {
        uint32_t cap = d->effect_cap == 0 ? 4 : d->effect_cap * 2;
        struct pawl_effect *effects =
            pawl_arena_grow(d->arena, d->effects, d->effect_cap * sizeof(*effects),
                            cap * sizeof(*effects), _Alignof(struct pawl_effect));
        if (effects == NULL) {
            d->rc = PAWL_ENOMEM;
            return;
        }
        d->effects = effects;
        d->effect_cap = cap;
    }
    d->effects[d->effect_count++] = *effect;
}

void pawl_queue_push(struct pawl_decision *d, uint32_t step)
{
    if (d->queue_count == d->queue_cap) {
        uint32_t cap = d->queue_cap == 0 ? 16 : d->queue_cap * 2;
        uint32_t *queue = pawl_arena_grow(d->arena, d->queue, d->queue_cap * sizeof(*queue),
                                          cap * sizeof(*queue), _Alignof(uint32_t));
        if (queue == NULL) {
            d->rc = PAWL_ENOMEM;
            return;
        }
        d->queue = queue;
        d->queue_cap = cap;
    }
    d->queue[d->queue_count++] = step;
}

bool pawl_queue_has(const struct pawl_decision *d, uint32_t step)
{
    for (uint32_t i = d->queue_head + 1; i < d->queue_count; i++) {
        if (d->queue[i] == step) {
            return true;
        }
    }
    return false;
}

void pawl_queue_park(struct pawl_decision *d, uint32_t step)
{
    if (d->parked_count == d->parked_cap) {
        uint32_t cap = d->parked_cap == 0 ? 4 : d->parked_cap * 2;
        uint32_t *parked = pawl_arena_grow(d->arena, d->parked, d->parked_cap * sizeof(*parked),
                                           cap * sizeof(*parked), _Alignof(uint32_t));
        if (parked == NULL) {
            d->rc = PAWL_ENOMEM;
            return;
        }
        d->parked = parked;
        d->parked_cap = cap;
    }
    d->parked[d->parked_count++] = step;
}

/* splitmix64: enough for jitter, and every retry of the decision draws the same numbers. */
uint64_t pawl_decision_random(struct pawl_decision *d)
{
    d->random += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t mixed = d->random;
    mixed = (mixed ^ (mixed >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ (mixed >> 27)) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ (mixed >> 31);
}

struct pawl_str pawl_actor_name(const struct pawl_decision *d)
{
    return d->command->actor.system ? PAWL_STR("system") : d->command->actor.name;
}
