/*
 * host.h - one engine under a fuzzer, with the oracles of a single host
 *
 * Whoever drives it steps through every deadline and pulls everything, as a
 * real loop does. Checked on the way: deadlines lie ahead once all was
 * pulled, transmitting and events end, every packet is one that RFC 6762
 * lets a host send (the simulator's witness), it leaves on a link and family
 * that are there, tables keep their limits, and the events of a watch
 * alternate: found once, lost once.
 */
#ifndef FUZZ_HOST_H
#define FUZZ_HOST_H

#include <stdbool.h>
#include <stdint.h>

#include "crier/engine.h"
#include "fuzz/input.h"
#include "sim/sim.h"

enum {
    HOST_LINKS = 2,
    HOST_CLAIMS = 12,
    HOST_WATCHES = 12,
    HOST_SEEN = 2048,     /* records that watches hold at a time */
    PULLS_MAX = 5000,     /* datagrams or events in one go */
    TURNS_MAX = 3,        /* of advance and pull at one moment */
    GOODBYE_MS = 20000,   /* everything has left by then */
};

struct fz_watch {
    struct watch *w;
    struct name name;
    uint16_t type;
    uint64_t links;
    unsigned serial; /* cookie: tells a watch from earlier ones */
};

/* A record that a watch reported. One of our own takes the place of the same
 * one heard from others without a word, so `local` does not tell them apart. */
struct fz_seen {
    unsigned serial; /* 0: free */
    uint8_t link;
    uint16_t type;
    struct name name;
    uint32_t rdata_hash;
    uint16_t rdata_len;
    struct name target; /* of a PTR */
};

struct fz_host {
    unsigned id; /* 0 or 1 */
    struct engine_config config;
    struct engine *e;
    void *mem;
    uint64_t now_ms;
    struct link_state links[HOST_LINKS];
    bool up[HOST_LINKS];
    bool blocked[HOST_LINKS][3]; /* by family */
    struct claim *claims[HOST_CLAIMS];
    struct fz_watch watches[HOST_WATCHES];
    struct fz_seen *seen; /* HOST_SEEN of them */
    unsigned seen_count;  /* ever used */
    unsigned serial;
    unsigned renames; /* CLAIM_RENAMED events */
    bool stopped;
    struct exceptions but; /* odd things it publishes, for the witness */

    /* What leaves goes here too; may be NULL. */
    void (*sent)(void *ctx, const struct datagram *d);
    void *ctx;
};

static inline void fz_name(struct name *out, const char *text)
{
    if (name_from_text(text, out, NULL) != NAME_TEXT_OK)
        FAIL("bad name in the fuzz target: %s", text);
}

/* Large blocks are kept from one input to the next: fresh pages for each
 * would take most of the time. */
static inline void fz_open(struct fz_host *h, uint64_t now_ms)
{
    static struct {
        void *mem;
        size_t size;
        struct fz_seen *seen;
    } kept[2];
    size_t size = engine_memory(&h->config);

    if (kept[h->id].size < size) {
        free(kept[h->id].mem);
        kept[h->id].mem = malloc(size);
        kept[h->id].size = size;
    }
    if (kept[h->id].seen == NULL)
        kept[h->id].seen = calloc(HOST_SEEN, sizeof *kept[h->id].seen);
    if (kept[h->id].mem == NULL || kept[h->id].seen == NULL)
        abort();
    h->now_ms = now_ms;
    h->seen = kept[h->id].seen;
    h->mem = kept[h->id].mem;
    memset(h->mem, 0, size);
    h->e = engine_init(h->mem, size, &h->config, now_ms);
}

static inline uint32_t bytes_hash(const uint8_t *p, size_t len)
{
    uint32_t h = 2166136261u;

    for (size_t i = 0; i < len; i++)
        h = (h ^ name_fold(p[i])) * 16777619u;
    return h;
}

/* --- what leaves ------------------------------------------------------ */

static inline bool on_link(const struct link_state *st, const struct addr *a)
{
    if (addr_link_local(a))
        return true;
    for (unsigned i = 0; i < st->addr_count; i++)
        if (addr_same_prefix(&st->addrs[i].addr, a, st->addrs[i].prefix_len))
            return true;
    return false;
}

static inline void check_place(const struct fz_host *h,
                               const struct datagram *d)
{
    if (d->link >= HOST_LINKS || !h->up[d->link])
        FAIL("sent on link %u, which is down", d->link);
    if ((d->family & h->links[d->link].families) == 0)
        FAIL("sent over family %u, which link %u lacks", d->family, d->link);
    if (h->blocked[d->link][d->family])
        FAIL("sent where sending is blocked");
    if (d->oneshot != h->links[d->link].oneshot)
        FAIL("one-shot flag %d on link %u", d->oneshot, d->link);
    if (d->multicast)
        return;
    if (d->port == 0 || d->peer.family != d->family)
        FAIL("unicast to port %u, family %u", d->port, d->peer.family);
    if (!on_link(&h->links[d->link], &d->peer))
        FAIL("unicast off the link (RFC 6762 section 11)");
}

static inline void check_packet(struct fz_host *h, const struct datagram *d)
{
    struct sent how = {.multicast = d->multicast, .v6 = d->family == ADDR_V6,
                       .port = d->multicast ? MDNS_PORT : d->port,
                       .oneshot = d->oneshot, .but = &h->but};
    char text[1500];
    struct msg m;

    check_place(h, d);
    how.mtu = h->links[d->link].mtu;
    const char *wrong = msg_parse(d->data, d->len, &m);
    if (wrong != NULL)
        FAIL("sent a malformed packet: %s", wrong);
    wrong = witness_check(&how, &m, text, sizeof text);
    if (wrong != NULL) {
        msg_print(stderr, &m, "  ");
        FAIL("sent what it must not (%s): %s",
             d->multicast ? "multicast" : "unicast", wrong);
    }
    msg_free(&m);
}

/* --- events ------------------------------------------------------------ */

static inline struct fz_watch *watch_of(struct fz_host *h, unsigned serial)
{
    for (unsigned i = 0; i < HOST_WATCHES; i++)
        if (h->watches[i].w != NULL && h->watches[i].serial == serial)
            return &h->watches[i];
    return NULL;
}

static inline struct fz_seen *seen_find(struct fz_host *h,
                                        const struct event *ev,
                                        unsigned serial)
{
    uint32_t hash = bytes_hash(ev->rdata, ev->rdata_len);

    for (unsigned i = 0; i < h->seen_count; i++) {
        struct fz_seen *s = &h->seen[i];

        if (s->serial == serial && s->link == ev->link &&
            s->type == ev->type &&
            s->rdata_len == ev->rdata_len && s->rdata_hash == hash &&
            name_equal(&s->name, &ev->name))
            return s;
    }
    return NULL;
}

static inline void seen_add(struct fz_host *h, const struct event *ev,
                            unsigned serial)
{
    unsigned i = 0;

    while (i < h->seen_count && h->seen[i].serial != 0)
        i++;
    if (i == HOST_SEEN)
        FAIL("more records reported than the cache can hold");
    if (i == h->seen_count)
        h->seen_count++;
    struct fz_seen *s = &h->seen[i];
    *s = (struct fz_seen){.serial = serial, .link = ev->link,
                          .type = ev->type,
                          .name = ev->name,
                          .rdata_hash = bytes_hash(ev->rdata, ev->rdata_len),
                          .rdata_len = (uint16_t)ev->rdata_len};
    if (ev->type == RR_PTR && ev->rdata_len <= NAME_WIRE_MAX) {
        s->target.len = (uint16_t)ev->rdata_len;
        memcpy(s->target.wire, ev->rdata, ev->rdata_len);
    }
}

static inline void check_record_event(struct fz_host *h,
                                      const struct event *ev)
{
    unsigned serial = (unsigned)(uintptr_t)ev->cookie;
    const struct fz_watch *w = watch_of(h, serial);

    if (w == NULL)
        FAIL("event for a watch that ended");
    if (!name_equal(&w->name, &ev->name))
        FAIL("event for another name than was watched");
    if (w->type != RR_ANY && ev->type != w->type && ev->type != RR_CNAME)
        FAIL("event of type %u for a watch of type %u", ev->type, w->type);
    if (ev->link >= HOST_LINKS || (w->links >> ev->link & 1) == 0)
        FAIL("event of link %u, which is not watched", ev->link);
    if (ev->kind == EVENT_RR_DENIED)
        return;
    struct fz_seen *s = seen_find(h, ev, serial);
    if ((s != NULL) != (ev->kind != EVENT_RR_ADD)) {
        char text[NAME_TEXT_MAX];

        FAIL("event %d of %s type %u on link %u%s, %zu bytes: record %s",
             (int)ev->kind, name_text(&ev->name, text), ev->type, ev->link,
             ev->local ? " (local)" : "", ev->rdata_len,
             s != NULL ? "is there already" : "was never added");
    }
    if (ev->kind == EVENT_RR_ADD)
        seen_add(h, ev, serial);
    else if (ev->kind == EVENT_RR_REMOVE)
        s->serial = 0;
}

static inline void check_event(struct fz_host *h, const struct event *ev)
{
    if (ev->kind != EVENT_CLAIM) {
        check_record_event(h, ev);
        return;
    }
    bool known = false;
    for (unsigned i = 0; i < HOST_CLAIMS; i++)
        known |= h->claims[i] != NULL && h->claims[i] == ev->claim;
    if (!known && !h->stopped)
        FAIL("event of a claim that was withdrawn");
    h->renames += ev->state == CLAIM_RENAMED;
    if (ev->state == CLAIM_RENAMED && name_equal(&ev->name, &ev->old_name))
        FAIL("renamed to the same name");
}

/* --- running ----------------------------------------------------------- */

static inline void check_stats(const struct fz_host *h)
{
    const struct engine_stats *s = engine_stats(h->e);
    unsigned watches = 0;

    for (unsigned i = 0; i < HOST_WATCHES; i++)
        watches += h->watches[i].w != NULL;
    /* The limit is on what clients add: the engine makes address records,
     * reverse names and NSECs of its own, and keeps them for a goodbye. */
    unsigned made = (s->claims + 1) * HOST_LINKS * LINK_ADDRS_MAX * 4;

    if (s->own_records > h->config.records_max + made ||
        s->claims > h->config.claims_max ||
        s->cached_records > h->config.cache_max)
        FAIL("a table passes its limit: %u own, %u claims, %u cached",
             s->own_records, s->claims, s->cached_records);
    if (s->watches != watches)
        FAIL("%u watches counted, %u held", s->watches, watches);
    if (s->memory_used > s->memory_size)
        FAIL("more memory used than there is");
}

static inline void pull_once(struct fz_host *h)
{
    struct datagram d;
    struct event ev;
    unsigned n = 0;

    while (engine_transmit(h->e, h->now_ms, &d)) {
        if (++n > PULLS_MAX)
            FAIL("transmits without end");
        check_packet(h, &d);
        if (h->sent != NULL)
            h->sent(h->ctx, &d);
    }
    for (n = 0; engine_event(h->e, &ev); n++) {
        if (n > PULLS_MAX)
            FAIL("events without end");
        check_event(h, &ev);
    }
    check_stats(h);
}

/* Everything out, until the engine has nothing more to do now. What is due
 * at this very moment may take a turn or two, but not many. */
static inline void fz_pull(struct fz_host *h)
{
    pull_once(h);
    for (unsigned turns = 0;
         engine_deadline_ms(h->e) <= h->now_ms && turns < TURNS_MAX; turns++) {
        engine_advance(h->e, h->now_ms);
        pull_once(h);
    }
    if (engine_deadline_ms(h->e) <= h->now_ms)
        FAIL("deadline %llu is not ahead of now %llu after all was pulled",
             (unsigned long long)engine_deadline_ms(h->e),
             (unsigned long long)h->now_ms);
}

/* To that time, through every deadline on the way. */
static inline void fz_run(struct fz_host *h, uint64_t until_ms)
{
    while (h->now_ms < until_ms) {
        uint64_t due = engine_deadline_ms(h->e);

        h->now_ms = due < until_ms ? due : until_ms;
        engine_advance(h->e, h->now_ms);
        fz_pull(h);
    }
}

static inline void fz_receive(struct fz_host *h, const struct datagram *d)
{
    struct datagram in = *d;
    /* A copy of that very size, so that reading past its end is seen. */
    uint8_t *data = malloc(d->len > 0 ? d->len : 1);

    if (data == NULL)
        abort();
    if (d->len > 0)
        memcpy(data, d->data, d->len);
    in.data = data;
    engine_receive(h->e, h->now_ms, &in);
    free(data);
    fz_pull(h);
}

static inline void fz_link_set(struct fz_host *h, unsigned link,
                                 const struct link_state *st)
{
    h->links[link] = *st;
    h->up[link] = true;
    engine_link_set(h->e, h->now_ms, link, st);
    fz_pull(h);
}

static inline void fz_link_down(struct fz_host *h, unsigned link)
{
    h->up[link] = false;
    memset(h->blocked[link], 0, sizeof h->blocked[link]); /* so are sockets */
    engine_link_down(h->e, h->now_ms, link);
    fz_pull(h);
    for (unsigned i = 0; i < h->seen_count; i++)
        if (h->seen[i].serial != 0 && h->seen[i].link == link)
            FAIL("a record outlives its link");
}

static inline void fz_watch(struct fz_host *h, unsigned slot,
                              const struct name *name, uint16_t type,
                              uint64_t links)
{
    struct fz_watch *w = &h->watches[slot];

    w->name = *name;
    w->type = type;
    w->links = links;
    w->serial = ++h->serial;
    w->w = engine_watch(h->e, h->now_ms, name, type, links,
                        (void *)(uintptr_t)w->serial);
    fz_pull(h);
}

static inline void fz_unwatch(struct fz_host *h, unsigned slot)
{
    struct fz_watch *w = &h->watches[slot];

    for (unsigned i = 0; i < h->seen_count; i++)
        if (h->seen[i].serial == w->serial)
            h->seen[i].serial = 0;
    engine_unwatch(h->e, w->w);
    w->w = NULL;
    fz_pull(h);
}

static inline void fz_close(struct fz_host *h)
{
    for (unsigned link = 0; link < HOST_LINKS; link++)
        for (uint8_t family = ADDR_V4; family <= ADDR_V6; family++)
            if (h->blocked[link][family]) {
                h->blocked[link][family] = false;
                engine_link_blocked(h->e, link, family, false);
            }
    h->stopped = true;
    engine_shutdown(h->e, h->now_ms);
    fz_pull(h);
    fz_run(h, h->now_ms + GOODBYE_MS);
    if (engine_stats(h->e)->own_records != 0)
        FAIL("%u records left after the goodbyes",
             engine_stats(h->e)->own_records);
}

#endif
