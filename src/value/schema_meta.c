/* The meta-schemas of 2020-12 and draft 7, as the standard publishes them (meta/…, made into C by
 * meta/embed.py). A schema that refers to one gets its own copy, parsed into its arena. */
#include "base/panic.h"
#include "value/json.h"
#include "value/schema_compiler.h"

struct meta_text {
    struct pawl_str uri, text;
};

#include "schema_meta_texts.h"

enum { META_COUNT = sizeof(meta_texts) / sizeof(meta_texts[0]) };
static_assert(META_COUNT <= sizeof(((struct schema_compiler *)NULL)->metas) / sizeof(void *),
              "the compiler keeps one pointer for each");

enum pawl_rc pawl_schema_find_meta(struct schema_compiler *compiler, struct pawl_str uri,
                                   const struct pawl_val **ret_source)
{
    for (size_t i = 0; i < META_COUNT; i++) {
        if (!pawl_str_eq(meta_texts[i].uri, uri)) {
            continue;
        }
        if (compiler->metas[i] == NULL) {
            enum pawl_rc rc = pawl_json_parse(compiler->arena, meta_texts[i].text, PAWL_JSON_VIEWS,
                                              NULL, &compiler->metas[i], compiler->err);
            PAWL_ASSERT(rc == PAWL_OK || rc == PAWL_ENOMEM);
            if (rc != PAWL_OK) {
                return rc;
            }
        }
        *ret_source = compiler->metas[i];
        return PAWL_OK;
    }
    *ret_source = NULL;
    return PAWL_OK;
}
