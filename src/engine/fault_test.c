/* What callers are told and what is stored when the store refuses, conflicts, does not know, or is
 * finished, and when memory lacks: for every batch, read and allocation of one scripted story. */
#include "engine/engine_testing.h"

#include <dirent.h>
#include <string.h>
#include <unistd.h>

static const char held[] = "id: held\nsteps:\n  - {id: one, action: test.hold}\n";
static const char story_source[] =
    "id: story\nsteps:\n"
    "  - {id: first, action: test.now}\n"
    "  - {id: ask, action: approval.request, config: {assign: {user: ann}}}\n"
    "  - {id: grip, action: test.hold}\n"
    "  - {id: nap, action: flow.wait, config: {for: 1h}}\n"
    "  - {id: last, action: test.now}\n";

static void fault_next(struct pawl_rig *rig, enum pawl_fault_kind kind, enum pawl_rc rc)
{
    rig->faults.kind = kind;
    rig->faults.rc = rc;
    rig->faults.batch_at = rig->faults.batch_count + 1;
}

static void check_unchanged(struct pawl_rig *rig, pawl_id run, const struct pawl_run_row *before)
{
    struct pawl_run_row after = pawl_rig_row(rig, run);
    assert_int_equal(after.seq, before->seq);
    assert_true(pawl_str_eq(after.state, before->state));
    pawl_rig_check_cache(rig);
}

/* ---- one fault, looked at closely ---- */

TEST(a_full_store_refuses_and_changes_nothing_and_the_next_command_works)
{
    struct pawl_rig rig;
    struct pawl_rig_answer pause = {0}, start = {0}, again = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, held);
    pawl_id run = pawl_rig_started(&rig, "held", "{}");
    struct pawl_run_row before = pawl_rig_row(&rig, run);
    fault_next(&rig, PAWL_FAULT_REFUSED, PAWL_EFULL);
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, run, &pause));
    struct pawl_request *request = pawl_rig_start(&rig, "held", "{}", &start);
    pawl_rig_key(request, "k", "b");
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(pause.http_status, 507);
    assert_int_equal(start.http_status, 507);
    assert_string_equal(start.code, "STORE_FULL");
    assert_int_equal(rig.started, 1); /* no effect of what was refused */
    assert_false(pawl_engine_failed(rig.engine, NULL));
    check_unchanged(&rig, run, &before);

    request = pawl_rig_start(&rig, "held", "{}", &again);
    pawl_rig_key(request, "k", "b");
    pawl_rig_put(&rig, request);
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, run, &pause));
    pawl_rig_run(&rig);
    assert_int_equal(again.http_status, 201);
    assert_false(again.replayed);
    assert_int_equal(pause.http_status, 200);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(a_completion_that_could_not_be_stored_is_stored_later)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, held);
    pawl_id run = pawl_rig_started(&rig, "held", "{}");
    fault_next(&rig, PAWL_FAULT_REFUSED, PAWL_EFULL);
    rig.faults.persistent = true;
    pawl_rig_end(&rig, "7", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_RUNNING);
    int64_t wait = pawl_engine_wait_ms(rig.engine);
    assert_true(wait > 0 && wait <= 1000);
    pawl_rig_pass(&rig, 1000); /* still full */
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_RUNNING);
    rig.faults.batch_at = 0;
    pawl_rig_pass(&rig, 1000);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(rig.started, 1);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(what_is_held_back_is_freed_with_the_engine)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, held);
    pawl_id run = pawl_rig_started(&rig, "held", "{}");
    fault_next(&rig, PAWL_FAULT_REFUSED, PAWL_EFULL);
    pawl_rig_end(&rig, "7", NULL);
    pawl_rig_run(&rig);
    pawl_rig_reopen(&rig); /* the result is lost, the attempt is not: it is repeated */
    pawl_rig_run(&rig);
    assert_int_equal(rig.started, 1); /* after its delay */
    pawl_rig_pass(&rig, 3600 * 1000);
    assert_int_equal(rig.started, 2);
    pawl_rig_end(&rig, "8", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    pawl_rig_fini(&rig);
}

TEST(after_an_unknown_outcome_callers_are_told_the_truth)
{
    static const enum pawl_fault_kind kinds[] = {PAWL_FAULT_UNKNOWN_COMMITTED,
                                                 PAWL_FAULT_UNKNOWN_LOST};
    for (int i = 0; i < 2; i++) {
        struct pawl_rig rig;
        struct pawl_rig_answer pause = {0};
        pawl_rig_init(&rig);
        pawl_rig_apply(&rig, held);
        pawl_id run = pawl_rig_started(&rig, "held", "{}");
        fault_next(&rig, kinds[i], PAWL_EFULL);
        pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, run, &pause));
        pawl_rig_run(&rig);
        bool committed = kinds[i] == PAWL_FAULT_UNKNOWN_COMMITTED;
        assert_int_equal(pause.http_status, committed ? 200 : 507);
        assert_int_equal(pawl_rig_status(&rig, run),
                         committed ? PAWL_RUN_PAUSED : PAWL_RUN_RUNNING);
        pawl_rig_check_cache(&rig);
        assert_int_equal(pawl_rig_fsck(&rig), 0);
        pawl_rig_fini(&rig);
    }
}

static void one_of_three_conflicts(const struct pawl_store_api *api, const char *path)
{
    struct pawl_rig rig = {0};
    struct pawl_err err;
    struct pawl_rig_answer first = {0}, second = {0}, third = {0}, again = {0};
    pawl_rig_init_on(&rig, api, path);
    assert_int_equal(pawl_rig_open_engine(&rig, &err), PAWL_OK);
    pawl_rig_apply(&rig, held);
    pawl_id a = pawl_rig_started(&rig, "held", "{}");
    pawl_id b = pawl_rig_started(&rig, "held", "{}");
    pawl_id c = pawl_rig_started(&rig, "held", "{}");
    struct pawl_run_row stale = pawl_rig_row(&rig, b);
    uint32_t seq = stale.seq;
    stale.seq += 5; /* as if another node had written it and this cache were behind */
    pawl_cache_put(&rig.engine->cache, &stale);
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, a, &first));
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, b, &second));
    struct pawl_request *request = pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, c, &third);
    pawl_rig_key(request, "k", "b");
    pawl_rig_put(&rig, request);
    assert_true(pawl_engine_step(rig.engine));
    assert_int_equal(first.http_status, 200);
    assert_int_equal(second.http_status, 503);
    assert_int_equal(third.http_status, 200);
    assert_int_equal(rig.engine->stats.conflicts, 1);
    assert_int_equal(pawl_rig_row(&rig, b).seq, seq);
    assert_int_equal(pawl_rig_status(&rig, a), PAWL_RUN_PAUSED);
    assert_int_equal(pawl_rig_status(&rig, c), PAWL_RUN_PAUSED);
    pawl_rig_check_cache(&rig);
    assert_int_equal(pawl_rig_fsck(&rig), 0);

    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, b, &again));
    request = pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, c, &third);
    pawl_rig_key(request, "k", "b");
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(again.http_status, 200);
    assert_true(third.replayed);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

static void folder_remove(const char *path)
{
    DIR *folder = opendir(path);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        (void)unlinkat(dirfd(folder), entry->d_name, 0); /* "." and ".." stay */
    }
    assert_int_equal(closedir(folder), 0);
    assert_int_equal(rmdir(path), 0);
}

TEST(a_run_that_conflicts_is_not_written_and_the_others_of_the_turn_are)
{
    char path[] = "/tmp/pawl-engine-XXXXXX";
    one_of_three_conflicts(&pawl_store_memory, "");
    assert_non_null(mkdtemp(path));
    one_of_three_conflicts(&pawl_store_sqlite, path);
    folder_remove(path);
}

TEST(when_every_run_conflicts_the_chain_stays_whole)
{
    struct pawl_rig rig;
    struct pawl_rig_answer pause = {0}, person = {0};
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, held);
    pawl_id run = pawl_rig_started(&rig, "held", "{}");
    struct pawl_run_row before = pawl_rig_row(&rig, run);
    fault_next(&rig, PAWL_FAULT_CONFLICT, PAWL_OK);
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, run, &pause));
    struct pawl_request *request = pawl_rig_request(&rig, PAWL_REQUEST_USER_PUT, &person);
    request->user = (struct pawl_user_row){.name = PAWL_STR("ann"), .active = true};
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(pause.http_status, 503);
    assert_int_equal(person.http_status, 201);
    check_unchanged(&rig, run, &before);
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, run, &pause));
    pawl_rig_run(&rig);
    assert_int_equal(pause.http_status, 200);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(a_finished_store_fails_the_engine_which_then_refuses_everything)
{
    static const enum pawl_fault_kind kinds[] = {PAWL_FAULT_FINISHED_COMMITTED,
                                                 PAWL_FAULT_FINISHED_LOST};
    for (int i = 0; i < 2; i++) {
        struct pawl_rig rig;
        struct pawl_rig_answer pause = {0}, later = {0};
        struct pawl_err why = {0};
        pawl_rig_init(&rig);
        pawl_rig_apply(&rig, held);
        pawl_id run = pawl_rig_started(&rig, "held", "{}");
        fault_next(&rig, kinds[i], PAWL_OK);
        pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_PAUSE, run, &pause));
        pawl_rig_run(&rig);
        assert_true(pawl_engine_failed(rig.engine, &why));
        assert_int_equal(why.rc, PAWL_EIO);
        assert_int_equal(pause.rc, PAWL_EIO);
        pawl_rig_put(&rig, pawl_rig_start(&rig, "held", "{}", &later));
        pawl_rig_run(&rig);
        assert_int_equal(later.rc, PAWL_EIO);
        assert_int_equal(rig.started, 1);
        pawl_rig_restart(&rig); /* the truth is what the store holds */
        assert_int_equal(pawl_rig_status(&rig, run), kinds[i] == PAWL_FAULT_FINISHED_COMMITTED
                                                         ? PAWL_RUN_PAUSED
                                                         : PAWL_RUN_RUNNING);
        assert_int_equal(pawl_rig_fsck(&rig), 0);
        pawl_rig_fini(&rig);
    }
}

/* ---- one story, every fault: a patient client with keys always gets through ---- */

enum { TRIES_MAX = 20 };

/* A repeated answer has only its body; an answer made without memory for its body only the id. */
static pawl_id run_of(const struct pawl_rig_answer *answer)
{
    const char *at = strstr(answer->body, "run_");
    pawl_id id = answer->run;
    if (id == 0) {
        assert_non_null(at);
        assert_int_equal(pawl_id_parse((struct pawl_str){at, 4 + 13}, "run", &id), PAWL_OK);
    }
    return id;
}

static struct pawl_request *story_request(struct pawl_rig *rig, int part, pawl_id task,
                                          struct pawl_rig_answer *answer)
{
    static const char *const keys[] = {"apply", "person", "start", "approve"};
    static const enum pawl_request_kind kinds[] = {PAWL_REQUEST_APPLY, PAWL_REQUEST_USER_PUT,
                                                   PAWL_REQUEST_RUN_NEW, PAWL_REQUEST_TASK};
    *answer = (struct pawl_rig_answer){0};
    struct pawl_request *request = pawl_rig_request(rig, kinds[part], answer);
    request->source = pawl_str_from(story_source);
    request->user = (struct pawl_user_row){.name = PAWL_STR("ann"), .active = true};
    request->workflow = PAWL_STR("story");
    request->task = task;
    request->command.kind = part == 3 ? PAWL_COMMAND_APPROVE : PAWL_COMMAND_START;
    request->command.actor.name = PAWL_STR("ann");
    pawl_rig_key(request, keys[part], keys[part]);
    return request;
}

static void story_say(struct pawl_rig *rig, int part, pawl_id task, struct pawl_rig_answer *answer)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        pawl_rig_put(rig, story_request(rig, part, task, answer));
        pawl_rig_run(rig);
        if (pawl_engine_failed(rig->engine, NULL)) {
            pawl_rig_restart(rig);
        }
        assert_int_equal(answer->count, 1);
        if (answer->rc == PAWL_OK) {
            return;
        }
        assert_true(answer->message[0] != '\0');
        pawl_rig_pass(rig, 2000);
    }
    print_error("part %d: %s %s\n", part, answer->code, answer->message);
    fail();
}

/* Time goes on, held attempts end, until the run has ended. */
static void story_wait(struct pawl_rig *rig, pawl_id run, bool until_task)
{
    for (int i = 0; i < TRIES_MAX; i++) {
        struct pawl_task_row *rows = NULL;
        if (pawl_engine_failed(rig->engine, NULL)) {
            pawl_rig_restart(rig);
        }
        if (until_task ? pawl_rig_tasks(rig, run, &rows) > 0
                       : pawl_rig_status(rig, run) == PAWL_RUN_COMPLETED) {
            return;
        }
        if (rig->held_count > 0) {
            pawl_rig_end(rig, "7", NULL);
        }
        pawl_rig_pass(rig, i == TRIES_MAX / 2 ? 7200 * 1000 : 1000 * 1000);
        if (i == TRIES_MAX * 3 / 4) {
            pawl_rig_restart(rig); /* an attempt that could not be started waits for recovery */
        }
    }
    print_error("the run is %s\n", pawl_run_status_name(pawl_rig_status(rig, run)));
    fail();
}

static void story(struct pawl_rig *rig)
{
    struct pawl_err err;
    struct pawl_rig_answer answer;
    struct pawl_task_row *rows = NULL;
    for (int i = 0; pawl_rig_open_engine(rig, &err) != PAWL_OK; i++) {
        assert_null(rig->engine);
        assert_true(i < 2 && err.msg[0] != '\0');
        if (rig->faults.kind >= PAWL_FAULT_FINISHED_COMMITTED) {
            pawl_rig_restart(rig);
            break;
        }
    }
    story_say(rig, 0, 0, &answer);
    story_say(rig, 1, 0, &answer);
    story_say(rig, 2, 0, &answer);
    pawl_id run = run_of(&answer);
    story_wait(rig, run, true);
    assert_int_equal(pawl_rig_tasks(rig, run, &rows), 1);
    story_say(rig, 3, rows[0].id, &answer);
    story_wait(rig, run, false);
    rig->faults.batch_at = rig->faults.read_at = 0;
    assert_int_equal(pawl_rig_history(rig, run, "\"run.created\""), 1);
    assert_int_equal(pawl_rig_history(rig, run, "\"task.decided\""), 1);
    assert_int_equal(pawl_rig_history(rig, run, "\"run.completed\""), 1);
    pawl_rig_check_cache(rig);
    assert_int_equal(pawl_rig_fsck(rig), 0);
}

TEST(whichever_batch_fails_in_whatever_way_the_story_ends_the_same)
{
    static const struct {
        enum pawl_fault_kind kind;
        enum pawl_rc rc;
    } faults[] = {
        {PAWL_FAULT_REFUSED, PAWL_EFULL},      {PAWL_FAULT_REFUSED, PAWL_EBUSY},
        {PAWL_FAULT_CONFLICT, PAWL_OK},        {PAWL_FAULT_UNKNOWN_COMMITTED, PAWL_OK},
        {PAWL_FAULT_UNKNOWN_LOST, PAWL_EFULL}, {PAWL_FAULT_FINISHED_COMMITTED, PAWL_OK},
        {PAWL_FAULT_FINISHED_LOST, PAWL_OK},
    };
    for (size_t kind = 0; kind < sizeof(faults) / sizeof(faults[0]); kind++) {
        bool hit = true;
        uint64_t n = 0;
        while (hit) {
            struct pawl_rig rig = {0};
            pawl_rig_init_on(&rig, &pawl_store_memory, "");
            rig.faults.kind = faults[kind].kind;
            rig.faults.rc = faults[kind].rc;
            rig.faults.batch_at = ++n;
            story(&rig);
            hit = rig.faults.batch_count >= n || rig.faults.kind != faults[kind].kind;
            pawl_rig_fini(&rig);
        }
        assert_true(n > 8); /* the story has that many commits */
    }
}

TEST(whichever_read_fails_the_story_ends_the_same)
{
    uint64_t n = 0;
    for (bool hit = true; hit;) {
        struct pawl_rig rig = {0};
        pawl_rig_init_on(&rig, &pawl_store_memory, "");
        rig.faults.read_at = ++n;
        story(&rig);
        /* a restart counts anew: only what was never restarted can run out of reads */
        hit = atomic_load(&rig.faults.read_count) >= n || rig.faults.batch_count < 8;
        pawl_rig_fini(&rig);
    }
    assert_true(n > 10);
}

TEST(whichever_allocation_fails_the_story_ends_the_same_and_nothing_leaks)
{
    size_t n = 0;
    for (bool hit = true; hit;) {
        struct pawl_alloc_fault alloc;
        struct pawl_rig rig = {0};
        pawl_alloc_fault_init(&alloc, ++n, 0);
        rig.alloc = &alloc.alloc;
        pawl_rig_init_on(&rig, &pawl_store_memory, "");
        story(&rig);
        hit = alloc.count >= n;
        pawl_rig_fini(&rig);
        assert_int_equal(alloc.live, 0);
    }
    assert_true(n > 100);
}

TEST_MAIN(TEST_CASE(a_full_store_refuses_and_changes_nothing_and_the_next_command_works),
          TEST_CASE(a_completion_that_could_not_be_stored_is_stored_later),
          TEST_CASE(what_is_held_back_is_freed_with_the_engine),
          TEST_CASE(after_an_unknown_outcome_callers_are_told_the_truth),
          TEST_CASE(a_run_that_conflicts_is_not_written_and_the_others_of_the_turn_are),
          TEST_CASE(when_every_run_conflicts_the_chain_stays_whole),
          TEST_CASE(a_finished_store_fails_the_engine_which_then_refuses_everything),
          TEST_CASE(whichever_batch_fails_in_whatever_way_the_story_ends_the_same),
          TEST_CASE(whichever_read_fails_the_story_ends_the_same),
          TEST_CASE(whichever_allocation_fails_the_story_ends_the_same_and_nothing_leaks))
