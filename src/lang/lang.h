/* From a workflow's text to its model: everything that can be known before a run is checked here.
 *
 * Order: YAML, the language's JSON Schema (with "did you mean"), then meaning: steps, graph,
 * cycles, reachability, joins, expressions and what they read, actions and their config. All
 * findings at once. */
#ifndef PAWL_LANG_LANG_H
#define PAWL_LANG_LANG_H

#include "base/diag.h"
#include "plan/catalogue.h"
#include "value/value.h"

/* What the compiler may ask about the world; NULL members: not known, not checked (offline). */
struct pawl_lang_world {
    void *ctx;
    bool (*role_exists)(void *ctx, struct pawl_str role);
    bool (*user_exists)(void *ctx, struct pawl_str user);
    bool (*secret_exists)(void *ctx, struct pawl_str secret);
    bool (*env_allowed)(void *ctx, struct pawl_str name);
};

struct pawl_definition {
    struct pawl_str id, name, description, version; /* version empty: the server numbers it */
    const struct pawl_val *document;                /* as written */
    const struct pawl_val *model;                   /* see plan/model.md */
};

/* Compiles one definition. PAWL_OK (warnings may be in diags) or PAWL_EINVALID / PAWL_ESYNTAX /
 * PAWL_ELIMIT with at least one error in diags; PAWL_ENOMEM. Results live in the arena. world may
 * be NULL. */
PAWL_CHECKED
enum pawl_rc pawl_lang_compile(struct pawl_arena *arena, struct pawl_str source,
                               const struct pawl_catalogue *catalogue,
                               const struct pawl_lang_world *world, struct pawl_diags *diags,
                               struct pawl_definition *ret_definition);

/* The language's own JSON Schema (draft 2020-12), with every action's config schema in it: the same
 * that the compiler checks with, for editors and `pawl schema`. */
PAWL_CHECKED
enum pawl_rc pawl_lang_schema(struct pawl_arena *arena, const struct pawl_catalogue *catalogue,
                              const struct pawl_val **ret_schema);

#endif
