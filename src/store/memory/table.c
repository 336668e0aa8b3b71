/* A table: entries sorted by key, found by halving. New rows have the largest ids, so that most
 * insertions append. */
#include "store/memory/memory.h"

int pawl_memory_key_cmp(const struct pawl_memory_key *a, const struct pawl_memory_key *b)
{
    if (a->a != b->a) {
        return a->a < b->a ? -1 : 1;
    }
    if (a->b != b->b) {
        return a->b < b->b ? -1 : 1;
    }
    return pawl_str_cmp(a->text, b->text);
}

size_t pawl_memory_lower(const struct pawl_memory_table *table, struct pawl_memory_key key)
{
    size_t low = 0;
    size_t high = table->count;
    if (high > 0 && pawl_memory_key_cmp(&table->entries[high - 1].key, &key) < 0) {
        return high;
    }
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (pawl_memory_key_cmp(&table->entries[middle].key, &key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

static bool is_at(const struct pawl_memory_table *table, size_t at,
                  const struct pawl_memory_key *key)
{
    return at < table->count && pawl_memory_key_cmp(&table->entries[at].key, key) == 0;
}

void *pawl_memory_find(const struct pawl_memory_table *table, struct pawl_memory_key key)
{
    size_t at = pawl_memory_lower(table, key);
    return is_at(table, at, &key) ? table->entries[at].row : NULL;
}

bool pawl_memory_reserve(const struct pawl_alloc *alloc, struct pawl_memory_table *table,
                         size_t more)
{
    if (table->room - table->count >= more) {
        return true;
    }
    size_t room = table->room == 0 ? 16 : table->room * 2;
    while (room - table->count < more) {
        room *= 2;
    }
    size_t size = sizeof(*table->entries);
    void *grown = pawl_alloc_grow(alloc, table->entries, table->room * size, room * size);
    if (grown == NULL) {
        return false;
    }
    table->entries = grown;
    table->room = room;
    return true;
}

void *pawl_memory_put(struct pawl_memory_table *table, struct pawl_memory_entry entry)
{
    PAWL_ASSERT(entry.row != NULL);
    size_t at = pawl_memory_lower(table, entry.key);
    if (is_at(table, at, &entry.key)) {
        void *before = table->entries[at].row;
        table->entries[at] = entry;
        return before;
    }
    PAWL_ASSERT(table->count < table->room);
    memmove(&table->entries[at + 1], &table->entries[at], (table->count - at) * sizeof(entry));
    table->entries[at] = entry;
    table->count++;
    return NULL;
}

void *pawl_memory_remove(struct pawl_memory_table *table, struct pawl_memory_key key)
{
    size_t at = pawl_memory_lower(table, key);
    if (!is_at(table, at, &key)) {
        return NULL;
    }
    void *row = table->entries[at].row;
    table->count--;
    memmove(&table->entries[at], &table->entries[at + 1],
            (table->count - at) * sizeof(*table->entries));
    return row;
}
