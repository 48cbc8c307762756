/*
 * Claims: a unique name and the records that stand or fall with it, taken
 * on each link by probing and announcing (RFC 6762 section 8).
 *
 * On a link a claim is WAITING to be admitted, PROBING, PAUSED (a tie-break
 * lost, or many conflicts) or OWNED. At most PROBING_MAX claims probe at a
 * time, so that ten thousand of them still leave their probes 250 ms apart.
 */
#include "state.h"

enum {
    PROBES = 3,
    PROBE_GAP_MS = 250,
    FIRST_PROBE_MS = 250, /* upper end of the random wait */
    ANNOUNCE_GAP_MS = 1000,
    LIMITED_MS = 5000,
    WINDOW_MS = 60000,
    UPDATES_MAX = 10, /* announced in that time; the last is held back */
};

struct clink *claim_on(const struct claim *c, unsigned link)
{
    struct clink *cl = c->links;

    while (cl != NULL && cl->link != link)
        cl = cl->claim_next;
    return cl;
}

/* --- probing ---------------------------------------------------------- */

static void leave_probing(struct engine *e, struct clink *cl)
{
    struct link *l = engine_link(e, cl->link);

    list_remove(&cl->queue);
    timers_cancel(&e->timers, &cl->timer);
    if (cl->admitted)
        l->probing--;
    cl->admitted = false;
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

static void own(struct engine *e, struct clink *cl)
{
    struct claim *c = cl->claim;

    leave_probing(e, cl);
    cl->state = CLINK_OWNED;
    c->round = 0;
    for (struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next) {
        struct rrlink *rl = rr_on(rr, cl->link);

        if (rl == NULL)
            continue;
        rrlink_live(e, rl);
        rl->to_say = 2;
    }
    note_claim(e, c, CLAIM_ANNOUNCED, cl->link, NULL, NULL);
    clink_announce(e, cl);
}

void claim_admit(struct engine *e, struct link *l)
{
    while (l->probing < PROBING_MAX && !list_empty(&l->waiting)) {
        struct clink *cl = CONTAINER(l->waiting.next, struct clink, queue);

        list_remove(&cl->queue);
        if (!needs_probe(cl->claim)) {
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
                   cl->prompt ? e->now : l->wave_ms);
        note_claim(e, cl->claim, CLAIM_PROBING, cl->link, NULL, NULL);
    }
}

static void quiet(struct engine *e, struct clink *cl)
{
    for (struct rr *rr = cl->claim->rrs; rr != NULL; rr = rr->claim_next) {
        struct rrlink *rl = rr_on(rr, cl->link);

        if (rl != NULL)
            rrlink_quiet(e, rl);
    }
}

static void start(struct engine *e, struct clink *cl, uint32_t delay_ms,
                  bool prompt)
{
    struct link *l = engine_link(e, cl->link);

    leave_probing(e, cl);
    quiet(e, cl);
    cl->prompt = prompt;
    if (l->limited && delay_ms < LIMITED_MS)
        delay_ms = LIMITED_MS;
    if (delay_ms != 0) {
        cl->state = CLINK_PAUSED;
        timers_set(&e->timers, &cl->timer, e->now + delay_ms);
        claim_admit(e, l);
        return;
    }
    cl->state = CLINK_WAITING;
    list_append(&l->waiting, &cl->queue);
    claim_admit(e, l);
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

    for (struct rr *rr = cl->claim->rrs; rr != NULL; rr = rr->claim_next) {
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
        claim_admit(e, l);
        break;
    case CLINK_PROBING:
        if (cl->sent < PROBES) {
            list_append(&l->probes, &cl->queue);
            tx_wanted(e, cl->link);
            break;
        }
        conflict_over(l);
        own(e, cl);
        claim_admit(e, l);
        break;
    case CLINK_OWNED:
        clink_announce(e, cl);
        break;
    default:
        break;
    }
}

/* --- links -------------------------------------------------------------- */

void claim_link_up(struct engine *e, struct claim *c, unsigned link)
{
    struct clink *cl = claim_on(c, link);

    if (!c->committed || c->failed || !(c->mask & link_bit(link)) ||
        e->links[link].st.oneshot)
        return;
    if (cl == NULL) {
        if (!engine_reserve_timer(e))
            goto out_of_memory;
        cl = engine_get(e, sizeof *cl);
        if (cl == NULL) {
            timers_release(&e->timers);
            goto out_of_memory;
        }
        cl->timer.kind = TIMER_CLINK;
        cl->link = (uint8_t)link;
        cl->claim = c;
        list_init(&cl->queue);
        cl->claim_next = c->links;
        c->links = cl;
    }
    host_update(e, c, link);
    for (struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next)
        if (rr->mask & link_bit(link))
            rr_attach(e, rr, link);
    clink_restart(e, cl, 0);
    return;

out_of_memory:
    engine_drop(e, DROP_BUSY);
}

void claim_link_down(struct engine *e, struct claim *c, unsigned link)
{
    struct clink *cl = claim_on(c, link);

    if (cl == NULL)
        return;
    leave_probing(e, cl);
    cl->state = CLINK_OFF;
    for (struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next) {
        struct rrlink *rl = rr_on(rr, link);

        if (rl == NULL)
            continue;
        rrlink_quiet(e, rl);
        rrlink_detach(e, rl);
    }
    host_update(e, c, link); /* addresses of the link are gone */
}

/* --- making and giving up --------------------------------------------------- */

void claim_drop(struct engine *e, struct claim *c)
{
    if (--c->refs == 0)
        heap_put(&e->heap, c);
}

static bool take_free_name(struct engine *e, struct claim *c,
                           const struct claim_spec *spec, struct node **out)
{
    struct name name = *spec->name;
    struct node *n = names_get(e, &name, false);

    c->name = n;
    if (n != NULL && n->claim != NULL) {
        /* Another of our own claims is the rival here. */
        bool found = spec->on_conflict == CONFLICT_RENAME &&
                     rename_next(e, c, &name);

        node_drop(e, n);
        n = found ? names_get(e, &name, false) : NULL;
        c->name = n;
        if (!found)
            return false;
    }
    if (n != NULL)
        node_drop(e, names_get(e, &name, true)); /* spelt as we spell it */
    *out = n;
    return true;
}

enum engine_err engine_claim_new(struct engine *e,
                                 const struct claim_spec *spec,
                                 struct claim **out)
{
    struct claim *c;
    struct node *n = NULL;

    if (e->stats.claims >= e->cfg.claims_max)
        return ENGINE_FULL;
    c = engine_get(e, sizeof *c);
    if (c == NULL)
        return ENGINE_FULL;
    c->kind = (uint8_t)spec->kind;
    c->on_conflict = (uint8_t)spec->on_conflict;
    c->suffix = spec->rename_suffix;
    if (spec->name != NULL) {
        bool free_name = take_free_name(e, c, spec, &n);

        if (!free_name || n == NULL) {
            heap_put(&e->heap, c);
            return free_name ? ENGINE_FULL : ENGINE_TAKEN;
        }
        n->claim = c;
    }
    c->name = n;
    c->mask = spec->links;
    c->cookie = spec->cookie;
    c->addresses = spec->addresses;
    c->reverse = spec->reverse;
    c->refs = 1;
    list_init(&c->all);
    list_append(c->name != NULL ? &e->claims : &e->nameless, &c->all);
    e->stats.claims++;
    *out = c;
    return ENGINE_OK;
}

/* The node at the end of rdata of types that are compressed, so that it is
 * known beforehand and compressed without a search. */
static bool split_rdata(struct engine *e, uint16_t type, const uint8_t *rdata,
                        size_t len, size_t *fixed_len, struct node **target)
{
    struct name name;
    int at = rdata_name_at(type, rdata, len);

    *target = NULL;
    *fixed_len = len;
    if (at < 0 || at > RR_SRV_FIXED || rdata[at] == 0)
        return true;
    name.len = (uint16_t)(len - (size_t)at);
    memcpy(name.wire, rdata + at, name.len);
    *target = names_get(e, &name, false);
    *fixed_len = (size_t)at;
    return *target != NULL;
}

static enum engine_err check_add(const struct engine *e,
                                 const struct rr_spec *s)
{
    if (s->target == NULL && !rdata_valid(s->type, s->rdata, s->rdata_len))
        return ENGINE_BAD_RDATA;
    if (s->target != NULL && s->target->name == NULL)
        return ENGINE_BAD_RDATA;
    if (e->stats.own_records >= e->cfg.records_max ||
        e->rdata_bytes + s->rdata_len > e->cfg.rdata_max)
        return ENGINE_FULL;
    return ENGINE_OK;
}

enum engine_err engine_claim_add(struct engine *e, struct claim *c,
                                 const struct rr_spec *s)
{
    enum engine_err err = check_add(e, s);
    struct node *owner, *target = NULL;
    size_t fixed_len = s->rdata_len;
    struct rr *rr = NULL;
    struct name text;

    if (err != ENGINE_OK)
        return err;
    owner = s->owner != NULL ? names_get(e, s->owner, false)
                             : node_hold(c->name);
    if (owner == NULL)
        return ENGINE_FULL;
    node_name(owner, &text);
    /* A rename may make the first label as long as can be. */
    if (WIRE_HEADER_LEN + (size_t)text.len + NAME_LABEL_MAX - text.wire[0] +
            10 + s->rdata_len >
        WIRE_MESSAGE_MAX - 20) {
        err = ENGINE_TOO_BIG;
    } else {
        if (s->target != NULL)
            target = node_hold(s->target->name);
        else if (!split_rdata(e, s->type, s->rdata, s->rdata_len, &fixed_len,
                              &target))
            err = ENGINE_FULL;
        if (err == ENGINE_OK)
            rr = rr_new(e, c, owner, s->type, s->rdata, fixed_len, target,
                        !s->shared);
        if (rr == NULL)
            err = ENGINE_FULL;
    }
    if (rr != NULL) {
        rr->ttl_s = s->ttl_s != 0 ? s->ttl_s : rr_default_ttl(s->type);
        rr->follows = s->target != NULL;
        if (s->target != NULL && s->target != c)
            target->claim->followed = true;
        rr->mask = s->links != 0 ? s->links : LINKS_ALL;
    }
    node_drop(e, owner);
    node_drop(e, target);
    return err;
}

void engine_claim_commit(struct engine *e, uint64_t now_ms, struct claim *c)
{
    e->now = now_ms + TIME_BIAS_MS;
    if (e->shutdown)
        return;
    c->committed = true;
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++)
        if (e->links[i].up)
            claim_link_up(e, c, i);
}

/* A copy of rr with another owner and target, on the links where rr is. */
static struct rr *replace(struct engine *e, struct rr *rr, struct node *owner,
                          struct node *target, bool goodbye, bool live)
{
    struct claim *c = rr->claim;
    struct rr *copy =
        rr_new(e, c, owner, rr->type, rr->fixed, rr->fixed_len, target,
               rr->unique);

    if (copy == NULL) {
        engine_drop(e, DROP_BUSY);
        return NULL;
    }
    copy->mask = rr->mask;
    copy->ttl_s = rr->ttl_s;
    copy->follows = rr->follows;
    copy->generated = rr->generated;
    for (struct rrlink *rl = rr->links; rl != NULL; rl = rl->rr_next) {
        struct rrlink *to = rr_attach(e, copy, rl->link);

        if (to == NULL || !live || !(rl->flags & RL_LIVE))
            continue;
        rrlink_live(e, to);
        to->to_say = 2;
    }
    rr_withdraw(e, rr, goodbye);
    return copy;
}

/* Records of other claims that point at the name change with it (SRV). */
static void update_followers(struct engine *e, const struct claim *c,
                             struct node *old)
{
    struct list *next_claim;

    if (!c->followed)
        return;
    for (struct list *i = e->claims.next; i != &e->claims; i = next_claim) {
        struct claim *other = CONTAINER(i, struct claim, all);
        bool changed = false;
        struct rr *next;

        next_claim = i->next;
        if (other == c)
            continue;
        for (struct rr *rr = other->rrs; rr != NULL; rr = next) {
            next = rr->claim_next;
            if (!rr->follows || rr->target != old)
                continue;
            replace(e, rr, rr->owner, c->name, !rr->unique, true);
            changed = true;
        }
        for (struct clink *cl = other->links; changed && cl != NULL;
             cl = cl->claim_next)
            if (cl->state == CLINK_OWNED)
                clink_announce(e, cl);
    }
}

enum engine_err claim_take_name(struct engine *e, struct claim *c,
                                const struct name *name, bool goodbye,
                                const struct addr *rival, unsigned link)
{
    struct node *old = c->name;
    struct node *n = names_get(e, name, false);
    struct rr *rr, *next, *list = c->rrs;

    if (n == NULL)
        return ENGINE_FULL;
    if (n->claim != NULL) {
        node_drop(e, n);
        return n->claim == c ? ENGINE_OK : ENGINE_TAKEN;
    }
    for (struct clink *cl = c->links; cl != NULL; cl = cl->claim_next)
        quiet(e, cl);
    old->claim = NULL;
    c->name = n;
    n->claim = c;
    for (rr = list; rr != NULL; rr = next) {
        struct node *owner = rr->owner == old ? n : rr->owner;
        struct node *target = rr->target == old ? n : rr->target;

        next = rr->claim_next;
        if (owner != rr->owner || target != rr->target)
            replace(e, rr, owner, target, goodbye, false);
    }
    note_claim(e, c, CLAIM_RENAMED, link, old, rival);
    update_followers(e, c, old);
    for (struct clink *cl = c->links; cl != NULL; cl = cl->claim_next)
        if (cl->state != CLINK_OFF)
            clink_restart(e, cl, 0);
    node_drop(e, old);
    return ENGINE_OK;
}

enum engine_err engine_claim_rename(struct engine *e, uint64_t now_ms,
                                    struct claim *c, const struct name *name)
{
    e->now = now_ms + TIME_BIAS_MS;
    assert(c->name != NULL);
    c->round = 0;
    return claim_take_name(e, c, name, true, NULL, ENGINE_NO_LINK);
}

void claim_window(struct engine *e, struct claim *c)
{
    if (e->now - c->window_ms <= WINDOW_MS)
        return;
    c->window_ms = e->now;
    c->renames_count = 0;
    c->updates_count = 0;
}

/* Not more than ten a minute (RFC 6762 section 8.4): what comes after waits
 * for the next, and only its last value is announced. */
static void announce_update(struct engine *e, struct claim *c)
{
    claim_window(e, c);
    if (c->updates_count < UPDATES_MAX)
        c->updates_count++;
    for (struct clink *cl = c->links; cl != NULL; cl = cl->claim_next) {
        if (cl->state != CLINK_OWNED)
            continue;
        if (c->updates_count < UPDATES_MAX)
            clink_announce(e, cl);
        else
            timers_set(&e->timers, &cl->timer, c->window_ms + WINDOW_MS);
    }
}

enum engine_err engine_claim_update(struct engine *e, uint64_t now_ms,
                                    struct claim *c, uint16_t type,
                                    const uint8_t *rdata, size_t len)
{
    struct rr *old = c->rrs, *rr;
    struct node *target;
    size_t fixed_len = len;

    e->now = now_ms + TIME_BIAS_MS;
    while (old != NULL && !(old->type == type && old->owner == c->name))
        old = old->claim_next;
    if (old == NULL || (!old->follows && !rdata_valid(type, rdata, len)))
        return ENGINE_BAD_RDATA;
    if (e->rdata_bytes + len > e->cfg.rdata_max)
        return ENGINE_FULL;
    if (WIRE_HEADER_LEN + (size_t)NAME_WIRE_MAX + 10 + len >
        WIRE_MESSAGE_MAX - 20)
        return ENGINE_TOO_BIG;
    if (old->follows)
        target = node_hold(old->target);
    else if (!split_rdata(e, type, rdata, len, &fixed_len, &target))
        return ENGINE_FULL;
    rr = rr_new(e, c, c->name, type, rdata, fixed_len, target, old->unique);
    node_drop(e, target);
    if (rr == NULL)
        return ENGINE_FULL;
    rr->mask = old->mask;
    rr->ttl_s = old->ttl_s;
    rr->follows = old->follows;
    for (struct rrlink *rl = old->links; rl != NULL; rl = rl->rr_next) {
        struct rrlink *to = rr_attach(e, rr, rl->link);

        if (to == NULL || !(rl->flags & RL_LIVE))
            continue;
        rrlink_live(e, to);
        to->to_say = 2;
    }
    /* A shared record says goodbye first, a unique one is flushed. */
    rr_withdraw(e, old, !old->unique);
    announce_update(e, c);
    return ENGINE_OK;
}

static void retreat(struct engine *e, struct claim *c, bool goodbye)
{
    struct clink *next;

    while (c->rrs != NULL)
        rr_withdraw(e, c->rrs, goodbye);
    for (struct clink *cl = c->links; cl != NULL; cl = next) {
        struct link *l = engine_link(e, cl->link);

        next = cl->claim_next;
        leave_probing(e, cl);
        heap_put(&e->heap, cl);
        timers_release(&e->timers);
        claim_admit(e, l);
    }
    c->links = NULL;
}

void claim_fail(struct engine *e, struct claim *c, const struct addr *rival,
                unsigned link)
{
    c->failed = true;
    note_claim(e, c, CLAIM_FAILED, link, NULL, rival);
    retreat(e, c, true);
}

void engine_claim_withdraw(struct engine *e, uint64_t now_ms, struct claim *c)
{
    e->now = now_ms + TIME_BIAS_MS;
    c->dead = true;
    retreat(e, c, true);
    if (c->name != NULL) {
        c->name->claim = NULL;
        node_drop(e, c->name);
        c->name = NULL;
    }
    list_remove(&c->all);
    e->stats.claims--;
    claim_drop(e, c);
}

void engine_claim_name(const struct claim *c, struct name *out)
{
    if (c->name != NULL)
        node_name(c->name, out);
    else
        name_root(out);
}

static void shut(struct engine *e, struct list *claims)
{
    for (struct list *i = claims->next; i != claims; i = i->next) {
        struct claim *c = CONTAINER(i, struct claim, all);

        c->failed = true;
        retreat(e, c, true);
    }
}

void engine_shutdown(struct engine *e, uint64_t now_ms)
{
    e->now = now_ms + TIME_BIAS_MS;
    e->shutdown = true;
    shut(e, &e->claims);
    shut(e, &e->nameless);
}
