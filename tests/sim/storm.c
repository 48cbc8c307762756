/*
 * storm.c - seeded worlds full of trouble, and the crowd of one name
 *
 * One seed makes the hosts, what they publish and look for, and all faults;
 * it prints them on a line. After the last fault comes quiet, and then
 * what must be true is asked; at the end one host is left alone until all
 * it ever heard has run out.
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum {
    START_MS = 1000000,
    QUIET_MS = 120000,    /* from the last fault to the questions */
    ALONE_MS = 3 * 3600000,
    KIND_MIN = 20,        /* of 200 seeds, each kind of fault in so many */
    CROWD_MS = 60000,
    TWICE_MAX = 5,        /* so many seeds are run twice, for I15 */
};

static const char *const types[] = {"_http._tcp", "_ipp._tcp", "_ssh._tcp"};
static const char *const names[] = {"node", "printer", "nas"};
static const char *const instances[] = {"Files", "My Printer", "Web (old)"};

/* Of mixed families a quarter has IPv4 alone, and a quarter IPv6. */
static void give_addresses(struct storm *s, struct host *h, struct nic *n,
                           unsigned number)
{
    struct addr v4 = {.family = ADDR_V4,
                      .b = {10, n->lan, (uint8_t)(number >> 8),
                            (uint8_t)number}};
    struct addr v6 = {.family = ADDR_V6,
                      .b = {0xfe, 0x80, [13] = n->lan,
                            [14] = (uint8_t)(number >> 8),
                            [15] = (uint8_t)number}};
    unsigned kind = storm_has(s, F_FAMILIES) ? rng_below(&s->rng, 4) : 2;

    (void)h;
    if (kind != 0)
        nic_add_addr(n, v4, 16);
    if (kind != 1)
        nic_add_addr(n, v6, 64);
}

static void add_nics(struct storm *s, struct host *h)
{
    unsigned number = 1 + h->id;

    give_addresses(s, h, host_add_nic(h, 0), number);
    if (storm_has(s, F_TWO_NICS) && rng_percent(&s->rng, 40))
        give_addresses(s, h, host_add_nic(h, 0), number + 100);
    if (s->lan_count > 1 && rng_percent(&s->rng, 50))
        give_addresses(s, h, host_add_nic(h, 1), number);
}

static void add_services(struct storm *s, struct host *h, uint32_t ttl_s)
{
    unsigned n = rng_below(&s->rng, 4);

    for (unsigned i = 0; i < n; i++) {
        char instance[64];
        struct service *sv;

        if (storm_has(s, F_SAME_NAME))
            snprintf(instance, sizeof instance, "%s", instances[i]);
        else
            snprintf(instance, sizeof instance, "%s %u", instances[i],
                     h->id);
        sv = host_service(h, instance, types[rng_below(&s->rng, 3)],
                          (uint16_t)(1000 + h->id));
        sv->ttl_s = ttl_s;
        sv->txt_len = 5;
        memcpy(sv->txt, "\4id=x", 5);
        sv->txt[4] = (uint8_t)('a' + h->id % 26);
    }
}

static void add_browses(struct storm *s, struct host *h)
{
    unsigned n = rng_below(&s->rng, 3);

    for (unsigned i = 0; i < n; i++)
        host_browse(h, "browse", types[i], 0, 0);
    if (rng_percent(&s->rng, 30))
        host_browse(h, "browse", types[2], 0, DNSSD_RESOLVE);
    if (rng_percent(&s->rng, 20))
        host_browse(h, "types", "", 0, 0);
}

static void start_host(struct world *w, void *arg)
{
    (void)w;
    host_start(arg);
}

static void add_hosts(struct storm *s, unsigned count)
{
    static const uint32_t ttls[] = {0, 0, 75, 120};
    uint32_t ttl_s = ttls[rng_below(&s->rng, 4)];
    struct exceptions *but = oracle_exceptions(s->w->oracle);

    if (ttl_s != 0)
        but->ttls[but->ttl_count++] = ttl_s;
    for (unsigned i = 0; i < count; i++) {
        char label[32];
        struct host *h;

        snprintf(label, sizeof label, "h%u", i);
        h = host_new(s->w, label);
        if (storm_has(s, F_SAME_NAME))
            snprintf(h->name, sizeof h->name, "%s.local",
                     names[rng_below(&s->rng, 3)]);
        h->reverse = rng_percent(&s->rng, 30);
        add_nics(s, h);
        add_services(s, h, ttl_s);
        add_browses(s, h);
        world_at(s->w, s->w->now_ms + rng_below(&s->rng, 10000), start_host,
                 h, NULL);
    }
}

/* What was lost on the way is not said again by itself for up to an hour:
 * after such faults everybody asks and announces anew, as on wake-up. */
static bool needs_waking(const struct storm *s)
{
    static const enum fault kinds[] = {
        F_LOSS, F_GARBLE, F_FLIP, F_PARTITION, F_ONEWAY, F_REPLAY,
        F_GOODBYES, F_SUPPRESSOR, F_DENIER, F_FLOOD,
    };

    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (storm_has(s, kinds[i]))
            return true;
    return false;
}

static enum sets sets_of(const struct storm *s)
{
    if (storm_has(s, F_FLIP))
        return SETS_IGNORE;
    return storm_has(s, F_REPLAY) || storm_has(s, F_FLOOD) ? SETS_COMPLETE
                                                           : SETS_EXACT;
}

static void leave_one(struct storm *s)
{
    struct world *w = s->w;
    struct host *last = NULL;

    for (unsigned i = 0; i < w->host_count; i++)
        if (w->hosts[i]->running && last == NULL &&
            w->hosts[i]->browse_count > 0)
            last = w->hosts[i];
        else
            host_kill(w->hosts[i]);
    if (last == NULL || storm_has(s, F_FLIP))
        return;
    world_run(w, w->now_ms + ALONE_MS);
    if (!w->failed)
        oracle_alone(w, last);
}

static void run_storm(struct storm *s, const struct options *op)
{
    struct world *w = s->w;

    s->lan_count = rng_range(&s->rng, 1, 2);
    s->end_ms = w->now_ms + op->minutes * UINT64_C(60000) - QUIET_MS;
    faults_draw(s);
    add_hosts(s, op->hosts);
    faults_schedule(s);
    w->adversary = adversary_new(s);
    world_run(w, s->end_ms);
    faults_end(s);
    if (needs_waking(s))
        for (unsigned i = 0; i < w->host_count; i++)
            host_wake(w->hosts[i]);
    world_run(w, s->end_ms + QUIET_MS);
    if (!w->failed)
        oracle_quiet(w, sets_of(s));
    if (!w->failed)
        leave_one(s);
}

struct result {
    bool failed;
    char failure[512];
    uint64_t hash;
    uint64_t packets;
    uint32_t faults;
};

static void one_seed(uint64_t seed, const struct options *op, bool print,
                     struct result *out)
{
    struct storm s = {.rng = {seed}};
    struct world *w;

    rng_next(&s.rng);
    w = s.w = world_new(seed * 2 + 1, START_MS);
    w->tracing = w->verbose = op->verbose;
    if (op->broken != NULL)
        snprintf(w->broken, sizeof w->broken, "%s", op->broken);
    run_storm(&s, op);
    out->failed = w->failed;
    snprintf(out->failure, sizeof out->failure, "%s", w->failure);
    out->hash = w->hash;
    out->packets = w->packets;
    out->faults = s.faults;
    if (print) {
        printf("%s seed %llu:", w->failed ? "not ok" : "ok",
               (unsigned long long)seed);
        faults_print(stdout, &s);
        printf("; %llu packets, %016llx\n", (unsigned long long)w->packets,
               (unsigned long long)w->hash);
    }
    world_free(w);
}

/* Fewer hosts and a shorter time that still fail: easier to understand. */
static void shrink(uint64_t seed, const struct options *op)
{
    struct options less = *op;
    struct result r;

    less.verbose = false;
    for (unsigned hosts = 2; hosts < op->hosts; hosts++) {
        less.hosts = hosts;
        one_seed(seed, &less, false, &r);
        if (r.failed) {
            printf("  fails with %u hosts too: sim -v --seed %llu "
                   "--hosts %u --minutes %u\n    %s\n", hosts,
                   (unsigned long long)seed, hosts, op->minutes, r.failure);
            return;
        }
    }
}

static unsigned check_kinds(const unsigned *kinds, uint64_t count)
{
    unsigned failed = 0;

    for (unsigned i = 0; i < FAULTS; i++)
        if (kinds[i] < KIND_MIN * count / 200) {
            printf("not ok fault %s\n  only in %u of %llu seeds\n",
                   fault_words[i], kinds[i], (unsigned long long)count);
            failed++;
        }
    return failed;
}

unsigned storm_run(uint64_t first, uint64_t count, const struct options *op)
{
    unsigned kinds[FAULTS] = {0};
    unsigned failed = 0;

    for (uint64_t i = 0; i < count; i++) {
        struct result r, again;

        one_seed(first + i, op, true, &r);
        for (unsigned k = 0; k < FAULTS; k++)
            kinds[k] += r.faults >> k & 1;
        if (!r.failed && i < TWICE_MAX && !op->verbose) {
            one_seed(first + i, op, false, &again);
            r.failed = again.hash != r.hash;
            snprintf(r.failure, sizeof r.failure,
                     "I15: another run sent other bytes");
        }
        if (r.failed) {
            failed++;
            printf("  %s\n  replay: make sim SEED=%llu\n", r.failure,
                   (unsigned long long)(first + i));
            if (!op->verbose)
                shrink(first + i, op);
        }
        fflush(stdout);
    }
    if (count >= 100)
        failed += check_kinds(kinds, count);
    return failed;
}

/* --- the crowd --------------------------------------------------------- */

static bool settled(const struct world *w)
{
    for (unsigned i = 0; i < w->host_count; i++)
        if (w->hosts[i]->host_announced == 0)
            return false;
    return true;
}

unsigned crowd_run(unsigned hosts, const struct options *op)
{
    struct world *w = world_new(29, START_MS);
    struct storm s = {.w = w, .rng = {29}, .faults = 1u << F_FAMILIES};
    uint64_t done = 0;

    if (op->broken != NULL)
        snprintf(w->broken, sizeof w->broken, "%s", op->broken);
    w->tracing = w->verbose = op->verbose;
    for (unsigned i = 0; i < hosts; i++) {
        char label[32];
        struct host *h;

        snprintf(label, sizeof label, "h%u", i);
        h = host_new(w, label);
        snprintf(h->name, sizeof h->name, "node.local");
        give_addresses(&s, h, host_add_nic(h, 0), i + 1);
        if (!(h->nics[0].st.families & ADDR_V4))
            nic_add_addr(&h->nics[0],
                         (struct addr){.family = ADDR_V4,
                                       .b = {10, 0, (uint8_t)(i >> 8),
                                             (uint8_t)(i + 1)}},
                         16);
        world_at(w, w->now_ms + rng_below(&s.rng, 100), start_host, h, NULL);
    }
    while (world_step(w, START_MS + CROWD_MS)) {
        if (!settled(w))
            done = 0;
        else if (done == 0)
            done = w->now_ms;
    }
    if (!w->failed && done == 0)
        world_fail(w, "I14: not settled");
    if (!w->failed)
        oracle_quiet(w, SETS_EXACT);
    printf("%s crowd of %u: %.1f s, %llu packets\n",
           w->failed ? "not ok" : "ok", hosts,
           done == 0 ? 0.0 : (double)(done - START_MS) / 1000,
           (unsigned long long)w->packets);
    if (w->failed)
        printf("  %s\n", w->failure);
    unsigned failed = w->failed;

    world_free(w);
    return failed;
}
