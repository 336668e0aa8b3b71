/* Whether a step starts: gate, join, run_if, condition, in this order (D16), and how each kind
 * does. */
#include "base/limits.h"
#include "core/decide.h"
#include "core/eval.h"
#include "core/join.h"

/* ---- gate and join ----------------------------------------------------------------------- */

static enum pawl_reason skip_reason(enum pawl_verdict verdict)
{
    switch (verdict) {
    case PAWL_VERDICT_NOT_TAKEN:
        return PAWL_REASON_NOT_TAKEN;
    case PAWL_VERDICT_RUN_IF_NOT_MET:
        return PAWL_REASON_RUN_IF_NOT_MET;
    case PAWL_VERDICT_UPSTREAM_FAILED:
        return PAWL_REASON_UPSTREAM_FAILED;
    case PAWL_VERDICT_WAIT:
    case PAWL_VERDICT_READY:
        break;
    }
    PAWL_UNREACHABLE();
}

/* Dead wins: a gate that stays closed decides before the join is asked (D3). */
static enum pawl_verdict step_verdict(const struct pawl_plan_step *ps,
                                      const struct pawl_step_state *st)
{
    switch (pawl_gate_verdict(ps->gates.count, st->gates_open, st->gates_closed, st->gates_fail)) {
    case PAWL_GATE_WAIT:
        return PAWL_VERDICT_WAIT;
    case PAWL_GATE_CLOSED:
        return PAWL_VERDICT_NOT_TAKEN;
    case PAWL_GATE_FAILED:
        return PAWL_VERDICT_UPSTREAM_FAILED;
    case PAWL_GATE_NONE:
    case PAWL_GATE_OPEN:
        break;
    }
    if (ps->deps.count == 0) {
        return PAWL_VERDICT_READY;
    }
    const struct pawl_join_counts counts = {
        .total = ps->deps.count, .live = st->live, .dead = st->dead, .failed = st->failed};
    return pawl_join_verdict(&ps->join, ps->run_if, &counts);
}

/* Steps that went to it in an earlier iteration, were served, and stay as they are: they will not
 * enter the present one. */
static uint32_t only_served(struct pawl_decision *d, uint32_t step,
                            const struct pawl_step_state *st)
{
    const struct pawl_indexes *entrants = &d->plan->steps[step].entrants;
    uint32_t served = 0;
    for (uint32_t i = 0; i < entrants->count && pawl_run_touch(d->run, entrants); i++) {
        const struct pawl_step_state *from = pawl_run_step(d->run, entrants->items[i]);
        bool went = from->target == step && pawl_step_status_final(from->status);
        bool waits = pawl_step_list_has(&st->entries, entrants->items[i]);
        served += went && !waits ? 1 : 0;
    }
    return served;
}

/* An `only` step is ready when somebody has entered it, and dead when nobody can any more (D6). */
static enum pawl_verdict only_verdict(struct pawl_decision *d, uint32_t step,
                                      const struct pawl_step_state *st)
{
    uint32_t entrants = d->plan->steps[step].entrants.count;
    if (st->entered_by != PAWL_STEP_NONE) {
        return PAWL_VERDICT_READY;
    }
    bool nobody = st->passed == entrants ||
                  (st->iteration > 1 && st->passed + only_served(d, step, st) == entrants);
    return nobody ? PAWL_VERDICT_NOT_TAKEN : PAWL_VERDICT_WAIT;
}

static void hold(struct pawl_decision *d, uint32_t step)
{
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_STEP_STATUS, step);
    event.iteration = pawl_run_step(d->run, step)->iteration;
    event.status = pawl_str_from(pawl_step_status_name(PAWL_STEP_PENDING));
    event.reason = pawl_reason_text(PAWL_REASON_HELD);
    pawl_emit(d, &event);
}

static void ready(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_step_state *st = pawl_run_step(d->run, step);
    if (d->plan->steps[step].cancel_remaining) {
        pawl_cancel_unneeded(d, step);
    }
    if ((st->flags & PAWL_STEP_FLAG_KEPT) != 0) {
        const struct pawl_completion kept = {.reason = PAWL_REASON_KEPT, .target = PAWL_STEP_NONE};
        pawl_step_complete(d, step, &kept);
    } else if (d->run->hold) {
        hold(d, step);
    } else {
        pawl_step_start(d, step);
    }
}

/* An `only` step that ran before takes the next one that waits to enter it. */
static bool begin_again(struct pawl_decision *d, uint32_t step, const struct pawl_step_state *st)
{
    bool failed = st->status == PAWL_STEP_FAILED && !pawl_step_passes(st);
    if (!pawl_step_status_final(st->status) || st->entries.count == 0 || pawl_queue_has(d, step)) {
        return false; /* busy, or what it led to has not been drawn: advance comes back to it */
    }
    if (failed && !pawl_cover_has(d, step)) {
        return false; /* that failure must not be forgotten: the next one waits, perhaps for RETRY
                       */
    }
    if (!pawl_iteration_check(d, step)) {
        return false;
    }
    struct pawl_event event = pawl_event_of(d, PAWL_EVENT_STEP_ITERATION, step);
    event.iteration = st->iteration + 1;
    event.reason = pawl_reason_text(PAWL_REASON_ENTERED);
    pawl_emit(d, &event);
    return pawl_decision_on(d);
}

void pawl_consider(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_plan_step *ps = &d->plan->steps[step];
    const struct pawl_step_state *st = pawl_run_step(d->run, step);
    if (!pawl_decision_on(d)) {
        return;
    }
    const uint32_t blocked = PAWL_STEP_FLAG_RETURNING | PAWL_STEP_FLAG_HELD;
    bool again = ps->only != PAWL_ONLY_NONE && begin_again(d, step, st);
    st = pawl_run_step(d->run, step);
    if ((st->status != PAWL_STEP_PENDING && !again) || (st->flags & blocked) != 0 ||
        pawl_go_back_has(d, step)) {
        return; /* it has started, or waits for its return: late arrivals end here (D14) */
    }
    enum pawl_verdict verdict =
        ps->only != PAWL_ONLY_NONE ? only_verdict(d, step, st) : step_verdict(ps, st);
    if (verdict == PAWL_VERDICT_READY) {
        ready(d, step);
    } else if (verdict != PAWL_VERDICT_WAIT) {
        bool only = ps->only != PAWL_ONLY_NONE;
        pawl_step_skip(d, step, only ? PAWL_REASON_NOT_ENTERED : skip_reason(verdict));
    }
}

/* ---- starting, by kind ------------------------------------------------------------------- */

static void complete_with(struct pawl_decision *d, uint32_t step, const struct pawl_val *output,
                          struct pawl_str outcome)
{
    const struct pawl_completion completion = {
        .output = output, .outcome = outcome, .target = PAWL_STEP_NONE};
    pawl_step_complete(d, step, &completion);
}

static void fail_unless_stopped(struct pawl_decision *d, uint32_t step,
                                const struct pawl_failure *failure)
{
    if (pawl_decision_on(d)) {
        pawl_step_fail(d, step, failure);
    }
}

enum { WEIGHT_OF_A_VALUE = 8 }; /* bytes of JSON around one, about */

/* About how long the value is as JSON; stops counting above the limit of a value. */
static size_t weight(const struct pawl_val *val, uint32_t depth)
{
    PAWL_ASSERT(depth <= PAWL_DOCUMENT_DEPTH_MAX);
    bool nested = pawl_val_is(val, PAWL_VAL_LIST) || pawl_val_is(val, PAWL_VAL_MAP);
    size_t sum = WEIGHT_OF_A_VALUE + (nested ? 0 : pawl_val_str(val).len);
    for (uint32_t i = 0; i < pawl_val_count(val) && sum <= PAWL_VALUE_SIZE_MAX; i++) {
        sum += pawl_val_is(val, PAWL_VAL_MAP) ? pawl_val_key(val, i).len : 0;
        sum += weight(pawl_val_at(val, i), depth + 1);
    }
    return sum;
}

/* A computed value must fit an event, and all of a turn must fit its record. */
static bool weigh(struct pawl_decision *d, const struct pawl_val *val,
                  struct pawl_failure *ret_failure)
{
    size_t bytes = weight(val, 0);
    d->value_bytes += bytes;
    if (bytes > PAWL_VALUE_SIZE_MAX) {
        *ret_failure = (struct pawl_failure){
            .code = PAWL_STR("expression.limit"),
            .message = PAWL_STR("the value is larger than a value may be (1 MB)")};
    }
    return bytes <= PAWL_VALUE_SIZE_MAX;
}

static void start_set(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_eval_place place = {.step = step};
    const struct pawl_val *output = NULL;
    struct pawl_failure failure;
    if (pawl_eval_template(d, &place, d->plan->steps[step].config, &output, &failure) &&
        weigh(d, output, &failure)) {
        complete_with(d, step, output, PAWL_STR_NONE);
    } else {
        fail_unless_stopped(d, step, &failure);
    }
}

/* flow.end: its outcome is the run's, its output too where it has one. */
static void start_end(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_eval_place place = {.step = step};
    const struct pawl_val *config = NULL;
    struct pawl_failure failure;
    if (pawl_eval_template(d, &place, d->plan->steps[step].config, &config, &failure) &&
        pawl_config_take(d, step, &config, &failure) && weigh(d, config, &failure)) {
        const struct pawl_val *outcome = PAWL_VAL_GET(config, "outcome");
        complete_with(d, step, PAWL_VAL_GET(config, "output"),
                      pawl_val_sensitive(outcome) ? PAWL_STR(PAWL_MASK) : pawl_val_str(outcome));
    } else {
        fail_unless_stopped(d, step, &failure);
    }
}

static void start_fail(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_eval_place place = {.step = step};
    const struct pawl_val *config = NULL;
    struct pawl_failure failure;
    if (pawl_eval_masked(d, &place, d->plan->steps[step].config, &config, &failure) &&
        pawl_config_take(d, step, &config, &failure)) {
        failure = (struct pawl_failure){
            .code = pawl_val_get_str(config, "code", PAWL_STR("flow.failed")),
            .message = pawl_val_get_str(config, "message", PAWL_STR("the workflow says so"))};
    }
    fail_unless_stopped(d, step, &failure);
}

static void take_case(struct pawl_decision *d, struct pawl_list_builder *taken,
                      const struct pawl_case *c)
{
    for (uint32_t i = 0; i < c->targets.count; i++) {
        struct pawl_val id = pawl_val_text_view(d->plan->steps[c->targets.items[i]].id);
        pawl_list_add(taken, &id);
    }
}

/* First true case, or all of them; `when` NULL is the default, which counts when nothing else did.
 */
static bool decide_cases(struct pawl_decision *d, uint32_t step, struct pawl_list_builder *taken,
                         int64_t *ret_case, struct pawl_failure *ret_failure)
{
    const struct pawl_plan_step *ps = &d->plan->steps[step];
    const struct pawl_eval_place place = {.step = step};
    *ret_case = -1;
    for (uint32_t i = 0; i < ps->case_count; i++) {
        const struct pawl_case *c = &ps->cases[i];
        bool truth = c->when == NULL && *ret_case < 0;
        if (c->when != NULL && !pawl_eval_condition(d, &place, c->when, &truth, ret_failure)) {
            return false;
        }
        if (!truth) {
            continue;
        }
        take_case(d, taken, c);
        *ret_case = *ret_case < 0 ? (int64_t)i : *ret_case;
        if (!ps->match_all) {
            break;
        }
    }
    if (*ret_case < 0) {
        *ret_failure = (struct pawl_failure){
            .code = PAWL_STR("flow.no_case"),
            .message = PAWL_STR("no case is true and there is no default; add `default`")};
    }
    return *ret_case >= 0;
}

static void start_decide(struct pawl_decision *d, uint32_t step)
{
    struct pawl_list_builder taken;
    struct pawl_map_builder output;
    struct pawl_failure failure;
    int64_t number = -1;
    pawl_list_begin(&taken, d->arena);
    if (!decide_cases(d, step, &taken, &number, &failure)) {
        fail_unless_stopped(d, step, &failure);
        return;
    }
    pawl_map_begin(&output, d->arena);
    pawl_map_add(&output, PAWL_STR("taken"), pawl_list_end(&taken));
    pawl_map_add_int(&output, "case", number);
    complete_with(d, step, pawl_map_end(&output), PAWL_STR_NONE);
}

static void start_kind(struct pawl_decision *d, uint32_t step)
{
    static pawl_step_start_fn *const starts[PAWL_STEP_KIND_COUNT] = {
        [PAWL_STEP_KIND_EFFECT] = pawl_attempt_start,
        [PAWL_STEP_KIND_APPROVAL] = pawl_tasks_open,
        [PAWL_STEP_KIND_MANUAL] = pawl_tasks_open,
        [PAWL_STEP_KIND_DECIDE] = start_decide,
        [PAWL_STEP_KIND_SET] = start_set,
        [PAWL_STEP_KIND_WAIT] = pawl_wait_start,
        [PAWL_STEP_KIND_END] = start_end,
        [PAWL_STEP_KIND_FAIL] = start_fail,
    };
    enum pawl_step_kind kind = d->plan->steps[step].kind;
    PAWL_ASSERT(kind < PAWL_STEP_KIND_COUNT);
    PAWL_ASSERT(starts[kind] != NULL);
    starts[kind](d, step);
}

void pawl_step_start(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_expr *condition = d->plan->steps[step].condition;
    const struct pawl_eval_place place = {.step = step};
    struct pawl_failure failure;
    bool truth = true;
    if (condition != NULL && !pawl_eval_condition(d, &place, condition, &truth, &failure)) {
        fail_unless_stopped(d, step, &failure);
    } else if (!truth) {
        pawl_step_skip(d, step, PAWL_REASON_CONDITION_FALSE);
    } else {
        start_kind(d, step);
    }
}
