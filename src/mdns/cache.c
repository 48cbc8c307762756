/*
 * What was heard, as far as somebody here wants it: answers to running
 * questions, and what hangs on them (SRV and TXT of a cached PTR's target,
 * addresses of a cached SRV's target). RFC 6762 sections 5.2, 7.1, 10.
 *
 * When interest ends, a record stays until its TTL is over or until room is
 * needed: what nobody asks for goes first, in the order in which interest
 * ended; then the sender with most records loses its oldest.
 */
#include "cache.h"
#include "names.h"
#include "note.h"
#include "question.h"
#include "zone.h"

enum {
    NODE_COST = sizeof(struct node) + 24,
    INBOUND_MAX = 32, /* looked at to see what brings a record */
    GRACE_MS = 1000, /* goodbye and flush, sections 10.1 and 10.2 */
    REFRESH_STEPS = 4,
    POOF_MS = 10000,
    POOF_DEAF_MS = 1500, /* the answer may not be repeated yet (section 6) */
    TTL_MAX_S = 86400, /* RFC 2181 section 8 allows a bound */
};

bool cache_answers(const struct cached *c, const struct question *q)
{
    if (c->type != RR_NSEC || q->type == RR_NSEC)
        return question_wants(q, c->type);
    return q->type != RR_ANY &&
           !rdata_nsec_has(c->fixed, c->fixed_len, q->type);
}

bool cache_fresh(const struct engine *e, const struct cached *c)
{
    return c->expire_ms > e->now &&
           (c->expire_ms - e->now) * 2 >= (uint64_t)c->ttl_s * 1000;
}

static bool is_asked(const struct node *n, uint16_t type, unsigned link)
{
    for (const struct question *q = n->questions; q != NULL; q = q->node_next)
        if ((question_wants(q, type) ||
             (type == RR_NSEC && q->type != RR_ANY)) &&
            question_on(q, link) != NULL)
            return true;
    return false;
}

/* Does a record of the link that may bring one of that type point here?
 * PTR brings SRV and TXT, and SRV and CNAME bring addresses: so nothing can
 * keep itself wanted, however records point at each other. */
static bool is_pointed_at(const struct node *n, uint16_t type, unsigned link)
{
    bool service = type == RR_SRV || type == RR_TXT || type == RR_NSEC;
    bool address = type == RR_A || type == RR_AAAA || type == RR_NSEC;
    unsigned seen = 0;

    if (!service && !address)
        return false;
    LIST_EACH(const struct cached, c, &n->inbound, by_target) {
        if (++seen == INBOUND_MAX)
            break;
        if (c->link == link && (c->type == RR_PTR ? service : address))
            return true;
    }
    return false;
}

bool cache_wanted(const struct node *n, uint16_t type, unsigned link)
{
    return is_asked(n, type, link) || is_pointed_at(n, type, link);
}

size_t cached_rdata(const struct cached *c, uint8_t *buf)
{
    struct name target;

    memcpy(buf, c->fixed, c->fixed_len);
    if (c->target == NULL)
        return c->fixed_len;
    node_name(c->target, &target);
    memcpy(buf + c->fixed_len, target.wire, target.len);
    return (size_t)c->fixed_len + target.len;
}

bool cached_equal(const struct cached *c, uint16_t type,
                  const uint8_t *rdata, size_t len)
{
    uint8_t buf[RR_SRV_FIXED + NAME_WIRE_MAX];

    if (c->target == NULL)
        return c->fixed_len == len && memcmp(c->fixed, rdata, len) == 0;
    return rdata_equal(type, buf, cached_rdata(c, buf), rdata, len);
}

/* --- life --------------------------------------------------------------------- */

static void arm(struct engine *e, struct cached *c)
{
    uint64_t at = c->expire_ms;

    if (c->step < REFRESH_STEPS && is_asked(c->owner, c->type, c->link)) {
        uint64_t ttl_ms = (uint64_t)c->ttl_s * 1000;
        uint64_t due;

        /* Steps that lie behind are not made up for. */
        do
            due = c->received_ms + ttl_ms * (80u + 5u * c->step) / 100;
        while (due < e->now && ++c->step < REFRESH_STEPS);
        if (c->step < REFRESH_STEPS)
            at = due + ttl_ms * engine_random(e, 0, 200) / 10000;
    }
    timers_set(&e->timers, &c->timer, at);
}

void cache_expire_in(struct engine *e, struct cached *c, uint32_t in_ms)
{
    c->step = REFRESH_STEPS;
    if (e->now + in_ms < c->expire_ms)
        c->expire_ms = e->now + in_ms;
    timers_set(&e->timers, &c->timer, c->expire_ms);
}

void cache_drop(struct engine *e, struct cached *c)
{
    if (--c->refs != 0)
        return;
    assert(c->source == NULL);
    node_drop(e, c->owner);
    node_drop(e, c->target);
    heap_put(&e->heap, c);
}

static void forget(struct engine *e, struct cached *c)
{
    struct source *s = c->source;

    list_remove(&c->by_node);
    list_remove(&c->by_target);
    list_remove(&c->by_source);
    list_remove(&c->unwanted);
    c->source = NULL;
    if (--s->count == 0)
        source_gone(e, s);
    timers_cancel(&e->timers, &c->timer);
    timers_release(&e->timers);
    e->stats.cached_records--;
    e->cache_bytes -= c->cost;
    if (c->flush || c->type == RR_NSEC)
        question_settle(e, c->owner, c->link);
    if (c->target != NULL)
        cache_review(e, c->target);
    cache_drop(e, c);
}

void cache_remove(struct engine *e, struct cached *c)
{
    if (list_empty(&c->unwanted)) /* else nobody is interested */
        note_cached(e, EVENT_RR_REMOVE, c);
    forget(e, c);
}

bool cache_evict(struct engine *e)
{
    if (list_empty(&e->unwanted))
        return false;
    e->stats.evictions++;
    cache_remove(e, LIST_FIRST(&e->unwanted, struct cached, unwanted));
    return true;
}

void cache_review(struct engine *e, struct node *n)
{
    LIST_EACH(struct cached, c, &n->cached, by_node) {
        bool wanted = cache_wanted(n, c->type, c->link);

        if (wanted == list_empty(&c->unwanted)) {
            if (!wanted)
                continue;
        } else if (wanted) {
            list_remove(&c->unwanted);
        } else {
            list_append(&e->unwanted, &c->unwanted);
        }
        arm(e, c);
    }
}

void cache_timer(struct engine *e, struct cached *c)
{
    struct qlink *ql;

    if (e->now >= c->expire_ms) {
        cache_remove(e, c);
        return;
    }
    c->step++;
    for (struct question *q = c->owner->questions; q != NULL;
         q = q->node_next) {
        ql = question_on(q, c->link);
        if (ql != NULL && cache_answers(c, q))
            qlink_refresh(e, ql);
    }
    arm(e, c);
}

void cache_poof(struct engine *e, struct cached *c)
{
    if (e->now - c->received_ms < POOF_DEAF_MS)
        return;
    if (e->now - c->poof_ms > POOF_MS) {
        c->poof_ms = e->now;
        c->poof_count = 0;
    }
    /* The time runs from the second query (D22); an answer resets it. */
    if (++c->poof_count == 2)
        cache_expire_in(e, c, POOF_MS);
}

/* --- taking records in -------------------------------------------------------------- */

struct cached *cache_find(struct engine *e, struct node *n, uint16_t type,
                          unsigned link, const uint8_t *rdata, size_t len)
{
    struct name name;
    struct node *target;

    if (type != RR_PTR || len <= 1) {
        LIST_EACH(struct cached, c, &n->cached, by_node)
            if (c->type == type && c->link == link &&
                cached_equal(c, type, rdata, len))
                return c;
        return NULL;
    }
    /* A type may have thousands of PTRs: look from their targets' side. */
    memcpy(name.wire, rdata, len);
    name.len = (uint16_t)len;
    target = names_find(e, &name);
    if (target != NULL)
        LIST_EACH(struct cached, c, &target->inbound, by_target)
            if (c->owner == n && c->link == link && c->type == type)
                return c;
    return NULL;
}

void cache_yield(struct engine *e, const struct rrlink *rl)
{
    struct rr *rr = rl_rr(rl);

    LIST_EACH(struct cached, c, &rr->owner->cached, by_node) {
        if (c->type != rr->type || c->link != rl->link ||
            c->target != rr->target || c->fixed_len != rr->fixed_len ||
            memcmp(c->fixed, rr->fixed, rr->fixed_len) != 0)
            continue;
        cache_remove(e, c);
        return;
    }
}

static void evict_oldest(struct engine *e, struct source *s)
{
    e->stats.evictions++;
    cache_remove(e, LIST_FIRST(&s->records, struct cached, by_source));
}

static bool is_full(const struct engine *e)
{
    return e->stats.cached_records >= e->cfg.cache_max ||
           e->cache_bytes >= e->cache_bytes_max;
}

/* The name is ours now: what was heard of that type goes, as everywhere
 * else (RFC 6762 section 10.2). */
void cache_flush_for(struct engine *e, const struct rrlink *rl)
{
    const struct rr *rr = rl_rr(rl);

    LIST_EACH(struct cached, c, &rr->owner->cached, by_node)
        if (c->link == rl->link &&
            (c->type == rr->type || c->type == RR_NSEC))
            cache_expire_in(e, c, GRACE_MS);
}

/* Room for one more from that sender; false if it has to be refused. */
static bool make_room(struct engine *e, struct source *s)
{
    while (is_full(e) && cache_evict(e))
        ;
    if (s->count <= e->cfg.cache_per_source && !is_full(e))
        return true;
    engine_drop(e, DROP_CACHE_FULL);
    /* Whoever has most loses first: its own flood, if it is the sender. */
    if (is_full(e) && source_largest(e)->count <= s->count)
        e->largest = NULL; /* look again who it is */
    while (is_full(e) && source_largest(e) != s &&
           source_largest(e)->count >= s->count)
        evict_oldest(e, source_largest(e));
    while ((is_full(e) || s->count > e->cfg.cache_per_source) &&
           !list_empty(&s->records))
        evict_oldest(e, s);
    return !is_full(e);
}

static bool set_is_full(const struct node *n, uint16_t type, unsigned link)
{
    unsigned count = 0;

    if (type == RR_PTR)
        return false;
    LIST_EACH(const struct cached, c, &n->cached, by_node)
        if (c->type == type && c->link == link)
            count++;
    return count >= RRSET_MAX;
}

static struct cached *make(struct engine *e, struct node *n, uint16_t type,
                           const uint8_t *rdata, size_t len)
{
    uint32_t nodes = e->node_count;
    struct node *target = NULL;
    struct cached *c = NULL;
    int at = type == RR_NSEC ? -1 : rdata_name_at(type, rdata, len);

    if (at >= 0 && at <= RR_SRV_FIXED && rdata[at] != 0) {
        struct name name = {.len = (uint16_t)(len - (size_t)at)};

        memcpy(name.wire, rdata + at, name.len);
        target = names_get(e, &name, false);
        if (target == NULL)
            return NULL;
        len = (size_t)at;
    }
    if (engine_reserve_timer(e)) {
        c = engine_get(e, sizeof *c + len);
        if (c == NULL)
            timers_release(&e->timers);
    }
    if (c == NULL) {
        node_drop(e, target);
        return NULL;
    }
    c->timer.kind = TIMER_CACHED;
    c->type = type;
    c->owner = node_hold(n);
    c->target = target;
    c->fixed_len = (uint16_t)len;
    c->refs = 1;
    /* With the names it brought along, which may be long. */
    c->cost = (uint32_t)(sizeof *c + len + 64);
    if (e->node_count > nodes)
        c->cost += (e->node_count - nodes) * (uint32_t)NODE_COST;
    memcpy(c->fixed, rdata, len);
    return c;
}

static void link_cached(struct engine *e, struct cached *c, struct source *s)
{
    c->source = s;
    list_append(&s->records, &c->by_source);
    list_prepend(&c->owner->cached, &c->by_node);
    if (c->target != NULL) {
        list_prepend(&c->target->inbound, &c->by_target);
        if (!list_empty(&e->unwanted))
            cache_review(e, c->target);
    }
    e->stats.cached_records++;
    e->cache_bytes += c->cost;
    if (e->largest == NULL || s->count > e->largest->count)
        e->largest = s;
}

static struct cached *insert(struct engine *e, const struct datagram *in,
                             struct node *n, const struct rr_view *rr,
                             const uint8_t *rdata, size_t len)
{
    struct source *s;
    struct cached *c = NULL;

    if (set_is_full(n, rr->type, in->link)) {
        engine_drop(e, DROP_CACHE_FULL);
        return NULL;
    }
    s = source_get(e, in->link, &in->peer);
    if (s == NULL)
        return NULL;
    s->count++; /* for the record to come */
    if (make_room(e, s))
        c = make(e, n, rr->type, rdata, len);
    if (c == NULL) {
        if (--s->count == 0)
            source_gone(e, s);
        return NULL;
    }
    c->link = in->link;
    link_cached(e, c, s);
    return c;
}

/* A unique RRset replaces what was heard more than a second ago. */
static void flush_others(struct engine *e, const struct datagram *in,
                         struct node *n, uint16_t type)
{
    LIST_EACH(struct cached, c, &n->cached, by_node)
        if (c->type == type && c->link == in->link &&
            e->now - c->received_ms > GRACE_MS)
            cache_expire_in(e, c, GRACE_MS);
}

/* Members of one RRset in one packet share the lowest TTL (RFC 2181 5.2). */
static uint32_t common_ttl(struct engine *e, struct cached *c, uint32_t ttl_s)
{
    if (!c->flush)
        return ttl_s;
    LIST_EACH(struct cached, o, &c->owner->cached, by_node) {
        if (o == c || o->type != c->type || o->link != c->link ||
            o->packet != e->packet)
            continue;
        if (o->ttl_s < ttl_s) {
            ttl_s = o->ttl_s;
        } else if (o->ttl_s > ttl_s) {
            o->ttl_s = ttl_s;
            o->expire_ms = o->received_ms + (uint64_t)ttl_s * 1000;
            arm(e, o);
        }
    }
    return ttl_s;
}

static void renew(struct engine *e, struct cached *c,
                  const struct rr_view *rr, bool flush)
{
    uint32_t ttl_s = rr->ttl_s < TTL_MAX_S ? rr->ttl_s : TTL_MAX_S;

    c->flush = flush;
    c->received_ms = e->now;
    c->packet = e->packet;
    c->step = 0;
    c->poof_count = 0;
    c->poof_ms = 0;
    c->ttl_s = common_ttl(e, c, ttl_s);
    c->expire_ms = e->now + (uint64_t)c->ttl_s * 1000;
    arm(e, c);
}

void cache_take(struct engine *e, const struct datagram *in, struct node *n,
                const struct rr_view *rr, const uint8_t *rdata, size_t len)
{
    /* The PTRs of a type are many hosts', whatever a faulty one claims. */
    bool flush = rr->flush && !(rr->type == RR_PTR && node_is_type(n));
    struct cached *c;

    if (!cache_wanted(n, rr->type, in->link))
        return;
    c = cache_find(e, n, rr->type, in->link, rdata, len);
    if (flush)
        flush_others(e, in, n, rr->type);
    if (rr->ttl_s == 0) {
        if (c != NULL)
            cache_expire_in(e, c, GRACE_MS);
        return;
    }
    if (c == NULL) {
        c = insert(e, in, n, rr, rdata, len);
        if (c == NULL)
            return;
        c->families = in->family;
        renew(e, c, rr, flush);
        note_cached(e, EVENT_RR_ADD, c);
    } else {
        uint8_t families = c->families;

        c->families |= in->family;
        renew(e, c, rr, flush);
        if (c->families != families)
            note_cached(e, EVENT_RR_UPDATE, c);
    }
    if (c->flush || c->type == RR_NSEC)
        question_settle(e, n, in->link);
}
