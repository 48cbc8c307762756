/*
 * sort.c - heap sort: short, in place, and never quadratic
 */
#include "crier/sort.h"

#include <stdbool.h>
#include <stdint.h>

struct heap {
    uint8_t *base;
    size_t size; /* of an item */
    int (*compare)(const void *a, const void *b);
};

static void swap(const struct heap *h, size_t a, size_t b)
{
    uint8_t *x = h->base + a * h->size;
    uint8_t *y = h->base + b * h->size;

    for (size_t i = 0; i < h->size; i++) {
        uint8_t byte = x[i];

        x[i] = y[i];
        y[i] = byte;
    }
}

static bool below(const struct heap *h, size_t a, size_t b)
{
    return h->compare(h->base + a * h->size, h->base + b * h->size) < 0;
}

/* Let the item at `at` sink below all that are larger. */
static void sink(const struct heap *h, size_t at, size_t count)
{
    size_t child;

    while ((child = 2 * at + 1) < count) {
        if (child + 1 < count && below(h, child, child + 1))
            child++;
        if (!below(h, at, child))
            return;
        swap(h, at, child);
        at = child;
    }
}

void sort(void *base, size_t count, size_t size,
          int (*compare)(const void *a, const void *b))
{
    struct heap h = {base, size, compare};

    for (size_t i = count / 2; i > 0; i--)
        sink(&h, i - 1, count);
    for (size_t left = count; left > 1; left--) {
        swap(&h, 0, left - 1);
        sink(&h, 0, left - 1);
    }
}
