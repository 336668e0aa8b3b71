/* Random workflows, random people, random accidents: scenario_random [FIRST_SEED [COUNT]].
 *
 * Each seed makes a workflow of up to a dozen steps with everything that this version can do,
 * and sends it commands until it ends or has had enough. world.c checks each command (replay,
 * folding, invariants); here it is checked that a running run always has something to wait for,
 * that settled steps agree with their counters, and that a run which ended leaves nothing open.
 * A failure prints the workflow and the commands: a scenario to begin with. The same seed gives
 * the same run. */
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "core/join.h"
#include "core/run_page.h"
#include "plan_test.h"
#include "script.h"

enum { COMMANDS_MAX = 80, STEPS_MAX = 12, LINE_SIZE = 256, DAMAGES = 3 };

struct dice {
    uint64_t state;
};

static uint32_t roll(struct dice *dice, uint32_t sides)
{
    dice->state += UINT64_C(0x9e3779b97f4a7c15);
    uint64_t z = dice->state;
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)((z ^ (z >> 31)) % sides);
}

static bool chance(struct dice *dice, uint32_t percent)
{
    return roll(dice, 100) < percent;
}

/* ---- a workflow -------------------------------------------------------------------------- */

static uint32_t write_deps(struct pawl_buf *yaml, struct dice *dice, uint32_t step,
                           uint32_t *ret_dep)
{
    uint32_t count = 0;
    pawl_buf_put_cstr(yaml, ", depends_on: [");
    for (uint32_t i = 0; i < step; i++) {
        if (chance(dice, step < 3 ? 60 : step < STEPS_MAX ? 35 : 3)) {
            pawl_buf_printf(yaml, "%ss%u", count++ == 0 ? "" : ", ", i);
            *ret_dep = i;
        }
    }
    pawl_buf_put_cstr(yaml, "]");
    return count;
}

static void write_join(struct pawl_buf *yaml, struct dice *dice, uint32_t deps)
{
    if (deps < 2 || chance(dice, 50)) {
        return;
    }
    if (chance(dice, 50)) {
        pawl_buf_put_cstr(yaml, ", join: any");
    } else {
        pawl_buf_printf(yaml, ", join: {quorum: %u}", 1 + roll(dice, deps));
    }
    if (chance(dice, 30)) {
        pawl_buf_put_cstr(yaml, ", cancel_remaining: true");
    }
}

static void write_task(struct pawl_buf *yaml, struct dice *dice, uint32_t dep)
{
    static const char *const joins[] = {"all", "any", "{quorum: 2}", "{quorum: \"60%\"}"};
    static const char *const rejects[] = {"end", "continue", "{goto: branch}"};
    static const char *const timeouts[] = {
        "fail",
        "continue",
        "{goto: branch}",
        "{goto: instead}",
        "{decide: approve}",
        "{decide: reject}",
        "{escalate: [{assign: {user: eve}, due: 1h}], then: continue}"};
    pawl_buf_put_cstr(
        yaml,
        ", action: approval.request, config: {assign: [{user: ann}, {user: bob}, {role: fin}]");
    pawl_buf_printf(yaml, ", join: %s", joins[roll(dice, 4)]);
    if (chance(dice, 60)) {
        pawl_buf_put_cstr(yaml, ", allow: [approve, reject, send_back, delegate], send_back_to: [");
        if (dep != PAWL_STEP_NONE && chance(dice, 60)) {
            pawl_buf_printf(yaml, "s%u]", dep);
        } else {
            pawl_buf_put_cstr(yaml, "fix]");
        }
    }
    bool due = chance(dice, 40);
    pawl_buf_put_cstr(yaml, due ? ", due: 1h}" : "}");
    pawl_buf_printf(yaml, ", on_reject: %s", rejects[roll(dice, 3)]);
    if (due) {
        pawl_buf_printf(yaml, ", on_timeout: %s", timeouts[roll(dice, 7)]);
    }
}

static void write_decide(struct pawl_buf *yaml, struct dice *dice, uint32_t step, uint32_t steps)
{
    uint32_t next = step + 1 + roll(dice, steps - step - 1);
    pawl_buf_printf(yaml,
                    ", action: flow.decide, config: {%scases: [{when: inputs.b%u, goto: s%u}]",
                    chance(dice, 30) ? "match: all, " : "", roll(dice, 4), next);
    if (chance(dice, 70)) {
        pawl_buf_printf(yaml, ", default: s%u", step + 1 + roll(dice, steps - step - 1));
    }
    pawl_buf_put_cstr(yaml, "}");
}

static void write_effect(struct pawl_buf *yaml, struct dice *dice)
{
    static const char *const actions[] = {"ok", "ok", "bad", "hold", "hold", "hold", "once"};
    static const char *const errors[] = {"fail", "continue", "{output: {n: 1}}", "{goto: instead}",
                                         "{goto: branch}"};
    pawl_buf_printf(yaml, ", action: %s", actions[roll(dice, 7)]);
    if (chance(dice, 50)) {
        pawl_buf_printf(yaml, ", on_error: %s", errors[roll(dice, 5)]);
    }
    if (chance(dice, 40)) {
        pawl_buf_put_cstr(yaml, ", retry: {max_attempts: 2, base_delay: 10s, jitter: none}");
    }
}

static void write_action(struct pawl_buf *yaml, struct dice *dice, uint32_t step, uint32_t steps,
                         uint32_t dep)
{
    uint32_t kind = roll(dice, 100);
    if (kind < 25) {
        write_task(yaml, dice, dep);
    } else if (kind < 35 && step + 1 < steps) {
        write_decide(yaml, dice, step, steps);
    } else if (kind < 40) {
        pawl_buf_put_cstr(yaml, ", action: flow.set, config: {n: \"{{ inputs.b0 }}\"}");
    } else if (kind < 45) {
        pawl_buf_put_cstr(
            yaml, ", action: flow.wait, config: {signal: go}, timeout: 2h, on_timeout: continue");
    } else if (kind < 48) {
        pawl_buf_put_cstr(yaml, ", action: flow.fail, config: {code: told}");
    } else if (kind < 50) {
        pawl_buf_put_cstr(yaml, ", action: flow.end, config: {outcome: enough}");
    } else {
        write_effect(yaml, dice);
    }
}

/* `only` steps that somebody goes to. */
static void write_only(struct pawl_buf *yaml, struct dice *dice)
{
    static const char *const actions[] = {"ok", "hold", "bad"};
    struct pawl_str text = pawl_buf_str(yaml);
    bool instead = pawl_str_find(text, PAWL_STR("instead}")) != SIZE_MAX;
    bool branch = pawl_str_find(text, PAWL_STR("branch}")) != SIZE_MAX;
    bool fix = pawl_str_find(text, PAWL_STR("[fix]")) != SIZE_MAX;
    if (instead) {
        pawl_buf_printf(yaml, "  - {id: instead, only: on_error, action: %s, retry: false}\n",
                        actions[roll(dice, 3)]);
    }
    if (branch) {
        pawl_buf_printf(yaml, "  - {id: branch, only: on_goto, action: %s, retry: false}\n",
                        actions[roll(dice, 3)]);
    }
    if (fix) {
        pawl_buf_printf(yaml,
                        "  - {id: fix, only: on_send_back, action: task.manual, config: {assign: "
                        "{user: ann}}%s}\n",
                        chance(dice, 20) ? ", then: s0" : "");
    }
}

static void write_plan(struct pawl_buf *yaml, struct dice *dice)
{
    bool large = chance(dice, 5); /* several pages of state */
    uint32_t steps =
        large ? PAWL_STEP_PAGE + roll(dice, PAWL_STEP_PAGE) : 2 + roll(dice, STEPS_MAX - 2);
    static const char *const run_ifs[] = {"failure", "always"};
    pawl_buf_put_cstr(yaml, "id: random\n");
    if (chance(dice, 20)) {
        pawl_buf_put_cstr(yaml, "timeout: 5h\n");
    }
    if (chance(dice, 20)) {
        pawl_buf_put_cstr(yaml, "on_failure: {cancel_remaining: true}\n");
    }
    pawl_buf_put_cstr(yaml, "steps:\n");
    for (uint32_t i = 0; i < steps; i++) {
        pawl_buf_printf(yaml, "  - {id: s%u, max_iterations: 3", i);
        uint32_t dep = PAWL_STEP_NONE;
        uint32_t deps = write_deps(yaml, dice, i, &dep);
        write_join(yaml, dice, deps);
        if (deps > 0 && chance(dice, 15)) {
            pawl_buf_printf(yaml, ", run_if: %s", run_ifs[roll(dice, 2)]);
        }
        if (chance(dice, 15)) {
            pawl_buf_printf(yaml, ", condition: inputs.b%u", roll(dice, 4));
        }
        write_action(yaml, dice, i, steps, dep);
        pawl_buf_put_cstr(yaml, "}\n");
    }
    write_only(yaml, dice);
}

/* ---- commands ---------------------------------------------------------------------------- */

static const char *any_of(struct dice *dice, const char *const *words, uint32_t count)
{
    return words[roll(dice, count)];
}

static void task_line(char *line, struct dice *dice, const struct trace *trace)
{
    static const char *const people[] = {"ann", "bob", "eve", "joe"};
    static const char *const verbs[] = {"approve", "approve", "approve",  "reject",   "send_back",
                                        "claim",   "release", "delegate", "complete", "complete"};
    uint32_t newest = trace->task_count;
    uint32_t task = newest - (newest > 6 ? roll(dice, 6) : roll(dice, newest));
    (void)snprintf(line, LINE_SIZE, "%s t%u by=%s comment=\"%s\" to=%s", any_of(dice, verbs, 10),
                   task, any_of(dice, people, 4), chance(dice, 90) ? "why" : " ",
                   any_of(dice, people, 4));
    if (strncmp(line, "send_back", 9) == 0) {
        (void)snprintf(line, LINE_SIZE, "send_back t%u by=%s comment=\"x\"", task,
                       any_of(dice, people, 4));
    }
}

static void attempt_line(char *line, struct dice *dice, const struct world *world)
{
    static const char *const ends[] = {"ok",           "ok {\"n\": 1}", "bad http.503",
                                       "bad config.x", "timeout",       "late 1 ok",
                                       "put_back"};
    uint32_t step = world->effects[roll(dice, world->effect_count)].step;
    (void)snprintf(line, LINE_SIZE, "%.*s %s", PAWL_STR_ARG(world->plan->steps[step].id),
                   any_of(dice, ends, 7));
}

static void control_line(char *line, struct dice *dice)
{
    static const char *const lines[] = {
        "pause",     "resume", "resume extend", "resume",     "crash", "park", "park lost",      "signal go",
        "signal go", "next",   "next",          "advance 1m", "advance 1h", "advance 30m",
        "continue",  "retry",  "retry s1",      "advance 1s", "retry",      "next"};
    static const char *const endings[] = {"cancel comment=\"enough\"", "terminate"};
    const char *text = chance(dice, 3) ? any_of(dice, endings, 2) : any_of(dice, lines, sizeof(lines) / sizeof(lines[0]));
    (void)snprintf(line, LINE_SIZE, "%s", text);
}

static void next_line(char *line, struct dice *dice, const struct world *world,
                      const struct trace *trace)
{
    if (world->effect_count > 0 && chance(dice, 45)) {
        attempt_line(line, dice, world);
    } else if (trace->task_count > 0 && chance(dice, 60)) {
        task_line(line, dice, trace);
    } else {
        control_line(line, dice);
    }
}

/* ---- what must hold ---------------------------------------------------------------------- */

/* The counters of a step are the present values of its edges. */
static const char *check_counters(struct pawl_run *run, uint32_t step)
{
    const struct pawl_plan_step *ps = &run->state->plan->steps[step];
    const struct pawl_step_state *st = pawl_run_step(run, step);
    uint32_t counts[PAWL_EDGE_FAILED + 1] = {0};
    for (uint32_t i = 0; i < ps->deps.count; i++) {
        counts[pawl_run_step(run, ps->deps.items[i])->edge]++;
    }
    bool same = counts[PAWL_EDGE_LIVE] == st->live && counts[PAWL_EDGE_DEAD] == st->dead &&
                counts[PAWL_EDGE_FAILED] == st->failed;
    return same ? NULL : "the counters of a step are not the values of its edges";
}

static bool waits_for_return(const struct pawl_step_state *st)
{
    return (st->flags & (PAWL_STEP_FLAG_RETURNING | PAWL_STEP_FLAG_HELD)) != 0;
}

/* A pending step of a run that draws consequences is one that its join lets wait. */
static const char *check_pending(struct pawl_run *run, uint32_t step)
{
    const struct pawl_plan_step *ps = &run->state->plan->steps[step];
    const struct pawl_step_state *st = pawl_run_step(run, step);
    bool quiet =
        run->status == PAWL_RUN_RUNNING && run->phase == PAWL_PHASE_NONE && !run->unfinished;
    if (st->status != PAWL_STEP_PENDING || !quiet || waits_for_return(st) ||
        ps->only != PAWL_ONLY_NONE) {
        return NULL;
    }
    const struct pawl_join_counts counts = {ps->deps.count, st->live, st->dead, st->failed};
    enum pawl_gate gate =
        pawl_gate_verdict(ps->gates.count, st->gates_open, st->gates_closed, st->gates_fail);
    if (gate == PAWL_GATE_WAIT) {
        return NULL;
    }
    bool shut = gate == PAWL_GATE_CLOSED || gate == PAWL_GATE_FAILED;
    bool decided = ps->deps.count == 0 ||
                   pawl_join_verdict(&ps->join, ps->run_if, &counts) != PAWL_VERDICT_WAIT;
    return shut || decided ? "a step is pending although nothing holds it back" : NULL;
}

/* A run that came to its end by itself has settled everything. */
static const char *check_completed(struct pawl_run *run, uint32_t step)
{
    bool ended = run->status == PAWL_RUN_COMPLETED && run->state->ended_by == PAWL_STEP_NONE;
    bool settled = pawl_step_status_final(pawl_run_step(run, step)->status);
    return ended && !settled ? "the run is completed, a step is not" : NULL;
}

static const char *check_run(struct world *world)
{
    struct pawl_run run;
    if (!world_run(world, &run)) {
        return NULL;
    }
    struct pawl_facts facts = world_facts(world);
    pawl_run_facts_put(&run, &facts);
    const struct pawl_run_state *state = run.state;
    bool running = run.status == PAWL_RUN_RUNNING && !run.unfinished;
    if (running && state->active == 0 && state->held.count == 0) {
        return "the run is running and waits for nothing";
    }
    if (running && state->active == run.attempts_open && run.attempts_open > 0 &&
        world->effect_count == 0) {
        return "attempts are open that nobody carries out";
    }
    for (uint32_t i = 0; i < world->plan->step_count; i++) {
        const char *wrong = check_counters(&run, i);
        wrong = wrong != NULL ? wrong : check_pending(&run, i);
        wrong = wrong != NULL ? wrong : check_completed(&run, i);
        if (wrong != NULL) {
            return wrong;
        }
    }
    return NULL;
}

/* ---- damage ------------------------------------------------------------------------------ */

/* A stored text with a byte changed, or cut: read as something, or refused; never a crash. */
static void damage(struct dice *dice, struct pawl_arena *arena, struct pawl_str *io_bytes)
{
    struct pawl_str copy = pawl_arena_str(arena, *io_bytes);
    union {
        const char *read;
        char *write;
    } at = {copy.ptr};
    for (uint32_t i = 0; i <= roll(dice, 3) && copy.len > 0; i++) {
        at.write[roll(dice, (uint32_t)copy.len)] = (char)roll(dice, 256);
    }
    *io_bytes = chance(dice, 30) ? pawl_str_sub(copy, 0, roll(dice, (uint32_t)copy.len + 1)) : copy;
}

static void damage_state(struct world *world, struct dice *dice)
{
    struct pawl_arena arena;
    struct pawl_run run;
    struct pawl_err err;
    pawl_arena_init(&arena, NULL, 64 << 20);
    struct pawl_str state = world->state;
    damage(dice, &arena, &state);
    enum pawl_rc rc = pawl_run_decode(&arena, world->plan, state, &run, &err);
    PAWL_ASSERT(rc == PAWL_OK || rc == PAWL_ECORRUPT);
    if (rc == PAWL_OK) {
        struct pawl_buf buf;
        pawl_buf_init(&buf, NULL, 16 << 20);
        pawl_run_encode(&buf, world->plan, &run);
        pawl_buf_fini(&buf);
    }
    pawl_arena_fini(&arena);
}

static void damage_record(struct world *world, struct dice *dice)
{
    struct pawl_arena arena;
    struct pawl_event *events = NULL;
    struct pawl_err err;
    uint32_t count = 0;
    pawl_arena_init(&arena, NULL, 64 << 20);
    struct pawl_str body = world->records[roll(dice, world->record_count)].body;
    damage(dice, &arena, &body);
    enum pawl_rc rc = pawl_events_decode(&arena, body, 1, &events, &count, &err);
    PAWL_ASSERT(rc == PAWL_OK || rc == PAWL_ECORRUPT);
    pawl_arena_fini(&arena);
}

/* ---- one seed ---------------------------------------------------------------------------- */

static void add_people(struct world *world)
{
    static const struct world_person people[] = {
        {.name = PAWL_STR_INIT("ann")},
        {.name = PAWL_STR_INIT("bob"), .roles = {PAWL_STR_INIT("fin")}, .role_count = 1},
        {.name = PAWL_STR_INIT("eve"), .roles = {PAWL_STR_INIT("fin")}, .role_count = 1},
        {.name = PAWL_STR_INIT("joe")},
    };
    for (size_t i = 0; i < sizeof(people) / sizeof(people[0]); i++) {
        world->people[world->person_count++] = people[i];
    }
}

static bool is_over(struct world *world)
{
    struct pawl_run run;
    return world_run(world, &run) &&
           (run.status == PAWL_RUN_COMPLETED || run.status == PAWL_RUN_CANCELLED);
}

static const char *play(struct world *world, struct trace *trace, struct dice *dice,
                        struct pawl_buf *script)
{
    char line[LINE_SIZE];
    struct dice vandal = {dice->state}; /* rolls of its own: it changes nothing */
    (void)snprintf(line, sizeof(line),
                   "start by=ann%s inputs={\"b0\":true,\"b1\":false,\"b2\":%s,\"b3\":%s}",
                   chance(dice, 10) ? " hold" : "", chance(dice, 50) ? "true" : "false",
                   chance(dice, 50) ? "true" : "false");
    for (uint32_t i = 0; i < COMMANDS_MAX && !is_over(world); i++) {
        const char *ignored = NULL;
        pawl_buf_printf(script, "> %s\n", line);
        size_t from = trace->out.len;
        (void)script_run(trace, world, pawl_str_from(line),
                         &ignored); /* some make no sense just now */
        pawl_buf_put_str(script, pawl_str_sub(pawl_buf_str(&trace->out), from, trace->out.len));
        trace->out.len = 0;
        const char *wrong = world->problem[0] != '\0' ? world->problem : check_run(world);
        if (wrong != NULL) {
            return wrong;
        }
        for (uint32_t k = 0; k < DAMAGES && world->record_count > 0; k++) {
            damage_state(world, &vandal);
            damage_record(world, &vandal);
        }
        next_line(line, dice, world, trace);
    }
    return NULL;
}

/* For the hook below, which is given nothing: what to show when an assertion fails. */
static struct {
    uint64_t seed;
    const struct pawl_buf *yaml, *script;
} shown;

static void show_panic(const char *expression, const char *file, int line)
{
    printf("# seed %llu: %s at %s:%d\nplan:\n%.*s\n%.*s\n", (unsigned long long)shown.seed,
           expression, file, line, PAWL_STR_ARG(pawl_buf_str(shown.yaml)),
           PAWL_STR_ARG(pawl_buf_str(shown.script)));
    (void)fflush(stdout);
}

/* False: the invariants broke. *io_made counts workflows that compiled, *io_ended runs that ended.
 */
static bool seed_run(uint64_t seed, bool verbose, uint32_t *io_made, uint32_t *io_ended)
{
    static struct world world;
    struct dice dice = {seed};
    struct trace trace = {.task_count = 0};
    struct pawl_buf yaml, script, findings;
    world_init(&world);
    add_people(&world);
    pawl_buf_init(&yaml, NULL, 1 << 20);
    pawl_buf_init(&script, NULL, 16 << 20);
    pawl_buf_init(&findings, NULL, 1 << 20);
    pawl_buf_init(&trace.out, NULL, 16 << 20);
    write_plan(&yaml, &dice);
    world.faults = chance(&dice, 5);
    shown.seed = seed;
    shown.yaml = &yaml;
    shown.script = &script;
    struct pawl_plan *plan = plan_test_compile(&world.arena, pawl_buf_str(&yaml), &findings);
    const char *wrong = NULL;
    if (plan != NULL) {
        world.plan = plan;
        wrong = play(&world, &trace, &dice, &script);
        *io_made += 1;
        *io_ended += is_over(&world) ? 1 : 0;
    }
    if (wrong != NULL || verbose) {
        printf("# seed %llu: %s\nplan:\n%.*s\n%.*s%.*s", (unsigned long long)seed,
               wrong != NULL ? wrong : "fine", PAWL_STR_ARG(pawl_buf_str(&yaml)),
               PAWL_STR_ARG(pawl_buf_str(&findings)), PAWL_STR_ARG(pawl_buf_str(&script)));
    }
    pawl_plan_unref(plan);
    pawl_buf_fini(&yaml);
    pawl_buf_fini(&script);
    pawl_buf_fini(&findings);
    pawl_buf_fini(&trace.out);
    world_fini(&world);
    return wrong == NULL;
}

int main(int argc, char **argv)
{
    uint64_t first = argc > 1 ? strtoull(argv[1], NULL, 10) : 1;
    uint64_t count = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    uint32_t made = 0, ended = 0, failed = 0;
    printf("1..1\n");
    pawl_panic_hook_put(show_panic);
    for (uint64_t seed = first; seed < first + count && failed < 3; seed++) {
        failed += seed_run(seed, count == 1, &made, &ended) ? 0 : 1;
    }
    printf("%s 1 - %u random workflows of %llu seeds, %u of them ended\n",
           failed == 0 && made > 0 ? "ok" : "not ok", made, (unsigned long long)count, ended);
    return failed == 0 && made > 0 ? 0 : 1;
}
