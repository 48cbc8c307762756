/*
 * resolve.c - SRV and TXT of instances, addresses of their targets
 *
 * Each fact is asked for on the link where the instance was found and kept
 * as the engine reports it. Nothing is inferred from other links: a host may
 * have other addresses there (RFC 6762 section 14).
 */
#include "state.h"

/* --- watches --------------------------------------------------------- */

static const uint16_t instance_types[2] = {RR_SRV, RR_TXT};
static const uint16_t target_types[2] = {RR_A, RR_AAAA};

/* Something of the item found no room: it is left out until refill(). */
static void starve(struct dnssd *d, struct item *item)
{
    d->left_out++;
    d->starved = true;
    item->starved = true;
}

/* Watch, or watch anew: a new watch hears all that is known. */
static void watch_both(struct dnssd *d, uint64_t now_ms, struct item *item)
{
    bool instance = item->node.kind == NODE_INSTANCE;
    const uint16_t *types = instance ? instance_types : target_types;
    struct name name;

    bytes_name(&item->name, &name);
    for (int i = 0; i < 2; i++) {
        struct watch *w = engine_watch(d->engine, now_ms, &name, types[i],
                                       UINT64_C(1) << item->link, item);

        if (w == NULL) {
            starve(d, item);
            continue;
        }
        if (item->watch[i] != NULL)
            engine_unwatch(d->engine, item->watch[i]);
        item->watch[i] = w;
    }
}

static void unwatch_both(struct dnssd *d, struct item *item)
{
    for (int i = 0; i < 2; i++) {
        if (item->watch[i] != NULL)
            engine_unwatch(d->engine, item->watch[i]);
        item->watch[i] = NULL;
    }
}

/* --- records --------------------------------------------------------- */

static unsigned count_recs(const struct item *item, uint16_t type)
{
    unsigned n = 0;

    for (const struct rec *r = item->recs; r != NULL; r = r->next)
        n += r->type == type;
    return n;
}

/* A new record in front of the others; NULL, and counted, if there is no
 * room or the item has `max` of that type, which is too many. */
static struct rec *rec_new(struct dnssd *d, struct item *item, uint16_t type,
                           unsigned max)
{
    struct rec *r;

    if (count_recs(item, type) >= max) {
        d->left_out++;
        return NULL;
    }
    r = pool_get(&d->recs);
    if (r == NULL) {
        starve(d, item);
        return NULL;
    }
    r->type = type;
    r->next = item->recs;
    item->recs = r;
    return r;
}

/* Take *link out of its item; what it refers to is the caller's business. */
static void rec_free(struct dnssd *d, struct rec **link)
{
    struct rec *r = *link;

    *link = r->next;
    d->freed++;
    pool_put(&d->recs, r);
}

/* The target loses a user and goes with the last one. */
static void target_leave(struct dnssd *d, struct rec *srv)
{
    struct item *target = srv->u.srv.target;

    if (target == NULL)
        return;
    list_remove(&srv->u.srv.user);
    if (!list_empty(&target->users))
        return;
    unwatch_both(d, target);
    while (target->recs != NULL)
        rec_free(d, &target->recs);
    item_free(d, target);
}

static void instance_rec_free(struct dnssd *d, struct rec **link)
{
    struct rec *r = *link;

    if (r->type == RR_SRV)
        target_leave(d, r);
    else
        bytes_free(&d->chunks, &r->u.txt);
    rec_free(d, link);
}

/* --- clients --------------------------------------------------------- */

void resolve_start(struct dnssd *d, uint64_t now_ms, struct item *instance)
{
    if (instance->resolvers++ == 0)
        watch_both(d, now_ms, instance);
}

void resolve_stop(struct dnssd *d, struct item *instance)
{
    assert(instance->resolvers > 0);
    if (--instance->resolvers > 0)
        return;
    unwatch_both(d, instance);
    while (instance->recs != NULL)
        instance_rec_free(d, &instance->recs);
    instance->denied = 0;
}

static void watch_again(struct dnssd *d, uint64_t now_ms, struct item *item)
{
    if (!item->starved)
        return;
    item->starved = false;
    watch_both(d, now_ms, item);
}

void resolve_again(struct dnssd *d, uint64_t now_ms, struct item *instance)
{
    watch_again(d, now_ms, instance);
    for (struct rec *r = instance->recs; r != NULL; r = r->next) {
        if (r->type == RR_SRV && r->u.srv.target != NULL)
            watch_again(d, now_ms, r->u.srv.target);
    }
}

static void mark_instance(struct dnssd *d, const struct item *instance)
{
    LIST_EACH(struct track, t, &instance->users, by_item)
        track_mark(d, t);
}

static void mark_target(struct dnssd *d, const struct item *target)
{
    LIST_EACH(struct rec, r, &target->users, u.srv.user)
        mark_instance(d, r->u.srv.owner);
}

/* --- SRV ------------------------------------------------------------- */

struct srv {
    uint16_t priority, weight, port;
    struct name target;
};

static bool srv_parse(const struct event *ev, struct srv *out)
{
    struct wire_reader rd = wire_reader(ev->rdata, ev->rdata_len);

    out->priority = wire_u16(&rd);
    out->weight = wire_u16(&rd);
    out->port = wire_u16(&rd);
    return name_read(&rd, &out->target) && rd.pos == rd.len;
}

static bool srv_equal(const struct rec *r, const struct srv *s)
{
    if (r->type != RR_SRV || r->u.srv.priority != s->priority ||
        r->u.srv.weight != s->weight || r->u.srv.port != s->port)
        return false;
    if (r->u.srv.target == NULL)
        return s->target.len == 1;
    return bytes_name_equal(&r->u.srv.target->name, &s->target);
}

static struct rec **srv_find(struct item *instance, const struct srv *s,
                             bool local)
{
    struct rec **link = &instance->recs;

    while (*link != NULL &&
           ((*link)->local != local || !srv_equal(*link, s)))
        link = &(*link)->next;
    return link;
}

/* xorshift64*, stirred with the time so that hosts of one make differ. */
static uint32_t chance(struct dnssd *d, uint64_t now_ms)
{
    d->chance += now_ms;
    d->chance ^= d->chance >> 12;
    d->chance ^= d->chance << 25;
    d->chance ^= d->chance >> 27;
    return (uint32_t)(d->chance * UINT64_C(0x2545f4914f6cdd1d) >> 32);
}

/* The instance's new record r names a host: watch its addresses. */
static bool target_enter(struct dnssd *d, uint64_t now_ms, struct rec *r,
                         const struct name *name)
{
    uint8_t link = r->u.srv.owner->link;
    struct item *target = item_get(d, NODE_TARGET, name, link);
    bool first;

    if (target == NULL)
        return false;
    first = list_empty(&target->users);
    r->u.srv.target = target;
    list_append(&target->users, &r->u.srv.user);
    if (first)
        watch_both(d, now_ms, target);
    return true;
}

static void srv_add(struct dnssd *d, uint64_t now_ms, struct item *instance,
                    const struct srv *s, bool local)
{
    struct rec *r;

    if (*srv_find(instance, s, local) != NULL)
        return;
    r = rec_new(d, instance, RR_SRV, SRV_MAX);
    if (r == NULL)
        return;
    r->local = local;
    r->u.srv.priority = s->priority;
    r->u.srv.weight = s->weight;
    r->u.srv.port = s->port;
    r->u.srv.rnd = chance(d, now_ms);
    r->u.srv.owner = instance;
    if (s->target.len > 1 && !target_enter(d, now_ms, r, &s->target)) {
        rec_free(d, &instance->recs);
        starve(d, instance);
    }
}

static void srv_event(struct dnssd *d, uint64_t now_ms, struct item *instance,
                      const struct event *ev)
{
    struct rec **link;
    struct srv s;

    if (!srv_parse(ev, &s))
        return;
    if (ev->kind == EVENT_RR_ADD) {
        srv_add(d, now_ms, instance, &s, ev->local);
    } else if (ev->kind == EVENT_RR_REMOVE) {
        link = srv_find(instance, &s, ev->local);
        if (*link != NULL)
            instance_rec_free(d, link);
    }
}

/* --- TXT and addresses ----------------------------------------------- */

static struct rec **txt_find(struct item *instance, const struct event *ev)
{
    struct rec **link = &instance->recs;

    while (*link != NULL &&
           ((*link)->type != RR_TXT || (*link)->local != ev->local ||
            !bytes_equal(&(*link)->u.txt, ev->rdata, ev->rdata_len)))
        link = &(*link)->next;
    return link;
}

static void txt_event(struct dnssd *d, struct item *instance,
                      const struct event *ev)
{
    struct rec **link = txt_find(instance, ev);

    if (ev->kind == EVENT_RR_REMOVE && *link != NULL)
        instance_rec_free(d, link);
    if (ev->kind != EVENT_RR_ADD || *link != NULL)
        return;
    instance->denied &= (uint8_t)~DENIED_TXT;
    struct rec *r = rec_new(d, instance, RR_TXT, TXT_MAX);

    if (r == NULL)
        return;
    r->local = ev->local;
    if (ev->rdata_len > RR_RDATA_MAX ||
        !bytes_put(&d->chunks, &r->u.txt, ev->rdata, ev->rdata_len)) {
        rec_free(d, &instance->recs);
        starve(d, instance);
    }
}

static void addr_event(struct dnssd *d, struct item *target,
                       const struct event *ev)
{
    struct addr addr = {.family = ev->type == RR_A ? ADDR_V4 : ADDR_V6};
    struct rec **link = &target->recs;
    struct rec *r;

    if (ev->rdata_len != addr_len(&addr))
        return;
    memcpy(addr.b, ev->rdata, ev->rdata_len);
    while (*link != NULL && ((*link)->local != ev->local ||
                             !addr_equal(&(*link)->u.addr, &addr)))
        link = &(*link)->next;

    if (ev->kind == EVENT_RR_REMOVE && *link != NULL) {
        rec_free(d, link);
    } else if (ev->kind == EVENT_RR_ADD && *link == NULL) {
        target->denied &=
            (uint8_t)~(ev->type == RR_A ? DENIED_A : DENIED_AAAA);
        r = rec_new(d, target, ev->type, DNSSD_ADDRS_MAX);
        if (r != NULL) {
            r->local = ev->local;
            r->u.addr = addr;
        }
    }
}

void resolve_event(struct dnssd *d, uint64_t now_ms, struct item *item,
                   const struct event *ev)
{
    bool instance = item->node.kind == NODE_INSTANCE;

    if (ev->kind == EVENT_RR_DENIED) {
        if (instance && ev->type == RR_TXT)
            item->denied |= DENIED_TXT;
        if (!instance)
            item->denied |= ev->type == RR_A ? DENIED_A : DENIED_AAAA;
    } else if (instance && ev->type == RR_SRV) {
        srv_event(d, now_ms, item, ev);
    } else if (instance && ev->type == RR_TXT) {
        txt_event(d, item, ev);
    } else if (!instance && (ev->type == RR_A || ev->type == RR_AAAA)) {
        addr_event(d, item, ev);
    }
    if (instance)
        mark_instance(d, item);
    else
        mark_target(d, item);
}

/* --- what follows from the records ----------------------------------- */

/* A target that is "." or known to have no address is no use, unless there
 * is no other. */
static bool usable(const struct rec *srv)
{
    const struct item *target = srv->u.srv.target;
    uint8_t none = DENIED_A | DENIED_AAAA;

    return target != NULL && (target->denied & none) != none;
}

const struct rec *resolve_choose(const struct item *instance)
{
    const struct rec *srv[SRV_MAX];
    uint16_t priority[SRV_MAX];
    uint16_t weight[SRV_MAX];
    uint32_t rnd[SRV_MAX];
    unsigned idx[SRV_MAX];
    unsigned n = 0;

    for (const struct rec *r = instance->recs; r != NULL; r = r->next) {
        if (r->type != RR_SRV)
            continue;
        srv[n] = r;
        priority[n] = r->u.srv.priority;
        weight[n] = r->u.srv.weight;
        rnd[n] = r->u.srv.rnd;
        n++;
    }
    if (n == 0)
        return NULL;
    /* The newest come first and stay so where no weight says otherwise: an
     * update is heard up to a second before what it replaces goes. */
    dnssd_srv_order(priority, weight, rnd, idx, n);
    for (unsigned i = 0; i < n; i++) {
        if (usable(srv[idx[i]]))
            return srv[idx[i]];
    }
    return srv[idx[0]];
}

bool resolve_txt(const struct item *instance, const struct rec **txt)
{
    const struct rec *r = instance->recs;

    while (r != NULL && r->type != RR_TXT)
        r = r->next;
    *txt = r;
    return r != NULL || (instance->denied & DENIED_TXT) != 0;
}

/* Routable IPv4, other IPv6, link-local ones; then by their bytes, so that
 * the order does not depend on who answered first. */
static int addr_compare(const struct addr *a, const struct addr *b)
{
    int rank_a = addr_link_local(a) ? 2 : a->family == ADDR_V6;
    int rank_b = addr_link_local(b) ? 2 : b->family == ADDR_V6;

    if (rank_a != rank_b)
        return rank_a - rank_b;
    if (a->family != b->family)
        return a->family - b->family;
    return memcmp(a->b, b->b, addr_len(a));
}

unsigned resolve_addrs(const struct item *target,
                       struct addr out[DNSSD_ADDRS_MAX])
{
    unsigned n = 0;

    for (const struct rec *r = target->recs; r != NULL; r = r->next) {
        unsigned at = 0;

        while (at < n && addr_compare(&out[at], &r->u.addr) < 0)
            at++;
        if (at == n && n == DNSSD_ADDRS_MAX)
            continue;
        if (at < n && addr_equal(&out[at], &r->u.addr))
            continue; /* our own, and heard as well */
        if (n < DNSSD_ADDRS_MAX)
            n++;
        for (unsigned i = n - 1; i > at; i--)
            out[i] = out[i - 1];
        out[at] = r->u.addr;
    }
    return n;
}
