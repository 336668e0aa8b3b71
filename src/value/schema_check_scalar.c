/* The keywords about single values: type, const, enum, numbers, texts. */
#include "value/schema_check.h"

#include <stdio.h>

#include "base/panic.h"
#include "base/utf8.h"
#include "value/number.h"

/* ---- type, const, enum ------------------------------------------------------------------------
 */

static uint32_t types_of(const struct pawl_val *v)
{
    static const uint8_t types[] = {
        [PAWL_VAL_UNDEFINED] = 0,
        [PAWL_VAL_NULL] = 1 << SCHEMA_TYPE_NULL,
        [PAWL_VAL_BOOL] = 1 << SCHEMA_TYPE_BOOLEAN,
        [PAWL_VAL_INT] = 1 << SCHEMA_TYPE_INTEGER | 1 << SCHEMA_TYPE_NUMBER,
        [PAWL_VAL_NUMBER] = 1 << SCHEMA_TYPE_NUMBER,
        [PAWL_VAL_TEXT] = 1 << SCHEMA_TYPE_STRING,
        [PAWL_VAL_LIST] = 1 << SCHEMA_TYPE_ARRAY,
        [PAWL_VAL_MAP] = 1 << SCHEMA_TYPE_OBJECT,
    };
    uint32_t found = types[v->kind];
    bool whole = v->kind == PAWL_VAL_NUMBER && pawl_val_is_integral(v);
    return found | (whole ? 1u << SCHEMA_TYPE_INTEGER : 0);
}

/* "an integer or a string" */
static const char *say_types(uint32_t types, char room[SCHEMA_SAY_ROOM])
{
    static const char *const says[SCHEMA_TYPE_COUNT] = {
        [SCHEMA_TYPE_NULL] = "null",          [SCHEMA_TYPE_BOOLEAN] = "true or false",
        [SCHEMA_TYPE_INTEGER] = "an integer", [SCHEMA_TYPE_NUMBER] = "a number",
        [SCHEMA_TYPE_STRING] = "a string",    [SCHEMA_TYPE_ARRAY] = "an array",
        [SCHEMA_TYPE_OBJECT] = "an object",
    };
    size_t len = 0;
    room[0] = '\0';
    for (int i = 0; i < SCHEMA_TYPE_COUNT; i++) {
        if ((types >> i & 1) != 0) {
            const char *between = len == 0 ? "" : (types >> (i + 1)) == 0 ? " or " : ", ";
            size_t size = strlen(between) + strlen(says[i]);
            if (len + size >= SCHEMA_SAY_ROOM) {
                break;
            }
            memcpy(room + len, between, strlen(between));
            memcpy(room + len + strlen(between), says[i], strlen(says[i]) + 1);
            len += size;
        }
    }
    return room;
}

bool pawl_schema_check_type(struct schema_check *check, const struct schema_keyword *keyword,
                            const struct schema_frame *frame)
{
    char wanted[SCHEMA_SAY_ROOM], got[SCHEMA_SAY_ROOM];
    if ((types_of(frame->instance) & keyword->u.types) != 0) {
        return true;
    }
    if (pawl_schema_is_quiet(check)) {
        return false;
    }
    return pawl_schema_report(check, frame, keyword, "must be %s, but is %s",
                              say_types(keyword->u.types, wanted),
                              pawl_schema_say(check, frame->instance, got));
}

/* Pays for comparing the instance with what the keyword holds. A container is compared part by part
 * (u.count is the weight of all), a scalar at once. */
static bool pay_comparison(struct schema_check *check, const struct schema_keyword *keyword,
                           const struct pawl_val *instance, uint32_t values)
{
    bool container = pawl_val_count(instance) > 0;
    return pawl_schema_pay(check, container ? keyword->u.count
                                            : values / 4 + pawl_val_str(instance).len / 64);
}

bool pawl_schema_check_const(struct schema_check *check, const struct schema_keyword *keyword,
                             const struct schema_frame *frame)
{
    char wanted[SCHEMA_SAY_ROOM], got[SCHEMA_SAY_ROOM];
    if (!pay_comparison(check, keyword, frame->instance, 1)) {
        return false;
    }
    if (pawl_val_eq(frame->instance, keyword->value)) {
        return true;
    }
    if (pawl_schema_is_quiet(check)) {
        return false;
    }
    return pawl_schema_report(check, frame, keyword, "must be %s%s",
                              pawl_schema_say_open(keyword->value, wanted),
                              pawl_schema_say_but(check, frame->instance, got));
}

/* A text of the list that may have been meant. */
static void hint_enum(struct schema_check *check, const struct schema_keyword *keyword,
                      const struct pawl_val *instance)
{
    enum { CANDIDATES_MAX = 64 };
    struct pawl_str candidates[CANDIDATES_MAX];
    size_t count = 0;
    if (!pawl_val_is(instance, PAWL_VAL_TEXT) || pawl_schema_is_hidden(check, instance)) {
        return;
    }
    for (uint32_t i = 0; i < keyword->value->len && count < CANDIDATES_MAX; i++) {
        const struct pawl_val *item = pawl_val_at(keyword->value, i);
        if (pawl_val_is(item, PAWL_VAL_TEXT)) {
            candidates[count++] = pawl_val_str(item);
        }
    }
    struct pawl_str meant = pawl_str_suggest(pawl_val_str(instance), candidates, count);
    if (meant.ptr != NULL) {
        pawl_schema_hint(check, "did you mean '" PAWL_STR_FMT "'?", PAWL_STR_ARG(meant));
    }
}

/* "'a', 'b' and 3 more" */
enum { LIST_ROOM = 400 };
static void say_list(const struct pawl_val *list, char room[LIST_ROOM])
{
    enum { SHOWN_MAX = 8, TAIL_ROOM = 24 };
    char one[SCHEMA_SAY_ROOM];
    size_t len = 0;
    uint32_t shown = 0;
    room[0] = '\0';
    for (; shown < list->len && shown < SHOWN_MAX; shown++) {
        const char *say = pawl_schema_say_open(pawl_val_at(list, shown), one);
        if (len + strlen(say) + TAIL_ROOM > LIST_ROOM) {
            break;
        }
        len += (size_t)snprintf(room + len, LIST_ROOM - len, "%s%s", shown > 0 ? ", " : "", say);
    }
    if (shown < list->len) {
        (void)snprintf(room + len, LIST_ROOM - len, " and %u more", list->len - shown); /* fits */
    }
}

bool pawl_schema_check_enum(struct schema_check *check, const struct schema_keyword *keyword,
                            const struct schema_frame *frame)
{
    char list[LIST_ROOM];
    if (!pay_comparison(check, keyword, frame->instance, keyword->value->len)) {
        return false;
    }
    for (uint32_t i = 0; i < keyword->value->len; i++) {
        if (pawl_val_eq(frame->instance, pawl_val_at(keyword->value, i))) {
            return true;
        }
    }
    if (pawl_schema_is_quiet(check)) {
        return false;
    }
    say_list(keyword->value, list);
    (void)pawl_schema_report(check, frame, keyword, "is not one of %s", list);
    if (pawl_schema_wants_text(check)) {
        hint_enum(check, keyword, frame->instance);
    }
    return false;
}

/* ---- numbers ----------------------------------------------------------------------------------
 */

static bool report_bound(struct schema_check *check, const struct schema_keyword *keyword,
                         const struct schema_frame *frame, const char *what)
{
    char bound[SCHEMA_SAY_ROOM], got[SCHEMA_SAY_ROOM];
    if (pawl_schema_is_quiet(check)) {
        return false;
    }
    return pawl_schema_report(check, frame, keyword, "must be %s %s%s", what,
                              pawl_schema_say_open(keyword->value, bound),
                              pawl_schema_say_but(check, frame->instance, got));
}

bool pawl_schema_check_minimum(struct schema_check *check, const struct schema_keyword *keyword,
                               const struct schema_frame *frame)
{
    return pawl_val_cmp(frame->instance, keyword->value) >= 0 ||
           report_bound(check, keyword, frame, "at least");
}

bool pawl_schema_check_maximum(struct schema_check *check, const struct schema_keyword *keyword,
                               const struct schema_frame *frame)
{
    return pawl_val_cmp(frame->instance, keyword->value) <= 0 ||
           report_bound(check, keyword, frame, "at most");
}

bool pawl_schema_check_exclusive_minimum(struct schema_check *check,
                                         const struct schema_keyword *keyword,
                                         const struct schema_frame *frame)
{
    return pawl_val_cmp(frame->instance, keyword->value) > 0 ||
           report_bound(check, keyword, frame, "greater than");
}

bool pawl_schema_check_exclusive_maximum(struct schema_check *check,
                                         const struct schema_keyword *keyword,
                                         const struct schema_frame *frame)
{
    return pawl_val_cmp(frame->instance, keyword->value) < 0 ||
           report_bound(check, keyword, frame, "less than");
}

bool pawl_schema_check_multiple_of(struct schema_check *check, const struct schema_keyword *keyword,
                                   const struct schema_frame *frame)
{
    const struct pawl_val *v = frame->instance, *unit = keyword->value;
    bool multiple = false;
    if (v->kind == PAWL_VAL_INT && unit->kind == PAWL_VAL_INT) {
        multiple = v->u.integer % unit->u.integer == 0;
    } else {
        enum pawl_rc rc = pawl_val_is_multiple(v, unit, &multiple);
        PAWL_ASSERT(rc == PAWL_OK); /* the unit's digits were counted when it was compiled */
        if (!pawl_schema_pay(check, 1 + pawl_val_str(v).len / 16)) {
            return false;
        }
    }
    return multiple || report_bound(check, keyword, frame, "a multiple of");
}

/* ---- texts ------------------------------------------------------------------------------------
 */

static bool report_length(struct schema_check *check, const struct schema_keyword *keyword,
                          const struct schema_frame *frame, const char *what, uint64_t count)
{
    uint64_t bound = keyword->u.count;
    return pawl_schema_report(check, frame, keyword, "must have %s %llu %s, but has %llu", what,
                              (unsigned long long)bound, bound == 1 ? "character" : "characters",
                              (unsigned long long)count);
}

bool pawl_schema_check_min_length(struct schema_check *check, const struct schema_keyword *keyword,
                                  const struct schema_frame *frame)
{
    struct pawl_str text = pawl_val_str(frame->instance);
    if (!pawl_schema_pay(check, text.len / 64)) {
        return false;
    }
    uint64_t count = pawl_utf8_count(text);
    if (count >= keyword->u.count) {
        return true;
    }
    return keyword->u.count == 1 ? pawl_schema_report(check, frame, keyword, "must not be empty")
                                 : report_length(check, keyword, frame, "at least", count);
}

bool pawl_schema_check_max_length(struct schema_check *check, const struct schema_keyword *keyword,
                                  const struct schema_frame *frame)
{
    struct pawl_str text = pawl_val_str(frame->instance);
    if (!pawl_schema_pay(check, text.len / 64)) {
        return false;
    }
    uint64_t count = pawl_utf8_count(text);
    return count <= keyword->u.count || report_length(check, keyword, frame, "at most", count);
}

bool pawl_schema_check_pattern(struct schema_check *check, const struct schema_keyword *keyword,
                               const struct schema_frame *frame)
{
    bool matches = false;
    char pattern[SCHEMA_SAY_ROOM], got[SCHEMA_SAY_ROOM];
    enum pawl_rc rc = pawl_regex_match(keyword->u.regex, &check->regex_run,
                                       pawl_val_str(frame->instance), &check->fuel, &matches);
    if (rc != PAWL_OK) {
        return pawl_schema_fail(check, rc);
    }
    if (matches || pawl_schema_is_quiet(check)) {
        return matches;
    }
    return pawl_schema_report(check, frame, keyword, "must match the pattern %s%s",
                              pawl_schema_say_open(keyword->value, pattern),
                              pawl_schema_say_but(check, frame->instance, got));
}

bool pawl_schema_check_format(struct schema_check *check, const struct schema_keyword *keyword,
                              const struct schema_frame *frame)
{
    char got[SCHEMA_SAY_ROOM];
    struct pawl_str text = pawl_val_str(frame->instance);
    struct schema_format_run run = {
        .alloc = check->schema->alloc,
        .regex_run = &check->regex_run,
        .io_fuel = &check->fuel,
    };
    if (!pawl_schema_pay(check, text.len / 64)) {
        return false;
    }
    bool right = keyword->u.format->check(&run, text);
    if (run.rc != PAWL_OK) {
        return pawl_schema_fail(check, run.rc);
    }
    if (right || pawl_schema_is_quiet(check)) {
        return right;
    }
    return pawl_schema_report(check, frame, keyword, "must be %s%s", keyword->u.format->what,
                              pawl_schema_say_but(check, frame->instance, got));
}
