/* What a YAML scalar means: the core schema of YAML 1.2 (section 10.3), and nothing of YAML 1.1. */
#ifndef PAWL_LANG_YAML_SCALAR_H
#define PAWL_LANG_YAML_SCALAR_H

#include "value/value.h"

enum pawl_yaml_tag { /* the tags of the core schema */
                     PAWL_YAML_TAG_NONE,
                     PAWL_YAML_TAG_STR,
                     PAWL_YAML_TAG_NULL,
                     PAWL_YAML_TAG_BOOL,
                     PAWL_YAML_TAG_INT,
                     PAWL_YAML_TAG_FLOAT,
                     PAWL_YAML_TAG_SEQ,
                     PAWL_YAML_TAG_MAP,
                     PAWL_YAML_TAG_OTHER
};

enum pawl_yaml_tag pawl_yaml_tag_find(struct pawl_str uri); /* OTHER: not of the core schema */

enum pawl_yaml_verdict {
    PAWL_YAML_OK,
    PAWL_YAML_NOT_FINITE, /* .inf, .nan: JSON has no such number */
    PAWL_YAML_TOO_LONG,   /* more digits than a number may have */
    PAWL_YAML_MISMATCH,   /* a tag that does not fit the text */
    PAWL_YAML_NO_MEMORY
};

/* The value of a scalar's text; plain: written without quotes. `text` must live as long as the
 * arena. */
enum pawl_yaml_verdict pawl_yaml_scalar(struct pawl_arena *arena, struct pawl_str text, bool plain,
                                        enum pawl_yaml_tag tag, struct pawl_val *ret_val);

#endif
