/*
 * witness.c - what RFC 6762 and 6763 say about one packet by itself
 *
 * Each check quotes its section. What depends on who the sender is and on
 * what went before is the oracle's matter.
 */
#include <string.h>

#include "sim.h"

enum {
    T_A = 1, T_CNAME = 5, T_PTR = 12, T_HINFO = 13, T_TXT = 16, T_AAAA = 28,
    T_SRV = 33, T_OPT = 41, T_NSEC = 47,
    QR = 0x8000, OPCODE = 0x7800, AA = 0x0400, TC = 0x0200, REST = 0x01ff,
    FORMERR = 1,
    TOP = 0x8000,
};

static const char *say(char *buf, size_t max, const char *what,
                       const struct item *it)
{
    char name[1100];
    char type[16];

    snprintf(buf, max, "%s: %s %s class %04x ttl %u", what,
             type_text(it->type, type),
             wire_name_text(it->name, it->name_len, name, sizeof name),
             it->class, it->ttl_s);
    return buf;
}

static bool ends_with(const struct item *it, const char *text)
{
    uint8_t tail[256];
    size_t n = wire_name_parse(text, tail);

    return it->name_len >= n &&
           wire_name_same(it->name + it->name_len - n, n, tail, n);
}

/* Reverse-mapping PTRs are unique a priori (RFC 6762 section 8.1). */
static bool is_reverse(const struct item *it)
{
    return it->type == T_PTR &&
           (ends_with(it, "in-addr.arpa") || ends_with(it, "ip6.arpa"));
}

/* 1 shared, 0 unique, by what this test said, else by the type. */
static bool is_shared(const struct sent *how, const struct item *it)
{
    for (unsigned i = 0; how->but != NULL && i < how->but->rr_count; i++)
        if (how->but->rr[i].type == it->type &&
            wire_name_same(how->but->rr[i].name, how->but->rr[i].name_len,
                           it->name, it->name_len))
            return how->but->rr[i].shared;
    return it->type == T_PTR && !is_reverse(it);
}

/* Sections 18.2 to 18.11. */
static const char *check_header(const struct sent *how, const struct msg *m,
                                bool legacy)
{
    unsigned f = m->flags;

    if (f & OPCODE)
        return "opcode is not zero (18.3)";
    if (f & (legacy ? REST & ~FORMERR : REST)) /* RFC 6891 section 6.1.1 */
        return "RD, RA, Z, AD, CD or RCODE is not zero (18.6-18.11)";
    if (!(f & QR)) {
        if (f & AA)
            return "AA in a query (18.4)";
        if (m->id != 0 && how->multicast && !how->oneshot)
            return "ID of a multicast query is not zero (18.1)";
        return NULL;
    }
    if (!(f & AA))
        return "AA clear in a response (18.4)";
    if (how->multicast && m->id != 0)
        return "ID of a multicast response is not zero (18.1)";
    if ((f & TC) && !legacy)
        return "TC in a response (18.5)";
    if (m->count[QD] != 0 && !legacy)
        return "a question in a response (6)";
    if (legacy && m->count[QD] == 0)
        return "no question in a legacy response (6.7)";
    if (m->count[NS] != 0 && !legacy)
        return "an authority record in a response (R15)";
    if (m->count[AN] == 0 && !legacy)
        return "a response without answers";
    return NULL;
}

/* Section 17: size, and fragments hold one record alone. */
static const char *check_size(const struct sent *how, const struct msg *m)
{
    size_t head = how->v6 ? 48 : 28;
    unsigned records = (unsigned)m->count[AN] + m->count[NS] + m->count[AR];
    size_t mtu = how->mtu < 1500 ? how->mtu : 1500;

    if (m->len + head > 9000)
        return "over 9000 bytes (17)";
    if (m->len + head > how->mtu && records != 1)
        return "a fragmented packet has more than one record (17)";
    if (m->len + head > mtu && records != 1)
        return "over 1500 bytes though it could be split (17)";
    return NULL;
}

static const char *check_nsec(const struct item *it)
{
    const uint8_t *r = it->rdata;
    size_t at = it->name_len;
    int last = -1;

    if (it->rdata_len < at + 3 ||
        !wire_name_same(r, at, it->name, it->name_len))
        return "NSEC: next name is not its own (6.1)";
    while (at < it->rdata_len) {
        unsigned window = r[at];
        unsigned n;

        if (it->rdata_len - at < 3)
            return "NSEC: a window is cut off (6.1)";
        n = r[at + 1];
        if ((int)window <= last || n < 1 || n > 32 ||
            at + 2 + n > it->rdata_len)
            return "NSEC: bad window (6.1)";
        if (r[at + 1 + n] == 0)
            return "NSEC: trailing zero byte in a window (4034 4.1.2)";
        if (window == 0 && n > 5 && (r[at + 2 + 5] & 1))
            return "NSEC: the NSEC bit is set (6.1)";
        last = (int)window;
        at += 2 + n;
    }
    return NULL;
}

static const char *check_strings(const struct item *it)
{
    size_t at = 0;

    if (it->rdata_len == 0)
        return "TXT without a string (6763 6.1)";
    while (at < it->rdata_len)
        at += 1u + it->rdata[at];
    return at == it->rdata_len ? NULL : "a string runs past its rdata";
}

static const char *check_rdata(const struct item *it)
{
    switch (it->type) {
    case T_A:
        return it->rdata_len == 4 ? NULL : "A of a wrong length";
    case T_AAAA:
        return it->rdata_len == 16 ? NULL : "AAAA of a wrong length";
    case T_SRV:
        return it->rdata_len > 7 ? NULL : "SRV without a target";
    case T_NSEC:
        return check_nsec(it);
    case T_TXT: case T_HINFO:
        return check_strings(it);
    case T_OPT:
        return "OPT in an mDNS message (D14)";
    default:
        return NULL;
    }
}

static bool ttl_allowed(const struct sent *how, const struct item *it)
{
    uint32_t ttl = it->ttl_s;
    bool host = it->type == T_A || it->type == T_AAAA ||
                it->type == T_SRV || it->type == T_HINFO || is_reverse(it);

    for (unsigned i = 0; how->but != NULL && i < how->but->ttl_count; i++)
        if (ttl == how->but->ttls[i])
            return true;
    if (it->type == T_NSEC)
        return ttl == 120 || ttl == 4500;
    return ttl == (host ? 120u : 4500u);
}

/* Sections 6.7 and 18.14 for legacy, 10 and 10.2 for the others. */
static const char *check_response_rr(const struct sent *how,
                                     const struct item *it, bool legacy)
{
    bool flush = (it->class & TOP) != 0;

    if ((it->class & 0x7fff) != 1)
        return "class is not IN";
    if (legacy) {
        if (flush)
            return "flush bit in a legacy response (6.7)";
        return it->ttl_s <= 10 ? NULL : "TTL over 10 in legacy (6.7)";
    }
    if (flush == is_shared(how, it))
        return flush ? "flush bit on a shared record (10.2)"
                     : "flush bit missing on a unique record (10.2)";
    if (it->ttl_s == 0) {
        if (!how->multicast)
            return "goodbye by unicast (10.1)";
        return it->section == AN ? NULL : "goodbye not an answer (10.1)";
    }
    return ttl_allowed(how, it) ? NULL : "unusual TTL (10)";
}

static const char *check_query_rr(const struct item *it)
{
    if (it->class & TOP)
        return "top class bit on a record of a query (10.2)";
    if (it->class != 1)
        return "class is not IN";
    if (it->section == AR)
        return "additional record in a query";
    return it->ttl_s == 0 ? "TTL 0 in a query" : NULL;
}

static bool same_item(const struct item *a, const struct item *b)
{
    return a->type == b->type && a->rdata_len == b->rdata_len &&
           (a->section == QD) == (b->section == QD) &&
           memcmp(a->rdata, b->rdata, a->rdata_len) == 0 &&
           wire_name_same(a->name, a->name_len, b->name, b->name_len);
}

/* No record twice; in a query a known answer may also be proposed. A legacy
 * response repeats the questions as they were asked, be it twice (6.7). */
static const struct item *find_twice(const struct msg *m, bool legacy)
{
    static const uint8_t none[1];
    struct item a, b;

    for (unsigned i = 0; i < m->n; i++)
        for (unsigned j = i + 1; j < m->n; j++) {
            a = m->items[i];
            b = m->items[j];
            if (a.rdata == NULL)
                a.rdata = none;
            if (b.rdata == NULL)
                b.rdata = none;
            if (!(m->flags & QR) && a.section != b.section)
                continue;
            if (legacy && a.section == QD)
                continue;
            if (same_item(&a, &b))
                return &m->items[j];
        }
    return NULL;
}

/* Section 8.2: proposed records belong to a question of type ANY. */
static const char *check_probe(const struct msg *m, const struct item *it)
{
    const struct item *q = msg_find(m, QD, it->name, it->name_len, 0);

    if (q == NULL)
        return "proposed record without its question (8.2)";
    return q->type == 255 ? NULL : "probe that does not ask for ANY (8.1)";
}

const char *witness_check(const struct sent *how, const struct msg *m,
                          char *buf, size_t max)
{
    bool response = (m->flags & QR) != 0;
    bool legacy = response && !how->multicast && how->port != MDNS_PORT;
    const char *e = check_header(how, m, legacy);
    const struct item *twice;

    if (e != NULL)
        return e;
    e = check_size(how, m);
    if (e != NULL)
        return e;
    if (m->clumsy != NULL && !legacy)
        return m->clumsy;
    for (unsigned i = 0; i < m->n; i++) {
        const struct item *it = &m->items[i];

        if (it->section == QD) {
            if ((it->class & 0x7fff) != 1 && (it->class & 0x7fff) != 255)
                return say(buf, max, "class of a question", it);
            continue;
        }
        /* Legacy replies follow RFC 6891, where OPT has no class (D14). */
        if (legacy && it->type == T_OPT)
            continue;
        e = response ? check_response_rr(how, it, legacy)
                     : check_query_rr(it);
        if (e == NULL)
            e = check_rdata(it);
        if (e == NULL && !response && it->section == NS)
            e = check_probe(m, it);
        if (e != NULL)
            return say(buf, max, e, it);
    }
    twice = find_twice(m, legacy);
    return twice == NULL ? NULL : say(buf, max, "twice in a packet", twice);
}
