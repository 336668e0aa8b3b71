/* What the files that compile a schema share. Three parts: the index finds the nodes of a document
 * (schema_index.c), the resolver follows references and brings in remotes (schema_resolve.c), the
 * driver compiles the nodes that are wanted (schema_compile.c, schema_compile_keyword.c). All are
 * loops over queues: a schema's nesting costs no stack. */
#ifndef PAWL_VALUE_SCHEMA_COMPILER_H
#define PAWL_VALUE_SCHEMA_COMPILER_H

#include "value/schema_impl.h"

struct schema_compiler {
    struct pawl_arena *arena;
    const struct pawl_schema_options *options;
    struct pawl_schema *schema;
    struct pawl_err *err;
    struct schema_node **nodes; /* in the order in which they were found */
    uint32_t node_count, node_cap;
    uint32_t indexed;           /* nodes before this one have been looked into */
    struct schema_node **queue; /* wanted */
    uint32_t queue_count, queue_cap;
    struct schema_resource **resources;
    uint32_t resource_count, resource_cap;
    struct pawl_map nodes_by_source; /* address of the source → position in nodes */
    struct pawl_map resources_by_uri;
    struct pawl_map nodes_by_anchor;  /* "uri#name" → position in nodes */
    const struct pawl_val *metas[16]; /* built-in documents that were parsed */
};

/* ---- schema_compile.c ---- */
/* Fills err with the place of node and returns rc. */
PAWL_CHECKED
enum pawl_rc pawl_schema_refuse(struct schema_compiler *compiler, const struct schema_node *node,
                                enum pawl_rc rc, const char *format, ...) PAWL_PRINTF(4, 5);
PAWL_CHECKED
enum pawl_rc pawl_schema_short_of_memory(struct schema_compiler *compiler);
/* The values of the keywords of node's draft, by id; NULL where a keyword is missing. */
void pawl_schema_keyword_values(const struct schema_node *node,
                                const struct pawl_val *ret_values[SCHEMA_KEYWORD_COUNT]);
/* Queues the node to be compiled. */
PAWL_CHECKED
enum pawl_rc pawl_schema_want(struct schema_compiler *compiler, struct schema_node *node);
/* The node of a subschema that the index has found. */
struct schema_node *pawl_schema_node_of(const struct schema_compiler *compiler,
                                        const struct pawl_val *source);

/* ---- schema_index.c ---- */
/* Adds a document: its node, its resource under the URI, and all that the index finds in it. */
PAWL_CHECKED
enum pawl_rc pawl_schema_add_document(struct schema_compiler *compiler, struct pawl_str uri,
                                      const struct pawl_val *source, uint8_t draft,
                                      struct schema_node **ret_root);
/* Adds a schema at a place where the index does not look, and all below. */
PAWL_CHECKED
enum pawl_rc pawl_schema_add_detached(struct schema_compiler *compiler, struct schema_node *around,
                                      struct pawl_str pointer, const struct pawl_val *source,
                                      struct schema_node **ret_node);
/* Looks up "uri#name". */
struct schema_node *pawl_schema_find_anchor(struct schema_compiler *compiler,
                                            const struct schema_resource *resource,
                                            struct pawl_str name);

/* ---- schema_shape.c ---- */
/* Whether the value of a keyword is what the table says; else *ret_what is "must be …". */
bool pawl_schema_shape_check(enum schema_shape shape, const struct pawl_val *value,
                             const char **ret_what);
/* Calls fn for each subschema in the value of a keyword with that shape; stops at the first code
 * that is not PAWL_OK. */
struct schema_place {
    struct pawl_str keyword, key;
    uint32_t index;
    enum schema_step step;
    const struct pawl_val *source;
};
typedef enum pawl_rc schema_place_fn(struct schema_compiler *compiler, struct schema_node *node,
                                     const struct schema_place *place);
PAWL_CHECKED
enum pawl_rc pawl_schema_shape_each(struct schema_compiler *compiler, struct schema_node *node,
                                    enum schema_shape shape, struct pawl_str keyword,
                                    const struct pawl_val *value, schema_place_fn *fn);

/* ---- schema_resolve.c ---- */
/* What $schema says: PAWL_EINVALID when it is none of those known. */
PAWL_CHECKED
enum pawl_rc pawl_schema_find_dialect(struct schema_compiler *compiler,
                                      const struct schema_node *node, struct pawl_str uri,
                                      struct schema_resource *resource);
/* Where a reference in node leads. *ret_dynamic: the name when it was one of a $dynamicAnchor. */
PAWL_CHECKED
enum pawl_rc pawl_schema_resolve(struct schema_compiler *compiler, struct schema_node *node,
                                 struct pawl_str reference, struct schema_node **ret_target,
                                 struct pawl_str *ret_dynamic);

/* ---- schema_meta.c ---- */
/* The built-in document with that URI, parsed at first use; *ret_source NULL: there is none. */
PAWL_CHECKED
enum pawl_rc pawl_schema_find_meta(struct schema_compiler *compiler, struct pawl_str uri,
                                   const struct pawl_val **ret_source);

#endif
