/*
 * refill.c - what was left out at a limit, once there is room again
 *
 * The engine tells a record once, when it appears. What found no room then
 * has to be asked for again: a new watch hears all that is in the cache. So
 * after a flood has passed the lists are whole again without a restart.
 */
#include "state.h"

enum { PART = 8 }; /* an eighth of everything has to be free, and new */

static bool has_room(const struct pool *p)
{
    return (uint64_t)(p->max - p->used) * PART >= p->max;
}

bool refill(struct dnssd *d, uint64_t now_ms)
{
    if (!d->starved || (uint64_t)d->freed * PART < d->tracks.max)
        return false;
    if (!has_room(&d->tracks) || !has_room(&d->items) ||
        !has_room(&d->recs) || !has_room(&d->chunks))
        return false;
    d->starved = false;
    LIST_EACH(struct dnssd_browse, b, &d->all, all) {
        if (b->starved)
            browse_again(d, now_ms, b);
        if (b->resolve)
            LIST_EACH(struct track, t, &b->tracks, by_browse)
                resolve_again(d, now_ms, t->item);
        d->starved |= b->starved;
    }
    d->freed = 0; /* whatever happens now, not before as much has gone */
    return true;
}
