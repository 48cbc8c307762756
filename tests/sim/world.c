/*
 * world.c - the clock, what is under way, and the LANs
 *
 * Time jumps from one due thing to the next: a delivery, an action of the
 * script, or an engine's deadline. Things due in the same millisecond keep
 * the order in which they were made.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* A step that changes nothing may follow another so often, not more. */
enum { SPIN_MAX = 8 };

struct frame {
    uint64_t at_ms;
    uint64_t seq;
    struct host *to; /* NULL: an action */
    struct datagram d;
    void (*fn)(struct world *, void *);
    void *arg;
    void (*drop)(void *); /* of arg, or NULL */
    size_t len;
    uint8_t data[];
};

uint64_t rng_next(struct rng *r)
{
    uint64_t z = r->s += 0x9e3779b97f4a7c15u; /* splitmix64 */

    z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
    z = (z ^ z >> 27) * 0x94d049bb133111ebu;
    return z ^ z >> 31;
}

uint32_t rng_below(struct rng *r, uint32_t n)
{
    return n == 0 ? 0 : (uint32_t)((rng_next(r) >> 32) * n >> 32);
}

uint32_t rng_range(struct rng *r, uint32_t lo, uint32_t hi)
{
    return lo + rng_below(r, hi - lo + 1);
}

bool rng_percent(struct rng *r, unsigned percent)
{
    return rng_below(r, 100) < percent;
}

struct world *world_new(uint64_t seed, uint64_t start_ms)
{
    struct world *w = calloc(1, sizeof *w);

    w->seed = seed;
    w->rng.s = seed;
    w->now_ms = w->start_ms = start_ms;
    w->hosts = calloc(HOSTS_MAX, sizeof(struct host *));
    w->cut = calloc((size_t)HOSTS_MAX * HOSTS_MAX, sizeof *w->cut);
    w->hash = 0xcbf29ce484222325u;
    w->oracle = oracle_new();
    return w;
}

static void frame_free(struct frame *f)
{
    if (f->drop != NULL)
        f->drop(f->arg);
    free(f);
}

void world_free(struct world *w)
{
    for (unsigned i = 0; i < w->host_count; i++)
        host_free(w->hosts[i]);
    for (size_t i = 0; i < w->heap_len; i++)
        frame_free(w->heap[i]);
    for (size_t i = 0; i < w->trace_len; i++) {
        msg_free(&w->trace[i].m);
        tokens_free(w->trace[i].ts);
    }
    for (unsigned i = 0; i < w->peer_count; i++)
        for (unsigned k = 0; k < w->peers[i].own_count; k++)
            for (unsigned j = 0; j < w->peers[i].owns[k].word_count; j++)
                free(w->peers[i].owns[k].words[j]);
    free(w->trace);
    free(w->heap);
    free(w->hosts);
    free(w->cut);
    oracle_free(w->oracle);
    adversary_free(w->adversary);
    free(w);
}

void world_fail(struct world *w, const char *fmt, ...)
{
    va_list ap;
    int n;

    if (w->failed)
        return;
    w->failed = true;
    n = snprintf(w->failure, sizeof w->failure, "at %.3f s: ",
                 (double)(w->now_ms - w->start_ms) / 1000);
    va_start(ap, fmt);
    vsnprintf(w->failure + n, sizeof w->failure - (size_t)n, fmt, ap);
    va_end(ap);
}

bool is_broken(const struct world *w, const char *how)
{
    return strcmp(w->broken, how) == 0;
}

/* --- the heap of what is due ------------------------------------------ */

static bool sooner(const struct frame *a, const struct frame *b)
{
    return a->at_ms != b->at_ms ? a->at_ms < b->at_ms : a->seq < b->seq;
}

static void heap_push(struct world *w, struct frame *f)
{
    size_t i;

    if (w->heap_len == w->heap_max) {
        w->heap_max = w->heap_max ? 2 * w->heap_max : 256;
        w->heap = realloc(w->heap, w->heap_max * sizeof(struct frame *));
    }
    f->seq = w->seq++;
    for (i = w->heap_len++; i > 0 && sooner(f, w->heap[(i - 1) / 2]);
         i = (i - 1) / 2)
        w->heap[i] = w->heap[(i - 1) / 2];
    w->heap[i] = f;
}

static struct frame *heap_pop(struct world *w)
{
    struct frame *top = w->heap[0];
    struct frame *last = w->heap[--w->heap_len];
    size_t i = 0;

    for (;;) {
        size_t c = 2 * i + 1;

        if (c >= w->heap_len)
            break;
        if (c + 1 < w->heap_len && sooner(w->heap[c + 1], w->heap[c]))
            c++;
        if (!sooner(w->heap[c], last))
            break;
        w->heap[i] = w->heap[c];
        i = c;
    }
    if (w->heap_len > 0)
        w->heap[i] = last;
    return top;
}

void world_at(struct world *w, uint64_t at_ms,
              void (*fn)(struct world *, void *), void *arg,
              void (*drop)(void *))
{
    struct frame *f = calloc(1, sizeof *f);

    f->at_ms = at_ms;
    f->fn = fn;
    f->arg = arg;
    f->drop = drop;
    heap_push(w, f);
}

/* --- LANs ------------------------------------------------------------- */

/* Damage a packet: cut it short, or replace it with noise; both are such
 * that no receiver can use it (a changed bit is `flip`). */
static void garble(struct world *w, struct frame *f)
{
    if (rng_percent(&w->rng, 60) && f->len > 1) {
        f->len = rng_below(&w->rng, (uint32_t)f->len - 1);
    } else {
        for (size_t i = 0; i < f->len; i++)
            f->data[i] = (uint8_t)rng_next(&w->rng);
        if (f->len > 2)
            f->data[2] |= 0x78; /* no opcode of ours */
    }
    f->d.len = f->len;
}

static void deliver_later(struct world *w, struct host *to, unsigned nic,
                          const struct datagram *d, uint64_t at_ms,
                          bool damaged)
{
    struct frame *f = calloc(1, sizeof *f + d->len);
    const struct faults *fa = &w->lans[to->nics[nic].lan];

    f->at_ms = at_ms;
    f->to = to;
    f->d = *d;
    f->d.link = (uint8_t)nic;
    f->len = d->len;
    memcpy(f->data, d->data, d->len);
    f->d.data = f->data;
    if (damaged && rng_percent(&w->rng, fa->garble))
        garble(w, f);
    else if (damaged && rng_percent(&w->rng, fa->flip) && f->len > 0)
        f->data[rng_below(&w->rng, (uint32_t)f->len)] ^=
            (uint8_t)(1u << rng_below(&w->rng, 8));
    heap_push(w, f);
}

/* Over the air to one NIC: loss, delay, twice. */
static void deliver(struct world *w, struct host *to, unsigned nic,
                    const struct datagram *d)
{
    const struct faults *f = &w->lans[to->nics[nic].lan];
    unsigned copies = 1 + rng_percent(&w->rng, f->duplicate);

    for (unsigned i = 0; i < copies; i++) {
        uint32_t delay;

        if (rng_percent(&w->rng, f->loss))
            continue;
        delay = rng_range(&w->rng, f->delay_min_ms, f->delay_max_ms);
        deliver_later(w, to, nic, d, w->now_ms + delay, true);
    }
}

struct reflection {
    unsigned lan;
    struct datagram d;
    uint8_t data[];
};

static void on_lan(struct world *w, struct host *from, unsigned from_nic,
                   unsigned lan, const struct datagram *d)
{
    for (unsigned i = 0; i < w->host_count; i++) {
        struct host *h = w->hosts[i];

        if (!h->running ||
            (from != NULL && w->cut[from->id * HOSTS_MAX + h->id]))
            continue;
        for (unsigned n = 0; n < h->nic_count; n++) {
            struct nic *nic = &h->nics[n];

            if (nic->lan != lan || !nic->up ||
                !(nic->st.families & d->family))
                continue;
            if (!d->multicast && !nic_has_addr(nic, &d->local))
                continue;
            if (break_delivery(w, h, d))
                continue;
            /* IP_MULTICAST_LOOP: what we send comes back at once. */
            if (h == from && n == from_nic)
                deliver_later(w, h, n, d, w->now_ms, false);
            else
                deliver(w, h, n, d);
        }
    }
}

static void reflect(struct world *w, void *arg)
{
    struct reflection *r = arg;
    struct msg m;

    r->d.data = r->data;
    if (msg_parse(r->data, r->d.len, &m) == NULL) {
        oracle_heard(w, r->lan, &m);
        msg_free(&m);
    }
    on_lan(w, NULL, 0, r->lan, &r->d);
}

void world_send(struct world *w, struct host *h, unsigned nic,
                const struct datagram *out, unsigned lan, struct addr src,
                uint16_t src_port)
{
    const struct faults *f = &w->lans[lan];
    struct datagram d = *out;

    d.local = out->peer;
    d.peer = src;
    d.port = src_port;
    d.oneshot = !out->multicast && out->port != MDNS_PORT;
    if (h == NULL || !(f->reflect && out->multicast)) {
        on_lan(w, h, nic, lan, &d);
        return;
    }
    on_lan(w, h, nic, lan, &d);
    struct reflection *r = malloc(sizeof *r + d.len);

    r->lan = lan;
    r->d = d;
    r->d.peer = f->reflector[d.family == ADDR_V6];
    memcpy(r->data, d.data, d.len);
    world_at(w, w->now_ms + f->reflect_ms, reflect, r, free);
}

/* --- the clock -------------------------------------------------------- */

static void run_due(struct world *w)
{
    while (w->heap_len > 0 && w->heap[0]->at_ms <= w->now_ms) {
        struct frame *f = heap_pop(w);

        if (f->to == NULL)
            f->fn(w, f->arg);
        else
            host_receive(f->to, &f->d);
        frame_free(f);
    }
}

/*
 * An engine whose deadline stays at or before now without sending or
 * telling anything would keep a daemon's processor busy (I13).
 */
static void run_host(struct world *w, struct host *h)
{
    uint64_t packets = w->packets;
    uint64_t events = h->wakeups;

    if (h->deadline <= w->now_ms) {
        engine_advance(h->e, w->now_ms);
        h->wakeups++;
    }
    host_pump(h);
    if (h->deadline > w->now_ms || packets != w->packets ||
        events == h->wakeups)
        h->spin = 0;
    else if (++h->spin > SPIN_MAX)
        world_fail(w, "I13: %s wants to be called again and again", h->label);
}

static uint64_t next_due(const struct world *w)
{
    uint64_t t = w->heap_len > 0 ? w->heap[0]->at_ms : UINT64_MAX;

    for (unsigned i = 0; i < w->host_count; i++) {
        const struct host *h = w->hosts[i];

        if (h->running && h->dirty)
            return w->now_ms;
        if (h->running && h->deadline < t)
            t = h->deadline;
    }
    return t;
}

bool world_step(struct world *w, uint64_t until_ms)
{
    uint64_t t = next_due(w);

    if (w->failed || t > until_ms) {
        if (w->now_ms < until_ms)
            w->now_ms = until_ms;
        return false;
    }
    if (t > w->now_ms)
        w->now_ms = t;
    run_due(w);
    for (unsigned i = 0; i < w->host_count; i++) {
        struct host *h = w->hosts[i];

        if (h->running && (h->dirty || h->deadline <= w->now_ms))
            run_host(w, h);
    }
    return true;
}

void world_run(struct world *w, uint64_t until_ms)
{
    while (world_step(w, until_ms))
        ;
}
