/* What somebody may do with a task, from its row: the same rules as the core's guards, in the same
 * order (core/decide_task.c: claim_check, decide_release, decision_check), so that nobody is
 * offered what would be refused. tests/api/tasks.py tries every offer. */
#include "api/task_offer.h"

#include "core/task_bars.h"
#include "store/names.h"

static bool is_excluded(const struct pawl_val *view, struct pawl_str name)
{
    const struct pawl_val *exclude = PAWL_VAL_GET(view, "exclude");
    for (uint32_t i = 0; i < pawl_val_count(exclude); i++) {
        if (pawl_str_eq(pawl_val_str(pawl_val_at(exclude, i)), name)) {
            return true;
        }
    }
    return false;
}

static bool has_started(struct pawl_call *call, const struct pawl_task_row *task)
{
    struct pawl_run_row run;
    return pawl_reader_api_of(call->reader)
                   ->run_get(call->reader, call->principal.tenant, task->run, call->arena, &run,
                             NULL) == PAWL_OK &&
           pawl_str_eq(run.started_by, call->principal.user.name);
}

/* Why he may not decide; empty: he may. */
static struct pawl_str bar_of(struct pawl_call *call, const struct pawl_task_row *task,
                              const struct pawl_val *view)
{
    struct pawl_str name = call->principal.user.name;
    bool is_claimed = task->status == PAWL_TASK_CLAIMED;
    bool is_own = is_claimed && pawl_str_eq(task->assignee, name);
    if (!is_claimed && task->status != PAWL_TASK_PENDING) {
        return pawl_arena_printf(call->arena, "the task is %s: it is closed",
                                 pawl_task_status_name((enum pawl_task_status)task->status));
    }
    if (!pawl_principal_is_asked(&call->principal, task)) {
        return PAWL_STR(PAWL_BAR_NOT_ASKED);
    }
    if (!is_own && is_excluded(view, name)) {
        return has_started(call, task) ? PAWL_STR(PAWL_BAR_STARTED) : PAWL_STR(PAWL_BAR_EXCLUDED);
    }
    if (!is_own && is_claimed) {
        return pawl_arena_printf(call->arena, "'" PAWL_STR_FMT "' has claimed the task",
                                 PAWL_STR_ARG(task->assignee));
    }
    if (pawl_names_have(task->barred, name) && !is_excluded(view, name)) {
        return PAWL_STR(PAWL_BAR_DECIDED);
    }
    return PAWL_STR_NONE;
}

static void add_word(struct pawl_list_builder *list, struct pawl_arena *arena, const char *word)
{
    pawl_list_add(list, pawl_val_text(arena, pawl_str_from(word)));
}

const struct pawl_val *pawl_task_offer(struct pawl_call *call, const struct pawl_task_row *task,
                                       const struct pawl_val *view)
{
    struct pawl_arena *arena = call->arena;
    struct pawl_map_builder map;
    struct pawl_list_builder may;
    bool is_claimed = task->status == PAWL_TASK_CLAIMED;
    bool is_own = is_claimed && pawl_str_eq(task->assignee, call->principal.user.name);
    bool claim_first = !is_claimed && PAWL_VAL_GET(view, "claim") != NULL;
    struct pawl_str bar = bar_of(call, task, view);
    const struct pawl_val *allow = PAWL_VAL_GET(view, "allow");
    pawl_list_begin(&may, arena);
    if (bar.len == 0 && !is_claimed) {
        add_word(&may, arena, "claim");
    }
    if (is_claimed && (is_own || call->principal.user.admin)) {
        add_word(&may, arena, "release");
    }
    for (uint32_t i = 0; bar.len == 0 && i < pawl_val_count(allow); i++) {
        if (!claim_first || pawl_str_is(pawl_val_str(pawl_val_at(allow, i)), "delegate")) {
            pawl_list_add(&may, pawl_val_at(allow, i)); /* handing on claims by itself */
        }
    }
    pawl_map_begin(&map, arena);
    pawl_map_add(&map, PAWL_STR("may"), pawl_list_end(&may));
    if (bar.len > 0) {
        pawl_map_add_str(&map, "why", bar);
    } else {
        pawl_map_add(&map, PAWL_STR("why"), &pawl_val_null);
    }
    return pawl_map_end(&map);
}
