/*
 * Claims as clients make, change and give them up, and their names, which
 * change with all records that carry or point at them.
 */
#include "claim.h"
#include "names.h"
#include "note.h"
#include "zone.h"

enum {
    WINDOW_MS = 60000,
    UPDATES_MAX = 10, /* announced in that time; the last is held back */
    RENAME_LEN = 8,   /* what a number adds to a name */
};

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
    size_t suffix_len =
        spec->rename_suffix != NULL ? strlen(spec->rename_suffix) : 0;
    struct claim *c;
    struct node *n = NULL;

    if (e->stats.claims >= e->cfg.claims_max)
        return ENGINE_FULL;
    c = engine_get(e, offsetof(struct claim, suffix) + suffix_len + 1);
    if (c == NULL)
        return ENGINE_FULL;
    c->kind = (uint8_t)spec->kind;
    c->on_conflict = (uint8_t)spec->on_conflict;
    if (suffix_len != 0)
        memcpy(c->suffix, spec->rename_suffix, suffix_len);
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
    if (WIRE_HEADER_LEN + (size_t)text.len + RENAME_LEN + 10 + s->rdata_len >
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
        if (e->up_links & link_bit(i))
            claim_link_up(e, c, i);
}

/* What takes the place of a record. */
struct change {
    struct node *owner, *target;
    const uint8_t *fixed;
    size_t fixed_len;
};

/* The record with other data, on the links where it is; live: and announced
 * where it was live. */
static struct rr *replace(struct engine *e, struct rr *rr,
                          const struct change *to, bool goodbye, bool live)
{
    struct rr *copy = rr_new(e, rr->claim, to->owner, rr->type, to->fixed,
                             to->fixed_len, to->target, rr->unique);

    if (copy == NULL) {
        engine_drop(e, DROP_BUSY);
        return NULL;
    }
    copy->ttl_s = rr->ttl_s;
    copy->follows = rr->follows;
    copy->generated = rr->generated;
    copy->yielded = rr->yielded;
    for (struct rrlink *rl = rr_links(rr); rl != NULL; rl = rl->next) {
        struct rrlink *on = rr_attach(e, copy, rl->link);

        /* Something was said of the RRset, and no goodbye takes it back. */
        if (on != NULL && !goodbye && rr->unique && to->owner == rr->owner)
            on->flags |= rl->flags & RL_SAID;
        if (on == NULL || !live || !(rl->flags & RL_LIVE))
            continue;
        rrlink_live(e, on);
        on->to_say = 2;
    }
    rr_withdraw(e, rr, goodbye);
    return copy;
}

/* Records of another claim that point at the name change with it (SRV). */
static void update_follower(struct engine *e, const struct claim *c,
                            struct claim *other, const struct node *old)
{
    bool changed = false;
    struct rr *next;

    if (other == c)
        return;
    for (struct rr *rr = other->rrs; rr != NULL; rr = next) {
        struct change to = {rr->owner, c->name, rr->fixed, rr->fixed_len};

        next = rr->claim_next;
        if (!rr->follows || rr->target != old)
            continue;
        replace(e, rr, &to, !rr->unique, false);
        changed = true;
    }
    for (struct clink *cl = claim_links(other); changed && cl != NULL;
         cl = cl->next)
        if (cl->state == CLINK_OWNED)
            clink_follow(e, cl);
}

static void update_followers(struct engine *e, const struct claim *c,
                             const struct node *old)
{
    if (!c->followed)
        return;
    LIST_EACH(struct claim, other, &e->claims, all)
        update_follower(e, c, other, old);
    LIST_EACH(struct claim, other, &e->nameless, all)
        update_follower(e, c, other, old);
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
    if (n->claim == c)
        node_drop(e, names_get(e, name, true)); /* spelt otherwise */
    if (n->claim != NULL) {
        node_drop(e, n);
        return n->claim == c ? ENGINE_OK : ENGINE_TAKEN;
    }
    for (struct clink *cl = claim_links(c); cl != NULL; cl = cl->next)
        clink_quiet(e, cl);
    old->claim = NULL;
    c->name = n;
    n->claim = c;
    for (rr = list; rr != NULL; rr = next) {
        struct change to = {
            .owner = rr->owner == old ? n : rr->owner,
            .target = rr->target == old ? n : rr->target,
            .fixed = rr->fixed,
            .fixed_len = rr->fixed_len,
        };

        next = rr->claim_next;
        if (to.owner != rr->owner || to.target != rr->target)
            replace(e, rr, &to, goodbye, false);
    }
    note_claim(e, c, CLAIM_RENAMED, link, old, rival);
    for (struct clink *cl = claim_links(c); cl != NULL; cl = cl->next)
        if (cl->state != CLINK_OFF)
            clink_restart(e, cl, 0);
    update_followers(e, c, old);
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
    for (struct clink *cl = claim_links(c); cl != NULL; cl = cl->next) {
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
    struct change to;

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
    to = (struct change){c->name, NULL, rdata, len};
    if (old->follows)
        to.target = node_hold(old->target);
    else if (!split_rdata(e, type, rdata, len, &to.fixed_len, &to.target))
        return ENGINE_FULL;
    /* A shared record says goodbye first, a unique one is flushed. */
    rr = replace(e, old, &to, !old->unique, true);
    node_drop(e, to.target);
    if (rr == NULL)
        return ENGINE_FULL;
    announce_update(e, c);
    return ENGINE_OK;
}

static void retreat(struct engine *e, struct claim *c, bool goodbye)
{
    while (c->rrs != NULL)
        rr_withdraw(e, c->rrs, goodbye);
    claim_detach_all(e, c);
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
    LIST_EACH(struct claim, c, claims, all) {
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
