/* Compiling and evaluating expressions. Jinja2's figures for the same templates come from
 * expr_bench_jinja2.py, which prints the same table.
 *
 * Each figure is the least of several rounds: noise only ever adds. An evaluation includes the
 * reset of its arena. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/limits.h"
#include "expr/expr.h"
#include "value/json.h"

enum { ROUNDS = 15, REPEAT = 20000, REPEAT_SLOW = 500 };

static const char context_json[] =
    "{\"inputs\": {\"po_number\": \"PO-4711\", \"amount\": 1250.50, \"currency\": \"EUR\","
    " \"requester\": \"jonas.weber@example.com\", \"urgent\": false,"
    " \"lines\": [{\"kind\": \"flight\", \"amount\": 980.50}, {\"kind\": \"hotel\", \"amount\": "
    "270.00}]},"
    " \"steps\": {\"budget\": {\"status\": \"completed\", \"output\": {\"id\": 17, \"free\": "
    "20000}},"
    " \"manager\": {\"status\": \"completed\", \"outcome\": \"approved\"}},"
    " \"run\": {\"id\": \"run_0c5q2m7k9d3ae\", \"priority\": 5}, \"tenant\": {\"id\": \"acme\"}}";

static const struct {
    const char *name, *source;
    bool message;
    unsigned repeat;
} cases[] = {
    {"inputs.amount > 1000", "{{ inputs.amount > 1000 }}", false, REPEAT},
    {"three conditions",
     "{{ inputs.amount > 1000 and inputs.currency == 'EUR' and not inputs.urgent }}", false,
     REPEAT},
    {"path with default", "{{ steps.budget.output.nothing | default(steps.budget.output.id) }}",
     false, REPEAT},
    {"small template", "Approve {{ inputs.po_number }}: {{ inputs.amount }} {{ inputs.currency }}",
     false, REPEAT},
    {"arithmetic", "{{ inputs.amount * 1.19 + 25 - run.priority / 2 }}", false, REPEAT},
    {"filters", "{{ inputs.requester | upper | replace('@', ' at ') | truncate(20) }}", false,
     REPEAT},
    {"list filters",
     "{{ inputs.lines | selectattr('amount', 'gt', 300) | map(attribute='kind') | join }}", false,
     REPEAT},
    {"sum of a list", "{{ inputs.lines | sum('amount') | money(inputs.currency) }}", false, REPEAT},
    {"message with a loop",
     "Dear {{ inputs.requester }},\n{% for line in inputs.lines %}{{ loop.index }}. {{ line.kind "
     "}}: "
     "{{ line.amount }}\n{% endfor %}{% if inputs.urgent %}Urgent!{% endif %}",
     true, REPEAT},
    {"1,000 turns", "{% for i in range(1000) %}{{ i * 2 }},{% endfor %}", true, REPEAT_SLOW},
};

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "expr_bench: %s\n", what);
    exit(1);
}

static const struct pawl_template *compile(struct pawl_arena *arena, size_t i)
{
    const struct pawl_template *template_ = NULL;
    struct pawl_val text = pawl_val_text_view(pawl_str_from(cases[i].source));
    enum pawl_rc rc =
        cases[i].message
            ? pawl_message_compile(arena, pawl_val_str(&text), NULL, NULL, &template_)
            : pawl_template_compile(arena, &text, PAWL_STR(""), NULL, NULL, NULL, &template_);
    if (rc != PAWL_OK) {
        die(cases[i].source);
    }
    return template_;
}

static double bench_compile(size_t i)
{
    struct pawl_arena arena;
    double best = 1e18;
    unsigned repeat = cases[i].repeat / 10;
    pawl_arena_init(&arena, NULL, 64u << 20);
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (unsigned n = 0; n < repeat; n++) {
            (void)compile(&arena, i);
            pawl_arena_reset(&arena);
        }
        double each = (now_ns() - start) / repeat;
        best = each < best ? each : best;
    }
    pawl_arena_fini(&arena);
    return best;
}

static double bench_eval(size_t i, const struct pawl_val *context, uint64_t *ret_fuel)
{
    struct pawl_arena plan, arena;
    double best = 1e18;
    pawl_arena_init(&plan, NULL, 64u << 20);
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    const struct pawl_template *template_ = compile(&plan, i);
    struct pawl_scope scope = pawl_scope_of_map(context);
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (unsigned n = 0; n < cases[i].repeat; n++) {
            const struct pawl_val *val = NULL;
            struct pawl_eval eval;
            pawl_eval_init(&eval, &arena, &scope, 0);
            if (pawl_template_eval(template_, &eval, &val, NULL) != PAWL_OK) {
                die(cases[i].source);
            }
            *ret_fuel = PAWL_EXPR_FUEL_MAX - eval.fuel;
            pawl_arena_reset(&arena);
        }
        double each = (now_ns() - start) / cases[i].repeat;
        best = each < best ? each : best;
    }
    pawl_arena_fini(&plan);
    pawl_arena_fini(&arena);
    return best;
}

int main(void)
{
    struct pawl_arena arena;
    const struct pawl_val *context = NULL;
    pawl_arena_init(&arena, NULL, 1u << 20);
    if (pawl_json_parse(&arena, pawl_str_from(context_json), PAWL_JSON_COPY, NULL, &context,
                        NULL) != PAWL_OK) {
        die("the context is no JSON");
    }
    printf("%-24s %14s %14s %8s\n", "expression", "compile ns", "evaluate ns", "fuel");
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        uint64_t fuel = 0;
        double compile_ns = bench_compile(i), eval_ns = bench_eval(i, context, &fuel);
        printf("%-24s %14.0f %14.0f %8llu\n", cases[i].name, compile_ns, eval_ns,
               (unsigned long long)fuel);
    }
    pawl_arena_fini(&arena);
    return 0;
}
