/* Checking by JSON Schema: nanoseconds to compile a schema and to check an instance, with and
 * without wanting to know why. The cases are schema_cases.json, which schema_bench.py puts to
 * python-jsonschema, so that the tables can be laid side by side.
 *
 *   schema_bench [FILE]      (default: schema_cases.json beside the source)
 *
 * Each figure is the least of several rounds: noise only ever adds. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "value/json.h"
#include "value/schema.h"

enum { ROUNDS = 11, REPEAT = 2000, COMPILE_REPEAT = 200, ERRORS_MAX = 20 };

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "schema_bench: %s\n", what);
    exit(1);
}

static struct pawl_str read_file(struct pawl_arena *arena, const char *path)
{
    FILE *file = fopen(path, "rb");
    if (file == NULL || fseek(file, 0, SEEK_END) != 0) {
        die("the cases cannot be read");
    }
    long size = ftell(file);
    rewind(file);
    char *text = pawl_arena_get(arena, (size_t)size + 1, 1);
    if (text == NULL || fread(text, 1, (size_t)size, file) != (size_t)size) {
        die("the cases cannot be read");
    }
    fclose(file);
    return (struct pawl_str){text, (size_t)size};
}

/* The instance, with the items of "repeat" put into the list that it names. */
static const struct pawl_val *instance_of(struct pawl_arena *arena, const struct pawl_val *c)
{
    struct pawl_map_builder map;
    struct pawl_list_builder list;
    const struct pawl_val *instance = PAWL_VAL_GET(c, "instance");
    const struct pawl_val *repeat = PAWL_VAL_GET(c, "repeat");
    if (repeat == NULL) {
        return instance;
    }
    pawl_list_begin(&list, arena);
    for (int64_t i = 0; i < pawl_val_get_int(repeat, "count", 0); i++) {
        pawl_list_add(&list, PAWL_VAL_GET(repeat, "item"));
    }
    pawl_map_begin(&map, arena);
    for (uint32_t i = 0; i < pawl_val_count(instance); i++) {
        pawl_map_add(&map, pawl_val_key(instance, i), pawl_val_at(instance, i));
    }
    pawl_map_add(&map, pawl_val_get_str(repeat, "key", PAWL_STR("")), pawl_list_end(&list));
    return pawl_map_end(&map);
}

static const struct pawl_val *schema_of(const struct pawl_val *cases, const struct pawl_val *c)
{
    struct pawl_str name = pawl_val_get_str(c, "schema_of", PAWL_STR_NONE);
    for (uint32_t i = 0; name.len > 0 && i < pawl_val_count(cases); i++) {
        const struct pawl_val *other = pawl_val_at(cases, i);
        if (pawl_str_eq(pawl_val_get_str(other, "name", PAWL_STR_NONE), name)) {
            return PAWL_VAL_GET(other, "schema");
        }
    }
    return PAWL_VAL_GET(c, "schema");
}

static double bench_compile(const struct pawl_val *source)
{
    struct pawl_arena arena;
    double best = 1e18;
    pawl_arena_init(&arena, NULL, 256u << 20);
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (int i = 0; i < COMPILE_REPEAT; i++) {
            struct pawl_schema *schema = NULL;
            if (pawl_schema_compile(&arena, source, NULL, &schema, NULL) != PAWL_OK) {
                die("a schema was refused");
            }
            pawl_schema_fini(schema);
            pawl_arena_reset(&arena);
        }
        double each = (now_ns() - start) / COMPILE_REPEAT;
        best = each < best ? each : best;
    }
    pawl_arena_fini(&arena);
    return best;
}

static double bench_check(const struct pawl_schema *schema, const struct pawl_val *v, bool why,
                          enum pawl_rc *ret_verdict)
{
    struct pawl_arena arena;
    double best = 1e18;
    pawl_arena_init(&arena, NULL, 16u << 20);
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (int i = 0; i < REPEAT; i++) {
            struct pawl_schema_errors errors;
            pawl_schema_errors_init(&errors, &arena, ERRORS_MAX);
            *ret_verdict = pawl_schema_check(schema, v, 0, why ? &errors : NULL);
            pawl_arena_reset(&arena);
        }
        double each = (now_ns() - start) / REPEAT;
        best = each < best ? each : best;
    }
    pawl_arena_fini(&arena);
    return best;
}

static void run(struct pawl_arena *arena, const struct pawl_val *cases, const struct pawl_val *c)
{
    struct pawl_schema *schema = NULL;
    struct pawl_err err = {0};
    enum pawl_rc quiet, loud;
    const struct pawl_val *source = schema_of(cases, c);
    const struct pawl_val *v = instance_of(arena, c);
    struct pawl_str name = pawl_val_get_str(c, "name", PAWL_STR(""));
    if (pawl_schema_compile(arena, source, NULL, &schema, &err) != PAWL_OK) {
        die(err.msg);
    }
    double verdict = bench_check(schema, v, false, &quiet);
    double errors = bench_check(schema, v, true, &loud);
    if (quiet != loud) {
        die("the verdicts differ");
    }
    printf("%-30.*s %-10s %12.0f %12.0f %12.0f\n", (int)name.len, name.ptr,
           quiet == PAWL_OK ? "valid" : "not valid", bench_compile(source), verdict, errors);
    pawl_schema_fini(schema);
}

int main(int argc, char **argv)
{
    struct pawl_arena arena;
    const struct pawl_val *cases = NULL;
    struct pawl_err err = {0};
    pawl_arena_init(&arena, NULL, 256u << 20);
    struct pawl_str text = read_file(&arena, argc > 1 ? argv[1] : SCHEMA_CASES);
    if (pawl_json_parse(&arena, text, PAWL_JSON_COPY, NULL, &cases, &err) != PAWL_OK) {
        die(err.msg);
    }
    printf("%-30s %-10s %12s %12s %12s\n", "ns", "verdict", "compile", "check", "with errors");
    for (uint32_t i = 0; i < pawl_val_count(cases); i++) {
        run(&arena, cases, pawl_val_at(cases, i));
    }
    pawl_arena_fini(&arena);
    return 0;
}
