/* Durations and RFC 3339 times on any bytes: what is accepted comes back from its written form, and
 * what is refused is refused in valid UTF-8 without touching the result. */
#include "base/duration.h"
#include "base/limits.h"
#include "base/time.h"
#include "base/utf8.h"
#include "fuzz.h"

static void check_duration(struct pawl_str text)
{
    struct pawl_duration duration = {.weeks = -1};
    struct pawl_err err = {0};
    if (pawl_duration_parse(text, &duration, &err) != PAWL_OK) {
        FUZZ_HOLDS(duration.weeks == -1 && err.msg[0] != '\0');
        return;
    }
    pawl_dur length = pawl_duration_ms(&duration), again = -1;
    char written[PAWL_DURATION_TEXT_MAX];
    FUZZ_HOLDS(length >= 0 && length <= PAWL_DURATION_DAYS_MAX * INT64_C(86400000));
    FUZZ_HOLDS(pawl_dur_parse(pawl_dur_format(written, length), &again, NULL) == PAWL_OK);
    FUZZ_HOLDS(again == length);
}

static void check_time(struct pawl_str text)
{
    pawl_ms at = PAWL_NEVER, again = 0;
    struct pawl_err err = {0};
    if (pawl_time_parse(text, &at, &err) != PAWL_OK) {
        FUZZ_HOLDS(at == PAWL_NEVER && err.msg[0] != '\0');
        return;
    }
    char written[PAWL_TIME_TEXT_MAX];
    FUZZ_HOLDS(pawl_time_parse(pawl_time_format(written, at), &again, NULL) == PAWL_OK);
    FUZZ_HOLDS(again == at);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct pawl_str text = {(const char *)data, size};
    int64_t days = 0;
    check_duration(text);
    check_time(text);
    (void)pawl_date_parse(text, &days, NULL); /* must only not crash */
    return 0;
}
