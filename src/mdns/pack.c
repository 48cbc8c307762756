/*
 * Records into a packet: one at a time, all or nothing, and after the
 * answers what hangs on them (RFC 6762 section 6.2, RFC 6763 section 12).
 */
#include "compose.h"
#include "link.h"
#include "zone.h"

enum {
    IP4_UDP_LEN = 28,
    IP6_UDP_LEN = 48,
    PACKET_LEN = 1500,    /* not more, whatever the MTU (section 17) */
    OVERSIZE_LEN = 9000,
};

size_t pack_limit(const struct link *l, uint8_t families, bool oversize)
{
    size_t len = l->st.mtu < PACKET_LEN ? l->st.mtu : PACKET_LEN;

    if (oversize)
        len = OVERSIZE_LEN;
    return len - (families & ADDR_V6 ? IP6_UDP_LEN : IP4_UDP_LEN);
}

void pack_begin(struct pack *p, struct engine *e, struct link *l, size_t max,
                uint16_t id, uint16_t flags)
{
    p->e = e;
    p->l = l;
    p->number = ++e->packet;
    p->head = (struct message_header){.id = id, .flags = flags};
    p->unicast = p->legacy = false;
    p->families = 0;
    p->in = e->packed;
    p->in_count = 0;
    wire_begin(&p->w, e->out, max, p->number);
    p->w.len = WIRE_HEADER_LEN;
}

size_t pack_end(struct pack *p)
{
    message_header_put(p->w.buf, &p->head);
    return p->w.len;
}

void pack_multicast(struct pack *p)
{
    struct engine *e = p->e;

    e->out_len = pack_end(p);
    e->out_link = p->l->number;
    e->out_families = p->families & p->l->st.families;
    e->out_oneshot = p->l->st.oneshot;
    link_count_sent(e, p->l, e->out_families);
}

/* --- one record -------------------------------------------------------- */

/* What the name has, or will have in a moment (D32): that is not denied. */
static bool is_there(const struct rr *rr, unsigned link)
{
    struct rrlink *rl;

    return rr->type != RR_NSEC &&
           (rr_live_on(rr, link, &rl) ||
            (rl != NULL && rr->unique && !rr->yielded));
}

/* The lowest window from `from` on in which the name has a type, or 256. */
static unsigned next_window(const struct node *n, unsigned link,
                            unsigned from)
{
    unsigned best = 256;

    LIST_EACH(const struct rr, rr, &n->own, by_node) {
        unsigned window = rr->type >> 8;

        if (window >= from && window < best && is_there(rr, link))
            best = window;
    }
    return best;
}

/* One window of the map, if anything is in it; whether there is a higher. */
static bool put_window(struct wire_writer *w, const struct node *n,
                       unsigned link, unsigned window)
{
    uint8_t map[2 + 32]; /* number, length, and as many bytes */
    bool higher = false;

    map[0] = (uint8_t)window;
    map[1] = 0;
    LIST_EACH(const struct rr, rr, &n->own, by_node) {
        unsigned byte = (rr->type & 0xffu) / 8;

        if (!is_there(rr, link))
            continue;
        if (rr->type >> 8 == window) {
            while (map[1] <= byte)
                map[2 + map[1]++] = 0;
            map[2 + byte] |= (uint8_t)(0x80 >> rr->type % 8);
        }
        higher = higher || rr->type >> 8 > window;
    }
    if (map[1] != 0)
        wire_put_bytes(w, map, 2u + map[1]);
    return higher;
}

/* Type bit maps (RFC 4034 section 4.1.2) of what the name has on the link.
 * Types above 255 bring further windows (RFC 6762 section 6.1, case b). */
static void put_bitmap(struct wire_writer *w, const struct node *n,
                       unsigned link)
{
    unsigned window = 0;

    while (put_window(w, n, link, window))
        window = next_window(n, link, window + 1);
}

static void put_rdata(struct pack *p, const struct rr *rr)
{
    struct wire_writer *w = &p->w;
    /* RFC 2782 and 4034 forbid pointers towards conventional resolvers. */
    bool plain = p->legacy && (rr->type == RR_SRV || rr->type == RR_NSEC);
    struct node *name = rr->type == RR_NSEC ? rr->owner : rr->target;

    wire_put_bytes(w, rr->fixed, rr->fixed_len);
    if (name != NULL && plain)
        wire_put_name_plain(w, &name->label);
    else if (name != NULL)
        wire_put_name(w, &name->label);
    if (rr->type == RR_NSEC)
        put_bitmap(w, rr->owner, p->l->number);
}

bool pack_rr(struct pack *p, const struct rr *rr, bool flush, uint32_t ttl_s,
             unsigned section)
{
    struct wire_writer *w = &p->w;
    size_t at = w->len, rdata_at;

    wire_put_name(w, &rr->owner->label);
    wire_put_rr(w, rr->type, flush ? RR_IN | RR_CLASS_TOP : RR_IN, ttl_s);
    rdata_at = w->len;
    put_rdata(p, rr);
    if (w->full) {
        wire_back(w, at);
        return false;
    }
    wire_set_u16(w, rdata_at - 2, (uint16_t)(w->len - rdata_at));
    p->head.count[section]++;
    return true;
}

/* --- additional records ------------------------------------------------ */

static uint32_t ttl_for(const struct pack *p, const struct rr *rr)
{
    return p->legacy && rr->ttl_s > TTL_LEGACY_MAX_S ? TTL_LEGACY_MAX_S
                                                     : rr->ttl_s;
}

/* By multicast, not what waits to be sent as an answer anyway, and not what
 * was sent within the last second. */
static bool may_add(const struct pack *p, const struct rrlink *rl)
{
    if (rl->packet == (uint32_t)p->number)
        return false;
    return p->unicast || (list_empty(&rl->queue) &&
                          p->e->now - rl->last_ms >= REPEAT_MS);
}

/* The RRset of that type, whole or not at all. */
static void add_set(struct pack *p, const struct node *n, uint16_t type)
{
    size_t at = p->w.len;
    unsigned first = p->in_count;
    uint16_t count = p->head.count[3];
    struct rrlink *rl;

    LIST_EACH(const struct rr, rr, &n->own, by_node) {
        if (rr->type != type || !rr_live_on(rr, p->l->number, &rl))
            continue;
        if (!may_add(p, rl)) {
            if (p->in_count == first)
                return;
            continue;
        }
        if (p->in_count == PACK_MAX ||
            !pack_rr(p, rr, rr->unique && !p->legacy, ttl_for(p, rr), 3)) {
            wire_back(&p->w, at);
            p->head.count[3] = count;
            p->in_count = first;
            return;
        }
        rl->packet = (uint32_t)p->number;
        p->in[p->in_count++] = rl;
    }
}

/* What the host name lacks (section 6.2 and appendix E). */
static void add_nsec(struct pack *p, struct node *n)
{
    struct rrlink *rl = zone_nsec(p->e, n, p->l->number, RR_A);
    const struct rr *rr;

    if (rl == NULL || !may_add(p, rl) || p->in_count == PACK_MAX)
        return;
    rr = rl_rr(rl);
    if (!pack_rr(p, rr, !p->legacy, ttl_for(p, rr), 3))
        return;
    rl->packet = (uint32_t)p->number;
    p->in[p->in_count++] = rl;
}

static void add_for(struct pack *p, const struct rr *rr)
{
    switch (rr->type) {
    case RR_PTR:
        add_set(p, rr->target, RR_SRV);
        add_set(p, rr->target, RR_TXT);
        break;
    case RR_SRV:
        add_set(p, rr->target, RR_A);
        add_set(p, rr->target, RR_AAAA);
        break;
    case RR_A:
        add_set(p, rr->owner, RR_AAAA);
        add_nsec(p, rr->owner);
        break;
    case RR_AAAA:
        add_set(p, rr->owner, RR_A);
        add_nsec(p, rr->owner);
        break;
    default:
        break;
    }
}

/* No room for an address with pointers to all its names. */
static bool is_full(const struct pack *p)
{
    return p->w.max - p->w.len < 16 || p->in_count == PACK_MAX;
}

void pack_additional(struct pack *p)
{
    /* in[] grows while we go through it: PTR, then SRV, then addresses. A set
     * that does not fit, such as a large TXT, keeps no smaller one out. */
    for (unsigned i = 0; i < p->in_count && !is_full(p); i++) {
        const struct rrlink *rl = p->in[i];

        if (!(rl->flags & RL_GOODBYE) && (rl_rr(rl)->target != NULL ||
                                          rl_rr(rl)->type == RR_A ||
                                          rl_rr(rl)->type == RR_AAAA))
            add_for(p, rl_rr(rl));
    }
}
