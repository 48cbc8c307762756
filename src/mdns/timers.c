/*
 * A binary heap in an array. Timers know their slot, so that they can be
 * moved and cancelled in place.
 */
#include "timers.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

enum { FIRST_ROOM = 62 };

void timers_init(struct timers *ts, struct heap *heap)
{
    memset(ts, 0, sizeof *ts);
    ts->heap = heap;
}

bool timers_reserve(struct timers *ts)
{
    if (ts->reserved == ts->room) {
        uint32_t room = ts->room != 0 ? 2 * ts->room + 1 : FIRST_ROOM;
        struct timers_entry *more =
            heap_get(ts->heap, (room + 1u) * sizeof *more);

        if (more == NULL)
            return false;
        if (ts->entries != NULL)
            memcpy(more, ts->entries, (ts->count + 1u) * sizeof *more);
        heap_put(ts->heap, ts->entries);
        ts->entries = more;
        ts->room = room;
    }
    ts->reserved++;
    return true;
}

void timers_release(struct timers *ts)
{
    assert(ts->reserved > 0);
    ts->reserved--;
    assert(ts->count <= ts->reserved);
}

static void place(struct timers *ts, uint32_t slot, struct timers_entry x)
{
    ts->entries[slot] = x;
    x.timer->slot = slot;
}

static void sift_up(struct timers *ts, uint32_t slot, struct timers_entry x)
{
    while (slot > 1 && ts->entries[slot / 2].due_ms > x.due_ms) {
        place(ts, slot, ts->entries[slot / 2]);
        slot /= 2;
    }
    place(ts, slot, x);
}

static void sift_down(struct timers *ts, uint32_t slot, struct timers_entry x)
{
    for (;;) {
        uint32_t child = 2 * slot;

        if (child > ts->count)
            break;
        if (child < ts->count &&
            ts->entries[child + 1].due_ms < ts->entries[child].due_ms)
            child++;
        if (ts->entries[child].due_ms >= x.due_ms)
            break;
        place(ts, slot, ts->entries[child]);
        slot = child;
    }
    place(ts, slot, x);
}

void timers_set(struct timers *ts, struct timer *t, uint64_t due_ms)
{
    struct timers_entry x = {due_ms, t};

    if (t->slot == 0) {
        assert(ts->count < ts->reserved);
        sift_up(ts, ++ts->count, x);
    } else if (due_ms < ts->entries[t->slot].due_ms) {
        sift_up(ts, t->slot, x);
    } else {
        sift_down(ts, t->slot, x);
    }
}

void timers_cancel(struct timers *ts, struct timer *t)
{
    uint32_t slot = t->slot;
    struct timers_entry last;

    if (slot == 0)
        return;
    t->slot = 0;
    last = ts->entries[ts->count--];
    if (last.timer == t)
        return;
    if (slot > 1 && ts->entries[slot / 2].due_ms > last.due_ms)
        sift_up(ts, slot, last);
    else
        sift_down(ts, slot, last);
}

bool timers_is_set(const struct timer *t)
{
    return t->slot != 0;
}

uint64_t timers_due_ms(const struct timers *ts, const struct timer *t)
{
    return t->slot != 0 ? ts->entries[t->slot].due_ms : UINT64_MAX;
}

uint64_t timers_next_ms(const struct timers *ts)
{
    return ts->count != 0 ? ts->entries[1].due_ms : UINT64_MAX;
}

struct timer *timers_pop(struct timers *ts, uint64_t now_ms)
{
    struct timer *t;

    if (ts->count == 0 || ts->entries[1].due_ms > now_ms)
        return NULL;
    t = ts->entries[1].timer;
    timers_cancel(ts, t);
    return t;
}
