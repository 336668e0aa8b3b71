/* Reading and writing JSON, against json-c in the same run.
 *
 * Each figure is the least of several rounds: noise only ever adds. pawl's reading includes the
 * reset of the arena, json-c's the release of its tree, so both are ready for the next document. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "value/json.h"

#ifdef BENCH_JSONC
#include <json-c/json.h>
#endif

enum { ROUNDS = 15 };

/* A run's start request, 500 bytes. */
static const char request[] =
    "{\"workflow\":\"expense-approval\",\"inputs\":{\"amount\":1250.00,\"currency\":\"EUR\",\"reaso"
    "n\":\"Flight to the customer in Lisbon, two "
    "days\",\"cost_center\":\"CC-4711\",\"lines\":[{\"ki"
    "nd\":\"flight\",\"amount\":980.50,\"vat\":19},{\"kind\":\"hotel\",\"amount\":269.50,\"vat\":7}"
    "],"
    "\"urgent\":false,\"project\":null},\"labels\":{\"team\":\"field\",\"region\":\"emea\","
    "\"source\""
    ":\"mobile\"},\"idempotency_key\":\"6f1d0c1e-52f4-4a53-9d3e-1c2b7a90e8aa\",\"requested_by\":\"j"
    "onas.weber@example.com\",\"priority\":5,\"dry_run\":false,\"hold\":true,\"note\":\"Bitte bis "
    "mor"
    "gen\"}";

struct corpus {
    const char *name;
    struct pawl_str text;
    unsigned repeat;
};

static double now_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e9 + (double)t.tv_nsec;
}

static void die(const char *what)
{
    fprintf(stderr, "json_bench: %s\n", what);
    exit(1);
}

static double bench_parse(const struct corpus *c, enum pawl_json_mode mode)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 256u << 20);
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (unsigned i = 0; i < c->repeat; i++) {
            const struct pawl_val *v = NULL;
            if (pawl_json_parse(&arena, c->text, mode, NULL, &v, NULL) != PAWL_OK) {
                die("the document was refused");
            }
            pawl_arena_reset(&arena);
        }
        double each = (now_ns() - start) / c->repeat;
        best = each < best ? each : best;
    }
    pawl_arena_fini(&arena);
    return best;
}

static double bench_write(const struct corpus *c, enum pawl_json_style style)
{
    struct pawl_arena arena;
    struct pawl_buf buf;
    const struct pawl_val *v = NULL;
    pawl_arena_init(&arena, NULL, 256u << 20);
    pawl_buf_init(&buf, NULL, 64u << 20);
    if (pawl_json_parse(&arena, c->text, PAWL_JSON_COPY, NULL, &v, NULL) != PAWL_OK) {
        die("the document was refused");
    }
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (unsigned i = 0; i < c->repeat; i++) {
            pawl_buf_clear(&buf);
            pawl_json_write(&buf, v, style);
        }
        double each = (now_ns() - start) / c->repeat;
        best = each < best ? each : best;
    }
    pawl_buf_fini(&buf);
    pawl_arena_fini(&arena);
    return best;
}

#ifdef BENCH_JSONC
static double bench_jsonc_parse(const struct corpus *c)
{
    double best = 1e18;
    for (int round = 0; round < ROUNDS; round++) {
        struct json_tokener *tokener = json_tokener_new_ex(128);
        json_tokener_set_flags(tokener, JSON_TOKENER_STRICT | JSON_TOKENER_VALIDATE_UTF8);
        double start = now_ns();
        for (unsigned i = 0; i < c->repeat; i++) {
            json_tokener_reset(tokener);
            struct json_object *o = json_tokener_parse_ex(tokener, c->text.ptr, (int)c->text.len);
            if (o == NULL) {
                die("json-c refused the document");
            }
            json_object_put(o);
        }
        double each = (now_ns() - start) / c->repeat;
        best = each < best ? each : best;
        json_tokener_free(tokener);
    }
    return best;
}

static double bench_jsonc_write(const struct corpus *c)
{
    double best = 1e18;
    struct json_object *o = json_tokener_parse(c->text.ptr);
    for (int round = 0; round < ROUNDS; round++) {
        double start = now_ns();
        for (unsigned i = 0; i < c->repeat; i++) {
            size_t len;
            if (json_object_to_json_string_length(o, JSON_C_TO_STRING_PLAIN, &len) == NULL) {
                die("json-c did not write");
            }
        }
        double each = (now_ns() - start) / c->repeat;
        best = each < best ? each : best;
    }
    json_object_put(o);
    return best;
}
#endif

static void row(const char *what, const struct corpus *c, double ns, double other)
{
    printf("%-22s %-10s %12.0f ns %8.0f MB/s", what, c->name, ns, (double)c->text.len / ns * 1e3);
    if (other > 0) {
        printf(" %12.0f ns %7.1fx", other, other / ns);
    }
    printf("\n");
}

static void run(const struct corpus *c)
{
    double parse_other = 0, write_other = 0;
#ifdef BENCH_JSONC
    parse_other = bench_jsonc_parse(c);
    write_other = bench_jsonc_write(c);
#endif
    row("read, copying", c, bench_parse(c, PAWL_JSON_COPY), parse_other);
    row("read, views", c, bench_parse(c, PAWL_JSON_VIEWS), parse_other);
    row("write, compact", c, bench_write(c, PAWL_JSON_COMPACT), write_other);
    row("write, pretty", c, bench_write(c, PAWL_JSON_PRETTY), 0);
    row("write, canonical", c, bench_write(c, PAWL_JSON_CANONICAL), 0);
}

/* 1,000 rows as a list page has them. */
static char *page(size_t *ret_len)
{
    size_t cap = 1000 * 256, len = 0;
    char *text = malloc(cap);
    if (text == NULL) {
        die("no memory");
    }
    len += (size_t)snprintf(text, cap, "{\"items\":[");
    for (int i = 0; i < 1000; i++) {
        len += (size_t)snprintf(text + len, cap - len,
                                "%s{\"id\":\"run_%013d\",\"status\":\"running\",\"step\":%d,"
                                "\"amount\":%d.%02d,\"name\":\"Antr\u00e4ge \\\"%d\\\"\"}",
                                i > 0 ? "," : "", i, i % 17, i * 31, i % 100, i);
    }
    len += (size_t)snprintf(text + len, cap - len, "],\"next\":null}");
    *ret_len = len;
    return text;
}

int main(void)
{
    size_t len;
    char *rows = page(&len);
    const struct corpus corpora[] = {
        {"request", {request, sizeof(request) - 1}, 20000},
        {"page", {rows, len}, 50},
    };
    printf("%-22s %-10s %15s %13s %15s\n", "", "document", "pawl", "", "json-c");
    for (size_t i = 0; i < sizeof(corpora) / sizeof(corpora[0]); i++) {
        run(&corpora[i]);
    }
    printf("request: %zu bytes, page: %zu bytes\n", corpora[0].text.len, corpora[1].text.len);
    free(rows);
    return 0;
}
