/* Rows as JSON values; see row_view.h. */
#include "api/row_view.h"

#include "base/time.h"
#include "core/core.h"
#include "core/sensitive.h"
#include "store/names.h"
#include "value/json.h"

struct pawl_str pawl_row_view_id(struct pawl_arena *arena, const char *prefix, pawl_id id)
{
    char text[PAWL_ID_TEXT_MAX];
    return pawl_arena_str(arena, pawl_id_format(text, prefix, id));
}

void pawl_row_view_add_time(struct pawl_map_builder *map, const char *key, pawl_ms at)
{
    char text[PAWL_TIME_TEXT_MAX];
    if (at == 0 || at == PAWL_NEVER) {
        pawl_map_add(map, pawl_str_from(key), &pawl_val_null);
        return;
    }
    pawl_map_add_str(map, key, pawl_arena_str(map->arena, pawl_time_format(text, at)));
}

void pawl_row_view_add_text(struct pawl_map_builder *map, const char *key, struct pawl_str text)
{
    if (text.len == 0) {
        pawl_map_add(map, pawl_str_from(key), &pawl_val_null);
        return;
    }
    pawl_map_add_str(map, key, text);
}

void pawl_row_view_add_members(struct pawl_map_builder *map, struct pawl_str json)
{
    const struct pawl_val *members = NULL;
    if (json.len == 0 ||
        pawl_json_parse(map->arena, json, PAWL_JSON_COPY, &pawl_json_limits_stored, &members,
                        NULL) != PAWL_OK) {
        return; /* fsck tells of texts that are not JSON */
    }
    members = pawl_reveal(map->arena, members);
    for (uint32_t i = 0; pawl_val_is(members, PAWL_VAL_MAP) && i < pawl_val_count(members); i++) {
        pawl_map_add(map, pawl_val_key(members, i), pawl_val_at(members, i));
    }
}

static void add_list(struct pawl_map_builder *map, const char *key, const struct pawl_str *texts,
                     uint32_t count)
{
    struct pawl_list_builder list;
    pawl_list_begin(&list, map->arena);
    for (uint32_t i = 0; i < count; i++) {
        pawl_list_add(&list, pawl_val_text(map->arena, texts[i]));
    }
    pawl_map_add(map, pawl_str_from(key), pawl_list_end(&list));
}

static void add_names(struct pawl_map_builder *map, const char *key, struct pawl_str names)
{
    struct pawl_list_builder list;
    struct pawl_str name;
    size_t at = 0;
    if (names.len == 0) {
        return;
    }
    pawl_list_begin(&list, map->arena);
    while (pawl_names_next(names, &at, &name)) {
        pawl_list_add(&list, pawl_val_text(map->arena, name));
    }
    pawl_map_add(map, pawl_str_from(key), pawl_list_end(&list));
}

const struct pawl_val *pawl_row_view_run(struct pawl_arena *arena, const struct pawl_run_row *row)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "id", pawl_row_view_id(arena, "run", row->id));
    pawl_map_add_str(&map, "workflow", row->workflow);
    pawl_map_add_str(&map, "status",
                     pawl_str_from(pawl_run_status_name((enum pawl_run_status)row->status)));
    pawl_row_view_add_text(&map, "outcome", row->outcome);
    pawl_row_view_add_text(&map, "key", row->key);
    pawl_row_view_add_text(&map, "started_by", row->started_by);
    pawl_row_view_add_time(&map, "created_at", row->created_at);
    pawl_row_view_add_time(&map, "started_at", row->started_at);
    pawl_row_view_add_time(&map, "ended_at", row->ended_at);
    pawl_map_add_int(&map, "priority", row->priority);
    return pawl_map_end(&map);
}

const struct pawl_val *pawl_row_view_task(struct pawl_arena *arena, const struct pawl_task_row *row)
{
    struct pawl_map_builder map;
    bool is_approval = row->kind == PAWL_STEP_KIND_APPROVAL;
    pawl_map_begin(&map, arena);
    pawl_row_view_add_members(&map, row->details);
    pawl_map_add_str(&map, "id", pawl_row_view_id(arena, "task", row->id));
    pawl_map_add_str(&map, "run", pawl_row_view_id(arena, "run", row->run));
    pawl_map_add_str(&map, "workflow", row->workflow);
    pawl_map_add_str(&map, "step", row->step);
    pawl_map_add_int(&map, "iteration", row->iteration);
    pawl_map_add_str(&map, "kind", is_approval ? PAWL_STR("approval") : PAWL_STR("manual"));
    pawl_map_add_str(&map, "title", row->title);
    pawl_map_add_str(&map, "status",
                     pawl_str_from(pawl_task_status_name((enum pawl_task_status)row->status)));
    pawl_row_view_add_text(&map, "assignee", row->assignee);
    add_list(&map, "candidates", row->principals, row->principal_count);
    add_names(&map, "delegated_by", row->held_by);
    pawl_map_add_int(&map, "priority", row->priority);
    pawl_row_view_add_time(&map, "created_at", row->created_at);
    pawl_row_view_add_time(&map, "due_at", row->due_at);
    pawl_row_view_add_time(&map, "closed_at", row->closed_at);
    pawl_map_add_int(&map, "version", row->seq);
    return pawl_map_end(&map);
}

const struct pawl_val *pawl_row_view_decision(struct pawl_arena *arena,
                                              const struct pawl_decision_row *row)
{
    struct pawl_map_builder map;
    const struct pawl_val *form = &pawl_val_null;
    if (row->form.len > 0 &&
        pawl_json_parse(arena, row->form, PAWL_JSON_COPY, &pawl_json_limits_stored, &form, NULL) !=
            PAWL_OK) {
        form = &pawl_val_null;
    }
    form = pawl_reveal(arena, form);
    pawl_map_begin(&map, arena);
    pawl_map_add_int(&map, "number", row->number);
    pawl_map_add_str(&map, "person", row->person);
    pawl_row_view_add_text(&map, "on_behalf_of", row->on_behalf_of);
    pawl_map_add_str(&map, "verdict", row->verdict);
    pawl_row_view_add_text(&map, "comment", row->comment);
    pawl_row_view_add_text(&map, "to", row->to);
    pawl_map_add(&map, PAWL_STR("form"), form);
    pawl_row_view_add_time(&map, "at", row->at);
    return pawl_map_end(&map);
}

const struct pawl_val *pawl_row_view_definition(struct pawl_arena *arena,
                                                const struct pawl_definition_row *row)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "id", pawl_row_view_id(arena, "def", row->id));
    pawl_map_add_str(&map, "name", row->name);
    pawl_map_add_int(&map, "number", row->number);
    pawl_map_add_str(&map, "version", row->version);
    pawl_map_add_str(&map, "title", row->title);
    pawl_map_add_str(&map, "description", row->description);
    pawl_map_add_bool(&map, "enabled", row->enabled);
    pawl_map_add_bool(&map, "current", row->current);
    pawl_map_add_str(&map, "applied_by", row->applied_by);
    pawl_row_view_add_time(&map, "applied_at", row->applied_at);
    return pawl_map_end(&map);
}

const struct pawl_val *pawl_row_view_user(struct pawl_arena *arena, const struct pawl_user_row *row)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "name", row->name);
    pawl_row_view_add_text(&map, "title", row->title);
    pawl_row_view_add_text(&map, "email", row->email);
    add_list(&map, "roles", row->roles, row->role_count);
    pawl_map_add_bool(&map, "admin", row->admin);
    pawl_map_add_bool(&map, "active", row->active);
    pawl_row_view_add_time(&map, "created_at", row->created_at);
    return pawl_map_end(&map);
}
