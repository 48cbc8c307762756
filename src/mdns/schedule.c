/*
 * What waits to be sent on a link, and until when.
 *
 * An answer is queued once, in the link's ready list or in a batch of
 * answers due at one time; asked for again, it only gains families or an
 * earlier time. The one-second rule (RFC 6762 section 6) moves the time.
 * Nothing here takes memory for each answer, so queries cannot make the
 * queues grow.
 */
#include "names.h"
#include "schedule.h"
#include "zone.h"

enum {
    HOLD_MS = 500,            /* aggregation (RFC 6762 section 6.4) */
    BATCH_SLACK_MS = 20,      /* answers due within share a batch */
    TC_LOW_MS = 400,
    TC_HIGH_MS = 500,
    TC_TOTAL_MS = 3000,       /* from the first truncated packet */
};

#define RL_SENDING \
    (RL_URGENT | RL_DEFENCE | RL_GOODBYE | RL_READY | RL_REST)

void schedule_cancel(struct rrlink *rl)
{
    list_remove(&rl->queue);
    rl->batch = 0;
    rl->families = 0;
    rl->flags &= (uint8_t)~RL_SENDING;
}

/* When a member of the record's RRset was multicast last. */
static uint64_t last_of_set(const struct rrlink *rl)
{
    const struct rr *of = rl_rr(rl);
    uint64_t last = rl->last_ms;

    LIST_EACH(const struct rr, rr, &of->owner->own, by_node) {
        const struct rrlink *other = rr_on(rr, rl->link);

        if (rr->type == of->type && other != NULL && other->last_ms > last)
            last = other->last_ms;
    }
    return last;
}

uint64_t schedule_earliest(const struct rrlink *rl, uint8_t flags)
{
    uint64_t last = rl->last_ms;

    if (flags & RL_GOODBYE)
        return 0;
    if (rl_rr(rl)->unique && !(flags & RL_REST))
        last = last_of_set(rl);
    if (last == 0)
        return 0;
    return last + (flags & RL_DEFENCE ? REPEAT_DEFENCE_MS : REPEAT_MS);
}

static void make_ready(struct engine *e, struct rrlink *rl)
{
    struct link *l = engine_link(e, rl->link);

    if (list_empty(&l->ready))
        l->ready_ms = e->now;
    rl->batch = 0;
    rl->flags |= RL_READY;
    list_remove(&rl->queue);
    list_append(&l->ready, &rl->queue);
    tx_wanted(e, rl->link);
}

void schedule_now(struct engine *e, struct rrlink *rl, uint8_t families,
                  uint8_t flags)
{
    struct link *l = engine_link(e, rl->link);
    uint64_t at;

    if (!l->up)
        return;
    rl->flags |= flags;
    rl_add_families(rl, families);
    at = schedule_earliest(rl, rl->flags);
    if (!(rl->flags & RL_READY)) {
        if (at > e->now) {
            schedule_at(e, rl, families, flags, at, NULL);
            return;
        }
        make_ready(e, rl);
    }
    l->flush_now = true;
    tx_wanted(e, rl->link);
}

/* --- batches ------------------------------------------------------------ */

static struct batch *batch_new(struct engine *e, struct link *l,
                               uint64_t due_ms)
{
    unsigned number = 0;
    struct batch *b;

    if (l->batch_count >= BATCHES_MAX + TC_SENDERS_MAX ||
        !engine_reserve_timer(e))
        return NULL;
    while (l->batch_at[number] != NULL)
        number++;
    b = engine_get(e, sizeof *b);
    if (b == NULL) {
        timers_release(&e->timers);
        return NULL;
    }
    b->timer.kind = TIMER_BATCH;
    b->link = l->number;
    b->number = (uint8_t)(number + 1);
    l->batch_at[number] = b;
    b->first_ms = e->now;
    list_append(&l->batches, &b->all);
    l->batch_count++;
    timers_set(&e->timers, &b->timer, due_ms);
    return b;
}

static void batch_free(struct engine *e, struct batch *b)
{
    struct link *l = engine_link(e, b->link);

    l->batch_count--;
    l->batch_at[b->number - 1] = NULL;
    if (b->tc)
        l->tc_count--;
    list_remove(&b->all);
    timers_cancel(&e->timers, &b->timer);
    timers_release(&e->timers);
    heap_put(&e->heap, b);
}

/* A batch due at that time or a little later. At the limit any other: what
 * is not due then is put off once more. */
static struct batch *batch_for(struct engine *e, struct link *l,
                               uint64_t due_ms)
{
    struct batch *other = NULL;

    LIST_EACH(struct batch, b, &l->batches, all) {
        uint64_t at = timers_due_ms(&e->timers, &b->timer);

        if (b->tc || !timers_is_set(&b->timer))
            continue;
        if (at >= due_ms && at <= due_ms + BATCH_SLACK_MS)
            return b;
        if (other == NULL ||
            at > timers_due_ms(&e->timers, &other->timer))
            other = b;
    }
    if (l->batch_count - l->tc_count < BATCHES_MAX) {
        struct batch *b = batch_new(e, l, due_ms);

        if (b != NULL)
            return b;
    }
    return other;
}

static bool stays(struct engine *e, const struct rrlink *rl, uint64_t due_ms,
                  const struct batch *tc)
{
    const struct batch *in;

    if (rl->flags & RL_READY)
        return true;
    if (rl->batch == 0)
        return false;
    in = engine_link(e, rl->link)->batch_at[rl->batch - 1];
    /* What another host asked for too is no longer to be struck out. */
    if (in->tc != (tc != NULL))
        return tc != NULL;
    return tc != NULL || timers_due_ms(&e->timers, &in->timer) <=
                             due_ms + BATCH_SLACK_MS;
}

void schedule_at(struct engine *e, struct rrlink *rl, uint8_t families,
                 uint8_t flags, uint64_t due_ms, struct batch *tc)
{
    struct link *l = engine_link(e, rl->link);
    struct batch *b = tc;
    uint64_t at;

    if (!l->up)
        return;
    rl_add_families(rl, families);
    rl->flags |= flags;
    at = schedule_earliest(rl, rl->flags);
    if (at < due_ms) {
        at = due_ms;
        if (tc == NULL && at > l->last_due_ms)
            l->last_due_ms = at;
    }
    if (stays(e, rl, at, b))
        return;
    if (b == NULL)
        b = batch_for(e, l, at);
    if (b == NULL) {
        engine_drop(e, DROP_BUSY);
        if (rl->batch == 0)
            schedule_cancel(rl);
        return;
    }
    list_remove(&rl->queue);
    list_append(&b->rrlinks, &rl->queue);
    rl->batch = b->number;
}

static void hold_back(struct engine *e, struct link *l)
{
    uint64_t until = l->ready_ms + HOLD_MS;

    if (l->last_due_ms < until)
        until = l->last_due_ms;
    if (until <= e->now || l->flush_now) {
        l->flush_now = true;
        return;
    }
    timers_set(&e->timers, &l->flush, until);
}

void schedule_batch_due(struct engine *e, struct batch *b)
{
    struct link *l = engine_link(e, b->link);

    while (!list_empty(&b->rrlinks)) {
        struct rrlink *rl =
            LIST_FIRST(&b->rrlinks, struct rrlink, queue);
        uint64_t at = schedule_earliest(rl, rl->flags);

        list_remove(&rl->queue);
        rl->batch = 0;
        if (at > e->now)
            schedule_at(e, rl, 0, 0, at, NULL);
        else
            make_ready(e, rl);
        if (rl->flags & (RL_URGENT | RL_DEFENCE))
            l->flush_now = true;
    }
    if (b->reply != NULL) {
        b->reply->batch = NULL;
        reply_due(e, b->reply, e->now);
    }
    batch_free(e, b);
    if (!list_empty(&l->ready))
        hold_back(e, l);
}

struct batch *schedule_tc(struct engine *e, struct link *l,
                          const struct addr *source, bool make)
{
    struct batch *made, *oldest = NULL;

    LIST_EACH(struct batch, b, &l->batches, all) {
        if (!b->tc)
            continue;
        if (addr_equal(&b->source, source))
            return b;
        if (oldest == NULL)
            oldest = b;
    }
    if (!make)
        return NULL;
    if (l->tc_count >= TC_SENDERS_MAX)
        schedule_batch_due(e, oldest); /* answered without suppression */
    made = batch_new(e, l, e->now + engine_random(e, TC_LOW_MS, TC_HIGH_MS));
    if (made == NULL)
        return NULL;
    made->tc = true;
    made->source = *source;
    l->tc_count++;
    return made;
}

void schedule_tc_extend(struct engine *e, struct batch *b)
{
    uint64_t due = e->now + engine_random(e, TC_LOW_MS, TC_HIGH_MS);

    if (due > b->first_ms + TC_TOTAL_MS)
        due = b->first_ms + TC_TOTAL_MS;
    timers_set(&e->timers, &b->timer, due > e->now ? due : e->now);
}

/* --- unicast replies -------------------------------------------------------- */

/* Most replies are freed as soon as they are sent: one is always at hand. */
static struct reply *reply_get(struct engine *e, size_t len)
{
    struct reply *r = e->spare;

    if (len <= REPLY_LEN && r != NULL) {
        e->spare = NULL;
        memset(r, 0, sizeof *r);
    } else {
        r = engine_get(e, len <= REPLY_LEN ? REPLY_LEN : len);
    }
    if (r != NULL)
        r->usual = len <= REPLY_LEN;
    return r;
}

static void reply_put(struct engine *e, struct reply *r)
{
    if (r->usual && e->spare == NULL)
        e->spare = r;
    else
        heap_put(&e->heap, r);
}

struct reply *schedule_reply(struct engine *e, const struct datagram *in,
                             unsigned room, size_t question_len)
{
    struct link *l = engine_link(e, in->link);
    size_t len = sizeof(struct reply) + room * sizeof(struct rr *) +
                 question_len;
    struct reply *r = NULL;

    if (l->reply_count < REPLIES_MAX && engine_reserve_timer(e)) {
        r = reply_get(e, len);
        if (r == NULL)
            timers_release(&e->timers);
    }
    if (r == NULL) {
        engine_drop(e, DROP_BUSY);
        return NULL;
    }
    r->timer.kind = TIMER_REPLY;
    r->link = in->link;
    r->family = in->family;
    r->peer = in->peer;
    r->port = in->port;
    r->local = in->local;
    r->room = (uint16_t)room;
    r->question = (uint8_t *)&r->rrs[room];
    l->reply_count++;
    return r;
}

bool reply_add(struct reply *r, struct rr *rr)
{
    for (unsigned i = 0; i < r->count; i++)
        if (r->rrs[i] == rr)
            return true;
    if (r->count >= r->room)
        return false;
    rr->refs++;
    r->rrs[r->count++] = rr;
    return true;
}

void reply_strike(struct engine *e, struct reply *r, const struct rr *rr)
{
    for (unsigned i = 0; i < r->count; i++) {
        if (r->rrs[i] != rr)
            continue;
        rr_drop(e, r->rrs[i]);
        r->rrs[i] = r->rrs[--r->count];
        return;
    }
}

void reply_due(struct engine *e, struct reply *r, uint64_t due_ms)
{
    struct link *l = engine_link(e, r->link);

    list_remove(&r->queue);
    if (due_ms > e->now) {
        list_append(&l->later, &r->queue);
        timers_set(&e->timers, &r->timer, due_ms);
        return;
    }
    timers_cancel(&e->timers, &r->timer);
    list_append(&l->replies, &r->queue);
    tx_wanted(e, r->link);
}

void reply_free(struct engine *e, struct reply *r)
{
    engine_link(e, r->link)->reply_count--;
    if (r->batch != NULL)
        r->batch->reply = NULL;
    for (unsigned i = 0; i < r->count; i++)
        rr_drop(e, r->rrs[i]);
    node_drop(e, r->first);
    list_remove(&r->queue);
    timers_cancel(&e->timers, &r->timer);
    timers_release(&e->timers);
    reply_put(e, r);
}

/* --- the link goes ----------------------------------------------------------- */

static void forget(struct engine *e, struct list *rrlinks)
{
    while (!list_empty(rrlinks)) {
        struct rrlink *rl = LIST_FIRST(rrlinks, struct rrlink, queue);

        schedule_cancel(rl);
        if (rl_rr(rl)->dead)
            rrlink_detach(e, rl); /* nobody to say goodbye to */
    }
}

static void forget_replies(struct engine *e, struct list *replies)
{
    while (!list_empty(replies))
        reply_free(e, LIST_FIRST(replies, struct reply, queue));
}

void schedule_link_down(struct engine *e, struct link *l)
{
    forget(e, &l->ready);
    while (!list_empty(&l->batches)) {
        struct batch *b = LIST_FIRST(&l->batches, struct batch, all);

        forget(e, &b->rrlinks);
        if (b->reply != NULL)
            reply_free(e, b->reply);
        batch_free(e, b);
    }
    forget_replies(e, &l->replies);
    forget_replies(e, &l->later);
    timers_cancel(&e->timers, &l->flush);
    timers_cancel(&e->timers, &l->pace_timer);
    l->flush_now = false;
}
