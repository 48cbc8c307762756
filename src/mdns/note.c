/*
 * What clients are to be told, in order. A note holds what it speaks of;
 * the one delivered last is kept until the next call, since the client may
 * still look at it.
 */
#include "cache.h"
#include "claim.h"
#include "names.h"
#include "note.h"
#include "question.h"
#include "zone.h"

static struct note_more *more_of(struct note *n)
{
    return (struct note_more *)(void *)n;
}

/* Not by engine_get(): eviction makes notes itself. The reserve of the block
 * is there for this. */
static struct note *add(struct engine *e, enum event_kind kind, unsigned link,
                        size_t size)
{
    struct note *n = heap_get(&e->heap, size);

    if (n == NULL) {
        engine_drop(e, DROP_BUSY);
        return NULL;
    }
    n->kind = (uint8_t)kind;
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

static struct note *add_for(struct engine *e, enum event_kind kind,
                            unsigned link, struct watch *w)
{
    struct note *n = add(e, kind, link, sizeof *n);

    if (n == NULL)
        return NULL;
    n->by.watch = w;
    w->refs++;
    return n;
}

void note_cached_to(struct engine *e, enum event_kind kind, struct cached *c,
                    struct watch *w)
{
    struct note *n = add_for(e, kind, c->link, w);

    if (n == NULL)
        return;
    n->what.cached = c;
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
    struct note *n = add_for(e, kind, rl->link, w);

    if (n == NULL)
        return;
    n->own = true;
    n->what.rr = rl_rr(rl);
    n->what.rr->refs++;
}

static bool has_live(const struct node *n, const struct question *q,
                     unsigned link)
{
    struct rrlink *rl;

    LIST_EACH(const struct rr, rr, &n->own, by_node)
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
    LIST_EACH(struct rr, rr, &q->node->own, by_node)
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
    if (rl_rr(rl)->type == RR_NSEC)
        return;
    for (struct question *q = rl_rr(rl)->owner->questions; q != NULL;
         q = q->node_next) {
        if (!question_wants(q, rl_rr(rl)->type))
            continue;
        for (struct watch *w = q->watches; w != NULL; w = w->next)
            if (w->mask & link_bit(rl->link))
                note_own_to(e, kind, rl, w);
    }
}

void note_claim(struct engine *e, struct claim *c, enum claim_state state,
                unsigned link, struct node *old_name, const struct addr *rival)
{
    bool more = old_name != NULL || rival != NULL;
    struct note *n = add(e, EVENT_CLAIM, link,
                         more ? sizeof(struct note_more) : sizeof *n);

    if (n == NULL)
        return;
    n->by.claim = c;
    c->refs++;
    n->state = (uint8_t)state;
    n->more = more;
    if (c->name != NULL)
        n->what.name = node_hold(c->name);
    if (old_name != NULL)
        more_of(n)->old_name = node_hold(old_name);
    if (rival != NULL)
        more_of(n)->rival = *rival;
}

static void release(struct engine *e, struct note *n)
{
    if (n->kind == EVENT_CLAIM) {
        claim_drop(e, n->by.claim);
        node_drop(e, n->what.name);
        if (n->more)
            node_drop(e, more_of(n)->old_name);
    } else {
        watch_drop(e, n->by.watch);
        if (n->own)
            rr_drop(e, n->what.rr);
        else
            cache_drop(e, n->what.cached);
    }
    heap_put(&e->heap, n);
}

static bool is_void(const struct note *n)
{
    return n->kind == EVENT_CLAIM ? n->by.claim->dead : n->by.watch->dead;
}

static void fill_cached(struct engine *e, const struct cached *c,
                        struct event *out)
{
    node_name(c->owner, &out->name);
    out->families = c->families;
    out->type = c->type;
    out->ttl_s = c->ttl_s;
    out->flush = c->flush;
    out->rdata_len = cached_rdata(c, e->flat);
    if (c->source != NULL)
        out->source = c->source->addr;
}

static void fill_own(struct engine *e, const struct note *n,
                     struct event *out)
{
    const struct rr *rr = n->what.rr;

    node_name(rr->owner, &out->name);
    out->local = true;
    out->families = e->links[n->link].st.families;
    out->type = rr->type;
    out->ttl_s = rr->ttl_s;
    out->flush = rr->unique;
    out->rdata_len = rr_rdata(rr, e->flat);
}

static void fill_record(struct engine *e, const struct note *n,
                        struct event *out)
{
    out->cookie = n->by.watch->cookie;
    out->class = RR_IN;
    out->rdata = e->flat;
    if (n->own)
        fill_own(e, n, out);
    else
        fill_cached(e, n->what.cached, out);
    if (n->kind == EVENT_RR_DENIED)
        out->type = n->by.watch->question->type;
}

static void fill_claim(struct note *n, struct event *out)
{
    out->cookie = n->by.claim->cookie;
    out->claim = n->by.claim;
    out->state = (enum claim_state)n->state;
    if (n->what.name != NULL)
        node_name(n->what.name, &out->name);
    if (!n->more)
        return;
    out->source = more_of(n)->rival;
    if (more_of(n)->old_name != NULL)
        node_name(more_of(n)->old_name, &out->old_name);
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
        if (is_void(n))
            continue;
        memset(out, 0, sizeof *out);
        out->kind = (enum event_kind)n->kind;
        out->link = n->link;
        if (n->kind == EVENT_CLAIM)
            fill_claim(n, out);
        else
            fill_record(e, n, out);
        return true;
    }
}
