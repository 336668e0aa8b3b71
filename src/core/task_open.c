/* A step with tasks begins: who is asked, until when, and what they see (D43, D28).
 *
 * One task per `assign` entry; a role, or a list of users, is a group of candidates of whom one
 * claims it. Who cannot be resolved fails the step: nothing waits for nobody. */
#include "base/utf8.h"
#include "core/decide.h"
#include "core/eval.h"
#include "core/join.h"

static const struct pawl_failure no_assignee = {
    .code = PAWL_STR_INIT("NO_AVAILABLE_ASSIGNEES"),
    .message = PAWL_STR_INIT("nobody who is assigned exists, is active and is not excluded")};

static bool list_has_text(const struct pawl_val *list, struct pawl_str text)
{
    for (uint32_t i = 0; i < pawl_val_count(list); i++) {
        const struct pawl_val *item = pawl_val_at(list, i);
        if (pawl_val_is(item, PAWL_VAL_TEXT) && pawl_str_eq(pawl_val_str(item), text)) {
            return true;
        }
    }
    return false;
}

static void add_candidate(struct pawl_decision *d, struct pawl_list_builder *list, const char *kind,
                          struct pawl_str name)
{
    struct pawl_str text = pawl_arena_printf(d->arena, "%s:%.*s", kind, PAWL_STR_ARG(name));
    struct pawl_val item = pawl_val_text_view(text);
    pawl_list_add(list, &item);
}

static void add_user(struct pawl_decision *d, struct pawl_list_builder *list,
                     const struct pawl_val *name, const struct pawl_val *exclude)
{
    if (!list_has_text(exclude, pawl_val_str(name)) &&
        d->facts->user_count(d->facts->ctx, pawl_val_str(name)) > 0) {
        add_candidate(d, list, "user", pawl_val_str(name));
    }
}

/* Somebody of the role may decide: its active members but for those who are excluded (D43). Few
 * are excluded; one who is named twice is one. */
static bool role_is_usable(struct pawl_decision *d, struct pawl_str role,
                           const struct pawl_val *exclude)
{
    const struct pawl_facts *facts = d->facts;
    uint32_t members = facts->role_count(facts->ctx, role);
    for (uint32_t i = 0; members > 0 && i < pawl_val_count(exclude); i++) {
        const struct pawl_val *item = pawl_val_at(exclude, i);
        bool is_first = pawl_val_is(item, PAWL_VAL_TEXT);
        for (uint32_t k = 0; is_first && k < i; k++) {
            const struct pawl_val *before = pawl_val_at(exclude, k);
            is_first = !pawl_val_is(before, PAWL_VAL_TEXT) ||
                       !pawl_str_eq(pawl_val_str(before), pawl_val_str(item));
        }
        members -= is_first && facts->user_has_role(facts->ctx, pawl_val_str(item), role) ? 1 : 0;
    }
    return members > 0;
}

const struct pawl_val *pawl_assign_candidates(struct pawl_decision *d, uint32_t step,
                                              const struct pawl_assign *assign,
                                              const struct pawl_val *exclude,
                                              struct pawl_failure *ret_failure)
{
    const struct pawl_eval_place place = {.step = step};
    const struct pawl_val *name = NULL;
    struct pawl_list_builder list;
    if (!pawl_eval_template(d, &place, assign->name, &name, ret_failure)) {
        return NULL;
    }
    bool named = assign->kind == PAWL_ASSIGN_USER
                     ? pawl_config_names(d, "assign: user", name, &name, ret_failure)
                     : pawl_config_is_name(d, "assign: role", name, ret_failure);
    if (!named) {
        return NULL;
    }
    *ret_failure = no_assignee;
    pawl_list_begin(&list, d->arena);
    switch (assign->kind) {
    case PAWL_ASSIGN_USER:
        for (uint32_t i = 0; i < pawl_val_count(name); i++) {
            add_user(d, &list, pawl_val_at(name, i), exclude);
        }
        break;
    case PAWL_ASSIGN_ROLE:
        if (role_is_usable(d, pawl_val_str(name), exclude)) {
            add_candidate(d, &list, "role", pawl_val_str(name));
        }
        break;
    case PAWL_ASSIGN_EACH:
        *ret_failure = (struct pawl_failure){
            .code = PAWL_STR("config.not_supported"),
            .message = PAWL_STR("one task per member of a role is not supported yet")};
        return NULL;
    }
    const struct pawl_val *candidates = pawl_list_end(&list);
    return pawl_val_count(candidates) > 0 ? candidates : NULL;
}

/* ---- what a task shows ------------------------------------------------------------------- */

struct task_texts {
    struct pawl_str title, description;
    const struct pawl_val *exclude, *priority;
    pawl_ms due;
};

static bool exclude_add(struct pawl_list_builder *list, const struct pawl_val *item)
{
    if (pawl_val_is(item, PAWL_VAL_TEXT)) {
        pawl_list_add(list, item);
    }
    return pawl_val_is(item, PAWL_VAL_TEXT) || pawl_val_is(item, PAWL_VAL_NULL);
}

/* Who is asked and who is excluded stands in the clear, as people do in the directory, also when a
 * sensitive value named them. One that names nobody excludes nobody, and is not written down. */
static const struct pawl_val *people_named(struct pawl_decision *d, const struct pawl_val *names)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, d->arena);
    for (uint32_t i = 0; i < pawl_val_count(names); i++) {
        struct pawl_str name = pawl_val_str(pawl_val_at(names, i));
        if (d->facts->user_count(d->facts->ctx, name) > 0) {
            struct pawl_val item = pawl_val_text_view(name);
            pawl_list_add(&list, &item);
        }
    }
    return pawl_list_end(&list);
}

/* One list of names: an item may be a list itself ("{{ inputs.family }}"), and null is nobody. What
 * cannot be a name fails the step: a rule of four eyes is not dropped in silence. */
static bool exclude_take(struct pawl_decision *d, const struct pawl_val **io_exclude,
                         struct pawl_failure *ret_failure)
{
    struct pawl_list_builder list;
    bool good = pawl_val_is(*io_exclude, PAWL_VAL_LIST);
    bool is_sensitive = pawl_val_sensitive(*io_exclude);
    pawl_list_begin(&list, d->arena);
    for (uint32_t i = 0; good && i < pawl_val_count(*io_exclude); i++) {
        const struct pawl_val *item = pawl_val_at(*io_exclude, i);
        bool is_list = pawl_val_is(item, PAWL_VAL_LIST);
        for (uint32_t k = 0; good && is_list && k < pawl_val_count(item); k++) {
            good = exclude_add(&list, pawl_val_at(item, k));
        }
        good = good && (is_list || exclude_add(&list, item));
    }
    *io_exclude = pawl_list_end(&list);
    *ret_failure = (struct pawl_failure){
        .code = PAWL_STR("config.value"),
        .message = PAWL_STR("exclude gives something that is no name of a person: each item must "
                            "be a text, a list of texts, or null")};
    if (good && is_sensitive) {
        *io_exclude = people_named(d, *io_exclude);
    }
    return good && *io_exclude != NULL;
}

static bool priority_is_count(struct pawl_decision *d, const struct pawl_val *priority,
                              struct pawl_failure *ret_failure)
{
    if (pawl_val_sensitive(priority)) {
        *ret_failure = pawl_eval_in_the_clear;
        return false;
    }
    return pawl_config_is_count(d, "priority", priority, ret_failure);
}

static bool texts_eval(struct pawl_decision *d, uint32_t step, struct task_texts *ret_texts,
                       struct pawl_failure *ret_failure)
{
    const struct pawl_task_plan *task = d->plan->steps[step].task;
    const struct pawl_eval_place place = {.step = step};
    const struct pawl_eval_place title = {.step = step, .key = "title"};
    const struct pawl_eval_place description = {.step = step, .key = "description"};
    const struct pawl_eval_place due = {.step = step, .key = "due"};
    struct task_texts t = {.exclude = &pawl_val_empty_list};
    int64_t length = 0;
    if (!pawl_eval_shown(d, &title, task->title, &t.title, ret_failure) ||
        !pawl_eval_shown(d, &description, task->description, &t.description, ret_failure) ||
        (task->exclude != NULL &&
         !pawl_eval_template(d, &place, task->exclude, &t.exclude, ret_failure)) ||
        (task->priority != NULL &&
         (!pawl_eval_template(d, &place, task->priority, &t.priority, ret_failure) ||
          !priority_is_count(d, t.priority, ret_failure))) ||
        (task->due != NULL && !pawl_eval_duration(d, &due, task->due, &length, ret_failure))) {
        return false;
    }
    if (!exclude_take(d, &t.exclude, ret_failure)) {
        return false;
    }
    t.due = task->due != NULL ? d->command->now + length : 0;
    t.title = !pawl_str_is_blank(t.title) ? t.title : d->plan->steps[step].name;
    *ret_texts = t;
    return true;
}

static const struct pawl_val *allow_list(struct pawl_decision *d, uint32_t allow)
{
    static const struct {
        uint32_t bit;
        const char *name;
    } words[] = {{PAWL_ALLOW_APPROVE, "approve"},
                 {PAWL_ALLOW_REJECT, "reject"},
                 {PAWL_ALLOW_SEND_BACK, "send_back"},
                 {PAWL_ALLOW_DELEGATE, "delegate"},
                 {PAWL_ALLOW_COMPLETE, "complete"}};
    struct pawl_list_builder list;
    pawl_list_begin(&list, d->arena);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if ((allow & words[i].bit) != 0) {
            struct pawl_val item = pawl_val_text_view(pawl_str_from(words[i].name));
            pawl_list_add(&list, &item);
        }
    }
    return pawl_list_end(&list);
}

static const struct pawl_val *step_ids(struct pawl_decision *d, const struct pawl_indexes *steps)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, d->arena);
    for (uint32_t i = 0; i < steps->count; i++) {
        struct pawl_val item = pawl_val_text_view(d->plan->steps[steps->items[i]].id);
        pawl_list_add(&list, &item);
    }
    return pawl_list_end(&list);
}

static const struct pawl_val *task_data(struct pawl_decision *d, uint32_t step,
                                        const struct task_texts *texts,
                                        const struct pawl_val *candidates)
{
    const struct pawl_task_plan *task = d->plan->steps[step].task;
    struct pawl_map_builder map;
    pawl_map_begin(&map, d->arena);
    pawl_map_add_str(&map, "title", texts->title);
    if (!pawl_str_is_blank(texts->description)) {
        pawl_map_add_str(&map, "description", texts->description);
    }
    pawl_map_add(&map, PAWL_STR("candidates"), candidates);
    if (pawl_val_count(texts->exclude) > 0) {
        pawl_map_add(&map, PAWL_STR("exclude"), texts->exclude);
    }
    pawl_map_add(&map, PAWL_STR("allow"), allow_list(d, task->allow));
    if (task->claim_required) {
        pawl_map_add_str(&map, "claim", PAWL_STR("required"));
    }
    if (task->form_json != NULL) {
        pawl_map_add(&map, PAWL_STR("form"), task->form_json);
    }
    if (texts->priority != NULL) {
        pawl_map_add(&map, PAWL_STR("priority"), texts->priority);
    }
    if (task->send_back_to.count > 0) {
        pawl_map_add(&map, PAWL_STR("send_back_to"), step_ids(d, &task->send_back_to));
    }
    return pawl_map_end(&map);
}

static void fail_unless_stopped(struct pawl_decision *d, uint32_t step,
                                const struct pawl_failure *failure)
{
    if (pawl_decision_on(d)) {
        pawl_step_fail(d, step, failure);
    }
}

static void emit_opened(struct pawl_decision *d, uint32_t step, const struct task_texts *texts,
                        const struct pawl_val *const *candidates)
{
    const struct pawl_task_plan *task = d->plan->steps[step].task;
    uint32_t iteration = pawl_run_step(d->run, step)->iteration;
    struct pawl_event started = pawl_event_of(d, PAWL_EVENT_STEP_STARTED, step);
    started.iteration = iteration;
    started.status = pawl_str_from(pawl_step_status_name(PAWL_STEP_ASSIGNED));
    started.due_at = texts->due;
    pawl_emit(d, &started);
    for (uint32_t i = 0; i < task->assign_count; i++) {
        struct pawl_event opened = pawl_event_of(d, PAWL_EVENT_TASK_OPENED, step);
        opened.iteration = iteration;
        opened.task = pawl_ids_next(d->command->ids, d->command->now);
        opened.number = 1;
        opened.due_at = texts->due;
        opened.data = task_data(d, step, texts, candidates[i]);
        pawl_emit(d, &opened);
    }
}

void pawl_tasks_open(struct pawl_decision *d, uint32_t step)
{
    const struct pawl_task_plan *task = d->plan->steps[step].task;
    struct pawl_failure failure;
    struct task_texts texts;
    if (!texts_eval(d, step, &texts, &failure)) {
        fail_unless_stopped(d, step, &failure);
        return;
    }
    const struct pawl_val **candidates =
        PAWL_ARENA_ARRAY(d->arena, const struct pawl_val *, task->assign_count);
    for (uint32_t i = 0; i < task->assign_count && candidates != NULL; i++) {
        candidates[i] = pawl_assign_candidates(d, step, &task->assign[i], texts.exclude, &failure);
        if (candidates[i] == NULL) {
            fail_unless_stopped(d, step, &failure);
            return;
        }
    }
    if (pawl_ballot_quorum(&task->join, task->assign_count) > task->assign_count) {
        failure = (struct pawl_failure){
            .code = PAWL_STR("QUORUM_UNREACHABLE"),
            .message = PAWL_STR("more approvals are asked for than there are tasks")};
        fail_unless_stopped(d, step, &failure);
        return;
    }
    if (candidates != NULL) {
        emit_opened(d, step, &texts, candidates);
    }
}
