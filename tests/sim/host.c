/*
 * host.c - one host: an engine, its interfaces, and what it publishes and
 * looks for
 *
 * The driver makes the same calls as the daemon's loop. What a host wishes
 * (names, services, browses) outlives its engine, so that a restart brings
 * the same host up again.
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

enum { BURST_MAX = 20000 }; /* packets at one moment: more is a runaway */

struct host *host_new(struct world *w, const char *label)
{
    struct host *h = calloc(1, sizeof *h);

    h->w = w;
    h->id = w->host_count;
    snprintf(h->label, sizeof h->label, "%s", label);
    snprintf(h->name, sizeof h->name, "%s.local", label);
    h->deadline = UINT64_MAX;
    engine_config_default(&h->config);
    dnssd_config_default(&h->dconfig);
    h->config.seed = rng_next(&w->rng);
    w->hosts[w->host_count++] = h;
    return h;
}

struct host *host_find(struct world *w, const char *label)
{
    for (unsigned i = 0; i < w->host_count; i++)
        if (strcmp(w->hosts[i]->label, label) == 0)
            return w->hosts[i];
    return NULL;
}

struct nic *host_add_nic(struct host *h, unsigned lan)
{
    struct nic *n = &h->nics[h->nic_count++];

    n->lan = (uint8_t)lan;
    n->up = true;
    n->st.mtu = 1500;
    return n;
}

static void nic_families(struct nic *n)
{
    n->st.families = 0;
    for (unsigned i = 0; i < n->st.addr_count; i++)
        n->st.families |= n->st.addrs[i].addr.family;
}

void nic_add_addr(struct nic *n, struct addr a, unsigned prefix_len)
{
    if (n->st.addr_count == LINK_ADDRS_MAX)
        return;
    n->st.addrs[n->st.addr_count].addr = a;
    n->st.addrs[n->st.addr_count].prefix_len = (uint8_t)prefix_len;
    n->st.addr_count++;
    nic_families(n);
}

bool nic_drop_addr(struct nic *n, struct addr a)
{
    for (unsigned i = 0; i < n->st.addr_count; i++)
        if (addr_equal(&n->st.addrs[i].addr, &a)) {
            n->st.addr_count--;
            memmove(&n->st.addrs[i], &n->st.addrs[i + 1],
                    (n->st.addr_count - i) * sizeof n->st.addrs[0]);
            nic_families(n);
            return true;
        }
    return false;
}

bool nic_has_addr(const struct nic *n, const struct addr *a)
{
    for (unsigned i = 0; i < n->st.addr_count; i++)
        if (addr_equal(&n->st.addrs[i].addr, a))
            return true;
    return false;
}

/* As Linux chooses: to ff02::fb packets leave with the link-local one. */
struct addr nic_source(const struct nic *n, uint8_t family)
{
    struct addr found = {0};

    for (unsigned i = 0; i < n->st.addr_count; i++) {
        const struct addr *a = &n->st.addrs[i].addr;

        if (a->family != family)
            continue;
        if (found.family == ADDR_NONE ||
            (family == ADDR_V6 && addr_link_local(a) &&
             !addr_link_local(&found)))
            found = *a;
    }
    return found;
}

static void drop_engine(struct host *h)
{
    free(h->emem);
    free(h->dmem);
    h->emem = h->dmem = NULL;
    h->e = NULL;
    h->d = NULL;
    h->host = NULL;
    h->host_claim = NULL;
    h->claim_count = 0;
    h->watch_count = 0;
    h->host_announced = 0;
    h->running = false;
    h->deadline = UINT64_MAX;
    for (unsigned i = 0; i < h->service_count; i++) {
        h->services[i].s = NULL;
        h->services[i].announced = 0;
    }
    for (unsigned i = 0; i < h->browse_count; i++) {
        h->browses[i]->b = NULL;
        h->browses[i]->found_count = 0;
    }
}

void host_free(struct host *h)
{
    drop_engine(h);
    for (unsigned i = 0; i < h->browse_count; i++) {
        free(h->browses[i]->found);
        free(h->browses[i]);
    }
    free(h);
}

bool host_name_now(const struct host *h, struct name *out)
{
    if (h->host != NULL)
        dnssd_host_name(h->host, out);
    else if (h->host_claim != NULL)
        engine_claim_name(h->host_claim, out);
    else
        return false;
    return true;
}

/* --- publishing ------------------------------------------------------- */

static void add_host_name(struct host *h)
{
    struct name name;

    if (h->noname || name_from_text(h->name, &name, NULL) != NAME_TEXT_OK)
        return;
    oracle_rival(h->w, &name, h);
    if (h->raw) {
        struct claim_spec spec = {
            .name = &name, .kind = CLAIM_HOST, .links = LINKS_ALL,
            .on_conflict = h->on_conflict, .addresses = true,
            .reverse = h->reverse, .cookie = h,
            .rename_suffix = h->suffix[0] ? h->suffix : NULL,
        };

        if (engine_claim_new(h->e, &spec, &h->host_claim) != ENGINE_OK)
            world_fail(h->w, "%s: claim refused", h->label);
        else
            engine_claim_commit(h->e, h->w->now_ms, h->host_claim);
        return;
    }
    struct dnssd_host_spec spec = {
        .name = name, .addresses = true, .reverse = h->reverse,
        .links = LINKS_ALL, .on_conflict = h->on_conflict,
        .rename_suffix = h->suffix[0] ? h->suffix : NULL, .cookie = h,
    };

    if (dnssd_host_add(h->d, h->w->now_ms, &spec, &h->host) != ENGINE_OK)
        world_fail(h->w, "%s: host name refused", h->label);
}

struct service *host_service(struct host *h, const char *instance,
                             const char *type, uint16_t port)
{
    struct service *s;

    if (h->service_count == 24)
        return NULL;
    s = &h->services[h->service_count++];
    snprintf(s->instance, sizeof s->instance, "%s", instance);
    snprintf(s->type, sizeof s->type, "%s", type);
    s->port = port;
    s->owner = h;
    return s;
}

/* Instance names in scenarios may hold \DDD. */
static size_t unescape(const char *text, char *out, size_t max)
{
    size_t n = 0;

    for (; *text != '\0' && n < max; text++) {
        if (*text == '\\' && text[1] >= '0' && text[1] <= '9' && text[2] &&
            text[3]) {
            out[n++] = (char)((text[1] - '0') * 100 +
                              (text[2] - '0') * 10 + (text[3] - '0'));
            text += 3;
        } else {
            out[n++] = *text;
        }
    }
    return n;
}

static void subtypes_of(const struct service *s, struct dnssd_type *out)
{
    for (unsigned i = 0; i < s->subtype_count; i++) {
        size_t n = unescape(s->subtypes[i], (char *)out[i].sub,
                            NAME_LABEL_MAX);

        out[i].sub_len = (uint8_t)n;
    }
}

enum engine_err host_register(struct host *h, struct service *s)
{
    struct dnssd_service_spec spec = {0};
    struct dnssd_type subs[8];
    char instance[256];
    enum engine_err err;
    struct name full;

    memset(subs, 0, sizeof subs);
    spec.instance = instance;
    spec.instance_len = unescape(s->instance, instance, sizeof instance);
    if (dnssd_type_parse(s->type, false, &spec.type) != DNSSD_TYPE_OK)
        return ENGINE_BAD_RDATA;
    name_from_text("local.", &spec.domain, NULL);
    subtypes_of(s, subs);
    spec.subtypes = subs;
    spec.subtype_count = s->subtype_count;
    spec.priority = s->priority;
    spec.weight = s->weight;
    spec.port = s->port;
    spec.txt = s->txt;
    spec.txt_len = s->txt_len;
    spec.ttl_s = s->ttl_s;
    spec.host = s->no_host ? NULL : h->host;
    if (s->no_host || h->host == NULL)
        name_from_text(s->target[0] ? s->target : h->name, &spec.target,
                       NULL);
    spec.placeholder = s->placeholder;
    spec.links = LINKS_ALL;
    spec.on_conflict = s->on_conflict;
    spec.cookie = s;
    err = dnssd_register(h->d, h->w->now_ms, &spec, &s->s);
    if (err != ENGINE_OK) {
        s->s = NULL;
        return err;
    }
    dnssd_service_name(s->s, &full);
    oracle_rival(h->w, &full, h);
    h->dirty = true;
    return ENGINE_OK;
}

static void service_gone(struct host *h, struct service *s)
{
    struct name full;

    if (s->s == NULL)
        return;
    dnssd_service_name(s->s, &full);
    oracle_gone(h->w, &full, s->ttl_s ? s->ttl_s : 4500);
}

void host_unregister(struct host *h, struct service *s)
{
    if (s->s == NULL || !h->running)
        return;
    service_gone(h, s);
    dnssd_unregister(h->d, h->w->now_ms, s->s);
    s->s = NULL;
    s->announced = 0;
    h->dirty = true;
}

/* --- looking ---------------------------------------------------------- */

static void start_browse(struct host *h, struct browse *b)
{
    struct dnssd_type type;
    struct name name, domain;
    uint64_t now = h->w->now_ms;

    name_from_text("local.", &domain, NULL);
    if (b->arg[0] != '\0')
        name_from_text(b->arg, &name, NULL);
    if (strcmp(b->what, "browse") == 0) {
        if (dnssd_type_parse(b->arg, false, &type) == DNSSD_TYPE_OK)
            b->b = dnssd_browse(h->d, now, &type, &domain, LINKS_ALL,
                                b->flags, b);
    } else if (strcmp(b->what, "types") == 0) {
        b->b = dnssd_enumerate(h->d, now, &domain, LINKS_ALL, b);
    } else if (strcmp(b->what, "resolve") == 0) {
        b->b = dnssd_resolve(h->d, now, &name, LINKS_ALL, b);
    } else if (strcmp(b->what, "lookup") == 0) {
        b->b = dnssd_lookup(h->d, now, &name, (uint8_t)b->flags, LINKS_ALL,
                            b);
    } else {
        b->b = dnssd_query(h->d, now, &name, b->type, LINKS_ALL, b);
    }
    if (b->b == NULL)
        world_fail(h->w, "%s: %s %s refused", h->label, b->what, b->arg);
    h->dirty = true;
}

struct browse *host_browse(struct host *h, const char *what,
                           const char *arg, uint16_t type, unsigned flags)
{
    struct browse *b;

    if (h->browse_count == 24)
        return NULL;
    b = calloc(1, sizeof *b);
    snprintf(b->what, sizeof b->what, "%s", what);
    snprintf(b->arg, sizeof b->arg, "%s", arg);
    snprintf(b->id, sizeof b->id, "%.63s", arg);
    b->type = type;
    b->flags = flags;
    b->owner = h;
    h->browses[h->browse_count++] = b;
    if (h->running && !h->raw)
        start_browse(h, b);
    return b;
}

void host_stop_browse(struct host *h, struct browse *b)
{
    if (b->b != NULL && h->running)
        dnssd_stop(h->d, h->w->now_ms, b->b);
    for (unsigned i = 0; i < h->browse_count; i++)
        if (h->browses[i] == b)
            h->browses[i] = h->browses[--h->browse_count];
    free(b->found);
    free(b);
    h->dirty = true;
}

/* --- up and down ------------------------------------------------------ */

void host_link_set(struct host *h, unsigned nic)
{
    struct nic *n = &h->nics[nic];

    if (!h->running || !n->up)
        return;
    engine_link_set(h->e, h->w->now_ms, nic, &n->st);
    h->dirty = true;
}

void host_link(struct host *h, unsigned nic, bool up)
{
    struct nic *n = &h->nics[nic];

    if (n->up == up)
        return;
    n->up = up;
    oracle_reset_nic(h->w, h, nic);
    if (!h->running)
        return;
    if (up) {
        host_link_set(h, nic);
    } else {
        uint64_t bit = UINT64_C(1) << nic;

        engine_link_down(h->e, h->w->now_ms, nic);
        h->host_announced &= ~bit;
        for (unsigned i = 0; i < h->service_count; i++)
            h->services[i].announced &= ~bit;
    }
    h->dirty = true;
}

void host_start(struct host *h)
{
    struct world *w = h->w;
    size_t n = engine_memory(&h->config);
    size_t m = dnssd_memory(&h->dconfig);

    if (h->running)
        return;
    if (is_broken(w, "dice"))
        h->config.seed ^= 1;
    h->emem = calloc(1, n);
    h->dmem = calloc(1, m);
    h->e = engine_init(h->emem, n, &h->config, w->now_ms);
    h->d = h->raw ? NULL : dnssd_init(h->dmem, m, &h->dconfig, h->e);
    h->running = true;
    h->dirty = true;
    h->spin = 0;
    for (unsigned i = 0; i < h->nic_count; i++) {
        oracle_reset_nic(w, h, i);
        host_link_set(h, i);
    }
    add_host_name(h);
    for (unsigned i = 0; i < h->service_count && !h->raw; i++)
        host_register(h, &h->services[i]);
    for (unsigned i = 0; i < h->browse_count && !h->raw; i++)
        start_browse(h, h->browses[i]);
    host_pump(h);
}

static void all_gone(struct host *h)
{
    for (unsigned i = 0; i < h->service_count; i++)
        service_gone(h, &h->services[i]);
}

void host_kill(struct host *h)
{
    if (!h->running)
        return;
    all_gone(h);
    drop_engine(h);
}

void host_stop(struct host *h)
{
    if (!h->running)
        return;
    all_gone(h);
    engine_shutdown(h->e, h->w->now_ms);
    h->stopping = true;
    host_pump(h);
    h->stopping = false;
    drop_engine(h);
}

/* --- packets and events ----------------------------------------------- */

static void hash_bytes(struct world *w, const void *p, size_t n)
{
    const uint8_t *b = p;

    for (size_t i = 0; i < n; i++)
        w->hash = (w->hash ^ b[i]) * 0x100000001b3u;
}

static void judge(struct host *h, struct datagram *d, struct msg *m)
{
    struct world *w = h->w;
    const struct nic *n = &h->nics[d->link];
    struct sent how = {
        .multicast = d->multicast, .v6 = d->family == ADDR_V6,
        .port = d->multicast ? MDNS_PORT : d->port,
        .mtu = n->st.mtu < 576 ? 576 : n->st.mtu, /* as RFC 791 has it */
        .oneshot = d->oneshot, .but = oracle_exceptions(w->oracle),
    };
    char buf[1400];
    const char *e = witness_check(&how, m, buf, sizeof buf);

    if (e != NULL)
        world_fail(w, "I8/I9: %s sent: %s", h->label, e);
    oracle_sent(w, h, d->link, d, m);
    if (is_broken(w, "repeat"))
        oracle_sent(w, h, d->link, d, m);
}

static void send_one(struct host *h, struct datagram *d)
{
    struct world *w = h->w;
    uint8_t copy[9200];
    struct msg m;
    const char *e;
    struct addr src = d->local;
    uint16_t port = d->oneshot ? (uint16_t)(EPHEMERAL + h->id) : MDNS_PORT;

    if (d->len > sizeof copy || d->link >= h->nic_count) {
        world_fail(w, "I8: %s sends %zu bytes on link %u", h->label, d->len,
                   d->link);
        return;
    }
    memcpy(copy, d->data, d->len);
    d->data = copy;
    if (break_packet(w, h, d->link, d, copy, sizeof copy))
        return;
    if (src.family == ADDR_NONE)
        src = nic_source(&h->nics[d->link], d->family);
    if (src.family != d->family || !h->nics[d->link].up)
        world_fail(w, "%s sends over a family or link it does not have",
                   h->label);
    w->packets++;
    hash_bytes(w, &w->now_ms, sizeof w->now_ms);
    hash_bytes(w, copy, d->len);
    e = msg_parse(copy, d->len, &m);
    if (e != NULL) {
        world_fail(w, "I8: %s sent what cannot be read: %s", h->label, e);
        return;
    }
    judge(h, d, &m);
    oracle_heard(w, h->nics[d->link].lan, &m);
    world_send(w, h, d->link, d, h->nics[d->link].lan, src, port);
    peers_hear(w, h, d->link, d, &m);
    if (w->adversary != NULL)
        adversary_hear(w, h->nics[d->link].lan, d, &m);
    trace_packet(w, h, d->link, d, &m); /* takes the message over */
}

static struct found *find_found(struct browse *b,
                                const struct dnssd_event *ev)
{
    /* A type is told once, whatever the link. */
    bool any = ev->kind == DNSSD_TYPE_FOUND || ev->kind == DNSSD_TYPE_LOST;

    for (unsigned i = 0; i < b->found_count; i++)
        if ((any || b->found[i].link == ev->link) &&
            name_equal(&b->found[i].name, &ev->name))
            return &b->found[i];
    return NULL;
}

uint64_t hash_txt(const uint8_t *txt, size_t len)
{
    static const uint8_t empty[] = {0};
    uint64_t h = 0xcbf29ce484222325u;

    if (len == 0) { /* the same as one empty string (RFC 6763 6.1) */
        txt = empty;
        len = 1;
    }
    for (size_t i = 0; i < len; i++)
        h = (h ^ txt[i]) * 0x100000001b3u;
    return h;
}

static void keep_details(const struct world *w, struct found *f,
                         const struct dnssd_event *ev)
{
    if (!ev->resolved || is_broken(w, "forgetful"))
        return;
    f->host = ev->host;
    f->port = ev->port;
    f->txt_hash = hash_txt(ev->txt, ev->txt_len);
    f->addr_count = ev->addr_count;
    memcpy(f->addrs, ev->addrs, sizeof f->addrs);
}

/* The set a browse shows, and I16: found and lost take turns. */
static void follow_browse(struct host *h, struct browse *b,
                          const struct dnssd_event *ev)
{
    struct found *f = find_found(b, ev);
    bool found = ev->kind == DNSSD_FOUND || ev->kind == DNSSD_TYPE_FOUND;
    bool lost = ev->kind == DNSSD_LOST || ev->kind == DNSSD_TYPE_LOST;
    char text[NAME_TEXT_MAX];

    if (found == (f != NULL))
        world_fail(h->w, "I16: %s: %s %s although it was%s there", h->label,
                   found ? "found" : lost ? "lost" : "changed",
                   name_text(&ev->name, text), f ? "" : " not");
    if (found && f == NULL) {
        if (b->found_count == b->found_max) {
            b->found_max = b->found_max ? 2 * b->found_max : 16;
            b->found = realloc(b->found,
                               b->found_max * sizeof b->found[0]);
        }
        f = &b->found[b->found_count++];
        f->link = ev->link;
        f->name = ev->name;
        keep_details(h->w, f, ev);
    } else if (lost && f != NULL) {
        *f = b->found[--b->found_count];
    } else if (f != NULL) {
        keep_details(h->w, f, ev);
    }
}

static void follow_claim(struct host *h, uint64_t *mask,
                         const struct dnssd_event *ev)
{
    uint64_t bit = ev->link < 64 ? UINT64_C(1) << ev->link : 0;

    if (ev->state == CLAIM_ANNOUNCED)
        *mask |= bit;
    else if (ev->state == CLAIM_RENAMED || ev->state == CLAIM_FAILED)
        *mask = 0;
    else
        *mask &= ~bit;
    if (ev->state == CLAIM_RENAMED)
        oracle_rival(h->w, &ev->name, h);
}

static void take_dnssd(struct host *h, const struct dnssd_event *ev)
{
    switch (ev->kind) {
    case DNSSD_HOST:
        follow_claim(h, &h->host_announced, ev);
        break;
    case DNSSD_SERVICE:
        follow_claim(h, &((struct service *)ev->cookie)->announced, ev);
        break;
    case DNSSD_FOUND: case DNSSD_CHANGED: case DNSSD_LOST:
    case DNSSD_TYPE_FOUND: case DNSSD_TYPE_LOST:
        follow_browse(h, ev->cookie, ev);
        if (is_broken(h->w, "twice-found") && ev->kind == DNSSD_FOUND)
            follow_browse(h, ev->cookie, ev);
        break;
    default:
        break;
    }
    oracle_event(h->w, h, ev);
    trace_dnssd(h->w, h, ev);
}

static bool pull_event(struct host *h)
{
    if (h->raw) {
        struct event ev;

        if (!engine_event(h->e, &ev))
            return false;
        trace_engine(h->w, h, &ev);
        return true;
    }
    struct dnssd_event ev;

    if (!dnssd_event(h->d, h->w->now_ms, &ev))
        return false;
    take_dnssd(h, &ev);
    return true;
}

void host_pump(struct host *h)
{
    struct world *w = h->w;
    unsigned burst = 0;
    bool more = true;

    while (more && h->running && !w->failed) {
        struct datagram out;

        more = false;
        while (engine_transmit(h->e, w->now_ms, &out)) {
            more = true;
            send_one(h, &out);
            if (++burst > BURST_MAX) {
                world_fail(w, "I13: %s sends without end", h->label);
                break;
            }
        }
        while (!w->failed && pull_event(h))
            more = true;
    }
    h->dirty = false;
    if (!h->running)
        return;
    h->deadline = engine_deadline_ms(h->e);
    if (is_broken(w, "stuck"))
        h->deadline = UINT64_MAX;
    if (is_broken(w, "busy") && w->now_ms > w->start_ms + 5000)
        h->deadline = w->now_ms;
    oracle_stats(w, h);
}

void host_receive(struct host *h, const struct datagram *d)
{
    if (!h->running || !h->nics[d->link].up)
        return;
    engine_receive(h->e, h->w->now_ms, d);
    h->dirty = true;
}
