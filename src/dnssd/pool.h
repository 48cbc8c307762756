/*
 * pool.h - memory of the layer: objects of one size, and strings of bytes
 *
 * All memory is cut from the one block handed to dnssd_init(). A pool hands
 * out objects of one size; untouched memory stays untouched until it is
 * needed for the first time. Names and TXT records are of any length, so
 * they lie in chains of small chunks from a pool: nothing is fragmented,
 * however long the layer lives and whatever peers send.
 */
#ifndef CRIER_DNSSD_POOL_H
#define CRIER_DNSSD_POOL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct pool {
    uint8_t *memory;
    void *freed;      /* list through the first word of each */
    uint32_t size;    /* of an object, bytes */
    uint32_t max;
    uint32_t touched; /* objects handed out at least once */
    uint32_t used;
};

/* Bytes that `max` objects of that size take, kept aligned for any type. */
size_t pool_bytes(uint32_t size, uint32_t max);

/* Make a pool at memory and return what lies behind it. */
uint8_t *pool_init(struct pool *p, uint8_t *memory, uint32_t size,
                   uint32_t max);

/* A zeroed object, NULL if all are in use. */
void *pool_get(struct pool *p);
void pool_put(struct pool *p, void *object);

enum { CHUNK_LEN = 56 };

struct chunk {
    struct chunk *next;
    uint8_t bytes[CHUNK_LEN];
};

/* Bytes of any length; the zero value is empty. */
struct bytes {
    struct chunk *first;
    uint32_t len;
};

/* Chunks that len bytes take. */
static inline uint32_t bytes_chunks(uint32_t len)
{
    return (len + CHUNK_LEN - 1) / CHUNK_LEN;
}

/* Copy data[0..len) into b, which is empty. False, and b still empty, if
 * there is no room. */
bool bytes_put(struct pool *chunks, struct bytes *b, const uint8_t *data,
               size_t len);
void bytes_free(struct pool *chunks, struct bytes *b);
/* Copy b to out, which has room for b->len bytes. */
void bytes_get(const struct bytes *b, uint8_t *out);
bool bytes_equal(const struct bytes *b, const uint8_t *data, size_t len);

#endif
