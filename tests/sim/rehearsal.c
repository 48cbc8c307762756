/*
 * rehearsal.c - many nodes from one image, and the manager that finds them
 *
 * All boot at once, under one host name and with IPv6 link-local addresses
 * alone. A manager that browses for them must have the whole table soon; then
 * some die, come back, and are replaced. What it takes in time and in packets
 * is printed: the figures of the manual.
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum {
    START_MS = 1000000,
    BOOT_MS = 2000,      /* all nodes start within */
    SETTLE_MS = 120000,
    QUIET_MS = 600000,
    DEAD_MS = 300000,    /* by then all that died are missed */
    SOME = 10,           /* that die, and that are replaced */
    WHOLE_MS = 10000,    /* from the last start to the whole table */
    SECONDS_MAX = 4096,
};

static const char type[] = "_crier-node._tcp";

struct rehearsal {
    struct world *w;
    struct rng rng;
    struct host *manager;
    struct browse *table;
    unsigned per_second[SECONDS_MAX]; /* packets */
};

static void start(struct world *w, void *arg)
{
    (void)w;
    host_start(arg);
}

/* The same image everywhere: what differs is the address and the id. */
static struct host *add_node(struct rehearsal *r)
{
    struct host *h;
    struct service *sv;
    char label[16];
    unsigned n = r->w->host_count;

    snprintf(label, sizeof label, "n%u", n);
    h = host_new(r->w, label);
    snprintf(h->name, sizeof h->name, "node.local");
    nic_add_addr(host_add_nic(h, 0),
                 (struct addr){.family = ADDR_V6,
                               .b = {0xfe, 0x80, [14] = (uint8_t)(n >> 8),
                                     [15] = (uint8_t)n}},
                 64);
    sv = host_service(h, "node", type, 0);
    sv->txt_len = 1 + (size_t)snprintf((char *)sv->txt + 1, 32, "id=%06x", n);
    sv->txt[0] = (uint8_t)(sv->txt_len - 1);
    return h;
}

static unsigned running(const struct world *w)
{
    unsigned n = 0;

    for (unsigned i = 0; i < w->host_count; i++)
        n += w->hosts[i]->running;
    return n - 1; /* but the manager */
}

/* A row for each node, with all that a row has. That they are the right ones
 * is for the oracle to say. */
static bool whole(const struct rehearsal *r)
{
    const struct browse *b = r->table;

    if (b->found_count != running(r->w))
        return false;
    for (unsigned i = 0; i < b->found_count; i++)
        if (b->found[i].addr_count == 0)
            return false;
    return true;
}

/* Until that moment; returns when the table became whole, and stayed so; 0
 * if it is not. */
static uint64_t run(struct rehearsal *r, uint64_t until_ms)
{
    struct world *w = r->w;
    uint64_t since_ms = whole(r) ? w->now_ms : 0;
    uint64_t packets = w->packets;

    while (world_step(w, until_ms)) {
        uint64_t second = (w->now_ms - START_MS) / 1000;

        if (second < SECONDS_MAX)
            r->per_second[second] += (unsigned)(w->packets - packets);
        packets = w->packets;
        if (!whole(r))
            since_ms = 0;
        else if (since_ms == 0)
            since_ms = w->now_ms;
    }
    return since_ms;
}

/* As run(), for ms; the time it took in ms, judged and printed. */
static void phase(struct rehearsal *r, const char *what, uint64_t from_ms,
                  uint64_t ms, uint64_t limit_ms)
{
    struct world *w = r->w;
    uint64_t packets = w->packets;
    uint64_t at_ms = run(r, from_ms + ms);
    unsigned most = 0;

    for (uint64_t s = (from_ms - START_MS) / 1000;
         s < SECONDS_MAX && s < (w->now_ms - START_MS) / 1000; s++)
        if (r->per_second[s] > most)
            most = r->per_second[s];
    if (w->failed)
        return;
    if (at_ms == 0)
        world_fail(w, "%s: %u rows of %u", what, r->table->found_count,
                   running(w));
    else if (at_ms > from_ms + limit_ms)
        world_fail(w, "%s: the table was whole only after %.1f s", what,
                   (double)(at_ms - from_ms) / 1000);
    printf("  %s: whole after %.1f s; %llu packets, at most %u a second\n",
           what, (double)(at_ms - from_ms) / 1000,
           (unsigned long long)(w->packets - packets), most);
}

static void act(struct rehearsal *r, unsigned nodes)
{
    struct world *w = r->w;
    struct host **hosts = w->hosts;
    uint64_t last_ms = START_MS + 1000;

    host_start(r->manager);
    world_run(w, START_MS + 1000);
    for (unsigned i = 0; i < nodes; i++) {
        uint64_t at_ms = START_MS + 1000 + rng_below(&r->rng, BOOT_MS);

        if (at_ms > last_ms)
            last_ms = at_ms;
        world_at(w, at_ms, start, add_node(r), NULL);
    }
    (void)run(r, last_ms);
    phase(r, "boot", last_ms, SETTLE_MS, WHOLE_MS);
    phase(r, "quiet", w->now_ms, QUIET_MS, 0);
    for (unsigned i = 1; i <= SOME; i++)
        host_kill(hosts[i]);
    phase(r, "ten dead", w->now_ms, DEAD_MS, DEAD_MS);
    for (unsigned i = 1; i <= SOME; i++)
        host_start(hosts[i]);
    phase(r, "ten back", w->now_ms, SETTLE_MS, WHOLE_MS);
    for (unsigned i = 1; i <= SOME; i++)
        host_stop(hosts[SOME + i]);
    for (unsigned i = 0; i < SOME; i++)
        host_start(add_node(r));
    phase(r, "ten replaced", w->now_ms, SETTLE_MS, WHOLE_MS);
    if (!w->failed)
        oracle_quiet(w, SETS_EXACT);
}

unsigned rehearsal_run(unsigned nodes, const struct options *op)
{
    static struct rehearsal r;
    unsigned failed;

    memset(&r, 0, sizeof r);
    if (nodes < 2 * SOME || nodes > HOSTS_MAX - SOME - 1) {
        fprintf(stderr, "sim: --rehearsal takes %u to %u nodes\n", 2 * SOME,
                HOSTS_MAX - SOME - 1);
        return 1;
    }
    r.w = world_new(31, START_MS);
    r.rng.s = 31;
    r.w->tracing = r.w->verbose = op->verbose;
    if (op->broken != NULL)
        snprintf(r.w->broken, sizeof r.w->broken, "%s", op->broken);
    r.manager = host_new(r.w, "manager");
    r.manager->config.cache_max = 16384;
    r.manager->config.watches_max = 8192;
    nic_add_addr(host_add_nic(r.manager, 0),
                 (struct addr){.family = ADDR_V6,
                               .b = {0xfe, 0x80, [8] = 1}},
                 64);
    r.table = host_browse(r.manager, "browse", type, 0, DNSSD_RESOLVE);
    act(&r, nodes);
    failed = r.w->failed;
    printf("%s rehearsal with %u nodes\n", failed ? "not ok" : "ok", nodes);
    if (failed)
        printf("  %s\n", r.w->failure);
    world_free(r.w);
    return failed;
}
