/*
 * found.c - what a client verb has found and shown so far
 *
 * dnssd bounds how many instances it tells about, and so what is kept here.
 */
#include <stdlib.h>
#include <string.h>

#include "crier/out.h"
#include "crier/sort.h"

static uint32_t mix(uint32_t h, uint8_t c)
{
    return (h ^ c) * 16777619u; /* FNV-1a */
}

static uint32_t key_hash(const struct dnssd_event *ev)
{
    uint32_t h = mix(2166136261u, ev->link);

    for (unsigned i = 0; i < ev->name.len; i++)
        h = mix(h, name_fold(ev->name.wire[i]));
    return h;
}

static struct found **slot(struct found_set *s, const struct dnssd_event *ev,
                           uint32_t hash)
{
    struct found **at = &s->bucket[hash % FOUND_BUCKETS];

    while (*at != NULL &&
           ((*at)->hash != hash || (*at)->ev.link != ev->link ||
            !name_equal(&(*at)->ev.name, &ev->name)))
        at = &(*at)->next;
    return at;
}

struct found *found_get(struct found_set *s, const struct dnssd_event *ev)
{
    return *slot(s, ev, key_hash(ev));
}

/* What difference people would see. */
static enum found_news compare(const struct dnssd_event *a,
                               const struct dnssd_event *b)
{
    if (a->resolved != b->resolved)
        return FOUND_CHANGED;
    if (!a->resolved)
        return FOUND_SAME;
    if (a->port != b->port || !name_equal(&a->host, &b->host) ||
        a->txt_len != b->txt_len ||
        memcmp(a->txt, b->txt, a->txt_len) != 0)
        return FOUND_CHANGED;
    if (a->addr_count != b->addr_count)
        return FOUND_ADDRS;
    for (unsigned i = 0; i < a->addr_count; i++)
        if (!addr_equal(&a->addrs[i], &b->addrs[i]))
            return FOUND_ADDRS;
    return FOUND_SAME;
}

/* Take over ev and what it borrows. */
static bool fill(struct found *f, const struct dnssd_event *ev)
{
    size_t len = ev->resolved ? ev->txt_len : 0;

    if (len > f->txt_cap) {
        uint8_t *more = realloc(f->txt, len);

        if (more == NULL)
            return false;
        f->txt = more;
        f->txt_cap = len;
    }
    if (len > 0)
        memcpy(f->txt, ev->txt, len);
    f->ev = *ev;
    f->ev.txt = f->txt;
    f->ev.txt_len = len;
    return true;
}

enum found_news found_put(struct found_set *s, const struct dnssd_event *ev,
                          const char *iface, struct found **out)
{
    uint32_t hash = key_hash(ev);
    struct found **at = slot(s, ev, hash);
    struct found *f = *at;
    enum found_news news = FOUND_NEW;
    size_t len = strlen(iface);

    *out = f;
    if (f == NULL) {
        f = calloc(1, sizeof *f);
        if (f == NULL)
            return FOUND_NO_MEMORY;
        f->hash = hash;
        if (len >= sizeof f->iface)
            len = sizeof f->iface - 1;
        memcpy(f->iface, iface, len);
        *at = f;
        s->count++;
    } else {
        /* What was resolved once is not taken back by a later event of a
         * browse that does not resolve. */
        if (f->ev.resolved && !ev->resolved) {
            f->ev.families |= ev->families;
            return FOUND_SAME;
        }
        news = compare(&f->ev, ev);
    }
    if (!fill(f, ev))
        return FOUND_NO_MEMORY;
    *out = f;
    return news;
}

void found_remove(struct found_set *s, struct found *f)
{
    *slot(s, &f->ev, f->hash) = f->next;
    s->count--;
    free(f->txt);
    free(f);
}

/* As people sort: by text and not, like name_compare(), by length first. */
static int label_order(const struct name *a, const struct name *b)
{
    unsigned len = a->wire[0] < b->wire[0] ? a->wire[0] : b->wire[0];

    for (unsigned i = 1; i <= len; i++) {
        int d = name_fold(a->wire[i]) - name_fold(b->wire[i]);

        if (d != 0)
            return d;
    }
    return a->wire[0] - b->wire[0];
}

static int by_name(const void *a, const void *b)
{
    const struct found *x = *(struct found *const *)a;
    const struct found *y = *(struct found *const *)b;
    int d = label_order(&x->ev.type, &y->ev.type);

    if (d == 0)
        d = label_order(&x->ev.name, &y->ev.name);
    if (d == 0) /* the rest of the names, so that equal ones stand together */
        d = name_compare(&x->ev.name, &y->ev.name);
    return d != 0 ? d : strcmp(x->iface, y->iface);
}

struct found **found_sorted(const struct found_set *s)
{
    struct found **list = malloc((s->count + 1) * sizeof *list);
    size_t n = 0;

    if (list == NULL || s->count == 0) {
        free(list);
        return NULL;
    }
    for (unsigned i = 0; i < FOUND_BUCKETS; i++)
        for (struct found *f = s->bucket[i]; f != NULL; f = f->next)
            list[n++] = f;
    sort(list, n, sizeof *list, by_name);
    return list;
}
