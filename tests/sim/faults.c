/*
 * faults.c - what goes wrong in a storm, drawn from its seed
 *
 * Faults of the LAN come and go in spells; what happens to hosts is put on
 * the clock one by one. All of it ends at end_ms, so that what must be true
 * at quiet can be asked.
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

const char *const fault_words[FAULTS] = {
    [F_LOSS] = "loss", [F_DELAY] = "delay", [F_DUPLICATE] = "duplicate",
    [F_REORDER] = "reorder", [F_GARBLE] = "garble", [F_FLIP] = "flip",
    [F_REFLECT] = "reflect", [F_PARTITION] = "partition",
    [F_ONEWAY] = "oneway", [F_FLAP] = "flap", [F_TWO_NICS] = "two-nics",
    [F_KILL] = "kill", [F_RESTART] = "restart", [F_STOP] = "stop",
    [F_ADDRESS] = "address", [F_UPDATE] = "update",
    [F_UNREGISTER] = "unregister", [F_SAME_NAME] = "same-name",
    [F_WAKE] = "wake", [F_FAMILIES] = "families", [F_REPLAY] = "replay", [F_DENIER] = "denier",
    [F_TIEBREAK] = "tiebreak", [F_GOODBYES] = "goodbyes",
    [F_ENDLESS_TC] = "endless-tc", [F_SUPPRESSOR] = "suppressor",
    [F_NOISE] = "noise", [F_FLOOD] = "flood", [F_PROBER] = "prober",
};

enum { FIRST_MS = 20000 }; /* start-up is left alone */

bool storm_has(const struct storm *s, enum fault f)
{
    return (s->faults >> f & 1) != 0;
}

void faults_draw(struct storm *s)
{
    unsigned n = rng_range(&s->rng, 4, 9);
    struct faults *f = &s->lan_faults;

    while (n > 0) {
        uint32_t bit = UINT32_C(1) << rng_below(&s->rng, FAULTS);

        n -= !(s->faults & bit);
        s->faults |= bit;
    }
    if (storm_has(s, F_LOSS))
        f->loss = (uint8_t)rng_range(&s->rng, 1, 50);
    if (storm_has(s, F_DELAY))
        f->delay_min_ms = f->delay_max_ms = rng_range(&s->rng, 1, 200);
    if (storm_has(s, F_REORDER))
        f->delay_max_ms += rng_range(&s->rng, 5, 300);
    if (storm_has(s, F_DUPLICATE))
        f->duplicate = (uint8_t)rng_range(&s->rng, 1, 60);
    if (storm_has(s, F_GARBLE))
        f->garble = (uint8_t)rng_range(&s->rng, 1, 30);
    if (storm_has(s, F_FLIP))
        f->flip = (uint8_t)rng_range(&s->rng, 1, 20);
    if (storm_has(s, F_REFLECT)) {
        f->reflect = true;
        f->reflect_ms = rng_below(&s->rng, 5000);
        f->reflector[0] = (struct addr){.family = ADDR_V4,
                                        .b = {10, 0, 0, 250}};
        f->reflector[1] = (struct addr){.family = ADDR_V6,
                                        .b = {0xfe, 0x80, [15] = 250}};
    }
}

void faults_print(FILE *f, const struct storm *s)
{
    for (unsigned i = 0; i < FAULTS; i++) {
        if (!storm_has(s, i))
            continue;
        fprintf(f, " %s", fault_words[i]);
        if (i == F_LOSS)
            fprintf(f, "=%u%%", s->lan_faults.loss);
        else if (i == F_DELAY || i == F_REORDER)
            fprintf(f, "=%u..%ums", s->lan_faults.delay_min_ms,
                    s->lan_faults.delay_max_ms);
        else if (i == F_DUPLICATE)
            fprintf(f, "=%u%%", s->lan_faults.duplicate);
        else if (i == F_REFLECT)
            fprintf(f, "=%ums", s->lan_faults.reflect_ms);
    }
}

/* --- spells of bad LANs ----------------------------------------------- */

struct spell {
    struct storm *s;
    unsigned lan;
    bool on;
};

static void turn_lan(struct world *w, void *arg)
{
    struct spell *sp = arg;

    if (sp->on && w->now_ms < sp->s->end_ms)
        w->lans[sp->lan] = sp->s->lan_faults;
    else
        memset(&w->lans[sp->lan], 0, sizeof w->lans[0]);
}

static void schedule_spells(struct storm *s)
{
    for (unsigned lan = 0; lan < s->lan_count; lan++) {
        uint64_t t = s->w->now_ms;
        bool on = rng_percent(&s->rng, 50);

        while (t < s->end_ms) {
            struct spell *sp = malloc(sizeof *sp);

            *sp = (struct spell){s, lan, on};
            world_at(s->w, t, turn_lan, sp, free);
            t += rng_range(&s->rng, 20000, 400000);
            on = !on;
        }
    }
}

/* --- what happens to hosts -------------------------------------------- */

struct mishap {
    struct storm *s;
    enum fault kind;
    struct host *h;
    unsigned step; /* 0: it begins, 1: it ends */
};

static void mishap_run(struct world *w, void *arg);

static void schedule(struct storm *s, enum fault kind, struct host *h,
                     unsigned step, uint64_t at_ms)
{
    struct mishap *m = malloc(sizeof *m);

    *m = (struct mishap){s, kind, h, step};
    world_at(s->w, at_ms < s->end_ms ? at_ms : s->end_ms - 1, mishap_run, m,
             free);
}

static void cut_pair(struct world *w, const struct host *a,
                     const struct host *b, bool cut)
{
    w->cut[a->id * HOSTS_MAX + b->id] = cut;
}

/* Half of the hosts no longer hear the other half. */
static void partition(struct storm *s, bool cut, bool both)
{
    struct world *w = s->w;

    for (unsigned i = 0; i < w->host_count; i++)
        for (unsigned j = 0; j < w->host_count; j++) {
            bool apart = (i ^ j) & 1;

            if (!cut)
                cut_pair(w, w->hosts[i], w->hosts[j], false);
            else if (apart && (both || (i & 1)))
                cut_pair(w, w->hosts[i], w->hosts[j], true);
        }
}

void host_wake(struct host *h)
{
    if (!h->running)
        return;
    for (unsigned i = 0; i < h->nic_count; i++)
        oracle_reset_nic(h->w, h, i);
    engine_links_refresh(h->e, h->w->now_ms, LINKS_ALL);
    h->dirty = true;
}

static void change_address(struct storm *s, struct host *h)
{
    struct nic *n = &h->nics[0];
    struct addr a = nic_source(n, n->st.families & ADDR_V4 ? ADDR_V4
                                                           : ADDR_V6);

    if (a.family == ADDR_V4)
        a.b[1] = (uint8_t)(50 + h->id);
    else
        a.b[14] = (uint8_t)(50 + h->id);
    if (!nic_drop_addr(n, a))
        nic_add_addr(n, a, a.family == ADDR_V4 ? 8 : 64);
    (void)s;
    host_link_set(h, 0);
}

static void change_txt(struct storm *s, struct host *h)
{
    struct service *sv;

    if (h->service_count == 0 || !h->running)
        return;
    sv = &h->services[rng_below(&s->rng, h->service_count)];
    if (sv->s == NULL)
        return;
    sv->txt_len = (size_t)snprintf((char *)sv->txt, 40, "xv=%08x",
                                   rng_below(&s->rng, 1u << 30));
    sv->txt[0] = (uint8_t)(sv->txt_len - 1);
    dnssd_update_txt(h->d, s->w->now_ms, sv->s, sv->txt, sv->txt_len);
    h->dirty = true;
}

static void begin_service(struct host *h, unsigned step)
{
    struct service *sv = &h->services[0];

    if (h->service_count == 0 || !h->running)
        return;
    if (step == 0)
        host_unregister(h, sv);
    else if (sv->s == NULL)
        host_register(h, sv);
}

static bool lasts(enum fault kind)
{
    return kind == F_PARTITION || kind == F_ONEWAY || kind == F_FLAP ||
           kind == F_KILL || kind == F_STOP || kind == F_UNREGISTER ||
           kind == F_ADDRESS;
}

static void mishap_run(struct world *w, void *arg)
{
    struct mishap *m = arg;
    struct host *h = m->h;
    bool end = m->step == 1;

    switch (m->kind) {
    case F_PARTITION: case F_ONEWAY:
        partition(m->s, !end, m->kind == F_PARTITION);
        break;
    case F_FLAP:
        host_link(h, 0, end);
        break;
    case F_KILL:
        if (end)
            host_start(h);
        else
            host_kill(h);
        break;
    case F_STOP:
        if (end)
            host_start(h);
        else
            host_stop(h);
        break;
    case F_RESTART:
        host_kill(h);
        host_start(h);
        break;
    case F_ADDRESS:
        change_address(m->s, h);
        break;
    case F_UPDATE:
        change_txt(m->s, h);
        break;
    case F_UNREGISTER:
        begin_service(h, m->step);
        break;
    default:
        host_wake(h);
        break;
    }
    if (!end && lasts(m->kind) && rng_percent(&m->s->rng, 85))
        schedule(m->s, m->kind, h, 1,
                 w->now_ms + rng_range(&m->s->rng, 100, 120000));
}

void faults_schedule(struct storm *s)
{
    static const enum fault kinds[] = {
        F_PARTITION, F_ONEWAY, F_FLAP, F_KILL, F_RESTART, F_STOP, F_ADDRESS,
        F_UPDATE, F_UNREGISTER, F_WAKE,
    };

    schedule_spells(s);
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        unsigned n = rng_range(&s->rng, 2, 8);

        for (unsigned k = 0; storm_has(s, kinds[i]) && k < n; k++) {
            uint64_t span = s->end_ms - s->w->now_ms - FIRST_MS;
            struct host *h = s->w->hosts[rng_below(&s->rng,
                                                   s->w->host_count)];

            schedule(s, kinds[i], h, 0,
                     s->w->now_ms + FIRST_MS +
                         rng_below(&s->rng, (uint32_t)span));
        }
    }
}

void faults_end(struct storm *s)
{
    struct world *w = s->w;

    memset(w->lans, 0, sizeof w->lans);
    partition(s, false, true);
    for (unsigned i = 0; i < w->host_count; i++)
        for (unsigned n = 0; n < w->hosts[i]->nic_count; n++)
            host_link(w->hosts[i], n, true);
}
