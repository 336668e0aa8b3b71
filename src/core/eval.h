/* Evaluating a step's expressions in the scope of its run. */
#ifndef PAWL_CORE_EVAL_H
#define PAWL_CORE_EVAL_H

#include "core/decide.h"

/* Where an expression stands, which says what its names mean. */
struct pawl_eval_place {
    const char *key;                  /* of the config, for messages; NULL: not of one */
    uint32_t step;                    /* PAWL_STEP_NONE: the workflow's own outputs */
    bool secrets;                     /* allowed: config of effects */
    const struct pawl_failure *error; /* on_error.output: the error at hand; NULL: entered_by's */
    /* Gets what was computed from secrets and sensitive values; NULL: nobody asks. */
    struct pawl_list_builder *derived;
};

/* False: not evaluated. Either something is missing (pawl_decision_on is then false), or the
 * expression is wrong: ret_failure has the code expression.* and a sentence. */
PAWL_CHECKED
bool pawl_eval_template(struct pawl_decision *d, const struct pawl_eval_place *place,
                        const struct pawl_template *template_, const struct pawl_val **ret_val,
                        struct pawl_failure *ret_failure);
/* The same as people may read it: PAWL_MASK in place of what is computed from a sensitive value,
 * and no marks. */
PAWL_CHECKED
bool pawl_eval_masked(struct pawl_decision *d, const struct pawl_eval_place *place,
                      const struct pawl_template *template_, const struct pawl_val **ret_val,
                      struct pawl_failure *ret_failure);
PAWL_CHECKED
bool pawl_eval_condition(struct pawl_decision *d, const struct pawl_eval_place *place,
                         const struct pawl_expr *expr, bool *ret_truth,
                         struct pawl_failure *ret_failure);
/* A duration, as text, in milliseconds; an instant as RFC 3339 text. Failures: config.value. */
PAWL_CHECKED
bool pawl_eval_duration(struct pawl_decision *d, const struct pawl_eval_place *place,
                        const struct pawl_template *template_, int64_t *ret_ms,
                        struct pawl_failure *ret_failure);
PAWL_CHECKED
bool pawl_eval_instant(struct pawl_decision *d, const struct pawl_eval_place *place,
                       const struct pawl_template *template_, pawl_ms *ret_at,
                       struct pawl_failure *ret_failure);
/* Why a sensitive value cannot stand where everybody reads it, or in what steers: config.sensitive.
 */
extern const struct pawl_failure pawl_eval_in_the_clear;
/* Text that steers (a signal's name, a duration): other kinds are config.value, and one that was
 * computed from a sensitive value is config.sensitive. template_ NULL: empty. */
PAWL_CHECKED
bool pawl_eval_text(struct pawl_decision *d, const struct pawl_eval_place *place,
                    const struct pawl_template *template_, struct pawl_str *ret_text,
                    struct pawl_failure *ret_failure);

/* Text for people (titles): masked piece by piece. template_ NULL: empty. */
PAWL_CHECKED
bool pawl_eval_shown(struct pawl_decision *d, const struct pawl_eval_place *place,
                     const struct pawl_template *template_, struct pawl_str *ret_text,
                     struct pawl_failure *ret_failure);

/* config.c: false is config.value, with the key named. */
/* Of the step's action; NULL: it says nothing, or there is none. */
const struct pawl_config_schema *pawl_config_schema_of(const struct pawl_decision *d,
                                                       uint32_t step);
/* The config as the step's action gets it, after its schema was asked. False also when memory is
 * short (pawl_decision_on). */
PAWL_CHECKED
bool pawl_config_take(struct pawl_decision *d, uint32_t step, const struct pawl_val **io_config,
                      struct pawl_failure *ret_failure);
/* What is wrong with a value that must be a text; false always. */
bool pawl_config_no_text(struct pawl_decision *d, const char *key, const struct pawl_val *val,
                         struct pawl_failure *ret_failure);
PAWL_CHECKED
bool pawl_config_is_name(struct pawl_decision *d, const char *key, const struct pawl_val *val,
                         struct pawl_failure *ret_failure);
/* A name, a list of them, or lists of them in a list, as one list. */
PAWL_CHECKED
bool pawl_config_names(struct pawl_decision *d, const char *key, const struct pawl_val *val,
                       const struct pawl_val **ret_names, struct pawl_failure *ret_failure);
PAWL_CHECKED
bool pawl_config_is_count(struct pawl_decision *d, const char *key, const struct pawl_val *val,
                          struct pawl_failure *ret_failure);

/* scope.c */
struct pawl_run_scope {
    struct pawl_decision *d;
    const struct pawl_eval_place *place;
};
enum pawl_rc pawl_run_scope_get(void *ctx, struct pawl_arena *arena, const struct pawl_str *path,
                                uint32_t len, uint32_t *ret_used, const struct pawl_val **ret_val);

#endif
