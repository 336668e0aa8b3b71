/* Where ordered lists meet; the algorithm is in meet.h.
 *
 * Invariants: M1 a list's `at` is its first item at or behind the last place it was asked for.
 * M2 places only grow: the page's items come in order, each once. M3 every step of a statement
 * costs a look, a new seek in an index costs SEEK_LOOKS, so that `looks` bounds the time. M4 every
 * meeting gets past the place that it began at, so that a list that goes on comes to its end. */
#include "store/sqlite/meet.h"

enum {
    GALLOP = 8,     /* steps before it is cheaper to seek */
    SEEK_LOOKS = 4, /* what a seek costs, in steps (measured: 0.8 and 3 µs) */
    CHECK_LOOKS = 4,
    LOOKS_MIN = 2 * PAWL_MEET_LISTS * SEEK_LOOKS /* each list is asked once: a place is passed */
};

static int item_cmp(struct pawl_page_item a, struct pawl_page_item b)
{
    if (a.place != b.place) {
        return a.place < b.place ? -1 : 1;
    }
    return a.id < b.id ? -1 : a.id > b.id;
}

/* Begins the statement so that its first row is the first at or behind `target`. */
static void list_begin(struct pawl_meet *meet, struct pawl_meet_list *list,
                       struct pawl_page_item target)
{
    pawl_sql_begin(&list->use, &meet->r->conn, list->sql);
    list->open = true;
    pawl_sql_put_int(&list->use, meet->tenant);
    if (list->by_number) {
        pawl_sql_put_int(&list->use, list->number);
    } else {
        pawl_sql_put_text(&list->use, list->word);
    }
    if (meet->newest_first) {
        pawl_sql_put_int(&list->use, target.id + 1); /* ids below this one */
        return;
    }
    pawl_sql_put_int(&list->use, target.place);
    pawl_sql_put_int(&list->use, target.id - 1); /* behind this one */
    if (list->status >= 0) {
        pawl_sql_put_int(&list->use, list->status);
    }
}

static void list_step(struct pawl_meet *meet, struct pawl_meet_list *list)
{
    if (!pawl_sql_step(&list->use)) {
        list->ended = true;
        return;
    }
    int64_t first = pawl_sql_int(&list->use);
    list->at = meet->newest_first
                   ? (struct pawl_page_item){-first, first}
                   : (struct pawl_page_item){first, pawl_sql_int(&list->use)};
}

static enum pawl_rc list_end(struct pawl_meet_list *list, struct pawl_err *err)
{
    bool open = list->open;
    list->open = false;
    return open ? pawl_sql_end(&list->use, err) : PAWL_OK;
}

/* Moves the list to its first item at or behind `target` (M1). */
static enum pawl_rc list_seek(struct pawl_meet *meet, struct pawl_meet_list *list,
                              struct pawl_page_item target, int64_t *io_looks, struct pawl_err *err)
{
    for (int i = 0; list->open && i < GALLOP; i++) {
        if (list->ended || item_cmp(list->at, target) >= 0) {
            return PAWL_OK;
        }
        list_step(meet, list);
        (*io_looks)--;
    }
    if (list->open && (list->ended || item_cmp(list->at, target) >= 0)) {
        return PAWL_OK;
    }
    enum pawl_rc rc = list_end(list, err);
    if (rc == PAWL_OK) {
        list_begin(meet, list, target);
        list_step(meet, list);
        *io_looks -= SEEK_LOOKS;
    }
    return rc;
}

/* The next place where all agree, at or behind *io_at. False: there is none, or no look is left. */
static enum pawl_rc next_common(struct pawl_meet *meet, struct pawl_meet_list *lists,
                                uint32_t count, struct pawl_page_item *io_at, int64_t *io_looks,
                                bool *ret_found, struct pawl_err *err)
{
    *ret_found = false;
    uint32_t agreed = 0;
    for (uint32_t i = 0; agreed < count && *io_looks > 0; i = (i + 1) % count) {
        enum pawl_rc rc = list_seek(meet, &lists[i], *io_at, io_looks, err);
        if (rc != PAWL_OK || lists[i].ended) {
            return rc;
        }
        bool same = item_cmp(lists[i].at, *io_at) == 0;
        PAWL_ASSERT(item_cmp(lists[i].at, *io_at) >= 0); /* M1, M2 */
        agreed = same ? agreed + 1 : 1;
        *io_at = lists[i].at;
    }
    *ret_found = agreed == count;
    return PAWL_OK;
}

static void stop_at(struct pawl_meet *meet, struct pawl_page_item at)
{
    if (!meet->stopped || item_cmp(at, meet->stop) < 0) {
        meet->stop = at;
    }
    meet->stopped = true;
}

static struct pawl_page_item item_after(const struct pawl_meet *meet, struct pawl_page_item at)
{
    return meet->newest_first ? (struct pawl_page_item){at.place + 1, at.id - 1}
                              : (struct pawl_page_item){at.place, at.id + 1};
}

static bool any_ended(const struct pawl_meet_list *lists, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        if (lists[i].ended) {
            return true;
        }
    }
    return false;
}

static enum pawl_rc meet_lists(struct pawl_meet *meet, struct pawl_meet_list *lists, uint32_t count,
                               struct pawl_err *err)
{
    int64_t looks = meet->looks < LOOKS_MIN ? LOOKS_MIN : meet->looks;
    struct pawl_page_item at = meet->from;
    for (;;) {
        bool found = false, passes = true;
        enum pawl_rc rc = next_common(meet, lists, count, &at, &looks, &found, err);
        if (rc != PAWL_OK || (!found && any_ended(lists, count))) {
            return rc;
        }
        if (!found) {
            PAWL_ASSERT(looks <= 0);
            stop_at(meet, at);
            return PAWL_OK;
        }
        if (meet->check != NULL) {
            rc = meet->check(meet->check_ctx, at.id, &passes, err);
            looks -= CHECK_LOOKS;
        }
        if (rc != PAWL_OK || (passes && !pawl_page_add(meet->page, at.place, at.id))) {
            return rc; /* full: the rest of these lists is behind it */
        }
        at = item_after(meet, at);
    }
}

enum pawl_rc pawl_meet_run(struct pawl_meet *meet, struct pawl_meet_list *lists, uint32_t count,
                           struct pawl_err *err)
{
    PAWL_ASSERT(count > 0 && count <= PAWL_MEET_LISTS);
    PAWL_ASSERT(meet->looks > 0);
    for (uint32_t i = 0; i < count; i++) {
        for (uint32_t k = 0; k < i; k++) {
            PAWL_ASSERT(lists[i].sql != lists[k].sql); /* each has its own prepared statement */
        }
        lists[i].open = lists[i].ended = false;
    }
    enum pawl_rc rc = meet_lists(meet, lists, count, err);
    for (uint32_t i = 0; i < count; i++) {
        enum pawl_rc end = list_end(&lists[i], rc == PAWL_OK ? err : NULL);
        rc = rc == PAWL_OK ? end : rc;
    }
    return rc;
}

void pawl_meet_end(struct pawl_meet *meet)
{
    struct pawl_page *page = meet->page;
    while (meet->stopped && page->count > 0 &&
           item_cmp(page->items[page->count - 1], meet->stop) >= 0) {
        page->count--;
    }
}
