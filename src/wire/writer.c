/*
 * writer.c - bytes into a message, never past its limit
 *
 * Compression needs no search and no table: a label remembers where it
 * stands. What makes that safe is wire_back(). A label that stood in the
 * part taken back must not be pointed at, not even when the message has
 * grown over that place again. So the marks that labels carry are numbers of
 * generations: each wire_back() starts a new one, and the writer keeps for
 * the older generations the place up to which their bytes still stand.
 *
 * Rejected: comparing the bytes at the remembered place with the label.
 * Other data may look like the name by chance and change later, as a length
 * that is filled in afterwards does.
 */
#include "crier/wire.h"

#include <assert.h>
#include <string.h>

#include "bytes.h"

enum {
    GENERATION_BITS = 20, /* low bits of writer.mark: count of wire_back() */
    POINTER = 0xc000,     /* RFC 1035 section 4.1.4 */
};

_Static_assert(WIRE_MESSAGE_MAX <= 0x4000, "a pointer reaches every offset");

void wire_begin(struct wire_writer *w, uint8_t *buf, size_t max,
                uint64_t mark)
{
    assert(max <= WIRE_MESSAGE_MAX);
    assert(mark != 0);
    assert(mark >> (64 - GENERATION_BITS) == 0);
    w->buf = buf;
    w->len = 0;
    w->max = max;
    w->full = false;
    w->kept_count = 0; /* kept[] is not looked at beyond */
    w->mark = mark << GENERATION_BITS;
}

/* Where to put the next len bytes, or NULL if they do not fit. */
static uint8_t *extend(struct wire_writer *w, size_t len)
{
    size_t at = w->len;

    if (w->full || at + len > w->max) {
        w->full = true;
        return NULL;
    }
    w->len = at + len;
    return w->buf + at;
}

void wire_put_u8(struct wire_writer *w, uint8_t v)
{
    uint8_t *p = extend(w, 1);

    if (p != NULL)
        p[0] = v;
}

void wire_put_u16(struct wire_writer *w, uint16_t v)
{
    uint8_t *p = extend(w, 2);

    if (p != NULL)
        put_u16(p, v);
}

void wire_put_u32(struct wire_writer *w, uint32_t v)
{
    uint8_t *p = extend(w, 4);

    if (p != NULL)
        put_u32(p, v);
}

void wire_put_rr(struct wire_writer *w, uint16_t type, uint16_t class,
                 uint32_t ttl_s)
{
    uint8_t *p = extend(w, 10);

    if (p == NULL)
        return;
    put_u16(p, type);
    put_u16(p + 2, class);
    put_u32(p + 4, ttl_s);
    put_u16(p + 8, 0);
}

void wire_put_bytes(struct wire_writer *w, const void *p, size_t len)
{
    uint8_t *to = extend(w, len);

    if (to != NULL && len > 0)
        memcpy(to, p, len);
}

void wire_set_u16(struct wire_writer *w, size_t at, uint16_t v)
{
    assert(w->len >= 2);
    assert(at <= w->len - 2);
    put_u16(w->buf + at, v);
}

/* Whether the label stands in this message, at label->at. */
static bool stands(const struct wire_writer *w, const struct label *label)
{
    if (label->mark == w->mark)
        return true;
    for (unsigned i = w->kept_count; i-- > 0;) {
        if (label->mark == w->kept[i].mark)
            return label->at < w->kept[i].end;
    }
    return false;
}

/*
 * The labels from name up to end, which stands in the message already or is
 * the root. Room is taken for all of them at once: all or nothing.
 */
static void put_labels(struct wire_writer *w, const struct label *name,
                       const struct label *end)
{
    size_t len = end != NULL ? 2 : 1;
    uint8_t *p;

    for (const struct label *l = name; l != end; l = l->parent)
        len += 1u + l->len;
    p = extend(w, len);
    if (p == NULL)
        return;
    for (const struct label *l = name; l != end; l = l->parent) {
        *p++ = l->len;
        memcpy(p, l->text, l->len);
        p += l->len;
    }
    if (end != NULL)
        put_u16(p, (uint16_t)(POINTER | end->at));
    else
        *p = 0;
}

/* The labels from name up to end stand from that offset on. */
static void mark_labels(const struct wire_writer *w, struct label *name,
                        const struct label *end, size_t at)
{
    for (; name != end; name = name->parent) {
        name->mark = w->mark;
        name->at = (uint16_t)at;
        at += 1u + name->len;
    }
    assert(at <= w->len);
}

void wire_put_name(struct wire_writer *w, struct label *name)
{
    const struct label *end = name;
    size_t at = w->len;

    while (end != NULL && !stands(w, end))
        end = end->parent;
    put_labels(w, name, end);
    if (!w->full)
        mark_labels(w, name, end, at);
}

void wire_put_name_plain(struct wire_writer *w, const struct label *name)
{
    put_labels(w, name, NULL);
}

void wire_mark_name(const struct wire_writer *w, struct label *name, size_t at)
{
    mark_labels(w, name, NULL, at);
}

/*
 * kept[] lists the older generations that still have bytes in the message,
 * in the order of their bytes; the running one begins where the last of them
 * ends. Drop those that lie wholly behind len, cut the one that len falls
 * into, and start a new one at len.
 */
void wire_back(struct wire_writer *w, size_t len)
{
    unsigned n = w->kept_count;

    assert(len <= w->len);
    w->full = false;
    if (len == w->len)
        return;
    w->len = len;
    if (n > 0 && w->kept[n - 1].end >= len) {
        while (n > 1 && w->kept[n - 2].end >= len)
            n--;
        w->kept[n - 1].end = (uint16_t)len;
    } else if (n < WIRE_KEPT_MAX && len > 0) {
        w->kept[n].mark = w->mark;
        w->kept[n].end = (uint16_t)len;
        n++;
    }
    /* else no room: what the running one marked is written out once more. */
    w->kept_count = (uint8_t)n;
    w->mark++;
    assert((w->mark & ((1u << GENERATION_BITS) - 1)) != 0);
}
