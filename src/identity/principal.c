/* The rules of permissions.def and of what is one's own. */
#include "identity/principal.h"

#include "base/panic.h"
#include "store/names.h"

struct permission_row {
    const char *scope, *what;
    bool everybody, operator_, auditor;
};

static const struct permission_row rows[PAWL_PERMISSION_COUNT] = {
#define PAWL_X(name, scope, everybody, operator_, auditor, what)                                   \
    [PAWL_MAY_##name] = {scope, what, everybody, operator_, auditor},
#include "identity/permissions.def"
#undef PAWL_X
};

static const struct permission_row *permission_row(enum pawl_permission permission)
{
    PAWL_ASSERT((unsigned)permission < PAWL_PERMISSION_COUNT);
    return &rows[permission];
}

const char *pawl_permission_scope(enum pawl_permission permission)
{
    return permission_row(permission)->scope;
}

const char *pawl_permission_what(enum pawl_permission permission)
{
    return permission_row(permission)->what;
}

enum pawl_permission pawl_permission_find(struct pawl_str scope)
{
    for (unsigned i = 0; i < PAWL_PERMISSION_COUNT; i++) {
        if (pawl_str_is(scope, rows[i].scope)) {
            return (enum pawl_permission)i;
        }
    }
    return PAWL_PERMISSION_COUNT;
}

static bool has_role(const struct pawl_principal *principal, const char *role)
{
    for (uint32_t i = 0; i < principal->user.role_count; i++) {
        if (pawl_str_is(principal->user.roles[i], role)) {
            return true;
        }
    }
    return false;
}

bool pawl_principal_may(const struct pawl_principal *principal, enum pawl_permission permission)
{
    const struct permission_row *row = permission_row(permission);
    PAWL_ASSERT(principal->tenant != 0);
    if (!principal->user.active) {
        return false;
    }
    return principal->user.admin || row->everybody ||
           (row->operator_ && has_role(principal, "operator")) ||
           (row->auditor && has_role(principal, "auditor"));
}

enum pawl_rc pawl_principal_check(const struct pawl_principal *principal,
                                  enum pawl_permission permission, struct pawl_err *err)
{
    if (pawl_principal_may(principal, permission)) {
        return PAWL_OK;
    }
    const struct permission_row *row = permission_row(permission);
    const char *who = row->operator_ && row->auditor ? "the role operator or auditor"
                      : row->operator_               ? "the role operator"
                                                     : "an administrator";
    return pawl_err_set(err, PAWL_EFORBIDDEN, "that needs the permission '%s' (%s)", row->scope,
                        who);
}

enum pawl_rc pawl_principal_names(const struct pawl_principal *principal, struct pawl_arena *arena,
                                  const struct pawl_str **ret_names, uint32_t *ret_count)
{
    uint32_t count = principal->user.role_count + 1;
    struct pawl_str *names = PAWL_ARENA_ARRAY(arena, struct pawl_str, count);
    if (names == NULL) {
        return PAWL_ENOMEM;
    }
    names[0] = pawl_arena_printf(arena, "user:" PAWL_STR_FMT, PAWL_STR_ARG(principal->user.name));
    for (uint32_t i = 1; i < count; i++) {
        names[i] = pawl_arena_printf(arena, "role:" PAWL_STR_FMT,
                                     PAWL_STR_ARG(principal->user.roles[i - 1]));
    }
    if (arena->failed) {
        return PAWL_ENOMEM;
    }
    *ret_names = names;
    *ret_count = count;
    return PAWL_OK;
}

enum pawl_rc pawl_principal_filter(const struct pawl_principal *principal, bool all,
                                   struct pawl_arena *arena, struct pawl_task_filter *io_filter)
{
    io_filter->tenant = principal->tenant;
    if (all && pawl_principal_may(principal, PAWL_MAY_TASKS_READ)) {
        io_filter->principals = NULL;
        io_filter->principal_count = 0;
        io_filter->person = PAWL_STR_NONE;
        return PAWL_OK;
    }
    io_filter->person = principal->user.name;
    return pawl_principal_names(principal, arena, &io_filter->principals,
                                &io_filter->principal_count);
}

/* Open ones first, then what he decided: a run's tasks are few, and the store checks each. */
static enum pawl_rc has_task(const struct pawl_principal *principal, struct pawl_reader *reader,
                             pawl_id run, struct pawl_arena *arena, bool *ret_has,
                             struct pawl_err *err)
{
    struct pawl_task_filter filter = {.run = run, .limit = 1};
    enum pawl_rc rc = pawl_principal_filter(principal, false, arena, &filter);
    if (rc != PAWL_OK) {
        return pawl_err_set(err, rc, "no memory to look for tasks");
    }
    uint32_t count = 0;
    for (int32_t status = -1; status < (int32_t)PAWL_TASK_STATUS_COUNT && count == 0; status++) {
        struct pawl_task_row *tasks;
        struct pawl_list_next next;
        filter.status = status;
        rc = pawl_reader_api_of(reader)->task_list(reader, &filter, arena, &tasks, &count, &next,
                                                   err);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    *ret_has = count > 0;
    return PAWL_OK;
}

enum pawl_rc pawl_principal_sees_run(const struct pawl_principal *principal,
                                     struct pawl_reader *reader, const struct pawl_run_row *run,
                                     struct pawl_arena *arena, struct pawl_err *err)
{
    bool sees = run->tenant == principal->tenant && principal->user.active;
    if (sees && !pawl_principal_may(principal, PAWL_MAY_RUNS_READ) &&
        !pawl_str_eq(run->started_by, principal->user.name)) {
        enum pawl_rc rc = has_task(principal, reader, run->id, arena, &sees, err);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    return sees ? PAWL_OK
                : pawl_err_set(err, PAWL_ENOT_FOUND, "there is no such run, or you may not see it");
}

static bool names(struct pawl_str candidate, struct pawl_str prefix, struct pawl_str name)
{
    return candidate.len == prefix.len + name.len && pawl_str_starts(candidate, prefix) &&
           pawl_str_ends(candidate, name);
}

bool pawl_principal_is_asked(const struct pawl_principal *principal,
                             const struct pawl_task_row *task)
{
    const struct pawl_user_row *user = &principal->user;
    for (uint32_t i = 0; i < task->principal_count; i++) {
        if (names(task->principals[i], PAWL_STR("user:"), user->name)) {
            return true;
        }
        for (uint32_t r = 0; r < user->role_count; r++) {
            if (names(task->principals[i], PAWL_STR("role:"), user->roles[r])) {
                return true;
            }
        }
    }
    return false;
}

/* Decided by him or for him: rows of closed tasks tell, for chains that older versions kept. */
static enum pawl_rc has_decided(const struct pawl_principal *principal, struct pawl_reader *reader,
                                const struct pawl_task_row *task, struct pawl_arena *arena,
                                bool *ret_has, struct pawl_err *err)
{
    struct pawl_decision_row *decisions = NULL;
    uint32_t count = 0;
    enum pawl_rc rc = pawl_reader_api_of(reader)->decision_list(reader, task->tenant, task->id,
                                                                arena, &decisions, &count, err);
    for (uint32_t i = 0; rc == PAWL_OK && i < count && !*ret_has; i++) {
        *ret_has = pawl_str_eq(decisions[i].person, principal->user.name) ||
                   pawl_str_eq(decisions[i].on_behalf_of, principal->user.name);
    }
    return rc;
}

enum pawl_rc pawl_principal_sees_task(const struct pawl_principal *principal,
                                      struct pawl_reader *reader, const struct pawl_task_row *task,
                                      struct pawl_str started_by, struct pawl_arena *arena,
                                      struct pawl_err *err)
{
    struct pawl_str name = principal->user.name;
    if (task->tenant != principal->tenant || !principal->user.active) {
        return PAWL_ENOT_FOUND;
    }
    bool sees = pawl_principal_may(principal, PAWL_MAY_TASKS_READ) ||
                pawl_str_eq(task->assignee, name) || pawl_str_eq(started_by, name) ||
                pawl_principal_is_asked(principal, task) || pawl_names_have(task->held_by, name);
    enum pawl_rc rc = PAWL_OK;
    if (!sees && task->closed_at != 0) {
        rc = has_decided(principal, reader, task, arena, &sees, err);
    }
    return rc == PAWL_OK && !sees ? PAWL_ENOT_FOUND : rc;
}

enum pawl_rc pawl_task_absent(struct pawl_str id, struct pawl_err *err)
{
    id = pawl_str_sub(id, 0, 64);
    return pawl_err_set(err, PAWL_ENOT_FOUND,
                        "there is no task '" PAWL_STR_FMT "', or it is not one of yours",
                        PAWL_STR_ARG(id));
}

enum pawl_rc pawl_principal_controls_run(const struct pawl_principal *principal,
                                         const struct pawl_run_row *run, struct pawl_err *err)
{
    bool own_draft = run->status == PAWL_RUN_DRAFT && run->tenant == principal->tenant &&
                     pawl_str_eq(run->started_by, principal->user.name) &&
                     pawl_principal_may(principal, PAWL_MAY_RUNS_START);
    return own_draft ? PAWL_OK : pawl_principal_check(principal, PAWL_MAY_RUNS_CONTROL, err);
}
