/*
 * Two-level segregated fit, reduced to what the engine needs. A piece is a
 * run of 8-byte units; its first unit is a header of two 32-bit words: the
 * size of the piece before it, and its own with two flags. The size of the
 * piece before is there only while that is free, else the word is the last
 * of its memory, so that a piece in use costs four bytes. A free piece uses
 * its second unit for the links of its class, as unit numbers (0 is none:
 * unit 0 is never a piece).
 *
 * What was never handed out is known to be zero and left untouched: room
 * that is only reserved costs no pages.
 *
 * Classes: exact sizes below 32 units, then four steps per power of two. A
 * request looks in the first class whose every member is large enough.
 */
#include "heap.h"

#include <assert.h>
#include <string.h>

enum {
    UNIT = 8,
    HEADER = 4,   /* bytes of a piece in use that are not its owner's */
    EXACT = 32,   /* sizes below this have a class each */
    SMALLEST = 2, /* header and links */
    USED = 1,     /* flags in piece.size */
    AFTER_FREE = 2,
    FLAG_BITS = 2,
};

struct piece {
    uint32_t before;     /* units of the piece before, with AFTER_FREE */
    uint32_t size;       /* units << FLAG_BITS | flags */
    uint32_t next, prev; /* only while free */
};

static struct piece *at(const struct heap *h, uint32_t unit)
{
    return (struct piece *)(void *)(h->base + (size_t)unit * UNIT);
}

static uint32_t size_of(const struct piece *p)
{
    return p->size >> FLAG_BITS;
}

static unsigned log2_of(uint32_t v)
{
    return 31u - (unsigned)__builtin_clz(v);
}

/* The class a free piece of that size is kept in. */
static unsigned class_of(uint32_t units)
{
    if (units < EXACT)
        return units;
    unsigned log = log2_of(units);
    return EXACT + (log - 5) * 4 + ((units >> (log - 2)) & 3);
}

/* The first class in which every piece has at least that size. */
static unsigned class_for(uint32_t units)
{
    if (units < EXACT)
        return units;
    unsigned log = log2_of(units);
    uint32_t step = (uint32_t)1 << (log - 2);
    return class_of(units + step - 1);
}

static void link_free(struct heap *h, uint32_t unit)
{
    struct piece *p = at(h, unit);
    unsigned c = class_of(size_of(p));

    p->prev = 0;
    p->next = h->head[c];
    if (p->next != 0)
        at(h, p->next)->prev = unit;
    h->head[c] = unit;
    h->map[c / 64] |= (uint64_t)1 << (c % 64);
}

static void unlink_free(struct heap *h, uint32_t unit)
{
    struct piece *p = at(h, unit);
    unsigned c = class_of(size_of(p));

    if (p->next != 0)
        at(h, p->next)->prev = p->prev;
    if (p->prev != 0)
        at(h, p->prev)->next = p->next;
    else
        h->head[c] = p->next;
    if (h->head[c] == 0)
        h->map[c / 64] &= ~((uint64_t)1 << (c % 64));
}

/* The piece before it is in use: free ones are joined at once. */
static void set_size(struct heap *h, uint32_t unit, uint32_t units, bool used)
{
    struct piece *next = at(h, unit + units);

    at(h, unit)->size = units << FLAG_BITS | (used ? USED : 0u);
    if (used) {
        next->size &= ~(uint32_t)AFTER_FREE;
    } else {
        next->size |= AFTER_FREE;
        next->before = units;
    }
}

void heap_init(struct heap *h, void *mem, size_t len)
{
    memset(h, 0, sizeof *h);
    h->base = mem;
    h->units = (uint32_t)(len / UNIT);
    assert(h->units > 8 && len / UNIT < (uint32_t)1 << 29);
    /* Unit 0 stays empty; the last two are a piece in use that ends it. */
    at(h, h->units - 3)->size = (uint32_t)2 << FLAG_BITS | USED;
    set_size(h, 1, h->units - 4, false);
    link_free(h, 1);
    h->fresh = 1 + SMALLEST;
}

static uint32_t find(const struct heap *h, uint32_t units)
{
    unsigned c = class_for(units);
    uint64_t bits;

    if (c >= HEAP_CLASSES)
        return 0;
    bits = h->map[c / 64] & (UINT64_MAX << (c % 64));
    if (bits == 0 && c < 64) {
        bits = h->map[1];
        c = 64;
    }
    if (bits == 0)
        return 0;
    return h->head[c / 64 * 64 + (unsigned)__builtin_ctzll(bits)];
}

/* The memory of a piece with all its bytes zero. */
static void *clear(struct heap *h, uint32_t unit, uint32_t units)
{
    uint8_t *p = h->base + (size_t)(unit + 1) * UNIT;
    size_t len = (size_t)units * UNIT - HEADER;
    size_t dirty = 0;

    if (h->fresh > unit + 1)
        dirty = (size_t)(h->fresh - unit - 1) * UNIT;
    memset(p, 0, len < dirty ? len : dirty);
    if (h->fresh < unit + units + SMALLEST)
        h->fresh = unit + units + SMALLEST; /* the next one's header */
    return p;
}

void *heap_get(struct heap *h, size_t len)
{
    uint32_t units, unit, have;

    if (len > (size_t)h->units * UNIT)
        return NULL;
    units = (uint32_t)((len + HEADER + UNIT - 1) / UNIT);
    if (units < SMALLEST)
        units = SMALLEST;
    unit = find(h, units);
    if (unit == 0)
        return NULL;
    unlink_free(h, unit);
    have = size_of(at(h, unit));
    assert(have >= units);
    if (have - units >= SMALLEST) {
        set_size(h, unit, units, true);
        set_size(h, unit + units, have - units, false);
        link_free(h, unit + units);
    } else {
        units = have;
        set_size(h, unit, units, true);
    }
    at(h, unit + units)->before = 0; /* the last of its memory */
    h->used += units;
    return clear(h, unit, units);
}

void heap_put(struct heap *h, void *p)
{
    uint32_t unit, units, next;

    if (p == NULL)
        return;
    unit = (uint32_t)(((uint8_t *)p - h->base) / UNIT) - 1;
    assert((at(h, unit)->size & USED) != 0);
    units = size_of(at(h, unit));
    h->used -= units;
    next = unit + units;
    if ((at(h, next)->size & USED) == 0) {
        unlink_free(h, next);
        units += size_of(at(h, next));
    }
    if ((at(h, unit)->size & AFTER_FREE) != 0) {
        uint32_t prev = unit - at(h, unit)->before;

        unlink_free(h, prev);
        units += size_of(at(h, prev));
        unit = prev;
    }
    set_size(h, unit, units, false);
    link_free(h, unit);
}
