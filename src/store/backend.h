/* What backends and decorators share among themselves; callers of a store never need it. */
#ifndef PAWL_STORE_BACKEND_H
#define PAWL_STORE_BACKEND_H

#include "base/panic.h"
#include "store/store.h"

#define PAWL_STORE_MAGIC  0x70535452u /* "pSTR": at the start of every struct pawl_store */
#define PAWL_READER_MAGIC 0x70524452u /* "pRDR" */

/* A cursor of task lists in one number: open tasks stand by their due time (those without one come
 * last), closed ones newest first. Stored with the task, so that one index serves both orders. */
pawl_ms pawl_task_place(const struct pawl_task_row *task);
/* The place that a filter's cursor names; start: before everything. */
pawl_ms pawl_task_place_after(const struct pawl_task_filter *filter);
/* Whether the filter lets this task through, its cursor and limit aside. */
bool pawl_task_matches(const struct pawl_task_filter *filter, const struct pawl_task_row *task);

/* The first `limit` of what several lists give, in the order (place, id), each once. */
struct pawl_page_item {
    pawl_ms place;
    pawl_id id;
};
struct pawl_page {
    struct pawl_page_item *items;
    uint32_t count, limit;
};
/* False when memory is short. */
PAWL_CHECKED
bool pawl_page_init(struct pawl_page *page, struct pawl_arena *arena, uint32_t limit);
/* False: the page is full and this item is behind it; so is the rest of its list. */
PAWL_CHECKED
bool pawl_page_add(struct pawl_page *page, pawl_ms place, pawl_id id);

#endif
