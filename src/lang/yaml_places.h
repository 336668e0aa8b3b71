/* The tree of places beside a document's values: one node per value, children in the same order. */
#ifndef PAWL_LANG_YAML_PLACES_H
#define PAWL_LANG_YAML_PLACES_H

#include "base/diag.h"
#include "value/value.h"

struct pawl_yaml_spot { /* a place, packed */
    uint32_t line, column;
    uint16_t length; /* 0: one, or longer than a line */
    uint16_t flags;  /* PAWL_YAML_EXACT, … */
};

enum { PAWL_YAML_EXACT = 1u, PAWL_YAML_QUOTED = 2u };

struct pawl_yaml_node {
    struct pawl_yaml_spot value, key; /* key: of a map's member */
    const struct pawl_yaml_node *children;
};

struct pawl_yaml_places {
    const struct pawl_val *val;
    struct pawl_yaml_node root;
};

#endif
