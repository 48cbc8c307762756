/*
 * oracle.c - invariants over many packets, and at quiet
 *
 * I1  no two hosts of a LAN keep one unique name
 * I2  what is published is announced
 * I3  each browse shows what there is
 * I4  nobody renames without a rival
 * I5  a record is multicast at most once a second on a link and family,
 *     defences at most every 250 ms; probes are 250 ms apart
 * I6  address records are those of the link, and all of them
 * I7  unicast goes to neighbours only
 * I11 an NSEC tells the truth
 * I12 tables stay within their limits
 *
 * The witness sees to I8 and I9; the driver to I13 (no busy loop) and I16
 * (found and lost take turns).
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum {
    HEARD_MAX = 4096,
    DEFENCE_MS = 250,   /* RFC 6762 section 6 */
    AGAIN_MS = 1000,
    PROBE_MS = 250,     /* section 8.1 */
    QUERY_WINDOW_MS = 10000,
    QUERY_WINDOW_MAX = 12,
    BURST_MS = 10,      /* what a default receive buffer takes */
    BURST_MAX = 32,
    REACH_MS = 3000,    /* a probe may be under way so long */
};

struct last { /* when something was last sent */
    uint64_t key;
    uint64_t at_ms;
    uint32_t count; /* in the window that began at since_ms */
    uint64_t since_ms;
    uint32_t place; /* host and NIC, to forget on a reset */
};

struct oracle {
    struct exceptions but;
    struct last *table; /* open addressing */
    size_t table_max, table_used;
    struct {
        uint64_t name;
        uint64_t at_ms;
        uint8_t lan;
    } heard[HEARD_MAX]; /* probes */
    unsigned heard_at;
    struct rival {
        struct name name;
        const void *who;
    } *rivals;
    size_t rival_count, rival_max;
    struct gone {
        struct name name;
        uint64_t until_ms;
    } *gone;
    size_t gone_count, gone_max;
    bool excused;
};

struct oracle *oracle_new(void)
{
    struct oracle *o = calloc(1, sizeof *o);

    o->table_max = 1024;
    o->table = calloc(o->table_max, sizeof *o->table);
    return o;
}

void oracle_free(struct oracle *o)
{
    free(o->table);
    free(o->rivals);
    free(o->gone);
    free(o);
}

struct exceptions *oracle_exceptions(struct oracle *o)
{
    return &o->but;
}

/* --- when was it last sent ------------------------------------------- */

static uint64_t mix(uint64_t h, const uint8_t *p, size_t n, bool fold)
{
    for (size_t i = 0; i < n; i++) {
        uint8_t c = p[i];

        if (fold && c >= 'A' && c <= 'Z')
            c = (uint8_t)(c + 32);
        h = (h ^ c) * 0x100000001b3u;
    }
    return h;
}

static uint64_t name_key(const uint8_t *name, size_t len)
{
    return mix(0xcbf29ce484222325u, name, len, true);
}

static uint32_t place_of(const struct host *h, unsigned nic)
{
    return h->id * NICS_MAX + nic + 1;
}

static struct last *slot(struct last *table, size_t max, uint64_t key)
{
    size_t i = (size_t)(key ^ key >> 29) & (max - 1);

    while (table[i].key != 0 && table[i].key != key)
        i = (i + 1) & (max - 1);
    return &table[i];
}

static struct last *last_sent(struct oracle *o, uint64_t key,
                              uint32_t place)
{
    struct last *l;

    if (2 * o->table_used > o->table_max) {
        struct last *bigger = calloc(2 * o->table_max, sizeof *bigger);

        for (size_t i = 0; i < o->table_max; i++)
            if (o->table[i].key != 0)
                *slot(bigger, 2 * o->table_max, o->table[i].key) =
                    o->table[i];
        free(o->table);
        o->table = bigger;
        o->table_max *= 2;
    }
    key |= 1; /* never 0 */
    l = slot(o->table, o->table_max, key);
    if (l->key == 0) {
        l->key = key;
        o->table_used++;
    }
    l->place = place;
    return l;
}

void oracle_reset_nic(struct world *w, struct host *h, unsigned nic)
{
    struct oracle *o = w->oracle;

    for (size_t i = 0; i < o->table_max; i++)
        if (o->table[i].key != 0 && o->table[i].place == place_of(h, nic)) {
            o->table[i].at_ms = 0;
            o->table[i].count = 0;
        }
}

static uint64_t item_key(const struct host *h, const struct datagram *d,
                         const struct item *it, unsigned what)
{
    uint8_t head[8] = {(uint8_t)h->id, (uint8_t)(h->id >> 8), d->link,
                       d->family, (uint8_t)(it->type >> 8),
                       (uint8_t)it->type, (uint8_t)what, 0};
    uint64_t k = mix(0xcbf29ce484222325u, head, sizeof head, false);

    k = mix(k, it->name, it->name_len, true);
    return what == AN ? mix(k, it->rdata, it->rdata_len, false) : k;
}

static const char *item_text(const struct item *it, char *buf, size_t max)
{
    char name[1100];
    char type[16];

    snprintf(buf, max, "%s %.200s", type_text(it->type, type),
             wire_name_text(it->name, it->name_len, name, sizeof name));
    return buf;
}

void oracle_heard(struct world *w, unsigned lan, const struct msg *m)
{
    struct oracle *o = w->oracle;

    if (m == NULL || (m->flags & 0x8000) || m->count[NS] == 0)
        return;
    for (unsigned i = 0; i < m->n; i++) {
        const struct item *it = &m->items[i];

        if (it->section != QD)
            continue;
        o->heard[o->heard_at].name = name_key(it->name, it->name_len);
        o->heard[o->heard_at].at_ms = w->now_ms;
        o->heard[o->heard_at].lan = (uint8_t)lan;
        o->heard_at = (o->heard_at + 1) % HEARD_MAX;
    }
}

static bool probe_heard(const struct world *w, unsigned lan,
                        const struct item *it)
{
    const struct oracle *o = w->oracle;
    uint64_t key = name_key(it->name, it->name_len);
    uint64_t reach = REACH_MS + w->lans[lan].delay_max_ms;

    for (unsigned i = 0; i < HEARD_MAX; i++)
        if (o->heard[i].name == key && o->heard[i].lan == lan &&
            o->heard[i].at_ms + reach >= w->now_ms)
            return true;
    return false;
}

/* --- I5 --------------------------------------------------------------- */

static void check_record_rate(struct world *w, struct host *h,
                              const struct datagram *d,
                              const struct item *it)
{
    struct last *l;
    uint64_t gap;
    char text[300];

    l = last_sent(w->oracle, item_key(h, d, it, AN), place_of(h, d->link));
    gap = w->now_ms - l->at_ms;
    if (l->at_ms != 0 && gap < AGAIN_MS &&
        (gap < DEFENCE_MS || !probe_heard(w, h->nics[d->link].lan, it)))
        world_fail(w, "I5: %s multicasts %s again after %u ms", h->label,
                   item_text(it, text, sizeof text), (unsigned)gap);
    l->at_ms = w->now_ms;
}

static void check_probe_rate(struct world *w, struct host *h,
                             const struct datagram *d,
                             const struct item *it)
{
    struct last *l;
    char text[300];

    l = last_sent(w->oracle, item_key(h, d, it, NS), place_of(h, d->link));
    if (l->at_ms != 0 && w->now_ms - l->at_ms < PROBE_MS)
        world_fail(w, "I5: %s probes for %s again after %u ms", h->label,
                   item_text(it, text, sizeof text),
                   (unsigned)(w->now_ms - l->at_ms));
    l->at_ms = w->now_ms;
}

static void check_query_rate(struct world *w, struct host *h,
                             const struct datagram *d,
                             const struct item *it)
{
    struct last *l;
    char text[300];

    l = last_sent(w->oracle, item_key(h, d, it, QD), place_of(h, d->link));
    if (l->count == 0 || w->now_ms - l->since_ms > QUERY_WINDOW_MS) {
        l->since_ms = w->now_ms;
        l->count = 0;
    }
    if (++l->count > QUERY_WINDOW_MAX)
        world_fail(w, "I5: %s asks for %s %u times in 10 s", h->label,
                   item_text(it, text, sizeof text), l->count);
}

/* --- I6, I7, I11 ------------------------------------------------------ */

static bool excepted(const struct oracle *o, const struct item *it)
{
    for (unsigned i = 0; i < o->but.rr_count; i++)
        if (wire_name_same(o->but.rr[i].name, o->but.rr[i].name_len,
                           it->name, it->name_len))
            return true;
    return false;
}

static unsigned count_addrs(const struct nic *n, uint8_t family)
{
    unsigned count = 0;

    for (unsigned i = 0; i < n->st.addr_count; i++)
        count += n->st.addrs[i].addr.family == family;
    return count;
}

static unsigned count_like(const struct msg *m, const struct item *it)
{
    unsigned count = 0;

    for (unsigned i = 0; i < m->n; i++)
        count += m->items[i].section != QD && m->items[i].ttl_s > 0 &&
                 m->items[i].type == it->type &&
                 wire_name_same(m->items[i].name, m->items[i].name_len,
                                it->name, it->name_len);
    return count;
}

static void check_address(struct world *w, struct host *h, unsigned nic,
                          const struct msg *m, const struct item *it)
{
    struct nic *n = &h->nics[nic];
    struct addr a = {.family = it->type == RR_A ? ADDR_V4 : ADDR_V6};
    char text[300];

    memcpy(a.b, it->rdata, addr_len(&a));
    if (!nic_has_addr(n, &a))
        world_fail(w, "I6: %s sends %s of another link", h->label,
                   item_text(it, text, sizeof text));
    else if (it->ttl_s > 10 && count_like(m, it) != count_addrs(n, a.family))
        world_fail(w, "I6: %s sends %s without the others (10.2)", h->label,
                   item_text(it, text, sizeof text));
}

static bool nsec_bit(const struct item *it, unsigned type)
{
    size_t at = it->name_len;
    unsigned byte = type / 8;

    return it->rdata_len > at + 2 + byte && it->rdata[at] == 0 &&
           byte < it->rdata[at + 1] &&
           (it->rdata[at + 2 + byte] & 0x80 >> type % 8) != 0;
}

static void check_denial(struct world *w, struct host *h, unsigned nic,
                         const struct item *it)
{
    const struct nic *n = &h->nics[nic];
    struct name name;
    char text[300];

    if (!host_name_now(h, &name) ||
        !wire_name_same(name.wire, name.len, it->name, it->name_len))
        return;
    for (unsigned type = 1; type < 256; type++) {
        bool have = (type == RR_A && count_addrs(n, ADDR_V4) > 0) ||
                    (type == RR_AAAA && count_addrs(n, ADDR_V6) > 0);

        if (nsec_bit(it, type) != have)
            world_fail(w, "I11: %s: %s is wrong about type %u", h->label,
                       item_text(it, text, sizeof text), type);
    }
}

static void check_unicast(struct world *w, struct host *h,
                          const struct datagram *d)
{
    const struct nic *n = &h->nics[d->link];
    char text[64];

    if (d->oneshot || addr_link_local(&d->peer))
        return;
    for (unsigned i = 0; i < n->st.addr_count; i++)
        if (addr_same_prefix(&n->st.addrs[i].addr, &d->peer,
                             n->st.addrs[i].prefix_len))
            return;
    world_fail(w, "I7: %s sends to %s, which is not on its link", h->label,
               addr_print(&d->peer, text, sizeof text));
}

static void check_response(struct world *w, struct host *h,
                           const struct datagram *d, const struct msg *m,
                           const struct item *it)
{
    if (it->ttl_s == 0 || excepted(w->oracle, it))
        return;
    if (it->type == RR_A || it->type == RR_AAAA)
        check_address(w, h, d->link, m, it);
    else if (it->type == RR_NSEC)
        check_denial(w, h, d->link, it);
}

/* More back to back would overrun receivers with small buffers. */
static void check_burst(struct world *w, struct host *h,
                        const struct datagram *d)
{
    static const uint8_t root[1];
    struct item none = {.name = root, .name_len = 1};
    struct last *l = last_sent(w->oracle, item_key(h, d, &none, SECTIONS),
                               place_of(h, d->link));

    if (l->count == 0 || w->now_ms - l->since_ms >= BURST_MS) {
        l->since_ms = w->now_ms;
        l->count = 0;
    }
    if (++l->count > BURST_MAX)
        world_fail(w, "I5: %s sends %u packets within %u ms", h->label,
                   l->count, BURST_MS);
}

void oracle_sent(struct world *w, struct host *h, unsigned nic,
                 const struct datagram *d, const struct msg *m)
{
    bool response = (m->flags & 0x8000) != 0;
    bool probe = msg_is_probe(m);

    (void)nic;
    if (!d->multicast)
        check_unicast(w, h, d);
    else if (!h->stopping)
        check_burst(w, h, d);
    for (unsigned i = 0; i < m->n && !w->failed; i++) {
        const struct item *it = &m->items[i];

        if (response && it->section != QD) {
            check_response(w, h, d, m, it);
            if (d->multicast && it->ttl_s != 0)
                check_record_rate(w, h, d, it);
        } else if (it->section == QD && !response && d->multicast) {
            if (probe &&
                msg_find(m, NS, it->name, it->name_len, 0) != NULL)
                check_probe_rate(w, h, d, it);
            else
                check_query_rate(w, h, d, it);
        }
    }
}

/* --- I4, I12 ---------------------------------------------------------- */

void oracle_rival(struct world *w, const struct name *name, const void *who)
{
    struct oracle *o = w->oracle;

    for (size_t i = 0; i < o->rival_count; i++)
        if (o->rivals[i].who == who &&
            name_equal(&o->rivals[i].name, name))
            return;
    if (o->rival_count == o->rival_max) {
        o->rival_max = o->rival_max ? 2 * o->rival_max : 64;
        o->rivals = realloc(o->rivals, o->rival_max * sizeof *o->rivals);
    }
    o->rivals[o->rival_count].name = *name;
    o->rivals[o->rival_count++].who = who;
}

void oracle_renames_excused(struct world *w)
{
    w->oracle->excused = true;
}

void oracle_gone(struct world *w, const struct name *name, uint32_t ttl_s)
{
    struct oracle *o = w->oracle;

    if (o->gone_count == o->gone_max) {
        o->gone_max = o->gone_max ? 2 * o->gone_max : 64;
        o->gone = realloc(o->gone, o->gone_max * sizeof *o->gone);
    }
    o->gone[o->gone_count].name = *name;
    o->gone[o->gone_count++].until_ms =
        w->now_ms + 1000 * (uint64_t)ttl_s + 10000;
}

static bool has_rival(const struct oracle *o, const struct name *name,
                      const void *me)
{
    for (size_t i = 0; i < o->rival_count; i++)
        if (o->rivals[i].who != me && name_equal(&o->rivals[i].name, name))
            return true;
    return false;
}

void oracle_event(struct world *w, struct host *h,
                  const struct dnssd_event *ev)
{
    char text[NAME_TEXT_MAX];

    if ((ev->kind != DNSSD_HOST && ev->kind != DNSSD_SERVICE) ||
        ev->state != CLAIM_RENAMED)
        return;
    if (ev->kind == DNSSD_SERVICE) {
        const struct service *s = ev->cookie;

        oracle_gone(w, &ev->old_name, s->ttl_s ? s->ttl_s : 4500);
    }
    if (!w->oracle->excused && !has_rival(w->oracle, &ev->old_name, h))
        world_fail(w, "I4: %s gave %.200s up without a rival", h->label,
                   name_text(&ev->old_name, text));
}

void oracle_stats(struct world *w, struct host *h)
{
    const struct engine_stats *st = engine_stats(h->e);
    uint32_t cache_max = is_broken(w, "fat-cache") ? 4 : h->config.cache_max;

    if (st->memory_used > st->memory_size)
        world_fail(w, "I12: %s uses more than its memory", h->label);
    if (st->cached_records > cache_max ||
        st->own_records > h->config.records_max ||
        st->claims > h->config.claims_max ||
        st->watches > h->config.watches_max)
        world_fail(w, "I12: %s has a table over its limit", h->label);
}

/* --- at quiet --------------------------------------------------------- */

static bool usable(const struct nic *n)
{
    return n->up && n->st.families != 0;
}

/* Both are on one LAN and speak one family there. */
static bool neighbours(const struct host *a, unsigned na,
                       const struct host *b, unsigned nb)
{
    const struct nic *x = &a->nics[na];
    const struct nic *y = &b->nics[nb];

    return usable(x) && usable(y) && x->lan == y->lan &&
           (x->st.families & y->st.families) != 0;
}

static bool share_link(const struct host *a, const struct host *b)
{
    for (unsigned i = 0; i < a->nic_count; i++)
        for (unsigned j = 0; j < b->nic_count; j++)
            if (neighbours(a, i, b, j))
                return true;
    return false;
}

/* Name i of the host: 0 its own, then its services'. */
static bool nth_name(const struct host *h, unsigned i, struct name *out)
{
    if (i == 0)
        return host_name_now(h, out);
    if (h->services[i - 1].s == NULL)
        return false;
    dnssd_service_name(h->services[i - 1].s, out);
    return true;
}

static void check_unique(struct world *w, struct host *a, struct host *b)
{
    struct name x, y;
    char text[NAME_TEXT_MAX];

    if (!share_link(a, b))
        return;
    for (unsigned i = 0; i <= a->service_count; i++) {
        if (!nth_name(a, i, &x))
            continue;
        for (unsigned j = 0; j <= b->service_count; j++)
            if (nth_name(b, j, &y) && name_equal(&x, &y))
                world_fail(w, "I1: %s and %s both own %.200s", a->label,
                           b->label, name_text(&x, text));
    }
}

static void check_announced(struct world *w, struct host *h)
{
    for (unsigned n = 0; n < h->nic_count; n++) {
        uint64_t bit = UINT64_C(1) << n;

        if (!usable(&h->nics[n]))
            continue;
        if (h->host != NULL && !(h->host_announced & bit))
            world_fail(w, "I2: %s's name is not announced on link %u",
                       h->label, n);
        for (unsigned i = 0; i < h->service_count; i++)
            if (h->services[i].s != NULL &&
                !(h->services[i].announced & bit))
                world_fail(w, "I2: %s's service %s is not announced on "
                           "link %u", h->label, h->services[i].instance, n);
    }
}

static const struct found *shows(const struct browse *b, unsigned link,
                                 const struct name *name)
{
    for (unsigned i = 0; i < b->found_count; i++)
        if (b->found[i].link == link &&
            name_equal(&b->found[i].name, name))
            return &b->found[i];
    return NULL;
}

/* The address is one of the other's, on a NIC that is a neighbour. */
static bool is_of(const struct host *h, unsigned link,
                  const struct host *other, const struct addr *a)
{
    for (unsigned n = 0; n < other->nic_count; n++)
        if (neighbours(h, link, other, n) &&
            nic_has_addr(&other->nics[n], a))
            return true;
    return false;
}

static bool has_addr(const struct found *f, const struct addr *a)
{
    for (unsigned i = 0; i < f->addr_count; i++)
        if (addr_equal(&f->addrs[i], a))
            return true;
    return false;
}

static bool addrs_true(const struct host *h, unsigned link,
                       const struct host *other, const struct found *f)
{
    for (unsigned i = 0; i < f->addr_count; i++)
        if (!is_of(h, link, other, &f->addrs[i]))
            return false;
    if (other == h) /* of its own only those of that link */
        return f->addr_count == h->nics[link].st.addr_count;
    for (unsigned n = 0; n < other->nic_count; n++) {
        const struct nic *nic = &other->nics[n];

        for (unsigned i = 0; i < nic->st.addr_count; i++)
            if (neighbours(h, link, other, n) &&
                !has_addr(f, &nic->st.addrs[i].addr))
                return false;
    }
    return true;
}

/* Some other host has that name too: of the other family, so that neither
 * can know. Whoever speaks both then sees a mixture. */
static bool has_twin(const struct world *w, const struct host *me,
                     const struct name *name)
{
    struct name other;

    for (unsigned k = 0; k < w->host_count; k++)
        for (unsigned i = 0; i <= w->hosts[k]->service_count; i++)
            if (w->hosts[k] != me && w->hosts[k]->running &&
                nth_name(w->hosts[k], i, &other) &&
                name_equal(&other, name))
                return true;
    return false;
}

/* Two NICs on one LAN of which one cannot hear all that the other says, so
 * that it does not know when its addresses were flushed (section 14). */
static bool half_deaf(const struct host *h, unsigned lan)
{
    uint8_t all = 0, each = ADDR_V4 | ADDR_V6;

    for (unsigned i = 0; i < h->nic_count; i++)
        if (h->nics[i].lan == lan && usable(&h->nics[i])) {
            all |= h->nics[i].st.families;
            each &= h->nics[i].st.families;
        }
    return all != each;
}

/* What a resolving browse told last is what the service has now. */
static void check_details(struct world *w, const struct host *h,
                          const struct found *f, const struct host *other,
                          const struct service *s)
{
    struct name host;
    const char *what = NULL;
    char text[NAME_TEXT_MAX];

    if (!host_name_now(other, &host) || has_twin(w, other, &host) ||
        has_twin(w, other, &f->name))
        return;
    if (f->port != s->port)
        what = "port";
    else if (f->txt_hash != hash_txt(s->txt, s->txt_len))
        what = "TXT";
    else if (!name_equal(&host, &f->host))
        what = "host";
    else if (!half_deaf(other, h->nics[f->link].lan) &&
             !addrs_true(h, f->link, other, f))
        what = "addresses";
    if (what != NULL)
        world_fail(w, "I3: %s has the wrong %s of %.200s (%s) on link %u",
                   h->label, what, name_text(&f->name, text), other->label,
                   f->link);
}

static bool offered(const struct host *h, unsigned link,
                    const struct host *other, const struct service *s)
{
    if (!other->running || s->s == NULL)
        return false;
    for (unsigned n = 0; n < other->nic_count; n++)
        if (neighbours(h, link, other, n) &&
            (s->announced & UINT64_C(1) << n))
            return true;
    return false;
}

static void check_missing(struct world *w, struct host *h,
                          const struct browse *b)
{
    const struct found *f;
    struct name full;
    char text[NAME_TEXT_MAX];

    for (unsigned k = 0; k < w->host_count; k++) {
        struct host *other = w->hosts[k];

        for (unsigned i = 0; i < other->service_count; i++) {
            struct service *s = &other->services[i];

            if (strcmp(s->type, b->arg) != 0)
                continue;
            for (unsigned n = 0; n < h->nic_count; n++) {
                if (!offered(h, n, other, s))
                    continue;
                dnssd_service_name(s->s, &full);
                f = shows(b, n, &full);
                if (f != NULL && (b->flags & DNSSD_RESOLVE))
                    check_details(w, h, f, other, s);
                if (f == NULL)
                    world_fail(w, "I3: %s does not see %.200s of %s on "
                               "link %u", h->label, name_text(&full, text),
                               other->label, n);
            }
        }
    }
}

static bool may_show(struct world *w, struct host *h, const struct found *f)
{
    struct name full;

    for (unsigned k = 0; k < w->host_count; k++)
        for (unsigned i = 0; i < w->hosts[k]->service_count; i++) {
            struct service *s = &w->hosts[k]->services[i];

            if (!offered(h, f->link, w->hosts[k], s))
                continue;
            dnssd_service_name(s->s, &full);
            if (name_equal(&full, &f->name))
                return true;
        }
    for (size_t i = 0; i < w->oracle->gone_count; i++)
        if (w->oracle->gone[i].until_ms >= w->now_ms &&
            name_equal(&w->oracle->gone[i].name, &f->name))
            return true;
    return false;
}

static void check_browse(struct world *w, struct host *h,
                         const struct browse *b, enum sets sets)
{
    char text[NAME_TEXT_MAX];

    if (sets == SETS_IGNORE || b->b == NULL || strcmp(b->what, "browse") != 0)
        return;
    check_missing(w, h, b);
    for (unsigned i = 0; sets == SETS_EXACT && i < b->found_count; i++)
        if (!may_show(w, h, &b->found[i]))
            world_fail(w, "I3: %s still shows %.200s on link %u", h->label,
                       name_text(&b->found[i].name, text),
                       b->found[i].link);
}

void oracle_quiet(struct world *w, enum sets sets)
{
    for (unsigned i = 0; i < w->host_count; i++) {
        struct host *h = w->hosts[i];

        if (!h->running)
            continue;
        for (unsigned j = i + 1; j < w->host_count; j++)
            if (w->hosts[j]->running)
                check_unique(w, h, w->hosts[j]);
        check_announced(w, h);
        for (unsigned j = 0; j < h->browse_count; j++)
            check_browse(w, h, h->browses[j], sets);
    }
}

void oracle_alone(struct world *w, struct host *h)
{
    const struct engine_stats *st = engine_stats(h->e);

    for (unsigned i = 0; i < h->browse_count; i++)
        check_browse(w, h, h->browses[i], SETS_EXACT);
    if (st->cached_records != 0)
        world_fail(w, "I12: %s keeps %u records of hosts long gone",
                   h->label, st->cached_records);
}
