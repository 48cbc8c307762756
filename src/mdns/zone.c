/*
 * Our records, each on the links where it is published. A record that is
 * withdrawn lives on, out of its name's list, until its goodbyes have left
 * and nothing waiting to be sent refers to it.
 */
#include "cache.h"
#include "names.h"
#include "note.h"
#include "question.h"
#include "schedule.h"
#include "zone.h"

enum { LEAVING_LOOKED_AT = 256 };

/* Not one of the many that a type's name may have. */
static bool is_single(const struct rr *rr)
{
    return rr->type != RR_NSEC && (rr->unique || rr->type != RR_PTR);
}

struct rr *rr_new(struct engine *e, struct claim *c, struct node *owner,
                  uint16_t type, const uint8_t *fixed, size_t fixed_len,
                  struct node *target, bool unique)
{
    struct rr *rr = engine_get(e, offsetof(struct rr, fixed) + fixed_len);

    if (rr == NULL)
        return NULL;
    rr->owner = node_hold(owner);
    rr->target = target != NULL ? node_hold(target) : NULL;
    rr->claim = c;
    rr->type = type;
    rr->fixed_len = (uint16_t)fixed_len;
    rr->refs = 1; /* the zone's */
    if (fixed_len != 0)
        memcpy(rr->fixed, fixed, fixed_len);
    if (c != NULL) {
        rr->claim_next = c->rrs;
        c->rrs = rr;
    }
    list_prepend(&owner->own, &rr->by_node);
    rr->unique = unique;
    if (is_single(rr))
        owner->single_count++;
    if (type == RR_PTR && c != NULL && c->name != NULL && target != c->name)
        e->odd_ptrs = true;
    e->stats.own_records++;
    if (e->stats.own_records > e->stats.own_records_peak)
        e->stats.own_records_peak = e->stats.own_records;
    e->rdata_bytes += (uint32_t)fixed_len;
    return rr;
}

size_t rr_rdata(const struct rr *rr, uint8_t *buf)
{
    struct name target;

    memcpy(buf, rr->fixed, rr->fixed_len);
    if (rr->target == NULL)
        return rr->fixed_len;
    node_name(rr->target, &target);
    memcpy(buf + rr->fixed_len, target.wire, target.len);
    return (size_t)rr->fixed_len + target.len;
}

uint32_t rr_default_ttl(uint16_t type)
{
    switch (type) {
    case RR_A:
    case RR_AAAA:
    case RR_HINFO:
    case RR_SRV:
        return TTL_HOST_S;
    default:
        return TTL_OTHER_S;
    }
}

/* Own data as one number, for the list of what was given up. */
static uint64_t data_hash(const struct engine *e, const struct node *n,
                          uint16_t type)
{
    return (e->hash_key ^ n->hash ^ (uint64_t)type << 32) * e->hash_key;
}

static uint64_t data_hash_more(const struct engine *e, uint64_t h,
                               const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        h = (h ^ name_fold(p[i])) * e->hash_key;
    return h ^ h >> 31;
}

static void retire(struct engine *e, const struct rr *rr)
{
    struct name target = {.len = 0};
    uint64_t h = data_hash(e, rr->owner, rr->type);

    if (rr->fixed_len != 0)
        h = data_hash_more(e, h, rr->fixed, rr->fixed_len);
    if (rr->target != NULL) {
        node_name(rr->target, &target);
        h = data_hash_more(e, h, target.wire, target.len);
    }
    e->retired[e->retired_at].hash = h;
    /* A shared record is nobody's alone: others may offer it right away. */
    e->retired[e->retired_at].until_ms =
        e->now + (rr->unique ? RETIRED_MS : ECHO_MS);
    e->retired_at = (e->retired_at + 1) % RETIRED_MAX;
}

bool zone_retired(const struct engine *e, const struct node *n, uint16_t type,
                  const uint8_t *rdata, size_t len)
{
    uint64_t h = data_hash(e, n, type);
    int at = rdata_name_at(type, rdata, len);
    size_t fixed_len = at < 0 ? len : (size_t)at;

    if (fixed_len != 0)
        h = data_hash_more(e, h, rdata, fixed_len);
    if (fixed_len < len)
        h = data_hash_more(e, h, rdata + fixed_len, len - fixed_len);
    for (unsigned i = 0; i < RETIRED_MAX; i++)
        if (e->retired[i].hash == h && e->retired[i].until_ms > e->now)
            return true;
    return false;
}

void rr_drop(struct engine *e, struct rr *rr)
{
    assert(rr->refs > 0);
    if (--rr->refs != 0)
        return;
    assert(rr->dead && rr_links(rr) == NULL);
    node_drop(e, rr->owner);
    node_drop(e, rr->target);
    heap_put(&e->heap, rr);
}

void rrlink_detach(struct engine *e, struct rrlink *rl)
{
    struct rr *rr = rl_rr(rl);
    struct rrlink *before = &rr->first;

    schedule_cancel(rl);
    if (rl->flags & RL_LEAVING)
        e->links[rl->link].leaving--;
    if (rl == &rr->first) {
        rr->first = (struct rrlink){.next = rl->next};
    } else {
        while (before->next != rl)
            before = before->next;
        before->next = rl->next;
        heap_put(&e->heap, rl);
    }
    if (rr->dead && rr_links(rr) == NULL)
        rr_drop(e, rr);
}

static struct rrlink *add_apart(struct engine *e, struct rr *rr)
{
    struct rrlink_apart *more = engine_get(e, sizeof *more);

    if (more == NULL)
        return NULL;
    more->rr = rr;
    more->on.apart = true;
    more->on.next = rr->first.next;
    rr->first.next = &more->on;
    return &more->on;
}

struct rrlink *rr_attach(struct engine *e, struct rr *rr, unsigned link)
{
    struct rrlink *rl = rr_on(rr, link);

    if (rl != NULL)
        return rl;
    rl = !rr->first.used ? &rr->first : add_apart(e, rr);
    if (rl == NULL)
        return NULL;
    rl->used = true;
    rl->link = link & (ENGINE_LINKS_MAX - 1);
    return rl;
}

static bool is_twin(const struct rrlink *a, const struct rrlink *b)
{
    const struct rr *x = rl_rr(a), *y = rl_rr(b);

    return (a->flags & RL_LEAVING) && x->owner == y->owner &&
           x->type == y->type && x->target == y->target &&
           x->fixed_len == y->fixed_len &&
           memcmp(x->fixed, y->fixed, x->fixed_len) == 0;
}

static bool drop_twin(struct engine *e, struct list *queue,
                      const struct rrlink *rl)
{
    LIST_EACH(struct rrlink, old, queue, queue) {
        if (!is_twin(old, rl))
            continue;
        rrlink_detach(e, old);
        return true;
    }
    return false;
}

/* What comes back before its goodbye has left says none. */
static void drop_goodbye(struct engine *e, const struct rrlink *rl)
{
    struct link *l = engine_link(e, rl->link);

    if (l->leaving == 0 || drop_twin(e, &l->ready, rl))
        return;
    LIST_EACH(struct batch, b, &l->batches, all)
        if (drop_twin(e, &b->rrlinks, rl))
            return;
}

void rrlink_live(struct engine *e, struct rrlink *rl)
{
    if (rl->flags & RL_LIVE)
        return;
    drop_goodbye(e, rl);
    if (rl_rr(rl)->unique)
        cache_flush_for(e, rl);
    rl->flags |= RL_LIVE;
    cache_yield(e, rl);
    note_own(e, EVENT_RR_ADD, rl);
    if (rl_rr(rl)->unique)
        question_settle(e, rl_rr(rl)->owner, rl->link);
}

void rrlink_quiet(struct engine *e, struct rrlink *rl)
{
    schedule_cancel(rl);
    rl->to_say = 0;
    rl->proposed = false;
    if (!(rl->flags & RL_LIVE))
        return;
    rl->flags &= (uint8_t)~RL_LIVE;
    note_own(e, EVENT_RR_REMOVE, rl);
    if (rl_rr(rl)->unique)
        question_settle(e, rl_rr(rl)->owner, rl->link);
}

/* Out of its claim's list; the claim keeps its records' order otherwise. */
static void claim_unlist(struct rr *rr)
{
    struct rr **p;

    if (rr->claim == NULL)
        return;
    for (p = &rr->claim->rrs; *p != rr; p = &(*p)->claim_next)
        ;
    *p = rr->claim_next;
    rr->claim = NULL;
}

/* What others said of it was not cached while it was ours. */
static void ask_again(struct engine *e, const struct node *n, unsigned link)
{
    for (struct question *q = n->questions; q != NULL; q = q->node_next)
        question_restart(e, q, link);
}

static bool was_said(const struct rr *rr)
{
    for (const struct rrlink *rl = rr_links(rr); rl != NULL; rl = rl->next)
        if (rl->flags & RL_SAID)
            return true;
    return false;
}

static void withdraw_one(struct engine *e, struct rr *rr, bool goodbye)
{
    bool linked = rr_links(rr) != NULL;
    struct rrlink *next;

    assert(!rr->dead);
    /* A shared record of a name that was lost is the winner's, from now. */
    if (rr->type != RR_NSEC && (rr->unique || (goodbye && was_said(rr))))
        retire(e, rr);
    claim_unlist(rr);
    list_remove(&rr->by_node);
    if (is_single(rr))
        rr->owner->single_count--;
    e->stats.own_records--;
    e->rdata_bytes -= rr->fixed_len;
    rr->dead = true;
    rr->refs++; /* while we are here */
    for (struct rrlink *rl = rr_links(rr); rl != NULL; rl = next) {
        bool owed = goodbye && (rl->flags & RL_SAID);

        next = rl->next;
        if (!rr->unique && (rl->flags & RL_LIVE))
            ask_again(e, rr->owner, rl->link);
        rrlink_quiet(e, rl);
        if (owed) {
            rl->flags |= RL_LEAVING;
            e->links[rl->link].leaving++;
            rl->to_say = e->shutdown ? 1 : 2; /* D8: again a second later */
            schedule_now(e, rl, e->links[rl->link].st.families,
                         RL_GOODBYE | RL_URGENT);
        }
        if (list_empty(&rl->queue))
            rrlink_detach(e, rl);
    }
    if (!linked)
        rr_drop(e, rr); /* the zone's; else the last detach did or will */
    rr_drop(e, rr);
}

void rr_withdraw(struct engine *e, struct rr *rr, bool goodbye)
{
    struct node *n = node_hold(rr->owner);
    struct rr *rest;

    withdraw_one(e, rr, goodbye);
    rest = LIST_FIRST(&n->own, struct rr, by_node);
    if (!list_empty(&n->own) && list_next(&rest->by_node) == &n->own &&
        rest->type == RR_NSEC)
        withdraw_one(e, rest, false); /* nothing is left to deny beside */
    node_drop(e, n);
}

static bool rr_is(const struct rr *rr, uint16_t type, const uint8_t *rdata,
                  size_t len)
{
    uint8_t buf[RR_SRV_FIXED + NAME_WIRE_MAX];

    if (rr->type != type || type == RR_NSEC)
        return false;
    if (rr->target == NULL)
        return rr->fixed_len == len && memcmp(rr->fixed, rdata, len) == 0;
    return rdata_equal(type, buf, rr_rdata(rr, buf), rdata, len);
}

/* Of equal records, which addresses that several links have make, the one
 * that is on that link is the better. */
static void prefer(struct rr **best, struct rr *rr, unsigned link)
{
    if (*best == NULL || rr_on(rr, link) != NULL)
        *best = rr;
}

static void find_in(const struct claim *c, const struct node *owner,
                    const struct node *target, unsigned link,
                    struct rr **best)
{
    for (struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next)
        if (rr->type == RR_PTR && rr->owner == owner && rr->target == target)
            prefer(best, rr, link);
}

/*
 * A type's name may have thousands of our PTRs, so these are found from the
 * other end: with the claim whose name they point at, or with a claim that
 * has no name, of which there is one for each type.
 */
static struct rr *find_ptr(const struct engine *e, const struct node *owner,
                           const uint8_t *rdata, size_t len, unsigned link)
{
    struct name name = {.len = (uint16_t)len};
    struct node *target;
    struct rr *best = NULL;

    if (len <= 1)
        return NULL;
    memcpy(name.wire, rdata, len);
    target = names_find(e, &name);
    if (target == NULL)
        return NULL;
    if (target->claim != NULL)
        find_in(target->claim, owner, target, link, &best);
    LIST_EACH(struct claim, c, &e->nameless, all)
        if (best == NULL)
            find_in(c, owner, target, link, &best);
    if (best != NULL || !e->odd_ptrs)
        return best;
    LIST_EACH(struct rr, rr, &owner->own, by_node)
        if (rr->type == RR_PTR && rr->target == target)
            prefer(&best, rr, link);
    return best;
}

struct rr *zone_find(const struct engine *e, const struct node *n,
                     uint16_t type, const uint8_t *rdata, size_t len,
                     unsigned link)
{
    struct rr *best = NULL;

    if (list_empty(&n->own))
        return NULL;
    if (type == RR_PTR)
        return find_ptr(e, n, rdata, len, link);
    if (n->single_count == 0)
        return NULL;
    LIST_EACH(struct rr, rr, &n->own, by_node)
        if (rr_is(rr, type, rdata, len))
            prefer(&best, rr, link);
    return best;
}

/* Whether what was heard follows on the record that leaves. */
static bool is_successor(const struct rr *rr, const struct node *n,
                         uint16_t type, const uint8_t *rdata, size_t len)
{
    return rr->owner == n && rr->type == type &&
           (rr->unique || rr_is(rr, type, rdata, len));
}

void zone_succeeded(struct engine *e, unsigned link, const struct node *n,
                    uint16_t type, const uint8_t *rdata, size_t len)
{
    struct link *l = engine_link(e, link);
    unsigned left = LEAVING_LOOKED_AT;
    struct list *next;

    LIST_EACH(struct batch, b, &l->batches, all)
        for (struct list *i = list_next(&b->rrlinks);
             i != &b->rrlinks && left-- > 0; i = next) {
            struct rrlink *rl = CONTAINER(i, struct rrlink, queue);

            next = list_next(i);
            if ((rl->flags & RL_LEAVING) &&
                is_successor(rl_rr(rl), n, type, rdata, len))
                rrlink_detach(e, rl);
        }
}

bool node_exclusive(const struct node *n, unsigned link)
{
    struct rrlink *rl;

    if (n->single_count == 0)
        return false;
    LIST_EACH(const struct rr, rr, &n->own, by_node)
        if (rr->unique && rr->type != RR_NSEC && rr_live_on(rr, link, &rl))
            return true;
    return false;
}

struct rrlink *zone_nsec(struct engine *e, struct node *n, unsigned link,
                         uint16_t asked)
{
    bool exclusive = false, host = false;
    struct rr *nsec = NULL;
    struct rrlink *rl;

    LIST_EACH(struct rr, rr, &n->own, by_node) {
        if (rr->type == RR_NSEC) {
            nsec = rr;
            continue;
        }
        host = host || rr->type == RR_A || rr->type == RR_AAAA;
        if (rr_live_on(rr, link, &rl))
            exclusive = exclusive || rr->unique;
        else if (rl != NULL && rr->unique && !rr->yielded)
            return NULL; /* it will be there in a moment (D32) */
    }
    if (!exclusive)
        return NULL;
    if (nsec == NULL) {
        nsec = rr_new(e, NULL, n, RR_NSEC, NULL, 0, NULL, true);
        if (nsec == NULL)
            return NULL;
        nsec->generated = true;
    }
    /* As long as the missing record would have lived (section 6.1, D23). */
    nsec->ttl_s = host ? TTL_HOST_S : rr_default_ttl(asked);
    rl = rr_attach(e, nsec, link);
    if (rl != NULL)
        rl->flags |= RL_LIVE;
    return rl;
}
