/*
 * cmocka.h - as much of cmocka as the unit tests use, for machines that have
 * no cmocka of their own (tests/foreign)
 *
 * One program is one source file and one group. A failed assertion jumps out
 * of its test. The output is cmocka's TAP.
 */
#ifndef CRIER_TESTS_CMOCKA_H
#define CRIER_TESTS_CMOCKA_H

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

typedef int (*stand_in_step)(void **state);

struct CMUnitTest {
    const char *name;
    void (*run)(void **state);
    stand_in_step setup;
    stand_in_step teardown;
    void *initial_state;
};

enum { STAND_IN_PASSED, STAND_IN_FAILED, STAND_IN_SKIPPED };

static jmp_buf stand_in_out; /* of the test that runs */

__attribute__((format(printf, 1, 2))) static inline void
print_message(const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vprintf(format, args);
    va_end(args);
}

__attribute__((noreturn, format(printf, 3, 4))) static inline void
stand_in_fail(const char *file, int line, const char *format, ...)
{
    va_list args;

    printf("# %s:%d: ", file, line);
    va_start(args, format);
    vprintf(format, args);
    va_end(args);
    printf("\n");
    longjmp(stand_in_out, STAND_IN_FAILED);
}

static inline void stand_in_true(bool holds, const char *what,
                                 const char *file, int line)
{
    if (!holds)
        stand_in_fail(file, line, "not so: %s", what);
}

static inline void stand_in_int(uintmax_t a, uintmax_t b, bool equal,
                                const char *file, int line)
{
    if ((a == b) != equal)
        stand_in_fail(file, line, "%#jx %s %#jx", a, equal ? "!=" : "==", b);
}

static inline void stand_in_range(uintmax_t a, uintmax_t min, uintmax_t max,
                                  const char *file, int line)
{
    if (a < min || a > max)
        stand_in_fail(file, line, "%ju is not in %ju..%ju", a, min, max);
}

static inline void stand_in_string(const char *a, const char *b, bool equal,
                                   const char *file, int line)
{
    if ((strcmp(a, b) == 0) != equal)
        stand_in_fail(file, line, "\"%s\" %s \"%s\"", a, equal ? "!=" : "==",
                      b);
}

static inline void stand_in_memory(const void *a, const void *b, size_t len,
                                   bool equal, const char *file, int line)
{
    const uint8_t *x = a;
    const uint8_t *y = b;
    size_t i = 0;

    while (i < len && x[i] == y[i])
        i++;
    if ((i == len) != equal)
        stand_in_fail(file, line, "%zu bytes %s from byte %zu", len,
                      equal ? "differ" : "are equal", i);
}

static inline bool stand_in_test(const struct CMUnitTest *test,
                                 void *volatile state, size_t number)
{
    void *own = test->initial_state ? test->initial_state : state;
    int verdict = setjmp(stand_in_out);

    if (verdict == STAND_IN_PASSED) {
        if (test->setup && test->setup(&own) != 0)
            stand_in_fail(test->name, 0, "setup");
        test->run(&own);
        if (test->teardown && test->teardown(&own) != 0)
            stand_in_fail(test->name, 0, "teardown");
    }
    if (verdict == STAND_IN_SKIPPED)
        printf("ok %zu # SKIP %s\n", number, test->name);
    else
        printf("%s %zu - %s\n", verdict == STAND_IN_PASSED ? "ok" : "not ok",
               number, test->name);
    fflush(stdout);
    return verdict != STAND_IN_FAILED;
}

static inline int stand_in_group(const struct CMUnitTest *tests, size_t count,
                                 stand_in_step setup, stand_in_step teardown)
{
    void *state = NULL;
    int failed = 0;

    if (setup && setup(&state) != 0)
        return 1;
    printf("1..%zu\n", count);
    for (size_t i = 0; i < count; i++)
        failed += !stand_in_test(&tests[i], state, i + 1);
    if (teardown && teardown(&state) != 0)
        return 1;
    return failed;
}

#define cmocka_unit_test(f) {#f, f, NULL, NULL, NULL}
#define cmocka_unit_test_setup_teardown(f, setup, teardown) \
    {#f, f, setup, teardown, NULL}
#define cmocka_run_group_tests(tests, setup, teardown) \
    stand_in_group(tests, sizeof(tests) / sizeof(tests)[0], setup, teardown)
#define cmocka_run_group_tests_name(name, tests, setup, teardown) \
    cmocka_run_group_tests(tests, setup, teardown)

#define skip() longjmp(stand_in_out, STAND_IN_SKIPPED)
#define fail_msg(...) stand_in_fail(__FILE__, __LINE__, __VA_ARGS__)
#define fail() fail_msg("failed")

#define assert_true(c) stand_in_true((c) ? true : false, #c, __FILE__, __LINE__)
#define assert_false(c) \
    stand_in_true((c) ? false : true, "no " #c, __FILE__, __LINE__)
#define assert_null(p) assert_true((p) == NULL)
#define assert_non_null(p) assert_true((p) != NULL)
#define assert_ptr_equal(a, b) \
    assert_true((const void *)(a) == (const void *)(b))
#define assert_ptr_not_equal(a, b) \
    assert_true((const void *)(a) != (const void *)(b))
#define assert_int_equal(a, b) \
    stand_in_int((uintmax_t)(a), (uintmax_t)(b), true, __FILE__, __LINE__)
#define assert_int_not_equal(a, b) \
    stand_in_int((uintmax_t)(a), (uintmax_t)(b), false, __FILE__, __LINE__)
#define assert_in_range(a, min, max) \
    stand_in_range((uintmax_t)(a), (uintmax_t)(min), (uintmax_t)(max), \
                   __FILE__, __LINE__)
#define assert_string_equal(a, b) \
    stand_in_string(a, b, true, __FILE__, __LINE__)
#define assert_string_not_equal(a, b) \
    stand_in_string(a, b, false, __FILE__, __LINE__)
#define assert_memory_equal(a, b, len) \
    stand_in_memory(a, b, len, true, __FILE__, __LINE__)
#define assert_memory_not_equal(a, b, len) \
    stand_in_memory(a, b, len, false, __FILE__, __LINE__)

#endif
