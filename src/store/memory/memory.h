/* The store in memory: the same contract as on disk, but nothing survives the process. For the
 * simulator, for tests, and for hosts that want no file.
 *
 * Rows are deep copies, each one block of memory, in tables sorted by key (table.c, row.c). A batch
 * is staged first, every allocation made, and installed then without a step that can fail
 * (commit.c). Readers take a lock shared, the installation takes it alone, for microseconds. Lists
 * look at every row of their table: the backend is for thousands of rows, not for millions. */
#ifndef PAWL_STORE_MEMORY_MEMORY_H
#define PAWL_STORE_MEMORY_MEMORY_H

#include <pthread.h>

#include "store/backend.h"

/* The tables; row.c says what a row of each is. */
enum pawl_memory_table_kind {
    PAWL_MEMORY_RUN,
    PAWL_MEMORY_PAGE, /* struct pawl_memory_page, by (run, page) */
    PAWL_MEMORY_EVENT,
    PAWL_MEMORY_TASK,
    PAWL_MEMORY_DECISION, /* by (task, number) */
    PAWL_MEMORY_DEFINITION,
    PAWL_MEMORY_HEAD,        /* by (tenant, name) */
    PAWL_MEMORY_IDEMPOTENCY, /* by key */
    PAWL_MEMORY_TENANT,
    PAWL_MEMORY_USER,
    PAWL_MEMORY_TOKEN,
    PAWL_MEMORY_COUNT
};

/* Rows of run pages have no tenant of their own in store/rows.h. */
struct pawl_memory_page {
    pawl_id run, tenant;
    uint32_t page;
    struct pawl_str bytes;
};

struct pawl_memory_key {
    int64_t a, b;
    struct pawl_str text;
};

struct pawl_memory_entry {
    struct pawl_memory_key key; /* its text points into the row */
    void *row;                  /* a block of row.c */
};

struct pawl_memory_table {
    struct pawl_memory_entry *entries; /* by key */
    size_t count, room;
};

struct pawl_memory_change { /* of a batch that is being staged */
    enum pawl_memory_table_kind kind;
    struct pawl_memory_entry entry; /* row NULL: remove the entry with that key */
};

struct pawl_store {
    struct pawl_store_base base;
    const struct pawl_alloc *alloc;
    pthread_rwlock_t lock; /* guards tables against readers; the writer's thread changes them */
    struct pawl_memory_table tables[PAWL_MEMORY_COUNT];
    uint64_t ticket, turn;
    const struct pawl_batch *batch; /* in flight; NULL: none */
    struct pawl_memory_change *changes;
    size_t change_count, change_room;
};

struct pawl_reader {
    struct pawl_reader_base base;
    struct pawl_store *store;
};

extern const struct pawl_reader_api pawl_memory_reader_api;

/* ---- row.c */

/* Bytes that a copy needs, texts and lists included. */
size_t pawl_memory_row_size(enum pawl_memory_table_kind kind, const void *row);
/* A copy in one block; NULL when memory is short. */
void *pawl_memory_row_new(const struct pawl_alloc *alloc, enum pawl_memory_table_kind kind,
                          const void *row);
void pawl_memory_row_free(const struct pawl_alloc *alloc, enum pawl_memory_table_kind kind,
                          void *row);
/* A copy of the row and its texts: the struct in *ret_row, the texts in the arena. False when
 * memory is short. */
PAWL_CHECKED
bool pawl_memory_row_read(struct pawl_arena *arena, enum pawl_memory_table_kind kind,
                          const void *row, void *ret_row);

/* ---- table.c */

int pawl_memory_key_cmp(const struct pawl_memory_key *a, const struct pawl_memory_key *b);
/* The first entry at or behind the key. */
size_t pawl_memory_lower(const struct pawl_memory_table *table, struct pawl_memory_key key);
void *pawl_memory_find(const struct pawl_memory_table *table, struct pawl_memory_key key);
/* Room for `more` entries; false when memory is short. */
PAWL_CHECKED
bool pawl_memory_reserve(const struct pawl_alloc *alloc, struct pawl_memory_table *table,
                         size_t more);
/* Adds or replaces, in reserved room; the row before (or NULL) is the caller's now. */
void *pawl_memory_put(struct pawl_memory_table *table, struct pawl_memory_entry entry);
void *pawl_memory_remove(struct pawl_memory_table *table, struct pawl_memory_key key);

static inline struct pawl_memory_key pawl_memory_id(pawl_id id)
{
    return (struct pawl_memory_key){.a = id};
}

/* ---- commit.c */

enum pawl_rc pawl_memory_submit(struct pawl_store *store, const struct pawl_batch *batch,
                                uint64_t *ret_ticket, struct pawl_err *err);
enum pawl_rc pawl_memory_reap(struct pawl_store *store, uint64_t ticket,
                              struct pawl_batch_result *io_result, struct pawl_err *err);

/* ---- stage.c: the changes of a batch, each with its copy made */

PAWL_CHECKED
bool pawl_memory_stage(struct pawl_store *store, enum pawl_memory_table_kind kind,
                       struct pawl_memory_key key, const void *row);
PAWL_CHECKED
bool pawl_memory_unstage(struct pawl_store *store, enum pawl_memory_table_kind kind,
                         struct pawl_memory_key key);
/* Makes all changes and forgets them; false, with nothing changed, when memory is short. */
PAWL_CHECKED
bool pawl_memory_install(struct pawl_store *store);
void pawl_memory_discard(struct pawl_store *store);

#endif
