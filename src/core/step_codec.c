/* A page: version, then per instance its place, a set of what it has, and just that.
 *
 * Most instances have settled with a few counters, so each member is written only when it is
 * not the default; times are relative to the run's creation. The order of members is the order
 * of enum part, append only: an older reader does not know a newer bit and says "corrupt",
 * which the version byte announces first. Decoding checks every index, enum and length; texts
 * become views of the bytes, which live in the run's arena. */
#include "core/step_codec.h"

#include "core/run_page.h"
#include "core/stored.h"

enum { PAGE_VERSION = 1 };

enum part { /* bits of what an instance has */
            PART_REASON,
            PART_EDGE,
            PART_FLAGS,
            PART_ITERATION,
            PART_COUNTS,
            PART_GATES,
            PART_ATTEMPT,
            PART_STARTED,
            PART_ENDED,
            PART_DUE,
            PART_ENTERED_BY,
            PART_REPLACED_BY,
            PART_TARGET,
            PART_ESCALATION,
            PART_OUTCOME,
            PART_SIGNAL,
            PART_OUTPUT,
            PART_ERROR,
            PART_PEOPLE,
            PART_ENTRIES,
            PART_CHOSEN,
            PART_CAUSE,
            PART_COUNT
};

static uint32_t part_bit(enum part part, bool has)
{
    return has ? 1u << part : 0;
}

static uint32_t step_parts(const struct pawl_step_state *st)
{
    uint32_t counts = st->live | st->dead | st->failed;
    uint32_t gates = st->gates_open | st->gates_closed | st->gates_fail | st->passed;
    return part_bit(PART_REASON, st->reason != PAWL_REASON_NONE) |
           part_bit(PART_EDGE, st->edge != PAWL_EDGE_OPEN) | part_bit(PART_FLAGS, st->flags != 0) |
           part_bit(PART_ITERATION, st->iteration != 1) | part_bit(PART_COUNTS, counts != 0) |
           part_bit(PART_GATES, gates != 0) | part_bit(PART_ATTEMPT, st->attempt != 0) |
           part_bit(PART_STARTED, st->started_at != 0) | part_bit(PART_ENDED, st->ended_at != 0) |
           part_bit(PART_DUE, st->due != 0) |
           part_bit(PART_ENTERED_BY, st->entered_by != PAWL_STEP_NONE) |
           part_bit(PART_REPLACED_BY, st->replaced_by != PAWL_STEP_NONE) |
           part_bit(PART_TARGET, st->target != PAWL_STEP_NONE) |
           part_bit(PART_ESCALATION, st->escalation != 0) |
           part_bit(PART_OUTCOME, st->outcome.len != 0) |
           part_bit(PART_SIGNAL, st->signal.len != 0) |
           part_bit(PART_OUTPUT, pawl_stored_has(&st->output)) |
           part_bit(PART_ERROR, st->error != NULL) | part_bit(PART_PEOPLE, st->people != NULL) |
           part_bit(PART_ENTRIES, st->entries.count != 0) |
           part_bit(PART_CHOSEN, st->chosen.count != 0) |
           part_bit(PART_CAUSE, st->error != NULL && st->error->cause_code.len != 0);
}

static bool has(uint32_t parts, enum part part)
{
    return (parts & (1u << part)) != 0;
}

/* ---- pieces shared with the header ------------------------------------------------------- */

void pawl_stored_encode(struct pawl_buf *buf, const struct pawl_stored *stored)
{
    if (stored->text.ptr != NULL) {
        pawl_wire_put_u64(buf, 1);
        pawl_wire_put_str(buf, stored->text);
    } else if (stored->record != 0) {
        pawl_wire_put_u64(buf, 2);
        pawl_wire_put_u64(buf, (uint64_t)stored->record);
        pawl_wire_put_u64(buf, stored->index);
    } else {
        pawl_wire_put_u64(buf, 0);
    }
}

struct pawl_stored pawl_stored_decode(struct pawl_wire *wire)
{
    struct pawl_stored stored = {.record = 0};
    uint32_t form = pawl_wire_below(wire, 3);
    if (form == 1) {
        stored.text = pawl_wire_str(wire);
    } else if (form == 2) {
        stored.record = (pawl_id)pawl_wire_u64(wire);
        stored.index = pawl_wire_u32(wire);
        wire->bad = wire->bad || stored.record <= 0;
    }
    return stored;
}

void pawl_steps_encode(struct pawl_buf *buf, const struct pawl_step_list *list)
{
    pawl_wire_put_u64(buf, list->count);
    for (uint32_t i = 0; i < list->count; i++) {
        pawl_wire_put_u64(buf, list->items[i] == PAWL_STEP_NONE ? 0 : list->items[i] + 1);
    }
}

void pawl_steps_decode(struct pawl_wire *wire, struct pawl_run_state *state,
                       struct pawl_step_list *list)
{
    uint32_t count = pawl_wire_count(wire);
    for (uint32_t i = 0; i < count && !wire->bad; i++) {
        uint32_t step = pawl_wire_below(wire, state->plan->step_count + 1);
        pawl_step_list_push(state, list, step == 0 ? PAWL_STEP_NONE : step - 1);
    }
}

static void texts_encode(struct pawl_buf *buf, const struct pawl_texts *texts)
{
    pawl_wire_put_u64(buf, texts->count);
    for (uint32_t i = 0; i < texts->count; i++) {
        pawl_wire_put_str(buf, texts->items[i]);
    }
}

static struct pawl_texts texts_decode(struct pawl_wire *wire, struct pawl_arena *arena)
{
    uint32_t count = pawl_wire_count(wire);
    struct pawl_str *items = PAWL_ARENA_ARRAY(arena, struct pawl_str, count);
    for (uint32_t i = 0; i < count && items != NULL; i++) {
        items[i] = pawl_wire_str(wire);
    }
    return (struct pawl_texts){items, items != NULL ? count : 0};
}

/* ---- tasks ------------------------------------------------------------------------------- */

static void people_encode(struct pawl_buf *buf, const struct pawl_people *people, pawl_ms base)
{
    pawl_wire_put_str(buf, people->title);
    texts_encode(buf, &people->exclude);
    pawl_wire_put_u64(buf, people->task_count);
    for (uint32_t i = 0; i < people->task_count; i++) {
        const struct pawl_task_state *task = &people->tasks[i];
        pawl_wire_put_u64(buf, (uint64_t)task->id);
        pawl_wire_put_u64(buf, ((uint64_t)task->status << 1) | task->escalated);
        pawl_wire_put_u64(buf, task->version);
        pawl_wire_put_i64(buf, task->decided_at == 0 ? 0 : task->decided_at - base + 1);
        pawl_wire_put_str(buf, task->person);
        pawl_wire_put_str(buf, task->on_behalf_of);
        pawl_wire_put_str(buf, task->comment);
        pawl_stored_encode(buf, &task->form);
        texts_encode(buf, &task->candidates);
        texts_encode(buf, &task->holders);
    }
}

static void task_decode(struct pawl_wire *wire, struct pawl_arena *arena, pawl_ms base,
                        struct pawl_task_state *task)
{
    task->id = (pawl_id)pawl_wire_u64(wire);
    uint32_t status = pawl_wire_below(wire, PAWL_TASK_STATUS_COUNT << 1);
    task->status = (enum pawl_task_status)(status >> 1);
    task->escalated = (status & 1) != 0;
    task->version = pawl_wire_u32(wire);
    int64_t decided = pawl_wire_i64(wire);
    task->decided_at = decided == 0 ? 0 : base + decided - 1;
    task->person = pawl_wire_str(wire);
    task->on_behalf_of = pawl_wire_str(wire);
    task->comment = pawl_wire_str(wire);
    task->form = pawl_stored_decode(wire);
    task->candidates = texts_decode(wire, arena);
    task->holders = texts_decode(wire, arena);
}

static struct pawl_people *people_decode(struct pawl_wire *wire, struct pawl_arena *arena,
                                         pawl_ms base)
{
    struct pawl_people *people = PAWL_ARENA_NEW(arena, struct pawl_people);
    if (people == NULL) {
        return NULL;
    }
    people->title = pawl_wire_str(wire);
    people->exclude = texts_decode(wire, arena);
    uint32_t count = pawl_wire_count(wire);
    people->tasks = PAWL_ARENA_ARRAY(arena, struct pawl_task_state, count);
    if (people->tasks == NULL) {
        return NULL;
    }
    people->task_count = people->task_cap = count;
    for (uint32_t i = 0; i < count && !wire->bad; i++) {
        task_decode(wire, arena, base, &people->tasks[i]);
    }
    return people;
}

/* ---- one instance ------------------------------------------------------------------------ */

static void step_encode_counters(struct pawl_buf *buf, const struct pawl_step_state *st,
                                 uint32_t parts)
{
    if (has(parts, PART_REASON)) {
        pawl_wire_put_u64(buf, st->reason);
    }
    if (has(parts, PART_EDGE)) {
        pawl_wire_put_u64(buf, st->edge);
    }
    if (has(parts, PART_FLAGS)) {
        pawl_wire_put_u64(buf, st->flags);
    }
    if (has(parts, PART_ITERATION)) {
        pawl_wire_put_u64(buf, st->iteration);
    }
    if (has(parts, PART_COUNTS)) {
        pawl_wire_put_u64(buf, st->live);
        pawl_wire_put_u64(buf, st->dead);
        pawl_wire_put_u64(buf, st->failed);
    }
    if (has(parts, PART_GATES)) {
        pawl_wire_put_u64(buf, st->gates_open);
        pawl_wire_put_u64(buf, st->gates_closed);
        pawl_wire_put_u64(buf, st->gates_fail);
        pawl_wire_put_u64(buf, st->passed);
    }
    if (has(parts, PART_ATTEMPT)) {
        pawl_wire_put_u64(buf, st->attempt);
        pawl_wire_put_u64(buf, st->attempt_base);
        pawl_wire_put_u64(buf, st->fence);
    }
}

static void step_encode_places(struct pawl_buf *buf, const struct pawl_step_state *st,
                               uint32_t parts, pawl_ms base)
{
    const struct {
        enum part part;
        pawl_ms at;
    } times[] = {{PART_STARTED, st->started_at}, {PART_ENDED, st->ended_at}, {PART_DUE, st->due}};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        if (has(parts, times[i].part)) {
            pawl_wire_put_i64(buf, times[i].at - base);
        }
    }
    const struct {
        enum part part;
        uint32_t number;
    } numbers[] = {{PART_ENTERED_BY, st->entered_by},
                   {PART_REPLACED_BY, st->replaced_by},
                   {PART_TARGET, st->target},
                   {PART_ESCALATION, st->escalation}};
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (has(parts, numbers[i].part)) {
            pawl_wire_put_u64(buf, numbers[i].number);
        }
    }
}

static void step_encode(struct pawl_buf *buf, const struct pawl_step_state *st, uint32_t parts,
                        pawl_ms base)
{
    pawl_wire_put_u64(buf, parts);
    pawl_wire_put_u64(buf, st->status);
    step_encode_counters(buf, st, parts);
    step_encode_places(buf, st, parts, base);
    if (has(parts, PART_OUTCOME)) {
        pawl_wire_put_str(buf, st->outcome);
    }
    if (has(parts, PART_SIGNAL)) {
        pawl_wire_put_str(buf, st->signal);
    }
    if (has(parts, PART_OUTPUT)) {
        pawl_stored_encode(buf, &st->output);
    }
    if (has(parts, PART_ERROR)) {
        pawl_wire_put_str(buf, st->error->code);
        pawl_wire_put_str(buf, st->error->message);
        pawl_wire_put_u64(buf, st->error->attempt);
    }
    if (has(parts, PART_PEOPLE)) {
        people_encode(buf, st->people, base);
    }
    if (has(parts, PART_ENTRIES)) {
        pawl_steps_encode(buf, &st->entries);
    }
    if (has(parts, PART_CHOSEN)) {
        pawl_steps_encode(buf, &st->chosen);
    }
    if (has(parts, PART_CAUSE)) {
        pawl_wire_put_str(buf, st->error->cause_code);
        pawl_wire_put_str(buf, st->error->cause_message);
    }
}

static void step_decode_counters(struct pawl_wire *wire, struct pawl_step_state *st, uint32_t parts)
{
    if (has(parts, PART_REASON)) {
        st->reason = (enum pawl_reason)pawl_wire_below(wire, PAWL_REASON_COUNT);
    }
    if (has(parts, PART_EDGE)) {
        st->edge = (enum pawl_edge)pawl_wire_below(wire, PAWL_EDGE_FAILED + 1);
    }
    if (has(parts, PART_FLAGS)) {
        st->flags = pawl_wire_below(wire, PAWL_STEP_FLAGS_END);
    }
    if (has(parts, PART_ITERATION)) {
        st->iteration = pawl_wire_u32(wire);
    }
    if (has(parts, PART_COUNTS)) {
        st->live = pawl_wire_u32(wire);
        st->dead = pawl_wire_u32(wire);
        st->failed = pawl_wire_u32(wire);
    }
    if (has(parts, PART_GATES)) {
        st->gates_open = pawl_wire_u32(wire);
        st->gates_closed = pawl_wire_u32(wire);
        st->gates_fail = pawl_wire_u32(wire);
        st->passed = pawl_wire_u32(wire);
    }
    if (has(parts, PART_ATTEMPT)) {
        st->attempt = pawl_wire_u32(wire);
        st->attempt_base = pawl_wire_u32(wire);
        st->fence = pawl_wire_u64(wire);
    }
}

static void step_decode_places(struct pawl_wire *wire, struct pawl_step_state *st, uint32_t parts,
                               pawl_ms base, uint32_t step_count)
{
    const struct {
        enum part part;
        pawl_ms *at;
    } times[] = {
        {PART_STARTED, &st->started_at}, {PART_ENDED, &st->ended_at}, {PART_DUE, &st->due}};
    for (size_t i = 0; i < sizeof(times) / sizeof(times[0]); i++) {
        if (has(parts, times[i].part)) {
            uint64_t since = (uint64_t)pawl_wire_i64(wire);
            *times[i].at = (pawl_ms)((uint64_t)base + since);
        }
    }
    const struct {
        enum part part;
        uint32_t *number;
    } steps[] = {{PART_ENTERED_BY, &st->entered_by},
                 {PART_REPLACED_BY, &st->replaced_by},
                 {PART_TARGET, &st->target}};
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        if (has(parts, steps[i].part)) {
            *steps[i].number = pawl_wire_below(wire, step_count);
        }
    }
    if (has(parts, PART_ESCALATION)) {
        st->escalation = pawl_wire_u32(wire);
    }
}

static void step_decode_error(struct pawl_wire *wire, struct pawl_arena *arena,
                              struct pawl_step_state *st)
{
    st->error = PAWL_ARENA_NEW(arena, struct pawl_step_error);
    if (st->error != NULL) {
        st->error->code = pawl_wire_str(wire);
        st->error->message = pawl_wire_str(wire);
        st->error->attempt = pawl_wire_u32(wire);
    }
}

static void step_decode_cause(struct pawl_wire *wire, struct pawl_step_state *st)
{
    struct pawl_str code = pawl_wire_str(wire), message = pawl_wire_str(wire);
    wire->bad = wire->bad || st->error == NULL || code.len == 0;
    if (st->error != NULL) {
        st->error->cause_code = code;
        st->error->cause_message = message;
    }
}

static void step_decode(struct pawl_wire *wire, const struct pawl_run *run,
                        struct pawl_step_state *st)
{
    struct pawl_run_state *state = run->state;
    uint32_t parts = pawl_wire_u32(wire);
    wire->bad = wire->bad || parts >> PART_COUNT != 0;
    st->status = (enum pawl_step_status)pawl_wire_below(wire, PAWL_STEP_STATUS_COUNT);
    step_decode_counters(wire, st, parts);
    step_decode_places(wire, st, parts, run->created_at, state->plan->step_count);
    if (has(parts, PART_OUTCOME)) {
        st->outcome = pawl_wire_str(wire);
    }
    if (has(parts, PART_SIGNAL)) {
        st->signal = pawl_wire_str(wire);
    }
    if (has(parts, PART_OUTPUT)) {
        st->output = pawl_stored_decode(wire);
    }
    if (has(parts, PART_ERROR)) {
        step_decode_error(wire, state->arena, st);
    }
    if (has(parts, PART_PEOPLE)) {
        st->people = people_decode(wire, state->arena, run->created_at);
    }
    if (has(parts, PART_ENTRIES)) {
        pawl_steps_decode(wire, state, &st->entries);
    }
    if (has(parts, PART_CHOSEN)) {
        pawl_steps_decode(wire, state, &st->chosen);
    }
    if (has(parts, PART_CAUSE)) {
        step_decode_cause(wire, st);
    }
}

/* ---- a page ------------------------------------------------------------------------------ */

void pawl_page_encode(struct pawl_buf *buf, const struct pawl_run *run, uint32_t page)
{
    const struct pawl_run_page *slot = run->state->pages[page];
    bool untouched = slot == NULL || !slot->loaded;
    PAWL_ASSERT(!untouched || run->state->page_count == 1);
    uint32_t size = untouched ? 0 : pawl_run_page_size(run->state->plan, page);
    pawl_wire_put_u64(buf, PAGE_VERSION);
    uint32_t next = 0; /* place + 1 - next is never 0, which ends the page */
    for (uint32_t i = 0; i < size; i++) {
        const struct pawl_step_state *st = slot->steps[i];
        uint32_t parts = st == NULL ? 0 : step_parts(st);
        if (parts == 0 && (st == NULL || st->status == PAWL_STEP_PENDING)) {
            continue;
        }
        pawl_wire_put_u64(buf, i + 1 - next);
        step_encode(buf, st, parts, run->created_at);
        next = i + 1;
    }
    pawl_wire_put_u64(buf, 0);
}

/* I1 and I4 against the header's figures; a plan of one page has them from here. */
static bool page_settle_counts(struct pawl_run *run, uint32_t page, uint32_t open, pawl_ms wake)
{
    struct pawl_run_page *slot = run->state->pages[page];
    if (run->state->page_count > 1) {
        return slot->open == open && slot->wake == wake;
    }
    slot->open = open;
    slot->wake = wake;
    run->state->active = open;
    return true;
}

bool pawl_page_decode(struct pawl_run *run, uint32_t page, struct pawl_str bytes)
{
    struct pawl_run_page *slot = run->state->pages[page];
    PAWL_ASSERT(slot != NULL && slot->loaded);
    struct pawl_wire wire = pawl_wire_open(pawl_arena_str(run->state->arena, bytes));
    uint32_t size = pawl_run_page_size(run->state->plan, page);
    wire.bad = pawl_wire_u64(&wire) != PAGE_VERSION || wire.bad;
    uint32_t next = 0, open = 0;
    pawl_ms wake = PAWL_NEVER;
    for (uint32_t gap = pawl_wire_u32(&wire); gap != 0 && !wire.bad; gap = pawl_wire_u32(&wire)) {
        struct pawl_step_state *st = PAWL_ARENA_NEW(run->state->arena, struct pawl_step_state);
        if (st == NULL || gap > size - next) {
            return false;
        }
        *st = pawl_step_state_default;
        step_decode(&wire, run, st);
        slot->steps[next + gap - 1] = st;
        next += gap;
        open += pawl_step_status_open(st->status) ? 1 : 0;
        wake = st->due != 0 && st->due < wake ? st->due : wake;
    }
    return !wire.bad && wire.at == wire.end && !run->state->arena->failed &&
           page_settle_counts(run, page, open, wake);
}
