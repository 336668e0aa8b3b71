/* Messages: statements, loops, names, white space; recursion and its limits. */
#include "expr/expr_testing.h"

/* What a message becomes, or the code of its error. */
static struct pawl_str render(struct bench_of_test *t, const char *source, const char *context)
{
    const struct pawl_template *template_ = NULL;
    const struct pawl_val *val = NULL;
    struct pawl_scope scope = pawl_scope_of_map(testing_json(t, context));
    struct pawl_eval eval = testing_eval(t, &scope);
    pawl_diags_init(&t->diags, &t->arena, PAWL_DIAGS_MAX);
    pawl_err_clear(&t->err);
    if (pawl_message_compile(&t->arena, pawl_str_from(source), NULL, &t->diags, &template_) !=
        PAWL_OK) {
        return pawl_str_from(pawl_diag_info(t->diags.items[0].code)->code);
    }
    if (pawl_template_eval(template_, &eval, &val, &t->err) != PAWL_OK) {
        return pawl_str_from(pawl_err_code(&t->err));
    }
    return pawl_val_str(val);
}

static void gives(const char *source, const char *context, const char *expected)
{
    struct bench_of_test t;
    testing_init(&t);
    struct pawl_str text = render(&t, source, context);
    if (!pawl_str_is(text, expected)) {
        print_error("%s\n", source);
    }
    assert_str(text, expected);
    testing_fini(&t);
}

TEST(if_takes_the_first_true_branch)
{
    gives("{% if x > 1 %}a{% elif x == 1 %}b{% else %}c{% endif %}", "{\"x\": 2}", "a");
    gives("{% if x > 1 %}a{% elif x == 1 %}b{% else %}c{% endif %}", "{\"x\": 1}", "b");
    gives("{% if x > 1 %}a{% elif x == 1 %}b{% else %}c{% endif %}", "{\"x\": 0}", "c");
    gives("{% if x %}yes{% endif %}.", "{\"x\": \"\"}", ".");
    gives("{% if x %}yes{% endif %}.", "{}", "expression.undefined");
}

TEST(for_goes_over_lists_maps_and_texts)
{
    gives("{% for x in xs %}{{ loop.index }}/{{ loop.length }}:{{ x }}{% if not loop.last %}, "
          "{% endif %}{% endfor %}",
          "{\"xs\": [\"a\", \"b\"]}", "1/2:a, 2/2:b");
    gives("{% for k, v in m.items() %}{{ k }}={{ v }};{% endfor %}",
          "{\"m\": {\"a\": 1, \"b\": 2}}", "a=1;b=2;");
    gives("{% for c in 'ab' %}<{{ c }}>{% endfor %}", "{}", "<a><b>");
    gives("{% for x in xs %}x{% else %}none{% endfor %}", "{\"xs\": []}", "none");
    gives("{% for x in xs if x is odd %}{{ loop.index }}:{{ x }} {% endfor %}",
          "{\"xs\": [1, 2, 3]}", "1:1 2:3 ");
    gives("{% for x in 5 %}{% endfor %}", "{}", "expression.type");
    gives("{% for a, b in [[1, 2, 3]] %}{% endfor %}", "{}", "expression.value");
}

TEST(the_loop_variable_knows_its_neighbours)
{
    gives("{% for x in [1, 2, 3] %}{{ loop.previtem | default('-') }}{{ x }}"
          "{{ loop.nextitem | default('-') }} {% endfor %}",
          "{}", "-12 123 23- ");
    gives("{% for x in [1, 2] %}{{ loop.cycle('odd', 'even') }} {% endfor %}", "{}", "odd even ");
    gives("{% for x in [1] %}{% set outer = loop %}{% for y in [1, 2] %}{{ outer.index }}"
          "{{ loop.index }} {% endfor %}{% endfor %}",
          "{}", "11 12 ");
    gives("{% for x in [1] %}{{ loop.nothing }}{% endfor %}", "{}", "expression.undefined");
}

TEST(names_live_in_the_scope_that_set_them)
{
    gives("{% set x = 1 %}{% for i in [1, 2] %}{{ x }}{% set x = 5 %}{{ x }}{% endfor %}{{ x }}",
          "{}", "15151");
    gives("{% if true %}{% set x = 7 %}{% endif %}{{ x }}", "{\"x\": 1}", "7");
    gives("{% if false %}{% set x = 7 %}{% endif %}{{ x }}", "{\"x\": 1}", "1");
    gives("{% for x in [1] %}{% endfor %}{{ x }}", "{\"x\": 9}", "9");
    gives("{% set a, b = 1, 2 %}{{ b }}{{ a }}", "{}", "21");
    gives("{% set x %}a{{ 1 }}{% endset %}{{ x }}", "{}", "a1");
    gives("{% set v = 1 %}{% set x %}{% set v = 2 %}{{ v }}{% endset %}{{ x }}{{ v }}", "{}", "21");
    gives("{% set x | upper | trim %} ab {% endset %}[{{ x }}]", "{}", "[AB]");
}

TEST(recursion_is_possible_and_bounded)
{
    gives("{% for n in t recursive %}{{ n.v }}{% if n.c is defined %}({{ loop(n.c) }})"
          "{% endif %}{% endfor %}",
          "{\"t\": [{\"v\": 1, \"c\": [{\"v\": 2}, {\"v\": 3}]}, {\"v\": 4}]}", "1(23)4");
    gives("{% for n in [1] recursive %}{{ loop([1]) }}{% endfor %}", "{}", "expression.limit");
    gives("{% for n in [1] %}{{ loop([1]) }}{% endfor %}", "{}", "expression.type");
}

TEST(white_space_and_comments_go_as_in_jinja)
{
    gives("a {{- ' b ' -}} c", "{}", "a b c");
    gives("a\n{%- if true -%}\n b\n{%- endif %}\nc\n", "{}", "ab\nc");
    gives("a {#- no -#} b{# {{ x }} #}", "{}", "ab");
    gives("{% raw %}{{ x }}{% endraw %} {%- raw -%} {% if %} {%- endraw -%} .", "{}",
          "{{ x }}{% if %}.");
    gives("a\r\nb\rc\r\n", "{}", "a\nb\nc");
}

TEST(what_is_no_statement_is_refused)
{
    static const char *const sources[] = {
        "{% macro m() %}{% endmacro %}",
        "{% include 'x' %}",
        "{% block b %}{% endblock %}",
        "{% endif %}",
        "{% else %}",
        "{% unknown %}",
    };
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        gives(sources[i], "{}", "E_EXPR_STATEMENT");
    }
    gives("{% if true %}", "{}", "E_EXPR_SYNTAX");
    gives("{% for x in y %}", "{}", "E_EXPR_SYNTAX");
    gives("{% for loop in y %}{% endfor %}", "{}", "E_EXPR_SYNTAX");
    gives("{% set true = 1 %}", "{}", "E_EXPR_SYNTAX");
    gives("{% set a.b = 1 %}", "{}", "E_EXPR_SYNTAX");
    gives("{% if x", "{}", "E_EXPR_SYNTAX");
    gives("{{ x", "{}", "E_EXPR_SYNTAX");
    gives("{# x", "{}", "E_EXPR_SYNTAX");
    gives("{% raw %}", "{}", "E_EXPR_SYNTAX");
}

TEST(references_of_a_message_leave_local_names_out)
{
    struct bench_of_test t;
    testing_init(&t);
    const struct pawl_template *template_ = NULL;
    const char *source = "{% for x in steps.a.output.items %}{{ x.name }}{{ run.id }}{% endfor %}"
                         "{% if y %}{% set z = 1 %}{% endif %}{{ z }}";

    assert_int_equal(
        pawl_message_compile(&t.arena, pawl_str_from(source), NULL, &t.diags, &template_), PAWL_OK);

    uint32_t count = 0;
    const struct pawl_expr_ref *refs = pawl_template_refs(template_, &count);
    assert_int_equal(count, 4);
    assert_int_equal(refs[0].len, 4);
    assert_false(refs[0].guarded);
    assert_str(refs[1].path[0], "run");
    assert_true(refs[1].guarded);
    assert_str(refs[2].path[0], "y");
    assert_str(refs[3].path[0], "z"); /* may not have been set */
    assert_true(refs[3].guarded);
    testing_fini(&t);
}

TEST_MAIN(TEST_CASE(if_takes_the_first_true_branch), TEST_CASE(for_goes_over_lists_maps_and_texts),
          TEST_CASE(the_loop_variable_knows_its_neighbours),
          TEST_CASE(names_live_in_the_scope_that_set_them),
          TEST_CASE(recursion_is_possible_and_bounded),
          TEST_CASE(white_space_and_comments_go_as_in_jinja),
          TEST_CASE(what_is_no_statement_is_refused),
          TEST_CASE(references_of_a_message_leave_local_names_out))
