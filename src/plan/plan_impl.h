/* What the files of plan/ share: a plan with what belongs to it, and the reader of models. */
#ifndef PAWL_PLAN_PLAN_IMPL_H
#define PAWL_PLAN_PLAN_IMPL_H

#include "base/limits.h"
#include "base/map.h"
#include "plan/plan.h"

#define PAWL_PLAN_MAGIC 0x504c414eu /* PLAN */

/* The whole of a plan; its first member is what others see. */
struct pawl_plan_whole {
    struct pawl_plan plan;
    const struct pawl_alloc *alloc; /* that the whole came from */
    struct pawl_map ids;            /* id with _ for - to index */
};

/* A step as written in the model, next to what becomes of it. */
struct pawl_plan_build {
    struct pawl_plan_whole *whole;
    struct pawl_arena *arena;
    struct pawl_plan_step *steps;
    uint32_t step_count;
    const struct pawl_val *inputs_schema; /* or NULL */
    enum pawl_rc rc;                      /* sticky */
    struct pawl_err *err;
    struct pawl_str where; /* id of the step being read, for messages */
};

/* Every one of these makes a missing or malformed member sticky in build->rc and gives something
 * harmless. `map` may be NULL or no map. */
void pawl_plan_corrupt(struct pawl_plan_build *build, const char *key);
void pawl_plan_fail(struct pawl_plan_build *build, enum pawl_rc rc);
struct pawl_str pawl_plan_text(struct pawl_plan_build *build, const struct pawl_val *map,
                               const char *key); /* required */
bool pawl_plan_bool(struct pawl_plan_build *build, const struct pawl_val *map, const char *key);
/* Missing: otherwise. */
int64_t pawl_plan_int(struct pawl_plan_build *build, const struct pawl_val *map, const char *key,
                      int64_t otherwise, int64_t min, int64_t max);
/* A required text that is one of count words; its index, 0 when corrupt. */
uint32_t pawl_plan_word(struct pawl_plan_build *build, const struct pawl_val *map, const char *key,
                        const char *const *words, uint32_t count);
/* A list (missing: none), else corrupt. Its length is at most max. */
const struct pawl_val *pawl_plan_list(struct pawl_plan_build *build, const struct pawl_val *map,
                                      const char *key, uint32_t max);
struct pawl_indexes pawl_plan_indexes(struct pawl_plan_build *build, const struct pawl_val *map,
                                      const char *key);
/* key: for the message. */
const struct pawl_template *pawl_plan_template_of(struct pawl_plan_build *build,
                                                  const struct pawl_val *tree, const char *key);
/* Missing: NULL. */
const struct pawl_template *pawl_plan_template(struct pawl_plan_build *build,
                                               const struct pawl_val *map, const char *key);
const struct pawl_expr *pawl_plan_expr(struct pawl_plan_build *build, const struct pawl_val *map,
                                       const char *key);
struct pawl_schema *pawl_plan_schema(struct pawl_plan_build *build, const struct pawl_val *map,
                                     const char *key);
struct pawl_join pawl_plan_join(struct pawl_plan_build *build, const struct pawl_val *map,
                                uint32_t members);
/* n things in the arena, cleared; NULL (and sticky) when memory is short or n is 0. */
void *pawl_plan_array(struct pawl_plan_build *build, size_t count, size_t size, size_t align);
#define PAWL_PLAN_ARRAY(build, type, count)                                                        \
    ((type *)pawl_plan_array((build), (count), sizeof(type), _Alignof(type)))

/* plan_step.c, plan_task.c, plan_graph.c */
void pawl_plan_build_step(struct pawl_plan_build *build, uint32_t step);
const struct pawl_task_plan *pawl_plan_build_task(struct pawl_plan_build *build,
                                                  const struct pawl_val *model);
const struct pawl_wait_plan *pawl_plan_build_wait(struct pawl_plan_build *build,
                                                  const struct pawl_val *model);
const struct pawl_assign *pawl_plan_build_assign(struct pawl_plan_build *build,
                                                 const struct pawl_val *map, uint32_t *ret_count);
void pawl_plan_build_graph(struct pawl_plan_build *build);

#endif
