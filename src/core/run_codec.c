/* A run's header as bytes: version, plan hash, the members of struct pawl_run, the core's own
 * part, and either page 0 (plans of one page) or the list of pages with something open or due.
 *
 * The order is fixed and append only within a version. Members that most runs lack stand behind
 * one set of bits. Times are relative to created_at, which is absolute. A decoder checks every
 * index, enum and length, and what the state's invariants say of the whole; whatever fails is
 * PAWL_ECORRUPT. */
#include "base/limits.h"
#include "core/run_page.h"
#include "core/step_codec.h"
#include "core/stored.h"

enum { RUN_VERSION = 1 };

enum run_part { /* bits of what a header has */
                RUN_HOLD,
                RUN_UNFINISHED,
                RUN_FAILING,
                RUN_TERMINATED,
                RUN_WAITS,  /* start_at, deadline, paused_at */
                RUN_LABELS, /* labels */
                RUN_RESULT, /* outputs, output_errors, outcome, ended_by */
                RUN_BACK,   /* iteration, sent_back, back_target, back_by */
                RUN_ERROR,  /* error, error_step */
                RUN_SAID,   /* comment, comment_by */
                RUN_ENDING, /* ending, ending_outcome */
                RUN_LISTS,  /* unhandled, held, queue */
                RUN_SIGNALS,
                RUN_SIGNAL_WAITS,
                RUN_APPROVED, /* last_outcome */
                RUN_PARKED,   /* incident */
                RUN_PART_COUNT
};

static uint32_t run_bit(enum run_part part, bool has)
{
    return has ? 1u << part : 0;
}

static uint32_t run_parts(const struct pawl_run *run)
{
    const struct pawl_run_state *s = run->state;
    bool result = pawl_stored_has(&s->outputs) || pawl_stored_has(&s->output_errors) ||
                  run->outcome.len > 0 || s->ended_by != PAWL_STEP_NONE;
    bool back =
        s->iteration != 1 || s->back_target != PAWL_STEP_NONE || pawl_stored_has(&s->sent_back);
    bool lists = s->unhandled.count + s->held.count + s->queue.count > 0;
    return run_bit(RUN_HOLD, run->hold) | run_bit(RUN_UNFINISHED, run->unfinished) |
           run_bit(RUN_FAILING, s->failing) | run_bit(RUN_TERMINATED, s->terminated) |
           run_bit(RUN_WAITS, (s->start_at | s->deadline | s->paused_at) != 0) |
           run_bit(RUN_LABELS, pawl_stored_has(&s->labels)) | run_bit(RUN_RESULT, result) |
           run_bit(RUN_BACK, back) | run_bit(RUN_ERROR, s->error.code.len > 0) |
           run_bit(RUN_SAID, s->comment.len + s->comment_by.len > 0) |
           run_bit(RUN_ENDING, run->phase == PAWL_PHASE_CANCELLING) | run_bit(RUN_LISTS, lists) |
           run_bit(RUN_SIGNALS, s->signal_count > 0) |
           run_bit(RUN_SIGNAL_WAITS, s->wait_count > 0) |
           run_bit(RUN_APPROVED, s->last_outcome.len > 0) |
           run_bit(RUN_PARKED, s->incident.at != 0);
}

static bool has(uint32_t parts, enum run_part part)
{
    return (parts & (1u << part)) != 0;
}

/* Instants, 0 being "not yet". */
static void at_encode(struct pawl_buf *buf, pawl_ms at, pawl_ms base)
{
    pawl_wire_put_i64(buf, at == 0 ? 0 : at >= base ? at - base + 1 : at - base);
}

static pawl_ms at_decode(struct pawl_wire *wire, pawl_ms base)
{
    int64_t since = pawl_wire_i64(wire);
    int64_t after = since > 0 ? since - 1 : since;
    return since == 0 ? 0 : (pawl_ms)((uint64_t)base + (uint64_t)after);
}

static void step_ref_encode(struct pawl_buf *buf, uint32_t step)
{
    pawl_wire_put_u64(buf, step == PAWL_STEP_NONE ? 0 : (uint64_t)step + 1);
}

static uint32_t step_ref_decode(struct pawl_wire *wire, const struct pawl_run_state *state)
{
    uint32_t step = pawl_wire_below(wire, state->plan->step_count + 1);
    return step == 0 ? PAWL_STEP_NONE : step - 1;
}

/* ---- encoding ---------------------------------------------------------------------------- */

static void encode_fixed(struct pawl_buf *buf, const struct pawl_run *run)
{
    pawl_buf_put_char(buf, RUN_VERSION);
    pawl_buf_put(buf, run->plan_hash, PAWL_PLAN_HASH_SIZE);
    pawl_wire_put_u64(buf, (uint64_t)run->id);
    pawl_wire_put_u64(buf, (uint64_t)run->tenant);
    pawl_wire_put_u64(buf, (uint64_t)run->definition);
    pawl_wire_put_u64(buf, run->status);
    pawl_wire_put_u64(buf, run->phase);
    pawl_wire_put_u64(buf, run->version);
    pawl_wire_put_i64(buf, run->priority);
    pawl_wire_put_u64(buf, run->attempts_open);
    pawl_wire_put_u64(buf, (uint64_t)run->created_at);
    at_encode(buf, run->started_at, run->created_at);
    at_encode(buf, run->ended_at, run->created_at);
    pawl_wire_put_str(buf, run->started_by);
    pawl_wire_put_str(buf, run->key);
    pawl_stored_encode(buf, &run->state->inputs);
}

static void encode_times_and_result(struct pawl_buf *buf, const struct pawl_run *run,
                                    uint32_t parts)
{
    const struct pawl_run_state *s = run->state;
    if (has(parts, RUN_WAITS)) {
        at_encode(buf, s->start_at, run->created_at);
        at_encode(buf, s->deadline, run->created_at);
        at_encode(buf, s->paused_at, run->created_at);
    }
    if (has(parts, RUN_LABELS)) {
        pawl_stored_encode(buf, &s->labels);
    }
    if (has(parts, RUN_RESULT)) {
        pawl_stored_encode(buf, &s->outputs);
        pawl_stored_encode(buf, &s->output_errors);
        pawl_wire_put_str(buf, run->outcome);
        step_ref_encode(buf, s->ended_by);
    }
    if (has(parts, RUN_BACK)) {
        pawl_wire_put_u64(buf, s->iteration);
        pawl_stored_encode(buf, &s->sent_back);
        step_ref_encode(buf, s->back_target);
        step_ref_encode(buf, s->back_by);
    }
    if (has(parts, RUN_ERROR)) {
        pawl_wire_put_str(buf, s->error.code);
        pawl_wire_put_str(buf, s->error.message);
        pawl_wire_put_u64(buf, s->error.attempt);
        step_ref_encode(buf, s->error_step);
    }
}

static void encode_rest(struct pawl_buf *buf, const struct pawl_run *run, uint32_t parts)
{
    const struct pawl_run_state *s = run->state;
    if (has(parts, RUN_SAID)) {
        pawl_wire_put_str(buf, s->comment);
        pawl_wire_put_str(buf, s->comment_by);
    }
    if (has(parts, RUN_ENDING)) {
        pawl_wire_put_u64(buf, s->ending);
        pawl_wire_put_str(buf, s->ending_outcome);
    }
    if (has(parts, RUN_LISTS)) {
        pawl_steps_encode(buf, &s->unhandled);
        pawl_steps_encode(buf, &s->held);
        pawl_steps_encode(buf, &s->queue);
        pawl_wire_put_u64(buf, s->queue_at);
    }
    if (has(parts, RUN_SIGNALS)) {
        pawl_wire_put_u64(buf, s->signal_count);
        for (uint32_t i = 0; i < s->signal_count; i++) {
            pawl_wire_put_str(buf, s->signals[i].name);
            pawl_stored_encode(buf, &s->signals[i].data);
        }
    }
    if (has(parts, RUN_SIGNAL_WAITS)) {
        pawl_wire_put_u64(buf, s->wait_count);
        for (uint32_t i = 0; i < s->wait_count; i++) {
            pawl_wire_put_u64(buf, s->waits[i].step);
            pawl_wire_put_str(buf, s->waits[i].name);
        }
    }
    if (has(parts, RUN_APPROVED)) {
        pawl_wire_put_str(buf, s->last_outcome);
    }
    if (has(parts, RUN_PARKED)) {
        at_encode(buf, s->incident.at, run->created_at);
        pawl_wire_put_str(buf, s->incident.code);
        pawl_wire_put_str(buf, s->incident.message);
        pawl_wire_put_u64(buf, s->incident.lost);
    }
}

/* Pages that the header must know of: gap, open, wake; 0 ends. */
static void encode_directory(struct pawl_buf *buf, const struct pawl_run *run)
{
    uint32_t next = 0;
    for (uint32_t i = 0; i < run->state->page_count; i++) {
        const struct pawl_run_page *page = run->state->pages[i];
        if (page != NULL && (page->open > 0 || page->wake != PAWL_NEVER)) {
            pawl_wire_put_u64(buf, i + 1 - next);
            pawl_wire_put_u64(buf, page->open);
            at_encode(buf, page->wake == PAWL_NEVER ? 0 : page->wake, run->created_at);
            next = i + 1;
        }
    }
    pawl_wire_put_u64(buf, 0);
}

void pawl_run_encode(struct pawl_buf *buf, const struct pawl_plan *plan, const struct pawl_run *run)
{
    PAWL_ASSERT(run->state->plan == plan);
    PAWL_ASSERT(run->created_at > 0);
    uint32_t parts = run_parts(run);
    encode_fixed(buf, run);
    pawl_wire_put_u64(buf, parts);
    encode_times_and_result(buf, run, parts);
    encode_rest(buf, run, parts);
    if (run->state->page_count > 1) {
        encode_directory(buf, run);
    } else {
        pawl_page_encode(buf, run, 0);
    }
}

void pawl_run_encode_pages(struct pawl_buf *scratch, const struct pawl_plan *plan,
                           const struct pawl_run *run, pawl_run_page_fn *fn, void *ctx)
{
    PAWL_ASSERT(run->state->plan == plan);
    for (uint32_t i = 0; i < run->state->page_count && run->state->page_count > 1; i++) {
        const struct pawl_run_page *page = run->state->pages[i];
        if (page != NULL && page->dirty) {
            pawl_buf_clear(scratch);
            pawl_page_encode(scratch, run, i);
            if (scratch->rc != PAWL_OK) {
                return; /* sticks in scratch, which the caller checks */
            }
            fn(ctx, i, pawl_buf_str(scratch));
        }
    }
}

/* ---- decoding ---------------------------------------------------------------------------- */

static void decode_fixed(struct pawl_wire *wire, struct pawl_run *run)
{
    run->id = (pawl_id)pawl_wire_u64(wire);
    run->tenant = (pawl_id)pawl_wire_u64(wire);
    run->definition = (pawl_id)pawl_wire_u64(wire);
    run->status = (enum pawl_run_status)pawl_wire_below(wire, PAWL_RUN_STATUS_COUNT);
    run->phase = (enum pawl_run_phase)pawl_wire_below(wire, PAWL_PHASE_CANCELLING + 1);
    run->version = pawl_wire_u32(wire);
    int64_t priority = pawl_wire_i64(wire);
    wire->bad = wire->bad || priority < INT32_MIN || priority > INT32_MAX;
    run->priority = (int32_t)priority;
    run->attempts_open = pawl_wire_u32(wire);
    run->created_at = (pawl_ms)pawl_wire_u64(wire);
    wire->bad = wire->bad || run->created_at <= 0;
    run->started_at = at_decode(wire, run->created_at);
    run->ended_at = at_decode(wire, run->created_at);
    run->started_by = pawl_wire_str(wire);
    run->key = pawl_wire_str(wire);
    run->state->inputs = pawl_stored_decode(wire);
}

static void decode_times_and_result(struct pawl_wire *wire, struct pawl_run *run, uint32_t parts)
{
    struct pawl_run_state *s = run->state;
    if (has(parts, RUN_WAITS)) {
        s->start_at = at_decode(wire, run->created_at);
        s->deadline = at_decode(wire, run->created_at);
        s->paused_at = at_decode(wire, run->created_at);
    }
    if (has(parts, RUN_LABELS)) {
        s->labels = pawl_stored_decode(wire);
    }
    if (has(parts, RUN_RESULT)) {
        s->outputs = pawl_stored_decode(wire);
        s->output_errors = pawl_stored_decode(wire);
        run->outcome = pawl_wire_str(wire);
        s->ended_by = step_ref_decode(wire, s);
    }
    if (has(parts, RUN_BACK)) {
        s->iteration = pawl_wire_u32(wire);
        s->sent_back = pawl_stored_decode(wire);
        s->back_target = step_ref_decode(wire, s);
        s->back_by = step_ref_decode(wire, s);
    }
    if (has(parts, RUN_ERROR)) {
        s->error.code = pawl_wire_str(wire);
        s->error.message = pawl_wire_str(wire);
        s->error.attempt = pawl_wire_u32(wire);
        s->error_step = step_ref_decode(wire, s);
    }
}

static void decode_signals(struct pawl_wire *wire, struct pawl_run_state *s, uint32_t parts)
{
    if (has(parts, RUN_SIGNALS)) {
        s->signal_count = s->signal_cap = pawl_wire_count(wire);
        s->signals = PAWL_ARENA_ARRAY(s->arena, struct pawl_signal_kept, s->signal_count);
        for (uint32_t i = 0; i < s->signal_count && s->signals != NULL; i++) {
            s->signals[i].name = pawl_wire_str(wire);
            s->signals[i].data = pawl_stored_decode(wire);
        }
    }
    if (has(parts, RUN_SIGNAL_WAITS)) {
        s->wait_count = s->wait_cap = pawl_wire_count(wire);
        s->waits = PAWL_ARENA_ARRAY(s->arena, struct pawl_signal_wait, s->wait_count);
        for (uint32_t i = 0; i < s->wait_count && s->waits != NULL; i++) {
            s->waits[i].step = pawl_wire_below(wire, s->plan->step_count);
            s->waits[i].name = pawl_wire_str(wire);
        }
    }
}

static void decode_rest(struct pawl_wire *wire, struct pawl_run *run, uint32_t parts)
{
    struct pawl_run_state *s = run->state;
    if (has(parts, RUN_SAID)) {
        s->comment = pawl_wire_str(wire);
        s->comment_by = pawl_wire_str(wire);
    }
    if (has(parts, RUN_ENDING)) {
        s->ending = (enum pawl_run_status)pawl_wire_below(wire, PAWL_RUN_STATUS_COUNT);
        s->ending_outcome = pawl_wire_str(wire);
    }
    if (has(parts, RUN_LISTS)) {
        pawl_steps_decode(wire, s, &s->unhandled);
        pawl_steps_decode(wire, s, &s->held);
        pawl_steps_decode(wire, s, &s->queue);
        s->queue_at = pawl_wire_u32(wire);
    }
    decode_signals(wire, s, parts);
    if (has(parts, RUN_APPROVED)) {
        s->last_outcome = pawl_wire_str(wire);
    }
    if (has(parts, RUN_PARKED)) {
        s->incident.at = at_decode(wire, run->created_at);
        s->incident.code = pawl_wire_str(wire);
        s->incident.message = pawl_wire_str(wire);
        s->incident.lost = pawl_wire_below(wire, 2) == 1;
        wire->bad = wire->bad || s->incident.at == 0;
    }
}

static void decode_directory(struct pawl_wire *wire, struct pawl_run *run)
{
    struct pawl_run_state *s = run->state;
    uint32_t next = 0;
    for (uint32_t gap = pawl_wire_u32(wire); gap != 0 && !wire->bad; gap = pawl_wire_u32(wire)) {
        struct pawl_run_page *page =
            gap > s->page_count - next ? NULL : pawl_run_page_slot(run, next + gap - 1);
        if (page == NULL) {
            wire->bad = true;
            return;
        }
        page->open = pawl_wire_u32(wire);
        pawl_ms wake = at_decode(wire, run->created_at);
        page->wake = wake == 0 ? PAWL_NEVER : wake;
        s->active += page->open;
        next += gap;
    }
}

static void decode_pages(struct pawl_wire *wire, struct pawl_run *run)
{
    if (run->state->page_count > 1) {
        if (wire->at < wire->end || run->status != PAWL_RUN_DRAFT) {
            decode_directory(wire, run);
        }
        return;
    }
    struct pawl_str rest = {(const char *)wire->at, (size_t)(wire->end - wire->at)};
    if (!pawl_run_touch_page(run, 0) || (rest.len > 0 && !pawl_page_decode(run, 0, rest))) {
        wire->bad = true;
    }
    wire->at = wire->end;
}

enum pawl_rc pawl_run_peek(struct pawl_str bytes, uint8_t ret_plan_hash[PAWL_PLAN_HASH_SIZE])
{
    struct pawl_wire wire = pawl_wire_open(bytes);
    uint8_t version = 0, hash[PAWL_PLAN_HASH_SIZE];
    pawl_wire_bytes(&wire, &version, 1);
    pawl_wire_bytes(&wire, hash, sizeof(hash));
    if (wire.bad || version != RUN_VERSION) {
        return PAWL_ECORRUPT;
    }
    memcpy(ret_plan_hash, hash, sizeof(hash));
    return PAWL_OK;
}

static enum pawl_rc decode_check(const struct pawl_wire *wire, const struct pawl_run *run,
                                 struct pawl_err *err)
{
    if (run->state->arena->failed) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory to read the state of a run");
    }
    if (wire->bad || wire->at != wire->end || run->state->corrupt) {
        return pawl_err_set(err, PAWL_ECORRUPT, "the stored state of the run cannot be read");
    }
    return PAWL_OK;
}

enum pawl_rc pawl_run_decode(struct pawl_arena *arena, const struct pawl_plan *plan,
                             struct pawl_str bytes, struct pawl_run *ret_run, struct pawl_err *err)
{
    struct pawl_run run;
    struct pawl_str copy = pawl_arena_str(arena, bytes);
    if (copy.ptr == NULL || !pawl_run_init(&run, arena, plan)) {
        return pawl_err_set(err, PAWL_ENOMEM, "no memory to read the state of a run");
    }
    uint8_t hash[PAWL_PLAN_HASH_SIZE];
    if (pawl_run_peek(copy, hash) != PAWL_OK) {
        return pawl_err_set(err, PAWL_ECORRUPT,
                            "not the state of a run in a version that is known");
    }
    bool same_plan = memcmp(hash, plan->hash, sizeof(hash)) == 0;
    struct pawl_wire wire = pawl_wire_open(pawl_str_sub(copy, 1 + sizeof(hash), copy.len));
    decode_fixed(&wire, &run);
    if (!same_plan && !wire.bad && run.status != PAWL_RUN_DRAFT) {
        return pawl_err_set(err, PAWL_ECORRUPT, "the state belongs to another plan than '%.*s'",
                            PAWL_STR_ARG(plan->id));
    }
    uint32_t parts = pawl_wire_u32(&wire);
    wire.bad = wire.bad || parts >> RUN_PART_COUNT != 0;
    run.hold = has(parts, RUN_HOLD);
    run.unfinished = has(parts, RUN_UNFINISHED);
    run.state->failing = has(parts, RUN_FAILING);
    run.state->terminated = has(parts, RUN_TERMINATED);
    decode_times_and_result(&wire, &run, parts);
    decode_rest(&wire, &run, parts);
    if (!same_plan) {
        wire.at = wire.end; /* a draft has no steps yet: no pages that would depend on a plan */
    }
    if (!wire.bad) {
        decode_pages(&wire, &run);
    }
    enum pawl_rc rc = decode_check(&wire, &run, err);
    if (rc == PAWL_OK) {
        *ret_run = run;
    }
    return rc;
}
