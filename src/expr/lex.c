/* The lexer of expressions.
 *
 * Facts are Jinja2 3.1's: numbers may hold underscores and the prefixes 0b 0o 0x; a float needs
 * digits on both sides of its point and is never recognised right behind a dot (`a.0.0` is two
 * subscripts); strings run over lines; the closing delimiter counts only outside brackets, which is
 * what allows `{{ {"a": {}} }}`. Names hold ASCII letters, digits and '_', and any other letter of
 * Unicode as far as the table of letterlike ranges below goes. Called by the parser only. */
#include "expr/lex.h"

#include "base/panic.h"
#include "base/utf8.h"

static const char *const operator_texts[] = {
#define PAWL_X(name, text) [PAWL_TOK_##name] = text,
#include "expr/tokens.def"
#undef PAWL_X
};

/* Blocks above ASCII that hold no letters; what is outside them counts as a letter of a name. */
static const struct {
    uint32_t first, last;
} not_letters[] = {
    {0x80, 0xa9},     {0xab, 0xb4},     {0xb6, 0xb9},     {0xbb, 0xbf},       {0xd7, 0xd7},
    {0xf7, 0xf7},     {0x2000, 0x2070}, {0x2072, 0x207e}, {0x2080, 0x208f},   {0x20a0, 0x2101},
    {0x2190, 0x2bff}, {0x2e00, 0x2e7f}, {0x3000, 0x3004}, {0x3008, 0x3020},   {0xd800, 0xf8ff},
    {0xfe00, 0xfe6f}, {0xff00, 0xff0f}, {0xfff0, 0xffff}, {0x1f000, 0x1faff}, {0xe0000, 0x10ffff},
};

void pawl_lexer_init(struct pawl_lexer *lexer, struct pawl_str source, uint32_t at,
                     enum pawl_lexer_mode mode)
{
    PAWL_ASSERT(at <= source.len);
    *lexer = (struct pawl_lexer){.source = source, .at = at, .mode = mode};
}

const char *pawl_token_operator_text(enum pawl_operator_token operator_)
{
    PAWL_ASSERT(operator_ < PAWL_TOK_COUNT);
    return operator_texts[operator_];
}

bool pawl_lex_is_space(uint32_t code)
{
    return pawl_utf8_is_space(code) || (code >= 0x1c && code <= 0x1f);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_letter(uint32_t code)
{
    if (code < 0x80) {
        return (code >= 'a' && code <= 'z') || (code >= 'A' && code <= 'Z') || code == '_';
    }
    if (code == PAWL_UTF8_BAD) {
        return false;
    }
    for (size_t i = 0; i < sizeof(not_letters) / sizeof(not_letters[0]); i++) {
        if (code >= not_letters[i].first && code <= not_letters[i].last) {
            return false;
        }
    }
    return true;
}

size_t pawl_lex_name_length(struct pawl_str text)
{
    size_t at = 0;
    while (at < text.len) {
        size_t next = at;
        uint32_t code = pawl_utf8_next(text, &next);
        bool digit = code >= '0' && code <= '9';
        if (!is_letter(code) && !(digit && at > 0)) {
            break;
        }
        at = next;
    }
    return at;
}

/* ---- numbers -----------------------------------------------------------------------------------
 */

/* Length of digits with single underscores between them ("1_000"); 0 when no digit starts there. */
static size_t digits_length(struct pawl_str text, size_t at, unsigned base)
{
    size_t start = at;
    while (at < text.len) {
        char c = text.ptr[at];
        bool is_hex = (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
        bool is_good = (is_digit(c) && (unsigned)(c - '0') < base) || (base == 16 && is_hex);
        if (is_good) {
            at++;
            continue;
        }
        bool joins = c == '_' && at > start && at + 1 < text.len &&
                     digits_length((struct pawl_str){text.ptr, at + 2}, at + 1, base) > 0;
        if (!joins) {
            break;
        }
        at++;
    }
    return at - start;
}

/* End of the fraction and exponent behind the digits that end at `at`; `at` when it is no float. */
static size_t float_end(struct pawl_str text, size_t at)
{
    size_t end = at;
    if (end < text.len && text.ptr[end] == '.') {
        size_t fraction = digits_length(text, end + 1, 10);
        end += fraction > 0 ? fraction + 1 : 0;
    }
    if (end < text.len && (text.ptr[end] == 'e' || text.ptr[end] == 'E')) {
        size_t exponent = end + 1;
        exponent += exponent < text.len && (text.ptr[exponent] == '+' || text.ptr[exponent] == '-');
        size_t digits = digits_length(text, exponent, 10);
        end = digits > 0 ? exponent + digits : end;
    }
    return end;
}

static size_t prefixed_end(struct pawl_str text, size_t at)
{
    static const struct {
        char letter;
        unsigned base;
    } prefixes[] = {{'b', 2}, {'o', 8}, {'x', 16}};
    if (text.ptr[at] != '0' || at + 2 >= text.len) {
        return at;
    }
    for (size_t i = 0; i < 3; i++) {
        if ((text.ptr[at + 1] | 0x20) == prefixes[i].letter) {
            size_t start = at + 2 + (text.ptr[at + 2] == '_');
            size_t digits = digits_length(text, start, prefixes[i].base);
            return digits > 0 ? start + digits : at;
        }
    }
    return at;
}

static enum pawl_token_kind lex_number(struct pawl_lexer *lexer, size_t *ret_end)
{
    struct pawl_str text = lexer->source;
    size_t at = lexer->at;
    size_t end = prefixed_end(text, at);
    if (end > at) {
        *ret_end = end;
        return PAWL_TOKEN_INT;
    }
    size_t digits = digits_length(text, at, 10);
    bool after_dot = at > 0 && text.ptr[at - 1] == '.';
    end = after_dot ? at + digits : float_end(text, at + digits);
    if (end > at + digits) {
        *ret_end = end;
        return PAWL_TOKEN_FLOAT;
    }
    if (text.ptr[at] == '0') { /* 0, 00 and 0_0 only: 007 is 00 and 7, an error further on */
        digits = digits_length(text, at, 1);
    }
    *ret_end = at + digits;
    return PAWL_TOKEN_INT;
}

/* ---- strings and operators
 * ----------------------------------------------------------------------- */

static enum pawl_token_kind lex_text(struct pawl_lexer *lexer, size_t *ret_end)
{
    struct pawl_str text = lexer->source;
    char quote = text.ptr[lexer->at];
    for (size_t at = lexer->at + 1; at < text.len; at++) {
        if (text.ptr[at] == '\\') {
            at++;
        } else if (text.ptr[at] == quote) {
            *ret_end = at + 1;
            return PAWL_TOKEN_TEXT;
        }
    }
    lexer->error = "a text that begins here has no closing quote";
    *ret_end = lexer->at + 1;
    return PAWL_TOKEN_BAD;
}

static enum pawl_token_kind lex_operator(struct pawl_lexer *lexer, struct pawl_token *token,
                                         size_t *ret_end)
{
    struct pawl_str rest = pawl_str_sub(lexer->source, lexer->at, SIZE_MAX);
    for (size_t i = 0; i < PAWL_TOK_COUNT; i++) {
        if (pawl_str_starts(rest, pawl_str_from(operator_texts[i]))) {
            token->operator_ = (enum pawl_operator_token)i;
            *ret_end = lexer->at + strlen(operator_texts[i]);
            return PAWL_TOKEN_OPERATOR;
        }
    }
    size_t next = lexer->at;
    (void)pawl_utf8_next(lexer->source, &next); /* only its length counts */
    lexer->error = "this character has no meaning in an expression";
    *ret_end = next;
    return PAWL_TOKEN_BAD;
}

static void count_brackets(struct pawl_lexer *lexer, enum pawl_operator_token operator_)
{
    bool opens = operator_ == PAWL_TOK_BRACKET_OPEN || operator_ == PAWL_TOK_PAREN_OPEN ||
                 operator_ == PAWL_TOK_BRACE_OPEN;
    bool closes = operator_ == PAWL_TOK_BRACKET_CLOSE || operator_ == PAWL_TOK_PAREN_CLOSE ||
                  operator_ == PAWL_TOK_BRACE_CLOSE;
    if (opens) {
        lexer->brackets++;
    } else if (closes && lexer->brackets > 0) {
        lexer->brackets--;
    }
}

/* ---- the stream
 * ---------------------------------------------------------------------------------- */

static void skip_space(struct pawl_lexer *lexer)
{
    size_t at = lexer->at;
    while (at < lexer->source.len) {
        size_t next = at;
        if (!pawl_lex_is_space(pawl_utf8_next(lexer->source, &next))) {
            break;
        }
        at = next;
    }
    lexer->at = (uint32_t)at;
}

/* Length of the closing delimiter at the lexer's place; 0: none. */
static size_t closing_length(struct pawl_lexer *lexer)
{
    struct pawl_str rest = pawl_str_sub(lexer->source, lexer->at, SIZE_MAX);
    if (lexer->brackets > 0 || lexer->mode == PAWL_LEX_BARE || rest.len < 2) {
        return 0;
    }
    bool is_block = lexer->mode == PAWL_LEX_BLOCK;
    struct pawl_str closing = is_block ? PAWL_STR("%}") : PAWL_STR("}}");
    if (pawl_str_starts(rest, closing)) {
        return 2;
    }
    bool has_sign = rest.ptr[0] == '-' || (is_block && rest.ptr[0] == '+');
    return has_sign && pawl_str_starts(pawl_str_sub(rest, 1, SIZE_MAX), closing) ? 3 : 0;
}

static bool is_closing(struct pawl_lexer *lexer, size_t *ret_end)
{
    size_t length = closing_length(lexer);
    if (length > 0) {
        lexer->closed = true;
        lexer->strip = length == 3 && lexer->source.ptr[lexer->at] == '-';
        *ret_end = lexer->at + length;
        return true;
    }
    *ret_end = lexer->at;
    return lexer->at >= lexer->source.len;
}

struct pawl_token pawl_lexer_next(struct pawl_lexer *lexer)
{
    PAWL_ASSERT(lexer->at <= lexer->source.len);
    struct pawl_token token = {.kind = PAWL_TOKEN_END};
    size_t end = lexer->at;
    skip_space(lexer);
    token.start = lexer->at;
    if (!is_closing(lexer, &end)) {
        struct pawl_str rest = pawl_str_sub(lexer->source, lexer->at, SIZE_MAX);
        char c = rest.ptr[0];
        size_t name = pawl_lex_name_length(rest);
        if (name > 0) {
            token.kind = PAWL_TOKEN_NAME;
            end = lexer->at + name;
        } else if (is_digit(c)) {
            token.kind = lex_number(lexer, &end);
        } else if (c == '"' || c == '\'') {
            token.kind = lex_text(lexer, &end);
        } else {
            token.kind = lex_operator(lexer, &token, &end);
        }
    }
    if (token.kind == PAWL_TOKEN_OPERATOR) {
        count_brackets(lexer, token.operator_);
    }
    lexer->at = (uint32_t)end;
    token.end = (uint32_t)end;
    token.text = pawl_str_sub(lexer->source, token.start, token.end - token.start);
    PAWL_ASSERT(token.start <= token.end);
    return token;
}
