/* From a secret to the needles that it is looked for by: its spellings that cannot be read
 * character by character, and the parts of it that tell. */
#include "base/utf8.h"
#include "value/json.h"
#include "value/redact_impl.h"

/* ---- one needle ------------------------------------------------------------------------------ */

static void put(struct pawl_redact *set, struct redact_needle needle)
{
    uint8_t first = (uint8_t)needle.text.ptr[0];
    first = needle.kind == REDACT_BASE64 ? first : pawl_redact_lower(first);
    struct redact_needle **head = &set->heads[needle.kind][first];
    for (const struct redact_needle *at = *head; at != NULL; at = at->next) {
        if (pawl_str_eq(at->text, needle.text)) {
            return;
        }
    }
    struct redact_needle *kept = PAWL_ARENA_NEW(set->arena, struct redact_needle);
    if (kept == NULL || set->count == PAWL_REDACT_NEEDLES_MAX) {
        set->full = true;
        return;
    }
    *kept = needle;
    kept->next = *head;
    *head = kept;
    for (int c = 0; c < 256; c++) {
        bool begins = needle.kind == REDACT_BASE64 ? pawl_redact_standard((uint8_t)c) == first
                                                   : pawl_redact_lower((uint8_t)c) == first;
        set->begins[c] = set->begins[c] || begins;
    }
    if (pawl_redact_is_lead(needle.text.ptr[0])) { /* as Latin-1, or lost: pawl_redact_lost */
        set->begins['?'] = set->begins[0xEF] = set->begins[0xC2] = set->begins[0xC3] = true;
    }
    set->count++;
}

static void put_hex(struct pawl_redact *set, struct pawl_str secret)
{
    static const char digits[] = "0123456789abcdef";
    char *text = pawl_arena_get(set->arena, secret.len * 2, 1);
    for (size_t i = 0; text != NULL && i < secret.len; i++) {
        text[i * 2] = digits[(uint8_t)secret.ptr[i] >> 4];
        text[i * 2 + 1] = digits[(uint8_t)secret.ptr[i] & 15u];
    }
    if (text != NULL) {
        put(set, (struct redact_needle){.text = {text, secret.len * 2}, .kind = REDACT_SPELLED});
    }
}

/* The characters of base64 that the secret alone decides when `lead` bytes stand before it in its
 * group of three. */
static void put_base64(struct pawl_redact *set, struct pawl_str secret, size_t lead)
{
    static const char alphabet[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t bits = (lead + secret.len) * 8, first = (lead * 8 + 5) / 6, end = bits / 6;
    if (end < first + PAWL_REDACT_BASE64_MIN) {
        return;
    }
    char *text = pawl_arena_get(set->arena, end - first, 1);
    for (size_t at = first; text != NULL && at < end; at++) {
        size_t bit = at * 6 - lead * 8;
        uint32_t two = (uint32_t)(uint8_t)secret.ptr[bit / 8] << 8;
        two |= bit / 8 + 1 < secret.len ? (uint8_t)secret.ptr[bit / 8 + 1] : 0;
        text[at - first] = alphabet[two >> (10 - bit % 8) & 63u];
    }
    if (text != NULL) {
        put(set, (struct redact_needle){.text = {text, end - first},
                                        .kind = REDACT_BASE64,
                                        .before = lead > 0,
                                        .after = bits % 6 > 0});
    }
}

/* The text itself, in any spelling; false: it is a short one. */
static bool put_spelled(struct pawl_redact *set, struct pawl_str secret)
{
    char *text = pawl_arena_get(set->arena, secret.len, 1);
    size_t len = 0;
    if (text == NULL) {
        return false;
    }
    for (size_t i = 0; i < secret.len; i++) { /* lines end in \n here, and in either there */
        bool skipped = secret.ptr[i] == '\r' && i + 1 < secret.len && secret.ptr[i + 1] == '\n';
        if (!skipped) {
            text[len++] = secret.ptr[i];
        }
    }
    struct pawl_str kept = {text, len};
    bool is_short = pawl_utf8_count(kept) < PAWL_REDACT_SHORT;
    put(set, (struct redact_needle){.text = kept, .kind = is_short ? REDACT_WORD : REDACT_SPELLED});
    return !is_short;
}

/* In all its forms. */
static void put_all(struct pawl_redact *set, struct pawl_str secret)
{
    if (!put_spelled(set, secret)) {
        return;
    }
    put_hex(set, secret);
    for (size_t lead = 0; lead < 3; lead++) {
        put_base64(set, secret, lead);
    }
}

/* ---- parts ----------------------------------------------------------------------------------- */

static void put_part(struct pawl_redact *set, struct pawl_str part, size_t least)
{
    part = pawl_str_trim(part);
    if (part.len >= least) {
        put_all(set, part);
    }
}

/* The pieces between the characters for which `inside` is false: lines and words, of which there
 * may be many, so they are looked for spelled only. */
static void put_pieces(struct pawl_redact *set, struct pawl_str secret, bool (*inside)(uint8_t),
                       size_t least)
{
    for (size_t at = 0, from = 0; at <= secret.len; at++) {
        if (at < secret.len && inside((uint8_t)secret.ptr[at])) {
            continue;
        }
        struct pawl_str piece = pawl_str_trim(pawl_str_sub(secret, from, at - from));
        if (piece.len >= least) {
            (void)put_spelled(set, piece);
        }
        from = at + 1;
    }
}

static bool in_line(uint8_t c)
{
    return c != '\n' && c != '\r';
}

/* Of keys, tokens and their parts. */
static bool in_word(uint8_t c)
{
    return pawl_redact_is_alnum(c) || c == '+' || c == '/' || c == '-' || c == '_' || c == '=';
}

static bool in_field(uint8_t c)
{
    return c > ' ' && c != ';' && c != '&' && c != ',' && c != '"' && c != '\'';
}

/* Whether what the name stands for is usually secret. */
static bool name_tells(struct pawl_str name)
{
    static const char *const words[] = {"pass", "pwd", "secret", "token", "key", "cred", "sig"};
    char lower[64];
    size_t len = name.len < sizeof(lower) ? name.len : sizeof(lower);
    for (size_t i = 0; i < len; i++) {
        lower[i] = (char)pawl_redact_lower((uint8_t)name.ptr[i]);
    }
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (pawl_str_find((struct pawl_str){lower, len}, pawl_str_from(words[i])) != SIZE_MAX) {
            return true;
        }
    }
    return false;
}

/* What percent signs stand for, where a secret is written as part of a URL. */
static struct pawl_str unescape(struct pawl_arena *arena, struct pawl_str part)
{
    struct redact_reading readings[REDACT_READINGS_MAX];
    char *text = pawl_arena_get(arena, part.len, 1);
    size_t len = 0;
    for (size_t at = 0; text != NULL && at < part.len;) {
        bool escape = part.ptr[at] == '%' && pawl_redact_readings(part, at, readings) > 0;
        text[len++] = escape ? (char)readings[0].bytes[0] : part.ptr[at];
        at = escape ? readings[0].end : at + 1;
    }
    return text == NULL ? PAWL_STR_NONE : (struct pawl_str){text, len};
}

/* scheme://user:password@host and Password=…;  */
static void put_connection(struct pawl_redact *set, struct pawl_str secret)
{
    size_t scheme = pawl_str_find(secret, PAWL_STR("://"));
    struct pawl_str rest =
        scheme == SIZE_MAX ? PAWL_STR_NONE : pawl_str_sub(secret, scheme + 3, SIZE_MAX);
    size_t end = 0;
    while (end < rest.len && memchr("/?# \r\n", rest.ptr[end], 6) == NULL) {
        end++;
    }
    struct pawl_str authority = pawl_str_sub(rest, 0, end);
    size_t colon = pawl_str_find(authority, PAWL_STR(":")), host = authority.len;
    while (host > 0 && authority.ptr[host - 1] != '@') {
        host--;
    }
    if (colon != SIZE_MAX && host > colon + 1) {
        struct pawl_str password = pawl_str_sub(authority, colon + 1, host - colon - 2);
        put_part(set, password, PAWL_REDACT_SHORT);
        put_part(set, unescape(set->arena, password), PAWL_REDACT_SHORT);
    }
    for (size_t at = 0, from = 0; at <= secret.len; at++) {
        if (at < secret.len && in_field((uint8_t)secret.ptr[at])) {
            continue;
        }
        struct pawl_str field = pawl_str_sub(secret, from, at - from);
        size_t equals = pawl_str_find(field, PAWL_STR("="));
        if (equals != SIZE_MAX && name_tells(pawl_str_sub(field, 0, equals))) {
            put_part(set, pawl_str_sub(field, equals + 1, SIZE_MAX), PAWL_REDACT_SHORT);
        }
        from = at + 1;
    }
}

/* A document of accounts and keys: what it says, but for words that stand in any text. Recursion is
 * bounded by what the reader accepts. */
static void put_leaves(struct pawl_redact *set, const struct pawl_val *val, struct pawl_str name)
{
    for (uint32_t i = 0; i < pawl_val_count(val); i++) {
        bool map = pawl_val_is(val, PAWL_VAL_MAP);
        put_leaves(set, pawl_val_at(val, i), map ? pawl_val_key(val, i) : name);
    }
    struct pawl_str text = pawl_str_trim(pawl_val_str(val));
    bool address = pawl_str_find(text, PAWL_STR("://")) != SIZE_MAX;
    bool tells = name_tells(name) ? text.len >= PAWL_REDACT_SHORT
                                  : text.len >= PAWL_REDACT_LEAF_MIN && !address;
    if (tells && text.len > 0) {
        put_all(set, text);
        put_pieces(set, text, in_line, PAWL_REDACT_WORD_MIN);
    }
}

static void put_document(struct pawl_redact *set, struct pawl_str secret)
{
    const struct pawl_val *document = NULL;
    struct pawl_err err;
    bool looks = secret.ptr[0] == '{' || secret.ptr[0] == '[';
    if (looks &&
        pawl_json_parse(set->arena, secret, PAWL_JSON_COPY, NULL, &document, &err) == PAWL_OK) {
        put_leaves(set, document, PAWL_STR_NONE);
    }
}

/* ---- adding ---------------------------------------------------------------------------------- */

struct pawl_redact *pawl_redact_new(struct pawl_arena *arena)
{
    struct pawl_redact *set = PAWL_ARENA_NEW(arena, struct pawl_redact);
    if (set != NULL) {
        set->arena = arena;
        set->begins['%'] = set->begins['\\'] = set->begins['&'] = set->begins['+'] = true;
        set->begins['\0'] = true;
    }
    return set;
}

void pawl_redact_add(struct pawl_redact *set, struct pawl_str secret)
{
    PAWL_ASSERT(set != NULL);
    secret = pawl_str_trim(secret);
    if (secret.len == 0) {
        return;
    }
    put_all(set, secret);
    put_pieces(set, secret, in_line, PAWL_REDACT_LEAF_MIN);
    put_pieces(set, secret, in_word, PAWL_REDACT_WORD_MIN);
    put_connection(set, secret);
    put_document(set, secret);
}

void pawl_redact_add_derived(struct pawl_redact *set, struct pawl_str text)
{
    PAWL_ASSERT(set != NULL);
    text = pawl_str_trim(text);
    if (text.len >= PAWL_REDACT_DERIVED_MIN && text.len <= PAWL_REDACT_DERIVED_MAX) {
        put_all(set, text);
    }
}

/* Recursion is bounded by PAWL_VALUE_DEPTH_MAX, which every builder keeps. whole: what is around it
 * is sensitive as a whole. */
static void add_sensitive(struct pawl_redact *set, const struct pawl_val *val, bool whole)
{
    char digits[24];
    if (!whole && !pawl_val_sensitive(val)) {
        return;
    }
    whole = whole || (pawl_val_whole_marks(val) & PAWL_VAL_SENSITIVE) != 0;
    for (uint32_t i = 0; i < pawl_val_count(val); i++) {
        add_sensitive(set, pawl_val_at(val, i), whole);
    }
    struct pawl_str text = pawl_arena_str(set->arena, pawl_redact_digits(val, digits));
    text = pawl_str_trim(text);
    if (pawl_utf8_count(text) >= PAWL_REDACT_SHORT) {
        pawl_redact_add(set, text);
    }
}

void pawl_redact_add_sensitive(struct pawl_redact *set, const struct pawl_val *val)
{
    set->marks = PAWL_VAL_SENSITIVE;
    add_sensitive(set, val, false);
}

/* Recursion is bounded by PAWL_VALUE_DEPTH_MAX, which every builder keeps. */
void pawl_redact_add_tainted(struct pawl_redact *set, const struct pawl_val *val)
{
    if (!pawl_val_tainted(val)) {
        return;
    }
    for (uint32_t i = 0; i < pawl_val_count(val); i++) {
        pawl_redact_add_tainted(set, pawl_val_at(val, i));
    }
    char digits[24];
    struct pawl_str text = pawl_val_str(val);
    if (pawl_val_is(val, PAWL_VAL_INT)) {
        text = pawl_redact_digits(val, digits);
        text = pawl_arena_str(set->arena, text);
    }
    pawl_redact_add_derived(set, text);
}
