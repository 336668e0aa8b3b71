/* YAML 1.2 texts to values, over libyaml's events.
 *
 * libyaml tells scalars, lists and maps apart and knows where they stand; everything that makes
 * values of them is decided here: what plain text means (yaml_scalar.c), unique keys, aliases that
 * share what they name, limits. Invariants: Y1 every value has one node of places beside it, in the
 * same order. Y2 `nodes` counts values as if aliases were copies, and is checked before anything
 * grows. Y3 a frame's children are the entries above its base. Y4 no recursion: the stack of
 * frames is the depth.
 *
 * libyaml takes its own memory from the C heap, which the limits on size and depth bound; whatever
 * in it costs more than linear time is cut off before it starts (scan_directives). Called by
 * lang.c and by `pawl convert`; must never give a value other than the one that YAML 1.2 has. */
#include "lang/yaml.h"

#include <yaml.h>

#include "base/limits.h"
#include "base/map.h"
#include "base/utf8.h"
#include "lang/yaml_places.h"
#include "lang/yaml_scalar.h"

enum { DIRECTIVES_MAX = 64, ANCHORS_MAX = 10000, POINTER_MAX = 512 };

struct entry { /* a finished value, waiting for its container to end */
    struct pawl_val val;
    struct pawl_yaml_node node;
    struct pawl_str key;
};

struct frame { /* an open container */
    bool is_map;
    bool has_key, bad_key; /* a key was read and waits for its value; it is dropped */
    uint32_t base;         /* Y3 */
    uint32_t nodes_before;
    uint32_t height;
    uint32_t anchor; /* or PAWL_MAP_NONE */
    struct pawl_str key;
    struct pawl_yaml_spot key_spot, spot;
};

struct anchor {
    struct pawl_val val;
    const struct pawl_yaml_node *children;
    uint32_t nodes, height;
    bool open;
};

struct reader {
    struct pawl_arena *arena;
    struct pawl_arena scratch; /* the stacks; given back at the end */
    struct pawl_str text;
    struct pawl_diags *diags;
    struct entry *entries;
    uint32_t entry_count, entry_cap;
    struct anchor *anchors;
    uint32_t anchor_count, anchor_cap;
    struct pawl_map anchor_names;
    struct frame frames[PAWL_DOCUMENT_DEPTH_MAX];
    uint32_t depth;
    uint32_t nodes; /* Y2 */
    uint32_t documents;
    bool failed; /* a finding was made */
    enum pawl_rc stop;
};

/* ---- findings -------------------------------------------------------------------------------- */

static struct pawl_yaml_spot spot_of(const yaml_mark_t *start, const yaml_mark_t *end)
{
    size_t length = end->line == start->line ? end->index - start->index : 0;
    return (struct pawl_yaml_spot){
        .line = (uint32_t)start->line + 1,
        .column = (uint32_t)start->column + 1,
        .length = (uint16_t)(length > UINT16_MAX ? 0 : length),
    };
}

static struct pawl_place place_of(const struct pawl_yaml_spot *spot)
{
    return (struct pawl_place){spot->line, spot->column, spot->length};
}

static void pointer_put(char pointer[POINTER_MAX], size_t *io_len, struct pawl_str token)
{
    if (*io_len + 2 * token.len + 2 > POINTER_MAX) {
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

/* Where the reader is, as a JSON pointer. */
static struct pawl_str pointer_here(const struct reader *reader, char pointer[POINTER_MAX])
{
    size_t len = 0;
    for (uint32_t i = 0; i < reader->depth; i++) {
        const struct frame *frame = &reader->frames[i];
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

#define FIND(reader, name, spot, ...)                                                              \
    ((reader)->failed = true,                                                                      \
     pawl_diag_add((reader)->diags, PAWL_DIAG_##name, place_of(spot),                              \
                   pointer_here((reader), (char[POINTER_MAX]){0}), __VA_ARGS__))
#define HINT(reader, diag, ...) pawl_diag_hint((reader)->diags, (diag), __VA_ARGS__)

static void stop(struct reader *reader, enum pawl_rc rc)
{
    if (reader->stop == PAWL_OK) {
        reader->stop = rc;
    }
}

/* ---- stacks ---------------------------------------------------------------------------------- */

static struct entry *entry_push(struct reader *reader)
{
    if (reader->entry_count == reader->entry_cap) {
        uint32_t cap = reader->entry_cap == 0 ? 64 : reader->entry_cap * 2;
        struct entry *entries = pawl_arena_grow(&reader->scratch, reader->entries,
                                                reader->entry_cap * sizeof(struct entry),
                                                cap * sizeof(struct entry), _Alignof(struct entry));
        if (entries == NULL) {
            stop(reader, PAWL_ENOMEM);
            return NULL;
        }
        reader->entries = entries;
        reader->entry_cap = cap;
    }
    return &reader->entries[reader->entry_count++];
}

/* Y2. */
static bool count_nodes(struct reader *reader, uint32_t more, const struct pawl_yaml_spot *spot)
{
    if (more > PAWL_DOCUMENT_NODES_MAX - reader->nodes) {
        struct pawl_diag *diag =
            FIND(reader, DOCUMENT_LIMIT, spot, "more than %u values in one document",
                 PAWL_DOCUMENT_NODES_MAX);
        HINT(reader, diag, "what an alias brings in counts each time");
        stop(reader, PAWL_ELIMIT);
        return false;
    }
    reader->nodes += more;
    return true;
}

static struct frame *frame_top(struct reader *reader)
{
    return reader->depth == 0 ? NULL : &reader->frames[reader->depth - 1];
}

static bool depth_fits(struct reader *reader, uint32_t height, const struct pawl_yaml_spot *spot)
{
    if (reader->depth + height > PAWL_DOCUMENT_DEPTH_MAX) {
        (void)FIND(reader, DOCUMENT_LIMIT, spot, "nested deeper than %u levels",
                   PAWL_DOCUMENT_DEPTH_MAX);
        stop(reader, PAWL_ELIMIT);
        return false;
    }
    return true;
}

/* ---- anchors --------------------------------------------------------------------------------- */

/* The slot of a new anchor, or PAWL_MAP_NONE when the node has none. */
static uint32_t anchor_open(struct reader *reader, const yaml_char_t *name,
                            const struct pawl_yaml_spot *spot)
{
    if (name == NULL) {
        return PAWL_MAP_NONE;
    }
    if (reader->anchor_count == ANCHORS_MAX) {
        (void)FIND(reader, DOCUMENT_LIMIT, spot, "more than %d anchors in one document",
                   (int)ANCHORS_MAX);
        stop(reader, PAWL_ELIMIT);
        return PAWL_MAP_NONE;
    }
    if (reader->anchor_count == reader->anchor_cap) {
        uint32_t cap = reader->anchor_cap == 0 ? 16 : reader->anchor_cap * 2;
        struct anchor *grown = pawl_arena_grow(
            &reader->scratch, reader->anchors, reader->anchor_cap * sizeof(struct anchor),
            cap * sizeof(struct anchor), _Alignof(struct anchor));
        if (grown == NULL) {
            stop(reader, PAWL_ENOMEM);
            return PAWL_MAP_NONE;
        }
        reader->anchors = grown;
        reader->anchor_cap = cap;
    }
    struct pawl_str copy = pawl_arena_str(&reader->scratch, pawl_str_from((const char *)name));
    uint32_t index = reader->anchor_count;
    if (copy.ptr == NULL || !pawl_map_put(&reader->anchor_names, copy, index)) {
        stop(reader, PAWL_ENOMEM);
        return PAWL_MAP_NONE;
    }
    reader->anchors[reader->anchor_count++] = (struct anchor){.open = true};
    return index;
}

static void anchor_close(struct reader *reader, uint32_t index, const struct entry *entry,
                         uint32_t nodes, uint32_t height)
{
    if (index != PAWL_MAP_NONE) {
        PAWL_ASSERT(index < reader->anchor_count);
        reader->anchors[index] = (struct anchor){
            .val = entry->val,
            .children = entry->node.children,
            .nodes = nodes,
            .height = height,
        };
    }
}

/* ---- a finished node ------------------------------------------------------------------------- */

static const char *kind_name(const struct pawl_val *val)
{
    static const char *const names[] = {
        [PAWL_VAL_UNDEFINED] = "nothing", [PAWL_VAL_NULL] = "null",
        [PAWL_VAL_BOOL] = "a boolean",    [PAWL_VAL_INT] = "a number",
        [PAWL_VAL_NUMBER] = "a number",   [PAWL_VAL_TEXT] = "text",
        [PAWL_VAL_LIST] = "a list",       [PAWL_VAL_MAP] = "a map",
    };
    return names[val->kind];
}

/* `{{ x }}` without quotes is, to YAML, a map whose key is a map. */
static bool looks_like_template(const struct reader *reader, const struct pawl_yaml_spot *spot)
{
    size_t at = 0;
    for (uint32_t line = 1; line < spot->line && at < reader->text.len; at++) {
        line += reader->text.ptr[at] == '\n';
    }
    size_t end = at;
    while (end < reader->text.len && reader->text.ptr[end] != '\n') {
        end++;
    }
    struct pawl_str line = pawl_str_sub(reader->text, at, end - at);
    size_t open = pawl_str_find(line, PAWL_STR("{{"));
    return open != SIZE_MAX &&
           (open == 0 || (line.ptr[open - 1] != '"' && line.ptr[open - 1] != '\''));
}

static void key_refuse(struct reader *reader, const struct entry *key)
{
    const struct pawl_yaml_spot *spot = &key->node.value;
    if (looks_like_template(reader, spot)) {
        struct pawl_diag *diag = FIND(reader, YAML_KEY, spot, "a template must be in quotes");
        HINT(reader, diag, "write \"{{ … }}\": without quotes YAML reads braces as a map");
        return;
    }
    struct pawl_diag *diag =
        FIND(reader, YAML_KEY, spot, "a key must be text, but this is %s", kind_name(&key->val));
    if (key->val.kind < PAWL_VAL_LIST) {
        HINT(reader, diag, "put the key in quotes");
    }
}

static void key_take(struct reader *reader, struct frame *map, const struct entry *key, bool plain)
{
    map->has_key = true;
    map->key_spot = key->node.value;
    map->bad_key = key->val.kind != PAWL_VAL_TEXT;
    map->key = map->bad_key ? PAWL_STR("") : pawl_val_str(&key->val);
    if (map->bad_key) {
        map->has_key = false; /* the finding's pointer is the map's */
        key_refuse(reader, key);
        map->has_key = true;
    } else if (plain && pawl_str_is(map->key, "<<")) {
        struct pawl_diag *diag =
            FIND(reader, YAML_MERGE_KEY, &map->key_spot, "merge keys are not part of YAML 1.2");
        HINT(reader, diag, "write the members out, or put '<<' in quotes if it is meant as text");
        map->bad_key = true;
    }
}

/* Puts a finished node into its container: as a key, as a value, as the root. */
static void node_add(struct reader *reader, const struct entry *finished, uint32_t height,
                     bool plain)
{
    struct frame *frame = frame_top(reader);
    if (frame != NULL && frame->is_map && !frame->has_key) {
        key_take(reader, frame, finished, plain);
        return;
    }
    if (frame != NULL) {
        frame->height = height > frame->height ? height : frame->height;
        frame->has_key = false;
        if (frame->is_map && frame->bad_key) {
            return;
        }
        if (reader->entry_count - frame->base >= PAWL_DOCUMENT_KEYS_MAX && frame->is_map) {
            (void)FIND(reader, DOCUMENT_LIMIT, &finished->node.value,
                       "more than %u keys in one map", PAWL_DOCUMENT_KEYS_MAX);
            stop(reader, PAWL_ELIMIT);
            return;
        }
    }
    struct entry *entry = entry_push(reader);
    if (entry != NULL) {
        *entry = *finished;
        entry->key = frame == NULL ? PAWL_STR_NONE : frame->key;
        entry->node.key =
            frame != NULL && frame->is_map ? frame->key_spot : (struct pawl_yaml_spot){0};
    }
}

/* ---- containers ------------------------------------------------------------------------------ */

static void container_begin(struct reader *reader, const yaml_event_t *event)
{
    struct pawl_yaml_spot spot = spot_of(&event->start_mark, &event->end_mark);
    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *name =
        is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    const yaml_char_t *tag =
        is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    enum pawl_yaml_tag core = pawl_yaml_tag_find(pawl_str_from((const char *)tag));
    bool plain_tag = tag != NULL && strcmp((const char *)tag, "!") == 0;
    if (core != PAWL_YAML_TAG_NONE && !plain_tag &&
        core != (is_map ? PAWL_YAML_TAG_MAP : PAWL_YAML_TAG_SEQ)) {
        (void)FIND(reader, YAML_TAG, &spot, "the tag '%.100s' does not fit a %s", (const char *)tag,
                   is_map ? "map" : "list");
    }
    if (!count_nodes(reader, 1, &spot) || !depth_fits(reader, 1, &spot)) {
        return;
    }
    reader->frames[reader->depth] = (struct frame){
        .is_map = is_map,
        .base = reader->entry_count,
        .nodes_before = reader->nodes - 1,
        .anchor = anchor_open(reader, name, &spot),
        .spot = spot,
    };
    reader->frames[reader->depth].spot.length = 0;
    reader->depth++;
}

/* Two members of one name: both places are named. */
static void duplicate_found(struct reader *reader, const struct entry *first,
                            const struct entry *again)
{
    uint32_t line = first->node.key.line;
    for (; first < again; first++) {
        if (pawl_str_eq(first->key, again->key)) {
            line = first->node.key.line;
            break;
        }
    }
    struct pawl_diag *diag =
        FIND(reader, DUPLICATE_KEY, &again->node.key, "the key '%.*s' is there twice",
             (int)(again->key.len > 100 ? 100 : again->key.len), again->key.ptr);
    HINT(reader, diag, "it is first written in line %u", line);
}

static const struct pawl_val *container_val(struct reader *reader, const struct frame *frame,
                                            const struct entry *entries, uint32_t count)
{
    if (!frame->is_map) {
        struct pawl_list_builder list;
        pawl_list_begin(&list, reader->arena);
        for (uint32_t i = 0; i < count; i++) {
            pawl_list_add(&list, &entries[i].val);
        }
        return pawl_list_end(&list);
    }
    struct pawl_map_builder map;
    pawl_map_begin(&map, reader->arena);
    for (uint32_t i = 0; i < count; i++) {
        uint32_t before = map.count;
        pawl_map_add(&map, entries[i].key, &entries[i].val);
        if (map.count == before && !map.failed) {
            duplicate_found(reader, entries, &entries[i]);
        }
    }
    return pawl_map_end(&map);
}

static const struct pawl_yaml_node *container_nodes(struct reader *reader,
                                                    const struct entry *entries, uint32_t count)
{
    struct pawl_yaml_node *nodes = PAWL_ARENA_ARRAY(reader->arena, struct pawl_yaml_node, count);
    for (uint32_t i = 0; nodes != NULL && i < count; i++) {
        nodes[i] = entries[i].node;
    }
    return nodes;
}

static void container_end(struct reader *reader)
{
    PAWL_ASSERT(reader->depth > 0);
    struct frame frame = reader->frames[--reader->depth];
    PAWL_ASSERT(frame.base <= reader->entry_count); /* Y3 */
    uint32_t count = reader->entry_count - frame.base;
    const struct entry *entries = count == 0 ? NULL : &reader->entries[frame.base];
    const struct pawl_val *val = container_val(reader, &frame, entries, count);
    const struct pawl_yaml_node *nodes = container_nodes(reader, entries, count);
    reader->entry_count = frame.base;
    if (val == NULL || nodes == NULL) {
        stop(reader, PAWL_ENOMEM);
        return;
    }
    struct entry finished = {.val = *val, .node = {.value = frame.spot, .children = nodes}};
    anchor_close(reader, frame.anchor, &finished, reader->nodes - frame.nodes_before,
                 frame.height + 1);
    node_add(reader, &finished, frame.height + 1, false);
}

/* ---- scalars and aliases --------------------------------------------------------------------- */

static void scalar_refuse(struct reader *reader, enum pawl_yaml_verdict verdict,
                          const struct pawl_yaml_spot *spot, struct pawl_str text)
{
    int shown = (int)(text.len > 60 ? 60 : text.len);
    switch (verdict) {
    case PAWL_YAML_NOT_FINITE: {
        struct pawl_diag *diag =
            FIND(reader, YAML_NUMBER, spot, "'%.*s' is a number without a value", shown, text.ptr);
        HINT(reader, diag,
             "values are JSON's, which has no infinity and no NaN; put text in quotes");
        break;
    }
    case PAWL_YAML_TOO_LONG: {
        struct pawl_diag *diag = FIND(reader, YAML_NUMBER, spot, "this number has too many digits");
        HINT(reader, diag, "if it is a name or a code, put it in quotes");
        break;
    }
    case PAWL_YAML_MISMATCH:
        (void)FIND(reader, YAML_TAG, spot, "the tag does not fit '%.*s'", shown, text.ptr);
        break;
    case PAWL_YAML_NO_MEMORY:
        stop(reader, PAWL_ENOMEM);
        break;
    case PAWL_YAML_OK:
        PAWL_UNREACHABLE();
    }
}

static void scalar_take(struct reader *reader, const yaml_event_t *event)
{
    struct pawl_yaml_spot spot = spot_of(&event->start_mark, &event->end_mark);
    yaml_scalar_style_t style = event->data.scalar.style;
    bool plain = style == YAML_PLAIN_SCALAR_STYLE;
    bool quoted =
        style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    uint32_t anchor = anchor_open(reader, event->data.scalar.anchor, &spot);
    struct pawl_str text =
        pawl_arena_str(reader->arena, (struct pawl_str){(const char *)event->data.scalar.value,
                                                        event->data.scalar.length});
    if (text.ptr == NULL) {
        stop(reader, PAWL_ENOMEM);
    }
    if (reader->stop != PAWL_OK || !count_nodes(reader, 1, &spot)) {
        return;
    }
    /* An escape or a folded line makes the source longer than what it says. */
    bool exact =
        (plain || quoted) && event->start_mark.line == event->end_mark.line &&
        event->end_mark.index - event->start_mark.index == pawl_utf8_count(text) + (quoted ? 2 : 0);
    spot.flags = (uint16_t)((exact ? PAWL_YAML_EXACT : 0u) | (quoted ? PAWL_YAML_QUOTED : 0u));
    struct entry finished = {.val = pawl_val_null, .node = {.value = spot}};
    enum pawl_yaml_tag tag =
        pawl_yaml_tag_find(pawl_str_from((const char *)event->data.scalar.tag));
    if (tag == PAWL_YAML_TAG_OTHER) {
        struct pawl_diag *diag = FIND(reader, YAML_TAG, &spot, "unknown tag '%.100s'",
                                      (const char *)event->data.scalar.tag);
        HINT(reader, diag,
             "pawl knows !!str !!int !!float !!bool !!null !!seq !!map; "
             "put text that begins with '!' in quotes");
    } else {
        enum pawl_yaml_verdict verdict =
            pawl_yaml_scalar(reader->arena, text, plain, tag, &finished.val);
        if (verdict != PAWL_YAML_OK) {
            scalar_refuse(reader, verdict, &spot, text);
        }
    }
    anchor_close(reader, anchor, &finished, 1, 0);
    node_add(reader, &finished, 0, plain);
}

static void alias_take(struct reader *reader, const yaml_event_t *event)
{
    struct pawl_yaml_spot spot = spot_of(&event->start_mark, &event->end_mark);
    const char *name = (const char *)event->data.alias.anchor;
    uint32_t index = pawl_map_find(&reader->anchor_names, pawl_str_from(name));
    struct entry finished = {.val = pawl_val_null, .node = {.value = spot}};
    uint32_t height = 0;
    if (index == PAWL_MAP_NONE || reader->anchors[index].open) {
        struct pawl_diag *diag =
            FIND(reader, YAML_ALIAS, &spot,
                 index == PAWL_MAP_NONE ? "no anchor '&%.100s' stands before this alias"
                                        : "the alias stands inside of what '&%.100s' names",
                 name);
        HINT(reader, diag, "put text that begins with '*' in quotes");
    } else {
        const struct anchor *anchor = &reader->anchors[index];
        height = anchor->height;
        if (!count_nodes(reader, anchor->nodes, &spot) || !depth_fits(reader, height, &spot)) {
            return;
        }
        finished.val = anchor->val;
        finished.node.children = anchor->children;
    }
    node_add(reader, &finished, height, false);
}

/* ---- the stream ------------------------------------------------------------------------------ */

static void event_take(struct reader *reader, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        scalar_take(reader, event);
        break;
    case YAML_ALIAS_EVENT:
        alias_take(reader, event);
        break;
    case YAML_SEQUENCE_START_EVENT:
    case YAML_MAPPING_START_EVENT:
        container_begin(reader, event);
        break;
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        container_end(reader);
        break;
    case YAML_DOCUMENT_START_EVENT:
        if (++reader->documents > 1) {
            struct pawl_yaml_spot spot = spot_of(&event->start_mark, &event->end_mark);
            struct pawl_diag *diag =
                FIND(reader, YAML_DOCUMENTS, &spot, "a second document starts here");
            HINT(reader, diag, "write one document per file");
            stop(reader, PAWL_ESYNTAX);
        }
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
}

static const struct {
    const char *problem, *message, *hint;
} problems[] = {
#define PAWL_X(problem, message, hint) {problem, message, hint},
#include "lang/yaml_problems.def"
#undef PAWL_X
};

static void problem_report(struct reader *reader, const yaml_parser_t *parser)
{
    if (parser->error == YAML_MEMORY_ERROR) {
        stop(reader, PAWL_ENOMEM);
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
    struct pawl_yaml_spot spot = spot_of(mark, mark);
    if (looks_like_template(reader, &spot)) {
        if (reader->failed) { /* the braces were found before: one mistake, one finding */
            stop(reader, PAWL_ESYNTAX);
            return;
        }
        hint = "put a value that holds {{ … }} in quotes";
    }
    bool has_context = parser->context != NULL && parser->context_mark.line != mark->line;
    struct pawl_diag *diag =
        has_context ? FIND(reader, YAML_SYNTAX, &spot, "%s (%s that began in line %zu)", message,
                           parser->context, parser->context_mark.line + 1)
                    : FIND(reader, YAML_SYNTAX, &spot, "%s", message);
    if (*hint != '\0') {
        HINT(reader, diag, "%s", hint);
    }
    stop(reader, PAWL_ESYNTAX);
}

static void read_events(struct reader *reader)
{
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        stop(reader, PAWL_ENOMEM);
        return;
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)reader->text.ptr,
                                 reader->text.len);
    bool ended = false;
    while (!ended && reader->stop == PAWL_OK) {
        yaml_event_t event;
        if (!yaml_parser_parse(&parser, &event)) {
            problem_report(reader, &parser);
            break;
        }
        ended = event.type == YAML_STREAM_END_EVENT;
        event_take(reader, &event);
        yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
}

/* libyaml compares every %TAG line with all earlier ones; more than a few are no honest text. */
static bool scan_directives(struct reader *reader)
{
    uint32_t count = 0, line = 1;
    for (size_t i = 0; i < reader->text.len; i++) {
        bool at_start =
            i == 0 || reader->text.ptr[i - 1] == '\n' || reader->text.ptr[i - 1] == '\r';
        line += at_start && i > 0;
        count += at_start && reader->text.ptr[i] == '%';
        if (count > DIRECTIVES_MAX) {
            struct pawl_yaml_spot spot = {.line = line, .column = 1};
            (void)FIND(reader, DOCUMENT_LIMIT, &spot, "more than %d lines that begin with '%%'",
                       (int)DIRECTIVES_MAX);
            stop(reader, PAWL_ELIMIT);
            return false;
        }
    }
    return true;
}

static bool text_fits(struct reader *reader)
{
    struct pawl_yaml_spot spot = {.line = 1, .column = 1};
    if (reader->text.len > PAWL_DOCUMENT_SIZE_MAX) {
        (void)FIND(reader, DOCUMENT_LIMIT, &spot, "the text is larger than %u bytes",
                   PAWL_DOCUMENT_SIZE_MAX);
        stop(reader, PAWL_ELIMIT);
        return false;
    }
    size_t bad = pawl_utf8_check(reader->text);
    if (bad != SIZE_MAX) {
        size_t line_start = 0;
        for (size_t i = 0; i < bad; i++) {
            bool ends = reader->text.ptr[i] == '\n';
            spot.line += ends;
            line_start = ends ? i + 1 : line_start;
        }
        spot.column =
            (uint32_t)pawl_utf8_count(pawl_str_sub(reader->text, line_start, bad - line_start)) + 1;
        struct pawl_diag *diag = FIND(reader, ENCODING, &spot, "the text is not UTF-8 here");
        HINT(reader, diag, "save the file as UTF-8");
        stop(reader, PAWL_ESYNTAX);
        return false;
    }
    return scan_directives(reader);
}

static enum pawl_rc outcome(struct reader *reader, const struct pawl_val **ret_val,
                            const struct pawl_yaml_places **ret_places)
{
    if (reader->stop == PAWL_OK && reader->entry_count == 0 && !reader->failed) {
        struct pawl_yaml_spot spot = {.line = 1, .column = 1};
        (void)FIND(reader, YAML_DOCUMENTS, &spot, "there is no document in the text");
    }
    if (reader->stop != PAWL_OK || reader->failed) {
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
    struct reader *reader = PAWL_ARENA_NEW(arena, struct reader);
    if (reader == NULL) {
        return PAWL_ENOMEM;
    }
    reader->arena = arena;
    reader->text = text;
    reader->diags = diags;
    pawl_arena_init(&reader->scratch, arena->alloc, PAWL_DOCUMENT_MEMORY_MAX * 4);
    pawl_map_init(&reader->anchor_names, &reader->scratch);
    if (text_fits(reader)) {
        read_events(reader);
    }
    enum pawl_rc rc = outcome(reader, ret_val, ret_places);
    pawl_arena_fini(&reader->scratch);
    return rc;
}
