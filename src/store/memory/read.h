/* What the read_*.c files of the store in memory share. Rows are copied into the reader's arena
 * while the lock is held shared. */
#ifndef PAWL_STORE_MEMORY_READ_H
#define PAWL_STORE_MEMORY_READ_H

#include "store/memory/memory.h"

/* The tables, locked until pawl_memory_end. */
const struct pawl_memory_table *pawl_memory_begin(struct pawl_reader *reader,
                                                  enum pawl_memory_table_kind kind);
void pawl_memory_end(struct pawl_reader *reader);

/* Copies one row out; row NULL: PAWL_ENOT_FOUND about `what`. */
enum pawl_rc pawl_memory_take(struct pawl_arena *arena, enum pawl_memory_table_kind kind,
                              const void *row, const char *what, void *ret_row,
                              struct pawl_err *err);

/* A list that grows up to a limit: rows are copied out one by one. */
struct pawl_memory_list {
    struct pawl_arena *arena;
    enum pawl_memory_table_kind kind;
    size_t size; /* of one row */
    char *rows;
    uint32_t count, room, limit;
    bool failed;
};
void pawl_memory_list_init(struct pawl_memory_list *list, struct pawl_arena *arena,
                           enum pawl_memory_table_kind kind, size_t size, uint32_t limit);
/* True while there is room for more. */
bool pawl_memory_list_add(struct pawl_memory_list *list, const void *row);
/* The finished list: rows (a struct pawl_…_row **) and their count. */
enum pawl_rc pawl_memory_list_end(const struct pawl_memory_list *list, void *ret_rows,
                                  uint32_t *ret_count, struct pawl_err *err);

/* read_run.c */
enum pawl_rc pawl_memory_run_get(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                 struct pawl_arena *arena, struct pawl_run_row *ret_row,
                                 struct pawl_err *err);
enum pawl_rc pawl_memory_run_list(struct pawl_reader *r, const struct pawl_run_filter *filter,
                                  struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                                  uint32_t *ret_count, struct pawl_list_next *ret_next,
                                  struct pawl_err *err);
enum pawl_rc pawl_memory_run_page_get(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                      uint32_t page, struct pawl_arena *arena,
                                      struct pawl_str *ret_bytes, struct pawl_err *err);
enum pawl_rc pawl_memory_wake_list(struct pawl_reader *r, const struct pawl_run_row *after,
                                   pawl_ms until, uint32_t limit, struct pawl_arena *arena,
                                   struct pawl_run_row **ret_rows, uint32_t *ret_count,
                                   struct pawl_err *err);
enum pawl_rc pawl_memory_owned_list(struct pawl_reader *r, pawl_id after, uint32_t limit,
                                    struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                                    uint32_t *ret_count, struct pawl_err *err);
enum pawl_rc pawl_memory_run_scan(struct pawl_reader *r, pawl_id after, uint32_t limit,
                                  struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                                  uint32_t *ret_count, struct pawl_err *err);
/* read_event.c */
enum pawl_rc pawl_memory_event_get(struct pawl_reader *r, pawl_id tenant, pawl_id event,
                                   struct pawl_arena *arena, struct pawl_event_row *ret_row,
                                   struct pawl_err *err);
enum pawl_rc pawl_memory_event_list(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                    pawl_id after, uint32_t limit, struct pawl_arena *arena,
                                    struct pawl_event_row **ret_rows, uint32_t *ret_count,
                                    struct pawl_err *err);
enum pawl_rc pawl_memory_event_last(struct pawl_reader *r, struct pawl_arena *arena,
                                    struct pawl_event_row *ret_row, struct pawl_err *err);
enum pawl_rc pawl_memory_id_last(struct pawl_reader *r, pawl_id *ret_id, struct pawl_err *err);
/* read_task.c */
enum pawl_rc pawl_memory_task_get(struct pawl_reader *r, pawl_id tenant, pawl_id task,
                                  struct pawl_arena *arena, struct pawl_task_row *ret_row,
                                  struct pawl_err *err);
enum pawl_rc pawl_memory_task_list(struct pawl_reader *r, const struct pawl_task_filter *filter,
                                   struct pawl_arena *arena, struct pawl_task_row **ret_rows,
                                   uint32_t *ret_count, struct pawl_list_next *ret_next,
                                   struct pawl_err *err);
enum pawl_rc pawl_memory_decision_list(struct pawl_reader *r, pawl_id tenant, pawl_id task,
                                       struct pawl_arena *arena,
                                       struct pawl_decision_row **ret_rows, uint32_t *ret_count,
                                       struct pawl_err *err);
/* read_config.c */
enum pawl_rc pawl_memory_definition_get(struct pawl_reader *r, pawl_id tenant, pawl_id definition,
                                        struct pawl_arena *arena,
                                        struct pawl_definition_row *ret_row, struct pawl_err *err);
enum pawl_rc pawl_memory_definition_find(struct pawl_reader *r, pawl_id tenant,
                                         struct pawl_str name, uint32_t number,
                                         struct pawl_arena *arena,
                                         struct pawl_definition_row *ret_row, struct pawl_err *err);
enum pawl_rc pawl_memory_definition_list(struct pawl_reader *r, pawl_id tenant,
                                         struct pawl_str name, struct pawl_str after,
                                         uint32_t limit, struct pawl_arena *arena,
                                         struct pawl_definition_row **ret_rows, uint32_t *ret_count,
                                         struct pawl_err *err);
enum pawl_rc pawl_memory_idempotency_get(struct pawl_reader *r, pawl_id tenant,
                                         const uint8_t key[PAWL_HASH_SIZE],
                                         struct pawl_arena *arena,
                                         struct pawl_idempotency_row *ret_row,
                                         struct pawl_err *err);
enum pawl_rc pawl_memory_tenant_find(struct pawl_reader *r, struct pawl_str name,
                                     struct pawl_arena *arena, struct pawl_tenant_row *ret_row,
                                     struct pawl_err *err);
enum pawl_rc pawl_memory_tenant_list(struct pawl_reader *r, struct pawl_arena *arena,
                                     struct pawl_tenant_row **ret_rows, uint32_t *ret_count,
                                     struct pawl_err *err);
enum pawl_rc pawl_memory_user_list(struct pawl_reader *r, pawl_id tenant, struct pawl_str after,
                                   uint32_t limit, struct pawl_arena *arena,
                                   struct pawl_user_row **ret_rows, uint32_t *ret_count,
                                   struct pawl_err *err);
enum pawl_rc pawl_memory_token_list(struct pawl_reader *r, pawl_id tenant, pawl_id after,
                                    uint32_t limit, struct pawl_arena *arena,
                                    struct pawl_token_row **ret_rows, uint32_t *ret_count,
                                    struct pawl_err *err);

#endif
