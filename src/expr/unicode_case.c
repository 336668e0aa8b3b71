/* Case mapping by binary search in the tables of unicode_case.def (Unicode's full mappings without
 * the conditional ones; the final sigma is the caller's business). */
#include "expr/unicode_case.h"

#include "base/panic.h"
#include "base/utf8.h"

struct case_range {
    uint32_t first, last;
    int32_t step, distance;
};
struct case_text {
    uint32_t code;
    const char *text;
};

/* One table for each mapping: the lines of the others are left out. */
#define IGNORED(...)
#define PAWL_CASE_TEXT(mapping, code, text)
#define PAWL_CASE_RANGE(mapping, first, last, step, distance)                                      \
    RANGE_##mapping(first, last, step, distance)
#define RANGE_UPPER(first, last, step, distance) {first, last, step, distance},
#define RANGE_LOWER                              IGNORED
#define RANGE_TITLE                              IGNORED
#define RANGE_IS_LOWER                           IGNORED
#define RANGE_IS_UPPER                           IGNORED
static const struct case_range upper_ranges[] = {
#include "expr/unicode_case.def"
};
#undef RANGE_UPPER
#undef RANGE_LOWER
#undef RANGE_TITLE
#undef RANGE_IS_LOWER
#undef RANGE_IS_UPPER
#define RANGE_UPPER                              IGNORED
#define RANGE_LOWER(first, last, step, distance) {first, last, step, distance},
#define RANGE_TITLE                              IGNORED
#define RANGE_IS_LOWER                           IGNORED
#define RANGE_IS_UPPER                           IGNORED
static const struct case_range lower_ranges[] = {
#include "expr/unicode_case.def"
};
#undef RANGE_UPPER
#undef RANGE_LOWER
#undef RANGE_TITLE
#undef RANGE_IS_LOWER
#undef RANGE_IS_UPPER
#define RANGE_UPPER                              IGNORED
#define RANGE_LOWER                              IGNORED
#define RANGE_TITLE(first, last, step, distance) {first, last, step, distance},
#define RANGE_IS_LOWER                           IGNORED
#define RANGE_IS_UPPER                           IGNORED
static const struct case_range title_ranges[] = {
#include "expr/unicode_case.def"
};
#undef RANGE_UPPER
#undef RANGE_LOWER
#undef RANGE_TITLE
#undef RANGE_IS_LOWER
#undef RANGE_IS_UPPER
#define RANGE_UPPER                                 IGNORED
#define RANGE_LOWER                                 IGNORED
#define RANGE_TITLE                                 IGNORED
#define RANGE_IS_LOWER(first, last, step, distance) {first, last, step, distance},
#define RANGE_IS_UPPER                              IGNORED
static const struct case_range small_ranges[] = {
#include "expr/unicode_case.def"
};
#undef RANGE_UPPER
#undef RANGE_LOWER
#undef RANGE_TITLE
#undef RANGE_IS_LOWER
#undef RANGE_IS_UPPER
#define RANGE_UPPER                                 IGNORED
#define RANGE_LOWER                                 IGNORED
#define RANGE_TITLE                                 IGNORED
#define RANGE_IS_LOWER                              IGNORED
#define RANGE_IS_UPPER(first, last, step, distance) {first, last, step, distance},
static const struct case_range capital_ranges[] = {
#include "expr/unicode_case.def"
};
#undef RANGE_UPPER
#undef RANGE_LOWER
#undef RANGE_TITLE
#undef RANGE_IS_LOWER
#undef RANGE_IS_UPPER
#undef PAWL_CASE_RANGE
#undef PAWL_CASE_TEXT

#define PAWL_CASE_RANGE(mapping, first, last, step, distance)
#define PAWL_CASE_TEXT(mapping, code, text) TEXT_##mapping(code, text)
#define TEXT_UPPER(code, text)              {code, text},
#define TEXT_LOWER                          IGNORED
#define TEXT_TITLE                          IGNORED
static const struct case_text upper_texts[] = {
#include "expr/unicode_case.def"
};
#undef TEXT_UPPER
#undef TEXT_LOWER
#undef TEXT_TITLE
#define TEXT_UPPER             IGNORED
#define TEXT_LOWER(code, text) {code, text},
#define TEXT_TITLE             IGNORED
static const struct case_text lower_texts[] = {
#include "expr/unicode_case.def"
};
#undef TEXT_UPPER
#undef TEXT_LOWER
#undef TEXT_TITLE
#define TEXT_UPPER             IGNORED
#define TEXT_LOWER             IGNORED
#define TEXT_TITLE(code, text) {code, text},
static const struct case_text title_texts[] = {
#include "expr/unicode_case.def"
};
#undef TEXT_UPPER
#undef TEXT_LOWER
#undef TEXT_TITLE

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const struct case_range *ranges;
    size_t range_count;
    const struct case_text *texts;
    size_t text_count;
} mappings[] = {
    [PAWL_CASE_UPPER] = {upper_ranges, COUNT_OF(upper_ranges), upper_texts, COUNT_OF(upper_texts)},
    [PAWL_CASE_LOWER] = {lower_ranges, COUNT_OF(lower_ranges), lower_texts, COUNT_OF(lower_texts)},
    [PAWL_CASE_TITLE] = {title_ranges, COUNT_OF(title_ranges), title_texts, COUNT_OF(title_texts)},
};

/* The range that covers the code point, or NULL. */
static const struct case_range *search(const struct case_range *ranges, size_t count, uint32_t code)
{
    size_t low = 0, high = count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        const struct case_range *range = &ranges[middle];
        if (code < range->first) {
            high = middle;
        } else if (code > range->last) {
            low = middle + 1;
        } else {
            bool hits = (code - range->first) % (uint32_t)range->step == 0;
            return hits ? range : NULL;
        }
    }
    return NULL;
}

static const char *text_find(enum pawl_case mapping, uint32_t code)
{
    for (size_t i = 0; i < mappings[mapping].text_count; i++) {
        if (mappings[mapping].texts[i].code == code) {
            return mappings[mapping].texts[i].text;
        }
    }
    return NULL;
}

/* The mapping's own entry; false: it has none. */
static bool map_own(uint32_t code, enum pawl_case mapping, char out[PAWL_CASE_BYTES_MAX],
                    size_t *ret_len)
{
    const struct case_range *range =
        search(mappings[mapping].ranges, mappings[mapping].range_count, code);
    if (range != NULL) {
        *ret_len = pawl_utf8_put(out, (uint32_t)((int64_t)code + range->distance));
        return true;
    }
    const char *text = text_find(mapping, code);
    if (text == NULL) {
        return false;
    }
    *ret_len = strlen(text);
    PAWL_ASSERT(*ret_len <= PAWL_CASE_BYTES_MAX);
    memcpy(out, text, *ret_len);
    return true;
}

size_t pawl_case_map(uint32_t code, enum pawl_case mapping, char out[PAWL_CASE_BYTES_MAX])
{
    size_t len = 0;
    if (code < 0x80) {
        bool small = code >= 'a' && code <= 'z', large = code >= 'A' && code <= 'Z';
        bool changes = mapping == PAWL_CASE_LOWER ? large : small;
        out[0] = (char)(changes ? code ^ 0x20 : code);
        return 1;
    }
    if (map_own(code, mapping, out, &len)) {
        return len;
    }
    if (mapping == PAWL_CASE_TITLE && map_own(code, PAWL_CASE_UPPER, out, &len)) {
        return len;
    }
    return pawl_utf8_put(out, code);
}

bool pawl_case_is_lower(uint32_t code)
{
    return search(small_ranges, COUNT_OF(small_ranges), code) != NULL;
}

bool pawl_case_is_upper(uint32_t code)
{
    return search(capital_ranges, COUNT_OF(capital_ranges), code) != NULL;
}

bool pawl_case_is_title(uint32_t code)
{
    char out[PAWL_CASE_BYTES_MAX];
    size_t len = 0;
    return !pawl_case_is_upper(code) && map_own(code, PAWL_CASE_LOWER, out, &len);
}
