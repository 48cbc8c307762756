/*
 * entries.c - the services of this host
 */
#include "pub.h"

#include <string.h>

#include "crier/os.h"

static const struct name local = {7, "\5local"};

/* --- what a service is, apart from port and TXT --------------------------- */

static uint64_t hash_subtype(uint64_t h, const struct dnssd_type *t)
{
    h = pub_hash(h, &t->sub_len, sizeof t->sub_len);
    return pub_hash(h, t->sub, t->sub_len);
}

uint64_t entry_key(const struct pub *p, const struct service *s)
{
    uint64_t h = pub_hash(PUB_HASH_START, s->instance, s->instance_len);
    const struct name *target = s->has_target    ? &s->target
                                : p->host == NULL ? &p->host_name
                                                  : NULL;

    h = pub_hash(h, s->type.base.wire, s->type.base.len);
    h = pub_hash(h, &s->ttl_s, sizeof s->ttl_s);
    if (target != NULL)
        h = pub_hash(h, target->wire, target->len);
    for (unsigned i = 0; i < s->subtype_count; i++)
        h = hash_subtype(h, &s->subtypes[i]);
    for (unsigned i = 0; i < s->glob_count; i++)
        h = pub_hash(h, s->globs[i], strlen(s->globs[i]));
    return h & ~(uint64_t)KEY_MARKS;
}

void entry_name(const struct service *s, struct name *out)
{
    *out = s->type.base;
    (void)name_append(out, &local);
    (void)name_prepend(out, s->instance, s->instance_len);
}

static void make_spec(const struct pub *p, const struct service *s,
                      struct dnssd_service_spec *spec)
{
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
        .on_conflict = s->no_rename ? CONFLICT_FAIL : p->conf->on_conflict,
        .rename_suffix = p->mac[0] != '\0' ? p->mac : NULL,
        .cookie = (void *)(uintptr_t)p,
    };
    if (s->has_target)
        spec->target = s->target;
    else if (p->host != NULL)
        spec->host = p->host;
    else
        spec->target = p->host_name;
}

void pub_link(struct pub *p, unsigned link, enum loop_link_event what)
{
    if (what != LOOP_LINK_UP)
        return;
    for (uint32_t i = 0; i < p->entry_count; i++) {
        struct bound *b = p->entries[i].what;

        if ((p->entries[i].key & KEY_BOUND) != 0 && bound_link(p, b, link))
            bound_register(p, b);
    }
}

/* --- coming, changing, going ---------------------------------------------- */

/* ENGINE_OK, or why the service cannot be registered under its name. */
static enum engine_err register_it(struct pub *p,
                                   const struct dnssd_service_spec *spec,
                                   const struct name *full, bool makes_way,
                                   struct dnssd_service **reg)
{
    enum engine_err err;
    struct name got;

    if (p->entry_count == p->entry_room)
        return ENGINE_FULL;
    err = dnssd_register(loop_dnssd(p->loop), loop_now_ms(p->loop), spec, reg);
    if (err != ENGINE_OK)
        return err;
    dnssd_service_name(*reg, &got);
    if (makes_way || name_equal(&got, full))
        return ENGINE_OK;
    /* Making way for another of ours is not what the files say. */
    dnssd_unregister(loop_dnssd(p->loop), loop_now_ms(p->loop), *reg);
    return ENGINE_TAKEN;
}

/* From now on it waits for its interfaces and its check; the interfaces that
 * are there count. */
static struct bound *bind_it(struct pub *p, const struct service *s,
                             const struct dnssd_service_spec *spec,
                             struct report *r)
{
    struct bound *b = bound_new(s, spec);

    if (b != NULL && !bound_check(p, b, s, false)) {
        bound_free(b);
        b = NULL;
    }
    if (b == NULL) {
        report_at(r, 0, "E041", "no memory for \"%b\"; free some",
                  (const void *)s->instance, (size_t)s->instance_len);
        return NULL;
    }
    for (unsigned i = 0; i < ENGINE_LINKS_MAX; i++)
        if (loop_link_state(p->loop, i) != NULL)
            bound_link(p, b, i);
    bound_register(p, b);
    return b;
}

struct entry *entry_add(struct pub *p, const struct service *s,
                        unsigned marks, struct report *r)
{
    struct entry *e = &p->entries[p->entry_count];
    struct dnssd_service_spec spec;
    struct dnssd_service *reg;
    struct name full;
    enum engine_err err;
    void *what;

    r->line = 0;
    if (!bound_may_be(p, s, r) || !pub_cnames_add(p, s, r))
        return NULL;
    make_spec(p, s, &spec);
    entry_name(s, &full);
    err = register_it(p, &spec, &full, s->makes_way, &reg);
    if (err != ENGINE_OK) {
        pub_say_refused(r, &full, err);
        return NULL;
    }
    what = reg;
    if (s->glob_count > 0 || s->check.kind != CHECK_NONE) {
        /* That was the check. */
        dnssd_unregister(loop_dnssd(p->loop), loop_now_ms(p->loop), reg);
        what = bind_it(p, s, &spec, r);
        marks |= KEY_BOUND;
    }
    if (what == NULL)
        return NULL;
    *e = (struct entry){entry_key(p, s) | marks, what};
    p->entry_count++;
    return e;
}

/* A plain service that gets a check is what it is until that fails. */
static bool bind_later(struct entry *e, const struct service *s,
                       const struct dnssd_service_spec *spec)
{
    struct bound *b = bound_new(s, spec);

    if (b == NULL)
        return false;
    b->reg = e->what;
    e->what = b;
    e->key |= KEY_BOUND;
    return true;
}

bool entry_update(struct pub *p, struct entry *e, const struct service *s,
                  bool *changed, struct report *r)
{
    struct dnssd_service_spec spec;
    struct dnssd_service *reg = e->what;
    enum engine_err err = ENGINE_OK;
    struct name full;
    bool announced;

    r->line = 0;
    *changed = false;
    if (!bound_may_be(p, s, r))
        return false;
    make_spec(p, s, &spec);
    if (s->check.kind != CHECK_NONE && (e->key & KEY_BOUND) == 0 &&
        !bind_later(e, s, &spec))
        err = ENGINE_FULL;
    if ((e->key & KEY_BOUND) != 0) {
        struct bound *b = e->what;

        if (!bound_update(b, &spec, changed) || !bound_check(p, b, s, true))
            err = ENGINE_FULL;
        reg = b->reg;
    }
    if (err == ENGINE_OK && reg != NULL) {
        err = dnssd_update(loop_dnssd(p->loop), loop_now_ms(p->loop), reg,
                           &spec, &announced);
        *changed |= announced;
    }
    if (err == ENGINE_OK)
        return pub_cnames_add(p, s, r);
    entry_name(s, &full);
    pub_say_refused(r, &full, err);
    return false;
}

void entry_withdraw(struct pub *p, struct entry *e)
{
    struct bound *b = (e->key & KEY_BOUND) != 0 ? e->what : NULL;
    struct dnssd_service *reg = b != NULL ? b->reg : e->what;

    if (reg != NULL)
        dnssd_unregister(loop_dnssd(p->loop), loop_now_ms(p->loop), reg);
    if (b != NULL)
        bound_free(b);
    e->what = NULL;
}

static const struct dnssd_service *registered(const struct entry *e)
{
    const struct bound *b = e->what;

    return (e->key & KEY_BOUND) != 0 ? b->reg : e->what;
}

bool entry_failed(const struct entry *e)
{
    const struct dnssd_service *reg = registered(e);

    return reg != NULL && dnssd_service_state(reg) == CLAIM_FAILED;
}

bool entry_full_name(const struct entry *e, struct name *out)
{
    const struct dnssd_service *reg = registered(e);

    if (reg == NULL)
        return false;
    dnssd_service_name(reg, out);
    return true;
}

/* --- all of them ----------------------------------------------------------- */

void entries_init(struct pub *p)
{
    p->checks.loop = p->loop;
    p->checks.changed = bound_changed;
    p->checks.ctx = p;
    p->checks.due_ms = UINT64_MAX;
}

void entries_free(struct pub *p)
{
    os_pages_free(p->tcp_ports, TCP_PORTS_LEN);
    for (uint32_t i = 0; i < p->entry_count; i++)
        if ((p->entries[i].key & KEY_BOUND) != 0)
            bound_free(p->entries[i].what);
}

uint64_t pub_tick(struct pub *p, uint64_t now_ms)
{
    return checks_tick(&p->checks, now_ms);
}

unsigned pub_box(struct pub *p)
{
    p->boxed = p->conf->sandbox != CONF_BOX_OFF;
    return p->tcp_ports != NULL ? OS_MAY_CONNECT : 0;
}

/* --- services of no file --------------------------------------------------- */

static struct entry *entry_of(const struct pub *p, const void *what)
{
    for (uint32_t i = 0; i < p->entry_count; i++)
        if (p->entries[i].what == what)
            return &p->entries[i];
    return NULL;
}

static void take_out(struct pub *p, struct entry *e)
{
    entry_withdraw(p, e);
    *e = p->entries[--p->entry_count];
}

bool pub_put(struct pub *p, const struct service *s, void **handle,
             struct report *r)
{
    struct entry *e = *handle != NULL ? entry_of(p, *handle) : NULL;
    uint64_t key = entry_key(p, s);
    struct entry *more;
    struct name full, was;
    bool changed;

    if (e != NULL && (e->key & ~(uint64_t)KEY_MARKS) == key &&
        !entry_failed(e)) {
        bool ok = entry_update(p, e, s, &changed, r);

        *handle = e->what; /* another one where a check was added */
        return ok;
    }
    entry_name(s, &full);
    if (e != NULL && (!entry_full_name(e, &was) || name_equal(&was, &full))) {
        take_out(p, e); /* the same name, with other subtypes perhaps */
        e = NULL;
        *handle = NULL;
    }
    more = entry_add(p, s, KEY_ADDED, r);
    if (more == NULL)
        return false;
    *handle = more->what;
    if (e != NULL)
        take_out(p, e);
    return true;
}

void pub_take_back(struct pub *p, void *handle)
{
    struct entry *e = entry_of(p, handle);

    if (e != NULL)
        take_out(p, e);
}

void pub_of_files(struct pub *p, void *handle, bool on)
{
    struct entry *e = entry_of(p, handle);

    if (e != NULL && on)
        e->key &= ~(uint64_t)KEY_ADDED;
    else if (e != NULL)
        e->key |= KEY_ADDED;
}

const char pub_states[PUB_STATES][10] = {
    [PUB_ANNOUNCED] = "announced", [PUB_PROBING] = "probing",
    [PUB_TAKEN] = "conflict",      [PUB_HELD] = "held",
    [PUB_WAITING] = "waiting",
};

static enum pub_state state_of(const struct dnssd_service *reg)
{
    enum claim_state st = dnssd_service_state(reg);

    return dnssd_service_links(reg) != 0                  ? PUB_ANNOUNCED
           : st == CLAIM_CONFLICT || st == CLAIM_FAILED ? PUB_TAKEN
                                                          : PUB_PROBING;
}

bool pub_item(const struct pub *p, uint32_t i, struct pub_item *out)
{
    const struct entry *e = &p->entries[i];
    const struct bound *b;
    const struct dnssd_service *reg;

    if (i >= p->entry_count)
        return false;
    b = e->what;
    reg = registered(e);
    memset(out, 0, sizeof *out);
    if ((e->key & KEY_ADDED) != 0)
        out->handle = e->what;
    if (reg == NULL) {
        out->state = b->held ? PUB_HELD : PUB_WAITING;
        out->name = b->spec.type.base;
        out->port = b->spec.port;
        (void)name_append(&out->name, &local);
        (void)name_prepend(&out->name, b->instance, b->spec.instance_len);
        return true;
    }
    dnssd_service_name(reg, &out->name);
    out->port = dnssd_service_port(reg);
    out->links = dnssd_service_links(reg);
    out->state = state_of(reg);
    return true;
}

uint32_t pub_count(const struct pub *p)
{
    return p->entry_count;
}

bool pub_service(struct pub *p, const struct service *s, struct report *r)
{
    return entry_add(p, s, KEY_ADDED, r) != NULL;
}
