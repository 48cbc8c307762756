/*
 * fz_pair.c - fuzz target: two hosts and a link that loses, delays,
 * duplicates and alters what they say to each other
 *
 * The input decides what happens to each packet, until it is used up; from
 * then on the link is perfect. Whatever happened: two hosts never keep one
 * name, and each finds both services, gone names forgotten. Unless a packet
 * was altered, nobody renames without a rival for that name.
 */
#include <stddef.h>

#include "fuzz/host.h"

enum {
    IN_FLIGHT = 256,
    QUIET_MS = 3 * 3600 * 1000, /* two lifetimes of a PTR (4,500 s) */
    ORDEAL_MS = 600 * 1000,     /* the link is bad at most this long */
};

struct pair;

struct end {
    struct fz_host h;
    struct pair *pair;
    struct claim *host;
    struct claim *service;
    unsigned id;
};

struct flight {
    uint64_t at_ms; /* 0: free */
    unsigned to;
    struct datagram d;
    uint8_t data[9000];
};

struct pair {
    struct end end[2];
    struct input in;
    struct flight flights[IN_FLIGHT];
    unsigned started; /* ends that live */
    bool altered;
    uint64_t now_ms;
};

static struct flight *flight_free(struct pair *p)
{
    for (unsigned i = 0; i < IN_FLIGHT; i++)
        if (p->flights[i].at_ms == 0)
            return &p->flights[i];
    return NULL; /* the link is full: lost */
}

static void fly(struct pair *p, const struct end *from,
                const struct datagram *d, uint64_t delay_ms)
{
    struct flight *f = flight_free(p);
    unsigned at = d->family == ADDR_V4 ? 0 : 1;

    if (f == NULL)
        return;
    f->at_ms = p->now_ms + 1 + delay_ms;
    f->to = 1 - from->id;
    f->d = *d;
    f->d.peer = from->h.links[0].addrs[at].addr;
    f->d.port = MDNS_PORT;
    f->d.local = (struct addr){ADDR_NONE, {0}};
    if (!d->multicast)
        f->d.local = d->peer;
    memcpy(f->data, d->data, d->len);
}

/* Ask the input what becomes of a packet. */
static void packet_sent(void *ctx, const struct datagram *d)
{
    struct end *from = ctx;
    struct pair *p = from->pair;
    unsigned fate = take8(&p->in);

    if (p->in.left == 0 || fate < 96) {
        fly(p, from, d, 0);
    } else if (fate < 160) {
        ; /* lost */
    } else if (fate < 200) {
        fly(p, from, d, take8(&p->in) * 8u);
    } else if (fate < 232) {
        fly(p, from, d, 0);
        fly(p, from, d, take16(&p->in) % 5000u);
    } else {
        struct datagram altered = *d;
        uint8_t data[9000];
        size_t at = take16(&p->in) % d->len;

        memcpy(data, d->data, d->len);
        data[at] ^= take8(&p->in);
        p->altered |= data[at] != d->data[at];
        altered.data = data;
        fly(p, from, &altered, 0);
    }
}

static uint64_t next_ms(const struct pair *p)
{
    uint64_t next = UINT64_MAX;

    for (unsigned i = 0; i < p->started; i++) {
        uint64_t due = engine_deadline_ms(p->end[i].h.e);

        next = due < next ? due : next;
    }
    for (unsigned i = 0; i < IN_FLIGHT; i++)
        if (p->flights[i].at_ms != 0 && p->flights[i].at_ms < next)
            next = p->flights[i].at_ms;
    return next;
}

static void land(struct pair *p)
{
    for (unsigned i = 0; i < IN_FLIGHT; i++) {
        struct flight *f = &p->flights[i];
        struct fz_host *to = &p->end[f->to].h;

        if (f->at_ms == 0 || f->at_ms > p->now_ms)
            continue;
        f->d.data = f->data;
        f->at_ms = 0;
        if (f->to < p->started && to->up[0])
            fz_receive(to, &f->d);
    }
}

static void run(struct pair *p, uint64_t until_ms)
{
    while (p->now_ms < until_ms) {
        uint64_t next = next_ms(p);

        p->now_ms = next < until_ms ? next : until_ms;
        for (unsigned i = 0; i < p->started; i++)
            fz_run(&p->end[i].h, p->now_ms);
        land(p);
    }
}

static void publish(struct end *h, const char *host, const char *instance)
{
    struct name name, stype;
    struct claim_spec spec = {.kind = CLAIM_HOST, .links = LINKS_ALL,
                              .addresses = true, .name = &name};
    struct rr_spec txt = {.type = RR_TXT, .rdata = (const uint8_t *)"\0",
                          .rdata_len = 1};
    struct rr_spec srv = {.type = RR_SRV, .rdata_len = 6,
                          .rdata = (const uint8_t *)"\0\0\0\0\0\x50"};
    struct rr_spec ptr = {.owner = &stype, .type = RR_PTR, .shared = true};

    fz_name(&name, host);
    if (engine_claim_new(h->h.e, &spec, &h->host) != ENGINE_OK)
        FAIL("no room for a host");
    h->h.claims[0] = h->host;
    engine_claim_commit(h->h.e, h->h.now_ms, h->host);
    fz_name(&name, instance);
    fz_name(&stype, "_http._tcp.local");
    spec.kind = CLAIM_SERVICE;
    spec.addresses = false;
    if (engine_claim_new(h->h.e, &spec, &h->service) != ENGINE_OK)
        FAIL("no room for a service");
    h->h.claims[1] = h->service;
    srv.target = h->host;
    ptr.target = h->service;
    if (engine_claim_add(h->h.e, h->service, &txt) != ENGINE_OK ||
        engine_claim_add(h->h.e, h->service, &srv) != ENGINE_OK ||
        engine_claim_add(h->h.e, h->service, &ptr) != ENGINE_OK)
        FAIL("a record of a service was refused");
    engine_claim_commit(h->h.e, h->h.now_ms, h->service);
    fz_pull(&h->h);
    fz_watch(&h->h, 0, &stype, RR_PTR, LINKS_ALL);
}

static void start(struct pair *p, unsigned i, unsigned how)
{
    struct end *end = &p->end[i];
    struct link_state st = {
        .families = how & 4 ? ADDR_V4 : ADDR_V4 | ADDR_V6, .mtu = 1500,
        .addr_count = how & 4 ? 1 : 2,
        .addrs = {{{ADDR_V4, {192, 168, 7, (uint8_t)(2 + i)}}, 24},
                  {{ADDR_V6, {0xfe, 0x80, [15] = (uint8_t)(2 + i)}}, 64}}};

    end->id = i;
    end->h.id = i;
    end->pair = p;
    engine_config_default(&end->h.config);
    end->h.config.seed = how * 2 + i;
    end->h.config.claims_max = HOST_CLAIMS;
    end->h.config.records_max = 64;
    end->h.config.rdata_max = 4096;
    end->h.config.cache_max = 128;
    end->h.config.watches_max = HOST_WATCHES;
    end->h.sent = packet_sent;
    end->h.ctx = end;
    fz_open(&end->h, p->now_ms);
    p->started++;
    fz_link_set(&end->h, 0, &st);
    publish(end, how & 1 && i == 1 ? "peer.local" : "host.local",
            how & 2 && i == 1 ? "Peer._http._tcp.local"
                              : "Web._http._tcp.local");
}

/* What the input says between packets: time, flaps, changed TXT. */
static void disturb(struct pair *p)
{
    unsigned what = take8(&p->in);
    struct end *end = &p->end[what & 1];
    struct link_state st = end->h.links[0];

    if (what < 200) {
        run(p, p->now_ms + 1 + (what >> 1) * 20u);
    } else if (what < 220) {
        fz_link_down(&end->h, 0);
        run(p, p->now_ms + 1 + take8(&p->in) * 16u);
        fz_link_set(&end->h, 0, &st);
    } else if (what < 240) {
        engine_links_refresh(end->h.e, p->now_ms, LINKS_ALL);
        fz_pull(&end->h);
    } else {
        uint8_t txt[2] = {1, take8(&p->in)};

        engine_claim_update(end->h.e, p->now_ms, end->service, RR_TXT, txt,
                            sizeof txt);
        fz_pull(&end->h);
    }
}

/* The names of both ends; rivals wished for the same one. */
static void check_names(const struct pair *p, bool service, bool rivals)
{
    const char *what = service ? "instance" : "host";
    const char *first = service ? "Web._http._tcp.local" : "host.local";
    const char *second = service ? "Peer._http._tcp.local" : "peer.local";
    struct name got[2], wished[2];

    fz_name(&wished[0], first);
    fz_name(&wished[1], rivals ? first : second);
    for (unsigned i = 0; i < 2; i++)
        engine_claim_name(service ? p->end[i].service : p->end[i].host,
                          &got[i]);
    if (name_equal(&got[0], &got[1]))
        FAIL("two owners of one %s name", what);
    for (unsigned i = 0; i < 2; i++)
        if (!p->altered && !rivals && !name_equal(&got[i], &wished[i]))
            FAIL("%s of end %u renamed without a rival", what, i);
}

/* The watch of the type names both instances and nothing else. */
static void check_found(const struct pair *p, const struct end *end)
{
    struct name want;
    unsigned found = 0;

    for (unsigned i = 0; i < end->h.seen_count; i++)
        found += end->h.seen[i].serial != 0;
    for (unsigned i = 0; i < 2; i++) {
        bool there = false;

        engine_claim_name(p->end[i].service, &want);
        for (unsigned j = 0; j < end->h.seen_count; j++)
            there |= end->h.seen[j].serial != 0 &&
                     name_equal(&end->h.seen[j].target, &want);
        if (!there)
            FAIL("host %u does not see the service of host %u", end->id, i);
    }
    if (found != 2)
        FAIL("host %u sees %u services", end->id, found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static struct pair pair;
    struct pair *p = &pair;

    memset(p->end, 0, sizeof p->end);
    for (unsigned i = 0; i < IN_FLIGHT; i++)
        p->flights[i].at_ms = 0;
    p->started = 0;
    p->altered = false;
    p->in = (struct input){data, size};
    p->now_ms = 1000;
    unsigned how = take8(&p->in);
    start(p, 0, how);
    run(p, p->now_ms + (how >> 3) * 40u);
    start(p, 1, how);
    while (p->in.left > 0 && p->now_ms < 1000 + ORDEAL_MS)
        disturb(p);
    p->in.left = 0;
    /* Both speak once more, as after any change of the link. */
    run(p, p->now_ms + 10000);
    for (unsigned i = 0; i < 2; i++) {
        engine_links_refresh(p->end[i].h.e, p->now_ms, LINKS_ALL);
        fz_pull(&p->end[i].h);
        run(p, p->now_ms + 20000);
    }
    run(p, p->now_ms + QUIET_MS);

    check_names(p, false, (how & 1) == 0);
    check_names(p, true, (how & 2) == 0);
    for (unsigned i = 0; i < 2; i++)
        check_found(p, &p->end[i]);
    for (unsigned i = 0; i < 2; i++)
        fz_close(&p->end[i].h);
    return 0;
}
