/*
 * Responses of others. A message is read twice: once to see that it is well
 * formed and whether any of its names concerns us, and only then to act on
 * it, so that a malformed message changes nothing.
 */
#include "cache.h"
#include "conflict.h"
#include "link.h"
#include "names.h"
#include "receive.h"
#include "zone.h"

enum { ASKED_MS = 2000 }; /* unicast answers are taken (RFC 6762 section 6) */

static bool is_acceptable(struct engine *e, const struct datagram *in)
{
    const struct link *l = engine_link(e, in->link);

    if (in->port != 5353) {
        engine_drop(e, DROP_PORT);
        return false;
    }
    if (in->multicast)
        return true; /* local, whatever its source (section 11) */
    if (!link_on(l, &in->peer)) {
        engine_drop(e, DROP_OFF_LINK);
        return false;
    }
    if (!l->st.oneshot && e->now - l->qu_ms > ASKED_MS) {
        engine_drop(e, DROP_UNASKED);
        return false;
    }
    return true;
}

static unsigned record_count(const struct message_header *h)
{
    unsigned n = (unsigned)h->count[1] + h->count[2] + h->count[3];

    return n < RECORDS_READ_MAX ? n : RECORDS_READ_MAX;
}

/* Pseudo-records mean nothing here (section 10.2, D14). */
static bool is_data(const struct rr_view *rr)
{
    return rr->class == RR_IN && rr->type != RR_OPT && rr->type != RR_SIG &&
           (rr->type < 128 || rr->type > 255);
}

/* Well formed, and with a name that we know? */
static bool concerns_us(struct engine *e, struct wire_reader *rd,
                        unsigned count)
{
    bool known = false;
    struct rr_view rr;

    for (unsigned i = 0; i < count; i++) {
        if (!rr_read(rd, &rr))
            return false;
        known = known || names_find(e, &rr.name) != NULL;
    }
    return known;
}

/* A name that is ours is not learned from others, least of all our own
 * denials when they come back, from this link or another on the same LAN. */
static bool is_ours(const struct node *n, uint16_t type, unsigned link)
{
    return node_exclusive(n, link) || (type == RR_NSEC && !list_empty(&n->own));
}

static void act(struct engine *e, const struct datagram *in, struct node *n,
                const struct wire_reader *rd, const struct rr_view *rr,
                bool authority)
{
    int len = rdata_flatten(rd, rr, e->flat);

    if (len < 0) {
        engine_malformed(e, in->link, DROP_BAD_RDATA);
        return;
    }
    if (engine_link(e, in->link)->leaving != 0 && rr->ttl_s != 0)
        zone_succeeded(e, in->link, n, rr->type, e->flat, (size_t)len);
    if ((!list_empty(&n->own) || n->claim != NULL) &&
        conflict_check(e, in, n, rr, e->flat, (size_t)len))
        return;
    if (!authority && !is_ours(n, rr->type, in->link))
        cache_take(e, in, n, rr, e->flat, (size_t)len);
}

/* Act on each record; how many had a name without a node. */
static unsigned take_all(struct engine *e, const struct datagram *in,
                         struct wire_reader rd,
                         const struct message_header *h, bool again)
{
    unsigned count = record_count(h), missed = 0;

    for (unsigned i = 0; i < count; i++) {
        struct rr_view rr;
        struct node *n;
        bool authority =
            i >= h->count[1] && i < (unsigned)h->count[1] + h->count[2];

        if (!rr_read(&rd, &rr))
            break;
        n = names_find(e, &rr.name);
        if (n == NULL || !is_data(&rr)) {
            missed++;
            continue;
        }
        node_hold(n);
        if (!again || list_empty(&n->own))
            act(e, in, n, &rd, &rr, authority);
        if (!cache_wanted(n, rr.type, in->link))
            missed++;
        node_drop(e, n);
    }
    return missed;
}

void hear_response(struct engine *e, const struct datagram *in,
                   struct wire_reader *rd, const struct message_header *h)
{
    uint32_t cached = e->stats.cached_records;
    struct wire_reader records;

    if (!is_acceptable(e, in))
        return;
    for (unsigned i = 0; i < h->count[0]; i++)
        if (!name_skip(rd) || wire_bytes(rd, 4) == NULL)
            return;
    records = *rd;
    if (!concerns_us(e, rd, record_count(h)))
        return;
    /* What was new may have made records in front of it wanted. */
    if (take_all(e, in, records, h, false) != 0 &&
        e->stats.cached_records > cached)
        take_all(e, in, records, h, true);
}
