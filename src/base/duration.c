/* Reading and writing durations.
 *
 * Two notations share one loop: a part is digits, perhaps a fraction, then a unit. The short form's
 * units are words ("m", "ms"), the ISO form's are capital letters whose meaning depends on the `T`.
 * Parts go from large to small units, each once, and only the last may have a fraction, which must
 * come out as whole milliseconds. What people write by habit (`30`, `5 min`, `P1M`, `-5m`) is
 * refused with what to write instead. */
#include "base/duration.h"

#include <stdio.h>

#include "base/limits.h"
#include "base/panic.h"

struct unit {
    const char *name;
    char iso;
    int64_t ms;
    bool may_have_fraction;
    const char *plural;
};

enum unit_id {
#define PAWL_X(id, name, iso, ms, fraction, plural) UNIT_##id,
#include "base/duration_units.def"
#undef PAWL_X
    UNIT_COUNT
};

static const struct unit units[UNIT_COUNT] = {
#define PAWL_X(id, name, iso, ms, fraction, plural) [UNIT_##id] = {name, iso, ms, fraction, plural},
#include "base/duration_units.def"
#undef PAWL_X
};

static const char no_spaces[] = "has spaces; it needs none, as in 1h30m";
static const int64_t dur_max = PAWL_DURATION_DAYS_MAX * INT64_C(86400000);

enum { SHOWN_MAX = 60, FRACTION_DIGITS_MAX = 9 };

/* One reading: the text, where we are, and what came before. */
struct reader {
    struct pawl_str text;
    size_t at;
    enum unit_id next_unit; /* the largest unit that may still come */
    bool had_fraction;
    struct pawl_duration sum;
    struct pawl_err *err;
};

struct amount {
    int64_t whole;
    int64_t fraction; /* over scale */
    int64_t scale;    /* 1: no fraction */
};

static enum pawl_rc refuse(const struct reader *reader, const char *why)
{
    struct pawl_str shown = pawl_str_sub(reader->text, 0, SHOWN_MAX);
    enum pawl_rc rc = pawl_err_set(reader->err, PAWL_EINVALID, "duration '" PAWL_STR_FMT "' %s",
                                   PAWL_STR_ARG(shown), why);
    if (reader->err != NULL) {
        reader->err->column = (uint32_t)reader->at + 1;
    }
    return rc;
}

static enum pawl_rc refuse_long(const struct reader *reader)
{
    struct pawl_str shown = pawl_str_sub(reader->text, 0, SHOWN_MAX);
    return pawl_err_set(reader->err, PAWL_ELIMIT,
                        "duration '" PAWL_STR_FMT "' is longer than the limit of %u days",
                        PAWL_STR_ARG(shown), PAWL_DURATION_DAYS_MAX);
}

static char peek(const struct reader *reader)
{
    return reader->at < reader->text.len ? reader->text.ptr[reader->at] : '\0';
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static enum pawl_rc read_amount(struct reader *reader, struct amount *ret_amount)
{
    struct amount amount = {.scale = 1};
    if (peek(reader) == ' ') {
        return refuse(reader, no_spaces);
    }
    if (!is_digit(peek(reader))) {
        return refuse(reader, "needs a number before each unit, as in 1h30m");
    }
    for (; is_digit(peek(reader)); reader->at++) {
        if (amount.whole > dur_max) {
            return refuse_long(reader);
        }
        amount.whole = amount.whole * 10 + (peek(reader) - '0');
    }
    if (peek(reader) == '.' || peek(reader) == ',') {
        int digits = 0;
        for (reader->at++; is_digit(peek(reader)); reader->at++) {
            if (++digits > FRACTION_DIGITS_MAX) {
                return refuse(reader, "has more than nine digits after the point");
            }
            amount.fraction = amount.fraction * 10 + (peek(reader) - '0');
            amount.scale *= 10;
        }
        if (digits == 0) {
            return refuse(reader, "has no digits after the point");
        }
    }
    *ret_amount = amount;
    return PAWL_OK;
}

/* Adds amount units; checks order, fraction and the limit. */
static enum pawl_rc add_part(struct reader *reader, struct amount amount, enum unit_id id)
{
    const struct unit *unit = &units[id];
    PAWL_ASSERT(id < UNIT_COUNT);
    PAWL_ASSERT(amount.scale >= 1);
    if (id < reader->next_unit) {
        return refuse(reader, "must go from large to small units, each once, as in 1d2h30m");
    }
    if (reader->had_fraction) {
        return refuse(reader, "may have a fraction in its last part only");
    }
    if (amount.scale > 1 && !unit->may_have_fraction) {
        return refuse(reader, "has a fraction of a unit that takes none: use a smaller unit "
                              "(36h for 1.5d)");
    }
    if (amount.fraction * unit->ms % amount.scale != 0) {
        return refuse(reader, "is finer than a millisecond");
    }
    if (amount.whole > dur_max / unit->ms) {
        return refuse_long(reader);
    }
    reader->next_unit = id + 1;
    reader->had_fraction = amount.scale > 1;
    if (id == UNIT_WEEK) {
        reader->sum.weeks = amount.whole;
    } else if (id == UNIT_DAY) {
        reader->sum.days = amount.whole;
    } else {
        reader->sum.clock_dur +=
            amount.whole * unit->ms + amount.fraction * unit->ms / amount.scale;
    }
    return PAWL_OK;
}

/* ---- the short form ------------------------------------------------------------------------ */

/* What people write for a unit by habit, in lower case; it is refused with the right form. */
static const struct habit {
    const char *word;
    enum unit_id id;
} habits[] = {
    {"msec", UNIT_MILLISECOND},
    {"msecs", UNIT_MILLISECOND},
    {"millis", UNIT_MILLISECOND},
    {"ms", UNIT_MILLISECOND},
    {"millisecond", UNIT_MILLISECOND},
    {"milliseconds", UNIT_MILLISECOND},
    {"s", UNIT_SECOND},
    {"sec", UNIT_SECOND},
    {"secs", UNIT_SECOND},
    {"second", UNIT_SECOND},
    {"seconds", UNIT_SECOND},
    {"m", UNIT_MINUTE},
    {"min", UNIT_MINUTE},
    {"mins", UNIT_MINUTE},
    {"minute", UNIT_MINUTE},
    {"minutes", UNIT_MINUTE},
    {"h", UNIT_HOUR},
    {"hr", UNIT_HOUR},
    {"hrs", UNIT_HOUR},
    {"hour", UNIT_HOUR},
    {"hours", UNIT_HOUR},
    {"d", UNIT_DAY},
    {"day", UNIT_DAY},
    {"days", UNIT_DAY},
    {"w", UNIT_WEEK},
    {"week", UNIT_WEEK},
    {"weeks", UNIT_WEEK},
};

static bool is_word(struct pawl_str text, const char *lower)
{
    size_t len = strlen(lower);
    for (size_t i = 0; i < len && i < text.len; i++) {
        if ((text.ptr[i] | 0x20) != lower[i]) {
            return false;
        }
    }
    return text.len == len;
}

static enum pawl_rc refuse_unit(const struct reader *reader, struct pawl_str word)
{
    for (size_t i = 0; i < sizeof(habits) / sizeof(habits[0]); i++) {
        if (is_word(word, habits[i].word)) {
            char why[96];
            const struct unit *unit = &units[habits[i].id];
            (void)snprintf(why, sizeof(why), "has an unknown unit; did you mean '%s' for %s?",
                           unit->name, unit->plural);
            return refuse(reader, why);
        }
    }
    return refuse(reader,
                  "has an unknown unit; the units are ms, s, m, h, d and w (months and years "
                  "have no fixed length)");
}

static enum pawl_rc refuse_bare(struct reader *reader, struct amount amount)
{
    char why[120];
    (void)snprintf(why, sizeof(why),
                   "has no unit; did you mean '%llds' for seconds or '%lldm' for minutes?",
                   (long long)amount.whole, (long long)amount.whole);
    if (reader->next_unit == 0 && amount.scale == 1) {
        return refuse(reader, why);
    }
    return refuse(reader, "has a number without a unit: ms, s, m, h, d or w");
}

static enum pawl_rc read_short_part(struct reader *reader)
{
    struct amount amount;
    enum pawl_rc rc = read_amount(reader, &amount);
    if (rc != PAWL_OK) {
        return rc;
    }
    size_t start = reader->at;
    while (is_letter(peek(reader))) {
        reader->at++;
    }
    struct pawl_str word = pawl_str_sub(reader->text, start, reader->at - start);
    if (word.len == 0) {
        if (reader->at == reader->text.len) {
            return refuse_bare(reader, amount);
        }
        return refuse(reader, peek(reader) == ' ' ? no_spaces : "has a number without a unit");
    }
    for (int id = 0; id < UNIT_COUNT; id++) {
        if (pawl_str_is(word, units[id].name)) {
            return add_part(reader, amount, (enum unit_id)id);
        }
    }
    reader->at = start;
    return refuse_unit(reader, word);
}

static enum pawl_rc read_short(struct reader *reader)
{
    enum pawl_rc rc = PAWL_OK;
    while (rc == PAWL_OK && reader->at < reader->text.len) {
        rc = read_short_part(reader);
    }
    return rc;
}

/* ---- ISO 8601 ------------------------------------------------------------------------------ */

static enum pawl_rc read_iso_part(struct reader *reader, bool in_time)
{
    struct amount amount;
    enum pawl_rc rc = read_amount(reader, &amount);
    if (rc != PAWL_OK) {
        return rc;
    }
    char designator = peek(reader);
    if (!in_time && (designator == 'Y' || designator == 'M')) {
        return refuse(reader,
                      "has months or years, which have no fixed length: write days (P30D), or "
                      "a schedule for calendar dates");
    }
    for (int id = 0; id < UNIT_COUNT; id++) {
        bool is_time_unit = id >= UNIT_HOUR;
        if (units[id].iso != 0 && units[id].iso == designator && is_time_unit == in_time) {
            reader->at++;
            return add_part(reader, amount, (enum unit_id)id);
        }
    }
    return refuse(reader, in_time ? "needs H, M or S after each number behind the T"
                                  : "needs W or D after each number before the T (hours, minutes "
                                    "and seconds stand behind a T: PT30M)");
}

/* The reader stands behind the P. */
static enum pawl_rc read_iso(struct reader *reader)
{
    enum pawl_rc rc = PAWL_OK;
    bool in_time = false;
    size_t parts_since = 0; /* since the P or the T */
    while (rc == PAWL_OK && reader->at < reader->text.len) {
        if (!in_time && peek(reader) == 'T') {
            in_time = true;
            parts_since = 0;
            reader->at++;
            continue;
        }
        rc = read_iso_part(reader, in_time);
        parts_since++;
    }
    if (rc == PAWL_OK && parts_since == 0) {
        return refuse(reader, "ends without a number and a unit, as in PT30M");
    }
    return rc;
}

/* ---- the front ------------------------------------------------------------------------------ */

static enum pawl_rc read_any(struct reader *reader)
{
    char first = peek(reader);
    if (reader->text.len == 0) {
        return pawl_err_set(reader->err, PAWL_EINVALID,
                            "an empty text is no duration; write one such as 30s or 1h30m");
    }
    if (first == '-' || first == '+') {
        return refuse(reader, "has a sign; durations are never negative and need none");
    }
    if (first == 'P') {
        reader->at = 1;
        return read_iso(reader);
    }
    return read_short(reader);
}

enum pawl_rc pawl_duration_parse(struct pawl_str text, struct pawl_duration *ret_duration,
                                 struct pawl_err *err)
{
    struct reader reader = {.text = text, .err = err};
    enum pawl_rc rc = read_any(&reader);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (pawl_duration_ms(&reader.sum) > dur_max) {
        return refuse_long(&reader);
    }
    *ret_duration = reader.sum;
    return PAWL_OK;
}

pawl_dur pawl_duration_ms(const struct pawl_duration *duration)
{
    PAWL_ASSERT(duration->weeks >= 0 && duration->days >= 0);
    PAWL_ASSERT(duration->clock_dur >= 0);
    return duration->weeks * units[UNIT_WEEK].ms + duration->days * units[UNIT_DAY].ms +
           duration->clock_dur;
}

enum pawl_rc pawl_dur_parse(struct pawl_str text, pawl_dur *ret_dur, struct pawl_err *err)
{
    struct pawl_duration duration;
    enum pawl_rc rc = pawl_duration_parse(text, &duration, err);
    if (rc == PAWL_OK) {
        *ret_dur = pawl_duration_ms(&duration);
    }
    return rc;
}

struct pawl_str pawl_dur_format(char text[PAWL_DURATION_TEXT_MAX], pawl_dur dur)
{
    PAWL_ASSERT(dur >= 0);
    int len = 0;
    pawl_dur rest = dur;
    for (int id = UNIT_DAY; id < UNIT_COUNT; id++) {
        int64_t number = rest / units[id].ms;
        rest %= units[id].ms;
        if (number > 0) {
            len += snprintf(text + len, (size_t)(PAWL_DURATION_TEXT_MAX - len), "%lld%s",
                            (long long)number, units[id].name);
        }
    }
    if (len == 0) {
        len = snprintf(text, PAWL_DURATION_TEXT_MAX, "0s");
    }
    PAWL_ASSERT(len < PAWL_DURATION_TEXT_MAX);
    return (struct pawl_str){text, (size_t)len};
}
