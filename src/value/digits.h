/* Numbers as they are written: the grammar of RFC 8259, and a number's exact value as sign, digits
 * and power of ten, whatever its size. Nothing here rounds or allocates. */
#ifndef PAWL_VALUE_DIGITS_H
#define PAWL_VALUE_DIGITS_H

#include "value/value.h"

enum pawl_scan {
    PAWL_SCAN_INT,      /* the canonical form of a 64-bit integer */
    PAWL_SCAN_NUMBER,   /* any other number */
    PAWL_SCAN_SYNTAX,   /* a digit is missing at *ret_len */
    PAWL_SCAN_LONG,     /* more than PAWL_NUMBER_DIGITS_MAX characters */
    PAWL_SCAN_EXPONENT, /* a power of ten past PAWL_NUMBER_EXPONENT_MAX */
};

/* The longest number at the start of text: its bytes and, for PAWL_SCAN_INT, its value. */
enum pawl_scan pawl_scan_number(struct pawl_str text, size_t *ret_len, int64_t *ret_integer);

/* The value is 0.d1d2…dn * 10^point with d1 and dn not 0; zero has no digits and point 0. */
struct pawl_digits {
    const char *text; /* from d1 to dn; may hold one '.' */
    uint32_t count;   /* n */
    bool negative;    /* never for zero */
    int64_t point;
};

enum { PAWL_DIGITS_ROOM = 24 };
/* v is a number; room holds the digits of an integer and must live as long as the result. */
struct pawl_digits pawl_digits_of(const struct pawl_val *v, char room[PAWL_DIGITS_ROOM]);
/* Compares the values: negative, 0, positive. */
int pawl_digits_cmp(const struct pawl_digits *a, const struct pawl_digits *b);
/* Copies the n digits without the point; out holds digits->count bytes. */
void pawl_digits_copy(const struct pawl_digits *digits, char *out);

#endif
