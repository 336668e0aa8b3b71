/* Sensitive values through the engine: nothing of them stands in any file or view; the effect that
 * needs one gets it, after a restart too; and the key's file says what is wrong. */
#include "engine/engine_testing.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/sensitive.h"
#include "engine/seal_key.h"
#include "os/file.h"
#include "value/json.h"

static const char pin[] =
    "id: pin\n"
    "inputs: {type: object, properties: {pin: {type: string, sensitive: true},"
    " card: {type: object, sensitive: true}, amount: {type: integer, sensitive: true},"
    " who: {type: string}}}\n"
    "outputs: {pin: '{{ inputs.pin | upper }}', double: '{{ inputs.amount * 2 }}'}\n"
    "steps:\n"
    "  - {id: call, action: test.hold, config: {pin: 'x {{ inputs.pin }}',"
    " card: '{{ inputs.card }}', amount: '{{ inputs.amount }}', who: '{{ inputs.who }}'}}\n"
    "  - {id: big, action: flow.set, config: {many: '{{ [inputs.pin] * 40 }}'},"
    " depends_on: [call]}\n"
    "  - {id: ask, action: task.manual, depends_on: [big], config: {assign: {user: bob},"
    " title: 'Pay {{ inputs.amount }} with {{ inputs.pin }}', description: '{{ inputs.card }}',"
    " form: {properties: {code: {type: string, sensitive: true}}}}}\n";
static const char pin_inputs[] = "{\"pin\":\"4711-secret\",\"card\":{\"no\":\"5555-card\"},"
                                 "\"amount\":987654321,\"who\":\"ann\"}";
/* The values and what was made of them, in the forms in which they could be found. */
static const char *const words[] = {"4711-secret", "4711-SECRET", "5555-card", "987654321",
                                    "1975308642",  "f-code-77",   "NDcxMS1zZWNyZXQ"};
enum { WORDS = sizeof(words) / sizeof(words[0]) };

static void none_in(struct pawl_str text, const char *where)
{
    for (size_t i = 0; i < WORDS; i++) {
        if (pawl_str_find(text, pawl_str_from(words[i])) != SIZE_MAX) {
            print_error("'%s' stands in %s\n", words[i], where);
            fail();
        }
    }
}

static void none_in_files(const char *folder)
{
    char path[512];
    uint32_t count = 0;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        struct pawl_buf buf;
        struct pawl_err err;
        if (entry->d_name[0] == '.') {
            continue;
        }
        (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
        pawl_buf_init(&buf, NULL, 64 << 20);
        assert_int_equal(pawl_file_read(path, &buf, &err), PAWL_OK);
        none_in(pawl_buf_str(&buf), path);
        pawl_buf_fini(&buf);
        count++;
    }
    assert_true(count >= 2); /* the file and its log */
    closedir(dir);
}

static void folder_make(char path[64])
{
    (void)snprintf(path, 64, "/tmp/pawl-seal-XXXXXX");
    assert_non_null(mkdtemp(path));
}

static void folder_remove(const char *folder)
{
    char path[512];
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry != NULL; entry = readdir(dir)) {
        if (entry->d_name[0] != '.') {
            (void)snprintf(path, sizeof(path), "%s/%s", folder, entry->d_name);
            assert_int_equal(unlink(path), 0);
        }
    }
    closedir(dir);
    assert_int_equal(rmdir(folder), 0);
}

static struct pawl_str view_text(struct pawl_rig *rig, pawl_id run, enum pawl_run_view what)
{
    struct pawl_run_row row;
    struct pawl_err err;
    const struct pawl_val *view = NULL;
    assert_int_equal(pawl_engine_view(rig->engine, rig->reader, rig->tenant, run, what, &rig->arena,
                                      &row, &view, &err),
                     PAWL_OK);
    return pawl_json_text(&rig->arena, view, PAWL_JSON_COMPACT);
}

static void none_in_views(struct pawl_rig *rig, pawl_id run)
{
    none_in(view_text(rig, run, PAWL_VIEW_RUN), "the view of the run");
    none_in(view_text(rig, run, PAWL_VIEW_STEPS), "the view of the steps");
    none_in(view_text(rig, run, PAWL_VIEW_PROGRESS), "the progress");
}

TEST(a_sensitive_value_reaches_its_effect_and_no_file_and_no_view)
{
    struct pawl_rig rig = {0};
    struct pawl_err err;
    struct pawl_rig_answer answer = {0};
    char folder[64], path[80];
    struct pawl_task_row *tasks = NULL;
    folder_make(folder);
    (void)snprintf(path, sizeof(path), "%s/", folder);
    pawl_rig_init_on(&rig, &pawl_store_sqlite, path);
    assert_int_equal(pawl_rig_open_engine(&rig, &err), PAWL_OK);
    pawl_rig_person(&rig, "bob");
    pawl_rig_apply(&rig, pin);
    struct pawl_request *request = pawl_rig_start(&rig, "pin", pin_inputs, &answer);
    pawl_rig_key(request, "once", "body");
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    none_in(pawl_str_from(answer.body), "the answer");

    pawl_rig_reopen(&rig); /* the attempt is lost, and made again with what was sealed */
    pawl_rig_run(&rig);
    pawl_rig_pass(&rig, 600 * 1000);
    assert_int_equal(rig.held_count, 1);
    struct pawl_str config =
        pawl_json_text(&rig.arena, rig.held[0]->config, PAWL_JSON_COMPACT);
    assert_true(pawl_str_is(config, "{\"pin\":\"x 4711-secret\",\"card\":{\"no\":\"5555-card\"},"
                                    "\"amount\":987654321,\"who\":\"ann\"}"));
    pawl_rig_end(&rig, /* what comes back is sealed too, its keys are masked */
                 "{\"ok\":true,\"said\":\"no 4711-SECRET\",\"n\":987654321,\"b\":"
                 "\"NDcxMS1zZWNyZXQ=\",\"of\":{\"5555-card\":1}}",
                 NULL);
    pawl_rig_run(&rig);
    assert_true(pawl_str_find(view_text(&rig, answer.run, PAWL_VIEW_STEPS),
                              PAWL_STR("{\"ok\":true,\"said\":\"***\",\"n\":\"***\",\"b\":\"***\","
                                       "\"of\":{\"***\":1}}")) != SIZE_MAX);
    assert_int_equal(pawl_rig_tasks(&rig, answer.run, &tasks), 1);
    assert_true(pawl_str_is(tasks[0].title, "Pay *** with ***"));
    none_in(tasks[0].details, "the task");
    none_in_views(&rig, answer.run);

    pawl_id run = answer.run, task = tasks[0].id;
    request = pawl_rig_decide(&rig, PAWL_COMMAND_COMPLETE, task, "bob", &answer);
    request->command.data = pawl_rig_json(request, "{\"code\":\"f-code-77\"}");
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    none_in(pawl_str_from(answer.body), "the answer to the decision");
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_COMPLETED);
    none_in_views(&rig, run);
    none_in_files(folder);
    struct pawl_str view = view_text(&rig, run, PAWL_VIEW_RUN);
    assert_true(pawl_str_find(view, PAWL_STR("\"outputs\":{\"pin\":\"***\",\"double\":\"***\"}")) !=
                SIZE_MAX);
    assert_true(
        pawl_str_find(view, PAWL_STR("{\"pin\":\"***\",\"card\":\"***\",\"amount\":\"***\","
                                     "\"who\":\"ann\"}")) != SIZE_MAX);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_check_cache(&rig);
    pawl_rig_fini(&rig);
    none_in_files(folder);
    folder_remove(folder);
}

TEST(an_error_that_tells_a_sensitive_value_back_is_masked)
{
    struct pawl_rig rig;
    struct pawl_rig_answer answer = {0};
    pawl_rig_init(&rig);
    pawl_rig_person(&rig, "bob");
    pawl_rig_apply(&rig, pin);
    pawl_rig_put(&rig, pawl_rig_start(&rig, "pin", pin_inputs, &answer));
    pawl_rig_run(&rig);
    assert_int_equal(rig.held_count, 1);
    const struct pawl_attempt_result result = {
        .error_code = PAWL_STR("partner.refused"),
        .error_message = PAWL_STR("no luck with 5555-card and 4711-secret: 987654321"),
        .final = true,
    };
    pawl_attempt_done(rig.held[0], &result);
    rig.held_count = 0;
    pawl_rig_run(&rig);
    struct pawl_str steps = view_text(&rig, answer.run, PAWL_VIEW_STEPS);
    none_in(steps, "the error");
    assert_true(pawl_str_find(steps, PAWL_STR("no luck with *** and ***: ***")) != SIZE_MAX);
    pawl_rig_fini(&rig);
}

TEST(with_another_key_the_step_fails_and_with_the_right_one_it_goes_on)
{
    struct pawl_rig rig;
    struct pawl_rig_answer answer = {0};
    pawl_rig_init(&rig);
    pawl_rig_person(&rig, "bob");
    pawl_rig_apply(&rig, pin);
    pawl_id run = pawl_rig_started(&rig, "pin", pin_inputs);
    pawl_rig_key_put(&rig, 'o');
    pawl_rig_reopen(&rig);
    pawl_rig_run(&rig);
    pawl_rig_pass(&rig, 600 * 1000);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_FAILED);
    assert_true(pawl_rig_history(&rig, run, "sensitive.unreadable") > 0);
    none_in_views(&rig, run);
    assert_int_equal(pawl_rig_fsck(&rig), 0);

    pawl_rig_key_put(&rig, 'k');
    pawl_rig_reopen(&rig);
    pawl_rig_put(&rig, pawl_rig_command(&rig, PAWL_COMMAND_RETRY, run, &answer));
    pawl_rig_run(&rig);
    assert_int_equal(rig.held_count, 1);
    pawl_rig_end(&rig, "1", NULL);
    pawl_rig_run(&rig);
    assert_int_equal(pawl_rig_status(&rig, run), PAWL_RUN_RUNNING);
    assert_int_equal(pawl_rig_fsck(&rig), 0);
    pawl_rig_fini(&rig);
}

/* Whether the row of the key holds the hash of the body as it is. */
static bool hash_stands_in(struct pawl_rig *rig, const struct pawl_request *request)
{
    struct pawl_idempotency_row row;
    struct pawl_err err;
    assert_int_equal(pawl_reader_api_of(rig->reader)
                         ->idempotency_get(rig->reader, rig->tenant, request->idempotency_key,
                                           &rig->arena, &row, &err),
                     PAWL_OK);
    return memcmp(row.body_hash, request->body_hash, PAWL_HASH_SIZE) == 0;
}

TEST(the_body_of_a_request_cannot_be_tried_out_against_what_is_stored_of_it)
{
    struct pawl_rig rig;
    struct pawl_rig_answer first = {0}, again = {0}, other = {0}, key_lost = {0};
    pawl_rig_init(&rig);
    pawl_rig_person(&rig, "bob");
    pawl_rig_apply(&rig, pin);
    struct pawl_request *request = pawl_rig_start(&rig, "pin", pin_inputs, &first);
    struct pawl_request copy;
    pawl_rig_key(request, "once", "4711");
    copy = *request;
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(first.rc, PAWL_OK);
    assert_false(hash_stands_in(&rig, &copy));

    pawl_rig_reopen(&rig);
    request = pawl_rig_start(&rig, "pin", pin_inputs, &again);
    pawl_rig_key(request, "once", "4711");
    pawl_rig_put(&rig, request);
    request = pawl_rig_start(&rig, "pin", pin_inputs, &other);
    pawl_rig_key(request, "once", "4712");
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(again.rc, PAWL_OK);
    assert_string_equal(again.body, first.body);
    assert_int_equal(other.rc, PAWL_EIDEMPOTENCY);

    pawl_rig_key_put(&rig, 'o'); /* with another key nobody can tell, and nothing is done twice */
    pawl_rig_reopen(&rig);
    request = pawl_rig_start(&rig, "pin", pin_inputs, &key_lost);
    pawl_rig_key(request, "once", "4711");
    pawl_rig_put(&rig, request);
    pawl_rig_run(&rig);
    assert_int_equal(key_lost.rc, PAWL_EIDEMPOTENCY);
    pawl_rig_fini(&rig);
}

TEST(a_refused_input_is_not_told_back)
{
    static const struct {
        const char *schema, *inputs;
    } rows[] = {
        {"{properties: {pin: {sensitive: true, maxLength: 3}}}", "{\"pin\":\"4711-secret\"}"},
        {"{allOf: [{properties: {pin: {sensitive: true}}}, {properties: {pin: {enum: [a]}}}]}",
         "{\"pin\":\"4711-secret\"}"},
        {"{allOf: [{properties: {pin: {pattern: '^a'}}}, {properties: {pin: {sensitive: true}}}]}",
         "{\"pin\":\"4711-secret\"}"},
        {"{anyOf: [{properties: {pin: {sensitive: true, const: 1}}}, {required: [no]}]}",
         "{\"pin\":\"4711-secret\"}"},
        {"{properties: {list: {items: {sensitive: true, type: integer}}}}",
         "{\"list\":[\"4711-secret\"]}"},
        {"{properties: {n: {sensitive: true, maximum: 3}}}", "{\"n\":987654321}"},
        {"{properties: {n: {sensitive: true, multipleOf: 2}}}", "{\"n\":987654321}"},
        {"{additionalProperties: {sensitive: true, format: email}}", "{\"pin\":\"4711-secret\"}"},
        {"{properties: {o: {sensitive: true, additionalProperties: false}}}",
         "{\"o\":{\"4711-secret\":1}}"},
        {"{properties: {o: {sensitive: true, propertyNames: {maxLength: 2}}}}",
         "{\"o\":{\"4711-secret\":1}}"},
        {"{properties: {list: {type: array, items: {sensitive: true}}}}", /* at the wrong place */
         "{\"list\":\"4711-secret\"}"},
        {"{properties: {o: {type: object, properties: {pin: {sensitive: true}}}}}",
         "{\"o\":\"4711-secret\"}"},
        {"{properties: {l: {sensitive: true, uniqueItems: true}}}",
         "{\"l\":[\"4711-secret\",\"4711-secret\"]}"},
    };
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct pawl_rig rig;
        struct pawl_rig_answer answer = {0};
        char source[512];
        (void)snprintf(source, sizeof(source),
                       "id: w\ninputs: %s\nsteps:\n  - {id: a, action: test.now}\n",
                       rows[i].schema);
        pawl_rig_init(&rig);
        pawl_rig_apply(&rig, source);
        pawl_rig_put(&rig, pawl_rig_start(&rig, "w", rows[i].inputs, &answer));
        pawl_rig_run(&rig);
        assert_int_equal(answer.rc, PAWL_EINVALID);
        none_in(pawl_str_from(answer.message), rows[i].schema);
        none_in(pawl_str_from(answer.body), rows[i].schema);
        pawl_rig_fini(&rig);
    }
}

static const char shown[] =
    "id: shown\n"
    "inputs: {properties: {pin: {type: string, sensitive: true}, who: {type: string}}}\n"
    "steps:\n"
    "  - {id: a, action: test.show, config: {say: 'pay {{ inputs.who }} with {{ inputs.pin }}',"
    " all: '{{ inputs }}'}}\n";

TEST(an_action_whose_config_is_for_people_gets_it_masked_piece_by_piece)
{
    struct pawl_rig rig;
    pawl_rig_init(&rig);
    pawl_rig_apply(&rig, shown);
    pawl_id run = pawl_rig_started(&rig, "shown", "{\"pin\":\"Rosa-Gelb 1\",\"who\":\"ann\"}");
    /* its output is its config */
    assert_true(pawl_rig_history(&rig, run, "\"say\":\"pay ann with ***\"") > 0);
    assert_true(pawl_rig_history(&rig, run, "\"all\":{\"pin\":\"***\",\"who\":\"ann\"}") > 0);
    assert_int_equal(pawl_rig_history(&rig, run, "osa-"), 0);
    pawl_rig_fini(&rig);
}

/* ---- the key's file -------------------------------------------------------------------------- */

static void file_put(const char *path, const char *text, mode_t mode)
{
    struct pawl_err err;
    assert_int_equal(pawl_file_write(path, pawl_str_from(text), PAWL_FILE_PRIVATE, &err), PAWL_OK);
    assert_int_equal(chmod(path, mode), 0);
}

TEST(a_key_is_made_once_kept_private_and_missed_when_it_is_gone)
{
    char folder[64], key[96], id[96], other[96];
    struct pawl_seal_key first, again;
    struct pawl_err err;
    struct stat info;
    folder_make(folder);
    (void)snprintf(key, sizeof(key), "%s/seal.key", folder);
    (void)snprintf(id, sizeof(id), "%s/seal.id", folder);
    (void)snprintf(other, sizeof(other), "%s/other.key", folder);

    assert_int_equal(pawl_seal_key_open(key, id, &first, &err), PAWL_OK);
    assert_int_equal(stat(key, &info), 0);
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(pawl_seal_key_open(key, id, &again, &err), PAWL_OK);
    assert_memory_equal(first.bytes, again.bytes, sizeof(first.bytes));

    assert_int_equal(rename(key, other), 0);
    assert_int_equal(pawl_seal_key_open(key, id, &again, &err), PAWL_ENOT_FOUND);
    assert_non_null(strstr(err.msg, key));
    assert_non_null(strstr(err.msg, "--seal-key"));
    assert_int_equal(access(key, F_OK), -1); /* no new one in its place */
    assert_int_equal(pawl_seal_key_open(other, id, &again, &err), PAWL_OK);

    file_put(key, "00112233445566778899aabbccddeeff00112233445566778899AABBCCDDEEFF\n", 0600);
    assert_int_equal(pawl_seal_key_open(key, id, &again, &err), PAWL_ECONFLICT);
    assert_non_null(strstr(err.msg, first.id));
    assert_int_equal(unlink(id), 0); /* the old values are given up */
    assert_int_equal(pawl_seal_key_open(key, id, &again, &err), PAWL_OK);
    assert_int_equal(again.bytes[31], 0xff);
    folder_remove(folder);
}

TEST(a_key_file_that_others_may_read_or_of_another_form_is_refused)
{
    static const char *const wrong[] = {
        "", "00", "zz112233445566778899aabbccddeeff00112233445566778899aabbccddeeff",
        "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff0"};
    char folder[64], key[96], id[96];
    struct pawl_seal_key taken;
    struct pawl_err err;
    folder_make(folder);
    (void)snprintf(key, sizeof(key), "%s/seal.key", folder);
    (void)snprintf(id, sizeof(id), "%s/seal.id", folder);
    file_put(key, "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", 0640);
    assert_int_equal(pawl_seal_key_open(key, id, &taken, &err), PAWL_EFORBIDDEN);
    assert_non_null(strstr(err.msg, "chmod 600"));
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        file_put(key, wrong[i], 0600);
        assert_int_equal(pawl_seal_key_open(key, id, &taken, &err), PAWL_EINVALID);
        assert_non_null(strstr(err.msg, key));
        assert_null(strstr(err.msg, "112233"));
    }
    assert_int_equal(access(id, F_OK), -1);
    folder_remove(folder);
}

TEST_MAIN(TEST_CASE(a_sensitive_value_reaches_its_effect_and_no_file_and_no_view),
          TEST_CASE(an_error_that_tells_a_sensitive_value_back_is_masked),
          TEST_CASE(with_another_key_the_step_fails_and_with_the_right_one_it_goes_on),
          TEST_CASE(an_action_whose_config_is_for_people_gets_it_masked_piece_by_piece),
          TEST_CASE(the_body_of_a_request_cannot_be_tried_out_against_what_is_stored_of_it),
          TEST_CASE(a_refused_input_is_not_told_back),
          TEST_CASE(a_key_is_made_once_kept_private_and_missed_when_it_is_gone),
          TEST_CASE(a_key_file_that_others_may_read_or_of_another_form_is_refused))
