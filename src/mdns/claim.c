/*
 * Claims: a unique name and the records that stand or fall with it, taken
 * on each link by probing and announcing (RFC 6762 section 8).
 *
 * On a link a claim is WAITING to be admitted, PROBING, PAUSED (a tie-break
 * lost, or many conflicts) or OWNED. At most PROBING_MAX claims probe at a
 * time: about a hundred packets, which leave well within 250 ms. Of more, the
 * first are owned before the last begin.
 *
 * A service whose host name still has to be won is held until it is: its SRV
 * record would send clients to whoever has that name. If the host gets another
 * name later, the service stays, and only that record is held.
 */
#include "claim.h"
#include "conflict.h"
#include "note.h"
#include "schedule.h"
#include "zone.h"

enum {
    PROBES = 3,
    PROBE_GAP_MS = 250,
    FIRST_PROBE_MS = 250, /* upper end of the random wait */
    ANNOUNCE_GAP_MS = 1000,
    LIMITED_MS = 5000,
};

struct clink *claim_on(const struct claim *c, unsigned link)
{
    struct clink *cl = claim_links(c);

    while (cl != NULL && cl->link != link)
        cl = cl->next;
    return cl;
}

/* --- probing ---------------------------------------------------------- */

/* Out of all queues and timers; its records are no longer live. */
static void leave(struct engine *e, struct clink *cl)
{
    struct link *l = engine_link(e, cl->link);

    list_remove(&cl->queue);
    timers_cancel(&e->timers, &cl->timer);
    if (cl->admitted)
        l->probing--;
    cl->admitted = false;
    cl->doubted = false;
    cl->again = false;
    cl->sent = 0;
}

static bool needs_probe(const struct claim *c)
{
    if (c->name == NULL)
        return false;
    for (const struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next)
        if (rr->unique && rr->owner == c->name)
            return true;
    return false;
}

/* Whether a record of the claim points at a name that is being probed for on
 * that link. */
static bool target_open(const struct claim *c, unsigned link)
{
    for (const struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next) {
        const struct clink *cl;

        if (!rr->follows || rr->target->claim == NULL ||
            rr->target->claim == c)
            continue;
        cl = claim_on(rr->target->claim, link);
        if (cl != NULL && cl->state != CLINK_OWNED && cl->state != CLINK_OFF)
            return true;
    }
    return false;
}

/* Probed for, and silent until its target is owned; others may probe. */
static void hold(struct engine *e, struct clink *cl)
{
    struct link *l = engine_link(e, cl->link);

    if (cl->admitted)
        l->probing--;
    cl->admitted = false;
    list_append(&l->held, &cl->queue);
}

/* What is not true yet becomes so, and is to be announced. */
static void make_live(struct engine *e, struct clink *cl)
{
    for (struct rr *rr = cl_claim(cl)->rrs; rr != NULL; rr = rr->claim_next) {
        struct rrlink *rl = rr_on(rr, cl->link);

        if (rl == NULL || rr->yielded || (rl->flags & RL_LIVE))
            continue;
        rrlink_live(e, rl);
        rl->to_say = 2;
    }
}

static void take(struct engine *e, struct clink *cl)
{
    struct claim *c = cl_claim(cl);

    leave(e, cl);
    cl->state = CLINK_OWNED;
    c->round = 0;
    make_live(e, cl);
    note_claim(e, c, CLAIM_ANNOUNCED, cl->link, NULL, NULL);
    if (c->name != NULL)
        note_own_denials(e, c->name, cl->link);
    clink_announce(e, cl);
}

/* ... with what was held for it. */
static void own(struct engine *e, struct clink *cl)
{
    struct list *held = &engine_link(e, cl->link)->held;
    struct list *at = list_next(held);

    take(e, cl);
    while (cl_claim(cl)->followed && at != held) {
        struct clink *next = CONTAINER(at, struct clink, queue);

        at = list_next(at);
        if (target_open(cl_claim(next), next->link))
            continue;
        if (next->state == CLINK_OWNED)
            clink_follow(e, next);
        else
            take(e, next);
    }
}

void clink_follow(struct engine *e, struct clink *cl)
{
    list_remove(&cl->queue);
    if (target_open(cl_claim(cl), cl->link)) {
        list_append(&engine_link(e, cl->link)->held, &cl->queue);
        return;
    }
    make_live(e, cl);
    clink_announce(e, cl);
}

static void admit(struct engine *e, struct link *l)
{
    while (l->probing < PROBING_MAX && !list_empty(&l->waiting)) {
        struct clink *cl = LIST_FIRST(&l->waiting, struct clink, queue);

        list_remove(&cl->queue);
        if (!needs_probe(cl_claim(cl))) {
            own(e, cl);
            continue;
        }
        cl->state = CLINK_PROBING;
        cl->admitted = true;
        cl->sent = 0;
        l->probing++;
        /* Those who start together leave in the same packets. */
        if (l->wave_ms <= e->now)
            l->wave_ms = e->now + engine_random(e, 0, FIRST_PROBE_MS);
        timers_set(&e->timers, &cl->timer,
                   cl->again ? e->now : l->wave_ms);
        note_claim(e, cl_claim(cl), CLAIM_PROBING, cl->link, NULL, NULL);
    }
}

void clink_quiet(struct engine *e, struct clink *cl)
{
    for (struct rr *rr = cl_claim(cl)->rrs; rr != NULL; rr = rr->claim_next) {
        struct rrlink *rl = rr_on(rr, cl->link);

        if (rl != NULL)
            rrlink_quiet(e, rl);
    }
}

static void start(struct engine *e, struct clink *cl, uint32_t delay_ms,
                  bool again)
{
    struct link *l = engine_link(e, cl->link);

    leave(e, cl);
    clink_quiet(e, cl);
    cl->again = again;
    if (l->limited && delay_ms < LIMITED_MS)
        delay_ms = LIMITED_MS;
    if (delay_ms != 0) {
        cl->state = CLINK_PAUSED;
        timers_set(&e->timers, &cl->timer, e->now + delay_ms);
        admit(e, l);
        return;
    }
    cl->state = CLINK_WAITING;
    list_append(&l->waiting, &cl->queue);
    admit(e, l);
}

void clink_restart(struct engine *e, struct clink *cl, uint32_t delay_ms)
{
    start(e, cl, delay_ms, false);
}

void clink_again(struct engine *e, struct clink *cl, uint32_t delay_ms)
{
    start(e, cl, delay_ms, true);
}

void clink_probe_sent(struct engine *e, struct clink *cl)
{
    list_remove(&cl->queue);
    cl->sent++;
    timers_set(&e->timers, &cl->timer, e->now + PROBE_GAP_MS);
}

void clink_announce(struct engine *e, struct clink *cl)
{
    uint8_t families = e->links[cl->link].st.families;
    bool more = false;

    for (struct rr *rr = cl_claim(cl)->rrs; rr != NULL; rr = rr->claim_next) {
        struct rrlink *rl = rr_on(rr, cl->link);

        if (rl == NULL || rl->to_say == 0 || !(rl->flags & RL_LIVE))
            continue;
        schedule_now(e, rl, families, 0);
        if (--rl->to_say != 0)
            more = true;
    }
    if (more)
        timers_set(&e->timers, &cl->timer, e->now + ANNOUNCE_GAP_MS);
}

void clink_timer(struct engine *e, struct clink *cl)
{
    struct link *l = engine_link(e, cl->link);

    switch (cl->state) {
    case CLINK_PAUSED:
        cl->state = CLINK_WAITING;
        list_append(&l->waiting, &cl->queue);
        admit(e, l);
        break;
    case CLINK_PROBING:
        if (cl->sent < PROBES) {
            list_append(&l->probes, &cl->queue);
            tx_wanted(e, cl->link);
            break;
        }
        conflict_over(l);
        if (target_open(cl_claim(cl), cl->link))
            hold(e, cl);
        else
            own(e, cl);
        admit(e, l);
        break;
    case CLINK_OWNED:
        if (cl->doubted)
            clink_restart(e, cl, 0);
        else
            clink_announce(e, cl);
        break;
    default:
        break;
    }
}

/* --- links -------------------------------------------------------------- */

static struct clink *add_apart(struct engine *e, struct claim *c)
{
    struct clink_apart *more = engine_get(e, sizeof *more);

    if (more == NULL)
        return NULL;
    more->claim = c;
    more->on.apart = true;
    more->on.next = c->first.next;
    c->first.next = &more->on;
    return &more->on;
}

static struct clink *attach(struct engine *e, struct claim *c, unsigned link)
{
    struct clink *cl;

    if (!engine_reserve_timer(e))
        return NULL;
    cl = !c->first.used ? &c->first : add_apart(e, c);
    if (cl == NULL) {
        timers_release(&e->timers);
        return NULL;
    }
    cl->used = true;
    cl->timer.kind = TIMER_CLINK;
    cl->link = (uint8_t)link;
    return cl;
}

void claim_link_up(struct engine *e, struct claim *c, unsigned link)
{
    struct clink *cl = claim_on(c, link);

    if (!c->committed || c->failed || !(c->mask & link_bit(link)) ||
        e->links[link].st.oneshot)
        return;
    if (cl == NULL)
        cl = attach(e, c, link);
    if (cl == NULL) {
        engine_drop(e, DROP_BUSY);
        return;
    }
    host_update(e, c, link);
    for (struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next)
        if (!rr->generated)
            rr_attach(e, rr, link);
    clink_restart(e, cl, 0);
}

void claim_link_down(struct engine *e, struct claim *c, unsigned link)
{
    struct clink *cl = claim_on(c, link);

    if (cl == NULL)
        return;
    leave(e, cl);
    cl->state = CLINK_OFF;
    host_update(e, c, link); /* addresses of the link are gone */
    for (struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next) {
        struct rrlink *rl = rr_on(rr, link);

        if (rl == NULL)
            continue;
        rrlink_quiet(e, rl);
        rrlink_detach(e, rl);
    }
}

void claim_detach_all(struct engine *e, struct claim *c)
{
    struct clink *next;

    for (struct clink *cl = claim_links(c); cl != NULL; cl = next) {
        struct link *l = engine_link(e, cl->link);

        next = cl->next;
        leave(e, cl);
        if (cl->apart)
            heap_put(&e->heap, cl);
        timers_release(&e->timers);
        admit(e, l);
    }
    c->first = (struct clink){.used = false};
}
