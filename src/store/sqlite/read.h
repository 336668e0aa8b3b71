/* What the read_*.c files share: one snapshot over several statements, and pages merged from
 * several ordered lists. */
#ifndef PAWL_STORE_SQLITE_READ_H
#define PAWL_STORE_SQLITE_READ_H

#include "store/sqlite/sqlite.h"

/* Statements between the two see one state of the store. read_end gives rc back, or its own failure
 * when rc is PAWL_OK. */
PAWL_CHECKED
enum pawl_rc pawl_read_begin(struct pawl_reader *reader, struct pawl_err *err);
PAWL_CHECKED
enum pawl_rc pawl_read_end(struct pawl_reader *reader, enum pawl_rc rc, struct pawl_err *err);

/* A row that may not be there: PAWL_ENOT_FOUND with a sentence about `what`. */
enum pawl_rc pawl_read_absent(const char *what, struct pawl_err *err);

/* Room for `limit` rows of a list; rows that come are counted by the caller. */
void *pawl_read_rows(struct pawl_sql_use *use, uint32_t limit, size_t size, size_t align);

/* For lists without a limit of their own: room for row `count` of an array that grows in the arena,
 * cleared; NULL when memory is short (the use fails then). */
void *pawl_read_grow(struct pawl_sql_use *use, void **io_rows, uint32_t *io_room, uint32_t count,
                     size_t size);

#define PAWL_READ_ROWS(use, type, limit)                                                           \
    ((type *)pawl_read_rows((use), (limit), sizeof(type), _Alignof(type)))

/* read_run.c */
enum pawl_rc pawl_sqlite_run_get(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                 struct pawl_arena *arena, struct pawl_run_row *ret_row,
                                 struct pawl_err *err);
enum pawl_rc pawl_sqlite_run_list(struct pawl_reader *r, const struct pawl_run_filter *filter,
                                  struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                                  uint32_t *ret_count, struct pawl_list_next *ret_next,
                                  struct pawl_err *err);
enum pawl_rc pawl_sqlite_run_page_get(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                      uint32_t page, struct pawl_arena *arena,
                                      struct pawl_str *ret_bytes, struct pawl_err *err);
enum pawl_rc pawl_sqlite_wake_list(struct pawl_reader *r, const struct pawl_run_row *after,
                                   pawl_ms until, uint32_t limit, struct pawl_arena *arena,
                                   struct pawl_run_row **ret_rows, uint32_t *ret_count,
                                   struct pawl_err *err);
enum pawl_rc pawl_sqlite_owned_list(struct pawl_reader *r, pawl_id after, uint32_t limit,
                                    struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                                    uint32_t *ret_count, struct pawl_err *err);
enum pawl_rc pawl_sqlite_run_scan(struct pawl_reader *r, pawl_id after, uint32_t limit,
                                  struct pawl_arena *arena, struct pawl_run_row **ret_rows,
                                  uint32_t *ret_count, struct pawl_err *err);
/* read_event.c */
enum pawl_rc pawl_sqlite_event_get(struct pawl_reader *r, pawl_id tenant, pawl_id event,
                                   struct pawl_arena *arena, struct pawl_event_row *ret_row,
                                   struct pawl_err *err);
enum pawl_rc pawl_sqlite_event_list(struct pawl_reader *r, pawl_id tenant, pawl_id run,
                                    pawl_id after, uint32_t limit, struct pawl_arena *arena,
                                    struct pawl_event_row **ret_rows, uint32_t *ret_count,
                                    struct pawl_err *err);
enum pawl_rc pawl_sqlite_event_last(struct pawl_reader *r, struct pawl_arena *arena,
                                    struct pawl_event_row *ret_row, struct pawl_err *err);
/* read_task.c */
enum pawl_rc pawl_sqlite_task_get(struct pawl_reader *r, pawl_id tenant, pawl_id task,
                                  struct pawl_arena *arena, struct pawl_task_row *ret_row,
                                  struct pawl_err *err);
enum pawl_rc pawl_sqlite_task_list(struct pawl_reader *r, const struct pawl_task_filter *filter,
                                   struct pawl_arena *arena, struct pawl_task_row **ret_rows,
                                   uint32_t *ret_count, struct pawl_list_next *ret_next,
                                   struct pawl_err *err);
enum pawl_rc pawl_sqlite_decision_list(struct pawl_reader *r, pawl_id tenant, pawl_id task,
                                       struct pawl_arena *arena,
                                       struct pawl_decision_row **ret_rows, uint32_t *ret_count,
                                       struct pawl_err *err);
/* read_definition.c */
enum pawl_rc pawl_sqlite_definition_get(struct pawl_reader *r, pawl_id tenant, pawl_id definition,
                                        struct pawl_arena *arena,
                                        struct pawl_definition_row *ret_row, struct pawl_err *err);
enum pawl_rc pawl_sqlite_definition_find(struct pawl_reader *r, pawl_id tenant,
                                         struct pawl_str name, uint32_t number,
                                         struct pawl_arena *arena,
                                         struct pawl_definition_row *ret_row, struct pawl_err *err);
enum pawl_rc pawl_sqlite_definition_list(struct pawl_reader *r, pawl_id tenant,
                                         struct pawl_str name, struct pawl_str after,
                                         uint32_t limit, struct pawl_arena *arena,
                                         struct pawl_definition_row **ret_rows, uint32_t *ret_count,
                                         struct pawl_err *err);
/* read_identity.c */
enum pawl_rc pawl_sqlite_idempotency_get(struct pawl_reader *r, pawl_id tenant,
                                         const uint8_t key[PAWL_HASH_SIZE],
                                         struct pawl_arena *arena,
                                         struct pawl_idempotency_row *ret_row,
                                         struct pawl_err *err);
enum pawl_rc pawl_sqlite_tenant_find(struct pawl_reader *r, struct pawl_str name,
                                     struct pawl_arena *arena, struct pawl_tenant_row *ret_row,
                                     struct pawl_err *err);
enum pawl_rc pawl_sqlite_tenant_list(struct pawl_reader *r, struct pawl_arena *arena,
                                     struct pawl_tenant_row **ret_rows, uint32_t *ret_count,
                                     struct pawl_err *err);
enum pawl_rc pawl_sqlite_user_list(struct pawl_reader *r, pawl_id tenant, struct pawl_str after,
                                   uint32_t limit, struct pawl_arena *arena,
                                   struct pawl_user_row **ret_rows, uint32_t *ret_count,
                                   struct pawl_err *err);
enum pawl_rc pawl_sqlite_token_list(struct pawl_reader *r, pawl_id tenant, pawl_id after,
                                    uint32_t limit, struct pawl_arena *arena,
                                    struct pawl_token_row **ret_rows, uint32_t *ret_count,
                                    struct pawl_err *err);
enum pawl_rc pawl_sqlite_id_last(struct pawl_reader *r, pawl_id *ret_id, struct pawl_err *err);

#endif
