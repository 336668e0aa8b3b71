/* Reading cron expressions.
 *
 * The text is cut into fields at blanks, a field into items at commas, and each item sets bits of
 * its field's mask. What an item may hold is said by cron_fields.def; L, W and # belong to the two
 * day fields only and are tried before the general form. Every refusal points at the item. */
#include "base/cron.h"

#include <stdarg.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/panic.h"

enum field_id {
#define PAWL_X(id, name, least, largest, names, first) FIELD_##id,
#include "base/cron_fields.def"
#undef PAWL_X
    FIELD_COUNT
};

struct field {
    const char *name;
    int least, largest;
    const char *names; /* three letters each; NULL: numbers only */
    int first_name;
};

static const struct field fields[FIELD_COUNT] = {
#define PAWL_X(id, name, least, largest, names, first)                                             \
    [FIELD_##id] = {name, least, largest, names, first},
#include "base/cron_fields.def"
#undef PAWL_X
};

static const struct word {
    const char *word, *means;
} words[] = {
#define PAWL_X(word, means) {word, means},
#include "base/cron_words.def"
#undef PAWL_X
};

enum { WORD_COUNT = sizeof(words) / sizeof(words[0]), NAME_LEN = 3, SHOWN_MAX = 40 };

struct reader {
    struct pawl_str text; /* the whole expression, for columns */
    enum field_id field;
    struct pawl_cron cron;
    struct pawl_err *err;
};

/* A range of values with its step. */
struct range {
    int low, high, step;
    bool is_star;
};

PAWL_PRINTF(3, 4)
static enum pawl_rc refuse(const struct reader *reader, struct pawl_str place, const char *format,
                           ...)
{
    char why[200];
    va_list args;
    va_start(args, format);
    (void)vsnprintf(why, sizeof(why), format, args);
    va_end(args);
    struct pawl_str shown = pawl_str_sub(place, 0, SHOWN_MAX);
    enum pawl_rc rc = pawl_err_set(reader->err, PAWL_EINVALID, "cron: '" PAWL_STR_FMT "' %s",
                                   PAWL_STR_ARG(shown), why);
    bool inside = place.ptr >= reader->text.ptr && place.ptr <= reader->text.ptr + reader->text.len;
    if (reader->err != NULL && inside) {
        reader->err->column = (uint32_t)(place.ptr - reader->text.ptr) + 1;
    }
    return rc;
}

/* ---- values --------------------------------------------------------------------------------- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter_of(char c, char upper)
{
    return c == upper || c == (char)(upper | 0x20);
}

/* Takes a number or a name from the front of io_rest; -1 when there is neither. A number too long
 * to be meant gives one that is too large. */
static int take_value(const struct field *field, struct pawl_str *io_rest)
{
    size_t len = 0;
    int number = 0;
    for (; len < io_rest->len && is_digit(io_rest->ptr[len]); len++) {
        number = number > 9999 ? number : number * 10 + (io_rest->ptr[len] - '0');
    }
    if (len > 0) {
        *io_rest = pawl_str_sub(*io_rest, len, io_rest->len);
        return number;
    }
    size_t names_len = field->names == NULL ? 0 : strlen(field->names);
    for (size_t i = 0; i + NAME_LEN <= names_len && io_rest->len >= NAME_LEN; i += NAME_LEN) {
        if (is_letter_of(io_rest->ptr[0], field->names[i]) &&
            is_letter_of(io_rest->ptr[1], field->names[i + 1]) &&
            is_letter_of(io_rest->ptr[2], field->names[i + 2])) {
            *io_rest = pawl_str_sub(*io_rest, NAME_LEN, io_rest->len);
            return field->first_name + (int)(i / NAME_LEN);
        }
    }
    return -1;
}

static bool take_char(struct pawl_str *io_rest, char c)
{
    if (io_rest->len == 0 || io_rest->ptr[0] != c) {
        return false;
    }
    *io_rest = pawl_str_sub(*io_rest, 1, io_rest->len);
    return true;
}

static enum pawl_rc check_value(const struct reader *reader, struct pawl_str item, int value)
{
    const struct field *field = &fields[reader->field];
    if (value < 0) {
        return refuse(reader, item, "is no %s: write %s%d to %d, *, a range or a list", field->name,
                      field->names == NULL             ? ""
                      : reader->field == FIELD_WEEKDAY ? "SUN to SAT, "
                                                       : "JAN to DEC, ",
                      field->least, field->largest);
    }
    if (value < field->least || value > field->largest) {
        return refuse(reader, item, "is out of range: the %s is %d to %d", field->name,
                      field->least, field->largest);
    }
    return PAWL_OK;
}

/* ---- the general form: value, range, step ---- */

/* What is left of an item behind its value or range: nothing, or "/step". */
static enum pawl_rc read_step(const struct reader *reader, struct pawl_str item,
                              struct pawl_str rest, bool is_single, struct range *io_range)
{
    if (rest.len == 0) {
        return PAWL_OK;
    }
    if (!take_char(&rest, '/')) {
        struct pawl_str shown = pawl_str_sub(rest, 0, SHOWN_MAX);
        return refuse(reader, item, "is no %s: remove '" PAWL_STR_FMT "'",
                      fields[reader->field].name, PAWL_STR_ARG(shown));
    }
    static const struct field plain = {0};
    int step = take_value(&plain, &rest);
    if (step < 1 || rest.len > 0) {
        return refuse(reader, item, "has a step that is not a number above 0");
    }
    int largest = reader->field == FIELD_WEEKDAY ? 6 : fields[reader->field].largest;
    if (is_single && io_range->low < largest) {
        io_range->high = largest; /* "N/step" means "N-max/step" */
    }
    io_range->step = step;
    io_range->is_star = io_range->is_star && step == 1;
    return PAWL_OK;
}

static enum pawl_rc read_range(const struct reader *reader, struct pawl_str item,
                               struct range *ret_range)
{
    const struct field *field = &fields[reader->field];
    struct pawl_str rest = item;
    struct range range = {.low = field->least, .high = field->largest, .step = 1};
    bool is_single = false;
    range.is_star = take_char(&rest, '*') || take_char(&rest, '?');
    if (!range.is_star) {
        range.low = range.high = take_value(field, &rest);
        enum pawl_rc rc = check_value(reader, item, range.low);
        is_single = !take_char(&rest, '-');
        if (rc == PAWL_OK && !is_single) {
            range.high = take_value(field, &rest);
            rc = check_value(reader, item, range.high);
        }
        if (rc != PAWL_OK) {
            return rc;
        }
    } else if (reader->field == FIELD_WEEKDAY) {
        range.high = 6;
    }
    if (range.low > range.high) {
        return refuse(reader, item, "goes backwards: write two ranges, as in 22-23,0-2");
    }
    enum pawl_rc rc = read_step(reader, item, rest, is_single, &range);
    if (rc == PAWL_OK) {
        *ret_range = range;
    }
    return rc;
}

static void put_bits(struct pawl_cron *cron, enum field_id field, uint64_t bits)
{
    switch (field) {
    case FIELD_SECOND:
        cron->seconds |= bits;
        return;
    case FIELD_MINUTE:
        cron->minutes |= bits;
        return;
    case FIELD_HOUR:
        cron->hours |= (uint32_t)bits;
        return;
    case FIELD_DAY:
        cron->days |= (uint32_t)bits;
        return;
    case FIELD_MONTH:
        cron->months |= (uint16_t)bits;
        return;
    case FIELD_WEEKDAY:
        cron->weekdays |= (uint8_t)((bits & 0x7F) | (bits >> 7 & 1));
        return;
    case FIELD_COUNT:
        break;
    }
    PAWL_UNREACHABLE();
}

static enum pawl_rc read_general(struct reader *reader, struct pawl_str item)
{
    struct range range = {.step = 1};
    enum pawl_rc rc = read_range(reader, item, &range);
    if (rc != PAWL_OK) {
        return rc;
    }
    PAWL_ASSERT(range.step > 0);
    PAWL_ASSERT(range.low >= 0 && range.high < 64);
    uint64_t bits = 0;
    for (int value = range.low; value <= range.high; value += range.step) {
        bits |= UINT64_C(1) << value;
    }
    put_bits(&reader->cron, reader->field, bits);
    reader->cron.any_day |= range.is_star && reader->field == FIELD_DAY;
    reader->cron.any_weekday |= range.is_star && reader->field == FIELD_WEEKDAY;
    return PAWL_OK;
}

/* ---- L, W and # ---- */

static bool take_letter(struct pawl_str *io_rest, char upper)
{
    return take_char(io_rest, upper) || take_char(io_rest, (char)(upper | 0x20));
}

/* L, L-3, LW, 15W. *ret_is: it was one of them. */
static enum pawl_rc read_special_day(struct reader *reader, struct pawl_str item, bool *ret_is)
{
    struct pawl_str rest = item;
    bool from_end = take_letter(&rest, 'L');
    bool minus = from_end && take_char(&rest, '-');
    int value = from_end && !minus ? 0 : take_value(&fields[FIELD_DAY], &rest);
    bool nearest = !minus && take_letter(&rest, 'W');
    *ret_is = from_end || nearest;
    if (!*ret_is) {
        return PAWL_OK;
    }
    if (rest.len > 0 || value < 0 || value > (minus ? 30 : 31) || (!from_end && value == 0)) {
        return refuse(reader, item, "is no day of month: write L, L-3 (up to 30), LW or 15W");
    }
    uint32_t *mask = nearest ? &reader->cron.days_nearest : &reader->cron.days_from_end;
    *mask |= UINT32_C(1) << value;
    return PAWL_OK;
}

/* 5L, L5, FRI#3, FRI#L. */
static enum pawl_rc read_special_weekday(struct reader *reader, struct pawl_str item, bool *ret_is)
{
    struct pawl_str rest = item;
    bool last = take_letter(&rest, 'L');
    int weekday = take_value(&fields[FIELD_WEEKDAY], &rest);
    int nth = 0;
    if (last || take_letter(&rest, 'L')) {
        nth = PAWL_CRON_NTH_LAST;
    } else if (take_char(&rest, '#')) {
        bool hash_last = take_letter(&rest, 'L');
        nth = hash_last ? PAWL_CRON_NTH_LAST : take_value(&fields[FIELD_DAY], &rest);
        nth = !hash_last && (nth < 1 || nth > 5) ? -1 : nth;
    }
    *ret_is = nth != 0;
    if (!*ret_is) {
        return PAWL_OK;
    }
    if (rest.len > 0 || nth < 0 || weekday < 0 || weekday > 7) {
        return refuse(reader, item,
                      "is no day of week: write 5L or FRIL for the last Friday, FRI#1 to FRI#5 for "
                      "the first to fifth");
    }
    reader->cron.weekdays_nth[nth] |= (uint8_t)(1u << weekday % 7);
    return PAWL_OK;
}

/* ---- fields ---- */

static enum pawl_rc read_item(struct reader *reader, struct pawl_str item)
{
    bool is_special = false;
    enum pawl_rc rc = PAWL_OK;
    if (item.len == 0) {
        return refuse(reader, item, "is an empty list entry of the %s", fields[reader->field].name);
    }
    if (reader->field == FIELD_DAY) {
        rc = read_special_day(reader, item, &is_special);
    } else if (reader->field == FIELD_WEEKDAY) {
        rc = read_special_weekday(reader, item, &is_special);
    }
    return rc == PAWL_OK && !is_special ? read_general(reader, item) : rc;
}

static enum pawl_rc read_field(struct reader *reader, struct pawl_str text)
{
    enum pawl_rc rc = PAWL_OK;
    size_t start = 0;
    for (size_t i = 0; i <= text.len && rc == PAWL_OK; i++) {
        if (i == text.len || text.ptr[i] == ',') {
            rc = read_item(reader, (struct pawl_str){text.ptr + start, i - start});
            start = i + 1;
        }
    }
    return rc;
}

static bool is_blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

/* The next run of characters that are not blank; empty at the end. */
static struct pawl_str take_word(struct pawl_str *io_rest)
{
    *io_rest = pawl_str_trim(*io_rest);
    size_t len = 0;
    while (len < io_rest->len && !is_blank(io_rest->ptr[len])) {
        len++;
    }
    struct pawl_str word = {io_rest->ptr, len};
    *io_rest =
        (struct pawl_str){io_rest->ptr == NULL ? NULL : io_rest->ptr + len, io_rest->len - len};
    return word;
}

static enum pawl_rc read_fields(struct reader *reader, struct pawl_str body)
{
    struct pawl_str parts[FIELD_COUNT];
    size_t count = 0;
    struct pawl_str rest = body;
    for (struct pawl_str part = take_word(&rest); part.len > 0; part = take_word(&rest)) {
        if (count < FIELD_COUNT) {
            parts[count] = part;
        }
        count++;
    }
    if (count != FIELD_COUNT && count != FIELD_COUNT - 1) {
        return refuse(reader, body,
                      "has %zu field%s; expected 5 (minute hour day month weekday), or 6 with the "
                      "second in front",
                      count, count == 1 ? "" : "s");
    }
    size_t first = FIELD_COUNT - count;
    if (first > 0) {
        reader->cron.seconds = 1; /* second 0 */
    }
    for (size_t i = 0; i < count; i++) {
        reader->field = (enum field_id)(first + i);
        enum pawl_rc rc = read_field(reader, parts[i]);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    return PAWL_OK;
}

/* ---- words ---- */

static enum pawl_rc read_every(struct reader *reader, struct pawl_str rest)
{
    struct pawl_str text = pawl_str_trim(rest);
    pawl_dur every_dur = 0;
    enum pawl_rc rc = pawl_dur_parse(text, &every_dur, reader->err);
    if (rc != PAWL_OK) {
        (void)pawl_err_wrap(reader->err, "cron: @every");
        return rc;
    }
    if (every_dur < PAWL_SECOND_MS || every_dur % PAWL_SECOND_MS != 0) {
        return refuse(reader, text, "is no interval for @every: whole seconds, at least 1s");
    }
    reader->cron.every_dur = every_dur;
    return PAWL_OK;
}

static enum pawl_rc read_at_word(struct reader *reader, struct pawl_str body)
{
    struct pawl_str rest = body;
    struct pawl_str word = take_word(&rest);
    if (pawl_str_is(word, "@every")) {
        return read_every(reader, rest);
    }
    struct pawl_str known[WORD_COUNT + 1] = {[WORD_COUNT] = PAWL_STR_INIT("@every")};
    for (size_t i = 0; i < WORD_COUNT; i++) {
        known[i] = pawl_str_from(words[i].word);
        if (pawl_str_eq(body, known[i])) {
            return read_fields(reader, pawl_str_from(words[i].means));
        }
    }
    if (pawl_str_is(word, "@reboot")) {
        return refuse(reader, word, "is not supported: a schedule has no start-up");
    }
    struct pawl_str near = pawl_str_suggest(body, known, WORD_COUNT + 1);
    if (near.len > 0) {
        return refuse(reader, body, "is no known word; did you mean '" PAWL_STR_FMT "'?",
                      PAWL_STR_ARG(near));
    }
    return refuse(reader, body,
                  "is no known word; there are @hourly, @daily, @weekly, @monthly, "
                  "@yearly and @every");
}

/* Takes CRON_TZ=… or TZ=… from the front. */
static enum pawl_rc read_zone(struct reader *reader, struct pawl_str *io_body)
{
    size_t skip = pawl_str_starts(*io_body, PAWL_STR("CRON_TZ=")) ? 8
                  : pawl_str_starts(*io_body, PAWL_STR("TZ="))    ? 3
                                                                  : 0;
    if (skip == 0) {
        return PAWL_OK;
    }
    struct pawl_str word = take_word(io_body);
    *io_body = pawl_str_trim(*io_body);
    reader->cron.zone = pawl_str_sub(word, skip, word.len);
    if (!pawl_zone_name_check(reader->cron.zone)) {
        return refuse(reader, word, "names no time zone; write CRON_TZ=Europe/Berlin");
    }
    return PAWL_OK;
}

enum pawl_rc pawl_cron_parse(struct pawl_str text, struct pawl_cron *ret_cron, struct pawl_err *err)
{
    struct reader reader = {.text = text, .err = err};
    struct pawl_str body = pawl_str_trim(text);
    if (text.len > PAWL_CRON_SIZE_MAX) {
        return pawl_err_set(err, PAWL_ELIMIT, "cron: an expression has at most %u bytes",
                            PAWL_CRON_SIZE_MAX);
    }
    enum pawl_rc rc = read_zone(&reader, &body);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (body.len == 0) {
        return pawl_err_set(err, PAWL_EINVALID,
                            "cron: the expression is empty; write one such as '0 9 * * MON-FRI'");
    }
    rc = body.ptr[0] == '@' ? read_at_word(&reader, body) : read_fields(&reader, body);
    if (rc == PAWL_OK) {
        *ret_cron = reader.cron;
    }
    return rc;
}
