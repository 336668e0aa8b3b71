/* Findings about a YAML text: where, and in an author's words.
 *
 * Places count characters from 1. A finding's pointer is where the reader is at that moment. What
 * libyaml complains about is translated by yaml_problems.def; a template without quotes, the usual
 * slip in a definition, is recognised before anything else is said. Called by the other parts of
 * the reader; never decides whether a text is right. */
#include "lang/yaml_reader.h"

#include <stdio.h>

#include "base/utf8.h"

struct pawl_yaml_spot pawl_yaml_spot(const yaml_mark_t *start, const yaml_mark_t *end)
{
    size_t length = end->line == start->line ? end->index - start->index : 0;
    return (struct pawl_yaml_spot){
        .line = (uint32_t)start->line + 1,
        .column = (uint32_t)start->column + 1,
        .length = (uint16_t)(length > UINT16_MAX ? 0 : length),
    };
}

struct pawl_yaml_spot pawl_yaml_spot_at(const struct pawl_yaml_reader *reader, size_t at)
{
    struct pawl_yaml_spot spot = {.line = 1, .column = 1};
    struct pawl_str text = reader->text;
    size_t line = 0;
    PAWL_ASSERT(at <= text.len);
    for (size_t i = 0; i < at; i++) {
        bool alone = text.ptr[i] == '\r' && (i + 1 == text.len || text.ptr[i + 1] != '\n');
        if (text.ptr[i] == '\n' || alone) {
            spot.line++;
            line = i + 1;
        }
    }
    spot.column = (uint32_t)pawl_utf8_count(pawl_str_sub(text, line, at - line)) + 1;
    return spot;
}

struct pawl_place pawl_yaml_spot_place(const struct pawl_yaml_spot *spot)
{
    return (struct pawl_place){spot->line, spot->column, spot->length};
}

static void pointer_put(char pointer[PAWL_YAML_POINTER_MAX], size_t *io_len, struct pawl_str token)
{
    if (*io_len + 2 * token.len + 2 > PAWL_YAML_POINTER_MAX) {
        return;
    }
    pointer[(*io_len)++] = '/';
    for (size_t i = 0; i < token.len; i++) {
        char c = token.ptr[i];
        if (c == '~' || c == '/') {
            pointer[(*io_len)++] = '~';
            c = c == '~' ? '0' : '1';
        }
        pointer[(*io_len)++] = c;
    }
}

struct pawl_str pawl_yaml_pointer_here(const struct pawl_yaml_reader *reader,
                                       char pointer[PAWL_YAML_POINTER_MAX])
{
    size_t len = 0;
    for (uint32_t i = 0; i < reader->depth; i++) {
        const struct pawl_yaml_frame *frame = &reader->frames[i];
        if (frame->is_map && frame->has_key) {
            pointer_put(pointer, &len, frame->key);
        } else if (!frame->is_map) {
            uint32_t above =
                i + 1 < reader->depth ? reader->frames[i + 1].base : reader->entry_count;
            char digits[16];
            int wrote = snprintf(digits, sizeof(digits), "%u", above - frame->base);
            pointer_put(pointer, &len, (struct pawl_str){digits, (size_t)wrote});
        }
    }
    return (struct pawl_str){pointer, len};
}

void pawl_yaml_stop(struct pawl_yaml_reader *reader, enum pawl_rc rc)
{
    if (reader->stop == PAWL_OK) {
        reader->stop = rc;
    }
}

void pawl_yaml_found(struct pawl_yaml_reader *reader)
{
    if (++reader->findings >= PAWL_DIAGS_MAX) {
        pawl_yaml_stop(reader, PAWL_ESYNTAX);
    }
}

/* The offset of a line; findings come mostly in order, so the search goes on from the last one. */
static size_t line_find(struct pawl_yaml_reader *reader, uint32_t wanted)
{
    if (wanted < reader->line || reader->line == 0) {
        reader->line = 1;
        reader->line_at = 0;
    }
    size_t at = reader->line_at;
    for (; reader->line < wanted && at < reader->text.len; at++) {
        reader->line += reader->text.ptr[at] == '\n';
    }
    reader->line_at = at;
    return at;
}

/* `{{ x }}` without quotes is, to YAML, a map whose key is a map. */
bool pawl_yaml_template_near(struct pawl_yaml_reader *reader, const struct pawl_yaml_spot *spot)
{
    size_t at = line_find(reader, spot->line);
    const char *end = memchr(reader->text.ptr + at, '\n', reader->text.len - at);
    size_t len = end == NULL ? reader->text.len - at : (size_t)(end - reader->text.ptr) - at;
    struct pawl_str line = pawl_str_sub(reader->text, at, len);
    size_t open = pawl_str_find(line, PAWL_STR("{{"));
    return open != SIZE_MAX &&
           (open == 0 || (line.ptr[open - 1] != '"' && line.ptr[open - 1] != '\''));
}

static const struct {
    const char *problem, *message, *hint;
} problems[] = {
#define PAWL_X(problem, message, hint) {problem, message, hint},
#include "lang/yaml_problems.def"
#undef PAWL_X
};

void pawl_yaml_problem(struct pawl_yaml_reader *reader, const yaml_parser_t *parser)
{
    /* Some of its failed allocations leave no error behind. */
    if (parser->error == YAML_MEMORY_ERROR || parser->error == YAML_NO_ERROR) {
        pawl_yaml_stop(reader, PAWL_ENOMEM);
        return;
    }
    const char *said = parser->problem != NULL ? parser->problem : "not YAML";
    const char *message = said, *hint = "";
    for (size_t i = 0; i < sizeof(problems) / sizeof(problems[0]); i++) {
        if (strncmp(said, problems[i].problem, strlen(problems[i].problem)) == 0) {
            message = problems[i].message;
            hint = problems[i].hint;
            break;
        }
    }
    const yaml_mark_t *mark =
        parser->error == YAML_READER_ERROR ? &parser->mark : &parser->problem_mark;
    struct pawl_yaml_spot spot = pawl_yaml_spot(mark, mark);
    if (pawl_yaml_template_near(reader, &spot)) {
        if (reader->findings > 0) { /* the braces were found before: one mistake, one finding */
            pawl_yaml_stop(reader, PAWL_ESYNTAX);
            return;
        }
        hint = "put a value that holds {{ … }} in quotes";
    }
    bool has_context = parser->context != NULL && parser->context_mark.line != mark->line;
    struct pawl_diag *diag =
        has_context ? PAWL_YAML_FIND(reader, YAML_SYNTAX, &spot, "%s (%s that began in line %zu)",
                                     message, parser->context, parser->context_mark.line + 1)
                    : PAWL_YAML_FIND(reader, YAML_SYNTAX, &spot, "%s", message);
    if (*hint != '\0') {
        PAWL_YAML_HINT(reader, diag, "%s", hint);
    }
    pawl_yaml_stop(reader, PAWL_ESYNTAX);
}
