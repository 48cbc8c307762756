/*
 * test_log.c - how many lines may come
 */
#include "crier/log.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* How many of so many tries at that time succeed. */
static unsigned taken(struct log_bucket *b, unsigned tries, uint64_t now_ms)
{
    unsigned count = 0;

    while (tries-- > 0)
        count += log_take(b, 2000, 20, now_ms);
    return count;
}

static void limits_lines(void **state)
{
    struct log_bucket b = {0, 0};

    (void)state;
    assert_int_equal(taken(&b, 50, 1000), 20);
    assert_int_equal(taken(&b, 50, 1499), 0);
    assert_int_equal(taken(&b, 50, 1500), 1); /* two a second */
    assert_int_equal(taken(&b, 50, 3500), 4);
    assert_int_equal(taken(&b, 50, 13500), 20);
    assert_int_equal(taken(&b, 50, UINT64_MAX), 20); /* it never overflows */
}

/* Small steps lose nothing that counts. */
static void counts_small_steps(void **state)
{
    struct log_bucket b = {0, 0};
    unsigned count = 0;

    (void)state;
    assert_int_equal(taken(&b, 50, 1000), 20);
    for (unsigned i = 1; i <= 10000; i++)
        count += log_take(&b, 100, 20, 1000 + 10 * i);
    assert_int_equal(count, 10);
}

static void keeps_peers_apart(void **state)
{
    static struct log_peers p;
    struct addr a = {ADDR_V4, {10, 0, 0, 1}}, b = {ADDR_V4, {10, 0, 0, 2}};
    unsigned count = 0;

    (void)state;
    for (unsigned i = 0; i < 100; i++)
        count += log_peer_may(&p, &a, 1000);
    assert_int_equal(count, 10);
    assert_true(log_peer_may(&p, &b, 1000));
    assert_false(log_peer_may(&p, &a, 10999));
    assert_true(log_peer_may(&p, &a, 11000)); /* six a minute */
    /* Many others: the one unheard longest makes room, the rest is known. */
    for (unsigned i = 0; i < LOG_PEERS - 1; i++) {
        b.b[3] = (uint8_t)(100 + i);
        assert_true(log_peer_may(&p, &b, 11001));
    }
    assert_false(log_peer_may(&p, &a, 11002));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(limits_lines),
        cmocka_unit_test(counts_small_steps),
        cmocka_unit_test(keeps_peers_apart),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
