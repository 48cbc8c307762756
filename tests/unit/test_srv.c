/*
 * test_srv.c - the order of SRV targets
 *
 * Ids in comments are those of tests/requirements.tsv.
 */
#include "crier/dnssd.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])

/*
 * W-2782-format-02 W-2782-format-03: worked out by hand from RFC 2782.
 * Running sums are taken over what is left, weight 0 first, and rnd stands
 * for rnd modulo (sum + 1).
 */
static const struct {
    const char *title;
    unsigned n;
    uint16_t priority[5], weight[5];
    uint32_t rnd[5];
    unsigned order[5];
} cases[] = {
    {"none", 0, {0}, {0}, {0}, {0}},
    {"one", 1, {7}, {9}, {12345}, {0}},
    {"by priority", 4, {10, 0, 20, 5}, {0}, {9, 9, 9, 9}, {1, 3, 0, 2}},
    {"priority counts more than weight", 2, {1, 0}, {65535, 0}, {5, 5},
     {1, 0}},
    {"no weights: as they came", 3, {0}, {0}, {7, 8, 9}, {0, 1, 2}},
    /* sums 1, 3, 6; draw of 0..6 */
    {"draw 0 takes the first", 3, {0}, {1, 2, 3}, {0, 0, 0}, {0, 1, 2}},
    {"draw 1 takes the first too", 3, {0}, {1, 2, 3}, {1, 1, 1}, {0, 1, 2}},
    {"draw 2", 3, {0}, {1, 2, 3}, {2, 1, 0}, {1, 0, 2}},
    {"draw 3", 3, {0}, {1, 2, 3}, {3, 2, 0}, {1, 2, 0}},
    {"draw 4", 3, {0}, {1, 2, 3}, {4, 3, 0}, {2, 1, 0}},
    {"draw 6, the sum itself", 3, {0}, {1, 2, 3}, {6, 1, 0}, {2, 0, 1}},
    {"draw 7 is 0 again", 3, {0}, {1, 2, 3}, {7, 0, 0}, {0, 1, 2}},
    /* weight 0 stands first: only a draw of 0 takes it */
    {"weight 0, draw 0", 3, {0}, {5, 0, 5}, {0, 0, 0}, {1, 0, 2}},
    {"weight 0, draw 1", 3, {0}, {5, 0, 5}, {1, 1, 1}, {0, 2, 1}},
    {"weight 0, draw 10", 3, {0}, {5, 0, 5}, {10, 5, 0}, {2, 0, 1}},
    {"groups are drawn apart", 5, {1, 0, 1, 0, 2}, {3, 3, 1, 1, 0},
     {4, 0, 4, 0, 0}, {3, 1, 2, 0, 4}},
};

static void orders_targets(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(cases); i++) {
        unsigned idx[5] = {99, 99, 99, 99, 99};

        print_message("dnssd_srv_order: %s\n", cases[i].title);
        dnssd_srv_order(cases[i].priority, cases[i].weight, cases[i].rnd,
                        idx, cases[i].n);
        assert_memory_equal(idx, cases[i].order,
                            cases[i].n * sizeof idx[0]);
    }
}

/* S-5.0-02 (D26: 1000 and 3000, as small weights are biased): 4000 draws
 * give a quarter and three quarters; a lower priority is always first. */
static void draws_in_proportion(void **state)
{
    const uint16_t priority[3] = {0, 10, 0};
    const uint16_t weight[3] = {1000, 60000, 3000};
    uint64_t chance = 1;
    unsigned first[3] = {0};

    (void)state;
    for (int i = 0; i < 4000; i++) {
        uint32_t rnd[3];
        unsigned idx[3];

        for (int j = 0; j < 3; j++) {
            chance = chance * UINT64_C(6364136223846793005) +
                     UINT64_C(1442695040888963407);
            rnd[j] = (uint32_t)(chance >> 32);
        }
        dnssd_srv_order(priority, weight, rnd, idx, 3);
        assert_int_equal(idx[2], 1);
        first[idx[0]]++;
    }
    assert_in_range(first[0], 900, 1100);
    assert_in_range(first[2], 2900, 3100);
}

/* Sums of the largest weights do not overflow. */
static void sums_large_weights(void **state)
{
    uint16_t priority[64] = {0}, weight[64];
    uint32_t rnd[64];
    unsigned idx[64];
    uint64_t seen = 0;

    (void)state;
    for (int i = 0; i < 64; i++) {
        weight[i] = 65535;
        rnd[i] = UINT32_MAX - (uint32_t)i;
    }
    dnssd_srv_order(priority, weight, rnd, idx, 64);
    for (int i = 0; i < 64; i++)
        seen |= UINT64_C(1) << idx[i];
    assert_true(seen == UINT64_MAX);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(orders_targets),
        cmocka_unit_test(draws_in_proportion),
        cmocka_unit_test(sums_large_weights),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
