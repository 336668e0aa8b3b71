/* libyaml's events to values, with the node of places beside each.
 *
 * Everything that makes values of lists, maps and scalars is decided here: unique keys that are
 * text, aliases that share what they name, limits. Invariants Y1 to Y5 of yaml_reader.h. A finding
 * does not end the reading, so that an author sees several at once; a limit does. Called by yaml.c
 * for each event. */
#include "base/utf8.h"
#include "lang/yaml_reader.h"
#include "lang/yaml_scalar.h"

/* ---- stacks ---------------------------------------------------------------------------------- */

static struct pawl_yaml_entry *entry_push(struct pawl_yaml_reader *reader)
{
    if (reader->entry_count == reader->entry_cap) {
        uint32_t cap = reader->entry_cap == 0 ? 64 : reader->entry_cap * 2;
        struct pawl_yaml_entry *entries = pawl_arena_grow(
            &reader->scratch, reader->entries, reader->entry_cap * sizeof(struct pawl_yaml_entry),
            cap * sizeof(struct pawl_yaml_entry), _Alignof(struct pawl_yaml_entry));
        if (entries == NULL) {
            pawl_yaml_stop(reader, PAWL_ENOMEM);
            return NULL;
        }
        reader->entries = entries;
        reader->entry_cap = cap;
    }
    return &reader->entries[reader->entry_count++];
}

/* Y2. */
static bool count_nodes(struct pawl_yaml_reader *reader, uint32_t more,
                        const struct pawl_yaml_spot *spot)
{
    if (more > PAWL_DOCUMENT_NODES_MAX - reader->nodes) {
        struct pawl_diag *diag =
            PAWL_YAML_FIND(reader, DOCUMENT_LIMIT, spot, "more than %u values in one document",
                           PAWL_DOCUMENT_NODES_MAX);
        PAWL_YAML_HINT(reader, diag, "what an alias brings in counts each time");
        pawl_yaml_stop(reader, PAWL_ELIMIT);
        return false;
    }
    reader->nodes += more;
    return true;
}

static struct pawl_yaml_frame *frame_top(struct pawl_yaml_reader *reader)
{
    return reader->depth == 0 ? NULL : &reader->frames[reader->depth - 1];
}

static bool depth_fits(struct pawl_yaml_reader *reader, uint32_t height,
                       const struct pawl_yaml_spot *spot)
{
    if (reader->depth + height > PAWL_DOCUMENT_DEPTH_MAX) {
        (void)PAWL_YAML_FIND(reader, DOCUMENT_LIMIT, spot, "nested deeper than %u levels",
                             PAWL_DOCUMENT_DEPTH_MAX);
        pawl_yaml_stop(reader, PAWL_ELIMIT);
        return false;
    }
    return true;
}

/* ---- anchors --------------------------------------------------------------------------------- */

/* The slot of a new anchor, or PAWL_MAP_NONE when the node has none. */
static uint32_t anchor_open(struct pawl_yaml_reader *reader, const yaml_char_t *name,
                            const struct pawl_yaml_spot *spot)
{
    if (name == NULL) {
        return PAWL_MAP_NONE;
    }
    if (reader->anchor_count == PAWL_YAML_ANCHORS_MAX) {
        (void)PAWL_YAML_FIND(reader, DOCUMENT_LIMIT, spot, "more than %u anchors in one document",
                             PAWL_YAML_ANCHORS_MAX);
        pawl_yaml_stop(reader, PAWL_ELIMIT);
        return PAWL_MAP_NONE;
    }
    if (reader->anchor_count == reader->anchor_cap) {
        uint32_t cap = reader->anchor_cap == 0 ? 16 : reader->anchor_cap * 2;
        struct pawl_yaml_anchor *grown = pawl_arena_grow(
            &reader->scratch, reader->anchors, reader->anchor_cap * sizeof(struct pawl_yaml_anchor),
            cap * sizeof(struct pawl_yaml_anchor), _Alignof(struct pawl_yaml_anchor));
        if (grown == NULL) {
            pawl_yaml_stop(reader, PAWL_ENOMEM);
            return PAWL_MAP_NONE;
        }
        reader->anchors = grown;
        reader->anchor_cap = cap;
    }
    struct pawl_str copy = pawl_arena_str(&reader->scratch, pawl_str_from((const char *)name));
    uint32_t index = reader->anchor_count;
    if (copy.ptr == NULL || !pawl_map_put(&reader->anchor_names, copy, index)) {
        pawl_yaml_stop(reader, PAWL_ENOMEM);
        return PAWL_MAP_NONE;
    }
    reader->anchors[reader->anchor_count++] = (struct pawl_yaml_anchor){.open = true};
    return index;
}

static void anchor_close(struct pawl_yaml_reader *reader, uint32_t index,
                         const struct pawl_yaml_entry *entry, uint32_t nodes, uint32_t height)
{
    if (index != PAWL_MAP_NONE) {
        PAWL_ASSERT(index < reader->anchor_count);
        reader->anchors[index] = (struct pawl_yaml_anchor){
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

static void key_refuse(struct pawl_yaml_reader *reader, const struct pawl_yaml_entry *key)
{
    const struct pawl_yaml_spot *spot = &key->node.value;
    if (pawl_yaml_template_near(reader, spot)) {
        struct pawl_diag *diag =
            PAWL_YAML_FIND(reader, YAML_KEY, spot, "a template must be in quotes");
        PAWL_YAML_HINT(reader, diag,
                       "write \"{{ … }}\": without quotes YAML reads braces as a map");
        return;
    }
    struct pawl_diag *diag = PAWL_YAML_FIND(
        reader, YAML_KEY, spot, "a key must be text, but this is %s", kind_name(&key->val));
    if (key->val.kind < PAWL_VAL_LIST) {
        PAWL_YAML_HINT(reader, diag, "put the key in quotes");
    }
}

static void key_take(struct pawl_yaml_reader *reader, struct pawl_yaml_frame *map,
                     const struct pawl_yaml_entry *key, bool plain)
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
        struct pawl_diag *diag = PAWL_YAML_FIND(reader, YAML_MERGE_KEY, &map->key_spot,
                                                "merge keys are not part of YAML 1.2");
        PAWL_YAML_HINT(reader, diag,
                       "write the members out, or put '<<' in quotes if it is meant as text");
        map->bad_key = true;
    }
}

/* Puts a finished node into its container: as a key, as a value, as the root. */
static void node_add(struct pawl_yaml_reader *reader, const struct pawl_yaml_entry *finished,
                     uint32_t height, bool plain)
{
    struct pawl_yaml_frame *frame = frame_top(reader);
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
            (void)PAWL_YAML_FIND(reader, DOCUMENT_LIMIT, &finished->node.value,
                                 "more than %u keys in one map", PAWL_DOCUMENT_KEYS_MAX);
            pawl_yaml_stop(reader, PAWL_ELIMIT);
            return;
        }
    }
    struct pawl_yaml_entry *entry = entry_push(reader);
    if (entry != NULL) {
        *entry = *finished;
        entry->key = frame == NULL ? PAWL_STR_NONE : frame->key;
        entry->node.key =
            frame != NULL && frame->is_map ? frame->key_spot : (struct pawl_yaml_spot){0};
    }
}

/* ---- containers ------------------------------------------------------------------------------ */

static void container_begin(struct pawl_yaml_reader *reader, const yaml_event_t *event)
{
    struct pawl_yaml_spot spot = pawl_yaml_spot(&event->start_mark, &event->end_mark);
    bool is_map = event->type == YAML_MAPPING_START_EVENT;
    const yaml_char_t *name =
        is_map ? event->data.mapping_start.anchor : event->data.sequence_start.anchor;
    const yaml_char_t *tag =
        is_map ? event->data.mapping_start.tag : event->data.sequence_start.tag;
    enum pawl_yaml_tag core = pawl_yaml_tag_find(pawl_str_from((const char *)tag));
    bool plain_tag = tag != NULL && strcmp((const char *)tag, "!") == 0;
    if (core != PAWL_YAML_TAG_NONE && !plain_tag &&
        core != (is_map ? PAWL_YAML_TAG_MAP : PAWL_YAML_TAG_SEQ)) {
        (void)PAWL_YAML_FIND(reader, YAML_TAG, &spot, "the tag '%.100s' does not fit a %s",
                             (const char *)tag, is_map ? "map" : "list");
    }
    if (!count_nodes(reader, 1, &spot) || !depth_fits(reader, 1, &spot)) {
        return;
    }
    reader->frames[reader->depth] = (struct pawl_yaml_frame){
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
static void duplicate_found(struct pawl_yaml_reader *reader, const struct pawl_yaml_entry *first,
                            const struct pawl_yaml_entry *again)
{
    uint32_t line = first->node.key.line;
    for (; first < again; first++) {
        if (pawl_str_eq(first->key, again->key)) {
            line = first->node.key.line;
            break;
        }
    }
    struct pawl_diag *diag =
        PAWL_YAML_FIND(reader, DUPLICATE_KEY, &again->node.key, "the key '%.*s' is there twice",
                       (int)(again->key.len > 100 ? 100 : again->key.len), again->key.ptr);
    PAWL_YAML_HINT(reader, diag, "it is first written in line %u", line);
}

static const struct pawl_val *container_val(struct pawl_yaml_reader *reader,
                                            const struct pawl_yaml_frame *frame,
                                            const struct pawl_yaml_entry *entries, uint32_t count)
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
    for (uint32_t i = 0; i < count && reader->stop == PAWL_OK; i++) {
        uint32_t before = map.count;
        pawl_map_add(&map, entries[i].key, &entries[i].val);
        if (map.count == before && !map.failed) {
            duplicate_found(reader, entries, &entries[i]);
        }
    }
    return pawl_map_end(&map);
}

static const struct pawl_yaml_node *container_nodes(struct pawl_yaml_reader *reader,
                                                    const struct pawl_yaml_entry *entries,
                                                    uint32_t count)
{
    struct pawl_yaml_node *nodes = PAWL_ARENA_ARRAY(reader->arena, struct pawl_yaml_node, count);
    for (uint32_t i = 0; nodes != NULL && i < count; i++) {
        nodes[i] = entries[i].node;
    }
    return nodes;
}

static void container_end(struct pawl_yaml_reader *reader)
{
    PAWL_ASSERT(reader->depth > 0);
    struct pawl_yaml_frame frame = reader->frames[--reader->depth];
    PAWL_ASSERT(frame.base <= reader->entry_count); /* Y3 */
    uint32_t count = reader->entry_count - frame.base;
    const struct pawl_yaml_entry *entries = count == 0 ? NULL : &reader->entries[frame.base];
    const struct pawl_val *val = container_val(reader, &frame, entries, count);
    const struct pawl_yaml_node *nodes = container_nodes(reader, entries, count);
    reader->entry_count = frame.base;
    if (val == NULL || nodes == NULL) {
        pawl_yaml_stop(reader, PAWL_ENOMEM);
        return;
    }
    struct pawl_yaml_entry finished = {.val = *val,
                                       .node = {.value = frame.spot, .children = nodes}};
    anchor_close(reader, frame.anchor, &finished, reader->nodes - frame.nodes_before,
                 frame.height + 1);
    node_add(reader, &finished, frame.height + 1, false);
}

/* ---- scalars and aliases --------------------------------------------------------------------- */

static void scalar_refuse(struct pawl_yaml_reader *reader, enum pawl_yaml_verdict verdict,
                          const struct pawl_yaml_spot *spot, struct pawl_str text)
{
    int shown = (int)(text.len > 60 ? 60 : text.len);
    switch (verdict) {
    case PAWL_YAML_NOT_FINITE: {
        struct pawl_diag *diag = PAWL_YAML_FIND(
            reader, YAML_NUMBER, spot, "'%.*s' is a number without a value", shown, text.ptr);
        PAWL_YAML_HINT(reader, diag,
                       "values are JSON's, which has no infinity and no NaN; put text in quotes");
        break;
    }
    case PAWL_YAML_TOO_LONG: {
        struct pawl_diag *diag =
            PAWL_YAML_FIND(reader, YAML_NUMBER, spot, "this number has too many digits");
        PAWL_YAML_HINT(reader, diag, "if it is a name or a code, put it in quotes");
        break;
    }
    case PAWL_YAML_MISMATCH:
        (void)PAWL_YAML_FIND(reader, YAML_TAG, spot, "the tag does not fit '%.*s'", shown,
                             text.ptr);
        break;
    case PAWL_YAML_NO_MEMORY:
        pawl_yaml_stop(reader, PAWL_ENOMEM);
        break;
    case PAWL_YAML_OK:
        PAWL_UNREACHABLE();
    }
}

/* A copy in the arena, as the author wrote it. */
static struct pawl_str scalar_text(struct pawl_yaml_reader *reader, const yaml_event_t *event,
                                   const struct pawl_yaml_spot *spot, bool quoted)
{
    char *value = (char *)event->data.scalar.value;
    size_t len = event->data.scalar.length;
    if (!pawl_yaml_input_restore(&reader->input, value, &len) && !quoted) {
        struct pawl_diag *diag =
            PAWL_YAML_FIND(reader, YAML_SYNTAX, spot, "a control character outside of quotes");
        PAWL_YAML_HINT(reader, diag, "put the text in double quotes");
    }
    struct pawl_str text = pawl_arena_str(reader->arena, (struct pawl_str){value, len});
    if (text.ptr == NULL) {
        pawl_yaml_stop(reader, PAWL_ENOMEM);
    }
    return text;
}

static void scalar_take(struct pawl_yaml_reader *reader, const yaml_event_t *event)
{
    struct pawl_yaml_spot spot = pawl_yaml_spot(&event->start_mark, &event->end_mark);
    yaml_scalar_style_t style = event->data.scalar.style;
    bool plain = style == YAML_PLAIN_SCALAR_STYLE;
    bool quoted =
        style == YAML_SINGLE_QUOTED_SCALAR_STYLE || style == YAML_DOUBLE_QUOTED_SCALAR_STYLE;
    uint32_t anchor = anchor_open(reader, event->data.scalar.anchor, &spot);
    struct pawl_str text = scalar_text(reader, event, &spot, quoted);
    if (reader->stop != PAWL_OK || !count_nodes(reader, 1, &spot)) {
        return;
    }
    /* An escape or a folded line makes the source longer than what it says. */
    bool exact =
        (plain || quoted) && event->start_mark.line == event->end_mark.line &&
        event->end_mark.index - event->start_mark.index == pawl_utf8_count(text) + (quoted ? 2 : 0);
    spot.flags = (uint16_t)((exact ? PAWL_YAML_EXACT : 0u) | (quoted ? PAWL_YAML_QUOTED : 0u));
    struct pawl_yaml_entry finished = {.val = pawl_val_null, .node = {.value = spot}};
    enum pawl_yaml_tag tag =
        pawl_yaml_tag_find(pawl_str_from((const char *)event->data.scalar.tag));
    if (tag == PAWL_YAML_TAG_OTHER) {
        struct pawl_diag *diag = PAWL_YAML_FIND(reader, YAML_TAG, &spot, "unknown tag '%.100s'",
                                                (const char *)event->data.scalar.tag);
        PAWL_YAML_HINT(reader, diag,
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

static void alias_take(struct pawl_yaml_reader *reader, const yaml_event_t *event)
{
    struct pawl_yaml_spot spot = pawl_yaml_spot(&event->start_mark, &event->end_mark);
    const char *name = (const char *)event->data.alias.anchor;
    uint32_t index = pawl_map_find(&reader->anchor_names, pawl_str_from(name));
    struct pawl_yaml_entry finished = {.val = pawl_val_null, .node = {.value = spot}};
    uint32_t height = 0;
    if (index == PAWL_MAP_NONE || reader->anchors[index].open) {
        struct pawl_diag *diag = PAWL_YAML_FIND(
            reader, YAML_ALIAS, &spot,
            index == PAWL_MAP_NONE ? "no anchor '&%.100s' stands before this alias"
                                   : "the alias stands inside of what '&%.100s' names",
            name);
        PAWL_YAML_HINT(reader, diag, "put text that begins with '*' in quotes");
    } else {
        const struct pawl_yaml_anchor *anchor = &reader->anchors[index];
        height = anchor->height;
        if (!count_nodes(reader, anchor->nodes, &spot) || !depth_fits(reader, height, &spot)) {
            return;
        }
        finished.val = anchor->val;
        finished.node.children = anchor->children;
    }
    node_add(reader, &finished, height, false);
}

/* ---- events ---------------------------------------------------------------------------------- */

void pawl_yaml_take(struct pawl_yaml_reader *reader, const yaml_event_t *event)
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
            struct pawl_yaml_spot spot = pawl_yaml_spot(&event->start_mark, &event->end_mark);
            struct pawl_diag *diag =
                PAWL_YAML_FIND(reader, YAML_DOCUMENTS, &spot, "a second document starts here");
            PAWL_YAML_HINT(reader, diag, "write one document per file");
            pawl_yaml_stop(reader, PAWL_ESYNTAX);
        }
        break;
    case YAML_NO_EVENT:
    case YAML_STREAM_START_EVENT:
    case YAML_STREAM_END_EVENT:
    case YAML_DOCUMENT_END_EVENT:
        break;
    }
}
