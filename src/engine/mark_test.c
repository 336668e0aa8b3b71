/* Decisions that end the process, or take too long: the run is parked after the third process,
 * others go on, and people can resume it or end it. The processes here are real ones, killed in
 * the middle. */
#include "engine/engine_testing.h"

#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "value/json.h"

static const char bomb[] = "id: bomb\nsteps:\n  - {id: nap, action: flow.wait, config: {for: 1s}}\n"
                           "  - {id: boom, action: test.now, config: {x: '{{ secrets.s }}'}}\n";
static const char at_once[] =
    "id: at-once\nsteps:\n  - {id: boom, action: test.now, config: {x: '{{ secrets.s }}'}}\n";
static const char nap[] = "id: nap\nsteps:\n  - {id: w, action: flow.wait, config: {for: 1s}}\n"
                          "  - {id: two, action: test.now}\n";
static const char costly[] =
    "id: costly\nsteps:\n"
    "  - {id: long, action: flow.set,\n"
    "     config: {x: '{{ range(50000) | list | length + range(50000) | list | length }}'},\n"
    "     on_error: continue}\n"
    "  - {id: short, action: flow.set, config: {x: 1}}\n";
static const char stop_all[] =
    "id: stop-all\nsteps:\n  - {id: a_moment, action: flow.wait, config: {for: 1s}}\n"
    "  - {id: wrap, action: flow.set,\n"
    "     config: {x: \"{{ ('a' * 900000) | wordwrap(1) | length }}\"}}\n";

static void die(struct pawl_rig *rig)
{
    (void)rig;
    (void)kill(getpid(), SIGKILL);
}

struct place { /* what outlives a process */
    char folder[64], path[80];
    struct pawl_marks *marks;
};

static void place_make(struct place *place)
{
    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/pawl_mark_XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->path, sizeof(place->path), "%s/", place->folder);
    place->marks = mmap(NULL, sizeof(*place->marks), PROT_READ | PROT_WRITE,
                        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    assert_true(place->marks != MAP_FAILED);
}

static void place_drop(struct place *place)
{
    DIR *folder = opendir(place->folder);
    assert_non_null(folder);
    for (const struct dirent *entry = readdir(folder); entry != NULL; entry = readdir(folder)) {
        (void)unlinkat(dirfd(folder), entry->d_name, 0); /* "." and ".." stay */
    }
    assert_int_equal(closedir(folder), 0);
    assert_int_equal(rmdir(place->folder), 0);
    (void)munmap(place->marks, sizeof(*place->marks));
}

static void open_at(struct pawl_rig *rig, struct place *place)
{
    struct pawl_err err;
    *rig = (struct pawl_rig){0};
    pawl_rig_init_on(rig, &pawl_store_sqlite, place->path);
    rig->marks = place->marks;
    rig->secret = "s";
    assert_int_equal(pawl_rig_open_engine(rig, &err), PAWL_OK);
}

/* A process of its own, `seconds` later, that dies when a secret is read. True: it died so. */
static bool process_dies(struct place *place, int64_t seconds, const char *starts)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        struct pawl_rig rig;
        struct pawl_rig_answer answer = {0};
        open_at(&rig, place);
        rig.on_secret = die;
        rig.now += seconds * 1000;
        if (starts != NULL) {
            pawl_rig_put(&rig, pawl_rig_start(&rig, starts, "{}", &answer));
        }
        pawl_rig_run(&rig);
        _exit(0);
    }
    int status = 0;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
}

struct told {
    char text[512];
};

static void incident_keep(void *ctx, enum pawl_fsck_kind kind, struct pawl_str sentence)
{
    struct told *told = ctx;
    assert_int_equal(kind, PAWL_FSCK_INCIDENT);
    (void)snprintf(told->text, sizeof(told->text), PAWL_STR_FMT, PAWL_STR_ARG(sentence));
}

TEST(a_run_whose_decision_ended_three_processes_is_parked_and_others_go_on)
{
    struct place place;
    struct pawl_rig rig;
    struct pawl_rig_answer answer = {0};
    place_make(&place);
    open_at(&rig, &place);
    pawl_rig_apply(&rig, bomb);
    pawl_rig_apply(&rig, nap);
    pawl_id run = pawl_rig_started(&rig, "bomb", "{}");
    pawl_rig_fini(&rig);

    for (uint32_t i = 0; i < PAWL_CRASHES_MAX; i++) {
        assert_true(process_dies(&place, 10, NULL));
    }
    open_at(&rig, &place);
    rig.on_secret = die; /* this very process would die: it must not come to that */
    rig.now += 10 * 1000;
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_PAUSED);
    assert_int_equal(pawl_rig_history(&rig, run, "run.parked"), 1);
    assert_int_equal(pawl_rig_history(&rig, run, "decision.crashed"), 1);
    struct told told = {0};
    struct pawl_fsck_result result = {0};
    struct pawl_err err;
    assert_int_equal(pawl_fsck(rig.reader, pawl_alloc_heap(), incident_keep, &told, &result, &err),
                     PAWL_OK);
    assert_int_equal(result.incidents, 1);
    assert_int_equal(result.problems, 0);
    assert_non_null(strstr(told.text, "is parked, because deciding what it does next"));
    pawl_id other = pawl_rig_started(&rig, "nap", "{}");
    pawl_rig_pass(&rig, 2000);
    assert_int_equal(pawl_rig_status(&rig, other), PAWL_RUN_COMPLETED);

    rig.on_secret = NULL; /* mended: an administrator lets it go on */
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_RESUME, run, &answer));
    pawl_rig_run(&rig);
    assert_int_equal(answer.rc, PAWL_OK);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
    place_drop(&place);
}

/* Its inputs are not in the state: the first round of each decision only asks for them. */
TEST(a_decision_that_dies_after_a_round_that_fetched_something_is_counted_too)
{
    enum { LARGE = 20000 };
    static const char fetching[] =
        "id: fetching\nsteps:\n  - {id: nap, action: flow.wait, config: {for: 1s}}\n"
        "  - {id: boom, action: test.now, config: {x: '{{ inputs.t | length }}{{ secrets.s }}'}}\n";
    struct place place;
    struct pawl_rig rig;
    char inputs[LARGE + 32];
    size_t len = (size_t)snprintf(inputs, sizeof(inputs), "{\"t\": \"");
    memset(inputs + len, 'x', LARGE);
    (void)snprintf(inputs + len + LARGE, sizeof(inputs) - len - LARGE, "\"}");
    place_make(&place);
    open_at(&rig, &place);
    pawl_rig_apply(&rig, fetching);
    pawl_id run = pawl_rig_started(&rig, "fetching", inputs);
    pawl_rig_fini(&rig);

    for (uint32_t i = 0; i < PAWL_CRASHES_MAX; i++) {
        assert_true(process_dies(&place, 10, NULL));
    }
    assert_false(process_dies(&place, 10, NULL));
    open_at(&rig, &place);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_PAUSED);
    assert_int_equal(pawl_rig_history(&rig, run, "run.parked"), 1);
    pawl_rig_fini(&rig);
    place_drop(&place);
}

TEST(a_version_whose_start_ended_three_processes_is_not_started_again)
{
    struct place place;
    struct pawl_rig rig;
    struct pawl_rig_answer answer = {0};
    place_make(&place);
    open_at(&rig, &place);
    pawl_rig_apply(&rig, at_once);
    pawl_rig_fini(&rig);
    for (uint32_t i = 0; i < PAWL_CRASHES_MAX; i++) {
        assert_true(process_dies(&place, 10, "at-once"));
    }
    open_at(&rig, &place);
    rig.on_secret = die;
    pawl_rig_put(&rig, pawl_rig_start(&rig, "at-once", "{}", &answer));
    pawl_rig_run(&rig);
    assert_int_equal(answer.rc, PAWL_EDISABLED);
    assert_non_null(strstr(answer.message, "apply a version that is mended"));
    pawl_rig_fini(&rig);
    place_drop(&place);
}

TEST(a_decision_that_comes_to_its_end_clears_what_was_counted)
{
    struct pawl_marks marks = {0};
    for (int i = 0; i < 2; i++) {
        pawl_marks_open(&marks);
        pawl_marks_begin(&marks, 1, 77, PAWL_COMMAND_TIMER);
    }
    pawl_marks_open(&marks);
    assert_int_equal(pawl_marks_ends(&marks, 77), 2);
    pawl_marks_begin(&marks, 1, 77, PAWL_COMMAND_RECOVER); /* another kind says nothing of it */
    pawl_marks_end(&marks);
    assert_int_equal(pawl_marks_ends(&marks, 77), 2);
    pawl_marks_begin(&marks, 1, 77, PAWL_COMMAND_TIMER);
    pawl_marks_end(&marks);
    assert_int_equal(pawl_marks_ends(&marks, 77), 0);
}

TEST(marks_are_not_trusted_and_make_room_for_the_newest)
{
    struct pawl_marks marks;
    memset(&marks, 0xAB, sizeof(marks));
    pawl_marks_open(&marks);
    assert_int_equal(marks.now.id, 0);
    for (uint32_t i = 1; i <= 2 * PAWL_SUSPECTS_MAX; i++) {
        pawl_marks_begin(&marks, 1, (pawl_id)i, PAWL_COMMAND_TIMER);
        pawl_marks_open(&marks);
        assert_int_equal(pawl_marks_ends(&marks, (pawl_id)i), 1);
    }
    marks.now = (struct pawl_suspect){.id = 4711, .command = 4711};
    pawl_marks_open(&marks);
    assert_int_equal(pawl_marks_ends(&marks, 4711), 0);
}

TEST(a_step_that_takes_longer_than_its_time_fails_and_the_next_one_goes_on)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, costly);
    /* the look after the first is too late */
    rig.work_step = (uint64_t)PAWL_DECIDE_MS_MAX * 1000000 + 1;
    pawl_id run = pawl_rig_started(&rig, "costly", "{}");
    assert_int_equal(pawl_rig_history(&rig, run, "decision.too_long"), 1);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    rig.work_step = 0;
    run = pawl_rig_started(&rig, "costly", "{}");
    assert_int_equal(pawl_rig_history(&rig, run, "decision.too_long"), 0);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST(wrapping_one_long_word_ends_with_a_clear_code)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, stop_all);
    pawl_id run = pawl_rig_started(&rig, "stop-all", "{}");
    pawl_rig_pass(&rig, 2000);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_FAILED);
    assert_int_equal(pawl_rig_history(&rig, run, "expression."), 2); /* of the step, of the run */
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

TEST_MAIN(TEST_CASE(a_run_whose_decision_ended_three_processes_is_parked_and_others_go_on),
          TEST_CASE(a_decision_that_dies_after_a_round_that_fetched_something_is_counted_too),
          TEST_CASE(a_version_whose_start_ended_three_processes_is_not_started_again),
          TEST_CASE(a_decision_that_comes_to_its_end_clears_what_was_counted),
          TEST_CASE(marks_are_not_trusted_and_make_room_for_the_newest),
          TEST_CASE(a_step_that_takes_longer_than_its_time_fails_and_the_next_one_goes_on),
          TEST_CASE(wrapping_one_long_word_ends_with_a_clear_code))
