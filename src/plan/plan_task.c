/* Tasks and waits of the plan: what people are asked to do, and what a run waits for. */
#include "plan/plan_impl.h"

const struct pawl_assign *pawl_plan_build_assign(struct pawl_plan_build *build,
                                                 const struct pawl_val *map, uint32_t *ret_count)
{
    static const char *const kinds[] = {
        [PAWL_ASSIGN_USER] = "user", [PAWL_ASSIGN_ROLE] = "role", [PAWL_ASSIGN_EACH] = "each"};
    const struct pawl_val *list = pawl_plan_list(build, map, "assign", PAWL_TASKS_PER_STEP_MAX);
    struct pawl_assign *items = PAWL_PLAN_ARRAY(build, struct pawl_assign, list->len);
    for (uint32_t i = 0; items != NULL && i < list->len; i++) {
        const struct pawl_val *entry = pawl_val_at(list, i);
        items[i].kind = (enum pawl_assign_kind)pawl_plan_word(build, entry, "kind", kinds, 3);
        items[i].name = pawl_plan_template(build, entry, "name");
        if (items[i].name == NULL) {
            pawl_plan_corrupt(build, "assign");
        }
    }
    if (list->len == 0) {
        pawl_plan_corrupt(build, "assign");
    }
    *ret_count = items == NULL ? 0 : list->len;
    return items;
}

/* A list of verdicts as bits. */
static uint32_t build_verdicts(struct pawl_plan_build *build, const struct pawl_val *map,
                               const char *key)
{
    static const char *const words[] = {"approve", "reject", "send_back", "delegate", "complete"};
    const struct pawl_val *list = pawl_plan_list(build, map, key, 5);
    uint32_t bits = 0;
    for (uint32_t i = 0; i < list->len; i++) {
        uint32_t word = 0;
        while (word < 5 && !pawl_val_is_text(pawl_val_at(list, i), words[word])) {
            word++;
        }
        if (word == 5) {
            pawl_plan_corrupt(build, key);
            return 0;
        }
        bits |= 1u << word;
    }
    return bits;
}

const struct pawl_task_plan *pawl_plan_build_task(struct pawl_plan_build *build,
                                                  const struct pawl_val *model)
{
    const struct pawl_val *map = PAWL_VAL_GET(model, "task");
    struct pawl_task_plan *task = PAWL_PLAN_ARRAY(build, struct pawl_task_plan, 1);
    if (task == NULL || !pawl_val_is(map, PAWL_VAL_MAP)) {
        pawl_plan_corrupt(build, "task");
        return task;
    }
    task->title = pawl_plan_template(build, map, "title");
    task->description = pawl_plan_template(build, map, "description");
    task->assign = pawl_plan_build_assign(build, map, &task->assign_count);
    task->exclude = pawl_plan_template(build, map, "exclude");
    task->allow = build_verdicts(build, map, "allow");
    task->comment =
        build_verdicts(build, map, "comment") | PAWL_ALLOW_REJECT | PAWL_ALLOW_SEND_BACK; /* D51 */
    task->form_json = PAWL_VAL_GET(map, "form");
    task->form = pawl_plan_schema(build, map, "form");
    task->due = pawl_plan_template(build, map, "due");
    task->join = pawl_plan_join(build, map, UINT32_MAX);
    task->send_back_to = pawl_plan_indexes(build, map, "send_back_to");
    task->distinct = pawl_plan_bool(build, map, "distinct");
    task->claim_required = pawl_plan_bool(build, map, "claim_required");
    task->priority = pawl_plan_template(build, map, "priority");
    task->save_to_inputs = pawl_plan_bool(build, map, "save_to_inputs");
    if (task->allow == 0) {
        pawl_plan_corrupt(build, "allow");
    }
    return task;
}

const struct pawl_wait_plan *pawl_plan_build_wait(struct pawl_plan_build *build,
                                                  const struct pawl_val *model)
{
    const struct pawl_val *map = PAWL_VAL_GET(model, "wait");
    struct pawl_wait_plan *wait = PAWL_PLAN_ARRAY(build, struct pawl_wait_plan, 1);
    if (wait == NULL) {
        return NULL;
    }
    wait->for_duration = pawl_plan_template(build, map, "for");
    wait->until = pawl_plan_template(build, map, "until");
    wait->signal = pawl_plan_template(build, map, "signal");
    wait->timeout_ms = pawl_plan_int(build, map, "timeout", 0, 0, INT64_MAX);
    if ((wait->for_duration != NULL) + (wait->until != NULL) + (wait->signal != NULL) != 1) {
        pawl_plan_corrupt(build, "wait");
    }
    return wait;
}
