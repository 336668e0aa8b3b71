/* Expressions compiled and matched by PCRE2.
 *
 * The cost of a match is bounded whatever the pattern. PCRE2's match limit counts backtracking, but
 * starts anew at every place of the text where a match may begin, and does not count what one
 * repetition runs through in a stroke. So the text is searched in windows of start places, first
 * small ones, then larger: a window is paid for before it is searched (in full, where a repetition
 * may run through the rest of the text from every start), and within it each start may take a few
 * steps only. Where that is not enough, starts are tried one by one with a limit that grows by 16,
 * each paid for. Nearly all matches end in the first window.
 *
 * pcre2.h is included here and nowhere else. */
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include "value/regex.h"

#include "base/limits.h"
#include "base/panic.h"

enum {
    TRANSLATED_MAX = 64 * PAWL_REGEX_SIZE_MAX, /* \S in a class is the longest piece */
    HEAP_KIB_MAX = 16 * 1024,                  /* frames of one match */
    STEPS_FIRST = 64,                          /* of one start in a window */
    STEPS_SHORT = 1024,                        /* shared by the starts of a short text */
    STEPS_GROWTH = 16,
    STEPS_PER_FUEL = 4,
    BYTES_PER_FUEL = 64,
    WINDOW_FIRST = 8, /* starts */
};

struct pawl_regex {
    const struct pawl_alloc *alloc;
    pcre2_code *code;
    bool anchored;  /* only the first place can start a match */
    bool unbounded; /* a start may run through the rest of the text */
};

/* ---- PCRE2's memory: each piece has its size in front, as pawl_alloc wants it back -------------
 */

union piece {
    size_t size;
    max_align_t align;
};

static void *piece_get(size_t size, void *ctx)
{
    const struct pawl_alloc *const *alloc = ctx;
    if (size > SIZE_MAX - sizeof(union piece)) {
        return NULL;
    }
    union piece *piece = pawl_alloc_get(*alloc, sizeof(*piece) + size);
    if (piece == NULL) {
        return NULL;
    }
    piece->size = size;
    return piece + 1;
}

static void piece_free(void *ptr, void *ctx)
{
    const struct pawl_alloc *const *alloc = ctx;
    if (ptr != NULL) {
        union piece *piece = (union piece *)ptr - 1;
        pawl_alloc_free(*alloc, piece, sizeof(*piece) + piece->size);
    }
}

/* ---- compiling --------------------------------------------------------------------------------
 */

static enum pawl_rc refuse(int code, struct pawl_err *err)
{
    PCRE2_UCHAR text[128];
    switch (code) {
    case PCRE2_ERROR_HEAP_FAILED:
    case PCRE2_ERROR_NOMEMORY:
        return pawl_err_set(err, PAWL_ENOMEM, "%s", pawl_rc_text(PAWL_ENOMEM));
    case PCRE2_ERROR_PATTERN_TOO_LARGE:
    case PCRE2_ERROR_PATTERN_TOO_COMPLICATED:
    case PCRE2_ERROR_PARENTHESES_NEST_TOO_DEEP:
    case PCRE2_ERROR_LOOKBEHIND_TOO_COMPLICATED:
        return pawl_err_set(err, PAWL_ELIMIT, "the regular expression is too large");
    case PCRE2_ERROR_LOOKBEHIND_NOT_FIXED_LENGTH:
        return pawl_err_set(err, PAWL_EUNSUPPORTED,
                            "a lookbehind must match texts of one length only");
    default:
        break;
    }
    if (pcre2_get_error_message(code, text, sizeof(text)) < 0) {
        text[0] = '\0';
    }
    return pawl_err_set(err, PAWL_EINVALID, "not a regular expression: %s", (const char *)text);
}

static enum pawl_rc regex_compile(struct pawl_regex *regex, struct pawl_str translated,
                                  struct pawl_err *err)
{
    int code = PCRE2_ERROR_HEAP_FAILED;
    PCRE2_SIZE offset = 0;
    uint32_t options = 0;
    pcre2_general_context *general =
        pcre2_general_context_create(piece_get, piece_free, &regex->alloc);
    pcre2_compile_context *context = general == NULL ? NULL : pcre2_compile_context_create(general);
    if (context != NULL) {
        regex->code = pcre2_compile((PCRE2_SPTR)translated.ptr, translated.len,
                                    PCRE2_UTF | PCRE2_NO_UTF_CHECK | PCRE2_MATCH_UNSET_BACKREF |
                                        PCRE2_USE_OFFSET_LIMIT | PCRE2_NEVER_BACKSLASH_C,
                                    &code, &offset, context);
    }
    pcre2_compile_context_free(context);
    pcre2_general_context_free(general);
    if (regex->code == NULL) {
        return refuse(code, err);
    }
    int known = pcre2_pattern_info(regex->code, PCRE2_INFO_ALLOPTIONS, &options);
    PAWL_ASSERT(known == 0);
    regex->anchored = (options & PCRE2_ANCHORED) != 0;
    return PAWL_OK;
}

enum pawl_rc pawl_regex_new(const struct pawl_alloc *alloc, struct pawl_str pattern,
                            struct pawl_regex **ret_regex, struct pawl_err *err)
{
    struct pawl_buf translated;
    struct pawl_regex_facts facts = {0};
    alloc = alloc != NULL ? alloc : pawl_alloc_heap();
    pawl_buf_init(&translated, alloc, TRANSLATED_MAX);
    struct pawl_regex *regex = pawl_alloc_zero(alloc, sizeof(*regex));
    enum pawl_rc rc;
    if (regex == NULL) {
        rc = pawl_err_set(err, PAWL_ENOMEM, "%s", pawl_rc_text(PAWL_ENOMEM));
    } else {
        regex->alloc = alloc;
        rc = pawl_regex_translate(pattern, &translated, &facts, err);
    }
    if (rc == PAWL_OK) {
        regex->unbounded = facts.unbounded;
        struct pawl_str text = pawl_buf_str(&translated);
        rc = regex_compile(regex, text.ptr == NULL ? PAWL_STR("") : text, err);
    }
    pawl_buf_fini(&translated);
    if (rc != PAWL_OK) {
        pawl_regex_free(regex);
        return rc;
    }
    *ret_regex = regex;
    return PAWL_OK;
}

void pawl_regex_free(struct pawl_regex *regex)
{
    if (regex != NULL) {
        pcre2_code_free(regex->code);
        pawl_alloc_free(regex->alloc, regex, sizeof(*regex));
    }
}

/* ---- matching ---------------------------------------------------------------------------------
 */

void pawl_regex_run_init(struct pawl_regex_run *run, const struct pawl_alloc *alloc)
{
    *run = (struct pawl_regex_run){.alloc = alloc != NULL ? alloc : pawl_alloc_heap()};
}

void pawl_regex_run_fini(struct pawl_regex_run *run)
{
    pcre2_match_data_free(run->data);
    pcre2_match_context_free(run->context);
    pcre2_general_context_free(run->general);
    *run = (struct pawl_regex_run){.alloc = run->alloc};
}

static bool run_ready(struct pawl_regex_run *run)
{
    if (run->general == NULL) {
        run->general = pcre2_general_context_create(piece_get, piece_free, &run->alloc);
    }
    if (run->general != NULL && run->context == NULL) {
        run->context = pcre2_match_context_create(run->general);
        if (run->context != NULL) {
            (void)pcre2_set_heap_limit(run->context, HEAP_KIB_MAX); /* cannot fail */
        }
    }
    if (run->context != NULL && run->data == NULL) {
        run->data = pcre2_match_data_create(1, run->general);
    }
    return run->data != NULL;
}

/* One search as it goes on. */
struct search {
    const struct pawl_regex *regex;
    struct pawl_regex_run *run;
    struct pawl_str text;
    uint64_t *io_fuel;
    size_t at;       /* the next start */
    size_t window;   /* bytes of starts in the next call */
    uint32_t steps;  /* that one start may take */
    uint32_t checks; /* PCRE2's option: the text was checked before */
    bool single;     /* starts are tried one by one */
};

static bool pay(struct search *search, uint64_t price)
{
    if (price > *search->io_fuel) {
        *search->io_fuel = 0;
        return false;
    }
    *search->io_fuel -= price;
    return true;
}

static bool pay_window(struct search *search)
{
    uint64_t scanned = search->window;
    if (search->regex->unbounded) {
        scanned *= search->text.len - search->at + 1;
    }
    return pay(search, 1 + scanned / BYTES_PER_FUEL);
}

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xC0) == 0x80;
}

/* The next window, twice as large; false at the end of the text. */
static bool next_window(struct search *search)
{
    if (search->regex->anchored || search->text.len - search->at < search->window) {
        return false;
    }
    search->at += search->window;
    while (search->at < search->text.len && is_continuation(search->text.ptr[search->at])) {
        search->at++;
    }
    search->window = search->single ? 1 : search->window * 2;
    return true;
}

/* A start took more steps than it may: PAWL_OK when it is to be tried again. */
static enum pawl_rc raise_limit(struct search *search)
{
    if (!pay(search, search->steps / STEPS_PER_FUEL)) {
        return PAWL_EFUEL;
    }
    if (!search->single) {
        search->single = true; /* find out which start it is */
        search->window = 1;
        return PAWL_OK;
    }
    if (search->steps >= PAWL_REGEX_STEPS_MAX) {
        return PAWL_EFUEL;
    }
    search->steps *= STEPS_GROWTH;
    return PAWL_OK;
}

static bool is_utf8_error(int found)
{
    return found <= PCRE2_ERROR_UTF8_ERR1 && found >= PCRE2_ERROR_UTF8_ERR21;
}

static int search_window(struct search *search)
{
    pcre2_match_context *context = search->run->context;
    (void)pcre2_set_match_limit(context, search->steps); /* setters cannot fail */
    (void)pcre2_set_depth_limit(context, search->steps);
    (void)pcre2_set_offset_limit(context, search->at + search->window - 1);
    int found = pcre2_match(search->regex->code, (PCRE2_SPTR)search->text.ptr, search->text.len,
                            search->at, search->checks, search->run->data, context);
    search->checks = PCRE2_NO_UTF_CHECK;
    return found;
}

enum pawl_rc pawl_regex_match(const struct pawl_regex *regex, struct pawl_regex_run *run,
                              struct pawl_str text, uint64_t *io_fuel, bool *ret_matches)
{
    PAWL_ASSERT(regex != NULL);
    PAWL_ASSERT(regex->code != NULL);
    text = text.ptr == NULL ? PAWL_STR("") : text;
    struct search search = {
        .regex = regex,
        .run = run,
        .text = text,
        .io_fuel = io_fuel,
        .window = WINDOW_FIRST,
        .steps = STEPS_FIRST + (uint32_t)(STEPS_SHORT / (text.len + 1)),
    };
    if (!run_ready(run)) {
        return PAWL_ENOMEM;
    }
    for (;;) {
        if (!pay_window(&search)) {
            return PAWL_EFUEL;
        }
        int found = search_window(&search);
        if (found == PCRE2_ERROR_MATCHLIMIT || found == PCRE2_ERROR_DEPTHLIMIT) {
            enum pawl_rc rc = raise_limit(&search);
            if (rc != PAWL_OK) {
                return rc;
            }
        } else if (found == PCRE2_ERROR_NOMEMORY) {
            return PAWL_ENOMEM;
        } else if (found == PCRE2_ERROR_HEAPLIMIT) {
            return PAWL_EFUEL;
        } else if (found >= 0 || is_utf8_error(found) || !next_window(&search)) {
            *ret_matches = found >= 0;
            return PAWL_OK;
        }
    }
}
