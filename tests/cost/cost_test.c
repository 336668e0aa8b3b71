/* What everything costs: each filter, test, function, method, operator, statement, keyword and format,
 * with values of every shape (shapes.c) in growing sizes; work is counted from outside (counter.h).
 *
 *   growth   with all limits lifted, ten times the size is at most about ten times log ten the work
 *   price    what was done is covered by the fuel that was taken: nothing is done uncharged
 *   bound    with the limits as they are, nothing takes more than its fuel allows, at any size
 *
 *   cost_test            1 KB and 8 KB
 *   cost_test --long     100 KB and 1 MB too
 *   cost_test --table    prints steps for each, by size
 *
 * The tables of entries are gone through as they are: one without a recipe (recipes.def) fails. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/limits.h"
#include "counter.h"
#include "expr/entry.h"
#include "expr/expr.h"
#include "shapes.h"
#include "value/json.h"
#include "value/schema.h"

enum {
    STEPS_PER_FUEL = 200,   /* so many basic blocks may one step of fuel pay for … */
    STEPS_FREE = 20000,     /* … beside these */
    STEPS_PER_BYTE = 8,     /* less than that is no growth worth a word */
    GROWTH_SLACK = 2,       /* of n log n */
    SCHEMA_STEPS_PER_FUEL = 40,
    STEPS_REFUSED = 3000,
    FAILURES_TOLD = 200,
    SOURCE_MAX = 512
};
#define STEPS_CAP    (is_long ? 2000u * 1000 * 1000 : 100u * 1000 * 1000)
#define MEMORY_MAX   ((size_t)4 << 30)
#define FUEL_LIFTED  (UINT64_C(1) << 60)

enum { CLASS_FILTER, CLASS_TEST, CLASS_FUNCTION, CLASS_METHOD, CLASS_NAMED_TEST, CLASS_EXPRESSION,
       CLASS_MESSAGE };

static const struct recipe {
    int class_;
    const char *name, *arguments;
} recipes[] = {
#define RECIPE(class_, name, arguments) {CLASS_##class_, name, arguments},
#include "recipes.def"
#undef RECIPE
};
enum { RECIPES = sizeof(recipes) / sizeof(recipes[0]) };

static const struct schema_recipe {
    const char *keyword, *schema;
} schema_recipes[] = {
#define SCHEMA(keyword, schema) {keyword, schema},
#include "schemas.def"
#undef SCHEMA
};
enum { SCHEMA_RECIPES = sizeof(schema_recipes) / sizeof(schema_recipes[0]) };

static const size_t sizes[] = {1 << 10, 8 << 10, 100 << 10, 1000 << 10};
enum { SIZES = sizeof(sizes) / sizeof(sizes[0]), SIZES_QUICK = 2 };

static bool is_long, is_table;
static uint32_t tests, failures, measured;

/* ---- one measurement ------------------------------------------------------------------------- */

struct measure {
    uint64_t steps, fuel; /* done, and taken for it */
    enum pawl_rc rc;
    bool endless; /* the cap was reached */
};

struct subject { /* values of one shape and size */
    struct pawl_arena arena;
    const struct shape *shape;
    size_t size;
    const struct pawl_val *x, *y, *names;
};

static void subject_make(struct subject *s, const struct shape *shape, size_t size)
{
    struct pawl_map_builder names;
    pawl_arena_init(&s->arena, NULL, MEMORY_MAX);
    s->shape = shape;
    s->size = size;
    s->x = shape->make(&s->arena, shape, size);
    s->y = shape->make(&s->arena, shape, size);
    pawl_map_begin(&names, &s->arena);
    if (s->x != NULL && s->y != NULL) {
        pawl_map_add(&names, PAWL_STR("x"), s->x);
        pawl_map_add(&names, PAWL_STR("y"), s->y);
    }
    pawl_map_add_int(&names, "n", (int64_t)size);
    s->names = pawl_map_end(&names);
    if (s->x == NULL || s->y == NULL || s->names == NULL) {
        printf("Bail out! the shape '%s' cannot be made\n", shape->name);
        exit(1);
    }
}

/* Evaluates with the count on; limits as they are, or lifted. */
static struct measure evaluate(const struct pawl_expr *expr, const struct pawl_template *message,
                               struct subject *s, bool lifted)
{
    struct pawl_arena arena;
    struct pawl_scope scope = pawl_scope_of_map(s->names);
    struct pawl_eval eval;
    struct pawl_err err = {0};
    const struct pawl_val *val = NULL;
    volatile struct measure result = {.endless = true};
    pawl_arena_init(&arena, NULL, MEMORY_MAX);
    pawl_eval_init(&eval, &arena, &scope, INT64_C(1700000000123));
    eval.fuel = lifted ? FUEL_LIFTED : eval.fuel;
    eval.output_max = lifted ? MEMORY_MAX : eval.output_max;
    uint64_t fuel = eval.fuel;
    cost_counter.steps = 0;
    if (setjmp(cost_counter.out) == 0) {
        cost_counter.cap = STEPS_CAP;
        enum pawl_rc rc = expr != NULL ? pawl_expr_eval(expr, &eval, &val, &err)
                                       : pawl_template_eval(message, &eval, &val, &err);
        cost_counter.cap = 0;
        result.rc = rc;
        result.endless = false;
    }
    struct measure done = {cost_counter.steps, fuel - eval.fuel, result.rc, result.endless};
    pawl_arena_fini(&arena);
    measured++;
    return done;
}

/* ---- judging --------------------------------------------------------------------------------- */

static uint32_t bits(uint64_t n)
{
    uint32_t count = 0;
    for (; n > 1; n /= 2) {
        count++;
    }
    return count;
}

static void tell(const char *what, const char *source, const struct subject *s,
                 const struct measure *m, uint64_t allowed)
{
    if (failures++ < FAILURES_TOLD) {
        printf("# %s: %s, %s, %zu bytes: %llu steps%s, at most %llu; %llu fuel, %s\n", what, source,
               s->shape->name, s->size, (unsigned long long)m->steps,
               m->endless ? " and no end" : "", (unsigned long long)allowed,
               (unsigned long long)m->fuel, pawl_rc_code(m->rc));
    }
}

/* False: it has grown too fast, larger sizes need not be tried. */
static bool judge_growth(const char *source, const struct subject *s, const struct measure *m,
                         const struct measure *before, size_t size_before)
{
    uint64_t least = size_before * STEPS_PER_BYTE;
    uint64_t from = before->steps > least ? before->steps : least;
    uint64_t allowed = GROWTH_SLACK * from * (s->size / size_before) * bits(s->size) /
                       bits(size_before);
    bool good = m->steps <= allowed && !m->endless;
    if (!good) {
        tell("growth", source, s, m, allowed);
    }
    return good;
}

static bool judge_price(const char *what, const char *source, const struct subject *s,
                        const struct measure *m, uint64_t steps_per_fuel)
{
    uint64_t allowed = STEPS_FREE + steps_per_fuel * m->fuel;
    bool good = m->steps <= allowed && !m->endless;
    if (!good) {
        tell(what, source, s, m, allowed);
    }
    return good;
}

/* ---- expressions ----------------------------------------------------------------------------- */

struct program {
    struct pawl_arena arena;
    char source[SOURCE_MAX];
    const struct pawl_expr *expr;
    const struct pawl_template *message;
    bool failed; /* on some shape */
};

static void program_compile(struct program *p, bool message)
{
    struct pawl_diags diags;
    struct pawl_str source = pawl_str_from(p->source);
    pawl_arena_init(&p->arena, NULL, MEMORY_MAX);
    pawl_diags_init(&diags, &p->arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc = message
                          ? pawl_message_compile(&p->arena, source, NULL, &diags, &p->message)
                          : pawl_expr_compile(&p->arena, source, NULL, &diags, &p->expr);
    if (rc != PAWL_OK) {
        struct pawl_str why = diags.count > 0 ? diags.items[0].message : source;
        printf("Bail out! %s: %.*s\n", p->source, PAWL_STR_ARG(why));
        exit(1);
    }
}

static void program_try(struct program *p, struct subject subjects[SIZES], uint32_t count)
{
    struct measure m[SIZES];
    uint32_t failures_before = failures;
    bool grows_well = true;
    for (uint32_t i = 0; i < count; i++) {
        struct subject *s = &subjects[i];
        bool lifted = s->size <= sizes[SIZES_QUICK - 1] && grows_well;
        if (lifted) {
            m[i] = evaluate(p->expr, p->message, s, true);
            grows_well = i == 0 || judge_growth(p->source, s, &m[i], &m[i - 1], sizes[i - 1]);
            (void)judge_price("price", p->source, s, &m[i], STEPS_PER_FUEL);
        }
        if (m[i].rc == PAWL_EINVALID && m[i].steps < STEPS_REFUSED && lifted) {
            break; /* it does not take that kind */
        }
        if (!lifted) {
            m[i] = evaluate(p->expr, p->message, s, false);
            (void)judge_price("bound", p->source, s, &m[i], STEPS_PER_FUEL);
        }
        if (is_table) {
            printf("%s\t%s\t%zu\t%llu\t%llu\t%s\n", p->source, s->shape->name, s->size,
                   (unsigned long long)m[i].steps, (unsigned long long)m[i].fuel,
                   pawl_rc_code(m[i].rc));
        }
    }
    p->failed = p->failed || failures > failures_before;
}

/* ---- the programs ---------------------------------------------------------------------------- */

enum { PROGRAMS_MAX = 512 };
static struct program programs[PROGRAMS_MAX];
static uint32_t program_count;

static void program_add(const char *before, const char *name, const char *arguments, bool message)
{
    struct program *p = &programs[program_count++];
    if (program_count > PROGRAMS_MAX) {
        printf("Bail out! more than %d programs\n", PROGRAMS_MAX);
        exit(1);
    }
    (void)snprintf(p->source, sizeof(p->source), "%s%s%s", before, name, arguments);
    program_compile(p, message);
}

static void add_entry(int class_, const char *before, const struct pawl_entry *entry,
                      const char *empty)
{
    bool found = false;
    for (int i = 0; i < RECIPES; i++) {
        bool named = recipes[i].class_ == CLASS_NAMED_TEST && class_ == CLASS_TEST;
        if ((recipes[i].class_ == class_ || named) && strcmp(recipes[i].name, entry->name) == 0) {
            program_add(named ? "" : before, named ? "" : entry->name, recipes[i].arguments, false);
            found = true;
        }
    }
    if (!found && entry->signature[0] == '\0') {
        program_add(before, entry->name, empty, false);
    } else if (!found) {
        failures++;
        printf("# '%s' (%s) has no recipe: add a line to recipes.def\n", entry->name,
               entry->signature);
    }
}

static void add_programs(void)
{
    static const struct {
        enum pawl_entry_class entries;
        int class_;
        const char *before, *empty;
    } classes[] = {{PAWL_ENTRY_FILTER, CLASS_FILTER, "x | ", ""},
                   {PAWL_ENTRY_TEST, CLASS_TEST, "x is ", ""},
                   {PAWL_ENTRY_FUNCTION, CLASS_FUNCTION, "", "()"},
                   {PAWL_ENTRY_METHOD, CLASS_METHOD, "x.", "()"}};
    for (size_t i = 0; i < sizeof(classes) / sizeof(classes[0]); i++) {
        uint32_t count = 0;
        const struct pawl_entry *table = pawl_entry_table(classes[i].entries, &count);
        for (uint32_t k = 0; k < count; k++) {
            add_entry(classes[i].class_, classes[i].before, &table[k], classes[i].empty);
        }
    }
    for (int i = 0; i < RECIPES; i++) {
        bool message = recipes[i].class_ == CLASS_MESSAGE;
        if (message || recipes[i].class_ == CLASS_EXPRESSION) {
            program_add("", "", recipes[i].arguments, message);
        }
    }
}

/* ---- schemas --------------------------------------------------------------------------------- */

static const struct pawl_val *schema_of(const char *text, struct subject *s)
{
    struct pawl_err err;
    const struct pawl_val *val = NULL;
    const char *at = strchr(text, '@');
    struct pawl_str json = pawl_str_from(text);
    if (at != NULL) {
        struct pawl_str value = pawl_json_text(&s->arena, s->y, PAWL_JSON_COMPACT);
        json = pawl_arena_printf(&s->arena, "%.*s%.*s%s", (int)(at - text), text,
                                 PAWL_STR_ARG(value), at + 1);
    }
    enum pawl_rc rc = pawl_json_parse(&s->arena, json, PAWL_JSON_COPY, NULL, &val, &err);
    return rc == PAWL_OK ? val : NULL;
}

static struct measure check(const struct pawl_schema *schema, const struct subject *s,
                            bool with_errors)
{
    struct pawl_arena arena;
    struct pawl_schema_errors errors;
    volatile struct measure result = {.endless = true};
    pawl_arena_init(&arena, NULL, MEMORY_MAX);
    pawl_schema_errors_init(&errors, &arena, 20);
    cost_counter.steps = 0;
    if (setjmp(cost_counter.out) == 0) {
        cost_counter.cap = STEPS_CAP;
        enum pawl_rc rc = pawl_schema_check(schema, s->x, 0, with_errors ? &errors : NULL);
        cost_counter.cap = 0;
        result.rc = rc;
        result.endless = false;
    }
    struct measure done = {cost_counter.steps, PAWL_SCHEMA_FUEL_MAX, result.rc, result.endless};
    pawl_arena_fini(&arena);
    measured++;
    return done;
}

static void schema_try(const char *text, struct subject subjects[SIZES], uint32_t count)
{
    struct measure m[SIZES];
    for (uint32_t i = 0; i < count; i++) {
        struct subject *s = &subjects[i];
        struct pawl_err err;
        struct pawl_schema *schema = NULL;
        const struct pawl_val *source = schema_of(text, s);
        if (source == NULL ||
            pawl_schema_compile(&s->arena, source, NULL, &schema, &err) != PAWL_OK) {
            return; /* the value is no part of a schema: too deep, too large */
        }
        m[i] = check(schema, s, true);
        bool grows = i > 0 && m[i].rc != PAWL_EFUEL &&
                     !judge_growth(text, s, &m[i], &m[i - 1], sizes[i - 1]);
        (void)(grows || judge_price("bound", text, s, &m[i], SCHEMA_STEPS_PER_FUEL));
        if (is_table) {
            printf("%s\t%s\t%zu\t%llu\t\t%s\n", text, s->shape->name, s->size,
                   (unsigned long long)m[i].steps, pawl_rc_code(m[i].rc));
        }
        pawl_schema_fini(schema);
    }
}

static bool has_recipe(const char *keyword)
{
    for (int i = 0; i < SCHEMA_RECIPES; i++) {
        if (strcmp(schema_recipes[i].keyword, keyword) == 0) {
            return true;
        }
    }
    return false;
}

static void check_keywords(void)
{
    static const struct {
        const char *name, *check;
    } keywords[] = {
#define PAWL_X(id, name, drafts, vocabulary, shape, kinds, compile, check) {name, #check},
#include "value/schema_keywords.def"
#undef PAWL_X
    };
    for (size_t i = 0; i < sizeof(keywords) / sizeof(keywords[0]); i++) {
        if (strcmp(keywords[i].check, "none") != 0 && !has_recipe(keywords[i].name)) {
            failures++;
            printf("# the keyword '%s' has no recipe: add a line to schemas.def\n",
                   keywords[i].name);
        }
    }
}

static const char *const formats[] = {
#define PAWL_X(name, function, summary) name,
#include "value/schema_formats.def"
#undef PAWL_X
};

static void schemas_try(struct subject subjects[SIZES], uint32_t count)
{
    for (int i = 0; i < SCHEMA_RECIPES; i++) {
        schema_try(schema_recipes[i].schema, subjects, count);
    }
    for (size_t i = 0; i < sizeof(formats) / sizeof(formats[0]); i++) {
        char text[SOURCE_MAX];
        (void)snprintf(text, sizeof(text), "{\"format\": \"%s\"}", formats[i]);
        schema_try(text, subjects, count);
    }
}

/* ---- the test -------------------------------------------------------------------------------- */

static void report(const char *name, uint32_t failures_before)
{
    printf("%s %u - %s\n", failures > failures_before ? "not ok" : "ok", ++tests, name);
    (void)fflush(stdout);
}

int main(int argc, char **argv)
{
    for (int i = 1; i < argc; i++) {
        is_long = is_long || strcmp(argv[i], "--long") == 0;
        is_table = is_table || strcmp(argv[i], "--table") == 0;
    }
    uint32_t count = is_long ? SIZES : SIZES_QUICK;
    printf("1..%u\n", cost_shape_count + 1);
    add_programs();
    check_keywords();
    report("everything that can be called, and every keyword, has a recipe", 0);
    for (uint32_t i = 0; i < cost_shape_count; i++) {
        struct subject subjects[SIZES];
        uint32_t before = failures;
        char name[SOURCE_MAX];
        for (uint32_t k = 0; k < count; k++) {
            subject_make(&subjects[k], &cost_shapes[i], sizes[k]);
        }
        for (uint32_t k = 0; k < program_count; k++) {
            program_try(&programs[k], subjects, count);
        }
        schemas_try(subjects, count);
        for (uint32_t k = 0; k < count; k++) {
            pawl_arena_fini(&subjects[k].arena);
        }
        (void)snprintf(name, sizeof(name), "nothing costs too much on %s", cost_shapes[i].name);
        report(name, before);
    }
    printf("# %u programs, %u measurements, %u of them too expensive\n", program_count, measured,
           failures);
    return failures > 0 ? 1 : 0;
}
