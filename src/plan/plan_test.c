/* Plans from models: the graph turned around, and models that are wrong in every place in turn. */
#include "plan/plan.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/test.h"
#include "plan/catalogue.h"
#include "value/json.h"

/* One step of each kind, every relation between steps, every key of a model. */
static const char model_text[] =
    "{\"format\":1,\"id\":\"w\",\"name\":\"W\",\"version\":\"1.0.0\",\"timeout\":5000,"
    "\"cancel_remaining\":true,\"inputs\":{\"type\":\"object\",\"properties\":{\"amount\":{"
    "\"type\":\"number\"}}},\"outputs\":{\"x\":\"{{ steps.pay.output }}\"},\"steps\":["
    /* 0 */
    "{\"id\":\"route\",\"name\":\"route\",\"action\":\"flow.decide\",\"kind\":\"decide\","
    "\"run_if\":\"success\",\"depends_on\":[],\"match\":\"first\",\"cases\":["
    "{\"when\":\"inputs.amount > 1\",\"targets\":[1]},{\"targets\":[2]}]},"
    /* 1 */
    "{\"id\":\"big-one\",\"name\":\"Big\",\"action\":\"approval.request\",\"kind\":\"approval\","
    "\"run_if\":\"success\",\"depends_on\":[],\"on_timeout\":{\"do\":\"goto\",\"target\":4},"
    "\"on_reject\":{\"do\":\"goto\",\"target\":5},\"escalate\":[{\"assign\":[{\"kind\":\"role\","
    "\"name\":\"head\"}],\"due\":\"1h\",\"keep\":true}],\"task\":{\"assign\":[{\"kind\":\"user\","
    "\"name\":[\"a\",\"b\"]}],\"title\":\"T {{ inputs.amount }}\",\"exclude\":[\"x\"],"
    "\"allow\":[\"approve\",\"reject\",\"send_back\"],\"comment\":[\"approve\"],"
    "\"form\":{\"type\":\"object\",\"properties\":{\"n\":{\"$ref\":"
    "\"urn:pawl:inputs#/properties/amount\"}}},\"join\":{\"kind\":\"quorum\",\"percent\":60},"
    "\"send_back_to\":[6],\"due\":\"2h\",\"distinct\":true,\"claim_required\":true,"
    "\"priority\":3,\"save_to_inputs\":true}},"
    /* 2 */
    "{\"id\":\"small\",\"name\":\"small\",\"action\":\"flow.wait\",\"kind\":\"wait\","
    "\"run_if\":\"success\",\"depends_on\":[],\"wait\":{\"signal\":\"go\",\"timeout\":9000}},"
    /* 3 */
    "{\"id\":\"pay\",\"name\":\"pay\",\"action\":\"http.request\",\"kind\":\"effect\","
    "\"idempotent\":true,\"run_if\":\"always\",\"depends_on\":[1,2],\"join\":{\"kind\":\"quorum\","
    "\"quorum\":1},\"cancel_remaining\":true,\"condition\":\"true\",\"max_iterations\":7,"
    "\"config\":{\"url\":\"{{ secrets.u }}\"},\"timeout\":30000,\"retry\":{\"max_attempts\":4,"
    "\"base_delay\":10,\"max_delay\":100,\"multiplier_milli\":1500,\"jitter\":\"full\","
    "\"retry_on\":[\"http.5xx\"],\"max_duration\":1},\"on_error\":{\"do\":\"output\","
    "\"output\":{\"e\":\"{{ error.code }}\"}}},"
    /* 4 */
    "{\"id\":\"late\",\"name\":\"late\",\"action\":\"flow.set\",\"kind\":\"set\","
    "\"run_if\":\"success\",\"only\":\"on_error\",\"config\":{}},"
    /* 5 */
    "{\"id\":\"no\",\"name\":\"no\",\"action\":\"flow.end\",\"kind\":\"end\","
    "\"run_if\":\"success\",\"only\":\"on_goto\",\"config\":{\"outcome\":\"no\"}},"
    /* 6 */
    "{\"id\":\"fix\",\"name\":\"fix\",\"action\":\"task.manual\",\"kind\":\"manual\","
    "\"run_if\":\"success\",\"only\":\"on_send_back\",\"then\":0,\"task\":{\"assign\":[{\"kind\":"
    "\"role\",\"name\":\"clerk\"}],\"allow\":[\"complete\"]}},"
    /* 7 */
    "{\"id\":\"stop\",\"name\":\"stop\",\"action\":\"flow.fail\",\"kind\":\"fail\","
    "\"run_if\":\"failure\",\"depends_on\":[3],\"config\":{\"code\":\"c\"}}]}";

static const struct pawl_val *parse(struct pawl_arena *arena, struct pawl_str text)
{
    const struct pawl_val *val = NULL;
    struct pawl_err err;
    assert_int_equal(pawl_json_parse(arena, text, PAWL_JSON_COPY, NULL, &val, &err), PAWL_OK);
    return val;
}

static void check_list(struct pawl_indexes list, uint32_t count, uint32_t first)
{
    assert_int_equal(list.count, count);
    if (count > 0) {
        assert_int_equal(list.items[0], first);
    }
}

TEST(a_plan_says_everything_that_its_model_says)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1u << 20);
    struct pawl_plan *plan = NULL;
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_plan_build(NULL, parse(&arena, pawl_str_from(model_text)), &plan, &err);
    assert_string_equal(err.msg, "");
    assert_int_equal(rc, PAWL_OK);
    pawl_arena_fini(&arena); /* the model was copied */
    assert_str(plan->id, "w");
    assert_int_equal(plan->timeout_ms, 5000);
    assert_true(plan->cancel_remaining_on_failure);
    assert_non_null(plan->inputs);
    assert_int_equal(plan->output_count, 1);
    const struct pawl_plan_step *steps = plan->steps;
    check_list(steps[0].gate_targets, 2, 1);
    check_list(steps[1].gates, 1, 0);
    check_list(steps[1].dependents, 1, 3);
    check_list(steps[3].dependents, 1, 7);
    check_list(steps[1].entries, 3, 4);
    check_list(steps[4].entrants, 1, 1);
    check_list(steps[6].entrants, 1, 1);
    assert_int_equal(steps[6].then, 0);
    assert_int_equal(steps[4].then, PAWL_STEP_NONE);
    assert_int_equal(steps[1].on_timeout.target, 4);
    assert_int_equal(steps[1].escalation_count, 1);
    assert_int_equal(steps[1].task->join.percent, 60);
    assert_int_equal(steps[1].task->comment,
                     PAWL_ALLOW_APPROVE | PAWL_ALLOW_REJECT | PAWL_ALLOW_SEND_BACK);
    assert_int_equal(steps[2].wait->timeout_ms, 9000);
    assert_int_equal(steps[3].retry.max_attempts, 4);
    assert_true(steps[3].retry.multiplier == 1.5);
    assert_int_equal(steps[3].max_iterations, 7);
    assert_int_equal(steps[3].join.quorum, 1);
    assert_int_equal(steps[0].case_count, 2);
    assert_null(steps[0].cases[1].when);
    for (uint32_t i = 0; i < plan->step_count; i++) { /* P1 */
        for (uint32_t d = 0; d < steps[i].deps.count; d++) {
            assert_true(steps[steps[i].deps.items[d]].rank < steps[i].rank);
        }
    }
    pawl_plan_unref(pawl_plan_ref(plan));
    assert_int_equal(pawl_plan_find_step(plan, PAWL_STR("big-one")), 1);
    assert_int_equal(pawl_plan_find_step(plan, PAWL_STR("big_one")), 1);
    assert_int_equal(pawl_plan_find_step(plan, PAWL_STR("big")), PAWL_STEP_NONE);
    assert_int_equal(pawl_plan_find_step(plan, PAWL_STR("")), PAWL_STEP_NONE);
    pawl_plan_unref(plan);
    pawl_plan_unref(NULL);
}

/* ---- corruption ------------------------------------------------------------------------------ */

/* A copy of `val` in which the n-th value (counted through the tree) is replaced, or, for a map's
 * member, left out. */
struct change {
    struct pawl_arena *arena;
    uint32_t at, seen;
    const struct pawl_val *replacement; /* NULL: leave out */
    bool done;
};

static const struct pawl_val *changed(struct change *change, const struct pawl_val *val);

static const struct pawl_val *changed_map(struct change *change, const struct pawl_val *val)
{
    struct pawl_map_builder map;
    pawl_map_begin(&map, change->arena);
    for (uint32_t i = 0; i < val->len; i++) {
        const struct pawl_val *member = changed(change, pawl_val_at(val, i));
        if (member != NULL) {
            pawl_map_add(&map, pawl_val_key(val, i), member);
        }
    }
    return pawl_map_end(&map);
}

static const struct pawl_val *changed(struct change *change, const struct pawl_val *val)
{
    if (change->seen++ == change->at) {
        change->done = true;
        return change->replacement;
    }
    if (pawl_val_is(val, PAWL_VAL_MAP)) {
        return changed_map(change, val);
    }
    if (!pawl_val_is(val, PAWL_VAL_LIST)) {
        return val;
    }
    struct pawl_list_builder list;
    pawl_list_begin(&list, change->arena);
    for (uint32_t i = 0; i < val->len; i++) {
        const struct pawl_val *item = changed(change, pawl_val_at(val, i));
        if (item != NULL) {
            pawl_list_add(&list, item);
        }
    }
    return pawl_list_end(&list);
}

TEST(a_model_that_is_wrong_in_any_place_is_refused_or_harmless)
{
    static const char *const replacements[] = {
        "",       "null",          "7", "-1", "\"\"", "[]", "{\"a\":[1]}", "[0,0]", "true",
        "\"{{\"", "99999999999999"};
    uint32_t refused = 0, built = 0;
    for (size_t r = 0; r < sizeof(replacements) / sizeof(replacements[0]); r++) {
        bool done = true;
        for (uint32_t at = 0; done; at++) {
            struct pawl_arena arena;
            pawl_arena_init(&arena, NULL, 4u << 20);
            struct change change = {.arena = &arena, .at = at};
            if (*replacements[r] != '\0') {
                change.replacement = parse(&arena, pawl_str_from(replacements[r]));
            }
            const struct pawl_val *model =
                changed(&change, parse(&arena, pawl_str_from(model_text)));
            done = change.done;
            struct pawl_plan *plan = NULL;
            struct pawl_err err = {0};
            if (model != NULL) {
                enum pawl_rc rc = pawl_plan_build(NULL, model, &plan, &err);
                assert_true(rc == PAWL_OK || rc == PAWL_ECORRUPT);
                assert_true((rc == PAWL_OK) == (plan != NULL));
                assert_true(rc == PAWL_OK || err.msg[0] != '\0');
                refused += rc != PAWL_OK;
                built += rc == PAWL_OK;
                pawl_plan_unref(plan);
            }
            pawl_arena_fini(&arena);
        }
    }
    assert_true(refused > 1000 && built > 100);
}

static void check_refused(const char *from, const char *to)
{
    char text[8192];
    const char *at = strstr(model_text, from);
    assert_non_null(at);
    int wrote = snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - model_text), model_text, to,
                         at + strlen(from));
    assert_true(wrote > 0 && (size_t)wrote < sizeof(text));
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1u << 20);
    struct pawl_plan *plan = NULL;
    struct pawl_err err = {0};
    enum pawl_rc rc = pawl_plan_build(NULL, parse(&arena, pawl_str_from(text)), &plan, &err);
    if (rc != PAWL_ECORRUPT) {
        print_error("%s -> %s\n", from, to);
    }
    assert_int_equal(rc, PAWL_ECORRUPT);
    pawl_arena_fini(&arena);
}

TEST(what_breaks_an_invariant_is_refused)
{
    check_refused("\"depends_on\":[1,2]", "\"depends_on\":[1,3]"); /* itself */
    check_refused("\"depends_on\":[1,2]", "\"depends_on\":[1,7]"); /* a ring */
    check_refused("\"depends_on\":[1,2]", "\"depends_on\":[1,8]"); /* P4 */
    check_refused("\"depends_on\":[1,2]", "\"depends_on\":[1,1]"); /* twice */
    check_refused("\"targets\":[2]", "\"targets\":[4]");           /* an only step */
    check_refused("\"id\":\"late\"", "\"id\":\"big_one\"");        /* two of one name */
    check_refused("\"only\":\"on_goto\"", "\"only\":\"on_goto\",\"depends_on\":[0]"); /* P3 */
    check_refused("\"only\":\"on_goto\"", "\"then\":1");
    check_refused("\"quorum\":1", "\"quorum\":3");
    check_refused("\"do\":\"output\"", "\"do\":\"end\"");
    check_refused("\"format\":1", "\"format\":2");
    check_refused("\"when\":\"inputs.amount > 1\"", "\"when\":\"inputs.amount >\"");
}

TEST(every_failed_allocation_is_an_error_without_a_leak)
{
    struct pawl_arena arena;
    pawl_arena_init(&arena, NULL, 1u << 20);
    const struct pawl_val *model = parse(&arena, pawl_str_from(model_text));
    for (size_t at = 1;; at++) {
        struct pawl_alloc_fault fault;
        pawl_alloc_fault_init(&fault, at, 1);
        struct pawl_plan *plan = NULL;
        struct pawl_err err = {0};
        enum pawl_rc rc = pawl_plan_build(&fault.alloc, model, &plan, &err);
        if (fault.count < at) {
            assert_int_equal(rc, PAWL_OK);
            pawl_plan_unref(plan);
            assert_int_equal(fault.live, 0);
            break;
        }
        assert_int_equal(rc, PAWL_ENOMEM);
        assert_null(plan);
        assert_int_equal(fault.live, 0);
    }
    pawl_arena_fini(&arena);
}

TEST(the_core_knows_its_actions_and_their_schemas_are_schemas)
{
    const struct pawl_catalogue *catalogue = pawl_catalogue_core();
    assert_non_null(pawl_catalogue_find(catalogue, PAWL_STR("flow.decide")));
    assert_null(pawl_catalogue_find(catalogue, PAWL_STR("flow.nothing")));
    for (uint32_t i = 0; i < catalogue->count; i++) {
        const struct pawl_action_info *info = &catalogue->actions[i];
        struct pawl_arena arena;
        pawl_arena_init(&arena, NULL, 4u << 20);
        struct pawl_schema *schema = NULL;
        struct pawl_err err = {0};
        enum pawl_rc rc =
            pawl_schema_compile(&arena, parse(&arena, info->config_schema), NULL, &schema, &err);
        assert_string_equal(err.msg, "");
        assert_int_equal(rc, PAWL_OK);
        assert_true(info->summary.len > 0 && info->docs.len > 0);
        pawl_schema_fini(schema);
        pawl_arena_fini(&arena);
    }
}

TEST_MAIN(TEST_CASE(a_plan_says_everything_that_its_model_says),
          TEST_CASE(a_model_that_is_wrong_in_any_place_is_refused_or_harmless),
          TEST_CASE(what_breaks_an_invariant_is_refused),
          TEST_CASE(every_failed_allocation_is_an_error_without_a_leak),
          TEST_CASE(the_core_knows_its_actions_and_their_schemas_are_schemas))
