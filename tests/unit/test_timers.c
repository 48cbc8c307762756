/*
 * test_timers.c - the heap of deadlines: the earliest comes first, whatever
 * was set, moved and cancelled in between
 */
#include "mdns/timers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

enum { BLOCK = 512 * 1024, COUNT = 1000 };

struct fixture {
    struct heap heap;
    struct timers timers;
    void *block;
    struct timer timer[COUNT];
    uint64_t due_ms[COUNT]; /* UINT64_MAX: not set */
    uint64_t chance;
};

static struct fixture *begin(void)
{
    struct fixture *f = calloc(1, sizeof *f);

    assert_non_null(f);
    f->block = calloc(1, BLOCK);
    assert_non_null(f->block);
    f->chance = 3;
    heap_init(&f->heap, f->block, BLOCK);
    timers_init(&f->timers, &f->heap);
    for (unsigned i = 0; i < COUNT; i++) {
        assert_true(timers_reserve(&f->timers));
        f->due_ms[i] = UINT64_MAX;
    }
    return f;
}

static void end(struct fixture *f)
{
    free(f->block);
    free(f);
}

static uint32_t draw(struct fixture *f, uint32_t below)
{
    f->chance = f->chance * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(f->chance >> 33) % below;
}

static uint64_t earliest(const struct fixture *f)
{
    uint64_t at = UINT64_MAX;

    for (unsigned i = 0; i < COUNT; i++)
        if (f->due_ms[i] < at)
            at = f->due_ms[i];
    return at;
}

static void keeps_the_earliest_first(void **state)
{
    struct fixture *f = begin();

    (void)state;
    assert_int_equal(timers_next_ms(&f->timers), UINT64_MAX);
    for (unsigned step = 0; step < 20000; step++) {
        unsigned i = draw(f, COUNT);

        if (draw(f, 3) == 0) {
            timers_cancel(&f->timers, &f->timer[i]);
            f->due_ms[i] = UINT64_MAX;
        } else {
            f->due_ms[i] = draw(f, 100000);
            timers_set(&f->timers, &f->timer[i], f->due_ms[i]);
        }
        assert_int_equal(timers_is_set(&f->timer[i]),
                         f->due_ms[i] != UINT64_MAX);
        assert_int_equal(timers_due_ms(&f->timers, &f->timer[i]),
                         f->due_ms[i]);
        if (step % 50 == 0)
            assert_int_equal(timers_next_ms(&f->timers), earliest(f));
    }
    end(f);
}

static void pops_what_is_due_in_order(void **state)
{
    struct fixture *f = begin();
    uint64_t last_ms = 0;
    unsigned popped = 0;
    struct timer *t;

    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        f->due_ms[i] = draw(f, 2000);
        timers_set(&f->timers, &f->timer[i], f->due_ms[i]);
    }
    assert_null(timers_pop(&f->timers, earliest(f) - 1));
    while ((t = timers_pop(&f->timers, 1000)) != NULL) {
        uint64_t due_ms = f->due_ms[t - f->timer];

        assert_true(due_ms >= last_ms && due_ms <= 1000);
        assert_false(timers_is_set(t));
        last_ms = due_ms;
        popped++;
    }
    for (unsigned i = 0; i < COUNT; i++)
        popped += f->due_ms[i] > 1000;
    assert_int_equal(popped, COUNT);
    end(f);
}

static void room_is_reserved_beforehand(void **state)
{
    struct fixture *f = begin();
    unsigned more = 0;

    (void)state;
    while (timers_reserve(&f->timers))
        more++; /* until the block is full */
    assert_true(more > 1000);
    for (unsigned i = 0; i < COUNT; i++)
        timers_set(&f->timers, &f->timer[i], i); /* cannot fail */
    for (unsigned i = 0; i < COUNT; i++) {
        timers_cancel(&f->timers, &f->timer[i]);
        timers_release(&f->timers);
    }
    assert_true(timers_reserve(&f->timers));
    end(f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(keeps_the_earliest_first),
        cmocka_unit_test(pops_what_is_due_in_order),
        cmocka_unit_test(room_is_reserved_beforehand),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
