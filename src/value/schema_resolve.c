/* Where a reference leads, and what dialect a document speaks.
 *
 * A reference is resolved against the base URI of its resource. The target's document is one that
 * is already there, a remote of the caller, or a built-in meta-schema; nothing is ever fetched. */
#include "value/schema_compiler.h"

#include "base/panic.h"
#include "value/uri.h"

/* ---- documents --------------------------------------------------------------------------------
 */

static struct pawl_str without_fragment(struct pawl_str uri)
{
    size_t hash = pawl_str_find(uri, PAWL_STR("#"));
    return pawl_str_sub(uri, 0, hash);
}

/* The caller's remote with that URI, or whose own `$id` is that. */
static const struct pawl_val *find_remote(const struct schema_compiler *compiler,
                                          struct pawl_str uri)
{
    const struct pawl_schema_options *options = compiler->options;
    for (uint32_t i = 0; i < options->remote_count; i++) {
        if (pawl_str_eq(without_fragment(options->remotes[i].uri), uri)) {
            return options->remotes[i].schema;
        }
    }
    for (uint32_t i = 0; i < options->remote_count; i++) {
        const struct pawl_val *id = PAWL_VAL_GET(options->remotes[i].schema, "$id");
        if (pawl_val_is(id, PAWL_VAL_TEXT) &&
            pawl_str_eq(without_fragment(pawl_val_str(id)), uri)) {
            return options->remotes[i].schema;
        }
    }
    return NULL;
}

static enum pawl_rc find_document(struct schema_compiler *compiler, struct pawl_str uri,
                                  const struct pawl_val **ret_source)
{
    *ret_source = find_remote(compiler, uri);
    return *ret_source != NULL ? PAWL_OK : pawl_schema_find_meta(compiler, uri, ret_source);
}

static enum pawl_rc find_resource(struct schema_compiler *compiler, const struct schema_node *node,
                                  struct pawl_str uri, struct schema_resource **ret_resource)
{
    const struct pawl_val *source;
    uint32_t known = pawl_map_find(&compiler->resources_by_uri, uri);
    if (known != PAWL_MAP_NONE) {
        *ret_resource = compiler->resources[known];
        return PAWL_OK;
    }
    enum pawl_rc rc = find_document(compiler, uri, &source);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (source == NULL) {
        return pawl_schema_refuse(compiler, node, PAWL_EINVALID,
                                  "the reference leads to '" PAWL_STR_FMT
                                  "', which is not given (nothing is fetched)",
                                  PAWL_STR_ARG(uri));
    }
    struct schema_node *root = pawl_schema_node_of(compiler, source);
    if (root == NULL) {
        rc = pawl_schema_add_document(compiler, uri, source, node->resource->draft, &root);
    }
    if (rc == PAWL_OK) {
        *ret_resource = root->resource;
    }
    return rc;
}

/* ---- fragments --------------------------------------------------------------------------------
 */

/* The next token of the pointer, its '/' included. */
static struct pawl_str next_token(struct pawl_str pointer, size_t at)
{
    size_t end = at + 1;
    while (end < pointer.len && pointer.ptr[end] != '/') {
        end++;
    }
    return pawl_str_sub(pointer, at, end - at);
}

static enum pawl_rc resolve_pointer(struct schema_compiler *compiler,
                                    const struct schema_node *node,
                                    const struct schema_resource *resource, struct pawl_str pointer,
                                    struct schema_node **ret_target)
{
    struct schema_node *around = resource->root;
    const struct pawl_val *at = around->source;
    size_t around_end = 0;
    for (size_t i = 0; i < pointer.len && at != NULL;) {
        struct pawl_str token = next_token(pointer, i);
        at = pawl_val_pointer(at, token);
        i += token.len;
        struct schema_node *known = pawl_schema_node_of(compiler, at);
        if (known != NULL) {
            around = known;
            around_end = i;
        }
    }
    if (at == NULL || (at->kind != PAWL_VAL_MAP && at->kind != PAWL_VAL_BOOL)) {
        return pawl_schema_refuse(
            compiler, node, PAWL_EINVALID, "the reference '#" PAWL_STR_FMT "' leads to %s",
            PAWL_STR_ARG(pointer), at == NULL ? "nothing" : "a value that is no schema");
    }
    if (around->source == at) {
        *ret_target = around;
        return PAWL_OK;
    }
    return pawl_schema_add_detached(compiler, around, pawl_str_sub(pointer, around_end, SIZE_MAX),
                                    at, ret_target);
}

static bool has_dynamic_anchor(const struct schema_node *node, struct pawl_str name)
{
    for (const struct schema_anchor *a = node->resource->dynamic_anchors; a != NULL; a = a->next) {
        if (a->node == node && pawl_str_eq(a->name, name)) {
            return true;
        }
    }
    return false;
}

enum pawl_rc pawl_schema_resolve(struct schema_compiler *compiler, struct schema_node *node,
                                 struct pawl_str reference, struct schema_node **ret_target,
                                 struct pawl_str *ret_dynamic)
{
    struct pawl_str uri, fragment;
    struct schema_resource *resource = NULL;
    if (!pawl_uri_resolve(compiler->arena, node->resource->uri, reference, &uri, &fragment)) {
        return pawl_schema_short_of_memory(compiler);
    }
    enum pawl_rc rc = find_resource(compiler, node, uri, &resource);
    if (rc != PAWL_OK) {
        return rc;
    }
    *ret_dynamic = PAWL_STR_NONE;
    if (fragment.len == 0) {
        *ret_target = resource->root;
        return PAWL_OK;
    }
    struct pawl_str name = pawl_uri_decode(compiler->arena, fragment);
    if (name.ptr == NULL) {
        return compiler->arena->failed
                   ? pawl_schema_short_of_memory(compiler)
                   : pawl_schema_refuse(compiler, node, PAWL_EINVALID,
                                        "a malformed reference '" PAWL_STR_FMT "'",
                                        PAWL_STR_ARG(reference));
    }
    if (name.len > 0 && name.ptr[0] == '/') {
        return resolve_pointer(compiler, node, resource, name, ret_target);
    }
    struct schema_node *target = pawl_schema_find_anchor(compiler, resource, name);
    if (target == NULL) {
        return compiler->arena->failed ? pawl_schema_short_of_memory(compiler)
                                       : pawl_schema_refuse(compiler, node, PAWL_EINVALID,
                                                            "the reference '" PAWL_STR_FMT
                                                            "' names an anchor that is not there",
                                                            PAWL_STR_ARG(reference));
    }
    *ret_dynamic = has_dynamic_anchor(target, name) ? name : PAWL_STR_NONE;
    *ret_target = target;
    return PAWL_OK;
}

/* ---- dialects ---------------------------------------------------------------------------------
 */

static bool find_draft(struct pawl_str uri, uint8_t *ret_draft)
{
    static const struct {
        const char *uri;
        uint8_t draft;
    } drafts[] = {
        {"https://json-schema.org/draft/2020-12/schema", SCHEMA_D20},
        {"http://json-schema.org/draft-07/schema", SCHEMA_D7},
        {"https://json-schema.org/draft-07/schema", SCHEMA_D7},
    };
    for (size_t i = 0; i < sizeof(drafts) / sizeof(drafts[0]); i++) {
        if (pawl_str_is(uri, drafts[i].uri)) {
            *ret_draft = drafts[i].draft;
            return true;
        }
    }
    return false;
}

static uint32_t vocabulary_bit(struct pawl_str uri)
{
    static const struct {
        const char *name;
        uint32_t bit;
    } vocabularies[] = {
        {"core", SCHEMA_CORE},
        {"applicator", SCHEMA_APPLICATOR},
        {"unevaluated", SCHEMA_UNEVALUATED},
        {"validation", SCHEMA_VALIDATION},
        {"meta-data", SCHEMA_META_DATA},
        {"format-annotation", SCHEMA_FORMAT_ANNOTATION},
        {"format-assertion", SCHEMA_FORMAT_ASSERTION},
        {"content", SCHEMA_CONTENT},
    };
    static const struct pawl_str prefix =
        PAWL_STR_INIT("https://json-schema.org/draft/2020-12/vocab/");
    if (!pawl_str_starts(uri, prefix)) {
        return 0;
    }
    struct pawl_str name = pawl_str_sub(uri, prefix.len, SIZE_MAX);
    for (size_t i = 0; i < sizeof(vocabularies) / sizeof(vocabularies[0]); i++) {
        if (pawl_str_is(name, vocabularies[i].name)) {
            return vocabularies[i].bit;
        }
    }
    return 0;
}

/* $vocabulary of a meta-schema: what it names is on, what is unknown and required is refused. */
static enum pawl_rc read_vocabularies(struct schema_compiler *compiler,
                                      const struct schema_node *node,
                                      const struct pawl_val *vocabularies,
                                      struct schema_resource *resource)
{
    uint32_t bits = SCHEMA_CORE;
    for (uint32_t i = 0; i < pawl_val_count(vocabularies); i++) {
        struct pawl_str uri = pawl_val_key(vocabularies, i);
        uint32_t bit = vocabulary_bit(uri);
        const struct pawl_val *required = pawl_val_at(vocabularies, i);
        if (bit == 0 && pawl_val_is(required, PAWL_VAL_BOOL) && required->u.boolean) {
            return pawl_schema_refuse(compiler, node, PAWL_EINVALID,
                                      "its meta-schema requires the vocabulary '" PAWL_STR_FMT
                                      "', which is not known",
                                      PAWL_STR_ARG(uri));
        }
        bits |= bit;
    }
    resource->vocabularies = bits;
    resource->assert_format = resource->assert_format || (bits & SCHEMA_FORMAT_ASSERTION) != 0;
    return PAWL_OK;
}

enum pawl_rc pawl_schema_find_dialect(struct schema_compiler *compiler,
                                      const struct schema_node *node, struct pawl_str uri,
                                      struct schema_resource *resource)
{
    enum { HOPS_MAX = 8 }; /* from one meta-schema to the one that describes it */
    const struct pawl_val *meta = NULL;
    const struct pawl_val *vocabularies = NULL;
    struct pawl_str at = without_fragment(uri);
    for (int hop = 0; hop < HOPS_MAX && !find_draft(at, &resource->draft); hop++) {
        enum pawl_rc rc = find_document(compiler, at, &meta);
        if (rc != PAWL_OK) {
            return rc;
        }
        const struct pawl_val *next = PAWL_VAL_GET(meta, "$schema");
        vocabularies = hop == 0 ? PAWL_VAL_GET(meta, "$vocabulary") : vocabularies;
        if (meta == NULL || !pawl_val_is(next, PAWL_VAL_TEXT) || hop == HOPS_MAX - 1) {
            return pawl_schema_refuse(compiler, node, PAWL_EINVALID,
                                      "$schema '" PAWL_STR_FMT
                                      "' is neither draft 2020-12, draft 7 nor a given meta-schema",
                                      PAWL_STR_ARG(uri));
        }
        at = without_fragment(pawl_val_str(next));
    }
    resource->vocabularies = SCHEMA_VOCABULARIES;
    resource->assert_format = compiler->options->assert_format;
    bool custom = pawl_val_is(vocabularies, PAWL_VAL_MAP) && resource->draft == SCHEMA_D20;
    return custom ? read_vocabularies(compiler, node, vocabularies, resource) : PAWL_OK;
}
