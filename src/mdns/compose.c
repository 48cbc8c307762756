/*
 * Packets out of what is due on a link: unicast replies, probes, responses
 * by multicast, queries, in this order.
 */
#include "compose.h"
#include "link.h"
#include "names.h"
#include "schedule.h"
#include "zone.h"

enum {
    GOODBYE_AGAIN_MS = 1000,
    OPT_LEN = 11,
    OPT_SIZE = 1440, /* the payload size that we tell legacy queriers */
};

/* --- multicast responses ------------------------------------------------ */

/* A denial for a name that is no longer ours here. */
static bool is_void(const struct rrlink *rl)
{
    return rl_rr(rl)->type == RR_NSEC &&
           !node_exclusive(rl_rr(rl)->owner, rl->link);
}

static bool put_answer(struct pack *p, struct rrlink *rl)
{
    const struct rr *rr = rl_rr(rl);
    uint32_t ttl_s = rl->flags & RL_GOODBYE ? 0 : rr->ttl_s;

    if (p->in_count == PACK_MAX ||
        !pack_rr(p, rr, rr->unique, ttl_s, 1))
        return false;
    rl->packet = (uint32_t)p->number;
    p->families |= (uint8_t)rl->families;
    p->in[p->in_count++] = rl;
    list_remove(&rl->queue);
    rl->batch = 0;
    return true;
}

/* A record that fills more than a packet goes alone (section 17). */
static bool put_alone(struct pack *p, struct rrlink *rl)
{
    p->w.max = pack_limit(p->l, p->l->st.families, true);
    return put_answer(p, rl);
}

/* To the front of the ready list: they belong to what is in the packet. */
static void hurry(struct pack *p, struct rrlink *rl)
{
    rl->batch = 0;
    rl->flags |= RL_READY | RL_REST;
    list_remove(&rl->queue);
    list_prepend(&p->l->ready, &rl->queue);
}

/* The other members of a unique RRset, in this packet or the next. */
static bool put_siblings(struct pack *p, struct rrlink *first)
{
    bool fits = true;

    const struct rr *of = rl_rr(first);

    LIST_EACH(struct rr, rr, &of->owner->own, by_node) {
        struct rrlink *rl;

        if (rr->type != of->type || !rr->unique ||
            !rr_live_on(rr, first->link, &rl) ||
            rl->packet == (uint32_t)p->number)
            continue;
        rl_add_families(rl, (uint8_t)first->families);
        if (fits)
            fits = put_answer(p, rl);
        if (!fits)
            hurry(p, rl);
    }
    return fits;
}

/* Take back what was put since, so that the set starts the next packet. */
static void take_back(struct pack *p, size_t at, unsigned in, uint16_t count)
{
    wire_back(&p->w, at);
    p->head.count[1] = count;
    while (p->in_count > in)
        hurry(p, p->in[--p->in_count]);
}

/* False when the packet is full. */
static bool put_set(struct pack *p, struct rrlink *rl)
{
    size_t at = p->w.len;
    unsigned in = p->in_count;
    uint16_t count = p->head.count[1];
    uint8_t families = p->families;

    if (!put_answer(p, rl)) {
        if (in == 0 && !put_alone(p, rl)) {
            engine_drop(p->e, DROP_TOO_BIG);
            schedule_cancel(rl);
        }
        return false;
    }
    if (!rl_rr(rl)->unique || (rl->flags & (RL_GOODBYE | RL_REST)) ||
        put_siblings(p, rl))
        return true;
    if (in != 0) {
        take_back(p, at, in, count);
        p->families = families;
    }
    return false;
}

static void goodbye_sent(struct engine *e, struct rrlink *rl)
{
    uint8_t families = (uint8_t)rl->families;

    schedule_cancel(rl);
    if (rl->to_say > 1 && !e->shutdown) {
        rl->to_say--;
        schedule_at(e, rl, families, RL_GOODBYE | RL_URGENT,
                    e->now + GOODBYE_AGAIN_MS, NULL);
        if (rl->batch != 0)
            return;
    }
    rrlink_detach(e, rl);
}

static void answers_sent(struct pack *p)
{
    for (unsigned i = 0; i < p->in_count; i++) {
        struct rrlink *rl = p->in[i];

        if (rl->flags & RL_GOODBYE) {
            goodbye_sent(p->e, rl);
            continue;
        }
        schedule_cancel(rl);
        rl->last_ms = p->e->now;
        rl->flags |= RL_SAID;
    }
}

static bool compose_answers(struct engine *e, struct link *l)
{
    struct pack p;

    pack_begin(&p, e, l, pack_limit(l, l->st.families, false), 0,
               MSG_QR | MSG_AA);
    while (!list_empty(&l->ready)) {
        struct rrlink *rl = LIST_FIRST(&l->ready, struct rrlink, queue);

        if (is_void(rl))
            schedule_cancel(rl);
        else if (!put_set(&p, rl))
            break;
    }
    if (list_empty(&l->ready))
        l->flush_now = false;
    if (p.in_count == 0)
        return false;
    pack_additional(&p);
    pack_multicast(&p);
    answers_sent(&p);
    return true;
}

/* --- unicast replies ---------------------------------------------------------- */

/* The questions as they were spelt; answers' names can point at the first. */
static void put_questions(struct pack *p, const struct reply *r)
{
    wire_put_bytes(&p->w, r->question, r->question_len);
    p->head.count[0] = r->question_count;
    if (r->first != NULL)
        wire_mark_name(&p->w, &r->first->label, WIRE_HEADER_LEN);
}

static uint32_t legacy_ttl(const struct rr *rr)
{
    return rr->ttl_s > TTL_LEGACY_MAX_S ? TTL_LEGACY_MAX_S : rr->ttl_s;
}

static bool put_reply_rr(struct pack *p, struct rrlink *rl, bool first)
{
    const struct rr *rr = rl_rr(rl);
    bool flush = rr->unique && !p->legacy;
    uint32_t ttl_s = p->legacy ? legacy_ttl(rr) : rr->ttl_s;
    /* A legacy querier reads a denial in the authority section (D5). */
    unsigned section = p->legacy && rr->type == RR_NSEC ? 2 : 1;

    if (pack_rr(p, rr, flush, ttl_s, section))
        return true;
    if (p->legacy || !first)
        return false;
    p->w.max = pack_limit(p->l, p->families, true);
    if (!pack_rr(p, rr, flush, ttl_s, section))
        return false;
    p->w.max = p->w.len; /* alone (section 17) */
    return true;
}

/* Returns whether all records found room. */
static bool put_reply(struct pack *p, struct reply *r)
{
    bool fits = true;

    for (unsigned i = 0; i < r->count; i++) {
        struct rr *rr = r->rrs[i];
        struct rrlink *rl;

        if (rr->dead || !rr_live_on(rr, r->link, &rl) || is_void(rl))
            continue;
        if (p->in_count < PACK_MAX && put_reply_rr(p, rl, p->in_count == 0)) {
            rl->packet = (uint32_t)p->number;
            rl->flags |= RL_SAID;
            p->in[p->in_count++] = rl;
        } else {
            fits = false; /* but a smaller one may still */
            if (!p->legacy)
                schedule_now(p->e, rl, r->family, RL_URGENT);
        }
    }
    return fits && !r->truncated;
}

static void put_opt(struct pack *p, const struct reply *r)
{
    if (!r->opt)
        return;
    p->w.max += OPT_LEN;
    wire_put_u8(&p->w, 0);
    wire_put_u16(&p->w, RR_OPT);
    wire_put_u16(&p->w, OPT_SIZE);
    wire_put_u32(&p->w, (uint32_t)(r->rcode_ext >> 4) << 24);
    wire_put_u16(&p->w, 0);
    p->head.count[3]++;
}

static size_t reply_limit(const struct link *l, const struct reply *r)
{
    size_t max = pack_limit(l, r->family, false);

    if (r->legacy && r->size_max < max)
        max = r->size_max;
    return r->opt ? max - OPT_LEN : max;
}

static bool compose_reply(struct engine *e, struct reply *r,
                          struct datagram *out)
{
    struct link *l = engine_link(e, r->link);
    bool refused = r->rcode != 0 || r->rcode_ext != 0;
    struct pack p;

    pack_begin(&p, e, l, reply_limit(l, r), r->id,
               MSG_QR | MSG_AA | r->rcode);
    p.unicast = true;
    p.legacy = r->legacy;
    p.families = r->family;
    if (r->legacy)
        put_questions(&p, r);
    if (!refused && !put_reply(&p, r) && r->legacy)
        p.head.flags |= MSG_TC;
    if (!refused && !(p.head.flags & MSG_TC))
        pack_additional(&p);
    put_opt(&p, r);
    *out = (struct datagram){
        .link = r->link,
        .family = r->family,
        .peer = r->peer,
        .port = r->port,
        .local = r->local,
        .data = e->out,
        .len = pack_end(&p),
    };
    return p.in_count != 0 || refused || (p.head.flags & MSG_TC) != 0;
}

/* --- the whole -------------------------------------------------------------------- */

/* The first whose family may send. */
static struct reply *first_reply(const struct link *l)
{
    LIST_EACH(struct reply, r, &l->replies, queue)
        if ((r->family & l->blocked) == 0)
            return r;
    return NULL;
}

static bool next_reply(struct engine *e, struct link *l, struct datagram *out)
{
    struct reply *r;

    while ((r = first_reply(l)) != NULL) {
        uint8_t family = r->family;
        bool good = (l->st.families & family) != 0 &&
                    compose_reply(e, r, out);

        reply_free(e, r);
        if (good) {
            e->stats.tx_packets[family >> 1][l->number]++;
            return true;
        }
    }
    return false;
}

bool compose(struct engine *e, struct link *l, struct datagram *out)
{
    if (!l->up)
        return false;
    if (next_reply(e, l, out))
        return true;
    if (l->blocked != 0) /* what is multicast goes over all families */
        return false;
    if (list_empty(&l->probes) && !l->flush_now && list_empty(&l->asks) &&
        list_empty(&l->asking))
        return false;
    if (!link_may_send(e, l, l->st.families))
        return false;
    if (!list_empty(&l->probes) && compose_probe(e, l))
        return true;
    if (l->flush_now && compose_answers(e, l))
        return true;
    return (!list_empty(&l->asks) || !list_empty(&l->asking)) &&
           compose_question(e, l);
}
