/*
 * register.c - service instances of ours
 *
 * One claim of the engine holds all of an instance: SRV and TXT under its
 * own unique name, and the shared PTR records that lead to it. They name the
 * claim, not a text, so a rename by the engine moves all of them.
 */
#include "state.h"

/* TXT rdata has at least one byte (RFC 6763 section 6.1). */
static const uint8_t empty_txt[1] = {0};

struct names {
    struct name instance; /* My Printer._ipp._tcp.local */
    struct name type;     /* _ipp._tcp.local */
};

static enum engine_err make_names(const struct dnssd_service_spec *spec,
                                  struct names *out)
{
    if (dnssd_instance_check(spec->instance, spec->instance_len) !=
        DNSSD_INSTANCE_OK)
        return ENGINE_BAD_RDATA;
    out->type = spec->type.base;
    if (!name_append(&out->type, &spec->domain))
        return ENGINE_TOO_BIG;
    out->instance = out->type;
    if (!name_prepend(&out->instance, spec->instance, spec->instance_len))
        return ENGINE_TOO_BIG;
    return ENGINE_OK;
}

/* The rdata up to the target, and the target unless it is a host of ours:
 * that one's claim supplies it. */
static size_t srv_rdata(const struct dnssd_service_spec *spec,
                        uint8_t rdata[RR_SRV_FIXED + NAME_WIRE_MAX])
{
    uint16_t numbers[3] = {spec->priority, spec->weight, spec->port};

    for (int i = 0; i < 3; i++) {
        uint16_t n = spec->placeholder ? 0 : numbers[i];

        rdata[2 * i] = (uint8_t)(n >> 8);
        rdata[2 * i + 1] = (uint8_t)n;
    }
    if (spec->host != NULL)
        return RR_SRV_FIXED;
    memcpy(rdata + RR_SRV_FIXED, spec->target.wire, spec->target.len);
    return RR_SRV_FIXED + spec->target.len;
}

static enum engine_err add_srv(struct engine *e, struct claim *c,
                               const struct dnssd_service_spec *spec)
{
    uint8_t rdata[RR_SRV_FIXED + NAME_WIRE_MAX];
    struct rr_spec rr = {
        .type = RR_SRV,
        .rdata = rdata,
        .rdata_len = srv_rdata(spec, rdata),
        .target = spec->host != NULL ? spec->host->claim : NULL,
    };

    return engine_claim_add(e, c, &rr);
}

static enum engine_err add_txt(struct engine *e, struct claim *c,
                               const struct dnssd_service_spec *spec)
{
    bool empty = spec->placeholder || spec->txt == NULL || spec->txt_len == 0;
    struct rr_spec rr = {
        .type = RR_TXT,
        .ttl_s = spec->ttl_s,
        .rdata = empty ? empty_txt : spec->txt,
        .rdata_len = empty ? sizeof empty_txt : spec->txt_len,
    };

    if (rr.rdata_len > DNSSD_TXT_MAX)
        return ENGINE_TOO_BIG;
    return engine_claim_add(e, c, &rr);
}

static enum engine_err add_ptr(struct engine *e, struct claim *c,
                               const struct name *owner, uint32_t ttl_s)
{
    struct rr_spec rr = {
        .owner = owner,
        .type = RR_PTR,
        .ttl_s = ttl_s,
        .shared = true,
        .target = c,
    };

    return engine_claim_add(e, c, &rr);
}

static bool same_subtype(const struct dnssd_type *a,
                         const struct dnssd_type *b)
{
    if (a->sub_len != b->sub_len)
        return false;
    for (unsigned i = 0; i < a->sub_len; i++) {
        if (name_fold(a->sub[i]) != name_fold(b->sub[i]))
            return false;
    }
    return true;
}

/* `<sub>._sub.<type> PTR <instance>` for each subtype, once (section 7.1). */
static enum engine_err add_subtypes(struct engine *e, struct claim *c,
                                    const struct dnssd_service_spec *spec,
                                    const struct name *type)
{
    struct name parent = *type;
    enum engine_err err = ENGINE_OK;

    if (spec->subtype_count == 0)
        return ENGINE_OK;
    if (spec->subtype_count > DNSSD_SUBTYPES_MAX)
        return ENGINE_FULL;
    if (!name_prepend(&parent, "_sub", 4))
        return ENGINE_TOO_BIG;
    for (size_t i = 0; i < spec->subtype_count && err == ENGINE_OK; i++) {
        const struct dnssd_type *sub = &spec->subtypes[i];
        struct name owner = parent;
        size_t earlier = 0;

        while (!same_subtype(&spec->subtypes[earlier], sub))
            earlier++;
        if (earlier < i)
            continue;
        if (!name_prepend(&owner, sub->sub, sub->sub_len))
            return ENGINE_TOO_BIG;
        err = add_ptr(e, c, &owner, spec->ttl_s);
    }
    return err;
}

static enum engine_err add_records(struct engine *e, struct claim *c,
                                   const struct dnssd_service_spec *spec,
                                   const struct names *names)
{
    enum engine_err err = add_srv(e, c, spec);

    if (err == ENGINE_OK)
        err = add_txt(e, c, spec);
    /* A placeholder keeps a name, it is no service to be found (section 8). */
    if (err != ENGINE_OK || spec->placeholder)
        return err;
    err = add_ptr(e, c, &names->type, spec->ttl_s);
    if (err == ENGINE_OK)
        err = add_subtypes(e, c, spec, &names->type);
    return err;
}

static enum engine_err make_claim(struct dnssd *d, uint64_t now_ms,
                                  const struct dnssd_service_spec *spec,
                                  struct dnssd_service *s)
{
    struct names names;
    struct claim_spec cs = {
        .name = &names.instance,
        .kind = CLAIM_SERVICE,
        .on_conflict = spec->on_conflict,
        .links = spec->links,
        .rename_suffix = spec->rename_suffix,
        .cookie = s,
    };
    enum engine_err err = make_names(spec, &names);

    if (err == ENGINE_OK)
        err = engine_claim_new(d->engine, &cs, &s->claim);
    if (err != ENGINE_OK)
        return err;
    err = add_records(d->engine, s->claim, spec, &names);
    if (err == ENGINE_OK && !spec->placeholder)
        err = stype_enter(d, now_ms, &names.type, spec->links, &s->stype);
    if (err == ENGINE_OK)
        engine_claim_commit(d->engine, now_ms, s->claim);
    else
        engine_claim_withdraw(d->engine, now_ms, s->claim);
    return err;
}

enum engine_err dnssd_register(struct dnssd *d, uint64_t now_ms,
                               const struct dnssd_service_spec *spec,
                               struct dnssd_service **out)
{
    struct dnssd_service *s = pool_get(&d->services);
    enum engine_err err;

    if (s == NULL)
        return ENGINE_FULL;
    s->node.kind = NODE_SERVICE;
    s->cookie = spec->cookie;
    s->host = spec->host;
    s->port = spec->port;
    err = make_claim(d, now_ms, spec, s);
    if (err != ENGINE_OK) {
        pool_put(&d->services, s);
        return err;
    }
    if (s->host != NULL)
        s->host->users++;
    *out = s;
    return ENGINE_OK;
}

enum engine_err dnssd_update_txt(struct dnssd *d, uint64_t now_ms,
                                 struct dnssd_service *s, const uint8_t *txt,
                                 size_t len)
{
    if (len > DNSSD_TXT_MAX)
        return ENGINE_TOO_BIG;
    if (txt == NULL || len == 0) {
        txt = empty_txt;
        len = sizeof empty_txt;
    }
    return engine_claim_update(d->engine, now_ms, s->claim, RR_TXT, txt, len);
}

/* Whether the record's own bytes, len of them, are those; also if there is
 * no record, since the name was given up in a conflict. */
static bool same_rdata(const struct dnssd_service *s, uint16_t type,
                       const uint8_t *rdata, size_t len)
{
    size_t now_len;
    const uint8_t *now = engine_claim_rdata(s->claim, type, &now_len);

    return now == NULL || (now_len == len && memcmp(now, rdata, len) == 0);
}

enum engine_err dnssd_update(struct dnssd *d, uint64_t now_ms,
                             struct dnssd_service *s,
                             const struct dnssd_service_spec *spec,
                             bool *changed)
{
    bool empty = spec->txt == NULL || spec->txt_len == 0;
    const uint8_t *txt = empty ? empty_txt : spec->txt;
    size_t txt_len = empty ? sizeof empty_txt : spec->txt_len;
    uint8_t srv[RR_SRV_FIXED + NAME_WIRE_MAX];
    size_t srv_len = srv_rdata(spec, srv);
    enum engine_err err = ENGINE_OK;

    *changed = false;
    if (!same_rdata(s, RR_TXT, txt, txt_len)) {
        *changed = true;
        err = dnssd_update_txt(d, now_ms, s, txt, txt_len);
    }
    if (err == ENGINE_OK && !same_rdata(s, RR_SRV, srv, RR_SRV_FIXED)) {
        *changed = true;
        err = engine_claim_update(d->engine, now_ms, s->claim, RR_SRV, srv,
                                  srv_len);
    }
    if (err == ENGINE_OK)
        s->port = spec->port;
    return err;
}

void dnssd_unregister(struct dnssd *d, uint64_t now_ms,
                      struct dnssd_service *s)
{
    engine_claim_withdraw(d->engine, now_ms, s->claim);
    if (s->stype != NULL)
        stype_leave(d, now_ms, s->stype);
    if (s->host != NULL)
        s->host->users--;
    pool_put(&d->services, s);
}

void dnssd_service_name(const struct dnssd_service *s, struct name *out)
{
    engine_claim_name(s->claim, out);
}

uint16_t dnssd_service_port(const struct dnssd_service *s)
{
    return s->port;
}

uint64_t dnssd_service_links(const struct dnssd_service *s)
{
    return engine_claim_owned(s->claim);
}

enum claim_state dnssd_service_state(const struct dnssd_service *s)
{
    return (enum claim_state)s->state;
}

/* --- events ---------------------------------------------------------- */

bool register_event(struct dnssd *d, uint64_t now_ms, const struct event *ev,
                    struct dnssd_event *out)
{
    const struct node *node = ev->cookie;
    struct dnssd_host *h = ev->cookie;
    struct dnssd_service *s = ev->cookie;
    const uint8_t *label;
    uint8_t *state = node->kind == NODE_HOST ? &h->state : &s->state;

    if (node->kind == NODE_STYPE)
        return false; /* shared records have no name to lose */
    memset(out, 0, sizeof *out);
    name_root(&out->type);
    name_root(&out->domain);
    out->link = ev->link;
    out->families = ev->families;
    out->local = true;
    out->name = ev->name;
    out->old_name = ev->old_name;
    out->state = ev->state;
    out->source = ev->source;
    if (ev->state != CLAIM_PROBING) /* another try tells nothing yet */
        *state = (uint8_t)ev->state;
    if (node->kind == NODE_HOST) {
        out->kind = DNSSD_HOST;
        out->cookie = h->cookie;
    } else {
        out->kind = DNSSD_SERVICE;
        out->cookie = s->cookie;
        dnssd_split(&out->name, &label, &out->type, &out->domain);
        if (ev->state == CLAIM_ANNOUNCED && s->stype != NULL)
            stype_announced(d, now_ms, s->stype, ev->link);
    }
    return true;
}
