/*
 * Queries of others: what they ask that is ours, what they know already,
 * and when and to whom the answer goes (RFC 6762 sections 5.4, 5.5, 6, 7).
 *
 * A query is read once. Questions whose names have no node are nobody's
 * business here, and a query with only such questions is left at once.
 * Known answers leave a mark (the number of the packet) on the records they
 * name; the questions are answered after that, with what is not marked.
 */
#include "cache.h"
#include "conflict.h"
#include "link.h"
#include "names.h"
#include "question.h"
#include "receive.h"
#include "schedule.h"
#include "zone.h"

enum {
    DELAY_LOW_MS = 20, /* shared answers, RFC 6762 section 6 */
    DELAY_HIGH_MS = 120,
    LEGACY_SIZE = 512, /* RFC 1035 section 4.2.1 */
    QUESTION_BYTES_MAX = 480, /* with header and OPT below 512 */
    TYPES_MAX = 8, /* asked of one name in one query */
    BADVERS = 16,
    FORMERR = 1,
};

struct query {
    const struct datagram *in;
    struct link *link;
    const struct wire_reader *msg;
    unsigned total; /* questions in the message, ours or not */
    size_t plain_len; /* of the questions, if they are uncompressed */
    bool first_ours;  /* asked[0] is the first of all */
    unsigned count;
    bool legacy;
    bool near;      /* the source is on one of the link's subnets */
    bool tc;
    struct batch *known_batch; /* of an earlier truncated query */
    struct batch *batch;       /* of this one */
    struct reply *reply;
    uint64_t due_ms;
    bool reply_late;           /* the reply holds a delayed answer */
    bool defends;              /* ... or one to a probe, which cannot wait */
    unsigned opt_count;
    uint16_t opt_size;
    uint8_t opt_version;
    size_t ns_at;
    unsigned ns_count;
    struct asked *asked; /* e->asked: too large to be cleared for each */
};

/* --- reading ----------------------------------------------------------- */

static void note_question(struct engine *e, struct query *q,
                          const struct question_view *v)
{
    struct node *n = names_find(e, &v->name);
    unsigned same = 0;

    if (n == NULL || q->count == QUESTIONS_MAX)
        return;
    for (unsigned i = 0; i < q->count; i++) {
        struct asked *a = &q->asked[i];

        if (a->node == n && ++same == TYPES_MAX)
            return;
        if (a->node == n && a->type == v->type && a->class == v->class) {
            a->qu = a->qu && v->qu; /* multicast serves both (D11) */
            return;
        }
    }
    q->asked[q->count++] =
        (struct asked){node_hold(n), v->type, v->class, v->qu, false};
}

static bool read_questions(struct engine *e, struct query *q,
                           struct wire_reader *rd, unsigned count)
{
    size_t from = rd->pos, len = 0;

    q->total = count;
    for (unsigned i = 0; i < count; i++) {
        struct question_view v;

        if (!question_read(rd, &v))
            return false;
        len += v.name.len + 4u;
        note_question(e, q, &v);
        if (i == 0)
            q->first_ours = q->count != 0;
    }
    q->plain_len = rd->pos - from == len ? len : 0;
    return true;
}

/* Of a unique RRset all members must be known, else all are sent (D2). */
static bool is_known(const struct engine *e, const struct rrlink *rl)
{
    const struct rr *rr = rl_rr(rl);

    if (rl->packet != (uint32_t)e->packet || !rr->unique)
        return rl->packet == (uint32_t)e->packet;
    LIST_EACH(const struct rr, o, &rr->owner->own, by_node) {
        const struct rrlink *other = rr_on(o, rl->link);

        if (o->type == rr->type && other != NULL &&
            other->packet != (uint32_t)e->packet)
            return false;
    }
    return true;
}

/* What the sender of an earlier truncated query knows is not planned for it
 * any more (section 7.2). */
static void strike(struct engine *e, struct query *q, struct rr *rr)
{
    struct rrlink *rl = rr_on(rr, q->link->number);

    if (rl != NULL && rl->batch == q->known_batch->number)
        schedule_cancel(rl);
    if (q->known_batch->reply != NULL)
        reply_strike(e, q->known_batch->reply, rr);
}

/* A known answer that is a record of ours, fresh enough (section 7.1). */
static void known_own(struct engine *e, struct query *q, struct rr *own)
{
    struct rrlink *rl = rr_on(own, q->link->number);

    if (rl == NULL)
        return;
    rl->packet = (uint32_t)e->packet;
    if (q->known_batch == NULL)
        return;
    if (!own->unique)
        strike(e, q, own);
    else if (is_known(e, rl))
        LIST_EACH(struct rr, rr, &own->owner->own, by_node)
            if (rr->type == own->type)
                strike(e, q, rr);
}

/* For duplicate question suppression: does the sender know an answer that
 * we would not list ourselves? And which of our cached ones does it list? */
static void known_foreign(struct engine *e, struct query *q, struct node *n,
                          uint16_t type, const uint8_t *rdata, size_t len)
{
    struct cached *c = cache_find(e, n, type, q->link->number, rdata, len);

    if (c != NULL)
        c->listed = e->packet;
    if (c != NULL && cache_fresh(e, c))
        return;
    for (struct question *o = n->questions; o != NULL; o = o->node_next) {
        struct qlink *ql = question_on(o, q->link->number);

        if (ql != NULL && question_wants(o, type))
            ql->alien = e->packet;
    }
}

static void read_known(struct engine *e, struct query *q,
                       const struct wire_reader *rd, const struct rr_view *rr)
{
    struct node *n = names_find(e, &rr->name);
    struct rr *own;
    int len;

    if (n == NULL || rr->class != RR_IN ||
        (list_empty(&n->own) && list_empty(&n->cached) &&
         n->questions == NULL))
        return;
    len = rdata_flatten(rd, rr, e->flat);
    if (len < 0) {
        engine_malformed(e, q->link->number, DROP_BAD_RDATA);
        return;
    }
    own = zone_find(e, n, rr->type, e->flat, (size_t)len, q->link->number);
    if (own != NULL && rr->ttl_s >= own->ttl_s / 2 + own->ttl_s % 2)
        known_own(e, q, own);
    if (own == NULL)
        known_foreign(e, q, n, rr->type, e->flat, (size_t)len);
}

static void read_proposal(struct engine *e, struct query *q,
                          const struct rr_view *rr)
{
    const struct node *n = names_find(e, &rr->name);

    for (unsigned i = 0; n != NULL && i < q->count; i++)
        if (q->asked[i].node == n)
            q->asked[i].probe = true;
}

static void read_opt(struct query *q, const struct rr_view *rr)
{
    if (rr->type != RR_OPT)
        return;
    q->opt_count++;
    q->opt_size = rr->class;
    q->opt_version = (uint8_t)(rr->ttl_s >> 16);
}

/* Answers, authority and, for legacy queries, additional records. */
static bool read_records(struct engine *e, struct query *q,
                         struct wire_reader *rd,
                         const struct message_header *h)
{
    struct rr_view rr;
    unsigned left = RECORDS_READ_MAX;

    for (unsigned i = 0; i < h->count[1] && left > 0; i++, left--) {
        if (!rr_read(rd, &rr))
            return false;
        read_known(e, q, rd, &rr);
    }
    q->ns_at = rd->pos;
    q->ns_count = h->count[2];
    for (unsigned i = 0; i < h->count[2] && left > 0; i++, left--) {
        if (!rr_read(rd, &rr))
            return false;
        read_proposal(e, q, &rr);
    }
    for (unsigned i = 0; q->legacy && i < h->count[3] && left > 0;
         i++, left--) {
        if (!rr_read(rd, &rr))
            return false;
        read_opt(q, &rr);
    }
    return true;
}

/* --- answering ------------------------------------------------------------ */

static uint64_t delayed(struct engine *e, struct query *q)
{
    if (q->due_ms == 0)
        q->due_ms = e->now + engine_random(e, DELAY_LOW_MS, DELAY_HIGH_MS);
    return q->due_ms;
}

static struct batch *tc_batch(struct engine *e, struct query *q)
{
    if (q->batch == NULL)
        q->batch = schedule_tc(e, q->link, &q->in->peer, true);
    return q->batch;
}

/* A legacy reply repeats the questions (section 6.7), as they were spelt. */
static void copy_questions(const struct query *q, struct reply *r)
{
    struct wire_reader rd = wire_reader(q->msg->msg, q->msg->len);
    uint8_t *out = r->question;
    size_t len = 0;

    rd.pos = WIRE_HEADER_LEN;
    if (q->plain_len != 0 && q->plain_len <= QUESTION_BYTES_MAX) {
        memcpy(out, rd.msg + rd.pos, q->plain_len);
        r->question_len = (uint16_t)q->plain_len;
        r->question_count = (uint16_t)q->total;
        return;
    }
    for (unsigned i = 0; i < q->total; i++) {
        struct question_view v;

        if (!question_read(&rd, &v) ||
            len + v.name.len + 4u > QUESTION_BYTES_MAX)
            break;
        memcpy(out + len, v.name.wire, v.name.len);
        len += v.name.len;
        out[len++] = (uint8_t)(v.type >> 8);
        out[len++] = (uint8_t)v.type;
        out[len++] = (uint8_t)(v.class >> 8 | (v.qu ? 0x80 : 0));
        out[len++] = (uint8_t)v.class;
        r->question_count++;
    }
    r->question_len = (uint16_t)len;
}

static void set_legacy(const struct query *q, struct reply *r)
{
    r->legacy = true;
    if (q->first_ours)
        r->first = node_hold(q->asked[0].node);
    copy_questions(q, r);
    r->size_max = LEGACY_SIZE;
    if (q->opt_count == 0)
        return;
    if (q->opt_count > 1) {
        r->rcode = FORMERR; /* RFC 6891 section 6.1.1 */
        return;
    }
    r->opt = true;
    if (q->opt_size > LEGACY_SIZE)
        r->size_max = q->opt_size;
    if (q->opt_version > 0)
        r->rcode_ext = BADVERS;
}

static struct reply *get_reply(struct engine *e, struct query *q)
{
    uint16_t id = (uint16_t)(q->msg->msg[0] << 8 | q->msg->msg[1]);
    unsigned room = 8;

    if (q->reply != NULL)
        return q->reply;
    for (unsigned i = 0; i < q->count; i++)
        LIST_EACH(const struct rr, rr, &q->asked[i].node->own, by_node)
            if (++room >= REPLY_RRS_MAX)
                break;
    q->reply = schedule_reply(e, q->in, room,
                              q->legacy ? QUESTION_BYTES_MAX : 0);
    if (q->reply == NULL)
        return NULL;
    q->reply->id = id; /* zero in correct queries; D7 */
    if (q->legacy)
        set_legacy(q, q->reply);
    return q->reply;
}

/* Into the unicast reply; false if the record is to be multicast. */
static bool reply_with(struct engine *e, struct query *q, struct rr *rr,
                       bool late)
{
    struct reply *r = get_reply(e, q);

    if (r == NULL)
        return q->legacy;
    if (!reply_add(r, rr)) {
        r->truncated = true;
        return q->legacy;
    }
    if (late)
        q->reply_late = true;
    return true;
}

/* Whether the record was multicast within the last quarter of its TTL. */
static bool is_recent(const struct engine *e, const struct rrlink *rl)
{
    return rl->last_ms != 0 &&
           rl->last_ms + (uint64_t)rl_rr(rl)->ttl_s * 250 > e->now;
}

static void give(struct engine *e, struct query *q, const struct asked *a,
                 struct rrlink *rl)
{
    struct rr *rr = rl_rr(rl);
    bool sole = q->total == 1 && rr->unique && !q->tc;
    bool unicast = (a->qu || !q->in->multicast) && q->near &&
                   (a->probe || is_recent(e, rl));
    bool defends = a->probe && rr->unique;
    uint8_t families = q->in->family;
    struct batch *tc;

    if ((q->legacy || unicast) && reply_with(e, q, rr, !sole && !defends)) {
        q->defends = q->defends || defends;
        return;
    }
    if (defends) {
        schedule_now(e, rl, families, RL_URGENT | RL_DEFENCE);
    } else if (sole) {
        schedule_now(e, rl, families, RL_URGENT);
    } else {
        tc = q->tc ? tc_batch(e, q) : NULL;
        schedule_at(e, rl, families, 0,
                    tc != NULL ? timers_due_ms(&e->timers, &tc->timer)
                               : delayed(e, q),
                    tc);
    }
}

static bool matches(const struct rr *rr, const struct asked *a)
{
    if (rr->type == RR_NSEC)
        return false;
    return rr->type == a->type || a->type == RR_ANY || rr->type == RR_CNAME;
}

static void answer_one(struct engine *e, struct query *q,
                       const struct asked *a)
{
    unsigned link = q->link->number;
    bool any = false;
    struct rrlink *rl;

    if (a->class != RR_IN && a->class != RR_CLASS_ANY)
        return;
    LIST_EACH(struct rr, rr, &a->node->own, by_node) {
        if (!matches(rr, a) || !rr_live_on(rr, link, &rl))
            continue;
        any = true;
        if (!is_known(e, rl))
            give(e, q, a, rl);
    }
    if (any || a->type == RR_ANY || a->node->single_count == 0)
        return;
    rl = zone_nsec(e, a->node, link, a->type);
    if (rl != NULL)
        give(e, q, a, rl);
}

static void finish_reply(struct engine *e, struct query *q)
{
    struct reply *r = q->reply;

    if (r == NULL)
        return;
    if (q->defends) {
        reply_due(e, r, e->now);
    } else if (q->tc && tc_batch(e, q) != NULL && q->batch->reply == NULL) {
        r->batch = q->batch;
        q->batch->reply = r;
    } else {
        reply_due(e, r, q->reply_late ? delayed(e, q) : e->now);
    }
}

/* --- listening in ----------------------------------------------------------- */

/* Another host asks what we ask (section 7.3), or asks in vain for what we
 * have cached (section 10.5). */
static void overhear(struct engine *e, struct query *q, const struct asked *a)
{
    unsigned link = q->link->number;

    for (struct question *o = a->node->questions; o != NULL; o = o->node_next) {
        struct qlink *ql = question_on(o, link);

        if (o->type == a->type && ql != NULL && ql->alien != e->packet)
            qlink_overheard(e, ql, q->in->family);
    }
    LIST_EACH(struct cached, c, &a->node->cached, by_node)
        if (c->link == link && c->listed != e->packet &&
            (c->families & q->in->family) != 0 &&
            (c->type == a->type || a->type == RR_ANY))
            cache_poof(e, c);
}

/* --- the whole ---------------------------------------------------------------- */

/* A continuation strikes out planned answers as it is read, so a malformed
 * one must be found out before. */
static bool is_sound(struct wire_reader *at, const struct message_header *h)
{
    struct wire_reader rd = *at;
    unsigned count = (unsigned)h->count[1] + h->count[2];
    struct rr_view rr;

    for (unsigned i = 0; i < count && i < RECORDS_READ_MAX; i++)
        if (!rr_read(&rd, &rr))
            return wire_fail(at, rd.err);
    return true;
}

static bool is_refused(struct engine *e, struct query *q)
{
    /* Off the link nobody is served: no amplifier (section 5.5, D6). */
    if (!q->near && (!q->in->multicast || q->legacy)) {
        engine_drop(e, DROP_OFF_LINK);
        return true;
    }
    return q->link->st.oneshot;
}

static void answer_all(struct engine *e, struct query *q)
{
    bool passive = q->in->multicast && !q->legacy && !q->tc &&
                   !link_is_own(q->link, &q->in->peer);

    for (unsigned i = 0; i < q->count; i++)
        if (q->asked[i].probe && q->asked[i].node->claim != NULL)
            conflict_tiebreak(e, q->in, q->asked[i].node, q->msg, q->ns_at,
                              q->ns_count);
        else if (q->asked[i].probe)
            conflict_yield_reverse(e, q->asked[i].node, q->link->number);
    for (unsigned i = 0; i < q->count; i++) {
        answer_one(e, q, &q->asked[i]);
        if (passive && !q->asked[i].qu)
            overhear(e, q, &q->asked[i]);
    }
    finish_reply(e, q);
}

static void read_and_answer(struct engine *e, struct query *q,
                            struct wire_reader *rd,
                            const struct message_header *h)
{
    if (!read_questions(e, q, rd, h->count[0]))
        return;
    q->known_batch = schedule_tc(e, q->link, &q->in->peer, false);
    if (q->count == 0 && q->known_batch == NULL)
        return;
    if (q->known_batch != NULL && !is_sound(rd, h))
        return;
    if (!read_records(e, q, rd, h))
        return;
    if (q->known_batch != NULL && q->tc)
        schedule_tc_extend(e, q->known_batch);
    answer_all(e, q);
}

void answer_query(struct engine *e, const struct datagram *in,
                  struct wire_reader *rd, const struct message_header *h)
{
    struct query q;

    memset(&q, 0, sizeof q);
    q.asked = e->asked;
    q.in = in;
    q.link = engine_link(e, in->link);
    q.msg = rd;
    q.legacy = in->port != 5353;
    q.near = link_on(q.link, &in->peer);
    q.tc = (h->flags & MSG_TC) != 0;
    if (is_refused(e, &q))
        return;
    read_and_answer(e, &q, rd, h);
    for (unsigned i = 0; i < q.count; i++)
        node_drop(e, q.asked[i].node);
}
