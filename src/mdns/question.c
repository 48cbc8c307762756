/*
 * What clients ask: one question for all who want the same, on each link a
 * series of queries at growing intervals (RFC 6762 section 5.2), which ends
 * when a unique answer is known. No interest, no traffic.
 */
#include "cache.h"
#include "names.h"
#include "note.h"
#include "question.h"
#include "zone.h"

enum {
    FIRST_LOW_MS = 20, /* random wait before the first query */
    FIRST_HIGH_MS = 120,
    INTERVAL_FIRST_MS = 1000,
    INTERVAL_MAX_MS = 3600000,
    QUERY_GAP_MS = 1000,  /* at least, between two of one question */
    ACTIVATION_MS = 500,  /* questions this young a link are asked by QU */
};

bool question_wants(const struct question *q, uint16_t type)
{
    return q->type == type || q->type == RR_ANY || type == RR_CNAME;
}

struct qlink *question_on(const struct question *q, unsigned link)
{
    struct qlink *ql = q->links;

    while (ql != NULL && ql->link != link)
        ql = ql->question_next;
    return ql;
}

static bool is_wanted_on(const struct question *q, unsigned link)
{
    for (const struct watch *w = q->watches; w != NULL; w = w->next)
        if (w->mask & link_bit(link))
            return true;
    return false;
}

/* --- the series ----------------------------------------------------------- */

/* Those that begin together leave in the same packets (section 5.3), now and
 * as long as their intervals grow alike. */
static void start_series(struct engine *e, struct qlink *ql)
{
    struct link *l = engine_link(e, ql->link);

    ql->interval_ms = 0;
    if (l->series_ms < e->now + FIRST_LOW_MS)
        l->series_ms = e->now + engine_random(e, FIRST_LOW_MS, FIRST_HIGH_MS);
    timers_set(&e->timers, &ql->timer, l->series_ms);
}

/* Whether the whole answer is known: a unique record or a denial in the
 * cache, or a name that is ours. */
static bool is_answered(const struct question *q, unsigned link)
{
    if (node_exclusive(q->node, link))
        return true;
    if (q->type == RR_ANY || node_is_type(q->node))
        return false; /* there may always be one more */
    LIST_EACH(const struct cached, c, &q->node->cached, by_node)
        if (c->link == link && (c->flush || c->type == RR_NSEC) &&
            cache_answers(c, q))
            return true;
    return false;
}

static void ask(struct engine *e, struct qlink *ql)
{
    struct link *l = engine_link(e, ql->link);

    if (!list_empty(&ql->queue)) {
        if (ql->asking) /* its known answers are slow to leave */
            timers_set(&e->timers, &ql->timer, e->now + QUERY_GAP_MS);
        return;
    }
    if (ql->last_ms != 0 && e->now - ql->last_ms < QUERY_GAP_MS) {
        timers_set(&e->timers, &ql->timer, ql->last_ms + QUERY_GAP_MS);
        return;
    }
    ql->asking = false;
    list_append(&l->asks, &ql->queue);
    tx_wanted(e, ql->link);
}

void qlink_timer(struct engine *e, struct qlink *ql)
{
    ask(e, ql);
}

void qlink_refresh(struct engine *e, struct qlink *ql)
{
    ql->refresh = true;
    ask(e, ql);
}

void qlink_sent(struct engine *e, struct qlink *ql)
{
    uint64_t gap = e->now - ql->last_ms;
    bool series = !ql->refresh || !timers_is_set(&ql->timer);

    ql->last_ms = e->now;
    ql->refresh = false;
    ql->qu = false;
    if (ql->settled) {
        timers_cancel(&e->timers, &ql->timer);
        return;
    }
    if (!series)
        return;
    /* Twice the gap as it was on the wire, not as it was planned. */
    if (ql->interval_ms == 0)
        ql->interval_ms = INTERVAL_FIRST_MS;
    else
        ql->interval_ms = 2 * (gap > ql->interval_ms ? gap : ql->interval_ms);
    if (ql->interval_ms > INTERVAL_MAX_MS)
        ql->interval_ms = INTERVAL_MAX_MS;
    timers_set(&e->timers, &ql->timer, e->now + ql->interval_ms);
}

void qlink_overheard(struct engine *e, struct qlink *ql, uint8_t family)
{
    uint8_t all = engine_link(e, ql->link)->st.families;
    bool queued = !list_empty(&ql->queue);

    if (ql->qu || (!queued && timers_due_ms(&e->timers, &ql->timer) >
                                  e->now + QUERY_GAP_MS))
        return;
    /* It does for ours only where it was asked over all our families. */
    if (e->now - ql->overheard_ms > QUERY_GAP_MS)
        ql->overheard = 0;
    ql->overheard |= family;
    ql->overheard_ms = e->now;
    if ((ql->overheard & all) != all)
        return;
    ql->overheard = 0;
    list_remove(&ql->queue);
    timers_cancel(&e->timers, &ql->timer);
    qlink_sent(e, ql);
}

void question_settle(struct engine *e, struct node *n, unsigned link)
{
    for (struct question *q = n->questions; q != NULL; q = q->node_next) {
        struct qlink *ql = question_on(q, link);
        bool answered = is_answered(q, link);

        if (ql == NULL || ql->settled == answered)
            continue;
        ql->settled = answered;
        if (answered) {
            timers_cancel(&e->timers, &ql->timer);
            ql->qu = false; /* what comes is a refresh, some time */
            if (!ql->refresh)
                list_remove(&ql->queue);
        } else {
            start_series(e, ql);
        }
    }
}

/* --- links ------------------------------------------------------------------ */

void question_link_up(struct engine *e, struct question *q, unsigned link)
{
    const struct link *l = engine_link(e, link);
    struct qlink *ql;

    if (!is_wanted_on(q, link) || question_on(q, link) != NULL)
        return;
    if (!engine_reserve_timer(e)) {
        engine_drop(e, DROP_BUSY);
        return;
    }
    ql = engine_get(e, sizeof *ql);
    if (ql == NULL) {
        timers_release(&e->timers);
        engine_drop(e, DROP_BUSY);
        return;
    }
    ql->timer.kind = TIMER_QLINK;
    ql->link = (uint8_t)link;
    ql->question = q;
    ql->qu = e->now - l->up_ms < ACTIVATION_MS;
    ql->question_next = q->links;
    q->links = ql;
    ql->settled = is_answered(q, link);
    if (!ql->settled)
        start_series(e, ql);
}

void question_restart(struct engine *e, struct question *q, unsigned link)
{
    struct qlink *ql = question_on(q, link);

    if (ql == NULL)
        return;
    list_remove(&ql->queue);
    ql->settled = false;
    ql->refresh = false;
    ql->qu = e->now - engine_link(e, link)->up_ms < ACTIVATION_MS;
    start_series(e, ql);
}

static void qlink_free(struct engine *e, struct question *q, struct qlink *ql)
{
    struct qlink **p = &q->links;

    while (*p != ql)
        p = &(*p)->question_next;
    *p = ql->question_next;
    list_remove(&ql->queue);
    timers_cancel(&e->timers, &ql->timer);
    timers_release(&e->timers);
    heap_put(&e->heap, ql);
}

void question_link_down(struct engine *e, struct question *q, unsigned link)
{
    struct qlink *ql = question_on(q, link);

    if (ql != NULL)
        qlink_free(e, q, ql);
}

/* --- clients ------------------------------------------------------------------ */

static struct question *question_get(struct engine *e, const struct name *name,
                                     uint16_t type)
{
    struct node *n = names_get(e, name, false);
    struct question *q;

    if (n == NULL)
        return NULL;
    for (q = n->questions; q != NULL && q->type != type; q = q->node_next)
        ;
    if (q != NULL) {
        node_drop(e, n);
        return q;
    }
    q = engine_get(e, sizeof *q);
    if (q == NULL) {
        node_drop(e, n);
        return NULL;
    }
    q->node = n; /* with our reference */
    q->type = type;
    q->node_next = n->questions;
    n->questions = q;
    return q;
}

static void question_free(struct engine *e, struct question *q)
{
    struct node *n = q->node;
    struct question **p = &n->questions;

    while (q->links != NULL)
        qlink_free(e, q, q->links);
    while (*p != q)
        p = &(*p)->node_next;
    *p = q->node_next;
    heap_put(&e->heap, q);
    cache_review(e, n);
    node_drop(e, n);
}

/* What is known already. */
static void report(struct engine *e, struct watch *w)
{
    const struct question *q = w->question;

    LIST_EACH(struct cached, c, &q->node->cached, by_node)
        if ((w->mask & link_bit(c->link)) && cache_answers(c, q))
            note_cached_to(e, c->type == RR_NSEC && q->type != RR_NSEC
                                  ? EVENT_RR_DENIED
                                  : EVENT_RR_ADD,
                           c, w);
    LIST_EACH(struct rr, rr, &q->node->own, by_node)
        for (struct rrlink *rl = rr_links(rr); rl != NULL; rl = rl->next)
            if ((rl->flags & RL_LIVE) && (w->mask & link_bit(rl->link)) &&
                rr->type != RR_NSEC && question_wants(q, rr->type))
                note_own_to(e, EVENT_RR_ADD, rl, w);
}

struct watch *engine_watch(struct engine *e, uint64_t now_ms,
                           const struct name *name, uint16_t type,
                           uint64_t links, void *cookie)
{
    struct watch *w;
    struct question *q;

    e->now = now_ms + TIME_BIAS_MS;
    if (e->stats.watches >= e->cfg.watches_max || name->len <= 1)
        return NULL;
    w = engine_get(e, sizeof *w);
    if (w == NULL)
        return NULL;
    q = question_get(e, name, type);
    if (q == NULL) {
        heap_put(&e->heap, w);
        return NULL;
    }
    w->question = q;
    w->cookie = cookie;
    w->mask = links;
    w->refs = 1;
    w->next = q->watches;
    q->watches = w;
    e->stats.watches++;
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++)
        if (e->up_links & links & link_bit(i))
            question_link_up(e, q, i);
    cache_review(e, q->node); /* what is asked now is wanted again */
    report(e, w);
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++)
        if (e->up_links & links & link_bit(i))
            note_own_denial(e, w, i);
    return w;
}

void engine_unwatch(struct engine *e, struct watch *w)
{
    struct question *q = w->question;
    struct watch **p = &q->watches;
    struct qlink *next;

    assert(!w->dead);
    while (*p != w)
        p = &(*p)->next;
    *p = w->next;
    w->dead = true;
    e->stats.watches--;
    watch_drop(e, w);
    if (q->watches == NULL) {
        question_free(e, q);
        return;
    }
    for (struct qlink *ql = q->links; ql != NULL; ql = next) {
        next = ql->question_next;
        if (!is_wanted_on(q, ql->link))
            qlink_free(e, q, ql);
    }
}

unsigned engine_reconfirm(struct engine *e, uint64_t now_ms,
                          const struct name *name, uint16_t type,
                          const uint8_t *rdata, size_t rdata_len)
{
    enum { RECONFIRM_MS = 10000 };
    struct node *n = names_find(e, name);
    unsigned count = 0;

    e->now = now_ms + TIME_BIAS_MS;
    if (n == NULL)
        return 0;
    LIST_EACH(struct cached, c, &n->cached, by_node) {
        if (c->type != type ||
            (rdata != NULL && !cached_equal(c, type, rdata, rdata_len)))
            continue;
        cache_expire_in(e, c, RECONFIRM_MS);
        for (struct question *q = n->questions; q != NULL; q = q->node_next)
            if (question_wants(q, type))
                question_restart(e, q, c->link);
        count++;
    }
    return count;
}
