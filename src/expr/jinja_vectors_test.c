/* Jinja2's own tests, recorded: every line gives Jinja2's result, or the documented exception that
 * jinja_vectors.def lists for it, and nothing else. */
#include <stdio.h>

#include "expr/expr_testing.h"

enum { LINE_MAX_BYTES = 1 << 20, VECTORS_MAX = 4096 };

static const struct {
    uint32_t line;
    const char *class_;
    const char *answer;
} exceptions[] = {
#define PAWL_X(line, class_, answer) {line, #class_, answer},
#include "expr/jinja_vectors.def"
#undef PAWL_X
};

static FILE *open_vectors(void)
{
    char path[4096];
    const char *material = getenv("PAWL_MATERIAL");
    (void)snprintf(path, sizeof(path), "%s/jinja/vectors.jsonl",
                   material != NULL ? material : "../shared/material");
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        print_message("# skipped: %s not found\n", path);
    }
    return file;
}

/* The text that the vector's template gives, or the code of its error. */
static struct pawl_str render(struct bench_of_test *t, const struct pawl_val *vector,
                              bool *ret_failed)
{
    const struct pawl_template *template_ = NULL;
    const struct pawl_val *val = NULL;
    struct pawl_scope scope = pawl_scope_of_map(PAWL_VAL_GET(vector, "ctx"));
    struct pawl_eval eval = testing_eval(t, &scope);
    struct pawl_str source = pawl_val_str(PAWL_VAL_GET(vector, "template"));
    *ret_failed = true;
    if (pawl_message_compile(&t->arena, source, NULL, &t->diags, &template_) != PAWL_OK) {
        return pawl_str_from(pawl_diag_info(t->diags.items[0].code)->code);
    }
    if (pawl_template_eval(template_, &eval, &val, &t->err) != PAWL_OK) {
        return pawl_str_from(pawl_err_code(&t->err));
    }
    *ret_failed = false;
    return pawl_val_str(val);
}

/* Index of the line's exception, or SIZE_MAX. */
static size_t exception_of(uint32_t line)
{
    for (size_t i = 0; i < sizeof(exceptions) / sizeof(exceptions[0]); i++) {
        if (exceptions[i].line == line) {
            return i;
        }
    }
    return SIZE_MAX;
}

/* 1 when the line gives what it should. */
static int check_line(const char *text, uint32_t line, uint32_t *io_equal)
{
    struct bench_of_test t;
    bool failed = false;
    testing_init(&t);
    const struct pawl_val *vector = testing_json(&t, text);
    const struct pawl_val *output = PAWL_VAL_GET(vector, "output");
    struct pawl_str answer = render(&t, vector, &failed);
    bool equal =
        failed == (output == NULL) && (failed || pawl_str_eq(pawl_val_str(output), answer));
    size_t exception = exception_of(line);
    bool good =
        exception == SIZE_MAX ? equal : !equal && pawl_str_is(answer, exceptions[exception].answer);
    if (!good) {
        print_error("line %u: %s\n  got      " PAWL_STR_FMT "\n  expected %s\n", line, text,
                    PAWL_STR_ARG(answer),
                    exception != SIZE_MAX ? exceptions[exception].answer : "Jinja2's result");
    }
    *io_equal += equal;
    testing_fini(&t);
    return good;
}

TEST(jinjas_own_tests_give_its_result_or_a_listed_exception)
{
    static char text[LINE_MAX_BYTES];
    uint32_t line = 0, good = 0, equal = 0;
    FILE *file = open_vectors();
    if (file == NULL) {
        return; /* said so */
    }

    while (fgets(text, sizeof(text), file) != NULL) {
        line++;
        good += (uint32_t)check_line(text, line, &equal);
    }
    (void)fclose(file);

    print_message("# %u vectors: %u equal, %zu listed exceptions\n", line, equal,
                  sizeof(exceptions) / sizeof(exceptions[0]));
    assert_true(line > 0 && line < VECTORS_MAX);
    assert_int_equal(good, line);
    assert_int_equal(equal + sizeof(exceptions) / sizeof(exceptions[0]), line);
}

TEST_MAIN(TEST_CASE(jinjas_own_tests_give_its_result_or_a_listed_exception))
