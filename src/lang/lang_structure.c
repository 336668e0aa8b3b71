/* The first look: the document against the language's JSON Schema. */
#include "lang/compile.h"

void pawl_lang_check_structure(struct pawl_lang *lang)
{
    lang->schema = pawl_lang_schema_parse(lang->arena);
    struct pawl_schema *schema = NULL;
    struct pawl_err err;
    enum pawl_rc rc = lang->schema == NULL
                          ? PAWL_ENOMEM
                          : pawl_schema_compile(lang->arena, lang->schema, NULL, &schema, &err);
    if (rc != PAWL_OK) {
        PAWL_ASSERT(rc == PAWL_ENOMEM); /* the file is part of the program */
        lang->no_memory = true;
        return;
    }
    pawl_lang_walk(lang, lang->schema, lang->document, PAWL_STR(""), false);
    struct pawl_schema_errors errors;
    pawl_schema_errors_init(&errors, lang->arena, PAWL_DIAGS_MAX);
    rc = pawl_schema_check(schema, lang->document, 0, &errors);
    if (rc == PAWL_EINVALID) {
        pawl_lang_report(lang, lang->schema, &errors, PAWL_STR(""));
    } else if (rc == PAWL_EFUEL || rc == PAWL_ELIMIT) {
        (void)pawl_lang_find(lang, PAWL_DIAG_DOCUMENT_LIMIT, PAWL_STR(""),
                             "the definition is too large to be checked");
    } else if (rc != PAWL_OK) {
        lang->no_memory = true;
    }
    pawl_schema_fini(schema);
}
