/*
 * Whose name is it? Records of others are held against our own (RFC 6762
 * sections 6.6, 8.1, 8.2, 9 and 14).
 *
 * Identity is rdata, never the source address: what equals a record of ours
 * on any link, or one that we gave up less than two minutes ago, is our own
 * voice coming back (a reflector, a second interface on the same LAN).
 */
#include "claim.h"
#include "conflict.h"
#include "link.h"
#include "names.h"
#include "note.h"
#include "schedule.h"
#include "zone.h"

enum {
    CONFLICT_WINDOW_MS = 10000,
    TIEBREAK_PAUSE_MS = 1000,
    KEEP_TRYING_MS = 5000,
    RENAMES_MAX = 8,      /* a minute */
    REANNOUNCE_MS = 1000, /* RFC 6762 section 14 */
};

void conflict_over(struct link *l)
{
    l->limited = false;
    memset(l->conflict_ms, 0, sizeof l->conflict_ms);
}

static void count_conflict(struct engine *e, struct link *l)
{
    uint64_t oldest;

    e->stats.conflicts++;
    l->conflict_ms[l->conflict_at] = e->now;
    l->conflict_at = (l->conflict_at + 1) % CONFLICTS_MAX;
    oldest = l->conflict_ms[l->conflict_at];
    if (oldest != 0 && e->now - oldest <= CONFLICT_WINDOW_MS)
        l->limited = true;
}

/* Who refuses eight names in a minute refuses the ninth. */
static bool may_rename(struct engine *e, struct claim *c, struct link *l)
{
    claim_window(e, c);
    if (c->renames_count < RENAMES_MAX)
        return true;
    l->limited = true;
    return false;
}

/* What was said of the name on a link is the winner's from now on: no goodbye
 * is owed there, which would take it away from him. */
static void forget_said_on(struct claim *c, unsigned link)
{
    for (struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next) {
        struct rrlink *rl = rr_on(rr, link);

        if (rl != NULL)
            rl->flags &= (uint8_t)~RL_SAID;
    }
}

/* Where he was heard: on that link, and on others of the same LAN. */
static void forget_said(struct claim *c)
{
    for (const struct clink *cl = claim_links(c); cl != NULL; cl = cl->next)
        if (cl->state != CLINK_OWNED)
            forget_said_on(c, cl->link);
}

/* Probing failed: somebody has the name. */
static void lose(struct engine *e, struct clink *cl, const struct addr *rival)
{
    struct claim *c = cl_claim(cl);
    struct name name;

    forget_said(c);
    if (c->on_conflict == CONFLICT_FAIL) {
        claim_fail(e, c, rival, cl->link);
        return;
    }
    if (c->on_conflict == CONFLICT_RENAME &&
        may_rename(e, c, engine_link(e, cl->link)) &&
        rename_next(e, c, &name)) {
        unsigned link = cl->link;

        c->renames_count++;
        if (c->round < UINT8_MAX)
            c->round++;
        e->stats.renames++;
        if (claim_take_name(e, c, &name, true, rival, link) == ENGINE_OK)
            return;
    }
    note_claim(e, c, CLAIM_CONFLICT, cl->link, NULL, rival);
    clink_restart(e, cl, KEEP_TRYING_MS);
}

static void conflict(struct engine *e, struct clink *cl,
                     const struct addr *rival)
{
    struct claim *c = cl_claim(cl);

    /* Once a packet: from here on no record of it is against the claim, for
     * it has sent no probe yet, or has another name, or waits. */
    count_conflict(e, engine_link(e, cl->link));
    if (cl->state != CLINK_OWNED) {
        lose(e, cl, rival);
        return;
    }
    note_claim(e, c, CLAIM_CONFLICT, cl->link, NULL, rival);
    clink_restart(e, cl, 0);
}

/* Whether the NSEC denies nothing that we have or propose on that link. */
static bool nsec_agrees_on(const struct node *n, unsigned link,
                           const uint8_t *rdata, size_t len)
{
    bool any = false;

    LIST_EACH(const struct rr, rr, &n->own, by_node) {
        if (rr->type == RR_NSEC || rr_on(rr, link) == NULL)
            continue;
        if (!rdata_nsec_has(rdata, len, rr->type))
            return false;
        any = true;
    }
    return any;
}

/* ... on any: it may be ours, made on another link on the same LAN. */
static bool nsec_agrees(const struct engine *e, const struct node *n,
                        const uint8_t *rdata, size_t len)
{
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++)
        if ((e->up_links & link_bit(i)) && nsec_agrees_on(n, i, rdata, len))
            return true;
    return false;
}

static bool same_type_owned(const struct node *n, uint16_t type,
                            unsigned link)
{
    struct rrlink *rl;

    LIST_EACH(const struct rr, rr, &n->own, by_node)
        if (rr->type == type && rr->unique && rr_live_on(rr, link, &rl))
            return true;
    return false;
}

/* Whether the message has a record of the name that equals one of ours. */
static bool says_ours(struct engine *e, const struct datagram *in,
                      struct node *n)
{
    struct wire_reader rd = wire_reader(in->data, in->len);
    uint8_t *flat = engine_get(e, RR_FLAT_MAX);
    struct message_header h;
    struct rr_view rr;
    bool found = flat == NULL; /* no memory, no verdict */

    if (!found && message_header_read(&rd, &h))
        for (unsigned i = 0; i < h.count[0]; i++)
            if (!name_skip(&rd) || wire_bytes(&rd, 4) == NULL)
                break;
    while (!found && rr_read(&rd, &rr)) {
        int len = names_find(e, &rr.name) == n && rr.type != RR_NSEC
                      ? rdata_flatten(&rd, &rr, flat) : -1;

        found = len >= 0 &&
                (zone_find(e, n, rr.type, flat, (size_t)len, in->link) ||
                 zone_retired(e, n, rr.type, flat, (size_t)len));
    }
    if (flat != NULL)
        heap_put(&e->heap, flat);
    return found;
}

/* An NSEC against a name that is probed for: it says that the name has other
 * records than those that we want to put there, and is not our own, sent with
 * fewer of them, as it comes back (D1). */
static bool denies_ours(struct engine *e, const struct datagram *in,
                        struct node *n, const uint8_t *rdata, size_t len)
{
    if (nsec_agrees(e, n, rdata, len))
        return false;
    if (e->echo_packet == e->packet && e->echo_node == n)
        return false; /* looked for already */
    if (!says_ours(e, in, n))
        return true;
    e->echo_packet = e->packet;
    e->echo_node = n;
    return false;
}

/* A foreign record for our name: is it against us? */
static bool is_conflict(struct engine *e, const struct datagram *in,
                        const struct clink *cl, struct node *n,
                        const struct rr_view *rr, const uint8_t *rdata,
                        size_t len)
{
    if (rr->ttl_s == 0 || rr->class != RR_IN)
        return false; /* a rival that leaves is none */
    if (cl->state != CLINK_OWNED) {
        if (cl->sent == 0 && !cl->again)
            return false; /* before our first probe (section 8.1) */
        /* Any type counts (section 8.1). */
        return rr->type != RR_NSEC || denies_ours(e, in, n, rdata, len);
    }
    return rr->type != RR_NSEC && same_type_owned(n, rr->type, cl->link);
}

/* Another of our interfaces is on this LAN: its announcement made peers
 * flush this one's addresses (RFC 6762 section 14). */
static void reannounce(struct engine *e, struct node *n, uint16_t type,
                       unsigned link)
{
    struct rrlink *rl;

    LIST_EACH(struct rr, rr, &n->own, by_node)
        if (rr->type == type && rr->unique && rr_live_on(rr, link, &rl) &&
            e->now - rl->last_ms >= REANNOUNCE_MS)
            schedule_now(e, rl, e->links[link].st.families, RL_URGENT);
}

static bool is_own_source(const struct engine *e, const struct addr *a)
{
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++)
        if ((e->up_links & link_bit(i)) && link_is_own(&e->links[i], a))
            return true;
    return false;
}

/* Waits to be sent as an answer, not to announce or to defend. */
static bool is_planned(const struct engine *e, const struct rrlink *rl)
{
    if (rl->flags & RL_READY) /* held back for others */
        return !e->links[rl->link].flush_now &&
               !(rl->flags & (RL_URGENT | RL_DEFENCE | RL_REST));
    return rl->batch != 0;
}

static void own_heard(struct engine *e, const struct datagram *in,
                      struct node *n, struct rr *own,
                      const struct rr_view *rr)
{
    struct rrlink *rl;

    if (!rr_live_on(own, in->link, &rl)) {
        /* From ourselves: an echo may be seconds old and never ends. */
        if (rr->flush && own->unique && is_own_source(e, &in->peer))
            reannounce(e, n, own->type, in->link);
        return;
    }
    if (rr->ttl_s < own->ttl_s / 2 + own->ttl_s % 2) {
        /* Section 6.6: peers would lose it too early. */
        schedule_now(e, rl, e->links[in->link].st.families, 0);
        return;
    }
    /* Section 7.4: someone else gave the answer that we were about to. */
    if (in->multicast && is_planned(e, rl) && rr->ttl_s >= own->ttl_s &&
        !link_is_own(&e->links[in->link], &in->peer)) {
        rl->families = rl->families & ~(unsigned)in->family & 3u;
        if (rl->families == 0)
            schedule_cancel(rl);
    }
}

void conflict_yield_reverse(struct engine *e, struct node *n, unsigned link)
{
    struct rrlink *rl;

    if (n->single_count == 0)
        return;
    LIST_EACH(struct rr, rr, &n->own, by_node)
        if (rr->type == RR_PTR && rr->generated &&
            rr_live_on(rr, link, &rl)) {
            rr->yielded = true; /* for as long as the address is here */
            rrlink_quiet(e, rl);
        }
}

/* An echo, most probably. But a rival that goes through the same names as we
 * do would be taken for one: ask again when there can be no echo any more. */
static void doubt(struct engine *e, struct clink *cl)
{
    if (cl->state != CLINK_OWNED || timers_is_set(&cl->timer))
        return;
    cl->doubted = true;
    timers_set(&e->timers, &cl->timer, e->now + RETIRED_MS);
}

bool conflict_check(struct engine *e, const struct datagram *in,
                    struct node *n, const struct rr_view *rr,
                    const uint8_t *rdata, size_t len)
{
    struct rr *own = zone_find(e, n, rr->type, rdata, len, in->link);
    struct clink *cl;

    if (own != NULL) {
        own_heard(e, in, n, own, rr);
        return true;
    }
    cl = n->claim != NULL ? claim_on(n->claim, in->link) : NULL;
    if (zone_retired(e, n, rr->type, rdata, len)) {
        if (cl != NULL && is_conflict(e, in, cl, n, rr, rdata, len))
            doubt(e, cl);
        return true;
    }
    if (n->claim == NULL) {
        if (rr->type == RR_PTR && rr->ttl_s != 0)
            conflict_yield_reverse(e, n, in->link);
        return false;
    }
    if (cl != NULL && is_conflict(e, in, cl, n, rr, rdata, len))
        conflict(e, cl, &in->peer);
    return false;
}

/* --- simultaneous probes ----------------------------------------------- */

struct proposal {
    uint16_t type, class;
    uint16_t len;
    const uint8_t *rdata;
};

struct proposals {
    unsigned count;
    size_t used;
    struct proposal list[PACK_MAX];
    uint8_t bytes[2 * RR_FLAT_MAX];
};

static int order(const struct proposal *a, const struct proposal *b)
{
    return rr_compare(a->class, a->type, a->rdata, a->len, b->class, b->type,
                      b->rdata, b->len);
}

/* Insert what was just put at bytes + used, keeping the list sorted. */
static void insert(struct proposals *p, uint16_t class, uint16_t type,
                   size_t len)
{
    struct proposal x = {type, class, (uint16_t)len, p->bytes + p->used};
    unsigned i = p->count++;

    for (; i > 0 && order(&p->list[i - 1], &x) > 0; i--)
        p->list[i] = p->list[i - 1];
    p->list[i] = x;
    p->used += len;
}

static bool has_room(const struct proposals *p)
{
    return p->count < PACK_MAX && p->used <= RR_FLAT_MAX;
}

/* Their proposed records for the name; false if all of them are ours. */
static bool read_theirs(struct engine *e, struct node *n,
                        unsigned link, const struct wire_reader *msg,
                        size_t at, unsigned count, struct proposals *out)
{
    struct wire_reader rd = *msg;
    bool foreign = false;

    rd.pos = at;
    for (unsigned i = 0; i < count && has_room(out); i++) {
        struct rr_view rr;
        int len;

        if (!rr_read(&rd, &rr))
            break;
        if (names_find(e, &rr.name) != n)
            continue;
        len = rdata_flatten(&rd, &rr, out->bytes + out->used);
        if (len < 0)
            continue;
        if (zone_find(e, n, rr.type, out->bytes + out->used, (size_t)len,
                      link) == NULL &&
            !zone_retired(e, n, rr.type, out->bytes + out->used,
                          (size_t)len))
            foreign = true;
        insert(out, rr.class, rr.type, (size_t)len);
    }
    return foreign;
}

/* What our probes had room for: the rival knows no more of us. */
static void list_ours(const struct node *n, unsigned link,
                      struct proposals *out)
{
    LIST_EACH(const struct rr, rr, &n->own, by_node) {
        const struct rrlink *rl = rr_on(rr, link);

        if (rl != NULL && rl->proposed && has_room(out))
            insert(out, RR_IN, rr->type,
                   rr_rdata(rr, out->bytes + out->used));
    }
}

/* Pairwise; the list that goes on is later (section 8.2.1). */
static bool theirs_is_later(const struct proposals *theirs,
                            const struct proposals *ours)
{
    unsigned i = 0;

    for (; i < theirs->count && i < ours->count; i++) {
        int d = order(&theirs->list[i], &ours->list[i]);

        if (d != 0)
            return d > 0;
    }
    return theirs->count > ours->count;
}

void conflict_tiebreak(struct engine *e, const struct datagram *in,
                       struct node *n, const struct wire_reader *msg,
                       size_t ns_at, unsigned ns_count)
{
    struct clink *cl =
        n->claim != NULL ? claim_on(n->claim, in->link) : NULL;
    struct proposals *p;

    if (cl == NULL || cl->state != CLINK_PROBING || cl->sent == 0)
        return;
    p = engine_get(e, 2 * sizeof *p);
    if (p == NULL) {
        engine_drop(e, DROP_BUSY);
        return;
    }
    if (read_theirs(e, n, in->link, msg, ns_at, ns_count, &p[0])) {
        list_ours(n, in->link, &p[1]);
        /* The winner may be a stale echo of our own: the name stays, and
         * is probed for again (section 8.2). */
        if (theirs_is_later(&p[0], &p[1]))
            clink_again(e, cl, TIEBREAK_PAUSE_MS);
    }
    heap_put(&e->heap, p);
}
