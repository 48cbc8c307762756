/*
 * nodes.c - machines out of instances: who is who, and who is there twice
 */
#include "nodes.h"

#include <stdlib.h>
#include <string.h>

#include "crier/sort.h"

/* --- one ------------------------------------------------------------------ */

static uint32_t number(const uint8_t *p, size_t len)
{
    uint32_t v = 0;

    if (len > 6)
        return 0;
    for (size_t i = 0; i < len; i++) {
        if (p[i] < '0' || p[i] > '9')
            return 0;
        v = v * 10 + (uint32_t)(p[i] - '0');
    }
    return v;
}

static void read_value(struct node *n, unsigned i)
{
    const struct dnssd_event *ev = &n->f->ev;

    if (!ev->resolved ||
        dnssd_txt_get(ev->txt, ev->txt_len, identity_field_name(i),
                      &n->value[i].p, &n->value[i].len) != DNSSD_TXT_VALUE) {
        n->value[i].p = NULL;
        n->value[i].len = 0;
    }
}

static void read_node(struct node *n, const struct found *f)
{
    memset(n, 0, sizeof *n);
    n->f = f;
    for (unsigned i = 0; i < ID_COUNT; i++)
        read_value(n, i);
    n->pos = number(n->value[ID_POS].p, n->value[ID_POS].len);
}

static int by_bytes(const uint8_t *a, size_t a_len, const uint8_t *b,
                    size_t b_len)
{
    size_t len = a_len < b_len ? a_len : b_len;
    int d = len > 0 ? memcmp(a, b, len) : 0;

    return d != 0 ? d : a_len < b_len ? -1 : a_len > b_len;
}

static bool is(const struct node *n, unsigned field, const char *text)
{
    return by_bytes(n->value[field].p, n->value[field].len,
                    (const uint8_t *)text, strlen(text)) == 0;
}

bool node_is_wanted(const struct node *n, const struct node_wanted *w)
{
    return (!w->fresh || is(n, ID_STATE, "new")) &&
           (w->app == NULL || is(n, ID_APP, w->app));
}

/* --- two ------------------------------------------------------------------ */

static int by_value(const struct node *a, const struct node *b, unsigned i)
{
    return by_bytes(a->value[i].p, a->value[i].len, b->value[i].p,
                    b->value[i].len);
}

static int by_id(const void *a, const void *b)
{
    const struct node *x = a, *y = b;
    int d = by_value(x, y, ID_ID);

    return d != 0 ? d : name_compare(&x->f->ev.name, &y->f->ev.name);
}

static int by_place(const void *a, const void *b)
{
    const struct node *x = a, *y = b;
    int d = by_value(x, y, ID_APP);

    if (d == 0)
        d = x->pos < y->pos ? -1 : x->pos > y->pos;
    return d != 0 ? d : by_id(a, b);
}

static bool same_id(const struct node *a, const struct node *b)
{
    if (a->value[ID_ID].p == NULL)
        return b->value[ID_ID].p == NULL &&
               name_equal(&a->f->ev.name, &b->f->ev.name);
    return b->value[ID_ID].p != NULL && by_value(a, b, ID_ID) == 0;
}

/* Two that cannot hear each other may have the same name, but not the same
 * address. */
static bool same_machine(const struct node *a, const struct node *b,
                         bool apart)
{
    const struct dnssd_event *x = &a->f->ev, *y = &b->f->ev;

    if (!name_equal(&x->name, &y->name))
        return false;
    for (unsigned i = 0; apart && i < x->addr_count; i++)
        for (unsigned k = 0; k < y->addr_count; k++)
            if (addr_equal(&x->addrs[i], &y->addrs[k]))
                return true;
    return !apart;
}

/* --- all ------------------------------------------------------------------ */

/* Each machine once, and marks on those whose id is another's too. They are
 * in order of id and name; k is where the same id began. */
static void unite(struct nodes *n, bool apart)
{
    size_t kept = 0, k = 0;

    for (size_t i = 0; i < n->count; i++) {
        struct node *x = &n->list[i];
        bool same = false;

        if (kept == 0 || !same_id(&n->list[kept - 1], x))
            k = kept;
        for (size_t at = kept; at > k && !same; at--) {
            same = same_machine(&n->list[at - 1], x, apart);
            if (!apart)
                break; /* the same name is right before */
        }
        if (same)
            continue;
        if (kept > k)
            n->list[kept - 1].dup = x->dup = true;
        n->list[kept++] = *x;
    }
    n->count = kept;
}

static void choose(struct nodes *n, const struct node_wanted *w)
{
    size_t kept = 0;

    for (size_t i = 0; i < n->count; i++) {
        const struct node *x = &n->list[i];

        if (!node_is_wanted(x, w))
            continue;
        n->distinct += kept == 0 || !same_id(x, &n->list[kept - 1]);
        n->list[kept++] = *x;
    }
    n->count = kept;
}

bool nodes_make(struct nodes *n, struct found *const *list, size_t count,
                const struct node_wanted *wanted)
{
    memset(n, 0, sizeof *n);
    if (count == 0)
        return true;
    n->list = malloc(count * sizeof *n->list);
    if (n->list == NULL)
        return false;
    n->count = count;
    for (size_t i = 0; i < count; i++)
        read_node(&n->list[i], list[i]);
    sort(n->list, n->count, sizeof *n->list, by_id);
    unite(n, wanted->apart);
    choose(n, wanted);
    sort(n->list, n->count, sizeof *n->list, by_place);
    for (size_t i = 0; i < n->count; i++)
        n->apps += n->list[i].value[ID_APP].len > 0 &&
                   (i == 0 ||
                    by_value(&n->list[i], &n->list[i - 1], ID_APP) != 0);
    return true;
}

void nodes_one(struct node *n, const struct found *f,
               const struct found_set *all)
{
    read_node(n, f);
    if (n->value[ID_ID].p == NULL)
        return;
    for (unsigned i = 0; i < FOUND_BUCKETS; i++)
        for (const struct found *o = all->bucket[i]; o != NULL; o = o->next) {
            struct node other = {.f = o};

            read_value(&other, ID_ID);
            n->dup |= other.value[ID_ID].len > 0 && same_id(n, &other) &&
                      !name_equal(&o->ev.name, &f->ev.name);
        }
}

uint32_t nodes_distinct(const struct found_set *found)
{
    static const struct node_wanted any;
    struct found **list = found_sorted(found);
    struct nodes n = {0};

    if (list != NULL)
        (void)nodes_make(&n, list, found->count, &any);
    free(n.list);
    free(list);
    return n.distinct;
}
