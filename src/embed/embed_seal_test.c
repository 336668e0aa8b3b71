/* Sensitive values in a host's hands: its actions get them, and no query, answer, log line or file
 * of the store shows them, also when an action sends them back; the key is a file that it names. */
#include "base/test.h"

#include <pawl/pawl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const char private_text[] =
    "id: private\n"
    "inputs: {properties: {pin: {type: string, sensitive: true}, who: {type: string}}}\n"
    "outputs: {back: '{{ steps.call.output }}', pin: '{{ inputs.pin }}'}\n"
    "steps:\n"
    "  - {id: call, action: host.echo, config: {pin: 'x {{ inputs.pin }}', ok: true}}\n"
    "  - {id: bad, action: host.echo, on_error: continue, retry: {max_attempts: 1},"
    " config: {pin: '{{ inputs.pin }}', ok: false}}\n"
    "  - {id: ask, action: approval.request, config: {assign: {user: carol},"
    " title: 'Pay with {{ inputs.pin }}?', form: {properties: {code: {type: string,"
    " sensitive: true}}}}}\n";
static const char *const words[] = {"Rosa-Gelb", "ROSA-GELB", "f-code-77", "UmFzYS", "sealed\":"};

/* What the host was shown, one text after the other. */
struct seen {
    char *text;
    size_t len, room;
    int answers, rc;
    pawl_id run, task;
    char got[256]; /* config of its action */
};

static void see(struct seen *seen, struct pawl_str text)
{
    if (seen->len + text.len + 2 > seen->room) {
        seen->room = (seen->room + text.len) * 2 + 4096;
        seen->text = realloc(seen->text, seen->room);
        assert_non_null(seen->text);
    }
    memcpy(seen->text + seen->len, text.ptr != NULL ? text.ptr : "", text.len);
    seen->len += text.len;
    seen->text[seen->len++] = '\n';
    seen->text[seen->len] = '\0';
}

static struct pawl_str text(const char *literal)
{
    return (struct pawl_str){literal, strlen(literal)};
}

static void on_answer(void *arg, const struct pawl_answer *answer)
{
    struct seen *seen = arg;
    see(seen, answer->body);
    see(seen, text(answer->message != NULL ? answer->message : ""));
    seen->answers++;
    seen->rc = answer->rc;
    seen->run = answer->run != 0 ? answer->run : seen->run;
}

static void on_log(void *ctx, int level, const char *event, const char *fields)
{
    (void)level;
    see(ctx, text(event));
    see(ctx, text(fields));
}

static bool on_row(void *arg, pawl_id id, struct pawl_str row)
{
    struct seen *seen = arg;
    see(seen, row);
    seen->task = id;
    return true;
}

/* Gives its config back, as output or as an error. */
static void echo(void *ctx, struct pawl_attempt *attempt)
{
    struct seen *seen = ctx;
    struct pawl_str config = pawl_attempt_config(attempt);
    struct pawl_result result = {.size = sizeof(result)};
    char message[sizeof(seen->got)];
    (void)snprintf(message, sizeof(message), "%.*s", (int)config.len, config.ptr);
    result.ok = strstr(message, "\"ok\":true") != NULL;
    if (result.ok) {
        memcpy(seen->got, message, sizeof(message));
        result.output = config;
    } else {
        result.code = "host.no";
        result.message = message;
    }
    pawl_attempt_end(attempt, &result);
}

static struct pawl *open_with(struct seen *seen, const char *path, const char *key,
                              struct pawl_error *error)
{
    struct pawl *pawl = NULL;
    struct pawl_options options = {.size = sizeof(options),
                                   .path = path,
                                   .ctx = seen,
                                   .log = on_log,
                                   .seal_key = key};
    struct pawl_action_options action = {
        .size = sizeof(action), .name = "host.echo", .summary = "gives back", .start = echo,
        .ctx = seen};
    if (pawl_open(&options, &pawl, error) != 0) {
        return NULL;
    }
    assert_int_equal(pawl_action_add(pawl, &action, error), 0);
    return pawl;
}

static void answered(struct pawl *pawl, struct seen *seen, int count)
{
    for (int i = 0; i < 500 && seen->answers < count; i++) {
        assert_int_equal(pawl_poll(pawl, 5), 0);
    }
    assert_int_equal(seen->answers, count);
    assert_int_equal(seen->rc, 0);
}

static void query_all(struct pawl *pawl, struct seen *seen)
{
    static const enum pawl_query_kind kinds[] = {PAWL_QUERY_RUN,      PAWL_QUERY_STEPS,
                                                 PAWL_QUERY_PROGRESS, PAWL_QUERY_RUNS,
                                                 PAWL_QUERY_EVENTS,   PAWL_QUERY_TASKS};
    struct pawl_error error;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        struct pawl_query query = {
            .size = sizeof(query), .kind = kinds[i], .run = seen->run, .limit = 200};
        assert_int_equal(pawl_query(pawl, &query, on_row, seen, &error), 0);
    }
}

static void none_in(const char *bytes, size_t len, const char *where, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (memmem(bytes, len, words[i], strlen(words[i])) != NULL) {
            print_error("'%s' stands in %s\n", words[i], where);
            fail();
        }
    }
}

static void none_in_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    static char bytes[4 << 20];
    size_t len = fread(bytes, 1, sizeof(bytes), file);
    assert_true(len > 0 && len < sizeof(bytes));
    (void)fclose(file);
    none_in(bytes, len, path, sizeof(words) / sizeof(words[0]) - 1); /* the form is there */
}

static void decide(struct pawl *pawl, struct seen *seen)
{
    struct pawl_error error;
    struct pawl_decide decision = {.size = sizeof(decision),
                                   .task = seen->task,
                                   .verdict = PAWL_APPROVE,
                                   .by = {.name = "carol"},
                                   .form = text("{\"code\":\"f-code-77\"}")};
    assert_true(seen->task != 0);
    assert_int_equal(pawl_decide(pawl, &decision, on_answer, seen, &error), 0);
    answered(pawl, seen, 4);
}

static void live(struct pawl *pawl, struct seen *seen)
{
    struct pawl_error error;
    struct pawl_person carol = {.size = sizeof(carol), .name = "carol"};
    struct pawl_start start = {.size = sizeof(start),
                               .workflow = "private",
                               .inputs = text("{\"pin\":\"Rosa-Gelb\",\"who\":\"ann\"}"),
                               .idempotency_key = "once"};
    char status[16];
    assert_int_equal(pawl_person_put(pawl, &carol, on_answer, seen, &error), 0);
    assert_int_equal(pawl_apply(pawl, text(private_text), on_answer, seen, &error), 0);
    answered(pawl, seen, 2);
    assert_int_equal(pawl_start(pawl, &start, on_answer, seen, &error), 0);
    answered(pawl, seen, 3);
    assert_int_not_equal(pawl_wait(pawl, seen->run, 50, status, &error), 0); /* it asks */
    query_all(pawl, seen);
    decide(pawl, seen);
    assert_int_equal(pawl_wait(pawl, seen->run, 5000, status, &error), 0);
    assert_string_equal(status, "completed");
    query_all(pawl, seen);
}

struct place {
    char folder[64], store[96], key[96], other[96];
    char wal[112], shm[112], lock[112], deciding[112], id[112];
};

static void place_make(struct place *place)
{
    (void)snprintf(place->folder, sizeof(place->folder), "/tmp/pawl-embed-seal-XXXXXX");
    assert_non_null(mkdtemp(place->folder));
    (void)snprintf(place->store, sizeof(place->store), "%s/store.db", place->folder);
    (void)snprintf(place->wal, sizeof(place->wal), "%s-wal", place->store);
    (void)snprintf(place->shm, sizeof(place->shm), "%s-shm", place->store);
    (void)snprintf(place->lock, sizeof(place->lock), "%s.lock", place->store);
    (void)snprintf(place->deciding, sizeof(place->deciding), "%s.deciding", place->store);
    (void)snprintf(place->key, sizeof(place->key), "%s/my.key", place->folder);
    (void)snprintf(place->other, sizeof(place->other), "%s/other.key", place->folder);
    (void)snprintf(place->id, sizeof(place->id), "%s.seal.id", place->store);
}

static void place_remove(const struct place *place)
{
    const char *const files[] = {place->store,    place->wal, place->shm,   place->lock,
                                 place->deciding, place->key, place->other, place->id};
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        (void)unlink(files[i]);
    }
    assert_int_equal(rmdir(place->folder), 0); /* and nothing else was made */
}

TEST(a_host_is_shown_no_sensitive_value_and_its_action_gets_it)
{
    struct place place;
    struct seen seen = {0};
    struct pawl_error error;
    place_make(&place);
    struct pawl *pawl = open_with(&seen, place.store, place.key, &error);
    assert_non_null(pawl);
    live(pawl, &seen);
    assert_string_equal(seen.got, "{\"pin\":\"x Rosa-Gelb\",\"ok\":true}");
    none_in(seen.text, seen.len, "what the host was shown", sizeof(words) / sizeof(words[0]));
    assert_non_null(strstr(seen.text, "\"back\":{\"pin\":\"***\",\"ok\":true},\"pin\":\"***\""));
    assert_non_null(strstr(seen.text, "Pay with ***?"));
    none_in_file(place.store);
    none_in_file(place.wal);
    pawl_close(pawl);
    none_in_file(place.store);
    free(seen.text);
    place_remove(&place);
}

TEST(the_key_of_sensitive_values_is_the_file_that_the_host_names)
{
    struct place place;
    struct seen seen = {0};
    struct pawl_error error;
    struct stat info;
    place_make(&place);
    pawl_close(open_with(&seen, place.store, place.key, &error));
    assert_int_equal(stat(place.key, &info), 0); /* made, and nobody else's */
    assert_int_equal(info.st_mode & 0777, 0600);
    assert_int_equal(info.st_size, 65);
    assert_null(open_with(&seen, place.store, NULL, &error)); /* not the key that was used */
    assert_non_null(strstr(error.message, "seal"));
    FILE *file = fopen(place.other, "w");
    assert_non_null(file);
    (void)fputs("00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\n", file);
    (void)fclose(file);
    assert_int_equal(chmod(place.other, 0600), 0);
    assert_null(open_with(&seen, place.store, place.other, &error));
    assert_non_null(strstr(error.message, place.other));
    struct pawl *pawl = open_with(&seen, place.store, place.key, &error);
    assert_non_null(pawl);
    pawl_close(pawl);
    free(seen.text);
    place_remove(&place);
}

TEST_MAIN(TEST_CASE(a_host_is_shown_no_sensitive_value_and_its_action_gets_it),
          TEST_CASE(the_key_of_sensitive_values_is_the_file_that_the_host_names))
