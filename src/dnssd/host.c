/*
 * host.c - host names of ours, or of others for whom we speak
 */
#include "state.h"

/* The reverse name of an address (RFC 1035 section 3.5, RFC 3596 section
 * 2.5): each byte or nibble a label, the last one first. */
static void reverse_name(const struct addr *a, struct name *out)
{
    static const char hex[] = "0123456789abcdef";
    bool ok;

    name_root(out);
    ok = name_prepend(out, "arpa", 4) &&
         (a->family == ADDR_V4 ? name_prepend(out, "in-addr", 7)
                               : name_prepend(out, "ip6", 3));
    for (unsigned i = 0; ok && i < addr_len(a); i++) {
        uint8_t b = a->b[i];
        char digits[3];
        size_t n = 0;

        if (a->family == ADDR_V6) {
            ok = name_prepend(out, &hex[b >> 4], 1) &&
                 name_prepend(out, &hex[b & 15], 1);
            continue;
        }
        if (b >= 100)
            digits[n++] = hex[b / 100];
        if (b >= 10)
            digits[n++] = hex[b / 10 % 10];
        digits[n++] = hex[b % 10];
        ok = name_prepend(out, digits, n);
    }
    assert(ok); /* at most 74 bytes */
    (void)ok;
}

static enum engine_err add_address(struct engine *e, struct claim *c,
                                   const struct addr *addr, bool reverse)
{
    struct rr_spec rr = {
        .type = addr->family == ADDR_V4 ? RR_A : RR_AAAA,
        .rdata = addr->b,
        .rdata_len = addr_len(addr),
    };
    struct name owner;
    enum engine_err err = engine_claim_add(e, c, &rr);

    if (err != ENGINE_OK || !reverse)
        return err;
    reverse_name(addr, &owner);
    rr = (struct rr_spec){.owner = &owner, .type = RR_PTR, .target = c};
    return engine_claim_add(e, c, &rr);
}

static enum engine_err make_claim(struct dnssd *d, uint64_t now_ms,
                                  const struct dnssd_host_spec *spec,
                                  struct dnssd_host *h)
{
    struct claim_spec cs = {
        .name = &spec->name,
        .kind = CLAIM_HOST,
        .on_conflict = spec->on_conflict,
        .links = spec->links,
        .addresses = spec->addresses,
        .reverse = spec->addresses && spec->reverse,
        .rename_suffix = spec->rename_suffix,
        .cookie = h,
    };
    enum engine_err err = engine_claim_new(d->engine, &cs, &h->claim);

    if (err != ENGINE_OK)
        return err;
    for (size_t i = 0; i < spec->fixed_count && err == ENGINE_OK; i++)
        err = add_address(d->engine, h->claim, &spec->fixed[i],
                          spec->reverse);
    if (err == ENGINE_OK)
        engine_claim_commit(d->engine, now_ms, h->claim);
    else
        engine_claim_withdraw(d->engine, now_ms, h->claim);
    return err;
}

enum engine_err dnssd_host_add(struct dnssd *d, uint64_t now_ms,
                               const struct dnssd_host_spec *spec,
                               struct dnssd_host **out)
{
    struct dnssd_host *h = pool_get(&d->hosts);
    enum engine_err err;

    if (h == NULL)
        return ENGINE_FULL;
    h->node.kind = NODE_HOST;
    h->cookie = spec->cookie;
    err = make_claim(d, now_ms, spec, h);
    if (err != ENGINE_OK) {
        pool_put(&d->hosts, h);
        return err;
    }
    *out = h;
    return ENGINE_OK;
}

void dnssd_host_remove(struct dnssd *d, uint64_t now_ms, struct dnssd_host *h)
{
    assert(h->users == 0); /* their SRV records would point nowhere */
    engine_claim_withdraw(d->engine, now_ms, h->claim);
    pool_put(&d->hosts, h);
}

enum engine_err dnssd_host_rename(struct dnssd *d, uint64_t now_ms,
                                  struct dnssd_host *h,
                                  const struct name *name)
{
    return engine_claim_rename(d->engine, now_ms, h->claim, name);
}

void dnssd_host_name(const struct dnssd_host *h, struct name *out)
{
    engine_claim_name(h->claim, out);
}

enum claim_state dnssd_host_state(const struct dnssd_host *h)
{
    return (enum claim_state)h->state;
}
