/* A pattern and a text, separated by the first zero byte. Whatever they are: the translation is
 * something that PCRE2 accepts (but for what only PCRE2 can know), a match ends in time, and its
 * verdict does not depend on what the run was used for before. */
#include "fuzz.h"

#include "base/limits.h"
#include "value/regex.h"

static bool holds(struct pawl_str text, const char *part)
{
    return pawl_str_find(text, pawl_str_from(part)) != SIZE_MAX;
}

/* The translator is content; only names of properties and lookbehinds are left to PCRE2. */
static void check_refusal(struct pawl_str pattern, enum pawl_rc rc)
{
    struct pawl_buf out;
    struct pawl_regex_facts facts;
    pawl_buf_init(&out, NULL, 64 * PAWL_REGEX_SIZE_MAX);
    enum pawl_rc translated = pawl_regex_translate(pattern, &out, &facts, NULL);
    FUZZ_HOLDS(rc == PAWL_EINVALID || rc == PAWL_ELIMIT || rc == PAWL_EUNSUPPORTED);
    if (translated == PAWL_OK && rc == PAWL_EINVALID) {
        FUZZ_HOLDS(holds(pattern, "\\p{") || holds(pattern, "\\P{"));
    }
    if (rc == PAWL_EUNSUPPORTED) {
        FUZZ_HOLDS(translated == PAWL_OK);
        FUZZ_HOLDS(holds(pattern, "(?<=") || holds(pattern, "(?<!"));
    }
    pawl_buf_fini(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const uint8_t *zero = size == 0 ? NULL : memchr(data, 0, size);
    size_t length = zero == NULL ? size : (size_t)(zero - data);
    struct pawl_str pattern = {(const char *)data, length};
    struct pawl_str text = {(const char *)data + length, size - length};
    struct pawl_regex *regex = NULL;
    struct pawl_regex_run run;
    struct pawl_err err = {0};
    text = pawl_str_sub(text, 1, SIZE_MAX);
    enum pawl_rc rc = pawl_regex_new(NULL, pattern, &regex, &err);
    if (rc != PAWL_OK) {
        FUZZ_HOLDS(err.msg[0] != '\0');
        check_refusal(pattern, rc);
        return 0;
    }
    pawl_regex_run_init(&run, NULL);
    bool found[2] = {false, false}, other;
    uint64_t fuel = 200000, again = 200000;
    enum pawl_rc first = pawl_regex_match(regex, &run, text, &fuel, &found[0]);
    enum pawl_rc self = pawl_regex_match(regex, &run, pattern, &again, &other);
    FUZZ_HOLDS(self == PAWL_OK || self == PAWL_EFUEL);
    again = 200000;
    enum pawl_rc second = pawl_regex_match(regex, &run, text, &again, &found[1]);
    FUZZ_HOLDS(first == PAWL_OK || first == PAWL_EFUEL);
    FUZZ_HOLDS(first == second);
    FUZZ_HOLDS(found[0] == found[1]);
    FUZZ_HOLDS(fuel == again);
    pawl_regex_run_fini(&run);
    pawl_regex_free(regex);
    return 0;
}
