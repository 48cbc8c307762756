/*
 * The address records of a host name: A, AAAA and reverse PTR, made from the
 * addresses of each link and published on that link alone (RFC 6762 section
 * 6.2). A change is announced, not probed (section 8.4, D10).
 */
#include "claim.h"
#include "names.h"
#include "zone.h"

/* d.c.b.a.in-addr.arpa or the nibble form under ip6.arpa. */
static void reverse_name(const struct addr *a, struct name *out)
{
    static const char hex[] = "0123456789abcdef";
    uint8_t *w = out->wire;

    if (a->family == ADDR_V4) {
        for (int i = 3; i >= 0; i--) {
            uint8_t *len = w++;
            unsigned v = a->b[i];

            if (v >= 100)
                *w++ = (uint8_t)('0' + v / 100);
            if (v >= 10)
                *w++ = (uint8_t)('0' + v / 10 % 10);
            *w++ = (uint8_t)('0' + v % 10);
            *len = (uint8_t)(w - len - 1);
        }
        memcpy(w, "\7in-addr\4arpa", 14);
        w += 14;
    } else {
        for (int i = 15; i >= 0; i--) {
            *w++ = 1;
            *w++ = (uint8_t)hex[a->b[i] & 15];
            *w++ = 1;
            *w++ = (uint8_t)hex[a->b[i] >> 4];
        }
        memcpy(w, "\3ip6\4arpa", 10);
        w += 10;
    }
    out->len = (uint16_t)(w - out->wire);
}

static bool has_addr(const struct link_state *st, uint16_t type,
                     const uint8_t *bytes)
{
    for (unsigned i = 0; i < st->addr_count; i++) {
        const struct addr *a = &st->addrs[i].addr;
        bool v4 = a->family == ADDR_V4;

        if (v4 == (type == RR_A) && memcmp(a->b, bytes, addr_len(a)) == 0)
            return true;
    }
    return false;
}

static bool has_reverse(const struct link_state *st, const struct node *n)
{
    struct name want, have;

    node_name(n, &have);
    for (unsigned i = 0; i < st->addr_count; i++) {
        reverse_name(&st->addrs[i].addr, &want);
        if (name_equal(&want, &have))
            return true;
    }
    return false;
}

/* Generated for that link and still true? */
static bool keep(const struct rr *rr, const struct link_state *st)
{
    if (rr->type == RR_PTR)
        return has_reverse(st, rr->owner);
    return has_addr(st, rr->type, rr->fixed);
}

/* Another address record of that type on the link. */
static bool has_more(const struct claim *c, const struct rr *than,
                     unsigned link)
{
    for (const struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next)
        if (rr != than && rr->type == than->type && rr->owner == c->name &&
            rr_on(rr, link) != NULL)
            return true;
    return false;
}

static bool is_generated(const struct rr *rr, unsigned link)
{
    return rr->generated && rr_on(rr, link) != NULL;
}

static void add(struct engine *e, struct claim *c, unsigned link,
                struct node *owner, const struct addr *a)
{
    uint16_t type = a->family == ADDR_V4 ? RR_A : RR_AAAA;
    struct rr *rr;

    if (owner == c->name)
        rr = rr_new(e, c, owner, type, a->b, addr_len(a), NULL,
                    true);
    else
        rr = rr_new(e, c, owner, RR_PTR, NULL, 0, c->name, true);
    if (rr == NULL) {
        engine_drop(e, DROP_BUSY);
        return;
    }
    rr->ttl_s = TTL_HOST_S;
    rr->generated = true;
    rr->follows = rr->target != NULL;
    rr_attach(e, rr, link);
}

static bool has_own(const struct claim *c, const struct node *owner,
                    const struct addr *a, unsigned link)
{
    for (const struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next)
        if (is_generated(rr, link) && rr->owner == owner &&
            (rr->type == RR_PTR ||
             (rr->fixed_len == addr_len(a) &&
              memcmp(rr->fixed, a->b, rr->fixed_len) == 0)))
            return true;
    return false;
}

static void add_missing(struct engine *e, struct claim *c, unsigned link,
                        const struct addr *a)
{
    struct name name;
    struct node *owner;

    if (!has_own(c, c->name, a, link))
        add(e, c, link, c->name, a);
    if (!c->reverse)
        return;
    reverse_name(a, &name);
    owner = names_get(e, &name, true);
    if (owner == NULL)
        return;
    if (!has_own(c, owner, a, link))
        add(e, c, link, owner, a);
    node_drop(e, owner);
}

/* The set of addresses of that type changed: all members are announced,
 * since a unique RRset is sent whole (RFC 6762 section 10.2). */
static void announce_type(struct claim *c, unsigned link, uint16_t type)
{
    for (struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next) {
        struct rrlink *rl = rr_on(rr, link);

        if (rl != NULL && rr->type == type && rr->owner == c->name)
            rl->to_say = 2;
    }
}

/* Drop what is no longer true; returns the mask of families that lost one. */
static uint8_t remove_stale(struct engine *e, struct claim *c, unsigned link)
{
    const struct link *l = &e->links[link];
    uint8_t lost = 0;
    struct rr *next;

    for (struct rr *rr = c->rrs; rr != NULL; rr = next) {
        uint16_t type = rr->type;

        next = rr->claim_next;
        if (!is_generated(rr, link) || (l->up && keep(rr, &l->st)))
            continue;
        if (type == RR_PTR) {
            rr_withdraw(e, rr, l->up);
            continue;
        }
        /* The flush bit of the rest does for a goodbye (section 8.4). */
        rr_withdraw(e, rr, l->up && !has_more(c, rr, link));
        lost |= type == RR_A ? ADDR_V4 : ADDR_V6;
    }
    return lost;
}

void host_update(struct engine *e, struct claim *c, unsigned link)
{
    const struct link *l = &e->links[link];
    struct clink *cl = claim_on(c, link);
    uint8_t lost;

    if (!c->addresses || c->name == NULL || c->failed ||
        !(c->mask & link_bit(link)))
        return;
    /* First what is new, so that the name is never without records. */
    for (unsigned i = 0; l->up && i < l->st.addr_count; i++)
        add_missing(e, c, link, &l->st.addrs[i].addr);
    lost = remove_stale(e, c, link);
    if (!l->up)
        return;
    if (cl == NULL || cl->state != CLINK_OWNED)
        return;
    for (struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next) {
        struct rrlink *rl = rr_on(rr, link);

        if (rl == NULL || (rl->flags & RL_LIVE) || rr->yielded ||
            !rr->generated)
            continue;
        rrlink_live(e, rl);
        rl->to_say = 2;
    }
    if (lost & ADDR_V4)
        announce_type(c, link, RR_A);
    if (lost & ADDR_V6)
        announce_type(c, link, RR_AAAA);
    clink_announce(e, cl);
}
