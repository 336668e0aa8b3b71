/* The table of routes: what finds what, and that nothing in it is hidden or unknown. */
#include "api/route.h"

#include <stdlib.h>

#include "api/api.h"
#include "base/limits.h"
#include "base/test.h"
#include "os/file.h"
#include "value/json.h"

static struct pawl_arena arena;

static int open_arena(void **state)
{
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    return 0;
}

static int close_arena(void **state)
{
    pawl_arena_fini(&arena);
    return 0;
}

static struct pawl_route_match find(const char *path, enum pawl_http_method method)
{
    struct pawl_target target;
    struct pawl_err err;
    assert_int_equal(pawl_target_parse(&arena, pawl_str_from(path), &target, &err), PAWL_OK);
    return pawl_route_find(&target, method);
}

TEST(a_literal_segment_wins_over_a_name)
{
    assert_ptr_equal(find("/api/v1/definitions/validate", PAWL_HTTP_POST).route,
                     &pawl_routes[PAWL_ROUTE_DEFINITION_VALIDATE]);
    assert_ptr_equal(find("/api/v1/workflows/approvals/pending", PAWL_HTTP_GET).route,
                     &pawl_routes[PAWL_ROUTE_WORKFLOW_PENDING]);
    assert_ptr_equal(find("/api/v1/workflows/order/runs", PAWL_HTTP_GET).route,
                     &pawl_routes[PAWL_ROUTE_WORKFLOW_RUNS]);
}

TEST(what_may_be_large_is_read_in_the_pool_under_each_of_its_paths)
{
    static const enum pawl_route_id large[] = {PAWL_ROUTE_RUN_GET,        PAWL_ROUTE_RUN_STEPS,
                                               PAWL_ROUTE_RUN_PROGRESS,   PAWL_ROUTE_RUN_EVENTS,
                                               PAWL_ROUTE_EVENT_LIST,     PAWL_ROUTE_DEFINITION_GET,
                                               PAWL_ROUTE_DEFINITION_SOURCE};
    for (size_t i = 0; i < sizeof(large) / sizeof(large[0]); i++) {
        assert_int_equal(pawl_routes[large[i]].mode, PAWL_MODE_HEAVY);
    }
    for (size_t i = 0; i < PAWL_ROUTE_COUNT; i++) {
        for (size_t k = 0; k < i; k++) {
            if (pawl_routes[i].handler == pawl_routes[k].handler &&
                pawl_routes[i].mode != pawl_routes[k].mode) {
                fail_msg("%s and %s do the same in different ways", pawl_routes[i].name,
                         pawl_routes[k].name);
            }
        }
    }
}

TEST(names_in_the_path_are_handed_over_decoded)
{
    struct pawl_route_match match = find("/api/v1/runs/run_%31/events/stream", PAWL_HTTP_GET);

    assert_ptr_equal(match.route, &pawl_routes[PAWL_ROUTE_RUN_STREAM]);
    assert_str(match.args[0], "run_1");
}

TEST(another_method_is_told_which_ones_there_are)
{
    struct pawl_route_match match = find("/api/v1/runs", PAWL_HTTP_PUT);

    assert_null(match.route);
    assert_int_equal(match.allowed, 1u << PAWL_HTTP_GET | 1u << PAWL_HTTP_POST);
}

TEST(head_finds_get)
{
    assert_non_null(find("/healthz", PAWL_HTTP_HEAD).route);
}

TEST(what_is_not_there_is_not_found)
{
    static const char *const paths[] = {"/api/v1/run", "/api/v1/runs/", "/api/v2/runs",
                                        "/tasks/a/b", "/API/V1/runs"};
    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        struct pawl_route_match match = find(paths[i], PAWL_HTTP_GET);
        assert_null(match.route);
        assert_int_equal(match.allowed, 0);
    }
}

TEST(no_route_is_hidden_by_one_before_it)
{
    for (uint32_t i = 0; i < PAWL_ROUTE_COUNT; i++) {
        struct pawl_route_match match = find(pawl_routes[i].path, pawl_routes[i].method);
        assert_ptr_equal(match.route, &pawl_routes[i]);
    }
}

TEST(query_parameters_of_the_table_are_known)
{
    for (uint32_t i = 0; i < PAWL_ROUTE_COUNT; i++) {
        for (const char *at = pawl_routes[i].params; *at != '\0';) {
            size_t len = strcspn(at, " ");
            bool is_known = false;
            for (uint32_t k = 0; k < PAWL_PARAM_COUNT; k++) {
                is_known = is_known || (strlen(pawl_params[k].name) == len &&
                                        strncmp(pawl_params[k].name, at, len) == 0);
            }
            assert_true(is_known);
            at += len;
            at += *at == ' ' ? 1 : 0;
        }
    }
    assert_true(pawl_route_has_param(&pawl_routes[PAWL_ROUTE_RUN_LIST], PAWL_PARAM_STATUS));
    assert_false(pawl_route_has_param(&pawl_routes[PAWL_ROUTE_RUN_LIST], PAWL_PARAM_RUN));
}

/* Every $ref of the value leads to a component of the document. */
static void check_refs(const struct pawl_val *document, const struct pawl_val *at)
{
    for (uint32_t i = 0; i < pawl_val_count(at); i++) {
        check_refs(document, pawl_val_at(at, i));
    }
    struct pawl_str ref = pawl_val_get_str(at, "$ref", PAWL_STR_NONE);
    if (ref.len == 0) {
        return;
    }
    assert_true(pawl_str_starts(ref, PAWL_STR("#/components/")));
    const struct pawl_val *found = PAWL_VAL_GET(document, "components");
    struct pawl_str rest = pawl_str_sub(ref, strlen("#/components/"), SIZE_MAX);
    size_t slash = pawl_str_find(rest, PAWL_STR("/"));
    found = pawl_val_get(found, pawl_str_sub(rest, 0, slash));
    found = pawl_val_get(found, pawl_str_sub(rest, slash + 1, SIZE_MAX));
    if (found == NULL) {
        print_error("%.*s leads nowhere\n", (int)ref.len, ref.ptr);
    }
    assert_non_null(found);
}

TEST(the_openapi_document_is_whole)
{
    struct pawl_buf buf;
    struct pawl_err err = {0};
    const struct pawl_val *document = NULL;
    pawl_buf_init(&buf, NULL, 1u << 20);

    pawl_api_write_openapi(&buf);

    assert_int_equal(
        pawl_json_parse(&arena, pawl_buf_str(&buf), PAWL_JSON_COPY, NULL, &document, &err),
        PAWL_OK);
    assert_str(pawl_val_get_str(document, "openapi", PAWL_STR_NONE), "3.1.0");
    check_refs(document, document);
    const struct pawl_val *paths = PAWL_VAL_GET(document, "paths");
    for (uint32_t i = 0; i < PAWL_ROUTE_COUNT; i++) {
        assert_non_null(pawl_val_get(paths, pawl_str_from(pawl_routes[i].path)));
    }
    pawl_buf_fini(&buf);
}

/* With PAWL_UPDATE set the page is written anew. */
TEST(docs_api_md_is_what_the_table_says)
{
    struct pawl_buf made, kept;
    struct pawl_err err = {0};
    const char *root = getenv("PAWL_SOURCE_ROOT");
    assert_non_null(root);
    struct pawl_str path = pawl_arena_printf(&arena, "%s/docs/api.md", root);
    pawl_buf_init(&made, NULL, 1u << 20);
    pawl_buf_init(&kept, NULL, 1u << 20);
    pawl_api_write_markdown(&made);
    if (getenv("PAWL_UPDATE") != NULL) {
        assert_int_equal(pawl_file_write(path.ptr, pawl_buf_str(&made), PAWL_FILE_SHARED, &err),
                         PAWL_OK);
    }

    assert_int_equal(pawl_file_read(path.ptr, &kept, &err), PAWL_OK);

    if (!pawl_str_eq(pawl_buf_str(&made), pawl_buf_str(&kept))) {
        print_error(
            "docs/api.md is old: run this test with PAWL_UPDATE=1 and look at the change\n");
        fail();
    }
    pawl_buf_fini(&made);
    pawl_buf_fini(&kept);
}

#define WITH_ARENA(name) cmocka_unit_test_setup_teardown(name, open_arena, close_arena)

TEST_MAIN(WITH_ARENA(a_literal_segment_wins_over_a_name),
          WITH_ARENA(what_may_be_large_is_read_in_the_pool_under_each_of_its_paths),
          WITH_ARENA(names_in_the_path_are_handed_over_decoded),
          WITH_ARENA(another_method_is_told_which_ones_there_are), WITH_ARENA(head_finds_get),
          WITH_ARENA(what_is_not_there_is_not_found),
          WITH_ARENA(no_route_is_hidden_by_one_before_it),
          WITH_ARENA(query_parameters_of_the_table_are_known),
          WITH_ARENA(the_openapi_document_is_whole),
          WITH_ARENA(docs_api_md_is_what_the_table_says))
