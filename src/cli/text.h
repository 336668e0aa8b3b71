/* Text for terminals: how many columns it takes, and a form that cannot take the terminal over. */
#ifndef PAWL_CLI_TEXT_H
#define PAWL_CLI_TEXT_H

#include "base/buf.h"

/* Columns of a valid UTF-8 text: 0 for combining marks, 2 for wide East Asian characters and most
 * emoji, 1 for all else. */
size_t pawl_text_width(struct pawl_str text);

/* Appends the text with control characters (C0, DEL, C1), bidirectional overrides and invalid bytes
 * made visible: \n, \x1b, \u202e. So no value can move the cursor, colour the screen or reorder a
 * line. */
void pawl_text_escape(struct pawl_buf *buf, struct pawl_str text);

#endif
