/* Taint: whatever is computed from a secret is marked, through every entry of the tables, every
 * operator, every statement; and what is not computed from one stays unmarked. */
#include <stdio.h>

#include "expr/entry.h"
#include "expr/expr_testing.h"

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
    copy.flags |= PAWL_VAL_TAINTED;
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
    return pawl_val_tainted(val);
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

/* Arguments for what its signature requires. */
static const char *arguments_of(const struct pawl_entry *entry)
{
    static const struct {
        const char *name, *arguments;
    } known[] = {
        {"replace", "('0', 'x')"},  {"map", "('upper')"},   {"selectattr", "(0)"},
        {"rejectattr", "(0)"},      {"batch", "(2)"},       {"slice", "(2)"},
        {"groupby", "(0)"},         {"money", "('EUR')"},   {"add", "('1d')"},
        {"diff", "('2020-01-01')"}, {"in_zone", "('UTC')"}, {"divisibleby", "(2)"},
        {"join", "(['a'])"},        {"get", "('a')"},       {"in", "('2020-01-01x')"},
        {"startswith", "('2')"},    {"endswith", "('1')"},  {"find", "('0')"},
        {"count", "('0')"},         {"fromjson", ""},
    };
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(known[i].name, entry->name) == 0) {
            return known[i].arguments;
        }
    }
    return strstr(entry->signature, "other") != NULL ? "(7)" : "";
}

/* `x | name(…)` and the like with a tainted x. Lists for what only has a use on them. */
static void check_input_taints(enum pawl_entry_class class_, const struct pawl_entry *entry)
{
    static const char *const list_filters = " first last join list reverse sort unique min max sum "
                                            "batch slice groupby map select reject "
                                            "selectattr rejectattr ";
    struct bench_of_test t;
    char source[256], word[64];
    testing_init(&t);
    (void)snprintf(word, sizeof(word), " %s ", entry->name);
    bool on_list = class_ == PAWL_ENTRY_FILTER && strstr(list_filters, word) != NULL;
    bool is_json = strcmp(entry->name, "fromjson") == 0;
    bool ordered = class_ == PAWL_ENTRY_TEST && strstr(entry->signature, "other") != NULL;
    const char *json = is_json   ? "\"[1]\""
                       : on_list ? (strcmp(entry->name, "sum") == 0 ? "[1, 2]" : "[\"b\", \"a\"]")
                       : ordered ? "3"
                                 : input_of(entry->input_kinds);
    const char *arguments = arguments_of(entry);
    if (class_ == PAWL_ENTRY_FILTER && strcmp(entry->name, "join") == 0) {
        arguments = "";
    }
    if (class_ == PAWL_ENTRY_FILTER && strcmp(entry->name, "count") == 0) {
        arguments = "";
    }
    (void)snprintf(source, sizeof(source),
                   class_ == PAWL_ENTRY_FILTER ? "{{ x | %s%s }}"
                   : class_ == PAWL_ENTRY_TEST ? "{{ [x] | select('%s'%s) | length }}"
                                               : "{{ x.%s%s }}",
                   entry->name,
                   class_ == PAWL_ENTRY_METHOD && arguments[0] == '\0' ? "()" : arguments);
    if (class_ == PAWL_ENTRY_TEST) { /* '(7)' becomes ', 7' */
        int len = (int)strlen(arguments);
        (void)snprintf(source, sizeof(source), "{{ [x] | select('%s'%s%.*s) | length }}",
                       entry->name, len > 0 ? ", " : "", len > 2 ? len - 2 : 0,
                       len > 0 ? arguments + 1 : "");
    }
    struct pawl_val x = tainted_copy(&t, testing_json(&t, json));
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
            check_input_taints(classes[c], &entries[i]);
        }
    }
}

/* ---- operators and statements
 * -------------------------------------------------------------------- */

enum { SECRET_TEXT, PLAIN };

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

TEST(every_operator_and_form_marks_what_it_computes_from_a_secret)
{
    static const char *const tainted[] = {
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
    static const char *const clean[] = {
        "{{ a }}",
        "{{ mixed.open }}",
        "{{ [secret, 1][1] }}",
        "{{ {'a': secret, 'b': 1}.b }}",
        "{{ true or secret }}",
        "{{ 1 if one else secret }}",
        "{{ one | default(secret) }}",
        "{{ a[0] ~ k }}",
    };
    for (size_t i = 0; i < sizeof(tainted) / sizeof(tainted[0]); i++) {
        struct bench_of_test t;
        testing_init(&t);
        bool is = is_tainted(tainted[i], context_of(&t), &t, false);
        if (!is) {
            print_error("not tainted: %s\n", tainted[i]);
        }
        assert_true(is);
        testing_fini(&t);
    }
    for (size_t i = 0; i < sizeof(clean) / sizeof(clean[0]); i++) {
        struct bench_of_test t;
        testing_init(&t);
        bool is = is_tainted(clean[i], context_of(&t), &t, false);
        if (is) {
            print_error("tainted: %s\n", clean[i]);
        }
        assert_false(is);
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
    for (size_t i = 0; i < sizeof(tainted) / sizeof(tainted[0]); i++) {
        struct bench_of_test t;
        testing_init(&t);
        assert_true(is_tainted(tainted[i], context_of(&t), &t, true));
        testing_fini(&t);
    }
    for (size_t i = 0; i < sizeof(clean) / sizeof(clean[0]); i++) {
        struct bench_of_test t;
        testing_init(&t);
        assert_false(is_tainted(clean[i], context_of(&t), &t, true));
        testing_fini(&t);
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

TEST_MAIN(TEST_CASE(a_tainted_input_taints_the_result_of_every_filter_test_and_method),
          TEST_CASE(every_operator_and_form_marks_what_it_computes_from_a_secret),
          TEST_CASE(statements_mark_the_text_and_the_names_they_decide),
          TEST_CASE(a_tree_is_tainted_by_any_of_its_parts),
          TEST_CASE(no_error_message_holds_a_value))
