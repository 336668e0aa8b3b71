/* See counter.h. This file is compiled without the calls that it answers. */
#include "counter.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>

struct cost_counter cost_counter;

enum { BYTES_A_STEP = 16, PRINT_STEPS = 40 };

static void count(uint64_t steps)
{
    if (cost_counter.cap != 0) {
        cost_counter.steps += steps;
        if (cost_counter.steps >= cost_counter.cap) {
            cost_counter.cap = 0;
            longjmp(cost_counter.out, 1);
        }
    }
}

void __sanitizer_cov_trace_pc(void);
void __sanitizer_cov_trace_pc(void)
{
    count(1);
}

/* Go through `size` bytes, or until they differ or are found, which is never more. */
#define PASS(result, name, params, args, size)                                                     \
    result __real_##name params;                                                                   \
    result __wrap_##name params;                                                                   \
    result __wrap_##name params                                                                    \
    {                                                                                              \
        count(1 + (size) / BYTES_A_STEP);                                                          \
        return __real_##name args;                                                                 \
    }

PASS(void *, memcpy, (void *to, const void *from, size_t n), (to, from, n), n)
PASS(void *, memmove, (void *to, const void *from, size_t n), (to, from, n), n)
PASS(void *, memset, (void *to, int c, size_t n), (to, c, n), n)
PASS(int, memcmp, (const void *a, const void *b, size_t n), (a, b, n), n)

void *__real_memmem(const void *in, size_t n, const void *what, size_t m);
void *__wrap_memmem(const void *in, size_t n, const void *what, size_t m);
void *__wrap_memmem(const void *in, size_t n, const void *what, size_t m)
{
    const char *found = __real_memmem(in, n, what, m);
    size_t passed = found == NULL ? n : (size_t)(found - (const char *)in);
    count(1 + (passed + m) / BYTES_A_STEP);
    return (void *)(uintptr_t)found;
}

void *__real_memchr(const void *in, int c, size_t n);
void *__wrap_memchr(const void *in, int c, size_t n);
void *__wrap_memchr(const void *in, int c, size_t n)
{
    const char *found = __real_memchr(in, c, n);
    count(1 + (found == NULL ? n : (size_t)(found - (const char *)in)) / BYTES_A_STEP);
    return (void *)(uintptr_t)found;
}

size_t __real_strlen(const char *text);
size_t __wrap_strlen(const char *text);
size_t __wrap_strlen(const char *text)
{
    size_t n = __real_strlen(text);
    count(1 + n / BYTES_A_STEP);
    return n;
}

int __real_vsnprintf(char *to, size_t size, const char *format, va_list args);
int __wrap_vsnprintf(char *to, size_t size, const char *format, va_list args);
int __wrap_vsnprintf(char *to, size_t size, const char *format, va_list args)
{
    int n = __real_vsnprintf(to, size, format, args);
    count(PRINT_STEPS + (uint64_t)(n > 0 ? n : 0) / BYTES_A_STEP);
    return n;
}

int __wrap_snprintf(char *to, size_t size, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
int __wrap_snprintf(char *to, size_t size, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    int n = __wrap_vsnprintf(to, size, format, args);
    va_end(args);
    return n;
}
