/* Filters that lay text out: center, indent, truncate, wordcount, wordwrap, filesizeformat. */
#include "base/utf8.h"
#include "expr/filters.h"
#include "expr/lex.h"
#include "value/number.h"

enum { WIDTH_MAX = 100000 };

static enum pawl_rc input_text(struct pawl_expr_run *run, const struct pawl_invocation *in,
                               struct pawl_str *ret_text)
{
    enum pawl_rc rc = pawl_expr_text(run, &in->args[0], ret_text);
    return rc != PAWL_OK ? rc : pawl_expr_charge_bytes(run, ret_text->len, PAWL_STEPS_LETTER);
}

static enum pawl_rc check_width(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                int64_t width)
{
    return width <= WIDTH_MAX
               ? PAWL_OK
               : pawl_expr_fail(run, "value", "%s: more than %d", in->call->entry->name, WIDTH_MAX);
}

/* Offset of the code point number `count`, or the end. */
static size_t offset_of(struct pawl_str text, int64_t count)
{
    size_t at = 0;
    for (int64_t i = 0; i < count && at < text.len; i++) {
        (void)pawl_utf8_next(text, &at); /* the text is valid */
    }
    return at;
}

enum pawl_rc pawl_filter_center(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE;
    struct pawl_text_out out;
    int64_t width = 80;
    enum pawl_rc rc = input_text(run, in, &text);
    rc = rc != PAWL_OK ? rc : pawl_arg_int(run, in, 1, &width);
    rc = rc != PAWL_OK ? rc : check_width(run, in, width);
    if (rc != PAWL_OK) {
        return rc;
    }
    int64_t space = width - (int64_t)pawl_utf8_count(text);
    space = space < 0 ? 0 : space;
    int64_t left = space / 2 + (space & width & 1); /* Python's choice for an odd rest */
    pawl_out_begin(&out, run);
    pawl_out_repeat(&out, ' ', (size_t)left);
    pawl_out_put(&out, text);
    pawl_out_repeat(&out, ' ', (size_t)(space - left));
    return pawl_out_end(&out, ret);
}

/* ---- lines -------------------------------------------------------------------------------------
 */

/* Where Python's splitlines breaks. */
static bool is_line_break(uint32_t code)
{
    return (code >= 0x0a && code <= 0x0d) || (code >= 0x1c && code <= 0x1e) || code == 0x85 ||
           code == 0x2028 || code == 0x2029;
}

/* The line at *io_at, without its break; false at the end of the text. */
static bool next_line(struct pawl_str text, size_t *io_at, struct pawl_str *ret_line)
{
    size_t start = *io_at;
    if (start >= text.len) {
        return false;
    }
    for (size_t at = start; at < text.len;) {
        size_t end = at;
        uint32_t code = pawl_utf8_next(text, &at);
        if (is_line_break(code)) {
            at += code == '\r' && at < text.len && text.ptr[at] == '\n';
            *io_at = at;
            *ret_line = pawl_str_sub(text, start, end - start);
            return true;
        }
    }
    *io_at = text.len;
    *ret_line = pawl_str_sub(text, start, SIZE_MAX);
    return true;
}

/* The text with indention in front of its lines. A text that ends in a line break, or is empty, has
 * one more, empty line. */
static void out_indented(struct pawl_text_out *out, struct pawl_str text, struct pawl_str indention,
                         bool first, bool blank)
{
    size_t at = 0;
    struct pawl_str line = PAWL_STR_NONE;
    bool is_first = true, more = true;
    while (more && out->rc == PAWL_OK) {
        more = next_line(text, &at, &line);
        bool broken = more && at > (size_t)(line.ptr - text.ptr) + line.len;
        line = more ? line : PAWL_STR("");
        bool indents = is_first ? first : blank || line.len > 0;
        pawl_out_put(out, is_first ? PAWL_STR("") : PAWL_STR("\n"));
        pawl_out_put(out, indents ? indention : PAWL_STR(""));
        pawl_out_put(out, line);
        is_first = false;
        more = more && broken;
    }
}

enum pawl_rc pawl_filter_indent(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE, indention = PAWL_STR_NONE;
    struct pawl_text_out out, spaces;
    struct pawl_val val = {0};
    int64_t width = 4;
    bool first = false, blank = false;
    bool is_text = in->args[1].kind == PAWL_VAL_TEXT;
    enum pawl_rc rc = input_text(run, in, &text);
    rc = rc != PAWL_OK || is_text ? rc : pawl_arg_int(run, in, 1, &width);
    rc = rc != PAWL_OK ? rc : check_width(run, in, width);
    rc = rc != PAWL_OK ? rc : pawl_arg_bool(run, in, 2, &first);
    rc = rc != PAWL_OK ? rc : pawl_arg_bool(run, in, 3, &blank);
    if (rc != PAWL_OK) {
        return rc;
    }
    pawl_out_begin(&spaces, run);
    pawl_out_repeat(&spaces, ' ', width > 0 ? (size_t)width : 0);
    rc = pawl_out_end(&spaces, &val);
    indention = is_text ? pawl_val_str(&in->args[1]) : pawl_val_str(&val);
    pawl_out_begin(&out, run);
    out_indented(&out, text, indention, first, blank);
    return rc != PAWL_OK ? rc : pawl_out_end(&out, ret);
}

/* ---- truncate ----------------------------------------------------------------------------------
 */

enum pawl_rc pawl_filter_truncate(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                  struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE, end = PAWL_STR("...");
    struct pawl_text_out out;
    int64_t length = 255, leeway = 5;
    bool killwords = false;
    enum pawl_rc rc = input_text(run, in, &text);
    rc = rc != PAWL_OK ? rc : pawl_arg_int(run, in, 1, &length);
    rc = rc != PAWL_OK ? rc : pawl_arg_bool(run, in, 2, &killwords);
    rc = rc != PAWL_OK ? rc : pawl_arg_text(run, in, 3, &end);
    if (rc == PAWL_OK && in->args[4].kind != PAWL_VAL_NULL) {
        rc = pawl_arg_int(run, in, 4, &leeway);
    }
    if (rc != PAWL_OK) {
        return rc;
    }
    int64_t end_length = (int64_t)pawl_utf8_count(end);
    if (length < end_length || leeway < 0) {
        return pawl_expr_fail(run, "value",
                              "truncate: length must hold the ending, leeway must not be negative");
    }
    if ((int64_t)pawl_utf8_count(text) - length <= leeway) {
        *ret = pawl_val_text_view(text);
        return PAWL_OK;
    }
    struct pawl_str kept = pawl_str_sub(text, 0, offset_of(text, length - end_length));
    for (size_t at = kept.len; at > 0 && !killwords; at--) {
        if (kept.ptr[at - 1] == ' ') {
            kept.len = at - 1;
            break;
        }
    }
    pawl_out_begin(&out, run);
    pawl_out_put(&out, kept);
    pawl_out_put(&out, end);
    return pawl_out_end(&out, ret);
}

/* ---- words -------------------------------------------------------------------------------------
 */

static bool is_word(uint32_t code)
{
    if (code < 0x80) {
        return (code >= '0' && code <= '9') || (code >= 'a' && code <= 'z') ||
               (code >= 'A' && code <= 'Z') || code == '_';
    }
    char bytes[4];
    size_t len = pawl_utf8_put(bytes, code);
    return pawl_lex_name_length((struct pawl_str){bytes, len}) == len;
}

static bool is_letter(uint32_t code)
{
    return is_word(code) && !(code >= '0' && code <= '9');
}

enum pawl_rc pawl_filter_wordcount(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                   struct pawl_val *ret)
{
    struct pawl_str text = PAWL_STR_NONE;
    int64_t count = 0;
    bool inside = false;
    enum pawl_rc rc = input_text(run, in, &text);
    rc = rc != PAWL_OK ? rc : pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_LETTER);
    for (size_t at = 0; at < text.len && rc == PAWL_OK;) {
        bool word = is_word(pawl_utf8_next(text, &at));
        count += word && !inside;
        inside = word;
    }
    *ret = pawl_val_int_view(count);
    return rc;
}

/* The code point before `at`; 0 at the start. */
static uint32_t before(struct pawl_str text, size_t at)
{
    if (at == 0) {
        return 0;
    }
    do {
        at--;
    } while (at > 0 && ((unsigned char)text.ptr[at] & 0xc0) == 0x80);
    return pawl_utf8_next(text, &at);
}

static bool is_wrap_space(uint32_t code)
{
    return code == ' ' || (code >= '\t' && code <= '\r');
}

static bool is_word_mark(uint32_t code)
{
    return is_word(code) || (code < 0x80 && code != 0 && strchr("!\"'&.,?", (int)code) != NULL);
}

/* Behind the hyphen that ends at `at`: may a line break there? Two letters (or a letter, a hyphen
 * and a word's character) before it, two letters (perhaps a hyphen between them) behind it. */
static bool breaks_at_hyphen(struct pawl_str text, size_t at)
{
    size_t hyphen = at - 1, first = hyphen, next = at;
    uint32_t one = before(text, hyphen);
    first -= one == 0 ? 0 : pawl_utf8_put((char[4]){0}, one);
    uint32_t two = before(text, first);
    size_t second = first - (two == 0 ? 0 : pawl_utf8_put((char[4]){0}, two));
    bool good_before = (is_letter(one) && is_letter(two)) ||
                       (is_word_mark(one) && two == '-' && is_letter(before(text, second)));
    if (!good_before || next >= text.len || !is_letter(pawl_utf8_next(text, &next))) {
        return false;
    }
    next += next < text.len && text.ptr[next] == '-';
    return next < text.len && is_letter(pawl_utf8_next(text, &next));
}

/* Does a run of two or more hyphens before a word begin at `at`? */
static bool is_dash(struct pawl_str text, size_t at)
{
    size_t end = at;
    while (end < text.len && text.ptr[end] == '-') {
        end++;
    }
    return end - at >= 2 && end < text.len && is_word(pawl_utf8_next(text, &end));
}

/* End of the piece that starts at `start`: white space, a dash, or a word up to where it may break.
 */
static size_t chunk_end(struct pawl_str text, size_t start, bool hyphens)
{
    size_t at = start;
    bool space = is_wrap_space(pawl_utf8_next(text, &at));
    if (hyphens && !space && is_word_mark(before(text, start)) && is_dash(text, start)) {
        while (at < text.len && text.ptr[at] == '-') {
            at++;
        }
        return at;
    }
    while (at < text.len) {
        size_t next = at;
        bool next_space = is_wrap_space(pawl_utf8_next(text, &next));
        bool ends = next_space != space;
        if (!ends && !space && hyphens) {
            ends = (text.ptr[at - 1] == '-' && breaks_at_hyphen(text, at)) ||
                   (is_word_mark(before(text, at)) && is_dash(text, at));
        }
        if (ends) {
            break;
        }
        at = next;
    }
    return at;
}

/* How a text is wrapped. */
struct wrap {
    int64_t width;
    bool long_words; /* break them */
    bool hyphens;    /* break behind them */
    struct pawl_str newline;
};

/* How much of a piece that fits no line goes onto this one, which has `room` left: up to its last
 * hyphen, if there is one behind something else. */
static size_t long_part(const struct wrap *wrap, struct pawl_str chunk, int64_t room)
{
    size_t end = offset_of(chunk, room);
    size_t first = 0; /* that is no hyphen */
    while (first < end && chunk.ptr[first] == '-') {
        first++;
    }
    for (size_t at = end; wrap->hyphens && at > first + 1; at--) {
        if (chunk.ptr[at - 1] == '-') {
            return at;
        }
    }
    return end;
}

/* The piece that lines are being filled with. It is looked for once: a piece that fits no line is
 * cut up over many, and what is left of it is known. */
struct piece {
    size_t end;     /* offset behind it */
    int64_t length; /* characters of it from where the lines have got to */
    bool space;
};

/* What is left of the piece at `at`, which is the next one when `at` stands behind the last. */
static void piece_at(const struct wrap *wrap, struct pawl_str text, size_t at, struct piece *piece)
{
    if (at >= piece->end) {
        piece->end = chunk_end(text, at, wrap->hyphens);
        piece->length = (int64_t)pawl_utf8_count(pawl_str_sub(text, at, piece->end - at));
        piece->space = is_wrap_space((unsigned char)text.ptr[at]);
    }
}

/* Takes a part of the piece that is too long for any line. */
static size_t piece_cut(const struct wrap *wrap, struct pawl_str text, size_t at, int64_t room,
                        struct piece *piece)
{
    size_t taken = long_part(wrap, pawl_str_sub(text, at, piece->end - at), room);
    piece->length -= (int64_t)pawl_utf8_count(pawl_str_sub(text, at, taken));
    return at + taken;
}

/* One line's text: pieces in sequence while they fit; returns the offset of the next line. As in
 * Python's textwrap, white space stays at the end of a line that a piece too long for any line
 * follows. */
static size_t wrap_line(const struct wrap *wrap, struct pawl_str text, size_t start,
                        struct piece *piece, struct pawl_str *ret_line)
{
    size_t at = start, end = start; /* end: behind what the line keeps */
    int64_t used = 0;
    while (at < text.len) {
        piece_at(wrap, text, at, piece);
        if (used + piece->length > wrap->width) {
            if (piece->length > wrap->width && wrap->long_words) {
                at = piece_cut(wrap, text, at, wrap->width - used, piece);
                end = piece->space ? end : at;
            } else if (piece->length > wrap->width && used == 0) {
                at = piece->end;
                end = piece->space ? end : at;
            }
            break;
        }
        used += piece->length;
        at = piece->end;
        end = piece->space ? end : at;
    }
    *ret_line = pawl_str_sub(text, start, end - start);
    return at;
}

/* One paragraph; white space at the start of the lines behind the first is dropped. */
static void out_wrapped(struct pawl_text_out *out, const struct wrap *wrap, struct pawl_str text)
{
    bool is_first = true;
    struct piece piece = {.end = 0};
    for (size_t at = 0; at < text.len && out->rc == PAWL_OK;) {
        struct pawl_str line = PAWL_STR_NONE;
        size_t start = at;
        while (!is_first && start < text.len && is_wrap_space((unsigned char)text.ptr[start])) {
            start++;
            piece.length--; /* of the white space that is dropped, if it is one */
        }
        if (start >= text.len) {
            break;
        }
        at = wrap_line(wrap, text, start, &piece, &line);
        if (line.len == 0 && at >= text.len) {
            break;
        }
        if (line.len > 0) {
            pawl_out_put(out, is_first ? PAWL_STR("") : wrap->newline);
            pawl_out_put(out, line);
            is_first = false;
        }
        PAWL_ASSERT(at > start);
    }
}

enum pawl_rc pawl_filter_wordwrap(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                  struct pawl_val *ret)
{
    struct wrap wrap = {
        .width = 79, .long_words = true, .hyphens = true, .newline = PAWL_STR("\n")};
    struct pawl_str text = PAWL_STR_NONE, line = PAWL_STR_NONE;
    struct pawl_text_out out;
    bool is_first = true;
    enum pawl_rc rc = input_text(run, in, &text);
    rc = rc != PAWL_OK ? rc : pawl_arg_int(run, in, 1, &wrap.width);
    rc = rc != PAWL_OK ? rc : pawl_arg_bool(run, in, 2, &wrap.long_words);
    if (rc == PAWL_OK && in->args[3].kind != PAWL_VAL_NULL) {
        rc = pawl_arg_text(run, in, 3, &wrap.newline);
    }
    rc = rc != PAWL_OK ? rc : pawl_arg_bool(run, in, 4, &wrap.hyphens);
    if (rc != PAWL_OK) {
        return rc;
    }
    if (wrap.width < 1) {
        return pawl_expr_fail(run, "value", "wordwrap: width must be at least 1");
    }
    rc = pawl_expr_charge_bytes(run, text.len, PAWL_STEPS_CLASS);
    pawl_out_begin(&out, run);
    out.rc = rc;
    for (size_t at = 0; out.rc == PAWL_OK && next_line(text, &at, &line);) {
        pawl_out_put(&out, is_first ? PAWL_STR("") : wrap.newline);
        out_wrapped(&out, &wrap, line);
        is_first = false;
    }
    return pawl_out_end(&out, ret);
}

/* ---- sizes -------------------------------------------------------------------------------------
 */

/* number / divisor with one digit behind the point. */
static enum pawl_rc one_digit(struct pawl_expr_run *run, const struct pawl_num *number,
                              const struct pawl_num *divisor, struct pawl_num *ret)
{
    struct pawl_err why = {0};
    enum pawl_rc rc = pawl_num_div(number, divisor, ret, &why);
    rc = rc != PAWL_OK ? rc : pawl_num_pad(ret, 1, PAWL_ROUND_HALF_EVEN, ret, &why);
    return rc != PAWL_OK ? pawl_expr_fail(run, "value", "%s", why.msg) : rc;
}

enum pawl_rc pawl_filter_filesizeformat(struct pawl_expr_run *run, const struct pawl_invocation *in,
                                        struct pawl_val *ret)
{
    static const char *const units[] = {"kB", "MB", "GB", "TB", "PB", "EB", "ZB", "YB"};
    static const char *const binary_units[] = {"KiB", "MiB", "GiB", "TiB",
                                               "PiB", "EiB", "ZiB", "YiB"};
    enum { UNITS = 8 };
    bool binary = false;
    struct pawl_num number, base, unit, whole;
    struct pawl_err why = {0};
    struct pawl_text_out out;
    char text[PAWL_NUM_TEXT_MAX];
    enum pawl_rc rc = pawl_arg_bool(run, in, 1, &binary);
    rc = rc != PAWL_OK ? rc : pawl_expr_num(run, &in->args[0], &number);
    if (rc != PAWL_OK) {
        return rc;
    }
    base = pawl_num_of_int(binary ? 1024 : 1000);
    pawl_out_begin(&out, run);
    if (pawl_num_cmp(&number, &base) < 0) {
        struct pawl_num one = pawl_num_of_int(1);
        rc = pawl_num_whole(&number, PAWL_ROUND_DOWN, &whole, &why);
        pawl_out_put(&out, rc == PAWL_OK ? pawl_num_format(text, &whole) : PAWL_STR(""));
        pawl_out_put(&out,
                     pawl_num_cmp(&number, &one) == 0 ? PAWL_STR(" Byte") : PAWL_STR(" Bytes"));
        return pawl_out_end(&out, ret);
    }
    unit = base;
    for (int i = 0; i < UNITS && rc == PAWL_OK; i++) {
        struct pawl_num next = unit;
        rc = pawl_num_mul(&unit, &base, &next, &why);
        if (rc == PAWL_OK && (i + 1 == UNITS || pawl_num_cmp(&number, &next) < 0)) {
            rc = one_digit(run, &number, &unit, &whole);
            pawl_out_put(&out, rc == PAWL_OK ? pawl_num_format(text, &whole) : PAWL_STR(""));
            pawl_out_put(&out, PAWL_STR(" "));
            pawl_out_put(&out, pawl_str_from(binary ? binary_units[i] : units[i]));
            break;
        }
        unit = next;
    }
    return rc != PAWL_OK ? rc : pawl_out_end(&out, ret);
}
