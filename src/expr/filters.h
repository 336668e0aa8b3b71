/* What the filters share beyond run.h. */
#ifndef PAWL_EXPR_FILTERS_H
#define PAWL_EXPR_FILTERS_H

#include "expr/run.h"

/* The functions of all tables. */
#define PAWL_X(name, signature, input, result, flags, fn, summary, example, context, value)        \
    pawl_entry_fn fn;
#include "expr/filters.def"
#include "expr/functions.def"
#include "expr/methods.def"
#include "expr/tests.def"
#undef PAWL_X

/* The attribute argument of sort, map and their kin: "a.b.0", or a number; none: the item itself.
 */
enum { PAWL_ATTRIBUTE_PARTS_MAX = 16 };
struct pawl_attribute {
    struct pawl_val parts[PAWL_ATTRIBUTE_PARTS_MAX];
    uint32_t count;
};
/* Reads argument i; not given or none: no parts. */
PAWL_CHECKED
enum pawl_rc pawl_attribute_read(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                 uint32_t i, struct pawl_attribute *ret);
/* Reads "a.b.0". marks: of the value that the text is from. */
PAWL_CHECKED
enum pawl_rc pawl_attribute_parse(struct pawl_expr_run *run, struct pawl_str text, unsigned marks,
                                  struct pawl_attribute *ret);
/* The part of an item; UNDEFINED when it has none. */
PAWL_CHECKED
enum pawl_rc pawl_attribute_get(struct pawl_expr_run *run, const struct pawl_attribute *attribute,
                                const struct pawl_val *item, struct pawl_val *ret);
/* The number that a text spells as Python's float() reads it; false: none. */
bool pawl_text_number(struct pawl_str text, struct pawl_num *ret_num);
/* The same as int(text, base) reads it, in 64 bits. base: 0 or 2 to 36. */
bool pawl_text_integer(struct pawl_str text, int64_t base, int64_t *ret_integer);
/* An undefined value, e.g. the first item of an empty list. */
struct pawl_val pawl_filter_nothing(const char *what);
/* Lower case, for comparisons that ignore case. */
PAWL_CHECKED
enum pawl_rc pawl_text_lower(struct pawl_expr_run *run, struct pawl_str text,
                             struct pawl_str *ret_lower);
/* Without white space at the chosen ends. */
struct pawl_str pawl_text_trim(struct pawl_str text, bool left, bool right);
/* Without the given characters (chars.ptr NULL: white space); the text was paid for before. */
PAWL_CHECKED
enum pawl_rc pawl_text_trim_chars(struct pawl_expr_run *run, struct pawl_str text,
                                  struct pawl_str chars, bool left, bool right,
                                  struct pawl_val *ret);

#endif
