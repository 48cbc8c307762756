/*
 * dnssd.c - the layer from outside: memory, events, figures
 */
#include "state.h"

void dnssd_config_default(struct dnssd_config *cfg)
{
    *cfg = (struct dnssd_config){
        .services_max = 1024,
        .browses_max = 64,
        .instances_max = 4096,
    };
}

/* --- memory ---------------------------------------------------------- */

/* How many of each: follows from the limits. */
struct plan {
    uint32_t services, browses, tracks, items, recs, chunks, buckets;
};

static void make_plan(const struct dnssd_config *cfg, struct plan *p)
{
    p->services = cfg->services_max;
    p->browses = cfg->browses_max;
    p->tracks = cfg->instances_max;
    p->items = 2 * p->tracks; /* each with a host of its own */
    p->recs = 4 * p->tracks + SRV_MAX + TXT_MAX + 2 * DNSSD_ADDRS_MAX;
    p->chunks = 6 * p->tracks + p->services + bytes_chunks(RR_RDATA_MAX) +
                bytes_chunks(NAME_WIRE_MAX) * p->browses;
    p->buckets = 64;
    while (p->buckets < p->items)
        p->buckets *= 2;
}

uint32_t dnssd_watches(const struct dnssd_config *cfg)
{
    struct plan p;

    make_plan(cfg, &p);
    return 2 * p.browses + 2 * p.items + 1; /* one to change to: refill.c */
}

size_t dnssd_memory(const struct dnssd_config *cfg)
{
    struct plan p;

    make_plan(cfg, &p);
    return pool_bytes(sizeof(struct dnssd), 1) +
           pool_bytes(sizeof(struct dnssd_service), p.services) +
           pool_bytes(sizeof(struct dnssd_host), p.services) +
           pool_bytes(sizeof(struct stype), p.services) +
           pool_bytes(sizeof(struct dnssd_browse), p.browses) +
           pool_bytes(sizeof(struct item), p.items) +
           pool_bytes(sizeof(struct rec), p.recs) +
           pool_bytes(sizeof(struct track), p.tracks) +
           pool_bytes(sizeof(struct chunk), p.chunks) +
           p.buckets * sizeof(struct item *);
}

struct dnssd *dnssd_init(void *mem, size_t len, const struct dnssd_config *cfg,
                         struct engine *e)
{
    struct dnssd *d = mem;
    uint8_t *at = (uint8_t *)mem + pool_bytes(sizeof *d, 1);
    struct plan p;

    assert(len >= dnssd_memory(cfg));
    make_plan(cfg, &p);
    d->engine = e;
    d->chance = UINT64_C(0x9e3779b97f4a7c15);
    d->memory_size = len;
    at = pool_init(&d->services, at, sizeof(struct dnssd_service), p.services);
    at = pool_init(&d->hosts, at, sizeof(struct dnssd_host), p.services);
    at = pool_init(&d->stypes, at, sizeof(struct stype), p.services);
    at = pool_init(&d->browses, at, sizeof(struct dnssd_browse), p.browses);
    at = pool_init(&d->items, at, sizeof(struct item), p.items);
    at = pool_init(&d->recs, at, sizeof(struct rec), p.recs);
    at = pool_init(&d->tracks, at, sizeof(struct track), p.tracks);
    at = pool_init(&d->chunks, at, sizeof(struct chunk), p.chunks);
    d->buckets = (struct item **)(void *)at; /* behind a pool: aligned */
    d->bucket_mask = p.buckets - 1;
    return d;
}

void dnssd_stats(const struct dnssd *d, struct dnssd_stats *out)
{
    const struct pool *pools[] = {
        &d->services, &d->hosts, &d->stypes, &d->browses,
        &d->items,    &d->recs,  &d->tracks, &d->chunks,
    };

    *out = (struct dnssd_stats){
        .left_out = d->left_out,
        .malformed = d->malformed,
        .services = d->services.used,
        .hosts = d->hosts.used,
        .browses = d->browses.used,
        .tracked = d->tracks.used,
        .memory_used = sizeof *d +
                       (d->bucket_mask + 1) * sizeof d->buckets[0],
        .memory_size = d->memory_size,
    };
    for (size_t i = 0; i < sizeof pools / sizeof pools[0]; i++)
        out->memory_used += (size_t)pools[i]->used * pools[i]->size;
}

/* --- events ---------------------------------------------------------- */

/* Pass an event of the engine to whom its cookie names; true if it makes an
 * event of ours by itself. */
static bool take_event(struct dnssd *d, uint64_t now_ms,
                       const struct event *ev, struct dnssd_event *out)
{
    const struct node *node = ev->cookie;

    if (ev->kind == EVENT_CLAIM)
        return register_event(d, now_ms, ev, out);
    if (node->kind == NODE_BROWSE)
        return browse_event(d, now_ms, ev->cookie, ev, out);
    assert(node->kind == NODE_INSTANCE || node->kind == NODE_TARGET);
    resolve_event(d, now_ms, ev->cookie, ev);
    return false;
}

bool dnssd_event(struct dnssd *d, uint64_t now_ms, struct dnssd_event *out)
{
    struct event ev;

    for (;;) {
        /* All that the engine has, before conclusions are drawn from it: the
         * records of one packet are to make one event. */
        while (engine_event(d->engine, &ev)) {
            if (take_event(d, now_ms, &ev, out))
                return true;
        }
        if (list_empty(&d->marked)) {
            if (!refill(d, now_ms))
                return false;
        } else if (track_next(d, now_ms, out)) {
            return true;
        }
    }
}
