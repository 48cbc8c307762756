/*
 * publish.c - from configuration and service descriptions to registrations
 *
 * Most services are registered at once and forgotten here: the engine holds
 * all there is to know. Only one that is bound to interfaces is kept, since
 * its set of links changes as interfaces come. A claim's links are fixed
 * when it is made, so such a service is taken back and registered anew when
 * another of its links appears, with a goodbye in between.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crier/conf.h"

struct bound {
    struct bound *next;
    struct dnssd_service *reg; /* NULL: on no link yet */
    struct dnssd_service_spec spec;
    unsigned glob_count;
    char (*globs)[SERVICE_GLOB_MAX + 1];
    struct dnssd_type *subtypes;
    uint8_t *txt;
    char instance[NAME_LABEL_MAX];
};

struct pub {
    struct loop *loop;
    const struct conf *conf;
    struct dnssd_host *host;
    struct name host_name; /* as wished */
    struct bound *bound;
    unsigned cname_count;
    struct name *cnames; /* aliases that services brought, each once */
};

static const struct name local = {7, "\5local"};

static void say_refused(struct report *r, const struct name *name,
                        enum engine_err err)
{
    switch (err) {
    case ENGINE_TAKEN:
        report_at(r, 1, "E031", "%n is described twice; give one of them "
                                "another name", name);
        break;
    case ENGINE_TOO_BIG:
        report_at(r, 1, "E032", "%n does not fit a packet of 9000 bytes; "
                                "shorten its txt", name);
        break;
    case ENGINE_FULL:
        report_at(r, 1, "E030", "no room for %n; raise max-services or "
                                "max-records in crier.conf", name);
        break;
    default:
        report_at(r, 1, "E033", "%n cannot be a record; check its name, "
                                "target and txt", name);
    }
}

static bool add_host(struct pub *p, const struct name *name,
                     const struct conf_host *fixed, bool reverse,
                     struct dnssd_host **out, struct report *r)
{
    const struct conf *c = p->conf;
    struct dnssd_host *host;
    struct name got;
    struct dnssd_host_spec spec = {
        .name = *name,
        .addresses = fixed == NULL,
        .reverse = reverse,
        .fixed = fixed != NULL ? fixed->addrs : NULL,
        .fixed_count = fixed != NULL ? fixed->addr_count : 0,
        .links = LINKS_ALL,
        .on_conflict = c->on_conflict,
        .rename_suffix = c->rename_mac && c->mac[0] != '\0' ? c->mac : NULL,
        .cookie = p,
    };
    enum engine_err err = dnssd_host_add(loop_dnssd(p->loop),
                                         loop_now_ms(p->loop), &spec, &host);

    if (err == ENGINE_OK) {
        dnssd_host_name(host, &got);
        if (!name_equal(&got, name))
            err = ENGINE_TAKEN; /* it has made way for one of our own */
    }
    if (err != ENGINE_OK)
        say_refused(r, name, err);
    else if (out != NULL)
        *out = host;
    return err == ENGINE_OK;
}

struct pub *pub_new(struct loop *loop, const struct conf *c, bool with_host,
                    struct report *r)
{
    struct pub *p = calloc(1, sizeof *p);
    unsigned errors = r->errors;

    if (p == NULL) {
        report_at(r, 0, "E041", "cannot start: no memory; free some");
        return NULL;
    }
    p->loop = loop;
    p->conf = c;
    p->host_name = local;
    if (!name_prepend(&p->host_name, c->host_label, c->host_label_len))
        assert(false); /* conf_host_name() or conf_system() checked it */
    r->line = 0;
    if (with_host && c->addresses)
        add_host(p, &p->host_name, NULL, c->reverse, &p->host, r);
    for (unsigned i = 0; i < c->alias_count; i++) {
        r->line = c->alias_line[i];
        add_host(p, c->aliases[i], NULL, false, NULL, r);
    }
    for (const struct conf_host *h = c->hosts; h != NULL; h = h->next) {
        r->line = h->line;
        add_host(p, &h->name, h, c->reverse, NULL, r);
    }
    r->line = 0;
    if (r->errors == errors)
        return p;
    pub_free(p);
    return NULL;
}

static void bound_free(struct bound *b)
{
    free(b->globs);
    free(b->subtypes);
    free(b->txt);
    free(b);
}

void pub_free(struct pub *p)
{
    while (p->bound != NULL) {
        struct bound *next = p->bound->next;

        bound_free(p->bound);
        p->bound = next;
    }
    free(p->cnames);
    free(p);
}

void pub_host_name(const struct pub *p, struct name *out)
{
    if (p->host != NULL)
        dnssd_host_name(p->host, out);
    else
        *out = p->host_name;
}

/* Names that services bring along; two services may bring the same one. */
static bool add_cnames(struct pub *p, const struct service *s,
                       struct report *r)
{
    for (unsigned i = 0; i < s->cname_count; i++) {
        const struct name *n = &s->cnames[i];
        struct name *more;
        bool known = false;

        for (unsigned k = 0; k < p->cname_count && !known; k++)
            known = name_equal(n, &p->cnames[k]);
        for (unsigned k = 0; k < p->conf->alias_count && !known; k++)
            known = name_equal(n, p->conf->aliases[k]);
        if (known || name_equal(n, &p->host_name))
            continue;
        if (!add_host(p, n, NULL, false, NULL, r))
            return false;
        more = realloc(p->cnames, (p->cname_count + 1) * sizeof *more);
        if (more == NULL)
            return false;
        p->cnames = more;
        p->cnames[p->cname_count++] = *n;
    }
    return true;
}

static void make_spec(const struct pub *p, const struct service *s,
                      struct dnssd_service_spec *spec)
{
    const struct conf *c = p->conf;

    *spec = (struct dnssd_service_spec){
        .instance = s->instance,
        .instance_len = s->instance_len,
        .type = s->type,
        .domain = local,
        .subtypes = s->subtypes,
        .subtype_count = s->subtype_count,
        .priority = s->priority,
        .weight = s->weight,
        .port = s->port,
        .txt = s->txt,
        .txt_len = s->txt_len,
        .ttl_s = s->ttl_s,
        .links = LINKS_ALL,
        .on_conflict = c->on_conflict,
        .rename_suffix = c->rename_mac && c->mac[0] != '\0' ? c->mac : NULL,
        .cookie = (void *)(uintptr_t)p,
    };
    if (s->has_target)
        spec->target = s->target;
    else if (p->host != NULL)
        spec->host = p->host;
    else
        spec->target = p->host_name;
}

static void *copy(const void *p, size_t len)
{
    void *to = malloc(len > 0 ? len : 1);

    if (to != NULL && len > 0)
        memcpy(to, p, len);
    return to;
}

static bool keep(struct pub *p, const struct service *s,
                 const struct dnssd_service_spec *spec)
{
    struct bound *b = calloc(1, sizeof *b);

    if (b == NULL)
        return false;
    b->spec = *spec;
    b->glob_count = s->glob_count;
    b->globs = copy(s->globs, s->glob_count * sizeof s->globs[0]);
    b->subtypes = copy(s->subtypes, s->subtype_count * sizeof *s->subtypes);
    b->txt = copy(s->txt, s->txt_len);
    if (b->globs == NULL || b->subtypes == NULL || b->txt == NULL) {
        bound_free(b);
        return false;
    }
    memcpy(b->instance, s->instance, s->instance_len);
    b->spec.instance = b->instance;
    b->spec.subtypes = b->subtypes;
    b->spec.txt = b->txt;
    b->spec.links = 0;
    b->next = p->bound;
    p->bound = b;
    return true;
}

/* ENGINE_OK, or why the service cannot be registered under its name. */
static enum engine_err register_it(struct pub *p,
                                   const struct dnssd_service_spec *spec,
                                   const struct name *full,
                                   struct dnssd_service **reg)
{
    enum engine_err err = dnssd_register(loop_dnssd(p->loop),
                                         loop_now_ms(p->loop), spec, reg);
    struct name got;

    if (err != ENGINE_OK)
        return err;
    dnssd_service_name(*reg, &got);
    if (name_equal(&got, full))
        return ENGINE_OK;
    /* Making way for another of ours is not what the files say. */
    dnssd_unregister(loop_dnssd(p->loop), loop_now_ms(p->loop), *reg);
    return ENGINE_TAKEN;
}

bool pub_service(struct pub *p, const struct service *s, struct report *r)
{
    struct dnssd_service_spec spec;
    struct dnssd_service *reg;
    struct name full = s->type.base;
    enum engine_err err;

    r->line = 0;
    if (!add_cnames(p, s, r))
        return false;
    make_spec(p, s, &spec);
    (void)name_append(&full, &local);
    (void)name_prepend(&full, s->instance, s->instance_len);
    err = register_it(p, &spec, &full, &reg);
    if (err != ENGINE_OK) {
        say_refused(r, &full, err);
        return false;
    }
    if (s->glob_count == 0)
        return true;
    /* That was the check; now it waits for its interfaces. */
    dnssd_unregister(loop_dnssd(p->loop), loop_now_ms(p->loop), reg);
    if (keep(p, s, &spec))
        return true;
    report_at(r, 0, "E041", "cannot start: no memory; free some");
    return false;
}

static bool globs_match(const struct bound *b, const char *iface)
{
    bool only_excludes = true;
    bool in = false;

    for (unsigned i = 0; i < b->glob_count; i++) {
        const char *glob = b->globs[i];

        if (glob[0] == '!') {
            if (pub_glob(glob + 1, iface))
                return false;
            continue;
        }
        only_excludes = false;
        in |= pub_glob(glob, iface);
    }
    return in || only_excludes;
}

void pub_link(struct pub *p, unsigned link, enum loop_link_event what)
{
    struct dnssd *d = loop_dnssd(p->loop);
    uint64_t now_ms = loop_now_ms(p->loop);
    uint64_t bit;

    if (what != LOOP_LINK_UP)
        return;
    bit = UINT64_C(1) << link;
    for (struct bound *b = p->bound; b != NULL; b = b->next) {
        bool want = globs_match(b, loop_link_name(p->loop, link));
        enum engine_err err;

        if (want == ((b->spec.links & bit) != 0))
            continue;
        if (b->reg != NULL)
            dnssd_unregister(d, now_ms, b->reg);
        b->reg = NULL;
        b->spec.links ^= bit;
        if (b->spec.links == 0)
            continue;
        err = dnssd_register(d, now_ms, &b->spec, &b->reg);
        if (err != ENGINE_OK) { /* it was accepted before: a lack of room */
            b->reg = NULL;
            text_fmt(&text_err, "crier: E030: no room for \"%b\"; raise "
                                "max-services or max-records\n",
                     (const void *)b->instance, b->spec.instance_len);
            text_flush(&text_err);
        }
    }
}
