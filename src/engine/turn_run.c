/* One command on one run inside a turn: load, decide (fetching what the core needs), keep what it
 * decided.
 *
 * Nothing is written here; the run's events, rows and effects wait in the turn_run for the commit.
 * When a command is refused after an earlier one of the same turn changed the run, the working copy
 * is thrown away and decoded again from the earlier one's encoding: so it is encoded before the
 * second command. */
#include "engine/turn.h"

#include "core/core.h"
#include "value/json.h"

static struct pawl_str actor_name(const struct pawl_command *command)
{
    return command->actor.system ? PAWL_STR("system") : command->actor.name;
}

static enum pawl_rc step_of_command(struct pawl_turn_run *tr, struct pawl_request *request,
                                    struct pawl_err *err)
{
    struct pawl_command *command = &request->command;
    if (command->kind != PAWL_COMMAND_RETRY) {
        return PAWL_OK;
    }
    command->step = PAWL_STEP_NONE;
    if (request->step.len == 0) {
        return PAWL_OK;
    }
    command->step = pawl_plan_find_step(tr->plan, request->step);
    if (command->step == PAWL_STEP_NONE) {
        return pawl_err_set(err, PAWL_ENOT_FOUND, "the workflow has no step '" PAWL_STR_FMT "'",
                            PAWL_STR_ARG(request->step));
    }
    return PAWL_OK;
}

static void command_fill(struct pawl_turn_run *tr, struct pawl_command *command)
{
    struct pawl_engine *engine = tr->batch->engine;
    if (tr->event == 0) {
        tr->event = pawl_ids_next(&engine->ids, tr->batch->now);
    }
    command->now = tr->batch->now;
    command->random = pawl_engine_random(engine);
    command->ids = &engine->ids;
    command->event = tr->event;
    command->event_index = tr->event_count;
    command->run = tr->row.id;
    command->tenant = tr->row.tenant;
    command->definition = tr->row.definition;
}

static bool has_pages(const struct pawl_turn *turn)
{
    for (uint32_t i = 0; i < turn->need_count; i++) {
        if (turn->needs[i].kind == PAWL_NEED_PAGE) {
            return true;
        }
    }
    return false;
}

/* Rounds for pages are few while a run advances: the core stops before (advance.c). A command that
 * goes through a whole run (CANCEL, TERMINATE, RETRY, a way back, the search for a failure that
 * counts) may want page after page: from the third round on it gets all of them at once, so that no
 * width or shape of a run is too much. */
static enum pawl_rc fetch(struct pawl_turn_run *tr, const struct pawl_turn *turn, uint32_t rounds,
                          struct pawl_err *err)
{
    enum { ROUNDS_FOR_SINGLE_PAGES = 2 };
    enum pawl_rc rc = PAWL_OK;
    if (rounds > ROUNDS_FOR_SINGLE_PAGES && has_pages(turn)) {
        rc = pawl_turn_fetch_pages(tr, err);
    }
    return rc == PAWL_OK ? pawl_turn_fetch(tr, turn->needs, turn->need_count, err) : rc;
}

/* Of a run that is being started the definition is marked: the next try has another run. */
static pawl_id marked_id(const struct pawl_turn_run *tr)
{
    return tr->fresh ? tr->row.definition : tr->row.id;
}

static void mark_begin(struct pawl_turn_run *tr, const struct pawl_command *command)
{
    struct pawl_marks *marks = tr->batch->engine->options.marks;
    if (marks != NULL) {
        pawl_marks_begin(marks, tr->row.tenant, marked_id(tr), command->kind);
    }
}

static void mark_end(struct pawl_turn_run *tr, const struct pawl_command *command, enum pawl_rc rc)
{
    struct pawl_marks *marks = tr->batch->engine->options.marks;
    if (marks != NULL) {
        pawl_marks_end(marks);
        if (command->kind == PAWL_COMMAND_PARK && rc == PAWL_OK) {
            pawl_marks_forget(marks, tr->row.id); /* what it does after RESUME counts anew */
        }
    }
}

/* Starting the definition has ended one process after another. */
static enum pawl_rc check_suspect(const struct pawl_turn_run *tr, struct pawl_err *err)
{
    const struct pawl_marks *marks = tr->batch->engine->options.marks;
    if (marks == NULL || !tr->fresh ||
        pawl_marks_ends(marks, tr->row.definition) < PAWL_CRASHES_MAX) {
        return PAWL_OK;
    }
    return pawl_err_set(err, PAWL_EDISABLED,
                        "starting this version of workflow '" PAWL_STR_FMT
                        "' ended the server %u times; apply a version that is mended",
                        PAWL_STR_ARG(tr->row.workflow), PAWL_CRASHES_MAX);
}

/* decide until it needs nothing more; the working copy is good only after PAWL_OK. An evaluation
 * ends at the first value that is missing, so a config that reads many large outputs asks once for
 * each: those rounds are counted apart. */
static enum pawl_rc decide_rounds(struct pawl_turn_run *tr, struct pawl_command *command,
                                  struct pawl_turn *ret_turn, struct pawl_err *err)
{
    struct pawl_facts facts = pawl_turn_facts(tr);
    uint32_t rounds = 0, values = 0;
    while (rounds <= PAWL_NEED_ROUNDS_MAX && values <= PAWL_NEED_VALUES_MAX) {
        enum pawl_rc rc = tr->decoded ? PAWL_OK : pawl_turn_run_decode(tr, err);
        if (rc != PAWL_OK) {
            return rc;
        }
        *ret_turn = (struct pawl_turn){0};
        rc = pawl_core_decide(tr->plan, &tr->run, command, &facts, tr->batch->arena, ret_turn, err);
        if (rc == PAWL_OK) {
            return PAWL_OK;
        }
        tr->decoded = false;
        if (rc != PAWL_ENEED) {
            return rc;
        }
        PAWL_ASSERT(ret_turn->need_count > 0);
        bool pages = has_pages(ret_turn);
        rounds += pages;
        values += !pages;
        rc = fetch(tr, ret_turn, rounds, err);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    PAWL_ASSERT(rounds <= PAWL_NEED_ROUNDS_MAX); /* all pages were at hand after the third */
    return pawl_err_set(err, PAWL_ELIMIT,
                        "one command on the run reads more than %u large values of its history; "
                        "read fewer outputs in one step",
                        PAWL_NEED_VALUES_MAX);
}

/* One mark for all rounds: the end of an earlier one says nothing of what the last one does. */
static enum pawl_rc run_decide(struct pawl_turn_run *tr, struct pawl_command *command,
                               struct pawl_turn *ret_turn, struct pawl_err *err)
{
    mark_begin(tr, command);
    enum pawl_rc rc = decide_rounds(tr, command, ret_turn, err);
    mark_end(tr, command, rc);
    return rc;
}

static enum pawl_rc keep_events(struct pawl_turn_run *tr, const struct pawl_turn *turn,
                                struct pawl_err *err)
{
    struct pawl_arena *arena = tr->batch->arena;
    for (uint32_t i = 0; i < turn->event_count; i++) {
        struct pawl_turn_event *kept = PAWL_ARENA_NEW(arena, struct pawl_turn_event);
        if (kept == NULL) {
            return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the turn");
        }
        kept->event = turn->events[i];
        PAWL_ASSERT(kept->event.index ==
                    tr->event_count); /* where its values will be found again */
        *tr->events_tail = kept;
        tr->events_tail = &kept->next;
        tr->event_count++;
        if (kept->event.kind == PAWL_EVENT_RUN_DELETED) {
            tr->deleted = true;
        }
        enum pawl_rc rc = pawl_turn_project(tr, &kept->event, err);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    return PAWL_OK;
}

static enum pawl_rc keep_effects(struct pawl_turn_run *tr, const struct pawl_turn *turn,
                                 struct pawl_err *err)
{
    for (uint32_t i = 0; i < turn->effect_count; i++) {
        struct pawl_turn_effect *kept = PAWL_ARENA_NEW(tr->batch->arena, struct pawl_turn_effect);
        if (kept == NULL) {
            return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the turn");
        }
        kept->effect = turn->effects[i];
        *tr->effects_tail = kept;
        tr->effects_tail = &kept->next;
    }
    return PAWL_OK;
}

/* What a failure after decide (memory only) must not leave behind: the turn of that run as a whole.
 */
static void run_abandon(struct pawl_turn_run *tr)
{
    tr->events = NULL;
    tr->events_tail = &tr->events;
    tr->event_count = 0;
    tr->effects = NULL;
    tr->effects_tail = &tr->effects;
    tr->tasks = NULL;
    tr->task_slots = NULL;
    tr->task_count = tr->task_cap = 0;
    tr->decisions = NULL;
    tr->decoded = false;
    tr->dirty = false;
    tr->conflict =
        true; /* earlier answers of this turn on it become PAWL_EBUSY: nothing was stored */
}

static bool is_stop(enum pawl_command_kind kind)
{
    return kind == PAWL_COMMAND_PARK || kind == PAWL_COMMAND_PAUSE ||
           kind == PAWL_COMMAND_CANCEL || kind == PAWL_COMMAND_TERMINATE;
}

/* On a refusal ret_findings, which may be NULL, says which rules of inputs or a form are broken. */
static enum pawl_rc run_command(struct pawl_turn_run *tr, struct pawl_request *request,
                                const struct pawl_val **ret_findings, struct pawl_err *err)
{
    struct pawl_turn turn = {0};
    enum pawl_rc rc = step_of_command(tr, request, err);
    if (rc == PAWL_OK && tr->dirty) {
        rc = pawl_turn_encode(tr, err);
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    rc = check_suspect(tr, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    command_fill(tr, &request->command);
    rc = run_decide(tr, &request->command, &turn, err);
    if (rc != PAWL_OK) {
        *ret_findings = turn.findings;
        return rc;
    }
    if (turn.event_count == 0) {
        return PAWL_OK;
    }
    tr->dirty = true;
    tr->stops = tr->stops || is_stop(request->command.kind);
    tr->unfinished = turn.unfinished;
    if (tr->unfinished && tr->rest == NULL) {
        tr->rest = pawl_engine_request_internal(tr->batch->engine, PAWL_COMMAND_CONTINUE,
                                                tr->row.tenant, tr->row.id);
    }
    if (tr->actor.len == 0) {
        tr->actor = actor_name(&request->command);
    }
    rc = tr->unfinished && tr->rest == NULL
             ? pawl_err_set(err, PAWL_ENOMEM, "out of memory for what follows the turn")
             : keep_events(tr, &turn, err);
    if (rc == PAWL_OK) {
        rc = keep_effects(tr, &turn, err);
    }
    if (rc != PAWL_OK) {
        run_abandon(tr);
    }
    return rc;
}

static enum pawl_rc load_new(struct pawl_turn_batch *batch, struct pawl_request *request,
                             struct pawl_turn_run **ret_run, struct pawl_err *err)
{
    struct pawl_engine *engine = batch->engine;
    pawl_id definition = 0;
    bool enabled = true;
    enum pawl_rc rc;
    if (request->number == 0) {
        rc =
            pawl_heads_find(engine, request->tenant, request->workflow, &definition, &enabled, err);
    } else {
        struct pawl_definition_row row;
        rc = pawl_reader_api_of(engine->reader)
                 ->definition_find(engine->reader, request->tenant, request->workflow,
                                   request->number, batch->arena, &row, err);
        definition = row.id;
        enabled = rc == PAWL_OK && row.enabled && !row.deleted;
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    if (!enabled) {
        return pawl_err_set(err, PAWL_EDISABLED,
                            "workflow '" PAWL_STR_FMT
                            "' is disabled; `pawl workflow enable " PAWL_STR_FMT
                            "` lets it start again",
                            PAWL_STR_ARG(request->workflow), PAWL_STR_ARG(request->workflow));
    }
    return pawl_turn_run_fresh(batch, request->tenant, request->workflow, definition, ret_run, err);
}

/* Who may not see the task is told what anybody is told of one that does not exist, whatever its
 * version and status are and whoever has it. */
static enum pawl_rc task_seen(const struct pawl_turn_run *tr, const struct pawl_task_row *task,
                              const struct pawl_actor *actor, struct pawl_err *err)
{
    const struct pawl_principal principal = {.tenant = tr->row.tenant,
                                             .user = {.name = actor->name,
                                                      .roles = actor->roles,
                                                      .role_count = actor->role_count,
                                                      .admin = actor->admin,
                                                      .active = true}};
    return actor->system ? PAWL_OK
                         : pawl_principal_sees_task(&principal, tr->batch->engine->reader, task,
                                                    tr->row.started_by, tr->batch->arena, err);
}

static enum pawl_rc load_by_task(struct pawl_turn_batch *batch, struct pawl_request *request,
                                 struct pawl_turn_run **ret_run, struct pawl_err *err)
{
    struct pawl_reader *reader = batch->engine->reader;
    struct pawl_task_row row;
    char text[PAWL_ID_TEXT_MAX];
    enum pawl_rc rc = pawl_reader_api_of(reader)->task_get(reader, request->tenant, request->task,
                                                           batch->arena, &row, err);
    if (rc == PAWL_OK) {
        rc = pawl_turn_run_load(batch, request->tenant, row.run, ret_run, err);
    }
    struct pawl_turn_task *task = NULL;
    if (rc == PAWL_OK) {
        rc = pawl_turn_task_load(*ret_run, request->task, &task, err);
    }
    if (rc == PAWL_OK) {
        rc = task_seen(*ret_run, &task->row, &request->command.actor, err);
    }
    if (rc == PAWL_ENOT_FOUND) {
        return pawl_task_absent(pawl_id_format(text, "task", request->task), err);
    }
    request->command.task = request->task;
    request->command.step = rc == PAWL_OK ? task->row.step_index : PAWL_STEP_NONE;
    return rc;
}

/* A draft pins no version until it is submitted (D52): then it is decided on the plan that its
 * workflow's name means now. */
static enum pawl_rc draft_pin(struct pawl_turn_run *tr, pawl_id definition, struct pawl_err *err)
{
    struct pawl_engine *engine = tr->batch->engine;
    struct pawl_plan *plan = NULL;
    enum pawl_rc rc = tr->dirty ? pawl_turn_encode(tr, err) : PAWL_OK;
    if (rc == PAWL_OK) {
        rc = pawl_engine_plan(engine, engine->reader, tr->row.tenant, definition, &plan, err);
    }
    if (rc == PAWL_OK) {
        PAWL_ASSERT(tr->draft_plan == NULL);
        tr->draft_plan = tr->plan;
        tr->draft_definition = tr->row.definition;
        tr->plan = plan;
        tr->row.definition = definition;
        tr->decoded = false;
    }
    return rc;
}

/* After the SUBMIT was decided: a refused one leaves the draft on the version it had. */
static void draft_unpin(struct pawl_turn_run *tr, bool refused)
{
    struct pawl_plan *unused = tr->draft_plan;
    if (unused == NULL) {
        return;
    }
    if (refused) {
        unused = tr->plan;
        tr->plan = tr->draft_plan;
        tr->row.definition = tr->draft_definition;
        tr->decoded = false;
    }
    tr->draft_plan = NULL;
    pawl_plan_unref(unused);
}

static enum pawl_rc submit_prepare(struct pawl_turn_run *tr, const struct pawl_request *request,
                                   struct pawl_err *err)
{
    if (request->command.kind != PAWL_COMMAND_SUBMIT || tr->row.status != PAWL_RUN_DRAFT) {
        return PAWL_OK;
    }
    pawl_id definition = 0;
    bool enabled = false;
    enum pawl_rc rc = pawl_heads_find(tr->batch->engine, tr->row.tenant, tr->row.workflow,
                                      &definition, &enabled, err);
    if (rc == PAWL_OK && !enabled) {
        return pawl_err_set(err, PAWL_EDISABLED,
                            "workflow '" PAWL_STR_FMT "' is disabled; the draft is kept",
                            PAWL_STR_ARG(tr->row.workflow));
    }
    bool moved = rc == PAWL_OK && definition != tr->row.definition;
    return moved ? draft_pin(tr, definition, err) : rc;
}

static enum pawl_rc load(struct pawl_turn_batch *batch, struct pawl_request *request,
                         struct pawl_turn_run **ret_run, struct pawl_err *err)
{
    if (request->kind == PAWL_REQUEST_RUN_NEW) {
        return load_new(batch, request, ret_run, err);
    }
    if (request->kind == PAWL_REQUEST_TASK) {
        return load_by_task(batch, request, ret_run, err);
    }
    enum pawl_rc rc = pawl_turn_run_load(batch, request->tenant, request->run, ret_run, err);
    return rc == PAWL_OK ? submit_prepare(*ret_run, request, err) : rc;
}

static void refuse(struct pawl_turn_answer *answer, enum pawl_rc rc,
                   const struct pawl_val *findings, struct pawl_arena *arena)
{
    pawl_reply_refuse(answer, rc, &answer->err);
    if (findings != NULL) {
        struct pawl_map_builder extra;
        pawl_map_begin(&extra, arena);
        pawl_map_add(&extra, PAWL_STR("errors"), findings);
        const struct pawl_val *whole = pawl_map_end(&extra);
        answer->reply.body =
            whole != NULL ? pawl_json_text(arena, whole, PAWL_JSON_COMPACT) : PAWL_STR_NONE;
    }
}

/* A run's record of a turn is bounded, and a value larger than that bound is refused alone; values
 * that are too large only together wait for the next turn. A completion is held and tried again;
 * one that passed a limit together with others is tried alone. */
static bool has_room(const struct pawl_turn_run *tr, const struct pawl_request *request)
{
    if (tr->command_count == 0) {
        return true;
    }
    return !tr->alone && request->tries == 0 &&
           tr->request_bytes + request->arena.total <= 2 * (size_t)PAWL_TURN_EVENT_BYTES_MAX;
}

void pawl_turn_run_command(struct pawl_turn_batch *batch, struct pawl_request *request,
                           struct pawl_turn_answer *answer)
{
    struct pawl_turn_run *tr = NULL;
    const struct pawl_val *findings = NULL;
    enum pawl_rc rc = load(batch, request, &tr, &answer->err);
    if (rc == PAWL_OK && (tr->conflict || tr->deleted)) {
        rc = pawl_err_set(&answer->err, tr->deleted ? PAWL_ENOT_FOUND : PAWL_EBUSY,
                          tr->deleted ? "the draft was deleted"
                                      : "the run could not be changed now; try again");
    }
    if (rc == PAWL_OK && !has_room(tr, request)) {
        rc = pawl_err_set(&answer->err, PAWL_EBUSY,
                          "the run took in too much at once; try again after a moment");
    }
    if (rc == PAWL_OK) {
        tr->command_count++;
        tr->alone = tr->alone || request->tries > 0;
        answer->run = tr;
        rc = run_command(tr, request, &findings, &answer->err);
        draft_unpin(tr, rc != PAWL_OK);
    }
    if (rc != PAWL_OK) {
        refuse(answer, rc, findings, batch->arena);
        return;
    }
    tr->request_bytes += request->arena.total;
    if (request->reply == NULL) {
        return; /* internal commands are not answered */
    }
    if (request->kind == PAWL_REQUEST_TASK) {
        pawl_reply_task(answer, tr, request->task);
    } else {
        pawl_reply_run(answer, tr);
    }
}
