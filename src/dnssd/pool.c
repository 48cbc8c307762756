/*
 * pool.c - objects of one size, and strings of bytes made of them
 */
#include "pool.h"

#include <assert.h>
#include <string.h>

enum { ALIGN = _Alignof(uint64_t) }; /* the widest that pools hold */

static size_t round_up(size_t size)
{
    return (size + ALIGN - 1) / ALIGN * ALIGN;
}

size_t pool_bytes(uint32_t size, uint32_t max)
{
    return round_up(size) * max;
}

uint8_t *pool_init(struct pool *p, uint8_t *memory, uint32_t size,
                   uint32_t max)
{
    *p = (struct pool){
        .memory = memory,
        .size = (uint32_t)round_up(size),
        .max = max,
    };
    assert(size >= sizeof(void *));
    return memory + pool_bytes(size, max);
}

void *pool_get(struct pool *p)
{
    void *object = p->freed;

    if (object != NULL) {
        memcpy(&p->freed, object, sizeof p->freed);
    } else {
        if (p->touched == p->max)
            return NULL;
        object = p->memory + (size_t)p->size * p->touched++;
    }
    p->used++;
    memset(object, 0, p->size);
    return object;
}

void pool_put(struct pool *p, void *object)
{
    assert(p->used > 0);
    p->used--;
    memcpy(object, &p->freed, sizeof p->freed);
    p->freed = object;
}

/* How many of the left bytes the next chunk holds. */
static uint32_t part(uint32_t left)
{
    return left < CHUNK_LEN ? left : CHUNK_LEN;
}

bool bytes_put(struct pool *chunks, struct bytes *b, const uint8_t *data,
               size_t len)
{
    struct chunk **link = &b->first;

    assert(b->first == NULL && b->len == 0);
    while (b->len < len) {
        uint32_t n = part((uint32_t)len - b->len);
        struct chunk *c = pool_get(chunks);

        if (c == NULL) {
            bytes_free(chunks, b);
            return false;
        }
        memcpy(c->bytes, data + b->len, n);
        *link = c;
        link = &c->next;
        b->len += n;
    }
    return true;
}

void bytes_free(struct pool *chunks, struct bytes *b)
{
    while (b->first != NULL) {
        struct chunk *c = b->first;

        b->first = c->next;
        pool_put(chunks, c);
    }
    b->len = 0;
}

void bytes_get(const struct bytes *b, uint8_t *out)
{
    uint32_t at = 0;

    for (const struct chunk *c = b->first; c != NULL; c = c->next) {
        uint32_t n = part(b->len - at);

        memcpy(out + at, c->bytes, n);
        at += n;
    }
    assert(at == b->len);
}

bool bytes_equal(const struct bytes *b, const uint8_t *data, size_t len)
{
    uint32_t at = 0;

    if (b->len != len)
        return false;
    for (const struct chunk *c = b->first; c != NULL; c = c->next) {
        uint32_t n = part(b->len - at);

        if (memcmp(data + at, c->bytes, n) != 0)
            return false;
        at += n;
    }
    return true;
}
