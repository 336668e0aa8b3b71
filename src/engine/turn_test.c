/* What one turn promises when several commands meet in it: keys, races, refusals beside accepted
 * commands, drafts, versions of definitions, other tenants. */
#include "engine/definition.h"
#include "engine/engine_private.h"
#include "engine/engine_testing.h"

#include <string.h>

#define SAME_MATTER                                                                                \
    "id: ask\nsteps:\n  - id: decide\n    action: approval.request\n"                              \
    "    config: {assign: [{user: ann}, {user: bob}], join: any}\n"                                \
    "  - {id: after, action: test.now}\n"

static const char work[] = "id: work\nsteps:\n  - {id: one, action: test.now, config: {a: 1}}\n";
static const char held[] = "id: held\nsteps:\n  - {id: one, action: test.hold}\n";
static const char typed[] =
    "id: typed\n"
    "inputs: {type: object, required: [n], properties: {n: {type: integer}}}\n"
    "steps:\n  - {id: one, action: test.now, config: {v: '{{ inputs.n }}'}}\n";

static void rig_people(struct pawl_rig *rig)
{
    pawl_rig_person(rig, "ann");
    pawl_rig_person(rig, "bob");
}

static void task_pair(struct pawl_rig *rig, pawl_id run, pawl_id *ret_ann, pawl_id *ret_bob)
{
    struct pawl_task_row *rows = NULL;
    assert_int_equal(pawl_rig_tasks(rig, run, &rows), 2);
    bool first = pawl_str_is(rows[0].principals[0], "user:ann");
    *ret_ann = rows[first ? 0 : 1].id;
    *ret_bob = rows[first ? 1 : 0].id;
}

static void apply_answer(struct pawl_rig *rig, const char *source, struct pawl_rig_answer *answer)
{
    *answer = (struct pawl_rig_answer){0};
    struct pawl_request *request = pawl_rig_request(rig, PAWL_REQUEST_APPLY, answer);
    request->source = pawl_str_from(source);
    pawl_rig_put(rig, request);
    pawl_rig_run(rig);
    assert_int_equal(answer->count, 1);
}

static void head_answer(struct pawl_rig *rig, enum pawl_request_kind kind, const char *workflow,
                        struct pawl_rig_answer *answer)
{
    *answer = (struct pawl_rig_answer){0};
    struct pawl_request *request = pawl_rig_request(rig, kind, answer);
    request->workflow = pawl_str_from(workflow);
    pawl_rig_put(rig, request);
}

/* ---- keys ---- */

TEST(two_requests_with_one_key_in_one_turn_start_one_run)
{
    struct pawl_rig rig;
    struct pawl_rig_answer first = {0}, second = {0}, other = {0}, later = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, work);
    uint64_t turns = rig.engine->stats.turns;
    struct pawl_rig_answer *answers[] = {&first, &second, &other};
    const char *bodies[] = {"same", "same", "another"};
    for (int i = 0; i < 3; i++) {
        struct pawl_request *request = pawl_rig_start(&rig, "work", "{}", answers[i]);
        pawl_rig_key(request, "k", bodies[i]);
        pawl_rig_put(&rig, request);
    }
    assert_true(pawl_engine_step(rig.engine));
    assert_int_equal(rig.engine->stats.turns, turns + 1); /* it was one turn */
    assert_int_equal(first.http_status, 201);
    assert_int_equal(second.rc, PAWL_OK);
    assert_true(second.replayed && !first.replayed);
    assert_string_equal(first.body, second.body);
    assert_int_equal(other.http_status, 422);
    assert_string_equal(other.code, "IDEMPOTENCY_CONFLICT");
    assert_int_equal(pawl_rig_history(&rig, first.run, "\"run.created\""), 1);
    pawl_rig_run(&rig);
    assert_int_equal(rig.started, 1);

    struct pawl_request *request = pawl_rig_start(&rig, "work", "{}", &later);
    pawl_rig_key(request, "k", "same");
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_true(later.replayed);
    assert_int_equal(later.http_status, 201);
    assert_string_equal(later.body, first.body);
    assert_int_equal(rig.started, 1);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(a_refused_request_leaves_its_key_free)
{
    struct pawl_rig rig;
    struct pawl_rig_answer refused = {0}, good = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, typed);
    struct pawl_request *request = pawl_rig_start(&rig, "typed", "{}", &refused);
    pawl_rig_key(request, "k", "bad");
    pawl_rig_put(&rig, request);
    request = pawl_rig_start(&rig, "typed", "{\"n\":1}", &good);
    pawl_rig_key(request, "k", "good");
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(refused.http_status, 422);
    assert_int_equal(good.http_status, 201);
    assert_false(good.replayed);
    pawl_rig_fini(&rig);
}

TEST(a_key_is_free_again_when_it_has_expired)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, work);
    for (int i = 0; i < 2; i++) {
        struct pawl_rig_answer answer = {0};
        struct pawl_request *request = pawl_rig_start(&rig, "work", "{}", &answer);
        pawl_rig_key(request, "k", i == 0 ? "one" : "two");
        pawl_rig_put(&rig, request);
        pawl_rig_run(&rig);
        assert_int_equal(answer.http_status, 201);
        assert_false(answer.replayed);
        rig.now += 8 * 24 * 3600 * (int64_t)1000;
    }
    assert_int_equal(rig.started, 2);
    pawl_rig_fini(&rig);
}

/* ---- races inside a turn ---- */

TEST(one_approval_sent_twice_with_one_key_is_one_decision)
{
    struct pawl_rig rig;
    struct pawl_rig_answer answers[3] = {0};
    pawl_id ann, bob;
    pawl_rig_init(&rig);
    rig_people(&rig);
    pawl_rig_apply(&rig, SAME_MATTER);
    pawl_id run = pawl_rig_started(&rig, "ask", "{}");
    task_pair(&rig, run, &ann, &bob);
    for (int i = 0; i < 3; i++) {
        struct pawl_request *request =
            pawl_rig_decide(&rig, PAWL_COMMAND_APPROVE, ann, "ann", &answers[i]);
        pawl_rig_key(request, i < 2 ? "k" : "other key", "same");
        pawl_rig_put(&rig, request);
    }
    assert_true(pawl_engine_step(rig.engine));
    assert_int_equal(answers[0].http_status, 200);
    assert_int_equal(answers[1].http_status, 200);
    assert_string_equal(answers[0].body, answers[1].body);
    assert_int_equal(answers[2].http_status, 409);
    assert_int_equal(pawl_rig_history(&rig, run, "\"task.decided\""), 1);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(of_two_approvers_in_one_turn_the_first_settles_any)
{
    struct pawl_rig rig;
    struct pawl_rig_answer first = {0}, second = {0};
    pawl_id ann, bob;
    struct pawl_task_row row;
    struct pawl_err err;
    pawl_rig_init(&rig);
    rig_people(&rig);
    pawl_rig_apply(&rig, SAME_MATTER);
    pawl_id run = pawl_rig_started(&rig, "ask", "{}");
    task_pair(&rig, run, &ann, &bob);
    pawl_rig_put(&rig, pawl_rig_decide(&rig, PAWL_COMMAND_APPROVE, ann, "ann", &first));
    pawl_rig_put(&rig, pawl_rig_decide(&rig, PAWL_COMMAND_APPROVE, bob, "bob", &second));
    pawl_rig_run(&rig);
    assert_int_equal(first.http_status, 200);
    assert_int_equal(second.http_status, 409);
    assert_int_equal(pawl_reader_api_of(rig.reader)
                         ->task_get(rig.reader, rig.tenant, bob, &rig.arena, &row, &err),
                     PAWL_OK);
    assert_int_equal(row.status, PAWL_TASK_SKIPPED);
    assert_int_equal(rig.started, 1); /* the successor, once */
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

/* Whatever the task's state is, also the one that an earlier command of the turn has made. */
TEST(who_may_not_see_a_task_is_told_what_is_said_of_none)
{
    static const enum pawl_command_kind kinds[] = {PAWL_COMMAND_CLAIM, PAWL_COMMAND_RELEASE,
                                                   PAWL_COMMAND_APPROVE, PAWL_COMMAND_DELEGATE};
    enum { KINDS = sizeof(kinds) / sizeof(kinds[0]) };
    struct pawl_rig rig;
    pawl_id task, other;
    struct pawl_rig_answer claimed = {0}, strange[KINDS] = {0}, after[KINDS] = {0};
    pawl_rig_init(&rig);
    rig_people(&rig);
    pawl_rig_apply(&rig, SAME_MATTER);
    pawl_id run = pawl_rig_started(&rig, "ask", "{}");
    task_pair(&rig, run, &task, &other);
    pawl_rig_put(&rig, pawl_rig_decide(&rig, PAWL_COMMAND_CLAIM, task, "ann", &claimed));
    for (size_t i = 0; i < KINDS; i++) {
        struct pawl_request *request = pawl_rig_decide(&rig, kinds[i], task, "eve", &strange[i]);
        request->command.expected_version = 99;
        pawl_rig_put(&rig, request);
    }
    pawl_rig_run(&rig);
    for (size_t i = 0; i < KINDS; i++) {
        pawl_rig_put(&rig, pawl_rig_decide(&rig, kinds[i], other + 12345, "eve", &after[i]));
    }
    pawl_rig_run(&rig);
    assert_int_equal(claimed.rc, PAWL_OK);
    for (size_t i = 0; i < KINDS; i++) {
        assert_int_equal(strange[i].rc, PAWL_ENOT_FOUND);
        assert_string_equal(strange[i].code, after[i].code);
        assert_int_equal(strlen(strange[i].message), strlen(after[i].message)); /* but for the id */
        assert_null(strstr(strange[i].message, "ann"));
    }
    pawl_rig_fini(&rig);
}

TEST(a_refused_command_leaves_the_accepted_one_before_it_standing)
{
    struct pawl_rig rig;
    struct pawl_rig_answer pause = {0}, again = {0}, resume = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, held);
    pawl_id run = pawl_rig_started(&rig, "held", "{}");
    uint32_t seq = pawl_rig_row(&rig, run).seq;
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, run, &pause));
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, run, &again));
    assert_true(pawl_engine_step(rig.engine));
    assert_int_equal(pause.http_status, 200);
    assert_int_equal(again.http_status, 409);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_PAUSED);
    assert_int_equal(pawl_rig_row(&rig, run).seq, seq + 1);
    pawl_rig_check_cache(&rig);

    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_RESUME, run, &resume));
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_CANCEL, run, &again));
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_RESUME, run, NULL));
    pawl_rig_run(&rig);
    assert_int_equal(resume.http_status, 200);
    assert_int_equal(again.http_status, 200);
    pawl_rig_end(&rig, "null", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_CANCELLED);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(an_expected_version_that_passed_is_refused)
{
    struct pawl_rig rig;
    struct pawl_rig_answer first = {0}, second = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, held);
    struct pawl_rig_answer started = {0};
    pawl_rig_put(&rig, pawl_rig_start(&rig, "held", "{}", &started));
    pawl_rig_run(&rig);
    struct pawl_request *request = pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, started.run, &first);
    request->command.expected_version = started.version;
    pawl_rig_put(&rig, request);
    request = pawl_rig_command(&rig, PAWL_COMMAND_RESUME, started.run, &second);
    request->command.expected_version = started.version;
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(first.http_status, 200);
    assert_true(first.version > started.version);
    assert_int_equal(second.http_status, 412);
    assert_int_equal(pawl_rig_status(&rig, started.run), PAWL_RUN_PAUSED);
    pawl_rig_fini(&rig);
}

TEST(another_tenants_run_and_task_do_not_exist)
{
    struct pawl_rig rig;
    struct pawl_rig_answer made = {0}, pause = {0}, decide = {0};
    pawl_id ann, bob;
    pawl_rig_init(&rig);
    rig_people(&rig);
    pawl_rig_apply(&rig, SAME_MATTER);
    pawl_id run = pawl_rig_started(&rig, "ask", "{}");
    task_pair(&rig, run, &ann, &bob);
    struct pawl_request *request = pawl_rig_request(&rig, PAWL_REQUEST_TENANT_NEW, &made);
    request->workflow = PAWL_STR("other");
    request->command.actor.system = true;
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(made.http_status, 201);
    struct pawl_tenant_row other;
    struct pawl_err err;
    assert_int_equal(pawl_reader_api_of(rig.reader)
                         ->tenant_find(rig.reader, PAWL_STR("other"), &rig.arena, &other, &err),
                     PAWL_OK);

    request = pawl_rig_command(&rig, PAWL_COMMAND_CANCEL, run, &pause);
    request->tenant = other.id;
    pawl_rig_put(&rig, request);
    request = pawl_rig_decide(&rig, PAWL_COMMAND_APPROVE, ann, "ann", &decide);
    request->tenant = other.id;
    pawl_rig_put(&rig, request);
    /* and in the same turn the rightful tenant's command */
    struct pawl_rig_answer own = {0};
    pawl_rig_put(&rig, pawl_rig_decide(&rig, PAWL_COMMAND_APPROVE, ann, "ann", &own));
    pawl_rig_run(&rig);
    assert_int_equal(pause.http_status, 404);
    assert_int_equal(decide.http_status, 404);
    assert_int_equal(own.http_status, 200);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

/* ---- drafts ---- */

static pawl_id draft_new(struct pawl_rig *rig, const char *inputs)
{
    struct pawl_rig_answer answer = {0};
    struct pawl_request *request = pawl_rig_start(rig, "typed", inputs, &answer);
    request->command.kind = PAWL_COMMAND_CREATE_DRAFT;
    pawl_rig_put(rig, request);
    pawl_rig_run(rig);
    assert_int_equal(answer.http_status, 201);
    assert_int_equal(answer.status, PAWL_RUN_DRAFT);
    return answer.run;
}

TEST(a_draft_is_kept_changed_and_starts_on_the_newest_version)
{
    struct pawl_rig rig;
    struct pawl_rig_answer update = {0}, submit = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, typed);
    pawl_id run = draft_new(&rig, "{}"); /* a draft need not be whole */
    pawl_id before = pawl_rig_row(&rig, run).definition;
    pawl_rig_apply(&rig, "id: typed\n"
                         "inputs: {type: object, required: [n], properties: {n: {type: integer}}}\n"
                         "steps:\n  - {id: two, action: test.hold}\n");
    struct pawl_request *request = pawl_rig_command(&rig, PAWL_COMMAND_SUBMIT, run, &submit);
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(submit.http_status, 422); /* n is still missing */
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_DRAFT);

    submit = (struct pawl_rig_answer){0};
    request = pawl_rig_command(&rig, PAWL_COMMAND_UPDATE_INPUTS, run, &update);
    request->command.inputs = pawl_rig_json(request, "{\"n\":3}");
    pawl_rig_put(&rig, request);
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_SUBMIT, run, &submit));
    pawl_rig_run(&rig);
    assert_int_equal(update.http_status, 200);
    assert_int_equal(submit.http_status, 200);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_RUNNING);
    assert_true(pawl_rig_row(&rig, run).definition > before);
    assert_int_equal(rig.held_count, 1); /* step two, of the new version */
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(a_deleted_draft_is_gone_for_later_commands_of_the_turn_and_after)
{
    struct pawl_rig rig;
    struct pawl_rig_answer gone = {0}, submit = {0}, later = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, typed);
    pawl_id run = draft_new(&rig, "{\"n\":1}");
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_DELETE_DRAFT, run, &gone));
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_SUBMIT, run, &submit));
    pawl_rig_run(&rig);
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_SUBMIT, run, &later));
    pawl_rig_run(&rig);
    assert_int_equal(gone.http_status, 200);
    assert_int_equal(submit.http_status, 404);
    assert_int_equal(later.http_status, 404);
    assert_int_equal(pawl_rig_history(&rig, run, "\"run.deleted\""), 1);
    assert_int_equal(rig.started, 0);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

/* ---- definitions ---- */

TEST(applying_changes_only_what_changed)
{
    struct pawl_rig rig;
    struct pawl_rig_answer answer;
    pawl_rig_init(&rig);
    apply_answer(&rig, work, &answer);
    assert_int_equal(answer.http_status, 201);
    assert_non_null(strstr(answer.body, "\"number\":1,\"version\":\"1.0.0\""));
    apply_answer(&rig, work, &answer);
    assert_int_equal(answer.http_status, 200);
    assert_non_null(strstr(answer.body, "\"changed\":false"));
    apply_answer(&rig, "id: work\nsteps:\n  - {id: two, action: test.now}\n", &answer);
    assert_int_equal(answer.http_status, 201);
    assert_non_null(strstr(answer.body, "\"number\":2,\"version\":\"1.1.0\""));

    head_answer(&rig, PAWL_REQUEST_DELETE, "work", &answer);
    pawl_rig_run(&rig);
    assert_int_equal(answer.http_status, 200);
    struct pawl_rig_answer start = {0};
    pawl_rig_put(&rig, pawl_rig_start(&rig, "work", "{}", &start));
    pawl_rig_run(&rig);
    assert_int_equal(start.http_status, 404);

    apply_answer(&rig, "id: work\nsteps:\n  - {id: two, action: test.now}\n", &answer);
    assert_int_equal(answer.http_status, 201); /* the same text, applied after the deletion */
    assert_non_null(strstr(answer.body, "\"number\":3"));
    (void)pawl_rig_started(&rig, "work", "{}");
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(a_definition_with_errors_is_refused_with_every_finding)
{
    struct pawl_rig rig;
    struct pawl_rig_answer answer, start = {0};
    pawl_rig_init(&rig);
    apply_answer(&rig, "id: work\nsteps:\n  - {id: one, action: tset.now}\n  - {id: one, x: 1}\n",
                 &answer);
    assert_true(answer.rc != PAWL_OK);
    assert_int_equal(answer.http_status, 422);
    assert_non_null(strstr(answer.body, "{\"errors\":["));
    assert_non_null(strstr(answer.body, "E_UNKNOWN_ACTION"));
    pawl_rig_put(&rig, pawl_rig_start(&rig, "work", "{}", &start));
    pawl_rig_run(&rig);
    assert_int_equal(start.http_status, 404);
    pawl_rig_fini(&rig);
}

TEST(a_disabled_workflow_starts_nothing_but_what_runs_goes_on)
{
    struct pawl_rig rig;
    struct pawl_rig_answer off = {0}, start = {0}, on = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, held);
    pawl_id run = pawl_rig_started(&rig, "held", "{}");
    head_answer(&rig, PAWL_REQUEST_DISABLE, "held", &off);
    pawl_rig_run(&rig);
    assert_int_equal(off.http_status, 200);
    pawl_rig_put(&rig, pawl_rig_start(&rig, "held", "{}", &start));
    pawl_rig_run(&rig);
    assert_string_equal(start.code, "WORKFLOW_DISABLED");
    pawl_rig_end(&rig, "1", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    head_answer(&rig, PAWL_REQUEST_ENABLE, "held", &on);
    pawl_rig_run(&rig);
    (void)pawl_rig_started(&rig, "held", "{}");
    pawl_rig_fini(&rig);
}

static pawl_id definition_of_next_start(struct pawl_rig *rig, const char *workflow)
{
    return pawl_rig_row(rig, pawl_rig_started(rig, workflow, "{}")).definition;
}

TEST(a_start_beside_an_apply_does_not_keep_the_old_version_in_mind)
{
    struct pawl_rig rig;
    struct pawl_rig_answer start = {0}, answer = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, work);
    pawl_id old = definition_of_next_start(&rig, "work");
    struct pawl_request *request = pawl_rig_request(&rig, PAWL_REQUEST_APPLY, &answer);
    request->source = PAWL_STR("id: work\nsteps:\n  - {id: two, action: test.now}\n");
    pawl_rig_put(&rig, request);
    pawl_rig_put(&rig, pawl_rig_start(&rig, "work", "{}", &start)); /* the same turn */
    pawl_rig_run(&rig);
    assert_int_equal(start.http_status, 201);
    assert_true(definition_of_next_start(&rig, "work") > old);

    /* the same with a workflow that is disabled beside a start */
    head_answer(&rig, PAWL_REQUEST_DISABLE, "work", &answer);
    start = (struct pawl_rig_answer){0};
    pawl_rig_put(&rig, pawl_rig_start(&rig, "work", "{}", &start));
    pawl_rig_run(&rig);
    start = (struct pawl_rig_answer){0};
    pawl_rig_put(&rig, pawl_rig_start(&rig, "work", "{}", &start));
    pawl_rig_run(&rig);
    assert_string_equal(start.code, "WORKFLOW_DISABLED");
    pawl_rig_fini(&rig);
}

TEST(a_definition_is_compiled_before_the_engine_sees_it)
{
    struct pawl_rig rig;
    struct pawl_rig_answer answer = {0};
    pawl_rig_init(&rig);
    struct pawl_request *request = pawl_rig_request(&rig, PAWL_REQUEST_APPLY, &answer);
    request->source = pawl_str_from(work);
    pawl_rig_put(&rig, request); /* the engine has not stepped */
    assert_non_null(request->made);
    struct pawl_plan *made = request->made->plan;
    assert_non_null(made);
    pawl_rig_run(&rig);
    assert_int_equal(answer.http_status, 201);

    struct pawl_plan *kept =
        pawl_plans_find(&rig.engine->plans, definition_of_next_start(&rig, "work"));
    assert_ptr_equal(kept, made); /* no first start builds it on the engine's thread */
    pawl_plan_unref(kept);
    pawl_rig_fini(&rig);
}

TEST(apply_and_disable_in_one_turn_count_in_their_order)
{
    struct pawl_rig rig;
    struct pawl_rig_answer apply = {0}, off = {0}, on = {0};
    struct pawl_definition_row row;
    struct pawl_err err;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, work);
    struct pawl_request *request = pawl_rig_request(&rig, PAWL_REQUEST_APPLY, &apply);
    request->source = PAWL_STR("id: work\nsteps:\n  - {id: two, action: test.now}\n");
    pawl_rig_put(&rig, request);
    head_answer(&rig, PAWL_REQUEST_DISABLE, "work", &off);
    pawl_rig_run(&rig);
    assert_int_equal(apply.http_status, 201);
    assert_int_equal(off.http_status, 200);
    assert_int_equal(
        pawl_reader_api_of(rig.reader)
            ->definition_find(rig.reader, rig.tenant, PAWL_STR("work"), 0, &rig.arena, &row, &err),
        PAWL_OK);
    assert_int_equal(row.number, 2);
    assert_false(row.enabled);

    head_answer(&rig, PAWL_REQUEST_ENABLE, "work", &on);
    pawl_rig_run(&rig);
    head_answer(&rig, PAWL_REQUEST_DISABLE, "work", &off);
    request = pawl_rig_request(&rig, PAWL_REQUEST_APPLY, &apply);
    request->source = PAWL_STR("id: work\nsteps:\n  - {id: three, action: test.now}\n");
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(
        pawl_reader_api_of(rig.reader)
            ->definition_find(rig.reader, rig.tenant, PAWL_STR("work"), 0, &rig.arena, &row, &err),
        PAWL_OK);
    assert_int_equal(row.number, 3);
    assert_false(row.enabled);
    pawl_rig_fini(&rig);
}

TEST(deleted_and_applied_again_in_one_turn_it_is_there)
{
    struct pawl_rig rig;
    struct pawl_rig_answer apply = {0}, gone = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, work);
    head_answer(&rig, PAWL_REQUEST_DELETE, "work", &gone);
    struct pawl_request *request = pawl_rig_request(&rig, PAWL_REQUEST_APPLY, &apply);
    request->source = pawl_str_from(work);
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(gone.http_status, 200);
    assert_int_equal(apply.http_status, 201);
    (void)pawl_rig_started(&rig, "work", "{}");
    pawl_rig_fini(&rig);
}

/* ---- people and tenants ---- */

TEST(one_person_put_twice_in_one_turn_is_one_person)
{
    struct pawl_rig rig;
    struct pawl_rig_answer first = {0}, second = {0}, bystander = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, work);
    struct pawl_rig_answer *answers[] = {&first, &second};
    for (int i = 0; i < 2; i++) {
        struct pawl_request *request = pawl_rig_request(&rig, PAWL_REQUEST_USER_PUT, answers[i]);
        request->user = (struct pawl_user_row){.name = PAWL_STR("carol"), .active = i == 0};
        pawl_rig_put(&rig, request);
    }
    pawl_rig_put(&rig, pawl_rig_start(&rig, "work", "{}", &bystander));
    pawl_rig_run(&rig);
    assert_int_equal(bystander.http_status, 201); /* nobody else suffers */
    assert_int_equal(first.http_status, 201);
    assert_int_equal(second.http_status, 200);
    struct pawl_user_row *rows = NULL;
    uint32_t count = 0;
    struct pawl_err err;
    assert_int_equal(pawl_reader_api_of(rig.reader)
                         ->user_list(rig.reader, rig.tenant, PAWL_STR_NONE, 9, &rig.arena, &rows,
                                     &count, &err),
                     PAWL_OK);
    assert_int_equal(count, 1);
    assert_false(rows[0].active);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(one_tenant_made_twice_in_one_turn_is_made_once)
{
    struct pawl_rig rig;
    struct pawl_rig_answer answers[2] = {0}, bystander = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, work);
    for (int i = 0; i < 2; i++) {
        struct pawl_request *request = pawl_rig_request(&rig, PAWL_REQUEST_TENANT_NEW, &answers[i]);
        request->workflow = PAWL_STR("twice");
        pawl_rig_put(&rig, request);
    }
    pawl_rig_put(&rig, pawl_rig_start(&rig, "work", "{}", &bystander));
    pawl_rig_run(&rig);
    assert_int_equal(bystander.http_status, 201);
    assert_int_equal(answers[0].http_status, 201);
    assert_int_equal(answers[1].http_status, 409);
    pawl_rig_fini(&rig);
}

TEST_MAIN(TEST_CASE(two_requests_with_one_key_in_one_turn_start_one_run),
          TEST_CASE(a_refused_request_leaves_its_key_free),
          TEST_CASE(a_key_is_free_again_when_it_has_expired),
          TEST_CASE(one_approval_sent_twice_with_one_key_is_one_decision),
          TEST_CASE(of_two_approvers_in_one_turn_the_first_settles_any),
          TEST_CASE(who_may_not_see_a_task_is_told_what_is_said_of_none),
          TEST_CASE(a_refused_command_leaves_the_accepted_one_before_it_standing),
          TEST_CASE(an_expected_version_that_passed_is_refused),
          TEST_CASE(another_tenants_run_and_task_do_not_exist),
          TEST_CASE(a_draft_is_kept_changed_and_starts_on_the_newest_version),
          TEST_CASE(a_deleted_draft_is_gone_for_later_commands_of_the_turn_and_after),
          TEST_CASE(applying_changes_only_what_changed),
          TEST_CASE(a_definition_with_errors_is_refused_with_every_finding),
          TEST_CASE(a_disabled_workflow_starts_nothing_but_what_runs_goes_on),
          TEST_CASE(a_start_beside_an_apply_does_not_keep_the_old_version_in_mind),
          TEST_CASE(a_definition_is_compiled_before_the_engine_sees_it),
          TEST_CASE(apply_and_disable_in_one_turn_count_in_their_order),
          TEST_CASE(deleted_and_applied_again_in_one_turn_it_is_there),
          TEST_CASE(one_person_put_twice_in_one_turn_is_one_person),
          TEST_CASE(one_tenant_made_twice_in_one_turn_is_made_once))
