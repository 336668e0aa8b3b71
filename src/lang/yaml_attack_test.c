/* Texts made to cost much: each is refused within bounds of memory and of work. Memory is every
 * byte that the arena and libyaml hold at once; work is the number of their allocations, which no
 * clock and no busy machine changes. And: memory that runs out at each of those allocations in
 * turn.
 *
 * libyaml takes its memory through yaml_malloc and its kin; this program has its own, which the
 * dynamic linker puts in their place. */
#include "base/buf.h"
#include "base/limits.h"
#include "base/test.h"
#include "lang/yaml.h"

enum { PEAK_MAX = 16 * 1024 * 1024, CALLS_MAX = 100000, TEXT_MAX = 8 * 1024 * 1024 };

static struct {
    size_t live, peak, calls, library_calls;
    size_t fail_at; /* of the library's calls; 0: none */
} memory;

/* ---- libyaml's memory ------------------------------------------------------------------------ */

#define LIBYAML __attribute__((visibility("default")))

LIBYAML void *yaml_malloc(size_t size);
LIBYAML void *yaml_realloc(void *ptr, size_t size);
LIBYAML void yaml_free(void *ptr);
LIBYAML unsigned char *yaml_strdup(const unsigned char *text);

static void count(size_t old, size_t size)
{
    memory.calls++;
    memory.live = memory.live - old + size;
    memory.peak = memory.live > memory.peak ? memory.live : memory.peak;
}

enum { HEADER = 16 }; /* bytes in front of each block: its size */

void *yaml_realloc(void *ptr, size_t size)
{
    char *block = ptr == NULL ? NULL : (char *)ptr - HEADER;
    size_t old = 0;
    if (block != NULL) {
        memcpy(&old, block, sizeof(old));
    }
    if (++memory.library_calls == memory.fail_at) {
        return NULL;
    }
    char *grown = realloc(block, size + HEADER);
    if (grown == NULL) {
        return NULL;
    }
    count(old, size);
    memcpy(grown, &size, sizeof(size));
    return grown + HEADER;
}

void *yaml_malloc(size_t size)
{
    return yaml_realloc(NULL, size);
}

void yaml_free(void *ptr)
{
    if (ptr != NULL) {
        size_t size;
        memcpy(&size, (char *)ptr - HEADER, sizeof(size));
        memory.live -= size;
        free((char *)ptr - HEADER);
    }
}

unsigned char *yaml_strdup(const unsigned char *text)
{
    size_t size = strlen((const char *)text) + 1;
    unsigned char *copy = yaml_malloc(size);
    return copy == NULL ? NULL : memcpy(copy, text, size);
}

/* ---- the arena's memory ---------------------------------------------------------------------- */

static void *counted_realloc(void *ctx, void *ptr, size_t old, size_t size)
{
    if (size == 0) {
        memory.live -= old;
        free(ptr);
        return NULL;
    }
    void *grown = realloc(ptr, size);
    if (grown != NULL) {
        count(old, size);
    }
    return grown;
}

static const struct pawl_alloc counted = {NULL, counted_realloc};

struct outcome {
    enum pawl_rc rc;
    enum pawl_diag_code code; /* of the first finding, or PAWL_DIAG_COUNT */
    uint32_t findings;
};

static struct outcome parse(struct pawl_str text, size_t fail_at)
{
    memset(&memory, 0, sizeof(memory));
    memory.fail_at = fail_at;
    struct pawl_arena arena;
    struct pawl_diags diags;
    const struct pawl_val *val = NULL;
    const struct pawl_yaml_places *places = NULL;
    pawl_arena_init(&arena, &counted, PAWL_DOCUMENT_MEMORY_MAX * 4);
    pawl_diags_init(&diags, &arena, PAWL_DIAGS_MAX);
    enum pawl_rc rc = pawl_yaml_parse(&arena, text, &diags, &val, &places);
    struct outcome outcome = {rc, PAWL_DIAG_COUNT, diags.count};
    assert_int_equal(rc == PAWL_OK, val != NULL);
    if (diags.count > 0) {
        outcome.code = diags.items[0].code;
    }
    pawl_arena_fini(&arena);
    assert_int_equal(memory.live, 0);
    return outcome;
}

/* ---- attacks --------------------------------------------------------------------------------- */

static const struct attack {
    const char *name;
    const char *head, *text, *tail; /* text `times` times between the others: # is the
                                          count from 1, @ the one before */
    uint32_t times;
    enum pawl_diag_code code;
} attacks[] = {
    {"anchors", "a: 1\n", "b#: &b# [1]\n", "", 100000, PAWL_DIAG_DOCUMENT_LIMIT},
    {"nested lists", "", "[", "", 1000000, PAWL_DIAG_DOCUMENT_LIMIT},
    {"nested lists, each on a line", "", "[\n", "", 1000000, PAWL_DIAG_DOCUMENT_LIMIT},
    {"nested maps", "", "{a: ", "", 1000000, PAWL_DIAG_DOCUMENT_LIMIT},
    {"nested maps as keys", "", "{", "", 1000000, PAWL_DIAG_DOCUMENT_LIMIT},
    {"nested block lists", "", "- ", "x", 1000000, PAWL_DIAG_DOCUMENT_LIMIT},
    {"nested keys", "", "? ", "x", 1000000, PAWL_DIAG_DOCUMENT_LIMIT},
    {"nested keys in brackets", "[", "? [", "", 1000000, PAWL_DIAG_DOCUMENT_LIMIT},
    {"%TAG lines", "", "%TAG !t#! tag:x\n", "--- a\n", 100000, PAWL_DIAG_DOCUMENT_LIMIT},
    {"a long %TAG line", "%TAG !e! tag:", "xxxxxxxxxx", "\n---\n- !e!a\n", 100000,
     PAWL_DIAG_DOCUMENT_LIMIT},
    {"aliases of lists", "a: &x0 [1,1,1,1,1,1,1,1,1,1]\n",
     "a#: &x# [*x@,*x@,*x@,*x@,*x@,*x@,*x@,*x@,*x@,*x@]\n", "", 30, PAWL_DIAG_DOCUMENT_LIMIT},
    {"aliases of maps", "a: &x0 {k: 1}\n", "a#: &x# {a: *x@, b: *x@, c: *x@}\n", "", 100,
     PAWL_DIAG_DOCUMENT_LIMIT},
    {"aliases nested", "a: &x0 [1]\n", "a#: &x# [*x@]\n", "", 1000, PAWL_DIAG_DOCUMENT_LIMIT},
    {"aliases of many values", "a: &x [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]\nb: [\n", " *x,",
     "]", 100000, PAWL_DIAG_DOCUMENT_LIMIT},
    {"an alias inside of its anchor", "a: &x [", "*x, ", "1]\n", 100000, PAWL_DIAG_YAML_ALIAS},
    {"keys that are no text", "", "#: a\n", "", 100000, PAWL_DIAG_YAML_KEY},
    {"keys that are templates", "a:\n", " - {{ a }}\n", "", 100000, PAWL_DIAG_YAML_KEY},
    {"unknown tags", "", "- !x 1\n", "", 100000, PAWL_DIAG_YAML_TAG},
    {"quotes that never end", "a: \"", "x ", "", 1000000, PAWL_DIAG_YAML_SYNTAX},
    {"a key that never ends", "", "x ", ": 1", 1000000, PAWL_DIAG_YAML_SYNTAX},
    {"documents", "", "---\n", "", 1000000, PAWL_DIAG_YAML_DOCUMENTS},
    {"comments only", "", "#\n", "", 1000000, PAWL_DIAG_YAML_DOCUMENTS},
    {"a text that is too large", "", "x", "", PAWL_DOCUMENT_SIZE_MAX + 1, PAWL_DIAG_DOCUMENT_LIMIT},
};

static void attack_make(struct pawl_buf *buf, const struct attack *attack)
{
    pawl_buf_put_cstr(buf, attack->head);
    for (uint32_t i = 0; i < attack->times; i++) {
        bool comment = attack->text[0] == '#' && attack->text[1] == '\n';
        for (const char *at = attack->text; *at != '\0'; at++) {
            if ((*at == '#' || *at == '@') && !comment) {
                pawl_buf_put_int(buf, i + (*at == '#'));
            } else {
                pawl_buf_put_char(buf, *at);
            }
        }
    }
    pawl_buf_put_cstr(buf, attack->tail);
    assert_int_equal(buf->rc, PAWL_OK);
}

TEST(attacks_are_refused_within_16_megabytes_and_little_work)
{
    for (size_t i = 0; i < sizeof(attacks) / sizeof(attacks[0]); i++) {
        const struct attack *attack = &attacks[i];
        struct pawl_buf buf;
        pawl_buf_init(&buf, NULL, TEXT_MAX);
        attack_make(&buf, attack);
        struct outcome outcome = parse(pawl_buf_str(&buf), 0);
        print_message("# %s: %zu KiB, %zu allocations\n", attack->name, memory.peak / 1024,
                      memory.calls);
        if (outcome.rc == PAWL_OK || outcome.code != attack->code || memory.peak > PEAK_MAX ||
            memory.calls > CALLS_MAX) {
            fail_msg("%s: %s, %s", attack->name, pawl_rc_code(outcome.rc),
                     outcome.code == PAWL_DIAG_COUNT ? "-" : pawl_diag_info(outcome.code)->code);
        }
        assert_true(outcome.findings <= PAWL_DIAGS_MAX);
        assert_true(memory.library_calls > 0 || outcome.code == PAWL_DIAG_DOCUMENT_LIMIT);
        pawl_buf_fini(&buf);
    }
}

TEST(every_duplicate_is_not_looked_for_among_all_keys)
{
    struct pawl_buf buf;
    pawl_buf_init(&buf, NULL, TEXT_MAX);
    for (int i = 0; i < 50000; i++) {
        pawl_buf_put_cstr(&buf, "a: 1\n");
    }
    struct outcome outcome = parse(pawl_buf_str(&buf), 0);
    assert_int_equal(outcome.rc, PAWL_ESYNTAX);
    assert_int_equal(outcome.code, PAWL_DIAG_DUPLICATE_KEY);
    assert_int_equal(outcome.findings, PAWL_DIAGS_MAX);
    pawl_buf_fini(&buf);
}

/* ---- memory that runs out -------------------------------------------------------------------- */

static const char everything[] =
    "%YAML 1.2\n%TAG !e! tag:yaml.org,2002:\n---\n"
    "a: &x {k: [1, 2.5, 'q', \"r\\u0041 a longer text that does not fit the first buffer\"]}\n"
    "b: *x\nc: !e!str |\n  text\n  of lines\n\nd: >-\n  folded\n  text\n? e\n: - f\n  - g: h\n"
    "i: !!int &y 7\nj: !<tag:yaml.org,2002:str> 8\nk: *y\nl: [m: n, {}, []]\n"
    "o: \xC2\x85 disguised\n";

TEST(libyaml_without_memory_is_an_error_without_a_leak)
{
    struct pawl_str text = pawl_str_from(everything);
    size_t at = 1;
    for (;; at++) {
        struct outcome outcome = parse(text, at);
        if (memory.library_calls < at) {
            assert_int_equal(outcome.rc, PAWL_OK);
            break;
        }
        if (outcome.rc != PAWL_ENOMEM || outcome.findings > 0) {
            fail_msg("call %zu: %s", at, pawl_rc_code(outcome.rc));
        }
    }
    assert_true(at > 200); /* the library's memory is indeed ours here */
}

TEST(an_arena_without_memory_is_an_error_without_a_leak)
{
    struct pawl_str texts[] = {pawl_str_from(everything),
                               PAWL_STR("a: &x {k: [*none]}\n1: 2\nc: !d e\n'c': [.inf]\n"),
                               PAWL_STR("a: [b,\nc]\n"), PAWL_STR("a: b: c\n")};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        for (size_t at = 1;; at++) {
            struct pawl_alloc_fault fault;
            struct pawl_arena arena;
            struct pawl_diags diags;
            const struct pawl_val *val = NULL;
            const struct pawl_yaml_places *places = NULL;
            memset(&memory, 0, sizeof(memory));
            pawl_alloc_fault_init(&fault, at, 1);
            pawl_arena_init(&arena, &fault.alloc, PAWL_DOCUMENT_MEMORY_MAX);
            pawl_diags_init(&diags, &arena, PAWL_DIAGS_MAX);
            enum pawl_rc rc = pawl_yaml_parse(&arena, texts[i], &diags, &val, &places);
            pawl_arena_fini(&arena);
            assert_int_equal(fault.live, 0);
            assert_int_equal(memory.live, 0);
            if (fault.count < at) {
                assert_int_equal(rc, i == 0 ? PAWL_OK : PAWL_ESYNTAX);
                break;
            }
            assert_int_not_equal(rc, PAWL_OK);
            assert_null(val);
        }
    }
}

TEST_MAIN(TEST_CASE(attacks_are_refused_within_16_megabytes_and_little_work),
          TEST_CASE(every_duplicate_is_not_looked_for_among_all_keys),
          TEST_CASE(libyaml_without_memory_is_an_error_without_a_leak),
          TEST_CASE(an_arena_without_memory_is_an_error_without_a_leak))
