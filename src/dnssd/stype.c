/*
 * stype.c - the types that we offer, for enumeration (RFC 6763 section 9)
 *
 * `_services._dns-sd._udp.<domain> PTR <type>.<domain>` is one record
 * however many services have the type. Services may be on different links,
 * so there is one claim for each mask of links in use, each granted the
 * links that no other has. It is made with the first service, so that a full
 * table refuses that, but keeps silent until a service has its name: a type
 * of which there is nothing is not to be found.
 */
#include "state.h"

static struct stype **bucket_of(struct dnssd *d, uint32_t hash)
{
    return &d->stype_buckets[hash % STYPE_BUCKETS];
}

/* Links on which this type is announced by another claim than s. */
static uint64_t covered(struct dnssd *d, const struct stype *s,
                        const struct name *name)
{
    uint64_t links = 0;

    for (struct stype *o = *bucket_of(d, s->hash); o != NULL; o = o->next) {
        if (o != s && o->hash == s->hash && bytes_name_equal(&o->name, name))
            links |= o->granted;
    }
    return links;
}

/* Speak, once a service of the type was announced on one of the links,
 * whichever mask it has. */
static void commit_if_due(struct dnssd *d, uint64_t now_ms, struct stype *s,
                          const struct name *name)
{
    uint64_t announced = 0;

    if (s->claim == NULL || s->committed)
        return;
    for (struct stype *o = *bucket_of(d, s->hash); o != NULL; o = o->next) {
        if (o->hash == s->hash && bytes_name_equal(&o->name, name))
            announced |= o->announced;
    }
    if ((announced & s->granted) == 0)
        return;
    s->committed = true;
    engine_claim_commit(d->engine, now_ms, s->claim);
}

void stype_announced(struct dnssd *d, uint64_t now_ms, struct stype *s,
                     uint8_t link)
{
    struct name name;

    if ((s->announced >> link & 1) != 0)
        return;
    s->announced |= UINT64_C(1) << link;
    bytes_name(&s->name, &name);
    for (struct stype *o = *bucket_of(d, s->hash); o != NULL; o = o->next) {
        if (o->hash == s->hash && bytes_name_equal(&o->name, &name))
            commit_if_due(d, now_ms, o, &name);
    }
}

static enum engine_err claim_links(struct dnssd *d, uint64_t now_ms,
                                   struct stype *s, const struct name *name,
                                   uint64_t links)
{
    struct claim_spec cs = {.links = links, .cookie = s};
    struct rr_spec rr = {
        .type = RR_PTR,
        .shared = true,
        .rdata = name->wire,
        .rdata_len = name->len,
    };
    struct name owner;
    enum engine_err err;

    name_suffix(name, 2, &owner);
    if (!name_prepend(&owner, "_udp", 4) ||
        !name_prepend(&owner, "_dns-sd", 7) ||
        !name_prepend(&owner, "_services", 9))
        return ENGINE_TOO_BIG;
    rr.owner = &owner;
    err = engine_claim_new(d->engine, &cs, &s->claim);
    if (err != ENGINE_OK)
        return err;
    err = engine_claim_add(d->engine, s->claim, &rr);
    if (err != ENGINE_OK) {
        engine_claim_withdraw(d->engine, now_ms, s->claim);
        s->claim = NULL;
        return err;
    }
    s->granted = links;
    s->committed = false;
    commit_if_due(d, now_ms, s, name);
    return ENGINE_OK;
}

static void stype_free(struct dnssd *d, struct stype *s)
{
    struct stype **at = bucket_of(d, s->hash);

    while (*at != s)
        at = &(*at)->next;
    *at = s->next;
    bytes_free(&d->chunks, &s->name);
    pool_put(&d->stypes, s);
}

static enum engine_err stype_new(struct dnssd *d, uint64_t now_ms,
                                 const struct name *name, uint32_t hash,
                                 uint64_t links, struct stype **out)
{
    struct stype *s = pool_get(&d->stypes);
    enum engine_err err = ENGINE_OK;
    uint64_t missing;

    if (s == NULL)
        return ENGINE_FULL;
    if (!bytes_put(&d->chunks, &s->name, name->wire, name->len)) {
        pool_put(&d->stypes, s);
        return ENGINE_FULL;
    }
    s->node.kind = NODE_STYPE;
    s->hash = hash;
    s->links = links;
    s->next = *bucket_of(d, hash);
    *bucket_of(d, hash) = s;
    missing = links & ~covered(d, s, name);
    if (missing != 0)
        err = claim_links(d, now_ms, s, name, missing);
    if (err != ENGINE_OK)
        stype_free(d, s);
    else
        *out = s;
    return err;
}

enum engine_err stype_enter(struct dnssd *d, uint64_t now_ms,
                            const struct name *name, uint64_t links,
                            struct stype **out)
{
    uint32_t hash = name_hash(name);
    struct stype *s = *bucket_of(d, hash);
    enum engine_err err = ENGINE_OK;

    while (s != NULL && (s->hash != hash || s->links != links ||
                         !bytes_name_equal(&s->name, name)))
        s = s->next;
    if (s == NULL)
        err = stype_new(d, now_ms, name, hash, links, &s);
    if (err != ENGINE_OK)
        return err;
    s->users++;
    *out = s;
    return ENGINE_OK;
}

/* s takes over those of its links that nobody else announces. */
static void take_over(struct dnssd *d, uint64_t now_ms, struct stype *s,
                      const struct name *name)
{
    uint64_t links = s->links & ~covered(d, s, name);

    if (links == s->granted)
        return;
    if (s->claim != NULL)
        engine_claim_withdraw(d->engine, now_ms, s->claim);
    s->claim = NULL;
    s->granted = 0;
    /* There was room for this record a moment ago. If there is none now,
     * the services stand all the same; only enumeration misses the type. */
    if (claim_links(d, now_ms, s, name, links) != ENGINE_OK)
        d->left_out++;
}

void stype_leave(struct dnssd *d, uint64_t now_ms, struct stype *s)
{
    uint32_t hash = s->hash;
    struct name name;

    assert(s->users > 0);
    if (--s->users > 0)
        return;
    bytes_name(&s->name, &name);
    if (s->claim != NULL)
        engine_claim_withdraw(d->engine, now_ms, s->claim);
    stype_free(d, s);
    for (s = *bucket_of(d, hash); s != NULL; s = s->next) {
        if (s->hash == hash && bytes_name_equal(&s->name, &name))
            take_over(d, now_ms, s, &name);
    }
}
