/* The row cache: encoded run rows, least recently used out first, bounded in bytes. Only the
 * engine's thread touches it and it only ever holds what is committed (G3). Completed runs are
 * dropped with their last commit. An entry and the bytes of its row are one allocation. */
#include "engine/engine_private.h"

enum { CACHE_BUCKETS = 16384 };

bool pawl_cache_init(struct pawl_cache *cache, const struct pawl_alloc *alloc, size_t max)
{
    PAWL_ASSERT(max > 0);
    *cache = (struct pawl_cache){.alloc = alloc, .bucket_count = CACHE_BUCKETS, .max = max};
    cache->buckets = pawl_alloc_zero(alloc, CACHE_BUCKETS * sizeof(struct pawl_cache_entry *));
    return cache->buckets != NULL;
}

static struct pawl_cache_entry **cache_bucket(struct pawl_cache *cache, pawl_id run)
{
    uint64_t hash = (uint64_t)run * 0x9E3779B97F4A7C15u;
    return &cache->buckets[(hash >> 40) % cache->bucket_count];
}

static void list_remove(struct pawl_cache *cache, struct pawl_cache_entry *entry)
{
    if (entry->newer != NULL) {
        entry->newer->older = entry->older;
    } else {
        cache->newest = entry->older;
    }
    if (entry->older != NULL) {
        entry->older->newer = entry->newer;
    } else {
        cache->oldest = entry->newer;
    }
}

static void list_put(struct pawl_cache *cache, struct pawl_cache_entry *entry)
{
    entry->newer = NULL;
    entry->older = cache->newest;
    if (cache->newest != NULL) {
        cache->newest->newer = entry;
    } else {
        cache->oldest = entry;
    }
    cache->newest = entry;
}

static struct pawl_cache_entry **cache_slot(struct pawl_cache *cache, pawl_id run)
{
    struct pawl_cache_entry **slot = cache_bucket(cache, run);
    while (*slot != NULL && (*slot)->row.id != run) {
        slot = &(*slot)->chain;
    }
    return slot;
}

void pawl_cache_drop(struct pawl_cache *cache, pawl_id run)
{
    struct pawl_cache_entry **slot = cache_slot(cache, run);
    struct pawl_cache_entry *entry = *slot;
    if (entry == NULL) {
        return;
    }
    *slot = entry->chain;
    list_remove(cache, entry);
    PAWL_ASSERT(cache->size >= entry->size);
    cache->size -= entry->size;
    cache->count--;
    pawl_alloc_free(cache->alloc, entry, entry->size);
}

const struct pawl_run_row *pawl_cache_find(struct pawl_cache *cache, pawl_id run)
{
    struct pawl_cache_entry *entry = *cache_slot(cache, run);
    if (entry == NULL) {
        return NULL;
    }
    list_remove(cache, entry);
    list_put(cache, entry);
    return &entry->row;
}

static void row_copy_str(char **io_at, struct pawl_str *io_text)
{
    if (io_text->len > 0) {
        memcpy(*io_at, io_text->ptr, io_text->len);
    }
    io_text->ptr = *io_at;
    *io_at += io_text->len;
}

void pawl_cache_put(struct pawl_cache *cache, const struct pawl_run_row *row)
{
    pawl_cache_drop(cache, row->id);
    size_t size = sizeof(struct pawl_cache_entry) + row->workflow.len + row->outcome.len +
                  row->key.len + row->started_by.len + row->state.len;
    if (size > cache->max / 8) {
        return; /* one giant must not push out everybody else */
    }
    while (cache->size + size > cache->max) {
        PAWL_ASSERT(cache->oldest != NULL);
        pawl_cache_drop(cache, cache->oldest->row.id);
    }
    struct pawl_cache_entry *entry = pawl_alloc_get(cache->alloc, size);
    if (entry == NULL) {
        return;
    }
    *entry = (struct pawl_cache_entry){.row = *row, .size = size};
    char *at = (char *)(entry + 1);
    row_copy_str(&at, &entry->row.workflow);
    row_copy_str(&at, &entry->row.outcome);
    row_copy_str(&at, &entry->row.key);
    row_copy_str(&at, &entry->row.started_by);
    row_copy_str(&at, &entry->row.state);
    PAWL_ASSERT((size_t)(at - (char *)entry) == size);
    struct pawl_cache_entry **bucket = cache_bucket(cache, row->id);
    entry->chain = *bucket;
    *bucket = entry;
    list_put(cache, entry);
    cache->size += size;
    cache->count++;
}

void pawl_cache_fini(struct pawl_cache *cache)
{
    while (cache->oldest != NULL) {
        pawl_cache_drop(cache, cache->oldest->row.id);
    }
    PAWL_ASSERT(cache->size == 0);
    pawl_alloc_free(cache->alloc, cache->buckets,
                    cache->bucket_count * sizeof(struct pawl_cache_entry *));
}
