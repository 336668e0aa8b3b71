/* One character in the spellings that programs give it: %41, \u0041, \x41, \101, \n, &amp;, &#65;,
 * a plus for a blank; and each of them escaped again (%2541, \\u0041, &amp;amp;). Also what a wrong
 * character set makes of it: a zero byte beside it (UTF-16), UTF-8 that was read as Latin-1, and
 * the mark of a character that could not be written. */
#include "base/utf8.h"
#include "value/redact_impl.h"

enum { ESCAPES_MAX = 16 }; /* backslashes, or repeated percent signs, before one character */

static int hex_digit(struct pawl_str text, size_t at)
{
    uint8_t c = at < text.len ? pawl_redact_lower((uint8_t)text.ptr[at]) : 0;
    return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The number of `digits` hexadecimal digits at `at`; -1: not so many. */
static int32_t hex_number(struct pawl_str text, size_t at, uint32_t digits)
{
    int32_t number = 0;
    for (uint32_t i = 0; i < digits; i++) {
        int digit = hex_digit(text, at + i);
        if (digit < 0) {
            return -1;
        }
        number = number * 16 + digit;
    }
    return number;
}

static struct redact_reading reading_byte(uint8_t byte, size_t end)
{
    return (struct redact_reading){.bytes = {byte}, .count = 1, .end = end};
}

static struct redact_reading reading_code(uint32_t code, size_t end)
{
    struct redact_reading reading = {.end = end};
    bool good = code <= 0x10FFFF && (code < 0xD800 || code > 0xDFFF);
    reading.count = good ? (uint32_t)pawl_utf8_put((char *)reading.bytes, code) : 0;
    return reading;
}

static uint32_t read_percent(struct pawl_str text, size_t at, struct redact_reading *readings)
{
    int32_t simple = hex_number(text, at + 1, 2);
    size_t from = at + 1;
    if (simple < 0) {
        return 0;
    }
    readings[0] = reading_byte((uint8_t)simple, at + 3);
    for (int i = 0; i < ESCAPES_MAX && simple == '%' && hex_number(text, from + 2, 2) >= 0; i++) {
        from += 2; /* %25 and two digits: one that was escaped again */
        simple = hex_number(text, from, 2);
    }
    if (from == at + 1) {
        return 1;
    }
    readings[1] = reading_byte((uint8_t)simple, from + 2);
    return 2;
}

/* \uXXXX from its `u` on, two of them where one is half a character. */
static struct redact_reading read_unicode(struct pawl_str text, size_t at)
{
    int32_t high = hex_number(text, at + 1, 4);
    if (high < 0xD800 || high > 0xDBFF) {
        return high < 0 ? (struct redact_reading){0} : reading_code((uint32_t)high, at + 5);
    }
    size_t next = at + 5;
    while (next < text.len && text.ptr[next] == '\\' && next < at + 5 + ESCAPES_MAX) {
        next++;
    }
    int32_t low = next < text.len && text.ptr[next] == 'u' ? hex_number(text, next + 1, 4) : -1;
    if (low < 0xDC00 || low > 0xDFFF) {
        return (struct redact_reading){0};
    }
    return reading_code(0x10000u + (((uint32_t)high - 0xD800u) << 10) + ((uint32_t)low - 0xDC00u),
                        next + 5);
}

/* \303 from its first digit on; -1: no three digits. */
static int32_t octal_byte(struct pawl_str text, size_t at)
{
    struct pawl_str digits = pawl_str_sub(text, at, 3);
    int32_t byte = 0;
    for (size_t i = 0; i < digits.len; i++) {
        bool octal = digits.ptr[i] >= '0' && digits.ptr[i] <= (i == 0 ? '3' : '7');
        byte = octal && byte >= 0 ? byte * 8 + (digits.ptr[i] - '0') : -1;
    }
    return digits.len == 3 ? byte : -1;
}

static uint32_t read_backslash(struct pawl_str text, size_t at, struct redact_reading *readings)
{
    static const char letters[] = "ntrbf", meanings[] = "\n\t\r\b\f";
    size_t next = at;
    uint32_t count = 0;
    while (next < text.len && text.ptr[next] == '\\' && next < at + ESCAPES_MAX) {
        next++;
    }
    if (next > at + 1) {
        readings[count++] = reading_byte('\\', at + 2);
    }
    if (next == text.len) {
        return count;
    }
    uint8_t c = (uint8_t)text.ptr[next];
    const char *letter = memchr(letters, c, sizeof(letters) - 1);
    if (letter != NULL) {
        readings[count++] = reading_byte((uint8_t)meanings[letter - letters], next + 1);
    } else if (c == 'u') {
        readings[count] = read_unicode(text, next);
        count += readings[count].count > 0 ? 1 : 0;
    } else if (c == 'x' && hex_number(text, next + 1, 2) >= 0) {
        readings[count++] = reading_byte((uint8_t)hex_number(text, next + 1, 2), next + 3);
    } else if (octal_byte(text, next) >= 0) {
        readings[count++] = reading_byte((uint8_t)octal_byte(text, next), next + 3);
    }
    readings[count++] = reading_byte(c, next + 1);
    return count;
}

/* &#65; and &#x41; from their number sign on. */
static struct redact_reading read_number(struct pawl_str text, size_t at)
{
    bool hex = at + 1 < text.len && pawl_redact_lower((uint8_t)text.ptr[at + 1]) == 'x';
    size_t first = at + (hex ? 2 : 1), next = first;
    uint32_t code = 0;
    for (; next < first + 8; next++) { /* 0x10FFFF, with a zero or two in front */
        int digit = hex_digit(text, next);
        if (digit < 0 || (!hex && digit > 9)) {
            break;
        }
        code = code * (hex ? 16u : 10u) + (uint32_t)digit;
    }
    bool closed = next > first && next < text.len && text.ptr[next] == ';';
    return closed ? reading_code(code, next + 1) : (struct redact_reading){0};
}

static uint32_t read_entity(struct pawl_str text, size_t at, struct redact_reading *readings)
{
    static const struct {
        struct pawl_str name;
        uint8_t byte;
    } entities[] = {{PAWL_STR_INIT("lt;"), '<'},
                    {PAWL_STR_INIT("gt;"), '>'},
                    {PAWL_STR_INIT("quot;"), '"'},
                    {PAWL_STR_INIT("apos;"), '\''}};
    uint32_t count = 0;
    size_t next = at + 1;
    for (int i = 0; i < ESCAPES_MAX; i++) {
        if (!pawl_str_starts(pawl_str_sub(text, next, 4), PAWL_STR("amp;"))) {
            break;
        }
        next += 4;
        readings[0] = reading_byte('&', next);
        count = 1;
    }
    struct pawl_str rest = pawl_str_sub(text, next, 16);
    if (rest.len > 0 && rest.ptr[0] == '#') {
        readings[count] = read_number(text, next);
        return count + (readings[count].count > 0 ? 1 : 0);
    }
    for (size_t i = 0; i < sizeof(entities) / sizeof(entities[0]); i++) {
        if (pawl_str_starts(rest, entities[i].name)) {
            readings[count++] = reading_byte(entities[i].byte, next + entities[i].name.len);
        }
    }
    return count;
}

uint32_t pawl_redact_readings(struct pawl_str text, size_t at,
                              struct redact_reading readings[REDACT_READINGS_MAX])
{
    PAWL_ASSERT(at < text.len);
    switch (text.ptr[at]) {
    case '%':
        return read_percent(text, at, readings);
    case '\\':
        return read_backslash(text, at, readings);
    case '&':
        return read_entity(text, at, readings);
    case '+':
        readings[0] = reading_byte(' ', at + 1);
        return 1;
    case '\0': /* half of a character of UTF-16 */
        readings[0] = reading_byte(at + 1 < text.len ? (uint8_t)text.ptr[at + 1] : 0, at + 2);
        return at + 1 < text.len ? 1 : 0;
    case '\xC2': /* a byte of UTF-8 that was read as a character of Latin-1 */
    case '\xC3': {
        size_t next = at;
        uint32_t code = pawl_utf8_next(text, &next);
        readings[0] = reading_byte((uint8_t)code, next);
        return code <= 0xFF ? 1 : 0;
    }
    default:
        return 0;
    }
}

static const char replacement[] = "\xEF\xBF\xBD";

size_t pawl_redact_lost(struct pawl_str text, size_t at)
{
    struct pawl_str here = pawl_str_sub(text, at, sizeof(replacement) - 1);
    bool question = here.len > 0 && here.ptr[0] == '?';
    return question ? 1 : pawl_str_is(here, replacement) ? here.len : 0;
}

bool pawl_redact_torn(struct pawl_str text, size_t at)
{
    struct pawl_str rest = pawl_str_sub(text, at, SIZE_MAX);
    bool escape = rest.len > 0 && memchr("%\\&", rest.ptr[0], 3) != NULL;
    return rest.len == 0 || (escape && rest.len < 8) || pawl_str_is(rest, replacement);
}
