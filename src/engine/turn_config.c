/* Changes of configuration: definitions, people, tokens, tenants. They go through the same turn and
 * the same commit as everything else, with a record in the tenant's own history (run 0). */
#include "engine/definition.h"
#include "engine/turn.h"

#include "base/time.h"
#include "base/utf8.h"
#include "core/event.h"
#include "identity/token.h"
#include "value/json.h"

static enum pawl_rc no_memory(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the change");
}

static struct pawl_config_write *config_new(struct pawl_turn_batch *batch)
{
    struct pawl_config_write *config = PAWL_ARENA_NEW(batch->arena, struct pawl_config_write);
    if (config != NULL) {
        *batch->configs_tail = config;
        batch->configs_tail = &config->next;
    }
    return config;
}

static struct pawl_str actor_of(const struct pawl_request *request)
{
    return request->command.actor.system ? PAWL_STR("system") : request->command.actor.name;
}

/* The record: {"events":[{"kind":KIND,"v":1,"at":…,"name":…,…}]}; members in `extra`, which may be
 * NULL. */
static enum pawl_rc config_record(struct pawl_turn_batch *batch, const struct pawl_request *request,
                                  struct pawl_config_write *config, const char *kind,
                                  struct pawl_str name, struct pawl_err *err)
{
    struct pawl_event_row *row = PAWL_ARENA_NEW(batch->arena, struct pawl_event_row);
    struct pawl_map_builder event, body;
    struct pawl_list_builder list;
    pawl_map_begin(&event, batch->arena);
    pawl_map_add_str(&event, "kind", pawl_str_from(kind));
    pawl_map_add_int(&event, "v", 1);
    pawl_map_add_int(&event, "at", batch->now);
    pawl_map_add_str(&event, "name", name);
    pawl_map_add_str(&event, "actor", actor_of(request));
    if (config->definition != NULL) {
        pawl_map_add_int(&event, "number", config->definition->number);
        pawl_map_add_str(&event, "version", config->definition->version);
    }
    pawl_list_begin(&list, batch->arena);
    pawl_list_add(&list, pawl_map_end(&event));
    pawl_map_begin(&body, batch->arena);
    pawl_map_add(&body, PAWL_STR("events"), pawl_list_end(&list));
    const struct pawl_val *whole = pawl_map_end(&body);
    if (row == NULL || whole == NULL) {
        return no_memory(err);
    }
    *row = (struct pawl_event_row){
        .id = pawl_ids_next(&batch->engine->ids, batch->now),
        .tenant = request->tenant,
        .at = batch->now,
        .actor = actor_of(request),
        .body = pawl_json_text(batch->arena, whole, PAWL_JSON_COMPACT),
    };
    config->event = row;
    return row->body.ptr == NULL ? no_memory(err) : PAWL_OK;
}

static enum pawl_rc answer_body(struct pawl_turn_batch *batch, struct pawl_turn_answer *answer,
                                struct pawl_map_builder *body, uint32_t http_status)
{
    const struct pawl_val *whole = pawl_map_end(body);
    struct pawl_str text =
        whole == NULL ? PAWL_STR_NONE : pawl_json_text(batch->arena, whole, PAWL_JSON_COMPACT);
    if (text.ptr == NULL) {
        return no_memory(&answer->err);
    }
    answer->reply.body = text;
    answer->reply.http_status = http_status;
    return PAWL_OK;
}

/* ---- definitions
 * ------------------------------------------------------------------------------------ */

/* "1.4.2" → "1.5.0"; anything else → "1.0.0". */
static struct pawl_str version_next(struct pawl_arena *arena, struct pawl_str before)
{
    uint64_t parts[3] = {0, 0, 0};
    size_t part = 0;
    for (size_t i = 0; i < before.len && part < 3; i++) {
        if (before.ptr[i] == '.') {
            part++;
        } else if (before.ptr[i] >= '0' && before.ptr[i] <= '9' && parts[part] < 1000000000) {
            parts[part] = parts[part] * 10 + (uint64_t)(before.ptr[i] - '0');
        } else {
            break;
        }
    }
    if (before.len == 0 || part < 1) {
        return PAWL_STR("1.0.0");
    }
    return pawl_arena_printf(arena, "%llu.%llu.0", (unsigned long long)parts[0],
                             (unsigned long long)parts[1] + 1);
}

/* What this turn has made of the name so far: the last head it writes, and the last definition.
 * NULL: nothing. */
static const struct pawl_head_row *head_in_turn(const struct pawl_turn_batch *batch, pawl_id tenant,
                                                struct pawl_str name)
{
    const struct pawl_head_row *found = NULL;
    for (const struct pawl_config_write *at = batch->configs; at != NULL; at = at->next) {
        bool same =
            at->head != NULL && at->head->tenant == tenant && pawl_str_eq(at->head->name, name);
        found = same ? at->head : found;
    }
    return found;
}

static const struct pawl_definition_row *definition_in_turn(const struct pawl_turn_batch *batch,
                                                            pawl_id tenant, struct pawl_str name)
{
    const struct pawl_definition_row *found = NULL;
    for (const struct pawl_config_write *at = batch->configs; at != NULL; at = at->next) {
        bool same = at->definition != NULL && at->definition->tenant == tenant &&
                    pawl_str_eq(at->definition->name, name);
        found = same ? at->definition : found;
    }
    return found;
}

/* The newest version of the name, and whether the name is deleted; this turn's changes included. */
static enum pawl_rc definition_before(struct pawl_turn_batch *batch, pawl_id tenant,
                                      struct pawl_str name, struct pawl_definition_row *ret_row,
                                      bool *ret_any, struct pawl_err *err)
{
    struct pawl_reader *reader = batch->engine->reader;
    struct pawl_definition_row *rows = NULL;
    uint32_t count = 0;
    const struct pawl_head_row *head = head_in_turn(batch, tenant, name);
    const struct pawl_definition_row *applied = definition_in_turn(batch, tenant, name);
    if (applied != NULL) {
        PAWL_ASSERT(head != NULL); /* a definition is written with its head */
        *ret_row = *applied;
        ret_row->enabled = head->enabled;
        ret_row->deleted = head->deleted;
        *ret_any = true;
        return PAWL_OK;
    }
    enum pawl_rc rc = pawl_reader_api_of(reader)->definition_list(
        reader, tenant, name, PAWL_STR_NONE, 1, batch->arena, &rows, &count, err);
    if (rc != PAWL_OK || count == 0) {
        return rc;
    }
    bool deleted = rows[0].deleted, enabled = rows[0].enabled;
    rc = pawl_reader_api_of(reader)->definition_get(reader, tenant, rows[0].id, batch->arena,
                                                    ret_row, err);
    ret_row->deleted = head != NULL ? head->deleted : deleted;
    ret_row->enabled = head != NULL ? head->enabled : enabled;
    *ret_any = rc == PAWL_OK;
    return rc;
}

static enum pawl_rc definition_answer(struct pawl_turn_batch *batch,
                                      struct pawl_turn_answer *answer,
                                      const struct pawl_definition_row *row, bool changed)
{
    struct pawl_map_builder body;
    char text[PAWL_TIME_TEXT_MAX];
    pawl_map_begin(&body, batch->arena);
    pawl_map_add_str(&body, "name", row->name);
    pawl_map_add_int(&body, "number", row->number);
    pawl_map_add_str(&body, "version", row->version);
    pawl_map_add_str(&body, "title", row->title);
    pawl_map_add_bool(&body, "changed", changed);
    pawl_map_add_bool(&body, "enabled", row->enabled);
    pawl_map_add_str(&body, "applied_at",
                     pawl_arena_str(batch->arena, pawl_time_format(text, row->applied_at)));
    pawl_map_add(&body, PAWL_STR("warnings"), answer->request->made->findings);
    answer->reply.version = row->number;
    return answer_body(batch, answer, &body, changed ? 201 : 200);
}

static enum pawl_rc definition_add(struct pawl_turn_batch *batch,
                                   const struct pawl_request *request,
                                   const struct pawl_definition_row *before, bool any,
                                   struct pawl_definition_row *ret_row, struct pawl_err *err)
{
    struct pawl_arena *arena = batch->arena;
    const struct pawl_definition_made *made = request->made;
    struct pawl_config_write *config = config_new(batch);
    struct pawl_definition_row *row = PAWL_ARENA_NEW(arena, struct pawl_definition_row);
    struct pawl_head_row *head = PAWL_ARENA_NEW(arena, struct pawl_head_row);
    if (config == NULL || row == NULL || head == NULL) {
        return no_memory(err);
    }
    *row = (struct pawl_definition_row){
        .id = pawl_ids_next(&batch->engine->ids, batch->now),
        .tenant = request->tenant,
        .name = made->name,
        .number = any ? before->number + 1 : 1,
        .version = made->version.len > 0
                       ? made->version
                       : version_next(arena, any ? before->version : PAWL_STR_NONE),
        .title = made->title,
        .description = made->description,
        .source = request->source,
        .model = made->model,
        .applied_by = actor_of(request),
        .applied_at = batch->now,
        .enabled = !any || before->deleted || before->enabled,
        .current = true,
    };
    if (arena->failed) {
        return no_memory(err);
    }
    memcpy(row->plan_hash, made->plan_hash, sizeof(row->plan_hash));
    *head = (struct pawl_head_row){request->tenant, row->name, row->id, row->enabled, false};
    config->definition = row;
    config->plan = made->plan;
    config->head = head;
    *ret_row = *row;
    return config_record(batch, request, config, "definition.applied", row->name, err);
}

static enum pawl_rc apply_refused(struct pawl_turn_batch *batch, struct pawl_turn_answer *answer,
                                  const struct pawl_definition_made *made)
{
    struct pawl_map_builder body;
    answer->err = made->err;
    pawl_reply_refuse(answer, made->rc, &answer->err);
    if (made->findings != NULL) {
        pawl_map_begin(&body, batch->arena);
        pawl_map_add(&body, PAWL_STR("errors"), made->findings);
        const struct pawl_val *whole = pawl_map_end(&body);
        answer->reply.body = whole == NULL ? PAWL_STR_NONE
                                           : pawl_json_text(batch->arena, whole, PAWL_JSON_COMPACT);
    }
    return made->rc;
}

/* Compiled by whoever put the request (definition.c). */
static enum pawl_rc config_apply(struct pawl_turn_batch *batch, struct pawl_request *request,
                                 struct pawl_turn_answer *answer)
{
    const struct pawl_definition_made *made = request->made;
    if (made == NULL) {
        return no_memory(&answer->err);
    }
    if (made->rc != PAWL_OK) {
        return apply_refused(batch, answer, made);
    }
    struct pawl_definition_row before = {0}, row = {0};
    bool any = false;
    enum pawl_rc rc =
        definition_before(batch, request->tenant, made->name, &before, &any, &answer->err);
    if (rc != PAWL_OK) {
        return rc;
    }
    bool same = any && !before.deleted && pawl_str_eq(before.source, request->source);
    if (same) {
        return definition_answer(batch, answer, &before, false);
    }
    rc = definition_add(batch, request, &before, any, &row, &answer->err);
    if (rc == PAWL_OK) {
        rc = definition_answer(batch, answer, &row, true);
    }
    pawl_heads_drop(batch->engine, request->tenant, row.name);
    return rc;
}

static enum pawl_rc config_head(struct pawl_turn_batch *batch, struct pawl_request *request,
                                struct pawl_turn_answer *answer)
{
    struct pawl_engine *engine = batch->engine;
    struct pawl_definition_row row = {0};
    bool any = false;
    enum pawl_rc rc =
        definition_before(batch, request->tenant, request->workflow, &row, &any, &answer->err);
    if (rc == PAWL_OK && (!any || row.deleted)) {
        rc = PAWL_ENOT_FOUND;
    }
    if (rc == PAWL_ENOT_FOUND) {
        return pawl_err_set(&answer->err, rc, "there is no workflow '" PAWL_STR_FMT "'",
                            PAWL_STR_ARG(request->workflow));
    }
    struct pawl_config_write *config = rc == PAWL_OK ? config_new(batch) : NULL;
    struct pawl_head_row *head = PAWL_ARENA_NEW(batch->arena, struct pawl_head_row);
    if (rc != PAWL_OK || config == NULL || head == NULL) {
        return rc != PAWL_OK ? rc : no_memory(&answer->err);
    }
    bool deleted = request->kind == PAWL_REQUEST_DELETE;
    bool enabled = request->kind == PAWL_REQUEST_ENABLE;
    *head = (struct pawl_head_row){request->tenant, row.name, row.id, enabled, deleted};
    config->head = head;
    pawl_heads_drop(engine, request->tenant, row.name);
    const char *kind = deleted   ? "definition.deleted"
                       : enabled ? "definition.enabled"
                                 : "definition.disabled";
    rc = config_record(batch, request, config, kind, row.name, &answer->err);
    struct pawl_map_builder body;
    pawl_map_begin(&body, batch->arena);
    pawl_map_add_str(&body, "name", row.name);
    pawl_map_add_int(&body, "number", row.number);
    pawl_map_add_str(&body, "version", row.version);
    pawl_map_add_bool(&body, "enabled", enabled);
    pawl_map_add_bool(&body, "deleted", deleted);
    return rc == PAWL_OK ? answer_body(batch, answer, &body, 200) : rc;
}

/* ---- people
 * -------------------------------------------------------------------------------------------- */

static enum pawl_rc name_check(struct pawl_str name, const char *what, struct pawl_err *err)
{
    bool good = name.len > 0 && name.len <= PAWL_ID_SIZE_MAX;
    for (size_t i = 0; i < name.len && good; i++) {
        char c = name.ptr[i];
        good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '.' || c == '_' || c == '-' || c == '@' || c == '+';
    }
    return good ? PAWL_OK
                : pawl_err_set(err, PAWL_EINVALID, "a %s is 1 to %u letters, digits, or . _ - @ +",
                               what, PAWL_ID_SIZE_MAX);
}

static enum pawl_rc user_check(const struct pawl_user_row *user, struct pawl_err *err)
{
    enum pawl_rc rc = name_check(user->name, "user name", err);
    for (uint32_t i = 0; i < user->role_count && rc == PAWL_OK; i++) {
        rc = name_check(user->roles[i], "role name", err);
    }
    if (rc == PAWL_OK && pawl_str_is(user->name, "system")) {
        rc = pawl_err_set(err, PAWL_EINVALID, "the name 'system' is kept for pawl itself");
    }
    return rc;
}

/* People as this turn leaves them so far. */
static const struct pawl_directory *people(const struct pawl_turn_batch *batch)
{
    return batch->directory != NULL ? batch->directory : batch->engine->directory;
}

/* The change in the directory comes before the commit, so that what cannot be kept in memory is
 * refused and not stored; the engine takes the new directory when the commit has succeeded. */
static enum pawl_rc people_change(struct pawl_turn_batch *batch,
                                  const struct pawl_config_write *config, struct pawl_err *err)
{
    struct pawl_directory *fresh = NULL;
    enum pawl_rc rc =
        config->user != NULL ? pawl_directory_with_user(people(batch), config->user, &fresh, err)
        : config->token != NULL
            ? pawl_directory_with_token(people(batch), config->token, &fresh, err)
            : pawl_directory_with_tenant(people(batch), config->tenant, &fresh, err);
    bool takes_away = (config->user != NULL && !(config->user->admin && config->user->active)) ||
                      (config->token != NULL && config->token->revoked);
    if (rc == PAWL_OK && takes_away) {
        pawl_id tenant = config->user != NULL ? config->user->tenant : config->token->tenant;
        rc = pawl_turn_guard_people(people(batch), fresh, tenant, batch->now, err);
    }
    if (rc == PAWL_OK) {
        pawl_directory_unref(batch->directory);
        batch->directory = fresh;
    } else {
        pawl_directory_unref(fresh);
    }
    return rc;
}

static bool has_text(const struct pawl_str *texts, uint32_t count, struct pawl_str text)
{
    for (uint32_t i = 0; i < count; i++) {
        if (pawl_str_eq(texts[i], text)) {
            return true;
        }
    }
    return false;
}

/* The roles after the change, each once. */
static enum pawl_rc merge_roles(struct pawl_arena *arena, const struct pawl_user_change *change,
                                struct pawl_user_row *io_row, struct pawl_err *err)
{
    uint32_t count = 0;
    struct pawl_str *roles =
        PAWL_ARENA_ARRAY(arena, struct pawl_str, io_row->role_count + change->add_count);
    for (uint32_t i = 0; roles != NULL && i < io_row->role_count + change->add_count; i++) {
        struct pawl_str role = i < io_row->role_count ? io_row->roles[i]
                                                      : change->roles_add[i - io_row->role_count];
        if (!has_text(roles, count, role) &&
            !has_text(change->roles_remove, change->remove_count, role)) {
            roles[count++] = pawl_arena_str(arena, role);
        }
    }
    io_row->roles = roles;
    io_row->role_count = count;
    return arena->failed ? no_memory(err) : PAWL_OK;
}

/* What was not named stays as it is; a title that nobody could see is none. */
static enum pawl_rc merge_user(struct pawl_arena *arena, const struct pawl_request *request,
                               const struct pawl_user_row *known, struct pawl_user_row *ret_row,
                               struct pawl_err *err)
{
    const struct pawl_user_change *change = &request->user_change;
    struct pawl_user_row row = request->user;
    row.title = change->keep_title ? pawl_arena_str(arena, known->title) : row.title;
    row.email = change->keep_email ? pawl_arena_str(arena, known->email) : row.email;
    row.roles = change->keep_roles ? known->roles : row.roles;
    row.role_count = change->keep_roles ? known->role_count : row.role_count;
    row.admin = change->keep_admin ? known->admin : row.admin;
    row.active = change->keep_active ? known->active : row.active;
    row.title = pawl_str_is_blank(row.title) ? PAWL_STR("") : row.title;
    *ret_row = row;
    return merge_roles(arena, change, ret_row, err);
}

static enum pawl_rc user_answer(struct pawl_turn_batch *batch, struct pawl_turn_answer *answer,
                                const struct pawl_user_row *row, uint32_t http_status)
{
    struct pawl_map_builder body;
    struct pawl_list_builder roles;
    pawl_list_begin(&roles, batch->arena);
    for (uint32_t i = 0; i < row->role_count; i++) {
        pawl_list_add(&roles, pawl_val_text(batch->arena, row->roles[i]));
    }
    pawl_map_begin(&body, batch->arena);
    pawl_map_add_str(&body, "name", row->name);
    pawl_map_add_str(&body, "title", row->title);
    pawl_map_add(&body, PAWL_STR("roles"), pawl_list_end(&roles));
    pawl_map_add_bool(&body, "admin", row->admin);
    pawl_map_add_bool(&body, "active", row->active);
    return answer_body(batch, answer, &body, http_status);
}

static enum pawl_rc config_user(struct pawl_turn_batch *batch, struct pawl_request *request,
                                struct pawl_turn_answer *answer)
{
    struct pawl_engine *engine = batch->engine;
    struct pawl_user_row known = {.active = true};
    bool exists =
        pawl_directory_find_user(people(batch), request->tenant, request->user.name, &known);
    struct pawl_user_row *row = PAWL_ARENA_NEW(batch->arena, struct pawl_user_row);
    enum pawl_rc rc = row == NULL ? no_memory(&answer->err)
                                  : merge_user(batch->arena, request, &known, row, &answer->err);
    if (rc == PAWL_OK && !exists && request->user_change.must_exist) {
        rc = pawl_err_set(&answer->err, PAWL_ENOT_FOUND, "there is no user '" PAWL_STR_FMT "'",
                          PAWL_STR_ARG(request->user.name));
    }
    rc = rc == PAWL_OK ? user_check(row, &answer->err) : rc;
    struct pawl_config_write *config = rc == PAWL_OK ? config_new(batch) : NULL;
    if (config == NULL) {
        return rc != PAWL_OK ? rc : no_memory(&answer->err);
    }
    row->tenant = request->tenant;
    row->id = exists ? known.id : pawl_ids_next(&engine->ids, batch->now);
    row->created_at = exists ? known.created_at : batch->now;
    config->user = row;
    rc = config_record(batch, request, config, exists ? "user.changed" : "user.created", row->name,
                       &answer->err);
    rc = rc == PAWL_OK ? people_change(batch, config, &answer->err) : rc;
    return rc == PAWL_OK ? user_answer(batch, answer, row, exists ? 200 : 201) : rc;
}

static enum pawl_rc config_token(struct pawl_turn_batch *batch, struct pawl_request *request,
                                 struct pawl_turn_answer *answer)
{
    struct pawl_engine *engine = batch->engine;
    struct pawl_user_row user;
    char id_text[PAWL_ID_TEXT_MAX];
    if (!pawl_directory_find_user(people(batch), request->tenant, request->user.name, &user)) {
        return pawl_err_set(&answer->err, PAWL_ENOT_FOUND, "there is no user '" PAWL_STR_FMT "'",
                            PAWL_STR_ARG(request->user.name));
    }
    struct pawl_config_write *config = config_new(batch);
    struct pawl_token_row *row = PAWL_ARENA_NEW(batch->arena, struct pawl_token_row);
    struct pawl_token_secret *secret = PAWL_ARENA_NEW(batch->arena, struct pawl_token_secret);
    if (config == NULL || row == NULL || secret == NULL) {
        return no_memory(&answer->err);
    }
    uint8_t random[PAWL_TOKEN_RANDOM_SIZE];
    engine->options.clock.random(engine->options.clock.ctx, random, sizeof(random));
    pawl_token_make(random, secret);
    *row = (struct pawl_token_row){
        .id = pawl_ids_next(&engine->ids, batch->now),
        .tenant = request->tenant,
        .user = user.id,
        .label = request->label,
        .created_at = batch->now,
    };
    pawl_token_hash(pawl_str_from(secret->text), row->hash);
    config->token = row;
    enum pawl_rc rc =
        config_record(batch, request, config, "token.created", user.name, &answer->err);
    rc = rc == PAWL_OK ? people_change(batch, config, &answer->err) : rc;
    struct pawl_map_builder body;
    pawl_map_begin(&body, batch->arena);
    pawl_map_add_str(&body, "id",
                     pawl_arena_str(batch->arena, pawl_id_format(id_text, "tok", row->id)));
    pawl_map_add_str(&body, "user", user.name);
    pawl_map_add_str(&body, "label", row->label);
    pawl_map_add_str(&body, "token", pawl_str_from(secret->text));
    return rc == PAWL_OK ? answer_body(batch, answer, &body, 201) : rc;
}

static enum pawl_rc config_token_revoke(struct pawl_turn_batch *batch, struct pawl_request *request,
                                        struct pawl_turn_answer *answer)
{
    struct pawl_token_row *row = PAWL_ARENA_NEW(batch->arena, struct pawl_token_row);
    struct pawl_config_write *config = config_new(batch);
    if (config == NULL || row == NULL) {
        return no_memory(&answer->err);
    }
    if (!pawl_directory_token(people(batch), request->tenant, request->run, row)) {
        return pawl_err_set(&answer->err, PAWL_ENOT_FOUND, "there is no such token");
    }
    row->revoked = true;
    row->label = pawl_arena_str(batch->arena, row->label);
    config->token = row;
    enum pawl_rc rc =
        config_record(batch, request, config, "token.revoked", row->label, &answer->err);
    rc = rc == PAWL_OK ? people_change(batch, config, &answer->err) : rc;
    struct pawl_map_builder body;
    pawl_map_begin(&body, batch->arena);
    pawl_map_add_bool(&body, "revoked", true);
    return rc == PAWL_OK ? answer_body(batch, answer, &body, 200) : rc;
}

static enum pawl_rc config_tenant(struct pawl_turn_batch *batch, struct pawl_request *request,
                                  struct pawl_turn_answer *answer)
{
    struct pawl_engine *engine = batch->engine;
    pawl_id known = 0;
    enum pawl_rc rc = name_check(request->workflow, "tenant name", &answer->err);
    if (rc == PAWL_OK && pawl_directory_find_tenant(people(batch), request->workflow, &known)) {
        rc = pawl_err_set(&answer->err, PAWL_ECONFLICT, "there is a tenant of that name");
    }
    struct pawl_config_write *config = rc == PAWL_OK ? config_new(batch) : NULL;
    struct pawl_tenant_row *row = PAWL_ARENA_NEW(batch->arena, struct pawl_tenant_row);
    if (rc != PAWL_OK || config == NULL || row == NULL) {
        return rc != PAWL_OK ? rc : no_memory(&answer->err);
    }
    *row = (struct pawl_tenant_row){pawl_ids_next(&engine->ids, batch->now), request->workflow};
    config->tenant = row;
    request->tenant = row->id;
    rc = config_record(batch, request, config, "tenant.created", row->name, &answer->err);
    rc = rc == PAWL_OK ? people_change(batch, config, &answer->err) : rc;
    struct pawl_map_builder body;
    pawl_map_begin(&body, batch->arena);
    pawl_map_add_str(&body, "name", row->name);
    return rc == PAWL_OK ? answer_body(batch, answer, &body, 201) : rc;
}

void pawl_turn_config(struct pawl_turn_batch *batch, struct pawl_request *request,
                      struct pawl_turn_answer *answer)
{
    typedef enum pawl_rc config_fn(struct pawl_turn_batch *, struct pawl_request *,
                                   struct pawl_turn_answer *);
    static config_fn *const functions[] = {
        [PAWL_REQUEST_APPLY] = config_apply,
        [PAWL_REQUEST_ENABLE] = config_head,
        [PAWL_REQUEST_DISABLE] = config_head,
        [PAWL_REQUEST_DELETE] = config_head,
        [PAWL_REQUEST_USER_PUT] = config_user,
        [PAWL_REQUEST_TOKEN_NEW] = config_token,
        [PAWL_REQUEST_TOKEN_REVOKE] = config_token_revoke,
        [PAWL_REQUEST_TENANT_NEW] = config_tenant,
    };
    PAWL_ASSERT((size_t)request->kind < sizeof(functions) / sizeof(functions[0]));
    PAWL_ASSERT(functions[request->kind] != NULL);
    struct pawl_config_write **tail = batch->configs_tail;
    struct pawl_directory *before =
        batch->directory == NULL ? NULL : pawl_directory_ref(batch->directory);
    enum pawl_rc rc = functions[request->kind](batch, request, answer);
    if (rc != PAWL_OK && answer->reply.rc == PAWL_OK) {
        pawl_reply_refuse(answer, rc, &answer->err);
    }
    if (rc != PAWL_OK) { /* what a failed one had begun is not written */
        *tail = NULL;
        batch->configs_tail = tail;
        pawl_directory_unref(batch->directory);
        batch->directory = before;
        return;
    }
    pawl_directory_unref(before);
}
