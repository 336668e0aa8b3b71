/* Log lines: time, level, event, fields. Each is one write, so lines of several threads don't mix.
 * Fields come as logfmt (key=value key='two words') and are taken apart for JSON. */
#include "server/log_sink.h"

#include <unistd.h>

#include "base/limits.h"
#include "base/panic.h"
#include "base/time.h"
#include "base/utf8.h"
#include "os/clock.h"
#include "value/json.h"

static const char *level_name(enum pawl_log_level level)
{
    static const char *const names[] = {
        [PAWL_LOG_ERROR] = "error", [PAWL_LOG_WARN] = "warn",   [PAWL_LOG_INFO] = "info",
        [PAWL_LOG_DEBUG] = "debug", [PAWL_LOG_TRACE] = "trace",
    };
    PAWL_ASSERT((size_t)level < sizeof(names) / sizeof(names[0]));
    return names[level];
}

/* A quoted value ends at a quote that a blank or the end follows: values are not escaped. */
static size_t quoted_end(struct pawl_str fields, size_t at)
{
    while (at < fields.len &&
           !(fields.ptr[at] == '\'' && (at + 1 == fields.len || fields.ptr[at + 1] == ' '))) {
        at++;
    }
    return at;
}

/* The end of a JSON text that starts at `at` with '"', '{' or '['. */
static size_t json_end(struct pawl_str fields, size_t at)
{
    uint32_t depth = 0;
    bool in_text = false;
    for (; at < fields.len; at++) {
        char c = fields.ptr[at];
        if (in_text && c == '\\') {
            at++;
        } else if (c == '"') {
            in_text = !in_text;
        } else if (!in_text && (c == '{' || c == '[')) {
            depth++;
        } else if (!in_text && (c == '}' || c == ']')) {
            depth--;
        }
        if (!in_text && depth == 0) {
            return at + 1;
        }
    }
    return fields.len; /* cut at the end of the line */
}

static size_t value_end(struct pawl_str fields, size_t at)
{
    if (at < fields.len && strchr("\"{[", fields.ptr[at]) != NULL) {
        return json_end(fields, at);
    }
    while (at < fields.len && fields.ptr[at] != ' ') {
        at++;
    }
    return at;
}

/* The next key and value at *io_at; false at the end. */
static bool next_field(struct pawl_str fields, size_t *io_at, struct pawl_str *ret_key,
                       struct pawl_str *ret_value)
{
    size_t at = *io_at;
    while (at < fields.len && fields.ptr[at] == ' ') {
        at++;
    }
    size_t start = at;
    while (at < fields.len && fields.ptr[at] != '=' && fields.ptr[at] != ' ') {
        at++;
    }
    if (at == start) {
        return false;
    }
    *ret_key = pawl_str_sub(fields, start, at - start);
    *ret_value = PAWL_STR_NONE;
    if (at < fields.len && fields.ptr[at] == '=') {
        at++;
        bool is_quoted = at < fields.len && fields.ptr[at] == '\'';
        start = is_quoted ? at + 1 : at;
        size_t end = is_quoted ? quoted_end(fields, start) : value_end(fields, start);
        *ret_value = pawl_str_sub(fields, start, end - start);
        at = is_quoted ? end + 1 : end;
    }
    *io_at = at;
    return true;
}

/* A value that is JSON already (what a workflow logs) is put in as it is. */
static bool is_json(struct pawl_str text)
{
    struct pawl_arena arena;
    const struct pawl_val *val = NULL;
    if (text.len == 0 || memchr("\"{[", text.ptr[0], 3) == NULL) {
        return false;
    }
    pawl_arena_init(&arena, NULL, PAWL_DOCUMENT_MEMORY_MAX);
    enum pawl_rc rc = pawl_json_parse(&arena, text, PAWL_JSON_VIEWS, NULL, &val, NULL);
    pawl_arena_fini(&arena);
    return rc == PAWL_OK;
}

/* Text that is not UTF-8 (a path, a program's output) is shown byte by byte as '?'. */
static void put_json_text(struct pawl_buf *buf, struct pawl_str text)
{
    if (pawl_utf8_check(text) == SIZE_MAX) {
        pawl_json_write_text(buf, text);
        return;
    }
    pawl_buf_put_char(buf, '"');
    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        pawl_buf_put_char(buf, c >= ' ' && c < 0x7F && c != '"' && c != '\\' ? c : '?');
    }
    pawl_buf_put_char(buf, '"');
}

void pawl_log_line_format(struct pawl_buf *buf, enum pawl_log_format format, pawl_ms now,
                          enum pawl_log_level level, const char *event, struct pawl_str fields)
{
    char time[PAWL_TIME_TEXT_MAX];
    (void)pawl_time_format(time, now);
    if (format == PAWL_LOG_LOGFMT) {
        pawl_buf_printf(buf, "time=%s level=%s event=%s ", time, level_name(level), event);
        for (size_t i = 0; i < fields.len; i++) { /* one event, one line */
            char c = fields.ptr[i];
            pawl_buf_put_char(buf, (unsigned char)c < ' ' || c == 0x7F ? ' ' : c);
        }
        return;
    }
    pawl_buf_printf(buf, "{\"time\":\"%s\",\"level\":\"%s\",\"event\":\"%s\"", time,
                    level_name(level), event);
    struct pawl_str key, value;
    for (size_t at = 0; next_field(fields, &at, &key, &value);) {
        pawl_buf_put_char(buf, ',');
        put_json_text(buf, key);
        pawl_buf_put_char(buf, ':');
        if (is_json(value)) {
            pawl_buf_put_str(buf, value);
        } else {
            put_json_text(buf, value);
        }
    }
    pawl_buf_put_char(buf, '}');
}

static void write_line(void *ctx, enum pawl_log_level level, const char *event,
                       struct pawl_str fields)
{
    const struct pawl_log_sink *sink = ctx;
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, 8 * PAWL_LOG_LINE_MAX);
    pawl_log_line_format(&buf, sink->format, pawl_clock_now(), level, event, fields);
    pawl_buf_put_char(&buf, '\n');
    if (buf.rc == PAWL_OK) {
        (void)!write(sink->fd, buf.ptr, buf.len); /* there is nobody to tell */
    }
    pawl_buf_fini(&buf);
}

void pawl_log_sink_init(struct pawl_log_sink *sink, enum pawl_log_level level,
                        enum pawl_log_format format, int fd)
{
    *sink = (struct pawl_log_sink){
        .log = {.ctx = sink, .level = level, .write = write_line},
        .format = format,
        .fd = fd,
    };
}
