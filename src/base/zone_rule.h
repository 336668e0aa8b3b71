/* The POSIX TZ rule at the end of a TZif file: which offset holds in every year to come.
 *
 * "CET-1CEST,M3.5.0,M10.5.0/3": names, offsets, and the two yearly changes. Only base/zone*.c know
 * of it. */
#ifndef PAWL_BASE_ZONE_RULE_H
#define PAWL_BASE_ZONE_RULE_H

#include "base/rc.h"
#include "base/str.h"

enum pawl_rule_day {
    PAWL_RULE_JULIAN,  /* Jn: day n of the year, 29 February never counted */
    PAWL_RULE_DAY,     /* n: day n from 0, 29 February counted */
    PAWL_RULE_WEEKDAY, /* Mm.w.d: the w-th weekday d of month m, w = 5 the last */
};

/* When a change happens, every year, in the local time before it. */
struct pawl_rule_change {
    enum pawl_rule_day kind;
    int month, week; /* of WEEKDAY */
    int day;         /* day of the year, or weekday 0 to 6 */
    int32_t time_s;  /* seconds from that day's 00:00; -167 h to 167 h */
};

struct pawl_rule_side {
    struct pawl_str name; /* a view of the rule's text */
    int32_t offset_s;     /* east is positive (the text has it the other way round) */
};

struct pawl_zone_rule {
    struct pawl_rule_side standard, summer;
    bool has_summer; /* else the rest is not set */
    struct pawl_rule_change to_summer, to_standard;
};

/* The rule keeps views of text. PAWL_ECORRUPT when it is not one. */
PAWL_CHECKED
enum pawl_rc pawl_zone_rule_parse(struct pawl_str text, struct pawl_zone_rule *ret_rule,
                                  struct pawl_err *err);
/* The instants, in seconds since 1970 UTC, of the year's two changes. has_summer only. */
int64_t pawl_zone_rule_summer_s(const struct pawl_zone_rule *rule, int64_t year);
int64_t pawl_zone_rule_standard_s(const struct pawl_zone_rule *rule, int64_t year);

#endif
