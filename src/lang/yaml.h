/* YAML 1.2 (core schema) over libyaml into values, with the place of every node.
 *
 * The right value or a clear refusal, never a wrong value: duplicate keys, merge keys, unknown
 * tags, more than one document, alias bombs and deep nesting are refused. yaml.h of libyaml is
 * included in yaml.c only. */
#ifndef PAWL_LANG_YAML_H
#define PAWL_LANG_YAML_H

#include "base/diag.h"
#include "value/value.h"

/* Places of a document's nodes by JSON pointer. Opaque; lives in the arena. What an alias brings in
 * has the place of what it names. */
struct pawl_yaml_places;

/* JSON is YAML: both are read here. PAWL_ESYNTAX or PAWL_ELIMIT with findings in diags;
 * PAWL_ENOMEM. */
PAWL_CHECKED
enum pawl_rc pawl_yaml_parse(struct pawl_arena *arena, struct pawl_str text,
                             struct pawl_diags *diags, const struct pawl_val **ret_val,
                             const struct pawl_yaml_places **ret_places);
/* Where the value (or, for keys, the key) at a JSON pointer stands; the nearest enclosing place
 * when the pointer leads nowhere. */
struct pawl_place pawl_yaml_place(const struct pawl_yaml_places *places, struct pawl_str pointer);
struct pawl_place pawl_yaml_key_place(const struct pawl_yaml_places *places,
                                      struct pawl_str pointer);
/* Of a scalar's first content character: behind the opening quote. */
struct pawl_place pawl_yaml_content_place(const struct pawl_yaml_places *places,
                                          struct pawl_str pointer);
/* Whether offsets in the scalar's value map to columns one to one (plain or quoted, one line, no
 * escapes). */
bool pawl_yaml_exact(const struct pawl_yaml_places *places, struct pawl_str pointer);

#endif
