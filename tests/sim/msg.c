/*
 * msg.c - the witness's own reading of a DNS message
 *
 * Written from RFC 1035 alone and sharing nothing with src/wire, so that a
 * fault there is not believed here. It is strict: what a good sender would
 * not send is an error, even where a receiver has to accept it.
 */
#include <stdlib.h>
#include <string.h>

#include "sim.h"

/* Offsets at which a label starts, with what follows it: candidates for
 * compression (RFC 1035 section 4.1.4). */
struct places {
    uint16_t at[4096];
    unsigned n;
};

struct parser {
    const uint8_t *b;
    size_t len;
    size_t pos;
    const char *error;
    uint8_t *pool;
    size_t pool_used, pool_max;
    struct places places;
    const char *clumsy;
};

static bool bad(struct parser *p, const char *why)
{
    if (p->error == NULL)
        p->error = why;
    return false;
}

static unsigned get16(struct parser *p)
{
    if (p->error != NULL || p->len - p->pos < 2) {
        bad(p, "message ends inside a field");
        return 0;
    }
    p->pos += 2;
    return (unsigned)(p->b[p->pos - 2] << 8 | p->b[p->pos - 1]);
}

/* Expand the name at `at`, already known to be good. */
static size_t expand_at(const struct parser *p, size_t at, uint8_t *out)
{
    size_t n = 0;

    for (;;) {
        uint8_t c = p->b[at];

        if (c >= 0xc0) {
            at = (size_t)(c & 0x3f) << 8 | p->b[at + 1];
            continue;
        }
        memcpy(out + n, p->b + at, 1u + c);
        n += 1u + c;
        if (c == 0)
            return n;
        at += 1u + c;
    }
}

/*
 * Remember the label starts of a name that was written at `start`, and see
 * whether a suffix spelled out here was there before (M-18.14-01).
 */
static void note_places(struct parser *p, size_t start, const uint8_t *flat,
                        size_t flat_len, bool plain)
{
    size_t at = start;
    size_t skip = 0;
    uint8_t other[256];
    unsigned before = p->places.n;

    while (p->b[at] != 0 && p->b[at] < 0xc0) {
        for (unsigned i = 0; i < before && !plain; i++) {
            size_t n = expand_at(p, p->places.at[i], other);

            if (n == flat_len - skip && memcmp(other, flat + skip, n) == 0)
                p->clumsy = "a name is spelled out that stood before";
        }
        if (at < 0x4000 && p->places.n < 4096)
            p->places.at[p->places.n++] = (uint16_t)at;
        skip += 1u + p->b[at];
        at += 1u + p->b[at];
    }
}

static bool is_place(const struct parser *p, size_t at)
{
    for (unsigned i = 0; i < p->places.n; i++)
        if (p->places.at[i] == at)
            return true;
    return false;
}

/* Read a name to the pool. Only a label of a prior name may be aimed at. */
static bool get_name(struct parser *p, const uint8_t **out, uint16_t *out_len,
                     bool plain)
{
    uint8_t flat[256];
    size_t n = 0;
    size_t start = p->pos;
    size_t at = p->pos;
    bool jumped = false;

    for (;;) {
        if (at >= p->len)
            return bad(p, "name runs past the message");
        uint8_t c = p->b[at];

        if (c >= 0xc0) {
            if (at + 1 >= p->len)
                return bad(p, "pointer runs past the message");
            size_t to = (size_t)(c & 0x3f) << 8 | p->b[at + 1];

            if (plain)
                return bad(p, "compressed where it must not be");
            if (to >= start || !is_place(p, to))
                return bad(p, "pointer to no prior name");
            if (!jumped)
                p->pos = at + 2;
            jumped = true;
            start = to;
            at = to;
            continue;
        }
        if (c > 63)
            return bad(p, "label of an unknown kind");
        if (at + 1 + c > p->len)
            return bad(p, "label runs past the message");
        if (n + 1u + c > sizeof flat)
            return bad(p, "name over 256 bytes");
        memcpy(flat + n, p->b + at, 1u + c);
        n += 1u + c;
        at += 1u + c;
        if (c == 0)
            break;
    }
    if (!jumped)
        p->pos = at;
    memcpy(p->pool + p->pool_used, flat, n);
    *out = p->pool + p->pool_used;
    *out_len = (uint16_t)n;
    p->pool_used += n;
    return true;
}

/* get_name(), and note where its labels stand. */
static bool take_name(struct parser *p, const uint8_t **out,
                      uint16_t *out_len, bool plain)
{
    size_t start = p->pos;

    if (!get_name(p, out, out_len, plain))
        return false;
    note_places(p, start, *out, *out_len, plain);
    return true;
}

/* Bytes of rdata before its name, or -1 if that type holds none. */
static int name_offset(uint16_t type)
{
    switch (type) {
    case 2: case 5: case 12: case 39: case 47: /* NS CNAME PTR DNAME NSEC */
        return 0;
    case 15: case 18: case 21: case 36: /* MX AFSDB RT KX */
        return 2;
    case 33: /* SRV */
        return 6;
    default:
        return -1;
    }
}

/* Flatten rdata of len bytes at pos. plain: no pointer may be in it. */
static bool get_rdata(struct parser *p, struct item *it, size_t len,
                      bool plain)
{
    size_t end = p->pos + len;
    int skip = name_offset(it->type);
    uint8_t *out = p->pool + p->pool_used;
    const uint8_t *name;
    uint16_t name_len;

    if (end > p->len)
        return bad(p, "rdata runs past the message");
    it->rdata = out;
    if (skip < 0 || len < (size_t)skip + 1) {
        memcpy(out, p->b + p->pos, len);
        p->pool_used += len;
        it->rdata_len = (uint16_t)len;
        p->pos = end;
        return true;
    }
    memcpy(out, p->b + p->pos, (size_t)skip);
    p->pool_used += (size_t)skip;
    p->pos += (size_t)skip;
    if (!take_name(p, &name, &name_len, plain))
        return false;
    if (p->pos > end)
        return bad(p, "name runs past its rdata");
    memcpy(p->pool + p->pool_used, p->b + p->pos, end - p->pos);
    p->pool_used += end - p->pos;
    it->rdata_len = (uint16_t)((size_t)skip + name_len + (end - p->pos));
    p->pos = end;
    return true;
}

static bool get_item(struct parser *p, struct item *it, unsigned section,
                     bool plain_srv)
{
    it->section = (uint8_t)section;
    if (!take_name(p, &it->name, &it->name_len, false))
        return false;
    it->type = (uint16_t)get16(p);
    it->class = (uint16_t)get16(p);
    if (section == QD)
        return p->error == NULL;
    it->ttl_s = (uint32_t)get16(p) << 16;
    it->ttl_s |= get16(p);
    it->raw_len = (uint16_t)get16(p);
    if (p->error != NULL)
        return false;
    return get_rdata(p, it, it->raw_len,
                     plain_srv && (it->type == 33 || it->type == 47));
}

const char *msg_parse(const uint8_t *data, size_t len, struct msg *m)
{
    struct parser *p = calloc(1, sizeof *p);
    const char *error;
    unsigned total = 0;
    unsigned room;

    memset(m, 0, sizeof *m);
    p->b = data;
    p->len = len;
    m->len = len;
    m->id = (uint16_t)get16(p);
    m->flags = (uint16_t)get16(p);
    for (unsigned s = 0; s < SECTIONS; s++)
        total += m->count[s] = (uint16_t)get16(p);
    room = total < len / 5 + 1 ? total : (unsigned)(len / 5 + 1);
    p->pool_max = (size_t)room * 512 + 4 * len + 512;
    m->items = calloc(room + 1u, sizeof *m->items);
    m->pool = p->pool = malloc(p->pool_max);

    /* Legacy replies repeat the question: there SRV is spelled out. */
    bool plain_srv = (m->flags & 0x8000) && m->count[QD] > 0;

    for (unsigned s = 0; s < SECTIONS && p->error == NULL; s++)
        for (unsigned i = 0; i < m->count[s] && p->error == NULL; i++) {
            if (m->n == room)
                bad(p, "counts beyond the message");
            else if (get_item(p, &m->items[m->n], s, plain_srv))
                m->n++;
        }
    if (p->error == NULL && p->pos != len)
        bad(p, "bytes left over");
    error = p->error;
    m->clumsy = p->clumsy;
    free(p);
    if (error != NULL)
        msg_free(m);
    return error;
}

void msg_free(struct msg *m)
{
    free(m->items);
    free(m->pool);
    m->items = NULL;
    m->pool = NULL;
    m->n = 0;
}

bool wire_name_same(const uint8_t *a, size_t alen, const uint8_t *b,
                    size_t blen)
{
    if (alen != blen)
        return false;
    for (size_t i = 0; i < alen; i++) {
        uint8_t x = a[i], y = b[i];

        if (x >= 'A' && x <= 'Z')
            x = (uint8_t)(x + 32);
        if (y >= 'A' && y <= 'Z')
            y = (uint8_t)(y + 32);
        if (x != y)
            return false;
    }
    return true;
}

const struct item *msg_find(const struct msg *m, unsigned section,
                            const uint8_t *name, size_t name_len,
                            uint16_t type)
{
    for (unsigned i = 0; i < m->n; i++) {
        const struct item *it = &m->items[i];

        if (it->section == section && (type == 0 || it->type == type) &&
            wire_name_same(it->name, it->name_len, name, name_len))
            return it;
    }
    return NULL;
}

bool msg_is_probe(const struct msg *m)
{
    return !(m->flags & 0x8000) && m->count[QD] > 0 && m->count[NS] > 0;
}
