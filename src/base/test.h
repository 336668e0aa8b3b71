/* The test harness: cmocka behind one include. Every test file is one program:
 *
 *   TEST(retry_waits_twice_as_long_after_each_failure) { …; assert_int_equal(…); }
 *   TEST_MAIN(TEST_CASE(retry_waits_twice_as_long_after_each_failure), …)
 */
#ifndef PAWL_BASE_TEST_H
#define PAWL_BASE_TEST_H

#include <setjmp.h> /* cmocka wants it */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/str.h"

#define TEST(name)      static void name(void **state __attribute__((unused)))
#define TEST_CASE(name) cmocka_unit_test(name)
#define TEST_MAIN(...)                                                                             \
    int main(void)                                                                                 \
    {                                                                                              \
        const struct CMUnitTest tests[] = {__VA_ARGS__};                                           \
        return cmocka_run_group_tests(tests, NULL, NULL);                                          \
    }

#define assert_str(actual, expected)                                                               \
    do {                                                                                           \
        struct pawl_str actual_ = (actual);                                                        \
        const char *expected_ = (expected);                                                        \
        if (!pawl_str_is(actual_, expected_)) {                                                    \
            print_error("got      '%.*s'\nexpected '%s'\n", (int)actual_.len,                      \
                        actual_.ptr != NULL ? actual_.ptr : "", expected_);                        \
            _fail(__FILE__, __LINE__);                                                             \
        }                                                                                          \
    } while (0)

#endif
