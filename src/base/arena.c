/* Arenas over chunks that double in size. Each chunk ends in a red zone that is checked whenever
 * the chunk is used, so that a write past a piece is found near its cause. */
#include "base/arena.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/panic.h"

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#define POISON(ptr, size)   ASAN_POISON_MEMORY_REGION((ptr), (size))
#define UNPOISON(ptr, size) ASAN_UNPOISON_MEMORY_REGION((ptr), (size))
#else
#define POISON(ptr, size)   ((void)(ptr), (void)(size))
#define UNPOISON(ptr, size) ((void)(ptr), (void)(size))
#endif

enum {
    ARENA_MAGIC = 0x41524E41,
    CHUNK_SIZE_FIRST = 4096,
    CHUNK_SIZE_LARGEST = 256 * 1024,
    ALIGN_MAX = 16,
};
static const uint64_t RED_ZONE = 0xA5C3F00DDEADBEEFu;

struct pawl_arena_chunk {
    struct pawl_arena_chunk *next;
    size_t size; /* usable bytes */
    size_t used;
    size_t padding; /* keeps the bytes aligned to 16 */
    /* size bytes follow, then RED_ZONE */
};

static char *chunk_bytes(struct pawl_arena_chunk *chunk)
{
    return (char *)(chunk + 1);
}

static size_t chunk_whole(const struct pawl_arena_chunk *chunk)
{
    return sizeof(*chunk) + chunk->size + sizeof(RED_ZONE);
}

static void chunk_check(struct pawl_arena_chunk *chunk)
{
    uint64_t zone;
    PAWL_ASSERT(chunk->used <= chunk->size); /* I1 */
    memcpy(&zone, chunk_bytes(chunk) + chunk->size, sizeof(zone));
    PAWL_ASSERT(zone == RED_ZONE); /* I3 */
}

static void chunk_free(struct pawl_arena *arena, struct pawl_arena_chunk *chunk)
{
    chunk_check(chunk);
    UNPOISON(chunk_bytes(chunk), chunk->size);
    size_t whole = chunk_whole(chunk);
    arena->total -= whole;
    pawl_alloc_free(arena->alloc, chunk, whole);
}

void pawl_arena_init(struct pawl_arena *arena, const struct pawl_alloc *alloc, size_t max)
{
    PAWL_ASSERT(max > 0);
    *arena = (struct pawl_arena){
        .magic = ARENA_MAGIC,
        .alloc = alloc != NULL ? alloc : pawl_alloc_heap(),
        .max = max,
        .chunk_size = CHUNK_SIZE_FIRST,
    };
}

void pawl_arena_fini(struct pawl_arena *arena)
{
    PAWL_ASSERT(arena->magic == ARENA_MAGIC);
    while (arena->chunk != NULL) {
        struct pawl_arena_chunk *next = arena->chunk->next;
        chunk_free(arena, arena->chunk);
        arena->chunk = next;
    }
    PAWL_ASSERT(arena->total == 0);
    arena->chunk_size = CHUNK_SIZE_FIRST;
}

void pawl_arena_reset(struct pawl_arena *arena)
{
    PAWL_ASSERT(arena->magic == ARENA_MAGIC);
    arena->failed = false;
    if (arena->chunk == NULL) {
        return;
    }
    struct pawl_arena_chunk *kept = arena->chunk;
    while (kept->next != NULL) {
        struct pawl_arena_chunk *next = kept->next->next;
        chunk_free(arena, kept->next);
        kept->next = next;
    }
    chunk_check(kept);
    kept->used = 0;
    POISON(chunk_bytes(kept), kept->size);
}

struct pawl_arena_mark pawl_arena_mark(const struct pawl_arena *arena)
{
    PAWL_ASSERT(arena->magic == ARENA_MAGIC);
    return (struct pawl_arena_mark){arena->chunk, arena->chunk == NULL ? 0 : arena->chunk->used};
}

void pawl_arena_rewind(struct pawl_arena *arena, struct pawl_arena_mark mark)
{
    PAWL_ASSERT(arena->magic == ARENA_MAGIC);
    while (arena->chunk != mark.chunk) {
        PAWL_ASSERT(arena->chunk !=
                    NULL); /* the mark is from this arena and not older than a reset */
        struct pawl_arena_chunk *next = arena->chunk->next;
        chunk_free(arena, arena->chunk);
        arena->chunk = next;
    }
    if (mark.chunk != NULL) {
        PAWL_ASSERT(mark.used <= mark.chunk->used);
        mark.chunk->used = mark.used;
        POISON(chunk_bytes(mark.chunk) + mark.used, mark.chunk->size - mark.used);
    }
}

static struct pawl_arena_chunk *chunk_new(struct pawl_arena *arena, size_t least)
{
    size_t size = arena->chunk_size;
    size_t overhead = sizeof(struct pawl_arena_chunk) + sizeof(RED_ZONE);
    if (size < least) {
        size = (least + 63) & ~(size_t)63;
    }
    if (arena->total >= arena->max || size > SIZE_MAX / 2) {
        return NULL;
    }
    size_t room = arena->max - arena->total;
    if (size + overhead > room) { /* I2 */
        if (room < overhead + least) {
            return NULL;
        }
        size = room - overhead;
    }
    struct pawl_arena_chunk *chunk = pawl_alloc_get(arena->alloc, size + overhead);
    if (chunk == NULL) {
        return NULL;
    }
    *chunk = (struct pawl_arena_chunk){.next = arena->chunk, .size = size};
    memcpy(chunk_bytes(chunk) + size, &RED_ZONE, sizeof(RED_ZONE));
    POISON(chunk_bytes(chunk), size);
    arena->total += size + overhead;
    arena->chunk = chunk;
    if (arena->chunk_size < CHUNK_SIZE_LARGEST) {
        arena->chunk_size *= 2;
    }
    return chunk;
}

static size_t aligned(size_t at, size_t align)
{
    return (at + align - 1) & ~(align - 1);
}

void *pawl_arena_get(struct pawl_arena *arena, size_t size, size_t align)
{
    PAWL_ASSERT(arena->magic == ARENA_MAGIC);
    PAWL_ASSERT(align > 0 && align <= ALIGN_MAX && (align & (align - 1)) == 0);
    struct pawl_arena_chunk *chunk = arena->chunk;
    if (size >= arena->max) {
        arena->failed = true;
        return NULL;
    }
    size_t at = chunk == NULL ? 0 : aligned(chunk->used, align);
    if (chunk == NULL || at > chunk->size || chunk->size - at < size) {
        chunk = chunk_new(arena, size + ALIGN_MAX);
        if (chunk == NULL) {
            arena->failed = true;
            return NULL;
        }
        at = 0;
    }
    chunk->used = at + size;
    chunk_check(chunk);
    UNPOISON(chunk_bytes(chunk) + at, size);
    return chunk_bytes(chunk) + at;
}

void *pawl_arena_zero(struct pawl_arena *arena, size_t size, size_t align)
{
    void *ptr = pawl_arena_get(arena, size, align);
    if (ptr != NULL && size > 0) {
        memset(ptr, 0, size);
    }
    return ptr;
}

void *pawl_arena_array(struct pawl_arena *arena, size_t count, size_t size, size_t align)
{
    size_t whole;
    if (__builtin_mul_overflow(count, size, &whole)) {
        arena->failed = true;
        return NULL;
    }
    return pawl_arena_zero(arena, whole, align);
}

struct pawl_str pawl_arena_str(struct pawl_arena *arena, struct pawl_str text)
{
    char *copy = pawl_arena_get(arena, text.len + 1, 1);
    if (copy == NULL) {
        return PAWL_STR_NONE;
    }
    if (text.len > 0) {
        memcpy(copy, text.ptr, text.len);
    }
    copy[text.len] = '\0';
    return (struct pawl_str){copy, text.len};
}

struct pawl_str pawl_arena_printf(struct pawl_arena *arena, const char *format, ...)
{
    enum { SHORT_MAX = 128 }; /* most texts: formatted once, then copied */
    char brief[SHORT_MAX];
    va_list args, again;
    va_start(args, format);
    va_copy(again, args);
    int wanted = vsnprintf(brief, sizeof(brief), format, args);
    va_end(args);
    if (wanted >= 0 && wanted < SHORT_MAX) {
        va_end(again);
        return pawl_arena_str(arena, (struct pawl_str){brief, (size_t)wanted});
    }
    char *text = wanted < 0 ? NULL : pawl_arena_get(arena, (size_t)wanted + 1, 1);
    if (text == NULL) {
        va_end(again);
        arena->failed = true;
        return PAWL_STR_NONE;
    }
    int written = vsnprintf(text, (size_t)wanted + 1, format, again);
    va_end(again);
    PAWL_ASSERT(written == wanted);
    return (struct pawl_str){text, (size_t)wanted};
}

void *pawl_arena_grow(struct pawl_arena *arena, void *ptr, size_t old, size_t size, size_t align)
{
    PAWL_ASSERT(size >= old);
    struct pawl_arena_chunk *chunk = arena->chunk;
    bool newest =
        ptr != NULL && chunk != NULL && (char *)ptr + old == chunk_bytes(chunk) + chunk->used;
    if (newest && chunk->size - chunk->used >= size - old) {
        chunk->used += size - old;
        UNPOISON(ptr, size);
        return ptr;
    }
    void *grown = pawl_arena_get(arena, size, align);
    if (grown != NULL && old > 0) {
        memcpy(grown, ptr, old);
    }
    return grown;
}
