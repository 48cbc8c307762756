/*
 * What clients are to be told, in order. A note holds what it speaks of;
 * the one delivered last is kept until the next call, since the client may
 * still look at it.
 */
#include "state.h"

/* Not by engine_get(): eviction makes notes itself. The reserve of the block
 * is there for this. */
static struct note *add(struct engine *e, uint8_t kind, unsigned link)
{
    struct note *n = heap_get(&e->heap, sizeof *n);

    if (n == NULL) {
        engine_drop(e, DROP_BUSY);
        return NULL;
    }
    n->kind = kind;
    n->link = (uint8_t)link;
    *e->notes_end = n;
    e->notes_end = &n->next;
    return n;
}

void watch_drop(struct engine *e, struct watch *w)
{
    if (--w->refs == 0)
        heap_put(&e->heap, w);
}

void note_cached_to(struct engine *e, enum event_kind kind, struct cached *c,
                    struct watch *w)
{
    struct note *n = add(e, (uint8_t)kind, c->link);

    if (n == NULL)
        return;
    n->watch = w;
    w->refs++;
    n->cached = c;
    c->refs++;
}

void note_cached(struct engine *e, enum event_kind kind, struct cached *c)
{
    for (struct question *q = c->owner->questions; q != NULL;
         q = q->node_next) {
        bool denial = c->type == RR_NSEC && q->type != RR_NSEC;

        if (!cache_answers(c, q) || (denial && kind != EVENT_RR_ADD))
            continue;
        for (struct watch *w = q->watches; w != NULL; w = w->next)
            if (w->mask & link_bit(c->link))
                note_cached_to(e, denial ? EVENT_RR_DENIED : kind, c, w);
    }
}

void note_own_to(struct engine *e, enum event_kind kind, struct rrlink *rl,
                 struct watch *w)
{
    struct note *n = add(e, (uint8_t)kind, rl->link);

    if (n == NULL)
        return;
    n->watch = w;
    w->refs++;
    n->rr = rl->rr;
    rl->rr->refs++;
}

static bool has_live(const struct node *n, const struct question *q,
                     unsigned link)
{
    struct rrlink *rl;

    for (const struct rr *rr = n->own; rr != NULL; rr = rr->node_next)
        if (question_wants(q, rr->type) && rr->type != RR_NSEC &&
            rr_live_on(rr, link, &rl))
            return true;
    return false;
}

void note_own_denial(struct engine *e, struct watch *w, unsigned link)
{
    const struct question *q = w->question;
    struct rrlink *rl = NULL;

    if (!(w->mask & link_bit(link)) || !node_exclusive(q->node, link) ||
        has_live(q->node, q, link))
        return;
    for (struct rr *rr = q->node->own; rr != NULL; rr = rr->node_next)
        if (rr_live_on(rr, link, &rl))
            break;
    if (rl != NULL)
        note_own_to(e, EVENT_RR_DENIED, rl, w);
}

void note_own_denials(struct engine *e, const struct node *n, unsigned link)
{
    for (struct question *q = n->questions; q != NULL; q = q->node_next)
        for (struct watch *w = q->watches; w != NULL; w = w->next)
            note_own_denial(e, w, link);
}

void note_own(struct engine *e, enum event_kind kind, struct rrlink *rl)
{
    if (rl->rr->type == RR_NSEC)
        return;
    for (struct question *q = rl->rr->owner->questions; q != NULL;
         q = q->node_next) {
        if (!question_wants(q, rl->rr->type))
            continue;
        for (struct watch *w = q->watches; w != NULL; w = w->next)
            if (w->mask & link_bit(rl->link))
                note_own_to(e, kind, rl, w);
    }
}

void note_claim(struct engine *e, struct claim *c, enum claim_state state,
                unsigned link, struct node *old_name, const struct addr *rival)
{
    struct note *n = add(e, EVENT_CLAIM, link);

    if (n == NULL)
        return;
    n->claim = c;
    c->refs++;
    n->state = (uint8_t)state;
    if (c->name != NULL)
        n->name = node_hold(c->name);
    if (old_name != NULL)
        n->old_name = node_hold(old_name);
    if (rival != NULL)
        n->rival = *rival;
}

static void release(struct engine *e, struct note *n)
{
    if (n->cached != NULL)
        cache_drop(e, n->cached);
    if (n->rr != NULL)
        rr_drop(e, n->rr);
    if (n->watch != NULL)
        watch_drop(e, n->watch);
    if (n->claim != NULL)
        claim_drop(e, n->claim);
    node_drop(e, n->name);
    node_drop(e, n->old_name);
    heap_put(&e->heap, n);
}

static void fill_record(struct engine *e, const struct note *n,
                        struct event *out)
{
    const struct cached *c = n->cached;
    const struct rr *rr = n->rr;

    out->class = RR_IN;
    out->rdata = e->flat;
    if (c != NULL) {
        node_name(c->owner, &out->name);
        out->families = c->families;
        out->type = c->type;
        out->ttl_s = c->ttl_s;
        out->flush = c->flush;
        out->rdata_len = cached_rdata(c, e->flat);
        if (c->source != NULL)
            out->source = c->source->addr;
    } else {
        node_name(rr->owner, &out->name);
        out->local = true;
        out->families = e->links[n->link].st.families;
        out->type = rr->type;
        out->ttl_s = rr->ttl_s;
        out->flush = rr->unique;
        out->rdata_len = rr_rdata(rr, e->flat);
    }
    if (n->kind == EVENT_RR_DENIED)
        out->type = n->watch->question->type;
}

static void fill_claim(const struct note *n, struct event *out)
{
    out->cookie = n->claim->cookie;
    out->claim = n->claim;
    out->state = (enum claim_state)n->state;
    out->source = n->rival;
    if (n->name != NULL)
        node_name(n->name, &out->name);
    if (n->old_name != NULL)
        node_name(n->old_name, &out->old_name);
}

bool note_next(struct engine *e, struct event *out)
{
    for (;;) {
        struct note *n = e->notes;

        if (e->delivered != NULL)
            release(e, e->delivered);
        e->delivered = NULL;
        if (n == NULL)
            return false;
        e->notes = n->next;
        if (e->notes == NULL)
            e->notes_end = &e->notes;
        e->delivered = n;
        if ((n->watch != NULL && n->watch->dead) ||
            (n->claim != NULL && n->claim->dead))
            continue;
        memset(out, 0, sizeof *out);
        out->kind = (enum event_kind)n->kind;
        out->link = n->link;
        if (n->watch != NULL) {
            out->cookie = n->watch->cookie;
            fill_record(e, n, out);
        } else {
            fill_claim(n, out);
        }
        return true;
    }
}
