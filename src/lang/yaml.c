/* YAML 1.2 texts to values: the text as a whole.
 *
 * libyaml tells scalars, lists and maps apart and knows where they stand; what values they make is
 * decided in yaml_build.c, and what libyaml reads otherwise than YAML 1.2 is refused afterwards by
 * yaml_strict.c. libyaml takes its own memory from the C heap, which the limits on size and depth
 * bound; whatever in it costs more than linear time is cut off before it starts (directives_fit).
 * Called by lang.c and by `pawl convert`; must never give a value other than the one that YAML 1.2
 * has. docs/yaml.md lists what is refused. */
#include "lang/yaml.h"

#include "base/utf8.h"
#include "lang/yaml_reader.h"

static struct pawl_str without_mark(struct pawl_str text)
{
    return pawl_str_starts(text, PAWL_STR("\xEF\xBB\xBF")) ? pawl_str_sub(text, 3, text.len) : text;
}

static void read_events(struct pawl_yaml_reader *reader)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        pawl_yaml_stop(reader, PAWL_ENOMEM);
        return;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input(&parser, pawl_yaml_input_read, &reader->input);
    bool ended = false;
    while (!ended && reader->stop == PAWL_OK) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            pawl_yaml_problem(reader, &parser);
            break;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        pawl_yaml_take(reader, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

static size_t line_end(struct pawl_str text, size_t at)
{
    while (at < text.len && !is_break(text.ptr[at])) {
        at++;
    }
    return at;
}

/* libyaml compares every %TAG line with all earlier ones, and copies a line's prefix into every tag
 * that uses it; more than a few short ones are no honest text. */
static bool directives_fit(struct pawl_yaml_reader *reader)
{
    struct pawl_str text = reader->text;
    uint32_t count = 0;
    for (size_t at = 0; at < text.len; at++) {
        size_t end = line_end(text, at);
        bool directive = pawl_str_starts(pawl_str_sub(text, at, end - at), PAWL_STR("%TAG"));
        count += directive;
        if (directive && (count > PAWL_YAML_DIRECTIVES_MAX || end - at > PAWL_YAML_DIRECTIVE_MAX)) {
            struct pawl_yaml_spot spot = pawl_yaml_spot_at(reader, at);
            (void)PAWL_YAML_FIND(reader, DOCUMENT_LIMIT, &spot,
                                 "more than %u lines that begin with '%%TAG', or more than %u "
                                 "bytes in one",
                                 PAWL_YAML_DIRECTIVES_MAX, PAWL_YAML_DIRECTIVE_MAX);
            pawl_yaml_stop(reader, PAWL_ELIMIT);
            return false;
        }
        at = end;
    }
    return true;
}

static void encoding_refuse(struct pawl_yaml_reader *reader, size_t at, const char *message,
                            const char *hint)
{
    struct pawl_yaml_spot spot = pawl_yaml_spot_at(reader, at);
    struct pawl_diag *diag = PAWL_YAML_FIND(reader, ENCODING, &spot, "%s", message);
    PAWL_YAML_HINT(reader, diag, "%s", hint);
    pawl_yaml_stop(reader, PAWL_ESYNTAX);
}

static bool text_fits(struct pawl_yaml_reader *reader)
{
    if (reader->text.len > PAWL_DOCUMENT_SIZE_MAX) {
        struct pawl_yaml_spot spot = {.line = 1, .column = 1};
        (void)PAWL_YAML_FIND(reader, DOCUMENT_LIMIT, &spot, "the text is larger than %u bytes",
                             PAWL_DOCUMENT_SIZE_MAX);
        pawl_yaml_stop(reader, PAWL_ELIMIT);
        return false;
    }
    size_t bad = pawl_utf8_check(reader->text);
    if (bad != SIZE_MAX) {
        encoding_refuse(reader, bad, "the text is not UTF-8 here", "save the file as UTF-8");
        return false;
    }
    if (!pawl_yaml_input_init(&reader->input, reader->text, &bad)) {
        encoding_refuse(reader, bad,
                        "a character above U+FFFFF in a text that also has control characters",
                        "write control and separator characters as escapes, such as \"\\u0085\"");
        return false;
    }
    return directives_fit(reader);
}

static enum pawl_rc outcome(struct pawl_yaml_reader *reader, const struct pawl_val **ret_val,
                            const struct pawl_yaml_places **ret_places)
{
    if (reader->stop == PAWL_OK && reader->entry_count == 0 && reader->findings == 0) {
        struct pawl_yaml_spot spot = {.line = 1, .column = 1};
        (void)PAWL_YAML_FIND(reader, YAML_DOCUMENTS, &spot, "there is no document in the text");
    }
    if (reader->stop != PAWL_OK || reader->findings > 0) {
        return reader->stop != PAWL_OK ? reader->stop : PAWL_ESYNTAX;
    }
    PAWL_ASSERT(reader->entry_count == 1 && reader->depth == 0);
    struct pawl_val *val = PAWL_ARENA_NEW(reader->arena, struct pawl_val);
    struct pawl_yaml_places *places = PAWL_ARENA_NEW(reader->arena, struct pawl_yaml_places);
    if (val == NULL || places == NULL) {
        return PAWL_ENOMEM;
    }
    *val = reader->entries[0].val;
    *places = (struct pawl_yaml_places){.val = val, .root = reader->entries[0].node};
    *ret_val = val;
    *ret_places = places;
    return PAWL_OK;
}

enum pawl_rc pawl_yaml_parse(struct pawl_arena *arena, struct pawl_str text,
                             struct pawl_diags *diags, const struct pawl_val **ret_val,
                             const struct pawl_yaml_places **ret_places)
{
    PAWL_ASSERT(arena != NULL);
    PAWL_ASSERT(ret_val != NULL && ret_places != NULL);
    struct pawl_yaml_reader *reader = PAWL_ARENA_NEW(arena, struct pawl_yaml_reader);
    if (reader == NULL) {
        return PAWL_ENOMEM;
    }
    reader->arena = arena;
    reader->text = without_mark(text);
    reader->diags = diags;
    pawl_arena_init(&reader->scratch, arena->alloc, PAWL_DOCUMENT_MEMORY_MAX * 4);
    pawl_map_init(&reader->anchor_names, &reader->scratch);
    if (text_fits(reader)) {
        read_events(reader);
        if (reader->stop == PAWL_OK && reader->findings == 0) {
            pawl_yaml_check_strict(reader);
        }
    }
    enum pawl_rc rc = outcome(reader, ret_val, ret_places);
    pawl_arena_fini(&reader->scratch);
    return rc;
}
