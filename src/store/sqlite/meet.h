/* Lists of ids in one order, and where they meet.
 *
 * Every filter of a list has an index of its own, ordered as the list is. What several filters let
 * through is where their lists meet: each is asked for its first item at or behind a place, the
 * farthest answer is the next place to ask the others for, and where all agree there is a row of
 * the answer (a leapfrog join). The cost follows the rarest filter, not the commonest, and whatever
 * the data looks like it is bounded by `looks`: then the answer ends early and says from where the
 * next one goes on. */
#ifndef PAWL_STORE_SQLITE_MEET_H
#define PAWL_STORE_SQLITE_MEET_H

#include "store/sqlite/read.h"

enum { PAWL_MEET_LISTS = 4 };

/* One list: a statement whose rows are (place, id), or (id) for runs, behind a place. */
struct pawl_meet_list {
    enum pawl_sql sql;
    struct pawl_str word; /* the second parameter: a text, */
    int64_t number;       /* or this where by_number is set */
    bool by_number;
    int64_t status; /* -1: the statement has none (runs; open tasks of a principal) */
    struct pawl_sql_use use; /* the meeting's own from here */
    struct pawl_page_item at;
    bool open, ended;
};

/* Lets a row through, or not, by more than indexes know; reads at most one row. */
typedef enum pawl_rc pawl_meet_check_fn(void *ctx, pawl_id id, bool *ret_passes,
                                        struct pawl_err *err);

struct pawl_meet {
    struct pawl_reader *r;
    pawl_id tenant;
    bool newest_first; /* rows are (id), the newest first: runs */
    struct pawl_page *page;
    struct pawl_page_item from; /* the first place that may be answered */
    pawl_meet_check_fn *check;  /* NULL: none */
    void *check_ctx;
    int64_t looks; /* index entries that one meeting may look at */
    /* Set when a meeting ended because of `looks`: what is behind it is unknown. The least one of
     * all meetings into this page. */
    bool stopped;
    struct pawl_page_item stop;
};

/* Adds to the page where the lists meet, in order, until the page is full. */
PAWL_CHECKED
enum pawl_rc pawl_meet_run(struct pawl_meet *meet, struct pawl_meet_list *lists, uint32_t count,
                           struct pawl_err *err);
/* After all meetings into one page: takes out what lies behind a stop. */
void pawl_meet_end(struct pawl_meet *meet);

#endif
