/*
 * Interned names: each stored once, as a label that points at the name it
 * is under. A name is looked up by a hash over all of its wire form, since
 * that is done for every name of every packet. The hash is keyed: whoever
 * chooses names on the network cannot choose collisions.
 */
#include "names.h"

enum { FIRST_BUCKETS = 64 };

bool names_init(struct engine *e)
{
    e->buckets = heap_get(&e->heap, FIRST_BUCKETS * sizeof *e->buckets);
    e->bucket_count = FIRST_BUCKETS;
    return e->buckets != NULL;
}

/* Eight bytes in lower case at once: the top bit of each byte of `is` tells
 * that the byte is a capital. */
static uint64_t fold8(uint64_t v)
{
    const uint64_t ones = 0x0101010101010101u;
    uint64_t low7 = v & ones * 0x7f;
    uint64_t is = (low7 + ones * (0x80 - 'A')) & ~(low7 + ones * (0x7f - 'Z')) &
                  ~v & ones * 0x80;

    return v + (is >> 2);
}

/* In the same order on every machine: one seed gives one run. */
static uint64_t load8(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, 8);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap64(v);
#endif
    return v;
}

static uint64_t load4(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, 4);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    v = __builtin_bswap32(v);
#endif
    return v;
}

/* Up to eight bytes, some of them twice, so that each is there. */
static uint64_t load(const uint8_t *p, unsigned len)
{
    if (len >= 8)
        return load8(p);
    if (len >= 4)
        return load4(p) | load4(p + len - 4) << 32;
    if (len == 0)
        return 0;
    return p[0] | (uint64_t)p[len / 2] << 8 | (uint64_t)p[len - 1] << 16;
}

/* Of a name in wire form, len bytes with the root. */
static uint32_t hash_of(const struct engine *e, const uint8_t *wire,
                        unsigned len)
{
    uint64_t h = e->hash_key;

    for (; len > 8; len -= 8, wire += 8) {
        h = (h ^ fold8(load8(wire))) * e->hash_key;
        h ^= h >> 32;
    }
    h = (h ^ fold8(load(wire, len))) * e->hash_key;
    h ^= h >> 32;
    /* One round more, of which the high half depends on every bit. */
    return (uint32_t)((h ^ h >> 29) * e->hash_key >> 32);
}

/* Offsets of the labels, from the left; returns how many. */
static unsigned split(const struct name *n, uint8_t at[NAME_LABELS_MAX])
{
    unsigned count = 0;

    for (unsigned pos = 0; n->wire[pos] != 0 && count < NAME_LABELS_MAX;
         pos += 1u + n->wire[pos])
        at[count++] = (uint8_t)pos;
    return count;
}

static bool same_text(const uint8_t *a, const uint8_t *b, unsigned len)
{
    for (; len >= 8; len -= 8, a += 8, b += 8) {
        uint64_t x = load8(a), y = load8(b);

        if (x != y && fold8(x) != fold8(y))
            return false;
    }
    if (len >= 4) {
        uint64_t x = load4(a), y = load4(b);

        if (x != y && fold8(x) != fold8(y))
            return false;
        len -= 4, a += 4, b += 4;
    }
    for (; len > 0; len--, a++, b++)
        if (*a != *b && name_fold(*a) != name_fold(*b))
            return false;
    return true;
}

/* Whether the node is the name whose labels begin at wire. */
static bool is_name(const struct node *n, const uint8_t *wire)
{
    while (n != NULL && wire[0] == n->label.len &&
           same_text(n->label.text, wire + 1, wire[0])) {
        wire += 1u + wire[0];
        n = node_parent(n);
    }
    return n == NULL && wire[0] == 0;
}

static struct node *lookup(const struct engine *e, uint32_t hash,
                           const uint8_t *wire)
{
    struct node *n = e->buckets[hash & (e->bucket_count - 1)];

    while (n != NULL && !(n->hash == hash && is_name(n, wire)))
        n = n->hash_next;
    return n;
}

struct node *names_find(const struct engine *e, const struct name *name)
{
    if (name->len <= 1)
        return NULL;
    return lookup(e, hash_of(e, name->wire, name->len), name->wire);
}

static void grow(struct engine *e)
{
    uint32_t count = 2 * e->bucket_count;
    struct node **more = heap_get(&e->heap, count * sizeof *more);

    if (more == NULL)
        return; /* longer chains, no harm */
    for (uint32_t i = 0; i < e->bucket_count; i++) {
        struct node *next;

        for (struct node *n = e->buckets[i]; n != NULL; n = next) {
            next = n->hash_next;
            n->hash_next = more[n->hash & (count - 1)];
            more[n->hash & (count - 1)] = n;
        }
    }
    heap_put(&e->heap, e->buckets);
    e->buckets = more;
    e->bucket_count = count;
}

static struct node *make(struct engine *e, uint32_t hash,
                         const uint8_t *label, struct node *parent)
{
    struct node *n;

    if (e->node_count >= e->bucket_count)
        grow(e);
    n = engine_get(e, offsetof(struct node, text) + label[0]);
    if (n == NULL)
        return NULL;
    n->hash = hash;
    n->label.len = label[0];
    n->label.text = n->text;
    memcpy(n->text, label + 1, label[0]);
    if (parent != NULL)
        n->label.parent = &node_hold(parent)->label;
    n->hash_next = e->buckets[hash & (e->bucket_count - 1)];
    e->buckets[hash & (e->bucket_count - 1)] = n;
    e->node_count++;
    return n;
}

/*
 * The names of a chain are held from the right while it grows, since making
 * a node may evict cached records and with them names.
 */
struct node *names_get(struct engine *e, const struct name *name, bool own)
{
    uint8_t at[NAME_LABELS_MAX];
    unsigned count = split(name, at);
    struct node *parent = NULL;

    assert(count != 0);
    for (unsigned i = count; i-- > 0;) {
        const uint8_t *label = name->wire + at[i];
        uint32_t hash = hash_of(e, label, (unsigned)name->len - at[i]);
        struct node *n = lookup(e, hash, label);

        if (n == NULL)
            n = make(e, hash, label, parent);
        else if (own)
            memcpy(n->text, label + 1, label[0]);
        if (n != NULL)
            node_hold(n);
        node_drop(e, parent);
        if (n == NULL)
            return NULL;
        parent = n;
    }
    return parent;
}

struct node *node_hold(struct node *n)
{
    n->refs++;
    return n;
}

void node_drop(struct engine *e, struct node *n)
{
    while (n != NULL && --n->refs == 0) {
        struct node *parent = node_parent(n);
        struct node **p = &e->buckets[n->hash & (e->bucket_count - 1)];

        assert(list_empty(&n->own) && list_empty(&n->cached) &&
               n->questions == NULL);
        while (*p != n)
            p = &(*p)->hash_next;
        *p = n->hash_next;
        e->node_count--;
        heap_put(&e->heap, n);
        n = parent;
    }
}

void node_name(const struct node *n, struct name *out)
{
    out->len = 0;
    for (; n != NULL; n = node_parent(n)) {
        out->wire[out->len++] = n->label.len;
        memcpy(out->wire + out->len, n->label.text, n->label.len);
        out->len = (uint16_t)(out->len + n->label.len);
    }
    out->wire[out->len++] = 0;
}
