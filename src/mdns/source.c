/*
 * Who told us what, so that a flood costs the flooder its own records.
 */
#include "cache.h"

enum { BUCKETS = 256 };

bool source_init(struct engine *e)
{
    e->sources = heap_get(&e->heap, BUCKETS * sizeof *e->sources);
    return e->sources != NULL;
}

static struct source **bucket(struct engine *e, unsigned link,
                              const struct addr *a)
{
    uint64_t h = e->hash_key ^ link;

    for (unsigned i = 0; i < addr_len(a); i++)
        h = (h ^ a->b[i]) * e->hash_key;
    return &e->sources[(h >> 40) % BUCKETS];
}

struct source *source_get(struct engine *e, unsigned link,
                          const struct addr *a)
{
    struct source **b = bucket(e, link, a);
    struct source *s = *b;

    while (s != NULL && !(s->link == link && addr_equal(&s->addr, a)))
        s = s->hash_next;
    if (s != NULL)
        return s;
    s = engine_get(e, sizeof *s);
    if (s == NULL)
        return NULL;
    s->addr = *a;
    s->link = (uint8_t)link;
    s->hash_next = *b;
    *b = s;
    return s;
}

void source_gone(struct engine *e, struct source *s)
{
    struct source **p = bucket(e, s->link, &s->addr);

    assert(s->count == 0 && list_empty(&s->records));
    while (*p != s)
        p = &(*p)->hash_next;
    *p = s->hash_next;
    if (e->largest == s)
        e->largest = NULL;
    heap_put(&e->heap, s);
}

/* Records are only counted up where they are put in, so that one may have
 * grown past it since it lost some; it is then found the next time. */
struct source *source_largest(struct engine *e)
{
    struct source *most = e->largest;

    for (unsigned i = 0; e->largest == NULL && i < BUCKETS; i++)
        for (struct source *s = e->sources[i]; s != NULL; s = s->hash_next)
            if (!list_empty(&s->records) &&
                (most == NULL || s->count > most->count))
                most = s;
    e->largest = most;
    return most;
}

/* Every cached record of a link; next is safe against removal. */
static void each_of_link(struct engine *e, unsigned link, bool remove,
                         uint32_t in_ms)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        struct source *s = e->sources[i], *next;

        for (; s != NULL; s = next) {
            next = s->hash_next;
            if (s->link != link)
                continue;
            s->count++; /* keep it while its records go */
            for (struct list *r = list_next(&s->records), *after;
                 r != &s->records; r = after) {
                struct cached *c = CONTAINER(r, struct cached, by_source);

                after = list_next(r);
                if (remove)
                    cache_remove(e, c);
                else
                    cache_expire_in(e, c, in_ms);
            }
            if (--s->count == 0)
                source_gone(e, s);
        }
    }
}

void cache_link_down(struct engine *e, unsigned link)
{
    each_of_link(e, link, true, 0);
}

void cache_distrust(struct engine *e, unsigned link, uint32_t in_ms)
{
    each_of_link(e, link, false, in_ms);
}
