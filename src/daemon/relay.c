/*
 * relay.c - events as bytes on a control socket
 */
#include "crier/relay.h"

#include <string.h>

#include "crier/wire.h"

/* --- there ------------------------------------------------------------- */

static void put_u8(struct text *t, unsigned v)
{
    uint8_t b = (uint8_t)v;

    text_bytes(t, &b, 1);
}

static void put_u16(struct text *t, unsigned v)
{
    put_u8(t, v >> 8);
    put_u8(t, v);
}

static void put_name(struct text *t, const struct name *n)
{
    if (n->len > 0)
        text_bytes(t, n->wire, n->len);
    else
        put_u8(t, 0);
}

static void put_addr(struct text *t, const struct addr *a)
{
    put_u8(t, a->family);
    text_bytes(t, a->b, addr_len(a));
}

static void put_event(struct text *t, const struct dnssd_event *ev)
{
    const void *data = ev->resolved ? ev->txt : ev->rdata;
    size_t len = ev->resolved ? ev->txt_len : ev->rdata_len;

    put_u8(t, ev->kind);
    put_u8(t, ev->families);
    put_u8(t, ev->local);
    put_u8(t, ev->resolved);
    put_u8(t, ev->state);
    put_u8(t, ev->link != ENGINE_NO_LINK);
    put_u16(t, ev->ttl_s >> 16);
    put_u16(t, ev->ttl_s & 0xffff);
    put_u16(t, ev->priority);
    put_u16(t, ev->weight);
    put_u16(t, ev->port);
    put_u16(t, ev->rr_type);
    put_addr(t, &ev->source);
    put_u8(t, ev->addr_count);
    for (unsigned i = 0; i < ev->addr_count; i++)
        put_addr(t, &ev->addrs[i]);
    put_name(t, &ev->name);
    put_name(t, &ev->type);
    put_name(t, &ev->domain);
    put_name(t, &ev->host);
    put_name(t, &ev->old_name);
    put_u16(t, (unsigned)len);
    if (len > 0)
        text_bytes(t, data, len);
}

void relay_put(struct text *t, enum relay_what what, uint16_t tag,
               const char *iface, const struct dnssd_event *ev)
{
    size_t start = t->len, iface_len = strlen(iface), len;

    if (iface_len > RELAY_IFACE_MAX)
        iface_len = RELAY_IFACE_MAX;
    put_u16(t, 0);
    put_u8(t, what);
    put_u16(t, tag);
    put_u8(t, (unsigned)iface_len);
    text_bytes(t, iface, iface_len);
    if (what == RELAY_EVENT)
        put_event(t, ev);
    if (t->failed)
        return;
    len = t->len - start - 2;
    t->buf[start] = (char)(len >> 8);
    t->buf[start + 1] = (char)len;
}

/* --- and here ------------------------------------------------------------ */

static void get_addr(struct wire_reader *rd, struct addr *a)
{
    const uint8_t *p;

    a->family = wire_u8(rd);
    if (a->family > ADDR_V6)
        wire_fail(rd, WIRE_BAD_RDATA);
    p = wire_bytes(rd, addr_len(a));
    if (p != NULL)
        memcpy(a->b, p, addr_len(a));
}

static void get_event(struct wire_reader *rd, struct dnssd_event *ev)
{
    struct name *names[] = {&ev->name, &ev->type, &ev->domain, &ev->host,
                            &ev->old_name};

    ev->kind = (enum dnssd_event_kind)wire_u8(rd);
    ev->families = wire_u8(rd);
    ev->local = wire_u8(rd) != 0;
    ev->resolved = wire_u8(rd) != 0;
    ev->state = (enum claim_state)wire_u8(rd);
    ev->link = wire_u8(rd) != 0 ? 0 : ENGINE_NO_LINK;
    ev->ttl_s = wire_u32(rd);
    ev->priority = wire_u16(rd);
    ev->weight = wire_u16(rd);
    ev->port = wire_u16(rd);
    ev->rr_type = wire_u16(rd);
    get_addr(rd, &ev->source);
    ev->addr_count = wire_u8(rd);
    if (ev->addr_count > DNSSD_ADDRS_MAX)
        ev->addr_count = 0;
    for (unsigned i = 0; i < ev->addr_count; i++)
        get_addr(rd, &ev->addrs[i]);
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        (void)name_read(rd, names[i]);
    ev->rdata_len = wire_u16(rd);
    ev->rdata = wire_bytes(rd, ev->rdata_len);
    if (ev->resolved) {
        ev->txt = ev->rdata;
        ev->txt_len = ev->rdata_len;
        ev->rdata = NULL;
        ev->rdata_len = 0;
    }
}

/* Whether it is a kind that there is, with what such a one always has. */
static bool sound(const struct dnssd_event *ev)
{
    if (ev->kind > DNSSD_SERVICE || ev->state > CLAIM_FAILED ||
        (ev->kind <= DNSSD_TYPE_LOST && name_labels(&ev->type) != 2) ||
        (ev->kind == DNSSD_RR_DENIED && ev->link == ENGINE_NO_LINK))
        return false;
    return ev->kind > DNSSD_LOST || name_labels(&ev->name) > 2;
}

bool relay_get(const uint8_t *frame, size_t len, struct relay *out)
{
    struct wire_reader rd = wire_reader(frame, len);
    const uint8_t *iface;
    uint8_t n;

    memset(out, 0, sizeof *out);
    out->what = (enum relay_what)wire_u8(&rd);
    out->tag = wire_u16(&rd);
    n = wire_u8(&rd);
    iface = wire_bytes(&rd, n);
    if (iface == NULL || n > RELAY_IFACE_MAX)
        return false;
    memcpy(out->iface, iface, n);
    if (out->what == RELAY_EVENT)
        get_event(&rd, &out->ev);
    return rd.err == WIRE_OK && rd.pos == rd.len &&
           (out->what != RELAY_EVENT || sound(&out->ev));
}
