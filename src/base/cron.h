/* Cron expressions: when a schedule fires.
 *
 *   [second] minute hour day-of-month month day-of-week      "0 9 * * MON-FRI", "30 0 9 L * ?"
 *   @yearly @annually @monthly @weekly @daily @midnight @hourly, "@every 1h30m"
 *   in front of either: CRON_TZ=Europe/Berlin or TZ=Europe/Berlin
 *
 * The meaning is that of robfig/cron v3, plus L, W and #; differences are listed in docs/cron.md.
 *
 * One rule decides about daylight saving: an expression fires at every instant at which the zone's
 * clocks show a matching time. So a time that a change skips does not fire on that day, and a time
 * that it doubles fires twice. pawl_cron_next computes exactly that set. Pure, thread-safe. */
#ifndef PAWL_BASE_CRON_H
#define PAWL_BASE_CRON_H

#include "base/duration.h"
#include "base/zone.h"

enum { PAWL_CRON_NTH_LAST = 6 }; /* "#L", and "5L" */

/* Bit n of a mask: value n fires. Filled by pawl_cron_parse, never by hand. */
struct pawl_cron {
    uint64_t seconds, minutes;
    uint32_t hours;
    uint32_t days;          /* bits 1 to 31 */
    uint32_t days_from_end; /* bit n: n days before the last ("L" is bit 0) */
    uint32_t days_nearest;  /* bit n: the weekday nearest to day n ("15W"); bit 0: "LW" */
    uint16_t months;        /* bits 1 to 12 */
    uint8_t weekdays;       /* bits 0 (Sunday) to 6 */
    uint8_t weekdays_nth[PAWL_CRON_NTH_LAST + 1]; /* [n]: weekdays of "#n"; [6]: the last */
    bool any_day;                                 /* day of month is * or ? */
    bool any_weekday;
    pawl_dur every_dur;   /* "@every": > 0, the rest is not set */
    struct pawl_str zone; /* of CRON_TZ= or TZ=, a view of the text; empty: none given */
};

/* PAWL_EINVALID: the message names the field and what it may hold, err->column where. Whether the
 * zone exists is not checked here. */
PAWL_CHECKED
enum pawl_rc pawl_cron_parse(struct pawl_str text, struct pawl_cron *ret_cron,
                             struct pawl_err *err);

/* The first instant after `after` (strictly) at which it fires; whole seconds. PAWL_NEVER when
 * there is none in the next 400 years (the calendar's cycle: then there is none at all) or before
 * 10000. */
pawl_ms pawl_cron_next(const struct pawl_cron *cron, const struct pawl_zone *zone, pawl_ms after);

/* Does it fire when clocks show this date and time? Not for "@every". */
bool pawl_cron_matches(const struct pawl_cron *cron, const struct pawl_civil *local);

#endif
