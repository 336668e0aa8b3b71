/* Whether a needle begins at a place of a text. */
#include "value/redact_impl.h"

static bool step(struct redact_scan *scan)
{
    if (scan->steps_left > 0) {
        scan->steps_left--;
    }
    return scan->steps_left > 0;
}

/* How much of the text a needle took. */
struct taken {
    size_t end;     /* in the text */
    size_t matched; /* bytes of the needle */
    bool escapes;   /* bytes were met that may begin an escape */
};

static bool same_bytes(struct pawl_str needle, size_t from, const struct redact_reading *reading)
{
    bool same = reading->count > 0 && from + reading->count <= needle.len;
    for (uint32_t i = 0; same && i < reading->count; i++) {
        same = pawl_redact_lower((uint8_t)needle.ptr[from + i]) ==
               pawl_redact_lower(reading->bytes[i]);
    }
    return same;
}

/* Which reading is tried first decides for needles that hold the characters of escapes themselves.
 */
enum order { PLAIN_ONLY, ONCE_FIRST, AGAIN_FIRST, ORDER_COUNT };

/* The reading at `at` that goes on with the needle; its place in the needle afterwards, SIZE_MAX:
 * none. */
static size_t read_on(const struct redact_scan *scan, struct pawl_str needle, size_t from,
                      enum order order, size_t *io_at)
{
    struct redact_reading readings[REDACT_READINGS_MAX];
    uint32_t count = pawl_redact_readings(scan->text, *io_at, readings);
    for (uint32_t i = 0; i < count; i++) {
        const struct redact_reading *reading = &readings[order == AGAIN_FIRST ? count - 1 - i : i];
        bool same = same_bytes(needle, from, reading);
        bool skipped = needle.ptr[from] == '\n' && reading->bytes[0] == '\r';
        if (same || skipped) { /* lines may have come to end in \r\n */
            *io_at = reading->end;
            return same ? from + reading->count : from;
        }
    }
    return SIZE_MAX;
}

static size_t character_end(struct pawl_str needle, size_t at)
{
    for (at++; at < needle.len && ((uint8_t)needle.ptr[at] & 0xC0u) == 0x80u; at++) {
    }
    return at;
}

/* With what another reading than the plain one may begin. */
static bool may_escape(char c)
{
    static const char begins[] = {'%', '\\', '&', '+', '\0', '\xC2', '\xC3'};
    return memchr(begins, c, sizeof(begins)) != NULL;
}

/* As far as the needle goes from its byte `from` on. */
static struct taken take_spelled(struct redact_scan *scan, struct pawl_str needle, size_t from,
                                 size_t at, enum order order)
{
    struct pawl_str text = scan->text;
    size_t k = from;
    bool escapes = false;
    while (k < needle.len && at < text.len && step(scan)) {
        uint8_t c = (uint8_t)text.ptr[at];
        escapes = escapes || may_escape(text.ptr[at]);
        size_t next = order != PLAIN_ONLY ? read_on(scan, needle, k, order, &at) : SIZE_MAX;
        if (next != SIZE_MAX) {
            k = next;
        } else if (pawl_redact_lower(c) == pawl_redact_lower((uint8_t)needle.ptr[k])) {
            at++;
            k++;
        } else if (c == '\r' && needle.ptr[k] == '\n') {
            at++;
        } else if (pawl_redact_is_lead(needle.ptr[k]) && pawl_redact_lost(text, at) > 0) {
            at += pawl_redact_lost(text, at);
            k = character_end(needle, k);
        } else {
            break;
        }
    }
    return (struct taken){at, k - from, escapes};
}

static bool is_base64(uint8_t c)
{
    return pawl_redact_is_alnum(c) || pawl_redact_standard(c) == '+' ||
           pawl_redact_standard(c) == '/';
}

/* The bytes at `at` that a base64 text may have between its characters: broken lines, also as JSON
 * writes them. */
static size_t gap(struct pawl_str text, size_t at)
{
    size_t from = at;
    while (at < text.len) {
        bool escaped = text.ptr[at] == '\\' && at + 1 < text.len &&
                       (text.ptr[at + 1] == 'n' || text.ptr[at + 1] == 'r');
        if (text.ptr[at] == '\n' || text.ptr[at] == '\r') {
            at++;
        } else if (escaped) {
            at += 2;
        } else {
            break;
        }
    }
    return at - from;
}

/* One character of base64 at `at`, perhaps escaped as in a URL or JSON; 0: none. */
static uint8_t base64_char(struct pawl_str text, size_t at, size_t *ret_end)
{
    struct redact_reading readings[REDACT_READINGS_MAX];
    if (at >= text.len) {
        return 0;
    }
    if (is_base64((uint8_t)text.ptr[at])) {
        *ret_end = at + 1;
        return pawl_redact_standard((uint8_t)text.ptr[at]);
    }
    uint32_t count = pawl_redact_readings(text, at, readings);
    if (count == 0 || !is_base64(readings[0].bytes[0])) {
        return 0;
    }
    *ret_end = readings[0].end;
    return pawl_redact_standard(readings[0].bytes[0]);
}

static struct taken take_base64(struct redact_scan *scan, struct pawl_str needle, size_t from,
                                size_t at)
{
    size_t k = from, end = at;
    while (k < needle.len && step(scan)) {
        size_t next = at + (k > from ? gap(scan->text, at) : 0);
        if (base64_char(scan->text, next, &next) != (uint8_t)needle.ptr[k]) {
            break;
        }
        at = next;
        end = next;
        k++;
    }
    return (struct taken){end, k - from, false};
}

static bool is_word(struct pawl_str text, size_t at, size_t end)
{
    return (at == 0 || !pawl_redact_is_alnum((uint8_t)text.ptr[at - 1])) &&
           (end == text.len || !pawl_redact_is_alnum((uint8_t)text.ptr[end]));
}

/* The end of what matches of the needle's part from `from` on; SIZE_MAX: nothing. A part that the
 * text's end cuts off counts where the text may have been cut. */
static size_t match_from(struct redact_scan *scan, const struct redact_needle *needle, size_t from,
                         size_t at)
{
    struct taken taken = {0};
    size_t wanted = needle->text.len - from, least = PAWL_REDACT_PART_MIN;
    if (needle->kind == REDACT_BASE64) {
        taken = take_base64(scan, needle->text, from, at);
        least = PAWL_REDACT_PART_MIN * 2;
    } else {
        taken = take_spelled(scan, needle->text, from, at, PLAIN_ONLY);
        bool more = needle->kind == REDACT_SPELLED && taken.escapes;
        for (int order = ONCE_FIRST; more && order < ORDER_COUNT; order++) {
            struct taken other = take_spelled(scan, needle->text, from, at, (enum order)order);
            taken = other.matched > taken.matched ? other : taken;
            more = taken.matched < wanted;
        }
    }
    if (taken.matched == wanted) {
        bool whole = needle->kind != REDACT_WORD || is_word(scan->text, at, taken.end);
        return whole ? taken.end : SIZE_MAX;
    }
    bool cut = (scan->how & PAWL_REDACT_CUT) != 0 && needle->kind != REDACT_WORD &&
               taken.matched >= least && pawl_redact_torn(scan->text, taken.end);
    return cut ? scan->text.len : SIZE_MAX;
}

/* Neighbours of base64 that hold some of the secret's bits, and the padding. */
static void widen(struct pawl_str text, const struct redact_needle *needle, size_t *io_start,
                  size_t *io_end)
{
    for (uint8_t i = 0; i<needle->before && * io_start> 0; i++) {
        *io_start -= is_base64((uint8_t)text.ptr[*io_start - 1]) ? 1 : 0;
    }
    for (uint8_t i = 0; i < needle->after; i++) {
        size_t next = *io_end;
        *io_end = base64_char(text, next, &next) != 0 ? next : *io_end;
    }
    while (*io_end < text.len && text.ptr[*io_end] == '=') {
        (*io_end)++;
    }
}

struct best {
    size_t start, end; /* end 0: nothing yet */
};

static void match_list(struct redact_scan *scan, const struct redact_needle *needle, size_t at,
                       struct best *io_best)
{
    for (; needle != NULL; needle = needle->next) {
        bool skipped = needle->kind == REDACT_WORD && (scan->how & PAWL_REDACT_LONG_ONLY) != 0;
        size_t start = at, end = skipped ? SIZE_MAX : match_from(scan, needle, 0, at);
        if (end == SIZE_MAX) {
            continue;
        }
        if (needle->kind == REDACT_BASE64) {
            widen(scan->text, needle, &start, &end);
        }
        io_best->start = start < io_best->start ? start : io_best->start;
        io_best->end = end > io_best->end ? end : io_best->end;
    }
}

/* At the beginning of a text that was cut: any end of a needle. */
static void match_ends(struct redact_scan *scan, struct best *io_best)
{
    for (int kind = REDACT_SPELLED; kind <= REDACT_BASE64; kind++) {
        size_t least = kind == REDACT_BASE64 ? PAWL_REDACT_PART_MIN * 2 : PAWL_REDACT_PART_MIN;
        for (int first = 0; first < 256; first++) {
            const struct redact_needle *needle = scan->set->heads[kind][first];
            for (; needle != NULL; needle = needle->next) {
                for (size_t k = 1; k + least <= needle->text.len && step(scan); k++) {
                    size_t end = match_from(scan, needle, k, 0);
                    io_best->end = end != SIZE_MAX && end > io_best->end ? end : io_best->end;
                }
            }
        }
    }
}

size_t pawl_redact_match(struct redact_scan *scan, size_t at, size_t *ret_start)
{
    struct redact_reading readings[REDACT_READINGS_MAX];
    const struct pawl_redact *set = scan->set;
    struct best best = {.start = at};
    uint8_t c = (uint8_t)scan->text.ptr[at];
    (void)step(scan);
    match_list(scan, set->heads[REDACT_SPELLED][pawl_redact_lower(c)], at, &best);
    match_list(scan, set->heads[REDACT_WORD][pawl_redact_lower(c)], at, &best);
    match_list(scan, set->heads[REDACT_BASE64][pawl_redact_standard(c)], at, &best);
    uint32_t count = pawl_redact_readings(scan->text, at, readings);
    for (uint32_t i = 0; i < count; i++) {
        uint8_t first = readings[i].bytes[0];
        match_list(scan, set->heads[REDACT_SPELLED][pawl_redact_lower(first)], at, &best);
        match_list(scan, set->heads[REDACT_BASE64][pawl_redact_standard(first)], at, &best);
    }
    for (int lead = 0xC2; lead < 256 && pawl_redact_lost(scan->text, at) > 0; lead++) {
        match_list(scan, set->heads[REDACT_SPELLED][lead], at, &best);
    }
    if (at == 0 && (scan->how & PAWL_REDACT_CUT) != 0) {
        match_ends(scan, &best);
    }
    *ret_start = best.start;
    return best.end == 0 ? SIZE_MAX : best.end;
}
