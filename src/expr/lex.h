/* Tokens of an expression, with their places; the rules are Jinja2's lexer's.
 *
 * A lexer stands on a text and gives one token after the other until the closing delimiter of its
 * mode (outside all brackets) or the end of the text. It allocates nothing. */
#ifndef PAWL_EXPR_LEX_H
#define PAWL_EXPR_LEX_H

#include "base/str.h"

enum pawl_token_kind {
    PAWL_TOKEN_END, /* the closing delimiter, or the end of the text */
    PAWL_TOKEN_BAD, /* lexer->error says why */
    PAWL_TOKEN_NAME,
    PAWL_TOKEN_TEXT, /* with its quotes */
    PAWL_TOKEN_INT,  /* with prefix and underscores */
    PAWL_TOKEN_FLOAT,
    PAWL_TOKEN_OPERATOR,
};

enum pawl_operator_token {
#define PAWL_X(name, text) PAWL_TOK_##name,
#include "expr/tokens.def"
#undef PAWL_X
    PAWL_TOK_COUNT
};

struct pawl_token {
    enum pawl_token_kind kind;
    enum pawl_operator_token operator_; /* of an OPERATOR */
    uint32_t start, end;                /* bytes in the source */
    struct pawl_str text;               /* source[start, end) */
};

enum pawl_lexer_mode {
    PAWL_LEX_BARE,     /* to the end of the text */
    PAWL_LEX_VARIABLE, /* to }} */
    PAWL_LEX_BLOCK,    /* to %} */
};

struct pawl_lexer {
    struct pawl_str source;
    uint32_t at;
    uint32_t brackets; /* open ones */
    enum pawl_lexer_mode mode;
    bool closed; /* END was a delimiter, not the end of the text */
    bool strip;  /* that delimiter began with '-' */
    const char *error;
};

void pawl_lexer_init(struct pawl_lexer *lexer, struct pawl_str source, uint32_t at,
                     enum pawl_lexer_mode mode);
struct pawl_token pawl_lexer_next(struct pawl_lexer *lexer);
/* White space as Jinja2's lexer and Python's str.strip see it: Unicode's, plus 0x1c to 0x1f. */
bool pawl_lex_is_space(uint32_t code);
/* The operator's text, for messages. */
const char *pawl_token_operator_text(enum pawl_operator_token operator_);
/* Length of the identifier at the start of the text; 0: none. */
size_t pawl_lex_name_length(struct pawl_str text);

#endif
