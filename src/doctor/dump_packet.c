/*
 * dump_packet.c - one packet: IP, UDP, and the DNS message in it
 */
#include <string.h>

#include "crier/os.h"
#include "crier/rr.h"
#include "dump.h"

enum { MDNS_PORT = 5353, UDP = 17, UDP_HEADER = 8, IPV6_HEADER = 40 };

struct udp {
    struct addr from, to;
    uint16_t from_port, to_port;
    uint8_t ttl;
    const uint8_t *data;
    size_t len;
};

static uint16_t get_u16(const uint8_t *p)
{
    return (uint16_t)(p[0] << 8 | p[1]);
}

/* Behind the IP header; false: no UDP, or not all of it. */
static bool read_udp(const uint8_t *p, size_t len, struct udp *d)
{
    size_t udp_len;

    if (len < UDP_HEADER)
        return false;
    d->from_port = get_u16(p);
    d->to_port = get_u16(p + 2);
    udp_len = get_u16(p + 4);
    if (udp_len < UDP_HEADER)
        return false;
    d->data = p + UDP_HEADER;
    d->len = (udp_len < len ? udp_len : len) - UDP_HEADER;
    return d->from_port == MDNS_PORT || d->to_port == MDNS_PORT;
}

static bool read_ipv4(const uint8_t *p, size_t len, struct udp *d)
{
    size_t header = 4u * (p[0] & 15u);

    if (len < 20 || header < 20 || len < header || p[9] != UDP ||
        (get_u16(p + 6) & 0x1fff) != 0) /* a later fragment */
        return false;
    d->ttl = p[8];
    d->from.family = d->to.family = ADDR_V4;
    memcpy(d->from.b, p + 12, 4);
    memcpy(d->to.b, p + 16, 4);
    return read_udp(p + header, len - header, d);
}

static bool read_ipv6(const uint8_t *p, size_t len, struct udp *d)
{
    uint8_t next = len >= IPV6_HEADER ? p[6] : 59 /* nothing */;
    size_t at = IPV6_HEADER;

    /* hop-by-hop options, routing, options for the destination */
    while ((next == 0 || next == 43 || next == 60) && at + 8 <= len) {
        next = p[at];
        at += 8u * (p[at + 1] + 1u);
    }
    if (next != UDP || at > len)
        return false;
    d->ttl = p[7];
    d->from.family = d->to.family = ADDR_V6;
    memcpy(d->from.b, p + 8, 16);
    memcpy(d->to.b, p + 24, 16);
    return read_udp(p + at, len - at, d);
}

/* --- the message ------------------------------------------------------- */

static const char sections[][3] = {"qd", "an", "ns", "ar"};

/* One question or record as text; false at the end of what can be read. */
static bool put_entry(struct text *t, struct wire_reader *rd,
                      unsigned section)
{
    static uint8_t rdata[RR_FLAT_MAX];
    struct question_view q;
    struct rr_view rr;
    int len;

    if (section == 0) {
        if (!question_read(rd, &q))
            return false;
        text_name(t, &q.name);
        text_str(t, " ");
        rrtext_type(t, q.type);
        text_str(t, q.qu ? " QU" : "");
        return true;
    }
    if (!rr_read(rd, &rr))
        return false;
    text_name(t, &rr.name);
    text_fmt(t, " %u ", (unsigned)rr.ttl_s);
    text_str(t, rr.flush ? "flush " : "");
    rrtext_type(t, rr.type);
    text_str(t, " ");
    len = rdata_flatten(rd, &rr, rdata);
    if (len < 0)
        text_str(t, "malformed");
    else
        rrtext_rdata(t, rr.type, rdata, (size_t)len);
    return true;
}

static void put_text(const struct out *o, struct wire_reader *rd,
                     const struct message_header *h)
{
    bool good = true;

    for (unsigned s = 0; s < 4 && good; s++) {
        for (unsigned i = 0; i < h->count[s] && good; i++) {
            size_t len = o->to->len;

            text_fmt(o->to, "    %s ", sections[s]);
            good = put_entry(o->to, rd, s);
            if (!good)
                o->to->len = len;
            else
                text_str(o->to, "\n");
            text_flush(o->to);
        }
    }
    if (!good || rd->pos < rd->len)
        text_str(o->to, good ? "    more bytes behind it\n"
                             : "    malformed from here on\n");
    text_flush(o->to);
}

static void put_json(const struct out *o, struct wire_reader *rd,
                     const struct message_header *h)
{
    static char line[8 * RR_FLAT_MAX];
    bool good = true;

    for (unsigned s = 0; s < 4; s++) {
        text_fmt(o->to, ",\"%s\":[", sections[s]);
        for (unsigned i = 0; i < h->count[s] && good; i++) {
            struct text t = text_memory(line, sizeof line - 1);

            good = put_entry(&t, rd, s);
            if (good) {
                text_str(o->to, i > 0 ? "," : "");
                out_json_string(o->to, t.buf, t.len);
            }
        }
        text_str(o->to, "]");
    }
    out_json_bool(o->to, "malformed", !good);
    out_json_close(o->to);
}

static void put_place(struct text *t, const struct addr *a, uint16_t port,
                      const char *iface)
{
    char buf[ADDR_TEXT_MAX];
    bool v6 = a->family == ADDR_V6;

    text_str(t, v6 ? "[" : "");
    text_str(t, os_addr_text(a, iface, buf));
    text_fmt(t, v6 ? "]:%u" : ":%u", (unsigned)port);
}

static void print(const struct out *o, const struct dump_from *from,
                  const struct udp *d)
{
    struct wire_reader rd = wire_reader(d->data, d->len);
    struct message_header h = {0};
    bool whole = message_header_read(&rd, &h);
    bool response = (h.flags & MSG_QR) != 0;
    char buf[2 * ADDR_TEXT_MAX + 32];
    struct text places = text_memory(buf, sizeof buf - 1);

    put_place(&places, &d->from, d->from_port, from->iface);
    text_str(&places, " > ");
    put_place(&places, &d->to, d->to_port, NULL);
    text_end(&places);
    if (o->form == OUT_JSON) {
        out_json_open_at(o->to, "packet", &from->time);
        out_json_str(o->to, "iface", from->iface != NULL ? from->iface : "");
        out_json_str(o->to, "path", buf);
        out_json_bool(o->to, "response", response);
        out_json_num(o->to, "id", h.id);
        out_json_num(o->to, "flags", h.flags);
        out_json_num(o->to, "ttl", d->ttl);
        out_json_num(o->to, "len", d->len);
        put_json(o, &rd, &h);
        return;
    }
    out_time(o->to, &from->time);
    text_fmt(o->to, " %s%s%s %s id %u%s%s ttl %u len %u\n",
             from->iface != NULL ? from->iface : "",
             from->iface != NULL ? " " : "", buf,
             response ? "response" : "query", (unsigned)h.id,
             (h.flags & MSG_AA) != 0 ? " AA" : "",
             (h.flags & MSG_TC) != 0 ? " TC" : "", (unsigned)d->ttl,
             (unsigned)d->len);
    if (whole)
        put_text(o, &rd, &h);
    else
        text_str(o->to, "    malformed\n");
    text_flush(o->to);
}

bool dump_packet(const struct out *o, const struct dump_from *from,
                 const uint8_t *ip, size_t len)
{
    struct udp d = {0};

    if (len == 0 || !(ip[0] >> 4 == 4   ? read_ipv4(ip, len, &d)
                      : ip[0] >> 4 == 6 ? read_ipv6(ip, len, &d)
                                        : false))
        return false;
    print(o, from, &d);
    return true;
}
