/* The config of a step as it is after its templates were evaluated, against the schema of its
 * action.
 *
 * The compiler can judge only what is no template (lang/); this judges what an action is really
 * given. A field whose schema has type "string" says by "x-values" what becomes of other values:
 *
 *   "json"    any value but null is written as JSON: {"sku": "A-1"} becomes the text {"sku":"A-1"}
 *   "scalar"  numbers and booleans are written as JSON: 5 becomes "5"; lists, maps, null are
 * refused "refuse"  (the same as nothing) text only
 *
 * "x-for-people": true beside the schema's own type says that the config is for people to read and
 * nothing else: what is computed from sensitive values stands in it as "***".
 *
 * Immutable once compiled; any thread may check with it. */
#ifndef PAWL_PLAN_CONFIG_CHECK_H
#define PAWL_PLAN_CONFIG_CHECK_H

#include "base/rc.h"
#include "value/value.h"

struct pawl_config_schema;

/* PAWL_ESYNTAX: no JSON. PAWL_EINVALID: not a JSON Schema; PAWL_ELIMIT, PAWL_ENOMEM. Lives in
 * the arena but for its patterns, which pawl_config_schema_fini frees. */
PAWL_CHECKED
enum pawl_rc pawl_config_schema_compile(struct pawl_arena *arena, struct pawl_str text,
                                        struct pawl_config_schema **ret_schema,
                                        struct pawl_err *err);
/* "x-for-people". */
bool pawl_config_schema_for_people(const struct pawl_config_schema *schema);
void pawl_config_schema_fini(struct pawl_config_schema *schema); /* NULL is legal */

/* *ret_config: the config with values written where the schema says so. PAWL_EINVALID: *ret_message
 * names the key, what is expected and what came; never a value that is marked. PAWL_ENOMEM. */
PAWL_CHECKED
enum pawl_rc pawl_config_check(const struct pawl_config_schema *schema, struct pawl_arena *arena,
                               const struct pawl_val *config, const struct pawl_val **ret_config,
                               struct pawl_str *ret_message);

#endif
