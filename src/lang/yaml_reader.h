/* What the parts of the YAML reader share: its state, its findings, and who calls whom.
 *
 *   yaml.c         the text as a whole: size, encoding, libyaml's loop, the outcome
 *   yaml_input.c   the text as libyaml is given it
 *   yaml_build.c   libyaml's events to values and places
 *   yaml_scalar.c  what a scalar means
 *   yaml_strict.c  what libyaml reads otherwise than YAML 1.2 has it
 *   yaml_report.c  findings in an author's words
 *
 * Invariants: Y1 every value has one node of places beside it, in the same order. Y2 `nodes` counts
 * values as if aliases were copies, and is checked before anything grows. Y3 a frame's children are
 * the entries above its base. Y4 no recursion: the stack of frames is the depth. Y5 once `stop` is
 * set, nothing more is read. */
#ifndef PAWL_LANG_YAML_READER_H
#define PAWL_LANG_YAML_READER_H

#include <yaml.h>

#include "base/limits.h"
#include "base/map.h"
#include "lang/yaml.h"
#include "lang/yaml_input.h"
#include "lang/yaml_places.h"

struct pawl_yaml_entry { /* a finished value, waiting for its container to end */
    struct pawl_val val;
    struct pawl_yaml_node node;
    struct pawl_str key;
};

struct pawl_yaml_frame { /* an open container */
    bool is_map;
    bool has_key, bad_key; /* a key was read and waits for its value; it is dropped */
    uint32_t base;         /* Y3 */
    uint32_t nodes_before;
    uint32_t height;
    uint32_t anchor; /* or PAWL_MAP_NONE */
    struct pawl_str key;
    struct pawl_yaml_spot key_spot, spot;
};

struct pawl_yaml_anchor {
    struct pawl_val val;
    const struct pawl_yaml_node *children;
    uint32_t nodes, height;
    bool open;
};

struct pawl_yaml_reader {
    struct pawl_arena *arena;
    struct pawl_arena scratch; /* the stacks; given back at the end */
    struct pawl_str text;      /* without a byte order mark */
    struct pawl_yaml_input input;
    struct pawl_diags *diags;
    struct pawl_yaml_entry *entries;
    uint32_t entry_count, entry_cap;
    struct pawl_yaml_anchor *anchors;
    uint32_t anchor_count, anchor_cap;
    struct pawl_map anchor_names;
    struct pawl_yaml_frame frames[PAWL_DOCUMENT_DEPTH_MAX];
    uint32_t depth;
    uint32_t nodes; /* Y2 */
    uint32_t documents;
    uint32_t findings;
    uint32_t line; /* where the last search for a line ended, and that line's offset */
    size_t line_at;
    enum pawl_rc stop; /* Y5 */
};

enum { PAWL_YAML_POINTER_MAX = 512 };

/* ---- yaml_report.c --------------------------------------------------------------------------- */

struct pawl_yaml_spot pawl_yaml_spot(const yaml_mark_t *start, const yaml_mark_t *end);
/* Of a byte of the text. */
struct pawl_yaml_spot pawl_yaml_spot_at(const struct pawl_yaml_reader *reader, size_t at);
struct pawl_place pawl_yaml_spot_place(const struct pawl_yaml_spot *spot);
/* Where the reader is, as a JSON pointer in the caller's buffer. */
struct pawl_str pawl_yaml_pointer_here(const struct pawl_yaml_reader *reader,
                                       char pointer[PAWL_YAML_POINTER_MAX]);
/* Counts a finding; the reader stops when nobody would read another one. */
void pawl_yaml_found(struct pawl_yaml_reader *reader);
/* The first reason counts. */
void pawl_yaml_stop(struct pawl_yaml_reader *reader, enum pawl_rc rc);
/* Whether the spot's line has braces of a template without quotes. */
bool pawl_yaml_template_near(struct pawl_yaml_reader *reader, const struct pawl_yaml_spot *spot);
/* libyaml's own complaint. */
void pawl_yaml_problem(struct pawl_yaml_reader *reader, const yaml_parser_t *parser);

#define PAWL_YAML_FIND(reader, name, spot, ...)                                                    \
    (pawl_yaml_found(reader),                                                                      \
     pawl_diag_add((reader)->diags, PAWL_DIAG_##name, pawl_yaml_spot_place(spot),                  \
                   pawl_yaml_pointer_here((reader), (char[PAWL_YAML_POINTER_MAX]){0}),             \
                   __VA_ARGS__))
#define PAWL_YAML_HINT(reader, diag, ...) pawl_diag_hint((reader)->diags, (diag), __VA_ARGS__)

/* ---- yaml_build.c ---------------------------------------------------------------------------- */

/* Takes one event of libyaml's in. */
void pawl_yaml_take(struct pawl_yaml_reader *reader, const yaml_event_t *event);

/* ---- yaml_strict.c --------------------------------------------------------------------------- */

/* After the events: a finding when the text is not what libyaml took it for. */
void pawl_yaml_check_strict(struct pawl_yaml_reader *reader);

#endif
