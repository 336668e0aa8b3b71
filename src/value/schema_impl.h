/* What the files schema_*.c share: the compiled form of a schema. Not for others.
 *
 * A schema is a graph of nodes, one for each schema object or boolean that was found in a known
 * place (or that a $ref leads to). The nodes of one `$id` belong to one resource, which says the
 * base URI, the draft and the vocabularies. A node's keywords stand in the order of the table. */
#ifndef PAWL_VALUE_SCHEMA_IMPL_H
#define PAWL_VALUE_SCHEMA_IMPL_H

#include "base/limits.h"
#include "base/map.h"
#include "value/regex.h"
#include "value/schema.h"
#include "value/schema_format.h"

struct schema_check;
struct schema_compiler;
struct schema_frame;
struct schema_keyword;
struct schema_node;

enum schema_drafts { SCHEMA_D7 = 1, SCHEMA_D20 = 2, SCHEMA_BOTH = 3 };

enum schema_vocabulary {
    SCHEMA_CORE = 1,
    SCHEMA_APPLICATOR = 2,
    SCHEMA_UNEVALUATED = 4,
    SCHEMA_VALIDATION = 8,
    SCHEMA_META_DATA = 16,
    SCHEMA_FORMAT_ANNOTATION = 32,
    SCHEMA_FORMAT_ASSERTION = 64,
    SCHEMA_CONTENT = 128,
    SCHEMA_FORMAT = SCHEMA_FORMAT_ANNOTATION | SCHEMA_FORMAT_ASSERTION,
    SCHEMA_VOCABULARIES = 255 & ~SCHEMA_FORMAT_ASSERTION, /* of 2020-12's own meta-schema */
};

enum schema_shape {
    SCHEMA_SHAPE_ANYTHING,
    SCHEMA_SHAPE_TEXT,
    SCHEMA_SHAPE_ANCHOR,
    SCHEMA_SHAPE_BOOL,
    SCHEMA_SHAPE_NUMBER,
    SCHEMA_SHAPE_POSITIVE,
    SCHEMA_SHAPE_COUNT, /* a whole number, not negative */
    SCHEMA_SHAPE_LIST,
    SCHEMA_SHAPE_MAP,
    SCHEMA_SHAPE_TYPES,
    SCHEMA_SHAPE_NAMES,        /* a list of texts */
    SCHEMA_SHAPE_NAMES_MAP,    /* a map of those */
    SCHEMA_SHAPE_DEPENDENCIES, /* a map of names or schemas */
    SCHEMA_SHAPE_SCHEMA_ONE,
    SCHEMA_SHAPE_SCHEMA_LIST, /* not empty */
    SCHEMA_SHAPE_SCHEMA_MAP,
    SCHEMA_SHAPE_SCHEMA_ONE_OR_LIST,
};

enum schema_kinds { /* bits of enum pawl_val_kind */
                    SCHEMA_NUMBERS = 1 << PAWL_VAL_INT | 1 << PAWL_VAL_NUMBER,
                    SCHEMA_TEXTS = 1 << PAWL_VAL_TEXT,
                    SCHEMA_LISTS = 1 << PAWL_VAL_LIST,
                    SCHEMA_MAPS = 1 << PAWL_VAL_MAP,
                    SCHEMA_ANY = 0xFF,
};

enum schema_keyword_id {
#define PAWL_X(id, name, drafts, vocabulary, shape, kinds, compile, check) SCHEMA_KEYWORD_##id,
#include "value/schema_keywords.def"
#undef PAWL_X
    SCHEMA_KEYWORD_COUNT
};

/* Prepares keyword->u. Clears keyword->info where there is nothing to check. */
typedef enum pawl_rc schema_compile_fn(struct schema_compiler *compiler, struct schema_node *node,
                                       struct schema_keyword *keyword);
/* The verdict; false also when check->rc is set. Reports why to check. */
typedef bool schema_check_fn(struct schema_check *check, const struct schema_keyword *keyword,
                             const struct schema_frame *frame);

struct schema_keyword_info {
    enum schema_keyword_id id;
    const char *name;
    uint8_t name_len;
    uint8_t drafts;
    uint8_t vocabulary;
    uint8_t kinds;
    enum schema_shape shape;
    schema_compile_fn *compile;
    schema_check_fn *check;
};
extern const struct schema_keyword_info pawl_schema_keywords[SCHEMA_KEYWORD_COUNT];

#define PAWL_X(id, name, drafts, vocabulary, shape, kinds, compile, check)                         \
    schema_compile_fn pawl_schema_compile_##compile;                                               \
    schema_check_fn pawl_schema_check_##check;
#include "value/schema_keywords.def"
#undef PAWL_X

struct schema_nodes {
    uint32_t count;
    struct schema_node *items[];
};

/* Names to nodes: open addressing over the members' own hashes. */
struct schema_property {
    struct pawl_str key;
    uint32_t hash;
    struct schema_node *node;
};
struct schema_properties {
    const struct schema_property *items;
    const uint32_t *slots; /* position + 1; 0: free */
    uint32_t count, mask;
};

struct schema_pattern {
    const struct pawl_regex *regex;
    struct schema_node *node;
};
struct schema_patterns {
    uint32_t count;
    struct schema_pattern items[];
};

struct schema_dependency {
    struct pawl_str key;
    const struct pawl_val *names; /* NULL: node */
    struct schema_node *node;
};
struct schema_dependencies {
    uint32_t count;
    struct schema_dependency items[];
};

struct schema_contains {
    struct schema_node *node;
    uint64_t least, most;
};

struct schema_if {
    struct schema_node *test, *then, *otherwise; /* the latter may be NULL */
};

struct schema_dynamic {
    struct pawl_str anchor;
    struct schema_node *node; /* where it leads without a dynamic scope */
};

struct schema_keyword {
    const struct schema_keyword_info *info;
    const struct pawl_val *value; /* as written */
    union {
        uint64_t count;
        uint32_t types; /* bits of enum schema_type */
        struct schema_node *node;
        const struct schema_nodes *nodes;
        const struct schema_dependencies *dependencies;
        const struct schema_contains *contains;
        const struct schema_if *condition;
        const struct schema_dynamic *dynamic;
        const struct schema_format *format;
        const struct pawl_regex *regex;
    } u;
};

struct schema_anchor {
    struct pawl_str name;
    struct schema_node *node;
    const struct schema_anchor *next;
};

struct schema_resource {
    struct pawl_str uri;
    struct schema_node *root;
    uint8_t draft; /* enum schema_drafts, one bit */
    uint32_t vocabularies;
    bool assert_format;
    const struct schema_anchor *dynamic_anchors;
};

enum schema_step { SCHEMA_STEP_NONE, SCHEMA_STEP_INDEX, SCHEMA_STEP_KEY, SCHEMA_STEP_POINTER };
enum schema_verdict { SCHEMA_VERDICT_BY_KEYWORDS, SCHEMA_VERDICT_TRUE, SCHEMA_VERDICT_FALSE };

struct schema_node {
    const struct pawl_val *source; /* its address is the key of compiler->nodes_by_source */
    struct schema_resource *resource;
    struct schema_node *parent; /* the schema around it; NULL: a document's root */
    struct pawl_str keyword;    /* of the parent, under which it stands */
    struct pawl_str key;        /* in the keyword's map; or a whole pointer (STEP_POINTER) */
    uint32_t index;             /* in the keyword's list */
    uint8_t step;               /* enum schema_step */
    uint8_t verdict;            /* enum schema_verdict */
    bool wanted;                /* queued to be compiled */
    bool unevaluated;           /* has a keyword that needs what the others looked at */
    bool sensitive;             /* annotated so: messages don't show the value */
    uint32_t keyword_count;
    uint32_t prefix_count; /* schemas of prefixItems, or of draft 7's items */
    struct schema_keyword *keywords;
    const struct schema_properties *properties; /* of `properties` */
    const struct schema_patterns *patterns;     /* of `patternProperties` */
};

struct schema_regex {
    struct pawl_regex *regex;
    struct schema_regex *next;
};

struct pawl_schema {
    const struct pawl_alloc *alloc;
    struct schema_node *root;
    struct schema_regex *regexes; /* to be freed */
    bool sensitive;               /* a node is */
};

enum schema_type {
    SCHEMA_TYPE_NULL,
    SCHEMA_TYPE_BOOLEAN,
    SCHEMA_TYPE_INTEGER,
    SCHEMA_TYPE_NUMBER,
    SCHEMA_TYPE_STRING,
    SCHEMA_TYPE_ARRAY,
    SCHEMA_TYPE_OBJECT,
    SCHEMA_TYPE_COUNT
};
extern const char *const pawl_schema_type_names[SCHEMA_TYPE_COUNT];

static inline struct schema_node *pawl_schema_property(const struct schema_properties *properties,
                                                       const struct pawl_member *member)
{
    for (uint32_t at = member->key_hash;; at++) {
        uint32_t slot = properties->slots[at & properties->mask];
        if (slot == 0) {
            return NULL;
        }
        const struct schema_property *item = &properties->items[slot - 1];
        if (item->hash == member->key_hash && item->key.len == member->key_len &&
            memcmp(item->key.ptr, member->key, member->key_len) == 0) {
            return item->node;
        }
    }
}

/* One after the other the subschemas that are applied to the same instance as node ($ref, allOf,
 * if, …); NULL at the end. The cursor starts as zero. */
struct schema_place_cursor {
    uint32_t keyword, item;
};
struct schema_node *pawl_schema_in_place_next(const struct schema_node *node,
                                              struct schema_place_cursor *cursor);

/* Equal values (pawl_val_eq) have equal hashes. Adds to *io_weight what comparing v with another
 * value costs at most, in steps. */
uint32_t pawl_schema_hash(const struct pawl_val *v, uint64_t *io_weight);

#endif
