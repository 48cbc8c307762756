/*
 * rdata.c - the form of the rdata of each type
 *
 * A small description of the types that have names or a form of their own
 * drives all of it: expanding names, checking, finding a name, comparing.
 * Types that are not described here are opaque bytes (RFC 3597).
 */
#include "crier/rr.h"

#include <assert.h>
#include <string.h>

enum {
    REST_ANY = 255,  /* rest: any bytes, also none */
    REST_TEXT = 254, /* rest: character-strings, one or more */
    REST_BITS = 253, /* rest: type bitmap of NSEC */
    NSEC_WINDOW_MAX = 32,
    PSEUDO_FROM = 128, /* types 128..255: RFC 6895 section 3.1 */
    PSEUDO_TO = 255,
};

/* rdata is `head` bytes, `names` names, and `rest` bytes or one of REST_. */
struct form {
    uint8_t head;
    uint8_t names;
    uint8_t rest;
};

static struct form form_of(uint16_t type)
{
    switch (type) {
    case RR_A:
        return (struct form){4, 0, 0};
    case RR_AAAA:
        return (struct form){16, 0, 0};
    case RR_NS:
    case RR_MD:
    case RR_MF:
    case RR_CNAME:
    case RR_MB:
    case RR_MG:
    case RR_MR:
    case RR_PTR:
    case RR_DNAME:
        return (struct form){0, 1, 0};
    case RR_SOA:
        return (struct form){0, 2, 20};
    case RR_MINFO:
    case RR_RP:
        return (struct form){0, 2, 0};
    case RR_MX:
    case RR_AFSDB:
    case RR_RT:
    case RR_KX:
        return (struct form){2, 1, 0};
    case RR_PX:
        return (struct form){2, 2, 0};
    case RR_SRV:
        return (struct form){RR_SRV_FIXED, 1, 0};
    case RR_NSEC:
        return (struct form){0, 1, REST_BITS};
    case RR_TXT:
    case RR_HINFO:
        return (struct form){0, 0, REST_TEXT};
    default:
        return (struct form){0, 0, REST_ANY};
    }
}

bool rr_has_names(uint16_t type)
{
    return form_of(type).rest != REST_ANY;
}

/* How many character-strings fill rdata exactly, -1 if none do. */
static int count_strings(const uint8_t *rdata, size_t len)
{
    int count = 0;
    size_t at = 0;

    while (at < len) {
        at += 1u + rdata[at];
        count++;
    }
    return at == len ? count : -1;
}

/*
 * Blocks of window number, length and bitmap, in increasing order of windows
 * and at least one (RFC 4034 section 4.1.2).
 */
static bool bitmap_ok(const uint8_t *bits, size_t len)
{
    int window = -1;
    size_t at = 0;

    while (len - at >= 2) {
        size_t size = bits[at + 1];

        if (bits[at] <= window || size < 1 || size > NSEC_WINDOW_MAX)
            return false;
        if (len - at - 2 < size)
            return false;
        window = bits[at];
        at += 2 + size;
    }
    return at == len && window >= 0;
}

/* Whether what follows the names has the form of its type. */
static bool rest_ok(uint16_t type, const uint8_t *rest, size_t len)
{
    uint8_t form = form_of(type).rest;

    switch (form) {
    case REST_ANY:
        return true;
    case REST_BITS:
        return bitmap_ok(rest, len);
    case REST_TEXT:
        if (type == RR_HINFO) /* CPU and OS, RFC 1035 section 3.3.2 */
            return count_strings(rest, len) == 2;
        return count_strings(rest, len) > 0;
    default:
        return len == form;
    }
}

int rdata_flatten(const struct wire_reader *msg, const struct rr_view *rr,
                  uint8_t *buf)
{
    /* A name that runs past RDLENGTH is cut off here; pointers may go back. */
    struct wire_reader rd = wire_reader(msg->msg, rr->rdata_at + rr->rdata_len);
    struct form form = form_of(rr->type);
    size_t len = form.head;
    const uint8_t *p;
    size_t rest;

    assert(rd.len <= msg->len);
    rd.pos = rr->rdata_at;
    p = wire_bytes(&rd, form.head);
    if (p == NULL)
        return -1;
    memcpy(buf, p, form.head);
    for (unsigned i = 0; i < form.names; i++) {
        struct name name;

        if (!name_read(&rd, &name))
            return -1;
        memcpy(buf + len, name.wire, name.len);
        len += name.len;
    }
    rest = rd.len - rd.pos;
    if (len + rest > RR_RDATA_MAX)
        return -1;
    memcpy(buf + len, rd.msg + rd.pos, rest);
    if (rr->type == RR_TXT && rest == 0)
        buf[rest++] = 0; /* RFC 6763 section 6.1: treat it as empty */
    if (!rest_ok(rr->type, buf + len, rest))
        return -1;
    return (int)(len + rest);
}

/*
 * End of the flat name that begins at rdata[at], or 0 if there is no whole
 * name of plain labels.
 */
static size_t name_end(const uint8_t *rdata, size_t len, size_t at)
{
    size_t start = at;

    while (at < len && rdata[at] != 0) {
        if (rdata[at] > NAME_LABEL_MAX)
            return 0;
        at += 1u + rdata[at];
    }
    if (at >= len || at + 1 - start > NAME_WIRE_MAX)
        return 0;
    return at + 1;
}

/* Offset of what follows `names` names in flat rdata, -1 if not whole. */
static int skip_names(const uint8_t *rdata, size_t len, struct form form)
{
    size_t at = form.head;

    if (len < at)
        return -1;
    for (unsigned i = 0; i < form.names; i++) {
        at = name_end(rdata, len, at);
        if (at == 0)
            return -1;
    }
    return (int)at;
}

int rdata_name_at(uint16_t type, const uint8_t *rdata, size_t len)
{
    struct form form = form_of(type);

    switch (type) {
    case RR_NS:
    case RR_CNAME:
    case RR_PTR:
    case RR_DNAME:
    case RR_SOA:
    case RR_MX:
    case RR_AFSDB:
    case RR_RT:
    case RR_KX:
    case RR_RP:
    case RR_PX:
    case RR_SRV:
    case RR_NSEC:
        if (skip_names(rdata, len, form) < 0)
            return -1;
        form.names--;
        return skip_names(rdata, len, form);
    default:
        return -1;
    }
}

bool rdata_equal(uint16_t type, const uint8_t *a, size_t alen,
                 const uint8_t *b, size_t blen)
{
    struct form form = form_of(type);
    int end;

    if (alen != blen)
        return false;
    if (alen == 0 || memcmp(a, b, alen) == 0)
        return true;
    if (form.names == 0)
        return false;
    end = skip_names(a, alen, form);
    if (end < 0 || memcmp(a, b, form.head) != 0)
        return false;
    /* Length bytes are below 'A': a folded compare cannot confuse them. */
    for (size_t i = form.head; i < (size_t)end; i++) {
        if (name_fold(a[i]) != name_fold(b[i]))
            return false;
    }
    return memcmp(a + end, b + end, alen - (size_t)end) == 0;
}

/* Types that no record of data can have (RFC 6895 section 3.1). */
static bool is_pseudo_type(uint16_t type)
{
    return type == 0 || type == RR_OPT ||
           (type >= PSEUDO_FROM && type <= PSEUDO_TO);
}

bool rdata_nsec_has(const uint8_t *rdata, size_t len, uint16_t type)
{
    size_t at = name_end(rdata, len, 0);
    size_t byte = (type & 0xffu) / 8;

    if (at == 0 || is_pseudo_type(type))
        return false;
    while (len - at >= 2 && len - at - 2 >= rdata[at + 1]) {
        const uint8_t *bits = rdata + at + 2;

        if (rdata[at] == type >> 8)
            return byte < rdata[at + 1] && (bits[byte] & 0x80 >> type % 8);
        at += 2u + rdata[at + 1];
    }
    return false;
}

bool rdata_valid(uint16_t type, const uint8_t *rdata, size_t len)
{
    int at;

    if (is_pseudo_type(type) || len == 0 || len > RR_RDATA_MAX)
        return false;
    at = skip_names(rdata, len, form_of(type));
    return at >= 0 && rest_ok(type, rdata + at, len - (size_t)at);
}
