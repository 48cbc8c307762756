/*
 * Probes and questions. Several of either share a packet; all questions come
 * before the first record, so it is decided beforehand how many go in.
 */
#include "cache.h"
#include "claim.h"
#include "compose.h"
#include "question.h"
#include "zone.h"

enum { NAMES_SLACK = 64 }; /* parents of names, written once a packet */

/* --- probes (RFC 6762 section 8.1) --------------------------------------- */

static bool is_proposed(const struct rr *rr, const struct claim *c,
                        unsigned link)
{
    return rr->unique && rr->owner == c->name &&
           rr_on(rr, link) != NULL;
}

/* Bytes a claim will take, about, with its parents' names known. */
static size_t estimate(const struct claim *c, unsigned link)
{
    size_t len = c->name->label.len + 3u + 4;

    for (const struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next)
        if (is_proposed(rr, c, link))
            len += 12u + rr->fixed_len + (rr->target != NULL ? 4 : 0);
    return len;
}

static unsigned count_fitting(const struct link *l, size_t limit)
{
    size_t len = WIRE_HEADER_LEN + NAMES_SLACK;
    unsigned n = 0;

    LIST_EACH(struct clink, cl, &l->probes, queue) {
        len += estimate(cl_claim(cl), l->number);
        if (n > 0 && len > limit)
            break;
        n++;
    }
    return n;
}

/* What is proposed is compared with what a rival proposes (section 8.2). */
static bool propose(struct pack *p, const struct rr *rr)
{
    if (!pack_rr(p, rr, false, rr->ttl_s, 2))
        return false;
    rr_on(rr, p->l->number)->proposed = true;
    return true;
}

/* The claim's proposed records; how many did not fit. */
static unsigned put_proposed(struct pack *p, const struct claim *c)
{
    unsigned left = 0;

    for (const struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next)
        if (is_proposed(rr, c, p->l->number) && !propose(p, rr))
            left++;
    return left;
}

/* A single claim that is larger than a packet: what fits is proposed; if
 * nothing does, one record goes in a packet of its own size. */
static void put_large(struct pack *p, const struct claim *c)
{
    put_proposed(p, c);
    if (p->head.count[2] != 0)
        return;
    p->w.max = pack_limit(p->l, p->l->st.families, true);
    for (const struct rr *rr = c->rrs; rr != NULL; rr = rr->claim_next)
        if (is_proposed(rr, c, p->l->number) && propose(p, rr))
            return;
}

/* Write n claims; the number that went in whole, n if all. */
static unsigned put_probes(struct pack *p, unsigned n, uint16_t class)
{
    unsigned i = 0;

    LIST_EACH(struct clink, cl, &p->l->probes, queue) {
        if (i++ == n)
            break;
        wire_put_name(&p->w, &cl_claim(cl)->name->label);
        wire_put_u16(&p->w, RR_ANY);
        wire_put_u16(&p->w, class);
        p->head.count[0]++;
    }
    if (p->w.full)
        return n / 2;
    i = 0;
    LIST_EACH(struct clink, cl, &p->l->probes, queue) {
        if (i == n)
            break;
        if (n == 1)
            put_large(p, cl_claim(cl));
        else if (put_proposed(p, cl_claim(cl)) != 0)
            return i;
        i++;
    }
    return n;
}

bool compose_probe(struct engine *e, struct link *l)
{
    size_t limit = pack_limit(l, l->st.families, false);
    bool qu = l->st.polite == 0;
    uint16_t class = qu ? RR_IN | RR_CLASS_TOP : RR_IN;
    unsigned n = count_fitting(l, limit);
    struct pack p;

    for (;;) {
        unsigned whole;

        pack_begin(&p, e, l, limit, 0, 0);
        whole = put_probes(&p, n, class);
        if (whole >= n)
            break;
        n = whole > 0 ? whole : 1;
    }
    for (unsigned i = 0; i < n; i++)
        clink_probe_sent(e, LIST_FIRST(&l->probes, struct clink, queue));
    if (qu)
        l->qu_ms = e->now;
    p.families = l->st.families;
    pack_multicast(&p);
    return true;
}

/* --- questions (sections 5 and 7) ------------------------------------------ */

static void put_questions(struct pack *p)
{
    struct link *l = p->l;
    size_t half = p->w.max / 2; /* leave room for known answers */

    while (!list_empty(&l->asks)) {
        struct qlink *ql = LIST_FIRST(&l->asks, struct qlink, queue);
        bool qu = ql->qu && l->st.polite == 0 && !l->st.oneshot;
        size_t at = p->w.len;

        wire_put_name(&p->w, &ql->question->node->label);
        wire_put_u16(&p->w, ql->question->type);
        wire_put_u16(&p->w, qu ? RR_IN | RR_CLASS_TOP : RR_IN);
        if (p->w.full || (p->head.count[0] > 0 && p->w.len > half)) {
            wire_back(&p->w, at);
            return;
        }
        p->head.count[0]++;
        list_remove(&ql->queue);
        list_append(&l->asking, &ql->queue);
        ql->asking = true;
        if (qu)
            l->qu_ms = p->e->now;
        qlink_sent(p->e, ql);
    }
}

static bool put_cached(struct pack *p, const struct cached *c)
{
    struct wire_writer *w = &p->w;
    uint64_t left_ms = c->expire_ms - p->e->now;
    size_t at = w->len, rdata_at;

    wire_put_name(w, &c->owner->label);
    wire_put_rr(w, c->type, RR_IN, (uint32_t)((left_ms + 999) / 1000));
    rdata_at = w->len;
    wire_put_bytes(w, c->fixed, c->fixed_len);
    if (c->target != NULL)
        wire_put_name(w, &c->target->label);
    if (w->full) {
        wire_back(w, at);
        return false;
    }
    wire_set_u16(w, rdata_at - 2, (uint16_t)(w->len - rdata_at));
    p->head.count[1]++;
    return true;
}

/* Shared records with more than half their life left (section 7.1). */
static bool is_known_answer(const struct pack *p, const struct cached *c,
                            const struct question *q)
{
    return c->link == p->l->number && !c->flush && c->type != RR_NSEC &&
           question_wants(q, c->type) && c->said != p->l->known_mark &&
           cache_fresh(p->e, c);
}

/* Our own shared records answer it too: else we would answer ourselves. */
static bool put_own(struct pack *p, const struct question *q)
{
    struct rrlink *rl;

    LIST_EACH(const struct rr, rr, &q->node->own, by_node) {
        if (rr->unique || !question_wants(q, rr->type) ||
            !rr_live_on(rr, p->l->number, &rl) ||
            rl->packet == (uint32_t)p->l->known_mark)
            continue;
        if (!pack_rr(p, rr, false, rr->ttl_s, 1) &&
            p->w.len > WIRE_HEADER_LEN)
            return false;
        rl->packet = (uint32_t)p->l->known_mark;
    }
    return true;
}

/* False if more are to follow in the next packet. */
static bool put_known(struct pack *p, const struct question *q)
{
    if (!put_own(p, q))
        return false;
    LIST_EACH(struct cached, c, &q->node->cached, by_node) {
        if (!is_known_answer(p, c, q))
            continue;
        if (put_cached(p, c))
            c->said = p->l->known_mark;
        else if (p->w.len == WIRE_HEADER_LEN)
            c->said = p->l->known_mark; /* fits no packet */
        else
            return false;
    }
    return true;
}

/* One query packet, or its continuation; false if nothing was left to say. */
static bool put_query(struct pack *p)
{
    struct link *l = p->l;
    bool complete = true;

    if (list_empty(&l->asking)) {
        l->known_mark = p->number;
        put_questions(p);
    }
    if (!l->st.oneshot)
        LIST_EACH(struct qlink, ql, &l->asking, queue)
            complete = complete && put_known(p, ql->question);
    if (!complete)
        p->head.flags = MSG_TC;
    while (complete && !list_empty(&l->asking))
        list_remove(list_next(&l->asking));
    return p->w.len > WIRE_HEADER_LEN;
}

bool compose_question(struct engine *e, struct link *l)
{
    struct pack p;

    while (!list_empty(&l->asks) || !list_empty(&l->asking)) {
        pack_begin(&p, e, l, pack_limit(l, l->st.families, false), 0, 0);
        p.families = l->st.families;
        if (put_query(&p)) {
            pack_multicast(&p);
            return true;
        }
    }
    return false;
}
