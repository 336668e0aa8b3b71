/* JSON Schema: 2020-12, and draft 7 where `$schema` says so. Compiled once, then checked without
 * allocation per keyword; no I/O: a `$ref` may lead only into the schema itself, the remotes that
 * the caller gives, or the meta-schemas that are built in.
 *
 * A compiled schema is immutable and lives in the arena it was compiled into; many threads may
 * check with it at once. Patterns (PCRE2) are heap objects, freed by pawl_schema_fini. */
#ifndef PAWL_VALUE_SCHEMA_H
#define PAWL_VALUE_SCHEMA_H

#include "base/rc.h"
#include "value/value.h"

struct pawl_schema;

enum pawl_schema_draft { PAWL_SCHEMA_DRAFT_2020_12, PAWL_SCHEMA_DRAFT_7 };

struct pawl_schema_remote {
    struct pawl_str uri; /* absolute, without fragment */
    const struct pawl_val *schema;
};

struct pawl_schema_options {
    enum pawl_schema_draft draft; /* where `$schema` says nothing */
    bool assert_format;           /* check the listed formats, not only annotate */
    const struct pawl_schema_remote *remotes;
    uint32_t remote_count;
    struct pawl_str base_uri; /* of the root; may be empty */
};

/* One violation; texts live in the arena given to the check. */
struct pawl_schema_error {
    struct pawl_str instance_pointer; /* into the instance */
    struct pawl_str schema_pointer;   /* keyword location, from the root schema */
    struct pawl_str keyword;          /* "minimum" */
    struct pawl_str message;          /* "must be at least 1, but is 0" */
    struct pawl_str hint;             /* "did you mean 'amount'?"; may be empty */
};

struct pawl_schema_errors {
    struct pawl_arena *arena;
    struct pawl_schema_error *items;
    uint32_t count, max;
    uint32_t dropped;
};
void pawl_schema_errors_init(struct pawl_schema_errors *errors, struct pawl_arena *arena,
                             uint32_t max);

/* PAWL_EINVALID: the schema is wrong (err says where, as a JSON pointer in the message);
 * PAWL_ELIMIT, PAWL_ENOMEM. `schema` must outlive the result. options NULL: 2020-12, formats
 * asserted, no remotes. */
PAWL_CHECKED
enum pawl_rc pawl_schema_compile(struct pawl_arena *arena, const struct pawl_val *schema,
                                 const struct pawl_schema_options *options,
                                 struct pawl_schema **ret_schema, struct pawl_err *err);
void pawl_schema_fini(struct pawl_schema *schema); /* NULL is legal; the arena stays the caller's */

/* PAWL_OK: valid. PAWL_EINVALID: not valid, errors (may be NULL: verdict only, stops at the first)
 * filled. PAWL_EFUEL: more steps than `fuel` were needed (schema bombs); fuel 0: the default limit.
 * PAWL_ELIMIT: subschemas are applied more than PAWL_SCHEMA_DEPTH_MAX inside each other (a
 * $dynamicRef that goes round). PAWL_ENOMEM. Values that carry a mark, or stand under `sensitive`,
 * are not shown in messages. */
PAWL_CHECKED
enum pawl_rc pawl_schema_check(const struct pawl_schema *schema, const struct pawl_val *instance,
                               uint64_t fuel, struct pawl_schema_errors *errors);

/* The instance with `default`s filled in for missing properties, nested too (D68), in the arena;
 * the instance itself when nothing was missing. Looks through $ref, allOf, properties, items and
 * additionalProperties; not into anyOf, oneOf, not, if. NULL when memory is short or filling in
 * needs more than PAWL_SCHEMA_FUEL_MAX steps. */
const struct pawl_val *pawl_schema_fill_defaults(struct pawl_arena *arena,
                                                 const struct pawl_schema *schema,
                                                 const struct pawl_val *instance);
/* Whether any subschema is annotated `sensitive: true`. */
bool pawl_schema_has_sensitive(const struct pawl_schema *schema);
/* Calls fn for every place of the instance whose subschema has `annotation` (sensitive, title, …),
 * also when the instance is not valid there; of anyOf, oneOf, if and contains only for what
 * matches, or for all of them when the instance is not valid. PAWL_EFUEL, PAWL_ELIMIT, PAWL_ENOMEM:
 * fn was not called. */
typedef void pawl_schema_annotation_fn(void *ctx, struct pawl_str instance_pointer,
                                       const struct pawl_val *annotation);
PAWL_CHECKED
enum pawl_rc pawl_schema_annotations(const struct pawl_schema *schema,
                                     const struct pawl_val *instance, struct pawl_str annotation,
                                     pawl_schema_annotation_fn *fn, void *ctx);

#endif
