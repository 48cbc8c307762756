/*
 * publish.c - this host, its further names, and other hosts
 */
#include "pub.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "crier/os.h"

static const struct name local = {7, "\5local"};

uint64_t pub_hash(uint64_t h, const void *p, size_t len)
{
    const uint8_t *b = p;

    h ^= UINT64_C(14695981039346656037);
    for (size_t i = 0; i < len; i++)
        h = (h ^ b[i]) * UINT64_C(1099511628211);
    return h;
}

uint64_t pub_hash_name(uint64_t h, const struct name *n)
{
    struct name folded = *n;

    for (unsigned i = 0; i < n->len; i++)
        folded.wire[i] = name_fold(n->wire[i]);
    return pub_hash(h, folded.wire, folded.len);
}

void pub_say_refused(struct report *r, const struct name *name,
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
    struct dnssd_host *host;
    struct name got;
    struct dnssd_host_spec spec = {
        .name = *name,
        .addresses = fixed == NULL,
        .reverse = reverse,
        .fixed = fixed != NULL ? fixed->addrs : NULL,
        .fixed_count = fixed != NULL ? fixed->addr_count : 0,
        .links = LINKS_ALL,
        .on_conflict = p->conf->on_conflict,
        .rename_suffix = p->mac[0] != '\0' ? p->mac : NULL,
        .cookie = p,
    };
    enum engine_err err = dnssd_host_add(loop_dnssd(p->loop),
                                         loop_now_ms(p->loop), &spec, &host);

    if (err == ENGINE_OK) {
        dnssd_host_name(host, &got);
        if (!name_equal(&got, name)) {
            /* It has made way for one of our own. */
            dnssd_host_remove(loop_dnssd(p->loop), loop_now_ms(p->loop), host);
            err = ENGINE_TAKEN;
        }
    }
    if (err != ENGINE_OK)
        pub_say_refused(r, name, err);
    else
        *out = host;
    return err == ENGINE_OK;
}

/* --- further names ------------------------------------------------------- */

uint64_t pub_host_key(const struct name *name, const struct conf_host *fixed,
                      bool reverse)
{
    uint64_t h = pub_hash(PUB_HASH_START, name->wire, name->len);

    for (unsigned i = 0; fixed != NULL && i < fixed->addr_count; i++) {
        const struct addr *a = &fixed->addrs[i];

        h = pub_hash(h, &a->family, sizeof a->family);
        h = pub_hash(h, a->b, addr_len(a));
    }
    if (reverse)
        h = ~h;
    return h & ~(uint64_t)KEY_MARKS;
}

struct pub_host *pub_host_find(const struct pub *p, uint64_t key)
{
    for (unsigned i = 0; i < p->host_count; i++)
        if ((p->hosts[i].key & ~(uint64_t)KEY_MARKS) == key)
            return &p->hosts[i];
    return NULL;
}

/* A further name, unless it is there already; once: which it must not be. */
static bool further(struct pub *p, const struct name *name,
                    const struct conf_host *fixed, bool once,
                    struct report *r)
{
    bool reverse = fixed != NULL && p->conf->reverse;
    uint64_t key = pub_host_key(name, fixed, reverse);
    struct pub_host *more = pub_host_find(p, key);

    if (more != NULL) {
        more->key |= KEY_SEEN;
        if (once)
            pub_say_refused(r, name, ENGINE_TAKEN);
        return !once;
    }
    more = realloc(p->hosts, (p->host_count + 1) * sizeof *more);
    if (more == NULL) {
        report_at(r, 0, "E041", "no memory for %n; free some", name);
        return false;
    }
    p->hosts = more;
    more += p->host_count;
    more->key = key | KEY_SEEN;
    more->other = fixed != NULL;
    if (!add_host(p, name, fixed, reverse, &more->host, r))
        return false;
    p->host_count++;
    return true;
}

void pub_hosts_add(struct pub *p, bool again, struct report *r)
{
    const struct conf *c = p->conf;

    for (unsigned i = 0; i < c->alias_count; i++) {
        r->line = c->alias_line[i];
        further(p, c->aliases[i], NULL, !again, r);
    }
    for (const struct conf_host *h = c->hosts; h != NULL; h = h->next) {
        r->line = h->line;
        further(p, &h->name, h, !again, r);
    }
    r->line = 0;
}

/* Names that services bring along; two services may bring the same one. */
bool pub_cnames_add(struct pub *p, const struct service *s, struct report *r)
{
    for (unsigned i = 0; i < s->cname_count; i++)
        if (!name_equal(&s->cnames[i], &p->host_name) &&
            !further(p, &s->cnames[i], NULL, false, r))
            return false;
    return true;
}

/* --- all of it ----------------------------------------------------------- */

void pub_wished_name(const struct conf *c, struct name *out)
{
    *out = local;
    if (!name_prepend(out, c->host_label, c->host_label_len))
        assert(false); /* conf_host_name() or conf_system() checked it */
}

struct pub *pub_new(struct loop *loop, struct conf *c, bool with_host,
                    struct report *r)
{
    struct pub *p = calloc(1, sizeof *p);
    unsigned errors = r->errors;

    if (p != NULL)
        p->entries = os_pages(c->services_max * sizeof *p->entries);
    if (p == NULL || p->entries == NULL) {
        free(p);
        report_at(r, 0, "E041", "cannot start: no memory; free some");
        return NULL;
    }
    p->entry_room = c->services_max;
    p->loop = loop;
    p->conf = c;
    if (c->rename_mac)
        memcpy(p->mac, c->mac, sizeof p->mac);
    pub_wished_name(c, &p->host_name);
    entries_init(p);
    r->line = 0;
    if (with_host && c->addresses)
        add_host(p, &p->host_name, NULL, c->reverse, &p->host, r);
    pub_hosts_add(p, false, r);
    if (r->errors == errors)
        return p;
    pub_free(p);
    return NULL;
}

void pub_free(struct pub *p)
{
    entries_free(p);
    os_pages_free(p->entries, p->entry_room * sizeof *p->entries);
    free(p->hosts);
    free(p);
}

enum engine_err pub_rename(struct pub *p, const struct name *name, bool meant)
{
    enum engine_err err;

    if (p->host == NULL)
        return ENGINE_FULL;
    err = dnssd_host_rename(loop_dnssd(p->loop), loop_now_ms(p->loop),
                            p->host, name);
    if (meant && err == ENGINE_OK) {
        p->conf->host_label_len = name->wire[0];
        memcpy(p->conf->host_label, name->wire + 1, name->wire[0]);
        p->conf->host_label[name->wire[0]] = '\0';
    }
    return err;
}

void pub_wished(const struct pub *p, struct name *out)
{
    *out = p->host_name;
}

static bool taken(const struct dnssd_host *h)
{
    return dnssd_host_state(h) == CLAIM_CONFLICT ||
           dnssd_host_state(h) == CLAIM_FAILED;
}

static const struct conf_host *other_host(const struct pub *p, uint64_t key)
{
    const struct conf_host *h = p->conf->hosts;

    while (h != NULL &&
           pub_host_key(&h->name, h, p->conf->reverse) != key)
        h = h->next;
    return h;
}

bool pub_host_item(const struct pub *p, unsigned i, struct pub_host_item *out)
{
    const struct pub_host *h;
    const struct conf_host *other;

    out->addrs = NULL;
    out->addr_count = 0;
    if (i == 0 && p->host != NULL) {
        dnssd_host_name(p->host, &out->name);
        out->taken = taken(p->host);
        return true;
    }
    i -= p->host != NULL;
    if (i >= p->host_count)
        return false;
    h = &p->hosts[i];
    dnssd_host_name(h->host, &out->name);
    out->taken = taken(h->host);
    other = h->other ? other_host(p, h->key & ~(uint64_t)KEY_MARKS) : NULL;
    if (other != NULL) {
        out->addrs = other->addrs;
        out->addr_count = other->addr_count;
    }
    return true;
}

void pub_host_name(const struct pub *p, struct name *out)
{
    if (p->host != NULL)
        dnssd_host_name(p->host, out);
    else
        *out = p->host_name;
}
