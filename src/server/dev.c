/* The example world of `pawl dev`; see dev.h. */
#include "server/dev.h"

#include <poll.h>

#include "base/limits.h"
#include "base/panic.h"
#include "os/file.h"
#include "server/ask.h"
#include "server/examples.h" /* made from workflows/ */
#include "server/people.h"
#include "value/json.h"

static const struct pawl_person PEOPLE[PAWL_DEV_PEOPLE] = {
    {.name = "ann", .title = "Ann", .roles = {"requester"}},
    {.name = "bob", .title = "Bob", .roles = {"manager", "operator"}},
    {.name = "carol", .title = "Carol", .roles = {"finance"}},
    {.name = "admin", .title = "Administrator", .admin = true},
};
static const char *const WHAT[PAWL_DEV_PEOPLE] = {
    "asks for things",
    "manager: approves, and may see and control every run",
    "finance: decides what is large",
    "administrator of people and tokens",
};
static const char WORKFLOW[] = "expense-approval";
static const char INPUTS[] = "{\"what\": \"Train to the customer\", \"amount\": 84.50}\n";
static const char FIRST_INPUTS[] = "{\"what\": \"Chairs for the office\", \"amount\": 480}";
enum { BOB = 1, WAIT_STEP_MS = 10, WAIT_STEPS_MAX = 1000 };

static enum pawl_rc no_memory(struct pawl_err *err)
{
    return pawl_err_set(err, PAWL_ENOMEM, "out of memory for the examples");
}

/* ---- workflows ------------------------------------------------------------------------------- */

static enum pawl_rc apply_examples(struct pawl_server *server, struct pawl_arena *arena,
                                   struct pawl_err *err)
{
    struct pawl_engine *engine = pawl_server_engine(server);
    pawl_id tenant = pawl_people_tenant(server);
    for (size_t i = 0; i < sizeof(pawl_examples) / sizeof(pawl_examples[0]); i++) {
        struct pawl_request *request = NULL;
        enum pawl_rc rc = pawl_ask_new(engine, tenant, PAWL_REQUEST_APPLY, &request, err);
        if (rc != PAWL_OK) {
            return rc;
        }
        request->source = (struct pawl_str){pawl_examples[i].text, pawl_examples[i].size};
        rc = pawl_ask(engine, request, arena, NULL, err);
        if (rc != PAWL_OK) {
            return pawl_err_wrap(err, "the example %s", pawl_examples[i].file);
        }
    }
    return PAWL_OK;
}

/* ---- people and their tokens ------------------------------------------------------------------
 */

static struct pawl_str file_in(struct pawl_arena *arena, struct pawl_str data, const char *name)
{
    return pawl_arena_printf(arena, PAWL_STR_FMT "/%s", PAWL_STR_ARG(data), name);
}

/* The map of the file; NULL when there is none that can be read. */
static const struct pawl_val *read_map(struct pawl_arena *arena, struct pawl_str path)
{
    struct pawl_buf buf;
    const struct pawl_val *map = NULL;
    pawl_buf_init(&buf, NULL, PAWL_DOCUMENT_SIZE_MAX);
    enum pawl_rc rc = pawl_file_read(path.ptr, &buf, NULL);
    rc = rc == PAWL_OK
             ? pawl_json_parse(arena, pawl_buf_str(&buf), PAWL_JSON_COPY, NULL, &map, NULL)
             : rc;
    pawl_buf_fini(&buf);
    return rc == PAWL_OK ? map : NULL;
}

static enum pawl_rc write_map(struct pawl_arena *arena, struct pawl_str path,
                              struct pawl_map_builder *map, struct pawl_err *err)
{
    const struct pawl_val *whole = pawl_map_end(map);
    struct pawl_str text =
        whole == NULL ? PAWL_STR_NONE : pawl_json_text(arena, whole, PAWL_JSON_PRETTY);
    if (text.ptr == NULL) {
        return no_memory(err);
    }
    text = pawl_arena_printf(arena, PAWL_STR_FMT "\n", PAWL_STR_ARG(text));
    return pawl_file_write(path.ptr, text, PAWL_FILE_PRIVATE, err);
}

static enum pawl_rc make_people(struct pawl_server *server, struct pawl_str data,
                                struct pawl_arena *arena, struct pawl_dev *dev,
                                struct pawl_err *err)
{
    struct pawl_map_builder tokens;
    dev->tokens_file = file_in(arena, data, "tokens.json");
    if (dev->tokens_file.ptr == NULL) {
        return no_memory(err);
    }
    const struct pawl_val *known = read_map(arena, dev->tokens_file);
    pawl_map_begin(&tokens, arena);
    for (uint32_t i = 0; i < PAWL_DEV_PEOPLE; i++) {
        const struct pawl_person *person = &PEOPLE[i];
        struct pawl_str token = pawl_val_get_str(known, person->name, PAWL_STR_NONE);
        enum pawl_rc rc = pawl_people_make(server, person, arena, err);
        if (rc == PAWL_OK && !pawl_people_has_token(server, person->name, token)) {
            rc = pawl_people_token(server, person->name, "pawl dev", arena, &token, NULL,
                                   err);
        }
        if (rc != PAWL_OK) {
            return pawl_err_wrap(err, "the example person %s", person->name);
        }
        dev->people[i] = (struct pawl_dev_person){person->name, WHAT[i], token};
        pawl_map_add_str(&tokens, person->name, token);
    }
    return write_map(arena, dev->tokens_file, &tokens, err);
}

static enum pawl_rc write_client_file(struct pawl_server *server, struct pawl_str data,
                                      struct pawl_arena *arena, const struct pawl_dev *dev,
                                      struct pawl_err *err)
{
    struct pawl_map_builder map;
    struct pawl_str path = file_in(arena, data, "cli.json");
    if (path.ptr == NULL) {
        return no_memory(err);
    }
    pawl_map_begin(&map, arena);
    pawl_map_add_str(&map, "url", pawl_server_url(server));
    pawl_map_add_str(&map, "user", pawl_str_from(dev->user));
    pawl_map_add_str(&map, "token", dev->people[BOB].token);
    return write_map(arena, path, &map, err);
}

/* ---- the first run --------------------------------------------------------------------------- */

/* A task that bob can decide: of a run that he has not started himself. */
static enum pawl_rc find_task(struct pawl_server *server, struct pawl_reader *reader,
                              struct pawl_arena *arena, struct pawl_dev *dev, struct pawl_err *err)
{
    static const struct pawl_str principals[] = {PAWL_STR_INIT("role:manager")};
    const struct pawl_reader_api *api = pawl_reader_api_of(reader);
    const struct pawl_task_filter filter = {
        .tenant = pawl_people_tenant(server),
        .principals = principals,
        .principal_count = 1,
        .status = PAWL_TASK_PENDING,
        .workflow = pawl_str_from(WORKFLOW),
        .limit = PAWL_PAGE_MAX,
    };
    struct pawl_task_row *rows = NULL;
    struct pawl_list_next next;
    uint32_t count = 0;
    char text[PAWL_ID_TEXT_MAX];
    enum pawl_rc rc = api->task_list(reader, &filter, arena, &rows, &count, &next, err);
    for (uint32_t i = 0; rc == PAWL_OK && i < count && dev->task.len == 0; i++) {
        struct pawl_run_row run;
        rc = api->run_get(reader, filter.tenant, rows[i].run, arena, &run, err);
        if (rc == PAWL_OK && pawl_str_is(run.started_by, PEOPLE[0].name)) {
            dev->task = pawl_arena_str(arena, pawl_id_format(text, "task", rows[i].id));
            dev->run = pawl_arena_str(arena, pawl_id_format(text, "run", rows[i].run));
        }
    }
    return rc;
}

static enum pawl_rc start_run(struct pawl_server *server, struct pawl_arena *arena,
                              struct pawl_err *err)
{
    struct pawl_engine *engine = pawl_server_engine(server);
    struct pawl_request *request = NULL;
    enum pawl_rc rc =
        pawl_ask_new(engine, pawl_people_tenant(server), PAWL_REQUEST_RUN_NEW, &request, err);
    if (rc != PAWL_OK) {
        return rc;
    }
    request->workflow = pawl_str_from(WORKFLOW);
    request->command.kind = PAWL_COMMAND_START;
    request->command.actor = (struct pawl_actor){.name = pawl_str_from(PEOPLE[0].name)};
    rc = pawl_json_parse(&request->arena, pawl_str_from(FIRST_INPUTS), PAWL_JSON_COPY, NULL,
                         &request->command.inputs, err);
    if (rc != PAWL_OK) {
        pawl_request_free(request);
        return rc;
    }
    return pawl_ask(engine, request, arena, NULL, err);
}

/* The run gets to its task a moment after it was started. */
static enum pawl_rc first_run(struct pawl_server *server, struct pawl_arena *arena,
                              struct pawl_dev *dev, struct pawl_err *err)
{
    struct pawl_reader *reader = NULL;
    enum pawl_rc rc = pawl_engine_reader_open(pawl_server_engine(server), &reader, err);
    rc = rc == PAWL_OK ? find_task(server, reader, arena, dev, err) : rc;
    if (rc == PAWL_OK && dev->task.len == 0) {
        rc = start_run(server, arena, err);
    }
    for (uint32_t i = 0; rc == PAWL_OK && dev->task.len == 0 && i < WAIT_STEPS_MAX; i++) {
        (void)poll(NULL, 0, WAIT_STEP_MS);
        rc = find_task(server, reader, arena, dev, err);
    }
    pawl_reader_close(reader);
    if (rc == PAWL_OK && dev->task.len == 0) {
        rc = pawl_err_set(err, PAWL_ETIMEOUT, "the first run did not come to its task");
    }
    return rc;
}

enum pawl_rc pawl_dev_prepare(struct pawl_server *server, struct pawl_str data,
                              struct pawl_arena *arena, struct pawl_dev *ret_dev,
                              struct pawl_err *err)
{
    struct pawl_dev dev = {.user = PEOPLE[BOB].name, .workflow = WORKFLOW};
    dev.inputs_file = file_in(arena, data, "expense.json");
    if (dev.inputs_file.ptr == NULL) {
        return no_memory(err);
    }
    enum pawl_rc rc = apply_examples(server, arena, err);
    rc = rc == PAWL_OK ? make_people(server, data, arena, &dev, err) : rc;
    rc = rc == PAWL_OK ? write_client_file(server, data, arena, &dev, err) : rc;
    rc = rc == PAWL_OK
             ? pawl_file_write(dev.inputs_file.ptr, pawl_str_from(INPUTS), PAWL_FILE_SHARED, err)
             : rc;
    rc = rc == PAWL_OK ? first_run(server, arena, &dev, err) : rc;
    if (rc == PAWL_OK) {
        *ret_dev = dev;
    }
    return rc;
}
