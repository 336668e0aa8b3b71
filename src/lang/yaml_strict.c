/* Refuses what libyaml reads otherwise than YAML 1.2 has it.
 *
 * libyaml is generous: it takes comments without a blank before them, lines that are indented too
 * little, names that end in the middle, and it has rules of its own for '?' and '-' in brackets.
 * Some of these are errors in YAML 1.2, others mean something else there. So a text that libyaml
 * took is scanned once more, token by token, and each token is compared with the text it came from;
 * the first one that YAML 1.2 would read otherwise is a finding. yaml_strict.def has the list.
 *
 * Invariants: S1 tokens come in the text's order, so one cursor finds their bytes. S2 `columns` has
 * one entry for each block list or map that is open (the reader has bounded the nesting before).
 * S3 nothing here gives or changes a value. Called by yaml.c after the events. */
#include "base/utf8.h"
#include "lang/yaml_reader.h"

enum strictness {
#define PAWL_X(name, message, hint) STRICT_##name,
#include "lang/yaml_strict.def"
#undef PAWL_X
    STRICT_COUNT
};

static const struct {
    const char *message, *hint;
} refusals[STRICT_COUNT] = {
#define PAWL_X(name, message, hint) [STRICT_##name] = {message, hint},
#include "lang/yaml_strict.def"
#undef PAWL_X
};

struct checker {
    struct pawl_yaml_reader *reader;
    struct pawl_str text;
    size_t index, at;                             /* S1: characters and bytes up to the cursor */
    int32_t columns[PAWL_DOCUMENT_DEPTH_MAX + 1]; /* S2 */
    uint32_t blocks;
    uint32_t flows;    /* open brackets */
    size_t gap;        /* where the last token ended */
    bool after_key;    /* the last token was a key's start without a '?' */
    bool after_closed; /* … was a quoted text or a closing bracket */
};

struct piece { /* a token and its bytes */
    const yaml_token_t *token;
    size_t from, to;
};

/* ---- the text -------------------------------------------------------------------------------- */

static char char_at(const struct checker *checker, size_t at)
{
    return at < checker->text.len ? checker->text.ptr[at] : '\n';
}

static bool is_break(char c)
{
    return c == '\n' || c == '\r';
}

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

static bool is_space(char c)
{
    return is_blank(c) || is_break(c);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_bracket(char c)
{
    return c == ',' || c == '[' || c == ']' || c == '{' || c == '}';
}

static size_t skip_blanks(const struct checker *checker, size_t at)
{
    while (at < checker->text.len && is_blank(checker->text.ptr[at])) {
        at++;
    }
    return at;
}

static size_t skip_spaces(const struct checker *checker, size_t at)
{
    while (at < checker->text.len && checker->text.ptr[at] == ' ') {
        at++;
    }
    return at;
}

static size_t skip_line(const struct checker *checker, size_t at)
{
    while (at < checker->text.len && !is_break(checker->text.ptr[at])) {
        at++;
    }
    return at;
}

/* Behind a line break; CR LF is one. */
static size_t skip_break(const struct checker *checker, size_t at)
{
    bool two = char_at(checker, at) == '\r' && at + 1 < checker->text.len &&
               checker->text.ptr[at + 1] == '\n';
    return at + (two ? 2 : 1);
}

/* S1. The line break that the input may add lies behind the text. */
static size_t byte_of(struct checker *checker, size_t index)
{
    PAWL_ASSERT(index >= checker->index);
    while (checker->index < index && checker->at < checker->text.len) {
        do {
            checker->at++;
        } while (checker->at < checker->text.len &&
                 ((unsigned char)checker->text.ptr[checker->at] & 0xC0u) == 0x80u);
        checker->index++;
    }
    return checker->at;
}

static bool refuse(struct checker *checker, size_t at, enum strictness which)
{
    PAWL_ASSERT(which < STRICT_COUNT);
    struct pawl_yaml_spot spot = pawl_yaml_spot_at(checker->reader, at);
    struct pawl_diag *diag =
        PAWL_YAML_FIND(checker->reader, YAML_SYNTAX, &spot, "%s", refusals[which].message);
    PAWL_YAML_HINT(checker->reader, diag, "%s", refusals[which].hint);
    pawl_yaml_stop(checker->reader, PAWL_ESYNTAX);
    return false;
}

/* ---- between tokens: blanks, line breaks, comments ------------------------------------------- */

static bool comment_check(struct checker *checker, size_t at)
{
    if (at > 0 && !is_space(checker->text.ptr[at - 1])) {
        return refuse(checker, at, STRICT_COMMENT);
    }
    size_t end = skip_line(checker, at);
    while (checker->reader->input.disguised && at < end) {
        size_t from = at;
        if (pawl_yaml_is_quoted_only(pawl_utf8_next(checker->text, &at))) {
            return refuse(checker, from, STRICT_CHARACTER);
        }
    }
    return true;
}

static bool gap_check(struct checker *checker, size_t to)
{
    for (size_t at = checker->gap; at < to; at++) {
        if (checker->text.ptr[at] == '#') {
            if (!comment_check(checker, at)) {
                return false;
            }
            at = skip_line(checker, at);
        }
    }
    return true;
}

/* ---- indentation ----------------------------------------------------------------------------- */

/* The column of the innermost block list or map; -1: none. */
static int32_t block_column(const struct checker *checker)
{
    return checker->blocks == 0 ? -1 : checker->columns[checker->blocks - 1];
}

static bool is_deep_enough(const struct checker *checker, size_t spaces)
{
    return (int64_t)spaces > block_column(checker);
}

/* A token that begins a line stands deeper than the list or map that it belongs to; what begins an
 * entry of a block map or list, at the column itself, is not checked here. */
static bool start_check(struct checker *checker, const struct piece *piece)
{
    size_t line = piece->from;
    while (line > 0 && is_blank(checker->text.ptr[line - 1])) {
        line--;
    }
    bool begins = line == 0 || is_break(checker->text.ptr[line - 1]);
    if (begins && !is_deep_enough(checker, skip_spaces(checker, line) - line)) {
        return refuse(checker, piece->from, STRICT_INDENT);
    }
    return true;
}

/* The further lines of a scalar of several lines. A line may hold many scalars: nothing behind the
 * piece is looked at. */
static bool lines_check(struct checker *checker, const struct piece *piece)
{
    size_t at = piece->from;
    while (at < piece->to && !is_break(checker->text.ptr[at])) {
        at++;
    }
    while (at < piece->to) {
        size_t line = skip_break(checker, at);
        size_t first = skip_spaces(checker, line);
        if (!is_break(char_at(checker, first)) && !is_deep_enough(checker, first - line)) {
            return refuse(checker, first, STRICT_INDENT);
        }
        at = skip_line(checker, first);
    }
    return true;
}

/* ---- scalars --------------------------------------------------------------------------------- */

static bool plain_check(struct checker *checker, const struct piece *piece)
{
    char first = char_at(checker, piece->from), second = char_at(checker, piece->from + 1);
    bool indicator = first == '-' || first == '?' || first == ':';
    if (indicator && (is_space(second) || (checker->flows > 0 && is_bracket(second)))) {
        return refuse(checker, piece->from, STRICT_PLAIN_START);
    }
    return lines_check(checker, piece);
}

static bool is_document_mark(struct pawl_str text, size_t at)
{
    struct pawl_str mark = pawl_str_sub(text, at, 3);
    return (pawl_str_is(mark, "---") || pawl_str_is(mark, "...")) &&
           (at + 3 >= text.len || is_space(text.ptr[at + 3]));
}

/* The first line of a block scalar that is not blank decides how far the scalar is indented. */
struct first_line {
    size_t line, at; /* its beginning, its first character that is no space */
    size_t most;     /* spaces of the longest blank line above */
    bool content;    /* it belongs to the scalar */
};

static struct first_line first_line_find(const struct checker *checker, size_t at)
{
    struct first_line first = {0};
    for (; at < checker->text.len; at = skip_break(checker, first.at)) {
        first.line = at;
        first.at = skip_spaces(checker, at);
        if (first.at < checker->text.len && !is_break(checker->text.ptr[first.at])) {
            first.content = is_deep_enough(checker, first.at - first.line) &&
                            !(first.at == at && is_document_mark(checker->text, at));
            break;
        }
        first.most = first.at - at > first.most ? first.at - at : first.most;
    }
    return first;
}

static bool block_lines_check(struct checker *checker, const struct piece *piece, size_t at,
                              bool numbered)
{
    struct first_line first = first_line_find(checker, at);
    bool root = block_column(checker) < 0;
    bool says_more = first.content || piece->token->data.scalar.length > 0;
    if (root && ((numbered && says_more) || (first.content && first.at == first.line))) {
        return refuse(checker, piece->from, STRICT_BLOCK_ROOT);
    }
    if (first.content && !numbered && first.most > first.at - first.line) {
        return refuse(checker, first.at, STRICT_BLOCK_INDENT);
    }
    return true;
}

static bool block_check(struct checker *checker, const struct piece *piece)
{
    size_t at = piece->from + 1;
    bool numbered = false;
    while (strchr("+-0123456789", char_at(checker, at)) != NULL) {
        numbered |= is_digit(char_at(checker, at++));
    }
    at = skip_blanks(checker, at);
    if (char_at(checker, at) == '#' && !comment_check(checker, at)) {
        return false;
    }
    at = skip_line(checker, at);
    return block_lines_check(checker, piece, skip_break(checker, at), numbered);
}

static bool scalar_check(struct checker *checker, const struct piece *piece)
{
    switch (piece->token->data.scalar.style) {
    case YAML_PLAIN_SCALAR_STYLE:
        return plain_check(checker, piece);
    case YAML_SINGLE_QUOTED_SCALAR_STYLE:
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE:
        return lines_check(checker, piece);
    case YAML_LITERAL_SCALAR_STYLE:
    case YAML_FOLDED_SCALAR_STYLE:
        return block_check(checker, piece);
    case YAML_ANY_SCALAR_STYLE:
        break;
    }
    PAWL_UNREACHABLE();
}

/* ---- indicators ------------------------------------------------------------------------------ */

/* A written '?' in brackets; a key's start without one has no bytes. */
static bool key_check(struct checker *checker, const struct piece *piece)
{
    bool written = piece->to > piece->from;
    if (checker->flows > 0 && written && !is_space(char_at(checker, piece->to))) {
        return refuse(checker, piece->from, STRICT_QUESTION);
    }
    return true;
}

/* In brackets, `"a":b` is a key and its value, and so is `[a]:b`; behind anything else ':' needs a
 * blank. */
static bool value_check(struct checker *checker, const struct piece *piece)
{
    char next = char_at(checker, piece->to);
    if (checker->flows > 0 && !checker->after_closed && !is_space(next) && !is_bracket(next)) {
        return refuse(checker, piece->from, STRICT_VALUE);
    }
    return true;
}

/* Names end at a blank or, in brackets, at one of them; libyaml ends them at ':' and others too. */
static bool name_check(struct checker *checker, const struct piece *piece)
{
    char next = char_at(checker, piece->to);
    if (!is_space(next) && !(checker->flows > 0 && is_bracket(next))) {
        return refuse(checker, piece->to, STRICT_NAME);
    }
    return true;
}

static bool tag_check(struct checker *checker, const struct piece *piece)
{
    struct pawl_str text = pawl_str_sub(checker->text, piece->from, piece->to - piece->from);
    return !pawl_str_is(text, "!<!>") || refuse(checker, piece->from, STRICT_TAG);
}

static bool block_open(struct checker *checker, const struct piece *piece)
{
    PAWL_ASSERT(checker->blocks <= PAWL_DOCUMENT_DEPTH_MAX); /* S2 */
    checker->columns[checker->blocks++] = (int32_t)piece->token->start_mark.column;
    return true;
}

static bool block_close(struct checker *checker, const struct piece *piece)
{
    PAWL_ASSERT(checker->blocks > 0);
    checker->blocks--;
    return true;
}

static bool flow_open(struct checker *checker, const struct piece *piece)
{
    checker->flows++;
    return true;
}

static bool flow_close(struct checker *checker, const struct piece *piece)
{
    PAWL_ASSERT(checker->flows > 0);
    checker->flows--;
    return true;
}

/* ---- tokens ---------------------------------------------------------------------------------- */

static const struct {
    bool (*check)(struct checker *checker, const struct piece *piece); /* or NULL */
    enum { ANYWHERE, DEEPER, DEEPER_IN_FLOW } place;                   /* what start_check is for */
} rules[] = {
    [YAML_NO_TOKEN] = {NULL, ANYWHERE},
    [YAML_STREAM_START_TOKEN] = {NULL, ANYWHERE},
    [YAML_STREAM_END_TOKEN] = {NULL, ANYWHERE},
    [YAML_VERSION_DIRECTIVE_TOKEN] = {NULL, ANYWHERE},
    [YAML_TAG_DIRECTIVE_TOKEN] = {NULL, ANYWHERE},
    [YAML_DOCUMENT_START_TOKEN] = {NULL, ANYWHERE},
    [YAML_DOCUMENT_END_TOKEN] = {NULL, ANYWHERE},
    [YAML_BLOCK_SEQUENCE_START_TOKEN] = {block_open, ANYWHERE},
    [YAML_BLOCK_MAPPING_START_TOKEN] = {block_open, ANYWHERE},
    [YAML_BLOCK_END_TOKEN] = {block_close, ANYWHERE},
    [YAML_FLOW_SEQUENCE_START_TOKEN] = {flow_open, DEEPER},
    [YAML_FLOW_SEQUENCE_END_TOKEN] = {flow_close, DEEPER},
    [YAML_FLOW_MAPPING_START_TOKEN] = {flow_open, DEEPER},
    [YAML_FLOW_MAPPING_END_TOKEN] = {flow_close, DEEPER},
    [YAML_BLOCK_ENTRY_TOKEN] = {NULL, ANYWHERE},
    [YAML_FLOW_ENTRY_TOKEN] = {NULL, DEEPER},
    [YAML_KEY_TOKEN] = {key_check, DEEPER_IN_FLOW},
    [YAML_VALUE_TOKEN] = {value_check, DEEPER_IN_FLOW},
    [YAML_ALIAS_TOKEN] = {name_check, DEEPER},
    [YAML_ANCHOR_TOKEN] = {name_check, DEEPER},
    [YAML_TAG_TOKEN] = {tag_check, DEEPER},
    [YAML_SCALAR_TOKEN] = {scalar_check, DEEPER},
};

static bool is_closed(const yaml_token_t *token)
{
    bool quoted = token->type == YAML_SCALAR_TOKEN &&
                  (token->data.scalar.style == YAML_SINGLE_QUOTED_SCALAR_STYLE ||
                   token->data.scalar.style == YAML_DOUBLE_QUOTED_SCALAR_STYLE);
    return quoted || token->type == YAML_FLOW_SEQUENCE_END_TOKEN ||
           token->type == YAML_FLOW_MAPPING_END_TOKEN;
}

static bool token_check(struct checker *checker, const yaml_token_t *token)
{
    PAWL_ASSERT((size_t)token->type < sizeof(rules) / sizeof(rules[0]));
    struct piece piece = {.token = token, .from = byte_of(checker, token->start_mark.index)};
    if (!gap_check(checker, piece.from)) {
        return false;
    }
    piece.to = byte_of(checker, token->end_mark.index);
    bool deeper = checker->flows > 0 ? rules[token->type].place != ANYWHERE
                                     : rules[token->type].place == DEEPER && !checker->after_key;
    if (deeper && !start_check(checker, &piece)) {
        return false;
    }
    if (rules[token->type].check != NULL && !rules[token->type].check(checker, &piece)) {
        return false;
    }
    if (piece.to > checker->gap) {
        checker->gap = piece.to;
    }
    checker->after_key = token->type == YAML_KEY_TOKEN && piece.to == piece.from;
    checker->after_closed = is_closed(token);
    return true;
}

void pawl_yaml_check_strict(struct pawl_yaml_reader *reader)
{
    struct checker checker = {.reader = reader, .text = reader->text};
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) {
        pawl_yaml_stop(reader, PAWL_ENOMEM);
        return;
    }
    pawl_yaml_input_rewind(&reader->input);
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input(&parser, pawl_yaml_input_read, &reader->input);
    for (bool more = true; more;) {
        yaml_token_t token;
        if (!yaml_parser_scan(&parser, &token)) { /* it took the text before: no memory */
            pawl_yaml_stop(reader, PAWL_ENOMEM);
            break;
        }
        more = token_check(&checker, &token) && token.type != YAML_STREAM_END_TOKEN;
        yaml_token_delete(&token);
    }
    yaml_parser_delete(&parser);
}
