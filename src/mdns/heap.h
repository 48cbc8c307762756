/*
 * heap.h - memory for the engine out of one block handed in at init
 *
 * Segregated free lists with immediate coalescing: getting and putting back
 * cost a fixed number of steps, and whatever the order, a heap whose pieces
 * are all put back is one free piece again. So an adversary who chooses
 * sizes cannot fragment it beyond what eviction repairs.
 */
#ifndef CRIER_MDNS_HEAP_H
#define CRIER_MDNS_HEAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { HEAP_CLASSES = 128 };

struct heap {
    uint8_t *base;
    uint32_t units;              /* size of the block in units of 8 bytes */
    uint32_t used;               /* units handed out, with their headers */
    uint32_t fresh;              /* units from here on were never in use */
    uint32_t head[HEAP_CLASSES]; /* first free piece of each size class */
    uint64_t map[HEAP_CLASSES / 64];
};

/* mem is zeroed, aligned to 8, below 4 GiB; it stays with the heap. */
void heap_init(struct heap *h, void *mem, size_t len);

/* Zeroed memory aligned to 8, or NULL if there is no piece large enough. */
void *heap_get(struct heap *h, size_t len);

/* p from heap_get() of the same heap, or NULL. */
void heap_put(struct heap *h, void *p);

#endif
