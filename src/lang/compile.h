/* What the stages of the compiler share: the document, its steps as they become known, findings.
 *
 *     yaml ─► structure (lang_schema) ─► steps (lang_steps) ─► flow (lang_flow) ─► graph
 *          ─► config ─► what templates read (lang_refs) ─► warnings ─► model
 *
 * Every stage looks at everything that the stages before it could make sense of, whatever else was
 * found wrong, so that an author sees all findings at once. A stage never trusts the shape of the
 * document: it may have broken the schema. */
#ifndef PAWL_LANG_COMPILE_H
#define PAWL_LANG_COMPILE_H

#include "base/limits.h"
#include "base/map.h"
#include "lang/lang.h"
#include "lang/yaml.h"
#include "plan/retry.h"

struct pawl_lang_list { /* step indexes, growing in the arena */
    uint32_t *items;
    uint32_t count, cap;
};

struct pawl_lang_step {
    const struct pawl_val *doc; /* a map, else the step is skipped everywhere */
    struct pawl_str pointer;    /* "/steps/3" */
    struct pawl_str id;         /* empty: none that can be used */
    struct pawl_str action_name;
    const struct pawl_action_info *action; /* NULL: none, unknown or not supported */
    const struct pawl_val *config;         /* a map */
    enum pawl_only only;
    struct pawl_lang_list deps;           /* without gates */
    struct pawl_lang_list targets, gates; /* of a decide; decides that may choose this one */
    struct pawl_lang_list entries, entrants;
    struct pawl_lang_list send_back_to;
    struct pawl_outlet on_error, on_timeout, on_reject; /* output: not used here */
    uint32_t then;
    struct pawl_join join, task_join;
    bool opens_one;    /* a flow.decide that chooses one target at most */
    bool outcome_read; /* some template reads its outcome or its output */
};

struct pawl_lang {
    struct pawl_arena *arena;
    struct pawl_diags *diags;
    const struct pawl_catalogue *catalogue;
    const struct pawl_lang_world *world; /* never NULL; members may be */
    const struct pawl_val *document;
    const struct pawl_yaml_places *places;
    const struct pawl_val *schema; /* the language's, parsed */
    struct pawl_lang_step *steps;
    uint32_t step_count;
    struct pawl_map ids; /* id with _ for - to index */
    bool ordered;        /* no step of the list has depends_on (D1) */
    bool acyclic;        /* the graph was walked and has no cycle */
    uint32_t *order;     /* steps, those upstream first; when acyclic */
    uint64_t *upstream;  /* bit matrix; when acyclic */
    uint32_t upstream_words;
    struct pawl_schema **config_schemas; /* by action of the catalogue, compiled when needed */
    const struct pawl_val **config_sources;
    struct pawl_schema *inputs; /* compiled; NULL: none or wrong */
    uint32_t *stamps;           /* lang_targets.c: by decide, the step last counted for */
    uint64_t warn_checks;       /* lang_warn.c: how much was looked at */
    bool no_memory;
};

/* ---- findings (lang_find.c) ------------------------------------------------------------------ */

struct pawl_diag *pawl_lang_find(struct pawl_lang *lang, enum pawl_diag_code code,
                                 struct pawl_str pointer, const char *format, ...)
    PAWL_PRINTF(4, 5);
/* At the key instead of the value. */
struct pawl_diag *pawl_lang_find_key(struct pawl_lang *lang, enum pawl_diag_code code,
                                     struct pawl_str pointer, const char *format, ...)
    PAWL_PRINTF(4, 5);
struct pawl_diag *pawl_lang_find_at(struct pawl_lang *lang, enum pawl_diag_code code,
                                    struct pawl_place place, struct pawl_str pointer,
                                    const char *format, ...) PAWL_PRINTF(5, 6);
void pawl_lang_hint(struct pawl_lang *lang, struct pawl_diag *diag, const char *format, ...)
    PAWL_PRINTF(3, 4);
/* "did you mean 'x'?" when a candidate is near. */
bool pawl_lang_hint_near(struct pawl_lang *lang, struct pawl_diag *diag, struct pawl_str word,
                         const struct pawl_str *candidates, uint32_t count);
/* pointer + "/" + key (escaped) or index. */
struct pawl_str pawl_lang_pointer(struct pawl_lang *lang, struct pawl_str pointer,
                                  struct pawl_str key);
struct pawl_str pawl_lang_pointer_at(struct pawl_lang *lang, struct pawl_str pointer,
                                     uint32_t index);
#define PAWL_LANG_POINTER(lang, pointer, literal)                                                  \
    pawl_lang_pointer((lang), (pointer), PAWL_STR(literal))
void pawl_lang_list_add(struct pawl_lang *lang, struct pawl_lang_list *list, uint32_t step);
bool pawl_lang_list_has(const struct pawl_lang_list *list, uint32_t step);
/* "a", "{{ a }}": whether the text holds a template. */
bool pawl_lang_has_template(struct pawl_str text);
void *pawl_lang_array(struct pawl_lang *lang, size_t count, size_t size, size_t align);
#define PAWL_LANG_ARRAY(lang, type, count)                                                         \
    ((type *)pawl_lang_array((lang), (count), sizeof(type), _Alignof(type)))
/* The step of that name, both spellings; PAWL_STEP_NONE. */
uint32_t pawl_lang_step_find(const struct pawl_lang *lang, struct pawl_str id);
/* The i-th of one name or a list of names, with a finding when there is no such step. `what` names
 * the key, `pointer` leads to it. Not text: no finding. */
uint32_t pawl_lang_step_resolve(struct pawl_lang *lang, const struct pawl_val *names, uint32_t i,
                                struct pawl_str pointer, const char *what);
/* The step that was probably meant, or the steps that there are. */
void pawl_lang_hint_step(struct pawl_lang *lang, struct pawl_diag *diag, struct pawl_str id);
bool pawl_lang_is_upstream(const struct pawl_lang *lang, uint32_t of, uint32_t step);
static inline bool pawl_lang_kind_is(const struct pawl_lang_step *step, enum pawl_step_kind kind)
{
    return step->action != NULL && step->action->kind == kind;
}
static inline bool pawl_lang_is_task(const struct pawl_lang_step *step)
{
    return pawl_lang_kind_is(step, PAWL_STEP_KIND_APPROVAL) ||
           pawl_lang_kind_is(step, PAWL_STEP_KIND_MANUAL);
}

/* ---- stages ---------------------------------------------------------------------------------- */

void pawl_lang_check_structure(struct pawl_lang *lang);                  /* lang_structure.c */
void pawl_lang_walk(struct pawl_lang *lang, const struct pawl_val *root, /* lang_walk.c */
                    const struct pawl_val *val, struct pawl_str pointer, bool templates);
void pawl_lang_report(struct pawl_lang *lang, const struct pawl_val *root, /* lang_report.c */
                      const struct pawl_schema_errors *errors, struct pawl_str pointer);
void pawl_lang_collect_steps(struct pawl_lang *lang); /* lang_steps.c */
void pawl_lang_read_flow(struct pawl_lang *lang);     /* lang_flow.c */
void pawl_lang_check_graph(struct pawl_lang *lang);   /* lang_graph.c, lang_targets.c */
void pawl_lang_check_targets(struct pawl_lang *lang);
void pawl_lang_check_keys(struct pawl_lang *lang);   /* lang_keys.c */
void pawl_lang_check_inputs(struct pawl_lang *lang); /* lang_config.c */
void pawl_lang_check_configs(struct pawl_lang *lang);
void pawl_lang_check_tasks(struct pawl_lang *lang);             /* lang_task.c */
void pawl_lang_check_places(struct pawl_lang *lang);            /* lang_places.c */
void pawl_lang_check_output(struct pawl_lang *lang, const struct pawl_expr_ref *ref,
                            uint32_t index);
void pawl_lang_check_refs(struct pawl_lang *lang);              /* lang_refs.c */
void pawl_lang_check_warnings(struct pawl_lang *lang);          /* lang_warn.c */
const struct pawl_val *pawl_lang_model(struct pawl_lang *lang); /* lang_model.c; NULL: no memory */
/* lang_warn_retry.c */
void pawl_lang_warn_retry(struct pawl_lang *lang, uint32_t step);
void pawl_lang_warn_retry_defaults(struct pawl_lang *lang);

/* ---- pieces ---------------------------------------------------------------------------------- */

/* The language's schema as a value (lang_schema.c); NULL: no memory. */
const struct pawl_val *pawl_lang_schema_parse(struct pawl_arena *arena);
/* A config's schema in which any string may be a template instead (lang_permit.c). */
const struct pawl_val *pawl_lang_permit(struct pawl_arena *arena, const struct pawl_val *schema);
/* `sensitive` of the author's schemas of inputs and forms is true or false. */
void pawl_lang_check_sensitive(struct pawl_lang *lang, const struct pawl_val *schema,
                               struct pawl_str pointer);
/* What the schema compiler said about a schema of the author's, at its place (lang_config.c). */
void pawl_lang_find_schema(struct pawl_lang *lang, struct pawl_str pointer, const char *message);
/* A task's form with "#/inputs/…" resolved (lang_form.c); the form itself when there is none. */
const struct pawl_val *pawl_lang_form(struct pawl_lang *lang, const struct pawl_val *form);
/* Step > defaults (D35): a member of the step, else of `defaults` for effects. */
const struct pawl_val *pawl_lang_setting(const struct pawl_lang *lang,
                                         const struct pawl_lang_step *step, const char *key);
/* Whether an effect may be repeated, and how often it is tried (lang_model.c). */
enum pawl_idempotence pawl_lang_idempotence(const struct pawl_lang_step *step);
int64_t pawl_lang_max_attempts(const struct pawl_lang *lang, const struct pawl_lang_step *step);
/* Items of a list, or the one thing that is no list. */
uint32_t pawl_lang_items(const struct pawl_val *one_or_list);
const struct pawl_val *pawl_lang_item(const struct pawl_val *one_or_list, uint32_t i);
struct pawl_str pawl_lang_item_pointer(struct pawl_lang *lang, const struct pawl_val *one_or_list,
                                       struct pawl_str pointer, uint32_t i);

#endif
