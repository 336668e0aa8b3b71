/* From ECMA-262 to PCRE2's syntax, one pass over the pattern and without recursion.
 *
 * The two look alike and differ in a hundred small ways, so nothing is copied through: each piece
 * is recognised as ECMA-262 (with the `u` flag) has it and written in a spelling that PCRE2 can
 * read in one way only. A literal is a letter, a digit or \x{…}; a named group becomes a numbered
 * one. Accepted beyond ECMA-262's `u` mode, because patterns in the wild have them and they mean
 * one thing only: an escaped punctuation mark, a lone `]`, `{` or `}`, a script's name in \p
 * without `Script=`. Refused: whatever else PCRE2 knows and ECMA-262 does not.
 *
 * Invariant: what is written is a valid PCRE2 pattern except for names of properties, lookbehinds
 * without a longest length, and PCRE2's own limits; pawl_regex_new reports those. */
#include "value/regex.h"

#include "base/limits.h"
#include "base/panic.h"
#include "base/utf8.h"

#define NEVER "[^\\x{0}-\\x{10ffff}]"
#define EVERY "[\\x{0}-\\x{10ffff}]"
#define SPACES                                                                                     \
    "\\x{9}-\\x{d}\\x{20}\\x{a0}\\x{1680}\\x{2000}-\\x{200a}\\x{2028}\\x{2029}"                    \
    "\\x{202f}\\x{205f}\\x{3000}\\x{feff}"
#define NONSPACE                                                                                   \
    "\\x{0}-\\x{8}\\x{e}-\\x{1f}\\x{21}-\\x{9f}\\x{a1}-\\x{167f}\\x{1681}-\\x{1fff}"               \
    "\\x{200b}-\\x{2027}\\x{202a}-\\x{202e}\\x{2030}-\\x{205e}\\x{2060}-\\x{2fff}"                 \
    "\\x{3001}-\\x{fefe}\\x{ff00}-\\x{10ffff}"

enum {
    REPEAT_MAX = 65535,    /* PCRE2's */
    REPEAT_BOUNDED = 1000, /* a larger bound is as costly as none */
    SURROGATE_FIRST = 0xD800,
    SURROGATE_LOW = 0xDC00,
    SURROGATE_LAST = 0xDFFF,
};

struct translation {
    struct pawl_str src;
    size_t at;
    struct pawl_buf *out;
    struct pawl_err *err;
    uint32_t depth;                        /* open groups */
    uint8_t asserts[PAWL_REGEX_DEPTH_MAX]; /* whether the open group is a lookaround */
    bool repeatable;                       /* what was written last may be repeated */
    struct pawl_regex_facts facts;
};

/* What an escape or a class member stands for. */
enum atom {
    ATOM_BAD,  /* refused; err is set */
    ATOM_CODE, /* one code point */
    ATOM_SET,  /* written already */
    ATOM_ASSERT,
};

static enum pawl_rc refuse(struct translation *t, const char *what)
{
    size_t before = pawl_utf8_count(pawl_str_sub(t->src, 0, t->at));
    return pawl_err_set(t->err, PAWL_EINVALID, "not a regular expression: %s at character %zu",
                        what, before + 1);
}

static enum atom refuse_atom(struct translation *t, const char *what)
{
    (void)refuse(t, what); /* the caller passes on PAWL_EINVALID */
    return ATOM_BAD;
}

static bool at_end(const struct translation *t)
{
    return t->at >= t->src.len;
}

static char peek(const struct translation *t)
{
    return at_end(t) ? '\0' : t->src.ptr[t->at];
}

static bool looking_at(const struct translation *t, const char *text)
{
    return pawl_str_starts(pawl_str_sub(t->src, t->at, SIZE_MAX), pawl_str_from(text));
}

static bool skip(struct translation *t, const char *text)
{
    bool there = looking_at(t, text);
    t->at += there ? strlen(text) : 0;
    return there;
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_word(char c)
{
    char lower = (char)(c | 0x20);
    return is_digit(c) || (lower >= 'a' && lower <= 'z') || c == '_';
}

static bool is_surrogate(uint32_t code)
{
    return code >= SURROGATE_FIRST && code <= SURROGATE_LAST;
}

static void put(struct translation *t, const char *text)
{
    pawl_buf_put_cstr(t->out, text);
}

static void put_code(struct translation *t, uint32_t code)
{
    if (code < 0x80 && is_word((char)code) && code != '_') {
        pawl_buf_put_char(t->out, (char)code);
    } else {
        pawl_buf_printf(t->out, "\\x{%x}", (unsigned)code);
    }
}

/* ---- names of groups --------------------------------------------------------------------------
 */

/* The name up to '>' at offset at; empty when malformed. */
static struct pawl_str name_at(struct pawl_str src, size_t at)
{
    size_t end = at;
    while (end < src.len &&
           (is_word(src.ptr[end]) || src.ptr[end] == '$' || (unsigned char)src.ptr[end] >= 0x80)) {
        end++;
    }
    bool closed = end < src.len && src.ptr[end] == '>';
    bool named = closed && end > at && !is_digit(src.ptr[at]);
    return named ? pawl_str_sub(src, at, end - at) : PAWL_STR_NONE;
}

/* The next opening parenthesis of a capturing group from *io_at on, which moves behind it; its name
 * or an empty text. False at the end. */
static bool next_group(struct pawl_str src, size_t *io_at, struct pawl_str *ret_name)
{
    bool in_class = false;
    for (size_t at = *io_at; at < src.len; at++) {
        char c = src.ptr[at];
        if (c == '\\') {
            at++;
        } else if (in_class) {
            in_class = c != ']';
        } else if (c == '[') {
            in_class = true;
        } else if (c == '(') {
            struct pawl_str rest = pawl_str_sub(src, at + 1, 3);
            bool named = rest.len == 3 && pawl_str_starts(rest, PAWL_STR("?<")) &&
                         rest.ptr[2] != '=' && rest.ptr[2] != '!';
            if (named || rest.len == 0 || rest.ptr[0] != '?') {
                *ret_name = named ? name_at(src, at + 3) : PAWL_STR("");
                *io_at = at + 1;
                return true;
            }
        }
    }
    return false;
}

/* The number of the group with that name among those that start before `end`; 0: none. */
static uint32_t group_find(const struct translation *t, struct pawl_str name, size_t end)
{
    struct pawl_str group;
    size_t at = 0;
    for (uint32_t number = 1; next_group(t->src, &at, &group) && at <= end; number++) {
        if (group.len > 0 && pawl_str_eq(group, name)) {
            return number;
        }
    }
    return 0;
}

static uint32_t group_count(struct pawl_str src)
{
    struct pawl_str name;
    uint32_t count = 0;
    for (size_t at = 0; next_group(src, &at, &name);) {
        count++;
    }
    return count;
}

/* ---- escapes ----------------------------------------------------------------------------------
 */

/* `count` hexadecimal digits as a number; false when there are not as many. */
static bool take_hex(struct translation *t, size_t count, uint32_t *ret_code)
{
    uint32_t code = 0;
    for (size_t i = 0; i < count; i++) {
        char c = t->at + i < t->src.len ? t->src.ptr[t->at + i] : '\0';
        char lower = (char)(c | 0x20);
        if (!is_digit(c) && (lower < 'a' || lower > 'f')) {
            return false;
        }
        code = code * 16 + (uint32_t)(is_digit(c) ? c - '0' : lower - 'a' + 10);
    }
    t->at += count;
    *ret_code = code;
    return true;
}

/* Behind \u: four digits, a pair of surrogates, or {…}. */
static bool take_unicode(struct translation *t, uint32_t *ret_code)
{
    if (skip(t, "{")) {
        size_t start = t->at;
        uint32_t code = 0, digit;
        while (code <= 0x10FFFF && take_hex(t, 1, &digit)) {
            code = code * 16 + digit;
        }
        *ret_code = code;
        return t->at > start && code <= 0x10FFFF && skip(t, "}");
    }
    uint32_t high, low;
    if (!take_hex(t, 4, &high)) {
        return false;
    }
    *ret_code = high;
    size_t back = t->at;
    if (high >= SURROGATE_FIRST && high < SURROGATE_LOW && skip(t, "\\u")) {
        if (take_hex(t, 4, &low) && low >= SURROGATE_LOW && low <= SURROGATE_LAST) {
            *ret_code = 0x10000 + ((high - SURROGATE_FIRST) << 10) + (low - SURROGATE_LOW);
        } else {
            t->at = back;
        }
    }
    return true;
}

static struct pawl_str category_of(struct pawl_str name)
{
    static const char *const names[][2] = {
#define PAWL_X(name, pcre) {name, pcre},
#include "value/regex_properties.def"
#undef PAWL_X
    };
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (pawl_str_is(name, names[i][0])) {
            return pawl_str_from(names[i][1]);
        }
    }
    return name;
}

static bool is_one_of(struct pawl_str word, const char *a, const char *b)
{
    return pawl_str_is(word, a) || pawl_str_is(word, b);
}

static size_t word_length(const struct translation *t)
{
    size_t end = t->at;
    while (end < t->src.len && is_word(t->src.ptr[end])) {
        end++;
    }
    return end - t->at;
}

static struct pawl_str take_word(struct translation *t)
{
    struct pawl_str word = pawl_str_sub(t->src, t->at, word_length(t));
    t->at += word.len;
    return word;
}

/* Behind \p or \P. */
static enum atom take_property(struct translation *t, char letter)
{
    if (!skip(t, "{")) {
        return refuse_atom(t, "'{' is missing behind \\p");
    }
    struct pawl_str name = take_word(t);
    struct pawl_str value = skip(t, "=") ? take_word(t) : PAWL_STR_NONE;
    if (name.len == 0 || (value.ptr != NULL && value.len == 0) || !skip(t, "}")) {
        return refuse_atom(t, "a malformed property");
    }
    const char *kind = "";
    if (value.ptr == NULL && pawl_str_is(name, "Assigned")) {
        letter = letter == 'p' ? 'P' : 'p';
        value = PAWL_STR("Cn");
    } else if (value.ptr == NULL) {
        value = category_of(name);
    } else if (is_one_of(name, "General_Category", "gc")) {
        value = category_of(value);
    } else if (is_one_of(name, "Script", "sc")) {
        kind = "sc:";
    } else if (is_one_of(name, "Script_Extensions", "scx")) {
        kind = "scx:";
    } else {
        return refuse_atom(t, "an unknown property");
    }
    pawl_buf_printf(t->out, "\\%c{%s" PAWL_STR_FMT "}", letter, kind, PAWL_STR_ARG(value));
    return ATOM_SET;
}

/* \d and the like; where says whether a class is open. */
enum where { OUTSIDE, IN_CLASS };

static bool put_set(struct translation *t, char c, enum where where)
{
    const char *members = c == 's' ? SPACES : c == 'S' ? NONSPACE : NULL;
    if (members != NULL) {
        put(t, where == IN_CLASS ? "" : "[");
        put(t, members);
        put(t, where == IN_CLASS ? "" : "]");
        return true;
    }
    if (c == 'd' || c == 'D' || c == 'w' || c == 'W') {
        pawl_buf_printf(t->out, "\\%c", c); /* without PCRE2_UCP these are ASCII's */
        return true;
    }
    return false;
}

/* The control characters by letter; 0: none of them. */
static uint32_t control_of(char c)
{
    static const char letters[] = "tnvfr";
    static const char codes[] = "\t\n\v\f\r";
    const char *found = c == '\0' ? NULL : strchr(letters, c);
    return found == NULL ? 0 : (uint32_t)codes[found - letters];
}

/* Escapes that stand for one code point, the backslash and the letter c being taken. */
static enum atom take_code_escape(struct translation *t, char c, uint32_t *ret_code)
{
    *ret_code = control_of(c);
    if (*ret_code != 0) {
        return ATOM_CODE;
    }
    if (c == 'c') {
        char lower = (char)(peek(t) | 0x20);
        if (lower < 'a' || lower > 'z') {
            return refuse_atom(t, "a letter is missing behind \\c");
        }
        *ret_code = (uint32_t)(lower - 'a' + 1);
        t->at++;
        return ATOM_CODE;
    }
    if (c == '0' && !is_digit(peek(t))) {
        return ATOM_CODE;
    }
    if (c == 'x' || c == 'u') {
        bool taken = c == 'x' ? take_hex(t, 2, ret_code) : take_unicode(t, ret_code);
        return taken ? ATOM_CODE : refuse_atom(t, "a malformed escape");
    }
    if (is_word(c) || (unsigned char)c >= 0x80 || c == '\0') {
        t->at--;
        return refuse_atom(t, "an unknown escape");
    }
    *ret_code = (uint32_t)(unsigned char)c;
    return ATOM_CODE;
}

static enum atom take_back_reference(struct translation *t, char c)
{
    uint32_t number = 0;
    if (c == 'k') {
        struct pawl_str name = skip(t, "<") ? name_at(t->src, t->at) : PAWL_STR_NONE;
        number = name.len == 0 ? 0 : group_find(t, name, SIZE_MAX);
        t->at += number == 0 ? 0 : name.len + 1;
    } else {
        number = (uint32_t)(c - '0');
        while (is_digit(peek(t)) && number <= t->facts.groups) {
            number = number * 10 + (uint32_t)(t->src.ptr[t->at++] - '0');
        }
    }
    if (number == 0 || number > t->facts.groups) {
        return refuse_atom(t, "a reference to a group that is not there");
    }
    pawl_buf_printf(t->out, "\\g{%u}", (unsigned)number);
    return ATOM_SET;
}

/* An escape, the backslash being next. */
static enum atom take_escape(struct translation *t, enum where where, uint32_t *ret_code)
{
    t->at++;
    if (at_end(t)) {
        return refuse_atom(t, "a lone backslash");
    }
    char c = t->src.ptr[t->at++];
    if (c == 'p' || c == 'P') {
        return take_property(t, c);
    }
    if (put_set(t, c, where)) {
        return ATOM_SET;
    }
    if (where == IN_CLASS && c == 'b') {
        *ret_code = '\b';
        return ATOM_CODE;
    }
    if (where == OUTSIDE && (c == 'b' || c == 'B')) {
        pawl_buf_printf(t->out, "\\%c", c);
        return ATOM_ASSERT;
    }
    if (where == OUTSIDE && (c == 'k' || (c >= '1' && c <= '9'))) {
        return take_back_reference(t, c);
    }
    return take_code_escape(t, c, ret_code);
}

/* ---- classes ----------------------------------------------------------------------------------
 */

static enum atom take_member(struct translation *t, uint32_t *ret_code)
{
    if (peek(t) == '\\') {
        return take_escape(t, IN_CLASS, ret_code);
    }
    *ret_code = pawl_utf8_next(t->src, &t->at);
    PAWL_ASSERT(*ret_code != PAWL_UTF8_BAD); /* the whole pattern was checked */
    return ATOM_CODE;
}

/* Writes first-last; surrogates match nothing in UTF-8, so a range is cut to what can match. */
static void put_range(struct translation *t, uint32_t first, uint32_t last)
{
    first = is_surrogate(first) ? SURROGATE_LAST + 1 : first;
    last = is_surrogate(last) ? SURROGATE_FIRST - 1 : last;
    if (first > last) {
        return;
    }
    put_code(t, first);
    if (last > first) {
        put(t, "-");
        put_code(t, last);
    }
}

/* A member or a range; a '-' beside a set is a literal. */
static enum pawl_rc translate_members(struct translation *t)
{
    uint32_t first = 0, last = 0;
    enum atom left = take_member(t, &first);
    if (left == ATOM_BAD) {
        return PAWL_EINVALID;
    }
    bool range = peek(t) == '-' && t->at + 1 < t->src.len && t->src.ptr[t->at + 1] != ']';
    if (!range) {
        if (left == ATOM_CODE) {
            put_range(t, first, first);
        }
        return PAWL_OK;
    }
    t->at++;
    enum atom right = take_member(t, &last);
    if (right == ATOM_BAD) {
        return PAWL_EINVALID;
    }
    if (left == ATOM_CODE && right == ATOM_CODE) {
        if (first > last) {
            return refuse(t, "a range whose end is before its start");
        }
        put_range(t, first, last);
        return PAWL_OK;
    }
    put_range(t, '-', '-');
    if (left == ATOM_CODE) {
        put_range(t, first, first);
    }
    if (right == ATOM_CODE) {
        put_range(t, last, last);
    }
    return PAWL_OK;
}

static enum pawl_rc translate_class(struct translation *t)
{
    t->at++;
    bool negated = skip(t, "^");
    size_t start = t->out->len;
    put(t, negated ? "[^" : "[");
    size_t empty = t->out->len;
    while (!at_end(t) && peek(t) != ']') {
        enum pawl_rc rc = translate_members(t);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    if (!skip(t, "]")) {
        return refuse(t, "']' is missing");
    }
    if (t->out->rc == PAWL_OK && t->out->len == empty) {
        t->out->len = start;
        put(t, negated ? EVERY : NEVER);
    } else {
        put(t, "]");
    }
    t->repeatable = true;
    return PAWL_OK;
}

/* ---- groups, repetitions ----------------------------------------------------------------------
 */

static enum pawl_rc open_named(struct translation *t)
{
    size_t start = t->at;
    struct pawl_str name = name_at(t->src, t->at);
    if (name.len == 0) {
        return refuse(t, "a malformed group name");
    }
    if (group_find(t, name, start - 3) != 0) {
        return refuse(t, "a group name that was used before");
    }
    t->at += name.len + 1;
    return PAWL_OK;
}

static enum pawl_rc translate_open(struct translation *t)
{
    static const struct {
        const char *open;
        bool asserts;
    } kinds[] = {{"?:", false}, {"?=", true}, {"?!", true}, {"?<=", true}, {"?<!", true}};
    t->at++;
    if (t->depth == PAWL_REGEX_DEPTH_MAX) {
        return pawl_err_set(t->err, PAWL_ELIMIT, "groups are nested more than %u deep",
                            PAWL_REGEX_DEPTH_MAX);
    }
    put(t, "(");
    t->asserts[t->depth++] = false;
    t->repeatable = false;
    if (peek(t) == '*') {
        return refuse(t, "nothing to repeat");
    }
    if (peek(t) != '?') {
        return PAWL_OK;
    }
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        if (skip(t, kinds[i].open)) {
            put(t, kinds[i].open);
            t->asserts[t->depth - 1] = kinds[i].asserts;
            return PAWL_OK;
        }
    }
    return skip(t, "?<") ? open_named(t) : refuse(t, "an unknown kind of group");
}

static enum pawl_rc translate_close(struct translation *t)
{
    if (t->depth == 0) {
        return refuse(t, "')' without '('");
    }
    t->at++;
    t->depth--;
    put(t, ")");
    t->repeatable = !t->asserts[t->depth];
    return PAWL_OK;
}

/* Digits as a number, at most REPEAT_MAX + 1; false when there are none. */
static bool take_number(struct translation *t, uint32_t *ret_number)
{
    size_t start = t->at;
    uint32_t number = 0;
    for (; is_digit(peek(t)); t->at++) {
        number = number * 10 + (uint32_t)(t->src.ptr[t->at] - '0');
        number = number > REPEAT_MAX ? REPEAT_MAX + 1 : number;
    }
    *ret_number = number;
    return t->at > start;
}

/* {n}, {n,} or {n,m} at t->at; false (and nothing taken): it is a literal brace. */
static bool take_braces(struct translation *t, uint32_t *ret_least, uint32_t *ret_most)
{
    size_t back = t->at;
    bool found = skip(t, "{") && take_number(t, ret_least);
    *ret_most = *ret_least;
    if (found && skip(t, ",") && !take_number(t, ret_most)) {
        *ret_most = UINT32_MAX;
    }
    found = found && skip(t, "}");
    t->at = found ? t->at : back;
    return found;
}

static enum pawl_rc translate_repeat(struct translation *t, size_t start, uint32_t least,
                                     uint32_t most)
{
    size_t behind = t->at;
    if (!t->repeatable) {
        t->at = start;
        return refuse(t, "nothing to repeat");
    }
    if (least > most) {
        return refuse(t, "a repetition whose end is before its start");
    }
    if (least > REPEAT_MAX || (most > REPEAT_MAX && most != UINT32_MAX)) {
        return pawl_err_set(t->err, PAWL_ELIMIT, "a repetition of more than %d times", REPEAT_MAX);
    }
    pawl_buf_put_str(t->out, pawl_str_sub(t->src, start, behind - start));
    if (skip(t, "?")) {
        put(t, "?");
    }
    t->facts.unbounded = t->facts.unbounded || most > REPEAT_BOUNDED;
    t->repeatable = false;
    return PAWL_OK;
}

/* ---- the whole --------------------------------------------------------------------------------
 */

static void put_literal(struct translation *t, uint32_t code)
{
    if (is_surrogate(code)) {
        put(t, NEVER);
    } else {
        put_code(t, code);
    }
    t->repeatable = true;
}

static enum pawl_rc translate_backslash(struct translation *t)
{
    uint32_t code = 0;
    switch (take_escape(t, OUTSIDE, &code)) {
    case ATOM_BAD:
        return PAWL_EINVALID;
    case ATOM_CODE:
        put_literal(t, code);
        return PAWL_OK;
    case ATOM_SET:
        t->repeatable = true;
        return PAWL_OK;
    case ATOM_ASSERT:
        t->repeatable = false;
        return PAWL_OK;
    }
    PAWL_UNREACHABLE();
}

/* Characters that stand for themselves in PCRE2's syntax or have one fixed spelling. */
static bool translate_mark(struct translation *t, char c)
{
    static const struct {
        char mark;
        bool repeatable;
        const char *text;
    } marks[] = {
        {'^', false, "^"},
        {'$', false, "\\z"},
        {'|', false, "|"},
        {'.', true, "[^\\x{a}\\x{d}\\x{2028}\\x{2029}]"},
    };
    for (size_t i = 0; i < sizeof(marks) / sizeof(marks[0]); i++) {
        if (marks[i].mark == c) {
            t->at++;
            put(t, marks[i].text);
            t->repeatable = marks[i].repeatable;
            return true;
        }
    }
    return false;
}

static enum pawl_rc translate_next(struct translation *t)
{
    char c = t->src.ptr[t->at];
    size_t start = t->at;
    uint32_t least = c == '+', most = c == '?' ? 1 : UINT32_MAX;
    if (c == '\\') {
        return translate_backslash(t);
    }
    if (c == '[') {
        return translate_class(t);
    }
    if (c == '(') {
        return translate_open(t);
    }
    if (c == ')') {
        return translate_close(t);
    }
    if (c == '*' || c == '+' || c == '?') {
        t->at++;
        return translate_repeat(t, start, least, most);
    }
    if (take_braces(t, &least, &most)) {
        return translate_repeat(t, start, least, most);
    }
    if (!translate_mark(t, c)) {
        put_literal(t, pawl_utf8_next(t->src, &t->at));
    }
    return PAWL_OK;
}

enum pawl_rc pawl_regex_translate(struct pawl_str pattern, struct pawl_buf *out,
                                  struct pawl_regex_facts *ret_facts, struct pawl_err *err)
{
    struct translation t = {.src = pattern, .out = out, .err = err};
    if (pattern.len > PAWL_REGEX_SIZE_MAX) {
        return pawl_err_set(err, PAWL_ELIMIT, "a regular expression of more than %u bytes",
                            PAWL_REGEX_SIZE_MAX);
    }
    if (pawl_utf8_check(pattern) != SIZE_MAX) {
        return pawl_err_set(err, PAWL_EINVALID, "not a regular expression: it is not UTF-8");
    }
    t.facts.groups = group_count(pattern);
    while (!at_end(&t)) {
        enum pawl_rc rc = translate_next(&t);
        if (rc != PAWL_OK) {
            return rc;
        }
    }
    if (t.depth > 0) {
        return refuse(&t, "')' is missing");
    }
    if (out->rc != PAWL_OK) {
        return pawl_err_set(err, out->rc, "%s", pawl_rc_text(out->rc));
    }
    *ret_facts = t.facts;
    return PAWL_OK;
}
