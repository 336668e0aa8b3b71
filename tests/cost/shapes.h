/* Values of a given size in every shape that has ever made something slow, and a few more. */
#ifndef PAWL_COST_SHAPES_H
#define PAWL_COST_SHAPES_H

#include "value/value.h"

struct shape {
    const char *name;
    /* A value of about `size` bytes; limits of a kind (digits, depth) may keep it smaller. */
    const struct pawl_val *(*make)(struct pawl_arena *arena, const struct shape *shape, size_t size);
    const char *unit; /* of texts: what is repeated */
    const char *first, *last;
};
extern const struct shape cost_shapes[];
extern const uint32_t cost_shape_count;

#endif
