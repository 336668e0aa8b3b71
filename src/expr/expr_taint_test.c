/* Marks: whatever is computed from a secret, or from a sensitive input, is marked so, through every
 * entry of the tables, every operator, every statement; and what is not computed from one stays
 * unmarked. What is made for people to read has "***" in its place. */
#include <stdio.h>

#include "expr/entry.h"
#include "expr/expr_testing.h"

/* The mark that a test is about; each test runs for every one. */
static const unsigned marks_of_tests[] = {PAWL_VAL_TAINTED, PAWL_VAL_SENSITIVE, PAWL_VAL_MARKS};
static unsigned mark_of_test = PAWL_VAL_TAINTED;
#define FOR_EACH_MARK                                                                              \
    for (size_t mark_i = 0;                                                                        \
         mark_i < sizeof(marks_of_tests) / sizeof(marks_of_tests[0]) &&                            \
         (mark_of_test = marks_of_tests[mark_i], true);                                            \
         mark_i++)

/* A copy of the context in which every value is tainted, all through. */
static struct pawl_val tainted_copy(struct bench_of_test *t, const struct pawl_val *val)
{
    struct pawl_val copy = *val;
    if (val->kind == PAWL_VAL_LIST) {
        struct pawl_list_builder list;
        pawl_list_begin(&list, &t->arena);
        for (uint32_t i = 0; i < val->len; i++) {
            struct pawl_val item = tainted_copy(t, pawl_val_at(val, i));
            pawl_list_add(&list, &item);
        }
        copy = *pawl_list_end(&list);
    } else if (val->kind == PAWL_VAL_MAP) {
        struct pawl_map_builder map;
        pawl_map_begin(&map, &t->arena);
        for (uint32_t i = 0; i < val->len; i++) {
            struct pawl_val member = tainted_copy(t, pawl_val_at(val, i));
            pawl_map_add(&map, pawl_val_key(val, i), &member);
        }
        copy = *pawl_map_end(&map);
    }
    copy.flags = (uint8_t)(copy.flags | mark_of_test);
    return copy;
}

static bool is_tainted(const char *source, const struct pawl_val *context, struct bench_of_test *t,
                       bool message)
{
    const struct pawl_template *template_ = NULL;
    const struct pawl_val *val = NULL;
    struct pawl_val text = pawl_val_text_view(pawl_str_from(source));
    struct pawl_scope scope = pawl_scope_of_map(context);
    struct pawl_eval eval = testing_eval(t, &scope);
    enum pawl_rc rc =
        message ? pawl_message_compile(&t->arena, pawl_val_str(&text), NULL, &t->diags, &template_)
                : pawl_template_compile(&t->arena, &text, PAWL_STR(""), NULL, NULL, &t->diags,
                                        &template_);
    rc = rc != PAWL_OK ? rc : pawl_template_eval(template_, &eval, &val, &t->err);
    if (rc != PAWL_OK) {
        print_error("%s: %s\n", source,
                    t->diags.count > 0 ? t->diags.items[0].message.ptr : t->err.msg);
    }
    assert_int_equal(rc, PAWL_OK);
    assert_true(pawl_val_marks(val) == 0 || pawl_val_marks(val) == mark_of_test);
    return pawl_val_marks(val) != 0;
}

/* ---- the tables --------------------------------------------------------------------------------
 */

/* A value of one of the kinds, for an entry's input. */
static const char *input_of(uint32_t kinds)
{
    return (kinds & (1u << PAWL_VAL_TEXT))   ? "\"2020-01-01\""
           : (kinds & (1u << PAWL_VAL_INT))  ? "3600"
           : (kinds & (1u << PAWL_VAL_LIST)) ? "[\"b\", \"a\"]"
                                             : "{\"a\": \"b\"}";
}

/* How entries are called that need an input or arguments of their own; without arguments and with
 * an input of input_of() the others. */
static const struct special {
    enum pawl_entry_class class_;
    const char *name, *input, *arguments;
} specials[] = {
    {PAWL_ENTRY_FILTER, "replace", NULL, "'0', 'x'"},
    {PAWL_ENTRY_FILTER, "map", "[\"b\"]", "'upper'"},
    {PAWL_ENTRY_FILTER, "select", "[\"b\"]", ""},
    {PAWL_ENTRY_FILTER, "reject", "[\"b\"]", ""},
    {PAWL_ENTRY_FILTER, "selectattr", "[\"b\"]", "0"},
    {PAWL_ENTRY_FILTER, "rejectattr", "[\"b\"]", "0"},
    {PAWL_ENTRY_FILTER, "sum", "[1, 2]", ""},
    {PAWL_ENTRY_FILTER, "batch", NULL, "2"},
    {PAWL_ENTRY_FILTER, "slice", NULL, "2"},
    {PAWL_ENTRY_FILTER, "groupby", "[[1], [2]]", "0"},
    {PAWL_ENTRY_FILTER, "money", NULL, "'EUR'"},
    {PAWL_ENTRY_FILTER, "add", NULL, "'1d'"},
    {PAWL_ENTRY_FILTER, "diff", NULL, "'2020-01-01'"},
    {PAWL_ENTRY_FILTER, "in_zone", NULL, "'UTC'"},
    {PAWL_ENTRY_FILTER, "fromjson", "\"[1]\"", ""},
    {PAWL_ENTRY_TEST, "divisibleby", NULL, "2"},
    {PAWL_ENTRY_TEST, "in", NULL, "'2020-01-01x'"},
    {PAWL_ENTRY_METHOD, "replace", NULL, "'0', 'x'"},
    {PAWL_ENTRY_METHOD, "join", NULL, "['a']"},
    {PAWL_ENTRY_METHOD, "get", NULL, "'a'"},
    {PAWL_ENTRY_METHOD, "startswith", NULL, "'2'"},
    {PAWL_ENTRY_METHOD, "endswith", NULL, "'1'"},
    {PAWL_ENTRY_METHOD, "find", NULL, "'0'"},
    {PAWL_ENTRY_METHOD, "count", NULL, "'0'"},
};

static struct special special_of(enum pawl_entry_class class_, const struct pawl_entry *entry)
{
    struct special special = {class_, entry->name, NULL, ""};
    for (size_t i = 0; i < sizeof(specials) / sizeof(specials[0]); i++) {
        if (specials[i].class_ == class_ && strcmp(specials[i].name, entry->name) == 0) {
            special = specials[i];
        }
    }
    if (strstr(entry->signature, "other") != NULL && class_ == PAWL_ENTRY_TEST) {
        special.input = "3";
        special.arguments = "7";
    }
    special.input = special.input != NULL ? special.input : input_of(entry->input_kinds);
    return special;
}

/* The entry on a tainted x gives something tainted. */
static void check_input_taints(enum pawl_entry_class class_, const struct pawl_entry *entry)
{
    struct special special = special_of(class_, entry);
    struct bench_of_test t;
    char source[256];
    testing_init(&t);
    if (class_ == PAWL_ENTRY_FILTER) {
        (void)snprintf(source, sizeof(source), "{{ x | %s(%s) }}", entry->name, special.arguments);
    } else if (class_ == PAWL_ENTRY_METHOD) {
        (void)snprintf(source, sizeof(source), "{{ x.%s(%s) }}", entry->name, special.arguments);
    } else { /* some tests are called by select only: '==' */
        (void)snprintf(source, sizeof(source), "{{ [x] | select('%s'%s%s) | length }}", entry->name,
                       special.arguments[0] != '\0' ? ", " : "", special.arguments);
    }
    struct pawl_val x = tainted_copy(&t, testing_json(&t, special.input));
    struct pawl_map_builder map;
    pawl_map_begin(&map, &t.arena);
    pawl_map_add(&map, PAWL_STR("x"), &x);
    bool tainted = is_tainted(source, pawl_map_end(&map), &t, false);
    if (!tainted) {
        print_error("not tainted: %s\n", source);
    }
    assert_true(tainted);
    testing_fini(&t);
}

TEST(a_tainted_input_taints_the_result_of_every_filter_test_and_method)
{
    static const enum pawl_entry_class classes[] = {PAWL_ENTRY_FILTER, PAWL_ENTRY_TEST,
                                                    PAWL_ENTRY_METHOD};
    for (size_t c = 0; c < sizeof(classes) / sizeof(classes[0]); c++) {
        uint32_t count = 0;
        const struct pawl_entry *entries = pawl_entry_table(classes[c], &count);
        for (uint32_t i = 0; i < count; i++) {
            FOR_EACH_MARK {
                check_input_taints(classes[c], &entries[i]);
            }
        }
    }
}

/* ---- operators and statements
 * -------------------------------------------------------------------- */

/* secret is tainted, everything else is not. */
static const struct pawl_val *context_of(struct bench_of_test *t)
{
    struct pawl_val secret = tainted_copy(t, testing_json(t, "\"abc\""));
    struct pawl_val number = tainted_copy(t, testing_json(t, "2"));
    struct pawl_val list = tainted_copy(t, testing_json(t, "[1, 2]"));
    struct pawl_val no = tainted_copy(t, &pawl_val_false);
    const struct pawl_val *plain = testing_json(t, "{\"a\": [1, 2], \"k\": \"a\", \"one\": 1}");
    struct pawl_map_builder map, mixed;
    pawl_map_begin(&mixed, &t->arena);
    pawl_map_add(&mixed, PAWL_STR("open"), PAWL_VAL_GET(plain, "one"));
    pawl_map_add(&mixed, PAWL_STR("shut"), &secret);
    pawl_map_begin(&map, &t->arena);
    pawl_map_add(&map, PAWL_STR("secret"), &secret);
    pawl_map_add(&map, PAWL_STR("number"), &number);
    pawl_map_add(&map, PAWL_STR("list"), &list);
    pawl_map_add(&map, PAWL_STR("no"), &no);
    pawl_map_add(&map, PAWL_STR("mixed"), pawl_map_end(&mixed));
    for (uint32_t i = 0; i < plain->len; i++) {
        pawl_map_add(&map, pawl_val_key(plain, i), pawl_val_at(plain, i));
    }
    return pawl_map_end(&map);
}

static const char *const tainted_forms[] = {
    "{{ secret }}",
    "x{{ secret }}",
    "{{ secret ~ 'x' }}",
    "{{ 'x' ~ secret }}",
    "{{ secret + 'x' }}",
    "{{ number + 1 }}",
    "{{ 1 - number }}",
    "{{ number * 2 }}",
    "{{ 2 / number }}",
    "{{ number // 2 }}",
    "{{ 5 % number }}",
    "{{ number ** 2 }}",
    "{{ -number }}",
    "{{ +number }}",
    "{{ not no }}",
    "{{ secret == 'x' }}",
    "{{ 1 < number }}",
    "{{ 1 < 2 < number }}",
    "{{ 'a' in secret }}",
    "{{ 1 not in list }}",
    "{{ no and 1 }}",
    "{{ no or 1 }}",
    "{{ number and 1 }}",
    "{{ 1 if number else 2 }}",
    "{{ [1, 2] if number else [3] }}",
    "{{ ([1, 2] if number else [3])[0] }}",
    "{{ ({'a': 1} if number else {}).a }}",
    "{{ 1 if no }}",
    "x{{ 1 if no }}",
    "{{ [secret] }}",
    "{{ {'a': secret} }}",
    "{{ {secret: 1} }}",
    "{{ [secret][0] }}",
    "{{ {'a': [secret]}.a[0] }}",
    "{{ a[number - 1] }}",
    "{{ a[number:] }}",
    "{{ list[0] }}",
    "{{ list[:1] }}",
    "{{ secret[0] }}",
    "{{ secret[1:] }}",
    "{{ mixed }}",
    "{{ mixed.shut }}",
    "{{ mixed | tojson }}",
    "{{ mixed.values() }}",
    "{{ 'x' | replace('x', secret) }}",

    "{{ ['x'] | map('replace', 'x', secret) | first }}",
    "{{ missing | default(secret) }}",
    "{{ 1 | default(2, no) }}",
    "{{ range(number) }}",
    "{{ dict(a=secret) }}",
    "{{ '%s' | format(secret) }}",
    "{{ '{}'.format(secret) }}",
    "{{ [3, 1] | sort(reverse=no) }}",
    "{{ secret is string }}",
    "{{ secret is defined }}",
    "{{ 1 is eq number }}",
    "{{ [1, 2] | select('lt', number) | first }}",
    "{{ secret.upper() }}",
    "{{ 'x'.join([secret]) }}",
    "{{ mixed | length }}",
};
static const char *const clean_forms[] = {
    "{{ a }}",
    "{{ mixed.open }}",
    "{{ [secret, 1][1] }}",
    "{{ {'a': secret, 'b': 1}.b }}",
    "{{ true or secret }}",
    "{{ 1 if one else secret }}",
    "{{ one | default(secret) }}",
    "{{ a[0] ~ k }}",
};

static void check_form(const char *source, bool tainted, bool message)
{
    struct bench_of_test t;
    testing_init(&t);
    bool is = is_tainted(source, context_of(&t), &t, message);
    if (is != tainted) {
        print_error("%s: %s\n", is ? "tainted" : "not tainted", source);
    }
    assert_true(is == tainted);
    testing_fini(&t);
}

TEST(every_operator_and_form_marks_what_it_computes_from_a_secret)
{
    FOR_EACH_MARK {
        for (size_t i = 0; i < sizeof(tainted_forms) / sizeof(tainted_forms[0]); i++) {
            check_form(tainted_forms[i], true, false);
        }
        for (size_t i = 0; i < sizeof(clean_forms) / sizeof(clean_forms[0]); i++) {
            check_form(clean_forms[i], false, false);
        }
    }
}

/* ---- for people to read ------------------------------------------------------------------------
 */

static const char *masked_text(struct bench_of_test *t, const char *source, bool message)
{
    const struct pawl_template *template_ = NULL;
    const struct pawl_val *val = NULL;
    struct pawl_val text = pawl_val_text_view(pawl_str_from(source));
    struct pawl_scope scope = pawl_scope_of_map(context_of(t));
    struct pawl_eval eval = testing_eval(t, &scope);
    eval.masked = true;
    enum pawl_rc rc =
        message ? pawl_message_compile(&t->arena, pawl_val_str(&text), NULL, &t->diags, &template_)
                : pawl_template_compile(&t->arena, &text, PAWL_STR(""), NULL, NULL, &t->diags,
                                        &template_);
    rc = rc != PAWL_OK ? rc : pawl_template_eval(template_, &eval, &val, &t->err);
    assert_int_equal(rc, PAWL_OK);
    assert_int_equal(pawl_val_marks(val), 0);
    return pawl_json_text(&t->arena, val, PAWL_JSON_COMPACT).ptr;
}

TEST(what_people_read_has_each_marked_piece_masked_and_carries_no_mark)
{
    static const struct {
        const char *source, *shown;
        bool message;
    } rows[] = {
        {"Pay with {{ secret }}?", "\"Pay with ***?\"", false},
        {"{{ secret }}", "\"***\"", false},
        {"{{ number }}", "\"***\"", false},
        {"{{ secret | upper }} and {{ k }}", "\"*** and a\"", false},
        {"{{ 'x' ~ secret }}-{{ one }}", "\"***-1\"", false},
        {"{{ mixed }}", "{\"open\":1,\"shut\":\"***\"}", false},
        {"of {{ mixed }}", "\"of {\\\"open\\\": 1, \\\"shut\\\": \\\"***\\\"}\"", false},
        {"{{ a }}", "[1,2]", false},
        {"is {{ 'yes' if number > 1 else 'no' }}", "\"is ***\"", false},
        {"is {{ 1 if no }}.", "\"is ***.\"", false}, /* nothing tells too */
        {"Pay {{ secret }}{% if one %}!{% endif %}", "\"Pay ***!\"", true},
        {"a {% if number > 1 %}b{% else %}c{% endif %}", "\"***\"", true},
        {"{% set x %}x{{ secret }}{% endset %}a {{ x }}", "\"a ***\"", true},
        {"{% set x %}x{{ secret }}{% endset %}{{ 1 if x == 'xabc' else 2 }} a", "\"*** a\"", true},
        {"{% for c in a %}{{ c }}{{ secret }}{% endfor %}", "\"1***2***\"", true},
        {"{% for c in list %}x{% endfor %}", "\"***\"", true},
    };
    FOR_EACH_MARK {
        for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
            struct bench_of_test t;
            testing_init(&t);
            assert_string_equal(masked_text(&t, rows[i].source, rows[i].message), rows[i].shown);
            testing_fini(&t);
        }
    }
}

TEST(what_people_read_is_masked_for_every_form_that_marks)
{
    for (size_t i = 0; i < sizeof(tainted_forms) / sizeof(tainted_forms[0]); i++) {
        struct bench_of_test t;
        testing_init(&t);
        assert_null(strstr(masked_text(&t, tainted_forms[i], false), "abc"));
        testing_fini(&t);
    }
}

TEST(statements_mark_the_text_and_the_names_they_decide)
{
    static const char *const tainted[] = {
        "a{{ secret }}",
        "{% if number > 1 %}a{% else %}b{% endif %}",
        "{% if no %}a{% endif %}b",
        "{% for x in list %}a{% endfor %}",
        "{% for x in a if x == number %}{{ x }}{% endfor %}",
        "{% set x = secret %}{{ x }}",
        "{% if number %}{% set x = 1 %}{% endif %}{{ x }}",
        "{% set x %}{{ secret }}{% endset %}{{ x }}",
        "{% for c in secret %}{{ loop.index }}{% endfor %}",
    };
    static const char *const clean[] = {
        "a{% for x in a %}{{ x }}{% endfor %}",
        "{% set x = secret %}a",
        "{% if one %}a{% else %}{{ secret }}{% endif %}",
    };
    FOR_EACH_MARK {
        for (size_t i = 0; i < sizeof(tainted) / sizeof(tainted[0]); i++) {
            check_form(tainted[i], true, true);
        }
        for (size_t i = 0; i < sizeof(clean) / sizeof(clean[0]); i++) {
            check_form(clean[i], false, true);
        }
    }
}

TEST(a_tree_is_tainted_by_any_of_its_parts)
{
    struct bench_of_test t;
    testing_init(&t);
    const struct pawl_val *tree =
        testing_json(&t, "{\"a\": [\"{{ one }}\"], \"b\": {\"c\": \"x {{ secret }}\"}}");
    const struct pawl_template *template_ = NULL;
    const struct pawl_val *val = NULL;
    struct pawl_scope scope = pawl_scope_of_map(context_of(&t));
    struct pawl_eval eval = testing_eval(&t, &scope);

    assert_int_equal(
        pawl_template_compile(&t.arena, tree, PAWL_STR(""), NULL, NULL, &t.diags, &template_),
        PAWL_OK);
    assert_int_equal(pawl_template_eval(template_, &eval, &val, &t.err), PAWL_OK);

    assert_true(pawl_val_tainted(val));
    assert_false(pawl_val_tainted(PAWL_VAL_GET(val, "a")));
    assert_true(pawl_val_tainted(PAWL_VAL_GET(val, "b")));
    testing_fini(&t);
}

TEST(no_error_message_holds_a_value)
{
    static const char *const sources[] = {
        "{{ secret + 1 }}",
        "{{ secret | fromjson }}",
        "{{ secret | date }}",
        "{{ secret | add('x' ~ secret) }}",
        "{{ duration(secret) }}",
        "{{ 1 | money(secret) }}",
        "{{ now() | in_zone(secret) }}",
        "{{ secret | format(1) }}",
        "{{ {'a': 1}[secret] }}",
        "{{ secret < 1 }}",
        "{{ range(1, 2, secret) }}",
        "{{ secret | round }}",
        "{{ '%d' | format(secret) }}",
        "{{ now() | date(secret ~ '%q') }}",
        "{{ '{abc}'.format(secret) }}",
        "{{ {secret ~ ' ': 1} | xmlattr }}",
    };
    for (size_t i = 0; i < sizeof(sources) / sizeof(sources[0]); i++) {
        struct bench_of_test t;
        testing_init(&t);
        assert_null(
            testing_template(&t, sources[i], testing_json(&t, "{\"secret\": \"Hunter2\"}")));
        assert_int_equal(t.diags.count, 0);
        assert_null(strstr(t.err.msg, "Hunter2"));
        assert_true(strlen(t.err.msg) > 0);
        testing_fini(&t);
    }
}

/* The template fails, or not; its error never quotes the marked x. */
static void check_error(const char *source, const char *secret)
{
    struct bench_of_test t;
    testing_init(&t);
    struct pawl_val x = tainted_copy(&t, testing_json(&t, secret));
    struct pawl_map_builder map;
    pawl_map_begin(&map, &t.arena);
    pawl_map_add(&map, PAWL_STR("x"), &x);
    (void)testing_template(&t, source, pawl_map_end(&map));
    if (strstr(t.err.msg, "unter") != NULL) {
        print_error("%s: %s\n", source, t.err.msg);
    }
    assert_null(strstr(t.err.msg, "unter"));
    testing_fini(&t);
}

/* The entry called on the input, with x as the argument of that name (empty: the first). */
static void check_argument_error(enum pawl_entry_class class_, const char *entry,
                                 const char *input, struct pawl_str name, const char *secret)
{
    char source[256], argument[64];
    (void)snprintf(argument, sizeof(argument), "%.*s%sx", PAWL_STR_ARG(name),
                   name.len > 0 ? "=" : "");
    if (class_ == PAWL_ENTRY_FILTER) {
        (void)snprintf(source, sizeof(source), "{{ %s | %s(%s) }}", input, entry, argument);
    } else if (class_ == PAWL_ENTRY_METHOD) {
        (void)snprintf(source, sizeof(source), "{{ (%s).%s(%s) }}", input, entry, argument);
    } else {
        (void)snprintf(source, sizeof(source), "{{ [%s] | select('%s', %s) | list }}", input, entry,
                       argument);
    }
    check_error(source, secret);
}

/* x as the input, as the first argument and as each named one, of an input of every kind. */
static void check_entry_errors(enum pawl_entry_class class_, const struct pawl_entry *entry,
                               const char *secret)
{
    static const char *const inputs[] = {"x", "'a'", "5", "[{'a': 1}]", "{'a': 1}", "now()"};
    for (size_t i = 0; i < sizeof(inputs) / sizeof(inputs[0]); i++) {
        struct pawl_str rest = pawl_str_from(entry->signature);
        check_argument_error(class_, entry->name, inputs[i], PAWL_STR(""), secret);
        while (rest.len > 0) { /* "length=,killwords=" */
            size_t comma = pawl_str_find(rest, PAWL_STR(","));
            struct pawl_str name = pawl_str_sub(rest, 0, comma);
            name = pawl_str_sub(name, 0, pawl_str_find(name, PAWL_STR("=")));
            check_argument_error(class_, entry->name, inputs[i], name, secret);
            rest = comma == SIZE_MAX ? PAWL_STR("") : pawl_str_sub(rest, comma + 1, SIZE_MAX);
        }
    }
}

TEST(no_error_of_any_filter_test_or_method_quotes_a_marked_value)
{
    static const enum pawl_entry_class classes[] = {PAWL_ENTRY_FILTER, PAWL_ENTRY_TEST,
                                                    PAWL_ENTRY_METHOD};
    static const char *const secrets[] = {"\"Hunter2\"", "\"a,Hunter2.b\"", "\"{Hunter2.x!y:z}\"",
                                          "\"%(Hunter2)s %Hunter2\"", "{\"Hunter2\": 1}"};
    for (size_t c = 0; c < sizeof(classes) / sizeof(classes[0]); c++) {
        uint32_t count = 0;
        const struct pawl_entry *entries = pawl_entry_table(classes[c], &count);
        for (uint32_t i = 0; i < count * (sizeof(secrets) / sizeof(secrets[0])); i++) {
            FOR_EACH_MARK {
                check_entry_errors(classes[c], &entries[i % count], secrets[i / count]);
            }
        }
    }
}

TEST_MAIN(TEST_CASE(a_tainted_input_taints_the_result_of_every_filter_test_and_method),
          TEST_CASE(every_operator_and_form_marks_what_it_computes_from_a_secret),
          TEST_CASE(what_people_read_has_each_marked_piece_masked_and_carries_no_mark),
          TEST_CASE(what_people_read_is_masked_for_every_form_that_marks),
          TEST_CASE(statements_mark_the_text_and_the_names_they_decide),
          TEST_CASE(a_tree_is_tainted_by_any_of_its_parts),
          TEST_CASE(no_error_message_holds_a_value),
          TEST_CASE(no_error_of_any_filter_test_or_method_quotes_a_marked_value))
