/* Definitions to models and plans, and all findings of the language, one line each. */
#include "lang/lang_testing.h"

#define A "action: approval.request, config: {assign: {role: boss}}"

/* The golden scenarios' definitions, as they stand in docs/semantics.md. */
static const struct {
    int number;
    const char *steps;
} goldens[] = {
#define PAWL_X(number, steps) {number, steps},
#include "lang/lang_golden.def"
#undef PAWL_X
};

static struct pawl_str whole(struct pawl_buf *buf, const char *rest)
{
    pawl_buf_init(buf, NULL, 1u << 20);
    pawl_buf_printf(buf, "id: test\n%s\n", rest);
    return pawl_buf_str(buf);
}

TEST(every_golden_scenario_compiles_and_builds)
{
    for (size_t i = 0; i < sizeof(goldens) / sizeof(goldens[0]); i++) {
        struct pawl_buf buf;
        struct compilation compilation;
        compile_in(&compilation, whole(&buf, goldens[i].steps), NULL);
        if (compilation.rc != PAWL_OK) {
            print_error("scenario %d\n", goldens[i].number);
            compilation_print(&compilation);
        }
        assert_int_equal(compilation.rc, PAWL_OK);
        struct pawl_plan *plan = NULL;
        struct pawl_err err = {0};
        enum pawl_rc rc = pawl_plan_build(NULL, compilation.definition.model, &plan, &err);
        if (rc != PAWL_OK) {
            print_error("scenario %d: %s\n", goldens[i].number, err.msg);
        }
        assert_int_equal(rc, PAWL_OK);
        pawl_plan_unref(plan);
        compilation_done(&compilation);
        pawl_buf_fini(&buf);
    }
}

TEST_MAIN(TEST_CASE(every_golden_scenario_compiles_and_builds))
