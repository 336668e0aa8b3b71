/* Durations as authors write them: `500ms 30s 15m 48h 3d 2w`, compounds `1h30m`, ISO 8601 `PT30M`.
 *
 * Weeks and days are kept apart from the clock part, because under a working-time calendar `1d`
 * means one working day and not 24 hours. Without a calendar a day is 24 hours and a week seven
 * days. Pure, thread-safe. Users read docs/time.md. */
#ifndef PAWL_BASE_DURATION_H
#define PAWL_BASE_DURATION_H

#include "base/rc.h"
#include "base/str.h"

typedef int64_t pawl_dur; /* a length in milliseconds, >= 0 */

struct pawl_duration {
    int64_t weeks;
    int64_t days;
    pawl_dur clock_dur; /* hours and below */
};

enum { PAWL_DURATION_TEXT_MAX = 48 }; /* bytes of a duration in text with its NUL */

/* PAWL_EINVALID: not a duration; the message says what to write instead, err->column where.
 * PAWL_ELIMIT: longer than PAWL_DURATION_DAYS_MAX. Never negative; `0s` is legal. */
PAWL_CHECKED
enum pawl_rc pawl_duration_parse(struct pawl_str text, struct pawl_duration *ret_duration,
                                 struct pawl_err *err);
/* The whole length, days being 24 hours. */
pawl_dur pawl_duration_ms(const struct pawl_duration *duration);
/* Both in one: where calendars play no role. */
PAWL_CHECKED
enum pawl_rc pawl_dur_parse(struct pawl_str text, pawl_dur *ret_dur, struct pawl_err *err);
/* The short form, days the largest unit: "1d12h", "90m" as "1h30m", "0s". dur >= 0. NUL-terminated.
 */
struct pawl_str pawl_dur_format(char text[PAWL_DURATION_TEXT_MAX], pawl_dur dur);

#endif
