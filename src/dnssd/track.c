/*
 * track.c - one client's view of one instance or type
 *
 * A track is marked when its item changes and looked at when the engine has
 * no more events. What is true then is compared with what was reported last;
 * the difference is the event.
 */
#include "state.h"

void track_mark(struct dnssd *d, struct track *t)
{
    if (list_empty(&t->marked))
        list_append(&d->marked, &t->marked);
}

static struct track *track_find(const struct item *item,
                                const struct dnssd_browse *b)
{
    /* One track a browse: as many as clients look for the same type. */
    LIST_EACH(struct track, t, &item->users, by_item)
        if (t->browse == b)
            return t;
    return NULL;
}

static struct track *track_new(struct dnssd *d, uint64_t now_ms,
                               struct dnssd_browse *b, struct item *item)
{
    struct track *t = pool_get(&d->tracks);

    if (t == NULL) {
        if (list_empty(&item->users))
            item_free(d, item);
        return NULL;
    }
    t->browse = b;
    t->item = item;
    t->link = item->link;
    list_append(&item->users, &t->by_item);
    list_append(&b->tracks, &t->by_browse);
    if (b->resolve)
        resolve_start(d, now_ms, item);
    return t;
}

void track_free(struct dnssd *d, struct track *t)
{
    struct item *item = t->item;

    list_remove(&t->marked);
    list_remove(&t->by_item);
    list_remove(&t->by_browse);
    if (t->browse->resolve)
        resolve_stop(d, item);
    if (list_empty(&item->users))
        item_free(d, item);
    d->freed++;
    pool_put(&d->tracks, t);
}

static uint8_t item_link(enum node_kind kind, const struct event *ev)
{
    return kind == NODE_TYPE ? (uint8_t)ENGINE_NO_LINK : ev->link;
}

/* The track of that item, made if there is none; NULL if there is no room:
 * the item is left out until refill(). */
static struct track *track_get(struct dnssd *d, uint64_t now_ms,
                               struct dnssd_browse *b, enum node_kind kind,
                               const struct name *name, uint8_t link)
{
    struct item *item = item_get(d, kind, name, link);
    struct track *t = NULL;

    if (item != NULL) {
        t = track_find(item, b);
        if (t == NULL)
            t = track_new(d, now_ms, b, item);
    }
    if (t == NULL) {
        d->left_out++;
        d->starved = true;
        b->starved = true;
    }
    return t;
}

void track_heard(struct dnssd *d, uint64_t now_ms, struct dnssd_browse *b,
                 enum node_kind kind, const struct name *name,
                 const struct event *ev)
{
    struct track *t = track_get(d, now_ms, b, kind, name,
                                item_link(kind, ev));
    uint16_t *count;

    if (t == NULL)
        return;
    if (kind == NODE_TYPE && t->heard + t->local == 0 && !t->reported)
        t->link = ev->link;
    count = ev->local ? &t->local : &t->heard;
    /* A type is named from many links and an instance to resolve by several
     * SRV records, but one PTR names an instance to a browse. */
    if (ev->kind == EVENT_RR_ADD &&
        (b->kind != BROWSE_INSTANCES || *count == 0) && *count < UINT16_MAX)
        ++*count;
    t->families |= ev->families;
    t->ttl_s = ev->ttl_s;
    t->source = ev->source;
    track_mark(d, t);
}

void track_gone(struct dnssd *d, struct dnssd_browse *b, enum node_kind kind,
                const struct name *name, const struct event *ev)
{
    struct item *item = item_find(d, kind, name, item_link(kind, ev));
    struct track *t = item != NULL ? track_find(item, b) : NULL;
    uint16_t *count;

    if (t == NULL)
        return;
    count = ev->local ? &t->local : &t->heard;
    if (*count > 0)
        --*count;
    if (kind == NODE_TYPE)
        t->link = ev->link;
    track_mark(d, t);
}

/* --- events ---------------------------------------------------------- */

/* FNV-1a over what a client sees of a resolved instance. */
static uint64_t digest_add(uint64_t digest, const void *data, size_t len)
{
    const uint8_t *p = data;

    for (size_t i = 0; i < len; i++)
        digest = (digest ^ p[i]) * UINT64_C(0x100000001b3);
    return digest;
}

static uint64_t digest(const struct dnssd_event *ev)
{
    uint16_t numbers[3] = {ev->priority, ev->weight, ev->port};
    uint64_t sum = UINT64_C(0xcbf29ce484222325);

    sum = digest_add(sum, numbers, sizeof numbers);
    sum = digest_add(sum, ev->host.wire, ev->host.len);
    sum = digest_add(sum, ev->txt, ev->txt_len);
    for (unsigned i = 0; i < ev->addr_count; i++)
        sum = digest_add(sum, &ev->addrs[i], sizeof ev->addrs[i]);
    return sum;
}

static void fill(struct track *t, enum dnssd_event_kind kind,
                 struct dnssd_event *out)
{
    const uint8_t *label;

    out->kind = kind;
    out->cookie = t->browse->cookie;
    out->link = t->link;
    out->families = t->families;
    t->families_told = t->families;
    out->local = t->local > 0;
    out->ttl_s = t->ttl_s;
    out->source = t->source;
    bytes_name(&t->item->name, &out->name);
    if (t->item->node.kind == NODE_TYPE) {
        struct name asked; /* _services._dns-sd._udp.<domain> */

        out->type = out->name;
        bytes_name(&t->browse->name, &asked);
        name_suffix(&asked, 3, &out->domain);
    } else {
        bool ok = dnssd_split(&out->name, &label, &out->type, &out->domain);

        assert(ok); /* browse.c lets no other name in */
        (void)ok;
    }
}

enum completeness {
    INCOMPLETE,
    COMPLETE,
    UNAVAILABLE, /* the SRV target is "." (RFC 2782) */
};

/* Put SRV, TXT and addresses into out if all are known. */
static enum completeness fill_resolved(struct dnssd *d,
                                       const struct item *item,
                                       struct dnssd_event *out)
{
    const struct rec *srv = resolve_choose(item);
    const struct rec *txt;

    if (srv == NULL)
        return INCOMPLETE;
    if (srv->u.srv.target == NULL)
        return UNAVAILABLE;
    out->addr_count = resolve_addrs(srv->u.srv.target, out->addrs);
    if (out->addr_count == 0 || !resolve_txt(item, &txt))
        return INCOMPLETE;

    out->resolved = true;
    bytes_name(&srv->u.srv.target->name, &out->host);
    out->priority = srv->u.srv.priority;
    out->weight = srv->u.srv.weight;
    out->port = srv->u.srv.port;
    d->txt[0] = 0; /* denied or empty: one empty string, section 6.1 */
    out->txt = d->txt;
    out->txt_len = 1;
    if (txt != NULL && txt->u.txt.len > 0) {
        bytes_get(&txt->u.txt, d->txt);
        out->txt_len = txt->u.txt.len;
    }
    return COMPLETE;
}

/*
 * What was reported is no longer complete although its PTR stands: its host
 * has gone without a goodbye. Doubt the records that led here, so that they
 * go as well unless somebody confirms them (RFC 6762 section 10.4).
 */
static void doubt(struct dnssd *d, uint64_t now_ms, struct track *t)
{
    struct name asked, name;
    bool has_srv = resolve_choose(t->item) != NULL;

    bytes_name(&t->item->name, &name);
    if (has_srv && !t->doubted_srv) {
        t->doubted_srv = true;
        engine_reconfirm(d->engine, now_ms, &name, RR_SRV, NULL, 0);
    } else if (!has_srv && !t->doubted_ptr &&
               t->browse->kind == BROWSE_INSTANCES) {
        t->doubted_ptr = true;
        bytes_name(&t->browse->name, &asked);
        engine_reconfirm(d->engine, now_ms, &asked, RR_PTR, name.wire,
                         name.len);
    }
}

/* Its PTR has come over another family too since a client was told. */
static bool wider(const struct track *t)
{
    return t->browse->kind == BROWSE_INSTANCES &&
           (t->families & ~t->families_told) != 0;
}

static bool look_resolved(struct dnssd *d, uint64_t now_ms, struct track *t,
                          struct dnssd_event *out)
{
    uint64_t now;
    bool before = t->reported;

    switch (fill_resolved(d, t->item, out)) {
    case INCOMPLETE:
        if (t->reported)
            doubt(d, now_ms, t);
        return false;
    case UNAVAILABLE:
        t->reported = false;
        fill(t, DNSSD_LOST, out);
        return before;
    case COMPLETE:
        break;
    }
    t->doubted_srv = t->doubted_ptr = false;
    now = digest(out);
    if (before && now == t->digest && !wider(t))
        return false;
    t->digest = now;
    t->reported = true;
    fill(t, before ? DNSSD_CHANGED : DNSSD_FOUND, out);
    return true;
}

bool track_next(struct dnssd *d, uint64_t now_ms, struct dnssd_event *out)
{
    struct track *t = LIST_FIRST(&d->marked, struct track, marked);
    bool type = t->item->node.kind == NODE_TYPE;
    bool before = t->reported;

    assert(!list_empty(&d->marked));
    list_remove(&t->marked);
    if (t->browse->holding) {
        list_append(&t->browse->held, &t->marked);
        return false;
    }
    memset(out, 0, sizeof *out);
    if (t->heard == 0 && t->local == 0) {
        fill(t, type ? DNSSD_TYPE_LOST : DNSSD_LOST, out);
        track_free(d, t);
        return before;
    }
    if (t->browse->resolve)
        return look_resolved(d, now_ms, t, out);
    if (before && !wider(t))
        return false;
    t->reported = true;
    fill(t, before ? DNSSD_CHANGED : type ? DNSSD_TYPE_FOUND : DNSSD_FOUND,
         out);
    return true;
}
