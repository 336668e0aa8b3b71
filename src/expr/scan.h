/* Where expressions, statements and comments begin in a template's text.
 *
 * Jinja2's rules: a '-' in a delimiter eats the white space on its side, one line break at the end
 * of the template is dropped, line breaks are all \n, {# … #} is nothing, {% raw %} … {% endraw %}
 * is text. */
#ifndef PAWL_EXPR_SCAN_H
#define PAWL_EXPR_SCAN_H

#include "expr/parse.h"

enum pawl_scan_next { PAWL_SCAN_TEXT, PAWL_SCAN_VARIABLE, PAWL_SCAN_BLOCK, PAWL_SCAN_END };

struct pawl_scanner {
    struct pawl_parser *parser; /* for findings and memory */
    struct pawl_str source;     /* without the last line break */
    uint32_t at;
    bool strip; /* the delimiter before `at` asked for white space to go */
};

void pawl_scanner_init(struct pawl_scanner *scanner, struct pawl_parser *parser);
/* The next piece of text and what stands behind it; scanner->at is then behind the opening
 * delimiter. False: reported, or memory. */
bool pawl_scanner_next(struct pawl_scanner *scanner, struct pawl_str *ret_text,
                       enum pawl_scan_next *ret_next);
/* Goes on behind what the parser's lexer has read. */
void pawl_scanner_resume(struct pawl_scanner *scanner);

#endif
