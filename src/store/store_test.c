/* The conformance suite on every backend. */
#include "store/conformance.h"

#define PAWL_X(name)                                                                               \
    static void name##_on(void **state)                                                            \
    {                                                                                              \
        struct pawl_store_case c;                                                                  \
        pawl_case_open(&c, *state);                                                                \
        name(&c);                                                                                  \
        pawl_case_close(&c);                                                                       \
    }
#include "store/conformance.def"
#undef PAWL_X

int main(void)
{
    union { /* cmocka's state is not const */
        const struct pawl_store_api *api;
        void *state;
    } memory = {.api = &pawl_store_memory}, sqlite = {.api = &pawl_store_sqlite};
    const struct CMUnitTest tests[] = {
#define PAWL_X(name) {"memory: " #name, name##_on, NULL, NULL, memory.state},
#include "store/conformance.def"
#undef PAWL_X
#define PAWL_X(name) {"sqlite: " #name, name##_on, NULL, NULL, sqlite.state},
#include "store/conformance.def"
#undef PAWL_X
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
