/* Upper and lower case of texts, for all of Unicode, without a locale. */
#ifndef PAWL_EXPR_UNICODE_CASE_H
#define PAWL_EXPR_UNICODE_CASE_H

#include "base/str.h"

enum pawl_case { PAWL_CASE_UPPER, PAWL_CASE_LOWER, PAWL_CASE_TITLE };

enum { PAWL_CASE_BYTES_MAX = 8 }; /* UTF-8 of what one code point becomes */

/* Writes what the code point becomes; returns its bytes. */
size_t pawl_case_map(uint32_t code, enum pawl_case mapping, char out[PAWL_CASE_BYTES_MAX]);
/* Unicode's Lowercase and Uppercase; and capitals that are written with small parts ("ǅ"). */
bool pawl_case_is_lower(uint32_t code);
bool pawl_case_is_upper(uint32_t code);
bool pawl_case_is_title(uint32_t code);

#endif
