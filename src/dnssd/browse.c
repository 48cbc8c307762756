/*
 * browse.c - what clients look for: instances, types, one instance, the
 * addresses of a host, or raw records
 *
 * A browse is one or two watches of the engine. Raw records and addresses
 * are passed on one by one; PTR and SRV records that name an instance or a
 * type make tracks, which make the events.
 */
#include "state.h"

enum {
    TYPE_LABEL_MAX = 32, /* twice what RFC 6763 section 7.2 allows */
    ALIAS_HOPS_MAX = 8,  /* chains are short, and loops come to an end */
};

/* --- starting and stopping ------------------------------------------- */

static void unwatch_pair(struct dnssd *d, struct watch *pair[2])
{
    for (int i = 0; i < 2; i++) {
        if (pair[i] != NULL)
            engine_unwatch(d->engine, pair[i]);
        pair[i] = NULL;
    }
}

static void browse_free(struct dnssd *d, struct dnssd_browse *b)
{
    unwatch_pair(d, b->alias);
    unwatch_pair(d, b->watch);
    list_remove(&b->all);
    bytes_free(&d->chunks, &b->name);
    pool_put(&d->browses, b);
}

/* A browse for name that watches one type, or two if type2 is not 0. */
static struct dnssd_browse *browse_new(struct dnssd *d, uint64_t now_ms,
                                       enum browse_kind kind,
                                       const struct name *name,
                                       uint16_t type, uint16_t type2,
                                       uint64_t links, void *cookie)
{
    uint16_t types[2] = {type, type2};
    struct dnssd_browse *b = pool_get(&d->browses);

    if (b == NULL)
        return NULL;
    b->node.kind = NODE_BROWSE;
    b->kind = (uint8_t)kind;
    b->cookie = cookie;
    b->links = links;
    list_append(&d->all, &b->all);
    if (!bytes_put(&d->chunks, &b->name, name->wire, name->len)) {
        browse_free(d, b);
        return NULL;
    }
    for (int i = 0; i < 2 && types[i] != 0; i++) {
        b->watch[i] = engine_watch(d->engine, now_ms, name, types[i], links,
                                   b);
        if (b->watch[i] == NULL) {
            browse_free(d, b);
            return NULL;
        }
    }
    return b;
}

struct dnssd_browse *dnssd_browse(struct dnssd *d, uint64_t now_ms,
                                  const struct dnssd_type *type,
                                  const struct name *domain, uint64_t links,
                                  unsigned flags, void *cookie)
{
    struct name name = type->base;
    struct dnssd_browse *b;

    if (!name_append(&name, domain))
        return NULL;
    if (type->sub_len > 0 &&
        (!name_prepend(&name, "_sub", 4) ||
         !name_prepend(&name, type->sub, type->sub_len)))
        return NULL;
    b = browse_new(d, now_ms, BROWSE_INSTANCES, &name, RR_PTR, 0, links,
                   cookie);
    if (b != NULL)
        b->resolve = (flags & DNSSD_RESOLVE) != 0;
    return b;
}

struct dnssd_browse *dnssd_enumerate(struct dnssd *d, uint64_t now_ms,
                                     const struct name *domain,
                                     uint64_t links, void *cookie)
{
    struct name name = *domain;

    if (!name_prepend(&name, "_udp", 4) || !name_prepend(&name, "_dns-sd", 7) ||
        !name_prepend(&name, "_services", 9))
        return NULL;
    return browse_new(d, now_ms, BROWSE_TYPES, &name, RR_PTR, 0, links,
                      cookie);
}

struct dnssd_browse *dnssd_resolve(struct dnssd *d, uint64_t now_ms,
                                   const struct name *full, uint64_t links,
                                   void *cookie)
{
    const uint8_t *label;
    struct name type, domain;
    struct dnssd_browse *b;

    if (!dnssd_split(full, &label, &type, &domain))
        return NULL;
    /* TXT is watched only so that both are asked in one packet; the item
     * that the SRV record makes has its own watches. */
    b = browse_new(d, now_ms, BROWSE_ONE, full, RR_SRV, RR_TXT, links,
                   cookie);
    if (b != NULL)
        b->resolve = true;
    return b;
}

struct dnssd_browse *dnssd_lookup(struct dnssd *d, uint64_t now_ms,
                                  const struct name *host, uint8_t families,
                                  uint64_t links, void *cookie)
{
    bool v4 = (families & ADDR_V4) != 0;
    bool v6 = (families & ADDR_V6) != 0;

    struct dnssd_browse *b;

    if (!v4 && !v6)
        return NULL;
    b = browse_new(d, now_ms, BROWSE_LOOKUP, host, v4 ? RR_A : RR_AAAA,
                   v4 && v6 ? RR_AAAA : 0, links, cookie);
    if (b != NULL)
        b->families = families;
    return b;
}

struct dnssd_browse *dnssd_query(struct dnssd *d, uint64_t now_ms,
                                 const struct name *name, uint16_t type,
                                 uint64_t links, void *cookie)
{
    if (type == 0)
        return NULL;
    return browse_new(d, now_ms, BROWSE_QUERY, name, type, 0, links, cookie);
}

void dnssd_hold(struct dnssd *d, struct dnssd_browse *b, bool on)
{
    b->holding = on;
    while (!on && !list_empty(&b->held)) {
        struct track *t = LIST_FIRST(&b->held, struct track, marked);

        list_remove(&t->marked);
        list_append(&d->marked, &t->marked);
    }
}

void dnssd_stop(struct dnssd *d, uint64_t now_ms, struct dnssd_browse *b)
{
    (void)now_ms;
    while (!list_empty(&b->tracks))
        track_free(d, LIST_FIRST(&b->tracks, struct track, by_browse));
    browse_free(d, b);
}

void browse_again(struct dnssd *d, uint64_t now_ms, struct dnssd_browse *b)
{
    uint16_t type = b->kind == BROWSE_ONE ? RR_SRV : RR_PTR;
    struct name name;
    struct watch *w;

    bytes_name(&b->name, &name);
    w = engine_watch(d->engine, now_ms, &name, type, b->links, b);
    if (w == NULL)
        return;
    engine_unwatch(d->engine, b->watch[0]);
    b->watch[0] = w;
    b->starved = false;
    /* All records come again, and are counted again. */
    LIST_EACH(struct track, t, &b->tracks, by_browse) {
        t->heard = t->local = 0;
        track_mark(d, t);
    }
}

/* --- events ---------------------------------------------------------- */

static bool ptr_target(const struct event *ev, struct name *out)
{
    struct wire_reader rd = wire_reader(ev->rdata, ev->rdata_len);

    return name_read(&rd, out) && rd.pos == rd.len;
}

static bool type_label_ok(const uint8_t *label)
{
    if (label[0] < 2 || label[0] > TYPE_LABEL_MAX || label[1] != '_')
        return false;
    for (unsigned i = 1; i <= label[0]; i++) {
        if (label[i] <= 0x20 || label[i] >= 0x7f)
            return false;
    }
    return true;
}

/* The second label of the enumeration's own name, _services._dns-sd._udp. */
static bool is_meta(const uint8_t *label)
{
    static const char text[] = "_dns-sd";
    unsigned i = 0;

    if (label[0] != sizeof text - 1)
        return false;
    while (i < label[0] && name_fold(label[1 + i]) == (uint8_t)text[i])
        i++;
    return i == label[0];
}

/*
 * Cut the target of an enumeration PTR to its first two labels, the only
 * ones that count (RFC 6763 section 9). What cannot be a type is refused:
 * the root, one label, odd bytes, or the meta query pointing at itself.
 */
static bool cut_type(struct name *name)
{
    const uint8_t *service = name_label(name, 0);
    const uint8_t *transport = name_label(name, 1);

    if (service == NULL || transport == NULL || !type_label_ok(service) ||
        !type_label_ok(transport))
        return false;
    if (is_meta(transport))
        return false;
    name->len = (uint16_t)(service[0] + transport[0] + 3);
    name->wire[name->len - 1] = 0;
    return true;
}

/* The name that a PTR or SRV record of this browse speaks of. */
static bool named(struct dnssd_browse *b, const struct event *ev,
                  struct name *name)
{
    struct name type, domain;
    const uint8_t *label;

    switch (b->kind) {
    case BROWSE_INSTANCES:
        return ptr_target(ev, name) &&
               dnssd_split(name, &label, &type, &domain);
    case BROWSE_TYPES:
        return ptr_target(ev, name) && cut_type(name);
    default:
        bytes_name(&b->name, name); /* as the client wrote it */
        return true;
    }
}

static void track_event(struct dnssd *d, uint64_t now_ms,
                        struct dnssd_browse *b, const struct event *ev)
{
    uint16_t wanted = b->kind == BROWSE_ONE ? RR_SRV : RR_PTR;
    enum node_kind kind = b->kind == BROWSE_TYPES ? NODE_TYPE : NODE_INSTANCE;
    struct name name;

    if (ev->kind == EVENT_RR_DENIED || ev->type != wanted)
        return;
    if (!named(b, ev, &name)) {
        if (ev->kind == EVENT_RR_ADD)
            d->malformed++;
        return;
    }
    if (ev->kind == EVENT_RR_REMOVE)
        track_gone(d, b, kind, &name, ev);
    else
        track_heard(d, now_ms, b, kind, &name, ev);
}

/* The fields that a record of ev has in an event for b. */
static void fill_record(const struct dnssd_browse *b, const struct event *ev,
                        enum dnssd_event_kind kind, struct dnssd_event *out)
{
    memset(out, 0, sizeof *out);
    out->kind = kind;
    out->cookie = b->cookie;
    out->link = ev->link;
    out->families = ev->families;
    out->local = ev->local;
    out->name = ev->name;
    name_root(&out->type);
    name_root(&out->domain);
    out->ttl_s = ev->ttl_s;
    out->source = ev->source;
    out->rr_type = ev->type;
    out->rdata = ev->rdata;
    out->rdata_len = ev->rdata_len;
}

static bool query_event(const struct dnssd_browse *b, const struct event *ev,
                        struct dnssd_event *out)
{
    enum dnssd_event_kind kind = ev->kind == EVENT_RR_ADD ? DNSSD_RR_ADDED
                                 : ev->kind == EVENT_RR_REMOVE
                                     ? DNSSD_RR_REMOVED
                                     : DNSSD_RR_DENIED;

    if (ev->kind == EVENT_RR_UPDATE)
        return false;
    fill_record(b, ev, kind, out);
    return true;
}

/*
 * The name is an alias (RFC 6762 section 6: a CNAME answers every question):
 * look its target up as well, on the link that says so. Of several targets
 * the last one counts; the addresses of an alias that went stay until they
 * run out by themselves.
 */
static void follow_alias(struct dnssd *d, uint64_t now_ms,
                         struct dnssd_browse *b, const struct event *ev)
{
    uint64_t links = UINT64_C(1) << ev->link;
    struct name target;
    uint32_t hash;

    if (ev->kind != EVENT_RR_ADD || !ptr_target(ev, &target))
        return;
    hash = name_hash(&target);
    if (hash == b->alias_hash) {
        if ((links & ~b->alias_links) == 0)
            return;
        links |= b->alias_links;
    }
    if (b->hops == ALIAS_HOPS_MAX)
        return;
    b->hops++;
    b->alias_hash = hash;
    b->alias_links = links;
    unwatch_pair(d, b->alias);
    if ((b->families & ADDR_V4) != 0)
        b->alias[0] = engine_watch(d->engine, now_ms, &target, RR_A, links,
                                   b);
    if ((b->families & ADDR_V6) != 0)
        b->alias[1] = engine_watch(d->engine, now_ms, &target, RR_AAAA,
                                   links, b);
}

static bool lookup_event(struct dnssd *d, uint64_t now_ms,
                         struct dnssd_browse *b, const struct event *ev,
                         struct dnssd_event *out)
{
    uint8_t family = ev->type == RR_A ? ADDR_V4 : ADDR_V6;
    struct addr *addr = &out->addrs[0];

    if (ev->type == RR_CNAME)
        follow_alias(d, now_ms, b, ev);
    if (ev->kind == EVENT_RR_UPDATE ||
        (ev->type != RR_A && ev->type != RR_AAAA))
        return false;
    if (ev->kind == EVENT_RR_DENIED) {
        fill_record(b, ev, DNSSD_ADDR_NONE, out);
        out->families = family;
        return true;
    }
    fill_record(b, ev, ev->kind == EVENT_RR_ADD ? DNSSD_ADDR_FOUND
                                                : DNSSD_ADDR_LOST, out);
    addr->family = family;
    if (ev->rdata_len != addr_len(addr))
        return false;
    memcpy(addr->b, ev->rdata, ev->rdata_len);
    out->addr_count = 1;
    return true;
}

bool browse_event(struct dnssd *d, uint64_t now_ms, struct dnssd_browse *b,
                  const struct event *ev, struct dnssd_event *out)
{
    switch (b->kind) {
    case BROWSE_QUERY:
        return query_event(b, ev, out);
    case BROWSE_LOOKUP:
        return lookup_event(d, now_ms, b, ev, out);
    default:
        track_event(d, now_ms, b, ev);
        return false;
    }
}
