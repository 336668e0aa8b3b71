/* Finding the schemas of a document: a walk over the places where the table of keywords says that
 * subschemas are, which gives each its node, its resource (`$id` opens a new one) and its anchors.
 * What stands elsewhere (in an enum, under an unknown keyword) is data, not schema, however much it
 * looks like one; a $ref that leads there adds it as a detached node.
 *
 * The walk is a loop: nodes found are put at the end of compiler->nodes and looked into in turn. */
#include "value/schema_compiler.h"

#include "base/panic.h"
#include "value/uri.h"

static struct pawl_str source_key(const struct pawl_val *const *source)
{
    return (struct pawl_str){(const char *)source, sizeof(*source)};
}

struct schema_node *pawl_schema_node_of(const struct schema_compiler *compiler,
                                        const struct pawl_val *source)
{
    uint32_t at = pawl_map_find(&compiler->nodes_by_source, source_key(&source));
    return at == PAWL_MAP_NONE ? NULL : compiler->nodes[at];
}

/* Appends to one of the compiler's arrays of pointers. */
static bool append(struct pawl_arena *arena, void ***io_items, uint32_t *io_count, uint32_t *io_cap,
                   void *item)
{
    if (*io_count == *io_cap) {
        uint32_t cap = *io_cap == 0 ? 16 : *io_cap * 2;
        void **grown = pawl_arena_grow(arena, *io_items, *io_cap * sizeof(void *),
                                       cap * sizeof(void *), _Alignof(void *));
        if (grown == NULL) {
            return false;
        }
        *io_items = grown;
        *io_cap = cap;
    }
    (*io_items)[(*io_count)++] = item;
    return true;
}

enum pawl_rc pawl_schema_want(struct schema_compiler *compiler, struct schema_node *node)
{
    if (node->wanted) {
        return PAWL_OK;
    }
    node->wanted = true;
    void **items = (void **)compiler->queue;
    bool added =
        append(compiler->arena, &items, &compiler->queue_count, &compiler->queue_cap, node);
    compiler->queue = (struct schema_node **)items;
    return added ? PAWL_OK : pawl_schema_short_of_memory(compiler);
}

/* A node for the place; its resource is its parent's until its $id is looked at. */
static enum pawl_rc add_node(struct schema_compiler *compiler, struct schema_node *parent,
                             const struct schema_place *place, struct schema_node **ret_node)
{
    if (compiler->node_count == PAWL_SCHEMA_NODES_MAX) {
        return pawl_err_set(compiler->err, PAWL_ELIMIT, "more than %u subschemas",
                            PAWL_SCHEMA_NODES_MAX);
    }
    struct schema_node *node = PAWL_ARENA_NEW(compiler->arena, struct schema_node);
    if (node == NULL) {
        return pawl_schema_short_of_memory(compiler);
    }
    *node = (struct schema_node){
        .source = place->source,
        .resource = parent == NULL ? NULL : parent->resource,
        .parent = parent,
        .keyword = place->keyword,
        .key = place->key,
        .index = place->index,
        .step = (uint8_t)place->step,
    };
    uint32_t at = compiler->node_count;
    void **items = (void **)compiler->nodes;
    bool added = append(compiler->arena, &items, &compiler->node_count, &compiler->node_cap, node);
    compiler->nodes = (struct schema_node **)items;
    if (!added || !pawl_map_put(&compiler->nodes_by_source, source_key(&node->source), at)) {
        return pawl_schema_short_of_memory(compiler);
    }
    *ret_node = node;
    return PAWL_OK;
}

/* ---- resources --------------------------------------------------------------------------------
 */

static enum pawl_rc name_resource(struct schema_compiler *compiler, const struct schema_node *node,
                                  struct schema_resource *resource, struct pawl_str uri)
{
    uint32_t known = pawl_map_find(&compiler->resources_by_uri, uri);
    if (known != PAWL_MAP_NONE && compiler->resources[known] == resource) {
        return PAWL_OK;
    }
    if (known != PAWL_MAP_NONE) {
        return pawl_schema_refuse(compiler, node, PAWL_EINVALID,
                                  "a second schema has the $id '" PAWL_STR_FMT "'",
                                  PAWL_STR_ARG(uri));
    }
    for (uint32_t i = compiler->resource_count; i > 0; i--) {
        if (compiler->resources[i - 1] == resource) {
            return pawl_map_put(&compiler->resources_by_uri, uri, i - 1)
                       ? PAWL_OK
                       : pawl_schema_short_of_memory(compiler);
        }
    }
    PAWL_UNREACHABLE();
}

/* Opens a resource whose root is node, with the dialect of `like`. */
static enum pawl_rc add_resource(struct schema_compiler *compiler, struct schema_node *node,
                                 struct pawl_str uri, const struct schema_resource *like)
{
    struct schema_resource *resource = PAWL_ARENA_NEW(compiler->arena, struct schema_resource);
    if (resource == NULL) {
        return pawl_schema_short_of_memory(compiler);
    }
    *resource = (struct schema_resource){
        .uri = uri,
        .root = node,
        .draft = like->draft,
        .vocabularies = like->vocabularies,
        .assert_format = like->assert_format,
    };
    void **items = (void **)compiler->resources;
    bool added = append(compiler->arena, &items, &compiler->resource_count, &compiler->resource_cap,
                        resource);
    compiler->resources = (struct schema_resource **)items;
    if (!added) {
        return pawl_schema_short_of_memory(compiler);
    }
    node->resource = resource;
    return name_resource(compiler, node, resource, uri);
}

static bool hides_siblings(const struct schema_node *node)
{
    return node->resource->draft == SCHEMA_D7 &&
           pawl_val_is(PAWL_VAL_GET(node->source, "$ref"), PAWL_VAL_TEXT);
}

static enum pawl_rc index_dialect(struct schema_compiler *compiler, struct schema_node *node)
{
    const struct pawl_val *dialect = PAWL_VAL_GET(node->source, "$schema");
    PAWL_ASSERT(node->resource->root == node);
    if (!pawl_val_is(dialect, PAWL_VAL_TEXT)) {
        return PAWL_OK;
    }
    return pawl_schema_find_dialect(compiler, node, pawl_val_str(dialect), node->resource);
}

/* ---- anchors ----------------------------------------------------------------------------------
 */

static struct pawl_str anchor_key(struct schema_compiler *compiler,
                                  const struct schema_resource *resource, struct pawl_str name)
{
    struct pawl_str uri = resource->uri;
    char *key = pawl_arena_get(compiler->arena, uri.len + name.len + 1, 1);
    if (key == NULL) {
        return PAWL_STR_NONE;
    }
    if (uri.len > 0) {
        memcpy(key, uri.ptr, uri.len);
    }
    key[uri.len] = '#';
    memcpy(key + uri.len + 1, name.ptr, name.len);
    return (struct pawl_str){key, uri.len + 1 + name.len};
}

struct schema_node *pawl_schema_find_anchor(struct schema_compiler *compiler,
                                            const struct schema_resource *resource,
                                            struct pawl_str name)
{
    struct pawl_str key = anchor_key(compiler, resource, name);
    uint32_t at = pawl_map_find(&compiler->nodes_by_anchor, key);
    return at == PAWL_MAP_NONE ? NULL : compiler->nodes[at];
}

static enum pawl_rc add_anchor(struct schema_compiler *compiler, struct schema_node *node,
                               struct pawl_str name)
{
    struct pawl_str key = anchor_key(compiler, node->resource, name);
    uint32_t at = pawl_map_find(&compiler->nodes_by_source, source_key(&node->source));
    PAWL_ASSERT(at != PAWL_MAP_NONE);
    uint32_t known = pawl_map_find(&compiler->nodes_by_anchor, key);
    if (known != PAWL_MAP_NONE && known != at) {
        return pawl_schema_refuse(compiler, node, PAWL_EINVALID,
                                  "a second schema has the anchor '" PAWL_STR_FMT "'",
                                  PAWL_STR_ARG(name));
    }
    if (key.ptr == NULL || !pawl_map_put(&compiler->nodes_by_anchor, key, at)) {
        return pawl_schema_short_of_memory(compiler);
    }
    return PAWL_OK;
}

/* A dynamic anchor can be the target of any $dynamicRef, so its node is always compiled. */
static enum pawl_rc add_dynamic_anchor(struct schema_compiler *compiler, struct schema_node *node,
                                       struct pawl_str name)
{
    struct schema_anchor *anchor = PAWL_ARENA_NEW(compiler->arena, struct schema_anchor);
    if (anchor == NULL) {
        return pawl_schema_short_of_memory(compiler);
    }
    *anchor = (struct schema_anchor){name, node, node->resource->dynamic_anchors};
    node->resource->dynamic_anchors = anchor;
    enum pawl_rc rc = add_anchor(compiler, node, name);
    return rc == PAWL_OK ? pawl_schema_want(compiler, node) : rc;
}

static enum pawl_rc index_anchors(struct schema_compiler *compiler, struct schema_node *node)
{
    const struct pawl_val *anchor = PAWL_VAL_GET(node->source, "$anchor");
    const struct pawl_val *dynamic = PAWL_VAL_GET(node->source, "$dynamicAnchor");
    enum pawl_rc rc = PAWL_OK;
    if (node->resource->draft == SCHEMA_D7) {
        return PAWL_OK;
    }
    if (pawl_val_is(anchor, PAWL_VAL_TEXT)) {
        rc = add_anchor(compiler, node, pawl_val_str(anchor));
    }
    if (rc == PAWL_OK && pawl_val_is(dynamic, PAWL_VAL_TEXT)) {
        rc = add_dynamic_anchor(compiler, node, pawl_val_str(dynamic));
    }
    return rc;
}

/* `$id`: a new base URI, in draft 7 also an anchor ("#name"). */
static enum pawl_rc index_id(struct schema_compiler *compiler, struct schema_node *node)
{
    const struct pawl_val *id = PAWL_VAL_GET(node->source, "$id");
    struct pawl_str uri, fragment;
    if (!pawl_val_is(id, PAWL_VAL_TEXT) || hides_siblings(node)) {
        return PAWL_OK;
    }
    struct pawl_str text = pawl_val_str(id);
    if (!pawl_uri_resolve(compiler->arena, node->resource->uri, text, &uri, &fragment)) {
        return pawl_schema_short_of_memory(compiler);
    }
    bool old = node->resource->draft == SCHEMA_D7;
    if (fragment.len > 0 && !old) {
        return pawl_schema_refuse(compiler, node, PAWL_EINVALID, "$id must not have a fragment");
    }
    enum pawl_rc rc = PAWL_OK;
    if (text.len > 0 && text.ptr[0] != '#') {
        if (node->resource->root == node) {
            node->resource->uri = uri;
            rc = name_resource(compiler, node, node->resource, uri);
        } else {
            rc = add_resource(compiler, node, uri, node->resource);
        }
    }
    if (rc == PAWL_OK && fragment.len > 0 && fragment.ptr[0] != '/') {
        rc = add_anchor(compiler, node, fragment);
    }
    return rc;
}

/* ---- the walk ---------------------------------------------------------------------------------
 */

static enum pawl_rc index_place(struct schema_compiler *compiler, struct schema_node *node,
                                const struct schema_place *place)
{
    struct schema_node *child = NULL;
    return pawl_schema_node_of(compiler, place->source) != NULL
               ? PAWL_OK
               : add_node(compiler, node, place, &child);
}

static enum pawl_rc index_keywords(struct schema_compiler *compiler, struct schema_node *node)
{
    const struct pawl_val *values[SCHEMA_KEYWORD_COUNT];
    enum pawl_rc rc = PAWL_OK;
    pawl_schema_keyword_values(node, values);
    for (int i = 0; i < SCHEMA_KEYWORD_COUNT && rc == PAWL_OK; i++) {
        const struct schema_keyword_info *info = &pawl_schema_keywords[i];
        if (values[i] != NULL) {
            rc = pawl_schema_shape_each(compiler, node, info->shape, pawl_str_from(info->name),
                                        values[i], index_place);
        }
    }
    return rc;
}

static enum pawl_rc index_node(struct schema_compiler *compiler, struct schema_node *node)
{
    if (!pawl_val_is(node->source, PAWL_VAL_MAP)) {
        return PAWL_OK;
    }
    bool document = node->resource->root == node;
    enum pawl_rc rc = document ? index_dialect(compiler, node) : PAWL_OK;
    if (rc == PAWL_OK) {
        rc = index_id(compiler, node);
    }
    if (rc == PAWL_OK && !document && node->resource->root == node) {
        rc = index_dialect(compiler, node);
    }
    if (rc == PAWL_OK) {
        rc = index_anchors(compiler, node);
    }
    return rc == PAWL_OK ? index_keywords(compiler, node) : rc;
}

static enum pawl_rc index_all(struct schema_compiler *compiler)
{
    while (compiler->indexed < compiler->node_count) {
        enum pawl_rc rc = index_node(compiler, compiler->nodes[compiler->indexed++]);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    return PAWL_OK;
}

enum pawl_rc pawl_schema_add_document(struct schema_compiler *compiler, struct pawl_str uri,
                                      const struct pawl_val *source, uint8_t draft,
                                      struct schema_node **ret_root)
{
    const struct schema_resource like = {
        .draft = draft,
        .vocabularies = SCHEMA_VOCABULARIES,
        .assert_format = compiler->options->assert_format,
    };
    const struct schema_place place = {.source = source};
    struct schema_node *root = NULL;
    enum pawl_rc rc = add_node(compiler, NULL, &place, &root);
    if (rc == PAWL_OK) {
        rc = add_resource(compiler, root, uri, &like);
    }
    if (rc == PAWL_OK) {
        rc = index_all(compiler);
    }
    if (rc == PAWL_OK) {
        *ret_root = root;
    }
    return rc;
}

enum pawl_rc pawl_schema_add_detached(struct schema_compiler *compiler, struct schema_node *around,
                                      struct pawl_str pointer, const struct pawl_val *source,
                                      struct schema_node **ret_node)
{
    const struct schema_place place = {
        .source = source, .keyword = pointer, .step = SCHEMA_STEP_POINTER};
    struct schema_node *node = NULL;
    enum pawl_rc rc = add_node(compiler, around, &place, &node);
    if (rc == PAWL_OK) {
        rc = index_all(compiler);
    }
    if (rc == PAWL_OK) {
        *ret_node = node;
    }
    return rc;
}
