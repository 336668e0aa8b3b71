/* exec.run: one program with its arguments, no shell, off unless the operator allows it.
 *
 * The output is {exit_code, stdout, stderr}; an exit code other than 0 fails with exec.exit, and a
 * program that a signal ended, which said nothing of what it had done, with exec.killed. At the
 * timeout or a cancel the whole process group is asked to end (SIGTERM) and killed two seconds
 * later. The child's environment is PATH, PAWL_RUN, PAWL_STEP, PAWL_KEY and what `env` gives,
 * nothing of the server's. */
#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "action/action.h"
#include "action/io.h"
#include "base/buf.h"
#include "base/limits.h"
#include "base/panic.h"
#include "base/utf8.h"
#include "os/process.h"
#include "value/json.h"

enum {
    ARGS_MAX = 256,
    ENV_MAX = 128,
    OUTPUT_MAX = 256 * 1024,
    INPUT_MAX = 60 * 1024,
    GRACE_MS = 2000,
    TAIL_MAX = 300
};

enum stopping { STOP_NO, STOP_TIMEOUT, STOP_CANCEL };

struct exec_state {
    struct pawl_attempt *attempt;
    struct pawl_process process;
    struct pawl_io_watch watch; /* fds: its end, its output, its errors */
    struct pawl_buf out, err;
    enum stopping stopping;
    bool killed, cut;
};

/* ---- output ---- */

static void drain(struct exec_state *state, int *io_fd, struct pawl_buf *buf)
{
    char bytes[8192];
    while (*io_fd >= 0) {
        ssize_t got = read(*io_fd, bytes, sizeof(bytes));
        if (got < 0 && errno == EINTR) {
            continue;
        }
        if (got < 0 && errno == EAGAIN) {
            return;
        }
        if (got <= 0) {
            close(*io_fd);
            *io_fd = -1;
            return;
        }
        size_t room = buf->max - buf->len, len = (size_t)got;
        state->cut = state->cut || len > room;
        pawl_buf_put(buf, bytes, len < room ? len : room);
    }
}

/* Programs may print anything; what is no UTF-8 becomes U+FFFD. */
static const struct pawl_val *text_val(struct pawl_arena *arena, const struct pawl_buf *buf)
{
    struct pawl_str text = pawl_buf_str(buf);
    if (text.len == 0) {
        return &pawl_val_empty_text;
    }
    if (pawl_utf8_check(text) == SIZE_MAX) {
        return pawl_val_text(arena, text);
    }
    char *clean = pawl_arena_get(arena, text.len * 3, 1);
    size_t len = 0;
    for (size_t at = 0; clean != NULL && at < text.len;) {
        uint32_t code = pawl_utf8_next(text, &at);
        len += pawl_utf8_put(clean + len, code == PAWL_UTF8_BAD ? 0xFFFD : code);
    }
    return clean == NULL ? NULL : pawl_val_text(arena, (struct pawl_str){clean, len});
}

/* ---- the end ---- */

static struct pawl_str last_line(const struct pawl_attempt *attempt, const struct pawl_buf *buf)
{
    const struct pawl_val *val = text_val(attempt->arena, buf);
    struct pawl_str text = pawl_str_trim(pawl_attempt_mask(attempt, pawl_val_str(val)));
    size_t from = text.len;
    while (from > 0 && text.ptr[from - 1] != '\n' && text.len - from < TAIL_MAX) {
        from--;
    }
    while (from < text.len && ((uint8_t)text.ptr[from] & 0xC0u) == 0x80u) {
        from++;
    }
    return pawl_str_sub(text, from, SIZE_MAX);
}

/* The program said that it was done: never repeated, whatever becomes of its output. */
static void finish_well(struct exec_state *state)
{
    struct pawl_attempt *attempt = state->attempt;
    struct pawl_arena *arena = attempt->arena;
    struct pawl_map_builder output;
    pawl_map_begin(&output, arena);
    pawl_map_add_int(&output, "exit_code", 0);
    pawl_map_add(&output, PAWL_STR("stdout"), text_val(arena, &state->out));
    pawl_map_add(&output, PAWL_STR("stderr"), text_val(arena, &state->err));
    pawl_map_add_bool(&output, "cut", state->cut);
    struct pawl_attempt_result result = {.ok = true, .output = pawl_map_end(&output)};
    if (result.output == NULL) {
        result = (struct pawl_attempt_result){
            .error_code = PAWL_STR("output.too_large"),
            .error_message = PAWL_STR("the program ended well and is not repeated, but the server "
                                      "had no room for its output"),
            .final = true,
        };
    }
    pawl_attempt_done(attempt, &result);
}

static void finish_badly(struct exec_state *state, int code, int signal)
{
    struct pawl_attempt *attempt = state->attempt;
    struct pawl_attempt_result result = {0};
    if (state->stopping != STOP_NO) {
        result.error_code =
            state->stopping == STOP_TIMEOUT ? PAWL_STR("timeout") : PAWL_STR("cancelled");
        result.error_message =
            state->stopping == STOP_TIMEOUT
                ? PAWL_STR("the program did not end in time and was stopped")
                : PAWL_STR("the program was stopped because the attempt was cancelled");
    } else {
        struct pawl_str tail = last_line(attempt, state->err.len > 0 ? &state->err : &state->out);
        result.unknown = code < 0;
        result.error_code = code < 0 ? PAWL_STR("exec.killed") : PAWL_STR("exec.exit");
        result.error_message =
            pawl_arena_printf(attempt->arena, "the program %s %d%s" PAWL_STR_FMT,
                              code < 0 ? "was ended by signal" : "ended with exit code",
                              code < 0 ? signal : code, tail.len > 0 ? ": " : "",
                              PAWL_STR_ARG(tail));
    }
    pawl_attempt_done(attempt, &result);
}

static void finish(struct exec_state *state)
{
    struct pawl_buf out = state->out, err = state->err; /* the state ends with the attempt */
    int signal = 0, code = pawl_process_reap(&state->process, &signal);
    if (code == 0 && state->stopping == STOP_NO) {
        finish_well(state);
    } else {
        finish_badly(state, code, signal);
    }
    pawl_buf_fini(&out);
    pawl_buf_fini(&err);
}

static void stop(struct exec_state *state, enum stopping why)
{
    if (state->stopping == STOP_NO) {
        state->stopping = why;
        state->watch.deadline_ms = pawl_io_now() + GRACE_MS;
        pawl_process_stop(&state->process, PAWL_PROCESS_ASK);
    } else if (!state->killed) {
        state->killed = true;
        state->watch.deadline_ms = INT64_MAX;
        pawl_process_stop(&state->process, PAWL_PROCESS_KILL);
    }
}

static void on_ready(struct pawl_io_watch *watch)
{
    struct exec_state *state = watch->arg;
    drain(state, &state->process.out_fd, &state->out);
    drain(state, &state->process.err_fd, &state->err);
    watch->fds[1] = state->process.out_fd;
    watch->fds[2] = state->process.err_fd;
    struct pollfd ended = {.fd = state->process.pid_fd, .events = POLLIN};
    if (poll(&ended, 1, 0) == 1) {
        pawl_io_watch_del(state->attempt->io, watch);
        finish(state);
    } else if (watch->deadline_ms <= pawl_io_now()) {
        stop(state, STOP_TIMEOUT);
    }
}

/* ---- the start ---- */

static bool argv_build(struct pawl_attempt *attempt, char **argv)
{
    const struct pawl_val *command = PAWL_VAL_GET(attempt->config, "command");
    uint32_t count = pawl_val_count(command);
    if (count == 0 || count >= ARGS_MAX) {
        return false;
    }
    for (uint32_t i = 0; i < count; i++) {
        const struct pawl_val *item = pawl_val_at(command, i);
        struct pawl_str text = pawl_val_is(item, PAWL_VAL_TEXT)
                                   ? pawl_arena_str(attempt->arena, pawl_val_str(item))
                                   : pawl_json_text(attempt->arena, item, PAWL_JSON_COMPACT);
        if (text.ptr == NULL || memchr(text.ptr, '\0', text.len) != NULL) {
            return false;
        }
        argv[i] = pawl_arena_str(attempt->arena, text).ptr == NULL
                      ? NULL
                      : (char *)(uintptr_t)pawl_arena_str(attempt->arena, text)
                            .ptr; /* execve wants char * */
    }
    argv[count] = NULL;
    return argv[0] != NULL && argv[0][0] != '\0';
}

/* What execve would cut off silently. */
static bool has_zero(const struct pawl_val *val)
{
    struct pawl_str text = pawl_val_str(val);
    return text.len > 0 && memchr(text.ptr, '\0', text.len) != NULL;
}

/* The key that cannot be handed to a program; NULL: none. */
static const char *not_a_c_string(const struct pawl_val *config)
{
    const struct pawl_val *command = PAWL_VAL_GET(config, "command");
    const struct pawl_val *env = PAWL_VAL_GET(config, "env");
    for (uint32_t i = 0; i < pawl_val_count(command); i++) {
        if (has_zero(pawl_val_at(command, i))) {
            return "command";
        }
    }
    for (uint32_t i = 0; i < pawl_val_count(env); i++) {
        if (has_zero(pawl_val_at(env, i))) {
            return "env";
        }
    }
    return has_zero(PAWL_VAL_GET(config, "directory")) ? "directory" : NULL;
}

static void env_add(struct pawl_attempt *attempt, char **env, uint32_t *io_count,
                    struct pawl_str name, struct pawl_str value)
{
    struct pawl_str pair = pawl_arena_printf(attempt->arena, PAWL_STR_FMT "=" PAWL_STR_FMT,
                                             PAWL_STR_ARG(name), PAWL_STR_ARG(value));
    if (*io_count < ENV_MAX - 1 && pair.ptr != NULL) {
        env[(*io_count)++] = (char *)(uintptr_t)pair.ptr;
    }
}

static void env_build(struct pawl_attempt *attempt, char **env)
{
    const struct pawl_val *given = PAWL_VAL_GET(attempt->config, "env");
    uint32_t count = 0;
    env_add(attempt, env, &count, PAWL_STR("PATH"), PAWL_STR("/usr/local/bin:/usr/bin:/bin"));
    env_add(attempt, env, &count, PAWL_STR("PAWL_RUN"), attempt->run_text);
    env_add(attempt, env, &count, PAWL_STR("PAWL_STEP"), attempt->step_id);
    env_add(attempt, env, &count, PAWL_STR("PAWL_KEY"), attempt->key);
    for (uint32_t i = 0; i < pawl_val_count(given); i++) {
        const struct pawl_val *value = pawl_val_at(given, i);
        struct pawl_str text = pawl_val_is(value, PAWL_VAL_TEXT)
                                   ? pawl_val_str(value)
                                   : pawl_json_text(attempt->arena, value, PAWL_JSON_COMPACT);
        env_add(attempt, env, &count, pawl_val_key(given, i), text);
    }
    env[count] = NULL;
}

static void input_write(struct exec_state *state, struct pawl_str input)
{
    if (input.len > 0) { /* fits a pipe's buffer, so one write takes it all or the child is gone */
        ssize_t written = write(state->process.in_fd, input.ptr, input.len);
        (void)written;
    }
    close(state->process.in_fd);
    state->process.in_fd = -1;
}

static void exec_run_start(struct pawl_attempt *attempt)
{
    char *argv[ARGS_MAX], *env[ENV_MAX];
    struct pawl_err err;
    struct exec_state *state = PAWL_ARENA_NEW(attempt->arena, struct exec_state);
    struct pawl_str input = pawl_val_get_str(attempt->config, "input", PAWL_STR_NONE);
    struct pawl_str dir = pawl_arena_str(
        attempt->arena, pawl_val_get_str(attempt->config, "directory", PAWL_STR_NONE));
    if (!pawl_io_exec_allowed(attempt->io)) {
        pawl_attempt_error(attempt, "config.exec_not_allowed",
                           "exec.run is off; the operator turns it on with --allow-exec");
        return;
    }
    if (not_a_c_string(attempt->config) != NULL) {
        pawl_attempt_error(attempt, "config.value",
                           "config.%s holds a zero byte (\\u0000), which no program can be given",
                           not_a_c_string(attempt->config));
        return;
    }
    if (state == NULL || !argv_build(attempt, argv) || input.len > INPUT_MAX) {
        pawl_attempt_error(
            attempt, "config.command",
            "command must be 1 to %d texts without zero bytes, input at most %d bytes",
            ARGS_MAX - 1, INPUT_MAX);
        return;
    }
    env_build(attempt, env);
    enum pawl_rc rc =
        pawl_process_start(argv, env, dir.len > 0 ? dir.ptr : NULL, &state->process, &err);
    if (rc != PAWL_OK) {
        pawl_attempt_error(attempt,
                           rc == PAWL_ENOT_FOUND ? "config.program_not_found" : "exec.start", "%s",
                           err.msg);
        return;
    }
    state->attempt = attempt;
    attempt->state = state;
    pawl_buf_init(&state->out, NULL, OUTPUT_MAX);
    pawl_buf_init(&state->err, NULL, OUTPUT_MAX);
    state->watch = (struct pawl_io_watch){
        .fds = {state->process.pid_fd, state->process.out_fd, state->process.err_fd},
        .deadline_ms = attempt->timeout_ms > 0 ? pawl_io_now() + attempt->timeout_ms : INT64_MAX,
        .fn = on_ready,
        .arg = state,
    };
    input_write(state, input);
    pawl_io_watch_add(attempt->io, &state->watch);
}

static void exec_run_cancel(struct pawl_attempt *attempt)
{
    struct exec_state *state = attempt->state;
    PAWL_ASSERT(state != NULL);
    stop(state, STOP_CANCEL);
}

static struct pawl_str exec_run_destination(const struct pawl_attempt *attempt)
{
    const struct pawl_val *program = pawl_val_at(PAWL_VAL_GET(attempt->config, "command"), 0);
    return pawl_val_is(program, PAWL_VAL_TEXT) ? pawl_val_str(program) : PAWL_STR_NONE;
}

static const struct pawl_action_error error_rows[] = {
#define PAWL_X(code, follows, what)                                                                \
    {PAWL_STR_INIT(code), PAWL_ERROR_##follows, PAWL_STR_INIT(what)},
#include "action/exec_errors.def"
#undef PAWL_X
};

const struct pawl_action pawl_action_exec_run = {
    .abi = PAWL_ACTION_ABI,
    .size = sizeof(struct pawl_action),
    .info =
        {
            .name = PAWL_STR_INIT("exec.run"),
            .summary =
                PAWL_STR_INIT("Run a program on the server (must be allowed by the operator)"),
            .kind = PAWL_STEP_KIND_EFFECT,
            .idempotent = false,
            .timeout_ms = (int64_t)PAWL_PROGRAM_TIMEOUT_SECONDS * 1000,
            .errors = error_rows,
            .error_count = sizeof(error_rows) / sizeof(error_rows[0]),
            .config_schema =
                PAWL_STR_INIT("{\"type\":\"object\",\"additionalProperties\":false,\"required\":["
                              "\"command\"],\"properties\":{"
                              "\"command\":{\"type\":\"array\",\"minItems\":1,\"maxItems\":255,"
                              "\"items\":{\"type\":\"string\",\"x-values\":\"scalar\"},"
                              "\"description\":\"The program and its arguments; no shell\"},"
                              "\"env\":{\"type\":\"object\",\"maxProperties\":120,"
                              "\"propertyNames\":{\"pattern\":\"^[^=\\\\u0000]+$\"},"
                              "\"additionalProperties\":{\"type\":\"string\",\"x-values\":"
                              "\"scalar\"},"
                              "\"description\":\"Variables, beside PATH and PAWL_…\"},"
                              "\"input\":{\"type\":\"string\",\"x-values\":\"json\","
                              "\"description\":\"Standard input; text as it is, other values as "
                              "JSON\"},"
                              "\"directory\":{\"type\":\"string\",\"minLength\":1,"
                              "\"x-values\":\"refuse\"}}}"),
            .docs = PAWL_STR_INIT("action: exec.run\nconfig: {command: [convert, \"{{ inputs.file "
                                  "}}\", out.png]}\ntimeout: 1m\n"),
            .output_schema = PAWL_STR_INIT(
                "{\"type\":\"object\",\"additionalProperties\":false,\"properties\":{"
                "\"exit_code\":{\"type\":\"integer\",\"description\":\"0\"},"
                "\"stdout\":{\"type\":\"string\"},\"stderr\":{\"type\":\"string\"},"
                "\"cut\":{\"type\":\"boolean\",\"description\":\"whether one of both was longer "
                "than 256 KB and was cut\"}}}"),
        },
    .mode = PAWL_ACTION_ASYNC,
    .start = exec_run_start,
    .cancel = exec_run_cancel,
    .destination = exec_run_destination,
    .pool = PAWL_POOL_PROGRAMS,
};
