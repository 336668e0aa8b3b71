/* Who asks, and what he may do. The rules are few and fixed: a table of scopes (permissions.def),
 * three kinds of people (everybody, role "operator", role "auditor") and administrators, and what
 * is one's own. Pure but for pawl_principal_sees_*, which ask the store. */
#ifndef PAWL_IDENTITY_PRINCIPAL_H
#define PAWL_IDENTITY_PRINCIPAL_H

#include "core/core.h"
#include "store/store.h"

enum pawl_permission {
#define PAWL_X(name, scope, everybody, operator_, auditor, what) PAWL_MAY_##name,
#include "identity/permissions.def"
#undef PAWL_X
    PAWL_PERMISSION_COUNT
};

struct pawl_principal { /* views live as long as the directory that gave them */
    pawl_id tenant;
    struct pawl_str tenant_name;
    pawl_id token; /* by which he came; 0: none */
    struct pawl_user_row user;
};

const char *pawl_permission_scope(enum pawl_permission permission); /* "runs.read" */
const char *pawl_permission_what(enum pawl_permission permission);
/* PAWL_PERMISSION_COUNT when there is none of that name. */
enum pawl_permission pawl_permission_find(struct pawl_str scope);

bool pawl_principal_may(const struct pawl_principal *principal, enum pawl_permission permission);
/* The same as a result: PAWL_EFORBIDDEN names the scope that is missing. */
PAWL_CHECKED
enum pawl_rc pawl_principal_check(const struct pawl_principal *principal,
                                  enum pawl_permission permission, struct pawl_err *err);
/* The names under which tasks are open to him: "user:ann", "role:finance", …; in the arena.
 * PAWL_ENOMEM. */
PAWL_CHECKED
enum pawl_rc pawl_principal_names(const struct pawl_principal *principal, struct pawl_arena *arena,
                                  const struct pawl_str **ret_names, uint32_t *ret_count);
/* Fills the members of a filter that say whose tasks are meant: his own, or, with all set and
 * tasks.read, everybody's. */
PAWL_CHECKED
enum pawl_rc pawl_principal_filter(const struct pawl_principal *principal, bool all,
                                   struct pawl_arena *arena, struct pawl_task_filter *io_filter);
/* Whether he may see this run: runs.read, started by him, or he has or had a task in it.
 * PAWL_ENOT_FOUND when not: a run one may not see does not exist for him. */
PAWL_CHECKED
enum pawl_rc pawl_principal_sees_run(const struct pawl_principal *principal,
                                     struct pawl_reader *reader, const struct pawl_run_row *run,
                                     struct pawl_arena *arena, struct pawl_err *err);
/* Whether he may see this task of a run that started_by started: tasks.read, open to him (also when
 * he is excluded from deciding), claimed or decided by him or for him, handed on by him, or of a
 * run that he started. PAWL_ENOT_FOUND when not, without a sentence: pawl_task_absent has it. */
PAWL_CHECKED
enum pawl_rc pawl_principal_sees_task(const struct pawl_principal *principal,
                                      struct pawl_reader *reader, const struct pawl_task_row *task,
                                      struct pawl_str started_by, struct pawl_arena *arena,
                                      struct pawl_err *err);
/* The one answer for a task that is not there and one that he may not see. id: as asked for. */
enum pawl_rc pawl_task_absent(struct pawl_str id, struct pawl_err *err);
/* Whether the task's candidates have his name or one of his roles among them. */
bool pawl_principal_is_asked(const struct pawl_principal *principal,
                             const struct pawl_task_row *task);
/* Whether he may send it commands other than task commands: runs.control, or his own draft. */
PAWL_CHECKED
enum pawl_rc pawl_principal_controls_run(const struct pawl_principal *principal,
                                         const struct pawl_run_row *run, struct pawl_err *err);

#endif
