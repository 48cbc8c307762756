/*
 * timers.h - one heap of deadlines for the whole engine
 *
 * A timer lives in the object it wakes and costs eight bytes there; the heap
 * holds only those that are set. Room is reserved when an object with a
 * timer is made, so that setting one never fails.
 */
#ifndef CRIER_MDNS_TIMERS_H
#define CRIER_MDNS_TIMERS_H

#include <stdbool.h>
#include <stdint.h>

#include "heap.h"

struct timer {
    uint32_t slot; /* place in the heap, 0 if not set */
    uint8_t kind;  /* the owner's: what to do, and in what it is embedded */
};

struct timers_entry {
    uint64_t due_ms;
    struct timer *timer;
};

struct timers {
    struct heap *heap;
    struct timers_entry *entries; /* [1..count], [0] unused */
    uint32_t count;
    uint32_t room;     /* entries allocated, without [0] */
    uint32_t reserved; /* objects with a timer */
};

void timers_init(struct timers *ts, struct heap *heap);

/* Before an object with a timer is made / after it is gone. Reserving fails
 * only if memory does. */
bool timers_reserve(struct timers *ts);
void timers_release(struct timers *ts);

void timers_set(struct timers *ts, struct timer *t, uint64_t due_ms);
void timers_cancel(struct timers *ts, struct timer *t);
bool timers_is_set(const struct timer *t);
uint64_t timers_due_ms(const struct timers *ts, const struct timer *t);

/* Earliest deadline, UINT64_MAX if none is set. */
uint64_t timers_next_ms(const struct timers *ts);

/* Take the earliest timer off the heap if it is due at now_ms, else NULL. */
struct timer *timers_pop(struct timers *ts, uint64_t now_ms);

#endif
