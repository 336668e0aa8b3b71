/* Host names and e-mail addresses.
 *
 * Host names are RFC 1123's: letters, digits and hyphens, labels of at most 63 and 253 characters
 * in all. A label that starts with xn-- must be the Punycode (RFC 3492) of a label that IDNA2008
 * allows: RFC 5892's classes by Unicode's categories, its exceptions and contextual rules. Not
 * checked: stability under NFKC case folding, and the rule for right-to-left labels (RFC 5893). */
#include "value/schema_format.h"

#include "base/panic.h"
#include "base/utf8.h"
#include "value/uri.h"

enum {
    HOSTNAME_SIZE_MAX = 253,
    LABEL_SIZE_MAX = 63,
    LOCAL_SIZE_MAX = 64, /* RFC 5321 section 4.5.3.1.1 */
};

/* ---- Punycode ---------------------------------------------------------------------------------
 */

/* RFC 3492 section 5 */
enum { BASE = 36, T_MIN = 1, T_MAX = 26, SKEW = 38, DAMP = 700, BIAS_FIRST = 72, CODE_FIRST = 128 };

static uint32_t digit_value(char c)
{
    char lower = (char)(c | 0x20);
    return lower >= 'a' && lower <= 'z' ? (uint32_t)(lower - 'a')
           : c >= '0' && c <= '9'       ? (uint32_t)(c - '0' + 26)
                                        : BASE;
}

static uint32_t adapt_bias(uint32_t delta, uint32_t count, bool first)
{
    uint32_t k = 0;
    delta /= first ? DAMP : 2;
    delta += delta / count;
    for (; delta > ((BASE - T_MIN) * T_MAX) / 2; k += BASE) {
        delta /= BASE - T_MIN;
    }
    return k + (BASE - T_MIN + 1) * delta / (delta + SKEW);
}

/* A variable-length integer at *io_at; false when malformed or past 2^26. */
static bool take_delta(struct pawl_str text, size_t *io_at, uint32_t bias, uint32_t *ret_delta)
{
    uint64_t delta = 0, weight = 1;
    for (uint32_t k = BASE;; k += BASE) {
        uint32_t digit = *io_at < text.len ? digit_value(text.ptr[(*io_at)++]) : BASE;
        if (digit == BASE) {
            return false;
        }
        delta += digit * weight;
        uint32_t t = k <= bias ? T_MIN : k >= bias + T_MAX ? T_MAX : k - bias;
        if (delta > (1u << 26)) { /* more than 63 * 0x10FFFF */
            return false;
        }
        if (digit < t) {
            *ret_delta = (uint32_t)delta;
            return true;
        }
        weight *= BASE - t;
    }
}

/* The code points of a label without its prefix; 0 when malformed or all ASCII. */
static size_t decode_punycode(struct pawl_str text, uint32_t codes[LABEL_SIZE_MAX])
{
    size_t count = 0, at = 0;
    uint32_t code = CODE_FIRST, bias = BIAS_FIRST, index = 0, delta;
    for (size_t i = text.len; i > 0; i--) {
        if (text.ptr[i - 1] == '-') {
            at = i;
            break;
        }
    }
    for (; count + 1 < at; count++) {
        char c = text.ptr[count]; /* names are the same in both cases */
        codes[count] = (unsigned char)(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
    }
    if (at == text.len) {
        return 0;
    }
    while (at < text.len) {
        bool first = code == CODE_FIRST && bias == BIAS_FIRST;
        if (count == LABEL_SIZE_MAX || !take_delta(text, &at, bias, &delta)) {
            return 0;
        }
        count++;
        index += delta;
        code += index / (uint32_t)count;
        index %= (uint32_t)count;
        if (code > 0x10FFFF || (code >= 0xD800 && code <= 0xDFFF)) {
            return 0;
        }
        bias = adapt_bias(delta, (uint32_t)count, first);
        memmove(codes + index + 1, codes + index, (count - 1 - index) * sizeof(*codes));
        codes[index++] = code;
    }
    return count;
}

/* ---- IDNA2008 ---------------------------------------------------------------------------------
 */

/* Characters that join to their left only, or not at all (the commoner ones of Arabic). */
#define RIGHT_JOINING                                                                              \
    "[\\u0622-\\u0625\\u0627\\u0629\\u062F-\\u0632\\u0648\\u0671-\\u0673\\u0675-\\u0677"           \
    "\\u0688-\\u0699\\u06C0\\u06C3-\\u06CB\\u06CD\\u06CF\\u06D2\\u06D3\\u06D5]"
#define JOINING "[\\p{sc=Arabic}\\p{sc=Syriac}\\p{sc=Mandaic}\\p{sc=Nko}\\p{sc=Mongolian}]"
/* Canonical combining class 9. */
#define VIRAMA                                                                                     \
    "[\\u094D\\u09CD\\u0A4D\\u0ACD\\u0B4D\\u0BCD\\u0C4D\\u0CCD\\u0D3B\\u0D3C\\u0D4D\\u0DCA\\u0E3A" \
    "\\u0EBA\\u0F84\\u1039\\u103A\\u1714\\u1715\\u1734\\u17D2\\u1A60\\u1B44\\u1BAA\\u1BAB\\u1BF2"  \
    "\\u1BF3\\u2D7F\\uA806\\uA82C\\uA8C4\\uA953\\uA9C0\\uAAF6\\uABED\\u{10A3F}\\u{11046}"          \
    "\\u{1107F}\\u{110B9}\\u{11133}\\u{11134}\\u{111C0}\\u{11235}\\u{112EA}\\u{1134D}\\u{11442}"   \
    "\\u{114C2}\\u{115BF}\\u{1163F}\\u{116B6}\\u{1172B}\\u{11839}]"

/* A label in Unicode: RFC 5891 section 5.4 (hyphens, no mark in front), RFC 5892 section 2 and
 * appendix A. */
static const char label_pattern[] =
    "^(?!-|.*-$|..--|\\p{M})"
    "(?!.*[\\u0660-\\u0669].*[\\u06F0-\\u06F9]|.*[\\u06F0-\\u06F9].*[\\u0660-\\u0669])"
    "(?!(?=.*\\u30FB)(?!.*[\\p{sc=Hiragana}\\p{sc=Katakana}\\p{sc=Han}]))"
    "(?:(?![\\u0640\\u07FA\\u302E\\u302F\\u3031-\\u3035\\u303B\\u1100-\\u11FF\\uA960-\\uA97C"
    "\\uD7B0-\\uD7FB])[-\\p{Ll}\\p{Lo}\\p{Lm}\\p{Mn}\\p{Mc}\\p{Nd}\\u3007\\u06FD\\u06FE\\u0F0B"
    "\\u30FB]"
    "|(?<=l)\\u00B7(?=l)"
    "|\\u0375(?=\\p{sc=Greek})"
    "|(?<=\\p{sc=Hebrew})[\\u05F3\\u05F4]"
    "|(?<=" VIRAMA ")[\\u200C\\u200D]"
    "|(?<=" JOINING ")(?<!" RIGHT_JOINING ")\\u200C(?=\\p{M}*" JOINING ")"
    ")+$";

static bool check_unicode_label(struct schema_format_run *run, struct pawl_str label)
{
    struct pawl_regex *regex = NULL;
    bool matches = false;
    if (!pawl_schema_format_pay(run, label.len)) {
        return false;
    }
    enum pawl_rc rc = pawl_regex_new(run->alloc, pawl_str_from(label_pattern), &regex, NULL);
    if (rc == PAWL_OK) {
        rc = pawl_regex_match(regex, run->regex_run, label, run->io_fuel, &matches);
    }
    pawl_regex_free(regex);
    PAWL_ASSERT(rc == PAWL_OK || rc == PAWL_ENOMEM || rc == PAWL_EFUEL);
    run->rc = rc;
    return matches;
}

/* label is what stands behind xn--. */
static bool check_idna_label(struct schema_format_run *run, struct pawl_str label)
{
    uint32_t codes[LABEL_SIZE_MAX + 1];
    char text[4 * LABEL_SIZE_MAX];
    size_t count = decode_punycode(label, codes);
    size_t len = 0;
    for (size_t i = 0; i < count; i++) {
        char encoded[4];
        size_t size = pawl_utf8_put(encoded, codes[i]);
        memcpy(text + len, encoded, size);
        len += size;
    }
    return count > 0 && check_unicode_label(run, (struct pawl_str){text, len});
}

/* ---- host names -------------------------------------------------------------------------------
 */

static bool is_letter_or_digit(char c)
{
    char lower = (char)(c | 0x20);
    return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z');
}

static bool check_label(struct schema_format_run *run, struct pawl_str label)
{
    if (label.len == 0 || label.len > LABEL_SIZE_MAX || label.ptr[0] == '-' ||
        label.ptr[label.len - 1] == '-') {
        return false;
    }
    for (size_t i = 0; i < label.len; i++) {
        if (!is_letter_or_digit(label.ptr[i]) && label.ptr[i] != '-') {
            return false;
        }
    }
    bool idna = label.len >= 4 && (label.ptr[0] | 0x20) == 'x' && (label.ptr[1] | 0x20) == 'n' &&
                label.ptr[2] == '-' && label.ptr[3] == '-';
    return !idna || check_idna_label(run, pawl_str_sub(label, 4, SIZE_MAX));
}

bool pawl_format_hostname(struct schema_format_run *run, struct pawl_str text)
{
    if (text.len == 0 || text.len > HOSTNAME_SIZE_MAX) {
        return false;
    }
    size_t start = 0;
    for (size_t at = 0; at <= text.len; at++) {
        if (at == text.len || text.ptr[at] == '.') {
            if (!check_label(run, pawl_str_sub(text, start, at - start))) {
                return false;
            }
            start = at + 1;
        }
    }
    return true;
}

/* ---- e-mail addresses -------------------------------------------------------------------------
 */

/* RFC 5321 Quoted-string, its quotes included. */
static bool check_quoted_local(struct pawl_str local)
{
    if (local.len < 2 || local.ptr[local.len - 1] != '"') {
        return false;
    }
    for (size_t i = 1; i + 1 < local.len; i++) {
        char c = local.ptr[i];
        if (c == '\\') {
            i++;
            c = i + 1 < local.len ? local.ptr[i] : '\0';
        } else if (c == '"') {
            return false;
        }
        if (c < ' ' || c > '~') {
            return false;
        }
    }
    return true;
}

/* RFC 5321 Dot-string: atoms joined by single dots. */
static bool check_plain_local(struct pawl_str local)
{
    bool after_atom = false;
    for (size_t i = 0; i < local.len; i++) {
        char c = local.ptr[i];
        bool atom =
            is_letter_or_digit(c) || (c != '\0' && strchr("!#$%&'*+-/=?^_`{|}~", c) != NULL);
        if (!atom && !(c == '.' && after_atom)) {
            return false;
        }
        after_atom = atom;
    }
    return after_atom;
}

static bool check_domain(struct schema_format_run *run, struct pawl_str domain)
{
    if (domain.len < 2 || domain.ptr[0] != '[' || domain.ptr[domain.len - 1] != ']') {
        return pawl_format_hostname(run, domain);
    }
    struct pawl_str address = pawl_str_sub(domain, 1, domain.len - 2);
    struct pawl_str prefix = PAWL_STR("IPv6:");
    return pawl_str_starts(address, prefix)
               ? pawl_ipv6_check(pawl_str_sub(address, prefix.len, SIZE_MAX))
               : pawl_ipv4_check(address);
}

/* RFC 5321 Mailbox. */
bool pawl_format_email(struct schema_format_run *run, struct pawl_str text)
{
    size_t at = text.len;
    while (at > 0 && text.ptr[at - 1] != '@') {
        at--;
    }
    if (at < 2 || at - 1 > LOCAL_SIZE_MAX) {
        return false;
    }
    struct pawl_str local = {text.ptr, at - 1};
    bool right = local.ptr[0] == '"' ? check_quoted_local(local) : check_plain_local(local);
    return right && check_domain(run, pawl_str_sub(text, at, SIZE_MAX));
}
