/* UTF-8, strictly (RFC 3629): no overlong forms, no surrogates, nothing above U+10FFFF. */
#ifndef PAWL_BASE_UTF8_H
#define PAWL_BASE_UTF8_H

#include "base/str.h"

#define PAWL_UTF8_BAD UINT32_MAX

/* Offset of the first byte that is not valid UTF-8, or SIZE_MAX. */
size_t pawl_utf8_check(struct pawl_str text);
/* The code point at *io_at, which moves behind it; PAWL_UTF8_BAD (moves by one) when malformed or
 * at the end. */
uint32_t pawl_utf8_next(struct pawl_str text, size_t *io_at);
/* Writes 1 to 4 bytes; returns how many. code must be a Unicode scalar value. */
size_t pawl_utf8_put(char out[4], uint32_t code);
size_t pawl_utf8_count(struct pawl_str text); /* code points of a valid text */
bool pawl_utf8_is_space(uint32_t code); /* Unicode White_Space */
/* Draws nothing by itself: controls, zero-width and format characters, fillers, blank patterns, and
 * code points that are no characters. */
bool pawl_utf8_is_invisible(uint32_t code);
/* Only white space. */
bool pawl_str_is_space(struct pawl_str text);
/* Nothing that a person could read: white space, what is invisible, and marks that stand on no
 * letter. What people have to write (why something is rejected) must not be blank. Malformed bytes
 * are not blank. */
bool pawl_str_is_blank(struct pawl_str text);

#endif
