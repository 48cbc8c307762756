/*
 * Links: coming, going, changing their addresses, and how fast we may talk
 * on them.
 */
#include "cache.h"
#include "claim.h"
#include "conflict.h"
#include "link.h"
#include "question.h"
#include "schedule.h"
#include "zone.h"

enum {
    DISTRUST_MS = 10000, /* unconfirmed cache after a wake-up */
    BURST_SECONDS = 5,   /* of tx_rate */
    MTU_MIN = 576,       /* what every IPv4 host takes, RFC 791 */
};

/* --- addresses -------------------------------------------------------------- */

bool link_on(const struct link *l, const struct addr *a)
{
    if (addr_link_local(a))
        return true;
    for (unsigned i = 0; i < l->st.addr_count; i++)
        if (addr_same_prefix(&l->st.addrs[i].addr, a,
                             l->st.addrs[i].prefix_len))
            return true;
    return false;
}

bool link_is_own(const struct link *l, const struct addr *a)
{
    for (unsigned i = 0; i < l->st.addr_count; i++)
        if (addr_equal(&l->st.addrs[i].addr, a))
            return true;
    return false;
}

/* --- pacing ----------------------------------------------------------------- */

/* When the family may send its next multicast packet. */
static uint64_t pace_at(struct engine *e, struct pace *p)
{
    uint64_t full = (uint64_t)e->cfg.tx_rate * BURST_SECONDS * 1000;
    uint64_t filled = e->now - p->filled_ms;

    if (filled > 1000 * BURST_SECONDS)
        filled = 1000 * BURST_SECONDS;
    filled = p->tokens_mil + filled * e->cfg.tx_rate;
    p->tokens_mil = (uint32_t)(filled < full ? filled : full);
    p->filled_ms = e->now;
    if (e->now - p->burst_ms >= BURST_PAUSE_MS) {
        p->burst_ms = e->now;
        p->burst = 0;
    }
    if (p->burst >= BURST_MAX)
        return p->burst_ms + BURST_PAUSE_MS;
    if (p->tokens_mil < 1000)
        return e->now + (1000 - p->tokens_mil) / e->cfg.tx_rate + 1;
    return e->now;
}

bool link_may_send(struct engine *e, struct link *l, uint8_t families)
{
    uint64_t at = e->now;

    for (unsigned i = 0; i < 2; i++) {
        uint64_t family_at;

        if (!(families & (1u << i)))
            continue;
        family_at = pace_at(e, &l->pace[i]);
        if (family_at > at)
            at = family_at;
    }
    if (at <= e->now)
        return true;
    timers_set(&e->timers, &l->pace_timer, at);
    return false;
}

void link_count_sent(struct engine *e, struct link *l, uint8_t families)
{
    for (unsigned i = 0; i < 2; i++) {
        if (!(families & (1u << i)))
            continue;
        l->pace[i].burst++;
        l->pace[i].tokens_mil -=
            l->pace[i].tokens_mil < 1000 ? l->pace[i].tokens_mil : 1000;
        e->stats.tx_packets[i][l->number]++;
    }
}

/* --- up and down --------------------------------------------------------------- */

static void each_question(struct engine *e, unsigned link,
                          void (*f)(struct engine *, struct question *,
                                    unsigned))
{
    for (uint32_t i = 0; i < e->bucket_count; i++)
        for (struct node *n = e->buckets[i]; n != NULL; n = n->hash_next)
            for (struct question *q = n->questions; q != NULL;
                 q = q->node_next)
                f(e, q, link);
}

static void each_claim(struct engine *e, unsigned link,
                       void (*f)(struct engine *, struct claim *, unsigned))
{
    LIST_EACH(struct claim, c, &e->claims, all)
        f(e, c, link);
    LIST_EACH(struct claim, c, &e->nameless, all)
        f(e, c, link);
}

static bool bring_up(struct engine *e, struct link *l, unsigned number)
{
    if (!engine_reserve_timer(e)) {
        engine_drop(e, DROP_BUSY);
        return false;
    }
    if (!engine_reserve_timer(e)) {
        timers_release(&e->timers);
        engine_drop(e, DROP_BUSY);
        return false;
    }
    l->number = (uint8_t)number;
    l->flush.kind = TIMER_FLUSH;
    l->pace_timer.kind = TIMER_PACE;
    l->up = true;
    l->up_ms = e->now;
    l->blocked = 0;
    l->flush_now = false;
    l->last_due_ms = 0;
    l->qu_ms = 0;
    l->wave_ms = 0;
    l->series_ms = 0;
    memset(l->pace, 0, sizeof l->pace);
    e->up_links |= link_bit(l->number);
    conflict_over(l);
    return true;
}

/* A family was gained: who listens there only has heard nothing yet. */
static void say_again(struct engine *e, struct claim *c, unsigned link)
{
    struct clink *cl = claim_on(c, link);

    if (cl == NULL || cl->state != CLINK_OWNED)
        return;
    for (struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next) {
        struct rrlink *rl = rr_on(rr, link);

        if (rl != NULL)
            rl->to_say = 2;
    }
    clink_announce(e, cl);
}

void engine_link_set(struct engine *e, uint64_t now_ms, unsigned link,
                     const struct link_state *st)
{
    struct link *l = engine_link(e, link);
    uint8_t gained = (uint8_t)(st->families & ~l->st.families);

    e->now = now_ms + TIME_BIAS_MS;
    if (st->families == 0) {
        engine_link_down(e, now_ms, link);
        return;
    }
    assert(st->addr_count <= LINK_ADDRS_MAX);
    l->st = *st;
    if (l->st.mtu < MTU_MIN)
        l->st.mtu = MTU_MIN;
    if (!l->up) {
        if (!bring_up(e, l, link))
            return;
        each_claim(e, link, claim_link_up);
        each_question(e, link, question_link_up);
        return;
    }
    each_claim(e, link, host_update);
    if (gained != 0) {
        each_claim(e, link, say_again);
        each_question(e, link, question_restart);
    }
}

void engine_link_down(struct engine *e, uint64_t now_ms, unsigned link)
{
    struct link *l = engine_link(e, link);

    e->now = now_ms + TIME_BIAS_MS;
    if (!l->up)
        return;
    l->up = false;
    e->up_links &= ~link_bit(link);
    e->tx_links &= ~link_bit(link);
    if (e->out_link == link)
        e->out_families = 0;
    schedule_link_down(e, l);
    each_claim(e, link, claim_link_down);
    cache_link_down(e, link); /* while it is known who wants to hear of it */
    each_question(e, link, question_link_down);
    l->st.families = 0;
    timers_release(&e->timers);
    timers_release(&e->timers);
}

static void probe_again(struct engine *e, struct claim *c, unsigned link)
{
    struct clink *cl = claim_on(c, link);

    if (cl != NULL && cl->state != CLINK_OFF)
        clink_restart(e, cl, 0);
}

void engine_links_refresh(struct engine *e, uint64_t now_ms, uint64_t links)
{
    e->now = now_ms + TIME_BIAS_MS;
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++) {
        if (!(e->up_links & links & link_bit(i)))
            continue;
        e->links[i].up_ms = e->now;
        each_claim(e, i, probe_again);
        cache_distrust(e, i, DISTRUST_MS);
        each_question(e, i, question_restart);
    }
}

void engine_link_blocked(struct engine *e, unsigned link, uint8_t family,
                         bool blocked)
{
    struct link *l = engine_link(e, link);

    if (blocked)
        l->blocked |= family;
    else
        l->blocked &= (uint8_t)~family;
    if (l->blocked == 0 && l->up)
        tx_wanted(e, link);
}
