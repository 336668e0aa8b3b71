/* Findings for people: one line that other tools can parse too, the line of the source, a caret.
 *
 *     order.yaml:12:13: error: unknown action 'htpp.request' [E_UNKNOWN_ACTION]
 *        12 |     action: htpp.request
 *           |             ^^^^^^^^^^^^
 *           = did you mean 'http.request'?
 *
 * A long line is cut around the place. Whatever could move the cursor or hide text on a terminal
 * (control characters, marks of writing direction) is shown as '?'; columns are code points. */
#include <stdio.h>

#include "base/utf8.h"
#include "lang/render.h"

enum { WIDTH = 100, BEFORE = 60 }; /* code points of a source line, and of those before the place */

struct colours {
    const char *bold, *red, *yellow, *blue, *off;
};
static const struct colours plain = {"", "", "", "", ""};
static const struct colours coloured = {"\x1b[1m", "\x1b[1;31m", "\x1b[1;33m", "\x1b[34m",
                                        "\x1b[0m"};

/* Lines are asked for in rising order mostly; the cursor goes on from the last. */
struct lines {
    struct pawl_str source;
    size_t at;
    uint32_t line;
};

static struct pawl_str line_get(struct lines *lines, uint32_t wanted)
{
    if (wanted < lines->line) {
        lines->at = 0;
        lines->line = 1;
    }
    while (lines->line < wanted && lines->at < lines->source.len) {
        const char *from = lines->source.ptr + lines->at;
        const char *end = memchr(from, '\n', lines->source.len - lines->at);
        if (end == NULL) {
            return PAWL_STR("");
        }
        lines->at = (size_t)(end - lines->source.ptr) + 1;
        lines->line++;
    }
    struct pawl_str rest = pawl_str_sub(lines->source, lines->at, lines->source.len - lines->at);
    size_t len = pawl_str_find(rest, PAWL_STR("\n"));
    struct pawl_str line = pawl_str_sub(rest, 0, len == SIZE_MAX ? rest.len : len);
    if (line.len > 0 && line.ptr[line.len - 1] == '\r') {
        line.len--;
    }
    return line;
}

static bool is_shown(uint32_t code)
{
    bool control = code < 0x20 || (code >= 0x7f && code < 0xa0);
    bool direction = (code >= 0x200b && code <= 0x200f) || (code >= 0x2028 && code <= 0x202e) ||
                     (code >= 0x2060 && code <= 0x206f) || code == 0xfeff;
    return !control && !direction && code != PAWL_UTF8_BAD;
}

static void put_code(struct pawl_buf *buf, uint32_t code)
{
    char bytes[4];
    uint32_t shown = code == '\t' ? ' ' : is_shown(code) ? code : '?';
    pawl_buf_put(buf, bytes, pawl_utf8_put(bytes, shown));
}

static void put_safe(struct pawl_buf *buf, struct pawl_str text)
{
    for (size_t at = 0; at < text.len;) {
        put_code(buf, pawl_utf8_next(text, &at));
    }
}

/* The part of the line around the column; returns the column at which it starts. */
static uint32_t put_line(struct pawl_buf *buf, struct pawl_str line, uint32_t column)
{
    bool fits = pawl_utf8_count(line) <= WIDTH;
    uint32_t first = column > BEFORE && !fits ? column - BEFORE : 1;
    uint32_t at_column = 1;
    for (size_t at = 0; at < line.len; at_column++) {
        uint32_t code = pawl_utf8_next(line, &at);
        if (at_column >= first + WIDTH) {
            pawl_buf_put_cstr(buf, "…");
            break;
        }
        if (at_column >= first) {
            put_code(buf, code);
        }
    }
    return first;
}

static void put_excerpt(struct pawl_buf *buf, const struct pawl_diag *diag, struct lines *lines,
                        const struct colours *c)
{
    struct pawl_str line = line_get(lines, diag->place.line);
    pawl_buf_printf(buf, "%s%5u |%s ", c->blue, diag->place.line, c->off);
    uint32_t column = diag->place.column > 0 ? diag->place.column : 1;
    uint32_t first = put_line(buf, line, column);
    pawl_buf_printf(buf, "\n%s      |%s ", c->blue, c->off);
    for (uint32_t i = first; i < column && i < first + WIDTH; i++) {
        pawl_buf_put_char(buf, ' ');
    }
    uint32_t length = diag->place.length > 0 ? diag->place.length : 1;
    pawl_buf_put_cstr(buf, c->red);
    for (uint32_t i = 0; i < length && column - first + i < WIDTH; i++) {
        pawl_buf_put_char(buf, '^');
    }
    pawl_buf_printf(buf, "%s\n", c->off);
}

static void put_diag(struct pawl_buf *buf, const struct pawl_diag *diag, struct pawl_str file,
                     struct lines *lines, const struct colours *c)
{
    const struct pawl_diag_info *info = pawl_diag_info(diag->code);
    bool error = info->severity == PAWL_SEVERITY_ERROR;
    pawl_buf_put_cstr(buf, c->bold);
    put_safe(buf, file);
    if (diag->place.line > 0) {
        pawl_buf_printf(buf, ":%u:%u", diag->place.line, diag->place.column);
    }
    pawl_buf_printf(buf, ":%s %s%s:%s ", c->off, error ? c->red : c->yellow,
                    error ? "error" : "warning", c->off);
    put_safe(buf, diag->message);
    pawl_buf_printf(buf, " [%s]\n", info->code);
    if (diag->place.line > 0) {
        put_excerpt(buf, diag, lines, c);
    }
    if (diag->hint.len > 0) {
        pawl_buf_printf(buf, "%s      =%s ", c->blue, c->off);
        put_safe(buf, diag->hint);
        pawl_buf_put_char(buf, '\n');
    }
}

void pawl_render_text(struct pawl_buf *buf, const struct pawl_diags *diags, struct pawl_str file,
                      struct pawl_str source, enum pawl_render_colour colour)
{
    struct lines lines = {.source = source, .line = 1};
    for (uint32_t i = 0; i < diags->count; i++) {
        put_diag(buf, &diags->items[i], file, &lines,
                 colour == PAWL_RENDER_COLOUR ? &coloured : &plain);
    }
    if (diags->dropped > 0) {
        put_safe(buf, file);
        pawl_buf_printf(buf, ": %u more are not shown\n", diags->dropped);
    }
}
