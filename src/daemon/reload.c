/*
 * reload.c - the files once more, and only what differs
 *
 * All files are read twice. The first time nothing changes: it finds what is
 * wrong, and marks what is there already. Then goes what has no mark, and the
 * second time comes what is new. So names and places in tables are free again
 * before they are wanted, and a bad file leaves all as it was.
 */
#include "pub.h"

#include <string.h>

#include "crier/os.h"
#include "crier/sort.h"

struct reload {
    struct pub *p;
    struct pub_changes *done;
    uint32_t sorted;    /* entries that are in order, at the front */
    uint64_t *names;    /* a hash table of names, to find one given twice */
    uint32_t name_room; /* a power of two */
    uint32_t services;
};

/* --- in order ------------------------------------------------------------- */

static uint64_t unmarked(const struct entry *e)
{
    return e->key & ~(uint64_t)KEY_MARKS;
}

static int by_key(const void *a, const void *b)
{
    uint64_t ka = unmarked(a), kb = unmarked(b);

    return ka < kb ? -1 : ka > kb;
}

static struct entry *find(const struct reload *rl, uint64_t key)
{
    struct entry *at = rl->p->entries;
    uint32_t count = rl->sorted;

    while (count > 0) {
        uint32_t half = count / 2;

        if (unmarked(&at[half]) < key) {
            at += half + 1;
            count -= half + 1;
        } else {
            count = half;
        }
    }
    if (at == rl->p->entries + rl->sorted || unmarked(at) != key ||
        (at->key & KEY_ADDED) != 0)
        return NULL;
    return at;
}

/* --- the first time: looking ---------------------------------------------- */

/* False if the name was noted before. */
static bool note_name(struct reload *rl, const struct name *n)
{
    uint64_t h = pub_hash_name(PUB_HASH_START, n) | 1;
    uint32_t i = (uint32_t)(h >> 8) & (rl->name_room - 1);

    while (rl->names[i] != 0) {
        if (rl->names[i] == h)
            return false;
        i = (i + 1) & (rl->name_room - 1);
    }
    rl->names[i] = h;
    return true;
}

static void look_at_host(struct reload *rl, const struct name *name,
                         const struct conf_host *fixed, bool reverse,
                         struct report *r)
{
    struct pub_host *h =
        pub_host_find(rl->p, pub_host_key(name, fixed, reverse));

    if (h != NULL)
        h->key |= KEY_SEEN;
    if (!note_name(rl, name))
        pub_say_refused(r, name, ENGINE_TAKEN);
}

static void look_at_hosts(struct reload *rl, const struct conf *c,
                          struct report *r)
{
    note_name(rl, &rl->p->host_name);
    for (unsigned i = 0; i < c->alias_count; i++) {
        r->line = c->alias_line[i];
        look_at_host(rl, c->aliases[i], NULL, false, r);
    }
    for (const struct conf_host *h = c->hosts; h != NULL; h = h->next) {
        r->line = h->line;
        look_at_host(rl, &h->name, h, c->reverse, r);
    }
    r->line = 0;
}

static bool look_at_service(void *ctx, const struct service *s,
                            struct report *r)
{
    struct reload *rl = ctx;
    struct entry *e = find(rl, entry_key(rl->p, s));
    struct name full;

    entry_name(s, &full);
    r->line = 0;
    if (rl->services == rl->p->entry_room) {
        pub_say_refused(r, &full, ENGINE_FULL);
        return false;
    }
    rl->services++;
    if (!note_name(rl, &full)) {
        pub_say_refused(r, &full, ENGINE_TAKEN);
        return false;
    }
    if (e != NULL && !entry_failed(e)) /* which has another try */
        e->key |= KEY_SEEN;
    for (unsigned i = 0; i < s->cname_count; i++) {
        struct pub_host *h =
            pub_host_find(rl->p, pub_host_key(&s->cnames[i], NULL, false));

        if (h != NULL)
            h->key |= KEY_SEEN;
    }
    return true;
}

/* Services of no file stay: their names are taken. */
static void look_at_entries(struct reload *rl)
{
    struct pub *p = rl->p;
    struct name full;

    sort(p->entries, p->entry_count, sizeof *p->entries, by_key);
    rl->sorted = p->entry_count;
    for (uint32_t i = 0; i < p->entry_count; i++) {
        struct entry *e = &p->entries[i];

        e->key &= ~(uint64_t)KEY_SEEN;
        if ((e->key & KEY_ADDED) == 0)
            continue;
        rl->services++;
        if (entry_full_name(e, &full))
            note_name(rl, &full);
    }
    for (unsigned i = 0; i < p->host_count; i++)
        p->hosts[i].key &= ~(uint64_t)KEY_SEEN;
}

static bool look(struct reload *rl, const struct conf *next,
                 struct report *r)
{
    unsigned errors = r->errors;
    unsigned count;

    for (rl->name_room = 1024; rl->name_room < 2 * rl->p->entry_room;)
        rl->name_room *= 2;
    rl->names = os_pages(rl->name_room * sizeof *rl->names);
    if (rl->names == NULL) {
        report_at(r, 0, "E041", "no memory to read the files; free some");
        return false;
    }
    look_at_entries(rl);
    look_at_hosts(rl, next, r);
    services_each(next, look_at_service, rl, r, &count);
    os_pages_free(rl->names, rl->name_room * sizeof *rl->names);
    return r->errors == errors;
}

/* --- the second time: doing ----------------------------------------------- */

static void drop_unseen(struct reload *rl)
{
    struct pub *p = rl->p;
    uint32_t kept = 0;

    for (uint32_t i = 0; i < p->entry_count; i++) {
        struct entry *e = &p->entries[i];

        if ((e->key & (KEY_SEEN | KEY_ADDED)) == 0) {
            entry_withdraw(p, e);
            rl->done->withdrawn++;
        } else {
            p->entries[kept++] = *e;
        }
    }
    p->entry_count = rl->sorted = kept;
    kept = 0;
    for (unsigned i = 0; i < p->host_count; i++) {
        if ((p->hosts[i].key & KEY_SEEN) == 0)
            dnssd_host_remove(loop_dnssd(p->loop), loop_now_ms(p->loop),
                              p->hosts[i].host);
        else
            p->hosts[kept++] = p->hosts[i];
    }
    p->host_count = kept;
}

/* A host that had to take another name stays what it is while its name in
 * the files does. */
static void rename_host(struct pub *p, const struct name *was,
                        struct report *r)
{
    enum engine_err err;

    if (p->host == NULL || name_equal(was, &p->host_name))
        return;
    err = dnssd_host_rename(loop_dnssd(p->loop), loop_now_ms(p->loop),
                            p->host, &p->host_name);
    if (err != ENGINE_OK)
        pub_say_refused(r, &p->host_name, err);
}

static bool do_service(void *ctx, const struct service *s, struct report *r)
{
    struct reload *rl = ctx;
    struct entry *e = find(rl, entry_key(rl->p, s));
    bool changed;

    if (e == NULL) {
        if (entry_add(rl->p, s, KEY_SEEN, r) == NULL)
            return false;
        rl->done->added++;
        return true;
    }
    if (!entry_update(rl->p, e, s, &changed, r))
        return false;
    rl->done->updated += changed;
    return true;
}

/* The loop goes on to look at the strings it was given. */
static void swap_globs(struct conf *a, struct conf *b)
{
    struct conf was = *a;

    memcpy(a->ifglobs, b->ifglobs, sizeof a->ifglobs);
    a->ifglob_count = b->ifglob_count;
    memcpy(b->ifglobs, was.ifglobs, sizeof b->ifglobs);
    b->ifglob_count = was.ifglob_count;
}

bool pub_reload(struct pub *p, struct conf *next, struct report *r,
                struct pub_changes *done)
{
    struct reload rl = {.p = p, .done = done};
    const char *file = r->file;
    unsigned errors = r->errors;
    struct conf old = *p->conf;
    struct name was = p->host_name;

    memset(done, 0, sizeof *done);
    pub_wished_name(next, &p->host_name);
    if (memcmp(was.wire, p->host_name.wire, was.len) == 0) {
        /* As pub_rename() left it. */
        memcpy(next->host_label, old.host_label, sizeof old.host_label);
        next->host_label_len = old.host_label_len;
    }
    if (!look(&rl, next, r)) {
        p->host_name = was;
        return false;
    }
    done->applied = true;
    *p->conf = *next;
    *next = old;
    swap_globs(p->conf, next);
    drop_unseen(&rl);
    r->file = file;
    r->line = 0;
    rename_host(p, &was, r);
    pub_hosts_add(p, true, r);
    services_each(p->conf, do_service, &rl, r, &done->services);
    done->services = 0; /* also those that a file had before it was refused */
    for (uint32_t i = 0; i < p->entry_count; i++)
        done->services += (p->entries[i].key & KEY_ADDED) == 0;
    return r->errors == errors;
}

bool pub_directories(struct pub *p, struct report *r, unsigned *count)
{
    struct pub_changes first = {0};
    struct reload rl = {.p = p, .done = &first};

    return services_each(p->conf, do_service, &rl, r, count);
}
