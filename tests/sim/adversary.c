/*
 * adversary.c - neighbours that mean harm, or might as well
 *
 * They hear what is said on the LANs, remember some of it, and act every
 * few seconds until the storm ends.
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { KEPT_MAX = 48, PTRS_MAX = 24, LIES_MAX = 40 };

struct kept {
    unsigned lan;
    uint8_t family;
    size_t len;
    uint8_t data[1500];
};

struct adversary {
    struct storm *s;
    struct kept kept[KEPT_MAX];
    unsigned kept_count;
    struct {
        char owner[300];
        char target[300];
    } ptrs[PTRS_MAX];
    unsigned ptr_count;
    unsigned lies;
};

static void act(struct world *w, void *arg);

static void put_on(struct world *w, unsigned lan, uint8_t family,
                   const uint8_t *data, size_t len)
{
    struct datagram d = {.family = family, .multicast = true, .data = data,
                         .len = len, .port = MDNS_PORT};
    struct addr src = {.family = family};
    struct msg m;

    if (family == ADDR_V4)
        memcpy(src.b, (uint8_t[]){10, 0, 0, 240}, 4);
    else
        memcpy(src.b, (uint8_t[16]){0xfe, 0x80, [15] = 240}, 16);
    if (msg_parse(data, len, &m) == NULL) {
        oracle_heard(w, lan, &m);
        msg_free(&m);
    }
    world_send(w, NULL, 0, &d, lan, src, MDNS_PORT);
}

/* Say a line in the notation of the scenarios. */
static void say(struct storm *s, unsigned lan, uint8_t family,
                const char *line)
{
    struct tokens *ts = tokens_new();
    struct packet_spec *spec = calloc(1, sizeof *spec);

    if (split_words(ts, line) && packet_build(ts->t, ts->n, spec))
        put_on(s->w, lan, family, spec->data, spec->len);
    free(spec);
    tokens_free(ts);
}

static uint8_t some_family(struct storm *s)
{
    return rng_percent(&s->rng, 50) ? ADDR_V4 : ADDR_V6;
}

static void replay(struct adversary *a)
{
    struct kept *k;

    if (a->kept_count == 0)
        return;
    k = &a->kept[rng_below(&a->s->rng, a->kept_count < KEPT_MAX
                                           ? a->kept_count
                                           : KEPT_MAX)];
    put_on(a->s->w, k->lan, k->family, k->data, k->len);
}

static void noise(struct adversary *a)
{
    uint8_t data[400];
    size_t len = rng_below(&a->s->rng, sizeof data);

    for (size_t i = 0; i < len; i++)
        data[i] = (uint8_t)rng_next(&a->s->rng);
    put_on(a->s->w, rng_below(&a->s->rng, a->s->lan_count),
           some_family(a->s), data, len);
}

static void goodbye(struct adversary *a)
{
    unsigned i;
    char line[700];

    if (a->ptr_count == 0)
        return;
    i = rng_below(&a->s->rng,
                  a->ptr_count < PTRS_MAX ? a->ptr_count : PTRS_MAX);
    snprintf(line, sizeof line, "response PTR \"%s\" \"%s\" /0",
             a->ptrs[i].owner, a->ptrs[i].target);
    say(a->s, 0, some_family(a->s), line);
}

/* Ask with everything that was heard as known answer. */
static void suppress(struct adversary *a)
{
    unsigned n = a->ptr_count < PTRS_MAX ? a->ptr_count : PTRS_MAX;
    char *line = malloc(700 * (PTRS_MAX + 1));
    size_t at;

    at = (size_t)sprintf(line, "query PTR _http._tcp.local");
    for (unsigned i = 0; i < n; i++)
        if (strstr(a->ptrs[i].owner, "_http._tcp") == a->ptrs[i].owner)
            at += (size_t)sprintf(line + at, " an PTR \"%s\" \"%s\"",
                                  a->ptrs[i].owner, a->ptrs[i].target);
    say(a->s, 0, some_family(a->s), line);
    free(line);
}

/* Unwanted records, and wanted ones that live for ten seconds. */
static void flood(struct adversary *a)
{
    struct rng *r = &a->s->rng;
    char line[500];

    for (unsigned i = 0; i < 20; i++) {
        unsigned x = rng_below(r, 1u << 24);

        snprintf(line, sizeof line,
                 "response PTR _flood._udp.local f%u._flood._udp.local "
                 "an A f%u.local 10.1.2.3 /flush an TXT t%u.local x=%u /120",
                 x, x, x, x);
        say(a->s, 0, ADDR_V4, line);
        snprintf(line, sizeof line,
                 "response PTR _http._tcp.local F%u._http._tcp.local /10",
                 x);
        if (i < 5)
            say(a->s, 0, ADDR_V4, line);
    }
}

static void endless_tc(struct adversary *a)
{
    say(a->s, 0, ADDR_V4, "query tc PTR _http._tcp.local");
    say(a->s, 0, ADDR_V4, "query tc an PTR _http._tcp.local "
                          "nobody._http._tcp.local");
}

static void probe_names(struct adversary *a)
{
    struct world *w = a->s->w;
    struct host *h = w->hosts[rng_below(&a->s->rng, w->host_count)];
    struct name name;
    char text[1100];
    char line[1200];

    if (!h->running || !host_name_now(h, &name))
        return;
    wire_name_text(name.wire, name.len, text, sizeof text);
    if (strpbrk(text, "\"\\") != NULL)
        return;
    snprintf(line, sizeof line, "query ANY \"%s\"", text);
    say(a->s, h->nics[0].lan, some_family(a->s), line);
}

/* How long until that one acts again. */
static uint32_t pause_of(struct adversary *a, enum fault kind)
{
    struct rng *r = &a->s->rng;

    switch (kind) {
    case F_ENDLESS_TC:
        return rng_percent(r, 90) ? 300 : rng_range(r, 60000, 400000);
    case F_PROBER:
        return rng_percent(r, 95) ? 100 : rng_range(r, 60000, 400000);
    case F_FLOOD:
        return rng_range(r, 20000, 300000);
    default:
        return rng_range(r, 1000, 60000);
    }
}

struct turn {
    struct adversary *a;
    enum fault kind;
};

static void next_turn(struct adversary *a, enum fault kind)
{
    struct turn *t = malloc(sizeof *t);

    *t = (struct turn){a, kind};
    world_at(a->s->w, a->s->w->now_ms + pause_of(a, kind), act, t, free);
}

static void act(struct world *w, void *arg)
{
    struct turn *t = arg;
    struct adversary *a = t->a;

    if (w->now_ms >= a->s->end_ms)
        return;
    switch (t->kind) {
    case F_REPLAY:
        replay(a);
        break;
    case F_NOISE:
        noise(a);
        break;
    case F_GOODBYES:
        goodbye(a);
        break;
    case F_SUPPRESSOR:
        suppress(a);
        break;
    case F_FLOOD:
        flood(a);
        break;
    case F_ENDLESS_TC:
        endless_tc(a);
        break;
    default:
        probe_names(a);
        break;
    }
    next_turn(a, t->kind);
}

struct adversary *adversary_new(struct storm *s)
{
    static const enum fault kinds[] = {
        F_REPLAY, F_GOODBYES, F_ENDLESS_TC, F_SUPPRESSOR, F_NOISE, F_FLOOD,
        F_PROBER,
    };
    struct adversary *a = calloc(1, sizeof *a);

    a->s = s;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
        if (storm_has(s, kinds[i]))
            next_turn(a, kinds[i]);
    if (storm_has(s, F_REPLAY) || storm_has(s, F_DENIER) ||
        storm_has(s, F_FLIP))
        oracle_renames_excused(s->w);
    return a;
}

void adversary_free(struct adversary *a)
{
    free(a);
}

/* --- hearing ----------------------------------------------------------- */

struct lie {
    struct adversary *a;
    unsigned lan;
    uint8_t family;
    char line[2400];
};

static void tell_lie(struct world *w, void *arg)
{
    struct lie *l = arg;

    (void)w;
    say(l->a->s, l->lan, l->family, l->line);
}

/* Deny a probe, or claim to probe for the same with later data. */
static void lie_about(struct adversary *a, unsigned lan, uint8_t family,
                      const struct item *q, bool deny)
{
    struct lie *l;
    char text[1100];

    wire_name_text(q->name, q->name_len, text, sizeof text);
    if (a->lies >= LIES_MAX || strlen(text) > 280 ||
        strpbrk(text, "\"\\") != NULL)
        return;
    a->lies++;
    l = calloc(1, sizeof *l);
    *l = (struct lie){.a = a, .lan = lan, .family = family};
    if (deny)
        snprintf(l->line, sizeof l->line,
                 "response A \"%s\" 10.0.0.240 /flush", text);
    else
        snprintf(l->line, sizeof l->line,
                 "query ANY \"%s\" /qu ns TYPE65000 \"%s\" 0xff /120", text,
                 text);
    world_at(a->s->w, a->s->w->now_ms + 1, tell_lie, l, free);
}

static void remember_ptrs(struct adversary *a, const struct msg *m)
{
    for (unsigned i = 0; i < m->n; i++) {
        const struct item *it = &m->items[i];
        char owner[1100], target[1100];
        unsigned at = a->ptr_count % PTRS_MAX;

        if (it->type != RR_PTR || it->section != AN)
            continue;
        wire_name_text(it->name, it->name_len, owner, sizeof owner);
        wire_name_text(it->rdata, it->rdata_len, target, sizeof target);
        if (strlen(owner) > 299 || strlen(target) > 299 ||
            strpbrk(target, "\"\\") != NULL)
            continue;
        memcpy(a->ptrs[at].owner, owner, strlen(owner) + 1);
        memcpy(a->ptrs[at].target, target, strlen(target) + 1);
        a->ptr_count++;
    }
}

void adversary_hear(struct world *w, unsigned lan, const struct datagram *d,
                    const struct msg *m)
{
    struct adversary *a = w->adversary;
    struct kept *k = &a->kept[a->kept_count % KEPT_MAX];

    if (w->now_ms >= a->s->end_ms || !d->multicast || d->len > 1500)
        return;
    if (rng_percent(&a->s->rng, 20)) {
        k->lan = lan;
        k->family = d->family;
        k->len = d->len;
        memcpy(k->data, d->data, d->len);
        a->kept_count++;
    }
    if (m->flags & 0x8000) {
        remember_ptrs(a, m);
        return;
    }
    for (unsigned i = 0; i < m->n && msg_is_probe(m); i++) {
        if (m->items[i].section != QD || !rng_percent(&a->s->rng, 30))
            continue;
        if (storm_has(a->s, F_DENIER))
            lie_about(a, lan, d->family, &m->items[i], true);
        else if (storm_has(a->s, F_TIEBREAK))
            lie_about(a, lan, d->family, &m->items[i], false);
    }
}
