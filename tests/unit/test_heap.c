/*
 * test_heap.c - memory of the engine: pieces do not overlap, are zeroed and
 * aligned, and whatever the order, all of it comes back as one piece
 */
#include "mdns/heap.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { BLOCK = 256 * 1024, PIECES = 400 };

struct fixture {
    struct heap heap;
    uint8_t *block;
    uint64_t chance;
};

static void begin(struct fixture *f)
{
    f->block = calloc(1, BLOCK);
    assert_non_null(f->block);
    f->chance = 7;
    heap_init(&f->heap, f->block, BLOCK);
}

static uint32_t draw(struct fixture *f, uint32_t below)
{
    f->chance = f->chance * 6364136223846793005u + 1442695040888963407u;
    return (uint32_t)(f->chance >> 33) % below;
}

static void gives_zeroed_aligned_memory(void **state)
{
    static const size_t sizes[] = {0, 1, 7, 8, 9, 16, 247, 248, 249, 255,
                                   256, 257, 1000, 4096, 8972, 65536};
    struct fixture f;

    (void)state;
    begin(&f);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        uint8_t *p = heap_get(&f.heap, sizes[i]);

        assert_non_null(p);
        assert_int_equal((uintptr_t)p % 8, 0);
        for (size_t k = 0; k < sizes[i]; k++)
            assert_int_equal(p[k], 0);
        memset(p, 0xa5, sizes[i]);
        heap_put(&f.heap, p);
    }
    assert_int_equal(f.heap.used, 0);
    heap_put(&f.heap, NULL); /* nothing */
    free(f.block);
}

static void refuses_what_is_not_there(void **state)
{
    struct fixture f;
    void *all;

    (void)state;
    begin(&f);
    assert_null(heap_get(&f.heap, BLOCK));
    assert_null(heap_get(&f.heap, SIZE_MAX / 2));
    all = heap_get(&f.heap, BLOCK * 3 / 4);
    assert_non_null(all);
    assert_null(heap_get(&f.heap, BLOCK / 3));
    heap_put(&f.heap, all);
    assert_non_null(heap_get(&f.heap, BLOCK * 3 / 4));
    free(f.block);
}

/* Room for later is not written to, so that it costs no pages. */
static void leaves_fresh_memory_alone(void **state)
{
    struct fixture f;
    uint8_t *p;

    (void)state;
    begin(&f);
    memset(f.block + BLOCK / 4, 0x5a, BLOCK / 4);
    p = heap_get(&f.heap, BLOCK * 3 / 4);
    assert_non_null(p);
    for (size_t i = BLOCK / 4; i < BLOCK / 2; i++)
        assert_int_equal(f.block[i], 0x5a);
    heap_put(&f.heap, p);
    p = heap_get(&f.heap, BLOCK * 3 / 4);
    for (size_t i = 0; i < BLOCK * 3 / 4; i++)
        assert_int_equal(p[i], 0);
    free(f.block);
}

/* The piece that ends the block: the end mark is behind it. */
static void gives_zeroed_memory_to_the_last_byte(void **state)
{
    (void)state;
    for (size_t units = 10; units < 35; units++) {
        struct fixture f;
        size_t len = (units - 4) * 8 - 4;
        uint8_t *p;

        begin(&f);
        heap_init(&f.heap, f.block, units * 8);
        p = heap_get(&f.heap, len);
        assert_non_null(p);
        for (size_t i = 0; i < len; i++)
            assert_int_equal(p[i], 0);
        free(f.block);
    }
}

/* An adversary chooses sizes and order; afterwards it is one piece again. */
static void comes_together_again(void **state)
{
    struct fixture f;
    struct {
        uint8_t *p;
        size_t len;
        uint8_t mark;
    } held[PIECES] = {{NULL, 0, 0}};

    (void)state;
    begin(&f);
    for (unsigned step = 0; step < 40000; step++) {
        unsigned i = draw(&f, PIECES);

        if (held[i].p != NULL) {
            for (size_t k = 0; k < held[i].len; k++)
                assert_int_equal(held[i].p[k], held[i].mark);
            heap_put(&f.heap, held[i].p);
            held[i].p = NULL;
            continue;
        }
        held[i].len = draw(&f, draw(&f, 8) == 0 ? 9000 : 300);
        held[i].mark = (uint8_t)step;
        held[i].p = heap_get(&f.heap, held[i].len);
        if (held[i].p == NULL)
            continue;
        for (size_t k = 0; k < held[i].len; k++)
            assert_int_equal(held[i].p[k], 0);
        memset(held[i].p, held[i].mark, held[i].len);
    }
    for (unsigned i = 0; i < PIECES; i++)
        heap_put(&f.heap, held[i].p);
    assert_int_equal(f.heap.used, 0);
    assert_non_null(heap_get(&f.heap, BLOCK * 3 / 4));
    free(f.block);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_aligned_memory),
        cmocka_unit_test(gives_zeroed_memory_to_the_last_byte),
        cmocka_unit_test(refuses_what_is_not_there),
        cmocka_unit_test(leaves_fresh_memory_alone),
        cmocka_unit_test(comes_together_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
