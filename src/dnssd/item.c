/*
 * item.c - what was found, by kind, name and link
 *
 * A hash table with chains; its size is fixed with the limits, so a lookup
 * costs the same with ten and with ten thousand instances.
 */
#include "state.h"

uint32_t name_hash(const struct name *n)
{
    uint32_t hash = 2166136261u; /* FNV-1a */

    for (size_t i = 0; i < n->len; i++)
        hash = (hash ^ name_fold(n->wire[i])) * 16777619u;
    return hash ^ hash >> 15;
}

void bytes_name(const struct bytes *b, struct name *out)
{
    assert(b->len >= 1 && b->len <= NAME_WIRE_MAX);
    bytes_get(b, out->wire);
    out->len = (uint16_t)b->len;
}

bool bytes_name_equal(const struct bytes *b, const struct name *n)
{
    struct name name;

    if (b->len != n->len)
        return false;
    bytes_name(b, &name);
    return name_equal(&name, n);
}

static uint32_t item_hash(enum node_kind kind, const struct name *name,
                          uint8_t link)
{
    return name_hash(name) + kind * 0x9e3779b1u + link * 0x85ebca6bu;
}

struct item *item_find(const struct dnssd *d, enum node_kind kind,
                       const struct name *name, uint8_t link)
{
    uint32_t hash = item_hash(kind, name, link);
    struct item *item = d->buckets[hash & d->bucket_mask];

    for (; item != NULL; item = item->hash_next) {
        if (item->hash == hash && item->node.kind == kind &&
            item->link == link && bytes_name_equal(&item->name, name))
            break;
    }
    return item;
}

struct item *item_get(struct dnssd *d, enum node_kind kind,
                      const struct name *name, uint8_t link)
{
    struct item *item = item_find(d, kind, name, link);
    struct item **bucket;

    if (item != NULL)
        return item;
    item = pool_get(&d->items);
    if (item == NULL ||
        !bytes_put(&d->chunks, &item->name, name->wire, name->len)) {
        if (item != NULL)
            pool_put(&d->items, item);
        return NULL;
    }
    item->node.kind = (uint8_t)kind;
    item->link = link;
    item->hash = item_hash(kind, name, link);
    bucket = &d->buckets[item->hash & d->bucket_mask];
    item->hash_next = *bucket;
    *bucket = item;
    return item;
}

void item_free(struct dnssd *d, struct item *item)
{
    struct item **link = &d->buckets[item->hash & d->bucket_mask];

    assert(list_empty(&item->users));
    assert(item->recs == NULL);
    while (*link != item)
        link = &(*link)->hash_next;
    *link = item->hash_next;
    bytes_free(&d->chunks, &item->name);
    pool_put(&d->items, item);
}
