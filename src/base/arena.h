/* Arenas: memory that lives and dies together.
 *
 * An arena hands out aligned pieces and frees nothing until it is reset or closed. It has a
 * maximum; reaching it, or a failed allocation, gives NULL and makes `failed` stick, so that a
 * builder may go on and be checked once at its end. Not thread-safe; a finished arena may be read
 * by many threads. Invariants: I1 used <= size in each chunk. I2 total <= max. I3 the red zone
 * behind each chunk holds. */
#ifndef PAWL_BASE_ARENA_H
#define PAWL_BASE_ARENA_H

#include "base/alloc.h"
#include "base/str.h"

struct pawl_arena_chunk;

struct pawl_arena {
    uint32_t magic;
    bool failed; /* sticky: some get returned NULL */
    const struct pawl_alloc *alloc;
    struct pawl_arena_chunk *chunk; /* newest first */
    size_t total;                   /* bytes taken from alloc */
    size_t max;                     /* bytes; a limit from base/limits.h or the caller's */
    size_t chunk_size;              /* the next chunk's least size */
};

struct pawl_arena_mark {
    struct pawl_arena_chunk *chunk;
    size_t used;
};

/* alloc NULL: the heap. max in bytes, > 0. Allocates nothing yet. */
void pawl_arena_init(struct pawl_arena *arena, const struct pawl_alloc *alloc, size_t max);
void pawl_arena_fini(struct pawl_arena *arena); /* frees all; legal twice */
/* Frees all but one chunk, clears `failed`. */
void pawl_arena_reset(struct pawl_arena *arena);
/* Everything taken after the mark is given back by pawl_arena_rewind. */
struct pawl_arena_mark pawl_arena_mark(const struct pawl_arena *arena);
void pawl_arena_rewind(struct pawl_arena *arena, struct pawl_arena_mark mark);

/* size bytes aligned to align (a power of two <= 16); NULL when the limit or memory is reached.
 * size 0 gives a valid pointer. Not cleared. */
void *pawl_arena_get(struct pawl_arena *arena, size_t size, size_t align);
void *pawl_arena_zero(struct pawl_arena *arena, size_t size, size_t align);
/* count * size with the product checked; cleared. */
void *pawl_arena_array(struct pawl_arena *arena, size_t count, size_t size, size_t align);
#define PAWL_ARENA_NEW(arena, type) ((type *)pawl_arena_zero((arena), sizeof(type), _Alignof(type)))
#define PAWL_ARENA_ARRAY(arena, type, count)                                                       \
    ((type *)pawl_arena_array((arena), (count), sizeof(type), _Alignof(type)))

/* Copies, NUL-terminated behind the view (the NUL is not counted). PAWL_STR_NONE when it fails and
 * `failed` is set; an empty text gives a non-NULL ptr. */
struct pawl_str pawl_arena_str(struct pawl_arena *arena, struct pawl_str text);
struct pawl_str pawl_arena_printf(struct pawl_arena *arena, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* Grows the newest piece in place if it can, else copies. For builders. */
void *pawl_arena_grow(struct pawl_arena *arena, void *ptr, size_t old, size_t size, size_t align);

#endif
